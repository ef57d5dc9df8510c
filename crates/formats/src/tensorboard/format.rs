//! Log directories, configurations, and checkpoints as formats.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Listing, has_run, is_config, list, list_checkpoint, list_config};
use crate::{
    FormatError, OpenOptions, Source, folder,
    source::{Content, Format},
};

/// The name of log directories as a format.
pub(crate) const LOG_DIRECTORY_NAME: &str = "tensorboard-logdir";

pub(crate) static LOG_DIRECTORY: Format =
    Format { words: Some("a TensorBoard log directory"), claims: |path| Ok(path.is_dir()), ..Format::new(open_folder) };

pub(crate) static CONFIG: Format = Format { words: Some(""), claims: is_named_config, ..Format::new(open_config) };

pub(crate) static CHECKPOINT: Format = Format {
    words: Some("a TensorFlow checkpoint"),
    claims: |path| Ok(prefix(path)?.is_some()),
    ..Format::new(open_checkpoint)
};

/// A log directory; or a folder of other files, if there is no run in it.
fn open_folder(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    match list(path, options) {
        Ok(listing) => Ok(listing.source(content, LOG_DIRECTORY_NAME)),
        Err(error) if has_run(path) => Err(error),
        Err(error) => folder::search(path, options)?.ok_or(error),
    }
}

/// Whether a path has the name of a configuration. JSON may hold anything.
fn is_named_config(path: &Path) -> Result<bool, FormatError> {
    let has = |ending: &str| path.extension().is_some_and(|own| own == ending);
    Ok(has("pbtxt") || has("json") && path.is_file() && is_config((*Content::at(path).bytes()?).as_ref()))
}

fn open_config(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    Ok(list_config(path, options)?.source(content, LOG_DIRECTORY_NAME))
}

fn open_checkpoint(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    let prefix = prefix(path)?.unwrap_or_else(|| path.to_path_buf());
    Ok(list_checkpoint(&prefix, options)?.source(content, "checkpoint"))
}

/// The prefix of the checkpoint that `path` belongs to, if it is one of its files or the prefix
/// itself.
fn prefix(path: &Path) -> Result<Option<PathBuf>, FormatError> {
    if let Some(index) = index_of(path) {
        return Ok(Some(index.with_extension("")));
    }
    if !path.is_file() {
        return Ok(None);
    }
    Ok((*Content::at(path).bytes()?).as_ref().ends_with(&TABLE_MAGIC).then(|| path.to_path_buf()))
}

/// The index of the checkpoint of version 2 that `path` belongs to, if it is one of its files or its
/// prefix.
pub(crate) fn index_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    let stem = name.strip_suffix(".index").or_else(|| name.split_once(".data-").map(|(stem, _)| stem));
    let mut file = stem.map_or_else(|| path.file_name().unwrap_or_default().to_os_string(), OsString::from);
    file.push(".index");
    let index = path.with_file_name(file);
    (stem.is_some() || !path.is_file() && index.is_file()).then_some(index)
}

/// The last bytes of a sorted table. A checkpoint of TensorFlow's version 1 is such a table.
const TABLE_MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

impl Listing {
    fn source(self, content: &Content, format: &'static str) -> Source {
        Source { runs: self.runs, ..Source::of(content, format, Vec::new(), self.problems) }
    }
}
