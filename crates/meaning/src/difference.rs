//! How two sets of rows differ, column by column.
//!
//! Each column has an effect size from 0 (no difference) to 1, by which they are sorted: for what has
//! an order the rank-biserial correlation (E. E. Cureton, 1956), for categories Cramér's V. Effect
//! sizes, unlike probabilities, do not grow with the number of rows.

use std::cmp::Ordering;

use parallax_embedding::{Cancelled, Column, ColumnKind, Metadata, Progress, RowSet, quantile};
use rayon::prelude::*;

use crate::{
    axis::{are_days, time_text},
    chance,
};

/// How a column differs between some rows and others.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The index of the column.
    pub column: usize,
    /// How many of the rows, and of the others, have a value.
    pub counts: [usize; 2],
    /// From 0 to 1.
    pub effect: f64,
    /// What differs.
    pub measure: Measure,
}

/// What differs in a column. Pairs are of the rows, then of the others.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Numbers.
    Numbers {
        /// The means.
        means: [f64; 2],
        /// The medians; between two in the middle.
        medians: [f64; 2],
        /// Cohen's d: the difference of the means in pooled standard deviations. `None` if the
        /// numbers of each set are equal.
        cohens_d: Option<f64>,
        /// From -1 to 1: how much more likely a number of the rows is greater than one of the others
        /// than less.
        rank_biserial: f64,
    },
    /// Dates.
    Dates {
        /// The medians; between two in the middle, rounded down to a day if all dates are days.
        medians: [String; 2],
        /// As for numbers: positive if the rows are later.
        rank_biserial: f64,
    },
    /// Categories, truth values among them.
    Categories {
        /// Cramér's V.
        cramers_v: f64,
        /// The values, those first whose share of the rows exceeds that of the others most.
        values: Vec<Share>,
    },
}

/// How frequent a value is.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The value.
    pub value: String,
    /// How many of the rows, and of the others, have it.
    pub counts: [usize; 2],
}

/// Compares `rows` with `others` in all columns with numbers, dates, or categories, those first that
/// differ most. Columns of other texts, and those without a value in one of the sets, are left out.
///
/// ```
/// use parallax_embedding::{ColumnBuilder, Metadata, Progress, RowSet};
/// use parallax_meaning::{Measure, differences};
///
/// let mut column = ColumnBuilder::new("price");
/// ["1.5", "2.5", "3.5", "10.5", "11.5", "12.5"].iter().for_each(|cell| column.push(Some(cell)));
/// let table = Metadata::new(vec![column.finish()])?;
/// let rows: RowSet = (3..6).collect();
/// let found = differences(&table, &rows, &rows.complement(6), &Progress::default())?;
/// assert_eq!((found[0].counts, found[0].effect), ([3, 3], 1.0));
/// assert!(matches!(found[0].measure, Measure::Numbers { means: [11.5, 2.5], .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn differences(
    metadata: &Metadata,
    rows: &RowSet,
    others: &RowSet,
    progress: &Progress,
) -> Result<Vec<Difference>, Cancelled> {
    progress.begin("Comparing columns");
    let columns = metadata.columns();
    let mut found = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        progress.advance(index, columns.len())?;
        let whole = |numbers: &[f64]| numbers.iter().all(|number| number.fract() == 0.0);
        let as_categories = column.kind() == ColumnKind::Category && column.numbers().is_none_or(whole);
        if column.kind() != ColumnKind::Text {
            found.extend(difference((index, column), [rows, others], as_categories));
        }
    }
    found.sort_by(|a, b| b.effect.total_cmp(&a.effect));
    Ok(found)
}

