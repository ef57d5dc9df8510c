//! Lists what a path holds.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{
    Content, EmbeddingInfo, Form, MetadataKind, MetadataOrigin, OpenOptions, Origin, Run, Shape, Source, SpriteOrigin,
    VectorsOrigin, probe, vectors::Kind,
};
use crate::{
    FormatError, Problem, Severity, delimited,
    npy::{Array, npz},
    pack::{self, Member, is_pack},
    tensorboard,
};

/// Lists what `path` holds: a log directory, a configuration or checkpoint in one, or a file of
/// vectors. No vectors are read.
///
/// # Errors
/// If the path does not exist, its format is unknown, or no embedding can be
/// listed; or if a file named in `options` cannot be read.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Source, FormatError> {
    let mut source = list(path, options)?;
    if let Some(choice) = &options.vectors
        && !matches!(source.format, "csv" | "tsv" | "text")
    {
        let message = format!("--vectors {choice} names columns of a table of text, and there is none");
        return Err(Problem::error(path, message).way_out("Leave --vectors out").into());
    }
    for info in source.runs.iter_mut().flat_map(|run| &mut run.embeddings) {
        replace_beside(info, options)?;
    }
    describe(&mut source, options);
    match options.metadata.as_ref().and_then(|path| unreadable(path, &source)) {
        Some(problem) => Err(problem.into()),
        None => Ok(source),
    }
}

/// The reason why the metadata in `path`, a file named in the options, cannot be read.
fn unreadable(path: &Path, source: &Source) -> Option<Problem> {
    let mut infos = source.runs.iter().flat_map(|run| &run.embeddings);
    let first = infos.next().filter(|info| info.metadata.is_none())?;
    let (mut problems, mut metadata) = (Vec::new(), first.origin.metadata.clone()?);
    metadata.list(first.rows, false, &mut problems);
    problems.into_iter().find(|problem| problem.severity == Severity::Error && problem.file == path)
}

fn list(path: &Path, options: &OpenOptions) -> Result<Source, FormatError> {
    let source = |format, listing: tensorboard::Listing| Source {
        path: path.to_path_buf(),
        format,
        runs: listing.runs,
        problems: listing.problems,
    };
    if path.is_dir() {
        return Ok(source("tensorboard-logdir", tensorboard::list(path, options)?));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".json") && !tensorboard::is_config((*Content::File(path.to_path_buf()).bytes()?).as_ref()) {
        let what = "this .json file is not a projector configuration";
        return Err(Problem::error(path, what).way_out(READ).into());
    }
    if name.ends_with(".pbtxt") || name.ends_with(".json") {
        return Ok(source("tensorboard-logdir", tensorboard::list_config(path, options)?));
    }
    if name.ends_with(".parallax") {
        return list_pack(path);
    }
    if let Some(prefix) = checkpoint_prefix(path, &name)? {
        return Ok(source("checkpoint", tensorboard::list_checkpoint(&prefix, options)?));
    }
    list_file(Content::File(path.to_path_buf()), options)
}

/// The prefix of the checkpoint that `path` belongs to, if it is one of its files or the prefix
/// itself.
pub(super) fn checkpoint_prefix(path: &Path, name: &str) -> Result<Option<PathBuf>, FormatError> {
    if let Some(stem) = name.strip_suffix(".index").or_else(|| name.split_once(".data-").map(|(stem, _)| stem)) {
        return Ok(Some(path.with_file_name(stem)));
    }
    let mut index = OsString::from(path);
    index.push(".index");
    if !path.is_file() {
        return Ok(Path::new(&index).is_file().then(|| path.to_path_buf()));
    }
    let content = Content::File(path.to_path_buf()).bytes()?;
    Ok((*content).as_ref().ends_with(&TABLE_MAGIC).then(|| path.to_path_buf()))
}

/// The last bytes of a sorted table. A checkpoint of TensorFlow's version 1 is such a table.
const TABLE_MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

