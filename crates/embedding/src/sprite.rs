//! A sheet of thumbnails, one per row, in reading order from the top left.

use std::sync::Arc;

/// A decoded sprite sheet: RGBA pixels and the grid of thumbnails in them.
#[derive(Clone, PartialEq)]
pub struct SpriteSheet {
    size: [u32; 2],
    thumbnail: [u32; 2],
    pixels: Arc<[u8]>,
}

/// The sheet's sizes contradict one another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SpriteError {
    #[error("a thumbnail of {}x{} does not fit into a sheet of {}x{}", thumbnail[0], thumbnail[1], size[0], size[1])]
    Thumbnail { thumbnail: [u32; 2], size: [u32; 2] },
    #[error("a sheet of {}x{} RGBA pixels has {needed} bytes, not {bytes}", size[0], size[1])]
    Pixels { size: [u32; 2], needed: u64, bytes: usize },
}

impl SpriteSheet {
    /// A sheet of `size` (width, height) RGBA `pixels`, row-major, cut into thumbnails of
    /// `thumbnail` (width, height).
    ///
    /// # Errors
    /// Returns an error if not one thumbnail fits, or the number of pixels does not match the size.
    pub fn new(size: [u32; 2], thumbnail: [u32; 2], pixels: impl Into<Arc<[u8]>>) -> Result<Self, SpriteError> {
        let pixels = pixels.into();
        if thumbnail.contains(&0) || thumbnail[0] > size[0] || thumbnail[1] > size[1] {
            return Err(SpriteError::Thumbnail { thumbnail, size });
        }
        let needed = u64::from(size[0]) * u64::from(size[1]) * 4;
        if pixels.len() as u64 != needed {
            return Err(SpriteError::Pixels { size, needed, bytes: pixels.len() });
        }
        Ok(Self { size, thumbnail, pixels })
    }

    /// Width and height of the sheet in pixels.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Width and height of one thumbnail in pixels.
    #[must_use]
    pub fn thumbnail(&self) -> [u32; 2] {
        self.thumbnail
    }

    /// Columns and rows of whole thumbnails.
    ///
    /// By the width alone, so that sheets that are not square read right (the TensorBoard projector
    /// divides by the number of rows).
    #[must_use]
    pub fn grid(&self) -> [u32; 2] {
        [self.size[0] / self.thumbnail[0], self.size[1] / self.thumbnail[1]]
    }

    /// How many rows have a thumbnail.
    #[must_use]
    pub fn len(&self) -> usize {
        let [columns, rows] = self.grid();
        columns as usize * rows as usize
    }

    /// Whether there is no thumbnail: never, since at least one fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// RGBA pixels, row-major from the top left.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The upper left pixel of the thumbnail of `row`, if it has one.
    #[must_use]
    pub fn origin(&self, row: usize) -> Option<[u32; 2]> {
        let columns = self.grid()[0];
        let row = u32::try_from(row).ok().filter(|&row| (row as usize) < self.len())?;
        Some([row % columns * self.thumbnail[0], row / columns * self.thumbnail[1]])
    }

    /// The RGBA pixels of the thumbnail of `row`.
    #[must_use]
    pub fn image(&self, row: usize) -> Option<Vec<u8>> {
        let [x, y] = self.origin(row)?;
        let stride = self.size[0] as usize * 4;
        let line = |line: u32| {
            let start = (y + line) as usize * stride + x as usize * 4;
            &self.pixels[start..start + self.thumbnail[0] as usize * 4]
        };
        Some((0..self.thumbnail[1]).flat_map(line).copied().collect())
    }
}

impl std::fmt::Debug for SpriteSheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { size, thumbnail, .. } = self;
        write!(f, "SpriteSheet({}x{} of {}x{})", size[0], size[1], thumbnail[0], thumbnail[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of 3 x 2 thumbnails of 2 x 1 pixels with a column to spare: each pixel holds its
    /// thumbnail's number.
    #[test]
    fn thumbnails_are_counted_by_the_width() {
        let pixel = |x: u32, y: u32| [u8::try_from(y * 3 + x / 2).unwrap(); 4];
        let pixels: Vec<u8> = (0..2).flat_map(|y| (0..7).flat_map(move |x| pixel(x, y))).collect();
        let sheet = SpriteSheet::new([7, 2], [2, 1], pixels).unwrap();
        assert_eq!((sheet.grid(), sheet.len()), ([3, 2], 6));
        for row in 0..6 {
            assert_eq!(sheet.image(row), Some(vec![u8::try_from(row).unwrap(); 8]), "thumbnail {row}");
        }
        assert_eq!(sheet.image(6), None);
    }

    #[test]
    fn contradicting_sizes_are_refused() {
        let check = |size, thumbnail, bytes: usize| SpriteSheet::new(size, thumbnail, vec![0; bytes]).is_ok();
        assert!(check([4, 4], [2, 2], 64));
        assert!(!check([4, 4], [2, 2], 63));
        assert!(!check([4, 4], [5, 2], 64));
        assert!(!check([4, 4], [0, 2], 64));
        assert!(!check([0, 0], [1, 1], 0));
    }
}
