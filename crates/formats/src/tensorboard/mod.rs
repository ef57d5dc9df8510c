//! TensorBoard log directories: runs, the projector's configuration, and the embeddings that both
//! name.
//!
//! `discover` finds the runs of a log directory; `run` turns each run's configuration (`config`, in
//! the text format of `textproto` or as JSON) and checkpoint into a list of embeddings, `older` adds
//! the same tensors of older checkpoints, `tagged` knows the steps of `add_embedding`, and `assets`
//! finds the files that a configuration names. A fault in one run becomes a problem and
//! does not hide other runs. [`visualize_embeddings`] and [`add_embedding`] write configurations.
//! [`bookmarks`] are read and written as well. Events are not read.

mod assets;
mod author;
pub mod bookmarks;
mod config;
mod config_json;
mod discover;
pub(crate) mod format;
mod older;
mod run;
mod tagged;
mod tensor_file;
#[cfg(test)]
mod tests;
pub(crate) mod textproto;

use std::path::Path;

pub use author::{add_embedding, asset_path, check_embedding, visualize_embeddings};
pub use config::{EmbeddingConfig, ProjectorConfig, SpriteConfig};

use crate::{FormatError, OpenOptions, Problem, Run, Severity};
use discover::Folder;

/// The name of a run's configuration.
const CONFIG_NAME: &str = "projector_config.pbtxt";

/// The embeddings of a log directory.
struct Listing {
    runs: Vec<Run>,
    problems: Vec<Problem>,
}

/// Lists the runs of the log directory `logdir`.
///
/// # Errors
/// Returns an error if it cannot be read or holds no embedding. A fault in one of several runs is a
/// problem.
fn list(logdir: &Path, options: &OpenOptions) -> Result<Listing, FormatError> {
    let found = discover::walk(logdir)?;
    let none = if found.is_empty {
        Problem::error(logdir, "the folder is empty").way_out("Open a folder or a file with embeddings")
    } else if let Some(index) = &found.loose_index {
        Problem::error(
            logdir,
            format!("no file \"checkpoint\" says which checkpoint counts; there is {}", index.display()),
        )
        .way_out("Open that file by its name")
    } else {
        let events = if found.events > 0 { " (files of events hold no embeddings)" } else { "" };
        Problem::error(logdir, format!("neither this folder nor one below has a {CONFIG_NAME} or a checkpoint{events}"))
            .way_out("Open a file of vectors itself, or write a configuration with: parallax config write")
    };
    gather(logdir, &found.folders, options, found.problems, none)
}

/// Whether there is a run in a folder, also one that cannot be listed.
fn has_run(folder: &Path) -> bool {
    discover::walk(folder).is_ok_and(|found| !found.folders.is_empty())
}

/// Lists the one run that the configuration `file` describes.
///
/// # Errors
/// Returns an error if it cannot be read or names no embedding.
fn list_config(file: &Path, options: &OpenOptions) -> Result<Listing, FormatError> {
    ProjectorConfig::read(file)?;
    let folder = Folder::of_config(file);
    let none = Problem::error(file, "the configuration leads to no embedding")
        .way_out("Name a tensor_path, or a tensor of a checkpoint in the folder");
    gather(&folder.path.clone(), &[folder], options, Vec::new(), none)
}

/// Whether the bytes mention a field of a projector configuration, whole or damaged, in either form.
fn is_config(bytes: &[u8]) -> bool {
    const FIELDS: [&[u8]; 8] = [
        b"tensor_name",
        b"tensorName",
        b"tensor_path",
        b"tensorPath",
        b"metadata_path",
        b"metadataPath",
        b"model_checkpoint",
        b"modelCheckpoint",
    ];
    let mentions = |field: &&[u8]| bytes.windows(field.len()).any(|window| window == *field);
    bytes.len() as u64 <= config::MAX_BYTES && FIELDS.iter().any(mentions)
}

/// Lists the matrices of the checkpoint that `prefix` names, with what a configuration beside it
/// says about them.
///
/// # Errors
/// Returns an error if it cannot be read or holds no matrix.
fn list_checkpoint(prefix: &Path, options: &OpenOptions) -> Result<Listing, FormatError> {
    let (run, problems) = run::list_checkpoint(prefix, options)?;
    let none = Problem::error(prefix, "the checkpoint holds no matrix of numbers");
    finish(vec![run], problems, none)
}

fn gather(
    logdir: &Path,
    folders: &[Folder],
    options: &OpenOptions,
    mut problems: Vec<Problem>,
    none: Problem,
) -> Result<Listing, FormatError> {
    let mut runs = Vec::new();
    for folder in folders {
        let (run, found) = run::list(folder, logdir, options);
        problems.extend(found);
        runs.push(run);
    }
    finish(runs, problems, none)
}

/// The list without the runs that have no embedding. If none is left, the error is the first one
/// found, or else `none`.
fn finish(mut runs: Vec<Run>, problems: Vec<Problem>, none: Problem) -> Result<Listing, FormatError> {
    runs.retain(|run| !run.embeddings.is_empty());
    if !runs.is_empty() {
        return Ok(Listing { runs, problems });
    }
    let error = problems.into_iter().find(|problem| problem.severity == Severity::Error);
    Err(error.unwrap_or(none).into())
}
