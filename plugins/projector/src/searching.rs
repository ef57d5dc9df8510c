//! The rows that match the search of the view.

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_session::{Pick, Search, SearchError, matches};
use parallax_state::{CurrentView, JobKind, Matches, Opened};

use crate::job::{Jobs, Slot, whole};

type Request = (Search, Pick, u64);

#[derive(Resource, Default)]
pub(crate) struct Searching(Slot<Request, Result<RowSet, SearchError>>);

pub(crate) fn find_matches(
    view: Res<CurrentView>,
    opened: Res<Opened>,
    mut searching: ResMut<Searching>,
    mut found: ResMut<Matches>,
    mut jobs: Jobs,
) {
    let cancelled = jobs.cancelled(JobKind::Search);
    let slot = &mut searching.0;
    let Some(embedding) = opened.embedding.as_ref().filter(|_| !view.search.text.is_empty()) else {
        if found.active {
            slot.clear();
            *found = Matches::default();
        }
        return;
    };
    let search = view.search.clone();
    let column = view.search_column(&embedding.metadata).map(|column| column.name().to_owned());
    let work = || {
        let embedding = embedding.clone();
        let search = search.clone();
        whole(move |progress| {
            let column = column.and_then(|name| embedding.metadata.column(&name));
            column.map_or(Ok(RowSet::EMPTY), |column| matches(column, &search, progress))
        })
    };
    slot.want(
        (search.clone(), view.label_by.clone(), opened.metadata_revision),
        (JobKind::Search, "Searching".into()),
        &jobs.wake,
        work,
    );
    if cancelled && slot.busy().is_some() {
        slot.cancel();
        let error = Some(SearchError::Cancelled.to_string());
        *found = Matches { rows: RowSet::EMPTY, error, active: true };
    }
    if let Some((_, result)) = slot.poll(&mut jobs) {
        let rows = opened.rows();
        *found = match result {
            Ok(matching) => Matches { rows: matching.below(rows), error: None, active: true },
            Err(error) => Matches { rows: RowSet::EMPTY, error: Some(error.to_string()), active: true },
        };
    }
}
