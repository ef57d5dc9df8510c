//! A bookmark's row: its number, picture, name and what it shows. The name is edited in place, the
//! notes below it.

use egui::{
    Align, Frame, Id, Key, Popup, PopupCloseBehavior, Rect, Response, ScrollArea, Sense, StrokeKind, TextEdit, Ui,
    UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use parallax_embedding::RowSet;
use parallax_look::{
    Tokens,
    icons::{self, Icon},
    theme::{self, BODY, CAPTION, CORNER, SECONDARY},
    widgets::{self, Entry, in_full_on_hover, paint_line},
};
use parallax_session::{Action, TourAction};
use parallax_tour::Bookmark;

use super::pace::{MENU, common_seconds, stay};
use crate::{
    format::{self, count, plural},
    memory::{OpenNote, PanelMemory, Renaming},
    model::ViewModel,
    textures::picture,
};

pub(super) const ROW: f32 = 46.0;
const NUMBER: f32 = 22.0;
const PICTURE: egui::Vec2 = vec2(52.0, 34.0);
const BUTTON: f32 = 24.0;
/// The greatest number of characters.
const LONGEST_NAME: usize = 200;
const LONGEST_NOTE: usize = 10_000;

/// The id of a row, for the keyboard focus.
pub(super) fn id(place: usize) -> Id {
    Id::new("bookmark").with(place)
}

/// Focuses this row as soon as it is drawn.
pub(super) fn focus(ui: &Ui, memory: &mut PanelMemory, place: usize) {
    let list = &mut memory.bookmarks.list;
    (list.reveal, list.focus) = (Some(place), Some(place));
    ui.ctx().request_repaint();
}

fn note_id(place: usize) -> Id {
    Id::new("note of a bookmark").with(place)
}

/// Shows the bookmark in `rect`.
pub(super) fn bookmark_row(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    place: usize,
    rect: Rect,
    actions: &mut Vec<Action>,
) -> Option<Response> {
    let bookmark = model.tour.tour().bookmarks.get(place)?;
    let is_shown = model.tour.at() == Some(place);
    let is_chosen = memory.bookmarks.chosen.as_ref().map(|chosen| chosen.places.contains(&place));
    let response = ui.interact(rect, id(place), Sense::click_and_drag());
    let shows = shows(bookmark);
    response.widget_info(|| said(place, bookmark, &shows, is_shown, is_chosen));
    widgets::row_background(ui, rect, &response, is_chosen.unwrap_or(is_shown));
    let name_rect = paint(ui, memory, place, bookmark, &shows, rect, is_shown, is_chosen, response.hovered());
    if memory.bookmarks.renaming.as_ref().is_some_and(|renaming| renaming.place == place) {
        rename(ui, memory, bookmark, name_rect, actions);
    } else {
        let font = if is_shown { theme::header() } else { BODY };
        let elided = paint_line(ui, name_rect, &bookmark.name, font, Tokens::within(ui).text, Align::Min);
        in_full_on_hover(response.clone(), elided, &bookmark.name);
    }
    if is_chosen.is_some() {
        if response.clicked() {
            toggle(memory, place);
        }
        return Some(response);
    }
    buttons(ui, model, memory, place, rect, actions);
    Popup::context_menu(&response)
        .width(MENU)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| menu(ui, model, memory, place, actions));
    let renames = response.has_focus() && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::F2));
    if response.double_clicked() || renames {
        begin_renaming(memory, place, bookmark);
    } else if response.clicked() {
        actions.push(TourAction::Show(place).into());
    }
    Some(response)
}

/// What it shows: method, dimensions, points.
pub(crate) fn shows(bookmark: &Bookmark) -> String {
    let projection = &bookmark.view.projection;
    let points = bookmark.view.isolated().map_or(bookmark.subject.rows, RowSet::len);
    let method = format::method(projection.method);
    format!("{method} · {}D · {}", projection.dims.count(), plural(points, "point"))
}

fn said(place: usize, bookmark: &Bookmark, shows: &str, is_shown: bool, is_chosen: Option<bool>) -> WidgetInfo {
    let note = if bookmark.note.is_empty() { "" } else { ", with notes" };
    let name = format!("{}. {}, {shows}{note}", place + 1, bookmark.name);
    match is_chosen {
        Some(is_chosen) => WidgetInfo::selected(WidgetType::Checkbox, true, is_chosen, name),
        None => WidgetInfo::selected(WidgetType::SelectableLabel, true, is_shown, name),
    }
}

