//! Distances in the space of the vectors against distances in the layout: the diagram of
//! R. N. Shepard, "The analysis of proximities", 1962, as a density, and their rank correlation.

use parallax_embedding::{Number, Progress, Vectors};
use parallax_neighbors::Metric;
use rayon::prelude::*;

use crate::{Layout, Nearness, ProjectionError, Space, random::Random};

/// The number of parts of each axis of the diagram.
pub const SHEPARD_BINS: usize = 64;

/// The most pairs that are compared. The correlation of a sample is then right to about 0.003.
const PAIRS: u64 = 100_000;

/// The pairs of one task.
const CHUNK: usize = 1024;

/// How distances in the layout follow those in the space of the vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Shepard {
    /// The number of pairs of rows that were compared.
    pub pairs: usize,
    /// Whether these are all pairs. Otherwise they were drawn, each with the same chance: the same
    /// ones for all layouts of the same rows.
    pub is_whole: bool,
    /// Spearman's rank correlation of the two distances, from -1 to 1. `None` if all distances of
    /// one kind are equal.
    pub spearman: Option<f64>,
    /// The greatest distance in the space of the vectors, and in the layout.
    pub greatest: [f64; 2],
    /// How many pairs have a distance in each of [`SHEPARD_BINS`] equal parts up to the greatest:
    /// parts of the layout's distances x parts of the vectors' distances, the least first.
    pub counts: Vec<u32>,
}

/// Compares the distances of pairs of rows of `space` that have a place, in the space of the vectors
/// and in `layout`: all pairs, or 100,000 of them.
///
/// # Errors
/// Returns an error if fewer than three rows have a place; see also [`Space::vectors`].
pub fn shepard(
    layout: &Layout,
    near: Nearness,
    space: &Space,
    progress: &Progress,
) -> Result<Shepard, ProjectionError> {
    progress.begin("Comparing distances");
    let vectors = space.vectors(near.sphereize, progress)?;
    let is_in = |(place, row): &(&[f32], u32)| place.iter().all(|x| x.is_finite()) && !space.left_out().contains(*row);
    let placed = layout.places().zip(0_u32..).filter(is_in);
    let rows: Vec<u32> = placed.map(|(_, row)| row).collect();
    if rows.len() < 3 {
        return Err(ProjectionError::TooFewPoints { points: rows.len(), least: 3, what: "a Shepard diagram" });
    }
    let all = rows.len() as u64 * (rows.len() as u64 - 1) / 2;
    let pairs: Vec<[u32; 2]> =
        pairs(rows.len() as u64).into_iter().map(|pair| pair.map(|point| rows[point as usize])).collect();
    let metric = near.metric;
    let vectors = if metric.is_directional() { vectors } else { vectors.relative() };
    let distances = if vectors.is_wide() {
        distances::<f64>(&vectors, layout, metric, &pairs, progress)
    } else {
        distances::<f32>(&vectors, layout, metric, &pairs, progress)
    }?;
    space.check()?;
    let (true_ones, shown): (Vec<f64>, Vec<f64>) = distances.into_iter().map(|[a, b]| (a, b)).unzip();
    let greatest = [&true_ones, &shown].map(|distances| distances.iter().copied().fold(0.0, f64::max));
    let mut counts = vec![0; SHEPARD_BINS * SHEPARD_BINS];
    for (&of_vectors, &of_layout) in true_ones.iter().zip(&shown) {
        let [x, y] = [(of_vectors, greatest[0]), (of_layout, greatest[1])].map(|(distance, most)| bin(distance, most));
        counts[y * SHEPARD_BINS + x] += 1;
    }
    let spearman = spearman(&true_ones, &shown);
    Ok(Shepard { pairs: true_ones.len(), is_whole: pairs.len() as u64 == all, spearman, greatest, counts })
}

/// The part of the axis that a distance is in.
fn bin(distance: f64, most: f64) -> usize {
    let share = if most > 0.0 { distance / most } else { 0.0 };
    ((share * SHEPARD_BINS as f64) as usize).min(SHEPARD_BINS - 1)
}

