//! Folders of pictures: PNG and JPEG files, in the folder or in one folder for each class.
//!
//! [`pictures`] lists one, [`sheet`] makes thumbnails of them, [`join`] finds which row each belongs
//! to, and [`write_sprite`] writes a sheet for TensorBoard. Pictures come in the order of their
//! paths, with numbers in them by value, since numbered pictures are usually made in that order.

mod join;
#[cfg(test)]
mod tests;

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, imageops};
use parallax_embedding::{Progress, SpriteSheet};
use rayon::prelude::*;

pub(crate) use join::join;

use crate::{
    FormatError, Problem, Severity,
    disk::{read_bytes, write_file},
    error::counted,
    numbered::by_number,
    picture::write_picture,
    source::Format,
    sprite,
};

/// A folder of pictures alone, which is recognized and refused.
pub(crate) static FORMAT: Format = Format {
    words: Some(""),
    claims: |path| Ok(holds_pictures_alone(path)),
    ..Format::new(|content, _| {
        let found = counted(pictures(content.path(), &Progress::default())?.0.len(), "picture");
        let what = format!("the folder holds {found} and no vectors");
        let way_out = "Compute a vector of each, as with CLIP, and open those with --sprite and this folder";
        Err(Problem::error(content.path(), what).way_out(way_out).into())
    })
};

/// The longest side of a sheet that every device and TensorBoard can draw.
pub const MAX_SHEET_SIDE: u32 = 8192;

/// The longest side of a thumbnail if nothing else is asked for.
const THUMBNAIL: u32 = 64;

/// Bytes that decoding one picture may take.
const MAX_PICTURE_BYTES: u64 = 1 << 29;

/// A picture in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Picture {
    /// The path below the folder, with `/` between its parts.
    pub name: String,
    path: PathBuf,
}

/// A sprite sheet that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpriteWritten {
    /// How many thumbnails there are.
    pub count: usize,
    /// Width and height of each in pixels.
    pub thumbnail: [u32; 2],
    /// Width and height of the sheet in pixels.
    pub size: [u32; 2],
    /// Pictures that could not be read, and thumbnails that are smaller than asked for.
    pub problems: Vec<Problem>,
}

/// Writes a sprite sheet with a thumbnail of each picture in `folder`, and, to the file `names`,
/// their names in the same order: metadata that TensorBoard reads.
///
/// # Errors
/// Returns an error if there are no pictures, or a file cannot be written;
/// [`FormatError::Cancelled`] if `progress` was canceled.
pub fn write_sprite(
    folder: &Path,
    out: &Path,
    thumbnail: Option<[u32; 2]>,
    names: Option<&Path>,
    progress: &Progress,
) -> Result<SpriteWritten, FormatError> {
    let (pictures, others) = pictures(folder, progress)?;
    let (grid, note) = Grid::of(folder, &pictures, thumbnail, pictures.len())?;
    let rows: Vec<Option<usize>> = (0..pictures.len()).map(Some).collect();
    let (sheet, problems) = sheet(folder, &pictures, &rows, grid, progress)?;
    progress.check()?;
    write_picture(out, sheet.size(), sheet.pixels())?;
    if let Some(names) = names {
        write_file(names, |file| Ok(std::io::Write::write_all(file, join::names_table(&pictures).as_bytes())?))?;
    }
    let problems = others.into_iter().chain(note).chain(problems).collect();
    Ok(SpriteWritten { count: pictures.len(), thumbnail: grid.thumbnail, size: sheet.size(), problems })
}

