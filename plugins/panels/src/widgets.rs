//! Controls in the style of [`theme`](crate::theme), each with an accessible name.
//!
//! Text never moves other controls: it has a rectangle of its own and is elided if it does not fit.
//! Elided text is shown in full on hover.

use std::{borrow::Cow, sync::Arc};

use egui::{
    Align, Align2, Color32, EventFilter, FocusDirection, FontId, Galley, Key, Painter, Popup, PopupCloseBehavior, Pos2,
    Rect, Response, ScrollArea, Sense, Shape, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo,
    WidgetType, pos2,
    text::{LayoutJob, TextFormat, TextWrapping},
    vec2,
};
use parallax_session::Rgb;

use crate::{
    fonts,
    icons::{self, Icon},
    pasting::FIELD,
    theme::{self, BODY, CAPTION, CONTROL, CORNER, SECONDARY, SPACE, Tokens, content_width},
};

/// The most characters that are laid out on one line.
const LONGEST_LINE: usize = 400;

/// The minimum width of a menu.
const LEAST_MENU: f32 = 220.0;

/// Lists with more entries have a filter.
const FILTERED: usize = 12;

/// The maximum height of a menu.
const MENU_HEIGHT: f32 = 300.0;

/// An entry of a [`chooser`].
pub(crate) struct Entry<'a> {
    /// The text.
    pub(crate) text: Cow<'a, str>,
    /// A note on the right, in a fainter color.
    pub(crate) hint: Cow<'a, str>,
    /// Whether it is selected.
    pub(crate) selected: bool,
}

/// A segment of a [`segmented`] control.
pub(crate) struct Segment<'a> {
    /// The caption.
    pub(crate) caption: &'a str,
    /// The tooltip.
    pub(crate) hint: &'a str,
    /// Whether it is selected.
    pub(crate) selected: bool,
    /// Whether it can be chosen.
    pub(crate) enabled: bool,
}

/// Lays out one line of at most `width`.
pub(crate) fn line(painter: &Painter, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    fonts::note(painter.ctx(), text);
    let text: String = text.chars().take(LONGEST_LINE).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_width: width.max(0.0), max_rows: 1, break_anywhere: true, ..TextWrapping::default() };
    job.break_on_newline = false;
    painter.layout_job(job)
}

/// Paints one line into `rect`, vertically centered. Returns whether it was elided.
pub(crate) fn paint_line(ui: &Ui, rect: Rect, text: &str, font: FontId, color: Color32, align: Align) -> bool {
    let galley = line(ui.painter(), text, font, color, rect.width());
    let corner = Align2([align, Align::Center]).align_size_within_rect(galley.size(), rect).min;
    let elided = galley.elided;
    ui.painter().galley(corner, galley, color);
    elided
}

/// Paints one line into `rect`, vertically centered, with the characters at `marks` in another
/// color.
pub(crate) fn paint_marked(ui: &Ui, rect: Rect, text: &str, marks: &[usize], color: Color32, marked: Color32) {
    // Characters of one color are one section, so that they are kerned.
    let mut runs: Vec<(bool, String)> = Vec::new();
    for (at, c) in text.chars().enumerate().take(LONGEST_LINE) {
        let (is_marked, c) = (marks.contains(&at), if c.is_control() { ' ' } else { c });
        match runs.last_mut() {
            Some((last, run)) if *last == is_marked => run.push(c),
            _ => runs.push((is_marked, c.into())),
        }
    }
    let mut job = LayoutJob::default();
    for (is_marked, run) in &runs {
        job.append(run, 0.0, TextFormat::simple(BODY, if *is_marked { marked } else { color }));
    }
    job.wrap =
        TextWrapping { max_width: rect.width().max(0.0), max_rows: 1, break_anywhere: true, ..TextWrapping::default() };
    job.break_on_newline = false;
    let galley = ui.painter().layout_job(job);
    let corner = Align2([Align::Min, Align::Center]).align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(corner, galley, color);
}

/// Adds a line of text as a widget: elided to its width, and shown in full on hover.
pub(crate) fn text(ui: &mut Ui, size: Vec2, text: &str, font: FontId, color: Color32, align: Align) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let elided = ui.is_rect_visible(rect) && paint_line(ui, rect, text, font, color, align);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    in_full_on_hover(response, elided, text)
}

