//! Archives of NumPy arrays: `.npz`, as `numpy.savez` and `numpy.savez_compressed` write them.
//!
//! The archive's directory and the arrays' headers are enough to list it. A stored array is lent
//! from the archive as it is; a deflated one is inflated into memory, no more of it than the array's
//! own header gives. Of records, each field is an array of its own. Checksums are compared of what is read whole: columns, what is inflated to its
//! end, and vectors, unless the archive is so large that it is mapped. Texts in arrays of objects are
//! read from their pickle, which is not run.

mod archive;

use std::{io::Cursor, path::Path, sync::Arc};

use parallax_embedding::{Column, Dtype, Metadata, MetadataError, Progress, SharedBytes, Vectors};
use zip::ZipArchive;

use super::{
    Array, array_vectors, columns,
    header::{Element, Header},
    shape_text,
};
use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Severity, Source,
    disk::READ_BYTES,
    pickle,
    source::{Content, Format, MetadataReader, Read, Shape, VectorsReader, are_labels},
    strided::Fault,
};
pub(crate) use archive::MAX_RATIO;
use archive::{Archive, Member, Values, Within};

pub(crate) static FORMAT: Format =
    Format { endings: &["npz"], matches: |bytes| is_npz(bytes) && !is_sparse(bytes), ..Format::new(open) };

/// Whether bytes are an archive whose first member is an array. Other formats are archives too.
fn is_npz(bytes: &[u8]) -> bool {
    let length = bytes.get(26..28).and_then(|length| length.try_into().ok()).map_or(0, u16::from_le_bytes);
    let name = bytes.get(30..30 + usize::from(length)).unwrap_or_default();
    bytes.starts_with(b"PK\x03\x04") && name.ends_with(b".npy")
}

/// Whether bytes are an archive with the arrays of a sparse matrix, as SciPy writes them.
pub(crate) fn is_sparse(bytes: &[u8]) -> bool {
    let has_all = |archive: ZipArchive<_>| SPARSE.iter().all(|name| archive.index_for_name(name).is_some());
    is_npz(bytes) && ZipArchive::new(Cursor::new(bytes)).is_ok_and(has_all)
}

/// The arrays that each sparse matrix has.
const SPARSE: [&str; 3] = ["format.npy", "shape.npy", "data.npy"];

/// Each 2-D array is an embedding, and the columns of equally many rows are its metadata.
fn open(content: &Content, _options: &OpenOptions) -> Result<Source, FormatError> {
    let (bytes, path) = (content.bytes()?, content.path());
    let (members, mut problems) = Archive::open(&bytes, path)?.members();
    let (columns, others): (Vec<Member>, Vec<Member>) = split(members);
    let matrices = others.iter().filter_map(|member| Some((member, member.array.embedding()?)));
    let matrices: Vec<(&Member, Shape)> = matrices.collect();
    let is_used = |column: &Member| matrices.iter().any(|(_, (rows, ..))| column.rows() == Some(*rows));
    let (used, unused): (Vec<Member>, Vec<Member>) = columns.into_iter().partition(is_used);
    let left_out = others.iter().filter(|member| member.array.embedding().is_none());
    problems.extend(unused.iter().chain(left_out).map(|member| member.located(why_left_out(member))));
    for member in used.iter().filter(|member| member.array.embedding().is_some()) {
        let message = "its only column is metadata, since another array has more columns in as many rows";
        problems.push(member.located(Problem::note(path, message)));
    }
    let beside: Arc<[Member]> = used.into();
    let info = |&(member, shape): &(&Member, Shape)| {
        let reader = Arc::new(Reader { content: content.clone(), member: member.clone(), beside: Arc::clone(&beside) });
        let info = EmbeddingInfo::new(member.array.name.clone(), (shape, reader.clone()), content);
        let is_described = beside.iter().any(|column| column.rows() == Some(shape.0));
        if is_described { info.with_metadata(content, reader) } else { info }
    };
    let infos: Vec<EmbeddingInfo> = matrices.iter().map(info).collect();
    if infos.is_empty() {
        let first = problems.into_iter().next();
        return Err(first
            .unwrap_or_else(|| Problem::error(path, "the archive is empty").way_out("Save arrays into it"))
            .into());
    }
    Ok(Source::of(content, "npz", infos, problems))
}

/// The columns of metadata, and the other members.
fn split(members: Vec<Member>) -> (Vec<Member>, Vec<Member>) {
    let arrays: Vec<Array> = members.iter().map(|member| member.array.clone()).collect();
    members.into_iter().partition(|member| {
        let is_read = member.header.element.size().is_some() || member.header.element.is_object();
        is_read && is_column(&member.array, &arrays)
    })
}

