//! Files that change on disk while they are open: one message, with a button that reloads them.
//!
//! They are checked when the window gets the focus, for example when the user returns from the
//! program that wrote them, and when work that reads them begins. A background task does it, since
//! a disk may be slow.

use bevy::{
    prelude::*,
    tasks::{IoTaskPool, Task, futures::check_ready},
    window::{RequestRedraw, WindowFocused},
};
use parallax_formats::{Change, Stamp};
use parallax_projector::Wake;
use parallax_session::{Action, JobAction, JobKind, ToastAction, file_name};
use parallax_state::{Opened, Running, Toasts};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Watch>().add_systems(Update, (ask, tell).chain());
}

#[derive(Resource, Default)]
struct Watch {
    looking: Option<Task<Vec<Stamp>>>,
    /// The embedding that is watched, by [`Opened::epoch`].
    epoch: u64,
    /// Its files in the last state that the user was told about.
    known: Vec<Stamp>,
    /// The messages about its files.
    said: Vec<u64>,
    /// Whether work that reads the files was running.
    busy: bool,
}

/// Checks the files if there is reason to.
fn ask(
    opened: Res<Opened>,
    running: Res<Running>,
    mut events: MessageReader<WindowFocused>,
    mut watch: ResMut<Watch>,
    mut toasts: ResMut<Toasts>,
    wake: Res<Wake>,
) {
    if watch.epoch != opened.epoch {
        watch.said.drain(..).for_each(|id| toasts.dismiss(id));
        *watch = Watch { epoch: opened.epoch, known: opened.files.clone(), ..Watch::default() };
    }
    let comes_back = events.read().filter(|event| event.focused).count() > 0;
    let reads = |kind| matches!(kind, JobKind::Project | JobKind::Neighbors | JobKind::Measure | JobKind::Export);
    let busy = running.0.iter().any(|job| reads(job.kind));
    let begins = busy && !std::mem::replace(&mut watch.busy, busy);
    if (comes_back || begins) && watch.looking.is_none() && !watch.known.is_empty() {
        let (files, wake) = (watch.known.clone(), wake.clone());
        watch.looking = Some(IoTaskPool::get().spawn(async move {
            let now = files.iter().map(|file| Stamp::now(file.path())).collect();
            wake.call();
            now
        }));
    }
}

/// Shows what has changed.
fn tell(mut watch: ResMut<Watch>, mut toasts: ResMut<Toasts>, mut redraw: MessageWriter<RequestRedraw>) {
    let watch = &mut *watch;
    let Some(now) = watch.looking.as_mut().and_then(check_ready) else { return };
    watch.looking = None;
    let names = |wanted: Change| -> Vec<String> {
        let changed = watch.known.iter().zip(&now).filter(|(before, now)| before.change(now) == Some(wanted));
        changed.map(|(file, _)| file_name(file.path())).collect()
    };
    let (other, gone) = (names(Change::Other), names(Change::Gone));
    watch.known = now;
    if !other.is_empty() {
        let again = ToastAction { caption: "Reload".into(), action: Action::Job(JobAction::Reload) };
        let have = if other.len() == 1 { "has" } else { "have" };
        let text = format!("{} {have} changed on disk. Reload to see the changes.", other.join(" and "));
        watch.said.push(toasts.warning(text, Some(again)));
    }
    if !gone.is_empty() {
        let are = if gone.len() == 1 { "is" } else { "are" };
        watch.said.push(
            toasts.warning(format!("{} {are} no longer on disk. What is shown stays open.", gone.join(" and ")), None),
        );
    }
    if other.len() + gone.len() > 0 {
        redraw.write(RequestRedraw);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use bevy::prelude::Entity;
    use parallax_embedding::{Embedding, Progress, Vectors};
    use parallax_state::StatePlugin;

    use super::*;

    fn app(paths: &[&Path]) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin))
            .init_resource::<Wake>()
            .add_message::<RequestRedraw>()
            .add_message::<WindowFocused>();
        put(&mut app, paths);
        app
    }

    fn put(app: &mut App, paths: &[&Path]) {
        let vectors = Vectors::from_u8(1, 1, vec![1]).unwrap();
        let mut opened = app.world_mut().resource_mut::<Opened>();
        opened.put(Embedding::new("x", vectors, &Progress::default()).unwrap(), Vec::new());
        opened.files = paths.iter().map(|path| Stamp::now(path)).collect();
    }

    /// Focuses the window. Returns the messages on it, and whether each has a button.
    fn come_back(app: &mut App) -> Vec<(String, bool)> {
        app.world_mut().write_message(WindowFocused { window: Entity::PLACEHOLDER, focused: true });
        app.update();
        while app.world().resource::<Watch>().looking.is_some() {
            app.update();
            std::thread::yield_now();
        }
        let toasts = app.world().resource::<Toasts>();
        toasts.list().iter().map(|toast| (toast.text.clone(), toast.action.is_some())).collect()
    }

    #[test]
    fn changes_on_disk_are_reported_once_until_reloaded() {
        let folder = tempfile::tempdir().unwrap();
        let (vectors, metadata) = (folder.path().join("v.npy"), folder.path().join("m.tsv"));
        fs::write(&vectors, "abc").unwrap();
        fs::write(&metadata, "abc").unwrap();
        let mut app = app(&[&vectors, &metadata]);
        assert_eq!(come_back(&mut app), []);
        fs::write(&metadata, "abcd").unwrap();
        let said = come_back(&mut app);
        assert!(said.len() == 1 && said[0].0.starts_with("m.tsv has changed") && said[0].1, "{said:?}");
        let id = app.world().resource::<Toasts>().list()[0].id;
        app.world_mut().resource_mut::<Toasts>().dismiss(id);
        assert_eq!(come_back(&mut app), [], "it was said");
        fs::write(&metadata, "abcde").unwrap();
        fs::write(&vectors, "").unwrap();
        let said = come_back(&mut app);
        assert!(said.len() == 1 && said[0].0.starts_with("v.npy and m.tsv have changed"), "{said:?}");
        fs::remove_file(&vectors).unwrap();
        let said = come_back(&mut app);
        assert!(said.len() == 2 && said[1].0.starts_with("v.npy is no longer") && !said[1].1, "{said:?}");
        put(&mut app, &[&metadata]);
        assert_eq!(come_back(&mut app), []);
    }
}
