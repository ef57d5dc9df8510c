//! Recognizes formats and lists what a path holds.

mod beside;
mod dropped;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use parallax_embedding::Progress;

pub use dropped::{AtHand, combine};
pub(crate) use dropped::{Kind, has_lines_for, is_listed_as_metadata};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, ProblemKind, Severity, Source,
    coded::{self, Inside},
    columnar,
    delimited::{self, Hints},
    disk::Reading,
    hierarchy, images, npy,
    npy::npz,
    pack, pickle, raw, safetensors, shards,
    source::{Content, Format, Setting, SpriteOrigin},
    sprite,
    tensorboard::format::{CHECKPOINT, CONFIG, LOG_DIRECTORY},
    torch, word2vec,
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
    &hierarchy::SCIPY,
    &npz::FORMAT,
    &torch::FORMAT,
    &safetensors::FORMAT,
    &pickle::FORMAT,
    &columnar::PARQUET,
    &columnar::ARROW,
    &hierarchy::HDF5,
    &word2vec::FORMAT,
    &word2vec::FASTTEXT,
    &delimited::JSON,
    &coded::PACKED,
    &delimited::FORMAT,
    &raw::FORMAT,
];

/// Lists what `path` holds: a log directory, a configuration or checkpoint in one, or a file of
/// vectors. Vectors are read only where metadata stand between them, as in text.
///
/// # Errors
/// If the path does not exist, its format is unknown, or no embedding can be
/// listed; or if a file named in `options` cannot be read.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Source, FormatError> {
    open_with(path, options, &Progress::default())
}

/// The same as [`open`], with `progress` by which it reports and can be canceled.
///
/// # Errors
/// See [`open`]; [`FormatError::Cancelled`] if `progress` was canceled.
pub fn open_with(path: &Path, options: &OpenOptions, progress: &Progress) -> Result<Source, FormatError> {
    let reading = Reading::begin();
    reading.checked(opened(path, options, progress)).map_err(|error| error.map(coded::outside))
}

fn opened(path: &Path, options: &OpenOptions, progress: &Progress) -> Result<Source, FormatError> {
    let content = Content::at(path);
    let mut source = list_path(&content, options, progress).map_err(|error| match error {
        FormatError::Data(problem) if problem.kind == Some(ProblemKind::UnknownFormat) => {
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains("tfevents")) {
                let what = "a file of events holds no embeddings; configurations and checkpoints are beside it";
                return Problem::error(path, what).way_out("Open its folder").into();
            }
            problem.way_out(what_is_read()).into()
        }
        error => error,
    })?;
    let hints = hints_beside(&mut source, options);
    for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
        replace_beside(info, options, &hints)?;
    }
    source.describe(options, progress);
    progress.check()?;
    source.problems = std::mem::take(&mut source.problems).into_iter().map(coded::outside).collect();
    source.problems.extend(source.shown_first());
    let mut infos = source.runs.iter().flat_map(|run| &run.embeddings);
    if options.thumbnail.is_some() && infos.all(|info| info.origin.sprite.is_none()) {
        let what = "--thumbnail says how large the thumbnails of a picture are, and there is no picture";
        return Err(Problem::error(path, what).way_out("Name it with --sprite, or leave --thumbnail out").into());
    }
    let unread = options.metadata.as_ref().and_then(|path| unreadable(path, &source));
    match unread.or_else(|| options.sprite.as_ref().and_then(|path| unfit(path, &source))) {
        Some(problem) => Err(problem.into()),
        None => Ok(source),
    }
}

/// Lists what `content`, a file or a folder, holds.
pub(crate) fn list_path(content: &Content, options: &OpenOptions, progress: &Progress) -> Result<Source, FormatError> {
    let path = content.path();
    // What a person says about raw numbers counts before all that a file may be.
    let claimant = if options.raw.is_some() && path.is_file() { None } else { claimant(path)? };
    let Some(format) = claimant else { return list(content, options, progress) };
    let by = if path.is_dir() { "by what is in the folder" } else { "by its name, and what is in it or beside it" };
    Ok(Source { recognized: by.to_owned(), ..list_as(format, content, options)? })
}

