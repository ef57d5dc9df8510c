//! Presentations by keys and by themselves, without a window.

use std::time::Duration;

use bevy::{input::keyboard::KeyboardFocusLost, prelude::*, time::TimeUpdateStrategy, window::RequestRedraw};
use parallax_camera::CameraRests;
use parallax_cloud::Cloud;
use parallax_presentation::{PRESENTED, PresentationPlugin};
use parallax_session::{Present, Presentation, ShellAction, View};
use parallax_state::{CurrentTour, Do, FrameSystems, Presenting, StatePlugin, Tempo, Toasts};
use parallax_tour::{Bookmark, Tour};

/// An app with a tour of this many bookmarks of 1 s each. Nothing restores them, so requests are
/// only taken.
fn app(bookmarks: usize, looping: bool) -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatePlugin, PresentationPlugin))
        .init_resource::<Cloud>()
        .init_resource::<ButtonInput<KeyCode>>()
        .insert_resource(CameraRests(true))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
        .add_message::<RequestRedraw>()
        .add_message::<KeyboardFocusLost>()
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
    app.world_mut().write_message(Do::person(ShellAction::Present(action)));
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

fn now(app: &App) -> Presentation {
    app.world().resource::<Presenting>().0
}

#[test]
fn keys_step_through_the_tour() {
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
fn presentation_needs_bookmarks() {
    let mut app = app(0, false);
    act(&mut app, Present::On(true));
    assert!(!now(&app).on);
    assert_eq!(app.world().resource::<Toasts>().list().len(), 1);
}

/// Runs frames of 100 ms until another bookmark is shown. Returns `None` if none is within 10 s.
fn frames_until_next(app: &mut App) -> Option<usize> {
    let before = at(app);
    (1..=100).find(|_| {
        app.update();
        at(app) != before
    })
}

#[test]
fn presentation_advances_automatically() {
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
fn presentation_loops() {
    let mut app = app(2, true);
    act(&mut app, Present::On(true));
    act(&mut app, Present::Automatic(true));
    let places: Vec<Option<usize>> = (0..4).map(|_| frames_until_next(&mut app).and(at(&app))).collect();
    assert_eq!(places, [Some(1), Some(0), Some(1), Some(0)]);
    act(&mut app, Present::Blank(true));
    assert_eq!(frames_until_next(&mut app), None, "nobody would see it");
}
