//! Recognizes formats and lists what a path holds.

mod dropped;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use dropped::{AtHand, combine};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, ProblemKind, Severity, Source, columnar, delimited, hierarchy, images, metadata,
    npy,
    npy::npz,
    pack, pickle, raw, safetensors, shards,
    source::{Content, Format, Setting, SpriteOrigin},
    tensorboard::format::{CHECKPOINT, CONFIG, LOG_DIRECTORY},
    torch,
};

/// The formats that are read, in the order in which they are tried.
pub(crate) static FORMATS: &[&Format] = &[
    &shards::FORMAT,
    &columnar::FOLDER,
    &images::FORMAT,
    &hierarchy::ZARR,
    &LOG_DIRECTORY,
    &CONFIG,
    &CHECKPOINT,
    &pack::FORMAT,
    &npy::FORMAT,
    &npz::FORMAT,
    &torch::FORMAT,
    &safetensors::FORMAT,
    &pickle::FORMAT,
    &columnar::PARQUET,
    &columnar::ARROW,
    &hierarchy::HDF5,
    &delimited::FORMAT,
    &raw::FORMAT,
];

/// Lists what `path` holds: a log directory, a configuration or checkpoint in one, or a file of
/// vectors. No vectors are read.
///
/// # Errors
/// If the path does not exist, its format is unknown, or no embedding can be
/// listed; or if a file named in `options` cannot be read.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Source, FormatError> {
    let content = Content::at(path);
    let listed = match claimant(path)? {
        Some(format) => list_as(format, &content, options),
        None => list(&content, options),
    };
    let mut source = listed.map_err(|error| match error {
        FormatError::Data(problem) if problem.kind == Some(ProblemKind::UnknownFormat) => {
            problem.way_out(what_is_read()).into()
        }
        error => error,
    })?;
    for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
        replace_beside(info, options)?;
    }
    source.describe(options);
    match options.metadata.as_ref().and_then(|path| unreadable(path, &source)) {
        Some(problem) => Err(problem.into()),
        None => Ok(source),
    }
}

/// Lists what `content`, which is not claimed as part of something larger, holds.
pub(crate) fn list(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let by_option = || FORMATS.into_iter().find(|format| options.raw.is_some() && format.takes.contains(&Setting::Raw));
    let format = recognized(content.path(), (*content.bytes()?).as_ref()).or_else(by_option);
    let format = format.ok_or_else(|| {
        let what = "neither the name's ending nor the content is that of a file which is read here";
        Problem::error(content.path(), what).kind(ProblemKind::UnknownFormat)
    })?;
    list_as(format, content, options)
}

fn list_as(format: &Format, content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let source = (format.list)(content, options)?;
    match &options.vectors {
        Some(choice) if !format.takes.contains(&Setting::Vectors) => {
            let message = format!("--vectors {choice} names columns of a table, and there is none");
            Err(Problem::error(content.path(), message).way_out("Leave --vectors out").into())
        }
        _ => Ok(source),
    }
}

/// The format that claims a path.
fn claimant(path: &Path) -> Result<Option<&'static Format>, FormatError> {
    for format in FORMATS {
        if (format.claims)(path)? {
            return Ok(Some(format));
        }
    }
    Ok(None)
}

/// The format of a file by its ending, or else by its bytes.
fn recognized(path: &Path, bytes: &[u8]) -> Option<&'static Format> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let by_ending = FORMATS.into_iter().find(|format| format.has_ending(&ending));
    by_ending.or_else(|| FORMATS.into_iter().find(|format| (format.matches)(bytes)))
}

/// What to say about a file that is of no known format.
fn what_is_read() -> String {
    let words = FORMATS.into_iter().map(|format| match format.words {
        Some(words) => words.to_owned(),
        None => dotted(format.endings, ", "),
    });
    let mut words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
    let last = words.pop().unwrap_or_default();
    format!("What is read: {}, and {last}", words.join(", "))
}

/// The usual endings of files of vectors, as in `.npy .npz`.
#[must_use]
pub fn endings_read() -> String {
    let of_vectors = FORMATS.into_iter().filter(|format| format.words != Some(""));
    dotted(&of_vectors.flat_map(|format| format.endings).copied().collect::<Vec<_>>(), " ")
}

fn dotted(endings: &[&str], separator: &str) -> String {
    endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(separator)
}

/// The reason why the metadata in `path`, a file named in the options, cannot be read.
fn unreadable(path: &Path, source: &Source) -> Option<Problem> {
    let mut infos = source.runs.iter().flat_map(|run| &run.embeddings);
    let first = infos.next().filter(|info| info.metadata.is_none())?;
    let (mut problems, mut metadata) = (Vec::new(), first.origin.metadata.clone()?);
    metadata.list(first.rows, false, &mut problems);
    problems.into_iter().find(|problem| problem.severity == Severity::Error && problem.file == path)
}

/// Replaces what was found by the files named on the command line.
fn replace_beside(info: &mut EmbeddingInfo, options: &OpenOptions) -> Result<(), FormatError> {
    let named = |path: &PathBuf| (Content::File(path.clone()), path.to_string_lossy().into_owned());
    if let Some(path) = &options.metadata {
        let (content, shown) = named(path);
        content.bytes()?;
        info.origin.metadata = Some(metadata::beside(content, shown));
    }
    if let Some(path) = &options.sprite {
        let (content, shown) = named(path);
        info.origin.sprite = Some(SpriteOrigin { content, thumbnail: None, shown });
    }
    if let (Some(sprite), Some(thumbnail)) = (&mut info.origin.sprite, options.thumbnail) {
        sprite.thumbnail = Some(thumbnail);
    }
    if let (Some(_), Some(sprite)) = (&options.sprite, &info.origin.sprite) {
        sprite.info(info.rows)?;
    }
    Ok(())
}
