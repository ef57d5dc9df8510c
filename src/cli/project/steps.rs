//! `parallax project --steps`: writes the layouts of the steps of a training, which belong together.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use parallax_embedding::{Progress, RowSet};
use parallax_formats::{EmbeddingInfo, Problem, Series, SeriesStep, usual_shape, write_coordinates};
use parallax_projection::{
    Aligned, Basis, COMPONENTS, Coordinates, Method, ProjectionError, Recipe, Space, StepLayout, StepsOf, Together,
    series,
};
use parallax_session::Dims;
use serde::Serialize;

use super::{Opened, failed, first_coordinates, layout_dims, no_axis};
use crate::{
    cli::{
        CliError,
        args::{BasisOf, ProjectArgs, StepsAsked},
        context::Context,
        input::{self, Without},
        output, search,
        series::{
            self, Asked, LeftOut, align_name, chosen_steps, is_of_choice, is_of_step, left_out_warnings, place_of,
            series_of,
        },
        table::{Align as Side, Table, count, counted, fixed, percent, seconds, text},
    },
    peak_memory_bytes,
};

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    method: &'static str,
    run: &'a str,
    tensor: &'a str,
    rows: usize,
    dims: usize,
    seed: u64,
    threads: usize,
    /// `all`, `each`, or the number of a step; `null` if the method has no components.
    basis: Option<String>,
    align: &'static str,
    steps: Vec<StepReport>,
    /// The steps that were asked for and have no layout, and why.
    left_out: Vec<LeftOut>,
    adapted: Vec<String>,
    seconds: Seconds,
    peak_memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct StepReport {
    number: u64,
    embedding: String,
    file: String,
    /// The rows without a place, including those that were not chosen.
    unplaced: usize,
    /// The chosen rows without a place.
    without_place: Without,
    /// The step at whose layout it began.
    after: Option<u64>,
    aligned: Option<AlignedReport>,
    iterations: Option<usize>,
    kl: Option<f64>,
    explained_variance: Option<Vec<f64>>,
    #[serde(skip)]
    dims: usize,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct AlignedReport {
    to: u64,
    rows: usize,
    /// What is left of the spread, as a part of it: see `Procrustes::residual`.
    residual: f64,
    scale: f64,
    reflects: bool,
}

#[derive(Debug, Serialize)]
struct Seconds {
    load: f64,
    projection: f64,
    total: f64,
}

/// Why the series ended.
enum Ended {
    Projection(ProjectionError),
    Command(CliError),
}

impl From<ProjectionError> for Ended {
    fn from(error: ProjectionError) -> Self {
        Self::Projection(error)
    }
}

impl From<CliError> for Ended {
    fn from(error: CliError) -> Self {
        Self::Command(error)
    }
}

/// Lays out the steps that `asked` names, and writes a file for each to the folder `--out`.
pub(super) fn run(args: ProjectArgs, asked: &StepsAsked, context: &Context) -> Result<(), CliError> {
    args.settings.check(args.method)?;
    let together = Asked::of(args.method, args.basis, args.align)?;
    let dims = layout_dims(args.method, args.dims)?;
    if args.out.is_file() {
        let message = format!("--out {} is a file. With --steps it is the folder of the layouts", args.out.display());
        return Err(CliError::Usage(message + ", one for each step"));
    }
    let input = args.input.clone().of(args.path.clone());
    input::with(input, context, |opened| written(&args, asked, together, dims, opened, context))
}

fn written(
    args: &ProjectArgs,
    asked: &StepsAsked,
    together: Asked,
    dims: Dims,
    opened: &mut Opened,
    context: &Context,
) -> Result<String, CliError> {
    let found = series_of(opened.source(), opened.place())?;
    let steps = chosen_steps(&found, asked, opened.source())?;
    let shape = usual_shape(&steps);
    // What most steps are is the rule, and not the step that is read first.
    let usual = steps.iter().rev().find(|step| (step.rows, step.dims) == shape);
    if let Some(usual) = usual.filter(|_| shape != (opened.embedding.rows(), opened.embedding.vectors.dims())) {
        opened.go_to((found.run, usual.embedding), context)?;
    }
    opened.leave_out(|problem, source| is_of_choice(problem, &found, source) || is_of_step(problem, &found));
    let work = prepared(args, (&found, steps), together, dims, opened, context)?;
    let started = Instant::now();
    let (Made { reports, mut left_out, adapted }, Reading { seconds, failed, problems }) =
        work.lay_out(opened, context)?;
    let projecting = started.elapsed().as_secs_f64();
    left_out.extend(failed);
    let number = |place: usize| work.steps[place].number;
    let without = left_out.into_iter().map(|(place, reason)| (number(place), reason));
    let left_out = series::left_out(without, &found, asked);
    if let (true, Some(LeftOut { reason, .. })) = (reports.is_empty(), left_out.first())
        && left_out.iter().all(|other| other.reason == *reason)
    {
        return Err(opened.problem(format!("no step has a layout: {}", reason.trim_end_matches('.'))).into());
    }
    say(opened, &left_out, &adapted, problems);
    if reports.is_empty() {
        return Err(opened.problem("no step has a layout").way_out("The warnings say why").into());
    }
    let series = opened.source().series();
    let tensor = series.iter().find(|series| series.run == work.run && series.steps.contains(&work.steps[0]));
    let report = Report {
        method: args.method.name(),
        run: &opened.source().runs[work.run].name,
        tensor: tensor.map_or("", |series| &series.tensor),
        rows: work.of.rows,
        dims: reports.first().map_or(0, |step| step.dims),
        seed: context.seed,
        threads: rayon::current_num_threads(),
        basis: (args.method == Method::Pca).then(|| match work.together.basis {
            Basis::All => "all".to_owned(),
            Basis::Each => "each".to_owned(),
            Basis::Step(place) => number(place).to_string(),
        }),
        align: align_name(work.together.align),
        steps: reports,
        left_out,
        adapted,
        seconds: Seconds {
            load: opened.seconds + seconds,
            projection: projecting - seconds,
            total: context.started.elapsed().as_secs_f64(),
        },
        peak_memory_bytes: peak_memory_bytes(),
    };
    if args.json { output::json_text(&report) } else { Ok(page(&report, &args.out, opened)) }
}

/// Adds what there is to say to the warnings.
fn say(opened: &mut Opened, left_out: &[LeftOut], adapted: &[String], problems: Vec<Problem>) {
    let path = opened.path().to_path_buf();
    opened.notes.extend(left_out_warnings(&path, "it has no layout", left_out));
    opened.notes.extend(adapted.iter().map(|note| Problem::note(&path, note)));
    opened.say(problems);
}

/// What is laid out, as far as that can be known before steps are read.
fn prepared<'a>(
    args: &'a ProjectArgs,
    (found, steps): (&Series, Vec<SeriesStep>),
    together: Asked,
    dims: Dims,
    opened: &Opened,
    context: &Context,
) -> Result<Work<'a>, CliError> {
    let projection = args.settings.clone().projection(Some(args.method), Some(dims), context.seed);
    projection.supervisor.as_ref().map(|name| opened.column(name)).transpose()?;
    let metadata = &opened.embedding.metadata;
    let recipe = projection.recipe(metadata, metadata.default_label()).map_err(|error| no_axis(&error, opened))?;
    let basis = match together.basis {
        BasisOf::All => Basis::All,
        BasisOf::Each => Basis::Each,
        BasisOf::Step(number) => Basis::Step(place_of(&steps, number, "--basis", (found, opened.source()))?),
    };
    let width = steps.last().map_or(0, |step| step.number.to_string().len()).max(5);
    let file = |step: &SeriesStep| args.out.join(format!("step_{:0width$}.npy", step.number));
    let paths: Vec<PathBuf> = steps.iter().map(file).collect();
    check_folder(args, &paths, opened)?;
    let (rows, columns) = (opened.embedding.rows(), opened.embedding.vectors.dims());
    let shown = args.dims.map_or(COMPONENTS, usize::from);
    let shown = match args.method.about().coordinates {
        Coordinates::Dimensions if args.dims.is_none() => columns,
        _ => shown,
    };
    Ok(Work {
        args,
        recipe,
        chosen: search::chosen(args.rows.clone(), opened, context)?,
        run: found.run,
        of: StepsOf { count: steps.len(), rows, dims: columns, shown },
        steps,
        paths,
        together: Together { basis, align: together.align },
    })
}

