//! Ctrl-C.

use std::{process, thread, time::Duration};

use bevy::app::ctrlc;
use parallax_embedding::Progress;

/// The exit code of an interrupted program.
const INTERRUPTED: i32 = 130;

/// How long a job may take to stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes Ctrl-C cancel `progress`, and end the program if it does not stop soon.
pub(super) fn cancel_on_interrupt(progress: &Progress) {
    let progress = progress.clone();
    on_interrupt(move || {
        progress.cancel();
        thread::sleep(PATIENCE);
    });
}

/// Makes Ctrl-C end the program and its window at once. The handler of the engine would wait for
/// the next event of the window.
pub(super) fn end_on_interrupt() {
    on_interrupt(|| {});
}

fn on_interrupt(before: impl Fn() + Send + 'static) {
    // Without a handler the system ends the program.
    ctrlc::try_set_handler(move || {
        before();
        process::exit(INTERRUPTED);
    })
    .ok();
}
