//! `parallax render`: a picture without a window.

use parallax_formats::{Problem, open};
use parallax_session::{Origin, Pick, View};
use serde::Serialize;

use super::{
    CliError,
    args::{Input, RenderArgs},
    context::Context,
    input::no_column,
    output,
    table::{counted, mebibytes, seconds},
};
use crate::app::{RenderOptions, RenderReport, RenderSeconds, render};

/// What was drawn, as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    points: usize,
    size: [u32; 2],
    adapter: &'a str,
    seconds: Seconds,
    frame_ms_median: Option<f64>,
    frame_ms_p99: Option<f64>,
    peak_memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: f64,
    projection: f64,
    device: f64,
    first_frame: f64,
    total: f64,
}

/// Draws the picture.
pub(super) fn run(args: RenderArgs, context: &Context) -> Result<(), CliError> {
    if !args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(Problem::error(&args.out, "a picture is written as PNG").way_out("End the name in .png").into());
    }
    let (is_json, out) = (args.json, args.out.clone());
    let picks = args.picks();
    let input = args.input.of_any(args.path);
    let supervisor = args.settings.supervisor().cloned().map(Pick::Column);
    check_columns(&input, picks.iter().chain(&supervisor))?;
    let [color_by, label_by] = picks;
    let view = View {
        origin: input.origin,
        run: input.run,
        embedding: input.embedding,
        projection: args.settings.projection(args.method, args.dims, context.seed),
        // Who names the column of the labels wants to see them.
        labels: label_by != Pick::Auto,
        color_by,
        label_by,
        points: args.points,
        theme: args.theme,
        ..View::default()
    };
    let report = render(RenderOptions {
        view,
        out: args.out,
        size: args.size,
        panels: args.panels,
        frames: args.frames.map(usize::from),
        started: context.started,
    })?;
    let unshown = context.warn(&report.problems);
    if is_json { output::json(&document(&report)) } else { output::write(&(page(&report, &out) + &unshown)) }
}

/// Refuses columns that the metadata do not have, before anything is drawn.
fn check_columns<'a>(input: &Input, picks: impl Iterator<Item = &'a Pick>) -> Result<(), CliError> {
    let named = picks.filter_map(|pick| if let Pick::Column(name) = pick { Some(name) } else { None });
    let named: Vec<&String> = named.collect();
    if named.is_empty() {
        return Ok(());
    }
    let source = match &input.origin {
        Origin::Path { path, options } => open(path, options)?,
        Origin::Demo(which) => parallax_formats::demo(*which),
        Origin::Memory | Origin::Kept => return Ok(()),
    };
    let (run, embedding) = source.choose(input.run.as_deref(), input.embedding.as_deref())?;
    let info = source.runs.get(run).and_then(|run| run.embeddings.get(embedding));
    let columns = info.and_then(|info| info.metadata.as_ref()).map(|metadata| metadata.columns.as_slice());
    let columns: Vec<&String> = columns.unwrap_or_default().iter().map(|(name, ..)| name).collect();
    let Some(unknown) = named.into_iter().find(|name| !columns.contains(name)) else { return Ok(()) };
    Err(no_column(unknown, columns.iter().map(|name| name.as_str()), |message| Problem::error(&source.path, message))
        .into())
}

fn document(report: &RenderReport) -> Document<'_> {
    let RenderSeconds { load, projection, device, first_frame, total } = report.seconds;
    Document {
        points: report.points,
        size: report.size,
        adapter: &report.adapter,
        seconds: Seconds { load, projection, device, first_frame, total },
        frame_ms_median: report.frame_ms_median,
        frame_ms_p99: report.frame_ms_p99,
        peak_memory_bytes: report.peak_memory_bytes,
    }
}

fn page(report: &RenderReport, out: &std::path::Path) -> String {
    let [width, height] = report.size;
    let times = report.seconds;
    let frames = report.frame_ms_median.zip(report.frame_ms_p99).map(|(median, p99)| {
        format!("Turning: half of the frames took less than {median:.1} ms, all but one in a hundred less than {p99:.1} ms.\n")
    });
    format!(
        "Wrote {}: {}, {width}x{height} pixels, drawn by {}.\n\
         {} in all: reading {}, projecting {} while the device started in {}, drawing {}; {} of memory at most.\n{}",
        out.display(),
        if report.points == report.rows {
            counted(report.points, "point")
        } else {
            format!("{} of {} (the others have no finite values)", report.points, counted(report.rows, "point"))
        },
        report.adapter,
        seconds(times.total),
        seconds(times.load),
        seconds(times.projection),
        seconds(times.device),
        seconds(times.first_frame),
        mebibytes(report.peak_memory_bytes),
        frames.unwrap_or_default()
    )
}
