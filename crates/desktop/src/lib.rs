//! What the program keeps on a person's machine and finds there: [`Settings`], [recent files](RecentFile), [folders](folder), [fonts](mod@fonts).
//!
//! Files of data are the business of `parallax_formats`; nothing here reads one. Everything here may wait for a disk: callers
//! do it beside the main thread.

pub mod folder;
pub mod fonts;
mod recent;
mod settings;

pub use recent::RecentFile;
pub use settings::{Settings, home, settings_path};
