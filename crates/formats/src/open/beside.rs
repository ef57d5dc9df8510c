//! Metadata from a file of any format that has columns, joined with vectors by order or by a key.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parallax_embedding::{Column, Metadata, MetadataError, Progress};

use super::{claimant, list_as, recognized};
use crate::{
    FormatError, Join, OpenOptions, Problem,
    coded::{self, Inside},
    delimited::{self, Hints},
    error::counted,
    metadata::{Table, misfit, unique_names},
    source::{Content, Format, MetadataOrigin, MetadataReader},
};

/// The columns of `content`, whose rows are in the order of the vectors.
pub(super) fn in_order(content: Content, hints: Hints, shown: String) -> MetadataOrigin {
    MetadataOrigin::new(&content.clone(), Arc::new(InOrder { content, hints }), shown)
}

/// The columns of `content` beside the `own` ones of the vectors, joined by a key.
pub(super) fn joined(
    own: Option<MetadataOrigin>,
    content: Content,
    hints: Hints,
    join: &Join,
    shown: String,
) -> MetadataOrigin {
    MetadataOrigin::new(&content.clone(), Arc::new(Joined { own, content, hints, join: join.clone() }), shown)
}

#[derive(Debug)]
struct InOrder {
    content: Content,
    hints: Hints,
}

impl MetadataReader for InOrder {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        columns(&self.content, &self.hints, Some(rows), progress)
    }
}

/// All columns of a file, for `rows` vectors in the same order if that is known, and what was wrong
/// with them.
fn columns(
    content: &Content,
    hints: &Hints,
    rows: Option<usize>,
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let refuse_hints = || match hints.given() {
        Some((option, what)) => {
            let problem = Problem::error(content.path(), format!("{option} {what}"));
            Err(FormatError::from(problem.way_out(format!("Leave {option} out"))))
        }
        None => Ok(()),
    };
    let (metadata, mut problems) = if content.path().is_dir() {
        refuse_hints()?;
        of_format(claimant(content.path())?, content, progress)?
    } else {
        let Inside { content: inner, bytes, problems: found, .. } = coded::decoded(content.clone(), progress)?;
        let format = recognized(&inner, (*bytes).as_ref(), &OpenOptions::default()).map(|(format, _)| format);
        if format.is_none_or(|format| std::ptr::eq(format, &raw const delimited::FORMAT)) {
            let bytes = inner.kept_bytes(progress)?;
            let table = Table::of_bytes((*bytes).as_ref(), inner.path(), hints, progress);
            let (metadata, problems) = rows.map_or_else(|| table.read(), |rows| table.reconcile(rows));
            progress.check()?;
            return Ok((metadata, [found, problems].concat()));
        }
        refuse_hints()?;
        let (metadata, problems) = of_format(format, &inner, progress)?;
        (metadata, [found, problems].concat())
    };
    if let Some(rows) = rows.filter(|&rows| rows != metadata.rows()) {
        problems.insert(0, misfit(content.path(), metadata.rows(), rows));
    }
    Ok((metadata, problems))
}

/// The columns of a file or folder of a format.
fn of_format(
    format: Option<&'static Format>,
    content: &Content,
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    match format.map(|format| (format, format.table)) {
        Some((_, Some(read))) => read(content, progress),
        Some((format, None)) => beside_vectors(format, content, progress),
        None => Err(Problem::error(content.path(), "there are no columns here").way_out("Name a table").into()),
    }
}

/// The columns beside the vectors of a file.
fn beside_vectors(
    format: &Format,
    content: &Content,
    progress: &Progress,
) -> Result<(Metadata, Vec<Problem>), FormatError> {
    let source = list_as(format, content, &OpenOptions::default())?;
    let (run, embedding) = source.choose(None, None)?;
    let info = &source.runs[run].embeddings[embedding];
    let Some(metadata) = &info.origin.metadata else {
        let problem = Problem::error(content.path(), "the file holds vectors, and no columns of metadata");
        return Err(problem.way_out("Name a table with a row for each vector").into());
    };
    let (metadata, problems) = metadata.read(info.rows, progress)?;
    Ok(((*metadata).clone(), problems))
}

#[derive(Debug)]
struct Joined {
    own: Option<MetadataOrigin>,
    content: Content,
    hints: Hints,
    join: Join,
}

impl MetadataReader for Joined {
    fn read_metadata(&self, rows: usize, progress: &Progress) -> Result<(Metadata, Vec<Problem>), FormatError> {
        let (own, mut problems) = match &self.own {
            Some(own) => own.read(rows, progress)?,
            None => Default::default(),
        };
        let (other, found) = columns(&self.content, &self.hints, None, progress)?;
        problems.extend(found);
        let Join { key, column } = &self.join;
        let keys = other.column(key).ok_or_else(|| self.no_column("the metadata have", key, &other))?;
        let labels = match column {
            Some(name) => own.column(name),
            None => own.column(key).or_else(|| own.default_label()),
        };
        let labels = labels.ok_or_else(|| self.no_column("the vectors have", column.as_ref().unwrap_or(key), &own))?;
        let places = self.places(rows, labels, keys, &mut problems)?;
        let others = other.columns().iter().filter(|column| column.name() != key);
        let all = own.columns().iter().chain(others.clone());
        let (names, _) = unique_names(all.map(|column| column.name().to_owned()).collect());
        let mut columns: Vec<Column> = own.columns().to_vec();
        for (column, name) in others.zip(&names[own.columns().len()..]) {
            progress.check()?;
            columns.push(column.picked(name, &places));
        }
        let refused = |error: MetadataError| Problem::error(self.content.path(), error.to_string());
        Ok((Metadata::new(columns).map_err(refused)?, problems))
    }
}

