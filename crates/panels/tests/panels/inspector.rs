//! The Inspector: search, selection, and neighbors.

use parallax_meaning::{Apart, apart};

use parallax_session::CANCELED;

use super::*;

#[test]
fn selection_is_isolated_inverted_saved_and_tagged() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 4);
    world.view.selection = rows(&[3, 5, 7]);
    let mut harness = world.open();
    assert!(harness.query_by_label("3: 1 of the selected").is_some());
    fill(&mut harness, "Save…", "Name of the selection", "odd", &Action::Edit(Edit::SaveSelection("odd".into())));
    let tag = Action::Edit(Edit::Tag { column: "digit".into(), value: "4".into() });
    harness.get_by_label("Tag…").click();
    harness.run();
    harness.get_by_label("Column to tag").focus();
    harness.run();
    harness.get_by_label("Column to tag").type_text("digit");
    harness.run();
    harness.state_mut().actions.clear();
    click(&mut harness, "4", tag);
    fill(&mut harness, "Tag…", "Value", "x", &Action::Edit(Edit::Tag { column: "digit".into(), value: "x".into() }));
}

/// What a click brings about does not move the button under the pointer.
#[test]
fn buttons_of_the_selection_stay_in_their_places() {
    let place = |columns: usize, isolated: &[u32]| {
        let mut world = World::new(100, 64);
        let columns = (0..columns).map(|n| column(&format!("c{n}"), 100, |row| (row % 3).to_string())).collect();
        world.embedding.as_mut().unwrap().metadata = Arc::new(Metadata::new(columns).unwrap());
        world.view.color_by = Pick::Nothing;
        world.view.apply(&Edit::Isolate(RowSet::from(isolated.to_vec())));
        world.view.selection = RowSet::from(vec![3, 5, 7]);
        let harness = world.open();
        ["Isolate", "Tag…"].map(|name| harness.get_by_label(name).rect().min)
    };
    let before = place(0, &[]);
    for (columns, isolated) in [(1, &[][..]), (2, &[]), (0, &[3, 5, 7, 9]), (2, &[3, 5, 7, 9])] {
        assert_eq!(place(columns, isolated), before, "{columns} {isolated:?}");
    }
}

#[test]
fn isolation_goes_back_by_level() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 64);
    world.view.selection = rows(&[3, 5, 7]);
    let mut harness = world.open();
    click(&mut harness, "Isolate", Action::Edit(Edit::Isolate(rows(&[3, 5, 7]))));
    assert!(harness.query_by_label("All 100").is_some() && harness.query_by_label("points isolated").is_some());
    click(&mut harness, "3: 1 of the selected", Action::Edit(Edit::Select(rows(&[3]))));
    click(&mut harness, "Isolate", Action::Edit(Edit::Isolate(rows(&[3]))));
    click(&mut harness, "3", Action::Edit(Edit::ShowLevel(1)));
    click(&mut harness, "All 100", Action::Edit(Edit::ShowLevel(0)));
    assert!(harness.query_by_label("points isolated").is_none());
    click(&mut harness, "Invert", Action::Edit(Edit::Select(rows(&[3]).complement(100))));
}

#[test]
fn previous_point_is_selected_again() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![7]);
    world.neighbors = NeighborhoodState::Ready(vec![Neighbor { row: 3, distance: 0.1116 }]);
    let mut harness = world.open();
    assert!(harness.query_by_label("Previous point").is_none());
    click(&mut harness, "writer 3, row 3, distance 0.112", Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    click(&mut harness, "Previous point", Action::Edit(Edit::Back));
    assert_eq!(harness.state().view.inspected(), Some(7));
    let layout = NeighborQuery { space: NeighborSpace::Layout, ..NeighborQuery::default() };
    click(&mut harness, "Layout", Action::Edit(Edit::SetNeighbors(layout)));
    assert!(harness.query_by_label("Euclidean").is_none(), "the layout has one distance");
}

#[test]
fn saved_selections_are_selected_and_forgotten() {
    let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
    let mut world = World::new(100, 64);
    world.view.saved_selections = vec![SavedSelection { name: "odd".into(), rows: rows(&[3, 5]) }];
    let mut harness = world.open();
    click(&mut harness, "odd, 2 points", Action::Edit(Edit::Select(rows(&[3, 5]))));
    click(&mut harness, "Forget odd", Action::Edit(Edit::ForgetSelection("odd".into())));
}

