//! The sorted table of TensorFlow (`LevelDB`'s): keys in order, each with a value, in blocks with
//! checksums.
//!
//! A file consists of blocks, each followed by its compression (a byte) and a masked CRC-32C of
//! both, and a footer of 48 bytes: the handles of the metaindex and index blocks, and a magic
//! number. An index entry has the handle of a block, and a key that is not less than the block's
//! last. In a block each key gives the number of bytes that it shares with the one before. The
//! filters that the metaindex may name, and the restart points within a block, only speed up
//! lookups and are not used.

use std::{borrow::Cow, ops::Range};

use parallax_embedding::Progress;

use super::{
    checksum::Meter,
    fault::{COPY_AGAIN, Fault},
    proto::{Malformed, take, varint},
};

const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
const FOOTER: usize = 48;
/// Compression and checksum after each block.
const TRAILER: usize = 5;
/// The most that Snappy expands: three bytes become at most 64.
const SNAPPY_EXPANDS: usize = 64 / 3 + 1;

/// A table whose index has been verified. Its blocks are verified when they are read.
#[derive(Debug)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    index: Block<'a>,
}

/// The location of a block, without its trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Handle {
    offset: u64,
    size: u64,
}

/// The entries of a block, verified and uncompressed.
#[derive(Debug)]
struct Block<'a> {
    /// Its position in the file.
    offset: u64,
    entries: Cow<'a, [u8]>,
}

/// Iterates over the entries of a block.
#[derive(Debug)]
struct Walk<'b> {
    block_offset: u64,
    entries: &'b [u8],
    at: usize,
    key: Vec<u8>,
}

impl<'a> Table<'a> {
    /// Reads the footer and the index of a table.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (body, footer) = bytes.split_last_chunk::<FOOTER>().ok_or_else(|| not_a_table(bytes.len()))?;
        let mut handles = footer.strip_suffix(&MAGIC).ok_or_else(|| not_a_table(bytes.len()))?;
        let damaged = |Malformed| Fault::damage(format!("byte {}", body.len()), "the footer is damaged");
        let metaindex = Handle::parse(&mut handles).map_err(damaged)?;
        let index = Handle::parse(&mut handles).map_err(damaged)?;
        let progress = Progress::default();
        let mut meter = Meter::new(&progress, 0);
        verified(body, metaindex, &mut meter)?;
        Ok(Self { bytes: body, index: Block::read(body, index, &mut meter)? })
    }

    /// Visits all entries in the order of the file.
    pub(super) fn each(
        &self,
        meter: &mut Meter<'_>,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut read_to = 0;
        let mut index = self.index.walk();
        while let Some(value) = index.next()? {
            let handle = self.index.handle(value)?;
            if handle.offset < read_to {
                return Err(Fault::damage(handle.name(), "the index lists it after a later block"));
            }
            let block = Block::read(self.bytes, handle, meter)?;
            read_to = handle.offset.saturating_add(handle.size);
            let mut entries = block.walk();
            while let Some(value) = entries.next()? {
                visit(&entries.key, block.value(value))?;
            }
        }
        Ok(())
    }

    /// The value of `key`, lent if its block is not compressed.
    pub(super) fn get(&self, key: &[u8], meter: &mut Meter<'_>) -> Result<Option<Cow<'a, [u8]>>, Fault> {
        let mut index = self.index.walk();
        while let Some(value) = index.next()? {
            if index.key.as_slice() < key {
                continue;
            }
            let block = Block::read(self.bytes, self.index.handle(value)?, meter)?;
            let mut entries = block.walk();
            while let Some(value) = entries.next()? {
                if entries.key == key {
                    return Ok(Some(block.take(value)));
                }
            }
            return Ok(None);
        }
        Ok(None)
    }

    /// Bytes of all blocks together.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl Handle {
    fn parse(bytes: &mut &[u8]) -> Result<Self, Malformed> {
        Ok(Self { offset: varint(bytes)?, size: varint(bytes)? })
    }

    fn name(self) -> String {
        format!("block at byte {}", self.offset)
    }
}

impl<'a> Block<'a> {
    fn read(file: &'a [u8], handle: Handle, meter: &mut Meter<'_>) -> Result<Self, Fault> {
        let (contents, compression) = verified(file, handle, meter)?;
        let contents = match compression {
            0 => Cow::Borrowed(contents),
            1 => Cow::Owned(uncompressed(contents).map_err(|what| Fault::damage(handle.name(), what))?),
            other => {
                return Err(Fault::Data {
                    at: handle.name(),
                    what: format!("it is compressed by method {other}, which is not known (0: none, 1: Snappy)"),
                    way_out: "Save the checkpoint without compression",
                });
            }
        };
        let end =
            entries_end(&contents).ok_or_else(|| Fault::damage(handle.name(), "its restart points are damaged"))?;
        let entries = match contents {
            Cow::Borrowed(contents) => Cow::Borrowed(contents.get(..end).unwrap_or_default()),
            Cow::Owned(mut contents) => {
                contents.truncate(end);
                Cow::Owned(contents)
            }
        };
        Ok(Self { offset: handle.offset, entries })
    }

