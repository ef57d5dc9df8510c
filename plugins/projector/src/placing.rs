//! Which rows have no place in the layout, and why: found once per layout.
//!
//! A method with steps leaves out the same rows in each of them.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_projection::WithoutPlace;
use parallax_session::{JobKind, Method, Projection};
use parallax_state::{CurrentLayout, CurrentView, Opened, Unplaced};

use crate::job::{Jobs, Slot, whole};

#[derive(Resource, Default)]
pub(crate) struct Placing(Slot<Request, WithoutPlace>);

/// What the rows without a place depend on.
#[derive(Clone)]
struct Request {
    epoch: u64,
    method: Option<Method>,
    made_by: Arc<Projection>,
    /// The revision of a layout without steps.
    revision: Option<u64>,
    /// The rows that are laid out, if not all are.
    among: Option<RowSet>,
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.made_by, &other.made_by)
            && (self.epoch, self.method, self.revision) == (other.epoch, other.method, other.revision)
            && self.among == other.among
    }
}

pub(crate) fn find_unplaced(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    mut placing: ResMut<Placing>,
    mut unplaced: ResMut<Unplaced>,
    mut jobs: Jobs,
) {
    let (Some(layout), Some(embedding)) = (current.of(&opened), &opened.embedding) else {
        placing.0.clear();
        unplaced.set_if_neq(Unplaced::default());
        return;
    };
    let request = Request {
        epoch: opened.epoch,
        method: current.method,
        made_by: current.made_by.clone(),
        revision: current.steps.is_none().then_some(current.revision),
        among: view.isolated().filter(|_| !current.of_more).cloned(),
    };
    let (layout, embedding, among) = (layout.clone(), embedding.clone(), request.among.clone());
    let work = || whole(move |_| layout.without_place(among.as_ref(), &embedding.vectors, &embedding.non_finite));
    placing.0.want(request, (JobKind::Show, "Counting the points".into()), &jobs.wake, work);
    if let Some((_, found)) = placing.0.poll(&mut jobs) {
        unplaced.set_if_neq(Unplaced(Arc::new(found)));
    }
}
