//! Which rows have no direction.

use parallax_embedding::{Cancelled, Number, Progress, RowSet, Vectors};
use rayon::prelude::*;

/// Returns the rows of `among` that are all zeros. A [metric by
/// direction](crate::Metric::is_directional) has no distance for them.
///
/// # Errors
/// [`Cancelled`] if `progress` was canceled.
pub fn zero_rows(vectors: &Vectors, among: &RowSet, progress: &Progress) -> Result<RowSet, Cancelled> {
    // As stored: a tiny number is 0 as `f32`, but has a direction.
    if vectors.is_wide() { find::<f64>(vectors, among, progress) } else { find::<f32>(vectors, among, progress) }
}

fn find<T: Number>(vectors: &Vectors, among: &RowSet, progress: &Progress) -> Result<RowSet, Cancelled> {
    /// The number of rows that a thread takes at a time.
    const CHUNK: usize = 1024;
    if vectors.dims() == 0 {
        return Ok(RowSet::EMPTY);
    }
    let among = among.below(vectors.rows());
    let of_chunk = |buffer: &mut Vec<T>, rows: &[u32]| {
        progress.check()?;
        let mut is_zero = |row: u32| vectors.row_as(row as usize, buffer).iter().all(|&x| x.into() == 0.0);
        Ok(rows.iter().copied().filter(|&row| is_zero(row)).collect())
    };
    let found: Result<Vec<Vec<u32>>, Cancelled> =
        among.as_slice().par_chunks(CHUNK).map_init(Vec::new, of_chunk).collect();
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
            let find = |among: &[u32]| zero_rows(&vectors, &among.to_vec().into(), &Progress::default()).unwrap();
            assert_eq!(find(&[0, 1, 2, 3, 9]), expected.clone().into());
            assert_eq!(find(&[1, 3]), RowSet::EMPTY);
            let mut buffer = Vec::new();
            let rows = (0..4).filter(|&row| Metric::Cosine.length(vectors.row_as::<f64>(row, &mut buffer)) == 0.0);
            assert_eq!(rows.map(|row| row as u32).collect::<RowSet>(), expected.into());
        }
    }
}
