//! What is known of a layout beside its coordinates, as it is shown: how far its method is, and how far to trust it.

use std::sync::Arc;

/// How far a projection is that has steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps {
    /// The steps done.
    pub iteration: usize,
    /// All steps.
    pub iterations: usize,
    /// The Kullback-Leibler divergence after each step, of t-SNE.
    pub kl: Arc<[f32]>,
    /// Whether it goes on by itself.
    pub running: bool,
    /// Whether the settings are others than those that it began with.
    pub outdated: bool,
}

/// How far to trust a layout: figures from 0 to 1, where 1 is perfect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityFigures {
    /// How many neighbors of a row were looked at.
    pub k: usize,
    /// The mean share of a row's true neighbors that are its neighbors in the layout.
    pub recall: f64,
    /// How well the neighbors in the layout are chosen.
    pub trustworthiness: f64,
    /// How well the true neighbors are kept.
    pub continuity: f64,
    /// From how many rows the last two were found.
    pub sample: usize,
    /// The part of the neighbors taken for true that are right, where they were found approximately.
    pub approximate: Option<f32>,
}
