//! The rows that a PCA works on: shifted to about their mean and scaled to about one.
//!
//! Products of shifted rows keep their digits in `f32` whatever the offset of the data, and a scale by a power of two,
//! which changes no digit, keeps squares within the range of `f32` whatever the size of the data. Where the scale is
//! less than one it comes before the shift, whose result might be too great for `f32`; else after it, where the
//! values themselves might become so.

use std::ops::Range;

use parallax_embedding::{RowSet, Vectors};
use rayon::prelude::*;

use crate::ProjectionError;

/// Vectors, and the shift and scale under which they are read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) vectors: Vectors,
    /// Rows that take no part: they are read as zeros.
    pub(super) left_out: RowSet,
    /// The `f32` values nearest to the mean, under the scale before the shift.
    center: Vec<f32>,
    /// What is left of the mean when `center` is taken off, scaled.
    pub(super) rest: Vec<f64>,
    /// A power of two, under which no shifted value is much greater than one.
    scale: f32,
}

/// What one pass over the columns finds.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    rows: usize,
    sums: Vec<f64>,
    min: Vec<f32>,
    max: Vec<f32>,
}

impl Source {
    /// Before the mean is known: rows as they are.
    pub(super) fn new(vectors: Vectors, left_out: RowSet) -> Self {
        Self { center: vec![0.0; vectors.dims()], rest: Vec::new(), scale: 1.0, vectors, left_out }
    }

    /// The number of rows that take part.
    pub(super) fn kept(&self) -> usize {
        self.vectors.rows() - self.left_out.len()
    }

    /// The scale under which rows are read.
    pub(super) fn scale(&self) -> f64 {
        f64::from(self.scale)
    }

    /// The parts of the scale before the shift and after it, one of which is 1.
    fn scales(&self) -> (f32, f32) {
        (self.scale.min(1.0), self.scale.max(1.0))
    }

    /// Shifts and scales by what `columns` found in all rows; returns the mean.
    pub(super) fn center(&mut self, columns: &Columns) -> Vec<f64> {
        let mean: Vec<f64> = columns.sums.iter().map(|sum| sum / columns.rows as f64).collect();
        let spread = columns.min.iter().zip(&columns.max).zip(&mean).fold(0.0_f64, |spread, ((&low, &high), mean)| {
            spread.max(mean - f64::from(low)).max(f64::from(high) - mean)
        });
        self.scale = inverse_power_of_two(spread);
        let (before, after) = self.scales();
        let scaled = || mean.iter().map(|mean| mean * f64::from(before));
        self.center = scaled().map(|mean| mean as f32).collect();
        let rest = scaled().zip(&self.center).map(|(mean, &center)| mean - f64::from(center));
        self.rest = rest.map(|rest| rest * f64::from(after)).collect();
        mean
    }

    /// Reads `rows`, shifted and scaled, into `out`, one row after the other.
    pub(super) fn read(&self, rows: Range<usize>, buffer: &mut Vec<f32>, out: &mut [f32]) {
        let (dims, (before, after)) = (self.vectors.dims(), self.scales());
        let values = self.vectors.block(rows.clone(), buffer);
        for ((row, values), out) in rows.zip(values.chunks_exact(dims)).zip(out.chunks_exact_mut(dims)) {
            if self.is_left_out(row) {
                out.fill(0.0);
                continue;
            }
            for ((out, value), center) in out.iter_mut().zip(values).zip(&self.center) {
                *out = (value * before - center) * after;
            }
        }
    }

    /// As [`Source::read`], on all threads.
    pub(super) fn read_in_parallel(&self, rows: Range<usize>, out: &mut [f32]) {
        const ROWS: usize = 64;
        let chunks = out.par_chunks_mut(ROWS * self.vectors.dims()).enumerate();
        chunks.for_each_init(Vec::new, |buffer, (chunk, out)| {
            let start = rows.start + chunk * ROWS;
            self.read(start..(start + ROWS).min(rows.end), buffer, out);
        });
    }

    /// Sums and extremes of the columns over `rows`.
    ///
    /// # Errors
    /// Where a value is not finite in a row that is not left out.
    pub(super) fn columns(&self, rows: Range<usize>, buffer: &mut Vec<f32>) -> Result<Columns, ProjectionError> {
        let dims = self.vectors.dims();
        let values = self.vectors.block(rows.clone(), buffer);
        let kept = || rows.clone().zip(values.chunks_exact(dims)).filter(|(row, _)| !self.is_left_out(*row));
        let mut columns = Columns::none(dims);
        for (_, values) in kept() {
            columns.add_row(values);
        }
        // A sum of finite `f32` values is finite in `f64`, so that this looks at sums instead of values.
        if columns.sums.iter().all(|sum| sum.is_finite()) {
            return Ok(columns);
        }
        let bad = kept().find(|(_, values)| values.iter().any(|value| !value.is_finite()));
        Err(ProjectionError::NonFinite { row: bad.map_or(rows.start, |(row, _)| row) })
    }

    fn is_left_out(&self, row: usize) -> bool {
        !self.left_out.is_empty() && u32::try_from(row).is_ok_and(|row| self.left_out.contains(row))
    }
}

impl Columns {
    /// Of no rows.
    pub(super) fn none(dims: usize) -> Self {
        Self { rows: 0, sums: vec![0.0; dims], min: vec![f32::INFINITY; dims], max: vec![f32::NEG_INFINITY; dims] }
    }

    fn add_row(&mut self, values: &[f32]) {
        self.rows += 1;
        for (sum, &value) in self.sums.iter_mut().zip(values) {
            *sum += f64::from(value);
        }
        for ((min, max), &value) in self.min.iter_mut().zip(&mut self.max).zip(values) {
            *min = if value < *min { value } else { *min };
            *max = if value > *max { value } else { *max };
        }
    }

    /// Takes in what was found in the rows that follow.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            *sum += other;
        }
        for ((min, max), (&low, &high)) in self.min.iter_mut().zip(&mut self.max).zip(other.min.iter().zip(&other.max))
        {
            (*min, *max) = (min.min(low), max.max(high));
        }
    }
}

/// The power of two that brings `x` to between a half and one, as far as `f32` has it.
fn inverse_power_of_two(x: f64) -> f32 {
    if x > 0.0 { (-x.log2().ceil()).clamp(-126.0, 126.0).exp2() as f32 } else { 1.0 }
}
