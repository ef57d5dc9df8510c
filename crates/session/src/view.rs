//! The view: a description of everything that is shown.

use std::path::PathBuf;

use parallax_embedding::{Column, Metadata, RowSet};
use parallax_formats::{OpenOptions, demo::Demo};
use parallax_neighbors::Metric;
use serde::{Deserialize, Serialize};

use crate::{
    Arrangement, ColorScale, Compared, CustomAxis, Dims, Doctor, Filter, Half, Naming, Projection, Search, Side, Since,
    Stereo, Training,
};

/// Everything that is shown, as plain data. Restoring a view gives the same as the actions that led
/// to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "choices that are independent of each other")]
pub struct View {
    /// The data that is open.
    pub origin: Origin,
    /// The run, or `None` for the first.
    pub run: Option<String>,
    /// The embedding, or `None` for the default one of the run.
    pub embedding: Option<String>,
    /// A second embedding of the same rows, if one is compared with.
    pub compared: Option<Compared>,
    /// How the steps of a training are shown.
    pub training: Training,
    /// Whether the newest step of its tensor is shown as soon as it appears on disk.
    pub follow: bool,
    /// The projection.
    pub projection: Projection,
    /// The column to color by.
    pub color_by: Pick,
    /// The column to label by.
    pub label_by: Pick,
    /// How points are drawn.
    pub points: PointStyle,
    /// Whether labels are shown, as many as there is room for.
    pub labels: bool,
    /// The names of clusters.
    pub naming: Naming,
    /// The look of the picture.
    pub look: Look,
    /// What a drag over the cloud does.
    pub tool: Tool,
    /// Whether box and lasso select only visible points.
    pub visible_only: bool,
    /// The selected rows.
    pub selection: RowSet,
    /// The rows that were inspected before, the latest last.
    pub trail: Vec<u32>,
    /// The saved selections.
    pub saved_selections: Vec<SavedSelection>,
    /// The isolated rows, each level within the one before. If empty, all rows are shown.
    pub isolation: Vec<RowSet>,
    /// The rows that are hidden by their values in columns.
    pub filter: Filter,
    /// The tags, oldest first.
    pub tags: Vec<Tag>,
    /// Which labels are checked, and what was decided.
    pub doctor: Doctor,
    /// How the values of a column become colors.
    pub scale: ColorScale,
    /// Which neighbors of a selected row are listed.
    pub neighbors: NeighborQuery,
    /// What the selected rows are told apart from, if that is asked.
    pub apart: Option<Against>,
    /// The search.
    pub search: Search,
    /// The pose of the camera, or `None` to show everything.
    pub pose: Option<Pose>,
    /// Whether the camera rotates automatically.
    pub turning: bool,
    /// Whether and how each eye has a picture of its own.
    pub stereo: Stereo,
    /// The theme.
    pub theme: Theme,
    /// Which panels are shown.
    pub panels: Panels,
    /// The metadata table.
    pub table: Table,
}

/// Where the data comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built-in data.
    Demo(Demo),
    /// A file or folder, and the options to open it.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// Metadata, sprite, raw layout.
        #[serde(default)]
        options: OpenOptions,
    },
    /// An array from the program that embeds the explorer.
    Memory,
    /// Coordinates from a bookmark whose data is not available.
    Kept,
}

/// The choice of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The one that fits the data best.
    #[default]
    Auto,
    /// None.
    Nothing,
    /// This one.
    Column(String),
    /// Not a column: the share of a row's true neighbors that are its neighbors in the layout. Only
    /// for colors.
    Reliability,
    /// Not a column: how far the nearest rows in the layout are from being true neighbors, and the
    /// true neighbors from being near in the layout. Only for colors.
    FalseAndMissing,
    /// Not a column: the share of a row's nearest that it also has in the embedding that is compared
    /// with. Only for colors.
    Shared,
    /// Not a column: how far a row is from its partner in the embedding that is compared with. Only for
    /// colors.
    FromPartner,
    /// Not a column: how far a row has moved in the layout since another step of the training. Only for
    /// colors.
    Moved(Since),
    /// Not a column: how far the vector of a row is from what it was at another step of the training,
    /// which is rotated onto this one. Only for colors.
    MovedInVectors(Since),
    /// Not a column: the share of a row's nearest that were others at another step of the training. Only
    /// for colors.
    Changed(Since),
}

