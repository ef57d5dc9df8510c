//! What is special about the selected rows, in two lines.

use parallax_embedding::dates::moment;
use parallax_meaning::axis::time_text;
use parallax_session::{Bars, Difference, Measure};

use super::Tile;
use crate::format::{count, number_within, short_percent};

/// Returns what differs, and the figures.
pub(super) fn lines(tile: &Tile<'_>) -> [String; 2] {
    let Some(difference) = tile.difference else {
        return ["No values to compare".into(), String::new()];
    };
    match &difference.measure {
        Measure::Numbers { medians, rank_biserial, .. } => {
            let medians = medians.map(|median| number_within(median, width(tile)));
            ordered(difference, *rank_biserial, ["Higher", "Lower"], &medians)
        }
        Measure::Dates { medians, rank_biserial } => {
            let text = |median: &String| moment(median).map_or_else(|| median.clone(), |at| time_text(at, width(tile)));
            ordered(difference, *rank_biserial, ["Later", "Earlier"], &medians.each_ref().map(text))
        }
        Measure::Categories { values, .. } => {
            let Some(first) = values.first() else { return [String::new(), String::new()] };
            let share = |side: usize| match first.counts[side] as f64 / difference.counts[side] as f64 {
                0.0 => "0 %".into(),
                share => short_percent(share),
            };
            let [own, others] = first.counts.map(count);
            let [all_own, all_others] = difference.counts.map(count);
            let counts = format!("{own} of {all_own}, {others} of {all_others}");
            if difference.is_clear() {
                [format!("{}: {}, others {}", first.value, share(0), share(1)), counts]
            } else {
                ["No clear difference".into(), format!("{}: {counts}", first.value)]
            }
        }
    }
}

/// The width of all bars.
fn width(tile: &Tile<'_>) -> f64 {
    match &tile.chart.bars {
        Bars::Ranges { edges, .. } => edges.last().copied().unwrap_or(0.0) - edges[0],
        Bars::Values { .. } => 0.0,
    }
}

/// The sentence about numbers or dates. A pair is a selected row and another one; ties count half.
fn ordered(
    difference: &Difference,
    rank_biserial: f64,
    [above, below]: [&str; 2],
    medians: &[String; 2],
) -> [String; 2] {
    let pairs = short_percent(f64::midpoint(rank_biserial.abs(), 1.0));
    let word = if rank_biserial >= 0.0 { above } else { below };
    let first = if difference.is_clear() {
        format!("{word} in {pairs} of pairs, ties as half")
    } else {
        "No clear difference".into()
    };
    [first, format!("median {}, others {}", medians[0], medians[1])]
}