/// What is said about a file that is of no known kind.
const READ: &str = "What is read: a TensorBoard log directory, a TensorFlow checkpoint, .npy, .npz, .tsv, .csv, .txt, \
                    and raw numbers in any file with --raw-dims";

/// The source of one file of vectors.
fn list_file(content: Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path().to_path_buf();
    let bytes = content.bytes()?;
    let kind = Kind::of(&path, (*bytes).as_ref()).or(options.raw.is_some().then_some(Kind::Raw));
    let Some(kind) = kind else {
        let what = "neither the name's ending nor the content is that of a file which is read here";
        return Err(Problem::error(&path, what).way_out(READ).into());
    };
    let (format, form) = match kind {
        Kind::Npz if is_pack((*bytes).as_ref()) => return list_pack(&path),
        Kind::Npz => return list_archive(content),
        Kind::Npy => ("npy", Form::Npy),
        Kind::Delimited => return list_text(content, options),
        Kind::Raw => {
            let layout = options.raw.clone();
            ("raw", Form::Raw(layout.ok_or_else(|| layout_missing(&path, (*bytes).as_ref()))?))
        }
    };
    let shape = probe(&content, &form)?;
    Ok(single(&path, format, vec![single_info(stem(&path), shape, content, form, None)], Vec::new()))
}

