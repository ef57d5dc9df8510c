//! Valid files of arbitrary content, where a checksum or a compression would stop bytes that are
//! changed at random.

use std::{
    fmt::Write as _,
    io::{Cursor, Read as _, Write as _},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::parts;

const TABLE_MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
const TABLE_FOOTER: usize = 48;
/// The end of a block without keys that may be looked up: one restart point, at 0.
const RESTARTS: [u8; 8] = [0, 0, 0, 0, 1, 0, 0, 0];

/// Returns TensorFlow's table of the blocks among `files`: named `b`, the compression (a digit), and
/// the last key in hexadecimal digits.
pub(crate) fn table(files: &[(String, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    for (name, block) in files {
        let Some((compression, key)) = block_name(name) else { continue };
        let handle = push_block(&mut bytes, block, compression);
        [varint(0), varint(key.len()), varint(handle.len()), key, handle].iter().for_each(|part| index.extend(part));
    }
    index.extend(RESTARTS);
    let metaindex = push_block(&mut bytes, &RESTARTS, 0);
    let mut footer = [metaindex, push_block(&mut bytes, &index, 0)].concat();
    footer.resize(TABLE_FOOTER - TABLE_MAGIC.len(), 0);
    bytes.extend(footer);
    bytes.extend(TABLE_MAGIC);
    bytes
}

/// Returns the blocks of a table as files of [`table`].
pub(crate) fn table_parts(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut footer = bytes.get(bytes.len().checked_sub(TABLE_FOOTER)?..)?;
    take_handle(&mut footer)?;
    let (index, compression) = block(bytes, take_handle(&mut footer)?)?;
    let index = if compression == 1 { snap::raw::Decoder::new().decompress_vec(index).ok()? } else { index.to_vec() };
    let restarts = u32::from_le_bytes(*index.last_chunk()?) as usize;
    let mut entries = index.get(..index.len().checked_sub(4 * restarts + 4)?)?;
    let (mut key, mut files) = (Vec::new(), Vec::new());
    while !entries.is_empty() {
        let (shared, own, value) = (take_varint(&mut entries)?, take_varint(&mut entries)?, take_varint(&mut entries)?);
        key.truncate(shared);
        key.extend_from_slice(entries.split_off(..own)?);
        let mut handle = entries.split_off(..value)?;
        let (block, compression) = block(bytes, take_handle(&mut handle)?)?;
        let mut name = format!("b{compression}");
        key.iter().try_for_each(|byte| write!(name, "{byte:02x}")).ok()?;
        files.push((name, block.to_vec()));
    }
    Some(files)
}

fn block_name(name: &str) -> Option<(u8, Vec<u8>)> {
    let (compression, key) = name.strip_prefix('b')?.split_at_checked(1)?;
    let key = key.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    Some((compression.parse().ok()?, key.collect::<Option<_>>()?))
}

/// Adds a block with its trailer, and returns its handle.
fn push_block(bytes: &mut Vec<u8>, block: &[u8], compression: u8) -> Vec<u8> {
    let handle = [varint(bytes.len()), varint(block.len())].concat();
    let start = bytes.len();
    bytes.extend_from_slice(block);
    bytes.push(compression);
    let sum = crc32c::crc32c(&bytes[start..]).rotate_right(15).wrapping_add(0xa282_ead8);
    bytes.extend(sum.to_le_bytes());
    handle
}

fn block(bytes: &[u8], (offset, size): (usize, usize)) -> Option<(&[u8], u8)> {
    let block = bytes.get(offset..offset.checked_add(size)?)?;
    Some((block, *bytes.get(offset + size)?))
}

fn take_handle(bytes: &mut &[u8]) -> Option<(usize, usize)> {
    Some((take_varint(bytes)?, take_varint(bytes)?))
}

fn take_varint(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Returns a zip archive of `files`. Those with an odd number of bytes are deflated.
pub(crate) fn archive(files: &[(String, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let method = if bytes.len() % 2 == 1 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options =
            SimpleFileOptions::default().compression_method(method).last_modified_time(zip::DateTime::default());
        // A name may be there already.
        if archive.start_file(name.as_str(), options).is_ok() {
            archive.write_all(bytes).ok();
        }
    }
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Returns the members of a zip archive as one input.
pub(crate) fn members(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut files = Vec::new();
    for place in 0..archive.len() {
        let mut member = archive.by_index(place).ok()?;
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).ok()?;
        let name = member.name().ok()?.into_owned();
        if member.is_file() {
            files.push((name, bytes));
        }
    }
    Some(parts::join(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
}

/// Corrects the checksums of the chunks of a PNG file.
pub(crate) fn png(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 8;
    while bytes.starts_with(b"\x89PNG")
        && let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).map(u32::from_be_bytes)
        && let Some(end) = at.checked_add(8 + length as usize).filter(|end| end + 4 <= bytes.len())
    {
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.sum().to_be_bytes());
        at = end + 4;
    }
    bytes
}

/// How a tour's file marks bytes that it packs.
const DEFLATED: &str = "deflated: \"";

/// Returns the text of a tour, the first of `files`, in which `@N` stands for the bytes of the N-th
/// file, packed.
pub(crate) fn tour(files: &[(String, &[u8])]) -> Vec<u8> {
    let Some(((_, text), packed)) = files.split_first() else { return Vec::new() };
    let text = String::from_utf8_lossy(text);
    let mut whole = String::new();
    let mut pieces = text.split(DEFLATED);
    whole.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        whole.push_str(DEFLATED);
        let (content, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let number = content.strip_prefix('@').and_then(|number| number.parse::<usize>().ok());
        match number.and_then(|number| packed.get(number)) {
            Some((_, bytes)) => whole.push_str(&deflated(bytes)),
            None => whole.push_str(content),
        }
        whole.push('"');
        whole.push_str(rest);
    }
    whole.into_bytes()
}

/// Returns the text of a tour and what it packs as one input.
pub(crate) fn tour_parts(text: &str) -> Vec<u8> {
    let mut pieces = text.split(DEFLATED);
    let (mut whole, mut packed) = (pieces.next().unwrap_or_default().to_owned(), Vec::new());
    for piece in pieces {
        let (content, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let bytes = BASE64_STANDARD.decode(content).unwrap_or_default();
        let mut inflated = Vec::new();
        DeflateDecoder::new(&bytes[..]).read_to_end(&mut inflated).ok();
        write!(whole, "{DEFLATED}@{}\"{rest}", packed.len()).ok();
        packed.push((format!("p{}", packed.len()), inflated));
    }
    let packed = packed.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    parts::join([("tour.ron", whole.as_bytes())].into_iter().chain(packed))
}

fn deflated(bytes: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let deflated = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
    BASE64_STANDARD.encode(deflated)
}
