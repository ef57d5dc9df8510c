//! The helper program of the workspace: `cargo xtask demo | test | ci | soak | bench | fuzz | package`.
//!
//! It finds what the system lacks, installs that if it may, and runs cargo and the programs that
//! cargo builds. Of the packages of the workspace it depends on `parallax_machine` alone, which has no
//! dependencies, so that it builds in seconds.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod bench;
mod checks;
mod demo;
mod dependencies;
mod display;
mod fuzz;
mod package;
mod packages;
mod soak;
mod workspace;

use std::{env, fmt, process::ExitCode};

use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  demo [ARGUMENT...]  Install what is missing, build, and open the demo; without a display, draw it to target/demo.png.
                      The arguments go to `parallax demo`: `cargo xtask demo words`.
  test [ARGUMENT...]  Install what tests need and run all of them, with cargo-nextest if it is installed. Arguments go to
                      the test runner; without arguments, documentation tests run too.
  ci                  Check format, lints, documentation, and dependencies, run the tests, also with a headset, and soak for two
                      minutes; stops at the first failure.
                      Without cargo-deny, dependencies are not checked, which is said.
  soak [--minutes N] [--seed N]
                      Use the program at random for so long (2 minutes unless given), and check it after each action.
  bench [NAME...] [--data DIR] [--python PATH] [--profile release|dev]
                      Measure the claims about speed and size whose names contain NAME, beside their peers.
                      DIR holds the MNIST files (../shared/data unless given); PATH is a Python with scikit-learn
                      (PARALLAX_BENCH_PYTHON, or python3, unless given).
  fuzz [TARGET...] [--minutes N]
                      Look for files on which a reader panics, hangs, or takes too much memory: each TARGET, or all, for
                      N minutes (1 unless given). Needs a C++ compiler. What a run has learned is kept in target/fuzz.
  package [--profile NAME] [--test]
                      Make a Debian package, an archive, third-party notices, and a list of all parts in target/package.
                      With --test, install, use, and remove the package in a bare Debian; that needs root.
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
        ("soak", arguments) => soak::soak(&workspace, arguments),
        ("package", arguments) => package::package(&workspace, arguments),
        ("bench", arguments) => bench::bench(&workspace, arguments),
        ("fuzz", arguments) => fuzz::fuzz(&workspace, arguments),
        (other, _) => Err(Failure::input(format!("there is no command {other:?}; `cargo xtask --help` lists them"))),
    }
}

/// Why a command failed.
#[derive(Debug)]
struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// Returns a failure because of the arguments or the system.
    fn input(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// Returns a failure of a program that was run.
    fn step(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