/// The distances of each pair by their vectors and in the layout. Pairs whose vectors have no
/// distance, since one has no direction, are left out.
fn distances<T: Number>(
    vectors: &Vectors,
    layout: &Layout,
    metric: Metric,
    pairs: &[[u32; 2]],
    progress: &Progress,
) -> Result<Vec<[f64; 2]>, ProjectionError> {
    let unit = if metric.is_directional() { 1.0 } else { vectors.scale() };
    let distance = |buffers: &mut [Vec<T>; 2], &[a, b]: &[u32; 2]| {
        let [first, second] = buffers;
        let of_vectors = metric.distance(vectors.row_as(a as usize, first), vectors.row_as(b as usize, second))? / unit;
        let [a, b] = [a, b].map(|row| layout.row(row as usize).unwrap_or_default());
        let square = |(&a, &b): (&f32, &f32)| (f64::from(a) - f64::from(b)).powi(2);
        Some([of_vectors, a.iter().zip(b).map(square).sum::<f64>().sqrt()])
    };
    let chunks: Vec<Vec<[f64; 2]>> = pairs
        .par_chunks(CHUNK)
        .map_init(Default::default, |buffers, pairs| {
            progress.check()?;
            Ok(pairs.iter().filter_map(|pair| distance(buffers, pair)).collect())
        })
        .collect::<Result<_, ProjectionError>>()?;
    Ok(chunks.concat())
}

/// All pairs of `points`, or [`PAIRS`] different ones, ascending.
pub(crate) fn pairs(points: u64) -> Vec<[u32; 2]> {
    let all = points * (points - 1) / 2;
    let mut places: Vec<u64> = if all <= PAIRS {
        (0..all).collect()
    } else {
        let shuffle = Shuffle::of(all);
        (0..PAIRS).map(|place| shuffle.at(place)).collect()
    };
    // Rows that are read from a file are read in their order.
    places.sort_unstable();
    places.into_iter().map(pair).collect()
}

/// The pair at this place among (1, 0), (2, 0), (2, 1), (3, 0), and so on.
fn pair(place: u64) -> [u32; 2] {
    let mut first = ((2.0 * place as f64 + 0.25).sqrt() + 0.5) as u64;
    // The root may be rounded across a whole number.
    while first * (first - 1) / 2 > place {
        first -= 1;
    }
    while first * (first + 1) / 2 <= place {
        first += 1;
    }
    [first as u32, (place - first * (first - 1) / 2) as u32]
}

/// The numbers below some count in random order: a Feistel network (M. Luby and C. Rackoff, 1988)
/// over the next power of four, whose numbers that are too great are sent through it again.
struct Shuffle {
    count: u64,
    half_bits: u32,
}

impl Shuffle {
    fn of(count: u64) -> Self {
        Self { count, half_bits: (u64::BITS - count.leading_zeros()).div_ceil(2).max(1) }
    }

    fn at(&self, place: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let mut number = place;
        loop {
            let (mut left, mut right) = (number >> self.half_bits, number & mask);
            for round in 0..4 {
                (left, right) = (right, left ^ (Random::new(0, STREAM + round).bits(right) & mask));
            }
            number = left << self.half_bits | right;
            if number < self.count {
                return number;
            }
        }
    }
}

/// The first stream of random numbers of [`Shuffle`].
const STREAM: u64 = 0x5EE9;

/// Spearman's rank correlation of two lists of one length; equal numbers have the mean of their
/// ranks. `None` if all numbers of a list are equal, or there are none.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let middle = f64::midpoint(a.len() as f64, 1.0);
    let [a, b] = [a, b].map(|numbers| {
        let mut ranks = mean_ranks(numbers);
        ranks.iter_mut().for_each(|rank| *rank -= middle);
        ranks
    });
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let squares = product(&a, &a) * product(&b, &b);
    (squares > 0.0).then(|| (product(&a, &b) / squares.sqrt()).clamp(-1.0, 1.0))
}

