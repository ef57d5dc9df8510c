//! Vectors in text: tab-separated as TensorBoard reads them, or comma-separated with quotes.
//!
//! One row a line. Blank lines, a byte order mark and a delimiter behind the last cell are passed over. A header and columns of labels
//! are recognised (see `layout`) and said so; the labels become metadata. A cell is a number as Python's `float` reads it;
//! an empty one is NaN, which the projections leave out, and not 0. Numbers are `f32`, or `f64` if a column needs it
//! (see `digits`). Lines are parsed in parallel, block by block;
//! only quotes, which may hold line ends, force a file to be read in one go.

mod digits;
mod layout;
mod number;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use csv::{ByteRecord, StringRecord};
use parallax_embedding::{Cancelled, Column, ColumnBuilder, Dtype, Metadata, Progress, Vectors};
use rayon::prelude::*;

use crate::{FormatError, Problem};
use digits::Digits;
use layout::Layout;

/// What a file of vectors in text holds.
#[derive(Debug, Clone)]
pub struct Delimited {
    /// The numbers.
    pub vectors: Vectors,
    /// The columns of labels, where there are any.
    pub metadata: Option<Metadata>,
    /// What was guessed, and values that are missing or too large.
    pub notes: Vec<Problem>,
}

/// The vectors in `bytes`; comma-separated where `file` ends in `.csv`, otherwise tab-separated.
///
/// # Errors
/// Where the text is not UTF-8, rows differ in length, a cell is not a number, or there is no number at all;
/// [`FormatError::Cancelled`] where `progress` was.
pub fn vectors(bytes: &[u8], file: &Path, progress: &Progress) -> Result<Delimited, FormatError> {
    let text = Text::of(bytes, file);
    let mut layout = Layout::guess(&text)?;
    progress.begin("Reading numbers");
    let mut blocks = parse(&text, &layout, progress)?;
    if !layout.is_wide && needs_f64(&blocks, layout.dims()) {
        drop(std::mem::take(&mut blocks));
        layout.is_wide = true;
        blocks = parse(&text, &layout, progress)?;
    }
    assemble(&text, layout, blocks)
}

/// Whether `f32` loses digits that matter.
fn needs_f64(blocks: &[Block], dims: usize) -> bool {
    let mut digits = Digits::new(dims);
    blocks.iter().for_each(|block| digits.merge(&block.digits));
    digits.need_f64()
}

/// Rows, numbers in a row, and their type, from the first lines and a count of all. What the type needs
/// may show only further down.
///
/// # Errors
/// Where the first lines are not rows of numbers.
pub fn probe(bytes: &[u8], file: &Path) -> Result<(usize, usize, Dtype), FormatError> {
    let text = Text::of(bytes, file);
    let layout = Layout::guess(&text)?;
    let rows = text.count_rows(layout.width);
    let dtype = if layout.is_wide { Dtype::F64 } else { Dtype::F32 };
    Ok((rows.saturating_sub(usize::from(layout.header.is_some())), layout.dims(), dtype))
}

/// The names of the columns of labels, from the first lines.
///
/// # Errors
/// Where the first lines are not rows of numbers.
pub fn label_names(bytes: &[u8], file: &Path) -> Result<Vec<String>, FormatError> {
    Ok(Layout::guess(&Text::of(bytes, file))?.label_names())
}

