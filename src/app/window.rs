//! The program in its window.
//!
//! The event loop waits until something happens: a still picture is not redrawn. While jobs run, it
//! wakes ten times a second.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration};

use bevy::{
    camera::RenderTarget,
    prelude::*,
    window::{Monitor, PrimaryMonitor, PrimaryWindow, RequestRedraw, WindowCloseRequested, WindowResized},
    winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent},
};
use parallax_camera::cloud_camera;
use parallax_cloud::FrameBudget;
use parallax_presentation::{Playback, until_next_second};
use parallax_projector::WatchFiles;
use parallax_session::{JobAction, TourAction, View, ViewPatch, log::LoggedAction};
use parallax_state::{
    ActionLog, CurrentTour, CurrentView, Do, FrameSystems, Leaving, Opened, PointerRests, Presenting, Replay, Running,
    SavedTags, Toasts, Wake, Watching,
};
use parallax_tour::OpenTour;

use super::{AppError, changes, error::guarded, files, recovery::LOST, settings, work};
use crate::ParallaxPlugins;

/// What the window starts with.
#[derive(Debug, Default)]
pub struct WindowOptions {
    /// The first view.
    pub view: View,
    /// What is different from it and from the remembered theme and panels.
    pub change: ViewPatch,
    /// The first bookmarks.
    pub tour: OpenTour,
    /// Files of bookmarks to open.
    pub bookmarks: Vec<PathBuf>,
    /// Whether they are applied to the data that the view opens, rather than shown on their own
    /// data.
    pub on_data_at_hand: bool,
    /// The sink of the log of actions.
    pub log: Option<File>,
    /// Actions to replay, each at its time.
    pub replay: Vec<LoggedAction>,
    /// The file that remembers the theme, the panels, the window and the recent files. If `None`,
    /// nothing is remembered.
    pub settings: Option<PathBuf>,
    /// The headset to draw to as well.
    #[cfg(feature = "xr")]
    pub headset: Option<parallax_immersive::Headset>,
    /// What the window says when it opens.
    pub notes: Vec<String>,
}

/// How long the loop waits while nothing happens, while jobs run, and while messages are shown or a
/// headset is not worn.
const REST: Duration = Duration::from_hours(1);
const WATCH: Duration = Duration::from_millis(100);
const LINGER: Duration = Duration::from_secs(1);

/// In these first frames the panels learn the size, the cards get their heights, and the cloud is
/// fit between them.
const FRAMES_OF_A_SIZE: u8 = 3;

/// The least size of the window when it opens, in logical pixels.
const LEAST_WINDOW: [u32; 2] = [640, 400];

/// The size of a window's borders and title bar and of a desktop's panels, in logical pixels.
const FRAME: Vec2 = Vec2::new(8.0, 72.0);

/// Opens the window and runs until it is closed.
///
/// # Errors
/// [`AppError::NoDisplay`], [`AppError::NoAdapter`], and [`AppError::LostDevice`].
pub fn window(options: WindowOptions) -> Result<(), AppError> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        return Err(AppError::NoDisplay);
    }
    guarded(|| if window_app(options).run() == LOST { Err(AppError::LostDevice) } else { Ok(()) })
}

/// The app of the window, ready to run.
pub fn window_app(mut options: WindowOptions) -> App {
    let mut app = App::new();
    let kept = options.settings.map(|path| (settings::restore(&path, &mut options.view), path));
    // The command line has refused what cannot be applied.
    options.view = options.change.apply(&options.view).unwrap_or(options.view);
    app.insert_resource(CurrentView::new(options.view)).insert_resource(CurrentTour::new(options.tour));
    #[cfg(feature = "xr")]
    add_plugins(&mut app, options.headset);
    #[cfg(not(feature = "xr"))]
    app.add_plugins(ParallaxPlugins::Window);
    let mut toasts = app.world_mut().resource_mut::<Toasts>();
    for note in options.notes {
        toasts.warning(note, None);
    }
    if let Some(((settings, trouble), path)) = kept {
        size(&mut app, settings.window);
        work::keep(&mut app, &path.with_file_name("work"));
        settings::keep(&mut app, path, settings, trouble);
    }
    app.insert_resource(resting(REST))
        .init_resource::<WatchFiles>()
        .insert_resource(FrameBudget::Time)
        .add_systems(Startup, start)
        .add_systems(Update, (pace, title, resized, fit_screen, close.after(FrameSystems::Act)))
        .add_plugins((files::plugin, changes::plugin));
    if !options.bookmarks.is_empty() {
        app.world_mut().write_message(Do::program(TourAction::UseDataAtHand(options.on_data_at_hand)));
        app.world_mut().write_message(Do::program(JobAction::OpenTour(options.bookmarks)));
    }
    if let Some(log) = options.log {
        app.insert_resource(ActionLog::new(log));
    }
    if !options.replay.is_empty() {
        app.insert_resource(Replay::new(options.replay));
    }
    app
}

/// Adds the plugins. With a headset, everything is drawn on its device.
#[cfg(feature = "xr")]
fn add_plugins(app: &mut App, headset: Option<parallax_immersive::Headset>) {
    use bevy::render::{RenderPlugin, error_handler::RenderErrorHandler};
    let Some(headset) = headset else {
        app.add_plugins(ParallaxPlugins::Window);
        return;
    };
    let (immersive, render_creation) = parallax_immersive::ImmersivePlugin::new(headset);
    let render = RenderPlugin { synchronous_pipeline_compilation: true, render_creation, ..default() };
    app.add_plugins(ParallaxPlugins::Window.build().set(render).add(immersive))
        .insert_resource(RenderErrorHandler(super::recovery::end));
}

