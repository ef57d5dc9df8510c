//! NumPy's arrays in a pickle: where their values lie.

use std::{borrow::Cow, cell::Cell, fmt::Write as _, ops::Range, path::Path, sync::Arc};

use parallax_embedding::{Column, ColumnBuilder, Progress, SharedBytes};

use super::{
    value::{Id, Made, Pickle, Value},
    walk::is_scalar,
};
use crate::{
    FormatError, npy,
    npy::Kind,
    source::{Content, Part},
    tensors::{Element, Tensor},
};

/// Where a pickle is, and what of it is read.
pub(crate) struct Place<'a> {
    pub(crate) pickle: &'a Pickle<'a>,
    /// What has the pickle's bytes, from byte `base` on.
    pub(crate) content: &'a Content,
    pub(crate) base: usize,
    /// The bytes of text that may still be read. A text may have many references.
    budget: Cell<usize>,
}

/// What an array is here.
pub(crate) enum Array {
    Tensor(Tensor),
    Column(Column),
}

/// An array by its type, shape, order and values.
struct Described {
    kind: Kind,
    shape: Vec<usize>,
    fortran_order: bool,
    values: Id,
}

impl<'a> Place<'a> {
    pub(crate) fn new(pickle: &'a Pickle<'a>, content: &'a Content, base: usize) -> Self {
        let budget = pickle.bytes.len().saturating_mul(16).saturating_add(1 << 26);
        Self { pickle, content, base, budget: Cell::new(budget) }
    }

