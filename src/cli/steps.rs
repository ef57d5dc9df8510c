//! `parallax steps`: lists the steps of a training that a path holds.

use std::path::Path;

use parallax_embedding::wording::listed;
use parallax_formats::{Gap, Problem, Run, Series, SeriesStep, Siblings, Source, UnreadStep, open_with, siblings};
use parallax_session::Origin;
use serde::Serialize;

use super::{
    CliError,
    args::{Input, StepsArgs},
    context::Context,
    inspect::{ProblemEntry, problem_entry},
    output,
    table::{Align, Table, count, counted, text},
    warnings,
};

/// Lists the series of steps.
pub(super) fn run(args: StepsArgs, context: &Context) -> Result<(), CliError> {
    let Input { origin: Origin::Path { path, options }, run, embedding } = args.input.of(args.path) else {
        return Err(CliError::Usage("there is no path. Give one".to_owned()));
    };
    let source = context.work(|progress| open_with(&path, &options, progress))?;
    let (of_run, of_embedding) = source.choose(run.as_deref(), embedding.as_deref())?;
    let mut series = source.series();
    series.retain(|series| {
        let is_of_run = run.is_none() && embedding.is_none() || series.run == of_run;
        is_of_run && (embedding.is_none() || series.place_of(of_embedding).is_some())
    });
    let beside = if series.is_empty() { siblings(&path)? } else { None };
    if args.json {
        return output::json(&document(&source, &series, beside.as_ref()));
    }
    output::write(&page(&source, &series, beside.as_ref(), &path))
}

/// The listing as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    format: &'a str,
    series: Vec<SeriesEntry<'a>>,
    /// The numbered files beside a single one.
    siblings: Option<SiblingsEntry<'a>>,
    problems: Vec<ProblemEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct SeriesEntry<'a> {
    run: &'a str,
    tensor: &'a str,
    /// The difference of most consecutive numbers, if all differences are multiples of it.
    every: Option<u64>,
    steps: Vec<StepEntry<'a>>,
    missing: Vec<GapEntry>,
    unreadable: Vec<UnreadEntry<'a>>,
    /// The embeddings whose number another one has.
    doubles: &'a [String],
}

#[derive(Debug, Serialize)]
struct StepEntry<'a> {
    number: u64,
    embedding: &'a str,
    rows: usize,
    dims: usize,
    source: &'a str,
}

#[derive(Debug, Serialize)]
struct GapEntry {
    first: u64,
    last: u64,
    count: u64,
}

#[derive(Debug, Serialize)]
struct UnreadEntry<'a> {
    number: u64,
    problem: ProblemEntry<'a>,
}

#[derive(Debug, Serialize)]
struct SiblingsEntry<'a> {
    pattern: &'a str,
    numbers: &'a [u64],
    folder: String,
}

fn document<'a>(source: &'a Source, series: &'a [Series], siblings: Option<&'a Siblings>) -> Document<'a> {
    Document {
        format: source.format,
        series: series.iter().map(|series| series_entry(&source.runs[series.run], series)).collect(),
        siblings: siblings.map(|siblings| SiblingsEntry {
            pattern: &siblings.pattern,
            numbers: &siblings.numbers,
            folder: siblings.folder.display().to_string(),
        }),
        problems: source.problems.iter().map(problem_entry).collect(),
    }
}

fn series_entry<'a>(run: &'a Run, series: &'a Series) -> SeriesEntry<'a> {
    let step = |step: &'a SeriesStep| StepEntry {
        number: step.number,
        embedding: &step.name,
        rows: step.rows,
        dims: step.dims,
        source: &run.embeddings[step.embedding].source,
    };
    let gap = |&Gap { first, last, count }: &Gap| GapEntry { first, last, count };
    let unread =
        |unread: &'a UnreadStep| UnreadEntry { number: unread.number, problem: problem_entry(&unread.problem) };
    SeriesEntry {
        run: &run.name,
        tensor: &series.tensor,
        every: series.every,
        steps: series.steps.iter().map(step).collect(),
        missing: series.gaps.iter().map(gap).collect(),
        unreadable: series.unreadable.iter().map(unread).collect(),
        doubles: &series.doubles,
    }
}

