//! The embedding that is compared with.

use super::*;

fn second() -> Compared {
    Compared::with(View::default().origin, None, Some("words".into()))
}

fn edit(compared: Compared) -> Action {
    Action::Edit(Edit::CompareWith(Some(Box::new(compared))))
}

/// Forty rows on a line, and the same with the first two exchanged.
fn likeness() -> Likeness {
    let line = |swapped: bool| {
        let place = |row: usize| if swapped && row < 2 { 1 - row } else { row };
        let values = (0..40).flat_map(|row| [place(row) as f32 * place(row) as f32, 1.0]).collect();
        Vectors::from_f32(40, 2, values).unwrap()
    };
    let settings = ResemblanceSettings { k: 5, metric: Metric::Euclidean, align: Alignment::Rotation, seed: 0 };
    let partners = Partners::by_order([40, 40]);
    let found = Resemblance::measure(
        [&line(false), &line(true)],
        [&RowSet::EMPTY; 2],
        &partners,
        settings,
        &Progress::default(),
    );
    let found = found.unwrap();
    Likeness::of(found, Metric::Euclidean)
}

/// The first rows, of which some have names.
fn alone(rows: u32, named: usize) -> Alone {
    let rows: Vec<u32> = (0..rows).collect();
    let names = rows.iter().take(named).map(|row| format!("lone {row}")).collect();
    Alone { rows: rows.into(), names }
}

fn matched() -> Matched {
    Matched {
        how: "by their labels, column \"digit\" of both".into(),
        is_doubtful: false,
        rows: [100, 90],
        dims: [64, 64],
        pairs: 40,
        alone: [alone(60, 60), alone(50, 20)],
        unclear: [0, 0],
        problems: Vec::new(),
        columns: vec!["digit".into(), "token".into()],
    }
}

fn compared() -> World {
    let mut world = World::new(100, 64);
    world.view.compared = Some(second());
    world.compared = Some(ComparedState {
        names: ["digits".into(), "words".into()],
        matched: Some(Ok(matched())),
        is_unmatched: false,
        likeness: Some(Ok(Arc::new(likeness()))),
        placed: Some(Ok(Placed { in_vectors: true, residual: Some(0.125), rows: 40 })),
        nearest: None,
    });
    world
}

#[test]
fn other_tensors_can_be_compared_with() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_label("Compare with…").click();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("words").click();
    harness.run();
    assert_eq!(harness.state().actions, [edit(second())]);
    harness.get_by_label("End the comparison").click();
    harness.run();
    assert_eq!(harness.state().view.compared, None);
}

#[test]
fn card_says_how_rows_are_matched_and_how_alike_they_are() {
    let mut harness = compared().open();
    assert!(harness.query_by_label("digits with words").is_some());
    let text = "40 rows of 100 and 90 were matched by their labels, column \"digit\" of both; 60 rows of the first and 50 of the second have no partner.";
    assert!(harness.query_by_label(text).is_some());
    let text = "The vectors of the second are rotated and scaled, and projected along the axes of the first; 12.5 % of the spread is left.";
    assert!(harness.query_by_label(text).is_some());
    assert!(harness.query_by_label_contains("Linear CKA: ").is_some());
    assert!(harness.query_by_label_contains("Neighbors shared: 9").is_some());
    harness.get_by_label("50 only in the second").click();
    harness.run();
    assert!(harness.query_by_label("lone 3").is_some());
    assert!(harness.query_by_label("The first 20 of 50").is_some());
    assert!(harness.query_by_label("Select them").is_none(), "they are no rows of the open embedding");
    harness.get_by_label("60 only in the first").click();
    harness.run();
    click(&mut harness, "Select them", Action::Edit(Edit::Select((0..60).collect())));
    let colors = harness.get_all_by_label("Color").count();
    assert_eq!(colors, 2, "by neighbors shared, and by distance moved");
    harness.get_all_by_label("Color").next().unwrap().click();
    harness.run();
    assert_eq!(harness.state().view.color_by, Pick::Shared);
    choose(&mut harness, "Color by", "Distance moved", Action::Edit(Edit::ColorBy(Pick::FromPartner)));
    choose(&mut harness, "Alignment", "Not aligned", edit(Compared { align: Alignment::Nothing, ..second() }));
    harness.state_mut().view.compared = Some(second());
    let by_digit = MatchBy::Columns { key: "digit".into(), column: "digit".into() };
    choose(&mut harness, "Rows are matched", "Rows by digit", edit(Compared { matched: by_digit, ..second() }));
    click(&mut harness, "End the comparison", Action::Edit(Edit::CompareWith(None)));
    assert_eq!(harness.state().view.color_by, Pick::Auto, "nothing is measured any more");
    harness.run();
    assert!(harness.query_by_label("digits with words").is_none());
}

