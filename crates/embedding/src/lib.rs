//! The data model of Parallax: what an embedding is once it has been read.
//!
//! An [`Embedding`] is a named 2-D tensor ([`Vectors`]) with what is known about its rows:
//! [`Metadata`] (typed columns), a [`SpriteSheet`] (one picture per row) and the rows that hold no
//! finite vector. [`RowSet`] names rows, [`Progress`] lets a long computation report progress and
//! be canceled.
//!
//! This crate opens no file, draws nothing and prints nothing; `parallax_formats` fills its types.

mod bytes;
pub mod dates;
mod metadata;
mod notation;
mod partners;
mod progress;
mod quantile;
pub mod random;
mod rows;
mod sprite;
mod values;
mod vectors;
pub mod wording;

use std::sync::Arc;

pub use bytes::{Bytes, Damaged, SharedBytes};
pub use metadata::{Column, ColumnBuilder, ColumnKind, Metadata, MetadataError};
pub use notation::{Doubt, Notation, is_missing, is_number};
pub use partners::Partners;
pub use progress::{Cancelled, Progress};
pub use quantile::quantile;
pub use rows::{RowSet, RowsError};
pub use sprite::{SpriteError, SpriteSheet};
pub use values::Values;
pub use vectors::{BLOCK_BYTES, Dtype, Number, Vectors, VectorsError};

/// A named 2-D tensor and what is known about its rows.
///
/// Rows are points, columns are dimensions. Cloning is cheap: the vectors and the sheet are shared.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// The tensor's name, from the file or the configuration.
    pub name: String,
    /// The vectors, rows x dims.
    pub vectors: Vectors,
    /// The columns, none if there is no metadata. It may hold fewer or more rows than the vectors
    /// do: the rest is unlabeled.
    pub metadata: Arc<Metadata>,
    /// One thumbnail per row, if there is a sheet.
    pub sprite: Option<Arc<SpriteSheet>>,
    /// Rows that hold a NaN, an infinity, or a number beyond the range of `f32`: they have no place
    /// in a projection and no distance to others.
    pub non_finite: RowSet,
}

impl Embedding {
    /// An embedding of `vectors` alone, its rows checked for non-finite values.
    ///
    /// # Errors
    /// [`Cancelled`] if `progress` was canceled during the check.
    pub fn new(name: impl Into<String>, vectors: Vectors, progress: &Progress) -> Result<Self, Cancelled> {
        let non_finite = vectors.non_finite_rows(progress)?;
        Ok(Self { name: name.into(), vectors, metadata: Arc::default(), sprite: None, non_finite })
    }

    /// The number of rows: the points of the cloud.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vectors.rows()
    }

    /// Whether all rows with finite numbers are equal. It is so of none and of one, too.
    ///
    /// # Errors
    /// [`Cancelled`] if `progress` was canceled.
    pub fn are_rows_equal(&self, progress: &Progress) -> Result<bool, Cancelled> {
        let mut finite = (0..self.rows()).filter(|&row| !self.non_finite.contains(row as u32));
        let Some(first) = finite.next() else { return Ok(true) };
        let bytes = |row: usize| self.vectors.raw(row..row + 1);
        for (number, row) in finite.enumerate() {
            if bytes(row) != bytes(first) {
                return Ok(false);
            }
            if number.is_multiple_of(4096) {
                progress.check()?;
            }
        }
        Ok(true)
    }

    /// A number by which the same vectors are recognized: a hash of their shape and of up to 256
    /// evenly spread rows, the last among them.
    ///
    /// It is FNV-1a of 64 bits (Fowler, Noll and Vo) over the bits of the numbers as `f32`,
    /// whatever type they are stored in, so that a file is recognized when it is converted between
    /// `f64` and `f32`.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        const SAMPLE: usize = 256;
        let (rows, dims) = (self.rows(), self.vectors.dims());
        let shape = [rows as u64, dims as u64].map(u64::to_le_bytes);
        let mut hash = fnv1a(FNV_OFFSET, shape.as_flattened());
        let mut buffer = Vec::new();
        let sample = rows.min(SAMPLE);
        for place in 0..sample {
            let row = if sample == rows { place } else { place * (rows - 1) / (sample - 1) };
            let values = self.vectors.row(row, &mut buffer);
            hash = values.iter().fold(hash, |hash, value| fnv1a(hash, &value.to_le_bytes()));
        }
        hash
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues a hash with `bytes`.
fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of the reference implementation (Landon Curt Noll's page on FNV).
    #[test]
    fn fnv1a_matches_the_reference() {
        let hash = |text: &str| fnv1a(FNV_OFFSET, text.as_bytes());
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn rows_are_equal_if_all_finite_ones_are() {
        let of = |values: &[f32]| {
            let vectors = Vectors::from_f32(values.len() / 2, 2, values.to_vec()).unwrap();
            Embedding::new("x", vectors, &Progress::default()).unwrap().are_rows_equal(&Progress::default()).unwrap()
        };
        let nan = f32::NAN;
        assert!(of(&[]) && of(&[1.0, 2.0]) && of(&[nan, 2.0]) && of(&[1.0, 2.0, nan, 2.0, 1.0, 2.0]));
        assert!(!of(&[1.0, 2.0, 1.0, 2.0, 1.0, 3.0]));
    }

    #[test]
    fn fingerprint_depends_on_numbers_and_shape() {
        let of = |rows: usize, dims: usize, change: Option<usize>| {
            let mut values: Vec<f32> = (0..rows * dims).map(|value| value as f32).collect();
            change.into_iter().for_each(|at| values[at] += 1.0);
            let vectors = Vectors::from_f32(rows, dims, values).unwrap();
            Embedding::new("x", vectors, &Progress::default()).unwrap().fingerprint()
        };
        assert_eq!(of(1000, 3, None), of(1000, 3, None));
        assert_ne!(of(1000, 3, None), of(1000, 3, Some(2999)), "the last row is looked at");
        assert_ne!(of(200, 3, None), of(200, 3, Some(301)), "of so few rows all are");
        assert_ne!(of(6, 2, None), of(4, 3, None));
        assert_ne!(of(0, 2, None), of(0, 3, None));
    }
}
