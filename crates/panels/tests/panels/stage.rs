//! Commands, keys, and what is over the cloud.

use super::*;

#[test]
fn buttons_say_what_they_do() {
    let mut harness = World::new(100, 64).open();
    click(&mut harness, "2D", Action::Edit(Edit::SetDims(Dims::Two)));
    click(&mut harness, "3D", Action::Edit(Edit::SetDims(Dims::Three)));
    click(&mut harness, "Show in 2D", Action::Edit(Edit::SetDims(Dims::Two)));
    click(&mut harness, "Show in 3D", Action::Edit(Edit::SetDims(Dims::Three)));
    click(&mut harness, "Fit to view", Action::Edit(Edit::FitView));
    click(&mut harness, "Auto-rotate", Action::Edit(Edit::Turn(true)));
    click(&mut harness, "Labels", Action::Edit(Edit::ShowLabels(true)));
    click(&mut harness, "Light theme", Action::Edit(Edit::SetTheme(Theme::Light)));
    click(&mut harness, "High contrast", Action::Edit(Edit::SetTheme(Theme::Contrast)));
    click(&mut harness, "Dark theme", Action::Edit(Edit::SetTheme(Theme::Dark)));
    click(&mut harness, "Hide panels", Action::Edit(Edit::ShowPanels(false)));
    assert!(harness.query_by_label("Inspector").is_none());
    click(&mut harness, "Show panels", Action::Edit(Edit::ShowPanels(true)));
}

#[test]
fn compass_turns_the_camera() {
    let mut world = World::new(100, 64);
    let pose = Pose { focus: [0.1, 0.2, 0.0], yaw: 0.5, pitch: 0.3, radius: 2.0 };
    (world.pose, world.view.pose) = (Some(pose), Some(pose));
    let mut harness = world.open();
    let quarter = std::f32::consts::FRAC_PI_2;
    for (name, yaw, pitch) in [("x", quarter, 0.0), ("−x", -quarter, 0.0), ("y", 0.0, quarter), ("z", 0.0, 0.0)] {
        click(&mut harness, &format!("View from {name}"), Action::Edit(Edit::MoveCamera(Pose { yaw, pitch, ..pose })));
    }
    harness.state_mut().pose = None;
    harness.run();
    assert!(harness.query_by_label("View from x").is_none(), "a plane has no other sides");
}

/// Esc cancels the region; it must not clear the selection as well.
#[test]
fn keys_belong_to_the_tool_while_a_region_is_drawn() {
    let mut world = World::new(100, 64);
    world.view.selection = vec![3].into();
    let drawn = |shape| Some(Drawn { shape, parallax: 0.0, count: 7, combine: Combine::Add, only: None });
    world.region = drawn(Some(RegionShape::Circle { center: [700.0, 400.0], radius: 50.0 }));
    let mut harness = world.open();
    let corners = |count| Some(RegionShape::Outline(vec![[5.0, 5.0]; count]));
    for shape in [None, corners(3), corners(0)] {
        harness.state_mut().region = drawn(shape);
        harness.key_press(egui::Key::Escape);
        harness.run();
        assert_eq!(harness.state().actions, []);
    }
    harness.state_mut().region = None;
    harness.run();
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert_eq!(harness.state().actions, [Action::Edit(Edit::Select(RowSet::EMPTY))]);
}

#[test]
fn unavailable_controls_are_disabled() {
    let mut harness = World::new(100, 64).open();
    for name in ["Images", "As is"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
        harness.get_by_label(name).click();
        harness.run();
    }
    assert_eq!(harness.state().actions, []);

    let mut world = World::new(100, 3);
    let sheet = SpriteSheet::new([20, 20], [2, 2], vec![0; 1600]).unwrap();
    world.embedding.as_mut().unwrap().sprite = Some(Arc::new(sheet));
    let mut harness = world.open();
    click(&mut harness, "Images", Action::Edit(Edit::ShowPointsAs(PointStyle::Sprites)));
    click(&mut harness, "As is", Action::Edit(Edit::Project(Method::Identity)));
}

