//! Bytes with a name: a file, or data that is part of the program.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::SharedBytes;

use crate::{FormatError, map::map, pack::Member};

/// Where bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A file, mapped when it is read.
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

    /// The bytes.
    pub(crate) fn bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => map(path),
            Self::Member(member) => member.bytes(),
            Self::Embedded { bytes, .. } => Ok(Arc::new(*bytes)),
        }
    }

    /// Its path below `folder`, where it lies there.
    pub(crate) fn relative_to(&self, folder: &Path) -> String {
        let path = self.path();
        path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
    }
}
