//! `parallax apart`: says what tells two sets of rows apart.

use std::time::Instant;

use parallax_embedding::RowSet;
use parallax_formats::Problem;
use parallax_meaning::{Apart, ApartError, Difference, Separation, Single, apart};
use parallax_session::apart::{alone, difference_text, figures, method, sentence};
use serde::Serialize;

use super::{
    CliError,
    args::{ApartArgs, RowsOf},
    context::Context,
    input::{self, Opened},
    output, search,
    table::{Align, Table, count, counted, fixed, seconds, text},
};

/// The mistaken rows that are listed for people.
const LISTED: usize = 10;

/// The answer, as JSON. Pairs are of the rows, then of those that they are told apart from.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    sets: [&'a str; 2],
    /// The rows that count: those that are not in both.
    rows: [usize; 2],
    shared: usize,
    sentence: &'a str,
    columns: Vec<ColumnEntry<'a>>,
    /// `null` if there is none, as the sentence says.
    direction: Option<Direction<'a>>,
    seed: u64,
    threads: usize,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct ColumnEntry<'a> {
    column: &'a str,
    effect: f64,
    rows: [usize; 2],
    text: String,
}

/// Dimensions are counted from 1.
#[derive(Debug, Serialize)]
struct Direction<'a> {
    dims: usize,
    used_dims: usize,
    fitted: [usize; 2],
    shrinkage: f64,
    checked: [usize; 2],
    told: [usize; 2],
    balanced_accuracy: f64,
    auc: f64,
    auc_standard_error: f64,
    cohens_d: Option<f64>,
    is_clear: bool,
    dimensions: Vec<Weight>,
    alone: Vec<Alone>,
    mistaken: Vec<Row<'a>>,
    unit: &'a [f32],
}

#[derive(Debug, Serialize)]
struct Weight {
    dimension: usize,
    weight: f64,
}

#[derive(Debug, Serialize)]
struct Alone {
    dimension: usize,
    auc: f64,
    cohens_d: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    row: u32,
    label: Option<&'a str>,
}

/// Compares the rows and says what tells them apart.
pub(super) fn run(args: ApartArgs, context: &Context) -> Result<(), CliError> {
    let input = args.input.clone().of(args.path.clone());
    input::with(input, context, |opened| answer(&args, opened, context))
}

fn answer(args: &ApartArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (own, chose_own, own_name) = match (&args.rows, &args.search) {
        (Some(rows), _) => {
            let (own, column) = resolve(rows, "--rows", opened)?;
            (own, column, rows.text.clone())
        }
        (None, Some(wanted)) => {
            let (column, own) = search::find(&args.matching.search(wanted.clone()), opened, context)?;
            (own, Some(column.name()), wanted.clone())
        }
        (None, None) => return Err(CliError::Usage("--rows or --search says which rows. Give one of them".into())),
    };
    let (others, chose_others, other_name) = match args.against.as_ref().filter(|rows| rows.text != REST) {
        None => (own.complement(opened.embedding.rows()), None, THE_REST.to_owned()),
        Some(rows) => {
            let (others, column) = resolve(rows, "--against", opened)?;
            (others, column, rows.text.clone())
        }
    };
    let started = Instant::now();
    let embedding = &opened.embedding;
    let (vectors, metadata, non_finite) = (&embedding.vectors, &*embedding.metadata, &embedding.non_finite);
    let compare = |progress: &_| apart(vectors, metadata, non_finite, [&own, &others], context.seed, progress);
    let found = context.work(compare).map_err(|error| match error {
        ApartError::Cancelled => CliError::Cancelled,
        ApartError::Damaged(damaged) => Problem::from(damaged).into(),
        error @ ApartError::Empty { .. } => {
            opened.problem(error.to_string()).way_out("Give other rows with --rows and --against").into()
        }
    })?;
    let took = started.elapsed().as_secs_f64();
    let named = [own_name.as_str(), &other_name];
    let mut chose: Vec<&str> = [chose_own, chose_others].into_iter().flatten().collect();
    chose.dedup();
    let said = sentence(&found, metadata, named, &chose);
    let answer = Answer {
        sets: named,
        rows: found.rows,
        shared: found.shared,
        sentence: &said,
        columns: found.columns.iter().filter_map(|difference| column_entry(difference, named, opened)).collect(),
        direction: found.direction.as_ref().ok().map(|separation| direction(separation, opened)),
        seed: context.seed,
        threads: rayon::current_num_threads(),
        seconds: took,
    };
    if args.json { output::json_text(&answer) } else { Ok(page(&answer, &found, opened)) }
}

/// What stands for all other rows, and what they are called.
const REST: &str = "rest";
const THE_REST: &str = "the rest";

