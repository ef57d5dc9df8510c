//! The ranks of all points as seen from some of them: 1 for the nearest, 2 for the next, in the
//! space of the vectors.
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
#[derive(Debug)]
struct Source<'a> {
    vectors: &'a Vectors,
    /// The row of each point.
    rows: &'a [u32],
    /// Whether only the directions of vectors count.
    directional: bool,
    /// What is subtracted from wide vectors, or from all unit vectors, before they are narrowed.
    origin: Vec<f64>,
    /// A power of two that keeps squares within the range of `f32`.
    scale: f32,
    /// The values of a vector, zeros added until they fill the widest SIMD registers.
    width: usize,
}

/// The points from which one thread looks at a time. Their vectors stay in the second-level cache.
const VIEWERS: usize = 32;

/// The points that are compared with all viewers before the next are read.
const TILE: usize = 32;

/// Viewers, and points, whose distances are summed side by side.
const BLOCK: [usize; 2] = [4, 2];

/// Widths are multiples of this.
const ALIGNMENT: usize = 16;

/// For each of `viewers` the rank of each point, 0 for itself: viewers x points.
///
/// At the same distance points rank by number.
pub(super) fn ranks(
    vectors: &Vectors,
    rows: &[u32],
    viewers: &[u32],
    metric: Metric,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let source = Source::new(vectors, rows, metric, progress)?;
    let mut ranks = vec![0; viewers.len() * rows.len()];
    let (done, all) = (AtomicUsize::new(0), viewers.len());
    let chunks = ranks.par_chunks_mut(VIEWERS * rows.len().max(1)).zip(viewers.par_chunks(VIEWERS));
    chunks.try_for_each(|(ranks, viewers)| {
        let before = done.fetch_add(viewers.len(), Ordering::Relaxed);
        progress.advance(before, all)?;
        let squares = source.squares(viewers);
        for ((ranks, squares), &viewer) in
            ranks.chunks_exact_mut(rows.len()).zip(squares.chunks_exact(rows.len())).zip(viewers)
        {
            rank(squares, viewer, ranks);
        }
        Ok(())
    })?;
    Ok(ranks)
}

/// Ranks points by their squared distances from `viewer`.
fn rank(squares: &[f32], viewer: u32, ranks: &mut [u32]) {
    let points = squares.iter().zip(0_u32..).filter(|&(_, point)| point != viewer);
    // Squares are not negative, so their bits ascend with them.
    let mut keys: Vec<u64> =
        points.map(|(square, point)| u64::from(square.to_bits()) << 32 | u64::from(point)).collect();
    keys.sort_unstable();
    for (key, rank) in keys.into_iter().zip(1..) {
        ranks[key as u32 as usize] = rank;
    }
    ranks[viewer as usize] = 0;
}

impl<'a> Source<'a> {
    fn new(vectors: &'a Vectors, rows: &'a [u32], metric: Metric, progress: &Progress) -> Result<Self, Cancelled> {
        let source = Self {
            vectors,
            rows,
            directional: metric.is_directional(),
            origin: Vec::new(),
            scale: 1.0,
            width: vectors.dims().next_multiple_of(ALIGNMENT),
        };
        match (vectors.is_wide(), source.directional) {
            (true, true) => Ok(Self { origin: source.mean::<f64>(progress)?, ..source }),
            (false, true) => Ok(Self { origin: source.mean::<f32>(progress)?, ..source }),
            (true, false) => {
                let source = Self { origin: source.mean::<f64>(progress)?, ..source };
                Ok(Self { scale: inverse_power_of_two(source.greatest::<f64>()) as f32, ..source })
            }
            (false, false) => Ok(Self { scale: inverse_power_of_two(source.greatest::<f32>()) as f32, ..source }),
        }
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

    fn read(&self, point: u32, buffers: &mut (Vec<f32>, Vec<f64>), out: &mut [f32]) {
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

    fn read_all(&self, points: impl Iterator<Item = u32>, buffer: &mut (Vec<f32>, Vec<f64>), out: &mut [f32]) {
        if self.width > 0 {
            points.zip(out.chunks_exact_mut(self.width)).for_each(|(point, out)| self.read(point, buffer, out));
        }
    }

    /// Squared distances: viewers x points.
    fn squares(&self, viewers: &[u32]) -> Vec<f32> {
        let (arch, points, mut buffer) = (Arch::new(), self.rows.len(), Default::default());
        let [a_block, b_block] = BLOCK;
        let mut a = vec![0.0; viewers.len().next_multiple_of(a_block) * self.width];
        let mut b = vec![0.0; TILE.next_multiple_of(b_block) * self.width];
        self.read_all(viewers.iter().copied(), &mut buffer, &mut a);
        let mut squares = vec![0.0; viewers.len() * points];
        for start in (0..points).step_by(TILE) {
            let end = (start + TILE).min(points);
            self.read_all(start as u32..end as u32, &mut buffer, &mut b);
            for viewer in (0..viewers.len()).step_by(a_block) {
                for point in (start..end).step_by(b_block) {
                    let block = SquaresOfBlock {
                        a: &a[viewer * self.width..][..a_block * self.width],
                        b: &b[(point - start) * self.width..][..b_block * self.width],
                        width: self.width,
                    };
                    for (i, sums) in (viewer..viewers.len()).zip(arch.dispatch(block)) {
                        squares[i * points..][point..end].iter_mut().zip(sums).for_each(|(out, sum)| *out = sum);
                    }
                }
            }
        }
        squares
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
