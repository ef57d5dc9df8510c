//! `parallax compare`: how alike two embeddings of the same rows are.

use std::path::Path;

use parallax_embedding::{ColumnBuilder, Metadata, Partners, RowSet, wording};
use parallax_formats::Problem;
use parallax_neighbors::GraphSearch;
use parallax_projection::{
    Alignment, DistanceAgreement, Procrustes, ProjectionError, Resemblance, ResemblanceSettings,
};
use parallax_session::{
    Compared, MOST_ALONE, Matching, NeighborQuery, Origin, Pick, View, capital, row_name, unmatched_rows,
};
use serde::Serialize;

use super::{
    CliError,
    args::{CompareArgs, Input, InputArgs},
    context::Context,
    input::{self, Opened},
    neighbors::refused,
    output,
    series::align_name,
    table::{Align, Table, count, counted, fixed, percent, text},
    warnings::{self, Said},
};
use crate::app::{MATCH_BY_KEY, MATCH_OTHERWISE, RenderOptions, render};

/// The number of rows that are listed as least alike.
const LISTED: usize = 10;

/// The number of rows without a partner that are named on the page.
const ALONE_NAMED: usize = 10;

/// The number of neighbors that are listed beside them.
const NEAREST: usize = 5;

/// The number of neighbors that a picture compares, the seed of approximate ones, and its size in pixels.
const PICTURED: usize = 15;
const SEED: u64 = 42;
const PICTURE: [u32; 2] = [1440, 900];

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    first: Side<'a>,
    second: Side<'a>,
    /// How rows were matched.
    matched: &'a str,
    /// The rows that belong together.
    pairs: usize,
    /// Those of them of which a row has no finite values, or no direction: they are not compared.
    left_out: usize,
    metric: &'static str,
    overlap: OverlapReport,
    /// `null` if they cannot be compared, and why not.
    distances: Option<Distances>,
    why_no_distances: Option<String>,
    /// `null` if it is not defined, and why not.
    linear_cka: Option<f64>,
    why_no_linear_cka: Option<String>,
    /// `rotation`, `scale`, or `none`.
    align: &'static str,
    /// `null` if it is not defined, and why not.
    alignment: Option<AlignmentReport>,
    why_no_alignment: Option<String>,
    seconds: f64,
    /// The rows that are least alike, the worst first. Those that have all nearest in common are alike.
    least_alike: Vec<Entry<'a>>,
    /// Those that moved most, these first; empty if that is not known, or both are equal once they are
    /// aligned.
    most_moved: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Side<'a> {
    name: String,
    rows: usize,
    dims: usize,
    /// Rows with nothing of their kind in the other.
    alone: usize,
    /// The first of them.
    alone_rows: Vec<Lone<'a>>,
    /// Rows whose key several rows have.
    unclear: usize,
}

#[derive(Debug, Serialize)]
struct Lone<'a> {
    row: u32,
    label: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct OverlapReport {
    k: usize,
    /// The mean Jaccard index, and about what it is if neighbors are drawn at random.
    mean: f64,
    by_chance: f64,
    /// How many rows have 0, 1, and so on up to k of their nearest in common.
    rows_by_common: Vec<usize>,
    /// The share of the neighbors that are right, if they were searched for approximately.
    recall: [Option<f32>; 2],
}

#[derive(Debug, Serialize)]
struct Distances {
    spearman: f64,
    /// What that of all pairs is within, 19 times of 20; `null` if all were compared.
    interval: Option<[f64; 2]>,
    pairs: usize,
}

#[derive(Debug, Serialize)]
struct AlignmentReport {
    /// What is left of the spread, as a part of it.
    residual: f64,
    scale: f64,
    reflects: bool,
    /// The median distance that rows are moved, and that which 9 in 10 do not exceed.
    median_moved: f32,
    moved_90: f32,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    row: u32,
    partner: u32,
    label: Option<&'a str>,
    common: u32,
    overlap: f32,
    moved: Option<f32>,
}

