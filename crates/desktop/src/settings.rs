//! The settings, which are remembered between starts.
//!
//! They are a JSON file in the platform's usual place, which holds the old or the new settings at
//! any moment. A file that cannot be read is renamed and reported, so that nothing the user wrote
//! is lost.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use etcetera::{AppStrategy as _, AppStrategyArgs, app_strategy};
use parallax_formats::{FormatError, write_bytes};
use parallax_session::{Panels, Theme};
use serde::{Deserialize, Serialize};

use crate::RecentFile;

/// The number of recent files that are remembered.
const MOST_RECENT: usize = 12;

/// The settings, which are remembered between starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The version of the file's format.
    pub version: u32,
    /// Dark, light, or of high contrast.
    pub theme: Theme,
    /// Which panels are seen and how wide they are.
    pub panels: Panels,
    /// Whether motion is reduced.
    pub reduced_motion: bool,
    /// The recent files, the last first.
    pub recent: Vec<RecentFile>,
    /// Width and height of the window in logical pixels.
    pub window: [u32; 2],
}

/// Why settings cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The file cannot be read.
    File(io::Error),
    /// What is in it are no settings, for this reason.
    Content(String),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Content(why) => write!(f, "its content is not that of settings: {why}"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            theme: Theme::default(),
            panels: Panels::default(),
            reduced_motion: false,
            recent: Vec::new(),
            window: [1440, 900],
        }
    }
}

/// Returns where the settings are, or `None` if the machine has no place for them.
#[must_use]
pub fn settings_path() -> Option<PathBuf> {
    let arguments =
        AppStrategyArgs { top_level_domain: "org".into(), author: "Parallax".into(), app_name: "Parallax".into() };
    Some(app_strategy::choose_native_strategy(arguments).ok()?.config_dir().join("settings.json"))
}

/// Returns the home folder.
#[must_use]
pub fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

impl Settings {
    /// Reads the settings. Returns the default ones if there are none. If they cannot be read,
    /// returns the default ones and a sentence that says why.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<String>) {
        match Self::read(path) {
            Ok(settings) => settings.unwrap_or_default().into(),
            Err(Unreadable::Content(why)) => set_aside(path, &why),
            Err(Unreadable::File(error)) => {
                (Self::default(), Some(format!("The settings in {} cannot be read: {error}.", path.display())))
            }
        }
    }

    /// Reads the settings, and leaves the file as it is. Returns `None` if there is no file.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, Unreadable> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Unreadable::Content("it is not text".into()));
            }
            Err(error) => return Err(Unreadable::File(error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| Unreadable::Content(error.to_string()))
    }

    /// Tries whether settings can be written to `path`, and leaves nothing behind.
    ///
    /// # Errors
    /// Why they cannot.
    pub fn try_writing(path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let exists = |folder: &&Path| folder.as_os_str().is_empty() || folder.exists();
        let folder = path.ancestors().skip(1).find(exists).unwrap_or_else(|| Path::new("."));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // The name of the file that is tried says nothing.
        tempfile::NamedTempFile::new_in(folder)
            .and_then(tempfile::NamedTempFile::close)
            .map_err(|error| error.kind().into())
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// Why they cannot be written, as a sentence.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        self.write(path).map_err(|error| {
            format!(
                "The settings cannot be written to {}: {error}. They apply until the program closes.",
                path.display()
            )
        })
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new(".")))?;
        let text = serde_json::to_string_pretty(self)?;
        write_bytes(path, text.as_bytes()).map_err(|error| match error {
            FormatError::Io { source, .. } => source,
            error => io::Error::other(error),
        })
    }

    /// Puts `file` first among the recent files.
    pub fn remember(&mut self, file: RecentFile) {
        self.recent.retain(|other| other.path != file.path);
        self.recent.insert(0, file);
        self.recent.truncate(MOST_RECENT);
    }
}

impl From<Settings> for (Settings, Option<String>) {
    fn from(settings: Settings) -> Self {
        (settings, None)
    }
}

