//! The report: what the program has done, line by line.

use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) struct Report(Option<File>);

impl Report {
    /// Adds to the file at `path`, which may hold the report of an instance before.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self(path.and_then(|path| File::options().create(true).append(true).open(path).ok()))
    }

    /// Writes a line: `fields` are an object.
    pub(crate) fn line(&mut self, frame: u64, what: &str, fields: Value) {
        let Some(file) = &mut self.0 else { return };
        let mut line = json!({"what": what, "frame": frame});
        if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
            line.extend(fields);
        }
        // In one piece, so that nobody reads half a line. If it fails, the test that waits for the
        // line says so.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}
