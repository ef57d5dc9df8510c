//! Vectors in text: tables with tabs, commas or semicolons between cells, words followed by their
//! vectors, and lines of JSON (`json`).
//!
//! One row per line. Blank lines, a byte order mark and a delimiter after the last cell are
//! skipped. `cut` decides how lines are split into cells, `content` what each column holds, `layout`
//! which columns are the vectors; the other columns become metadata. Notes report what was chosen.
//! A cell is a number in the notation of its column, or a vector (`cell`). An empty cell is NaN, which the projections leave out,
//! not 0. Numbers are `f32`, or `f64` if a column needs it (`digits`). Lines are parsed in
//! parallel, block by block; only quotes, which may hold line ends, force a file to be read in one
//! piece.

mod aside;
mod cell;
mod content;
mod cut;
mod digits;
mod format;
pub(crate) mod json;
mod layout;
mod names;
#[cfg(test)]
mod tests;
mod words;

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use csv::{ByteRecord, StringRecord};
use parallax_embedding::{
    Cancelled, Column, ColumnBuilder, Dtype, Metadata, MetadataError, Notation, Progress, Vectors, is_missing,
};
use rayon::prelude::*;

use crate::{FormatError, Problem, error::counted, metadata, word2vec};
#[cfg(feature = "parquet")]
pub(crate) use content::Content as Held;
pub(crate) use cut::{CR_ALONE, QUOTED, UNCLOSED, UNNAMED, is_wrapped, unclosed};
use digits::Digits;
pub(crate) use format::{FORMAT, JSON, is_text, matrix};
use json::Fields;
#[cfg(feature = "parquet")]
pub(crate) use layout::choose;
use layout::{Layout, Role};
use words::Words;

/// What a person says about a text. What is `None` is decided by its name and content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The columns that are the vectors, as in `x,y` or `x1..x50`.
    pub vectors: Option<String>,
    /// The ASCII character between cells.
    pub delimiter: Option<char>,
    /// Whether the first line of a table names the columns.
    pub header: Option<bool>,
}

impl Hints {
    /// The separator as a byte.
    fn separator(&self) -> Option<u8> {
        self.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok()).filter(u8::is_ascii)
    }
}

/// The content of a file of vectors in text.
#[derive(Debug, Clone)]
pub struct Delimited {
    /// The numbers.
    pub vectors: Vectors,
    /// The other columns, if there are any.
    pub metadata: Option<Metadata>,
    /// What was chosen, and values that are missing or too large.
    pub notes: Vec<Problem>,
}

/// The content of a file of vectors in text, from its first lines and a count of all lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The number of rows.
    pub rows: usize,
    /// The number of values in a row.
    pub dims: usize,
    /// Their type, judging by the first lines: later ones may need `f64`.
    pub dtype: Dtype,
    /// Whether there are columns of metadata.
    pub has_labels: bool,
    /// `csv`, `tsv`, or `text` if spaces separate the numbers.
    pub format: &'static str,
    /// What was chosen.
    pub notes: Vec<Problem>,
}

/// The vectors in `bytes`.
///
/// # Errors
/// Returns an error if the text is not UTF-8, rows differ in length, a cell is not a number, or it
/// is not clear what the vectors are; [`FormatError::Cancelled`] if `progress` was canceled.
pub fn vectors(bytes: &[u8], file: &Path, hints: &Hints, progress: &Progress) -> Result<Delimited, FormatError> {
    let (text, form) = cut::form(bytes, file, hints)?;
    progress.begin("Reading numbers");
    let mut blocks = parse(&text, &form, false, progress)?;
    let mut digits = Digits::new(form.dims());
    blocks.iter().for_each(|block| digits.merge(&block.digits));
    if digits.need_f64() {
        drop(blocks);
        blocks = parse(&text, &form, true, progress)?;
    }
    assemble(&text, form, blocks)
}

