//! Vectors of rows, from lists or from columns of numbers, into one piece of memory.
//!
//! Parts of the file are decoded in parallel, and each writes its own rows. Numbers keep their type;
//! columns of several types, or of one type here and another in a later file, are read as a float
//! that holds them. Integers with missing values are read as `f64`, since no integer stands for a
//! missing one; those that are rounded are counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use arrow_array::{Array, ArrayRef};
use half::f16;
use parallax_embedding::{Dtype, Progress, Vectors};
use rayon::prelude::*;

use super::{
    nested::{self, Items},
    table::{Part, Table, is_inflated},
};
use crate::{FormatError, Problem, error::counted};

/// Which columns make up the vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The index of each column, and how many numbers of a vector it has.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) dtype: Dtype,
}

/// What the vectors do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    /// Rows without a vector, and the first of them.
    pub(super) missing: usize,
    pub(super) first: Option<usize>,
    /// Integers that `f64` does not hold.
    pub(super) rounded: usize,
}

/// Bytes of vectors that are decoded at a time.
const BYTES: usize = 1 << 20;
/// Rows that are decoded at a time, and rows below which no group is divided.
const ROWS: [usize; 2] = [1 << 13, 1 << 16];

impl Plan {
    pub(super) fn dims(&self) -> usize {
        self.columns.iter().map(|(_, dims)| dims).fold(0, |sum: usize, dims| sum.saturating_add(*dims))
    }

    /// The bytes of `rows` vectors.
    ///
    /// # Errors
    /// Returns an error if a file of this size can hardly hold so many.
    fn size(&self, table: &Table) -> Result<usize, Problem> {
        let size = (table.rows as u128 * self.dims() as u128).saturating_mul(self.dtype.size() as u128);
        match usize::try_from(size) {
            Ok(size) if !is_inflated(size as u128, table.size) => Ok(size),
            _ => {
                let what = format!(
                    "{} x {} numbers of type {} are far more than a file of {} bytes holds",
                    table.rows,
                    self.dims(),
                    self.dtype,
                    table.size
                );
                Err(Problem::error(table.path(), what).way_out("Copy or write the file again"))
            }
        }
    }

    /// Reads the vectors, and counts what they do not say.
    pub(super) fn read(&self, table: &Table, progress: &Progress) -> Result<(Vectors, Lost), FormatError> {
        let size = self.size(table)?;
        let (mut bytes, state) = (vec![0_u8; size], State::default());
        let are_lists = self.columns.iter().any(|(column, _)| nested::is_list(table.schema.field(*column).data_type()));
        // To skip lists takes part of the time of reading them.
        let tasks = if are_lists { 1 } else { 4 } * rayon::current_num_threads();
        let parts = table.parts(Some(table.rows.div_ceil(tasks.max(1)).max(ROWS[1])));
        let width = self.dims() * self.dtype.size();
        let mut rest = &mut bytes[..];
        let tasks = parts.iter().map(|part| {
            let (own, others) = std::mem::take(&mut rest).split_at_mut(part.rows.len() * width);
            rest = others;
            (part, own)
        });
        let tasks: Vec<(&Part, &mut [u8])> = tasks.collect();
        let read = tasks.into_par_iter().try_for_each(|(part, out)| self.read_part(table, part, out, &state, progress));
        if state.needs_float.into_inner() {
            drop(bytes);
            return Self { dtype: Dtype::F64, ..self.clone() }.read(table, progress);
        }
        read?;
        let dims = self.dims();
        let vectors = Vectors::from_bytes(table.rows, dims, self.dtype, Arc::new(bytes), 0)
            .map_err(|error| Problem::error(table.path(), error.to_string()))?;
        let (missing, rounded) = (state.missing.into_inner(), state.rounded.into_inner());
        let first = (missing > 0).then(|| state.first.0.into_inner());
        Ok((vectors, Lost { missing, first, rounded }))
    }

