//! Sliders and progress bars.

use egui::{Key, Rect, Response, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};

use crate::theme::{CONTROL, Tokens};

/// Adds a logarithmic slider from 1 to `most`. Returns the new number if it was changed.
pub fn slider(ui: &mut Ui, width: f32, name: &str, value: usize, most: usize) -> Option<usize> {
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
    paint(ui, rect, &response, (set.max(1) as f32).ln() / span);
    (set != value).then_some(set)
}

/// Adds a slider from 0 to 1. Returns the new share if it was changed.
pub fn share_slider(ui: &mut Ui, width: f32, name: &str, share: f32) -> Option<f32> {
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), share.into(), name));
    let rail = rect.shrink2(vec2(7.0, 0.0)).x_range();
    let mut set = share;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        set = ((pointer.x - rail.min) / rail.span().max(1.0)).clamp(0.0, 1.0);
    }
    if response.has_focus() {
        let steps =
            ui.input(|input| input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32);
        set = (set + 0.05 * steps).clamp(0.0, 1.0);
    }
    paint(ui, rect, &response, set);
    #[expect(clippy::float_cmp, reason = "it is the same number unless it was set")]
    (set != share).then_some(set)
}

/// Paints the rail and the handle at this share of it.
fn paint(ui: &Ui, rect: Rect, response: &Response, share: f32) {
    let tokens = Tokens::within(ui);
    let rail = rect.shrink2(vec2(7.0, 0.0)).x_range();
    let (y, x) = (rect.center().y, egui::lerp(rail.min..=rail.max, share.clamp(0.0, 1.0)));
    let bar = |from: f32, to: f32, color| {
        ui.painter().rect_filled(Rect::from_x_y_ranges(from..=to, y - 1.5..=y + 1.5), 1.5, color);
    };
    bar(rail.min, rail.max, tokens.hairline);
    if !ui.is_enabled() {
        ui.painter().circle_filled(pos2(x, y), 6.5, tokens.faint.gamma_multiply(0.7));
        return;
    }
    bar(rail.min, x, tokens.accent);
    let radius = if response.hovered() || response.dragged() { 7.0 } else { 6.5 };
    ui.painter().circle_filled(pos2(x, y), radius, tokens.text);
    if response.has_focus() {
        ui.painter().circle_stroke(pos2(x, y), radius + 2.0, Stroke::new(1.5, tokens.accent));
    }
}

/// Rounds to two significant digits, so that a slider stops at round numbers.
fn rounded(x: f32) -> usize {
    let unit = if x < 100.0 { 1.0 } else { 10.0 };
    ((x / unit).round() * unit) as usize
}

/// Adds a progress bar, filled up to `share`.
pub fn progress(ui: &mut Ui, width: f32, name: &str, share: f32) {
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
