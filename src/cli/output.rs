//! Standard output, and tables in files. Unlike `print!`, a failed write returns an error.

use std::{
    io::{self, Write as _},
    path::Path,
};

use parallax_embedding::{Metadata, RowSet};
use parallax_formats::{ExportJob, OutputFormat, Problem, TextRoom, export};
use serde::Serialize;

use super::{CliError, context::Context};

/// Writes `text`.
pub(super) fn write(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes `document` as JSON.
pub(super) fn json(document: &impl Serialize) -> Result<(), CliError> {
    write(&json_text(document)?)
}

/// Returns `document` as JSON.
pub(super) fn json_text(document: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(document).map_err(|error| CliError::Output(error.into()))?;
    Ok(text + "\n")
}

/// Refuses formats that hold no text, and so nothing like `what`.
pub(super) fn check_table(out: &Path, what: &str) -> Result<(), CliError> {
    let is_table = |format: &OutputFormat| format.is_exported && format.text != TextRoom::None;
    if is_table(OutputFormat::from_path(out)?) {
        return Ok(());
    }
    let way_out = format!("End the name in {}", OutputFormat::listed(is_table));
    Err(Problem::error(out, format!("an array of numbers has no place for {what}")).way_out(way_out).into())
}

/// Writes all rows of `table` to a file. Returns what there is to say about it.
pub(super) fn write_table(table: &Metadata, out: &Path, context: &Context) -> Result<Vec<Problem>, CliError> {
    let rows = RowSet::all(table.rows());
    let job = ExportJob::Metadata { metadata: table, rows: &rows };
    Ok(context.work(|progress| export(&job, out, progress))?.notes)
}
