//! What can be under way in the background.

use serde::{Deserialize, Serialize};

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// An embedding from a file.
    Load,
    /// A layout.
    Project,
    /// The list of neighbors.
    Neighbors,
    /// The matches of a search.
    Search,
    /// How far to trust a layout.
    Measure,
    /// Which rows are shown.
    Show,
    /// The order of the table.
    Sort,
    /// The metadata with a person's tags.
    Tag,
    /// A file.
    Export,
    /// Fonts for text in other scripts.
    Fonts,
}

impl JobKind {
    /// Whether it can be done without: what is seen then stays as it was. What a person has filtered or tagged is taken back
    /// by undo, not by half of it.
    #[must_use]
    pub fn can_be_cancelled(self) -> bool {
        match self {
            Self::Load | Self::Project | Self::Neighbors | Self::Search | Self::Measure | Self::Sort | Self::Export => {
                true
            }
            Self::Show | Self::Tag | Self::Fonts => false,
        }
    }
}