#[test]
fn keys_act_unless_a_text_is_typed() {
    #[track_caller]
    fn check(harness: &mut Harness<'_, World>, key: egui::Key, expected: Action) {
        harness.state_mut().actions.clear();
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().actions, [expected], "{key:?}");
    }
    let mut world = World::new(100, 64);
    world.view.selection = RowSet::from(vec![1]);
    world.view.search.text = "x".into();
    let mut harness = world.open();
    check(&mut harness, egui::Key::F, Action::Edit(Edit::FitView));
    check(&mut harness, egui::Key::Num2, Action::Edit(Edit::SetDims(Dims::Two)));
    check(&mut harness, egui::Key::Num3, Action::Edit(Edit::SetDims(Dims::Three)));
    check(&mut harness, egui::Key::R, Action::Edit(Edit::Turn(true)));
    check(&mut harness, egui::Key::L, Action::Edit(Edit::ShowLabels(true)));
    check(&mut harness, egui::Key::T, Action::Edit(Edit::SetTheme(Theme::Light)));
    check(&mut harness, egui::Key::Tab, Action::Edit(Edit::ShowPanels(false)));
    check(&mut harness, egui::Key::F4, Action::Edit(Edit::ShowPanels(true)));
    check(&mut harness, egui::Key::Escape, Action::Edit(Edit::Search(Search::default())));
    check(&mut harness, egui::Key::Escape, Action::Edit(Edit::Select(RowSet::EMPTY)));

    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::Slash);
    harness.run();
    assert!(harness.get_by_role(egui::accesskit::Role::TextInput).is_focused());
    harness.key_press(egui::Key::T);
    harness.key_press(egui::Key::F);
    harness.run();
    assert_eq!(harness.state().actions, []);
}

#[test]
fn keys_with_others_do_what_they_say() {
    use egui::{Key, Modifiers};
    let mut world = World::new(10, 64);
    world.view.selection = RowSet::from(vec![1, 2]);
    world.view.trail = vec![5];
    world.undoes = Some("isolate");
    world.redoes = Some("tag");
    let mut harness = world.open();
    let ctrl = Modifiers::COMMAND;
    let ctrl_shift = Modifiers { shift: true, ..Modifiers::COMMAND };
    let pairs = [
        (ctrl, Key::Z, Action::History(HistoryAction::Undo)),
        (ctrl_shift, Key::Z, Action::History(HistoryAction::Redo)),
        (ctrl, Key::Y, Action::History(HistoryAction::Redo)),
        (Modifiers::ALT, Key::ArrowLeft, Action::Edit(Edit::Back)),
        (Modifiers::SHIFT, Key::F, Action::Shell(ShellAction::FlyTo(RowSet::from(vec![5])))),
        (ctrl, Key::I, Action::Edit(Edit::Select((0..10).filter(|row| *row != 5).collect()))),
        (Modifiers::NONE, Key::Enter, Action::Edit(Edit::Isolate((0..10).filter(|row| *row != 5).collect()))),
        (Modifiers::NONE, Key::Backspace, Action::Edit(Edit::ShowLevel(0))),
        (ctrl, Key::A, Action::Edit(Edit::Select((0..10).collect()))),
        (ctrl, Key::D, Action::Edit(Edit::Select(RowSet::EMPTY))),
        (Modifiers::NONE, Key::B, Action::Edit(Edit::Take(Tool::Box))),
        (Modifiers::NONE, Key::Escape, Action::Edit(Edit::Take(Tool::Pointer))),
        (Modifiers::NONE, Key::X, Action::Edit(Edit::SelectVisible(true))),
        (ctrl, Key::Num1, Action::Edit(Edit::Fold(Panel::Data, true))),
    ];
    for (modifiers, key, expected) in pairs {
        assert_eq!(press(&mut harness, modifiers, key), [expected], "{modifiers:?} {key:?}");
    }
    // Nothing is selected anymore.
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), []);
}

#[test]
fn motion_can_be_turned_on_again() {
    let mut harness = World::new(100, 64).open();
    assert_eq!(command(&mut harness, "reduce motion"), []);
    assert_eq!(harness.state_mut().memory.take_motion(), Some(false));
}

/// From the first control on, Tab reaches every one that can be clicked, and each has a name.
#[test]
fn keyboard_reaches_every_control() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::NONE, egui::Key::F6);
    let clickable =
        |role: Role| matches!(role, Role::Button | Role::RadioButton | Role::ComboBox | Role::TextInput | Role::Slider);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let names = harness.root().children_recursive().filter(Node::is_focused).map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.placeholder().map(Into::into)).unwrap_or_default()
        });
        reached.extend(names);
        press(&mut harness, egui::Modifiers::NONE, egui::Key::Tab);
    }
    let controls: Vec<(Role, String)> = harness
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| clickable(node.role()) && !node.is_disabled())
        .map(|node| (node.role(), node.label().or_else(|| node.placeholder().map(Into::into)).unwrap_or_default()))
        .collect();
    assert!(controls.len() > 20);
    for (role, name) in controls {
        assert!(!name.is_empty(), "a {role:?} has no name");
        assert!(reached.contains(&name), "{role:?} {name} is not reached; reached are {reached:?}");
    }
}

