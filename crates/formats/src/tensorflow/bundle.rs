//! Checkpoints of version 2, the "tensor bundle": the table in `PREFIX.index` gives for each tensor
//! the file `PREFIX.data-?????-of-?????` that holds its values, their position, and their checksum.
//! A partitioned variable has an entry that lists its slices, and an entry for each slice under an
//! encoded key.

use std::collections::BTreeMap;

use parallax_embedding::Progress;

use super::{
    checksum::Meter,
    fault::{COPY_AGAIN, Fault},
    proto::{Malformed, fields},
    slices::{Area, Slice, check_cover},
    table::Table,
    tensor::{Matrix, TensorInfo, is_readable, parse_shape, position, too_new},
};

/// The most memory that names may take, in multiples of the size of the index: each shares a prefix
/// with the one before, but no writer exceeds this.
const NAMES_EXPAND: usize = 64;

/// The content of `PREFIX.index`.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) shards: u32,
    /// Whether the values were written on a big-endian machine.
    pub(super) big_endian: bool,
    /// By key, ascending.
    entries: Vec<Entry>,
}

/// The location of the values of a tensor or of a slice.
#[derive(Debug, Default)]
pub(super) struct Entry {
    key: Vec<u8>,
    type_number: u64,
    shape: Vec<u64>,
    pub(super) shard: u32,
    offset: u64,
    size: u64,
    checksum: u32,
    slices: Vec<Slice>,
}

/// An entry and what it covers of the matrix.
pub(super) type Part<'a> = (Area, &'a Entry);

impl Bundle {
    /// Reads an index file.
    pub(super) fn parse(index: &[u8]) -> Result<Self, Fault> {
        let table = Table::parse(index)?;
        let mut bundle = None;
        let mut names = 0;
        table.each(&mut Meter::new(&Progress::default(), index.len()), |key, value| {
            let Some(bundle) = &mut bundle else {
                bundle = Some(header(key, value)?);
                return Ok(());
            };
            if bundle.entries.last().is_some_and(|last| last.key.as_slice() >= key) {
                return Err(Fault::damage(entry_position(key), "its entry is out of order"));
            }
            names += key.len();
            if names / NAMES_EXPAND > table.size() {
                return Err(Fault::damage(entry_position(key), "the names are too long for so small a file"));
            }
            let malformed = |Malformed| Fault::damage(entry_position(key), "its entry is not a valid protocol buffer");
            bundle.entries.push(Entry::parse(key, value).map_err(malformed)?);
            Ok(())
        })?;
        bundle.ok_or_else(|| Fault::damage("byte 0", "the index is empty: even its header is missing"))
    }

    /// The tensors, each with the index of its entry. Slices are not tensors: their encoded keys
    /// begin with a zero.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (TensorInfo, usize)> {
        let is_tensor = |entry: &Entry| entry.key.first().is_some_and(|byte| *byte != 0);
        let info = |entry: &Entry| TensorInfo::new(&entry.key, entry.shape.clone(), entry.type_number);
        self.entries
            .iter()
            .enumerate()
            .filter(move |(_, entry)| is_tensor(entry))
            .map(move |(n, entry)| (info(entry), n))
    }

    /// The number of the data file that holds the entry's first value.
    pub(super) fn first_shard(&self, entry: usize) -> Option<u32> {
        let entry = self.entries.get(entry)?;
        let first = entry.slices.first().and_then(|slice| self.slice(entry, slice));
        Some(first.unwrap_or(entry).shard)
    }

    /// The parts that together are `matrix`, whose entry is at `entry`.
    pub(super) fn parts(&self, entry: usize, matrix: &Matrix<'_>) -> Result<Vec<Part<'_>>, Fault> {
        let fault = |what: String| Fault::damage(position(matrix.name), what);
        let entry = self.entries.get(entry).ok_or_else(|| fault("it has no entry".to_owned()))?;
        let parts = if entry.slices.is_empty() {
            vec![([0..matrix.rows, 0..matrix.dims], entry)]
        } else {
            let part = |slice: &Slice| {
                let area =
                    slice.area(matrix.rows, matrix.dims).ok_or("one of its slices is not a part of its shape")?;
                Ok((area, self.slice(entry, slice).ok_or("one of its slices has no entry")?))
            };
            entry.slices.iter().map(part).collect::<Result<_, &str>>().map_err(|what| fault(what.to_owned()))?
        };
        let areas: Vec<Area> = parts.iter().map(|(area, _)| area.clone()).collect();
        check_cover(matrix.rows, matrix.dims, &areas).map_err(fault)?;
        for (area, part) in &parts {
            part.check(area, matrix, entry.type_number, self.shards).map_err(fault)?;
        }
        Ok(parts)
    }

    /// The data files that hold the values of the entry, and how long each must be at least.
    pub(super) fn reaches(&self, entry: usize) -> BTreeMap<u32, u64> {
        let mut reaches = BTreeMap::new();
        let Some(entry) = self.entries.get(entry) else { return reaches };
        let slices = entry.slices.iter().filter_map(|slice| self.slice(entry, slice));
        let parts: Vec<&Entry> = if entry.slices.is_empty() { vec![entry] } else { slices.collect() };
        for part in parts {
            let reach = reaches.entry(part.shard).or_default();
            *reach = part.offset.saturating_add(part.size).max(*reach);
        }
        reaches
    }

    fn slice(&self, whole: &Entry, slice: &Slice) -> Option<&Entry> {
        let key = slice.key(&whole.key);
        let place = self.entries.binary_search_by(|entry| entry.key.as_slice().cmp(&key)).ok()?;
        self.entries.get(place)
    }
}

