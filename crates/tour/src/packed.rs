//! Numbers, rows and texts as text: deflated, in base64; rows as ranges if these are short.
//!
//! For any text, unpacking returns a value or a reason. No more is inflated than deflate could have
//! packed into the given bytes, and what is not in the packed form itself (rows of a range, rows
//! without a place) is taken from a [`Budget`] for the whole file.

use std::{
    io::{Read as _, Write as _},
    sync::atomic::{AtomicU64, Ordering},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use parallax_embedding::{Column, ColumnBuilder, RowSet};
use parallax_projection::Layout;
use serde::{Deserialize, Serialize};

/// Why packed data is invalid.
pub(super) type Fault = String;

/// How much memory a file may take beyond the bytes that it packs.
#[derive(Debug)]
pub(super) struct Budget(AtomicU64);

/// Bytes, deflated, in base64.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Packed {
    bytes: usize,
    deflated: String,
}

/// A set of rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PackedRows {
    /// As in `0-99,105`.
    Ranges(String),
    /// For each range the gap before it minus one and its length minus one: numbers of 7 bits per
    /// byte, the lowest first, the last without the highest bit.
    Packed(Packed),
}

/// The first coordinates of a layout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct PackedLayout {
    rows: usize,
    dims: usize,
    /// The rows that have a place.
    placed: PackedRows,
    /// Their coordinates: first the lowest byte of the first coordinate of each row, then the next
    /// byte, and so on.
    values: Packed,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct PackedColumn {
    name: String,
    rows: usize,
    /// For each row 0 if the cell is missing, 1 if its text is new, or else 1 + how many new texts
    /// ago it was new, as numbers of [`PackedRows`]; then for each new text its length and its
    /// bytes.
    cells: Packed,
}

/// Deflate makes at most 258 bytes out of two bits.
const MOST_RATIO: usize = 1032;

/// Longer ranges are packed.
const MOST_RANGES: usize = 2000;

impl Budget {
    /// Creates the budget for a file of this many bytes: a few hundred rows among a million others
    /// unpack to a thousand times as many.
    pub(super) fn of(file: usize) -> Self {
        Self(AtomicU64::new((256 << 20) + 4096 * file as u64))
    }

    /// Takes `count` items of `size` bytes each.
    pub(super) fn take(&self, count: usize, size: usize) -> Result<(), Fault> {
        let bytes = (count as u64).saturating_mul(size as u64);
        let less = |left: u64| left.checked_sub(bytes);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(drop).map_err(|_left| "more rows than a file of this size can be about".to_owned())
    }
}

impl Packed {
    /// Packs `bytes`.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        // Writing to memory cannot fail.
        let deflated = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { bytes: bytes.len(), deflated: BASE64_STANDARD.encode(deflated) }
    }

    /// Unpacks the bytes.
    pub(super) fn unpack(&self) -> Result<Vec<u8>, Fault> {
        let deflated = BASE64_STANDARD.decode(&self.deflated).map_err(|error| format!("it is not base64: {error}"))?;
        if self.bytes / MOST_RATIO > deflated.len() {
            return Err(format!("{} bytes cannot come out of {} deflated ones", self.bytes, deflated.len()));
        }
        let mut bytes = Vec::with_capacity(self.bytes);
        let read = DeflateDecoder::new(&deflated[..]).take(self.bytes as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("it cannot be inflated: {error}"))?;
        if bytes.len() != self.bytes {
            return Err(format!("it does not inflate to {} bytes", self.bytes));
        }
        Ok(bytes)
    }
}

impl PackedRows {
    pub(super) fn new(rows: &RowSet) -> Self {
        let ranges: Vec<(u32, u32)> =
            rows.as_slice().chunk_by(|a, b| a + 1 == *b).map(|range| (range[0], range[range.len() - 1])).collect();
        if ranges.len() <= MOST_RANGES / 4 {
            let texts = ranges.iter().map(
                |(first, last)| {
                    if first == last { first.to_string() } else { format!("{first}-{last}") }
                },
            );
            let text = texts.collect::<Vec<_>>().join(",");
            if text.len() <= MOST_RANGES {
                return Self::Ranges(text);
            }
        }
        let (mut bytes, mut next) = (Vec::new(), 0);
        for (first, last) in ranges {
            push_number(&mut bytes, u64::from(first) - next);
            push_number(&mut bytes, u64::from(last - first));
            next = u64::from(last) + 1;
        }
        Self::Packed(Packed::new(&bytes))
    }

