//! What a person has made is kept while the window runs, and offered at the next start if the program
//! was killed: selection, tags, bookmarks that are not saved, and layouts that take long.
//!
//! It is a tour, whose last bookmark is the current state. It is written some seconds after a change, in
//! the background, and removed when the window is closed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bevy::{
    prelude::*,
    tasks::{IoTaskPool, Task, block_on, futures::check_ready},
    time::Real,
};
use parallax_desktop::work::{LeftBehind, WorkPlace, forget, left_behind, remove};
use parallax_embedding::{RowSet, wording::listed};
use parallax_session::{Action, JobAction, ToastAction, plural};
use parallax_state::{Routed, TakenUp, Toasts, TourFile, Wake, Work};
use parallax_tour::{Bookmark, Tour, read_tour, write_tour};

/// What is kept of this window.
#[derive(Resource)]
pub(super) struct Keeping {
    place: WorkPlace,
    is_changed: bool,
    /// When it may be written again, as the time since the start.
    next: Duration,
    writing: Option<Writing>,
    /// Whether the user knows that it cannot be written.
    has_failed: bool,
}

/// Work that is being written.
struct Writing {
    task: Task<Result<(), String>>,
    began: Duration,
    /// What was left behind and taken up before. Once this is written, it has that, too.
    taken: Option<PathBuf>,
}

/// Work that was left behind, until it is offered.
#[derive(Resource)]
struct Offer {
    left: LeftBehind,
    /// How many older ones there are.
    more: usize,
    /// Reads what it is, which takes a while for a large layout.
    reading: Option<Task<Result<String, String>>>,
}

/// How long changes wait until they are written, and how many times as long as writing takes.
const EVERY: Duration = Duration::from_secs(5);
const TIMES: u32 = 20;

/// The name of the bookmark of the current state.
const NAME: &str = "Where you were";

/// Keeps the work in `folder` from now on, and offers what was left behind there.
pub(super) fn keep(app: &mut App, folder: &Path) {
    let left = left_behind(folder);
    let more = left.len().saturating_sub(1);
    if let Some(left) = left.into_iter().next() {
        app.insert_resource(Offer { left, more, reading: None })
            .add_systems(First, offer.run_if(resource_exists::<Offer>));
    }
    let place = WorkPlace::take(folder);
    if let Err(fault) = &place {
        let fault = not_kept(folder, fault);
        app.add_systems(Startup, move |mut toasts: ResMut<Toasts>| _ = toasts.warning(fault.clone(), None));
    }
    if let Ok(place) = place {
        let keeping = Keeping { place, is_changed: false, next: EVERY, writing: None, has_failed: false };
        app.insert_resource(keeping).add_systems(Last, write);
    }
}

impl Keeping {
    /// Whether changes wait until they are written.
    pub(super) fn is_due(&self) -> bool {
        self.is_changed
    }
}

fn not_kept(path: &Path, error: impl std::fmt::Display) -> String {
    format!("What you do cannot be kept in {}: {error}. If the program is killed, it is lost.", path.display())
}

/// Reads what was left behind, and offers it.
fn offer(mut offer: ResMut<Offer>, wake: Res<Wake>, mut toasts: ResMut<Toasts>, mut commands: Commands) {
    let path = offer.left.path.clone();
    let Some(reading) = &mut offer.reading else {
        let wake = wake.clone();
        offer.reading = Some(IoTaskPool::get().spawn(async move {
            let read = read_tour(&path).map(|read| contents(&read.tour)).map_err(|error| error.to_string());
            wake.call();
            read
        }));
        return;
    };
    let Some(read) = check_ready(reading) else { return };
    let when = offer.left.written.elapsed().map_or_else(|_| "the last time".into(), |age| format!("{} ago", time(age)));
    let ended = format!("Parallax ended without being closed, {when}.");
    let more = match offer.more {
        0 => String::new(),
        more => format!(" The next start offers {more} more, of before."),
    };
    let button = |caption: &str, action| ToastAction { caption: caption.into(), action: Action::Job(action) };
    let discard = button("Discard", JobAction::Discard(path.clone()));
    match read {
        Ok(contents) => {
            let text = format!("{ended} What you had can be restored: {contents}.{more}");
            toasts.failed(text, [button("Restore", JobAction::TakeUp(path)), discard]);
        }
        Err(error) => {
            toasts.failed(format!("{ended} What was kept of your work cannot be read: {error}{more}"), [discard]);
        }
    }
    commands.remove_resource::<Offer>();
}

