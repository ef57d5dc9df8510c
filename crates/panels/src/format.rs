//! Numbers, sizes, and times as text.

use std::time::Duration;

pub use parallax_embedding::wording::nearest;
use parallax_meaning::axis::time_text;
use parallax_projection::WithoutPlace;
use parallax_session::{Method, hundredths};
pub use parallax_session::{capital, count, plural, row_name};

/// The text for a value that is not finite.
const NOTHING: &str = "–";

/// Formats the shape of a tensor: `10,000 × 784`.
#[must_use]
pub fn shape(rows: usize, dims: usize) -> String {
    format!("{} × {}", count(rows), count(dims))
}

/// Formats how many rows have no place: `1,234 without a place (1,234 with NaN, infinity, or a number beyond 3.4e38)`.
#[must_use]
pub fn unplaced(rows: &WithoutPlace) -> String {
    let reasons: Vec<String> = rows.by_reason().map(|(rows, why)| format!("{} {why}", count(rows.len()))).collect();
    format!("{} without a place ({})", count(rows.len()), reasons.join(", "))
}

/// Formats a share from 0 to 1 with one decimal: `11.6 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", hundredths(share, 1)) } else { NOTHING.into() }
}

/// Formats a share from 0 to 1 with two digits, or three near 1: `12 %`, `9.6 %`, `99.7 %`.
#[must_use]
pub fn short_percent(share: f64) -> String {
    match share {
        0.0995..0.99 => format!("{:.0} %", share * 100.0),
        _ if share.is_finite() => parallax_session::percent(share),
        _ => NOTHING.into(),
    }
}

/// Formats a distance with three decimals, or one if it is large: `0.112`, `1,234.5`. Those that are
/// very large or very small have an exponent.
#[must_use]
pub fn distance(distance: f64) -> String {
    let magnitude = distance.abs();
    if !distance.is_finite() {
        NOTHING.into()
    } else if magnitude < 1000.0 && (magnitude == 0.0 || magnitude > 1e-9) {
        fixed(distance, 3)
    } else if (1000.0..1e9).contains(&magnitude) {
        let tenths = (magnitude * 10.0).round() as usize;
        format!("{}{}.{}", if distance < 0.0 { "−" } else { "" }, count(tenths / 10), tenths % 10)
    } else {
        format!("{distance:.3e}").replace('-', "−")
    }
}

/// Formats a number with so many decimals: `0.112`, `−0.500`. What rounds to 0 has no sign.
#[must_use]
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return NOTHING.into();
    }
    parallax_session::fixed(x, decimals).replace('-', "−")
}

/// Formats a number with at most five significant digits: `0.5`, `−1234`, `6.022e23`.
#[must_use]
pub fn number(x: f64) -> String {
    let magnitude = x.abs();
    if !x.is_finite() {
        return NOTHING.into();
    }
    let text = if magnitude == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e4).contains(&magnitude) {
        let decimals = (4 - magnitude.log10().floor() as i32).max(0) as usize;
        without_zeros(&format!("{magnitude:.decimals$}")).to_owned()
    } else if (1.0..1e9).contains(&magnitude) {
        count(magnitude.round() as usize)
    } else {
        scientific(magnitude, 3)
    };
    if x < 0.0 { format!("−{text}") } else { text }
}

/// Formats a number of a range of this `width` like [`number`], but with as many digits as tell
/// numbers apart that differ by a hundredth of it: `1700003540` in a range of 3540.
#[must_use]
pub fn number_within(x: f64, width: f64) -> String {
    let order = |x: f64| x.log10().floor() as i32;
    let (magnitude, step) = (x.abs(), width / 100.0);
    if !(magnitude.is_normal() && step.is_normal() && step > 0.0) {
        return number(x);
    }
    let digits = order(magnitude) - order(step) + 1;
    // No f64 has more than 17.
    let digits = digits.min(17);
    let text = if digits <= 4 || (1e4..1e9).contains(&magnitude) && step >= 1.0 {
        return number(x);
    } else if (1e-4..1e19).contains(&magnitude) {
        let decimals = (digits - 1 - order(magnitude)).max(0) as usize;
        without_zeros(&format!("{magnitude:.decimals$}")).to_owned()
    } else {
        scientific(magnitude, digits as usize - 1)
    };
    if x < 0.0 { format!("−{text}") } else { text }
}

/// Formats a number, or a date as seconds since 1970, of a range of this `width`.
#[must_use]
pub fn measure(x: f64, width: f64, of_dates: bool) -> String {
    if of_dates { time_text(x, width) } else { number_within(x, width) }
}

