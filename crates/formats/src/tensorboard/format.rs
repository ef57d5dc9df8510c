//! Log directories, configurations, and checkpoints as formats.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Listing, is_config, list, list_checkpoint, list_config};
use crate::{
    FormatError, OpenOptions, Problem, ProblemKind, Source,
    source::{Content, Format},
};

pub(crate) static LOG_DIRECTORY: Format = Format {
    words: Some("a TensorBoard log directory"),
    claims: |path| Ok(path.is_dir()),
    ..Format::new(|content, options| Ok(list(content.path(), options)?.source(content, "tensorboard-logdir")))
};

pub(crate) static CONFIG: Format = Format {
    words: Some(""),
    claims: |path| Ok(path.extension().is_some_and(|ending| ending == "pbtxt" || ending == "json")),
    ..Format::new(open_config)
};

pub(crate) static CHECKPOINT: Format = Format {
    words: Some("a TensorFlow checkpoint"),
    claims: |path| Ok(prefix(path)?.is_some()),
    ..Format::new(open_checkpoint)
};

fn open_config(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    if path.extension().is_some_and(|ending| ending == "json") && !is_config((*content.bytes()?).as_ref()) {
        let what = "this .json file is not a projector configuration";
        return Err(Problem::error(path, what).kind(ProblemKind::UnknownFormat).into());
    }
    Ok(list_config(path, options)?.source(content, "tensorboard-logdir"))
}

fn open_checkpoint(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    let prefix = prefix(path)?.unwrap_or_else(|| path.to_path_buf());
    Ok(list_checkpoint(&prefix, options)?.source(content, "checkpoint"))
}

/// The prefix of the checkpoint that `path` belongs to, if it is one of its files or the prefix
/// itself.
fn prefix(path: &Path) -> Result<Option<PathBuf>, FormatError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(stem) = name.strip_suffix(".index").or_else(|| name.split_once(".data-").map(|(stem, _)| stem)) {
        return Ok(Some(path.with_file_name(stem)));
    }
    let mut index = OsString::from(path);
    index.push(".index");
    if !path.is_file() {
        return Ok(Path::new(&index).is_file().then(|| path.to_path_buf()));
    }
    Ok((*Content::at(path).bytes()?).as_ref().ends_with(&TABLE_MAGIC).then(|| path.to_path_buf()))
}

/// The last bytes of a sorted table. A checkpoint of TensorFlow's version 1 is such a table.
const TABLE_MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

impl Listing {
    fn source(self, content: &Content, format: &'static str) -> Source {
        Source { path: content.path().to_path_buf(), format, runs: self.runs, problems: self.problems }
    }
}
