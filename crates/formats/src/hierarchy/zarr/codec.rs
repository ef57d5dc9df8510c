//! How chunks are packed.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use super::{blosc, meta::Kind};

/// A way to pack bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Zlib,
    Zstd,
    Blosc,
    /// Four bytes of checksum (CRC-32C) at the end.
    Checksum,
}

/// What `stored` was before it was packed by `codecs` one after the other, if it is at most `limit`
/// bytes; otherwise why it cannot be read.
pub(super) fn decoded(codecs: &[Codec], stored: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let mut bytes = stored.to_vec();
    for codec in codecs.iter().rev() {
        bytes = match codec {
            Codec::Gzip => unpacked(MultiGzDecoder::new(&bytes[..]), limit)?,
            Codec::Zlib => unpacked(ZlibDecoder::new(&bytes[..]), limit)?,
            Codec::Zstd => {
                let mut decoder = StreamingDecoder::new(&bytes[..]).map_err(|error| error.to_string())?;
                let unpacked = unpacked(&mut decoder, limit)?;
                let is_same = |sum| decoder.decoder.get_calculated_checksum() == Some(sum);
                if !decoder.decoder.get_checksum_from_data().is_none_or(is_same) {
                    return Err(CHECKSUM.to_owned());
                }
                unpacked
            }
            Codec::Blosc => blosc::decoded(&bytes, limit)?,
            Codec::Checksum => {
                let (values, sum) = bytes.split_last_chunk().ok_or("it is cut short")?;
                if crc32c::crc32c(values) != u32::from_le_bytes(*sum) {
                    return Err(CHECKSUM.to_owned());
                }
                let end = values.len();
                bytes.truncate(end);
                bytes
            }
        };
    }
    Ok(bytes)
}

const CHECKSUM: &str = "its checksum does not fit";

fn unpacked(packed: impl Read, limit: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    packed.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > limit { Err("it is longer than a chunk".to_owned()) } else { Ok(bytes) }
}

/// The texts of a chunk: their number, then for each its length and its UTF-8. Returns `None` if it
/// is cut short.
pub(super) fn texts(mut chunk: &[u8]) -> Option<Vec<&str>> {
    let next = |chunk: &mut &[u8]| {
        let (length, rest) = chunk.split_first_chunk::<4>()?;
        *chunk = rest;
        Some(u32::from_le_bytes(*length) as usize)
    };
    let count = next(&mut chunk)?;
    let mut texts = Vec::with_capacity(count.min(chunk.len() / 4));
    for _ in 0..count {
        let length = next(&mut chunk)?;
        let (text, rest) = chunk.split_at_checked(length)?;
        texts.push(std::str::from_utf8(text).ok()?);
        chunk = rest;
    }
    Some(texts)
}

/// A text of a fixed length, without its padding.
pub(super) fn text(kind: Kind, big_endian: bool, value: &[u8]) -> String {
    if kind == Kind::Bytes {
        let end = value.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        return String::from_utf8_lossy(&value[..end]).into_owned();
    }
    let point = |point: &[u8; 4]| if big_endian { u32::from_be_bytes(*point) } else { u32::from_le_bytes(*point) };
    let points: Vec<u32> = value.as_chunks::<4>().0.iter().map(point).collect();
    let end = points.iter().rposition(|&point| point != 0).map_or(0, |last| last + 1);
    let character = |&point: &u32| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
    points[..end].iter().map(character).collect()
}
