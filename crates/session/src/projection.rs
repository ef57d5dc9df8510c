//! The projection: the method, the settings of each method, and what they mean for the open data.

use std::sync::Arc;

use parallax_embedding::{Column, Metadata, Progress, RowSet};
use parallax_neighbors::Metric;
use parallax_projection::{
    Along, Axis, Categories, Choices, Coordinates, How, Method, Nearness, Recipe, Setting, Settings, Switch,
    TsneConfig, UmapConfig,
};
use serde::{Deserialize, Serialize};

use crate::{Search, SearchError, matches, plural};

/// The projection, and which of its components are shown. Each method keeps its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "settings that are independent of each other")]
pub struct Projection {
    /// The method.
    pub method: Method,
    /// Whether it is the one that fits the data; otherwise it was chosen.
    #[serde(default)]
    pub is_automatic: bool,
    /// Two or three dimensions.
    pub dims: Dims,
    /// Whether these are those that fit the data; otherwise they were chosen.
    #[serde(default)]
    pub are_dims_automatic: bool,
    /// Which components of the layout are x, y, and z, counted from 0.
    pub components: [usize; 3],
    /// Whether the mean is subtracted from the vectors and each is scaled to unit length first.
    pub sphereize: bool,
    /// The distance between neighbors, for t-SNE, UMAP, and the quality.
    pub metric: Metric,
    /// Whether principal components are scaled to equal variance.
    pub whiten: bool,
    /// The settings of t-SNE, except for dimensions and seed, which are those of the projection.
    pub tsne: TsneConfig,
    /// The settings of UMAP, except for dimensions and seed, which are those of the projection.
    pub umap: UmapConfig,
    /// The column whose equal values t-SNE and UMAP keep together, or `None`.
    pub supervisor: Option<String>,
    /// The strength of supervision, from 0 to 1.
    pub supervision: f32,
    /// A value of that column to ignore, such as "unknown"; empty for none.
    pub ignored_label: String,
    /// The axes of the custom projection.
    pub axes: [CustomAxis; 3],
    /// The seed of everything random.
    pub seed: u64,
}

/// The number of dimensions of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dims {
    /// A plane, seen from above.
    Two,
    /// A cloud in space.
    #[default]
    Three,
}

/// An axis of the custom projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomAxis {
    /// From the centroid of some rows to that of others.
    Between {
        /// The rows at the left end.
        left: Side,
        /// The rows at the right end.
        right: Side,
    },
    /// Along a direction that was found, one number for each dimension of the vectors.
    Along {
        /// The numbers.
        direction: Vec<f32>,
        /// What lies to the left and to the right.
        ends: [String; 2],
    },
    /// A principal component, counted from 0.
    Component(usize),
    /// A random direction.
    Random,
    /// All rows lie at 0.
    Off,
}

/// The rows at one end of an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The rows that a search finds.
    Search(Search),
    /// A set of rows.
    Rows(RowSet),
}

/// Why a custom axis has no direction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// There is no text.
    #[error("{0} is empty: type what is at either end of the axis")]
    Empty(AxisEnd),
    /// No row matches.
    #[error("no row matches {0}; type something else")]
    NoMatch(AxisEnd),
    /// The search failed.
    #[error("{0} is {1}")]
    Search(AxisEnd, SearchError),
}

/// An end of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisEnd {
    /// 0, 1, or 2 for x, y, or z.
    pub axis: usize,
    /// Whether it is the right end.
    pub right: bool,
}

impl Dims {
    /// Returns 2 or 3.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl CustomAxis {
    /// Returns the names of its left and right end, or `None` if it is off.
    #[must_use]
    pub fn names(&self) -> Option<[String; 2]> {
        let name = |side: &Side| match side {
            Side::Search(search) => search.text.clone(),
            Side::Rows(rows) => plural(rows.len(), "row"),
        };
        match self {
            Self::Between { left, right } => Some([name(left), name(right)]),
            Self::Along { ends, .. } => Some(ends.clone()),
            Self::Component(component) => Some([String::new(), format!("Component {}", component + 1)]),
            Self::Random => Some([String::new(), "Random direction".to_owned()]),
            Self::Off => None,
        }
    }
}

