//! Lends a file's bytes by mapping it: memory is used only where they are read. The only unsafe code of the crate.

use std::{fs::File, path::Path, sync::Arc};

use memmap2::Mmap;
use parallax_embedding::SharedBytes;

use crate::FormatError;

/// The bytes of the file at `path`, read by the operating system where and when they are looked at.
///
/// # Errors
/// Where the file cannot be opened or mapped; a folder counts as such.
pub(crate) fn map(path: &Path) -> Result<SharedBytes, FormatError> {
    let file = File::open(path).map_err(FormatError::read(path))?;
    if file.metadata().map_err(FormatError::read(path))?.len() == 0 {
        // An empty mapping is an error on some systems.
        return Ok(Arc::new(Vec::new()));
    }
    #[expect(unsafe_code, reason = "a mapped file is the only way to lend gigabytes without reading them")]
    // SAFETY: the mapping is read-only and private to this process, and it is handed out as bytes alone, for which every
    // bit pattern is valid. What is left is that another program changes the file meanwhile: changed values show as they
    // are then read; a file cut short ends the program with a bus error. Both are accepted, as by every program
    // that maps files, because the writers of these formats write a new file and rename it.
    let mapped = unsafe { Mmap::map(&file) }.map_err(FormatError::read(path))?;
    Ok(Arc::new(mapped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
        map(path).map(|bytes| (*bytes).as_ref().to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn files_are_lent_empty_ones_too_and_folders_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        std::fs::write(&file, b"").unwrap();
        assert_eq!(bytes_of(&file).unwrap(), b"");
        std::fs::write(&file, b"abc").unwrap();
        assert_eq!(bytes_of(&file).unwrap(), b"abc");
        assert!(bytes_of(folder.path()).unwrap_err().contains("cannot read"));
        assert!(bytes_of(&folder.path().join("y")).unwrap_err().contains("there is no such file or folder"));
    }
}
