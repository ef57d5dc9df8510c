//! Numbers as Python's `float` reads them: white space around, a sign, an exponent, `nan`, `inf`, `infinity` in any case, and single
//! underscores between digits.

use std::borrow::Cow;

/// The nearest `f64` to the number in `cell`; `None` if there is no number.
pub(super) fn parse(cell: &str) -> Option<f64> {
    parse_as(cell)
}

/// The nearest `f32` to the number in `cell`, to which `value` is the nearest `f64`.
pub(super) fn nearest_f32(value: f64, cell: &str) -> f32 {
    /// The digits that `f32` has no place for, of normal numbers.
    const LOST: u64 = (1 << 29) - 1;
    let is_normal = value.abs() >= f64::from(f32::MIN_POSITIVE);
    // A number that was rounded to halfway between two `f32` would be rounded once more, maybe to the farther one.
    if is_normal && value.to_bits() & LOST != (LOST >> 1) + 1 || value == 0.0 {
        return value as f32;
    }
    parse_as(cell).unwrap_or(value as f32)
}

fn parse_as<T: std::str::FromStr>(cell: &str) -> Option<T> {
    cell.parse().ok().or_else(|| without_extras(cell)?.parse().ok())
}

/// Whether `cell`, which is a number, is written out and not one of the words for infinities and NaN.
pub(super) fn is_finite(cell: &str) -> bool {
    cell.bytes().any(|byte| byte.is_ascii_digit())
}

/// The cell without white space around it and without underscores, where these stand between digits.
fn without_extras(cell: &str) -> Option<Cow<'_, str>> {
    let cell = cell.trim();
    if !cell.contains('_') {
        return Some(cell.into());
    }
    let bytes = cell.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut underscores = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    underscores
        .all(|(at, _)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
        .then(|| cell.replace('_', "").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `float()` of `CPython` 3 says of each.
    #[test]
    fn as_python_reads_it() {
        #[track_caller]
        fn check(cell: &str, expected: Option<f32>) {
            let found = parse(cell).map(|value| nearest_f32(value, cell).to_bits());
            assert_eq!(found, expected.map(f32::to_bits), "{cell:?}");
        }
        check("1e-3", Some(0.001));
        check(" 1.0 ", Some(1.0));
        check("\u{A0}2\u{A0}", Some(2.0));
        check("+1", Some(1.0));
        check("-.5", Some(-0.5));
        check("5.", Some(5.0));
        check("1_000", Some(1000.0));
        check("1_0.0_1e1_0", Some(1.001e11));
        check("infinity", Some(f32::INFINITY));
        check("-INF", Some(f32::NEG_INFINITY));
        check("nan", Some(f32::NAN));
        check("1e400", Some(f32::INFINITY));
        // The nearest f32 to a number between two: rounding to f64 first would give the other.
        check("1.00000017881393432617187499", Some(f32::from_bits(0x3F80_0001)));
        check("1e-45", Some(f32::from_bits(1)));
        check("-0", Some(-0.0));
        assert_eq!(parse("10000000.1"), Some(10_000_000.1));
        for cell in [
            "", " ", "_1", "1_", "1__0", "1_.0", "1._0", "1e_5", "0x10", "1,5", "e5", ".", "+", "1 2", "infinite", "1f",
        ] {
            check(cell, None);
        }
    }

    proptest::proptest! {
        #[test]
        fn nearest_f32_is_what_parsing_f32_gives(number in "-?[0-9]{1,12}([.][0-9]{0,12})?(e-?[0-9]{1,2})?") {
            let expected: f32 = number.parse().unwrap();
            proptest::prop_assert_eq!(nearest_f32(parse(&number).unwrap(), &number).to_bits(), expected.to_bits());
        }
    }
}