/// Shows `text` on hover if it was elided.
pub(crate) fn in_full_on_hover(response: Response, elided: bool, text: &str) -> Response {
    if elided { response.on_hover_text(text.chars().take(10 * LONGEST_LINE).collect::<String>()) } else { response }
}

/// Adds a paragraph of at most `rows` lines.
pub(crate) fn paragraph(ui: &mut Ui, text: &str, font: FontId, color: Color32, rows: usize) -> Response {
    fonts::note(ui.ctx(), text);
    let text: String = text.chars().take(10 * LONGEST_LINE).collect();
    let mut job = LayoutJob::single_section(text.clone(), TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_width: ui.available_width(), max_rows: rows, ..TextWrapping::default() };
    let galley = ui.painter().layout_job(job);
    let elided = galley.elided;
    let response = ui.label(galley);
    in_full_on_hover(response, elided, &text)
}

/// Adds a bordered button with a caption.
pub(crate) fn button(ui: &mut Ui, size: Vec2, caption: &str) -> Response {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), caption));
    field(ui, rect, &response);
    let color = if ui.is_enabled() { tokens.text } else { tokens.faint };
    paint_line(ui, rect.shrink2(vec2(4.0, 0.0)), caption, BODY, color, Align::Center);
    focus_ring(ui, rect, &response);
    response
}

/// Adds a button in the accent color, for the main action.
pub(crate) fn primary(ui: &mut Ui, size: Vec2, caption: &str) -> Response {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), caption));
    if !ui.is_enabled() {
        field(ui, rect, &response);
        paint_line(ui, rect.shrink2(vec2(4.0, 0.0)), caption, BODY, tokens.faint, Align::Center);
        return response;
    }
    let fill = if response.hovered() { tokens.accent.lerp_to_gamma(tokens.text, 0.15) } else { tokens.accent };
    ui.painter().rect_filled(rect, CORNER, fill);
    paint_line(ui, rect.shrink2(vec2(4.0, 0.0)), caption, theme::header(), tokens.card, Align::Center);
    focus_ring(ui, rect.expand(2.0), &response);
    response
}

/// Adds a horizontal line.
pub(crate) fn divider(ui: &mut Ui, width: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, 5.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Tokens::within(ui).border());
}

/// Adds text that can be clicked, within `size`.
pub(crate) fn link(ui: &mut Ui, caption: &str, font: FontId, size: Vec2, align: Align) -> Response {
    let tokens = Tokens::within(ui);
    let galley = line(ui.painter(), caption, font, tokens.accent, size.x);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), caption));
    let place = Align2([align, Align::Center]).align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, tokens.accent);
    if response.hovered() {
        ui.painter().hline(place.x_range(), place.max.y, Stroke::new(1.0, tokens.accent));
    }
    focus_ring(ui, place.expand(2.0), &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Adds a square button with an icon, and with a border if `framed`.
pub(crate) fn icon_button(ui: &mut Ui, size: f32, icon: Icon, name: &str, active: bool, framed: bool) -> Response {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, ui.is_enabled(), active, name));
    if framed {
        let fill = if active { tokens.accent_behind } else { tokens.card };
        let border = if response.hovered() && !active { Stroke::new(1.0, tokens.faint) } else { tokens.border() };
        let border = if active { Stroke::new(1.0, tokens.accent_behind) } else { border };
        ui.painter().rect(rect, CORNER, fill, border, StrokeKind::Inside);
    } else if active {
        ui.painter().rect_filled(rect, 4.0, tokens.accent_behind);
    }
    let color = match (active, response.hovered()) {
        _ if !ui.is_enabled() => tokens.faint,
        (true, _) => tokens.accent,
        (false, true) => tokens.text,
        (false, false) => tokens.secondary,
    };
    icons::paint(ui.painter(), icon, rect.center(), color);
    focus_ring(ui, rect, &response);
    response
}

