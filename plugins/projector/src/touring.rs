//! Reads and writes files of bookmarks in the background, one after the other.

use std::{
    collections::{HashSet, VecDeque},
    path::{Path, PathBuf},
};

use bevy::prelude::*;
use parallax_formats::{FormatError, Problem};
use parallax_session::{JobKind, file_name, plural};
use parallax_state::{CurrentTour, Routed, TakenUp, Toasts, Topic, TourFile};
use parallax_tour::{ReadTour, Tour, read_tour, write_tour};

use crate::job::{Jobs, Slot, whole};

/// The files of bookmarks that are being read or written.
#[derive(Resource, Default)]
pub(crate) struct Touring {
    /// The number and kind of the work under way.
    slot: Slot<(u64, JobKind), Done>,
    waiting: VecDeque<Work>,
    count: u64,
    /// The files that came with data. Each is read once.
    brought: HashSet<PathBuf>,
}

impl Touring {
    /// Reads the bookmarks that come with data. None is shown, so that the data are seen first.
    pub(crate) fn bring(&mut self, path: &Path) {
        if self.brought.insert(path.to_owned()) {
            self.waiting.push_back(Work::Read { path: path.to_owned(), then: Then::Rest });
        }
    }

    /// Reads bookmarks that were opened as if they were data, and shows the first of them.
    pub(crate) fn open(&mut self, path: PathBuf) {
        self.waiting.push_back(Work::Read { path, then: Then::Show });
    }

    /// Cancels the work under way if it is of this kind.
    fn cancel(&mut self, kind: JobKind) {
        if self.slot.busy().is_some_and(|(_, busy)| *busy == kind) {
            self.slot.cancel();
        }
    }

    /// Drops the waiting work of this kind.
    fn forget(&mut self, kind: JobKind) {
        self.waiting.retain(|work| work.kind() != kind);
    }
}

/// What becomes of the bookmarks of a file.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// They are added.
    Rest,
    /// They are added, and the first of them is shown.
    Show,
    /// They were left behind: they are added as what is not saved, and the last of them is shown.
    TakeUp,
}

/// A file to read or to write.
enum Work {
    Read { path: PathBuf, then: Then },
    Write { path: PathBuf, tour: Tour, places: Option<Vec<usize>>, revision: u64 },
}

enum Done {
    Read { path: PathBuf, then: Then, read: Result<ReadTour, FormatError> },
    Written { path: PathBuf, bookmarks: usize, whole: Option<u64>, notes: Result<Vec<Problem>, FormatError> },
}

pub(crate) fn read_and_write_tours(
    (mut tour, mut taken): (ResMut<CurrentTour>, ResMut<TakenUp>),
    mut touring: ResMut<Touring>,
    mut jobs: Jobs,
    mut files: MessageReader<Routed<TourFile>>,
) {
    let touring = &mut *touring;
    for Routed(file) in files.read() {
        match file {
            TourFile::Open(paths) => {
                let then = |place| if place == 0 { Then::Show } else { Then::Rest };
                let read = |(place, path): (usize, &PathBuf)| Work::Read { path: path.clone(), then: then(place) };
                touring.waiting.extend(paths.iter().enumerate().map(read));
            }
            TourFile::TakeUp(path) => {
                touring.waiting.push_back(Work::Read { path: path.clone(), then: Then::TakeUp });
            }
            // Who keeps work removes it.
            TourFile::Discard(_) => {}
            TourFile::Save(..) if tour.tour().bookmarks.is_empty() => {
                let what = "There are no bookmarks to save: choose “Save this view” first.";
                jobs.toasts.about(Topic::Saving, |toasts| toasts.error(what));
            }
            TourFile::Save(path, places) => touring.waiting.push_back(Work::Write {
                path: path.clone(),
                tour: tour.tour().clone(),
                places: places.clone(),
                revision: tour.revision(),
            }),
        }
    }
    let cancels = jobs.take_cancels();
    if cancels.include(JobKind::Load) {
        touring.cancel(JobKind::Load);
        touring.forget(JobKind::Load);
    }
    if cancels.include(JobKind::Export) {
        touring.cancel(JobKind::Export);
    }
    if cancels.include_all() {
        touring.forget(JobKind::Export);
    }
    if touring.slot.busy().is_none()
        && let Some(work) = touring.waiting.pop_front()
    {
        touring.count += 1;
        let kind = work.kind();
        let job = (kind, work.name());
        touring.slot.want((touring.count, kind), job, &jobs.wake, || whole(move |_| work.go()));
    }
    match touring.slot.poll(&mut jobs) {
        Some((_, Done::Read { path, then, read })) => {
            if matches!(then, Then::TakeUp) && read.is_ok() {
                taken.0 = Some(path.clone());
            }
            take(&mut tour, &mut jobs.toasts, path, then, read);
        }
        Some((_, Done::Written { path, bookmarks, whole, notes })) => {
            // Changes made while the file was being written are not in it.
            if notes.is_ok() && whole == Some(tour.revision()) {
                tour.files_mut().set_saved(path.clone());
            }
            report_written(&mut jobs.toasts, &path, bookmarks, notes);
        }
        None => {}
    }
}

