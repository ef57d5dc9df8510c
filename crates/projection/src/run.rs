//! A layout that is computed step by step: t-SNE or UMAP, from the vectors on.

use std::sync::Arc;

use ndarray::{Array2, aview1};
use parallax_embedding::Progress;
use parallax_neighbors::NeighborGraph;

use crate::{
    Categories, Layout, ProjectionError, QUALITY_NEIGHBORS, Space, Supervision, Tsne, TsneConfig, Umap, UmapConfig,
    neighbors_for,
};

/// A running t-SNE or UMAP.
#[derive(Debug)]
pub struct Run {
    engine: Engine,
    graph: Arc<NeighborGraph>,
    rows: usize,
}

#[derive(Debug)]
enum Engine {
    Tsne(Box<Tsne>),
    Umap(Box<Umap>),
}

/// The space in which neighbors are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nearness {
    /// Whether the vectors are sphereized before.
    pub sphereize: bool,
    /// The distance.
    pub metric: parallax_neighbors::Metric,
}

impl Default for Nearness {
    /// Euclidean, of the vectors as they are.
    fn default() -> Self {
        Self { sphereize: false, metric: parallax_neighbors::Metric::Euclidean }
    }
}

impl Run {
    /// Prepares t-SNE: finds the neighbor graph and a start, which is `start` or else the principal
    /// components.
    ///
    /// `labels` supervise by as much as the settings say.
    ///
    /// # Errors
    /// See [`Tsne::new`] and the parts of [`Space`].
    pub fn tsne(
        space: &Space,
        near: Nearness,
        config: TsneConfig,
        labels: Option<&Categories>,
        start: Option<&Layout>,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let rows = space.vectors(near.sphereize, progress)?.rows();
        let points = rows - space.left_out().below(rows).len();
        let k = neighbors_for(config.perplexity_for(points), points);
        let graph = space.graph(near.sphereize, near.metric, k, progress)?;
        check_directions(near, &graph, points)?;
        let start = starting(space, near, &graph, config.dims, start, progress)?;
        progress.begin("t-SNE");
        let strength = config.supervise;
        let mut tsne = Tsne::new(&graph, &start, config)?;
        if let Some(labels) = labels {
            tsne.supervise(&of_points(labels, &graph), strength)?;
        }
        Ok(Self { engine: Engine::Tsne(Box::new(tsne)), graph, rows })
    }

    /// Prepares UMAP, as [`Run::tsne`] prepares t-SNE. `labels` count by their weight, from 0 to 1.
    ///
    /// # Errors
    /// See [`Umap::new`] and the parts of [`Space`].
    pub fn umap(
        space: &Space,
        near: Nearness,
        config: UmapConfig,
        labels: Option<(&Categories, f64)>,
        start: Option<&Layout>,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let rows = space.vectors(near.sphereize, progress)?.rows();
        // As many as the quality needs: otherwise a second graph would soon be built.
        let k = config.neighbors_for(rows).saturating_sub(1).max(QUALITY_NEIGHBORS);
        let graph = space.graph(near.sphereize, near.metric, k, progress)?;
        check_directions(near, &graph, rows - space.left_out().below(rows).len())?;
        let start = starting(space, near, &graph, config.dims, start, progress)?;
        progress.begin("UMAP");
        let umap = match labels {
            Some((labels, weight)) => {
                let categories = of_points(labels, &graph);
                let supervision = Supervision { categories: &categories, weight };
                Umap::supervised(&graph, start.values(), supervision, config)?
            }
            None => Umap::new(&graph, start.values(), config)?,
        };
        Ok(Self { engine: Engine::Umap(Box::new(umap)), graph, rows })
    }

    /// Runs one step. Does nothing once finished.
    ///
    /// # Errors
    /// Those of the method.
    pub fn step(&mut self) -> Result<(), ProjectionError> {
        match &mut self.engine {
            Engine::Tsne(tsne) => tsne.step(),
            Engine::Umap(umap) => umap.step(),
        }
    }