/// Lists what `bytes` hold.
///
/// # Errors
/// Returns an error if the first lines are not rows of numbers.
pub fn list(bytes: &[u8], file: &Path, hints: &Hints) -> Result<Listing, FormatError> {
    let (text, form) = cut::form(bytes, file, hints)?;
    let (above, width) = match &form {
        Form::Table(layout) => (usize::from(layout.header.is_some()), layout.width),
        Form::Words(words) => (words.skipped, 0),
        Form::Json(_) => (0, 0),
    };
    let format = match &form {
        Form::Json(_) => "jsonl",
        Form::Words(_) => "text",
        Form::Table(_) if text.is_csv() => "csv",
        Form::Table(_) => "tsv",
    };
    let rows = text.count_rows(width).saturating_sub(above);
    let (dims, has_labels) = (form.dims(), !form.label_names().is_empty());
    let dtype = if begins_wide(&text, &form) { Dtype::F64 } else { Dtype::F32 };
    let notes = match form {
        Form::Table(layout) => layout.notes,
        Form::Words(words) => words.notes(&text),
        Form::Json(fields) => fields.notes,
    };
    Ok(Listing { rows, dims, dtype, has_labels, format, notes })
}

/// All fields of lines of JSON as metadata.
///
/// # Errors
/// Returns an error if a line is not an object; [`FormatError::Cancelled`] if `progress` was
/// canceled.
pub(crate) fn json_table(
    bytes: &[u8],
    file: &Path,
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let text = Text { delimiter: b' ', ..Text::of(bytes, file) };
    let form = Form::Json(Fields::all(&text)?);
    let blocks = parse(&text, &form, false, progress)?;
    let mut builders: Vec<ColumnBuilder> = form.label_names().into_iter().map(ColumnBuilder::new).collect();
    for block in blocks {
        push_labels(&mut builders, &block);
    }
    let refused = |error: MetadataError| Problem::error(file, error.to_string());
    let metadata = Metadata::new(builders.into_iter().map(ColumnBuilder::finish).collect()).map_err(refused)?;
    let notes = if let Form::Json(fields) = form { fields.notes } else { Vec::new() };
    let readings = metadata::readings(metadata.columns(), file);
    Ok((metadata, notes.into_iter().chain(readings).collect()))
}

/// Adds the labels of a block to the columns.
fn push_labels(builders: &mut [ColumnBuilder], block: &Block) {
    let columns = builders.len().max(1);
    for (index, label) in block.labels.iter().enumerate() {
        if let Some(builder) = builders.get_mut(index % columns) {
            builder.push(Some(label));
        }
    }
}

/// Whether the first lines need `f64`.
fn begins_wide(text: &Text<'_>, form: &Form) -> bool {
    let bytes = text.bytes.get(..BLOCK).unwrap_or(text.bytes);
    // The last line may be incomplete.
    let end = bytes.iter().rposition(|&byte| byte == text.line_end).map_or(bytes.len(), |at| at + 1);
    let first = Text { bytes: &bytes[..end], ..*text };
    let parsed = parse(&first, form, false, &Progress::default()).unwrap_or_default();
    parsed.first().is_some_and(|block| block.digits.need_f64())
}

/// Whether `bytes`, the first of a file, are words and numbers whose words are not UTF-8.
fn is_word_vectors(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && Words::guess(&Text { delimiter: b' ', ..Text::of(bytes, Path::new("")) }).is_some()
}

/// How rows are read.
#[derive(Debug)]
enum Form {
    /// As cells, some of which are numbers.
    Table(Layout),
    /// As words followed by numbers.
    Words(Words),
    /// As objects.
    Json(Fields),
}

impl Form {
    fn dims(&self) -> usize {
        match self {
            Self::Table(layout) => layout.dims(),
            Self::Words(words) => words.dims,
            Self::Json(fields) => fields.dims,
        }
    }

    fn label_names(&self) -> Vec<String> {
        match self {
            Self::Table(layout) => layout.label_names(),
            Self::Words(words) if words.labeled => vec!["word".to_owned()],
            Self::Words(_) => Vec::new(),
            Self::Json(fields) => fields.labels.clone(),
        }
    }

    /// The number of cells, or of numbers, in a row.
    fn width(&self) -> usize {
        match self {
            Self::Table(layout) => layout.width,
            Self::Words(_) | Self::Json(_) => self.dims(),
        }
    }
}

