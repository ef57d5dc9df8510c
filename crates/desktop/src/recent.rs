//! Recent files.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use parallax_session::{OpenOptions, Origin, file_name};
use serde::{Deserialize, Serialize};

/// A file or a folder that was open, with the files that were opened with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct RecentFile {
    /// The file or the folder.
    pub path: PathBuf,
    /// The metadata, pictures and layout that were opened with it.
    pub options: OpenOptions,
}

/// The serialized form: a path if nothing was opened with it, as in older versions.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Path(PathBuf),
    File { path: PathBuf, options: OpenOptions },
}

impl RecentFile {
    /// Describes what was opened from `path`. Returns `None` if it cannot be opened again: if the
    /// path cannot be made absolute, or is not valid Unicode. Permissions are not remembered.
    #[must_use]
    pub fn new(path: &Path, options: &OpenOptions) -> Option<Self> {
        let absolute = |path: &Path| std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
        let beside = |path: &Option<PathBuf>| path.as_deref().map_or(Some(None), |path| absolute(path).map(Some));
        let (metadata, sprite) = (beside(&options.metadata)?, beside(&options.sprite)?);
        let options = OpenOptions { metadata, sprite, allow_outside: false, ..options.clone() };
        Some(Self { path: absolute(path)?, options })
    }

    /// Returns what to open.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::Path { path: self.path.clone(), options: self.options.clone() }
    }
}

impl fmt::Display for RecentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        let beside = [&self.options.metadata, &self.options.sprite].into_iter().flatten();
        beside
            .enumerate()
            .try_for_each(|(place, path)| write!(f, " {} {}", if place == 0 { "with" } else { "and" }, file_name(path)))
    }
}

impl From<RecentFile> for Written {
    fn from(RecentFile { path, options }: RecentFile) -> Self {
        if options == OpenOptions::default() { Self::Path(path) } else { Self::File { path, options } }
    }
}

impl From<Written> for RecentFile {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => Self { path, options: OpenOptions::default() },
            Written::File { path, options } => Self { path, options },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_file_is_written_with_its_options_or_as_a_path() {
        let alone = RecentFile::new(Path::new("/x.npy"), &OpenOptions::default()).unwrap();
        assert_eq!(serde_json::to_string(&alone).unwrap(), "\"/x.npy\"");
        assert_eq!(alone.to_string(), "/x.npy");
        let options = OpenOptions {
            metadata: Some("/m.tsv".into()),
            sprite: Some("/s.png".into()),
            thumbnail: Some([28, 28]),
            allow_outside: true,
            ..OpenOptions::default()
        };
        let file = RecentFile::new(Path::new("/x.npy"), &options).unwrap();
        let read: RecentFile = serde_json::from_str(&serde_json::to_string(&file).unwrap()).unwrap();
        assert_eq!((&read, read.options.thumbnail, read.options.allow_outside), (&file, Some([28, 28]), false));
        assert_eq!(file.to_string(), "/x.npy with m.tsv and s.png");
    }

    #[test]
    fn recent_file_makes_relative_paths_absolute() {
        let options = OpenOptions { metadata: Some("m.tsv".into()), ..OpenOptions::default() };
        let file = RecentFile::new(Path::new("x.npy"), &options).unwrap();
        assert!(file.path.is_absolute() && file.options.metadata.unwrap().is_absolute());
    }
}
