//! What a command runs in: since when, from which seed, and who watches its progress.

use std::{
    io::{self, IsTerminal as _},
    time::Instant,
};

use parallax_embedding::Progress;

use super::{
    args::{Globals, ShowProgress},
    interrupt, progress,
};

/// What a command runs in.
#[derive(Debug)]
pub(super) struct Context {
    /// When the program started.
    pub(super) started: Instant,
    /// What every random choice follows from.
    pub(super) seed: u64,
    /// Whether progress is shown.
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
}
