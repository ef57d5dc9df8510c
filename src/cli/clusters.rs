//! `parallax clusters`: finds clusters in a layout and names them.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, time::Instant};

use parallax_embedding::{Column, ColumnBuilder, Metadata, RowSet};
use parallax_formats::Problem;
use parallax_meaning::{
    ChosenColumn, ClusterError, ClusterSettings, Clusters, Names, Stability, Way, choose_column, cluster, name_groups,
    single_rows,
};
use parallax_projection::{Layout, Method, ProjectionError, Recipe, Space};
use parallax_projector::{StabilityError, other_seeds, stability};
use parallax_session::named_by_chance;
use serde::Serialize;

use super::{
    CliError,
    args::ClustersArgs,
    context::Context,
    input::{self, Opened, Without},
    inspect::{ProblemEntry, problem_entry},
    output,
    project::{first_coordinates, note, projected},
    search,
    table::{self, Align, Table, count, counted, seconds, text},
};
use crate::peak_memory_bytes;

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    method: &'static str,
    dims: usize,
    rows: usize,
    /// The rows that were laid out, if not all were.
    chosen: Option<usize>,
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
    /// What standard error says about the data, the layout, and the names.
    problems: Vec<ProblemEntry<'a>>,
    seed: u64,
    /// The seeds of the layouts that the clusters were compared with.
    other_seeds: Vec<u64>,
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
    stability: f64,
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
    /// How often two of its rows are together in the clusters of other seeds, from 0 to 1.
    stability: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Term {
    text: String,
    /// The share of the cluster that has it, and of all.
    /// `null` if it is the text of a row.
    inside: Option<f64>,
    overall: Option<f64>,
}

/// Projects the vectors, finds the clusters, and names them.
pub(super) fn run(args: ClustersArgs, context: &Context) -> Result<(), CliError> {
    if let Some(out) = &args.out {
        output::check_table(out, "names")?;
    }
    if args.min_size.is_some_and(|size| size.get() < 2) {
        return Err(CliError::Usage("--min-size is at least 2. Give a greater one".to_owned()));
    }
    let input = args.input.clone().of(args.path.clone());
    if let Some(out) = &args.out {
        input::keep(&input.files(), &[("--out", out)])?;
    }
    input::with(input, context, |opened| answer(&args, opened, context))
}