/// Refuses a folder that has layouts of other steps, or files that are read.
fn check_folder(args: &ProjectArgs, paths: &[PathBuf], opened: &Opened) -> Result<(), CliError> {
    let read: Vec<PathBuf> = opened.infos().flat_map(EmbeddingInfo::paths).collect();
    let read: Vec<&Path> = read.iter().map(PathBuf::as_path).collect();
    let written: Vec<(&str, &Path)> = paths.iter().map(|path| ("--out", path.as_path())).collect();
    input::keep(&read, &written)?;
    let Ok(entries) = args.out.read_dir() else { return Ok(()) };
    let is_other = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("step_") && name.ends_with(".npy") && !paths.contains(path)
    };
    match entries.filter_map(|entry| Some(entry.ok()?.path())).find(is_other) {
        Some(other) => {
            let message = format!("--out {} holds the layout of another step, {}", args.out.display(), other.display());
            Err(CliError::Usage(format!("{message}. Choose another folder, or delete it")))
        }
        None => Ok(()),
    }
}

/// What is laid out, and how.
struct Work<'a> {
    args: &'a ProjectArgs,
    recipe: Recipe,
    chosen: Option<RowSet>,
    run: usize,
    steps: Vec<SeriesStep>,
    paths: Vec<PathBuf>,
    of: StepsOf,
    together: Together,
}

