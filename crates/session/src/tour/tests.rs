//! Tours to files and back.

use std::{path::Path, sync::Arc};

use parallax_embedding::{Column, ColumnBuilder, RowSet};
use parallax_projection::Layout;
use proptest::prelude::*;

use super::*;
use crate::{CustomAxis, Filter, SavedSelection, Search, Side, Tag};

const ROWS: usize = 60;

fn written(tour: &Tour, name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    assert_eq!(write_tour(tour, None, &path).unwrap(), []);
    (folder, path)
}

fn round_trip(tour: &Tour) -> Tour {
    let (_folder, path) = written(tour, "a.ron");
    assert!(is_tour(&path));
    let read = read_tour(&path).unwrap();
    assert_eq!(read.problems, []);
    read.tour
}

fn bits(layout: &Layout) -> Vec<u32> {
    // All NaN are one: a row without a place.
    layout.coordinates.iter().map(|x| if x.is_nan() { f32::NAN } else { *x }.to_bits()).collect()
}

fn same_layout(a: &KeptLayout, b: &KeptLayout) {
    assert_eq!((a.method, a.dims, &a.rows, a.of_more), (b.method, b.dims, &b.rows, b.of_more));
    assert_eq!((&a.projection, a.layout.dims, bits(&a.layout)), (&b.projection, b.layout.dims, bits(&b.layout)));
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
        (0_usize..10).prop_map(CustomAxis::Component),
        Just(CustomAxis::Random),
        Just(CustomAxis::Off),
    ]
}

fn projection() -> impl Strategy<Value = Projection> {
    let dims = prop::sample::select(vec![Dims::Two, Dims::Three]);
    let method = prop::sample::select(Method::ALL.to_vec());
    (method, dims, any::<(f32, u64)>(), [axis(), axis(), axis()]).prop_map(
        |(method, dims, (supervision, seed), axes)| {
            let supervision = if supervision.is_nan() { 0.5 } else { supervision };
            Projection { method, dims, supervision, seed, axes, ..Projection::default() }
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

fn kept() -> impl Strategy<Value = KeptLayout> {
    let coordinate = prop_oneof![3 => any::<f32>(), 1 => Just(f32::NAN)];
    let layout = (2_usize..4, prop::collection::vec(coordinate, ROWS * 3), rows()).prop_map(|(dims, mut all, away)| {
        all.truncate(ROWS * dims);
        away.iter().for_each(|row| all[row as usize * dims..][..dims].fill(f32::NAN));
        Layout { dims, coordinates: all }
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
            selection,
            trail,
            saved_selections: vec![SavedSelection { name: "a \\ \"b\"\nc".into(), rows: saved }],
            isolation,
            tags: vec![Tag { column: "c".into(), value: "\r\n".into(), rows: tagged }],
            filter: run.clone().map(|value| Filter::only("c", vec![Some(value), None])),
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
        type One = (String, String, Option<f32>, View, [bool; 2]);
        let bookmark = |(name, note, seconds, view, [some, drawn]): One| Bookmark {
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
    fn any_tour_is_read_as_it_was(tour in tour()) {
        same(&round_trip(&tour), &tour);
    }

    /// What was read once and is written again is the same text: what is shared is found to be.
    #[test]
    fn what_is_read_is_written_alike(tour in tour()) {
        let path = Path::new("/a/b.ron");
        let text = |tour: &Tour| store::text(&tour.bookmarks.iter().collect::<Vec<_>>(), tour.looping, tour.seconds, path);
        let first = text(&tour).unwrap();
        let read = load::read(&first, path).unwrap();
        prop_assert_eq!(text(&read.tour).unwrap(), first);
    }

    #[test]
    fn damaged_tours_are_read_or_refused(tour in tour(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
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

/// What is part of the program is whole: six bookmarks on the demo's words, with all that they show.
#[test]
fn the_demo_reads_as_a_whole() {
    let text = include_str!("../../../../assets/tour.ron");
    let read = load::read(text, Path::new("tour.ron")).unwrap();
    assert_eq!((read.tour.bookmarks.len(), read.problems), (6, Vec::new()));
    let words =
        parallax_formats::demo(crate::Demo::Words).load(0, 0, &parallax_embedding::Progress::default()).unwrap();
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
