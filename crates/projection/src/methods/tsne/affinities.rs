//! How much each pair of points belongs together: the matrix P.
//!
//! For each point a Gaussian over the distances of its neighbors, of the width that gives the
//! perplexity; then both directions averaged. L. van der Maaten and G. Hinton, "Visualizing data
//! using t-SNE", JMLR 9 (2008), sections 2 and 3.1.

use std::{ops::Range, sync::Arc};

use parallax_neighbors::NeighborGraph;
use rayon::prelude::*;

use super::{TsneConfig, neighbors_for};
use crate::ProjectionError;

/// Symmetric affinities of pairs of points that sum to 1, as the rows of a sparse matrix. The pairs
/// are shared with what is derived from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Affinities {
    starts: Arc<Vec<usize>>,
    columns: Arc<Vec<u32>>,
    values: Vec<f32>,
}

/// Steps of the search for a width. Newton's method takes six or so; halving a bracket reaches all
/// digits of an `f64`.
const SEARCH_STEPS: usize = 100;

/// How close the entropy comes to that of the perplexity.
const ENTROPY_TOLERANCE: f64 = 1e-9;

impl Affinities {
    /// The affinities of the points of `graph` at `perplexity`, from the first [`neighbors_for`]
    /// neighbors of each point. The distances are those of the graph, whatever its metric.
    ///
    /// # Errors
    /// If the perplexity is below 1 or too large for the number of points, or if
    /// the graph has too few neighbors per point.
    pub fn new(graph: &NeighborGraph, perplexity: f32) -> Result<Self, ProjectionError> {
        let points = graph.len();
        let config = TsneConfig { perplexity: Some(perplexity), ..TsneConfig::recommended() };
        config.validate(points)?;
        let needed = neighbors_for(perplexity, points);
        if graph.k() < needed {
            return Err(ProjectionError::TooFewNeighbors { needed, k: graph.k() });
        }
        let conditional: Vec<f32> = (0..points)
            .into_par_iter()
            .flat_map_iter(|point| conditional(&graph.neighbors(point).1[..needed], f64::from(perplexity)))
            .collect();
        Ok(symmetrize(points, needed, &nearest(graph, needed), &conditional))
    }

    /// The number of points.
    #[must_use]
    pub fn points(&self) -> usize {
        self.starts.len() - 1
    }

