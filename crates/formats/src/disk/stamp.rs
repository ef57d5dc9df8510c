//! Whether a file is still the one that was read, judging by its size and modification time.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The state of a file at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    path: PathBuf,
    /// Its size and modification time; `None` if there was no such file.
    seen: Option<(u64, Option<SystemTime>)>,
}

/// How a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Its content has changed.
    Other,
    /// The file is gone.
    Gone,
}

impl Stamp {
    /// The current state of the file at `path`.
    #[must_use]
    pub fn now(path: &Path) -> Self {
        let seen = fs::metadata(path).ok().map(|known| (known.len(), known.modified().ok()));
        Self { path: path.to_path_buf(), seen }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file existed.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.seen.is_some()
    }

    /// How the file has changed until `now`. Returns `None` if it has not.
    #[must_use]
    pub fn change(&self, now: &Self) -> Option<Change> {
        match (&self.seen, &now.seen) {
            (before, after) if before == after => None,
            (_, None) => Some(Change::Gone),
            _ => Some(Change::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn stamps_change_with_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(!Stamp::now(&path).is_there());
        fs::write(&path, "abc").unwrap();
        let before = Stamp::now(&path);
        let change = || before.change(&Stamp::now(&path));
        assert_eq!(change(), None);
        fs::write(&path, "ab").unwrap();
        assert_eq!(change(), Some(Change::Other));
        fs::write(&path, "xyz").unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(change(), Some(Change::Other), "as large as before, and written later");
        fs::remove_file(&path).unwrap();
        assert_eq!(change(), Some(Change::Gone));
    }
}
