//! The program: prints an error as a sentence, and returns its exit code.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use parallax::cli;

fn main() -> ExitCode {
    let Err(error) = cli::run(std::env::args_os()) else { return ExitCode::SUCCESS };
    // If standard error is closed, the exit code is all there is.
    writeln!(io::stderr(), "error: {error}").ok();
    ExitCode::from(error.exit_code())
}