impl Pick {
    /// Returns `true` if it is measured rather than a column.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.is_of_layout() || self.is_of_second() || self.is_of_steps()
    }

    /// Returns `true` if it is measured of the layout.
    #[must_use]
    pub fn is_of_layout(&self) -> bool {
        matches!(self, Self::Reliability | Self::FalseAndMissing)
    }

    /// Returns `true` if it is measured of the steps of a training.
    #[must_use]
    pub fn is_of_steps(&self) -> bool {
        matches!(self, Self::Moved(_) | Self::MovedInVectors(_) | Self::Changed(_))
    }

    /// Returns `true` if it is measured of the embedding that is compared with.
    #[must_use]
    pub fn is_of_second(&self) -> bool {
        matches!(self, Self::Shared | Self::FromPartner)
    }
}

/// How points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStyle {
    /// A lit sphere.
    #[default]
    Spheres,
    /// Its thumbnail on the sprite sheet, or a sphere without one.
    Sprites,
    /// Its label.
    Labels,
    /// No point by itself: each pixel has the mean color of its points, and is the brighter the more
    /// there are.
    Density,
}

/// The look of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The size of points, relative to the automatic size.
    pub size: f32,
    /// How much the farthest points fade into the background, from 0 to 1.
    pub fog: f32,
    /// Whether axes with numbers are drawn if the projection gives them a meaning. Those of a
    /// custom projection always are.
    pub axes: bool,
    /// Whether a grid is drawn around the cloud.
    pub grid: bool,
    /// The lens of the camera.
    pub lens: Lens,
    /// Which lines lead from the inspected point to its neighbors.
    pub lines: Lines,
    /// Whether points are darker where others are nearer to the eye, in three dimensions: eye-dome
    /// lighting. A density has none, since it has no depth.
    pub edl: Switch,
}

/// Whether something is done that suits some data better than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// If it suits what is shown.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

/// Which lines lead from the inspected point to its neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    /// To all that are listed.
    #[default]
    All,
    /// To those that the layout has torn off.
    Torn,
    /// To none.
    Nothing,
}

/// The lens of the camera in three dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lens {
    /// Perspective: far points are smaller.
    #[default]
    Perspective,
    /// Orthographic: far points are as large as near ones.
    Orthographic,
}

/// What a drag over the cloud does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Moves the camera.
    #[default]
    Pointer,
    /// Selects what is within a sphere around the point where the drag began.
    Sphere,
    /// Selects what is within a box on screen.
    Box,
    /// Selects what is within an outline on screen.
    Lasso,
}

/// A selection with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSelection {
    /// The name, which is unique.
    pub name: String,
    /// The rows.
    pub rows: RowSet,
}

/// A value that the user has set for some rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The column, which is added to the metadata if there is none of this name.
    pub column: String,
    /// The value; an empty one clears the cells.
    pub value: String,
    /// The rows.
    pub rows: RowSet,
}

/// The metadata table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Whether it is shown.
    pub shown: bool,
    /// The order, or `None` for the order of the rows.
    pub sort: Option<Sort>,
    /// Which rows it lists.
    pub rows: TableRows,
}

/// An order of rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// The column: numbers are sorted by size, dates by time, texts alphabetically, and rows
    /// without a value come last.
    pub column: String,
    /// Whether the order is descending.
    pub descending: bool,
}

/// Which rows a table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableRows {
    /// The rows that are shown.
    #[default]
    Shown,
    /// The selected rows.
    Selected,
    /// The rows that match the search.
    Matching,
}

/// Which neighbors are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct NeighborQuery {
    /// The space.
    pub space: NeighborSpace,
    /// The distance.
    pub metric: Metric,
    /// The number of neighbors.
    pub k: usize,
    /// Whether those of the mean are listed if several rows are selected.
    pub of_mean: bool,
}

/// What the neighbors that are listed are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A row.
    Row(u32),
    /// The mean of rows.
    Mean(RowSet),
    /// A sum of rows, as a text.
    Sum(String),
}

/// What selected rows are told apart from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The other rows that are shown.
    #[default]
    Rest,
    /// The saved selection of this name.
    Saved(String),
}

/// The space in which neighbors are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighborSpace {
    /// The vectors, as they are in the file.
    #[default]
    Vectors,
    /// The layout, by Euclidean distance.
    Layout,
}

/// The pose of an orbiting camera, in the units of the cloud: the layout is scaled to a sphere of
/// radius 1 around the origin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// The point that the camera looks at.
    pub focus: [f32; 3],
    /// The angle around the vertical axis in radians.
    pub yaw: f32,
    /// The angle above the horizon in radians.
    pub pitch: f32,
    /// The distance from the focus; in two dimensions, half the height of the visible area.
    pub radius: f32,
}

impl Pose {
    /// The vertical field of view in radians, small enough that spheres at the edge look round.
    pub const FIELD_OF_VIEW: f32 = 0.7;

    /// The yaw and the pitch if no other direction is meant.
    pub const DIRECTION: [f32; 2] = [0.55, 0.32];

