//! A layout that is computed step by step, from the vectors on.

use std::{fmt, sync::Arc};

use ndarray::{Array2, aview1};
use parallax_embedding::Progress;
use parallax_neighbors::NeighborGraph;

use crate::{Categories, Layout, ProjectionError, Space};

/// A projection that runs in steps.
#[derive(Debug)]
pub struct Run {
    engine: Box<dyn Engine>,
    graph: Arc<NeighborGraph>,
    rows: usize,
    dims: usize,
}

/// The steps of a method.
pub(crate) trait Engine: fmt::Debug + Send + Sync {
    /// Runs one step. Does nothing once finished.
    fn step(&mut self) -> Result<(), ProjectionError>;

    /// Whether all steps are done.
    fn is_finished(&self) -> bool;

    /// The number of steps done.
    fn iteration(&self) -> usize;

    /// The number of all steps.
    fn iterations(&self) -> usize;

    /// The coordinates of the points of the graph: points x dims.
    fn layout(&self) -> &[f32];

    /// The Kullback-Leibler divergence before the last step, if the method has one.
    fn kl(&self) -> Option<f64> {
        None
    }

    /// Applies what a person has asked for since the last step.
    fn steer(&mut self, _steering: &Steering, _graph: &NeighborGraph) -> Result<(), ProjectionError> {
        Ok(())
    }
}

/// What a projection begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning<'a> {
    pub(crate) space: &'a Space,
    pub(crate) near: Nearness,
    pub(crate) start: Start<'a>,
    pub(crate) progress: &'a Progress,
}

/// Where a run starts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    /// At the principal components.
    Components,
    /// At a layout, scaled as the method begins; at the principal components if a point has no place
    /// in it.
    Layout(&'a Layout),
    /// At the layout of the step before, as it is, with fewer steps. A point that has no place in it
    /// begins among its neighbors.
    After(&'a Layout),
}

impl Start<'_> {
    /// Whether it goes on from a finished layout.
    pub(crate) fn is_after(self) -> bool {
        matches!(self, Self::After(_))
    }
}

/// The number of steps of a run that goes on from a finished layout, if one from nothing has `steps`:
/// a fifth, but not fewer than 50.
pub(crate) fn steps_after(steps: usize) -> usize {
    const LEAST: usize = 50;
    (steps / 5).max(LEAST).min(steps)
}

/// What a person asks of a run since its last step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steering {
    /// Another learning rate.
    pub learning_rate: Option<LearningRate>,
    /// Other labels, and their weight.
    pub supervision: Option<(Categories, f32)>,
    /// Whether all points are moved a little at random.
    pub perturb: bool,
    /// Whether to add as many steps again.
    pub extend: bool,
}

/// A learning rate. `None` is the automatic one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningRate(pub Option<f32>);

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
    /// Finds the neighbor graph of `k` neighbors and a start, and runs what `engine` makes of them.
    /// `title` is the name of the method for the progress.
    ///
    /// # Errors
    /// Those of `engine` and of the parts of [`Space`].
    pub(crate) fn new(
        Beginning { space, near, start, progress }: &Beginning<'_>,
        k: usize,
        dims: usize,
        title: &'static str,
        engine: impl FnOnce(&NeighborGraph, &Layout) -> Result<Box<dyn Engine>, ProjectionError>,
    ) -> Result<Self, ProjectionError> {
        let rows = space.vectors(near.sphereize, progress)?.rows();
        let graph = space.graph(near.sphereize, near.metric, k, progress)?;
        check_directions(*near, &graph, rows - space.left_out().below(rows).len())?;
        let start = starting(space, *near, &graph, dims, *start, progress)?;
        progress.begin(title);
        Ok(Self { engine: engine(&graph, &start)?, graph, rows, dims })
    }

    /// Runs one step. Does nothing once finished.
    ///
    /// # Errors
    /// Those of the method.
    pub fn step(&mut self) -> Result<(), ProjectionError> {
        self.engine.step()
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
        self.engine.is_finished()
    }

    /// The number of steps done.
    #[must_use]
    pub fn iteration(&self) -> usize {
        self.engine.iteration()
    }

    /// The number of all steps.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.engine.iterations()
    }

    /// The Kullback-Leibler divergence before the last step.
    #[must_use]
    pub fn kl(&self) -> Option<f64> {
        self.engine.kl()
    }

    /// Applies what a person has asked for since the last step. A method ignores requests that it does
    /// not support.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn steer(&mut self, steering: &Steering) -> Result<(), ProjectionError> {
        self.engine.steer(steering, &self.graph)
    }

    /// The coordinates of the points of [`Run::graph`]: points x [`Run::dims`].
    #[must_use]
    pub fn points(&self) -> &[f32] {
        self.engine.layout()
    }

    /// 2 or 3.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
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

/// The initial places of the points of `graph`: those of `start`, or those along the principal
/// components; 0 on missing axes.
fn starting(
    space: &Space,
    near: Nearness,
    graph: &NeighborGraph,
    dims: usize,
    start: Start<'_>,
    progress: &Progress,
) -> Result<Layout, ProjectionError> {
    let layout = match start {
        Start::Components => None,
        Start::Layout(layout) => Some(first_of_points(layout, graph, dims)),
        Start::After(layout) => Some(among_neighbors(first_of_points(layout, graph, dims), graph)),
    };
    if let Some(layout) = layout.filter(|layout| layout.values().iter().all(|x| x.is_finite())) {
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

/// Places each point without a place at the mean of its neighbors that have one, or else at the mean
/// of all.
fn among_neighbors(mut layout: Layout, graph: &NeighborGraph) -> Layout {
    let dims = layout.dims();
    let is_placed = |place: &[f32]| place.iter().all(|x| x.is_finite());
    let mean = |points: &mut dyn Iterator<Item = usize>| {
        let (mut sums, mut count) = (vec![0.0_f64; dims], 0.0);
        for place in points.filter_map(|point| layout.row(point)).filter(|place| is_placed(place)) {
            count += 1.0;
            sums.iter_mut().zip(place).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        (count > 0.0).then(|| sums.iter().map(|sum| (sum / count) as f32).collect::<Vec<f32>>())
    };
    let missing = (0..graph.len()).filter(|&point| !layout.row(point).is_some_and(is_placed));
    let Some(of_all) = mean(&mut (0..graph.len())) else { return layout };
    let near = |point: usize| mean(&mut graph.neighbors(point).0.iter().map(|&neighbor| neighbor as usize));
    let found: Vec<(usize, Vec<f32>)> =
        missing.map(|point| (point, near(point).unwrap_or_else(|| of_all.clone()))).collect();
    let mut view = layout.view_mut();
    for (point, place) in found {
        view.row_mut(point).assign(&aview1(&place));
    }
    layout
}

/// Returns the label of each point of `graph`.
pub(crate) fn of_points(labels: &Categories, graph: &NeighborGraph) -> Vec<Option<u32>> {
    graph.rows().iter().map(|&row| labels.get(row as usize).copied().flatten()).collect()
}