impl Entry {
    /// Reads a `BundleEntryProto`.
    fn parse(key: &[u8], message: &[u8]) -> Result<Self, Malformed> {
        let mut entry = Self { key: key.to_vec(), ..Self::default() };
        for field in fields(message) {
            let field = field?;
            match field.number {
                1 => entry.type_number = field.value.varint()?,
                2 => entry.shape = parse_shape(field.value.bytes()?)?,
                3 => entry.shard = u32::try_from(field.value.size()?).map_err(|_too_large| Malformed)?,
                4 => entry.offset = field.value.size()?,
                5 => entry.size = field.value.size()?,
                6 => entry.checksum = field.value.fixed32()?,
                7 => entry.slices.push(Slice::parse(field.value.bytes()?)?),
                _ => {}
            }
        }
        Ok(entry)
    }

    /// Whether this entry can hold `area` of the matrix, given the type of the whole.
    fn check(&self, area: &Area, matrix: &Matrix<'_>, type_number: u64, shards: u32) -> Result<(), String> {
        let needed = area[0].len() as u128 * area[1].len() as u128 * matrix.dtype.size() as u128;
        if self.type_number != type_number {
            return Err("one of its slices is of another type".to_owned());
        }
        if u128::from(self.size) != needed {
            return Err(format!("{needed} bytes should be stored, but there are {}", self.size));
        }
        if self.shard >= shards {
            return Err(format!("it lies in data file {}, but there are {shards}, counted from 0", self.shard));
        }
        Ok(())
    }

    /// The stored bytes of `name`, lent from the data file that holds them, after verifying the
    /// checksum.
    pub(super) fn values<'a>(&self, name: &str, data: &'a [u8], meter: &mut Meter<'_>) -> Result<&'a [u8], Fault> {
        let range = usize::try_from(self.offset).ok().zip(usize::try_from(self.size).ok());
        let bytes = range
            .and_then(|(offset, size)| data.get(offset..offset.checked_add(size)?))
            .ok_or_else(|| Fault::damage(position(name), self.beyond(data.len())))?;
        if meter.masked(bytes)? != self.checksum {
            let what = format!(
                "the checksum of its {} bytes from byte {} on does not match: the file is damaged",
                self.size, self.offset
            );
            return Err(Fault::damage(position(name), what));
        }
        Ok(bytes)
    }

    fn beyond(&self, available: usize) -> String {
        let (offset, size) = (self.offset, self.size);
        format!("its {size} bytes begin at byte {offset}, but the file has {available} bytes: it is cut off")
    }
}

/// Reads a `BundleHeaderProto`, which has the empty key.
fn header(key: &[u8], message: &[u8]) -> Result<Bundle, Fault> {
    const AT: &str = "header";
    if !key.is_empty() {
        return Err(Fault::Data {
            at: AT.to_owned(),
            what: "it is missing: this table is not an index of a checkpoint".to_owned(),
            way_out: COPY_AGAIN,
        });
    }
    let malformed = |Malformed| Fault::damage(AT, "it is not a valid protocol buffer");
    let mut bundle = Bundle { shards: 0, big_endian: false, entries: Vec::new() };
    for field in fields(message) {
        let field = field.map_err(malformed)?;
        match field.number {
            1 => bundle.shards = u32::try_from(field.value.size().map_err(malformed)?).unwrap_or(u32::MAX),
            2 => bundle.big_endian = field.value.varint().map_err(malformed)? == 1,
            3 if !field.value.bytes().and_then(is_readable).map_err(malformed)? => return Err(too_new(AT)),
            _ => {}
        }
    }
    Ok(bundle)
}

fn entry_position(key: &[u8]) -> String {
    position(&String::from_utf8_lossy(key))
}
