//! Writes Parquet: vectors as a column of lists of a fixed length, and typed columns of metadata.
//!
//! Dimensions with names of their own (coordinates) become a column each. A column of metadata whose
//! texts are whole numbers, numbers that `f64` holds with all digits, truth values, or dates and times
//! in ISO 8601, spelled as they are read back, is written as such; categories are written as
//! dictionaries; all else is text. Missing values are null.

use std::{io, sync::Arc};

use ::parquet::{
    arrow::ArrowWriter, basic::Compression, errors::ParquetError, file::properties::WriterProperties,
    schema::types::ColumnPath,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, FixedSizeListArray, Float64Array, Int32Array,
    Int64Array, PrimitiveArray, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt64Array, types,
};
use arrow_buffer::{ArrowNativeType as _, Buffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field, Schema};
use parallax_embedding::{Column, ColumnKind, Dtype, Progress, RowSet, Vectors};

use crate::{
    dates,
    disk::{Out, Stop},
    metadata::unique_names,
    write::{Moments, OutputFormat, Table, TextRoom, Typed, f32_bytes, truth},
};

pub(crate) static OUTPUT: OutputFormat = OutputFormat {
    ending: "parquet",
    text: TextRoom::Beside,
    stored_as: |dtype| Some(stored(dtype)),
    is_exported: true,
    delimiter: None,
    says,
    write: |out, table, progress| write(out, table, progress).map(|()| 0),
};

/// Says which categories will not be read in their order: in Parquet, a dictionary lists its values in
/// the order of the rows.
fn says(table: &Table<'_>) -> Vec<String> {
    let is_reordered = |column: &&&Column| {
        let row = |row: usize| table.rows.map_or(Some(row), |rows| rows.as_slice().get(row).map(|&row| row as usize));
        let codes = (0..table.rows.map_or(column.len(), RowSet::len)).filter_map(|at| column.code(row(at)?));
        let mut next = 0;
        column.is_declared()
            && !codes.into_iter().all(|code| {
                let is_in_order = code <= next;
                next = next.max(code + 1);
                is_in_order
            })
    };
    let said = table.columns.iter().filter(is_reordered).map(|column| {
        let values: Vec<&str> = column.values().iter().take(SHOWN).collect();
        let more = if column.values().len() > SHOWN { ", ..." } else { "" };
        let (name, order) = (column.name(), values.join(", "));
        format!("the categories of {name:?} are read in the order of the rows, not in theirs: {order}{more}")
    });
    said.collect()
}

/// Categories that a message names.
const SHOWN: usize = 5;

/// Bytes of vectors in a row group: as many as are read at a time by one thread.
const GROUP: usize = 1 << 26;
/// Rows in a row group, at most, and rows that are handed over at a time.
const ROWS: [usize; 2] = [1 << 20, 1 << 12];
/// The name of the column of vectors, and that of the numbers in its lists.
const VECTOR: &str = "vector";
const ITEM: &str = "element";

fn stored(dtype: Dtype) -> Dtype {
    if dtype == Dtype::Bf16 { Dtype::F32 } else { dtype }
}

fn write(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<(), Stop> {
    let columns: Vec<Stored<'_>> = table.columns.iter().map(|column| Stored::of(column)).collect();
    let is_plain = table.names.iter().enumerate().all(|(dim, name)| *name == format!("d{dim}"));
    let names = columns.iter().map(|stored| stored.column.name().to_owned());
    let own = if is_plain { vec![VECTOR.to_owned()] } else { table.names.clone() };
    let names = unique_names(names.chain(own).collect()).0;
    let width = table.vectors.map_or(1, |vectors| vectors.dims() * vectors.dtype().size()).max(1);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some((GROUP / width).clamp(1, ROWS[0])))
        // Numbers of vectors seldom repeat.
        .set_column_dictionary_enabled(ColumnPath::from(vec![VECTOR.into(), "list".into(), ITEM.into()]), false)
        .build();
    let mut writer: Option<ArrowWriter<&mut Out<'_>>> = None;
    let (mut out, rows) = (Some(out), table.len());
    let mut start = 0;
    // A table without rows has columns as well.
    while start < rows || writer.is_none() {
        progress.advance(start, rows)?;
        let end = rows.min(start + ROWS[1]);
        let chosen: Vec<usize> = match table.rows {
            Some(rows) => rows.as_slice()[start..end].iter().map(|&row| row as usize).collect(),
            None => (start..end).collect(),
        };
        let mut arrays: Vec<ArrayRef> =
            columns.iter().map(|stored| stored.array(&chosen)).collect::<Result<_, _>>().map_err(failed)?;
        if let Some(vectors) = table.vectors {
            if is_plain {
                arrays.push(lists(vectors, &chosen).map_err(failed)?);
            } else {
                arrays.extend(
                    (0..vectors.dims()).map(|dim| numbers(stored(vectors.dtype()), &column(vectors, &chosen, dim))),
                );
            }
        }
        let fields = names.iter().zip(&arrays).map(|(name, array)| Field::new(name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(failed)?;
        if writer.is_none()
            && let Some(out) = out.take()
        {
            writer = Some(ArrowWriter::try_new(out, schema, Some(properties.clone())).map_err(failed_to_write)?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch).map_err(failed_to_write)?;
        }
        start = end.max(start + 1);
    }
    if let Some(writer) = writer {
        writer.close().map_err(failed_to_write)?;
    }
    Ok(progress.advance(1, 1)?)
}

fn failed(error: ArrowError) -> Stop {
    Stop::Io(io::Error::other(error))
}

fn failed_to_write(error: ParquetError) -> Stop {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => Stop::Io(*error),
            Err(inner) => Stop::Io(io::Error::other(inner)),
        },
        error => Stop::Io(io::Error::other(error)),
    }
}

