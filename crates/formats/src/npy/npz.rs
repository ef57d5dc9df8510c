//! Archives of NumPy arrays: `.npz`, as `numpy.savez` and `numpy.savez_compressed` write them.
//!
//! The archive's directory and the arrays' headers are enough to list it. A stored array is lent
//! from the archive as it is (its checksum is not computed, since that would read all of it); a
//! deflated one is inflated into memory and its checksum verified. No more is inflated than the
//! array's own header gives.

use std::{
    io::{Cursor, Read},
    path::Path,
    sync::Arc,
};

use parallax_embedding::{Column, Metadata, MetadataError, Progress, SharedBytes, Vectors};
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use super::{Array, Header, array_vectors, columns, shape_text};
use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source,
    source::{Content as File, Format, MetadataReader, Read as VectorsRead, VectorsReader},
};

pub(crate) static FORMAT: Format = Format { endings: &["npz"], matches: is_npz, ..Format::new(open) };

/// Whether bytes are an archive whose first member is an array. Other formats are archives too.
fn is_npz(bytes: &[u8]) -> bool {
    let length = bytes.get(26..28).and_then(|length| length.try_into().ok()).map_or(0, u16::from_le_bytes);
    let name = bytes.get(30..30 + usize::from(length)).unwrap_or_default();
    bytes.starts_with(b"PK\x03\x04") && name.ends_with(b".npy")
}

/// Each 2-D array is an embedding, and the columns of equally many rows are its metadata.
fn open(content: &File, _options: &OpenOptions) -> Result<Source, FormatError> {
    let path = content.path();
    let (arrays, mut problems) = list(&content.bytes()?, path)?;
    let mut infos: Vec<EmbeddingInfo> = Vec::new();
    let (columns, others): (Vec<&Array>, Vec<&Array>) = arrays.iter().partition(|array| is_column(array, &arrays));
    for array in &others {
        let Some(shape) = array.embedding() else { continue };
        let is_beside = |column: &&Array| column.shape.first() == Some(&shape.0);
        let reader = Arc::new(Reader { content: content.clone(), array: array.name.clone() });
        let info = EmbeddingInfo::new(array.name.clone(), (shape, reader.clone()), content);
        infos.push(if columns.iter().any(is_beside) { info.with_metadata(content, reader) } else { info });
    }
    let is_used = |column: &&Array| infos.iter().any(|info| column.shape.first() == Some(&info.rows));
    let (used, unused): (Vec<&Array>, Vec<&Array>) = columns.into_iter().partition(is_used);
    for array in unused.into_iter().chain(others.into_iter().filter(|array| array.embedding().is_none())) {
        let message = format!(
            "{} of shape {:?} are left out: an embedding has rows and columns of numbers",
            array.element, array.shape
        );
        problems.push(Problem::warning(path, message).at(format!("array {:?}", array.name)));
    }
    for array in used.into_iter().filter(|array| array.embedding().is_some()) {
        let message = "its only column is metadata, since another array has more columns in as many rows";
        problems.push(Problem::note(path, message).at(format!("array {:?}", array.name)));
    }
    if infos.is_empty() {
        let first = problems.into_iter().next();
        return Err(first
            .unwrap_or_else(|| Problem::error(path, "the archive is empty").way_out("Save arrays into it"))
            .into());
    }
    Ok(Source::of(content, "npz", infos, problems))
}

/// Reads an array, and the columns beside it.
#[derive(Debug)]
struct Reader {
    content: File,
    array: String,
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<VectorsRead, FormatError> {
        vectors(self.content.kept_bytes()?, self.content.path(), &self.array, progress).map(VectorsRead::from)
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let (bytes, file) = (self.content.kept_bytes()?, self.content.path());
        let (columns, problems) = columns(&bytes, file, rows, progress)?;
        let refused = |error: MetadataError| Problem::error(file, error.to_string());
        Ok((Metadata::new(columns).map_err(refused)?, problems))
    }
}

/// The arrays of an archive in its order, and what was wrong with members that could not be listed.
///
/// # Errors
/// Returns an error if the bytes are no archive.
pub fn list(bytes: &SharedBytes, file: &Path) -> Result<(Vec<Array>, Vec<Problem>), FormatError> {
    let mut archive = archive(bytes, file)?;
    let (mut arrays, mut problems) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        match Member::open(&mut archive, index, file) {
            Ok(member) => arrays.push(Array::new(member.name, &member.header)),
            Err(error) => problems.extend(error.into_problem()),
        }
    }
    Ok((arrays, problems))
}

