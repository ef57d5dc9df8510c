//! The coordinates that a projection gives.

/// For each row its coordinates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The number of coordinates of a row.
    pub dims: usize,
    /// Row-major, rows x dims; NaN if a row has no place (yet).
    pub coordinates: Vec<f32>,
}

/// The box that holds all placed rows: for each dimension the least and the greatest coordinate.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// The least coordinate of each dimension.
    pub min: Vec<f32>,
    /// The greatest coordinate of each dimension.
    pub max: Vec<f32>,
}

impl Layout {
    /// A layout in which no row has a place yet.
    #[must_use]
    pub fn unplaced(rows: usize, dims: usize) -> Self {
        Self { dims, coordinates: vec![f32::NAN; rows * dims] }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.coordinates.len() / self.dims.max(1)
    }

    /// The coordinates of `row`, all of them NaN if it has no place; `None` beyond the last row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let start = row.checked_mul(self.dims)?;
        self.coordinates.get(start..start.checked_add(self.dims)?).filter(|row| !row.is_empty())
    }

    /// The first `dims` coordinates of each row, or all if there are fewer.
    #[must_use]
    pub fn first(&self, dims: usize) -> Self {
        let dims = dims.min(self.dims);
        let rows = self.coordinates.chunks_exact(self.dims.max(1));
        Self { dims, coordinates: rows.flat_map(|row| &row[..dims]).copied().collect() }
    }

    /// The box around all rows that have a place; `None` if there is none.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let mut placed =
            self.coordinates.chunks_exact(self.dims.max(1)).filter(|row| row.iter().all(|x| x.is_finite()));
        let first = placed.next()?;
        let start = Bounds { min: first.to_vec(), max: first.to_vec() };
        Some(placed.fold(start, |mut bounds, row| {
            for ((low, high), &x) in bounds.min.iter_mut().zip(&mut bounds.max).zip(row) {
                (*low, *high) = (low.min(x), high.max(x));
            }
            bounds
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_only_placed_rows() {
        let nan = f32::NAN;
        let layout = Layout { dims: 2, coordinates: vec![nan, nan, 1.0, -2.0, 0.5, 7.0] };
        assert_eq!(layout.bounds(), Some(Bounds { min: vec![0.5, -2.0], max: vec![1.0, 7.0] }));
        assert_eq!((layout.rows(), layout.row(2), layout.row(3)), (3, Some(&[0.5, 7.0][..]), None));
        assert_eq!(layout.row(usize::MAX), None);
        assert_eq!(layout.first(1).coordinates[1..], [1.0, 0.5]);
        assert_eq!((layout.first(1).dims, layout.first(9).dims), (1, 2));
        assert_eq!(Layout::unplaced(3, 2).bounds(), None);
        assert_eq!(Layout::default().bounds(), None);
    }
}