/// The bytes of some rows, one after the other.
fn bytes(vectors: &Vectors, rows: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    // Rows that follow each other are copied together.
    for run in rows.chunk_by(|a, b| a + 1 == *b) {
        let run = run[0]..run[0] + run.len();
        if vectors.dtype() == Dtype::Bf16 {
            f32_bytes(vectors, run, &mut out);
        } else {
            out.extend_from_slice(vectors.raw(run));
        }
    }
    out
}

/// The bytes of a dimension of some rows.
fn column(vectors: &Vectors, rows: &[usize], dim: usize) -> Vec<u8> {
    let (values, size) = (bytes(vectors, rows), stored(vectors.dtype()).size());
    values.chunks_exact(size).skip(dim).step_by(vectors.dims()).flatten().copied().collect()
}

fn lists(vectors: &Vectors, rows: &[usize]) -> Result<ArrayRef, ArrowError> {
    let values = numbers(stored(vectors.dtype()), &bytes(vectors, rows));
    let field = Arc::new(Field::new(ITEM, values.data_type().clone(), true));
    let dims = i32::try_from(vectors.dims())
        .ok()
        .ok_or_else(|| ArrowError::InvalidArgumentError("the vectors have too many dimensions".to_owned()))?;
    Ok(Arc::new(FixedSizeListArray::try_new(field, dims, values, None)?))
}

fn numbers(dtype: Dtype, bytes: &[u8]) -> ArrayRef {
    fn of<T: types::ArrowPrimitiveType>(bytes: &[u8]) -> ArrayRef {
        let count = bytes.len() / T::Native::get_byte_width();
        Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::new(Buffer::from(bytes), 0, count), None))
    }
    match dtype {
        Dtype::F16 => of::<types::Float16Type>(bytes),
        Dtype::Bf16 | Dtype::F32 => of::<types::Float32Type>(bytes),
        Dtype::F64 => of::<types::Float64Type>(bytes),
        Dtype::I8 => of::<types::Int8Type>(bytes),
        Dtype::U8 => of::<types::UInt8Type>(bytes),
        Dtype::I16 => of::<types::Int16Type>(bytes),
        Dtype::U16 => of::<types::UInt16Type>(bytes),
        Dtype::I32 => of::<types::Int32Type>(bytes),
        Dtype::U32 => of::<types::UInt32Type>(bytes),
        Dtype::I64 => of::<types::Int64Type>(bytes),
        Dtype::U64 => of::<types::UInt64Type>(bytes),
        Dtype::Bool => Arc::new(bytes.iter().map(|&byte| Some(byte != 0)).collect::<BooleanArray>()),
    }
}

/// A column of metadata and its type.
struct Stored<'a> {
    column: &'a Column,
    kind: Kind,
}

/// What the values of a column are written as.
enum Kind {
    Categories(Arc<StringArray>),
    Values(Typed),
}

impl<'a> Stored<'a> {
    fn of(column: &'a Column) -> Self {
        let is_category = column.kind() == ColumnKind::Category;
        let kind = match Typed::of(column) {
            Typed::Text if is_category => None,
            _ if column.is_declared() => None,
            typed => Some(Kind::Values(typed)),
        };
        let categories = || Kind::Categories(Arc::new(column.values().iter().map(Some).collect()));
        Self { column, kind: kind.unwrap_or_else(categories) }
    }

    /// The cells of some rows.
    fn array(&self, rows: &[usize]) -> Result<ArrayRef, ArrowError> {
        // Spellings of missing numbers have no code.
        let cells = rows.iter().map(|&row| self.column.code(row).map(|code| &self.column.values()[code as usize]));
        let typed = match &self.kind {
            Kind::Values(typed) => typed,
            Kind::Categories(values) => {
                let codes: Int32Array = rows.iter().map(|&row| self.column.code(row).map(|code| code as i32)).collect();
                return Ok(Arc::new(DictionaryArray::try_new(codes, Arc::clone(values) as ArrayRef)?));
            }
        };
        Ok(match typed {
            Typed::Signed => Arc::new(cells.map(|cell| cell?.parse().ok()).collect::<Int64Array>()),
            Typed::Unsigned => Arc::new(cells.map(|cell| cell?.parse().ok()).collect::<UInt64Array>()),
            Typed::Float => Arc::new(cells.map(|cell| cell?.parse().ok()).collect::<Float64Array>()),
            Typed::Bool => Arc::new(cells.map(|cell| truth(cell?)).collect::<BooleanArray>()),
            Typed::Days => Arc::new(cells.map(|cell| dates::day(cell?)).collect::<Date32Array>()),
            Typed::Moments(moments) => times(moments, cells),
            Typed::Text => Arc::new(cells.collect::<StringArray>()),
        })
    }
}

fn times<'a>(moments: &Moments, cells: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let zone = moments.are_in_utc.then_some("UTC");
    let counts = cells.map(|cell| moments.count(cell?));
    if moments.are_nanoseconds {
        Arc::new(counts.collect::<TimestampNanosecondArray>().with_timezone_opt(zone))
    } else {
        Arc::new(counts.collect::<TimestampMicrosecondArray>().with_timezone_opt(zone))
    }
}