/// Compares rows with others in the column of this index: by the order of its numbers or dates, or,
/// if it has none or `as_categories`, by its values. Returns `None` if one of the sets has no value.
#[must_use]
pub fn difference((index, column): (usize, &Column), sets: [&RowSet; 2], as_categories: bool) -> Option<Difference> {
    let mut of_values = vec![[0_usize; 2]; column.values().len()];
    for (set, rows) in sets.into_iter().enumerate() {
        rows.iter().filter_map(|row| column.code(row as usize)).for_each(|code| of_values[code as usize][set] += 1);
    }
    let counts = [0, 1].map(|set| of_values.iter().map(|counts| counts[set]).sum());
    if counts.contains(&0) {
        return None;
    }
    let measure = match column.measures() {
        Some(moments) if column.is_of_dates() => dates_differ(column, moments, &of_values, counts),
        Some(numbers) if !as_categories => numbers_differ(numbers, &of_values, counts),
        _ => categories_differ(column, &of_values, counts),
    };
    let effect = match measure {
        Measure::Numbers { rank_biserial, .. } | Measure::Dates { rank_biserial, .. } => rank_biserial.abs(),
        Measure::Categories { cramers_v, .. } => cramers_v,
    };
    Some(Difference { column: index, counts, effect, measure })
}

impl Difference {
    /// Whether chance alone makes a column differ so much in at most one of a thousand cases, whatever
    /// the sizes of the sets and the frequencies of values.
    ///
    /// Numbers and dates are judged by the standard score `z` of the rank-sum test with the variance
    /// that it has without ties. `exp(-z² / 2)` bounds the chance of as great a score in either
    /// direction at any size: the generating function of the rank sum (that of the Gaussian binomial
    /// coefficients) is nowhere above that of a normal distribution with its variance, and ties, whose
    /// mean ranks average over all orders of what is equal, lower it.
    ///
    /// Categories are judged by Fisher's exact test for the value that is most frequent beyond the
    /// others; its probability is multiplied by the number of values, as that is one of so many.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        match &self.measure {
            Measure::Numbers { rank_biserial, .. } | Measure::Dates { rank_biserial, .. } => {
                let [own, others] = self.counts.map(|count| count as f64);
                let score = rank_biserial * (3.0 * own * others / (own + others + 1.0)).sqrt();
                (-score * score / 2.0).exp() <= chance::RISK
            }
            Measure::Categories { values, .. } => {
                let Some(Share { counts: [first, beyond], .. }) = values.first() else { return false };
                let [own, others] = self.counts;
                chance::excess(*first, first + beyond, [own, own + others]) * values.len() as f64 <= chance::RISK
            }
        }
    }
}

fn numbers_differ(numbers: &[f64], of_values: &[[usize; 2]], counts: [usize; 2]) -> Measure {
    let ranks = Ranks::new(of_values, |a, b| numbers[a].total_cmp(&numbers[b]));
    let moments = [0, 1].map(|set| {
        let each = || numbers.iter().zip(of_values).map(move |(number, counts)| (*number, counts[set] as f64));
        let total = counts[set] as f64;
        let mean = each().map(|(number, count)| number * count).sum::<f64>() / total;
        (mean, each().map(|(number, count)| (number - mean).powi(2) * count).sum::<f64>())
    });
    let [(mean, squares), (other_mean, other_squares)] = moments;
    let pooled = ((squares + other_squares) / (counts[0] + counts[1]).saturating_sub(2) as f64).sqrt();
    Measure::Numbers {
        means: [mean, other_mean],
        medians: [0, 1].map(|set| ranks.median(set, counts[set], numbers)),
        cohens_d: (pooled > 0.0 && pooled.is_finite()).then(|| (mean - other_mean) / pooled),
        rank_biserial: ranks.biserial(counts),
    }
}

fn dates_differ(column: &Column, moments: &[f64], of_values: &[[usize; 2]], counts: [usize; 2]) -> Measure {
    let ranks = Ranks::new(of_values, |a, b| moments[a].total_cmp(&moments[b]));
    let are_days = are_days(moments);
    let median = |set: usize| {
        let median = ranks.median(set, counts[set], moments);
        let as_written = column.values().iter().zip(moments).find(|(_, moment)| **moment == median);
        let written = || time_text(median, if are_days { f64::INFINITY } else { 0.0 });
        as_written.map_or_else(written, |(text, _)| text.to_owned())
    };
    Measure::Dates { medians: [0, 1].map(median), rank_biserial: ranks.biserial(counts) }
}

