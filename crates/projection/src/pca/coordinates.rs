//! The rows' coordinates along the components.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use rayon::prelude::*;

use super::source::Source;
use crate::Layout;

/// Rows that one thread takes at a time.
const ROWS: usize = 128;

/// Chunks of rows that one call takes.
const CHUNKS: usize = 128;

/// Fills in the coordinates of some rows from `next_row` on; returns the first row that is not yet filled in.
pub(super) fn fill(source: &Source, components: &[f64], next_row: usize, layout: &mut Layout) -> usize {
    let (rows, dims, count) = (source.vectors.rows(), source.vectors.dims(), layout.dims);
    let end = (next_row + ROWS * CHUNKS).min(rows);
    let scale = source.scale();
    let rests: Vec<f64> =
        components.chunks_exact(dims).map(|v| v.iter().zip(&source.rest).map(|(v, r)| v * r).sum()).collect();
    let components: Vec<f32> = components.iter().map(|&x| x as f32).collect();
    let components = MatRef::from_column_major_slice(&components, dims, count);
    let coordinates = &mut layout.coordinates[next_row * count..end * count];
    coordinates.par_chunks_mut(ROWS * count).enumerate().for_each_init(
        <(Vec<f32>, Vec<f32>)>::default,
        |(buffer, values), (chunk, out)| {
            let start = next_row + chunk * ROWS;
            let rows = out.len() / count;
            values.resize(rows * dims, 0.0);
            source.read(start..start + rows, buffer, values);
            let values = MatRef::from_row_major_slice(values, rows, dims);
            matmul(
                MatMut::from_row_major_slice_mut(out, rows, count),
                Accum::Replace,
                values,
                components,
                1.0,
                Par::Seq,
            );
            for row in out.chunks_exact_mut(count) {
                for (x, rest) in row.iter_mut().zip(&rests) {
                    *x = ((f64::from(*x) - rest) / scale) as f32;
                }
            }
        },
    );
    for row in source.left_out.iter().map(|row| row as usize).filter(|row| (next_row..end).contains(row)) {
        layout.coordinates[row * count..(row + 1) * count].fill(f32::NAN);
    }
    end
}