    fn walk(&self) -> Walk<'_> {
        Walk { block_offset: self.offset, entries: &self.entries, at: 0, key: Vec::new() }
    }

    /// The bytes of a value that [`Walk::next`] gave.
    fn value(&self, value: Range<usize>) -> &[u8] {
        self.entries.get(value).unwrap_or_default()
    }

    fn take(self, value: Range<usize>) -> Cow<'a, [u8]> {
        match self.entries {
            Cow::Borrowed(entries) => Cow::Borrowed(entries.get(value).unwrap_or_default()),
            // A copy of its own size: a value may be a small part of its block.
            Cow::Owned(entries) => Cow::Owned(entries.get(value).unwrap_or_default().to_vec()),
        }
    }

    fn handle(&self, value: Range<usize>) -> Result<Handle, Fault> {
        Handle::parse(&mut self.value(value)).map_err(|Malformed| damaged_entry(self.offset))
    }
}

impl Walk<'_> {
    /// Steps to the next entry: sets `key` to its key, and returns the position of its value.
    fn next(&mut self) -> Result<Option<Range<usize>>, Fault> {
        let mut rest = self.entries.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let size = self.step(&mut rest).map_err(|Malformed| damaged_entry(self.block_offset))?;
        let end = self.entries.len() - rest.len();
        self.at = end;
        Ok(Some(end - size..end))
    }

    /// Takes an entry off the front of `rest`; returns the size of its value.
    fn step(&mut self, rest: &mut &[u8]) -> Result<usize, Malformed> {
        let (shared, unshared, size) = (varint(rest)?, varint(rest)?, varint(rest)?);
        let shared = usize::try_from(shared).map_err(|_too_large| Malformed)?;
        if shared > self.key.len() {
            return Err(Malformed);
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(take(rest, unshared)?);
        Ok(take(rest, size)?.len())
    }
}

fn not_a_table(size: usize) -> Fault {
    Fault::Data {
        at: format!("byte {}", size.saturating_sub(FOOTER)),
        what: "there is no footer of a TensorFlow table: the file is cut off or is not a checkpoint".to_owned(),
        way_out: COPY_AGAIN,
    }
}

fn damaged_entry(block_offset: u64) -> Fault {
    Fault::damage(format!("block at byte {block_offset}"), "one of its entries is damaged")
}

/// The contents of the block at `handle` and its compression, after verifying the checksum.
fn verified<'a>(file: &'a [u8], handle: Handle, meter: &mut Meter<'_>) -> Result<(&'a [u8], u8), Fault> {
    let outside = || Fault::damage(handle.name(), format!("it ends beyond the file: it has {} bytes", handle.size));
    let start = usize::try_from(handle.offset).map_err(|_too_large| outside())?;
    let size = usize::try_from(handle.size).map_err(|_too_large| outside())?;
    let end = size.checked_add(TRAILER).and_then(|length| start.checked_add(length)).ok_or_else(outside)?;
    let block = file.get(start..end).ok_or_else(outside)?;
    let (checked, stored) = block.split_last_chunk::<4>().ok_or_else(outside)?;
    let (&compression, contents) = checked.split_last().ok_or_else(outside)?;
    if meter.masked(checked)? != u32::from_le_bytes(*stored) {
        return Err(Fault::damage(handle.name(), "its checksum does not match: the file is damaged"));
    }
    Ok((contents, compression))
}

/// Decompresses Snappy data, after checking that the claimed size is possible.
fn uncompressed(contents: &[u8]) -> Result<Vec<u8>, String> {
    let damaged = |error: snap::Error| format!("it cannot be uncompressed: {error}");
    let claimed = snap::raw::decompress_len(contents).map_err(damaged)?;
    if claimed / SNAPPY_EXPANDS > contents.len() {
        return Err(format!("it claims to hold {claimed} bytes compressed to {}, which cannot be", contents.len()));
    }
    snap::raw::Decoder::new().decompress_vec(contents).map_err(damaged)
}

/// The end of the entries of a block, before the restart points and their number.
fn entries_end(contents: &[u8]) -> Option<usize> {
    let (before, count) = contents.split_last_chunk::<4>()?;
    let restarts = usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(4)?;
    before.len().checked_sub(restarts)
}
