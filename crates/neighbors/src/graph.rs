//! The neighbor graph: for each of a set of rows its nearest others.
//!
//! The default is the exact graph: the result of brute force, ties included. If that would take
//! long, an approximate graph is built instead; it reports that it is approximate, and which part
//! of its neighbors is right. Both are the same for any number of threads.
//!
//! Memory: the graph itself takes 8 bytes per neighbor. Building it takes, besides the vectors, one
//! `f32` copy of the rows that take part and, for k neighbors, at most 16 k + 512 bytes per point.
//! There is never one number per pair.

mod approximate;
mod descent;
mod exact;
mod forest;
mod known;
mod lists;
mod points;
mod shortlist;
mod space;

use parallax_embedding::{Cancelled, Progress, RowSet, Vectors};

use crate::{Metric, NeighborsError};
use lists::{Lists, ListsMut};
use points::Points;

/// Seconds that an exact graph may take if [`NeighborGraph::build`] chooses.
const PATIENCE: f64 = 10.0;

/// For each point its `k` nearest others, nearest first; at the same distance, by number.
///
/// A *point* is a row that takes part: points are numbered from 0 in the order of their rows, so
/// that point `i` is the row [`rows`](Self::rows)`()[i]`. Rows without a distance (a NaN, an
/// infinity, a vector of zeros under a directional metric) are not points.
///
/// Euclidean distances are in the unit of [`Vectors::relative`]: they are scaled if those of the
/// vectors are beyond the range of `f32`.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighborGraph {
    rows: Vec<u32>,
    k: usize,
    indices: Vec<u32>,
    distances: Vec<f32>,
    search: GraphSearch,
}

/// How the neighbors of a graph were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GraphSearch {
    /// All pairs were compared: the neighbors are the nearest.
    Exact,
    /// Few pairs were compared. Distances are exact, but some neighbors may be missing, with
    /// farther ones in their place.
    Approximate {
        /// The part of the neighbors that are right, from 0 to 1, as measured on a random sample of
        /// the points.
        recall: f32,
        /// How many points the sample has.
        sample: usize,
    },
}

impl NeighborGraph {
    /// The graph of the rows of `among` under `metric`, with `k` neighbors per point, or all others
    /// if there are fewer. It is exact if that takes up to about ten seconds on two busy cores;
    /// otherwise it is approximate and depends on `seed`. [`search`](Self::search) says which it
    /// is.
    ///
    /// The rows of `non_finite` take no part; it must hold those of [`Vectors::non_finite_rows`].
    ///
    /// # Errors
    /// [`NeighborsError::Damaged`] if rows of a mapped file were lost; [`NeighborsError::Cancelled`] if
    /// `progress` was canceled.
    pub fn build(
        vectors: &Vectors,
        among: &RowSet,
        non_finite: &RowSet,
        k: usize,
        metric: Metric,
        seed: u64,
        progress: &Progress,
    ) -> Result<Self, NeighborsError> {
        progress.begin("Finding neighbors");
        let points = Points::new(vectors, among, non_finite, metric, progress)?;
        let graph = if exact_seconds(points.places(), points.dims()) <= PATIENCE {
            Self::exact_of(points, k, progress)
        } else {
            Self::approximate_of(points, k, seed, progress)
        };
        graph?.of_whole(vectors)
    }

