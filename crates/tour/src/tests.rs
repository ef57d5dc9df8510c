//! Writes tours to files and reads them back.

use std::{path::Path, sync::Arc};

use ndarray::Array2;
use parallax_embedding::{Column, ColumnBuilder, RowSet};
use parallax_projection::Layout;
use proptest::prelude::*;

use super::*;
use parallax_session::{
    Brush, CustomAxis, Doctor, Filter, LabelCheck, Origin, OwnCamera, Pick, Pose, SavedSelection, Search, Side, Tag,
};

const ROWS: usize = 60;

fn written(tour: &Tour, name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    assert_eq!(write_tour(tour, None, &path).unwrap(), []);
    (folder, path)
}

/// They had one filter or none, for values of a column.
#[test]
fn filters_of_older_versions_are_read() {
    let read = |filter: &str| ron::from_str::<parallax_session::View>(&format!("(filter: {filter})")).unwrap().filter;
    assert_eq!(read("None"), Filter::default());
    let old = r#"Some((column: "c", values: [Some("x"), None], only: true))"#;
    assert_eq!(read(old), Brush::only("c", vec![Some("x".into()), None]).into());
}

fn round_trip(tour: &Tour) -> Tour {
    let (_folder, path) = written(tour, "a.ron");
    assert!(is_tour(&path));
    let read = read_tour(&path).unwrap();
    assert_eq!(read.problems, []);
    read.tour
}

fn bits(layout: &Layout) -> Vec<u32> {
    // All NaN are equal: a row without a place.
    layout.values().iter().map(|x| if x.is_nan() { f32::NAN } else { *x }.to_bits()).collect()
}

fn same_layout(a: &KeptLayout, b: &KeptLayout) {
    assert_eq!((a.method, a.dims, &a.rows, a.of_more), (b.method, b.dims, &b.rows, b.of_more));
    assert_eq!((&a.projection, a.layout.dims(), bits(&a.layout)), (&b.projection, b.layout.dims(), bits(&b.layout)));
    assert_eq!((&a.explained_variance, &a.steps), (&b.explained_variance, &b.steps));
}

fn same(a: &Tour, b: &Tour) {
    assert_eq!((a.looping, a.seconds, a.bookmarks.len()), (b.looping, b.seconds, b.bookmarks.len()));
    for (a, b) in a.bookmarks.iter().zip(&b.bookmarks) {
        assert_eq!((&a.name, &a.note, a.seconds, &a.thumbnail), (&b.name, &b.note, b.seconds, &b.thumbnail));
        assert_eq!((&a.subject, &a.view), (&b.subject, &b.view));
        assert_eq!(a.layouts.len(), b.layouts.len());
        a.layouts.iter().zip(&b.layouts).for_each(|(a, b)| same_layout(a, b));
    }
}

fn rows() -> impl Strategy<Value = RowSet> {
    prop_oneof![
        prop::collection::vec(0..ROWS as u32, 0..ROWS).prop_map(RowSet::from),
        (0..ROWS as u32, 0..ROWS as u32).prop_map(|(a, b)| (a..b).collect()),
    ]
}

fn side() -> impl Strategy<Value = Side> {
    let search = |(text, regex): (String, bool)| Side::Search(Search { text, regex, ..Search::default() });
    prop_oneof![(".{0,5}", any::<bool>()).prop_map(search), rows().prop_map(Side::Rows)]
}

fn axis() -> impl Strategy<Value = CustomAxis> {
    prop_oneof![
        (side(), side()).prop_map(|(left, right)| CustomAxis::Between { left, right }),
        (prop::collection::vec(-9.0_f32..9.0, 0..4), "[a-z ]{0,9}", "[a-z ]{0,9}")
            .prop_map(|(direction, left, right)| CustomAxis::Along { direction, ends: [left, right] }),
        (0_usize..10).prop_map(CustomAxis::Component),
        Just(CustomAxis::Random),
        Just(CustomAxis::Off),
    ]
}