    /// Unpacks the rows, all of which must be below `limit`.
    pub(super) fn unpack(&self, limit: usize, budget: &Budget) -> Result<RowSet, Fault> {
        let mut rows = Vec::new();
        let mut push = |first: u64, last: u64| {
            if first > last || last >= limit as u64 || last >= u64::from(u32::MAX) {
                return Err(format!("rows {first} to {last} are not among {limit} rows"));
            }
            budget.take((last - first + 1) as usize, size_of::<u32>())?;
            rows.extend(first as u32..=last as u32);
            Ok(())
        };
        match self {
            Self::Ranges(text) => {
                for range in text.split(',').map(str::trim).filter(|range| !range.is_empty()) {
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    let number = |text: &str| text.trim().parse::<u64>();
                    let (Ok(first), Ok(last)) = (number(first), number(last)) else {
                        return Err(format!("{range:?} is no range of rows"));
                    };
                    push(first, last)?;
                }
            }
            Self::Packed(packed) => {
                let bytes = packed.unpack()?;
                let (mut bytes, mut next) = (&bytes[..], 0_u64);
                while !bytes.is_empty() {
                    let first = next.saturating_add(pull_number(&mut bytes)?);
                    let last = first.saturating_add(pull_number(&mut bytes)?);
                    push(first, last)?;
                    next = last + 1;
                }
            }
        }
        Ok(rows.into())
    }
}

impl PackedLayout {
    /// Packs the first `dims` coordinates of each row of `layout`.
    pub(super) fn new(layout: &Layout, dims: usize) -> Self {
        let dims = dims.min(layout.dims());
        let rows = || layout.places().map(|row| &row[..dims]);
        let is_placed = |row: &[f32]| row.iter().any(|x| !x.is_nan());
        let placed: RowSet =
            (0_u32..).zip(rows()).filter(|(_, values)| is_placed(values)).map(|(row, _)| row).collect();
        let mut bytes = Vec::with_capacity(placed.len() * dims * 4);
        for at in 0..dims {
            for byte in 0..4 {
                bytes.extend(rows().filter(|row| is_placed(row)).map(|row| row[at].to_le_bytes()[byte]));
            }
        }
        Self { rows: layout.rows(), dims, placed: PackedRows::new(&placed), values: Packed::new(&bytes) }
    }

    pub(super) fn unpack(&self, budget: &Budget) -> Result<Layout, Fault> {
        let Self { rows, dims, placed, values } = self;
        budget.take(rows.saturating_mul(*dims), size_of::<f32>())?;
        let placed = placed.unpack(*rows, budget)?;
        let needed = placed.len().saturating_mul(dims.saturating_mul(size_of::<f32>()));
        if needed != values.bytes {
            return Err(format!("{} bytes are not {dims} coordinates for each of {} rows", values.bytes, placed.len()));
        }
        let bytes = values.unpack()?;
        let mut layout = Layout::unplaced(*rows, *dims);
        let count = placed.len();
        if count == 0 {
            return Ok(layout);
        }
        let mut places = layout.view_mut();
        for at in 0..*dims {
            let planes: [&[u8]; 4] = std::array::from_fn(|byte| &bytes[(at * 4 + byte) * count..][..count]);
            for (place, row) in placed.iter().enumerate() {
                let value = f32::from_le_bytes(planes.map(|plane| plane[place]));
                places[[row as usize, at]] = value;
            }
        }
        Ok(layout)
    }
}

impl PackedColumn {
    pub(super) fn new(column: &Column) -> Self {
        let (mut cells, mut texts) = (Vec::new(), Vec::new());
        let mut known: Vec<Option<u64>> = vec![None; column.values().len()];
        let mut new = 0_u64;
        for row in 0..column.len() {
            let Some(code) = column.code(row) else {
                cells.push(0);
                continue;
            };
            if let Some(known) = known[code as usize] {
                push_number(&mut cells, 1 + new - known);
            } else {
                let text = &column.values()[code as usize];
                push_number(&mut texts, text.len() as u64);
                texts.extend_from_slice(text.as_bytes());
                cells.push(1);
                known[code as usize] = Some(new);
                new += 1;
            }
        }
        cells.extend(texts);
        Self { name: column.name().to_owned(), rows: column.len(), cells: Packed::new(&cells) }
    }

    pub(super) fn unpack(&self) -> Result<Column, Fault> {
        let bytes = self.cells.unpack()?;
        if self.rows > bytes.len() {
            return Err(format!("{} bytes are not {} cells", bytes.len(), self.rows));
        }
        let mut rest = &bytes[..];
        let cells = (0..self.rows).map(|_| pull_number(&mut rest)).collect::<Result<Vec<u64>, Fault>>()?;
        let mut builder = ColumnBuilder::new(&self.name);
        let mut texts = Vec::new();
        for cell in cells {
            if cell == 1 {
                texts.push(pull_text(&mut rest)?);
            }
            let place = texts.len() as u64;
            let text = match cell {
                0 => None,
                1 => texts.last().copied(),
                ago => Some(
                    place
                        .checked_sub(ago - 1)
                        .and_then(|at| texts.get(at as usize).copied())
                        .ok_or("a cell refers to none")?,
                ),
            };
            builder.push(text);
        }
        Ok(builder.finish())
    }
}

/// Appends `number`, 7 bits per byte.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull_number(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or("it ends within a number")?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err("a number has too many digits".to_owned())
}

fn pull_text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, Fault> {
    let length = pull_number(bytes)?;
    let (text, rest) =
        usize::try_from(length).ok().and_then(|at| bytes.split_at_checked(at)).ok_or("it ends within a text")?;
    *bytes = rest;
    str::from_utf8(text).map_err(|error| format!("a text is not UTF-8: {error}"))
}
