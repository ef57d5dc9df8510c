//! The metadata with the tags of the user.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::Metadata;
use parallax_session::{Action, Edit, JobKind, Pick, Tag, ToastAction, plural};
use parallax_state::{CurrentView, Opened, Routed, Toasts};

use crate::job::{Jobs, Slot, whole};

type Request = (Vec<Tag>, u64);

#[derive(Resource, Default)]
pub(crate) struct Tagging {
    slot: Slot<Request, Arc<Metadata>>,
    /// The tags that the current metadata include.
    done: Request,
    /// The tag that the user has just added.
    given: Option<Tag>,
    /// The tag that a message is about, and the message's number.
    told: Option<(Tag, u64)>,
}

pub(crate) fn apply_tags(
    view: Res<CurrentView>,
    mut opened: ResMut<Opened>,
    mut tagging: ResMut<Tagging>,
    mut jobs: Jobs,
    mut given_now: MessageReader<Routed<Tag>>,
) {
    let Tagging { slot, done, given, told } = &mut *tagging;
    if let Some(Routed(tag)) = given_now.read().last() {
        *given = Some(tag.clone());
    }
    if let Some((_, id)) = told.take_if(|(tag, _)| !view.tags.iter().any(|other| is_same(tag, other))) {
        // It was undone: there is nothing to color by.
        jobs.toasts.dismiss(id);
    }
    if done.1 != opened.loaded_revision {
        *done = (Vec::new(), opened.loaded_revision);
    }
    if done.0 == view.tags {
        slot.clear();
        return;
    }
    let request = (view.tags.clone(), opened.loaded_revision);
    let work = || {
        let (metadata, tags, rows) = (opened.loaded_metadata.clone(), view.tags.clone(), opened.rows());
        let doctor = view.doctor.clone();
        whole(move |_| {
            let tag = |metadata: Arc<Metadata>, tag: &Tag| {
                // The labels that were checked are those of their column, with the changes.
                let copied = doctor.source_of(&tag.column).and_then(|of| metadata.with_copy(of, &tag.column));
                let metadata = copied.map_or(metadata, Arc::new);
                Arc::new(metadata.with_value(&tag.column, &tag.value, &tag.rows, rows))
            };
            tags.iter().fold(metadata, tag)
        })
    };
    slot.want(request, (JobKind::Tag, "Tagging".into()), &jobs.wake, work);
    if let Some((request, metadata)) = slot.poll(&mut jobs) {
        if let Some(tag) = given.take().filter(|tag| request.0.last().is_some_and(|last| is_same(tag, last))) {
            let id = say(&tag, &view, &metadata, &mut jobs.toasts);
            *told = Some((tag, id));
        }
        *done = request;
        opened.set_metadata(metadata);
    }
}

/// Whether two tags set the same value. What the user has just done may be several at once, and is
/// then told as the last of them with the rows of all.
fn is_same(tag: &Tag, other: &Tag) -> bool {
    (&tag.column, &tag.value) == (&other.column, &other.value)
}

/// Shows how many points were tagged, and offers to color by the tag unless it colors already.
/// Returns the message's number.
fn say(tag: &Tag, view: &CurrentView, metadata: &Metadata, toasts: &mut Toasts) -> u64 {
    let points = plural(tag.rows.len(), "point");
    if tag.value.is_empty() {
        return toasts.offer(format!("Tag cleared from {points}."), None);
    }
    let colors = view.color_column(metadata).is_some_and(|column| column.name() == tag.column);
    let offer = (!colors).then(|| ToastAction {
        caption: format!("Color by {}", tag.column),
        action: Action::Edit(Edit::ColorBy(Pick::Column(tag.column.clone()))),
    });
    toasts.offer(format!("{points} tagged."), offer)
}