/// The source of a text: one embedding, and the columns that are not its vectors as metadata.
fn list_text(content: Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path().to_path_buf();
    let choice = options.vectors.clone();
    let listed = delimited::list((*content.bytes()?).as_ref(), &path, choice.as_deref())?;
    let metadata = listed.has_labels.then(|| MetadataKind::Labels { choice: choice.clone() });
    let shape = (listed.rows, listed.dims, listed.dtype);
    // Reading the metadata reports the same.
    let problems = if listed.has_labels && options.metadata.is_none() { Vec::new() } else { listed.notes };
    let form = Form::Delimited { choice };
    Ok(single(&path, listed.format, vec![single_info(stem(&path), shape, content, form, metadata)], problems))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn layout_missing(path: &Path, bytes: &[u8]) -> FormatError {
    if let Some(error) = delimited::word2vec_binary(path, bytes) {
        return error;
    }
    Problem::error(path, "raw numbers do not say how many of them make up a row")
        .way_out("Give --raw-dims D, and where they are not f32 from the first byte on, --raw-dtype and --raw-offset")
        .into()
}

/// The source of an archive: each 2-D array is an embedding, and the columns of equally many rows are
/// its metadata.
fn list_archive(content: Content) -> Result<Source, FormatError> {
    let path = content.path().to_path_buf();
    let (arrays, mut problems) = npz::list(&content.bytes()?, &path)?;
    let mut infos: Vec<EmbeddingInfo> = Vec::new();
    let (columns, others): (Vec<&Array>, Vec<&Array>) = arrays.iter().partition(|array| npz::is_column(array, &arrays));
    for array in &others {
        let Some(shape) = array.embedding() else { continue };
        let is_beside = |column: &&Array| column.shape.first() == Some(&shape.0);
        let metadata = columns.iter().any(is_beside).then_some(MetadataKind::Archive);
        let form = Form::Npz { array: array.name.clone() };
        infos.push(single_info(array.name.clone(), shape, content.clone(), form, metadata));
    }
    let is_used = |column: &&Array| infos.iter().any(|info| column.shape.first() == Some(&info.rows));
    let (used, unused): (Vec<&Array>, Vec<&Array>) = columns.into_iter().partition(is_used);
    for array in unused.into_iter().chain(others.into_iter().filter(|array| array.embedding().is_none())) {
        let message = format!(
            "{} of shape {:?} are left out: an embedding has rows and columns of numbers",
            array.element, array.shape
        );
        problems.push(Problem::warning(&path, message).at(format!("array {:?}", array.name)));
    }
    for array in used.into_iter().filter(|array| array.embedding().is_some()) {
        let message = "its only column is metadata, since another array has more columns in as many rows";
        problems.push(Problem::note(&path, message).at(format!("array {:?}", array.name)));
    }
    if infos.is_empty() {
        let first = problems.into_iter().next();
        return Err(first
            .unwrap_or_else(|| Problem::error(&path, "the archive is empty").way_out("Save arrays into it"))
            .into());
    }
    Ok(single(&path, "npz", infos, problems))
}

/// The source of a packed tour.
fn list_pack(path: &Path) -> Result<Source, FormatError> {
    let (manifest, [has_metadata, has_sprite]) = pack::manifest(path)?;
    let member = |name: &'static str| Content::Member(Member::new(path, name));
    let vectors = member(pack::VECTORS);
    let shape = probe(&vectors, &Form::Npy)?;
    let mut info = single_info(manifest.embedding, shape, vectors, Form::Npy, None);
    let metadata = || MetadataOrigin::new(member(pack::METADATA), MetadataKind::Table, pack::METADATA.to_owned());
    info.origin.metadata = has_metadata.then(metadata);
    info.origin.sprite = has_sprite.then(|| SpriteOrigin {
        content: member(pack::SPRITE),
        thumbnail: manifest.thumbnail,
        shown: pack::SPRITE.to_owned(),
    });
    Ok(single(path, "parallax", vec![info], Vec::new()))
}

fn single_info(
    name: String,
    (rows, dims, dtype): Shape,
    content: Content,
    form: Form,
    metadata: Option<MetadataKind>,
) -> EmbeddingInfo {
    let source = content.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let metadata = metadata.map(|kind| MetadataOrigin::new(content.clone(), kind, source.clone()));
    let vectors = VectorsOrigin::File { content, form };
    let origin = Origin { vectors, metadata, sprite: None, problems: Vec::new() };
    EmbeddingInfo {
        name,
        rows,
        dims,
        dtype,
        source,
        configured: false,
        metadata: None,
        sprite: None,
        bookmarks: None,
        origin,
    }
}

fn single(path: &Path, format: &'static str, embeddings: Vec<EmbeddingInfo>, problems: Vec<Problem>) -> Source {
    let run = Run { name: ".".to_owned(), embeddings, ..Run::default() };
    Source { path: path.to_path_buf(), format, runs: vec![run], problems }
}

/// Replaces what was found by the files named on the command line.
fn replace_beside(info: &mut EmbeddingInfo, options: &OpenOptions) -> Result<(), FormatError> {
    let named = |path: &PathBuf| (Content::File(path.clone()), path.to_string_lossy().into_owned());
    if let Some(path) = &options.metadata {
        let (content, shown) = named(path);
        content.bytes()?;
        info.origin.metadata = Some(MetadataOrigin::new(content, MetadataKind::Table, shown));
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

/// Reads metadata and pictures of the embeddings as far as needed for a listing, and collects their
/// problems.
pub(crate) fn describe(source: &mut Source, options: &OpenOptions) {
    let infos: Vec<&mut EmbeddingInfo> = source.runs.iter_mut().flat_map(|run| &mut run.embeddings).collect();
    let is_alone = infos.len() == 1;
    let problems: Vec<Vec<Problem>> = infos.into_par_iter().map(|info| describe_one(info, is_alone)).collect();
    let ours = problems.into_iter().flatten().filter(|problem| {
        // A file named on the command line is meant for one embedding, so it is expected not to fit
        // the others.
        let is_named = [&options.metadata, &options.sprite].into_iter().flatten().any(|path| *path == problem.file);
        is_alone || !is_named
    });
    source.problems.extend(ours);
}

fn describe_one(info: &mut EmbeddingInfo, is_alone: bool) -> Vec<Problem> {
    let mut problems = info.origin.problems.clone();
    // Of many embeddings only one is looked at at a time, and to keep the metadata of all would
    // take their memory.
    let list = |metadata: &mut MetadataOrigin| metadata.list(info.rows, is_alone, &mut problems);
    info.metadata = info.origin.metadata.as_mut().and_then(list);
    info.sprite = info.origin.sprite.as_ref().and_then(|sprite| sprite.list(info.rows, &mut problems));
    problems
}
