//! `parallax doctor PATH`: lists rows whose neighbors disagree with their label. Without a path, the
//! command is [`machine`].

use std::time::Instant;

use parallax_embedding::{Cancelled, Column, ColumnBuilder, Metadata, RowSet, wording::nearest};
use parallax_formats::Problem;
use parallax_meaning::{NoLabels, Suspect, Suspects, VOTERS, are_labels, choose_labels, suspects};
use parallax_neighbors::{GraphSearch, NeighborGraph, NeighborsError};
use parallax_projection::{Shared, agreement_in};
use parallax_session::says_nothing;
use serde::Serialize;

use super::{
    CliError,
    args::DoctorArgs,
    context::Context,
    input::{self, Opened},
    machine, output,
    table::{Align, Table, count, counted, percent, seconds, text},
};
use crate::peak_memory_bytes;

/// The most rows that are listed on a page.
const LISTED: usize = 20;

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    column: &'a str,
    metric: &'static str,
    k: usize,
    rows: usize,
    /// The rows that have a label and neighbors.
    checked: usize,
    unlabeled: usize,
    without_neighbors: usize,
    /// The labels that only one row has.
    single_labels: usize,
    /// The share of the neighbors that are right, if they are approximate.
    recall: Option<f32>,
    /// How often neighbors share a label; `null` if there are too many rows to compare that with chance.
    agreement: Option<Agreed>,
    /// Sentences about what was chosen, and why.
    choices: Vec<String>,
    seed: u64,
    threads: usize,
    seconds: Seconds,
    suspects: Vec<Entry<'a>>,
    peak_memory_bytes: u64,
}

/// A share, that of labels dealt out at random, and how likely those share as much.
#[derive(Debug, Serialize)]
struct Agreed {
    share: f64,
    chance: f64,
    p: f64,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: f64,
    neighbors: f64,
    labels: f64,
    total: f64,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    row: u32,
    label: &'a str,
    proposal: &'a str,
    /// The share of the neighbors with a label that have the proposed one, and the row's own.
    share: f64,
    own_share: f64,
    neighbors: u32,
    /// Whether a row with another label has the same vector.
    twin: bool,
}

/// Finds the rows, or describes the machine.
pub(super) fn run(args: DoctorArgs, context: &Context) -> Result<(), CliError> {
    let Some(path) = args.path.clone() else { return machine::run(args.json) };
    let input = args.input.clone().of(path);
    if let Some(out) = &args.out {
        output::check_table(out, "labels")?;
        input::keep(&input.files(), &[("--out", out)])?;
    }
    input::with(input, context, |opened| answer(&args, opened, context))
}

fn answer(args: &DoctorArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (column, choice) = column(args, opened)?;
    are_labels(&column).map_err(|error| refused(&error, opened))?;
    let k = args.k.map_or(VOTERS, usize::from);
    let started = Instant::now();
    let embedding = &opened.embedding;
    let all = RowSet::all(embedding.rows());
    let graph = context
        .work(|progress| {
            let (vectors, left_out) = (&embedding.vectors, &embedding.non_finite);
            NeighborGraph::build(vectors, &all, left_out, k, args.metric, context.seed, progress)
        })
        .map_err(|error| match error {
            NeighborsError::Cancelled(_) => CliError::Cancelled,
            NeighborsError::Damaged(damaged) => Problem::from(damaged).into(),
            error => opened.problem(error.to_string()).into(),
        })?;
    let neighbors = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let found =
        context.work(|progress| suspects(&column, &graph, k, progress)).map_err(|error| refused(&error, opened))?;
    let label = |row: u32| column.code(row as usize);
    let shared =
        context.work(|progress| agreement_in(label, &graph, progress)).map_err(|Cancelled| CliError::Cancelled)?;
    let vain = says_nothing(&format!("“{}”", column.name()), shared.as_ref());
    opened.notes.extend(vain.map(|what| {
        let way_out = "The rows that are listed are what chance makes";
        Problem::warning(opened.path(), what).way_out(way_out)
    }));
    let labels = started.elapsed().as_secs_f64();
    if found.k < k {
        let others = counted(found.k, "row");
        opened.notes.push(Problem::note(opened.path(), format!("there are only {others} to compare a label with")));
    }
    if let Some(out) = &args.out {
        let table = table(&column, &found)?;
        opened.notes.extend(output::write_table(&table, out, context)?);
    }
    let recall = match found.search {
        GraphSearch::Exact => None,
        GraphSearch::Approximate { recall, .. } => Some(recall),
    };
    let report = Report {
        column: column.name(),
        metric: args.metric.name(),
        k: found.k,
        rows: opened.embedding.rows(),
        checked: found.checked,
        unlabeled: found.unlabeled,
        without_neighbors: found.without_neighbors,
        single_labels: found.single,
        recall,
        agreement: shared.map(|Shared { share, chance, p, .. }| Agreed { share, chance, p }),
        choices: choice.into_iter().collect(),
        seed: context.seed,
        threads: rayon::current_num_threads(),
        seconds: Seconds { load: opened.seconds, neighbors, labels, total: context.started.elapsed().as_secs_f64() },
        suspects: found.list.iter().map(|suspect| entry(&column, suspect)).collect(),
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json { output::json_text(&report) } else { Ok(page(&report, args, opened)) }
}

/// Returns the column of labels, and why if it was not given.
fn column(args: &DoctorArgs, opened: &Opened) -> Result<(Column, Option<String>), CliError> {
    let metadata = &opened.embedding.metadata;
    if let Some(name) = &args.column {
        return Ok((opened.column(name)?.clone(), None));
    }
    let Some(column) = choose_labels(metadata) else {
        let (message, way_out) = if metadata.columns().is_empty() {
            ("there are no labels to check", "Give some with --metadata")
        } else {
            ("no column holds labels that repeat", "Give a file that does with --metadata, or a column with --column")
        };
        return Err(opened.problem(message.to_owned()).way_out(way_out).into());
    };
    let why = format!("The labels are those of column {:?}; --column chooses another", column.name());
    Ok((column.clone(), Some(why)))
}

fn refused(error: &NoLabels, opened: &Opened) -> CliError {
    match error {
        NoLabels::Cancelled(_) => CliError::Cancelled,
        error => opened.problem(error.to_string()).way_out("Choose another --column").into(),
    }
}

fn entry<'a>(column: &'a Column, suspect: &Suspect) -> Entry<'a> {
    let share = |votes: u32| f64::from(votes) / f64::from(suspect.voters);
    Entry {
        row: suspect.row,
        label: &column.values()[suspect.label as usize],
        proposal: &column.values()[suspect.proposal as usize],
        share: share(suspect.agreeing),
        own_share: share(suspect.own),
        neighbors: suspect.voters,
        twin: suspect.has_twin,
    }
}

