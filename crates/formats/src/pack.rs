//! Packed tours: a tour and the data that it shows in one file, a zip archive.
//!
//! ```text
//! tour.ron        the bookmarks, as the session writes them
//! manifest.json   {"parallax_pack": 1, "embedding": "words", "thumbnail": [32, 32]}
//! vectors.npy     stored as it is where deflating saves little, and then lent from the archive
//! metadata.csv    where there is metadata: CSV keeps tabs and line breaks within a cell, and the name of a single column
//! sprite.png      where there are thumbnails
//! ```

use std::{
    io::{Cursor, Read as _, Seek, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};
use parallax_embedding::{
    Bytes, Column, Damaged, Embedding, Metadata, Progress, RowSet, SharedBytes, SpriteSheet, Vectors,
};
use serde::{Deserialize, Serialize};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    disk::{Stop, read_bytes, write_rows},
    metadata,
    npy::{self, npz::MAX_RATIO},
    source::{Content, Format, Part, SpriteOrigin},
    write::{self, Table},
};

pub(crate) static FORMAT: Format = Format { words: Some(""), endings: &["parallax"], claims, ..Format::new(open) };

/// Other programs give an archive other names.
fn claims(path: &Path) -> Result<bool, FormatError> {
    Ok(path.to_string_lossy().ends_with(".parallax")
        || path.is_file() && is_pack((*Content::at(path).bytes()?).as_ref()))
}

fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    let (manifest, [has_metadata, has_sprite]) = manifest(path)?;
    let member = |name: &'static str| Content::Part(Arc::new(Member::new(path, name)));
    let vectors = member(VECTORS);
    let mut info = EmbeddingInfo::new(manifest.embedding, npy::matrix(&vectors)?, &vectors);
    info.origin.metadata = has_metadata.then(|| metadata::text_beside(member(METADATA), METADATA.to_owned()));
    info.origin.sprite = has_sprite.then(|| SpriteOrigin {
        content: member(SPRITE),
        thumbnail: manifest.thumbnail,
        shown: SPRITE.to_owned(),
    });
    Ok(Source::of(content, "parallax", vec![info], Vec::new()))
}

/// The members.
const TOUR: &str = "tour.ron";
const MANIFEST: &str = "manifest.json";
const VECTORS: &str = "vectors.npy";
const METADATA: &str = "metadata.csv";
const SPRITE: &str = "sprite.png";

/// The version that is written. A newer one may mean anything.
const VERSION: u32 = 1;

/// What the members do not contain themselves.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    parallax_pack: u32,
    embedding: String,
    /// Width and height of a thumbnail.
    #[serde(default)]
    thumbnail: Option<[u32; 2]>,
}

/// A file within an archive.
#[derive(Debug, Clone)]
struct Member {
    archive: PathBuf,
    name: &'static str,
    /// Its name in messages.
    shown: PathBuf,
}

/// Whether `bytes` are a packed tour.
#[must_use]
pub fn is_pack(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.index_for_name(TOUR).is_some())
}

/// The text of the tour in the packed tour at `path`.
///
/// # Errors
/// Returns an error if the file is not a whole packed tour.
pub fn tour_in(path: &Path) -> Result<String, FormatError> {
    let bytes = Member::new(path, TOUR).bytes(&Progress::default())?;
    String::from_utf8((*bytes).as_ref().to_vec())
        .map_err(|_error| Problem::error(path, "the tour in it is not UTF-8").way_out("Copy or pack it again").into())
}

/// Writes the packed tour of `tour`, which is the text of one, and of `embedding` to `path`.
///
/// # Errors
/// Returns an error if the file cannot be written, or `progress` was canceled; it is then
/// unchanged.
pub fn write_pack(path: &Path, tour: &str, embedding: &Embedding, progress: &Progress) -> Result<(), FormatError> {
    let sprite = embedding.sprite.as_deref();
    let manifest = Manifest {
        parallax_pack: VERSION,
        embedding: embedding.name.clone(),
        thumbnail: sprite.map(SpriteSheet::thumbnail),
    };
    let manifest = serde_json::to_vec(&manifest).map_err(|error| Problem::error(path, error.to_string()))?;
    write_rows(path, Some(&embedding.vectors), |out| {
        let mut archive = ZipWriter::new(out);
        member(&mut archive, TOUR, true, tour.as_bytes())?;
        member(&mut archive, MANIFEST, false, &manifest)?;
        progress.begin("Packing vectors");
        let mut bytes = Vec::new();
        write::npy(&mut bytes, &Table::of(&embedding.vectors), progress)?;
        member(&mut archive, VECTORS, is_worth_deflating(&bytes), &bytes)?;
        progress.check()?;
        if !embedding.metadata.columns().is_empty() {
            member(&mut archive, METADATA, true, &csv(&embedding.metadata)?)?;
        }
        if let Some(sheet) = sprite {
            progress.begin("Packing pictures");
            member(&mut archive, SPRITE, false, &png(sheet)?)?;
        }
        archive.finish().map_err(failed)?;
        Ok(())
    })
}