    /// The points that have an affinity to `point`, ascending, and the affinities.
    ///
    /// # Panics
    /// If there is no such point.
    #[must_use]
    pub fn of(&self, point: usize) -> (&[u32], &[f32]) {
        let range: Range<usize> = self.starts[point]..self.starts[point + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The sum of p ln p over all pairs: the part of the Kullback-Leibler divergence that does not
    /// depend on the layout.
    #[must_use]
    pub(super) fn negative_entropy(&self) -> f64 {
        self.values.iter().filter(|&&p| p > 0.0).map(|&p| f64::from(p) * f64::from(p).ln()).sum()
    }

    /// The affinities with a share of `evenness` of each replaced by affinities in which a point's
    /// nearest half of the `perplexity` count alike, and others do not count. `graph` must be the
    /// one that they were computed from.
    ///
    /// Even affinities to some 15 neighbors give layouts much like those of a perplexity of 30: J.
    /// N. Böhm, P. Berens and D. Kobak, "Attraction-repulsion spectrum in neighbor embeddings",
    /// JMLR 23 (2022).
    pub(super) fn evened(&self, graph: &NeighborGraph, perplexity: f32, evenness: f32) -> Self {
        let points = self.points();
        let k = ((perplexity / 2.0).round() as usize).max(1).min(graph.k());
        let even = symmetrize(points, k, &nearest(graph, k), &vec![1.0 / k as f32; points * k]);
        let mut values: Vec<f32> = (0..points)
            .into_par_iter()
            .flat_map_iter(|point| {
                let ((columns, values), (alike, shares)) = (self.of(point), even.of(point));
                let share = |column| alike.binary_search(column).map_or(0.0, |place| shares[place]);
                let blend = move |(column, p)| (1.0 - evenness) * p + evenness * share(column);
                columns.iter().zip(values).map(blend).collect::<Vec<f32>>()
            })
            .collect();
        scale_to_one(&mut values);
        Self { starts: Arc::clone(&self.starts), columns: Arc::clone(&self.columns), values }
    }

    /// The affinities with those of pairs of one label raised and those of pairs of different
    /// labels lowered.
    ///
    /// With n points, of which `same` have a point's label and `other` have a different one, an
    /// affinity is multiplied by 1 + `strength` n / same within a label, by 1 - `strength` n /
    /// other across (at least [`LEAST_FACTOR`]), and left as it is if a point has no label; then
    /// all are scaled to sum to 1. These are the factors of the TensorBoard projector, made the
    /// same for both directions of a pair by averaging.
    pub(super) fn supervised(&self, labels: &[Option<u32>], strength: f32) -> Self {
        let counts = Counts::new(labels);
        let mut values: Vec<f32> = (0..self.points())
            .into_par_iter()
            .flat_map_iter(|point| {
                let (columns, values) = self.of(point);
                let factor = |&other: &u32| counts.factor(labels[point], labels[other as usize], strength);
                columns.iter().zip(values).map(move |(other, p)| p * factor(other)).collect::<Vec<f32>>()
            })
            .collect();
        scale_to_one(&mut values);
        Self { starts: Arc::clone(&self.starts), columns: Arc::clone(&self.columns), values }
    }
}

/// What is left of an affinity across labels at full supervision, so that clusters still attract
/// each other a little.
const LEAST_FACTOR: f32 = 1e-3;

/// How many points there are with each label.
struct Counts {
    points: f32,
    labeled: f32,
    /// Ascending by label.
    of_labels: Vec<(u32, f32)>,
}

impl Counts {
    fn new(labels: &[Option<u32>]) -> Self {
        let mut sorted: Vec<u32> = labels.iter().flatten().copied().collect();
        sorted.sort_unstable();
        let of_labels = sorted.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as f32)).collect();
        Self { points: labels.len() as f32, labeled: sorted.len() as f32, of_labels }
    }

    fn factor(&self, one: Option<u32>, other: Option<u32>, strength: f32) -> f32 {
        let (Some(one), Some(other)) = (one, other) else { return 1.0 };
        if one == other {
            return 1.0 + strength * self.points / self.of(one);
        }
        let across =
            |label| (1.0 - strength * self.points / (self.labeled - self.of(label)).max(1.0)).max(LEAST_FACTOR);
        f32::midpoint(across(one), across(other))
    }

    fn of(&self, label: u32) -> f32 {
        self.of_labels.binary_search_by_key(&label, |&(label, _)| label).map_or(1.0, |place| self.of_labels[place].1)
    }
}

/// The first `k` neighbors of each point.
fn nearest(graph: &NeighborGraph, k: usize) -> Vec<u32> {
    (0..graph.len()).flat_map(|point| graph.neighbors(point).0[..k].iter().copied()).collect()
}

