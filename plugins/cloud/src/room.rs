//! Views of the cloud from within: the eyes of a headset.
//!
//! In such a view the radius of a point is a length in the world, whatever it is on screen, so that
//! both eyes see the same point. The stage has one color, since a gradient that is attached to an
//! eye would be at another depth than everything else. What is nearer hides what is farther, marked
//! or not: an eye sees how far away both are. Only the outline around many selected points is seen
//! through others. [`RoomLook`] is what only these views show.

use bevy::{
    prelude::*,
    render::{
        RenderApp,
        extract_component::{ExtractComponent, ExtractComponentPlugin},
    },
};

use parallax_session::Rgb;

use crate::{lines::Line, optics::LEAST_RADIUS, render::CloudUniform};

/// Marks a camera that stands in the room with the cloud, as an eye of a headset does.
#[derive(Component, ExtractComponent, Debug, Clone, Copy, Default)]
pub struct InRoom;

/// What only the views in the room show. They do not show the axes and the grid of the window, which
/// are where its camera sees them best.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct RoomLook {
    /// Lines, which do not fade: their ends in world units, and their sRGB colors.
    pub lines: Vec<([Vec3; 2], Rgb)>,
    /// Plates, which do not fade, in the order in which they are drawn.
    pub plates: Vec<Plate>,
    /// The picture that is on the plates.
    pub sheet: Option<Handle<Image>>,
    /// How far the cloud, and all that belongs to it, has faded into the stage, from 0 to 1.
    pub fade: f32,
}

/// A flat part of a picture, in world units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plate {
    /// Its middle.
    pub middle: Vec3,
    /// From the middle to the right edge.
    pub right: Vec3,
    /// From the middle to the upper edge.
    pub up: Vec3,
    /// The upper left and the lower right corner of the part, as shares of the picture.
    pub part: Vec4,
}

/// The width of lines and rings, in pixels of an eye.
const PIXEL: f32 = 1.5;

/// The greatest radius of a point as a share of the view's height: in effect none.
const GREATEST_SHARE: f32 = 1000.0;

/// A flag in a line's style: the line does not fade.
const STAYS: u32 = 2 << 24;

/// The greatest radius of a thumbnail in pixels: in effect none.
const GREATEST_THUMBNAIL: f32 = 1e6;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<RoomLook>();
    if app.get_sub_app(RenderApp).is_some() {
        app.add_plugins(ExtractComponentPlugin::<InRoom>::default());
    }
}

/// Returns what the shader needs to draw in the room what it draws with `look` in the window. Points
/// have their `radius` even if the window shows words in their places.
pub(crate) fn in_room(look: CloudUniform, radius: f32, fade: f32) -> CloudUniform {
    let is_sheet = look.sheet != Vec4::ZERO;
    let thumbnails = if is_sheet { Vec2::new(0.0, GREATEST_THUMBNAIL) } else { look.aspect.zw() };
    CloudUniform {
        edge: look.background.truncate().extend(1.0),
        point: Vec4::new(radius, LEAST_RADIUS, GREATEST_SHARE, look.point.w),
        pixel: Vec4::new(PIXEL, 0.0, look.pixel.z, look.pixel.w),
        aspect: Vec4::from((look.aspect.xy(), thumbnails)),
        room: Vec4::new(1.0, fade, 0.0, 0.0),
        ..look
    }
}

impl RoomLook {
    /// Returns the lines for the GPU.
    pub(crate) fn packed(&self) -> Vec<Line> {
        let line = |&(ends, [r, g, b]): &([Vec3; 2], Rgb)| Line {
            ends: ends.map(Into::into),
            color: u32::from_le_bytes([r, g, b, 0]) | STAYS,
        };
        self.lines.iter().map(line).collect()
    }
}
