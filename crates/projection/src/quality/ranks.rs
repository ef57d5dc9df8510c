//! The ranks of all points as seen from some of them: 1 for the nearest, 2 for the next, in the space of the vectors.
//!
//! Distances are those of `f32` differences, not of products, so that they are right wherever the vectors lie.

use std::sync::atomic::{AtomicUsize, Ordering};

use parallax_embedding::{Cancelled, Progress, Vectors};
use parallax_neighbors::Metric;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Vectors as distances are taken between them.
#[derive(Debug)]
struct Source<'a> {
    vectors: &'a Vectors,
    /// The row of each point.
    rows: &'a [u32],
    /// Whether only the directions of vectors count.
    directional: bool,
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
/// At one distance points rank by number.
pub(super) fn ranks(
    vectors: &Vectors,
    rows: &[u32],
    viewers: &[u32],
    metric: Metric,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let source = Source::new(vectors, rows, metric);
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
    // Squares are not negative, hence their bits ascend with them.
    let mut keys: Vec<u64> =
        points.map(|(square, point)| u64::from(square.to_bits()) << 32 | u64::from(point)).collect();
    keys.sort_unstable();
    for (key, rank) in keys.into_iter().zip(1..) {
        ranks[key as u32 as usize] = rank;
    }
    ranks[viewer as usize] = 0;
}

impl<'a> Source<'a> {
    fn new(vectors: &'a Vectors, rows: &'a [u32], metric: Metric) -> Self {
        let greatest_of = |buffer: &mut Vec<f32>, &row: &u32| {
            vectors.row(row as usize, buffer).iter().fold(0.0_f32, |greatest, x| greatest.max(x.abs()))
        };
        let greatest = rows.par_iter().map_init(Vec::new, greatest_of).reduce(|| 0.0, f32::max);
        Self {
            vectors,
            rows,
            directional: metric.is_directional(),
            scale: super::inverse_power_of_two(greatest),
            width: vectors.dims().next_multiple_of(ALIGNMENT),
        }
    }

    fn read(&self, point: u32, buffer: &mut Vec<f32>, out: &mut [f32]) {
        let values = self.vectors.row(self.rows[point as usize] as usize, buffer);
        if self.directional {
            let norm = values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            out.iter_mut().zip(values).for_each(|(out, &x)| *out = (f64::from(x) / norm) as f32);
        } else {
            out.iter_mut().zip(values).for_each(|(out, &x)| *out = x * self.scale);
        }
    }

    fn read_all(&self, points: impl Iterator<Item = u32>, buffer: &mut Vec<f32>, out: &mut [f32]) {
        if self.width > 0 {
            points.zip(out.chunks_exact_mut(self.width)).for_each(|(point, out)| self.read(point, buffer, out));
        }
    }

    /// Squared distances: viewers x points.
    fn squares(&self, viewers: &[u32]) -> Vec<f32> {
        let (arch, points, mut buffer) = (Arch::new(), self.rows.len(), Vec::new());
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
