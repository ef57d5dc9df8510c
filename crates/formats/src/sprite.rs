//! Sprite sheets: one PNG or JPEG with a thumbnail for each row, in reading order.
//!
//! [`probe`] reads the picture's header, [`decode`] the pixels. Sheets may be as large as
//! [`MAX_SIDE`] and [`MAX_BYTES`] allow; the limits of graphics devices are not checked here.

use std::{io::Cursor, path::Path};

use image::{ImageFormat, ImageReader, Limits};
use parallax_embedding::SpriteSheet;

use crate::{FormatError, Problem, error::counted};

/// Pixels that a sheet may have on a side.
pub const MAX_SIDE: u32 = 32_768;

/// Bytes that a sheet may take as RGBA pixels: 1 GiB.
pub const MAX_BYTES: u64 = 1 << 30;

/// Width and height of a sheet in pixels, from its header.
///
/// # Errors
/// Returns an error if the bytes do not begin as a PNG or JPEG picture.
pub fn probe(bytes: &[u8], file: &Path) -> Result<[u32; 2], FormatError> {
    let (width, height) = reader(bytes, file)?.into_dimensions().map_err(|error| damaged(file, &error))?;
    Ok([width, height])
}

/// The sheet, cut into thumbnails of `thumbnail` (width, height), and warnings if there are fewer
/// of them than `rows`, or they do not fill the sheet.
///
/// # Errors
/// Returns an error if the picture is damaged or too large, or the size of a thumbnail is missing
/// or does not fit.
pub fn decode(
    bytes: &[u8],
    file: &Path,
    thumbnail: Option<[u32; 2]>,
    rows: usize,
) -> Result<(SpriteSheet, Vec<Problem>), FormatError> {
    let size = probe(bytes, file)?;
    let (thumbnail, problems) = fit(size, file, thumbnail, rows)?;
    let pixels = reader(bytes, file)?.decode().map_err(|error| damaged(file, &error))?.into_rgba8().into_raw();
    let sheet = SpriteSheet::new(size, thumbnail, pixels).map_err(|error| Problem::error(file, error.to_string()))?;
    Ok((sheet, problems))
}

/// The size of a thumbnail in a sheet of `size`, and warnings if there are fewer of them than
/// `rows`, or they do not fill the sheet: what [`decode`] checks before it reads a pixel.
///
/// # Errors
/// Returns an error if the picture is too large, or the size of a thumbnail is missing or does not
/// fit.
pub fn fit(
    size: [u32; 2],
    file: &Path,
    thumbnail: Option<[u32; 2]>,
    rows: usize,
) -> Result<([u32; 2], Vec<Problem>), FormatError> {
    let [width, height] = size;
    let thumbnail = thumbnail.ok_or_else(|| {
        Problem::error(
            file,
            format!("the sheet has {width}x{height} pixels; how large a thumbnail is, it does not say"),
        )
        .way_out("Give --thumbnail WxH, or single_image_dim in the configuration")
    })?;
    let fits = (1..=width).contains(&thumbnail[0]) && (1..=height).contains(&thumbnail[1]);
    if !fits {
        let [w, h] = thumbnail;
        let what = format!("a thumbnail of {w}x{h} pixels does not fit into the sheet of {width}x{height}");
        return Err(Problem::error(file, what)
            .way_out("Check --thumbnail WxH, or single_image_dim in the configuration")
            .into());
    }
    let needed = u64::from(width) * u64::from(height) * 4;
    if width.max(height) > MAX_SIDE || needed > MAX_BYTES {
        let what = format!(
            "the sheet of {width}x{height} pixels is too large: at most {MAX_SIDE} on a side and {} million in all can be read",
            MAX_BYTES / 4 / 1_000_000
        );
        return Err(Problem::error(file, what).way_out("Make the thumbnails smaller").into());
    }
    let problems = [too_few(size, thumbnail, file, rows), left_over(size, thumbnail, file)];
    Ok((thumbnail, problems.into_iter().flatten().collect()))
}

/// A sheet has whole thumbnails and nothing else; if pixels are left over, their size is another.
fn left_over([width, height]: [u32; 2], thumbnail: [u32; 2], file: &Path) -> Option<Problem> {
    let [right, below] = [width % thumbnail[0], height % thumbnail[1]];
    (right + below > 0).then(|| {
        let [w, h] = thumbnail;
        let what = format!(
            "thumbnails of {w}x{h} pixels do not fill the sheet of {width}x{height}; left over at the right: {right}, at the bottom: {below}"
        );
        Problem::warning(file, what).way_out("Check the size of a thumbnail")
    })
}

