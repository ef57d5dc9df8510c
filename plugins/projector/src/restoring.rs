//! Shows a bookmark: opens its data, or finds its rows in the open data, then restores its view and
//! layouts.
//!
//! The data of a bookmark are recognized by their fingerprint. On other data it shows what it can,
//! and the differences are reported once. If its data cannot be opened, the picture is rebuilt from
//! the coordinates in the bookmark.

use std::sync::Arc;

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::Embedding;
use parallax_session::{Action, Edit, JobKind, Origin, Projection, ToastAction, TourAction, View};
use parallax_state::{CurrentTour, CurrentView, Opened, Settled, Topic};
use parallax_tour::{Bookmark, Fitted, Subject, fit, rebuild};

use crate::{
    job::{Jobs, Slot, whole},
    loading::Loading,
    projecting::{Projecting, Restored},
};

/// The bookmark that is being restored.
#[derive(Resource, Default)]
pub(crate) struct Restoring {
    /// Waits for its data.
    waiting: Option<Waiting>,
    /// Looks for its rows in other data.
    fitting: Slot<(u64, u64), Option<Fitted>>,
    bookmark: Option<Bookmark>,
    starts: u64,
    /// What the open data were rebuilt from, and their epoch.
    rebuilt: Option<(Arc<Subject>, u64)>,
    /// The fingerprint of the open data, and their epoch.
    fingerprint: Option<(u64, u64)>,
    /// The data of bookmarks whose differences to the data of an epoch were reported.
    told: Option<(Arc<Subject>, u64)>,
}

/// A bookmark whose data are being loaded.
struct Waiting {
    bookmark: Bookmark,
    /// The origin of the data. If the user opens other data in the meantime, the bookmark is
    /// dropped.
    origin: Origin,
    /// The epoch of the data that are replaced.
    epoch: u64,
}

/// What restoring a bookmark changes.
struct Stage<'a, 'v, 'w, 's> {
    /// The view as it will be.
    view: View,
    settled: &'a mut MessageWriter<'v, Settled>,
    opened: &'a mut Opened,
    projecting: &'a mut Projecting,
    jobs: &'a mut Jobs<'w, 's>,
}

pub(crate) fn restore_bookmark(
    (mut tour, mut restoring): (ResMut<CurrentTour>, ResMut<Restoring>),
    (view, mut opened): (Res<CurrentView>, ResMut<Opened>),
    (mut projecting, mut loading): (ResMut<Projecting>, ResMut<Loading>),
    mut jobs: Jobs,
    (mut settled, mut redraw): (MessageWriter<Settled>, MessageWriter<RequestRedraw>),
) {
    let wanted = tour.bypass_change_detection().wanted.take();
    let bookmark = wanted.and_then(|place| tour.tour().bookmarks.get(place)).cloned();
    if bookmark.is_none() && restoring.waiting.is_none() && restoring.fitting.busy().is_none() {
        return;
    }
    let restoring = &mut *restoring;
    let stage = &mut Stage {
        view: View::clone(&view),
        settled: &mut settled,
        opened: &mut opened,
        projecting: &mut projecting,
        jobs: &mut jobs,
    };
    if let Some(bookmark) = bookmark {
        // The next frame continues what starts here. Jobs wake the program themselves.
        redraw.write(RequestRedraw);
        (restoring.waiting, restoring.bookmark) = (None, None);
        restoring.fitting.clear();
        restoring.begin(bookmark, tour.on_data_at_hand, stage, &mut loading);
    } else {
        restoring.wait(stage, loading.failed.as_ref());
    }
    if let Some((_, fitted)) = restoring.fitting.poll(stage.jobs)
        && let Some(bookmark) = restoring.bookmark.take()
    {
        match fitted {
            Some(fitted) => restoring.put_fitted(bookmark, fitted, stage),
            None if tour.on_data_at_hand => refuse(&bookmark, stage),
            None => restoring.rebuild(bookmark, stage),
        }
    }
}

