//! The header of a `.npy` file: what NumPy's `lib.format` writes, versions 1 to 3.
//!
//! A header is the magic text, a version, a length and a Python dictionary of three literals.
//! [`Header::parse`] reads it from the first bytes of an array and looks at no value.

use std::{fmt, path::Path};

use parallax_embedding::Dtype;

use super::{
    literal::{self, Literal},
    records::Record,
};
use crate::{FormatError, Problem, dates::Step};

/// What a header says about the array after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) element: Element,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
    /// The fields, if each value is a record of fields of known sizes.
    pub(super) record: Option<Record>,
    /// The position of the first value, counted from the magic text.
    pub(crate) data: usize,
}

/// What one value of an array is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Element {
    Number {
        dtype: Dtype,
        big_endian: bool,
    },
    /// UCS-4 text of this many characters, padded with NUL: `<U8`.
    Text {
        chars: usize,
        big_endian: bool,
    },
    /// Bytes, padded with NUL: `|S8`.
    Bytes {
        size: usize,
    },
    /// A date, or how long something takes, as an integer of eight bytes: `<M8[D]`, `<m8[s]`.
    Time {
        step: Step,
        is_duration: bool,
        big_endian: bool,
    },
    /// A type that holds no numbers that can be used, by NumPy's name for it, and why.
    Other {
        name: String,
        is: &'static str,
    },
}

/// The file's first bytes.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

impl Header {
    /// # Errors
    /// Returns an error if the bytes do not begin with a whole header.
    pub(crate) fn parse(bytes: &[u8], file: &Path) -> Result<Self, FormatError> {
        let (text, start) = text(bytes, file)?;
        let bad = |byte: usize, what: String| {
            Problem::error(file, what)
                .at(format!("byte {}", start + byte))
                .way_out("Save the array again with numpy.save")
        };
        let fields =
            literal::parse(text).map_err(|(byte, what)| bad(byte, format!("the header of the array: {what}")))?;
        let field =
            |name: &str| fields.get(name).ok_or_else(|| bad(0, format!("the header of the array has no {name:?}")));
        let element = Element::from_descr(field("descr")?);
        let record = Record::parse(field("descr")?);
        let Literal::Bool(fortran_order) = *field("fortran_order")? else {
            return Err(bad(0, "\"fortran_order\" is neither True nor False".into()).into());
        };
        let shape = match field("shape")? {
            Literal::Sequence(sides) => sides.iter().map(Literal::size).collect::<Option<Vec<usize>>>(),
            _ => None,
        };
        let shape = shape.ok_or_else(|| bad(0, "\"shape\" is not a tuple of sizes".into()))?;
        Ok(Self { element, fortran_order, shape, record, data: start + text.len() })
    }

    /// The number of bytes of all values. Returns `None` if it is not known or overflows.
    pub(crate) fn data_size(&self) -> Option<usize> {
        self.shape.iter().try_fold(self.element.size()?, |size, &side| size.checked_mul(side))
    }
}

/// The dictionary's text, and where it begins.
fn text<'a>(bytes: &'a [u8], file: &Path) -> Result<(&'a [u8], usize), FormatError> {
    let not_npy = || Problem::error(file, "this is not a .npy array").at("byte 0").way_out("Save it with numpy.save");
    let short = || {
        Problem::error(file, format!("the header is cut short; there are {} bytes", bytes.len()))
            .way_out("Copy or save the file again")
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(not_npy)?;
    let (length, start) = match rest {
        [1, _, a, b, ..] => (u32::from(u16::from_le_bytes([*a, *b])), 10),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([*a, *b, *c, *d]), 12),
        [0..=3, ..] | [] => return Err(short().into()),
        [version, ..] => {
            let what = format!("version {version} of the .npy format is not known (1 to 3 are)");
            return Err(Problem::error(file, what).at("byte 6").way_out("Save it with numpy.save").into());
        }
    };
    let end = start + length as usize;
    let text = bytes.get(start..end).ok_or_else(short)?;
    Ok((text, start))
}

