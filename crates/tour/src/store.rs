//! Writes a tour as the text of a file (`schema`).

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use parallax_embedding::RowSet;
use parallax_projection::Layout;
use rayon::prelude::*;
use ron::ser::{PrettyConfig, to_string_pretty};

use super::{
    Bookmark, KeptLayout, Subject,
    packed::{Packed, PackedColumn, PackedLayout, PackedRows},
    paths,
    schema::{BookmarkPart, LayoutPart, StepsPart, SubjectPart, TourFile, VERSION},
    sets,
};
use parallax_session::{Projection, Steps, View};

/// Sets of up to this many rows are written in place, for people to read.
const FEW_ROWS: usize = 32;

/// At least this many coordinates of a row are kept, if it has them: another component can then be
/// chosen without the vectors.
const LEAST_DIMS: usize = 3;

/// Returns the text of a file at `path` with `bookmarks`.
pub(super) fn text(bookmarks: &[&Bookmark], looping: bool, seconds: f32, path: &Path) -> Result<String, ron::Error> {
    let mut parts = Parts::default();
    let parted: Vec<_> = bookmarks.iter().map(|bookmark| parts.bookmark(bookmark, path)).collect();
    let needed = parts.dims_needed(bookmarks);
    let Parts { subjects, layouts, row_sets, coordinates, .. } = parts;
    let (subjects, (row_sets, coordinates)) = rayon::join(
        || subjects.par_iter().map(|subject| subject_part(subject)).collect(),
        || {
            let pack = |(layout, dims): (&Arc<Layout>, usize)| PackedLayout::new(layout, dims);
            rayon::join(
                || row_sets.par_iter().map(PackedRows::new).collect(),
                || coordinates.par_iter().zip(needed).map(pack).collect(),
            )
        },
    );
    let file = TourFile {
        parallax_tour: VERSION,
        looping,
        seconds,
        bookmarks: parted,
        subjects,
        layouts,
        row_sets,
        coordinates,
    };
    // Deeper values are on one line; without escapes, a note's lines are lines.
    let config = PrettyConfig::new().depth_limit(4).compact_arrays(true).escape_strings(false).new_line("\n");
    to_string_pretty(&file, config).map(|text| text + "\n")
}

/// What bookmarks share, each stored once.
#[derive(Debug, Default)]
struct Parts {
    subjects: Vec<Arc<Subject>>,
    layouts: Vec<LayoutPart>,
    /// The layouts, by their addresses in memory.
    known_layouts: HashMap<*const KeptLayout, usize>,
    row_sets: Vec<RowSet>,
    known_sets: HashMap<RowSet, usize>,
    coordinates: Vec<Arc<Layout>>,
    /// The indices of coordinates with this hash.
    known_coordinates: HashMap<u64, Vec<usize>>,
}

impl Parts {
    fn bookmark(&mut self, bookmark: &Bookmark, path: &Path) -> BookmarkPart<View> {
        let mut view = bookmark.view.clone();
        paths::detach(&mut view, path);
        let view_rows = self.take_rows(sets::of_view(&mut view));
        BookmarkPart {
            name: bookmark.name.clone(),
            note: bookmark.note.clone(),
            seconds: bookmark.seconds,
            subject: place_of(&mut self.subjects, &bookmark.subject),
            layouts: bookmark.layouts.iter().map(|kept| self.layout(kept)).collect(),
            view,
            view_rows,
            thumbnail: bookmark.thumbnail.as_ref().map(|png| BASE64_STANDARD.encode(png)),
        }
    }

    /// Moves long sets out of what holds them. Returns their new places.
    fn take_rows(&mut self, sets: Vec<(String, &mut RowSet)>) -> BTreeMap<String, usize> {
        let long = sets.into_iter().filter(|(_, set)| set.len() > FEW_ROWS);
        long.map(|(name, set)| (name, self.row_set(&std::mem::take(set)))).collect()
    }