/// For each of `distances`, ascending, the share that it has in its point's affinity: they sum to
/// 1, and the exponential of their entropy is the perplexity, if ties allow it.
fn conditional(distances: &[f32], perplexity: f64) -> Vec<f32> {
    // Only differences of squares count, in any unit: those to the nearest, in units of their mean.
    let square = |distance: f32| f64::from(distance) * f64::from(distance);
    let nearest = distances.iter().copied().map(square).fold(f64::INFINITY, f64::min);
    let mut squares: Vec<f64> = distances.iter().map(|&distance| square(distance) - nearest).collect();
    let mean = squares.iter().sum::<f64>() / squares.len().max(1) as f64;
    if !(mean > 0.0 && mean.is_finite()) {
        return vec![1.0 / distances.len().max(1) as f32; distances.len()];
    }
    squares.iter_mut().for_each(|square| *square /= mean);
    let mut weights = vec![0.0; squares.len()];
    let sum = weigh(&squares, perplexity.ln(), &mut weights);
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Sets `weights` to exp(-beta x) of each x of `squares`, with the beta at which their entropy is
/// `target`. Returns their sum.
///
/// The entropy H falls with beta: H = ln S + beta E, dH/dbeta = -beta V, with S the sum of the
/// weights, E and V the weighted mean and variance of x. Newton's steps that leave the bracket of
/// what is known are replaced by halving it.
fn weigh(squares: &[f64], target: f64, weights: &mut [f64]) -> f64 {
    let (mut beta, mut low, mut high) = (1.0_f64, 0.0_f64, f64::INFINITY);
    let mut sum = 0.0;
    for _ in 0..SEARCH_STEPS {
        let (mut first, mut second) = (0.0, 0.0);
        sum = 0.0;
        for (weight, &x) in weights.iter_mut().zip(squares) {
            *weight = (-beta * x).exp();
            sum += *weight;
            first += *weight * x;
            second += *weight * x * x;
        }
        let mean = first / sum;
        let excess = sum.ln() + beta * mean - target;
        if excess.abs() < ENTROPY_TOLERANCE {
            break;
        }
        if excess > 0.0 {
            low = beta;
        } else {
            high = beta;
        }
        let newton = beta + excess / (beta * (second / sum - mean * mean));
        let inside = newton > low && newton < high && newton < 8.0 * beta && newton > beta / 8.0;
        beta = match () {
            () if inside => newton,
            () if high.is_finite() => f64::midpoint(low, high),
            () => 2.0 * beta,
        };
    }
    sum
}

/// (P + P^T) / 2, which sums to 1, for rows of `k` `values` in the columns of `lists`.
fn symmetrize(points: usize, k: usize, lists: &[u32], values: &[f32]) -> Affinities {
    let (arrivals, from) = transpose(points, k, lists);
    let rows: Vec<(Vec<u32>, Vec<f32>)> = (0..points)
        .into_par_iter()
        .map(|point| {
            let own = point * k..(point + 1) * k;
            let own = lists[own.clone()].iter().copied().zip(values[own].iter().copied());
            let others = from[arrivals[point]..arrivals[point + 1]].iter();
            let others = others.map(|&entry| ((entry as usize / k) as u32, values[entry as usize]));
            let mut entries: Vec<(u32, f32)> = own.chain(others).filter(|&(_, p)| p > LEAST_SHARE).collect();
            entries.sort_by_key(|&(column, _)| column);
            entries
                .chunk_by(|a, b| a.0 == b.0)
                .map(|equal| (equal[0].0, equal.iter().map(|&(_, p)| p).sum::<f32>()))
                .unzip()
        })
        .collect();
    let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for (row_columns, row_values) in rows {
        columns.extend(row_columns);
        values.extend(row_values);
        starts.push(columns.len());
    }
    scale_to_one(&mut values);
    Affinities { starts: Arc::new(starts), columns: Arc::new(columns), values }
}

/// Shares below this become 0: they would be subnormal numbers, which are slow.
const LEAST_SHARE: f32 = 1e-16;

/// For each point the entries of `lists` that name it, ascending: the start of each range, and the
/// entries.
fn transpose(points: usize, k: usize, lists: &[u32]) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0_usize; points + 1];
    lists.iter().for_each(|&point| starts[point as usize + 1] += 1);
    (0..points).for_each(|point| starts[point + 1] += starts[point]);
    let (mut next, mut entries) = (starts.clone(), vec![0_u32; points * k]);
    for (entry, &point) in lists.iter().enumerate() {
        entries[next[point as usize]] = entry as u32;
        next[point as usize] += 1;
    }
    (starts, entries)
}

fn scale_to_one(values: &mut [f32]) {
    let sum: f64 = values.iter().map(|&p| f64::from(p)).sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|p| *p = (f64::from(*p) / sum) as f32);
    }
}
