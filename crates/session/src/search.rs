//! Search in the metadata: finds rows whose cell in a column contains a text or matches a pattern.
//!
//! Each distinct value is searched once, on all cores. A text is searched in all values as one
//! haystack, which is how a column stores them, so that nearly all of them are skipped quickly. A
//! pattern may have anchors (`^`, `\b`), so each value is tried alone.

use std::ops::Range;

use parallax_embedding::{Cancelled, Column, Progress, RowSet, Values};
use parallax_meaning::Query;
use rayon::prelude::*;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// A search. An empty text finds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that are independent of each other")]
pub struct Search {
    /// The text or the pattern.
    pub text: String,
    /// Whether it is a regular expression.
    pub regex: bool,
    /// Whether case counts.
    pub case_sensitive: bool,
    /// Whether the whole cell must match.
    pub whole: bool,
    /// Whether the text is a [`Query`], which adds and subtracts rows: their vectors, whose neighbors
    /// are listed.
    pub sum: bool,
    /// The column, or `None` for the column of labels.
    pub column: Option<String>,
}

impl Search {
    /// Returns `true` if the text is not a regular expression but looks like one: `^pre`, `a|b`. A
    /// period alone does not count, since numbers and sentences have them.
    #[must_use]
    pub fn may_be_pattern(&self) -> bool {
        !self.regex && !self.sum && self.text.contains(['^', '$', '*', '+', '?', '[', '(', '{', '|', '\\'])
    }

    /// Returns why the text is no regular expression, if it is to be one.
    #[must_use]
    pub fn fault(&self) -> Option<SearchError> {
        if self.regex && !self.text.is_empty() { compile(self).err() } else { None }
    }

    /// Returns `true` if the text is not taken as a sum but can be: `king - man + woman`, or numbers.
    #[must_use]
    pub fn may_be_sum(&self) -> bool {
        !self.sum
            && match self.text.parse() {
                Ok(Query::Sum(terms)) => terms.len() > 1,
                Ok(Query::Vector(_)) => true,
                Err(_) => false,
            }
    }
}

/// Why a search failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The pattern is not a regular expression, for this reason.
    #[error("not a regular expression: {0}")]
    Pattern(String),
    /// The search was canceled.
    #[error("canceled")]
    Cancelled,
}

/// The most bytes of a compiled pattern. A repetition such as `(a{1000}){1000}` is refused.
const PATTERN_BYTES: usize = 10 << 20;

/// The number of values between two checks for cancellation.
const CHUNK: usize = 1 << 14;

/// Returns the rows whose cell in `column` matches. Missing cells never match.
///
/// # Errors
/// Returns an error if the pattern is not a regular expression or `progress` was canceled.
pub fn matches(column: &Column, search: &Search, progress: &Progress) -> Result<RowSet, SearchError> {
    if search.text.is_empty() {
        return Ok(RowSet::EMPTY);
    }
    let pattern = compile(search)?;
    let hits = if search.regex || search.whole {
        find(column.values(), progress, |values, codes, hits| alone(&pattern, values, codes, hits))
    } else {
        find(column.values(), progress, |values, codes, hits| together(&pattern, values, codes, hits))
    };
    let hits = hits?;
    let hit = |&row: &usize| column.code(row).is_some_and(|code| hits[code as usize]);
    let rows = (0..column.len()).into_par_iter().with_min_len(CHUNK).filter(hit).map(|row| row as u32);
    Ok(rows.collect::<Vec<u32>>().into())
}

fn compile(search: &Search) -> Result<Regex, SearchError> {
    let pattern = if search.regex { search.text.clone() } else { regex::escape(&search.text) };
    let pattern = if search.whole { format!("^(?:{pattern})$") } else { pattern };
    RegexBuilder::new(&pattern)
        .case_insensitive(!search.case_sensitive)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| SearchError::Pattern(reason(&error)))
}

/// Returns whether each value matches. `look` finds this for a part of them.
fn find(
    values: &Values,
    progress: &Progress,
    look: impl Fn(&Values, Range<usize>, &mut [bool]) + Sync,
) -> Result<Vec<bool>, Cancelled> {
    let mut hits = vec![false; values.len()];
    hits.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, hits)| {
        progress.check()?;
        let first = chunk * CHUNK;
        look(values, first..first + hits.len(), hits);
        Ok::<_, Cancelled>(())
    })?;
    Ok(hits)
}

/// Tries each value with a copy of the pattern, so that threads do not share its scratch space.
fn alone(pattern: &Regex, values: &Values, codes: Range<usize>, hits: &mut [bool]) {
    let pattern = pattern.clone();
    for (hit, code) in hits.iter_mut().zip(codes) {
        *hit = pattern.is_match(&values[code]);
    }
}

/// Searches all values as one text, from match to match. The pattern must have no anchors: then
/// what matches in a value also begins in it here, and the value is tried alone only if the match
/// ends beyond it.
fn together(pattern: &Regex, values: &Values, codes: Range<usize>, hits: &mut [bool]) {
    let pattern = pattern.clone();
    let (begin, end) = (values.span(codes.start).start, values.span(codes.end - 1).end);
    let text = &values.text()[begin..end];
    let mut code = codes.start;
    let mut at = 0;
    while let Some(found) = pattern.find_at(text, at) {
        while values.span(code).end - begin <= found.start() {
            code += 1;
        }
        let value = values.span(code);
        hits[code - codes.start] = found.end() + begin <= value.end || pattern.is_match(&values[code]);
        at = value.end - begin;
    }
}

