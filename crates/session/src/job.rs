//! Background jobs: their kinds, and how far they are.

use serde::{Deserialize, Serialize};

/// The result of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// An embedding from a file.
    Load,
    /// A layout.
    Project,
    /// The layouts of the steps of a training.
    Training,
    /// The list of neighbors.
    Neighbors,
    /// The matches of a search.
    Search,
    /// The quality of a layout.
    Measure,
    /// Which rows are shown.
    Show,
    /// The clusters of a layout, and their names.
    Name,
    /// How far the clusters are found again in layouts of other seeds.
    Stability,
    /// What tells two sets of rows apart.
    Apart,
    /// The second embedding, its places, and how alike the two are.
    Compare,
    /// The order of the table.
    Sort,
    /// The counts of charts.
    Chart,
    /// The rows whose neighbors disagree with their label.
    Check,
    /// The metadata with tags.
    Tag,
    /// Bookmarks that show what there is to see.
    Draft,
    /// A file.
    Export,
    /// Fonts for text in other scripts.
    Fonts,
}

/// A job as shown to the user.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// What it produces.
    pub kind: JobKind,
    /// What is being done, such as "Loading words.npy".
    pub name: String,
    /// The stage.
    pub message: String,
    /// From 0 to 1.
    pub fraction: f32,
}

/// What is said in place of the result of a job that was canceled.
pub const CANCELED: &str = "Canceled";

impl JobKind {
    /// Returns `true` if the job can be canceled and the view stays as it was. Filters and tags
    /// are taken back by undo, and counts take a moment.
    #[must_use]
    pub fn can_be_canceled(self) -> bool {
        match self {
            Self::Load
            | Self::Project
            | Self::Training
            | Self::Neighbors
            | Self::Search
            | Self::Measure
            | Self::Name
            | Self::Stability
            | Self::Apart
            | Self::Check
            | Self::Compare
            | Self::Sort
            | Self::Draft
            | Self::Export => true,
            Self::Show | Self::Chart | Self::Tag | Self::Fonts => false,
        }
    }
}
