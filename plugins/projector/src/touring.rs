//! Reads and writes files of bookmarks in the background, one after the other.

use std::{
    collections::{HashSet, VecDeque},
    path::{Path, PathBuf},
};

use bevy::prelude::*;
use parallax_formats::{FormatError, Problem};
use parallax_session::{file_name, plural};
use parallax_state::{CurrentTour, JobKind, Routed, Toasts, Topic, TourFile};
use parallax_tour::{ReadTour, Tour, read_tour, write_tour};

use crate::job::{Jobs, Slot, whole};

/// The files of bookmarks that are being read or written.
#[derive(Resource, Default)]
pub(crate) struct Touring {
    slot: Slot<u64, Done>,
    waiting: VecDeque<Work>,
    count: u64,
    /// The files that came with data. Each is read once.
    brought: HashSet<PathBuf>,
}

impl Touring {
    /// Reads the bookmarks that come with data. None is shown, so that the data are seen first.
    pub(crate) fn bring(&mut self, path: &Path) {
        if self.brought.insert(path.to_owned()) {
            self.waiting.push_back(Work::Read { path: path.to_owned(), shows: false });
        }
    }
}

impl Touring {
    /// Reads bookmarks that were opened as if they were data, and shows the first of them.
    pub(crate) fn open(&mut self, path: PathBuf) {
        self.waiting.push_back(Work::Read { path, shows: true });
    }
}

/// A file to read or to write.
enum Work {
    Read { path: PathBuf, shows: bool },
    Write { path: PathBuf, tour: Tour, places: Option<Vec<usize>>, revision: u64 },
}

enum Done {
    Read { path: PathBuf, shows: bool, read: Result<ReadTour, FormatError> },
    Written { path: PathBuf, bookmarks: usize, whole: Option<u64>, notes: Result<Vec<Problem>, FormatError> },
}

pub(crate) fn read_and_write_tours(
    mut tour: ResMut<CurrentTour>,
    mut touring: ResMut<Touring>,
    mut jobs: Jobs,
    mut files: MessageReader<Routed<TourFile>>,
) {
    let touring = &mut *touring;
    for Routed(file) in files.read() {
        match file {
            TourFile::Open(paths) => {
                let read = |(place, path): (usize, &PathBuf)| Work::Read { path: path.clone(), shows: place == 0 };
                touring.waiting.extend(paths.iter().enumerate().map(read));
            }
            TourFile::Save(..) if tour.tour().bookmarks.is_empty() => {
                jobs.toasts.error("There are no bookmarks to save: choose “Save this view” first.");
            }
            TourFile::Save(path, places) => touring.waiting.push_back(Work::Write {
                path: path.clone(),
                tour: tour.tour().clone(),
                places: places.clone(),
                revision: tour.revision(),
            }),
        }
    }
    if jobs.cancelled(JobKind::Load) {
        touring.slot.cancel();
        touring.waiting.clear();
    }
    if touring.slot.busy().is_none()
        && let Some(work) = touring.waiting.pop_front()
    {
        touring.count += 1;
        let job = match &work {
            Work::Read { path, .. } => (JobKind::Load, format!("Reading {}", file_name(path))),
            Work::Write { path, .. } => (JobKind::Export, format!("Writing {}", file_name(path))),
        };
        touring.slot.want(touring.count, job, &jobs.wake, || whole(move |_| work.go()));
    }
    let ended = touring.slot.poll(&mut jobs);
    let toasts = &mut jobs.toasts;
    match ended {
        Some((_, Done::Read { path, shows, read })) => take(&mut tour, toasts, path, shows, read),
        Some((_, Done::Written { path, bookmarks, whole, notes })) => match notes {
            Ok(notes) => {
                // Changes made while the file was being written are not in it.
                if whole == Some(tour.revision()) {
                    tour.files_mut().set_saved(path.clone());
                }
                toasts.end(Topic::Saving);
                toasts.saved(&plural(bookmarks, "bookmark"), &path);
                notes.iter().for_each(|note| toasts.problem(note, None));
            }
            Err(error) => toasts.about(Topic::Saving, |toasts| toasts.refused(error)),
        },
        None => {}
    }
}

/// Adds the bookmarks after those that are there, and shows the first of them.
fn take(tour: &mut CurrentTour, toasts: &mut Toasts, path: PathBuf, shows: bool, read: Result<ReadTour, FormatError>) {
    match read {
        Ok(ReadTour { tour: read, problems }) => {
            problems.iter().for_each(|problem| toasts.problem(problem, None));
            let first = tour.files_mut().join(path, read);
            if let Some(first) = first.filter(|_| shows) {
                tour.show(first);
            }
        }
        Err(error) => toasts.refused(error),
    }
}

impl Work {
    fn go(self) -> Done {
        match self {
            Self::Read { path, shows } => {
                let read = read_tour(&path);
                Done::Read { path, shows, read }
            }
            Self::Write { path, tour, places, revision } => {
                let notes = write_tour(&tour, places.as_deref(), &path);
                let bookmarks = places.as_ref().map_or(tour.bookmarks.len(), Vec::len);
                Done::Written { path, bookmarks, whole: places.is_none().then_some(revision), notes }
            }
        }
    }
}
