//! Files that change on disk while they are open: one message, with a button that reloads them.
//!
//! They are checked when the window gets the focus, for example when the user returns from the
//! program that wrote them, when work that reads them begins or ends, and when what is open was listed
//! again because something has changed. A background task does it,
//! since a disk may be slow. Whether a mapped file has lost rows is checked every two seconds, by a
//! thread: the program does nothing meanwhile.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, mpsc},
    thread,
    time::Duration,
};

use bevy::{
    prelude::*,
    tasks::{IoTaskPool, Task, futures::check_ready},
    window::{RequestRedraw, WindowFocused},
};
use parallax_embedding::{Damaged, Vectors};
use parallax_formats::{Change, Stamp};
use parallax_projector::WatchFiles;
use parallax_session::{Action, JobAction, JobKind, ToastAction, file_name};
use parallax_state::{Opened, Running, Toasts, Wake};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Watch>().add_systems(Update, (ask, tell_damage, tell).chain());
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
    /// What [`WatchFiles::listings`] was.
    listings: u64,
    /// Who looks for lost rows, until some are lost.
    guard: Option<Guard>,
    /// The file that has lost rows.
    damaged: Option<PathBuf>,
}

/// A thread that looks for lost rows of a mapped file. It ends when this is dropped.
struct Guard {
    found: Arc<OnceLock<Damaged>>,
    _alive: mpsc::Sender<()>,
}

/// How often the thread looks.
const LOOK: Duration = Duration::from_secs(2);

impl Guard {
    /// Starts to look, if the vectors are mapped from a file.
    fn of(vectors: &Vectors, wake: &Wake) -> Option<Self> {
        vectors.mapped_from()?;
        let (alive, ended) = mpsc::channel();
        let found = Arc::new(OnceLock::new());
        let (vectors, wake, put) = (vectors.clone(), wake.clone(), Arc::clone(&found));
        let look = move || {
            while ended.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Err(damaged) = vectors.check() {
                    put.get_or_init(|| damaged);
                    wake.call();
                    return;
                }
            }
        };
        // Without the thread, what reads lost rows still says so.
        thread::Builder::new().name("mapped file".to_owned()).spawn(look).ok()?;
        Some(Self { found, _alive: alive })
    }
}

/// Checks the files if there is reason to.
fn ask(
    opened: Res<Opened>,
    running: Res<Running>,
    mut events: MessageReader<WindowFocused>,
    mut watch: ResMut<Watch>,
    mut toasts: ResMut<Toasts>,
    (wake, files): (Res<Wake>, Res<WatchFiles>),
) {
    if watch.epoch != opened.epoch {
        watch.said.drain(..).for_each(|id| toasts.dismiss(id));
        let guard = opened.embedding.as_ref().and_then(|embedding| Guard::of(&embedding.vectors, &wake));
        let (known, listings) = (opened.files.clone(), files.listings);
        *watch = Watch { epoch: opened.epoch, known, guard, listings, ..Watch::default() };
    }
    let comes_back = events.read().filter(|event| event.focused).count() > 0;
    let reads = |kind| {
        matches!(
            kind,
            JobKind::Project
                | JobKind::Training
                | JobKind::Neighbors
                | JobKind::Measure
                | JobKind::Apart
                | JobKind::Compare
                | JobKind::Draft
                | JobKind::Export
        )
    };
    let busy = running.0.iter().any(|job| reads(job.kind));
    let turns = std::mem::replace(&mut watch.busy, busy) != busy;
    let is_listed = std::mem::replace(&mut watch.listings, files.listings) != files.listings;
    if (comes_back || turns || is_listed) && watch.looking.is_none() && !watch.known.is_empty() {
        let (files, wake) = (watch.known.clone(), wake.clone());
        watch.looking = Some(IoTaskPool::get().spawn(async move {
            let now = files.iter().map(|file| Stamp::now(file.path())).collect();
            wake.call();
            now
        }));
    }
}

