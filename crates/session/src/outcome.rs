//! What is shown about a layout: the progress of its method, and its quality.

use std::sync::Arc;

/// The progress of a projection that runs in steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps {
    /// The steps done.
    pub iteration: usize,
    /// All steps.
    pub iterations: usize,
    /// The Kullback-Leibler divergence of t-SNE after each step.
    pub kl: Arc<[f32]>,
    /// Whether it is running.
    pub running: bool,
    /// Whether the settings have changed since the start.
    pub outdated: bool,
}

/// The quality of a layout. All figures are from 0 to 1, where 1 is perfect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityFigures {
    /// The number of neighbors of a row that are compared.
    pub k: usize,
    /// The mean share of a row's true neighbors that are its neighbors in the layout.
    pub recall: f64,
    /// The trustworthiness.
    pub trustworthiness: f64,
    /// The continuity.
    pub continuity: f64,
    /// The number of rows from which trustworthiness and continuity were estimated.
    pub sample: usize,
    /// The recall of the true neighbors, if they were found approximately.
    pub approximate: Option<f32>,
}
