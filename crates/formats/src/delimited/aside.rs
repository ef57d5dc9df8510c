//! Which columns of numbers are not part of a vector although nobody says so: those that identify,
//! count, date, or classify rows.

use std::collections::HashSet;

use super::{
    content::{Content, Sample},
    names,
};

/// Why a column of numbers is not part of a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aside {
    /// It has no name, or a name such as `id` or `label`.
    Name,
    /// It numbers the rows.
    Numbers,
    /// Its numbers always increase.
    Increases,
    /// It holds another large whole number in each row.
    Identifies,
    /// It holds times since 1970.
    Time,
    /// It is the only column whose name does not end in a number.
    Unlike,
    /// It holds few whole numbers, as classes do. `is_clear` if other columns hold fractions;
    /// otherwise it is part of the vector.
    Classes { least: i64, greatest: i64, is_clear: bool },
}

impl Aside {
    /// What the column holds. Returns `None` if its name tells.
    pub(super) fn reason(self) -> Option<String> {
        Some(match self {
            Self::Name => return None,
            Self::Numbers => "numbers the rows".to_owned(),
            Self::Increases => "always increases".to_owned(),
            Self::Identifies => "holds another whole number in each row, as identifiers do".to_owned(),
            Self::Time => "holds times since 1970".to_owned(),
            Self::Unlike => "is the only column whose name does not end in a number".to_owned(),
            Self::Classes { least, greatest, .. } => {
                format!("holds only a few whole numbers from {least} to {greatest}, as classes do")
            }
        })
    }
}

/// The columns of numbers of a table.
struct Columns<'a> {
    header: Option<&'a [String]>,
    rows: usize,
    /// The numbers of each column that holds numbers, without missing ones.
    numbers: Vec<Option<Vec<f64>>>,
    is_fractional: Vec<bool>,
    /// How many columns have fractions.
    fractional: usize,
    /// How many columns hold numbers.
    count: usize,
}

/// For each column why it is not part of a vector, judging by columns of numbers alone.
pub(super) fn find(table: Sample<'_>, contents: &[Content], header: Option<&[String]>) -> Vec<Option<Aside>> {
    let numbers: Vec<Option<Vec<f64>>> =
        contents.iter().enumerate().map(|(column, &content)| table.numbers(column, content)).collect();
    let has_fractions = |own: &Option<Vec<f64>>| own.iter().flatten().any(|number| number.fract() != 0.0);
    let is_fractional: Vec<bool> = numbers.iter().map(has_fractions).collect();
    let columns = Columns {
        header,
        rows: table.rows.len(),
        fractional: is_fractional.iter().filter(|is| **is).count(),
        count: numbers.iter().flatten().count(),
        is_fractional,
        numbers,
    };
    let mut found: Vec<Option<Aside>> = (0..contents.len()).map(|column| columns.of_one(column)).collect();
    let is_feature = |column: &usize| columns.numbers[*column].is_some() && found[*column].is_none();
    let features: Vec<usize> = (0..contents.len()).filter(is_feature).collect();
    if let Some((column, aside)) = columns.unlike(&features).or_else(|| columns.classes(&features)) {
        found[column] = Some(aside);
    }
    found
}

/// Numbers whose order says something are at least as many.
const ROWS: usize = 10;
/// If the names of as many columns count (`pixel_0_0`, `pixel_0_1`), one that does not is not one
/// of them.
const MANY: usize = 8;
/// More classes than this are not told from other whole numbers.
const FEW: usize = 30;
/// Numbers below this are not times since 1970.
const SMALL: f64 = 1e6;

