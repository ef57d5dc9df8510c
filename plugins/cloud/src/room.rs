//! Views of the cloud from within: the eyes of a headset.
//!
//! In such a view the radius of a point is a length in the world, whatever it is on screen, so that
//! both eyes see the same point. The stage has one color, since a gradient that is attached to an
//! eye would be at another depth than everything else. [`RoomLook`] is what only these views show.

use bevy::{
    prelude::*,
    render::{
        RenderApp,
        extract_component::{ExtractComponent, ExtractComponentPlugin},
    },
};

use crate::{lines::Line, optics::LEAST_RADIUS, render::CloudUniform};

/// Marks a camera that stands in the room with the cloud, as an eye of a headset does.
#[derive(Component, ExtractComponent, Debug, Clone, Copy, Default)]
pub struct InRoom;

/// What only the views in the room show.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct RoomLook {
    /// Lines: their ends in world units, and their sRGB colors.
    pub lines: Vec<([Vec3; 2], [u8; 3])>,
    /// How far everything has faded into the stage, from 0 to 1.
    pub fade: f32,
}

/// The width of lines and rings, in pixels of an eye.
const PIXEL: f32 = 1.5;

/// The greatest radius of a point as a share of the view's height: in effect none.
const GREATEST_SHARE: f32 = 1000.0;

/// The greatest radius of a thumbnail in pixels: in effect none.
const GREATEST_THUMBNAIL: f32 = 1e6;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<RoomLook>();
    if app.get_sub_app(RenderApp).is_some() {
        app.add_plugins(ExtractComponentPlugin::<InRoom>::default());
    }
}

/// Returns what the shader needs to draw in the room what it draws with `look` in the window.
pub(crate) fn in_room(look: CloudUniform, fade: f32) -> CloudUniform {
    let is_sheet = look.sheet != Vec4::ZERO;
    let thumbnails = if is_sheet { Vec2::new(0.0, GREATEST_THUMBNAIL) } else { look.aspect.zw() };
    CloudUniform {
        edge: look.background.truncate().extend(look.edge.w),
        point: Vec4::new(look.point.x, LEAST_RADIUS, GREATEST_SHARE, look.point.w),
        pixel: Vec4::new(PIXEL, look.pixel.y.max(fade), look.pixel.z, look.pixel.w),
        aspect: Vec4::from((look.aspect.xy(), thumbnails)),
        ..look
    }
}

impl RoomLook {
    /// Returns the lines for the GPU.
    pub(crate) fn packed(&self) -> Vec<Line> {
        let line = |&(ends, [r, g, b]): &([Vec3; 2], [u8; 3])| Line {
            ends: ends.map(Into::into),
            color: u32::from_le_bytes([r, g, b, 0]),
        };
        self.lines.iter().map(line).collect()
    }
}
