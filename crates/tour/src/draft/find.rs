//! What is worth showing, found in arrays: rows that stand apart, borders between groups, and where a
//! layout tears.

use std::collections::BTreeMap;

use parallax_neighbors::{NeighborGraph, Place, PlaceTree};
use rayon::prelude::*;

/// Rows that are farther from their nearest than others are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Apart {
    /// The farthest first, at most [`MOST_APART`].
    pub(super) rows: Vec<u32>,
    /// How many there are.
    pub(super) count: usize,
    /// How many times the median distance the farthest of them is away.
    pub(super) times: f64,
}

/// The most rows that are listed.
pub(super) const MOST_APART: usize = 10;

/// How many times the distance between the quartiles a row must be above the third: J. W. Tukey,
/// "Exploratory data analysis", 1977, calls it far out.
pub(super) const FAR_OUT: f64 = 3.0;

/// Finds the rows that are far from their `k`th neighbor: S. Ramaswamy, R. Rastogi, K. Shim,
/// "Efficient algorithms for mining outliers from large data sets", SIGMOD 2000. The vectors decide,
/// not the layout, which can put any row aside.
pub(super) fn apart(graph: &NeighborGraph, k: usize) -> Option<Apart> {
    let k = k.min(graph.k());
    let distance = |point: usize| graph.neighbors(point).1.get(k.checked_sub(1)?).map(|&away| f64::from(away));
    let away: Option<Vec<f64>> = (0..graph.len()).map(distance).collect();
    let away = away.filter(|away| away.len() > 3)?;
    let mut sorted = away.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |quarters: usize| sorted[(sorted.len() - 1) * quarters / 4];
    let fence = at(3) + FAR_OUT * (at(3) - at(1));
    let mut far: Vec<usize> = (0..away.len()).filter(|&point| away[point] > fence).collect();
    far.sort_by(|&a, &b| away[b].total_cmp(&away[a]).then(a.cmp(&b)));
    let farthest = away[*far.first()?];
    let rows = far.iter().take(MOST_APART).map(|&point| graph.rows()[point]).collect();
    Some(Apart { rows, count: far.len(), times: farthest / at(2) })
}

/// Rows of two groups, about half of whose neighbors are of the other one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Border {
    /// The lesser number first.
    pub(super) groups: [u32; 2],
    pub(super) rows: Vec<u32>,
}

/// The share of a row's neighbors that must be of the other group, and the least that must be of
/// either.
const HALF: [f64; 2] = [1.0 / 3.0, 2.0 / 3.0];
const OF_BOTH: f64 = 0.8;

/// The least rows of a border.
pub(super) const LEAST_BORDER: usize = 5;

/// Finds the borders between groups, those of most rows first. `group` is that of a row.
pub(super) fn borders(graph: &NeighborGraph, k: usize, group: impl Fn(u32) -> Option<u32> + Sync) -> Vec<Border> {
    let rows = graph.rows();
    let between = |point: usize| {
        let own = group(rows[point])?;
        let (neighbors, _) = graph.neighbors(point);
        let neighbors = &neighbors[..k.min(neighbors.len())];
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for &neighbor in neighbors {
            *counts.entry(group(rows[neighbor as usize])?).or_default() += 1;
        }
        let share = |count: usize| count as f64 / neighbors.len() as f64;
        let of_own = counts.remove(&own).unwrap_or_default();
        // The first of several with as many.
        let (other, count) = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let is_half = (HALF[0]..=HALF[1]).contains(&share(count)) && share(count + of_own) >= OF_BOTH;
        is_half.then_some(([own.min(other), own.max(other)], rows[point]))
    };
    let found: Vec<([u32; 2], u32)> = (0..rows.len()).into_par_iter().filter_map(between).collect();
    let mut of_pairs: BTreeMap<[u32; 2], Vec<u32>> = BTreeMap::new();
    found.into_iter().for_each(|(pair, row)| of_pairs.entry(pair).or_default().push(row));
    let mut borders: Vec<Border> = of_pairs.into_iter().map(|(groups, rows)| Border { groups, rows }).collect();
    borders.retain(|border| border.rows.len() >= LEAST_BORDER);
    borders.sort_by_key(|border| (std::cmp::Reverse(border.rows.len()), border.groups));
    borders
}

/// A part of a layout in which rows keep few of their neighbors.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tear {
    /// The row in its middle, and those nearest to it in the layout.
    pub(super) rows: Vec<u32>,
    /// The mean share of their neighbors that these rows keep.
    pub(super) kept: f64,
}

/// A part tears if its rows keep at most this share of what all rows keep.
pub(super) const TORN: f64 = 0.5;