    fn read_part(
        &self,
        table: &Table,
        part: &Part,
        out: &mut [u8],
        state: &State,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let width = self.dims() * self.dtype.size();
        let at_once = (BYTES / width.max(1)).clamp(1, ROWS[0]);
        let (here, absent): (Vec<_>, Vec<_>) = self.rooms().partition(|(column, _)| table.has(part, *column));
        let columns: Vec<usize> = here.iter().map(|(column, _)| *column).collect();
        table.for_each(part, &columns, at_once, |rows, batch| {
            progress.advance(state.done.fetch_add(rows.len(), Ordering::Relaxed), table.rows)?;
            let start = rows.start - part.rows.start;
            let own = &mut out[start * width..(start + rows.len()) * width];
            for (column, room) in &absent {
                let left_out = room.leave_out_all(own);
                left_out.map_err(|fault| state.stopped(fault, table, part, (*column, rows.start)))?;
                let is_list = nested::is_list(table.schema.field(*column).data_type());
                if is_list {
                    state.miss(rows.len(), Some(rows.start));
                }
            }
            for (array, (column, room)) in batch.columns().iter().zip(&here) {
                let filled = room.fill(array, own);
                let lost = filled.map_err(|fault| state.stopped(fault, table, part, (*column, rows.start)))?;
                state.miss(lost.missing, lost.first.map(|first| rows.start + first));
                state.rounded.fetch_add(lost.rounded, Ordering::Relaxed);
            }
            Ok(true)
        })
    }

    /// The columns, and the room of each.
    fn rooms(&self) -> impl Iterator<Item = (usize, Room)> {
        let (dtype, size, width) = (self.dtype, self.dtype.size(), self.dims() * self.dtype.size());
        let mut first = 0;
        self.columns.iter().map(move |&(column, dims)| {
            let room = Room { first, dims, width, dtype };
            first += dims * size;
            (column, room)
        })
    }
}

/// What parts that are read at the same time have in common.
#[derive(Debug, Default)]
struct State {
    done: AtomicUsize,
    missing: AtomicUsize,
    /// The first of them.
    first: First,
    rounded: AtomicUsize,
    needs_float: AtomicBool,
}

/// The least of the numbers that it was given.
#[derive(Debug)]
struct First(AtomicUsize);

impl Default for First {
    fn default() -> Self {
        Self(AtomicUsize::new(usize::MAX))
    }
}

impl State {
    /// Counts rows without a vector.
    fn miss(&self, count: usize, first: Option<usize>) {
        self.missing.fetch_add(count, Ordering::Relaxed);
        if let Some(first) = first {
            self.first.0.fetch_min(first, Ordering::Relaxed);
        }
    }

    /// The error for a fault in the rows of a column from `start` on.
    fn stopped(&self, fault: Fault, table: &Table, part: &Part, (column, start): (usize, usize)) -> FormatError {
        let file = table.content(part).path();
        match fault {
            Fault::Missing => {
                self.needs_float.store(true, Ordering::Relaxed);
                FormatError::Cancelled
            }
            Fault::Length { row, found, dims } => {
                let row = table.row_in_file(part, start + row);
                let name = table.schema.field(column).name();
                let message = format!("the vector has {}, and the first one has {dims}", counted(found, "number"));
                let problem = Problem::error(file, message).at(format!("column {name:?}, row {row}"));
                problem.way_out("Give each row as many numbers, or leave the vector out").into()
            }
            Fault::Other(what) => Problem::error(file, what).way_out("Copy or write the file again").into(),
        }
    }
}

/// Why a column cannot be written into vectors.
enum Fault {
    /// An integer is missing.
    Missing,
    /// A list has another length.
    Length {
        row: usize,
        found: usize,
        dims: usize,
    },
    Other(String),
}

/// The room of a column in vectors.
struct Room {
    /// The first of its bytes in a row.
    first: usize,
    /// How many numbers it has.
    dims: usize,
    /// The bytes of a row.
    width: usize,
    dtype: Dtype,
}

