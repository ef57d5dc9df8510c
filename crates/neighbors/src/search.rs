//! The search: one pass in `f32` over all rows, then an exact measurement of those that may be
//! among the nearest.
//!
//! The pass gives each row a rank: a number that grows with its distance and whose error is
//! bounded. Every row whose rank is within that bound of the k-th smallest is measured in `f64`,
//! from values as they are stored, and the k nearest of those are the answer: no rounding of the
//! fast pass can lose a neighbor or put two of them in the wrong order.

use std::sync::atomic::{AtomicUsize, Ordering};

use parallax_embedding::{Cancelled, Damaged, Number, Progress, RowSet, Vectors, wording::plural};
use rayon::prelude::*;

use crate::{
    Metric,
    rank::{LEFT_OUT, Ranking, Scratch},
};

/// A row and how far away it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// The row's number.
    pub row: u32,
    /// Its distance under the metric asked for, with the digits of an `f32` but any size.
    pub distance: f64,
}

/// Why there is no list of neighbors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NeighborsError {
    #[error("there is no row {row}: the vectors have {}, counted from 0. Choose one of them", plural(*rows, "row"))]
    NoSuchRow { row: u32, rows: usize },
    #[error(
        "row {row} holds a NaN, an infinity or a number beyond 3.4e38, and has no distance to others. Choose another row"
    )]
    NonFiniteRow { row: u32 },
    #[error(
        "the query holds a NaN, an infinity or a number beyond 3.4e38 and has no distance to others. Correct its values"
    )]
    NonFiniteQuery,
    #[error(
        "the query has {}, and the vectors have {}. Give one value for each dimension",
        plural(*found, "value"),
        plural(*expected, "dimension")
    )]
    Length { found: usize, expected: usize },
    #[error(
        "{metric} compares directions, and a vector of zeros has none. Choose another row, or the metric euclidean"
    )]
    ZeroQuery { metric: Metric },
    #[error(transparent)]
    Damaged(#[from] Damaged),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Finds the `k` rows nearest to the row `query`, which itself is left out: nearest first; rows at
/// the same distance, by number.
///
/// The list is shorter than `k` if fewer rows have a distance. The rows of `non_finite` have none
/// (it must hold those of [`Vectors::non_finite_rows`]); nor do vectors of zeros if the metric [is
/// directional](Metric::is_directional). Distances are exact to the rounding of `f32`.
///
/// # Errors
/// Returns an error if `query` is not a row, is one of `non_finite`, or has no direction and the
/// metric needs one; [`NeighborsError::Damaged`] if rows are lost; [`NeighborsError::Cancelled`] if
/// `progress` was canceled.
pub fn nearest(
    vectors: &Vectors,
    query: u32,
    k: usize,
    metric: Metric,
    non_finite: &RowSet,
    progress: &Progress,
) -> Result<Vec<Neighbor>, NeighborsError> {
    if query as usize >= vectors.rows() {
        return Err(NeighborsError::NoSuchRow { row: query, rows: vectors.rows() });
    }
    let found = if vectors.is_wide() {
        nearest_as::<f64>(vectors, query, k, metric, non_finite, progress)
    } else {
        nearest_as::<f32>(vectors, query, k, metric, non_finite, progress)
    };
    vectors.check()?;
    found
}

fn nearest_as<T: Number>(
    vectors: &Vectors,
    query: u32,
    k: usize,
    metric: Metric,
    non_finite: &RowSet,
    progress: &Progress,
) -> Result<Vec<Neighbor>, NeighborsError> {
    // Exact differences of integers that `f64` rounds.
    let vectors = if metric.is_directional() { vectors } else { &vectors.relative_to(query as usize) };
    let mut buffer = Vec::new();
    let values = vectors.row_as::<T>(query as usize, &mut buffer);
    if non_finite.contains(query) || !is_finite(values) {
        return Err(NeighborsError::NonFiniteRow { row: query });
    }
    let mut left_out = non_finite.clone();
    left_out.toggle(query);
    find(vectors, values, k, metric, &left_out, progress)
}

/// Finds the `k` rows nearest to the vector `query`, which need not be a row. Like [`nearest`], but
/// only the rows of `non_finite` are left out.
///
/// # Errors
/// Returns an error if `query` does not have the length of the rows, holds a NaN or an infinity, or
/// has no direction and the metric needs one; [`NeighborsError::Damaged`] if rows are lost;
/// [`NeighborsError::Cancelled`] if `progress` was canceled.
pub fn nearest_to(
    vectors: &Vectors,
    query: &[f64],
    k: usize,
    metric: Metric,
    non_finite: &RowSet,
    progress: &Progress,
) -> Result<Vec<Neighbor>, NeighborsError> {
    if query.len() != vectors.dims() {
        return Err(NeighborsError::Length { found: query.len(), expected: vectors.dims() });
    }
    let narrow: Vec<f32> = query.iter().map(|&x| x as f32).collect();
    if !is_finite(&narrow) {
        return Err(NeighborsError::NonFiniteQuery);
    }
    let found = if vectors.is_wide() {
        find(vectors, query, k, metric, non_finite, progress)
    } else {
        find(vectors, &narrow, k, metric, non_finite, progress)
    };
    vectors.check()?;
    found
}

fn is_finite<T: Number>(values: &[T]) -> bool {
    values.iter().all(|&value| value.into().is_finite())
}

/// The search for a finite query, in `f64` if the vectors are wide.
fn find<T: Number>(
    vectors: &Vectors,
    query: &[T],
    k: usize,
    metric: Metric,
    left_out: &RowSet,
    progress: &Progress,
) -> Result<Vec<Neighbor>, NeighborsError> {
    let ranking = Ranking::new(metric, query, vectors.is_wide()).ok_or(NeighborsError::ZeroQuery { metric })?;
    progress.begin("Finding neighbors");
    let ranks = rank_rows(vectors, &ranking, left_out, progress)?;
    let candidates = candidates(&ranks, k, &ranking);
    let mut neighbors = measure(vectors, query, metric, &candidates);
    neighbors.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then(a.row.cmp(&b.row)));
    neighbors.truncate(k);
    Ok(neighbors)
}

