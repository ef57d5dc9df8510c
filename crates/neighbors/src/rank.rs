//! Ranks: `f32` numbers that order rows as their distances do, with a known bound on the error.
//!
//! Euclidean distance is ranked by its square, cosine and angle by minus the cosine. Rows whose
//! squares leave the range in which the bound holds are ranked in `f64` instead, so that values of
//! any size are ordered.
//!
//! For [wide](Vectors::is_wide) vectors the differences from the query are narrowed to `f32`, not
//! the values, so that a distance is as accurate as if the values were `f32`.

use std::ops::Range;

use parallax_embedding::{Number, Vectors};

use crate::{
    Metric,
    metric::{norm, total},
};

/// The rank of a row that has no distance. No comparison with it is true.
pub(crate) const LEFT_OUT: f32 = f32::NAN;

/// Lanes of a sum, which the compiler vectorizes on any CPU.
const LANES: usize = 16;

/// Sums of squares between these neither overflow nor lose more than the bound allows to underflow.
const SAFE: std::ops::Range<f32> = 1e-24..1e36;

/// What rows are ranked against.
#[derive(Debug)]
pub(crate) struct Ranking {
    is_directional: bool,
    /// The unit vector of the query if only directions count; otherwise the query minus `origin`.
    query: Vec<f32>,
    /// What is subtracted from wide vectors before they are narrowed.
    origin: Option<Vec<f64>>,
}

/// Buffers for reading a block, reused.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    narrow: Vec<f32>,
    wide: Vec<f64>,
}

impl Ranking {
    /// Creates the ranking for a finite `query`; `wide` is whether the vectors it is compared with
    /// are wide. Returns `None` if `metric` needs a direction and the query has none.
    pub(crate) fn new<T: Number>(metric: Metric, query: &[T], is_wide: bool) -> Option<Self> {
        let (is_directional, values) = (metric.is_directional(), || query.iter().map(|&x| x.into()));
        if is_directional {
            let norm = norm(query);
            let query = values().map(|x: f64| (x / norm) as f32).collect();
            let origin = is_wide.then(|| vec![0.0; values().len()]);
            return (norm > 0.0).then_some(Self { is_directional, query, origin });
        }
        Some(if is_wide {
            Self { is_directional, query: vec![0.0; query.len()], origin: Some(values().collect()) }
        } else {
            Self { is_directional, query: values().map(|x| x as f32).collect(), origin: None }
        })
    }

    /// Ranks `rows` of `vectors`, whose width must be the one given to [`Ranking::new`].
    pub(crate) fn rank_rows(&self, vectors: &Vectors, rows: Range<usize>, scratch: &mut Scratch, ranks: &mut [f32]) {
        let Some(origin) = &self.origin else {
            let values = vectors.block(rows, &mut scratch.narrow).to_slice().unwrap_or_default();
            return self.rank_block(values, values, ranks);
        };
        let stored = vectors.block_as::<f64>(rows, &mut scratch.wide).to_slice().unwrap_or_default();
        scratch.narrow.resize(stored.len(), 0.0);
        if !origin.is_empty() {
            for (narrow, row) in scratch.narrow.chunks_exact_mut(origin.len()).zip(stored.chunks_exact(origin.len())) {
                for ((narrow, value), origin) in narrow.iter_mut().zip(row).zip(origin) {
                    *narrow = (value - origin) as f32;
                }
            }
        }
        self.rank_block(&scratch.narrow, stored, ranks);
    }

    /// Ranks the rows of a block, row-major: `values`, which are `stored` minus the origin.
    fn rank_block<T: Number>(&self, values: &[f32], stored: &[T], ranks: &mut [f32]) {
        let (query, dims) = (&*self.query, self.query.len());
        if dims == 0 {
            return ranks.fill(0.0);
        }
        let rows = values.chunks_exact(dims).zip(ranks);
        if self.is_directional {
            for ((row, rank), stored) in rows.zip(stored.chunks_exact(dims)) {
                *rank = direction_rank(query, row, stored);
            }
        } else {
            for (row, rank) in rows {
                *rank = distance_rank(query, row);
            }
        }
    }

