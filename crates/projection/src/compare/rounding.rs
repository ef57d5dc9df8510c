//! Distances that are nothing but rounding.

use parallax_embedding::Vectors;

use crate::Layout;

/// How many roundings of `f64` a number may be off by that is computed from as many others: the rotation
/// comes from a decomposition of a matrix.
pub(super) const COMPUTED: f64 = 8.0;

/// Returns the distance below which a row and its partner, of `dims` numbers each, are the same but for
/// rounding. `squares` is the mean of the squared lengths of rows and partners, added up, both from the
/// origin: numbers are rounded by their size. `epsilon` is that of the type in which they are stored.
///
/// To turn a row is to add up `dims` products for each number, of which each is rounded: by the root of
/// `dims` times `epsilon` in all, as roundings go both ways. What is computed here is so in `f64`.
pub(super) fn rounding(squares: f64, dims: usize, epsilon: f64) -> f64 {
    let dims = dims as f64;
    squares.sqrt() * (epsilon * dims.sqrt() + COMPUTED * f64::EPSILON * dims)
}

/// Returns the epsilon of the type of the numbers: that of `f64` if both are wide, and otherwise that of
/// `f32`. Numbers of shorter types that differ do so by more.
pub(super) fn epsilon(vectors: [&Vectors; 2]) -> f64 {
    if vectors.iter().all(|vectors| vectors.is_wide()) { f64::EPSILON } else { f32::EPSILON.into() }
}

impl Layout {
    /// Returns the distance of each row between its place here and in `other`, each along its axes: see
    /// [`Layout::seen`]. It is 0 if it is nothing but rounding of the places, and NaN if the row lacks a place
    /// in one of the two.
    ///
    /// ```
    /// use ndarray::array;
    /// use parallax_projection::Layout;
    ///
    /// let here = Layout::from(array![[0.0_f32, 0.0], [1.0, 0.0], [f32::NAN, f32::NAN]]);
    /// let there = Layout::from(array![[3.0_f32, 4.0], [1.0000001, 0.0], [1.0, 1.0]]);
    /// let moved = here.distances_to(&there, [[Some(0), Some(1), None]; 2]);
    /// assert_eq!(moved[..2], [5.0, 0.0]);
    /// assert!(moved[2].is_nan());
    /// ```
    ///
    /// # Panics
    /// If the layouts have other numbers of rows.
    #[must_use]
    pub fn distances_to(&self, other: &Self, axes: [[Option<usize>; 3]; 2]) -> Vec<f32> {
        assert_eq!(self.rows(), other.rows(), "layouts of the same rows");
        let pair = |row: usize| self.seen(row, axes[0]).zip(other.seen(row, axes[1]));
        let square = |place: [f32; 3]| place.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
        let (mut pairs, mut squares) = (0_usize, 0.0);
        for (here, there) in (0..self.rows()).filter_map(pair) {
            pairs += 1;
            squares += square(here) + square(there);
        }
        let least = rounding(squares / pairs.max(1) as f64, axes[0].len(), f64::from(f32::EPSILON));
        let between = |(here, there): ([f32; 3], [f32; 3])| {
            let square: f64 = here.iter().zip(there).map(|(&a, b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
            Some(square.sqrt()).filter(|&distance| distance > least).unwrap_or(0.0) as f32
        };
        (0..self.rows()).map(|row| pair(row).map_or(f32::NAN, between)).collect()
    }
}
