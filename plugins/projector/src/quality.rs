//! The quality of a layout: what is measured, while a run goes on and once it rests.

use parallax_embedding::Progress;
use parallax_neighbors::GraphSearch;
use parallax_projection::{Layout, Nearness, ProjectionError, Space, measure};
use parallax_session::QualityFigures;

/// The quality of a layout.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) figures: QualityFigures,
    /// The share of each row's true neighbors that are also neighbors in the layout. NaN if the row
    /// has none.
    pub(crate) kept: Vec<f32>,
    /// Each row's false and missing neighbors, as errors. NaN if the row has none.
    pub(crate) errors: Vec<[f32; 2]>,
}

impl Measured {
    /// Measures a layout, after this step of a run.
    pub(crate) fn new(
        layout: &Layout,
        step: Option<usize>,
        (near, space): (Nearness, &Space),
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        // A picture shows at most three.
        let (graph, quality) = measure(&layout.first(3), near, space, progress)?;
        let (mut kept, mut errors) = (vec![f32::NAN; layout.rows()], vec![[f32::NAN; 2]; layout.rows()]);
        for ((&row, &share), &of_row) in graph.rows().iter().zip(&quality.kept).zip(&quality.errors) {
            (kept[row as usize], errors[row as usize]) = (share, of_row);
        }
        let approximate = match graph.search() {
            GraphSearch::Exact => None,
            GraphSearch::Approximate { recall, .. } => Some(recall),
        };
        let figures = QualityFigures {
            k: quality.k,
            recall: quality.recall,
            trustworthiness: quality.trustworthiness,
            continuity: quality.continuity,
            sample: quality.sample,
            approximate,
            step,
        };
        Ok(Self { figures, kept, errors })
    }
}
