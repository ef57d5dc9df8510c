//! The conventions of AnnData, which scanpy and others write: cells are rows.
//!
//! `X`, each entry of `obsm`, each of `layers`, and `raw/X` are embeddings, and `obs` is the
//! metadata of all. Which one is opened follows scanpy's own rule for neighbors: `X` if it has at
//! most 50 columns, otherwise `X_pca`, or else another entry of `obsm` with more than three.
//! Before anndata 0.8, categories were in a group `obs/__categories`, and before 0.7 `obs` was an
//! array of records; both are read.

use std::sync::Arc;

use super::{
    Array, Element, Node, Opener, Tree,
    columns::{Columns, Meaning, Source},
    matrix::Matrix,
};
use crate::{EmbeddingInfo, Problem, ProblemKind, error::counted, source::tensor_position};

/// Up to this many columns scanpy takes `X` as it is.
const FEW_COLUMNS: usize = 50;

/// Whether the tree is one of AnnData.
pub(super) fn is_one(tree: &Tree) -> bool {
    let says_so = tree.node("").is_some_and(|root| root.text("encoding-type") == Some("anndata"));
    let has = |path: &str| tree.node(path).is_some();
    says_so || has("obs") && has("var") && (has("X") || has("obsm"))
}

pub(super) fn list(opener: &Opener, tree: &Tree, problems: &mut Vec<Problem>) -> Vec<EmbeddingInfo> {
    let columns = columns(opener, tree, problems);
    let columns = (!columns.is_empty()).then(|| Arc::new(Columns::new(opener.clone(), columns)));
    let mut infos = Vec::new();
    for (name, node) in candidates(tree) {
        match matrix(opener, tree, node) {
            Ok(matrix) => infos.push(embedding(opener, name, node, matrix, columns.as_ref())),
            Err(problem) => problems.push(problem),
        }
    }
    choose(opener, &mut infos, problems);
    infos
}

fn embedding(
    opener: &Opener,
    name: String,
    node: &Node,
    matrix: Matrix,
    columns: Option<&Arc<Columns>>,
) -> EmbeddingInfo {
    let mut info = opener.info(name, matrix, columns);
    if node.path.starts_with("obsm/") && (2..=3).contains(&info.dims) {
        let what = format!("its {} columns are taken for a layout and shown as they are", info.dims);
        let note = Problem::note(opener.file(), what).at(tensor_position(&info.name));
        info.origin.problems.push(note.way_out("Choose a method to project them"));
        info.is_layout = true;
    }
    info
}

/// What may be an embedding, by its name.
fn candidates(tree: &Tree) -> Vec<(String, &Node)> {
    let mut found: Vec<(String, &Node)> = Vec::new();
    found.extend(tree.node("X").map(|node| ("X".to_owned(), node)));
    for (name, node) in tree.children("obsm") {
        // Scanpy's users say `X_pca`, not `obsm/X_pca`.
        found.push((if name == "X" { node.path.clone() } else { name.to_owned() }, node));
    }
    found.extend(tree.children("layers").map(|(_, node)| (node.path.clone(), node)));
    found.extend(tree.node("raw/X").map(|node| ("raw/X".to_owned(), node)));
    found
}

/// The matrix in `node`, or why it is left out.
fn matrix(opener: &Opener, tree: &Tree, node: &Node) -> Result<Matrix, Problem> {
    let left_out = |what: String| Problem::warning(opener.file(), what).at(format!("{:?}", node.path));
    let Some(array) = &node.array else {
        let Some(matrix) = Matrix::sparse(tree, node) else {
            let kind = node.text("encoding-type").unwrap_or("group");
            return Err(left_out(format!("this {kind} is left out: it is not a matrix of numbers")));
        };
        if let Some(what) = opener.too_dense(&matrix) {
            let what = format!("this sparse matrix {what}");
            return Err(left_out(what).way_out("Save a PCA with it, as by scanpy.pp.pca(adata)"));
        }
        return Ok(matrix);
    };
    let no_matrix = || {
        format!(
            "{} of shape {:?} are left out: an embedding has rows and columns of numbers",
            array.words(),
            array.shape
        )
    };
    Matrix::dense(&node.path, array).ok_or_else(|| left_out(no_matrix()))
}

