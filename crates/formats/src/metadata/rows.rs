//! The rows of delimited text, including blank ones.

use std::path::Path;

use parallax_embedding::Progress;

use crate::delimited::{
    Hints, is_csv, is_wrapped, line_end, line_ends, named_separator, separator, unclosed, without_comments,
    without_mark,
};

/// Text whose rows can be visited any number of times. Nothing is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    bytes: &'a [u8],
    /// Whether the file's name ends in `.csv`.
    is_csv: bool,
    delimiter: u8,
    quoted: bool,
    /// LF, or CR if there is no LF.
    line_end: u8,
    /// The lines above the text.
    lines_before: usize,
    /// How many of them are comments.
    pub(super) comments: usize,
    /// Visits report to it, and end early if it is canceled.
    progress: Option<&'a Progress>,
}

/// One row.
pub(super) struct Row<'r> {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// Whether it holds only white space.
    pub(super) is_blank: bool,
    pub(super) cells: &'r mut dyn Iterator<Item = &'r [u8]>,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes` without a byte order mark; as CSV if `file` ends in `.csv`, and separated as
    /// a person says.
    pub(super) fn of(bytes: &'a [u8], file: &Path, hints: &Hints) -> Self {
        let bytes = without_mark(bytes);
        let is_csv = is_csv(file);
        let by_name = if is_csv { b',' } else { b'\t' };
        let (named, bytes) = named_separator(bytes).map_or((None, bytes), |(named, bytes)| (Some(named), bytes));
        let lines_before = usize::from(named.is_some());
        let named = hints.separator().or(named);
        let delimiter = named.unwrap_or(by_name);
        let separators: &[u8] = if is_csv && named.is_none() { b",;|" } else { &[delimiter] };
        let (comments, bytes) = without_comments(bytes, separators);
        let (lines_before, line_end) = (lines_before + comments, line_end(bytes));
        let rows = Self { bytes, is_csv, delimiter, quoted: is_csv, line_end, lines_before, comments, progress: None };
        // Spreadsheets of languages with a decimal comma write semicolons; commas then cut numbers
        // apart.
        let others = [b';', b'|'].map(|delimiter| Self { delimiter, ..rows });
        let is_split = |rows: &Self| rows.even_width().is_some_and(|width| width > 1);
        let is_open = is_csv && named.is_none() && rows.even_width().is_none_or(|width| width == 1);
        others.into_iter().find(|other| is_open && is_split(other)).unwrap_or(rows)
    }

    /// The same rows, whose visits report to `progress`, and end early if it is canceled.
    pub(super) fn with_progress(self, progress: &'a Progress) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Whether a visit of row number `index`, which begins at byte `at`, ends here.
    fn is_cancelled(&self, index: usize, at: usize) -> bool {
        let is_due = index.is_multiple_of(ROWS_A_CHECK);
        is_due && self.progress.is_some_and(|progress| progress.advance(at, self.bytes.len()).is_err())
    }

    /// The line of a quote that is not closed.
    pub(super) fn unclosed(&self) -> Option<usize> {
        let byte = if self.quoted { unclosed(self.bytes, self.delimiter)? } else { return None };
        Some(1 + self.lines_before + line_ends(&self.bytes[..byte], self.line_end))
    }

    /// The same rows with quotes as in CSV. Returns `None` if there are no quotes, or if they are
    /// read with them already.
    pub(super) fn with_quotes(self) -> Option<Self> {
        (!self.quoted && self.bytes.contains(&b'"')).then_some(Self { quoted: true, ..self })
    }

    /// Whether all cells of some column are in quotes that are not read as such.
    pub(super) fn is_wrapped(&self) -> bool {
        if self.quoted || !self.bytes.contains(&b'"') {
            return false;
        }
        let mut columns: Vec<Vec<&str>> = Vec::new();
        let lines = self.bytes.split(|&byte| byte == self.line_end).take(SAMPLE);
        for line in lines.filter_map(|line| std::str::from_utf8(line).ok()) {
            for (column, cell) in line.split(char::from(self.delimiter)).enumerate() {
                columns.resize_with(columns.len().max(column + 1), Vec::new);
                columns[column].push(cell);
            }
        }
        columns.into_iter().any(|cells| is_wrapped(cells.into_iter()))
    }

    pub(super) fn is_csv(&self) -> bool {
        self.is_csv
    }

    /// The separator in words, if it is another than the file's name suggests.
    pub(super) fn separator(&self) -> Option<&'static str> {
        match self.delimiter {
            b',' if self.is_csv => None,
            b'\t' if !self.is_csv => None,
            delimiter => Some(separator(delimiter)),
        }
    }

    pub(super) fn ends_with_cr(&self) -> bool {
        self.line_end == b'\r'
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn for_each(&self, row: impl FnMut(Row<'_>)) {
        if self.quoted { self.quoted_rows(row) } else { self.plain_rows(row) }
    }

    fn reader(&self) -> csv::Reader<&'a [u8]> {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(self.delimiter).has_headers(false).flexible(true).from_reader(self.bytes)
    }

    /// The number of cells in a row if the first rows have equally many. A header may have one
    /// less.
    fn even_width(&self) -> Option<usize> {
        let records = self.reader().into_byte_records().filter_map(Result::ok).take(SAMPLE);
        let widths: Vec<usize> = records.map(|record| record.len()).collect();
        let (&first, below) = widths.split_first()?;
        let width = *below.first().unwrap_or(&first);
        let is_header = first == width || first > 1 && first + 1 == width;
        (is_header && below.iter().all(|&own| own == width)).then_some(width)
    }

    fn plain_rows(&self, mut row: impl FnMut(Row<'_>)) {
        if self.bytes.is_empty() {
            return;
        }
        // After the last line end there is only a line if it is not empty.
        let text = self.bytes.strip_suffix(&[self.line_end]).unwrap_or(self.bytes);
        let mut at = 0;
        for (index, line) in text.split(|&byte| byte == self.line_end).enumerate() {
            if self.is_cancelled(index, at) {
                return;
            }
            at += line.len() + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let is_blank = line.iter().all(u8::is_ascii_whitespace);
            row(Row {
                line: self.lines_before + index + 1,
                is_blank,
                cells: &mut line.split(|&byte| byte == self.delimiter),
            });
        }
    }

    /// The `csv` crate skips blank lines; its positions show where they were.
    fn quoted_rows(&self, mut row: impl FnMut(Row<'_>)) {
        let (bytes, mut reader) = (self.bytes, self.reader());
        let mut record = csv::ByteRecord::new();
        let (mut line, mut counted) = (1 + self.lines_before, 0);
        let mut line_at = |at: usize| {
            line += line_ends(bytes.get(counted..at).unwrap_or_default(), self.line_end);
            counted = at;
            line
        };
        for index in 0.. {
            let mut at = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            // The reader stops within a CRLF.
            at += usize::from(at > 0 && bytes.get(at - 1..=at) == Some(b"\r\n"));
            let read = reader.read_byte_record(&mut record).unwrap_or(false); // a slice cannot fail, and any bytes are text
            while let Some(end) = end_at(bytes, at) {
                row(Row { line: line_at(at), is_blank: true, cells: &mut std::iter::empty() });
                at += end;
            }
            if !read || self.is_cancelled(index, at) {
                return;
            }
            row(Row { line: line_at(at), is_blank: false, cells: &mut record.iter() });
        }
    }
}

/// Rows between two checks for cancellation.
const ROWS_A_CHECK: usize = 4096;

/// The number of rows that are examined to choose the separator.
const SAMPLE: usize = 100;

/// The length of the line end at `at`, if there is one.
fn end_at(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}
