//! How far apart two vectors are.
//!
//! Distances are computed in `f64`, from values as they are stored, so that they are right to the
//! last digit of an `f32`.

use std::{fmt, ops::AddAssign, str::FromStr};

use parallax_embedding::Number;
use serde::{Deserialize, Serialize};

/// What the distance between two vectors means.
///
/// A vector of zeros has no direction, so it has neither a cosine distance nor an angle to
/// anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// One minus the cosine of the angle between the vectors: from 0 (same direction) to 2
    /// (opposite).
    #[default]
    Cosine,
    /// The angle between the vectors, in degrees: from 0 (same direction) to 180 (opposite). Ranks
    /// rows as the cosine does.
    Angle,
    /// The length of the difference, in the unit of the vectors.
    Euclidean,
}

/// The text does not name a [`Metric`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no metric {0:?}; choose cosine, angle or euclidean")]
pub struct UnknownMetric(String);

/// Unit vectors of d values that are closer than this times the root of d count as one direction.
/// Rounding in the lengths of exact multiples moves them apart by about an eighth of it; a change
/// in the last digit of a value of average size moves them by 2^-24 over the root of d, which is
/// more.
const SAME_DIRECTION: f64 = 1.0 / (1_u64 << 50) as f64;

impl Metric {
    /// All metrics, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::Angle, Self::Euclidean];

    /// The metric's name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Angle => "angle",
            Self::Euclidean => "euclidean",
        }
    }

    /// Whether only the directions of vectors count, so that a vector of zeros has no place.
    #[must_use]
    pub fn is_directional(self) -> bool {
        match self {
            Self::Cosine | Self::Angle => true,
            Self::Euclidean => false,
        }
    }

    /// The distance between `a` and `b`, finite vectors of one length. Returns `None` if the metric
    /// is directional and one of them has no direction.
    ///
    /// Cosine and angle come from the unit vectors' chord, as 1 - cos x = chord²/2 and x = 2
    /// atan2(|u - v|, |u + v|) (W. Kahan, "How Futile are Mindless Assessments of Roundoff in
    /// Floating-Point Computation?", section 12), which keep their digits if the angle is tiny.
    #[must_use]
    pub fn distance<T: Number>(self, a: &[T], b: &[T]) -> Option<f64> {
        self.distance_of_lengths(a, b, self.length(a), self.length(b))
    }

    /// What [`Metric::distance_of_lengths`] needs to know of `a`: its Euclidean length, if the
    /// metric depends on it.
    pub(crate) fn length<T: Number>(self, a: &[T]) -> f64 {
        if self.is_directional() { norm(a) } else { 1.0 }
    }

    /// The same as [`Metric::distance`], to the bit, for known [lengths](Metric::length).
    pub(crate) fn distance_of_lengths<T: Number>(self, a: &[T], b: &[T], length_a: f64, length_b: f64) -> Option<f64> {
        if self == Self::Euclidean {
            return Some(root_of_squares(a, b, |x, y| x - y));
        }
        if length_a == 0.0 || length_b == 0.0 {
            return None;
        }
        let (scale_a, scale_b) = (length_a.recip(), length_b.recip());
        let chord = sum_of_squares(a, b, |x, y| x * scale_a - y * scale_b).sqrt();
        Some(match self {
            _ if chord < same_direction(a.len()) => 0.0,
            Self::Angle => {
                let diagonal = sum_of_squares(a, b, |x, y| x * scale_a + y * scale_b).sqrt();
                2.0 * chord.atan2(diagonal).to_degrees()
            }
            _ => (chord * chord / 2.0).clamp(0.0, 2.0),
        })
    }
}

/// Unit vectors of `dims` values that are closer than this count as one direction.
pub(crate) fn same_direction(dims: usize) -> f64 {
    SAME_DIRECTION * (dims as f64).sqrt()
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        Self::ALL.into_iter().find(|metric| metric.name() == text).ok_or_else(|| UnknownMetric(text.to_owned()))
    }
}

/// The square of the Euclidean length of `a`. No `f32` values make it overflow or underflow.
pub(crate) fn square<T: Number>(a: &[T]) -> f64 {
    sum_of_squares(a, a, |x, _| x)
}

/// Returns the Euclidean length of `a`; 0 if it is less than the least normal `f64`.
pub fn norm<T: Number>(a: &[T]) -> f64 {
    root_of_squares(a, a, |x, _| x)
}

