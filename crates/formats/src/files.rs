//! Files as they are, for those who know what the bytes in them mean.

use std::{io::Write as _, path::Path};

use parallax_embedding::SharedBytes;

use crate::{
    FormatError,
    map::{keep, map},
    write::write_file,
};

/// The bytes of the file at `path`, for a short look: the operating system reads them where and when they are looked at.
///
/// # Errors
/// Where the file cannot be opened.
pub fn read_bytes(path: &Path) -> Result<SharedBytes, FormatError> {
    map(path)
}

/// The bytes of the file at `path`, to be read from end to end.
///
/// # Errors
/// Where the file cannot be read.
pub fn read_whole(path: &Path) -> Result<SharedBytes, FormatError> {
    keep(path)
}

/// Puts `bytes` into the file at `path`, which is the old one or the whole new one at any moment.
///
/// # Errors
/// Where the file cannot be written; it is then as it was before.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    write_file(path, |out| Ok(out.write_all(bytes)?))
}
