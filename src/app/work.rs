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
use parallax_session::{Action, JobAction, ToastAction, plural};
use parallax_state::{TakenUp, Toasts, Wake, Work};
use parallax_tour::{Tour, write_tour};

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

/// How long changes wait until they are written, and how many times as long as writing takes.
const EVERY: Duration = Duration::from_secs(5);
const TIMES: u32 = 20;

/// The name of the bookmark of the current state.
const NAME: &str = "Where you were";

/// Keeps the work in `folder` from now on, and offers what was left behind there.
pub(super) fn keep(app: &mut App, folder: &Path) {
    let left = left_behind(folder);
    let place = WorkPlace::take(folder);
    let fault = place.as_ref().err().map(|error| not_kept(folder, error));
    app.add_systems(Startup, move |mut toasts: ResMut<Toasts>| {
        if let Some(last) = left.first() {
            offer(last, left.len(), &mut toasts);
        }
        if let Some(fault) = &fault {
            toasts.warning(fault.clone(), None);
        }
    });
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

fn offer(left: &LeftBehind, count: usize, toasts: &mut Toasts) {
    let when = left.written.elapsed().map_or_else(|_| "the last time".to_owned(), |age| format!("{} ago", time(age)));
    let more = if count > 1 { format!(", and at the next start {} of before", count - 1) } else { String::new() };
    let text = format!("Parallax ended without being closed, {when}. What you had can be restored{more}.");
    let action = Action::Job(JobAction::TakeUp(left.path.clone()));
    toasts.failed(text, Some(ToastAction { caption: "Restore".into(), action }));
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
    mut exits: MessageReader<AppExit>,
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
    *is_changed |= work.is_changed();
    let now = time.elapsed();
    if let Some(done) = writing.as_mut().and_then(|writing| check_ready(&mut writing.task))
        && let Some(Writing { began, taken: had, .. }) = writing.take()
    {
        *next = now + EVERY.max(TIMES * now.saturating_sub(began));
        match done {
            Ok(()) => {
                *has_failed = false;
                had.iter().for_each(|left| remove(left));
            }
            Err(fault) => {
                if !std::mem::replace(has_failed, true) {
                    toasts.warning(fault, None);
                }
                taken.0 = taken.0.take().or(had);
            }
        }
    }
    if *is_changed && writing.is_none() && now >= *next {
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

/// Writes the work, or removes what there was if there is none now.
fn save(tour: Option<Tour>, path: &Path) -> Result<(), String> {
    match tour {
        Some(tour) => write_tour(&tour, None, path).map(drop).map_err(|error| not_kept(path, error)),
        None => forget(path).map_err(|error| not_kept(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Embedding, Progress, RowSet, Vectors};
    use parallax_session::{Edit, TourAction, View};
    use parallax_state::{CurrentLayout, CurrentTour, CurrentView, Do, Opened, StatePlugin};
    use parallax_tour::read_tour;

    use super::*;

    fn app(folder: &Path) -> App {
        let mut app = App::new();
        app.insert_resource(CurrentView::new(View::default()))
            .add_plugins((MinimalPlugins, StatePlugin))
            .add_message::<bevy::window::RequestRedraw>();
        keep(&mut app, folder);
        app.update();
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
        list.iter().find_map(|toast| toast.action.as_ref()).map(|action| action.action.clone())
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

    #[test]
    fn folder_that_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("work");
        std::fs::write(&file, "").unwrap();
        let app = app(&file);
        assert!(app.world().resource::<Toasts>().list()[0].text.contains("cannot be kept in"));
    }
}
