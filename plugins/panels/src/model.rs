//! What the panels show: borrowed, filled afresh for each frame.
//!
//! Nothing here is computed by the panels: who fills a [`ViewModel`] has the data at hand. Of long lists only the rows in
//! sight are formatted.

use std::{fmt, path::Path, sync::LazyLock, time::Duration};

use egui::Pos2;
use parallax_desktop::RecentFile;
use parallax_embedding::{Column, Embedding, RowSet};
use parallax_formats::{Problem, Severity};
use parallax_neighbors::Neighbor;
use parallax_session::{
    Action, JobKind, Legend, Method, OpenTour, Panel, PanelColumn, Pose, Presentation, QualityFigures, Rgb, Steps, View,
};

/// Everything that the panels show.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub struct ViewModel<'a> {
    /// What the person has set up.
    pub view: &'a View,
    /// What is open; nothing for an array in memory.
    pub source: Option<SourceModel<'a>>,
    /// The embedding at hand.
    pub embedding: Option<&'a Embedding>,
    /// What was wrong with the source or beside the embedding.
    pub problems: &'a [Problem],
    /// What the colors mean.
    pub legend: &'a Legend,
    /// The color of a row in the cloud.
    pub color_of: &'a dyn Fn(u32) -> Option<Rgb>,
    /// For each component of the layout its share of the variance; empty where the method has none.
    pub explained_variance: &'a [f64],
    /// The number of coordinates of the layout; 0 until there is one.
    pub layout_dims: usize,
    /// How far a method is that has steps.
    pub steps: Option<&'a Steps>,
    /// How far to trust the layout.
    pub quality: Option<QualityFigures>,
    /// How many rows each end of the custom axes has, or why it has none: left and right of x, of y, of z.
    pub ends: &'a [Result<usize, String>],
    /// The axes, for their numbers and names.
    pub axes: &'a [AxisLine],
    /// Where the camera stands, in space.
    pub pose: Option<Pose>,
    /// The point under the pointer.
    pub hovered: Option<Marked>,
    /// Labels that found room.
    pub labels: &'a [PlacedLabel],
    /// The rows that are neither isolated out nor hidden by the filter; nothing: all.
    pub shown: Option<&'a RowSet>,
    /// The rows of the table, in its order.
    pub table: &'a [u32],
    /// The method of the layout that is seen; nothing until there is one.
    pub method: Option<Method>,
    /// Whether the layout was computed with rows beside those that are isolated.
    pub of_more: bool,
    /// The region that a selection tool draws.
    pub region: Option<RegionMark<'a>>,
    /// The neighbors of the inspected row.
    pub neighbors: Neighborhood<'a>,
    /// What the search found.
    pub found: Found<'a>,
    /// Data being loaded.
    pub loading: Option<Job<'a>>,
    /// A layout being computed.
    pub projecting: Option<Job<'a>>,
    /// All work in the background that takes long enough to be told of.
    pub jobs: &'a [Job<'a>],
    /// Messages, oldest first.
    pub toasts: &'a [Toast<'a>],
    /// All that was said so far, oldest first.
    pub log: &'a [Said<'a>],
    /// How much of it is not kept.
    pub log_dropped: usize,
    /// What undo would take back.
    pub undoes: Option<&'static str>,
    /// What redo would do again.
    pub redoes: Option<&'static str>,
    /// What was open of late, the last first.
    pub recent: &'a [RecentFile],
    /// The bookmarks.
    pub tour: &'a OpenTour,
    /// Whether they are shown on the data at hand, though they were made on others.
    pub on_data_at_hand: bool,
    /// The column of cards for which the window has no room.
    pub hidden: Option<PanelColumn>,
    /// How many tags are neither in a metadata file nor in a bookmark.
    pub unsaved_tags: usize,
    /// Whether files are being written.
    pub writing: bool,
    /// How they are being shown to others.
    pub presentation: Presentation,
    /// What is shown, by what method.
    pub status: &'a str,
    /// What the mouse does now.
    pub help: &'a str,
    /// Whether nothing may move by itself.
    pub reduced_motion: bool,
}

/// What is there before there is a bookmark.
static NO_TOUR: LazyLock<OpenTour> = LazyLock::new(OpenTour::default);

/// An axis of the cloud, with its numbers and the names of its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisLine {
    /// Where its ends are on the screen.
    pub ends: [Pos2; 2],
    /// What lies there; empty where it has no name.
    pub names: [String; 2],
    /// Numbers along it, and where they belong.
    pub ticks: Vec<(Pos2, String)>,
    /// Away from the cloud, across the axis.
    pub outward: egui::Vec2,
}

/// What is open, and what it holds to choose from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceModel<'a> {
    /// The path as it was given.
    pub path: &'a Path,
    /// The runs' names.
    pub runs: &'a [&'a str],
    /// The place of the run at hand.
    pub run: usize,
    /// The embeddings of the run at hand.
    pub embeddings: &'a [EmbeddingEntry<'a>],
    /// The place of the embedding at hand.
    pub embedding: usize,
}

/// An embedding that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingEntry<'a> {
    /// The tensor's name.
    pub name: &'a str,
    /// Its shape.
    pub rows: usize,
    /// Its shape.
    pub dims: usize,
}