/// Opens both and compares them.
pub(super) fn run(args: CompareArgs, context: &Context) -> Result<(), CliError> {
    let other = args.other.clone().unwrap_or_else(|| args.path.clone());
    let first = args.input.clone().of(args.path.clone());
    let mut second = InputArgs::default().of(other);
    if let (Origin::Path { options, .. }, Some(metadata)) = (&mut second.origin, &args.other_metadata) {
        options.metadata = Some(metadata.clone());
    }
    second.run.clone_from(&args.other_run);
    // The other run has the same tensors and steps.
    let counterpart = args.other_run.as_ref().and(first.embedding.as_ref());
    second.embedding = args.other_embedding.as_ref().or(counterpart).cloned();
    if let Some(out) = &args.out {
        output::check_table(out, "labels")?;
        input::keep(&[first.files(), second.files()].concat(), &[("--out", out)])?;
    }
    let picture = args.picture.as_deref().map(|out| pictured(&args, out, [&first, &second], context)).transpose()?;
    input::with_all([first.clone(), second], context, |opened| answer(&args, opened, context))?;
    if let (Some(view), Some(out)) = (picture, &args.picture) {
        draw(view, out, &first, context)?;
        if !args.json {
            let [width, height] = PICTURE;
            output::write(&format!("\nWrote both side by side to {}: {width}x{height} pixels.", out.display()))?;
        }
    }
    Ok(())
}

fn draw(view: View, out: &Path, first: &Input, context: &Context) -> Result<(), CliError> {
    let (out, size, started) = (out.to_owned(), PICTURE, context.started);
    let said = render(RenderOptions { view, bookmark: None, out, size, panels: true, frames: None, started })?.said;
    // What is wrong with the files was said with the figures.
    let (listing, listing_elsewhere) = (first.listing(false), first.listing(true));
    warnings::show(&Said { notes: &said.notes, problems: &[], listing, elsewhere: &[], listing_elsewhere });
    Ok(())
}

/// Returns the view of both side by side, with the card that has the figures.
fn pictured(args: &CompareArgs, out: &Path, [first, second]: [&Input; 2], context: &Context) -> Result<View, CliError> {
    if !out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(Problem::error(out, "a picture is written as PNG").way_out("End the name in .png").into());
    }
    if args.k.get() != PICTURED {
        return Err(CliError::Usage(format!("--picture compares the {PICTURED} nearest. Leave out -k")));
    }
    if context.seed != SEED {
        return Err(CliError::Usage(format!("--picture has the seed {SEED}. Leave out --seed")));
    }
    input::keep(&[first.files(), second.files()].concat(), &[("--picture", out)])?;
    let matched = args.matched();
    let Input { origin, run, embedding } = second.clone();
    let compared = Compared { matched, align: args.align, ..Compared::with(origin, run, embedding) };
    let Input { origin, run, embedding } = first.clone();
    let neighbors = NeighborQuery { metric: args.metric, ..NeighborQuery::default() };
    let (compared, color_by) = (Some(compared), Pick::Shared);
    Ok(View { origin, run, embedding, compared, neighbors, color_by, ..View::default() })
}

fn answer(args: &CompareArgs, opened: &mut [Opened; 2], context: &Context) -> Result<String, CliError> {
    if opened[0].is_same(&opened[1]) {
        let way_out = "Name another file, or another embedding of it with --other-embedding or --other-run";
        return Err(opened[0].problem("this would be compared with itself").way_out(way_out).into());
    }
    let Matching { partners, how, is_doubtful } = matching(args, opened)?;
    if is_doubtful {
        let doubt = Problem::warning(opened[0].path(), Matching::DOUBT).way_out(MATCH_BY_KEY);
        opened[0].notes.push(doubt);
    }
    let settings = ResemblanceSettings { k: args.k.get(), metric: args.metric, align: args.align, seed: context.seed };
    let vectors = [&opened[0].embedding.vectors, &opened[1].embedding.vectors];
    let non_finite = [&opened[0].embedding.non_finite, &opened[1].embedding.non_finite];
    let found = context.work(|progress| Resemblance::measure(vectors, non_finite, &partners, settings, progress));
    let found = found.map_err(|error| failed(error, opened))?;
    for vectors in vectors {
        vectors.check().map_err(Problem::from)?;
    }
    if found.overlap.k() < args.k.get() {
        let what = format!("{} of the {} nearest that were asked for are compared", found.overlap.k(), args.k);
        let why = format!(
            "{what}, as lists of half of {} would have many in common by chance",
            counted(found.partners.len(), "row")
        );
        let note = Problem::note(opened[0].path(), why);
        opened[0].notes.push(note);
    }
    if let Some(out) = &args.out {
        let table = table(&found, &opened[0])?;
        let notes = output::write_table(&table, out, context)?;
        opened[0].notes.extend(notes);
    }
    if args.json {
        for (side, place) in ["first", "second"].into_iter().enumerate() {
            let alone = found.partners.alone()[side].len();
            if alone > MOST_ALONE {
                let all = counted(alone, "row");
                let what =
                    format!("of the {all} that are only in the {place}, the first {} are listed", count(MOST_ALONE));
                let note = Problem::note(opened[side].path(), what);
                opened[side].notes.push(note.way_out("--out has all rows of the first, and \"alone\" their number"));
            }
        }
    }
    let least = found.least_alike();
    let report = report(args, opened, &found, &how, &least, context);
    if args.json { output::json_text(&report) } else { page(args, &report, opened, &found, context) }
}

