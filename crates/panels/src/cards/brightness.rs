//! The legend of brightness, if points are shown as their density.

use egui::{Align, Color32, Rect, Sense, Ui, WidgetInfo, WidgetType, vec2};
use parallax_look::{
    Tokens, content_width,
    ramp::paint_ramp,
    theme::CAPTION,
    widgets::{line, paint_line},
};
use parallax_session::{FullBrightness, count, plural};

use crate::cards::ramp::LEGEND_ROW;

const BAR: f32 = 12.0;
/// The colors of the bar.
const STOPS: u8 = 16;

/// Shows numbers of points in a cell, and below them a bar with the brightness of each.
pub(crate) fn brightness(ui: &mut Ui, full: FullBrightness) {
    let tokens = Tokens::within(ui);
    let width = content_width(ui);
    let (all, response) = ui.allocate_exact_size(vec2(width, LEGEND_ROW + BAR), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, said(full)));
    response.on_hover_text(format!("Brightness: the number of points in {}, by its logarithm", full.cell()));
    let (row, bar) = (all.with_max_y(all.max.y - BAR), all.with_min_y(all.max.y - BAR));
    let color = |step| stop(tokens, f32::from(step) / f32::from(STOPS));
    let stops: Vec<[u8; 3]> = (0..=STOPS).map(color).collect();
    paint_ramp(ui, bar, [bar.min.x, bar.max.x], &stops);
    let last = format!("{} or more in {}", count(full.points as usize), full.cell());
    let size = |text: &str| line(ui.painter(), text, CAPTION, tokens.secondary, width).size().x;
    let mut right = row.max.x - size(&last);
    paint_line(ui, row, &last, CAPTION, tokens.secondary, Align::Max);
    // Powers of ten, where there is room.
    let powers = (0..10).map(|power| 10_u32.pow(power)).take_while(|points| *points < full.points);
    for points in powers.collect::<Vec<_>>().into_iter().rev() {
        let text = count(points as usize);
        let (middle, half) = (egui::lerp(row.x_range(), full.of(points as f32)), size(&text) / 2.0);
        let left = (middle - half).max(row.min.x);
        if left + 2.0 * half + 6.0 <= right {
            let rect = Rect::from_x_y_ranges(left..=left + 2.0 * half + 1.0, row.y_range());
            paint_line(ui, rect, &text, CAPTION, tokens.secondary, Align::Min);
            ui.painter().vline(middle, bar.min.y - 3.0..=bar.min.y, (1.0, tokens.secondary));
            right = left;
        }
    }
}

/// Says what full brightness is.
pub(crate) fn said(full: FullBrightness) -> String {
    format!("Brightest: {} in {} or more", plural(full.points as usize, "point"), full.cell())
}

/// Returns the color of a brightness: from the stage to that of text.
fn stop(tokens: &Tokens, share: f32) -> [u8; 3] {
    let mix = |from: u8, to: u8| egui::lerp(f32::from(from)..=f32::from(to), share).round() as u8;
    let [stage, text]: [Color32; 2] = [tokens.stage[0], tokens.text];
    [mix(stage.r(), text.r()), mix(stage.g(), text.g()), mix(stage.b(), text.b())]
}