/// Returns what there is to restore, in words.
fn contents(tour: &Tour) -> String {
    let state = tour.bookmarks.last().filter(|last| last.name == NAME);
    let mut parts = Vec::new();
    let mut some = |n: usize, noun: &str| parts.extend((n > 0).then(|| plural(n, noun)));
    if let Some(Bookmark { view, layouts, .. }) = state {
        some(view.selection.len(), "selected row");
        some(view.isolation.last().map_or(0, RowSet::len), "isolated row");
        some(view.tags.len(), "tag");
        some(layouts.iter().filter(|kept| kept.steps.is_some()).count(), "layout that takes long");
    }
    some(tour.bookmarks.len() - usize::from(state.is_some()), "bookmark");
    let name = state.map(|state| &*state.subject.embedding).filter(|name| !name.is_empty());
    match (name, parts.is_empty()) {
        (Some(name), true) => format!("the view of “{name}”"),
        (Some(name), false) => format!("“{name}” with {}", listed(&parts, parts.len())),
        (None, true) => "the view".into(),
        (None, false) => listed(&parts, parts.len()),
    }
}

/// Returns a duration as people say it.
fn time(duration: Duration) -> String {
    match duration.as_secs() / 60 {
        0 => "less than a minute".to_owned(),
        minutes @ 1..60 => plural(minutes as usize, "minute"),
        minutes @ 60..1440 => plural(minutes as usize / 60, "hour"),
        minutes => plural(minutes as usize / 1440, "day"),
    }
}

/// Writes the work if it has changed, and removes it when the window is closed.
fn write(
    mut keeping: ResMut<Keeping>,
    work: Work,
    mut taken: ResMut<TakenUp>,
    (time, wake): (Res<Time<Real>>, Res<Wake>),
    mut toasts: ResMut<Toasts>,
    (mut files, mut exits): (MessageReader<Routed<TourFile>>, MessageReader<AppExit>),
) {
    let Keeping { place, is_changed, next, writing, has_failed } = keeping.bypass_change_detection();
    if let Some(exit) = exits.read().next() {
        if let Some(writing) = writing.take() {
            block_on(writing.task).ok();
        }
        // A device that is lost for good ends the program as a crash does.
        if exit.is_success() {
            place.leave();
        }
        return;
    }
    for Routed(file) in files.read() {
        if let TourFile::Discard(path) = file {
            discard(place, path);
        }
    }
    *is_changed |= work.is_changed();
    let now = time.elapsed();
    if let Some(done) = writing.as_mut().and_then(|writing| check_ready(&mut writing.task))
        && let Some(Writing { began, taken: had, .. }) = writing.take()
    {
        *next = now + EVERY.max(TIMES * now.saturating_sub(began));
        match done {
            Ok(()) => {
                *has_failed = false;
                had.iter().for_each(|left| discard(place, left));
            }
            Err(fault) => {
                if !std::mem::replace(has_failed, true) {
                    toasts.warning(fault, None);
                }
                taken.0 = taken.0.take().or(had);
            }
        }
    }
    if *is_changed && writing.is_none() && now >= *next && work.is_at_rest() {
        *is_changed = false;
        let (tour, path, wake) = (work.tour(NAME), place.path().to_owned(), wake.clone());
        let write = async move {
            let written = save(tour, &path);
            wake.call();
            written
        };
        *writing = Some(Writing { task: IoTaskPool::get().spawn(write), began: now, taken: taken.0.take() });
    }
}

/// Removes what was left behind. Actions name it, which come from logs, too, so that nothing else is removed,
/// such as the work of a window that runs.
fn discard(place: &WorkPlace, left: &Path) {
    let folder = place.path().parent().unwrap_or_else(|| Path::new("."));
    if left_behind(folder).iter().any(|known| known.path == left) {
        remove(left);
    }
}

