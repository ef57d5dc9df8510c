//! `parallax render`: draws a picture without a window.

use std::path::{Path, PathBuf};

use parallax_formats::{Problem, open};
use parallax_session::{Origin, Pick, Stereo, View};
use parallax_tour::{ReadTour, Tour, is_tour, read_tour};
use serde::Serialize;

use super::{
    CliError,
    args::{Input, RenderArgs},
    context::Context,
    input::{Without, no_column, zero_rows},
    output,
    table::{counted, mebibytes, seconds},
    warnings::{self, Said},
};
use crate::app::{RenderOptions, RenderReport, RenderSeconds, render};

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    points: usize,
    /// The rows of the embedding.
    rows: usize,
    /// Those without a place.
    without_place: Without,
    size: [u32; 2],
    /// How each eye saw its picture; null for one eye.
    stereo: Option<Eyes>,
    adapter: &'a str,
    seconds: Seconds,
    frame_ms_median: Option<f64>,
    frame_ms_p99: Option<f64>,
    peak_memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Eyes {
    mode: &'static str,
    eye_distance: f32,
    convergence: f32,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: Option<f64>,
    projection: Option<f64>,
    device: f64,
    first_frame: f64,
    total: f64,
}

/// Draws the picture.
pub(super) fn run(args: RenderArgs, context: &Context) -> Result<(), CliError> {
    if !args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(Problem::error(&args.out, "a picture is written as PNG").way_out("End the name in .png").into());
    }
    let (is_json, out, path) = (args.json, args.out.clone(), args.path.clone());
    let input = args.input.clone().of_any(path.clone());
    let listing = match path.as_deref().filter(|path| is_tour(path)) {
        Some(path) => format!("parallax tour show {}", path.display()),
        None => input.listing(false),
    };
    let stereo = args.stereo.stereo(Some(args.size))?;
    let (bookmark, read) =
        bookmark(&args, stereo)?.map_or((None, Vec::new()), |(bookmark, read)| (Some(bookmark), read));
    let view = match &bookmark {
        Some((tour, _, place)) => {
            let stereo = tour.bookmarks.get(*place).map_or(stereo, |bookmark| bookmark.view.stereo);
            View { origin: Origin::Memory, stereo, ..View::default() }
        }
        None => view(&args, stereo, input.clone(), context.seed)?,
    };
    let named = args.change.is_given().then(|| greatest_row(&view)).flatten();
    let report = render(RenderOptions {
        view,
        bookmark,
        out: args.out,
        size: args.size,
        panels: args.panels,
        frames: args.frames.map(usize::from),
        started: context.started,
    })?;
    let zero = zero_rows(path.as_deref().unwrap_or(&out), report.rows, &report.without_place);
    let beyond = named.filter(|&row| row as usize >= report.rows).map(|row| {
        let what = format!("--view names row {row}, and there are {}", counted(report.rows, "row"));
        Problem::warning(path.as_deref().unwrap_or(&out), what)
    });
    let notes: Vec<Problem> = zero.into_iter().chain(beyond).chain(report.said.notes.iter().cloned()).collect();
    warnings::show(&Said {
        notes: &notes,
        problems: &[read, report.said.problems.clone()].concat(),
        listing,
        elsewhere: &report.said.elsewhere,
        listing_elsewhere: input.listing(true),
    });
    if is_json { output::json(&document(&report)) } else { output::write(&page(&report, &out)) }
}

/// What is shown of data.
fn view(args: &RenderArgs, stereo: Stereo, input: Input, seed: u64) -> Result<View, CliError> {
    args.check()?;
    let view = args.change.applied(View { stereo, ..args.view(input, seed) })?;
    check_columns(&view)?;
    Ok(view)
}

/// Returns the greatest row that is selected, isolated, or tagged.
fn greatest_row(view: &View) -> Option<u32> {
    let sets = view.isolation.iter().chain([&view.selection]).chain(view.tags.iter().map(|tag| &tag.rows));
    sets.filter_map(|rows| rows.as_slice().last().copied()).max()
}

/// A tour, its file, and an index in it.
type Bookmarked = (Tour, PathBuf, usize);

