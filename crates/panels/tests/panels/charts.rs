//! The charts: brushes, values, and what is special about the selected rows.

use parallax_session::{Charts, compare, count_charts};

use super::*;

/// A table of a hundred rows with a chart of each kind, and the charts open.
fn open() -> Harness<'static, World> {
    let mut world = World::new(100, 64);
    let columns = vec![
        column("class", 100, |row| ["first", "second", "third"][row % 3].into()),
        column("age", 100, |row| if row % 10 == 9 { String::new() } else { format!("{}.5", row % 50) }),
        column("since", 100, |row| format!("20{:02}-03-01", row % 20)),
        column("alive", 100, |row| (row < 40).to_string()),
        column("name", 100, |row| format!("name {row}")),
        column("id", 100, |row| row.to_string()),
    ];
    let embedding = world.embedding.as_mut().unwrap();
    embedding.metadata = Arc::new(Metadata::new(columns).unwrap());
    world.view.panels.charts = true;
    let mut harness = world.open_at([1440.0, 1200.0]);
    count(&mut harness);
    harness
}

/// Counts, as the background work does.
fn count(harness: &mut Harness<'_, World>) {
    let world = harness.state_mut();
    let metadata = world.embedding.as_ref().unwrap().metadata.clone();
    let charts = Arc::new(Charts::of(&metadata, 100, &Progress::default()).unwrap());
    let rows = (None, &world.view.selection);
    world.charts = Some(count_charts(&charts, &world.view.filter, &metadata, 100, rows));
    world.comparison = (!world.view.selection.is_empty())
        .then(|| compare(&charts, &metadata, 100, rows, &Progress::default()).unwrap());
    harness.run();
}

fn filter(brushes: &[Brush]) -> Action {
    Edit::Filter(brushes.iter().cloned().fold(Filter::default(), |filter, brush| filter.with(brush))).into()
}

fn values(column: &str, values: &[&str]) -> Brush {
    Brush::only(column, values.iter().map(|value| Some((*value).to_owned())).collect())
}

/// Drags over the histogram from one share of its width to another, and returns the last action.
fn drag(harness: &mut Harness<'_, World>, histogram: &str, shares: [f32; 2]) -> Action {
    let rect = harness.get_by_label_contains(histogram).rect();
    harness.state_mut().actions.clear();
    let at = |share: f32| egui::pos2(egui::lerp(rect.x_range(), share), rect.center().y);
    let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
    let press = |pressed, at| egui::Event::PointerButton { pos: at, button, pressed, modifiers };
    let middle = f32::midpoint(shares[0], shares[1]);
    for event in [
        egui::Event::PointerMoved(at(shares[0])),
        press(true, at(shares[0])),
        egui::Event::PointerMoved(at(middle)),
        egui::Event::PointerMoved(at(shares[1])),
        press(false, at(shares[1])),
        egui::Event::PointerGone,
    ] {
        harness.event(event);
        harness.step();
    }
    harness.run();
    harness.state().actions.last().cloned().unwrap()
}

#[test]
fn charts_are_opened_and_closed() {
    let mut harness = World::new(100, 64).open();
    assert_eq!(press(&mut harness, egui::Modifiers::COMMAND, egui::Key::Num5), [Edit::ShowCharts(true).into()]);
    assert!(harness.query_by_label("Close the charts").is_some());
    assert!(harness.state().view.panels.charts);
    let table = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::T);
    assert!(matches!(table[..], [Action::Edit(Edit::SetTable(Table { shown: true, .. }))]), "{table:?}");
    assert!(
        harness.query_by_label("Close the charts").is_none() && harness.query_by_label("Close the table").is_some()
    );
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::Num5);
    click(&mut harness, "Close the charts", Edit::ShowCharts(false).into());
}

