//! How far a layout can be trusted: whether the points near a point are its true neighbors, and
//! whether its true neighbors are near.
//!
//! [`Reference`] knows the space of the vectors; it is made once, and then measures layouts in some
//! milliseconds each: *recall*, the share of each point's true neighbors that are still among its
//! nearest in the layout; *trustworthiness*, which falls with every stranger among those nearest,
//! the farther it comes from the lower; and *continuity*, which falls with every true neighbor that
//! is not among them. See J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection
//! methods", 2001.
//!
//! Recall is that of all points. The other two need the rank of every point as seen from another:
//! with many points they are estimated from a sample of viewers, each of which ranks all points, so
//! that the estimate is unbiased.

mod ranks;
#[cfg(test)]
mod tests;

use std::array::from_fn;

use parallax_embedding::{Progress, Vectors};
use parallax_neighbors::{Metric, NeighborGraph, Place, PlaceTree, square};
use rayon::prelude::*;

use crate::{MAX_COMPONENTS, ProjectionError, narrow::inverse_power_of_two, random::Random};

/// The number of neighbors of a point that are compared, if there are enough points.
pub const QUALITY_NEIGHBORS: usize = 15;

/// Ranks are known for at most this many pairs: 64 MiB of them.
const PAIRS: usize = 1 << 24;

/// If not all points are viewers, this many are, or as many as [`PAIRS`] allows.
const VIEWERS: usize = 1000;

/// What a layout is measured against: the neighbors of each point, and how some points rank all
/// others.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    k: usize,
    points: usize,
    /// The nearest of each point: points x k.
    neighbors: Vec<u32>,
    viewers: Vec<u32>,
    /// The rank of each point as each viewer sees it: viewers x points.
    ranks: Vec<u32>,
}

/// How far a layout can be trusted; all figures are from 0 to 1, where 1 is perfect.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The number of neighbors of a point that were compared: [`QUALITY_NEIGHBORS`], or fewer if
    /// there are too few.
    pub k: usize,
    /// For each point the share of its `k` nearest in the space of the vectors that are among its
    /// `k` nearest in the layout.
    pub kept: Vec<f32>,
    /// The mean of [`Quality::kept`].
    pub recall: f64,
    /// How well the nearest in the layout are chosen. About 0.5 if they are drawn at random.
    pub trustworthiness: f64,
    /// How well the nearest in the space of the vectors are kept. About 0.5 if places are drawn at
    /// random.
    pub continuity: f64,
    /// The number of points from which the last two were found, each of which ranks all points.
    pub viewers: usize,
}

impl Reference {
    /// Learns the space of `vectors` under `metric`, which is the one that `graph` was made with.
    ///
    /// `k` is [`QUALITY_NEIGHBORS`], but no more than the graph has and less than half of the
    /// points, which the measures ask for. All points are viewers if there are at most 4096.
    ///
    /// # Errors
    /// Returns an error if there are fewer than three points, or the graph has no neighbors;
    /// [`ProjectionError::Cancelled`] if `progress` was canceled.
    pub fn new(
        graph: &NeighborGraph,
        vectors: &Vectors,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let points = graph.len();
        let k = QUALITY_NEIGHBORS.min(graph.k()).min(points.saturating_sub(1) / 2);
        if k == 0 {
            return Err(ProjectionError::TooFewPoints { points, least: 3, what: "quality" });
        }
        progress.begin("Ranking neighbors");
        let neighbors = (0..points).flat_map(|point| &graph.neighbors(point).0[..k]).copied().collect();
        let viewers = viewers(points);
        let vectors = if metric.is_directional() { vectors } else { &vectors.relative() };
        let ranks = ranks::ranks(vectors, graph.rows(), &viewers, metric, progress)?;
        Ok(Self { k, points, neighbors, viewers, ranks })
    }

    /// Measures `layout`, the coordinates of the points, points x `dims`.
    ///
    /// # Errors
    /// Returns an error if a coordinate is not finite.
    ///
    /// # Panics
    /// If `dims` is not from 1 to [`MAX_COMPONENTS`], or the length of `layout` is not that of points
    /// x `dims`.
    pub fn measure(&self, layout: &[f32], dims: usize) -> Result<Quality, ProjectionError> {
        assert!((1..=MAX_COMPONENTS).contains(&dims) && layout.len() == self.points * dims, "points x dims");
        if dims > 3 {
            places(layout, dims).map(|places| self.measure_places::<MAX_COMPONENTS>(&places))
        } else {
            places(layout, dims).map(|places| self.measure_places::<3>(&places))
        }
    }

