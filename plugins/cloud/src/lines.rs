//! Lines of axes, grid, and links, as the renderer draws them.

/// A line in world units, and its sRGB color, 0xBBGGRR.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::NoUninit)]
#[repr(C)]
pub(crate) struct Line {
    pub(crate) ends: [[f32; 3]; 2],
    pub(crate) color: u32,
}