/// Returns a table with a row for each suspect, most suspicious first.
fn table(column: &Column, found: &Suspects) -> Result<Metadata, CliError> {
    let entries: Vec<Entry<'_>> = found.list.iter().map(|suspect| entry(column, suspect)).collect();
    let cells = |name: &str, cell: &dyn Fn(&Entry<'_>) -> String| {
        let mut builder = ColumnBuilder::new(name);
        entries.iter().for_each(|entry| builder.push(Some(&cell(entry))));
        builder.finish()
    };
    let columns = vec![
        cells("row", &|entry| entry.row.to_string()),
        cells("label", &|entry| entry.label.to_owned()),
        cells("proposal", &|entry| entry.proposal.to_owned()),
        cells("share", &|entry| entry.share.to_string()),
        cells("own_share", &|entry| entry.own_share.to_string()),
        cells("neighbors", &|entry| entry.neighbors.to_string()),
        cells("twin", &|entry| entry.twin.to_string()),
    ];
    Metadata::new(columns).map_err(|error| CliError::Usage(error.to_string()))
}

fn page(report: &Report<'_>, args: &DoctorArgs, opened: &Opened) -> String {
    let suspects = &report.suspects;
    let mut lines = vec![format!(
        "{} of {} in {}: {}{}.",
        counted(suspects.len(), "suspect"),
        counted(report.checked, "row"),
        opened.name(),
        match report.k {
            1 => format!("the nearest by {} distance has another {}", report.metric, text(report.column)),
            k => format!(
                "of the {} by {} distance, at least half agree on another {}, and fewer have the row's own",
                nearest(k),
                report.metric,
                text(report.column)
            ),
        },
        if suspects.iter().any(|suspect| suspect.twin) { ", or an equal row has another" } else { "" },
    )];
    lines.extend(report.choices.iter().map(|choice| format!("{choice}.")));
    lines.extend(left_out(report));
    let written = |out: &std::path::PathBuf| format!("Wrote {} to {}.", counted(suspects.len(), "row"), out.display());
    lines.extend(args.out.as_ref().map(written));
    let Seconds { load, neighbors, labels, .. } = report.seconds;
    let [load, neighbors, labels] = [load, neighbors, labels].map(seconds);
    lines.push(format!("Read in {load}, neighbors found in {neighbors}, labels compared in {labels}.\n"));
    if suspects.is_empty() {
        return lines.join("\n");
    }
    let rows = suspects.iter().take(LISTED).map(|entry| {
        let votes = |share: f64| (share * f64::from(entry.neighbors)).round();
        let share = format!("{} of {}", votes(entry.share), entry.neighbors);
        let twin = if entry.twin { "equal row" } else { "" };
        [entry.row.to_string(), text(entry.label), text(entry.proposal), share, twin.to_owned()]
    });
    let header = [
        ("ROW", Align::Right),
        ("LABEL", Align::Left),
        ("PROPOSAL", Align::Left),
        ("NEIGHBORS", Align::Right),
        ("", Align::Left),
    ];
    lines.push(Table::new(header, rows).to_string());
    if suspects.len() > LISTED {
        lines.push(format!("And {} more, which --out and --json list.\n", count(suspects.len() - LISTED)));
    }
    lines.join("\n")
}

/// Says which rows take no part, and how right the neighbors are.
fn left_out(report: &Report<'_>) -> Vec<String> {
    let has = |rows: usize| if rows == 1 { "has" } else { "have" };
    let mut said = Vec::new();
    if report.unlabeled > 0 {
        said.push(format!("{} {} no label.", counted(report.unlabeled, "row"), has(report.unlabeled)));
    }
    if report.without_neighbors > 0 {
        let rows = report.without_neighbors;
        said.push(format!("{} {} no distance to others.", counted(rows, "row"), has(rows)));
    }
    if report.single_labels > 0 {
        let labels = report.single_labels;
        let them = if labels == 1 { "it comes" } else { "they come" };
        said.push(format!(
            "{} {} one row only, which no neighbor can confirm: {them} last.",
            counted(labels, "label"),
            has(labels)
        ));
    }
    said.extend(
        report.recall.map(|recall| format!("Neighbors are approximate: {} are right.", percent(recall.into()))),
    );
    said
}
