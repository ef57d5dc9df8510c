//! Chooses an embedding and loads it.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use parallax_embedding::{Column, Embedding};
use parallax_formats::{EmbeddingInfo, Problem, Run, Source};
use parallax_projection::WithoutPlace;
use parallax_projector::load;
use parallax_session::Origin;
use parallax_tour::is_tour;
use serde::Serialize;

use super::{
    CliError,
    args::Input,
    context::Context,
    output,
    table::counted,
    warnings::{self, Said},
};

/// Refuses to write over a file that is `read`, and to write two results to one file. Results come
/// with the options that name them.
///
/// # Errors
/// Returns an error if a result is one of these files, or another result.
pub(super) fn keep(read: &[&Path], written: &[(&str, &Path)]) -> Result<(), CliError> {
    let read: Vec<PathBuf> = read.iter().filter(|path| path.is_file()).filter_map(|path| place(path)).collect();
    for (at, (option, out)) in written.iter().enumerate() {
        let Some(own) = place(out) else { continue };
        let out = out.display();
        if read.contains(&own) {
            return Err(CliError::Usage(format!("{option} {out} is a file that is read. Choose another name")));
        }
        if let Some((other, _)) = written[..at].iter().find(|(_, path)| place(path).as_ref() == Some(&own)) {
            return Err(CliError::Usage(format!("{option} {out} is the file of {other} too. Choose another name")));
        }
    }
    Ok(())
}

/// Returns where a file is, or will be: one path for all spellings of it.
fn place(path: &Path) -> Option<PathBuf> {
    let of_new = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(of_new)
}

/// The embedding that was asked for.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) embedding: Embedding,
    /// What the command has to say about it.
    pub(super) notes: Vec<Problem>,
    /// The problems with it and with what is beside it.
    problems: Vec<Problem>,
    /// The problems of other runs and embeddings.
    elsewhere: Vec<Problem>,
    /// How long reading took.
    pub(super) seconds: f64,
    input: Input,
    source: Source,
    place: (usize, usize),
    /// The column of labels, if one was chosen.
    labels: Option<String>,
}

/// The number of rows without a place, by the reason, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Without {
    not_finite: usize,
    zero: usize,
}

impl Without {
    pub(super) fn of(without: &WithoutPlace) -> Self {
        Self { not_finite: without.not_finite.len(), zero: without.zero.len() }
    }
}

/// Reads the embedding that `input` names, and writes what `command` makes of it. Warnings are shown
/// before the result, also if that is an error.
pub(super) fn with(
    input: Input,
    context: &Context,
    command: impl FnOnce(&mut Opened) -> Result<String, CliError>,
) -> Result<(), CliError> {
    with_all([input], context, |[opened]| command(opened))
}

/// Does the same with several embeddings.
pub(super) fn with_all<const N: usize>(
    inputs: [Input; N],
    context: &Context,
    command: impl FnOnce(&mut [Opened; N]) -> Result<String, CliError>,
) -> Result<(), CliError> {
    let opened: Vec<Opened> = inputs.into_iter().map(|input| open(input, context)).collect::<Result<_, _>>()?;
    let Ok(mut all) = <[Opened; N]>::try_from(opened) else { unreachable!("there is one for each input") };
    let result = command(&mut all);
    say_once(&mut all);
    for opened in &mut all {
        opened.embedding.vectors.check().map_err(Problem::from)?;
        opened.notes.extend(Problem::rewritten(&opened.embedding.vectors));
        opened.warn();
    }
    output::write(&result?)
}

/// Leaves what is said of one embedding out of what is said of the others, which may be of the same path.
fn say_once(all: &mut [Opened]) {
    for at in 0..all.len() {
        let (before, rest) = all.split_at_mut(at);
        let Some((opened, after)) = rest.split_first_mut() else { return };
        opened.problems.retain(|problem| before.iter().all(|other| !other.problems.contains(problem)));
        let is_said = |problem: &Problem| {
            let is_own = before.iter().chain(&*after).any(|other| other.problems.contains(problem));
            is_own || before.iter().any(|other| other.elsewhere.contains(problem))
        };
        opened.elsewhere.retain(|problem| !is_said(problem));
    }
}

fn open(input: Input, context: &Context) -> Result<Opened, CliError> {
    let started = Instant::now();
    let read = |progress: &_| load(&input.origin, input.run.as_deref(), input.embedding.as_deref(), progress);
    let (source, place, loaded) = context.work(read).map_err(|error| no_data(&input, error.into()))?;
    let seconds = started.elapsed().as_secs_f64();
    let (problems, elsewhere) = source.split(loaded.problems, place, input.embedding.is_some());
    let notes = Vec::new();
    Ok(Opened { embedding: loaded.embedding, notes, problems, elsewhere, seconds, input, source, place, labels: None })
}

/// Returns why there are no data: if the file is a tour, that is why.
fn no_data(input: &Input, error: CliError) -> CliError {
    match &input.origin {
        Origin::Path { path, .. } if !matches!(error, CliError::Cancelled) && path.is_file() && is_tour(path) => {
            let what = "it is a tour, which has bookmarks of data, and not the vectors";
            let way_out = format!("Give the file of the vectors; parallax tour show {} lists it", path.display());
            Problem::error(path, what).way_out(way_out).into()
        }
        _ => error,
    }
}

