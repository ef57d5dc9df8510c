//! The metadata with a person's tags.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::Metadata;
use parallax_session::Tag;
use parallax_state::{CurrentView, JobKind, Opened, Running};

use crate::{
    JobSystems, Wake,
    job::{Slot, whole},
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Tagging>().add_systems(Update, follow.in_set(JobSystems::Tag));
}

type Request = (Vec<Tag>, u64);

#[derive(Resource, Default)]
struct Tagging {
    slot: Slot<Request, Arc<Metadata>>,
    /// The tags that the metadata at hand have.
    done: Request,
}

fn follow(
    view: Res<CurrentView>,
    mut opened: ResMut<Opened>,
    mut tagging: ResMut<Tagging>,
    mut running: ResMut<Running>,
    wake: Res<Wake>,
) {
    let Tagging { slot, done } = &mut *tagging;
    if done.1 != opened.epoch {
        *done = (Vec::new(), opened.epoch);
    }
    if done.0 == view.tags {
        slot.clear();
        return;
    }
    let request = (view.tags.clone(), opened.epoch);
    let work = || {
        let (metadata, tags, rows) = (opened.loaded_metadata.clone(), view.tags.clone(), opened.rows());
        whole(move |_| {
            let tag = |metadata: Arc<Metadata>, tag: &Tag| {
                Arc::new(metadata.with_value(&tag.column, &tag.value, &tag.rows, rows))
            };
            tags.iter().fold(metadata, tag)
        })
    };
    slot.want(request, (JobKind::Tag, "Tagging".into()), &wake, work);
    if let Some((request, metadata)) = slot.poll(&mut running) {
        *done = request;
        opened.set_metadata(metadata);
    }
}
