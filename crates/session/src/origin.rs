//! Whether views show the same data.

use std::path::{Component, Path, PathBuf, absolute};

use crate::{Origin, View};

impl View {
    /// Returns whether it shows the data of `other`. A file may be named relatively in one of them,
    /// and absolutely in the other.
    #[must_use]
    pub fn has_data_of(&self, other: &Self) -> bool {
        let is_same = self.origin == other.origin || full(&self.origin) == full(&other.origin);
        is_same && (&self.run, &self.embedding) == (&other.run, &other.embedding)
    }
}

/// Returns the origin with absolute paths.
fn full(origin: &Origin) -> Origin {
    let mut full = origin.clone();
    if let Origin::Path { path, options } = &mut full {
        for path in [Some(path), options.metadata.as_mut(), options.sprite.as_mut()].into_iter().flatten() {
            *path = lexical(&absolute(&*path).unwrap_or_else(|_| path.clone()));
        }
    }
    full
}

/// Returns the path without `.` and, if possible from the path alone, without `..`.
#[must_use]
pub fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match (part, plain.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(plain.pop()),
            (part, _) => plain.push(part),
        }
    }
    if plain.as_os_str().is_empty() { ".".into() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Demo, OpenOptions};

    fn view(path: impl Into<PathBuf>, metadata: Option<PathBuf>) -> View {
        let options = OpenOptions { metadata, ..OpenOptions::default() };
        View { origin: Origin::Path { path: path.into(), options }, ..View::default() }
    }

    #[test]
    fn same_file_is_the_same_data_however_it_is_named() {
        let here = std::env::current_dir().unwrap();
        let file = view("v.npy", Some("m.tsv".into()));
        for same in ["v.npy", "./v.npy", "x/../v.npy"] {
            assert!(view(here.join(same), Some(here.join("m.tsv"))).has_data_of(&file), "{same}");
        }
        assert!(!view("w.npy", Some("m.tsv".into())).has_data_of(&file));
        assert!(!view("v.npy", Some("n.tsv".into())).has_data_of(&file));
        assert!(!view("v.npy", None).has_data_of(&file));
        assert!(!View { run: Some("train".into()), ..file.clone() }.has_data_of(&file));
        assert!(!View { origin: Origin::Demo(Demo::Words), ..View::default() }.has_data_of(&file));
    }
}
