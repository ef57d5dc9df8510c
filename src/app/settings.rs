//! What is remembered from one start to the next: read before the window opens, written when it changes.

use std::path::{Path, PathBuf};

use bevy::{
    prelude::*,
    tasks::{IoTaskPool, Task, futures::check_ready},
    window::PrimaryWindow,
};
use parallax_desktop::Settings;
use parallax_panels::Recent;
use parallax_session::View;
use parallax_state::{CurrentView, Motion, Opened, Toasts};

use super::files::path_of;

/// The settings' file, and what it holds.
#[derive(Resource)]
pub(super) struct Kept {
    path: PathBuf,
    saved: Settings,
    writing: Option<Task<Result<(), String>>>,
}

/// Reads the settings at `path` into `view`. Returns them, and the sentence that says why they could not be read.
pub(super) fn restore(path: &Path, view: &mut View) -> (Settings, Option<String>) {
    let (settings, trouble) = Settings::load(path);
    view.theme = settings.theme;
    view.panels = settings.panels.clone();
    (settings, trouble)
}

/// Keeps the settings from here on.
pub(super) fn keep(app: &mut App, path: PathBuf, settings: Settings, trouble: Option<String>) {
    app.insert_resource(Recent(settings.recent.clone()))
        .insert_resource(if settings.reduced_motion { Motion::Reduced } else { Motion::Full })
        .insert_resource(Kept { path, saved: settings, writing: None })
        .add_systems(Startup, move |mut toasts: ResMut<Toasts>| {
            if let Some(trouble) = &trouble {
                toasts.error(trouble.clone());
            }
        })
        .add_systems(Update, remember)
        .add_systems(Last, write);
}

/// What was opened well comes first among what was open of late.
fn remember(opened: Res<Opened>, mut recent: ResMut<Recent>, mut last: Local<u64>) {
    if std::mem::replace(&mut *last, opened.epoch) == opened.epoch {
        return;
    }
    if let Some(path) = path_of(&opened)
        && let Ok(path) = std::path::absolute(path)
    {
        let mut settings = Settings { recent: std::mem::take(&mut recent.0), ..Settings::default() };
        settings.remember(&path);
        recent.0 = settings.recent;
    }
}

/// Writes the settings where they are others than those in the file: beside the main thread, and before the program ends on
/// it.
fn write(
    mut kept: ResMut<Kept>,
    (view, motion, recent): (Res<CurrentView>, Res<Motion>, Res<Recent>),
    windows: Query<&Window, With<PrimaryWindow>>,
    mut toasts: ResMut<Toasts>,
    mut exits: MessageReader<AppExit>,
) {
    if let Some(done) = kept.writing.as_mut().and_then(check_ready) {
        kept.writing = None;
        if let Err(sentence) = done {
            toasts.error(sentence);
        }
    }
    let size = windows.iter().next().map(|window| [window.width() as u32, window.height() as u32]);
    let settings = Settings {
        version: kept.saved.version,
        theme: view.theme,
        panels: view.panels.clone(),
        reduced_motion: *motion == Motion::Reduced,
        recent: recent.0.clone(),
        window: size.unwrap_or(kept.saved.window),
    };
    let ends = exits.read().next().is_some();
    if settings == kept.saved || kept.writing.is_some() && !ends {
        return;
    }
    kept.saved = settings.clone();
    let path = kept.path.clone();
    if ends {
        // Nobody is left to be told.
        settings.save(&path).ok();
    } else {
        kept.writing = Some(IoTaskPool::get().spawn(async move { settings.save(&path) }));
    }
}
