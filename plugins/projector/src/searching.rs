//! The rows that match the search of the view.

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_session::{Found, JobKind, Pick, Search, SearchError, matches};
use parallax_state::{CurrentView, Matches, Opened};

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
    let canceled = jobs.take_cancels().include(JobKind::Search);
    let slot = &mut searching.0;
    let Some(embedding) = opened.embedding.as_ref().filter(|_| !view.search.text.is_empty() && !view.search.sum) else {
        if found.0 != Found::Idle {
            slot.clear();
            found.0 = Found::Idle;
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
    if canceled && slot.busy().is_some() {
        slot.cancel();
        found.0 = Found::Failed(SearchError::Cancelled.to_string());
    }
    if let Some((_, result)) = slot.poll(&mut jobs) {
        let rows = opened.rows();
        found.0 = match result {
            Ok(matching) => Found::Rows(matching.below(rows)),
            Err(error) => Found::Failed(error.to_string()),
        };
    }
}