/// Writes the work, or removes what there was if there is none now.
fn save(tour: Option<Tour>, path: &Path) -> Result<(), String> {
    match tour {
        Some(tour) => write_tour(&tour, None, path).map(drop).map_err(|error| not_kept(path, error)),
        None => forget(path).map_err(|error| not_kept(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Embedding, Progress, Vectors};
    use parallax_session::{Edit, JobKind, JobStatus, TourAction, View};
    use parallax_state::{CurrentLayout, CurrentTour, CurrentView, Do, Opened, Running, StatePlugin};

    use super::*;

    fn app(folder: &Path) -> App {
        let mut app = App::new();
        app.insert_resource(CurrentView::new(View::default()))
            .add_plugins((MinimalPlugins, StatePlugin))
            .add_message::<bevy::window::RequestRedraw>();
        keep(&mut app, folder);
        app.update();
        while app.world().contains_resource::<Offer>() {
            app.update();
            std::thread::yield_now();
        }
        app
    }

    /// Opens rows that have a layout, selects some, and makes a bookmark.
    fn work(app: &mut App) {
        let vectors = Vectors::from_u8(4, 1, vec![1, 2, 3, 4]).unwrap();
        let mut opened = app.world_mut().resource_mut::<Opened>();
        opened.put(Embedding::new("x", vectors, &Progress::default()).unwrap(), Vec::new());
        let epoch = opened.epoch;
        let mut layout = app.world_mut().resource_mut::<CurrentLayout>();
        layout.epoch = epoch;
        layout.layout = Some(std::sync::Arc::new(ndarray::array![[1.0], [2.0], [3.0], [4.0]].into()));
        app.world_mut().write_message(Do::person(Edit::Select(RowSet::from(vec![1, 3]))));
        app.world_mut().write_message(Do::person(TourAction::Add("mine".into())));
        app.update();
    }

    /// Runs until the work was written.
    fn written(app: &mut App) -> PathBuf {
        app.world_mut().resource_mut::<Keeping>().next = Duration::ZERO;
        let path = app.world().resource::<Keeping>().place.path().to_owned();
        while !path.exists() || app.world().resource::<Keeping>().writing.is_some() {
            app.update();
            std::thread::yield_now();
        }
        path
    }

    fn offered(app: &App) -> Option<Action> {
        let list = app.world().resource::<Toasts>().list();
        list.iter().find_map(|toast| toast.actions.first()).map(|button| button.action.clone())
    }

    /// The state and the bookmarks of a window that did not end are offered to the next one, until
    /// they are kept there.
    #[test]
    fn work_of_a_killed_window_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = app(folder.path());
        assert_eq!(offered(&first), None);
        work(&mut first);
        let path = written(&mut first);
        let kept = read_tour(&path).unwrap().tour.bookmarks;
        let names: Vec<&str> = kept.iter().map(|bookmark| &*bookmark.name).collect();
        assert_eq!(names, ["mine", NAME]);
        assert_eq!(kept[1].view.selection.as_slice(), [1, 3]);
        assert_eq!(offered(&app(folder.path())), None, "the first window runs");
        drop(first);
        let mut second = app(folder.path());
        assert_eq!(offered(&second), Some(Action::Job(JobAction::TakeUp(path.clone()))));
        second.world_mut().resource_mut::<CurrentTour>().files_mut().take_up(read_tour(&path).unwrap().tour);
        second.world_mut().resource_mut::<TakenUp>().0 = Some(path.clone());
        let unsaved = second.world().resource::<CurrentTour>().unsaved().bookmarks;
        assert_eq!(unsaved, 2);
        let other = written(&mut second);
        second.update();
        assert!(!path.exists() && other.exists(), "the second window has it now");
    }

    #[test]
    fn work_of_a_closed_window_is_not_offered() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = app(folder.path());
        work(&mut first);
        written(&mut first);
        first.world_mut().write_message(AppExit::Success);
        first.update();
        drop(first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(offered(&app(folder.path())), None);
    }

    fn texts(app: &App) -> Vec<String> {
        app.world().resource::<Toasts>().list().iter().map(|toast| toast.text.clone()).collect()
    }

    #[test]
    fn offer_says_what_there_is_and_can_be_turned_down() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = app(folder.path());
        work(&mut first);
        let path = written(&mut first);
        drop(first);
        let mut second = app(folder.path());
        let text = texts(&second).remove(0);
        assert!(text.ends_with("What you had can be restored: “x” with 2 selected rows, 1 bookmark."), "{text}");
        let other = folder.path().parent().unwrap().join("parallax-other.ron");
        std::fs::write(&other, "").unwrap();
        [&path, &other].into_iter().for_each(|path| {
            second.world_mut().write_message(Do::person(JobAction::Discard(path.clone())));
        });
        let mut third = app(folder.path());
        work(&mut third);
        let running = written(&mut third);
        second.world_mut().write_message(Do::person(JobAction::Discard(running.clone())));
        (0..3).for_each(|_| second.update());
        assert!(running.exists(), "its window runs");
        assert!(!path.exists() && other.exists(), "only what was left behind is removed");
        std::fs::remove_file(other).unwrap();
    }

    #[test]
    fn work_that_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = app(folder.path());
        work(&mut first);
        std::fs::write(written(&mut first), "Tour(").unwrap();
        drop(first);
        let second = app(folder.path());
        assert!(texts(&second)[0].contains("cannot be read: "), "{:?}", texts(&second));
        assert!(matches!(offered(&second), Some(Action::Job(JobAction::Discard(_)))));
    }

    /// While a bookmark's data are being loaded, the view is neither its nor that of before.
    #[test]
    fn work_waits_for_what_is_being_restored() {
        let folder = tempfile::tempdir().unwrap();
        let mut app = app(folder.path());
        work(&mut app);
        let path = app.world().resource::<Keeping>().place.path().to_owned();
        let name = "Loading".to_owned();
        let job = JobStatus { kind: JobKind::Load, name, message: String::new(), fraction: 0.0 };
        app.world_mut().resource_mut::<Running>().0.push(job);
        app.world_mut().resource_mut::<Keeping>().next = Duration::ZERO;
        (0..9).for_each(|_| app.update());
        assert!(app.world().resource::<Keeping>().writing.is_none() && !path.exists());
        app.world_mut().resource_mut::<Running>().0.clear();
        written(&mut app);
    }

    #[test]
    fn folder_that_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("work");
        std::fs::write(&file, "").unwrap();
        let app = app(&file);
        assert!(app.world().resource::<Toasts>().list()[0].text.contains("cannot be kept in"));
    }
}
