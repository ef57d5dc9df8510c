//! How often a row's neighbors have its label, compared with labels that are dealt out at random.

use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Progress};
use parallax_neighbors::{NeighborGraph, Place, PlaceTree};
use rayon::prelude::*;

use super::{QUALITY_NEIGHBORS, QUALITY_ROWS};
use crate::{Categories, Layout, Nearness, ProjectionError, Space, random::Random};

/// The number of times that labels are dealt out at random.
pub const PERMUTATIONS: usize = 200;

/// How far the neighbors of rows agree with their labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The number of neighbors of a row that are looked at.
    pub k: usize,
    /// The number of rows with neighbors and a label.
    pub rows: usize,
    /// The number of rows with neighbors but without a label. They count neither as rows nor as
    /// neighbors.
    pub left_out: usize,
    /// The agreement of the nearest in the space of the vectors.
    pub vectors: Shared,
    /// The agreement of the nearest in the layout.
    pub layout: Shared,
}

/// How often neighbors share a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shared {
    /// The mean share of a row's neighbors that have its label.
    pub share: f64,
    /// The mean of that share over [`PERMUTATIONS`] of the labels.
    pub chance: f64,
    /// The standard deviation of the share over the permutations.
    pub deviation: f64,
    /// How many deviations the share is above the mean. `None` if all permutations have one share.
    pub z: Option<f64>,
    /// The chance of a share as large if the labels had nothing to do with the neighbors, from the
    /// permutations: never 0, as the labels as they are count as one of them (B. Phipson and
    /// G. K. Smyth, "Permutation P-values should never be zero", 2010).
    pub p: f64,
}

/// Compares the `labels` of rows with those of their nearest rows. Returns `None` if no row with a
/// label has a neighbor with one.
///
/// # Errors
/// See [`Space::reference`].
pub fn agreement(
    labels: &Categories,
    layout: &Layout,
    near: Nearness,
    space: &Space,
    progress: &Progress,
) -> Result<Option<Agreement>, ProjectionError> {
    let (graph, reference) = space.reference(near.sphereize, near.metric, progress)?;
    let of_row = |&row: &u32| layout.row(row as usize).unwrap_or_default().iter().copied();
    let places: Vec<f32> = graph.rows().iter().flat_map(of_row).collect();
    let nearest = reference.nearest(&places, layout.dims())?;
    progress.begin("Comparing labels");
    let labels: Vec<Option<u32>> =
        graph.rows().iter().map(|&row| labels.get(row as usize).copied().flatten()).collect();
    let k = reference.k();
    let shared = |lists: &[u32]| shared(&labels, lists, k, progress);
    let (Some(vectors), Some(layout)) = (shared(reference.neighbors())?, shared(&nearest)?) else { return Ok(None) };
    let rows = labels.iter().flatten().count();
    Ok(Some(Agreement { k, rows, left_out: labels.len() - rows, vectors, layout }))
}

/// Compares the label of each row with those of its nearest in `graph`, up to 15 of them. Returns
/// `None` if no row with a label has a neighbor with one, or if there are more than [`QUALITY_ROWS`]
/// rows, for which this takes too long.
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn agreement_in(
    label: impl Fn(u32) -> Option<u32>,
    graph: &NeighborGraph,
    progress: &Progress,
) -> Result<Option<Shared>, Cancelled> {
    let k = graph.k().min(QUALITY_NEIGHBORS);
    if graph.len() > QUALITY_ROWS || k == 0 {
        return Ok(None);
    }
    progress.begin("Comparing labels");
    let of_points: Vec<Option<u32>> = graph.rows().iter().map(|&row| label(row)).collect();
    let lists: Vec<u32> = (0..graph.len()).flat_map(|point| &graph.neighbors(point).0[..k]).copied().collect();
    shared(&of_points, &lists, k, progress)
}

/// Compares the label of each row with those of its nearest in a layout of rows x 1 to 3 coordinates, up
/// to 15 of them. Rows with a coordinate that is not finite have no place. Returns `None` as
/// [`agreement_in`] does.
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn agreement_around(
    label: impl Fn(u32) -> Option<u32>,
    layout: ArrayView2<'_, f32>,
    progress: &Progress,
) -> Result<Option<Shared>, Cancelled> {
    let (mut places, mut of_points): (Vec<Place<3>>, Vec<Option<u32>>) = (Vec::new(), Vec::new());
    for (row, place) in (0..).zip(layout.rows()) {
        if place.iter().all(|x| x.is_finite()) {
            places.push(std::array::from_fn(|axis| place.get(axis).copied().unwrap_or(0.0)));
            of_points.push(label(row));
        }
    }
    let k = QUALITY_NEIGHBORS.min(places.len().saturating_sub(1));
    if places.len() > QUALITY_ROWS || k == 0 {
        return Ok(None);
    }
    progress.begin("Comparing labels");
    shared(&of_points, &PlaceTree::new(&places).nearest_of_all(k), k, progress)
}

