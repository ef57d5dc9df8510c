//! What the view implies, as the plugins that compute it publish it.

use std::{sync::Arc, time::Duration};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Metadata, RowSet};
use parallax_formats::{Problem, Source, Stamp};
use parallax_neighbors::Neighbor;
use parallax_projection::{Layout, Method};
use parallax_session::{JobKind, NeighborQuery, OpenOptions, Pose, Projection, QualityFigures, Steps};

/// The data at hand: the last that loaded well.
#[derive(Resource, Debug, Default)]
pub struct Opened {
    /// What the path holds; nothing for an array in memory.
    pub source: Option<Arc<Source>>,
    /// The options it was opened with.
    pub options: OpenOptions,
    /// The places of the run and the embedding in the source.
    pub place: (usize, usize),
    /// The embedding.
    pub embedding: Option<Arc<Embedding>>,
    /// What was wrong with the source or beside the embedding.
    pub problems: Vec<Problem>,
    /// The files that it was read from, as they were.
    pub files: Vec<Stamp>,
    /// Grows with each embedding that is put here.
    pub epoch: u64,
    /// The metadata as they were loaded: those of the embedding have the tags of a person as well.
    pub loaded_metadata: Arc<Metadata>,
    /// Grows with each embedding, and with each change of its metadata.
    pub metadata_revision: u64,
}

/// Points take so long from one layout to another, and from one choice of components to another.
pub const MORPH: Duration = Duration::from_millis(600);

/// The layout at hand, of [`Opened::embedding`].
#[derive(Resource, Debug, Default)]
pub struct CurrentLayout {
    /// The coordinates; nothing until the first are computed.
    pub layout: Option<Arc<Layout>>,
    /// How they were computed.
    pub method: Option<Method>,
    /// For each component its share of the variance, where the method has components.
    pub explained_variance: Arc<[f64]>,
    /// How far the method is that has steps.
    pub steps: Option<Steps>,
    /// How many rows each end of the custom axes has, or why it has none: left and right of x, of y, of z. Empty for other methods.
    pub ends: Vec<Result<usize, String>>,
    /// Whether it was computed with rows beside those that are isolated.
    pub of_more: bool,
    /// The settings that it was computed with.
    pub made_by: Arc<Projection>,
    /// The embedding that they belong to, by [`Opened::epoch`].
    pub epoch: u64,
    /// Grows with each layout that is put here.
    pub revision: u64,
    /// How long points take from the last layout to this one.
    pub glide: Duration,
}

/// Layouts are not measured: nobody would see the figures, as in a picture without panels.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Unmeasured;

/// How far to trust the layout at hand.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct LayoutQuality {
    /// Of which layout: the embedding by [`Opened::epoch`], and [`CurrentLayout::revision`]. While a projection runs, the figures are a
    /// little older than the picture.
    pub of: Option<(u64, u64)>,
    /// The figures; nothing until they are measured.
    pub figures: Option<QualityFigures>,
    /// For each row the share of its true neighbors that are its neighbors in the layout; NaN where it has none.
    pub kept: Arc<[f32]>,
    /// Grows with each measurement.
    pub revision: u64,
}

/// The neighbors of the inspected row.
#[derive(Resource, Debug, Default)]
pub struct Neighborhood {
    /// Of which row, by what query, in which embedding.
    pub of: Option<(u32, NeighborQuery, u64)>,
    /// How far the search is.
    pub state: NeighborhoodState,
}

/// How far a search for neighbors is.
#[derive(Debug, Default)]
pub enum NeighborhoodState {
    /// No row is inspected.
    #[default]
    Idle,
    /// On its way.
    Computing,
    /// Found, nearest first.
    Ready(Vec<Neighbor>),
    /// Why there are none.
    Failed(String),
}

/// The rows that match the search.
#[derive(Resource, Debug, Default)]
pub struct Matches {
    /// The rows.
    pub rows: RowSet,
    /// What is wrong with the search.
    pub error: Option<String>,
    /// Whether anything is searched for.
    pub active: bool,
}

/// The rows that are shown.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Those that are neither isolated out nor hidden by the filter; nothing: all.
    pub rows: Option<RowSet>,
    /// Grows whenever they become others.
    pub revision: u64,
}

/// The rows of the table, in its order.
#[derive(Resource, Debug, Default, Clone)]
pub struct TableOrder {
    /// The rows.
    pub rows: Arc<[u32]>,
}

/// The row under the pointer.
#[derive(Resource, Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Hovered(pub Option<u32>);

/// The row that the pointer is on in a list.
#[derive(Resource, Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Pointed(pub Option<u32>);

/// What is running in the background.
#[derive(Resource, Debug, Default)]
pub struct Running(pub Vec<JobStatus>);

/// One job, as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// What it makes.
    pub kind: JobKind,
    /// What is being made, as in "Loading words.npy".
    pub name: String,
    /// The stage.
    pub message: String,
    /// From 0 to 1.
    pub fraction: f32,
}

/// Whether changes are shown on their way.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// The camera flies, points morph from layout to layout, cards fold.
    #[default]
    Full,
    /// All are at once where they belong, as in pictures without a window.
    Reduced,
}

/// The part of the window that no panel covers, in logical pixels from the left upper corner.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct ScreenArea {
    /// The window.
    pub window: Vec2,
    /// What the panels leave free.
    pub free: Rect,
}

/// Where the camera stands, or will once it is done with the way that it is on.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct CameraPose(pub Pose);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Opened>()
        .init_resource::<CurrentLayout>()
        .init_resource::<LayoutQuality>()
        .init_resource::<Neighborhood>()
        .init_resource::<Matches>()
        .init_resource::<Shown>()
        .init_resource::<TableOrder>()
        .init_resource::<Hovered>()
        .init_resource::<Pointed>()
        .init_resource::<Running>()
        .init_resource::<ScreenArea>()
        .init_resource::<Motion>();
}

impl Opened {
    /// Puts a loaded embedding here.
    pub fn put(&mut self, embedding: Embedding, problems: Vec<Problem>) {
        self.loaded_metadata = embedding.metadata.clone();
        self.embedding = Some(Arc::new(embedding));
        self.problems = problems;
        self.epoch += 1;
        self.metadata_revision += 1;
    }

    /// Gives the embedding other metadata, as tags do.
    pub fn set_metadata(&mut self, metadata: Arc<Metadata>) {
        if let Some(embedding) = &self.embedding {
            self.embedding = Some(Arc::new(Embedding { metadata, ..(**embedding).clone() }));
            self.metadata_revision += 1;
        }
    }

    /// The number of rows; none where nothing is open.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.embedding.as_ref().map_or(0, |embedding| embedding.rows())
    }
}

impl CurrentLayout {
    /// The layout, where it is one of the embedding at hand.
    #[must_use]
    pub fn of(&self, opened: &Opened) -> Option<&Arc<Layout>> {
        self.layout.as_ref().filter(|_| self.epoch == opened.epoch)
    }
}

impl Neighborhood {
    /// The neighbors found, nearest first.
    #[must_use]
    pub fn found(&self) -> &[Neighbor] {
        match &self.state {
            NeighborhoodState::Ready(found) => found,
            _ => &[],
        }
    }
}
