//! What a method returns, and what it is given besides vectors.

use std::sync::Arc;

use parallax_neighbors::NeighborGraph;

use crate::{Frame, Layout};

/// A layout and what its method knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    /// The coordinates. Those of PCA are shared with the space.
    pub layout: Arc<Layout>,
    /// What the coordinates stand for. Those of t-SNE and UMAP have no unit.
    pub frame: Frame,
    /// For each component its share of the variance; empty if the method has no components.
    pub explained_variance_ratio: Vec<f64>,
    /// The number of steps, for a method that runs in steps.
    pub iterations: Option<usize>,
    /// The Kullback-Leibler divergence of t-SNE.
    pub kl: Option<f64>,
    /// The neighbor graph that it was made from, if any.
    pub graph: Option<Arc<NeighborGraph>>,
    /// Seconds until the first step of a method that runs in steps: the neighbors and the start.
    pub seconds_before: f64,
}

/// For each row its category, if it has one.
pub type Categories = Arc<[Option<u32>]>;

impl Projected {
    /// A layout that was computed at once, of a method without components.
    pub(crate) fn whole((layout, frame): (impl Into<Arc<Layout>>, Frame)) -> Self {
        Self {
            layout: layout.into(),
            frame,
            explained_variance_ratio: Vec::new(),
            iterations: None,
            kl: None,
            graph: None,
            seconds_before: 0.0,
        }
    }
}
