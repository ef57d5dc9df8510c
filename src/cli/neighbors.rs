//! `parallax neighbors`: lists the nearest neighbors of a row, or of vectors that are no rows.

mod query;

use std::time::Instant;

use parallax_embedding::{
    Cancelled, Column, RowSet,
    wording::{self, listed},
};
use parallax_formats::Problem;
use parallax_neighbors::{Metric, Neighbor, NeighborsError, nearest, nearest_to, zero_rows};
use parallax_projection::WithoutPlace;
use serde::Serialize;

use self::query::Asked;
use super::{
    CliError,
    args::{NeighborsArgs, QueryArgs},
    context::Context,
    input::{self, Opened, Without},
    output,
    table::{Align, Table, count, counted, fixed, seconds, text},
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

/// The answer to `--query`, as JSON.
#[derive(Debug, Serialize)]
struct Answers<'a> {
    metric: &'static str,
    k: usize,
    without_place: Without,
    seconds: f64,
    queries: Vec<OfQuery<'a>>,
}

/// The neighbors of a vector that is no row.
#[derive(Debug, Serialize)]
struct OfQuery<'a> {
    query: String,
    /// The row of the file that the vector is from.
    row: Option<u32>,
    terms: Vec<TermEntry>,
    /// The rows of the terms, which are not listed.
    left_out: Vec<u32>,
    neighbors: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct TermEntry {
    weight: f64,
    label: String,
    /// The number of rows whose mean it is.
    rows: usize,
}

/// Finds the row and its neighbors.
pub(super) fn run(args: NeighborsArgs, context: &Context) -> Result<(), CliError> {
    let input = args.input.clone().of(args.path.clone());
    input::with(input, context, |opened| {
        args.column.as_ref().map_or(Ok(()), |name| opened.label_by(name))?;
        match &args.query.query {
            Some(text) => answers(&args, text, opened, context),
            None => answer(&args, opened, context),
        }
    })
}

fn answer(args: &NeighborsArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (row, note) = find(&args.query, opened)?;
    let (metric, k) = (args.metric, args.k.map_or(NEIGHBORS, usize::from));
    let started = Instant::now();
    let embedding = &opened.embedding;
    let search = |progress: &_| nearest(&embedding.vectors, row, k, metric, &embedding.non_finite, progress);
    let found = context.work(search).map_err(|error| refused(error, opened))?;
    let took = started.elapsed().as_secs_f64();
    let without = without_distance(metric, opened, context)?;
    let fewer = fewer(found.len(), k, args.k.is_some(), opened)?;
    let zero = input::zero_rows(opened.path(), opened.embedding.rows(), &without);
    opened.notes.extend(zero.into_iter().chain(note).chain(fewer));
    let answer = Answer {
        row,
        label: opened.label(row),
        metric: metric.name(),
        k,
        without_place: Without::of(&without),
        seconds: took,
        neighbors: entries(opened, found),
    };
    if args.json { output::json_text(&answer) } else { Ok(page(&answer, opened, &without)) }
}

/// Lists the neighbors of each vector that `--query` asks for.
fn answers(args: &NeighborsArgs, text: &str, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (metric, k) = (args.metric, args.k.map_or(NEIGHBORS, usize::from));
    let asked = query::resolve(text, opened, context)?;
    let started = Instant::now();
    let mut found = Vec::new();
    for Asked { name, resolved, .. } in &asked {
        let embedding = &opened.embedding;
        let left_out = embedding.non_finite.union(&resolved.rows);
        let search = |progress: &_| nearest_to(&embedding.vectors, &resolved.vector, k, metric, &left_out, progress);
        found.push(context.work(search).map_err(|error| match error {
            NeighborsError::ZeroQuery { .. } => {
                let message = format!("{name} is a vector of zeros, which has no direction");
                CliError::from(opened.problem(message).way_out("Choose --metric euclidean, or another query"))
            }
            error => refused(error, opened),
        })?);
    }
    let took = started.elapsed().as_secs_f64();
    let without = without_distance(metric, opened, context)?;
    let least = found.iter().map(Vec::len).min().unwrap_or(k);
    let fewer = fewer(least, k, args.k.is_some(), opened)?;
    let zero = input::zero_rows(opened.path(), opened.embedding.rows(), &without);
    opened.notes.extend(zero.into_iter().chain(fewer));
    let of_query = |(asked, found): (Asked, Vec<Neighbor>)| {
        let term = |term: &parallax_meaning::Meant| TermEntry {
            weight: term.weight,
            label: term.name.clone(),
            rows: term.rows.len(),
        };
        OfQuery {
            query: asked.name,
            row: asked.row,
            terms: asked.resolved.terms.iter().map(term).collect(),
            left_out: asked.resolved.rows.into(),
            neighbors: entries(opened, found),
        }
    };
    let answers = Answers {
        metric: metric.name(),
        k,
        without_place: Without::of(&without),
        seconds: took,
        queries: asked.into_iter().zip(found).map(of_query).collect(),
    };
    if args.json { output::json_text(&answers) } else { Ok(pages(&answers, opened, &without)) }
}

