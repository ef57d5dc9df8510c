//! Bookmarks and tours: what a person has found, kept.
//!
//! A [`Bookmark`] is a [`View`] with the layouts that it was seen in, so that it can be seen again at once, and without the
//! vectors. A [`Tour`] is a sequence of them; an [`OpenTour`] is one that a person works on ([`TourAction`]). [`read_tour`] and [`write_tour`] are
//! its way from and to files.

mod file;
mod fit;
mod keys;
mod load;
mod map;
mod open;
mod pack;
mod packed;
mod paths;
mod schema;
mod sets;
mod store;
mod tensorboard;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;

use parallax_embedding::{Column, Embedding, RowSet};
use parallax_projection::{Layout, Method};

use crate::{Dims, Projection, Steps, View};

pub use file::{ReadTour, demo_tour, is_tour, read_tour, write_tour};
pub use fit::{Fitted, fit, rebuild};
pub use open::{OpenTour, Step, TourAction, Unsaved};
pub use pack::pack_tour;

/// A sequence of bookmarks.
#[derive(Debug, Clone, Default)]
pub struct Tour {
    /// In the order in which they are shown.
    pub bookmarks: Vec<Bookmark>,
    /// Whether the first follows the last where they follow each other by themselves.
    pub looping: bool,
    /// How long a bookmark stays then, in seconds, unless it has a time of its own.
    pub seconds: f32,
}

/// A state that was kept: what was seen, and of what data.
#[derive(Debug, Clone)]
pub struct Bookmark {
    /// Its name, which is its caption too.
    pub name: String,
    /// What is to be said about it.
    pub note: String,
    /// How long it stays where bookmarks follow each other by themselves, where that is not the tour's time.
    pub seconds: Option<f32>,
    /// The data.
    pub subject: Arc<Subject>,
    /// What was seen. Its origin says where the data were.
    pub view: View,
    /// All layouts that were there: that which was seen, and those of other methods.
    pub layouts: Vec<Arc<KeptLayout>>,
    /// A small picture of it, as a PNG file.
    pub thumbnail: Option<Arc<[u8]>>,
}

/// The data that a bookmark was made on, as far as they can be known again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// The tensor's name; empty where it is not known.
    pub embedding: String,
    /// Rows.
    pub rows: usize,
    /// Numbers a row.
    pub dims: usize,
    /// [`Embedding::fingerprint`] of the vectors, where they were at hand.
    pub fingerprint: Option<u64>,
    /// What the rows were called, by which they are found among others.
    pub labels: Option<Column>,
}

/// A layout as it was computed.
#[derive(Debug, Clone)]
pub struct KeptLayout {
    /// By which method.
    pub method: Method,
    /// In plane or space.
    pub dims: Dims,
    /// Of which rows alone; nothing: of all.
    pub rows: Option<RowSet>,
    /// Whether it was computed with rows beside those.
    pub of_more: bool,
    /// The settings that it was computed with.
    pub projection: Arc<Projection>,
    /// The coordinates, for all rows of the data; NaN for those without a place.
    pub layout: Arc<Layout>,
    /// For each component its share of the variance, where the method has components.
    pub explained_variance: Arc<[f64]>,
    /// How far the method was, where it has steps.
    pub steps: Option<Steps>,
}

impl Tour {
    /// How long a bookmark stays by default, in seconds.
    pub const SECONDS: f32 = 6.0;

    /// How long the bookmark at `place` stays, in seconds, where bookmarks follow each other by themselves.
    #[must_use]
    pub fn seconds(&self, place: usize) -> f32 {
        let own = self.bookmarks.get(place).and_then(|bookmark| bookmark.seconds);
        let seconds = own.unwrap_or(self.seconds);
        if seconds > 0.0 { seconds } else { Self::SECONDS }
    }
}

impl Subject {
    /// `embedding`, whose rows are called as `labels` has it.
    #[must_use]
    pub fn of(embedding: &Embedding, labels: Option<&Column>) -> Self {
        Self {
            embedding: embedding.name.clone(),
            rows: embedding.rows(),
            dims: embedding.vectors.dims(),
            fingerprint: Some(embedding.fingerprint()),
            labels: labels.cloned(),
        }
    }

    /// Whether `embedding` is what the bookmark was made on.
    #[must_use]
    pub fn is(&self, embedding: &Embedding) -> bool {
        (self.rows, self.dims) == (embedding.rows(), embedding.vectors.dims())
            && self.fingerprint == Some(embedding.fingerprint())
    }
}

impl Bookmark {
    /// The layout that was seen; nothing where it was not kept.
    #[must_use]
    pub fn seen(&self) -> Option<&Arc<KeptLayout>> {
        let Projection { method, dims, .. } = self.view.projection;
        let of_these = |kept: &&Arc<KeptLayout>| (kept.method, kept.dims) == (method, dims);
        let mut found = self.layouts.iter().filter(of_these);
        let isolated = self.view.isolated();
        found.clone().find(|kept| kept.rows.as_ref() == isolated).or_else(|| found.next())
    }
}
