//! Drafts of whole embeddings.

use parallax_embedding::{ColumnBuilder, Metadata, Vectors, random};
use parallax_projection::project;
use parallax_session::{Against, Dims, Method, Projection};

use super::*;
use crate::Subject;

/// Drafts a tour of the first three principal components of `vectors`.
fn drafted(vectors: Array2<f32>, view: View) -> Vec<Bookmark> {
    drafted_with(vectors, Metadata::default(), view)
}

/// Does the same with metadata.
fn drafted_with(vectors: Array2<f32>, metadata: Metadata, view: View) -> Vec<Bookmark> {
    let progress = Progress::default();
    let mut embedding = Embedding::new("v", Vectors::from_array(vectors), &progress).unwrap();
    embedding.metadata = Arc::new(metadata);
    let projection = Projection { method: Method::Pca, dims: Dims::Three, ..Projection::default() };
    let space = Space::new(embedding.vectors.clone(), embedding.non_finite.clone());
    let recipe = projection.recipe(&embedding.metadata, None).unwrap();
    let kept = KeptLayout {
        method: Method::Pca,
        dims: Dims::Three,
        rows: None,
        of_more: false,
        layout: project(&recipe, &space, &progress).unwrap().layout,
        projection: Arc::new(projection.clone()),
        explained_variance: Arc::default(),
        steps: None,
    };
    let seen = Bookmark {
        name: String::new(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject::of(&embedding, None)),
        view: View { projection, ..view },
        layouts: vec![Arc::new(kept)],
        thumbnail: None,
    };
    draft(&seen, &embedding, &space, &progress).unwrap()
}

