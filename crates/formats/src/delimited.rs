//! Vectors in text: tables with tabs, commas or semicolons between cells, and words followed by
//! their vectors.
//!
//! One row a line. Blank lines, a byte order mark and a delimiter after the last cell are skipped.
//! How lines are cut into cells is found out by `cut`, which columns are the vectors by `layout`;
//! the other columns become metadata. What was chosen is said in notes. A cell is a number as
//! Python's `float` reads it, or a vector (`cell`). An empty one is NaN, which the projections
//! leave out, and not 0. Lines are parsed in parallel, block by block; only quotes, which may hold
//! line ends, force a file to be read in one go.

mod cell;
mod cut;
mod layout;
mod names;
mod number;
#[cfg(test)]
mod tests;
mod words;

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use csv::{ByteRecord, StringRecord};
use parallax_embedding::{Cancelled, Column, ColumnBuilder, Metadata, Progress, Vectors, is_missing};
use rayon::prelude::*;

use crate::{FormatError, Problem, metadata};
pub(crate) use cut::{CR_ALONE, QUOTED};
use layout::{Layout, Role};
use words::Words;
pub(crate) use words::binary as word2vec_binary;

/// What a file of vectors in text holds.
#[derive(Debug, Clone)]
pub struct Delimited {
    /// The numbers.
    pub vectors: Vectors,
    /// The other columns, if there are any.
    pub metadata: Option<Metadata>,
    /// What was chosen, and values that are missing or too large.
    pub notes: Vec<Problem>,
}

/// What a file of vectors in text holds, from its first lines and a count of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The number of rows.
    pub rows: usize,
    /// Numbers in a row.
    pub dims: usize,
    /// Whether there are columns of metadata.
    pub has_labels: bool,
    /// `csv`, `tsv`, or `text` if spaces separate the numbers.
    pub format: &'static str,
    /// What was chosen.
    pub notes: Vec<Problem>,
}

/// The vectors in `bytes`. `choice` names the columns that are the vectors, as in `x,y` or
/// `x1..x50`.
///
/// # Errors
/// Returns an error if the text is not UTF-8, rows differ in length, a cell is not a number, or
/// nothing is surely a vector; [`FormatError::Cancelled`] if `progress` was cancelled.
pub fn vectors(bytes: &[u8], file: &Path, choice: Option<&str>, progress: &Progress) -> Result<Delimited, FormatError> {
    let (text, form) = cut::form(bytes, file, choice)?;
    progress.begin("Reading numbers");
    let blocks = parse(&text, &form, progress)?;
    assemble(&text, form, blocks)
}

/// What `bytes` hold, with the columns that `choice` names as vectors.
///
/// # Errors
/// Returns an error if the first lines are not rows of numbers.
pub fn list(bytes: &[u8], file: &Path, choice: Option<&str>) -> Result<Listing, FormatError> {
    let (text, form) = cut::form(bytes, file, choice)?;
    let (above, width) = match &form {
        Form::Table(layout) => (usize::from(layout.header.is_some()), layout.width),
        Form::Words(words) => (words.skipped, 0),
    };
    let format = match &form {
        Form::Words(_) => "text",
        Form::Table(_) if text.is_csv() => "csv",
        Form::Table(_) => "tsv",
    };
    let rows = text.count_rows(width).saturating_sub(above);
    let (dims, has_labels) = (form.dims(), !form.label_names().is_empty());
    let notes = match form {
        Form::Table(layout) => layout.notes,
        Form::Words(words) => words.notes(&text),
    };
    Ok(Listing { rows, dims, has_labels, format, notes })
}

/// Whether `bytes`, the first of a file, are words and numbers whose words are not UTF-8.
pub(crate) fn is_word_vectors(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && Words::guess(&Text { delimiter: b' ', ..Text::of(bytes, Path::new("")) }).is_some()
}

