//! How a point looks.

use parallax_session::Rgb;

/// The color and the flags of a point in one number, as the device gets them: sRGB, 0xBBGGRR, and
/// the flags above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, bytemuck::NoUninit)]
#[repr(transparent)]
pub struct Style(u32);

impl Style {
    /// A flag: selected, marked, and in front of others.
    pub const SELECTED: u8 = 1;
    /// A flag: a neighbor of the inspected row, or a match of the search.
    pub const RELATED: u8 = 2;
    /// A flag: neither, while other points are, and so faded.
    pub const FADED: u8 = 4;
    /// A flag: not drawn, because the row has no place in the layout or is not shown.
    pub const HIDDEN: u8 = 8;
    /// The other bits of the flags, from this one on, are the point's level in the thinning of
    /// thumbnails.
    pub const LEVEL_SHIFT: u8 = 4;

    /// Creates the style of a point of this color with these flags.
    #[must_use]
    #[inline]
    pub fn new([r, g, b]: Rgb, flags: u8) -> Self {
        Self(u32::from_le_bytes([r, g, b, flags]))
    }

    /// Returns the color.
    #[must_use]
    #[inline]
    pub fn color(self) -> Rgb {
        let [r, g, b, _] = self.0.to_le_bytes();
        [r, g, b]
    }

    /// Returns the flags.
    #[must_use]
    #[inline]
    pub fn flags(self) -> u8 {
        (self.0 >> 24) as u8
    }

    /// Returns whether the point is not drawn.
    #[must_use]
    #[inline]
    pub fn is_hidden(self) -> bool {
        self.flags() & Self::HIDDEN != 0
    }
}
