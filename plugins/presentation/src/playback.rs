//! A presentation begins, goes on by itself, and ends.

use std::time::Duration;

use bevy::{
    prelude::*,
    window::{MonitorSelection, PrimaryWindow, RequestRedraw, WindowMode},
};
use parallax_camera::CameraRests;
use parallax_cloud::Cloud;
use parallax_session::{Action, Present, Step, TourAction};
use parallax_state::{CurrentTour, Do, FrameSystems, JobKind, Presenting, Running, Tempo, Toasts};

/// While a tour is presented, the way from bookmark to bookmark takes so long: people who see it for the first time can follow.
pub const PRESENTED: Duration = Duration::from_millis(1200);

/// How far a tour is that goes on by itself.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// How long the bookmark that is shown stays; nothing: until a person goes on, or it is not in place yet.
    pub left: Option<Duration>,
    /// For how long it has been in place.
    rested: Duration,
    at: Option<usize>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Playback>()
        .add_systems(
            Update,
            (begin, show_again, fill_screen).chain().after(FrameSystems::Act).before(FrameSystems::Compute),
        )
        .add_systems(Update, go_on.after(FrameSystems::Follow));
}

/// Begins with the bookmark that is at hand, else with the first; without any there is nothing to present.
fn begin(
    mut presenting: ResMut<Presenting>,
    mut tempo: ResMut<Tempo>,
    tour: Res<CurrentTour>,
    mut was_on: Local<bool>,
    mut toasts: ResMut<Toasts>,
    mut requests: MessageWriter<Do>,
) {
    if presenting.0.on == *was_on {
        return;
    }
    if presenting.0.on && tour.tour().bookmarks.is_empty() {
        presenting.0.apply(Present::On(false));
        toasts.error("There are no bookmarks to present: add one first.");
        return;
    }
    *was_on = presenting.0.on;
    *tempo = if presenting.0.on { Tempo(PRESENTED) } else { Tempo::default() };
    if presenting.0.on {
        requests.write(Do(Action::Tour(TourAction::Show(tour.at().unwrap_or(0)))));
    }
}

/// A step shows a screen that was blank.
fn show_again(mut requests: MessageReader<Do>, mut presenting: ResMut<Presenting>) {
    let is_step = |Do(action): &Do| matches!(action, Action::Tour(TourAction::Show(_) | TourAction::Step(_)));
    if requests.read().filter(|request| is_step(request)).count() > 0 && presenting.0.blank {
        presenting.0.apply(Present::Blank(false));
    }
}

/// The window takes the whole screen, and is afterwards what it was before.
fn fill_screen(
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

/// Goes to the next bookmark when the one that is shown has been in place for its time.
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
    let busy = running.0.iter().any(|job| matches!(job.kind, JobKind::Load | JobKind::Project));
    let in_place = tour.wanted.is_none() && !busy && cloud.morph() >= 1.0 && rests.0;
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
        requests.write(Do(match next {
            Some(place) => Action::Tour(TourAction::Show(place)),
            None => Action::Present(Present::Automatic(false)),
        }));
        redraw.write(RequestRedraw);
    }
}

#[cfg(test)]
mod tests {
    use bevy::time::TimeUpdateStrategy;
    use parallax_session::{Bookmark, Tour, View};
    use parallax_state::StatePlugin;

    use super::*;
    use crate::keys;

