//! Finds the clusters of the layout on screen and names them, once the layout has come to rest.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::{Column, Metadata, Progress, RowSet};
use parallax_meaning::{ChosenColumn, ClusterError, ClusterSettings, Levels, NamedLevels, choose_column};
use parallax_projection::Layout;
use parallax_session::{GivenName, JobKind, Naming, Pick};
use parallax_state::{ClusterNames, CurrentLayout, CurrentView, Opened, Shown};

use crate::job::{Jobs, Slot, whole};

/// What clusters depend on.
#[derive(Debug, Clone, PartialEq)]
struct Cut {
    epoch: u64,
    layout: u64,
    seen: [Option<usize>; 3],
    shown: u64,
    settings: ClusterSettings,
}

/// What their names depend on besides.
#[derive(Debug, Clone, PartialEq)]
struct Request {
    cut: Cut,
    by: Pick,
    /// The revision of the metadata, if the column may be one of tags.
    metadata: Option<u64>,
    given: Vec<GivenName>,
}

/// Clusters with the names that the column gives them.
#[derive(Debug, Clone)]
struct Named {
    levels: Arc<NamedLevels>,
    column: Option<(String, Option<String>)>,
}

type Answer = Result<(Named, Arc<NamedLevels>), ClusterError>;

#[derive(Resource, Default)]
pub(crate) struct Namer {
    slot: Slot<Request, Answer>,
    /// The last result before names by hand, and what it was for.
    known: Option<(Request, Named)>,
}

pub(crate) fn name_clusters(
    (view, opened, current, shown): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>, Res<Shown>),
    mut namer: ResMut<Namer>,
    mut names: ResMut<ClusterNames>,
    mut jobs: Jobs,
) {
    let Namer { slot, known } = &mut *namer;
    if jobs.take_cancels().include(JobKind::Name) && slot.busy().is_some() {
        slot.cancel();
        publish(&mut names, Err("Canceled".to_owned()), None, opened.epoch);
    }
    let runs = current.steps.as_ref().is_some_and(|steps| steps.running);
    let (Some(layout), Some(embedding), true, false) =
        (current.of(&opened), &opened.embedding, view.naming.shown, runs)
    else {
        if slot.busy().is_some() {
            slot.clear();
        }
        return;
    };
    let Naming { by, given, .. } = &view.naming;
    let settings = view.naming.cluster_settings(layout.rows());
    let seen = view.projection.seen(current.method, layout.dims());
    let cut = Cut { epoch: opened.epoch, layout: current.revision, seen, shown: shown.revision, settings };
    let metadata = matches!(by, Pick::Column(_)).then_some(opened.metadata_revision);
    let request = Request { cut, by: by.clone(), metadata, given: given.clone() };
    let work = || {
        let (request, layout, shown, known) = (request.clone(), layout.clone(), shown.rows.clone(), known.clone());
        // The column that suits is not one that was made of clusters.
        let metadata = if metadata.is_some() { embedding.metadata.clone() } else { opened.loaded_metadata.clone() };
        whole(move |progress| find(&request, known, (&layout, shown.as_ref(), &metadata), progress))
    };
    slot.want(request.clone(), (JobKind::Name, "Naming clusters".into()), &jobs.wake, work);
    match slot.poll(&mut jobs) {
        Some((request, Ok((found, named)))) => {
            publish(&mut names, Ok(named), found.column.clone(), request.cut.epoch);
            *known = Some((request, found));
        }
        Some((request, Err(error))) => publish(&mut names, Err(said(&error)), None, request.cut.epoch),
        None => {}
    }
}

fn publish(
    names: &mut ClusterNames,
    found: Result<Arc<NamedLevels>, String>,
    column: Option<(String, Option<String>)>,
    epoch: u64,
) {
    *names = ClusterNames { found: Some(found), column, epoch, revision: names.revision + 1 };
}

/// Finds clusters and names as far as they are not known.
fn find(
    request: &Request,
    known: Option<(Request, Named)>,
    (layout, shown, metadata): (&Layout, Option<&RowSet>, &Metadata),
    progress: &Progress,
) -> Answer {
    let known = known.filter(|(of, _)| of.cut == request.cut);
    let same = |of: &Request| (&of.by, of.metadata) == (&request.by, request.metadata);
    let named = match known {
        Some((of, named)) if same(&of) => named,
        known => {
            let places = layout.on_screen(request.cut.seen, shown);
            let levels = match known {
                Some((_, named)) => named.levels.levels.clone(),
                None => Arc::new(Levels::new(places.view(), &request.cut.settings, progress)?),
            };
            let chosen = column(&request.by, metadata);
            let levels = match &chosen {
                Some((column, _)) => levels.name(column, places.view(), progress)?,
                None => NamedLevels::unnamed(levels),
            };
            let column = chosen.map(|(column, reason)| (column.name().to_owned(), reason));
            Named { levels: Arc::new(levels), column }
        }
    };
    let given = request.given.iter().map(|given| (&given.rows, given.name.as_str()));
    let mut levels = NamedLevels::clone(&named.levels);
    levels.give(given);
    Ok((named, Arc::new(levels)))
}

/// Returns the column that names are from, and why if nobody has chosen it.
fn column<'a>(by: &Pick, metadata: &'a Metadata) -> Option<(&'a Column, Option<String>)> {
    if let Pick::Column(name) = by
        && let Some(column) = metadata.column(name)
    {
        return Some((column, None));
    }
    choose_column(metadata).map(|ChosenColumn { column, reason }| (column, Some(reason)))
}

fn said(error: &ClusterError) -> String {
    match error {
        ClusterError::Cancelled(_) => "Canceled".to_owned(),
        error => error.to_string(),
    }
}
