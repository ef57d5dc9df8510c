//! Finds the runs of a log directory.
//!
//! The whole tree is walked, each real folder once, so that cyclic links do no harm. A run is a
//! folder with a `projector_config.pbtxt` or a `checkpoint` file, whether or not there are events;
//! the projector's own plugin folder counts as part of the run that contains it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::CONFIG_NAME;
use crate::{FormatError, Problem, disk::folder_of};

/// The folder of a run in which TensorBoard's projector plugin keeps its files.
const PLUGIN_FOLDER: &str = "plugins/org_tensorflow_tensorboard_projector";

/// The most folders that are searched: a log directory has hundreds, a disk has millions.
const MAX_FOLDERS: usize = 50_000;

/// A folder that is a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folder {
    /// The path below the log directory; `.` for the directory itself.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The configuration, here or in the plugin's folder.
    pub(super) config: Option<PathBuf>,
}

/// What a walk through a log directory found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The runs by name, `.` first.
    pub(super) folders: Vec<Folder>,
    /// The number of event files, which hold no embeddings, for the message if nothing else is
    /// found.
    pub(super) events: usize,
    /// Whether there is nothing in the log directory itself.
    pub(super) is_empty: bool,
    /// An index of a checkpoint that no `checkpoint` file names. It can be opened by its own name.
    pub(super) loose_index: Option<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Walks through `logdir`.
///
/// # Errors
/// Returns an error if the directory itself cannot be read; if a folder below it cannot be read,
/// that is a problem.
pub(super) fn walk(logdir: &Path) -> Result<Found, FormatError> {
    let is_empty = fs::read_dir(logdir).map_err(FormatError::read(logdir))?.next().is_none();
    let (mut found, mut runs) = (Found { is_empty, ..Found::default() }, BTreeMap::<PathBuf, Folder>::new());
    let (mut visited, mut waiting) = (BTreeSet::new(), vec![PathBuf::new()]);
    while let Some(below) = waiting.pop() {
        let path = logdir.join(&below);
        let Ok(real) = path.canonicalize() else { continue };
        if !visited.insert(real) {
            continue;
        }
        if visited.len() > MAX_FOLDERS {
            let message = format!("only the first {MAX_FOLDERS} folders were looked through");
            found.problems.push(Problem::warning(logdir, message).way_out("Open a folder further down"));
            break;
        }
        match list(&path) {
            Ok(listing) => {
                waiting.extend(listing.folders.iter().rev().map(|name| below.join(name)));
                note(&below, &path, listing, &mut runs, &mut found);
            }
            Err(error) => found.problems.extend(error.into_problem()),
        }
    }
    found.folders = runs.into_values().collect();
    found.folders.sort_by(|a, b| (a.name != ".", &a.name).cmp(&(b.name != ".", &b.name)));
    Ok(found)
}

/// Adds the content of one folder to what was found.
fn note(below: &Path, path: &Path, listing: Listing, runs: &mut BTreeMap<PathBuf, Folder>, found: &mut Found) {
    found.events += listing.events;
    if found.loose_index.is_none() && !listing.checkpoint {
        found.loose_index = listing.index.map(|name| path.join(name));
    }
    let config = listing.config.then(|| path.join(CONFIG_NAME));
    // A plugin's folder belongs to the run two folders up, unless the walk began in it.
    let owner = below.ends_with(PLUGIN_FOLDER).then(|| below.ancestors().nth(2)).flatten();
    if let (Some(owner), Some(config)) = (owner, &config) {
        let run_path = path.ancestors().nth(2).unwrap_or(path);
        let run = runs.entry(owner.to_path_buf()).or_insert_with(|| Folder::new(owner, run_path));
        if let Some(other) = run.config.replace(config.clone()) {
            let message = format!("{} exists too and is used", config.display());
            found.problems.push(Problem::warning(other, message).way_out("Join the two configurations"));
        }
    } else if config.is_some() || listing.checkpoint {
        let run = runs.entry(below.to_path_buf()).or_insert_with(|| Folder::new(below, path));
        run.config = config;
    }
}

