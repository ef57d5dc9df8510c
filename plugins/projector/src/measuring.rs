//! Measures the layout once it is complete or paused.

use bevy::prelude::*;
use parallax_projection::{Method, Nearness, ProjectionError};
use parallax_state::{Cancel, CurrentLayout, CurrentView, JobKind, LayoutQuality, Opened, Routed, Running, Unmeasured};

use crate::{
    JobSystems, Wake, cancelled,
    job::{Slot, whole},
    projecting::{self, Projecting},
    quality::{MEASURED_ROWS, Measured},
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Measuring>().add_systems(
        Update,
        follow.in_set(JobSystems::Derive).after(projecting::follow).run_if(not(resource_exists::<Unmeasured>)),
    );
}

#[derive(Resource, Default)]
struct Measuring(Slot<(u64, u64, Nearness), Result<Measured, ProjectionError>>);

fn follow(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    projecting: Res<Projecting>,
    mut measuring: ResMut<Measuring>,
    (mut quality, mut running): (ResMut<LayoutQuality>, ResMut<Running>),
    wake: Res<Wake>,
    mut method: Local<Option<(Method, usize)>>,
    cancels: MessageReader<Routed<Cancel>>,
) {
    let slot = &mut measuring.0;
    if cancelled(cancels, JobKind::Measure) {
        slot.cancel();
    }
    let (Some(layout), Some(space)) = (current.of(&opened), projecting.space()) else {
        slot.clear();
        return;
    };
    let of = (opened.epoch, current.revision);
    let (before, now) = (*method, current.method.map(|method| (method, layout.dims())));
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
