//! `parallax neighbors`: lists the nearest neighbors of a row.

use std::time::Instant;

use parallax_embedding::{Cancelled, Column, RowSet};
use parallax_formats::Problem;
use parallax_neighbors::{Neighbor, NeighborsError, nearest, zero_rows};
use parallax_projection::WithoutPlace;
use serde::Serialize;

use super::{
    CliError,
    args::{NeighborsArgs, QueryArgs},
    context::Context,
    input::{self, Opened, Without},
    output,
    table::{Align, Table, count, counted, seconds, text},
};

/// The number of neighbors without `-k`.
const NEIGHBORS: usize = 10;

/// The answer, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    row: u32,
    label: Option<&'a str>,
    metric: &'static str,
    /// The number that was asked for; there may be fewer.
    k: usize,
    /// The rows that have no distance.
    without_place: Without,
    seconds: f64,
    neighbors: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    row: u32,
    label: Option<&'a str>,
    distance: f64,
}

/// Finds the row and its neighbors.
pub(super) fn run(args: NeighborsArgs, context: &Context) -> Result<(), CliError> {
    let input = args.input.clone().of(args.path.clone());
    input::with(input, context, |opened| answer(&args, opened, context))
}

fn answer(args: &NeighborsArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (row, note) = find(&args.query, opened)?;
    let (metric, k) = (args.metric, args.k.map_or(NEIGHBORS, usize::from));
    let started = Instant::now();
    let embedding = &opened.embedding;
    let search = |progress: &_| nearest(&embedding.vectors, row, k, metric, &embedding.non_finite, progress);
    let found = context.work(search).map_err(|error| match error {
        NeighborsError::Cancelled(_) => CliError::Cancelled,
        NeighborsError::Damaged(damaged) => Problem::from(damaged).into(),
        error => CliError::from(opened.problem(error.to_string())),
    })?;
    let took = started.elapsed().as_secs_f64();
    let zero = if metric.is_directional() {
        let all = RowSet::all(embedding.rows());
        context
            .work(|progress| zero_rows(&embedding.vectors, &all, progress))
            .map_err(|Cancelled| CliError::Cancelled)?
    } else {
        RowSet::EMPTY
    };
    let without = WithoutPlace { not_finite: embedding.non_finite.clone(), zero, other: RowSet::EMPTY };
    let fewer = fewer(found.len(), k, args.k.is_some(), opened)?;
    let zero = input::zero_rows(opened.path(), embedding.rows(), &without);
    opened.notes.extend(zero.into_iter().chain(note).chain(fewer));
    let label = |row: u32| opened.labels().and_then(|column| column.text(row as usize));
    let entry = |Neighbor { row, distance }| Entry { row, label: label(row), distance };
    let answer = Answer {
        row,
        label: label(row),
        metric: metric.name(),
        k,
        without_place: Without::of(&without),
        seconds: took,
        neighbors: found.into_iter().map(entry).collect(),
    };
    if args.json { output::json_text(&answer) } else { Ok(page(&answer, opened, &without)) }
}

/// Returns a note if fewer than `k` neighbors were found, or an error if `k` was asked for.
fn fewer(found: usize, k: usize, is_asked: bool, opened: &Opened) -> Result<Option<Problem>, CliError> {
    if found >= k {
        return Ok(None);
    }
    let others = match found {
        0 => "no other row has a distance".to_owned(),
        1 => "only 1 other row has a distance".to_owned(),
        _ => format!("only {} other rows have a distance", count(found)),
    };
    if !is_asked {
        let all = if found > 1 { "; all are listed" } else { "" };
        return Ok(Some(Problem::note(opened.path(), others + all)));
    }
    let way_out = match found {
        0 => "Choose another row, metric, or file".to_owned(),
        _ => format!("Ask for -k {found} or fewer"),
    };
    Err(opened.problem(format!("-k cannot be {k}: {others}")).way_out(way_out).into())
}

/// Returns the row, and a note if its label is not unique.
fn find(query: &QueryArgs, opened: &Opened) -> Result<(u32, Option<Problem>), CliError> {
    let Some(label) = &query.label else { return Ok((query.row.unwrap_or_default(), None)) };
    let rows = opened.labels().map(|column| labeled(column, label, opened.embedding.rows())).unwrap_or_default();
    let Some(&row) = rows.first() else {
        let (message, way_out) = match opened.labels() {
            Some(column) => (
                format!("no row is labeled {label:?} in column {:?}", column.name()),
                "Give another label, or the row's number with --row",
            ),
            None => (
                format!("there are no labels to look for {label:?} in"),
                "Give the row's number with --row, or the labels with --metadata",
            ),
        };
        return Err(CliError::NoMatch(Box::new(opened.problem(message).way_out(way_out))));
    };
    let others = rows.len() - 1;
    let note = (others > 0).then(|| {
        let message = format!("{} labeled {label:?}: the first, row {row}, is used", counted(rows.len(), "row"));
        Problem::note(opened.path(), message).way_out("Name another with --row")
    });
    Ok((row, note))
}

/// Returns the rows whose label is `label`; if there are none, case is ignored.
fn labeled(column: &Column, label: &str, rows: usize) -> Vec<u32> {
    let lower = label.to_lowercase();
    let is_exact = column.values().iter().any(|value| value == label);
    let is_meant = |value: &str| if is_exact { value == label } else { value.to_lowercase() == lower };
    let codes: Vec<bool> = column.values().iter().map(is_meant).collect();
    let is_labeled = |&row: &u32| column.code(row as usize).is_some_and(|code| codes[code as usize]);
    (0..u32::try_from(rows).unwrap_or(u32::MAX)).filter(is_labeled).collect()
}

/// Formats a distance with six decimals, or with an exponent if those would not show it.
fn figure(distance: f64) -> String {
    let has_decimals = distance == 0.0 || (1e-5..1e12).contains(&distance);
    if has_decimals { format!("{distance:.6}") } else { format!("{distance:.6e}") }
}

fn page(answer: &Answer<'_>, opened: &Opened, without: &WithoutPlace) -> String {
    let called = |label: Option<&str>| label.map_or_else(|| "-".to_owned(), text);
    let head = format!(
        "Row {}{} of {}: the {} nearest of {} by {} distance, in {}{}.\n",
        answer.row,
        answer.label.map(|label| format!(" ({})", text(label))).unwrap_or_default(),
        opened.name(),
        count(answer.neighbors.len()),
        counted(opened.embedding.rows(), "row"),
        answer.metric,
        seconds(answer.seconds),
        if without.is_empty() { String::new() } else { format!("; {without}") }
    );
    let rows = answer.neighbors.iter().enumerate().map(|(index, entry)| {
        [(index + 1).to_string(), entry.row.to_string(), called(entry.label), figure(entry.distance)]
    });
    let header = [("RANK", Align::Right), ("ROW", Align::Right), ("LABEL", Align::Left), ("DISTANCE", Align::Right)];
    format!("{head}\n{}", Table::new(header, rows))
}