/// Returns the last line of the report of the regex crate. The other lines repeat the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl From<Cancelled> for SearchError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;

    fn column(cells: &[Option<&str>]) -> Column {
        let mut builder = ColumnBuilder::new("c");
        cells.iter().for_each(|cell| builder.push(*cell));
        builder.finish()
    }

    fn found(column: &Column, search: &Search) -> Result<RowSet, SearchError> {
        matches(column, search, &Progress::default())
    }

    /// The expected rows are those of the TensorBoard projector. It fails at missing cells.
    #[test]
    fn search_finds_texts_and_patterns_in_any_case() {
        let column = column(&[Some("Cat"), Some("concatenate"), Some("DOG"), Some("5"), None]);
        let check = |text: &str, regex: bool, expected: &[u32]| {
            let search = Search { text: text.into(), regex, ..Search::default() };
            assert_eq!(found(&column, &search).unwrap().as_slice(), expected, "{text:?}");
        };
        check("cat", false, &[0, 1]);
        check("^cat$", true, &[0]);
        check("5", false, &[3]);
        check(".", false, &[]);
        check(".", true, &[0, 1, 2, 3]);
        check("", false, &[]);
        let exact = Search { text: "cat".into(), case_sensitive: true, ..Search::default() };
        assert_eq!(found(&column, &exact).unwrap().as_slice(), [1]);
        let whole = Search { text: "cat".into(), whole: true, ..Search::default() };
        assert_eq!(found(&column, &whole).unwrap().as_slice(), [0]);
        let either = Search { text: "c.t|dog".into(), regex: true, whole: true, ..Search::default() };
        assert_eq!(found(&column, &either).unwrap().as_slice(), [0, 2]);
    }

    #[test]
    fn search_text_with_special_characters_may_be_a_pattern() {
        let search = |text: &str, regex| Search { text: text.into(), regex, ..Search::default() };
        for text in ["^pre", "good|bad", "a+", r"\d", "[ab]", "(x", "b$"] {
            assert!(search(text, false).may_be_pattern() && !search(text, true).may_be_pattern(), "{text}");
        }
        for text in ["", "good", "3.5", "well-known", "a & b"] {
            assert!(!search(text, false).may_be_pattern(), "{text}");
        }
    }

    #[test]
    fn search_text_with_signs_may_be_a_sum() {
        let search = |text: &str, sum| Search { text: text.into(), sum, ..Search::default() };
        for text in ["king - man + woman", "a + b", "-a +b", "1, 2, 3", "[0.5]"] {
            assert!(search(text, false).may_be_sum() && !search(text, true).may_be_sum(), "{text}");
        }
        for text in ["", "king", "well-known", "2 king", "a -", "7"] {
            assert!(!search(text, false).may_be_sum(), "{text}");
        }
    }

    #[test]
    fn search_refuses_broken_or_huge_patterns() {
        let column = column(&[]);
        for text in ["(", "a{99999}{99999}"] {
            let search = Search { text: text.into(), regex: true, ..Search::default() };
            assert!(found(&column, &search).is_err(), "{text:?}");
        }
    }

    #[test]
    fn search_can_be_canceled() {
        let progress = Progress::default();
        progress.cancel();
        let search = Search { text: "a".into(), ..Search::default() };
        assert_eq!(matches(&column(&[Some("a")]), &search, &progress), Err(SearchError::Cancelled));
    }

    /// Letters with one case, two cases, two cases of different length (the Kelvin sign is a `k` of
    /// three bytes), and three (`ς` and `σ` are both small forms of `Σ`).
    const LETTERS: [char; 15] = ['a', 'b', 'A', 'k', 'K', '\u{212a}', 'ß', 'é', 'É', 'ς', 'σ', 'Σ', '.', '5', '\n'];

    fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(&LETTERS), length).prop_map(String::from_iter)
    }

    proptest! {
        /// The expected rows come from trying each cell with its own pattern.
        #[test]
        fn search_matches_a_test_of_each_cell(
            cells in prop::collection::vec(prop::option::of(text(0..5)), 0..60),
            text in prop_oneof![text(1..4), "(\\^|\\\\b|a)?[.abk\u{e9}][*+?]?\\$?"],
            regex: bool,
            case_sensitive: bool,
            whole: bool,
        ) {
            let cells: Vec<Option<&str>> = cells.iter().map(Option::as_deref).collect();
            let search = Search { text: text.clone(), regex, case_sensitive, whole, sum: false, column: None };
            let pattern = if regex { text } else { regex::escape(&text) };
            let pattern = if whole { format!("^(?:{pattern})$") } else { pattern };
            let pattern = RegexBuilder::new(&pattern).case_insensitive(!case_sensitive).build().unwrap();
            let is_hit = |&row: &u32| cells[row as usize].is_some_and(|cell| !cell.is_empty() && pattern.is_match(cell));
            let expected: RowSet = (0..cells.len() as u32).filter(is_hit).collect();
            prop_assert_eq!(found(&column(&cells), &search).unwrap(), expected);
        }
    }

    /// Values at the ends of the parts that are searched in parallel are found.
    #[test]
    fn search_covers_many_values() {
        let at = [0, 1, CHUNK - 1, CHUNK, CHUNK + 7, 2 * CHUNK - 1, 3 * CHUNK - 2, 3 * CHUNK - 1];
        let cell = |row: usize| format!("{}{row}", if at.contains(&row) { "Hit" } else { "it h" });
        let mut builder = ColumnBuilder::new("c");
        (0..3 * CHUNK).for_each(|row| builder.push(Some(&cell(row))));
        let column = builder.finish();
        for regex in [false, true] {
            let rows = found(&column, &Search { text: "hit".into(), regex, ..Search::default() }).unwrap();
            assert_eq!(rows, at.iter().map(|&row| row as u32).collect());
        }
    }
}
