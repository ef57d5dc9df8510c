//! `parallax project`: the coordinates of a layout.

use std::time::Instant;

use parallax_formats::{OutputFormat, write_coordinates};
use parallax_projection::{Layout, Method, Projected, ProjectionError, project};
use serde::Serialize;

use super::{
    CliError,
    args::ProjectArgs,
    context::Context,
    input::{self, Opened},
    output,
    table::{Align, Table, count, counted, seconds},
};
use crate::peak_memory_bytes;

/// Without `--dims`, PCA gives so many components: a cloud in space.
const COMPONENTS: usize = 3;

/// What was done, as JSON.
#[derive(Debug, Serialize)]
struct Report {
    method: &'static str,
    rows: usize,
    /// Rows that hold a NaN or an infinity: their coordinates are NaN.
    unplaced: usize,
    dims: usize,
    seed: u64,
    threads: usize,
    seconds: Seconds,
    /// Of t-SNE and UMAP.
    iterations: Option<usize>,
    /// Of t-SNE.
    kl: Option<f64>,
    explained_variance: Option<Vec<f64>>,
    /// How faithful the layout is, where that is measured.
    quality: Option<()>,
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

/// Projects and writes the coordinates.
pub(super) fn run(args: ProjectArgs, context: &Context) -> Result<(), CliError> {
    OutputFormat::from_path(&args.out)?;
    let opened = input::open(&args.input.of(args.path), context)?;
    let started = Instant::now();
    let Projected { layout, explained_variance_ratio } = compute(args.method, &opened, context)?;
    let projection = started.elapsed().as_secs_f64();
    let layout = first_dims(layout, args.method, args.dims.map(usize::from), &opened)?;
    write_coordinates(&args.out, &layout.coordinates, layout.dims)?;
    let unshown = context.warn(&opened.problems);
    let report = Report {
        method: args.method.name(),
        rows: layout.rows(),
        unplaced: opened.embedding.non_finite.len(),
        dims: layout.dims,
        seed: context.seed,
        threads: rayon::current_num_threads(),
        seconds: Seconds {
            load: opened.seconds,
            neighbors: 0.0,
            projection,
            quality: 0.0,
            total: context.started.elapsed().as_secs_f64(),
        },
        iterations: None,
        kl: None,
        explained_variance: (args.method == Method::Pca).then_some(explained_variance_ratio),
        quality: None,
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json {
        return output::json(&report);
    }
    let written = format!(
        "Wrote {} x {} coordinates of {} by {} to {}.\n{}; read in {}, projected in {}.\n",
        count(report.rows),
        report.dims,
        opened.name(),
        report.method,
        args.out.display(),
        opened.rows(),
        seconds(report.seconds.load),
        seconds(report.seconds.projection)
    );
    output::write(&(written + &variance_table(&report) + &unshown))
}

fn compute(method: Method, opened: &Opened, context: &Context) -> Result<Projected, CliError> {
    let embedding = &opened.embedding;
    let projected = context.work(|progress| project(method, &embedding.vectors, &embedding.non_finite, progress));
    projected.map_err(|error| match error {
        ProjectionError::Cancelled(_) => CliError::Cancelled,
        error => opened.problem(error.to_string()).into(),
    })
}

/// The first `dims` coordinates of each row.
fn first_dims(layout: Layout, method: Method, dims: Option<usize>, opened: &Opened) -> Result<Layout, CliError> {
    let dims = dims.unwrap_or(match method {
        Method::Pca => COMPONENTS.min(layout.dims),
        Method::Identity => layout.dims,
    });
    if dims > layout.dims {
        let (rows, columns) = (opened.embedding.rows(), opened.embedding.vectors.dims());
        let message = format!(
            "{method} gives {} of {} and {}, not {dims}",
            counted(layout.dims, "coordinate"),
            counted(rows, "row"),
            counted(columns, "dimension")
        );
        return Err(opened.problem(message).way_out(format!("Ask for --dims {} or fewer", layout.dims)).into());
    }
    let rows = layout.coordinates.chunks_exact(layout.dims.max(1));
    Ok(Layout { dims, coordinates: rows.flat_map(|row| &row[..dims]).copied().collect() })
}

/// What part of the variance each component explains, and all up to it.
fn variance_table(report: &Report) -> String {
    let Some(ratios) = &report.explained_variance else { return String::new() };
    let percent = |ratio: f64| format!("{:.2}%", ratio * 100.0);
    let mut sum = 0.0;
    let rows = ratios.iter().enumerate().map(|(index, &ratio)| {
        sum += ratio;
        [(index + 1).to_string(), percent(ratio), percent(sum)]
    });
    let header = [("COMPONENT", Align::Right), ("VARIANCE", Align::Right), ("SUM", Align::Right)];
    format!("\n{}", Table::new(header, rows))
}
