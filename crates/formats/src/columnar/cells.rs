//! Columns of a table as columns of metadata.
//!
//! Dates and times are written as ISO 8601, decimal numbers with all digits, and floats as Python
//! does; NaN is a missing value. Categories keep the order in which the file lists them.

use std::{
    collections::HashSet,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use arrow_array::{Array, ArrayRef, cast::AsArray, timezone::Tz, types};
use arrow_cast::{
    cast,
    display::{ArrayFormatter, FormatOptions},
};
use arrow_schema::{ArrowError, DataType};
use parallax_embedding::{Column, ColumnBuilder, Progress};
use rayon::prelude::*;

use super::{
    nested,
    table::{Part, Table},
};
use crate::{FormatError, Problem};

/// Rows that become text at a time.
const ROWS: usize = 1 << 10;

/// Whether values of this type have a text.
pub(super) fn are_shown(data: &DataType) -> bool {
    match data {
        DataType::Dictionary(_, values) => are_shown(values),
        DataType::RunEndEncoded(_, values) => are_shown(values.data_type()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        data => data.is_temporal() || data.is_decimal() || nested::number(data).is_some(),
    }
}

/// Reads columns: `(index, name)` each, where the indices of those that folders name come last.
pub(super) fn columns(
    table: &Table,
    wanted: &[(usize, String)],
    progress: &Progress,
) -> Result<(Vec<Column>, Vec<Problem>), FormatError> {
    let (parts, done) = (table.parts(None), AtomicUsize::new(0));
    let total = wanted.len().saturating_mul(table.rows);
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
        let damaged = |error: ArrowError| {
            Problem::error(table.content(part).path(), format!("the values cannot be shown: {error}"))
        };
        if order.is_none() {
            *order = categories(array).map_err(damaged)?;
        }
        let array = plain(array).map_err(damaged)?;
        let cells = Cells::of(&array).map_err(damaged)?;
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
fn categories(array: &ArrayRef) -> Result<Option<Vec<String>>, ArrowError> {
    let Some(array) = array.as_any_dictionary_opt() else { return Ok(None) };
    let values = plain(array.values())?;
    let (cells, mut texts) = (Cells::of(&values)?, Vec::new());
    for row in 0..values.len() {
        let mut text = String::new();
        if cells.write(row, &mut text) {
            texts.push(text);
        }
    }
    Ok(Some(texts))
}

/// The column with its values in this order; others come last.
fn in_order(column: &Column, order: &[String]) -> Column {
    let used: HashSet<&str> = column.values().iter().collect();
    let places = order.iter().filter(|value| used.contains(value.as_str()));
    if places.clone().zip(column.values().iter()).all(|(declared, found)| declared == found) {
        return column.clone();
    }
    let mut builder = ColumnBuilder::new(column.name());
    places.for_each(|value| builder.expect(value));
    (0..column.len()).for_each(|row| builder.push(column.text(row)));
    builder.finish()
}

/// The values without dictionaries, and with times whose zone has a name as UTC: names of zones
/// would need a database of them.
fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => plain(&cast(array, values)?),
        DataType::RunEndEncoded(_, values) => plain(&cast(array, values.data_type())?),
        DataType::Timestamp(unit, Some(zone)) if zone.parse::<Tz>().is_err() => {
            cast(array, &DataType::Timestamp(*unit, Some("+00:00".into())))
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// Whether a time zone has a name other than that of UTC.
fn is_named(zone: &str) -> bool {
    zone.parse::<Tz>().is_err() && !matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Z")
}

/// The texts of an array without dictionaries.
pub(super) struct Cells<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Text,
    LargeText,
    TextView,
    Bool,
    F16,
    F32,
    F64,
    Other(ArrayFormatter<'a>),
}

impl<'a> Cells<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false);
        let kind = match array.data_type() {
            DataType::Utf8 => Kind::Text,
            DataType::LargeUtf8 => Kind::LargeText,
            DataType::Utf8View => Kind::TextView,
            DataType::Boolean => Kind::Bool,
            DataType::Float16 => Kind::F16,
            DataType::Float32 => Kind::F32,
            DataType::Float64 => Kind::F64,
            _ => Kind::Other(ArrayFormatter::try_new(&**array, &OPTIONS)?),
        };
        Ok(Self { array, kind })
    }

    /// Writes the text of a value, and returns whether there is one.
    pub(super) fn write(&self, row: usize, out: &mut String) -> bool {
        if self.array.is_null(row) {
            return false;
        }
        let array = self.array;
        match &self.kind {
            Kind::Text => out.push_str(array.as_string::<i32>().value(row)),
            Kind::LargeText => out.push_str(array.as_string::<i64>().value(row)),
            Kind::TextView => out.push_str(array.as_string_view().value(row)),
            Kind::Bool => out.push_str(if array.as_boolean().value(row) { "True" } else { "False" }),
            Kind::F16 => return write_float(array.as_primitive::<types::Float16Type>().value(row).to_f32(), out),
            Kind::F32 => return write_float(array.as_primitive::<types::Float32Type>().value(row), out),
            Kind::F64 => return write_float(array.as_primitive::<types::Float64Type>().value(row), out),
            // A date beyond the calendar has no text.
            Kind::Other(formatter) => return formatter.value(row).write(out).is_ok(),
        }
        true
    }
}

fn write_float<T: std::fmt::Debug + PartialEq>(value: T, out: &mut String) -> bool {
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    let is_number = value == value;
    is_number && write!(out, "{value:?}").is_ok()
}
