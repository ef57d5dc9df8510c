//! The rows that match the search of the view.

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_session::{Pick, Search, SearchError, matches};
use parallax_state::{Cancel, CurrentView, JobKind, Matches, Opened, Routed, Running};

use crate::{
    JobSystems, Wake, cancelled,
    job::{Slot, whole},
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Searching>().add_systems(Update, follow.in_set(JobSystems::Derive));
}

type Request = (Search, Pick, u64);

#[derive(Resource, Default)]
pub(crate) struct Searching(Slot<Request, Result<RowSet, SearchError>>);

pub(crate) fn follow(
    view: Res<CurrentView>,
    opened: Res<Opened>,
    mut searching: ResMut<Searching>,
    mut found: ResMut<Matches>,
    mut running: ResMut<Running>,
    wake: Res<Wake>,
    cancels: MessageReader<Routed<Cancel>>,
) {
    let cancelled = cancelled(cancels, JobKind::Search);
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
        &wake,
        work,
    );
    if cancelled && slot.busy().is_some() {
        slot.cancel();
        let error = Some(SearchError::Cancelled.to_string());
        *found = Matches { rows: RowSet::EMPTY, error, active: true };
    }
    if let Some((_, result)) = slot.poll(&mut running) {
        let rows = opened.rows();
        *found = match result {
            Ok(matching) => Matches { rows: matching.below(rows), error: None, active: true },
            Err(error) => Matches { rows: RowSet::EMPTY, error: Some(error.to_string()), active: true },
        };
    }
}
