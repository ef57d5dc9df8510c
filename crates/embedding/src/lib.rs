//! The data model of Parallax: what an embedding is once it has been read.
//!
//! An [`Embedding`] is a named 2-D tensor ([`Vectors`]) with what is known about its rows: [`Metadata`] (typed
//! columns), a [`SpriteSheet`] (a picture a row) and the rows that hold no finite vector. [`RowSet`] names rows,
//! [`Progress`] is how a long computation reports and how it is cancelled.
//!
//! This crate opens no file, draws nothing and prints nothing; `parallax_formats` fills its types.

mod metadata;
mod progress;
mod rows;
mod sprite;
mod values;
mod vectors;

use std::sync::Arc;

pub use metadata::{Column, ColumnBuilder, ColumnKind, Metadata, MetadataError};
pub use progress::{Cancelled, Progress};
pub use rows::RowSet;
pub use sprite::{SpriteError, SpriteSheet};
pub use values::Values;
pub use vectors::{BLOCK_BYTES, Dtype, SharedBytes, Vectors, VectorsError};

/// A named 2-D tensor and what is known about its rows.
///
/// Rows are points, columns are dimensions. Cloning is cheap: the vectors and the sheet are shared.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// The tensor's name, as the file or the configuration has it.
    pub name: String,
    /// The vectors, rows x dims.
    pub vectors: Vectors,
    /// The columns, none where there is no metadata. It may hold fewer or more rows than the vectors do: the
    /// rest is unlabelled.
    pub metadata: Arc<Metadata>,
    /// One thumbnail a row, where there is a sheet.
    pub sprite: Option<Arc<SpriteSheet>>,
    /// Rows that hold a NaN or an infinity: they have no place in a projection and no distance to others.
    pub non_finite: RowSet,
}

impl Embedding {
    /// An embedding of `vectors` alone, its rows checked for non-finite values.
    ///
    /// # Errors
    /// [`Cancelled`], when `progress` was cancelled during the check.
    pub fn new(name: impl Into<String>, vectors: Vectors, progress: &Progress) -> Result<Self, Cancelled> {
        let non_finite = vectors.non_finite_rows(progress)?;
        Ok(Self { name: name.into(), vectors, metadata: Arc::default(), sprite: None, non_finite })
    }

    /// The number of rows: the points of the cloud.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vectors.rows()
    }

    /// What to call `row`: its cell in `column`, else its number.
    #[must_use]
    pub fn label(&self, row: usize, column: Option<&str>) -> String {
        column
            .and_then(|name| self.metadata.column(name))
            .and_then(|column| column.text(row))
            .map_or_else(|| format!("row {row}"), str::to_owned)
    }
}
