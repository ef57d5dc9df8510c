//! NumPy's `.npy` arrays, and archives of them (`.npz`, in [`npz`]).
//!
//! Little-endian arrays in C order are lent from the bytes without a copy, also from a mapped file.
//! Others (big-endian, or in Fortran order) are rearranged in memory, in their stored type. Of
//! records, fields of numbers are vectors, and other fields metadata: dates as ISO 8601 text. Arrays
//! of objects and complex numbers are refused by name; bytes after the last value are ignored, as in
//! NumPy.

mod columns;
mod header;
mod list;
mod literal;
pub mod npz;
mod records;

use std::{path::Path, sync::Arc};

use parallax_embedding::{Column, Dtype, Progress, SharedBytes, Vectors, VectorsError};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    source::{Content, Format, Listed, Read, VectorsReader},
    strided::{Fault, Strided},
};
pub(crate) use columns::write_number;
use header::{Element, Header};

pub(crate) static FORMAT: Format = Format {
    endings: &["npy"],
    matches: is_npy,
    may_be_metadata: list::is_list,
    table: Some(list::table),
    ..Format::new(open)
};

/// Whether `bytes` begin as a `.npy` file does.
pub(crate) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x93NUMPY")
}

fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let header = Header::parse((*content.bytes()?).as_ref(), content.path())?;
    if let Some(source) = records::open(content, &header) {
        return source;
    }
    let info = EmbeddingInfo::new(content.stem(), matrix(content)?, content);
    Ok(Source::of(content, "npy", vec![info], Vec::new()))
}

/// The shape of the array in `content`, and what reads it.
pub(crate) fn matrix(content: &Content) -> Result<Listed, FormatError> {
    let (bytes, file) = (content.bytes()?, content.path());
    let header = Header::parse((*bytes).as_ref(), file)?;
    let shape = match Array::new(String::new(), &header).embedding() {
        Some(shape) if is_there(&header, header.data_size(), (*bytes).as_ref().len()) => shape,
        // Reading an array that is not an embedding, or is not there, reports why.
        _ => shape(&vectors(bytes, file, &Progress::default())?),
    };
    Ok((shape, reader(content)))
}

/// Whether at least half of an array of `size` bytes is in a file of `length` bytes. A file that is
/// cut short is listed, and reading it tells; a shape of which most is missing is not one to show.
fn is_there(header: &Header, size: Option<usize>, length: usize) -> bool {
    size.and_then(|size| header.data.checked_add(size)).is_some_and(|end| end / 2 <= length)
}

/// What reads the array in `content`.
pub(crate) fn reader(content: &Content) -> Arc<dyn VectorsReader> {
    Arc::new(Reader(content.clone()))
}

fn shape(vectors: &Vectors) -> (usize, usize, Dtype) {
    (vectors.rows(), vectors.dims(), vectors.dtype())
}

#[derive(Debug)]
struct Reader(Content);

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let (bytes, file) = (self.0.kept_bytes(progress)?, self.0.path());
        let strided = stored(&Header::parse((*bytes).as_ref(), file)?).ok();
        let note = strided.and_then(|strided| strided.memory_note(file));
        Ok(Read { notes: note.into_iter().collect(), ..Read::from(vectors(bytes, file, progress)?) })
    }

    fn check(&self) -> Result<(), FormatError> {
        let (bytes, file) = (self.0.bytes()?, self.0.path());
        let header = Header::parse((*bytes).as_ref(), file)?;
        // What is no matrix was listed in another way.
        if let Ok(stored) = stored(&header) {
            lent(&stored, bytes, header.data).map_err(|error| short(file, &error))?;
        }
        Ok(())
    }
}

/// An array, by its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// The name in the archive; empty in a file of one array.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The number type. Returns `None` if the values are not numbers.
    pub dtype: Option<Dtype>,
    /// The type in words, such as `f32` or `texts of 8 characters`.
    pub element: String,
}

/// Returns the array of a `.npy` file, without its values. Only its header is read.
///
/// # Errors
/// Returns an error if the bytes do not begin with a header.
pub fn list(bytes: &SharedBytes, file: &Path) -> Result<Array, FormatError> {
    Ok(Array::new(String::new(), &Header::parse((**bytes).as_ref(), file)?))
}

/// The vectors in a `.npy` file: rows x dims.
///
/// # Errors
/// Returns an error if the array is not one of rows and columns of numbers, or is cut short;
/// [`FormatError::Cancelled`] if `progress` was canceled.
pub fn vectors(bytes: SharedBytes, file: &Path, progress: &Progress) -> Result<Vectors, FormatError> {
    let header = Header::parse((*bytes).as_ref(), file)?;
    array_vectors(&header, bytes, 0, file, None, progress)
}

/// The vectors of an array that begins at byte `start`.
fn array_vectors(
    header: &Header,
    bytes: SharedBytes,
    start: usize,
    file: &Path,
    name: Option<&str>,
    progress: &Progress,
) -> Result<Vectors, FormatError> {
    let located = |problem: Problem| match name {
        Some(name) => problem.at(format!("array {name:?}")),
        None => problem,
    };
    let stored = stored(header).map_err(|(what, way_out)| located(Problem::error(file, what).way_out(way_out)))?;
    let start = start + header.data;
    lent(&stored, Arc::clone(&bytes), start).map_err(|error| located(short(file, &error)))?;
    stored.vectors(bytes, start, progress).map_err(|fault| match fault {
        Fault::Cancelled => FormatError::Cancelled,
        fault => located(Problem::error(file, fault.to_string())).into(),
    })
}

