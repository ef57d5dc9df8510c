//! The rows that are shown, and the order of the rows in the table.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_session::{Filter, JobKind, Sort, TableRows, sorted};
use parallax_state::{CurrentView, Matches, Opened, Shown, TableOrder};

use crate::job::{Jobs, Slot, whole};

#[derive(Debug, Clone, PartialEq)]
struct ShowRequest {
    isolated: Option<RowSet>,
    filter: Filter,
    metadata: u64,
}

#[derive(Resource, Default)]
pub(crate) struct Showing(Slot<ShowRequest, Option<RowSet>>);

pub(crate) fn find_shown(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut showing: ResMut<Showing>,
    mut shown: ResMut<Shown>,
    mut jobs: Jobs,
) {
    let Some(embedding) = &opened.embedding else { return };
    let request = ShowRequest {
        isolated: view.isolated().cloned(),
        filter: view.filter.clone(),
        metadata: opened.metadata_revision,
    };
    let slot = &mut showing.0;
    if request.filter.is_empty() {
        // Without a filter there is nothing to compute.
        slot.assume(request);
        let rows = view.isolated().map(|rows| rows.below(opened.rows()));
        publish(&mut shown, rows);
        return;
    }
    let (isolated, metadata) = (request.isolated.clone(), request.metadata);
    let work = |_| {
        let (embedding, view) = (embedding.clone(), parallax_session::View::clone(&view));
        whole(move |_| view.shown(&embedding.metadata, embedding.rows()))
    };
    // While a range is dragged, the cloud follows from one filter to the next.
    let near = |busy: &ShowRequest| busy.isolated == isolated && busy.metadata == metadata;
    if let Some((_, rows)) = slot.follow(request, near, (JobKind::Show, "Filtering".into()), &mut jobs, work) {
        publish(&mut shown, rows);
    }
}

fn publish(shown: &mut ResMut<Shown>, rows: Option<RowSet>) {
    if shown.rows != rows {
        **shown = Shown { rows, revision: shown.revision + 1 };
    }
}

#[derive(Debug, Clone, PartialEq)]
struct SortRequest {
    rows: Option<RowSet>,
    sort: Option<Sort>,
    metadata: u64,
}

#[derive(Resource, Default)]
pub(crate) struct Sorting(Slot<SortRequest, Arc<[u32]>>);

pub(crate) fn sort_table(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    (shown, matches): (Res<Shown>, Res<Matches>),
    mut sorting: ResMut<Sorting>,
    mut order: ResMut<TableOrder>,
    mut jobs: Jobs,
) {
    if jobs.take_cancels().include(JobKind::Sort) {
        sorting.0.cancel();
    }
    let Some(embedding) = opened.embedding.as_ref().filter(|_| view.table.shown) else { return };
    let rows = match view.table.rows {
        TableRows::Shown => shown.rows.clone(),
        TableRows::Selected => Some(view.selection.below(opened.rows())),
        TableRows::Matching => Some(matches.0.rows().clone()),
    };
    let request = SortRequest { rows: rows.clone(), sort: view.table.sort.clone(), metadata: opened.metadata_revision };
    let work = || {
        let (embedding, sort) = (embedding.clone(), view.table.sort.clone());
        whole(move |_| {
            let rows = rows.unwrap_or_else(|| RowSet::all(embedding.rows()));
            let column = sort.as_ref().and_then(|sort| embedding.metadata.column(&sort.column));
            match column.zip(sort.as_ref()) {
                Some((column, sort)) => sorted(column, &rows, sort.descending).into(),
                None => rows.as_slice().into(),
            }
        })
    };
    let slot = &mut sorting.0;
    slot.want(request, (JobKind::Sort, "Sorting".into()), &jobs.wake, work);
    if let Some((_, rows)) = slot.poll(&mut jobs) {
        order.rows = rows;
    }
}
