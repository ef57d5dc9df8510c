//! `parallax tour`: lists, converts, joins, packs, and drafts bookmarks.

use std::{path::Path, sync::Arc};

use parallax_embedding::RowSet;
use parallax_formats::{FormatError, Problem};
use parallax_projector::load;
use parallax_session::{Origin, Steps, View};
use parallax_tour::{Bookmark, DraftError, KeptLayout, ReadTour, Subject, Tour, pack_tour, read_tour, write_tour};
use serde::Serialize;

use super::{
    CliError,
    args::{Input, TourCommand, TourDraftArgs, TourExportArgs, TourImportArgs, TourPackArgs, TourShowArgs},
    clusters::suiting,
    context::Context,
    input::{self, Opened},
    inspect::{ProblemEntry, problem_entry},
    output,
    project::projected,
    table::{Align, Table, count, counted, text},
    warnings::{self, Said},
};

/// Runs the command.
pub(super) fn run(command: &TourCommand, context: &Context) -> Result<(), CliError> {
    match command {
        TourCommand::Show(args) => show(args),
        TourCommand::Export(args) => export(args),
        TourCommand::Import(args) => import(args),
        TourCommand::Pack(args) => pack(args, context),
        TourCommand::Draft(args) => draft(args, context),
    }
}

fn show(args: &TourShowArgs) -> Result<(), CliError> {
    let mut read = read_tour(&args.file)?;
    let failed = read.problems.first().filter(|_| read.tour.bookmarks.is_empty()).cloned();
    if args.json {
        output::json(&document(&read))?;
    } else {
        // Standard error says it.
        read.problems.retain(|problem| Some(problem) != failed.as_ref());
        output::write(&page(&args.file, &read))?;
    }
    failed.map_or(Ok(()), |problem| Err(problem.into()))
}

fn export(args: &TourExportArgs) -> Result<(), CliError> {
    let ReadTour { tour, mut problems } = whole(read_tour(&args.file)?)?;
    problems.extend(write_tour(&tour, None, &args.out)?);
    wrote(tour.bookmarks.len(), &args.file, &args.out, &problems)
}

fn import(args: &TourImportArgs) -> Result<(), CliError> {
    let mut all = Tour { seconds: Tour::SECONDS, ..Tour::default() };
    let mut problems = Vec::new();
    for (place, file) in args.files.iter().enumerate() {
        let read = whole(read_tour(file)?)?;
        if place == 0 {
            (all.looping, all.seconds) = (read.tour.looping, read.tour.seconds);
        }
        all.bookmarks.extend(read.tour.bookmarks);
        problems.extend(read.problems);
    }
    problems.extend(write_tour(&all, None, &args.out)?);
    wrote(all.bookmarks.len(), args.files.first().unwrap_or(&args.out), &args.out, &problems)
}

fn pack(args: &TourPackArgs, context: &Context) -> Result<(), CliError> {
    let ReadTour { tour, mut problems } = whole(read_tour(&args.file)?)?;
    let Some(first) = tour.bookmarks.iter().find(|bookmark| bookmark.view.origin != Origin::Kept) else {
        let what = "its vectors are not known, so there is nothing to pack";
        let way_out = "Share the file as it is: it has the coordinates";
        return Err(Problem::error(&args.file, what).way_out(way_out).into());
    };
    let view = &first.view;
    let found = context.work(|progress| {
        let (.., loaded) = load(&view.origin, view.run.as_deref(), view.embedding.as_deref(), progress)?;
        problems.extend(loaded.problems);
        pack_tour(&tour, &loaded.embedding, &args.out, progress)
    })?;
    problems.extend(found);
    wrote(tour.bookmarks.len(), &args.file, &args.out, &problems)
}

/// Projects the vectors, and writes bookmarks of what there is to see.
fn draft(args: &TourDraftArgs, context: &Context) -> Result<(), CliError> {
    let input = args.input.clone().of(args.path.clone());
    input::keep(&input.files(), &[("--out", &args.out)])?;
    input::with(input.clone(), context, |opened| drafted(args, input, opened, context))
}

fn drafted(args: &TourDraftArgs, input: Input, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let mut choices = Vec::new();
    let method = args.method.unwrap_or_else(|| suiting(opened, &mut choices));
    args.settings.check(method)?;
    let projection = args.settings.clone().projection(Some(method), Some(args.dims), context.seed);
    let (recipe, space, projected) = projected(&projection, None, opened, context)?;
    let embedding = &opened.embedding;
    let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
    let notes = recipe.notes(&projected.frame, rows, dims, projection.dims.count());
    let Input { origin, run, embedding: chosen } = input;
    let view = View { origin, run, embedding: chosen, projection: projection.clone(), ..View::default() };
    let steps = projected.iterations.map(|all| Steps { iteration: all, iterations: all, ..Steps::default() });
    let kept = KeptLayout {
        method,
        dims: projection.dims,
        rows: None,
        of_more: false,
        projection: Arc::new(projection),
        layout: projected.layout,
        explained_variance: projected.explained_variance_ratio.into(),
        steps,
    };
    let seen = Bookmark {
        name: String::new(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject::of(embedding, view.label_column(&embedding.metadata))),
        view,
        layouts: vec![Arc::new(kept)],
        thumbnail: None,
    };
    let found = context.work(|progress| parallax_tour::draft(&seen, embedding, &space, progress));
    let bookmarks = found.map_err(|error| match error {
        DraftError::Cancelled(_) => CliError::Cancelled,
        error => opened.problem(error.to_string()).into(),
    })?;
    let tour = Tour { bookmarks, looping: false, seconds: Tour::SECONDS };
    let is_pack = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parallax"));
    let problems = if is_pack {
        context.work(|progress| pack_tour(&tour, embedding, &args.out, progress))?
    } else {
        write_tour(&tour, None, &args.out)?
    };
    let path = opened.path().to_path_buf();
    opened.notes.extend(problems.into_iter().chain(notes.into_iter().map(|note| Problem::note(&path, note))));
    let mut lines: Vec<String> = choices.iter().map(|choice| format!("{choice}.")).collect();
    let count = tour.bookmarks.len();
    lines.push(format!("Wrote {} to {}:", counted(count, "bookmark"), args.out.display()));
    let line = |(number, bookmark): (usize, &Bookmark)| format!("{number}. {}\n   {}", bookmark.name, bookmark.note);
    lines.extend((1..).zip(&tour.bookmarks).map(line));
    Ok(lines.join("\n") + "\n")
}

