//! Tables stored by column: Parquet, and Arrow IPC (files, which are Feather version 2, and
//! streams); also several of them in a folder.
//!
//! [`table`] opens files and reads batches of rows; [`ipc`] and [`parquet`] are the two kinds of
//! files. [`choose`] decides which columns are vectors, [`vectors`] reads them into one piece of
//! memory, and [`cells`] reads the other columns as metadata. [`write`] writes Parquet. [`folder`]
//! finds the files of a folder.

mod cells;
mod choose;
mod folder;
mod ipc;
mod nested;
mod parquet;
mod reader;
mod table;
mod text;
mod vectors;
mod write;

use std::{path::Path, sync::Arc};

use crate::{
    EmbeddingInfo, FormatError, OpenOptions, Problem, Source, Stamp, numbered,
    source::{Content, Format, Run, Setting},
};
use reader::Reader;
use table::{Member, Table};
pub(crate) use write::OUTPUT;

/// Folders of Parquet or Arrow files.
pub(crate) static FOLDER: Format = Format {
    words: Some("a folder of Parquet or Arrow files"),
    claims: folder::is_claimed,
    takes: &[Setting::Vectors],
    ..Format::new(open_folder)
};

/// A Parquet file.
pub(crate) static PARQUET: Format = Format {
    endings: &["parquet"],
    other_endings: &["pq", "parq"],
    matches: |bytes| bytes.starts_with(parquet::MAGIC),
    takes: &[Setting::Vectors],
    may_be_metadata: |_| true,
    table: Some(reader::whole),
    ..Format::new(|content, options| open_file(content, options, "parquet"))
};

/// An Arrow IPC file or stream.
pub(crate) static ARROW: Format = Format {
    endings: &["feather", "arrow"],
    other_endings: &["ipc", "arrows"],
    matches: |bytes| bytes.starts_with(ipc::MAGIC) || ipc::is_stream(bytes),
    takes: &[Setting::Vectors],
    may_be_metadata: |_| true,
    table: Some(reader::whole),
    ..Format::new(|content, options| open_file(content, options, "arrow"))
};

/// Whether a file has the name of a table.
pub(crate) fn is_table(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    PARQUET.has_ending(&ending) || ARROW.has_ending(&ending)
}

fn open_file(content: &Content, options: &OpenOptions, format: &'static str) -> Result<Source, FormatError> {
    let member = Member { content: content.clone(), keys: Vec::new() };
    let (embeddings, mut problems) = embeddings(&[member], content, options)?;
    problems.extend(numbered::siblings(content, "rows"));
    Ok(Source::of(content, format, embeddings, problems))
}

/// Each group of files that belong together is a run.
fn open_folder(content: &Content, options: &OpenOptions) -> Result<Source, FormatError> {
    let found = folder::tables(content.path(), options.allow_outside)?;
    let (mut runs, mut problems, mut errors) = (Vec::new(), found.problems, Vec::new());
    for (name, members) in found.tables {
        match embeddings(&members, content, options) {
            Ok((embeddings, more)) => {
                runs.push(Run { name, embeddings, ..Run::default() });
                problems.extend(more);
            }
            Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
            Err(error) => errors.push(error),
        }
    }
    if runs.is_empty()
        && let Some(error) = errors.pop()
    {
        return Err(error);
    }
    problems.extend(errors.into_iter().filter_map(FormatError::into_problem));
    Ok(Source { runs, ..Source::of(content, found.format, Vec::new(), problems) })
}

/// The embeddings in a table of `members`, which is called `content`.
fn embeddings(
    members: &[Member],
    content: &Content,
    options: &OpenOptions,
) -> Result<(Vec<EmbeddingInfo>, Vec<Problem>), FormatError> {
    let mut table = Table::open(members, false)?;
    let mut problems = std::mem::take(&mut table.problems);
    let (candidates, notes) = choose::candidates(&table, content, options.vectors.as_deref())?;
    problems.extend(notes);
    let members: Arc<[Member]> = members.into();
    let files: Vec<Stamp> = members.iter().filter_map(|member| member.content.file().map(Stamp::now)).collect();
    let (rows, names) = (table.rows, choose::names(&table));
    let info = |candidate: choose::Candidate| {
        let (name, has_metadata) = (candidate.name.clone(), !candidate.metadata.is_empty());
        let shape = (rows, candidate.plan.dims(), candidate.plan.dtype);
        let reader = Arc::new(Reader { members: Arc::clone(&members), candidate, rows, names: names.clone() });
        let mut info = EmbeddingInfo::new(name, (shape, reader.clone()), content);
        info.origin.files.clone_from(&files);
        if has_metadata { info.with_metadata(content, reader) } else { info }
    };
    Ok((candidates.into_iter().map(info).collect(), problems))
}
