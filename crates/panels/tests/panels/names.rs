//! The names of clusters: on the Data card, and in the cloud.

use std::sync::Arc;

use ndarray::Array2;
use parallax_meaning::{ClusterSettings, Levels, cluster};

use super::*;

/// Two heaps of 20 and 30 rows named after their digits, and a row that is far from both.
fn named() -> NamedLevels {
    let layout = Array2::from_shape_fn((51, 2), |(row, axis)| {
        let corner = if row < 20 { 0.0 } else { 90.0 };
        let within = [row % 5, row / 5 % 6][axis] as f32;
        if row == 50 { 500.0 } else { corner + within }
    });
    let settings = ClusterSettings { min_size: Some(10), min_samples: Some(3) };
    let levels = Arc::new(Levels::new(layout.view(), &settings, &Progress::default()).unwrap());
    let kind = column("kind", 51, |row| if row < 20 { "small".into() } else { "large".into() });
    levels.name(&kind, layout.view(), &Progress::default()).unwrap()
}

fn world() -> World {
    let mut world = World::new(51, 64);
    world.view.naming.shown = true;
    world.names = Some(Ok(named()));
    world.named_by = Some(("digit".into(), Some("it is the first with categories".into())));
    world
}

fn unfolded(world: World) -> Harness<'static, World> {
    let mut harness = world.open();
    harness.get_by_label("2 clusters").click();
    harness.run();
    harness
}

#[test]
fn switch_shows_the_names() {
    let mut harness = World::new(100, 64).open();
    let shown = Naming { shown: true, ..Naming::default() };
    click(&mut harness, "Name clusters", Action::Edit(Edit::SetNaming(shown)));
}

#[test]
fn clusters_are_listed_selected_and_hidden() {
    let large: RowSet = (20..50).collect();
    let mut harness = unfolded(world());
    assert!(harness.query_by_label_contains("1 row (2.0").is_some(), "the noise");
    assert!(harness.query_by_label_contains("From digit, because it is the first").is_some());
    click(&mut harness, "large: 30", Action::Edit(Edit::Select(large.clone())));
    let hide = Edit::NameCluster { rows: large, name: Some(String::new()) };
    click(&mut harness, "Hide this name: large", Action::Edit(hide));
}

#[test]
fn column_and_sizes_of_names_are_chosen() {
    let mut harness = unfolded(world());
    let by = Naming { shown: true, by: Pick::Column("writer".into()), ..Naming::default() };
    choose(&mut harness, "Named by", "writer", Action::Edit(Edit::SetNaming(by)));
    let mut world = world();
    world.view.naming.min_size = Some(10);
    let mut harness = unfolded(world);
    let automatic = Naming { shown: true, ..Naming::default() };
    harness.get_by_label("Automatic sizes").scroll_to_me();
    harness.run();
    click(&mut harness, "Automatic sizes", Action::Edit(Edit::SetNaming(automatic)));
}

#[test]
fn clusters_are_kept_as_a_column_of_their_names() {
    let mut harness = unfolded(world());
    harness.get_by_label("Keep as column…").scroll_to_me();
    harness.run();
    harness.get_by_label("Keep as column…").click();
    harness.run();
    let field = harness.get_by_label("Name of the column");
    assert!(field.accesskit_node().is_focused());
    field.scroll_to_me();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("Keep").click();
    harness.run();
    let [Action::Edit(Edit::TagAll(tags))] = &harness.state().actions[..] else {
        panic!("{:?}", harness.state().actions)
    };
    let tags: Vec<(&str, &str, usize)> = tags.iter().map(|tag| (&*tag.column, &*tag.value, tag.rows.len())).collect();
    assert_eq!(tags, [("cluster", "large", 30), ("cluster", "small", 20)]);
}

#[test]
fn missing_clusters_are_explained() {
    for layout in [Array2::zeros((100, 2)), Array2::zeros((3, 2)), Array2::from_elem((9, 2), f32::NAN)] {
        let levels = Levels::new(layout.view(), &ClusterSettings::default(), &Progress::default()).unwrap();
        let why = levels.clusters().why_none().unwrap();
        let mut world = world();
        world.names = Some(Ok(NamedLevels::unnamed(Arc::new(levels))));
        let mut harness = world.open();
        harness.get_by_label("No clusters").click();
        harness.run();
        assert!(harness.query_by_label_contains(&why).is_some(), "{why}");
    }
    let mut world = world();
    world.names = Some(Err("Canceled".into()));
    let mut harness = world.open();
    harness.get_by_label("No clusters").click();
    harness.run();
    assert!(harness.query_by_label_contains("Canceled").is_some());
}