impl Stage<'_, '_, '_, '_> {
    /// Replaces the view.
    fn restore(&mut self, view: View) {
        self.settled.write(Settled::Restored(Box::new(view.clone())));
        self.view = view;
    }
}

impl Restoring {
    /// Shows `bookmark` at once if its data are open, and otherwise loads them first.
    fn begin(&mut self, bookmark: Bookmark, on_data_at_hand: bool, stage: &mut Stage, loading: &mut Loading) {
        let at_hand = stage.opened.embedding.clone();
        if let Some(embedding) = &at_hand
            && self.is_of(&bookmark, embedding, stage.opened.epoch)
        {
            put(&bookmark, stage);
            return;
        }
        let has_own = matches!(bookmark.view.origin, Origin::Demo(_) | Origin::Path { .. });
        let is_open = bookmark.view.has_data_of(&stage.view);
        let comes = at_hand.is_none() && loading.is_busy();
        match at_hand {
            Some(embedding) if on_data_at_hand || is_open || !has_own => self.fit(bookmark, embedding, stage),
            None if comes && (on_data_at_hand || !has_own) => {
                self.waiting = Some(Waiting { bookmark, origin: stage.view.origin.clone(), epoch: stage.opened.epoch });
            }
            _ if has_own => {
                // The view means nothing without its data, so they are loaded first.
                let mut fresh = stage.view.clone();
                if is_step(&bookmark, stage) {
                    fresh.training.playing = false;
                } else {
                    fresh.apply(&Edit::Open(bookmark.view.origin.clone()));
                }
                fresh.run.clone_from(&bookmark.view.run);
                fresh.embedding.clone_from(&bookmark.view.embedding);
                stage.restore(fresh);
                loading.retry();
                let origin = bookmark.view.origin.clone();
                self.waiting = Some(Waiting { bookmark, origin, epoch: stage.opened.epoch });
            }
            _ => self.rebuild(bookmark, stage),
        }
    }

    /// Continues once the data are loaded, or cannot be loaded.
    fn wait(&mut self, stage: &mut Stage, failed: Option<&Origin>) {
        let Some(waiting) = self.waiting.take() else { return };
        if stage.opened.epoch != waiting.epoch {
            self.arrive(waiting.bookmark, stage);
        } else if failed == Some(&waiting.origin) {
            self.rebuild(waiting.bookmark, stage);
        } else if stage.view.origin == waiting.origin {
            self.waiting = Some(waiting);
        }
    }

    /// Continues with the data that the bookmark names.
    fn arrive(&mut self, bookmark: Bookmark, stage: &mut Stage) {
        let Some(embedding) = stage.opened.embedding.clone() else { return };
        if self.is_of(&bookmark, &embedding, stage.opened.epoch) {
            put(&bookmark, stage);
        } else {
            self.fit(bookmark, embedding, stage);
        }
    }

    /// Returns whether the open data are those of the bookmark.
    fn is_of(&mut self, bookmark: &Bookmark, embedding: &Embedding, epoch: u64) -> bool {
        if let Some((subject, of)) = &self.rebuilt
            && *of == epoch
        {
            return Arc::ptr_eq(subject, &bookmark.subject);
        }
        let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
        if (rows, dims) != (bookmark.subject.rows, bookmark.subject.dims) {
            return false;
        }
        if self.fingerprint.is_none_or(|(_, of)| of != epoch) {
            self.fingerprint = Some((embedding.fingerprint(), epoch));
        }
        bookmark.subject.fingerprint == self.fingerprint.map(|(fingerprint, _)| fingerprint)
    }

    /// Looks for the rows of the bookmark in the open data.
    fn fit(&mut self, bookmark: Bookmark, embedding: Arc<Embedding>, stage: &mut Stage) {
        self.starts += 1;
        let request = (stage.opened.epoch, self.starts);
        let of = bookmark.clone();
        self.bookmark = Some(bookmark);
        self.fitting.want(request, (JobKind::Show, "Finding the bookmark's rows".into()), &stage.jobs.wake, || {
            whole(move |_| fit(&of, &embedding))
        });
    }

