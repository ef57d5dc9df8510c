//! Files of named tensors: what of them is an embedding, what is metadata, and which is shown
//! first.
//!
//! Formats list their tensors as [`Tensor`]s; [`source`] makes a [`Source`] of them. Each tensor of
//! two dimensions is an embedding. Lists of as many values as an embedding has rows are its metadata,
//! and so are one-dimensional tensors by the rule of all such arrays ([`are_labels`]).

mod element;
mod preferred;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use parallax_embedding::{Column, Metadata, MetadataError, Progress, Vectors};

pub(crate) use crate::source::tensor_position as position;
use crate::{
    EmbeddingInfo, FormatError, Problem, ProblemKind, Source,
    error::counted,
    npy,
    numbered::siblings,
    source::{Content, MetadataReader, Read, VectorsReader, are_labels},
    strided::{Fault, Strided},
};
pub(crate) use element::Element;

/// A tensor in a file, as its header describes it.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// For each dimension the numbers from one value to the next; `None` for row-major order.
    pub(crate) strides: Option<Vec<usize>>,
    pub(crate) element: Element,
    pub(crate) big_endian: bool,
    pub(crate) content: Content,
    /// The bytes of `content` from its first value on that it may use.
    pub(crate) place: Range<usize>,
}

/// What a file of tensors holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) tensors: Vec<Tensor>,
    /// Columns that are not tensors.
    pub(crate) columns: Vec<Column>,
    pub(crate) problems: Vec<Problem>,
}

/// What a file or folder of tensors holds. `format` is the name that `inspect` shows.
///
/// # Errors
/// Returns an error if no tensor is an embedding.
pub(crate) fn source(content: &Content, format: &'static str, listing: Listing) -> Result<Source, FormatError> {
    let Listing { tensors, columns, mut problems } = listing;
    let (matrices, others): (Vec<Tensor>, Vec<Tensor>) = tensors.into_iter().partition(Tensor::is_matrix);
    if matrices.is_empty() {
        return Err(none(content, &others, problems));
    }
    let has_rows = |rows: usize| matrices.iter().any(|matrix| matrix.rows() == rows);
    let is_column = |tensor: &Tensor| {
        let is_meant = |dtype| are_labels(Some(dtype), matrices.iter().map(Tensor::rows));
        matches!(tensor.shape[..], [rows] if has_rows(rows)) && tensor.element.dtype().is_some_and(is_meant)
    };
    let (used, unused): (Vec<Tensor>, Vec<Tensor>) = others.into_iter().partition(is_column);
    problems.extend(left_out(content, &unused));
    problems.extend(siblings(content, "tensors"));
    let lists: Vec<Column> = columns.into_iter().filter(|column| has_rows(column.len())).collect();
    let is_described = |rows: usize| {
        used.iter().any(|tensor| tensor.shape == [rows]) || lists.iter().any(|column| column.len() == rows)
    };
    let described: Vec<bool> = matrices.iter().map(|matrix| is_described(matrix.rows())).collect();
    let beside = Arc::new(Beside { content: content.clone(), tensors: used, lists });
    let preferred = preferred::find(&matrices);
    let mut infos = Vec::with_capacity(matrices.len());
    for (place, (matrix, is_described)) in matrices.into_iter().zip(described).enumerate() {
        let (Some(dtype), &[rows, dims]) = (matrix.element.dtype(), &matrix.shape[..]) else { continue };
        let (name, of) = (matrix.name.clone(), matrix.content.clone());
        // A part of the file is named as the file.
        let of = if of.file() == content.file() { content } else { &of };
        let mut info = EmbeddingInfo::new(name, ((rows, dims, dtype), Arc::new(matrix)), of);
        if let Some((_, why)) = preferred.as_ref().filter(|(preferred, _)| *preferred == place) {
            info.configured = true;
            let note = Problem::note(content.path(), format!("it is shown first, since {why}"));
            let note = note.at(position(&info.name)).kind(ProblemKind::ShownFirst);
            problems.push(note.way_out("Choose another with --embedding NAME"));
        }
        infos.push(if is_described { info.with_metadata(content, Arc::clone(&beside) as Arc<_>) } else { info });
    }
    Ok(Source::of(content, format, infos, problems))
}

/// How many rows the matrices have. What has as many values describes them.
pub(crate) fn rows_of(tensors: &[Tensor]) -> BTreeSet<usize> {
    tensors.iter().filter(|tensor| tensor.shape.len() == 2).map(Tensor::rows).collect()
}

/// The error that nothing is an embedding: what is wrong with the file, or what it has instead.
fn none(content: &Content, others: &[Tensor], mut problems: Vec<Problem>) -> FormatError {
    if let Some(worst) = problems.iter().map(|problem| problem.severity).max()
        && let Some(place) = problems.iter().position(|problem| problem.severity == worst)
        && others.is_empty()
    {
        return FormatError::Data(Box::new(Problem {
            severity: crate::Severity::Error,
            ..problems.swap_remove(place)
        }));
    }
    let what = match others {
        [] => "it holds no tensors".to_owned(),
        [first, ..] => format!(
            "no tensor in it has rows and columns of numbers; the first of {}, {:?}, has {}",
            others.len(),
            first.name,
            first.kind()
        ),
    };
    Problem::error(content.path(), what).way_out("Save a tensor of two dimensions, as .reshape(n, -1) makes it").into()
}

