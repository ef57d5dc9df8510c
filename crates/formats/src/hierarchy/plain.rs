//! Arrays without conventions: each 2-D array of numbers is an embedding, by its path.
//!
//! The 1-D arrays of as many values are its columns of metadata if they are in its group, in one
//! around it, or in one within it, by the rule of all such arrays ([`are_labels`]) for the matrices
//! that are so related to them: the biases beside one layer of a network are not labels of another.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use parallax_embedding::Dtype;

use super::{
    Array, Element, Opener, Tree,
    columns::{Columns, Source},
    matrix::Matrix,
};
use crate::{EmbeddingInfo, Problem, error::counted, source::are_labels};

pub(super) fn list(opener: &Opener, tree: &Tree, problems: &mut Vec<Problem>) -> Vec<EmbeddingInfo> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut infos = Vec::new();
    let models = of_models(tree);
    for (path, array) in tree.arrays() {
        let Some(matrix) = Matrix::dense(path, array) else { continue };
        let columns = columns(tree, &models, path, matrix.rows);
        used.extend(columns.iter().map(|(path, _)| *path).chain([path]));
        let columns = columns.into_iter().map(|(_, column)| column).collect::<Vec<_>>();
        let columns = (!columns.is_empty()).then(|| Arc::new(Columns::new(opener.clone(), columns)));
        infos.push(opener.info(path.to_owned(), matrix, columns.as_ref()));
    }
    problems.extend(left_out(opener, tree, &used));
    infos
}

/// The columns of metadata of `rows` rows, and the paths of their arrays, none of which is of
/// `models`.
fn columns<'a>(tree: &'a Tree, models: &BTreeSet<&str>, matrix: &str, rows: usize) -> Vec<(&'a str, Source)> {
    let is_beside = |path: &str, array: &Array| array.shape == [rows] && are_related(group(path), group(matrix));
    let beside = tree.arrays().filter(|(path, array)| is_beside(path, array) && !models.contains(*path));
    let beside: Vec<(&str, &Array)> = beside.collect();
    let mut columns: Vec<(&str, Source)> = Vec::new();
    for (path, array) in beside {
        let name = path.rsplit('/').next().unwrap_or(path);
        columns.extend(Source::all(name, path, array).into_iter().map(|column| (path, column)));
    }
    let mut names: Vec<String> = columns.iter().map(|(_, column)| column.name.clone()).collect();
    names.sort();
    // Columns of the same name are told apart by their paths.
    for (path, column) in &mut columns {
        let is_alone =
            names.partition_point(|name| *name <= column.name) - names.partition_point(|name| *name < column.name) == 1;
        if !is_alone {
            let member = column.member.map_or(String::new(), |_| format!("/{}", column.name));
            column.name = format!("{path}{member}");
        }
    }
    columns
}

/// The arrays of one dimension that are not labels of the matrices that they are related to.
fn of_models(tree: &Tree) -> BTreeSet<&str> {
    let matrices = tree.arrays().filter_map(|(path, array)| Some((group(path), Matrix::dense(path, array)?.rows)));
    let matrices: Vec<(&str, usize)> = matrices.collect();
    // Many arrays are in one group.
    let mut known: HashMap<(&str, Option<Dtype>), bool> = HashMap::new();
    let mut found = BTreeSet::new();
    for (path, array) in tree.arrays().filter(|(_, array)| array.shape.len() == 1) {
        let dtype = if let Element::Number { dtype, .. } = array.element { Some(dtype) } else { None };
        let related = matrices.iter().filter(|(other, _)| are_related(group(path), other)).map(|(_, rows)| *rows);
        if !*known.entry((group(path), dtype)).or_insert_with(|| are_labels(dtype, related)) {
            found.insert(path);
        }
    }
    found
}

fn group(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(group, _)| group)
}

/// Whether one of two groups is the other or is in it.
fn are_related(a: &str, b: &str) -> bool {
    let holds = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    holds(a, b) || holds(b, a)
}

/// What to say about the arrays that are not shown.
fn left_out(opener: &Opener, tree: &Tree, used: &BTreeSet<&str>) -> Option<Problem> {
    let unused = tree.arrays().filter(|(path, array)| !used.contains(path) && !array.shape.is_empty());
    let unused: Vec<(&str, &Array)> = unused.collect();
    let shown = unused.iter().take(5).map(|(path, array)| format!("{path} ({} of {:?})", array.words(), array.shape));
    let (shown, more) = (shown.collect::<Vec<_>>().join(", "), if unused.len() > 5 { ", and others" } else { "" });
    let (are, count) = (if unused.len() == 1 { "is" } else { "are" }, counted(unused.len(), "array"));
    let what = format!("{count} {are} left out, neither an embedding nor a column of one: {shown}{more}");
    (!unused.is_empty()).then(|| Problem::note(opener.file(), what))
}
