//! Choosing an embedding and loading it.

use std::{path::Path, time::Instant};

use parallax_embedding::{Column, Embedding};
use parallax_formats::{EmbeddingInfo, Problem, Run, Source};
use parallax_projector::load;

use super::{CliError, args::Input, context::Context, table::counted};

/// The embedding that was asked for.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) embedding: Embedding,
    /// What was wrong beside it.
    pub(super) problems: Vec<Problem>,
    /// How long it took to read.
    pub(super) seconds: f64,
    source: Source,
    place: (usize, usize),
}

/// Reads the embedding that `input` names.
pub(super) fn open(input: &Input, context: &Context) -> Result<Opened, CliError> {
    let started = Instant::now();
    let read = |progress: &_| load(&input.origin, input.run.as_deref(), input.embedding.as_deref(), progress);
    let (source, place, loaded) = context.work(read)?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Opened { embedding: loaded.embedding, problems: loaded.problems, seconds, source, place })
}

impl Opened {
    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.source.path
    }

    /// What to call the embedding: the path, and what was chosen in it where there is a choice.
    pub(super) fn name(&self) -> String {
        let path = self.source.path.display();
        let chosen = self.source.runs.get(self.place.0).and_then(|run| Some((run, run.embeddings.get(self.place.1)?)));
        match chosen {
            Some((run, info)) if is_choice(&self.source.runs) => format!("{path} ({})", name_in(run, info)),
            _ => path.to_string(),
        }
    }

    /// Something wrong with what was opened.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.path(), message)
    }

    /// A warning about the embedding.
    pub(super) fn warning(&self, message: impl Into<String>) -> Problem {
        Problem::warning(self.path(), message)
    }

    /// The column that names the rows.
    pub(super) fn labels(&self) -> Option<&Column> {
        self.embedding.metadata.default_label()
    }

    /// How many rows there are, for people, and how many of them have no place.
    pub(super) fn rows(&self) -> String {
        let rows = counted(self.embedding.rows(), "row");
        match self.embedding.non_finite.len() {
            0 => rows,
            one_or_more => format!("{rows}, {one_or_more} of them without a place (NaN or infinity)"),
        }
    }
}

fn is_choice(runs: &[Run]) -> bool {
    runs.iter().map(|run| run.embeddings.len()).sum::<usize>() > 1
}

/// An embedding's name, and its run's where that has one.
fn name_in(run: &Run, info: &EmbeddingInfo) -> String {
    if run.name == "." { info.name.clone() } else { format!("{} of run {}", info.name, run.name) }
}

/// That there is no column `name`, and which there are.
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