fn too_few(size: [u32; 2], thumbnail: [u32; 2], file: &Path, rows: usize) -> Option<Problem> {
    let [columns, lines] = [size[0] / thumbnail[0], size[1] / thumbnail[1]];
    let count = columns as usize * lines as usize;
    (count < rows).then(|| {
        let what = format!(
            "{columns} x {lines} = {} for {rows} rows; the rows from {count} on have none",
            counted(count, "thumbnail")
        );
        Problem::warning(file, what).way_out("Check the size of a thumbnail")
    })
}

fn reader<'a>(bytes: &'a [u8], file: &Path) -> Result<ImageReader<Cursor<&'a [u8]>>, FormatError> {
    let unknown = || Problem::error(file, "this is neither a PNG nor a JPEG picture").way_out("Save the sheet as PNG");
    let format =
        image::guess_format(bytes).ok().filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.ok_or_else(unknown)?);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    // 16-bit channels take twice the bytes until they are converted.
    limits.max_alloc = Some(2 * MAX_BYTES);
    reader.limits(limits);
    Ok(reader)
}

fn damaged(file: &Path, error: &image::ImageError) -> FormatError {
    Problem::error(file, format!("the picture cannot be read: {error}"))
        .way_out("Copy or save the picture again")
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "s.png";

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8], thumbnail: Option<[u32; 2]>, rows: usize) -> Result<(SpriteSheet, Vec<Problem>), String> {
        decode(bytes, Path::new(FILE), thumbnail, rows).map_err(|error| error.to_string())
    }

    #[test]
    fn pixels_become_thumbnails() {
        let bytes = png(5, 4);
        assert_eq!(probe(&bytes, Path::new(FILE)).unwrap(), [5, 4]);
        let (sheet, problems) = read(&bytes, Some([2, 2]), 4).unwrap();
        assert_eq!((sheet.grid(), problems.len()), ([2, 2], 1));
        assert!(problems[0].message.ends_with("left over at the right: 1, at the bottom: 0"), "{problems:?}");
        assert_eq!(sheet.image(3).unwrap()[..8], [2, 2, 7, 255, 3, 2, 7, 255]);
    }

    #[test]
    fn sheets_that_do_not_fit_say_why() {
        #[track_caller]
        fn check(bytes: &[u8], thumbnail: Option<[u32; 2]>, expected: &str) {
            let error = read(bytes, thumbnail, 1).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        check(&png(5, 4), None, "has 5x4 pixels; how large a thumbnail is, it does not say. Give --thumbnail WxH");
        check(&png(5, 4), Some([6, 1]), "a thumbnail of 6x1 pixels does not fit into the sheet of 5x4");
        check(&png(5, 4), Some([0, 1]), "a thumbnail of 0x1 pixels");
        check(b"GIF89a", Some([1, 1]), "neither a PNG nor a JPEG picture");
        let whole = png(50, 40);
        check(&whole[..whole.len() / 2], Some([1, 1]), "the picture cannot be read");
        let (_, problems) = read(&png(5, 4), Some([2, 2]), 9).unwrap();
        let expected =
            "s.png: 2 x 2 = 4 thumbnails for 9 rows; the rows from 4 on have none. Check the size of a thumbnail.";
        assert_eq!(problems[0].to_string(), expected);
    }

    /// A header of 32,768 pixels a side promises 4 GiB; none of it is allocated.
    #[test]
    fn picture_headers_allocate_nothing() {
        let mut bytes = png(1, 1);
        bytes[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        // The header's checksum, by the definition of CRC-32.
        let crc = bytes[12..29].iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
        });
        bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
        assert_eq!(probe(&bytes, Path::new(FILE)).unwrap(), [32_768; 2]);
        let error = read(&bytes, Some([1, 1]), 1).unwrap_err();
        assert!(error.contains("too large: at most 32768 on a side and 268 million in all"), "{error}");
    }

    /// The sheet of a run that TensorFlow wrote.
    #[test]
    fn sprites_of_other_programs_are_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/runs/train/sprite.png");
        let bytes = std::fs::read(path).unwrap();
        let size = probe(&bytes, Path::new(FILE)).unwrap();
        let (sheet, problems) = read(&bytes, Some([10, 10]), 50).unwrap();
        assert_eq!((sheet.size(), problems), (size, vec![]));
    }

    proptest! {
        #[test]
        fn damaged_pictures_are_read_or_refused(at in any::<prop::sample::Index>(), byte in 1_u8.., cut in any::<prop::sample::Index>()) {
            let mut bytes = png(20, 10);
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
            let _: Result<_, _> = read(&bytes, Some([3, 3]), 5);
            bytes.truncate(cut.index(bytes.len()));
            let _: Result<_, _> = read(&bytes, Some([3, 3]), 5);
        }
    }
}
