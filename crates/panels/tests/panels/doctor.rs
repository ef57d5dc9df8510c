//! The labels to check: what is said of a row, and what is decided about it.

use parallax_meaning::suspects;
use parallax_neighbors::NeighborGraph;
use parallax_session::{CANCELED, LabelVerdict, Queue, Ruling};

use super::*;

const ROWS: usize = 60;
/// The rows with a wrong label.
const WRONG: [usize; 3] = [7, 22, 41];

/// Three groups on a line, called a, b, and c, but for some rows.
fn world() -> World {
    let mut world = World::new(ROWS, 1);
    let embedding = world.embedding.as_mut().unwrap();
    let places = (0..ROWS).map(|row| (80 * (row % 3) + row / 3) as u8).collect();
    embedding.vectors = Vectors::from_u8(ROWS, 1, places).unwrap();
    let label = |row: usize| ["a", "b", "c"][(row + usize::from(WRONG.contains(&row))) % 3].to_owned();
    let columns = vec![column("group", ROWS, label), column("text", ROWS, |row| format!("text {row}"))];
    embedding.metadata = Arc::new(Metadata::new(columns).unwrap());
    world
}

/// Compares labels, as the background work does.
fn check(world: &mut World) {
    let embedding = world.embedding.as_ref().unwrap();
    let labels = embedding.metadata.column(world.view.doctor.column.as_deref().unwrap()).unwrap();
    let (all, progress) = (RowSet::all(ROWS), Progress::default());
    let graph =
        NeighborGraph::exact(&embedding.vectors, &all, &RowSet::EMPTY, 6, Metric::Euclidean, &progress).unwrap();
    let found = suspects(labels, &graph, 6, &progress).map_err(|error| error.to_string());
    world.suspects_of = labels.name().into();
    world.suspects = Some(found.map(|suspects| CheckedLabels {
        column: labels.name().into(),
        queue: Queue::new(&suspects, world.shown.as_ref()),
        suspects: Arc::new(suspects),
        graph: Arc::new(graph),
        metric: Metric::Euclidean,
        shared: None,
    }));
}

/// The card with the first row selected.
fn open() -> Harness<'static, World> {
    let mut world = world();
    world.view.apply(&Edit::CheckLabels(Some("group".into())));
    check(&mut world);
    let first = order(&world)[0];
    world.view.apply(&Edit::Select(vec![first].into()));
    world.open()
}

fn order(world: &World) -> Vec<u32> {
    let found = world.suspects.as_ref().unwrap().as_ref().unwrap();
    (0..found.queue.len()).map(|place| found.at(place).unwrap().row).collect()
}

fn ruling(row: u32, verdict: LabelVerdict, next: Option<u32>) -> Action {
    let (column, into) = ("group".into(), "group (checked)".into());
    Edit::Judge(Box::new(Ruling { column, into, row, verdict, next, recolors: true })).into()
}

fn key(harness: &mut Harness<'_, World>, key: egui::Key) -> Vec<Action> {
    press(harness, egui::Modifiers::NONE, key)
}

#[test]
fn labels_are_checked_by_a_key_a_link_and_a_command() {
    let mut harness = world().open();
    let begins = [Edit::CheckLabels(Some("group".into())).into()];
    assert_eq!(press(&mut harness, egui::Modifiers::COMMAND, egui::Key::L), begins);
    assert!(harness.query_by_label("Close the labels").is_some());
    assert!(harness.query_by_label("Height of the labels").is_some());
    click(&mut harness, "Close the labels", Edit::CheckLabels(None).into());
    click(&mut harness, "Check labels", begins[0].clone());
    let ends = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::L);
    assert_eq!(ends, [Edit::CheckLabels(None).into()]);
}

#[test]
fn check_that_was_canceled_can_be_tried_again() {
    let mut world = world();
    world.view.apply(&Edit::CheckLabels(Some("group".into())));
    (world.suspects_of, world.suspects) = ("group".into(), Some(Err(CANCELED.into())));
    let mut harness = world.open();
    assert!(harness.query_by_label("The labels are not compared: that was canceled.").is_some());
    click(&mut harness, "Try again", JobAction::Retry(JobKind::Check).into());
    harness.state_mut().suspects = Some(Err("the column has one label".into()));
    harness.run();
    assert!(harness.query_by_label("Try again").is_none(), "that would change nothing");
}

#[test]
fn card_says_what_the_neighbors_say() {
    let harness = open();
    let world = harness.state();
    let order = order(world);
    assert_eq!(order.iter().map(|row| *row as usize).collect::<std::collections::BTreeSet<_>>(), WRONG.into());
    let row = order[0] as usize;
    let (own, right) = (["a", "b", "c"][(row + 1) % 3], ["a", "b", "c"][row % 3]);
    for said in [
        &format!("6 of 6 neighbors are {right}"),
        &format!("{own}, row {row}"),
        &format!("Keep {own}"),
        &format!("Change to {right}"),
        "1 of 3",
        &format!("text {row}"),
        "The 6 nearest, nearest first",
        "Listed if at least half of the 6 nearest neighbors (euclidean) agree on another label, and fewer have the row’s own",
    ] {
        assert!(harness.query_all_by_label(said).next().is_some(), "{said}");
    }
}

