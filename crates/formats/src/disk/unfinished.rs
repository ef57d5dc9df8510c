//! Files and folders that are being written, beside their targets. If the program is killed
//! meanwhile, they are left over, and whoever writes to the same folder next removes them.
//!
//! Who writes holds a lock, which the system releases with the process. So whatever can be locked
//! is left over, whichever program, user, or machine has begun it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tempfile::{Builder, NamedTempFile, TempDir};

/// How their names begin.
const PREFIX: &str = ".parallax-unfinished-";
/// How many characters follow.
const RANDOM: usize = 6;

/// Creates a file with the permissions of any new file. Temporary files are otherwise only
/// accessible to their owner.
pub(super) fn file_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    sweep_once(folder);
    loop {
        let file = builder.tempfile_in(folder)?;
        // Somebody may have removed it before it was locked.
        is_locked(file.as_file());
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// A folder that is being filled. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct UnfinishedFolder {
    folder: TempDir,
    /// Keeps the lock.
    _locked: Option<File>,
}

impl UnfinishedFolder {
    /// Creates one in `folder`.
    pub(crate) fn new_in(folder: &Path) -> io::Result<Self> {
        sweep_once(folder);
        loop {
            let own = Builder::new().prefix(PREFIX).tempdir_in(folder)?;
            let file = File::open(own.path()).ok().filter(is_locked);
            if own.path().exists() {
                return Ok(Self { folder: own, _locked: file });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Locks a file that is being written. Some systems cannot; they cannot tell either what is left
/// over, so nothing is removed there.
fn is_locked(file: &File) -> bool {
    // Elsewhere locks keep files from being renamed.
    cfg!(unix) && file.lock().is_ok()
}

/// Removes what is left over in `folder`, unless this process has done that before: a recording
/// writes thousands of files to a folder.
fn sweep_once(folder: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    if SWEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf()) {
        sweep(folder);
    }
}

/// Removes what is left over in `folder`.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name.to_string_lossy().strip_prefix(PREFIX).is_some_and(|rest| rest.len() == RANDOM);
        let Ok(kind) = entry.file_type() else { continue };
        if !cfg!(unix) || !is_ours || !(kind.is_file() || kind.is_dir()) {
            continue;
        }
        // Network file systems lock only what can be written.
        let opened = File::options().read(true).write(kind.is_file()).open(entry.path());
        let Some(_locked) = opened.ok().filter(|file| file.try_lock().is_ok()) else { continue };
        let removed = if kind.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        // It does no harm but to take room.
        removed.ok();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_over_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let left = [".parallax-unfinished-abcdef", ".parallax-unfinished-123456/tensors.tsv"]
            .map(|name| folder.path().join(name));
        fs::create_dir(left[1].parent().unwrap()).unwrap();
        left.iter().for_each(|path| fs::write(path, "half").unwrap());
        let others =
            [".hidden", "x.npy", ".parallax-backup", ".parallax-unfinished-mine"].map(|name| folder.path().join(name));
        others.iter().for_each(|path| fs::write(path, "mine").unwrap());
        let file = file_in(folder.path()).unwrap();
        assert!(!left[0].exists() && !left[1].parent().unwrap().exists(), "they belong to no process");
        let filling = UnfinishedFolder::new_in(folder.path()).unwrap();
        sweep(folder.path());
        assert!(file.path().exists() && filling.path().exists(), "they are being written");
        assert!(others.iter().all(|path| path.exists()));
        drop((file, filling));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
