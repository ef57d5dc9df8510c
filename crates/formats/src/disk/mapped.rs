//! Mapped files, and whether they are still what they were when they were mapped.
//!
//! The bytes of a mapped file are read when they are used, which may be hours later. Another program
//! may have cut the file short until then, or written other values to it. What is lost then reads as
//! zeros (`guard`), and whoever has made something of the bytes asks afterwards: [`Bytes::check`] for
//! as long as they are kept, and a [`Reading`] for what was only read on the way.

use std::{
    fs::{File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use memmap2::Mmap;
use parallax_embedding::{Bytes, Damaged};

#[cfg(unix)]
use super::guard;
use crate::FormatError;

/// The bytes of a mapped file.
pub(super) struct Mapped {
    // Dropped first: the handler must not know a mapping that is gone.
    #[cfg(unix)]
    watched: guard::Watched,
    bytes: Mmap,
    path: PathBuf,
    known: Known,
    /// Mappings are numbered in the order in which they are made.
    number: u64,
}

/// What a file was when it was mapped.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    /// By which the system knows it, whatever its path is.
    #[cfg(unix)]
    file: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

impl Known {
    fn of(metadata: &Metadata) -> Self {
        Self {
            #[cfg(unix)]
            file: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino())
            },
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// Whether this is the same file. One that was moved to its path is not: the file that was mapped
    /// lives on without a path.
    #[cfg(unix)]
    fn is_of(&self, other: &Self) -> bool {
        self.file == other.file
    }

    /// Windows neither replaces nor cuts a file that is mapped.
    #[cfg(not(unix))]
    fn is_of(&self, _other: &Self) -> bool {
        true
    }
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Mapped {
    /// Maps a file that is not empty.
    pub(super) fn new(file: &File, path: &Path) -> io::Result<Self> {
        let known = Known::of(&file.metadata()?);
        #[expect(unsafe_code, reason = "a mapped file is the only way to lend gigabytes without reading them")]
        // SAFETY: the mapping is read-only and private to this process, and it is handed out as bytes
        // alone, for which every bit pattern is valid. What is left is that another program changes the
        // file meanwhile: changed values show as they are then read, and what is cut off reads as zeros.
        let bytes = unsafe { Mmap::map(file)? };
        Ok(Self {
            #[cfg(unix)]
            watched: guard::watch(bytes.as_ptr() as usize, bytes.len())?,
            bytes,
            path: path.to_path_buf(),
            known,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// What the file is now, unless it has no path anymore.
    fn now(&self) -> Option<Known> {
        std::fs::metadata(&self.path).ok().map(|metadata| Known::of(&metadata)).filter(|now| now.is_of(&self.known))
    }

    fn lost(&self) -> Option<usize> {
        #[cfg(unix)]
        return self.watched.lost();
        #[cfg(not(unix))]
        return None;
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Bytes for Mapped {
    fn mapped_from(&self) -> Option<&Path> {
        Some(&self.path)
    }

    /// Pages that were not there when they were read are known. The rest of the last page reads as
    /// zeros without a fault, so the length is compared too.
    fn check(&self) -> Result<(), Damaged> {
        let short = self.now().map(|now| now.length).filter(|&length| length < self.bytes.len() as u64);
        let cut = short.map(|length| length as usize);
        match [self.lost(), cut].into_iter().flatten().min() {
            None => Ok(()),
            Some(from) => Err(Damaged { file: self.path.clone(), from, short, rows: None }),
        }
    }

    fn is_rewritten(&self) -> bool {
        self.now().is_some_and(|now| now != self.known)
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if let Err(damaged) = self.check() {
            let mut damage = DAMAGE.lock().unwrap_or_else(PoisonError::into_inner);
            damage.push((self.number, damaged));
        }
    }
}

/// The mappings that were damaged when they were dropped, by their numbers.
static DAMAGE: Mutex<Vec<(u64, Damaged)>> = Mutex::new(Vec::new());

/// Reading files, from now on until it is [checked](Reading::checked). Files may be mapped for a moment
/// only, by any thread.
pub(crate) struct Reading {
    /// The number of the next mapping.
    since: u64,
}

impl Reading {
    pub(crate) fn begin() -> Self {
        Self { since: NEXT.load(Ordering::Relaxed) }
    }

    /// What was read, unless a file was cut short on the way: then it is an error, whatever was made of
    /// the zeros.
    pub(crate) fn checked<T>(self, read: Result<T, FormatError>) -> Result<T, FormatError> {
        let damage = DAMAGE.lock().unwrap_or_else(PoisonError::into_inner);
        match damage.iter().find(|(number, _)| *number >= self.since) {
            Some((_, damaged)) => Err(damaged.clone().into()),
            None => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PAGES: usize = 1 << 20;

    /// A mapped file of ones, and its path.
    fn ones(folder: &tempfile::TempDir) -> (Mapped, PathBuf) {
        let path = folder.path().join("ones");
        fs::write(&path, vec![1; PAGES]).unwrap();
        (Mapped::new(&File::open(&path).unwrap(), &path).unwrap(), path)
    }

    fn sum(bytes: &Mapped) -> usize {
        bytes.as_ref().iter().map(|&byte| usize::from(byte)).sum()
    }

    fn cut(path: &Path, length: u64) {
        File::options().write(true).open(path).unwrap().set_len(length).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn bytes_of_a_file_that_was_cut_short_read_as_zeros_and_this_is_known() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0_u64, 1, 4096, 70_000, PAGES as u64 - 1] {
            let (bytes, path) = ones(&folder);
            let reading = Reading::begin();
            assert_eq!((sum(&bytes), bytes.check()), (PAGES, Ok(())));
            cut(&path, length);
            assert_eq!(sum(&bytes), length as usize, "what is left, and zeros");
            let expected = Damaged { file: path.clone(), from: length as usize, short: Some(length), rows: None };
            assert_eq!(bytes.check(), Err(expected.clone()));
            assert!(expected.to_string().contains(&format!("cut short to {length} bytes")), "{expected}");
            // It is written again, as long as before: what was lost stays so.
            fs::write(&path, vec![1; PAGES]).unwrap();
            let whole_pages = (length as usize).next_multiple_of(4096);
            let after = bytes.check();
            assert!(bytes.is_rewritten());
            if whole_pages < PAGES {
                let Err(Damaged { from, short: None, .. }) = after else { panic!("{after:?}") };
                assert!(from >= length as usize && from <= whole_pages.next_multiple_of(1 << 16), "{from}");
                drop(bytes);
                assert!(reading.checked(Ok(())).is_ok(), "it was mapped before");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_was_read_of_a_file_that_was_cut_short_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let reading = Reading::begin();
        let (bytes, path) = ones(&folder);
        cut(&path, 5000);
        assert!(sum(&bytes) < PAGES);
        drop(bytes);
        let error = reading.checked(Ok(())).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()) && error.contains("cut short to 5000 bytes"), "{error}");
    }

    #[test]
    fn files_that_are_replaced_or_deleted_stay_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, path) = ones(&folder);
        let other = folder.path().join("other");
        fs::write(&other, "short").unwrap();
        if cfg!(unix) {
            fs::rename(&other, &path).unwrap();
            assert_eq!((sum(&bytes), bytes.check(), bytes.is_rewritten()), (PAGES, Ok(()), false));
            fs::remove_file(&path).unwrap();
        }
        assert_eq!((sum(&bytes), bytes.check(), bytes.is_rewritten()), (PAGES, Ok(()), false));
    }

    /// Many threads fault at once, while others map and drop files.
    #[cfg(unix)]
    #[test]
    fn threads_fault_at_once_and_only_in_what_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, path) = ones(&folder);
        let whole = folder.path().join("whole");
        fs::write(&whole, vec![1; PAGES]).unwrap();
        std::thread::scope(|scope| {
            let reader = || (0..50).for_each(|_| assert!(sum(&bytes) <= PAGES));
            let mapper = || {
                for _ in 0..200 {
                    let bytes = Mapped::new(&File::open(&whole).unwrap(), &whole).unwrap();
                    assert_eq!((sum(&bytes), bytes.check()), (PAGES, Ok(())));
                }
            };
            let threads = [scope.spawn(reader), scope.spawn(reader), scope.spawn(mapper), scope.spawn(mapper)];
            cut(&path, 100_000);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        assert_eq!((sum(&bytes), bytes.check().is_err()), (100_000, true));
    }

    /// A fault elsewhere ends the program, as without the handler.
    #[cfg(unix)]
    #[test]
    #[expect(unsafe_code, reason = "maps a file that nobody watches")]
    fn faults_in_other_mappings_end_the_program() {
        use std::os::unix::process::ExitStatusExt as _;
        const CHILD: &str = "PARALLAX_TEST_FAULT";
        let folder = tempfile::tempdir().unwrap();
        let (bytes, path) = ones(&folder);
        if std::env::var_os(CHILD).is_some() {
            let file = File::open(&path).unwrap();
            // SAFETY: the fault is what is tested.
            let other = unsafe { Mmap::map(&file).unwrap() };
            cut(&path, 0);
            assert_eq!(sum(&bytes), 0, "the one that is watched");
            let sum: usize = other.iter().map(|&byte| usize::from(byte)).sum();
            unreachable!("{sum}");
        }
        let name = "disk::mapped::tests::faults_in_other_mappings_end_the_program";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(libc::SIGBUS), "{child:?}");
    }
}
