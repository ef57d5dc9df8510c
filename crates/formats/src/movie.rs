//! Movies as GIF files, and frame by frame in folders.
//!
//! A frame of a GIF covers only what has changed, and stays until something changes. Its palette is
//! that of the frame before as long as it serves ([`palette`]), so that colors do not flicker, and
//! stay apart as far as its entries go. Several frames are encoded at a time and written in order, so that the bytes do not
//! depend on the threads.

mod palette;

use std::{
    fs,
    io::Write as _,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use gif::{DisposalMethod, Encoder, Repeat};
use parallax_embedding::Progress;
use rayon::prelude::*;

use self::palette::{Palette, Shades};
use crate::{
    FormatError, Problem,
    disk::{Stop, sweep, write_file},
    picture::{check_size, encode_quickly},
};

/// A picture of a movie, and how long it stays.
#[derive(Debug, Clone, PartialEq)]
pub struct MovieFrame {
    /// RGBA, row-major from the top left.
    pub pixels: Vec<u8>,
    /// How long it is shown, in seconds.
    pub seconds: f64,
}

/// The longest time that a frame of a GIF is shown, in hundredths of a second. What is shown longer
/// is written again.
const LONGEST: u64 = u16::MAX as u64;

/// Writes `frames` of `size` (width, height) as a GIF that repeats forever. Returns the number of
/// its frames.
///
/// # Errors
/// Returns an error if a frame has another size, the file cannot be written, or `progress` was
/// canceled; the target is then unchanged.
pub fn write_gif(
    path: &Path,
    size: [u32; 2],
    frames: impl Iterator<Item = MovieFrame>,
    progress: &Progress,
) -> Result<usize, FormatError> {
    let [width, height] = size.map(|side| u16::try_from(side).unwrap_or(0));
    if width == 0 || height == 0 {
        return Err(Problem::error(path, "a side of a GIF has 1 to 65535 pixels").into());
    }
    let mut written = 0;
    write_file(path, |out| {
        let mut changes = Changes::new(frames).peekable();
        let first = changes.peek().map(|change| change.shades(size)).transpose()?;
        let first = Arc::new(first.map_or_else(Palette::default, |shades| Palette::of(&shades)));
        let mut encoder = Encoder::new(out, width, height, &first.table()).map_err(stop)?;
        encoder.set_repeat(Repeat::Infinite).map_err(stop)?;
        let mut palette = first.clone();
        loop {
            let batch: Vec<Change> = changes.by_ref().take(2 * rayon::current_num_threads()).collect();
            progress.check()?;
            if batch.is_empty() {
                return Ok(());
            }
            let counted = batch.into_par_iter().map(|change| change.shades(size).map(|shades| (change, shades)));
            let counted = counted.collect::<Result<Vec<_>, Stop>>()?;
            // Each is that of the frame before, or made for the frame.
            let with_palette = |(change, shades): (Change, Shades)| {
                palette = palette.clone().or_for(&shades);
                (change, shades, palette.clone())
            };
            let colored: Vec<(Change, Shades, Arc<Palette>)> = counted.into_iter().map(with_palette).collect();
            let encode = |(change, shades, palette): (Change, Shades, Arc<Palette>)| {
                let (frame, left) = change.encode(size[0] as usize, &shades, &palette);
                let own = (!Arc::ptr_eq(&palette, &first)).then(|| palette.table());
                (gif::Frame { palette: own, ..frame }, left)
            };
            for (frame, left) in colored.into_par_iter().map(encode).collect::<Vec<_>>() {
                encoder.write_lzw_pre_encoded_frame(&frame).map_err(stop)?;
                written += 1;
                written += write_rest(&mut encoder, &frame, left)?;
            }
        }
    })?;
    Ok(written)
}

/// Repeats `frame` for as long as it is still shown, in hundredths of a second. Returns how often.
fn write_rest<W: std::io::Write>(
    encoder: &mut Encoder<W>,
    frame: &gif::Frame<'static>,
    mut left: u64,
) -> Result<usize, Stop> {
    let mut repeated = 0;
    while left > 0 {
        let delay = left.min(LONGEST);
        let again = gif::Frame { delay: delay as u16, ..frame.clone() };
        encoder.write_lzw_pre_encoded_frame(&again).map_err(stop)?;
        left -= delay;
        repeated += 1;
    }
    Ok(repeated)
}

/// Writes `frames` of `size` (width, height) as PNG files into `folder`, which [`empty_frames`] has
/// prepared, at `fps` files per second: a frame is repeated for as long as it is shown. Returns the
/// number of files.
///
/// # Errors
/// Returns an error if a frame has another size, a file cannot be written, or `progress` was
/// canceled.
pub fn write_frames(
    folder: &Path,
    size: [u32; 2],
    fps: u32,
    frames: impl Iterator<Item = MovieFrame>,
    progress: &Progress,
) -> Result<usize, FormatError> {
    let mut time = 0.0;
    let number = |seconds: f64| (seconds * f64::from(fps)).round() as usize;
    let mut numbered = frames.map(|frame| {
        let begun = number(time);
        time += frame.seconds;
        (begun..number(time).max(begun + 1), frame)
    });
    let mut written = 0;
    loop {
        let batch: Vec<(Range<usize>, MovieFrame)> = numbered.by_ref().take(2 * rayon::current_num_threads()).collect();
        progress.check().map_err(|_cancelled| FormatError::Cancelled)?;
        let Some((last, _)) = batch.last() else { return Ok(written) };
        written = last.end;
        batch.par_iter().try_for_each(|(numbers, frame)| {
            let path = |number: usize| folder.join(frame_name(number + 1));
            check_size(size, &frame.pixels).map_err(|message| Problem::error(folder, message))?;
            let bytes = encode_quickly(size, &frame.pixels).map_err(FormatError::write(folder))?;
            numbers.clone().try_for_each(|number| write_file(&path(number), |out| Ok(out.write_all(&bytes)?)))
        })?;
    }
}

/// Creates `folder`, or removes the frames that [`write_frames`] put there before.
///
/// # Errors
/// Returns an error if it holds anything else, or is not a folder.
pub fn empty_frames(folder: &Path) -> Result<(), FormatError> {
    fs::create_dir_all(folder).map_err(FormatError::write(folder))?;
    // A recording that was killed leaves more than frames.
    sweep(folder);
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let paths: Vec<PathBuf> =
        entries.map_err(FormatError::read(folder))?.into_iter().map(|entry| entry.path()).collect();
    let is_ours =
        |path: &&PathBuf| path.is_file() && path.file_name().is_some_and(|name| is_frame(&name.to_string_lossy()));
    if let Some(other) = paths.iter().find(|path| !is_ours(path)) {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        return Err(Problem::error(folder, format!("the folder holds {name}, which is not a frame of a recording"))
            .way_out("Give an empty folder, or one that does not exist")
            .into());
    }
    paths.iter().try_for_each(|path| fs::remove_file(path).map_err(FormatError::write(path)))
}

/// The name of the file of a frame; the first is 1.
fn frame_name(number: usize) -> String {
    format!("frame-{number:05}.png")
}

fn is_frame(name: &str) -> bool {
    let number = name.strip_prefix("frame-").and_then(|rest| rest.strip_suffix(".png"));
    number.is_some_and(|number| number.len() >= 5 && number.bytes().all(|digit| digit.is_ascii_digit()))
}

fn stop(error: gif::EncodingError) -> Stop {
    match error {
        gif::EncodingError::Io(error) => Stop::Io(error),
        error => Stop::Io(std::io::Error::other(error)),
    }
}

/// Returns where the pixels of an area (left, top, width, height) of a picture of this width begin.
fn cells([left, top, wide, high]: [usize; 4], width: usize) -> impl Iterator<Item = usize> {
    (top..top + high).flat_map(move |row| (left..left + wide).map(move |column| (row * width + column) * 4))
}

/// The changes from frame to frame. A frame without a change prolongs the one before.
struct Changes<I: Iterator<Item = MovieFrame>> {
    frames: I,
    /// The next frame, and when it begins.
    next: Option<MovieFrame>,
    before: Option<Vec<u8>>,
    time: f64,
}

/// A frame, the part of it that is new, and how long it is shown, in hundredths of a second.
struct Change {
    pixels: Vec<u8>,
    before: Option<Vec<u8>>,
    hundredths: u64,
}

impl<I: Iterator<Item = MovieFrame>> Changes<I> {
    fn new(mut frames: I) -> Self {
        let next = frames.next();
        Self { frames, next, before: None, time: 0.0 }
    }
}

impl<I: Iterator<Item = MovieFrame>> Iterator for Changes<I> {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        let first = self.next.take()?;
        let begun = self.time;
        self.time += first.seconds;
        for frame in self.frames.by_ref() {
            if frame.pixels != first.pixels {
                self.next = Some(frame);
                break;
            }
            self.time += frame.seconds;
        }
        // The sum is rounded, not each duration: rounded thirds of a tenth do not add up.
        let rounded = |seconds: f64| (seconds * 100.0).round() as u64;
        let hundredths = rounded(self.time).saturating_sub(rounded(begun));
        let before = self.before.replace(first.pixels.clone());
        Some(Change { pixels: first.pixels, before, hundredths })
    }
}

