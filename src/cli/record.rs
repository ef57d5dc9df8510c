//! `parallax record`: records a tour as a movie.

use std::time::Instant;

use parallax_formats::Problem;
use parallax_tour::{ReadTour, read_tour};
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
use crate::app::{RecordOptions, RecordReport, is_gif, record};

/// Frames per second without `--fps`. A frame of a GIF takes whole hundredths of a second.
const FPS: u32 = 30;
const GIF_FPS: u32 = 20;

/// Extensions of movies that cannot be written.
const OTHERS: [&str; 8] = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "webp", "png"];

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    out: String,
    bookmarks: usize,
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

/// Records the tour.
pub(super) fn run(args: RecordArgs, context: &Context) -> Result<(), CliError> {
    let ending = args.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if let Some(ending) = ending.filter(|ending| OTHERS.contains(&ending.as_str())) {
        let way_out = "End the name in .gif, or name a folder for the frames, from which ffmpeg makes a movie";
        return Err(Problem::error(&args.out, format!("movies cannot be written as .{ending}"))
            .way_out(way_out)
            .into());
    }
    let ReadTour { mut tour, problems } = read_tour(&args.tour)?;
    if tour.bookmarks.is_empty() {
        return Err(Problem::error(&args.tour, "the tour has no bookmarks").into());
    }
    let bookmarks = tour.bookmarks.len();
    let stereo = args.stereo.stereo(Some(args.size))?;
    let mut beyond = Vec::new();
    for bookmark in &mut tour.bookmarks {
        let before = std::mem::take(&mut bookmark.view);
        bookmark.view = args.change.applied(before.clone())?;
        if args.change.is_given() {
            beyond.extend(check_change(&before, &bookmark.view, Some(context))?);
        }
    }
    beyond.dedup_by(|a, b| a.to_string() == b.to_string());
    let options = RecordOptions {
        tour,
        path: args.tour,
        fps: args.fps.map_or(if is_gif(&args.out) { GIF_FPS } else { FPS }, u32::from),
        out: args.out,
        size: args.size,
        stereo,
        seconds: args.seconds,
    };
    let started = Instant::now();
    let report = context.work(|progress| record(&options, progress))?;
    let took = started.elapsed().as_secs_f64();
    let said = report.said.iter().map(|said| Problem::warning(&options.path, said.trim_end_matches('.')));
    let notes: Vec<Problem> = beyond.into_iter().chain(said).collect();
    let listing = format!("parallax tour show {}", options.path.display());
    warnings::show(&Said { notes: &notes, problems: &problems, listing, ..Said::default() });
    if args.json {
        return output::json(&Document {
            out: options.out.display().to_string(),
            bookmarks,
            frames: report.frames,
            size: options.size,
            fps: options.fps,
            seconds: report.seconds,
            stereo: options.stereo.on.then(|| options.stereo.mode.name()),
            adapter: &report.adapter,
            took_seconds: took,
        });
    }
    output::write(&page(&options, &report, took))
}

fn page(options: &RecordOptions, report: &RecordReport, took: f64) -> String {
    let [width, height] = options.size;
    format!(
        "Wrote {}: {} in {}, {}x{} pixels, {} long; drawn by {} in {}.\n",
        options.out.display(),
        counted(options.tour.bookmarks.len(), "bookmark"),
        counted(report.frames, "frame"),
        width,
        height,
        seconds(report.seconds),
        report.adapter,
        seconds(took),
    )
}
