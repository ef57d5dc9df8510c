//! The vectors of an embedding: rows x dims numbers, lent as `f32` or `f64` whatever type is
//! stored.
//!
//! Owned arrays and mapped files have one representation: little-endian numbers of some [`Dtype`],
//! row-major, in shared bytes. Numbers that are stored in the type asked for, and aligned, are lent
//! in place; all others are converted into the reader's buffer, so a mapped file takes memory only
//! while it is read.
//!
//! [`Vectors::block`] lends each number as the nearest `f32`. If the stored type is
//! [wide](Vectors::is_wide), that loses digits: 10,000,000.25 and 10,000,000.5 become one number.
//! Code whose result depends on differences between rows reads wide vectors with
//! [`Vectors::block_as`] as `f64`, subtracts, and only then narrows.

use std::{
    fmt,
    ops::{Range, RangeInclusive},
    path::Path,
    sync::Arc,
};

use half::{bf16, f16, slice::HalfFloatSliceExt as _};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::{Bytes, Cancelled, Damaged, Progress, RowSet, SharedBytes};

/// Bytes of `f32` that are read at a time: large enough to amortize, small enough for a core's
/// cache.
pub const BLOCK_BYTES: usize = 1 << 20;

/// Integers up to this size are exact as `f64`.
const EXACT: u128 = 1 << 53;

/// The vectors of an embedding. Cloning shares them.
#[derive(Clone)]
pub struct Vectors {
    rows: usize,
    dims: usize,
    dtype: Dtype,
    offset: usize,
    bytes: SharedBytes,
    reading: Reading,
}

/// What is done to the stored numbers as they are read.
#[derive(Clone)]
enum Reading {
    AsStored,
    /// These whole numbers, one for each dimension, are subtracted.
    Less(Arc<[i128]>),
    /// The numbers are multiplied by this power of two.
    Times(f64),
}

/// How far values are from each other, and from zero.
#[derive(Default)]
struct Extent {
    spread: f64,
    greatest: f64,
}

/// The number type of the stored values, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum Dtype {
    F16,
    Bf16,
    F32,
    F64,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    Bool,
}

/// A number type that vectors are read as: `f32`, or `f64` for [wide](Vectors::is_wide) vectors.
pub trait Number: bytemuck::Pod + Into<f64> + PartialOrd + Default + fmt::Debug + Send + Sync {
    /// The stored type that is read without conversion.
    const DTYPE: Dtype;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;

    /// Converts little-endian `raw` values of type `dtype` to the nearest numbers of this type, one
    /// for each place of `out`.
    fn decode(dtype: Dtype, raw: &[u8], out: &mut [Self]);
}

/// The bytes are too few for the shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rows} x {dims} values of {dtype} need {needed} bytes from byte {offset} on, and {available} are there")]
pub struct VectorsError {
    rows: usize,
    dims: usize,
    dtype: Dtype,
    offset: usize,
    needed: u128,
    available: usize,
}

impl Vectors {
    /// Row-major values of `dtype`, from byte `offset` of `bytes` on. Bytes after them are ignored.
    ///
    /// # Errors
    /// Returns an error if the bytes end before the last row does.
    pub fn from_bytes(
        rows: usize,
        dims: usize,
        dtype: Dtype,
        bytes: SharedBytes,
        offset: usize,
    ) -> Result<Self, VectorsError> {
        let available = (*bytes).as_ref().len();
        // The product of two word-sized numbers fits in 128 bits; times the bytes of a value it may
        // not. A row that no memory can hold, as whatever type it is read, is refused even if there are
        // no rows.
        let is_too_long = dims > isize::MAX as usize / size_of::<f64>();
        let rows_or_one = if is_too_long { rows.max(1) } else { rows };
        let needed = (rows_or_one as u128 * dims as u128).saturating_mul(dtype.size() as u128);
        if needed.saturating_add(offset as u128) > available as u128 {
            let available = available.saturating_sub(offset);
            return Err(VectorsError { rows, dims, dtype, offset, needed, available });
        }
        Ok(Self { rows, dims, dtype, offset, bytes, reading: Reading::AsStored })
    }

    /// The rows of an array.
    ///
    /// ```
    /// use ndarray::array;
    /// use parallax_embedding::Vectors;
    ///
    /// let vectors = Vectors::from_array(array![[0.0_f32, 1.0], [2.0, 3.0], [4.0, 5.0]]);
    /// assert_eq!((vectors.rows(), vectors.dims()), (3, 2));
    /// assert_eq!(vectors.block(1..3, &mut Vec::new()), array![[2.0, 3.0], [4.0, 5.0]]);
    /// ```
    #[must_use]
    pub fn from_array<T: Number>(values: Array2<T>) -> Self {
        let (rows, dims) = values.dim();
        let values = if values.is_standard_layout() { values } else { values.as_standard_layout().into_owned() };
        let bytes = Arc::new(OwnedArray(values));
        Self { rows, dims, dtype: T::DTYPE, offset: 0, bytes, reading: Reading::AsStored }
    }