/// Paints everything but the name. Returns the rectangle for the name.
fn paint(
    ui: &Ui,
    memory: &mut PanelMemory,
    place: usize,
    bookmark: &Bookmark,
    shows: &str,
    rect: Rect,
    is_shown: bool,
    is_chosen: Option<bool>,
    is_hovered: bool,
) -> Rect {
    let tokens = Tokens::within(ui);
    let number = Rect::from_min_size(rect.min, vec2(NUMBER, rect.height()));
    if is_shown {
        let bar = Rect::from_min_max(rect.min + vec2(0.0, 6.0), pos2(rect.min.x + 3.0, rect.max.y - 6.0));
        ui.painter().rect_filled(bar, 1.5, tokens.accent);
    }
    match is_chosen {
        Some(is_chosen) => check_box(ui, number, is_chosen),
        None if is_hovered => icons::paint(ui.painter(), Icon::Grip, number.center(), tokens.secondary),
        None => {
            let font = if place < 999 { SECONDARY } else { CAPTION };
            let color = if is_shown { tokens.accent } else { tokens.secondary };
            paint_line(ui, number.with_min_x(rect.min.x + 3.0), &count(place + 1), font, color, Align::Center);
        }
    }
    let corner = pos2(number.max.x + 2.0, rect.center().y - PICTURE.y / 2.0);
    let place = Rect::from_min_size(corner, PICTURE);
    picture(ui, &mut memory.bookmarks.pictures, bookmark, place);
    let room = Rect::from_min_max(pos2(place.max.x + 8.0, rect.min.y), pos2(rect.max.x - BUTTON - 2.0, rect.max.y));
    let lower = Rect::from_min_max(pos2(room.min.x, rect.center().y + 1.0), room.max - vec2(0.0, 6.0));
    let noted = if bookmark.note.is_empty() { 0.0 } else { BUTTON };
    widgets::paint_caption(ui, lower.with_max_x(room.max.x - noted), shows, tokens.secondary, Align::Min);
    Rect::from_min_max(room.min + vec2(0.0, 5.0), pos2(room.max.x - noted, rect.center().y + 2.0))
}

fn check_box(ui: &Ui, rect: Rect, is_checked: bool) {
    let tokens = Tokens::within(ui);
    let frame = Rect::from_center_size(rect.center() + vec2(2.0, 0.0), vec2(16.0, 16.0));
    let fill = if is_checked { tokens.accent } else { tokens.inset };
    ui.painter().rect(frame, 4.0, fill, egui::Stroke::new(1.0, tokens.faint), StrokeKind::Inside);
    if is_checked {
        icons::paint(ui.painter(), Icon::Check, frame.center(), tokens.card);
    }
}

/// The buttons that open the notes, if there are any, and the menu.
fn buttons(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    place: usize,
    rect: Rect,
    actions: &mut Vec<Action>,
) {
    let Some(bookmark) = model.tour.tour().bookmarks.get(place) else { return };
    let right = Rect::from_center_size(pos2(rect.max.x - BUTTON / 2.0 - 2.0, rect.center().y), vec2(BUTTON, BUTTON));
    let button = |ui: &mut Ui, rect: Rect, icon, name: &str, on| {
        let mut place = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
        widgets::icon_button(&mut place, BUTTON, icon, name, on, false)
    };
    if !bookmark.note.is_empty() {
        let name = format!("Notes of {}", bookmark.name);
        let is_open = memory.bookmarks.note.as_ref().is_some_and(|note| note.place == place);
        let response = button(ui, right.translate(vec2(-BUTTON, 0.0)), Icon::Note, &name, is_open);
        let hint: String = bookmark.note.chars().take(400).collect();
        if response.on_hover_text(hint).clicked() {
            let open = OpenNote { place, of: bookmark.name.clone(), begins: true };
            memory.bookmarks.note = (!is_open).then_some(open);
        }
    }
    let more = button(ui, right, Icon::More, &format!("More of {}", bookmark.name), false);
    Popup::menu(&more)
        .width(MENU)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| menu(ui, model, memory, place, actions));
}

