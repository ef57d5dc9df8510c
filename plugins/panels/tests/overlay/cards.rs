//! What the cards show, and what they offer when something fails.

use super::*;

const QUALITY: QualityFigures =
    QualityFigures { k: 15, recall: 0.453, trustworthiness: 0.9, continuity: 0.9, sample: 100, approximate: None };

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
fn search_without_a_match_offers_its_text_as_a_pattern() {
    let mut world = World::new(100, 64);
    world.view.search.text = "^wr".into();
    world.found = Some(RowSet::EMPTY);
    let mut harness = world.open();
    let regex = Search { text: "^wr".into(), regex: true, ..Search::default() };
    click(&mut harness, "No match as text. Use as regex?", Action::Search(regex));
    assert!(harness.query_by_label("No match as text. Use as regex?").is_none());
    assert!(harness.query_by_label("No match").is_some());
    harness.state_mut().view.search = Search { text: "wr".into(), ..Search::default() };
    harness.run();
    assert!(harness.query_by_label("No match as text. Use as regex?").is_none(), "the text is no pattern");
}

#[test]
fn custom_axis_without_an_end_says_what_is_shown() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Custom;
    world.ends = vec![Err(String::new()), Err(String::new()), Ok(0), Ok(0), Ok(0), Ok(0)];
    world.method = Some(Method::Pca);
    let mut harness = world.open();
    let says = |harness: &Harness<'_, World>, text: &str| harness.query_by_label_contains(text).is_some();
    assert!(says(&harness, "An axis is missing an end, so the cloud shows PCA."));
    for (end, example) in [("left", "e.g. writer 0"), ("right", "e.g. writer 1")] {
        let label = format!("Search for the {end} end of x");
        assert_eq!(harness.get_by_label(&label).accesskit_node().placeholder(), Some(example));
    }
    harness.state_mut().method = None;
    harness.run();
    assert!(says(&harness, "The cloud shows the axes as they were before."));
    harness.state_mut().ends = vec![Ok(3), Ok(4)];
    harness.run();
    assert!(!says(&harness, "The cloud shows") && !says(&harness, "so the cloud shows PCA"));
    harness.state_mut().method = Some(Method::Pca);
    harness.run();
    assert!(says(&harness, "The axes have no direction, so the cloud shows PCA."));
}

#[test]
fn end_of_an_axis_without_a_match_offers_its_text_as_a_pattern() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Custom;
    let side = |text: &str| Side::Search(Search { text: text.into(), ..Search::default() });
    world.view.projection.axes[0] = CustomAxis::Between { left: side("wr"), right: side("wr|x") };
    world.ends = vec![Ok(100), Err("No match".into())];
    let mut harness = world.open();
    let action = acted(&mut harness, "No match. Use as regex?");
    let CustomAxis::Between { left, right } = &configured(&action).axes[0] else { panic!("{action:?}") };
    let regex = Search { text: "wr|x".into(), regex: true, ..Search::default() };
    assert_eq!((left, right), (&side("wr"), &Side::Search(regex)));
}

#[test]
fn points_are_colored_by_neighbors_kept_and_again_as_before() {
    let mut world = World::new(100, 64);
    world.quality = Some(QUALITY);
    world.view.color_by = Pick::Column("writer".into());
    let mut harness = world.open();
    assert!(harness.query_by_label("Neighbors kept 45.3 %").is_some());
    click(&mut harness, "Color by neighbors kept", Action::ColorBy(Pick::Reliability));
    harness.state_mut().legend = Legend::Ramp {
        column: "Neighbors kept".into(),
        ramp: Ramp::Viridis,
        low: 0.0,
        high: 1.0,
        data: [0.0, 1.0],
        stops: vec![[0; 3], [255; 3]],
        histogram: vec![1; 64],
        missing: None,
        infinite: 0,
    };
    harness.run();
    assert!(harness.query_by_label("Neighbors kept: 0 % to 100 %").is_some(), "in the unit of the card");
    assert!(harness.query_by_label("As categories").is_none());
    let back = Action::ColorBy(Pick::Column("writer".into()));
    assert_eq!(harness.get_all_by_label("Color by writer").count(), 2, "in the legend and on the card");
    harness.state_mut().actions.clear();
    harness.get_all_by_label("Color by writer").next().unwrap().click();
    harness.run();
    assert_eq!(harness.state().actions, [back]);
    choose(&mut harness, "Color by", "Neighbors kept", Action::ColorBy(Pick::Reliability));
}