/// The root of the sum of the squares of what `combine` makes of each pair of values; 0 if it is
/// less than the least normal `f64`.
fn root_of_squares<T: Number>(a: &[T], b: &[T], combine: impl Fn(f64, f64) -> f64) -> f64 {
    /// Squares of this size and less may have lost digits to underflow. Of `f32` values only zeros
    /// have such squares.
    const TINY: f64 = 1e-250;
    /// Scales up values with such squares into the range where squares are normal.
    const LIFT: f64 = (1_u128 << 100) as f64 * (1_u128 << 100) as f64 * (1_u128 << 100) as f64;
    let square = sum_of_squares(a, b, &combine);
    if square > TINY {
        return square.sqrt();
    }
    // Twice, since the least value is 2^-1074 and each step scales by 2^300.
    let length = sum_of_squares(a, b, |x, y| combine(x, y) * LIFT * LIFT).sqrt() / LIFT / LIFT;
    if length < f64::MIN_POSITIVE { 0.0 } else { length }
}

/// The sum of the squares of what `combine` makes of each pair of values. It runs in lanes that are
/// added up in a fixed order: the same bits whatever instructions the CPU has.
fn sum_of_squares<T: Number>(a: &[T], b: &[T], combine: impl Fn(f64, f64) -> f64) -> f64 {
    pulp::Arch::new().dispatch(SumOfSquares { a, b, combine })
}

/// A type rather than a closure, since a closure may be compiled without the instructions it is
/// dispatched to.
struct SumOfSquares<'a, T, F> {
    a: &'a [T],
    b: &'a [T],
    combine: F,
}

impl<T: Number, F: Fn(f64, f64) -> f64> pulp::WithSimd for SumOfSquares<'_, T, F> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        sum_of_squares_in_lanes(self.a, self.b, self.combine)
    }
}

#[inline(always)]
fn sum_of_squares_in_lanes<T: Number>(a: &[T], b: &[T], combine: impl Fn(f64, f64) -> f64) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0.0_f64; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let term = combine(a[lane].into(), b[lane].into());
            lanes[lane] += term * term;
        }
    }
    for (lane, (&x, &y)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        let term = combine(x.into(), y.into());
        *lane += term * term;
    }
    total(lanes)
}

