//! What the program stores and finds on a machine: [`Settings`], [recent files](RecentFile),
//! [work that is not lost if the program is killed](work), [folders](folder), [fonts](mod@fonts).
//!
//! Data files are read by `parallax_formats`, not here. Everything here may wait for a disk, so
//! callers use a background task.
//!
//! ```
//! use parallax_desktop::{Settings, folder};
//!
//! let home = tempfile::tempdir()?;
//! let path = home.path().join("settings.json");
//! Settings { reduced_motion: true, ..Settings::default() }.save(&path)?;
//! let (settings, fault) = Settings::load(&path);
//! assert!(settings.reduced_motion && fault.is_none());
//! assert_eq!(folder::list(home.path()).entries.unwrap()[0].name, "settings.json");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod folder;
pub mod fonts;
mod recent;
mod settings;
pub mod work;

pub use recent::RecentFile;
pub use settings::{Settings, Unreadable, home, settings_path};
