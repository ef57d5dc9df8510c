//! `parallax search`: lists the rows whose metadata contain a text or match a pattern.

use parallax_embedding::{Column, RowSet};
use parallax_session::{Search, SearchError, matches};
use serde::Serialize;

use super::{
    CliError,
    args::{RowsArgs, SearchArgs},
    context::Context,
    input::{self, Opened},
    output,
    table::{Align, Table, counted, text},
};

/// The answer, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    column: &'a str,
    rows: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    row: u32,
    label: Option<&'a str>,
    value: Option<&'a str>,
}

/// Searches and lists the rows.
pub(super) fn run(args: SearchArgs, context: &Context) -> Result<(), CliError> {
    let search = args.matching.search(args.text);
    input::with(args.input.of(args.path), context, |opened| answer(&search, args.json, opened, context))
}

fn answer(search: &Search, is_json: bool, opened: &Opened, context: &Context) -> Result<String, CliError> {
    let (column, rows) = find(search, opened, context)?;
    let entry = |row: u32| Entry { row, label: opened.label(row), value: column.text(row as usize) };
    let answer = Answer { column: column.name(), rows: rows.iter().map(entry).collect() };
    if is_json { output::json_text(&answer) } else { Ok(page(&answer, search, opened)) }
}

/// Returns the column that was searched and the rows that were found.
pub(super) fn find<'a>(
    search: &Search,
    opened: &'a Opened,
    context: &Context,
) -> Result<(&'a Column, RowSet), CliError> {
    let column = match (&search.column, opened.labels()) {
        (None, Some(labels)) => labels,
        (name, _) => opened.column(name.as_deref().unwrap_or("label"))?,
    };
    let found = context.work(|progress| matches(column, search, progress));
    let rows = found.map_err(|error| match error {
        SearchError::Cancelled => CliError::Cancelled,
        error @ SearchError::Pattern(_) => CliError::Usage(format!("{:?} is {error}", search.text)),
    })?;
    let rows = rows.below(opened.embedding.rows());
    if rows.is_empty() {
        let message = format!("no row matches {:?} in column {:?}", search.text, column.name());
        return Err(CliError::NoMatch(Box::new(opened.problem(message).way_out("Search for something else"))));
    }
    Ok((column, rows))
}

/// Returns the rows that were listed or searched for, or `None` for all.
pub(super) fn chosen(args: RowsArgs, opened: &Opened, context: &Context) -> Result<Option<RowSet>, CliError> {
    match (args.rows, args.search) {
        (Some(list), _) => within(list.rows, opened).map(Some),
        (None, Some(text)) => find(&args.matching.search(text), opened, context).map(|(_, rows)| Some(rows)),
        (None, None) => Ok(None),
    }
}

/// Returns `rows` if the data has all of them.
pub(super) fn within(rows: RowSet, opened: &Opened) -> Result<RowSet, CliError> {
    let count = opened.embedding.rows();
    match rows.as_slice().last() {
        Some(&last) if last as usize >= count => {
            let message =
                format!("there is no row {last}: the last of {} is {}", counted(count, "row"), count.saturating_sub(1));
            Err(opened.problem(message).way_out("Give other rows with --rows").into())
        }
        _ => Ok(rows),
    }
}

fn page(answer: &Answer<'_>, search: &Search, opened: &Opened) -> String {
    let shown = |cell: Option<&str>| cell.map_or_else(|| "-".to_owned(), text);
    let head = format!(
        "{} of {} with {:?} in column {:?}.\n",
        counted(answer.rows.len(), "row"),
        opened.name(),
        search.text,
        answer.column
    );
    let rows = answer.rows.iter();
    let (row, label) = (("ROW", Align::Right), ("LABEL", Align::Left));
    let is_label = opened.labels().is_some_and(|column| column.name() == answer.column);
    let table = if is_label {
        Table::new([row, label], rows.map(|entry| [entry.row.to_string(), shown(entry.label)])).to_string()
    } else {
        let cells = |entry: &Entry| [entry.row.to_string(), shown(entry.label), shown(entry.value)];
        Table::new([row, label, ("VALUE", Align::Left)], rows.map(cells)).to_string()
    };
    format!("{head}\n{table}")
}