#[test]
fn rows_without_a_place_are_said_with_the_reason() {
    let rows = |rows: std::ops::Range<u32>| RowSet::from(rows.collect::<Vec<u32>>());
    for (unplaced, text) in [
        (
            WithoutPlace { zero: rows(7..9), ..WithoutPlace::default() },
            "2 without a place (2 of zeros, which have no direction)",
        ),
        (
            WithoutPlace { not_finite: rows(10..1244), ..WithoutPlace::default() },
            "1,234 without a place (1,234 with NaN or infinity)",
        ),
        (
            WithoutPlace { not_finite: rows(0..3), zero: rows(6..8), other: RowSet::EMPTY },
            "5 without a place (3 with NaN or infinity, 2 of zeros, which have no direction)",
        ),
    ] {
        let mut world = World::new(100, 64);
        let is_zero = unplaced.zero.contains(7);
        world.unplaced = unplaced;
        world.view.selection = RowSet::from(vec![7]);
        let harness = world.open();
        assert!(harness.query_by_label(text).is_some(), "{text}");
        let zero = "This row is a zero vector. It has no direction, so it has no place in this layout.";
        assert_eq!(harness.query_by_label(zero).is_some(), is_zero, "{text}");
    }
}

#[test]
fn progress_of_umap_goes_at_the_end() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Umap;
    world.divergences = Vec::new();
    world.steps = Some((10, 100, true));
    let mut harness = world.open();
    let has_bar =
        |harness: &Harness<'_, World>| harness.query_by_role_and_label(Role::ProgressIndicator, "Steps").is_some();
    assert!(has_bar(&harness));
    harness.state_mut().steps = Some((100, 100, false));
    harness.run();
    assert!(!has_bar(&harness));
}

#[test]
fn rows_without_a_label_are_called_by_their_number() {
    let mut world = World::new(10_000, 1);
    world.view.label_by = Pick::Nothing;
    world.view.selection = RowSet::from(vec![5521]);
    world.neighbors = vec![Neighbor { row: 4000, distance: 0.5 }];
    let mut harness = world.open();
    assert!(harness.query_by_label("row 5,521").is_some());
    click(&mut harness, "row 4,000, distance 0.500", Action::Select(RowSet::from(vec![4000])));
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
    click(&mut harness, "Clear tag", Action::Tag { column: "digit".into(), value: String::new() });
}

/// The names of the texts that are painted over the cloud, and not on cards.
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
    world.hovered = Some(Marked { row: 40, at, radius: 5.0 });
    let mut harness = world.open();
    let is_there = |harness: &Harness<'_, World>| painted(harness).contains(&"row 40".to_owned());
    assert!(is_there(&harness));
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    assert!(!is_there(&harness), "{:?}", painted(&harness));
    for hovered in [None, Some(Marked { row: 40, at, radius: 5.0 })] {
        harness.state_mut().hovered = hovered;
        harness.run();
        assert_eq!(is_there(&harness), hovered.is_some(), "it comes back with the pointer");
    }
}

#[test]
fn default_that_is_too_large_for_the_rows_is_said() {
    for (method, text) in [
        (Method::Tsne, "Lowered from 30: there are only 30 rows"),
        (Method::Umap, "Lowered from 15: there are only 8 rows"),
    ] {
        let mut world = World::new(if method == Method::Tsne { 30 } else { 8 }, 4);
        world.view.projection.method = method;
        assert!(world.open().query_by_label(text).is_some(), "{text}");
        let mut world = World::new(100, 4);
        world.view.projection.method = method;
        assert!(world.open().query_by_label_contains("Lowered from").is_none());
    }
}

#[test]
fn axis_without_a_component_is_said() {
    let mut world = World::new(100, 2);
    world.layout_dims = 2;
    let mut harness = world.open();
    assert!(harness.query_by_label("There are only 2 components, so z is 0.").is_some());
    harness.state_mut().view.projection.dims = Dims::Two;
    harness.run();
    assert!(harness.query_by_label_contains("There are only").is_none());
}