/// The pictures in a folder, in the order of their names (`2.png` comes before `10.png`), and a
/// warning if there are others of types that are not read.
///
/// # Errors
/// Returns an error if the folder cannot be read or has none; [`FormatError::Cancelled`] if
/// `progress` was canceled.
pub fn pictures(folder: &Path, progress: &Progress) -> Result<(Vec<Picture>, Option<Problem>), FormatError> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    let mut add = |name: String, path: PathBuf| match kind(&path) {
        Some(Kind::Read) => found.push(Picture { name, path }),
        Some(Kind::Other) => others.push(name),
        None => {}
    };
    for (name, path) in entries(folder, progress)? {
        if path.is_dir() {
            let within = entries(&path, progress)?.into_iter().filter(|(_, path)| path.is_file());
            within.for_each(|(own, path)| add(format!("{name}/{own}"), path));
        } else {
            add(name, path);
        }
    }
    found.sort_by(|a, b| by_number(&a.name, &b.name).then_with(|| a.name.cmp(&b.name)));
    let problem = others.iter().min_by(|a, b| by_number(a, b)).map(|first| {
        let are = if others.len() == 1 { "is" } else { "are" };
        let what = format!(
            "{} of other types than PNG and JPEG {are} left out, the first of them {first}",
            counted(others.len(), "picture")
        );
        Problem::warning(folder, what).way_out("Save them as PNG or JPEG")
    });
    match problem {
        Some(problem) if found.is_empty() => Err(Problem { severity: Severity::Error, ..problem }.into()),
        None if found.is_empty() => {
            let what = "there is no picture in this folder, or in one within it";
            Err(Problem::error(folder, what).way_out("Put PNG or JPEG files there").into())
        }
        problem => Ok((found, problem)),
    }
}

