//! Pictures to PNG files.

use std::path::Path;

use image::{
    ExtendedColorType, ImageEncoder as _,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use crate::{
    FormatError, Problem,
    write::{Stop, write_file},
};

/// Writes RGBA pixels, row-major from the top left, as a PNG file. Compressed fast rather than small.
///
/// # Errors
/// Where the pixels are not as many as `size` (width, height) says, or the file cannot be written.
pub fn write_picture(path: &Path, size: [u32; 2], pixels: &[u8]) -> Result<(), FormatError> {
    let [width, height] = size;
    let needed = u64::from(width) * u64::from(height) * 4;
    if pixels.len() as u64 != needed {
        let message = format!("{width}x{height} RGBA pixels have {needed} bytes, not {}", pixels.len());
        return Err(Problem::error(path, message).into());
    }
    write_file(path, |out| {
        let encoder = PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive);
        encoder
            .write_image(pixels, width, height, ExtendedColorType::Rgba8)
            .map_err(|error| Stop::Io(std::io::Error::other(error)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let pixels: Vec<u8> = (0..24).collect();
        write_picture(&file, [3, 2], &pixels).unwrap();
        assert_eq!(image::open(&file).unwrap().into_rgba8().into_raw(), pixels);
        assert!(write_picture(&file, [3, 3], &pixels).is_err());
    }
}
