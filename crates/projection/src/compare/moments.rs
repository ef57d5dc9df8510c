//! Sums of products over rows that belong together, about their means.
//!
//! All of them run in `f64`, chunk after chunk of rows, so that they are the same for any number of
//! threads.

use std::ops::Range;

use faer::{Accum, Mat, MatMut, MatRef, Par, linalg::matmul::matmul};
use parallax_embedding::{Partners, Progress, Vectors};
use rayon::prelude::*;

use crate::ProjectionError;

/// Rows that are summed at a time.
const CHUNK: usize = 512;

/// Rows whose similarities to as many others are found at a time.
const TILE: usize = 128;

/// Columns of a matrix that one thread sums.
const STRIPE: usize = 64;

/// What two sets of rows that belong together have in common, by which they are aligned and compared.
#[derive(Debug)]
pub(crate) struct Moments<'a> {
    /// Both about their means.
    pub(crate) sides: [Centered<'a>; 2],
    /// The squared lengths of the rows of each.
    pub(crate) squares: [Vec<f64>; 2],
    /// See [`products`].
    pub(crate) products: Mat<f64>,
}

impl<'a> Moments<'a> {
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub(crate) fn of(
        [first, second]: [&'a Vectors; 2],
        partners: &'a Partners,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let [rows, others] = partners.rows();
        let sides = [Centered::new(first, rows, progress)?, Centered::new(second, others, progress)?];
        let squares = [sides[0].squares(progress)?, sides[1].squares(progress)?];
        let products = products(&sides[0], &sides[1], progress)?;
        Ok(Self { sides, squares, products })
    }
}

/// Some rows of an embedding in an order of their own, about their mean.
#[derive(Debug)]
pub(crate) struct Centered<'a> {
    vectors: &'a Vectors,
    rows: &'a [u32],
    mean: Vec<f64>,
}

impl<'a> Centered<'a> {
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a row does not exist.
    pub(crate) fn new(vectors: &'a Vectors, rows: &'a [u32], progress: &Progress) -> Result<Self, ProjectionError> {
        let raw = Self::about(vectors, rows, vec![0.0; vectors.dims()]);
        let sums: Vec<Vec<f64>> = raw
            .chunks()
            .into_par_iter()
            .map(|chunk| {
                progress.check()?;
                let mut sum = vec![0.0; vectors.dims()];
                for row in raw.gather(chunk).chunks_exact(vectors.dims().max(1)) {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
                Ok(sum)
            })
            .collect::<Result<_, ProjectionError>>()?;
        let mut mean = raw.mean;
        for sum in sums {
            mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean += sum);
        }
        mean.iter_mut().for_each(|mean| *mean /= rows.len().max(1) as f64);
        Ok(Self { vectors, rows, mean })
    }

    /// The same about another `mean`.
    pub(crate) fn about(vectors: &'a Vectors, rows: &'a [u32], mean: Vec<f64>) -> Self {
        Self { vectors, rows, mean }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn dims(&self) -> usize {
        self.vectors.dims()
    }

    pub(crate) fn vectors(&self) -> &Vectors {
        self.vectors
    }

    pub(crate) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Places among the rows, a chunk at a time.
    pub(crate) fn chunks(&self) -> Vec<Range<usize>> {
        let len = self.len();
        (0..len).step_by(CHUNK).map(|start| start..(start + CHUNK).min(len)).collect()
    }

    /// The rows at these places less the mean, row-major.
    pub(crate) fn gather(&self, places: Range<usize>) -> Vec<f64> {
        let mut values = Vec::with_capacity(places.len() * self.dims());
        let mut buffer = Vec::new();
        for &row in &self.rows[places] {
            let row = self.vectors.row_as::<f64>(row as usize, &mut buffer);
            values.extend(row.iter().zip(&self.mean).map(|(value, mean)| value - mean));
        }
        values
    }

    /// The squared length of each row.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub(crate) fn squares(&self, progress: &Progress) -> Result<Vec<f64>, ProjectionError> {
        let squares: Vec<Vec<f64>> = self
            .chunks()
            .into_par_iter()
            .map(|chunk| {
                progress.check()?;
                let square = |row: &[f64]| row.iter().map(|value| value * value).sum();
                Ok(self.gather(chunk).chunks_exact(self.dims().max(1)).map(square).collect())
            })
            .collect::<Result<_, ProjectionError>>()?;
        Ok(squares.concat())
    }
}

