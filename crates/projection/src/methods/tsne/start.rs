//! The initial places of points.

use crate::{Layout, random::Random};

/// The standard deviation of the first axis at the start: so small that attraction alone shapes the
/// layout at first.
const DEVIATION: f64 = 1e-4;

/// Noise on each coordinate, so that points at one place come apart: a hundredth of the deviation.
const JITTER: f32 = 1e-6;

/// The scale of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// That of [`DEVIATION`].
    Small,
    /// That of the source.
    Kept,
}

/// The places of `points` points from `source`, centered and scaled alike along all axes so that
/// the first has its deviation, unless `scale` keeps that of the source. Axes that the source lacks,
/// and points without a place, get noise.
///
/// D. Kobak and P. Berens, "The art of using t-SNE for single-cell transcriptomics", Nat. Commun.
/// 10 (2019).
pub(super) fn start<const D: usize>(source: &Layout, points: usize, scale: Scale, random: Random) -> Vec<[f32; D]> {
    let axes = source.dims().min(D);
    let placed = |point: usize| source.row(point).filter(|place| place.iter().all(|x| x.is_finite()));
    let mut means = [0.0_f64; D];
    let mut count = 0.0;
    for place in (0..points).filter_map(placed) {
        count += 1.0;
        (0..axes).for_each(|axis| means[axis] += (f64::from(place[axis]) - means[axis]) / count);
    }
    let squares =
        (0..points).filter_map(placed).filter(|_| axes > 0).map(|place| (f64::from(place[0]) - means[0]).powi(2));
    let deviation = (squares.sum::<f64>() / f64::max(count, 1.0)).sqrt();
    let is_kept = scale == Scale::Kept && deviation > DEVIATION;
    let target = if is_kept { deviation } else { DEVIATION };
    // The noise and the limit are relative to the deviation.
    let (scale, unit) = (target / deviation, (target / DEVIATION) as f32);
    (0..points)
        .map(|point| {
            let mut place = [0.0; D];
            for (axis, x) in place.iter_mut().enumerate() {
                let noise = random.normal((point * D + axis) as u64);
                *x = match placed(point) {
                    Some(place) if axis < axes && scale.is_finite() => {
                        let limit = f64::from(unit);
                        ((f64::from(place[axis]) - means[axis]) * scale).clamp(-limit, limit) as f32
                            + JITTER * unit * noise
                    }
                    _ => target as f32 * noise,
                };
            }
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn deviation<const D: usize>(places: &[[f32; D]], axis: usize) -> f64 {
        let mean = places.iter().map(|place| f64::from(place[axis])).sum::<f64>() / places.len() as f64;
        (places.iter().map(|place| (f64::from(place[axis]) - mean).powi(2)).sum::<f64>() / places.len() as f64).sqrt()
    }

    #[test]
    fn start_is_small_and_distinct_for_any_source() {
        let line: Vec<f32> = (0..200).map(|i| 1e6 + i as f32).collect();
        let spoiled = line.iter().enumerate().map(|(i, &x)| if i % 3 == 0 { f32::NAN } else { x }).collect();
        let layout = |dims, values: Vec<f32>| Layout::from(Array2::from_shape_vec((200, dims), values).unwrap());
        let cases = [
            ("none", Layout::default()),
            ("all equal", layout(3, vec![5.0; 600])),
            ("one axis", layout(1, line.clone())),
            ("points without a place", layout(1, spoiled)),
            ("huge", layout(1, line.iter().map(|x| (x - 1e6) * 1e36).collect())),
            ("many axes", layout(5, (0..1000).map(|i| (i / 5) as f32).collect())),
        ];
        for (name, source) in cases {
            let places = start::<3>(&source, 200, Scale::Small, Random::new(7, 0));
            let found = deviation(&places, 0);
            assert!((found - DEVIATION).abs() < 0.2 * DEVIATION, "{name}: {found}");
            assert!((0..3).all(|axis| deviation(&places, axis) > 1e-7), "{name}");
            assert!(places.iter().flatten().all(|x| x.is_finite() && x.abs() < 2.0), "{name}");
            let mut sorted: Vec<_> = places.iter().map(|place| place.map(f32::to_bits)).collect();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), 200, "{name}");
        }
    }

    #[test]
    fn start_keeps_the_shape_of_its_source() {
        let truth: Vec<_> = (0..20).map(|i| [i as f32, (i * i) as f32]).collect();
        let source = Layout::from(Array2::from(truth.clone()));
        let places = start::<2>(&source, 20, Scale::Small, Random::new(7, 0));
        let ratio = deviation(&places, 1) / deviation(&places, 0);
        assert!((ratio - deviation(&truth, 1) / deviation(&truth, 0)).abs() < 0.5, "{ratio}");
        let kept = start::<2>(&source, 20, Scale::Kept, Random::new(7, 0));
        let apart =
            |places: &[[f32; 2]]| places.windows(2).map(|two| (two[0][1] - two[1][1]).abs()).collect::<Vec<_>>();
        assert!(apart(&kept).iter().zip(apart(&truth)).all(|(a, b)| (a - b).abs() < 1.0), "{kept:?}");
    }
}
