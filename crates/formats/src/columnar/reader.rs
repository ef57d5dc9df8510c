//! What reads a table after it was listed.

use std::sync::Arc;

use parallax_embedding::{Metadata, MetadataError, Progress};

use super::{
    cells,
    choose::{self, Candidate},
    table::{Member, Table},
    vectors::Lost,
};
use crate::{
    FormatError, Problem,
    error::counted,
    source::{Content, MetadataReader, Read, VectorsReader},
};

/// Reads an embedding of a table.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) members: Arc<[Member]>,
    pub(super) candidate: Candidate,
    /// What the table had when it was listed.
    pub(super) rows: usize,
    pub(super) names: Vec<String>,
}

impl Reader {
    fn open(&self) -> Result<Table, FormatError> {
        let table = Table::open(&self.members, true)?;
        if table.rows == self.rows && choose::names(&table) == self.names {
            return Ok(table);
        }
        Err(Problem::error(table.path(), "the file has changed").way_out("Open it again").into())
    }
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let table = self.open()?;
        let (vectors, Lost { missing, first, rounded }) = self.candidate.plan.read(&table, progress)?;
        let mut notes = Vec::new();
        if missing > 0 {
            let what = if missing == 1 {
                "1 row has no vector, and NaN instead of its numbers".to_owned()
            } else {
                format!("{missing} rows, the first of them this one, have no vector, and NaN instead of its numbers")
            };
            let (file, row) = table.place(first.unwrap_or(0));
            notes.push(Problem::note(file, what).at(format!("row {row}")));
        }
        if rounded > 0 {
            let are = if rounded == 1 { "integer is" } else { "integers are" };
            let what = format!(
                "{rounded} {are} rounded: beside missing values or numbers of another type, integers are read as f64"
            );
            let way_out = "Write all vectors as integers of one type, without missing values, to keep all digits";
            notes.push(Problem::warning(table.path(), what).way_out(way_out));
        }
        Ok(Read { notes, ..Read::from(vectors) })
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, _rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let table = self.open()?;
        read(&table, &self.candidate.metadata, progress)
    }
}

/// Reads all columns of a file that have a text for each row, and says how many have not.
pub(super) fn whole(content: &Content, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let table = Table::open(&[Member { content: content.clone(), keys: Vec::new() }], true)?;
    let columns = choose::shown(&table);
    let (metadata, mut problems) = read(&table, &columns, progress)?;
    let left_out = table.schema.fields().len() - columns.len();
    if left_out > 0 {
        let what = format!("{} left out: they hold no single values", counted(left_out, "column"));
        problems.push(Problem::note(content.path(), what));
    }
    Ok((metadata, problems))
}

fn read(
    table: &Table,
    columns: &[(usize, String)],
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let (columns, problems) = cells::columns(table, columns, progress)?;
    let refused = |error: MetadataError| Problem::error(table.path(), error.to_string());
    Ok((Metadata::new(columns).map_err(refused)?, problems))
}
