//! Rows of text, parsed in parallel, block by block.
//!
//! Only blocks with quotes need the reader of CSV; other lines are split here, which is faster.

use std::{
    iter,
    ops::Range,
    str,
    sync::atomic::{AtomicUsize, Ordering},
};

use csv::StringRecord;
use memchr::memchr_iter;
use parallax_embedding::{Cancelled, Notation, Progress, is_missing};
use rayon::prelude::*;

use super::{
    BLOCK, Form, Text, cell,
    digits::{self, Digits},
    fault::{Fault, FaultKind},
    layout::{Layout, Role},
    lines, words,
};
use crate::FormatError;

/// A block of rows, parsed.
#[derive(Default)]
pub(super) struct Block {
    /// The numbers, until they are [narrowed](Block::narrow); after that only if they are kept as
    /// `f64`.
    pub(super) values: Vec<f64>,
    /// The numbers as `f32`, unless they are kept as `f64`.
    pub(super) narrow: Vec<f32>,
    pub(super) digits: Digits,
    /// The cells of label columns, row by row.
    pub(super) labels: StringRecord,
    pub(super) missing: Met,
    /// Numbers that become infinite, also as `f64`.
    pub(super) too_large: Met,
    /// Whole numbers that `f64` does not hold.
    pub(super) inexact: Met,
    /// A number with more digits than `f32` holds.
    pub(super) long: Met,
    /// The number of words that are not UTF-8.
    pub(super) replaced: Met,
}

impl Block {
    /// Records what reading `cell` as `value` loses.
    pub(super) fn note_loss(&mut self, value: f64, cell: &str, decimal: char, (byte, column): (usize, usize)) {
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
pub(super) struct Met {
    pub(super) count: usize,
    pub(super) first: Option<(usize, usize)>,
}

impl Met {
    pub(super) fn add(&mut self, byte: usize, column: usize) {
        self.count += 1;
        self.first.get_or_insert((byte, column));
    }

    pub(super) fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.first = self.first.or(later.first);
    }
}

/// The rows, their numbers as `f64` if `is_wide`.
pub(super) fn parse(
    text: &Text<'_>,
    form: &Form,
    is_wide: bool,
    progress: &Progress,
) -> Result<Vec<Block>, FormatError> {
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
    range: Range<usize>,
    tick: &impl Fn(usize) -> Result<(), Cancelled>,
) -> Result<Result<Block, Fault>, Cancelled> {
    if text.has_quotes(&text.bytes[range.clone()]) {
        return parse_records(text, layout, range, tick);
    }
    let length = range.len();
    let block = parse_lines(text, layout, range);
    tick(length)?;
    Ok(block)
}

/// Parses lines without quotes.
fn parse_lines(text: &Text<'_>, layout: &Layout, range: Range<usize>) -> Result<Block, Fault> {
    let (start, bytes) = (range.start, &text.bytes[range]);
    let valid = match str::from_utf8(bytes) {
        Ok(valid) => valid,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut block = Block::default();
    let mut header = start == 0 && layout.header.is_some();
    for (begin, line) in lines(bytes) {
        if text.is_blank_line(line, layout.width) || std::mem::take(&mut header) {
            continue;
        }
        let Some(line) = valid.get(begin..begin + line.len()) else {
            return Err(Fault { byte: start + valid.len(), kind: FaultKind::NotUtf8 });
        };
        let ends = memchr_iter(text.delimiter, line.as_bytes()).chain(iter::once(line.len()));
        let cells = ends.scan(0, |begin, end| line.get(std::mem::replace(begin, end + 1)..end));
        layout.push(cells, start + begin, &mut block).map_err(|kind| Fault { byte: start + begin, kind })?;
    }
    Ok(block)
}

/// Parses records of CSV, whose cells may be in quotes.
fn parse_records(
    text: &Text<'_>,
    layout: &Layout,
    range: Range<usize>,
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
                if let Err(kind) = layout.push(record.iter(), start + at, &mut block) {
                    return Ok(Err(Fault { byte: start + at, kind }));
                }
            }
            Ok(false) => break,
            // When reading from a slice, only invalid UTF-8 can fail.
            Err(_) => {
                let valid = str::from_utf8(&bytes[at..]).err().map_or(0, |error| error.valid_up_to());
                return Ok(Err(Fault { byte: start + at + valid, kind: FaultKind::NotUtf8 }));
            }
        }
    }
    tick(bytes.len() - ticked)?;
    Ok(Ok(block))
}

impl Layout {
    /// Adds the `cells` of the row that begins at `byte`.
    fn push<'c>(
        &self,
        mut cells: impl Iterator<Item = &'c str>,
        byte: usize,
        block: &mut Block,
    ) -> Result<(), FaultKind> {
        for (index, role) in self.roles.iter().enumerate() {
            let Some(cell) = cells.next() else { return Err(FaultKind::Ragged { cells: index }) };
            let pushed = match role {
                Role::Label => {
                    block.labels.push_field(cell);
                    Ok(())
                }
                Role::Number(notation) => {
                    number(*notation, cell, byte, index + 1, block).map(|value| block.values.push(value))
                }
                Role::Vector(dims) => push_vector(cell, *dims, byte, index + 1, block),
                Role::Other => Ok(()),
            };
            if let Err(kind) = pushed {
                // A cell too few or too many moves the others, so that is the fault to tell.
                return self.fits(index + 1, cells).and(Err(kind));
            }
        }
        self.fits(self.width, cells)
    }

    /// Whether the `met` cells of a row and the `rest` are as many as the table has columns; an
    /// empty one may follow.
    fn fits<'c>(&self, met: usize, rest: impl Iterator<Item = &'c str>) -> Result<(), FaultKind> {
        let (cells, last) = rest.fold((met, ""), |(cells, _), cell| (cells + 1, cell));
        let is_trailing = cells == self.width + 1 && last.trim().is_empty();
        if cells == self.width || is_trailing { Ok(()) } else { Err(FaultKind::Ragged { cells }) }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_split_as_the_reader_of_csv_splits_them(text in "[1a,\\r\\n ]{0,40}", width in 1..4_usize) {
            let text = Text { delimiter: b',', ..Text::of(text.as_bytes(), Path::new("v.csv")) };
            let (roles, embeddings) = (vec![Role::Label; width], Vec::new());
            let layout = Layout { header: None, width, roles, embeddings, notes: Vec::new() };
            let all = 0..text.bytes.len();
            let records = parse_records(&text, &layout, all.clone(), &|_| Ok(())).unwrap();
            let result = |block: Result<Block, Fault>| match block {
                Ok(block) => Ok(block.labels),
                Err(fault) => Err(text.problem(&fault, width).to_string()),
            };
            prop_assert_eq!(result(parse_lines(&text, &layout, all)), result(records));
        }
    }
}