/// Adds a choice of a few segments side by side. Returns the index of the segment that was clicked,
/// unless it was selected already.
pub(crate) fn segmented(ui: &mut Ui, size: Vec2, segments: &[Segment<'_>]) -> Option<usize> {
    let tokens = Tokens::within(ui);
    let (frame, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(frame, CORNER, tokens.inset);
    let width = frame.width() / segments.len().max(1) as f32;
    let mut clicked = None;
    for (place, segment) in segments.iter().enumerate() {
        let corner = frame.min + vec2(place as f32 * width, 0.0);
        let rect = Rect::from_min_size(corner, vec2(width, frame.height())).shrink(2.0);
        let sense = if segment.enabled { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, frame_id(ui, frame).with(segment.caption), sense);
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::RadioButton, segment.enabled, segment.selected, segment.caption)
        });
        if segment.selected {
            ui.painter().rect_filled(rect, 4.0, tokens.accent_behind);
        }
        let color = match (segment.enabled, segment.selected) {
            (false, _) => tokens.faint.gamma_multiply(0.7),
            (true, true) => tokens.accent,
            (true, false) if response.hovered() => tokens.text,
            (true, false) => tokens.secondary,
        };
        let font = if segment.selected { theme::header() } else { BODY };
        paint_line(ui, rect, segment.caption, font, color, Align::Center);
        focus_ring(ui, rect, &response);
        if response.clicked() && !segment.selected {
            clicked = Some(place);
        }
        if !segment.hint.is_empty() {
            response.on_hover_text(segment.hint);
        }
    }
    clicked
}

fn frame_id(ui: &Ui, frame: Rect) -> egui::Id {
    ui.id().with((frame.min.x as i32, "segmented"))
}

/// Adds a choice from a menu. Returns the index of the entry that was clicked.
///
/// `name` is the accessible name; `entry` is called for visible entries only.
pub(crate) fn chooser<'a>(
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

    let menu = Popup::menu(&response)
        .width(width.max(LEAST_MENU))
        .gap(4.0)
        .close_behavior(if count > FILTERED {
            PopupCloseBehavior::CloseOnClickOutside
        } else {
            PopupCloseBehavior::CloseOnClick
        })
        .show(|ui| {
            let chosen = menu(ui, width, count, entry);
            if chosen.is_some() {
                ui.close();
            }
            chosen
        })
        .and_then(|shown| shown.inner);
    in_full_on_hover(response, elided, &current.text);
    menu
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
pub(crate) fn menu_row(ui: &mut Ui, width: f32, entry: &Entry<'_>) -> Response {
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

/// Adds a logarithmic slider from 1 to `most`. Returns the new number if it was changed.
pub(crate) fn slider(ui: &mut Ui, width: f32, name: &str, value: usize, most: usize) -> Option<usize> {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value as f64, name));
    let rail = rect.shrink2(vec2(7.0, 0.0)).x_range();
    let span = (most.max(2) as f32).ln();
    let mut set = value;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let share = ((pointer.x - rail.min) / rail.span().max(1.0)).clamp(0.0, 1.0);
        set = rounded((share * span).exp()).clamp(1, most);
    }
    if response.has_focus() {
        ui.input(|input| {
            let steps = input.num_presses(Key::ArrowRight) as i64 - input.num_presses(Key::ArrowLeft) as i64;
            set = usize::try_from(set as i64 + steps).unwrap_or(1).clamp(1, most);
        });
    }
    let share = ((set.max(1) as f32).ln() / span).clamp(0.0, 1.0);
    let (y, x) = (rect.center().y, egui::lerp(rail.min..=rail.max, share));
    let bar = |from: f32, to: f32, color| {
        ui.painter().rect_filled(Rect::from_x_y_ranges(from..=to, y - 1.5..=y + 1.5), 1.5, color);
    };
    bar(rail.min, rail.max, tokens.hairline);
    bar(rail.min, x, tokens.accent);
    let radius = if response.hovered() || response.dragged() { 7.0 } else { 6.5 };
    ui.painter().circle_filled(pos2(x, y), radius, tokens.text);
    if response.has_focus() {
        ui.painter().circle_stroke(pos2(x, y), radius + 2.0, Stroke::new(1.5, tokens.accent));
    }
    (set != value).then_some(set)
}

/// Rounds to two significant digits, so that a slider stops at round numbers.
fn rounded(x: f32) -> usize {
    let unit = if x < 100.0 { 1.0 } else { 10.0 };
    ((x / unit).round() * unit) as usize
}