fn projection() -> impl Strategy<Value = Projection> {
    let dims = prop::sample::select(vec![Dims::Two, Dims::Three]);
    let method = prop::sample::select(Method::ALL.to_vec());
    // 30 and 15 are the defaults, which may also be asked for.
    let asked = prop::sample::select(vec![(None, None), (Some(30.0), Some(15)), (Some(9.5), Some(7))]);
    (method, dims, any::<(f32, u64)>(), [axis(), axis(), axis()], asked).prop_map(
        |(method, dims, (supervision, seed), axes, (perplexity, neighbors))| {
            let supervision = if supervision.is_nan() { 0.5 } else { supervision };
            let mut projection = Projection { method, dims, supervision, axes, seed, ..Projection::default() };
            (projection.tsne.perplexity, projection.umap.neighbors) = (perplexity, neighbors);
            projection
        },
    )
}

fn labels() -> impl Strategy<Value = Column> {
    prop::collection::vec(prop::option::of("[a-c\u{e9}\n\t\"]{1,3}"), ROWS).prop_map(|cells| {
        let mut builder = ColumnBuilder::new("the \"word\"");
        cells.iter().for_each(|cell| builder.push(cell.as_deref()));
        builder.finish()
    })
}

fn layout(dims: usize, coordinates: Vec<f32>) -> Layout {
    Array2::from_shape_vec((coordinates.len() / dims, dims), coordinates).unwrap().into()
}

fn kept() -> impl Strategy<Value = KeptLayout> {
    let coordinate = prop_oneof![3 => any::<f32>(), 1 => Just(f32::NAN)];
    let layout = (2_usize..4, prop::collection::vec(coordinate, ROWS * 3), rows()).prop_map(|(dims, mut all, away)| {
        all.truncate(ROWS * dims);
        away.iter().for_each(|row| all[row as usize * dims..][..dims].fill(f32::NAN));
        layout(dims, all)
    });
    let finite = |x: f64| if x.is_nan() { 0.0 } else { x };
    let variance = prop::collection::vec(any::<f64>().prop_map(finite), 0..4);
    let steps = prop::option::of((any::<usize>(), prop::collection::vec(0.0_f32..9.0, 0..9), any::<bool>()));
    let steps = steps.prop_map(|steps| {
        steps.map(|(iteration, kl, outdated)| Steps {
            iteration,
            iterations: 7,
            kl: kl.into(),
            running: false,
            outdated,
        })
    });
    (projection(), prop::option::of(rows()), any::<bool>(), layout, variance, steps).prop_map(
        |(projection, rows, of_more, layout, variance, steps)| KeptLayout {
            method: projection.method,
            dims: projection.dims,
            rows,
            of_more,
            projection: Arc::new(projection),
            layout: Arc::new(layout),
            explained_variance: variance.into(),
            steps,
        },
    )
}

fn view() -> impl Strategy<Value = View> {
    let sets = (rows(), rows(), prop::collection::vec(rows(), 0..3), rows());
    (projection(), sets, prop::collection::vec(0..ROWS as u32, 0..9), prop::option::of(".{0,9}")).prop_map(
        |(projection, (selection, saved, isolation, tagged), trail, run)| View {
            projection,
            trail,
            saved_selections: vec![SavedSelection { name: "a \\ \"b\"\nc".into(), rows: saved }],
            isolation,
            doctor: Doctor {
                checks: vec![LabelCheck {
                    column: "d".into(),
                    into: "c".into(),
                    kept: tagged.clone(),
                    skipped: selection.clone(),
                }],
                ..Doctor::default()
            },
            selection,
            tags: vec![Tag { column: "c".into(), value: "\r\n".into(), rows: tagged }],
            filter: run.clone().map_or_else(Filter::default, |value| {
                Filter::from(Brush::only("c", vec![Some(value), None])).with(Brush::range("d", [-0.5, 1e9]))
            }),
            run,
            ..View::default()
        },
    )
}