fn why_left_out(member: &Member) -> Problem {
    let Array { shape, element, dtype, .. } = &member.array;
    let shape = shape_text(shape);
    let (what, way_out) = match (&member.array.shape[..], dtype) {
        ([_], Some(_)) => (
            format!(
                "{element} of shape {shape} are left out: no array has as many rows, or they are floats beside arrays with several numbers of rows, which may be anything"
            ),
            "Save the rows with their columns in an archive of their own",
        ),
        ([_], None) => (
            format!("{element} of shape {shape} are left out: no array has as many rows, or they are of another kind"),
            "Save them as numbers or texts, one for each row",
        ),
        _ => (
            format!("{element} of shape {shape} are left out: an embedding has rows and columns of numbers"),
            "Reshape the array, as in array.reshape(len(array), -1)",
        ),
    };
    Problem::warning(&*member.file, what).way_out(way_out)
}

/// Reads an array, and the columns beside it.
#[derive(Debug)]
struct Reader {
    content: Content,
    member: Member,
    /// All columns of metadata in the archive.
    beside: Arc<[Member]>,
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let bytes = self.content.kept_bytes(progress)?;
        vectors_of(&bytes, self.content.path(), &self.member, progress).map(Read::from)
    }
}

impl MetadataReader for Reader {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let (bytes, file) = (self.content.kept_bytes(progress)?, self.content.path());
        let beside = self.beside.iter().filter(|column| column.rows() == Some(rows));
        let (columns, problems) = columns_of(&mut Archive::open(&bytes, file)?, beside, progress)?;
        let refused = |error: MetadataError| Problem::error(file, error.to_string());
        Ok((Metadata::new(columns).map_err(refused)?, problems))
    }
}

/// The arrays of an archive in its order, and what was wrong with members that could not be listed.
///
/// # Errors
/// Returns an error if the bytes are not an archive.
pub fn list(bytes: &SharedBytes, file: &Path) -> Result<(Vec<Array>, Vec<Problem>), FormatError> {
    let (members, problems) = Archive::open(bytes, file)?.members();
    Ok((members.into_iter().map(|member| member.array).collect(), problems))
}

/// The vectors in the array called `name`.
///
/// # Errors
/// Returns an error if there is no such array, it is not one of rows and columns of numbers, or it
/// is damaged; [`FormatError::Cancelled`] if `progress` was canceled.
pub fn vectors(bytes: SharedBytes, file: &Path, name: &str, progress: &Progress) -> Result<Vectors, FormatError> {
    let (members, problems) = Archive::open(&bytes, file)?.members();
    if let Some(member) = members.iter().find(|member| member.array.name == name) {
        return vectors_of(&bytes, file, member, progress);
    }
    let position = archive::position(name);
    let is_about = |problem: &Problem| {
        problem.position.as_ref().is_some_and(|at| at.strip_prefix(&*position).is_some_and(|at| !at.starts_with('"')))
    };
    if let Some(problem) = problems.into_iter().find(is_about) {
        return Err(problem.into());
    }
    let named = |member: &Member| format!("{:?} {}", member.array.name, shape_text(&member.array.shape));
    let way_out = format!("There are {}", members.iter().map(named).collect::<Vec<_>>().join(", "));
    let problem = Problem::error(file, format!("there is no array {name:?}"));
    Err(FormatError::NotFound(Box::new(problem.way_out(way_out))))
}

/// A shape, the type of the numbers and whether they are big-endian, and the values.
type Numbers = (Vec<usize>, Option<(Dtype, bool)>, Vec<u8>);

/// The type of the numbers in the array called `name`, and whether they are big-endian. Returns `None`
/// if it holds others.
pub(crate) fn number(bytes: &SharedBytes, file: &Path, name: &str) -> Result<Option<(Dtype, bool)>, FormatError> {
    let (members, _) = Archive::open(bytes, file)?.members();
    let member = members.iter().find(|member| member.array.name == name);
    Ok(member.and_then(|member| number_of(&member.header)))
}

fn number_of(header: &Header) -> Option<(Dtype, bool)> {
    if let Element::Number { dtype, big_endian } = header.element { Some((dtype, big_endian)) } else { None }
}

/// The values of the array called `name`, one after the other.
pub(crate) fn values(
    bytes: &SharedBytes,
    file: &Path,
    name: &str,
    progress: &Progress,
) -> Result<Numbers, FormatError> {
    let mut archive = Archive::open(bytes, file)?;
    let (members, _) = archive.members();
    let missing = || Problem::error(file, format!("there is no array {name:?}")).way_out("Save the matrix again");
    let member = members.iter().find(|member| member.array.name == name).ok_or_else(missing)?;
    let (header, held) = archive.read(member, progress)?;
    archive.check(member, &held, progress)?;
    let size = header.data_size().and_then(|size| size.checked_add(header.data));
    let values = size.and_then(|end| held.bytes(archive.bytes()).get(header.data..end));
    let short =
        || member.located(Problem::error(file, "the array is cut short").way_out("Copy or save the file again"));
    Ok((header.shape.clone(), number_of(&header), values.ok_or_else(short)?.to_vec()))
}

