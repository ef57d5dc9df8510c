//! What follows from the view, published by the plugins that compute it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bevy::prelude::*;
use parallax_embedding::{Embedding, Metadata, RowSet};
use parallax_formats::{EmbeddingInfo, Problem, Source, Stamp};
use parallax_meaning::{Levels, NamedLevels, Stability};
use parallax_neighbors::Neighbor;
use parallax_projection::{Agreement, Frame, Layout, Method, Shepard, WithoutPlace};
use parallax_session::{
    ApartState, CheckedLabels, ComparedState, Comparison, CountedCharts, Found, Half, HeadsetLink, JobKind, JobStatus,
    Movement, NeighborQuery, NeighborhoodState, OpenOptions, Past, Pose, Projection, QualityFigures, RowQuality,
    StepRow, Steps, StereoMode, Subject, Summed, View,
};

use crate::Requester;

/// The current data: the last that loaded successfully.
#[derive(Resource, Debug, Default)]
pub struct Opened {
    /// The contents of the path. `None` for an array in memory.
    pub source: Option<Arc<Source>>,
    /// The options with which it was opened.
    pub options: OpenOptions,
    /// The indices of the run and the embedding in the source.
    pub place: (usize, usize),
    /// The embedding.
    pub embedding: Option<Arc<Embedding>>,
    /// Problems with the source or the files beside the embedding.
    pub problems: Vec<Problem>,
    /// The files from which it was read, with their size and time.
    pub files: Vec<Stamp>,
    /// Increases with each new embedding.
    pub epoch: u64,
    /// The [`Opened::epoch`] since which the rows are the same: another step of a training has other
    /// vectors of the same rows.
    pub rows_epoch: u64,
    /// The metadata as loaded. The metadata of the embedding also have the user's tags.
    pub loaded_metadata: Arc<Metadata>,
    /// Increases each time they are replaced.
    pub loaded_revision: u64,
    /// Increases with each new embedding and each change of its metadata.
    pub metadata_revision: u64,
}

/// The duration of a morph from one layout or choice of components to another.
pub const MORPH: Duration = Duration::from_millis(600);

/// Whether the cloud is also shown in a headset.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CurrentHeadset(pub HeadsetLink);

/// The steps of the open tensor, if there are several.
#[derive(Resource, Debug, Default)]
pub struct CurrentSteps(pub Option<StepRow>);

/// The layouts of the steps that are laid out together, for the ways of rows through them.
#[derive(Resource, Debug, Default)]
pub struct StepLayouts {
    /// The layouts in the order of the steps. Empty while that of another making is shown.
    pub layouts: Arc<[Arc<Layout>]>,
    /// The place of the open step among them.
    pub open: Option<usize>,
    /// The [`Opened::rows_epoch`] of their rows.
    pub of: Option<u64>,
    /// Increases with each change.
    pub revision: u64,
}

/// How far rows have moved since another step, if points are colored by that.
#[derive(Resource, Debug, Default)]
pub struct CurrentMovement {
    /// It. `None` until it is measured, or if there is no other step.
    pub movement: Option<Movement>,
    /// Why it is not measured.
    pub why_not: &'static str,
    /// Increases with each change.
    pub revision: u64,
}

impl CurrentMovement {
    /// Replaces it.
    pub fn put(&mut self, movement: Movement) {
        *self = Self { movement: Some(movement), why_not: "", revision: self.revision + 1 };
    }

    /// Removes it, and says why.
    pub fn clear(&mut self, why_not: &'static str) {
        if self.movement.is_some() || self.why_not != why_not {
            *self = Self { movement: None, why_not, revision: self.revision + 1 };
        }
    }
}

