//! What the program stores and finds on a machine: [`Settings`], [recent files](RecentFile),
//! [folders](folder), [fonts](mod@fonts).
//!
//! Data files are read by `parallax_formats`, not here. Everything here may wait for a disk, so
//! callers use a background task.

pub mod folder;
pub mod fonts;
mod recent;
mod settings;

pub use recent::RecentFile;
pub use settings::{Settings, home, settings_path};