/// Copies `rows` of `embedding`, numbered from 0, in the stored type.
///
/// # Errors
/// Returns an error if a row is lost ([`Vectors::check`]), or `progress` was canceled.
pub fn part(embedding: &Embedding, rows: &RowSet, progress: &Progress) -> Result<Embedding, FormatError> {
    let rows = rows.below(embedding.rows());
    let vectors = &embedding.vectors;
    let mut bytes = Vec::with_capacity(rows.len() * vectors.dims() * vectors.dtype().size());
    rows.iter().for_each(|row| bytes.extend_from_slice(vectors.raw(row as usize..row as usize + 1)));
    vectors.check()?;
    progress.check()?;
    let part = Vectors::from_bytes(rows.len(), vectors.dims(), vectors.dtype(), Arc::new(bytes), 0);
    // As many bytes as the rows had there.
    let part = part.unwrap_or_else(|_| vectors.clone());
    let mut part = Embedding::new(embedding.name.clone(), part, progress)?;
    let columns = embedding.metadata.columns().iter().map(|column| column_part(column, &rows)).collect();
    part.metadata = Metadata::new(columns).map_or_else(|_| Arc::clone(&embedding.metadata), Arc::new);
    part.sprite = embedding.sprite.as_ref().and_then(|sheet| sheet_part(sheet, &rows)).map(Arc::new);
    Ok(part)
}

fn column_part(column: &Column, rows: &RowSet) -> Column {
    let rows: Vec<Option<usize>> = rows.iter().map(|row| Some(row as usize)).collect();
    column.picked(column.name(), &rows)
}

/// The thumbnails of `rows` in a sheet with about as many rows as columns.
fn sheet_part(sheet: &SpriteSheet, rows: &RowSet) -> Option<SpriteSheet> {
    let [width, height] = sheet.thumbnail();
    let columns = (rows.len() as f64).sqrt().ceil().max(1.0) as usize;
    let lines = rows.len().div_ceil(columns).max(1);
    let size = [u32::try_from(columns).ok()?.checked_mul(width)?, u32::try_from(lines).ok()?.checked_mul(height)?];
    let stride = size[0] as usize * 4;
    let mut pixels = vec![0; stride * size[1] as usize];
    for (place, row) in rows.iter().enumerate() {
        let Some(image) = sheet.image(row as usize) else { continue };
        let [x, y] = [place % columns * width as usize, place / columns * height as usize];
        for (line, source) in image.chunks_exact(width as usize * 4).enumerate() {
            let start = (y + line) * stride + x * 4;
            pixels[start..start + source.len()].copy_from_slice(source);
        }
    }
    SpriteSheet::new(size, [width, height], pixels).ok()
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Stop {
    Stop::Io(std::io::Error::other(error))
}

fn member<W: Write + Seek>(archive: &mut ZipWriter<W>, name: &str, deflate: bool, bytes: &[u8]) -> Result<(), Stop> {
    let method = if deflate { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    // The same tour gives the same file, whenever it is packed.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default())
        .large_file(bytes.len() >= u32::MAX as usize);
    archive.start_file(name, options).map_err(failed)?;
    Ok(archive.write_all(bytes)?)
}

/// Whether deflating saves a quarter of `bytes`, judging by those in the middle.
fn is_worth_deflating(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 1 << 18;
    let start = bytes.len().saturating_sub(SAMPLE) / 2;
    let sample = &bytes[start..bytes.len().min(start + SAMPLE)];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = member(&mut archive, "x", true, sample).ok().and_then(|()| archive.finish().ok());
    deflated.is_some_and(|deflated| deflated.get_ref().len() < sample.len() / 4 * 3)
}

fn csv(metadata: &Metadata) -> Result<Vec<u8>, Stop> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(metadata.columns().iter().map(Column::name)).map_err(failed)?;
    for row in 0..metadata.rows() {
        let cells = metadata.columns().iter().map(|column| column.text(row).unwrap_or_default());
        writer.write_record(cells).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| failed(error.into_error()))
}

fn png(sheet: &SpriteSheet) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    let [width, height] = sheet.size();
    PngEncoder::new(&mut bytes).write_image(sheet.pixels(), width, height, ExtendedColorType::Rgba8).map_err(failed)?;
    Ok(bytes)
}

