//! How many of the nearest of a row are the same in two embeddings.

use parallax_embedding::{Partners, Progress, RowSet, Vectors};
use parallax_neighbors::{GraphSearch, Metric, NeighborGraph};
use rayon::prelude::*;

use crate::ProjectionError;

/// For each pair of rows, how many of its nearest are the same in two embeddings, among the rows
/// that have a partner.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    k: usize,
    common: Vec<u32>,
    searches: [GraphSearch; 2],
}

impl Overlap {
    /// Finds the `k` nearest of each row of both, but fewer than half of the others, of which any two
    /// lists would have many in common. Many rows have approximate neighbors, which depend on `seed`.
    ///
    /// # Errors
    /// Returns an error if there are fewer than two pairs, or neighbors cannot be found;
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub fn measure(
        vectors: [&Vectors; 2],
        partners: &Partners,
        k: usize,
        metric: Metric,
        seed: u64,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let k = k.min(partners.len().saturating_sub(1) / 2).max(1);
        let [rows, others] = partners.rows();
        let graph = |vectors: &Vectors, rows: &[u32]| {
            let among: RowSet = rows.iter().copied().collect();
            NeighborGraph::build(vectors, &among, &RowSet::EMPTY, k, metric, seed, progress)
        };
        let first = graph(vectors[0], rows)?;
        if others.is_sorted() {
            return Self::of(&[first, graph(vectors[1], others)?], partners);
        }
        // Of rows at equal distances, the first ones are nearest: both need the same order.
        let partners = Partners::by_order([others.len(); 2]);
        let second = graph(&vectors[1].in_order(others), partners.rows()[1])?;
        Self::of(&[first, second], &partners)
    }

    /// Compares two graphs of the rows that have a partner: each has a list for each of them.
    ///
    /// # Errors
    /// Returns an error if there are fewer than two pairs, if either graph is of other rows, or if
    /// the lists are not equally long.
    pub fn of(graphs: &[NeighborGraph; 2], partners: &Partners) -> Result<Self, ProjectionError> {
        let pairs = partners.len();
        if pairs < 2 {
            return Err(ProjectionError::TooFewPoints { points: pairs, least: 2, what: "an overlap of neighbors" });
        }
        let [first, second] = graphs;
        let k = first.k().min(second.k());
        if first.len() != pairs || second.len() != pairs || k == 0 {
            let found = first.len().min(second.len());
            return Err(ProjectionError::WrongCount { what: "lists of neighbors", found, points: pairs });
        }
        // The points of each graph ascend by row; pairs ascend by the rows of the first.
        let [_, rows] = partners.rows();
        let mut by_row: Vec<u32> = (0..pairs as u32).collect();
        by_row.sort_unstable_by_key(|&pair| rows[pair as usize]);
        let mut points = vec![0_u32; pairs];
        by_row.iter().enumerate().for_each(|(point, &pair)| points[pair as usize] = point as u32);
        let common = (0..pairs)
            .into_par_iter()
            .map_init(Vec::new, |near, pair| {
                near.clear();
                near.extend_from_slice(&first.neighbors(pair).0[..k]);
                near.sort_unstable();
                let others = &second.neighbors(points[pair] as usize).0[..k];
                let is_common = |&&point: &&u32| near.binary_search(&by_row[point as usize]).is_ok();
                others.iter().filter(is_common).count() as u32
            })
            .collect();
        Ok(Self { k, common, searches: [first.search(), second.search()] })
    }

    /// The number of neighbors that were compared.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// For each pair, how many of the nearest are in both lists.
    #[must_use]
    pub fn common(&self) -> &[u32] {
        &self.common
    }

    /// For each pair the Jaccard index of the two lists: those in both, as a part of those in
    /// either.
    pub fn jaccard(&self) -> impl ExactSizeIterator<Item = f32> + Clone {
        let k = self.k as f32;
        self.common.iter().map(move |&common| common as f32 / (2.0 * k - common as f32))
    }

    /// The mean of [`Overlap::jaccard`].
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.jaccard().map(f64::from).sum::<f64>() / self.common.len() as f64
    }

    /// About the mean if the lists were drawn at random: the index of as many common ones as there
    /// are in the mean.
    #[must_use]
    pub fn by_chance(&self) -> f64 {
        let k = self.k as f64;
        let common = k * k / (self.common.len() as f64 - 1.0).max(1.0);
        common / (2.0 * k - common)
    }

    /// How many pairs have 0, 1, and so on up to k of their nearest in common.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.k + 1];
        self.common.iter().for_each(|&common| counts[common as usize] += 1);
        counts
    }

    /// How the neighbors of each were found.
    #[must_use]
    pub fn searches(&self) -> [GraphSearch; 2] {
        self.searches
    }
}
