//! The charts: their bars, the rows in them, and how selected rows differ from others.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Cancelled, RowSet};
use parallax_session::{Charts, Comparison, CountedCharts, Filter, JobKind, compare, count_charts};
use parallax_state::{CurrentCharts, CurrentView, Opened};

use crate::job::{Jobs, Slot, whole};

/// What the counts depend on.
#[derive(Debug, Clone, PartialEq)]
struct CountRequest {
    rows: RowsRequest,
    filter: Filter,
}

/// What a comparison depends on.
#[derive(Debug, Clone, PartialEq)]
struct RowsRequest {
    metadata: u64,
    isolated: Option<RowSet>,
    selection: RowSet,
}

#[derive(Resource, Default)]
pub(crate) struct Charting {
    /// The [`Opened::rows_epoch`] of the embedding.
    epoch: u64,
    /// The charts, and the revision of the metadata that they show.
    charts: Option<(u64, Arc<Charts>)>,
    choosing: Slot<u64, Result<Charts, Cancelled>>,
    counting: Slot<CountRequest, CountedCharts>,
    comparing: Slot<RowsRequest, Result<Comparison, Cancelled>>,
}

/// Counts in the background while the charts are shown. While a range is dragged, each count is
/// finished before the next begins, so that the charts keep moving.
pub(crate) fn count_rows(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut charting: ResMut<Charting>,
    mut current: ResMut<CurrentCharts>,
    mut jobs: Jobs,
) {
    let Some(embedding) = opened.embedding.as_ref().filter(|_| view.panels.charts) else { return };
    let (revision, rows) = (opened.metadata_revision, embedding.rows());
    if charting.epoch != opened.rows_epoch {
        // Charts of other data would mislead. Those without the latest tag stay until there are new ones.
        *charting = Charting { epoch: opened.rows_epoch, ..Charting::default() };
        *current = CurrentCharts::default();
    }
    let Charting { charts, choosing, counting, comparing, .. } = &mut *charting;
    if charts.as_ref().is_none_or(|(of, _)| *of != revision) {
        let metadata = embedding.metadata.clone();
        let work = || whole(move |progress| Charts::of(&metadata, rows, progress));
        choosing.want(revision, (JobKind::Chart, "Drawing charts".into()), &jobs.wake, work);
        if let Some((_, Ok(found))) = choosing.poll(&mut jobs) {
            *charts = Some((revision, Arc::new(found)));
            *current = CurrentCharts::default();
            counting.clear();
            comparing.clear();
        }
    }
    let Some((_, charts)) = charts.as_ref().filter(|(of, _)| *of == revision) else { return };
    let request =
        RowsRequest { metadata: revision, isolated: view.isolated().cloned(), selection: view.selection.clone() };
    let counted = counting.follow(
        CountRequest { rows: request.clone(), filter: view.filter.clone() },
        |busy| busy.rows.metadata == revision,
        (JobKind::Chart, "Counting".into()),
        &mut jobs,
        |request| {
            let (charts, metadata) = (charts.clone(), embedding.metadata.clone());
            whole(move |_| {
                let RowsRequest { isolated, selection, .. } = &request.rows;
                count_charts(&charts, &request.filter, &metadata, rows, (isolated.as_ref(), selection))
            })
        },
    );
    if let Some((_, counted)) = counted {
        current.counted = Some(Arc::new(counted));
    }
    if request.selection.is_empty() {
        comparing.clear();
        if current.comparison.is_some() {
            current.comparison = None;
        }
        return;
    }
    let work = || {
        let (charts, metadata, request) = (charts.clone(), embedding.metadata.clone(), request.clone());
        whole(move |progress| {
            compare(&charts, &metadata, rows, (request.isolated.as_ref(), &request.selection), progress)
        })
    };
    comparing.want(request.clone(), (JobKind::Chart, "Comparing".into()), &jobs.wake, work);
    if let Some((_, Ok(comparison))) = comparing.poll(&mut jobs) {
        current.comparison = Some(Arc::new(comparison));
    }
}
