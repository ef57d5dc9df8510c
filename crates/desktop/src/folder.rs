//! The listing of a folder, for choosing a file in it.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// A folder and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The folder.
    pub folder: PathBuf,
    /// Its entries, folders first, by name; or why it cannot be listed.
    pub entries: Result<Vec<Entry>, String>,
}

/// A file or a folder in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// Whether it is a folder or a link to one.
    pub is_folder: bool,
    /// The size of a file.
    pub bytes: u64,
}

/// Lists `folder`. Entries that are deleted meanwhile are left out.
#[must_use]
pub fn list(folder: &Path) -> Listing {
    Listing { folder: folder.to_path_buf(), entries: entries(folder).map_err(|error| sentence(folder, &error)) }
}

fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = fs::metadata(entry.path()).or_else(|_| entry.metadata()).ok()?;
            Some(Entry { name: entry.file_name(), is_folder: metadata.is_dir(), bytes: metadata.len() })
        })
        .collect();
    entries.sort_by_cached_key(|entry| (!entry.is_folder, entry.name.to_string_lossy().to_lowercase()));
    Ok(entries)
}

fn sentence(folder: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("There is no folder {}.", folder.display()),
        io::ErrorKind::PermissionDenied => format!("You don't have permission to open {}.", folder.display()),
        io::ErrorKind::NotADirectory => format!("{} is a file, not a folder.", folder.display()),
        _ => format!("{} cannot be listed: {error}.", folder.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_has_folders_first_and_ignores_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.npy", "A.tsv"] {
            fs::write(folder.path().join(name), "12").unwrap();
        }
        fs::create_dir(folder.path().join("z")).unwrap();
        let listing = list(folder.path());
        let entries = listing.entries.unwrap();
        let seen: Vec<(&str, bool)> = entries.iter().map(|e| (e.name.to_str().unwrap(), e.is_folder)).collect();
        assert_eq!(seen, [("z", true), ("A.tsv", false), ("b.npy", false)]);
        assert_eq!(entries[1].bytes, 2);
    }

    #[test]
    fn folder_that_cannot_be_listed_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, "").unwrap();
        assert!(list(&folder.path().join("none")).entries.unwrap_err().starts_with("There is no folder"));
        assert!(list(&file).entries.unwrap_err().contains("not a folder"));
    }
}