/// Returns the bookmark to draw if PATH is a tour, and the problems with the file.
fn bookmark(args: &RenderArgs, stereo: Stereo) -> Result<Option<(Bookmarked, Vec<Problem>)>, CliError> {
    let Some(path) = args.path.clone().filter(|path| args.bookmark.is_some() || is_tour(path)) else { return Ok(None) };
    let ReadTour { mut tour, problems } = read_tour(&path)?;
    if let Some(option) = args.beside_bookmark() {
        return Err(CliError::Usage(format!(
            "{option} cannot be used with a bookmark, which has its own view. Leave it out"
        )));
    }
    let (number, count) = (args.bookmark.map_or(1, usize::from), tour.bookmarks.len());
    if number > count {
        let known = match count {
            0 => return Err(Problem::error(path, "the tour has no bookmarks").into()),
            1 => "There is only 1".to_owned(),
            _ => format!("Choose one of 1 to {count}"),
        };
        return Err(Problem::error(path, format!("the tour has no bookmark {number}")).way_out(known).into());
    }
    if let Some(bookmark) = tour.bookmarks.get_mut(number - 1) {
        bookmark.view = args.change.applied(View { stereo, ..bookmark.view.clone() })?;
    }
    Ok(Some(((tour, path, number - 1), problems)))
}

/// Refuses columns that the metadata does not have, before anything is drawn.
fn check_columns(view: &View) -> Result<(), CliError> {
    let picks = [&view.color_by, &view.label_by, &view.naming.by];
    let picked = picks.into_iter().filter_map(|pick| if let Pick::Column(name) = pick { Some(name) } else { None });
    // A column of tags is made by the view itself.
    let is_tagged = |name: &&String| view.tags.iter().any(|tag| tag.column == **name);
    let named: Vec<&String> = picked.chain(&view.projection.supervisor).filter(|name| !is_tagged(name)).collect();
    if named.is_empty() {
        return Ok(());
    }
    let source = match &view.origin {
        Origin::Path { path, options } => open(path, options)?,
        Origin::Demo(which) => parallax_formats::demo(*which),
        Origin::Memory | Origin::Kept => return Ok(()),
    };
    let (run, embedding) = source.choose(view.run.as_deref(), view.embedding.as_deref())?;
    let info = source.runs.get(run).and_then(|run| run.embeddings.get(embedding));
    let columns = info.and_then(|info| info.metadata.as_ref()).map(|metadata| metadata.columns.as_slice());
    let columns: Vec<&String> = columns.unwrap_or_default().iter().map(|column| &column.name).collect();
    let Some(unknown) = named.into_iter().find(|name| !columns.contains(name)) else { return Ok(()) };
    Err(no_column(unknown, columns.iter().map(|name| name.as_str()), |message| Problem::error(&source.path, message))
        .into())
}

fn document(report: &RenderReport) -> Document<'_> {
    let RenderSeconds { load, projection, device, first_frame, total } = report.seconds;
    Document {
        points: report.points,
        rows: report.rows,
        without_place: Without::of(&report.without_place),
        size: report.size,
        stereo: report.stereo.map(|eyes| Eyes {
            mode: eyes.mode.name(),
            eye_distance: eyes.eye_distance,
            convergence: eyes.convergence,
        }),
        adapter: &report.adapter,
        seconds: Seconds { load, projection, device, first_frame, total },
        frame_ms_median: report.frame_ms_median,
        frame_ms_p99: report.frame_ms_p99,
        peak_memory_bytes: report.peak_memory_bytes,
    }
}

fn page(report: &RenderReport, out: &Path) -> String {
    let [width, height] = report.size;
    let times = report.seconds;
    let frames = report
        .frame_ms_median
        .zip(report.frame_ms_p99)
        .map(|(median, p99)| format!("Turning: median frame time {median:.1} ms, 99% below {p99:.1} ms.\n"));
    let without = &report.without_place;
    let points = match times.load {
        Some(_) if !without.is_empty() => format!("{} of {}, {without}", report.points, counted(report.rows, "row")),
        _ if report.points == report.rows => counted(report.points, "point"),
        Some(_) => format!("{} of {} (the others are not shown)", report.points, counted(report.rows, "point")),
        None => format!("{} of {}", report.points, counted(report.rows, "point")),
    };
    let before = match times.load.zip(times.projection) {
        Some((load, projection)) => {
            format!("reading {}, projecting {} while the device started in", seconds(load), seconds(projection))
        }
        None => "starting the device".to_owned(),
    };
    let stereo = report.stereo.map(|eyes| match eyes.eye_distance {
        0.0 => format!("Stereo, {}: both eyes see the same.\n", eyes.mode.said()),
        apart => format!(
            "Stereo, {}: eyes {apart:.3} apart, screen at a distance of {:.2}; the cloud has radius 1.\n",
            eyes.mode.said(),
            eyes.convergence,
        ),
    });
    format!(
        "Wrote {}: {points}, {width}x{height} pixels, drawn by {}.\n\
         {} in all: {before} {}, drawing {}; {} of memory at most.\n{}{}",
        out.display(),
        report.adapter,
        seconds(times.total),
        seconds(times.device),
        seconds(times.first_frame),
        mebibytes(report.peak_memory_bytes),
        stereo.unwrap_or_default(),
        frames.unwrap_or_default()
    )
}