/// The current layout of [`Opened::embedding`].
#[derive(Resource, Debug, Default)]
pub struct CurrentLayout {
    /// The coordinates. `None` until the first are computed.
    pub layout: Option<Arc<Layout>>,
    /// The method that computed them.
    pub method: Option<Method>,
    /// What the coordinates stand for, as far as it is known.
    pub frame: Frame,
    /// The share of the variance of each component, if the method has components.
    pub explained_variance: Arc<[f64]>,
    /// The progress of a method with steps.
    pub steps: Option<Steps>,
    /// The number of rows of each end of the custom axes, or why it has none: left and right of x,
    /// of y, of z. Empty for other methods.
    pub ends: Vec<Result<usize, String>>,
    /// Whether it also includes rows that are not isolated.
    pub of_more: bool,
    /// The settings that it was computed with.
    pub made_by: Arc<Projection>,
    /// What else has made it what it is.
    pub past: Past,
    /// The layouts whose places share one scale with this one. Empty if it has a scale of its own.
    pub scaled_with: Arc<[Arc<Layout>]>,
    /// The [`Opened::epoch`] of the embedding to which they belong.
    pub epoch: u64,
    /// The [`Opened::rows_epoch`] of the embedding.
    pub rows_epoch: u64,
    /// The name of the embedding in its run, if it has one.
    pub embedding: Option<String>,
    /// Increases with each new layout.
    pub revision: u64,
    /// The duration of the morph from the last layout to this one.
    pub glide: Duration,
}

/// Whether something outside of the window is waited for, such as a headset that is not worn. The
/// program then looks once a second.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Watching(pub bool);

/// If present, layouts are measured only for colors, because the figures are not shown.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Unmeasured;

/// How far the current layout can be trusted.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct LayoutQuality {
    /// The layout, as [`Opened::epoch`] and [`CurrentLayout::revision`]. While a projection runs,
    /// the figures are a little older than the picture.
    pub of: Option<(u64, u64)>,
    /// The figures. `None` until they are measured.
    pub figures: Option<QualityFigures>,
    /// The share of each row's true neighbors that are also neighbors in the layout. NaN if the row
    /// has none.
    pub kept: Arc<[f32]>,
    /// How far each row's nearest in the layout are from being true neighbors, and its true neighbors
    /// from being near in the layout. NaN if the row has none.
    pub errors: Arc<[[f32; 2]]>,
    /// Increases with each measurement.
    pub revision: u64,
}

/// How the distances of the current layout follow those of the vectors, and how neighbors agree
/// with labels. Empty while the layout changes.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct LayoutComparison {
    /// The distances, or why they are not compared.
    pub shepard: Option<Result<Arc<Shepard>, String>>,
    /// The column of the labels, and how neighbors agree with them, or why that is not known.
    pub agreement: Option<(String, Result<Agreement, String>)>,
}

/// The second embedding of the same rows that is compared with. Its rows are those of
/// [`Opened::embedding`].
#[derive(Resource, Debug, Default)]
pub struct CurrentCompared {
    /// What is found out about it. `None` if nothing is compared.
    pub state: Option<ComparedState>,
    /// Where its rows are in the coordinates on screen of the current layout, two or three of them.
    /// `None` until they are known.
    pub layout: Option<Arc<Layout>>,
    /// The share of each row's nearest that are also nearest in the second. NaN if it has no partner.
    /// Empty until it is known.
    pub shared: Arc<[f32]>,
    /// How far each row is from its partner, once both are aligned. NaN if it has none. Empty until it
    /// is known.
    pub moved: Arc<[f32]>,
    /// The [`Opened::epoch`] of the embedding whose rows they are.
    pub epoch: u64,
    /// Increases with each new layout.
    pub revision: u64,
    /// Increases with each measurement of the rows.
    pub measured: u64,
}

/// The clusters of the layout on screen, and their names.
#[derive(Resource, Debug, Default)]
pub struct ClusterNames {
    /// The clusters, or why there are none. `None` until they are looked for.
    pub found: Option<Result<Arc<NamedLevels>, String>>,
    /// The column that names are from, and why it was chosen if nobody chose it.
    pub column: Option<(String, Option<String>)>,
    /// The [`Opened::epoch`] of the embedding to which they belong.
    pub epoch: u64,
    /// Increases with each change.
    pub revision: u64,
}

/// How far the clusters are found again in layouts of other seeds.
#[derive(Resource, Debug, Default)]
pub struct ClusterStability(pub Option<(Arc<Levels>, Stability)>);

/// The rows that have no place in the current layout, by the reason.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct Unplaced(pub Arc<WithoutPlace>);