/// The vectors in the array called `name`.
///
/// # Errors
/// Returns an error if there is no such array, it is not one of rows and columns of numbers, or it
/// is damaged; [`FormatError::Cancelled`] if `progress` was canceled.
pub fn vectors(bytes: SharedBytes, file: &Path, name: &str, progress: &Progress) -> Result<Vectors, FormatError> {
    let (header, content) = read(&bytes, file, name, progress)?;
    match content {
        Content::Stored { start } => array_vectors(&header, bytes, start, file, Some(name), progress),
        Content::Inflated(values) => array_vectors(&header, Arc::new(values), 0, file, Some(name), progress),
    }
}

/// Whether an array of an archive is a column of metadata beside the vectors: if it has one
/// dimension, or one column while another array has more columns in as many rows.
#[must_use]
pub fn is_column(array: &Array, arrays: &[Array]) -> bool {
    let mut shapes = arrays.iter().filter_map(Array::embedding);
    match array.shape[..] {
        [_] => true,
        [rows, 1] => shapes.any(|(other, dims, _)| other == rows && dims > 1),
        _ => false,
    }
}

/// The [columns](is_column) of `rows` numbers or strings: the metadata of the rows of a 2-D array
/// beside them.
///
/// Integers are written as such; NaN and empty strings are missing values. Arrays of `rows` values
/// that cannot be columns are listed as problems.
///
/// # Errors
/// Returns an error if the bytes are no archive; [`FormatError::Cancelled`] if `progress` was
/// canceled.
pub fn columns(
    bytes: &SharedBytes,
    file: &Path,
    rows: usize,
    progress: &Progress,
) -> Result<(Vec<Column>, Vec<Problem>), FormatError> {
    let (arrays, _) = list(bytes, file)?;
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for array in arrays.iter().filter(|array| array.shape.first() == Some(&rows) && is_column(array, &arrays)) {
        match column(bytes, file, &array.name, progress) {
            Ok(column) => found.push(column),
            Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
            Err(error) => problems.extend(error.into_problem()),
        }
    }
    Ok((found, problems))
}

fn column(bytes: &SharedBytes, file: &Path, name: &str, progress: &Progress) -> Result<Column, FormatError> {
    let (header, content) = read(bytes, file, name, progress)?;
    let all: &[u8] = match &content {
        Content::Stored { start } => (**bytes).as_ref().get(*start..).unwrap_or_default(),
        Content::Inflated(values) => values,
    };
    let located = |what: String| Problem::error(file, what).at(format!("array {name:?}"));
    let size = header.data_size().ok_or_else(|| {
        located(format!("it holds {} and cannot be a column", header.element)).way_out("Save it as numbers or texts")
    })?;
    let values = header.data.checked_add(size).and_then(|end| all.get(header.data..end));
    let values =
        values.ok_or_else(|| located("the array is cut short".into()).way_out("Copy or save the file again"))?;
    Ok(columns::column(name, &header.element, values, header.shape.first().copied().unwrap_or(0)))
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn archive<'a>(bytes: &'a SharedBytes, file: &Path) -> Result<Archive<'a>, FormatError> {
    let bytes: &[u8] = (**bytes).as_ref();
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        let what = format!("this is not a whole .npz archive: {error}");
        Problem::error(file, what).way_out("Copy or save the file again with numpy.savez").into()
    })
}

/// A member of the archive with its array's header read.
struct Member {
    name: String,
    header: Header,
    /// The position of a stored member in the archive.
    stored: Option<usize>,
    /// The bytes that the directory says it has.
    size: u64,
    compressed: u64,
}

impl Member {
    fn open(archive: &mut Archive<'_>, index: usize, file: &Path) -> Result<Self, FormatError> {
        let label = archive.name_for_index(index).and_then(Result::ok).map_or_else(
            || format!("member {index}"),
            |name| format!("array {:?}", name.strip_suffix(".npy").unwrap_or(&name)),
        );
        let mut member = archive.by_index(index).map_err(|error| unreadable(file, &label, &error.to_string()))?;
        let name = String::from_utf8_lossy(member.name_raw());
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let stored = match member.compression() {
            CompressionMethod::Stored => member.data_start().and_then(|start| usize::try_from(start).ok()),
            _ => None,
        };
        let mut head = Vec::new();
        // A damaged checksum shows at the end of small members: what was read before it still is a
        // header.
        let result = member.by_ref().take(HEADER_BYTES).read_to_end(&mut head);
        let header = Header::parse(&head, file).map_err(|error| match (result.err(), error) {
            (Some(error), _) => unreadable(file, &label, &error.to_string()),
            (None, FormatError::Data(problem)) => {
                let position = problem.position.as_ref().map_or(label.clone(), |byte| format!("{label}, {byte}"));
                FormatError::Data(Box::new(problem.at(position)))
            }
            (None, error) => error,
        })?;
        Ok(Self { name, header, stored, size: member.size(), compressed: member.compressed_size() })
    }
}

