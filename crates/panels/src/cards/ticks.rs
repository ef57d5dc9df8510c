//! The numbers and dates under a chart.

use egui::{Rect, Ui, pos2};
use parallax_look::{Tokens, theme::CAPTION, widgets::line};
use parallax_meaning::axis::{number_ticks, time_ticks};

use crate::format::number_within;

/// The most marks.
const MOST: usize = 5;

/// The least distance of two labels.
const APART: f32 = 8.0;

/// Paints dates from the one to the other into `row`, below where `x` says.
pub(super) fn time_axis(ui: &Ui, row: Rect, [low, high]: [f64; 2], x: impl Fn(f64) -> f32) {
    let ticks = time_ticks([low, high], MOST).into_iter();
    axis(ui, row, ticks.map(|tick| (x(tick.at), tick.label)));
}

/// Paints round numbers from the one to the other into `row`, below where `x` says.
pub(super) fn number_axis(ui: &Ui, row: Rect, [low, high]: [f64; 2], x: impl Fn(f64) -> f32) {
    let ticks = number_ticks([low, high], MOST).into_iter();
    axis(ui, row, ticks.map(|tick| (x(tick), number_within(tick, high - low))));
}

/// Paints marks and labels, as far as there is room.
fn axis(ui: &Ui, row: Rect, ticks: impl Iterator<Item = (f32, String)>) {
    let tokens = Tokens::within(ui);
    let mut end = f32::NEG_INFINITY;
    for (x, label) in ticks {
        ui.painter().vline(x, row.min.y..=row.min.y + 3.0, tokens.border());
        let galley = line(ui.painter(), &label, CAPTION, tokens.secondary, row.width());
        let size = galley.size();
        let left = (x - size.x / 2.0).clamp(row.min.x, (row.max.x - size.x).max(row.min.x));
        if left >= end + APART {
            ui.painter().galley(pos2(left, row.max.y - size.y), galley, tokens.secondary);
            end = left + size.x;
        }
    }
}