/// As by the command line, rows that were matched are those with a partner, and what is not compared is
/// said.
#[test]
fn what_is_left_out_and_what_is_not_defined_is_said() {
    let values = |constant: bool| (0..41).flat_map(move |row| [if constant { 0.1 } else { row as f32 }, 1.0]);
    let [first, second] = [false, true].map(|constant| Vectors::from_f32(41, 2, values(constant).collect()).unwrap());
    let settings = ResemblanceSettings { k: 5, metric: Metric::Euclidean, align: Alignment::Rotation, seed: 0 };
    let bad = RowSet::from(vec![3]);
    let partners = Partners::by_order([41; 2]).without([&RowSet::EMPTY, &bad]);
    let found = Resemblance::measure([&first, &second], [&RowSet::EMPTY; 2], &partners, settings, &Progress::default());
    let mut world = compared();
    let state = world.compared.as_mut().unwrap();
    state.matched = Some(Ok(Matched { pairs: 41, ..matched() }));
    state.likeness = Some(Ok(Arc::new(Likeness::of(found.unwrap(), Metric::Euclidean))));
    let harness = world.open();
    assert!(harness.query_by_label_contains("41 rows of 100 and 90 were matched").is_some());
    let left_out = "1 pair was left out, as a row of them is not finite or has no direction.";
    assert!(harness.query_by_label(left_out).is_some());
    assert_eq!(harness.query_all_by_label_contains(" of 5").count(), 0, "no row is listed");
    let arbitrary = "All rows of words are the same, so which of them are nearest is arbitrary.";
    assert!(harness.query_by_label(arbitrary).is_some());
    for figure in ["Distances", "Linear CKA"] {
        let text = format!("{figure}: not defined: all rows of words are the same");
        assert!(harness.query_by_label(&text).is_some(), "{text}");
    }
}

/// A comparison of forty rows with a copy of them that `change` has changed.
fn beside_copy(align: Alignment, change: impl Fn(usize, f32) -> f32) -> World {
    let rows = 40;
    let values: Vec<f32> = (0..rows * 2).map(|at| (at * at * 31 % 97) as f32 / 7.0).collect();
    let copy = values.iter().enumerate().map(|(at, &x)| change(at, x)).collect();
    let [first, other] = [values, copy].map(|values| Vectors::from_f32(rows, 2, values).unwrap());
    let settings = ResemblanceSettings { k: 5, metric: Metric::Cosine, align, seed: 0 };
    let partners = Partners::by_order([rows; 2]);
    let found = Resemblance::measure([&first, &other], [&RowSet::EMPTY; 2], &partners, settings, &Progress::default());
    let found = found.unwrap();
    let residual = found.moved.as_ref().map(|(onto, _)| onto.residual());
    let mut world = compared();
    world.view.compared = Some(Compared { align, ..second() });
    let state = world.compared.as_mut().unwrap();
    state.placed = Some(Ok(Placed { in_vectors: true, residual, rows }));
    state.likeness = Some(Ok(Arc::new(Likeness::of(found, Metric::Cosine))));
    world
}

/// What agrees in all is not listed as agreeing least, and has moved by nothing.
#[test]
fn copy_agrees_in_all_rows() {
    let harness = beside_copy(Alignment::Scale, |_, x| 4.0 * x).open();
    assert_eq!(harness.query_all_by_label_contains(" of 5").count(), 0, "no row is listed");
    let all = "All rows agree: each has the same 5 nearest by cosine in both, and none has moved but for rounding.";
    assert!(harness.query_by_label(all).is_some());
    assert!(harness.query_by_label("Distance moved: half up to 0.000, 9 in 10 up to 0.000").is_some());
    let left = "The vectors of the second are rotated and scaled, and projected along the axes of the first; 0.0 % of the spread is left.";
    assert!(harness.query_by_label(left).is_some());
}

