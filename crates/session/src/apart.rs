//! What tells two sets of rows apart, in words.

use parallax_embedding::{Column, Metadata};
use parallax_meaning::{Apart, Check, Difference, LEAST_ROWS, Measure, Separation, Single, Unseparated};

use crate::{count, fixed, percent, plural};

/// From this share of rows on that are told apart, sets are apart, or mostly so.
const APART: f64 = 0.9;
const MOSTLY: f64 = 0.7;

/// From this share on, what is not clear is due to few rows.
const PERHAPS: f64 = 0.6;

/// The dimensions that a sentence names, if they weigh so much.
const NAMED: usize = 2;
const HEAVY: f64 = 0.4;

/// Returns the sentences that say whether two sets are apart, and what separates them. `named` are
/// the sets, in the middle of a sentence, and `chosen_by` the columns by which they were chosen: that
/// those differ is no finding.
#[must_use]
pub fn sentence(apart: &Apart, metadata: &Metadata, named: [&str; 2], chosen_by: &[&str]) -> String {
    let vectors = match &apart.direction {
        Err(Unseparated::TooFew(rows)) => format!(
            "Too few rows to check: {} and {} have a finite vector, and {LEAST_ROWS} of each are needed.",
            count(rows[0]),
            count(rows[1])
        ),
        Err(Unseparated::SameMean) => "Not apart: the vectors of both have the same mean.".into(),
        Ok(separation) => of_vectors(separation),
    };
    let all = apart.columns.iter().filter_map(|found| Some((found, metadata.columns().get(found.column)?)));
    let column = all.into_iter().find(|(_, column)| !chosen_by.contains(&column.name()));
    let others = metadata.columns().iter().filter(|column| !chosen_by.contains(&column.name())).count();
    let columns = match column {
        Some((difference, column)) => {
            let (name, how) = (column.name(), difference_text(difference, column, named));
            match chosen_by {
                [] => format!(" The column that differs most is {name}: {how}."),
                _ => format!(" Of the other columns, {name} differs most: {how}."),
            }
        }
        None if others == 0 => String::new(),
        None if chosen_by.is_empty() => " No column differs clearly.".into(),
        None => " No other column differs clearly.".into(),
    };
    vectors + &columns + &shared(apart)
}

fn of_vectors(separation: &Separation) -> String {
    let check = &separation.check;
    // Each set counts as much as the other, however many rows it has.
    let told = check.balanced_accuracy();
    let share = percent(told);
    if check.is_clear() {
        let how = match told {
            _ if told >= APART => "Apart",
            _ if told >= MOSTLY => "Mostly apart",
            _ => "Slightly apart",
        };
        let is_heavy = |(_, weight): &&(usize, f64)| weight.abs() >= HEAVY;
        let heavy = separation.weights.iter().take(NAMED).filter(is_heavy);
        let dims: Vec<String> = heavy.map(|(dim, _)| count(dim + 1)).collect();
        let dims = if separation.dims[1] > 1 && !dims.is_empty() {
            format!(", most by {} {},", if dims.len() == 1 { "dimension" } else { "dimensions" }, dims.join(" and "))
        } else {
            String::new()
        };
        format!(
            "{how}: a direction of the vectors{dims} tells held-out rows apart with a balanced accuracy of {share}. Chance is \
             50 %."
        )
    } else if told >= PERHAPS {
        let rows = plural(check.rows.iter().sum(), "held-out row");
        format!("Perhaps apart: the balanced accuracy on {rows} is {share}, but with so few that may be chance.")
    } else {
        format!(
            "Not apart: a direction of the vectors tells held-out rows apart with a balanced accuracy of {share}, and chance is \
             50 %."
        )
    }
}

/// Says how many rows are in both sets.
fn shared(apart: &Apart) -> String {
    match apart.shared {
        0 => String::new(),
        1 => " 1 row is in both and counts in neither.".into(),
        n => format!(" {} are in both and count in neither.", plural(n, "row")),
    }
}

