//! Renumbers the rows of a bookmark, for a part of its data or for other data that have the same
//! rows in other places.

use std::sync::Arc;

use parallax_embedding::{Column, ColumnBuilder, RowSet};
use parallax_projection::Layout;

use super::{Bookmark, KeptLayout, Subject, sets};

impl Bookmark {
    /// Returns the bookmark for data of `rows` rows, in which row `r` is row `to(r)`, or is missing
    /// if that is `None`. What stood for all rows (no isolation, a layout of all) still stands for
    /// all rows; a tag or a saved selection may become empty.
    ///
    /// The data's fingerprint no longer applies and is left out. What depends on values and not on
    /// rows (filter, color, searches, the camera) stays as it is.
    #[must_use]
    pub fn mapped(&self, to: &dyn Fn(u32) -> Option<u32>, rows: usize) -> Self {
        let to = |row: u32| to(row).filter(|&row| (row as usize) < rows);
        let mut view = self.view.clone();
        for (_, set) in sets::of_view(&mut view) {
            *set = mapped_set(set, &to);
        }
        view.trail = view.trail.iter().filter_map(|&row| to(row)).collect();
        let of_row = sources(self.subject.rows, &to, rows);
        Self {
            view,
            subject: Arc::new(self.subject.mapped(&of_row)),
            layouts: self.layouts.iter().map(|kept| Arc::new(kept.mapped(&to, &of_row))).collect(),
            ..self.clone()
        }
    }
}

impl Subject {
    fn mapped(&self, of_row: &[Option<u32>]) -> Self {
        let labels = self.labels.as_ref().map(|labels| mapped_column(labels, of_row));
        Self { rows: of_row.len(), fingerprint: None, labels, ..self.clone() }
    }
}

impl KeptLayout {
    fn mapped(&self, to: &impl Fn(u32) -> Option<u32>, of_row: &[Option<u32>]) -> Self {
        let mut projection = (*self.projection).clone();
        for (_, set) in sets::of_projection(&mut projection) {
            *set = mapped_set(set, to);
        }
        let mut layout = Layout::unplaced(of_row.len(), self.layout.dims());
        for (mut place, row) in layout.view_mut().rows_mut().into_iter().zip(of_row) {
            if let Some(from) = row.and_then(|row| self.layout.row(row as usize)) {
                place.iter_mut().zip(from).for_each(|(x, from)| *x = *from);
            }
        }
        Self {
            rows: self.rows.as_ref().map(|rows| mapped_set(rows, to)),
            projection: Arc::new(projection),
            layout: Arc::new(layout),
            ..self.clone()
        }
    }
}

fn mapped_set(set: &RowSet, to: &impl Fn(u32) -> Option<u32>) -> RowSet {
    set.iter().filter_map(to).collect()
}

/// Returns for each of the `rows` new rows which of `old` it was. If several become one, it is the
/// last of them.
fn sources(old: usize, to: &impl Fn(u32) -> Option<u32>, rows: usize) -> Vec<Option<u32>> {
    let mut sources = vec![None; rows];
    for row in 0..u32::try_from(old).unwrap_or(u32::MAX) {
        if let Some(new) = to(row) {
            sources[new as usize] = Some(row);
        }
    }
    sources
}