/// Shows that bookmarks were written, or why not.
fn report_written(toasts: &mut Toasts, path: &Path, bookmarks: usize, notes: Result<Vec<Problem>, FormatError>) {
    match notes {
        Ok(notes) => {
            toasts.end(Topic::Saving);
            toasts.saved(&plural(bookmarks, "bookmark"), path);
            notes.iter().for_each(|note| toasts.problem(note, None));
        }
        Err(error) => toasts.about(Topic::Saving, |toasts| toasts.refused(error)),
    }
}

/// Adds the bookmarks after those that are there.
fn take(tour: &mut CurrentTour, toasts: &mut Toasts, path: PathBuf, then: Then, read: Result<ReadTour, FormatError>) {
    match read {
        Ok(ReadTour { tour: read, problems }) => {
            toasts.end(Topic::Reading);
            problems.iter().for_each(|problem| toasts.problem(problem, None));
            let shown = match then {
                Then::Rest => {
                    tour.files_mut().join(path, read);
                    None
                }
                Then::Show => tour.files_mut().join(path, read),
                Then::TakeUp => tour.files_mut().take_up(read),
            };
            shown.into_iter().for_each(|place| tour.show(place));
        }
        Err(error) => toasts.about(Topic::Reading, |toasts| toasts.refused(error)),
    }
}

impl Work {
    fn kind(&self) -> JobKind {
        match self {
            Self::Read { .. } => JobKind::Load,
            Self::Write { .. } => JobKind::Export,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Read { then: Then::TakeUp, .. } => "Restoring what you had".to_owned(),
            Self::Read { path, .. } => format!("Reading {}", file_name(path)),
            Self::Write { path, .. } => format!("Writing {}", file_name(path)),
        }
    }

    fn go(self) -> Done {
        match self {
            Self::Read { path, then } => {
                let read = read_tour(&path);
                Done::Read { path, then, read }
            }
            Self::Write { path, tour, places, revision } => {
                let notes = write_tour(&tour, places.as_deref(), &path);
                let bookmarks = places.as_ref().map_or(tour.bookmarks.len(), Vec::len);
                Done::Written { path, bookmarks, whole: places.is_none().then_some(revision), notes }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use bevy::tasks::{AsyncComputeTaskPool, TaskPool};

    use super::*;
    use crate::Wake;

    /// Work of `kind` goes on, and some of each kind waits.
    fn touring(kind: JobKind) -> Touring {
        AsyncComputeTaskPool::get_or_init(TaskPool::new);
        let mut touring = Touring::default();
        touring.slot.want((1, kind), (kind, String::new()), &Wake::default(), || {
            whole(|progress| {
                while !progress.is_cancelled() {
                    thread::sleep(Duration::from_millis(1));
                }
                Done::Read { path: "a.ron".into(), then: Then::Rest, read: Err(FormatError::Cancelled) }
            })
        });
        touring.open("b.ron".into());
        let (tour, places) = (Tour::default(), None);
        touring.waiting.push_back(Work::Write { path: "c.ron".into(), tour, places, revision: 1 });
        touring
    }

    #[test]
    fn canceling_ends_work_of_its_kind_alone() {
        for kind in [JobKind::Load, JobKind::Export] {
            for canceled in [JobKind::Load, JobKind::Export] {
                let mut touring = touring(kind);
                touring.cancel(canceled);
                assert_eq!(touring.slot.busy().is_none(), kind == canceled, "{kind:?} {canceled:?}");
                touring.forget(canceled);
                let left: Vec<JobKind> = touring.waiting.iter().map(Work::kind).collect();
                let other = if canceled == JobKind::Load { JobKind::Export } else { JobKind::Load };
                assert_eq!(left, [other]);
            }
        }
    }
}
