//! Columns of a table as columns of metadata. Categories keep the order in which the file lists them.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use arrow_array::{Array, ArrayRef, cast::AsArray};
use arrow_schema::DataType;
use parallax_embedding::{Column, ColumnBuilder, Progress};
use rayon::prelude::*;

use super::{
    table::{Part, Table, is_inflated},
    text::{Cells, is_named},
};
use crate::{FormatError, Problem, error::counted};

/// Rows that become text at a time.
const ROWS: usize = 1 << 10;

/// Reads columns: `(index, name)` each, where the indices of those that folders name come last.
pub(super) fn columns(
    table: &Table,
    wanted: &[(usize, String)],
    progress: &Progress,
) -> Result<(Vec<Column>, Vec<Problem>), FormatError> {
    let (parts, done) = (table.parts(None), AtomicUsize::new(0));
    let total = wanted.len().saturating_mul(table.rows);
    // Each cell takes four bytes at least.
    if is_inflated((total as u128).saturating_mul(4), table.size) {
        let columns = counted(wanted.len(), "column");
        let what = format!("{} rows of {columns} are far more than a file of {} bytes holds", table.rows, table.size);
        return Err(Problem::error(table.path(), what).way_out("Copy or write the file again").into());
    }
    let read = |(index, name): &(usize, String)| {
        let mut builder = ColumnBuilder::new(name.as_str());
        let (classes, mut problem) = (classes(table, *index), None);
        let mut order = classes.clone();
        for part in &parts {
            progress.advance(done.fetch_add(part.rows.len(), Ordering::Relaxed), total)?;
            if let Some(key) = index.checked_sub(table.schema.fields().len()) {
                let value = table.key(part, key);
                part.rows.clone().for_each(|_| builder.push(value));
            } else if table.has(part, *index) {
                read_part(
                    table,
                    part,
                    *index,
                    progress,
                    |text| match &classes {
                        None => builder.push(text),
                        Some(classes) => builder.push(text.map(|text| class(classes, text))),
                    },
                    &mut order,
                )?;
            } else {
                part.rows.clone().for_each(|_| builder.push(None));
            }
        }
        if let Some(DataType::Timestamp(_, Some(zone))) =
            table.schema.fields().get(*index).map(|field| field.data_type())
            && is_named(zone)
            && let Some(part) = parts.first()
        {
            let message = format!("the times of {name:?} are of {zone}, and are shown in UTC");
            problem = Some(Problem::note(table.content(part).path(), message));
        }
        let column = builder.finish();
        Ok((order.map_or_else(|| column.clone(), |order| in_order(&column, &order)), problem))
    };
    let read: Vec<(Column, Option<Problem>)> = wanted.par_iter().map(read).collect::<Result<_, FormatError>>()?;
    let (columns, problems): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    Ok((columns, problems.into_iter().flatten().collect()))
}

/// Calls `push` with the cells of a part, and sets the order of its categories if it has some.
fn read_part(
    table: &Table,
    part: &Part,
    column: usize,
    progress: &Progress,
    mut push: impl FnMut(Option<&str>),
    order: &mut Option<Vec<String>>,
) -> Result<(), FormatError> {
    let mut text = String::new();
    table.for_each(part, &[column], ROWS, |_, batch| {
        progress.check()?;
        let array = batch.column(0);
        if order.is_none() {
            *order = categories(array);
        }
        let cells = Cells::of(array);
        for row in 0..array.len() {
            text.clear();
            push(cells.write(row, &mut text).then_some(&text));
        }
        Ok(true)
    })
}

/// The names of the classes whose numbers a column holds, as `datasets` describes them.
fn classes(table: &Table, column: usize) -> Option<Vec<String>> {
    let field = table.schema.fields().get(column)?;
    let described: serde_json::Value = serde_json::from_str(table.schema.metadata().get("huggingface")?).ok()?;
    let names = described["info"]["features"][field.name()]["names"].as_array()?;
    Some(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

/// The name of the class with this number, or else the number.
fn class<'a>(classes: &'a [String], number: &'a str) -> &'a str {
    number.parse().ok().and_then(|number: usize| classes.get(number)).map_or(number, String::as_str)
}

/// The categories of an array, in their order. Returns `None` if it has no categories.
fn categories(array: &ArrayRef) -> Option<Vec<String>> {
    let values = array.as_any_dictionary_opt()?.values();
    let (cells, mut texts) = (Cells::of(values), Vec::new());
    for row in 0..values.len() {
        let mut text = String::new();
        if cells.write(row, &mut text) {
            texts.push(text);
        }
    }
    Some(texts)
}

/// The column as a category with its values in this order; others come last.
fn in_order(column: &Column, order: &[String]) -> Column {
    let used: HashSet<&str> = column.values().iter().collect();
    let mut builder = ColumnBuilder::new(column.name());
    builder.declare(order.iter().map(String::as_str).filter(|value| used.contains(value)));
    (0..column.len()).for_each(|row| builder.push(column.text(row)));
    builder.finish()
}