/// Names and paths of what is in a folder, but for what is hidden.
fn entries(folder: &Path, progress: &Progress) -> Result<Vec<(String, PathBuf)>, FormatError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(FormatError::read(folder))? {
        progress.check()?;
        let entry = entry.map_err(FormatError::read(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

/// What the ending of a name says about a picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    /// It is of a type that is not read.
    Other,
}

/// Returns `None` if the ending is not that of a picture.
fn kind(path: &Path) -> Option<Kind> {
    let ending = path.extension().unwrap_or_default();
    let is_one = |known: &[&str]| known.iter().any(|known| ending.eq_ignore_ascii_case(known));
    if is_one(&["png", "apng", "jpg", "jpeg", "jfif"]) {
        Some(Kind::Read)
    } else {
        is_one(&OTHER_TYPES).then_some(Kind::Other)
    }
}

/// The endings of pictures that are not read.
const OTHER_TYPES: [&str; 18] = [
    "avif", "bmp", "exr", "gif", "heic", "heif", "ico", "jp2", "jxl", "pbm", "pgm", "ppm", "qoi", "svg", "tga", "tif",
    "tiff", "webp",
];

/// Whether there is a picture in the folder or in one within it, and no other file.
pub(crate) fn holds_pictures_alone(folder: &Path) -> bool {
    let Ok(outer) = entries(folder, &Progress::default()) else { return false };
    let mut count = 0;
    for (_, path) in outer {
        let files = if path.is_dir() {
            entries(&path, &Progress::default()).unwrap_or_default()
        } else {
            vec![(String::new(), path)]
        };
        if files.iter().any(|(_, path)| kind(path).is_none()) {
            return false;
        }
        count += files.len();
    }
    count > 0
}

/// Where thumbnails are in a sheet: as many in a row as there are rows, as TensorBoard expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    side: u32,
    pub(crate) thumbnail: [u32; 2],
}

impl Grid {
    /// The grid for the thumbnails of `rows` rows, and a note if they are smaller than asked for.
    pub(crate) fn of(
        folder: &Path,
        pictures: &[Picture],
        thumbnail: Option<[u32; 2]>,
        rows: usize,
    ) -> Result<(Self, Option<Problem>), FormatError> {
        let [width, height] = thumbnail.unwrap_or_else(|| [usual_size(pictures); 2]);
        let side = (rows.max(1) as f64).sqrt().ceil() as u32;
        let most = MAX_SHEET_SIDE / side.max(1);
        if most == 0 || width == 0 || height == 0 {
            let what = format!("{rows} thumbnails do not fit into a sheet of {MAX_SHEET_SIDE} pixels a side");
            return Err(Problem::error(folder, what).way_out("Take fewer rows").into());
        }
        let longest = width.max(height);
        let shrunk = |side: u32| {
            if longest > most { ((u64::from(side) * u64::from(most) / u64::from(longest)) as u32).max(1) } else { side }
        };
        let grid = Self { side, thumbnail: [shrunk(width), shrunk(height)] };
        let note = (longest > most).then(|| {
            let [small_width, small_height] = grid.thumbnail;
            let what = format!(
                "thumbnails have {small_width}x{small_height} pixels, not {width}x{height}, so that {rows} fit into a sheet of {MAX_SHEET_SIDE} pixels a side"
            );
            Problem::note(folder, what)
        });
        Ok((grid, note))
    }

    /// Width and height of the sheet.
    pub(crate) fn size(self) -> [u32; 2] {
        self.thumbnail.map(|side| side * self.side)
    }
}

/// The longest side of the first pictures, up to [`THUMBNAIL`].
fn usual_size(pictures: &[Picture]) -> u32 {
    let size = |picture: &Picture| sprite::probe((*read_bytes(&picture.path).ok()?).as_ref(), &picture.path).ok();
    let longest = pictures.iter().take(64).filter_map(size).flatten().max();
    longest.unwrap_or(THUMBNAIL).clamp(1, THUMBNAIL)
}

/// The sheet with, for each row, the thumbnail of its picture; and a warning if some cannot be read.
/// Memory is that of the sheet, and of one picture for each thread.
pub(crate) fn sheet(
    folder: &Path,
    pictures: &[Picture],
    rows: &[Option<usize>],
    grid: Grid,
    progress: &Progress,
) -> Result<(SpriteSheet, Option<Problem>), FormatError> {
    progress.begin("Reading pictures");
    let [width, height] = grid.size();
    let mut pixels = vec![0_u8; width as usize * height as usize * 4];
    let [thumb_width, thumb_height] = grid.thumbnail.map(|side| side as usize);
    let line = width as usize * 4;
    let done = AtomicUsize::new(0);
    let strips = pixels.par_chunks_mut(line * thumb_height).zip(rows.par_chunks(grid.side as usize));
    let broken = strips.map(|(strip, rows)| {
        let mut broken = Vec::new();
        for (column, picture) in rows.iter().enumerate() {
            progress.advance(done.fetch_add(1, Ordering::Relaxed), pictures.len())?;
            let Some(picture) = picture.and_then(|picture| pictures.get(picture)) else { continue };
            match thumbnail(picture, grid.thumbnail) {
                Ok(image) => {
                    for (y, from) in image.as_raw().chunks_exact(thumb_width * 4).enumerate() {
                        let start = y * line + column * thumb_width * 4;
                        strip[start..start + from.len()].copy_from_slice(from);
                    }
                }
                Err(error) => broken.push(format!("{}: {error}", picture.name)),
            }
        }
        Ok::<_, FormatError>(broken)
    });
    let broken: Vec<Vec<String>> = broken.collect::<Result<_, _>>()?;
    let broken: Vec<String> = broken.into_iter().flatten().collect();
    let problem = broken.first().map(|first| {
        let are = if broken.len() == 1 { "cannot be read and is" } else { "cannot be read and are" };
        let what = format!("{} {are} blank, the first of them {first}", counted(broken.len(), "picture"));
        Problem::warning(folder, what).way_out("Save them again as PNG or JPEG")
    });
    let sheet = SpriteSheet::new([width, height], grid.thumbnail, pixels);
    Ok((sheet.map_err(|error| Problem::error(folder, error.to_string()))?, problem))
}

/// The picture, made to fit into a thumbnail and put in the middle of it.
fn thumbnail(picture: &Picture, [width, height]: [u32; 2]) -> Result<image::RgbaImage, String> {
    let bytes = read_bytes(&picture.path).map_err(|error| error.to_string())?;
    let bytes: &[u8] = (*bytes).as_ref();
    let image = decode(bytes).map_err(|error| error.to_string())?;
    let is_small = image.width() <= width && image.height() <= height;
    let image = if is_small { image } else { image.thumbnail(width, height) };
    let mut out = image::RgbaImage::new(width, height);
    let (x, y) = ((width - image.width()) / 2, (height - image.height()) / 2);
    imageops::replace(&mut out, &image.to_rgba8(), i64::from(x), i64::from(y));
    Ok(out)
}

/// The pixels, upright.
fn decode(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(sprite::MAX_SIDE);
    limits.max_image_height = Some(sprite::MAX_SIDE);
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}