fn categories_differ(column: &Column, of_values: &[[usize; 2]], counts: [usize; 2]) -> Measure {
    let totals = counts.map(|count| count as f64);
    let all = totals[0] + totals[1];
    let mut square = 0.0;
    for of_value in of_values.iter().filter(|counts| counts[0] + counts[1] > 0) {
        let both = (of_value[0] + of_value[1]) as f64;
        for set in 0..2 {
            let expected = both * totals[set] / all;
            square += (of_value[set] as f64 - expected).powi(2) / expected;
        }
    }
    let value =
        |(code, counts): (usize, &[usize; 2])| Share { value: column.values()[code].to_owned(), counts: *counts };
    let mut values: Vec<Share> =
        of_values.iter().enumerate().filter(|(_, counts)| counts[0] + counts[1] > 0).map(value).collect();
    let excess = |share: &Share| share.counts[0] as f64 / totals[0] - share.counts[1] as f64 / totals[1];
    values.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
    // Of two rows of the table; a sum of rounded terms may exceed the greatest possible one.
    Measure::Categories { cramers_v: (square / all).sqrt().min(1.0), values }
}

/// The values in their order, with how often each is in either set.
struct Ranks(Vec<(usize, [usize; 2])>);

impl Ranks {
    fn new(of_values: &[[usize; 2]], order: impl Fn(usize, usize) -> Ordering + Sync) -> Self {
        let mut sorted: Vec<(usize, [usize; 2])> = of_values.iter().copied().enumerate().collect();
        sorted.retain(|(_, counts)| counts[0] + counts[1] > 0);
        sorted.par_sort_unstable_by(|a, b| order(a.0, b.0).then(a.0.cmp(&b.0)));
        Self(sorted)
    }

    /// The median of a set of `count` rows; `numbers` are those of the values.
    fn median(&self, set: usize, count: usize, numbers: &[f64]) -> f64 {
        let at = |rank: usize| {
            let mut before = 0;
            let is_there = |(_, counts): &&(usize, [usize; 2])| {
                before += counts[set];
                before > rank
            };
            self.0.iter().find(is_there).map_or(f64::NAN, |(value, _)| numbers[*value])
        };
        quantile(count, 0.5, at).unwrap_or(f64::NAN)
    }

