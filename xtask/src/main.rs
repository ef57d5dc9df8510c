//! The workspace's helper program: `cargo xtask demo | test | ci | bench`.
//!
//! It finds out what the system lacks, installs that where it may, and calls cargo and the programs built by it. It knows
//! the other packages by name only, so that it builds in seconds on a machine that has just Rust and a C linker.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod checks;
mod demo;
mod display;
mod packages;
mod workspace;

use std::{env, fmt, process::ExitCode};

use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  demo [ARGUMENT...]  Install what is missing, build, and open the demo; without a display, draw it to target/demo.png.
                      The arguments go to `parallax demo`: `cargo xtask demo words`.
  test [ARGUMENT...]  Install what tests need and run them all, by cargo-nextest where it is installed. Arguments go to
                      the test runner; documentation tests run when there are none.
  ci                  Format, lints, documentation, then the tests; stops at the first that fails.
  bench [NAME...] [--data DIR] [--python PATH] [--profile release|dev]
                      Measure the claims of speed and size whose names contain NAME, beside their peers.
                      DIR holds the MNIST files (../shared/data unless given); PATH is a Python with scikit-learn
                      (PARALLAX_BENCH_PYTHON, or python3, unless given).
";

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn run(mut arguments: Vec<String>) -> Result<(), Failure> {
    if arguments.is_empty() || arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{USAGE}");
        return Ok(());
    }
    let command = arguments.remove(0);
    let workspace = Workspace::find()?;
    match (command.as_str(), arguments.as_slice()) {
        ("demo", arguments) => demo::demo(&workspace, arguments),
        ("test", arguments) => checks::test(&workspace, arguments),
        ("ci", []) => checks::ci(&workspace),
        ("ci", [argument, ..]) => Err(Failure::input(format!("`ci` takes no arguments; leave {argument:?} out"))),
        ("bench", arguments) => bench::bench(&workspace, arguments),
        (other, _) => Err(Failure::input(format!("there is no command {other:?}; `cargo xtask --help` lists them"))),
    }
}

/// Why a command ended without having done its work.
#[derive(Debug)]
struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// Something that the user gave or the system has cannot be worked with.
    fn input(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// A program that was called has failed.
    fn step(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
