//! Standard output, and tables in files. Unlike `print!`, a failed write returns an error.

use std::{
    io::{self, Write as _},
    path::Path,
};

use parallax_embedding::{Metadata, RowSet};
use parallax_formats::{ExportJob, OutputFormat, Problem, TextRoom, export};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::{CliError, context::Context};

/// Writes `text`, and ends its last line.
pub(super) fn write(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes()));
    written.and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes `document` as JSON.
pub(super) fn json(document: &impl Serialize) -> Result<(), CliError> {
    write(&json_text(document)?)
}

/// Returns `document` as JSON.
pub(super) fn json_text(document: &impl Serialize) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Unsigned(PrettyFormatter::new()));
    document.serialize(&mut serializer).map_err(|error| CliError::Output(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| CliError::Output(io::Error::other(error)))?;
    Ok(text + "\n")
}

/// Indents, and writes zero without a sign.
struct Unsigned(PrettyFormatter<'static>);

impl Formatter for Unsigned {
    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        // The sum of zero and negative zero has no sign.
        self.0.write_f32(writer, value + 0.0)
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, value + 0.0)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn zero_has_no_sign_and_all_else_is_as_serde_writes_it() {
        let signed = json!({"a": [-0.0, 0.5, -0.5, -0.0_f32], "b": {}, "c": [], "d": {"e": null, "f": "-0.0"}});
        let text = json_text(&signed).unwrap();
        let unsigned = json!({"a": [0.0, 0.5, -0.5, 0.0_f32], "b": {}, "c": [], "d": {"e": null, "f": "-0.0"}});
        assert_eq!(text, serde_json::to_string_pretty(&unsigned).unwrap() + "\n");
        assert_eq!(json_text(&-0.0_f32).unwrap(), "0.0\n");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), unsigned);
        assert_eq!(json_text(&f64::NAN).unwrap(), "null\n");
    }
}
