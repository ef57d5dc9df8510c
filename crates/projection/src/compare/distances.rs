//! Whether rows that are far from each other in one embedding are far in the other.

use parallax_embedding::{Partners, Progress, Vectors};
use parallax_neighbors::Metric;
use rayon::prelude::*;

use crate::{
    ProjectionError,
    quality::{pairs, spearman},
};

/// The pairs of one task.
const CHUNK: usize = 1024;

/// The normal deviate that 95 % stay within.
const DEVIATE: f64 = 1.959_963_984_540_054;

/// The rank correlation of the distances of two embeddings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceAgreement {
    /// Spearman's, from -1 to 1.
    pub spearman: f64,
    /// What that of all pairs is within, 19 times of 20: by Fisher's transformation with the standard
    /// error of D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson,
    /// Kendall and Spearman correlations", Psychometrika 65, 2000. `None` if all pairs were compared.
    pub interval: Option<[f64; 2]>,
    /// The number of pairs of rows that were compared.
    pub pairs: usize,
}

impl DistanceAgreement {
    /// Compares the distances of all pairs of the rows that have a partner, or of 100,000 of them,
    /// each drawn with the same chance. Returns `None` if all distances of either are equal.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub fn measure(
        vectors: [&Vectors; 2],
        partners: &Partners,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Option<Self>, ProjectionError> {
        progress.begin("Comparing distances");
        if partners.len() < 2 {
            return Ok(None);
        }
        let pairs = pairs(partners.len() as u64);
        let is_whole = pairs.len() as u64 == partners.len() as u64 * (partners.len() as u64 - 1) / 2;
        let rows = partners.rows();
        let distance = |[first, second]: &mut [Vec<f64>; 2], side: usize, [a, b]: [u32; 2]| {
            let [a, b] = [a, b].map(|pair| rows[side][pair as usize] as usize);
            metric.distance(vectors[side].row_as::<f64>(a, first), vectors[side].row_as::<f64>(b, second))
        };
        let chunks: Vec<Vec<(f64, f64)>> = pairs
            .par_chunks(CHUNK)
            .map_init(Default::default, |buffers, pairs| {
                progress.check()?;
                let both = |&pair: &[u32; 2]| distance(buffers, 0, pair).zip(distance(buffers, 1, pair));
                Ok(pairs.iter().filter_map(both).collect())
            })
            .collect::<Result<_, ProjectionError>>()?;
        let (one, other): (Vec<f64>, Vec<f64>) = chunks.into_iter().flatten().unzip();
        Ok(spearman(&one, &other).map(|spearman| Self {
            spearman,
            interval: (!is_whole).then(|| interval(spearman, one.len())),
            pairs: one.len(),
        }))
    }
}

fn interval(spearman: f64, pairs: usize) -> [f64; 2] {
    let error = ((1.0 + spearman * spearman / 2.0) / (pairs as f64 - 3.0)).sqrt();
    [-DEVIATE, DEVIATE].map(|deviate| (spearman.atanh() + deviate * error).tanh())
}
