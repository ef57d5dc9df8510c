//! One epoch: every point is attracted by its neighbors that are due, and repelled by points drawn
//! at random.
//!
//! All forces are those of the places before the epoch, and each point gathers its own, so that
//! points can be moved in any order, by any number of threads, to the same bits. See L. McInnes, J.
//! Healy and J. Melville, "UMAP", 2018, algorithm 5 and section 4.2; each force is limited to 4
//! along each axis, as in the authors' program.
//!
//! In the paper, steps follow one another, each from where the one before led. Applied all at once
//! they would overshoot if many neighbors attract a point together. So a step is divided by one
//! plus the rate times the sum of the attractions' factors, as in a backward Euler step: points
//! come to rest at the same places, and none is moved beyond its neighbors.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{UmapConfig, curve::Curve, fuzzy::FuzzyGraph};
use crate::random::{Random, mix32};

/// Coordinates of a point; those that the layout does not have are 0 and stay it.
pub(super) type Place = [f32; 4];

const LANES: usize = 8;
type Lanes = [f32; LANES];

/// Squared distances below this are replaced by it.
const LEAST_SQUARE: f32 = 1e-12;

/// The greatest force along an axis that one other point exerts.
const LIMIT: f32 = 4.0;

/// The number of points that one thread takes at a time.
const CHUNK: usize = 128;

/// What stays the same over all epochs.
#[derive(Debug)]
pub(super) struct Forces {
    starts: Vec<usize>,
    others: Vec<u32>,
    /// In how many of 2^32 epochs an edge is due: in all if it is `u32::MAX`.
    rates: Vec<u32>,
    a: f32,
    b: f32,
    repulsion: f32,
    negative_samples: usize,
    seed: u64,
}

impl Forces {
    /// Edges are due in proportion to their weights, the heaviest in all `epochs`; those that would
    /// not be due once are dropped.
    pub(super) fn new(graph: &FuzzyGraph, config: &UmapConfig, epochs: usize) -> Self {
        let curve = Curve::new(config.min_dist, config.spread);
        let heaviest = graph.weights.iter().fold(0.0_f32, |heaviest, &weight| heaviest.max(weight));
        let mut forces = Self {
            starts: vec![0],
            others: Vec::new(),
            rates: Vec::new(),
            a: curve.a as f32,
            b: curve.b as f32,
            repulsion: config.repulsion as f32,
            negative_samples: config.negative_samples,
            seed: config.seed,
        };
        for point in 0..graph.len() {
            for (other, weight) in graph.row(point) {
                let share = f64::from(weight) / f64::from(heaviest);
                if share * epochs as f64 >= 1.0 {
                    forces.others.push(other);
                    forces.rates.push((share * f64::from(u32::MAX)) as u32);
                }
            }
            forces.starts.push(forces.others.len());
        }
        forces
    }

    /// Moves all points from `from` to `to`.
    pub(super) fn epoch(&self, epoch: u32, rate: f32, from: &[Place], to: &mut [Place]) {
        let arch = Arch::new();
        to.par_chunks_mut(CHUNK).enumerate().for_each_init(Vec::new, |due, (chunk, to)| {
            arch.dispatch(Move { forces: self, epoch, rate, from, first: chunk * CHUNK, to, due });
        });
    }

    /// Puts the neighbors that are due into `due`, with some room after them; returns their number.
    ///
    /// A neighbor with rate r is due if the multiples of r, of which there is one an epoch, go past
    /// a multiple of 2^32.
    #[inline(always)]
    fn find_due(&self, point: usize, epoch: u32, due: &mut Vec<u32>) -> usize {
        let range = self.starts[point]..self.starts[point + 1];
        due.resize(range.len() + LANES, 0);
        let mut count = 0;
        for (&other, &rate) in self.others[range.clone()].iter().zip(&self.rates[range]) {
            due[count] = other;
            count += usize::from((epoch + 1).wrapping_mul(rate) < rate);
        }
        count
    }
}

