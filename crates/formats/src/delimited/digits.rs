//! Whether the numbers of a text need `f64`.
//!
//! Text does not say which type its numbers had. They are read as `f32`, which takes half of the
//! memory, unless that would move a number of some column by more than [`TOLERANCE`] of the
//! column's spread: `f32` would then merge or shift values that a picture or a list of neighbors
//! tells apart. Numbers around zero never need `f64`, however many digits are written; a column of
//! Unix seconds does, and so do one around 10,000,000 with a spread of 10, and one with numbers beyond
//! 3.4e38. A few numbers elsewhere, such as a zero for a missing time, do not hide the others: the
//! spread is that of most numbers ([`Digits::look_closer`]).

use memchr::memchr2;

/// This part of a column's spread, about a millionth, is too little to be seen. A column whose
/// values are 32 times as far from zero as their spread needs more than `f32`.
const TOLERANCE: f64 = 1.0 / (1 << 20) as f64;

/// What was found in each column of numbers: the least, the greatest, and the greatest difference
/// between a number and the nearest `f32`.
#[derive(Debug, Default)]
pub(super) struct Digits {
    // Three lists rather than one of structs, so that a row is added with vector instructions.
    min: Vec<f64>,
    max: Vec<f64>,
    error: Vec<f64>,
    /// Whether most numbers of a column are much closer to each other than its spread, so that
    /// `f32` merges them.
    is_merged: bool,
}

impl Digits {
    /// Creates a state for `columns` columns, before any row.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            min: vec![f64::INFINITY; columns],
            max: vec![f64::NEG_INFINITY; columns],
            error: vec![0.0; columns],
            is_merged: false,
        }
    }

    /// Adds a row of numbers, and the nearest `f32`. NaN and infinities do not count.
    pub(super) fn add(&mut self, values: &[f64], nearest: &[f32]) {
        let columns = self.min.iter_mut().zip(&mut self.max).zip(&mut self.error);
        for (((min, max), error), (&value, &nearest)) in columns.zip(values.iter().zip(nearest)) {
            let value = if value.abs() < f64::INFINITY { value } else { f64::NAN };
            // Infinite for a number beyond `f32`.
            let lost = (value - f64::from(nearest)).abs();
            // Comparisons with NaN are false.
            *min = if value < *min { value } else { *min };
            *max = if value > *max { value } else { *max };
            *error = if lost > *error { lost } else { *error };
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let least =
            |own: &mut [f64], other: &[f64]| own.iter_mut().zip(other).for_each(|(own, other)| *own = own.min(*other));
        let greatest =
            |own: &mut [f64], other: &[f64]| own.iter_mut().zip(other).for_each(|(own, other)| *own = own.max(*other));
        least(&mut self.min, &other.min);
        greatest(&mut self.max, &other.max);
        greatest(&mut self.error, &other.error);
        self.is_merged |= other.is_merged;
    }

    /// Compares the error with the distances between numbers that are next to each other in size,
    /// in a sample of the rows of `values`.
    pub(super) fn look_closer(&mut self, values: &[f64]) {
        let columns = self.error.len();
        let rows = values.len() / columns.max(1);
        if rows < CLOSE_ROWS / 4 {
            return;
        }
        let step = rows.div_ceil(CLOSE_ROWS);
        let mut sample = Vec::with_capacity(CLOSE_ROWS);
        for column in 0..columns {
            if self.error[column] == 0.0 {
                continue;
            }
            sample.clear();
            sample.extend((0..rows).step_by(step).map(|row| values[row * columns + column]).filter(|v| v.is_finite()));
            self.is_merged |= are_merged(&mut sample);
        }
    }

    /// Whether a column needs `f64`. A constant column does not.
    pub(super) fn need_f64(&self) -> bool {
        let mut columns = self.min.iter().zip(&self.max).zip(&self.error);
        self.is_merged
            || columns.any(|((min, max), error)| error.is_infinite() || (max > min && *error > TOLERANCE * (max - min)))
    }
}

/// The number of rows that are looked at more closely.
const CLOSE_ROWS: usize = 64;
/// Ten in a hundred numbers of a column, next to each other, are compared with their error.
const NEXT: usize = 10;
/// The error may be this part of their distance: as [`TOLERANCE`] of the spread of all, if they
/// were spread evenly.
const CLOSE: f64 = TOLERANCE * (100 / NEXT) as f64;

/// Whether `f32` moves more than half of the numbers by too much beside the distance of those next
/// to them.
fn are_merged(sample: &mut [f64]) -> bool {
    sample.sort_unstable_by(f64::total_cmp);
    let next = (sample.len() * NEXT / 100).max(1);
    let error = |value: f64| (value - f64::from(value as f32)).abs();
    let apart = sample.windows(next + 1).filter(|near| near[next] > near[0]);
    let (all, merged) = apart.fold((0, 0), |(all, merged), near| {
        let width = near[next] - near[0];
        let lost = near.iter().map(|&value| error(value)).fold(0.0, f64::max);
        (all + 1, merged + usize::from(lost > CLOSE * width))
    });
    2 * merged > all
}