impl Member {
    fn new(archive: &Path, name: &'static str) -> Self {
        Self { archive: archive.to_path_buf(), name, shown: archive.join(name) }
    }

    /// Its bytes. Returns `None` if it does not exist.
    fn find(&self, bytes: &SharedBytes) -> Result<Option<SharedBytes>, FormatError> {
        let whole: &[u8] = (**bytes).as_ref();
        let mut archive = ZipArchive::new(Cursor::new(whole)).map_err(|error| {
            let what = format!("this is not a whole .parallax file: {error}");
            Problem::error(&self.archive, what).way_out("Copy or pack it again")
        })?;
        let Some(index) = archive.index_for_name(self.name) else { return Ok(None) };
        let mut member = archive.by_index(index).map_err(|error| self.broken(&error.to_string()))?;
        let size = member.size();
        if let (CompressionMethod::Stored, Some(start)) = (member.compression(), member.data_start()) {
            let range = start as usize..(start as usize).saturating_add(size as usize);
            if whole.get(range.clone()).is_none() {
                return Err(self.broken("it is cut short").into());
            }
            return Ok(Some(Arc::new(Lent { bytes: Arc::clone(bytes), range })));
        }
        if size / MAX_RATIO > member.compressed_size().min(whole.len() as u64) {
            let what = format!("{size} bytes cannot come out of {} deflated ones", member.compressed_size());
            return Err(self.broken(&what).into());
        }
        let mut inflated = Vec::with_capacity(size as usize);
        let read = member.by_ref().take(size.saturating_add(1)).read_to_end(&mut inflated);
        read.map_err(|error| self.broken(&error.to_string()))?;
        Ok(Some(Arc::new(inflated)))
    }

    fn broken(&self, what: &str) -> Problem {
        Problem::error(&self.shown, format!("cannot be read: {what}")).way_out("Copy or pack the file again")
    }
}

impl Part for Member {
    fn file(&self) -> &Path {
        &self.archive
    }

    fn path(&self) -> &Path {
        &self.shown
    }

    fn bytes(&self, _progress: &Progress) -> Result<SharedBytes, FormatError> {
        let bytes = read_bytes(&self.archive)?;
        self.find(&bytes)?.ok_or_else(|| self.broken("it is not there").into())
    }
}

/// A part of bytes.
struct Lent {
    bytes: SharedBytes,
    range: Range<usize>,
}

impl Bytes for Lent {
    fn mapped_from(&self) -> Option<&Path> {
        self.bytes.mapped_from()
    }

    fn check(&self) -> Result<(), Damaged> {
        match self.bytes.check() {
            Err(damaged) if damaged.from < self.range.end => {
                Err(Damaged { from: damaged.from.saturating_sub(self.range.start), ..damaged })
            }
            _ => Ok(()),
        }
    }

    fn is_rewritten(&self) -> bool {
        self.bytes.is_rewritten()
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        (*self.bytes).as_ref().get(self.range.clone()).unwrap_or_default()
    }
}

