//! Metadata and sprite sheet of vectors, listed when a path is opened and read when an embedding is
//! loaded.
//!
//! A fault here is reported as a problem and never prevents the vectors from being shown.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parallax_embedding::{Column, Metadata, Progress, SpriteSheet};

use super::{ColumnInfo, Content, MetadataInfo, MetadataReader, SpriteInfo};
use crate::{FormatError, Problem, images, sprite};

/// The location of the metadata of an embedding.
#[derive(Debug, Clone)]
pub(crate) struct MetadataOrigin {
    reader: Arc<dyn MetadataReader>,
    file: Option<PathBuf>,
    /// The path in the configuration or on the command line.
    shown: String,
    /// What listing has read, so that loading does not read it again.
    kept: Option<Kept>,
}

/// Metadata that was read for this many rows, and what was wrong with it.
#[derive(Debug, Clone)]
struct Kept {
    rows: usize,
    metadata: Arc<Metadata>,
    problems: Vec<Problem>,
}

/// The location of the sprite sheet of an embedding.
#[derive(Debug, Clone)]
pub(crate) struct SpriteOrigin {
    pub(crate) content: Content,
    /// Width and height of a thumbnail, if that is known.
    pub(crate) thumbnail: Option<[u32; 2]>,
    /// The path in the configuration or on the command line.
    pub(crate) shown: String,
}

impl MetadataOrigin {
    /// Metadata that `reader` reads from `content`, which is `shown` as this path.
    pub(crate) fn new(content: &Content, reader: Arc<dyn MetadataReader>, shown: String) -> Self {
        Self { reader, file: content.file().map(Path::to_path_buf), shown, kept: None }
    }

    /// The file that it is read from.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The metadata of `rows` rows, and what was wrong with it.
    pub(crate) fn read(&self, rows: usize, progress: &Progress) -> Result<(Arc<Metadata>, Vec<Problem>), FormatError> {
        match &self.kept {
            Some(kept) if kept.rows == rows => Ok((Arc::clone(&kept.metadata), kept.problems.clone())),
            _ => {
                let (metadata, problems) = self.reader.read_metadata(rows, progress)?;
                Ok((Arc::new(metadata), problems))
            }
        }
    }

    /// The metadata of `rows` rows, if listing them has kept them.
    pub(super) fn kept(&self, rows: usize) -> Option<Arc<Metadata>> {
        self.kept.as_ref().filter(|kept| kept.rows == rows).map(|kept| Arc::clone(&kept.metadata))
    }

    /// A summary of the metadata for `rows` rows. Returns `None` if there is no column. Its
    /// problems are added to `problems`; what was read is kept if loading needs it again.
    pub(crate) fn list(
        &mut self,
        rows: usize,
        keep: bool,
        problems: &mut Vec<Problem>,
        progress: &Progress,
    ) -> Option<MetadataInfo> {
        match self.read(rows, progress) {
            Ok((metadata, found)) => {
                problems.extend(found.iter().cloned());
                self.kept = keep.then(|| Kept { rows, metadata: Arc::clone(&metadata), problems: found });
                (!metadata.columns().is_empty()).then(|| MetadataInfo::new(&self.shown, &metadata))
            }
            Err(error) => {
                problems.extend(error.into_problem());
                None
            }
        }
    }
}

/// A sheet, and names and classes of the rows if those are known by it alone.
type Pictures = (SpriteSheet, Option<Metadata>);

impl SpriteOrigin {
    /// The sheet for `rows` rows with this metadata, and what was wrong with it.
    fn read(
        &self,
        rows: usize,
        metadata: &Metadata,
        progress: &Progress,
    ) -> Result<(Pictures, Vec<Problem>), FormatError> {
        let path = self.content.path();
        if !path.is_dir() {
            let bytes = self.content.kept_bytes(progress)?;
            let (sheet, problems) = sprite::decode((*bytes).as_ref(), path, self.thumbnail, rows)?;
            return Ok(((sheet, None), problems));
        }
        let (pictures, others) = images::pictures(path, progress)?;
        let joined = images::join(path, &pictures, metadata, rows)?;
        let (grid, note) = images::Grid::of(path, &pictures, self.thumbnail, rows)?;
        let (sheet, broken) = images::sheet(path, &pictures, &joined.rows, grid, progress)?;
        Ok(((sheet, joined.names), [Some(joined.problem), others, note, broken].into_iter().flatten().collect()))
    }

