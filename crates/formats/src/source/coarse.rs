//! Dimensions for which a number type is too coarse.
//!
//! A file of `f32` does not show how many digits its numbers had before. If a dimension is so far
//! from zero that there are few `f32` between its least and its greatest value, some digits were
//! probably lost, and rows that differed are now equal. Integers that are spread wider than 2^53
//! are rounded when they are read as `f64`.

use parallax_embedding::{Cancelled, Dtype, Progress, Vectors};
use rayon::prelude::*;

/// A dimension with fewer `f32` than this between its least and greatest value is coarse.
const FEW: f32 = 256.0;

/// A dimension counts if its spread is at least this part of the widest one's: a smaller spread
/// does not change a picture.
const COUNTS: f32 = 1e-3;

/// The number of rows that are examined first. Only dimensions that are coarse in them are read in
/// full.
const SAMPLE: usize = 1000;

/// The coarse dimensions that count, and the first of them with its least and greatest value.
pub(super) struct Coarse {
    pub(super) count: usize,
    pub(super) first: usize,
    pub(super) range: [f32; 2],
}

/// Finds coarse dimensions. Returns `None` if there are none, or the numbers are not `f32`.
pub(super) fn find(vectors: &Vectors, progress: &Progress) -> Result<Option<Coarse>, Cancelled> {
    let (rows, dims) = (vectors.rows(), vectors.dims());
    if vectors.dtype() != Dtype::F32 || dims == 0 || rows == 0 {
        return Ok(None);
    }
    let all: Vec<usize> = (0..dims).collect();
    let mut ranges = vec![EMPTY; dims];
    let mut buffer = Vec::new();
    for row in (0..rows).step_by(rows.div_ceil(SAMPLE).max(1)) {
        widen(&mut ranges, vectors.row(row, &mut buffer), &all);
    }
    let suspects: Vec<usize> = all.into_iter().filter(|&dim| is_coarse(ranges[dim])).collect();
    if suspects.is_empty() {
        return Ok(None);
    }
    let of_block = |buffer: &mut Vec<f32>, range: std::ops::Range<usize>| {
        progress.check()?;
        let mut ranges = vec![EMPTY; suspects.len()];
        vectors.each_row(range, buffer).for_each(|row| widen(&mut ranges, row, &suspects));
        Ok(ranges)
    };
    let of_blocks: Vec<Vec<[f32; 2]>> =
        vectors.blocks().into_par_iter().map_init(Vec::new, of_block).collect::<Result<_, Cancelled>>()?;
    for (at, &dim) in suspects.iter().enumerate() {
        let of_dim = of_blocks.iter().map(|ranges| ranges[at]);
        ranges[dim] = of_dim.fold(EMPTY, |[min, max], [low, high]| [min.min(low), max.max(high)]);
    }
    let widest = ranges.iter().map(|[min, max]| max - min).fold(0.0, f32::max);
    let counts = |&&dim: &&usize| is_coarse(ranges[dim]) && ranges[dim][1] - ranges[dim][0] >= COUNTS * widest;
    let coarse: Vec<usize> = suspects.iter().filter(counts).copied().collect();
    Ok(coarse.first().map(|&first| Coarse { count: coarse.len(), first, range: ranges[first] }))
}

/// The dimensions in which different integers become one `f64`, even less an origin.
pub(super) fn merged(vectors: &Vectors, progress: &Progress) -> Result<Vec<usize>, Cancelled> {
    /// Integers up to this size are exact as `f64`.
    const EXACT: f64 = (1_u64 << 53) as f64;
    let (rows, dims) = (vectors.rows(), vectors.dims());
    if !matches!(vectors.dtype(), Dtype::I64 | Dtype::U64) || dims == 0 || rows == 0 {
        return Ok(Vec::new());
    }
    let relative = vectors.relative();
    let of_block = |buffer: &mut Vec<f64>, range: std::ops::Range<usize>| {
        progress.check()?;
        let mut is_wide = vec![false; dims];
        relative
            .each_row(range, buffer)
            .for_each(|row| is_wide.iter_mut().zip(row).for_each(|(is_wide, x)| *is_wide |= x.abs() > EXACT));
        Ok(is_wide)
    };
    let of_blocks: Vec<Vec<bool>> =
        vectors.blocks().into_par_iter().map_init(Vec::new, of_block).collect::<Result<_, Cancelled>>()?;
    let suspects = (0..dims).filter(|&dim| of_blocks.iter().any(|is_wide| is_wide[dim]));
    let merges = |dim: usize| {
        progress.check()?;
        let mut buffer = Vec::<f64>::new();
        let mut column: Vec<(f64, [u8; 8])> = (0..rows)
            .map(|row| (relative.row_as(row, &mut buffer)[dim], vectors.raw(row..row + 1).as_chunks().0[dim]))
            .collect();
        column.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Ok(column.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1))
    };
    suspects.filter_map(|dim| merges(dim).map(|merges| merges.then_some(dim)).transpose()).collect()
}

