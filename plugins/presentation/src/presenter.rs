//! The presenter's view: a window with the next bookmark, the notes, and the clock.
//!
//! If there is a second monitor, it opens there when a presentation begins. It has its own camera
//! and egui context; the panels draw its content. Closing it does not end the presentation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bevy::{
    camera::RenderTarget,
    ecs::schedule::ScheduleLabel,
    input::keyboard::KeyboardFocusLost,
    prelude::*,
    window::{
        Monitor, MonitorSelection, OnMonitor, PrimaryWindow, WindowMode, WindowPosition, WindowRef, WindowResolution,
    },
};
use bevy_egui::{EguiContext, EguiSchedule};
use chrono::Timelike as _;
use parallax_overlay::Lookup;
use parallax_panels::{PresenterMemory, PresenterModel, show_presenter};
use parallax_session::{Present, ShellAction};
use parallax_state::{CurrentTour, CurrentView, Do, FrameSystems, Presenting, Seen};

use crate::playback::fill_screen;

/// The panels of the presenter's view are drawn.
#[derive(ScheduleLabel, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct PresenterPass;

/// The camera of the presenter's view.
#[derive(Component)]
struct PresenterCamera;

/// When the presentation began, and when the bookmark was shown.
#[derive(Resource, Debug, Default)]
struct Since {
    begun: Option<Duration>,
    at: Option<usize>,
    shown: Duration,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Since>()
        .add_systems(
            Update,
            (open_beside, open_or_close, watch)
                .chain()
                .after(FrameSystems::Act)
                .after(fill_screen)
                .before(FrameSystems::Compute),
        )
        .add_systems(PresenterPass, draw);
}

/// Returns the time until the clock shows the next second.
#[must_use]
pub fn until_next_second() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(1).saturating_sub(Duration::from_nanos(u64::from(now.subsec_nanos())))
}

/// Opens the window when a presentation begins and there is a second monitor.
fn open_beside(
    presenting: Res<Presenting>,
    mut seen: Local<Seen<bool>>,
    (monitors, windows): (Query<&Monitor>, Query<&Window, With<PrimaryWindow>>),
    mut requests: MessageWriter<Do>,
) {
    let begins = seen.changed(presenting.0.on) && presenting.0.on;
    if begins && !windows.is_empty() && monitors.iter().count() > 1 && !presenting.0.presenter {
        requests.write(Do::program(ShellAction::Present(Present::Presenter(true))));
    }
}

/// Opens and closes the window. The user may have closed it, too.
fn open_or_close(
    presenting: Res<Presenting>,
    mut open: Local<Option<[Entity; 2]>>,
    windows: Query<&Window>,
    primary: Query<Option<&OnMonitor>, (With<Window>, With<PrimaryWindow>)>,
    monitors: Query<Entity, With<Monitor>>,
    (mut requests, mut focus): (MessageWriter<Do>, MessageWriter<KeyboardFocusLost>),
    mut commands: Commands,
) {
    let Ok(on) = primary.single() else { return };
    match *open {
        Some([window, camera]) if !presenting.0.presenter || !windows.contains(window) => {
            commands.entity(camera).despawn();
            if windows.contains(window) {
                commands.entity(window).despawn();
            } else {
                requests.write(Do::person(ShellAction::Present(Present::Presenter(false))));
            }
            // Keys that were held in it, as those that have closed it, are never reported as
            // released.
            focus.write(KeyboardFocusLost);
            *open = None;
        }
        None if presenting.0.presenter => {
            let other = on.and_then(|OnMonitor(here)| monitors.iter().find(|monitor| monitor != here));
            let window = commands.spawn(presenter_window(other)).id();
            let camera = (
                PresenterCamera,
                Camera2d,
                // After the others: the first camera of a query is the cloud's.
                Camera { order: 1, ..default() },
                RenderTarget::Window(WindowRef::Entity(window)),
                Msaa::Off,
                EguiSchedule::new(PresenterPass),
            );
            *open = Some([window, commands.spawn(camera).id()]);
        }
        _ => {}
    }
}

/// It is full screen on the other monitor.
fn presenter_window(other: Option<Entity>) -> Window {
    let on = other.map(MonitorSelection::Entity);
    Window {
        title: "Presenter's view - Parallax".into(),
        name: Some("parallax".into()),
        resolution: WindowResolution::new(1100, 700),
        position: on.map_or(WindowPosition::Automatic, WindowPosition::Centered),
        mode: on.map_or(WindowMode::Windowed, WindowMode::BorderlessFullscreen),
        ..default()
    }
}

/// Records when a presentation begins, and when each bookmark is shown.
fn watch(presenting: Res<Presenting>, tour: Res<CurrentTour>, time: Res<Time<Real>>, mut since: ResMut<Since>) {
    let now = time.elapsed();
    let begins = presenting.0.on && since.begun.is_none();
    if begins || since.at != tour.at() {
        (since.at, since.shown) = (tour.at(), now);
    }
    since.begun = since.begun.or(Some(now)).filter(|_| presenting.0.on);
}

fn draw(
    mut contexts: Query<(Entity, &mut EguiContext), With<PresenterCamera>>,
    (tour, presenting, view): (Res<CurrentTour>, Res<Presenting>, Res<CurrentView>),
    (since, time): (Res<Since>, Res<Time<Real>>),
    mut memory: Local<Option<(Entity, PresenterMemory, Lookup)>>,
    mut requests: MessageWriter<Do>,
) {
    let local = chrono::Local::now();
    let clock = format!("{:02}:{:02}", local.hour(), local.minute());
    let now = time.elapsed();
    for (camera, mut context) in &mut contexts {
        // Textures and fonts belong to a context, which is dropped with its window.
        let (_, memory, fonts) = match &mut *memory {
            Some(known) if known.0 == camera => known,
            memory => memory.insert((camera, PresenterMemory::default(), Lookup::default())),
        };
        let mut actions = Vec::new();
        let model = PresenterModel {
            tour: tour.tour(),
            at: tour.at(),
            elapsed: since.begun.map_or(Duration::ZERO, |begun| now.saturating_sub(begun)),
            on_this: since.begun.map_or(Duration::ZERO, |_| now.saturating_sub(since.shown)),
            clock: &clock,
            theme: view.theme,
            presentation: presenting.0,
        };
        let ctx = context.get_mut();
        show_presenter(ctx, &model, memory, &mut actions);
        if fonts.go_on(ctx) {
            ctx.request_repaint();
        }
        requests.write_batch(actions.into_iter().map(Do::person));
    }
}
