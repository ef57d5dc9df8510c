//! A tensor of a checkpoint, in both versions of the format: its name, shape and number type.

use parallax_embedding::Dtype;

use super::{
    fault::Fault,
    proto::{Malformed, fields},
    types,
};

/// A tensor of a checkpoint, as listed without reading its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// The name in the file; [`display_name`](super::display_name) shortens it.
    pub name: String,
    /// The number of values in each dimension; empty for a single value.
    pub shape: Vec<u64>,
    /// The number type as stored; `None` if the tensor does not hold real numbers.
    pub dtype: Option<Dtype>,
    /// TensorFlow's name of the type, such as `float32` or `string`.
    pub type_name: &'static str,
}

/// A tensor that can be read: two dimensions of real numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matrix<'a> {
    pub(super) name: &'a str,
    pub(super) rows: usize,
    pub(super) dims: usize,
    pub(super) dtype: Dtype,
}

impl TensorInfo {
    pub(super) fn new(name: &[u8], shape: Vec<u64>, type_number: u64) -> Self {
        let (dtype, type_name) = types::of(type_number);
        Self { name: String::from_utf8_lossy(name).into_owned(), shape, dtype, type_name }
    }

    /// The tensor as rows x dims numbers.
    pub(super) fn matrix(&self) -> Result<Matrix<'_>, Fault> {
        let refuse = |what: String| Fault::Data {
            at: position(&self.name),
            what,
            way_out: "Choose a tensor with two dimensions of numbers",
        };
        let Some(dtype) = self.dtype else {
            return Err(refuse(format!("its values are of type {}, not numbers", self.type_name)));
        };
        let [rows, dims] = self.shape.as_slice() else {
            let sizes: Vec<String> = self.shape.iter().map(u64::to_string).collect();
            let shape = if sizes.is_empty() { "a single value".to_owned() } else { sizes.join(" x ") };
            return Err(refuse(format!("its shape is {shape}; an embedding has two dimensions")));
        };
        let size = |value: u64| usize::try_from(value).map_err(|_too_large| refuse("it is too large".to_owned()));
        Ok(Matrix { name: &self.name, rows: size(*rows)?, dims: size(*dims)?, dtype })
    }
}

impl Matrix<'_> {
    /// Bytes that the values take.
    pub(super) fn bytes(&self) -> u128 {
        self.rows as u128 * self.dims as u128 * self.dtype.size() as u128
    }
}

/// A position in a checkpoint: the tensor called `name`.
pub(super) fn position(name: &str) -> String {
    format!("tensor {name:?}")
}

/// Reads a `TensorShapeProto`.
pub(super) fn parse_shape(message: &[u8]) -> Result<Vec<u64>, Malformed> {
    let mut shape = Vec::new();
    for field in fields(message) {
        let field = field?;
        if field.number == 2 {
            let mut size = 0;
            for field in fields(field.value.bytes()?) {
                let field = field?;
                if field.number == 1 {
                    size = field.value.size()?;
                }
            }
            shape.push(size);
        }
    }
    Ok(shape)
}

/// Reads a `VersionDef`: whether a reader of version 1, such as this one, may read the file.
pub(super) fn is_readable(version: &[u8]) -> Result<bool, Malformed> {
    let mut readable = true;
    for field in fields(version) {
        let field = field?;
        if field.number == 2 {
            readable = field.value.signed()? <= 1;
        }
    }
    Ok(readable)
}

/// The file needs a reader of a version that did not exist when this was written.
pub(super) fn too_new(at: &str) -> Fault {
    Fault::Data {
        at: at.to_owned(),
        what: "it was written for a later version of TensorFlow's checkpoints than 1".to_owned(),
        way_out: "Save the checkpoint with a TensorFlow 2 of today",
    }
}
