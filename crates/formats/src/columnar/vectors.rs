//! Vectors of rows, from lists or from columns of numbers, into one piece of memory.
//!
//! Parts of the file are decoded in parallel, and each writes its own rows. Numbers keep their type;
//! columns of several types are read as a float that holds them. Integers with missing values
//! are read as `f64`, since no integer stands for a missing one.

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
        let file =
            || table.parts(None).first().map_or_else(Default::default, |part| table.content(part).path().to_path_buf());
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
                Err(Problem::error(file(), what).way_out("Copy or write the file again"))
            }
        }
    }

    /// Reads the vectors, and counts those that are missing.
    pub(super) fn read(&self, table: &Table, progress: &Progress) -> Result<(Vectors, usize), FormatError> {
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
            .map_err(|error| Problem::error("", error.to_string()))?;
        Ok((vectors, state.missing.into_inner()))
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
        let columns: Vec<usize> = self.columns.iter().map(|(column, _)| *column).collect();
        table.for_each(part, &columns, at_once, |rows, batch| {
            progress.advance(state.done.fetch_add(rows.len(), Ordering::Relaxed), table.rows)?;
            let start = rows.start - part.rows.start;
            let own = &mut out[start * width..(start + rows.len()) * width];
            let mut first = 0;
            for (array, &(column, dims)) in batch.columns().iter().zip(&self.columns) {
                let room = Room { first: first * self.dtype.size(), dims, width, dtype: self.dtype };
                match room.fill(array, own) {
                    Ok(missing) => state.missing.fetch_add(missing, Ordering::Relaxed),
                    Err(Fault::Missing) => {
                        state.needs_float.store(true, Ordering::Relaxed);
                        return Err(FormatError::Cancelled);
                    }
                    Err(Fault::Length { row, found }) => {
                        let row = table.row_in_file(part, rows.start + row);
                        let name = table.schema.field(column).name();
                        let message =
                            format!("the vector has {}, and the first one has {dims}", counted(found, "number"));
                        let problem = Problem::error(table.content(part).path(), message);
                        let problem = problem.at(format!("column {name:?}, row {row}"));
                        return Err(problem.way_out("Give each row as many numbers, or leave the vector out").into());
                    }
                    Err(Fault::Other(what)) => {
                        return Err(Problem::error(table.content(part).path(), what)
                            .way_out("Copy or write the file again")
                            .into());
                    }
                };
                first += dims;
            }
            Ok(true)
        })
    }
}

/// What parts that are read at the same time have in common.
#[derive(Debug, Default)]
struct State {
    done: AtomicUsize,
    missing: AtomicUsize,
    needs_float: AtomicBool,
}

/// Why a column cannot be written into vectors.
enum Fault {
    /// An integer is missing.
    Missing,
    /// A list has another length.
    Length {
        row: usize,
        found: usize,
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
    /// Writes the numbers of rows, and returns how many rows have none.
    fn fill(&self, array: &ArrayRef, out: &mut [u8]) -> Result<usize, Fault> {
        let items = Items::of(array);
        let (all, size) = (items.all, self.dtype.size());
        let values = nested::bytes(&all, self.dtype).ok_or_else(|| other("they are of another type"))?;
        let has_holes = all.null_count() > 0;
        let mut missing = 0;
        for (row, (place, out)) in items.rows.iter().zip(out.chunks_exact_mut(self.width.max(1))).enumerate() {
            let own = &mut out[self.first..self.first + self.dims * size];
            let &Some((from, to)) = place else {
                missing += 1;
                own.chunks_exact_mut(size).try_for_each(|value| self.leave_out(value))?;
                continue;
            };
            if to.saturating_sub(from) != self.dims {
                return Err(Fault::Length { row, found: to.saturating_sub(from) });
            }
            own.copy_from_slice(
                values.get(from * size..to * size).ok_or_else(|| other("a list ends beyond its items"))?,
            );
            if has_holes {
                let holes = own.chunks_exact_mut(size).zip(from..to).filter(|(_, item)| all.is_null(*item));
                holes.map(|(value, _)| value).try_for_each(|value| self.leave_out(value))?;
            }
        }
        Ok(missing)
    }

    /// Writes NaN.
    fn leave_out(&self, value: &mut [u8]) -> Result<(), Fault> {
        match self.dtype {
            Dtype::F64 => value.copy_from_slice(&f64::NAN.to_le_bytes()),
            Dtype::F32 => value.copy_from_slice(&f32::NAN.to_le_bytes()),
            Dtype::F16 => value.copy_from_slice(&f16::NAN.to_le_bytes()),
            _ => return Err(Fault::Missing),
        }
        Ok(())
    }
}

fn other(error: impl ToString) -> Fault {
    Fault::Other(format!("the numbers cannot be read: {}", error.to_string()))
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