    /// A summary of the sheet for `rows` rows, from its header. Its problems are added to
    /// `problems`; which row each picture of a folder belongs to is found if all metadata are
    /// `known`.
    pub(super) fn list(
        &self,
        rows: usize,
        known: Option<&Metadata>,
        problems: &mut Vec<Problem>,
    ) -> Option<SpriteInfo> {
        let path = self.content.path();
        let join = |known| {
            let (pictures, _) = images::pictures(path, &Progress::default())?;
            Ok::<_, FormatError>(images::join(path, &pictures, known, rows)?.problem)
        };
        let joined = known.filter(|_| path.is_dir()).map(join).transpose();
        match self.info(rows).and_then(|(info, found)| Ok((info, found, joined?))) {
            Ok((info, found, joined)) => {
                problems.extend(joined.into_iter().chain(found));
                Some(info)
            }
            Err(error) => {
                problems.extend(error.into_problem());
                None
            }
        }
    }

    /// A summary of the sheet for `rows` rows, from its header.
    pub(crate) fn info(&self, rows: usize) -> Result<(SpriteInfo, Vec<Problem>), FormatError> {
        let path = self.content.path();
        if path.is_dir() {
            let (pictures, others) = images::pictures(path, &Progress::default())?;
            let (grid, _) = images::Grid::of(path, &pictures, self.thumbnail, rows)?;
            let ([width, height], others) = (grid.size(), others.into_iter().collect());
            return Ok((SpriteInfo { path: self.shown.clone(), width, height, thumbnail: grid.thumbnail }, others));
        }
        let bytes = self.content.bytes()?;
        let size = sprite::probe((*bytes).as_ref(), self.content.path())?;
        let (thumbnail, problems) = sprite::fit(size, self.content.path(), self.thumbnail, rows)?;
        Ok((SpriteInfo { path: self.shown.clone(), width: size[0], height: size[1], thumbnail }, problems))
    }
}

impl MetadataInfo {
    fn new(path: &str, metadata: &Metadata) -> Self {
        let column = |column: &Column| ColumnInfo {
            name: column.name().to_owned(),
            kind: column.kind(),
            distinct: column.values().len(),
            missing: column.missing(),
            not_finite: column.not_finite(),
        };
        Self { path: path.to_owned(), rows: metadata.rows(), columns: metadata.columns().iter().map(column).collect() }
    }
}

/// Reads metadata and pictures of `rows` vectors, which came with `labels`; what cannot be read
/// becomes a problem, and the rest is returned.
pub(super) fn load(
    metadata: Option<&MetadataOrigin>,
    sprite: Option<&SpriteOrigin>,
    rows: usize,
    labels: &Metadata,
    progress: &Progress,
    problems: &mut Vec<Problem>,
) -> Result<(Arc<Metadata>, Option<Arc<SpriteSheet>>), FormatError> {
    let (mut columns, mut sheet) = (Arc::<Metadata>::default(), None);
    if let Some(metadata) = metadata.filter(|metadata| !metadata.reader.comes_with_vectors()) {
        progress.begin("Reading metadata");
        if let Some(read) = attempt(metadata.read(rows, progress), problems)? {
            columns = read;
        }
    }
    progress.check()?;
    if let Some(sprite) = sprite {
        progress.begin("Reading pictures");
        let known = if columns.columns().is_empty() { labels } else { &columns };
        if let Some((read, names)) = attempt(sprite.read(rows, known, progress), problems)? {
            sheet = Some(Arc::new(read));
            columns = names.filter(|_| known.columns().is_empty()).map_or(columns, Arc::new);
        }
    }
    progress.check()?;
    Ok((columns, sheet))
}

/// The value of a result; its problems or its error are added to `problems`. Only a cancellation is
/// returned as an error.
fn attempt<T>(
    read: Result<(T, Vec<Problem>), FormatError>,
    problems: &mut Vec<Problem>,
) -> Result<Option<T>, FormatError> {
    match read {
        Ok((value, found)) => {
            problems.extend(found);
            Ok(Some(value))
        }
        Err(error) => {
            problems.push(error.into_problem().ok_or(FormatError::Cancelled)?);
            Ok(None)
        }
    }
}
