//! Files of bookmarks, read and written: our own, and others'.

use std::path::Path;

use parallax_formats::{FormatError, Problem, read_bytes, write_bytes};

use super::{Bookmark, Tour, load, schema::MARK, store};

/// A tour as a file has it.
#[derive(Debug, Clone)]
pub struct ReadTour {
    /// What could be read.
    pub tour: Tour,
    /// What was left out of it, and why.
    pub problems: Vec<Problem>,
}

/// So many bytes say of which kind a file is.
const SNIFFED: usize = 1 << 12;

/// Whether the file at `path` holds bookmarks, as far as its beginning tells.
#[must_use]
pub fn is_tour(path: &Path) -> bool {
    let Ok(bytes) = read_bytes(path) else { return false };
    let bytes: &[u8] = (*bytes).as_ref();
    is_ours(bytes)
}

fn is_ours(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(SNIFFED)];
    // A comment may come first.
    let begins = head.trim_ascii_start().first().is_some_and(|first| b"(/T".contains(first));
    begins && head.windows(MARK.len()).any(|bytes| bytes == MARK.as_bytes())
}

/// Reads the bookmarks in the file at `path`. One that is broken is left out, and said.
///
/// # Errors
/// Where the file cannot be read, or is no file of bookmarks, or one of a newer version.
pub fn read_tour(path: &Path) -> Result<ReadTour, FormatError> {
    let bytes = read_bytes(path)?;
    let bytes: &[u8] = (*bytes).as_ref();
    if !is_ours(bytes) {
        return Err(Problem::error(path, "these are no bookmarks")
            .way_out("What is read: a tour that Parallax has saved (.ron)")
            .into());
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let at = format!("byte {}", error.valid_up_to());
        Problem::error(path, "a tour is text, and this is no UTF-8").at(at).way_out("Save or copy it again")
    })?;
    load::read(text, path)
}

/// The tour of the words that is part of the program; `assets/README.md` says how it was made.
#[must_use]
pub fn demo_tour() -> Tour {
    let text = include_str!("../../../../assets/tour.ron");
    // It is tested to read as a whole.
    load::read(text, Path::new("tour.ron")).map(|read| read.tour).unwrap_or_default()
}

/// Writes the bookmarks of `tour` at these `places`, or all, to `path`; its ending says in which form. Returns what that form cannot hold.
///
/// # Errors
/// Where the ending stands for no form, or the file cannot be written; it is then as it was before.
pub fn write_tour(tour: &Tour, places: Option<&[usize]>, path: &Path) -> Result<Vec<Problem>, FormatError> {
    let bookmarks: Vec<&Bookmark> = match places {
        None => tour.bookmarks.iter().collect(),
        Some(places) => places.iter().filter_map(|&place| tour.bookmarks.get(place)).collect(),
    };
    if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ron")) {
        return Err(Problem::error(path, "the ending does not name a form of bookmarks")
            .way_out("End the name in .ron")
            .into());
    }
    let refused = |error: ron::Error| Problem::error(path, format!("the tour cannot be written: {error}"));
    let text = store::text(&bookmarks, tour.looping, tour.seconds, path).map_err(refused)?;
    write_bytes(path, text.as_bytes())?;
    Ok(Vec::new())
}
