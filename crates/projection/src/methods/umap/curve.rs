//! The curve that says how similar two points of the layout are: 1 / (1 + a d^2b), for distance d.

/// The parameters a and b of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Curve {
    pub(super) a: f64,
    pub(super) b: f64,
}

/// The number of distances that are sampled, and the greatest of them in units of the spread, as in
/// umap-learn.
const SAMPLES: u32 = 300;
const REACH: f64 = 3.0;

impl Curve {
    /// The curve nearest, by least squares, to one that is 1 up to `min_dist` and falls by a factor
    /// e over each `spread` from there (L. McInnes, J. Healy and J. Melville, "UMAP", 2018,
    /// definition 11).
    ///
    /// Levenberg's and Marquardt's damped steps (1963), in ln a and ln b, which keeps both
    /// positive.
    pub(super) fn fit(min_dist: f64, spread: f64) -> Self {
        let mut best = Self { a: 1.0, b: 1.0 };
        let mut damping = 1e-3;
        let mut loss = best.normal_equations(min_dist, spread).loss;
        for _ in 0..200 {
            let equations = best.normal_equations(min_dist, spread);
            let next = best.stepped(&equations, damping);
            let next_loss = next.normal_equations(min_dist, spread).loss;
            if next_loss < loss {
                (best, loss, damping) = (next, next_loss, damping * 0.3);
            } else {
                damping *= 4.0;
            }
            if damping > 1e12 {
                break;
            }
        }
        best
    }

    fn normal_equations(self, min_dist: f64, spread: f64) -> NormalEquations {
        let mut sums = NormalEquations::default();
        for sample in 1..SAMPLES {
            // In units of the spread, so that no square overflows.
            let distance = REACH * f64::from(sample) / f64::from(SAMPLES - 1);
            let target = if distance < min_dist / spread { 1.0 } else { (min_dist / spread - distance).exp() };
            let power = self.a * distance.powf(2.0 * self.b);
            let value = 1.0 / (1.0 + power);
            let slope = -value * value * power;
            let gradient = [slope, slope * 2.0 * self.b * distance.ln()];
            let residual = target - value;
            sums.loss += residual * residual;
            for (row, x) in gradient.into_iter().enumerate() {
                sums.right[row] += x * residual;
                sums.left[row] += x * x;
            }
            sums.cross += gradient[0] * gradient[1];
        }
        sums
    }

    fn stepped(self, equations: &NormalEquations, damping: f64) -> Self {
        let [p, q] = equations.left.map(|x| x * (1.0 + damping) + f64::MIN_POSITIVE);
        let determinant = p * q - equations.cross * equations.cross;
        let [r, s] = equations.right;
        let step = [(q * r - equations.cross * s) / determinant, (p * s - equations.cross * r) / determinant];
        let [a, b] = step.map(|x| if x.is_finite() { x.clamp(-1.0, 1.0).exp() } else { 1.0 });
        Self { a: self.a * a, b: self.b * b }
    }

    /// From distances in units of the spread to distances as they are.
    fn in_units(self, spread: f64) -> Self {
        Self { a: self.a * spread.powf(-2.0 * self.b), b: self.b }
    }

    /// [`Curve::fit`], for distances as they are.
    pub(super) fn new(min_dist: f64, spread: f64) -> Self {
        Self::fit(min_dist, spread).in_units(spread)
    }
}

/// The diagonal and the corner of the matrix of the squares, the right side, and the sum of squares
/// that is left.
#[derive(Debug, Default)]
struct NormalEquations {
    left: [f64; 2],
    cross: f64,
    right: [f64; 2],
    loss: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of SciPy's `curve_fit` on the same samples, as umap-learn calls it.
    #[test]
    fn curve_parameters_match_umap_learn() {
        for (spread, min_dist, a, b) in [
            (1.0, 0.1, 1.576_943_460, 0.895_060_878),
            (1.0, 0.0, 1.932_808_398, 0.790_494_974),
            (1.0, 0.01, 1.895_605_866, 0.800_637_844),
            (1.0, 0.5, 0.583_030_020, 1.334_166_993),
            (1.0, 0.99, 0.119_305_300, 1.916_390_416),
            (1.0, 1.0, 0.114_975_682, 1.929_237_150),
            (2.0, 0.1, 0.544_660_541, 0.842_055_426),
            (0.5, 0.25, 3.706_906_026, 1.334_167_248),
            (10.0, 1.0, 0.025_567_878, 0.895_060_713),
        ] {
            let found = Curve::new(min_dist, spread);
            let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-3;
            assert!(near(found.a, a) && near(found.b, b), "{spread} {min_dist}: {found:?}");
        }
    }
}