/// The rank of each row, [`LEFT_OUT`] for those that have none.
fn rank_rows(
    vectors: &Vectors,
    ranking: &Ranking,
    left_out: &RowSet,
    progress: &Progress,
) -> Result<Vec<f32>, Cancelled> {
    let (blocks, done) = (vectors.blocks(), AtomicUsize::new(0));
    let step = blocks.first().map_or(1, ExactSizeIterator::len);
    let mut ranks = vec![0.0; vectors.rows()];
    ranks.par_chunks_mut(step).zip(&blocks).try_for_each_init(Scratch::default, |scratch, (ranks, range)| {
        progress.advance(done.fetch_add(1, Ordering::Relaxed), blocks.len())?;
        ranking.rank_rows(vectors, range.clone(), scratch, ranks);
        Ok(())
    })?;
    for row in left_out.below(vectors.rows()).iter() {
        ranks[row as usize] = LEFT_OUT;
    }
    Ok(ranks)
}

/// All rows that may be among the `k` nearest, ascending.
fn candidates(ranks: &[f32], k: usize, ranking: &Ranking) -> Vec<u32> {
    if k == 0 {
        return Vec::new();
    }
    let bound = smallest(ranks, k).map_or(f32::INFINITY, |rank| ranking.upper_bound(rank));
    let near = ranks.par_iter().enumerate().filter(|(_, rank)| **rank <= bound);
    near.map(|(row, _)| u32::try_from(row).unwrap_or(u32::MAX)).collect()
}

/// The `k`-th smallest rank; `None` if there are fewer.
fn smallest(ranks: &[f32], k: usize) -> Option<f32> {
    // Only the k smallest of each part can be among the k smallest of all.
    const PART: usize = 1 << 14;
    let of_part = |part: &[f32]| {
        let mut part: Vec<f32> = part.iter().copied().filter(|rank| !rank.is_nan()).collect();
        if part.len() > k {
            part.select_nth_unstable_by(k - 1, f32::total_cmp);
            part.truncate(k);
        }
        part
    };
    let mut all: Vec<f32> = ranks.par_chunks(PART).flat_map_iter(of_part).collect();
    (all.len() >= k).then(|| *all.select_nth_unstable_by(k - 1, f32::total_cmp).1)
}

/// The exact distances of `rows`; those without one are left out.
fn measure<T: Number>(vectors: &Vectors, query: &[T], metric: Metric, rows: &[u32]) -> Vec<Neighbor> {
    let of_row = |buffer: &mut Vec<T>, &row: &u32| {
        let distance = metric.distance(query, vectors.row_as(row as usize, buffer))?;
        Some(Neighbor { row, distance: rounded(distance) })
    };
    rows.par_iter().map_init(Vec::new, of_row).flatten_iter().collect()
}

/// `distance` with the digits of an `f32`, so that rows whose distances differ by rounding are at
/// the same distance; as it is if it is too small or too large for them.
fn rounded(distance: f64) -> f64 {
    let narrow = distance as f32;
    if narrow.is_normal() { narrow.into() } else { distance }
}

#[cfg(test)]
mod tests;
