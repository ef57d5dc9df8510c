//! PyTorch's files before version 1.6: pickles one after the other (a magic number, a version, what
//! the machine is like, the objects, the keys of storages), then the storages in the order of the
//! keys.

use std::{collections::HashMap, ops::Range};

use super::of_storage;
use crate::{
    pickle::value::{Fault, Pickle, Value},
    tensors::Element,
};

/// A pickle of the magic number.
pub(crate) const MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

pub(super) struct Legacy<'a> {
    pub(super) objects: Pickle<'a>,
    /// Where the numbers of each storage lie.
    pub(super) storages: HashMap<String, Range<usize>>,
    pub(super) big_endian: bool,
}

impl<'a> Legacy<'a> {
    /// Reads a file that begins with [`MAGIC`].
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let version = Pickle::parse(bytes, MAGIC.len())?;
        let machine = Pickle::parse(bytes, version.end)?;
        let objects = Pickle::parse(bytes, machine.end)?;
        let keys = Pickle::parse(bytes, objects.end)?;
        let big_endian = is_big_endian(&machine);
        let sizes: HashMap<&str, usize> = sizes(&objects);
        let (mut storages, mut at) = (HashMap::new(), keys.end);
        for &key in keys.sequence(keys.root) {
            let fault = |what: &str| Fault { byte: at, what: what.to_owned() };
            let key = keys.word(key).ok_or_else(|| fault("the key of a storage is no text"))?;
            // What no tensor refers to has no known size.
            let Some(size) = sizes.get(key) else { break };
            let count = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>).ok_or_else(|| fault("it is cut short"))?;
            let count = if big_endian { u64::from_be_bytes(*count) } else { u64::from_le_bytes(*count) };
            let start = at + 8;
            let end = usize::try_from(count).ok().and_then(|count| count.checked_mul(*size)?.checked_add(start));
            let end = end.filter(|&end| end <= bytes.len()).ok_or_else(|| fault("a storage is cut short"))?;
            storages.insert(key.to_owned(), start..end);
            at = end;
        }
        Ok(Self { objects, storages, big_endian })
    }
}

fn is_big_endian(machine: &Pickle<'_>) -> bool {
    let Value::Dict(items) = machine.value(machine.root) else { return false };
    items.iter().any(|&(key, value)| {
        machine.word(key) == Some("little_endian") && matches!(machine.value(value), Value::Bool(false))
    })
}

/// The bytes of one number in each storage.
fn sizes<'a>(objects: &Pickle<'a>) -> HashMap<&'a str, usize> {
    let of = |storage| {
        let &[_, class, key, ..] = objects.sequence(storage) else { return None };
        let size = match of_storage(objects.global(class)?.1) {
            Element::Number(dtype) => dtype.size(),
            Element::Other(name) if name.starts_with("ComplexDouble") => 16,
            Element::Other(name) if name.starts_with("ComplexFloat") => 8,
            Element::Other(name) if name == "QInt32" => 4,
            _ => 1,
        };
        Some((objects.word(key)?, size))
    };
    objects.persistent().filter_map(of).collect()
}