fn matching(args: &CompareArgs, [first, second]: &[Opened; 2]) -> Result<Matching, CliError> {
    Matching::of(&first.embedding, &second.embedding, &args.matched()).map_err(|why| {
        let problem = first.problem(why.said(&second.name()));
        if why.is_by_choice() { problem.way_out(MATCH_OTHERWISE).into() } else { problem.into() }
    })
}

/// Returns the error about the one that is at fault, which names the other if that is, too.
fn failed(error: ProjectionError, [first, second]: &[Opened; 2]) -> CliError {
    if matches!(error, ProjectionError::Cancelled(_)) {
        return CliError::Cancelled;
    }
    // The path begins the message. Of several embeddings in it, the name says which.
    let named = |opened: &Opened| match opened.name() {
        name if name == opened.path().display().to_string() => "this one".to_owned(),
        name => name,
    };
    let (of, names) = match error.at_fault() {
        Some([false, true]) => (second, [first.name(), named(second)]),
        _ => (first, [named(first), second.name()]),
    };
    of.problem(error.of_pair(names.each_ref().map(String::as_str))).into()
}

fn report<'a>(
    args: &CompareArgs,
    opened: &'a [Opened; 2],
    found: &Resemblance,
    how: &'a str,
    least: &[usize],
    context: &Context,
) -> Report<'a> {
    let partners = &found.partners;
    let lone = |side: usize, row: u32| Lone { row, label: opened[side].label(row) };
    let side = |side: usize| Side {
        name: opened[side].name(),
        rows: opened[side].embedding.rows(),
        dims: opened[side].embedding.vectors.dims(),
        alone: partners.alone()[side].len(),
        alone_rows: partners.alone()[side].iter().take(MOST_ALONE).map(|&row| lone(side, row)).collect(),
        unclear: partners.unclear()[side],
    };
    let overlap: Vec<f32> = found.overlap.jaccard().collect();
    let [rows, others] = partners.rows();
    let entry = |&pair: &usize| Entry {
        row: rows[pair],
        partner: others[pair],
        label: opened[0].label(rows[pair]).or_else(|| opened[1].label(others[pair])),
        common: found.overlap.common()[pair],
        overlap: overlap[pair],
        moved: found.moved.as_ref().map(|(_, distances)| distances[pair]),
    };
    let (first, second) = (opened[0].name(), opened[1].name());
    Report {
        first: side(0),
        second: side(1),
        matched: how,
        pairs: partners.len() + partners.left_out(),
        left_out: partners.left_out(),
        metric: args.metric.name(),
        overlap: OverlapReport {
            k: found.overlap.k(),
            mean: found.overlap.mean(),
            by_chance: found.overlap.by_chance(),
            rows_by_common: found.overlap.counts(),
            recall: found.overlap.searches().map(|search| match search {
                GraphSearch::Exact => None,
                GraphSearch::Approximate { recall, .. } => Some(recall),
            }),
        },
        distances: found.distances.map(|DistanceAgreement { spearman, interval, pairs }| Distances {
            spearman,
            interval,
            pairs,
        }),
        why_no_distances: found.why_no_distances([&first, &second]),
        linear_cka: found.cka,
        why_no_linear_cka: found.why_no_cka([&first, &second]),
        align: align_name(args.align),
        alignment: found.moved.as_ref().zip(found.usually_moved()).map(|((onto, _), moved)| alignment(onto, moved)),
        why_no_alignment: found.why_not_moved([&first, &second]),
        seconds: context.started.elapsed().as_secs_f64(),
        least_alike: least.iter().take(LISTED).map(entry).collect(),
        most_moved: found.most_moved().iter().take(LISTED).map(entry).collect(),
    }
}

