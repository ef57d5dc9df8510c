//! The order of the systems.

use bevy::prelude::*;

/// The systems that replace and move points.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PointSystems;

/// Colors and flags follow the view. The points are at their places.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StyleSystems;

/// The systems that place labels and axes, in [`PostUpdate`]. Painting comes after.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LabelSystems;

/// The names of clusters are placed, within [`LabelSystems`]. Labels keep clear of them.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NameSystems;
