//! The region that a selection tool draws.

use bevy::prelude::*;
use parallax_embedding::RowSet;

/// The region that a selection tool draws while the button is down.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct Region {
    /// The region. `None` if no tool is in use.
    pub drawn: Option<Drawn>,
}

/// A region on the screen and its contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its outline, in logical pixels from the upper left corner of the window. `None` if it was
    /// canceled and the button is still down.
    pub shape: Option<RegionShape>,
    /// The number of points in it.
    pub count: usize,
    /// How they change the selection.
    pub combine: Combine,
}

/// The outline of a region.
#[derive(Debug, Clone, PartialEq)]
pub enum RegionShape {
    /// A sphere, seen as a circle.
    Circle {
        /// The center.
        center: Vec2,
        /// The radius.
        radius: f32,
    },
    /// The corners of a box or a closed lasso.
    Outline(Vec<Vec2>),
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

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Region>();
}

impl RegionShape {
    /// Returns the shape moved by `way`.
    #[must_use]
    pub fn moved(mut self, way: Vec2) -> Self {
        match &mut self {
            Self::Circle { center, .. } => *center += way,
            Self::Outline(corners) => corners.iter_mut().for_each(|corner| *corner += way),
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
