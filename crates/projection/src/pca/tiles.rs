//! The matrix whose eigenvectors a PCA looks for: of columns (covariance) or of rows (Gram),
//! whichever is smaller.
//!
//! The lower triangle is cut into tiles. A tile is computed by one thread, from the first term to
//! the last, tiles in parallel; of few columns, which are a single tile, slabs of rows are computed
//! in parallel, and added in their order. The order of sums does not depend on the number of
//! threads. The same sums make the components from the Gram matrix's eigenvectors.

use std::{marker::PhantomData, ops::Range};

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use parallax_embedding::Number;
use rayon::prelude::*;

use super::source::{Real, Source, Work};

/// Columns or rows of a tile, at most: two operands of a slab's length fit a core's second-level
/// cache.
const TILE: usize = 128;

/// The number of terms that are summed in the type that rows are read as, before the sum is added
/// to one in `f64`: enough that the latter costs little, few enough that rounding stays below 1e-7
/// of the matrix's greatest eigenvalue.
const TERMS: usize = 256;

/// A slab, which is what is read of the rows at a time, has at most this many rows ...
const SLAB_ROWS: usize = 1024;

/// ... and this many bytes, unless one row has more.
const SLAB_BYTES: usize = 8 << 20;

/// The number of slabs that a step takes if a single tile leaves the other threads nothing else.
const SLABS: usize = 64;

/// The lower triangle of a symmetric matrix, as sums that grow.
#[derive(Debug)]
pub(super) struct Tiles {
    size: usize,
    tiles: Vec<Tile>,
}

/// `rows x columns` of the matrix, column by column.
#[derive(Debug)]
struct Tile {
    rows: Range<usize>,
    columns: Range<usize>,
    sums: Vec<f64>,
}

impl Tiles {
    /// Zeros: of a matrix of `size` x `size`, cut at every `width`.
    fn new(size: usize, width: usize) -> Self {
        let cut = |start: usize| start..(start + width).min(size);
        let starts = || (0..size).step_by(width);
        let tile = |rows: usize, columns: usize| {
            let (rows, columns) = (cut(rows), cut(columns));
            Tile { sums: vec![0.0; rows.len() * columns.len()], rows, columns }
        };
        let tiles =
            starts().flat_map(|rows| (0..=rows).step_by(width).map(move |columns| tile(rows, columns))).collect();
        Self { size, tiles }
    }

    /// The whole matrix, column by column.
    fn assemble(self) -> Vec<f64> {
        let mut matrix = vec![0.0; self.size * self.size];
        for Tile { rows, columns, sums } in self.tiles {
            for (column, sums) in columns.zip(sums.chunks_exact(rows.len())) {
                for (row, &sum) in rows.clone().zip(sums) {
                    matrix[column * self.size + row] = sum;
                    matrix[row * self.size + column] = sum;
                }
            }
        }
        matrix
    }
}

/// The matrix of columns: sums over rows, a slab of rows at a time.
#[derive(Debug)]
pub(super) struct Covariance<T> {
    tiles: Tiles,
    slab: Vec<T>,
    next_row: usize,
}

impl<T: Real> Covariance<T> {
    pub(super) fn new(source: &Source) -> Self {
        let dims = source.vectors.dims();
        Self { tiles: Tiles::new(dims, even_width(dims, TILE)), slab: Vec::new(), next_row: 0 }
    }
}

impl<T: Real> Work for Covariance<T> {
    /// Adds the next slab, or the next slabs if there is a single tile.
    fn step(&mut self, source: &Source) -> f64 {
        let (all, dims) = (source.vectors.rows(), source.vectors.dims());
        if let [tile] = &mut self.tiles.tiles[..] {
            self.next_row = add_slabs::<T>(tile, source, self.next_row);
            return self.next_row as f64 / all as f64;
        }
        let rows = slab_rows(dims).min(all - self.next_row);
        self.slab.resize(rows * dims, T::default());
        source.read_in_parallel(self.next_row..self.next_row + rows, &mut self.slab);
        self.next_row += rows;
        let slab = MatRef::from_row_major_slice(&self.slab, rows, dims);
        self.tiles.tiles.par_iter_mut().for_each_init(Vec::new, |product, tile| {
            let left = slab.subcols(tile.rows.start, tile.rows.len()).transpose();
            let right = slab.subcols(tile.columns.start, tile.columns.len());
            add_product(&mut tile.sums, left, right, product);
        });
        self.next_row as f64 / all as f64
    }