    /// Whether so many more bytes of text may be read.
    fn spend(&self, bytes: usize) -> bool {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The array that `id` is, or what it is instead.
    pub(crate) fn array(&self, name: String, id: Id) -> Result<Array, String> {
        let Described { kind, shape, fortran_order, values } = self.described(id)?;
        let (dtype, big_endian) = match kind {
            Kind::Number(dtype, big_endian) => (dtype, big_endian),
            Kind::Text(ref element) => {
                let &[rows] = &shape[..] else { return Err(format!("{element} in more than one dimension")) };
                let bytes = self.bytes(values).ok_or(REPEATED)?;
                return Ok(Array::Column(npy::text_column(&name, element, &bytes, rows)?));
            }
            Kind::Objects => {
                let column = self.list(name, values).ok().filter(|column| shape == [column.len()]);
                return column.map(Array::Column).ok_or_else(|| "Python objects".to_owned());
            }
            Kind::Other(what) => return Err(what),
        };
        let (content, place) = self.values(values).ok_or("values that are not where they should be")?;
        let strides = (fortran_order && shape.len() == 2).then(|| vec![1, shape[0]]);
        Ok(Array::Tensor(Tensor { name, shape, strides, element: Element::Number(dtype), big_endian, content, place }))
    }

    /// The arrays of one length in a dictionary or a list as rows, and the keys as a column. Returns
    /// `None` if they are not alike.
    pub(crate) fn table(&self, name: String, items: &[(Option<Id>, Id)]) -> Option<(Tensor, Option<Column>)> {
        let array = |&(key, value): &(Option<Id>, Id)| {
            let Described { kind: Kind::Number(dtype, big_endian), shape, values, .. } = self.described(value).ok()?
            else {
                return None;
            };
            let Value::Bytes(range) = self.pickle.value(values) else { return None };
            let place = self.base + range.start..self.base + range.end;
            let (content, element) = (self.content.clone(), Element::Number(dtype));
            Some((key, Tensor { name: String::new(), shape, strides: None, element, big_endian, content, place }))
        };
        self.rows(name, items.iter().map(array))
    }

    /// Tensors of one dimension and equal lengths as rows, and their keys, if they have some, as a
    /// column. Returns `None` if they are not alike.
    pub(crate) fn rows(
        &self,
        name: String,
        tensors: impl Iterator<Item = Option<(Option<Id>, Tensor)>>,
    ) -> Option<(Tensor, Option<Column>)> {
        let (mut labels, mut starts, mut first) = (ColumnBuilder::new("label"), Vec::new(), None::<Tensor>);
        for tensor in tensors {
            let (key, tensor) = tensor?;
            match key.map(|key| (key, self.pickle.value(key))) {
                Some((_, Value::Int(number))) => labels.push(Some(&number.to_string())),
                Some((key, _)) => labels.push(Some(self.label(key)?)),
                None => {}
            }
            starts.push(tensor.place.start);
            let is_whole = tensor.shape.len() == 1 && tensor.size().is_some_and(|size| size <= tensor.place.len());
            let is_in_order = tensor.strides.as_ref().is_none_or(|strides| strides == &[1]);
            let first = first.get_or_insert_with(|| tensor.clone());
            let is_alike = tensor.shape == first.shape
                && tensor.element == first.element
                && tensor.big_endian == first.big_endian
                && tensor.content.path() == first.content.path();
            if !(is_whole && is_in_order && is_alike) {
                return None;
            }
        }
        let first = first?;
        let (rows, size) = (starts.len(), first.size()?);
        // Values that several have are in the file once.
        let available = (*first.content.bytes().ok()?).as_ref().len();
        let whole = rows.checked_mul(size).filter(|&whole| whole <= available)?;
        let rows_of = Rows { content: first.content.clone(), starts, size };
        let (content, shape) = (Content::Part(Arc::new(rows_of)), vec![rows, first.rows()]);
        let labels = Some(labels.finish()).filter(|labels| labels.len() == rows);
        Some((Tensor { name, shape, strides: None, content, place: 0..whole, ..first }, labels))
    }

    /// A list of single values as a column; or what is wrong with it.
    pub(crate) fn list(&self, name: String, id: Id) -> Result<Column, String> {
        let (mut column, mut text) = (ColumnBuilder::new(name), String::new());
        // All values of NumPy in a list are of one type.
        let mut known: Option<(Id, Kind)> = None;
        for &item in self.pickle.sequence(id) {
            text.clear();
            match self.pickle.value(item) {
                Value::None => {}
                Value::Bool(is) => text.push_str(if *is { "True" } else { "False" }),
                Value::Int(number) => write!(text, "{number}").unwrap_or_default(), // memory takes all
                Value::Float(number) if number.is_nan() => {}
                Value::Float(number) => write!(text, "{number:?}").unwrap_or_default(),
                Value::Text(_) => text.push_str(self.label(item).ok_or(REPEATED)?),
                Value::Bytes(_) => text.push_str(&String::from_utf8_lossy(&self.bytes(item).ok_or(REPEATED)?)),
                Value::Other(what) => return Err(format!("a list with {what}")),
                Value::Made(made) => match self.bytes(item) {
                    Some(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
                    None => self.scalar(made, &mut known, &mut text).ok_or_else(|| unlike(self.pickle, made))?,
                },
                _ => return Err("a list of other values than texts and numbers".to_owned()),
            }
            column.push(Some(&text));
        }
        Ok(column.finish())
    }

    /// Writes a single value of NumPy. `known` is the last type of one.
    fn scalar(&self, made: &Made, known: &mut Option<(Id, Kind)>, out: &mut String) -> Option<()> {
        let &[dtype, value] = self.pickle.sequence(made.args) else { return None };
        if known.as_ref().is_none_or(|(known, _)| *known != dtype) {
            *known = Some((dtype, self.kind(dtype)?));
        }
        let (_, kind) = known.as_ref().filter(|_| is_scalar(self.pickle, made))?;
        kind.write(&self.bytes(value)?, out)
    }

    /// A text as a cell; empty if it is not UTF-8.
    fn label(&self, id: Id) -> Option<&'a str> {
        let Value::Text(range) = self.pickle.value(id) else { return None };
        self.spend(range.len()).then(|| self.pickle.text(id).unwrap_or_default())
    }

    fn described(&self, id: Id) -> Result<Described, String> {
        let strange = || "an array that is not written as NumPy does".to_owned();
        let Value::Made(made) = self.pickle.value(id) else { return Err(strange()) };
        let Made { args, state, .. } = **made;
        let pickle = self.pickle;
        let is = |id: Id| matches!(pickle.value(id), Value::Bool(true));
        let (shape, dtype, fortran_order, values) =
            match (state.map(|state| pickle.sequence(state)), pickle.sequence(args)) {
                (Some(&[_, shape, dtype, order, values] | &[shape, dtype, order, values]), _) => {
                    (shape, dtype, is(order), values)
                }
                (None, &[values, dtype, shape, order, ..]) if matches!(pickle.word(order), Some("C" | "F")) => {
                    (shape, dtype, pickle.word(order) == Some("F"), values)
                }
                _ => return Err(strange()),
            };
        let shape = pickle.sizes(shape).ok_or_else(strange)?;
        Ok(Described { kind: self.kind(dtype).ok_or_else(strange)?, shape, fortran_order, values })
    }

    fn kind(&self, dtype: Id) -> Option<Kind> {
        let Value::Made(made) = self.pickle.value(dtype) else { return None };
        let name = self.pickle.word(*self.pickle.sequence(made.args).first()?)?;
        let state = made.state.map_or(&[][..], |state| self.pickle.sequence(state));
        let order = state.get(1).and_then(|&order| self.pickle.word(order)).unwrap_or("|");
        let unit = state.get(8).and_then(|&described| self.unit(described)).unwrap_or_default();
        Some(npy::kind(&format!("{order}{name}{unit}")))
    }

    /// What dates are counted in, as their type's name has it: `[25s]`. Its state ends in a
    /// dictionary, and the unit and how many of it a step is.
    fn unit(&self, described: Id) -> Option<String> {
        let &[_, unit] = self.pickle.sequence(described) else { return None };
        let &[unit, times, ..] = self.pickle.sequence(unit) else { return None };
        let unit = self.bytes(unit)?;
        Some(format!("[{}{}]", self.pickle.size(times)?, std::str::from_utf8(&unit).ok()?))
    }

    /// Bytes, of which an array of texts may consist.
    fn bytes(&self, id: Id) -> Option<Cow<'a, [u8]>> {
        let (range, is_text) = match self.pickle.value(id) {
            Value::Bytes(range) => (range, false),
            Value::Made(made) => match (self.pickle.global(made.callable)?, self.pickle.sequence(made.args)) {
                (("_codecs", "encode"), &[inner, _]) => match self.pickle.value(inner) {
                    Value::Text(range) => (range, true),
                    _ => return None,
                },
                (("builtins" | "__builtin__", "bytes"), &[]) => return Some(Cow::Borrowed(&[])),
                _ => return None,
            },
            _ => return None,
        };
        let bytes = self.pickle.bytes.get(range.clone()).filter(|bytes| self.spend(bytes.len()))?;
        Some(if is_text { Cow::Owned(from_latin1(bytes)) } else { Cow::Borrowed(bytes) })
    }

