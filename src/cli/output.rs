//! Standard output, the only way there: an error comes back instead of a panic.

use std::io::{self, Write as _};

use serde::Serialize;

use super::CliError;

/// Writes a whole text.
pub(super) fn write(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Output)
}

/// Writes one JSON document.
pub(super) fn json(document: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(document).map_err(|error| CliError::Output(error.into()))?;
    write(&(text + "\n"))
}
