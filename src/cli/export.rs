//! `parallax export`: writes vectors, metadata, labels, or a folder to publish.

use parallax_embedding::RowSet;
use parallax_formats::{ExportJob, Problem, export};

use super::{
    CliError,
    args::{ExportArgs, Exported},
    context::Context,
    input::{self, Opened, no_column},
    search,
    table::counted,
};

/// Reads the embedding and writes what was asked for.
pub(super) fn run(args: ExportArgs, context: &Context) -> Result<(), CliError> {
    let input = args.input.clone().of(args.path.clone());
    input::keep(&input.files(), &[("--out", &args.out)])?;
    input::with(input, context, |opened| written(args, opened, context))
}

fn written(args: ExportArgs, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    if args.rows.is_reordered() {
        let message = "--rows names rows twice or out of order; each is written once, in the order of the data";
        opened.notes.push(Problem::note(opened.path(), message));
    }
    let rows = search::chosen(args.rows, opened, context)?.unwrap_or_else(|| RowSet::all(opened.embedding.rows()));
    let written = {
        let job = job(args.what, opened, &rows)?;
        context.work(|progress| export(&job, &args.out, progress))?
    };
    opened.notes.extend(written.notes);
    let files = counted(written.files.len(), "file");
    let target = args.out.display();
    let place = if args.what == Exported::Folder { format!("{files} in {target}") } else { target.to_string() };
    Ok(format!("Wrote {} of {} to {place}.\n", counted(written.rows, "row"), opened.name()))
}

fn job<'a>(what: Exported, opened: &'a Opened, rows: &'a RowSet) -> Result<ExportJob<'a>, CliError> {
    let embedding = &opened.embedding;
    Ok(match what {
        Exported::Vectors => ExportJob::Vectors { vectors: &embedding.vectors, metadata: &embedding.metadata, rows },
        Exported::Metadata => ExportJob::Metadata { metadata: &embedding.metadata, rows },
        Exported::Folder => ExportJob::Folder { embedding, rows },
        Exported::Labels => {
            let none = || no_column("label", std::iter::empty(), |message| opened.problem(message));
            ExportJob::Labels { labels: opened.labels().ok_or_else(none)?, rows }
        }
    })
}