impl Change {
    /// Counts the colors of the whole picture.
    fn shades(&self, size: [u32; 2]) -> Result<Shades, Stop> {
        check_size(size, &self.pixels).map_err(std::io::Error::other)?;
        Ok(Shades::of(&self.pixels))
    }

    /// Returns the frame of a picture of this width, and how much longer it is shown than a frame can be.
    fn encode(self, width: usize, shades: &Shades, palette: &Palette) -> (gif::Frame<'static>, u64) {
        let area @ [left, top, wide, high] = self.area(width);
        let (entries, stays) = (palette.entries(shades), palette.stays());
        let of = |at: usize| {
            let pixel = &self.pixels[at..at + 4];
            // What has not changed stays, also in the color that an earlier palette gave it.
            match &self.before {
                Some(before) if before[at..at + 4] == *pixel => stays,
                _ => entries.of(pixel),
            }
        };
        let buffer: Vec<u8> = cells(area, width).map(of).collect();
        let delay = self.hundredths.min(LONGEST);
        let mut frame = gif::Frame {
            left: left as u16,
            top: top as u16,
            width: wide as u16,
            height: high as u16,
            delay: delay as u16,
            dispose: DisposalMethod::Keep,
            transparent: Some(stays),
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        frame.make_lzw_pre_encoded();
        (frame, self.hundredths - delay)
    }

    /// Left, top, width and height of what has changed; one pixel if nothing has.
    fn area(&self, width: usize) -> [usize; 4] {
        let height = self.pixels.len() / 4 / width.max(1);
        let Some(before) = &self.before else { return [0, 0, width, height] };
        let rows = || self.pixels.chunks_exact(width * 4).zip(before.chunks_exact(width * 4)).enumerate();
        let changed = || rows().filter(|(_, (now, before))| now != before);
        let Some((top, _)) = changed().next() else { return [0, 0, 1, 1] };
        let bottom = changed().next_back().map_or(top, |(row, _)| row);
        let columns = |(_, (now, before)): (usize, (&[u8], &[u8]))| {
            let differs = |column: &usize| now[column * 4..column * 4 + 4] != before[column * 4..column * 4 + 4];
            let first = (0..width).find(differs).unwrap_or(0);
            (first, (0..width).rev().find(differs).unwrap_or(first))
        };
        let (left, right) =
            changed().map(columns).fold((width, 0), |(left, right), (a, b)| (left.min(a), right.max(b)));
        [left, top, right - left + 1, bottom - top + 1]
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    const SIZE: [u32; 2] = [4, 3];

    /// A frame of gray, with these pixels of another color.
    fn frame(others: &[(usize, u8)], seconds: f64) -> MovieFrame {
        let mut pixels = [90, 90, 90, 255].repeat(12);
        others.iter().for_each(|&(place, red)| pixels[place * 4] = red);
        MovieFrame { pixels, seconds }
    }

    /// What a viewer shows of a file: pixels and hundredths of a second.
    fn play(path: &Path) -> Vec<(Vec<u8>, u16)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(File::open(path).unwrap()).unwrap();
        let mut screen = vec![0; 48];
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let (left, top, width) = (frame.left as usize, frame.top as usize, frame.width as usize);
            for (row, cells) in frame.buffer.chunks(width * 4).enumerate() {
                for (column, cell) in cells.chunks(4).enumerate().filter(|(_, cell)| cell[3] > 0) {
                    let start = ((top + row) * 4 + left + column) * 4;
                    screen[start..start + 4].copy_from_slice(cell);
                }
            }
            shown.push((screen.clone(), frame.delay));
        }
        shown
    }