/// The rows of keys by their numbers, if keys and labels are numbers: `0` and `0.0` are one.
struct ByNumber(HashMap<String, usize>);

impl ByNumber {
    fn of(labels: &Column, keys: &Column) -> Self {
        let mut places = HashMap::new();
        if labels.is_numeric() && keys.is_numeric() {
            let numbers = (0..keys.len()).filter_map(|row| Some((row, number(keys.text(row)?)?)));
            numbers.for_each(|(row, number)| _ = places.entry(number).or_insert(row));
        }
        Self(places)
    }

    fn place(&self, label: &str) -> Option<usize> {
        if self.0.is_empty() { None } else { self.0.get(&number(label)?).copied() }
    }
}

/// One text for each number, with all of its digits.
fn number(text: &str) -> Option<String> {
    const WHOLE: f64 = 9_007_199_254_740_992.0; // beyond it, floats are not all whole numbers
    let as_float = || {
        let number: f64 = text.parse().ok()?;
        let is_whole = number.fract() == 0.0 && number.abs() < WHOLE;
        Some(if is_whole { (number as i64).to_string() } else { format!("{number:?}") })
    };
    text.parse::<i128>().map(|number| number.to_string()).ok().or_else(as_float)
}

impl Joined {
    /// For each vector the row of the metadata. Vectors and rows without the other are counted in
    /// `problems`.
    fn places(
        &self,
        rows: usize,
        labels: &Column,
        keys: &Column,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Option<usize>>, FormatError> {
        let file = self.content.path();
        let (mut by_key, mut repeated) = (HashMap::new(), Vec::new());
        for row in 0..keys.len() {
            let Some(text) = keys.text(row) else { continue };
            if by_key.contains_key(text) {
                repeated.push(text);
            } else {
                by_key.insert(text, row);
            }
        }
        let by_number = ByNumber::of(labels, keys);
        let mut spelled = None;
        let mut place = |row: usize| {
            let label = labels.text(row)?;
            by_key.get(label).copied().or_else(|| {
                let place = by_number.place(label)?;
                spelled.get_or_insert((label, keys.text(place).unwrap_or_default()));
                Some(place)
            })
        };
        let places: Vec<Option<usize>> = (0..rows).map(&mut place).collect();
        if let Some((label, key)) = spelled {
            let what = format!("keys are compared as numbers: {label:?} is joined with {key:?}");
            problems.push(Problem::note(file, what));
        }
        let used: HashSet<usize> = places.iter().flatten().copied().collect();
        let (key, name) = (keys.name(), labels.name());
        if used.is_empty() {
            let what = format!("no value of {key:?} is a value of {name:?}, the column of the vectors");
            return Err(Problem::error(file, what).way_out("Name both columns: --join KEY=COLUMN").into());
        }
        let alone = places.iter().filter(|place| place.is_none()).count();
        if alone > 0 {
            let first = places.iter().position(Option::is_none).unwrap_or(0);
            let label = labels.text(first).unwrap_or_default();
            let what = format!(
                "{alone} of {} have no row of metadata, the first of them row {first} ({label:?})",
                counted(rows, "vector")
            );
            problems.push(Problem::warning(file, what));
        }
        let unused = by_key.len() - used.len();
        if unused > 0 {
            let is_unused = |row: &usize| keys.text(*row).is_some_and(|text| !used.contains(&by_key[text]));
            let first = (0..keys.len()).find(is_unused).and_then(|row| keys.text(row)).unwrap_or_default();
            let what = format!(
                "{unused} of {} of metadata fit no vector, the first of them {first:?}",
                counted(by_key.len(), "key")
            );
            problems.push(Problem::warning(file, what));
        }
        if let Some(first) = repeated.first() {
            let are = if repeated.len() == 1 { "is" } else { "are" };
            let what = format!(
                "{} with a key that an earlier row has, as {first:?}, {are} left out",
                counted(repeated.len(), "row")
            );
            problems.push(Problem::warning(file, what).way_out("Give each row a key of its own"));
        }
        Ok(places)
    }

    fn no_column(&self, who: &str, name: &str, table: &Metadata) -> FormatError {
        let names: Vec<String> = table.columns().iter().map(|column| format!("{:?}", column.name())).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let problem = Problem::error(self.content.path(), format!("{who} no column {name:?} to join by"));
        problem.way_out(format!("There are: {there}; --join KEY=COLUMN names both")).into()
    }
}
