//! Reads the vectors: dense arrays, and sparse matrices, which become dense.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use half::{bf16, f16};
use parallax_embedding::{Dtype, Progress, SharedBytes, Vectors, VectorsError};
use rayon::prelude::*;

use super::{Array, Element, Node, Opener, Stored, Tree, fault};
use crate::{
    FormatError,
    source::{Read, VectorsReader},
};

/// Bytes that a sparse matrix may take once it is dense.
pub(super) const MAX_DENSE: u64 = 4 << 30;

/// Bytes that are read at a time.
const WINDOW: usize = 16 << 20;

/// Rows x dims numbers.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) dims: usize,
    pub(super) dtype: Dtype,
    big_endian: bool,
    path: String,
    layout: Layout,
}

#[derive(Debug, Clone)]
enum Layout {
    Dense,
    Sparse(Sparse),
}

/// How the values of a sparse matrix are found.
#[derive(Debug, Clone)]
struct Sparse {
    /// Whether its lines are rows (CSR), not columns (CSC).
    by_rows: bool,
    /// For each line the number of values before it, and then the number of all.
    starts: Array,
    /// For each value its place in its line.
    places: Array,
    /// How many values there are.
    count: usize,
}

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) opener: Opener,
    pub(super) matrix: Matrix,
}

impl Matrix {
    /// The matrix in a dense array. Returns `None` if it is none.
    pub(super) fn dense(path: &str, array: &Array) -> Option<Self> {
        let (&[rows, dims], &Element::Number { dtype, big_endian }) = (&array.shape[..], &array.element) else {
            return None;
        };
        (dims > 0).then(|| Self { rows, dims, dtype, big_endian, path: path.to_owned(), layout: Layout::Dense })
    }

    /// The sparse matrix in a group. Returns `None` if it is none.
    pub(super) fn sparse(tree: &Tree, node: &Node) -> Option<Self> {
        let kind = node.text("encoding-type").or_else(|| node.text("h5sparse_format"))?;
        let by_rows = match kind {
            "csr_matrix" | "csr" => true,
            "csc_matrix" | "csc" => false,
            _ => return None,
        };
        let shape = node.integers("shape").or_else(|| node.integers("h5sparse_shape"))?;
        let &[rows, dims] = shape else { return None };
        let (rows, dims) = (usize::try_from(rows).ok()?, usize::try_from(dims).ok()?);
        let list = |name: &str| tree.array(&part(&node.path, name)).filter(|array| array.shape.len() == 1);
        let (data, places, starts) = (list("data")?, list("indices")?.clone(), list("indptr")?.clone());
        let &Element::Number { dtype, big_endian } = &data.element else { return None };
        let count = data.shape[0].min(places.shape[0]);
        let layout = Layout::Sparse(Sparse { by_rows, starts, places, count });
        (dims > 0).then(|| Self { rows, dims, dtype, big_endian, path: node.path.clone(), layout })
    }

    /// The bytes that it takes in memory, if it is a sparse one.
    pub(super) fn dense_bytes(&self) -> Option<u128> {
        let size = (self.rows as u128 * self.dims as u128).saturating_mul(self.dtype.size() as u128);
        matches!(self.layout, Layout::Sparse(_)).then_some(size)
    }

    fn row_bytes(&self) -> usize {
        self.dims.saturating_mul(self.dtype.size())
    }

    /// Values as they are stored, in the order of bytes that vectors have.
    fn ordered(&self, mut values: Vec<u8>) -> Vec<u8> {
        if self.big_endian {
            values.chunks_exact_mut(self.dtype.size()).for_each(<[u8]>::reverse);
        }
        values
    }
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let vectors = match &self.matrix.layout {
            Layout::Dense => self.read_dense(progress)?,
            Layout::Sparse(sparse) => self.read_sparse(sparse, progress)?,
        };
        Ok(Read::from(vectors))
    }

    fn check(&self) -> Result<(), FormatError> {
        let (store, path) = (self.opener.open()?, &self.matrix.path);
        let arrays = match self.matrix.layout {
            Layout::Dense => vec![path.clone()],
            Layout::Sparse(_) => ["data", "indices", "indptr"].map(|name| part(path, name)).to_vec(),
        };
        arrays.iter().try_for_each(|array| store.array(array)?.check())
    }
}

impl Reader {
    fn read_dense(&self, progress: &Progress) -> Result<Vectors, FormatError> {
        let (matrix, file) = (&self.matrix, self.opener.file());
        let stored = self.opener.open()?.array(&matrix.path)?;
        let one_byte = matrix.dtype.size() == 1;
        if let Some(place) = stored.place().filter(|_| !matrix.big_endian || one_byte) {
            return self.vectors(self.opener.content.kept_bytes(progress)?, place);
        }
        // The store has found the values to be there, as far as can be told without reading them.
        let (row, together) = (matrix.row_bytes(), stored.rows_together().clamp(1, matrix.rows.max(1)));
        let mut values = vec![0_u8; row * matrix.rows];
        let rows_a_window = (WINDOW / row).max(1).next_multiple_of(together).min(matrix.rows.max(1));
        let done = AtomicUsize::new(0);
        values.par_chunks_mut(rows_a_window * row).enumerate().try_for_each(|(window, out)| {
            progress.advance(done.fetch_add(out.len(), Ordering::Relaxed), row * matrix.rows)?;
            let first = window * rows_a_window;
            let read = matrix.ordered(stored.read(first..first + out.len() / row)?);
            if read.len() != out.len() {
                return Err(fault(file, &matrix.path, "it has fewer values than its shape").into());
            }
            out.copy_from_slice(&read);
            Ok::<(), FormatError>(())
        })?;
        self.vectors(Arc::new(values), 0)
    }