/// Shows what has changed.
fn tell(
    (mut watch, opened): (ResMut<Watch>, Res<Opened>),
    mut toasts: ResMut<Toasts>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let watch = &mut *watch;
    let Some(now) = watch.looking.as_mut().and_then(check_ready) else { return };
    watch.looking = None;
    let names = |wanted: Change| -> Vec<String> {
        let is_said = |file: &Stamp| watch.damaged.as_deref() == Some(file.path());
        let changed = watch.known.iter().zip(&now).filter(|(file, _)| !is_said(file));
        let changed = changed.filter(|(before, now)| before.change(now) == Some(wanted));
        changed.map(|(file, _)| file_name(file.path())).collect()
    };
    let (other, gone) = (names(Change::Other), names(Change::Gone));
    watch.known = now;
    if !other.is_empty() {
        let have = if other.len() == 1 { "has" } else { "have" };
        let text = format!("{} {have} changed on disk. Reload to see the changes.", other.join(" and "));
        watch.said.push(toasts.warning(text, Some(reload())));
    }
    // Of a listing, a message says which step or tensor it is.
    let is_said = opened.info().is_some_and(|info| info.is_gone);
    if !gone.is_empty() && !is_said {
        let are = if gone.len() == 1 { "is" } else { "are" };
        watch.said.push(
            toasts.warning(format!("{} {are} no longer on disk. What is shown stays open.", gone.join(" and ")), None),
        );
    }
    if other.len() + gone.len() > 0 {
        redraw.write(RequestRedraw);
    }
}

fn reload() -> ToastAction {
    ToastAction { caption: "Reload".into(), action: Action::Job(JobAction::Reload) }
}

/// Shows that rows are lost. From then on, what needs the vectors fails.
fn tell_damage(mut watch: ResMut<Watch>, mut toasts: ResMut<Toasts>, mut redraw: MessageWriter<RequestRedraw>) {
    let Some(damaged) = watch.guard.as_ref().and_then(|guard| guard.found.get()) else { return };
    let text = format!(
        "{}: {}. What is shown was made before. {} (Ctrl+R).",
        file_name(&damaged.file),
        damaged.what(),
        Damaged::WAY_OUT
    );
    watch.damaged = Some(damaged.file.clone());
    watch.guard = None;
    watch.said.push(toasts.failed(text, Some(reload())));
    redraw.write(RequestRedraw);
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use bevy::prelude::Entity;
    use parallax_embedding::{Embedding, Progress};
    use parallax_state::StatePlugin;

    use super::*;

    fn app(paths: &[&Path]) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin, plugin))
            .init_resource::<WatchFiles>()
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

    /// The length of the mapped file is compared every two seconds.
    #[test]
    fn rows_that_are_lost_are_reported_without_being_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.bytes");
        fs::write(&path, vec![1; 40_000]).unwrap();
        let bytes = parallax_formats::read_bytes(&path).unwrap();
        let vectors = Vectors::from_bytes(10_000, 1, parallax_embedding::Dtype::F32, bytes, 0).unwrap();
        let mut app = app(&[&path]);
        let mut opened = app.world_mut().resource_mut::<Opened>();
        opened.put(Embedding::new("x", vectors, &Progress::default()).unwrap(), Vec::new());
        assert_eq!(come_back(&mut app), []);
        fs::File::options().write(true).open(&path).unwrap().set_len(4000).unwrap();
        while app.world().resource::<Watch>().damaged.is_none() {
            app.update();
            std::thread::sleep(Duration::from_millis(50));
        }
        let said = come_back(&mut app);
        assert!(said.len() == 1 && said[0].1, "{said:?}");
        let expected = "v.bytes: it was cut short to 4000 bytes while it was read, and 9000 rows are lost.";
        assert!(said[0].0.starts_with(expected) && said[0].0.ends_with("reload it (Ctrl+R)."), "{said:?}");
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
        toasts.list().iter().map(|toast| (toast.text.clone(), !toast.actions.is_empty())).collect()
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