fn tour() -> impl Strategy<Value = Tour> {
    let subject = (any::<Option<u64>>(), prop::option::of(labels())).prop_map(|(fingerprint, labels)| {
        Arc::new(Subject { embedding: "w\"".into(), rows: ROWS, dims: 5, fingerprint, labels })
    });
    let layouts = prop::collection::vec(kept().prop_map(Arc::new), 1..3);
    let one = ("\\PC*", "(.|\n){0,20}", prop::option::of(0.1_f32..9.0), view(), any::<[bool; 2]>());
    (subject, layouts, prop::collection::vec(one, 0..4), any::<bool>()).prop_map(|(subject, layouts, all, looping)| {
        let bookmark =
            |(name, note, seconds, view, [some, drawn]): (String, String, Option<f32>, View, [bool; 2])| Bookmark {
                name,
                note,
                seconds,
                subject: Arc::clone(&subject),
                view,
                layouts: if some { layouts[..1].to_vec() } else { layouts.clone() },
                thumbnail: drawn.then(|| Arc::from(&b"\x89PNG..."[..])),
            };
        Tour { bookmarks: all.into_iter().map(bookmark).collect(), looping, seconds: 2.5 }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tour_is_read_as_written(tour in tour()) {
        same(&round_trip(&tour), &tour);
    }

    /// Reading and writing again gives the same text: shared parts are recognized.
    #[test]
    fn tour_is_written_as_read(tour in tour()) {
        let path = Path::new("/a/b.ron");
        let text = |tour: &Tour| store::text(&tour.bookmarks.iter().collect::<Vec<_>>(), tour.looping, tour.seconds, path);
        let first = text(&tour).unwrap();
        let read = load::read(&first, path).unwrap();
        prop_assert_eq!(text(&read.tour).unwrap(), first);
    }

    #[test]
    fn tour_that_is_damaged_is_read_or_refused(tour in tour(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let path = Path::new("a.ron");
        let text = store::text(&tour.bookmarks.iter().collect::<Vec<_>>(), false, 1.0, path).unwrap();
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _: Result<_, _> = load::read(&String::from_utf8_lossy(&bytes), path);
        bytes.truncate(cut.index(bytes.len()));
        let _: Result<_, _> = load::read(&String::from_utf8_lossy(&bytes), path);
    }
}

/// The built-in tour is complete: six bookmarks of the demo's words, with everything they show.
/// The durations of a file, and how long the bookmark is shown: at least 0.1 seconds, at most a day.
#[test]
fn durations_of_any_size_have_a_range() {
    let read = |common: &str, own: &str| {
        let (mut tour, path) = (demo_tour(), Path::new("a.ron"));
        (tour.bookmarks[0].seconds, tour.seconds) = (Some(-7654.0), -8765.0);
        let text = store::text(&tour.bookmarks.iter().take(1).collect::<Vec<_>>(), false, tour.seconds, path);
        let text = text.unwrap().replacen("-7654.0", own, 1).replacen("-8765.0", common, 1);
        let tour = load::read(&text, path).unwrap().tour;
        [0, 1].map(|place| tour.seconds(place))
    };
    for (seconds, expected) in [
        ("2.5", 2.5),
        ("1e-30", 0.1),
        ("1e20", 86_400.0),
        ("1e30", 86_400.0),
        ("inf", 86_400.0),
        ("0.0", Tour::SECONDS),
        ("-1.0", Tour::SECONDS),
        ("NaN", Tour::SECONDS),
    ] {
        assert_eq!(read("5.0", seconds), [expected, 5.0], "{seconds}");
        assert_eq!(read(seconds, "5.0"), [5.0, expected], "{seconds}");
    }
}

#[test]
fn demo_tour_reads_without_problems() {
    let text = include_str!("../../../assets/tour.ron");
    let read = load::read(text, Path::new("tour.ron")).unwrap();
    assert_eq!((read.tour.bookmarks.len(), read.problems), (6, Vec::new()));
    let words = parallax_formats::demo(parallax_session::Demo::Words)
        .load(0, 0, &parallax_embedding::Progress::default())
        .unwrap();
    for bookmark in &read.tour.bookmarks {
        assert!(bookmark.subject.is(&words.embedding), "{}", bookmark.name);
        assert!(
            bookmark.seen().is_some() && bookmark.thumbnail.is_some() && !bookmark.note.is_empty(),
            "{}",
            bookmark.name
        );
    }
    let rows: Vec<Option<usize>> =
        read.tour.bookmarks.iter().map(|bookmark| bookmark.view.isolated().map(RowSet::len)).collect();
    assert_eq!(rows, [None, None, Some(101), Some(101), None, None]);
}

/// The bookmark of the projector's own demo.
fn demo_of_tensorboard() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/word2vec_full_bookmarks.txt")
}

#[test]
fn projector_bookmark_shows_the_same() {
    let path = demo_of_tensorboard();
    assert!(is_tour(&path));
    let ReadTour { tour, problems } = read_tour(&path).unwrap();
    assert_eq!((tour.bookmarks.len(), problems), (1, vec![]));
    let bookmark = &tour.bookmarks[0];
    let view = &bookmark.view;
    assert_eq!(
        (&*bookmark.name, bookmark.subject.rows, bookmark.subject.dims),
        ("Politics: \"Bad\" to \"Good\"", 7032, 200)
    );
    assert_eq!(
        (view.isolated().unwrap().len(), view.selection.as_slice(), &view.origin),
        (101, &[1667][..], &Origin::Kept)
    );
    let kinds: Vec<_> = bookmark.layouts.iter().map(|kept| (kept.method, kept.dims, kept.layout.dims())).collect();
    assert_eq!(kinds, [(Method::Pca, Dims::Three, 10), (Method::Custom, Dims::Two, 2)]);
    let seen = bookmark.seen().unwrap();
    assert_eq!((seen.method, seen.rows.as_ref()), (Method::Custom, view.isolated()));
    // The first and the last of the file.
    assert_eq!(seen.layout.row(399).unwrap(), [-0.036_822_405, -1.514_978_6]);
    let placed = (0..7032).filter(|&row| seen.layout.row(row).unwrap()[0].is_finite()).count();
    assert_eq!(placed, 101);
    let CustomAxis::Between { left: Side::Search(left), right: Side::Search(right) } = &view.projection.axes[0] else {
        panic!("{:?}", view.projection.axes)
    };
    assert_eq!(
        (&*left.text, left.regex, &*right.text, left.column.as_deref()),
        ("^bad$", true, "^good$", Some("word"))
    );
    assert_eq!((&view.color_by, &view.label_by), (&Pick::Nothing, &Pick::Column("word".into())));
    assert_eq!(view.projection.tsne.learning_rate, Some(10.0));
    assert!(view.pose.unwrap().radius > 0.5);
}

/// Rows are in ascending order afterwards, each with its values; numbers are rounded to 24 bits.
#[test]
fn projector_bookmark_is_written_as_read() {
    let tour = read_tour(&demo_of_tensorboard()).unwrap().tour;
    let (_folder, path) = written(&tour, "b.json");
    let json = |path: &Path| serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).unwrap()).unwrap();
    let (theirs, ours) = (json(&demo_of_tensorboard()), json(&path));
    let (theirs, ours) = (theirs[0].as_object().unwrap(), ours[0].as_object().unwrap());
    let of_rows = |state: &serde_json::Map<String, serde_json::Value>| {
        let rows = state["filteredPoints"].as_array().unwrap().iter().map(|row| row.as_u64().unwrap());
        let selected = state["selectedPoints"].as_array().unwrap().iter().map(|at| at.as_u64().unwrap() as usize);
        let rows: Vec<u64> = rows.collect();
        let selected: Vec<u64> = selected.map(|at| rows[at]).collect();
        let places = state["projections"].as_array().unwrap().iter().cloned();
        let mut places: Vec<_> = rows.into_iter().zip(places).collect();
        places.sort_by_key(|(row, _)| *row);
        (places, selected)
    };
    let ((their_places, their_selection), (our_places, our_selection)) = (of_rows(theirs), of_rows(ours));
    assert_eq!(their_selection, our_selection);
    for ((row, theirs), (our_row, ours)) in their_places.iter().zip(&our_places) {
        assert_eq!(row, our_row);
        assert!(near(theirs, ours), "{theirs} {ours}");
    }
    for (key, value) in theirs {
        let is_of_rows = ["projections", "selectedPoints", "filteredPoints", "isSelected"].contains(&&**key);
        assert!(is_of_rows || near(value, &ours[key]), "{key}: {value} {}", ours[key]);
    }
}