/// Returns `read`, or an error if it has no bookmarks.
fn whole(read: ReadTour) -> Result<ReadTour, CliError> {
    match read.problems.first() {
        Some(first) if read.tour.bookmarks.is_empty() => Err(FormatError::from(first.clone()).into()),
        _ => Ok(read),
    }
}

/// Says what was written. All warnings are in the listing of `listed`.
fn wrote(bookmarks: usize, listed: &Path, out: &Path, problems: &[Problem]) -> Result<(), CliError> {
    let listing = format!("parallax tour show {}", listed.display());
    warnings::show(&Said { problems, listing, ..Said::default() });
    output::write(&format!("Wrote {} to {}.\n", counted(bookmarks, "bookmark"), out.display()))
}

/// The listing as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    looping: bool,
    seconds: f32,
    bookmarks: Vec<BookmarkEntry<'a>>,
    problems: Vec<ProblemEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct BookmarkEntry<'a> {
    number: usize,
    name: &'a str,
    note: &'a str,
    seconds: Option<f32>,
    method: &'static str,
    dims: usize,
    /// How many rows it shows, and of how many.
    shown: usize,
    rows: usize,
    selected: usize,
    layouts: Vec<LayoutEntry>,
    data: String,
    embedding: &'a str,
    vector_dims: usize,
    has_picture: bool,
}

#[derive(Debug, Serialize)]
struct LayoutEntry {
    method: &'static str,
    dims: usize,
    placed: usize,
}

fn document(read: &ReadTour) -> Document<'_> {
    Document {
        looping: read.tour.looping,
        seconds: read.tour.seconds,
        bookmarks: (1..).zip(&read.tour.bookmarks).map(|(number, bookmark)| entry(number, bookmark)).collect(),
        problems: read.problems.iter().map(problem_entry).collect(),
    }
}

fn entry(number: usize, bookmark: &Bookmark) -> BookmarkEntry<'_> {
    let layouts = bookmark.layouts.iter().map(|kept| {
        let rows = kept.layout.places();
        let placed = rows.filter(|row| row.iter().any(|x| x.is_finite())).count();
        LayoutEntry { method: kept.method.name(), dims: kept.dims.count(), placed }
    });
    let view = &bookmark.view;
    BookmarkEntry {
        number,
        name: &bookmark.name,
        note: &bookmark.note,
        seconds: bookmark.seconds,
        method: view.projection.method.name(),
        dims: view.projection.dims.count(),
        shown: view.isolated().map_or(bookmark.subject.rows, RowSet::len),
        rows: bookmark.subject.rows,
        selected: view.selection.len(),
        layouts: layouts.collect(),
        data: data(bookmark),
        embedding: &bookmark.subject.embedding,
        vector_dims: bookmark.subject.dims,
        has_picture: bookmark.thumbnail.is_some(),
    }
}

/// Returns where the data of a bookmark is.
fn data(bookmark: &Bookmark) -> String {
    match &bookmark.view.origin {
        Origin::Demo(demo) => format!("demo {demo}"),
        Origin::Path { path, .. } => path.display().to_string(),
        Origin::Memory => "given by a program".to_owned(),
        Origin::Kept => "coordinates alone".to_owned(),
    }
}

/// The listing for people.
fn page(file: &Path, read: &ReadTour) -> String {
    let header = [
        ("", Align::Right),
        ("NAME", Align::Left),
        ("PROJECTION", Align::Left),
        ("SHOWN", Align::Right),
        ("OF", Align::Right),
        ("LAYOUTS", Align::Left),
        ("DATA", Align::Left),
        ("NOTE", Align::Left),
    ];
    let entries: Vec<_> = document(read).bookmarks;
    let rows = entries.iter().map(|entry| {
        let layouts: Vec<String> =
            entry.layouts.iter().map(|layout| format!("{} {}D", layout.method, layout.dims)).collect();
        [
            entry.number.to_string(),
            text(entry.name),
            format!("{} {}D", entry.method, entry.dims),
            count(entry.shown),
            count(entry.rows),
            layouts.join(", "),
            text(&entry.data),
            text(entry.note),
        ]
    });
    let table = if entries.is_empty() { String::new() } else { format!("\n{}", Table::new(header, rows)) };
    let problems: String = warnings::lines(&read.problems).into_iter().map(|line| line + "\n").collect();
    let gap = if problems.is_empty() { "" } else { "\n" };
    format!("{}: {}\n{table}{gap}{problems}", file.display(), counted(entries.len(), "bookmark"))
}