/// Renames the broken file.
fn set_aside(path: &Path, why: &str) -> (Settings, Option<String>) {
    let name = |number: usize| path.with_extension(format!("broken-{number}.json"));
    let free = (1..=9999).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0));
    let where_to = match fs::rename(path, &free) {
        Ok(()) => format!("It now is {}, and the default settings are used", free.display()),
        Err(error) => format!("It cannot be renamed ({error}), and the default settings are used"),
    };
    (Settings::default(), Some(format!("The settings in {} cannot be read: {why}. {where_to}.", path.display())))
}

#[cfg(test)]
mod tests {
    use parallax_session::{OpenOptions, Panel};

    use super::*;

    fn file(path: &str) -> RecentFile {
        RecentFile { path: path.into(), ..RecentFile::default() }
    }

    #[test]
    fn settings_are_loaded_as_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        let mut settings = Settings { theme: Theme::Light, window: [800, 600], ..Settings::default() };
        settings.panels.folded.push(Panel::Inspector);
        settings.remember(file("/x.npy"));
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings.clone(), None));
        settings.save(&path).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn settings_that_are_broken_are_renamed_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for (number, broken) in [(1, "{\"theme\": \"mauve\"}"), (2, "{"), (3, "7")] {
            fs::write(&path, broken).unwrap();
            let (settings, said) = Settings::load(&path);
            assert_eq!(settings, Settings::default());
            assert!(said.unwrap().contains("cannot be read"), "{broken}");
            let kept = folder.path().join(format!("settings.broken-{number}.json"));
            assert_eq!(fs::read_to_string(kept).unwrap(), broken);
            assert!(!path.exists());
        }
        fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(Settings::load(&path).1.unwrap().contains("not text"));
    }

    /// Settings of older versions lack fields, and those of newer versions have more.
    #[test]
    fn settings_of_other_versions_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, r#"{"theme": "contrast", "recent": ["/x.npy"], "of the future": [1]}"#).unwrap();
        let recent = vec![file("/x.npy")];
        assert_eq!(Settings::load(&path), (Settings { theme: Theme::Contrast, recent, ..Settings::default() }, None));
    }

    #[test]
    fn settings_that_cannot_be_written_name_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Settings::default().save(&file.join("settings.json")).unwrap_err().contains("cannot be written"));
    }

    /// People keep such files elsewhere, and link to them.
    #[cfg(unix)]
    #[test]
    fn settings_behind_a_link_are_written_there() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("mine.json"), folder.path().join("settings.json"));
        fs::write(&file, "{}").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let settings = Settings { theme: Theme::Light, ..Settings::default() };
        settings.save(&link).unwrap();
        assert_eq!(Settings::load(&file), (settings, None));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    /// A look at them changes nothing on the disk.
    #[test]
    fn settings_are_looked_at_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        assert!(matches!(Settings::read(&path), Ok(None)));
        fs::write(&path, "{").unwrap();
        assert!(matches!(Settings::read(&path), Err(Unreadable::Content(_))));
        assert!(matches!(Settings::read(folder.path()), Err(Unreadable::File(_))));
        Settings::try_writing(&path).unwrap();
        Settings::try_writing(&folder.path().join("a/b/settings.json")).unwrap();
        assert!(Settings::try_writing(&path.join("settings.json")).is_err());
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["settings.json"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "{");
    }

    #[test]
    fn recent_files_are_few_and_the_last_comes_first() {
        let mut settings = Settings::default();
        (0..20).for_each(|number| settings.remember(file(&format!("/{number}"))));
        let beside = OpenOptions { metadata: Some("/m.tsv".into()), ..OpenOptions::default() };
        let with = RecentFile { options: beside, ..file("/15") };
        settings.remember(with.clone());
        assert_eq!(settings.recent.len(), MOST_RECENT);
        assert_eq!(settings.recent[..3], [with, file("/19"), file("/18")]);
    }
}
