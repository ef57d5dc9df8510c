//! Pictures as PNG files, with information about them as text.

use std::{
    io::{self, Write},
    path::Path,
};

use png::{BitDepth, ColorType, Compression, Encoder, Filter, SrgbRenderingIntent};

use crate::{
    FormatError, Problem,
    disk::{Stop, write_file},
};

/// Writes RGBA pixels, row-major from the top left, as a PNG file. Compressed to be fast rather
/// than small.
///
/// # Errors
/// Returns an error if the number of pixels does not match `size` (width, height), or the file
/// cannot be written.
pub fn write_picture(path: &Path, size: [u32; 2], pixels: &[u8]) -> Result<(), FormatError> {
    write_annotated_picture(path, size, pixels, &[])
}

/// Like [`write_picture`], with `texts`: keywords and their values. Image viewers know "Title",
/// "Software" and "Comment". A keyword has at most 79 Latin letters.
///
/// # Errors
/// As [`write_picture`].
pub fn write_annotated_picture(
    path: &Path,
    size: [u32; 2],
    pixels: &[u8],
    texts: &[(&str, &str)],
) -> Result<(), FormatError> {
    check_size(size, pixels).map_err(|message| Problem::error(path, message))?;
    write_file(path, |out| encode(out, size, pixels, texts, Compression::Fast).map_err(Stop::Io))
}

/// The bytes of a PNG file with RGBA pixels, row-major from the top left. Compressed to be small
/// rather than fast.
///
/// # Errors
/// Returns an error if the number of pixels does not match `size` (width, height).
pub fn encode_picture(size: [u32; 2], pixels: &[u8]) -> io::Result<Vec<u8>> {
    check_size(size, pixels).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    encode(&mut bytes, size, pixels, &[], Compression::Balanced)?;
    Ok(bytes)
}

/// Like [`encode_picture`], but compressed to be fast rather than small.
pub(crate) fn encode_quickly(size: [u32; 2], pixels: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode(&mut bytes, size, pixels, &[], Compression::Fast)?;
    Ok(bytes)
}

pub(crate) fn check_size([width, height]: [u32; 2], pixels: &[u8]) -> Result<(), String> {
    let needed = u64::from(width) * u64::from(height) * 4;
    if pixels.len() as u64 == needed {
        return Ok(());
    }
    Err(format!("{width}x{height} RGBA pixels have {needed} bytes, not {}", pixels.len()))
}

/// If no pixel is transparent, the alpha channel is left out.
fn encode(
    out: impl Write,
    [width, height]: [u32; 2],
    pixels: &[u8],
    texts: &[(&str, &str)],
    compression: Compression,
) -> io::Result<()> {
    let opaque = pixels.iter().skip(3).step_by(4).all(|alpha| *alpha == u8::MAX);
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    encoder.set_filter(Filter::Adaptive);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    for (keyword, text) in texts {
        encoder.add_itxt_chunk((*keyword).to_owned(), (*text).to_owned())?;
    }
    let mut writer = encoder.write_header()?;
    if opaque {
        let colors: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        writer.write_image_data(&colors)?;
    } else {
        writer.write_image_data(pixels)?;
    }
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::BufReader};

    use super::*;

    #[test]
    fn pictures_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let pixels: Vec<u8> = (0..24).collect();
        write_picture(&file, [3, 2], &pixels).unwrap();
        assert_eq!(image::open(&file).unwrap().into_rgba8().into_raw(), pixels);
        assert!(write_picture(&file, [3, 3], &pixels).is_err());
        assert!(encode_picture([3, 3], &pixels).is_err());
        let opaque: Vec<u8> = pixels.chunks(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        let bytes = encode_picture([3, 2], &opaque).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().into_rgba8().into_raw(), opaque);
    }

    #[test]
    fn picture_texts_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let texts = [("Title", "Straße 東"), ("Comment", "{\"seed\":42}\nsecond line")];
        write_annotated_picture(&file, [1, 1], &[1, 2, 3, 4], &texts).unwrap();
        let reader = png::Decoder::new(BufReader::new(File::open(&file).unwrap())).read_info().unwrap();
        let chunks = &reader.info().utf8_text;
        let read: Vec<_> = chunks.iter().map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap())).collect();
        assert_eq!(read, texts.map(|(keyword, text)| (keyword.to_owned(), text.to_owned())));
    }
}
