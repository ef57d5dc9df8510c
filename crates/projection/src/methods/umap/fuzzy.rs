//! The fuzzy graph: how much each two points belong together, from 0 to 1.
//!
//! Each point's distances are measured in a unit of its own, so that its nearest neighbor belongs
//! to it in full and all its neighbors together count as the logarithm of their number. Two views
//! of one pair are united: p + q - pq. See L. McInnes, J. Healy and J. Melville, "UMAP: Uniform
//! Manifold Approximation and Projection for Dimension Reduction", 2018, section 3.1 and algorithms
//! 2 and 3.

use parallax_neighbors::NeighborGraph;
use rayon::prelude::*;

/// A symmetric matrix of memberships, by rows; a row's entries ascend by the other point.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FuzzyGraph {
    /// The start of each row, and the end of the last.
    pub(super) starts: Vec<usize>,
    /// The other point of each entry.
    pub(super) others: Vec<u32>,
    /// Its membership.
    pub(super) weights: Vec<f32>,
}

/// A unit no smaller than this part of the mean distance, so that memberships of equal points stay
/// numbers.
const LEAST_UNIT: f64 = 1e-3;

impl FuzzyGraph {
    /// Of the first `others` neighbors of each point, which make `others + 1` with the point
    /// itself.
    pub(super) fn new(graph: &NeighborGraph, others: usize) -> Self {
        let mean = mean_distance(graph, others);
        let rows = (0..graph.len()).into_par_iter().map(|point| {
            let (neighbors, distances) = graph.neighbors(point);
            let distances = &distances[..others];
            let weights = memberships(distances, Unit::of(distances, mean));
            let mut row: Vec<(u32, f32)> = neighbors[..others].iter().copied().zip(weights).collect();
            row.retain(|&(other, _)| other as usize != point);
            row.sort_unstable_by_key(|&(other, _)| other);
            row.dedup_by_key(|&mut (other, _)| other);
            row
        });
        Self::from_rows(&rows.collect::<Vec<_>>()).united()
    }

    /// The graph given the category of each point: pairs of two categories keep exp(-`far`) of
    /// their membership, pairs with a point without a category 1/e. Then each point's closest
    /// counts in full again.
    ///
    /// It is umap-learn's intersection with the categories' simplicial set.
    pub(super) fn of_categories(&self, categories: &[Option<u32>], far: f64) -> Self {
        let (far, unknown) = ((-far).exp() as f32, (-1.0_f64).exp() as f32);
        let rows = (0..self.len()).into_par_iter().map(|point| {
            let factor = |other: u32| match (categories[point], categories[other as usize]) {
                (Some(a), Some(b)) if a == b => 1.0,
                (Some(_), Some(_)) => far,
                _ => unknown,
            };
            let mut row: Vec<(u32, f32)> =
                self.row(point).map(|(other, weight)| (other, weight * factor(other))).collect();
            let greatest = row.iter().fold(0.0_f32, |greatest, &(_, weight)| greatest.max(weight));
            if greatest > 0.0 {
                row.iter_mut().for_each(|(_, weight)| *weight /= greatest);
            }
            row
        });
        Self::from_rows(&rows.collect::<Vec<_>>()).united()
    }

