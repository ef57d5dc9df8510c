//! Random numbers that are a function of their place: no state, hence no order in which they must be drawn.

/// A well mixed number for each `counter` under `key`: the finalizer of `SplitMix64` (G. L. Steele, D. Lea and C. H.
/// Flood, "Fast Splittable Pseudorandom Number Generators", 2014), once for the key and once for the counter.
#[inline(always)]
pub(crate) fn hash(key: u64, counter: u64) -> u64 {
    mix(mix(key).wrapping_add(counter.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

#[inline(always)]
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A well mixed number for each `x`, in 32 bits, of which eight fit a vector: the finalizer of `MurmurHash3` (A. Appleby).
#[inline(always)]
pub(crate) fn mix32(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
    x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

/// A number from -1 to 1, evenly, from the upper bits of a hash.
pub(crate) fn signed_unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means and variances of 2^16 draws lie within five standard errors of an even spread's, and neighbors are unrelated.
    #[test]
    fn draws_are_spread_evenly() {
        let count = 1 << 16;
        let check = |name: &str, draw: &dyn Fn(u32) -> f64| {
            let draws: Vec<f64> = (0..count).map(draw).collect();
            let mean = |f: &dyn Fn(usize) -> f64| (0..draws.len() - 1).map(f).sum::<f64>() / f64::from(count);
            let error = 5.0 / f64::from(count).sqrt();
            assert!(mean(&|i| draws[i]).abs() < error * 0.58, "{name}: the mean");
            assert!((mean(&|i| draws[i].powi(2)) - 1.0 / 3.0).abs() < error * 0.3, "{name}: the variance");
            assert!(mean(&|i| draws[i] * draws[i + 1]).abs() < error / 3.0, "{name}: the next draw");
        };
        check("counters", &|i| signed_unit(hash(42, u64::from(i))));
        check("keys", &|i| signed_unit(hash(u64::from(i), 42)));
        check("32 bits", &|i| f64::from(mix32(i.wrapping_mul(0x9E37_79B9))) / f64::from(1_u32 << 31) - 1.0);
    }
}