/// The text and how its lines are cut into cells.
#[derive(Clone, Copy)]
struct Text<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    /// The bytes above the text, which count for positions: the byte order mark and a line that
    /// names the separator.
    before: usize,
    /// The lines above the text.
    lines_before: usize,
    /// The separator that the first line names.
    named: Option<u8>,
    delimiter: u8,
    quoted: bool,
    /// LF, or CR if there is no LF.
    line_end: u8,
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8], file: &'a Path) -> Self {
        let body = without_mark(bytes);
        let (named, body) = named_separator(body).map_or((None, body), |(named, body)| (Some(named), body));
        Self {
            file,
            bytes: body,
            before: bytes.len() - body.len(),
            lines_before: usize::from(named.is_some()),
            named,
            delimiter: b'\t',
            quoted: false,
            line_end: line_end(body),
        }
    }

    fn is_csv(&self) -> bool {
        is_csv(self.file)
    }

    fn separator(&self) -> &'static str {
        match self.delimiter {
            b',' => "commas",
            b';' => "semicolons",
            b' ' => "spaces",
            b'|' => "bars",
            b':' => "colons",
            b'\t' => "tabs",
            _ => "the given character",
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

    /// The boundaries of blocks of whole lines.
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

    /// Whether a record is an empty line. In a single column, empty quotes are a missing value.
    fn is_blank(&self, record: &ByteRecord, width: usize) -> bool {
        let is_white = record.len() == 1 && record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace));
        is_white && !(self.quoted && width == 1)
    }

    /// The line of the record that begins at `byte`, or at the first non-blank line after it.
    fn line(&self, byte: usize) -> usize {
        let blank = self.bytes.get(byte..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = byte + blank.count();
        1 + self.lines_before + line_ends(self.bytes.get(..start).unwrap_or(self.bytes), self.line_end)
    }

    fn position(&self, (byte, column): (usize, usize)) -> String {
        format!("line {}, column {column}", self.line(byte))
    }

    fn problem(&self, fault: &Fault, layout_width: usize) -> Problem {
        let line = || self.line(fault.byte);
        match &fault.kind {
            FaultKind::Ragged { cells } => Problem::error(
                self.file,
                format!("{} where the first line has {layout_width}", counted(*cells, "cell")),
            )
            .at(format!("line {}", line()))
            .way_out("Give each row as many cells"),
            FaultKind::FewNumbers { numbers } => Problem::error(
                self.file,
                format!("the line ends in {} where others end in {layout_width}", counted(*numbers, "number")),
            )
            .at(format!("line {}", line()))
            .way_out("Complete the line, or delete it"),
            FaultKind::NoNumber { column, notation, cell } => {
                let with = if *notation == Notation::PLAIN { String::new() } else { format!(", read with {notation}") };
                Problem::error(self.file, format!("{cell:?} is not a number{with}"))
                    .at(format!("line {}, column {column}", line()))
                    .way_out(
                        "Correct the cell, leave it empty where the value is missing, or choose other columns with \
                         --vectors",
                    )
            }
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
            FaultKind::Json { column, what } => {
                let column = column.map(|column| format!(", column {column}")).unwrap_or_default();
                let place = format!("line {}{column}", line());
                Problem::error(self.file, what)
                    .at(place)
                    .way_out("Write a whole object or array on each line, or all of them as the elements of one array")
            }
            FaultKind::NotUtf8 => Problem::error(self.file, "this is not UTF-8 text")
                .at(format!("byte {}", self.before + fault.byte))
                .way_out("Save the file as UTF-8; a file of raw numbers opens with --raw-dims"),
        }
    }
}

/// Whether the name of a file says that it is CSV.
pub(crate) fn is_csv(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// The text without the byte order mark of UTF-8.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The separator in the line `sep=;` that Excel writes and reads, and the text below it.
pub(crate) fn named_separator(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&separator, rest) = bytes.strip_prefix(b"sep=")?.split_first()?;
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    matches!(separator, b',' | b';' | b'\t').then_some((separator, rest))
}

/// The byte that ends lines: LF, or CR if there is no LF.
pub(crate) fn line_end(bytes: &[u8]) -> u8 {
    if !bytes.contains(&b'\n') && bytes.contains(&b'\r') { b'\r' } else { b'\n' }
}

