//! The Data card: choosers, the legend, and problems.

use parallax_session::Since;

use super::*;

#[test]
fn data_card_opens_other_data() {
    let mut world = World::new(100, 64);
    world.view.origin = Origin::Memory;
    let mut harness = world.open();
    harness.get_by_label("Open…").click();
    harness.run();
    assert!(harness.query_by_label("Path").is_some());
}

#[test]
fn choosers_set_what_was_chosen() {
    let mut world = World::new(100, 64);
    world.runs = vec!["train", "eval", "test"];
    let mut harness = world.open();
    choose(&mut harness, "Color by", "score", Action::Edit(Edit::ColorBy(Pick::Column("score".into()))));
    choose(&mut harness, "Color by", "None", Action::Edit(Edit::ColorBy(Pick::Nothing)));
    choose(&mut harness, "Label by", "writer", Action::Edit(Edit::LabelBy(Pick::Column("writer".into()))));
    choose(&mut harness, "Run", "eval", Action::Edit(Edit::ChooseRun("eval".into())));
    choose(&mut harness, "Tensor", "words", Action::Edit(Edit::ChooseEmbedding("words".into())));
    harness.get_by_label("Run").click();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("test").click();
    harness.run();
    let with_tensor =
        [Action::Edit(Edit::ChooseRun("test".into())), Action::Edit(Edit::ChooseEmbedding("digits".into()))];
    assert_eq!(harness.state().actions, with_tensor, "a run with a tensor of the same name");
    choose(&mut harness, "Component of y", "4", Action::Edit(Edit::SetComponents([0, 3, 2])));
    choose(&mut harness, "Component 1: 40.0 %", "Show as z", Action::Edit(Edit::SetComponents([2, 3, 0])));
}

/// Another step of what is open keeps what was done to its rows, and the newest can be followed.
#[test]
fn steps_are_shown_and_followed() {
    let mut world = World::new(100, 64);
    assert!(world.open().query_by_label("Follow").is_none(), "nothing can be followed");
    world = World::new(100, 64);
    world.newest = Some(2500);
    let mut harness = world.open();
    choose(&mut harness, "Tensor", "words", Action::Edit(Edit::GoToStep("words".into())));
    click(&mut harness, "Follow", Action::Edit(Edit::Follow(true)));
}

#[test]
fn single_run_is_not_offered_as_a_choice() {
    let harness = World::new(100, 64).open();
    assert!(harness.query_by_label("Run").is_none() && harness.query_by_label("Tensor").is_some());
}

fn filter(values: &[&str], only: bool) -> Filter {
    let values = values.iter().map(|&value| Some(value.to_owned())).collect();
    if only { Brush::only("digit", values).into() } else { Brush::all_but("digit", values).into() }
}

#[test]
fn legend_hides_values_and_shows_one_alone() {
    let mut harness = World::new(100, 64).open();
    let filter = |values: &[&str], only: bool| Action::Edit(Edit::Filter(filter(values, only)));
    click(&mut harness, "seven: 1,234", filter(&["seven"], false));
    assert!(harness.query_by_label("1 value of digit hidden").is_some());
    click(&mut harness, "eight: 1,234", filter(&["seven", "eight"], false));
    click(&mut harness, "Show all", Action::Edit(Edit::Filter(Filter::default())));
    harness.state_mut().actions.clear();
    harness.get_by_label("eight: 1,234").click_modifiers(egui::Modifiers::ALT);
    harness.run();
    assert_eq!(harness.state().actions.last(), Some(&filter(&["eight"], true)));
    assert!(harness.query_by_label("1 value of digit shown").is_some());
}