/// A row and where its point is on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marked {
    /// The row.
    pub row: u32,
    /// The middle of its point.
    pub at: Pos2,
    /// The radius of its point.
    pub radius: f32,
}

/// A label in the cloud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedLabel {
    /// The row.
    pub row: u32,
    /// The area of the text, about.
    pub area: egui::Rect,
    /// Which side of the area the text keeps to.
    pub align: egui::Align,
    /// The height of its letters.
    pub size: f32,
    /// How strongly it is painted, from 0 to 1.
    pub strength: f32,
    /// What it is.
    pub role: LabelRole,
}

/// A region that a selection tool draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionMark<'a> {
    /// Its outline.
    pub shape: &'a RegionShape,
    /// How many points it holds.
    pub count: usize,
    /// What becomes of them, as a sign before their number; empty where they are the selection.
    pub sign: &'a str,
}

/// The outline of a region on the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum RegionShape {
    /// A circle.
    Circle {
        /// Its middle.
        center: Pos2,
        /// Its radius.
        radius: f32,
    },
    /// A polygon, by its corners.
    Outline(Vec<Pos2>),
    /// None: it was given up.
    Nothing,
}

/// What a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelRole {
    /// It lies beside a point.
    Beside,
    /// It lies beside a selected point.
    Selected,
    /// It stands for its point, and has its color.
    Word,
}

/// How far the search for neighbors is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Neighborhood<'a> {
    /// No row is inspected.
    Idle,
    /// On its way.
    Computing,
    /// Found, nearest first.
    Ready(&'a [Neighbor]),
    /// Why there are none.
    Failed(&'a str),
}

/// What the search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found<'a> {
    /// Nothing is searched for.
    Idle,
    /// These rows.
    Rows(&'a RowSet),
    /// What is wrong with the search.
    Failed(&'a str),
}

/// Work in the background.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Job<'a> {
    /// What is being made, as in "Loading words.npy".
    pub name: &'a str,
    /// The stage.
    pub message: &'a str,
    /// From 0 to 1.
    pub fraction: f32,
    /// How long it will go on, where that can be said.
    pub left: Option<Duration>,
    /// By which it is cancelled alone, where it can be.
    pub cancel: Option<JobKind>,
}

/// A message over the cloud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Toast<'a> {
    /// Its number, for [`Action::Dismiss`].
    pub id: u64,
    /// How bad it is; nothing: something was done.
    pub severity: Option<Severity>,
    /// What it says.
    pub text: &'a str,
    /// The caption of a button, and what it does.
    pub action: Option<(&'a str, &'a Action)>,
}

/// A message of the past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said<'a> {
    /// How bad it is; nothing: something was done.
    pub severity: Option<Severity>,
    /// What it says.
    pub text: &'a str,
    /// How long ago it was said.
    pub ago: Duration,
}

impl<'a> ViewModel<'a> {
    /// A model of `view` where nothing is open yet.
    #[must_use]
    pub fn empty(view: &'a View) -> Self {
        Self {
            view,
            source: None,
            embedding: None,
            problems: &[],
            legend: &Legend::Empty,
            color_of: &|_| None,
            explained_variance: &[],
            layout_dims: 0,
            steps: None,
            quality: None,
            ends: &[],
            axes: &[],
            pose: None,
            hovered: None,
            labels: &[],
            shown: None,
            table: &[],
            method: None,
            of_more: false,
            region: None,
            neighbors: Neighborhood::Idle,
            found: Found::Idle,
            loading: None,
            projecting: None,
            jobs: &[],
            toasts: &[],
            log: &[],
            log_dropped: 0,
            undoes: None,
            redoes: None,
            recent: &[],
            tour: &NO_TOUR,
            on_data_at_hand: false,
            hidden: None,
            unsaved_tags: 0,
            writing: false,
            presentation: Presentation::default(),
            status: "",
            help: "",
            reduced_motion: false,
        }
    }

    /// Whether the card is unfolded, in a column that is shown.
    #[must_use]
    pub(crate) fn is_seen(&self, panel: Panel) -> bool {
        self.view.panels.is_open(panel) && self.hidden != Some(panel.column())
    }

    /// The metadata's columns.
    #[must_use]
    pub fn columns(&self) -> &'a [Column] {
        self.embedding.map_or(&[], |embedding| embedding.metadata.columns())
    }

    /// The column that names the rows.
    #[must_use]
    pub fn label_column(&self) -> Option<&'a Column> {
        self.view.label_column(&self.embedding?.metadata)
    }

    /// The column that is searched.
    #[must_use]
    pub fn search_column(&self) -> Option<&'a Column> {
        let metadata = &self.embedding?.metadata;
        match &self.view.search.column {
            Some(name) => metadata.column(name),
            None => self.label_column().or_else(|| metadata.default_label()),
        }
    }

    /// What the row is called; nothing where it has no name.
    #[must_use]
    pub fn name_of(&self, row: u32) -> Option<&'a str> {
        self.label_column()?.text(row as usize)
    }
}

impl fmt::Debug for ViewModel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewModel").field("view", self.view).field("source", &self.source).finish_non_exhaustive()
    }
}