/// Normally distributed numbers, by the method of Box and Muller.
fn normal(at: u64) -> f32 {
    let [a, b] = [2 * at, 2 * at + 1].map(random::unit);
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

/// The three components keep 3 % of the neighbors.
#[test]
fn noise_has_no_tear() {
    for seed in 0..3_u64 {
        let number = |(row, dim)| normal((seed << 32) + row as u64 * 50 + dim as u64);
        let stops = drafted(Array2::from_shape_fn((1500, 50), number), View::default());
        assert!(stops.iter().all(|stop| stop.name != "Where the layout tears"), "{seed}");
        let note = &stops[0].note;
        assert!(note.contains("a part that tears (all rows keep only "), "{note}");
    }
}

/// Two heaps, and rows far from both.
#[test]
fn stops_compare_nothing() {
    let number = |(row, dim): (usize, usize)| {
        let far = if row >= 298 { 500.0 * (row - 297) as f32 } else { (row % 2) as f32 * 40.0 };
        normal((row * 3 + dim) as u64) + if dim == 0 { far } else { 0.0 }
    };
    let vectors = Array2::from_shape_fn((300, 3), number);
    let view = View { selection: (0..9).collect(), apart: Some(Against::Rest), ..View::default() };
    let stops = drafted(vectors, view);
    let far = stops.iter().find(|stop| stop.name == "Rows that stand apart").unwrap();
    assert!(far.view.selection.contains(298) && far.view.selection.contains(299), "{}", far.note);
    assert!(stops.iter().all(|stop| stop.view.apart.is_none()));
}

/// Two heaps that overlap, a column of numbers that are few, and one of texts, as the iris has them.
#[test]
fn borders_are_between_texts_before_numbers() {
    let number = |(row, dim): (usize, usize)| {
        normal((row * 4 + dim) as u64) + if dim == 0 { (row % 2) as f32 * 2.0 } else { 0.0 }
    };
    let vectors = Array2::from_shape_fn((400, 4), number);
    let column = |name: &str, cell: &dyn Fn(u32) -> String| {
        let mut column = ColumnBuilder::new(name);
        (0..400).for_each(|row| column.push(Some(&cell(row))));
        column.finish()
    };
    let length = column("length", &|row| format!("{}.5", row % 5));
    let class = column("class", &|row| ["setosa", "virginica"][row as usize % 2].into());
    let metadata = Metadata::new(vec![length, class]).unwrap();
    let borders = |view: View| {
        let stops = drafted_with(vectors.clone(), metadata.clone(), view);
        let is_border = |stop: &Bookmark| stop.name.starts_with("Between ");
        stops.into_iter().find(is_border).map(|stop| (stop.name, stop.note))
    };
    let (name, note) = borders(View::default()).unwrap();
    assert_eq!(name, "Between setosa and virginica");
    assert!(note.contains(" of column “class” ") && note.contains("at least 12 of the 15 on either"), "{note}");
    let chosen = View { color_by: Pick::Column("length".into()), ..View::default() };
    assert!(borders(chosen).is_none_or(|(_, note)| note.contains(" of column “length” ")));
}

/// Labels dealt out at random: rows between any two of them are everywhere.
#[test]
fn labels_of_chance_have_no_borders_and_name_no_clusters() {
    let number = |(row, dim): (usize, usize)| {
        normal((row * 4 + dim) as u64) + if dim == 0 { (row % 2) as f32 * 20.0 } else { 0.0 }
    };
    let vectors = Array2::from_shape_fn((400, 4), number);
    for (seed, is_of_chance) in [(3_u64, true), (5, true), (0, false)] {
        let cell = |row: u32| {
            let one =
                if is_of_chance { random::unit((seed << 32) + u64::from(row)) < 0.5 } else { row.is_multiple_of(2) };
            ["yes", "no"][usize::from(one)]
        };
        let mut column = ColumnBuilder::new("coin");
        (0..400).for_each(|row| column.push(Some(cell(row))));
        let metadata = Metadata::new(vec![column.finish()]).unwrap();
        let stops = drafted_with(vectors.clone(), metadata, View::default());
        let note = &stops[0].note;
        let said = note.matches("(neighbors say nothing about “coin”: they share it ").count();
        assert_eq!(said, if is_of_chance { 2 } else { 0 }, "{note}");
        assert!(stops.iter().all(|stop| !stop.name.starts_with("Between ")), "{seed}");
        let is_named = stops.iter().any(|stop| stop.name == "yes");
        assert!(
            stops.iter().any(|stop| stop.name == "Cluster 1") == is_of_chance && is_named != is_of_chance,
            "{note}"
        );
    }
}

#[test]
fn equal_rows_are_said_first() {
    let note = |vectors: Array2<f32>| drafted(vectors, View::default()).swap_remove(0).note;
    let equal = note(Array2::from_elem((50, 3), 1.5));
    assert!(equal.starts_with("All rows are equal, so that their layout and its clusters mean nothing. 50 rows of "));
    assert!(!note(Array2::from_shape_fn((50, 3), |(row, _)| row as f32)).contains("equal"));
}

/// Sentences about one to five rows have words for small numbers.
#[test]
fn small_numbers_have_words_of_their_own() {
    for rows in 1..6 {
        let number = |(row, dim): (usize, usize)| normal((row * 3 + dim) as u64);
        let stops = drafted(Array2::from_shape_fn((rows, 3), number), View::default());
        let text = stops.iter().map(|stop| stop.note.as_str()).collect::<Vec<&str>>().join("\n");
        let wrong = ["1th", "2th", "3th", "1 nearest", "1 have ", " 1 rows", "(1 rows", "1 others", "16 rows side"];
        for wrong in wrong {
            assert!(!text.contains(wrong), "{wrong:?} of {rows}: {text}");
        }
        assert!(rows != 3 || text.contains("a part that tears (there are only 3 rows in the layout)"), "{text}");
    }
}

#[test]
fn names_are_told_apart() {
    let names = ["a", "b", "a", "a (2)", "a"].map(str::to_owned);
    assert_eq!(distinct(names), ["a", "b", "a (2)", "a (2) (2)", "a (3)"]);
}