    /// The smallest radius of what is framed.
    pub const LEAST_REACH: f32 = 0.08;

    /// Returns whether a camera can be there.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let [x, y, z] = self.focus;
        [x, y, z, self.yaw, self.pitch, self.radius].iter().all(|number| number.is_finite()) && self.radius > 0.0
    }
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
    /// The bookmarks.
    Bookmarks,
}

/// Which panels are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// Whether any panel is shown.
    pub shown: bool,
    /// The panels that are folded to their header.
    pub folded: Vec<Panel>,
    /// The widths of the left and right panels in logical pixels, if the window has room.
    pub widths: [u16; 2],
    /// The column that is shown if the window has room for only one.
    pub column: PanelColumn,
    /// Whether the charts are shown. They are where the table is, and one of them is shown.
    pub charts: bool,
    /// Whether the labels to check are shown, in the same place.
    pub doctor: bool,
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

/// From this number of points on, spheres have eye-dome lighting, if it is not switched on or off.
const DOME_LIT: usize = 50_000;

impl NeighborQuery {
    /// The most neighbors that are listed.
    pub const MOST: usize = 1000;
}

impl View {
    /// Returns the searches that it has, each with its place in the view written as JSON.
    #[must_use]
    pub fn searches(&self) -> Vec<(String, &Search)> {
        let mut all = vec![("search".to_owned(), &self.search)];
        for (number, axis) in self.projection.axes.iter().enumerate() {
            let CustomAxis::Between { left, right } = axis else { continue };
            for (name, side) in [("left", left), ("right", right)] {
                if let Side::Search(search) = side {
                    all.push((format!("projection.axes[{number}].between.{name}.search"), search));
                }
            }
        }
        all
    }

    /// Returns whether a cloud of so many points has eye-dome lighting. What is flat has none, and
    /// neither has a density.
    #[must_use]
    pub fn is_dome_lit(&self, points: usize) -> bool {
        let is_wanted = match self.look.edl {
            Switch::Auto => points >= DOME_LIT && self.points == PointStyle::Spheres,
            Switch::On => true,
            Switch::Off => false,
        };
        is_wanted && self.projection.dims == Dims::Three && self.points != PointStyle::Density
    }

    /// Returns this view with the data, panels, tools, table, column of labels to check, and stereo of
    /// `current`, for showing a bookmark.
    #[must_use]
    pub fn shown_to(&self, current: &Self) -> Self {
        Self {
            origin: current.origin.clone(),
            run: current.run.clone(),
            embedding: current.embedding.clone(),
            follow: current.follow,
            tool: current.tool,
            visible_only: current.visible_only,
            stereo: current.stereo,
            panels: current.panels.clone(),
            training: Training { playing: false, ..self.training },
            table: current.table.clone(),
            // The card that shows it stays as it is.
            doctor: Doctor { column: current.doctor.column.clone(), ..self.doctor.clone() },
            ..self.clone()
        }
    }

