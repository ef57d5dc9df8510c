//! Squared distances between points in the space of the vectors, by which their ranks are counted.
//!
//! Distances come from `f32` differences, not from products, so that they are right wherever the
//! vectors are. [Wide](Vectors::is_wide) vectors and unit vectors have their mean subtracted before
//! they are narrowed: distances are then right to about 1e-7 of the farthest point's distance from
//! the mean.

use std::sync::atomic::{AtomicUsize, Ordering};

use parallax_embedding::{Cancelled, Number, Progress, Vectors};
use parallax_neighbors::{Metric, norm};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::narrow::inverse_power_of_two;

/// Vectors as distances are taken between them.
#[derive(Debug, Clone)]
pub(super) struct Source {
    vectors: Vectors,
    /// The row of each point.
    rows: Vec<u32>,
    /// Whether only the directions of vectors count.
    directional: bool,
    /// What is subtracted from wide vectors, or from all unit vectors, before they are narrowed.
    origin: Vec<f64>,
    /// A power of two that keeps squares within the range of `f32`.
    scale: f32,
    /// The values of a vector, zeros added until they fill the widest SIMD registers.
    width: usize,
}

/// The points of one task. Their vectors stay in the second-level cache.
pub(super) const POINTS: usize = 32;

/// The others that are compared with all points of a task before the next are read.
const TILE: usize = 32;

/// Points, and others, whose distances are summed side by side.
const BLOCK: [usize; 2] = [4, 2];

/// Widths are multiples of this.
const ALIGNMENT: usize = 16;

/// Buffers that rows are read into.
type Buffers = (Vec<f32>, Vec<f64>);

impl Source {
    pub(super) fn new(
        vectors: Vectors,
        rows: Vec<u32>,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let (width, is_wide) = (vectors.dims().next_multiple_of(ALIGNMENT), vectors.is_wide());
        let source =
            Self { vectors, rows, directional: metric.is_directional(), origin: Vec::new(), scale: 1.0, width };
        match (is_wide, source.directional) {
            (true, true) => Ok(Self { origin: source.mean::<f64>(progress)?, ..source }),
            (false, true) => Ok(Self { origin: source.mean::<f32>(progress)?, ..source }),
            (true, false) => {
                let source = Self { origin: source.mean::<f64>(progress)?, ..source };
                Ok(Self { scale: inverse_power_of_two(source.greatest::<f64>()) as f32, ..source })
            }
            (false, false) => Ok(Self { scale: inverse_power_of_two(source.greatest::<f32>()) as f32, ..source }),
        }
    }

    /// The squared distances of each point to each of `others`: points x others.
    pub(super) fn squares_of_all(&self, others: &[u32], progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let (all, count) = (self.rows.len(), others.len());
        let mut squares = vec![0.0; all * count];
        let done = AtomicUsize::new(0);
        squares.par_chunks_mut(POINTS * count.max(1)).enumerate().try_for_each(|(task, squares)| {
            let first = task * POINTS;
            let points: Vec<u32> = (first as u32..all.min(first + POINTS) as u32).collect();
            progress.advance(done.fetch_add(points.len(), Ordering::Relaxed), all)?;
            self.squares(&points, others, squares);
            Ok(())
        })?;
        Ok(squares)
    }

    /// The squared distances of `point` to `others`, to the bit those of
    /// [`Source::squares_of_all`].
    pub(super) fn squares_to(&self, point: u32, others: &[u32]) -> Vec<f32> {
        let (arch, mut buffers) = (Arch::new(), Buffers::default());
        let (mut a, mut b) = (vec![0.0; self.width], vec![0.0; self.width]);
        self.read(point, &mut buffers, &mut a);
        let square = |&other: &u32| {
            self.read(other, &mut buffers, &mut b);
            arch.dispatch(SquareOfPair { a: &a, b: &b })
        };
        others.iter().map(square).collect()
    }

