//! Blosc 1, the container in which zarr packs chunks by default in version 2.
//!
//! A header says how many bytes come out, how long blocks are, and how they are packed. Each block
//! begins where the table behind the header says. It is one stream, or one for each byte of a value,
//! and each stream has its length before it. What comes out of a block may be shuffled: all first
//! bytes of the values, then all second ones, and so on, or the same with bits.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use ruzstd::decoding::StreamingDecoder;

/// The bytes that `chunk` was packed from, if they are at most `limit`; otherwise why it cannot be
/// read.
pub(super) fn decoded(chunk: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let header = Header::of(chunk)?;
    if header.bytes > limit {
        return Err(format!("{} bytes come out of it, and {limit} are in a chunk", header.bytes));
    }
    if header.flags & AS_IT_IS != 0 {
        return Ok(chunk.get(HEADER..HEADER + header.bytes).ok_or(SHORT)?.to_vec());
    }
    let mut bytes = Vec::new();
    let (mut packed, mut shuffled) = (Vec::new(), Vec::new());
    for (number, start) in header.starts(chunk)?.iter().enumerate() {
        let size = header.block.min(header.bytes - number * header.block);
        let start = u32::from_le_bytes(*start) as usize;
        let block = chunk.get(start..).filter(|_| start >= HEADER).ok_or(SHORT)?;
        packed.clear();
        header.unpack(block, size, &mut packed)?;
        header.unshuffle(&packed, &mut shuffled);
        bytes.extend_from_slice(&shuffled);
    }
    Ok(bytes)
}

/// What the header says.
struct Header {
    flags: u8,
    /// Bytes of a value.
    item: usize,
    /// Bytes that come out.
    bytes: usize,
    /// Bytes that come out of a block. The last one may have fewer.
    block: usize,
}

/// Bytes of the header.
const HEADER: usize = 16;

/// Flags: bytes or bits are shuffled, nothing is packed, blocks are one stream.
const BYTES_SHUFFLED: u8 = 1;
const AS_IT_IS: u8 = 1 << 1;
const BITS_SHUFFLED: u8 = 1 << 2;
const ONE_STREAM: u8 = 1 << 4;

/// Blocks with longer values, or fewer of them, are one stream whatever the flags say.
const MAX_STREAMS: usize = 16;
const MIN_VALUES: usize = 128;

const SHORT: &str = "it is cut short";

impl Header {
    fn of(chunk: &[u8]) -> Result<Self, String> {
        let ([version, _, flags, item, rest @ ..], _) = chunk.split_first_chunk::<HEADER>().ok_or(SHORT)?;
        // Version 2 is that of Blosc 1, and later ones are of Blosc 2.
        if !(1..=2).contains(version) {
            return Err(format!("it is of version {version} of the format of Blosc, which is not read"));
        }
        let [bytes, block, all] = [0, 4, 8].map(|at| u32::from_le_bytes([0, 1, 2, 3].map(|byte| rest[at + byte])));
        if all as usize > chunk.len() {
            return Err(SHORT.to_owned());
        }
        if block == 0 && bytes > 0 {
            return Err("its blocks are empty".to_owned());
        }
        Ok(Self { flags: *flags, item: usize::from(*item).max(1), bytes: bytes as usize, block: block as usize })
    }