    /// The number of points.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The entries of a row.
    pub(super) fn row(&self, point: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.starts[point]..self.starts[point + 1];
        self.others[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    fn from_rows(rows: &[Vec<(u32, f32)>]) -> Self {
        let mut graph = Self { starts: vec![0], others: Vec::new(), weights: Vec::new() };
        for row in rows {
            graph.others.extend(row.iter().map(|&(other, _)| other));
            graph.weights.extend(row.iter().map(|&(_, weight)| weight));
            graph.starts.push(graph.others.len());
        }
        graph
    }

    fn transposed(&self) -> Self {
        let mut starts = vec![0; self.len() + 1];
        for &other in &self.others {
            starts[other as usize + 1] += 1;
        }
        for point in 0..self.len() {
            starts[point + 1] += starts[point];
        }
        let mut next = starts.clone();
        let (mut others, mut weights) = (vec![0; self.others.len()], vec![0.0; self.others.len()]);
        for point in 0..self.len() {
            for (other, weight) in self.row(point) {
                let place = &mut next[other as usize];
                (others[*place], weights[*place]) = (point as u32, weight);
                *place += 1;
            }
        }
        Self { starts, others, weights }
    }

    /// Both directions of each pair as one: p + q - pq.
    fn united(&self) -> Self {
        let transposed = self.transposed();
        let merge = |point| {
            let (mut ours, mut theirs) = (self.row(point).peekable(), transposed.row(point).peekable());
            let mut row = Vec::new();
            loop {
                let (a, b) = (ours.peek().copied(), theirs.peek().copied());
                let Some(other) = [a, b].into_iter().flatten().map(|(other, _)| other).min() else { return row };
                let take = |side: Option<(u32, f32)>| side.filter(|&(o, _)| o == other).map_or(0.0, |(_, w)| w);
                let (p, q) = (take(a), take(b));
                ours.next_if(|&(o, _)| o == other);
                theirs.next_if(|&(o, _)| o == other);
                // The sum in this order is the same for both sides of a pair.
                row.push((other, (p + q) - p * q));
            }
        };
        Self::from_rows(&(0..self.len()).into_par_iter().map(merge).collect::<Vec<_>>())
    }
}

/// How a point measures distance: from its nearest neighbor on, in a unit of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    /// The distance of the nearest neighbor at another place; rho in the paper.
    nearest: f64,
    /// Sigma in the paper.
    length: f64,
}

impl Unit {
    /// The unit in which the memberships of all neighbors and the point itself sum to log2 of their
    /// number, by bisection.
    fn of(distances: &[f32], mean_of_all: f64) -> Self {
        let nearest = distances.iter().find(|&&d| d > 0.0).map_or(0.0, |&d| finite(d));
        let beyond: Vec<f64> = distances.iter().map(|&d| (finite(d) - nearest).max(0.0)).collect();
        let count = (distances.len() + 1) as f64;
        let scale = beyond.iter().sum::<f64>() / count;
        let (mut low, mut high, mut length) = (0.0, f64::INFINITY, scale);
        for _ in 0..64 {
            let sum: f64 = beyond.iter().map(|&d| membership(d, length)).sum();
            if (sum - count.log2()).abs() < 1e-5 {
                break;
            }
            (low, high) = if sum > count.log2() { (low, length) } else { (length, high) };
            length = if high.is_infinite() { length * 2.0 } else { f64::midpoint(low, high) };
        }
        let mean = if nearest > 0.0 { distances.iter().map(|&d| finite(d)).sum::<f64>() / count } else { mean_of_all };
        Self { nearest, length: length.max(LEAST_UNIT * mean) }
    }
}

fn memberships(distances: &[f32], unit: Unit) -> impl Iterator<Item = f32> + '_ {
    distances.iter().map(move |&d| membership(finite(d) - unit.nearest, unit.length) as f32)
}

/// Of a point so far beyond the nearest.
fn membership(beyond: f64, unit: f64) -> f64 {
    if beyond <= 0.0 || unit <= 0.0 { 1.0 } else { (-beyond / unit).exp() }
}

/// Distances of values near the greatest `f32` may exceed it.
fn finite(distance: f32) -> f64 {
    f64::from(distance.min(f32::MAX))
}

/// The mean over all points and their neighbors, each point itself counted among them at distance
/// 0.
fn mean_distance(graph: &NeighborGraph, others: usize) -> f64 {
    let sum_of = |point| graph.neighbors(point).1[..others].iter().map(|&d| finite(d)).sum::<f64>();
    (0..graph.len()).map(sum_of).sum::<f64>() / (graph.len() * (others + 1)).max(1) as f64
}
