//! How far a layout can be trusted: whether the points near a point are its true neighbors, and
//! whether its true neighbors are near.
//!
//! [`Reference`] knows the space of the vectors; it is made once, and then measures layouts, each of
//! up to 16,000 points in some milliseconds: *recall*, the share of each point's true neighbors that are still among its
//! nearest in the layout; *trustworthiness*, which falls with every stranger among those nearest,
//! the farther it comes from the lower; and *continuity*, which falls with every true neighbor that
//! is not among them. See J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection
//! methods", 2001.
//!
//! The last two are means over points, of what [`Quality::errors`] has for each (S. Lespinats and
//! M. Aupetit, "CheckViz: Sanity Check and Topological Clues for Linear and Non-Linear Mappings",
//! 2011, colors points by them). They need the rank of one point as seen from another. Among the k
//! nearest it is known; beyond, the points of a sample that are nearer are counted, and stand for
//! the rest in proportion, so that the estimate is unbiased. With up to 4096 points the sample is
//! all of them, and ranks are exact. Beyond, it is 1000, however many points there are, so that a
//! figure is right to about a hundredth; if the distances to them are too many to keep, each layout
//! takes as long as measuring them again.
//!
//! [`shepard()`] compares distances instead of ranks, and [`agreement()`] a row's neighbors with its
//! label.

mod agreement;
mod distances;
mod shepard;
#[cfg(test)]
mod tests;

use std::{
    array::from_fn,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use parallax_embedding::{Cancelled, Progress, Vectors};
use parallax_neighbors::{Metric, NeighborGraph, Place, PlaceTree, square};
use rayon::prelude::*;

use self::distances::{POINTS as BLOCK, Source};
pub(crate) use self::shepard::pairs;
pub use self::{
    agreement::{Agreement, PERMUTATIONS, Shared, agreement, agreement_around, agreement_in},
    shepard::{SHEPARD_BINS, Shepard, shepard, spearman},
};
use crate::{MAX_COMPONENTS, ProjectionError, narrow::inverse_power_of_two, random::Random};

/// The number of neighbors of a point that are compared, if there are enough points.
pub const QUALITY_NEIGHBORS: usize = 15;

/// The most rows of a layout that a program measures unasked. The neighbors of more would take too
/// long.
pub const QUALITY_ROWS: usize = 50_000;

/// The sample is all points if there are at most this many pairs of them.
const PAIRS: usize = 1 << 24;

/// Distances are kept of at most this many pairs, 256 MiB of them: enough for [`QUALITY_ROWS`], whose
/// layouts are measured again and again while they are computed.
const KEPT: usize = 1 << 26;

/// If the sample is not all points, it is this many.
const SAMPLE: usize = 1000;

/// What a layout is measured against: the neighbors of each point, and its distances to a sample
/// of all points.
#[derive(Debug, Clone)]
pub struct Reference {
    k: usize,
    points: usize,
    /// The nearest of each point: points x k.
    neighbors: Vec<u32>,
    /// Ascending.
    sample: Vec<u32>,
    /// The squared distance of each point to each of the sample: points x sample. `None` if these are
    /// more than [`KEPT`]: they are measured for some points at a time.
    squares: Option<Vec<f32>>,
    source: Source,
}

/// How far a layout can be trusted; all figures are from 0 to 1.
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
    /// For each point how far away in the space of the vectors the strangers among its `k` nearest
    /// in the layout are, and how far away in the layout those of its `k` nearest in the space of
    /// the vectors are that are not near: the ranks beyond `k`, as a part of the most possible. 0 is
    /// perfect, and about 0.5 is what places drawn at random have.
    pub errors: Vec<[f32; 2]>,
    /// How well the nearest in the layout are chosen: 1 minus the mean of the first errors.
    pub trustworthiness: f64,
    /// How well the nearest in the space of the vectors are kept: 1 minus the mean of the second
    /// errors.
    pub continuity: f64,
    /// The number of points among which ranks were counted.
    pub sample: usize,
}

