//! Closing the window or the bookmarks, or opening other data: the user is asked about what is not
//! saved.
//!
//! Only what would be lost is named, and "Save" saves what is named: the bookmarks to their file,
//! or to one that the user chooses, then the tags to a metadata file. What was closed closes when
//! that is done. It stays open if a dialog for a path is canceled or a file cannot be written.

use egui::{Align2, Context, Key, Ui, vec2};
use parallax_look::{
    sheet::{self, Stay},
    theme::{CONTROL, SPACE},
    widgets,
};
use parallax_session::{Action, Edit, Exported, ExportedRows, JobAction, ShellAction, TourAction, file_name};
use parallax_tour::Unsaved;

use crate::{
    ask::{Ask, save_bookmarks},
    format::plural,
    memory::{Closing, Decision, PanelMemory, Saving, Sheet, Target, UnsavedPart},
    model::ViewModel,
};

/// A requested file is written within this many frames, or will not be written.
const PATIENCE: u8 = 1;

/// Holds back actions that open other data while tags would be lost, and asks about them. Actions
/// that the user has agreed to are passed on.
pub(crate) fn ask_before_opening(model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if actions.iter().any(|action| leaves_data(action, model)) && (model.unsaved_tags)() > 0 {
        let held = actions.extract_if(.., |action| leaves_data(action, model)).collect();
        if memory.closing.is_none() {
            memory.close(Target::Data(held));
        }
    }
    actions.append(&mut memory.agreed);
}

/// Returns `true` if an action replaces the open data. A file of bookmarks may, too.
fn leaves_data(action: &Action, model: &ViewModel<'_>) -> bool {
    let tour = model.tour;
    let place = match action {
        Action::Edit(Edit::Open(_) | Edit::ChooseRun(_) | Edit::ChooseEmbedding(_))
        | Action::Job(JobAction::OpenTour(_) | JobAction::TakeUp(_)) => {
            return true;
        }
        Action::Tour(TourAction::Show(place)) => Some(*place),
        Action::Tour(TourAction::Step(step)) => tour.place_of(*step),
        _ => None,
    };
    place
        .filter(|_| !model.on_data_at_hand)
        .and_then(|place| tour.tour().bookmarks.get(place))
        .is_some_and(|bookmark| !bookmark.view.has_data_of(model.view))
}

/// Continues with what is being closed.
pub(crate) fn go_on(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if model.presentation.on && matches!(memory.sheet, Some(Sheet::Unsaved)) {
        // The question is not part of a slide.
        actions.push(ShellAction::Present(parallax_session::Present::On(false)).into());
        return;
    }
    if memory.sheet.is_some() {
        return;
    }
    let Some(mut closing) = memory.closing.take() else { return };
    let Some(saving) = &mut closing.saving else {
        return finish(&closing.target, false, memory, actions);
    };
    let is_left = saving.part.is_some_and(|part| unsaved(model, &closing.target).contains(&part));
    if is_left && !model.writing && saving.waited >= PATIENCE {
        return finish(&closing.target, false, memory, actions);
    }
    if is_left {
        saving.waited = if model.writing { 0 } else { saving.waited + 1 };
    } else if let Some(part) = unsaved(model, &closing.target).first() {
        *saving = Saving { part: Some(*part), waited: 0 };
        save(*part, model, memory, actions);
    } else {
        return finish(&closing.target, true, memory, actions);
    }
    memory.closing = Some(closing);
    ctx.request_repaint();
}

fn finish(target: &Target, closes: bool, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    match target {
        Target::Window => memory.decision = Some(if closes { Decision::Close } else { Decision::Stay }),
        Target::Tour if closes => actions.push(TourAction::Close.into()),
        Target::Data(held) if closes => memory.agreed.clone_from(held),
        Target::Tour | Target::Data(_) => {}
    }
}

/// What would be lost. Tags stay when the bookmarks are closed, and bookmarks when other data are
/// opened.
fn unsaved(model: &ViewModel<'_>, target: &Target) -> Vec<UnsavedPart> {
    let (closes_tour, leaves_data) = match target {
        Target::Window => (true, true),
        Target::Tour => (true, false),
        Target::Data(_) => (false, true),
    };
    let bookmarks = (closes_tour && !model.tour.is_saved()).then_some(UnsavedPart::Bookmarks);
    let tags = (leaves_data && (model.unsaved_tags)() > 0).then_some(UnsavedPart::Tags);
    bookmarks.into_iter().chain(tags).collect()
}

