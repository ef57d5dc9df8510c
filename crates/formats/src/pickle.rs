//! Python's pickles: arrays of NumPy in them, lists beside those as metadata, and dictionaries of
//! arrays, one for each label. Nothing in a pickle is run.

pub(crate) mod arrays;
mod machine;
pub(crate) mod value;
mod walk;

use std::{collections::BTreeSet, path::Path};

pub(crate) use walk::{Found, find};

use crate::{
    FormatError, Problem,
    source::{Content, Format},
    tensors::{self, Listing, Tensor},
};
use arrays::{Array, Place};
use value::{Fault, Pickle};

pub(crate) static FORMAT: Format = Format {
    endings: &["pkl"],
    other_endings: &["pickle"],
    matches: |bytes| matches!(bytes, [0x80, 2..=5, ..]),
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

/// The error about a pickle, which may be a member of an archive.
pub(crate) fn damaged(file: &Path, member: Option<&str>, Fault { byte, what }: Fault) -> FormatError {
    let member = member.map_or(String::new(), |member| format!("{member}, "));
    let problem = Problem::error(file, format!("the pickle is damaged: {what}")).at(format!("{member}byte {byte}"));
    problem.way_out("Copy or save the file again").into()
}

/// What was found in a pickle, and other tensors of it.
pub(crate) fn listing(place: &Place<'_>, found: Found, tensors: Vec<Tensor>) -> Listing {
    let Found { tensors: _, arrays, lists, tables, classes, mut unread } = found;
    let file = place.content.file().unwrap_or(place.content.path());
    let mut listing = Listing { tensors, ..Listing::default() };
    let mut arrays = arrays;
    for (name, items) in tables {
        let is_root = name == place.content.stem();
        match place.table(name.clone(), &items) {
            Some((tensor, labels)) => {
                listing.tensors.push(tensor);
                listing.columns.push(labels);
            }
            None => arrays.extend(items.iter().map(|&(key, value)| {
                let key = place.pickle.word(key).unwrap_or("?");
                (if is_root { key.to_owned() } else { format!("{name}.{key}") }, value)
            })),
        }
    }
    for (name, id) in arrays {
        match place.array(name.clone(), id) {
            Ok(Array::Tensor(tensor)) => listing.tensors.push(tensor),
            Ok(Array::Column(column)) => listing.columns.push(column),
            Err(what) => unread.entry(what).or_insert((name, 0)).1 += 1,
        }
    }
    let rows: BTreeSet<usize> =
        listing.tensors.iter().filter(|tensor| tensor.shape.len() == 2).map(Tensor::rows).collect();
    for (name, id) in lists {
        if rows.contains(&place.pickle.sequence(id).len()) {
            listing.columns.extend(place.list(name, id));
        }
    }
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
