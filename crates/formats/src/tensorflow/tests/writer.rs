//! Writes tables and protocol buffers for tests of what TensorFlow rarely writes (compressed
//! blocks, other byte orders) or never writes (wrong data under valid checksums).

use super::super::checksum::masked;

/// A field that holds bytes.
pub(super) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field that holds a number.
pub(super) fn number(number: u8, value: u64) -> Vec<u8> {
    [vec![number << 3], varint(value)].concat()
}

pub(super) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A `BundleHeaderProto`.
pub(super) fn header(shards: u64, big_endian: bool) -> Vec<u8> {
    [number(1, shards), number(2, u64::from(big_endian))].concat()
}

/// A `BundleEntryProto` of the whole of a float32 matrix.
pub(super) fn entry(rows: u64, dims: u64, offset: u64, values: &[u8]) -> Vec<u8> {
    let crc = [vec![6 << 3 | 5], masked(values).to_le_bytes().to_vec()].concat();
    [number(1, 1), field(2, &shape(rows, dims)), number(4, offset), number(5, values.len() as u64), crc].concat()
}

pub(super) fn shape(rows: u64, dims: u64) -> Vec<u8> {
    [field(2, &number(1, rows)), field(2, &number(1, dims))].concat()
}

/// A `TensorSliceProto`; `None` is the whole dimension.
pub(super) fn slice(extents: &[Option<(u64, u64)>]) -> Vec<u8> {
    let extent = |extent: &Option<(u64, u64)>| {
        extent.map_or(Vec::new(), |(start, length)| [number(1, start), number(2, length)].concat())
    };
    extents.iter().flat_map(|each| field(1, &extent(each))).collect()
}

/// The entries of a block, no key shortened.
pub(super) fn entries(pairs: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    pairs.iter().flat_map(|(key, value)| raw_entry(0, key, value)).collect()
}

pub(super) fn raw_entry(shared: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
    [varint(shared), varint(key.len() as u64), varint(value.len() as u64), key.to_vec(), value.to_vec()].concat()
}

/// A table of blocks (last key, entries), with valid checksums; Snappy-compressed if `compressed`.
pub(super) fn table(blocks: &[(&[u8], Vec<u8>)], compressed: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut index = Vec::new();
    for (last_key, entries) in blocks {
        index.extend(raw_entry(0, last_key, &add_block(&mut file, entries, compressed)));
    }
    let metaindex = add_block(&mut file, &[], compressed);
    let index = add_block(&mut file, &index, compressed);
    close(file, &metaindex, &index)
}

/// Adds a block; returns its handle.
fn add_block(file: &mut Vec<u8>, entries: &[u8], compressed: bool) -> Vec<u8> {
    let contents = [entries, &0_u32.to_le_bytes(), &1_u32.to_le_bytes()].concat();
    if compressed {
        let contents = snap::raw::Encoder::new().compress_vec(&contents).unwrap();
        return add_raw_block(file, &contents, 1);
    }
    add_raw_block(file, &contents, 0)
}

/// Adds contents as they are under a valid checksum; returns the handle.
pub(super) fn add_raw_block(file: &mut Vec<u8>, contents: &[u8], compression: u8) -> Vec<u8> {
    let handle = [varint(file.len() as u64), varint(contents.len() as u64)].concat();
    let checked = [contents, &[compression]].concat();
    file.extend_from_slice(&checked);
    file.extend_from_slice(&masked(&checked).to_le_bytes());
    handle
}

pub(super) fn close(mut file: Vec<u8>, metaindex: &[u8], index: &[u8]) -> Vec<u8> {
    let mut footer = [metaindex, index].concat();
    footer.resize(40, 0);
    file.extend(footer);
    file.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    file
}
