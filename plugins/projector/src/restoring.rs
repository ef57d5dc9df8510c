//! Shows a bookmark: opens its data, or finds its rows among the data at hand, then puts its view and its layouts in place.
//!
//! Data that are the bookmark's own are known by their fingerprint. On others it shows what it can, and what is different is said once. Where there
//! are none, the picture is rebuilt from the coordinates that the bookmark keeps.

use std::sync::Arc;

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::Embedding;
use parallax_session::{Action, Bookmark, Fitted, Origin, Subject, TourAction, View, fit, rebuild};
use parallax_state::{CurrentTour, CurrentView, JobKind, Opened, Running, ToastAction, Toasts};

use crate::{
    JobSystems, Wake,
    job::{Slot, whole},
    loading::Loading,
    projecting::Projecting,
};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Restoring>().add_systems(Update, follow.in_set(JobSystems::Restore));
}

/// The bookmark that is being put in place.
#[derive(Resource, Default)]
struct Restoring {
    /// It waits for its data.
    waiting: Option<Waiting>,
    /// Its rows are being found among others.
    fitting: Slot<(u64, u64), Option<Fitted>>,
    bookmark: Option<Bookmark>,
    starts: u64,
    /// What the data at hand were rebuilt from, and their epoch.
    rebuilt: Option<(Arc<Subject>, u64)>,
    /// The fingerprint of the data at hand, and their epoch.
    fingerprint: Option<(u64, u64)>,
    /// Of which bookmarks' data the differences to the data of which epoch were told.
    told: Option<(Arc<Subject>, u64)>,
}

/// A bookmark whose data are on their way.
struct Waiting {
    bookmark: Bookmark,
    /// From where they come: where the person has gone elsewhere meanwhile, nobody waits.
    origin: Origin,
    /// They come in the place of those of this epoch.
    epoch: u64,
}

/// What a bookmark is put into.
struct Stage<'a> {
    view: &'a mut CurrentView,
    opened: &'a mut Opened,
    projecting: &'a mut Projecting,
    toasts: &'a mut Toasts,
}

fn follow(
    (mut tour, mut restoring): (ResMut<CurrentTour>, ResMut<Restoring>),
    (mut view, mut opened): (ResMut<CurrentView>, ResMut<Opened>),
    (mut projecting, mut loading): (ResMut<Projecting>, ResMut<Loading>),
    (mut running, mut toasts): (ResMut<Running>, ResMut<Toasts>),
    wake: Res<Wake>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let wanted = tour.bypass_change_detection().wanted.take();
    let bookmark = wanted.and_then(|place| tour.tour().bookmarks.get(place)).cloned();
    if bookmark.is_none() && restoring.waiting.is_none() && restoring.fitting.busy().is_none() {
        return;
    }
    let restoring = &mut *restoring;
    let stage = &mut Stage { view: &mut view, opened: &mut opened, projecting: &mut projecting, toasts: &mut toasts };
    if let Some(bookmark) = bookmark {
        // What begins here is seen to in the next frame; jobs wake the program by themselves.
        redraw.write(RequestRedraw);
        (restoring.waiting, restoring.bookmark) = (None, None);
        restoring.fitting.clear();
        restoring.begin(bookmark, tour.on_data_at_hand, stage, &mut loading, &wake);
    } else {
        restoring.wait(stage, loading.failed.as_ref(), &wake);
    }
    if let Some((_, fitted)) = restoring.fitting.poll(&mut running)
        && let Some(bookmark) = restoring.bookmark.take()
    {
        match fitted {
            Some(fitted) => restoring.put_fitted(bookmark, fitted, stage),
            None if tour.on_data_at_hand => refuse(&bookmark, stage),
            None => restoring.rebuild(bookmark, stage),
        }
    }
}

impl Restoring {
    /// Shows `bookmark` at once where its data are at hand, and otherwise sets about it.
    fn begin(
        &mut self,
        bookmark: Bookmark,
        on_data_at_hand: bool,
        stage: &mut Stage<'_>,
        loading: &mut Loading,
        wake: &Wake,
    ) {
        let at_hand = stage.opened.embedding.clone();
        if let Some(embedding) = &at_hand
            && self.is_of(&bookmark, embedding, stage.opened.epoch)
        {
            put(&bookmark, stage);
            return;
        }
        let has_own = matches!(bookmark.view.origin, Origin::Demo(_) | Origin::Path { .. });
        let is_open = named(&bookmark.view) == named(stage.view);
        let comes = at_hand.is_none() && loading.is_busy();
        match at_hand {
            Some(embedding) if on_data_at_hand || is_open || !has_own => self.fit(bookmark, embedding, stage, wake),
            None if comes && (on_data_at_hand || !has_own) => {
                self.waiting = Some(Waiting { bookmark, origin: stage.view.origin.clone(), epoch: stage.opened.epoch });
            }
            _ if has_own => {
                // What is seen of other data would mean nothing: they come first.
                let mut fresh = View::clone(stage.view);
                fresh.apply(&Action::Open(bookmark.view.origin.clone()));
                fresh.run.clone_from(&bookmark.view.run);
                fresh.embedding.clone_from(&bookmark.view.embedding);
                stage.view.restore(fresh);
                loading.retry();
                let origin = bookmark.view.origin.clone();
                self.waiting = Some(Waiting { bookmark, origin, epoch: stage.opened.epoch });
            }
            _ => self.rebuild(bookmark, stage),
        }
    }