/// What was made.
#[derive(Default)]
struct Made {
    reports: Vec<StepReport>,
    /// By the place of the step.
    left_out: BTreeMap<usize, String>,
    adapted: Vec<String>,
}

/// What reading has found.
#[derive(Default)]
struct Reading {
    seconds: f64,
    /// Why steps cannot be read.
    failed: BTreeMap<usize, String>,
    /// What is wrong with those that can.
    problems: Vec<Problem>,
}

impl Work<'_> {
    /// Lays out the steps, and writes each as soon as it is done.
    fn lay_out(&self, opened: &Opened, context: &Context) -> Result<(Made, Reading), CliError> {
        let out = &self.args.out;
        fs::create_dir_all(out).map_err(|error| {
            Problem::error(out, format!("the folder cannot be made: {error}")).way_out("Choose another folder")
        })?;
        let (mut made, mut reading, mut since) = (Made::default(), Reading::default(), Instant::now());
        let ended = context.work(|progress| {
            let read = |place: usize, progress: &Progress| self.read(place, opened, &mut reading, progress);
            let done = |place: usize, space: &Space, layout: Result<StepLayout, ProjectionError>| {
                match layout {
                    Ok(layout) => self.write(place, space, layout, &mut made, (since, opened))?,
                    Err(error) => drop(made.left_out.insert(place, error.to_string())),
                }
                since = Instant::now();
                Ok(())
            };
            series(&self.recipe, self.together, self.of, read, done, progress)
        });
        match ended {
            Ok(()) => Ok((made, reading)),
            // Why is known of each step.
            Err(Ended::Projection(ProjectionError::UnreadBasis)) => match self.together.basis {
                Basis::Step(place) if self.steps.len() > 1 => {
                    let why = reading.failed.get(&place).map_or("", |why| why.trim_end_matches('.'));
                    let number = self.steps[place].number;
                    let what = format!("--basis names step {number}, which cannot be read: {why}");
                    Err(opened.problem(what).way_out("Choose another one").into())
                }
                _ => Ok((made, reading)),
            },
            Err(Ended::Projection(ProjectionError::Cancelled(_))) => Err(CliError::Cancelled),
            // What is wrong with another step is its own.
            Err(Ended::Projection(error)) => match self.together.basis {
                Basis::Step(place) if is_its_fault(&error) => {
                    let number = self.steps[place].number;
                    Err(opened.problem(format!("--basis names step {number}: {error}")).into())
                }
                _ => match &self.steps[..] {
                    [only] if is_its_fault(&error) => {
                        Err(opened.problem(format!("step {}: {error}", only.number)).into())
                    }
                    _ => Err(failed(error, opened)),
                },
            },
            Err(Ended::Command(error)) => Err(error),
        }
    }

    /// Reads the vectors of a step. If they cannot be read, it is left out.
    fn read(
        &self,
        place: usize,
        opened: &Opened,
        reading: &mut Reading,
        progress: &Progress,
    ) -> Result<Option<Arc<Space>>, Ended> {
        let started = Instant::now();
        let read = opened.source().vectors(self.run, self.steps[place].embedding, progress);
        reading.seconds += started.elapsed().as_secs_f64();
        match read {
            Ok(loaded) => {
                let new = loaded.problems.into_iter().filter(|problem| !reading.problems.contains(problem));
                reading.problems.extend(new.collect::<Vec<_>>());
                let embedding = loaded.embedding;
                let whole = Arc::new(Space::new(embedding.vectors, embedding.non_finite));
                let is_same = whole.rows() == self.of.rows;
                let chosen = self.chosen.as_ref().filter(|_| is_same);
                Ok(Some(chosen.map_or_else(|| Arc::clone(&whole), |rows| Arc::new(Space::within(&whole, rows)))))
            }
            Err(error) => match error.into_problem() {
                Some(problem) => {
                    reading.failed.insert(place, problem.to_string());
                    Ok(None)
                }
                None => Err(CliError::Cancelled.into()),
            },
        }
    }

    /// Writes the layout of a step, and adds its report to what was `made`.
    fn write(
        &self,
        place: usize,
        space: &Space,
        layout: StepLayout,
        made: &mut Made,
        (since, opened): (Instant, &Opened),
    ) -> Result<(), Ended> {
        let StepLayout { mut projected, after, aligned } = layout;
        let (step, shown) = (&self.steps[place], self.of.shown);
        if projected.layout.dims() < shown && self.args.dims.is_some() {
            let dims = counted(projected.layout.dims(), "coordinate");
            made.left_out.insert(place, format!("it has {dims}, not {shown}"));
            return Ok(());
        }
        let shown = shown.min(projected.layout.dims());
        let layout = first_coordinates(&mut projected, shown, opened)?;
        write_coordinates(&self.paths[place], layout.view()).map_err(CliError::from)?;
        let vectors = space.vectors(false, &Progress::default())?;
        let without = layout.without_place(self.chosen.as_ref(), &vectors, space.non_finite());
        let points = self.chosen.as_ref().map_or(layout.rows(), RowSet::len) - without.len();
        for note in self.recipe.notes(&projected.frame, points, vectors.dims(), shown) {
            if !made.adapted.contains(&note) {
                made.adapted.push(note);
            }
        }
        let number = |place: usize| self.steps[place].number;
        made.reports.push(StepReport {
            number: step.number,
            embedding: step.name.clone(),
            file: self.paths[place].display().to_string(),
            dims: layout.dims(),
            unplaced: layout.places().filter(|place| place[0].is_nan()).count(),
            without_place: Without::of(&without),
            after: after.map(number),
            aligned: aligned.map(|Aligned { to, rows, residual, scale, reflects }| AlignedReport {
                to: number(to),
                rows,
                residual,
                scale,
                reflects,
            }),
            iterations: projected.iterations,
            kl: projected.kl,
            explained_variance: Some(projected.explained_variance_ratio).filter(|ratios| !ratios.is_empty()),
            seconds: since.elapsed().as_secs_f64(),
        });
        Ok(())
    }
}