    fn row_set(&mut self, rows: &RowSet) -> usize {
        let row_sets = &mut self.row_sets;
        *self.known_sets.entry(rows.clone()).or_insert_with(|| {
            row_sets.push(rows.clone());
            row_sets.len() - 1
        })
    }

    fn layout(&mut self, kept: &Arc<KeptLayout>) -> usize {
        if let Some(&place) = self.known_layouts.get(&Arc::as_ptr(kept)) {
            return place;
        }
        let mut projection = Projection::clone(&kept.projection);
        let projection_rows = self.take_rows(sets::of_projection(&mut projection));
        let part = LayoutPart {
            method: kept.method,
            dims: kept.dims,
            rows: kept.rows.as_ref().map(|rows| self.row_set(rows)),
            of_more: kept.of_more,
            coordinates: self.coordinates(&kept.layout),
            explained_variance: kept.explained_variance.to_vec(),
            steps: kept.steps.as_ref().map(steps_part),
            projection,
            projection_rows,
        };
        self.known_layouts.insert(Arc::as_ptr(kept), self.layouts.len());
        self.layouts.push(part);
        self.layouts.len() - 1
    }

    /// Returns how many coordinates of a row each of the layouts must keep: up to the last
    /// component that a bookmark shows with it.
    fn dims_needed(&self, bookmarks: &[&Bookmark]) -> Vec<usize> {
        let mut needed = vec![LEAST_DIMS; self.coordinates.len()];
        for bookmark in bookmarks {
            for kept in &bookmark.layouts {
                let Some(place) = self.known_layouts.get(&Arc::as_ptr(kept)) else { continue };
                let needed = &mut needed[self.layouts[*place].coordinates];
                let seen = bookmark.view.projection.seen(Some(kept.method), kept.layout.dims());
                *needed = seen.into_iter().flatten().map(|last| last + 1).fold(*needed, usize::max);
            }
        }
        needed
    }

    /// Finds equal coordinates by their bits: those read from two files are two objects.
    fn coordinates(&mut self, layout: &Arc<Layout>) -> usize {
        if let Some(place) = self.coordinates.iter().position(|other| Arc::ptr_eq(other, layout)) {
            return place;
        }
        let mut hasher = DefaultHasher::new();
        layout.dims().hash(&mut hasher);
        bits(layout).for_each(|bits| hasher.write_u32(bits));
        let alike = self.known_coordinates.entry(hasher.finish()).or_default();
        let is_same = |&&place: &&usize| {
            let other = &self.coordinates[place];
            other.dims() == layout.dims() && bits(other).eq(bits(layout))
        };
        if let Some(&place) = alike.iter().find(is_same) {
            return place;
        }
        self.coordinates.push(Arc::clone(layout));
        alike.push(self.coordinates.len() - 1);
        self.coordinates.len() - 1
    }
}

fn bits(layout: &Layout) -> impl Iterator<Item = u32> + '_ {
    layout.values().iter().map(|x| x.to_bits())
}

/// Returns the index of `subject` among `subjects`, to which it is added if it is missing.
fn place_of(subjects: &mut Vec<Arc<Subject>>, subject: &Arc<Subject>) -> usize {
    let is_same = |other: &Arc<Subject>| Arc::ptr_eq(other, subject) || **other == **subject;
    subjects.iter().position(is_same).unwrap_or_else(|| {
        subjects.push(Arc::clone(subject));
        subjects.len() - 1
    })
}

fn subject_part(subject: &Subject) -> SubjectPart {
    SubjectPart {
        embedding: subject.embedding.clone(),
        rows: subject.rows,
        dims: subject.dims,
        fingerprint: subject.fingerprint,
        labels: subject.labels.as_ref().map(PackedColumn::new),
    }
}

fn steps_part(steps: &Steps) -> StepsPart {
    let bytes: Vec<u8> = steps.kl.iter().flat_map(|kl| kl.to_le_bytes()).collect();
    StepsPart {
        iteration: steps.iteration,
        iterations: steps.iterations,
        outdated: steps.outdated,
        kl: (!bytes.is_empty()).then(|| Packed::new(&bytes)),
    }
}
