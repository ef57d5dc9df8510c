//! UMAP: a layout in which similar points are near each other.
//!
//! The fuzzy graph of the points' neighbors (module `fuzzy`) is laid out by forces: neighbors
//! attract each other, and points drawn at random repel each other (module `epoch`), along a curve
//! that `min_dist` and `spread` shape (module `curve`). See L. McInnes, J. Healy and J. Melville,
//! "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018. Settings
//! mean what they do in umap-learn, which counts a point among its own neighbors.
//!
//! Points move in another way: all at once, each by its own forces, so that a layout is the same
//! for any number of threads. It starts from coordinates that are given, such as those of
//! [`Pca`](crate::Pca).

mod config;
mod curve;
mod epoch;
mod fuzzy;
mod method;
mod start;
#[cfg(test)]
mod tests;

use parallax_neighbors::NeighborGraph;

pub use self::config::UmapConfig;
pub(super) use self::method::{ABOUT, run};
use self::{
    epoch::{Forces, Place},
    fuzzy::FuzzyGraph,
    start::Scale,
};
use crate::ProjectionError;

/// What is known about points besides their vectors, so that those of one category are laid out
/// together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Supervision<'a> {
    /// The category of each point, or `None`.
    pub categories: &'a [Option<u32>],
    /// How much the categories count: from 0, at which pairs of two categories still lose much of
    /// their membership, to 1, at which they lose all of it. umap-learn recommends 0.5.
    pub weight: f64,
}

/// UMAP, epoch by epoch.
#[derive(Debug)]
pub struct Umap {
    config: UmapConfig,
    forces: Forces,
    epochs: usize,
    iteration: usize,
    places: Vec<Place>,
    /// The places after the epoch; they are then swapped with the current ones.
    next: Vec<Place>,
    layout: Vec<f32>,
}

impl Umap {
    /// Prepares to lay out the points of `graph`, from `start` on, the coordinates that they have
    /// at first: points x dims.
    ///
    /// Each axis of the start is stretched to a length of 10, and points are moved apart a little,
    /// by an amount that depends on the seed, so that equal ones do not stay together.
    ///
    /// # Errors
    /// Returns an error if a setting is out of its range, there is no point, the graph has fewer
    /// neighbors than the settings need, or the start has the wrong length or is not finite.
    pub fn new(graph: &NeighborGraph, start: &[f32], config: UmapConfig) -> Result<Self, ProjectionError> {
        Self::prepared(graph, start, Scale::Stretched, None, config)
    }

    /// Like [`Umap::new`], with points of one category kept together.
    ///
    /// # Errors
    /// As [`Umap::new`]; and if there is not one entry per point, or the weight is not from 0 to 1.
    pub fn supervised(
        graph: &NeighborGraph,
        start: &[f32],
        supervision: Supervision<'_>,
        config: UmapConfig,
    ) -> Result<Self, ProjectionError> {
        Self::prepared(graph, start, Scale::Stretched, Some(supervision), config)
    }

    /// Prepares to go on from `start`, a finished layout of similar points, whose scale is kept.
    ///
    /// # Errors
    /// See [`Umap::supervised`].
    pub fn after(
        graph: &NeighborGraph,
        start: &[f32],
        supervision: Option<Supervision<'_>>,
        config: UmapConfig,
    ) -> Result<Self, ProjectionError> {
        Self::prepared(graph, start, Scale::Kept, supervision, config)
    }

    fn prepared(
        graph: &NeighborGraph,
        start: &[f32],
        scale: Scale,
        supervision: Option<Supervision<'_>>,
        config: UmapConfig,
    ) -> Result<Self, ProjectionError> {
        config.check()?;
        let points = graph.len();
        if points == 0 {
            return Err(ProjectionError::NoRows);
        }
        let neighbors = config.neighbors_for(points);
        if neighbors > graph.k() + 1 {
            return Err(ProjectionError::TooManyNeighbors { neighbors, points, largest: graph.k() + 1 });
        }
        let places = start::places(start, points, scale, &config)?;
        let mut fuzzy = FuzzyGraph::new(graph, neighbors - 1);
        if let Some(supervision) = supervision {
            fuzzy = supervision.applied(&fuzzy)?;
        }
        let epochs = config.epochs_for(points);
        let forces = Forces::new(&fuzzy, &config, epochs);
        let mut umap =
            Self { config, forces, epochs, iteration: 0, next: places.clone(), places, layout: start.to_vec() };
        umap.publish();
        Ok(umap)
    }

    /// Moves all points once. Does nothing once finished.
    ///
    /// # Errors
    /// None: the signature is that of the other projections.
    pub fn step(&mut self) -> Result<(), ProjectionError> {
        if self.is_finished() {
            return Ok(());
        }
        let rate = self.config.learning_rate * (1.0 - self.iteration as f64 / self.epochs as f64);
        self.forces.epoch(self.iteration as u32, rate as f32, &self.places, &mut self.next);
        std::mem::swap(&mut self.places, &mut self.next);
        self.iteration += 1;
        self.publish();
        Ok(())
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.iteration >= self.epochs
    }

    /// How often the points have been moved.
    #[must_use]
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// The number of times the points are moved in all.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &UmapConfig {
        &self.config
    }

    /// The coordinates of the points of the graph, points x dims: finite, whatever the data.
    #[must_use]
    pub fn layout(&self) -> &[f32] {
        &self.layout
    }

    fn publish(&mut self) {
        let dims = self.config.dims;
        for (row, place) in self.layout.chunks_exact_mut(dims).zip(&self.places) {
            row.copy_from_slice(&place[..dims]);
        }
    }
}

impl Supervision<'_> {
    fn applied(self, graph: &FuzzyGraph) -> Result<FuzzyGraph, ProjectionError> {
        let (points, found) = (graph.len(), self.categories.len());
        if found != points {
            return Err(ProjectionError::WrongCount { what: "categories", found, points });
        }
        if !(0.0..=1.0).contains(&self.weight) {
            return Err(ProjectionError::setting("weight of the categories", self.weight, "a number from 0 to 1"));
        }
        // Infinite at 1, where umap-learn uses 10^12: either way nothing is left.
        Ok(graph.of_categories(self.categories, 2.5 / (1.0 - self.weight)))
    }
}
