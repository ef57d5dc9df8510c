//! `parallax inspect`: lists what a path holds.

use std::fmt::Write as _;

use parallax_embedding::{Progress, RowSet, wording};
use parallax_formats::{EmbeddingInfo, MetadataInfo, Problem, ProblemKind, Run, Source, SpriteInfo, open_with};
use parallax_session::Origin;
use parallax_tour::is_tour;
use serde::Serialize;

use super::{
    CliError,
    args::{Input, InspectArgs},
    context::Context,
    output,
    table::{Align, Table, count, counted, mebibytes, text},
    warnings,
};

/// Without `--check`, the values of up to this many bytes of vectors are read. More may take
/// seconds.
const CHECKED_BYTES: usize = 64 << 20;

/// The most rows that are not finite that JSON lists.
const LISTED_ROWS: usize = 1000;

/// For each run and each embedding in it, what its values are.
type Values = Vec<Vec<Read>>;

/// What is known of the values of an embedding.
#[derive(Debug)]
enum Read {
    /// The rows that are not finite.
    All { not_finite: RowSet },
    /// They were not read.
    Skipped,
    /// They cannot be read.
    Failed,
}

impl Read {
    fn not_finite(&self) -> Option<&RowSet> {
        if let Self::All { not_finite } = self { Some(not_finite) } else { None }
    }
}

/// Lists what the path holds.
pub(super) fn run(args: InspectArgs, context: &Context) -> Result<(), CliError> {
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
    let mut source = context.work(|progress| open_with(&path, &options, progress))?;
    let chosen = source.choose(run.as_deref(), embedding.as_deref())?;
    if run.is_some() || embedding.is_some() {
        narrow(&mut source, chosen, embedding.is_some());
    }
    let (values, failed) = context.work(|progress| read_values(&mut source, args.check, progress))?;
    if args.json {
        output::json(&document(&source, &values))?;
    } else {
        // Standard error says it.
        source.problems.retain(|problem| Some(problem) != failed.as_ref());
        output::write(&page(&source, &values))?;
    }
    failed.map_or(Ok(()), |problem| Err(problem.into()))
}

/// Reads the values of all embeddings, or of as many as [`CHECKED_BYTES`] allows. Adds what is found:
/// their types, shapes, and problems. Returns the first problem that prevents values from being
/// read.
fn read_values(source: &mut Source, all: bool, progress: &Progress) -> Result<(Values, Option<Problem>), CliError> {
    let (mut left, mut failed) = (CHECKED_BYTES, None);
    let mut found = Vec::new();
    for run in 0..source.runs.len() {
        let mut of_run = Vec::new();
        for place in 0..source.runs[run].embeddings.len() {
            let bytes = bytes(&source.runs[run].embeddings[place]);
            if !all && bytes > left {
                of_run.push(Read::Skipped);
                continue;
            }
            left = left.saturating_sub(bytes);
            // What is beside the vectors was listed, except for the pixels of pictures.
            let read = if all { source.load(run, place, progress) } else { source.vectors(run, place, progress) };
            let problems = match read {
                Ok(loaded) => {
                    let (vectors, info) = (&loaded.embedding.vectors, &mut source.runs[run].embeddings[place]);
                    (info.rows, info.dims, info.dtype) = (vectors.rows(), vectors.dims(), vectors.dtype());
                    of_run.push(Read::All { not_finite: loaded.embedding.non_finite });
                    loaded.problems
                }
                Err(error) => {
                    let problem = error.into_problem().ok_or(CliError::Cancelled)?;
                    failed.get_or_insert_with(|| problem.clone());
                    of_run.push(Read::Failed);
                    vec![problem]
                }
            };
            let new = problems.into_iter().filter(|problem| !source.problems.contains(problem));
            let new: Vec<Problem> = new.collect();
            source.problems.extend(new);
        }
        found.push(of_run);
    }
    Ok((found, failed))
}

/// The size of the vectors.
fn bytes(info: &EmbeddingInfo) -> usize {
    info.rows.saturating_mul(info.dims).saturating_mul(info.dtype.size())
}

/// Keeps only the run that was chosen and, if one was chosen too, its embedding.
fn narrow(source: &mut Source, (run, embedding): (usize, usize), to_embedding: bool) {
    let problems = std::mem::take(&mut source.problems);
    let of = to_embedding.then_some(embedding);
    let is_kept = |problem: &Problem| {
        let is_asked = !to_embedding || problem.kind != Some(ProblemKind::ShownFirst);
        is_asked && !source.is_elsewhere(problem, run, of)
    };
    source.problems = problems.into_iter().filter(is_kept).collect();
    source.runs = source.runs.drain(..).skip(run).take(1).collect();
    if let (true, Some(run)) = (to_embedding, source.runs.first_mut()) {
        run.embeddings = run.embeddings.drain(..).skip(embedding).take(1).collect();
    }
}

