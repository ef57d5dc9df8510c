//! One description of what is seen.

use std::path::PathBuf;

use parallax_embedding::{Column, ColumnKind, Metadata, RowSet};
use parallax_formats::{OpenOptions, demo::Demo};
use parallax_neighbors::Metric;
use serde::{Deserialize, Serialize};

use crate::{Projection, Search};

/// All that is seen, as plain data: restoring one is the same as doing everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// What is open.
    pub origin: Origin,
    /// The run, where not the first.
    pub run: Option<String>,
    /// The embedding, where not the run's first.
    pub embedding: Option<String>,
    /// How the vectors become coordinates.
    pub projection: Projection,
    /// The column that colors.
    pub color_by: Pick,
    /// The column that names.
    pub label_by: Pick,
    /// What stands for a point.
    pub points: PointStyle,
    /// Whether labels are drawn beside the points, as many as find room.
    pub labels: bool,
    /// The selected rows.
    pub selection: RowSet,
    /// Which neighbors of a selected row are listed.
    pub neighbors: NeighborQuery,
    /// What is searched for.
    pub search: Search,
    /// Where the camera stands; nothing: where it sees everything.
    pub pose: Option<Pose>,
    /// Whether the camera goes around by itself.
    pub turning: bool,
    /// Dark or light.
    pub theme: Theme,
    /// Which panels are unfolded.
    pub panels: Panels,
}

/// Where the data come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built in.
    Demo(Demo),
    /// A file or a folder, and what stood beside it on the command line.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// Metadata, sprite, raw layout.
        #[serde(default)]
        options: OpenOptions,
    },
    /// An array handed over by the program that embeds the explorer.
    Memory,
}

/// How many dimensions the picture has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dims {
    /// A plane, seen from above.
    Two,
    /// A cloud in space.
    #[default]
    Three,
}

/// The choice of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The one that suits the data best.
    #[default]
    Auto,
    /// None.
    Nothing,
    /// This one.
    Column(String),
    /// Not a column: how many of a row's true neighbors are its neighbors in the layout. Colors only.
    Reliability,
}

/// What stands for a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStyle {
    /// A lit sphere.
    #[default]
    Spheres,
    /// Its thumbnail on the sprite sheet; a sphere where there is none.
    Sprites,
    /// Its label.
    Labels,
}

/// Which neighbors are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct NeighborQuery {
    /// By which distance.
    pub metric: Metric,
    /// How many.
    pub k: usize,
}

/// Where an orbiting camera stands, in the cloud's units: the layout is scaled evenly so that it lies within a sphere
/// of radius 1 about the origin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// The point looked at.
    pub focus: [f32; 3],
    /// Radians about the vertical axis.
    pub yaw: f32,
    /// Radians above the horizon.
    pub pitch: f32,
    /// The distance from the focus; in two dimensions, half the height of what is seen.
    pub radius: f32,
}

/// The colors of everything but the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// The cards over the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Panel {
    /// Run, tensor, color, label, legend.
    Data,
    /// Method and its settings.
    Projection,
    /// Search, the selected point, its neighbors.
    Inspector,
}

/// Which panels are seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Whether any is.
    pub shown: bool,
    /// Those folded to their header.
    pub folded: Vec<Panel>,
}

impl View {
    /// The column that colors: the chosen one, or by default the first category.
    #[must_use]
    pub fn color_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.color_by {
            Pick::Auto => metadata.columns().iter().find(|column| column.kind() == ColumnKind::Category),
            Pick::Nothing | Pick::Reliability => None,
            Pick::Column(name) => metadata.column(name),
        }
    }

    /// The column that names: the chosen one, or by default the first that does not hold numbers.
    #[must_use]
    pub fn label_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.label_by {
            Pick::Auto => metadata.default_label(),
            Pick::Nothing | Pick::Reliability => None,
            Pick::Column(name) => metadata.column(name),
        }
    }

    /// The row that the Inspector is about: the only one selected.
    #[must_use]
    pub fn inspected(&self) -> Option<u32> {
        match self.selection.as_slice() {
            [row] => Some(*row),
            _ => None,
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self {
            origin: Origin::Demo(Demo::Digits),
            run: None,
            embedding: None,
            projection: Projection::default(),
            color_by: Pick::default(),
            label_by: Pick::default(),
            points: PointStyle::default(),
            labels: false,
            selection: RowSet::EMPTY,
            neighbors: NeighborQuery::default(),
            search: Search::default(),
            pose: None,
            turning: false,
            theme: Theme::default(),
            panels: Panels::default(),
        }
    }
}

impl Default for NeighborQuery {
    fn default() -> Self {
        Self { metric: Metric::Cosine, k: 100 }
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self { shown: true, folded: Vec::new() }
    }
}

impl Panels {
    /// Whether `panel` is unfolded.
    #[must_use]
    pub fn is_open(&self, panel: Panel) -> bool {
        !self.folded.contains(&panel)
    }
}

impl Dims {
    /// 2 or 3.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl Theme {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}
