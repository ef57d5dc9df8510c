//! `parallax inspect`: what a path holds.

use std::fmt::Write as _;

use parallax_formats::{EmbeddingInfo, MetadataInfo, Problem, Run, Severity, Source, SpriteInfo, open};
use parallax_session::{Origin, is_tour};
use serde::Serialize;

use super::{
    CliError,
    args::{Input, InspectArgs},
    context::severity,
    output,
    table::{Align, Table, count, counted, text},
};

/// Lists what the path holds.
pub(super) fn run(args: InspectArgs) -> Result<(), CliError> {
    let Input { origin: Origin::Path { path, options }, run, embedding } = args.input.of(args.path) else {
        return Err(CliError::Usage("there is no path. Give one".to_owned()));
    };
    // A packed tour is data too.
    let is_bookmarks = path.is_file() && is_tour(&path) && path.extension().is_none_or(|ending| ending != "parallax");
    if is_bookmarks {
        let shown = path.display();
        let problem = Problem::error(&path, "this is a file of bookmarks, not of vectors");
        return Err(problem.way_out(format!("List them with parallax tour show {shown}")).into());
    }
    let mut source = open(&path, &options)?;
    let chosen = source.choose(run.as_deref(), embedding.as_deref())?;
    if run.is_some() || embedding.is_some() {
        narrow(&mut source, chosen, embedding.is_some());
    }
    if args.json { output::json(&document(&source)) } else { output::write(&page(&source)) }
}

/// Leaves the run that was chosen and, where that was chosen too, its embedding.
fn narrow(source: &mut Source, (run, embedding): (usize, usize), to_embedding: bool) {
    source.runs = source.runs.drain(..).skip(run).take(1).collect();
    if let (true, Some(run)) = (to_embedding, source.runs.first_mut()) {
        run.embeddings = run.embeddings.drain(..).skip(embedding).take(1).collect();
    }
}

/// The listing as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    format: &'a str,
    runs: Vec<RunEntry<'a>>,
    problems: Vec<ProblemEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct RunEntry<'a> {
    name: &'a str,
    checkpoint: Option<&'a str>,
    checkpoints: &'a [String],
    embeddings: Vec<EmbeddingEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct EmbeddingEntry<'a> {
    name: &'a str,
    rows: usize,
    dims: usize,
    dtype: String,
    source: &'a str,
    metadata: Option<MetadataEntry<'a>>,
    sprite: Option<SpriteEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct MetadataEntry<'a> {
    path: &'a str,
    rows: usize,
    columns: Vec<ColumnEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct ColumnEntry<'a> {
    name: &'a str,
    kind: &'a str,
    distinct: usize,
    missing: usize,
    not_finite: usize,
}

#[derive(Debug, Serialize)]
struct SpriteEntry<'a> {
    path: &'a str,
    width: u32,
    height: u32,
    thumbnail: [u32; 2],
}

/// A problem as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ProblemEntry<'a> {
    severity: &'a str,
    file: String,
    position: Option<&'a str>,
    message: &'a str,
    way_out: Option<&'a str>,
}

fn document(source: &Source) -> Document<'_> {
    Document {
        format: source.format,
        runs: source.runs.iter().map(run_entry).collect(),
        problems: source.problems.iter().map(problem_entry).collect(),
    }
}

fn run_entry(run: &Run) -> RunEntry<'_> {
    RunEntry {
        name: &run.name,
        checkpoint: run.checkpoint.as_deref(),
        checkpoints: &run.checkpoints,
        embeddings: run.embeddings.iter().map(embedding_entry).collect(),
    }
}

fn embedding_entry(info: &EmbeddingInfo) -> EmbeddingEntry<'_> {
    EmbeddingEntry {
        name: &info.name,
        rows: info.rows,
        dims: info.dims,
        dtype: info.dtype.to_string(),
        source: &info.source,
        metadata: info.metadata.as_ref().map(metadata_entry),
        sprite: info.sprite.as_ref().map(sprite_entry),
    }
}

fn metadata_entry(info: &MetadataInfo) -> MetadataEntry<'_> {
    let columns = info.columns.iter();
    let columns = columns.map(|column| ColumnEntry {
        name: &column.name,
        kind: column.kind.name(),
        distinct: column.distinct,
        missing: column.missing,
        not_finite: column.not_finite,
    });
    MetadataEntry { path: &info.path, rows: info.rows, columns: columns.collect() }
}

