//! Counts and names for people, in the window and on the command line.

use std::path::Path;

pub use parallax_embedding::wording::{count, fixed, plural};

/// Formats a share with a decimal where it is near its ends: `52 %`, `97.9 %`, `100 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        all_or_none @ (0.0 | 100.0) => format!("{} %", fixed(all_or_none, 0)),
        percent => {
            let decimals = usize::from(!(9.95..90.0).contains(&percent));
            format!("{} %", hundredths(share, decimals))
        }
    }
}

/// Formats a share as a number of hundredths with this many decimals, which is followed by a percent
/// sign: `52.0`. Only nothing is 0 and only all is 100, but for errors of rounding: what would be
/// written as them is `< 0.1` or `99.9`.
#[must_use]
pub fn hundredths(share: f64, decimals: usize) -> String {
    const ROUNDING: f64 = 1e-10;
    let least = 0.1_f64.powi(decimals.try_into().unwrap_or(i32::MAX));
    match share * 100.0 {
        percent if percent > ROUNDING && percent < least => format!("< {least:.decimals$}"),
        percent if percent < 100.0 - ROUNDING && percent > 100.0 - least => format!("{:.decimals$}", 100.0 - least),
        percent => fixed(percent, decimals),
    }
}

/// Returns a text that begins with a capital letter, as a sentence does.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Returns the name of a row without a label: `row 5,521`. Rows are counted from 0, as in files.
#[must_use]
pub fn row_name(row: u32) -> String {
    format!("row {}", count(row as usize))
}

/// Returns the last part of a path, or the path if it has no name.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_sign() {
        for (x, expected) in [(-0.0, "0.00"), (-0.004, "0.00"), (-0.006, "-0.01"), (0.004, "0.00"), (-12.0, "-12.00")] {
            assert_eq!(fixed(x, 2), expected, "{x}");
        }
        assert_eq!((fixed(-0.4, 0), percent(-0.0)), ("0".into(), "0 %".into()));
    }

    #[test]
    fn only_nothing_is_0_and_only_all_is_100() {
        for (share, decimals, expected) in [
            (0.0, 1, "0.0"),
            (1e-9, 1, "< 0.1"),
            (0.0004, 2, "0.04"),
            (0.004, 0, "< 1"),
            (0.5, 1, "50.0"),
            (0.9966, 0, "99"),
            (0.9966, 1, "99.7"),
            (0.999_99, 1, "99.9"),
            (0.999_99, 2, "99.99"),
            (1.0, 1, "100.0"),
            (0.1 + 0.2 + 0.7 - f64::EPSILON, 2, "100.00"),
            (-0.2, 1, "-20.0"),
            (-0.0, 1, "0.0"),
            (-1e-12, 1, "0.0"),
            (-1e-5, 1, "0.0"),
        ] {
            assert_eq!(hundredths(share, decimals), expected, "{share}");
        }
        for share in (1..10_000).map(|at| f64::from(at) / 10_000.0) {
            assert!(!["0 %", "0.0 %", "100 %", "100.0 %"].contains(&&*percent(share)), "{share}");
        }
    }

    #[test]
    fn rows_are_counted_from_0() {
        assert_eq!((row_name(0), row_name(5521)), ("row 0".into(), "row 5,521".into()));
    }

    #[test]
    fn shares_are_all_or_nothing_only_if_they_are() {
        for (share, expected) in [
            (0.0, "0 %"),
            (0.0004, "< 0.1 %"),
            (0.0994, "9.9 %"),
            (0.0996, "10 %"),
            (0.523, "52 %"),
            (0.9791, "97.9 %"),
            (0.996, "99.6 %"),
            (0.9999, "99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn file_name_is_the_last_part() {
        for (path, expected) in [("a/b.npy", "b.npy"), ("/", "/"), ("a/", "a"), ("..", "..")] {
            assert_eq!(file_name(Path::new(path)), expected);
        }
    }
}