#[test]
fn search_shows_why_a_pattern_is_broken() {
    let mut world = World::new(100, 64);
    world.found = Found::Failed("unclosed group".into());
    assert!(world.open().query_by_label("unclosed group").is_some());
}

#[test]
fn neighbors_are_listed_with_their_distance() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![7]);
    world.neighbors =
        NeighborhoodState::Ready(vec![Neighbor { row: 3, distance: 0.1116 }, Neighbor { row: 9, distance: f64::NAN }]);
    let mut harness = world.open();
    assert!(harness.query_by_label("writer 7, row 7").is_some());
    assert!(harness.query_by_label("score: 21.5").is_some());
    click(
        &mut harness,
        "Euclidean",
        Action::Edit(Edit::SetNeighbors(NeighborQuery { metric: Metric::Euclidean, ..NeighborQuery::default() })),
    );
    click(&mut harness, "writer 3, row 3, distance 0.112", Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    assert!(harness.query_by_label("writer 9, row 9, distance –").is_some());
}

#[test]
fn long_list_lays_out_visible_rows_only() {
    let mut world = World::new(100_000, 1);
    world.found = Found::Rows((0..1_000_000).collect());
    let mut harness = world.open();
    harness.state_mut().colored.set(0);
    harness.step();
    let colored = harness.state().colored.get();
    assert!((10..100).contains(&colored), "{colored} rows were laid out for one frame");
    assert!(harness.query_by_label("1,000,000 matches").is_some());
}

#[test]
fn shown_rows_are_selected_and_inverted() {
    let mut world = World::new(10, 64);
    world.shown = Some(RowSet::from(vec![2, 3, 4]));
    world.view.selection = RowSet::from(vec![3]);
    let mut harness = world.open();
    let inverted = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::I);
    assert_eq!(inverted, [Action::Edit(Edit::Select(RowSet::from(vec![2, 4])))]);
    let all = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::A);
    assert_eq!(all, [Action::Edit(Edit::Select(RowSet::from(vec![2, 3, 4])))]);
}

/// The shortcut of a field is not typed into it.
#[test]
fn search_shortcut_is_not_typed_into_the_field() {
    let mut harness = World::new(100, 64).open();
    harness.event(egui::Event::Key {
        key: egui::Key::Slash,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    });
    harness.input_mut().events.push(egui::Event::Text("/".into()));
    harness.run();
    assert!(harness.get_by_role(Role::TextInput).is_focused());
    assert!(harness.state().actions.is_empty(), "{:?}", harness.state().actions);
}

/// Megabytes from the clipboard do not block the window and do not become a name; what is left out
/// is reported.
#[test]
fn pasted_text_is_cut_and_reported() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::F);
    let pasted = "a\nb\0".repeat(2_500_000);
    harness.input_mut().events.push(egui::Event::Paste(pasted));
    harness.run();
    let searched = harness.state().actions.iter().rev().find_map(|action| match action {
        Action::Edit(Edit::Search(search)) => Some(search.text.clone()),
        _ => None,
    });
    let searched = searched.unwrap();
    assert_eq!(searched.chars().count(), 4096);
    assert!(searched.starts_with("a b a b "), "{:?}", &searched[..8]);
    let note = harness.state_mut().memory.take_note().unwrap();
    assert!(note.contains("9,995,904 more were left out"), "{note}");
    assert_eq!(harness.state_mut().memory.take_note(), None);
}

#[test]
fn search_without_a_match_offers_its_text_as_a_pattern() {
    let mut world = World::new(100, 64);
    world.view.search.text = "^wr".into();
    world.found = Found::Rows(RowSet::EMPTY);
    let mut harness = world.open();
    let regex = Search { text: "^wr".into(), regex: true, ..Search::default() };
    click(&mut harness, "No match as text. Use as regex?", Action::Edit(Edit::Search(regex)));
    assert!(harness.query_by_label("No match as text. Use as regex?").is_none());
    assert!(harness.query_by_label("No match").is_some());
    harness.state_mut().view.search = Search { text: "wr".into(), ..Search::default() };
    harness.run();
    assert!(harness.query_by_label("No match as text. Use as regex?").is_none(), "the text is no pattern");
}