/// Says how a column differs, as in "4 in 100 % of the selection, 0 % of the rest".
#[must_use]
pub fn difference_text(difference: &Difference, column: &Column, [own, others]: [&str; 2]) -> String {
    let ordered = |rank_biserial: f64, [above, below]: [&str; 2], medians: [String; 2]| {
        let word = if rank_biserial >= 0.0 { above } else { below };
        let pairs = percent(f64::midpoint(rank_biserial.abs(), 1.0));
        format!("{word} in {pairs} of pairs (ties as half), median {} in {own}, {} in {others}", medians[0], medians[1])
    };
    match &difference.measure {
        Measure::Numbers { medians, rank_biserial, .. } => {
            ordered(*rank_biserial, ["higher", "lower"], medians.map(number))
        }
        Measure::Dates { medians, rank_biserial } => ordered(*rank_biserial, ["later", "earlier"], medians.clone()),
        Measure::Categories { values, .. } => {
            // The value whose share differs most, in either set.
            let share = |counts: [usize; 2], set: usize| counts[set] as f64 / difference.counts[set] as f64;
            let excess = |counts: [usize; 2]| (share(counts, 0) - share(counts, 1)).abs();
            let ends = values.first().into_iter().chain(values.last());
            let Some(most) = ends.reduce(|a, b| if excess(b.counts) > excess(a.counts) { b } else { a }) else {
                return format!("{} has no values", column.name());
            };
            let [own_share, other_share] = [0, 1].map(|set| percent(share(most.counts, set)));
            format!("{} in {own_share} of {own}, {other_share} of {others}", most.value)
        }
    }
}

/// Says how well a check went, as pairs of a caption and a figure. `captions` are of the sets.
#[must_use]
pub fn figures(check: &Check, captions: [&str; 2]) -> Vec<[String; 2]> {
    let told = |set: usize| {
        let (told, rows) = (check.told[set], check.rows[set]);
        [captions[set].to_owned(), format!("{} of {}", percent(told as f64 / rows as f64), count(rows))]
    };
    let d = check.cohens_d.map(|d| ["Cohen’s d".to_owned(), fixed(d, 2)]);
    let area = format!("{} ± {}", area(check.auc), area(check.standard_error));
    [told(0), told(1), ["AUC".into(), area]].into_iter().chain(d).collect()
}

/// Says how well a dimension alone separates, as a caption and a figure, and whether the first set
/// has the higher numbers or the lower ones.
#[must_use]
pub fn alone(single: &Single) -> [String; 2] {
    let (word, auc) = if single.auc < 0.5 { ("lower", 1.0 - single.auc) } else { ("higher", single.auc) };
    [format!("Dimension {} alone", count(single.dim + 1)), format!("{word}, AUC {}", area(auc))]
}

/// Formats an area under a curve with three decimals: `0.996`.
fn area(area: f64) -> String {
    fixed(area, 3)
}

/// Says how the direction was found.
#[must_use]
pub fn method(separation: &Separation) -> String {
    let [all, used] = separation.dims;
    let [first, second] = separation.fitted.map(count);
    let dims =
        if used == all { plural(all, "dimension") } else { format!("{} of {}", count(used), plural(all, "dimension")) };
    format!(
        "Linear discriminant in {dims}, fitted on {first} and {second} other rows, its covariance shrunk by {} (Ledoit and \
         Wolf, 2004).",
        percent(separation.shrinkage)
    )
}

