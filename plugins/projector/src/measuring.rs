//! Measures the layout once it is complete or paused.

use bevy::prelude::*;
use parallax_projection::{Method, Nearness, ProjectionError, QUALITY_ROWS};
use parallax_session::JobKind;
use parallax_state::{CurrentLayout, CurrentView, LayoutQuality, Opened, Seen, Unmeasured};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
    quality::Measured,
};

#[derive(Resource, Default)]
pub(crate) struct Measuring(Slot<(u64, u64, Nearness), Result<Measured, ProjectionError>>);

pub(crate) fn measure_layout(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    (projecting, unmeasured): (Res<Projecting>, Option<Res<Unmeasured>>),
    mut measuring: ResMut<Measuring>,
    mut quality: ResMut<LayoutQuality>,
    (mut method, mut iteration): (Local<Seen<Option<(Method, usize)>>>, Local<usize>),
    mut jobs: Jobs,
) {
    let slot = &mut measuring.0;
    if jobs.take_cancels().include(JobKind::Measure) {
        slot.cancel();
    }
    let (Some(layout), Some(space)) = (current.of(&opened), projecting.space()) else {
        slot.clear();
        return;
    };
    let of = (opened.epoch, current.revision);
    let is_other = method.changed(current.method.map(|method| (method, layout.dims())));
    let runs = current.steps.as_ref().is_some_and(|steps| steps.running);
    // The figures of a run that has begun anew are those of another layout.
    let now = current.steps.as_ref().map_or(0, |steps| steps.iteration);
    let is_anew = now < std::mem::replace(&mut *iteration, now) && quality.of != Some(of);
    if quality.of.is_some_and(|(epoch, _)| epoch != of.0)
        || is_other
        || is_anew
        || !runs && quality.of.is_some_and(|known| known != of)
    {
        *quality = LayoutQuality { revision: quality.revision + 1, ..LayoutQuality::default() };
    }
    let is_shown = unmeasured.is_none() || view.color_by.is_measured();
    // Steps that are played are gone before they are measured.
    if runs || view.training.playing || !is_shown || layout.rows() > QUALITY_ROWS {
        slot.clear();
        return;
    }
    let near = view.projection.near();
    let (layout, space) = (layout.clone(), space.clone());
    let step = current.steps.as_ref().map(|steps| steps.iteration);
    let work = || whole(move |progress| Measured::new(&layout, step, (near, &space), progress));
    slot.want((of.0, of.1, near), (JobKind::Measure, "Measuring the layout".into()), &jobs.wake, work);
    if let Some((_, Ok(measured))) = slot.poll(&mut jobs) {
        quality.put(of, measured.figures, measured.kept, measured.errors);
    }
}
