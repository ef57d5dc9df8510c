//! PyTorch's files, as `torch.save` has written them since version 1.6: a zip archive with a pickle
//! and a member for each storage. For those before, see [`legacy`].
//!
//! ```text
//! NAME/data.pkl     the objects; tensors in it refer to storages
//! NAME/data/0       the numbers of a storage
//! NAME/byteorder    little or big
//! ```
//!
//! State dictionaries, other dictionaries and lists, whole modules, and archives of `TorchScript`
//! are read the same way: each tensor in them is one, by the names that lead to it. A dictionary or a
//! list of tensors of one dimension, all alike, is a table. Numbers that are stored row after row are lent
//! from the file.

mod archive;
mod legacy;

use std::ops::Range;

use parallax_embedding::Dtype;

use crate::{
    FormatError,
    pickle::{
        self, Call,
        arrays::Place,
        value::{Id, Pickle, Value},
    },
    source::{Content, Format},
    tensors::{self, Element, Listing, Tensor},
};
use archive::Archive;
use legacy::Legacy;
#[cfg(test)]
pub(crate) use legacy::MAGIC as LEGACY;

pub(crate) static FORMAT: Format = Format {
    endings: &["pt", "pth"],
    other_endings: &["ckpt"],
    // Others have the same ending: `.bin` is raw numbers too, and `.ckpt` TensorFlow's.
    claims: |path| Ok(path.is_file() && matches((*Content::at(path).bytes()?).as_ref())),
    matches,
    ..Format::new(|content, _| tensors::source(content, "pytorch", list(content)?))
};

fn matches(bytes: &[u8]) -> bool {
    bytes.starts_with(legacy::MAGIC) || archive::is_torch(bytes)
}

/// Lists the tensors of a file by its pickle.
///
/// # Errors
/// Returns an error if the file is no whole archive, or its pickle is damaged.
pub(crate) fn list(content: &Content) -> Result<Listing, FormatError> {
    let (bytes, file) = (content.bytes()?, content.path());
    if (*bytes).as_ref().starts_with(legacy::MAGIC) {
        let damaged = |fault| pickle::damaged(file, None, fault);
        let Legacy { objects, storages, big_endian } = Legacy::parse((*bytes).as_ref()).map_err(damaged)?;
        let storage = |key: &str| {
            let range = storages.get(key).cloned().ok_or("its numbers are not in the file")?;
            Ok((content.clone(), range))
        };
        return Ok(listing(&Place::new(&objects, content, 0), &content.stem(), big_endian, storage));
    }
    let mut archive = Archive::open(content, &bytes)?;
    let (part, range) = archive.member("data.pkl")?;
    let pickled = part.bytes()?;
    let of_pickle = (*pickled).as_ref().get(range.clone()).unwrap_or_default();
    let pickle = Pickle::parse(of_pickle, 0).map_err(|fault| pickle::damaged(file, Some("data.pkl"), fault))?;
    let big_endian = archive.is_big_endian();
    let place = Place::new(&pickle, &part, range.start);
    Ok(listing(&place, &content.stem(), big_endian, |key| archive.storage(key)))
}

/// What is in a pickle whose tensors have their numbers where `storage` says.
fn listing(
    place: &Place<'_>,
    stem: &str,
    big_endian: bool,
    mut storage: impl FnMut(&str) -> Result<(Content, Range<usize>), String>,
) -> Listing {
    let mut found = pickle::find(place.pickle, stem);
    let (mut tensors, mut columns) = (Vec::new(), Vec::new());
    let mut read = |name: &str, call: Call| {
        tensor(place.pickle, &mut storage, name, call).map(|tensor| Tensor { big_endian, ..tensor })
    };
    let mut unread = std::mem::take(&mut found.unread);
    let mut add = |tensors: &mut Vec<Tensor>, name: String, tensor: Result<Tensor, String>| match tensor {
        Ok(tensor) => tensors.push(Tensor { name, ..tensor }),
        Err(what) => unread.entry(what).or_insert((name, 0)).1 += 1,
    };
    for (name, call) in std::mem::take(&mut found.tensors) {
        let tensor = read(&name, call);
        add(&mut tensors, name, tensor);
    }
    let rows = tensors::rows_of(&tensors);
    for (name, items) in std::mem::take(&mut found.tensor_tables) {
        let items: Vec<_> = items.into_iter().map(|(key, call)| (key, read("", call))).collect();
        let of_row = |(key, tensor): &(Option<Id>, Result<Tensor, String>)| Some((*key, tensor.clone().ok()?));
        let table = place.rows(found.called(&name), items.iter().map(of_row));
        if let Some((tensor, labels)) = table.filter(|(tensor, _)| !rows.contains(&tensor.shape[1])) {
            tensors.push(tensor);
            columns.extend(labels);
        } else {
            for (index, (key, tensor)) in items.into_iter().enumerate() {
                add(&mut tensors, pickle::joined(&name, &place.pickle.key_or(key, index)), tensor);
            }
        }
    }
    found.unread = unread;
    let mut listing = pickle::listing(place, found, tensors);
    listing.columns.extend(columns);
    listing
}

