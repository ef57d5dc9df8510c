//! Counts and names for people, in the window and on the command line.

use std::path::Path;

/// Returns the number with thousands separated: `10,000`.
#[must_use]
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count and its noun: `1 color`, `10 colors`.
#[must_use]
pub fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Formats a share with a decimal where it is near its ends: `52 %`, `97.9 %`, `100 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent == 0.0 || percent == 100.0 => format!("{percent} %"),
        // What is rounded to all or nothing is not.
        _ if percent > 99.9 => "99.9 %".into(),
        _ if percent < 0.1 => "< 0.1 %".into(),
        _ if !(9.95..90.0).contains(&percent) => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
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
    fn counts_have_thousands_separators() {
        for (n, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), expected);
        }
        assert_eq!((plural(1, "row"), plural(1200, "row")), ("1 row".into(), "1,200 rows".into()));
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
