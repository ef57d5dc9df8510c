//! Files as bytes: read or mapped, stamped, replaced. Nothing here knows a format, and the formats
//! open and write files through this module. `guard` and `mapped` have the only unsafe code of the
//! crate.

use std::path::Path;

#[cfg(unix)]
mod guard;
mod map;
mod mapped;
mod replace;
mod stamp;
mod unfinished;

pub(crate) use map::{READ_BYTES, read_range};
pub use map::{read_bytes, read_whole};
pub(crate) use mapped::Reading;
pub use replace::write_bytes;
pub(crate) use replace::{Out, Stop, sync_folder, write_file, write_rows};
pub use stamp::{Change, Stamp};
pub(crate) use unfinished::{UnfinishedFolder, sweep};

/// The folder that `file` is in: the current one if only the file's name is given.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
