//! Vectors in text: tables with tabs, commas or semicolons between cells, words followed by their
//! vectors, and lines of JSON (`json`).
//!
//! One row per line. Blank lines, a byte order mark and a delimiter after the last cell are
//! skipped. `cut` decides how lines are split into cells, `content` what each column holds, `layout`
//! which columns are the vectors; the other columns become metadata. Notes report what was chosen.
//! A cell is a number in the notation of its column, or a vector (`cell`). An empty cell is NaN, which the projections leave out,
//! not 0. Numbers are `f32`, or `f64` if a column needs it (`digits`). Lines are parsed in
//! parallel, block by block (`block`).

mod aside;
mod block;
mod cell;
mod content;
mod cut;
mod digits;
mod fault;
mod format;
pub(crate) mod json;
mod layout;
mod names;
#[cfg(test)]
mod tests;
mod words;

use std::{ops::Range, path::Path};

use csv::ByteRecord;
use memchr::{memchr, memchr2_iter};
use parallax_embedding::{Column, ColumnBuilder, Dtype, Metadata, MetadataError, Progress, Vectors, is_number};
use rayon::prelude::*;

use crate::{FormatError, Problem, metadata, word2vec};
use block::{Block, Met, parse};
#[cfg(feature = "parquet")]
pub(crate) use content::Content as Held;
pub(crate) use cut::{CR_ALONE, QUOTED, UNCLOSED, UNNAMED, is_wrapped, unclosed};
use digits::Digits;
use fault::{Fault, FaultKind};
pub(crate) use format::{FORMAT, JSON, is_text, matrix};
use json::Fields;
use layout::Layout;
#[cfg(feature = "parquet")]
pub(crate) use layout::choose;
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

/// What to say about a hint for a file that is no text.
pub(crate) const NO_TEXT: &str = "says how a text table is read, and this is not one";

/// The names of the formats of tables and words in text.
pub(crate) const NAMES: [&str; 3] = ["csv", "tsv", "text"];

impl Hints {
    /// The first option for tables of text that was given, and what to say if there is none.
    pub(crate) fn given(&self) -> Option<(&'static str, &'static str)> {
        let options = [(self.delimiter.is_some(), "--delimiter"), (self.header.is_some(), "--header")];
        options.into_iter().find_map(|(is_given, option)| is_given.then_some((option, NO_TEXT)))
    }

    /// The separator as a byte.
    pub(crate) fn separator(&self) -> Option<u8> {
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
    /// The columns of which each is an embedding, if there are several; else empty.
    pub embeddings: Vec<String>,
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
    let mut embeddings = Vec::new();
    let notes = match form {
        Form::Table(layout) => {
            embeddings = layout.embeddings;
            layout.notes
        }
        Form::Words(words) => words.notes(&text),
        Form::Json(fields) => fields.notes,
    };
    Ok(Listing { rows, dims, dtype, has_labels, embeddings, format, notes })
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
    let Some(first) = text.each_block().next() else { return false };
    let first = Text { bytes: &text.bytes[first], ..*text };
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
    /// How many of them are comments.
    comments: usize,
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
        let (comments, body) = without_comments(body, b"\t,;|");
        Self {
            file,
            bytes: body,
            before: bytes.len() - body.len(),
            lines_before: usize::from(named.is_some()) + comments,
            comments,
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
        separator(self.delimiter)
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

    /// The boundaries of all blocks.
    fn blocks(&self) -> Vec<Range<usize>> {
        self.each_block().collect()
    }

    /// The boundaries of blocks of whole lines, each found when it is asked for.
    fn each_block(&self) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let Self { bytes, line_end, .. } = *self;
        let size = bytes.len();
        let quoted = self.quoted.then(|| cut::quoted(bytes, self.delimiter));
        let mut quoted = quoted.into_iter().flatten().map(move |(begin, end)| begin..end.unwrap_or(size)).peekable();
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= size {
                return None;
            }
            let mut least = (start + BLOCK).min(size);
            while quoted.next_if(|quoted| quoted.end <= least).is_some() {}
            let end = loop {
                let end = memchr(line_end, &bytes[least..]).map_or(size, |at| least + at + 1);
                // Line ends in quotes do not end a line.
                match quoted.next_if(|quoted| quoted.start < end) {
                    Some(quoted) => least = quoted.end,
                    None => break end,
                }
            };
            Some(std::mem::replace(&mut start, end)..end)
        })
    }

    /// The lines that are not blank.
    fn count_rows(&self, width: usize) -> usize {
        let count = |block: &[u8]| match self.delimiter {
            b' ' => words::count(block),
            _ if self.has_quotes(block) => {
                let records = self.records(block).into_byte_records().filter_map(Result::ok);
                records.filter(|record| !self.is_blank(record, width)).count()
            }
            _ => lines(block).filter(|(_, line)| !self.is_blank_line(line, width)).count(),
        };
        self.blocks().into_par_iter().map(|block| count(&self.bytes[block])).sum()
    }

    /// Whether there are quotes in a block that are read as such.
    fn has_quotes(&self, block: &[u8]) -> bool {
        self.quoted && memchr(b'"', block).is_some()
    }

    /// Whether a line of a table of `width` columns holds nothing but white space. With quotes, white
    /// space in a single column is a missing value.
    fn is_blank_line(&self, line: &[u8], width: usize) -> bool {
        let is_white = || line.iter().all(|&byte| byte != self.delimiter && byte.is_ascii_whitespace());
        line.is_empty() || is_white() && !(self.quoted && width == 1)
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
}