#[test]
fn labels_that_neighbors_say_nothing_about_are_said() {
    let mut harness = open();
    let shared = |p| Shared { share: 0.512, chance: 0.505, deviation: 0.02, z: Some(0.4), p };
    let said = "Neighbors say nothing about “group”: they share it 51 % of the time, by chance 50 % (p = 0.42)";
    for (p, is_said) in [(0.42, true), (0.005, false)] {
        let Some(Ok(found)) = &mut harness.state_mut().suspects else { unreachable!() };
        found.shared = Some(shared(p));
        harness.run();
        assert_eq!(harness.query_by_label(said).is_some(), is_said, "{p}");
    }
}

#[test]
fn one_key_decides_and_the_next_row_is_selected() {
    let mut harness = open();
    let order = order(harness.state());
    let right = |row: u32| ["a", "b", "c"][row as usize % 3].to_owned();
    let [first, second, third] = order[..] else { unreachable!() };
    let change = LabelVerdict::Change(right(first));
    assert_eq!(key(&mut harness, egui::Key::C), [ruling(first, change, Some(second))]);
    assert_eq!(key(&mut harness, egui::Key::J), {
        let Action::Edit(Edit::Judge(ruling)) = ruling(second, LabelVerdict::Skip, Some(third)) else { unreachable!() };
        // The colors follow the changed labels already.
        [Edit::Judge(Box::new(Ruling { recolors: false, ..*ruling })).into()]
    });
    assert!(harness.query_by_label("3 of 3 · 1 changed · 1 skipped").is_some());
    assert_eq!(key(&mut harness, egui::Key::H), [Edit::Select(vec![second].into()).into()]);
    assert!(harness.query_by_label("Skipped").is_some());
    key(&mut harness, egui::Key::K);
    key(&mut harness, egui::Key::K);
    let world = harness.state();
    let check = world.view.doctor.check("group").unwrap();
    assert_eq!((check.kept.clone(), check.skipped.len()), ([second, third].into_iter().collect(), 0));
    assert!(harness.query_by_label("3 of 3 · 1 changed · 2 kept · all decided").is_some());
}

#[test]
fn another_label_is_typed_or_chosen() {
    let mut harness = open();
    let first = order(harness.state())[0];
    let given = |harness: &Harness<'_, World>| {
        let view = &harness.state().view;
        view.doctor.check("group").and_then(|check| check.changed(first, &view.tags)).map(str::to_owned)
    };
    let mut give = |typed: &str| {
        harness.state_mut().view.apply(&Edit::Select(vec![first].into()));
        harness.run();
        key(&mut harness, egui::Key::E);
        harness.get_by_label("Another label").type_text(typed);
        harness.run();
        key(&mut harness, egui::Key::Enter);
        given(&harness)
    };
    let right = ["a", "b", "c"][first as usize % 3];
    assert_eq!(give(right).as_deref(), Some(right), "a label that is there");
    assert_eq!(give("a new one").as_deref(), Some("a new one"));
    harness.state_mut().view.apply(&Edit::Select(vec![first].into()));
    harness.run();
    key(&mut harness, egui::Key::E);
    let before = harness.state().view.tags.clone();
    key(&mut harness, egui::Key::Escape);
    assert!(harness.query_by_label("Another label").is_none());
    assert_eq!((&harness.state().view.tags, harness.state().view.selection.len()), (&before, 1));
}

#[test]
fn camera_flies_to_a_row_that_is_out_of_sight() {
    let mut harness = open();
    let [first, second, ..] = order(harness.state())[..] else { unreachable!() };
    harness.state_mut().is_out_of_sight = true;
    harness.run();
    let flight: Action = ShellAction::FlyTo(vec![second].into()).into();
    assert_eq!(key(&mut harness, egui::Key::K), [ruling(first, LabelVerdict::Keep, Some(second)), flight]);
}

#[test]
fn keys_say_that_no_labels_are_checked() {
    let mut harness = world().open();
    for letter in [egui::Key::K, egui::Key::C, egui::Key::E, egui::Key::J, egui::Key::H] {
        assert_eq!(key(&mut harness, letter), [], "{letter:?}");
    }
    assert_eq!(harness.state_mut().memory.take_note().as_deref(), Some("Labels are not being checked: Ctrl+L begins."));
}

#[test]
fn columns_without_labels_say_so() {
    let mut world = world();
    world.view.apply(&Edit::CheckLabels(Some("text".into())));
    check(&mut world);
    let harness = world.open();
    let said = "Column \"text\" has 60 values for 60 rows, and labels repeat: these are names, numbers, or ids. Choose \
                another column, or add one with “Add metadata…”.";
    assert!(harness.query_by_label(said).is_some());
}

#[test]
fn queue_has_the_rows_that_are_shown() {
    let mut world = world();
    world.view.apply(&Edit::CheckLabels(Some("group".into())));
    world.shown = Some((0..30).collect());
    check(&mut world);
    assert_eq!(order(&world).iter().copied().collect::<RowSet>(), vec![7, 22].into());
    world.shown = Some((0..5).collect());
    check(&mut world);
    let harness = world.open();
    assert!(harness.query_by_label("None of the rows that are shown is suspect; 3 are of the others.").is_some());
}

/// In the smallest window and the lowest card, nothing is painted beyond the card.
#[test]
fn card_fits_into_a_low_window() {
    let mut world = world();
    world.view.apply(&Edit::CheckLabels(Some("group".into())));
    check(&mut world);
    let harness = world.open_at([900.0, 600.0]);
    for name in ["Other…", "Skip", "Back", "Close the labels"] {
        let rect = harness.get_by_label(name).rect();
        assert!(rect.max.y <= 600.0 && rect.max.x <= 900.0, "{name}: {rect}");
    }
}
