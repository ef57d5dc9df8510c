//! A presentation begins, advances automatically, and ends.

use std::time::Duration;

use bevy::{
    prelude::*,
    window::{MonitorSelection, PrimaryWindow, RequestRedraw, WindowMode},
};
use parallax_camera::CameraRests;
use parallax_cloud::Cloud;
use parallax_session::{JobKind, Present, ShellAction, Step, TourAction};
use parallax_state::{CurrentTour, Do, FrameSystems, Presenting, Running, Seen, Tempo};

/// How long the transition between bookmarks takes in a presentation: long enough to follow for
/// people who see it for the first time.
pub const PRESENTED: Duration = Duration::from_millis(1200);

/// The state of a tour that advances automatically.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// How long the current bookmark is shown. `None` if it is shown until the user continues, or
    /// is not in place yet.
    pub left: Option<Duration>,
    /// For how long it has been in place.
    rested: Duration,
    at: Option<usize>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Playback>()
        .add_systems(Update, (begin, fill_screen).chain().after(FrameSystems::Act).before(FrameSystems::Compute))
        .add_systems(Update, go_on.after(FrameSystems::Follow));
}

/// Begins with the current bookmark, or else with the first.
fn begin(
    (presenting, tour): (Res<Presenting>, Res<CurrentTour>),
    mut seen: Local<Seen<bool>>,
    mut tempo: ResMut<Tempo>,
    mut requests: MessageWriter<Do>,
) {
    if !seen.changed(presenting.0.on) {
        return;
    }
    *tempo = if presenting.0.on { Tempo(PRESENTED) } else { Tempo::default() };
    if presenting.0.on {
        requests.write(Do::program(TourAction::Show(tour.at().unwrap_or(0))));
    }
}

/// The window becomes full screen, and is restored afterwards.
pub(crate) fn fill_screen(
    presenting: Res<Presenting>,
    mut before: Local<Option<WindowMode>>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
) {
    if presenting.0.on == before.is_some() {
        return;
    }
    for mut window in &mut windows {
        let mode = before.take().unwrap_or(WindowMode::BorderlessFullscreen(MonitorSelection::Current));
        let old = std::mem::replace(&mut window.mode, mode);
        *before = presenting.0.on.then_some(old);
    }
}

/// Goes to the next bookmark when the current one has been in place for its duration.
fn go_on(
    (tour, presenting, running): (Res<CurrentTour>, Res<Presenting>, Res<Running>),
    (cloud, rests): (Res<Cloud>, Res<CameraRests>),
    time: Res<Time<Real>>,
    mut playback: ResMut<Playback>,
    mut requests: MessageWriter<Do>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let presentation = presenting.0;
    if !presentation.automatic || presentation.blank || playback.at != tour.at() {
        playback.set_if_neq(Playback { at: tour.at(), ..Playback::default() });
        return;
    }
    let busy = running.0.iter().any(|job| matches!(job.kind, JobKind::Load | JobKind::Project | JobKind::Compare));
    let in_place = tour.wanted.is_none() && !busy && cloud.is_at_rest() && rests.0;
    let Some(at) = tour.at().filter(|_| in_place) else {
        playback.left = None;
        return;
    };
    if playback.left.is_some() {
        playback.rested += time.delta();
    }
    let left = Duration::from_secs_f32(tour.tour().seconds(at)).saturating_sub(playback.rested);
    playback.left = Some(left);
    if left.is_zero() {
        *playback = Playback { at: None, ..Playback::default() };
        let next = tour.place_of(Step::Next).or_else(|| tour.place_of(Step::First).filter(|_| tour.tour().looping));
        requests.write(match next {
            Some(place) => Do::program(TourAction::Show(place)),
            None => Do::program(ShellAction::Present(Present::Automatic(false))),
        });
        redraw.write(RequestRedraw);
    }
}
