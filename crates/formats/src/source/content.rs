//! Bytes with a name: a file, or data that is part of the program.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::SharedBytes;

use crate::{
    FormatError,
    map::{keep, map},
    pack::Member,
};

/// Where bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A file.
    File(PathBuf),
    /// A file within an archive.
    Member(Member),
    /// Part of the program.
    Embedded {
        /// What messages call it.
        name: &'static str,
        bytes: &'static [u8],
    },
}

impl Content {
    /// What messages call it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Member(member) => member.path(),
            Self::Embedded { name, .. } => Path::new(name),
        }
    }

    /// The bytes, for a short look.
    pub(crate) fn bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => map(path),
            Self::Member(member) => member.bytes(),
            Self::Embedded { bytes, .. } => Ok(Arc::new(*bytes)),
        }
    }

    /// The bytes, to be kept or to be read from end to end: safe from what others do to the file,
    /// but for a very large one.
    pub(crate) fn kept_bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => keep(path),
            Self::Member(_) | Self::Embedded { .. } => self.bytes(),
        }
    }

    /// The file that it is or lies in.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Member(member) => Some(member.archive()),
            Self::Embedded { .. } => None,
        }
    }

    /// Its path below `folder`, or the whole path if it lies elsewhere.
    pub(crate) fn relative_to(&self, folder: &Path) -> String {
        let path = self.path();
        path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
    }
}