    #[test]
    fn gifs_show_the_frames_and_still_ones_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        let third = 1.0 / 30.0;
        let frames = [
            frame(&[], 0.2),
            frame(&[], 0.3),
            frame(&[(5, 200)], third),
            frame(&[(6, 200)], third),
            frame(&[(0, 10), (11, 20)], third),
        ];
        let written = write_gif(&path, SIZE, frames.clone().into_iter(), &Progress::default()).unwrap();
        let shown = play(&path);
        assert_eq!((written, shown.iter().map(|(_, delay)| *delay).collect::<Vec<_>>()), (4, vec![50, 3, 4, 3]));
        for ((pixels, _), expected) in shown.iter().zip([0, 2, 3, 4].map(|place| &frames[place])) {
            assert_eq!(pixels, &expected.pixels, "few colors stay as they are");
        }
        let again = folder.path().join("b.gif");
        write_gif(&again, SIZE, frames.into_iter(), &Progress::default()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());
    }

    /// The delay of a frame has 16 bits.
    #[test]
    fn gifs_show_a_frame_for_as_long_as_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        let frames = [frame(&[], 1000.0), frame(&[(5, 200)], 1400.0), frame(&[], 0.5)];
        let written = write_gif(&path, SIZE, frames.clone().into_iter(), &Progress::default()).unwrap();
        let shown = play(&path);
        assert_eq!(written, shown.len());
        let lasts = |frame: &MovieFrame| -> u64 {
            shown.iter().filter(|(pixels, _)| *pixels == frame.pixels).map(|(_, delay)| u64::from(*delay)).sum()
        };
        assert_eq!([lasts(&frames[0]), lasts(&frames[1])], [100_050, 140_000]);
    }

    #[test]
    fn cancelled_gifs_leave_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        fs::write(&path, "old").unwrap();
        let progress = Progress::default();
        let frames = (0..100).map(|place| {
            if place == 50 {
                progress.cancel();
            }
            frame(&[(place % 12, 200)], 0.1)
        });
        let result = write_gif(&path, SIZE, frames, &progress);
        assert!(matches!(result, Err(FormatError::Cancelled)));
        assert_eq!((fs::read(&path).unwrap(), fs::read_dir(folder.path()).unwrap().count()), (b"old".to_vec(), 1));
        let wrong = MovieFrame { pixels: vec![0; 4], seconds: 1.0 };
        assert!(write_gif(&path, SIZE, [wrong].into_iter(), &Progress::default()).is_err());
        assert!(write_gif(&path, [70_000, 1], std::iter::empty(), &Progress::default()).is_err());
    }

    #[test]
    fn frames_need_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/frames");
        empty_frames(&path).unwrap();
        let frames = || (0..3_u8).map(|place| frame(&[(place.into(), 200)], 0.1 + 0.1 * f64::from(place)));
        assert_eq!(write_frames(&path, SIZE, 10, frames(), &Progress::default()).unwrap(), 6);
        for (number, place) in [(1, 0), (2, 1), (3, 1), (4, 2), (6, 2)] {
            let read = image::open(path.join(frame_name(number))).unwrap().into_rgba8().into_raw();
            assert_eq!(read, frames().nth(place).unwrap().pixels, "frame {number}");
        }
        empty_frames(&path).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "those of the last recording are gone");
        fs::write(path.join("frame-1.png"), "mine").unwrap();
        let error = empty_frames(&path).unwrap_err().to_string();
        assert!(error.contains("frame-1.png") && path.join("frame-1.png").exists(), "{error}");
    }
}