    /// The file that they are mapped from. Returns `None` if they are in memory.
    #[must_use]
    pub fn mapped_from(&self) -> Option<&Path> {
        self.bytes.mapped_from()
    }

    /// Checks that no row was lost. Only rows of a mapped file can be: they read as zeros, so what
    /// reads rows asks this before it returns what it made of them.
    ///
    /// # Errors
    /// Returns an error if the file was cut short, or could not be read, before the end of the rows.
    pub fn check(&self) -> Result<(), Damaged> {
        let Err(damaged) = self.bytes.check() else { return Ok(()) };
        let row_bytes = self.dims * self.dtype.size();
        let whole = damaged.from.saturating_sub(self.offset).checked_div(row_bytes).unwrap_or(self.rows);
        let lost = self.rows.saturating_sub(whole);
        if lost == 0 { Ok(()) } else { Err(Damaged { rows: Some(lost), ..damaged }) }
    }

    /// Whether the file that they are mapped from was written to in place: then some rows may have
    /// other values than when they were read before.
    #[must_use]
    pub fn is_rewritten(&self) -> bool {
        self.bytes.is_rewritten()
    }

    /// Owned row-major `f32` values.
    ///
    /// # Errors
    /// If `values` is shorter than `rows * dims`.
    pub fn from_f32(rows: usize, dims: usize, values: Vec<f32>) -> Result<Self, VectorsError> {
        Self::from_bytes(rows, dims, Dtype::F32, Arc::new(Owned(values)), 0)
    }

    /// Owned row-major `f64` values.
    ///
    /// # Errors
    /// If `values` is shorter than `rows * dims`.
    pub fn from_f64(rows: usize, dims: usize, values: Vec<f64>) -> Result<Self, VectorsError> {
        Self::from_bytes(rows, dims, Dtype::F64, Arc::new(Owned(values)), 0)
    }

    /// Owned row-major `f16` values.
    ///
    /// # Errors
    /// If `values` is shorter than `rows * dims`.
    pub fn from_f16(rows: usize, dims: usize, values: Vec<f16>) -> Result<Self, VectorsError> {
        Self::from_bytes(rows, dims, Dtype::F16, Arc::new(Owned(values)), 0)
    }

