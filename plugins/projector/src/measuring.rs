//! The quality of the layout, measured once it is complete or paused.

use bevy::prelude::*;
use parallax_embedding::Progress;
use parallax_neighbors::GraphSearch;
use parallax_projection::{Layout, Method, Nearness, ProjectionError, Space, measure};
use parallax_session::QualityFigures;
use parallax_state::{CurrentLayout, CurrentView, Do, JobKind, LayoutQuality, Opened, Running, Unmeasured};

use crate::{
    JobSystems, Wake, cancelled,
    job::{Slot, whole},
    projecting::Projecting,
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Measuring>().add_systems(
        Update,
        follow.in_set(JobSystems::Derive).after(crate::projecting::follow).run_if(not(resource_exists::<Unmeasured>)),
    );
}

/// The quality of a layout.
#[derive(Debug)]
pub(crate) struct Measured {
    figures: QualityFigures,
    kept: Vec<f32>,
}

/// The most rows of a layout that is measured. The neighbors of more rows would take too long.
pub(crate) const MEASURED_ROWS: usize = 50_000;

#[derive(Resource, Default)]
struct Measuring(Slot<(u64, u64, Nearness), Result<Measured, ProjectionError>>);

impl Measured {
    pub(crate) fn new(
        layout: &Layout,
        near: Nearness,
        space: &Space,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        // A picture shows at most three.
        let (graph, quality) = measure(&layout.first(3), near, space, progress)?;
        let mut kept = vec![f32::NAN; layout.rows()];
        for (&row, &share) in graph.rows().iter().zip(&quality.kept) {
            kept[row as usize] = share;
        }
        let approximate = match graph.search() {
            GraphSearch::Exact => None,
            GraphSearch::Approximate { recall, .. } => Some(recall),
        };
        let figures = QualityFigures {
            k: quality.k,
            recall: quality.recall,
            trustworthiness: quality.trustworthiness,
            continuity: quality.continuity,
            sample: quality.viewers,
            approximate,
        };
        Ok(Self { figures, kept })
    }

    /// Publishes it as the quality of the layout `of`.
    pub(crate) fn publish(self, of: (u64, u64), quality: &mut LayoutQuality) {
        let revision = quality.revision + 1;
        *quality = LayoutQuality { of: Some(of), figures: Some(self.figures), kept: self.kept.into(), revision };
    }
}

fn follow(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    projecting: Res<Projecting>,
    mut measuring: ResMut<Measuring>,
    (mut quality, mut running): (ResMut<LayoutQuality>, ResMut<Running>),
    wake: Res<Wake>,
    mut method: Local<Option<(Method, usize)>>,
    requests: MessageReader<Do>,
) {
    let slot = &mut measuring.0;
    if cancelled(requests, JobKind::Measure) {
        slot.cancel();
    }
    let (Some(layout), Some(space)) = (current.of(&opened), projecting.space()) else {
        slot.clear();
        return;
    };
    let of = (opened.epoch, current.revision);
    let (before, now) = (*method, current.method.map(|method| (method, layout.dims)));
    *method = now;
    let runs = current.steps.as_ref().is_some_and(|steps| steps.running);
    if quality.of.is_some_and(|(epoch, _)| epoch != of.0 || before != now)
        || !runs && quality.of.is_some_and(|known| known != of)
    {
        *quality = LayoutQuality { revision: quality.revision + 1, ..LayoutQuality::default() };
    }
    if runs || layout.rows() > MEASURED_ROWS {
        slot.clear();
        return;
    }
    let near = view.projection.near();
    let (layout, space) = (layout.clone(), space.clone());
    let work = || whole(move |progress| Measured::new(&layout, near, &space, progress));
    slot.want((of.0, of.1, near), (JobKind::Measure, "Measuring the layout".into()), &wake, work);
    if let Some((_, Ok(measured))) = slot.poll(&mut running) {
        measured.publish(of, &mut quality);
    }
}
