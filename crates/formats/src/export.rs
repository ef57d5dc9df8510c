//! Exports: coordinates, vectors, metadata, labels, neighbors, or a folder to publish.
//!
//! [`export`] writes one of them for some rows. Files are written whole or not at all (`disk`). The
//! extension determines the format: that of an [`OutputFormat`], or else TSV as TensorBoard reads it,
//! which has no quotes: tabs and line breaks within a cell become spaces, and [`Written::notes`]
//! reports it. A note also reports what TensorBoard would read differently.

mod folder;
mod sheet;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};
use parallax_embedding::{Column, ColumnBuilder, Embedding, Metadata, Progress, RowSet, Vectors};

use crate::{
    FormatError, OutputFormat, Problem,
    write::{Delimiter, Table, TextRoom, write_table},
};
use sheet::{Line, Sheet};

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
/// Returns an error if the format of `path` cannot hold this, a file cannot be written, a row is lost
/// ([`Vectors::check`]), or `progress` was canceled. The files are then unchanged.
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
    let format = format(path);
    let axes = (0..dims).map(|axis| if dims <= 3 { ["x", "y", "z"][axis].into() } else { format!("c{axis}") });
    let Some(delimiter) = format.delimiter else {
        let of_row = |(at, dim): (usize, usize)| layout[[rows.as_slice()[at] as usize, dim]];
        let vectors = Vectors::from_array(Array2::from_shape_fn((rows.len(), dims), of_row));
        let columns = if format.text == TextRoom::Beside { row_columns(labels, rows.as_slice()) } else { Vec::new() };
        let columns = columns.iter().collect();
        let table = Table { columns, names: axes.collect(), vectors: Some(&vectors), rows: None };
        return whole(path, format, &table, progress);
    };
    let header =
        [Some("row".to_owned()), labels.map(|labels| labels.name().to_owned())].into_iter().flatten().chain(axes);
    Sheet { path, delimiter, header: header.collect(), rows: rows.len(), vectors: None }.write(
        progress,
        |index, line| {
            let row = rows.as_slice()[index];
            line.whole(row);
            label(labels, row, line);
            layout.row(row as usize).iter().for_each(|&value| line.number(value.into()));
        },
    )
}

fn vectors(
    vectors: &Vectors,
    metadata: &Metadata,
    rows: &RowSet,
    path: &Path,
    progress: &Progress,
) -> Result<Written, FormatError> {
    let format = format(path);
    let Some(delimiter) = format.delimiter else {
        let columns = if format.text == TextRoom::Beside { metadata.columns() } else { &[] };
        let table = Table { columns: columns.iter().collect(), rows: Some(rows), ..Table::of(vectors) };
        return whole(path, format, &table, progress);
    };
    let columns = if delimiter == Delimiter::Csv { metadata.columns() } else { &[] };
    let dims = (0..vectors.dims()).map(|dim| format!("d{dim}"));
    let names = columns.iter().map(|column| column.name().to_owned()).chain(dims);
    let header = if delimiter == Delimiter::Csv { names.collect() } else { Vec::new() };
    Sheet { path, delimiter, header, rows: rows.len(), vectors: Some(vectors) }.write(progress, |index, line| {
        let row = rows.as_slice()[index];
        columns.iter().for_each(|column| line.text(column.text(row as usize).unwrap_or_default()));
        line.numbers(vectors, row as usize);
    })
}

/// Writes a table to a format that is not written line by line.
fn whole(path: &Path, format: &OutputFormat, table: &Table<'_>, progress: &Progress) -> Result<Written, FormatError> {
    let notes = write_table(path, format, table, progress)?;
    Ok(Written { files: vec![path.into()], rows: table.len(), notes })
}

/// The numbers of `rows`, and their labels.
fn row_columns(labels: Option<&Column>, rows: &[u32]) -> Vec<Column> {
    let numbers = text_column("row", rows.iter().map(|row| Some(row.to_string())));
    let of_rows = |labels: &Column| {
        text_column(labels.name(), rows.iter().map(|&row| labels.text(row as usize).map(str::to_owned)))
    };
    std::iter::once(numbers).chain(labels.map(of_rows)).collect()
}

fn text_column(name: &str, cells: impl Iterator<Item = Option<String>>) -> Column {
    let mut builder = ColumnBuilder::new(name);
    cells.for_each(|cell| builder.push(cell.as_deref()));
    builder.finish()
}

fn table(columns: &[&Column], rows: &RowSet, path: &Path, progress: &Progress) -> Result<Written, FormatError> {
    let format = text(path)?;
    if columns.is_empty() {
        return Err(Problem::error(path, "there is no metadata to write").way_out("Open some, or tag rows").into());
    }
    let Some(delimiter) = format.delimiter else {
        let table = Table { columns: columns.to_vec(), names: Vec::new(), vectors: None, rows: Some(rows) };
        return whole(path, format, &table, progress);
    };
    let names = columns.iter().map(|column| column.name().to_owned());
    let is_headed = delimiter == Delimiter::Csv || columns.len() > 1;
    let header = if is_headed { names.collect() } else { Vec::new() };
    let mut written =
        Sheet { path, delimiter, header, rows: rows.len(), vectors: None }.write(progress, |index, line| {
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
    let format = text(path)?;
    let Some(delimiter) = format.delimiter else {
        let rows: Vec<u32> = neighbors.iter().map(|&(row, _)| row).collect();
        let ranks = text_column("rank", (1..=neighbors.len()).map(|rank| Some(rank.to_string())));
        let columns: Vec<Column> = std::iter::once(ranks).chain(row_columns(labels, &rows)).collect();
        let vectors = Vectors::from_array(Array2::from_shape_fn((neighbors.len(), 1), |(at, _)| neighbors[at].1));
        let (columns, names) = (columns.iter().collect(), vec!["distance".to_owned()]);
        return whole(path, format, &Table { columns, names, vectors: Some(&vectors), rows: None }, progress);
    };
    let names = ["rank", "row"].into_iter().chain(labels.map(Column::name)).chain(["distance"]);
    let header = names.map(str::to_owned).collect();
    Sheet { path, delimiter, header, rows: neighbors.len(), vectors: None }.write(progress, |index, line| {
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

/// The format of an export: TSV if the ending is that of no other.
fn format(path: &Path) -> &'static OutputFormat {
    OutputFormat::of(path).filter(|format| format.is_exported).unwrap_or(OutputFormat::TSV)
}

/// The format of an export of text.
fn text(path: &Path) -> Result<&'static OutputFormat, FormatError> {
    let format = format(path);
    if format.text == TextRoom::None {
        let way_out = format!("End the name in {}", OutputFormat::listed(|format| format.text != TextRoom::None));
        return Err(Problem::error(path, "an array of numbers has no place for text").way_out(way_out).into());
    }
    Ok(format)
}
