//! The numbers and dates under a chart.

use egui::{Rangef, Rect, Ui, pos2};
use parallax_look::{Tokens, theme::CAPTION, widgets::line};
use parallax_meaning::axis::{number_ticks, time_ticks};

use crate::format::number_within;

/// The most marks.
const MOST: usize = 5;

/// The least distance of two labels.
const APART: f32 = 8.0;

/// Paints dates from the one to the other into `row`, below where `x` says.
pub(super) fn time_axis(ui: &Ui, row: Rect, [low, high]: [f64; 2], x: impl Fn(f64) -> f32) {
    let ticks = |most| time_ticks([low, high], most).into_iter().map(|tick| (x(tick.at), tick.label)).collect();
    axis(ui, row, ticks);
}

/// Paints round numbers from the one to the other into `row`, below where `x` says.
pub(super) fn number_axis(ui: &Ui, row: Rect, [low, high]: [f64; 2], x: impl Fn(f64) -> f32) {
    let label = |tick: f64| (x(tick), number_within(tick, high - low));
    axis(ui, row, |most| number_ticks([low, high], most).into_iter().map(label).collect());
}

/// Paints marks and labels, as many as there is room for.
fn axis(ui: &Ui, row: Rect, ticks: impl Fn(usize) -> Vec<(f32, String)>) {
    let tokens = Tokens::within(ui);
    let galley = |label: &str| line(ui.painter(), label, CAPTION, tokens.secondary, row.width());
    let chosen = fitting(ticks, |label| galley(label).size().x, row.x_range());
    for (x, label, left) in chosen {
        ui.painter().vline(x, row.min.y..=row.min.y + 3.0, tokens.border());
        if let Some(left) = left {
            let galley = galley(&label);
            ui.painter().galley(pos2(left, row.max.y - galley.size().y), galley, tokens.secondary);
        }
    }
}

/// Returns marks, their labels, and where those begin: as many marks as have room for all labels. What
/// a label says depends on the one before it, so that none can be left out. If even one has no room
/// beside the next, some are, and begin nowhere.
fn fitting(
    ticks: impl Fn(usize) -> Vec<(f32, String)>,
    width: impl Fn(&str) -> f32,
    row: Rangef,
) -> Vec<(f32, String, Option<f32>)> {
    let arranged = |most: usize| -> Vec<(f32, String, Option<f32>)> {
        let mut end = f32::NEG_INFINITY;
        let place = |(x, label): (f32, String)| {
            let width = width(&label);
            let left = (x - width / 2.0).clamp(row.min, (row.max - width).max(row.min));
            let has_room = left >= end + APART;
            if has_room {
                end = left + width;
            }
            (x, label, has_room.then_some(left))
        };
        ticks(most).into_iter().map(place).collect()
    };
    let is_whole = |marks: &[(f32, String, Option<f32>)]| marks.iter().all(|(.., left)| left.is_some());
    let mut all = (1..=MOST).rev().map(arranged).filter(|marks| !marks.is_empty());
    let first = all.next().unwrap_or_default();
    if is_whole(&first) { first } else { all.find(|marks| is_whole(marks)).unwrap_or(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: f64 = 86_400.0;

    /// Letters are 6 wide. From one day to decades.
    #[test]
    fn labels_of_dates_are_all_there_however_narrow_the_row() {
        let from = 1_600_000_000.0;
        for days in [0.01, 0.3, 1.0, 9.0, 40.0, 200.0, 500.0, 1200.0, 9000.0] {
            let range = [from, from + days * DAY];
            for width in (60..300_u16).step_by(7).map(f32::from) {
                let x = |at: f64| ((at - from) / (days * DAY)) as f32 * width;
                let ticks = |most| time_ticks(range, most).into_iter().map(|tick| (x(tick.at), tick.label)).collect();
                let marks = fitting(ticks, |label| 6.0 * label.len() as f32, Rangef::new(0.0, width));
                let said = format!("{days} days in {width}: {marks:?}");
                assert!(!marks.is_empty() && marks[0].2.is_some(), "{said}");
                if width >= 240.0 {
                    assert!(marks.iter().all(|(.., left)| left.is_some()), "{said}");
                }
                let ends: Vec<[f32; 2]> = marks
                    .iter()
                    .filter_map(|(_, label, left)| left.map(|left| [left, left + 6.0 * label.len() as f32]))
                    .collect();
                assert!(ends.windows(2).all(|two| two[0][1] + APART <= two[1][0]), "{said}");
            }
        }
    }
}