    /// What has the values of an array, and where.
    fn values(&self, id: Id) -> Option<(Content, Range<usize>)> {
        let pickle = self.pickle;
        let here = |range: &Range<usize>| self.base + range.start..self.base + range.end;
        match pickle.value(id) {
            Value::Bytes(range) => Some((self.content.clone(), here(range))),
            // A byte array, or bytes as text: each character is a byte.
            Value::Made(made) => match (pickle.global(made.callable)?, pickle.sequence(made.args)) {
                (("builtins" | "__builtin__", "bytearray" | "bytes"), &[inner]) => match pickle.value(inner) {
                    Value::Bytes(range) => Some((self.content.clone(), here(range))),
                    _ => None,
                },
                (("_codecs", "encode"), &[inner, _]) => {
                    let Value::Text(range) = pickle.value(inner) else { return None };
                    if !self.spend(range.len()) {
                        return None;
                    }
                    let size = pickle.text(inner)?.chars().count();
                    let part = Latin1 { content: self.content.clone(), range: here(range) };
                    Some((Content::Part(Arc::new(part)), 0..size))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

const REPEATED: &str = "texts that are not where they should be, or repeated";

/// A list with something that is no single value.
fn unlike(pickle: &Pickle<'_>, made: &Made) -> String {
    let (module, class) = pickle.global(made.callable).unwrap_or(("?", "?"));
    format!("a list with objects of {module}.{class}")
}

/// Rows that lie apart in a file.
#[derive(Debug)]
struct Rows {
    content: Content,
    starts: Vec<usize>,
    size: usize,
}

impl Part for Rows {
    fn file(&self) -> &Path {
        self.content.real_path()
    }

    fn path(&self) -> &Path {
        self.content.path()
    }

    fn bytes(&self, _progress: &Progress) -> Result<SharedBytes, FormatError> {
        let bytes = self.content.bytes()?;
        let bytes = (*bytes).as_ref();
        // As many bytes as the file has, at most.
        let mut rows = Vec::with_capacity(self.starts.len() * self.size);
        for &start in &self.starts {
            rows.extend_from_slice(bytes.get(start..start.saturating_add(self.size)).unwrap_or_default());
        }
        Ok(Arc::new(rows))
    }
}

/// Bytes that are written as text, each as the character of that number.
#[derive(Debug)]
struct Latin1 {
    content: Content,
    range: Range<usize>,
}

impl Part for Latin1 {
    fn file(&self) -> &Path {
        self.content.real_path()
    }

    fn path(&self) -> &Path {
        self.content.path()
    }

    fn bytes(&self, _progress: &Progress) -> Result<SharedBytes, FormatError> {
        let bytes = self.content.bytes()?;
        let text = (*bytes).as_ref().get(self.range.clone()).unwrap_or_default();
        Ok(Arc::new(from_latin1(text)))
    }
}

/// Bytes from their text. Characters that are no bytes are in damaged files, whose values are
/// damaged.
fn from_latin1(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text).chars().map(|char| char as u32 as u8).collect()
}