    /// Runs all steps.
    ///
    /// # Errors
    /// See [`Run::step`]; [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub fn finish(&mut self, progress: &Progress) -> Result<(), ProjectionError> {
        while !self.is_finished() {
            progress.advance(self.iteration(), self.iterations())?;
            self.step()?;
        }
        Ok(())
    }

    /// Whether all steps are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.is_finished(),
            Engine::Umap(umap) => umap.is_finished(),
        }
    }

    /// The number of steps done.
    #[must_use]
    pub fn iteration(&self) -> usize {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.iteration(),
            Engine::Umap(umap) => umap.iteration(),
        }
    }

    /// The number of all steps.
    #[must_use]
    pub fn iterations(&self) -> usize {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.config().iterations,
            Engine::Umap(umap) => umap.epochs(),
        }
    }

    /// The Kullback-Leibler divergence of t-SNE before the last step.
    #[must_use]
    pub fn kl(&self) -> Option<f64> {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.kl(),
            Engine::Umap(_) => None,
        }
    }

    /// The run's t-SNE, to change its settings while it runs.
    pub fn tsne_mut(&mut self) -> Option<&mut Tsne> {
        match &mut self.engine {
            Engine::Tsne(tsne) => Some(tsne),
            Engine::Umap(_) => None,
        }
    }

    /// The coordinates of the points of [`Run::graph`]: points x [`Run::dims`].
    #[must_use]
    pub fn points(&self) -> &[f32] {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.layout(),
            Engine::Umap(umap) => umap.layout(),
        }
    }

    /// 2 or 3.
    #[must_use]
    pub fn dims(&self) -> usize {
        match &self.engine {
            Engine::Tsne(tsne) => tsne.config().dims,
            Engine::Umap(umap) => umap.config().dims,
        }
    }

    /// The neighbor graph.
    #[must_use]
    pub fn graph(&self) -> &Arc<NeighborGraph> {
        &self.graph
    }

    /// The coordinates of all rows; rows that are not points have no place.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let dims = self.dims();
        let mut layout = Layout::unplaced(self.rows, dims);
        let mut places = layout.view_mut();
        for (&row, place) in self.graph.rows().iter().zip(self.points().chunks_exact(dims)) {
            places.row_mut(row as usize).assign(&aview1(place));
        }
        layout
    }
}

/// Refuses a graph without points of rows that have finite values.
fn check_directions(near: Nearness, graph: &NeighborGraph, rows: usize) -> Result<(), ProjectionError> {
    let have_none = near.metric.is_directional() && graph.is_empty() && rows > 0;
    if have_none { Err(ProjectionError::NoDirections) } else { Ok(()) }
}

/// The initial places of the points of `graph`: those of `start` if it has one for each, otherwise
/// those along the principal components; 0 on missing axes.
fn starting(
    space: &Space,
    near: Nearness,
    graph: &NeighborGraph,
    dims: usize,
    start: Option<&Layout>,
    progress: &Progress,
) -> Result<Layout, ProjectionError> {
    if let Some(layout) = start.map(|start| first_of_points(start, graph, dims))
        && layout.values().iter().all(|x| x.is_finite())
    {
        return Ok(layout);
    }
    let components = space.components(near.sphereize, progress)?;
    Ok(first_of_points(&components.layout, graph, dims))
}

fn first_of_points(layout: &Layout, graph: &NeighborGraph, dims: usize) -> Layout {
    let coordinate = |(point, dim): (usize, usize)| {
        let place = layout.row(graph.rows()[point] as usize).unwrap_or_default();
        place.get(dim).copied().unwrap_or(0.0)
    };
    Array2::from_shape_fn((graph.len(), dims), coordinate).into()
}

fn of_points(labels: &Categories, graph: &NeighborGraph) -> Vec<Option<u32>> {
    graph.rows().iter().map(|&row| labels.get(row as usize).copied().flatten()).collect()
}
