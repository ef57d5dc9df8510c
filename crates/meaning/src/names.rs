//! Names for groups of rows, from what their cells in one column have in common.
//!
//! The kind of the column decides how ([`Way`]): texts by class-based TF-IDF (M. Grootendorst,
//! `BERTopic`, arXiv 2203.05794), categories by what is over-represented, numbers and dates by their
//! range, and columns in which each row has a word of its own by their most central rows. Words and
//! values are names only if they are [clearly more frequent](sets_apart) in a group than elsewhere.

mod markup;
mod range;
mod stop;
mod texts;
mod words;

use ndarray::ArrayView2;
use parallax_embedding::{
    Cancelled, Column, ColumnKind, Metadata, Progress,
    wording::{count, plural},
};
use rayon::prelude::*;

use crate::chance;
use range::by_range;
use texts::by_words;
use words::each_word;

/// The most words of a name.
pub const MOST_WORDS: usize = 3;

/// How names were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Words that are frequent within and rare without.
    Words,
    /// The texts of the rows nearest the middle.
    CentralRows,
    /// Over-represented values.
    Values,
    /// The middle half of the numbers or dates.
    Range,
}

impl Way {
    /// Says how names were made, after "names are".
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Words => {
                "the words that are clearly more frequent in each cluster than elsewhere (by class-based TF-IDF)"
            }
            Self::CentralRows => "the texts of the rows nearest the middle of each cluster",
            Self::Values => "the values that are clearly more frequent in each cluster than elsewhere",
            Self::Range => "the range of the middle half of each cluster",
        }
    }
}

/// Names of groups, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// One for each group.
    pub names: Vec<Name>,
    /// How they were made.
    pub way: Way,
    /// Sentences about what was left out or could not be named, without a full stop.
    pub notes: Vec<String>,
}

/// The name of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Name {
    /// The terms as one text; empty if the group has nothing to be named after.
    pub text: String,
    /// What it is made of, the most telling first.
    pub terms: Vec<Term>,
}

/// A part of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The word, value, or range.
    pub text: String,
    /// How telling it is: class-based TF-IDF for words, for values the share of rows times the
    /// logarithm of how many times more frequent they are than overall; 0 otherwise.
    pub score: f64,
    /// The share of the group that has it: of words, or of rows. `None` for texts of central rows,
    /// which are of these rows and not of the group.
    pub inside: Option<f64>,
    /// The share of all that has it.
    pub overall: Option<f64>,
}

/// The column that names are made of unless another is chosen, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenColumn<'a> {
    /// The column.
    pub column: &'a Column,
    /// Why, as the end of a sentence after "because".
    pub reason: String,
}

/// Chooses a column to make names of: texts of several words, the longest first; else a category;
/// else the labels. Returns `None` without columns.
#[must_use]
pub fn choose_column(metadata: &Metadata) -> Option<ChosenColumn<'_>> {
    let lengths = metadata.columns().iter().map(|column| (column, words_per_text(column)));
    let texts = lengths.filter(|(column, length)| column.kind() == ColumnKind::Text && *length >= SEVERAL);
    let longest = texts.reduce(|longest, next| if next.1 > longest.1 { next } else { longest });
    if let Some((column, length)) = longest {
        return Some(ChosenColumn {
            column,
            reason: format!("its texts are the longest: {length:.1} words on average"),
        });
    }
    let categories = metadata.columns().iter().filter(|column| is_category(column) && column.values().len() > 1);
    if let Some(column) = categories.min_by_key(|column| column.is_numeric()) {
        let reason = format!("no column holds texts, and it is the first with categories: {}", column.values().len());
        return Some(ChosenColumn { column, reason });
    }
    let reason = "no column holds texts or categories, and it has the labels".to_owned();
    metadata.default_label().map(|column| ChosenColumn { column, reason })
}

/// Whether a column holds categories: numbers are some if they are whole.
fn is_category(column: &Column) -> bool {
    let are_whole = |numbers: &[f64]| numbers.iter().all(|number| number.fract() == 0.0);
    column.kind() == ColumnKind::Category && column.numbers().is_none_or(are_whole)
}

/// From this many words on average on, texts have several.
const SEVERAL: f64 = 1.5;

/// The most texts that are looked at to see how long they are.
const SAMPLE: usize = 1000;

/// The mean number of words in a sample of a column's texts.
fn words_per_text(column: &Column) -> f64 {
    let (texts, mut words) = (column.values(), 0_usize);
    let sample: Vec<usize> = (0..texts.len()).step_by(texts.len().div_ceil(SAMPLE).max(1)).collect();
    sample.iter().for_each(|&text| each_word(&texts[text], |_| words += 1));
    words as f64 / sample.len().max(1) as f64
}

