//! The rows' coordinates along the components.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use ndarray::{Axis, s};
use parallax_embedding::Number;
use rayon::prelude::*;

use super::source::{Real, Source};
use crate::Layout;

/// Rows that one thread takes at a time.
const ROWS: usize = 128;

/// Chunks of rows that one call takes.
const CHUNKS: usize = 128;

/// Fills in the coordinates of some rows from `next_row` on; returns the first row that is not yet
/// filled in.
pub(super) fn fill<T: Real>(source: &Source, components: &[f64], next_row: usize, layout: &mut Layout) -> usize {
    let (rows, dims, count) = (source.vectors.rows(), source.vectors.dims(), layout.dims());
    let end = (next_row + ROWS * CHUNKS).min(rows);
    let scale = source.scale();
    let rests: Vec<f64> =
        components.chunks_exact(dims).map(|v| v.iter().zip(&source.rest).map(|(v, r)| v * r).sum()).collect();
    let components: Vec<T> = components.iter().map(|&x| <T as Number>::from_f64(x)).collect();
    let components = MatRef::from_column_major_slice(&components, dims, count);
    let mut coordinates = layout.view_mut();
    let mut filled = coordinates.slice_mut(s![next_row..end, ..]);
    filled.axis_chunks_iter_mut(Axis(0), ROWS).into_par_iter().enumerate().for_each_init(
        <[Vec<T>; 3]>::default,
        |[buffer, values, product], (chunk, mut out)| {
            let start = next_row + chunk * ROWS;
            let rows = out.nrows();
            values.resize(rows * dims, T::default());
            product.resize(out.len(), T::default());
            source.read(start..start + rows, buffer, values);
            matmul(
                MatMut::from_row_major_slice_mut(product, rows, count),
                Accum::Replace,
                MatRef::from_row_major_slice(values, rows, dims),
                components,
                <T as Number>::from_f64(1.0),
                Par::Seq,
            );
            for (mut out, product) in out.rows_mut().into_iter().zip(product.chunks_exact(count)) {
                for ((out, &x), rest) in out.iter_mut().zip(product).zip(&rests) {
                    *out = ((x.into() - rest) / scale) as f32;
                }
            }
        },
    );
    for row in source.left_out.iter().map(|row| row as usize).filter(|row| (next_row..end).contains(row)) {
        coordinates.row_mut(row).fill(f32::NAN);
    }
    end
}