impl Element {
    fn from_descr(descr: &Literal) -> Self {
        match descr {
            Literal::Text(name) => Self::named(name),
            _ => Self::Other { name: "a structured type".into(), is: "records of several fields" },
        }
    }

    /// The type with a name such as `<f4`.
    pub(super) fn named(name: &str) -> Self {
        let (order, kind, size) = split(name);
        let big_endian = order == Some('>');
        let number = |dtype| Self::Number { dtype, big_endian };
        match (kind, size) {
            ("b", Some(1)) => number(Dtype::Bool),
            ("f", Some(2)) => number(Dtype::F16),
            ("f", Some(4)) => number(Dtype::F32),
            ("f", Some(8)) => number(Dtype::F64),
            ("i", Some(1)) => number(Dtype::I8),
            ("i", Some(2)) => number(Dtype::I16),
            ("i", Some(4)) => number(Dtype::I32),
            ("i", Some(8)) => number(Dtype::I64),
            ("u", Some(1)) => number(Dtype::U8),
            ("u", Some(2)) => number(Dtype::U16),
            ("u", Some(4)) => number(Dtype::U32),
            ("u", Some(8)) => number(Dtype::U64),
            ("U", Some(chars)) => Self::Text { chars, big_endian },
            ("S" | "a", Some(size)) => Self::Bytes { size },
            _ => match step(name) {
                Some(step) if kind == "M" || kind == "m" => Self::Time { step, is_duration: kind == "m", big_endian },
                _ => Self::Other { name: name.to_owned(), is: what_is(kind) },
            },
        }
    }

    /// Bytes of one value of the type with this name, also if it is none that is read.
    pub(super) fn width(name: &str) -> Option<usize> {
        match split(name) {
            (_, "U", Some(chars)) => chars.checked_mul(4),
            (_, "M" | "m", _) => Some(8),
            (_, "O", _) => None,
            (_, _, size) => size,
        }
    }

    /// Bytes of one value.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Self::Number { dtype, .. } => Some(dtype.size()),
            Self::Text { chars, .. } => chars.checked_mul(4),
            Self::Bytes { size } => Some(*size),
            Self::Time { .. } => Some(8),
            Self::Other { .. } => None,
        }
    }

    /// Whether the values are objects of Python, which are in a pickle.
    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Other { name, .. } if split(name).1 == "O")
    }

    /// The number type, if the values are numbers.
    pub(crate) fn dtype(&self) -> Option<Dtype> {
        match self {
            Self::Number { dtype, .. } => Some(*dtype),
            _ => None,
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { dtype, .. } => dtype.fmt(f),
            Self::Text { chars, .. } => write!(f, "texts of {chars} characters"),
            Self::Bytes { size } => write!(f, "texts of {size} bytes"),
            Self::Time { is_duration, .. } => f.write_str(if *is_duration { "durations" } else { "dates" }),
            Self::Other { name, is } => write!(f, "{name} ({is})"),
        }
    }
}

/// Byte order, letter and size of a type's name such as `<f4`.
fn split(name: &str) -> (Option<char>, &str, Option<usize>) {
    let order = name.chars().next().filter(|first| "<>|=".contains(*first));
    let rest = &name[order.map_or(0, char::len_utf8)..];
    let letter = rest.chars().next().map_or(0, char::len_utf8);
    (order, &rest[..letter], rest[letter..].parse().ok())
}

/// What dates and durations are counted in, by the end of their type's name.
fn step(name: &str) -> Option<Step> {
    let (_, unit) = name.split_once("8[")?;
    Step::named(unit.strip_suffix(']')?)
}

fn what_is(kind: &str) -> &'static str {
    match kind {
        "O" => "Python objects",
        "c" => "complex numbers",
        "f" => "floats of a size that only some machines have",
        "M" | "m" => "dates or durations without a unit",
        "V" => "raw bytes; bfloat16 comes out so",
        _ => "a type without a known meaning",
    }
}