/// The tensor that a call makes, or what it is instead.
fn tensor(
    pickle: &Pickle<'_>,
    storage: &mut impl FnMut(&str) -> Result<(Content, Range<usize>), String>,
    name: &str,
    (function, args): Call,
) -> Result<Tensor, String> {
    let has_dtype = function == "_rebuild_tensor_v3";
    let strange = || "a tensor that is not written as PyTorch does".to_owned();
    let args = pickle.sequence(args);
    let &[id, offset, shape, strides, ..] = args else { return Err(strange()) };
    let Value::Persistent(id) = pickle.value(id) else { return Err(strange()) };
    let &[_, class, key, ref more @ ..] = pickle.sequence(*id) else { return Err(strange()) };
    // Behind the device and the number of values.
    if more.get(2).is_some_and(|&view| !pickle.sequence(view).is_empty()) {
        return Err("a view of a storage, as the first versions of PyTorch wrote; load it and save it again".to_owned());
    }
    if let Some(Value::Dict(flags)) = args.get(if has_dtype { 7 } else { 6 }).map(|&flags| pickle.value(flags))
        && let Some((flag, _)) = flags.iter().find(|(_, is)| matches!(pickle.value(*is), Value::Bool(true)))
    {
        return Err(match pickle.word(*flag) {
            Some("neg") => "negated when it is read; .resolve_neg() makes a copy that has its numbers".to_owned(),
            flag => format!("of the kind {:?}", flag.unwrap_or("?")),
        });
    }
    let (_, class) = pickle.global(class).ok_or_else(strange)?;
    let element = match args.get(6).filter(|_| has_dtype).and_then(|&dtype| pickle.global(dtype)) {
        Some((_, dtype)) => Element::named(dtype),
        None => of_storage(class),
    };
    let key = match pickle.value(key) {
        Value::Int(number) => number.to_string(),
        _ => pickle.word(key).ok_or_else(strange)?.to_owned(),
    };
    let (shape, strides) = pickle.sizes(shape).zip(pickle.sizes(strides)).ok_or_else(strange)?;
    let (content, place) = storage(&key)?;
    let size = match &element {
        Element::Number(dtype) => dtype.size(),
        _ => 1,
    };
    let start = pickle.size(offset).and_then(|offset| offset.checked_mul(size)?.checked_add(place.start));
    let start = start.filter(|&start| start <= place.end).ok_or("its numbers begin after the end of their storage")?;
    let place = start..place.end;
    let needed = shape.iter().try_fold(size, |size, &side| size.checked_mul(side));
    if needed.is_none_or(|needed| needed > place.len()) && strides.contains(&0) {
        return Err("a view that repeats its numbers; .clone() makes a copy that has all of them".to_owned());
    }
    Ok(Tensor { name: name.to_owned(), shape, strides: Some(strides), element, big_endian: false, content, place })
}

/// The type of numbers in a storage of this class.
fn of_storage(class: &str) -> Element {
    Element::Number(match class.strip_suffix("Storage").unwrap_or(class) {
        "Double" => Dtype::F64,
        "Float" => Dtype::F32,
        "Half" => Dtype::F16,
        "BFloat16" => Dtype::Bf16,
        "Long" => Dtype::I64,
        "Int" => Dtype::I32,
        "Short" => Dtype::I16,
        "Char" => Dtype::I8,
        "Byte" | "Untyped" => Dtype::U8,
        "Bool" => Dtype::Bool,
        other => return Element::Other(other.to_owned()),
    })
}
