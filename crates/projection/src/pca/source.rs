//! The rows that a PCA works on: shifted to about their mean and scaled to about one.
//!
//! Products of shifted rows keep their digits whatever the offset of the data, and a scale by a
//! power of two, which changes no digit, keeps squares within the range of `f32` whatever the size
//! of the data. A scale below one is applied before the shift, whose result might otherwise
//! overflow `f32`; any other is applied after it, since the values themselves might overflow.
//!
//! [Wide](Vectors::is_wide) vectors are read as `f64`, all others as `f32`.

use std::{
    fmt,
    ops::{Mul, Range, Sub},
};

use faer::traits::ComplexField;
use parallax_embedding::{Number, RowSet, Vectors};
use rayon::prelude::*;

use crate::{ProjectionError, narrow::inverse_power_of_two};

/// Numbers that products run in.
pub(super) trait Real: Number + ComplexField + Mul<Output = Self> + Sub<Output = Self> {}

impl<T: Number + ComplexField + Mul<Output = T> + Sub<Output = T>> Real for T {}

/// Vectors, and the shift and scale under which they are read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) vectors: Vectors,
    /// Rows that take no part: they are read as zeros.
    pub(super) left_out: RowSet,
    /// What is subtracted from columns before they are summed: a row if vectors are wide, so that
    /// sums keep the digits in which values differ; otherwise zeros.
    from: Vec<f64>,
    /// The numbers nearest to the mean, under the scale before the shift, of the type that rows are
    /// read as.
    center: Vec<f64>,
    /// What is left of the mean after `center` is subtracted, scaled.
    pub(super) rest: Vec<f64>,
    /// A power of two, under which no shifted value is much greater than one.
    scale: f64,
}

/// What one pass over the columns finds.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    rows: usize,
    /// Of the values less [`Source::from`].
    sums: Vec<f64>,
    min: Vec<f64>,
    max: Vec<f64>,
}

impl Source {
    /// Before the mean is known: rows as they are.
    pub(super) fn new(vectors: Vectors, left_out: RowSet) -> Self {
        let first = (0..vectors.rows()).find(|&row| !left_out.contains(row as u32));
        let from = match first {
            Some(row) if vectors.is_wide() => vectors.row_as::<f64>(row, &mut Vec::new()).to_vec(),
            _ => vec![0.0; vectors.dims()],
        };
        Self { from, center: vec![0.0; vectors.dims()], rest: Vec::new(), scale: 1.0, vectors, left_out }
    }

    /// The number of rows that take part.
    pub(super) fn kept(&self) -> usize {
        self.vectors.rows() - self.left_out.len()
    }

    /// The scale under which rows are read.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// The parts of the scale before the shift and after it, one of which is 1.
    fn scales(&self) -> (f64, f64) {
        (self.scale.min(1.0), self.scale.max(1.0))
    }

    /// Shifts and scales by what `columns` found in all rows; returns the mean.
    pub(super) fn center(&mut self, columns: &Columns) -> Vec<f64> {
        let sums = self.from.iter().zip(&columns.sums);
        let mean: Vec<f64> = sums.map(|(from, sum)| from + sum / columns.rows as f64).collect();
        self.center_at(&mean, columns);
        mean
    }

    /// Shifts by `mean`, and scales by what `columns` found in all rows.
    pub(super) fn center_at(&mut self, mean: &[f64], columns: &Columns) {
        let spread = columns
            .min
            .iter()
            .zip(&columns.max)
            .zip(mean)
            .fold(0.0_f64, |spread, ((&low, &high), mean)| spread.max(mean - low).max(high - mean));
        self.scale = inverse_power_of_two(spread);
        let (before, after) = self.scales();
        let is_wide = self.vectors.is_wide();
        let nearest = |mean: f64| if is_wide { mean } else { f64::from(mean as f32) };
        let scaled = || mean.iter().map(|mean| mean * before);
        self.center = scaled().map(nearest).collect();
        self.rest = scaled().zip(&self.center).map(|(mean, center)| (mean - center) * after).collect();
    }

    /// Reads `rows`, shifted and scaled, into `out`, one row after the other.
    pub(super) fn read<T: Real>(&self, rows: Range<usize>, buffer: &mut Vec<T>, out: &mut [T]) {
        let (dims, (before, after)) = (self.vectors.dims(), self.scales());
        let (before, after) = (<T as Number>::from_f64(before), <T as Number>::from_f64(after));
        let centers: Vec<T> = self.center.iter().map(|&center| <T as Number>::from_f64(center)).collect();
        let values = self.vectors.each_row(rows.clone(), buffer);
        for ((row, values), out) in rows.zip(values).zip(out.chunks_exact_mut(dims)) {
            if self.is_left_out(row) {
                out.fill(T::default());
                continue;
            }
            for ((out, &value), &center) in out.iter_mut().zip(values).zip(&centers) {
                *out = (value * before - center) * after;
            }
        }
    }

    /// As [`Source::read`], on all threads.
    pub(super) fn read_in_parallel<T: Real>(&self, rows: Range<usize>, out: &mut [T]) {
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
    /// If a value is not finite in a row that is not left out.
    pub(super) fn columns<T: Real>(&self, rows: Range<usize>, buffer: &mut Vec<T>) -> Result<Columns, ProjectionError> {
        let dims = self.vectors.dims();
        let values = self.vectors.each_row(rows.clone(), buffer);
        let kept = || rows.clone().zip(values.clone()).filter(|(row, _)| !self.is_left_out(*row));
        let mut columns = Columns::none(dims);
        let mut extremes: Option<(Vec<T>, Vec<T>)> = None;
        for (_, values) in kept() {
            columns.rows += 1;
            for ((sum, &value), from) in columns.sums.iter_mut().zip(values).zip(&self.from) {
                *sum += value.into() - from;
            }
            let (min, max) = extremes.get_or_insert_with(|| (values.to_vec(), values.to_vec()));
            for ((min, max), &value) in min.iter_mut().zip(max).zip(values) {
                *min = if value < *min { value } else { *min };
                *max = if value > *max { value } else { *max };
            }
        }
        if let Some((min, max)) = extremes {
            columns.min = min.into_iter().map(Into::into).collect();
            columns.max = max.into_iter().map(Into::into).collect();
        }
        // A sum of finite `f32` values is finite in `f64`, so that this looks at sums instead of
        // values.
        if columns.sums.iter().all(|sum| sum.is_finite()) {
            return Ok(columns);
        }
        let bad = kept().find(|(_, values)| values.iter().any(|&value| !Into::<f64>::into(value).is_finite()));
        Err(ProjectionError::NonFinite { row: bad.map_or(rows.start, |(row, _)| row) })
    }

    fn is_left_out(&self, row: usize) -> bool {
        !self.left_out.is_empty() && u32::try_from(row).is_ok_and(|row| self.left_out.contains(row))
    }
}

/// A part of the work that is done in steps: a matrix that is put together, or components.
pub(super) trait Work: fmt::Debug + Send + Sync {
    /// Does the next step; returns what part is done.
    fn step(&mut self, source: &Source) -> f64;

    /// The result, once all is done.
    fn finish(self: Box<Self>, source: &Source) -> Vec<f64>;
}

impl Columns {
    /// Of no rows.
    pub(super) fn none(dims: usize) -> Self {
        Self { rows: 0, sums: vec![0.0; dims], min: vec![f64::INFINITY; dims], max: vec![f64::NEG_INFINITY; dims] }
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
