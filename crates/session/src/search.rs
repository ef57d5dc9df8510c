//! Searching the metadata: rows whose cell in a column holds a text or matches a pattern.

use parallax_embedding::{Column, RowSet};
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};

/// What is searched for. The empty text searches for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// The text or the pattern.
    pub text: String,
    /// Whether it is a regular expression.
    pub regex: bool,
    /// Whether case counts.
    pub case_sensitive: bool,
    /// Whether the whole cell must match, not a part of it.
    pub whole: bool,
    /// The column searched, where not the one that names the rows.
    pub column: Option<String>,
}

/// The pattern is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a regular expression: {0}")]
pub struct SearchError(String);

/// Compiled patterns may take so many bytes; a repetition such as `(a{1000}){1000}` is refused rather than built.
const PATTERN_BYTES: usize = 10 << 20;

/// The rows whose cell in `column` matches. Missing cells never do.
///
/// Each distinct value is looked at once.
///
/// # Errors
/// Where the pattern is not a regular expression.
pub fn matches(column: &Column, search: &Search) -> Result<RowSet, SearchError> {
    if search.text.is_empty() {
        return Ok(RowSet::EMPTY);
    }
    let pattern = if search.regex { search.text.clone() } else { regex::escape(&search.text) };
    let pattern = if search.whole { format!("^(?:{pattern})$") } else { pattern };
    let pattern = RegexBuilder::new(&pattern)
        .case_insensitive(!search.case_sensitive)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|error| SearchError(reason(&error)))?;
    let hits: Vec<bool> = column.values().iter().map(|value| pattern.is_match(value)).collect();
    let hit = |&row: &usize| column.code(row).is_some_and(|code| hits[code as usize]);
    Ok((0..column.len()).filter(hit).map(|row| row as u32).collect())
}

/// The last line of the library's report: the others draw the pattern again.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    /// The figures of the TensorBoard projector for its substring and pattern searches, and a missing cell, at which that one fails.
    #[test]
    fn finds_texts_and_patterns_in_any_case() {
        let mut builder = ColumnBuilder::new("animal");
        for cell in [Some("Cat"), Some("concatenate"), Some("DOG"), Some("5"), None] {
            builder.push(cell);
        }
        let column = builder.finish();
        let check = |text: &str, regex: bool, expected: &[u32]| {
            let search = Search { text: text.into(), regex, ..Search::default() };
            assert_eq!(matches(&column, &search).unwrap().as_slice(), expected, "{text:?}");
        };
        check("cat", false, &[0, 1]);
        check("^cat$", true, &[0]);
        check("5", false, &[3]);
        check(".", false, &[]);
        check(".", true, &[0, 1, 2, 3]);
        check("", false, &[]);
        let exact = Search { text: "cat".into(), case_sensitive: true, ..Search::default() };
        assert_eq!(matches(&column, &exact).unwrap().as_slice(), [1]);
        let whole = Search { text: "cat".into(), whole: true, ..Search::default() };
        assert_eq!(matches(&column, &whole).unwrap().as_slice(), [0]);
        let either = Search { text: "c.t|dog".into(), regex: true, whole: true, ..Search::default() };
        assert_eq!(matches(&column, &either).unwrap().as_slice(), [0, 2]);
    }

    #[test]
    fn a_broken_or_monstrous_pattern_is_an_error() {
        let column = ColumnBuilder::new("c").finish();
        for text in ["(", "a{99999}{99999}"] {
            let search = Search { text: text.into(), regex: true, ..Search::default() };
            assert!(matches(&column, &search).is_err(), "{text:?}");
        }
    }
}
