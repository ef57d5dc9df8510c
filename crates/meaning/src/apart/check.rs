//! How well a direction does on rows that were left out.

use parallax_embedding::{Cancelled, Progress, Vectors};
use rayon::prelude::*;

use super::fit::{Fit, ROUNDING};

/// How well two sets are told apart among rows that were left out. Pairs are of the first set, then
/// of the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The number of rows.
    pub rows: [usize; 2],
    /// How many of them are on the side of their set.
    pub told: [usize; 2],
    /// The area under the receiver operating characteristic: of all pairs of a row of each set, the
    /// share that is in the right order. Ties count half.
    pub auc: f64,
    /// Its standard error (J. A. Hanley and B. J. `McNeil`, 1982).
    pub standard_error: f64,
    /// The difference of the means in pooled standard deviations. `None` if the numbers of each set
    /// are equal.
    pub cohens_d: Option<f64>,
}

/// A dimension that alone separates two sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Single {
    /// The dimension, from 0.
    pub dim: usize,
    /// How often a row of the first set has the greater number, ties counting half.
    pub auc: f64,
    /// The difference of the means, as in [`Check`].
    pub cohens_d: Option<f64>,
}

impl Check {
    /// Returns the share of rows that are on the side of their set: the mean of the shares of both
    /// sets, so that chance is 0.5 however large they are.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let share = |set: usize| self.told[set] as f64 / self.rows[set] as f64;
        f64::midpoint(share(0), share(1))
    }

    /// Returns whether chance alone would put so many pairs in the right order in at most one of a
    /// thousand cases, by the standard error of the rank-sum test. Where fewer than seven rows of each
    /// set are checked, a half of 14, no order is that unlikely, unless one set is larger.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        const SCORE: f64 = 3.0902;
        let [a, b] = self.rows.map(|rows| rows as f64);
        self.auc - 0.5 >= SCORE * ((a + b + 1.0) / (12.0 * a * b)).sqrt()
    }
}

/// What came of a check.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) check: Check,
    pub(super) alone: Vec<Single>,
    pub(super) mistaken: Vec<u32>,
}

/// Checks a direction, and the dimensions `alone`, on rows of two sets.
pub(super) fn check(
    vectors: &Vectors,
    sets: [&[u32]; 2],
    fit: &Fit,
    alone: &[usize],
    progress: &Progress,
) -> Result<Checked, Cancelled> {
    progress.begin("Checking it on other rows");
    let score = |buffer: &mut Vec<f64>, &row: &u32| {
        progress.check()?;
        let values = vectors.row_as::<f64>(row as usize, buffer);
        let score: f64 =
            values.iter().zip(&fit.middle).zip(&fit.weights).map(|((x, middle), weight)| (x - middle) * weight).sum();
        let alone: Vec<f64> = alone.iter().map(|&dim| values[dim]).collect();
        Ok((score, alone))
    };
    let mut read = Vec::new();
    for rows in sets {
        read.push(rows.par_iter().map_init(Vec::new, score).collect::<Result<Vec<_>, Cancelled>>()?);
    }
    let column = |number: &dyn Fn(&(f64, Vec<f64>)) -> f64| [0, 1].map(|set| read[set].iter().map(number).collect());
    let scores: [Vec<f64>; 2] = column(&|(score, _)| *score);
    let is_wrong = |set: usize, score: f64| (score > 0.0) == (set == 1);
    let mut mistaken: Vec<(f64, u32)> = Vec::new();
    let told = [0, 1].map(|set| {
        let wrong = sets[set].iter().zip(&scores[set]).filter(|(_, score)| is_wrong(set, **score));
        let before = mistaken.len();
        mistaken.extend(wrong.map(|(&row, score)| (score.abs(), row)));
        sets[set].len() - (mistaken.len() - before)
    });
    mistaken.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let single = |(place, &dim): (usize, &usize)| {
        let values = column(&|(_, alone)| alone[place]);
        Single { dim, auc: auc(&values), cohens_d: cohens_d(&values) }
    };
    let auc = auc(&scores);
    let check = Check {
        rows: sets.map(<[u32]>::len),
        told,
        auc,
        standard_error: standard_error(auc, sets.map(|set| set.len() as f64)),
        cohens_d: cohens_d(&scores),
    };
    let alone = alone.iter().enumerate().map(single).collect();
    Ok(Checked { check, alone, mistaken: mistaken.into_iter().map(|(_, row)| row).collect() })
}

/// Returns the share of pairs in which the first is greater, where ties count half.
pub(super) fn auc([first, second]: &[Vec<f64>; 2]) -> f64 {
    let of = |values: &[f64], is_first: bool| values.iter().map(|&x| (x, is_first)).collect::<Vec<_>>();
    let mut all = of(first, true);
    all.extend(of(second, false));
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut greater) = (0_usize, 0.0);
    // Zero has two signs, which are equal.
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let own = equal.iter().filter(|(_, is_first)| *is_first).count();
        let others = equal.len() - own;
        greater += own as f64 * (below as f64 + others as f64 / 2.0);
        below += others;
    }
    greater / (first.len() as f64 * second.len() as f64)
}

/// The standard error of an area that was found for this many rows.
fn standard_error(auc: f64, [first, second]: [f64; 2]) -> f64 {
    let (of_first, of_second) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    let sum = auc * (1.0 - auc) + (first - 1.0) * (of_first - square) + (second - 1.0) * (of_second - square);
    (sum / (first * second)).max(0.0).sqrt()
}

fn cohens_d(sets: &[Vec<f64>; 2]) -> Option<f64> {
    let moments = sets.each_ref().map(|values| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|x| (x - mean).powi(2)).sum::<f64>())
    });
    let [(mean, squares), (other, others)] = moments;
    let pooled = ((squares + others) / (sets[0].len() + sets[1].len()).saturating_sub(2) as f64).sqrt();
    let is_spread = pooled > ROUNDING * (mean - other).abs() && pooled.is_finite();
    is_spread.then(|| (mean - other) / pooled)
}
