//! A tour and the data that it shows in one file.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Embedding, Progress, RowSet};
use parallax_formats::{FormatError, OpenOptions, Problem, part, write_pack};

use super::{Bookmark, Subject, Tour, store};
use parallax_session::Origin;

/// Writes `tour` to `path` with the rows of `embedding` that its bookmarks show: all rows if one
/// shows all. The rows are renumbered from 0. Returns warnings about bookmarks of other data, which
/// keep only their coordinates.
///
/// # Errors
/// Returns an error if no bookmark is of `embedding`, the file cannot be written, or `progress` was
/// canceled. The file is then unchanged.
pub fn pack_tour(
    tour: &Tour,
    embedding: &Embedding,
    path: &Path,
    progress: &Progress,
) -> Result<Vec<Problem>, FormatError> {
    embedding.vectors.check()?;
    let is_of_it = |bookmark: &&Bookmark| bookmark.subject.is(embedding);
    let rows = rows_shown(tour.bookmarks.iter().filter(is_of_it), embedding.rows());
    let Some(rows) = rows else {
        let what = "no bookmark is of the data that were found";
        return Err(Problem::error(path, what).way_out("Save the tour again with its data open").into());
    };
    let data = part(embedding, &rows, progress)?;
    let fingerprint = Some(data.fingerprint());
    let to = |row: u32| rows.as_slice().binary_search(&row).ok().map(|at| at as u32);
    let (mut packed, mut problems) = (Vec::new(), Vec::new());
    for (number, bookmark) in (1..).zip(&tour.bookmarks) {
        if is_of_it(&bookmark) {
            let mut mapped = bookmark.mapped(&to, rows.len());
            mapped.subject = Arc::new(Subject { fingerprint, ..(*mapped.subject).clone() });
            mapped.view.origin = Origin::Path { path: path.to_path_buf(), options: OpenOptions::default() };
            (mapped.view.run, mapped.view.embedding) = (None, None);
            if mapped.view.compared.take().is_some() {
                let what = "the embedding that it is compared with is not packed: it shows one alone";
                problems.push(Problem::warning(path, what).at(format!("bookmark {number} {:?}", bookmark.name)));
            }
            packed.push(mapped);
        } else {
            let what = "it is of other data: its coordinates are packed, and no vectors";
            problems.push(Problem::warning(path, what).at(format!("bookmark {number} {:?}", bookmark.name)));
            let mut bookmark = bookmark.clone();
            bookmark.view.origin = Origin::Kept;
            packed.push(bookmark);
        }
    }
    let refused = |error: ron::Error| Problem::error(path, format!("the tour cannot be written: {error}"));
    let text = store::text(&packed.iter().collect::<Vec<_>>(), tour.looping, tour.seconds, path).map_err(refused)?;
    write_pack(path, &text, &data, progress)?;
    Ok(problems)
}

/// Returns the rows that any of the bookmarks shows, or `None` if there are no bookmarks.
fn rows_shown<'a>(bookmarks: impl Iterator<Item = &'a Bookmark>, rows: usize) -> Option<RowSet> {
    let shown = |bookmark: &Bookmark| bookmark.view.isolated().map_or_else(|| RowSet::all(rows), RowSet::clone);
    bookmarks.map(shown).reduce(|a, b| if a.len() == rows { a } else { a.union(&b) })
}