/// Lists what `content`, which is not claimed as part of something larger, holds.
pub(crate) fn list(content: &Content, options: &OpenOptions, progress: &Progress) -> Result<Source, FormatError> {
    let decode = if options.raw.is_some() { coded::unpacked } else { coded::decoded };
    let Inside { content: inner, bytes, around, problems } = decode(content.clone(), progress)?;
    let (format, by) = recognized(&inner, (*bytes).as_ref(), options).ok_or_else(|| {
        let what = "neither the name's ending nor the content is that of a file which is read here";
        Problem::error(content.path(), what).kind(ProblemKind::UnknownFormat)
    })?;
    let around = around.into_iter().map(|name| format!("{name} by its first bytes, and in it: "));
    let recognized = around.chain([by]).collect();
    let mut source = list_as(format, &inner, options)?;
    source.problems.splice(0..0, problems);
    Ok(Source { path: content.path().to_path_buf(), recognized, ..source })
}

fn list_as(format: &Format, content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    match unused(format, options) {
        Some((option, what)) => {
            let way_out = format!("Leave {} out", option.split(' ').next().unwrap_or_default());
            Err(Problem::error(content.path(), format!("{option} {what}")).way_out(way_out).into())
        }
        None => (format.list)(content, options),
    }
}

/// The first option that a format has no use for, and why.
fn unused(format: &Format, options: &OpenOptions) -> Option<(String, &'static str)> {
    let OpenOptions { vectors, delimiter, header, raw, .. } = options;
    let no_text = delimited::NO_TEXT;
    let given = [
        (
            Setting::Vectors,
            vectors.as_ref().map(|choice| format!("--vectors {choice}")),
            "names columns of a table, and there is none",
        ),
        (Setting::Text, delimiter.map(|character| format!("--delimiter {character}")), no_text),
        (Setting::Text, header.map(|header| format!("--header {}", if header { "yes" } else { "no" })), no_text),
        (
            Setting::Raw,
            raw.as_ref().map(|raw| format!("--raw-dims {}", raw.dims)),
            "says how raw numbers lie in a file, and this is not one",
        ),
    ];
    // They may be about the text of the metadata.
    let is_of_metadata = |setting: &Setting| *setting == Setting::Text && options.metadata.is_some();
    let is_unused = |setting: &Setting| !format.takes.contains(setting) && !is_of_metadata(setting);
    let mut unused = given.into_iter().filter(|(setting, ..)| is_unused(setting));
    unused.find_map(|(_, option, what)| Some((option?, what)))
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

/// The format of `content`, and how it was recognized. What the options say about raw numbers counts
/// before all else.
fn recognized(content: &Content, bytes: &[u8], options: &OpenOptions) -> Option<(&'static Format, String)> {
    let ending = content.path().extension().unwrap_or_default().to_string_lossy();
    let matching =
        |is_guess| FORMATS.iter().copied().filter(move |format| format.is_guess == is_guess && (format.matches)(bytes));
    let is_raw = |format: &&Format| format.takes.contains(&Setting::Raw);
    let by_option = || Some((FORMATS.iter().copied().find(is_raw)?, "by --raw-dims".to_owned()));
    let by_bytes = || {
        let of_ending = matching(false).find(|format| format.has_ending(&ending));
        Some((of_ending.or_else(|| matching(false).next())?, "by its first bytes".to_owned()))
    };
    let by_ending = || Some((named(&ending)?, format!("by its ending .{ending}")));
    let by_guess = || {
        let format = matching(true).next()?;
        let is_text = std::ptr::eq(format, &raw const delimited::FORMAT);
        Some((format, if is_text { "by its first lines" } else { "by its first bytes" }.to_owned()))
    };
    if options.raw.is_some() { by_option() } else { by_bytes().or_else(by_ending).or_else(by_guess) }
}

/// The format of files with this ending.
fn named(ending: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.has_ending(ending))
}