impl Reference {
    /// Learns the space of `vectors` under `metric`, which is the one that `graph` was made with.
    ///
    /// `k` is [`QUALITY_NEIGHBORS`], but no more than the graph has and less than half of the
    /// points, which the measures ask for.
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
        let vectors = if metric.is_directional() { vectors.clone() } else { vectors.relative() };
        let source = Source::new(vectors, graph.rows().to_vec(), metric, progress)?;
        let sample = sample(points);
        let is_kept = points * sample.len() <= KEPT;
        let squares = is_kept.then(|| source.squares_of_all(&sample, progress)).transpose()?;
        Ok(Self { k, points, neighbors, sample, squares, source })
    }

    /// Measures `layout`, the coordinates of the points, points x `dims`.
    ///
    /// # Errors
    /// Returns an error if a coordinate is not finite; [`ProjectionError::Cancelled`] if `progress` was
    /// canceled.
    ///
    /// # Panics
    /// If `dims` is not from 1 to [`MAX_COMPONENTS`], or the length of `layout` is not that of points
    /// x `dims`.
    pub fn measure(&self, layout: &[f32], dims: usize, progress: &Progress) -> Result<Quality, ProjectionError> {
        assert!((1..=MAX_COMPONENTS).contains(&dims) && layout.len() == self.points * dims, "points x dims");
        progress.begin("Measuring the layout");
        Ok(if dims > 3 {
            self.measure_places::<MAX_COMPONENTS>(&places(layout, dims)?, progress)?
        } else {
            self.measure_places::<3>(&places(layout, dims)?, progress)?
        })
    }

    /// The number of neighbors of a point that are compared.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// The nearest of each point in the space of the vectors: points x k.
    pub(crate) fn neighbors(&self) -> &[u32] {
        &self.neighbors
    }

    /// The nearest of each point in `layout`: points x k.
    ///
    /// # Errors
    /// Returns an error if a coordinate is not finite.
    pub(crate) fn nearest(&self, layout: &[f32], dims: usize) -> Result<Vec<u32>, ProjectionError> {
        Ok(if dims > 3 {
            PlaceTree::new(&places::<MAX_COMPONENTS>(layout, dims)?).nearest_of_all(self.k)
        } else {
            PlaceTree::new(&places::<3>(layout, dims)?).nearest_of_all(self.k)
        })
    }

    fn measure_places<const N: usize>(&self, places: &[Place<N>], progress: &Progress) -> Result<Quality, Cancelled> {
        let nearest = PlaceTree::new(places).nearest_of_all(self.k);
        let lists = self.neighbors.par_chunks(self.k).zip(nearest.par_chunks(self.k));
        let kept: Vec<f32> = lists.map(|(known, found)| common(known, found) as f32 / self.k as f32).collect();
        // Ranks beyond k of k others, the most possible.
        let (n, k) = (self.points as f64, self.k as f64);
        let most = k * (2.0 * n - 3.0 * k - 1.0) / 2.0;
        let share = |excess: f64| (excess / most).min(1.0);
        let (done, sample) = (AtomicUsize::new(0), self.sample.len());
        let of_block = |(measured, squares): &mut (Vec<f32>, Vec<f32>), block: usize| {
            let points = block * BLOCK..self.points.min((block + 1) * BLOCK);
            progress.advance(done.fetch_add(points.len(), Ordering::Relaxed), self.points)?;
            let to_sample = self.squares_to_sample(points.clone(), measured).chunks_exact(sample);
            let of_point = |(point, to_sample): (usize, &[f32])| {
                let lists = [&self.neighbors, &nearest].map(|list| &list[point * self.k..][..self.k]);
                let [known, found] = lists;
                [
                    share(self.strangers(point, known, found, to_sample, squares)),
                    share(self.lost(point, known, found, places, squares)),
                ]
            };
            Ok(points.zip(to_sample).map(of_point).collect())
        };
        let blocks = (0..self.points.div_ceil(BLOCK)).into_par_iter().map_init(Default::default, of_block);
        let errors: Vec<[f64; 2]> = blocks.collect::<Result<Vec<Vec<_>>, Cancelled>>()?.concat();
        let mean = |of: usize| errors.iter().map(|errors| errors[of]).sum::<f64>() / n;
        Ok(Quality {
            k: self.k,
            recall: kept.iter().map(|&share| f64::from(share)).sum::<f64>() / n,
            kept,
            trustworthiness: 1.0 - mean(0),
            continuity: 1.0 - mean(1),
            errors: errors.iter().map(|errors| errors.map(|error| error as f32)).collect(),
            sample,
        })
    }

    /// By how much those `found` nearest in the layout exceed the rank k in the space of the
    /// vectors, where `known` are nearest and the squared distances to the sample are `to_sample`.
    /// `squares` is a buffer.
    fn strangers(&self, point: usize, known: &[u32], found: &[u32], to_sample: &[f32], squares: &mut Vec<f32>) -> f64 {
        let strangers: Vec<u32> = found.iter().filter(|other| !known.contains(other)).copied().collect();
        if strangers.is_empty() {
            return 0.0;
        }
        let own = self.squares_to(point, &strangers);
        self.excess(point, known, (&strangers, &own), to_sample.iter().copied(), squares)
    }

    /// By how much the `known` nearest in the space of the vectors exceed the rank k in the layout,
    /// where `found` are nearest. `squares` is a buffer.
    fn lost<const N: usize>(
        &self,
        point: usize,
        known: &[u32],
        found: &[u32],
        places: &[Place<N>],
        squares: &mut Vec<f32>,
    ) -> f64 {
        let lost: Vec<u32> = known.iter().filter(|other| !found.contains(other)).copied().collect();
        let to = |&other: &u32| square(places[point], places[other as usize]);
        let own: Vec<f32> = lost.iter().map(to).collect();
        self.excess(point, found, (&lost, &own), self.sample.iter().map(to), squares)
    }

    /// The squared distances of a point to others: those that are known, or else by their vectors.
    fn squares_to(&self, point: usize, others: &[u32]) -> Vec<f32> {
        let all = self.squares.as_ref().filter(|_| self.sample.len() == self.points);
        all.map_or_else(
            || self.source.squares_to(point as u32, others),
            |all| others.iter().map(|&other| all[point * self.points + other as usize]).collect(),
        )
    }

    /// The squared distances of some points to the sample, points x sample: those that are kept, or
    /// else `measured`, a buffer.
    fn squares_to_sample<'a>(&'a self, points: Range<usize>, measured: &'a mut Vec<f32>) -> &'a [f32] {
        let sample = self.sample.len();
        if let Some(all) = &self.squares {
            return &all[points.start * sample..points.end * sample];
        }
        measured.resize(points.len() * sample, 0.0);
        let points: Vec<u32> = points.map(|point| point as u32).collect();
        self.source.squares(&points, &self.sample, measured);
        measured
    }

    /// By how much the ranks of `others`, as seen from `point`, exceed k, in a space where the k
    /// nearest are `near` and the squared distances to the sample are `all`. `squares` is a buffer.
    fn excess(
        &self,
        point: usize,
        near: &[u32],
        (others, own): (&[u32], &[f32]),
        all: impl Iterator<Item = f32>,
        squares: &mut Vec<f32>,
    ) -> f64 {
        squares.clear();
        squares.extend(all);
        // Those whose ranks are known are not among those that are counted.
        let mut rest = self.sample.len();
        for known in near.iter().copied().chain([point as u32]) {
            if let Ok(place) = self.sample.binary_search(&known) {
                squares[place] = f32::INFINITY;
                rest -= 1;
            }
        }
        let beyond = (self.points - 2 - near.len()) as f64;
        let excess = |(&other, &own): (&u32, &f32)| {
            let (place, is_sampled) = match self.sample.binary_search(&other) {
                Ok(place) => (place, 1),
                Err(place) => (place, 0),
            };
            let nearer = nearer(squares, own, place);
            // With all points sampled, this is the number of those that are nearer.
            let counted = rest - is_sampled;
            1.0 + if counted == 0 { 0.0 } else { nearer as f64 * (beyond / counted as f64) }
        };
        others.iter().zip(own).map(excess).sum()
    }
}

/// How many points of the sample are nearer than a point at the squared distance `own`, whose
/// number is between those before `place` and the others: by distance, and by number if distances
/// are equal.
fn nearer(squares: &[f32], own: f32, place: usize) -> u32 {
    let before = squares[..place].iter().map(|&square| u32::from(square <= own)).sum::<u32>();
    before + squares[place..].iter().map(|&square| u32::from(square < own)).sum::<u32>()
}

/// All points if there are few enough pairs; else some of them, chosen by the hash of their
/// numbers, ascending.
fn sample(points: usize) -> Vec<u32> {
    let all = 0..points as u32;
    if points * points <= PAIRS {
        return all.collect();
    }
    let random = Random::new(0, 0);
    let mut hashes: Vec<(u64, u32)> = all.map(|point| (random.bits(u64::from(point)), point)).collect();
    hashes.select_nth_unstable(SAMPLE - 1);
    let mut chosen: Vec<u32> = hashes[..SAMPLE].iter().map(|&(_, point)| point).collect();
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
