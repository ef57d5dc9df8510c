//! Vectors of few dimensions, shown as they are.

use parallax_embedding::{Progress, RowSet, Vectors};

use crate::{Layout, MAX_COMPONENTS, ProjectionError};

/// The vectors themselves as a layout: dimension 1 is the first axis, and so on. Rows of `left_out` get no place.
///
/// # Errors
/// Where there is no row or no dimension, where there are more than [`MAX_COMPONENTS`] dimensions, and where `progress`
/// was cancelled.
pub fn identity(vectors: &Vectors, left_out: &RowSet, progress: &Progress) -> Result<Layout, ProjectionError> {
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
    let mut layout = Layout { dims, coordinates: Vec::with_capacity(rows * dims) };
    let mut buffer = Vec::new();
    for range in vectors.blocks() {
        progress.advance(range.start, rows)?;
        layout.coordinates.extend_from_slice(vectors.block(range, &mut buffer));
    }
    for row in left_out.below(rows).iter() {
        let start = row as usize * dims;
        layout.coordinates[start..start + dims].fill(f32::NAN);
    }
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_come_back_and_left_out_rows_have_no_place() {
        let vectors = Vectors::from_u8(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let layout = identity(&vectors, &RowSet::from(vec![1, 99]), &Progress::default()).unwrap();
        assert_eq!((layout.row(0), layout.row(2)), (Some(&[1.0, 2.0][..]), Some(&[5.0, 6.0][..])));
        assert!(layout.row(1).unwrap().iter().all(|x| x.is_nan()));
    }

    #[test]
    fn shapes_that_cannot_be_shown_say_why() {
        let check = |rows, dims| {
            let vectors = Vectors::from_u8(rows, dims, vec![0; rows * dims]).unwrap();
            identity(&vectors, &RowSet::EMPTY, &Progress::default()).map(|layout| layout.dims)
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
