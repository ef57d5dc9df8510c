//! Buttons, and what shows that they are hovered, active, or have the focus.

use egui::{
    Align, Align2, FontId, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType, vec2,
};

use super::lines::{line, paint_line};
use crate::{
    icons::{self, Icon},
    theme::{self, BODY, CORNER, Tokens},
};

/// A segment of a [`segmented`] control.
#[derive(Debug)]
pub struct Segment<'a> {
    /// The caption.
    pub caption: &'a str,
    /// The tooltip.
    pub hint: &'a str,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it can be chosen.
    pub enabled: bool,
}

/// Adds a bordered button with a caption.
pub fn button(ui: &mut Ui, size: Vec2, caption: &str) -> Response {
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
pub fn primary(ui: &mut Ui, size: Vec2, caption: &str) -> Response {
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

/// Adds text that can be clicked, within `size`.
pub fn link(ui: &mut Ui, caption: &str, font: FontId, size: Vec2, align: Align) -> Response {
    let tokens = Tokens::within(ui);
    let color = if ui.is_enabled() { tokens.accent } else { tokens.faint };
    let galley = line(ui.painter(), caption, font, color, size.x);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), caption));
    let place = Align2([align, Align::Center]).align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, color);
    if response.hovered() {
        ui.painter().hline(place.x_range(), place.max.y, Stroke::new(1.0, tokens.accent));
    }
    focus_ring(ui, place.expand(2.0), &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Adds a square button with an icon, and with a border if `framed`.
pub fn icon_button(ui: &mut Ui, size: f32, icon: Icon, name: &str, active: bool, framed: bool) -> Response {
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
pub fn segmented(ui: &mut Ui, size: Vec2, segments: &[Segment<'_>]) -> Option<usize> {
    let tokens = Tokens::within(ui);
    let (frame, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(frame, CORNER, tokens.inset, tokens.border(), StrokeKind::Inside);
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

/// Paints the background of a row in a list.
pub fn row_background(ui: &Ui, rect: Rect, response: &Response, selected: bool) {
    let tokens = Tokens::within(ui);
    if selected {
        ui.painter().rect_filled(rect, 4.0, tokens.accent_behind);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, tokens.inset);
    }
    focus_ring(ui, rect, response);
}

/// Paints the background and border of a control.
pub fn field(ui: &Ui, rect: Rect, response: &Response) {
    let tokens = Tokens::within(ui);
    let border = if response.hovered() { Stroke::new(1.0, tokens.faint) } else { tokens.border() };
    ui.painter().rect(rect, CORNER, tokens.inset, border, StrokeKind::Inside);
}

/// Paints a ring around the control that has the focus.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Tokens::within(ui).accent);
        ui.painter().add(Shape::Rect(egui::epaint::RectShape::stroke(rect, CORNER, stroke, StrokeKind::Inside)));
    }
}