/// The number of line ends in `bytes`.
pub(crate) fn line_ends(bytes: &[u8], end: u8) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == end)).sum()
}

/// Bytes of text that are parsed at a time.
const BLOCK: usize = 1 << 20;

/// The reason why the text cannot be read as vectors.
struct Fault {
    /// The start of its record, or the byte that is not UTF-8.
    byte: usize,
    kind: FaultKind,
}

enum FaultKind {
    Ragged { cells: usize },
    FewNumbers { numbers: usize },
    NoNumber { column: usize, notation: Notation, cell: String },
    NoVector { column: usize, cell: String, dims: usize },
    CutShort { column: usize },
    Json { column: Option<usize>, what: String },
    NotUtf8,
}

/// A block of rows, parsed.
#[derive(Default)]
struct Block {
    /// The numbers, until they are [narrowed](Block::narrow); after that only if they are kept as
    /// `f64`.
    values: Vec<f64>,
    /// The numbers as `f32`, unless they are kept as `f64`.
    narrow: Vec<f32>,
    digits: Digits,
    /// The cells of label columns, row by row.
    labels: StringRecord,
    missing: Met,
    /// Numbers that become infinite, also as `f64`.
    too_large: Met,
    /// Whole numbers that `f64` does not hold.
    inexact: Met,
    /// A number with more digits than `f32` holds.
    long: Met,
    /// The number of words that are not UTF-8.
    replaced: Met,
}

impl Block {
    /// Records what reading `cell` as `value` loses.
    fn note_loss(&mut self, value: f64, cell: &str, decimal: char, (byte, column): (usize, usize)) {
        if value.is_infinite() && cell.bytes().any(|byte| byte.is_ascii_digit()) {
            self.too_large.add(byte, column);
        } else if value.abs() >= EXACT && whole(cell, decimal).is_some_and(|whole| whole != value as i128) {
            self.inexact.add(byte, column);
        }
        // Once found it need not be found again: counting digits takes time.
        if self.long.count == 0 && value.is_finite() && digits::is_lost(cell, value, decimal) {
            self.long.add(byte, column);
        }
    }

    /// Makes the numbers `f32`, and records what that loses in each of `dims` columns.
    fn narrow(&mut self, dims: usize) {
        self.digits = Digits::new(dims);
        self.narrow = self.values.iter().map(|&value| value as f32).collect();
        let rows = self.values.chunks_exact(dims.max(1)).zip(self.narrow.chunks_exact(dims.max(1)));
        rows.for_each(|(values, narrow)| self.digits.add(values, narrow));
        if self.long.count > 0 {
            self.digits.look_closer(&self.values);
        }
        self.values = Vec::new();
    }
}

/// Whole numbers below this are exact as `f64`.
const EXACT: f64 = (1_u64 << 53) as f64;

/// The whole number that `cell` is, without separators.
fn whole(cell: &str, decimal: char) -> Option<i128> {
    let is_digits = !cell.contains(decimal) && !cell.contains(['e', 'E']);
    let kept: String = cell.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    kept.parse().ok().filter(|_| is_digits)
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

/// The rows, their numbers as `f64` if `is_wide`.
fn parse(text: &Text<'_>, form: &Form, is_wide: bool, progress: &Progress) -> Result<Vec<Block>, FormatError> {
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
            let mut block = match form {
                Form::Table(layout) => parse_block(text, layout, range, &tick)?,
                Form::Words(words) => words::read(text, words, range, &tick)?,
                Form::Json(fields) => fields.read(text, range, &tick)?,
            };
            match &mut block {
                Ok(block) if !is_wide => block.narrow(form.dims()),
                Ok(_) => {}
                Err(_) => {
                    first_bad.fetch_min(index, Ordering::Relaxed);
                }
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
            // When reading from a slice, only invalid UTF-8 can fail.
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
                Role::Number(notation) => {
                    let value = number(*notation, cell, byte, index + 1, block)?;
                    block.values.push(value);
                }
                Role::Vector(dims) => push_vector(cell, *dims, byte, index + 1, block)?,
            }
        }
        Ok(())
    }
}