/// A second double-click on a value shows again what was shown before the first. Each is one step
/// of undo: the step of its first click is taken back.
#[test]
fn legend_double_click_shows_alone_and_goes_back() {
    let mut harness = World::new(100, 64).open();
    let height = harness.get_by_label("Export…").rect().min.y;
    click(&mut harness, "seven: 1,234", Action::Edit(Edit::Filter(filter(&["seven"], false))));
    assert_eq!(harness.get_by_label("Export…").rect().min.y, height, "nothing moves");
    let before = harness.state().view.filter.clone();
    for expected in [filter(&["eight"], true), before] {
        harness.state_mut().actions.clear();
        // Far from the last click.
        (0..60).for_each(|_| harness.step());
        let at = harness.get_by_label("eight: 1,234").rect().center();
        for pressed in [true, false, true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            harness.event(egui::Event::PointerMoved(at));
            harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        harness.run();
        let [Action::Edit(Edit::Filter(_)), Action::History(HistoryAction::Undo), Action::Edit(Edit::Filter(found))] =
            &harness.state().actions[..]
        else {
            panic!("{:?}", harness.state().actions)
        };
        assert_eq!(*found, expected);
    }
}

/// The numbers at the ends of a ramp are seen without scrolling, also where the card is low, and the closed
/// list says which step movement is measured from.
#[test]
fn ends_of_a_ramp_are_seen_in_a_low_card() {
    for size in [[1280.0, 720.0], [1280.0, 800.0], [1440.0, 900.0]] {
        let mut world = World::new(100, 64);
        world.runs = vec!["train", "eval"];
        world.step_row = Some(super::steps::steps());
        world.view.color_by = Pick::Moved(Since::First);
        world.legend = Legend::Ramp {
            column: "Moved since step 0".into(),
            ramp: Ramp::Viridis,
            low: 0.0,
            high: 7.5,
            data: [0.0, 7.5],
            of_dates: false,
            stops: vec![[0; 3], [255; 3]],
            histogram: vec![1; 64],
            missing: None,
            infinite: 0,
        };
        let harness = world.open_at(size);
        let ramp = harness.get_by_label("Moved since step 0: 0 to 7.5").rect();
        let path = harness.get_by_label("Compare with…").rect();
        assert!(ramp.bottom() + 20.0 <= path.top(), "{size:?}: {ramp} above {path}");
        let chosen = harness.get_by_label("Color by").accesskit_node().value();
        assert_eq!(chosen.as_deref(), Some("Moved since 1st"), "{size:?}");
    }
}

#[test]
fn ramp_is_chosen_and_its_ends_are_moved() {
    let mut world = World::new(100, 64);
    world.view.color_by = Pick::Column("score".into());
    let stops = vec![[0, 0, 0], [255, 255, 255]];
    world.legend = Legend::Ramp {
        column: "score".into(),
        ramp: Ramp::Viridis,
        low: 0.0,
        high: 100.0,
        data: [0.0, 100.0],
        of_dates: false,
        stops,
        histogram: vec![5; 64],
        missing: None,
        infinite: 0,
    };
    let mut harness = world.open();
    let scale = |ramp, range| Action::Edit(Edit::SetScale(ColorScale { ramp, range, ..ColorScale::default() }));
    choose(&mut harness, "Ramp", "Inferno", scale(Some(Ramp::Inferno), None));
    harness.get_by_label("Lower end of the ramp").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().actions, [scale(Some(Ramp::Inferno), Some([1.0, 100.0]))]);
    click(&mut harness, "Whole range", scale(Some(Ramp::Inferno), None));
    let kind = Some(ScaleKind::Categories);
    let categories = ColorScale { kind, ramp: Some(Ramp::Inferno), range: None };
    click(&mut harness, "As categories", Action::Edit(Edit::SetScale(categories)));
}

#[test]
fn menus_are_walked_by_the_arrow_keys() {
    use egui::Key::{ArrowDown, ArrowUp, Enter};
    let check = |columns: usize, by_mouse: bool, keys: &[egui::Key], expected: Pick| {
        let mut world = World::new(40, 4);
        let names: Vec<String> = (0..columns).map(|place| format!("c{place}")).collect();
        let columns = names.iter().map(|name| column(name, 40, |row| format!("{name} {row}"))).collect();
        world.embedding.as_mut().unwrap().metadata = Arc::new(Metadata::new(columns).unwrap());
        world.view.color_by = Pick::Column("c0".into());
        let mut harness = world.open();
        if by_mouse {
            harness.get_by_label("Color by").click();
        } else {
            harness.get_by_label("Color by").focus();
            harness.run();
            harness.key_press(Enter);
        }
        harness.run();
        harness.state_mut().actions.clear();
        for key in keys {
            harness.key_press(*key);
            harness.run();
        }
        assert_eq!(harness.state().actions, [Action::Edit(Edit::ColorBy(expected))], "{keys:?}");
        assert!(harness.query_by_label("None").is_none(), "the menu is closed");
    };
    check(2, true, &[ArrowDown, Enter], Pick::Auto);
    check(2, false, &[ArrowDown, Enter], Pick::Auto);
    check(2, false, &[ArrowDown, ArrowDown, ArrowDown, ArrowUp, Enter], Pick::Nothing);
    check(2, true, &[ArrowDown, ArrowDown, Enter], Pick::Nothing);
    check(2, true, &[ArrowDown, ArrowDown, ArrowDown, ArrowUp, Enter], Pick::Nothing);
    check(
        2,
        true,
        &[ArrowDown, ArrowDown, ArrowDown, ArrowDown, ArrowDown, ArrowDown, Enter],
        Pick::Column("c1".into()),
    );
    // A long menu has a filter, which has the keyboard.
    check(30, true, &[ArrowDown, ArrowDown, Enter], Pick::Nothing);
    let far = [[ArrowDown; 26].as_slice(), &[Enter]].concat();
    check(30, true, &far, Pick::Column("c21".into()));
}