fn near(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-6 * a.abs().max(1.0)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| near(a, &b[key])),
        _ => a == b,
    }
}

/// The projector has no tags.
#[test]
fn projector_bookmark_says_what_tags_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let lost = |columns: &[&str], color_by: Pick| -> Vec<String> {
        let mut tour = read_tour(&demo_of_tensorboard()).unwrap().tour;
        let tag = |column: &&str| Tag { column: (*column).into(), value: "x".into(), rows: RowSet::from(vec![1]) };
        let view = &mut tour.bookmarks[0].view;
        (view.tags, view.color_by) = (columns.iter().map(tag).collect(), color_by);
        let lost = write_tour(&tour, None, &folder.path().join("a.txt")).unwrap();
        lost.into_iter().map(|problem| problem.message).collect()
    };
    assert_eq!(lost(&[], Pick::Column("b".into())), [""; 0]);
    assert_eq!(lost(&["b", "a", "b"], Pick::Nothing), ["its tags are left out (columns \"a\", \"b\")"]);
    let colored = ["its tags are left out (column \"b\"), and what they color"];
    assert_eq!(lost(&["b"], Pick::Column("b".into())), colored);
}

/// A bookmark whose numbers no one can mean is shown as one without them.
#[test]
fn odd_durations_and_cameras_are_reported() {
    let read = |seconds: &str, focus: &str, radius: &str| {
        let text = format!(
            "(\n parallax_tour: 1,\n seconds: 5.0,\n bookmarks: [
  (name: \"a\", seconds: Some({seconds}), subject: 0, view: (pose: Some((focus: ({focus}, 0.0, 0.0), yaw: 0.0, pitch: 0.0, radius: {radius})))),
 ],\n subjects: [(embedding: \"e\", rows: 5, dims: 2)],\n)"
        );
        let (tour, said) = read_text(&text);
        (tour.bookmarks[0].seconds, tour.bookmarks[0].view.pose.is_some(), said)
    };
    assert_eq!(read("2.5", "0.5", "3.0"), (Some(2.5), true, Vec::new()));
    let at = "a.ron: bookmark 1 \"a\", line 5, column 3:";
    for (seconds, becomes, said) in [
        ("1e30", Some(86_400.0), "the duration is 1e30 seconds, and becomes 86400."),
        ("0.01", Some(0.1), "the duration is 0.01 seconds, and becomes 0.1."),
        ("-5.0", Some(6.0), "the duration is -5.0 seconds, and becomes 6."),
        ("NaN", Some(6.0), "the duration is NaN seconds, and becomes 6."),
    ] {
        assert_eq!(read(seconds, "0.5", "3.0"), (becomes, true, vec![format!("{at} {said}")]), "{seconds}");
    }
    for (focus, radius) in [("NaN", "3.0"), ("0.5", "inf"), ("0.5", "0.0")] {
        let said = format!("{at} its camera is at no place, and is left out.");
        assert_eq!(read("2.5", focus, radius), (Some(2.5), false, vec![said]), "{focus} {radius}");
    }
    let (tour, said) = read_text("(\n parallax_tour: 1,\n seconds: NaN,\n bookmarks: [],\n)");
    assert_eq!((tour.seconds, said.len()), (Tour::SECONDS, 1), "{said:?}");
}

/// Bookmarks that were written before there were two cameras have one.
#[test]
fn second_camera_of_a_bookmark_is_read() {
    let read = |camera: &str| {
        let text = format!(
            "(\n parallax_tour: 1,\n seconds: 5.0,\n bookmarks: [
  (name: \"a\", subject: 0, view: (compared: Some((origin: path(path: \"b.npy\", options: ()), arrangement: side_by_side{camera})))),
 ],\n subjects: [(embedding: \"e\", rows: 5, dims: 2)],\n)"
        );
        let (tour, said) = read_text(&text);
        (tour.bookmarks[0].view.compared.as_ref().unwrap().camera, said)
    };
    assert_eq!(read(""), (None, Vec::new()));
    assert_eq!(read(", camera: Some(())"), (Some(OwnCamera::default()), Vec::new()));
    let posed = |radius: &str| {
        read(&format!(", camera: Some((pose: Some((focus: (0.0, 0.5, 0.0), yaw: 1.0, pitch: 0.0, radius: {radius}))))"))
    };
    let pose = Pose { focus: [0.0, 0.5, 0.0], yaw: 1.0, pitch: 0.0, radius: 2.0 };
    assert_eq!(posed("2.0"), (Some(OwnCamera { pose: Some(pose) }), Vec::new()));
    let (camera, said) = posed("0.0");
    assert_eq!((camera, said.len()), (Some(OwnCamera::default()), 1), "{said:?}");
    assert!(said[0].ends_with("the camera of its second picture is at no place, and is left out."), "{said:?}");
}

fn read_text(text: &str) -> (Tour, Vec<String>) {
    let read = load::read(text, Path::new("a.ron")).unwrap();
    (read.tour, read.problems.iter().map(ToString::to_string).collect())
}

#[test]
fn tour_leaves_out_and_reports_broken_and_newer_parts() {
    let text = "(\n parallax_tour: 1,\n bookmarks: [
  (name: \"a\", subject: 0, view: (look: (size: 2.0, glow: 1), selection: [1, 9], wings: 2)),
  (name: \"b\", subject: 0, view: (\n    projection: (method: hyperbolic))),
  (name: \"c\", subject: 3, view: ()),
  (name: \"d\", subject: 0, layouts: [0, 1], view: (), thumbnail: Some(\"?\")),
 ],
 subjects: [(embedding: \"e\", rows: 5, dims: 2)],
 layouts: [(method: hyperbolic, dims: two, coordinates: 0, projection: ())],
 from_the_future: 7,
)";
    let (tour, problems) = read_text(text);
    let names: Vec<_> = tour.bookmarks.iter().map(|bookmark| &*bookmark.name).collect();
    assert_eq!(names, ["a", "d"]);
    assert_eq!((tour.bookmarks[0].view.look.size, tour.bookmarks[0].view.selection.as_slice()), (2.0, &[1][..]));
    let expected = [
        "a.ron: bookmark 1 \"a\", line 4, column 3: what is not known here is left out of it: \"look.glow\", \"wings\".",
        "a.ron: bookmark 1 \"a\", line 4, column 3: selection: 1 row is beyond the 5 of the data.",
        "a.ron: bookmark 2 \"b\", line 6, column",
        "a.ron: bookmark 3 \"c\", line 7, column 3: it is left out: there is no subject 3 in the file.",
        "a.ron: bookmark 4 \"d\", line 8, column 3: without a layout: layout 0: unexpected",
        "a.ron: bookmark 4 \"d\", line 8, column 3: without a layout: there is no layout 1 in the file.",
        "a.ron: bookmark 4 \"d\", line 8, column 3: without its picture: it is not base64",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn tour_of_a_newer_version_or_another_format_is_refused() {
    let error = load::read("(\n parallax_tour: 2, all: Different(1))", Path::new("a.ron")).unwrap_err().to_string();
    let expected =
        "a.ron: line 2: this tour is of version 2; versions up to 1 are read here. Open it with a newer Parallax.";
    assert_eq!(error, expected);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ron");
    for content in ["", "[1,2]", "(a: 1)", "{\"embeddings\":[]}"] {
        std::fs::write(&path, content).unwrap();
        assert!(!is_tour(&path), "{content}");
        assert!(read_tour(&path).unwrap_err().to_string().contains("these are not bookmarks"), "{content}");
    }
    assert!(write_tour(&Tour::default(), None, &folder.path().join("x.yaml")).is_err());
}

/// A few bytes that claim to be a terabyte.
#[test]
fn tour_allocates_no_more_than_its_file_justifies() {
    let coordinates = |rows: &str, placed: &str, bytes: usize| {
        let packed = format!("(bytes: {bytes}, deflated: \"AwA=\")");
        let text = format!(
            "(parallax_tour: 1, bookmarks: [(name: \"a\", subject: 0, layouts: [0], view: (), view_rows: {{\"selection\": 0}})],
 subjects: [(embedding: \"\", rows: {rows}, dims: 2)], row_sets: [ranges(\"{placed}\")],
 layouts: [(method: pca, dims: two, coordinates: 0, projection: ())],
 coordinates: [(rows: {rows}, dims: 3, placed: ranges(\"{placed}\"), values: {packed})])"
        );
        read_text(&text).1
    };
    assert!(coordinates("4000000000", "0-3999999999", 0)[0].contains("more rows than a file of this size"));
    assert!(coordinates("80000000000000000", "", 0)[0].contains("more rows than a file of this size"));
    assert!(coordinates("10", "0-9", 120)[0].contains("without a layout"));
    assert!(coordinates("1000000", "0-999999", 12_000_000)[0].contains("cannot come out of 2 deflated ones"));
}

/// Equal coordinates are written once, and those beyond what is shown are not written.
#[test]
fn tour_shares_equal_parts_and_leaves_out_what_is_not_shown() {
    let coordinates: Vec<f32> = (0..200 * 10_u16).map(|x| f32::from(x).sin()).collect();
    let kept = || {
        Arc::new(KeptLayout {
            method: Method::Pca,
            dims: Dims::Three,
            rows: None,
            of_more: false,
            projection: Arc::default(),
            layout: Arc::new(layout(10, coordinates.clone())),
            explained_variance: vec![0.1; 10].into(),
            steps: None,
        })
    };
    let subject = Arc::new(Subject { rows: 200, dims: 20, ..Subject::default() });
    let bookmark = |components| Bookmark {
        name: String::new(),
        note: String::new(),
        seconds: None,
        subject: Arc::clone(&subject),
        view: View { projection: Projection { components, ..Projection::default() }, ..View::default() },
        layouts: vec![kept()],
        thumbnail: None,
    };
    let bookmarks = [bookmark([0, 1, 2]), bookmark([4, 0, 1]), bookmark([0, 1, 2])];
    let text = store::text(&bookmarks.iter().collect::<Vec<_>>(), false, 1.0, Path::new("a.ron")).unwrap();
    assert_eq!(text.matches("placed:").count(), 1);
    let (tour, problems) = read_text(&text);
    assert_eq!(problems, [""; 0]);
    let read = &tour.bookmarks[2].layouts[0];
    assert!(Arc::ptr_eq(&read.layout, &tour.bookmarks[0].layouts[0].layout));
    assert_eq!((read.layout.dims(), read.explained_variance.len()), (5, 10));
    assert_eq!(read.layout.row(199).unwrap(), &coordinates[1990..1995]);
}

/// The documented limit: 10,000 points in space with their names take less than 200 kB.
#[test]
fn tour_of_ten_thousand_points_is_small() {
    let random = |x: u32| x.wrapping_mul(0x9E37_79B9).rotate_left(13).wrapping_mul(0x85EB_CA6B);
    let coordinates = (0..30_000).map(|x| (random(x) as f32 / u32::MAX as f32 - 0.5) * 40.0).collect();
    let mut labels = ColumnBuilder::new("word");
    (0..10_000).for_each(|row| labels.push(Some(&format!("word {row}"))));
    let layout = KeptLayout {
        method: Method::Tsne,
        dims: Dims::Three,
        rows: None,
        of_more: false,
        projection: Arc::default(),
        layout: Arc::new(layout(3, coordinates)),
        explained_variance: Arc::default(),
        steps: Some(Steps { kl: vec![1.5; 1000].into(), ..Steps::default() }),
    };
    let bookmark = Bookmark {
        name: "t-SNE".into(),
        note: String::new(),
        seconds: None,
        subject: Arc::new(Subject { rows: 10_000, labels: Some(labels.finish()), ..Subject::default() }),
        view: View { selection: RowSet::all(9_000), ..View::default() },
        layouts: vec![Arc::new(layout)],
        thumbnail: None,
    };
    let text = store::text(&[&bookmark], false, 1.0, Path::new("a.ron")).unwrap();
    assert!(text.len() < 200_000, "{} bytes", text.len());
}
