//! Files that are dropped on the window, and what is said of those beside the data.

use std::path::PathBuf;

use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
    window::{FileDragAndDrop, RequestRedraw},
};
use parallax_formats::{AtHand, FormatError, OpenOptions, Problem, Severity, combine};
use parallax_session::{Action, Origin, View};
use parallax_state::{CurrentView, Do, Opened, Toasts};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Dropped>().add_systems(Update, (gather, open, explain).chain());
}

type Combined = Result<(PathBuf, OpenOptions), FormatError>;

/// What was dropped and is being looked at.
#[derive(Resource, Default)]
struct Dropped {
    looking: Option<Task<Combined>>,
    waiting: Vec<PathBuf>,
}

/// What is dropped at once belongs together.
fn gather(mut events: MessageReader<FileDragAndDrop>, mut dropped: ResMut<Dropped>) {
    for event in events.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            dropped.waiting.push(path_buf.clone());
        }
    }
}

/// Finds out what was dropped, and opens it.
fn open(
    mut dropped: ResMut<Dropped>,
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut toasts: ResMut<Toasts>,
    (mut requests, mut redraw): (MessageWriter<Do>, MessageWriter<RequestRedraw>),
) {
    if dropped.looking.is_none() && dropped.waiting.is_empty() {
        return;
    }
    let dropped = &mut *dropped;
    if dropped.looking.is_none() {
        dropped.looking = Some(look(std::mem::take(&mut dropped.waiting), &view, &opened));
    }
    match dropped.looking.as_mut().and_then(check_ready) {
        Some(Ok((path, options))) => {
            dropped.looking = None;
            requests.write(Do(Action::Open(Origin::Path { path, options })));
        }
        Some(Err(error)) => {
            dropped.looking = None;
            if let Some(problem) = error.into_problem() {
                toasts.problem(&problem, None);
            }
        }
        None => {}
    }
    redraw.write(RequestRedraw);
}

fn look(paths: Vec<PathBuf>, view: &View, opened: &Opened) -> Task<Combined> {
    let (path, options) = match &view.origin {
        Origin::Path { path, options } => (Some(path.clone()), options.clone()),
        Origin::Demo(_) | Origin::Memory => (None, OpenOptions::default()),
    };
    let rows = opened.embedding.as_ref().map(|embedding| embedding.rows());
    AsyncComputeTaskPool::get().spawn(async move {
        let at_hand = rows.map(|rows| AtHand { path: path.as_deref(), options: &options, rows });
        combine(&paths, at_hand)
    })
}

/// Says what does not fit of the metadata and the pictures that a person has put beside the data.
fn explain(opened: Res<Opened>, mut toasts: ResMut<Toasts>, mut last: Local<u64>) {
    if std::mem::replace(&mut *last, opened.epoch) == opened.epoch {
        return;
    }
    opened.problems.iter().filter(|problem| is_told(problem, &opened.options)).for_each(|problem| {
        toasts.problem(problem, None);
    });
}

/// A warning about a file that the person named, or rows that are too many or too few. Errors are told where they come up.
fn is_told(problem: &Problem, options: &OpenOptions) -> bool {
    let named = [&options.metadata, &options.sprite].into_iter().flatten().any(|path| *path == problem.file);
    problem.severity == Severity::Warning && (named || problem.message.contains("rows of metadata for"))
}
