//! Writes files that hold their old or their whole new content at any moment.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
};

use parallax_embedding::{Cancelled, Damaged, Vectors};

use super::unfinished;
use crate::FormatError;

/// Writes a file so that its target is always either the old file or the whole new one: it is
/// written next to the target, synced, and renamed.
///
/// An existing target keeps its permissions; a link is followed; a device or a pipe is written to
/// directly.
pub(crate) fn write_file(
    path: &Path,
    content: impl FnOnce(&mut Out<'_>) -> Result<(), Stop>,
) -> Result<(), FormatError> {
    write_rows(path, None, content)
}

/// The same for content that is made of `vectors`. If some of them are lost by the end, the target is
/// left as it was.
pub(crate) fn write_rows(
    path: &Path,
    vectors: Option<&Vectors>,
    content: impl FnOnce(&mut Out<'_>) -> Result<(), Stop>,
) -> Result<(), FormatError> {
    let check = || vectors.map_or(Ok(()), Vectors::check);
    replace_file(path, |out| {
        content(out)?;
        Ok(check()?)
    })
    .map_err(|stop| match (stop, check()) {
        // The system refuses to write what it cannot read.
        (Stop::Damaged(damaged), _) | (Stop::Io(_), Err(damaged)) => damaged.into(),
        (Stop::Io(source), Ok(())) => FormatError::write(path)(source),
        (Stop::Cancelled, _) => FormatError::Cancelled,
    })
}

/// A file that is being written.
pub(crate) type Out<'a> = BufWriter<&'a mut File>;

/// Why writing stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Io(io::Error),
    Damaged(Damaged),
    Cancelled,
}

impl From<Damaged> for Stop {
    fn from(damaged: Damaged) -> Self {
        Self::Damaged(damaged)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Cancelled> for Stop {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

fn replace_file(path: &Path, content: impl FnOnce(&mut Out<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let old = fs::metadata(&target).ok();
    match &old {
        Some(old) if old.is_dir() => return Err(io::Error::from(io::ErrorKind::IsADirectory).into()),
        Some(old) if !old.is_file() => return fill(&mut File::options().write(true).open(&target)?, content),
        _ => {}
    }
    let folder = super::folder_of(&target);
    let mut file = unfinished::file_in(folder)?;
    fill(file.as_file_mut(), content)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// Makes renames within `folder` durable. Some systems cannot sync a folder, but the content of its
/// files is safe there too.
pub(crate) fn sync_folder(folder: &Path) {
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
}

fn fill(file: &mut File, content: impl FnOnce(&mut Out<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    content(&mut out)?;
    Ok(out.flush()?)
}

/// Writes `bytes` to the file at `path`, which holds the old or the new content at any moment.
///
/// # Errors
/// Returns an error if the file cannot be written; it is then unchanged.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    write_file(path, |out| Ok(out.write_all(bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(folder.path(), |_| Ok(())).unwrap_err();
        assert!(matches!(error, FormatError::Io { doing: "cannot write", .. }));
        let missing = folder.path().join("no/such/file.npy");
        assert!(write_bytes(&missing, b"new").unwrap_err().to_string().contains("no such file or folder"));
    }

    #[cfg(unix)]
    #[test]
    fn write_follows_links_keeps_permissions_and_replaces_only_files() {
        use std::os::unix::{
            fs::{FileTypeExt as _, PermissionsExt as _, symlink},
            net::UnixListener,
        };
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_file(&link, |out| Ok(out.write_all(b"new")?)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(write_file(&socket, |out| Ok(out.write_all(b"new")?)).is_err(), "a socket cannot be opened as a file");
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    }
}