/// The values at byte `start` as if they were in C order: as many are there in any order, and an error
/// gives their shape.
fn lent(stored: &Strided, bytes: SharedBytes, start: usize) -> Result<Vectors, VectorsError> {
    Vectors::from_bytes(stored.rows, stored.dims, stored.dtype, bytes, start)
}

fn short(file: &Path, error: &VectorsError) -> Problem {
    Problem::error(file, format!("the array is cut short: {error}")).way_out("Copy or save the file again")
}

impl Array {
    fn new(name: String, header: &Header) -> Self {
        let Header { element, shape, .. } = header;
        Self { name, shape: shape.clone(), dtype: element.dtype(), element: element.to_string() }
    }

    /// Rows and columns, if the array is one that [`vectors`] reads.
    #[must_use]
    pub fn embedding(&self) -> Option<(usize, usize, Dtype)> {
        match (&self.shape[..], self.dtype) {
            (&[rows, dims], Some(dtype)) if dims > 0 => Some((rows, dims, dtype)),
            _ => None,
        }
    }
}

/// How the numbers of an array lie, or what the array is instead and what to do.
fn stored(header: &Header) -> Result<Strided, (String, String)> {
    let Element::Number { dtype, big_endian } = header.element else {
        let what = format!("the array holds {}, not numbers that can be placed", header.element);
        return Err((what, "Save it as numbers, as in numpy.save(file, array.astype(\"float32\"))".into()));
    };
    match header.shape[..] {
        [rows, dims] if dims > 0 && header.fortran_order => Ok(Strided::in_columns(rows, dims, dtype, big_endian)),
        [rows, dims] if dims > 0 => Ok(Strided::in_rows(rows, dims, dtype, big_endian)),
        [rows, _] => Err((format!("shape ({rows}, 0) has rows without a number"), "Save an array with columns".into())),
        [] => Err(("the array is a single number".into(), "Save an array of rows and columns".into())),
        [length] => Err((
            format!("the array is one-dimensional: {length} numbers; an embedding has rows and columns"),
            "Reshape it, as in array.reshape(-1, 1) for one number per row, or array.reshape(1, -1) for one row".into(),
        )),
        ref sides => Err((
            format!("shape {} has {} dimensions; an embedding has 2", shape_text(sides), sides.len()),
            "Reshape it, as in array.reshape(len(array), -1)".into(),
        )),
    }
}

/// The column of `rows` little-endian numbers, which lie in `values` one after the other.
pub(crate) fn number_column(name: &str, dtype: Dtype, values: &[u8], rows: usize) -> Column {
    columns::column(name, &Element::Number { dtype, big_endian: false }, values, rows)
}

/// What the values of an array are, for arrays that are not in a `.npy` file.
pub(crate) enum Kind {
    /// Numbers, and whether they are big-endian.
    Number(Dtype, bool),
    /// Texts, and dates as texts.
    Text(TextKind),
    Objects,
    /// Another type, in words.
    Other(String),
}

/// Texts of one length, or dates.
pub(crate) struct TextKind(Element);

impl Kind {
    /// Writes the text of a value that takes these bytes. Returns `None` if it takes others.
    pub(crate) fn write(&self, value: &[u8], out: &mut String) -> Option<()> {
        let element = match self {
            Self::Number(dtype, big_endian) => &Element::Number { dtype: *dtype, big_endian: *big_endian },
            Self::Text(TextKind(element)) => element,
            Self::Objects | Self::Other(_) => return None,
        };
        (element.size() == Some(value.len())).then(|| columns::write_value(element, value, out))
    }
}

impl std::fmt::Display for TextKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What the type with a name such as `<f4` is.
pub(crate) fn kind(name: &str) -> Kind {
    match Element::named(name) {
        Element::Number { dtype, big_endian } => Kind::Number(dtype, big_endian),
        element @ (Element::Text { .. } | Element::Bytes { .. } | Element::Time { .. }) => {
            Kind::Text(TextKind(element))
        }
        Element::Other { name, .. } if name.ends_with(['O', '8']) && name.contains('O') => Kind::Objects,
        element @ Element::Other { .. } => Kind::Other(element.to_string()),
    }
}

/// The column of `rows` texts, which lie in `values` one after the other; or what is wrong.
pub(crate) fn text_column(name: &str, kind: &TextKind, values: &[u8], rows: usize) -> Result<Column, String> {
    let needed = kind.0.size().and_then(|size| size.checked_mul(rows));
    // Texts of no characters take no bytes, however many there are.
    if needed != Some(values.len()) || values.is_empty() && rows > 0 {
        return Err(format!("{kind} that are cut short"));
    }
    Ok(columns::column(name, &kind.0, values, rows))
}

/// A shape as NumPy prints it.
fn shape_text(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    if let [side] = &sides[..] { format!("({side},)") } else { format!("({})", sides.join(", ")) }
}

#[cfg(test)]
mod tests;