/// Finds the part of the layout that keeps least: a row and the `size` rows nearest to it. `rows` are
/// those with places, and `kept` is what each keeps.
pub(super) fn tear(rows: &[u32], places: &[Place<3>], kept: &[f32], size: usize) -> Option<Tear> {
    let size = size.min(rows.len() / 4);
    if size == 0 {
        return None;
    }
    let nearest = PlaceTree::new(places).nearest_of_all(size);
    let around = |point: usize| [point as u32].into_iter().chain(nearest[point * size..][..size].iter().copied());
    let mean = |point: usize| {
        let sum: f64 = around(point).map(|point| f64::from(kept[point as usize])).sum();
        sum / (size + 1) as f64
    };
    let means: Vec<f64> = (0..rows.len()).into_par_iter().map(mean).collect();
    let least = (0..rows.len()).min_by(|&a, &b| means[a].total_cmp(&means[b]).then(a.cmp(&b)))?;
    let overall = kept.iter().map(|&share| f64::from(share)).sum::<f64>() / kept.len() as f64;
    (means[least] <= TORN * overall)
        .then(|| Tear { rows: around(least).map(|point| rows[point as usize]).collect(), kept: means[least] })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use parallax_embedding::{Progress, RowSet, Vectors};
    use parallax_neighbors::Metric;
    use proptest::prelude::*;

    use super::*;

    fn graph(places: &[[f32; 2]], k: usize) -> NeighborGraph {
        let vectors = Vectors::from_array(Array2::from_shape_fn((places.len(), 2), |(row, axis)| places[row][axis]));
        let all = RowSet::all(places.len());
        NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, k, Metric::Euclidean, &Progress::default()).unwrap()
    }

    /// A grid of 10 x 10.
    fn grid() -> Vec<[f32; 2]> {
        (0..100_u8).map(|row| [f32::from(row % 10), f32::from(row / 10)]).collect()
    }

    #[test]
    fn rows_stand_apart_if_their_neighbors_are_far_out() {
        assert_eq!(apart(&graph(&grid(), 4), 4), None, "corners are farther, but not far out");
        let mut places = grid();
        places.extend([[90.0, 0.0], [0.0, 50.0]]);
        let found = apart(&graph(&places, 4), 4).unwrap();
        assert_eq!((found.rows, found.count), (vec![100, 101], 2));
        assert!((found.times - 81.0_f64.hypot(3.0)).abs() < 0.2, "{}", found.times);
        assert_eq!(apart(&graph(&[[0.0; 2]; 20], 4), 4), None, "all at one place");
    }

    #[test]
    fn borders_are_where_half_of_the_neighbors_are_of_another_group() {
        let places = grid();
        let group = |row: u32| (row < 96).then_some(u32::from(row % 10 >= 5));
        let found = borders(&graph(&places, 3), 3, group);
        let rows = |borders: &[Border]| borders.iter().flat_map(|border| border.rows.clone()).collect::<Vec<_>>();
        assert_eq!((found.len(), found[0].groups), (1, [0, 1]));
        assert!(rows(&found).iter().all(|row| [4, 5].contains(&(row % 10))), "{found:?}");
        assert!(borders(&graph(&places, 3), 3, |_| Some(0)).is_empty());
        assert!(borders(&graph(&places, 3), 3, |_| None).is_empty());
    }

    proptest! {
        /// Shares of neighbors are counted for each row.
        #[test]
        fn borders_match_brute_force(places in prop::collection::vec((0_i8..9, 0_i8..9), 12..60), k in 2_usize..8) {
            let places: Vec<[f32; 2]> = places.iter().map(|&(x, y)| [f32::from(x), f32::from(y)]).collect();
            let group = |row: u32| Some((places[row as usize][0] / 3.0) as u32);
            let found = borders(&graph(&places, k), k, group);
            let graph = graph(&places, k);
            let mut expected: BTreeMap<[u32; 2], Vec<u32>> = BTreeMap::new();
            for row in 0..places.len() as u32 {
                let own = group(row).unwrap();
                let others: Vec<u32> = graph.neighbors(row as usize).0.iter().map(|&other| group(other).unwrap()).collect();
                let count = |of: u32| others.iter().filter(|&&other| other == of).count();
                let Some(other) = (0..3).filter(|&of| of != own).rev().max_by_key(|&of| count(of)) else { continue };
                let share = count(other) as f64 / others.len() as f64;
                let both = (count(other) + count(own)) as f64 / others.len() as f64;
                if (1.0 / 3.0..=2.0 / 3.0).contains(&share) && both >= 0.8 {
                    expected.entry([own.min(other), own.max(other)]).or_default().push(row);
                }
            }
            expected.retain(|_, rows| rows.len() >= LEAST_BORDER);
            let found: BTreeMap<[u32; 2], Vec<u32>> = found.into_iter().map(|border| (border.groups, border.rows)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn tear_is_where_rows_keep_least() {
        let rows: Vec<u32> = (0..100).map(|row| row * 2).collect();
        let places: Vec<Place<3>> = grid().iter().map(|&[x, y]| [x, y, 0.0]).collect();
        let corner = |point: usize| point % 10 < 3 && point / 10 < 3;
        let kept: Vec<f32> = (0..100).map(|point| if corner(point) { 0.1 } else { 0.8 }).collect();
        let found = tear(&rows, &places, &kept, 8).unwrap();
        assert!((found.kept - 0.1).abs() < 1e-6 && found.rows.len() == 9, "{found:?}");
        assert!(found.rows.iter().all(|&row| corner(row as usize / 2)));
        assert_eq!(tear(&rows, &places, &[0.5; 100], 8), None);
        assert_eq!(tear(&rows[..3], &places[..3], &kept[..3], 8), None);
    }
}
