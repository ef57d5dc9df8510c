//! The points of an embedding.
//!
//! Every row is a point. Points are no entities: the [`Cloud`] resource has a column with the
//! [`Style`] of each row, and where the points are, their size and the current morph. A place is
//! computed from the layout where it is asked for ([`Cloud::place`]), and [`SeenPlaces`] takes all of
//! them into a task. The renderer (`render`) has whole columns in GPU buffers, makes another only if
//! one has changed, and draws the points of a view with one instanced draw of quads that the vertex
//! shader expands. What many points need is made in tasks, buffers included, and put in its place in
//! one step ([`Pending`](parallax_state::Pending)).
//!
//! - `point`: how a point looks; `lines`: what a line is; `order`: the sets of systems.
//! - `points`: there are as many as rows, and they move with the layout.
//! - `style`: colors and flags follow the view. [`palette`] has the colors.
//! - [`optics`]: how large a point is on screen, the same on the CPU (picking, labels) as in the
//!   shader.
//! - `links`: lines from the inspected point to its neighbors.
//! - `shuffle`: the order in which points are drawn, in which any sample is fair; `columns`: what the
//!   device has of them.
//! - `canvas`: what a view keeps of its points from frame to frame, and how many of them a frame draws,
//!   which `budget` decides; `density`: how many points each pixel has, if that is shown instead.
//! - `thinning`: which thumbnails are left out where they would overlap.
//! - `axes`: axes with their numbers, and the grid.
//! - `room`: views from within the cloud, as the eyes of a headset have.
//! - `middles`: the point in the middle of each category.
//! - [`labels`]: which points have a label, without overlap.
//! - [`names`]: which clusters have their name at them, coarse to fine.
//! - [`sight`]: the camera's one eye or two; `pair` puts the pictures of two on the screen.
//!
//! This crate does not decide what is under the pointer and does not move the camera.

mod axes;
mod budget;
mod canvas;
mod columns;
mod density;
pub mod labels;
mod lines;
mod links;
mod middles;
pub mod names;
pub mod optics;
mod order;
mod pair;
pub mod palette;
mod places;
mod plates;
mod point;
mod points;
mod render;
mod room;
mod sheet;
mod shuffle;
pub mod sight;
mod style;
mod thinning;
mod trails;

use bevy::{prelude::*, render::extract_component::ExtractComponent};

pub use axes::{AxesOf, CloudAxes, PlacedAxis};
pub use canvas::{Drawn, DrawnPoints, FrameBudget};
pub use labels::{CloudLabels, Labeling, LabelsAnew, SecondLabels, Spread};
pub use names::CloudNames;
pub use order::{LabelSystems, StyleSystems};
pub use point::Style;
pub use points::{Cloud, CloudRevisions, Phase, SeenPlaces, Side};
pub use room::{InRoom, Plate, RoomLook};
pub use sight::{EyeCamera, Eyes, PictureOf, Sight, SightItem};
pub use style::{CurrentLegend, StagePalette};

/// Marks the main camera. Picking, labels and axes follow this one; other cameras may also show the
/// cloud. With two [`Eyes`] it is the middle between them, and puts their pictures on the screen.
#[derive(Component, ExtractComponent, Debug, Default, Clone, Copy)]
pub struct CloudCamera;

/// Adds the points and, if there is a renderer, draws them.
#[derive(Debug, Default)]
pub struct CloudPlugin;

impl Plugin for CloudPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            points::plugin,
            style::plugin,
            links::plugin,
            trails::plugin,
            thinning::plugin,
            middles::plugin,
            names::plugin,
            labels::plugin,
            axes::plugin,
            room::plugin,
            plates::plugin,
            render::plugin,
            canvas::plugin,
            pair::plugin,
        ));
    }
}