/// The text and how its lines are cut into cells.
struct Text<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    /// The byte order mark, which positions count.
    before: usize,
    delimiter: u8,
    quoted: bool,
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8], file: &'a Path) -> Self {
        let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let is_csv = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let quoted = is_csv && body.contains(&b'"');
        let delimiter = if is_csv { b',' } else { b'\t' };
        Self { file, bytes: body, before: bytes.len() - body.len(), delimiter, quoted }
    }

    fn records<'b>(&self, block: &'b [u8]) -> csv::Reader<&'b [u8]> {
        csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .quoting(self.quoted)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(block)
    }

    /// Where blocks of whole lines begin and end.
    fn blocks(&self) -> Vec<std::ops::Range<usize>> {
        let (mut start, mut blocks) = (0, Vec::new());
        while start < self.bytes.len() {
            let least = if self.quoted { self.bytes.len() } else { (start + BLOCK).min(self.bytes.len()) };
            let rest = &self.bytes[least..];
            let end = rest.iter().position(|&byte| byte == b'\n').map_or(self.bytes.len(), |at| least + at + 1);
            blocks.push(start..end);
            start = end;
        }
        blocks
    }

    /// The lines that are not blank.
    fn count_rows(&self, width: usize) -> usize {
        if self.quoted {
            let records = self.records(self.bytes).into_byte_records().filter_map(Result::ok);
            return records.filter(|record| !self.is_blank(record, width)).count();
        }
        let is_white = |byte: u8| byte != self.delimiter && byte.is_ascii_whitespace();
        let is_line = |line: &&[u8]| !line.iter().all(|&byte| is_white(byte));
        let lines = |block: &[u8]| block.split(|&byte| matches!(byte, b'\r' | b'\n')).filter(is_line).count();
        self.blocks().into_par_iter().map(|block| lines(&self.bytes[block])).sum()
    }

    /// Whether a record is a line without anything. A single column's empty quotes are a missing value.
    fn is_blank(&self, record: &ByteRecord, width: usize) -> bool {
        let is_white = record.len() == 1 && record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace));
        is_white && !(self.quoted && width == 1)
    }

    /// The line of the record that begins at `byte`, or at the first line with something behind it.
    fn line(&self, byte: usize) -> usize {
        let blank = self.bytes.get(byte..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = byte + blank.count();
        1 + newlines(self.bytes.get(..start).unwrap_or(self.bytes))
    }

    fn problem(&self, fault: &Fault, layout_width: usize) -> Problem {
        let line = || self.line(fault.byte);
        match &fault.kind {
            FaultKind::Ragged { cells } => {
                Problem::error(self.file, format!("{cells} cells where the first line has {layout_width}"))
                    .at(format!("line {}", line()))
                    .way_out("Give each row as many cells")
            }
            FaultKind::NoNumber { column, cell } => Problem::error(self.file, format!("{cell:?} is not a number"))
                .at(format!("line {}, column {column}", line()))
                .way_out("Correct the cell, or leave it empty where the value is missing"),
            FaultKind::NotUtf8 => Problem::error(self.file, "this is not UTF-8 text")
                .at(format!("byte {}", self.before + fault.byte))
                .way_out("Save the file as UTF-8; a file of raw numbers opens with --raw-dims"),
        }
    }
}

pub(crate) fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == b'\n')).sum()
}

/// Bytes of text that are parsed at a time.
const BLOCK: usize = 1 << 20;

/// Something that keeps the text from being vectors.
struct Fault {
    /// Where its record begins; the byte itself where it is not UTF-8.
    byte: usize,
    kind: FaultKind,
}

enum FaultKind {
    Ragged { cells: usize },
    NoNumber { column: usize, cell: String },
    NotUtf8,
}

/// A block of rows, parsed.
#[derive(Default)]
struct Block {
    values: Vec<f32>,
    /// The numbers, instead of in `values`, if they are read as `f64`.
    wide: Vec<f64>,
    digits: Digits,
    /// The cells of label columns, row by row.
    labels: StringRecord,
    missing: Met,
    too_large: Met,
}

/// How often something was met, and in which record and cell first.
#[derive(Default, Clone, Copy)]
struct Met {
    count: usize,
    first: Option<(usize, usize)>,
}

impl Met {
    fn add(&mut self, byte: usize, column: usize) {
        self.count += 1;
        self.first.get_or_insert((byte, column));
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.first = self.first.or(later.first);
    }
}

fn parse(text: &Text<'_>, layout: &Layout, progress: &Progress) -> Result<Vec<Block>, FormatError> {
    let blocks = text.blocks();
    let (done, first_bad) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let tick = |bytes: usize| progress.advance(done.fetch_add(bytes, Ordering::Relaxed) + bytes, text.bytes.len());
    let parsed: Vec<Result<Block, Fault>> = blocks
        .into_par_iter()
        .enumerate()
        .map(|(index, range)| {
            // What stands behind a fault does not matter; what stands before it may hold an earlier one.
            if index > first_bad.load(Ordering::Relaxed) {
                return Ok(Ok(Block::default()));
            }
            let block = parse_block(text, layout, range, &tick)?;
            if block.is_err() {
                first_bad.fetch_min(index, Ordering::Relaxed);
            }
            Ok(block)
        })
        .collect::<Result<_, Cancelled>>()?;
    let whole: Result<Vec<Block>, Fault> = parsed.into_iter().collect();
    Ok(whole.map_err(|fault| text.problem(&fault, layout.width))?)
}

