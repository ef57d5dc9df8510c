//! Arrays of records, as `numpy.save` writes those with named fields.
//!
//! Each field of several numbers is an embedding. If there is none, fields of one number each are
//! the dimensions of one: the floats of one type, or else all numbers if they are of one type.
//! Other fields of one value are metadata.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Dtype, Metadata, MetadataError, Progress};

use super::{Header, columns, header::Element, is_there, literal::Literal};
use crate::{
    EmbeddingInfo, FormatError, Problem, Source,
    error::counted,
    source::{Content, MetadataReader, Read, VectorsReader},
    strided::{Fault, Strided},
};

/// The fields of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    fields: Vec<Field>,
    /// The bytes of a record.
    size: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    element: Element,
    /// The sides of a field that is an array.
    shape: Vec<usize>,
    /// Its first byte in a record.
    start: usize,
}

impl Record {
    /// The fields that a type describes. Returns `None` if some have no known size.
    pub(super) fn parse(descr: &Literal) -> Option<Self> {
        let Literal::Sequence(entries) = descr else { return None };
        let mut record = Self { fields: Vec::new(), size: 0 };
        for entry in entries {
            let Literal::Sequence(parts) = entry else { return None };
            let (name, kind, shape) = match &parts[..] {
                [name, Literal::Text(kind)] => (name, kind, Vec::new()),
                [name, Literal::Text(kind), Literal::Sequence(sides)] => {
                    (name, kind, sides.iter().map(Literal::size).collect::<Option<Vec<usize>>>()?)
                }
                _ => return None,
            };
            let name = match name {
                Literal::Text(name) => name,
                // A title and a name.
                Literal::Sequence(names) => match &names[..] {
                    [_, Literal::Text(name)] => name,
                    _ => return None,
                },
                _ => return None,
            };
            let (element, start) = (Element::named(kind), record.size);
            let size = shape.iter().try_fold(Element::width(kind)?, |size, &side| size.checked_mul(side))?;
            record.size = start.checked_add(size)?;
            // NumPy aligns fields with raw bytes that have no name.
            if !name.is_empty() {
                record.fields.push(Field { name: name.clone(), element, shape, start });
            }
        }
        Some(record)
    }

    /// The bytes of a record.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// What `rows` records of the array `stem` hold, as arrays of their own. Fields of one number are
    /// the dimensions of an embedding only if the records stand alone.
    pub(super) fn parts(&self, rows: usize, stem: &str, are_alone: bool) -> Vec<Part> {
        let matrices = if are_alone { self.matrices(rows, stem) } else { self.arrays(rows) };
        let is_used = |field: &&Field| !matrices.iter().any(|matrix| matrix.fields.contains(&field.name));
        let others = self.fields.iter().filter(is_used).map(|field| Part {
            name: field.name.clone(),
            element: field.element.clone(),
            shape: [&[rows], &field.shape[..]].concat(),
            start: field.start,
            strided: None,
        });
        let others: Vec<Part> = others.collect();
        let of_matrix = |Matrix { name, start, strided, .. }: Matrix| {
            let Strided { rows, dims, dtype, big_endian, .. } = strided;
            let element = Element::Number { dtype, big_endian };
            Part { name, element, shape: vec![rows, dims], start, strided: Some(strided) }
        };
        matrices.into_iter().map(of_matrix).chain(others).collect()
    }

    /// The values of a field in each of the first `rows` of `records`, one after the other. Returns
    /// `None` if they are fewer.
    pub(super) fn gathered(&self, records: &[u8], (start, size): (usize, usize), rows: usize) -> Option<Vec<u8>> {
        let records = records.get(..rows.checked_mul(self.size)?)?;
        let values = records.chunks_exact(self.size.max(1)).map(|record| record.get(start..start + size));
        Some(values.collect::<Option<Vec<&[u8]>>>()?.concat())
    }

    /// The embeddings in records, each by its name and how its numbers lie.
    fn matrices(&self, rows: usize, stem: &str) -> Vec<Matrix> {
        let arrays = self.arrays(rows);
        if arrays.is_empty() { self.singles(rows, stem).into_iter().collect() } else { arrays }
    }