fn save(part: UnsavedPart, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    match part {
        UnsavedPart::Bookmarks => match save_bookmarks(model.tour) {
            Ok(action) => actions.push(action),
            Err(ask) => memory.ask_path(ask),
        },
        UnsavedPart::Tags => {
            let ask = Ask::export(Exported::Metadata, ExportedRows::All, "metadata.tsv").titled("Save the tags");
            memory.ask_path(match memory.source_folder.clone() {
                Some(folder) => ask.starting_in(folder),
                None => ask,
            });
        }
    }
}

/// The question.
pub(crate) fn unsaved_sheet(
    ctx: &Context,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) -> Stay {
    let Some(target) = memory.closing.as_ref().map(|closing| closing.target.clone()) else { return Stay::Close };
    if unsaved(model, &target).is_empty() {
        // What was being written is saved now.
        memory.closing = None;
        finish(&target, true, memory, actions);
        return Stay::Close;
    }
    sheet::sheet(ctx, "unsaved", 420.0, Align2::CENTER_CENTER, |ui| {
        ui.spacing_mut().item_spacing.y = SPACE;
        let question = match target {
            Target::Window => "Save before closing the window?",
            Target::Tour => "Save before closing the bookmarks?",
            Target::Data(_) => "Save before opening other data?",
        };
        let mut stay = sheet::headline(ui, question);
        for line in lines(model, &target) {
            widgets::hint(ui, &line);
        }
        match answer(ui) {
            Some(Answer::Save) => {
                memory.closing = Some(Closing { target: target.clone(), saving: Some(Saving::default()) });
                stay = Stay::Close;
            }
            Some(Answer::Discard) => {
                memory.closing = None;
                finish(&target, true, memory, actions);
                stay = Stay::Close;
            }
            Some(Answer::Cancel) => stay = Stay::Close,
            None => {}
        }
        stay
    })
}

enum Answer {
    Save,
    Discard,
    Cancel,
}

fn answer(ui: &mut Ui) -> Option<Answer> {
    let focused = ui.memory(|memory| memory.focused().is_some());
    let enters = !focused && ui.input(|input| input.key_pressed(Key::Enter));
    let mut answer = enters.then_some(Answer::Save);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let size = vec2((ui.available_width() - 2.0 * SPACE) / 3.0, CONTROL);
        if widgets::button(ui, size, "Cancel").clicked() {
            answer = Some(Answer::Cancel);
        }
        if widgets::button(ui, size, "Don't save").clicked() {
            answer = Some(Answer::Discard);
        }
        if widgets::primary(ui, size, "Save").clicked() {
            answer = Some(Answer::Save);
        }
    });
    answer
}

/// What would be lost, one sentence each.
fn lines(model: &ViewModel<'_>, target: &Target) -> Vec<String> {
    let parts = unsaved(model, target);
    let mut lines = Vec::new();
    if parts.contains(&UnsavedPart::Bookmarks) {
        let path = model.tour.path();
        let file = path.map(|path| format!(" in {}", file_name(path))).unwrap_or_default();
        lines.extend(of_bookmarks(model.tour.unsaved()).into_iter().map(|what| format!("{what}{file}.")));
    }
    if parts.contains(&UnsavedPart::Tags) {
        lines.push(match (model.unsaved_tags)() {
            1 => "1 change of tags is not saved to a metadata file.".into(),
            n => format!("{n} changes of tags are not saved to a metadata file."),
        });
    }
    lines
}

fn of_bookmarks(unsaved: Unsaved) -> Vec<String> {
    let are = |n: usize| if n == 1 { "is" } else { "are" };
    let Unsaved { bookmarks, removed, order, pace } = unsaved;
    let new = format!("{} {} not saved", plural(bookmarks, "bookmark"), are(bookmarks));
    let gone = format!("{} {} still", plural(removed, "removed bookmark"), are(removed));
    [
        (bookmarks > 0, new),
        (removed > 0, gone),
        (order, "The order of the bookmarks is not saved".into()),
        (pace, "The seconds per bookmark, or the loop, are not saved".into()),
    ]
    .into_iter()
    .filter_map(|(is_so, what)| is_so.then_some(what))
    .collect()
}
