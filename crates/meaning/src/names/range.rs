//! Names from numbers and dates: the range of the middle half.

use parallax_embedding::{Column, quantile, wording::fixed};
use rayon::prelude::*;

use super::{Name, Names, Term, Way};
use crate::axis::{are_days, span_text};

pub(super) fn by_range(column: &Column, groups: &[&[u32]], is_there: &[bool]) -> Names {
    let sorted = |rows: &mut dyn Iterator<Item = usize>| {
        let mut numbers: Vec<f64> =
            rows.filter_map(|row| column.measure(row)).filter(|number| !number.is_nan()).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    };
    let all = sorted(&mut (0..column.len()).filter(|&row| is_there[row]));
    let are_days = column.is_of_dates() && are_days(&all);
    let text = |ends: [f64; 2]| {
        if column.is_of_dates() {
            return span_text(ends, are_days);
        }
        let [from, to] = ends.map(figure);
        let range = if from == to { from } else { format!("{from} to {to}") };
        format!("{} {range}", column.name())
    };
    let share = |numbers: &[f64], [low, high]: [f64; 2]| {
        let within =
            numbers.partition_point(|number| *number <= high) - numbers.partition_point(|number| *number < low);
        within as f64 / numbers.len().max(1) as f64
    };
    let of_group = |group: &&[u32]| {
        let numbers = sorted(&mut group.iter().map(|&row| row as usize));
        let at = |share: f64| quantile(numbers.len(), share, |rank| numbers[rank]);
        let Some(ends) = at(0.25).zip(at(0.75)).map(<[f64; 2]>::from) else { return Name::default() };
        let (inside, overall) = (Some(share(&numbers, ends)), Some(share(&all, ends)));
        Name::of(vec![Term { text: text(ends), score: 0.0, inside, overall }])
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::Range, notes: Vec::new() }
}

/// Formats a number with three digits, or all of those before the point.
pub(super) fn figure(number: f64) -> String {
    let digits = if number == 0.0 || !number.is_finite() { 0 } else { number.abs().log10().floor() as i32 };
    let decimals = (2 - digits).clamp(0, 9) as usize;
    let text = if (-5..12).contains(&digits) { fixed(number, decimals) } else { return format!("{number:.2e}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