/// What a file or folder in a searched folder is; `None` if it is of no known format, or only a guess.
/// Any folder may be a log directory, and any number raw: neither counts.
pub(crate) fn kind(path: &Path) -> Result<Option<Kind>, FormatError> {
    let is_any = |format: &Format| std::ptr::eq(format, &raw const LOG_DIRECTORY);
    match claimant(path)? {
        Some(format) if is_any(format) => return Ok(None),
        // The index of a checkpoint stands for it.
        Some(_) if path.to_string_lossy().contains(".data-") => return Ok(None),
        Some(_) => return Ok(Some(Kind::Data)),
        None => {}
    }
    let (content, head) = coded::peeked(Content::at(path))?;
    let bytes = (*head).as_ref();
    let ending = content.path().extension().unwrap_or_default().to_string_lossy();
    let format = recognized(&content, bytes, &OpenOptions::default()).map(|(format, _)| format);
    Ok(match format {
        Some(format) if format.takes.contains(&Setting::Raw) => None,
        Some(format) if format.is_guess && !format.has_ending(&ending) => None,
        Some(format) if (format.may_be_metadata)(bytes) => Some(Kind::Text),
        Some(_) => Some(Kind::Data),
        None if sprite::probe(bytes, path).is_ok() => Some(Kind::Sprite),
        None => None,
    })
}

/// Gives an embedding the files that were found beside its own.
pub(crate) fn put_beside(info: &mut EmbeddingInfo, metadata: Option<&Path>, sprite: Option<&Path>) {
    let named = |path: &Path| (Content::at(path), path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    if let Some((content, shown)) = metadata.map(named) {
        info.origin.metadata = Some(beside::in_order(content, Hints::default(), shown));
    }
    if let Some((content, shown)) = sprite.map(named) {
        info.origin.sprite = Some(SpriteOrigin { content, thumbnail: None, shown });
    }
}

/// What to say about a file that is of no known format.
fn what_is_read() -> String {
    let words = FORMATS.iter().copied().map(|format| match format.words {
        Some(words) => words.to_owned(),
        None => dotted(format.endings, ", "),
    });
    let mut words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
    let last = words.pop().unwrap_or_default();
    format!("What is read: {}, and {last}; also packed with gzip or zstd", words.join(", "))
}

/// The usual endings of files of vectors, as in `.npy .npz`.
#[must_use]
pub fn endings_read() -> String {
    let of_vectors = FORMATS.iter().copied().filter(|format| format.words != Some(""));
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
    metadata.list(first.rows, false, &mut problems, &Progress::default());
    problems.into_iter().find(|problem| problem.severity == Severity::Error && problem.file.starts_with(path))
}

/// The reason why no embedding has the pictures in `path`, a file or folder named in the options.
fn unfit(path: &Path, source: &Source) -> Option<Problem> {
    let mut infos = source.runs.iter().flat_map(|run| &run.embeddings);
    let is_at_fault = |problem: &&Problem| problem.severity == Severity::Error && problem.file.starts_with(path);
    source.problems.iter().find(is_at_fault).filter(|_| infos.all(|info| info.sprite.is_none())).cloned()
}

/// What a person says about the text of the metadata: if the vectors are in a text, it is about that.
fn hints_beside(source: &mut Source, options: &OpenOptions) -> Hints {
    let hints = Hints { vectors: None, delimiter: options.delimiter, header: options.header };
    let (Some((option, _)), Some(metadata)) = (hints.given(), &options.metadata) else { return Hints::default() };
    if !delimited::NAMES.contains(&source.format) {
        return hints;
    }
    let file = source.path.display();
    let what = format!(
        "{option} says how {file} is read; the separator and the header of this table are found by its content"
    );
    source.problems.push(Problem::note(metadata, what));
    Hints::default()
}

/// Replaces what was found by the files named on the command line.
fn replace_beside(info: &mut EmbeddingInfo, options: &OpenOptions, hints: &Hints) -> Result<(), FormatError> {
    let named = |path: &PathBuf| (Content::File(path.clone()), path.to_string_lossy().into_owned());
    if let Some(path) = &options.metadata {
        let (content, shown) = named(path);
        if !path.is_dir() {
            content.bytes()?;
        }
        let own = info.origin.metadata.take();
        info.origin.metadata = Some(match &options.join {
            Some(join) => beside::joined(own, content, hints.clone(), join, shown),
            None => beside::in_order(content, hints.clone(), shown),
        });
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