/// As by the command line: the median is the mean of the two in the middle, and what is left without an
/// alignment is said, too.
#[test]
fn what_is_not_aligned_has_a_residual_and_a_median() {
    // The rows move by 0, 1, 2, and so on: the median is 19.5, and 9 in 10 do not exceed 35.1.
    let world = beside_copy(Alignment::Nothing, |at, x| x + if at % 2 == 0 { (at / 2) as f32 } else { 0.0 });
    let Some(Ok(placed)) = world.compared.as_ref().unwrap().placed.clone() else { panic!("it is placed") };
    let harness = world.open();
    assert!(harness.query_by_label("Distance moved: half up to 19.500, 9 in 10 up to 35.100").is_some());
    let left = placed.residual.unwrap();
    let text = format!(
        "The vectors of the second are not aligned, and projected along the axes of the first; {:.1} % of the spread is left.",
        left * 100.0
    );
    assert!(left > 0.1 && harness.query_by_label(&text).is_some(), "{text}");
}

#[test]
fn arrangement_is_chosen_and_the_slider_goes_from_one_to_the_other() {
    let mut harness = compared().open();
    assert!(harness.get_by_label("Way to the second embedding").accesskit_node().is_disabled());
    let between = |share| edit(Compared { arrangement: Arrangement::Between(share), ..second() });
    click(&mut harness, "One to the other", between(0.0));
    let slider = harness.get_by_label("Way to the second embedding").rect();
    harness.state_mut().actions.clear();
    harness.drag_at(slider.left_center() + egui::vec2(8.0, 0.0));
    harness.run();
    harness.hover_at(slider.right_center());
    harness.run();
    harness.drop_at(slider.right_center());
    harness.run();
    assert_eq!(harness.state().view.compared.as_ref().unwrap().share(), Some(1.0));
    click(&mut harness, "Side by side", edit(second()));
    click(&mut harness, "Over each other", edit(Compared { arrangement: Arrangement::Over, ..second() }));
    assert!(harness.get_by_label("Way to the second embedding").accesskit_node().is_disabled());
    click(&mut harness, "Side by side", edit(second()));
}

/// What does not apply is disabled in its place.
#[test]
fn controls_are_at_the_same_places_in_each_arrangement() {
    for width in [1280.0, 1440.0] {
        let mut harness = compared().open_at([width, 800.0]);
        let names = ["Side by side", "Over each other", "One to the other", "1 camera", "2 cameras"];
        let names = names.into_iter().chain(["Way to the second embedding", "Rows are matched", "Alignment"]);
        let places = |harness: &Harness<'_, World>| -> Vec<egui::Rect> {
            names.clone().map(|name| harness.get_by_label(name).rect()).collect()
        };
        let beside = places(&harness);
        for (place, rect) in beside.iter().enumerate() {
            assert!(beside[..place].iter().all(|other| !other.shrink(1.0).intersects(*rect)), "{place} at {width}");
        }
        for arrangement in [Arrangement::Over, Arrangement::Between(0.5)] {
            harness.state_mut().view.compared = Some(Compared { arrangement, ..second() });
            harness.run();
            assert_eq!(places(&harness), beside, "{arrangement:?}");
            assert!(harness.get_by_label("2 cameras").accesskit_node().is_disabled());
        }
    }
}

/// Values that are longer than their line go on below it.
#[test]
fn nothing_of_the_card_is_cut_in_a_small_window() {
    let harness = compared().open_at([1280.0, 800.0]);
    let list = harness.get_by_label("Compare").rect();
    for text in ["Linear CKA: ", "Neighbors shared: 9", "Distance moved: "] {
        let figure = harness.get_by_label_contains(text).rect();
        assert!(figure.left() >= list.left() - 1.0 && figure.right() < 760.0, "{text}: {figure}");
    }
    let [short, long] = ["Linear CKA: ", "Distance moved: "].map(|text| harness.get_by_label_contains(text).rect());
    assert!(long.height() > short.height() * 1.5, "it goes on in a second line: {long} beside {short}");
}

#[test]
fn way_out_is_said_where_rows_are_not_matched_or_may_be_others() {
    let said = |change: &dyn Fn(&mut ComparedState)| {
        let mut world = compared();
        change(world.compared.as_mut().unwrap());
        let harness = world.open();
        let said = harness.query_by_label_contains("Choose a column of both.");
        said.map(|node| node.accesskit_node().label().or_else(|| node.accesskit_node().value()).unwrap_or_default())
    };
    assert_eq!(said(&|_| {}), None);
    let why = || Some(Err("no row has a partner".to_owned()));
    assert_eq!(said(&|state| state.matched = why()), None, "the file cannot be read, or the like");
    let unmatched = said(&|state| (state.matched, state.is_unmatched) = (why(), true));
    assert_eq!(unmatched.as_deref(), Some("No row has a partner. Choose a column of both."));
    let doubtful = said(&|state| state.matched = Some(Ok(Matched { is_doubtful: true, ..matched() })));
    assert!(doubtful.is_some_and(|said| said.starts_with("No row has the same label in both, so that")));
}

