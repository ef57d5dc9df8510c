//! What a person takes along, as a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What is written.
    pub what: Exported,
    /// Of which rows.
    pub rows: ExportedRows,
    /// The file, or the folder. Its ending says the format: `.npy`, `.csv`, else `.tsv`.
    pub path: PathBuf,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exported {
    /// The coordinates of the layout, a row a point.
    Coordinates,
    /// The vectors.
    Vectors,
    /// All columns of the metadata, tags among them.
    Metadata,
    /// The labels alone, a line each.
    Labels,
    /// The neighbors of the inspected row: rank, row, label, distance.
    Neighbors,
    /// A folder with vectors, metadata, sprites and a `projector_config.json` that the standalone TensorBoard projector reads.
    Folder,
}

/// Of which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportedRows {
    /// All that the embedding has.
    All,
    /// Those that are shown.
    Shown,
    /// The selected ones.
    Selected,
}
