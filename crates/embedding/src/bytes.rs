//! Bytes that several owners read, and what can happen to them.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes that several owners read: an array in memory, or a mapped file.
pub type SharedBytes = Arc<dyn Bytes>;

/// The owner of bytes that are lent.
pub trait Bytes: AsRef<[u8]> + Send + Sync {
    /// The file that they are mapped from. Returns `None` if they are in memory, where no other
    /// program changes them.
    fn mapped_from(&self) -> Option<&Path> {
        None
    }

    /// Checks that none of them were lost.
    ///
    /// # Errors
    /// Returns an error if the file that they are mapped from was cut short or could not be read.
    fn check(&self) -> Result<(), Damaged> {
        Ok(())
    }

    /// Whether the file that they are mapped from was written to in place, so that some of them may
    /// have changed.
    fn is_rewritten(&self) -> bool {
        false
    }
}

impl Bytes for Vec<u8> {}

impl Bytes for &'static [u8] {}

/// A mapped file was cut short, or could not be read, while it was open. The bytes that are lost
/// read as zeros, so nothing that was computed from them is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub file: PathBuf,
    /// The first of the lent bytes that is lost. All after it may be lost too.
    pub from: usize,
    /// The bytes that the file has now, if those are fewer than before.
    pub short: Option<u64>,
    /// How many rows of vectors are lost, if vectors were read.
    pub rows: Option<usize>,
}

impl Damaged {
    /// What happened, without the name of the file and without a full stop.
    #[must_use]
    pub fn what(&self) -> String {
        let rows = match self.rows {
            Some(1) => ", and 1 row is lost".to_owned(),
            Some(rows) => format!(", and {rows} rows are lost"),
            None => String::new(),
        };
        match self.short {
            Some(length) => format!("it was cut short to {length} bytes while it was read{rows}"),
            None => format!("it was cut short for a moment while it was read, or the disk failed{rows}"),
        }
    }

    /// What to do about it, without a full stop.
    pub const WAY_OUT: &'static str = "Write the file again, and then reload it";
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.file.display(), self.what(), Self::WAY_OUT)
    }
}

impl std::error::Error for Damaged {}
