//! Tables as text: TSV, which has no quotes, and CSV (RFC 4180).

use std::{
    io::Write as _,
    ops::Range,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use parallax_embedding::{Dtype, Progress, Vectors};

use super::Written;
use crate::{
    FormatError, Problem,
    disk::write_rows,
    error::counted,
    write::{Delimiter, write_number, write_parts, write_stored},
};

/// A table to be written.
pub(super) struct Sheet<'a> {
    pub(super) path: &'a Path,
    pub(super) delimiter: Delimiter,
    /// The names of the columns; empty if there is no header.
    pub(super) header: Vec<String>,
    pub(super) rows: usize,
    /// What the cells are made of, if it may be lost on the way.
    pub(super) vectors: Option<&'a Vectors>,
}

/// A line being written.
pub(super) struct Line {
    delimiter: Delimiter,
    out: Vec<u8>,
    /// The start of the line.
    start: usize,
    cells: usize,
    counts: Counts,
}

/// What to report about the lines.
#[derive(Default, Clone, Copy)]
struct Counts {
    /// Cells with tabs or line breaks in them, which have become spaces.
    altered: usize,
    /// Lines without any text.
    blank: usize,
}

impl Sheet<'_> {
    /// Writes the table; `fill` writes the cells of a line.
    pub(super) fn write(
        self,
        progress: &Progress,
        fill: impl Fn(usize, &mut Line) + Sync,
    ) -> Result<Written, FormatError> {
        let (altered, blank) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let part = |lines: Range<usize>| {
            let mut line = Line::new(self.delimiter);
            for index in lines {
                fill(index, &mut line);
                line.end();
            }
            line
        };
        write_rows(self.path, self.vectors, |out| {
            let mut header = Line::new(self.delimiter);
            if !self.header.is_empty() {
                self.header.iter().for_each(|name| header.text(name));
                header.end();
            }
            altered.fetch_add(header.counts.altered, Ordering::Relaxed);
            out.write_all(&header.out)?;
            write_parts(out, self.rows, progress, part, |line| {
                altered.fetch_add(line.counts.altered, Ordering::Relaxed);
                blank.fetch_add(line.counts.blank, Ordering::Relaxed);
            })
        })?;
        let counts = Counts { altered: altered.into_inner(), blank: blank.into_inner() };
        Ok(Written { files: vec![self.path.into()], rows: self.rows, notes: self.notes(counts) })
    }

    fn notes(&self, counts: Counts) -> Vec<Problem> {
        let altered = (counts.altered > 0).then(|| {
            let what = format!(
                "tabs and line breaks in {} are written as spaces: TSV has no place for them",
                counted(counts.altered, "cell")
            );
            Problem::warning(self.path, what).way_out("Write .csv to keep them")
        });
        let blank = (counts.blank > 0 && self.delimiter == Delimiter::Tab).then(|| {
            let what = format!(
                "{} without a value; TensorBoard leaves such lines out and moves up what is below",
                counted(counts.blank, "row")
            );
            Problem::warning(self.path, what).way_out("Give each row a value, or write another column beside")
        });
        altered.into_iter().chain(blank).collect()
    }
}

impl Line {
    fn new(delimiter: Delimiter) -> Self {
        Self { delimiter, out: Vec::new(), start: 0, cells: 0, counts: Counts::default() }
    }

    pub(super) fn text(&mut self, cell: &str) {
        self.next();
        match self.delimiter {
            Delimiter::Csv if cell.contains(['"', ',', '\n', '\r']) => {
                self.out.push(b'"');
                self.out.extend(cell.replace('"', "\"\"").bytes());
                self.out.push(b'"');
            }
            Delimiter::Tab if cell.contains(['\t', '\n', '\r']) => {
                self.counts.altered += 1;
                self.out.extend(cell.replace(['\t', '\n', '\r'], " ").bytes());
            }
            _ => self.out.extend(cell.bytes()),
        }
    }

    /// A number, with the digits of an `f32` if it is one.
    pub(super) fn number(&mut self, value: f64) {
        self.next();
        let narrow = value as f32;
        let written = if f64::from(narrow) == value || value.is_nan() {
            write_number(narrow, &mut self.out)
        } else {
            write_stored(Dtype::F64, &value.to_le_bytes(), &mut self.out)
        };
        written.ok(); // memory takes all
    }

    /// The values of a row, with all digits that are stored.
    pub(super) fn numbers(&mut self, vectors: &Vectors, row: usize) {
        let dtype = vectors.dtype();
        for value in vectors.raw(row..row + 1).chunks_exact(dtype.size()) {
            self.next();
            write_stored(dtype, value, &mut self.out).ok(); // memory takes all
        }
    }

    pub(super) fn whole(&mut self, value: u32) {
        self.next();
        write!(self.out, "{value}").ok();
    }

    fn next(&mut self) {
        if self.cells > 0 {
            self.out.push(if self.delimiter == Delimiter::Csv { b',' } else { b'\t' });
        }
        self.cells += 1;
    }

    fn end(&mut self) {
        let line = &self.out[self.start..];
        self.counts.blank += usize::from(String::from_utf8_lossy(line).trim().is_empty());
        // Most readers skip an empty line; quotes show that there is a cell.
        if self.delimiter == Delimiter::Csv && line.is_empty() {
            self.out.extend(b"\"\"");
        }
        self.out.push(b'\n');
        self.start = self.out.len();
        self.cells = 0;
    }
}

impl AsRef<[u8]> for Line {
    fn as_ref(&self) -> &[u8] {
        &self.out
    }
}
