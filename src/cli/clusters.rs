//! `parallax clusters`: finds clusters in a layout and names them.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Instant,
};

use parallax_embedding::{Column, ColumnBuilder, Metadata, RowSet};
use parallax_formats::{ExportJob, OutputFormat, Problem, TextRoom, export};
use parallax_meaning::{
    ChosenColumn, ClusterError, ClusterSettings, Clusters, Names, Way, choose_column, cluster, name_groups,
};
use parallax_projection::{Layout, Method};
use serde::Serialize;

use super::{
    CliError,
    args::ClustersArgs,
    context::Context,
    input::{self, Opened, Without, no_column},
    output,
    project::{first_coordinates, note, projected},
    table::{Align, Table, count, counted, seconds, text},
};
use crate::peak_memory_bytes;

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report {
    method: &'static str,
    dims: usize,
    rows: usize,
    /// The rows that have a place but no cluster.
    noise: usize,
    without_place: Without,
    min_size: usize,
    min_samples: usize,
    /// The column that names are from.
    column: Option<String>,
    /// How names were made.
    named_by: Option<&'static str>,
    /// Sentences about what was chosen, and why.
    choices: Vec<String>,
    seed: u64,
    threads: usize,
    seconds: Seconds,
    clusters: Vec<Entry>,
    peak_memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: f64,
    projection: f64,
    clusters: f64,
    names: f64,
    total: f64,
}

/// A cluster; lengths are in units of the layout.
#[derive(Debug, Serialize)]
struct Entry {
    cluster: usize,
    /// `null` if it has none.
    name: Option<String>,
    terms: Vec<Term>,
    rows: usize,
    /// The share of the rows with a place.
    share: f64,
    /// The densest row.
    peak: u32,
    center: Vec<f32>,
    radius: f32,
    /// The distance at which it separates from the rest, and that at which it falls apart.
    birth: f64,
    death: f64,
}

#[derive(Debug, Serialize)]
struct Term {
    text: String,
    /// The share of the cluster that has it, and of all.
    inside: f64,
    overall: f64,
}

/// Projects the vectors, finds the clusters, and names them.
pub(super) fn run(args: ClustersArgs, context: &Context) -> Result<(), CliError> {
    if let Some(out) = &args.out {
        check_out(out)?;
        input::keep(&args.path, out)?;
    }
    if args.min_size.is_some_and(|size| size.get() < 2) {
        return Err(CliError::Usage("--min-size is at least 2. Give a greater one".to_owned()));
    }
    let input = args.input.clone().of(args.path.clone());
    input::with(input, context, |opened| answer(&args, opened, context))
}

/// Refuses formats that hold no text.
fn check_out(out: &Path) -> Result<(), CliError> {
    let is_table = |format: &OutputFormat| format.is_exported && format.text != TextRoom::None;
    if is_table(OutputFormat::from_path(out)?) {
        return Ok(());
    }
    let way_out = format!("End the name in {}", OutputFormat::listed(is_table));
    Err(Problem::error(out, "an array of numbers has no place for names").way_out(way_out).into())
}