/// The range of no values.
const EMPTY: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

fn widen(ranges: &mut [[f32; 2]], row: &[f32], dims: &[usize]) {
    for ([min, max], &dim) in ranges.iter_mut().zip(dims) {
        let value = row[dim];
        if value.is_finite() {
            (*min, *max) = (min.min(value), max.max(value));
        }
    }
}

fn is_coarse([min, max]: [f32; 2]) -> bool {
    let size = min.abs().max(max.abs());
    min < max && max - min < FEW * (size - size.next_down())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[track_caller]
    fn check(columns: &[fn(f32) -> f32], rows: u16, expected: Option<(usize, usize)>) {
        let values = (0..rows).flat_map(|row| columns.iter().map(move |of| of(f32::from(row)))).collect();
        let vectors = Vectors::from_f32(rows.into(), columns.len(), values).unwrap();
        let found = find(&vectors, &Progress::default()).unwrap();
        assert_eq!(found.map(|coarse| (coarse.count, coarse.first)), expected);
    }

    #[test]
    fn coarse_dimensions_are_those_with_few_f32_in_between() {
        check(&[|row| row / 100.0, |row| 1e7 + row % 50.0], 100, Some((1, 1)));
        check(&[|row| 1e7 + row % 50.0, |row| 2e7 + row % 99.0], 5000, Some((2, 0)));
        check(&[|row| 1.7e9 + 128.0 * (row % 4.0)], 20, Some((1, 0)));
        check(&[|row| row - 50.0], 100, None);
        check(&[|row| 1000.0 + row / 10.0], 100, None);
        // Constant, or too narrow beside another to be seen.
        check(&[|_| 1e7], 100, None);
        check(&[|row| 1e7 + row % 50.0, |row| 1e6 * row], 100, None);
        // Coarse in the sample alone.
        check(&[|row| if row == 4999.0 { 0.0 } else { 1e7 + row % 50.0 }], 5000, None);
        check(&[|row| if row == 3.0 { f32::NAN } else { 1e7 + row % 50.0 }], 100, Some((1, 0)));
    }

    /// Around 2^62 an `f64` holds every 1024th integer, around the median all of them.
    #[test]
    fn merged_dimensions_have_different_integers_of_one_f64() {
        let far = 1_i64 << 62;
        let rows = [[far, far, 0], [far + 1, 0, 1 << 53], [far + 2, 1, 1], [far - 1, far + 1024, 2], [far, 3, -5]];
        let bytes: Vec<u8> = rows.as_flattened().iter().flat_map(|x: &i64| x.to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(5, 3, Dtype::I64, Arc::new(bytes.clone()), 0).unwrap();
        assert_eq!(merged(&vectors, &Progress::default()), Ok(vec![]));
        let more: Vec<u8> = [[far, far + 1, 0]].as_flattened().iter().flat_map(|x: &i64| x.to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(6, 3, Dtype::I64, Arc::new([bytes, more].concat()), 0).unwrap();
        assert_eq!(merged(&vectors, &Progress::default()), Ok(vec![1]));
    }

    #[test]
    fn shapes_without_rows_are_not_read() {
        let none = Vectors::from_bytes(0, 1 << 50, Dtype::F32, Arc::new(Vec::new()), 0).unwrap();
        assert!(find(&none, &Progress::default()).unwrap().is_none());
    }

    #[test]
    fn types_that_are_not_f32_are_not_coarse() {
        let wide = Vectors::from_f64(2, 1, vec![1e7, 1e7 + 1.0]).unwrap();
        assert!(find(&wide, &Progress::default()).unwrap().is_none());
        assert!(find(&Vectors::from_f32(0, 3, vec![]).unwrap(), &Progress::default()).unwrap().is_none());
    }
}