    /// Each field of several numbers.
    fn arrays(&self, rows: usize) -> Vec<Matrix> {
        let of_field = |field: &Field| {
            let (&[dims], Element::Number { dtype, big_endian }) = (&field.shape[..], &field.element) else {
                return None;
            };
            let strided = Strided { row_step: self.size, ..Strided::in_rows(rows, dims, *dtype, *big_endian) };
            let matrix =
                Matrix { name: field.name.clone(), fields: vec![field.name.clone()], start: field.start, strided };
            (dims > 0).then_some(matrix)
        };
        self.fields.iter().filter_map(of_field).collect()
    }

    /// The fields of one number.
    fn singles(&self, rows: usize, stem: &str) -> Option<Matrix> {
        let singles = |is_meant: fn(Dtype) -> bool| -> Vec<&Field> {
            let is_meant = |field: &&Field| field.shape.is_empty() && field.element.dtype().is_some_and(is_meant);
            self.fields.iter().filter(is_meant).collect()
        };
        let floats = singles(|dtype| matches!(dtype, Dtype::F16 | Dtype::F32 | Dtype::F64));
        let fields = if floats.len() > 1 { floats } else { singles(|dtype| dtype != Dtype::Bool) };
        let [first, second, ..] = fields[..] else { return None };
        let dim_step = second.start - first.start;
        let is_alike = |(place, field): (usize, &&Field)| {
            field.element == first.element && field.start - first.start == place.saturating_mul(dim_step)
        };
        let Element::Number { dtype, big_endian } = first.element else { return None };
        if !fields.iter().enumerate().all(is_alike) {
            return None;
        }
        let strided =
            Strided { row_step: self.size, dim_step, ..Strided::in_rows(rows, fields.len(), dtype, big_endian) };
        let names = fields.iter().map(|field| field.name.clone()).collect();
        Some(Matrix { name: stem.to_owned(), fields: names, start: first.start, strided })
    }
}

/// A part of records as an array of its own.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// The first byte in the first record.
    pub(super) start: usize,
    /// How the numbers lie, if it is an embedding.
    pub(super) strided: Option<Strided>,
}

/// An embedding in records.
#[derive(Debug, Clone)]
struct Matrix {
    name: String,
    /// The fields that its numbers are of.
    fields: Vec<String>,
    /// The first byte in the first record.
    start: usize,
    strided: Strided,
}

/// What an array of records holds. Returns `None` if `header` is of another array.
pub(super) fn open(content: &Content, header: &Header) -> Option<Result<Source, FormatError>> {
    let (Some(record), &[rows]) = (&header.record, &header.shape[..]) else { return None };
    Some(source(content, header, record, rows))
}

/// The fields of records that are beside their vectors.
pub(super) fn table(
    content: &Content,
    header: &Header,
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let source = open(content, header).transpose()?;
    let info = source.iter().flat_map(|source| &source.runs).flat_map(|run| &run.embeddings).next();
    let Some((rows, metadata)) = info.and_then(|info| Some((info.rows, info.origin.metadata.as_ref()?))) else {
        let problem = Problem::error(content.path(), "the file holds vectors, and no columns of metadata");
        return Err(problem.way_out("Name a table with a row for each vector").into());
    };
    let (metadata, problems) = metadata.read(rows, progress)?;
    Ok(((*metadata).clone(), problems))
}