/// Restores the size of the window.
fn size(app: &mut App, [width, height]: [u32; 2]) {
    let mut windows = app.world_mut().query_filtered::<&mut Window, With<PrimaryWindow>>();
    for mut window in windows.iter_mut(app.world_mut()) {
        window.resolution.set(width.max(LEAST_WINDOW[0]) as f32, height.max(LEAST_WINDOW[1]) as f32);
    }
}

/// Fits the first window into the screen, once it is known which one that is.
///
/// A window that leaves no room for its title bar and for the panels of the desktop is maximized,
/// which is how a window manager fits it into the work area. It is made smaller as well: that is
/// its size when it is restored, and what counts without a window manager.
fn fit_screen(
    monitors: Query<(&Monitor, Has<PrimaryMonitor>)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    mut done: Local<bool>,
) {
    let screen = monitors.iter().max_by_key(|(_, is_primary)| *is_primary);
    let Some((screen, _)) = screen.filter(|_| !*done) else { return };
    *done = true;
    for mut window in &mut windows {
        let size = window.resolution.physical_size();
        let frame = (FRAME * window.resolution.scale_factor()).as_uvec2();
        let fitting = fitting(size, screen.physical_size(), frame);
        if fitting != size {
            window.resolution.set_physical_resolution(fitting.x, fitting.y);
            window.set_maximized(true);
        }
    }
}

/// Returns the size of a window on a screen that keeps room for a `frame`. A screen of unknown size
/// is no limit.
fn fitting(window: UVec2, screen: UVec2, frame: UVec2) -> UVec2 {
    let room = screen.saturating_sub(frame);
    if room.min_element() == 0 { window } else { window.min(room) }
}

fn start(mut commands: Commands, proxy: Res<EventLoopProxyWrapper>) {
    commands.spawn(cloud_camera(RenderTarget::default()));
    let proxy = (**proxy).clone();
    // If the loop has ended, there is nothing to wake.
    commands.insert_resource(Wake(Some(Arc::new(move || {
        proxy.send_event(WinitUserEvent::WakeUp).ok();
    }))));
}

fn resting(wait: Duration) -> WinitSettings {
    let mode = UpdateMode::Reactive {
        wait,
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    WinitSettings { focused_mode: mode, unfocused_mode: mode }
}

/// Closes the window if that was requested. Before the program ends, the user is asked about
/// bookmarks and tags that are not saved. A second request closes at once.
fn close(
    mut requests: MessageReader<WindowCloseRequested>,
    primary: Query<Entity, With<PrimaryWindow>>,
    (view, tour, tags): (Res<CurrentView>, Res<CurrentTour>, Res<SavedTags>),
    mut leaving: ResMut<Leaving>,
    mut commands: Commands,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    for WindowCloseRequested { window } in requests.read() {
        let would_lose = !tour.is_saved() || tags.unsaved(&view, &tour) > 0;
        if primary.contains(*window) && would_lose && *leaving == Leaving::No {
            *leaving = Leaving::Asked;
            redraw.write(RequestRedraw);
        } else {
            commands.entity(*window).try_despawn();
        }
    }
    if *leaving == Leaving::Yes {
        primary.iter().for_each(|window| commands.entity(window).try_despawn());
    }
}

/// Sets how long the loop may wait after this frame.
fn pace(
    (running, toasts, watching): (Res<Running>, Res<Toasts>, Res<Watching>),
    (playback, presenting, rests): (Res<Playback>, Res<Presenting>, Res<PointerRests>),
    keeping: Option<Res<work::Keeping>>,
    mut last: Local<Duration>,
    mut settings: ResMut<WinitSettings>,
) {
    let wait = match (running.0.is_empty(), toasts.list().is_empty() && !watching.0) {
        (false, _) => WATCH,
        (true, false) => LINGER,
        (true, true) => REST,
    };
    let is_due = keeping.is_some_and(|keeping| keeping.is_due());
    let wait = if is_due { wait.min(LINGER) } else { wait };
    let wait = playback.left.map_or(wait, |left| wait.min(left));
    // The presenter's clock must be updated.
    let wait = if presenting.0.presenter { wait.min(until_next_second()) } else { wait };
    // The pointer is hidden when it has not moved for a while.
    let wait = if presenting.0.on && !rests.0 { wait.min(LINGER) } else { wait };
    if std::mem::replace(&mut *last, wait) != wait {
        *settings = resting(wait);
    }
}

/// A new size reaches the panels a frame later, so some frames are drawn although nothing else
/// happens.
fn resized(mut events: MessageReader<WindowResized>, mut left: Local<u8>, mut redraw: MessageWriter<RequestRedraw>) {
    if events.read().next().is_some() {
        *left = FRAMES_OF_A_SIZE;
    }
    if *left > 0 {
        *left -= 1;
        redraw.write(RequestRedraw);
    }
}

/// The window's title names what is open.
fn title(opened: Res<Opened>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    if !opened.is_changed() {
        return;
    }
    let Some(embedding) = &opened.embedding else { return };
    let file = opened.source.as_ref().and_then(|source| source.path.file_name().map(|name| name.to_string_lossy()));
    for mut window in &mut windows {
        window.title = match &file {
            Some(file) if *file != embedding.name => format!("{} - {file} - Parallax", embedding.name),
            _ => format!("{} - Parallax", embedding.name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_fits_its_screen() {
        let check = |window: [u32; 2], screen: [u32; 2], expected: [u32; 2]| {
            assert_eq!(fitting(window.into(), screen.into(), UVec2::new(8, 72)), expected.into());
        };
        check([1440, 900], [1280, 720], [1272, 648]);
        check([1440, 900], [1440, 900], [1432, 828]);
        check([1440, 900], [3840, 720], [1440, 648]);
        check([1440, 900], [3840, 2160], [1440, 900]);
        check([1440, 900], [0, 0], [1440, 900]);
    }
}