/// Names groups of rows by a column. Groups may be clusters or branches of any level, and one may
/// contain another; `layout` has the places of the rows, rows x dims. Groups are compared with the
/// rows that have a place: the others do not count.
///
/// ```
/// use ndarray::Array2;
/// use parallax_embedding::{ColumnBuilder, Progress};
/// use parallax_meaning::{Way, name_groups};
///
/// let mut column = ColumnBuilder::new("title");
/// let titles = ["A red apple", "The red cherry", "A fast train", "The slow train"];
/// (0..40).for_each(|row| column.push(Some(&format!("{} {row}", titles[row / 10]))));
/// let (fruits, trains): (Vec<u32>, Vec<u32>) = ((0..20).collect(), (20..40).collect());
/// let layout = Array2::zeros((40, 2));
/// let names = name_groups(&column.finish(), &[&fruits, &trains], layout.view(), &Progress::default())?;
/// assert_eq!(names.way, Way::Words);
/// assert!(names.names[0].text.starts_with("red") && names.names[1].text.starts_with("train"));
/// # Ok::<(), parallax_embedding::Cancelled>(())
/// ```
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn name_groups(
    column: &Column,
    groups: &[&[u32]],
    layout: ArrayView2<'_, f32>,
    progress: &Progress,
) -> Result<Names, Cancelled> {
    progress.begin("Naming clusters");
    let is_placed = |row: usize| row < layout.nrows() && layout.row(row).iter().all(|x| x.is_finite());
    let is_there: Vec<bool> = (0..column.len()).map(is_placed).collect();
    let mut named = if is_category(column) {
        by_values(column, groups, &is_there)
    } else if column.measures().is_some() {
        by_range(column, groups, &is_there)
    } else if is_word_per_row(column) {
        central(column, groups, layout)
    } else {
        by_words(column, groups, (layout, &is_there), progress)?
    };
    named.notes.extend(unnamed(&named, column, &is_there));
    progress.check()?;
    Ok(named)
}

/// Whether texts have too few words in common to be compared.
fn is_word_per_row(column: &Column) -> bool {
    let rows = column.len() - column.missing();
    words_per_text(column) < SEVERAL && column.values().len() * 2 > rows
}

/// Says that names from `column` are those of single rows, if nearly each row has a text of its own in
/// it, and which column of `metadata` has something that rows share. Returns `None` if there is no such
/// column: then these names are the best there are.
#[must_use]
pub fn single_rows<'a>(column: &Column, metadata: &'a Metadata) -> Option<(String, &'a Column)> {
    let (values, rows) = (column.values().len(), column.len() - column.missing());
    let is_of_texts = !is_category(column) && column.measures().is_none();
    let is_single = is_of_texts && is_word_per_row(column) && values as f64 >= NEARLY_ALL * rows as f64;
    let better = choose_column(metadata).filter(|_| is_single)?.column;
    let text = format!(
        "column {:?} has {} for {}, so that each name is of single rows and not of what a cluster has in common",
        column.name(),
        plural(values, "value"),
        plural(rows, "row")
    );
    let is_shared = better.name() != column.name() && !is_word_per_row(better);
    is_shared.then_some((text, better))
}

/// From this share of different texts on, nearly each row has its own.
const NEARLY_ALL: f64 = 0.9;

/// A note on groups without a name.
fn unnamed(named: &Names, column: &Column, is_there: &[bool]) -> Option<String> {
    let (unnamed, all) = (named.names.iter().filter(|name| name.text.is_empty()).count(), named.names.len());
    if unnamed == 0 {
        return None;
    }
    let who = match unnamed {
        _ if unnamed == all => "no cluster has a name".to_owned(),
        1 => format!("1 of {} has no name", plural(all, "cluster")),
        _ => format!("{} of {} have no name", count(unnamed), plural(all, "cluster")),
    };
    let why = nothing_differs(column, is_there).unwrap_or_else(|| {
        let why = match named.way {
            Way::Words => "no word is clearly more frequent in their rows than in others",
            Way::Values => "no value is clearly more frequent in them than elsewhere",
            Way::CentralRows | Way::Range => "their rows have no values",
        };
        why.to_owned()
    });
    Some(format!("{who} from column {:?}: {why}", column.name()))
}

/// Says that no row that is there has anything in the column, or that all have the same.
fn nothing_differs(column: &Column, is_there: &[bool]) -> Option<String> {
    let counts = counts(column, is_there);
    let texts = column.values();
    let mut found = (0..texts.len()).filter(|&code| counts[code] > 0 && !texts[code].trim().is_empty());
    let (first, second) = (found.next(), found.next());
    let what = if column.is_numeric() || column.is_of_dates() { "value" } else { "text" };
    match (first, second) {
        (None, _) => Some(format!("no row has a {what}")),
        (Some(only), None) if counts[only] == is_there.iter().filter(|is_there| **is_there).count() => {
            Some(format!("all rows have the same {what}"))
        }
        (Some(_), None) => Some(format!("all rows that have a {what} have the same")),
        _ => None,
    }
}