    fn measure_places<const N: usize>(&self, places: &[Place<N>]) -> Quality {
        let nearest = PlaceTree::new(places).nearest_of_all(self.k);
        let lists = self.neighbors.par_chunks(self.k).zip(nearest.par_chunks(self.k));
        let kept: Vec<f32> = lists.map(|(known, found)| common(known, found) as f32 / self.k as f32).collect();
        Quality {
            k: self.k,
            recall: kept.iter().map(|&share| f64::from(share)).sum::<f64>() / self.points as f64,
            kept,
            trustworthiness: self.score(|viewer| self.strangers(viewer, &nearest)),
            continuity: self.score(|viewer| self.lost(viewer, places)),
            viewers: self.viewers.len(),
        }
    }

    /// One minus the penalties of all viewers, as a part of the greatest possible penalty.
    fn score(&self, penalty: impl Fn(usize) -> u64 + Send + Sync) -> f64 {
        let penalties: u64 = (0..self.viewers.len()).into_par_iter().map(penalty).sum();
        let (n, k) = (self.points as f64, self.k as f64);
        1.0 - 2.0 * penalties as f64 / (self.viewers.len() as f64 * k * (2.0 * n - 3.0 * k - 1.0))
    }

    /// By how much the viewer's nearest in the layout exceed the rank k in the space of the
    /// vectors.
    fn strangers(&self, viewer: usize, nearest: &[u32]) -> u64 {
        let ranks = &self.ranks[viewer * self.points..][..self.points];
        let nearest = &nearest[self.viewers[viewer] as usize * self.k..][..self.k];
        nearest.iter().map(|&point| self.excess(ranks[point as usize] as usize)).sum()
    }

    /// By how much the viewer's nearest in the space of the vectors exceed the rank k in the
    /// layout.
    fn lost<const N: usize>(&self, viewer: usize, places: &[Place<N>]) -> u64 {
        let point = self.viewers[viewer] as usize;
        let mut squares: Vec<f32> = places.iter().map(|&place| square(places[point], place)).collect();
        // It has no rank among the others.
        squares[point] = f32::INFINITY;
        let neighbors = &self.neighbors[point * self.k..][..self.k];
        neighbors.iter().map(|&neighbor| self.excess(rank(&squares, neighbor as usize))).sum()
    }

    fn excess(&self, rank: usize) -> u64 {
        rank.saturating_sub(self.k) as u64
    }
}

/// The rank of `point` among all by distance, and by number if distances are equal: 1 for the
/// nearest.
fn rank(squares: &[f32], point: usize) -> usize {
    let own = squares[point];
    let before = squares[..point].iter().map(|&square| u32::from(square <= own)).sum::<u32>();
    let after = squares[point..].iter().map(|&square| u32::from(square < own)).sum::<u32>();
    (before + after) as usize + 1
}

/// All points if there are few enough pairs; else some of them, chosen by the hash of their
/// numbers, ascending.
fn viewers(points: usize) -> Vec<u32> {
    let all = 0..points as u32;
    if points * points <= PAIRS {
        return all.collect();
    }
    let count = VIEWERS.min(PAIRS / points).max(1);
    let random = Random::new(0, 0);
    let mut hashes: Vec<(u64, u32)> = all.map(|point| (random.bits(u64::from(point)), point)).collect();
    hashes.select_nth_unstable(count - 1);
    let mut chosen: Vec<u32> = hashes[..count].iter().map(|&(_, point)| point).collect();
    chosen.sort_unstable();
    chosen
}

/// The coordinates, scaled by a power of two so that no square leaves the range of `f32`.
fn places<const N: usize>(layout: &[f32], dims: usize) -> Result<Vec<Place<N>>, ProjectionError> {
    if let Some(at) = layout.iter().position(|x| !x.is_finite()) {
        return Err(ProjectionError::NonFinitePlace { point: at / dims });
    }
    let greatest = layout.iter().fold(0.0_f32, |greatest, x| x.abs().max(greatest));
    let scale = inverse_power_of_two(greatest.into()) as f32;
    let place = |row: &[f32]| from_fn(|axis| row.get(axis).map_or(0.0, |x| x * scale));
    Ok(layout.chunks_exact(dims).map(place).collect())
}

/// How many numbers are in both lists.
fn common(a: &[u32], b: &[u32]) -> usize {
    a.iter().map(|x| b.iter().map(|y| usize::from(x == y)).sum::<usize>()).sum()
}