/// How the rows of a text are taken.
#[derive(Debug)]
enum Form {
    /// Cells, of which some are numbers.
    Table(Layout),
    /// Words followed by numbers.
    Words(Words),
}

impl Form {
    fn dims(&self) -> usize {
        match self {
            Self::Table(layout) => layout.dims(),
            Self::Words(words) => words.dims,
        }
    }

    fn label_names(&self) -> Vec<String> {
        match self {
            Self::Table(layout) => layout.label_names(),
            Self::Words(words) if words.is_worded => vec!["word".to_owned()],
            Self::Words(_) => Vec::new(),
        }
    }

    /// Cells, or numbers, in a row.
    fn width(&self) -> usize {
        match self {
            Self::Table(layout) => layout.width,
            Self::Words(words) => words.dims,
        }
    }
}

/// The text and how its lines are cut into cells.
#[derive(Clone, Copy)]
struct Text<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    /// The byte order mark, which positions count.
    before: usize,
    delimiter: u8,
    quoted: bool,
    /// LF, or CR if there is no LF.
    line_end: u8,
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8], file: &'a Path) -> Self {
        let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let before = bytes.len() - body.len();
        Self { file, bytes: body, before, delimiter: b'\t', quoted: false, line_end: line_end(body) }
    }

    fn is_csv(&self) -> bool {
        self.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
    }

    fn separator(&self) -> &'static str {
        match self.delimiter {
            b',' => "commas",
            b';' => "semicolons",
            b' ' => "spaces",
            _ => "tabs",
        }
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
            let end = rest.iter().position(|&byte| byte == self.line_end).map_or(self.bytes.len(), |at| least + at + 1);
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
        if self.delimiter == b' ' {
            return self.blocks().into_par_iter().map(|block| words::count(self, &self.bytes[block])).sum();
        }
        let is_white = |byte: u8| byte != self.delimiter && byte.is_ascii_whitespace();
        let is_line = |line: &&[u8]| !line.iter().all(|&byte| is_white(byte));
        let lines = |block: &[u8]| block.split(|&byte| matches!(byte, b'\r' | b'\n')).filter(is_line).count();
        self.blocks().into_par_iter().map(|block| lines(&self.bytes[block])).sum()
    }

    /// Whether a record is a line without anything. A single column's empty quotes are a missing
    /// value.
    fn is_blank(&self, record: &ByteRecord, width: usize) -> bool {
        let is_white = record.len() == 1 && record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace));
        is_white && !(self.quoted && width == 1)
    }

    /// The line of the record that begins at `byte`, or at the first line after it that is not
    /// blank.
    fn line(&self, byte: usize) -> usize {
        let blank = self.bytes.get(byte..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = byte + blank.count();
        1 + line_ends(self.bytes.get(..start).unwrap_or(self.bytes), self.line_end)
    }

    fn problem(&self, fault: &Fault, layout_width: usize) -> Problem {
        let line = || self.line(fault.byte);
        match &fault.kind {
            FaultKind::Ragged { cells } => {
                Problem::error(self.file, format!("{cells} cells where the first line has {layout_width}"))
                    .at(format!("line {}", line()))
                    .way_out("Give each row as many cells")
            }
            FaultKind::FewNumbers { numbers } => Problem::error(
                self.file,
                format!("the line ends in {numbers} numbers where others end in {layout_width}"),
            )
            .at(format!("line {}", line()))
            .way_out("Complete the line, or delete it"),
            FaultKind::NoNumber { column, cell } => Problem::error(self.file, format!("{cell:?} is not a number"))
                .at(format!("line {}, column {column}", line()))
                .way_out("Correct the cell, or leave it empty where the value is missing"),
            FaultKind::NoVector { column, cell, dims } => {
                Problem::error(self.file, format!("{cell:?} is not a vector of {dims} numbers"))
                    .at(format!("line {}, column {column}", line()))
                    .way_out("Correct the cell, or leave it empty where the vector is missing")
            }
            FaultKind::CutShort { column } => Problem::error(
                self.file,
                "the vector is cut short: \"...\" stands for numbers that were not written",
            )
            .at(format!("line {}, column {column}", line()))
            .way_out(
                "Write whole vectors: numpy.set_printoptions(threshold=sys.maxsize), or save them with numpy.save",
            ),
            FaultKind::NotUtf8 => Problem::error(self.file, "this is not UTF-8 text")
                .at(format!("byte {}", self.before + fault.byte))
                .way_out("Save the file as UTF-8; a file of raw numbers opens with --raw-dims"),
        }
    }
}

