//! NumPy's `.npy` arrays, and archives of them (`.npz`, in [`npz`]).
//!
//! Little-endian arrays in C order are lent from the bytes without a copy, also from a mapped file.
//! Others (big-endian, or in Fortran order) are rearranged in memory, in their stored type. Arrays
//! of records, objects, complex numbers and dates are refused by name; bytes after the last value
//! are ignored, as in NumPy.

mod columns;
mod header;
mod literal;
pub mod npz;

use std::{path::Path, sync::Arc};

use parallax_embedding::{Dtype, Progress, SharedBytes, Vectors};
use rayon::prelude::*;

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    source::{Content, Format, Listed, Read, VectorsReader},
};
use header::{Element, Header};

pub(crate) static FORMAT: Format = Format { endings: &["npy"], matches: is_npy, ..Format::new(open) };

/// Whether `bytes` begin as a `.npy` file does.
pub(crate) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x93NUMPY")
}

fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let info = EmbeddingInfo::new(content.stem(), matrix(content)?, content);
    Ok(Source::of(content, "npy", vec![info], Vec::new()))
}

/// The shape of the array in `content`, and what reads it.
pub(crate) fn matrix(content: &Content) -> Result<Listed, FormatError> {
    let (bytes, file) = (content.bytes()?, content.path());
    let shape = match list(&bytes, file)?.embedding() {
        Some(shape) => shape,
        // Reading an array that is not an embedding reports why.
        None => shape(&vectors(bytes, file, &Progress::default())?),
    };
    Ok((shape, reader(content)))
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
        vectors(self.0.kept_bytes()?, self.0.path(), progress).map(Read::from)
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

/// Lists the array of a `.npy` file. Only its header is read.
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
    let stored = Stored::of(header).map_err(|(what, way_out)| located(Problem::error(file, what).way_out(way_out)))?;
    let Stored { rows, dims, dtype, .. } = stored;
    let short = |error| {
        located(Problem::error(file, format!("the array is cut short: {error}")).way_out("Copy or save the file again"))
    };
    let lent = Vectors::from_bytes(rows, dims, dtype, bytes, start + header.data).map_err(short)?;
    if stored.is_lendable() {
        return Ok(lent);
    }
    let values = stored.rearranged(lent.raw(0..rows), progress)?;
    Ok(Vectors::from_bytes(rows, dims, dtype, Arc::new(values), 0).map_err(short)?)
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

/// How rows x dims numbers are stored in a file.
#[derive(Debug, Clone, Copy)]
struct Stored {
    rows: usize,
    dims: usize,
    dtype: Dtype,
    big_endian: bool,
    fortran_order: bool,
}

impl Stored {
    /// The layout that a header describes, or an error that says what the array is instead.
    fn of(header: &Header) -> Result<Self, (String, String)> {
        let fortran_order = header.fortran_order;
        let Element::Number { dtype, big_endian } = header.element else {
            let what = format!("the array holds {}, not numbers that can be placed", header.element);
            return Err((what, "Save it as numbers, as in numpy.save(file, array.astype(\"float32\"))".into()));
        };
        match header.shape[..] {
            [rows, dims] if dims > 0 => Ok(Self { rows, dims, dtype, big_endian, fortran_order }),
            [rows, _] => {
                Err((format!("shape ({rows}, 0) has rows without a number"), "Save an array with columns".into()))
            }
            [] => Err(("the array is a single number".into(), "Save an array of rows and columns".into())),
            [length] => Err((
                format!("the array is one-dimensional: {length} numbers; an embedding has rows and columns"),
                "Reshape it, as in array.reshape(-1, 1) for one number per row".into(),
            )),
            ref sides => Err((
                format!("shape {} has {} dimensions; an embedding has 2", shape_text(sides), sides.len()),
                "Reshape it, as in array.reshape(len(array), -1)".into(),
            )),
        }
    }

    fn is_lendable(self) -> bool {
        let one_byte = self.dtype.size() == 1;
        let one_line = self.rows <= 1 || self.dims == 1;
        (!self.big_endian || one_byte) && (!self.fortran_order || one_line)
    }

    /// The values in C order, little-endian.
    fn rearranged(self, raw: &[u8], progress: &Progress) -> Result<Vec<u8>, FormatError> {
        match self.dtype.size() {
            1 => self.rearranged_by::<1>(raw, progress),
            2 => self.rearranged_by::<2>(raw, progress),
            4 => self.rearranged_by::<4>(raw, progress),
            _ => self.rearranged_by::<8>(raw, progress),
        }
    }

    fn rearranged_by<const N: usize>(self, raw: &[u8], progress: &Progress) -> Result<Vec<u8>, FormatError> {
        progress.begin("Rearranging values");
        let source = raw.as_chunks::<N>().0;
        let (row_step, dim_step) = if self.fortran_order { (1, self.rows) } else { (self.dims, 1) };
        let mut values = vec![0_u8; raw.len()];
        let rows_a_block = (REARRANGED_BYTES / (self.dims * N).max(1)).max(1);
        let block_size = rows_a_block * self.dims * N;
        let done = std::sync::atomic::AtomicUsize::new(0);
        values.par_chunks_mut(block_size).enumerate().try_for_each(|(block, out)| {
            progress.advance(done.fetch_add(out.len(), std::sync::atomic::Ordering::Relaxed), raw.len())?;
            // Column by column: in Fortran order that reads whole cache lines.
            let out = out.as_chunks_mut::<N>().0;
            let first = block * rows_a_block;
            for dim in 0..self.dims {
                for (row, value) in out.iter_mut().skip(dim).step_by(self.dims).enumerate() {
                    let stored = source[(first + row) * row_step + dim * dim_step];
                    *value = if self.big_endian { reversed(stored) } else { stored };
                }
            }
            Ok::<(), FormatError>(())
        })?;
        Ok(values)
    }
}

/// Bytes that are rearranged between two checks for cancellation.
const REARRANGED_BYTES: usize = 1 << 18;

fn reversed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}

/// A shape as NumPy prints it.
fn shape_text(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    if let [side] = &sides[..] { format!("({side},)") } else { format!("({})", sides.join(", ")) }
}

#[cfg(test)]
mod tests;