fn mapped_column(column: &Column, of_row: &[Option<u32>]) -> Column {
    let mut builder = ColumnBuilder::new(column.name());
    for row in of_row {
        builder.push(row.and_then(|row| column.text(row as usize)));
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_session::{CustomAxis, Dims, Method, Projection, SavedSelection, Search, Side, Tag, View};

    fn rows(rows: &[u32]) -> RowSet {
        RowSet::from(rows.to_vec())
    }

    fn bookmark() -> Bookmark {
        let axes = |side: &[u32]| {
            let left = Side::Rows(rows(side));
            let right = Side::Search(Search { text: "good".into(), ..Search::default() });
            [CustomAxis::Between { left, right }, CustomAxis::Off, CustomAxis::Random]
        };
        let mut labels = ColumnBuilder::new("word");
        [Some("a"), Some("b"), None, Some("d")].into_iter().for_each(|cell| labels.push(cell));
        let view = View {
            projection: Projection { axes: axes(&[0, 3]), ..Projection::default() },
            selection: rows(&[1, 3]),
            trail: vec![3, 0, 1, 3],
            saved_selections: vec![SavedSelection { name: "s".into(), rows: rows(&[0]) }],
            isolation: vec![rows(&[1, 2, 3]), rows(&[1, 3])],
            tags: vec![Tag { column: "c".into(), value: "v".into(), rows: rows(&[2, 3]) }],
            ..View::default()
        };
        let coordinates = ndarray::array![[0.0, 0.5], [1.0, 1.5], [f32::NAN, f32::NAN], [3.0, 3.5]];
        let kept = KeptLayout {
            method: Method::Custom,
            dims: Dims::Two,
            rows: Some(rows(&[0, 1, 3])),
            of_more: false,
            projection: Arc::new(Projection { axes: axes(&[2, 3]), ..Projection::default() }),
            layout: Arc::new(coordinates.into()),
            explained_variance: Arc::default(),
            steps: None,
        };
        let subject =
            Subject { embedding: "w".into(), rows: 4, dims: 7, fingerprint: Some(5), labels: Some(labels.finish()) };
        Bookmark {
            name: "n".into(),
            note: String::new(),
            seconds: None,
            subject: Arc::new(subject),
            view,
            layouts: vec![Arc::new(kept)],
            thumbnail: None,
        }
    }

    fn side(projection: &Projection) -> &[u32] {
        let CustomAxis::Between { left: Side::Rows(rows), .. } = &projection.axes[0] else { panic!("{projection:?}") };
        rows.as_slice()
    }

    /// Rows 3, 1, 0 become 0, 1, 2, and row 3 of the new ones is missing.
    #[test]
    fn renumbering_maps_everything_that_names_rows() {
        let mapped = bookmark().mapped(&|row| [Some(2), Some(1), None, Some(0)][row as usize], 4);
        let View { projection, selection, trail, saved_selections, isolation, tags, .. } = &mapped.view;
        assert_eq!((selection.as_slice(), &trail[..]), (&[0, 1][..], &[0, 2, 1, 0][..]));
        assert_eq!(*isolation, [rows(&[0, 1]), rows(&[0, 1])]);
        assert_eq!((saved_selections[0].rows.as_slice(), tags[0].rows.as_slice()), (&[2][..], &[0][..]));
        assert_eq!(side(projection), [0, 2]);
        let Subject { rows: count, dims, fingerprint, labels, .. } = &*mapped.subject;
        assert_eq!((*count, *dims, *fingerprint), (4, 7, None));
        let labels = labels.as_ref().unwrap();
        let texts: Vec<_> = (0..4).map(|row| labels.text(row)).collect();
        assert_eq!((labels.name(), texts), ("word", vec![Some("d"), Some("b"), Some("a"), None]));
        let kept = &mapped.layouts[0];
        assert_eq!((kept.rows.clone(), side(&kept.projection)), (Some(rows(&[0, 1, 2])), &[0][..]));
        assert_eq!(kept.layout.values()[..6], [3.0, 3.5, 1.0, 1.5, 0.0, 0.5]);
        assert!(kept.layout.values()[6..].iter().all(|x| x.is_nan()));
    }

    #[test]
    fn renumbering_leaves_out_missing_rows() {
        let mapped = bookmark().mapped(&|row| Some(row + 2), 4);
        assert_eq!(
            (mapped.view.selection.as_slice(), mapped.view.isolated().unwrap().as_slice()),
            (&[3][..], &[3][..])
        );
        assert_eq!(mapped.layouts[0].layout.values()[4..], [0.0, 0.5, 1.0, 1.5]);
    }
}