    fn put_fitted(&mut self, bookmark: Bookmark, fitted: Fitted, stage: &mut Stage) {
        let now = (bookmark.subject.clone(), stage.opened.epoch);
        let is_told =
            self.told.as_ref().is_some_and(|(subject, epoch)| Arc::ptr_eq(subject, &now.0) && *epoch == now.1);
        if !is_told && !fitted.differences.is_empty() {
            let text = format!("“{}” was made on other data: {}.", bookmark.name, fitted.differences.join("; "));
            stage.jobs.toasts.about(Topic::Data, |toasts| _ = toasts.warning(text, None));
            self.told = Some(now);
        }
        put(&fitted.bookmark, stage);
    }

    /// Shows the coordinates in the bookmark, because its data are missing.
    fn rebuild(&mut self, bookmark: Bookmark, stage: &mut Stage) {
        let Some(embedding) = rebuild(&bookmark) else {
            let text = format!("“{}” has no coordinates, and its data could not be opened.", bookmark.name);
            stage.jobs.toasts.failed(text, use_data_at_hand(stage.opened));
            return;
        };
        let mut fresh = stage.view.clone();
        fresh.apply(&Edit::Open(Origin::Kept));
        stage.restore(fresh);
        stage.settled.write(Settled::Arrived);
        let text = format!(
            "The vectors of “{}” could not be opened, so it is rebuilt from its coordinates. Distances are those of the picture.",
            bookmark.name
        );
        stage.jobs.toasts.warning(text, None);
        stage.opened.source = None;
        stage.opened.put(embedding, Vec::new());
        self.rebuilt = Some((bookmark.subject.clone(), stage.opened.epoch));
        put(&bookmark, stage);
    }
}

/// Returns whether `bookmark` shows another step of what is open, so that the picture stays until its
/// layout is there.
fn is_step(bookmark: &Bookmark, stage: &Stage) -> bool {
    let (of, name) = (&bookmark.view, bookmark.view.embedding.as_deref());
    if (&of.origin, &of.run) != (&stage.view.origin, &stage.view.run) {
        return false;
    }
    let (Some(source), (run, open)) = (&stage.opened.source, stage.opened.place) else { return false };
    let Ok((other_run, other)) = source.choose(of.run.as_deref(), name) else { return false };
    other_run == run && source.series_of(run, open).is_some_and(|series| series.place_of(other).is_some())
}

/// Reports that `bookmark` cannot be shown on the open data, which the user has chosen.
fn refuse(bookmark: &Bookmark, stage: &mut Stage) {
    let Subject { rows, dims, .. } = *bookmark.subject;
    let text = format!(
        "“{}” was made on {rows} x {dims} vectors. Neither the labels nor the number of rows of the open data match.",
        bookmark.name
    );
    let action = Action::Tour(TourAction::UseDataAtHand(false));
    let way_out = ToastAction { caption: "Show it on its own data".into(), action };
    stage.jobs.toasts.about(Topic::Data, |toasts| _ = toasts.failed(text, Some(way_out)));
}

/// Restores the view and the layouts.
fn put(bookmark: &Bookmark, stage: &mut Stage) {
    let view = bookmark.view.shown_to(&stage.view);
    stage.restore(view);
    let Projection { method, dims, .. } = bookmark.view.projection;
    stage.projecting.restored = Some(Restored { layouts: bookmark.layouts.clone(), shown: (method, dims) });
}

fn use_data_at_hand(opened: &Opened) -> Option<ToastAction> {
    opened.embedding.as_ref()?;
    Some(ToastAction {
        caption: "Apply to the open data".into(),
        action: Action::Tour(TourAction::UseDataAtHand(true)),
    })
}
