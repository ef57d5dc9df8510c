//! `parallax record`: records a tour, or the steps of a training, as a movie.

mod steps;

use std::{path::Path, time::Instant};

use parallax_formats::Problem;
use parallax_tour::{ReadTour, is_tour, read_tour};
use serde::Serialize;

use super::{
    CliError,
    args::RecordArgs,
    check::check_change,
    context::Context,
    output,
    table::{counted, seconds},
    warnings::{self, Said},
};
use crate::app::{RecordOptions, RecordReport, Recorded, is_gif, record};

/// Frames per second without `--fps`. A frame of a GIF takes whole hundredths of a second.
const FPS: u32 = 30;
const GIF_FPS: u32 = 20;

/// Extensions of movies that cannot be written.
const OTHERS: [&str; 8] = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "webp", "png"];

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    bookmarks: usize,
    #[serde(flatten)]
    movie: Movie<'a>,
}

/// The movie, as JSON.
#[derive(Debug, Serialize)]
struct Movie<'a> {
    out: String,
    frames: usize,
    size: [u32; 2],
    fps: u32,
    seconds: f64,
    /// How the pictures of two eyes lie in a frame; null for one eye.
    stereo: Option<&'static str>,
    adapter: &'a str,
    /// How long recording took.
    took_seconds: f64,
}

/// Records the movie.
pub(super) fn run(args: RecordArgs, context: &Context) -> Result<(), CliError> {
    let ending = args.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if let Some(ending) = ending.filter(|ending| OTHERS.contains(&ending.as_str())) {
        let way_out = "End the name in .gif, or name a folder for the frames, from which ffmpeg makes a movie";
        return Err(Problem::error(&args.out, format!("movies cannot be written as .{ending}"))
            .way_out(way_out)
            .into());
    }
    match args.steps.clone() {
        Some(asked) => steps::run(args, &asked, context),
        None => of_tour(args, context),
    }
}

fn of_tour(args: RecordArgs, context: &Context) -> Result<(), CliError> {
    if let Some(option) = args.data.given() {
        return Err(CliError::Usage(format!(
            "{option} cannot be used with a tour, whose bookmarks have their own views. Leave it out, or record the \
             steps of a training by --steps"
        )));
    }
    if args.path.is_dir() && !is_tour(&args.path) {
        let way_out = "Give a file of bookmarks, or record the steps of a training by --steps all";
        return Err(Problem::error(&args.path, "it is a folder, and no tour").way_out(way_out).into());
    }
    let ReadTour { mut tour, problems } = read_tour(&args.path)?;
    if tour.bookmarks.is_empty() {
        return Err(Problem::error(&args.path, "the tour has no bookmarks").into());
    }
    let bookmarks = tour.bookmarks.len();
    let mut beyond = Vec::new();
    for bookmark in &mut tour.bookmarks {
        let before = std::mem::take(&mut bookmark.view);
        bookmark.view = args.change.applied(before.clone())?;
        if args.change.is_given() {
            beyond.extend(check_change(&before, &bookmark.view, Some(context))?);
        }
    }
    beyond.dedup_by(|a, b| a.to_string() == b.to_string());
    let path = args.path.clone();
    let options = options(&args, Recorded::Tour(tour, args.path.clone()))?;
    let (report, took) = recorded(&options, context)?;
    let said = report.said.iter().map(|said| Problem::warning(&path, said.trim_end_matches('.')));
    let notes: Vec<Problem> = beyond.into_iter().chain(said).collect();
    let listing = format!("parallax tour show {}", path.display());
    warnings::show(&Said { notes: &notes, problems: &problems, listing, ..Said::default() });
    if args.json {
        return output::json(&Document { bookmarks, movie: movie(&options, &report, took) });
    }
    output::write(&page(&counted(bookmarks, "bookmark"), &options, &report, took))
}

fn options(args: &RecordArgs, of: Recorded) -> Result<RecordOptions, CliError> {
    Ok(RecordOptions {
        of,
        fps: args.fps.map_or(if is_gif(&args.out) { GIF_FPS } else { FPS }, u32::from),
        out: args.out.clone(),
        size: args.size,
        stereo: args.stereo.stereo(Some(args.size))?,
        seconds: args.seconds,
    })
}

/// Records the movie, and measures how long that takes.
fn recorded(options: &RecordOptions, context: &Context) -> Result<(RecordReport, f64), CliError> {
    let started = Instant::now();
    let report = context.work(|progress| record(options, progress))?;
    Ok((report, started.elapsed().as_secs_f64()))
}

fn movie<'a>(options: &RecordOptions, report: &'a RecordReport, took: f64) -> Movie<'a> {
    Movie {
        out: options.out.display().to_string(),
        frames: report.frames,
        size: options.size,
        fps: options.fps,
        seconds: report.seconds,
        stereo: options.stereo.on.then(|| options.stereo.mode.name()),
        adapter: &report.adapter,
        took_seconds: took,
    }
}

fn page(what: &str, options: &RecordOptions, report: &RecordReport, took: f64) -> String {
    let [width, height] = options.size;
    format!(
        "Wrote {}: {what} in {}, {width}x{height} pixels, {} long; drawn by {} in {}.\n",
        options.out.display(),
        counted(report.frames, "frame"),
        seconds(report.seconds),
        report.adapter,
        seconds(took),
    )
}

/// Returns whether a path is the file of a tour, so that it has no steps.
fn is_file_of_tour(path: &Path) -> bool {
    path.is_file() && is_tour(path)
}