fn answer(args: &ClustersArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let mut choices = Vec::new();
    let method = args.method.unwrap_or_else(|| suiting(opened, &mut choices));
    args.settings.check(method)?;
    let (column, why) = naming_column(args, opened)?;
    check_seeds(args, method)?;
    let chosen = search::chosen(args.rows.clone(), opened, context)?;
    let rows = chosen.as_ref().map_or(opened.embedding.rows(), RowSet::len);
    choices.extend(chosen.as_ref().map(|_| {
        format!("{} of {} are laid out, without the others", count(rows), counted(opened.embedding.rows(), "row"))
    }));
    let started = Instant::now();
    let LaidOut { layout, without, recipe, space } = layout(args, method, chosen.as_ref(), opened, context)?;
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
    let started = Instant::now();
    let others = args.seeds.map_or(Vec::new(), |seeds| other_seeds(context.seed, usize::from(seeds)));
    let stability = if others.is_empty() || clusters.is_empty() {
        None
    } else {
        let places = |layout: &Layout| layout.view().to_owned();
        let measure = |progress: &_| stability((&clusters, &settings), (&recipe, &space), &others, places, progress);
        Some(context.work(measure).map_err(|error| not_compared(error, opened))?)
    };
    let comparing = started.elapsed().as_secs_f64();
    let said = names.iter().flat_map(|names| &names.notes).cloned().chain(clusters.why_none());
    let notes: Vec<Problem> = said.map(|what| Problem::note(opened.path(), what)).collect();
    opened.notes.extend(notes);
    if let (Some(column), Some(names), false) = (&column, &names, clusters.is_empty()) {
        let doubts = doubts((args, column), names.way, &layout, opened, context)?;
        opened.notes.extend(doubts);
    }
    if let Some(out) = &args.out {
        let table = table(&clusters, names.as_ref(), stability.as_ref())?;
        opened.notes.extend(output::write_table(&table, out, context)?);
    }
    let report = Report {
        method: method.name(),
        dims: layout.dims(),
        rows: layout.rows(),
        chosen: chosen.as_ref().map(|_| rows),
        noise: clusters.noise(),
        without_place: without,
        min_size: clusters.min_size,
        min_samples: clusters.min_samples,
        column: column.map(|column| column.name().to_owned()),
        named_by: names.as_ref().map(|names| way(names.way)),
        choices,
        problems: opened.said().map(problem_entry).collect(),
        seed: context.seed,
        other_seeds: if stability.is_some() { others } else { Vec::new() },
        threads: rayon::current_num_threads(),
        seconds: Seconds {
            load: opened.seconds,
            projection: projecting,
            clusters: clustering,
            names: naming,
            stability: comparing,
            total: context.started.elapsed().as_secs_f64(),
        },
        clusters: entries(&clusters, names.as_ref(), stability.as_ref(), layout.dims()),
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json { output::json_text(&report) } else { Ok(page(&report, &clusters, names.as_ref(), args, opened)) }
}

/// Chooses a method.
pub(super) fn suiting(opened: &Opened, choices: &mut Vec<String>) -> Method {
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
    if let Some(name) = &args.name_by {
        return Ok((Some(opened.column(name)?.clone()), None));
    }
    Ok(match choose_column(table) {
        Some(ChosenColumn { column, reason }) => {
            let why = format!("Names are from column {:?}, because {reason}; --name-by chooses another", column.name());
            (Some(column.clone()), Some(why))
        }
        None => (None, Some("There are no columns to name clusters after; --metadata gives some".to_owned())),
    })
}

/// Refuses seeds for a method that uses none.
fn check_seeds(args: &ClustersArgs, method: Method) -> Result<(), CliError> {
    if args.seeds.is_none() || method.about().is_random {
        return Ok(());
    }
    let random = Method::names(|about| about.is_random && about.has_steps).join(" or ");
    let message = format!("--seeds compares the layouts of several seeds, and that of {method} is the same for each");
    Err(CliError::Usage(format!("{message}. Leave it out, or choose --method {random}")))
}

/// A layout, and what made it.
struct LaidOut {
    layout: Layout,
    /// The rows that should have a place, and have none.
    without: Without,
    recipe: Recipe,
    space: Arc<Space>,
}

/// Lays the chosen rows out, or all.
fn layout(
    args: &ClustersArgs,
    method: Method,
    chosen: Option<&RowSet>,
    opened: &mut Opened,
    context: &Context,
) -> Result<LaidOut, CliError> {
    let projection = args.settings.clone().projection(Some(method), Some(args.dims), context.seed);
    let (recipe, space, mut projected) = projected(&projection, chosen, opened, context)?;
    let wanted = args.dims.count().min(projected.layout.dims());
    let layout = first_coordinates(&mut projected, wanted, opened)?;
    let embedding = &opened.embedding;
    let without = layout.without_place(chosen, &embedding.vectors, &embedding.non_finite);
    let (rows, dims) = (chosen.map_or(embedding.rows(), RowSet::len), embedding.vectors.dims());
    let adapted = recipe.notes(&projected.frame, rows - without.len(), dims, wanted);
    note(opened, (rows, &without), &adapted);
    Ok(LaidOut { layout, without: Without::of(&without), recipe, space })
}

fn not_compared(error: StabilityError, opened: &Opened) -> CliError {
    match error {
        error if error.is_cancelled() => CliError::Cancelled,
        StabilityError::Projection(ProjectionError::Damaged(damaged)) => Problem::from(damaged).into(),
        error => opened.problem(error.to_string()).way_out("Leave out --seeds").into(),
    }
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
        (None, None) => format!("at least {} ({})", counted(size, "row"), counted(samples, "sample")),
        (None, Some(_)) => format!("at least {}", counted(size, "row")),
        (Some(_), None) => counted(samples, "sample"),
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

/// Returns warnings that names say nothing about clusters: those of values that the layout knows nothing
/// about, and those of single rows, if another column was not asked for.
fn doubts(
    (args, column): (&ClustersArgs, &Column),
    way: Way,
    layout: &Layout,
    opened: &Opened,
    context: &Context,
) -> Result<Vec<Problem>, CliError> {
    let chance = context.work(|progress| named_by_chance(column, way, layout.view(), progress));
    let chance = chance.map_err(|_cancelled| CliError::Cancelled)?;
    let chance =
        chance.map(|what| Problem::warning(opened.path(), what).way_out("Names from it are what chance makes"));
    let asked = args.name_by.as_ref().and_then(|_| single_rows(column, &opened.embedding.metadata));
    let single = asked.map(|(what, better)| {
        Problem::warning(opened.path(), what)
            .way_out(format!("Choose --name-by {:?}, whose values rows share", better.name()))
    });
    Ok(chance.into_iter().chain(single).collect())
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
fn table(clusters: &Clusters, names: Option<&Names>, stability: Option<&Stability>) -> Result<Metadata, CliError> {
    let column = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
        let mut builder = ColumnBuilder::new(name);
        (0..clusters.rows()).for_each(|row| builder.push(cell(row).as_deref()));
        builder.finish()
    };
    let name = |row: usize| Some(names?.names.get(clusters.label(row)? as usize)?.text.clone());
    let share = |of: &Stability, row: usize| of.share(clusters.label(row)? as usize);
    let mut columns = vec![
        column("cluster", &|row| clusters.label(row).map(|cluster| cluster.to_string())),
        column("name", &name),
        column("probability", &|row| Some(clusters.probability(row).to_string())),
    ];
    columns.extend(stability.map(|of| column("stability", &|row| share(of, row).map(|share| share.to_string()))));
    Metadata::new(columns).map_err(|error| CliError::Usage(error.to_string()))
}

fn entries(clusters: &Clusters, names: Option<&Names>, stability: Option<&Stability>, dims: usize) -> Vec<Entry> {
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
            stability: stability.and_then(|of| of.share(cluster)),
        }
    };
    clusters.iter().enumerate().map(entry).collect()
}

