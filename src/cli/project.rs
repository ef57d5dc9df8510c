//! `parallax project`: writes the coordinates of a layout.

mod steps;

use std::{fmt, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Column, ColumnBuilder, Metadata, Progress, RowSet, wording::nearest};
use parallax_formats::{OutputFormat, Problem, write_coordinates};
use parallax_neighbors::GraphSearch;
use parallax_projection::{
    Agreement, COMPONENTS, Categories, Coordinates, Layout, Method, Nearness, PERMUTATIONS, Projected, ProjectionError,
    QUALITY_NEIGHBORS, Recipe, Shared, Shepard, Space, WithoutPlace, agreement, measure, project, shepard,
};
use parallax_session::{AxisError, Dims, Projection, hundredths};
use serde::Serialize;

use super::{
    CliError,
    args::ProjectArgs,
    context::Context,
    input::{self, Opened, Without},
    output, search,
    table::{Align, Table, count, counted, fixed, percent, seconds},
};
use crate::peak_memory_bytes;

/// The quality of a layout of up to this many rows is always measured: the neighbors of more may
/// take minutes.
const MEASURED_ROWS: usize = 20_000;

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    method: &'static str,
    rows: usize,
    /// The rows without a place, including those that were not chosen.
    unplaced: usize,
    /// The chosen rows without a place.
    without_place: Without,
    dims: usize,
    seed: u64,
    threads: usize,
    seconds: Seconds,
    /// The perplexity that was used.
    perplexity: Option<f32>,
    /// The number of neighbors that was used.
    neighbors: Option<usize>,
    /// A sentence for each default that was lowered because there are too few rows or dimensions, and
    /// one about what was subtracted from the coordinates or multiplied with them.
    adapted: Vec<String>,
    /// The number of steps.
    iterations: Option<usize>,
    /// The Kullback-Leibler divergence of t-SNE.
    kl: Option<f64>,
    explained_variance: Option<Vec<f64>>,
    /// The quality of the layout if it was measured.
    quality: Option<&'a Figures>,
    peak_memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: f64,
    neighbors: f64,
    projection: f64,
    quality: f64,
    total: f64,
}

#[derive(Debug, Serialize)]
struct Figures {
    /// The share of each row's `k` nearest that are among its `k` nearest in the layout.
    recall_at_15: f64,
    /// 15, or fewer if there are fewer than 31 rows.
    k: usize,
    /// The number of rows that have neighbors.
    #[serde(skip)]
    points: usize,
    trustworthiness: f64,
    continuity: f64,
    /// The mean errors of rows: 1 minus trustworthiness, and 1 minus continuity.
    false_neighbors: f64,
    missing_neighbors: f64,
    /// The number of rows among which ranks were counted.
    sample: usize,
    /// The recall of the true neighbors if they were found approximately.
    neighbors_recall: Option<f32>,
    /// Spearman's rank correlation of the distances of pairs of rows, and their number. `null` if
    /// all distances are equal.
    spearman: Option<f64>,
    pairs: usize,
    /// Whether these are all pairs.
    #[serde(skip)]
    are_all_pairs: bool,
    /// How neighbors agree with the column of `--label`.
    agreement: Option<Labels>,
    /// The share of neighbors kept and the errors of each row. NaN if it has no neighbors.
    #[serde(skip)]
    of_rows: Vec<[f32; 3]>,
}

/// How neighbors agree with labels.
#[derive(Debug, Serialize)]
struct Labels {
    column: String,
    rows: usize,
    /// The rows with neighbors but without a value.
    left_out: usize,
    permutations: usize,
    vectors: Compared,
    layout: Compared,
}

/// A mean share, compared with that of permuted labels.
#[derive(Debug, Serialize)]
struct Compared {
    share: f64,
    chance: f64,
    deviation: f64,
    /// `null` if all permutations have one share.
    z: Option<f64>,
    p: f64,
}

