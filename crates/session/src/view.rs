//! One description of what is seen.

use std::path::PathBuf;

use parallax_embedding::{Column, Metadata, RowSet};
use parallax_formats::{OpenOptions, demo::Demo};
use parallax_neighbors::Metric;
use serde::{Deserialize, Serialize};

use crate::{ColorScale, Filter, Projection, Search};

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
    /// What else the picture has.
    pub look: Look,
    /// What a drag over the cloud does.
    pub tool: Tool,
    /// Whether box and lasso take only points that can be seen, and not those behind them.
    pub visible_only: bool,
    /// The selected rows.
    pub selection: RowSet,
    /// The rows that were inspected before the one that is, the last one last.
    pub trail: Vec<u32>,
    /// Selections that were given a name.
    pub saved_selections: Vec<SavedSelection>,
    /// The rows that are shown alone, each level within the one before; none: all rows are.
    pub isolation: Vec<RowSet>,
    /// The rows that are hidden by what a column says.
    pub filter: Option<Filter>,
    /// Values that a person has given to rows, oldest first.
    pub tags: Vec<Tag>,
    /// How the values of a column become colors.
    pub scale: ColorScale,
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
    /// The table of the metadata.
    pub table: Table,
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
    /// The coordinates that a bookmark keeps of data that are not at hand.
    Kept,
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

/// What the picture has beside the points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The size of points, as a multiple of that which suits their number.
    pub size: f32,
    /// How far the farthest points fade into the background, from 0 to 1.
    pub fog: f32,
    /// Whether axes with their numbers are drawn, where the projection gives them a meaning; those of a custom projection always are.
    pub axes: bool,
    /// Whether a grid bounds the cloud.
    pub grid: bool,
    /// How depth becomes distance on screen.
    pub lens: Lens,
}

/// How depth becomes distance on screen, in three dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lens {
    /// What is far is small.
    #[default]
    Perspective,
    /// What is far is as large as what is near.
    Orthographic,
}

/// What a drag over the cloud does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Moves the camera.
    #[default]
    Pointer,
    /// Selects what lies within a sphere about the point where it began.
    Sphere,
    /// Selects what lies within a box on screen.
    Box,
    /// Selects what lies within an outline on screen.
    Lasso,
}

/// A selection with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSelection {
    /// The name, unlike any other's.
    pub name: String,
    /// The rows.
    pub rows: RowSet,
}

/// A value that a person has given to rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The column; one that the metadata do not have is added to them.
    pub column: String,
    /// The value; the empty one takes what is there away.
    pub value: String,
    /// The rows.
    pub rows: RowSet,
}

/// The table of the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Whether it is shown.
    pub shown: bool,
    /// By which column it is sorted; nothing: in the order of the rows.
    pub sort: Option<Sort>,
    /// Which rows it lists.
    pub rows: TableRows,
}

/// An order of rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// By the values of this column: numbers by size, texts by their letters; rows without a value come last.
    pub column: String,
    /// Whether from the last to the first.
    pub descending: bool,
}

/// Which rows a table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableRows {
    /// Those that are neither isolated out nor hidden.
    #[default]
    Shown,
    /// The selected ones.
    Selected,
    /// Those that match the search.
    Matching,
}

/// Which neighbors are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct NeighborQuery {
    /// Where they are near.
    pub space: NeighborSpace,
    /// By which distance.
    pub metric: Metric,
    /// How many.
    pub k: usize,
}

/// Where neighbors are near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighborSpace {
    /// Among the vectors, as they are in the file.
    #[default]
    Vectors,
    /// In the layout, by Euclidean distance.
    Layout,
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
    /// White and bright on black.
    Contrast,
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
    /// What was kept.
    Bookmarks,
}