    /// Goes on when the data have come, or cannot come.
    fn wait(&mut self, stage: &mut Stage<'_>, failed: Option<&Origin>, wake: &Wake) {
        let Some(waiting) = self.waiting.take() else { return };
        if stage.opened.epoch != waiting.epoch {
            self.arrive(waiting.bookmark, stage, wake);
        } else if failed == Some(&waiting.origin) {
            self.rebuild(waiting.bookmark, stage);
        } else if stage.view.origin == waiting.origin {
            self.waiting = Some(waiting);
        }
    }

    /// The data have come that the bookmark names.
    fn arrive(&mut self, bookmark: Bookmark, stage: &mut Stage<'_>, wake: &Wake) {
        let Some(embedding) = stage.opened.embedding.clone() else { return };
        if self.is_of(&bookmark, &embedding, stage.opened.epoch) {
            put(&bookmark, stage);
        } else {
            self.fit(bookmark, embedding, stage, wake);
        }
    }

    /// Whether the data at hand are those of the bookmark.
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

    /// Looks for the bookmark's rows among those at hand.
    fn fit(&mut self, bookmark: Bookmark, embedding: Arc<Embedding>, stage: &mut Stage<'_>, wake: &Wake) {
        self.starts += 1;
        let request = (stage.opened.epoch, self.starts);
        let of = bookmark.clone();
        self.bookmark = Some(bookmark);
        self.fitting.want(request, (JobKind::Show, "Finding the bookmark's rows".into()), wake, || {
            whole(move |_| fit(&of, &embedding))
        });
    }

    fn put_fitted(&mut self, bookmark: Bookmark, fitted: Fitted, stage: &mut Stage<'_>) {
        let now = (bookmark.subject.clone(), stage.opened.epoch);
        let is_told =
            self.told.as_ref().is_some_and(|(subject, epoch)| Arc::ptr_eq(subject, &now.0) && *epoch == now.1);
        if !is_told && !fitted.differences.is_empty() {
            let text = format!("“{}” was made on other data: {}.", bookmark.name, fitted.differences.join("; "));
            stage.toasts.warning(text, None);
            self.told = Some(now);
        }
        put(&fitted.bookmark, stage);
    }

    /// Shows the coordinates that the bookmark keeps, since its data are not there.
    fn rebuild(&mut self, bookmark: Bookmark, stage: &mut Stage<'_>) {
        let Some(embedding) = rebuild(&bookmark) else {
            let text = format!("“{}” keeps no coordinates, and its data are not at hand.", bookmark.name);
            stage.toasts.failed(text, use_data_at_hand(stage.opened));
            return;
        };
        let mut fresh = View::clone(stage.view);
        fresh.apply(&Action::Open(Origin::Kept));
        stage.view.restore(fresh);
        stage.view.arrived();
        let text = format!(
            "The vectors of “{}” are not at hand: what is seen is rebuilt from the coordinates that were kept, and distances are theirs.",
            bookmark.name
        );
        stage.toasts.warning(text, None);
        stage.opened.source = None;
        stage.opened.put(embedding, Vec::new());
        self.rebuilt = Some((bookmark.subject.clone(), stage.opened.epoch));
        put(&bookmark, stage);
    }
}

/// Says that the data at hand, which the person wants, are none for `bookmark`.
fn refuse(bookmark: &Bookmark, stage: &mut Stage<'_>) {
    let Subject { rows, dims, .. } = *bookmark.subject;
    let text = format!(
        "“{}” was made on {rows} x {dims} vectors, and neither their labels nor their number agree with those at hand.",
        bookmark.name
    );
    let action = Action::Tour(TourAction::UseDataAtHand(false));
    stage.toasts.failed(text, Some(ToastAction { caption: "Show it on its own data".into(), action }));
}

/// Puts view and layouts in place.
fn put(bookmark: &Bookmark, stage: &mut Stage<'_>) {
    let view = bookmark.view.shown_to(stage.view);
    stage.view.restore(view);
    stage.projecting.restored = Some(bookmark.layouts.clone());
}

/// Which data a view is of.
fn named(view: &View) -> (&Origin, Option<&str>, Option<&str>) {
    (&view.origin, view.run.as_deref(), view.embedding.as_deref())
}

fn use_data_at_hand(opened: &Opened) -> Option<ToastAction> {
    opened.embedding.as_ref()?;
    Some(ToastAction { caption: "Use the data at hand".into(), action: Action::Tour(TourAction::UseDataAtHand(true)) })
}
