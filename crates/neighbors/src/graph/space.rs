//! Places as `f32` coordinates whose Euclidean distances rank as those of the metric do, with a
//! bound on the error.
//!
//! Euclidean distances are ranked among the vectors minus their mean, scaled by a power of two so
//! that nothing overflows; cosine and angle among unit vectors minus their mean, since both grow
//! with the chord. The square of a distance comes from a matrix product, as |a|² + |b|² - 2ab. The
//! error from cancellation is bounded by the size of |a|² + |b|², which subtracting the mean makes
//! small. A bound that is too wide for some places costs time, but never a neighbor.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use parallax_embedding::{Cancelled, Number, Progress};
use rayon::prelude::*;

use super::points::Points;
use crate::metric::{same_direction, square};

/// Coordinates are padded with zeros to a multiple of this.
pub(super) const LANES: usize = 8;

/// Places that a thread takes at a time.
const CHUNK: usize = 256;

#[derive(Debug)]
pub(super) struct Space {
    stride: usize,
    /// Row-major, places x `stride`.
    coordinates: Vec<f32>,
    /// A place's part in the lower bound of its squared distances.
    lower: Vec<f32>,
    /// A place's part in how far the upper bound is above the lower one.
    width: Vec<f32>,
    /// Distances that differ by less than this may be the same number once measured.
    blur: f64,
}

impl Space {
    pub(super) fn new(points: &Points<'_>, progress: &Progress) -> Result<Self, Cancelled> {
        if points.is_wide() { Self::read::<f64>(points, progress) } else { Self::read::<f32>(points, progress) }
    }

    fn read<T: Number>(points: &Points<'_>, progress: &Progress) -> Result<Self, Cancelled> {
        let dims = points.dims();
        let mean = mean::<T>(points, progress)?;
        let radius = radius::<T>(points, &mean, progress)?;
        let (scale, blur) = if points.metric().is_directional() {
            (1.0, 2.0 * same_direction(dims))
        } else {
            let scale = if radius > 0.0 { 2.0_f64.powi(-1 - radius.log2().floor() as i32) } else { 1.0 };
            // Distances are reported as `f32`: the smallest are 2^-149 apart, and beyond the
            // largest all are infinite.
            let may_overflow = 4.0 * radius * (dims as f64).sqrt() > f64::from(f32::MAX);
            (scale, if may_overflow { f64::INFINITY } else { 2.0_f64.powi(-147) * scale })
        };
        let stride = dims.next_multiple_of(LANES).max(LANES);
        let mut coordinates = vec![0.0; points.places() * stride];
        coordinates.par_chunks_mut(CHUNK * stride).enumerate().try_for_each_init(
            Vec::<T>::new,
            |buffer, (chunk, coordinates)| {
                progress.check()?;
                for (i, coordinates) in coordinates.chunks_exact_mut(stride).enumerate() {
                    let vector = unit(points, chunk * CHUNK + i, buffer);
                    for ((coordinate, value), mean) in coordinates.iter_mut().zip(vector).zip(&mean) {
                        *coordinate = ((value - mean) * scale) as f32;
                    }
                }
                Ok(())
            },
        )?;
        let (lower, width) = bounds(&coordinates, stride, points.metric().is_directional());
        Ok(Self { stride, coordinates, lower, width, blur })
    }

