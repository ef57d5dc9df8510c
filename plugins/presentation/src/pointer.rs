//! The pointer of a presentation: hidden while it does not move, so that it neither covers nor
//! hovers a point.

use std::time::Duration;

use bevy::{
    prelude::*,
    window::{CursorMoved, CursorOptions, PrimaryWindow},
};
use parallax_state::{FrameSystems, PointerRests, Presenting};

/// How long the pointer is shown after it was moved.
const SEEN: Duration = Duration::from_secs(2);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<CursorMoved>().add_systems(Update, rest.before(FrameSystems::Act));
}

fn rest(
    presenting: Res<Presenting>,
    time: Res<Time<Real>>,
    mut moves: MessageReader<CursorMoved>,
    mut rests: ResMut<PointerRests>,
    mut moved: Local<Duration>,
    windows: Query<(), With<PrimaryWindow>>,
    mut cursors: Query<&mut CursorOptions, With<PrimaryWindow>>,
) {
    let now = time.elapsed();
    // The view of the presenter is a second window.
    let is_moved = moves.read().filter(|event| windows.contains(event.window)).count() > 0;
    if is_moved || !presenting.0.on {
        *moved = now;
    }
    if !rests.set_if_neq(PointerRests(now.saturating_sub(*moved) >= SEEN)) {
        return;
    }
    for mut cursor in &mut cursors {
        cursor.visible = !rests.0;
    }
}
