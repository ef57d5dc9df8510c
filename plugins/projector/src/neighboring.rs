//! The neighbors of the row that the Inspector shows.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Embedding, Progress, RowSet, Vectors};
use parallax_neighbors::{Metric, Neighbor, NeighborsError, nearest};
use parallax_projection::Layout;
use parallax_session::{JobKind, NeighborQuery, NeighborSpace, NeighborhoodState};
use parallax_state::{CurrentLayout, CurrentView, Neighborhood, Opened};

use crate::job::{Jobs, Slot, whole};

#[derive(Debug, Clone, PartialEq)]
struct Request {
    row: u32,
    query: NeighborQuery,
    epoch: u64,
    /// The rows to search. `None` for all.
    among: Option<RowSet>,
    /// The revision of the layout, if it is the layout that is searched.
    revision: u64,
}

#[derive(Resource, Default)]
pub(crate) struct Neighboring(Slot<Request, Result<Vec<Neighbor>, NeighborsError>>);

pub(crate) fn find_neighbors(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    mut neighboring: ResMut<Neighboring>,
    mut neighborhood: ResMut<Neighborhood>,
    mut jobs: Jobs,
) {
    let canceled = jobs.take_cancels().include(JobKind::Neighbors);
    let slot = &mut neighboring.0;
    let row = view.inspected().filter(|&row| (row as usize) < opened.rows());
    let (Some(row), Some(embedding)) = (row, &opened.embedding) else {
        if neighborhood.of.is_some() {
            slot.clear();
            *neighborhood = Neighborhood::default();
        }
        return;
    };
    let (query, epoch) = (view.neighbors, opened.epoch);
    let layout = current.of(&opened).filter(|_| query.space == NeighborSpace::Layout);
    let mut request = Request {
        row,
        query,
        epoch,
        among: view.isolated().filter(|rows| rows.contains(row)).cloned(),
        revision: layout.map_or(0, |_| current.revision),
    };
    // While a layout changes, a search in it finishes before the next starts.
    if let Some(busy) = slot.busy().filter(|busy| **busy == Request { revision: busy.revision, ..request.clone() }) {
        request.revision = busy.revision;
    }
    if neighborhood.of != Some((row, query, epoch)) {
        // The list of the same row by another metric stays until the new one is ready, so that the
        // panel does not flicker.
        let same = neighborhood.of.is_some_and(|(before, _, opened)| (before, opened) == (row, epoch));
        neighborhood.of = Some((row, query, epoch));
        if !same {
            neighborhood.state = NeighborhoodState::Computing;
        }
    }
    let work = || {
        let (embedding, layout, request) = (embedding.clone(), layout.cloned(), request.clone());
        let layout = layout.map(|layout| (view.projection.seen(current.method, layout.dims()), layout));
        whole(move |progress| search(&embedding, layout, &request, progress))
    };
    slot.want(request.clone(), (JobKind::Neighbors, "Finding neighbors".into()), &jobs.wake, work);
    if canceled && slot.busy().is_some() {
        slot.cancel();
        neighborhood.state = NeighborhoodState::Failed("Canceled".into());
    }
    match slot.poll(&mut jobs) {
        Some((_, Ok(found))) => neighborhood.state = NeighborhoodState::Ready(found),
        Some((_, Err(error))) => neighborhood.state = NeighborhoodState::Failed(error.to_string()),
        None => {}
    }
}

/// Searches the vectors, or the coordinates of `layout` that are seen.
fn search(
    embedding: &Embedding,
    layout: Option<([Option<usize>; 3], Arc<Layout>)>,
    Request { row, query, among, .. }: &Request,
    progress: &Progress,
) -> Result<Vec<Neighbor>, NeighborsError> {
    let outside = among.as_ref().map_or(RowSet::EMPTY, |rows| rows.complement(embedding.rows()));
    let Some((seen, layout)) = layout else {
        let left_out = outside.union(&embedding.non_finite);
        return nearest(&embedding.vectors, *row, query.k, query.metric, &left_out, progress);
    };
    let Some((places, unplaced)) = places(&layout, seen) else { return Ok(Vec::new()) };
    nearest(&places, *row, query.k, Metric::Euclidean, &outside.union(&unplaced), progress)
}

/// Returns the coordinates on screen as vectors, and the rows that have no place.
fn places(layout: &Layout, seen: [Option<usize>; 3]) -> Option<(Vectors, RowSet)> {
    let seen: Vec<usize> = seen.into_iter().flatten().collect();
    let values: Vec<f32> = layout.places().flat_map(|row| seen.iter().map(|&place| row[place])).collect();
    let is_unplaced = |&row: &u32| layout.row(row as usize).is_none_or(|row| !row.iter().all(|x| x.is_finite()));
    let unplaced = RowSet::all(layout.rows()).iter().filter(is_unplaced).collect();
    Some((Vectors::from_f32(layout.rows(), seen.len(), values).ok()?, unplaced))
}
