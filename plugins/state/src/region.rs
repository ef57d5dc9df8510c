//! The region that a selection tool draws.

use bevy::prelude::*;
use parallax_embedding::RowSet;

/// The region that a selection tool draws while the button is down.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct Region {
    /// Nothing: no tool is at work.
    pub drawn: Option<Drawn>,
}

/// A region on the screen, and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its outline, in logical pixels from the window's left upper corner; nothing once it was given up and the button is not yet up.
    pub shape: Option<RegionShape>,
    /// How many points it holds.
    pub count: usize,
    /// What becomes of them.
    pub combine: Combine,
}

/// The outline of a region.
#[derive(Debug, Clone, PartialEq)]
pub enum RegionShape {
    /// A sphere, seen as a circle.
    Circle {
        /// Its middle.
        center: Vec2,
        /// Its radius.
        radius: f32,
    },
    /// The corners of a box or a lasso, which is closed.
    Outline(Vec<Vec2>),
}

/// How what was just found becomes the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combine {
    /// It is the selection.
    #[default]
    Replace,
    /// It is added.
    Add,
    /// It is taken out.
    Subtract,
    /// What it shares with the selection stays.
    Intersect,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Region>();
}

impl RegionShape {
    /// The same, farther along by `way`.
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
    /// By the keys held down: Shift adds, Alt takes out, both intersect.
    #[must_use]
    pub fn of(shift: bool, alt: bool) -> Self {
        match (shift, alt) {
            (false, false) => Self::Replace,
            (true, false) => Self::Add,
            (false, true) => Self::Subtract,
            (true, true) => Self::Intersect,
        }
    }

    /// The selection that `found` makes of the one `before`.
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
    fn keys_combine_as_sets_do() {
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