    /// Returns the column to color by: the chosen one, or by default the first column of
    /// categories.
    #[must_use]
    pub fn color_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.color_by {
            Pick::Auto => metadata.default_color(),
            Pick::Column(name) => metadata.column(name),
            _ => None,
        }
    }

    /// Returns the column to label by: the chosen one, or by default the first without numbers.
    #[must_use]
    pub fn label_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.label_by {
            Pick::Auto => metadata.default_label(),
            Pick::Column(name) => metadata.column(name),
            _ => None,
        }
    }

    /// Returns the column to search: the chosen one, or by default the column of labels.
    #[must_use]
    pub fn search_column<'a>(&self, metadata: &'a Metadata) -> Option<&'a Column> {
        match &self.search.column {
            Some(name) => metadata.column(name),
            None => {
                self.label_column(metadata).or_else(|| metadata.default_label()).or_else(|| metadata.columns().first())
            }
        }
    }

    /// Returns whether a second embedding is to have a picture beside that of the open one.
    #[must_use]
    pub fn is_side_by_side(&self) -> bool {
        self.compared.as_ref().is_some_and(|compared| compared.arrangement == Arrangement::SideBySide)
    }

    /// Returns whether each of two pictures side by side has a camera of its own.
    #[must_use]
    pub fn has_two_cameras(&self) -> bool {
        self.is_side_by_side() && self.compared.as_ref().is_some_and(|compared| compared.camera.is_some())
    }

    /// Returns the pose of the camera of a picture, or `None` to show everything.
    #[must_use]
    pub fn pose_of(&self, half: Half) -> Option<Pose> {
        match half {
            Half::First => self.pose,
            Half::Second => self.compared.as_ref().and_then(|compared| compared.camera?.pose),
        }
    }

    /// Sets the pose of the camera of a picture, if it has one.
    pub(crate) fn set_pose(&mut self, half: Half, pose: Option<Pose>) {
        match half {
            Half::First => self.pose = pose,
            Half::Second => {
                if let Some(camera) = self.compared.as_mut().and_then(|compared| compared.camera.as_mut()) {
                    camera.pose = pose;
                }
            }
        }
    }

    /// Shows everything in each picture.
    pub(crate) fn fit(&mut self) {
        Half::BOTH.into_iter().for_each(|half| self.set_pose(half, None));
    }

    /// Returns the isolated rows, if any.
    #[must_use]
    pub fn isolated(&self) -> Option<&RowSet> {
        self.isolation.last()
    }

    /// Returns the rows that are shown, of an embedding with `rows` and `metadata`: the isolated
    /// rows that the filter does not hide. `None` is all rows.
    #[must_use]
    pub fn shown(&self, metadata: &Metadata, rows: usize) -> Option<RowSet> {
        let isolated = self.isolated().map(|isolated| isolated.below(rows));
        let hides = self.filter.brushes().iter().any(|brush| metadata.column(&brush.column).is_some());
        if !hides {
            return isolated;
        }
        Some(self.filter.rows(metadata, &isolated.unwrap_or_else(|| RowSet::all(rows))))
    }

    /// Returns what the neighbors that are listed are of: the only selected row, the mean of several if
    /// that is asked for, or without a selection the sum that is searched for.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self.selection.as_slice() {
            &[row] => Some(Subject::Row(row)),
            [_, ..] => self.neighbors.of_mean.then(|| Subject::Mean(self.selection.clone())),
            [] => self.is_summing().then(|| Subject::Sum(self.search.text.clone())),
        }
    }

    /// Returns `true` if the search is a sum of rows.
    #[must_use]
    pub fn is_summing(&self) -> bool {
        self.search.sum && !self.search.text.trim().is_empty()
    }

    /// Returns the row in the inspector: the only selected one.
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
            compared: None,
            training: Training::default(),
            follow: false,
            projection: Projection::default(),
            color_by: Pick::default(),
            label_by: Pick::default(),
            points: PointStyle::default(),
            labels: false,
            naming: Naming::default(),
            look: Look::default(),
            tool: Tool::default(),
            visible_only: false,
            selection: RowSet::EMPTY,
            trail: Vec::new(),
            saved_selections: Vec::new(),
            isolation: Vec::new(),
            filter: Filter::default(),
            tags: Vec::new(),
            doctor: Doctor::default(),
            scale: ColorScale::default(),
            neighbors: NeighborQuery::default(),
            apart: None,
            search: Search::default(),
            pose: None,
            turning: false,
            stereo: Stereo::default(),
            theme: Theme::default(),
            panels: Panels::default(),
            table: Table::default(),
        }
    }
}

impl Default for NeighborQuery {
    fn default() -> Self {
        Self { space: NeighborSpace::Vectors, metric: Metric::Cosine, k: 100, of_mean: false }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            size: 1.0,
            fog: 1.0,
            axes: false,
            grid: false,
            lens: Lens::default(),
            lines: Lines::default(),
            edl: Switch::Auto,
        }
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            shown: true,
            folded: Vec::new(),
            widths: [Self::LEAST_WIDTH; 2],
            column: PanelColumn::default(),
            charts: false,
            doctor: false,
        }
    }
}

impl Panels {
    /// The least width that fits the content.
    pub const LEAST_WIDTH: u16 = 308;
    /// The greatest width, which leaves room for the cloud.
    pub const MOST_WIDTH: u16 = 560;

    /// Folds `panel` to its header, or unfolds it and shows its column.
    pub(crate) fn fold(&mut self, panel: Panel, folded: bool) {
        self.folded.retain(|other| *other != panel);
        if folded {
            self.folded.push(panel);
            self.folded.sort_unstable();
        } else {
            self.column = panel.column();
        }
    }

    /// Returns `true` if `panel` is unfolded.
    #[must_use]
    pub fn is_open(&self, panel: Panel) -> bool {
        !self.folded.contains(&panel)
    }
}

impl Panel {
    /// Returns the column of the panel.
    #[must_use]
    pub fn column(self) -> PanelColumn {
        match self {
            Self::Data | Self::Projection => PanelColumn::Left,
            Self::Inspector | Self::Bookmarks => PanelColumn::Right,
        }
    }
}

impl Theme {
    /// Returns the next theme: dark, light, high contrast, and dark again.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Contrast,
            Self::Contrast => Self::Dark,
        }
    }
}
