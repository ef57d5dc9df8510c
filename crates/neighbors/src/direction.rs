//! Which rows have no direction.

use parallax_embedding::{Cancelled, Progress, RowSet, Vectors};
use rayon::prelude::*;

/// Returns the rows that are all zeros. A [metric by direction](crate::Metric::is_directional) has
/// no distance for them.
///
/// # Errors
/// [`Cancelled`] if `progress` was cancelled.
pub fn zero_rows(vectors: &Vectors, progress: &Progress) -> Result<RowSet, Cancelled> {
    let dims = vectors.dims();
    if dims == 0 {
        return Ok(RowSet::EMPTY);
    }
    let zeros_of = |buffer: &mut Vec<f32>, range: std::ops::Range<usize>| {
        progress.check()?;
        let values = vectors.block(range.clone(), buffer);
        let rows = range.zip(values.chunks_exact(dims)).filter(|(_, row)| row.iter().all(|&x| x == 0.0));
        Ok(rows.map(|(row, _)| u32::try_from(row).unwrap_or(u32::MAX)).collect())
    };
    let found: Vec<Vec<u32>> =
        vectors.blocks().into_par_iter().map_init(Vec::new, zeros_of).collect::<Result<_, _>>()?;
    Ok(found.concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_rows_are_found_among_tiny_ones() {
        let values = vec![0.0, 0.0, 1e-45, 0.0, -0.0, 0.0, f32::NAN, 0.0];
        let vectors = Vectors::from_f32(4, 2, values).unwrap();
        assert_eq!(zero_rows(&vectors, &Progress::default()).unwrap(), vec![0, 2].into());
    }
}