    /// Like [`build`](Self::build), but exact however long it takes.
    ///
    /// # Errors
    /// [`NeighborsError::Damaged`] if rows of a mapped file were lost; [`NeighborsError::Cancelled`] if
    /// `progress` was canceled.
    pub fn exact(
        vectors: &Vectors,
        among: &RowSet,
        non_finite: &RowSet,
        k: usize,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Self, NeighborsError> {
        progress.begin("Finding neighbors");
        Self::exact_of(Points::new(vectors, among, non_finite, metric, progress)?, k, progress)?.of_whole(vectors)
    }

    /// Like [`build`](Self::build), but approximate however little time an exact graph takes.
    ///
    /// # Errors
    /// [`NeighborsError::Damaged`] if rows of a mapped file were lost; [`NeighborsError::Cancelled`] if
    /// `progress` was canceled.
    pub fn approximate(
        vectors: &Vectors,
        among: &RowSet,
        non_finite: &RowSet,
        k: usize,
        metric: Metric,
        seed: u64,
        progress: &Progress,
    ) -> Result<Self, NeighborsError> {
        progress.begin("Finding neighbors");
        let points = Points::new(vectors, among, non_finite, metric, progress)?;
        Self::approximate_of(points, k, seed, progress)?.of_whole(vectors)
    }

    /// The graph, unless rows of its vectors were lost while it was built.
    fn of_whole(self, vectors: &Vectors) -> Result<Self, NeighborsError> {
        vectors.check()?;
        Ok(self)
    }

    fn exact_of(points: Points<'_>, k: usize, progress: &Progress) -> Result<Self, NeighborsError> {
        let (of_places, k) = list_lengths(&points, k);
        let lists = exact::lists(&points, of_places, progress)?;
        Ok(Self::from_places(points, lists, k, GraphSearch::Exact, progress)?)
    }

    fn approximate_of(points: Points<'_>, k: usize, seed: u64, progress: &Progress) -> Result<Self, NeighborsError> {
        let (of_places, k) = list_lengths(&points, k);
        if of_places == 0 {
            return Self::exact_of(points, k, progress);
        }
        let (lists, recall, sample) = approximate::lists(&points, of_places, seed, progress)?;
        Ok(Self::from_places(points, lists, k, GraphSearch::Approximate { recall, sample }, progress)?)
    }

    /// The graph of points from the lists of their places.
    fn from_places(
        points: Points<'_>,
        lists: Lists,
        k: usize,
        search: GraphSearch,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let Lists { indices, distances, .. } = points.spread(lists, k, progress)?;
        Ok(Self { rows: points.into_rows(), k, indices, distances, search })
    }

    /// A graph from known lists, which are taken as exact.
    ///
    /// `indices` and `distances` are row-major, points x `k`, and name points, not rows.
    ///
    /// # Panics
    /// If the lengths do not match, or an index is not a point.
    #[must_use]
    pub fn from_lists(rows: Vec<u32>, k: usize, indices: Vec<u32>, distances: Vec<f32>) -> Self {
        assert!(indices.len() == rows.len() * k && distances.len() == indices.len(), "points x k");
        assert!(indices.iter().all(|&point| (point as usize) < rows.len()), "neighbors are points");
        Self { rows, k, indices, distances, search: GraphSearch::Exact }
    }

    /// The row of each point, ascending.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of neighbors of each point.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// How the neighbors were found.
    #[must_use]
    pub fn search(&self) -> GraphSearch {
        self.search
    }

    /// The graph with the first `k` neighbors of each point, or as many as there are. The recall
    /// stays that of all neighbors.
    #[must_use]
    pub fn truncated(&self, k: usize) -> Self {
        let k = k.min(self.k);
        let points = || 0..self.len();
        Self {
            rows: self.rows.clone(),
            k,
            indices: points().flat_map(|point| &self.neighbors(point).0[..k]).copied().collect(),
            distances: points().flat_map(|point| &self.neighbors(point).1[..k]).copied().collect(),
            search: self.search,
        }
    }

    /// The neighbors of `point`, nearest first: their point numbers, and their distances under the
    /// metric.
    ///
    /// # Panics
    /// If there is no such point.
    #[must_use]
    pub fn neighbors(&self, point: usize) -> (&[u32], &[f32]) {
        let lists = point * self.k..(point + 1) * self.k;
        (&self.indices[lists.clone()], &self.distances[lists])
    }
}

/// How many neighbors each place and each point has if `k` are asked for.
fn list_lengths(points: &Points<'_>, k: usize) -> (usize, usize) {
    (k.min(points.places().saturating_sub(1)), k.min(points.len().saturating_sub(1)))
}

/// About how long an exact graph takes, in seconds on two cores, as measured for 90 neighbors of
/// 10,000 x 784 and 100,000 x 50 on cores with AVX2 that were also doing other work.
fn exact_seconds(places: usize, dims: usize) -> f64 {
    const PAIR: f64 = 1.5e-9;
    const PAIR_AND_DIMENSION: f64 = 3.5e-11;
    let pairs = places as f64 * places as f64 / 2.0;
    pairs * (PAIR + PAIR_AND_DIMENSION * dims as f64)
}

#[cfg(test)]
mod tests;