/// What the packed tour at `path` says about its data, and which members it has.
fn manifest(path: &Path) -> Result<(Manifest, [bool; 2]), FormatError> {
    let bytes = read_bytes(path)?;
    let manifest = Member::new(path, MANIFEST);
    let found = manifest.find(&bytes)?.ok_or_else(|| manifest.broken("it is not there"))?;
    let read: Manifest =
        serde_json::from_slice((*found).as_ref()).map_err(|error| manifest.broken(&error.to_string()))?;
    if read.parallax_pack > VERSION {
        let what = format!("it is of version {}; versions up to {VERSION} are read here", read.parallax_pack);
        return Err(Problem::error(path, what).way_out("Open it with a newer Parallax").into());
    }
    let archive = ZipArchive::new(Cursor::new((*bytes).as_ref())).ok();
    let has = |name: &str| archive.as_ref().is_some_and(|archive| archive.index_for_name(name).is_some());
    Ok((read, [has(METADATA), has(SPRITE)]))
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;
    use crate::{OpenOptions, open};

    /// 40 rows, of bytes that deflate well or do not.
    fn embedding(noisy: bool) -> Embedding {
        let byte = |at: u32| if noisy { at.wrapping_mul(0x9E37_79B9).rotate_left(7) as u8 } else { at as u8 / 64 };
        let vectors = Vectors::from_u8(40, 50, (0..2000).map(byte).collect()).unwrap();
        let mut embedding = Embedding::new("w", vectors, &Progress::default()).unwrap();
        let mut column = ColumnBuilder::new("the \"word\"");
        (0..40).for_each(|row| column.push((row % 7 > 0).then(|| format!("a\t{row},\n\"b\"")).as_deref()));
        embedding.metadata = Metadata::new(vec![column.finish()]).unwrap().into();
        let pixels: Vec<u8> = (0..40 * 2 * 3 * 4_u32).map(|at| at as u8).collect();
        embedding.sprite = Some(SpriteSheet::new([10, 24], [2, 3], pixels).unwrap().into());
        embedding
    }

    fn packed(embedding: &Embedding) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parallax");
        write_pack(&path, "(parallax_tour: 1)", embedding, &Progress::default()).unwrap();
        (folder, path)
    }

    fn values(vectors: &Vectors) -> Vec<f32> {
        vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
    }

    #[test]
    fn packed_tours_open_as_data_under_any_name() {
        for noisy in [false, true] {
            let whole = embedding(noisy);
            let (folder, path) = packed(&whole);
            let other = folder.path().join("b.zip");
            std::fs::copy(&path, &other).unwrap();
            for path in [path, other] {
                let source = open(&path, &OpenOptions::default()).unwrap();
                assert_eq!((source.format, source.problems.len()), ("parallax", 0), "{:?}", source.problems);
                let loaded = source.load(0, 0, &Progress::default()).unwrap();
                assert_eq!(loaded.problems, []);
                let read = loaded.embedding;
                assert_eq!((&*read.name, read.fingerprint()), ("w", whole.fingerprint()));
                assert_eq!((read.metadata, read.sprite), (whole.metadata.clone(), whole.sprite.clone()));
                assert_eq!(tour_in(&path).unwrap(), "(parallax_tour: 1)");
            }
        }
    }

    #[test]
    fn packing_is_deterministic() {
        let [(_a, first), (_b, second)] = [packed(&embedding(true)), packed(&embedding(true))];
        assert_eq!(std::fs::read(first).unwrap(), std::fs::read(second).unwrap());
    }

    #[test]
    fn packed_parts_have_their_rows_and_metadata() {
        let whole = embedding(true);
        let rows = RowSet::from(vec![3, 14, 39, 40]);
        let part = part(&whole, &rows, &Progress::default()).unwrap();
        assert_eq!((part.rows(), part.metadata.rows()), (3, 3));
        for (at, row) in [3, 14, 39].into_iter().enumerate() {
            assert_eq!(values(&part.vectors)[at * 50..][..50], values(&whole.vectors)[row * 50..][..50]);
            assert_eq!(part.metadata.columns()[0].text(at), whole.metadata.columns()[0].text(row));
            assert_eq!(part.sprite.as_ref().unwrap().image(at), whole.sprite.as_ref().unwrap().image(row));
        }
    }

    #[test]
    fn other_archives_are_no_packed_tours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parallax");
        std::fs::write(&path, "text").unwrap();
        let error = open(&path, &OpenOptions::default()).unwrap_err().to_string();
        assert!(error.contains("this is not a whole .parallax file"), "{error}");
        assert!(!is_pack(b"text") && !is_pack(b""));
    }

    proptest! {
        #[test]
        fn damaged_hand_outs_are_read_or_refused(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
            let (folder, path) = packed(&embedding(false));
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let damaged = folder.path().join("b.parallax");
            for length in [bytes.len(), cut.index(bytes.len())] {
                std::fs::write(&damaged, &bytes[..length]).unwrap();
                let _: Result<_, _> = tour_in(&damaged);
                if let Ok(source) = open(&damaged, &OpenOptions::default()) {
                    let _: Result<_, _> = source.load(0, 0, &Progress::default());
                }
            }
        }
    }
}
