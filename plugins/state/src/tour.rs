//! The current bookmarks and what is needed to show them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bevy::{ecs::system::SystemParam, prelude::*};
use parallax_session::{Filter, JobKind, JobStatus, Presentation, TourAction, View};
use parallax_tour::{Bookmark, KeptLayout, OpenTour, Subject, Tour};

use crate::{CurrentLayout, CurrentView, MORPH, Opened, Running};

/// The tour that is open.
#[derive(Resource, Debug, Default)]
pub struct CurrentTour {
    open: OpenTour,
    /// The bookmark to show. Taken by the system that applies its view.
    pub wanted: Option<usize>,
    /// Whether bookmarks are shown with the current data although they were made with other data.
    pub on_data_at_hand: bool,
}

/// The layouts of the current data, in the form that a bookmark stores.
#[derive(Resource, Debug, Default)]
pub struct KeptLayouts(pub Vec<Arc<KeptLayout>>);

/// The state of the presentation.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Presenting(pub Presentation);

/// Whether the pointer of a presentation rests and is hidden.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PointerRests(pub bool);

/// Whether the user is closing the window.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The window stays open.
    #[default]
    No,
    /// The user is asked what to do with what is not saved.
    Asked,
    /// The window closes, whatever is not saved.
    Yes,
}

/// The duration of camera flights and of morphs.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempo(pub Duration);

impl Default for Tempo {
    fn default() -> Self {
        Self(MORPH)
    }
}

/// Returns the eased progress after this share of the duration.
///
/// Short animations answer a click: they start at once and slow down toward the end. Animations
/// longer than [`MORPH`] are watched, so they also start gently (6t^5 - 15t^4 + 10t^3, whose speed
/// and acceleration are zero at both ends; Perlin, Improving noise, 2002).
#[must_use]
pub fn eased(share: f32, takes: Duration) -> f32 {
    let t = share.clamp(0.0, 1.0);
    if takes > MORPH { t * t * t * (t * (t * 6.0 - 15.0) + 10.0) } else { 1.0 - (1.0 - t).powi(3) }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CurrentTour>()
        .init_resource::<KeptLayouts>()
        .init_resource::<Presenting>()
        .init_resource::<PointerRests>()
        .init_resource::<Leaving>()
        .init_resource::<TakenUp>()
        .init_resource::<Tempo>();
}

impl std::ops::Deref for CurrentTour {
    type Target = OpenTour;

    fn deref(&self) -> &OpenTour {
        &self.open
    }
}

impl CurrentTour {
    /// Returns the tour for reading and writing its files and drawing its thumbnails. The user
    /// changes it through actions.
    pub fn files_mut(&mut self) -> &mut OpenTour {
        &mut self.open
    }

    /// Creates the resource from a tour, and shows its first bookmark.
    #[must_use]
    pub fn new(open: OpenTour) -> Self {
        let mut tour = Self { open, ..Self::default() };
        tour.show(0);
        tour
    }

    /// Shows the bookmark at `place`.
    pub fn show(&mut self, place: usize) {
        self.apply(&TourAction::Show(place), || None);
    }

    /// Applies an action to the tour.
    pub(crate) fn apply(&mut self, action: &TourAction, capture: impl FnOnce() -> Option<Bookmark>) {
        if let TourAction::UseDataAtHand(at_hand) = action {
            self.on_data_at_hand = *at_hand;
            self.wanted = self.open.at().or(self.wanted);
        }
        if let Some(place) = self.open.apply(action, capture) {
            self.wanted = Some(place);
        }
    }
}

/// What a person has made, which would be lost with the program.
#[derive(SystemParam, Debug)]
pub struct Work<'w> {
    view: Res<'w, CurrentView>,
    opened: Res<'w, Opened>,
    layout: Res<'w, CurrentLayout>,
    kept: Res<'w, KeptLayouts>,
    tour: Res<'w, CurrentTour>,
    running: Res<'w, Running>,
}

/// The file of work that was left behind and is taken up now. It is kept until another file has the work.
#[derive(Resource, Debug, Default)]
pub struct TakenUp(pub Option<PathBuf>);

/// Layouts of more coordinates are not kept if they can be computed again, and what takes steps to compute not if
/// it has more than these. Neither are labels of so many rows, which find them in other data.
const MANY_COORDINATES: usize = 1 << 20;
const TOO_MANY_COORDINATES: usize = 1 << 24;
const MANY_LABELS: usize = 1 << 17;

impl Work<'_> {
    /// Returns whether any of it may have changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.view.is_changed() || self.opened.is_changed() || self.kept.is_changed() || self.tour.is_changed()
    }

    /// Returns whether the view is that of what is open, and not of what a bookmark replaces right now.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let is_coming = |job: &JobStatus| matches!(job.kind, JobKind::Load | JobKind::Show);
        self.tour.wanted.is_none() && !self.running.0.iter().any(is_coming)
    }

    /// Returns whether there is anything that a person would have to do again: more than to open data.
    fn is_any(&self) -> bool {
        let View { selection, saved_selections, isolation, tags, filter, compared, .. } = &**self.view;
        let is_whole = selection.is_empty() && isolation.is_empty() && *filter == Filter::default();
        let is_untouched = is_whole && saved_selections.is_empty() && tags.is_empty() && compared.is_none();
        !is_untouched || !self.tour.is_saved() || self.kept.0.iter().any(|kept| kept.steps.is_some())
    }

    /// Returns the bookmarks, and after them the current state as one that is called `name`, in place of an
    /// earlier one of that name. `None` if there is nothing to keep.
    #[must_use]
    pub fn tour(&self, name: &str) -> Option<Tour> {
        if !self.is_any() {
            return None;
        }
        let mut tour = self.tour.tour().clone();
        if let Some(mut bookmark) = capture(&self.view, &self.opened, &self.layout, &self.kept) {
            name.clone_into(&mut bookmark.name);
            bookmark.layouts.retain(|kept| {
                let most = if kept.steps.is_some() { TOO_MANY_COORDINATES } else { MANY_COORDINATES };
                kept.layout.values().len() <= most
            });
            if bookmark.subject.rows > MANY_LABELS {
                Arc::make_mut(&mut bookmark.subject).labels = None;
            }
            tour.bookmarks.retain(|earlier| earlier.name != name);
            tour.bookmarks.push(bookmark);
        }
        (!tour.bookmarks.is_empty()).then_some(tour)
    }
}

/// Returns the current state as a bookmark, or `None` if there is nothing to show.
pub(crate) fn capture(view: &View, opened: &Opened, current: &CurrentLayout, kept: &KeptLayouts) -> Option<Bookmark> {
    let embedding = opened.embedding.as_ref()?;
    current.of(opened)?;
    let labels = view.label_column(&embedding.metadata);
    Some(Bookmark {
        name: String::new(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject::of(embedding, labels)),
        view: view.clone(),
        layouts: kept.0.clone(),
        thumbnail: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eased_is_monotonic_from_zero_to_one() {
        for takes in [MORPH, 2 * MORPH] {
            let way: Vec<f32> = (0..=100_u8).map(|step| eased(f32::from(step) / 100.0, takes)).collect();
            assert!(way.is_sorted() && (way[0], way[100]) == (0.0, 1.0), "{takes:?}");
            assert!(way[100] - way[99] < 1e-3, "slowly to its end");
        }
        assert!(eased(0.01, 2 * MORPH) < 1e-4 && eased(0.01, MORPH) > 0.02, "what is watched sets off gently");
        assert!((eased(0.5, 2 * MORPH) - 0.5).abs() < 1e-6);
    }
}
