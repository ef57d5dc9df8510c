//! Which columns of numbers are not part of a vector although nobody says so: those that identify,
//! count, date or classify rows.

use std::collections::HashSet;

use super::{
    content::{Content, Sample},
    names,
};

/// Why a column of numbers is not part of a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aside {
    /// Its name says so.
    Name,
    /// It counts rows, or ascends.
    Counts,
    /// It holds seconds or milliseconds since 1970.
    Time,
    /// Its name alone does not count.
    Unlike,
    /// It holds few whole numbers without a gap, beside fractions: codes of classes.
    Classes { least: i64, greatest: i64 },
}

impl Aside {
    /// What the column holds. Returns `None` if its name tells.
    pub(super) fn reason(self) -> Option<String> {
        match self {
            Self::Name => None,
            Self::Counts => Some("counts rows or ascends".to_owned()),
            Self::Time => Some("holds times since 1970".to_owned()),
            Self::Unlike => Some("is the only name that does not count".to_owned()),
            Self::Classes { least, greatest } => {
                let to = if greatest - least == 1 { "and" } else { "to" };
                Some(format!("holds only the whole numbers {least} {to} {greatest}, as classes do"))
            }
        }
    }
}

/// For each column why it is not part of a vector, judging by columns of numbers alone.
pub(super) fn find(table: Sample<'_>, contents: &[Content], header: Option<&[String]>) -> Vec<Option<Aside>> {
    let numbers: Vec<Option<Vec<f64>>> =
        contents.iter().enumerate().map(|(column, &content)| table.numbers(column, content)).collect();
    let is_fractional = |column: usize| numbers[column].iter().flatten().any(|number| number.fract() != 0.0);
    let fractional: Vec<bool> = (0..contents.len()).map(is_fractional).collect();
    let besides = |column: usize| fractional.iter().enumerate().any(|(other, is)| *is && other != column);
    let whole = |column: usize| whole_numbers(numbers[column].as_deref()?);
    let are_several = numbers.iter().flatten().count() > 1;
    let of_place = |column: usize| {
        numbers[column].as_ref()?;
        if header.is_some_and(|names| names.get(column).is_none_or(|name| names::is_descriptive(name))) {
            return Some(Aside::Name);
        }
        let whole = whole(column).filter(|whole| whole.len() == table.rows.len() && whole.len() > 2 && are_several)?;
        let counts = column == 0 && counts_rows(&whole) && (header.is_some() || besides(column));
        if counts || header.is_some() && besides(column) && whole.windows(2).all(|pair| pair[0] < pair[1]) {
            return Some(Aside::Counts);
        }
        let others =
            numbers.iter().enumerate().filter(|(other, _)| *other != column).filter_map(|(_, own)| own.as_ref());
        let is_small = |numbers: &&Vec<f64>| numbers.iter().all(|number| number.abs() < SMALL);
        (header.is_some() && is_time(&whole) && others.clone().any(|numbers| is_small(&numbers))).then_some(Aside::Time)
    };
    let mut found: Vec<Option<Aside>> = (0..contents.len()).map(of_place).collect();
    let features: Vec<usize> =
        (0..contents.len()).filter(|&column| numbers[column].is_some() && found[column].is_none()).collect();
    if let [first, _, .., last] = features[..] {
        let varied = |column: usize| {
            numbers[column].iter().flatten().map(|number| number.to_bits()).collect::<HashSet<_>>().len()
        };
        let is_class = |column: usize| {
            let (least, greatest) = classes(&whole(column)?)?;
            let more = features.iter().filter(|&&other| varied(other) as i64 > greatest - least + 1).count();
            (besides(column) && 2 * more > features.len() - 1).then_some(Aside::Classes { least, greatest })
        };
        let mut unlike = features.iter().filter(|&&column| !header.is_some_and(|names| names::counts(&names[column])));
        if let (Some(&only), None, true) = (unlike.next(), unlike.next(), features.len() > MANY) {
            found[only] = Some(Aside::Unlike);
            return found;
        }
        found[last] = is_class(last);
        if found[last].is_none() {
            found[first] = is_class(first);
        }
    }
    found
}

/// If as many names of columns count (`pixel_0_0`, `pixel_0_1`), one that does not is no part of
/// them.
const MANY: usize = 8;

/// Numbers below this are no times since 1970.
const SMALL: f64 = 1e6;

/// The numbers, if all are whole.
fn whole_numbers(numbers: &[f64]) -> Option<Vec<i64>> {
    let whole = |number: &f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(*number as i64);
    numbers.iter().map(whole).collect()
}

/// Whether numbers count from 0 or 1 on.
fn counts_rows(numbers: &[i64]) -> bool {
    matches!(numbers[0], 0 | 1) && numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]))
}

/// Whether numbers are seconds or milliseconds of the years 1985 to 2096.
fn is_time(numbers: &[i64]) -> bool {
    let within = |unit: i64| numbers.iter().all(|&number| (500_000_000..4_000_000_000).contains(&(number / unit)));
    within(1) || within(1000)
}

/// The least and the greatest of numbers that are codes of classes: 2 to 100 without a gap, each
/// for five rows on average.
fn classes(numbers: &[i64]) -> Option<(i64, i64)> {
    let distinct: HashSet<i64> = numbers.iter().copied().collect();
    let (least, greatest) = (*distinct.iter().min()?, *distinct.iter().max()?);
    let is_dense = greatest.checked_sub(least).is_some_and(|spread| spread + 1 == distinct.len() as i64);
    (is_dense && (2..=100).contains(&distinct.len()) && numbers.len() >= 5 * distinct.len())
        .then_some((least, greatest))
}