    /// The sums of products of deviations from the mean, column by column.
    fn finish(self: Box<Self>, source: &Source) -> Vec<f64> {
        let mut matrix = self.tiles.assemble();
        let kept = source.kept() as f64;
        // Deviations were taken from the center; the difference between the center and the mean is
        // removed here.
        for (column, rest) in matrix.chunks_exact_mut(source.rest.len()).zip(&source.rest) {
            for (sum, other) in column.iter_mut().zip(&source.rest) {
                *sum -= kept * rest * other;
            }
        }
        matrix
    }
}

/// The matrix of rows: sums over columns.
#[derive(Debug)]
pub(super) struct Gram<T> {
    tiles: Tiles,
    width: usize,
    next_tile: usize,
    read_as: PhantomData<T>,
}

impl<T: Real> Gram<T> {
    pub(super) fn new(source: &Source) -> Self {
        let (rows, dims) = (source.vectors.rows(), source.vectors.dims());
        let width = even_width(rows, (SLAB_BYTES / (dims * size_of::<f32>())).clamp(1, TILE));
        Self { tiles: Tiles::new(rows, width), width, next_tile: 0, read_as: PhantomData }
    }
}

impl<T: Real> Work for Gram<T> {
    /// Computes the next row of tiles.
    fn step(&mut self, source: &Source) -> f64 {
        let (rows, dims) = (source.vectors.rows(), source.vectors.dims());
        let band = self.next_tile * self.width..((self.next_tile + 1) * self.width).min(rows);
        let mut left = vec![T::default(); band.len() * dims];
        source.read_in_parallel(band.clone(), &mut left);
        let before = self.next_tile * (self.next_tile + 1) / 2;
        self.next_tile += 1;
        let tiles = &mut self.tiles.tiles[before..before + self.next_tile];
        let buffers = <(Vec<T>, Vec<T>, Vec<T>)>::default;
        tiles.par_iter_mut().for_each_init(buffers, |(buffer, right, product), tile| {
            right.resize(tile.columns.len() * dims, T::default());
            source.read(tile.columns.clone(), buffer, right);
            let left = MatRef::from_row_major_slice(&left, tile.rows.len(), dims);
            let right = MatRef::from_row_major_slice(right, tile.columns.len(), dims).transpose();
            add_product(&mut tile.sums, left, right, product);
        });
        (before + self.next_tile) as f64 / self.tiles.tiles.len() as f64
    }

    /// The products of deviations from the mean, column by column; zeros for rows that are left
    /// out.
    fn finish(self: Box<Self>, source: &Source) -> Vec<f64> {
        let size = source.vectors.rows();
        let mut matrix = self.tiles.assemble();
        // Deviations were taken from the center. Subtracting the means of rows and columns makes
        // them deviations from the mean.
        let kept: Vec<f64> = (0..size as u32).map(|row| f64::from(u8::from(!source.left_out.contains(row)))).collect();
        let count = source.kept() as f64;
        let means: Vec<f64> = matrix.chunks_exact(size).map(|column| column.iter().sum::<f64>() / count).collect();
        let mean = means.iter().sum::<f64>() / count;
        for ((column, column_mean), column_kept) in matrix.chunks_exact_mut(size).zip(&means).zip(&kept) {
            for ((value, row_mean), row_kept) in column.iter_mut().zip(&means).zip(&kept) {
                *value = (*value - row_mean - column_mean + mean) * row_kept * column_kept;
            }
        }
        matrix
    }
}

/// The components that belong to eigenvectors of the Gram matrix: sums of rows by the eigenvectors'
/// weights.
#[derive(Debug)]
pub(super) struct Components<T> {
    /// For each column of the data the sums of all components, one column after the other.
    sums: Vec<f64>,
    /// For each row its weights.
    weights: Vec<T>,
    count: usize,
    slab: Vec<T>,
    next_row: usize,
}