    /// Where the blocks begin.
    fn starts<'a>(&self, chunk: &'a [u8]) -> Result<&'a [[u8; 4]], String> {
        let blocks = if self.bytes == 0 { 0 } else { self.bytes.div_ceil(self.block) };
        let starts = chunk[HEADER..].as_chunks::<4>().0.get(..blocks);
        starts.ok_or_else(|| SHORT.to_owned())
    }

    /// Appends what `block` was packed from, which are `size` bytes.
    fn unpack(&self, mut block: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let is_split = self.flags & ONE_STREAM == 0
            && self.item <= MAX_STREAMS
            && size / self.item >= MIN_VALUES
            && size == self.block;
        let streams = if is_split { self.item } else { 1 };
        let length = size / streams;
        for _ in 0..streams {
            let (packed, rest) = block.split_first_chunk::<4>().ok_or(SHORT)?;
            let (stream, rest) = rest.split_at_checked(u32::from_le_bytes(*packed) as usize).ok_or(SHORT)?;
            block = rest;
            if stream.len() == length {
                out.extend_from_slice(stream);
            } else {
                self.unpack_stream(stream, length, out)?;
            }
        }
        if out.len() == size { Ok(()) } else { Err("its blocks are no multiple of its values".to_owned()) }
    }

    /// Appends the `length` bytes that `stream` was packed from.
    fn unpack_stream(&self, stream: &[u8], length: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let start = out.len();
        match self.flags >> 5 {
            0 => unpack_lz(stream, length, out).ok_or("a block of blosclz is damaged")?,
            1 => {
                out.resize(start + length, 0);
                let found = lz4_flex::block::decompress_into(stream, &mut out[start..]);
                out.truncate(start + found.map_err(|error| error.to_string())?);
            }
            2 => {
                // Snappy says how long it is, and must be given as much room.
                let known = snap::raw::decompress_len(stream).map_err(|error| error.to_string())?;
                out.resize(start + known.min(length), 0);
                let found = snap::raw::Decoder::new().decompress(stream, &mut out[start..]);
                out.truncate(start + found.map_err(|error| error.to_string())?);
            }
            3 => {
                let mut unpacked = ZlibDecoder::new(stream).take(length as u64 + 1);
                unpacked.read_to_end(out).map_err(|error| error.to_string())?;
            }
            4 => {
                let unpacked = StreamingDecoder::new(stream).map_err(|error| error.to_string())?;
                unpacked.take(length as u64 + 1).read_to_end(out).map_err(|error| error.to_string())?;
            }
            other => return Err(format!("its blocks are packed in a way that is not known ({other})")),
        }
        let found = out.len() - start;
        if found == length { Ok(()) } else { Err(format!("{found} bytes come out of a block instead of {length}")) }
    }

    /// Puts the bytes of a block in the order of the values.
    fn unshuffle(&self, block: &[u8], out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(block);
        let (item, values) = (self.item, block.len() / self.item);
        if self.flags & BYTES_SHUFFLED != 0 && item > 1 {
            for (byte, plane) in block.chunks_exact(values.max(1)).take(item).enumerate() {
                out.iter_mut().skip(byte).step_by(item).zip(plane).for_each(|(to, from)| *to = *from);
            }
        } else if self.flags & BITS_SHUFFLED != 0 && values > 0 && values % 8 == 0 {
            // Other numbers of values are not shuffled.
            out[..values * item].fill(0);
            for (plane, bits) in block.chunks_exact(values / 8).take(8 * item).enumerate() {
                let (byte, bit) = (plane / 8, plane % 8);
                for (eight, bits) in bits.iter().enumerate() {
                    for value in (0..8).filter(|value| bits >> value & 1 == 1) {
                        out[(8 * eight + value) * item + byte] |= 1 << bit;
                    }
                }
            }
        }
    }
}