/// A plus is a sign of both.
#[test]
fn search_for_a_sum_offers_it_before_a_pattern() {
    let mut world = World::new(100, 64);
    world.view.search.text = "king - man + woman".into();
    world.found = Found::Rows(RowSet::EMPTY);
    let mut harness = world.open();
    let at = |label: &str| harness.get_by_label(label).rect().min.y;
    let sum = at("No match as text. Add and subtract rows?");
    assert!(sum < at("No match as text. Use as regex?"));
    let searched = Search { text: "king - man + woman".into(), sum: true, ..Search::default() };
    click(&mut harness, "No match as text. Add and subtract rows?", Action::Edit(Edit::Search(searched)));
}

#[test]
fn rows_without_a_label_are_called_by_their_number() {
    let mut world = World::new(10_000, 1);
    world.view.label_by = Pick::Nothing;
    world.view.selection = RowSet::from(vec![5521]);
    world.neighbors = NeighborhoodState::Ready(vec![Neighbor { row: 4000, distance: 0.5 }]);
    let mut harness = world.open();
    assert!(harness.query_by_label("row 5,521").is_some());
    click(&mut harness, "row 4,000, distance 0.500", Action::Edit(Edit::Select(RowSet::from(vec![4000]))));
}

#[test]
fn tag_is_cleared_by_an_empty_value() {
    let mut world = World::new(100, 4);
    world.view.selection = RowSet::from(vec![3, 5]);
    let mut harness = world.open();
    harness.get_by_label("Tag…").click();
    harness.run();
    assert_eq!(harness.get_by_label("Value").accesskit_node().placeholder(), Some("Value (leave empty to clear)"));
    harness.get_by_label("Column to tag").focus();
    harness.run();
    harness.get_by_label("Column to tag").type_text("digit");
    harness.run();
    click(&mut harness, "Clear tag", Action::Edit(Edit::Tag { column: "digit".into(), value: String::new() }));
}

/// The legend hid all of them, some, or none.
#[test]
fn hidden_points_of_a_selection_are_counted() {
    let mut world = World::new(100, 64);
    world.view.selection = vec![1, 2, 3].into();
    let mut harness = world.open();
    for (shown, title) in
        [(None, "3 points"), (Some(vec![4, 5]), "3 points, hidden"), (Some(vec![2, 3, 4]), "3 points, 1 hidden")]
    {
        harness.state_mut().shown = shown.map(RowSet::from);
        harness.run();
        assert!(harness.query_by_label(title).is_some(), "{title}");
    }
    harness.state_mut().view.selection = vec![1].into();
    harness.run();
    assert!(harness.query_by_label("This point is hidden.").is_some());
}

#[test]
fn tag_is_typed_over_the_last_one() {
    let mut world = World::new(100, 64);
    world.view.selection = vec![1, 2].into();
    let mut harness = world.open();
    for value in ["left", "right"] {
        harness.get_by_label("Tag…").click();
        harness.run();
        if value == "left" {
            harness.get_by_label("Column to tag").type_text("side");
            press(&mut harness, egui::Modifiers::NONE, egui::Key::Enter);
        }
        // The field that has the focus.
        harness.event(egui::Event::Text(value.into()));
        harness.run();
        let done = press(&mut harness, egui::Modifiers::NONE, egui::Key::Enter);
        assert_eq!(done, [Action::Edit(Edit::Tag { column: "side".into(), value: value.into() })]);
    }
}

#[test]
fn search_follows_its_field_and_switches() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_role(egui::accesskit::Role::TextInput).focus();
    harness.run();
    harness.get_by_role(egui::accesskit::Role::TextInput).type_text("wr");
    harness.run();
    let searched = Search { text: "wr".into(), ..Search::default() };
    assert_eq!(harness.state().actions, [Action::Edit(Edit::Search(searched.clone()))]);
    click(&mut harness, "Regular expression", Action::Edit(Edit::Search(Search { regex: true, ..searched.clone() })));
    let exact = Search { regex: true, case_sensitive: true, ..searched };
    click(&mut harness, "Match case", Action::Edit(Edit::Search(exact.clone())));
    choose(
        &mut harness,
        "Search in",
        "digit",
        Action::Edit(Edit::Search(Search { column: Some("digit".into()), ..exact })),
    );
}

