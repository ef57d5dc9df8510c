//! What a command runs in: since when, and who watches.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Instant,
};

use parallax_embedding::Progress;
use parallax_formats::{Problem, Severity};

use super::{
    args::{Globals, ShowProgress},
    interrupt, progress,
    table::count,
};

/// What a command runs in.
#[derive(Debug)]
pub(super) struct Context {
    /// When the program started.
    pub(super) started: Instant,
    /// What every random choice follows from.
    pub(super) seed: u64,
    /// Whether somebody looks at standard error.
    is_watched: bool,
    progress: Progress,
}

impl Context {
    pub(super) fn new(globals: &Globals, started: Instant) -> Self {
        let is_watched = match globals.progress {
            ShowProgress::Auto => io::stderr().is_terminal(),
            ShowProgress::Always => true,
            ShowProgress::Never => false,
        };
        Self { started, seed: globals.seed, is_watched, progress: Progress::default() }
    }

    /// From now on Ctrl-C cancels what [`Context::work`] does.
    pub(super) fn cancel_on_interrupt(&self) {
        interrupt::cancel_on_interrupt(&self.progress);
    }

    /// Does `work`, showing how far it is.
    pub(super) fn work<T>(&self, work: impl FnOnce(&Progress) -> T) -> T {
        if self.is_watched { progress::watched(&self.progress, work) } else { work(&self.progress) }
    }

    /// Shows what is wrong where somebody looks; else returns, for the result that people read, how much was not shown.
    pub(super) fn warn(&self, problems: &[Problem]) -> String {
        if !self.is_watched {
            let shown = "--progress always shows";
            return match problems.len() {
                0 => String::new(),
                1 => format!("1 warning: {shown} it\n"),
                more => format!("{} warnings: {shown} them\n", count(more)),
            };
        }
        let mut err = io::stderr().lock();
        for problem in problems {
            // Where standard error is closed there is nobody to tell.
            writeln!(err, "{}: {problem}", severity(problem.severity)).ok();
        }
        String::new()
    }
}

/// A severity in words. What does not keep a command from its result is a warning to whoever gave the command, but
/// something that could not be read is more than something guessed.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
