//! Distances that are nothing but rounding.

use parallax_embedding::Vectors;

/// How many roundings of `f64` a number may be off by that is computed from as many others: the rotation
/// comes from a decomposition of a matrix.
pub(super) const COMPUTED: f64 = 8.0;

/// Returns the distance below which a row and its partner, of `dims` numbers each, are the same but for
/// rounding. `squares` is the sum of the squared lengths of the two, both from the origin: numbers are
/// rounded by their size. `epsilon` is that of the type in which they are stored.
///
/// To turn a row is to add up `dims` products for each number, of which each is rounded: by the root of
/// `dims` times `epsilon` in all, as roundings go both ways. What is computed here is so in `f64`.
pub(crate) fn rounding(squares: f64, dims: usize, epsilon: f64) -> f64 {
    let dims = dims as f64;
    squares.sqrt() * (epsilon * dims.sqrt() + COMPUTED * f64::EPSILON * dims)
}

/// Returns the epsilon of the type of the numbers: that of `f64` if both are wide, and otherwise that of
/// `f32`. Numbers of shorter types that differ do so by more.
pub(super) fn epsilon(vectors: [&Vectors; 2]) -> f64 {
    if vectors.iter().all(|vectors| vectors.is_wide()) { f64::EPSILON } else { f32::EPSILON.into() }
}
