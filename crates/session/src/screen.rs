//! What is on the screen besides points: labels, axes, and the region of a selection tool.
//!
//! Places are in logical pixels from the upper left corner of the picture of the cloud: the window,
//! or with stereo an eye's part of it. They are as the middle between the eyes sees them. What has a
//! *parallax* is that many pixels farther right for the right eye, and farther left for the left one;
//! what has none appears at the screen.

use parallax_embedding::RowSet;

use crate::Eye;

/// A label at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLabel {
    /// The point's row.
    pub row: u32,
    /// The estimated area of the text: its upper left and lower right corners.
    pub area: [[f32; 2]; 2],
    /// The parallax of its point.
    pub parallax: f32,
    /// Which side of the point it is on.
    pub side: LabelSide,
    /// Why it is shown.
    pub rank: LabelRank,
    /// The height of its letters, in logical pixels.
    pub size: f32,
    /// The opacity of the label from 0 to 1. Nearer labels are stronger.
    pub strength: f32,
}

/// The name of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedName {
    /// The index of the cluster, or of the part of one, among those that are named.
    pub part: u32,
    /// The estimated area of the text: its upper left and lower right corners.
    pub area: [[f32; 2]; 2],
    /// The parallax of its place.
    pub parallax: f32,
    /// The height of its letters, in logical pixels.
    pub size: f32,
    /// The opacity from 0 to 1: less for what is far, behind others, or about to come or go.
    pub strength: f32,
    /// Whether it is only fading away.
    pub leaves: bool,
}

impl PlacedName {
    /// The greatest width of a name, as a multiple of its height.
    pub const LONGEST: f32 = 20.0;
}

/// The position of a label relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelSide {
    /// To the right.
    Right,
    /// To the left.
    Left,
    /// Above.
    Above,
    /// Below.
    Below,
    /// Centered on the point.
    Middle,
}

/// Why a point has a label, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelRank {
    /// It is selected.
    Selected,
    /// It is a neighbor of the inspected point or a match of the search.
    Related,
    /// It is in the middle of its category.
    Middle,
    /// None of these, and nothing is selected.
    Plain,
    /// None of these, while other points are selected or related.
    Faded,
}

/// An axis of the cloud.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenAxis {
    /// The two ends.
    pub ends: [[f32; 2]; 2],
    /// The parallax of each end. It changes evenly from one to the other.
    pub parallax: [f32; 2],
    /// The names of the ends. Empty if an end has no name.
    pub names: [String; 2],
    /// The numbers along the axis.
    pub ticks: Vec<SeenTick>,
    /// The unit vector perpendicular to the axis that points away from the cloud.
    pub outward: [f32; 2],
}

/// A number along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenTick {
    /// Its place on the axis.
    pub at: [f32; 2],
    /// The parallax of that place.
    pub parallax: f32,
    /// The number.
    pub text: String,
}

/// From how many points on a cell of the picture is fully bright, if points are shown as their density.
/// A cell with `n` of them has the brightness `ln(1 + 8 n) / ln(1 + 8 points)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FullBrightness {
    /// The number of points.
    pub points: u32,
    /// The side of a cell in pixels.
    pub side: u32,
}

/// A region on the screen and its contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its outline. `None` if it was canceled and the button is still down.
    pub shape: Option<RegionShape>,
    /// The parallax of the shape: that of the center of a sphere. Other shapes lie at the screen.
    pub parallax: f32,
    /// The number of points in it.
    pub count: usize,
    /// How they change the selection.
    pub combine: Combine,
    /// The only picture that shows it, if pictures are of two embeddings.
    pub only: Option<Eye>,
}

/// The outline of a region.
#[derive(Debug, Clone, PartialEq)]
pub enum RegionShape {
    /// A sphere, seen as a circle.
    Circle {
        /// The center.
        center: [f32; 2],
        /// The radius.
        radius: f32,
    },
    /// The corners of a box or a closed lasso.
    Outline(Vec<[f32; 2]>),
}

/// How found rows change the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combine {
    /// They replace the selection.
    #[default]
    Replace,
    /// They are added.
    Add,
    /// They are removed.
    Subtract,
    /// Only rows in both remain.
    Intersect,
}

impl FullBrightness {
    /// Returns the brightness of a cell with so many points, from 0 to 1.
    #[must_use]
    pub fn of(self, points: f32) -> f32 {
        ((8.0 * points).ln_1p() / (8.0 * self.points as f32).ln_1p()).clamp(0.0, 1.0)
    }

    /// Returns what a cell is: `a pixel`, `2 x 2 pixels`.
    #[must_use]
    pub fn cell(self) -> String {
        if self.side == 1 { "a pixel".to_owned() } else { format!("{0} x {0} pixels", self.side) }
    }
}

impl RegionShape {
    /// Returns the shape moved by `way`.
    #[must_use]
    pub fn moved(mut self, way: [f32; 2]) -> Self {
        let shift = |at: &mut [f32; 2]| *at = [at[0] + way[0], at[1] + way[1]];
        match &mut self {
            Self::Circle { center, .. } => shift(center),
            Self::Outline(corners) => corners.iter_mut().for_each(shift),
        }
        self
    }
}

impl Combine {
    /// Returns the operation for the keys held down: Shift adds, Alt removes, both intersect.
    #[must_use]
    pub fn of(shift: bool, alt: bool) -> Self {
        match (shift, alt) {
            (false, false) => Self::Replace,
            (true, false) => Self::Add,
            (false, true) => Self::Subtract,
            (true, true) => Self::Intersect,
        }
    }

    /// Returns the new selection, given the one `before` and the rows `found`.
    #[must_use]
    pub fn apply(self, before: &RowSet, found: &RowSet) -> RowSet {
        match self {
            Self::Replace => found.clone(),
            Self::Add => before.union(found),
            Self::Subtract => before.difference(found),
            Self::Intersect => before.intersection(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combine_applies_set_operations() {
        let (before, found) = (RowSet::from(vec![1, 2, 3]), RowSet::from(vec![3, 4]));
        for (keys, expected) in [
            ([false, false], &[3, 4][..]),
            ([true, false], &[1, 2, 3, 4]),
            ([false, true], &[1, 2]),
            ([true, true], &[3]),
        ] {
            let combine = Combine::of(keys[0], keys[1]);
            assert_eq!(combine.apply(&before, &found).as_slice(), expected, "{combine:?}");
        }
    }
}