/// Notes on tensors that are neither embeddings nor metadata, one for each kind of them.
fn left_out(content: &Content, tensors: &[Tensor]) -> Vec<Problem> {
    let mut kinds: BTreeMap<String, Vec<&Tensor>> = BTreeMap::new();
    for tensor in tensors {
        let kind = if tensor.element.dtype().is_some() {
            counted(tensor.shape.len(), "dimension")
        } else {
            format!("values of type {}", tensor.element)
        };
        kinds.entry(kind).or_default().push(tensor);
    }
    let said = |(kind, tensors): (String, Vec<&Tensor>)| {
        let first = tensors.first().map_or("", |tensor| &tensor.name);
        let which = if tensors.len() == 1 {
            format!("1 tensor with {kind} is left out, {first:?}")
        } else {
            format!("{} tensors with {kind} are left out, the first of them {first:?}", tensors.len())
        };
        Problem::note(content.path(), which)
    };
    kinds.into_iter().map(said).collect()
}

impl Tensor {
    fn is_matrix(&self) -> bool {
        matches!(self.shape[..], [_, dims] if dims > 0) && self.element.dtype().is_some()
    }

    /// Its first side.
    pub(crate) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The bytes that its numbers take. Returns `None` if that is not known.
    pub(crate) fn size(&self) -> Option<usize> {
        self.shape.iter().try_fold(self.element.stored()?.size(), |size, &side| size.checked_mul(side))
    }

    /// Its shape and type in words.
    fn kind(&self) -> String {
        let sides: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let sides = if sides.is_empty() { "a single value".to_owned() } else { sides.join(" x ") };
        format!("{sides} of {}", self.element)
    }

    /// Its numbers as rows; one number in each row if it has one dimension.
    fn vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        let file = self.content.real_path();
        let failed =
            |what: String| Problem::error(file, what).at(position(&self.name)).way_out("Copy or save the file again");
        let (rows, dims) = match self.shape[..] {
            [rows] => (rows, 1),
            [rows, dims] => (rows, dims),
            _ => return Err(failed(format!("it has {}", self.kind())).into()),
        };
        let dtype = self.element.stored().ok_or_else(|| failed(format!("it holds {}", self.element)))?;
        let bytes_of = |stride: usize| stride.saturating_mul(dtype.size());
        let in_rows = Strided::in_rows(rows, dims, dtype, self.big_endian);
        let strided = match self.strides.as_deref() {
            Some(&[row]) => Strided { row_step: bytes_of(row), ..in_rows },
            Some(&[row, dim]) => Strided { row_step: bytes_of(row), dim_step: bytes_of(dim), ..in_rows },
            _ => in_rows,
        };
        let refused = |fault: Fault| match fault {
            Fault::Cancelled => FormatError::Cancelled,
            Fault::Short { .. } => failed(fault.to_string()).into(),
            Fault::Repeated { .. } => {
                let problem = Problem::error(file, fault.to_string()).at(position(&self.name));
                problem.way_out("Save a copy that has all numbers, as .clone() or .copy() makes it").into()
            }
        };
        // Behind its place are numbers of other tensors.
        strided.check(self.place.len()).map_err(refused)?;
        // An embedding keeps no more of a small file than it needs.
        let needed = usize::try_from(strided.span().max(strided.size())).unwrap_or(usize::MAX);
        let end = self.place.start.saturating_add(needed).min(self.place.end);
        let range = self.place.start..end.max(self.place.start);
        let (bytes, start) = self.content.kept_range(range)?;
        let vectors = strided.vectors(bytes, start, progress).map_err(refused)?;
        let mut notes: Vec<Problem> = strided.memory_note(file).into_iter().collect();
        let (vectors, note) = self.element.decoded(vectors, progress)?;
        notes.extend(note.map(|note| Problem::note(file, note)));
        Ok(Read { notes, ..Read::from(vectors) })
    }
}

impl VectorsReader for Tensor {
    fn read_vectors(&self, progress: &Progress) -> Result<Read, FormatError> {
        self.vectors(progress)
    }
}

/// What is beside the embeddings of a file.
#[derive(Debug)]
struct Beside {
    content: Content,
    tensors: Vec<Tensor>,
    lists: Vec<Column>,
}

impl MetadataReader for Beside {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let mut columns: Vec<Column> = self.lists.iter().filter(|column| column.len() == rows).cloned().collect();
        let mut problems = Vec::new();
        for tensor in self.tensors.iter().filter(|tensor| tensor.shape == [rows]) {
            match tensor.vectors(progress) {
                Ok(read) => columns.push(column(&tensor.name, &read.vectors)),
                Err(error) => problems.push(error.into_problem().ok_or(FormatError::Cancelled)?),
            }
        }
        let refused = |error: MetadataError| Problem::error(self.content.path(), error.to_string());
        let mut names = BTreeSet::new();
        columns.retain(|column| {
            let is_new = names.insert(column.name().to_owned());
            if !is_new {
                let what = format!("a second column called {:?} is left out", column.name());
                problems.push(Problem::warning(self.content.path(), what));
            }
            is_new
        });
        Ok((Metadata::new(columns).map_err(refused)?, problems))
    }
}

/// Rows of one number each as a column.
fn column(name: &str, vectors: &Vectors) -> Column {
    npy::number_column(name, vectors.dtype(), vectors.raw(0..vectors.rows()), vectors.rows())
}

#[cfg(test)]
mod tests;