/// Formats a number with at most four significant digits.
fn number(x: f64) -> String {
    let decimals = if x == 0.0 { 0 } else { (3 - x.abs().log10().floor() as i32).clamp(0, 12) as usize };
    let text = fixed(x, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use parallax_meaning::Share;

    use super::*;

    const SETS: [&str; 2] = ["the selection", "the rest"];

    fn apart(rows: usize, told: usize, auc: f64) -> Apart {
        let check = Check { rows: [rows; 2], told: [told; 2], auc, standard_error: 0.004, cohens_d: Some(4.125) };
        let separation = Separation {
            fitted: [1000, 1200],
            dims: [784, 531],
            shrinkage: 0.176,
            unit: Vec::new(),
            check,
            weights: vec![(351, 0.6), (0, -0.4), (7, 0.1)],
            alone: Vec::new(),
            mistaken: Vec::new(),
        };
        Apart { rows: [2 * rows; 2], shared: 0, columns: Vec::new(), direction: Ok(separation) }
    }

    fn said(apart: &Apart) -> String {
        sentence(apart, &Metadata::default(), SETS, &[])
    }

    #[test]
    fn sentence_says_whether_and_by_what() {
        for (rows, told, auc, expected) in [
            (
                1000,
                979,
                0.996,
                "Apart: a direction of the vectors, most by dimensions 352 and 1, tells held-out rows apart with a balanced accuracy of 97.9 %. ",
            ),
            (1000, 750, 0.8, "Mostly apart: a direction"),
            (1000, 600, 0.65, "Slightly apart: a direction"),
            (
                240,
                125,
                0.53,
                "Not apart: a direction of the vectors tells held-out rows apart with a balanced accuracy of 52 %, and chance",
            ),
            (
                5,
                5,
                1.0,
                "Perhaps apart: the balanced accuracy on 10 held-out rows is 100 %, but with so few that may be chance.",
            ),
        ] {
            let found = said(&apart(rows, told, auc));
            assert!(found.starts_with(expected), "{found}");
        }
        // All of 10 rows and half of 1000: 510 of 1010 rows are told apart, each set on its own 75 %.
        let mut uneven = apart(1000, 500, 0.8);
        if let Ok(separation) = &mut uneven.direction {
            (separation.check.rows, separation.check.told) = ([10, 1000], [10, 500]);
        }
        assert!(said(&uneven).contains("balanced accuracy") && said(&uneven).contains("75 %"), "{}", said(&uneven));
        let direction = Err(Unseparated::TooFew([1, 60]));
        let few = Apart { rows: [1, 60], shared: 4, columns: Vec::new(), direction };
        assert_eq!(
            said(&few),
            "Too few rows to check: 1 and 60 have a finite vector, and 10 of each are needed. 4 rows are in both and count \
             in neither."
        );
    }

    /// The first column chose the rows.
    #[test]
    fn column_that_chose_the_rows_is_no_finding() {
        let column = |name: &str| {
            let mut column = ColumnBuilder::new(name);
            ["x", "y", "x", "y"].iter().for_each(|cell| column.push(Some(cell)));
            column.finish()
        };
        let table = Metadata::new(vec![column("chose"), column("b")]).unwrap();
        let difference = |column| Difference {
            column,
            counts: [2, 2],
            effect: 1.0,
            measure: Measure::Dates { medians: Default::default(), rank_biserial: 0.5 },
        };
        let apart = |columns| Apart { columns, ..apart(1000, 979, 0.996) };
        let said = |apart: &Apart, chose: &[&str]| sentence(apart, &table, SETS, chose);
        let both = apart(vec![difference(0), difference(1)]);
        assert!(said(&both, &[]).contains(" The column that differs most is chose: later"));
        assert!(said(&both, &["chose"]).contains(" Of the other columns, b differs most: later"));
        let one = apart(vec![difference(0)]);
        assert!(said(&one, &["chose"]).ends_with(" No other column differs clearly."));
        assert!(said(&one, &["chose", "b"]).ends_with("Chance is 50 %."));
    }

    #[test]
    fn figures_have_their_counts() {
        let apart = apart(1000, 979, 0.996);
        let separation = apart.direction.unwrap();
        let single = |dim, auc| alone(&Single { dim, auc, cohens_d: None }).join(": ");
        assert_eq!(single(210, 0.119), "Dimension 211 alone: lower, AUC 0.881");
        assert_eq!(single(0, 0.9), "Dimension 1 alone: higher, AUC 0.900");
        let lines: Vec<String> =
            figures(&separation.check, ["The selection", "The rest"]).iter().map(|line| line.join(": ")).collect();
        assert_eq!(
            lines,
            ["The selection: 97.9 % of 1,000", "The rest: 97.9 % of 1,000", "AUC: 0.996 ± 0.004", "Cohen’s d: 4.12"]
        );
        assert_eq!(
            method(&separation),
            "Linear discriminant in 531 of 784 dimensions, fitted on 1,000 and 1,200 other rows, its covariance shrunk by 18 % \
             (Ledoit and Wolf, 2004)."
        );
    }

    #[test]
    fn columns_say_where_they_differ() {
        let column = ColumnBuilder::new("label").finish();
        let check = |measure: Measure, expected: &str| {
            let difference = Difference { column: 0, counts: [10, 200], effect: 1.0, measure };
            assert_eq!(difference_text(&difference, &column, SETS), expected);
        };
        let share = |value: &str, counts| Share { value: value.into(), counts };
        let values = vec![share("4", [5, 2]), share("5", [5, 40]), share("9", [0, 158])];
        check(Measure::Categories { cramers_v: 1.0, values }, "9 in 0 % of the selection, 79 % of the rest");
        let numbers =
            Measure::Numbers { means: [0.0; 2], medians: [12345.6, 0.01], cohens_d: None, rank_biserial: -0.9 };
        check(numbers, "lower in 95.0 % of pairs (ties as half), median 12346 in the selection, 0.01 in the rest");
        let medians = ["2020-01-01", "2010-01-01"].map(str::to_owned);
        check(
            Measure::Dates { medians, rank_biserial: 1.0 },
            "later in 100 % of pairs (ties as half), median 2020-01-01 in the selection, 2010-01-01 in the rest",
        );
    }
}