/// Formats a number that is not negative with an exponent: `6.022e23`.
fn scientific(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{}e{exponent}", without_zeros(digits)).replace('-', "−")
}

/// Returns `digits` without zeros at the end of the decimals.
fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Formats the size of a file: `812 B`, `3.4 MB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    // A size that would round to 1000 of a unit is 1 of the next.
    while size >= if unit == 0 { 1000.0 } else { 999.5 } && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1000.0, unit + 1);
    }
    let decimals = usize::from(unit > 0 && size < 9.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

/// Formats a duration in one unit: `4 s`, `3 min`, `2 h`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        ..59.5 => format!("{:.0} s", seconds.max(1.0)),
        ..3570.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}

/// Returns the name of a method.
#[must_use]
pub fn method(method: Method) -> &'static str {
    method.about().title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_separates_thousands() {
        assert_eq!(shape(10_000, 784), "10,000 × 784");
    }

    #[test]
    fn bytes_and_duration_use_one_unit() {
        let check = |n, expected: &str| assert_eq!(bytes(n), expected);
        check(0, "0 B");
        check(999, "999 B");
        check(1000, "1.0 kB");
        check(9_960, "10 kB");
        check(999_600, "1.0 MB");
        check(3_400_000, "3.4 MB");
        let check = |seconds, expected: &str| assert_eq!(duration(Duration::from_secs_f64(seconds)), expected);
        check(0.0, "1 s");
        check(59.4, "59 s");
        check(59.6, "1 min");
        check(170.0, "3 min");
        check(7200.0, "2 h");
    }

    #[test]
    fn percent_and_distance_have_fixed_decimals() {
        assert_eq!(
            (percent(0.11649), percent(1.0), percent(f64::NAN)),
            ("11.6 %".into(), "100.0 %".into(), "–".into())
        );
        assert_eq!([percent(0.9996), percent(0.0002), short_percent(0.9966)], ["99.9 %", "< 0.1 %", "99.7 %"]);
        let check = |x, expected: &str| assert_eq!(distance(x), expected, "{x}");
        check(0.112_44, "0.112");
        check(-0.5, "−0.500");
        check(999.9, "999.900");
        check(1234.56, "1,234.6");
        check(f64::NAN, "–");
        check(f64::INFINITY, "–");
        check(0.0, "0.000");
        check(-0.0, "0.000");
        check(-0.000_4, "0.000");
        check(-0.000_6, "−0.001");
        check(1.5e-50, "1.500e−50");
        check(1.5e20, "1.500e20");
    }

    #[test]
    fn number_has_five_significant_digits() {
        let check = |x, expected: &str| assert_eq!(number(x), expected, "{x}");
        check(0.0, "0");
        check(0.5, "0.5");
        check(59.5, "59.5");
        check(-1234.0, "−1234");
        check(123_456.7, "123,457");
        check(0.333_333_333, "0.33333");
        check(6.022e23, "6.022e23");
        check(-1e-7, "−1e−7");
        check(f64::NEG_INFINITY, "–");
    }

    #[test]
    fn numbers_of_a_range_are_told_apart() {
        let check = |ends: [f64; 2], expected: [&str; 2]| {
            assert_eq!(ends.map(|x| number_within(x, ends[1] - ends[0])), expected, "{ends:?}");
        };
        check([1_700_000_000.0, 1_700_003_540.0], ["1700000000", "1700003540"]);
        check([-1_700_003_540.0, -1_700_000_000.0], ["−1700003540", "−1700000000"]);
        // The nearest two numbers of f64 around 2^60.
        check(
            [1_152_921_504_606_846_976.0, 1_152_921_504_606_847_232.0],
            ["1152921504606846976", "1152921504606847232"],
        );
        check([0.999_99, 1.000_01], ["0.99999", "1.00001"]);
        check([1000.0, 1000.25], ["1000", "1000.25"]);
        check([1e-7, 1.000_1e-7], ["1e−7", "1.0001e−7"]);
        check([123_456.2, 123_456.7], ["123456.2", "123456.7"]);
        // Ranges that are wide beside their numbers are written as before.
        for ends in [[0.0, 1.0], [-0.333_333_333, 59.5], [0.0, 123_456.7], [0.0, 6.022e23], [10_000.0, 20_000.0]] {
            let [low, high] = ends.map(number);
            check(ends, [&low, &high]);
        }
        check([5.0, 5.0], ["5", "5"]);
        check([0.0, f64::INFINITY], ["0", "–"]);
    }
}
