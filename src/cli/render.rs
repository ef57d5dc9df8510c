//! `parallax render`: draws a picture without a window.

use std::path::{Path, PathBuf};

use parallax_formats::Problem;
use parallax_session::{Origin, Stereo, View};
use parallax_tour::{ReadTour, Tour, is_tour, read_tour};
use serde::Serialize;

use super::{
    CliError,
    args::{Input, RenderArgs},
    check::{check, check_change},
    context::Context,
    input::{Without, zero_rows},
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
    let input = args.data.input.clone().of_any(path.clone());
    let listing = match path.as_deref().filter(|path| is_tour(path)) {
        Some(path) => format!("parallax tour show {}", path.display()),
        None => input.listing(false),
    };
    let stereo = args.stereo.stereo(Some(args.size))?;
    let Chosen { bookmark, read, beyond } = bookmark(&args, stereo, context)?;
    let (view, beyond) = match &bookmark {
        Some((tour, _, place)) => {
            let stereo = tour.bookmarks.get(*place).map_or(stereo, |bookmark| bookmark.view.stereo);
            (View { origin: Origin::Memory, stereo, ..View::default() }, beyond)
        }
        None => view(&args, stereo, input.clone(), context)?,
    };
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
    let empty = (report.points == 0 && report.rows > 0).then(|| {
        let what = "no row is shown, so that the picture is empty, and times are those of 0 points";
        Problem::warning(path.as_deref().unwrap_or(&out), what).way_out("Change the filter, or what is isolated")
    });
    let notes = zero.into_iter().chain(empty).chain(beyond).chain(report.said.notes.iter().cloned());
    let notes: Vec<Problem> = notes.collect();
    warnings::show(&Said {
        notes: &notes,
        problems: &[read, report.said.problems.clone()].concat(),
        listing,
        elsewhere: &report.said.elsewhere,
        listing_elsewhere: input.listing(true),
    });
    if is_json { output::json(&document(&report)) } else { output::write(&page(&report, &out)) }
}

/// What is shown of data, and what there is to say about it.
fn view(args: &RenderArgs, stereo: Stereo, input: Input, context: &Context) -> Result<(View, Vec<Problem>), CliError> {
    args.data.check()?;
    let options = View { stereo, ..args.data.view(input, context.seed) };
    let view = args.change.applied(options.clone())?;
    let beyond = check(&options, &view, context)?;
    Ok((view, beyond))
}

/// A tour, its file, and an index in it.
type Bookmarked = (Tour, PathBuf, usize);

/// The bookmark to draw.
#[derive(Debug, Default)]
struct Chosen {
    bookmark: Option<Bookmarked>,
    /// The problems with its file.
    read: Vec<Problem>,
    /// What there is to say about a change of its view.
    beyond: Vec<Problem>,
}

/// Returns the bookmark to draw if PATH is a tour.
fn bookmark(args: &RenderArgs, stereo: Stereo, context: &Context) -> Result<Chosen, CliError> {
    let Some(path) = args.path.clone().filter(|path| args.bookmark.is_some() || is_tour(path)) else {
        return Ok(Chosen::default());
    };
    let ReadTour { mut tour, problems } = read_tour(&path)?;
    if let Some(option) = args.data.given() {
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
    let mut beyond = Vec::new();
    if let Some(bookmark) = tour.bookmarks.get_mut(number - 1) {
        let before = std::mem::take(&mut bookmark.view);
        bookmark.view = args.change.applied(View { stereo, ..before.clone() })?;
        if args.change.is_given() {
            beyond.extend(check_change(&before, &bookmark.view, Some(context))?);
        }
    }
    Ok(Chosen { bookmark: Some((tour, path, number - 1)), read: problems, beyond })
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
    let frames = report.frame_ms_median.zip(report.frame_ms_p99).map(|(median, p99)| {
        let of = counted(report.points, "point");
        format!("Turning {of}: median frame time {median:.1} ms, 99% below {p99:.1} ms.\n")
    });
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
