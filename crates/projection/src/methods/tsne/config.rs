//! The settings of t-SNE, and their validation.

use serde::{Deserialize, Serialize};

use crate::{Lowered, ProjectionError, asked, run::steps_after};

/// Settings of [`Tsne`](super::Tsne).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TsneConfig {
    /// The number of coordinates of a point: 2 or 3.
    pub dims: usize,
    /// How many neighbors count for a point, smoothly: the exponential of the entropy of its
    /// affinities. `None` adapts to the number of points: see [`TsneConfig::perplexity_for`].
    #[serde(
        serialize_with = "asked::serialize::<{ TsneConfig::PERPLEXITY }, _, _>",
        deserialize_with = "asked::deserialize::<{ TsneConfig::PERPLEXITY }, _, _>"
    )]
    pub perplexity: Option<f32>,
    /// The number of steps.
    pub iterations: usize,
    /// The length of a step; `None` is automatic. See [`TsneConfig::learning_rate_at`].
    pub learning_rate: Option<f32>,
    /// By how much attraction is multiplied at first, so that clusters find each other.
    pub early_exaggeration: f32,
    /// The number of steps with this exaggeration.
    pub exaggerated_iterations: usize,
    /// The share of the last step that is kept while exaggerated.
    pub early_momentum: f32,
    /// The share of the last step that is kept afterwards.
    pub momentum: f32,
    /// The degrees of freedom of the layout's similarities, in halves: 1 is t-SNE as it was
    /// published first; `dims` - 1, as in scikit-learn, is 2 in space; less shows finer clusters.
    /// See [`TsneConfig::FREEDOM`] for the range.
    pub freedom: f32,
    /// How much, from 0 to 1, near neighbors count alike in the last tenth of the steps: this share
    /// of each affinity is replaced by one that is the same for a point's nearest half of the
    /// perplexity, and zero beyond. 0 is t-SNE as it was published.
    ///
    /// More of these are then nearest in the layout, but fewer of the very nearest, and the
    /// divergence rises. In space, for 10,000 digits of MNIST at perplexity 30, 47 % of the nearest
    /// 15 instead of 44 %, 49 % of the nearest 5 instead of 51 %, and a divergence of 1.68 instead
    /// of 1.61.
    pub final_evenness: f32,
    /// How wide a cell of points may be, as a share of its distance, to repel as one point: 0 is
    /// exact.
    pub theta: f32,
    /// The seed of everything random.
    pub seed: u64,
    /// How strongly labels count, from 0 to 1. The labels are no setting: both are given to
    /// [`Tsne::supervise`](super::Tsne::supervise), which keeps the strength here.
    pub supervise: f32,
}

/// The automatic learning rate is at least this. For a few hundred points, n over the exaggeration
/// would take thousands of steps to unfold a layout.
const LEAST_AUTOMATIC_RATE: f32 = 50.0;

/// How many neighbors a point of the graph needs for `perplexity` among `points`: three times the
/// perplexity, or all others if there are fewer.
///
/// See L. van der Maaten, "Accelerating t-SNE using tree-based algorithms", JMLR 15 (2014), section
/// 4.1.
#[must_use]
pub fn neighbors_for(perplexity: f32, points: usize) -> usize {
    let others = points.saturating_sub(1);
    ((3.0 * perplexity).ceil() as usize).min(others)
}

/// Returns the largest perplexity that makes sense among `points`: a third of the other points; if
/// they are few, half of them, up to 3; and at least 1.
#[must_use]
pub fn largest_perplexity(points: usize) -> f32 {
    let others = points.saturating_sub(1) as f32;
    (others / 3.0).max((others / 2.0).min(3.0)).max(1.0)
}

impl Default for TsneConfig {
    fn default() -> Self {
        Self::recommended()
    }
}

impl TsneConfig {
    /// Three dimensions, at perplexity 30 if there are enough points.
    #[must_use]
    pub fn recommended() -> Self {
        Self {
            dims: 3,
            perplexity: None,
            iterations: 1000,
            learning_rate: None,
            early_exaggeration: 12.0,
            exaggerated_iterations: 250,
            early_momentum: 0.5,
            momentum: 0.9,
            freedom: 1.0,
            final_evenness: 0.0,
            theta: 0.5,
            seed: 42,
            supervise: 0.0,
        }
    }