/// Adds a progress bar, filled up to `share`.
pub(crate) fn progress(ui: &mut Ui, width: f32, name: &str, share: f32) {
    let tokens = Tokens::within(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 4.0), Sense::hover());
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(share)),
        ..WidgetInfo::labeled(WidgetType::ProgressIndicator, true, name)
    });
    ui.painter().rect_filled(rect, 2.0, tokens.hairline);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
    ui.painter().rect_filled(filled, 2.0, tokens.accent);
}

/// Paints a dot in a color of the data.
pub(crate) fn dot(painter: &Painter, center: Pos2, [r, g, b]: Rgb) {
    painter.circle_filled(center, 5.0, Color32::from_rgb(r, g, b));
}

/// Adds captions above choosers of `width` that are side by side.
pub(crate) fn captions(ui: &mut Ui, width: f32, captions: &[&str]) {
    let color = Tokens::within(ui).secondary;
    let (row, _) = ui.allocate_exact_size(vec2(content_width(), 18.0), Sense::hover());
    for (place, caption) in captions.iter().enumerate() {
        let left = row.min.x + place as f32 * (width + SPACE);
        let rect = Rect::from_min_size(pos2(left, row.min.y), vec2(width, row.height()));
        paint_line(ui, rect, caption, SECONDARY, color, Align::Min);
    }
}

/// Shows a vertical scroll area of [`content_width`], as high as its content but at most `height`.
/// Its bar is in the padding of the card, beside the content.
pub(crate) fn scroll(ui: &mut Ui, name: &str, height: f32, show: impl FnOnce(ScrollArea, &mut Ui)) {
    let region = Rect::from_min_size(ui.cursor().min, vec2(content_width() + 9.0, height.max(0.0)));
    ui.scope_builder(UiBuilder::new().max_rect(region), |ui| {
        let area = ScrollArea::vertical().id_salt(name).max_height(region.height());
        show(area.min_scrolled_height(0.0).auto_shrink([false, true]), ui);
    });
}

/// Adds a hint where there is no content yet.
pub(crate) fn hint(ui: &mut Ui, text: &str) {
    let color = Tokens::within(ui).secondary;
    paragraph(ui, text, SECONDARY, color, 6);
}

/// Paints a small caption, as under a chart.
pub(crate) fn paint_caption(ui: &Ui, rect: Rect, text: &str, color: Color32, align: Align) {
    paint_line(ui, rect, text, CAPTION, color, align);
}

/// Paints the background of a row in a list.
pub(crate) fn row_background(ui: &Ui, rect: Rect, response: &Response, selected: bool) {
    let tokens = Tokens::within(ui);
    if selected {
        ui.painter().rect_filled(rect, 4.0, tokens.accent_behind);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, tokens.inset);
    }
    focus_ring(ui, rect, response);
}

/// Paints the background and border of a control.
pub(crate) fn field(ui: &Ui, rect: Rect, response: &Response) {
    let tokens = Tokens::within(ui);
    let border = if response.hovered() { Stroke::new(1.0, tokens.faint) } else { tokens.border() };
    ui.painter().rect(rect, CORNER, tokens.inset, border, StrokeKind::Inside);
}

/// Records that the pointer is on `row` in a list.
pub(crate) fn point_at(ctx: &egui::Context, row: u32) {
    ctx.data_mut(|data| data.insert_temp(pointed(), row));
}

/// Returns the row of a list that the pointer is on in this frame, and forgets it.
pub(crate) fn take_pointed_row(ctx: &egui::Context) -> Option<u32> {
    ctx.data_mut(|data| data.remove_temp(pointed()))
}

fn pointed() -> egui::Id {
    egui::Id::new("row under the pointer")
}

/// Selects all of `text`, which the field with this id edits.
pub(crate) fn select_all(ctx: &egui::Context, id: egui::Id, text: &str) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = egui::text_edit::TextEditState::load(ctx, id).unwrap_or_default();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
    state.cursor.set_char_range(Some(all));
    state.store(ctx, id);
}

/// Paints a ring around the control that has the focus.
pub(crate) fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Tokens::within(ui).accent);
        ui.painter().add(Shape::Rect(egui::epaint::RectShape::stroke(rect, CORNER, stroke, StrokeKind::Inside)));
    }
}
