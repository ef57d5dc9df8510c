//! What a running window keeps, so that it is not lost if the program is killed.
//!
//! Each window has a file of its own, and holds a lock as long as it runs. The system releases the
//! lock however the program ends, so a file without a lock was [left behind](left_behind).

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// The place of a running window's work: a file, and a lock beside it.
#[derive(Debug)]
pub struct WorkPlace {
    path: PathBuf,
    /// Locked until the program ends.
    _lock: File,
}

/// Work that was left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// Its file.
    pub path: PathBuf,
    /// When it was written last.
    pub written: SystemTime,
}

const WORK: &str = "ron";
const LOCK: &str = "lock";

/// What was left behind this long ago is removed.
const KEPT_FOR: Duration = Duration::from_hours(24 * 7);

/// A lock without work that is younger may be that of a window that starts right now.
const STARTING: Duration = Duration::from_mins(1);

impl WorkPlace {
    /// Takes a place in `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn take(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = tempfile::Builder::new().prefix("window-").suffix(&format!(".{LOCK}")).tempfile_in(folder)?;
        // Another window that looks for what was left behind may hold it for a moment.
        file.as_file().lock()?;
        let (lock, path) = file.keep().map_err(|kept| kept.error)?;
        Ok(Self { path: path.with_extension(WORK), _lock: lock })
    }

    /// The file of the work. It is not there before something was written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the work and its lock: the program ends, and nothing is lost.
    pub fn leave(&self) {
        remove(&self.path);
    }
}

/// Returns the work in `folder` that no running window has, the newest first. What is older than a
/// week is removed, and so are locks without work of windows that are gone. A folder that cannot be read has none.
#[must_use]
pub fn left_behind(folder: &Path) -> Vec<LeftBehind> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all = Vec::new();
    for lock in entries.filter(|path| path.extension().is_some_and(|extension| extension == LOCK)) {
        // Network file systems lock only what can be written.
        let Ok(file) = File::options().read(true).write(true).open(&lock) else { continue };
        if file.try_lock().is_err() {
            continue;
        }
        let path = lock.with_extension(WORK);
        let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
        let is_older = |than: Duration, since: SystemTime| since.elapsed().is_ok_and(|age| age > than);
        match (modified(&path), modified(&lock)) {
            (Ok(written), _) if is_older(KEPT_FOR, written) => remove(&path),
            (Ok(written), _) => all.push(LeftBehind { path, written }),
            (Err(_), Ok(started)) if !is_older(STARTING, started) => {}
            (Err(_), _) => remove(&path),
        }
    }
    all.sort_by_key(|left| std::cmp::Reverse(left.written));
    all
}

/// Removes the work of a running window: there is none now.
///
/// # Errors
/// Those of the file system, but for a file that is not there.
pub fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes work that was restored, or is not wanted, with its lock.
pub fn remove(path: &Path) {
    // What cannot be removed is offered again.
    fs::remove_file(path).ok();
    fs::remove_file(path.with_extension(LOCK)).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_left_behind_when_its_lock_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("work");
        assert_eq!(left_behind(&folder), []);
        let (first, second) = (WorkPlace::take(&folder).unwrap(), WorkPlace::take(&folder).unwrap());
        let third = WorkPlace::take(&folder).unwrap();
        assert_ne!(first.path(), second.path());
        [&first, &second].into_iter().for_each(|place| fs::write(place.path(), "work").unwrap());
        assert_eq!(left_behind(&folder), [], "both run");
        let [path, idle] = [&first, &third].map(|place| place.path().to_owned());
        // As the system does when the process ends.
        drop((first, third));
        let paths = || left_behind(&folder).into_iter().map(|left| left.path).collect::<Vec<_>>();
        assert_eq!(paths(), std::slice::from_ref(&path));
        second.leave();
        drop(second);
        assert_eq!(paths(), std::slice::from_ref(&path), "it ended well");
        let age = |path: &Path| {
            let old = SystemTime::now() - KEPT_FOR - Duration::from_secs(9);
            File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        };
        [path, idle.with_extension(LOCK)].iter().for_each(|path| age(path));
        assert_eq!(left_behind(&folder), []);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing stays");
    }
}