/// The least number that all numbers of neighbors divide: sums of shares are whole numbers of its
/// parts, so that equal shares are equal.
const PARTS: u64 = 360_360;

/// The agreement in `lists`, the `k` neighbors of each point.
fn shared(labels: &[Option<u32>], lists: &[u32], k: usize, progress: &Progress) -> Result<Option<Shared>, Cancelled> {
    let labeled: Vec<u32> =
        labels.iter().zip(0..).filter(|(label, _)| label.is_some()).map(|(_, point)| point).collect();
    let is_labeled = |other: &&u32| labels[**other as usize].is_some();
    let neighbors_of = |point: u32| lists[point as usize * k..][..k].iter().filter(is_labeled);
    // The rows that have neighbors with a label, and what one of these is worth.
    let rows: Vec<(u32, u64)> = labeled
        .iter()
        .map(|&point| (point, neighbors_of(point).count() as u64))
        .filter(|(_, count)| *count > 0)
        .map(|(point, count)| (point, PARTS / count))
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let parts = |labels: &[Option<u32>]| -> u64 {
        let of_row = |&(point, worth): &(u32, u64)| {
            let own = labels[point as usize];
            neighbors_of(point).filter(|&&other| labels[other as usize] == own).count() as u64 * worth
        };
        rows.iter().map(of_row).sum()
    };
    let found = parts(labels);
    let permuted = |permutation: usize| {
        progress.check()?;
        let random = Random::new(0, STREAM + permutation as u64);
        let mut dealt: Vec<Option<u32>> = labeled.iter().map(|&point| labels[point as usize]).collect();
        for last in (1..dealt.len()).rev() {
            let other = (u128::from(random.bits(last as u64)) * (last as u128 + 1)) >> 64;
            dealt.swap(last, other as usize);
        }
        let mut all = vec![None; labels.len()];
        labeled.iter().zip(dealt).for_each(|(&point, label)| all[point as usize] = label);
        Ok(parts(&all))
    };
    let by_chance: Vec<u64> = (0..PERMUTATIONS).into_par_iter().map(permuted).collect::<Result<_, Cancelled>>()?;
    let share = |parts: u64| parts as f64 / (rows.len() as f64 * PARTS as f64);
    let count = PERMUTATIONS as f64;
    let chance = by_chance.iter().map(|&parts| share(parts)).sum::<f64>() / count;
    let squares = by_chance.iter().map(|&parts| (share(parts) - chance).powi(2)).sum::<f64>();
    let is_one = by_chance.iter().all(|&parts| parts == by_chance[0]);
    let deviation = if is_one { 0.0 } else { (squares / (count - 1.0)).sqrt() };
    let as_many = by_chance.iter().filter(|&&parts| parts >= found).count();
    Ok(Some(Shared {
        share: share(found),
        chance,
        deviation,
        z: (!is_one).then(|| (share(found) - chance) / deviation),
        p: (as_many as f64 + 1.0) / (count + 1.0),
    }))
}

/// The first stream of random numbers of permutations.
const STREAM: u64 = 0xA6EE;

#[cfg(test)]
mod tests {
    use parallax_embedding::{RowSet, random};
    use parallax_neighbors::Metric;

    use super::*;

    const K: usize = 3;

    /// Lists of 3 neighbors in a ring of `points`.
    fn ring(points: u32) -> Vec<u32> {
        (0..points).flat_map(|point| [1, 2, points - 1].map(|step| (point + step) % points)).collect()
    }

    fn of(labels: &[Option<u32>], lists: &[u32]) -> Option<Shared> {
        shared(labels, lists, K, &Progress::default()).unwrap()
    }

    /// Counted with floats; a row without a label is neither a row nor a neighbor.
    #[test]
    fn share_matches_brute_force() {
        let labels: Vec<Option<u32>> =
            (0..60_u32).map(|point| (point % 7 != 3).then_some(point * point % 5 / 2)).collect();
        let lists = ring(60);
        let shares: Vec<f64> = (0..60)
            .filter(|&point| labels[point].is_some())
            .filter_map(|point| {
                let of: Vec<u32> = lists[point * K..][..K].iter().filter_map(|&other| labels[other as usize]).collect();
                let same = of.iter().filter(|&&label| Some(label) == labels[point]).count();
                (!of.is_empty()).then(|| same as f64 / of.len() as f64)
            })
            .collect();
        let expected = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!((of(&labels, &lists).unwrap().share - expected).abs() < 1e-12);
    }

