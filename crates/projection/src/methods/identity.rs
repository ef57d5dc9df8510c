//! Vectors of few dimensions, shown as they are.

use ndarray::{Array2, s};
use parallax_embedding::{Number, Progress, RowSet, Vectors};

use super::about::{About, Coordinates};
use crate::{
    Frame, Layout, MAX_COMPONENTS, Projected, ProjectionError, Space,
    narrow::{Offset, narrow},
    run::Beginning,
};

pub(super) const ABOUT: About = About {
    caption: "As is",
    noun: "the vectors as they are",
    coordinates: Coordinates::Dimensions,
    ..About::new("identity", "as is", "The values of the vectors are the coordinates")
};

/// Lays all rows out by their values.
pub(super) fn whole(with: &Beginning<'_>) -> Result<Projected, ProjectionError> {
    let vectors = with.space.vectors(with.near.sphereize, with.progress)?;
    identity(&vectors, with.space.left_out(), with.progress).map(Projected::whole)
}

/// What each dimension adds to each coordinate.
pub(super) fn directions(space: &Space) -> Vec<Vec<f64>> {
    let dims = space.dims();
    (0..dims).map(|axis| (0..dims).map(|dim| f64::from(u8::from(dim == axis))).collect()).collect()
}

/// Lays the vectors out by their values: dimension 1 is the first axis, and so on. Rows of
/// `left_out` get no place.
///
/// Returns the layout, and what its coordinates stand for. Numbers are only subtracted from
/// dimensions of [wide](Vectors::is_wide) vectors that are too far from zero for the `f32` of a
/// layout; for the scale see [`Vectors::relative`].
///
/// # Errors
/// Returns an error if there is no row or no dimension, if there are more than [`MAX_COMPONENTS`]
/// dimensions, or if `progress` was canceled.
pub fn identity(vectors: &Vectors, left_out: &RowSet, progress: &Progress) -> Result<(Layout, Frame), ProjectionError> {
    let (rows, dims) = (vectors.rows(), vectors.dims());
    if rows == 0 {
        return Err(ProjectionError::NoRows);
    }
    if dims == 0 {
        return Err(ProjectionError::NoDimensions);
    }
    if dims > MAX_COMPONENTS {
        return Err(ProjectionError::TooManyDimensions { dims, limit: MAX_COMPONENTS });
    }
    progress.begin("Identity");
    let relative = vectors.relative();
    if relative.is_wide() {
        let (layout, narrowed) = narrow(&values::<f64>(&relative, left_out, f64::NAN, progress)?);
        let integer = |dim: usize| relative.origin().map_or(0, |integers| integers[dim]);
        let offset = |(dim, narrowed)| Offset::new(integer(dim), narrowed / relative.scale());
        let origin = narrowed.into_iter().enumerate().map(offset).collect();
        return Ok((layout, Frame::new(relative.scale(), origin)));
    }
    let coordinates = values(&relative, left_out, f32::NAN, progress)?;
    Ok((coordinates.into(), Frame { scale: relative.scale(), ..Frame::default() }))
}

/// All values, rows x dims; `nan` for rows that are left out.
fn values<T: Number>(
    vectors: &Vectors,
    left_out: &RowSet,
    nan: T,
    progress: &Progress,
) -> Result<Array2<T>, ProjectionError> {
    let (rows, mut buffer) = (vectors.rows(), Vec::new());
    let mut values = Array2::from_elem((rows, vectors.dims()), nan);
    for range in vectors.blocks() {
        progress.advance(range.start, rows)?;
        values.slice_mut(s![range.clone(), ..]).assign(&vectors.block_as(range, &mut buffer));
    }
    for row in left_out.below(rows).iter() {
        values.row_mut(row as usize).fill(nan);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parallax_embedding::Dtype;

    use super::*;

    #[test]
    fn identity_returns_the_vectors() {
        let vectors = Vectors::from_u8(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let (layout, frame) = identity(&vectors, &RowSet::from(vec![1, 99]), &Progress::default()).unwrap();
        assert_eq!(frame, Frame::default());
        assert_eq!((layout.row(0), layout.row(2)), (Some(&[1.0, 2.0][..]), Some(&[5.0, 6.0][..])));
        assert!(layout.row(1).unwrap().iter().all(|x| x.is_nan()));
    }

    #[test]
    fn identity_keeps_digits_far_from_zero() {
        let vectors = Vectors::from_f64(3, 2, vec![1e7 + 1.25, 0.5, 1e7 + 1.5, 0.25, f64::NAN, 1.0]).unwrap();
        let (layout, frame) = identity(&vectors, &RowSet::from(vec![2]), &Progress::default()).unwrap();
        assert_eq!((layout.row(0), layout.row(1)), (Some(&[0.25, 0.5][..]), Some(&[0.5, 0.25][..])));
        assert_eq!(frame, Frame::new(1.0, vec![Offset::new(0, 10_000_001.0), Offset::default()]));
    }

    /// Integers that `f64` rounds to multiples of 256: a coordinate and its offset add up to the
    /// integer.
    #[test]
    fn identity_offsets_of_long_integers_are_exact() {
        let values = [(1_i64 << 60) + 2_550_313, 5, (1 << 60) + 2_550_320, 5, (1 << 60) + 2_550_317, 6];
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(3, 2, Dtype::I64, Arc::new(bytes), 0).unwrap();
        let (layout, frame) = identity(&vectors, &RowSet::EMPTY, &Progress::default()).unwrap();
        let offset: i64 = frame.origin[0].to_string().parse().unwrap();
        for (row, value) in values.chunks_exact(2).enumerate() {
            assert_eq!(layout.row(row).unwrap()[0] as i64 + offset, value[0]);
        }
        let note = |dims| frame.note(dims).unwrap_or_default();
        assert!(note(1).contains(&format!("{offset} on axis 1, since")) && note(2) == note(1), "{}", note(2));
        assert_eq!(note(0), "");
    }

    #[test]
    fn shapes_that_cannot_be_shown_are_refused() {
        let check = |rows, dims| {
            let vectors = Vectors::from_u8(rows, dims, vec![0; rows * dims]).unwrap();
            identity(&vectors, &RowSet::EMPTY, &Progress::default()).map(|(layout, _)| layout.dims())
        };
        assert_eq!(check(0, 2), Err(ProjectionError::NoRows));
        assert_eq!(check(2, 0), Err(ProjectionError::NoDimensions));
        assert_eq!(check(2, 10), Ok(10));
        assert_eq!(
            check(2, 11).unwrap_err().to_string(),
            "vectors of 11 dimensions cannot be shown as they are; at most 10 can. Choose pca"
        );
    }
}
