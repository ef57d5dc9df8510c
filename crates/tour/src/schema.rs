//! The content of a tour's file: RON, for people to read, with everything long packed and at its
//! end.
//!
//! ```ron
//! (
//!     parallax_tour: 1,
//!     looping: false,
//!     seconds: 6.0,
//!     bookmarks: [(name: "First", note: "", seconds: None, subject: 0, layouts: [0], view: (...), view_rows: {"isolation 1": 0}, thumbnail: None)],
//!     subjects: [(embedding: "words", rows: 2000, dims: 384, fingerprint: Some(123), labels: Some(...))],
//!     layouts: [(method: pca, dims: three, rows: None, of_more: false, coordinates: 0, ...)],
//!     row_sets: [ranges("0-99,105")],
//!     coordinates: [(rows: 2000, dims: 3, placed: ranges("0-1999"), values: (bytes: 24000, deflated: "..."))],
//! )
//! ```
//!
//! Numbers that refer to other parts count from 0. Equal parts are stored once.

use std::collections::BTreeMap;

use ron::value::RawValue;
use serde::{Deserialize, Serialize};

use super::{
    Tour,
    packed::{Packed, PackedColumn, PackedLayout, PackedRows},
};
use parallax_session::{Dims, Method, Projection, View};

/// The version that is written. A newer one may mean anything.
pub(super) const VERSION: u32 = 1;

/// The name of the field of the version, by which the file is also recognized.
pub(super) const MARK: &str = "parallax_tour";

/// A whole file, to write.
#[derive(Debug, Serialize)]
pub(super) struct TourFile {
    pub(super) parallax_tour: u32,
    pub(super) looping: bool,
    pub(super) seconds: f32,
    pub(super) bookmarks: Vec<BookmarkPart<View>>,
    pub(super) subjects: Vec<SubjectPart>,
    pub(super) layouts: Vec<LayoutPart>,
    pub(super) row_sets: Vec<PackedRows>,
    pub(super) coordinates: Vec<PackedLayout>,
}

/// A whole file, read only as far as needed to separate its parts: a broken one does not break the
/// others.
#[derive(Debug, Deserialize)]
pub(super) struct RawTourFile<'a> {
    #[serde(default)]
    pub(super) looping: bool,
    #[serde(default = "usual_seconds")]
    pub(super) seconds: f32,
    #[serde(borrow)]
    pub(super) bookmarks: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) subjects: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) layouts: Vec<&'a RawValue>,
    #[serde(default)]
    pub(super) row_sets: Vec<PackedRows>,
    #[serde(default)]
    pub(super) coordinates: Vec<PackedLayout>,
}

fn usual_seconds() -> f32 {
    Tour::SECONDS
}

/// The version alone, whatever else the file holds.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) parallax_tour: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BookmarkPart<V> {
    pub(super) name: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) seconds: Option<f32>,
    pub(super) subject: usize,
    #[serde(default)]
    pub(super) layouts: Vec<usize>,
    pub(super) view: V,
    /// The sets of rows that are too long to be in the view.
    #[serde(default)]
    pub(super) view_rows: BTreeMap<String, usize>,
    /// A PNG file in base64.
    #[serde(default)]
    pub(super) thumbnail: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SubjectPart {
    pub(super) embedding: String,
    pub(super) rows: usize,
    pub(super) dims: usize,
    #[serde(default)]
    pub(super) fingerprint: Option<u64>,
    #[serde(default)]
    pub(super) labels: Option<PackedColumn>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LayoutPart {
    pub(super) method: Method,
    pub(super) dims: Dims,
    #[serde(default)]
    pub(super) rows: Option<usize>,
    #[serde(default)]
    pub(super) of_more: bool,
    pub(super) coordinates: usize,
    #[serde(default)]
    pub(super) explained_variance: Vec<f64>,
    #[serde(default)]
    pub(super) steps: Option<StepsPart>,
    pub(super) projection: Projection,
    /// As [`BookmarkPart::view_rows`].
    #[serde(default)]
    pub(super) projection_rows: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StepsPart {
    pub(super) iteration: usize,
    pub(super) iterations: usize,
    #[serde(default)]
    pub(super) outdated: bool,
    /// `f32`, lowest byte first.
    #[serde(default)]
    pub(super) kl: Option<Packed>,
}