    /// The greatest rank of a row whose distance is at most that of a row of the given rank.
    ///
    /// A value that passes through n roundings is off by at most g = n u / (1 - n u) of itself,
    /// where u is half an epsilon; a sum of products by that part of the sum of their sizes (N. J.
    /// Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1). Either rank may be
    /// off by as much, a cosine by half as much again for the row's length.
    pub(crate) fn upper_bound(&self, rank: f32) -> f32 {
        // Besides those of a sum: those of the query, of narrowing a row or of the differences, of
        // the product, the root and the quotient, of this bound, and of the distance as reported,
        // by which ties are found.
        let roundings = self.query.len().div_ceil(LANES) + LANES.ilog2() as usize + 16;
        let unit_roundings = roundings as f64 * f64::from(f32::EPSILON) / 2.0;
        let g = unit_roundings / (1.0 - unit_roundings);
        let rank = f64::from(rank);
        let bound = if self.is_directional { rank + 3.0 * g } else { rank * (1.0 + g) / (1.0 - g) };
        bound as f32
    }
}

/// Minus the cosine of the angle between `unit` and `row`, which is `stored` narrowed.
fn direction_rank<T: Number>(unit: &[f32], row: &[f32], stored: &[T]) -> f32 {
    // Two sums one after the other: the row stays in the first-level cache, and the compiler
    // vectorizes either.
    let (product, square) = (sum(unit, row, |x, y| x * y), sum(row, row, |x, y| x * y));
    if SAFE.contains(&square) {
        return -product / square.sqrt();
    }
    let norm = norm(stored);
    let cosine: f64 = unit.iter().zip(stored).map(|(&x, &y)| f64::from(x) * (y.into() / norm)).sum();
    if norm > 0.0 { -cosine as f32 } else { LEFT_OUT }
}

/// The square of the distance. If it is beyond the greatest `f32`, all such ranks are equal; so are
/// they if it is less than [`SAFE`]. Either makes all of them candidates.
fn distance_rank(query: &[f32], row: &[f32]) -> f32 {
    let square = sum(query, row, |x, y| (x - y) * (x - y));
    match square {
        _ if square < SAFE.start => SAFE.start,
        _ if square >= SAFE.end => f32::INFINITY,
        _ => square,
    }
}

/// The sum of a term over all pairs of values, each of which passes through d / [`LANES`]
/// roundings, then one for each halving of the lanes.
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

    /// `f64` values at any distance from zero, near each other or far.
    fn wide_values(length: usize) -> impl Strategy<Value = [Vec<f64>; 3]> {
        let row = || prop::collection::vec(-1.0_f64..1.0, length);
        let size = || (-200_i32..30).prop_map(|exponent| 10_f64.powi(exponent));
        (row(), row(), row(), row(), size(), size()).prop_map(|(origin, a, b, c, offset, size)| {
            let at = |row: &[f64]| origin.iter().zip(row).map(|(o, x)| o * offset + x * size).collect();
            [at(&a), at(&b), at(&c)]
        })
    }

    fn check_bound<T: Number>(query: &[T], a: &[T], b: &[T], vectors: &Vectors) -> Result<(), TestCaseError> {
        for metric in Metric::ALL {
            let Some(ranking) = Ranking::new(metric, query, vectors.is_wide()) else { continue };
            let mut ranks = [0.0; 2];
            ranking.rank_rows(vectors, 0..2, &mut Scratch::default(), &mut ranks);
            let [mut near, mut far] = ranks;
            let distances = metric.distance(query, a).zip(metric.distance(query, b));
            let Some((near_distance, far_distance)) = distances.map(|(a, b)| (a as f32, b as f32)) else {
                prop_assert!(near.is_nan() || far.is_nan());
                continue;
            };
            if near_distance > far_distance {
                (near, far) = (far, near);
            }
            prop_assert!(near <= ranking.upper_bound(far), "{metric}: {near:?} {far:?}");
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// What the search relies on: a row that is not farther than another ranks within the
        /// other's bound.
        #[test]
        fn ranks_stay_within_the_bound((query, a, b) in (1_usize..70).prop_flat_map(|n| (values(n), values(n), values(n)))) {
            let vectors = Vectors::from_f32(2, a.len(), [&*a, &b].concat()).unwrap();
            check_bound(&query, &a, &b, &vectors)?;
        }

        #[test]
        fn ranks_of_wide_vectors_stay_within_the_bound([query, a, b] in (1_usize..70).prop_flat_map(wide_values)) {
            let vectors = Vectors::from_f64(2, a.len(), [&*a, &b].concat()).unwrap();
            check_bound(&query, &a, &b, &vectors)?;
        }
    }
}
