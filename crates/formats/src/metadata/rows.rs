//! The rows of delimited text, blank ones among them.

use std::path::Path;

use crate::delimited::newlines;

/// Text whose rows can be walked, as often as is needed: nothing is stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows<'a> {
    Tsv(&'a [u8]),
    Csv(&'a [u8]),
}

/// One row.
pub(super) struct Row<'r> {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// Whether there is nothing but white space.
    pub(super) is_blank: bool,
    pub(super) cells: &'r mut dyn Iterator<Item = &'r [u8]>,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, a byte order mark left out; as CSV by the ending of `file`.
    pub(super) fn of(bytes: &'a [u8], file: &Path) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let is_csv = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if is_csv { Self::Csv(bytes) } else { Self::Tsv(bytes) }
    }

    pub(super) fn is_csv(&self) -> bool {
        matches!(self, Self::Csv(_))
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        let (Self::Tsv(bytes) | Self::Csv(bytes)) = *self;
        bytes
    }

    pub(super) fn for_each(&self, row: impl FnMut(Row<'_>)) {
        match *self {
            Self::Tsv(bytes) => tsv_rows(bytes, row),
            Self::Csv(bytes) => csv_rows(bytes, row),
        }
    }
}

fn tsv_rows(bytes: &[u8], mut row: impl FnMut(Row<'_>)) {
    // What stands behind the last newline is a line only where there is something.
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return;
    }
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        row(Row { line: index + 1, is_blank, cells: &mut line.split(|&byte| byte == b'\t') });
    }
}

/// The `csv` crate passes over blank lines; they are found again by its positions.
fn csv_rows(bytes: &[u8], mut row: impl FnMut(Row<'_>)) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let (mut line, mut counted) = (1, 0);
    let mut line_at = |at: usize| {
        line += newlines(bytes.get(counted..at).unwrap_or_default());
        counted = at;
        line
    };
    loop {
        let mut at = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        // The reader stops within a CRLF.
        at += usize::from(at > 0 && bytes.get(at - 1..=at) == Some(b"\r\n"));
        let read = reader.read_byte_record(&mut record).unwrap_or(false); // a slice cannot fail, and any bytes are text
        while let Some(end) = line_end(bytes, at) {
            row(Row { line: line_at(at), is_blank: true, cells: &mut std::iter::empty() });
            at += end;
        }
        if !read {
            return;
        }
        row(Row { line: line_at(at), is_blank: false, cells: &mut record.iter() });
    }
}

/// The length of the line end at `at`, where there is one.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}