#[test]
fn long_menu_is_filtered() {
    let mut world = World::new(40, 4);
    let columns = (0..30).map(|place| column(&format!("c{place}"), 40, |row| format!("{place} {row}"))).collect();
    world.embedding.as_mut().unwrap().metadata = Arc::new(Metadata::new(columns).unwrap());
    let mut harness = world.open();
    fill(&mut harness, "Label by", "Filter", "C27", &Action::Edit(Edit::LabelBy(Pick::Column("c27".into()))));
}

#[test]
fn problems_unfold_to_their_full_text() {
    let mut world = World::new(100, 64);
    let problem = Problem::error("logs/a.tsv", "7 cells where row 1 has 5").at("line 3");
    let text = problem.to_string();
    world.problems = vec![problem];
    let mut harness = world.open();
    assert!(harness.query_by_label(&text).is_none());
    harness.get_by_label("1 problem").click();
    harness.run();
    assert!(harness.query_by_label(&text).is_some());
}

/// They get the room of the legend.
#[test]
fn unfolded_problems_are_scrolled_into_view() {
    let mut world = World::new(100, 64);
    world.problems = (0..60).map(|line| Problem::error("logs/a.tsv", format!("line {line} is broken"))).collect();
    let mut harness = world.open();
    let top = |harness: &Harness<'_, World>| harness.get_by_label("60 problems").rect().min.y;
    let before = top(&harness);
    harness.get_by_label("60 problems").click();
    // Scrolling is animated.
    harness.run_steps(60);
    assert!(top(&harness) < before - 20.0, "{before} {}", top(&harness));
}

#[test]
fn notes_are_told_from_problems() {
    let mut world = World::new(100, 64);
    world.problems = vec![Problem::note("a.csv", "vectors: column v (5 numbers)")];
    assert!(world.open().query_by_label("1 note").is_some());
    let mut world = World::new(100, 64);
    world.problems = vec![Problem::note("a.csv", "a choice"), Problem::warning("a.csv", "a guess")];
    assert!(world.open().query_by_label("1 problem, 1 note").is_some());
}

/// The figure has the room that it needs, and the link has the rest.
#[test]
fn neighbors_kept_are_not_cut_off() {
    let width = |recall: f64, figure: &str| {
        let mut world = World::new(100, 64);
        world.quality = Some(QualityFigures { recall, ..QUALITY });
        let harness = world.open();
        let figure = harness.get_by_label(figure).rect();
        assert!(figure.max.x < harness.get_by_label("Color by this").rect().min.x);
        figure.width()
    };
    assert!(width(1.0, "Neighbors kept 100.0 %") > width(0.453, "Neighbors kept 45.3 %"));
}

#[test]
fn points_are_colored_by_neighbors_kept_and_again_as_before() {
    let mut world = World::new(100, 64);
    world.quality = Some(QUALITY);
    world.view.color_by = Pick::Column("writer".into());
    let mut harness = world.open();
    assert!(harness.query_by_label("Neighbors kept 45.3 %").is_some());
    click(&mut harness, "Color by this", Action::Edit(Edit::ColorBy(Pick::Reliability)));
    harness.state_mut().legend = Legend::Ramp {
        column: "Neighbors kept".into(),
        ramp: Ramp::Viridis,
        low: 0.0,
        high: 1.0,
        data: [0.0, 1.0],
        of_dates: false,
        stops: vec![[0; 3], [255; 3]],
        histogram: vec![1; 64],
        missing: None,
        infinite: 0,
    };
    harness.run();
    assert!(harness.query_by_label("Neighbors kept: 0 % to 100 %").is_some(), "in the unit of the card");
    assert!(harness.query_by_label("As categories").is_none());
    let back = Action::Edit(Edit::ColorBy(Pick::Column("writer".into())));
    assert_eq!(harness.get_all_by_label("Color by writer").count(), 2, "in the legend and on the card");
    harness.state_mut().actions.clear();
    harness.get_all_by_label("Color by writer").next().unwrap().click();
    harness.run();
    assert_eq!(harness.state().actions, [back]);
    choose(&mut harness, "Color by", "Neighbors kept", Action::Edit(Edit::ColorBy(Pick::Reliability)));
}