/// The texts that are painted.
fn painted(harness: &Harness<'_, World>) -> Vec<String> {
    let texts = harness.output().shapes.iter().filter_map(|clipped| match &clipped.shape {
        egui::Shape::Text(text) => Some(text.galley.text().to_owned()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn card_of_the_hovered_point_goes_when_it_is_clicked() {
    let mut world = World::new(100, 64);
    world.view.panels.shown = false;
    let at = egui::pos2(700.0, 400.0);
    world.hovered = Some(Marked { row: 40, at, parallax: 0.0, radius: 5.0 });
    let mut harness = world.open();
    let is_there = |harness: &Harness<'_, World>| painted(harness).contains(&"row 40".to_owned());
    assert!(is_there(&harness));
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    assert!(!is_there(&harness), "{:?}", painted(&harness));
    for hovered in [None, Some(Marked { row: 40, at, parallax: 0.0, radius: 5.0 })] {
        harness.state_mut().hovered = hovered;
        harness.run();
        assert_eq!(is_there(&harness), hovered.is_some(), "it comes back with the pointer");
    }
}

/// With the panels hidden, each half of the window has the button, so that both eyes see it.
#[test]
fn both_eyes_see_the_way_back_to_the_panels() {
    for (mode, count) in [(StereoMode::SideBySide, 2), (StereoMode::TopBottom, 2), (StereoMode::Anaglyph, 1)] {
        let mut world = World::new(100, 64);
        world.view.stereo = Stereo { on: true, mode, ..Stereo::default() };
        world.view.panels.shown = false;
        world.eyes = Some([0.1, 3.0]);
        let mut harness = world.open();
        let places: Vec<_> = harness.query_all_by_label("Show panels").map(|button| button.rect()).collect();
        assert_eq!(places.len(), count, "{mode}");
        if mode == StereoMode::SideBySide {
            let window = harness.ctx.content_rect();
            let apart = (places[0].min.x - places[1].min.x).abs();
            assert!((apart - window.width() / 2.0).abs() < 1.0 && places[0].min.y == places[1].min.y, "{places:?}");
        }
        harness.query_all_by_label("Show panels").last().unwrap().click();
        harness.run();
        assert_eq!(harness.state().actions, [Action::Edit(Edit::ShowPanels(true))]);
    }
}

#[test]
fn sliders_set_the_eyes_and_the_screen() {
    let mut world = World::new(100, 64);
    world.view.stereo = Stereo { on: true, convergence: Some(3.0), ..Stereo::default() };
    world.eyes = Some([0.1, 3.0]);
    let mut harness = world.open();
    let change = |harness: &mut Harness<'_, World>, name: &str| {
        harness.state_mut().actions.clear();
        harness.get_by_role_and_label(egui::accesskit::Role::Slider, name).focus();
        harness.run();
        harness.key_press(egui::Key::ArrowRight);
        harness.run();
        match harness.state().actions[..] {
            [Action::Edit(Edit::SetStereo(stereo))] => [stereo.eye_distance, stereo.convergence],
            ref other => panic!("{other:?}"),
        }
    };
    let near = |a: Option<f32>, b: f32| a.is_some_and(|a| (a - b).abs() < 1e-4);
    let [apart, at] = change(&mut harness, "Eye distance");
    assert!(near(apart, 0.101) && at == Some(3.0), "{apart:?} {at:?}");
    let [apart, at] = change(&mut harness, "Screen at");
    assert!(near(apart, 0.101) && near(at, 3.05), "what was set before stays: {apart:?} {at:?}");
    let automatic = Stereo { eye_distance: None, convergence: None, ..harness.state().view.stereo };
    click(&mut harness, "Automatic", Action::Edit(Edit::SetStereo(automatic)));
    harness.state_mut().view.projection.dims = Dims::Two;
    harness.run();
    assert!(harness.query_by_label("Eye distance").is_none(), "a plane has no depth");
}
