//! Coordinates that are computed in `f64`, as the `f32` of a layout.

use crate::Layout;

/// A coordinate that is this many times as far from zero as its range is wide loses digits as
/// `f32`: up to a millionth of that range.
const FAR: f64 = 16.0;

/// Narrows coordinates, `dims` per row, to a layout. If the coordinates of a dimension are far from
/// zero compared with their range, a round number near their mean is subtracted first.
///
/// Returns the layout, and for each dimension what was subtracted; empty if that is 0 for all of
/// them.
pub(crate) fn narrow(coordinates: &[f64], dims: usize) -> (Layout, Vec<f64>) {
    let mut origin: Vec<f64> = (0..dims).map(|dim| near(coordinates.iter().skip(dim).step_by(dims).copied())).collect();
    let rows = coordinates.chunks_exact(dims.max(1));
    let narrowed = rows.flat_map(|row| row.iter().zip(&origin).map(|(x, origin)| (x - origin) as f32)).collect();
    if origin.iter().all(|&x| x == 0.0) {
        origin.clear();
    }
    (Layout { dims, coordinates: narrowed }, origin)
}

/// A round number near the mean of some values, to about their range; 0 unless they are far from
/// zero.
fn near(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let finite = values.filter(|x| x.is_finite());
    let (min, max) = finite.clone().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
    let (width, reach) = (max - min, min.abs().max(max.abs()));
    if !(width > 0.0 && reach > FAR * width) {
        return 0.0;
    }
    let count = finite.clone().count() as f64;
    let mean = min + finite.map(|x| (x - min) / count).sum::<f64>();
    let digit = 10_f64.powf(width.log10().ceil());
    let round = (mean / digit).round() * digit;
    if round.is_finite() { round } else { mean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_far_from_zero_have_a_round_number_taken_off() {
        let (nan, far) = (f64::NAN, 10_000_000.0);
        let values = [far + 1.25, 0.5, nan, nan, far + 4.5, -0.25, far - 3.0, 100.0];
        let (layout, origin) = narrow(&values, 2);
        assert_eq!(origin, [far, 0.0]);
        let expected = [1.25, 0.5, f32::NAN, f32::NAN, 4.5, -0.25, -3.0, 100.0];
        let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!((layout.dims, bits(&layout.coordinates)), (2, bits(&expected)));
    }

    #[test]
    fn coordinates_near_zero_stay_as_they_are() {
        for values in [vec![0.1, 0.7, -3.0], vec![5.0, 6.0, 7.0], vec![1e7, 1e7], vec![f64::NAN], vec![]] {
            let (layout, origin) = narrow(&values, 1);
            assert!(origin.is_empty(), "{values:?}");
            assert!(layout.coordinates.iter().zip(&values).all(|(&x, &y)| x == y as f32 || y.is_nan()), "{values:?}");
        }
    }

    #[test]
    fn tiny_widths_have_an_origin_of_their_own() {
        let (layout, origin) = narrow(&[1.0, 1.0 + 1e-12], 1);
        let differ = layout.coordinates[1] - layout.coordinates[0];
        assert!((differ / 1e-12 - 1.0).abs() < 1e-3 && (origin[0] - 1.0).abs() < 1e-11, "{differ} {origin:?}");
    }
}