fn source(content: &Content, header: &Header, record: &Record, rows: usize) -> Result<Source, FormatError> {
    let (file, mut problems) = (content.path(), Vec::new());
    if !is_there(header, rows.checked_mul(record.size), (*content.bytes()?).as_ref().len()) {
        return Err(short(file, &format!("most of {rows} records of {} bytes are missing", record.size)));
    }
    let matrices = record.matrices(rows, &content.stem());
    let is_used = |field: &Field| matrices.iter().any(|matrix| matrix.fields.contains(&field.name));
    let is_column = |field: &&Field| field.shape.is_empty() && field.element.size().is_some() && !is_used(field);
    let columns: Vec<Field> = record.fields.iter().filter(is_column).cloned().collect();
    if matrices.is_empty() {
        let what = "the array holds records, and no field of them has several numbers, nor do several fields hold floats of one type at equal distances";
        let way_out = "Save the numbers alone, as in numpy.save(file, numpy.lib.recfunctions.structured_to_unstructured(array[[\"x\", \"y\"]]))";
        return Err(Problem::error(file, what).way_out(way_out).into());
    }
    let left_out: Vec<&Field> = record.fields.iter().filter(|field| !is_used(field) && !is_column(field)).collect();
    if let [first, ..] = left_out[..] {
        let what = format!("{} left out, the first of them {:?}: {}", are(left_out.len()), first.name, first.element);
        problems.push(Problem::warning(file, what));
    }
    if let [Matrix { fields, .. }] = &matrices[..]
        && let [first, .., last] = &fields[..]
    {
        let what = format!("{} of the records, {first:?} to {last:?}, are the vectors", counted(fields.len(), "field"));
        problems.push(Problem::note(file, what));
    }
    let is_described = !columns.is_empty();
    let records = Arc::new(Records { content: content.clone(), start: header.data, record: record.clone(), columns });
    let infos = matrices.into_iter().map(|matrix| {
        let Strided { rows, dims, dtype, .. } = matrix.strided;
        let reader = Arc::new(Reader { records: Arc::clone(&records), matrix: matrix.clone() });
        let info = EmbeddingInfo::new(matrix.name, ((rows, dims, dtype), reader), content);
        if is_described { info.with_metadata(content, Arc::clone(&records) as Arc<dyn MetadataReader>) } else { info }
    });
    Ok(Source::of(content, "npy", infos.collect(), problems))
}

fn are(fields: usize) -> String {
    format!("{} {}", counted(fields, "field"), if fields == 1 { "is" } else { "are" })
}

/// Records in a file.
#[derive(Debug)]
struct Records {
    content: Content,
    /// The position of the first record.
    start: usize,
    record: Record,
    columns: Vec<Field>,
}

#[derive(Debug)]
struct Reader {
    records: Arc<Records>,
    matrix: Matrix,
}

impl VectorsReader for Reader {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let content = &self.records.content;
        let vectors = self.matrix.strided.vectors(content.kept_bytes(progress)?, self.start(), progress);
        let vectors = vectors.map_err(|fault| match fault {
            Fault::Cancelled => FormatError::Cancelled,
            fault => short(content.path(), &fault.to_string()),
        })?;
        let note = self.matrix.strided.memory_note(content.path());
        Ok(Read { notes: note.into_iter().collect(), ..Read::from(vectors) })
    }

    fn check(&self) -> Result<(), FormatError> {
        let content = &self.records.content;
        let available = (*content.bytes()?).as_ref().len().saturating_sub(self.start());
        let checked = self.matrix.strided.check(available);
        checked.map_err(|fault| short(content.path(), &fault.to_string()))
    }
}

impl Reader {
    /// The position of the first number.
    fn start(&self) -> usize {
        self.records.start.saturating_add(self.matrix.start)
    }
}

impl MetadataReader for Records {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let (bytes, file) = (self.content.kept_bytes(progress)?, self.content.path());
        let records = (*bytes).as_ref().get(self.start..).unwrap_or_default();
        let size = self.record.size;
        if rows.checked_mul(size).is_none_or(|size| size > records.len()) {
            return Err(short(file, &format!("{rows} records of {size} bytes do not fit")));
        }
        let column = |field: &Field| {
            progress.check()?;
            let size = field.element.size().unwrap_or(0);
            let values = self.record.gathered(records, (field.start, size), rows).unwrap_or_default();
            Ok(columns::column(&field.name, &field.element, &values, rows))
        };
        let columns = self.columns.iter().map(column).collect::<Result<Vec<_>, FormatError>>()?;
        let refused = |error: MetadataError| Problem::error(file, error.to_string());
        Ok((Metadata::new(columns).map_err(refused)?, Vec::new()))
    }
}

fn short(file: &Path, what: &str) -> FormatError {
    Problem::error(file, format!("the array is cut short: {what}")).way_out("Copy or save the file again").into()
}
