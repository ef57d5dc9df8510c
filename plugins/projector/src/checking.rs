//! The rows whose neighbors disagree with their label, while the card for them is shown.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Column, Progress, RowSet};
use parallax_meaning::{Suspects, VOTERS, are_labels, suspects};
use parallax_neighbors::{Metric, NeighborGraph};
use parallax_projection::Space;
use parallax_session::{CheckedLabels, Edit, JobKind};
use parallax_state::{CurrentSuspects, CurrentView, Do, Opened, Shown};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
};

/// What suspects depend on. They are those of all rows: the neighbors of a row are there whether they
/// are shown or not.
#[derive(Debug, Clone, PartialEq)]
struct Request {
    epoch: u64,
    column: Column,
    metric: Metric,
}

type Answer = Result<(Arc<Suspects>, Arc<NeighborGraph>), String>;

#[derive(Resource, Default)]
pub(crate) struct Checking {
    slot: Slot<Request, Answer>,
    /// The revision of the shown rows that the queue has.
    queued: u64,
}

pub(crate) fn check_labels(
    (view, opened, shown): (Res<CurrentView>, Res<Opened>, Res<Shown>),
    projecting: Res<Projecting>,
    (mut checking, mut current): (ResMut<Checking>, ResMut<CurrentSuspects>),
    mut jobs: Jobs,
    mut requests: MessageWriter<Do>,
) {
    let Checking { slot, queued } = &mut *checking;
    if jobs.take_cancels().include(JobKind::Check) && slot.busy().is_some() {
        slot.cancel();
        let column = view.doctor.column.clone().unwrap_or_default();
        *current = CurrentSuspects { found: Some(Err("Canceled".into())), column, epoch: opened.epoch };
    }
    if current.found.is_some() && current.epoch != opened.epoch {
        *current = CurrentSuspects::default();
    }
    let column = view.doctor.column.as_deref().filter(|_| view.panels.doctor);
    let column = column.and_then(|name| opened.embedding.as_ref()?.metadata.column(name));
    let (Some(column), Some(space)) = (column, projecting.whole_space(opened.epoch)) else {
        if slot.busy().is_some() {
            slot.clear();
        }
        return;
    };
    let request = Request { epoch: opened.epoch, column: column.clone(), metric: view.neighbors.metric };
    let work = || {
        let (request, space) = (request.clone(), space.clone());
        whole(move |progress| find(&request, &space, progress))
    };
    slot.want(request.clone(), (JobKind::Check, "Checking labels".into()), &jobs.wake, work);
    if let Some((Request { epoch, column, metric, .. }, answer)) = slot.poll(&mut jobs) {
        let found = answer.map(|(suspects, graph)| {
            let queue = suspects.among(shown.rows.as_ref());
            CheckedLabels { column: column.name().to_owned(), suspects, graph, metric, queue }
        });
        if let Ok(found) = &found {
            requests.write_batch(first(found, &view).map(Do::program));
        }
        *current = CurrentSuspects { found: Some(found), column: column.name().to_owned(), epoch };
        *queued = shown.revision;
    } else if *queued != shown.revision
        && let Some(Ok(found)) = &mut current.found
    {
        found.queue = found.suspects.among(shown.rows.as_ref());
        *queued = shown.revision;
    }
}

fn find(request: &Request, space: &Space, progress: &Progress) -> Answer {
    are_labels(&request.column).map_err(|error| error.to_string())?;
    let graph = space.graph(false, request.metric, VOTERS, progress).map_err(|error| error.to_string())?;
    let found = suspects(&request.column, &graph, VOTERS, progress).map_err(|error| error.to_string())?;
    Ok((Arc::new(found), graph))
}

/// Selects the row that is to be looked at: the most suspicious, or if labels of the column were
/// decided before, the one of the queue that is selected.
fn first(found: &CheckedLabels, view: &CurrentView) -> Option<Edit> {
    let check = view.doctor.check(&found.column);
    if check.is_some() && view.inspected().is_some_and(|row| found.place(row).is_some()) {
        return None;
    }
    let place = found.next(None, check, &view.tags)?;
    Some(Edit::Select(RowSet::from(vec![found.at(place)?.row])))
}
