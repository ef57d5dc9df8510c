//! The location of the vectors of an embedding, and their form.

use std::path::{Path, PathBuf};

use parallax_embedding::{Dtype, Metadata, Progress, Vectors};

use super::{Content, RawLayout};
use crate::{FormatError, Problem, delimited, npy, npy::npz, raw, tensorflow::Checkpoint};

/// The location of the vectors of an embedding.
#[derive(Debug, Clone)]
pub(crate) enum VectorsOrigin {
    /// A file of vectors.
    File { content: Content, form: Form },
    /// A tensor in a checkpoint.
    Tensor { prefix: PathBuf, name: String },
}

/// The form of a file of vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// A NumPy array.
    Npy,
    /// An array in an archive of arrays.
    Npz { array: String },
    /// Numbers without a header.
    Raw(RawLayout),
    /// Text.
    Delimited {
        /// The columns that are the vectors, if the user named them.
        choice: Option<String>,
    },
}

/// Rows, dimensions and number type.
pub(crate) type Shape = (usize, usize, Dtype);

/// Vectors that were read, with the labels in the same file, and notes on what was guessed.
pub(super) struct Read {
    pub(super) vectors: Vectors,
    pub(super) labels: Option<Metadata>,
    pub(super) notes: Vec<Problem>,
}

impl VectorsOrigin {
    /// Reads the vectors.
    pub(super) fn read(&self, progress: &Progress) -> Result<Read, FormatError> {
        let alone = |vectors| Read { vectors, labels: None, notes: Vec::new() };
        let (content, form) = match self {
            Self::Tensor { prefix, name } => return Checkpoint::open(prefix)?.read(name, progress).map(alone),
            Self::File { content, form } => (content, form),
        };
        let (bytes, file) = (content.kept_bytes()?, content.path());
        match form {
            Form::Npy => npy::vectors(bytes, file, progress).map(alone),
            Form::Npz { array } => npz::vectors(bytes, file, array, progress).map(alone),
            Form::Raw(layout) => raw::vectors(bytes, file, layout).map(alone),
            Form::Delimited { choice } => {
                let delimited::Delimited { vectors, metadata, notes } =
                    delimited::vectors((*bytes).as_ref(), file, choice.as_deref(), progress)?;
                Ok(Read { vectors, labels: metadata, notes })
            }
        }
    }
}

/// The shape of the vectors in `content`, without reading them.
pub(crate) fn probe(content: &Content, form: &Form) -> Result<Shape, FormatError> {
    let (bytes, file) = (content.bytes()?, content.path());
    match form {
        Form::Npy => {
            let array = npy::list(&bytes, file)?;
            // If the array is not an embedding, reading it reports why.
            array
                .embedding()
                .map_or_else(|| npy::vectors(bytes, file, &Progress::default()).map(|read| shape(&read)), Ok)
        }
        Form::Npz { array } => npz::vectors(bytes, file, array, &Progress::default()).map(|read| shape(&read)),
        Form::Raw(layout) => {
            let rows = raw::rows((*bytes).as_ref().len() as u64, file, layout)?;
            Ok((rows, layout.dims, raw::dtype(file, &layout.dtype)?))
        }
        Form::Delimited { choice } => {
            let listed = delimited::list((*bytes).as_ref(), file, choice.as_deref())?;
            Ok((listed.rows, listed.dims, listed.dtype))
        }
    }
}

fn shape(vectors: &Vectors) -> Shape {
    (vectors.rows(), vectors.dims(), vectors.dtype())
}

/// The kind of a file, by its extension, or else by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Npy,
    Npz,
    Raw,
    Delimited,
}

impl Kind {
    /// The kind of the file at `path`, whose bytes are `bytes`. Returns `None` if neither its
    /// extension nor its content is known.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Option<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("npy") => Some(Self::Npy),
            Some("npz") => Some(Self::Npz),
            Some("bytes" | "bin" | "raw" | "f32" | "f16") => Some(Self::Raw),
            Some("tsv" | "csv" | "txt" | "tab" | "vec") => Some(Self::Delimited),
            _ => Self::sniff(bytes),
        }
    }

    fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x93NUMPY") {
            return Some(Self::Npy);
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Self::Npz);
        }
        let first = bytes.get(..SNIFFED).unwrap_or(bytes);
        let is_text = is_text(first) || delimited::is_word_vectors(first);
        (is_text && !bytes.is_empty()).then_some(Self::Delimited)
    }
}

/// The number of bytes that are examined if the extension is unknown.
const SNIFFED: usize = 1 << 16;

/// Whether bytes, which may end within a character, are text. Text has no zero bytes; numbers do.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !bytes.contains(&0)
}
