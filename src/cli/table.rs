//! Tables and numbers for people: aligned columns, grouped digits, no control characters.

use std::fmt;

use parallax_session::hundredths;
pub(super) use parallax_session::{count, fixed, plural as counted};

/// A table with a header.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    header: [(&'static str, Align); N],
    rows: Vec<[String; N]>,
}

/// The alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// The space between columns.
const GAP: &str = "  ";

/// Longer texts are cut and end in an ellipsis.
const MAX_TEXT: usize = 60;

impl<const N: usize> Table<N> {
    pub(super) fn new(header: [(&'static str, Align); N], rows: impl IntoIterator<Item = [String; N]>) -> Self {
        Self { header, rows: rows.into_iter().collect() }
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.header.map(|(name, _)| name.to_owned());
        let lines = || std::iter::once(&names).chain(&self.rows);
        let widths: [usize; N] =
            std::array::from_fn(|column| lines().map(|line| line[column].chars().count()).max().unwrap_or(0));
        for line in lines() {
            let cells = line.iter().zip(widths).zip(&self.header).map(|((cell, width), (_, align))| match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join(GAP).trim_end())?;
        }
        Ok(())
    }
}

/// Returns a text from the data as a cell: one line of limited length without control characters.
pub(super) fn text(text: &str) -> String {
    let is_cut = text.chars().nth(MAX_TEXT).is_some();
    let shown = text.chars().take(if is_cut { MAX_TEXT - 1 } else { MAX_TEXT });
    let plain = shown.map(|character| if character.is_control() { '\u{fffd}' } else { character });
    plain.chain(is_cut.then_some('…')).collect()
}

/// Formats a share: `52.0%`. Only nothing is 0 and only all is 100.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", hundredths(share, 1))
}

/// Formats a duration.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

/// Formats a size of memory.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", count(bytes.div_ceil(1 << 20) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_columns_are_aligned() {
        let rows = [["ä".to_owned(), count(1_234_567)], ["long name".to_owned(), count(12)]];
        let table = Table::new([("NAME", Align::Left), ("ROWS", Align::Right)], rows).to_string();
        assert_eq!(table, "NAME            ROWS\nä          1,234,567\nlong name         12\n");
    }

    #[test]
    fn cell_texts_have_no_control_characters() {
        assert_eq!(text("a\u{1b}[31m\nb"), "a\u{fffd}[31m\u{fffd}b");
        assert_eq!(text(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(text(&"é".repeat(61)), "é".repeat(59) + "…");
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!([seconds(0.0123), seconds(12.345)], ["12.3 ms", "12.35 s"]);
    }
}