    fn vectors(&self, bytes: SharedBytes, place: usize) -> Result<Vectors, FormatError> {
        let Matrix { rows, dims, dtype, .. } = self.matrix;
        let short =
            |error: VectorsError| fault(self.opener.file(), &self.matrix.path, format!("it is cut short: {error}"));
        Ok(Vectors::from_bytes(rows, dims, dtype, bytes, place).map_err(short)?)
    }

    fn read_sparse(&self, sparse: &Sparse, progress: &Progress) -> Result<Vectors, FormatError> {
        let (matrix, file) = (&self.matrix, self.opener.file());
        let store = self.opener.open()?;
        let wrong = |name: &str, what: String| FormatError::from(fault(file, &part(&matrix.path, name), what));
        let numbers = |name: &str, stored: &dyn Stored, array: &Array, range| {
            let what = || wrong(name, "it holds something else than whole numbers from 0 on".to_owned());
            stored.read(range).and_then(|read| integers(array, &read).ok_or_else(what))
        };
        let (lines, others) = if sparse.by_rows { (matrix.rows, matrix.dims) } else { (matrix.dims, matrix.rows) };
        if sparse.starts.shape[0].checked_sub(1) != Some(lines) {
            return Err(wrong("indptr", format!("it has {} numbers for {lines} lines", sparse.starts.shape[0])));
        }
        let starts = store.array(&part(&matrix.path, "indptr"))?;
        let starts = numbers("indptr", &*starts, &sparse.starts, 0..lines + 1)?;
        if starts.len() != lines + 1 || !starts.is_sorted() || starts[lines] > sparse.count {
            return Err(wrong("indptr", format!("its numbers do not ascend to at most {}", sparse.count)));
        }
        let size = matrix.dtype.size();
        let mut values = vec![0_u8; matrix.row_bytes() * matrix.rows];
        let data = store.array(&part(&matrix.path, "data"))?;
        let places = store.array(&part(&matrix.path, "indices"))?;
        let mut line = 0;
        while line < lines {
            progress.advance(starts[line], starts[lines])?;
            let most = starts[line].saturating_add(WINDOW / size);
            let end = starts.partition_point(|&start| start <= most).saturating_sub(1).clamp(line + 1, lines);
            let window = starts[line]..starts[end];
            let read = matrix.ordered(data.read(window.clone())?);
            let found = numbers("indices", &*places, &sparse.places, window.clone())?;
            for (line, range) in (line..end).zip(starts[line..=end].windows(2)) {
                for at in range[0] - window.start..range[1] - window.start {
                    let (Some(&other), Some(value)) = (found.get(at), read.get(at * size..(at + 1) * size)) else {
                        return Err(wrong("data", "it has fewer values than it says".to_owned()));
                    };
                    if other >= others {
                        return Err(wrong("indices", format!("place {other} is beyond the matrix")));
                    }
                    let (row, dim) = if sparse.by_rows { (line, other) } else { (other, line) };
                    let place = (row * matrix.dims + dim) * size;
                    let target = &mut values[place..place + size];
                    // Values of one place are summed, as scipy does.
                    if target.iter().any(|&byte| byte != 0) {
                        add(matrix.dtype, target, value);
                    } else {
                        target.copy_from_slice(value);
                    }
                }
            }
            line = end;
        }
        self.vectors(Arc::new(values), 0)
    }
}

/// Adds a number to another of its type, both little-endian. Integers wrap as NumPy's do.
fn add(dtype: Dtype, target: &mut [u8], value: &[u8]) {
    macro_rules! sum {
        ($number:ty, $add:expr) => {
            if let (Ok(a), Ok(b)) = (<[u8; _]>::try_from(&*target), <[u8; _]>::try_from(value)) {
                let add: fn($number, $number) -> $number = $add;
                target.copy_from_slice(&add(<$number>::from_le_bytes(a), <$number>::from_le_bytes(b)).to_le_bytes());
            }
        };
    }
    match dtype {
        Dtype::F16 => sum!(f16, |a, b| f16::from_f32(a.to_f32() + b.to_f32())),
        Dtype::Bf16 => sum!(bf16, |a, b| bf16::from_f32(a.to_f32() + b.to_f32())),
        Dtype::F32 => sum!(f32, |a, b| a + b),
        Dtype::F64 => sum!(f64, |a, b| a + b),
        Dtype::I8 | Dtype::U8 => sum!(u8, u8::wrapping_add),
        Dtype::I16 | Dtype::U16 => sum!(u16, u16::wrapping_add),
        Dtype::I32 | Dtype::U32 => sum!(u32, u32::wrapping_add),
        Dtype::I64 | Dtype::U64 => sum!(u64, u64::wrapping_add),
        Dtype::Bool => sum!(u8, |a, b| a | b),
    }
}

/// Whole numbers that count or index something.
fn integers(array: &Array, values: &[u8]) -> Option<Vec<usize>> {
    let Element::Number { dtype, big_endian } = array.element else { return None };
    let number = |value: &[u8]| usize::try_from(super::columns::integer(dtype, big_endian, value)?).ok();
    values.chunks_exact(dtype.size()).map(number).collect()
}

/// The path of an array in the group of a sparse matrix.
fn part(path: &str, name: &str) -> String {
    format!("{path}/{name}")
}