    /// An app with a tour of so many bookmarks of 1 s each. Whoever restores them is not there: what is wanted is taken.
    fn app(bookmarks: usize, looping: bool) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin, keys::plugin))
            .init_resource::<Cloud>()
            .init_resource::<ButtonInput<KeyCode>>()
            .insert_resource(CameraRests(true))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
            .add_message::<RequestRedraw>()
            .add_systems(Update, (|mut tour: ResMut<CurrentTour>| tour.wanted = None).in_set(FrameSystems::Compute));
        let bookmark = |place: usize| Bookmark {
            name: format!("{place}"),
            note: String::new(),
            seconds: (place == 0).then_some(2.0),
            subject: std::sync::Arc::default(),
            view: View::default(),
            layouts: Vec::new(),
            thumbnail: None,
        };
        let tour = Tour { bookmarks: (0..bookmarks).map(bookmark).collect(), looping, seconds: 1.0 };
        app.world_mut().resource_mut::<CurrentTour>().files_mut().join("a.ron".into(), tour);
        app.update();
        app
    }

    fn act(app: &mut App, action: Present) {
        app.world_mut().write_message(Do(Action::Present(action)));
        app.update();
        app.update();
    }

    fn key(app: &mut App, code: KeyCode) {
        let mut keys = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
        keys.reset_all();
        keys.press(code);
        app.update();
        app.world_mut().resource_mut::<ButtonInput<KeyCode>>().reset_all();
        app.update();
    }

    fn at(app: &App) -> Option<usize> {
        app.world().resource::<CurrentTour>().at()
    }

    fn now(app: &App) -> parallax_session::Presentation {
        app.world().resource::<Presenting>().0
    }

    #[test]
    fn keys_walk_through_the_tour() {
        use KeyCode::{ArrowLeft, Digit2, End, Escape, Home, KeyB, PageDown, Space};
        let mut app = app(3, false);
        key(&mut app, Space);
        assert_eq!(at(&app), None, "before it begins they are others'");
        act(&mut app, Present::On(true));
        assert_eq!((at(&app), app.world().resource::<Tempo>().0), (Some(0), PRESENTED));
        let walk = [(Space, 1), (PageDown, 2), (PageDown, 2), (ArrowLeft, 1), (Home, 0), (End, 2), (Digit2, 1)];
        for (code, place) in walk {
            key(&mut app, code);
            assert_eq!(at(&app), Some(place), "{code:?}");
        }
        key(&mut app, KeyB);
        assert!(now(&app).blank);
        key(&mut app, Space);
        assert!(!now(&app).blank && at(&app) == Some(2), "a step shows the screen again");
        key(&mut app, Escape);
        assert!(!now(&app).on);
        assert_eq!(*app.world().resource::<Tempo>(), Tempo::default());
        act(&mut app, Present::On(true));
        assert_eq!(at(&app), Some(2), "it goes on where it was");
    }

    #[test]
    fn without_bookmarks_nothing_begins() {
        let mut app = app(0, false);
        act(&mut app, Present::On(true));
        assert!(!now(&app).on);
        assert_eq!(app.world().resource::<Toasts>().list().len(), 1);
    }

    /// Frames of 100 ms until another bookmark is shown; nothing: none within 10 s.
    fn frames_until_next(app: &mut App) -> Option<usize> {
        let before = at(app);
        (1..=100).find(|_| {
            app.update();
            at(app) != before
        })
    }

    #[test]
    fn bookmarks_follow_each_other_once_they_are_in_place() {
        let mut app = app(2, false);
        act(&mut app, Present::On(true));
        act(&mut app, Present::Automatic(true));
        let first = frames_until_next(&mut app);
        assert!(first.is_some_and(|frames| (19..=22).contains(&frames)), "it has 2 s of its own: {first:?}");
        app.insert_resource(CameraRests(false));
        assert_eq!(frames_until_next(&mut app), None, "the camera is on its way");
        app.insert_resource(CameraRests(true));
        assert_eq!(frames_until_next(&mut app), None, "there is no other");
        assert!(now(&app).on && !now(&app).automatic, "it stays at the end");
    }

    #[test]
    fn a_loop_begins_again() {
        let mut app = app(2, true);
        act(&mut app, Present::On(true));
        act(&mut app, Present::Automatic(true));
        let places: Vec<Option<usize>> = (0..4).map(|_| frames_until_next(&mut app).and(at(&app))).collect();
        assert_eq!(places, [Some(1), Some(0), Some(1), Some(0)]);
        act(&mut app, Present::Blank(true));
        assert_eq!(frames_until_next(&mut app), None, "nobody would see it");
    }
}