/// Returns why a search failed.
pub(super) fn refused(error: NeighborsError, opened: &Opened) -> CliError {
    match error {
        NeighborsError::Cancelled(_) => CliError::Cancelled,
        NeighborsError::Damaged(damaged) => Problem::from(damaged).into(),
        error => opened.problem(error.to_string()).into(),
    }
}

/// Returns the rows that have no distance.
fn without_distance(metric: Metric, opened: &Opened, context: &Context) -> Result<WithoutPlace, CliError> {
    let embedding = &opened.embedding;
    let zero = if metric.is_directional() {
        let all = RowSet::all(embedding.rows());
        context
            .work(|progress| zero_rows(&embedding.vectors, &all, progress))
            .map_err(|Cancelled| CliError::Cancelled)?
    } else {
        RowSet::EMPTY
    };
    Ok(WithoutPlace { not_finite: embedding.non_finite.clone(), zero, other: RowSet::EMPTY })
}

fn entries(opened: &Opened, found: Vec<Neighbor>) -> Vec<Entry<'_>> {
    found.into_iter().map(|Neighbor { row, distance }| Entry { row, label: opened.label(row), distance }).collect()
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
                "Give another label, the row's number with --row, or another column with --column",
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
        let message =
            format!("{} labeled {}: the first, row {row}, is used", counted(rows.len(), "row"), written(opened, &rows));
        Problem::note(opened.path(), message).way_out("Name another with --row")
    });
    Ok((row, note))
}

/// Returns the labels of `rows` as the data write them.
fn written(opened: &Opened, rows: &[u32]) -> String {
    const SHOWN: usize = 3;
    let mut labels: Vec<&str> = Vec::new();
    for label in rows.iter().filter_map(|&row| opened.label(row)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    listed(labels.iter().map(|label| format!("{label:?}")), SHOWN)
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
    if has_decimals { fixed(distance, 6) } else { format!("{distance:.6e}") }
}

fn page(answer: &Answer<'_>, opened: &Opened, without: &WithoutPlace) -> String {
    let head = format!(
        "Row {}{} of {}: the {} of {} by {} distance, in {}{}.\n",
        answer.row,
        answer.label.map(|label| format!(" ({})", text(label))).unwrap_or_default(),
        opened.name(),
        wording::nearest(answer.neighbors.len()),
        counted(opened.embedding.rows(), "row"),
        answer.metric,
        seconds(answer.seconds),
        if without.is_empty() { String::new() } else { format!("; {without}") }
    );
    format!("{head}\n{}", table(&answer.neighbors))
}

fn pages(answers: &Answers<'_>, opened: &Opened, without: &WithoutPlace) -> String {
    let head = format!(
        "{} of {} by {} distance, in {}{}.\n",
        counted(answers.queries.len(), "query"),
        opened.name(),
        answers.metric,
        seconds(answers.seconds),
        if without.is_empty() { String::new() } else { format!("; {without}") }
    );
    let page = |of: &OfQuery<'_>| {
        let left_out = match of.left_out.len() {
            0 => String::new(),
            1 => ", without its row".into(),
            rows => format!(", without its {rows} rows"),
        };
        let (nearest, rows) = (wording::nearest(of.neighbors.len()), counted(opened.embedding.rows(), "row"));
        format!("\n{}: the {nearest} of {rows}{left_out}.\n\n{}", text(&of.query), table(&of.neighbors))
    };
    head + &answers.queries.iter().map(page).collect::<String>()
}

fn table(neighbors: &[Entry<'_>]) -> Table<4> {
    let called = |label: Option<&str>| label.map_or_else(|| "-".to_owned(), text);
    let rows = neighbors.iter().enumerate().map(|(index, entry)| {
        [(index + 1).to_string(), entry.row.to_string(), called(entry.label), figure(entry.distance)]
    });
    let header = [("RANK", Align::Right), ("ROW", Align::Right), ("LABEL", Align::Left), ("DISTANCE", Align::Right)];
    Table::new(header, rows)
}
