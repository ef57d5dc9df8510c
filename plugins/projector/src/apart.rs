//! What tells the selected rows apart from others.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_meaning::{Apart, ApartError, apart};
use parallax_session::{Against, ApartState, CANCELED, JobKind};
use parallax_state::{CurrentApart, CurrentView, Opened, Shown};

use crate::job::{Jobs, Slot, whole};

#[derive(Debug, Clone, PartialEq)]
struct Request {
    /// The embedding, and its metadata.
    of: (u64, u64),
    selection: RowSet,
    against: Against,
    /// The rows of the saved selection, or the revision of the rows that are shown.
    others: Result<RowSet, u64>,
    seed: u64,
}

type Answer = Result<Arc<Apart>, ApartError>;

#[derive(Resource, Default)]
pub(crate) struct Telling {
    slot: Slot<Request, Answer>,
    /// The last answer, which undo may bring back.
    known: Option<(Request, Answer)>,
    /// What is published.
    published: Option<Request>,
}

pub(crate) fn tell_apart(
    (view, opened, shown): (Res<CurrentView>, Res<Opened>, Res<Shown>),
    mut telling: ResMut<Telling>,
    mut current: ResMut<CurrentApart>,
    mut jobs: Jobs,
) {
    let canceled = jobs.take_cancels().include(JobKind::Apart);
    let Telling { slot, known, published } = &mut *telling;
    if jobs.take_retries(JobKind::Apart) {
        slot.clear();
        // What was canceled may be known, as such.
        *known = None;
    }
    let (Some(against), Some(embedding)) = (&view.apart, &opened.embedding) else {
        if published.take().is_some() {
            slot.clear();
            current.0 = ApartState::Idle;
        }
        return;
    };
    let saved = |name: &String| view.saved_selections.iter().find(|saved| saved.name == *name);
    let others = match against {
        Against::Rest => Err(shown.revision),
        Against::Saved(name) => Ok(saved(name).map_or(RowSet::EMPTY, |saved| saved.rows.clone())),
    };
    let request = Request {
        of: (opened.epoch, opened.metadata_revision),
        selection: view.selection.clone(),
        against: against.clone(),
        others,
        seed: view.projection.seed,
    };
    if published.as_ref() != Some(&request) {
        *published = Some(request.clone());
        current.0 = ApartState::Computing;
        if let Some((_, answer)) = known.as_ref().filter(|(of, _)| *of == request) {
            slot.assume(request.clone());
            current.0 = state(answer);
        }
    }
    let work = || {
        let (asked, shown) = (request.clone(), shown.rows.clone());
        let embedding = embedding.clone();
        whole(move |progress| {
            let Request { selection, others, seed, .. } = asked;
            // Among many rows this takes a while.
            let others = others.unwrap_or_else(|_| rest(shown, embedding.rows(), &selection));
            let sets = [&selection, &others];
            apart(&embedding.vectors, &embedding.metadata, &embedding.non_finite, sets, seed, progress).map(Arc::new)
        })
    };
    slot.want(request.clone(), (JobKind::Apart, "Telling rows apart".into()), &jobs.wake, work);
    if canceled && slot.busy().is_some() {
        slot.cancel();
        current.0 = state(&Err(ApartError::Cancelled));
    }
    if let Some((request, answer)) = slot.poll(&mut jobs) {
        current.0 = state(&answer);
        *known = Some((request, answer));
    }
}

/// Returns the rows that are shown, of so many, but those of `selection`.
fn rest(shown: Option<RowSet>, rows: usize, selection: &RowSet) -> RowSet {
    shown.unwrap_or_else(|| RowSet::all(rows)).difference(selection)
}

fn state(answer: &Answer) -> ApartState {
    match answer {
        Ok(apart) => ApartState::Ready(apart.clone()),
        Err(ApartError::Cancelled) => ApartState::Failed(CANCELED.into()),
        Err(error) => ApartState::Failed(error.to_string()),
    }
}
