//! The points of an embedding.
//!
//! Every row is an entity with four small components in one table ([`PointIndex`], [`Position`], [`PointColor`], [`PointFlags`]); the
//! table's order is the rows' order. One [`Cloud`] resource describes the whole: scale, point size, the morph under way.
//! The renderer (`render`) copies whole columns into persistent GPU buffers, only when they have changed, and draws all points
//! of a view by one instanced draw of quads that the vertex shader spans.
//!
//! - `points`: entities come and go with the embedding, and move with the layout.
//! - `style`: colors and flags follow the view; [`palette`] holds the colors.
//! - [`optics`]: how large a point is on screen, the same on the CPU (picking, labels) as in the shader.
//! - `links`: lines from the inspected point to its neighbors.
//! - `axes`: axes with their numbers, and the grid.
//! - `middles`: the point in the middle of each category.
//! - [`labels`]: which points carry their name, without overlap.
//!
//! It does not choose what is under the pointer, and does not move the camera.

mod axes;
pub mod labels;
mod links;
mod middles;
pub mod optics;
pub mod palette;
mod places;
mod points;
mod render;
mod sheet;
mod style;

use bevy::prelude::*;

pub use axes::{CloudAxes, SeenAxis};
pub use labels::{CloudLabels, LabelSystems, PlacedLabel, Rank, Side};
pub use points::{Cloud, CloudRevisions, PointColor, PointFlags, PointIndex, Position};
pub use render::SPRITE_SCALE;
pub use style::{CurrentLegend, StagePalette};

/// Marks the camera through which a person sees the cloud: what is picked, labeled and measured goes by it. Others may look on as well.
#[derive(Component, Debug, Default, Clone, Copy)]
pub struct CloudCamera;

/// Adds the points and, where there is a renderer, their drawing.
#[derive(Debug, Default)]
pub struct CloudPlugin;

impl Plugin for CloudPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            points::plugin,
            style::plugin,
            links::plugin,
            middles::plugin,
            labels::plugin,
            axes::plugin,
            render::plugin,
        ));
    }
}
