//! Showing a bookmark on other data, or without data.

use std::{collections::HashMap, sync::Arc};

use parallax_embedding::{Column, Embedding, Metadata, Progress, Vectors};

use super::{Bookmark, KeptLayout, Subject};
use parallax_session::{Pick, Search, View, plural};

/// A bookmark adapted to other data.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// With the rows of those data.
    pub bookmark: Bookmark,
    /// The differences of the data, each part of a sentence.
    pub differences: Vec<String>,
}

/// Finds the rows of `bookmark` in `embedding`: by their labels if both have some, otherwise by
/// their numbers if there are as many rows. Returns `None` if neither is possible.
///
/// Rows of the same label are matched in order. Settings for columns that `embedding` does not have
/// are left out.
#[must_use]
pub fn fit(bookmark: &Bookmark, embedding: &Embedding) -> Option<Fitted> {
    let subject = &*bookmark.subject;
    let mut differences = shapes(subject, embedding);
    let labels = subject.labels.as_ref().and_then(|labels| Some((labels, namesake(labels, &embedding.metadata)?)));
    let by_label = labels.map(|(labels, column)| partners(labels, column, subject.rows));
    let of_any = by_label.as_ref().is_some_and(|partners| partners.iter().any(Option::is_some));
    let mut fitted = if let Some(partners) = by_label.filter(|_| of_any) {
        let found = partners.iter().flatten().count();
        if found < subject.rows {
            let were = if found == 1 { "was found by its label" } else { "were found by their labels" };
            differences.push(format!("{found} of {} {were}", plural(subject.rows, "row")));
        }
        bookmark.mapped(&|row| partners.get(row as usize).copied().flatten(), embedding.rows())
    } else if is_row_by_row(bookmark, embedding) {
        bookmark.mapped(&Some, embedding.rows())
    } else {
        return None;
    };
    let levels = fitted.view.isolation.len();
    fitted.view.isolation.retain(|level| !level.is_empty());
    if fitted.view.isolation.len() < levels {
        differences.push("none of the rows that it shows alone is here".to_owned());
    }
    leave_unknown_columns(&mut fitted.view, &embedding.metadata, &mut differences);
    Some(Fitted { bookmark: fitted, differences })
}

/// Rebuilds data that are not available from a bookmark: its widest layout as vectors, so that
/// distances are those of the picture, and the labels. Returns `None` if it has no layout.
#[must_use]
pub fn rebuild(bookmark: &Bookmark) -> Option<Embedding> {
    let widest = |kept: &&Arc<KeptLayout>| (kept.rows.as_ref() == bookmark.view.isolated(), kept.layout.dims());
    let layout = &bookmark.layouts.iter().max_by_key(widest)?.layout;
    let vectors = Vectors::from_array(layout.view().to_owned());
    let subject = &bookmark.subject;
    let name = if subject.embedding.is_empty() {
        "coordinates".into()
    } else {
        format!("{} (coordinates)", subject.embedding)
    };
    let mut embedding = Embedding::new(name, vectors, &Progress::default()).ok()?;
    if let Some(labels) = &subject.labels {
        embedding.metadata = Arc::new(Metadata::new(vec![labels.clone()]).ok()?);
    }
    Some(embedding)
}

/// Returns in what the data differ, apart from their columns.
fn shapes(subject: &Subject, embedding: &Embedding) -> Vec<String> {
    let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
    if subject.fingerprint.is_none() {
        // Nothing else is known of those that TensorBoard saved.
        return Vec::new();
    }
    let mut differences = Vec::new();
    if (subject.rows, subject.dims) != (rows, dims) {
        differences.push(format!("{} x {} there, {rows} x {dims} here", subject.rows, subject.dims));
    } else if subject.fingerprint != Some(embedding.fingerprint()) {
        differences.push("the vectors have other values, so that the coordinates are not theirs".to_owned());
    }
    differences
}

/// Whether the data can be those of the bookmark, row by row.
fn is_row_by_row(bookmark: &Bookmark, embedding: &Embedding) -> bool {
    let (rows, dims) = (embedding.rows(), embedding.vectors.dims());
    let subject = &bookmark.subject;
    if subject.fingerprint.is_some() {
        return subject.rows == rows;
    }
    let isolated = bookmark.view.isolated();
    // TensorBoard does not always say how many rows there are besides the isolated ones.
    let fits = isolated.map_or(subject.rows == rows, |rows_alone| rows_alone.below(rows).len() == rows_alone.len());
    fits && subject.dims == dims
}

/// Returns the column that labels rows as `labels` does: the one of the same name, or else the
/// default column of labels.
fn namesake<'a>(labels: &Column, metadata: &'a Metadata) -> Option<&'a Column> {
    metadata.column(labels.name()).or_else(|| metadata.default_label())
}

/// For each of `rows` rows, the row with the same label: the first of several for the first, the
/// second for the second.
fn partners(there: &Column, here: &Column, rows: usize) -> Vec<Option<u32>> {
    let mut places: HashMap<&str, Vec<u32>> = HashMap::new();
    for row in (0..here.len()).rev() {
        if let Some(text) = here.text(row) {
            places.entry(text).or_default().push(row as u32);
        }
    }
    (0..rows).map(|row| places.get_mut(there.text(row)?)?.pop()).collect()
}

