//! Numbers that lie in a file in any regular order, and in either byte order, as rows of
//! little-endian numbers.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parallax_embedding::{Cancelled, Dtype, Progress, SharedBytes, Vectors};
use rayon::prelude::*;

use crate::{Problem, disk::READ_BYTES};

/// Where the numbers of a matrix lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strided {
    pub(crate) rows: usize,
    pub(crate) dims: usize,
    pub(crate) dtype: Dtype,
    pub(crate) big_endian: bool,
    /// The bytes from a number to the one below it.
    pub(crate) row_step: usize,
    /// The bytes from a number to the one beside it.
    pub(crate) dim_step: usize,
}

/// Why numbers cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// They end behind the last byte.
    #[error("its numbers need {needed} bytes, and {available} are there")]
    Short { needed: u128, available: usize },
    /// There are more of them than the file has.
    #[error("it repeats its numbers: its shape needs {needed} bytes, and {available} are there")]
    Repeated { needed: u128, available: usize },
    #[error("canceled")]
    Cancelled,
}

impl From<Cancelled> for Fault {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl Strided {
    /// Row after row.
    pub(crate) fn in_rows(rows: usize, dims: usize, dtype: Dtype, big_endian: bool) -> Self {
        let dim_step = dtype.size();
        Self { rows, dims, dtype, big_endian, row_step: dims.saturating_mul(dim_step), dim_step }
    }

    /// Column after column.
    pub(crate) fn in_columns(rows: usize, dims: usize, dtype: Dtype, big_endian: bool) -> Self {
        let row_step = dtype.size();
        Self { rows, dims, dtype, big_endian, row_step, dim_step: rows.saturating_mul(row_step) }
    }

    /// The bytes of all numbers.
    pub(crate) fn size(&self) -> u128 {
        (self.rows as u128 * self.dims as u128).saturating_mul(self.dtype.size() as u128)
    }

    /// The bytes from the first number to the end of the last.
    pub(crate) fn span(&self) -> u128 {
        if self.rows == 0 || self.dims == 0 {
            return 0;
        }
        let steps = |count: usize, step: usize| (count - 1) as u128 * step as u128;
        steps(self.rows, self.row_step)
            .saturating_add(steps(self.dims, self.dim_step))
            .saturating_add(self.dtype.size() as u128)
    }

    /// Whether the bytes are those of [`Vectors`] as they are.
    pub(crate) fn is_lendable(&self) -> bool {
        let size = self.dtype.size();
        let is_in_order = (self.dims <= 1 || self.dim_step == size)
            && (self.rows <= 1 || self.row_step == self.dims.saturating_mul(size));
        self.size() == 0 || is_in_order && (!self.big_endian || size == 1)
    }

    /// Checks that so many bytes from the first number on have all of them.
    pub(crate) fn check(&self, available: usize) -> Result<(), Fault> {
        if self.span() > available as u128 {
            return Err(Fault::Short { needed: self.span(), available });
        }
        if self.size() > available as u128 {
            return Err(Fault::Repeated { needed: self.size(), available });
        }
        Ok(())
    }

    /// The vectors, whose first number is at byte `start`. They are lent if they lie as they
    /// should, and copied otherwise.
    pub(crate) fn vectors(&self, bytes: SharedBytes, start: usize, progress: &Progress) -> Result<Vectors, Fault> {
        let available = (*bytes).as_ref().len().saturating_sub(start);
        self.check(available)?;
        let short = |_| Fault::Short { needed: self.size(), available };
        if self.is_lendable() {
            return Vectors::from_bytes(self.rows, self.dims, self.dtype, bytes, start).map_err(short);
        }
        let values = self.in_order((*bytes).as_ref().get(start..).unwrap_or_default(), progress)?;
        Vectors::from_bytes(self.rows, self.dims, self.dtype, Arc::new(values), 0).map_err(short)
    }

    /// What a copy in order costs, if it is so large that the file would be mapped.
    pub(crate) fn memory_note(&self, file: &Path) -> Option<Problem> {
        if self.is_lendable() || self.size() <= u128::from(READ_BYTES) {
            return None;
        }
        let order = if self.big_endian { "big-endian" } else { "not row after row" };
        let what = format!("the numbers are {order}, and a copy in order takes {} MiB of memory", self.size() >> 20);
        let way_out = "Save them row after row, as numpy.ascontiguousarray and .contiguous() in PyTorch put them, to have the file mapped instead";
        Some(Problem::note(file, what).way_out(way_out))
    }