/// The points of a chunk, from `first` on, are moved to `to`.
struct Move<'a> {
    forces: &'a Forces,
    epoch: u32,
    rate: f32,
    from: &'a [Place],
    first: usize,
    to: &'a mut [Place],
    /// Room for the neighbors that are due.
    due: &'a mut Vec<u32>,
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { forces, epoch, rate, from, first, to, due } = self;
        for (point, to) in (first..).zip(to) {
            let mut pull =
                Pull { point: point as u32, own: from[point], from, sums: [[0.0; LANES]; 3], stiffness: 0.0 };
            let count = forces.find_due(point, epoch, due);
            pull.draw_to_neighbors(forces, due, count);
            pull.push_from_others(forces, epoch, count * forces.negative_samples);
            *to = pull.moved(rate);
        }
    }
}

/// The forces on a point.
struct Pull<'a> {
    point: u32,
    own: Place,
    from: &'a [Place],
    sums: [Lanes; 3],
    /// The factors of the attractions, summed.
    stiffness: f32,
}

impl Pull<'_> {
    /// Adds the attraction of the first `count` points of `due`, which has room for some more.
    #[inline(always)]
    fn draw_to_neighbors(&mut self, forces: &Forces, due: &mut [u32], count: usize) {
        // Lanes that are left over look at the point itself, which neither attracts nor repels it.
        due[count..count + LANES].fill(self.point);
        for others in due[..count.next_multiple_of(LANES)].as_chunks::<LANES>().0 {
            let diffs = self.differences(others);
            let factors = attraction(forces, &squares(&diffs));
            for lane in 0..LANES {
                self.stiffness -= if others[lane] == self.point { 0.0 } else { factors[lane] };
            }
            self.add(&diffs, &factors);
        }
    }

    /// Adds the repulsion of `count` points drawn at random.
    #[inline(always)]
    fn push_from_others(&mut self, forces: &Forces, epoch: u32, count: usize) {
        let key = Random::new(forces.seed, u64::from(epoch) << 32 | u64::from(self.point)).bits(0);
        for drawn in (0..count).step_by(LANES) {
            let mut others = [0; LANES];
            for (lane, other) in others.iter_mut().enumerate() {
                let counter = ((drawn + lane) as u32).wrapping_mul(0x9E37_79B9);
                let draw = mix32((key as u32).wrapping_add(counter) ^ (key >> 32) as u32);
                let place = ((u64::from(draw) * self.from.len() as u64) >> 32) as u32;
                *other = if drawn + lane < count { place } else { self.point };
            }
            let diffs = self.differences(&others);
            self.add(&diffs, &repulsion(forces, &squares(&diffs)));
        }
    }

    /// From the others to the point.
    #[inline(always)]
    fn differences(&self, others: &[u32; LANES]) -> [Lanes; 3] {
        let mut diffs = [[0.0; LANES]; 3];
        for lane in 0..LANES {
            let other = self.from[others[lane] as usize];
            for (axis, diffs) in diffs.iter_mut().enumerate() {
                diffs[lane] = self.own[axis] - other[axis];
            }
        }
        diffs
    }

    #[inline(always)]
    fn add(&mut self, diffs: &[Lanes; 3], factors: &Lanes) {
        for (sums, diffs) in self.sums.iter_mut().zip(diffs) {
            for lane in 0..LANES {
                sums[lane] += (factors[lane] * diffs[lane]).clamp(-LIMIT, LIMIT);
            }
        }
    }

    #[inline(always)]
    fn moved(&self, rate: f32) -> Place {
        let rate = rate / (1.0 + rate * self.stiffness);
        let mut place = self.own;
        for (x, lanes) in place.iter_mut().zip(&self.sums) {
            *x += rate * lanes.iter().sum::<f32>();
        }
        place
    }
}