#[test]
fn click_on_a_value_shows_it_alone_and_further_ones_are_added() {
    let mut harness = open();
    click(&mut harness, "class first: 34", filter(&[values("class", &["first"])]));
    click(&mut harness, "class third: 33", filter(&[values("class", &["first", "third"])]));
    let other = Brush::only("alive", vec![Some("true".into())]);
    click(&mut harness, "alive true: 40", filter(&[values("class", &["first", "third"]), other.clone()]));
    count(&mut harness);
    // 14 of the 40 are of the first class, 13 of the third; the second is counted though it is hidden.
    for name in ["class first: 14", "class second: 13", "class third: 13", "alive true: 27", "alive false: 40"] {
        assert!(harness.query_by_label(name).is_some(), "{name}");
    }
    click(&mut harness, "class first: 14", filter(&[other.clone(), values("class", &["third"])]));
    click(&mut harness, "class third: 13", filter(&[other]));
    click(&mut harness, "Remove the filter of alive", filter(&[]));
}

#[test]
fn drag_over_a_histogram_shows_a_range() {
    let mut harness = open();
    let range = |ends: [f64; 2]| filter(&[Brush::range("age", ends)]);
    // The bars are from 0 to 50, two wide.
    assert_eq!(drag(&mut harness, "Histogram of age", [0.21, 0.39]), range([10.0, 20.0]));
    count(&mut harness);
    assert!(harness.query_by_label("age from").is_some());
    // Within the range it is moved, but not beyond the bars.
    assert_eq!(drag(&mut harness, "Histogram of age", [0.3, 0.5]), range([20.0, 30.0]));
    assert_eq!(drag(&mut harness, "Histogram of age", [0.5, 1.5]), range([40.0, 50.0]));
    // Outside of it another one begins, in either direction.
    assert_eq!(drag(&mut harness, "Histogram of age", [0.39, 0.21]), range([10.0, 20.0]));
    harness.get_by_label("age to").focus();
    harness.run();
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::ArrowRight), [range([10.0, 22.0])]);
    harness.get_by_label("age from").focus();
    harness.run();
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::ArrowLeft), [range([8.0, 22.0])]);
    let missing = Shows::Range { from: 8.0, to: 22.0, missing: true };
    click(&mut harness, "age: 10 missing, hidden", filter(&[Brush { column: "age".into(), shows: missing }]));
    harness.get_by_label("age from").focus();
    harness.run();
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::Escape), [filter(&[])]);
}

#[test]
fn range_of_dates_begins_and_ends_with_years() {
    let mut harness = open();
    let Action::Edit(Edit::Filter(filter)) = drag(&mut harness, "Histogram of since", [0.26, 0.49]) else { panic!() };
    let Shows::Range { from, to, missing: false } = filter.of("since").unwrap().shows else { panic!("{filter:?}") };
    let moment = |text: &str| parallax_embedding::dates::moment(text).unwrap();
    let ends = [from, to].map(|end| parallax_embedding::dates::civil((end / 86_400.0) as i64));
    assert!(ends.iter().all(|(_, month, day)| [1, 7].contains(month) && *day == 1), "{ends:?}");
    assert!(moment("2004-01-01") < from && to < moment("2011-01-01"), "{ends:?}");
}

#[test]
fn missing_values_are_hidden_by_a_click() {
    let mut harness = open();
    click(&mut harness, "age: 10 missing", filter(&[Brush::all_but("age", vec![None])]));
    click(&mut harness, "age: 10 missing, hidden", filter(&[]));
}

#[test]
fn columns_without_a_chart_are_named() {
    let harness = open();
    let text = "Without a chart: name (texts that hardly repeat); id (numbers that count the rows).";
    assert!(harness.query_by_label(text).is_some());
}

#[test]
fn selected_rows_are_compared_and_what_differs_most_is_first() {
    let mut harness = open();
    let top = |harness: &Harness<'_, World>, name: &str| harness.get_by_label(name).rect().min;
    harness.state_mut().view.selection = RowSet::all(40);
    count(&mut harness);
    assert!(harness.query_by_label("40 selected beside 60 others, most different first").is_some());
    assert!(harness.query_by_label("true: 100 %, others 0 %: 40 of 40, 0 of 60").is_some());
    let (alive, class) = (top(&harness, "alive"), top(&harness, "class"));
    assert!(alive.y <= class.y && alive.x < class.x, "{alive} {class}");
    harness.state_mut().view.selection = RowSet::all(3);
    count(&mut harness);
    assert!(harness.query_by_label("Columns are compared from 5 selected points on").is_some());
}
