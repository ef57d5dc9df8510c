//! Where the files of an input are.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder in memory, if the system has one.
#[derive(Debug)]
pub struct Place(TempDir);

impl Place {
    /// Creates a folder that is removed when this is dropped.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let builder = &mut tempfile::Builder::new();
        let builder = builder.prefix("parallax-fuzz-");
        let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
        folder.map(Self)
    }

    /// Returns the path of `name` in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Removes what is in it.
    pub(crate) fn clear(&self) {
        let entries = fs::read_dir(self.0.path()).into_iter().flatten().flatten();
        for entry in entries {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
            removed.ok();
        }
    }

    /// Writes a file, and returns its path. Files whose names contradict each other, as `a` and
    /// `a/b`, are left out.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        if name.contains('/') {
            path.parent().and_then(|folder| fs::create_dir_all(folder).ok());
        }
        fs::write(&path, bytes).ok();
        path
    }
}
