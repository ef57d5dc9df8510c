//! Random numbers by counter: each is a function of a seed, a stream and a place in it, so that the
//! result does not depend on how work is split.
//!
//! The mixing is that of [`SplitMix64`](parallax_embedding::random), applied once to the seed and the
//! stream, and once to the place. Not for secrets.

use parallax_embedding::random::{GOLDEN, mix};

/// A stream of random numbers with random access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Random {
    key: u64,
}

impl Random {
    /// The stream number `stream` of `seed`. Different streams are independent.
    #[inline(always)]
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { key: mix(mix(seed.wrapping_add(GOLDEN)) ^ stream.wrapping_mul(GOLDEN)) }
    }

    /// 64 random bits.
    #[inline(always)]
    pub(crate) fn bits(self, place: u64) -> u64 {
        mix(self.key.wrapping_add(place.wrapping_mul(GOLDEN)))
    }

    /// Evenly distributed from 0 to below 1.
    pub(crate) fn unit(self, place: u64) -> f32 {
        (self.bits(place) >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Evenly distributed from -1 to below 1.
    pub(crate) fn signed(self, place: u64) -> f64 {
        (self.bits(place) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// Normally distributed with mean 0 and deviation 1, by Box and Muller; never beyond 6.
    pub(crate) fn normal(self, place: u64) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit(place.wrapping_mul(2))).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.unit(place.wrapping_mul(2).wrapping_add(1))).cos()
    }
}

/// A well mixed number for each `x`, in 32 bits, of which eight fit a vector: the finalizer of
/// `MurmurHash3` (A. Appleby).
#[inline(always)]
pub(crate) fn mix32(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
    x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of `count` numbers.
    fn moments(count: u64, number: impl Fn(u64) -> f32) -> (f64, f64) {
        let numbers: Vec<f64> = (0..count).map(|place| f64::from(number(place))).collect();
        let mean = numbers.iter().sum::<f64>() / count as f64;
        (mean, numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64)
    }

    #[test]
    fn distributions_have_their_mean_and_variance() {
        for (seed, stream) in [(0, 0), (0, 1), (1, 0), (42, 7), (u64::MAX, u64::MAX)] {
            let random = Random::new(seed, stream);
            let (mean, variance) = moments(40_000, |place| random.unit(place));
            assert!(
                (mean - 0.5).abs() < 0.008 && (variance - 1.0 / 12.0).abs() < 0.003,
                "{seed} {stream}: {mean} {variance}"
            );
            let (mean, variance) = moments(40_000, |place| random.normal(place));
            assert!(mean.abs() < 0.025 && (variance - 1.0).abs() < 0.04, "{seed} {stream}: {mean} {variance}");
        }
    }

    /// Means and variances of 2^16 draws lie within five standard errors of an even spread's.
    #[test]
    fn draws_of_either_width_are_spread_evenly() {
        let count = 1_u32 << 16;
        let random = Random::new(42, 0);
        let narrow = |i: u32| f64::from(mix32(i.wrapping_mul(0x9E37_79B9))) / f64::from(1_u32 << 31) - 1.0;
        let wide = |i: u32| random.signed(u64::from(i));
        for draw in [&wide as &dyn Fn(u32) -> f64, &narrow] {
            let mean = |f: &dyn Fn(f64) -> f64| (0..count).map(|i| f(draw(i))).sum::<f64>() / f64::from(count);
            let error = 5.0 / f64::from(count).sqrt();
            assert!(mean(&|x| x).abs() < error * 0.58);
            assert!((mean(&|x| x * x) - 1.0 / 3.0).abs() < error * 0.3);
        }
    }

    #[test]
    fn streams_and_neighboring_places_are_uncorrelated() {
        let count = 40_000;
        let correlation = |one: &dyn Fn(u64) -> f32, other: &dyn Fn(u64) -> f32| {
            (0..count).map(|place| f64::from((one(place) - 0.5) * (other(place) - 0.5))).sum::<f64>() / count as f64
                * 12.0
        };
        let (a, b, c) = (Random::new(1, 0), Random::new(1, 1), Random::new(2, 0));
        for value in [
            correlation(&|place| a.unit(place), &|place| b.unit(place)),
            correlation(&|place| a.unit(place), &|place| c.unit(place)),
            correlation(&|place| a.unit(place), &|place| a.unit(place + 1)),
        ] {
            assert!(value.abs() < 0.025, "{value}");
        }
        assert_eq!(a.bits(7), Random::new(1, 0).bits(7));
    }
}