/// Appends the `length` bytes that `stream` was packed from by blosclz. Returns `None` if it is
/// damaged.
///
/// A byte below 32 is followed by that many bytes and one more, as they are. Any other begins a
/// repetition of what is already there: three bits of length, five bits of distance, more bytes of
/// length as long as they are full, and eight bits of distance. If all bits of the distance are set,
/// two bytes follow that are added to it.
fn unpack_lz(stream: &[u8], length: usize, out: &mut Vec<u8>) -> Option<()> {
    const FARTHEST: usize = (1 << 13) - 1;
    let (start, mut rest) = (out.len(), stream.iter());
    // The bits of length of the first byte are a version.
    let mut control = Some(rest.next()? & 31);
    while let Some(code) = control {
        let left = length - (out.len() - start);
        let (mut count, high) = (usize::from(code >> 5), usize::from(code & 31) << 8);
        if count == 0 {
            let literal = rest.as_slice().get(..usize::from(code) + 1).filter(|literal| literal.len() <= left)?;
            out.extend_from_slice(literal);
            rest = rest.as_slice()[literal.len()..].iter();
        } else {
            if count == 7 {
                loop {
                    let more = *rest.next()?;
                    count += usize::from(more);
                    if more != 255 {
                        break;
                    }
                }
            }
            count += 2;
            let mut distance = high + usize::from(*rest.next()?);
            if distance == FARTHEST {
                distance += usize::from(u16::from_be_bytes([*rest.next()?, *rest.next()?]));
            }
            let from = (out.len() - start).checked_sub(distance + 1).filter(|_| count <= left)? + start;
            // What is repeated may be what is just appended.
            (from..from + count).for_each(|at| out.push(out[at]));
        }
        control = rest.next().copied();
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A chunk of one block with this packed stream.
    fn chunk(flags: u8, item: u8, bytes: u32, stream: &[u8]) -> Vec<u8> {
        let start = HEADER as u32 + 4;
        let all = start + 4 + stream.len() as u32;
        let mut chunk = vec![2, 1, flags | ONE_STREAM, item];
        [bytes, bytes, all, start, stream.len() as u32].iter().for_each(|number| chunk.extend(number.to_le_bytes()));
        chunk.extend(stream);
        chunk
    }

    /// Only old files have Snappy: numcodecs is built without it. The streams are those of the crate.
    #[test]
    fn snappy_is_read() {
        let text = b"abcabcabcabcabcabcabcabcabcabcabcabc".repeat(9);
        let stream = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        assert_eq!(decoded(&chunk(2 << 5, 1, text.len() as u32, &stream), 1 << 20).unwrap(), text);
    }

    /// The examples follow from the description of the format.
    #[test]
    fn repetitions_of_blosclz_overlap_and_reach_far() {
        let read = |stream: &[u8], length| {
            let mut out = vec![9];
            unpack_lz(stream, length, &mut out).map(|()| out[1..].to_vec())
        };
        assert_eq!(read(&[0x22, 1, 2, 3], 3).unwrap(), [1, 2, 3]);
        assert_eq!(read(&[0x20, 7, 0x20, 0], 4).unwrap(), [7; 4]);
        assert_eq!(read(&[0x20, 7, 0xE0, 255, 1, 0, 0, 8], 267).unwrap(), [vec![7; 266], vec![8]].concat());
        let mut far = vec![0x20, 5, 0xE0];
        far.extend([255; 32]);
        far.extend([31, 0, 0x20 | 31, 255, 0, 1]);
        let length = 1 + 7 + 32 * 255 + 31 + 2;
        assert_eq!(read(&far, length + 3).unwrap(), vec![5; length + 3]);
        for damaged in [&[0x20_u8, 7, 0x20, 1][..], &[0x22, 1], &[], &[0x20, 7, 0xE0, 255], &[0x20, 7, 0x3F, 255, 0]] {
            assert_eq!(read(damaged, 9), None, "{damaged:?}");
        }
        assert_eq!(read(&[0x22, 1, 2, 3], 2), None, "too long");
    }

    #[test]
    fn chunks_that_promise_too_much_are_refused() {
        let refused = |chunk: &[u8]| decoded(chunk, 1000).unwrap_err();
        assert!(refused(&chunk(0, 1, 1001, &[0x20, 7])).contains("1001 bytes come out"));
        assert_eq!(refused(&chunk(0, 1, 9, &[0x20, 7])), "1 bytes come out of a block instead of 9");
        assert!(refused(&chunk(7 << 5, 1, 9, &[0x20, 7])).contains("not known (7)"));
        let whole = chunk(0, 1, 2, &[0x21, 7, 8]);
        // A stream as long as what comes out of it is not packed.
        assert!(decoded(&whole, 1000).is_ok());
        for length in 0..whole.len() {
            assert!(decoded(&whole[..length], 1000).is_err(), "{length}");
        }
        let mut newer = whole.clone();
        newer[0] = 5;
        assert!(refused(&newer).contains("version 5"));
        let mut empty = whole;
        empty[8..12].fill(0);
        assert!(refused(&empty).contains("blocks are empty"));
    }

    proptest! {
        /// Any chunk is read or refused, and never is more written than was allowed.
        #[test]
        fn any_chunk_is_read_or_refused(
            mut chunk in prop::collection::vec(any::<u8>(), 0..400), flags in any::<u8>(), sizes in prop::array::uniform3(0_u32..300)
        ) {
            if let Some(header) = chunk.first_chunk_mut::<20>() {
                header[0] = 2;
                header[2] = flags;
                header[3] %= 20;
                let starts = [sizes[0], sizes[1], 0, sizes[2]];
                header[4..].as_chunks_mut::<4>().0.iter_mut().zip(starts).for_each(|(to, from)| *to = from.to_le_bytes());
            }
            if let Ok(bytes) = decoded(&chunk, 200) {
                prop_assert!(bytes.len() <= 200);
            }
        }
    }
}
