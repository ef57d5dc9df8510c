//! Which files of a folder are one table.
//!
//! Folders that Spark, pandas, Polars, and Hugging Face `datasets` write hold parts of a table in
//! the order of their names. Names such as `train-00000-of-00002.parquet` belong to a split, and
//! each split is a table. Folders named `key=value` are values of a column. Files whose names differ
//! in the number of a step (`step_100.parquet`) are no parts, but tables of their own.

use std::path::{Path, PathBuf};

use parallax_embedding::Progress;
use serde_json::Value;

use super::{PARQUET, is_table, table::Member};
use crate::{
    FormatError, OpenOptions, Problem,
    disk::read_whole,
    numbered::{self, Numbered, shard},
    open::{self, Kind},
    source::Content,
};

/// What a folder holds.
pub(super) struct Found {
    /// The name that `inspect` shows.
    pub(super) format: &'static str,
    /// Splits and their files, in order.
    pub(super) tables: Vec<(String, Vec<Member>)>,
    pub(super) problems: Vec<Problem>,
}

/// Folders in folders that are looked into.
const DEPTH: usize = 8;
/// What `datasets` writes: the splits of a folder, and the files of a split.
const SPLITS: &str = "dataset_dict.json";
const STATE: &str = "state.json";
/// The least difference of the numbers of steps that no word names.
const APART: u64 = 10;
/// How many tables besides the first are looked into to tell steps from parts.
const LOOKED_INTO: usize = 2;
/// The words before the number of a step.
const STEP_WORDS: [&str; 8] = ["step", "steps", "epoch", "iter", "iteration", "checkpoint", "ckpt", "epochs"];
/// How Hive names the folder of rows without a value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Whether `path` is a folder of such files, and not of a projector, a checkpoint, or other vectors.
#[expect(clippy::unnecessary_wraps, reason = "formats claim so")]
pub(super) fn is_claimed(path: &Path) -> Result<bool, FormatError> {
    if !path.is_dir() || ["projector_config.pbtxt", "checkpoint"].iter().any(|name| path.join(name).exists()) {
        return Ok(false);
    }
    let is_dataset =
        path.join(SPLITS).is_file() || path.join(STATE).is_file() && path.join("dataset_info.json").is_file();
    let has_tables = || has_files(path, DEPTH) || has_files(&path.join("data"), DEPTH);
    Ok(is_dataset || has_tables() && !has_others(path) && !are_steps(path))
}

/// Whether the tables of a folder are steps of a training rather than parts of one table: if the word
/// before the number says so, or if the numbers are far apart and the first files have as many rows.
/// Parts are counted, and dates are of other rows.
fn are_steps(folder: &Path) -> bool {
    let paths: Vec<PathBuf> = entries(folder).into_iter().filter(|path| is_columnar(path)).collect();
    let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy()).collect();
    let ways: Option<Vec<Numbered>> = numbered::steps(names.iter().map(|name| &**name)).into_iter().collect();
    let Some(ways) = ways.filter(|ways| ways.len() > 1) else { return false };
    let is_named = |way: &Numbered| {
        let before = way.pattern.split('*').next().unwrap_or_default().to_lowercase();
        let before = before.trim_end_matches(|last: char| !last.is_alphanumeric());
        STEP_WORDS.iter().any(|word| before.ends_with(word))
    };
    let mut numbers: Vec<u64> = ways.iter().map(|way| way.number).collect();
    numbers.sort_unstable();
    let are_apart = numbers.windows(2).all(|two| two[1] - two[0] >= APART);
    let rows = |path: &PathBuf| {
        let source = open::list_path(&Content::at(path), &OpenOptions::default(), &Progress::default()).ok()?;
        Some(source.runs.first()?.embeddings.first()?.rows)
    };
    let has_same_rows = || {
        let first = rows(&paths[0]);
        first.is_some() && paths[1..].iter().take(LOOKED_INTO).all(|path| rows(path) == first)
    };
    ways.iter().all(is_named) || are_apart && has_same_rows()
}

/// Whether there are other vectors in the folder, which a table may describe. Beside several tables,
/// text is nothing of the kind.
fn has_others(folder: &Path) -> bool {
    let (tables, others): (Vec<PathBuf>, Vec<PathBuf>) =
        entries(folder).into_iter().partition(|path| is_columnar(path));
    others.iter().filter(|path| path.is_file()).any(|path| match open::kind(path) {
        Ok(Some(Kind::Data)) => true,
        Ok(Some(Kind::Text)) => tables.len() == 1 && !open::is_listed_as_metadata(path, None).unwrap_or(true),
        _ => false,
    })
}

fn has_files(folder: &Path, depth: usize) -> bool {
    let entries = entries(folder);
    entries.iter().any(|path| is_columnar(path))
        || depth > 0 && entries.iter().any(|path| key(path).is_some() && has_files(path, depth - 1))
}