/// The rank of each number, from 1.
fn mean_ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    order.par_sort_unstable_by(|&a, &b| numbers[a as usize].total_cmp(&numbers[b as usize]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut before = 0.0;
    for equal in order.chunk_by(|&a, &b| numbers[a as usize] == numbers[b as usize]) {
        let rank = before + f64::midpoint(equal.len() as f64, 1.0);
        equal.iter().for_each(|&place| ranks[place as usize] = rank);
        before += equal.len() as f64;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parallax_embedding::RowSet;

    use super::*;

    /// Figures of SciPy 1.17's `spearmanr`.
    #[test]
    fn spearman_matches_scipy() {
        let first: Vec<f64> = (0..200_u32).map(|i| f64::from(i * i % 37)).collect();
        let second: Vec<f64> = (0..200_u32).map(|i| f64::from((i * 7 + i * i) % 23) / 4.0).collect();
        let distinct: Vec<f64> = (0..200_u32).map(|i| f64::from(i * 7919 % 10_007).sqrt()).collect();
        let check = |a: &[f64], b: &[f64], expected: Option<f64>| {
            let found = spearman(a, b);
            let is_near = found.zip(expected).is_none_or(|(found, expected)| (found - expected).abs() < 1e-14);
            assert!(found.is_some() == expected.is_some() && is_near, "{found:?}, {expected:?}");
        };
        check(&first, &second, Some(-0.019_792_999_334_569_936));
        check(&first, &distinct, Some(-0.017_310_204_883_717_28));
        check(&[1.0, 2.0, 2.0, 4.0], &[-0.0, 1.0, 0.0, 9.0], Some(0.833_333_333_333_333_5));
        check(&distinct, &distinct, Some(1.0));
        check(&[1.0; 5], &distinct[..5], None);
        check(&[], &[], None);
    }

    /// Each number once: as many as a power of four, one more, and one less.
    #[test]
    fn shuffle_has_each_number_once() {
        for count in [1, 2, 3, 4, 5, 63, 64, 65, 1000, 4095, 4096, 4097] {
            let shuffle = Shuffle::of(count);
            let mut numbers: Vec<u64> = (0..count).map(|place| shuffle.at(place)).collect();
            let is_shuffled =
                count < 63 || numbers.windows(2).filter(|two| two[0] < two[1]).count() < count as usize * 3 / 4;
            numbers.sort_unstable();
            assert!(is_shuffled && numbers == (0..count).collect::<Vec<_>>(), "{count}");
        }
    }

    #[test]
    fn places_are_pairs() {
        let expected = (1..200_u32).flat_map(|first| (0..first).map(move |second| [first, second]));
        assert!((0..).map(pair).zip(expected).all(|(found, expected)| found == expected));
        let most = u64::from(u32::MAX);
        assert_eq!(pair(most * (most + 1) / 2 - 1), [u32::MAX, u32::MAX - 1]);
    }

    /// Points of 1001 take part equally often: in 199.8 of 100,000 pairs, give or take 14.
    #[test]
    fn each_point_is_in_as_many_drawn_pairs() {
        let pairs = pairs(1001);
        assert!(pairs.len() == 100_000 && pairs.windows(2).all(|two| two[0] < two[1]));
        let mut often = vec![0; 1001];
        pairs.iter().flatten().for_each(|&point| often[point as usize] += 1);
        assert!(often.iter().all(|&often| (130..270).contains(&often)), "{often:?}");
    }

    /// Rows 0 to `rows` at values of `f`, with a row without a place.
    fn made(rows: usize, dims: usize, f: impl Fn(usize) -> f32) -> (Space, Layout, Vec<f32>) {
        let values: Vec<f32> = (0..rows * dims).map(f).collect();
        let mut layout = Layout::unplaced(rows, 2);
        for row in (0..rows).filter(|&row| row != 2) {
            let place = [values[row * dims] * 3.0, values[row * dims + 1].abs()];
            layout.view_mut().row_mut(row).iter_mut().zip(place).for_each(|(x, of)| *x = of);
        }
        (Space::new(Vectors::from_f32(rows, dims, values.clone()).unwrap(), RowSet::from(vec![2])), layout, values)
    }

    #[test]
    fn diagram_matches_brute_force() {
        let (rows, dims) = (40, 5);
        let (space, layout, values) = made(rows, dims, |at| ((at * at * 7919 + at * 31) % 101) as f32 - 50.0);
        for metric in Metric::ALL {
            let found = shepard(&layout, Nearness { sphereize: false, metric }, &space, &Progress::default()).unwrap();
            let (mut true_ones, mut shown) = (Vec::new(), Vec::new());
            for a in (0..rows).filter(|&a| a != 2) {
                for b in (0..a).filter(|&b| b != 2) {
                    let [x, y] = [a, b].map(|row| values[row * dims..][..dims].iter().map(|&x| f64::from(x)));
                    let dot = |a: &mut dyn Iterator<Item = f64>, b: &mut dyn Iterator<Item = f64>| {
                        a.zip(b).map(|(a, b)| a * b).sum::<f64>()
                    };
                    let cosine = dot(&mut x.clone(), &mut y.clone())
                        / (dot(&mut x.clone(), &mut x.clone()) * dot(&mut y.clone(), &mut y.clone())).sqrt();
                    true_ones.push(match metric {
                        Metric::Cosine => 1.0 - cosine,
                        Metric::Angle => cosine.acos().to_degrees(),
                        Metric::Euclidean => x.zip(y).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
                    });
                    let of = |axis: usize| f64::from(layout.view()[[a, axis]]) - f64::from(layout.view()[[b, axis]]);
                    shown.push(of(0).hypot(of(1)));
                }
            }
            assert_eq!((found.pairs, found.is_whole), (39 * 38 / 2, true));
            let greatest = [&true_ones, &shown].map(|all| all.iter().copied().fold(0.0, f64::max));
            assert!((found.greatest[0] - greatest[0]).abs() < 1e-9 && (found.greatest[1] - greatest[1]).abs() < 1e-9);
            // A pair at the end of a part may be counted in the next: rounding differs.
            let counted = |x: usize, y: usize| {
                let within = |distance: f64, most: f64, part: usize| {
                    let at = distance / most * SHEPARD_BINS as f64;
                    at >= part as f64 && (at < part as f64 + 1.0 || part + 1 == SHEPARD_BINS)
                };
                let pairs = true_ones.iter().zip(&shown);
                pairs.filter(|&(&a, &b)| within(a, greatest[0], x) && within(b, greatest[1], y)).count()
            };
            let differ = (0..SHEPARD_BINS * SHEPARD_BINS)
                .filter(|at| found.counts[*at] as usize != counted(at % SHEPARD_BINS, at / SHEPARD_BINS))
                .count();
            assert!(differ <= 4, "{metric}: {differ}");
            assert_eq!(found.counts.iter().sum::<u32>() as usize, found.pairs);
            let expected = spearman(&true_ones, &shown).unwrap();
            assert!((found.spearman.unwrap() - expected).abs() < 1e-6, "{metric}: {found:?}");
        }
    }

    /// A layout of more rows, as before some were isolated.
    #[test]
    fn rows_that_are_left_out_are_in_no_pair() {
        let (rows, dims) = (40, 5);
        let (space, layout, _) = made(rows, dims, |at| ((at * at * 7919 + at * 31) % 101) as f32 - 50.0);
        let kept = RowSet::from((10..30).collect::<Vec<_>>());
        let mut alone = layout.clone();
        (0..rows).filter(|row| !(10..30).contains(row)).for_each(|row| alone.view_mut().row_mut(row).fill(f32::NAN));
        let near = Nearness { sphereize: false, metric: Metric::Euclidean };
        let of = |layout: &Layout, space: &Space| shepard(layout, near, space, &Progress::default()).unwrap();
        let space = Arc::new(space);
        let isolated = of(&layout, &Space::within(&space, &kept));
        assert_eq!(isolated, of(&alone, &space));
        assert_eq!((isolated.pairs, of(&layout, &space).pairs), (20 * 19 / 2, 39 * 38 / 2));
    }

    /// A sample of the pairs of 1500 rows correlates as all of them do, and its distances are in the
    /// unit of the vectors however small they are.
    #[test]
    fn sampled_pairs_correlate_as_all_do() {
        let (space, layout, values) = made(1500, 3, |at| Random::new(1, 0).signed(at as u64) as f32);
        let near = Nearness { sphereize: false, metric: Metric::Euclidean };
        let found = shepard(&layout, near, &space, &Progress::default()).unwrap();
        assert_eq!((found.pairs, found.is_whole), (100_000, false));
        let every: Vec<[u32; 2]> =
            (1..1500).flat_map(|a| (0..a).map(move |b| [a, b])).filter(|pair| !pair.contains(&2)).collect();
        let vectors = Vectors::from_f32(1500, 3, values.clone()).unwrap();
        let all = distances::<f32>(&vectors, &layout, near.metric, &every, &Progress::default()).unwrap();
        let (a, b): (Vec<f64>, Vec<f64>) = all.into_iter().map(|[a, b]| (a, b)).unzip();
        let whole = spearman(&a, &b).unwrap();
        assert!((found.spearman.unwrap() - whole).abs() < 0.01, "{:?}, {whole}", found.spearman);
        let far =
            Vectors::from_f64(1500, 3, values.iter().map(|&x| f64::from(x) * 2_f64.powi(-600)).collect()).unwrap();
        let far = shepard(&layout, near, &Space::new(far, RowSet::from(vec![2])), &Progress::default()).unwrap();
        assert!((far.greatest[0] / 2_f64.powi(-600) / found.greatest[0] - 1.0).abs() < 1e-6);
        assert!((far.spearman.unwrap() - found.spearman.unwrap()).abs() < 1e-4);
    }

    #[test]
    fn rows_at_one_place_have_no_correlation() {
        let (space, mut layout, _) = made(10, 2, |at| at as f32);
        layout.view_mut().fill(1.0);
        let near = Nearness { sphereize: false, metric: Metric::Euclidean };
        let found = shepard(&layout, near, &space, &Progress::default()).unwrap();
        assert_eq!((found.spearman, found.greatest[1], found.pairs), (None, 0.0, 36));
        let error = shepard(&Layout::unplaced(10, 2), near, &space, &Progress::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a Shepard diagram needs at least 3 points, and 0 have a place. Include more rows"
        );
    }
}