    /// The least and the greatest degrees of freedom.
    pub const FREEDOM: (f32, f32) = (0.5, 10.0);

    /// The [`final_evenness`](Self::final_evenness) that gathers near neighbors.
    pub const GATHERED: f32 = 0.7;

    /// The perplexity if none is asked for and there are enough points.
    pub const PERPLEXITY: usize = 30;

    /// Returns the perplexity that is used for `points`: the one that was asked for, or else
    /// [`TsneConfig::PERPLEXITY`], lowered to a whole number of at most [`largest_perplexity`].
    #[must_use]
    pub fn perplexity_for(&self, points: usize) -> f32 {
        self.perplexity.unwrap_or_else(|| (Self::PERPLEXITY as f32).min(largest_perplexity(points).floor()))
    }

    /// Returns the settings of a run that goes on from a finished layout: without exaggeration, and
    /// with fewer steps.
    #[must_use]
    pub fn after(&self) -> Self {
        Self { exaggerated_iterations: 0, iterations: steps_after(self.iterations), ..self.clone() }
    }

    /// Returns the lowered perplexity if the default is too large for `points`.
    #[must_use]
    pub fn lowered(&self, points: usize) -> Option<Lowered> {
        let (used, needs) = (self.perplexity_for(points) as usize, 3 * Self::PERPLEXITY + 1);
        let lowered = Lowered::of_rows(("perplexity", false), (Self::PERPLEXITY, needs), used, points);
        lowered.filter(|_| self.perplexity.is_none())
    }

    /// The learning rate of a step with this `exaggeration` for `points`.
    ///
    /// If none was chosen, it is the number of points over the exaggeration, and at least 50: the
    /// largest for which the attraction alone cannot overshoot (G. C. Linderman and S.
    /// Steinerberger, "Clustering with t-SNE, provably", SIAM J. Math. Data Sci. 1 (2019); A. C.
    /// Belkina et al., Nat. Commun. 10 (2019), for n / 12).
    #[must_use]
    pub fn learning_rate_at(&self, exaggeration: f32, points: usize) -> f32 {
        self.learning_rate.unwrap_or_else(|| (points as f32 / exaggeration.max(1.0)).max(LEAST_AUTOMATIC_RATE))
    }

    /// Whether attraction is evened in the step after this many: in the last tenth, but not while
    /// it is exaggerated.
    pub(super) fn is_evened_at(&self, iteration: usize) -> bool {
        iteration >= self.exaggerated_iterations.max(self.iterations - self.iterations / 10)
    }

    /// # Errors
    /// Returns an error if a setting is out of its range, or the perplexity is too large for the
    /// number of points.
    pub(super) fn validate(&self, points: usize) -> Result<(), ProjectionError> {
        if !(2..=3).contains(&self.dims) {
            return Err(ProjectionError::setting("number of dimensions", self.dims, "2 or 3"));
        }
        for (name, value, range, choice) in [
            ("perplexity", self.perplexity.unwrap_or(1.0), 1.0..=1e6, "a number from 1"),
            ("early exaggeration", self.early_exaggeration, 1.0..=1000.0, "a number from 1 to 1000"),
            ("early momentum", self.early_momentum, 0.0..=0.99, "a number from 0 to 0.99"),
            ("momentum", self.momentum, 0.0..=0.99, "a number from 0 to 0.99"),
            ("final evenness", self.final_evenness, 0.0..=1.0, "a number from 0 (none) to 1"),
            ("theta", self.theta, 0.0..=2.0, "a number from 0 (exact) to 2"),
        ] {
            check(name, value, range, choice)?;
        }
        let (least, most) = Self::FREEDOM;
        if !(least..=most).contains(&self.freedom) || (2.0 * self.freedom).fract() != 0.0 {
            let range = "a multiple of 0.5 from 0.5 to 10";
            return Err(ProjectionError::setting("degrees of freedom", self.freedom, range));
        }
        validate_learning_rate(self.learning_rate)?;
        validate_supervision(self.supervise)?;
        let (perplexity, largest) = (self.perplexity_for(points), largest_perplexity(points));
        if perplexity > largest {
            // Rounded down, so that the number shown is accepted.
            let largest = (largest * 10.0).floor() / 10.0;
            return Err(ProjectionError::PerplexityTooLarge { perplexity: perplexity.to_string(), points, largest });
        }
        Ok(())
    }
}

