//! Steps that `add_embedding` of PyTorch and tensorboardX writes: a configuration names each as
//! `TAG:STEP`, in a file of its own.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use super::{EmbeddingConfig, ProjectorConfig};
use crate::{
    Problem, Step,
    steps::{MOST_STEPS, step_name},
};

/// For each embedding, the step that it is: its file is named `TAG:STEP`, and there are others of the
/// tag.
pub(super) fn steps(config: &ProjectorConfig) -> Vec<Option<Step>> {
    let tags: Vec<Option<(&str, u64)>> = config.embeddings.iter().map(tag).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (tag, _) in tags.iter().flatten() {
        *counts.entry(tag).or_default() += 1;
    }
    let step = |(tag, number): (&str, u64)| {
        (counts[tag] > 1).then(|| Step { tensor: tag.to_owned(), number, is_older: false })
    };
    tags.into_iter().map(|tag| tag.and_then(step)).collect()
}

/// Takes out the first of more steps of a tag than are listed, and says so.
pub(super) fn keep_newest(config: &mut ProjectorConfig, file: &Path) -> Vec<Problem> {
    let mut numbers: HashMap<String, BTreeSet<u64>> = HashMap::new();
    for (tag, number) in config.embeddings.iter().filter_map(tag) {
        numbers.entry(tag.to_owned()).or_default().insert(number);
    }
    let first = |numbers: &BTreeSet<u64>| numbers.iter().rev().nth(MOST_STEPS - 1).copied();
    let firsts: HashMap<&str, u64> =
        numbers.iter().filter_map(|(tag, numbers)| Some((tag.as_str(), first(numbers)?))).collect();
    let is_kept = |embedding: &EmbeddingConfig| {
        tag(embedding).is_none_or(|(tag, number)| firsts.get(tag).is_none_or(|&first| number >= first))
    };
    config.embeddings.retain(is_kept);
    let mut problems: Vec<(&String, Problem)> = numbers
        .iter()
        .filter(|(_, numbers)| numbers.len() > MOST_STEPS)
        .map(|(tag, numbers)| {
            let what = format!("only the newest {MOST_STEPS} of {} steps of {tag:?} are listed", numbers.len());
            let first = numbers.first().copied().unwrap_or_default();
            let way_out = format!(
                "Open the file that tensor_path names to see an older one, such as {:?}",
                step_name(tag, first)
            );
            (tag, Problem::warning(file, what).way_out(way_out))
        })
        .collect();
    problems.sort_by_key(|(tag, _)| *tag);
    problems.into_iter().map(|(_, problem)| problem).collect()
}

/// The tag and the step of an embedding in a file of its own.
fn tag(embedding: &EmbeddingConfig) -> Option<(&str, u64)> {
    let (tag, number) = embedding.tensor_name.rsplit_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !tag.is_empty() && !embedding.tensor_path.is_empty()).then(|| Some((tag, number.parse().ok()?)))?
}
