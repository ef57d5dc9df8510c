//! What the tests of apps share.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use parallax_session::Action;
use parallax_state::{Do, Toasts};

/// Runs frames until it is `done`.
#[track_caller]
pub(crate) fn until(app: &mut App, what: &str, done: impl Fn(&World) -> bool) {
    let started = Instant::now();
    while !done(app.world()) {
        let said: Vec<String> =
            app.world().resource::<Toasts>().list().iter().map(|toast| toast.text.clone()).collect();
        assert!(started.elapsed() < Duration::from_mins(1), "{what} does not come about; {said:?}");
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Does what a person asks for, and runs a frame.
pub(crate) fn act(app: &mut App, action: impl Into<Action>) {
    app.world_mut().write_message(Do::person(action));
    app.update();
}