/// The sum of the lanes, whose number is a power of two, by halving: always in this order.
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

    #[track_caller]
    fn check(a: &[f32], b: &[f32], [cosine, angle, euclidean]: [f64; 3]) {
        for (metric, expected) in [(Metric::Cosine, cosine), (Metric::Angle, angle), (Metric::Euclidean, euclidean)] {
            let found = metric.distance(a, b).unwrap();
            assert!((found - expected).abs() <= 1e-14 * expected, "{metric}: {found} where {expected} is true");
        }
    }

    #[test]
    fn distances_match_the_textbook() {
        check(&[1.0, 0.0], &[0.0, 2.0], [1.0, 90.0, 5.0_f64.sqrt()]);
        check(&[1.0, 1.0], &[-3.0, -3.0], [2.0, 180.0, 32.0_f64.sqrt()]);
        check(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0], [1.0 / 9.0, (8.0_f64 / 9.0).acos().to_degrees(), 2.0_f64.sqrt()]);
        check(&[3.0, 4.0], &[3.0, 4.0], [0.0; 3]);
    }

    /// For tiny x the angle of (1, x) to (1, 0) is x - x³/3, and its cosine distance x²/2 - 3x⁴/8.
    #[test]
    fn tiny_angles_keep_their_digits() {
        for x in [1e-3_f32, 1e-5, 1e-7] {
            let t = f64::from(x);
            let angle = t - t.powi(3) / 3.0 + t.powi(5) / 5.0;
            let cosine = t.powi(2) / 2.0 - 3.0 * t.powi(4) / 8.0 + 5.0 * t.powi(6) / 16.0;
            let near = |found: Option<f64>, expected: f64| (found.unwrap() / expected - 1.0).abs() < 1e-8;
            assert!(near(Metric::Angle.distance(&[1.0, x], &[1.0, 0.0]), angle.to_degrees()), "angle at {x}");
            assert!(near(Metric::Cosine.distance(&[1.0, x], &[1.0, 0.0]), cosine), "cosine at {x}");
        }
    }

    /// Their lengths round differently, all the more the longer they are.
    #[test]
    fn multiples_have_the_same_direction() {
        for dims in [3, 100, 5000] {
            // Hashes of 22 bits, of various size: three times such a number is exact.
            let hash = |i: u32| f32::from_bits(0x3F80_0000 | i.wrapping_mul(2_654_435_761) >> 8 & 0x007F_FFFC);
            let mut a: Vec<f32> = (0..dims).map(|i| (hash(i) - 0.5) * (-((i % 12) as f32)).exp2()).collect();
            let multiple: Vec<f32> = a.iter().map(|x| x * 3.0).collect();
            assert_eq!(Metric::Angle.distance(&a, &multiple), Some(0.0), "{dims}");
            a[0] = a[0].next_up();
            assert!(Metric::Angle.distance(&a, &multiple) > Some(0.0), "{dims}");
        }
    }

    #[test]
    fn values_of_any_size_have_distances() {
        for size in [f32::MIN_POSITIVE, 1e-30, 1e30, f32::MAX] {
            assert_eq!(Metric::Angle.distance(&[size, 0.0], &[0.0, size]), Some(90.0));
            assert_eq!(Metric::Cosine.distance(&[size, size], &[size, size]), Some(0.0));
            assert!(Metric::Euclidean.distance(&[size], &[-size]).unwrap().is_finite());
        }
    }

    /// The cosine of (1, 1) and (1, 0) is the root of a half, however small or large they are.
    #[test]
    fn f64_values_of_any_size_have_distances() {
        for size in [1e-300, 1e-160, 1e-100, 1e-30, 1.0, 1e38] {
            let (a, b) = ([size, size], [size * 3.0, 0.0]);
            let cosine = Metric::Cosine.distance(&a, &b).unwrap();
            assert!((cosine - (1.0 - 0.5_f64.sqrt())).abs() < 1e-15, "{size}: {cosine}");
            assert!((Metric::Angle.distance(&a, &b).unwrap() - 45.0).abs() < 1e-13, "{size}");
            let euclidean = Metric::Euclidean.distance(&a, &b).unwrap();
            assert!((euclidean / (5.0_f64.sqrt() * size) - 1.0).abs() < 1e-15, "{size}: {euclidean}");
        }
        assert_eq!(Metric::Cosine.distance(&[0.0_f64, 0.0], &[1.0, 0.0]), None);
    }

    #[test]
    fn zeros_have_no_direction() {
        for metric in Metric::ALL {
            let place = metric.distance(&[0.0_f32, 0.0], &[3.0, 4.0]);
            assert_eq!(place, (metric == Metric::Euclidean).then_some(5.0));
        }
    }

    #[test]
    fn metric_names_round_trip() {
        for metric in Metric::ALL {
            assert_eq!(metric.to_string().parse(), Ok(metric));
            assert_eq!(serde_json::to_string(&metric).unwrap(), format!("\"{metric}\""));
        }
        let error = "l2".parse::<Metric>().unwrap_err();
        assert_eq!(error.to_string(), "there is no metric \"l2\"; choose cosine, angle or euclidean");
    }

    proptest! {
        /// Whole multiples have one direction; the metrics agree with each other by their
        /// definitions.
        #[test]
        fn metrics_are_symmetric_and_agree(
            a in prop::collection::vec(-100_i8..100, 1..40), factor in 1_u16..2000, seed in any::<u64>()
        ) {
            let a: Vec<f32> = a.into_iter().map(f32::from).collect();
            let multiple: Vec<f32> = a.iter().map(|x| x * f32::from(factor)).collect();
            let other: Vec<f32> = (0..a.len()).map(|i| (seed.rotate_left(i as u32) % 201) as f32 - 100.0).collect();
            for metric in Metric::ALL {
                prop_assert_eq!(metric.distance(&a, &other), metric.distance(&other, &a));
            }
            if a.iter().any(|&x| x != 0.0) {
                prop_assert_eq!(Metric::Angle.distance(&a, &multiple), Some(0.0));
                if let Some(angle) = Metric::Angle.distance(&a, &other) {
                    let cosine = Metric::Cosine.distance(&a, &other).unwrap();
                    prop_assert!((1.0 - angle.to_radians().cos() - cosine).abs() < 1e-12);
                    let product: f64 = a.iter().zip(&other).map(|(x, y)| f64::from(x * y)).sum();
                    prop_assert!((1.0 - product / norm(&a) / norm(&other) - cosine).abs() < 1e-12);
                }
            }
        }
    }
}