fn answer(args: &ClustersArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let mut choices = Vec::new();
    let method = args.method.unwrap_or_else(|| suiting(opened, &mut choices));
    args.settings.check(method)?;
    let (column, why) = naming_column(args, opened)?;
    let started = Instant::now();
    let (layout, without) = layout(args, method, opened, context)?;
    let projecting = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let given = |number: Option<NonZeroUsize>| number.map(NonZeroUsize::get);
    let settings = ClusterSettings { min_size: given(args.min_size), min_samples: given(args.min_samples) };
    let clusters =
        context.work(|progress| cluster(layout.view(), &settings, progress)).map_err(|error| failed(error, opened))?;
    let clustering = started.elapsed().as_secs_f64();
    choices.extend(sizes(args, &clusters));
    choices.extend(why);
    let started = Instant::now();
    let names = column.as_ref().map(|column| named(column, &clusters, &layout, context)).transpose()?;
    let naming = started.elapsed().as_secs_f64();
    let said = names.iter().flat_map(|names| &names.notes).cloned().chain(clusters.why_none());
    let notes: Vec<Problem> = said.map(|what| Problem::note(opened.path(), what)).collect();
    opened.notes.extend(notes);
    if let Some(out) = &args.out {
        let table = table(&clusters, names.as_ref())?;
        let rows = RowSet::all(clusters.rows());
        let job = ExportJob::Metadata { metadata: &table, rows: &rows };
        opened.notes.extend(context.work(|progress| export(&job, out, progress))?.notes);
    }
    let report = Report {
        method: method.name(),
        dims: layout.dims(),
        rows: layout.rows(),
        noise: clusters.noise(),
        without_place: without,
        min_size: clusters.min_size,
        min_samples: clusters.min_samples,
        column: column.map(|column| column.name().to_owned()),
        named_by: names.as_ref().map(|names| way(names.way)),
        choices,
        seed: context.seed,
        threads: rayon::current_num_threads(),
        seconds: Seconds {
            load: opened.seconds,
            projection: projecting,
            clusters: clustering,
            names: naming,
            total: context.started.elapsed().as_secs_f64(),
        },
        clusters: entries(&clusters, names.as_ref(), layout.dims()),
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json { output::json_text(&report) } else { Ok(page(&report, &clusters, names.as_ref(), args, opened)) }
}

/// Chooses a method.
fn suiting(opened: &Opened, choices: &mut Vec<String>) -> Method {
    let dims = opened.embedding.vectors.dims();
    let method = if dims <= 3 { Method::Identity } else { Method::Umap };
    let vectors = counted(dims, "dimension");
    let why = if dims <= 3 { "are the layout" } else { "are laid out by umap, which gathers what is near" };
    choices.push(format!("The vectors, of {vectors}, {why}; --method chooses another way"));
    method
}

/// Returns the column to name clusters after, and the reason if it was not given.
fn naming_column(args: &ClustersArgs, opened: &Opened) -> Result<(Option<Column>, Option<String>), CliError> {
    let table = &opened.embedding.metadata;
    if let Some(name) = &args.column {
        let Some(column) = table.column(name) else {
            let names = table.columns().iter().map(Column::name);
            return Err(no_column(name, names, |message| opened.problem(message)).into());
        };
        return Ok((Some(column.clone()), None));
    }
    Ok(match choose_column(table) {
        Some(ChosenColumn { column, reason }) => {
            let why = format!("Names are from column {:?}, because {reason}; --column chooses another", column.name());
            (Some(column.clone()), Some(why))
        }
        None => (None, Some("There are no columns to name clusters after; --metadata gives some".to_owned())),
    })
}

/// Returns the layout, and how many rows have no place in it.
fn layout(
    args: &ClustersArgs,
    method: Method,
    opened: &mut Opened,
    context: &Context,
) -> Result<(Layout, Without), CliError> {
    let projection = args.settings.clone().projection(Some(method), Some(args.dims), context.seed);
    let (recipe, _, mut projected) = projected(&projection, None, opened, context)?;
    let wanted = args.dims.count().min(projected.layout.dims());
    let layout = first_coordinates(&mut projected, wanted, opened)?;
    let embedding = &opened.embedding;
    let without = layout.without_place(None, &embedding.vectors, &embedding.non_finite);
    let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
    let adapted = recipe.notes(&projected.frame, rows - without.len(), dims, wanted);
    note(opened, (rows, &without), &adapted);
    Ok((layout, Without::of(&without)))
}

fn failed(error: ClusterError, opened: &Opened) -> CliError {
    let way_out = match error {
        ClusterError::Cancelled(_) => return CliError::Cancelled,
        ClusterError::Dims { .. } => "Choose another --method",
        ClusterError::MinSamples { .. } => "Give another --min-samples",
        _ => "Give other sizes",
    };
    opened.problem(error.to_string()).way_out(way_out).into()
}

/// Says which sizes were chosen.
fn sizes(args: &ClustersArgs, clusters: &Clusters) -> Option<String> {
    let (size, samples) = (clusters.min_size, clusters.min_samples);
    let chosen = match (args.min_size, args.min_samples) {
        (None, None) => format!("at least {} ({samples} samples)", counted(size, "row")),
        (None, Some(_)) => format!("at least {}", counted(size, "row")),
        (Some(_), None) => format!("{samples} samples"),
        (Some(_), Some(_)) => return None,
    };
    Some(format!(
        "Clusters of {chosen} were chosen for {}; --min-size and --min-samples change it",
        counted(clusters.placed(), "row")
    ))
}

fn named(column: &Column, clusters: &Clusters, layout: &Layout, context: &Context) -> Result<Names, CliError> {
    let groups: Vec<&[u32]> = clusters.iter().map(|branch| clusters.rows_of(branch)).collect();
    let names = context.work(|progress| name_groups(column, &groups, layout.view(), progress));
    names.map_err(|_cancelled| CliError::Cancelled)
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Words => "words",
        Way::CentralRows => "central rows",
        Way::Values => "values",
        Way::Range => "range",
    }
}

