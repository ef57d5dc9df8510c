//! The steps of a training that options name, and how their layouts belong together.

use std::path::Path;

use parallax_embedding::wording::listed;
use parallax_formats::{Problem, ProblemKind, Series, SeriesStep, Source, siblings};
use parallax_projection::{Alignment, Basis, Method, OWN_COMPONENTS, Together};
use serde::Serialize;

use super::{
    CliError,
    args::{BasisOf, StepsAsked},
};

/// How the layouts belong together; the step that is the basis, by its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) basis: BasisOf,
    pub(super) align: Alignment,
}

impl Asked {
    /// Returns what was asked for, or else what suits the method.
    ///
    /// # Errors
    /// Returns an error if the method has no components, or its axes would be turned away.
    pub(super) fn of(method: Method, basis: Option<BasisOf>, align: Option<Alignment>) -> Result<Self, CliError> {
        let usual = Together::of(method);
        let usual_basis = if usual.basis == Basis::All { BasisOf::All } else { BasisOf::Each };
        if let (Some(_), false) = (basis, method == Method::Pca) {
            let message = format!("--basis chooses the components of pca, and {method} has none");
            return Err(CliError::Usage(format!("{message}. Leave it out, or choose --method pca")));
        }
        let basis = basis.unwrap_or(usual_basis);
        let align = align.unwrap_or(Alignment::suiting(method, basis == BasisOf::Each));
        if align != Alignment::Nothing && method == Method::Pca && basis != BasisOf::Each {
            let message = "with one basis for all steps their axes are the same, and alignment would turn them away";
            return Err(CliError::Usage(format!("{message}. Leave --align out, or choose --basis each")));
        }
        Ok(Self { basis, align })
    }
}

/// A step that was asked for and is not laid out, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) number: u64,
    pub(super) reason: String,
}

/// Returns the steps that are not laid out, in order: those of `without`, each with its reason, and, if
/// all are asked for, those that cannot be listed.
pub(super) fn left_out(
    without: impl IntoIterator<Item = (u64, String)>,
    found: &Series,
    asked: &StepsAsked,
) -> Vec<LeftOut> {
    let unlisted = found.unreadable.iter().filter(|_| *asked == StepsAsked::All);
    let unlisted = unlisted.map(|step| (step.number, step.problem.to_string()));
    let with_option = |reason: String| reason.replace(OWN_COMPONENTS, &format!("{OWN_COMPONENTS} by --basis each"));
    let all = without.into_iter().chain(unlisted);
    let mut all: Vec<LeftOut> = all.map(|(number, reason)| LeftOut { number, reason: with_option(reason) }).collect();
    all.sort_by_key(|step| step.number);
    all
}

/// Returns warnings of the steps that are left out.
pub(super) fn left_out_warnings<'a>(
    path: &'a Path,
    what: &'a str,
    left_out: &'a [LeftOut],
) -> impl Iterator<Item = Problem> + 'a {
    left_out.iter().map(move |LeftOut { number, reason }| {
        Problem::warning(path, format!("{what}: {}", reason.trim_end_matches('.'))).at(format!("step {number}"))
    })
}

/// Whether a problem is that of a step, which is said as such.
pub(super) fn is_of_step(problem: &Problem, found: &Series) -> bool {
    found.unreadable.iter().any(|step| step.problem.is_like(problem))
}

/// Returns the name of an alignment, as the option has it.
pub(super) fn align_name(align: Alignment) -> &'static str {
    match align {
        Alignment::Nothing => "none",
        Alignment::Rotation => "rotation",
        Alignment::Scale => "scale",
    }
}

/// Returns the series of the embedding at a place: a run and an embedding in it.
///
/// # Errors
/// Returns an error if it has no steps.
pub(super) fn series_of(source: &Source, (run, embedding): (usize, usize)) -> Result<Series, CliError> {
    if let Some(own) = source.series_of(run, embedding) {
        return Ok(own);
    }
    let all = source.series();
    let way_out = match siblings(&source.path).ok().flatten() {
        Some(siblings) => siblings.problem(&source.path).way_out.unwrap_or_default(),
        None if all.is_empty() => "A run with several checkpoints, tags, or numbered files has some".to_owned(),
        None => {
            let names: Vec<String> = all.iter().map(|series| format!("{:?}", series.tensor)).collect();
            format!("Choose one with steps by --embedding: {}", names.join(", "))
        }
    };
    Err(Problem::error(&source.path, "this embedding has no steps").way_out(way_out).into())
}

/// Whether a problem says which step is shown first, where all are shown and no other tensor has any.
pub(super) fn is_of_choice(problem: &Problem, series: &Series, source: &Source) -> bool {
    let of_run = source.series().iter().filter(|other| other.run == series.run).count();
    problem.kind == Some(ProblemKind::ShownFirst) && of_run == 1
}

/// Returns the steps that are asked for, in order.
///
/// # Errors
/// Returns an error if there is no step with a number.
pub(super) fn chosen_steps(found: &Series, asked: &StepsAsked, source: &Source) -> Result<Vec<SeriesStep>, CliError> {
    let StepsAsked::These(numbers) = asked else { return Ok(found.steps.clone()) };
    let mut numbers = numbers.clone();
    numbers.sort_unstable();
    numbers.dedup();
    let place = |&number: &u64| place_of(&found.steps, number, "--steps", (found, source));
    numbers.iter().map(|number| Ok(found.steps[place(number)?].clone())).collect()
}

/// Returns the place of the step with the number that `option` names among `steps`, which are those that
/// were chosen of the series.
///
/// # Errors
/// Returns an error that says why there is none.
pub(super) fn place_of(
    steps: &[SeriesStep],
    number: u64,
    option: &str,
    (found, source): (&Series, &Source),
) -> Result<usize, CliError> {
    const SHOWN: usize = 20;
    steps.iter().position(|step| step.number == number).ok_or_else(|| {
        let unreadable = found.unreadable.iter().find(|step| step.number == number);
        let why = match unreadable {
            Some(step) => format!("cannot be read: {}", what_of(&step.problem)),
            None if found.steps.iter().any(|step| step.number == number) => "--steps leaves out".to_owned(),
            None => "is not there".to_owned(),
        };
        let numbers = listed(steps.iter().map(|step| step.number.to_string()), SHOWN);
        let problem = Problem::error(&source.path, format!("{option} names step {number}, which {why}"));
        problem.way_out(format!("There are: {numbers}")).into()
    })
}

/// Returns a problem within a sentence, which goes on with a way out of its own.
fn what_of(problem: &Problem) -> String {
    Problem { way_out: None, ..problem.clone() }.to_string().trim_end_matches('.').to_owned()
}