impl Opened {
    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.source.path
    }

    /// What the path holds.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// The places of the run and of the embedding in it.
    pub(super) fn place(&self) -> (usize, usize) {
        self.place
    }

    /// Iterates over all embeddings of the path.
    pub(super) fn infos(&self) -> impl Iterator<Item = &EmbeddingInfo> {
        self.source.runs.iter().flat_map(|run| &run.embeddings)
    }

    /// Reads the embedding at another place in place of this one.
    ///
    /// # Errors
    /// Returns an error if it cannot be read.
    pub(super) fn go_to(&mut self, place: (usize, usize), context: &Context) -> Result<(), CliError> {
        let started = Instant::now();
        let mut loaded = context.work(|progress| self.source.load(place.0, place.1, progress))?;
        loaded.problems.retain(|problem| !self.source.problems.contains(problem));
        let all = self.source.problems.iter().cloned().chain(loaded.problems).collect();
        (self.problems, self.elsewhere) = self.source.split(all, place, self.input.embedding.is_some());
        (self.embedding, self.place) = (loaded.embedding, place);
        self.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }

    /// Leaves out the problems that say nothing here.
    pub(super) fn leave_out(&mut self, is_out: impl Fn(&Problem, &Source) -> bool) {
        let Self { problems, source, .. } = self;
        problems.retain(|problem| !is_out(problem, source));
    }

    /// Adds problems with what was read.
    pub(super) fn say(&mut self, problems: Vec<Problem>) {
        let new = problems.into_iter().filter(|problem| !self.problems.contains(problem));
        let new: Vec<Problem> = new.collect();
        self.problems.extend(new);
    }

    /// Iterates over what is said about it on standard error.
    pub(super) fn said(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(&self.notes)
    }

    /// Returns a name for the embedding: the path, and its name in it if there are several.
    pub(super) fn name(&self) -> String {
        let path = self.source.path.display();
        match self.source.at(self.place) {
            Some((run, info)) if is_choice(&self.source.runs) => format!("{path} ({})", name_in(run, info)),
            _ => path.to_string(),
        }
    }

    /// Returns `true` if both are the same embedding of the same file.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let file = |opened: &Self| opened.path().canonicalize().ok();
        self.place == other.place && file(self) == file(other)
    }

    /// Returns a problem of the path.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.path(), message)
    }

    /// Returns the column of this name.
    ///
    /// # Errors
    /// Returns an error if there is no such column.
    pub(super) fn column(&self, name: &str) -> Result<&Column, CliError> {
        let metadata = &self.embedding.metadata;
        metadata.column(name).ok_or_else(|| {
            let names = metadata.columns().iter().map(Column::name);
            no_column(name, names, |message| self.problem(message)).into()
        })
    }

    /// Takes the labels from the column of this name.
    ///
    /// # Errors
    /// Returns an error if there is no such column.
    pub(super) fn label_by(&mut self, name: &str) -> Result<(), CliError> {
        self.column(name)?;
        self.labels = Some(name.to_owned());
        Ok(())
    }

    /// Returns the column of labels.
    pub(super) fn labels(&self) -> Option<&Column> {
        let metadata = &self.embedding.metadata;
        match &self.labels {
            Some(name) => metadata.column(name),
            None => metadata.default_label(),
        }
    }

    /// Returns the label of a row.
    pub(super) fn label(&self, row: u32) -> Option<&str> {
        self.labels().and_then(|column| column.text(row as usize))
    }

    /// Shows [`Opened::notes`] and the problems with what was read on standard error.
    fn warn(&self) {
        warnings::show(&Said {
            notes: &self.notes,
            problems: &self.problems,
            listing: self.input.listing(false),
            elsewhere: &self.elsewhere,
            listing_elsewhere: self.input.listing(true),
        });
    }
}

/// Returns a warning about rows of zeros, if there are any among `rows`. The loader warns about rows
/// that are not finite.
pub(super) fn zero_rows(path: &Path, rows: usize, without: &WithoutPlace) -> Option<Problem> {
    let first = without.zero.iter().next()?;
    let (message, them) = match without.zero.len() {
        1 => {
            let what = "it has no direction, so cosine and angle leave it out";
            (format!("1 of {} is all zeros, row {first}; {what}", counted(rows, "row")), "it")
        }
        zero => {
            let what = "they have no direction, so cosine and angle leave them out";
            (format!("{zero} of {rows} rows are all zeros, the first of them row {first}; {what}"), "them")
        }
    };
    Some(Problem::warning(path, message).way_out(format!("Choose --metric euclidean to include {them}")))
}

fn is_choice(runs: &[Run]) -> bool {
    runs.iter().map(|run| run.embeddings.len()).sum::<usize>() > 1
}

/// Returns the name of an embedding, and that of its run if it has one.
fn name_in(run: &Run, info: &EmbeddingInfo) -> String {
    if run.name == "." { info.name.clone() } else { format!("{} of run {}", info.name, run.name) }
}

/// Returns the error that there is no column `name`, with the columns that exist.
pub(super) fn no_column<'a>(
    name: &str,
    columns: impl Iterator<Item = &'a str>,
    problem: impl FnOnce(String) -> Problem,
) -> Problem {
    let way_out = match columns.map(|name| format!("{name:?}")).collect::<Vec<_>>() {
        none if none.is_empty() => "There is no metadata: give some with --metadata".to_owned(),
        names => format!("There are: {}", names.join(", ")),
    };
    problem(format!("there is no column {name:?}")).way_out(way_out)
}