/// Which panels are seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Whether any is.
    pub shown: bool,
    /// Those folded to their header.
    pub folded: Vec<Panel>,
    /// How wide those on the left and those on the right are, in logical pixels, where the window has room.
    pub widths: [u16; 2],
    /// The column that is shown where the window has room for one only.
    pub column: PanelColumn,
}

/// A column of cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelColumn {
    /// Data and Projection.
    #[default]
    Left,
    /// Inspector and Bookmarks.
    Right,
}

impl View {
    /// What a bookmark with this view shows to one who has `current` before them: which data are open, panels, tools and table are the
    /// person's own.
    #[must_use]
    pub fn shown_to(&self, current: &Self) -> Self {
        Self {
            origin: current.origin.clone(),
            run: current.run.clone(),
            embedding: current.embedding.clone(),
            tool: current.tool,
            visible_only: current.visible_only,
            panels: current.panels.clone(),
            table: current.table.clone(),
            ..self.clone()
        }
    }

    /// The column that colors: the chosen one, or by default the first category.
    #[must_use]
    pub fn color_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.color_by {
            Pick::Auto => metadata.default_color(),
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

    /// The column that is searched: the chosen one, or by default the one that names, or would by default.
    #[must_use]
    pub fn search_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.search.column {
            Some(name) => metadata.column(name),
            None => {
                self.label_column(metadata).or_else(|| metadata.default_label()).or_else(|| metadata.columns().first())
            }
        }
    }

    /// The rows that are shown alone, where some are.
    #[must_use]
    pub fn isolated(&self) -> Option<&RowSet> {
        self.isolation.last()
    }

    /// The rows that are shown, of an embedding with so many `rows` and this `metadata`: those isolated that the filter does not
    /// hide. Nothing: all of them.
    #[must_use]
    pub fn shown(&self, metadata: &Metadata, rows: usize) -> Option<RowSet> {
        let isolated = self.isolated().map(|isolated| isolated.below(rows));
        let filter = self.filter.as_ref().and_then(|filter| Some((filter, metadata.column(&filter.column)?)));
        match (isolated, filter) {
            (isolated, None) => isolated,
            (None, Some((filter, column))) => Some(filter.rows(column, &RowSet::all(rows))),
            (Some(isolated), Some((filter, column))) => Some(filter.rows(column, &isolated)),
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
            look: Look::default(),
            tool: Tool::default(),
            visible_only: false,
            selection: RowSet::EMPTY,
            trail: Vec::new(),
            saved_selections: Vec::new(),
            isolation: Vec::new(),
            filter: None,
            tags: Vec::new(),
            scale: ColorScale::default(),
            neighbors: NeighborQuery::default(),
            search: Search::default(),
            pose: None,
            turning: false,
            theme: Theme::default(),
            panels: Panels::default(),
            table: Table::default(),
        }
    }
}

impl Default for NeighborQuery {
    fn default() -> Self {
        Self { space: NeighborSpace::Vectors, metric: Metric::Cosine, k: 100 }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { size: 1.0, fog: 1.0, axes: false, grid: false, lens: Lens::default() }
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self { shown: true, folded: Vec::new(), widths: [Self::LEAST_WIDTH; 2], column: PanelColumn::default() }
    }
}

impl Panels {
    /// Narrower their content would not fit.
    pub const LEAST_WIDTH: u16 = 308;
    /// Wider they would cover what they are about.
    pub const MOST_WIDTH: u16 = 560;

    /// Whether `panel` is unfolded.
    #[must_use]
    pub fn is_open(&self, panel: Panel) -> bool {
        !self.folded.contains(&panel)
    }
}

impl Panel {
    /// The column that the panel is in.
    #[must_use]
    pub fn column(self) -> PanelColumn {
        match self {
            Self::Data | Self::Projection => PanelColumn::Left,
            Self::Inspector | Self::Bookmarks => PanelColumn::Right,
        }
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
    /// From dark to light, to high contrast, and around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Contrast,
            Self::Contrast => Self::Dark,
        }
    }
}