/// Returns a table with a row for each row of the data. Rows without a cluster have a probability only.
fn table(clusters: &Clusters, names: Option<&Names>) -> Result<Metadata, CliError> {
    let column = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
        let mut builder = ColumnBuilder::new(name);
        (0..clusters.rows()).for_each(|row| builder.push(cell(row).as_deref()));
        builder.finish()
    };
    let name = |row: usize| Some(names?.names.get(clusters.label(row)? as usize)?.text.clone());
    let columns = vec![
        column("cluster", &|row| clusters.label(row).map(|cluster| cluster.to_string())),
        column("name", &name),
        column("probability", &|row| Some(clusters.probability(row).to_string())),
    ];
    Metadata::new(columns).map_err(|error| CliError::Usage(error.to_string()))
}

fn entries(clusters: &Clusters, names: Option<&Names>, dims: usize) -> Vec<Entry> {
    let entry = |(cluster, branch): (usize, &parallax_meaning::Branch)| {
        let name = names.and_then(|names| names.names.get(cluster));
        let term = |term: &parallax_meaning::Term| Term {
            text: term.text.clone(),
            inside: term.inside,
            overall: term.overall,
        };
        Entry {
            cluster,
            name: name.map(|name| name.text.clone()).filter(|text| !text.is_empty()),
            terms: name.iter().flat_map(|name| &name.terms).map(term).collect(),
            rows: branch.size(),
            share: branch.size() as f64 / clusters.placed() as f64,
            peak: branch.peak,
            center: branch.center[..dims].to_vec(),
            radius: branch.radius,
            birth: branch.birth,
            death: branch.death,
        }
    };
    clusters.iter().enumerate().map(entry).collect()
}

fn page(report: &Report, clusters: &Clusters, names: Option<&Names>, args: &ClustersArgs, opened: &Opened) -> String {
    let mut lines = vec![head(report, clusters, opened)];
    lines.extend(report.choices.iter().map(|choice| format!("{choice}.")));
    let names = names.filter(|_| !clusters.is_empty());
    lines.extend(names.map(|names| format!("Names are {}.", names.way.describe())));
    let written = |out: &PathBuf| format!("Wrote {} to {}.", counted(report.rows, "row"), out.display());
    lines.extend(args.out.as_ref().map(written));
    let Seconds { load, projection, clusters: clustering, names: naming, .. } = report.seconds;
    let [load, projection, clustering, naming] = [load, projection, clustering, naming].map(seconds);
    lines.push(format!("Read in {load}, projected in {projection}, clustered in {clustering}, named in {naming}.\n"));
    let rows = report.clusters.iter().map(|entry| {
        let name = entry.name.as_deref().map_or_else(|| "-".to_owned(), text);
        [entry.cluster.to_string(), name, count(entry.rows), percent(entry.rows, clusters)]
    });
    let header = [("CLUSTER", Align::Right), ("NAME", Align::Left), ("ROWS", Align::Right), ("SHARE", Align::Right)];
    lines.extend((!clusters.is_empty()).then(|| Table::new(header, rows).to_string()));
    lines.join("\n")
}

/// Says how many clusters there are, and how many rows are in none.
fn head(report: &Report, clusters: &Clusters, opened: &Opened) -> String {
    let (placed, noise) = (clusters.placed(), report.noise);
    let absent = report.rows - placed;
    format!(
        "{} in {} ({}, {}D): {} of {} are in one, {} ({}) {} noise{}.",
        counted(clusters.len(), "cluster"),
        opened.name(),
        report.method,
        report.dims,
        count(placed - noise),
        counted(placed, "row"),
        count(noise),
        percent(noise, clusters),
        if noise == 1 { "is" } else { "are" },
        if absent > 0 { format!("; {} without a place", counted(absent, "row")) } else { String::new() }
    )
}

/// Formats a share of the rows with a place.
fn percent(rows: usize, clusters: &Clusters) -> String {
    format!("{:.1}%", 100.0 * rows as f64 / clusters.placed().max(1) as f64)
}
