//! Lines of axes, grid, links, and trails, as the renderer draws them.

use std::ops::Range;

use crate::Side;

/// A line in world units, and its sRGB color, 0xBBGGRR.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::NoUninit)]
#[repr(C)]
pub(crate) struct Line {
    pub(crate) ends: [[f32; 3]; 2],
    pub(crate) color: u32,
}

/// Which lines a picture shows: lines between both places, links and trails of the first places, axes and
/// grid, and those of the second places alone: axes and grid as a camera of their own sees them, and links.
#[derive(Debug)]
pub(crate) struct LineRanges {
    /// The number of each.
    counts: [u32; 4],
    /// Whether axes and grid are also those of the second places.
    of_both: bool,
}

impl LineRanges {
    pub(crate) fn of(counts: [usize; 4], of_both: bool) -> Self {
        Self { counts: counts.map(|count| count as u32), of_both }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts == [0; 4]
    }

    /// Returns those of a picture. A room has axes and a grid of its own.
    pub(crate) fn shown(&self, side: Side, is_in_room: bool) -> Range<u32> {
        let mut end = 0;
        let [over, links, axes, second] = self.counts.map(|count| {
            end += count;
            end
        });
        match side {
            Side::Second if self.of_both => links..second,
            Side::Second => axes..second,
            Side::First | Side::Between if is_in_room => over..links,
            Side::First | Side::Between => 0..axes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_show_lines_of_their_own() {
        let ranges = |of_both: bool| LineRanges::of([4, 3, 5, 2], of_both);
        assert_eq!(ranges(false).shown(Side::First, false), 0..12);
        assert_eq!(ranges(false).shown(Side::First, true), 4..7);
        assert_eq!(ranges(false).shown(Side::Second, false), 12..14);
        assert_eq!(ranges(true).shown(Side::Second, false), 7..14);
        assert!(LineRanges::of([0; 4], true).is_empty());
    }
}