/// A picture of the panels cannot be scrolled: the card is as high as its figures.
#[test]
fn all_lines_of_the_card_are_seen_whatever_the_window_is() {
    let long = "by their labels, column \"a column with a long name\" of the first and \"another one with a name\" of the second";
    let sizes = [[800.0, 600.0], [1024.0, 768.0], [1280.0, 800.0], [1440.0, 900.0], [1920.0, 1080.0]];
    let world = |long_how: bool, other_dims: bool, align| {
        let mut world = compared();
        let state = world.compared.as_mut().unwrap();
        let how = if long_how { long.to_owned() } else { matched().how };
        let dims = if other_dims { [64, 50] } else { [64, 64] };
        state.matched = Some(Ok(Matched { how, dims, unclear: [4, 12], ..matched() }));
        let residual = (align != Alignment::Nothing).then_some(0.125);
        state.placed = Some(Ok(Placed { in_vectors: !other_dims, residual, rows: 40 }));
        world.view.compared = Some(Compared { align, ..second() });
        world
    };
    for (long_how, other_dims, align) in [
        (false, false, Alignment::Scale),
        (true, false, Alignment::Nothing),
        (true, true, Alignment::Rotation),
        (false, true, Alignment::Scale),
    ] {
        let residual = if other_dims { "The second has a layout of its own" } else { "The vectors of the second are" };
        for size in sizes {
            let harness = world(long_how, other_dims, align).open_at(size);
            let case = format!("{size:?}, long: {long_how}, other dimensions: {other_dims}");
            let top = harness.get_by_label("Compare").rect().max.y;
            let bottom = size[1] - 12.0;
            let last = if other_dims { "Distance moved: in the layout" } else { residual };
            for text in ["40 rows of 100 and 90", "Linear CKA: ", residual, last] {
                let line = harness.get_by_label_contains(text).rect();
                assert!(line.min.y >= top && line.max.y <= bottom, "{case}, {text}: {line} within {top} to {bottom}");
            }
            // The list is beside the figures, or below them.
            let figure = harness.get_by_label_contains(last).rect();
            let rows = harness.query_all_by_label_contains(" of 5").filter(|node| node.rect().max.y <= bottom);
            let rows: Vec<egui::Rect> = rows.map(|node| node.rect()).collect();
            assert!(
                !rows.is_empty() && rows.iter().all(|row| !row.shrink(1.0).intersects(figure)),
                "{case}: {figure} {rows:?}"
            );
        }
    }
}

const POSES: [Pose; 2] = [
    Pose { focus: [0.1, 0.2, 0.0], yaw: 0.5, pitch: 0.3, radius: 2.0 },
    Pose { focus: [0.0, -0.1, 0.3], yaw: -0.4, pitch: 0.2, radius: 3.0 },
];

fn own(pose: Pose) -> Compared {
    Compared { camera: Some(OwnCamera { pose: Some(pose) }), ..second() }
}

/// In a low window, with the card and a row of steps, it would lie on the toolbar.
#[test]
fn compass_is_left_out_where_it_has_no_room() {
    for (height, is_there) in [(420.0, false), (1000.0, true)] {
        let mut world = compared();
        world.pose = Some(POSES[0]);
        world.step_row = Some(super::steps::steps());
        let harness = world.open_at([1280.0, height]);
        assert_eq!(harness.query_by_label("View from x").is_some(), is_there, "{height}");
    }
}

/// Each begins where the one was, and the one that is left is where the last used was.
#[test]
fn cameras_are_chosen_without_moving_what_is_looked_at() {
    let mut harness = compared().open();
    harness.state_mut().pose = Some(POSES[0]);
    harness.run();
    click(&mut harness, "2 cameras", edit(own(POSES[0])));
    harness.state_mut().second_pose = Some(POSES[1]);
    harness.run();
    click(&mut harness, "1 camera", edit(second()));
    harness.state_mut().view.compared = Some(own(POSES[1]));
    harness.state_mut().half = Half::Second;
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("1 camera").click();
    harness.run();
    assert_eq!(harness.state().actions, [Action::Edit(Edit::MoveCamera(POSES[1])), edit(second())]);
    // Neither of the others has two pictures.
    for (name, arrangement) in [("Over each other", Arrangement::Over), ("One to the other", Arrangement::Between(0.0))]
    {
        click(&mut harness, name, edit(Compared { arrangement, ..second() }));
        assert!(harness.get_by_label("2 cameras").accesskit_node().is_disabled(), "{name}");
    }
}