impl Folder {
    /// The run of a configuration that was opened by itself.
    pub(super) fn of_config(file: &Path) -> Self {
        let folder = folder_of(file);
        let run = folder.ends_with(PLUGIN_FOLDER).then(|| folder.ancestors().nth(2)).flatten();
        Self { name: ".".to_owned(), path: run.unwrap_or(folder).to_path_buf(), config: Some(file.to_path_buf()) }
    }

    fn new(below: &Path, path: &Path) -> Self {
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let name = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        Self { name, path: path.to_path_buf(), config: None }
    }
}

/// The content of one folder.
#[derive(Debug, Default)]
struct Listing {
    /// The names of its subfolders, sorted.
    folders: Vec<PathBuf>,
    config: bool,
    checkpoint: bool,
    events: usize,
    index: Option<PathBuf>,
}

fn list(path: &Path) -> Result<Listing, FormatError> {
    let mut listing = Listing::default();
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(FormatError::read(path))? {
        let entry = entry.map_err(FormatError::read(path))?;
        let kind = entry.file_type().map_err(FormatError::read(&entry.path()))?;
        let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
        names.push((PathBuf::from(entry.file_name()), is_folder));
    }
    names.sort();
    for (name, is_folder) in names {
        let text = name.to_string_lossy();
        match &*text {
            _ if is_folder => listing.folders.push(name),
            CONFIG_NAME => listing.config = true,
            "checkpoint" => listing.checkpoint = true,
            text if text.contains("tfevents") => listing.events += 1,
            _ if listing.index.is_none() && name.extension().is_some_and(|ending| ending == "index") => {
                listing.index = Some(name);
            }
            _ => {}
        }
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    fn names(found: &Found) -> Vec<&str> {
        found.folders.iter().map(|folder| folder.name.as_str()).collect()
    }

    #[test]
    fn runs_are_found_wherever_they_lie() {
        let root = tree(&[
            "b/projector_config.pbtxt",
            "a/deep/er/checkpoint",
            "a/events.out.tfevents.1",
            "checkpoint",
            "-/projector_config.pbtxt",
            "empty/other.txt",
            "saved/model.index",
        ]);
        let found = walk(root.path()).unwrap();
        assert_eq!(names(&found), [".", "-", "a/deep/er", "b"]);
        assert_eq!(found.folders[3].config, Some(root.path().join("b/projector_config.pbtxt")));
        assert_eq!((found.folders[0].config.clone(), found.events), (None, 1));
        assert_eq!(found.loose_index, Some(root.path().join("saved/model.index")));
        assert_eq!(found.problems, []);
    }

    #[test]
    fn plugin_folders_belong_to_their_run() {
        let config = format!("train/{PLUGIN_FOLDER}/projector_config.pbtxt");
        let root = tree(&[&config, "train/checkpoint"]);
        let found = walk(root.path()).unwrap();
        assert_eq!(names(&found), ["train"]);
        assert_eq!(found.folders[0].path, root.path().join("train"));
        assert_eq!(found.folders[0].config, Some(root.path().join(&config)));
        assert_eq!(names(&walk(&root.path().join("train").join(PLUGIN_FOLDER)).unwrap()), ["."]);

        let both = tree(&[&config, "train/projector_config.pbtxt"]);
        let found = walk(both.path()).unwrap();
        assert_eq!(found.folders[0].config, Some(both.path().join(&config)));
        assert_eq!(found.problems.len(), 1, "that one of the two is left out is said");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let root = tree(&["runs/a/checkpoint"]);
        let elsewhere = tree(&["b/checkpoint"]);
        std::os::unix::fs::symlink(root.path(), root.path().join("runs/a/loop")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("runs/link")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("runs/broken")).unwrap();
        assert_eq!(names(&walk(root.path()).unwrap()), ["runs/a", "runs/link/b"]);
    }

    #[test]
    fn missing_folders_are_errors() {
        let error = walk(Path::new("/no/such/folder")).unwrap_err();
        assert!(error.to_string().starts_with("/no/such/folder: cannot read: there is no such file or folder"));
    }
}