fn vectors_of(bytes: &SharedBytes, file: &Path, member: &Member, progress: &Progress) -> Result<Vectors, FormatError> {
    let mut archive = Archive::open(bytes, file)?;
    let (header, held) = archive.read(member, progress)?;
    // What is mapped is not read before it is needed.
    if (**bytes).as_ref().len() as u64 <= READ_BYTES {
        archive.check(member, &held, progress)?;
    }
    if let Some(Within { start: first, strided: Some(strided), .. }) = &member.within {
        let (bytes, start): (SharedBytes, usize) = match held {
            Values::Stored { start, .. } => (Arc::clone(bytes), start),
            Values::Inflated(values) => (Arc::new(values), 0),
        };
        let start = start.saturating_add(header.data).saturating_add(*first);
        return strided.vectors(bytes, start, progress).map_err(|fault| match fault {
            Fault::Cancelled => FormatError::Cancelled,
            fault => {
                let problem = Problem::error(file, format!("the array is cut short: {fault}"));
                member.located(problem.way_out("Copy or save the file again")).into()
            }
        });
    }
    let name = Some(&*member.array.name);
    match held {
        Values::Stored { start, .. } => array_vectors(&header, Arc::clone(bytes), start, file, name, progress),
        Values::Inflated(values) => array_vectors(&header, Arc::new(values), 0, file, name, progress),
    }
}

/// Whether an array of an archive is a column of metadata beside the vectors: if it has one
/// dimension, unless it is one of floats and the vectors are of several numbers of rows; or if it has
/// one column while another array has more columns in as many rows.
#[must_use]
pub fn is_column(array: &Array, arrays: &[Array]) -> bool {
    let mut shapes = arrays.iter().filter_map(Array::embedding);
    match array.shape[..] {
        [_] => are_labels(array.dtype, shapes.map(|(rows, ..)| rows)),
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
/// Returns an error if the bytes are not an archive; [`FormatError::Cancelled`] if `progress` was
/// canceled.
pub fn columns(
    bytes: &SharedBytes,
    file: &Path,
    rows: usize,
    progress: &Progress,
) -> Result<(Vec<Column>, Vec<Problem>), FormatError> {
    let mut archive = Archive::open(bytes, file)?;
    let (members, _) = split(archive.members().0);
    columns_of(&mut archive, members.iter().filter(|member| member.rows() == Some(rows)), progress)
}

fn columns_of<'a>(
    archive: &mut Archive<'_>,
    members: impl Iterator<Item = &'a Member>,
    progress: &Progress,
) -> Result<(Vec<Column>, Vec<Problem>), FormatError> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for member in members {
        match column(archive, member, progress) {
            Ok(column) => found.push(column),
            Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
            Err(error) => {
                // The other columns are there.
                let warned = |problem| Problem { severity: Severity::Warning, ..problem };
                problems.extend(error.into_problem().map(warned));
            }
        }
    }
    Ok((found, problems))
}

fn column(archive: &mut Archive<'_>, member: &Member, progress: &Progress) -> Result<Column, FormatError> {
    let (header, held) = archive.read(member, progress)?;
    let all = held.bytes(archive.bytes());
    archive.check(member, &held, progress)?;
    let located = |what: String| member.located(Problem::error(&*member.file, what));
    let (name, rows) = (&*member.array.name, header.shape.first().copied().unwrap_or(0));
    if header.element.is_object() {
        let column = pickle::objects(name, all, header.data).filter(|column| column.len() == rows);
        let problem = || {
            let what = "it is left out: its objects are not all numbers and texts, or are not written as NumPy does";
            located(what.to_owned()).way_out("Save it as numbers or texts, as by array.astype(str)")
        };
        return Ok(column.ok_or_else(problem)?);
    }
    let short = || located("the array is cut short".to_owned()).way_out("Copy or save the file again");
    if let Some(within) = &member.within {
        let element = &member.header.element;
        let place = (within.start, element.size().unwrap_or(0));
        let values = all.get(header.data..).and_then(|records| within.record.gathered(records, place, rows));
        return Ok(columns::column(name, element, &values.ok_or_else(short)?, rows));
    }
    let size = header.data_size().filter(|_| header.element.size() != Some(0)).ok_or_else(|| {
        located(format!("it holds {} and cannot be a column", header.element)).way_out("Save it as numbers or texts")
    })?;
    let values = header.data.checked_add(size).and_then(|end| all.get(header.data..end));
    Ok(columns::column(name, &header.element, values.ok_or_else(short)?, rows))
}
