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
        /// Its name in messages.
        name: &'static str,
        bytes: &'static [u8],
    },
}

impl Content {
    /// Its name in messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Member(member) => member.path(),
            Self::Embedded { name, .. } => Path::new(name),
        }
    }

    /// The bytes, for reading a part of them.
    pub(crate) fn bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => map(path),
            Self::Member(member) => member.bytes(),
            Self::Embedded { bytes, .. } => Ok(Arc::new(*bytes)),
        }
    }

    /// The bytes, for keeping or reading all of them. Unless the file is very large, changes to it
    /// do not affect them.
    pub(crate) fn kept_bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => keep(path),
            Self::Member(_) | Self::Embedded { .. } => self.bytes(),
        }
    }

    /// The file, or the file that contains it.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Member(member) => Some(member.archive()),
            Self::Embedded { .. } => None,
        }
    }

    /// Its path relative to `folder`, or the whole path if it is elsewhere.
    pub(crate) fn relative_to(&self, folder: &Path) -> String {
        let path = self.path();
        path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
    }
}