fn alignment(found: &Procrustes, [median_moved, moved_90]: [f32; 2]) -> AlignmentReport {
    AlignmentReport {
        residual: found.residual(),
        scale: found.scale(),
        reflects: found.reflects(),
        median_moved,
        moved_90,
    }
}

/// Returns a table with a row for each row of the first.
fn table(found: &Resemblance, opened: &Opened) -> Result<Metadata, CliError> {
    let rows = opened.embedding.rows();
    let mut pairs: Vec<Option<usize>> = vec![None; rows];
    let [of_first, of_second] = found.partners.rows();
    of_first.iter().enumerate().for_each(|(pair, &row)| pairs[row as usize] = Some(pair));
    let overlap: Vec<f32> = found.overlap.jaccard().collect();
    let column = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
        let mut builder = ColumnBuilder::new(name);
        pairs.iter().for_each(|pair| builder.push(pair.and_then(cell).as_deref()));
        builder.finish()
    };
    let mut columns = vec![
        column("partner", &|pair| Some(of_second[pair].to_string())),
        column("common", &|pair| Some(found.overlap.common()[pair].to_string())),
        column("overlap", &|pair| Some(overlap[pair].to_string())),
    ];
    let moved = found.moved.as_ref().map(|(_, distances)| column("moved", &|pair| Some(distances[pair].to_string())));
    columns.extend(moved);
    let labels = opened.labels().filter(|labels| columns.iter().all(|column| column.name() != labels.name()));
    columns.splice(0..0, labels.cloned());
    Metadata::new(columns).map_err(|error| CliError::Usage(error.to_string()))
}

fn page(
    args: &CompareArgs,
    report: &Report<'_>,
    opened: &[Opened; 2],
    found: &Resemblance,
    context: &Context,
) -> Result<String, CliError> {
    let mut lines = vec![format!(
        "{} of {} ({} x {}) and {} ({} x {}) were matched {}.",
        counted(report.pairs, "row"),
        report.first.name,
        count(report.first.rows),
        report.first.dims,
        report.second.name,
        count(report.second.rows),
        report.second.dims,
        report.matched,
    )];
    lines.extend(absent(report));
    lines.extend(["first", "second"].into_iter().zip([&report.first, &report.second]).filter_map(only));
    let OverlapReport { k, mean, by_chance, recall, .. } = &report.overlap;
    let found_by = match recall {
        [None, None] => String::new(),
        shares => format!(
            "; they were searched for approximately, and {} are right",
            percent(shares.iter().flatten().fold(1.0, |least, &share| f32::min(least, share)).into())
        ),
    };
    lines.push(format!(
        "Of the {} by {}, a row shares {} of all in either list (by chance {}){found_by}.",
        wording::nearest(*k),
        report.metric,
        percent(*mean),
        percent(*by_chance)
    ));
    lines.extend(report.distances.as_ref().map(|Distances { spearman, interval, pairs }| {
        let of_all = |[low, high]: [f64; 2]| format!("; for all pairs {} to {}", fixed(low, 3), fixed(high, 3));
        let (spearman, within) = (fixed(*spearman, 3), interval.map_or_else(String::new, of_all));
        format!("The rank correlation of distances is {spearman} (Spearman, {}{within}).", counted(*pairs, "pair"))
    }));
    let not_defined =
        |what: &str, why: &Option<String>| why.as_ref().map(|why| format!("{what} is not defined: {why}."));
    lines.extend(not_defined("The rank correlation of distances", &report.why_no_distances));
    lines.extend(report.linear_cka.map(|cka| {
        let cka = fixed(cka, 3);
        format!("Linear CKA is {cka} (1 if they are the same but for rotation and scale, 0 if unrelated).")
    }));
    lines.extend(not_defined("Linear CKA", &report.why_no_linear_cka));
    lines.extend(report.alignment.as_ref().map(|alignment| moved(alignment, args.align)));
    lines.extend(not_defined("The distance moved", &report.why_no_alignment));
    lines.extend(
        args.out.as_ref().map(|out| format!("Wrote {} to {}.", counted(report.first.rows, "row"), out.display())),
    );
    let nearest = |side: usize, row: u32| nearest(opened, &found.partners, side, row, args, context);
    let row = |entry: &Entry<'_>| {
        Ok([
            text(&entry.label.map_or_else(|| row_name(entry.row), str::to_owned)),
            format!("{} of {k}", entry.common),
            nearest(0, entry.row)?,
            nearest(1, entry.partner)?,
        ])
    };
    let rows: Vec<[String; 4]> = report.least_alike.iter().map(row).collect::<Result<_, CliError>>()?;
    let header =
        [("ROW", Align::Left), ("COMMON", Align::Right), ("IN THE FIRST", Align::Left), ("IN THE SECOND", Align::Left)];
    let by = format!("{} by {}", wording::nearest(*k), report.metric);
    if let Some(why) = found.why_none_differ([&report.first.name, &report.second.name], &by) {
        lines.push(format!("\n{}.\n", capital(&why)));
    } else {
        lines.push(format!("\nThe least alike, with their {NEAREST} nearest in each:\n"));
        lines.push(Table::new(header, rows).to_string());
    }
    if !report.most_moved.is_empty() {
        lines.push("Those that moved most:\n".to_owned());
        let row = |entry: &Entry<'_>| {
            let moved = entry.moved.map_or_else(String::new, |moved| fixed(moved.into(), 3));
            [text(&entry.label.map_or_else(|| row_name(entry.row), str::to_owned)), moved]
        };
        let rows = report.most_moved.iter().map(row);
        lines.push(Table::new([("ROW", Align::Left), ("MOVED", Align::Right)], rows).to_string());
    }
    Ok(lines.join("\n"))
}