pub(super) fn validate_learning_rate(rate: Option<f32>) -> Result<(), ProjectionError> {
    check("learning rate", rate.unwrap_or(1.0), 1e-6..=1e9, "a number above 0, or none for an automatic one")
}

pub(super) fn validate_supervision(strength: f32) -> Result<(), ProjectionError> {
    check("strength of supervision", strength, 0.0..=1.0, "a number from 0 to 1")
}

pub(super) fn check(
    name: &'static str,
    value: f32,
    range: std::ops::RangeInclusive<f32>,
    choice: &'static str,
) -> Result<(), ProjectionError> {
    if range.contains(&value) { Ok(()) } else { Err(ProjectionError::setting(name, value, choice)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexity_needs_three_times_as_many_neighbors() {
        for (perplexity, points, expected) in
            [(30.0, 10_000, 90), (30.0, 91, 90), (30.0, 60, 59), (5.5, 100, 17), (1.0, 2, 1), (1.0, 1, 0), (1.0, 0, 0)]
        {
            assert_eq!(neighbors_for(perplexity, points), expected, "{perplexity} {points}");
        }
    }

    #[test]
    fn too_large_perplexity_names_the_largest() {
        let config = TsneConfig { perplexity: Some(30.0), ..TsneConfig::recommended() };
        for (points, expected) in
            [(0, Some("1.0")), (2, Some("1.0")), (10, Some("3.0")), (11, Some("3.3")), (90, Some("29.6")), (91, None)]
        {
            let error = config.validate(points).err();
            let largest = error.as_ref().map(|error| match error {
                ProjectionError::PerplexityTooLarge { largest, .. } => format!("{largest:.1}"),
                other => panic!("{other}"),
            });
            assert_eq!(largest.as_deref(), expected, "{points}");
            if let Some(largest) = largest {
                let perplexity = Some(largest.parse().unwrap());
                TsneConfig { perplexity, ..config.clone() }.validate(points).unwrap();
            }
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = TsneConfig::recommended();
        let cases: [(&str, fn(&mut TsneConfig)); 18] = [
            ("dimensions", |config| config.dims = 4),
            ("dimensions", |config| config.dims = 1),
            ("perplexity", |config| config.perplexity = Some(f32::NAN)),
            ("perplexity", |config| config.perplexity = Some(0.0)),
            ("learning rate", |config| config.learning_rate = Some(0.0)),
            ("learning rate", |config| config.learning_rate = Some(f32::INFINITY)),
            ("early exaggeration", |config| config.early_exaggeration = 0.5),
            ("early momentum", |config| config.early_momentum = -0.1),
            ("momentum", |config| config.momentum = 1.0),
            ("freedom", |config| config.freedom = 0.0),
            ("freedom", |config| config.freedom = 1.25),
            ("freedom", |config| config.freedom = 10.5),
            ("freedom", |config| config.freedom = f32::NAN),
            ("evenness", |config| config.final_evenness = -0.1),
            ("evenness", |config| config.final_evenness = 1.1),
            ("theta", |config| config.theta = -0.5),
            ("theta", |config| config.theta = f32::NAN),
            ("supervision", |config| config.supervise = 1.5),
        ];
        good.validate(1000).unwrap();
        for (name, spoil) in cases {
            let mut config = good.clone();
            spoil(&mut config);
            let text = config.validate(1000).unwrap_err().to_string();
            assert!(text.contains(name) && text.contains(". Choose "), "{text}");
        }
    }

    #[test]
    fn settings_round_trip_and_default_to_recommended() {
        let config = TsneConfig { perplexity: Some(12.5), learning_rate: Some(200.0), ..TsneConfig::recommended() };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TsneConfig>(&text).unwrap(), config);
        assert_eq!(serde_json::from_str::<TsneConfig>("{}").unwrap(), TsneConfig::recommended());
    }
}
