//! Finds the clusters of the layout on screen and names them, once the layout has come to rest.

use std::sync::Arc;

use bevy::prelude::*;
use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Column, Metadata, Progress, RowSet};
use parallax_meaning::{ChosenColumn, ClusterError, ClusterSettings, Levels, NamedLevels, choose_column, single_rows};
use parallax_projection::Layout;
use parallax_session::{GivenName, JobKind, Naming, Pick, named_by_chance};
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
                Some((column, why)) => {
                    let mut named = levels.name(column, places.view(), progress)?;
                    named.notes.extend(doubts((column, why.is_none()), &named, (places.view(), metadata), progress)?);
                    named
                }
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

/// Returns sentences that say that names tell nothing about clusters: those of values that the layout
/// knows nothing about, and those of single rows, if the column `is_chosen` by hand.
fn doubts(
    (column, is_chosen): (&Column, bool),
    named: &NamedLevels,
    (places, metadata): (ArrayView2<'_, f32>, &Metadata),
    progress: &Progress,
) -> Result<Vec<String>, Cancelled> {
    if named.clusters().is_empty() {
        return Ok(Vec::new());
    }
    let chance = named.way.map(|way| named_by_chance(column, way, places, progress)).transpose()?.flatten();
    let single = is_chosen.then(|| single_rows(column, metadata)).flatten();
    let single = single.map(|(what, better)| format!("{what}; values of “{}” are shared", better.name()));
    Ok(chance
        .map(|what| format!("{what}, so that names from it are what chance makes"))
        .into_iter()
        .chain(single)
        .collect())
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

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use parallax_embedding::{ColumnBuilder, random};

    use super::*;

    /// Two heaps of a hundred rows, named by what the heaps share, by a coin, and by what each row has for
    /// itself.
    #[test]
    fn names_that_say_nothing_are_doubted() {
        let layout = Array2::from_shape_fn((200, 2), |(row, axis)| {
            (row / 100 * 90) as f32 + [row % 10, row % 100 / 10][axis] as f32
        });
        let column = |name: &str, cell: &dyn Fn(u32) -> String| {
            let mut column = ColumnBuilder::new(name);
            (0..200).for_each(|row| column.push(Some(&cell(row))));
            column.finish()
        };
        let side = column("side", &|row| ["left", "right"][row as usize / 100].into());
        let coin = column("coin", &|row| ["heads", "tails"][usize::from(random::unit(row.into()) < 0.5)].into());
        let id = column("id", &|row| format!("id_{row}"));
        let metadata = Metadata::new(vec![side, coin, id]).unwrap();
        let progress = Progress::default();
        let levels = Arc::new(Levels::new(layout.view(), &ClusterSettings::default(), &progress).unwrap());
        for (name, is_chosen, expected) in [
            ("side", true, None),
            ("coin", true, Some("neighbors say nothing about “coin”: they share it ")),
            ("id", true, Some("column \"id\" has 200 values for 200 rows, so that each name is of single rows ")),
            ("id", false, None),
        ] {
            let column = metadata.column(name).unwrap();
            let named = levels.clone().name(column, layout.view(), &progress).unwrap();
            let found = doubts((column, is_chosen), &named, (layout.view(), &metadata), &progress).unwrap();
            assert_eq!(found.len(), usize::from(expected.is_some()), "{name}: {found:?}");
            assert!(expected.is_none_or(|expected| found[0].starts_with(expected)), "{name}: {found:?}");
        }
    }
}
