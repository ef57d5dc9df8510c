//! Bookmarks and tours: saved views of the data.
//!
//! A [`Bookmark`] is a [`View`] with its layouts, so that it can be shown again at once and without
//! the vectors. A [`Tour`] is a sequence of them; an [`OpenTour`] is one that the user works on, by
//! [`TourAction`](parallax_session::TourAction)s. [`read_tour`] and [`write_tour`] read and write
//! its files.
//!
//! ```
//! use parallax_tour::{demo_tour, read_tour, write_tour};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("words.ron");
//! write_tour(&demo_tour(), Some(&[0, 2]), &file)?;
//! let read = read_tour(&file)?;
//! assert_eq!(read.tour.bookmarks.len(), 2);
//! assert!(read.problems.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod draft;
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
use parallax_formats::Problem;
use parallax_projection::{Layout, Method};
use parallax_session::{Dims, Projection, Steps, View};

pub use draft::{DraftError, draft};
pub use file::{demo_tour, is_tour, read_tour, write_tour};
pub use fit::{Fitted, fit, rebuild};
pub use open::{OpenTour, Unsaved};
pub use pack::pack_tour;

/// A sequence of bookmarks.
#[derive(Debug, Clone, Default)]
pub struct Tour {
    /// In the order in which they are shown.
    pub bookmarks: Vec<Bookmark>,
    /// Whether the first follows the last when the tour advances automatically.
    pub looping: bool,
    /// Seconds per bookmark, for those without a duration of their own.
    pub seconds: f32,
}

/// A tour that was read from a file.
#[derive(Debug, Clone)]
pub struct ReadTour {
    /// What could be read.
    pub tour: Tour,
    /// What was left out, and why.
    pub problems: Vec<Problem>,
}

/// A saved view, and the data that it shows.
#[derive(Debug, Clone)]
pub struct Bookmark {
    /// Its name, which is also its caption.
    pub name: String,
    /// Its notes.
    pub note: String,
    /// Its duration in seconds, if it differs from that of the tour.
    pub seconds: Option<f32>,
    /// The data.
    pub subject: Arc<Subject>,
    /// What it shows. Its origin is the location of the data.
    pub view: View,
    /// All layouts that existed: the one that was shown, and those of other methods.
    pub layouts: Vec<Arc<KeptLayout>>,
    /// A small picture of it, as a PNG file.
    pub thumbnail: Option<Arc<[u8]>>,
}

/// The data that a bookmark was made on, as far as needed to recognize them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// The tensor's name; empty if it is not known.
    pub embedding: String,
    /// The number of rows.
    pub rows: usize,
    /// The number of dimensions.
    pub dims: usize,
    /// [`Embedding::fingerprint`] of the vectors, if they were open.
    pub fingerprint: Option<u64>,
    /// The labels of the rows, by which they are found in other data.
    pub labels: Option<Column>,
}

/// A layout as it was computed.
#[derive(Debug, Clone)]
pub struct KeptLayout {
    /// The method.
    pub method: Method,
    /// Two or three dimensions.
    pub dims: Dims,
    /// The rows that it has, or `None` for all.
    pub rows: Option<RowSet>,
    /// Whether it was computed with other rows as well.
    pub of_more: bool,
    /// The settings that it was computed with.
    pub projection: Arc<Projection>,
    /// The coordinates of all rows of the data; NaN for those without a place.
    pub layout: Arc<Layout>,
    /// The share of the variance of each component, if the method has components.
    pub explained_variance: Arc<[f64]>,
    /// The progress of the method, if it has steps.
    pub steps: Option<Steps>,
}

impl Tour {
    /// The default duration of a bookmark in seconds.
    pub const SECONDS: f32 = 6.0;

    /// The shortest duration in seconds, and the longest, which is a day.
    const RANGE: [f32; 2] = [0.1, 86_400.0];

    /// Returns the duration of the bookmark at `place` in seconds, when the tour advances
    /// automatically: from 0.1 seconds to a day, whatever a file says.
    #[must_use]
    pub fn seconds(&self, place: usize) -> f32 {
        let own = self.bookmarks.get(place).and_then(|bookmark| bookmark.seconds);
        let seconds = own.unwrap_or(self.seconds);
        if seconds > 0.0 { Self::in_range(seconds) } else { Self::SECONDS }
    }

    /// Returns the duration in seconds that is closest to `seconds`.
    fn in_range(seconds: f32) -> f32 {
        let [shortest, longest] = Self::RANGE;
        seconds.max(shortest).min(longest)
    }
}

impl Subject {
    /// Describes `embedding`, whose rows have these `labels`.
    #[must_use]
    pub fn of(embedding: &Embedding, labels: Option<&Column>) -> Self {
        Self {
            embedding: embedding.name.clone(),
            rows: embedding.rows(),
            dims: embedding.vectors.dims(),
            // Rows that are lost would give another one.
            fingerprint: Some(embedding.fingerprint()).filter(|_| embedding.vectors.check().is_ok()),
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
    /// Returns the layout that was shown, or `None` if it was not kept.
    #[must_use]
    pub fn seen(&self) -> Option<&Arc<KeptLayout>> {
        let Projection { method, dims, .. } = self.view.projection;
        let of_these = |kept: &&Arc<KeptLayout>| (kept.method, kept.dims) == (method, dims);
        let mut found = self.layouts.iter().filter(of_these);
        let isolated = self.view.isolated();
        found.clone().find(|kept| kept.rows.as_ref() == isolated).or_else(|| found.next())
    }
}
