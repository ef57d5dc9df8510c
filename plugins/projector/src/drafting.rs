//! Drafts a tour of what is on screen, in the background.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_session::{JobKind, ToastAction, TourAction, plural};
use parallax_state::{CurrentLayout, CurrentTour, CurrentView, DraftTour, KeptLayouts, Opened, Routed, Topic};
use parallax_tour::{Bookmark, DraftError, Subject, draft};

use crate::{
    job::{Jobs, Slot, whole},
    projecting::Projecting,
};

/// The draft under way, by its number and the data that it is of.
#[derive(Resource, Default)]
pub(crate) struct Drafting {
    slot: Slot<(u64, u64), Result<Vec<Bookmark>, DraftError>>,
    count: u64,
}

pub(crate) fn draft_tour(
    (view, opened): (Res<CurrentView>, Res<Opened>),
    (current, kept, projecting): (Res<CurrentLayout>, Res<KeptLayouts>, Res<Projecting>),
    (mut drafting, mut tour): (ResMut<Drafting>, ResMut<CurrentTour>),
    mut jobs: Jobs,
    mut asked: MessageReader<Routed<DraftTour>>,
) {
    let Drafting { slot, count } = &mut *drafting;
    let is_of_other = slot.busy().is_some_and(|(_, epoch)| *epoch != opened.epoch);
    if jobs.take_cancels().include(JobKind::Draft) || is_of_other {
        slot.cancel();
    }
    if asked.read().count() > 0 {
        let runs = current.steps.as_ref().is_some_and(|steps| steps.running);
        let layout = current.of(&opened).filter(|_| !runs);
        match (layout, &opened.embedding, projecting.space()) {
            (Some(_), Some(embedding), Some(space)) => {
                *count += 1;
                let (embedding, space) = (embedding.clone(), space.clone());
                let (view, layouts) = (view.clone(), kept.0.clone());
                let work = move || {
                    whole(move |progress| {
                        let labels = view.label_column(&embedding.metadata);
                        let subject = Arc::new(Subject::of(&embedding, labels));
                        let (name, note) = (String::new(), String::new());
                        let seen = Bookmark { name, note, seconds: None, subject, view, layouts, thumbnail: None };
                        draft(&seen, &embedding, &space, progress)
                    })
                };
                slot.want((*count, opened.epoch), (JobKind::Draft, "Drafting a tour".into()), &jobs.wake, work);
            }
            _ => jobs.toasts.replace(Topic::Draft, |toasts| {
                toasts.error("There is no finished layout to draft a tour of: wait until it is there.");
            }),
        }
    }
    match slot.poll(&mut jobs) {
        Some((_, Ok(drafts))) => {
            let all = drafts.len();
            let new = tour.files_mut().add_drafts(drafts);
            let rest = match all - new {
                0 => "Read them, change them, and delete what does not help.".to_owned(),
                1 => "1 more was there already.".to_owned(),
                known => format!("{known} more were there already."),
            };
            let text = match new {
                0 => "Nothing new was drafted: all of it is among the bookmarks already.".to_owned(),
                new => format!("Drafted {}. {rest}", plural(new, "bookmark")),
            };
            let action = TourAction::RemoveDrafts.into();
            let remove = ToastAction { caption: "Remove them".into(), action };
            jobs.toasts.replace(Topic::Draft, |toasts| _ = toasts.offer(text, Some(remove)));
        }
        Some((_, Err(DraftError::Cancelled(_)))) | None => {}
        Some((_, Err(error))) => {
            jobs.toasts.replace(Topic::Draft, |toasts| toasts.error(format!("No tour was drafted: {error}.")));
        }
    }
}