/// The listing as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    format: &'a str,
    /// How the format was recognized.
    recognized: &'a str,
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
    /// How many rows hold NaN, infinity, or a number beyond 3.4e38, and the first of them; null if the values were not
    /// read.
    not_finite: Option<usize>,
    not_finite_rows: Option<&'a [u32]>,
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

fn document<'a>(source: &'a Source, values: &'a Values) -> Document<'a> {
    Document {
        format: source.format,
        recognized: &source.recognized,
        runs: source.runs.iter().zip(values).map(|(run, values)| run_entry(run, values)).collect(),
        problems: source.problems.iter().map(problem_entry).collect(),
    }
}

fn run_entry<'a>(run: &'a Run, values: &'a [Read]) -> RunEntry<'a> {
    RunEntry {
        name: &run.name,
        checkpoint: run.checkpoint.as_deref(),
        checkpoints: &run.checkpoints,
        embeddings: run
            .embeddings
            .iter()
            .zip(values)
            .map(|(info, read)| embedding_entry(info, read.not_finite()))
            .collect(),
    }
}

fn embedding_entry<'a>(info: &'a EmbeddingInfo, not_finite: Option<&'a RowSet>) -> EmbeddingEntry<'a> {
    EmbeddingEntry {
        name: &info.name,
        rows: info.rows,
        dims: info.dims,
        dtype: info.dtype.to_string(),
        not_finite: not_finite.map(RowSet::len),
        not_finite_rows: not_finite.map(|rows| &rows.as_slice()[..rows.len().min(LISTED_ROWS)]),
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

/// Returns a problem as JSON.
pub(super) fn problem_entry(problem: &Problem) -> ProblemEntry<'_> {
    ProblemEntry {
        severity: warnings::severity(problem.severity),
        file: problem.file.display().to_string(),
        position: problem.position.as_deref(),
        message: &problem.message,
        way_out: problem.way_out.as_deref(),
    }
}

/// Returns the listing for people.
fn page(source: &Source, values: &Values) -> String {
    let embeddings = source.runs.iter().map(|run| run.embeddings.len()).sum();
    let runs = if source.runs.len() > 1 { format!(" in {}", counted(source.runs.len(), "run")) } else { String::new() };
    let mut page =
        format!("{}: {}, {}{runs}\n", source.path.display(), source.format, counted(embeddings, "embedding"));
    if !source.recognized.is_empty() {
        writeln!(page, "Recognized {}.", source.recognized).ok();
    }
    let mut add = |part: String| {
        if !part.is_empty() {
            page.push('\n');
            page.push_str(&part);
        }
    };
    add(embeddings_table(source, values));
    add(rows_not_finite(source, values));
    add(columns_table(source));
    add(checkpoints(source));
    add(problems(source));
    page
}

/// Iterates over all embeddings with their runs.
fn listed(source: &Source) -> impl Iterator<Item = (&Run, &EmbeddingInfo)> {
    source.runs.iter().flat_map(|run| run.embeddings.iter().map(move |info| (run, info)))
}

fn embeddings_table(source: &Source, values: &Values) -> String {
    let nothing = || "-".to_owned();
    let rows = listed(source).zip(values.iter().flatten()).map(|((run, info), read)| {
        let metadata = info.metadata.as_ref();
        let sprite = info.sprite.as_ref();
        [
            text(&run.name),
            text(&info.name),
            count(info.rows),
            count(info.dims),
            info.dtype.to_string(),
            read.not_finite().map_or_else(|| "?".to_owned(), |rows| count(rows.len())),
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
        ("NOT FINITE", Align::Right),
        ("SOURCE", Align::Left),
        ("METADATA", Align::Left),
        ("SPRITE", Align::Left),
    ];
    Table::new(header, rows).to_string()
}

/// Lists the rows that are not finite, and says which values were not read.
fn rows_not_finite(source: &Source, values: &Values) -> String {
    const SHOWN: usize = 20;
    let mut text = String::new();
    let mut unread = 0;
    for ((_, info), read) in listed(source).zip(values.iter().flatten()) {
        let rows = match read {
            Read::All { not_finite } if !not_finite.is_empty() => not_finite,
            Read::All { .. } | Read::Failed => continue,
            Read::Skipped => {
                unread += bytes(info);
                continue;
            }
        };
        let numbers = wording::listed(rows.iter().map(|row| row.to_string()), SHOWN);
        writeln!(text, "Rows of {} with NaN, infinity, or a number beyond 3.4e38: {numbers}.", info.name).ok();
    }
    if unread > 0 {
        let size = mebibytes(unread as u64);
        writeln!(text, "The values of {size} of vectors were not read: --check counts the rows that are not finite.")
            .ok();
    }
    text
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

/// Says which checkpoint is read if a run has several.
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
    warnings::lines(&source.problems).into_iter().map(|line| line + "\n").collect()
}
