//! What is looked at on disk, and what is seen there: names, sizes, and times.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, Metadata},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::is_noise;
use crate::{OpenOptions, Source, disk::folder_of, siblings};

/// The most folders and files that are looked at: a log directory has hundreds, a disk has millions.
const MOST_FOLDERS: usize = 1000;
const MOST_FILES: usize = 20_000;

/// The files and folders that a source is read from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Watched {
    /// Folders, with all that is below them.
    folders: Vec<PathBuf>,
    /// Files elsewhere.
    files: Vec<PathBuf>,
    /// The file that is open. Those that are numbered like it count.
    open: Option<PathBuf>,
}

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Of all names, sizes, and times.
    pub(super) hash: u64,
    /// The last time that something was written.
    pub(super) newest: Option<SystemTime>,
    /// Whether there is more than is looked at.
    pub(super) is_cut: bool,
}

impl Watched {
    pub(super) fn of(source: &Source, options: &OpenOptions) -> Self {
        let path = source.path.clone();
        let is_folder = path.is_dir();
        let named = [&options.metadata, &options.sprite].into_iter().flatten().cloned();
        let infos = source.runs.iter().flat_map(|run| &run.embeddings);
        let files: BTreeSet<PathBuf> =
            infos.flat_map(crate::EmbeddingInfo::paths).chain(named).chain([path.clone()]).collect();
        // What lies below the folder is found there.
        let files = files.into_iter().filter(|file| !is_folder || !file.starts_with(&path)).collect();
        let (folders, open) = if is_folder { (vec![path], None) } else { (Vec::new(), Some(path)) };
        Self { folders, files, open }
    }

    /// The folders that are watched with all that is below them.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The folders of the files.
    pub(super) fn parents(&self) -> BTreeSet<PathBuf> {
        self.files.iter().map(|file| folder_of(file).to_path_buf()).collect()
    }

    /// Whether a change of the file or folder at `path` may be one of the source.
    pub(super) fn matters(&self, path: &Path) -> bool {
        if is_noise(path) {
            return false;
        }
        let name = path.file_name();
        let is_below = || self.folders.iter().any(|folder| is_within(path, folder));
        let is_file = || self.files.iter().any(|file| file.file_name() == name);
        let is_alike = || self.open.as_ref().is_some_and(|open| open.extension() == path.extension());
        is_below() || is_file() || is_alike()
    }

    /// Looks at all of it. What cannot be read is as if it were not there.
    pub(super) fn look(&self) -> Look {
        let mut eye = Eye::default();
        self.folders.iter().for_each(|folder| eye.walk(folder));
        self.files.iter().for_each(|file| eye.file(file, fs::metadata(file).ok().as_ref()));
        if let Some(open) = &self.open {
            siblings(open).ok().flatten().map(|siblings| siblings.numbers).hash(&mut eye.hasher);
        }
        Look { hash: eye.hasher.finish(), newest: eye.newest, is_cut: eye.is_cut }
    }
}

/// Whether an event's path is below `folder`, which may be written in another way.
fn is_within(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder) || folder.canonicalize().is_ok_and(|folder| path.starts_with(folder))
}

/// What has been seen so far.
#[derive(Default)]
struct Eye {
    hasher: DefaultHasher,
    newest: Option<SystemTime>,
    folders: usize,
    files: usize,
    is_cut: bool,
}

impl Eye {
    /// Looks at all that is below `folder`, at each folder once, whatever links to it.
    fn walk(&mut self, folder: &Path) {
        let (mut visited, mut waiting) = (HashSet::new(), vec![folder.to_path_buf()]);
        while let Some(folder) = waiting.pop() {
            let Ok(real) = folder.canonicalize() else { continue };
            if !visited.insert(real) {
                continue;
            }
            self.folders += 1;
            if self.folders > MOST_FOLDERS || self.files > MOST_FILES {
                self.is_cut = true;
                return;
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| !is_noise(path)).collect();
            paths.sort_unstable();
            for path in paths {
                // Links are followed.
                let known = fs::metadata(&path).ok();
                self.file(&path, known.as_ref());
                if known.is_some_and(|known| known.is_dir()) {
                    waiting.push(path);
                }
            }
        }
    }

    fn file(&mut self, path: &Path, known: Option<&Metadata>) {
        self.files += 1;
        path.hash(&mut self.hasher);
        // The time of a folder is that of what is in it, noise included.
        let is_folder = known.is_some_and(Metadata::is_dir);
        let written = known.filter(|_| !is_folder).and_then(|known| known.modified().ok());
        (is_folder, known.filter(|_| !is_folder).map(Metadata::len), written).hash(&mut self.hasher);
        self.newest = self.newest.max(written);
    }
}
