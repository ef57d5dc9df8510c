//! `parallax convert`: writes the vectors in another format.

use parallax_embedding::Dtype;
use parallax_formats::{OutputFormat, write_vectors};

use super::{
    CliError,
    args::ConvertArgs,
    context::Context,
    input::{self, Opened},
    output,
    table::{count, counted},
};

/// Reads the embedding and writes it.
pub(super) fn run(args: ConvertArgs, context: &Context) -> Result<(), CliError> {
    let format = OutputFormat::from_path(&args.out)?;
    let mut opened = input::open(args.input.of(args.path), context)?;
    let (vectors, metadata) = (&opened.embedding.vectors, &opened.embedding.metadata);
    let notes = context.work(|progress| write_vectors(&args.out, format, vectors, Some(metadata), progress))?;
    opened.notes.extend(notes);
    opened.warn();
    let written = format!(
        "Wrote {} x {} {} of {} to {}.",
        count(vectors.rows()),
        count(vectors.dims()),
        written_type(format, vectors.dtype()),
        opened.name(),
        args.out.display()
    );
    output::write(&format!("{written}\n{}", beside(format, &opened)))
}

fn written_type(format: OutputFormat, stored: Dtype) -> String {
    match (format, stored) {
        (OutputFormat::Npy, Dtype::Bf16) | (OutputFormat::Bytes, _) => Dtype::F32.to_string(),
        (OutputFormat::Npy, stored) => stored.to_string(),
        (OutputFormat::Csv | OutputFormat::Tsv, _) => "numbers".to_owned(),
    }
}

/// Returns what happens to the metadata.
fn beside(format: OutputFormat, opened: &Opened) -> String {
    match opened.embedding.metadata.columns().len() {
        0 => String::new(),
        columns if format == OutputFormat::Csv => {
            let come = if columns == 1 { "comes" } else { "come" };
            format!("Its {} of metadata {come} before the numbers.\n", counted(columns, "column"))
        }
        columns => {
            let (are, them) = if columns == 1 { ("is", "it") } else { ("are", "them") };
            let columns = counted(columns, "column");
            format!("Its {columns} of metadata {are} not in the file: only .csv has room for {them}.\n")
        }
    }
}
