//! The rows that take part in a graph, and the places where they are.
//!
//! Points with equal vectors share a *place*. Graphs are searched among places, no two of which are
//! the same, and spread to points at the end: thousands of copies cost nothing and do not mislead a
//! search.

use std::{borrow::Cow, ops::Range};

use parallax_embedding::{Cancelled, Number, Progress, RowSet, Vectors};
use rayon::prelude::*;

use super::Lists;
use crate::Metric;

/// The number of rows that a thread takes at a time.
const CHUNK: usize = 256;

#[derive(Debug)]
pub(super) struct Points<'a> {
    vectors: Cow<'a, Vectors>,
    metric: Metric,
    /// The row of each point, ascending.
    rows: Vec<u32>,
    /// The points of all places, place after place, each ascending; places in the order of their
    /// first points.
    members: Vec<u32>,
    /// Where in `members` each place begins, and the end.
    starts: Vec<u32>,
    /// The metric's length of each point's vector.
    lengths: Vec<f64>,
}

/// Buffers for reading two vectors and measuring between them, reused.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    narrow: [Vec<f32>; 2],
    wide: [Vec<f64>; 2],
    /// What was measured: distances, and the places at these distances.
    pub(super) measured: Vec<(f32, u32)>,
}

impl<'a> Points<'a> {
    /// The rows of `among` that have a distance under `metric`.
    pub(super) fn new(
        vectors: &'a Vectors,
        among: &RowSet,
        non_finite: &RowSet,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        // Distances of integers that `f64` rounds need their differences.
        let vectors = if metric.is_directional() { Cow::Borrowed(vectors) } else { Cow::Owned(vectors.relative()) };
        let end = among.as_slice().partition_point(|&row| (row as usize) < vectors.rows());
        let mut rows = among.as_slice()[..end].to_vec();
        if !non_finite.is_empty() {
            rows.retain(|&row| !non_finite.contains(row));
        }
        let mut traits = if vectors.is_wide() {
            traits::<f64>(&vectors, &rows, metric, progress)?
        } else {
            traits::<f32>(&vectors, &rows, metric, progress)?
        };
        if traits.iter().any(|&(_, length)| length == 0.0) {
            let mut kept = traits.iter().map(|&(_, length)| length != 0.0);
            rows.retain(|_| kept.next() == Some(true));
            traits.retain(|&(_, length)| length != 0.0);
        }
        let (hashes, lengths): (Vec<u64>, Vec<f64>) = traits.into_iter().unzip();
        let mut points = Self { vectors, metric, rows, members: Vec::new(), starts: Vec::new(), lengths };
        points.find_places(&hashes, progress)?;
        Ok(points)
    }

    /// Fills in `members` and `starts`.
    fn find_places(&mut self, hashes: &[u64], progress: &Progress) -> Result<(), Cancelled> {
        let count = self.rows.len() as u32;
        let mut order: Vec<u32> = (0..count).collect();
        order.par_sort_unstable_by_key(|&point| (hashes[point as usize], point));
        let mut firsts: Vec<u32> = (0..count).collect();
        for alike in order.chunk_by(|&a, &b| hashes[a as usize] == hashes[b as usize]) {
            match alike.len() {
                1 => {}
                _ if self.is_wide() => self.find_firsts::<f64>(alike, &mut firsts, progress)?,
                _ => self.find_firsts::<f32>(alike, &mut firsts, progress)?,
            }
        }
        order.par_sort_unstable_by_key(|&point| (firsts[point as usize], point));
        self.starts = (0..count).filter(|&at| firsts[order[at as usize] as usize] == order[at as usize]).collect();
        self.starts.push(count);
        self.members = order;
        Ok(())
    }

    /// For points of one hash, finds the first with the same vector.
    fn find_firsts<T: Number>(&self, alike: &[u32], firsts: &mut [u32], progress: &Progress) -> Result<(), Cancelled> {
        let (mut buffer, mut other) = (Vec::<T>::new(), Vec::new());
        let mut different: Vec<u32> = Vec::new();
        for &point in alike {
            progress.check()?;
            let vector = self.vectors.row_as(self.rows[point as usize] as usize, &mut buffer);
            let is_equal = |&first: &u32| vector == self.vectors.row_as(self.rows[first as usize] as usize, &mut other);
            match different.iter().copied().find(is_equal) {
                Some(first) => firsts[point as usize] = first,
                None => different.push(point),
            }
        }
        Ok(())
    }

    pub(super) fn metric(&self) -> Metric {
        self.metric
    }

    /// Whether vectors are read as `f64`.
    pub(super) fn is_wide(&self) -> bool {
        self.vectors.is_wide()
    }

    pub(super) fn dims(&self) -> usize {
        self.vectors.dims()
    }

