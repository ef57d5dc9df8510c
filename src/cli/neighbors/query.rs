//! What `--query` asks for: a sum of rows, a vector as numbers, or the vectors of a file.

use std::path::Path;

use parallax_embedding::{Progress, RowSet};
use parallax_formats::{OpenOptions, Problem};
use parallax_meaning::{Query, QueryError, Resolved};
use parallax_projector::load;
use parallax_session::Origin;

use super::super::{CliError, context::Context, input::Opened, table::counted};

/// A vector whose neighbors are listed.
#[derive(Debug)]
pub(super) struct Asked {
    /// How it is called: the sum as it is understood, the label in the file, or its row.
    pub(super) name: String,
    /// The row of the file, if it is from one.
    pub(super) row: Option<u32>,
    pub(super) resolved: Resolved,
}

/// Returns the vectors that are asked for. A text is the path of a file if there is one.
pub(super) fn resolve(text: &str, opened: &mut Opened, context: &Context) -> Result<Vec<Asked>, CliError> {
    let path = Path::new(text);
    if path.exists() {
        return of_file(path, opened, context);
    }
    let query: Query = text.parse().map_err(|error: parallax_meaning::ParseError| refused(error.into(), opened))?;
    let embedding = &opened.embedding;
    let resolve =
        |progress: &Progress| query.resolve(&embedding.vectors, &embedding.non_finite, opened.labels(), progress);
    let resolved = context.work(resolve).map_err(|error| match error {
        QueryError::Unknown { .. } | QueryError::NoLabels { .. } if is_path(path) => no_file(path),
        error => refused(error, opened),
    })?;
    let means = resolved.terms.iter().filter(|term| term.rows.len() > 1);
    let notes: Vec<_> = means
        .map(|term| {
            let message = format!("{} labeled {:?}: their mean is used", counted(term.rows.len(), "row"), term.name);
            Problem::note(opened.path(), message)
        })
        .collect();
    opened.notes.extend(notes);
    Ok(vec![Asked { name: query.to_string(), row: None, resolved }])
}

/// Returns the vectors of a file of any format that is read.
fn of_file(path: &Path, opened: &Opened, context: &Context) -> Result<Vec<Asked>, CliError> {
    let origin = Origin::Path { path: path.to_owned(), options: OpenOptions::default() };
    let (_, _, loaded) = context.work(|progress| load(&origin, None, None, progress))?;
    let (vectors, metadata) = (&loaded.embedding.vectors, &loaded.embedding.metadata);
    let (found, expected) = (vectors.dims(), opened.embedding.vectors.dims());
    if found != expected {
        let message = format!("it has {}, and {} has {expected}", counted(found, "dimension"), opened.name());
        let problem = Problem::error(path, message);
        return Err(problem.way_out(format!("Give vectors of {}", counted(expected, "dimension"))).into());
    }
    if let Some(row) = loaded.embedding.non_finite.iter().next() {
        let problem = Problem::error(path, format!("row {row} holds a NaN or an infinity"));
        return Err(problem.way_out("Correct its values, or leave the row out").into());
    }
    let mut buffer = Vec::new();
    let asked = |row: usize| Asked {
        name: metadata
            .default_label()
            .and_then(|column| column.text(row))
            .map_or_else(|| format!("row {row}"), Into::into),
        row: Some(row as u32),
        resolved: Resolved {
            vector: vectors.row_as::<f64>(row, &mut buffer).to_vec(),
            rows: RowSet::EMPTY,
            terms: Vec::new(),
        },
    };
    let all = (0..vectors.rows()).map(asked).collect();
    vectors.check().map_err(Problem::from)?;
    Ok(all)
}

/// Whether a text that is no label looks like the path of a file.
fn is_path(path: &Path) -> bool {
    let is_ending = |ending: &std::ffi::OsStr| {
        let ending = ending.to_string_lossy();
        (1..=11).contains(&ending.len())
            && ending.starts_with(|c: char| c.is_ascii_alphabetic())
            && !ending.contains(' ')
    };
    path.components().count() > 1 || path.extension().is_some_and(is_ending)
}

fn no_file(path: &Path) -> CliError {
    let what = "there is no such file, and no label or sum of labels that reads so";
    let problem = Problem::error(path, what).way_out("Correct the path or the label");
    CliError::NoMatch(Box::new(problem))
}

/// Returns the error about a query: a label that is not there is no match, all else is bad input.
fn refused(error: QueryError, opened: &Opened) -> CliError {
    match error {
        QueryError::Cancelled => CliError::Cancelled,
        QueryError::Unknown { unknown } => {
            let problem =
                opened.problem(format!("no row is labeled {:?} in column {:?}", unknown.word, unknown.column));
            let way_out = match &unknown.near[..] {
                [] => "Give another label, or the number of a row, as in #7".to_owned(),
                near => format!("Spelled like it: {}", near.join(", ")),
            };
            CliError::NoMatch(Box::new(problem.way_out(way_out)))
        }
        QueryError::NoLabels { .. } => CliError::NoMatch(Box::new(opened.problem(error.to_string()))),
        error => CliError::Usage(format!("--query: {error}")),
    }
}
