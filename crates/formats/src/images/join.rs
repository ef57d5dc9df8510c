//! Which picture belongs to which row: by a column that holds their names, or by their order.

use std::{collections::HashMap, path::Path};

use parallax_embedding::{Column, ColumnBuilder, Metadata};

use super::Picture;
use crate::{FormatError, Problem, error::counted};

/// For each row its picture, and what is known of the rows by their pictures.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) rows: Vec<Option<usize>>,
    /// Names and classes, if the pictures are joined by their order.
    pub(crate) names: Option<Metadata>,
    pub(crate) problem: Problem,
}

/// Joins pictures with `rows` rows: by the column with the names of most of them, or else by their
/// order if there are as many.
///
/// # Errors
/// Returns an error if neither is possible.
pub(crate) fn join(
    folder: &Path,
    pictures: &[Picture],
    metadata: &Metadata,
    rows: usize,
) -> Result<Joined, FormatError> {
    let names = Names::new(pictures);
    let found = metadata.columns().iter().map(|column| names.column(column, rows));
    let best = found.zip(metadata.columns()).rev().max_by_key(|(found, _)| found.iter().flatten().count());
    if let Some((found, column)) = best.filter(|(found, column)| is_meant(found, column)) {
        let problem = by_name(folder, pictures, column, &found);
        return Ok(Joined { rows: found, names: None, problem });
    }
    if pictures.len() != rows {
        let are = if pictures.len() == 1 { "is" } else { "are" };
        let what = format!(
            "there {are} {} for {}, and no column with their names",
            counted(pictures.len(), "picture"),
            counted(rows, "row")
        );
        return Err(Problem::error(folder, what).way_out("Give --metadata with a column of file names").into());
    }
    let last = pictures.last().map_or("", |picture| &picture.name);
    let has_numbers = !pictures.is_sorted();
    let by_value = if has_numbers { ", with numbers in them by value" } else { "" };
    let what =
        format!("pictures belong to rows in the order of their names{by_value}, from {} to {last}", pictures[0].name);
    let way_out = "If that is not the order of the rows, give --metadata with a column of file names";
    let problem = Problem::note(folder, what).way_out(way_out);
    Ok(Joined { rows: (0..rows).map(Some).collect(), names: names_of(pictures), problem })
}

fn by_name(folder: &Path, pictures: &[Picture], column: &Column, rows: &[Option<usize>]) -> Problem {
    let mut is_used = vec![false; pictures.len()];
    rows.iter().flatten().for_each(|&picture| is_used[picture] = true);
    let without = rows.iter().filter(|picture| picture.is_none()).count();
    let unused = is_used.iter().filter(|is_used| !**is_used).count();
    let belong = if unused == 1 { "belongs" } else { "belong" };
    let missing = (without > 0).then(|| format!("{without} of {} rows have none", rows.len()));
    let needless = (unused > 0).then(|| format!("{} {belong} to no row", counted(unused, "picture")));
    let found = format!("pictures are found by the names in column {:?}", column.name());
    let what = std::iter::once(found).chain(missing).chain(needless).collect::<Vec<_>>().join("; ");
    if without > 0 { Problem::warning(folder, what) } else { Problem::note(folder, what) }
}

/// Pictures by their paths, and by the parts of them that are of one picture alone.
struct Names<'a>(HashMap<&'a str, Option<usize>>);

impl<'a> Names<'a> {
    fn new(pictures: &'a [Picture]) -> Self {
        let mut found: HashMap<&str, Option<usize>> = HashMap::new();
        for (index, picture) in pictures.iter().enumerate() {
            let name = picture.name.as_str();
            let file = file_of(name);
            let mut keys = vec![name, without_ending(name), file, without_ending(file)];
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                found.entry(key).and_modify(|other| *other = None).or_insert(Some(index));
            }
        }
        // A whole path is that of one picture, whatever else it may look like.
        found.extend(pictures.iter().enumerate().map(|(index, picture)| (picture.name.as_str(), Some(index))));
        Self(found)
    }

    /// The picture that a cell names: by the end of a path, or the name of a file with or without
    /// its ending.
    fn find(&self, cell: &str) -> Option<usize> {
        let cell = cell.replace('\\', "/");
        let file = file_of(&cell);
        let folder = cell.strip_suffix(file).map_or("", |folder| file_of(folder.trim_end_matches('/')));
        let within = format!("{folder}/{file}");
        [&*cell, &within, without_ending(&within), file, without_ending(file)]
            .into_iter()
            .find_map(|key| self.0.get(key).copied().flatten())
    }

    fn column(&self, column: &Column, rows: usize) -> Vec<Option<usize>> {
        let of_value: Vec<Option<usize>> = column.values().iter().map(|value| self.find(value)).collect();
        (0..rows).map(|row| of_value.get(column.code(row)? as usize).copied().flatten()).collect()
    }
}

/// Whether the column holds names: at least half of its rows have a picture, and if it holds
/// numbers, which anything might be, each is there once.
fn is_meant(found: &[Option<usize>], column: &Column) -> bool {
    let count = found.iter().flatten().count();
    count > 0 && 2 * count >= found.len() && (!column.is_numeric() || column.values().len() == column.len())
}

fn file_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') && !stem.is_empty() => stem,
        _ => name,
    }
}

/// File names, and classes if there are folders of them.
fn names_of(pictures: &[Picture]) -> Option<Metadata> {
    let mut columns = vec![ColumnBuilder::new("name"), ColumnBuilder::new("class")];
    for picture in pictures {
        let class = picture.name.rsplit_once('/').map(|(class, _)| class);
        columns[0].push(Some(&picture.name));
        columns[1].push(class);
    }
    let mut columns: Vec<Column> = columns.into_iter().map(ColumnBuilder::finish).collect();
    columns.retain(|column| column.missing() < column.len());
    Metadata::new(columns).ok()
}

/// Names and classes as TSV for TensorBoard: a header if there are two columns, and no tab or line
/// break in a cell.
pub(super) fn names_table(pictures: &[Picture]) -> String {
    let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let has_classes = pictures.iter().any(|picture| picture.name.contains('/'));
    let class = |name: &str| clean(name.rsplit_once('/').map_or("", |(class, _)| class));
    let line = |Picture { name, .. }: &Picture| {
        let class = if has_classes { format!("\t{}", class(name)) } else { String::new() };
        format!("{}{class}\n", clean(name))
    };
    let header = if has_classes { "name\tclass\n" } else { "" };
    std::iter::once(header.to_owned()).chain(pictures.iter().map(line)).collect()
}