    /// The number of points.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of places.
    pub(super) fn places(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn into_rows(self) -> Vec<u32> {
        self.rows
    }

    /// The vector at `place`, and its metric's length.
    pub(super) fn vector<'b, T: Number>(&'b self, place: u32, buffer: &'b mut Vec<T>) -> (&'b [T], f64) {
        let first = self.members[self.starts[place as usize] as usize] as usize;
        (self.vectors.row_as(self.rows[first] as usize, buffer), self.lengths[first])
    }

    /// Leaves in `scratch` the distances from `place` to `others`, nearest first; at the same
    /// distance, by number.
    pub(super) fn measure(&self, place: u32, others: impl Iterator<Item = u32>, scratch: &mut Scratch) {
        let Scratch { narrow, wide, measured } = scratch;
        if self.is_wide() {
            self.measure_as(place, others, wide, measured);
        } else {
            self.measure_as(place, others, narrow, measured);
        }
    }

    fn measure_as<T: Number>(
        &self,
        place: u32,
        others: impl Iterator<Item = u32>,
        [from, to]: &mut [Vec<T>; 2],
        measured: &mut Vec<(f32, u32)>,
    ) {
        let (from, from_length) = self.vector(place, from);
        measured.clear();
        measured.extend(others.map(|other| {
            let (to, to_length) = self.vector(other, to);
            // All points have a distance: those without one were left out.
            let distance = self.metric.distance_of_lengths(from, to, from_length, to_length).unwrap_or(f64::INFINITY);
            (distance as f32, other)
        }));
        measured.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }

    /// The lists of the `k` nearest points of each point, from those of the nearest places of each
    /// place.
    pub(super) fn spread(&self, lists_of_places: Lists, k: usize, progress: &Progress) -> Result<Lists, Cancelled> {
        if self.places() == self.len() {
            return Ok(lists_of_places);
        }
        let mut place_of = vec![0_u32; self.len()];
        for place in 0..self.places() {
            self.members[self.range(place as u32)].iter().for_each(|&point| place_of[point as usize] = place as u32);
        }
        let mut spread = Lists::new(self.len(), k);
        spread.par_chunks_mut(1).zip(&place_of).enumerate().try_for_each_init(
            Vec::new,
            |near, (point, (lists, &place))| {
                progress.check()?;
                self.nearest_points(place, lists_of_places.row(place as usize), k, near);
                let others = near.iter().filter(|&&(_, other)| other as usize != point);
                for (indices, distances) in lists.rows() {
                    for ((index, distance), &(to, other)) in indices.iter_mut().zip(distances).zip(others.clone()) {
                        (*index, *distance) = (other, to);
                    }
                }
                Ok(())
            },
        )?;
        Ok(spread)
    }

    /// Leaves in `near` the points nearest to `place`, including those at it. The first `k + 1` are
    /// right.
    fn nearest_points(&self, place: u32, places: (&[u32], &[f32]), k: usize, near: &mut Vec<(f32, u32)>) {
        let others = places.0.iter().zip(places.1).map(|(&other, &distance)| (distance, other));
        near.clear();
        for (distance, other) in std::iter::once((0.0, place)).chain(others) {
            if near.len() > k && near.last().is_some_and(|&(last, _)| last < distance) {
                break;
            }
            let members = &self.members[self.range(other)];
            near.extend(members.iter().take(k + 1).map(|&point| (distance, point)));
        }
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }

    fn range(&self, place: u32) -> Range<usize> {
        self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize
    }
}

/// For each of `rows` a hash of its vector, and the metric's length.
fn traits<T: Number>(
    vectors: &Vectors,
    rows: &[u32],
    metric: Metric,
    progress: &Progress,
) -> Result<Vec<(u64, f64)>, Cancelled> {
    let mut traits = vec![(0, 0.0); rows.len()];
    let chunks = traits.par_chunks_mut(CHUNK).zip(rows.par_chunks(CHUNK));
    chunks.try_for_each_init(Vec::<T>::new, |buffer, (traits, rows)| {
        progress.check()?;
        for (traits, &row) in traits.iter_mut().zip(rows) {
            let vector = vectors.row_as(row as usize, buffer);
            *traits = (hash(vector), metric.length(vector));
        }
        Ok(())
    })?;
    Ok(traits)
}

/// A hash of the vector: the same for equal vectors. If it is also the same for others, that only
/// costs time.
fn hash<T: Number>(vector: &[T]) -> u64 {
    const LANES: usize = 8;
    let mix = |hash: u64, bits: u64| (hash.rotate_left(23) ^ bits).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut lanes = [0_u64; LANES];
    for values in vector.chunks(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(values) {
            // Minus zero equals zero, and becomes it.
            *lane = mix(*lane, (value.into() + 0.0).to_bits());
        }
    }
    lanes.into_iter().fold(0, |hash, lane| mix(hash, lane ^ lane >> 32))
}
