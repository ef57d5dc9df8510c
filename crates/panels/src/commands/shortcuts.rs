//! The keyboard shortcuts, and how commands are done.

use egui::{Context, Event, FocusDirection, Key, Modifiers};
use parallax_embedding::RowSet;
use parallax_session::{Action, Edit, JobAction, Panel, Search, Tool, TourAction, command_line};

use super::{
    command::{Act, Command, Keys},
    table::{COMMANDS, command},
};
use crate::{
    cards::patient,
    memory::{Palette, PanelMemory, Sheet, Target, Told},
    model::ViewModel,
};

/// Does the [commands](crate::commands) whose keys are pressed. Keys without Ctrl or Alt count
/// unless a text is being edited. While a menu or a sheet is open, only the key for presenting
/// counts. Esc ends one thing, as `escape` says.
pub(crate) fn shortcuts(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    if memory.sheet.is_some() || egui::Popup::is_any_open(ctx) {
        return present(ctx, model, memory, actions);
    }
    let writing = ctx.text_edit_focused();
    let focused = ctx.memory(|memory| memory.focused().is_some());
    for command in COMMANDS.iter() {
        if command.keys.iter().any(|keys| counts(*keys, writing, focused) && pressed(ctx, *keys)) {
            if command.keys.iter().any(|keys| keys.key == Key::Tab) && !focused {
                ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
            }
            return perform_or_say(ctx, command, model, memory, actions);
        }
    }
    // A field in the list of bookmarks, or for a label, has lost the focus by Esc already.
    let is_taken = memory.bookmarks.take_escape() | std::mem::take(&mut memory.doctor.takes_escape);
    if !writing && !is_taken && pressed(ctx, Keys { modifiers: Modifiers::NONE, key: Key::Escape }) {
        actions.extend(escape(model, memory));
    }
}

/// Returns what Esc ends: the brush of the chart that has the pointer or the focus, else running
/// jobs, else a search, else the tool, else the selection.
fn escape(model: &ViewModel<'_>, memory: &PanelMemory) -> Option<Action> {
    let view = model.view;
    let brushed = memory.charts.active.as_ref().filter(|column| view.filter.of(column).is_some());
    if let Some(column) = brushed {
        Some(Action::Edit(Edit::Filter(view.filter.without(column))))
    } else if model.is_busy() {
        Some(Action::Job(JobAction::Cancel(None)))
    } else if !view.search.text.is_empty() {
        Some(Action::Edit(Edit::Search(Search { text: String::new(), ..view.search.clone() })))
    } else if view.tool != Tool::Pointer {
        Some(Action::Edit(Edit::Take(Tool::Pointer)))
    } else if !view.selection.is_empty() {
        Some(Action::Edit(Edit::Select(RowSet::EMPTY)))
    } else {
        None
    }
}

/// Presents even if a sheet or a menu is open, and closes it.
fn present(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let Some(command) = command("present") else { return };
    if !command.keys.iter().any(|keys| pressed(ctx, *keys)) {
        return;
    }
    if command.can_be_done(model).is_ok() {
        memory.sheet = None;
        egui::Popup::close_all(ctx);
    }
    perform_or_say(ctx, command, model, memory, actions);
}

/// Does a command, or says why it cannot be done.
fn perform_or_say(
    ctx: &Context,
    command: &Command,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    match command.can_be_done(model) {
        Ok(()) => perform(ctx, command.act(model), model, memory, actions),
        Err(why) => memory.note = Some(format!("{why}.")),
    }
}

/// Whether these keys are a command now. Keys that type, move the cursor or press the focused
/// button are not.
fn counts(keys: Keys, writing: bool, focused: bool) -> bool {
    let held = keys.modifiers.command || keys.modifiers.alt;
    let edits = [Key::A, Key::Z, Key::Y, Key::ArrowLeft, Key::ArrowRight].contains(&keys.key);
    let edits = keys.modifiers.command && edits || keys.modifiers.alt;
    let presses = matches!(keys.key, Key::Enter | Key::Space | Key::Tab);
    if writing { held && !edits || is_function(keys.key) } else { !(focused && presses && !held) }
}

fn is_function(key: Key) -> bool {
    matches!(key, Key::F1 | Key::F4 | Key::F5 | Key::F6)
}