#[test]
fn search_lists_and_selects_its_matches() {
    let mut world = World::new(100, 64);
    world.view.search.text = "x".into();
    world.found = Found::Rows(RowSet::from(vec![4, 40]));
    let mut harness = world.open();
    assert!(harness.query_by_label("2 matches").is_some());
    click(&mut harness, "writer 40, row 40", Action::Edit(Edit::Select(RowSet::from(vec![40]))));
    click(&mut harness, "Select all", Action::Edit(Edit::Select(RowSet::from(vec![4, 40]))));
    click(&mut harness, "Clear the selection", Action::Edit(Edit::Select(RowSet::EMPTY)));
    click(&mut harness, "Clear the search", Action::Edit(Edit::Search(Search::default())));
}

#[test]
fn search_that_looks_like_a_sum_becomes_one() {
    let mut world = World::new(100, 64);
    world.view.search.text = "writer 1 - writer 2".into();
    world.found = Found::Rows(RowSet::EMPTY);
    let mut harness = world.open();
    let sum = Search { text: "writer 1 - writer 2".into(), sum: true, ..Search::default() };
    click(&mut harness, "No match as text. Add and subtract rows?", Action::Edit(Edit::Search(sum.clone())));
    harness.state_mut().found = Found::Idle;
    harness.state_mut().neighbors = NeighborhoodState::Ready(vec![Neighbor { row: 3, distance: 0.1116 }]);
    harness.state_mut().summed = Some(Summed { terms: Vec::new(), left_out: 2, spot: Some(Spot::Beside(3)) });
    harness.run();
    assert!(harness.query_by_label("Match case").is_none(), "a sum is no text");
    click(&mut harness, "writer 3, row 3, distance 0.112", Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    click(&mut harness, "Back to the sum", Action::Edit(Edit::Select(RowSet::EMPTY)));
    click(&mut harness, "Add and subtract", Action::Edit(Edit::Search(Search { sum: false, ..sum })));
}

/// A sum that is edited takes the place of the selected row, so that its neighbors are listed.
#[test]
fn label_that_is_not_there_is_replaced_by_a_spelling() {
    let mut world = World::new(100, 64);
    world.view.search = Search { text: "writr 1 + writer 2".into(), sum: true, ..Search::default() };
    let near = vec!["writer 1".to_owned(), "writer 7".to_owned()];
    let unknown = Unknown { word: "writr 1".into(), span: 0..7, column: "writer".into(), near };
    world.neighbors = NeighborhoodState::Unknown(unknown);
    let mut harness = world.open();
    assert!(harness.query_by_label("No row is labeled “writr 1” in “writer”. Did you mean").is_some());
    let corrected = Search { text: "writer 7 + writer 2".into(), sum: true, ..Search::default() };
    click(&mut harness, "writer 7", Action::Edit(Edit::Search(corrected)));
}

#[test]
fn neighbors_of_the_mean_are_listed_instead_of_the_selection() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![3, 5]);
    world.neighbors = NeighborhoodState::Ready(vec![Neighbor { row: 9, distance: 0.5 }]);
    let mut harness = world.open();
    assert!(harness.query_by_label("writer 9, row 9, distance 0.500").is_none());
    let of_mean = |of_mean| Action::Edit(Edit::SetNeighbors(NeighborQuery { of_mean, ..NeighborQuery::default() }));
    click(&mut harness, "Near mean", of_mean(true));
    assert!(harness.query_by_label("writer 9, row 9, distance 0.500").is_some());
    click(&mut harness, "These points", of_mean(false));
}

