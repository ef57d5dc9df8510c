//! The slices of a partitioned variable: what each covers, the keys of their records, and
//! assembling the whole.
//!
//! A slice is a start and a length in every dimension; a length of -1 means the whole dimension.
//! Its record's key is TensorFlow's `EncodeTensorNameSlice` in the order-preserving code of
//! `OrderedCode`: a zero, the tensor's name, the rank, then start and length of each dimension.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::proto::{Malformed, fields};

/// A part of a tensor: start and length in each dimension, as in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice(Vec<(i64, i64)>);

/// The rows and columns of a matrix that a slice covers.
pub(super) type Area = [Range<usize>; 2];

/// The stored values of an area, row-major.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) area: Area,
    pub(super) bytes: Cow<'a, [u8]>,
}

impl Slice {
    /// Reads a `TensorSliceProto`.
    pub(super) fn parse(message: &[u8]) -> Result<Self, Malformed> {
        let mut extents = Vec::new();
        for field in fields(message) {
            let field = field?;
            if field.number == 1 {
                extents.push(extent(field.value.bytes()?)?);
            }
        }
        Ok(Self(extents))
    }

    /// The key of the record that holds this slice of the tensor called `name`.
    pub(super) fn key(&self, name: &[u8]) -> Vec<u8> {
        let mut key = Vec::new();
        push_number(&mut key, 0);
        push_string(&mut key, name);
        push_number(&mut key, self.0.len() as u64);
        for &(start, length) in &self.0 {
            push_signed(&mut key, start);
            push_signed(&mut key, length);
        }
        key
    }

    /// The area of a matrix of that shape that the slice covers. Returns `None` if it is not within
    /// it.
    pub(super) fn area(&self, rows: usize, dims: usize) -> Option<Area> {
        let [row, column] = self.0.as_slice() else { return None };
        Some([range(*row, rows)?, range(*column, dims)?])
    }
}

fn extent(message: &[u8]) -> Result<(i64, i64), Malformed> {
    let (mut start, mut length) = (0, -1);
    for field in fields(message) {
        let field = field?;
        match field.number {
            1 => start = field.value.signed()?,
            2 => length = field.value.signed()?,
            _ => {}
        }
    }
    Ok((start, length))
}

fn range((start, length): (i64, i64), whole: usize) -> Option<Range<usize>> {
    if length == -1 {
        return (start == 0).then_some(0..whole);
    }
    let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
    let end = start.checked_add(length)?;
    (end <= whole).then_some(start..end)
}

/// `OrderedCode::WriteNumIncreasing`: the number of bytes, then these bytes in big-endian order.
fn push_number(key: &mut Vec<u8>, value: u64) {
    let leading = value.leading_zeros() as usize / 8;
    key.push((8 - leading) as u8);
    key.extend_from_slice(&value.to_be_bytes()[leading..]);
}

/// `OrderedCode::WriteString`: 0 and 255 are escaped, the bytes 0 and 1 end it.
fn push_string(key: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            0x00 => key.extend_from_slice(&[0x00, 0xff]),
            0xff => key.extend_from_slice(&[0xff, 0x00]),
            other => key.push(other),
        }
    }
    key.extend_from_slice(&[0x00, 0x01]);
}

/// `OrderedCode::WriteSignedNumIncreasing`: two's complement in big-endian order, in as many bytes
/// as needed at 7 bits per byte minus the sign; as many leading bits are flipped as there are
/// bytes, so that the bytes sort as the numbers do.
fn push_signed(key: &mut Vec<u8>, value: i64) {
    let magnitude = if value < 0 { !value } else { value }.cast_unsigned();
    let bits = 64 - magnitude.leading_zeros() as usize;
    let length = bits / 7 + 1;
    let header = !(u16::MAX >> length);
    let coded = (i128::from(value).cast_unsigned() << (128 - 8 * length)) ^ (u128::from(header) << 112);
    key.extend_from_slice(&coded.to_be_bytes()[..length]);
}

/// Checks that `areas` cover a matrix of that shape, each value exactly once.
///
/// Sweeps over the rows and keeps the column ranges of the areas that it is within.
pub(super) fn check_cover(rows: usize, dims: usize, areas: &[Area]) -> Result<(), String> {
    let size = |area: &Area| area[0].len() as u128 * area[1].len() as u128;
    let covered = areas.iter().map(size).sum::<u128>();
    if covered != rows as u128 * dims as u128 {
        return Err(format!("its slices hold {covered} values, but its shape is {rows} x {dims}"));
    }
    // If one area ends and another begins in the same row, the end comes first.
    let mut events: Vec<(usize, bool, &Range<usize>)> = areas
        .iter()
        .filter(|area| size(area) > 0)
        .flat_map(|[row, column]| [(row.start, true, column), (row.end, false, column)])
        .collect();
    events.sort_unstable_by_key(|(row, begins, column)| (*row, *begins, column.start));
    let mut within: BTreeMap<usize, usize> = BTreeMap::new();
    for (row, begins, column) in events {
        if !begins {
            within.remove(&column.start);
            continue;
        }
        // Those within do not overlap, so the last that starts before this one's end is the only
        // one that could.
        if within.range(..column.end).next_back().is_some_and(|(_, end)| *end > column.start) {
            return Err(format!("two of its slices hold the value in row {row}, column {}", column.start));
        }
        within.insert(column.start, column.end);
    }
    Ok(())
}