/// The byte that ends lines: LF, or CR if there is no LF.
pub(crate) fn line_end(bytes: &[u8]) -> u8 {
    if !bytes.contains(&b'\n') && bytes.contains(&b'\r') { b'\r' } else { b'\n' }
}

/// How many lines end in `bytes`.
pub(crate) fn line_ends(bytes: &[u8], end: u8) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == end)).sum()
}

/// Bytes of text that are parsed at a time.
const BLOCK: usize = 1 << 20;

/// Something that keeps the text from being vectors.
struct Fault {
    /// Where its record begins, or the byte that is not UTF-8.
    byte: usize,
    kind: FaultKind,
}

enum FaultKind {
    Ragged { cells: usize },
    FewNumbers { numbers: usize },
    NoNumber { column: usize, cell: String },
    NoVector { column: usize, cell: String, dims: usize },
    CutShort { column: usize },
    NotUtf8,
}

/// A block of rows, parsed.
#[derive(Default)]
struct Block {
    values: Vec<f32>,
    /// The cells of label columns, row by row.
    labels: StringRecord,
    missing: Met,
    too_large: Met,
    /// Words that are not UTF-8.
    replaced: Met,
}

/// How often something was found, and in which record and cell first.
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

fn parse(text: &Text<'_>, form: &Form, progress: &Progress) -> Result<Vec<Block>, FormatError> {
    let blocks = text.blocks();
    let (done, first_bad) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let tick = |bytes: usize| progress.advance(done.fetch_add(bytes, Ordering::Relaxed) + bytes, text.bytes.len());
    let parsed: Vec<Result<Block, Fault>> = blocks
        .into_par_iter()
        .enumerate()
        .map(|(index, range)| {
            // Blocks after a fault do not matter; blocks before it may hold an earlier one.
            if index > first_bad.load(Ordering::Relaxed) {
                return Ok(Ok(Block::default()));
            }
            let block = match form {
                Form::Table(layout) => parse_block(text, layout, range, &tick)?,
                Form::Words(words) => words::read(text, words, range, &tick)?,
            };
            if block.is_err() {
                first_bad.fetch_min(index, Ordering::Relaxed);
            }
            Ok(block)
        })
        .collect::<Result<_, Cancelled>>()?;
    let whole: Result<Vec<Block>, Fault> = parsed.into_iter().collect();
    Ok(whole.map_err(|fault| text.problem(&fault, form.width()))?)
}

fn parse_block(
    text: &Text<'_>,
    layout: &Layout,
    range: std::ops::Range<usize>,
    tick: &impl Fn(usize) -> Result<(), Cancelled>,
) -> Result<Result<Block, Fault>, Cancelled> {
    let (start, bytes) = (range.start, &text.bytes[range]);
    let mut reader = text.records(bytes);
    let (mut block, mut record) = (Block::default(), StringRecord::new());
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
        for (index, (cell, role)) in record.iter().zip(&self.roles).enumerate() {
            match role {
                Role::Label => block.labels.push_field(cell),
                Role::Number => {
                    let value = self.number(cell, byte, index + 1, block)?;
                    block.values.push(value);
                }
                Role::Vector(dims) => push_vector(cell, *dims, byte, index + 1, block)?,
            }
        }
        Ok(())
    }

    fn number(&self, cell: &str, byte: usize, column: usize, block: &mut Block) -> Result<f32, FaultKind> {
        let number = if self.decimal_comma { number::parse_with_comma(cell) } else { number::parse(cell) };
        let value = match number {
            Some(value) => value,
            None if is_missing(cell) => {
                block.missing.add(byte, column);
                f32::NAN
            }
            None => return Err(FaultKind::NoNumber { column, cell: shortened(cell) }),
        };
        if value.is_infinite() && number::is_finite(cell) {
            block.too_large.add(byte, column);
        }
        Ok(value)
    }
}