#[test]
fn selected_rows_are_told_apart_from_others() {
    let mut world = World::new(100, 64);
    let saved = |name: &str, rows: Vec<u32>| SavedSelection { name: name.into(), rows: rows.into() };
    world.view.selection = (0..40).collect();
    world.view.saved_selections = vec![saved("far", (60..100).collect())];
    let mut harness = world.open();
    let ask = |against: Against| Action::Edit(Edit::TellApart(Some(against)));
    click(&mut harness, "Why apart", ask(Against::Rest));
    assert!(harness.query_by_label("Comparing…").is_some());
    let status = JobStatus {
        kind: JobKind::Apart,
        name: "Telling rows apart".into(),
        message: "Fitting a direction".into(),
        fraction: 0.25,
    };
    harness.state_mut().telling = Some(status);
    harness.run();
    assert!(harness.query_by_label("Fitting a direction").is_some());
    click(&mut harness, "Cancel", JobAction::Cancel(Some(JobKind::Apart)).into());
    harness.state_mut().telling = None;
    choose(&mut harness, "Apart from", "far", ask(Against::Saved("far".into())));
    harness.state_mut().apart = ApartState::Failed("there are no rows to compare with".into());
    harness.run();
    assert!(harness.query_by_label("There is nothing to say: there are no rows to compare with.").is_some());
    assert!(harness.query_by_label("Try again").is_none());
    harness.state_mut().apart = ApartState::Failed(CANCELED.into());
    harness.run();
    click(&mut harness, "Try again", JobAction::Retry(JobKind::Apart).into());
    click(&mut harness, "These points", Edit::TellApart(None).into());
}

/// The rows are apart in dimension 2, except for row 7.
#[test]
fn what_tells_rows_apart_is_listed_and_leads_to_rows_and_an_axis() {
    let mut world = World::new(100, 64);
    let sets: [RowSet; 2] = [(0..50).collect(), (50..100).collect()];
    let number = |(row, dim): (usize, usize)| {
        let step = if dim == 1 && (row < 50) != (row == 7) { 90.0 } else { 0.0 };
        step + ((row * 37 + dim * 11) % 23) as f32
    };
    let vectors = Vectors::from_array(ndarray::Array2::from_shape_fn((100, 3), number));
    // One of the seeds with which row 7 is checked.
    let of = |seed| {
        let none = RowSet::EMPTY;
        apart(&vectors, &Metadata::default(), &none, [&sets[0], &sets[1]], seed, &Progress::default()).unwrap()
    };
    let is_checked = |found: &Apart| found.direction.as_ref().unwrap().mistaken == [7];
    let found = (0..20).map(of).find(is_checked).unwrap();
    let direction = found.direction.clone().unwrap();
    world.view.selection = sets[0].clone();
    world.view.apart = Some(Against::Rest);
    world.apart = ApartState::Ready(Arc::new(found));
    let mut harness = world.open();
    let alone = format!("Dimension 2 alone: higher, AUC {:.3}", direction.alone[0].auc);
    for label in ["The selection: 96.0 % of 25", "The others: 100 % of 25", &alone] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    harness.state_mut().actions.clear();
    harness.get_by_label("Use as the x axis").click();
    harness.run();
    let [Action::Edit(Edit::Configure(projection)), Action::Edit(Edit::Project(Method::Custom))] =
        &harness.state().actions[..]
    else {
        panic!("{:?}", harness.state().actions)
    };
    let ends = ["the others", "50 points"].map(str::to_owned);
    let along = CustomAxis::Along { direction: direction.unit, ends };
    assert_eq!(projection.axes, [along, CustomAxis::Random, CustomAxis::Random]);
    click(&mut harness, "Select the 1 point on the wrong side", Edit::Select(vec![7].into()).into());
}

#[test]
fn lines_to_torn_neighbors_are_chosen() {
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![7]);
    world.neighbors = NeighborhoodState::Ready([3, 9].map(|row| Neighbor { row, distance: 0.5 }).into());
    let mut harness = world.open();
    assert!(harness.query_by_label("Lines").is_none(), "nothing is known about the layout");
    harness.state_mut().torn = Some((RowSet::from(vec![9]), 8));
    harness.run();
    assert!(harness.query_by_label("1 of 2 torn off").is_some());
    let look = Look { lines: Lines::Torn, ..Look::default() };
    choose(&mut harness, "Lines", "Torn lines", Action::Edit(Edit::SetLook(look)));
}