    /// Owned row-major bytes, each one number from 0 to 255.
    ///
    /// # Errors
    /// If `values` is shorter than `rows * dims`.
    pub fn from_u8(rows: usize, dims: usize, values: Vec<u8>) -> Result<Self, VectorsError> {
        Self::from_bytes(rows, dims, Dtype::U8, Arc::new(values), 0)
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of values in a row.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The number type as stored.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Whether `f32` cannot hold all numbers of the stored type: `f64` and the integers of 32 bits
    /// and more.
    ///
    /// Integers beyond 2^53 are rounded even as `f64`; [`Vectors::relative`] keeps the digits in
    /// which rows differ, and [`Vectors::raw`] has all of them.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        match self.dtype {
            Dtype::F64 | Dtype::I32 | Dtype::U32 | Dtype::I64 | Dtype::U64 => true,
            Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::I8 | Dtype::U8 | Dtype::I16 | Dtype::U16 | Dtype::Bool => {
                false
            }
        }
    }

    /// Lends one row as `f32`, converted into `buffer` unless it is stored so.
    ///
    /// # Panics
    /// If `row` is not below [`Vectors::rows`].
    #[must_use]
    pub fn row<'a>(&'a self, row: usize, buffer: &'a mut Vec<f32>) -> &'a [f32] {
        self.row_as(row, buffer)
    }

    /// Lends one row as numbers of type `T`, converted into `buffer` unless it is stored so.
    ///
    /// # Panics
    /// If `row` is not below [`Vectors::rows`].
    #[must_use]
    pub fn row_as<'a, T: Number>(&'a self, row: usize, buffer: &'a mut Vec<T>) -> &'a [T] {
        self.values_as(row..row + 1, buffer)
    }

    /// Lends `rows` one after the other as numbers of type `T`, converted into `buffer` unless they
    /// are stored so.
    ///
    /// # Panics
    /// If the range ends beyond [`Vectors::rows`].
    pub fn each_row<'a, T: Number>(
        &'a self,
        rows: Range<usize>,
        buffer: &'a mut Vec<T>,
    ) -> impl ExactSizeIterator<Item = &'a [T]> + Clone {
        let (count, dims) = (rows.len(), self.dims);
        let values = self.values_as(rows, buffer);
        (0..count).map(move |row| &values[row * dims..][..dims])
    }

    /// Lends `rows` as `f32`, rows x dims, converted into `buffer` unless they are stored so.
    ///
    /// # Panics
    /// If the range ends beyond [`Vectors::rows`].
    #[must_use]
    pub fn block<'a>(&'a self, rows: Range<usize>, buffer: &'a mut Vec<f32>) -> ArrayView2<'a, f32> {
        self.block_as(rows, buffer)
    }

    /// Lends `rows` as numbers of type `T`, rows x dims, converted into `buffer` unless they are
    /// stored so.
    ///
    /// # Panics
    /// If the range ends beyond [`Vectors::rows`].
    #[must_use]
    pub fn block_as<'a, T: Number>(&'a self, rows: Range<usize>, buffer: &'a mut Vec<T>) -> ArrayView2<'a, T> {
        let shape = (rows.len(), self.dims);
        ArrayView2::from_shape(shape, self.values_as(rows, buffer))
            .unwrap_or_else(|error| unreachable!("the values are those of {shape:?}: {error}"))
    }

    /// The values of `rows`, row-major.
    fn values_as<'a, T: Number>(&'a self, rows: Range<usize>, buffer: &'a mut Vec<T>) -> &'a [T] {
        let raw = self.raw(rows);
        match &self.reading {
            Reading::AsStored => {}
            Reading::Less(origin) => {
                buffer.clear();
                let origin = origin.iter().cycle();
                let differences = self.integers(raw).zip(origin).map(|(value, origin)| (value - origin) as f64);
                buffer.extend(differences.map(T::from_f64));
                return buffer;
            }
            Reading::Times(scale) => {
                // As `f64` first: `f32` might not hold the stored numbers.
                let mut stored = vec![0.0; raw.len() / self.dtype.size()];
                f64::decode(self.dtype, raw, &mut stored);
                buffer.clear();
                buffer.extend(stored.into_iter().map(|x| T::from_f64(x * scale)));
                return buffer;
            }
        }
        if self.dtype == T::DTYPE
            && let Some(values) = as_native(raw)
        {
            return values;
        }
        buffer.resize(raw.len() / self.dtype.size(), T::default());
        T::decode(self.dtype, raw, buffer);
        buffer
    }

    /// The same rows, moved or scaled so that neither `f64` nor, after a subtraction, `f32` loses
    /// the digits in which they differ; directions and coordinates are others. Rows that need
    /// neither are returned as they are.
    ///
    /// Integers beyond 2^53, which `f64` rounds, are read less a whole number near their values,
    /// and that subtraction is exact: see [`Vectors::origin`]. Floats whose differences or whose
    /// squared differences leave the range of `f32` are multiplied by a power of two: see
    /// [`Vectors::scale`].
    #[must_use]
    pub fn relative(&self) -> Self {
        let reading = if self.has_long_integers() { self.near_values() } else { self.to_about_one() };
        Self { reading, ..self.clone() }
    }

    /// The same rows, less the values of `row`, if they are integers of 64 bits. The subtraction is
    /// exact, so the distances from that row have all of their digits.
    ///
    /// # Panics
    /// If `row` is not below [`Vectors::rows`].
    #[must_use]
    pub fn relative_to(&self, row: usize) -> Self {
        if !self.has_long_integers() {
            return self.clone();
        }
        Self { reading: Reading::Less(self.integers(self.raw(row..row + 1)).collect()), ..self.clone() }
    }

    /// The whole numbers that [`Vectors::relative`] subtracts, one for each dimension, or nothing.
    #[must_use]
    pub fn origin(&self) -> Option<&[i128]> {
        if let Reading::Less(origin) = &self.reading { Some(origin) } else { None }
    }

    /// The power of two that [`Vectors::relative`] multiplies by, usually 1.
    #[must_use]
    pub fn scale(&self) -> f64 {
        if let Reading::Times(scale) = self.reading { scale } else { 1.0 }
    }

    /// For integers of 64 bits: less the medians of a sample, where those are beyond 2^53.
    fn near_values(&self) -> Reading {
        let sample: Vec<Vec<i128>> = self.sample().map(|row| self.integers(self.raw(row..row + 1)).collect()).collect();
        if sample.is_empty() {
            return Reading::AsStored;
        }
        let median = |dim: usize| {
            let mut column: Vec<i128> = sample.iter().map(|row| row[dim]).collect();
            column.sort_unstable();
            let median = column.get(column.len() / 2).copied().unwrap_or(0);
            if median.unsigned_abs() > EXACT { median } else { 0 }
        };
        let origin: Arc<[i128]> = (0..self.dims).map(median).collect();
        if origin.iter().all(|&origin| origin == 0) { Reading::AsStored } else { Reading::Less(origin) }
    }

    /// For floats: scaled so that the rows spread about one, if they spread so little or so much
    /// that the range of `f32` might not hold their differences.
    fn to_about_one(&self) -> Reading {
        /// Rows that spread this far have distances within the range of `f32`.
        const SAFE: RangeInclusive<f64> = 1e-30..=1e33;
        if !self.dtype.is_float() || SAFE.contains(&self.extent(self.sample()).spread) {
            return Reading::AsStored;
        }
        let Extent { spread, greatest } = self.extent(0..self.rows);
        if spread == 0.0 || SAFE.contains(&spread) {
            return Reading::AsStored;
        }
        // Where all rows have one large value beside tiny ones, that value must stay in range too.
        let exponent = (-spread.log2().ceil()).min(100.0 - greatest.log2().ceil()).clamp(-1000.0, 1000.0);
        if exponent == 0.0 { Reading::AsStored } else { Reading::Times(exponent.exp2()) }
    }

    /// How far the values of `rows` are from those of the first of them, and from zero. Rows with a
    /// value that is not finite as `f32` do not count.
    fn extent(&self, rows: impl Iterator<Item = usize>) -> Extent {
        let (mut first, mut buffer) = (Vec::new(), Vec::<f64>::new());
        let mut extent = Extent::default();
        for row in rows {
            let values = self.row_as(row, &mut buffer);
            if !values.iter().all(|x| x.abs() <= f64::from(f32::MAX)) {
                continue;
            }
            if first.is_empty() {
                first.extend_from_slice(values);
            }
            extent.greatest = values.iter().fold(extent.greatest, |greatest, x| greatest.max(x.abs()));
            let differences = values.iter().zip(&first).map(|(x, first)| (x - first).abs());
            extent.spread = differences.fold(extent.spread, f64::max);
        }
        extent
    }

    /// The numbers of about a hundred rows, evenly spaced.
    fn sample(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.rows).step_by(self.rows.div_ceil(101).max(1))
    }

    fn has_long_integers(&self) -> bool {
        matches!(self.dtype, Dtype::I64 | Dtype::U64)
    }

    /// The values of `raw`, which are integers of 64 bits.
    fn integers<'a>(&self, raw: &'a [u8]) -> impl Iterator<Item = i128> + use<'a> {
        let is_signed = self.dtype == Dtype::I64;
        raw.as_chunks::<8>().0.iter().map(move |&bytes| {
            if is_signed { i64::from_le_bytes(bytes).into() } else { u64::from_le_bytes(bytes).into() }
        })
    }

    /// All values, if they are in memory as aligned `f32`.
    #[must_use]
    pub fn as_f32(&self) -> Option<&[f32]> {
        let is_stored = self.dtype == Dtype::F32 && matches!(self.reading, Reading::AsStored);
        is_stored.then(|| as_native(self.raw(0..self.rows))).flatten()
    }

    /// The stored bytes of `rows`, little-endian, in the type [`Vectors::dtype`] says.
    ///
    /// # Panics
    /// If the range reaches beyond [`Vectors::rows`].
    #[must_use]
    pub fn raw(&self, rows: Range<usize>) -> &[u8] {
        assert!(rows.start <= rows.end && rows.end <= self.rows, "rows {rows:?} of {}", self.rows);
        let stride = self.dims * self.dtype.size();
        &(*self.bytes).as_ref()[self.offset + rows.start * stride..self.offset + rows.end * stride]
    }

    /// Returns these rows in this order, in memory, as they are stored and read here. If the file of
    /// these is mapped and cut short meanwhile, only [`Vectors::check`] of these says so.
    ///
    /// # Panics
    /// If a row is not below [`Vectors::rows`].
    #[must_use]
    pub fn in_order(&self, rows: &[u32]) -> Self {
        let stride = self.dims * self.dtype.size();
        let mut bytes = Vec::with_capacity(rows.len() * stride);
        rows.iter().for_each(|&row| bytes.extend_from_slice(self.raw(row as usize..row as usize + 1)));
        Self { rows: rows.len(), offset: 0, bytes: Arc::new(bytes), reading: self.reading.clone(), ..*self }
    }

    /// Ranges of rows that together cover all rows, each of about [`BLOCK_BYTES`] as `f32`.
    #[must_use]
    pub fn blocks(&self) -> Vec<Range<usize>> {
        let step = (BLOCK_BYTES / self.dims.saturating_mul(size_of::<f32>()).max(1)).max(1);
        (0..self.rows).step_by(step).map(|start| start..(start + step).min(self.rows)).collect()
    }

    /// The rows that no `f32` coordinates can show: those that hold a NaN, an infinity, or a number
    /// beyond the range of `f32`. Of all types only floats are read for it.
    ///
    /// # Errors
    /// [`Cancelled`] if `progress` was canceled.
    pub fn non_finite_rows(&self, progress: &Progress) -> Result<RowSet, Cancelled> {
        match self.dtype {
            Dtype::F64 => self.rows_with(progress, |&value: &f64| value.abs() <= f64::from(f32::MAX)),
            _ if self.dtype.is_float() => self.rows_with(progress, |value: &f32| value.is_finite()),
            _ => Ok(RowSet::EMPTY),
        }
    }

    /// Those of `rows` that hold a number beyond the range of `f32`, but no NaN and no infinity.
    #[must_use]
    pub fn rows_beyond_f32(&self, rows: &RowSet) -> RowSet {
        if self.dtype != Dtype::F64 {
            return RowSet::EMPTY;
        }
        let mut buffer = Vec::<f64>::new();
        let mut is_finite = |row: u32| self.row_as(row as usize, &mut buffer).iter().all(|value| value.is_finite());
        let beyond = |&row: &u32| is_finite(row);
        rows.below(self.rows).iter().filter(beyond).collect()
    }

    /// The rows that hold a value for which `is_good` is false.
    fn rows_with<T: Number>(
        &self,
        progress: &Progress,
        is_good: impl Fn(&T) -> bool + Sync,
    ) -> Result<RowSet, Cancelled> {
        if self.dims == 0 {
            return Ok(RowSet::EMPTY);
        }
        progress.begin("Checking values");
        let (blocks, done) = (self.blocks(), std::sync::atomic::AtomicUsize::new(0));
        let found = blocks
            .par_iter()
            .map_init(Vec::new, |buffer, range| {
                let before = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                progress.advance(before, blocks.len())?;
                let values = self.values_as::<T>(range.clone(), buffer);
                // No short circuit: a pass over all values vectorizes.
                if values.iter().fold(true, |all, value| all & is_good(value)) {
                    return Ok(Vec::new());
                }
                let rows = values.chunks_exact(self.dims).zip(range.clone());
                let bad = rows.filter(|(row, _)| !row.iter().all(&is_good));
                Ok(bad.map(|(_, row)| u32::try_from(row).unwrap_or(u32::MAX)).collect())
            })
            .collect::<Result<Vec<Vec<u32>>, Cancelled>>()?;
        Ok(found.concat().into())
    }
}

impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vectors({} x {} {})", self.rows, self.dims, self.dtype)
    }
}

impl Dtype {
    /// Bytes of one value.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// Whether the type can hold NaN and infinities.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64)
    }

    /// The type's short name, such as `f32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::I16 => "i16",
            Self::U16 => "u16",
            Self::I32 => "i32",
            Self::U32 => "u32",
            Self::I64 => "i64",
            Self::U64 => "u64",
            Self::Bool => "bool",
        }
    }
}

impl Number for f32 {
    const DTYPE: Dtype = Dtype::F32;

    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn decode(dtype: Dtype, raw: &[u8], out: &mut [Self]) {
        match dtype {
            Dtype::F16 => match as_native::<f16>(raw) {
                Some(values) => values.convert_to_f32_slice(out),
                None => each(raw, out, |b| f16::from_le_bytes(b).to_f32()),
            },
            Dtype::Bf16 => each(raw, out, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::F32 => each(raw, out, f32::from_le_bytes),
            Dtype::F64 => each(raw, out, |b| f64::from_le_bytes(b) as f32),
            Dtype::I8 => each(raw, out, |b| f32::from(i8::from_le_bytes(b))),
            Dtype::U8 => each(raw, out, |[b]| f32::from(b)),
            Dtype::I16 => each(raw, out, |b| f32::from(i16::from_le_bytes(b))),
            Dtype::U16 => each(raw, out, |b| f32::from(u16::from_le_bytes(b))),
            Dtype::I32 => each(raw, out, |b| i32::from_le_bytes(b) as f32),
            Dtype::U32 => each(raw, out, |b| u32::from_le_bytes(b) as f32),
            Dtype::I64 => each(raw, out, |b| i64::from_le_bytes(b) as f32),
            Dtype::U64 => each(raw, out, |b| u64::from_le_bytes(b) as f32),
            Dtype::Bool => each(raw, out, |[b]| f32::from(u8::from(b != 0))),
        }
    }
}

impl Number for f64 {
    const DTYPE: Dtype = Dtype::F64;

