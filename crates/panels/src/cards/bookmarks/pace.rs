//! How long bookmarks are shown, and the menus where that is set.

use egui::{Align, DragValue, Sense, Ui, WidgetInfo, WidgetType, vec2};
use parallax_look::{
    Tokens,
    theme::{BODY, CONTROL, SPACE},
    widgets::paint_line,
};
use parallax_tour::Tour;

/// The width of the menus.
pub(super) const MENU: f32 = 264.0;
/// The range of durations, in seconds.
const SECONDS: std::ops::RangeInclusive<f32> = 0.5..=3600.0;

/// A field for a duration. Returns the seconds if they were changed.
pub(super) fn stay(ui: &mut Ui, width: f32, name: &str, seconds: f32) -> Option<f32> {
    let tokens = Tokens::within(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (caption, _) = ui.allocate_exact_size(vec2(width - 72.0, CONTROL), Sense::hover());
        paint_line(ui, caption.shrink2(vec2(SPACE, 0.0)), name, BODY, tokens.text, Align::Min);
        // Menus have no frames around fields; this one needs one.
        ui.visuals_mut().widgets = tokens.widgets();
        let mut typed = seconds;
        let number = DragValue::new(&mut typed).range(SECONDS).speed(0.1).max_decimals(1).suffix(" s");
        let response = ui.add_sized([72.0, CONTROL], number.update_while_editing(false));
        response.widget_info(|| WidgetInfo {
            value: Some(f64::from(typed)),
            ..WidgetInfo::labeled(WidgetType::DragValue, true, name)
        });
        response.changed().then_some(typed).filter(|typed| *typed != seconds)
    })
    .inner
}

/// Returns the seconds of bookmarks that have no duration of their own.
pub(super) fn common_seconds(tour: &Tour) -> f32 {
    tour.seconds(usize::MAX)
}
