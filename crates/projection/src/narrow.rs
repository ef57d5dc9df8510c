//! How numbers fit into `f32`: coordinates that are computed in `f64`, and powers of two.

use std::fmt;

use ndarray::{Array1, Array2, Zip};

use crate::Layout;

/// What the coordinates of a layout stand for: each is the value less `origin`, times `scale`.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What was subtracted from each dimension; empty if nothing was.
    pub origin: Vec<Offset>,
    /// A power of two, usually 1.
    pub scale: f64,
}

/// What was subtracted from a dimension: the sum of a whole number, which `f64` may not hold, and
/// another number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Offset {
    whole: i128,
    rest: f64,
}

impl Default for Frame {
    /// The values themselves.
    fn default() -> Self {
        Self { origin: Vec::new(), scale: 1.0 }
    }
}

impl Frame {
    /// The frame of a layout of vectors that were read under `scale`, from which `origin` was
    /// subtracted.
    pub(crate) fn new(scale: f64, origin: Vec<Offset>) -> Self {
        let is_zero = origin.iter().all(Offset::is_zero);
        Self { origin: if is_zero { Vec::new() } else { origin }, scale }
    }

    /// A sentence about what the first `dims` coordinates stand for. Returns `None` if that is the
    /// values.
    #[must_use]
    pub fn note(&self, dims: usize) -> Option<String> {
        let taken = self.origin.iter().take(dims).enumerate().filter(|(_, origin)| !origin.is_zero());
        let list: Vec<String> = taken.map(|(axis, origin)| format!("{origin} on axis {}", axis + 1)).collect();
        let relative = (!list.is_empty())
            .then(|| format!("relative to {}, since f32 loses digits that far from zero", list.join(", ")));
        let size = if self.scale > 1.0 { "small" } else { "large" };
        let scaled = (self.scale != 1.0).then(|| {
            let (exponent, scale) = (self.scale.log2(), self.scale);
            format!("multiplied by 2^{exponent} ({scale:.3e}), since the range of f32 does not hold numbers so {size}")
        });
        let parts: Vec<String> = relative.into_iter().chain(scaled).collect();
        (!parts.is_empty()).then(|| format!("coordinates are {}", parts.join("; and ")))
    }
}

impl Offset {
    /// The sum of `whole` and `rest`, as a whole number if `rest` is one.
    pub(crate) fn new(whole: i128, rest: f64) -> Self {
        /// Whole numbers up to this are converted exactly.
        const LARGEST: f64 = 1e30;
        if rest.fract() == 0.0 && rest.abs() <= LARGEST && whole != 0 {
            return Self { whole: whole + rest as i128, rest: 0.0 };
        }
        Self { whole, rest }
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.whole as f64 + self.rest
    }

    fn is_zero(&self) -> bool {
        self.whole == 0 && self.rest == 0.0
    }
}

impl fmt::Display for Offset {
    /// Writes all digits, since people add the number to the coordinates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { whole: 0, rest } => rest.fmt(f),
            Self { whole, rest: 0.0 } => whole.fmt(f),
            Self { whole, rest } => write!(f, "{whole} + {rest}"),
        }
    }
}

/// A coordinate that is this many times as far from zero as its range is wide loses digits as
/// `f32`: up to a millionth of that range.
const FAR: f64 = 16.0;

/// Narrows coordinates, rows x dims, to a layout. If the coordinates of a dimension are far from
/// zero compared with their range, a round number near their mean is subtracted first.
///
/// Returns the layout, and for each dimension what was subtracted.
pub(crate) fn narrow(coordinates: &Array2<f64>) -> (Layout, Vec<f64>) {
    let origin: Array1<f64> = coordinates.columns().into_iter().map(|column| near(column.iter().copied())).collect();
    let narrowed = Zip::from(coordinates).and_broadcast(&origin).map_collect(|x, origin| (x - origin) as f32);
    (narrowed.into(), origin.to_vec())
}

/// The power of two that scales `x` to between a half and one, within the range of `f32`.
pub(crate) fn inverse_power_of_two(x: f64) -> f64 {
    if x > 0.0 { (-x.log2().ceil()).clamp(-126.0, 126.0).exp2() } else { 1.0 }
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
    use ndarray::array;

    use super::*;

    #[test]
    fn coordinates_far_from_zero_have_a_round_number_taken_off() {
        let (nan, far) = (f64::NAN, 10_000_000.0);
        let values = array![[far + 1.25, 0.5], [nan, nan], [far + 4.5, -0.25], [far - 3.0, 100.0]];
        let (layout, origin) = narrow(&values);
        assert_eq!(origin, [far, 0.0]);
        let expected = [1.25, 0.5, f32::NAN, f32::NAN, 4.5, -0.25, -3.0, 100.0];
        let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!((layout.dims(), bits(layout.values())), (2, bits(&expected)));
    }

    #[test]
    fn coordinates_near_zero_stay_as_they_are() {
        for values in [vec![0.1, 0.7, -3.0], vec![5.0, 6.0, 7.0], vec![1e7, 1e7], vec![f64::NAN], vec![]] {
            let values = Array2::from_shape_vec((values.len(), 1), values).unwrap();
            let (layout, origin) = narrow(&values);
            assert_eq!(origin, [0.0], "{values:?}");
            assert!(layout.values().iter().zip(&values).all(|(&x, &y)| x == y as f32 || y.is_nan()), "{values:?}");
        }
    }

    #[test]
    fn tiny_widths_have_an_origin_of_their_own() {
        let (layout, origin) = narrow(&array![[1.0], [1.0 + 1e-12]]);
        let differ = layout.values()[1] - layout.values()[0];
        assert!((differ / 1e-12 - 1.0).abs() < 1e-3 && (origin[0] - 1.0).abs() < 1e-11, "{differ} {origin:?}");
    }
}