impl<T: Real> Components<T> {
    /// From `count` unit eigenvectors, one after the other.
    pub(super) fn new(source: &Source, eigenvectors: &[f64], count: usize) -> Self {
        let (rows, dims) = (source.vectors.rows(), source.vectors.dims());
        let weight = |row: usize, i: usize| <T as Number>::from_f64(eigenvectors[i * rows + row]);
        let weights = (0..rows).flat_map(|row| (0..count).map(move |i| weight(row, i))).collect();
        Self { sums: vec![0.0; dims * count], weights, count, slab: Vec::new(), next_row: 0 }
    }
}

impl<T: Real> Work for Components<T> {
    /// Adds the next slab of rows.
    fn step(&mut self, source: &Source) -> f64 {
        const COLUMNS: usize = 1024;
        let (all, dims, count) = (source.vectors.rows(), source.vectors.dims(), self.count);
        let rows = slab_rows(dims).min(all - self.next_row);
        self.slab.resize(rows * dims, T::default());
        source.read_in_parallel(self.next_row..self.next_row + rows, &mut self.slab);
        let slab = MatRef::from_row_major_slice(&self.slab, rows, dims);
        let weights = &self.weights[self.next_row * count..(self.next_row + rows) * count];
        let weights = MatRef::from_row_major_slice(weights, rows, count).transpose();
        self.sums.par_chunks_mut(COLUMNS * count).enumerate().for_each_init(Vec::new, |product, (chunk, sums)| {
            let columns = slab.subcols(chunk * COLUMNS, sums.len() / count);
            add_product(sums, weights, columns, product);
        });
        self.next_row += rows;
        self.next_row as f64 / all as f64
    }

    /// The components, one after the other, of whatever length they have.
    fn finish(self: Box<Self>, _source: &Source) -> Vec<f64> {
        (0..self.count).flat_map(|i| self.sums[i..].iter().step_by(self.count).copied()).collect()
    }
}

/// Adds [`SLABS`] slabs of rows from `next_row` on to the tile of all columns. Returns the row that
/// follows. Each slab is summed by one thread, and then slabs are added in their order.
fn add_slabs<T: Real>(tile: &mut Tile, source: &Source, next_row: usize) -> usize {
    let dims = source.vectors.dims();
    let length = slab_rows(dims);
    let end = (next_row + length * SLABS).min(source.vectors.rows());
    let slabs: Vec<Range<usize>> =
        (next_row..end).step_by(length).map(|start| start..(start + length).min(end)).collect();
    let buffers = <[Vec<T>; 3]>::default;
    let sums: Vec<Vec<f64>> = slabs
        .into_par_iter()
        .map_init(buffers, |[buffer, slab, product], rows| {
            let count = rows.len();
            slab.resize(count * dims, T::default());
            source.read(rows, buffer, slab);
            let slab = MatRef::from_row_major_slice(slab, count, dims);
            let mut sums = vec![0.0; tile.sums.len()];
            add_product(&mut sums, slab.transpose(), slab, product);
            sums
        })
        .collect();
    for slab in sums {
        tile.sums.iter_mut().zip(slab).for_each(|(sum, of_slab)| *sum += of_slab);
    }
    end
}

/// Adds `left` times `right` to `sums`, which are column by column. `product` is a buffer.
fn add_product<T: Real>(sums: &mut [f64], left: MatRef<'_, T>, right: MatRef<'_, T>, product: &mut Vec<T>) {
    product.resize(sums.len(), T::default());
    for start in (0..left.ncols()).step_by(TERMS) {
        let terms = TERMS.min(left.ncols() - start);
        let out = MatMut::from_column_major_slice_mut(product, left.nrows(), right.ncols());
        let (left, right) = (left.subcols(start, terms), right.subrows(start, terms));
        matmul(out, Accum::Replace, left, right, <T as Number>::from_f64(1.0), Par::Seq);
        for (sum, &product) in sums.iter_mut().zip(&*product) {
            *sum += product.into();
        }
    }
}

/// Rows of `dims` values that a slab has.
fn slab_rows(dims: usize) -> usize {
    (SLAB_BYTES / (dims * size_of::<f32>())).clamp(1, SLAB_ROWS)
}

/// A width of at most `limit` that cuts `size` into about equal parts.
fn even_width(size: usize, limit: usize) -> usize {
    size.div_ceil(size.div_ceil(limit).max(1)).max(1)
}