/// The menu of a bookmark.
fn menu(ui: &mut Ui, model: &ViewModel<'_>, memory: &mut PanelMemory, place: usize, actions: &mut Vec<Action>) {
    let tour = model.tour.tour();
    let Some(bookmark) = tour.bookmarks.get(place) else { return };
    let width = MENU - 16.0;
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = 0.0;
    let last = tour.bookmarks.len() - 1;
    let does = |ui: &mut Ui, text: &str, hint: &str, is_possible: bool| {
        let entry = Entry { text: text.into(), hint: hint.into(), selected: false };
        let clicked = ui.add_enabled_ui(is_possible, |ui| widgets::menu_row(ui, width, &entry)).inner.clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    if does(ui, "Update to current view", "", model.method.is_some()) {
        actions.push(TourAction::Update(place).into());
    }
    if does(ui, "Rename", "F2", true) {
        begin_renaming(memory, place, bookmark);
    }
    if does(ui, "Notes", "", true) {
        memory.bookmarks.note = Some(OpenNote { place, of: bookmark.name.clone(), begins: true });
    }
    if does(ui, "Duplicate", "", true) {
        actions.push(TourAction::Duplicate(place).into());
    }
    for (text, hint, to, can) in
        [("Move up", "Alt+Up", place.saturating_sub(1), place > 0), ("Move down", "Alt+Down", place + 1, place < last)]
    {
        if does(ui, text, hint, can) {
            actions.push(TourAction::Move { from: place, to }.into());
            focus(ui, memory, to);
        }
    }
    if let Some(seconds) = stay(ui, width, "Duration", tour.seconds(place)) {
        actions.push(TourAction::Stay(place, Some(seconds)).into());
    }
    let common = format!("Duration of the others: {} s", common_seconds(tour));
    if bookmark.seconds.is_some() && does(ui, &common, "", true) {
        actions.push(TourAction::Stay(place, None).into());
    }
    widgets::divider(ui, width);
    if does(ui, "Delete", "Del", true) {
        actions.push(TourAction::Remove(place).into());
    }
}

fn toggle(memory: &mut PanelMemory, place: usize) {
    let Some(chosen) = &mut memory.bookmarks.chosen else { return };
    if !chosen.places.remove(&place) {
        chosen.places.insert(place);
    }
}

fn begin_renaming(memory: &mut PanelMemory, place: usize, bookmark: &Bookmark) {
    let (was, text) = (bookmark.name.clone(), bookmark.name.clone());
    memory.bookmarks.renaming = Some(Renaming { place, was, text, begun: false });
}

/// The field for the name. Enter or a click elsewhere sets the name. Esc leaves it as it was.
fn rename(ui: &mut Ui, memory: &mut PanelMemory, bookmark: &Bookmark, rect: Rect, actions: &mut Vec<Action>) {
    let Some(renaming) = &mut memory.bookmarks.renaming else { return };
    let id = Id::new("name of a bookmark");
    let field = TextEdit::singleline(&mut renaming.text)
        .id(id)
        .font(BODY)
        .char_limit(LONGEST_NAME)
        .vertical_align(Align::Center)
        .margin(vec2(4.0, 0.0));
    let response = ui.put(rect.expand2(vec2(4.0, 0.0)), field);
    let text = &renaming.text;
    response.widget_info(|| WidgetInfo {
        label: Some("Name of the bookmark".into()),
        ..WidgetInfo::text_edit(true, "", text, "")
    });
    if !renaming.begun {
        renaming.begun = true;
        memory.bookmarks.takes_escape = true;
        response.request_focus();
        widgets::select_all(ui.ctx(), id, text);
        return;
    }
    let is_same = bookmark.name == renaming.was;
    if response.has_focus() && is_same {
        memory.bookmarks.takes_escape = true;
        return;
    }
    let name = renaming.text.trim();
    if is_same && !name.is_empty() && name != renaming.was && !ui.input(|input| input.key_pressed(Key::Escape)) {
        actions.push(TourAction::Rename(renaming.place, name.to_owned()).into());
    }
    let place = renaming.place;
    memory.bookmarks.renaming = None;
    if ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Escape)) {
        focus(ui, memory, place);
    }
}

/// The notes in a field below the row.
pub(super) fn note(
    ui: &mut Ui,
    model: &ViewModel<'_>,
    memory: &mut PanelMemory,
    place: usize,
    rect: Rect,
    actions: &mut Vec<Action>,
) {
    let Some(bookmark) = model.tour.tour().bookmarks.get(place) else { return };
    let tokens = Tokens::within(ui);
    ui.painter().rect(rect, CORNER, tokens.inset, tokens.border(), StrokeKind::Inside);
    let mut field = ui.new_child(UiBuilder::new().id_salt(note_id(place)).max_rect(rect.shrink2(vec2(8.0, 5.0))));
    field.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    if bookmark.note.len() > 4 * LONGEST_NOTE {
        widgets::hint(&mut field, "These notes are too long to be edited here. Edit the file instead.");
        return;
    }
    let mut text = bookmark.note.clone();
    ScrollArea::vertical().id_salt("note").max_height(rect.height() - 10.0).show(&mut field, |ui| {
        let edit = TextEdit::multiline(&mut text)
            .id(note_id(place))
            .frame(Frame::NONE)
            .font(BODY)
            .char_limit(LONGEST_NOTE)
            .hint_text("Notes (shown below the title)")
            .desired_width(f32::INFINITY);
        let response = ui.add_sized(vec2(ui.available_width(), rect.height() - 10.0), edit);
        if memory.bookmarks.note.as_mut().is_some_and(|open| std::mem::take(&mut open.begins)) {
            response.request_focus();
        }
        memory.bookmarks.takes_escape |= response.has_focus();
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            memory.bookmarks.note = None;
            focus(ui, memory, place);
        }
        response.widget_info(|| WidgetInfo {
            label: Some("Notes of the bookmark".into()),
            ..WidgetInfo::text_edit(true, "", &text, "")
        });
    });
    if text != bookmark.note {
        actions.push(TourAction::Note(place, text).into());
    }
}
