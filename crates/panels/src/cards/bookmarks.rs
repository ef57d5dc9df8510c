//! The Bookmarks card: the bookmarks in their order.
//!
//! Below the list is the way back from a deletion, then what is done with all of it, which comes
//! from the table of commands. The list itself is in `list`, a bookmark's row in `row`.

mod list;
mod pace;
mod row;

use egui::{Align, Popup, PopupCloseBehavior, Ui, vec2};
use parallax_session::{Action, JobAction, JobKind, TourAction};

use parallax_look::{
    Tokens, content_width,
    icons::Icon,
    theme::{CONTROL, SECONDARY, SPACE},
    widgets::{self, Entry, hint, link},
};

use self::pace::{MENU, common_seconds, stay};
use crate::{
    ask::Ask,
    commands::{Command, command, hover_text, perform},
    format::{count, plural},
    memory::PanelMemory,
    model::ViewModel,
};

/// The least height of the list.
const LEAST_LIST: f32 = 1.5 * row::ROW;
const FOOT: f32 = CONTROL;

/// The menu of the last button, in groups.
const FURTHER: [&[&str]; 4] = [
    &["draft", "remove drafts", "copy command"],
    &["open bookmarks", "save bookmarks", "save as", "choose bookmarks", "save tensorboard"],
    &["presenter", "loop"],
    &["data at hand", "close tour"],
];

/// What the header says beside the title.
pub(crate) fn bookmarks_note(model: &ViewModel<'_>) -> String {
    let tour = model.tour;
    match (tour.tour().bookmarks.len(), tour.is_saved()) {
        (0, true) => String::new(),
        (n, true) => count(n),
        (n, false) => format!("{} • not saved", count(n)),
    }
}

pub(crate) fn bookmarks_card(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let bottom = ui.max_rect().bottom();
    let all = model.tour.tour().bookmarks.len();
    ui.spacing_mut().item_spacing.y = 6.0;
    if memory.bookmarks.chosen.as_ref().is_some_and(|chosen| chosen.of != all) {
        memory.bookmarks.chosen = None;
    }
    drafting(ui, model, actions);
    if all == 0 {
        hint(ui, "Saves what you see, to show it again.");
        if model.drafting.is_none() {
            draft(ui, model, memory, actions);
        }
    } else {
        let foot = CONTROL + 6.0 + if model.tour.can_put_back() { FOOT + 6.0 } else { 0.0 };
        let room = (bottom - ui.cursor().top() - foot).floor().max(LEAST_LIST);
        list::bookmark_list(ui, model, memory, room, actions);
        ui.add_space(6.0);
    }
    put_back(ui, model, actions);
    // The card grows upward: what is at its foot stays under the pointer, to the pixel.
    let top = ui.cursor().top();
    ui.add_space(top.ceil() - top);
    if memory.bookmarks.chosen.is_some() {
        choosing(ui, model, memory);
    } else {
        tools(ui, model, memory, actions);
    }
}

/// The button of an empty card: the program writes the first bookmarks.
fn draft(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let size = vec2(content_width(ui), CONTROL);
    tool(ui, "draft", |ui, name| widgets::button(ui, size, name), model, memory, actions);
}

/// A draft under way, and the button that cancels it.
fn drafting(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let Some(job) = &model.drafting else { return };
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let text = if job.status.message.is_empty() { &job.status.name } else { &job.status.message };
        let size = vec2(content_width(ui) - 56.0 - SPACE, FOOT);
        widgets::text(ui, size, &format!("{text}…"), SECONDARY, tokens.secondary, Align::Min);
        if link(ui, "Cancel", SECONDARY, vec2(56.0, FOOT), Align::Max).clicked() {
            actions.push(JobAction::Cancel(Some(JobKind::Draft)).into());
        }
    });
}