/// Whether something is wrong with the step whose components all others share.
fn is_its_fault(error: &ProjectionError) -> bool {
    use ProjectionError::{NoFiniteRows, NoRowLeft, StepDimensions, StepRows};
    matches!(error, StepRows { .. } | StepDimensions { .. } | NoFiniteRows { .. } | NoRowLeft)
}

/// Returns the report for people.
fn page(report: &Report<'_>, out: &Path, opened: &Opened) -> String {
    let axes = match report.basis.as_deref() {
        None => String::new(),
        Some("all") => "The axes are the principal components of all steps together. ".to_owned(),
        Some("each") => "The axes are the principal components of each step. ".to_owned(),
        Some(step) => format!("The axes are the principal components of step {step}. "),
    };
    let follow = if report.steps.iter().any(|step| step.after.is_some()) {
        "Each step begins at the layout of the one before it. "
    } else {
        ""
    };
    let align = match report.align {
        "none" => "Layouts are not aligned.",
        "rotation" => {
            "Each is aligned to the one before it by rotation and reflection; the residual is left of the spread."
        }
        _ => {
            "Each is aligned to the one before it by rotation, reflection, and one scale; the residual is left of the \
             spread."
        }
    };
    let rows = report.steps.iter().map(|step| {
        let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| fixed(x, 4));
        [
            step.number.to_string(),
            count(report.rows - step.unplaced),
            step.aligned.as_ref().map_or_else(|| "-".to_owned(), |aligned| percent(aligned.residual)),
            step.iterations.map_or_else(|| "-".to_owned(), count),
            number(step.kl),
            seconds(step.seconds),
        ]
    });
    let header = ["STEP", "PLACES", "RESIDUAL", "ITERATIONS", "KL", "TIME"].map(|name| (name, Side::Right));
    let left_out = match report.left_out.len() {
        0 => String::new(),
        left_out => format!("; {} left out", count(left_out)),
    };
    format!(
        "Wrote {} of {} of {} by {} to {}{left_out}.\n{axes}{follow}{align}\n\n{}",
        counted(report.steps.len(), "layout"),
        text(report.tensor),
        opened.path().display(),
        report.method,
        out.display(),
        Table::new(header, rows)
    )
}
