//! How points attract those that they have an affinity to.
//!
//! A point y is pulled by sum_j p u (y - y_j), where p is the affinity and u = 1 / (v + |y - y_j|²)
//! for a tail of v degrees of freedom. On the way, the layout's part of the Kullback-Leibler
//! divergence: with q = u^((v + 1) / 2) and Z its sum, sum_ij p ln(p / (q / Z)) = sum p ln p +
//! (v + 1) / 2 sum p ln(v + |y_i - y_j|²) + ln Z. What pulls need not be the affinities by which the
//! divergence is measured, but is of the same pairs.

use pulp::Simd;

use super::affinities::Affinities;

/// The places that a point meets, in the order of its affinities, padded to whole SIMD vectors.
/// Gathering, attracting and taking logarithms are a loop each, so that each runs on whole SIMD
/// vectors.
#[derive(Debug)]
pub(super) struct Met<const D: usize> {
    places: [Vec<f32>; D],
    /// v + |y - y_j|², and then its logarithm.
    softened: Vec<f32>,
}

/// Places are padded to a multiple of this, which fills the SIMD vectors of any CPU.
const FILL: usize = 16;

/// The pull at `point` by the affinities `pulling`, and its sum of p ln(v + |y - y_j|²) by
/// `affinities`, which are of the same pairs; v is `freedom`.
#[inline(always)]
pub(super) fn attract<S: Simd, const D: usize>(
    simd: S,
    affinities: &Affinities,
    pulling: &Affinities,
    layout: &[[f32; D]],
    point: usize,
    freedom: f32,
    met: &mut Met<D>,
) -> ([f32; D], f32) {
    let (columns, values) = affinities.of(point);
    met.gather(layout, columns);
    let pulls = pull(simd, &layout[point], pulling.of(point).1, freedom, met);
    for x in &mut met.softened {
        *x = ln(*x);
    }
    let logs = S::as_simd_f32s(&met.softened).0;
    let (whole, rest) = S::as_simd_f32s(values);
    let mut sum = simd.splat_f32s(0.0);
    for (&value, &log) in whole.iter().zip(logs) {
        sum = simd.mul_add_e_f32s(log, value, sum);
    }
    if !rest.is_empty() {
        sum = simd.mul_add_e_f32s(logs[whole.len()], simd.partial_load_f32s(rest), sum);
    }
    (pulls, simd.reduce_sum_f32s(sum))
}

/// The pull at `target` by the affinities `values`.
#[inline(always)]
fn pull<S: Simd, const D: usize>(
    simd: S,
    target: &[f32; D],
    values: &[f32],
    freedom: f32,
    met: &mut Met<D>,
) -> [f32; D] {
    let freedom = simd.splat_f32s(freedom);
    let places = met.places.each_ref().map(|places| S::as_simd_f32s(places).0);
    let softened = S::as_mut_simd_f32s(&mut met.softened).0;
    let target = target.map(|x| simd.splat_f32s(x));
    let mut pulls = [simd.splat_f32s(0.0); D];
    let (whole, rest) = S::as_simd_f32s(values);
    for (place, (&value, softened)) in whole.iter().zip(&mut *softened).enumerate() {
        let mut apart = target;
        for axis in 0..D {
            apart[axis] = simd.sub_f32s(target[axis], places[axis][place]);
        }
        *softened = add_pull(simd, apart, value, freedom, &mut pulls);
    }
    if !rest.is_empty() {
        let (place, mut apart) = (whole.len(), target);
        for axis in 0..D {
            apart[axis] = simd.sub_f32s(target[axis], places[axis][place]);
        }
        softened[place] = add_pull(simd, apart, simd.partial_load_f32s(rest), freedom, &mut pulls);
    }
    pulls.map(|pull| simd.reduce_sum_f32s(pull))
}

/// Adds the pulls over the distances `apart`, and returns v + |y - y_j|².
#[inline(always)]
fn add_pull<S: Simd, const D: usize>(
    simd: S,
    apart: [S::f32s; D],
    value: S::f32s,
    freedom: S::f32s,
    pulls: &mut [S::f32s; D],
) -> S::f32s {
    let mut squared = freedom;
    for axis in 0..D {
        squared = simd.mul_add_e_f32s(apart[axis], apart[axis], squared);
    }
    let weight = simd.div_f32s(value, squared);
    for axis in 0..D {
        pulls[axis] = simd.mul_add_e_f32s(weight, apart[axis], pulls[axis]);
    }
    squared
}

impl<const D: usize> Met<D> {
    pub(super) fn new() -> Self {
        Self { places: std::array::from_fn(|_| Vec::new()), softened: Vec::new() }
    }

    /// Takes the places of `columns`.
    #[inline(always)]
    fn gather(&mut self, layout: &[[f32; D]], columns: &[u32]) {
        let filled = columns.len().next_multiple_of(FILL);
        self.softened.resize(filled, 1.0);
        self.places.iter_mut().for_each(|places| places.resize(filled, 0.0));
        let places = self.places.each_mut().map(|places| &mut places[..columns.len()]);
        for (entry, &column) in columns.iter().enumerate() {
            let place = layout[column as usize];
            for axis in 0..D {
                places[axis][entry] = place[axis];
            }
        }
    }
}

/// The natural logarithm of a normal positive number, within a millionth.
///
/// x = 2^e m with m from 2/3 to 4/3; ln m = 2 artanh t with t = (m - 1) / (m + 1), whose series is
/// cut after the seventh power.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const TWO_THIRDS: u32 = 0x3f2a_aaab;
    let above = x.to_bits().wrapping_sub(TWO_THIRDS);
    let exponent = (above as i32 >> 23) as f32;
    let m = f32::from_bits((above & 0x007f_ffff) + TWO_THIRDS);
    let t = (m - 1.0) / (m + 1.0);
    let square = t * t;
    let series = 2.0 + square * (2.0 / 3.0 + square * (2.0 / 5.0 + square * (2.0 / 7.0)));
    exponent * std::f32::consts::LN_2 + series * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_match_the_standard_library() {
        for i in 0..4000 {
            let x = (i as f32 * 0.01).exp();
            let (found, expected) = (f64::from(ln(x)), f64::from(x).ln());
            assert!((found - expected).abs() < 1e-6 * (1.0 + expected), "{x}: {found} {expected}");
        }
    }
}
