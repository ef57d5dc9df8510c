//! A file's bytes, mapped or read. A mapped file uses memory only for the parts that are read.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    ops::Range,
    path::Path,
    sync::Arc,
};

use parallax_embedding::SharedBytes;

use super::mapped::Mapped;
use crate::FormatError;

/// Files of up to this many bytes are read rather than mapped, so that other programs may change
/// them in the meantime.
pub(crate) const READ_BYTES: u64 = 256 << 20;

/// The bytes of the file at `path` for reading a part of it, as a listing does: the operating
/// system reads only the parts that are used.
///
/// # Errors
/// Returns an error if the file cannot be opened or mapped; a folder counts as such.
pub fn read_bytes(path: &Path) -> Result<SharedBytes, FormatError> {
    let file = File::open(path).map_err(FormatError::read(path))?;
    if file.metadata().map_err(FormatError::read(path))?.len() == 0 {
        // An empty mapping is an error on some systems.
        return Ok(Arc::new(Vec::new()));
    }
    Ok(Arc::new(Mapped::new(&file, path).map_err(FormatError::read(path))?))
}

/// The bytes of the file at `path` for as long as an embedding is open: read, or mapped if there
/// are more than 256 MiB.
///
/// # Errors
/// As [`read_bytes`].
pub fn read_whole(path: &Path) -> Result<SharedBytes, FormatError> {
    let known = fs::metadata(path).map_err(FormatError::read(path))?;
    if !known.is_file() || known.len() > READ_BYTES {
        return read_bytes(path);
    }
    Ok(Arc::new(fs::read(path).map_err(FormatError::read(path))?))
}

/// Bytes that have the `range` of the file at `path`, for as long as an embedding is open, and
/// where it begins in them. Of a file that [`read_whole`] reads, nothing else is read.
///
/// # Errors
/// As [`read_bytes`]. If the file ends within the range, there are fewer bytes.
pub(crate) fn read_range(path: &Path, range: Range<usize>) -> Result<(SharedBytes, usize), FormatError> {
    let mut file = File::open(path).map_err(FormatError::read(path))?;
    let size = file.metadata().map_err(FormatError::read(path))?.len();
    if size > READ_BYTES {
        return Ok((read_bytes(path)?, range.start));
    }
    let there = size.saturating_sub(range.start as u64).min(range.len() as u64);
    let mut bytes = Vec::with_capacity(usize::try_from(there).unwrap_or(0));
    file.seek(SeekFrom::Start(range.start as u64)).map_err(FormatError::read(path))?;
    file.take(there).read_to_end(&mut bytes).map_err(FormatError::read(path))?;
    Ok((Arc::new(bytes), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
        let read = |bytes: SharedBytes| (*bytes).as_ref().to_vec();
        let mapped = read_bytes(path).map(read).map_err(|error| error.to_string());
        assert_eq!(read_whole(path).map(read).map_err(|error| error.to_string()), mapped);
        mapped
    }

    #[test]
    fn files_are_lent_empty_ones_too_and_folders_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, b"").unwrap();
        assert_eq!(bytes_of(&file).unwrap(), b"");
        fs::write(&file, b"abc").unwrap();
        assert_eq!(bytes_of(&file).unwrap(), b"abc");
        let part = |range| read_range(&file, range).map(|(bytes, start)| ((*bytes).as_ref().to_vec(), start)).unwrap();
        assert_eq!((part(1..2), part(1..9), part(7..9)), ((b"b".into(), 0), (b"bc".into(), 0), (b"".into(), 0)));
        assert!(bytes_of(folder.path()).unwrap_err().contains("cannot read"));
        assert!(bytes_of(&folder.path().join("y")).unwrap_err().contains("there is no such file or folder"));
    }

    /// What is cut off a mapped file would be lost.
    #[test]
    fn kept_bytes_survive_changes_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        let content = vec![7; 100_000];
        fs::write(&file, &content).unwrap();
        let kept = read_whole(&file).unwrap();
        File::options().write(true).open(&file).unwrap().set_len(10).unwrap();
        assert!((*kept).as_ref() == content);
        fs::write(&file, vec![8; 100_000]).unwrap();
        assert!((*kept).as_ref() == content);
    }
}
