//! What a format of files is to the rest of the program: a row of the table [`FORMATS`], and readers
//! for what it lists.
//!
//! # How to add a format
//!
//! 1. Write a module with the parser: functions from bytes to values that report a [`Problem`] with a
//!    position for bytes that are damaged. Bytes come from a [`Content`], never from `std::fs`.
//! 2. In it, define `pub(crate) static FORMAT: Format = Format { .., ..Format::new(list) }`, with its
//!    `endings`, what `matches` its first bytes, and, for folders or several files, what it `claims`.
//! 3. `list` reads headers only, and returns [`Source::of`] with the name that `inspect` shows and an
//!    [`EmbeddingInfo::new`] for each matrix. What is left out becomes a problem of the source.
//! 4. Implement [`VectorsReader`] for a type that keeps the content and what was chosen. If there are
//!    other columns, implement [`MetadataReader`] and add it with [`EmbeddingInfo::with_metadata`].
//! 5. If the values are in several files, put all of them into `origin.files`, by which changes are
//!    noticed.
//! 6. Add the row to [`FORMATS`] in `open.rs`, above formats that would take its files.
//!
//! Options, errors about unknown files, dropped files, and the command line's help follow from the
//! row. Bytes within other bytes (members of an archive) are a [`Part`](super::Part) that the outer
//! format's `list` hands to `open::list`. What is packed with gzip or zstd is unpacked before.
//!
//! [`FORMATS`]: crate::open::FORMATS

use std::{fmt::Debug, path::Path, sync::Arc};

use parallax_embedding::{Dtype, Metadata, Progress, SpriteSheet, Vectors};

#[cfg(doc)]
use super::EmbeddingInfo;
use super::{Content, OpenOptions, Source};
use crate::{FormatError, Problem};

/// A format of files that hold embeddings.
///
/// A path is of the first format that claims it. Otherwise its bytes count before its name: it is of
/// the format that they match (of several, of one that has its ending), or else of the first that has
/// its ending, or else of the first that guesses that they are of it.
pub(crate) struct Format {
    /// How lists of what is read name it, if not by its endings; empty to leave it out.
    pub(crate) words: Option<&'static str>,
    /// The endings that its files usually have, in lower case.
    pub(crate) endings: &'static [&'static str],
    /// Endings that are known as well.
    pub(crate) other_endings: &'static [&'static str],
    /// Whether a path is of this format whatever its ending: a folder, a name, one of several files.
    pub(crate) claims: fn(&Path) -> Result<bool, FormatError>,
    /// Whether the content of a file is of this format.
    pub(crate) matches: fn(&[u8]) -> bool,
    /// Whether `matches` is a guess that an ending overrules, as the kinds of text look alike.
    pub(crate) is_guess: bool,
    /// The options that say how its files are read; others are refused.
    pub(crate) takes: &'static [Setting],
    /// Whether a file of this format that begins so may also be the metadata of other vectors.
    pub(crate) may_be_metadata: fn(&[u8]) -> bool,
    /// Reads all columns as metadata of other vectors. Without it, those beside the vectors are read,
    /// or the rows of text.
    pub(crate) table: Option<TableReader>,
    /// Lists the embeddings, without reading vectors.
    pub(crate) list: fn(&Content, &OpenOptions) -> Result<Source, FormatError>,
}

/// Reads the columns of a file, and returns what was wrong with them.
pub(crate) type TableReader = fn(&Content, &Progress) -> Result<(Metadata, Vec<Problem>), FormatError>;

/// An option that only some formats have a use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// [`OpenOptions::vectors`].
    Vectors,
    /// [`OpenOptions::delimiter`] and [`OpenOptions::header`].
    Text,
    /// [`OpenOptions::raw`]: if it is given, files are of the format that takes it.
    Raw,
}

impl Format {
    /// A format that nothing is recognized as.
    pub(crate) const fn new(list: fn(&Content, &OpenOptions) -> Result<Source, FormatError>) -> Self {
        Self {
            words: None,
            endings: &[],
            other_endings: &[],
            claims: |_| Ok(false),
            matches: |_| false,
            is_guess: false,
            takes: &[],
            may_be_metadata: |_| false,
            table: None,
            list,
        }
    }

    /// Whether its files have this ending.
    pub(crate) fn has_ending(&self, ending: &str) -> bool {
        self.endings.iter().chain(self.other_endings).any(|own| own.eq_ignore_ascii_case(ending))
    }
}

/// Rows, dimensions and number type.
pub(crate) type Shape = (usize, usize, Dtype);

/// Vectors that were listed.
pub(crate) type Listed = (Shape, Arc<dyn VectorsReader>);

/// Reads the vectors of one embedding.
pub(crate) trait VectorsReader: Debug + Send + Sync {
    /// Reads the vectors, and what cannot be had without reading them.
    ///
    /// # Errors
    /// Returns an error if the file has changed or is damaged, or `progress` was canceled.
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError>;

    /// Says what is missing of the values, as far as that can be told without reading them.
    ///
    /// # Errors
    /// Returns an error if the file is cut short.
    fn check(&self) -> Result<(), FormatError> {
        Ok(())
    }

    /// Frees what reading the metadata has kept for [`read_vectors`](Self::read_vectors).
    fn forget(&self) {}
}

/// Reads the metadata of one embedding.
pub(crate) trait MetadataReader: Debug + Send + Sync {
    /// Reads the metadata of `rows` rows, and returns what was wrong with it.
    ///
    /// # Errors
    /// Returns an error if there is nothing left to show, or `progress` was canceled.
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError>;

    /// Whether reading the vectors returns the same as [`Read::labels`].
    fn comes_with_vectors(&self) -> bool {
        false
    }
}

/// Vectors that were read.
pub(crate) struct Read {
    pub(crate) vectors: Vectors,
    /// Metadata in the same file.
    pub(crate) labels: Option<Metadata>,
    /// Pictures in the same file.
    pub(crate) sprite: Option<SpriteSheet>,
    /// What was guessed, or is wrong.
    pub(crate) notes: Vec<Problem>,
}

impl From<Vectors> for Read {
    fn from(vectors: Vectors) -> Self {
        Self { vectors, labels: None, sprite: None, notes: Vec::new() }
    }
}
