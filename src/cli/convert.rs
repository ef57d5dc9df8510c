//! `parallax convert`: writes the vectors in another format.

use std::path::Path;

use parallax_embedding::Dtype;
use parallax_formats::{OutputFormat, TextRoom, write_vectors};

use super::{
    CliError,
    args::ConvertArgs,
    context::Context,
    input::{self, Opened},
    table::{count, counted},
};

/// Reads the embedding and writes it.
pub(super) fn run(args: ConvertArgs, context: &Context) -> Result<(), CliError> {
    let format = OutputFormat::from_path(&args.out)?;
    let input = args.input.of(args.path);
    input::keep(&input.files(), &[("--out", &args.out)])?;
    input::with(input, context, |opened| written(&args.out, format, opened, context))
}

fn written(out: &Path, format: &OutputFormat, opened: &mut Opened, context: &Context) -> Result<String, CliError> {
    let (vectors, metadata) = (&opened.embedding.vectors, &opened.embedding.metadata);
    let notes = context.work(|progress| write_vectors(out, format, vectors, Some(metadata), progress))?;
    opened.notes.extend(notes);
    let written = format!(
        "Wrote {} x {} {} of {} to {}.",
        count(vectors.rows()),
        count(vectors.dims()),
        written_type(format, vectors.dtype()),
        opened.name(),
        out.display()
    );
    Ok(format!("{written}\n{}", beside(format, opened)))
}

fn written_type(format: &OutputFormat, stored: Dtype) -> String {
    (format.stored_as)(stored).map_or_else(|| "numbers".to_owned(), |dtype| dtype.to_string())
}

/// Returns what happens to the metadata.
fn beside(format: &OutputFormat, opened: &Opened) -> String {
    match opened.embedding.metadata.columns().len() {
        0 => String::new(),
        columns if format.text == TextRoom::Beside => {
            let come = if columns == 1 { "comes" } else { "come" };
            format!("Its {} of metadata {come} before the numbers.\n", counted(columns, "column"))
        }
        columns => {
            let (are, them) = if columns == 1 { ("is", "it") } else { ("are", "them") };
            let columns = counted(columns, "column");
            let room = OutputFormat::listed(|format| format.text == TextRoom::Beside);
            format!("Its {columns} of metadata {are} not in the file: only {room} has room for {them}.\n")
        }
    }
}
