//! Which rows have no direction.

use std::ops::Range;

use parallax_embedding::{Cancelled, Number, Progress, RowSet, Vectors};
use rayon::prelude::*;

/// Returns the rows that are all zeros. A [metric by direction](crate::Metric::is_directional) has
/// no distance for them.
///
/// # Errors
/// [`Cancelled`] if `progress` was cancelled.
pub fn zero_rows(vectors: &Vectors, progress: &Progress) -> Result<RowSet, Cancelled> {
    if vectors.is_wide() { find::<f64>(vectors, progress) } else { find::<f32>(vectors, progress) }
}

fn find<T: Number>(vectors: &Vectors, progress: &Progress) -> Result<RowSet, Cancelled> {
    let dims = vectors.dims();
    if dims == 0 {
        return Ok(RowSet::EMPTY);
    }
    let of_block = |buffer: &mut Vec<T>, range: Range<usize>| {
        progress.check()?;
        let values = vectors.block_as(range.clone(), buffer);
        let rows = range.zip(values.chunks_exact(dims)).filter(|(_, row)| row.iter().all(|&x| x.into() == 0.0));
        Ok(rows.map(|(row, _)| u32::try_from(row).unwrap_or(u32::MAX)).collect())
    };
    let found: Result<Vec<Vec<u32>>, Cancelled> =
        vectors.blocks().into_par_iter().map_init(Vec::new, of_block).collect();
    Ok(found?.concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metric;

    #[test]
    fn zero_rows_are_those_without_a_distance() {
        let narrow = Vectors::from_f32(4, 2, vec![0.0, 0.0, 1e-45, 0.0, -0.0, 0.0, f32::NAN, 0.0]).unwrap();
        let wide = Vectors::from_f64(4, 2, vec![0.0, 0.0, 1e-60, 0.0, 1e-200, 0.0, 1e200, 0.0]).unwrap();
        for (vectors, expected) in [(narrow, vec![0, 2]), (wide, vec![0])] {
            assert_eq!(zero_rows(&vectors, &Progress::default()).unwrap(), expected.clone().into());
            let mut buffer = Vec::new();
            let rows = (0..4).filter(|&row| Metric::Cosine.length(vectors.row_as::<f64>(row, &mut buffer)) == 0.0);
            assert_eq!(rows.map(|row| row as u32).collect::<RowSet>(), expected.into());
        }
    }
}
