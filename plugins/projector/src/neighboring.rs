//! The neighbors of the row that the Inspector is about.

use bevy::prelude::*;
use parallax_neighbors::{Neighbor, NeighborsError, nearest};
use parallax_session::NeighborQuery;
use parallax_state::{CurrentView, JobKind, Neighborhood, NeighborhoodState, Opened, Running};

use crate::{
    JobSystems, Wake,
    job::{Slot, whole},
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Neighboring>().add_systems(Update, follow.in_set(JobSystems::Derive));
}

type Request = (u32, NeighborQuery, u64);

#[derive(Resource, Default)]
struct Neighboring(Slot<Request, Result<Vec<Neighbor>, NeighborsError>>);

fn follow(
    view: Res<CurrentView>,
    opened: Res<Opened>,
    mut neighboring: ResMut<Neighboring>,
    mut neighborhood: ResMut<Neighborhood>,
    mut running: ResMut<Running>,
    wake: Res<Wake>,
) {
    let slot = &mut neighboring.0;
    let row = view.inspected().filter(|&row| (row as usize) < opened.rows());
    let (Some(row), Some(embedding)) = (row, &opened.embedding) else {
        if neighborhood.of.is_some() {
            slot.clear();
            *neighborhood = Neighborhood::default();
        }
        return;
    };
    let query = view.neighbors;
    let request = (row, query, opened.epoch);
    if neighborhood.of != Some(request) {
        // The list of the same row in another metric stays until the new one is there, lest the panel blink.
        let same = neighborhood.of.is_some_and(|(before, _, epoch)| (before, epoch) == (row, opened.epoch));
        neighborhood.of = Some(request);
        if !same {
            neighborhood.state = NeighborhoodState::Computing;
        }
    }
    let work = || {
        let embedding = embedding.clone();
        whole(move |progress| nearest(&embedding.vectors, row, query.k, query.metric, &embedding.non_finite, progress))
    };
    slot.want(request, (JobKind::Neighbors, "Finding neighbors".into()), &wake, work);
    match slot.poll(&mut running) {
        Some((_, Ok(found))) => neighborhood.state = NeighborhoodState::Ready(found),
        Some((_, Err(error))) => neighborhood.state = NeighborhoodState::Failed(error.to_string()),
        None => {}
    }
}