/// More than any header has: the type of a record with a thousand fields takes less.
const HEADER_BYTES: u64 = 1 << 16;

enum Content {
    /// The bytes of the archive from here on.
    Stored { start: usize },
    /// The member's own bytes.
    Inflated(Vec<u8>),
}

fn read(bytes: &SharedBytes, file: &Path, name: &str, progress: &Progress) -> Result<(Header, Content), FormatError> {
    let mut archive = archive(bytes, file)?;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let member = match Member::open(&mut archive, index, file) {
            Ok(member) => member,
            // A broken member is an error only if it is the one asked for.
            Err(error) if is_called(&mut archive, index, name) => return Err(error),
            Err(_) => continue,
        };
        if member.name != name {
            names.push(format!("{:?} {}", member.name, shape_text(&member.header.shape)));
            continue;
        }
        if let Some(start) = member.stored {
            return Ok((member.header, Content::Stored { start }));
        }
        let opened = archive
            .by_index(index)
            .map_err(|error| unreadable(file, &format!("array {name:?}"), &error.to_string()))?;
        let header = member.header.clone();
        let compressed = member.compressed.min((**bytes).as_ref().len() as u64);
        let inflated = inflate(opened, &Member { compressed, ..member }, file, progress)?;
        return Ok((header, Content::Inflated(inflated)));
    }
    let what = format!("there is no array {name:?}");
    let way_out = format!("There are {}", names.join(", "));
    Err(FormatError::NotFound(Box::new(Problem::error(file, what).way_out(way_out))))
}

fn is_called(archive: &mut Archive<'_>, index: usize, name: &str) -> bool {
    archive
        .name_for_index(index)
        .and_then(Result::ok)
        .is_some_and(|member| member.strip_suffix(".npy").unwrap_or(&member) == name)
}

/// Inflates a member up to what its array needs.
fn inflate(
    mut source: ZipFile<'_, Cursor<&[u8]>>,
    member: &Member,
    file: &Path,
    progress: &Progress,
) -> Result<Vec<u8>, FormatError> {
    let label = format!("array {:?}", member.name);
    // An array of unknown size holds neither numbers nor texts; reading it says so.
    let Some(size) = member.header.data_size() else { return Ok(Vec::new()) };
    let needed = size.checked_add(member.header.data).map(|size| size as u64);
    let Some(needed) = needed.filter(|&needed| needed <= member.size) else {
        let what = format!("its header promises more than the {} bytes that it has", member.size);
        return Err(unreadable(file, &label, &what));
    };
    if needed / MAX_RATIO > member.compressed {
        let what = format!("{needed} bytes cannot come out of {} compressed ones", member.compressed);
        return Err(unreadable(file, &label, &what));
    }
    progress.begin(format!("Inflating {}", member.name));
    let mut inflated = Vec::with_capacity(usize::try_from(needed).unwrap_or(0));
    while (inflated.len() as u64) < needed {
        progress.advance(inflated.len(), usize::try_from(needed).unwrap_or(usize::MAX))?;
        let step = INFLATED_BYTES.min(needed - inflated.len() as u64);
        let read = source.by_ref().take(step).read_to_end(&mut inflated);
        if read.map_err(|error| unreadable(file, &label, &error.to_string()))? == 0 {
            return Err(unreadable(file, &label, &format!("it ends after {} of {needed} bytes", inflated.len())));
        }
    }
    // The checksum is compared at the end: one more read reaches it.
    if needed == member.size {
        source.read(&mut [0]).map_err(|error| unreadable(file, &label, &error.to_string()))?;
    }
    Ok(inflated)
}

/// Deflate makes at most 258 bytes out of two bits.
pub(crate) const MAX_RATIO: u64 = 1032;

/// Bytes that are inflated between two checks for cancellation.
const INFLATED_BYTES: u64 = 1 << 22;

fn unreadable(file: &Path, label: &str, what: &str) -> FormatError {
    Problem::error(file, format!("cannot be read: {what}")).at(label).way_out("Copy or save the file again").into()
}