#[test]
fn stability_is_asked_for_where_the_layout_has_a_seed() {
    let mut world = world();
    world.method = Some(Method::Tsne);
    let mut harness = unfolded(world);
    click(&mut harness, "Stability over 5 seeds", JobAction::MeasureStability(5).into());
    harness.state_mut().stabilizing = Some(running(JobKind::Stability, "Comparing 5 layouts", "Layout 2 of 5"));
    harness.run();
    assert!(harness.query_by_label("Stability: Layout 2 of 5").is_some());
    click(&mut harness, "Cancel", JobAction::Cancel(Some(JobKind::Stability)).into());
    harness.state_mut().stabilizing = None;
    harness.state_mut().method = Some(Method::Pca);
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("Stability over 5 seeds").click();
    harness.run();
    assert_eq!(harness.state().actions, [], "PCA has no seed");
}

/// In the other layout the large cluster is there, and of the small one a half is far away.
#[test]
fn unstable_clusters_are_called_so() {
    let layout = Array2::from_shape_fn((51, 2), |(row, axis)| {
        let corner = if row < 20 { [0.0, 900.0][row / 10] } else { 90.0 };
        let within = [row % 5, row / 5 % 6][axis] as f32;
        if row == 50 { 500.0 } else { corner + within }
    });
    let settings = ClusterSettings { min_size: Some(8), min_samples: Some(3) };
    let other = cluster(layout.view(), &settings, &Progress::default()).unwrap();
    let mut world = world();
    let names = world.names.as_ref().unwrap().as_ref().unwrap();
    let mut stability = Stability::new(names.clusters());
    stability.compare(names.clusters(), &other);
    world.stability = Some(stability);
    let harness = unfolded(world);
    assert!(harness.query_by_label("large: 30, 100 %").is_some());
    // 2 x 45 of 190 pairs.
    assert!(harness.query_by_label("small: 20, unstable: 47 %").is_some());
    assert!(harness.query_by_label_contains("in one cluster in 1 layout of other seeds").is_some());
}

/// The name of the large cluster, which is cut in the cloud and in the list.
#[test]
fn long_name_is_shown_in_full_under_the_pointer() {
    let long = "a name of a cluster that is longer than there is room for, be it in the cloud or in the list";
    let mut world = world();
    let names = world.names.as_mut().unwrap().as_mut().unwrap();
    let part = names.names.iter().position(|name| name == "large").unwrap();
    names.names[part] = long.into();
    world.placed_names = vec![PlacedName {
        part: part as u32,
        area: [[640.0, 440.0], [960.0, 460.0]],
        parallax: 0.0,
        size: 16.0,
        strength: 1.0,
        leaves: false,
    }];
    let mut harness = unfolded(world);
    let seen = |harness: &Harness<'_, World>| {
        let whole = |shape: &egui::Shape| matches!(shape, egui::Shape::Text(text) if text.galley.text() == long && !text.galley.elided);
        harness.output().shapes.iter().filter(|clipped| whole(&clipped.shape)).count()
    };
    assert_eq!(seen(&harness), 0);
    harness.event(egui::Event::PointerMoved(egui::pos2(700.0, 450.0)));
    harness.run();
    assert_eq!(seen(&harness), 1, "in the cloud");
    harness.get_by_label(&format!("{long}: 30")).hover();
    (0..60).for_each(|_| harness.step());
    assert_eq!(seen(&harness), 1, "in the list");
}

/// A double-click in the cloud opens a field at the name.
#[test]
fn name_is_edited_in_the_cloud() {
    let mut world = world();
    let place = world.names.as_ref().unwrap().as_ref().unwrap().names.iter().position(|name| name == "large").unwrap();
    world.placed_names = vec![PlacedName {
        part: place as u32,
        area: [[640.0, 440.0], [740.0, 460.0]],
        parallax: 0.0,
        size: 16.0,
        strength: 1.0,
        leaves: false,
    }];
    let mut harness = world.open();
    let (pos, button, modifiers) = (egui::pos2(690.0, 450.0), egui::PointerButton::Primary, egui::Modifiers::NONE);
    harness.event(egui::Event::PointerMoved(pos));
    for pressed in [true, false, true, false] {
        harness.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
    }
    harness.run();
    assert!(harness.query_by_label("Name of the cluster").is_some());
    harness.state_mut().actions.clear();
    // The name is selected, so that what is typed replaces it.
    harness.event(egui::Event::Text("great".into()));
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    let expected = Edit::NameCluster { rows: (20..50).collect(), name: Some("great".into()) };
    assert_eq!(harness.state().actions, [Action::Edit(expected)]);
}
