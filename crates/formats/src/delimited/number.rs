//! Numbers as read by Python's `float`: surrounded by white space, with a sign, an exponent, `nan`,
//! `inf`, `infinity` in any case, and single underscores between digits; or with a decimal comma.

use std::borrow::Cow;

/// The `f64` nearest to the number in `cell`. Returns `None` if there is none.
pub(super) fn parse(cell: &str) -> Option<f64> {
    cell.parse().ok().or_else(|| without_extras(cell)?.parse().ok())
}

/// The same with a decimal comma instead of the point.
pub(super) fn parse_with_comma(cell: &str) -> Option<f64> {
    if cell.contains('.') {
        return None;
    }
    parse(&cell.replacen(',', ".", 1))
}

/// Whether `cell`, which is a number, has digits, and is not a word for infinity or NaN.
pub(super) fn is_finite(cell: &str) -> bool {
    cell.bytes().any(|byte| byte.is_ascii_digit())
}

/// What a cell tells about the decimal separator of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimal {
    /// A number with a decimal point.
    Point,
    /// A number with a decimal comma.
    Comma,
    /// A number with a comma before three digits, which may also be a thousands separator.
    Either,
}

/// What `cell` tells about the decimal separator. Returns `None` if it is a whole number or not a
/// number.
pub(super) fn decimal(cell: &str) -> Option<Decimal> {
    let cell = cell.trim();
    if cell.contains('.') {
        return parse(cell).map(|_| Decimal::Point);
    }
    let (whole, fraction) = cell.split_once(',')?;
    parse_with_comma(cell)?;
    let digits = whole.trim_start_matches(['+', '-']);
    let may_be_thousands = fraction.len() == 3
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=3).contains(&digits.len())
        && !digits.starts_with('0');
    Some(if may_be_thousands { Decimal::Either } else { Decimal::Comma })
}

/// The cell without surrounding white space and without underscores between digits.
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
    fn numbers_are_read_as_python_reads_them() {
        #[track_caller]
        fn check(cell: &str, expected: Option<f64>) {
            assert_eq!(parse(cell).map(f64::to_bits), expected.map(f64::to_bits), "{cell:?}");
        }
        check("1e-3", Some(0.001));
        check(" 1.0 ", Some(1.0));
        check("\u{A0}2\u{A0}", Some(2.0));
        check("+1", Some(1.0));
        check("-.5", Some(-0.5));
        check("5.", Some(5.0));
        check("1_000", Some(1000.0));
        check("1_0.0_1e1_0", Some(1.001e11));
        check("infinity", Some(f64::INFINITY));
        check("-INF", Some(f64::NEG_INFINITY));
        check("nan", Some(f64::NAN));
        check("1e400", Some(f64::INFINITY));
        check("10000000.1", Some(10_000_000.1));
        for cell in [
            "", " ", "_1", "1_", "1__0", "1_.0", "1._0", "1e_5", "0x10", "1,5", "e5", ".", "+", "1 2", "infinite", "1f",
        ] {
            check(cell, None);
        }
    }

    #[test]
    fn decimal_commas_are_told_from_commas_between_thousands() {
        #[track_caller]
        fn check(cell: &str, number: Option<f64>, says: Option<Decimal>) {
            assert_eq!((parse_with_comma(cell), decimal(cell)), (number, says), "{cell:?}");
        }
        check("1,5", Some(1.5), Some(Decimal::Comma));
        check(" -0,125", Some(-0.125), Some(Decimal::Comma));
        check("1234,567", Some(1234.567), Some(Decimal::Comma));
        check("1,5e3", Some(1500.0), Some(Decimal::Comma));
        check("1,234", Some(1.234), Some(Decimal::Either));
        check("7", Some(7.0), None);
        check("1.5", None, Some(Decimal::Point));
        check("1,2,3", None, None);
        check("a,b", None, None);
    }
}
