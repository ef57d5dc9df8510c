//! A folder to publish: what TensorBoard's standalone projector loads with `?config=`,
//! TensorBoard's plugin as a log directory, and Parallax.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use parallax_embedding::{Column, Dtype, Embedding, Progress, RowSet, SpriteSheet, Vectors};

use super::{Written, sheet::Sheet};
use crate::{
    FormatError, Problem,
    disk::{UnfinishedFolder, sync_folder, write_file},
    tensorboard::{EmbeddingConfig, ProjectorConfig, SpriteConfig, visualize_embeddings},
    write::{Delimiter, OutputFormat, Table, f32_bytes, write_table},
    write_picture,
};

const CONFIG_TEXT: &str = "projector_config.pbtxt";
const CONFIG_JSON: &str = "projector_config.json";
const BYTES: &str = "tensors.bytes";
const NUMBERS: &str = "tensors.tsv";
const METADATA: &str = "metadata.tsv";
const SPRITE: &str = "sprite.png";

/// TensorBoard requests at most this many rows from its server.
const TENSORBOARD_ROWS: usize = 100_000;
/// TensorBoard loads no sheet with more pixels on a side.
const TENSORBOARD_PIXELS: u32 = 8192;

/// Writes the folder: all files into one beside them first, so that an earlier export stays whole
/// until this one is. Then they are put in their places, the configuration last, so that an
/// unfinished folder does not look finished.
pub(super) fn write(
    embedding: &Embedding,
    rows: &RowSet,
    folder: &Path,
    progress: &Progress,
) -> Result<Written, FormatError> {
    refuse_foreign(folder)?;
    fs::create_dir_all(folder).map_err(FormatError::write(folder))?;
    let unfinished = UnfinishedFolder::new_in(folder).map_err(FormatError::write(folder))?;
    // Nobody needs to know where they were.
    let placed =
        |file: &Path| file.strip_prefix(unfinished.path()).map_or_else(|_| file.into(), |name| folder.join(name));
    let moved = |problem: Problem| Problem { file: placed(&problem.file), ..problem };
    let mut written = fill(embedding, rows, unfinished.path(), progress).map_err(|error| match error {
        FormatError::Io { file, doing, source } => FormatError::Io { file: placed(&file), doing, source },
        error => error.map(moved),
    })?;
    place(&written.files, folder)?;
    written.files.iter_mut().for_each(|file| *file = placed(file));
    written.notes = written.notes.into_iter().map(moved).collect();
    written.notes.splice(0..0, limits(&embedding.vectors, rows, folder));
    Ok(written)
}

/// Puts `files`, of which the last two are the configuration, in their places.
fn place(files: &[PathBuf], folder: &Path) -> Result<(), FormatError> {
    for file in [CONFIG_TEXT, CONFIG_JSON].map(|name| folder.join(name)) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(FormatError::write(&file)(error)),
            _ => {}
        }
    }
    for file in files {
        let target = folder.join(file.file_name().unwrap_or_default());
        fs::rename(file, &target).map_err(FormatError::write(&target))?;
    }
    sync_folder(folder);
    Ok(())
}

/// Writes the files into `folder`, and the configuration last.
fn fill(embedding: &Embedding, rows: &RowSet, folder: &Path, progress: &Progress) -> Result<Written, FormatError> {
    let vectors = &embedding.vectors;
    let mut written = Written { files: Vec::new(), rows: rows.len(), notes: Vec::new() };
    let tensor_path = tensors(vectors, rows, folder, &mut written, progress)?;
    let mut config = EmbeddingConfig {
        tensor_name: if embedding.name.is_empty() { "vectors".into() } else { embedding.name.clone() },
        tensor_shape: vec![rows.len() as u32, vectors.dims() as u32],
        tensor_path: tensor_path.into(),
        ..EmbeddingConfig::default()
    };
    if !embedding.metadata.columns().is_empty() {
        metadata(embedding.metadata.columns(), rows, &folder.join(METADATA), &mut written, progress)?;
        config.metadata_path = METADATA.into();
    }
    if let Some(sheet) = &embedding.sprite {
        config.sprite = sprites(sheet, rows, &folder.join(SPRITE), &mut written, progress)?;
    }
    let config = ProjectorConfig { embeddings: vec![config], ..ProjectorConfig::default() };
    let json = folder.join(CONFIG_JSON);
    write_file(&json, |out| Ok(out.write_all(config.to_json().as_bytes())?))?;
    written.files.push(json);
    written.files.push(visualize_embeddings(folder, &config)?);
    Ok(written)
}

/// A configuration that does not come from an earlier export is somebody's work.
fn refuse_foreign(folder: &Path) -> Result<(), FormatError> {
    for file in [folder.join(CONFIG_TEXT), folder.join(CONFIG_JSON)].iter().filter(|file| file.exists()) {
        let is_ours = ProjectorConfig::read(file).is_ok_and(|(config, _)| {
            config.model_checkpoint_path.is_empty()
                && config.embeddings.iter().all(|embedding| [BYTES, NUMBERS].contains(&&*embedding.tensor_path))
        });
        if !is_ours {
            return Err(Problem::error(file, "the folder has a configuration of other data, which would be lost")
                .way_out("Choose another folder")
                .into());
        }
    }
    Ok(())
}