fn parse_block(
    text: &Text<'_>,
    layout: &Layout,
    range: std::ops::Range<usize>,
    tick: &impl Fn(usize) -> Result<(), Cancelled>,
) -> Result<Result<Block, Fault>, Cancelled> {
    let (start, bytes) = (range.start, &text.bytes[range]);
    let mut reader = text.records(bytes);
    let digits = Digits::new(if layout.is_wide { 0 } else { layout.dims() });
    let (mut block, mut record) = (Block { digits, ..Block::default() }, StringRecord::new());
    let (mut header, mut ticked) = (start == 0 && layout.header.is_some(), 0);
    loop {
        let at = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if at - ticked > BLOCK / 4 {
            tick(at - ticked)?;
            ticked = at;
        }
        match reader.read_record(&mut record) {
            Ok(true) if text.is_blank(record.as_byte_record(), layout.width) => {}
            Ok(true) if std::mem::take(&mut header) => {}
            Ok(true) => {
                if let Err(kind) = layout.push(&record, start + at, &mut block) {
                    return Ok(Err(Fault { byte: start + at, kind }));
                }
            }
            Ok(false) => break,
            // From a slice, what is not UTF-8 is the only thing that can fail.
            Err(_) => {
                let valid = std::str::from_utf8(&bytes[at..]).err().map_or(0, |error| error.valid_up_to());
                return Ok(Err(Fault { byte: start + at + valid, kind: FaultKind::NotUtf8 }));
            }
        }
    }
    tick(bytes.len() - ticked)?;
    Ok(Ok(block))
}

impl Layout {
    fn push(&self, record: &StringRecord, byte: usize, block: &mut Block) -> Result<(), FaultKind> {
        let trailing =
            record.len() == self.width + 1 && record.get(self.width).is_some_and(|cell| cell.trim().is_empty());
        if record.len() != self.width && !trailing {
            return Err(FaultKind::Ragged { cells: record.len() });
        }
        let mut place = 0;
        for (index, (cell, &is_label)) in record.iter().zip(&self.is_label).enumerate() {
            if is_label {
                block.labels.push_field(cell);
                continue;
            }
            let column = index + 1;
            let value = match number::parse(cell) {
                Some(value) => value,
                None if cell.trim().is_empty() => {
                    block.missing.add(byte, column);
                    f64::NAN
                }
                None => return Err(FaultKind::NoNumber { column, cell: cell.chars().take(40).collect() }),
            };
            let nearest = number::nearest_f32(value, cell);
            if self.is_wide {
                block.wide.push(value);
            } else {
                block.values.push(nearest);
            }
            block.digits.add(place, value, nearest);
            place += 1;
            if nearest.is_infinite() && number::is_finite(cell) {
                block.too_large.add(byte, column);
            }
        }
        Ok(())
    }
}

fn assemble(text: &Text<'_>, layout: Layout, blocks: Vec<Block>) -> Result<Delimited, FormatError> {
    let file = text.file;
    let dims = layout.dims();
    let mut values = Vec::with_capacity(blocks.iter().map(|block| block.values.len()).sum());
    let mut wide = Vec::with_capacity(blocks.iter().map(|block| block.wide.len()).sum());
    let mut builders: Vec<ColumnBuilder> = layout.label_names().into_iter().map(ColumnBuilder::new).collect();
    let (mut missing, mut too_large) = (Met::default(), Met::default());
    // Each block is freed once it is taken over: the sum of both is never in memory.
    for block in blocks {
        values.extend_from_slice(&block.values);
        wide.extend_from_slice(&block.wide);
        let columns = builders.len().max(1);
        for (index, label) in block.labels.iter().enumerate() {
            if let Some(builder) = builders.get_mut(index % columns) {
                builder.push(Some(label));
            }
        }
        missing.merge(block.missing);
        too_large.merge(block.too_large);
    }
    let rows = values.len().max(wide.len()) / dims.max(1);
    if rows == 0 {
        return Err(layout::no_rows(text).into());
    }
    let refused = |error: String| Problem::error(file, error);
    let is_wide = layout.is_wide;
    let vectors = if is_wide { Vectors::from_f64(rows, dims, wide) } else { Vectors::from_f32(rows, dims, values) };
    let vectors = vectors.map_err(|error| refused(error.to_string()))?;
    let columns: Vec<Column> = builders.into_iter().map(ColumnBuilder::finish).collect();
    let metadata = Metadata::new(columns).map_err(|error| refused(error.to_string()))?;
    let mut notes = layout.notes;
    notes.extend(note(text, missing, "cells are empty; their values are missing (NaN), not 0"));
    // As `f64` they stay what they are, and whoever loads the vectors says which rows have no place.
    let too_large = if is_wide { Met::default() } else { too_large };
    notes.extend(note(text, too_large, "numbers are beyond what 32-bit floats hold and become infinite"));
    Ok(Delimited { vectors, metadata: (!metadata.columns().is_empty()).then_some(metadata), notes })
}

fn note(text: &Text<'_>, met: Met, what: &str) -> Option<Problem> {
    let (byte, column) = met.first?;
    let position = format!("line {}, column {column}", text.line(byte));
    Some(Problem::warning(text.file, format!("{} {what}", met.count)).at(position))
}
