//! The command line: one module for each command.
//!
//! [`run`] parses the arguments and runs the command. A [`CliError`] has an exit code and a
//! sentence. Results go to standard output, warnings to standard error, and so does progress if
//! that is a terminal. Nothing is computed or drawn here: the library does both.

mod apart;
mod args;
mod check;
mod clusters;
mod compare;
mod config;
mod context;
mod convert;
mod demo;
mod doctor;
mod error;
mod export;
mod input;
mod inspect;
mod interrupt;
mod machine;
mod neighbors;
mod output;
mod progress;
mod project;
mod record;
mod render;
mod request;
mod search;
mod series;
mod sprite;
mod steps;
mod table;
mod tour;
mod warnings;
mod window;

use std::{ffi::OsString, time::Instant};

use bevy::app::TaskPoolOptions;

use args::{Cli, Command, Globals};
use context::Context;
pub use error::CliError;
use request::Request;

/// Runs the command in `args`, the first of which is the name of the program.
///
/// # Errors
/// Returns an error if the command fails. A closed pipe on standard output is not an error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Result<(), CliError> {
    let started = Instant::now();
    let done = match request::parse(args)? {
        Request::Show(text) => output::write(&text),
        Request::Do(cli) => bound_threads(&cli.globals).and_then(|()| dispatch(*cli, started)),
    };
    match done {
        Err(error) if error.is_closed_pipe() => Ok(()),
        done => done,
    }
}

/// Returns the command line as clap knows it, from which a manual or completions can be made.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

fn dispatch(cli: Cli, started: Instant) -> Result<(), CliError> {
    let context = Context::new(&cli.globals, started);
    // Commands that use `Context::work` are canceled and leave no partial file; the others just
    // end.
    match &cli.command {
        Some(
            Command::Inspect(_)
            | Command::Steps(_)
            | Command::Convert(_)
            | Command::Project(_)
            | Command::Clusters(_)
            | Command::Doctor(_)
            | Command::Neighbors(_)
            | Command::Apart(_)
            | Command::Compare(_)
            | Command::Search(_)
            | Command::Export(_)
            | Command::Record(_)
            | Command::Sprite(_)
            | Command::Tour { .. },
        ) => context.cancel_on_interrupt(),
        _ => interrupt::end_on_interrupt(),
    }
    match cli.command {
        None => window::run(cli.window),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Inspect(args)) => inspect::run(args, &context),
        Some(Command::Steps(args)) => steps::run(args, &context),
        Some(Command::Convert(args)) => convert::run(args, &context),
        Some(Command::Project(args)) => project::run(args, &context),
        Some(Command::Clusters(args)) => clusters::run(args, &context),
        Some(Command::Doctor(args)) => doctor::run(args, &context),
        Some(Command::Neighbors(args)) => neighbors::run(args, &context),
        Some(Command::Apart(args)) => apart::run(args, &context),
        Some(Command::Compare(args)) => compare::run(args, &context),
        Some(Command::Search(args)) => search::run(args, &context),
        Some(Command::Export(args)) => export::run(args, &context),
        Some(Command::Render(args)) => render::run(args, &context),
        Some(Command::Record(args)) => record::run(args, &context),
        Some(Command::Sprite(args)) => sprite::run(&args, &context),
        Some(Command::Config { command }) => config::run(&command),
        Some(Command::Tour { command }) => tour::run(&command, &context),
    }
}

/// Limits the threads of the library and of the engine, which uses pools that exist, to
/// `--threads`.
fn bound_threads(globals: &Globals) -> Result<(), CliError> {
    let Some(threads) = globals.threads.map(usize::from) else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| CliError::Usage(format!("{threads} threads cannot be started: {error}")))?;
    TaskPoolOptions::with_num_threads(threads).create_default_pools();
    Ok(())
}
