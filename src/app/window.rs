//! The program in its window.
//!
//! The loop rests until something happens: a still picture is not drawn again. While jobs run it looks ten times a second.

use std::{fs::File, sync::Arc, time::Duration};

use bevy::{
    camera::RenderTarget,
    prelude::*,
    window::{FileDragAndDrop, PrimaryWindow},
    winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent},
};
use parallax_camera::cloud_camera;
use parallax_projector::Wake;
use parallax_session::{Action, OpenOptions, Origin, View, log::LoggedAction};
use parallax_state::{ActionLog, CurrentView, Do, Opened, Replay, Running, Toasts};

use super::{AppError, error::guarded};
use crate::ParallaxPlugins;

/// What the window starts with.
#[derive(Debug, Default)]
pub struct WindowOptions {
    /// What is seen first.
    pub view: View,
    /// Where the actions are logged.
    pub log: Option<File>,
    /// Actions to be done, each at its time.
    pub replay: Vec<LoggedAction>,
}

/// How long the loop rests while nothing happens, while jobs run, and while messages wait to go.
const REST: Duration = Duration::from_hours(1);
const WATCH: Duration = Duration::from_millis(100);
const LINGER: Duration = Duration::from_secs(1);

/// Opens the window and runs until it is closed.
///
/// # Errors
/// [`AppError::NoDisplay`] and [`AppError::NoAdapter`].
pub fn window(options: WindowOptions) -> Result<(), AppError> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        return Err(AppError::NoDisplay);
    }
    guarded(|| {
        window_app(options).run();
        Ok(())
    })
}

/// The app of the window, ready to run.
pub fn window_app(options: WindowOptions) -> App {
    let mut app = App::new();
    app.insert_resource(CurrentView::new(options.view))
        .add_plugins(ParallaxPlugins::Window)
        .insert_resource(resting(REST))
        .add_systems(Startup, start)
        .add_systems(Update, (pace, title, drop_files));
    if let Some(log) = options.log {
        app.insert_resource(ActionLog::new(log));
    }
    if !options.replay.is_empty() {
        app.insert_resource(Replay::new(options.replay));
    }
    app
}

fn start(mut commands: Commands, proxy: Res<EventLoopProxyWrapper>) {
    commands.spawn(cloud_camera(RenderTarget::default()));
    let proxy = (**proxy).clone();
    // Where the loop has ended there is nothing to wake.
    commands.insert_resource(Wake(Arc::new(move || {
        proxy.send_event(WinitUserEvent::WakeUp).ok();
    })));
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

/// How long the loop may rest after this frame.
fn pace(running: Res<Running>, toasts: Res<Toasts>, mut last: Local<Duration>, mut settings: ResMut<WinitSettings>) {
    let wait = match (running.0.is_empty(), toasts.list().is_empty()) {
        (false, _) => WATCH,
        (true, false) => LINGER,
        (true, true) => REST,
    };
    if std::mem::replace(&mut *last, wait) != wait {
        *settings = resting(wait);
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

/// Opens a file or folder that is dropped on the window.
fn drop_files(mut events: MessageReader<FileDragAndDrop>, mut requests: MessageWriter<Do>) {
    for event in events.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            let origin = Origin::Path { path: path_buf.clone(), options: OpenOptions::default() };
            requests.write(Do(Action::Open(origin)));
        }
    }
}
