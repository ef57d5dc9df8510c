//! What is worth showing, found in arrays: rows that stand apart, borders between groups, and where a
//! layout tears.

use std::collections::BTreeMap;

use parallax_embedding::{Cancelled, Progress, quantile};
use parallax_neighbors::{NeighborGraph, Place, PlaceTree};
use rayon::prelude::*;

/// Rows that are farther from their nearest than others are.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Outliers {
    /// The farthest first, at most [`MOST_OUTLIERS`].
    pub(super) rows: Vec<u32>,
    /// How many there are.
    pub(super) count: usize,
    /// How many times the median distance the farthest of them is away.
    pub(super) times: f64,
    /// The rows that have no distance to their neighbor. They are not among those that others are
    /// compared with, as any distance is beyond theirs.
    pub(super) crowded: usize,
}

/// The most rows that are listed.
pub(super) const MOST_OUTLIERS: usize = 10;

/// How many times the distance between the quartiles a row must be above the third: J. W. Tukey,
/// "Exploratory data analysis", 1977, calls it far out.
pub(super) const FAR_OUT: f64 = 3.0;

/// Finds the rows among those that are `shown` that are far from their `k`th neighbor: S. Ramaswamy,
/// R. Rastogi, K. Shim, "Efficient algorithms for mining outliers from large data sets", SIGMOD 2000.
/// The vectors decide, not the layout, which can put any row aside.
pub(super) fn outliers(graph: &NeighborGraph, k: usize, shown: impl Fn(u32) -> bool) -> Outliers {
    let k = k.min(graph.k());
    let distance = |point: usize| graph.neighbors(point).1.get(k.checked_sub(1)?).map(|&away| f64::from(away));
    let away: Option<Vec<f64>> = (0..graph.len()).map(distance).collect();
    let away = away.unwrap_or_default();
    // What is so much less than the farthest is an error of rounding.
    let least = away.iter().copied().fold(0.0, f64::max) * f64::from(f32::EPSILON);
    let mut sorted: Vec<f64> = away.iter().copied().filter(|away| *away > least).collect();
    let crowded = away.len() - sorted.len();
    let none = Outliers { crowded, ..Outliers::default() };
    if sorted.len() < 4 {
        return none;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| quantile(sorted.len(), share, |rank| sorted[rank]).unwrap_or(f64::NAN);
    let fence = at(0.75) + FAR_OUT * (at(0.75) - at(0.25));
    let row = |point: usize| graph.rows()[point];
    let mut far: Vec<usize> = (0..away.len()).filter(|&point| away[point] > fence && shown(row(point))).collect();
    far.sort_by(|&a, &b| away[b].total_cmp(&away[a]).then(a.cmp(&b)));
    let Some(&farthest) = far.first() else { return none };
    let rows = far.iter().take(MOST_OUTLIERS).map(|&point| row(point)).collect();
    Outliers { rows, count: far.len(), times: away[farthest] / at(0.5), crowded }
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

/// Returns how many of the `k` neighbors of a row on a border are of one group or the other, at least.
pub(super) fn least_of_both(k: usize) -> usize {
    (0..=k).find(|&count| count as f64 / k as f64 >= OF_BOTH).unwrap_or(k)
}

/// The least rows of a border.
pub(super) const LEAST_BORDER: usize = 5;

/// Finds the borders between groups, those of most rows first. `group` is that of a row. Rows without
/// one are on no border, and neighbors without one are of another group than all others.
pub(super) fn borders(graph: &NeighborGraph, k: usize, group: impl Fn(u32) -> Option<u32> + Sync) -> Vec<Border> {
    let rows = graph.rows();
    let between = |point: usize| {
        let own = group(rows[point])?;
        let (neighbors, _) = graph.neighbors(point);
        let neighbors = &neighbors[..k.min(neighbors.len())];
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for &neighbor in neighbors {
            if let Some(group) = group(rows[neighbor as usize]) {
                *counts.entry(group).or_default() += 1;
            }
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

/// Why no part of a layout tears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Untorn {
    /// All parts keep about as much.
    Even,
    /// All rows together keep this share, which is so little that no part stands out.
    Everywhere(f64),
}

/// A part tears if its rows keep at most this share of what all rows keep.
pub(super) const TORN: f64 = 0.5;

/// If all rows keep less, no part tears.
const LEAST_KEPT: f64 = 0.2;

/// How likely any part may be by chance.
const RISK: f64 = 0.001;

/// Finds the part of the layout that keeps least: a row and the `size` rows nearest to it. `rows` are
/// those with places, and `kept` is what each keeps.
///
/// The least of many parts is low by chance alone, so it must be lower than chance would make the
/// least of as many, if what a row keeps did not depend on its place.
pub(super) fn tear(
    rows: &[u32],
    places: &[Place<3>],
    kept: &[f32],
    size: usize,
    progress: &Progress,
) -> Result<Result<Tear, Untorn>, Cancelled> {
    if size == 0 || rows.len() <= size {
        return Ok(Err(Untorn::Even));
    }
    let overall = kept.iter().map(|&share| f64::from(share)).sum::<f64>() / kept.len() as f64;
    if overall < LEAST_KEPT {
        return Ok(Err(Untorn::Everywhere(overall)));
    }
    let tree = PlaceTree::new(places);
    let around = |point: usize| {
        let nearest = tree.nearest(point as u32, places[point], size);
        [point as u32].into_iter().chain(nearest)
    };
    let mean = |point: usize| {
        progress.check()?;
        let sum: f64 = around(point).map(|point| f64::from(kept[point as usize])).sum();
        Ok(sum / (size + 1) as f64)
    };
    let means: Vec<f64> = (0..rows.len()).into_par_iter().map(mean).collect::<Result<_, Cancelled>>()?;
    let least = (0..rows.len()).min_by(|&a, &b| means[a].total_cmp(&means[b]).then(a.cmp(&b))).unwrap_or_default();
    let by_chance = rows.len() as f64 * chance(kept, size + 1, means[least]);
    if means[least] > TORN * overall || by_chance > RISK {
        return Ok(Err(Untorn::Even));
    }
    Ok(Ok(Tear { rows: around(least).map(|point| rows[point as usize]).collect(), kept: means[least] }))
}

/// Returns a bound of the probability that the mean of `size` of the `values`, drawn at random, is at
/// most `mean`: that of H. Chernoff, 1952, which holds without replacement too (W. Hoeffding,
/// "Probability inequalities for sums of bounded random variables", 1963).
fn chance(values: &[f32], size: usize, mean: f64) -> f64 {
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    for value in values {
        *counts.entry(value.to_bits()).or_default() += 1.0;
    }
    let shares: Vec<(f64, f64)> =
        counts.into_iter().map(|(bits, count)| (f32::from_bits(bits).into(), count / values.len() as f64)).collect();
    // The logarithm for one value, convex in `slope`.
    let bound = |slope: f64| {
        let moment: f64 = shares.iter().map(|(value, share)| share * (slope * (mean - value)).exp()).sum();
        moment.ln()
    };
    let (mut low, mut high) = (0.0, 300.0);
    for _ in 0..100 {
        let [a, b] = [1.0, 2.0].map(|third| low + (high - low) * third / 3.0);
        if bound(a) <= bound(b) { high = b } else { low = a }
    }
    (size as f64 * bound(low).min(0.0)).exp()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use parallax_embedding::{RowSet, Vectors, random};
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
        let all = |_: u32| true;
        let none = Outliers::default();
        assert_eq!(outliers(&graph(&grid(), 4), 4, all), none, "corners are farther, but not far out");
        let mut places = grid();
        places.extend([[90.0, 0.0], [0.0, 50.0]]);
        let found = outliers(&graph(&places, 4), 4, all);
        assert_eq!((found.rows, found.count), (vec![100, 101], 2));
        assert!((found.times - 81.0_f64.hypot(3.0)).abs() < 0.2, "{}", found.times);
        let mut equal = vec![[0.0, 0.0]; 60];
        equal.extend((0..40_u8).map(|row| [1e-12 * f32::from(row), 1e-12]));
        equal.push([5.0, 0.0]);
        assert_eq!(outliers(&graph(&equal, 4), 4, all), Outliers { crowded: 100, ..Outliers::default() });
        let found = outliers(&graph(&places, 4), 4, |row| row != 100);
        assert!(found.rows == [101] && found.count == 1 && found.times < 45.0, "hidden rows do not count: {found:?}");
    }

    /// Twelve far rows are farther than the one that is shown.
    #[test]
    fn hidden_rows_do_not_take_the_places_of_others() {
        let mut places = grid();
        places.extend((0..12_u8).map(|row| [1000.0 + 200.0 * f32::from(row), 0.0]));
        places.push([-60.0, 0.0]);
        let found = outliers(&graph(&places, 4), 4, |row| !(100..112).contains(&row));
        assert_eq!((found.rows, found.count), (vec![112], 1));
    }

    #[test]
    fn distances_to_equal_rows_are_no_measure() {
        assert_eq!(outliers(&graph(&[[0.0; 2]; 20], 4), 4, |_| true), Outliers { crowded: 20, ..Outliers::default() });
        // Most rows are equal; of the others one is far away.
        let mut places = vec![[50.0, 50.0]; 500];
        places.extend(grid());
        let found = outliers(&graph(&places, 4), 4, |_| true);
        assert_eq!((found.count, found.crowded), (0, 500), "to differ is not to stand apart: {found:?}");
        places.push([0.0, -90.0]);
        let found = outliers(&graph(&places, 4), 4, |_| true);
        assert_eq!((found.rows, found.crowded), (vec![600], 500));
        assert!((80.0..100.0).contains(&found.times), "{}", found.times);
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
            // A label is missing where y is 8, and in one of seven rows.
            let group = |row: u32| {
                let [x, y] = places[row as usize];
                (y < 8.0 && row % 7 != 3).then_some((x / 3.0) as u32)
            };
            let found = borders(&graph(&places, k), k, group);
            let graph = graph(&places, k);
            let mut expected: BTreeMap<[u32; 2], Vec<u32>> = BTreeMap::new();
            for row in 0..places.len() as u32 {
                let Some(own) = group(row) else { continue };
                let others: Vec<Option<u32>> = graph.neighbors(row as usize).0.iter().map(|&other| group(other)).collect();
                let count = |of: u32| others.iter().filter(|&&other| other == Some(of)).count();
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

    /// Rows at the border keep it although labels of some of their neighbors are missing.
    #[test]
    fn missing_labels_leave_borders() {
        let places: Vec<[f32; 2]> = (0..900_u16).map(|row| [f32::from(row % 30), f32::from(row / 30)]).collect();
        let missing = |row: u32| random::unit(row.into()) < 0.1;
        let graph = graph(&places, 8);
        let found = |missing: &(dyn Fn(u32) -> bool + Sync)| {
            borders(&graph, 8, |row| (!missing(row)).then_some(u32::from(row % 30 >= 15)))
        };
        let (whole, holes) = (found(&|_| false), found(&missing));
        let known = whole[0].rows.iter().filter(|&&row| !missing(row)).count();
        assert!(holes[0].rows.len() * 5 > known * 3, "{} of {known}", holes[0].rows.len());
    }

    fn found(rows: &[u32], places: &[Place<3>], kept: &[f32], size: usize) -> Result<Tear, Untorn> {
        tear(rows, places, kept, size, &Progress::default()).unwrap()
    }

    #[test]
    fn tear_is_where_rows_keep_least() {
        let rows: Vec<u32> = (0..100).map(|row| row * 2).collect();
        let places: Vec<Place<3>> = grid().iter().map(|&[x, y]| [x, y, 0.0]).collect();
        let corner = |point: usize| point % 10 < 3 && point / 10 < 3;
        let kept: Vec<f32> = (0..100).map(|point| if corner(point) { 0.1 } else { 0.8 }).collect();
        let tear = found(&rows, &places, &kept, 8).unwrap();
        assert!((tear.kept - 0.1).abs() < 1e-6 && tear.rows.len() == 9, "{tear:?}");
        assert!(tear.rows.iter().all(|&row| corner(row as usize / 2)));
        assert_eq!(found(&rows, &places, &[0.5; 100], 8), Err(Untorn::Even));
        assert_eq!(found(&rows[..3], &places[..3], &kept[..3], 8), Err(Untorn::Even));
        let little: Vec<f32> = kept.iter().map(|kept| kept / 8.0).collect();
        assert!(matches!(found(&rows, &places, &little, 8), Err(Untorn::Everywhere(kept)) if kept < 0.1));
        let progress = Progress::default();
        progress.cancel();
        assert!(super::tear(&rows, &places, &kept, 8, &progress).is_err());
    }

    /// Shares that do not depend on the place: of many parts one keeps half by chance.
    #[test]
    fn least_of_many_parts_is_no_tear() {
        let of_rows: Vec<u32> = (0..1500).collect();
        for seed in 0..3_u64 {
            let number = |at: u64| random::unit((seed << 32) + at);
            let places: Vec<Place<3>> = (0..1500).map(|row| [0, 1, 2].map(|axis| number(3 * row + axis))).collect();
            // Each of 15 neighbors is kept with a probability of 0.02, or of 0.25; or all are, or none.
            let counts = |share: f32| {
                (0..1500_u64).map(move |row| {
                    let is_kept = |at: &u64| number(9999 + 15 * row + at) < share;
                    (0..15).filter(is_kept).count() as f32 / 15.0
                })
            };
            let all_or_none = (0..1500).map(|row| if number(77_777 + row) < 0.3 { 1.0 } else { 0.0 });
            for kept in [counts(0.02).collect::<Vec<f32>>(), counts(0.25).collect(), all_or_none.collect()] {
                assert!(found(&of_rows, &places, &kept, 15).is_err(), "{seed}");
            }
        }
    }

    /// Figures of the binomial distribution, by SciPy: `binom.cdf(2, 16, 0.3)`, and so on.
    #[test]
    fn chance_is_bounded_from_above() {
        let values: Vec<f32> = (0..1000).map(|at| if at % 10 < 3 { 1.0 } else { 0.0 }).collect();
        for (kept, exact) in [(0.0, 0.003_323_2), (2.0, 0.099_36), (4.0, 0.449_9)] {
            let bound = chance(&values, 16, kept / 16.0);
            assert!(bound >= exact && bound < exact * 5.0, "{kept}: {bound}");
        }
        assert_eq!(chance(&values, 16, 0.5), 1.0);
    }
}