#[test]
fn keys_and_compasses_move_the_camera_of_their_picture() {
    let mut world = compared();
    (world.pose, world.second_pose) = (Some(POSES[0]), Some(POSES[1]));
    world.view.pose = Some(POSES[0]);
    world.view.compared = Some(own(POSES[1]));
    world.view.selection = vec![5].into();
    let mut harness = world.open();
    let from_x = |pose: Pose| Pose { yaw: std::f32::consts::FRAC_PI_2, pitch: 0.0, ..pose };
    let left = harness.get_by_label("View from x on the left").rect().center();
    let right = harness.get_by_label("View from x on the right").rect().center();
    assert!(right.x - left.x > 100.0, "{left} {right}");
    click(&mut harness, "View from x on the left", Action::Edit(Edit::MoveCamera(from_x(POSES[0]))));
    click(&mut harness, "View from x on the right", Action::Edit(Edit::MoveSecondCamera(from_x(POSES[1]))));
    for (half, fit, fly) in [
        (Half::First, Edit::FitView, ShellAction::FlyTo(vec![5].into())),
        (Half::Second, Edit::FitSecondView, ShellAction::FlySecondTo(vec![5].into())),
    ] {
        harness.state_mut().half = half;
        harness.run();
        for (modifiers, expected) in
            [(egui::Modifiers::NONE, Action::Edit(fit)), (egui::Modifiers::SHIFT, Action::Shell(fly))]
        {
            harness.state_mut().actions.clear();
            harness.key_press_modifiers(modifiers, egui::Key::F);
            harness.run();
            assert_eq!(harness.state().actions, [expected], "{half:?}");
        }
    }
}

#[test]
fn rows_that_agree_least_select_and_their_nearest_are_beside_each_other() {
    let world = compared();
    let least = likeness().least[0];
    let name = format!("writer {0}, row {0}, {1} of 5", least.0, least.1);
    let mut harness = world.open();
    click(&mut harness, &name, Action::Edit(Edit::Select(vec![least.0].into())));
    assert!(harness.query_by_label("Finding the nearest in both…").is_some());
    let found = [Ok(vec![3, 4, 5]), Ok(vec![4, 7, 8])];
    harness.state_mut().compared.as_mut().unwrap().nearest = Some(BothNearest { of: least.0, found });
    harness.run();
    assert!(harness.query_by_label("1 of the 3 nearest are the same").is_some());
    assert_eq!(harness.get_all_by_label("writer 4, row 4, in both").count(), 2);
    click(&mut harness, "writer 7, row 7", Action::Edit(Edit::Select(vec![7].into())));
    let found = ["it has no partner with values"; 2].map(|why| Err(why.to_owned()));
    harness.state_mut().compared.as_mut().unwrap().nearest = Some(BothNearest { of: 7, found });
    harness.run();
    assert!(harness.query_by_label("It cannot be compared: It has no partner with values.").is_some());
}

#[test]
fn failures_are_sentences_with_a_way_out() {
    let mut world = compared();
    let why = "There are 100 rows here and 3 in words, and no labels that most of them have in common";
    world.compared.as_mut().unwrap().matched = Some(Err(why.into()));
    let mut harness = world.open();
    assert!(harness.query_by_label(&format!("{why}.")).is_some());
    choose(
        &mut harness,
        "Rows are matched",
        "Rows by their order",
        edit(Compared { matched: MatchBy::Order, ..second() }),
    );
    harness.state_mut().compared.as_mut().unwrap().matched = Some(Err("Canceled".into()));
    harness.run();
    assert!(harness.query_by_label("Nothing is compared: that was canceled.").is_some());
    click(&mut harness, "Try again", JobAction::Retry(JobKind::Compare).into());
    harness.state_mut().compared.as_mut().unwrap().matched = None;
    harness.state_mut().comparing = Some(running(JobKind::Compare, "Loading words", "Reading"));
    harness.run();
    assert!(harness.query_by_label("Reading").is_some());
    click(&mut harness, "Cancel", JobAction::Cancel(Some(JobKind::Compare)).into());
}

/// The table takes the place of the card, which is there again without it.
#[test]
fn table_takes_the_place_of_the_card() {
    let mut world = compared();
    world.view.table.shown = true;
    let mut harness = world.open();
    assert!(harness.query_by_label("digits with words").is_none());
    harness.state_mut().view.table.shown = false;
    harness.run();
    assert!(harness.query_by_label("digits with words").is_some());
}
