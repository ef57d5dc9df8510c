//! What all commands share: start time, seed, and progress.

use std::{
    io::{self, IsTerminal as _},
    time::Instant,
};

use parallax_embedding::Progress;

use super::{
    args::{Globals, ShowProgress},
    interrupt, progress,
};

/// What all commands share.
#[derive(Debug)]
pub(super) struct Context {
    /// When the program started.
    pub(super) started: Instant,
    /// The seed of everything random.
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

    /// Makes Ctrl-C cancel the work of [`Context::work`].
    pub(super) fn cancel_on_interrupt(&self) {
        interrupt::cancel_on_interrupt(&self.progress);
    }

    /// Does `work` and shows its progress.
    pub(super) fn work<T>(&self, work: impl FnOnce(&Progress) -> T) -> T {
        if self.is_watched { progress::watched(&self.progress, work) } else { work(&self.progress) }
    }
}
