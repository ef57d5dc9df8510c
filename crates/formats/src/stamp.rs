//! Whether a file is still the one that was read: by its size and the time of its last change.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A file as it was at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    path: PathBuf,
    /// Its size and when it was last changed; `None` if there was no such file.
    seen: Option<(u64, Option<SystemTime>)>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It holds something else.
    Other,
    /// The file is gone.
    Gone,
}

impl Stamp {
    /// The file at `path` as it is now.
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

    /// Whether there was such a file.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.seen.is_some()
    }

    /// What became of it until `now`.
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
