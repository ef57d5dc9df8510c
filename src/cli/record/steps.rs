//! `parallax record --steps`: a movie of a training.

use parallax_formats::{Problem, Series, Source, open_with, usual_shape};
use parallax_projection::{Method, ProjectionError};
use parallax_session::{Origin, StepBasis, Training, View};
use serde::Serialize;

use super::{Movie, is_file_of_tour, movie, options, page, recorded};
use crate::{
    app::{Recorded, RecordedSteps, StepsReport},
    cli::{
        CliError,
        args::{BasisOf, Input, RecordArgs, StepsAsked},
        check::check,
        context::Context,
        output,
        series::{
            Asked, LeftOut, align_name, chosen_steps, is_of_choice, is_of_step, left_out, left_out_warnings, place_of,
            series_of,
        },
        table::counted,
        warnings::{self, Said},
    },
};

/// The report, as JSON.
#[derive(Debug, Serialize)]
struct Document<'a> {
    method: &'static str,
    run: &'a str,
    tensor: &'a str,
    rows: usize,
    /// `all`, `each`, or the number of a step; `null` if the method has no components.
    basis: Option<String>,
    align: &'static str,
    steps: Vec<StepEntry<'a>>,
    /// The steps that were asked for and are not in the movie, and why.
    left_out: &'a [LeftOut],
    /// The numbers between which points jump, because steps between them are not in the movie.
    jumps: &'a [[u64; 2]],
    #[serde(flatten)]
    movie: Movie<'a>,
}

#[derive(Debug, Serialize)]
struct StepEntry<'a> {
    number: u64,
    embedding: &'a str,
}

/// Records the steps that `asked` names.
pub(super) fn run(args: RecordArgs, asked: &StepsAsked, context: &Context) -> Result<(), CliError> {
    if is_file_of_tour(&args.path) {
        let message = "--steps records the steps of a training, and this is a tour";
        let way_out = "Leave --steps out, or give the path of the training";
        return Err(Problem::error(&args.path, message).way_out(way_out).into());
    }
    args.data.check()?;
    let together = Asked::of(args.data.method(), args.basis, args.align)?;
    let input = args.data.input.clone().of(args.path.clone());
    let Input { origin: Origin::Path { path, options: how }, run, embedding } = input.clone() else {
        return Err(CliError::Usage("there is no path. Give one".to_owned()));
    };
    let source = context.work(|progress| open_with(&path, &how, progress))?;
    let place = source.choose(run.as_deref(), embedding.as_deref())?;
    let series = series_of(&source, place)?;
    let steps = chosen_steps(&series, asked, &source)?;
    let (rows, _) = usual_shape(&steps);
    if let ([only], StepsAsked::These(_)) = (steps.as_slice(), asked) {
        let problem = Problem::error(&path, format!("--steps names step {} alone", only.number));
        return Err(problem.way_out("Name several steps, or all; parallax render draws one").into());
    }
    if let BasisOf::Step(number) = together.basis {
        let basis = &steps[place_of(&steps, number, "--basis", (&series, &source))?];
        if basis.rows != rows {
            let why = ProjectionError::StepRows { rows: basis.rows, expected: rows };
            return Err(Problem::error(&path, format!("--basis names step {number}: {why}")).into());
        }
    }
    let (view, beyond) = view(&args, together, input.clone(), context)?;
    let itself = second_of(&view, &source, &series);
    let are_all = *asked == StepsAsked::All;
    let of = RecordedSteps { view, steps, are_all, itself, is_named: embedding.is_some() };
    let options = options(&args, Recorded::Steps(Box::new(of)))?;
    let (report, took) = recorded(&options, context)?;
    let left_out = left_out(report.steps.left_out.iter().cloned(), &series, asked);
    let is_other = |problem: &&Problem| !is_of_step(problem, &series) && !is_of_choice(problem, &series, &source);
    let problems: Vec<Problem> = report.steps.said.problems.iter().filter(is_other).cloned().collect();
    let told = notes(&path, &report.steps, &left_out);
    warnings::show(&Said {
        notes: &beyond.into_iter().chain(told).collect::<Vec<_>>(),
        problems: &problems,
        listing: input.listing(false),
        elsewhere: &report.steps.said.elsewhere,
        listing_elsewhere: input.listing(true),
    });
    if args.json {
        return output::json(&Document {
            method: args.data.method().name(),
            run: &source.runs[place.0].name,
            tensor: &series.tensor,
            rows,
            basis: (args.data.method() == Method::Pca).then(|| basis_name(together.basis)),
            align: align_name(together.align),
            steps: report
                .steps
                .shown
                .iter()
                .map(|step| StepEntry { number: step.number, embedding: &step.name })
                .collect(),
            left_out: &left_out,
            jumps: &report.steps.jumps,
            movie: movie(&options, &report, took),
        });
    }
    let shown = counted(report.steps.shown.len(), "step");
    let what = if left_out.is_empty() { shown } else { format!("{shown} ({} left out)", left_out.len()) };
    output::write(&page(&what, &options, &report, took))
}

/// The number of the step that is the second embedding of all others, if it is one of the series.
fn second_of(view: &View, source: &Source, series: &Series) -> Option<u64> {
    let compared = view.compared.as_ref().filter(|compared| compared.origin == view.origin)?;
    let (run, embedding) = source.choose(compared.run.as_deref(), compared.embedding.as_deref()).ok()?;
    let at = series.place_of(embedding).filter(|_| run == series.run)?;
    Some(series.steps[at].number)
}

/// What is shown of each step, and what there is to say about it.
fn view(args: &RecordArgs, asked: Asked, input: Input, context: &Context) -> Result<(View, Vec<Problem>), CliError> {
    let basis = match asked.basis {
        BasisOf::All => StepBasis::All,
        BasisOf::Each => StepBasis::Each,
        BasisOf::Step(number) => StepBasis::Step(number),
    };
    let training =
        Training { together: Some(true), basis: Some(basis), align: Some(asked.align), ..Training::default() };
    let options = View { training, ..args.data.view(input, context.seed) };
    let view = args.change.applied(options.clone())?;
    let beyond = check(&options, &view, context)?;
    Ok((view, beyond))
}

fn notes(path: &std::path::Path, report: &StepsReport, left_out: &[LeftOut]) -> Vec<Problem> {
    let left_out = left_out_warnings(path, "it is not in the movie", left_out);
    let jumps = report.jumps.iter().map(|[from, to]| {
        let what =
            format!("points jump from step {from} to step {to}, because steps between them are not in the movie");
        Problem::note(path, what)
    });
    left_out.chain(jumps).chain(report.said.notes.iter().cloned()).collect()
}

fn basis_name(basis: BasisOf) -> String {
    match basis {
        BasisOf::All => "all".to_owned(),
        BasisOf::Each => "each".to_owned(),
        BasisOf::Step(number) => number.to_string(),
    }
}
