//! The program: an error becomes an exit code and a sentence.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use parallax::cli;

fn main() -> ExitCode {
    let Err(error) = cli::run(std::env::args_os()) else { return ExitCode::SUCCESS };
    // Where standard error is closed the code alone says it.
    writeln!(io::stderr(), "error: {error}").ok();
    ExitCode::from(error.exit_code())
}