/// The neighbors of the inspected row, of the mean of the selected ones, or of a sum of rows.
#[derive(Resource, Debug, Default)]
pub struct Neighborhood {
    /// What they are neighbors of, the query, and the [`Opened::epoch`] of the embedding.
    pub of: Option<(Subject, NeighborQuery, u64)>,
    /// The state of the search.
    pub state: NeighborhoodState,
    /// What the mean or the sum stands for, of which the last neighbors were found.
    pub summed: Option<Summed>,
}

/// Which neighbors of the inspected row the layout has torn from it.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The row. `None` if no true neighbors are listed, or they are not compared yet.
    pub of: Option<u32>,
    /// Those of its listed neighbors that are not among as many of the nearest in the layout as
    /// `within` says.
    pub rows: RowSet,
    /// How many of the nearest in the layout count.
    pub within: usize,
}

/// What tells the selected rows apart from others.
#[derive(Resource, Debug, Default)]
pub struct CurrentApart(pub ApartState);

/// The rows that match the search.
#[derive(Resource, Debug, Default)]
pub struct Matches(pub Found);

/// The visible rows.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The rows that are neither excluded by isolation nor hidden by the filter. `None` if all are
    /// visible.
    pub rows: Option<RowSet>,
    /// Increases when the rows change.
    pub revision: u64,
}

/// The charts, as far as they are counted.
#[derive(Resource, Debug, Default, Clone)]
pub struct CurrentCharts {
    /// The charts and their counts.
    pub counted: Option<Arc<CountedCharts>>,
    /// How the selected rows differ from the others.
    pub comparison: Option<Arc<Comparison>>,
}

/// The rows whose neighbors disagree with their label.
#[derive(Resource, Debug, Default, Clone)]
pub struct CurrentSuspects {
    /// Them, or why there are none. `None` until they are looked for.
    pub found: Option<Result<CheckedLabels, String>>,
    /// The column.
    pub column: String,
    /// The [`Opened::epoch`] of the embedding to which they belong.
    pub epoch: u64,
}

/// The rows of the table in its order.
#[derive(Resource, Debug, Default, Clone)]
pub struct TableOrder {
    /// The rows.
    pub rows: Arc<[u32]>,
}

/// The row under the pointer.
#[derive(Resource, Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Hovered(pub Option<u32>);

/// The row under the pointer in a list.
#[derive(Resource, Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Pointed(pub Option<u32>);

/// What is running in the background.
#[derive(Resource, Debug, Default)]
pub struct Running(pub Vec<JobStatus>);

/// How long the last job of each kind took.
#[derive(Resource, Debug, Default)]
pub struct Took(pub HashMap<JobKind, Duration>);

/// Whether changes are animated.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// The camera flies, points morph from layout to layout, cards fold.
    #[default]
    Full,
    /// Changes take effect at once, as in pictures without a window.
    Reduced,
}

/// Where the cloud is in the window, in logical pixels.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct ScreenArea {
    /// The size of the picture of the cloud: of the window, or with stereo of an eye's part of it.
    pub window: Vec2,
    /// The part of the picture that no panel covers.
    pub free: Rect,
    /// With stereo, where the pictures of the left and the right eye are in the window. They have
    /// the same size, and are in the same place if they are told apart by color. Two embeddings side
    /// by side have such pictures, too.
    pub pictures: Option<[Rect; 2]>,
    /// Whether the pictures are of two embeddings, seen by one eye, rather than by two.
    pub compares: bool,
}

/// The pose of the camera, or its target while it moves.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct CameraPose(pub Pose);

/// The pose of the camera that the picture of the second embedding has for itself, or its target while
/// it moves. `None` if it has none.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct SecondPose(pub Option<Pose>);

/// Where the camera of each picture goes, or is, if a person has moved it and the view does not know it
/// yet: the camera slows down, is dragged, or turns by itself. What keeps a view takes these first, so
/// that it keeps what a person looks at.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct MovedCameras(pub [Option<MovedCamera>; 2]);

/// A camera that has been moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovedCamera {
    /// Where it goes, or is.
    pub to: Pose,
    /// Who moves it.
    pub by: Requester,
}

