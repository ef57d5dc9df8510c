//! Exports, one after the other.

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use bevy::prelude::*;
use ndarray::Array2;
use parallax_embedding::{Embedding, Progress, RowSet};
use parallax_formats::{ExportJob, FormatError, Written, export};
use parallax_projection::Layout;
use parallax_session::{Export, Exported, ExportedRows, JobKind, View, file_name, plural};
use parallax_state::{CurrentLayout, CurrentView, Neighborhood, Opened, Routed, SavedTags, Shown, Topic};

use crate::job::{Jobs, Slot, whole};

#[derive(Resource, Default)]
pub(crate) struct Exporting {
    slot: Slot<(u64, Exported), Result<Written, FormatError>>,
    waiting: VecDeque<Work>,
    /// The number of exports so far.
    count: u64,
    /// The file that is being written.
    path: PathBuf,
    /// The view whose tags the file under way will hold.
    tags_of: Option<View>,
}

/// Everything that a file is made from, as it was at the time of the request.
struct Work {
    what: Exported,
    path: PathBuf,
    rows: RowSet,
    embedding: Arc<Embedding>,
    layout: Option<Arc<Layout>>,
    seen: [Option<usize>; 3],
    label: Option<String>,
    neighbors: Vec<(u32, f64)>,
    /// The view whose tags the file will hold.
    tags_of: Option<View>,
}

pub(crate) fn write_exports(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (shown, neighborhood): (Res<Shown>, Res<Neighborhood>),
    mut saved_tags: ResMut<SavedTags>,
    mut exporting: ResMut<Exporting>,
    mut jobs: Jobs,
    mut exports: MessageReader<Routed<Export>>,
) {
    let exporting = &mut *exporting;
    for Routed(export) in exports.read() {
        match prepare(export, (&view, &opened, &current), &shown, &neighborhood) {
            Ok(work) => exporting.waiting.push_back(work),
            Err(why) => jobs.toasts.about(Topic::Export(export.what), |toasts| toasts.error(why)),
        }
    }
    let cancels = jobs.take_cancels();
    if cancels.include(JobKind::Export) {
        exporting.slot.cancel();
    }
    if cancels.include_all() {
        exporting.waiting.clear();
    }
    if exporting.slot.busy().is_none()
        && let Some(work) = exporting.waiting.pop_front()
    {
        exporting.count += 1;
        exporting.path.clone_from(&work.path);
        exporting.tags_of.clone_from(&work.tags_of);
        let name = format!("Writing {}", file_name(&work.path));
        let request = (exporting.count, work.what);
        exporting
            .slot
            .want(request, (JobKind::Export, name), &jobs.wake, || whole(move |progress| work.write(progress)));
    }
    match exporting.slot.poll(&mut jobs) {
        Some(((_, what), Ok(written))) => {
            let toasts = &mut jobs.toasts;
            toasts.end(Topic::Export(what));
            exporting.tags_of.take().iter().for_each(|view| saved_tags.put(view));
            toasts.saved(&plural(written.rows, "row"), &exporting.path);
            written.notes.iter().for_each(|note| toasts.problem(note, None));
        }
        Some(((_, what), Err(error))) => {
            jobs.toasts.about(Topic::Export(what), |toasts| toasts.refused(error));
        }
        None => {}
    }
}

/// Gathers what a file is made from, or returns what is missing.
fn prepare(
    export: &Export,
    (view, opened, current): (&CurrentView, &Opened, &CurrentLayout),
    shown: &Shown,
    neighborhood: &Neighborhood,
) -> Result<Work, &'static str> {
    let embedding = opened.embedding.clone().ok_or("Nothing is open to export.")?;
    let rows = match export.rows {
        ExportedRows::All => RowSet::all(embedding.rows()),
        ExportedRows::Shown => shown.rows.clone().unwrap_or_else(|| RowSet::all(embedding.rows())),
        ExportedRows::Selected => view.selection.below(embedding.rows()),
    };
    let layout = current.of(opened).cloned();
    let label = view.label_column(&embedding.metadata).map(|column| column.name().to_owned());
    let neighbors: Vec<(u32, f64)> =
        neighborhood.found().iter().map(|neighbor| (neighbor.row, neighbor.distance)).collect();
    match export.what {
        Exported::Neighbors if neighbors.is_empty() => return Err("There are no neighbors. Select one point first."),
        Exported::Neighbors => {}
        _ if rows.is_empty() => return Err("Nothing is selected. Select points first, or export all."),
        Exported::Coordinates if layout.is_none() => return Err("There is no layout yet. Wait until it is computed."),
        Exported::Labels if label.is_none() => {
            return Err("The rows have no labels. Choose a column under “Label by”.");
        }
        Exported::Metadata if embedding.metadata.columns().is_empty() => return Err("There is no metadata to export."),
        _ => {}
    }
    let seen = view.projection.seen(current.method, layout.as_ref().map_or(0, |layout| layout.dims()));
    let has_tags = matches!(export.what, Exported::Metadata | Exported::Folder) && export.rows == ExportedRows::All;
    let tags_of = (has_tags && !view.tags.is_empty()).then(|| (**view).clone());
    Ok(Work { what: export.what, path: export.path.clone(), rows, embedding, layout, seen, label, neighbors, tags_of })
}

impl Work {
    fn write(&self, progress: &Progress) -> Result<Written, FormatError> {
        let Self { rows, embedding, .. } = self;
        let metadata = &*embedding.metadata;
        let label = self.label.as_ref().and_then(|name| metadata.column(name));
        let coordinates = self.coordinates();
        let job = match self.what {
            Exported::Coordinates => ExportJob::Coordinates { layout: coordinates.view(), labels: label, rows },
            Exported::Vectors => ExportJob::Vectors { vectors: &embedding.vectors, metadata, rows },
            Exported::Labels if let Some(labels) = label => ExportJob::Labels { labels, rows },
            Exported::Labels | Exported::Metadata => ExportJob::Metadata { metadata, rows },
            Exported::Neighbors => ExportJob::Neighbors { neighbors: &self.neighbors, labels: label },
            Exported::Folder => ExportJob::Folder { embedding, rows },
        };
        export(&job, &self.path, progress)
    }

    /// Returns the coordinates on screen.
    fn coordinates(&self) -> Array2<f32> {
        let seen: Vec<usize> = self.seen.into_iter().flatten().collect();
        let layout = self.layout.as_ref().filter(|_| self.what == Exported::Coordinates);
        layout.map_or_else(
            || Array2::default((0, 0)),
            |layout| {
                let places = layout.view();
                Array2::from_shape_fn((layout.rows(), seen.len()), |(row, at)| places[[row, seen[at]]])
            },
        )
    }
}