    /// The share of pairs in which the first is greater, less that in which it is less.
    fn biserial(&self, counts: [usize; 2]) -> f64 {
        let (mut less, mut sum) = (0_usize, 0.0);
        for (_, [own, others]) in &self.0 {
            let greater = counts[1] - less - others;
            sum += *own as f64 * (less as f64 - greater as f64);
            less += others;
        }
        sum / (counts[0] as f64 * counts[1] as f64)
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{ColumnBuilder, random};

    use super::*;

    fn table(columns: &[(&str, Vec<String>)]) -> Metadata {
        let column = |(name, cells): &(&str, Vec<String>)| {
            let mut builder = ColumnBuilder::new(*name);
            cells.iter().for_each(|cell| builder.push(Some(cell)));
            builder.finish()
        };
        Metadata::new(columns.iter().map(column).collect()).unwrap()
    }

    fn found(metadata: &Metadata, rows: &RowSet) -> Vec<Difference> {
        differences(metadata, rows, &rows.complement(metadata.rows()), &Progress::default()).unwrap()
    }

    /// `tests/data/difference.py` computed them with SciPy.
    #[test]
    fn effect_sizes_are_those_of_scipy() {
        let (data, expected) = include_str!("../tests/data/difference.csv").split_once("\n\n").unwrap();
        let mut lines = data.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let names = lines.next().unwrap();
        let cells: Vec<Vec<&str>> = lines.collect();
        let columns: Vec<(&str, Vec<String>)> =
            (1..names.len()).map(|at| (names[at], cells.iter().map(|cells| cells[at].to_owned()).collect())).collect();
        let rows: RowSet = (0..).zip(&cells).filter(|(_, cells)| cells[0] == "1").map(|(row, _)| row).collect();
        let found = found(&table(&columns), &rows);
        let mut compared = 0;
        for line in expected.lines() {
            let [name, measure, value] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let difference = found.iter().find(|difference| names[difference.column + 1] == name).unwrap();
            let own = match (&difference.measure, measure) {
                (Measure::Numbers { cohens_d, .. }, "d") => cohens_d.unwrap(),
                (Measure::Numbers { rank_biserial, .. } | Measure::Dates { rank_biserial, .. }, "r") => *rank_biserial,
                (Measure::Categories { cramers_v, .. }, "v") => *cramers_v,
                (other, _) => panic!("{line}: {other:?}"),
            };
            assert!((own - value.parse::<f64>().unwrap()).abs() < 1e-9, "{line}: {own}");
            compared += 1;
        }
        assert_eq!(compared, 8);
        assert!(found.is_sorted_by(|a, b| a.effect >= b.effect));
    }

    /// Counted by hand.
    #[test]
    fn over_represented_values_come_first() {
        let cells = ["a", "a", "b", "b", "b", "c", "a", "c"].map(str::to_owned).to_vec();
        let found = found(&table(&[("c", cells)]), &RowSet::from(vec![0, 1, 2]));
        let Measure::Categories { values, .. } = &found[0].measure else { panic!("{found:?}") };
        let values: Vec<_> = values.iter().map(|share| (share.value.as_str(), share.counts)).collect();
        assert_eq!((found[0].counts, values), ([3, 5], vec![("a", [2, 1]), ("b", [1, 2]), ("c", [0, 2])]));
    }

    #[test]
    fn columns_that_cannot_be_compared_are_left_out() {
        let text = (0..100).map(|row| format!("text {row}")).collect();
        let half = (0..100).map(|row| if row < 50 { String::new() } else { format!("{row}.5") }).collect();
        let equal = vec!["x".to_owned(); 100];
        let table = table(&[("text", text), ("half", half), ("equal", equal)]);
        let found = found(&table, &RowSet::from(vec![0, 1, 2]));
        assert_eq!(
            found.iter().map(|difference| (difference.column, difference.effect)).collect::<Vec<_>>(),
            [(2, 0.0)]
        );
        let none = differences(&table, &RowSet::EMPTY, &RowSet::all(100), &Progress::default()).unwrap();
        assert_eq!(none, []);
    }

    /// The score of the numbers is 3.7796 by SciPy's `mannwhitneyu` without continuity (ten beside
    /// ten, apart), or 3.7041 with one pair swapped; the bound is 3.7169. Of the values, 8 in ten
    /// and none in ten others have a probability of 0.000357 by `fisher_exact` with the alternative
    /// "greater", and 7 one of 0.00155; for two values the bound is 0.0005.
    #[test]
    fn differences_are_clear_beyond_a_bound() {
        let check = |cells: Vec<String>, expected: bool| {
            let found = found(&table(&[("c", cells)]), &RowSet::all(10));
            assert_eq!(found[0].is_clear(), expected, "{found:?}");
        };
        let mut numbers: Vec<String> = (0..20).map(|row| format!("{row}.5")).collect();
        check(numbers.clone(), true);
        numbers.swap(9, 10);
        check(numbers, false);
        let mut values: Vec<String> = (0..20).map(|row| ["a", "b"][row / 10].into()).collect();
        check(values.clone(), true);
        values[0] = "b".into();
        values[1] = "b".into();
        check(values.clone(), true);
        values[2] = "b".into();
        check(values, false);
    }

    /// All orders of small sets are equally likely without an effect.
    #[test]
    fn chance_orders_of_small_sets_are_clear_in_one_of_a_thousand() {
        for [a, b] in chance::small_sets() {
            let clear = |pairs: usize| {
                let rank_biserial = 2.0 * pairs as f64 / (a * b) as f64 - 1.0;
                let measure = Measure::Dates { medians: Default::default(), rank_biserial };
                Difference { column: 0, counts: [a, b], effect: rank_biserial.abs(), measure }.is_clear()
            };
            let chance = chance::of_orders([a, b], clear);
            assert!(chance <= 0.001, "{a} and {b}: {chance}");
        }
    }

    /// Sets drawn at random: few rows, many values, rare ones, many ties.
    #[test]
    fn columns_without_an_effect_are_clear_in_one_of_a_thousand() {
        let uniform = |place: u64| random::unit(random::mix(place));
        // Of 50 values, the n-th is about 1 / n as frequent as the first.
        let zipf = |row: u64| 50.0_f32.powf(uniform(row)) as usize;
        let skewed = |rows: u64| (0..rows).map(|row| zipf(row).to_string()).collect::<Vec<_>>();
        let singles = (0..100).map(|row| if row < 50 { format!("v{row}") } else { "common".into() }).collect();
        let rare = (0..2000).map(|row| u8::from(row < 20).to_string()).collect();
        for (name, cells, drawn, trials) in [
            ("10 of 5000", skewed(5000), 10, 1000),
            ("50 of 5000", skewed(5000), 50, 1000),
            ("5 of 150", skewed(150), 5, 4000),
            ("75 of 150", skewed(150), 75, 4000),
            ("2 of 100", singles, 2, 4000),
            ("1 of 2000", rare, 1, 2000),
        ] {
            let rows = cells.len();
            let table = table(&[("c", cells)]);
            for as_categories in [true, false] {
                let is_clear = |trial: &u64| {
                    let place = |at: u64| (uniform((*trial << 20) + at + 1_000_000) * rows as f32) as u32;
                    let mut set: Vec<u32> = Vec::new();
                    let mut places = (0..).map(place).filter(|&row| (row as usize) < rows);
                    while set.len() < drawn {
                        set.extend(places.next().filter(|row| !set.contains(row)));
                    }
                    let set: RowSet = set.into_iter().collect();
                    let found = difference((0, &table.columns()[0]), [&set, &set.complement(rows)], as_categories);
                    found.is_some_and(|found| found.is_clear())
                };
                let clear = (0..trials).into_par_iter().filter(is_clear).count();
                // Of 4 expected ones, 12 are found in one of a thousand runs.
                assert!(clear <= 3 * trials as usize / 1000, "{name} {as_categories}: {clear} of {trials}");
            }
        }
    }

    /// Few rows are enough for what is in all of them and hardly anywhere else.
    #[test]
    fn effects_in_few_rows_are_clear() {
        let cells = |row: usize| if row < 5 || row == 700 { "rare" } else { ["x", "y", "z"][row % 3] };
        let found = found(&table(&[("c", (0..1000).map(|row| cells(row).into()).collect())]), &RowSet::all(5));
        assert!(found[0].is_clear(), "{found:?}");
    }

    #[test]
    fn dates_have_an_order() {
        let dates = (0..90).map(|row| format!("20{row:02}-05-17T08:00:00Z")).collect();
        let table = table(&[("day", dates)]);
        let found = found(&table, &(60..90).collect());
        let expected = |medians: [&str; 2]| Measure::Dates { medians: medians.map(str::to_owned), rank_biserial: 1.0 };
        // Between two, half a year after the first.
        assert_eq!(found[0].measure, expected(["2074-11-15 20:00:00", "2029-11-15 20:00:00"]));
        let found = self::found(&table, &(61..90).collect());
        assert_eq!(found[0].measure, expected(["2075-05-17T08:00:00Z", "2030-05-17T08:00:00Z"]), "as written");
    }
}