/// The sums of the products of each column of `a` with each of `b`: a's dims x b's dims.
///
/// # Errors
/// [`ProjectionError::Cancelled`] if `progress` was canceled.
pub(crate) fn products(a: &Centered<'_>, b: &Centered<'_>, progress: &Progress) -> Result<Mat<f64>, ProjectionError> {
    assert_eq!(a.len(), b.len(), "rows belong together");
    let (high, wide) = (a.dims(), b.dims());
    let mut sums = vec![0.0; high * wide];
    for chunk in a.chunks() {
        progress.advance(chunk.start, a.len())?;
        let rows = chunk.len();
        let (left, right) = rayon::join(|| a.gather(chunk.clone()), || b.gather(chunk.clone()));
        let left = MatRef::from_row_major_slice(&left, rows, high);
        let right = MatRef::from_row_major_slice(&right, rows, wide);
        sums.par_chunks_mut(high * STRIPE).enumerate().for_each(|(stripe, sums)| {
            let columns = sums.len() / high;
            let right = right.subcols(stripe * STRIPE, columns);
            let sums = MatMut::from_column_major_slice_mut(sums, high, columns);
            matmul(sums, Accum::Add, left.transpose(), right, 1.0, Par::Seq);
        });
    }
    Ok(MatRef::from_column_major_slice(&sums, high, wide).to_owned())
}

/// The sums of the products of the similarities of any two rows: those of the first with themselves,
/// those of the second, and of both. A similarity is the sum of the products of two rows.
///
/// # Errors
/// [`ProjectionError::Cancelled`] if `progress` was canceled.
pub(crate) fn similarities(sides: &[Centered<'_>; 2], progress: &Progress) -> Result<[f64; 3], ProjectionError> {
    let tiles: Vec<Range<usize>> =
        (0..sides[0].len()).step_by(TILE).map(|start| start..(start + TILE).min(sides[0].len())).collect();
    let mut sums = [0.0; 3];
    for (at, tile) in tiles.iter().enumerate() {
        progress.advance(tile.start, sides[0].len())?;
        let here = sides.each_ref().map(|side| side.gather(tile.clone()));
        let found: Vec<[f64; 3]> = tiles[..=at]
            .par_iter()
            .map(|other| {
                let [first, second] = [0, 1].map(|side| {
                    let dims = sides[side].dims();
                    let there = sides[side].gather(other.clone());
                    let left = MatRef::from_row_major_slice(&here[side], tile.len(), dims);
                    let right = MatRef::from_row_major_slice(&there, other.len(), dims);
                    let mut found = Mat::zeros(tile.len(), other.len());
                    matmul(found.as_mut(), Accum::Replace, left, right.transpose(), 1.0, Par::Seq);
                    found
                });
                let sum = |a: &Mat<f64>, b: &Mat<f64>| -> f64 {
                    let columns = a.col_iter().zip(b.col_iter());
                    columns.flat_map(|(a, b)| a.iter().zip(b.iter()).map(|(a, b)| a * b)).sum()
                };
                // Those of the other half of the square are the same.
                let times = if other == tile { 1.0 } else { 2.0 };
                [sum(&first, &first), sum(&second, &second), sum(&first, &second)].map(|sum| sum * times)
            })
            .collect();
        found.iter().for_each(|found| sums.iter_mut().zip(found).for_each(|(sum, found)| *sum += found));
    }
    Ok(sums)
}

/// The sum of the squares of all numbers of a matrix, column after column.
pub(crate) fn sum_of_squares(matrix: MatRef<'_, f64>) -> f64 {
    matrix.col_iter().flat_map(faer::ColRef::iter).map(|value| value * value).sum()
}
