//! The layout that the view asks for.

use std::{collections::HashMap, sync::Arc};

use bevy::prelude::*;
use parallax_embedding::Embedding;
use parallax_projection::{Method, Projected, ProjectionError, project};
use parallax_state::{CurrentLayout, CurrentView, JobKind, Opened, Running, Toasts};

use crate::{JobSystems, Wake, cancelled, job::Slot};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Projecting>().add_systems(Update, follow.in_set(JobSystems::Derive));
}

#[derive(Resource, Default)]
struct Projecting {
    slot: Slot<(u64, Method), Result<Projected, ProjectionError>>,
    /// The last layout of each method: going back to one is at once.
    kept: HashMap<Method, Shown>,
    /// The embedding that the kept layouts are of.
    epoch: u64,
}

#[derive(Clone)]
struct Shown {
    layout: Arc<parallax_projection::Layout>,
    explained_variance: Arc<[f64]>,
}

fn follow(
    view: Res<CurrentView>,
    opened: Res<Opened>,
    mut projecting: ResMut<Projecting>,
    mut current: ResMut<CurrentLayout>,
    (mut running, mut toasts): (ResMut<Running>, ResMut<Toasts>),
    wake: Res<Wake>,
    requests: MessageReader<parallax_state::Do>,
) {
    let projecting = &mut *projecting;
    if cancelled(requests) {
        projecting.slot.cancel();
    }
    let Some(embedding) = &opened.embedding else { return };
    if projecting.epoch != opened.epoch {
        projecting.epoch = opened.epoch;
        projecting.kept.clear();
        // A layout that came with the embedding counts as computed.
        if let (Some(layout), Some(method)) = (current.of(&opened), current.method) {
            let explained_variance = current.explained_variance.clone();
            projecting.kept.insert(method, Shown { layout: layout.clone(), explained_variance });
        }
    }
    let method = view.projection.method;
    if let Some(shown) = projecting.kept.get(&method) {
        if current.epoch != opened.epoch || current.method != Some(method) {
            show(&mut current, method, opened.epoch, shown.clone());
        }
        projecting.slot.clear();
        return;
    }
    let work = || -> Box<dyn FnOnce(&_) -> _ + Send> {
        let embedding: Arc<Embedding> = embedding.clone();
        Box::new(move |progress| project(method, &embedding.vectors, &embedding.non_finite, progress))
    };
    projecting.slot.want(
        (opened.epoch, method),
        (JobKind::Project, format!("Computing {}", title(method))),
        &wake,
        work,
    );
    match projecting.slot.poll(&mut running) {
        Some(((epoch, method), Ok(projected))) if epoch == opened.epoch => {
            let Projected { layout, explained_variance_ratio } = projected;
            let shown = Shown { layout: Arc::new(layout), explained_variance: explained_variance_ratio.into() };
            projecting.kept.insert(method, shown.clone());
            show(&mut current, method, epoch, shown);
        }
        Some((_, Ok(_) | Err(ProjectionError::Cancelled(_)))) | None => {}
        Some(((_, method), Err(error))) => toasts.error(format!("{}: {error}.", title(method))),
    }
}

fn show(current: &mut CurrentLayout, method: Method, epoch: u64, shown: Shown) {
    current.layout = Some(shown.layout);
    current.explained_variance = shown.explained_variance;
    current.method = Some(method);
    current.epoch = epoch;
    current.revision += 1;
}

fn title(method: Method) -> &'static str {
    match method {
        Method::Pca => "PCA",
        Method::Identity => "the vectors as they are",
    }
}