    /// Two heaps: a label of the heap is shared by neighbors, one by the toss of a coin is not.
    #[test]
    fn neighbors_in_a_graph_say_something_about_labels_of_places_only() {
        let place = |(row, axis): (usize, usize)| {
            ((row / 50 * 40 + (row * 7 + axis * 3) % 11) as f32).sin() + (row / 50) as f32 * 9.0
        };
        let vectors = parallax_embedding::Vectors::from_array(ndarray::Array2::from_shape_fn((100, 3), place));
        let (all, none, progress) = (RowSet::all(100), RowSet::EMPTY, Progress::default());
        let graph = NeighborGraph::exact(&vectors, &all, &none, 10, Metric::Euclidean, &progress).unwrap();
        let found = agreement_in(|row| Some(row / 50), &graph, &progress).unwrap().unwrap();
        assert!(found.share > 0.99 && found.p < 0.01, "{found:?}");
        let coin = |row: u32| Some(u32::from(random::unit(row.into()) < 0.5));
        let found = agreement_in(coin, &graph, &progress).unwrap().unwrap();
        assert!((found.share - found.chance).abs() < 0.1 && found.p > 0.01, "{found:?}");
        assert_eq!(agreement_in(|_| None, &graph, &progress).unwrap(), None);
    }

    /// The nearest in places are those of the graph of the same numbers, whichever rows have none.
    #[test]
    fn neighbors_in_a_layout_are_those_of_its_numbers() {
        let place = |(row, axis): (usize, usize)| match row % 10 {
            7 => f32::NAN,
            _ => random::unit((row * 3 + axis) as u64) as f32 + (row / 50) as f32 * 0.5,
        };
        let layout = ndarray::Array2::from_shape_fn((100, 3), place);
        let vectors = parallax_embedding::Vectors::from_array(layout.clone());
        let progress = Progress::default();
        let without = vectors.non_finite_rows(&progress).unwrap();
        assert_eq!(without.len(), 10);
        let graph =
            NeighborGraph::exact(&vectors, &RowSet::all(100), &without, 15, Metric::Euclidean, &progress).unwrap();
        let label = |row: u32| (!row.is_multiple_of(9)).then_some(row / 50);
        let found = agreement_around(label, layout.view(), &progress).unwrap();
        assert!(found.is_some_and(|found| found.p < 0.01));
        assert_eq!(found, agreement_in(label, &graph, &progress).unwrap());
        assert_eq!(agreement_around(label, layout.slice(ndarray::s![..1, ..]), &progress).unwrap(), None);
    }

    /// In the mean over all permutations, two rows share a label as often as two that are drawn do;
    /// that of 200 is within four of its standard errors.
    #[test]
    fn chance_is_that_of_two_rows_that_are_drawn() {
        for values in [2, 3, 10] {
            let labels: Vec<Option<u32>> = (0..300_u32).map(|point| Some((point / 7 * point) % values)).collect();
            let found = of(&labels, &ring(300)).unwrap();
            let count = |value: u32| labels.iter().filter(|label| **label == Some(value)).count() as f64;
            let expected = (0..values).map(|value| count(value) * (count(value) - 1.0)).sum::<f64>() / (300.0 * 299.0);
            let error = 4.0 * found.deviation / (PERMUTATIONS as f64).sqrt();
            assert!((found.chance - expected).abs() < error, "{values}: {found:?}, {expected}");
        }
    }

    /// Labels that follow the ring are far beyond chance, and p has its least possible value; for
    /// labels that are dealt out it is like a number drawn from 0 to 1.
    #[test]
    fn labels_of_neighbors_stand_out_and_dealt_ones_do_not() {
        let blocks: Vec<Option<u32>> = (0..300_u32).map(|point| Some(point / 30)).collect();
        let found = of(&blocks, &ring(300)).unwrap();
        assert!(found.share > 0.9 && found.z.unwrap() > 10.0, "{found:?}");
        assert_eq!(found.p, 1.0 / 201.0);
        let dealt = |seed: u64| -> f64 {
            let random = Random::new(seed, 1);
            let labels: Vec<Option<u32>> = (0..100).map(|point| Some((random.bits(point) % 3) as u32)).collect();
            of(&labels, &ring(100)).unwrap().p
        };
        let mean = (1..=100).map(dealt).sum::<f64>() / 100.0;
        assert!((mean - 0.5).abs() < 0.12, "{mean}");
    }

    #[test]
    fn equal_and_absent_labels_have_no_z() {
        let same = of(&[Some(4); 20], &ring(20)).unwrap();
        assert_eq!((same.share, same.chance, same.deviation, same.z, same.p), (1.0, 1.0, 0.0, None, 1.0));
        let ids: Vec<Option<u32>> = (0..20).map(Some).collect();
        let own = of(&ids, &ring(20)).unwrap();
        assert_eq!((own.share, own.chance, own.z, own.p), (0.0, 0.0, None, 1.0));
        assert_eq!(of(&[None; 20], &ring(20)), None);
        let mut one = vec![None; 20];
        one[3] = Some(1);
        assert_eq!(of(&one, &ring(20)), None);
    }
}