    fn from_f64(value: f64) -> Self {
        value
    }

    fn decode(dtype: Dtype, raw: &[u8], out: &mut [Self]) {
        match dtype {
            Dtype::F16 => each(raw, out, |b| f16::from_le_bytes(b).to_f64()),
            Dtype::Bf16 => each(raw, out, |b| bf16::from_le_bytes(b).to_f64()),
            Dtype::F32 => each(raw, out, |b| f64::from(f32::from_le_bytes(b))),
            Dtype::F64 => each(raw, out, f64::from_le_bytes),
            Dtype::I8 => each(raw, out, |b| f64::from(i8::from_le_bytes(b))),
            Dtype::U8 => each(raw, out, |[b]| f64::from(b)),
            Dtype::I16 => each(raw, out, |b| f64::from(i16::from_le_bytes(b))),
            Dtype::U16 => each(raw, out, |b| f64::from(u16::from_le_bytes(b))),
            Dtype::I32 => each(raw, out, |b| f64::from(i32::from_le_bytes(b))),
            Dtype::U32 => each(raw, out, |b| f64::from(u32::from_le_bytes(b))),
            Dtype::I64 => each(raw, out, |b| i64::from_le_bytes(b) as f64),
            Dtype::U64 => each(raw, out, |b| u64::from_le_bytes(b) as f64),
            Dtype::Bool => each(raw, out, |[b]| f64::from(u8::from(b != 0))),
        }
    }
}

/// Fills `out` with what `convert` makes of each value of `N` bytes.
fn each<T, const N: usize>(raw: &[u8], out: &mut [T], convert: impl Fn([u8; N]) -> T) {
    for (value, bytes) in out.iter_mut().zip(raw.as_chunks::<N>().0) {
        *value = convert(*bytes);
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An array of rows one after the other that owns the lent bytes.
struct OwnedArray<T>(Array2<T>);

impl<T: bytemuck::NoUninit + Send + Sync> Bytes for OwnedArray<T> {}

impl<T: bytemuck::NoUninit> AsRef<[u8]> for OwnedArray<T> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice().map(bytemuck::cast_slice).unwrap_or_default()
    }
}

/// Values that own the lent bytes.
struct Owned<T>(Vec<T>);

impl<T: bytemuck::NoUninit + Send + Sync> Bytes for Owned<T> {}

impl<T: bytemuck::NoUninit> AsRef<[u8]> for Owned<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// The bytes as numbers, if the machine is little-endian and they are aligned.
fn as_native<T: bytemuck::AnyBitPattern>(raw: &[u8]) -> Option<&[T]> {
    cfg!(target_endian = "little").then(|| bytemuck::try_cast_slice(raw).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    fn all(vectors: &Vectors) -> Vec<f32> {
        let mut buffer = Vec::new();
        vectors.block(0..vectors.rows(), &mut buffer).iter().copied().collect()
    }

    /// Bytes of which all from a place on are lost.
    struct Cut(Vec<u8>, usize);

    impl AsRef<[u8]> for Cut {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Bytes for Cut {
        fn check(&self) -> Result<(), Damaged> {
            Err(Damaged { file: "a.npy".into(), from: self.1, short: Some(self.1 as u64), rows: None })
        }
    }

    /// Ten rows of 8 bytes from byte 20 on.
    #[test]
    fn rows_that_reach_into_lost_bytes_are_lost() {
        for (from, lost) in [(0, 10), (20, 10), (27, 10), (28, 9), (99, 1), (100, 0), (120, 0)] {
            let vectors = Vectors::from_bytes(10, 2, Dtype::F32, Arc::new(Cut(vec![0; 120], from)), 20).unwrap();
            let found = vectors.check().map_or_else(|damaged| damaged.rows, |()| Some(0));
            assert_eq!(found, Some(lost), "{from}");
        }
        let one = Vectors::from_bytes(2, 1, Dtype::U8, Arc::new(Cut(vec![0; 2], 1)), 0).unwrap();
        let expected = "a.npy: it was cut short to 1 bytes while it was read, and 1 row is lost. Write the file again, and then reload it";
        assert_eq!(one.check().unwrap_err().to_string(), expected);
    }

    /// Each type's own extremes become the nearest `f32`, aligned or not.
    #[test]
    fn every_type_becomes_the_nearest_f32() {
        #[track_caller]
        fn check(dtype: Dtype, raw: &[u8], expected: &[f32]) {
            for offset in 0..3 {
                let bytes = [&vec![0xAB; offset], raw].concat();
                let vectors = Vectors::from_bytes(1, expected.len(), dtype, Arc::new(bytes), offset).unwrap();
                assert_eq!(all(&vectors), expected, "{dtype} at {offset}");
            }
        }
        check(Dtype::F16, &[0x00, 0x3C, 0x00, 0xC0, 0xFF, 0x7B], &[1.0, -2.0, 65504.0]);
        check(Dtype::Bf16, &[0x80, 0x3F, 0x49, 0x40], &[1.0, 3.140_625]);
        check(Dtype::F32, &1.5_f32.to_le_bytes(), &[1.5]);
        check(Dtype::F64, &0.1_f64.to_le_bytes(), &[0.1]);
        check(Dtype::I8, &[0x80, 0x7F], &[-128.0, 127.0]);
        check(Dtype::U8, &[0, 255], &[0.0, 255.0]);
        check(Dtype::I16, &i16::MIN.to_le_bytes(), &[-32768.0]);
        check(Dtype::U16, &u16::MAX.to_le_bytes(), &[65535.0]);
        check(Dtype::I32, &i32::MIN.to_le_bytes(), &[-2_147_483_648.0]);
        check(Dtype::U32, &u32::MAX.to_le_bytes(), &[4_294_967_296.0]);
        check(Dtype::I64, &(-7_i64).to_le_bytes(), &[-7.0]);
        check(Dtype::U64, &u64::MAX.to_le_bytes(), &[18_446_744_073_709_551_616.0]);
        check(Dtype::Bool, &[0, 1], &[0.0, 1.0]);
    }

    #[test]
    fn relative_vectors_keep_the_digits_of_long_integers() {
        let bytes = |values: &[i64]| Arc::new(values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
        let far = 1_i64 << 60;
        let values = [far + 1, 7, far + 4, -2, i64::MIN, 3];
        let vectors = Vectors::from_bytes(3, 2, Dtype::I64, bytes(&values), 0).unwrap();
        let mut buffer = Vec::<f64>::new();
        let relative = vectors.relative();
        assert_eq!(relative.origin(), Some(&[i128::from(far) + 1, 0][..]));
        assert_eq!(relative.block_as(0..2, &mut buffer), array![[0.0, 7.0], [3.0, -2.0]]);
        assert_eq!(vectors.relative_to(1).block_as(0..2, &mut buffer), array![[-3.0, 9.0], [0.0, 0.0]]);
        // 2^60 + 2^63 + 4 does not fit in 64 bits; the nearest `f64` has no 4.
        let from_least = vectors.relative_to(2).row_as(1, &mut buffer)[0];
        assert!((from_least - 1.125 * 2_f64.powi(63)).abs() < 1.0);
        assert_eq!(vectors.raw(0..1), relative.raw(0..1));
        let unsigned: Vec<u8> = [u64::MAX, u64::MAX - 3].iter().flat_map(|x| x.to_le_bytes()).collect();
        let unsigned = Vectors::from_bytes(2, 1, Dtype::U64, Arc::new(unsigned), 0).unwrap();
        assert_eq!(unsigned.relative_to(1).block_as(0..2, &mut buffer), array![[3.0], [0.0]]);
        let small = Vectors::from_bytes(3, 1, Dtype::I64, bytes(&[1, 1 << 53, -4]), 0).unwrap();
        assert!(small.relative().origin().is_none());
        assert!(Vectors::from_f64(1, 1, vec![1e300]).unwrap().relative_to(0).origin().is_none());
    }

    /// A scale by a power of two changes no digit; the rows then spread about one.
    #[test]
    fn floats_beyond_the_range_of_f32_are_scaled() {
        #[track_caller]
        fn check(unit: f64, others: [f64; 2]) {
            let values = vec![unit, 1.25 * unit, others[0], f64::NAN, 3.0 * unit, -unit, others[1], 1e300];
            let vectors = Vectors::from_f64(4, 2, values.clone()).unwrap();
            let relative = vectors.relative();
            let (scale, mut buffer) = (relative.scale(), Vec::<f64>::new());
            assert_eq!(scale.log2().fract(), 0.0, "{unit}");
            let read = relative.values_as::<f64>(0..3, &mut buffer);
            assert!((0.5..=1.0).contains(&(read[4] - read[0]).abs().max((read[5] - read[1]).abs())), "{read:?}");
            assert_eq!([read[0] / scale, read[4] / scale, read[5] / scale], [values[0], values[4], values[5]]);
            assert_eq!(f64::from(relative.row(0, &mut Vec::new())[0]), f64::from(read[0] as f32));
            assert_eq!(relative.raw(0..4), vectors.raw(0..4));
        }
        for unit in [1e-300, 1e-50, 1e-38, 1e-31, 1e34, 1e38] {
            check(unit, [unit, unit]);
        }
        check(1e-50, [f64::INFINITY, 1.0]);
    }

    #[test]
    fn floats_of_usual_size_are_not_scaled() {
        for values in [[1.0, 2.0], [0.0, 1e-29], [-1e32, 1e32], [7.0, 7.0], [1e-300, 1.0], [f64::NAN, 1e-50]] {
            let wide = Vectors::from_f64(2, 1, values.to_vec()).unwrap();
            assert_eq!(wide.relative().scale(), 1.0, "{values:?}");
        }
        let narrow = Vectors::from_f32(2, 1, vec![3e38, -3e38]).unwrap();
        assert_eq!(narrow.relative().scale(), 2.0_f64.powi(-129));
        assert!(narrow.as_f32().is_some() && narrow.relative().as_f32().is_none());
        // The one value of a column that is far from zero stays within the range of `f32`.
        let beside = Vectors::from_f64(2, 2, vec![1e10, 0.0, 1e10, 1e-50]).unwrap();
        let mut buffer = Vec::new();
        assert!(beside.relative().block(0..2, &mut buffer).iter().all(|x| x.is_finite()));
        assert!(beside.relative().row(1, &mut buffer)[1] > 0.0);
    }

    #[test]
    fn rows_that_no_memory_holds_are_refused() {
        let of = |dims, dtype| Vectors::from_bytes(0, dims, dtype, Arc::new(Vec::<u8>::new()), 0);
        assert!(of(1 << 62, Dtype::F32).is_err());
        assert!(of(usize::MAX, Dtype::F64).is_err());
        assert!(of(1 << 62, Dtype::U8).is_err());
        assert!(of(1 << 20, Dtype::F32).is_ok());
    }

    #[test]
    fn wide_types_keep_their_digits_as_f64() {
        #[track_caller]
        fn check(dtype: Dtype, raw: &[u8], is_wide: bool, expected: f64) {
            for offset in 0..3 {
                let bytes = [&vec![0xAB; offset], raw].concat();
                let vectors = Vectors::from_bytes(1, 1, dtype, Arc::new(bytes), offset).unwrap();
                let found = vectors.row_as::<f64>(0, &mut Vec::new()).to_vec();
                assert_eq!((found, vectors.is_wide()), (vec![expected], is_wide), "{dtype} at {offset}");
            }
        }
        check(Dtype::F64, &1e300_f64.to_le_bytes(), true, 1e300);
        check(Dtype::I32, &i32::MIN.to_le_bytes(), true, -2_147_483_648.0);
        check(Dtype::U32, &u32::MAX.to_le_bytes(), true, 4_294_967_295.0);
        check(Dtype::I64, &(1_i64 << 52 | 1).to_le_bytes(), true, 4_503_599_627_370_497.0);
        check(Dtype::U64, &(1_u64 << 63).to_le_bytes(), true, 9_223_372_036_854_775_808.0);
        check(Dtype::F32, &1.5_f32.to_le_bytes(), false, 1.5);
        check(Dtype::F16, &[0xFF, 0x7B], false, 65504.0);
        check(Dtype::Bf16, &[0x49, 0x40], false, 3.140_625);
        check(Dtype::I8, &[0x80], false, -128.0);
        check(Dtype::U8, &[255], false, 255.0);
        check(Dtype::I16, &i16::MIN.to_le_bytes(), false, -32768.0);
        check(Dtype::U16, &u16::MAX.to_le_bytes(), false, 65535.0);
        check(Dtype::Bool, &[1], false, 1.0);
    }

    /// Rows 1 to 3 hold a NaN, an infinity, and a number that `f32` would round to infinity.
    #[test]
    fn rows_beyond_f32_are_told_from_those_that_are_not_finite() {
        let largest = f64::from(f32::MAX);
        let values = vec![largest, -largest, f64::NAN, 0.0, 1.0, f64::NEG_INFINITY, -1e300, 1e-300];
        let vectors = Vectors::from_f64(4, 2, values).unwrap();
        let unplaced = vectors.non_finite_rows(&Progress::default()).unwrap();
        assert_eq!(unplaced.as_slice(), [1, 2, 3]);
        assert_eq!(vectors.rows_beyond_f32(&unplaced).as_slice(), [3]);
        let halves = Vectors::from_f16(2, 1, vec![f16::MAX, f16::INFINITY]).unwrap();
        let unplaced = halves.non_finite_rows(&Progress::default()).unwrap();
        assert_eq!((unplaced.as_slice(), halves.rows_beyond_f32(&unplaced).as_slice()), (&[1][..], &[][..]));
    }

    #[test]
    fn aligned_f64_is_lent_without_a_copy() {
        let vectors = Vectors::from_f64(2, 2, vec![0.0, 1.0, 2.0, 3.0]).unwrap();
        let mut buffer = Vec::new();
        assert_eq!(vectors.row_as::<f64>(1, &mut buffer), [2.0, 3.0]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn arrays_are_vectors_whatever_their_order_in_memory() {
        let by_rows = array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];
        let by_columns = array![[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]].reversed_axes();
        let mut part = array![[9.0, 9.0], [0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];
        part.slice_collapse(ndarray::s![1.., ..]);
        for values in [by_rows.clone(), by_columns, part] {
            let vectors = Vectors::from_array::<f64>(values);
            let mut buffer = Vec::<f64>::new();
            assert_eq!((vectors.rows(), vectors.dims(), vectors.dtype()), (3, 2, Dtype::F64));
            assert_eq!(vectors.block_as(0..3, &mut buffer), by_rows);
            let rows: Vec<&[f64]> = vectors.each_row(1..3, &mut buffer).collect();
            assert_eq!(rows, [[2.0, 3.0], [4.0, 5.0]]);
        }
        let empty = Vectors::from_array(Array2::<f32>::zeros((4, 0)));
        assert_eq!((empty.rows(), empty.block(1..3, &mut Vec::new()).dim()), (4, (2, 0)));
        assert_eq!(empty.each_row::<f32>(1..3, &mut Vec::new()).len(), 2);
    }

    #[test]
    fn aligned_f32_is_lent_without_a_copy() {
        let vectors = Vectors::from_f32(2, 3, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let mut buffer = Vec::new();
        assert_eq!(vectors.row(1, &mut buffer), [3.0, 4.0, 5.0]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn short_bytes_are_refused_with_their_size() {
        let error = Vectors::from_bytes(2, 3, Dtype::F32, Arc::new(vec![0_u8; 23]), 0).unwrap_err();
        assert_eq!(error.to_string(), "2 x 3 values of f32 need 24 bytes from byte 0 on, and 23 are there");
        let huge = Vectors::from_bytes(usize::MAX, usize::MAX, Dtype::F64, Arc::new(vec![0_u8; 8]), 0);
        assert!(huge.is_err(), "a product beyond the machine's word is no way around the check");
    }

    proptest! {
        #[test]
        fn blocks_cover_each_row_once_and_find_the_non_finite(
            rows in 0_usize..2000, dims in 0_usize..300, bad in prop::collection::btree_set(0_u32..2000, 0..5)
        ) {
            let mut values = vec![1.0_f32; rows * dims];
            let expected: Vec<u32> = bad.into_iter().filter(|&row| dims > 0 && (row as usize) < rows).collect();
            for &row in &expected {
                values[row as usize * dims + row as usize % dims] = if row % 2 == 0 { f32::NAN } else { f32::NEG_INFINITY };
            }
            let vectors = Vectors::from_f32(rows, dims, values).unwrap();
            let covered: Vec<usize> = vectors.blocks().into_iter().flatten().collect();
            prop_assert_eq!(covered, (0..rows).collect::<Vec<_>>());
            let found = vectors.non_finite_rows(&Progress::default()).unwrap();
            prop_assert_eq!(found.as_slice(), &expected[..]);
        }
    }
}
