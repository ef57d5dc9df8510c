//! What each point consists of.

use bevy::prelude::*;

/// The row of the embedding that a point represents.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointIndex(pub u32);

/// The point's sRGB color, 0xBBGGRR.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointColor(pub u32);

/// States of a point, as bits.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointFlags(pub u8);

impl PointFlags {
    /// Selected: marked, and in front of others.
    pub const SELECTED: u8 = 1;
    /// A neighbor of the inspected row, or a match of the search.
    pub const RELATED: u8 = 2;
    /// Neither, while other points are: faded.
    pub const FADED: u8 = 4;
    /// Not drawn: the row has no place in the layout.
    pub const HIDDEN: u8 = 8;
    /// The other bits, from this one on, are the point's level in the thinning of thumbnails.
    pub const LEVEL_SHIFT: u8 = 4;
}