/// Assembles a matrix with `dims` columns of values of `size` bytes from pieces that cover it.
pub(super) fn assemble(dims: usize, size: usize, pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut whole = vec![0; pieces.iter().map(|piece| piece.bytes.len()).sum()];
    for Piece { area: [rows, columns], bytes } in pieces {
        let width = columns.len() * size;
        if width == 0 {
            continue;
        }
        for (row, values) in rows.clone().zip(bytes.chunks_exact(width)) {
            let start = (row * dims + columns.start) * size;
            if let Some(place) = whole.get_mut(start..start + width) {
                place.copy_from_slice(values);
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Keys that TensorFlow wrote, copied from its files.
    #[test]
    fn keys_are_those_that_tensorflow_writes() {
        #[track_caller]
        fn check(name: &str, slice: &[(i64, i64)], expected: &[u8]) {
            assert_eq!(Slice(slice.to_vec()).key(name.as_bytes()), expected);
        }
        check("bias", &[(0, -1)], b"\x00bias\x00\x01\x01\x01\x80\x7f");
        check("word_embedding", &[(0, 34), (0, 20)], b"\x00word_embedding\x00\x01\x01\x02\x80\xa2\x80\x94");
        check("word_embedding", &[(34, 33), (0, 20)], b"\x00word_embedding\x00\x01\x01\x02\xa2\xa1\x80\x94");
        check("word_embedding", &[(67, 33), (0, 20)], b"\x00word_embedding\x00\x01\x01\x02\xc0\x43\xa1\x80\x94");
    }

    /// From the definition: one byte carries 6 bits and the sign, each further byte 7 bits more.
    #[test]
    fn signed_numbers_take_the_bytes_that_they_need() {
        #[track_caller]
        fn check(value: i64, expected: &[u8]) {
            let mut key = Vec::new();
            push_signed(&mut key, value);
            assert_eq!(key, expected, "{value}");
        }
        check(63, &[0xbf]);
        check(64, &[0xc0, 0x40]);
        check(8191, &[0xdf, 0xff]);
        check(8192, &[0xe0, 0x20, 0x00]);
        check(-64, &[0x40]);
        check(-65, &[0x3f, 0xbf]);
        check(i64::MAX, &[0xff, 0xc0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        check(i64::MIN, &[0x00, 0x3f, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn slices_cover_each_value_once() {
        #[track_caller]
        fn check(rows: usize, dims: usize, areas: &[Area], expected: Result<(), &str>) {
            assert_eq!(check_cover(rows, dims, areas), expected.map_err(str::to_owned));
        }
        check(0, 4, &[[0..0, 0..4]], Ok(()));
        check(2, 2, &[[0..1, 0..2], [1..2, 0..2]], Ok(()));
        check(3, 3, &[[0..2, 0..1], [0..1, 1..3], [1..3, 2..3], [2..3, 0..2], [1..2, 1..2]], Ok(()));
        check(2, 2, &[[0..1, 0..2]], Err("its slices hold 2 values, but its shape is 2 x 2"));
        check(2, 2, &[[0..1, 0..2], [0..1, 0..2]], Err("two of its slices hold the value in row 0, column 0"));
        check(2, 4, &[[0..2, 0..3], [0..1, 2..4]], Err("two of its slices hold the value in row 0, column 2"));
    }

    proptest! {
        /// The code's purpose: keys sort as the numbers do.
        #[test]
        fn slice_keys_keep_their_order(shift in 0..63_u32, other_shift in 0..63_u32, a: i64, b: i64) {
            let (a, b) = (a >> shift, b >> other_shift);
            let key = |value| { let mut key = Vec::new(); push_signed(&mut key, value); key };
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            let key = |value| { let mut key = Vec::new(); push_number(&mut key, value); key };
            let (a, b) = (a.cast_unsigned(), b.cast_unsigned());
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        /// Against counting every value.
        #[test]
        fn slice_sweep_agrees_with_counting(
            corners in proptest::collection::vec((0..4_usize, 0..4_usize, 0..4_usize, 0..4_usize), 0..6)
        ) {
            let area = |&(a, b, c, d): &(usize, usize, usize, usize)| [a.min(b)..a.max(b), c.min(d)..c.max(d)];
            let areas: Vec<Area> = corners.iter().map(area).collect();
            let count = |row, column| areas.iter().filter(|[r, c]| r.contains(&row) && c.contains(&column)).count();
            let once = (0..3).all(|row| (0..3).all(|column| count(row, column) == 1));
            prop_assert_eq!(check_cover(3, 3, &areas).is_ok(), once);
        }

        /// A matrix cut at any row and column is put together as it was.
        #[test]
        fn slices_make_the_whole_matrix_again(
            rows in 0..6_usize, dims in 0..6_usize, row in 0..6_usize, column in 0..6_usize, size in 1..4_usize
        ) {
            let (row, column) = (row.min(rows), column.min(dims));
            let whole: Vec<u8> = (0..rows * dims * size).map(|value| value as u8).collect();
            let areas = [[0..row, 0..column], [row..rows, 0..column], [0..rows, column..dims]];
            let cut = |area: &Area| {
                let values = |r| &whole[(r * dims + area[1].start) * size..(r * dims + area[1].end) * size];
                let bytes = area[0].clone().flat_map(values).copied().collect();
                Piece { area: area.clone(), bytes: Cow::Owned(bytes) }
            };
            let pieces: Vec<Piece<'_>> = areas.iter().map(cut).collect();
            prop_assert_eq!(check_cover(rows, dims, &areas), Ok(()));
            prop_assert_eq!(assemble(dims, size, &pieces), whole);
        }
    }
}
