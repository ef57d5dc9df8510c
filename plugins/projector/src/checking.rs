//! The rows whose neighbors disagree with their label, while the card for them is shown.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Column, Progress, RowSet};
use parallax_meaning::{Suspects, VOTERS, are_labels, suspects};
use parallax_neighbors::{Metric, NeighborGraph};
use parallax_projection::{Shared, Space, agreement_in};
use parallax_session::{CANCELED, CheckedLabels, Edit, JobKind, Queue};
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

/// Those among the rows that were shown at this revision are in the queue.
type Answer = Result<(Arc<Suspects>, Arc<NeighborGraph>, Option<Shared>, (Queue, u64)), String>;

/// Which suspects are in the queue: those among the rows that are shown at this revision.
#[derive(Debug, Clone)]
struct Among(Arc<Suspects>, u64);

impl PartialEq for Among {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) && self.1 == other.1
    }
}

#[derive(Resource, Default)]
pub(crate) struct Checking {
    slot: Slot<Request, Answer>,
    queue: Slot<Among, Queue>,
}

pub(crate) fn check_labels(
    (view, opened, shown): (Res<CurrentView>, Res<Opened>, Res<Shown>),
    projecting: Res<Projecting>,
    (mut checking, mut current): (ResMut<Checking>, ResMut<CurrentSuspects>),
    mut jobs: Jobs,
    mut requests: MessageWriter<Do>,
) {
    let Checking { slot, queue } = &mut *checking;
    if jobs.take_cancels().include(JobKind::Check) && slot.busy().is_some() {
        slot.cancel();
        let column = view.doctor.column.clone().unwrap_or_default();
        *current = CurrentSuspects { found: Some(Err(CANCELED.into())), column, epoch: opened.epoch };
    }
    if jobs.take_retries(JobKind::Check) {
        slot.clear();
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
        let (request, space, among) = (request.clone(), space.clone(), (shown.rows.clone(), shown.revision));
        whole(move |progress| find(&request, &space, among, progress))
    };
    slot.want(request.clone(), (JobKind::Check, "Checking labels".into()), &jobs.wake, work);
    match slot.poll(&mut jobs) {
        Some((Request { epoch, column, metric }, Ok((suspects, graph, shared, (listed, of))))) => {
            queue.assume(Among(suspects.clone(), of));
            let column = column.name().to_owned();
            let found = CheckedLabels { column: column.clone(), suspects, graph, metric, queue: listed, shared };
            requests.write_batch(first(&found, &view).map(Do::program));
            *current = CurrentSuspects { found: Some(Ok(found)), column, epoch };
        }
        Some((Request { epoch, column, .. }, Err(why))) => {
            *current = CurrentSuspects { found: Some(Err(why)), column: column.name().to_owned(), epoch };
        }
        None => {}
    }
    let Some(Ok(CheckedLabels { suspects, .. })) = &current.found else { return };
    let work = || {
        let (suspects, rows) = (suspects.clone(), shown.rows.clone());
        whole(move |_| Queue::new(&suspects, rows.as_ref()))
    };
    let among = Among(suspects.clone(), shown.revision);
    queue.want(among, (JobKind::Show, "Listing labels to check".into()), &jobs.wake, work);
    if let Some((Among(of, _), listed)) = queue.poll(&mut jobs)
        && let Some(Ok(found)) = &mut current.found
        && Arc::ptr_eq(&found.suspects, &of)
    {
        found.queue = listed;
    }
}

fn find(request: &Request, space: &Space, (rows, revision): (Option<RowSet>, u64), progress: &Progress) -> Answer {
    are_labels(&request.column).map_err(|error| error.to_string())?;
    let graph = space.graph(false, request.metric, VOTERS, progress).map_err(|error| error.to_string())?;
    let found = suspects(&request.column, &graph, VOTERS, progress).map_err(|error| error.to_string())?;
    let label = |row: u32| request.column.code(row as usize);
    let shared = agreement_in(label, &graph, progress).map_err(|_cancelled| CANCELED.to_owned())?;
    let queue = Queue::new(&found, rows.as_ref());
    Ok((Arc::new(found), graph, shared, (queue, revision)))
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