/// Marks the embedding that is opened, and says why it is that one.
fn choose(opener: &Opener, infos: &mut [EmbeddingInfo], problems: &mut Vec<Problem>) {
    let count = infos.len();
    let place = |name: &str| infos.iter().position(|info| info.name == name);
    let (of_x, pca) = (place("X"), place("X_pca"));
    let is_reduced = |info: &EmbeddingInfo| !info.name.contains('/') && info.name != "X" && info.dims > 3;
    let chosen = of_x.filter(|&x| infos[x].dims <= FEW_COLUMNS);
    let chosen = chosen.or(pca).or_else(|| infos.iter().position(is_reduced)).or(of_x);
    let Some(chosen) = chosen.or((count > 0).then_some(0)) else { return };
    infos[chosen].configured = true;
    let why = match of_x.map(|x| infos[x].dims) {
        Some(dims) if Some(chosen) == of_x && dims <= FEW_COLUMNS => format!("X has at most {FEW_COLUMNS} columns"),
        Some(dims) if Some(chosen) == of_x => format!("no other has more than 3 columns; X has {dims}"),
        Some(dims) => format!("X has {}, and scanpy takes it as it is up to {FEW_COLUMNS}", counted(dims, "column")),
        None => "X is not one of them".to_owned(),
    };
    if count > 1 {
        let what = format!("{} is opened of {}, since {why}", infos[chosen].name, counted(count, "embedding"));
        let note = Problem::note(opener.file(), what).kind(ProblemKind::ShownFirst);
        problems.push(note.way_out("Another is opened by --embedding NAME"));
    }
}

/// The columns of `obs`, the names of the rows first.
fn columns(opener: &Opener, tree: &Tree, problems: &mut Vec<Problem>) -> Vec<Source> {
    let Some(obs) = tree.node("obs") else { return Vec::new() };
    if let Some(array) = &obs.array {
        return records(tree, array);
    }
    let index = obs.text("_index").unwrap_or("_index");
    let order = obs.texts("column-order").unwrap_or_default();
    let rank = |name: &str| match order.iter().position(|ordered| ordered == name) {
        _ if name == index => 0,
        Some(place) => 1 + place,
        None => 1 + order.len(),
    };
    let mut children: Vec<(&str, &Node)> = tree.children("obs").filter(|(name, _)| *name != "__categories").collect();
    children.sort_by_key(|(name, _)| rank(name));
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for (name, node) in children {
        match column(tree, name, node) {
            Some(column) => found.push(column),
            None => left_out.push(name),
        }
    }
    // Pandas gives an index without a name this one.
    if let Some(names) = found.first_mut().filter(|first| first.name == "_index" && index == "_index") {
        "obs_names".clone_into(&mut names.name);
    }
    if let Some(double) = found.iter().skip(1).position(|column| column.name == "obs_names") {
        "obs/obs_names".clone_into(&mut found[double + 1].name);
    }
    if !left_out.is_empty() {
        let columns = counted(left_out.len(), "column");
        let are = if left_out.len() == 1 { "is" } else { "are" };
        let what =
            format!("{columns} of obs {are} left out, which hold neither numbers nor texts: {}", left_out.join(", "));
        problems.push(Problem::note(opener.file(), what));
    }
    found
}

fn column(tree: &Tree, name: &str, node: &Node) -> Option<Source> {
    let list = |path: String| {
        let array = tree.array(&path).filter(|array| array.shape.len() == 1)?.clone();
        Some((path, array))
    };
    let values = |path: &str| {
        let array = tree.array(path).filter(|array| array.shape.len() == 1)?;
        Source::all(name, path, array).into_iter().find(|column| column.member.is_none())
    };
    if node.array.is_some() {
        let column = values(&node.path)?;
        return Some(match list(format!("obs/__categories/{name}")) {
            Some((path, array)) => Source { meaning: Meaning::Places { path, array }, ..column },
            None => column,
        });
    }
    let part = |part: &str| format!("{}/{part}", node.path);
    if let Some((path, array)) = list(part("categories")) {
        return Some(Source { meaning: Meaning::Places { path, array }, ..values(&part("codes"))? });
    }
    let column = values(&part("values"))?;
    Some(match list(part("mask")) {
        Some((path, array)) => Source { meaning: Meaning::Masked { path, array }, ..column },
        None => column,
    })
}

/// The members of an `obs` of records, whose categories are named in `uns`.
fn records(tree: &Tree, array: &Array) -> Vec<Source> {
    let mut columns = if array.shape.len() == 1 { Source::all("obs", "obs", array) } else { Vec::new() };
    for column in &mut columns {
        let path = format!("uns/{}_categories", column.name);
        let names = tree.array(&path).filter(|names| names.shape.len() == 1);
        let is_code = |member: usize| match &array.element {
            Element::Record { members, .. } => matches!(members[member].element, Element::Number { .. }),
            _ => false,
        };
        if let Some(names) = names.filter(|_| column.member.is_some_and(is_code)) {
            column.meaning = Meaning::Places { path, array: names.clone() };
        }
    }
    columns
}