impl MovedCameras {
    /// Returns the poses of `view` with these.
    #[must_use]
    pub fn within(&self, view: &View) -> [Option<Pose>; 2] {
        Half::BOTH.map(|half| self.0[half as usize].map_or_else(|| view.pose_of(half), |moved| Some(moved.to)))
    }
}

/// The picture whose camera keys and commands move: the one that the pointer is in, or was in last. The
/// first if there is one camera.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointedHalf(pub Half);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Opened>()
        .init_resource::<CurrentLayout>()
        .init_resource::<LayoutQuality>()
        .init_resource::<LayoutComparison>()
        .init_resource::<CurrentCompared>()
        .init_resource::<ClusterNames>()
        .init_resource::<ClusterStability>()
        .init_resource::<Unplaced>()
        .init_resource::<Neighborhood>()
        .init_resource::<Torn>()
        .init_resource::<CurrentApart>()
        .init_resource::<Matches>()
        .init_resource::<Shown>()
        .init_resource::<TableOrder>()
        .init_resource::<CurrentCharts>()
        .init_resource::<CurrentSuspects>()
        .init_resource::<Hovered>()
        .init_resource::<Pointed>()
        .init_resource::<Running>()
        .init_resource::<Took>()
        .init_resource::<ScreenArea>()
        .init_resource::<SecondPose>()
        .init_resource::<MovedCameras>()
        .init_resource::<PointedHalf>()
        .init_resource::<Motion>()
        .init_resource::<Watching>()
        .init_resource::<CurrentSteps>()
        .init_resource::<StepLayouts>()
        .init_resource::<CurrentMovement>()
        .init_resource::<CurrentHeadset>();
}

impl ScreenArea {
    /// Returns the areas of the left and the right eye's picture within `area`: two halves of the
    /// same size, or twice all of it.
    #[must_use]
    pub fn pictures_within(area: Rect, mode: StereoMode) -> [Rect; 2] {
        let half = (area.size() / 2.0).floor();
        let (across, down) = (Vec2::new(half.x, area.height()), Vec2::new(area.width(), half.y));
        let first = |size: Vec2| Rect::from_corners(area.min, area.min + size);
        let last = |size: Vec2| Rect::from_corners(area.max - size, area.max);
        match mode {
            StereoMode::SideBySide => [first(across), last(across)],
            StereoMode::CrossEyed => [last(across), first(across)],
            StereoMode::TopBottom => [first(down), last(down)],
            StereoMode::Anaglyph => [area, area],
        }
    }

    /// Returns the length, in logical pixels, that the field of view spans: the height of the
    /// window, or with stereo the shorter side of a picture, so that half a window shows as much
    /// of the cloud's middle as a whole one.
    #[must_use]
    pub fn spanned(&self) -> f32 {
        if self.pictures.is_some() { self.window.min_element() } else { self.window.y }
    }
}

impl Opened {
    /// Replaces the embedding.
    pub fn put(&mut self, embedding: Embedding, problems: Vec<Problem>) {
        self.loaded_metadata = embedding.metadata.clone();
        self.embedding = Some(Arc::new(embedding));
        self.problems = problems;
        self.epoch += 1;
        self.rows_epoch = self.epoch;
        self.loaded_revision += 1;
        self.metadata_revision += 1;
    }

    /// Replaces the embedding by another step of it, with the same rows. What the user has added to the
    /// metadata stays if `embedding` shares the loaded ones.
    pub fn put_step(&mut self, mut embedding: Embedding, problems: Vec<Problem>) {
        match &self.embedding {
            Some(before) if Arc::ptr_eq(&embedding.metadata, &self.loaded_metadata) => {
                embedding.metadata = before.metadata.clone();
            }
            _ => {
                self.loaded_metadata = embedding.metadata.clone();
                self.loaded_revision += 1;
                self.metadata_revision += 1;
            }
        }
        self.embedding = Some(Arc::new(embedding));
        self.problems = problems;
        self.epoch += 1;
    }