    /// The values row after row, little-endian. `source` begins with the first and has all of them.
    fn in_order(&self, source: &[u8], progress: &Progress) -> Result<Vec<u8>, Cancelled> {
        match self.dtype.size() {
            1 => self.in_order_by::<1>(source, progress),
            2 => self.in_order_by::<2>(source, progress),
            4 => self.in_order_by::<4>(source, progress),
            _ => self.in_order_by::<8>(source, progress),
        }
    }

    fn in_order_by<const N: usize>(&self, source: &[u8], progress: &Progress) -> Result<Vec<u8>, Cancelled> {
        progress.begin("Rearranging values");
        let row_size = self.dims * N;
        let mut values = vec![0_u8; self.rows * row_size];
        let (rows_a_block, all) = ((BLOCK_BYTES / row_size.max(1)).max(1), values.len());
        let done = AtomicUsize::new(0);
        values.par_chunks_mut((rows_a_block * row_size).max(1)).enumerate().try_for_each(|(block, out)| {
            progress.advance(done.fetch_add(out.len(), Ordering::Relaxed), all)?;
            // Column by column: in Fortran order that reads whole cache lines.
            let out = out.as_chunks_mut::<N>().0;
            for dim in 0..self.dims {
                let mut at = block * rows_a_block * self.row_step + dim * self.dim_step;
                for value in out.iter_mut().skip(dim).step_by(self.dims) {
                    if let Some(stored) = source.get(at..).and_then(<[u8]>::first_chunk::<N>) {
                        *value = *stored;
                    }
                    if self.big_endian {
                        value.reverse();
                    }
                    at = at.saturating_add(self.row_step);
                }
            }
            Ok(())
        })?;
        Ok(values)
    }
}

/// Bytes that are rearranged between two checks for cancellation.
const BLOCK_BYTES: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(strided: Strided, bytes: Vec<u8>, start: usize) -> Result<Vec<f32>, Fault> {
        let vectors = strided.vectors(Arc::new(bytes), start, &Progress::default())?;
        Ok(vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect())
    }

    #[test]
    fn numbers_are_taken_by_steps() {
        let bytes: Vec<u8> = (0..24).collect();
        let steps = |row_step, dim_step| Strided { row_step, dim_step, ..Strided::in_rows(3, 2, Dtype::U8, false) };
        assert_eq!(read(steps(2, 1), bytes.clone(), 5).unwrap(), [5., 6., 7., 8., 9., 10.]);
        assert_eq!(read(steps(1, 3), bytes.clone(), 0).unwrap(), [0., 3., 1., 4., 2., 5.]);
        assert_eq!(read(steps(7, 9), bytes.clone(), 0).unwrap(), [0., 9., 7., 16., 14., 23.]);
        assert_eq!(read(steps(7, 9), bytes.clone(), 1).unwrap_err(), Fault::Short { needed: 24, available: 23 });
        assert_eq!(read(steps(1, 0), bytes, 19).unwrap_err(), Fault::Repeated { needed: 6, available: 5 });
        assert_eq!(
            read(Strided::in_columns(2, 2, Dtype::U16, true), vec![1, 0, 0, 2, 0, 3, 0, 4], 0).unwrap(),
            [256., 3., 2., 4.]
        );
    }

    proptest! {
        #[test]
        fn any_steps_are_read_or_refused(sizes in prop::array::uniform5(0_usize..9), huge in prop::array::uniform5(any::<usize>()), pick in 0_usize..64, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let of = |at: usize| if pick >> at & 1 == 1 { huge[at] } else { sizes[at] };
            let dtype = [Dtype::U8, Dtype::F16, Dtype::F32, Dtype::F64][pick % 4];
            let strided = Strided { rows: of(0), dims: of(1), dtype, big_endian: pick % 3 == 0, row_step: of(2), dim_step: of(3) };
            let size = bytes.len();
            if let Ok(vectors) = strided.vectors(Arc::new(bytes), of(4), &Progress::default()) {
                prop_assert!(vectors.raw(0..vectors.rows()).len() <= size);
            }
        }
    }
}
