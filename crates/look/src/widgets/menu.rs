//! Choices from a menu.

use std::borrow::Cow;

use egui::{
    Align, Align2, EventFilter, FocusDirection, Galley, Key, Popup, PopupCloseBehavior, Rect, Response, ScrollArea,
    Sense, TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::{
    buttons::{field, focus_ring, row_background},
    lines::{hint, in_full_on_hover, line, paint_line},
};
use crate::{
    icons,
    pasting::FIELD,
    theme::{BODY, CONTROL, SECONDARY, SPACE, Tokens},
};

/// The minimum width of a menu, and the most that it gets for long entries.
const LEAST_MENU: f32 = 220.0;
const MOST_MENU: f32 = 360.0;

/// The most entries that are measured for the width of a menu.
const MEASURED: usize = 100;

/// Lists with more entries have a filter.
const FILTERED: usize = 12;

/// The maximum height of a menu.
const MENU_HEIGHT: f32 = 300.0;

/// An entry of a [`chooser`] or a menu.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// A note on the right, in a fainter color.
    pub hint: Cow<'a, str>,
    /// Whether it is selected.
    pub selected: bool,
}

/// Adds a choice from a menu. Returns the index of the entry that was clicked.
///
/// `name` is the accessible name; `entry` is called for visible entries only.
pub fn chooser<'a>(
    ui: &mut Ui,
    width: f32,
    name: &str,
    current: &Entry<'_>,
    count: usize,
    entry: impl Fn(usize) -> Entry<'a>,
) -> Option<usize> {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(current.text.to_string()),
        ..WidgetInfo::labeled(WidgetType::ComboBox, ui.is_enabled(), name)
    });
    field(ui, rect, &response);
    let inner = Rect::from_min_max(rect.min + vec2(9.0, 0.0), rect.max - vec2(22.0, 0.0));
    let hint = line(ui.painter(), &current.hint, BODY, tokens.secondary, inner.width() * 0.6);
    let room = inner.width() - if current.hint.is_empty() { 0.0 } else { hint.size().x + 6.0 };
    let label = line(ui.painter(), &current.text, BODY, tokens.text, room);
    let (elided, middle) = (label.elided, |galley: &Galley| rect.center().y - galley.size().y / 2.0);
    let end = inner.min.x + label.size().x + 6.0;
    ui.painter().galley(pos2(inner.min.x, middle(&label)), label, tokens.text);
    ui.painter().galley(pos2(end, middle(&hint)), hint, tokens.secondary);
    icons::chevron(ui.painter(), pos2(rect.max.x - 12.0, rect.center().y), 1.0, tokens.secondary);
    focus_ring(ui, rect, &response);

    let is_open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let room = if is_open { menu_width(ui, width, count, &entry) } else { width };
    let menu = Popup::menu(&response)
        .width(room.max(LEAST_MENU))
        .gap(4.0)
        .close_behavior(if count > FILTERED {
            PopupCloseBehavior::CloseOnClickOutside
        } else {
            PopupCloseBehavior::CloseOnClick
        })
        .show(|ui| {
            let chosen = menu(ui, room, count, entry);
            if chosen.is_some() {
                ui.close();
            }
            chosen
        })
        .and_then(|shown| shown.inner);
    in_full_on_hover(response, elided, &current.text);
    menu
}

/// Returns the width of a menu in which entries can be told apart.
fn menu_width<'a>(ui: &Ui, width: f32, count: usize, entry: &impl Fn(usize) -> Entry<'a>) -> f32 {
    let wide = |place: usize| {
        let Entry { text, hint, .. } = entry(place);
        let [text, hint] = [(text, BODY), (hint, SECONDARY)]
            .map(|(text, font)| line(ui.painter(), &text, font, egui::Color32::PLACEHOLDER, MOST_MENU).size().x);
        text + hint + 2.0 * SPACE + 6.0 + 10.0 + 1.0
    };
    (0..count.min(MEASURED)).map(wide).fold(width, f32::max).min(MOST_MENU.max(width))
}

fn menu<'a>(ui: &mut Ui, width: f32, count: usize, entry: impl Fn(usize) -> Entry<'a>) -> Option<usize> {
    ui.spacing_mut().item_spacing.y = 0.0;
    let inner = width.max(LEAST_MENU) - 10.0;
    ui.set_width(inner);
    let filtered = (count > FILTERED).then(|| filter(ui, inner, count, &entry));
    let places = |place: usize| filtered.as_ref().map_or(Some(place), |places| places.get(place).copied());
    let lines = filtered.as_ref().map_or(count, Vec::len);
    let mut chosen = None;
    if lines == 0 {
        hint(ui, "No entry contains this text.");
    }
    ScrollArea::vertical().max_height(MENU_HEIGHT).min_scrolled_height(CONTROL).auto_shrink([false, true]).show_rows(
        ui,
        CONTROL,
        lines,
        |ui, range| {
            for place in range.filter_map(places) {
                if menu_row(ui, inner, &entry(place)).clicked() {
                    chosen = Some(place);
                }
            }
        },
    );
    // Enter chooses the first entry that matches.
    let entered = filtered.is_some() && ui.input(|input| input.key_pressed(Key::Enter));
    if chosen.is_none()
        && entered
        && let Some(first) = places(0)
    {
        chosen = Some(first);
        ui.close();
    }
    chosen
}