impl Projection {
    /// Returns all that the layout depends on, for data with this `metadata` and the column `label`
    /// of labels.
    ///
    /// # Errors
    /// Returns an error if a custom axis has no direction.
    pub fn recipe(&self, metadata: &Metadata, label: Option<&Column>) -> Result<Recipe, AxisError> {
        let about = self.method.about();
        let supervisor = self.supervisor.as_ref().filter(|_| self.is_supervised());
        let column = supervisor.and_then(|name| metadata.column(name));
        let choices = Choices {
            dims: self.dims.count(),
            seed: self.seed,
            settings: self.settings(),
            axes: if about.coordinates == Coordinates::Axes { self.along(metadata, label)? } else { Vec::new() },
            labels: column.map(|column| categories(column, &self.ignored_label)),
            supervision: self.supervision,
        };
        let how = How::new(self.method, choices);
        Ok(Recipe { near: self.near(), how })
    }

    /// Returns whether labels of a column pull the layout.
    #[must_use]
    pub fn is_supervised(&self) -> bool {
        self.method.about().is_supervised && self.supervisor.is_some() && self.supervision > 0.0
    }

    /// Returns the settings of all methods.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings { whiten: self.whiten, tsne: self.tsne.clone(), umap: self.umap.clone() }
    }

    /// Changes a setting of a method. `None` makes it automatic if it can be.
    pub fn set(&mut self, setting: &Setting, value: Option<f64>) {
        let mut settings = self.settings();
        match (value, setting.automatic) {
            (Some(value), _) => (setting.set)(&mut settings, value),
            (None, Some(automatic)) => automatic(&mut settings),
            (None, None) => {}
        }
        self.take(settings);
    }

    /// Switches something of a method on or off.
    pub fn turn(&mut self, switch: &Switch, on: bool) {
        let mut settings = self.settings();
        (switch.set)(&mut settings, on);
        self.take(settings);
    }

    fn take(&mut self, settings: Settings) {
        Settings { whiten: self.whiten, tsne: self.tsne, umap: self.umap } = settings;
    }

    /// Returns the space in which neighbors are found.
    #[must_use]
    pub fn near(&self) -> Nearness {
        Nearness { sphereize: self.sphereize, metric: self.metric }
    }

    /// Returns which coordinates of a layout with `layout_dims`, made by `method`, are x, y, and z.
    #[must_use]
    pub fn seen(&self, method: Option<Method>, layout_dims: usize) -> [Option<usize>; 3] {
        let can_be_chosen = method.is_none_or(|method| method.about().coordinates.can_be_chosen());
        let components = if can_be_chosen { self.components } else { [0, 1, 2] };
        let mut seen = components.map(|component| (component < layout_dims).then_some(component));
        if self.dims == Dims::Two {
            seen[2] = None;
        }
        seen
    }

    /// Returns the rows at an end of a custom axis, or none if the axis has no ends.
    ///
    /// # Errors
    /// As [`Projection::recipe`].
    pub fn end(&self, end: AxisEnd, metadata: &Metadata, label: Option<&Column>) -> Result<RowSet, AxisError> {
        let CustomAxis::Between { left, right } = &self.axes[end.axis] else { return Ok(RowSet::EMPTY) };
        let search = match if end.right { right } else { left } {
            Side::Rows(rows) if rows.is_empty() => return Err(AxisError::Empty(end)),
            Side::Rows(rows) => return Ok(rows.clone()),
            Side::Search(search) => search,
        };
        if search.text.is_empty() {
            return Err(AxisError::Empty(end));
        }
        let column = search.column.as_ref().map_or(label, |name| metadata.column(name));
        let rows = column.map_or(Ok(RowSet::EMPTY), |column| matches(column, search, &Progress::default()));
        match rows {
            Ok(rows) if rows.is_empty() => Err(AxisError::NoMatch(end)),
            Ok(rows) => Ok(rows),
            Err(error) => Err(AxisError::Search(end, error)),
        }
    }

    fn along(&self, metadata: &Metadata, label: Option<&Column>) -> Result<Vec<Along>, AxisError> {
        let along = |axis: usize| {
            Ok(match &self.axes[axis] {
                CustomAxis::Between { .. } => {
                    let end = |right| self.end(AxisEnd { axis, right }, metadata, label);
                    Along::Axis(Axis::Between { left: end(false)?, right: end(true)? })
                }
                CustomAxis::Along { direction, .. } => Along::Axis(Axis::Direction(direction.clone())),
                CustomAxis::Component(component) => Along::Component(*component),
                CustomAxis::Random => Along::Axis(Axis::Random { seed: self.seed.wrapping_add(axis as u64) }),
                CustomAxis::Off => Along::Axis(Axis::Off),
            })
        };
        (0..self.dims.count()).map(along).collect()
    }
}