/// Returns the listing for people.
fn page(source: &Source, series: &[Series], siblings: Option<&Siblings>, path: &Path) -> String {
    let mut page = match series.len() {
        0 => format!("{}: {}, no steps\n", path.display(), source.format),
        one_or_more => {
            let steps = series.iter().map(|series| series.steps.len()).sum();
            let of = counted(one_or_more, "tensor");
            format!(
                "{}: {}, {} of {of}\n\n{}",
                path.display(),
                source.format,
                counted(steps, "step"),
                table(source, series)
            )
        }
    };
    let details = series.iter().flat_map(|series| details(&source.runs[series.run], series));
    let siblings = siblings.map(|siblings| siblings.problem(path));
    let problems: Vec<Problem> = source.problems.iter().cloned().chain(siblings).collect();
    for part in [details.collect::<Vec<_>>(), warnings::lines(&problems)] {
        if !part.is_empty() {
            page = format!("{page}\n{}\n", part.join("\n"));
        }
    }
    page
}

fn table(source: &Source, series: &[Series]) -> String {
    let rows = series.iter().map(|series| {
        let missing = series.gaps.iter().map(|gap| gap.count).sum::<u64>();
        [
            text(&source.runs[series.run].name),
            text(&series.tensor),
            count(series.steps.len()),
            series.steps.first().map_or_else(String::new, |step| step.number.to_string()),
            series.newest().map_or_else(String::new, |step| step.number.to_string()),
            series.every.map_or_else(|| "-".to_owned(), |every| every.to_string()),
            missing.to_string(),
            count(series.unreadable.len()),
            range(series.steps.iter().map(|step| step.rows)),
            range(series.steps.iter().map(|step| step.dims)),
        ]
    });
    let header = [
        ("RUN", Align::Left),
        ("TENSOR", Align::Left),
        ("STEPS", Align::Right),
        ("FIRST", Align::Right),
        ("LAST", Align::Right),
        ("EVERY", Align::Right),
        ("MISSING", Align::Right),
        ("UNREADABLE", Align::Right),
        ("ROWS", Align::Right),
        ("DIMS", Align::Right),
    ];
    Table::new(header, rows).to_string()
}

/// Returns the least and the greatest of some numbers, or the only one.
fn range(numbers: impl Iterator<Item = usize> + Clone) -> String {
    let (least, most) = (numbers.clone().min().unwrap_or_default(), numbers.max().unwrap_or_default());
    if least == most { count(least) } else { format!("{} to {}", count(least), count(most)) }
}

/// Returns a line for the steps of a series, and for what is missing or cannot be read.
fn details(run: &Run, series: &Series) -> Vec<String> {
    const SHOWN: usize = 20;
    let of = if run.name == "." {
        text(&series.tensor)
    } else {
        format!("{} of run {}", text(&series.tensor), text(&run.name))
    };
    let gap = |gap: &Gap| if gap.count == 1 { gap.first.to_string() } else { format!("{} to {}", gap.first, gap.last) };
    let (rows, dims) = series.shape();
    let odd = |is_odd: &dyn Fn(&SeriesStep) -> bool| -> Vec<String> {
        series.steps.iter().filter(|step| is_odd(step)).map(|step| step.number.to_string()).collect()
    };
    let lines = [
        ("Steps", series.steps.iter().map(|step| step.number.to_string()).collect()),
        ("Steps with other rows than most", odd(&|step| step.rows != rows)),
        ("Steps with other dimensions than most", odd(&|step| step.rows == rows && step.dims != dims)),
        ("Missing steps", series.gaps.iter().map(gap).collect()),
        ("Unreadable steps", series.unreadable.iter().map(|unread| unread.number.to_string()).collect()),
        ("Left out, since another one has the number", series.doubles.clone()),
    ];
    let lines = lines.into_iter().filter(|(_, numbers): &(_, Vec<String>)| !numbers.is_empty());
    lines.map(|(what, numbers)| format!("{what} of {of}: {}.", listed(numbers, SHOWN))).collect()
}
