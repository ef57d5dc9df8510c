//! Bytes with a name: a file, or data that is part of the program.

use std::{
    fmt::Debug,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::{Progress, SharedBytes};

use crate::{
    FormatError,
    disk::{read_bytes, read_range, read_whole},
};

/// Where bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A file.
    File(PathBuf),
    /// Bytes within a file.
    Part(Arc<dyn Part>),
    /// Part of the program.
    Embedded {
        /// Its name in messages.
        name: &'static str,
        bytes: &'static [u8],
    },
}

/// Bytes within a file, such as a member of an archive.
pub(crate) trait Part: Debug + Send + Sync {
    /// The file that contains them.
    fn file(&self) -> &Path;

    /// Their name in messages; its ending tells their format.
    fn path(&self) -> &Path;

    /// The bytes, lent from the file if it has them as they are.
    fn bytes(&self, progress: &Progress) -> Result<SharedBytes, FormatError>;
}

impl Content {
    /// The bytes of the file at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self::File(path.to_path_buf())
    }

    /// The file name at the end of its path.
    pub(crate) fn name(&self) -> String {
        self.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of an embedding that has none of its own: the file name without its ending.
    pub(crate) fn stem(&self) -> String {
        self.path().file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Its name in messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Part(part) => part.path(),
            Self::Embedded { name, .. } => Path::new(name),
        }
    }

    /// The bytes, for reading a part of them.
    pub(crate) fn bytes(&self) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => read_bytes(path),
            Self::Part(part) => part.bytes(&Progress::default()),
            Self::Embedded { bytes, .. } => Ok(Arc::new(*bytes)),
        }
    }

    /// The bytes, for keeping or reading all of them. Unless the file is very large, changes to it
    /// do not affect them.
    pub(crate) fn kept_bytes(&self, progress: &Progress) -> Result<SharedBytes, FormatError> {
        match self {
            Self::File(path) => read_whole(path),
            Self::Part(part) => part.bytes(progress),
            Self::Embedded { .. } => self.bytes(),
        }
    }

    /// Bytes for keeping that have this range of the bytes, and where it begins in them.
    pub(crate) fn kept_range(&self, range: Range<usize>) -> Result<(SharedBytes, usize), FormatError> {
        match self {
            Self::File(path) => read_range(path, range),
            Self::Part(_) | Self::Embedded { .. } => Ok((self.bytes()?, range.start)),
        }
    }

    /// The file, or the file that contains it.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Part(part) => Some(part.file()),
            Self::Embedded { .. } => None,
        }
    }

    /// The file that it is or is in, for messages; its name if it is part of the program.
    pub(crate) fn real_path(&self) -> &Path {
        self.file().unwrap_or_else(|| self.path())
    }

    /// Its path relative to `folder`, or the whole path if it is elsewhere.
    pub(crate) fn relative_to(&self, folder: &Path) -> String {
        let path = self.path();
        path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
    }
}
