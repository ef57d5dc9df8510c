//! The values of a pickle, and how they are looked at.

use std::ops::Range;

/// The number of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id(pub(super) u32);

/// A value of a pickle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// UTF-8.
    Text(Range<usize>),
    Bytes(Range<usize>),
    /// What is not read, in words.
    Other(&'static str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Its order means nothing.
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or class, by the texts of its module and name.
    Global(Id, Id),
    Made(Box<Made>),
    /// Something outside of the pickle.
    Persistent(Id),
}

/// What a call would return.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    pub(crate) callable: Id,
    /// A tuple.
    pub(crate) args: Id,
    /// What it would be given as its state.
    pub(crate) state: Option<Id>,
    /// What would be put into it, as into a dictionary or a list.
    pub(crate) items: Vec<(Id, Id)>,
    pub(crate) elements: Vec<Id>,
}

/// The values of one pickle.
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    pub(crate) bytes: &'a [u8],
    pub(super) values: Vec<Value>,
    pub(crate) root: Id,
    /// The bytes up to the end of the pickle.
    pub(crate) end: usize,
}

/// What is wrong, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) byte: usize,
    pub(crate) what: String,
}

/// The most dimensions that NumPy and PyTorch know.
const MAX_SIDES: usize = 64;

const WORD_BYTES: usize = 256;

impl<'a> Pickle<'a> {
    pub(crate) fn value(&self, id: Id) -> &Value {
        self.values.get(id.0 as usize).unwrap_or(&Value::None)
    }

    /// What is outside of the pickle.
    pub(crate) fn persistent(&self) -> impl Iterator<Item = Id> {
        self.values.iter().filter_map(|value| if let Value::Persistent(id) = value { Some(*id) } else { None })
    }

    /// What would be called, by module and name.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(|value| match value {
            Value::Made(made) => self.global(made.callable),
            _ => None,
        })
    }

    /// The number of values; the [place](Id::place) of each is below it.
    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn text(&self, id: Id) -> Option<&'a str> {
        match self.value(id) {
            Value::Text(range) => std::str::from_utf8(self.bytes.get(range.clone())?).ok(),
            _ => None,
        }
    }

    /// A text of a few letters, as names of functions are. Long ones are left alone: there may be
    /// many references to one.
    pub(crate) fn word(&self, id: Id) -> Option<&'a str> {
        match self.value(id) {
            Value::Text(range) if range.len() <= WORD_BYTES => self.text(id),
            _ => None,
        }
    }

    /// A key of a dictionary as a part of a name: its beginning, if it is a text.
    pub(crate) fn key(&self, id: Id) -> String {
        match self.value(id) {
            Value::Int(number) => number.to_string(),
            Value::Text(range) => {
                let end = range.end.min(range.start.saturating_add(WORD_BYTES));
                String::from_utf8_lossy(self.bytes.get(range.start..end).unwrap_or_default()).into_owned()
            }
            _ => "?".to_owned(),
        }
    }

    /// The same of a value in a list, which has its place as the key.
    pub(crate) fn key_or(&self, id: Option<Id>, place: usize) -> String {
        id.map_or_else(|| place.to_string(), |id| self.key(id))
    }

    pub(crate) fn size(&self, id: Id) -> Option<usize> {
        match self.value(id) {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The values in a tuple or list.
    pub(crate) fn sequence(&self, id: Id) -> &[Id] {
        match self.value(id) {
            Value::Tuple(items) | Value::List(items) => items,
            _ => &[],
        }
    }

    /// The sizes in a tuple or list of nothing else, which gives the sides of an array.
    pub(crate) fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        match self.value(id) {
            Value::Tuple(items) | Value::List(items) if items.len() <= MAX_SIDES => {
                items.iter().map(|&item| self.size(item)).collect()
            }
            _ => None,
        }
    }

    /// Module and name of a function or class.
    pub(crate) fn global(&self, id: Id) -> Option<(&'a str, &'a str)> {
        match self.value(id) {
            Value::Global(module, name) => Some((self.word(*module)?, self.word(*name)?)),
            _ => None,
        }
    }
}

impl Id {
    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}
