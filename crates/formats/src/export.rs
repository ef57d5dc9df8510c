//! Exports: coordinates, vectors, metadata, labels, neighbors, or a folder to publish.
//!
//! [`export`] writes one of them for some rows. Files are written whole or not at all (`write`).
//! The extension determines the format: `.npy`, `.csv`, or else TSV as TensorBoard reads it, which
//! has no quotes: tabs and line breaks within a cell become spaces, and [`Written::notes`] reports
//! it. A note also reports what TensorBoard would read differently.

mod folder;
mod sheet;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};
use parallax_embedding::{Column, Dtype, Embedding, Metadata, Progress, RowSet, Vectors};

use crate::{
    FormatError, OutputFormat, Problem,
    disk::write_file,
    write::{f32_bytes, npy_header, write_parts},
    write_vectors,
};
use sheet::{Delimiter, Line, Sheet};

/// What is written, and of which rows. Rows are written in ascending order; rows that do not exist
/// are left out.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are what the variants say")]
pub enum ExportJob<'a> {
    /// The coordinates of a layout, rows x dims: as text with the row's number and its label, as
    /// `.npy` alone.
    Coordinates { layout: ArrayView2<'a, f32>, labels: Option<&'a Column>, rows: &'a RowSet },
    /// The vectors: in `.npy` in their stored type, in TSV as numbers alone, in CSV after the
    /// columns of the metadata.
    Vectors { vectors: &'a Vectors, metadata: &'a Metadata, rows: &'a RowSet },
    /// All columns. In TSV, a single column has no header and several have one.
    Metadata { metadata: &'a Metadata, rows: &'a RowSet },
    /// One column.
    Labels { labels: &'a Column, rows: &'a RowSet },
    /// Rows and their distances, nearest first: rank (from 1), row, label, distance.
    Neighbors { neighbors: &'a [(u32, f64)], labels: Option<&'a Column> },
    /// A folder that TensorBoard's standalone projector, its plugin, and Parallax read: vectors,
    /// metadata, thumbnails, and the configuration in both of its forms.
    Folder { embedding: &'a Embedding, rows: &'a RowSet },
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The files.
    pub files: Vec<PathBuf>,
    /// How many rows each has, headers not counted.
    pub rows: usize,
    /// What could not be written as it is, or will not be read as intended.
    pub notes: Vec<Problem>,
}

/// Does `job`: writes the file, or the folder, at `path`.
///
/// # Errors
/// Returns an error if the format of `path` cannot hold this, a file cannot be written, or
/// `progress` was canceled. The files are then unchanged.
pub fn export(job: &ExportJob<'_>, path: &Path, progress: &Progress) -> Result<Written, FormatError> {
    progress.begin("Writing");
    match *job {
        ExportJob::Coordinates { layout, labels, rows } => coordinates(layout, labels, rows, path, progress),
        ExportJob::Vectors { vectors, metadata, rows } => {
            self::vectors(vectors, metadata, &rows.below(vectors.rows()), path, progress)
        }
        ExportJob::Metadata { metadata, rows } => {
            table(&metadata.columns().iter().collect::<Vec<_>>(), rows, path, progress)
        }
        ExportJob::Labels { labels, rows } => table(&[labels], rows, path, progress),
        ExportJob::Neighbors { neighbors, labels } => self::neighbors(neighbors, labels, path, progress),
        ExportJob::Folder { embedding, rows } => {
            folder::write(embedding, &rows.below(embedding.rows()), path, progress)
        }
    }
}

fn coordinates(
    layout: ArrayView2<'_, f32>,
    labels: Option<&Column>,
    rows: &RowSet,
    path: &Path,
    progress: &Progress,
) -> Result<Written, FormatError> {
    let (rows, dims) = (rows.below(layout.nrows()), layout.ncols());
    let Some(delimiter) = Delimiter::of(path) else {
        let of_row = |(at, dim): (usize, usize)| layout[[rows.as_slice()[at] as usize, dim]];
        let vectors = Vectors::from_array(Array2::from_shape_fn((rows.len(), dims), of_row));
        write_vectors(path, OutputFormat::Npy, &vectors, None, progress)?;
        return Ok(Written { files: vec![path.into()], rows: rows.len(), notes: Vec::new() });
    };
    let axes = (0..dims).map(|axis| if dims <= 3 { ["x", "y", "z"][axis].into() } else { format!("c{axis}") });
    let header =
        [Some("row".to_owned()), labels.map(|labels| labels.name().to_owned())].into_iter().flatten().chain(axes);
    Sheet { path, delimiter, header: header.collect(), rows: rows.len() }.write(progress, |index, line| {
        let row = rows.as_slice()[index];
        line.whole(row);
        label(labels, row, line);
        layout.row(row as usize).iter().for_each(|&value| line.number(value.into()));
    })
}

fn vectors(
    vectors: &Vectors,
    metadata: &Metadata,
    rows: &RowSet,
    path: &Path,
    progress: &Progress,
) -> Result<Written, FormatError> {
    let Some(delimiter) = Delimiter::of(path) else {
        write_file(path, |out| {
            std::io::Write::write_all(out, &npy_header(vectors.dtype(), rows.len(), vectors.dims()))?;
            write_rows(out, rows, progress, |row, out| stored(vectors, row, out))
        })?;
        return Ok(Written { files: vec![path.into()], rows: rows.len(), notes: Vec::new() });
    };
    let columns = if delimiter == Delimiter::Csv { metadata.columns() } else { &[] };
    let dims = (0..vectors.dims()).map(|dim| format!("d{dim}"));
    let names = columns.iter().map(|column| column.name().to_owned()).chain(dims);
    let header = if delimiter == Delimiter::Csv { names.collect() } else { Vec::new() };
    Sheet { path, delimiter, header, rows: rows.len() }.write(progress, |index, line| {
        let row = rows.as_slice()[index];
        columns.iter().for_each(|column| line.text(column.text(row as usize).unwrap_or_default()));
        line.numbers(vectors, row as usize);
    })
}

/// The bytes of a row in `.npy`: NumPy does not know bf16.
fn stored(vectors: &Vectors, row: u32, out: &mut Vec<u8>) {
    let row = row as usize;
    if vectors.dtype() == Dtype::Bf16 {
        f32_bytes(vectors, row..row + 1, out);
    } else {
        out.extend_from_slice(vectors.raw(row..row + 1));
    }
}

/// Writes what `fill` makes of each row.
fn write_rows(
    out: &mut impl std::io::Write,
    rows: &RowSet,
    progress: &Progress,
    fill: impl Fn(u32, &mut Vec<u8>) + Sync,
) -> Result<(), crate::disk::Stop> {
    let fill = |range: std::ops::Range<usize>| {
        let mut bytes = Vec::new();
        rows.as_slice()[range].iter().for_each(|&row| fill(row, &mut bytes));
        bytes
    };
    write_parts(out, rows.len(), progress, fill, |_| {})
}

fn table(columns: &[&Column], rows: &RowSet, path: &Path, progress: &Progress) -> Result<Written, FormatError> {
    let delimiter = text(path)?;
    if columns.is_empty() {
        return Err(Problem::error(path, "there is no metadata to write").way_out("Open some, or tag rows").into());
    }
    let names = columns.iter().map(|column| column.name().to_owned());
    let is_headed = delimiter == Delimiter::Csv || columns.len() > 1;
    let header = if is_headed { names.collect() } else { Vec::new() };
    let mut written = Sheet { path, delimiter, header, rows: rows.len() }.write(progress, |index, line| {
        let row = rows.as_slice()[index] as usize;
        columns.iter().for_each(|column| line.text(column.text(row).unwrap_or_default()));
    })?;
    if let [column] = columns
        && !is_headed
        && column.name() != "label"
    {
        let what =
            format!("the column's name, {:?}, is not written: a TSV file of one column has no header", column.name());
        written.notes.push(Problem::warning(path, what).way_out("Write .csv to keep it"));
    }
    Ok(written)
}

fn neighbors(
    neighbors: &[(u32, f64)],
    labels: Option<&Column>,
    path: &Path,
    progress: &Progress,
) -> Result<Written, FormatError> {
    let names = ["rank", "row"].into_iter().chain(labels.map(Column::name)).chain(["distance"]);
    let header = names.map(str::to_owned).collect();
    Sheet { path, delimiter: text(path)?, header, rows: neighbors.len() }.write(progress, |index, line| {
        let (row, distance) = neighbors[index];
        line.whole(index as u32 + 1);
        line.whole(row);
        label(labels, row, line);
        line.number(distance);
    })
}

fn label(labels: Option<&Column>, row: u32, line: &mut Line) {
    if let Some(labels) = labels {
        line.text(labels.text(row as usize).unwrap_or_default());
    }
}

/// The delimiter of a table that holds text.
fn text(path: &Path) -> Result<Delimiter, FormatError> {
    Delimiter::of(path).ok_or_else(|| {
        Problem::error(path, "an array of numbers has no place for text").way_out("End the name in .tsv or .csv").into()
    })
}
