//! Controls in the style of [`theme`](crate::theme), each with an accessible name.
//!
//! Text never moves other controls: it has a rectangle of its own and is elided if it does not fit.
//! Elided text is shown in full on hover.

mod buttons;
mod lines;
mod menu;
mod slider;

pub use buttons::{Segment, button, field, focus_ring, icon_button, link, primary, row_background, segmented};
use egui::{Align, Color32, Painter, Pos2, Rect, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};
pub use lines::{hint, in_full_on_hover, line, paint_caption, paint_line, paint_marked, paragraph, select_all, text};
pub use menu::{Entry, chooser, menu_row};
pub use slider::{progress, share_slider, slider};

use crate::{
    column::content_width,
    theme::{SECONDARY, SPACE, Tokens},
};

/// Adds a horizontal line.
pub fn divider(ui: &mut Ui, width: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, 5.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Tokens::within(ui).border());
}

/// Paints a dot in a color of the data.
pub fn dot(painter: &Painter, center: Pos2, [r, g, b]: [u8; 3]) {
    painter.circle_filled(center, 5.0, Color32::from_rgb(r, g, b));
}

/// Adds captions above choosers of `width` that are side by side.
pub fn captions(ui: &mut Ui, width: f32, captions: &[&str]) {
    let color = Tokens::within(ui).secondary;
    let (row, _) = ui.allocate_exact_size(vec2(content_width(ui), 18.0), Sense::hover());
    for (place, caption) in captions.iter().enumerate() {
        let left = row.min.x + place as f32 * (width + SPACE);
        let rect = Rect::from_min_size(pos2(left, row.min.y), vec2(width, row.height()));
        paint_line(ui, rect, caption, SECONDARY, color, Align::Min);
    }
}

/// Shows a vertical scroll area of [`content_width`], as high as its content but at most `height`.
/// Its bar is in the padding of the card, beside the content.
pub fn scroll(ui: &mut Ui, name: &str, height: f32, show: impl FnOnce(ScrollArea, &mut Ui)) {
    let region = Rect::from_min_size(ui.cursor().min, vec2(content_width(ui) + 9.0, height.max(0.0)));
    ui.scope_builder(UiBuilder::new().max_rect(region), |ui| {
        let area = ScrollArea::vertical().id_salt(name).max_height(region.height());
        show(area.min_scrolled_height(0.0).auto_shrink([false, true]), ui);
    });
}