/// The texts of the rows nearest the mean of each group.
fn central(column: &Column, groups: &[&[u32]], layout: ArrayView2<'_, f32>) -> Names {
    let of_group = |rows: &&[u32]| {
        let with_text =
            rows.iter().copied().filter(|&row| (row as usize) < layout.nrows() && column.text(row as usize).is_some());
        let rows: Vec<u32> = with_text.collect();
        let place = |row: u32| layout.row(row as usize);
        let mean: Vec<f64> = (0..layout.ncols())
            .map(|axis| rows.iter().map(|&row| f64::from(place(row)[axis])).sum::<f64>() / rows.len() as f64)
            .collect();
        let square =
            |row: u32| place(row).iter().zip(&mean).map(|(x, mean)| (f64::from(*x) - mean).powi(2)).sum::<f64>();
        let mut near: Vec<(f64, u32)> = rows.iter().map(|&row| (square(row), row)).collect();
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut texts: Vec<&str> = Vec::new();
        for text in near.iter().filter_map(|&(_, row)| column.text(row as usize)) {
            if texts.len() == MOST_WORDS {
                break;
            }
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let term = |text: &&str| Term { text: (*text).to_owned(), score: 0.0, inside: None, overall: None };
        Name::of(texts.iter().map(term).collect())
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::CentralRows, notes: Vec::new() }
}

/// Values with less of a group than this are no part of its name, unless it is the first.
const LEAST_SHARE: f64 = 0.1;

/// How many times as large a share of a group's rows must have something as of the others.
const LEAST_RATIO: f64 = 1.25;

/// Whether `found` of the `drawn` rows of a group are clearly more than chance and than elsewhere, if
/// `wanted` of `all` rows have the same, and it is one of `tried` things that might be more frequent.
///
/// Chance is judged by Fisher's exact test, which holds for rare words too (R. C. Moore, "On
/// log-likelihood-ratios and the significance of rare events", EMNLP 2004), with Bonferroni's
/// correction for what was tried. Among many rows the slightest excess is beyond chance: the share
/// must also be greater by a quarter.
fn sets_apart(found: usize, wanted: usize, [drawn, all]: [usize; 2], tried: usize) -> bool {
    let elsewhere = (wanted - found) as f64 / (all - drawn).max(1) as f64;
    found as f64 / drawn as f64 >= LEAST_RATIO * elsewhere
        && chance::excess(found, wanted, [drawn, all]) * tried as f64 <= chance::RISK
}

fn by_values(column: &Column, groups: &[&[u32]], is_there: &[bool]) -> Names {
    let texts = column.values();
    let all = counts(column, is_there);
    let rows = all.iter().sum::<usize>();
    let tried = all.iter().filter(|count| **count > 0).count();
    let of_group = |group: &&[u32]| {
        let mut counts = vec![0_usize; texts.len()];
        codes(column, group, is_there).for_each(|code| counts[code] += 1);
        let total = counts.iter().sum::<usize>();
        let term = |(code, &count): (usize, &usize)| {
            let (inside, overall) = (count as f64 / total as f64, all[code] as f64 / rows as f64);
            sets_apart(count, all[code], [total, rows], tried).then(|| Term {
                text: texts[code].to_owned(),
                score: inside * (inside / overall).ln(),
                inside: Some(inside),
                overall: Some(overall),
            })
        };
        let mut terms: Vec<Term> =
            counts.iter().enumerate().filter(|(_, count)| **count > 0).filter_map(term).collect();
        terms.sort_by(|a, b| b.score.total_cmp(&a.score));
        terms.truncate(MOST_WORDS);
        let kept = terms.iter().skip(1).take_while(|term| term.inside >= Some(LEAST_SHARE)).count();
        terms.truncate(1 + kept);
        Name::of(terms)
    };
    Names { names: groups.par_iter().map(of_group).collect(), way: Way::Values, notes: Vec::new() }
}

/// The values of the rows of a group that are there, by their indices.
fn codes(column: &Column, group: &[u32], is_there: &[bool]) -> impl Iterator<Item = usize> {
    let rows = group.iter().filter(|row| is_there.get(**row as usize).is_some_and(|is_there| *is_there));
    rows.filter_map(|&row| column.code(row as usize)).map(|code| code as usize)
}

/// How often each value is in the rows that are there.
fn counts(column: &Column, is_there: &[bool]) -> Vec<usize> {
    let mut counts = vec![0; column.values().len()];
    let rows = (0..column.len()).filter(|&row| is_there[row]);
    rows.filter_map(|row| column.code(row)).for_each(|code| counts[code as usize] += 1);
    counts
}

impl Name {
    fn of(terms: Vec<Term>) -> Self {
        let texts: Vec<&str> = terms.iter().map(|term| term.text.as_str()).collect();
        Self { text: texts.join(", "), terms }
    }
}

#[cfg(test)]
mod tests;