/// The buttons for the view and for all bookmarks.
fn tools(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let width = content_width(ui) - 4.0 * (CONTROL + 6.0);
        let keep = |ui: &mut Ui, name: &str| widgets::primary(ui, vec2(width, CONTROL), name);
        tool(ui, "keep", keep, model, memory, actions);
        for (id, icon) in [("previous", Icon::Letters("←")), ("next", Icon::Letters("→")), ("present", Icon::Play)]
        {
            let button = |ui: &mut Ui, name: &str| widgets::icon_button(ui, CONTROL, icon, name, false, true);
            tool(ui, id, button, model, memory, actions);
        }
        let more = widgets::icon_button(ui, CONTROL, Icon::More, "More bookmark commands", false, true)
            .on_hover_text("Files, presenting, more");
        Popup::menu(&more)
            .width(MENU)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| further(ui, model, memory, actions));
    });
}

/// A button of a command.
fn tool(
    ui: &mut Ui,
    id: &str,
    draw: impl FnOnce(&mut Ui, &str) -> egui::Response,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    actions: &mut Vec<Action>,
) {
    let Some(command) = command(id) else { return };
    let can = command.can_be_done(model);
    let response = ui
        .add_enabled_ui(can.is_ok(), |ui| draw(ui, &command.name(model)))
        .inner
        .on_hover_text(hover_text(command, model))
        .on_disabled_hover_text(can.err().unwrap_or_default());
    if response.clicked() {
        perform(ui.ctx(), command.act(model), model, memory, actions);
    }
}

fn further(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, actions: &mut Vec<Action>) {
    let width = MENU - 16.0;
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = 0.0;
    for (place, ids) in FURTHER.iter().enumerate() {
        if place > 0 {
            widgets::divider(ui, width);
        }
        for command in ids.iter().filter_map(|id| command(id)) {
            if menu_entry(ui, width, command, model) {
                perform(ui.ctx(), command.act(model), model, memory, actions);
                ui.close();
            }
        }
        if ids.contains(&"loop")
            && let Some(seconds) = stay(ui, width, "Seconds per bookmark", common_seconds(model.tour.tour()))
        {
            actions.push(TourAction::Pace(seconds).into());
        }
    }
}

/// A command in a menu. Returns whether it was clicked.
fn menu_entry(ui: &mut Ui, width: f32, command: &Command, model: &ViewModel<'_>) -> bool {
    let entry = Entry {
        text: command.name(model),
        hint: command.shortcut().unwrap_or_default().into(),
        selected: command.is_on(model),
    };
    let can = command.can_be_done(model);
    let row = ui.add_enabled_ui(can.is_ok(), |ui| widgets::menu_row(ui, width, &entry)).inner;
    row.on_disabled_hover_text(can.err().unwrap_or_default()).clicked()
}

/// Replaces the tools while bookmarks are chosen.
fn choosing(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory) {
    let places: Vec<usize> = memory.bookmarks.chosen.iter().flat_map(|chosen| chosen.places.iter().copied()).collect();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let caption = format!("Save {}…", plural(places.len(), "bookmark"));
        let size = vec2(content_width(ui) - 84.0 - 6.0, CONTROL);
        let save = ui.add_enabled_ui(!places.is_empty(), |ui| widgets::primary(ui, size, &caption)).inner;
        if save.on_disabled_hover_text("Click the bookmarks to save").clicked() {
            memory.ask_path(Ask::save_bookmarks(model.tour, Some(places)));
            memory.bookmarks.chosen = None;
        }
        if widgets::button(ui, vec2(84.0, CONTROL), "Cancel").clicked() {
            memory.bookmarks.chosen = None;
        }
    });
}

/// The link that puts back the bookmarks that were deleted last.
fn put_back(ui: &mut Ui, model: &ViewModel<'_>, actions: &mut Vec<Action>) {
    let mut removed = model.tour.removed();
    let text = match (removed.len(), removed.next()) {
        (1, Some(bookmark)) => format!("“{}” was deleted", bookmark.name),
        (_, None) => return,
        (number, _) => format!("{} were deleted", plural(number, "bookmark")),
    };
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE;
        let size = vec2(content_width(ui) - 56.0 - SPACE, FOOT);
        widgets::text(ui, size, &text, SECONDARY, tokens.secondary, Align::Min);
        if link(ui, "Put back", SECONDARY, vec2(56.0, FOOT), Align::Max).clicked() {
            actions.push(TourAction::PutBack.into());
        }
    });
}