/// Reads a cell that is a vector of `dims` numbers into `block`.
fn push_vector(cell: &str, dims: usize, byte: usize, column: usize, block: &mut Block) -> Result<(), FaultKind> {
    let start = block.values.len();
    match cell::push(cell, &mut block.values) {
        Ok(0) => {
            block.missing.add(byte, column);
            block.values.resize(start + dims, f32::NAN);
        }
        Ok(count) if count == dims => {}
        Err(cell::Refused::CutShort) => return Err(FaultKind::CutShort { column }),
        Ok(_) | Err(cell::Refused::NoNumber) => {
            return Err(FaultKind::NoVector { column, cell: shortened(cell), dims });
        }
    }
    Ok(())
}

/// The beginning of a cell, for a message.
fn shortened(cell: &str) -> String {
    cell.chars().take(40).collect()
}

fn assemble(text: &Text<'_>, form: Form, blocks: Vec<Block>) -> Result<Delimited, FormatError> {
    let file = text.file;
    let dims = form.dims();
    let mut values = Vec::with_capacity(blocks.iter().map(|block| block.values.len()).sum());
    let mut builders: Vec<ColumnBuilder> = form.label_names().into_iter().map(ColumnBuilder::new).collect();
    let (mut missing, mut too_large, mut replaced) = (Met::default(), Met::default(), Met::default());
    // Each block is freed once it is taken over: the sum of both is never in memory.
    for block in blocks {
        values.extend_from_slice(&block.values);
        let columns = builders.len().max(1);
        for (index, label) in block.labels.iter().enumerate() {
            if let Some(builder) = builders.get_mut(index % columns) {
                builder.push(Some(label));
            }
        }
        missing.merge(block.missing);
        too_large.merge(block.too_large);
        replaced.merge(block.replaced);
    }
    let rows = values.len() / dims.max(1);
    if rows == 0 {
        return Err(layout::no_rows(text).into());
    }
    let refused = |error: String| Problem::error(file, error);
    let vectors = Vectors::from_f32(rows, dims, values).map_err(|error| refused(error.to_string()))?;
    let columns: Vec<Column> = builders.into_iter().map(ColumnBuilder::finish).collect();
    let metadata = Metadata::new(columns).map_err(|error| refused(error.to_string()))?;
    let mut notes = match form {
        Form::Table(layout) => layout.notes,
        Form::Words(words) => words.mismatch(text, rows).into_iter().chain(words.notes(text)).collect(),
    };
    notes.extend(note(text, missing, "cells are empty or say that a value is missing; they are NaN, not 0"));
    notes.extend(note(text, too_large, "numbers are beyond what 32-bit floats hold and become infinite"));
    notes.extend(note(text, replaced, "words are not UTF-8 text; what cannot be read in them shows as \u{FFFD}"));
    notes.extend(metadata::readings(metadata.columns(), file));
    Ok(Delimited { vectors, metadata: (!metadata.columns().is_empty()).then_some(metadata), notes })
}

fn note(text: &Text<'_>, met: Met, what: &str) -> Option<Problem> {
    let (byte, column) = met.first?;
    let position = format!("line {}, column {column}", text.line(byte));
    Some(Problem::warning(text.file, format!("{} {what}", met.count)).at(position))
}