/// Removes settings for missing columns from `view`.
fn leave_unknown_columns(view: &mut View, metadata: &Metadata, differences: &mut Vec<String>) {
    // A column of tags is made by the view itself.
    let tagged: Vec<String> = view.tags.iter().map(|tag| tag.column.clone()).collect();
    let mut missing = Vec::new();
    let mut is_known = |name: &String| {
        let known = metadata.column(name).is_some() || tagged.contains(name);
        if !known && !missing.contains(name) {
            missing.push(name.clone());
        }
        known
    };
    for pick in [&mut view.color_by, &mut view.label_by, &mut view.naming.by] {
        if matches!(pick, Pick::Column(name) if !is_known(name)) {
            *pick = Pick::Auto;
        }
    }
    view.filter = view.filter.kept(|brush| is_known(&brush.column));
    if view.search.column.as_ref().is_some_and(|name| !is_known(name)) {
        view.search = Search::default();
    }
    if view.doctor.column.as_ref().is_some_and(|name| !is_known(name)) {
        view.doctor.column = None;
    }
    if view.projection.supervisor.as_ref().is_some_and(|name| !is_known(name)) {
        view.projection.supervisor = None;
    }
    if !missing.is_empty() {
        differences.push(format!("there is no column “{}” here", missing.join("”, “")));
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{ColumnBuilder, RowSet};
    use parallax_projection::{Layout, Method};

    use super::*;
    use parallax_session::{Brush, Dims, Projection};

    fn column(name: &str, texts: &[&str]) -> Column {
        let mut column = ColumnBuilder::new(name);
        texts.iter().for_each(|text| column.push(Some(text)));
        column.finish()
    }

    /// One-dimensional vectors of these `values`, with these labels.
    fn embedding(values: &[f32], labels: &[&str]) -> Embedding {
        let vectors = Vectors::from_f32(values.len(), 1, values.to_vec()).unwrap();
        let mut embedding = Embedding::new("x", vectors, &Progress::default()).unwrap();
        if !labels.is_empty() {
            embedding.metadata = Arc::new(Metadata::new(vec![column("word", labels)]).unwrap());
        }
        embedding
    }

    /// Made on `embedding`, with its second row selected, and laid out at 0, 1, 2...
    fn bookmark(embedding: &Embedding) -> Bookmark {
        let rows = embedding.rows();
        let layout = Layout::from(ndarray::Array2::from_shape_fn((rows, 1), |(row, _)| row as f32));
        let kept = KeptLayout {
            method: Method::Pca,
            dims: Dims::Three,
            rows: None,
            of_more: false,
            projection: Arc::new(Projection::default()),
            layout: Arc::new(layout),
            explained_variance: Arc::new([]),
            steps: None,
        };
        Bookmark {
            name: "a".into(),
            note: String::new(),
            seconds: None,
            subject: Arc::new(Subject::of(embedding, embedding.metadata.column("word"))),
            view: View { selection: RowSet::from(vec![1]), ..View::default() },
            layouts: vec![Arc::new(kept)],
            thumbnail: None,
        }
    }

    #[track_caller]
    fn check(there: &Embedding, here: &Embedding, selected: &[u32], coordinates: &[f32], differences: &[&str]) {
        let fitted = fit(&bookmark(there), here).expect("it fits");
        assert_eq!(fitted.bookmark.view.selection.as_slice(), selected);
        let found = &fitted.bookmark.layouts[0].layout.values();
        let same = |a: &f32, b: &f32| a == b || a.is_nan() && b.is_nan();
        assert!(
            found.len() == coordinates.len() && found.iter().zip(coordinates).all(|(a, b)| same(a, b)),
            "{found:?}"
        );
        assert_eq!(fitted.differences, differences);
    }

    const OTHER: &str = "the vectors have other values, so that the coordinates are not theirs";

    #[test]
    fn rows_are_found_by_their_labels() {
        let there = embedding(&[1.0, 2.0, 3.0], &["a", "b", "b"]);
        check(&there, &embedding(&[5.0, 6.0, 7.0], &["b", "a", "b"]), &[0], &[1.0, 0.0, 2.0], &[OTHER]);
        let nan = f32::NAN;
        let differences = ["3 x 1 there, 4 x 1 here", "2 of 3 rows were found by their labels"];
        check(&there, &embedding(&[5.0; 4], &["x", "b", "a", "y"]), &[1], &[nan, 1.0, 0.0, nan], &differences);
    }

    #[test]
    fn rows_without_labels_are_found_by_their_numbers() {
        let there = embedding(&[1.0, 2.0, 3.0], &[]);
        check(&there, &embedding(&[3.0, 2.0, 1.0], &["a", "b", "c"]), &[1], &[0.0, 1.0, 2.0], &[OTHER]);
        assert!(fit(&bookmark(&there), &embedding(&[1.0; 4], &[])).is_none());
    }

    #[test]
    fn columns_that_are_missing_are_left_out_and_reported() {
        let there = embedding(&[1.0, 2.0], &["a", "b"]);
        let mut of = bookmark(&there);
        of.view.color_by = Pick::Column("color".into());
        of.view.label_by = Pick::Column("word".into());
        of.view.filter = Brush::only("color", Vec::new()).into();
        let fitted = fit(&of, &there).unwrap();
        let View { color_by, label_by, filter, .. } = fitted.bookmark.view;
        assert_eq!((color_by, label_by, filter.is_empty()), (Pick::Auto, Pick::Column("word".into()), true));
        assert_eq!(fitted.differences, ["there is no column “color” here"]);
    }

    #[test]
    fn bookmark_without_data_is_rebuilt_from_its_coordinates() {
        let rebuilt = rebuild(&bookmark(&embedding(&[1.0, 2.0, 9.0], &["a", "b", "c"]))).unwrap();
        assert_eq!(rebuilt.vectors.as_f32(), Some(&[0.0, 1.0, 2.0][..]));
        assert_eq!(
            (&*rebuilt.name, rebuilt.metadata.column("word").unwrap().text(2).unwrap()),
            ("x (coordinates)", "c")
        );
        let bare = Bookmark { layouts: Vec::new(), ..bookmark(&embedding(&[1.0], &[])) };
        assert!(rebuild(&bare).is_none());
    }
}
