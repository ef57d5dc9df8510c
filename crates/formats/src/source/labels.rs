//! Which arrays of one dimension are metadata of the matrices beside them.

use parallax_embedding::Dtype;

/// Whether an array of one dimension, of numbers of type `dtype` or of texts, is metadata of those
/// `matrices`, given by their rows, that have as many rows as it has values.
///
/// Texts, whole numbers, and booleans are. Floats are if all matrices have equally many rows: in a
/// model, whose matrices differ, they are biases and scales.
pub(crate) fn are_labels(dtype: Option<Dtype>, mut matrices: impl Iterator<Item = usize>) -> bool {
    let first = matrices.next();
    !dtype.is_some_and(Dtype::is_float) || matrices.all(|rows| Some(rows) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_labels_unless_matrices_differ() {
        for dtype in [None, Some(Dtype::I64), Some(Dtype::Bool)] {
            assert!(are_labels(dtype, [3, 5].into_iter()));
        }
        assert!(are_labels(Some(Dtype::F32), [3].into_iter()) && are_labels(Some(Dtype::F64), [3, 3].into_iter()));
        assert!(!are_labels(Some(Dtype::F16), [3, 5].into_iter()));
    }
}