#[inline(always)]
fn squares(diffs: &[Lanes; 3]) -> Lanes {
    let mut squares = [0.0; LANES];
    for lane in 0..LANES {
        squares[lane] =
            diffs[0][lane] * diffs[0][lane] + diffs[1][lane] * diffs[1][lane] + diffs[2][lane] * diffs[2][lane];
    }
    squares
}

/// The factor of the difference: twice that of the paper, for each edge moves both of its ends and
/// there is one for each direction.
#[inline(always)]
fn attraction(forces: &Forces, squares: &Lanes) -> Lanes {
    let strength = -4.0 * forces.a * forces.b;
    let mut factors = [0.0; LANES];
    for lane in 0..LANES {
        let square = squares[lane].max(LEAST_SQUARE);
        let power = power(square, forces.b);
        factors[lane] = strength * power / (square * (1.0 + forces.a * power));
    }
    factors
}

/// The factor of the difference.
#[inline(always)]
fn repulsion(forces: &Forces, squares: &Lanes) -> Lanes {
    let strength = 2.0 * forces.repulsion * forces.b;
    let mut factors = [0.0; LANES];
    for lane in 0..LANES {
        let square = squares[lane].max(LEAST_SQUARE);
        factors[lane] = strength / ((1e-3 + square) * (1.0 + forces.a * power(square, forces.b)));
    }
    factors
}

/// `x` to the power `b`, for `x` from 1e-12 on and `b` up to 3, to within 2e-4 of itself: 2^(b log2
/// x) with a polynomial for either.
#[inline(always)]
fn power(x: f32, b: f32) -> f32 {
    exp2(b * log2(x))
}

/// To within 1.2e-5, for normal positive numbers.
#[inline(always)]
fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = (bits.wrapping_sub(0x3F40_0000) as i32) >> 23;
    let f = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23)) - 1.0;
    let p = [1.442_693_2, -0.721_167_4, 0.481_063_07, -0.369_448_84, 0.297_631_62, -0.156_217_41];
    exponent as f32 + f * (p[0] + f * (p[1] + f * (p[2] + f * (p[3] + f * (p[4] + f * p[5])))))
}

/// To within 3e-6 of itself; greater and smaller results than `f32` has are its greatest and
/// smallest normal numbers.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-126.0, 126.0);
    let shifted = x + ROUND;
    let f = x - (shifted - ROUND);
    let p = [0.999_999_3, 0.693_121_8, 0.240_247_46, 0.055_917_855, 0.009_570_047];
    let mantissa = p[0] + f * (p[1] + f * (p[2] + f * (p[3] + f * p[4])));
    f32::from_bits(mantissa.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_within_the_stated_error() {
        for step in 0..100_000 {
            let x = 10_f32.powf(step as f32 * 24e-5 - 12.0);
            for b in [0.2_f32, 0.79, 0.895, 1.0, 1.334, 1.93, 3.0] {
                let expected = f64::from(x).powf(f64::from(b));
                let error = f64::from(power(x, b)) / expected - 1.0;
                assert!(error.abs() < 2e-4, "{x} to the power {b}: {error}");
            }
        }
    }

    /// Edges of weights 1, 1/2, 1/4 and 1/1000 over 400 epochs: the last is dropped.
    #[test]
    fn edges_are_due_in_proportion_to_their_weights() {
        let graph = FuzzyGraph { starts: vec![0, 4], others: vec![0, 1, 2, 3], weights: vec![1.0, 0.5, 0.25, 0.001] };
        let forces = Forces::new(&graph, &UmapConfig::recommended(), 400);
        let (mut counts, mut due) = ([0; 4], Vec::new());
        for epoch in 0..400 {
            let count = forces.find_due(0, epoch, &mut due);
            due[..count].iter().for_each(|&other| counts[other as usize] += 1);
        }
        let expected = [400_i32, 200, 100, 0];
        assert!(counts.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1), "{counts:?}");
    }
}
