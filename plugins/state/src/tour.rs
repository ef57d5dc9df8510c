//! The bookmarks at hand, and what belongs to showing them.

use std::{sync::Arc, time::Duration};

use bevy::prelude::*;
use parallax_session::{Action, Bookmark, KeptLayout, OpenTour, Presentation, Subject, TourAction};

use crate::{CurrentLayout, CurrentView, MORPH, Opened};

/// The tour that is open.
#[derive(Resource, Debug, Default)]
pub struct CurrentTour {
    open: OpenTour,
    /// The bookmark that is to be shown; taken by whoever puts its view in place.
    pub wanted: Option<usize>,
    /// Whether bookmarks are shown on the data at hand, though they were made on others.
    pub on_data_at_hand: bool,
}

/// The layouts that there are of the data at hand, as a bookmark keeps them.
#[derive(Resource, Debug, Default)]
pub struct KeptLayouts(pub Vec<Arc<KeptLayout>>);

/// How the tour is being shown to others.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Presenting(pub Presentation);

/// Whether the pointer of a presentation rests, and is not seen.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PointerRests(pub bool);

/// Whether the person is closing the window.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The window stays open.
    #[default]
    No,
    /// The person is asked what to do with what is not saved.
    Asked,
    /// The window closes, whatever is not saved.
    Yes,
}

/// How long the camera flies, and points morph from one layout to another.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempo(pub Duration);

impl Default for Tempo {
    fn default() -> Self {
        Self(MORPH)
    }
}

/// How far along the way something is that takes so long, after this share of the time.
///
/// What answers to a click sets off at once and slows down toward its end. What takes longer than [`MORPH`] is watched: it sets off gently, too
/// (6t^5 - 15t^4 + 10t^3, whose speed and acceleration are nought at both ends; Perlin, Improving noise, 2002).
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
        .init_resource::<Tempo>();
}

impl std::ops::Deref for CurrentTour {
    type Target = OpenTour;

    fn deref(&self) -> &OpenTour {
        &self.open
    }
}

impl CurrentTour {
    /// The tour, for those who read and write its files and draw its thumbnails. What a person does to it comes as actions.
    pub fn files_mut(&mut self) -> &mut OpenTour {
        &mut self.open
    }

    /// Begins with a tour, and shows its first bookmark.
    #[must_use]
    pub fn new(open: OpenTour) -> Self {
        let mut tour = Self { open, ..Self::default() };
        tour.show(0);
        tour
    }

    /// Shows the bookmark at `place`, as the action does.
    pub fn show(&mut self, place: usize) {
        self.apply(&Action::Tour(TourAction::Show(place)), || None);
    }

    /// Does what an action says of the tour.
    pub(crate) fn apply(&mut self, action: &Action, capture: impl FnOnce() -> Option<Bookmark>) {
        let Action::Tour(action) = action else { return };
        if let TourAction::UseDataAtHand(at_hand) = action {
            self.on_data_at_hand = *at_hand;
            self.wanted = self.open.at().or(self.wanted);
        }
        if let Some(place) = self.open.apply(action, capture) {
            self.wanted = Some(place);
        }
    }
}

/// What is seen, as a bookmark; nothing while there is nothing to see.
pub(crate) fn capture(
    view: &CurrentView,
    opened: &Opened,
    current: &CurrentLayout,
    kept: &KeptLayouts,
) -> Option<Bookmark> {
    let embedding = opened.embedding.as_ref()?;
    current.of(opened)?;
    let labels = view.label_column(&embedding.metadata);
    Some(Bookmark {
        name: String::new(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject::of(embedding, labels)),
        view: (**view).clone(),
        layouts: kept.0.clone(),
        thumbnail: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_begin_and_end_where_they_should_and_never_turn_back() {
        for takes in [MORPH, 2 * MORPH] {
            let way: Vec<f32> = (0..=100_u8).map(|step| eased(f32::from(step) / 100.0, takes)).collect();
            assert!(way.is_sorted() && (way[0], way[100]) == (0.0, 1.0), "{takes:?}");
            assert!(way[100] - way[99] < 1e-3, "slowly to its end");
        }
        assert!(eased(0.01, 2 * MORPH) < 1e-4 && eased(0.01, MORPH) > 0.02, "what is watched sets off gently");
        assert!((eased(0.5, 2 * MORPH) - 0.5).abs() < 1e-6);
    }
}