fn number(notation: Notation, cell: &str, byte: usize, column: usize, block: &mut Block) -> Result<f64, FaultKind> {
    let value = match notation.parse(cell) {
        Some(value) => value,
        None if is_missing(cell) => {
            block.missing.add(byte, column);
            f64::NAN
        }
        None => return Err(FaultKind::NoNumber { column, notation, cell: shortened(cell) }),
    };
    block.note_loss(value, cell, notation.decimal, (byte, column));
    Ok(value)
}

/// Reads a cell that is a vector of `dims` numbers into `block`.
fn push_vector(cell: &str, dims: usize, byte: usize, column: usize, block: &mut Block) -> Result<(), FaultKind> {
    let start = block.values.len();
    let pushed = cell::push(cell, |value, element| {
        block.values.push(value);
        if value.is_nan() {
            block.missing.add(byte, column);
        }
        block.note_loss(value, element, '.', (byte, column));
    });
    match pushed {
        Ok(0) => {
            block.missing.add(byte, column);
            block.values.resize(start + dims, f64::NAN);
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
    let mut narrow = Vec::with_capacity(blocks.iter().map(|block| block.narrow.len()).sum());
    let mut builders: Vec<ColumnBuilder> = form.label_names().into_iter().map(ColumnBuilder::new).collect();
    let [mut missing, mut too_large, mut inexact, mut long, mut replaced] = [Met::default(); 5];
    // Each block is freed once it is copied, so that both copies are never in memory at once.
    for block in blocks {
        values.extend_from_slice(&block.values);
        narrow.extend_from_slice(&block.narrow);
        push_labels(&mut builders, &block);
        missing.merge(block.missing);
        too_large.merge(block.too_large);
        inexact.merge(block.inexact);
        long.merge(block.long);
        replaced.merge(block.replaced);
    }
    let is_wide = !values.is_empty();
    let rows = values.len().max(narrow.len()) / dims.max(1);
    if rows == 0 {
        return Err(layout::no_rows(text).into());
    }
    let refused = |error: String| Problem::error(file, error);
    let vectors = if is_wide { Vectors::from_f64(rows, dims, values) } else { Vectors::from_f32(rows, dims, narrow) };
    let vectors = vectors.map_err(|error| refused(error.to_string()))?;
    let columns: Vec<Column> = builders.into_iter().map(ColumnBuilder::finish).collect();
    let metadata = Metadata::new(columns).map_err(|error| refused(error.to_string()))?;
    let has_words = matches!(form, Form::Words(_));
    let mut notes = match form {
        Form::Table(layout) => layout.notes,
        Form::Words(words) => words.mismatch(text, rows).into_iter().chain(words.notes(text)).collect(),
        Form::Json(fields) => fields.notes,
    };
    notes.extend(note(text, missing, ["cell is", "cells are"], "empty or spelled as missing; read as NaN, not as 0"));
    notes.extend(note(
        text,
        too_large,
        ["number is", "numbers are"],
        "beyond what 64-bit floats hold, so read as infinite",
    ));
    let rounded = "beyond 2^53 and rounded, since text is read as floats";
    notes.extend(note(text, inexact, ["whole number is", "whole numbers are"], rounded));
    notes.extend(note(
        text,
        replaced,
        ["word is", "words are"],
        "not UTF-8 text; what cannot be read shows as \u{FFFD}",
    ));
    if let Some(position) = long.first.filter(|_| !is_wide && inexact.count == 0).map(|first| text.position(first)) {
        let what = "numbers have more digits than 32-bit floats hold and are rounded, by too little to matter compared \
                    with the spread of their column";
        notes.push(Problem::note(file, what).at(position));
    }
    notes.extend(metadata.columns().first().filter(|_| has_words).and_then(|words| word2vec::repeated(words, file)));
    notes.extend(metadata::readings(metadata.columns(), file));
    Ok(Delimited { vectors, metadata: (!metadata.columns().is_empty()).then_some(metadata), notes })
}

fn note(text: &Text<'_>, met: Met, [one, several]: [&str; 2], what: &str) -> Option<Problem> {
    let position = text.position(met.first?);
    let noun = if met.count == 1 { one } else { several };
    Some(Problem::warning(text.file, format!("{} {noun} {what}", met.count)).at(position))
}
