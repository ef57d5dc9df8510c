//! Standard output. Unlike `print!`, a failed write returns an error.

use std::io::{self, Write as _};

use serde::Serialize;

use super::CliError;

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