    /// Replaces the metadata of the embedding.
    pub fn set_metadata(&mut self, metadata: Arc<Metadata>) {
        if let Some(embedding) = &self.embedding {
            self.embedding = Some(Arc::new(Embedding { metadata, ..(**embedding).clone() }));
            self.metadata_revision += 1;
        }
    }

    /// Returns what the source says about the embedding.
    #[must_use]
    pub fn info(&self) -> Option<&EmbeddingInfo> {
        self.source.as_ref()?.at(self.place).map(|(_, info)| info)
    }

    /// Returns the number of rows, or 0 if nothing is open.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.embedding.as_ref().map_or(0, |embedding| embedding.rows())
    }
}

impl CurrentLayout {
    /// Returns the layout if it has places for the rows of the current embedding. Until that of another
    /// step is there, it is that of the step before: see [`CurrentLayout::of`].
    #[must_use]
    pub fn on_screen(&self, opened: &Opened) -> Option<&Arc<Layout>> {
        self.layout.as_ref().filter(|_| self.rows_epoch == opened.rows_epoch)
    }

    /// Returns the layout if it belongs to the current embedding.
    #[must_use]
    pub fn of(&self, opened: &Opened) -> Option<&Arc<Layout>> {
        self.layout.as_ref().filter(|_| self.epoch == opened.epoch)
    }
}

impl ClusterNames {
    /// Returns the clusters if they belong to the current embedding.
    #[must_use]
    pub fn of(&self, opened: &Opened) -> Option<&Arc<NamedLevels>> {
        self.found.as_ref()?.as_ref().ok().filter(|_| self.epoch == opened.epoch)
    }
}

impl ClusterStability {
    /// Returns the stability of these clusters, if it was measured.
    #[must_use]
    pub fn of(&self, names: &NamedLevels) -> Option<&Stability> {
        self.0.as_ref().filter(|(of, _)| Arc::ptr_eq(of, &names.levels)).map(|(_, stability)| stability)
    }
}

impl LayoutQuality {
    /// Publishes the quality of the layout `of`.
    pub fn put(&mut self, of: (u64, u64), figures: QualityFigures, kept: Vec<f32>, errors: Vec<[f32; 2]>) {
        let revision = self.revision + 1;
        *self = Self { of: Some(of), figures: Some(figures), kept: kept.into(), errors: errors.into(), revision };
    }

    /// Returns the number of true neighbors of a row that were compared, the share of them that are
    /// also neighbors in the layout, and the errors of the row. `None` if it has none.
    #[must_use]
    pub fn of_row(&self, row: u32) -> Option<RowQuality> {
        let (k, row) = (self.figures?.k, row as usize);
        let (&kept, &errors) = (self.kept.get(row)?, self.errors.get(row)?);
        kept.is_finite().then(|| RowQuality { k, strangers: k - (kept * k as f32).round() as usize, errors })
    }
}

impl Neighborhood {
    /// Returns the neighbors found, nearest first.
    #[must_use]
    pub fn found(&self) -> &[Neighbor] {
        match &self.state {
            NeighborhoodState::Ready(found) => found,
            _ => &[],
        }
    }

    /// Returns `true` if they are those of a sum of rows.
    #[must_use]
    pub fn is_of_sum(&self) -> bool {
        matches!(self.of, Some((Subject::Sum(_), ..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_one_size_and_lie_in_their_area() {
        let area = Rect::new(332.0, 60.0, 1107.0, 861.0);
        for mode in StereoMode::ALL {
            let [left, right] = ScreenArea::pictures_within(area, mode);
            assert_eq!(left.size(), right.size(), "{mode}");
            assert!([left, right].iter().all(|picture| area.union(*picture) == area), "{mode}");
            let (away, below) = (right.min.x - left.min.x, right.min.y - left.min.y);
            let overlap = left.intersect(right);
            match mode {
                StereoMode::SideBySide => assert!(away > 0.0 && overlap.is_empty()),
                StereoMode::CrossEyed => assert!(away < 0.0 && overlap.is_empty()),
                StereoMode::TopBottom => assert!(below > 0.0 && overlap.is_empty()),
                StereoMode::Anaglyph => assert_eq!(overlap, area),
            }
        }
    }
}