/// Returns the code of the value of each row in `column`, or `None` if it is `ignored`.
fn categories(column: &Column, ignored: &str) -> Categories {
    let ignored = column.values().position(ignored).and_then(|place| u32::try_from(place).ok());
    let code = |row| column.code(row).filter(|&code| Some(code) != ignored);
    let codes: Vec<Option<u32>> = (0..column.len()).map(code).collect();
    Arc::from(codes)
}

impl Default for Projection {
    fn default() -> Self {
        let search = || Side::Search(Search::default());
        Self {
            method: Method::Pca,
            is_automatic: true,
            dims: Dims::default(),
            are_dims_automatic: true,
            components: [0, 1, 2],
            sphereize: false,
            metric: Metric::Euclidean,
            whiten: false,
            tsne: TsneConfig::recommended(),
            umap: UmapConfig::recommended(),
            supervisor: None,
            supervision: 0.0,
            ignored_label: String::new(),
            axes: [
                CustomAxis::Between { left: search(), right: search() },
                CustomAxis::Component(0),
                CustomAxis::Component(1),
            ],
            seed: 42,
        }
    }
}

impl std::fmt::Display for AxisEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = if self.right { "right" } else { "left" };
        write!(f, "the {side} end of {}", ["x", "y", "z"][self.axis.min(2)])
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    fn words() -> Metadata {
        let mut builder = ColumnBuilder::new("word");
        ["bad", "good", "bad", "badge"].iter().for_each(|word| builder.push(Some(word)));
        Metadata::new(vec![builder.finish()]).unwrap()
    }

    fn between(left: &str, right: &str) -> Projection {
        let side = |text: &str| Side::Search(Search { text: text.into(), regex: true, ..Search::default() });
        let axes = [CustomAxis::Between { left: side(left), right: side(right) }, CustomAxis::Off, CustomAxis::Random];
        Projection { method: Method::Custom, axes, ..Projection::default() }
    }

    #[test]
    fn axis_ends_are_the_rows_of_their_searches() {
        let metadata = words();
        let projection = between("^bad$", "good");
        let recipe = projection.recipe(&metadata, metadata.default_label()).unwrap();
        let How::Custom { axes } = recipe.how else { panic!("{recipe:?}") };
        let ends = Axis::Between { left: RowSet::from(vec![0, 2]), right: RowSet::from(vec![1]) };
        assert_eq!(axes[..2], [Along::Axis(ends), Along::Axis(Axis::Off)]);
        let plane = Projection { dims: Dims::Two, ..projection };
        let How::Custom { axes } = plane.recipe(&metadata, metadata.default_label()).unwrap().how else { panic!() };
        assert_eq!(axes.len(), 2);
    }

    #[test]
    fn axis_ends_without_rows_are_named() {
        let metadata = words();
        for (left, right, message) in [
            ("", "good", "the left end of x is empty: type what is at either end of the axis"),
            ("bad", "ugly", "no row matches the right end of x; type something else"),
        ] {
            let error = between(left, right).recipe(&metadata, metadata.default_label()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let error = between("(", "good").recipe(&metadata, metadata.default_label()).unwrap_err();
        assert!(error.to_string().starts_with("the left end of x is not a regular expression"), "{error}");
    }

    #[test]
    fn labels_supervise_only_with_a_strength() {
        let metadata = words();
        let tsne = Projection { method: Method::Tsne, supervisor: Some("word".into()), ..Projection::default() };
        let labels =
            |supervision| match (Projection { supervision, ..tsne.clone() }).recipe(&metadata, None).unwrap().how {
                How::Tsne { labels, .. } => labels,
                other => panic!("{other:?}"),
            };
        assert_eq!(labels(0.0), None);
        assert_eq!(labels(0.5).unwrap()[..], [Some(0), Some(1), Some(0), Some(2)]);
        let ignoring = Projection { supervision: 0.5, ignored_label: "bad".into(), ..tsne.clone() };
        let How::Tsne { labels, .. } = ignoring.recipe(&metadata, None).unwrap().how else { panic!() };
        assert_eq!(labels.unwrap()[..], [None, Some(1), None, Some(2)]);
    }
}
