//! Ctrl-C.

use std::{process, thread, time::Duration};

use bevy::app::ctrlc;
use parallax_embedding::Progress;

/// How a shell knows that a program was interrupted.
const INTERRUPTED: i32 = 130;

/// How long a job may take to stop by itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// From now on Ctrl-C cancels `progress`, and ends a program that does not heed it.
pub(super) fn cancel_on_interrupt(progress: &Progress) {
    let progress = progress.clone();
    on_interrupt(move || {
        progress.cancel();
        thread::sleep(PATIENCE);
    });
}

/// From now on Ctrl-C ends the program, with its window, whatever the engine would do about it: a window at rest would not
/// hear of it before the next event.
pub(super) fn end_on_interrupt() {
    on_interrupt(|| {});
}

fn on_interrupt(before: impl Fn() + Send + 'static) {
    // Where there can be no handler the system's own way holds: the program ends.
    ctrlc::try_set_handler(move || {
        before();
        process::exit(INTERRUPTED);
    })
    .ok();
}