/// The tables in a folder.
///
/// # Errors
/// Returns an error if it cannot be read, or there are none.
pub(super) fn tables(folder: &Path, allow_outside: bool) -> Result<Found, FormatError> {
    let splits = folder.join(SPLITS);
    let mut found = Found { format: "dataset", tables: Vec::new(), problems: Vec::new() };
    if splits.is_file() {
        for name in names(&json(&splits)?["splits"], |name| name) {
            match inside(folder, &splits, &name, allow_outside).and_then(|split| saved(&split, allow_outside)) {
                Ok(members) => found.tables.push((name, members)),
                Err(error) => found.problems.extend(error.into_problem()),
            }
        }
    } else if folder.join(STATE).is_file() {
        found.tables.push((".".to_owned(), saved(folder, allow_outside)?));
    } else {
        let mut members = Vec::new();
        collect(folder, &[], DEPTH, &mut members);
        if members.is_empty() {
            collect(&folder.join("data"), &[], DEPTH, &mut members);
        }
        let ending = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let is_parquet = |member: &Member| PARQUET.has_ending(&ending(member.content.path()));
        found.format = if members.iter().any(is_parquet) { "parquet" } else { "arrow" };
        found.tables = by_split(members);
    }
    found.problems.extend(found.tables.iter().filter_map(|(_, members)| absent(folder, members)));
    found.tables.retain(|(_, members)| !members.is_empty());
    if found.tables.is_empty() {
        let problem = Problem::error(folder, "there is no Parquet or Arrow file in the folder");
        return Err(found.problems.into_iter().next().unwrap_or(problem).into());
    }
    // People look at what a model was trained on first.
    found.tables.sort_by_key(|(name, _)| name != "train");
    Ok(found)
}

/// The files of a split that `datasets` has saved, as its state lists them.
fn saved(folder: &Path, allow_outside: bool) -> Result<Vec<Member>, FormatError> {
    let state = folder.join(STATE);
    let names = names(&json(&state)?["_data_files"], |file| &file["filename"]);
    let member = |name: String| {
        let path = inside(folder, &state, &name, allow_outside)?;
        Ok(Member { content: Content::File(path), keys: Vec::new() })
    };
    names.into_iter().map(member).collect()
}

/// The texts in a list of values.
fn names(list: &Value, of: impl Fn(&Value) -> &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|value| of(value).as_str().map(str::to_owned)).collect()
}

/// The path that `file` names, if it is in `folder`.
fn inside(folder: &Path, file: &Path, name: &str, allow_outside: bool) -> Result<PathBuf, FormatError> {
    let is_inside = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if is_inside || allow_outside {
        return Ok(folder.join(name));
    }
    let problem = Problem::error(file, format!("{name:?} is outside of the folder, and was not read"));
    Err(problem.kind(crate::ProblemKind::OutsideFolder).way_out("Allow it with --allow-outside").into())
}

fn json(path: &Path) -> Result<Value, FormatError> {
    serde_json::from_slice((*read_whole(path)?).as_ref()).map_err(|error| {
        Problem::error(path, format!("this is not JSON: {error}")).way_out("Save the folder again").into()
    })
}

/// Adds the files of a folder in the order of their names, then those of the folders that name
/// values.
fn collect(folder: &Path, keys: &[(String, String)], depth: usize, members: &mut Vec<Member>) {
    let entries = entries(folder);
    let files = entries.iter().filter(|path| is_columnar(path));
    members.extend(files.map(|path| Member { content: Content::File(path.clone()), keys: keys.to_vec() }));
    if depth == 0 {
        return;
    }
    for path in &entries {
        if let Some(key) = key(path) {
            collect(path, &[keys, &[key]].concat(), depth - 1, members);
        }
    }
}

/// What a folder holds, in the order of names. Names that begin with a dot or a line are of
/// programs.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = folder.read_dir().into_iter().flatten().flatten();
    let is_hidden = |path: &Path| path.file_name().is_none_or(|name| name.to_string_lossy().starts_with(['.', '_']));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.path()).filter(|path| !is_hidden(path)).collect();
    paths.sort_unstable();
    paths
}

fn is_columnar(path: &Path) -> bool {
    is_table(path) && path.is_file()
}

/// The column and the value that a folder's name gives. The value is empty if it is missing.
fn key(path: &Path) -> Option<(String, String)> {
    let (name, value) = path.file_name()?.to_str()?.split_once('=')?;
    let value = if value == NO_VALUE { "" } else { value };
    (!name.is_empty() && path.is_dir()).then(|| (decoded(name), decoded(value)))
}

/// Text whose special characters are written as `%20`.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &others[2..]),
            None => (bytes.push(*first), rest = others),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Files by split, in the order in which splits appear.
fn by_split(members: Vec<Member>) -> Vec<(String, Vec<Member>)> {
    let mut tables: Vec<(String, Vec<Member>)> = Vec::new();
    for member in members {
        let split = shard(&member.content.stem()).map_or_else(|| ".".to_owned(), |(split, _)| split.to_owned());
        match tables.iter_mut().find(|(name, _)| *name == split) {
            Some((_, own)) => own.push(member),
            None => tables.push((split, vec![member])),
        }
    }
    tables
}

/// The warning that files of a split are not there, by the names of the others.
fn absent(folder: &Path, members: &[Member]) -> Option<Problem> {
    let stems: Vec<String> = members.iter().map(|member| member.content.stem()).collect();
    let (split, count) = shard(stems.first()?)?;
    let there = stems.iter().filter(|stem| shard(stem) == Some((split, count))).count();
    let missing = count.checked_sub(there).filter(|&missing| missing > 0)?;
    let are = if missing == 1 { "is" } else { "are" };
    let problem = Problem::warning(folder, format!("{missing} of the {count} files of {split:?} {are} not there"));
    Some(problem.way_out("Their rows are missing; copy them into the folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_decoded() {
        assert_eq!(decoded("a%20b%2"), "a b%2");
        assert_eq!(decoded("%C3%A9%zz%"), "\u{e9}%zz%");
    }
}
