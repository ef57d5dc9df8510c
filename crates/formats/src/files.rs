//! Files as bytes.

use std::{io::Write as _, path::Path};

use parallax_embedding::SharedBytes;

use crate::{
    FormatError,
    map::{keep, map},
    write::write_file,
};

/// The bytes of the file at `path`, for reading a part of it: the operating system reads only the
/// parts that are used.
///
/// # Errors
/// Returns an error if the file cannot be opened.
pub fn read_bytes(path: &Path) -> Result<SharedBytes, FormatError> {
    map(path)
}

/// The bytes of the file at `path`, for reading all of it.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub fn read_whole(path: &Path) -> Result<SharedBytes, FormatError> {
    keep(path)
}

/// Writes `bytes` to the file at `path`, which holds the old or the new content at any moment.
///
/// # Errors
/// Returns an error if the file cannot be written; it is then unchanged.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    write_file(path, |out| Ok(out.write_all(bytes)?))
}
