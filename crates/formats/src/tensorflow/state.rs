//! The text file `checkpoint` of a folder: which checkpoint is the latest, and which others are
//! kept.

use std::path::{Path, PathBuf};

use super::files::exists;
use crate::{FormatError, Problem, disk::read_whole, error::counted, moved, tensorboard::textproto};

/// The checkpoints of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointList {
    /// The prefix of the latest one that exists; `None` if none does.
    pub latest: Option<PathBuf>,
    /// The prefixes of all that exist, oldest first.
    pub all: Vec<PathBuf>,
    /// Problems: checkpoints that are listed but missing, or somewhere else.
    pub problems: Vec<Problem>,
}

/// Reads which checkpoints `folder` holds. Returns `None` if it has no file `checkpoint`.
///
/// Names are relative to the folder. If a name does not exist, such as an absolute path from the
/// machine that wrote it, the longest end of its path that exists in the folder is used, and a note
/// reports it. A name may lead out of the folder: the caller decides whether it may be read.
///
/// # Errors
/// Returns an error if the file `checkpoint` cannot be read or is not in the text format.
pub fn latest(folder: &Path) -> Result<Option<CheckpointList>, FormatError> {
    let file = folder.join("checkpoint");
    if !file.is_file() {
        return Ok(None);
    }
    let names = parse((*read_whole(&file)?).as_ref()).map_err(|(at, message)| {
        Problem::error(&file, message).at(at).way_out("Correct the line, or delete the file and name a checkpoint")
    })?;
    let mut list = CheckpointList { latest: None, all: Vec::new(), problems: Vec::new() };
    let mut moved = Vec::new();
    for name in &names.all {
        match find(folder, name) {
            Some(prefix) => {
                if !exists(&folder.join(name)) {
                    moved.push((name, prefix.clone()));
                }
                list.all.push(prefix);
            }
            None => list.problems.push(gone(&file, name)),
        }
    }
    if let [(name, prefix), others @ ..] = &moved[..] {
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(", and {} likewise", counted(others.len(), "other"))
        };
        let reason = moved::reason(name, prefix);
        list.problems.push(Problem::note(&file, format!("the checkpoint {name:?} {reason}{others}")));
    }
    list.latest = names.latest.and_then(|name| find(folder, &name)).or_else(|| list.all.last().cloned());
    Ok(Some(list))
}

/// What the file says, all names oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    latest: Option<String>,
    all: Vec<String>,
}

/// Reads a `CheckpointState`. The latest counts among all, even if it is not listed with them.
fn parse(bytes: &[u8]) -> Result<Names, (String, String)> {
    let message = textproto::parse(bytes).map_err(|fault| (fault.at.to_string(), fault.message))?;
    let latest = message.texts("model_checkpoint_path").last().map(str::to_owned);
    let mut all: Vec<String> = message.texts("all_model_checkpoint_paths").map(str::to_owned).collect();
    if let Some(latest) = &latest
        && !all.contains(latest)
    {
        all.push(latest.clone());
    }
    Ok(Names { latest, all })
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let named = Some(folder.join(name)).filter(|prefix| !name.is_empty() && exists(prefix));
    named.or_else(|| moved::find(name, &[folder], exists))
}

fn gone(file: &Path, name: &str) -> Problem {
    Problem::warning(file, format!("the checkpoint {name:?} is listed, but its files are not there"))
        .way_out("Copy them beside this file, or take the name out of it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists a folder with that `checkpoint` file and files of those names, as (latest, all, number
    /// of problems).
    #[track_caller]
    fn check(text: &str, files: &[&str], latest_name: Option<&str>, all: &[&str], problems: usize) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("checkpoint"), text).unwrap();
        for file in files {
            std::fs::write(folder.path().join(file), b"").unwrap();
        }
        let list = latest(folder.path()).unwrap().unwrap();
        let absolute = |name: &&str| folder.path().join(name);
        assert_eq!(list.latest, latest_name.as_ref().map(absolute));
        assert_eq!(list.all, all.iter().map(absolute).collect::<Vec<_>>());
        assert_eq!(list.problems.len(), problems, "{:?}", list.problems);
    }

    #[test]
    fn checkpoint_lists_report_missing_files() {
        let two =
            "model_checkpoint_path: 'm-2'\nall_model_checkpoint_paths: 'm-1'\nall_model_checkpoint_paths: 'm-2'\n";
        check(two, &["m-1.index", "m-2"], Some("m-2"), &["m-1", "m-2"], 0);
        check(two, &["m-1.index"], Some("m-1"), &["m-1"], 1);
        check(two, &[], None, &[], 2);
        check("", &["m-1.index"], None, &[], 0);
        // TensorBoard's own test of a path that leads nowhere.
        check(
            "model_checkpoint_path: \"does_not_exist\"\nall_model_checkpoint_paths: \"does_not_exist\"",
            &[],
            None,
            &[],
            1,
        );
    }

    #[test]
    fn names_of_other_machines_are_looked_for_here() {
        check("model_checkpoint_path: '/home/x/run 1/m-7'", &["m-7.index"], Some("m-7"), &["m-7"], 1);
        check("model_checkpoint_path: \"C:\\\\runs\\\\m-7\"", &["m-7.index"], Some("m-7"), &["m-7"], 1);
        check("model_checkpoint_path: \"sub/m-7\"", &["m-7"], Some("m-7"), &["m-7"], 1);
        let sharded = "model_checkpoint_path: \"m-?????-of-00001\" last_preserved_timestamp: 1.5e9";
        check(sharded, &["m-00000-of-00001"], Some("m-?????-of-00001"), &["m-?????-of-00001"], 0);
    }

    #[test]
    fn checkpoint_lists_are_optional_and_faults_have_positions() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(latest(folder.path()).unwrap(), None);
        std::fs::write(folder.path().join("checkpoint"), "model_checkpoint_path: \"m-").unwrap();
        let error = latest(folder.path()).unwrap_err().to_string();
        assert!(error.contains("checkpoint: line 1, column "), "{error}");
    }
}