/// Adds a filter field above a long list. Returns the indices of the entries that contain its text,
/// ignoring case.
fn filter<'a>(ui: &mut Ui, width: f32, count: usize, entry: impl Fn(usize) -> Entry<'a>) -> Vec<usize> {
    let id = ui.id().with("filter");
    let now = ui.ctx().cumulative_frame_nr();
    // The text does not outlive the menu.
    let written = ui.data(|data| data.get_temp::<(String, u64)>(id)).filter(|(_, frame)| frame + 1 >= now);
    let opens = written.is_none();
    let (mut text, _) = written.unwrap_or_default();
    let field =
        TextEdit::singleline(&mut text).char_limit(FIELD).id(id.with("field")).hint_text("Type to filter").font(BODY);
    let response = ui.add_sized(vec2(width, CONTROL), field.margin(vec2(SPACE, 5.0)));
    response.widget_info(|| WidgetInfo {
        label: Some("Filter".into()),
        ..WidgetInfo::text_edit(true, "", &text, "Type to filter")
    });
    if opens {
        response.request_focus();
    }
    ui.add_space(4.0);
    let wanted = text.to_lowercase();
    let places =
        (0..count).filter(|&place| wanted.is_empty() || entry(place).text.to_lowercase().contains(&wanted)).collect();
    ui.data_mut(|data| data.insert_temp(id, (text, now)));
    places
}

/// Adds an entry of an open menu.
pub fn menu_row(ui: &mut Ui, width: f32, entry: &Entry<'_>) -> Response {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::SelectableLabel, ui.is_enabled(), entry.selected, &entry.text)
    });
    step_by_keys(ui, &response);
    row_background(ui, rect, &response, entry.selected);
    let inner = rect.shrink2(vec2(SPACE, 0.0));
    let hint = line(ui.painter(), &entry.hint, SECONDARY, tokens.secondary, inner.width() * 0.6);
    let room = Rect::from_min_max(inner.min, pos2(inner.max.x - hint.size().x - 6.0, inner.max.y));
    let corner = Align2::RIGHT_CENTER.align_size_within_rect(hint.size(), inner).min;
    ui.painter().galley(corner, hint, tokens.secondary);
    let color = match entry.selected {
        _ if !ui.is_enabled() => tokens.faint,
        true => tokens.accent,
        false => tokens.text,
    };
    let elided = paint_line(ui, room, &entry.text, BODY, color, Align::Min);
    in_full_on_hover(response, elided, &entry.text)
}

/// Where the arrow keys are in the rows of a menu, in one pass.
#[derive(Debug, Clone, Copy, Default)]
struct Walk {
    pass: u64,
    /// The last row that was added and can be chosen.
    above: Option<egui::Id>,
    /// Whether the next row gets the focus.
    goes_down: bool,
}

/// Moves the focus through the rows of a menu by the arrow keys. The first Down goes to the first
/// row, and Enter chooses the row that has the focus.
fn step_by_keys(ui: &Ui, row: &Response) {
    if !ui.is_enabled() {
        return;
    }
    let id = egui::Id::new("walk").with(ui.layer_id());
    let pass = ui.ctx().cumulative_pass_nr();
    let (down, up) = ui.input(|input| (input.key_pressed(Key::ArrowDown), input.key_pressed(Key::ArrowUp)));
    let known = ui.data(|data| data.get_temp::<Walk>(id)).filter(|walk| walk.pass == pass);
    let mut walk = known.unwrap_or_else(|| Walk { pass, above: None, goes_down: down && !has_focused_row(ui) });
    if row.has_focus() {
        // Otherwise egui would move the focus too, maybe out of the menu.
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(row.id, filter));
        walk.goes_down = down;
        if let Some(above) = walk.above.filter(|_| up) {
            ui.memory_mut(|memory| memory.request_focus(above));
        }
    } else if std::mem::take(&mut walk.goes_down) {
        row.request_focus();
        ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    if row.gained_focus() {
        row.scroll_to_me(None);
    }
    walk.above = Some(row.id);
    ui.data_mut(|data| data.insert_temp(id, walk));
}

/// Whether a row of the menu has the focus, rather than the filter above or a control outside.
fn has_focused_row(ui: &Ui) -> bool {
    let focused = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id));
    focused.is_some_and(|focused| focused.layer_id == ui.layer_id()) && !ui.ctx().text_edit_focused()
}
