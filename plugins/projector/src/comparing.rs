//! Compares a layout that rests with the vectors, by distances, and its neighbors with the labels.

use bevy::prelude::*;
use parallax_embedding::{Column, ColumnKind, Metadata};
use parallax_projection::{Agreement, Categories, Nearness, ProjectionError, Shepard, agreement, shepard};
use parallax_session::{JobKind, ScaleKind, View};
use parallax_state::{CurrentLayout, CurrentView, LayoutComparison, LayoutQuality, Opened};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
};

/// The layout, as [`Opened::epoch`] and [`CurrentLayout::revision`], and what is near.
type Of = (u64, u64, Nearness);

const CANCELED: &str = "it was canceled";

#[derive(Resource, Default)]
pub(crate) struct Comparing {
    /// What was compared last.
    of: Option<Of>,
    /// The column of categories that colored last.
    colored_by: Option<String>,
    distances: Slot<Of, Result<Shepard, ProjectionError>>,
    labels: Slot<(Of, u64, String), Result<Option<Agreement>, ProjectionError>>,
}

pub(crate) fn compare_layout(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (projecting, quality): (Res<Projecting>, Res<LayoutQuality>),
    (mut comparing, mut comparison): (ResMut<Comparing>, ResMut<LayoutComparison>),
    mut jobs: Jobs,
) {
    let Comparing { of, colored_by, distances, labels } = &mut *comparing;
    if jobs.take_cancels().include(JobKind::Measure) {
        if distances.busy().is_some() {
            distances.cancel();
            comparison.shepard = Some(Err(CANCELED.into()));
        }
        if let Some((.., name)) = labels.busy() {
            comparison.agreement = Some((name.clone(), Err(CANCELED.into())));
            labels.cancel();
        }
    }
    let rests = current.steps.as_ref().is_none_or(|steps| !steps.running) && !view.training.playing;
    let layout = current.of(&opened).filter(|_| rests);
    let (Some(layout), Some(space), Some(embedding)) = (layout, projecting.space(), &opened.embedding) else {
        *of = None;
        distances.clear();
        labels.clear();
        comparison.set_if_neq(LayoutComparison::default());
        return;
    };
    let now = (opened.epoch, current.revision, view.projection.near());
    if of.replace(now) != Some(now) {
        comparison.set_if_neq(LayoutComparison::default());
    }
    let work = || {
        let (layout, space) = (layout.clone(), space.clone());
        whole(move |progress| shepard(&layout.first(3), now.2, &space, progress))
    };
    distances.want(now, (JobKind::Measure, "Comparing distances".into()), &jobs.wake, work);
    if let Some((_, found)) = distances.poll(&mut jobs) {
        comparison.shepard = Some(found.map(Into::into).map_err(|error| error.to_string()));
    }
    let metadata = &embedding.metadata;
    if !view.color_by.is_measured() {
        *colored_by = labels_of(&view, metadata).map(|column| column.name().to_owned());
    }
    let column = match colored_by {
        Some(name) => metadata.column(name),
        // What is measured has colored from the start.
        None if view.color_by.is_measured() => labels_of(&View::default(), metadata),
        None => None,
    };
    // Only then are there neighbors to look at.
    let is_measured = quality.of == Some((now.0, now.1)) && quality.figures.is_some();
    let Some(column) = column.filter(|_| is_measured) else {
        labels.clear();
        if comparison.agreement.is_some() {
            comparison.agreement = None;
        }
        return;
    };
    let name = column.name().to_owned();
    if comparison.agreement.as_ref().is_some_and(|(of, _)| *of != name) {
        comparison.agreement = None;
    }
    let work = || {
        let (layout, space, metadata, name) = (layout.clone(), space.clone(), metadata.clone(), name.clone());
        whole(move |progress| {
            let code = |row| metadata.column(&name).and_then(|column| column.code(row));
            let codes: Categories = (0..layout.rows()).map(code).collect();
            agreement(&codes, &layout.first(3), now.2, &space, progress)
        })
    };
    let request = (now, opened.metadata_revision, name.clone());
    labels.want(request, (JobKind::Measure, "Comparing labels".into()), &jobs.wake, work);
    if let Some(((.., name), found)) = labels.poll(&mut jobs) {
        let found = found.map_err(|error| error.to_string()).transpose();
        comparison.agreement = found.map(|found| (name, found));
    }
}

/// Returns the column that colors, if each of its values has a color of its own.
fn labels_of<'a>(view: &View, metadata: &'a Metadata) -> Option<&'a Column> {
    view.color_column(metadata).filter(|column| match view.scale.kind {
        Some(kind) => kind == ScaleKind::Categories,
        None => matches!(column.kind(), ColumnKind::Category | ColumnKind::Text),
    })
}
