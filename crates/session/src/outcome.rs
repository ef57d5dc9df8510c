//! What came of work: of a search, of a search for neighbors, and of a layout.

use std::sync::Arc;

use parallax_embedding::RowSet;
use parallax_meaning::{Apart, Meant, Unknown};
use parallax_neighbors::Neighbor;

/// The result of the search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Found {
    /// There is no search.
    #[default]
    Idle,
    /// The matching rows.
    Rows(RowSet),
    /// What is wrong with the search.
    Failed(String),
}

impl Found {
    /// Returns the rows, which are none if there is no search or it failed.
    #[must_use]
    pub fn rows(&self) -> &RowSet {
        match self {
            Self::Rows(rows) => rows,
            Self::Idle | Self::Failed(_) => &RowSet::EMPTY,
        }
    }
}

/// The state of a search for neighbors.
#[derive(Debug, Default)]
pub enum NeighborhoodState {
    /// There is nothing whose neighbors are asked for.
    #[default]
    Idle,
    /// The search is running.
    Computing,
    /// Found, nearest first.
    Ready(Vec<Neighbor>),
    /// The reason why there are none.
    Failed(String),
    /// A label of the sum is not there.
    Unknown(Unknown),
}

/// The state of telling the selected rows apart from others.
#[derive(Debug, Clone, Default)]
pub enum ApartState {
    /// It is not asked.
    #[default]
    Idle,
    /// It is being found out.
    Computing,
    /// What was found.
    Ready(Arc<Apart>),
    /// The reason why there is nothing.
    Failed(String),
}

/// What a sum or the mean of rows stands for, whose neighbors are listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Summed {
    /// What its terms stand for. Empty for the mean of the selected rows, and for a vector.
    pub terms: Vec<Meant>,
    /// The number of rows that it was made of, which are not among its neighbors.
    pub left_out: usize,
    /// Where it is shown, if there is a layout and a neighbor.
    pub spot: Option<Spot>,
}

/// The place of a vector that is no row.
#[derive(Debug, Clone, PartialEq)]
pub enum Spot {
    /// These coordinates of the layout, as its method projects the vector.
    Projected(Vec<f32>),
    /// At its nearest row, since the method has no place for it.
    Beside(u32),
}

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

/// How far the place of one row can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowQuality {
    /// The number of its neighbors that are compared.
    pub k: usize,
    /// How many of its nearest in the layout are not its true neighbors, which is also how many of
    /// its true neighbors are not its nearest in the layout.
    pub strangers: usize,
    /// How far the ranks of these go: false neighbors, missing neighbors. 0 is perfect, and about
    /// 0.5 is what places drawn at random have.
    pub errors: [f32; 2],
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
    /// The number of rows among which the ranks of others were counted.
    pub sample: usize,
    /// The recall of the true neighbors, if they were found approximately.
    pub approximate: Option<f32>,
    /// The step after which the layout was measured, if it has steps.
    pub step: Option<usize>,
}
