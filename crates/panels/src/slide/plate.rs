//! What all parts of a slide have in common: sizes, and the plates that their texts are on.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Rect, Sense, Ui, WidgetInfo, WidgetType,
    text::{LayoutJob, TextFormat, TextWrapping},
};
use parallax_look::{Tokens, fonts};

/// Sizes are given for a window of this height.
const HEIGHT: f32 = 1080.0;
/// In a narrower window, as half a screen is, sizes are those of a window of this share of its width
/// in height.
const WIDEST_HEIGHT: f32 = 0.75;
pub(super) const MARGIN: f32 = 40.0;
/// The height of the caption below the cloud, as a share of the window's height.
const BAND: f32 = 0.16;
/// The opacity of plates, on which text has enough contrast over any cloud.
const PLATE: f32 = 0.94;

/// Returns the part of the window that the cloud fills while a tour is presented.
#[must_use]
pub(crate) fn free_area(window: Rect) -> Rect {
    window.with_max_y(window.max.y - window.height() * BAND)
}

/// Sizes in a window.
pub(super) struct Sizes {
    pub(super) scale: f32,
    pub(super) window: Rect,
}

impl Sizes {
    pub(super) fn of_window(window: Rect) -> Self {
        Self { scale: window.height().min(window.width() * WIDEST_HEIGHT) / HEIGHT, window }
    }

    /// Scales a size that is given for a window of [`HEIGHT`].
    pub(super) fn of(&self, size: f32) -> f32 {
        size * self.scale
    }
}

/// A text on a plate, with its content as its accessible name.
pub(super) fn plate(ui: &Ui, size: &Sizes, rect: Rect, said: &str) {
    let tokens = Tokens::within(ui);
    let response = ui.interact(rect, ui.id().with(said), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, said));
    ui.painter().rect_filled(rect, size.of(10.0), veil(tokens.card));
}

/// The color of a plate, mixed in linear light as it is blended. On a stage of the same color it
/// cannot be seen.
fn veil(color: Color32) -> Color32 {
    let linear = egui::Rgba::from(color) * PLATE;
    let [r, g, b] = [linear.r(), linear.g(), linear.b()].map(egui::ecolor::gamma_u8_from_linear_f32);
    Color32::from_rgba_premultiplied(r, g, b, (255.0 * PLATE) as u8)
}

pub(super) fn layout(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32, rows: usize) -> Arc<Galley> {
    fonts::note(ui.ctx(), text);
    let text: String = text.chars().take(2000).collect();
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping { max_width: width.max(1.0), max_rows: rows, ..TextWrapping::default() };
    ui.painter().layout_job(job)
}

#[cfg(test)]
mod tests {
    use parallax_look::theme::contrast;
    use parallax_session::Theme;

    use super::*;
    use crate::theme::tokens;

    /// Over any background, whether it is blended in linear light, as on the screen, or not, as
    /// some drivers do.
    #[test]
    fn plate_keeps_contrast_over_any_cloud() {
        for (theme, least) in [(Theme::Dark, 4.5), (Theme::Light, 4.5), (Theme::Contrast, 7.0)] {
            let tokens = tokens(theme);
            for behind in [Color32::BLACK, Color32::WHITE, Color32::RED, Color32::GREEN, Color32::BLUE, Color32::GRAY] {
                let [r, g, b, _] = veil(tokens.card).to_array().map(egui::ecolor::linear_f32_from_gamma_u8);
                let light = egui::Rgba::from_rgba_premultiplied(r, g, b, PLATE);
                let linear = egui::Rgba::from(behind) * (1.0 - PLATE) + light;
                let blended = [Color32::from(linear), behind.lerp_to_gamma(tokens.card, PLATE)];
                for plate in blended {
                    let ratio = contrast(tokens.text, plate);
                    assert!(ratio >= least, "{theme:?} over {behind:?}: {ratio}");
                }
            }
        }
    }
}