/// Returns the rows of a list, or those with a value in a column, and the name of that column.
fn resolve<'a>(rows: &RowsOf, option: &str, opened: &'a Opened) -> Result<(RowSet, Option<&'a str>), CliError> {
    if let Some(list) = &rows.list {
        return Ok((search::within(list.rows.clone(), opened)?, None));
    }
    let table = &opened.embedding.metadata;
    let mut equals = rows.text.match_indices('=').map(|(at, _)| (&rows.text[..at], &rows.text[at + 1..]));
    let is_there = |(name, _): &(&str, &str)| table.column(name).is_some();
    let Some((name, value)) = equals.clone().find(is_there).or_else(|| equals.next()) else {
        let message = format!("{option} {} is neither a list of rows, as in 0,7,20-29, nor COLUMN=VALUE", rows.text);
        return Err(CliError::Usage(message));
    };
    let column = opened.column(name)?;
    let codes = column.codes_of(value);
    let all = opened.embedding.rows().min(column.len());
    let is_meant = |&row: &usize| column.code(row).is_some_and(|code| codes.contains(&code));
    let found: RowSet = (0..all).filter(is_meant).map(|row| row as u32).collect();
    if found.is_empty() {
        let message = format!("no row has {value:?} in column {:?}", column.name());
        return Err(CliError::NoMatch(Box::new(opened.problem(message).way_out("Give another value"))));
    }
    Ok((found, Some(column.name())))
}

fn column_entry<'a>(difference: &Difference, named: [&str; 2], opened: &'a Opened) -> Option<ColumnEntry<'a>> {
    let column = opened.embedding.metadata.columns().get(difference.column)?;
    let text = difference_text(difference, column, named);
    Some(ColumnEntry { column: column.name(), effect: difference.effect, rows: difference.counts, text })
}

fn direction<'a>(separation: &'a Separation, opened: &'a Opened) -> Direction<'a> {
    let check = &separation.check;
    let row = |&row: &u32| Row { row, label: opened.label(row) };
    let weight = |&(dim, weight): &(usize, f64)| Weight { dimension: dim + 1, weight };
    let single = |single: &Single| Alone { dimension: single.dim + 1, auc: single.auc, cohens_d: single.cohens_d };
    Direction {
        dims: separation.dims[0],
        used_dims: separation.dims[1],
        fitted: separation.fitted,
        shrinkage: separation.shrinkage,
        checked: check.rows,
        told: check.told,
        balanced_accuracy: check.balanced_accuracy(),
        auc: check.auc,
        auc_standard_error: check.standard_error,
        cohens_d: check.cohens_d,
        is_clear: check.is_clear(),
        dimensions: separation.weights.iter().map(weight).collect(),
        alone: separation.alone.iter().map(single).collect(),
        mistaken: separation.mistaken.iter().map(row).collect(),
        unit: &separation.unit,
    }
}

fn page(answer: &Answer<'_>, found: &Apart, opened: &Opened) -> String {
    let [own, others] = answer.sets.map(text);
    let [own_rows, other_rows] = answer.rows.map(|rows| counted(rows, "row"));
    let mut parts = vec![
        format!(
            "{own} ({own_rows}) against {others} ({other_rows}) of {}, in {}.\n",
            opened.name(),
            seconds(answer.seconds)
        ),
        format!("{}\n", answer.sentence),
    ];
    if let Ok(separation) = &found.direction {
        let figure = |[caption, figure]: [String; 2]| [text(&caption), figure];
        let singles = separation.alone.iter().map(alone);
        let signed = |weight: f64| match fixed(weight, 2) {
            negative if negative.starts_with('-') => negative,
            other => format!("+{other}"),
        };
        let heaviest: Vec<String> = separation
            .weights
            .iter()
            .map(|(dim, weight)| format!("{} ({})", count(dim + 1), signed(*weight)))
            .collect();
        let weights = ["Dimensions by weight".to_owned(), heaviest.join(", ")];
        let captions = answer.sets.map(|name| if name == THE_REST { "The rest" } else { name });
        let lines = figures(&separation.check, captions).into_iter().map(figure).chain([weights]).chain(singles);
        parts.push(Table::new([("HELD-OUT ROWS", Align::Left), ("", Align::Left)], lines).to_string());
        parts.push(format!("{}\n", method(separation)));
    }
    if !answer.columns.is_empty() {
        let line = |entry: &ColumnEntry<'_>| [text(entry.column), fixed(entry.effect, 3), entry.text.clone()];
        let header = [("COLUMN", Align::Left), ("EFFECT", Align::Right), ("DIFFERENCE", Align::Left)];
        parts.push(Table::new(header, answer.columns.iter().map(line)).to_string());
    }
    if let Some(direction) = answer.direction.as_ref().filter(|direction| !direction.mistaken.is_empty()) {
        let wrong = direction.mistaken.len();
        let most = if wrong > LISTED { format!(", of which these {LISTED} lie farthest there") } else { String::new() };
        parts.push(format!("{} on the wrong side{most}:\n", counted(wrong, "held-out row")));
        let cells = |row: &Row<'_>| [row.row.to_string(), row.label.map_or_else(|| "-".to_owned(), text)];
        let rows = direction.mistaken.iter().take(LISTED).map(cells);
        parts.push(Table::new([("ROW", Align::Right), ("LABEL", Align::Left)], rows).to_string());
    }
    parts.join("\n")
}