impl Room {
    /// Writes the numbers of rows, and counts what they do not say.
    fn fill(&self, array: &ArrayRef, out: &mut [u8]) -> Result<Lost, Fault> {
        let Items { all, rows } = Items::of(array);
        // Lists may be a part of those with far more items, which are not to be converted.
        let is_converted = nested::number(all.data_type()) != Some(self.dtype);
        let (start, end) =
            if is_converted && nested::is_list(array.data_type()) { used(&rows) } else { (0, all.len()) };
        if end > all.len() {
            return Err(other("a list ends beyond its items"));
        }
        let (all, size) = (all.slice(start, end - start), self.dtype.size());
        let values = nested::bytes(&all, self.dtype).ok_or_else(|| other("they are of another type"))?;
        let has_holes = all.null_count() > 0;
        let rounded = if self.dtype == Dtype::F64 { nested::rounded(&all) } else { 0 };
        let (mut missing, mut first) = (0, None);
        for (row, (place, out)) in rows.iter().zip(out.chunks_exact_mut(self.width.max(1))).enumerate() {
            let own = self.of_row(out);
            let &Some((from, to)) = place else {
                missing += 1;
                first.get_or_insert(row);
                self.leave_out(own)?;
                continue;
            };
            let found = to.saturating_sub(from);
            if found != self.dims {
                return Err(Fault::Length { row, found, dims: self.dims });
            }
            let items = from - start..to - start;
            let values = values.get(items.start * size..items.end * size);
            own.copy_from_slice(values.ok_or_else(|| other("a list ends beyond its items"))?);
            if has_holes {
                let mut holes = own.chunks_exact_mut(size).zip(items).filter(|(_, item)| all.is_null(*item));
                holes.try_for_each(|(value, _)| self.leave_out(value))?;
            }
        }
        Ok(Lost { missing, first, rounded })
    }

    /// Its bytes of a row.
    fn of_row<'r>(&self, row: &'r mut [u8]) -> &'r mut [u8] {
        &mut row[self.first..self.first + self.dims * self.dtype.size()]
    }

    /// Writes NaN into all rows.
    fn leave_out_all(&self, out: &mut [u8]) -> Result<(), Fault> {
        out.chunks_exact_mut(self.width.max(1)).try_for_each(|row| self.leave_out(self.of_row(row)))
    }

    /// Writes NaN into all numbers.
    fn leave_out(&self, numbers: &mut [u8]) -> Result<(), Fault> {
        let nan: &[u8] = match self.dtype {
            Dtype::F64 => &f64::NAN.to_le_bytes(),
            Dtype::F32 => &f32::NAN.to_le_bytes(),
            Dtype::F16 => &f16::NAN.to_le_bytes(),
            _ => return Err(Fault::Missing),
        };
        numbers.chunks_exact_mut(nan.len()).for_each(|number| number.copy_from_slice(nan));
        Ok(())
    }
}

/// The first item of all rows, and the one after the last.
fn used(rows: &[Option<(usize, usize)>]) -> (usize, usize) {
    let used = rows.iter().flatten().filter(|(from, to)| from < to);
    let widen = |(start, end): (usize, usize), &(from, to): &(usize, usize)| (start.min(from), end.max(to));
    let (start, end) = used.fold((usize::MAX, 0), widen);
    (start.min(end), end)
}

fn other(error: impl ToString) -> Fault {
    Fault::Other(format!("the numbers cannot be read: {}", error.to_string()))
}

/// The type as which a column of numbers, or of lists of numbers, is read. Returns `None` if it holds
/// others in some file.
pub(super) fn dtype(table: &Table, column: usize) -> Option<Dtype> {
    let number = |data| nested::number(data).or_else(|| nested::listed(data));
    let dtype = common(table.types(column).map(number).collect::<Option<Vec<Dtype>>>()?)?;
    // No integer stands for a missing one.
    Some(if dtype.is_float() || table.is_everywhere(column) { dtype } else { Dtype::F64 })
}

/// The type as which numbers of these types are read together: that of all, or else a float that
/// holds them.
pub(super) fn common(dtypes: impl IntoIterator<Item = Dtype>) -> Option<Dtype> {
    let is_wide = |dtype: Dtype| matches!(dtype, Dtype::I32 | Dtype::U32 | Dtype::I64 | Dtype::U64 | Dtype::F64);
    dtypes.into_iter().reduce(|a, b| match a == b {
        true => a,
        false if is_wide(a) || is_wide(b) => Dtype::F64,
        false => Dtype::F32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_several_types_are_floats() {
        use Dtype::{Bool, F16, F32, F64, I8, I16, I32, I64, U8};
        let check = |dtypes: &[Dtype], expected| assert_eq!(common(dtypes.iter().copied()), expected, "{dtypes:?}");
        check(&[], None);
        check(&[F16, F16], Some(F16));
        check(&[I64, I64, I64], Some(I64));
        check(&[F16, F32], Some(F32));
        check(&[F32, U8], Some(F32));
        check(&[I16, I8], Some(F32));
        check(&[Bool, U8, F16], Some(F32));
        check(&[F32, I32], Some(F64));
        check(&[U8, I8, F64], Some(F64));
    }
}
