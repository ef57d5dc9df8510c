//! `SplitMix64` (G. L. Steele, D. Lea, C. H. Flood: "Fast splittable pseudorandom number generators",
//! OOPSLA 2014), by place: the number at a place does not depend on those before, so that work can be
//! split in any way. Not for secrets.

/// 2^64 divided by the golden ratio, odd: multiples of it are spread evenly.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns the number at `place` in the sequence of the seed 0.
#[must_use]
#[inline(always)]
pub fn at(place: u64) -> u64 {
    mix(place.wrapping_add(1).wrapping_mul(GOLDEN))
}

/// Returns the upper bits of the number at `place`, as a number from 0 to below 1.
#[must_use]
#[inline(always)]
pub fn unit(place: u64) -> f32 {
    (at(place) >> 40) as f32 / (1_u32 << 24) as f32
}

/// Returns at most `most` of `count` places, but at least one, in order and fair: all of them if there are no more, and else
/// one of each run of so many, at random and the same each time. Every n-th would be a sample of only a
/// part of what alternates.
pub fn sample(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let run = count.div_ceil(most.max(1)).max(1);
    (0..count).step_by(run).map(move |start| start + at(start as u64) as usize % run.min(count - start))
}

/// Returns a well mixed number for each number: the finalizer.
#[must_use]
#[inline(always)]
pub fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_is_fair_to_what_alternates() {
        for (count, most) in [(0, 9), (1, 9), (9, 9), (10, 9), (1000, 0), (100_000, 10_000), (65_537, 1 << 14)] {
            let rows: Vec<usize> = sample(count, most).collect();
            assert!(rows.len() <= most.max(1) && rows.iter().all(|&row| row < count), "{count}, {most}");
            assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(count > most || rows.len() == count);
            for period in [2, 3, 7, 10] {
                let first = rows.iter().filter(|&&row| row % period == 0).count() as f64 / rows.len() as f64;
                // Four standard deviations.
                let bound = 4.0 * (1.0 / rows.len() as f64 / period as f64).sqrt();
                assert!(rows.len() < 1000 || (first - 1.0 / period as f64).abs() < bound, "{first} of {period}");
            }
        }
    }

    /// The first numbers of `java.util.SplittableRandom` and of Vigna's `splitmix64.c` for the seed
    /// 0.
    #[test]
    fn numbers_are_those_of_the_reference() {
        let expected = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC];
        assert_eq!([0, 1, 2, 3].map(at), expected);
        assert_eq!([0, 1].map(unit), [0xE2_20A8, 0x6E_789E].map(|bits| bits as f32 / 16_777_216.0));
    }
}
