//! What the user exports to a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What to write.
    pub what: Exported,
    /// The rows.
    pub rows: ExportedRows,
    /// The file or folder. The extension is the format: `.npy`, `.csv`, or else TSV.
    pub path: PathBuf,
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exported {
    /// The coordinates of the layout, one row for each point.
    Coordinates,
    /// The vectors.
    Vectors,
    /// All columns of the metadata, with the tags.
    Metadata,
    /// Only the labels, one on each line.
    Labels,
    /// The neighbors of the inspected row: rank, row, label, distance.
    Neighbors,
    /// A folder with vectors, metadata, sprites and a `projector_config.json` that the standalone
    /// TensorBoard projector reads.
    Folder,
}

/// The rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportedRows {
    /// All rows.
    All,
    /// The rows that are shown.
    Shown,
    /// The selected rows.
    Selected,
}
