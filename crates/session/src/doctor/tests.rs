use parallax_embedding::{ColumnBuilder, Progress, Vectors};
use parallax_meaning::suspects;

use super::*;
use crate::{Edit, History, HistoryAction};

const COLUMN: &str = "digit";
const INTO: &str = "digit (checked)";

fn ruling(row: u32, verdict: LabelVerdict, next: Option<u32>) -> Edit {
    let (column, into) = (COLUMN.into(), INTO.into());
    Edit::Judge(Box::new(Ruling { column, into, row, verdict, next, recolors: true }))
}

fn change(value: &str) -> LabelVerdict {
    LabelVerdict::Change(value.into())
}

fn rows(rows: &[u32]) -> RowSet {
    rows.to_vec().into()
}

#[test]
fn rulings_become_tags_and_are_undone_one_by_one() {
    let (mut history, mut view) = (History::default(), View::default());
    view.apply(&Edit::CheckLabels(Some(COLUMN.into())));
    view.apply(&Edit::Select(rows(&[7])));
    let before = view.clone();
    let edits = [
        ruling(7, change("4"), Some(9)),
        ruling(9, LabelVerdict::Keep, Some(3)),
        ruling(3, change("4"), Some(5)),
        ruling(5, LabelVerdict::Skip, Some(8)),
        // The first is changed again, and then kept as it was.
        ruling(7, change("1"), None),
        ruling(7, LabelVerdict::Keep, None),
    ];
    let mut views = vec![view.clone()];
    for edit in &edits {
        history.apply(&mut view, edit);
        views.push(view.clone());
    }
    let tag = |value: &str, of: &[u32]| Tag { column: INTO.into(), value: value.into(), rows: rows(of) };
    assert_eq!(views[3].tags, [tag("4", &[3, 7])]);
    assert_eq!(views[5].tags, [tag("4", &[3]), tag("1", &[7])]);
    assert_eq!(view.tags, [tag("4", &[3])]);
    let check = view.doctor.check(COLUMN).unwrap();
    assert_eq!((&check.kept, &check.skipped), (&rows(&[7, 9]), &rows(&[5])));
    assert_eq!(
        (check.changes(&view.tags), check.changed(3, &view.tags), check.changed(7, &view.tags)),
        (1, Some("4"), None)
    );
    assert_eq!(view.selection, rows(&[8]));
    assert_eq!(history.undoes(), Some("keep label"));
    for expected in views.iter().rev().skip(1) {
        history.go(&mut view, HistoryAction::Undo);
        assert_eq!(view, *expected);
    }
    assert_eq!(view, before, "and the place in the queue");
}

#[test]
fn colors_follow_the_changed_labels() {
    let mut view = View::default();
    view.apply(&ruling(1, LabelVerdict::Keep, None));
    assert_eq!(view.color_by, Pick::Auto, "there is no changed column yet");
    view.apply(&ruling(2, change("4"), None));
    assert_eq!(view.color_by, Pick::Column(INTO.into()));
    view.apply(&ruling(2, LabelVerdict::Keep, None));
    assert_eq!((view.color_by, view.tags.len()), (Pick::Column(COLUMN.into()), 0));
    let mut other = View { color_by: Pick::Column("writer".into()), ..View::default() };
    let Edit::Judge(ruling) = ruling(2, change("4"), None) else { unreachable!() };
    other.apply(&Edit::Judge(Box::new(Ruling { recolors: false, ..*ruling })));
    assert_eq!(other.color_by, Pick::Column("writer".into()));
}

#[test]
fn table_charts_and_labels_take_turns() {
    let mut view = View::default();
    let shown = |view: &View| [view.table.shown, view.panels.charts, view.panels.doctor];
    for (edit, expected) in [
        (Edit::ShowCharts(true), [false, true, false]),
        (Edit::CheckLabels(Some("a".into())), [false, false, true]),
        (Edit::SetTable(crate::Table { shown: true, ..view.table.clone() }), [true, false, false]),
        (Edit::CheckLabels(Some("a".into())), [false, false, true]),
        (Edit::ShowCharts(true), [false, true, false]),
        (Edit::CheckLabels(None), [false, true, false]),
    ] {
        view.apply(&edit);
        assert_eq!(shown(&view), expected, "{edit:?}");
    }
    assert_eq!(view.doctor.column.as_deref(), Some("a"), "it is known when the labels are checked again");
}

#[test]
fn changed_labels_have_a_column_of_their_own() {
    let column = |name: &str| ColumnBuilder::new(name).finish();
    let metadata = Metadata::new(vec![column("a"), column("b"), column("b (checked)")]).unwrap();
    let mut doctor = Doctor::default();
    assert_eq!(doctor.column_for("a", &metadata), "a (checked)");
    assert_eq!(doctor.column_for("b", &metadata), "b (checked 2)");
    let into = "elsewhere".to_owned();
    doctor.checks.push(LabelCheck { column: "a".into(), into: into.clone(), ..LabelCheck::default() });
    assert_eq!((doctor.column_for("a", &metadata), doctor.source_of("elsewhere")), (into, Some("a")));
}

/// Three groups of a line, each with a row in the middle whose label the other two do not have.
fn queue() -> CheckedLabels {
    let mut labels = ColumnBuilder::new(COLUMN);
    ["a", "b", "a", "b", "a", "b", "a", "b", "a"].iter().for_each(|label| labels.push(Some(label)));
    let vectors = Vectors::from_u8(9, 1, vec![10, 11, 12, 30, 31, 32, 50, 51, 52]).unwrap();
    let (all, progress) = (RowSet::all(9), Progress::default());
    let graph = NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, 2, Metric::Euclidean, &progress).unwrap();
    let labels = labels.finish();
    let suspects = Arc::new(suspects(&labels, &graph, 2, &progress).unwrap());
    let queue = Queue::new(&suspects, None);
    CheckedLabels {
        column: COLUMN.into(),
        suspects,
        graph: Arc::new(graph),
        metric: Metric::Euclidean,
        queue,
        shared: None,
    }
}

#[test]
fn queue_goes_on_with_what_is_new_and_then_with_what_was_skipped() {
    let found = queue();
    let order: Vec<u32> = (0..found.queue.len()).map(|place| found.at(place).unwrap().row).collect();
    assert_eq!(order.iter().copied().collect::<RowSet>(), vec![1, 4, 7].into());
    let at = |place: usize| Some(order[place]);
    let mut view = View::default();
    let next = |view: &View, place: Option<usize>| {
        found.next(place, view.doctor.check(COLUMN), &view.tags).map(|place| order[place])
    };
    assert_eq!(next(&view, None), at(0));
    view.apply(&ruling(order[0], LabelVerdict::Skip, None));
    view.apply(&ruling(order[1], change("x"), None));
    assert_eq!(next(&view, Some(0)), at(2));
    for &row in &order[2..] {
        view.apply(&ruling(row, LabelVerdict::Keep, None));
    }
    assert_eq!(next(&view, Some(order.len() - 1)), at(0), "the skipped one is left");
    assert_eq!(next(&view, Some(0)), None, "there is no other");
    assert_eq!((found.place(order[2]), found.place(8)), (Some(2), None));
}
