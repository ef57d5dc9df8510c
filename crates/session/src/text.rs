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
    fn file_name_is_the_last_part() {
        for (path, expected) in [("a/b.npy", "b.npy"), ("/", "/"), ("a/", "a"), ("..", "..")] {
            assert_eq!(file_name(Path::new(path)), expected);
        }
    }
}