impl Columns<'_> {
    /// Why a column is not part of a vector, judging by its name, its numbers, and which types the
    /// others have.
    fn of_one(&self, column: usize) -> Option<Aside> {
        let numbers = self.numbers[column].as_deref()?;
        if self.header.is_some_and(|names| names.get(column).is_none_or(|name| names::is_descriptive(name))) {
            return Some(Aside::Name);
        }
        // A few may be missing.
        if numbers.len() < 3 || 10 * numbers.len() < 9 * self.rows || self.count < 2 {
            return None;
        }
        let others_have_fractions = self.fractional > usize::from(self.is_fractional[column]);
        if self.header.is_some() && is_time(numbers) && self.is_any_other_small(column) {
            return Some(Aside::Time);
        }
        if self.is_fractional[column] {
            return None;
        }
        let is_at_an_end = column == 0 || column + 1 == self.numbers.len();
        if is_at_an_end && counts_rows(numbers) && (self.header.is_some() || others_have_fractions) {
            return Some(Aside::Numbers);
        }
        if !others_have_fractions || numbers.len() < ROWS {
            return None;
        }
        if self.header.is_some() && numbers.windows(2).all(|pair| pair[0] < pair[1]) {
            return Some(Aside::Increases);
        }
        (is_at_an_end && self.is_identifier(column, numbers)).then_some(Aside::Identifies)
    }

    fn is_any_other_small(&self, column: usize) -> bool {
        let others = self.numbers.iter().enumerate().filter(|(other, _)| *other != column);
        others.filter_map(|(_, own)| own.as_ref()).any(|own| own.iter().all(|number| number.abs() < SMALL))
    }

    /// Whether numbers are all different, and far beyond those of the other columns.
    fn is_identifier(&self, column: usize, numbers: &[f64]) -> bool {
        let greatest = |own: &[f64]| own.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
        let distinct: HashSet<u64> = numbers.iter().map(|number| number.to_bits()).collect();
        let others = self.numbers.iter().enumerate().filter(|(other, _)| *other != column);
        let others = others.filter_map(|(_, own)| Some(greatest(own.as_deref()?))).fold(0.0, f64::max);
        distinct.len() == numbers.len() && greatest(numbers) > 100.0 * others
    }

    /// The column whose name alone does not end in a number, if the others are alike.
    fn unlike(&self, features: &[usize]) -> Option<(usize, Aside)> {
        let names = self.header.filter(|_| features.len() > MANY)?;
        let (counting, others): (Vec<usize>, Vec<usize>) =
            features.iter().partition(|&&column| names::letters(&names[column]).is_some());
        let mut letters = counting.iter().map(|&column| names::letters(&names[column]));
        let first = letters.next()?;
        (letters.all(|other| other == first) && others.len() == 1).then(|| (others[0], Aside::Unlike))
    }

    /// The last or the first column of numbers if it holds few whole numbers, and most others have
    /// more of them.
    fn classes(&self, features: &[usize]) -> Option<(usize, Aside)> {
        let [first, _, .., last] = *features else { return None };
        let distinct = |column: usize| -> HashSet<u64> {
            self.numbers[column].iter().flatten().map(|number| number.to_bits()).collect()
        };
        let of = |column: usize| {
            let own = distinct(column);
            let numbers = self.numbers[column].as_deref()?;
            let (least, greatest) = class_range(numbers, own.len())?;
            let more = features.iter().filter(|&&other| distinct(other).len() > own.len()).count();
            let is_clear = self.fractional > 0;
            // Beside whole numbers only codes from 0 or 1 on are worth a word.
            let counts = matches!(least, 0 | 1) && greatest - least < own.len() as i64 && own.len() <= FEW;
            let is_class = (is_clear || counts) && 2 * more > features.len() - 1;
            is_class.then_some((column, Aside::Classes { least, greatest, is_clear }))
        };
        of(last).or_else(|| of(first))
    }
}

/// Whether numbers count from 0 or 1 on.
fn counts_rows(numbers: &[f64]) -> bool {
    matches!(numbers[0], 0.0 | 1.0) && numbers.windows(2).all(|pair| pair[0] + 1.0 == pair[1])
}

/// Whether numbers are seconds, milliseconds, microseconds, or nanoseconds of the years 1985 to
/// 2096.
fn is_time(numbers: &[f64]) -> bool {
    let within = |unit: f64| numbers.iter().all(|&number| (5e8 * unit..4e9 * unit).contains(&number));
    [1.0, 1e3, 1e6, 1e9].into_iter().any(within)
}

/// The least and the greatest of numbers that may be codes of classes: whole, with `distinct`
/// different ones, at most 100 and nearly without gaps, each for five rows on average.
fn class_range(numbers: &[f64], distinct: usize) -> Option<(i64, i64)> {
    let is_whole = numbers.iter().all(|number| number.fract() == 0.0 && number.abs() < 1e6);
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_dense = || greatest - least < 2.0 * distinct as f64;
    (is_whole && (2..=100).contains(&distinct) && numbers.len() >= 5 * distinct && is_dense())
        .then_some((least as i64, greatest as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_four_units() {
        for unit in [1.0, 1e3, 1e6, 1e9] {
            assert!(is_time(&[1.7e9 * unit, 1.6e9 * unit + 0.5]), "{unit}");
        }
        assert!(!is_time(&[1.7e9, 12.0]) && !is_time(&[4e8, 4e8]));
    }

    #[test]
    fn classes_are_few_whole_numbers_nearly_without_gaps() {
        let repeat = |values: &[f64]| values.repeat(5);
        assert_eq!(class_range(&repeat(&[0.0, 1.0, 2.0]), 3), Some((0, 2)));
        assert_eq!(class_range(&repeat(&[-1.0, 1.0]), 2), Some((-1, 1)));
        assert_eq!(class_range(&repeat(&[1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), 6), Some((1, 7)));
        assert_eq!(class_range(&repeat(&[0.0, 100.0]), 2), None);
        assert_eq!(class_range(&repeat(&[0.0, 0.5]), 2), None);
        assert_eq!(class_range(&[0.0, 1.0, 2.0], 3), None);
    }
}