    pub(super) fn len(&self) -> usize {
        self.lower.len()
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The coordinates of some places that follow each other.
    pub(super) fn coordinates(&self, places: std::ops::Range<usize>) -> &[f32] {
        &self.coordinates[places.start * self.stride..places.end * self.stride]
    }

    /// See [`bounds`].
    pub(super) fn lower(&self) -> &[f32] {
        &self.lower
    }

    /// See [`bounds`].
    pub(super) fn width(&self) -> &[f32] {
        &self.width
    }

    /// The greatest squared distance in these coordinates of a place that the metric may measure as
    /// near as one whose squared distance is at most `square`.
    ///
    /// Measured distances are rounded to `f32`, once each; angles and cosines change by no less, in
    /// proportion, than the chords that they grow with.
    pub(super) fn reach(&self, square: f32) -> f32 {
        let distance = f64::from(square).max(0.0).sqrt() * (1.0 + 2.0 * f64::from(f32::EPSILON)) + self.blur;
        ((distance * distance) as f32).next_up()
    }

    /// The square of the distance between two places from the differences of their coordinates: it
    /// does not come from a matrix product, so nothing cancels. Symmetric to the bit.
    #[inline(always)]
    pub(super) fn square(&self, a: usize, b: usize) -> f32 {
        let a = self.coordinates(a..a + 1).as_chunks::<LANES>().0;
        let b = self.coordinates(b..b + 1).as_chunks::<LANES>().0;
        let mut sums = [[0.0_f32; LANES]; 2];
        for (chunk, (a, b)) in a.iter().zip(b).enumerate() {
            let lanes = &mut sums[chunk % 2];
            for lane in 0..LANES {
                let difference = a[lane] - b[lane];
                lanes[lane] += difference * difference;
            }
        }
        let [even, odd] = sums;
        let sums: [f32; LANES] = std::array::from_fn(|lane| even[lane] + odd[lane]);
        ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
    }
}

/// The products of all rows of `a` with all rows of `b`, both row-major of `stride` values a row,
/// row-major into `out`.
pub(super) fn products(a: &[f32], b: &[f32], stride: usize, out: &mut [f32]) {
    let (rows, columns) = (a.len() / stride, b.len() / stride);
    matmul(
        MatMut::from_row_major_slice_mut(out, rows, columns),
        Accum::Replace,
        MatRef::from_row_major_slice(a, rows, stride),
        MatRef::from_row_major_slice(b, columns, stride).transpose(),
        1.0,
        Par::Seq,
    );
}

/// What is needed to bound squared distances: for places a and b and p the `f32` product of their
/// coordinates, the true one lies between l = lower(a) + lower(b) - 2 p and l + width(a) +
/// width(b), both computed in `f32`.
///
/// A product of n terms is off by at most g = n u / (1 - n u) of |a||b|, where u is half an
/// epsilon, in whatever order it is summed (N. J. Higham, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1), and 2|a||b| is at most |a|² + |b|². The other roundings, of the
/// coordinates (which move a distance by u (|a| + |b|)), of the squares and of these sums, are
/// fewer than [`SPARE`] of that size. In addition there is underflow, and for unit vectors the
/// digits that `f64` loses before the mean is subtracted.
fn bounds(coordinates: &[f32], stride: usize, directional: bool) -> (Vec<f32>, Vec<f32>) {
    const SPARE: usize = 20;
    let unit_roundings = (stride + SPARE) as f64 * f64::from(f32::EPSILON) / 2.0;
    let g = unit_roundings / (1.0 - unit_roundings);
    let least = (stride + SPARE) as f64 * if directional { 2.0_f64.powi(-49) } else { 2.0_f64.powi(-120) };
    let of_place = |coordinates: &[f32]| {
        let square = square(coordinates);
        (((square * (1.0 - g) - least) as f32).next_down(), ((2.0 * (square * g + least)) as f32).next_up())
    };
    coordinates.par_chunks_exact(stride).map(of_place).unzip()
}

/// The vector at a place; its unit vector if the metric is directional.
fn unit<'a, T: Number>(points: &'a Points<'_>, place: usize, buffer: &'a mut Vec<T>) -> impl Iterator<Item = f64> + 'a {
    let (vector, length) = points.vector(place as u32, buffer);
    vector.iter().map(move |&value| value.into() / length)
}

/// The mean of all places, summed in a fixed order.
fn mean<T: Number>(points: &Points<'_>, progress: &Progress) -> Result<Vec<f64>, Cancelled> {
    let sum_of_chunk = |buffer: &mut Vec<T>, chunk: usize| {
        progress.check()?;
        let mut sum = vec![0.0; points.dims()];
        for place in chunk * CHUNK..((chunk + 1) * CHUNK).min(points.places()) {
            sum.iter_mut().zip(unit(points, place, buffer)).for_each(|(sum, value)| *sum += value);
        }
        Ok(sum)
    };
    let chunks = points.places().div_ceil(CHUNK);
    let sums: Vec<Vec<f64>> =
        (0..chunks).into_par_iter().map_init(Vec::new, sum_of_chunk).collect::<Result<_, Cancelled>>()?;
    let mut mean = vec![0.0; points.dims()];
    for sum in sums {
        mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean += sum);
    }
    mean.iter_mut().for_each(|mean| *mean /= points.places().max(1) as f64);
    Ok(mean)
}

/// The greatest difference of any value from the mean.
fn radius<T: Number>(points: &Points<'_>, mean: &[f64], progress: &Progress) -> Result<f64, Cancelled> {
    (0..points.places())
        .into_par_iter()
        .with_min_len(CHUNK)
        .map_init(Vec::<T>::new, |buffer, place| {
            progress.check()?;
            Ok(unit(points, place, buffer)
                .zip(mean)
                .fold(0.0, |radius: f64, (value, mean)| radius.max((value - mean).abs())))
        })
        .try_reduce(|| 0.0, |a, b| Ok(a.max(b)))
}