/// A separator in words.
pub(crate) fn separator(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "commas",
        b';' => "semicolons",
        b' ' => "spaces",
        b'|' => "bars",
        b':' => "colons",
        b'\t' => "tabs",
        _ => "the given character",
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
    matches!(separator, b',' | b';' | b'\t' | b'|').then_some((separator, rest))
}

/// How many lines at the beginning of a text are comments, and the text below them. A line that begins
/// with `#` is one unless it may be a row, or the names of columns: `separators` split it into as many
/// cells as the first line that does not begin so, and that line is not one of names itself.
pub(crate) fn without_comments<'a>(bytes: &'a [u8], separators: &[u8]) -> (usize, &'a [u8]) {
    let end = line_end(bytes);
    let is_comment = |line: &&[u8]| line.starts_with(b"#");
    let lines = bytes.split_inclusive(|&byte| byte == end);
    let above: Vec<&[u8]> = lines.take(MAX_COMMENTS).take_while(is_comment).collect();
    let size = |lines: &[&[u8]]| lines.iter().map(|line| line.len()).sum::<usize>();
    let below = bytes[size(&above)..].split(|&byte| byte == end).next().unwrap_or_default();
    let cells = |line: &[u8], separator: u8| line_ends(line, separator);
    let used: Vec<u8> = separators.iter().copied().filter(|&separator| cells(below, separator) > 0).collect();
    let names_columns = || {
        let text = String::from_utf8_lossy(below);
        let is_separator = |character: char| used.iter().any(|&separator| character == char::from(separator));
        !text.split(is_separator).any(|cell| is_number(cell.trim()) || cell.trim().is_empty())
    };
    let is_alike = |line: &&[u8]| used.iter().any(|&separator| cells(line, separator) == cells(below, separator));
    if above.is_empty() || used.is_empty() {
        return (0, bytes);
    }
    let comments = if names_columns() { above.len() } else { above.iter().take_while(|line| !is_alike(line)).count() };
    (comments, &bytes[size(&above[..comments])..])
}

/// More lines of comments are above no table.
const MAX_COMMENTS: usize = 1000;

/// The note that there are comments.
pub(crate) fn commented(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("the first line, which begins with #, is read as a comment".to_owned()),
        _ => Some(format!("the first {count} lines, which begin with #, are read as comments")),
    }
}

/// The byte that ends lines: LF, or CR if there is no LF.
pub(crate) fn line_end(bytes: &[u8]) -> u8 {
    if !bytes.contains(&b'\n') && bytes.contains(&b'\r') { b'\r' } else { b'\n' }
}

/// The lines of a text without quotes, each with where it begins. LF, CR, or both end a line.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = memchr2_iter(b'\r', b'\n', text).chain(std::iter::once(text.len()));
    ends.scan(0, |next, end| {
        let begin = std::mem::replace(next, end + 1);
        Some((begin, text.get(begin..end)?))
    })
}

/// The number of line ends in `bytes`.
pub(crate) fn line_ends(bytes: &[u8], end: u8) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == end)).sum()
}

/// Bytes of text that are parsed at a time.
const BLOCK: usize = 1 << 20;

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