/// Says how far rows are moved once the first is brought onto the second.
fn moved(
    AlignmentReport { residual, scale, reflects, median_moved, moved_90 }: &AlignmentReport,
    align: Alignment,
) -> String {
    let mirrored = if *reflects { ", mirrored" } else { "" };
    let first = match align {
        Alignment::Nothing => "The first, as it is,".to_owned(),
        Alignment::Rotation => format!("The first, rotated{mirrored} onto the second,"),
        Alignment::Scale => {
            format!("The first, rotated{mirrored}, and scaled by {} onto the second,", fixed(*scale, 3))
        }
    };
    format!(
        "{first} leaves {} of the spread; half of the rows are moved by up to {}, 9 in 10 by up to {}.",
        percent(*residual),
        fixed(f64::from(*median_moved), 3),
        fixed(f64::from(*moved_90), 3),
    )
}

/// Says which rows were not compared.
fn absent(report: &Report<'_>) -> Vec<String> {
    let Report { first, second, left_out, .. } = report;
    let unmatched = unmatched_rows([first.alone, second.alone], [first.unclear, second.unclear]);
    let pairs = (*left_out > 0).then(|| {
        let were = if *left_out == 1 { "was" } else { "were" };
        format!("{} {were} left out, as a row of them is not finite or has no direction.", counted(*left_out, "pair"))
    });
    unmatched.map(|said| said + ".").chain(pairs).collect()
}

/// Names the first of the rows without a partner.
fn only((place, side): (&str, &Side<'_>)) -> Option<String> {
    let shown = side.alone_rows.iter().take(ALONE_NAMED);
    let names: Vec<String> = shown.map(|Lone { row, label }| label.map_or_else(|| row_name(*row), text)).collect();
    let more = match side.alone - names.len() {
        0 => String::new(),
        more => format!(", and {} more", count(more)),
    };
    (!names.is_empty()).then(|| format!("Only in the {place}: {}{more}.", names.join(", ")))
}

/// Returns the nearest of `row` of one side among the rows with a partner, for a table. A row
/// without a label has that of its partner.
fn nearest(
    opened: &[Opened; 2],
    partners: &Partners,
    side: usize,
    row: u32,
    args: &CompareArgs,
    context: &Context,
) -> Result<String, CliError> {
    let embedding = &opened[side].embedding;
    let (rows, others) = (partners.rows()[side], partners.rows()[1 - side]);
    let among: RowSet = rows.iter().copied().collect();
    let left_out = among.complement(embedding.rows()).union(&embedding.non_finite);
    let search =
        |progress: &_| parallax_neighbors::nearest(&embedding.vectors, row, NEAREST, args.metric, &left_out, progress);
    let found = context.work(search).map_err(|error| refused(error, &opened[side]))?;
    let of_partner = |row: u32| {
        let pair = rows.iter().position(|&other| other == row)?;
        opened[1 - side].label(others[pair])
    };
    let name =
        |row: u32| opened[side].label(row).or_else(|| of_partner(row)).map_or_else(|| row_name(row), str::to_owned);
    Ok(text(&found.iter().map(|neighbor| name(neighbor.row)).collect::<Vec<_>>().join(", ")))
}
