//! Ranks: `f32` numbers that order rows as their distances do, with a known bound on the error.
//!
//! Euclidean distance is ranked by its square, cosine and angle by minus the cosine. Rows whose squares leave the
//! range in which the bound holds are ranked in `f64` instead: values of any size are in order.

use std::ops::AddAssign;

use crate::{Metric, metric::norm};

/// The rank of a row that has no distance. No comparison with it is true.
pub(crate) const LEFT_OUT: f32 = f32::NAN;

/// Sums run in so many lanes, which the compiler makes vectors of, whatever the processor.
const LANES: usize = 16;

/// Sums of squares between these neither overflow nor lose more than the bound allows to underflow.
const SAFE: std::ops::Range<f32> = 1e-24..1e36;

/// What rows are ranked against.
#[derive(Debug)]
pub(crate) enum Ranking<'a> {
    /// By direction; the unit vector of the query.
    Direction { unit: Vec<f32> },
    /// By distance from the query.
    Distance { query: &'a [f32] },
}

impl<'a> Ranking<'a> {
    /// For a finite `query`; nothing where `metric` needs a direction and there is none.
    pub(crate) fn new(metric: Metric, query: &'a [f32]) -> Option<Self> {
        if !metric.is_directional() {
            return Some(Self::Distance { query });
        }
        let norm = norm(query);
        let unit = query.iter().map(|&x| (f64::from(x) / norm) as f32).collect();
        (norm > 0.0).then_some(Self::Direction { unit })
    }

    /// Ranks the rows of a row-major block.
    pub(crate) fn rank_block(&self, values: &[f32], ranks: &mut [f32]) {
        match self {
            Self::Direction { unit } => each(values, ranks, unit, direction_rank),
            Self::Distance { query } => each(values, ranks, query, distance_rank),
        }
    }

    /// The greatest rank that a row can have which is no farther than one of the given rank.
    ///
    /// A value that passes through n roundings is off by at most g = n u / (1 - n u) of itself, u being half an epsilon;
    /// a sum of products by as much of the sum of their sizes (N. J. Higham, "Accuracy and Stability of Numerical
    /// Algorithms", section 3.1). Either rank may be off by as much, a cosine by half as much again for the row's length.
    pub(crate) fn upper_bound(&self, rank: f32) -> f32 {
        let dims = match self {
            Self::Direction { unit } => unit.len(),
            Self::Distance { query } => query.len(),
        };
        // Beside those of a sum: those of the query and the differences, of the product, the root and the quotient, of
        // this bound, and of the distance as reported, by which ties are told.
        let roundings = dims.div_ceil(LANES) + LANES.ilog2() as usize + 16;
        let unit_roundings = roundings as f64 * f64::from(f32::EPSILON) / 2.0;
        let g = unit_roundings / (1.0 - unit_roundings);
        let rank = f64::from(rank);
        let bound = match self {
            Self::Direction { .. } => rank + 3.0 * g,
            Self::Distance { .. } => rank * (1.0 + g) / (1.0 - g),
        };
        bound as f32
    }
}

fn each(values: &[f32], ranks: &mut [f32], query: &[f32], rank: impl Fn(&[f32], &[f32]) -> f32) {
    if query.is_empty() {
        return ranks.fill(0.0);
    }
    for (row, place) in values.chunks_exact(query.len()).zip(ranks) {
        *place = rank(query, row);
    }
}

/// Minus the cosine.
fn direction_rank(unit: &[f32], row: &[f32]) -> f32 {
    // Two sums one after the other: the row stays in the first-level cache, and the compiler makes vectors of either.
    let (product, square) = (sum(unit, row, |x, y| x * y), sum(row, row, |x, y| x * y));
    if SAFE.contains(&square) {
        return -product / square.sqrt();
    }
    let (norm, product) = (norm(row), unit.iter().zip(row).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>());
    if norm > 0.0 { (-product / norm) as f32 } else { LEFT_OUT }
}

/// The square of the distance. Where it is greater than the greatest `f32` all such ranks are equal, and
/// where it is less than [`SAFE`] as well, which makes all of them candidates.
fn distance_rank(query: &[f32], row: &[f32]) -> f32 {
    let square = sum(query, row, |x, y| (x - y) * (x - y));
    match square {
        _ if square < SAFE.start => SAFE.start,
        _ if square >= SAFE.end => f32::INFINITY,
        _ => square,
    }
}

/// The sum of a term over all pairs of values, which each pass through d / [`LANES`] roundings, then one for each halving
/// of the lanes.
#[inline]
fn sum(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane += term(a, b);
    }
    total(lanes)
}

/// The sum of the lanes, a power of two of them, by halving: always in this order.
#[inline(always)]
pub(crate) fn total<T: Copy + AddAssign, const LANES: usize>(mut lanes: [T; LANES]) -> T {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            let other = lanes[lane + width];
            lanes[lane] += other;
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values that cancel, dominate and vanish.
    fn values(length: usize) -> impl Strategy<Value = Vec<f32>> {
        let value =
            prop_oneof![-1.0_f32..1.0, Just(0.0), (-1.0_f32..1.0, -20_i32..15).prop_map(|(x, e)| x * 10_f32.powi(e))];
        prop::collection::vec(value, length)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The promise that the search stands on: a row that is not farther than another ranks within the other's bound.
        #[test]
        fn the_bound_holds((query, a, b) in (1_usize..70).prop_flat_map(|n| (values(n), values(n), values(n)))) {
            for metric in Metric::ALL {
                let Some(ranking) = Ranking::new(metric, &query) else { continue };
                let (mut near, mut far) = ([0.0], [0.0]);
                ranking.rank_block(&a, &mut near);
                ranking.rank_block(&b, &mut far);
                let distances = metric.distance(&query, &a).zip(metric.distance(&query, &b));
                let Some((near_distance, far_distance)) = distances.map(|(a, b)| (a as f32, b as f32)) else {
                    prop_assert!(near[0].is_nan() || far[0].is_nan());
                    continue;
                };
                if near_distance > far_distance {
                    (near, far) = (far, near);
                }
                prop_assert!(near[0] <= ranking.upper_bound(far[0]), "{metric}: {near:?} {far:?}");
            }
        }
    }
}
