//! Sphereized vectors: directions as seen from the centroid.

use ndarray::{Array2, ArrayViewMut1, Axis};
use parallax_embedding::{Number, Progress, RowSet, Vectors};
use rayon::prelude::*;

use crate::ProjectionError;

/// The vectors minus their mean, each scaled to length 1, like "sphereize" in the TensorBoard
/// projector.
///
/// A vector at the mean becomes zeros, which have no direction. Rows of `left_out` take no part in
/// the mean and become NaN; it must hold those of [`Vectors::non_finite_rows`].
///
/// # Errors
/// Returns an error if no row takes part; [`ProjectionError::Cancelled`] if `progress` was
/// canceled.
pub fn sphereize(vectors: &Vectors, left_out: &RowSet, progress: &Progress) -> Result<Vectors, ProjectionError> {
    let (rows, dims) = (vectors.rows(), vectors.dims());
    let kept = rows - left_out.below(rows).len();
    match () {
        () if rows == 0 => Err(ProjectionError::NoRows),
        () if kept == 0 => Err(ProjectionError::no_row(vectors)),
        () if dims == 0 => Ok(vectors.clone()),
        () if vectors.is_wide() => sphereize_as::<f64>(vectors, left_out, progress),
        () => sphereize_as::<f32>(vectors, left_out, progress),
    }
}

fn sphereize_as<T: Number>(
    vectors: &Vectors,
    left_out: &RowSet,
    progress: &Progress,
) -> Result<Vectors, ProjectionError> {
    let (rows, dims) = (vectors.rows(), vectors.dims());
    progress.begin("Sphereizing");
    let mean = mean::<T>(vectors, left_out, progress)?;
    progress.set(0.5);
    let mut values = Array2::from_elem((rows, dims), f32::NAN);
    values.axis_iter_mut(Axis(0)).into_par_iter().enumerate().try_for_each_init(
        Vec::<T>::new,
        |buffer, (row, out)| {
            progress.check()?;
            if !left_out.contains(row as u32) {
                to_unit(vectors.row_as(row, buffer), &mean, out);
            }
            Ok::<(), ProjectionError>(())
        },
    )?;
    Ok(Vectors::from_array(values))
}

/// The mean of the rows that are not left out, summed in a fixed order.
fn mean<T: Number>(vectors: &Vectors, left_out: &RowSet, progress: &Progress) -> Result<Vec<f64>, ProjectionError> {
    let dims = vectors.dims();
    let kept = vectors.rows() - left_out.below(vectors.rows()).len();
    let sums_of = |buffer: &mut Vec<T>, range: std::ops::Range<usize>| {
        progress.check()?;
        let mut sums = vec![0.0_f64; dims];
        let rows =
            range.clone().zip(vectors.each_row(range, buffer)).filter(|(row, _)| !left_out.contains(*row as u32));
        for (_, values) in rows {
            sums.iter_mut().zip(values).for_each(|(sum, &x)| *sum += x.into());
        }
        Ok::<_, ProjectionError>(sums)
    };
    let of_blocks: Vec<Vec<f64>> =
        vectors.blocks().into_par_iter().map_init(Vec::new, sums_of).collect::<Result<_, _>>()?;
    let mut mean = vec![0.0; dims];
    for sums in &of_blocks {
        mean.iter_mut().zip(sums).for_each(|(mean, sum)| *mean += sum / kept as f64);
    }
    Ok(mean)
}

fn to_unit<T: Number>(values: &[T], mean: &[f64], mut out: ArrayViewMut1<f32>) {
    let centered = || values.iter().zip(mean).map(|(&x, mean)| x.into() - mean);
    let length = centered().map(|x| x * x).sum::<f64>().sqrt();
    let factor = if length > 0.0 { 1.0 / length } else { 0.0 };
    out.iter_mut().zip(centered()).for_each(|(out, x)| *out = (x * factor) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vectors: &[f32], left_out: &[u32], expected: &[f32]) {
        let vectors = Vectors::from_f32(vectors.len() / 2, 2, vectors.to_vec()).unwrap();
        let found = sphereize(&vectors, &left_out.to_vec().into(), &Progress::default()).unwrap();
        for (x, y) in found.as_f32().unwrap().iter().zip(expected) {
            assert!((x - y).abs() < 1e-6 || x.is_nan() && y.is_nan(), "{x} where {y} is true");
        }
    }

    /// The figures are those of the TensorBoard projector.
    #[test]
    fn vectors_become_directions_from_their_mean() {
        let directions = [0.0, -1.0, -1.0, 0.0, -0.894_427, -0.447_214, 0.832_050, 0.554_700];
        check(&[1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 4.0, 3.0], &[], &directions);
        check(&[2.0, 3.0, 2.0, 3.0], &[], &[0.0; 4]);
        let nan = f32::NAN;
        check(&[1.0, 0.0, nan, 5.0, 3.0, 0.0], &[1], &[-1.0, 0.0, nan, nan, 1.0, 0.0]);
    }

    /// Differences from the mean far from zero are those of the same rows around zero.
    #[test]
    fn wide_vectors_keep_their_directions_far_from_zero() {
        let near = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 4.0, 3.0];
        let vectors = |offset: f64| Vectors::from_f64(4, 2, near.iter().map(|x| x + offset).collect()).unwrap();
        let [near, far] = [0.0, 1e9].map(|offset| {
            sphereize(&vectors(offset), &RowSet::EMPTY, &Progress::default()).unwrap().as_f32().unwrap().to_vec()
        });
        assert!(near.iter().zip(&far).all(|(x, y)| (x - y).abs() < 1e-6), "{far:?}");
    }

    #[test]
    fn vectors_without_finite_rows_are_refused() {
        let vectors = Vectors::from_f32(1, 1, vec![f32::NAN]).unwrap();
        let error = sphereize(&vectors, &RowSet::from(vec![0]), &Progress::default()).unwrap_err();
        assert_eq!(error, ProjectionError::NoFiniteRows { rows: 1 });
    }
}