/// Removes the keys from the input if they were pressed and no others with them. Signs that need
/// Shift on some keyboards may be pressed with it. Esc that is held ends only one thing.
fn pressed(ctx: &Context, keys: Keys) -> bool {
    let is_sign = matches!(keys.key, Key::Questionmark | Key::Slash | Key::OpenBracket | Key::CloseBracket);
    ctx.input_mut(|input| {
        let at = input.events.iter().position(|event| match event {
            Event::Key { key, modifiers, pressed: true, repeat, .. } => {
                let modifiers = if is_sign { Modifiers { shift: false, ..*modifiers } } else { *modifiers };
                let counts = *key != Key::Escape || !repeat;
                *key == keys.key && counts && modifiers.matches_exact(keys.modifiers)
            }
            _ => false,
        });
        let found = at.map(|at| input.events.remove(at)).is_some();
        if found {
            // It must not be typed into the field that gets the focus.
            input.events.retain(|event| !matches!(event, Event::Text(_)));
        }
        found
    })
}

/// Removes Esc from the input.
pub(crate) fn drop_escape(ctx: &Context) {
    ctx.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Key { key: Key::Escape, .. })));
}

/// Does what a command says.
pub(crate) fn perform(
    ctx: &Context,
    act: Act,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    match act {
        Act::Do(action) => actions.push(action),
        Act::All(all) => actions.extend(all),
        Act::CopyCommand => copy_command(ctx, model, memory),
        Act::Ask(ask) => memory.ask_path(ask),
        Act::Controls => ctx.memory_mut(|memory| memory.move_focus(FocusDirection::Next)),
        Act::Search => {
            show_card(model, Panel::Inspector, actions);
            memory.wants_search = true;
        }
        Act::Sum => {
            show_card(model, Panel::Inspector, actions);
            memory.wants_search = true;
            let search = Search { sum: !model.view.search.sum, ..model.view.search.clone() };
            // Neighbors are listed of one thing at a time.
            let clears = search.sum && !model.view.selection.is_empty();
            actions.extend(clears.then(|| Edit::Select(RowSet::EMPTY).into()));
            actions.push(Edit::Search(search).into());
        }
        Act::Palette => memory.sheet = Some(Sheet::Palette(Palette::default())),
        Act::Help => memory.sheet = Some(Sheet::Help),
        Act::Motion(reduced) => memory.motion = Some(reduced),
        Act::ChooseBookmarks => choose_bookmarks(model, memory, actions),
        Act::CloseTour => memory.close(Target::Tour),
        Act::OtherLabel => patient(model).into_iter().for_each(|patient| memory.doctor.begin(patient.suspect.row)),
        Act::Messages => memory.sheet = Some(Sheet::Messages),
    }
}

/// Copies the command that draws what is on screen, as large as the window, and says so. If there is
/// none, a bookmark keeps the view.
fn copy_command(ctx: &Context, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    let size = ctx.content_rect().size();
    let size = [size.x, size.y].map(|side| side.round().max(1.0) as u32);
    memory.told = Some(match (model.command)(size) {
        Ok(words) => {
            ctx.copy_text(command_line(words.iter().map(String::as_str)));
            let [width, height] = size;
            let text =
                format!("Copied the command that draws this view: {width} x {height} pixels, without the cards.");
            Told { is_done: true, text, next: None }
        }
        Err(error) => Told {
            is_done: false,
            text: format!("No command makes this picture: {error}. A bookmark keeps it."),
            next: Some(("Save this view", TourAction::Add(String::new()).into())),
        },
    });
}

/// Returns the tooltip of a command: its name and its keys.
pub(crate) fn hover_text(command: &Command, model: &ViewModel<'_>) -> String {
    let name = command.name(model);
    command.shortcut().map_or_else(|| name.to_string(), |keys| format!("{name} ({keys})"))
}

fn choose_bookmarks(model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    show_card(model, Panel::Bookmarks, actions);
    memory.bookmarks.choose(model.tour.tour().bookmarks.len());
}

fn show_card(model: &ViewModel<'_>, panel: Panel, actions: &mut Vec<Action>) {
    if !model.view.panels.shown {
        actions.push(Edit::ShowPanels(true).into());
    }
    if !model.is_seen(panel) {
        actions.push(Edit::Fold(panel, false).into());
    }
}