fn sprite_entry(info: &SpriteInfo) -> SpriteEntry<'_> {
    SpriteEntry { path: &info.path, width: info.width, height: info.height, thumbnail: info.thumbnail }
}

/// The entry of a problem.
pub(super) fn problem_entry(problem: &Problem) -> ProblemEntry<'_> {
    ProblemEntry {
        severity: severity(problem.severity),
        file: problem.file.display().to_string(),
        position: problem.position.as_deref(),
        message: &problem.message,
        way_out: problem.way_out.as_deref(),
    }
}

/// The listing for people.
fn page(source: &Source) -> String {
    let embeddings = source.runs.iter().map(|run| run.embeddings.len()).sum();
    let runs = if source.runs.len() > 1 { format!(" in {}", counted(source.runs.len(), "run")) } else { String::new() };
    let mut page =
        format!("{}: {}, {}{runs}\n", source.path.display(), source.format, counted(embeddings, "embedding"));
    let mut add = |part: String| {
        if !part.is_empty() {
            page.push('\n');
            page.push_str(&part);
        }
    };
    add(embeddings_table(source));
    add(columns_table(source));
    add(checkpoints(source));
    add(problems(source));
    page
}

/// All embeddings with their runs.
fn listed(source: &Source) -> impl Iterator<Item = (&Run, &EmbeddingInfo)> {
    source.runs.iter().flat_map(|run| run.embeddings.iter().map(move |info| (run, info)))
}

fn embeddings_table(source: &Source) -> String {
    let nothing = || "-".to_owned();
    let rows = listed(source).map(|(run, info)| {
        let metadata = info.metadata.as_ref();
        let sprite = info.sprite.as_ref();
        [
            text(&run.name),
            text(&info.name),
            count(info.rows),
            count(info.dims),
            info.dtype.to_string(),
            text(&info.source),
            metadata.map_or_else(nothing, |found| format!("{}, {}", text(&found.path), counted(found.rows, "row"))),
            sprite.map_or_else(nothing, |found| {
                let [width, height] = found.thumbnail;
                format!("{}, {}x{} of {width}x{height}", text(&found.path), found.width, found.height)
            }),
        ]
    });
    let header = [
        ("RUN", Align::Left),
        ("EMBEDDING", Align::Left),
        ("ROWS", Align::Right),
        ("DIMS", Align::Right),
        ("TYPE", Align::Left),
        ("SOURCE", Align::Left),
        ("METADATA", Align::Left),
        ("SPRITE", Align::Left),
    ];
    Table::new(header, rows).to_string()
}

fn columns_table(source: &Source) -> String {
    let rows: Vec<_> = listed(source)
        .flat_map(|(run, info)| {
            let columns = info.metadata.iter().flat_map(|metadata| &metadata.columns);
            columns.map(|column| {
                let cells = [text(&run.name), text(&info.name), text(&column.name), column.kind.name().to_owned()];
                let [run, embedding, name, kind] = cells;
                let [distinct, missing, infinite] = [column.distinct, column.missing, column.not_finite].map(count);
                [run, embedding, name, kind, distinct, missing, infinite]
            })
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = [
        ("RUN", Align::Left),
        ("EMBEDDING", Align::Left),
        ("COLUMN", Align::Left),
        ("KIND", Align::Left),
        ("DISTINCT", Align::Right),
        ("MISSING", Align::Right),
        ("INFINITE", Align::Right),
    ];
    Table::new(header, rows).to_string()
}

/// Which checkpoint is read where a run has several.
fn checkpoints(source: &Source) -> String {
    let mut text = String::new();
    for run in source.runs.iter().filter(|run| run.checkpoints.len() > 1) {
        if let Some(read) = &run.checkpoint {
            writeln!(text, "Run {} is read from checkpoint {read}, of {}.", run.name, run.checkpoints.join(", ")).ok();
        }
    }
    text
}

fn problems(source: &Source) -> String {
    let line = |problem: &Problem| format!("{}: {problem}\n", severity(problem.severity));
    let of = |wanted: Severity| source.problems.iter().filter(move |problem| problem.severity == wanted);
    of(Severity::Error).chain(of(Severity::Warning)).chain(of(Severity::Note)).map(line).collect()
}
