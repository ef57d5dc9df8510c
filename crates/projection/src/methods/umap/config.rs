//! The settings of UMAP, and their validation.

use serde::{Deserialize, Serialize};

use crate::{Lowered, ProjectionError, asked, run::steps_after};

/// The settings of [`Umap`](super::Umap).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UmapConfig {
    /// The number of coordinates: 2 or 3.
    pub dims: usize,
    /// How many points count as the neighborhood of each, itself counted: 15 means that the graph
    /// must have 14 others. Few show detail, many the whole. `None` adapts to the number of points:
    /// see [`UmapConfig::neighbors_for`].
    #[serde(
        serialize_with = "asked::serialize::<{ UmapConfig::NEIGHBORS }, _, _>",
        deserialize_with = "asked::deserialize::<{ UmapConfig::NEIGHBORS }, _, _>"
    )]
    pub neighbors: Option<usize>,
    /// How near points may come to each other, up to `spread`.
    pub min_dist: f64,
    /// The scale of the layout, to which `min_dist` relates.
    pub spread: f64,
    /// How often all points are moved. `None` is 500 times, or 200 times for over 10,000 points.
    pub epochs: Option<usize>,
    /// The number of points that repel a point for each neighbor that attracts it.
    pub negative_samples: usize,
    /// The part of a force that a step takes at first; it falls to 0 evenly.
    pub learning_rate: f64,
    /// The strength of the repulsion.
    pub repulsion: f64,
    /// Different seeds give different layouts.
    pub seed: u64,
}

impl UmapConfig {
    /// The settings that umap-learn recommends, in three dimensions.
    #[must_use]
    pub fn recommended() -> Self {
        Self {
            dims: 3,
            neighbors: None,
            min_dist: 0.1,
            spread: 1.0,
            epochs: None,
            negative_samples: 5,
            learning_rate: 1.0,
            repulsion: 1.0,
            seed: 42,
        }
    }

    /// The number of neighbors if none is asked for and there are enough points.
    pub const NEIGHBORS: usize = 15;

    /// Returns the number of neighbors that is used for `points`, the point itself included: the
    /// one that was asked for, or else [`UmapConfig::NEIGHBORS`], lowered to all points.
    #[must_use]
    pub fn neighbors_for(&self, points: usize) -> usize {
        self.neighbors.unwrap_or_else(|| Self::NEIGHBORS.min(points).max(1))
    }

    /// Returns how often all of `points` are moved.
    #[must_use]
    pub fn epochs_for(&self, points: usize) -> usize {
        self.epochs.unwrap_or(if points <= 10_000 { 500 } else { 200 })
    }

    /// Returns the settings of a run on `points` that goes on from a finished layout: fewer steps, of
    /// half the length, so that the arrangement stays.
    #[must_use]
    pub fn after(&self, points: usize) -> Self {
        let epochs = Some(steps_after(self.epochs_for(points)));
        Self { epochs, learning_rate: self.learning_rate / 2.0, ..self.clone() }
    }

    /// Returns the lowered number of neighbors if the default is too large for `points`.
    #[must_use]
    pub fn lowered(&self, points: usize) -> Option<Lowered> {
        let default = (Self::NEIGHBORS, Self::NEIGHBORS);
        let lowered = Lowered::of_rows(("neighbors", true), default, self.neighbors_for(points), points);
        lowered.filter(|_| self.neighbors.is_none())
    }

    /// # Errors
    /// Returns an error if a setting is out of its range.
    pub(super) fn check(&self) -> Result<(), ProjectionError> {
        let (epochs, neighbors) = (self.epochs.unwrap_or(1), self.neighbors.unwrap_or(Self::NEIGHBORS));
        let ranges = [
            ("number of dimensions", self.dims as f64, (2..=3).contains(&self.dims), "2 or 3"),
            ("number of neighbors", neighbors as f64, neighbors >= 2, "2 or more"),
            ("spread", self.spread, (0.01..=100.0).contains(&self.spread), "a number from 0.01 to 100"),
            ("min_dist", self.min_dist, (0.0..=self.spread).contains(&self.min_dist), "a number from 0 to spread"),
            ("number of epochs", epochs as f64, (1..=1_000_000).contains(&epochs), "a number from 1 to 1,000,000"),
            (
                "number of negative samples",
                self.negative_samples as f64,
                self.negative_samples <= 1000,
                "a number from 0 to 1000",
            ),
            (
                "learning rate",
                self.learning_rate,
                (0.0..=100.0).contains(&self.learning_rate),
                "a number from 0 to 100",
            ),
            ("repulsion", self.repulsion, (0.0..=1000.0).contains(&self.repulsion), "a number from 0 to 1000"),
        ];
        let wrong = ranges.into_iter().find(|&(_, _, is_within, _)| !is_within);
        wrong.map_or(Ok(()), |(setting, value, _, range)| Err(ProjectionError::setting(setting, value, range)))
    }
}
