//! `parallax sprite`: makes a sheet of thumbnails.

use std::path::Path;

use parallax_formats::write_sprite;

use super::{
    CliError,
    args::SpriteArgs,
    context::Context,
    input, output,
    table::counted,
    warnings::{self, Said},
};

/// Writes the sheet, and the names if they are asked for.
pub(super) fn run(args: &SpriteArgs, context: &Context) -> Result<(), CliError> {
    let names = args.names.as_deref();
    let mut files: Vec<(&str, &Path)> = vec![("--out", &args.out)];
    files.extend(names.map(|names| ("--names", names)));
    input::keep(&[], &files)?;
    let written = context.work(|progress| write_sprite(&args.folder, &args.out, args.thumbnail, names, progress))?;
    warnings::show(&Said { notes: &written.problems, ..Said::default() });
    let ([width, height], [sheet_width, sheet_height]) = (written.thumbnail, written.size);
    let sheet = format!(
        "Wrote {} of {width}x{height} pixels to {}, a sheet of {sheet_width}x{sheet_height}.",
        counted(written.count, "thumbnail"),
        args.out.display()
    );
    let names = names.map(|names| format!("Wrote their names to {}.\n", names.display())).unwrap_or_default();
    output::write(&format!("{sheet}\n{names}"))
}