/// Why there are no [`Figures`].
#[derive(Debug)]
enum Unmeasured {
    ManyRows,
    FewRows { points: usize, least: usize },
    Failed(ProjectionError),
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyRows => f.write_str("it may take minutes for so many rows; --quality measures it"),
            Self::FewRows { points, least } => {
                let are = if *points == 1 { "is" } else { "are" };
                write!(f, "that takes {least} rows with neighbors, and there {are} {points}")
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}

/// Projects the vectors and writes the coordinates.
pub(super) fn run(args: ProjectArgs, context: &Context) -> Result<(), CliError> {
    if let Some(asked) = args.steps.clone() {
        return steps::run(args, &asked, context);
    }
    OutputFormat::from_path(&args.out)?;
    let mut written: Vec<(&str, &Path)> = vec![("--out", &args.out)];
    if let Some(out) = &args.quality_out {
        output::check_table(out, "the names of columns")?;
        written.push(("--quality-out", out));
    }
    let input = args.input.clone().of(args.path.clone());
    input::keep(&input.files(), &written)?;
    args.settings.check(args.method)?;
    let dims = layout_dims(args.method, args.dims)?;
    input::with(input, context, |opened| self::written(args, dims, opened, context))
}

fn written(args: ProjectArgs, dims: Dims, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let projection = args.settings.projection(Some(args.method), Some(dims), context.seed);
    let chosen = search::chosen(args.rows, opened, context)?;
    let label = args.label.as_ref().map(|name| opened.column(name).cloned()).transpose()?;
    let started = Instant::now();
    let (recipe, space, mut projected) = projected(&projection, chosen.as_ref(), opened, context)?;
    let embedding = &opened.embedding;
    let projecting = started.elapsed().as_secs_f64();
    let dims = written_dims(&projected.layout, args.method, args.dims.map(usize::from), opened)?;
    let layout = first_coordinates(&mut projected, dims, opened)?;
    write_coordinates(&args.out, layout.view())?;
    let started = Instant::now();
    let is_asked = args.quality || args.quality_out.is_some() || args.label.is_some();
    let is_measured = is_asked || projected.graph.is_some() || embedding.rows() <= MEASURED_ROWS;
    let quality = if is_measured {
        figures(&layout, recipe.near, &space, label.as_ref(), context)?
    } else {
        Err(Unmeasured::ManyRows)
    };
    let without = layout.without_place(chosen.as_ref(), &embedding.vectors, &embedding.non_finite);
    let rows = chosen.as_ref().map_or(embedding.rows(), RowSet::len);
    let (points, columns) = (rows - without.len(), embedding.vectors.dims());
    let wanted = match args.method.about().coordinates {
        Coordinates::Dimensions => columns,
        _ => args.dims.map_or(COMPONENTS, usize::from),
    };
    let mut adapted = recipe.notes(&projected.frame, points, columns, wanted);
    adapted.extend(quality.as_ref().ok().and_then(fewer_compared));
    adapted.extend(quality.as_ref().ok().and_then(|figures| not_compared(figures, label.as_ref())));
    note(opened, (rows, &without), &adapted);
    if let Err(reason @ Unmeasured::Failed(_)) = &quality {
        let message = format!("the quality of the layout was not measured: {reason}");
        opened.notes.push(Problem::warning(opened.path(), message));
    }
    if let Some(out) = &args.quality_out {
        match &quality {
            Ok(figures) => {
                opened.notes.extend(output::write_table(&table(figures)?, out, context)?);
            }
            Err(reason) => {
                let message = format!("the quality of rows was not written to {}: {reason}", out.display());
                opened.notes.push(Problem::warning(opened.path(), message));
            }
        }
    }
    let used = |name| (args.method.about().setting(name)?.get)(&projection.settings(), points);
    let report = Report {
        method: args.method.name(),
        rows: layout.rows(),
        unplaced: layout.places().filter(|place| place[0].is_nan()).count(),
        without_place: Without::of(&without),
        dims: layout.dims(),
        seed: context.seed,
        threads: rayon::current_num_threads(),
        seconds: Seconds {
            load: opened.seconds,
            neighbors: projected.seconds_before,
            projection: projecting - projected.seconds_before,
            quality: started.elapsed().as_secs_f64(),
            total: context.started.elapsed().as_secs_f64(),
        },
        perplexity: used("perplexity").map(|perplexity| perplexity as f32),
        neighbors: used("neighbors").map(|neighbors| neighbors as usize),
        adapted,
        iterations: projected.iterations,
        kl: projected.kl,
        explained_variance: Some(projected.explained_variance_ratio).filter(|ratios| !ratios.is_empty()),
        quality: quality.as_ref().ok(),
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json {
        return output::json_text(&report);
    }
    let placed = placed(rows, opened, &without);
    let written = format!(
        "Wrote {} x {} coordinates of {} by {} to {}.\n{placed}; read in {}, projected in {}.\n",
        count(report.rows),
        report.dims,
        opened.name(),
        report.method,
        args.out.display(),
        seconds(report.seconds.load),
        seconds(projecting)
    );
    let of_rows = args.quality_out.as_ref().filter(|_| quality.is_ok()).map_or(String::new(), |out| of_rows(out));
    Ok(written + &iterations(&report) + &trust(quality.as_ref()) + &of_rows + &variance_table(&report))
}

/// Projects the vectors, or the chosen rows of them.
pub(super) fn projected(
    projection: &Projection,
    chosen: Option<&RowSet>,
    opened: &Opened,
    context: &Context,
) -> Result<(Recipe, Arc<Space>, Projected), CliError> {
    projection.supervisor.as_ref().map(|name| opened.column(name)).transpose()?;
    let embedding = &opened.embedding;
    let recipe = projection
        .recipe(&embedding.metadata, embedding.metadata.default_label())
        .map_err(|error| no_axis(&error, opened))?;
    let mut space = Arc::new(Space::new(embedding.vectors.clone(), embedding.non_finite.clone()));
    if let Some(rows) = chosen {
        space = Arc::new(Space::within(&space, rows));
    }
    let projected =
        context.work(|progress| project(&recipe, &space, progress)).map_err(|error| failed(error, opened))?;
    Ok((recipe, space, projected))
}

/// Returns the first coordinates of the layout, and makes the frame that of these.
pub(super) fn first_coordinates(projected: &mut Projected, dims: usize, opened: &Opened) -> Result<Layout, CliError> {
    let layout = projected.layout.first(dims);
    projected.frame.origin.truncate(dims);
    if layout.values().iter().any(|x| x.is_infinite()) {
        let problem = opened.problem("some coordinates are beyond 3.4e38, the greatest f32");
        return Err(problem.way_out("Scale the vectors down, and project them again").into());
    }
    Ok(layout)
}

/// Adds what there is to say about a layout to the notes.
pub(super) fn note(opened: &mut Opened, (rows, without): (usize, &WithoutPlace), adapted: &[String]) {
    let path = opened.path().to_path_buf();
    opened.notes.extend(input::zero_rows(&path, rows, without));
    opened.notes.extend(adapted.iter().map(|note| Problem::note(&path, note)));
}

/// Returns a note if the quality compares fewer than 15 neighbors.
fn fewer_compared(figures: &Figures) -> Option<String> {
    let (Figures { k, points, .. }, needed) = (figures, 2 * QUALITY_NEIGHBORS + 1);
    (*k < QUALITY_NEIGHBORS).then(|| {
        let are = if *points == 1 { "is" } else { "are" };
        format!("the quality compares {k} instead of {QUALITY_NEIGHBORS} neighbors, which need {needed} rows; there {are} {points}")
    })
}

/// Returns a note if labels were asked for that no two neighbors can share.
fn not_compared(figures: &Figures, label: Option<&Column>) -> Option<String> {
    let column = label?;
    let (filled, values) = (column.len() - column.missing(), column.values().len());
    if filled == 0 {
        return Some(format!("column {:?} is empty, so that there are no labels to compare", column.name()));
    }
    if filled == values && filled > 1 {
        let what = "so that no two neighbors can share one: choose a column whose values repeat";
        return Some(format!("each of {filled} rows has a value of its own in column {:?}, {what}", column.name()));
    }
    figures
        .agreement
        .is_none()
        .then(|| format!("no neighbors have a value in column {:?}, so that there are none to compare", column.name()))
}

/// Describes how many rows were chosen, how many of them have no place, and why.
fn placed(rows: usize, opened: &Opened, without: &WithoutPlace) -> String {
    let all = opened.embedding.rows();
    let rows = if rows == all { counted(rows, "row") } else { format!("{} of {}", count(rows), counted(all, "row")) };
    if without.is_empty() { rows } else { format!("{rows}, {without}") }
}

/// Returns two or three dimensions for a method that has to know.
fn layout_dims(method: Method, dims: Option<u8>) -> Result<Dims, CliError> {
    match dims {
        Some(2) => Ok(Dims::Two),
        Some(dims) if dims != 3 && !method.about().coordinates.can_be_chosen() => {
            Err(CliError::Usage(format!("{method} gives 2 or 3 coordinates, not {dims}. Ask for --dims 2 or --dims 3")))
        }
        _ => Ok(Dims::Three),
    }
}

/// Returns the problem with an axis, in terms of the options.
fn no_axis(error: &AxisError, opened: &Opened) -> Problem {
    let (what, way_out) = match error {
        AxisError::Empty(end) => (format!("{end} is empty"), "Give both ends with --between LEFT RIGHT"),
        AxisError::NoMatch(end) => (format!("no row matches {end}"), "Give other ends with --between LEFT RIGHT"),
        AxisError::Search(end, error) => (format!("{end} is {error}"), "Correct the pattern"),
    };
    opened.problem(what).way_out(way_out)
}

fn failed(error: ProjectionError, opened: &Opened) -> CliError {
    match error {
        ProjectionError::Cancelled(_) => CliError::Cancelled,
        ProjectionError::Damaged(damaged) => Problem::from(damaged).into(),
        error => opened.problem(error.to_string()).into(),
    }
}

/// Returns the quality of the layout, or why it was not measured. The layout is already written, so
/// that this is no error.
fn figures(
    layout: &Layout,
    near: Nearness,
    space: &Space,
    label: Option<&Column>,
    context: &Context,
) -> Result<Result<Figures, Unmeasured>, CliError> {
    let measured = context.work(|progress| {
        let (graph, quality) = measure(layout, near, space, progress)?;
        let shepard = shepard(layout, near, space, progress)?;
        let labels = label.map(|column| agreeing(column, layout, near, space, progress)).transpose()?;
        Ok((graph, quality, shepard, labels.flatten()))
    });
    match measured {
        Ok((graph, quality, Shepard { pairs, is_whole, spearman, .. }, agreement)) => Ok(Ok(Figures {
            recall_at_15: quality.recall,
            k: quality.k,
            points: graph.len(),
            trustworthiness: quality.trustworthiness,
            continuity: quality.continuity,
            false_neighbors: 1.0 - quality.trustworthiness,
            missing_neighbors: 1.0 - quality.continuity,
            sample: quality.sample,
            neighbors_recall: match graph.search() {
                GraphSearch::Exact => None,
                GraphSearch::Approximate { recall, .. } => Some(recall),
            },
            spearman,
            pairs,
            are_all_pairs: is_whole,
            agreement,
            of_rows: {
                let mut of_rows = vec![[f32::NAN; 3]; layout.rows()];
                for ((&row, &kept), &[of_false, missing]) in graph.rows().iter().zip(&quality.kept).zip(&quality.errors)
                {
                    of_rows[row as usize] = [kept, of_false, missing];
                }
                of_rows
            },
        })),
        Err(ProjectionError::Cancelled(_)) => Err(CliError::Cancelled),
        Err(ProjectionError::TooFewPoints { points, least, .. }) => Ok(Err(Unmeasured::FewRows { points, least })),
        Err(error) => Ok(Err(Unmeasured::Failed(error))),
    }
}

/// Returns how neighbors agree with the values of a column, unless no neighbors have one.
fn agreeing(
    column: &Column,
    layout: &Layout,
    near: Nearness,
    space: &Space,
    progress: &Progress,
) -> Result<Option<Labels>, ProjectionError> {
    let codes: Categories = (0..layout.rows()).map(|row| column.code(row)).collect();
    let found = agreement(&codes, layout, near, space, progress)?;
    let compared = |Shared { share, chance, deviation, z, p }: Shared| Compared { share, chance, deviation, z, p };
    Ok(found.map(|Agreement { rows, left_out, vectors, layout, .. }| Labels {
        column: column.name().to_owned(),
        rows,
        left_out,
        permutations: PERMUTATIONS,
        vectors: compared(vectors),
        layout: compared(layout),
    }))
}

/// Returns a table of the quality of each row. Rows without neighbors have none.
fn table(figures: &Figures) -> Result<Metadata, CliError> {
    let names = ["neighbors_kept", "false_neighbors", "missing_neighbors"];
    let columns = names.iter().enumerate().map(|(of, name)| {
        let mut builder = ColumnBuilder::new(*name);
        for figures in &figures.of_rows {
            builder.push(figures[of].is_finite().then(|| figures[of].to_string()).as_deref());
        }
        builder.finish()
    });
    Metadata::new(columns.collect()).map_err(|error| CliError::Usage(error.to_string()))
}

fn of_rows(out: &Path) -> String {
    format!("Wrote the quality of each row to {}.\n", out.display())
}

/// Returns the number of coordinates that are written: those that were asked for, or else as many as
/// the method gives without.
fn written_dims(layout: &Layout, method: Method, dims: Option<usize>, opened: &Opened) -> Result<usize, CliError> {
    let dims = dims.unwrap_or(match method.about().coordinates {
        Coordinates::Components => COMPONENTS.min(layout.dims()),
        _ => layout.dims(),
    });
    if dims > layout.dims() {
        let (rows, columns) = (opened.embedding.rows(), opened.embedding.vectors.dims());
        let message = format!(
            "{method} gives {} of {} and {}, not {dims}",
            counted(layout.dims(), "coordinate"),
            counted(rows, "row"),
            counted(columns, "dimension")
        );
        return Err(opened.problem(message).way_out(format!("Ask for --dims {} or fewer", layout.dims())).into());
    }
    Ok(dims)
}

/// Describes the steps.
fn iterations(report: &Report<'_>) -> String {
    let Some(iterations) = report.iterations else { return String::new() };
    let kl = report.kl.map_or(String::new(), |kl| format!("; Kullback-Leibler divergence {}", fixed(kl, 3)));
    let (before, after) = (seconds(report.seconds.neighbors), seconds(report.seconds.projection));
    format!("{iterations} steps in {after}, after {before} for the neighbors and the start{kl}.\n")
}

/// Describes the quality.
fn trust(quality: Result<&Figures, &Unmeasured>) -> String {
    let figures = match quality {
        Ok(figures) => figures,
        Err(reason) => return format!("The quality of the layout was not measured: {reason}.\n"),
    };
    let of = match figures.neighbors_recall {
        Some(recall) => format!(" (found approximately: {} of them are right)", percent(recall.into())),
        None => String::new(),
    };
    let kept = format!(
        "Of each row's {}{of}, {} are also nearest in the layout; trustworthiness {}, continuity {}, from {}.\n",
        nearest(figures.k),
        percent(figures.recall_at_15),
        fixed(figures.trustworthiness, 3),
        fixed(figures.continuity, 3),
        counted(figures.sample, "row"),
    );
    kept + &distances(figures) + &figures.agreement.as_ref().map_or(String::new(), shared)
}

/// Describes how distances in the layout follow those of the vectors.
fn distances(figures: &Figures) -> String {
    let Some(spearman) = figures.spearman else { return String::new() };
    let all = if figures.are_all_pairs { "all " } else { "" };
    let (spearman, pairs) = (fixed(spearman, 3), counted(figures.pairs, "pair"));
    format!("Distances in the layout: Spearman's rho {spearman}, from {all}{pairs}.\n")
}

/// Describes how neighbors agree with labels.
fn shared(labels: &Labels) -> String {
    let of = |Compared { share, chance, z, p, .. }: &Compared| {
        let z = z.map_or(String::new(), |z| format!(", z = {}, p = {}", fixed(z, 1), fixed(*p, 3)));
        format!("{} (by chance {}{z})", percent(*share), percent(*chance))
    };
    let out = if labels.left_out == 0 {
        String::new()
    } else {
        format!("; {} without a value", counted(labels.left_out, "row"))
    };
    format!(
        "Neighbors share {:?}: in the layout {}, by their vectors {}{out}.\n",
        labels.column,
        of(&labels.layout),
        of(&labels.vectors)
    )
}

/// Returns a table of the variance that each component explains, and of the sum up to it.
fn variance_table(report: &Report<'_>) -> String {
    let Some(ratios) = &report.explained_variance else { return String::new() };
    let percent = |ratio: f64| format!("{}%", hundredths(ratio, 2));
    let mut sum = 0.0;
    let rows = ratios.iter().enumerate().map(|(index, &ratio)| {
        sum += ratio;
        [(index + 1).to_string(), percent(ratio), percent(sum)]
    });
    let header = [("COMPONENT", Align::Right), ("VARIANCE", Align::Right), ("SUM", Align::Right)];
    format!("\n{}", Table::new(header, rows))
}
