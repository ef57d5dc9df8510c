//! The exact Kullback-Leibler divergence of a layout from the affinities.

use rayon::prelude::*;

use super::affinities::Affinities;

/// The Kullback-Leibler divergence of a layout (interleaved, points x `dims`) from the affinities:
/// sum p ln(p / (q / Z)), with q = (1 + |y_i - y_j|² / v)^(-(v + 1) / 2), v the degrees of
/// `freedom`, and Z the sum of q over all ordered pairs, each of which is taken, in `f64`.
///
/// It compares layouts of the same points at the same perplexity and freedom, however they were
/// made.
///
/// # Panics
/// If the layout has another number of points.
#[must_use]
pub fn exact_kl(affinities: &Affinities, layout: &[f32], dims: usize, freedom: f64) -> f64 {
    let points = affinities.points();
    assert_eq!(layout.len(), points * dims, "points x dims");
    let place = |point: usize| &layout[point * dims..(point + 1) * dims];
    let softened = |one: &[f32], other: &[f32]| {
        let squared = one.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
        1.0 + squared / freedom
    };
    let power = f64::midpoint(freedom, 1.0);
    let sums: Vec<(f64, f64)> = (0..points)
        .into_par_iter()
        .map(|point| {
            let (columns, values) = affinities.of(point);
            let logs = columns
                .iter()
                .zip(values)
                .map(|(&other, &p)| f64::from(p) * power * softened(place(point), place(other as usize)).ln());
            let z: f64 = (0..point).map(|other| softened(place(point), place(other)).powf(-power)).sum();
            (logs.sum(), 2.0 * z)
        })
        .collect();
    let z: f64 = sums.iter().map(|(_, z)| z).sum();
    if z == 0.0 {
        return 0.0;
    }
    affinities.negative_entropy() + sums.iter().map(|(logs, _)| logs).sum::<f64>() + z.ln()
}
