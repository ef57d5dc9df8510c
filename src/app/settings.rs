//! What is remembered from one start to the next: read before the window opens, written when it
//! changes.

use std::path::{Path, PathBuf};

use bevy::{
    prelude::*,
    tasks::{IoTaskPool, Task, block_on, futures::check_ready},
    window::{PrimaryWindow, WindowMode},
};
use parallax_desktop::{RecentFile, Settings};
use parallax_overlay::Recent;
use parallax_session::{Panels, View};
use parallax_state::{CurrentView, Motion, Opened, Seen, Toasts};

use super::files::path_of;

/// The settings file, and its content.
#[derive(Resource)]
pub(super) struct Kept {
    path: PathBuf,
    saved: Settings,
    writing: Option<Task<Result<(), String>>>,
}

/// Reads the settings at `path` into `view`. Returns them, and a sentence if they could not be
/// read.
pub(super) fn restore(path: &Path, view: &mut View) -> (Settings, Option<String>) {
    let (settings, trouble) = Settings::load(path);
    view.theme = settings.theme;
    view.panels = settings.panels.clone();
    (settings, trouble)
}

/// Writes the settings from now on.
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

/// Puts the opened file first among the recent files.
fn remember(opened: Res<Opened>, mut recent: ResMut<Recent>, mut epoch: Local<Seen<u64>>) {
    if !epoch.changed(opened.epoch) {
        return;
    }
    if let Some(file) = path_of(&opened).and_then(|path| RecentFile::new(path, &opened.options)) {
        let mut settings = Settings { recent: std::mem::take(&mut recent.0), ..Settings::default() };
        settings.remember(file);
        recent.0 = settings.recent;
    }
}

/// Writes the settings if they differ from those in the file: in the background, or on the main
/// thread before the program ends.
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
    // The size of a full-screen window is not remembered.
    let windowed = windows.iter().find(|window| window.mode == WindowMode::Windowed);
    let size = windowed.map(|window| [window.width() as u32, window.height() as u32]);
    let settings = Settings {
        version: kept.saved.version,
        theme: view.theme,
        // The labels of other data are not compared without being asked for.
        panels: Panels { doctor: false, ..view.panels.clone() },
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
        // The settings that are being written are older, and must not be written last.
        if let Some(writing) = kept.writing.take() {
            block_on(writing).ok();
        }
        // The window that could show an error is closed.
        settings.save(&path).ok();
    } else {
        kept.writing = Some(IoTaskPool::get().spawn(async move { settings.save(&path) }));
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Embedding, Progress, Vectors};
    use parallax_formats::Source;
    use parallax_session::{Edit, Theme};
    use parallax_state::{Do, StatePlugin};

    use super::*;

    fn app(path: &Path) -> App {
        let mut view = View::default();
        let (settings, trouble) = restore(path, &mut view);
        let mut app = App::new();
        app.insert_resource(CurrentView::new(view))
            .add_plugins((MinimalPlugins, StatePlugin))
            .add_message::<bevy::window::RequestRedraw>();
        keep(&mut app, path.to_path_buf(), settings, trouble);
        app
    }

    /// Changes made while the program runs are restored at its next start, whether they were
    /// written before the end or at the end.
    #[test]
    fn settings_are_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let mut first = app(&path);
        first.update();
        assert!(!path.exists(), "what is as usual needs no file");
        first.world_mut().write_message(Do::person(Edit::SetTheme(Theme::Contrast)));
        first.world_mut().write_message(Do::person(Edit::CheckLabels(Some("label".into()))));
        first.world_mut().write_message(Do::person(Edit::Widen([400, 320])));
        first.update();
        let source = Source {
            path: "/x.npy".into(),
            format: "npy",
            recognized: String::new(),
            runs: Vec::new(),
            problems: Vec::new(),
        };
        let vectors = Vectors::from_u8(1, 1, vec![1]).unwrap();
        let mut opened = first.world_mut().resource_mut::<Opened>();
        opened.source = Some(source.into());
        opened.options.metadata = Some("/x.tsv".into());
        opened.put(Embedding::new("x", vectors, &Progress::default()).unwrap(), Vec::new());
        first.world_mut().write_message(AppExit::Success);
        first.update();

        let mut second = app(&path);
        second.update();
        let view = second.world().resource::<CurrentView>();
        assert_eq!((view.theme, view.panels.widths), (Theme::Contrast, [400, 320]));
        assert!(!view.panels.doctor);
        let recent = &second.world().resource::<Recent>().0;
        assert_eq!(recent.iter().map(ToString::to_string).collect::<Vec<_>>(), ["/x.npy with x.tsv"]);
        assert!(second.world().resource::<Toasts>().list().is_empty());
    }

    #[test]
    fn settings_that_cannot_be_read_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{").unwrap();
        let mut app = app(&path);
        app.update();
        assert!(app.world().resource::<Toasts>().list()[0].text.contains("cannot be read"));
    }
}
