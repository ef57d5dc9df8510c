//! Python's pickles: arrays of NumPy in them, lists beside those as metadata, and dictionaries of
//! arrays, one for each label. Nothing in a pickle is run.

pub(crate) mod arrays;
mod machine;
pub(crate) mod value;
mod walk;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use parallax_embedding::Column;

pub(crate) use walk::{Call, Found, find, joined};

use crate::{
    FormatError, Problem,
    source::{Content, Format},
    tensors::{self, Listing, Tensor, rows_of},
};
use arrays::{Array, Place};
use value::{Fault, Id, Pickle};

pub(crate) static FORMAT: Format = Format {
    endings: &["pkl"],
    other_endings: &["pickle"],
    matches: |bytes| matches!(bytes, [0x80, 2..=5, ..]) && machine::is_begun(bytes),
    ..Format::new(|content, _| tensors::source(content, "pickle", list(content)?))
};

fn list(content: &Content) -> Result<Listing, FormatError> {
    let bytes = content.bytes()?;
    let pickle = Pickle::parse((*bytes).as_ref(), 0).map_err(|fault| damaged(content.path(), None, fault))?;
    let found = find(&pickle, &content.stem());
    if found.classes.keys().any(|class| class.starts_with("pandas.")) {
        let what = "it holds a data frame of pandas, which only pandas can read";
        let way_out = "Write it with df.to_parquet, or its numbers with numpy.save";
        return Err(Problem::error(content.path(), what).way_out(way_out).into());
    }
    Ok(listing(&Place::new(&pickle, content, 0), found, Vec::new()))
}

/// The column of texts and numbers in the pickle of an array of objects, which begins at byte
/// `start`. Returns `None` if it is another one or is damaged.
pub(crate) fn objects(name: &str, bytes: &[u8], start: usize) -> Option<Column> {
    let pickle = Pickle::parse(bytes, start).ok()?;
    let nowhere = Content::Embedded { name: "", bytes: &[] };
    match Place::new(&pickle, &nowhere, 0).array(name.to_owned(), pickle.root).ok()? {
        Array::Column(column) => Some(column),
        Array::Tensor(_) => None,
    }
}

/// The error about a pickle, which may be a member of an archive.
pub(crate) fn damaged(file: &Path, member: Option<&str>, Fault { byte, what }: Fault) -> FormatError {
    let member = member.map_or(String::new(), |member| format!("{member}, "));
    let problem = Problem::error(file, format!("the pickle is damaged: {what}")).at(format!("{member}byte {byte}"));
    problem.way_out("Copy or save the file again").into()
}

/// What was found in a pickle, and other tensors of it.
pub(crate) fn listing(place: &Place<'_>, mut found: Found, tensors: Vec<Tensor>) -> Listing {
    let file = place.content.real_path();
    let mut listing = Listing { tensors, ..Listing::default() };
    let mut unread = std::mem::take(&mut found.unread);
    let mut add = |listing: &mut Listing, name: String, id: Id| match place.array(name.clone(), id) {
        Ok(Array::Tensor(tensor)) => listing.tensors.push(tensor),
        Ok(Array::Column(column)) => listing.columns.push(column),
        Err(what) => unread.entry(what).or_insert((name, 0)).1 += 1,
    };
    for (name, id) in std::mem::take(&mut found.arrays) {
        add(&mut listing, name, id);
    }
    let rows = rows_of(&listing.tensors);
    for (name, items) in std::mem::take(&mut found.tables) {
        match place.table(found.called(&name), &items).filter(|(tensor, _)| !rows.contains(&tensor.shape[1])) {
            Some((tensor, labels)) => {
                listing.tensors.push(tensor);
                listing.columns.extend(labels);
            }
            None => items.iter().enumerate().for_each(|(index, &(key, value))| {
                add(&mut listing, joined(&name, &place.pickle.key_or(key, index)), value);
            }),
        }
    }
    let rows = rows_of(&listing.tensors);
    for (name, id) in found.lists {
        if rows.contains(&place.pickle.sequence(id).len()) {
            match place.list(name.clone(), id) {
                Ok(column) => listing.columns.push(column),
                Err(what) => unread.entry(what).or_insert((name, 0)).1 += 1,
            }
        }
    }
    for (name, length, what) in found.others {
        if length > 0 && rows.contains(&length) {
            unread.entry(what).or_insert((name, 0)).1 += 1;
        }
    }
    let classes = found.classes;
    listing.problems.extend(asked(place.pickle, &classes, file, listing.tensors.is_empty()));
    for (what, (first, count)) in unread {
        let which = if count == 1 {
            format!("{first:?} is")
        } else {
            format!("{count} values, the first of them {first:?}, are")
        };
        listing.problems.push(Problem::warning(file, format!("{which} left out: {what}")));
    }
    if let Some((class, count)) = classes.iter().next() {
        let more = if classes.len() == 1 { String::new() } else { format!(" and {} other classes", classes.len() - 1) };
        let what = format!(
            "nothing in the file is run: of {count} objects of {class}{more}, only tensors and arrays are read"
        );
        listing.problems.push(Problem::note(file, what));
    }
    listing
}

/// What to say about calls in a pickle of functions and classes that are known neither to hold
/// tensors nor to be harmless, and that are not `said` anyway.
fn asked(pickle: &Pickle<'_>, said: &BTreeMap<String, usize>, file: &Path, is_empty: bool) -> Option<Problem> {
    let calls: BTreeSet<(&str, &str)> = pickle.calls().filter(|call| !is_harmless(*call)).collect();
    let mut calls: Vec<String> = calls.into_iter().map(|(module, name)| format!("{module}.{name}")).collect();
    calls.retain(|call| !said.contains_key(call));
    let first = calls.first()?;
    let more = if calls.len() == 1 { String::new() } else { format!(" and {} more", calls.len() - 1) };
    let what = format!("the file asks to run {first}{more}; nothing in it is run");
    if !is_empty {
        return Some(Problem::note(file, what));
    }
    let problem = Problem::warning(file, format!("{what}, and it holds no tensors or arrays"));
    Some(problem.way_out("Save arrays or tensors alone, as numpy.save and torch.save do"))
}

fn is_harmless((module, name): (&str, &str)) -> bool {
    match module.split('.').next().unwrap_or_default() {
        "numpy" | "torch" | "__torch__" | "collections" | "_codecs" | "copyreg" | "copy_reg" => true,
        "builtins" | "__builtin__" => {
            ["set", "frozenset", "bytes", "bytearray", "complex", "slice", "range", "object", "list", "dict", "tuple"]
                .contains(&name)
        }
        _ => false,
    }
}
