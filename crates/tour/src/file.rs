//! Files of bookmarks, read and written in several formats.

use std::path::Path;

use parallax_formats::{
    FormatError, OpenOptions, Problem, is_pack, read_bytes, read_whole, tensorboard::bookmarks, tour_in, write_bytes,
};

use super::{Bookmark, ReadTour, Tour, load, schema::MARK, store, tensorboard};
use parallax_session::Origin;

/// A format of bookmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The program's own.
    Ron,
    /// The format of the Embedding Projector.
    TensorBoard,
    /// The program's own, in a file with its data.
    Pack,
}

/// The number of bytes by which the format of a file is recognized.
const SNIFFED: usize = 1 << 16;

impl Form {
    /// Returns the format of a file that holds `bytes`.
    fn of(bytes: &[u8]) -> Option<Self> {
        if is_pack(bytes) {
            return Some(Self::Pack);
        }
        let head = &bytes[..bytes.len().min(SNIFFED)];
        // A comment may come first.
        let is_ron = head.trim_ascii_start().first().is_some_and(|first| b"(/T".contains(first));
        if is_ron && head.windows(MARK.len()).any(|bytes| bytes == MARK.as_bytes()) {
            return Some(Self::Ron);
        }
        bookmarks::looks_like(head).then_some(Self::TensorBoard)
    }

    /// Returns the format for a file of this name.
    fn named(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match &*ending {
            "ron" => Some(Self::Ron),
            "txt" | "json" => Some(Self::TensorBoard),
            "parallax" => Some(Self::Pack),
            _ => None,
        }
    }
}

/// Whether the file at `path` holds bookmarks, judging by its beginning.
#[must_use]
pub fn is_tour(path: &Path) -> bool {
    read_bytes(path).is_ok_and(|bytes| Form::of((*bytes).as_ref()).is_some())
}

/// Reads the bookmarks in the file at `path`. Broken ones are left out and reported.
///
/// # Errors
/// Returns an error if the file cannot be read, holds no bookmarks, or is of a newer version.
pub fn read_tour(path: &Path) -> Result<ReadTour, FormatError> {
    let bytes = read_whole(path)?;
    let bytes: &[u8] = (*bytes).as_ref();
    match Form::of(bytes) {
        Some(Form::Ron) => {
            let text = str::from_utf8(bytes).map_err(|error| {
                let at = format!("byte {}", error.valid_up_to());
                Problem::error(path, "a tour is text, and this is not UTF-8").at(at).way_out("Save or copy it again")
            })?;
            load::read(text, path)
        }
        Some(Form::TensorBoard) => tensorboard::read(bytes, path),
        Some(Form::Pack) => read_pack(path),
        None => Err(Problem::error(path, "these are not bookmarks")
            .way_out("What is read: a tour that Parallax has saved (.ron) or packed (.parallax), and bookmarks of TensorBoard")
            .into()),
    }
}

/// Returns the built-in tour of the words. `assets/README.md` says how it was made.
#[must_use]
pub fn demo_tour() -> Tour {
    let text = include_str!("../../../assets/tour.ron");
    // A test checks that it can be read.
    load::read(text, Path::new("tour.ron")).map(|read| read.tour).unwrap_or_default()
}

/// Reads the tour in a packed file, whose data are in the same file.
fn read_pack(path: &Path) -> Result<ReadTour, FormatError> {
    let mut read = load::read(&tour_in(path)?, path)?;
    for bookmark in &mut read.tour.bookmarks {
        if bookmark.view.origin != Origin::Kept {
            bookmark.view.origin = Origin::Path { path: path.to_path_buf(), options: OpenOptions::default() };
        }
    }
    Ok(read)
}

/// Writes the bookmarks of `tour` at these `places`, or all, to `path`. Its extension determines
/// the format: `.ron` is the program's own, `.txt` and `.json` are TensorBoard's. Returns what that
/// format cannot hold.
///
/// # Errors
/// Returns an error if the extension is unknown or the file cannot be written. The file is then
/// unchanged.
pub fn write_tour(tour: &Tour, places: Option<&[usize]>, path: &Path) -> Result<Vec<Problem>, FormatError> {
    let bookmarks: Vec<&Bookmark> = match places {
        None => tour.bookmarks.iter().collect(),
        Some(places) => places.iter().filter_map(|&place| tour.bookmarks.get(place)).collect(),
    };
    let Some(form) = Form::named(path) else {
        return Err(Problem::error(path, "this extension is not a format of bookmarks")
            .way_out("End the name in .ron, or in .txt or .json for TensorBoard")
            .into());
    };
    let (bytes, lost) = match form {
        Form::Ron => {
            let refused = |error: ron::Error| Problem::error(path, format!("the tour cannot be written: {error}"));
            let text = store::text(&bookmarks, tour.looping, tour.seconds, path).map_err(refused)?;
            (text.into_bytes(), Vec::new())
        }
        Form::TensorBoard => tensorboard::write(&bookmarks, path)?,
        Form::Pack => {
            let what = "a tour is packed with its data, and not saved in this form";
            return Err(Problem::error(path, what).way_out("Use parallax tour pack").into());
        }
    };
    write_bytes(path, &bytes)?;
    Ok(lost)
}