/// Warnings about what TensorBoard will not show.
fn limits(vectors: &Vectors, rows: &RowSet, folder: &Path) -> Vec<Problem> {
    let note = |what: String| Problem::warning(folder, what);
    let (count, dims) = (rows.len(), vectors.dims());
    let few = (count < 2 || dims < 2).then(|| {
        note(format!("TensorBoard hides vectors of fewer than 2 rows or dimensions, as these {count} x {dims}"))
    });
    let many = (count > TENSORBOARD_ROWS)
        .then(|| note(format!("TensorBoard's server sends the first {TENSORBOARD_ROWS} of the {count} rows alone")));
    few.into_iter().chain(many).collect()
}

/// Writes the vectors, and returns the file's name: raw numbers, unless TensorBoard's plugin would
/// take them for text.
fn tensors(
    vectors: &Vectors,
    rows: &RowSet,
    folder: &Path,
    written: &mut Written,
    progress: &Progress,
) -> Result<&'static str, FormatError> {
    progress.begin("Writing vectors");
    if reads_as_text(vectors, rows) {
        let path = folder.join(NUMBERS);
        let sheet = Sheet {
            path: &path,
            delimiter: Delimiter::Tab,
            header: Vec::new(),
            rows: rows.len(),
            vectors: Some(vectors),
        };
        sheet.write(progress, |index, line| {
            line.numbers(vectors, rows.as_slice()[index] as usize);
        })?;
        written.files.push(path);
        return Ok(NUMBERS);
    }
    let path = folder.join(BYTES);
    let table = Table { rows: Some(rows), ..Table::of(vectors) };
    let note = write_table(&path, OutputFormat::BYTES, &table, progress)?.into_iter();
    let narrowed = || {
        let what = format!("the vectors are {} and are written as f32, which TensorBoard reads", vectors.dtype());
        (vectors.dtype() != Dtype::F32).then(|| Problem::note(&path, what))
    };
    let note = note.map(|note| note.way_out("Write the vectors alone, as .npy, to keep all digits")).next();
    written.notes.extend(note.or_else(narrowed));
    written.files.push(path);
    Ok(BYTES)
}

/// Whether all bytes together are UTF-8: the plugin then reads them as lines of numbers, and fails.
fn reads_as_text(vectors: &Vectors, rows: &RowSet) -> bool {
    let mut bytes = Vec::new();
    for row in rows.iter() {
        f32_bytes(vectors, row as usize..row as usize + 1, &mut bytes);
        let valid = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_some() => return false,
            Err(error) => error.valid_up_to(),
        };
        // What is left is the beginning of a character.
        bytes.drain(..valid);
    }
    bytes.is_empty()
}

/// Writes the columns. If a line would be blank, which TensorBoard skips, the rows' numbers come
/// first.
fn metadata(
    columns: &[Column],
    rows: &RowSet,
    path: &Path,
    written: &mut Written,
    progress: &Progress,
) -> Result<(), FormatError> {
    progress.begin("Writing metadata");
    let is_blank =
        |row: u32| columns.iter().all(|column| column.text(row as usize).is_none_or(|text| text.trim().is_empty()));
    let is_numbered = rows.iter().any(is_blank);
    let mut header: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
    if is_numbered {
        let free = |name: &String| !header.contains(name);
        let numbered = (1..).map(|number| if number == 1 { "row".to_owned() } else { format!("row ({number})") });
        let name = numbered.into_iter().find(free).unwrap_or_default();
        header.insert(0, name);
    } else if let [_] = &header[..] {
        header.clear();
    }
    let sheet = Sheet { path, delimiter: Delimiter::Tab, header, rows: rows.len(), vectors: None };
    let table = sheet.write(progress, |index, line| {
        let row = rows.as_slice()[index];
        if is_numbered {
            line.whole(row);
        }
        columns.iter().for_each(|column| line.text(column.text(row as usize).unwrap_or_default()));
    })?;
    written.files.extend(table.files);
    written.notes.extend(table.notes.into_iter().map(|note| Problem { way_out: None, ..note }));
    Ok(())
}

/// Writes the thumbnails of `rows` as a sheet with as many rows as columns, the only form in which
/// TensorBoard finds them.
fn sprites(
    sheet: &SpriteSheet,
    rows: &RowSet,
    path: &Path,
    written: &mut Written,
    progress: &Progress,
) -> Result<Option<SpriteConfig>, FormatError> {
    progress.begin("Writing pictures");
    let [width, height] = sheet.thumbnail();
    let side = (rows.len() as f64).sqrt().ceil().max(1.0) as u32;
    let size = [side.saturating_mul(width), side.saturating_mul(height)];
    if size.iter().any(|&pixels| pixels > TENSORBOARD_PIXELS) {
        let what = format!(
            "the thumbnails are left out: a sheet for {} rows has {}x{} pixels, and TensorBoard loads nothing beside one of more than {TENSORBOARD_PIXELS}",
            rows.len(),
            size[0],
            size[1]
        );
        written.notes.push(Problem::warning(path, what).way_out("Publish fewer rows"));
        return Ok(None);
    }
    let stride = size[0] as usize * 4;
    let mut pixels = vec![0; stride * size[1] as usize];
    for (place, row) in rows.iter().enumerate() {
        progress.advance(place, rows.len())?;
        let Some(image) = sheet.image(row as usize) else { continue };
        let [x, y] = [place % side as usize * width as usize, place / side as usize * height as usize];
        for (line, source) in image.chunks_exact(width as usize * 4).enumerate() {
            let start = (y + line) * stride + x * 4;
            pixels[start..start + source.len()].copy_from_slice(source);
        }
    }
    write_picture(path, size, &pixels)?;
    written.files.push(path.to_path_buf());
    Ok(Some(SpriteConfig { image_path: SPRITE.into(), single_image_dim: vec![width, height] }))
}