    /// The mean of the vectors, or of the unit vectors, summed in a fixed order.
    fn mean<T: Number>(&self, progress: &Progress) -> Result<Vec<f64>, Cancelled> {
        const CHUNK: usize = 256;
        let sum_of = |buffer: &mut Vec<T>, rows: &[u32]| {
            progress.check()?;
            let mut sum = vec![0.0; self.vectors.dims()];
            for &row in rows {
                let values = self.vectors.row_as(row as usize, buffer);
                let length = self.length(values);
                sum.iter_mut().zip(values).for_each(|(sum, &x)| *sum += x.into() / length);
            }
            Ok(sum)
        };
        let sums: Vec<Vec<f64>> =
            self.rows.par_chunks(CHUNK).map_init(Vec::new, sum_of).collect::<Result<_, Cancelled>>()?;
        let mut mean = vec![0.0; self.vectors.dims()];
        for sum in sums {
            mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean += sum / self.rows.len() as f64);
        }
        Ok(mean)
    }

    /// The greatest value of any vector, minus the origin if there is one.
    fn greatest<T: Number>(&self) -> f64 {
        let origin = |at: usize| self.origin.get(at).copied().unwrap_or(0.0);
        let greatest_of = |buffer: &mut Vec<T>, &row: &u32| {
            let values = self.vectors.row_as(row as usize, buffer).iter().enumerate();
            values.fold(0.0_f64, |greatest, (at, &x)| greatest.max((x.into() - origin(at)).abs()))
        };
        self.rows.par_iter().map_init(Vec::new, greatest_of).reduce(|| 0.0, f64::max)
    }

    /// What a vector is divided by: its length if only directions count.
    fn length<T: Number>(&self, values: &[T]) -> f64 {
        if self.directional { norm(values) } else { 1.0 }
    }

    fn read(&self, point: u32, buffers: &mut Buffers, out: &mut [f32]) {
        let row = self.rows[point as usize] as usize;
        if self.vectors.is_wide() {
            self.center(self.vectors.row_as(row, &mut buffers.1), out);
        } else if self.directional {
            self.center(self.vectors.row(row, &mut buffers.0), out);
        } else {
            let values = self.vectors.row(row, &mut buffers.0);
            out.iter_mut().zip(values).for_each(|(out, &x)| *out = x * self.scale);
        }
    }

    /// Subtracts the origin, and narrows.
    fn center<T: Number>(&self, values: &[T], out: &mut [f32]) {
        let (length, scale) = (self.length(values), f64::from(self.scale));
        for ((out, &x), origin) in out.iter_mut().zip(values).zip(&self.origin) {
            *out = ((x.into() / length - origin) * scale) as f32;
        }
    }

    fn read_all(&self, points: impl Iterator<Item = u32>, buffer: &mut Buffers, out: &mut [f32]) {
        if self.width > 0 {
            points.zip(out.chunks_exact_mut(self.width)).for_each(|(point, out)| self.read(point, buffer, out));
        }
    }

    /// Squared distances: points x others.
    pub(super) fn squares(&self, points: &[u32], others: &[u32], squares: &mut [f32]) {
        let (arch, count, mut buffer) = (Arch::new(), others.len(), Buffers::default());
        let [a_block, b_block] = BLOCK;
        let mut a = vec![0.0; points.len().next_multiple_of(a_block) * self.width];
        let mut b = vec![0.0; TILE.next_multiple_of(b_block) * self.width];
        self.read_all(points.iter().copied(), &mut buffer, &mut a);
        for start in (0..count).step_by(TILE) {
            let end = (start + TILE).min(count);
            self.read_all(others[start..end].iter().copied(), &mut buffer, &mut b);
            for point in (0..points.len()).step_by(a_block) {
                for other in (start..end).step_by(b_block) {
                    let block = SquaresOfBlock {
                        a: &a[point * self.width..][..a_block * self.width],
                        b: &b[(other - start) * self.width..][..b_block * self.width],
                        width: self.width,
                    };
                    for (i, sums) in (point..points.len()).zip(arch.dispatch(block)) {
                        squares[i * count..][other..end].iter_mut().zip(sums).for_each(|(out, sum)| *out = sum);
                    }
                }
            }
        }
    }
}

/// The squared distances of each vector of `a` to each of `b`.
struct SquaresOfBlock<'a> {
    a: &'a [f32],
    b: &'a [f32],
    width: usize,
}

impl WithSimd for SquaresOfBlock<'_> {
    type Output = [[f32; BLOCK[1]]; BLOCK[0]];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let a = [0, 1, 2, 3].map(|index| S::as_simd_f32s(&self.a[index * self.width..][..self.width]).0);
        let b = [0, 1].map(|index| S::as_simd_f32s(&self.b[index * self.width..][..self.width]).0);
        let mut sums = [[simd.splat_f32s(0.0); BLOCK[1]]; BLOCK[0]];
        for (at, &first) in a[0].iter().enumerate() {
            let a = [first, a[1][at], a[2][at], a[3][at]];
            let b = [b[0][at], b[1][at]];
            for (sums, &a) in sums.iter_mut().zip(&a) {
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    let difference = simd.sub_f32s(a, b);
                    *sum = simd.mul_add_e_f32s(difference, difference, *sum);
                }
            }
        }
        sums.map(|sums| sums.map(|sum| simd.reduce_sum_f32s(sum)))
    }
}

/// The squared distance of two vectors, summed as in [`SquaresOfBlock`].
struct SquareOfPair<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl WithSimd for SquareOfPair<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let [a, b] = [self.a, self.b].map(|values| S::as_simd_f32s(values).0);
        let sum = a.iter().zip(b).fold(simd.splat_f32s(0.0), |sum, (&a, &b)| {
            let difference = simd.sub_f32s(a, b);
            simd.mul_add_e_f32s(difference, difference, sum)
        });
        simd.reduce_sum_f32s(sum)
    }
}