fn page(
    report: &Report<'_>,
    clusters: &Clusters,
    names: Option<&Names>,
    args: &ClustersArgs,
    opened: &Opened,
) -> String {
    let mut lines = vec![head(report, clusters, opened)];
    lines.extend(report.choices.iter().map(|choice| format!("{choice}.")));
    let names = names.filter(|_| !clusters.is_empty());
    lines.extend(names.map(|names| format!("Names are {}.", names.way.describe())));
    let written = |out: &PathBuf| format!("Wrote {} to {}.", counted(report.rows, "row"), out.display());
    lines.extend(args.out.as_ref().map(written));
    let Seconds { load, projection, clusters: clustering, names: naming, .. } = report.seconds;
    let [load, projection, clustering, naming] = [load, projection, clustering, naming].map(seconds);
    lines.push(format!("Read in {load}, projected in {projection}, clustered in {clustering}, named in {naming}."));
    lines.extend(compared(report));
    lines.push(String::new());
    let cells = |entry: &Entry| {
        let name = entry.name.as_deref().map_or_else(|| "-".to_owned(), text);
        [entry.cluster.to_string(), name, count(entry.rows), percent(entry.rows, clusters)]
    };
    let [cluster, name, rows, share] =
        [("CLUSTER", Align::Right), ("NAME", Align::Left), ("ROWS", Align::Right), ("SHARE", Align::Right)];
    let entries = report.clusters.iter();
    lines.extend((!clusters.is_empty()).then(|| {
        if report.other_seeds.is_empty() {
            return Table::new([cluster, name, rows, share], entries.map(cells)).to_string();
        }
        let cells = |entry: &Entry| {
            let [cluster, name, rows, share] = cells(entry);
            let stability = entry.stability.map_or_else(String::new, table::percent);
            [cluster, name, rows, share, stability]
        };
        Table::new([cluster, name, rows, share, ("STABILITY", Align::Right)], entries.map(cells)).to_string()
    }));
    lines.join("\n")
}

/// Says what the stability is.
fn compared(report: &Report<'_>) -> Option<String> {
    let last = report.other_seeds.last()?;
    let layouts = report.other_seeds.len();
    let of = if layouts == 1 {
        format!("the layout of seed {last}")
    } else {
        format!("{layouts} layouts, with seeds up to {last}")
    };
    Some(format!(
        "Stability: how often two rows of a cluster, not of a part within it, are also in one cluster of {of}; found in {}.",
        seconds(report.seconds.stability)
    ))
}

/// Says how many clusters there are, and how many rows are in none.
fn head(report: &Report<'_>, clusters: &Clusters, opened: &Opened) -> String {
    let (placed, noise) = (clusters.placed(), report.noise);
    let absent = report.chosen.unwrap_or(report.rows) - placed;
    let are = |rows: usize| if rows == 1 { "is" } else { "are" };
    let found = match clusters.len() {
        0 => "No clusters".to_owned(),
        found => counted(found, "cluster"),
    };
    let parts = match placed - noise {
        _ if placed == 0 => "no row has a place".to_owned(),
        0 if placed == 1 => "its row is noise".to_owned(),
        0 => format!("all {} are noise", counted(placed, "row")),
        within => format!(
            "{} of {} {} in one, {} ({}) {} noise",
            count(within),
            counted(placed, "row"),
            are(within),
            count(noise),
            percent(noise, clusters),
            are(noise)
        ),
    };
    let absent = match absent {
        absent if absent > 0 && placed > 0 => format!("; {} without a place", counted(absent, "row")),
        _ => String::new(),
    };
    format!("{found} in {} ({}, {}D): {parts}{absent}.", opened.name(), report.method, report.dims)
}

/// Formats a share of the rows with a place.
fn percent(rows: usize, clusters: &Clusters) -> String {
    table::percent(rows as f64 / clusters.placed().max(1) as f64)
}
