//! What may have been meant by a label that is not there.

use std::cmp::Reverse;

use parallax_embedding::{Cancelled, Column, Progress};
use rayon::prelude::*;
use strsim::osa_distance;

use super::{Operand, Query};

/// The most spellings that are offered.
const OFFERED: usize = 5;

/// Longer texts are sentences, which nobody spells.
const LONGEST: usize = 64;

/// The values between two checks for cancellation.
const CHUNK: usize = 1 << 14;

/// Returns what is written most like `word` in a query, the most similar first: the labels that the
/// fewest insertions, deletions, substitutions, and exchanges of neighbors make of it, in any case,
/// at most one for each three letters; the more frequent first. If `word` is labels with signs between
/// them, as in `king-man`, that comes before.
pub(super) fn near(word: &str, column: &Column, progress: &Progress) -> Result<Vec<String>, Cancelled> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    let most = (length / 3).max(1);
    let (values, counts) = (column.values(), column.counts());
    let codes: Vec<usize> = (0..values.len()).collect();
    let of_chunk = |codes: &[usize]| {
        progress.check()?;
        let away = |&code: &usize| {
            let value = &values[code];
            let letters = if value.len() > 4 * LONGEST { usize::MAX } else { value.chars().count() };
            let is_possible = length <= LONGEST && letters.abs_diff(length) <= most;
            let steps = is_possible.then(|| osa_distance(&lower, &value.to_lowercase()))?;
            (steps <= most).then_some((steps, Reverse(counts[code]), code))
        };
        Ok(codes.iter().filter_map(away).collect::<Vec<_>>())
    };
    let found: Result<Vec<Vec<_>>, Cancelled> = codes.par_chunks(CHUNK).map(of_chunk).collect();
    let mut found = found?.concat();
    found.sort_unstable();
    let labels = found.into_iter().map(|(.., code)| Operand::Label(values[code].to_owned()).to_string());
    Ok(split(word, column).into_iter().chain(labels).take(OFFERED).collect())
}

/// Returns the query that `word` is with spaces around its signs, if it is one of labels.
fn split(word: &str, column: &Column) -> Option<String> {
    let spaced: String = word
        .chars()
        .map(|letter| if matches!(letter, '+' | '-' | '−') { format!(" {letter} ") } else { letter.to_string() })
        .collect();
    let query: Query = spaced.parse().ok()?;
    let Query::Sum(terms) = &query else { return None };
    let is_label = |operand: &Operand| match operand {
        Operand::Label(label) => column.values().position(label).is_some(),
        Operand::Row(_) => true,
    };
    (terms.len() > 1 && terms.iter().all(|term| is_label(&term.operand))).then(|| query.to_string())
}