/// Powers of ten that `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Whether `cell`, which is the finite number `value`, does not come back if the nearest `f32` is
/// written with as many decimals.
pub(super) fn is_lost(cell: &str, value: f64, decimal: char) -> bool {
    let lost = (value - f64::from(value as f32)).abs();
    if lost == 0.0 {
        return false;
    }
    let cell = cell.trim();
    let (mantissa, exponent) = match memchr2(b'e', b'E', cell.as_bytes()) {
        Some(at) => (&cell[..at], cell[at + 1..].parse().unwrap_or(0)),
        None => (cell, 0),
    };
    let power: i32 = match mantissa.bytes().position(|byte| byte == decimal as u8) {
        Some(at) => -(mantissa[at + 1..].bytes().filter(u8::is_ascii_digit).count() as i32),
        // Zeros at the end of a whole number need not be significant.
        None => mantissa.bytes().rev().take_while(|&byte| byte == b'0').count() as i32,
    };
    let power = power.saturating_add(exponent);
    let unit = match POWERS.get(power.unsigned_abs() as usize) {
        Some(unit) if power < 0 => 1.0 / unit,
        Some(unit) => *unit,
        None => 10_f64.powi(power),
    };
    // What `f32` writes may be just half a unit away.
    lost > unit * (0.5 + 1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zero among times, and a point far from a cluster.
    #[test]
    fn numbers_elsewhere_do_not_hide_those_that_f32_merges() {
        #[track_caller]
        fn check(value: impl Fn(usize) -> f64, expected: bool) {
            let values: Vec<f64> = (0..200).map(value).collect();
            let nearest: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let mut digits = Digits::new(1);
            values.iter().zip(&nearest).for_each(|(value, nearest)| digits.add(&[*value], &[*nearest]));
            digits.look_closer(&values);
            assert_eq!(digits.need_f64(), expected);
        }
        let even = |row: usize| (row * 77 % 200) as f64 / 200.0 + 1e-9;
        check(|row| if row == 3 { 0.0 } else { 1.7e9 + 1000.0 * even(row) }, true);
        check(|row| if row == 3 { 0.0 } else { 500.0 + 1e-5 * even(row) }, true);
        check(|row| if row % 2 == 0 { 500.0 + 1e-5 * even(row) } else { 1e-5 * even(row) }, true);
        check(even, false);
        check(|row| 10.0 + even(row), false);
        check(|row| if row == 3 { 1e6 } else { even(row) }, false);
        check(|row| even(row).powi(9), false);
        check(|row| if row % 10 == 0 { even(row) } else { 0.1 }, false);
    }

    #[test]
    fn digits_that_f32_cannot_hold_are_lost() {
        #[track_caller]
        fn check(cell: &str, expected: bool) {
            assert_eq!(
                is_lost(cell, cell.replace(',', ".").parse().unwrap(), if cell.contains(',') { ',' } else { '.' }),
                expected,
                "{cell}"
            );
        }
        for cell in ["0.1", "0.123456", "-12.5e10", "1.1754944e-38", "16777216", "0.33333334", "3.4028235e38"] {
            check(cell, false);
        }
        for cell in ["123456789", "16777217", "0.1234567890123", "0,123456789", "1.23456789e-5", "1.2345678901e20"] {
            check(cell, true);
        }
    }

    proptest::proptest! {
        /// What `f32` writes comes back, in the shortest form and with more digits.
        #[test]
        fn digits_of_f32_are_not_lost(value in proptest::num::f32::NORMAL) {
            for cell in [format!("{value}"), format!("{value:e}"), format!("{value:.9e}")] {
                proptest::prop_assert!(!is_lost(&cell, cell.parse().unwrap(), '.'), "{}", cell);
            }
        }
    }

    #[test]
    fn digits_beyond_f32_count_beside_the_spread_of_their_column() {
        #[track_caller]
        fn check(values: &[f64], expected: bool) {
            let mut parts = [Digits::new(1), Digits::new(1)];
            for (at, &value) in values.iter().enumerate() {
                parts[at % 2].add(&[value], &[value as f32]);
            }
            let [mut digits, other] = parts;
            digits.merge(&other);
            assert_eq!(digits.need_f64(), expected, "{values:?}");
        }
        check(&[], false);
        check(&[0.1, 0.7, -0.3], false);
        check(&[0.123_456_789_012_345, -1.5, 1e-30], false);
        check(&[1e7 + 0.1, 1e7 + 0.7, 1e7], true);
        check(&[1_700_000_000.0, 1_700_086_400.0, 1_700_003_601.0], true);
        check(&[16_777_216.0, 16_777_217.0], true);
        check(&[0.1, 0.1, 0.1], false);
        check(&[0.1, 1e300], true);
        check(&[1e39], true);
        check(&[f64::NAN, 0.1, f64::INFINITY, 0.2], false);
        // What `f32` holds exactly needs no more, however far from zero it is.
        check(&[10_000_000.0, 10_000_001.0], false);
    }
}
