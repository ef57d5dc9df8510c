//! The coordinates that a projection gives.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use parallax_embedding::RowSet;

use crate::compare::rounding;

/// For each row its coordinates: rows x dims; NaN if a row has no place (yet).
///
/// They are stored row by row, and a layout without dimensions has no rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// As many as `rows` times `dims`.
    values: Vec<f32>,
    rows: usize,
    dims: usize,
}

impl Layout {
    /// A layout in which no row has a place yet.
    #[must_use]
    pub fn unplaced(rows: usize, dims: usize) -> Self {
        // Only now, as more rows than memory could hold are no rows either if they are empty.
        let rows = if dims == 0 { 0 } else { rows };
        Self { values: vec![f32::NAN; rows * dims], rows, dims }
    }

    /// The number of rows.
    #[must_use]
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of coordinates of a row.
    #[must_use]
    #[inline]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The coordinates of `row`, all of them NaN if it has no place; `None` beyond the last row.
    #[must_use]
    #[inline]
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        if row < self.rows { self.values.get(row * self.dims..(row + 1) * self.dims) } else { None }
    }

    /// The first `dims` coordinates of each row, or all if there are fewer.
    #[must_use]
    pub fn first(&self, dims: usize) -> Self {
        self.view().slice(s![.., ..dims.min(self.dims)]).to_owned().into()
    }

    /// Returns where `row` is on screen: the coordinates that are chosen as x, y, and z. An axis
    /// without one is flat. `None` if the row has no place.
    #[must_use]
    pub fn seen(&self, row: usize, axes: [Option<usize>; 3]) -> Option<[f32; 3]> {
        // Rows without a place have none on any axis, also where all are flat.
        let at = self.row(row).filter(|at| at.first().is_some_and(|x| !x.is_nan()))?;
        let at = axes.map(|axis| axis.and_then(|axis| at.get(axis)).copied().unwrap_or(0.0));
        at.iter().all(|x| x.is_finite()).then_some(at)
    }

    /// Returns where `rows`, or all, are on screen: two or three coordinates for each row, NaN for the
    /// others.
    #[must_use]
    pub fn on_screen(&self, axes: [Option<usize>; 3], rows: Option<&RowSet>) -> Array2<f32> {
        let dims = if axes[2].is_some() { 3 } else { 2 };
        let mut places = Array2::from_elem((self.rows(), dims), f32::NAN);
        for (row, mut place) in places.outer_iter_mut().enumerate() {
            if rows.is_none_or(|rows| rows.contains(row as u32))
                && let Some(at) = self.seen(row, axes)
            {
                place.iter_mut().zip(at).for_each(|(place, at)| *place = at);
            }
        }
        places
    }

    /// The coordinates of each row.
    pub fn places(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.dims.max(1))
    }

    /// All coordinates, row by row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Rows x dims.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "there are that many values")]
    pub fn view(&self) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((self.rows, self.dims), &self.values).expect("rows x dims values")
    }

    /// Rows x dims, to be changed.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "there are that many values")]
    pub fn view_mut(&mut self) -> ArrayViewMut2<'_, f32> {
        ArrayViewMut2::from_shape((self.rows, self.dims), &mut self.values).expect("rows x dims values")
    }

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
        let squares = |(here, there)| square(here) + square(there);
        // A place near the origin is as exact as others: what it was computed from may be far from it. Most
        // places say how exact, and not one that is far from all others.
        let mut all: Vec<f64> = (0..self.rows()).filter_map(pair).map(squares).collect();
        let middle = all.len() / 2;
        let usual = if all.is_empty() { 0.0 } else { *all.select_nth_unstable_by(middle, f64::total_cmp).1 };
        let between = |(here, there): ([f32; 3], [f32; 3])| {
            let least = rounding(squares((here, there)).max(usual), axes[0].len(), f64::from(f32::EPSILON));
            let square: f64 = here.iter().zip(there).map(|(&a, b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
            Some(square.sqrt()).filter(|&distance| distance > least).unwrap_or(0.0) as f32
        };
        (0..self.rows()).map(|row| pair(row).map_or(f32::NAN, between)).collect()
    }
}

/// Any order in memory is brought into that of rows.
impl From<Array2<f32>> for Layout {
    fn from(coordinates: Array2<f32>) -> Self {
        let (rows, dims) = coordinates.dim();
        if dims == 0 {
            return Self::default();
        }
        let values = if coordinates.is_standard_layout() {
            let (mut values, offset) = coordinates.into_raw_vec_and_offset();
            values.drain(..offset.unwrap_or(0));
            values.truncate(rows * dims);
            values
        } else {
            coordinates.iter().copied().collect()
        };
        Self { values, rows, dims }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn layout_lends_rows_whatever_the_order_in_memory() {
        let by_rows = array![[1.0, -2.0], [0.5, 7.0], [f32::NAN, 3.0]];
        let by_columns = array![[1.0, 0.5, f32::NAN], [-2.0, 7.0, 3.0]].reversed_axes();
        for coordinates in [by_rows, by_columns] {
            let layout = Layout::from(coordinates);
            assert_eq!((layout.rows(), layout.dims()), (3, 2));
            assert_eq!((layout.row(1), layout.row(3), layout.row(usize::MAX)), (Some(&[0.5, 7.0][..]), None, None));
            assert_eq!(layout.places().take(2).collect::<Vec<_>>(), [[1.0, -2.0], [0.5, 7.0]]);
            assert_eq!(layout.values()[..4], [1.0, -2.0, 0.5, 7.0]);
            assert_eq!(layout.view()[[2, 1]], 3.0);
            assert_eq!(layout.first(1).values()[..2], [1.0, 0.5]);
            assert_eq!((layout.first(1).dims(), layout.first(9).dims()), (1, 2));
        }
    }

    #[test]
    fn rows_on_screen_have_the_chosen_coordinates() {
        let nan = f32::NAN;
        let layout = Layout::from(array![[1.0, 2.0, 3.0], [nan, nan, nan], [4.0, 5.0, 6.0]]);
        let bits = |places: Array2<f32>| places.mapv(f32::to_bits);
        let found = layout.on_screen([Some(2), None, Some(0)], None);
        assert_eq!(bits(found), bits(array![[3.0, 0.0, 1.0], [nan, nan, nan], [6.0, 0.0, 4.0]]));
        let found = layout.on_screen([None, Some(1), None], Some(&RowSet::from(vec![0, 1, 7])));
        assert_eq!(bits(found), bits(array![[0.0, 2.0], [nan, nan], [nan, nan]]));
        assert_eq!(layout.seen(1, [None; 3]), None, "flat, but without a place");
    }

    #[test]
    fn layout_without_dimensions_has_no_rows() {
        for layout in [Layout::unplaced(usize::MAX, 0), Layout::from(Array2::zeros((5, 0))), Layout::default()] {
            assert_eq!((layout.rows(), layout.row(0), layout.places().len()), (0, None, 0));
        }
        assert!(Layout::unplaced(3, 2).values().iter().all(|x| x.is_nan()));
    }
}
