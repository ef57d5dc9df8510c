//! The Projection card.

use super::*;

#[track_caller]
fn configured(action: &Action) -> &Projection {
    let Action::Edit(Edit::Configure(projection)) = action else { panic!("{action:?}") };
    projection
}

#[test]
fn choice_of_the_method_does_not_move() {
    let mut harness = World::new(100, 3).open();
    let place = harness.get_by_label("t-SNE").rect();
    for (name, method) in [
        ("t-SNE", Method::Tsne),
        ("UMAP", Method::Umap),
        ("Custom", Method::Custom),
        ("As is", Method::Identity),
        ("PCA", Method::Pca),
    ] {
        click(&mut harness, name, Action::Edit(Edit::Project(method)));
        harness.run();
        assert_eq!(harness.get_by_label("t-SNE").rect(), place, "{name}");
    }
}

#[test]
fn method_with_steps_is_paused_continued_and_restarted() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    world.steps = Some((10, 100, true));
    let mut harness = world.open();
    assert!(harness.query_by_label("Iteration 10 of 100").is_some());
    assert!(harness.query_by_label("KL divergence 1.500").is_some());
    click(&mut harness, "Restart from this layout", Action::Job(JobAction::Steer(Steer::RestartHere)));
    click(&mut harness, "Pause", Action::Job(JobAction::Steer(Steer::Pause)));
    click(&mut harness, "Restart", Action::Job(JobAction::Steer(Steer::Restart)));
    click(&mut harness, "Perturb", Action::Job(JobAction::Steer(Steer::Perturb)));
    harness.state_mut().steps = Some((10, 100, false));
    harness.run();
    click(&mut harness, "Continue", Action::Job(JobAction::Steer(Steer::Resume)));
    harness.state_mut().steps = Some((100, 100, false));
    harness.run();
    click(&mut harness, "Continue", Action::Job(JobAction::Steer(Steer::Resume)));
}

#[test]
fn settings_of_the_projection_are_changed() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    let mut harness = world.open();
    assert!(configured(&acted(&mut harness, "Sphereize")).sphereize);
    harness.get_by_label("Distance").click();
    harness.run();
    assert_eq!(configured(&acted(&mut harness, "Cosine")).metric, Metric::Cosine);
    harness.get_by_label("Supervise by").click();
    harness.run();
    let set = acted(&mut harness, "writer");
    assert_eq!((configured(&set).supervisor.as_deref(), configured(&set).supervision), (Some("writer"), 0.5));
    harness.get_by_role_and_label(Role::Slider, "Perplexity").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    assert_eq!(configured(&harness.state().actions[0].clone()).tsne.perplexity, Some(31.0));
}

#[test]
fn ends_of_custom_axes_are_typed() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Custom;
    world.ends = vec![Ok(12), Err("No match".into())];
    let mut harness = world.open();
    assert!(configured(&acted(&mut harness, "Regular expression, left of x")).axes[0].names().is_some());
    harness.get_by_label("Search for the left end of x").focus();
    harness.run();
    harness.state_mut().actions.clear();
    harness.get_by_label("Search for the left end of x").type_text("good");
    harness.run();
    let typed = harness.state().actions.last().cloned().unwrap();
    assert!(configured(&typed).axes[0].names().unwrap().contains(&"good".to_owned()), "{typed:?}");
    harness.get_by_label("What y runs along").click();
    harness.run();
    assert_eq!(configured(&acted(&mut harness, "A random direction")).axes[1], CustomAxis::Random);
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

/// Without metadata nothing can be searched, and only with a selection is there a button to take it.
#[test]
fn custom_axis_without_an_end_says_how_to_set_it() {
    for (has_metadata, selected, text) in [
        (true, &[][..], "Type what is at the ends, or select points for one of them."),
        (true, &[3], "Type what is at the ends, or click “sel” to take the selected points."),
        (false, &[], "Select points for one of the ends. There is no metadata to search."),
        (false, &[3], "Click “sel” to take the selected points. There is no metadata to search."),
    ] {
        let mut world = World::new(100, 64);
        world.view.projection.method = Method::Custom;
        world.view.selection = RowSet::from(selected.to_vec());
        world.ends = vec![Err(String::new()); 6];
        world.method = Some(Method::Pca);
        if !has_metadata {
            world.embedding.as_mut().unwrap().metadata = Arc::default();
        }
        let harness = world.open();
        assert!(harness.query_by_label_contains(text).is_some(), "{text}");
        let has_button = harness.query_by_label("Take the selected rows for this end: left of x").is_some();
        assert_eq!(has_button, text.contains("sel”"), "{text}");
        let hint = harness.get_by_label("Search for the left end of x").accesskit_node().placeholder()
            == Some("Select points");
        assert_eq!(hint, !has_metadata, "{text}");
    }
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
fn rows_without_a_place_are_said_with_the_reason() {
    let rows = |rows: std::ops::Range<u32>| RowSet::from(rows.collect::<Vec<u32>>());
    for (unplaced, text) in [
        (
            WithoutPlace { zero: rows(7..9), ..WithoutPlace::default() },
            "2 without a place (2 of zeros, which have no direction)",
        ),
        (
            WithoutPlace { not_finite: rows(10..1244), ..WithoutPlace::default() },
            "1,234 without a place (1,234 with NaN, infinity, or a number beyond 3.4e38)",
        ),
        (
            WithoutPlace { not_finite: rows(0..3), zero: rows(6..8), other: RowSet::EMPTY },
            "5 without a place (3 with NaN, infinity, or a number beyond 3.4e38, 2 of zeros, which have no direction)",
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
        |harness: &Harness<'_, World>| harness.query_by_role_and_label(Role::ProgressIndicator, "Iterations").is_some();
    assert!(has_bar(&harness));
    harness.state_mut().steps = Some((100, 100, false));
    harness.run();
    assert!(!has_bar(&harness));
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
    harness.state_mut().layout_dims = 1;
    harness.run();
    assert!(harness.query_by_label("There is only 1 component, so y is 0.").is_some());
}

#[test]
fn canceled_projection_can_be_run() {
    let mut world = World::new(100, 64);
    world.canceled = true;
    click(&mut world.open(), "Run", Action::Job(JobAction::Steer(Steer::Restart)));
}

#[test]
fn method_with_steps_is_run_on_isolated_rows() {
    let mut world = World::new(100, 64);
    world.view.projection.method = Method::Tsne;
    world.view.isolation = vec![RowSet::from(vec![1, 2, 3])];
    world.of_more = true;
    let mut harness = world.open();
    click(&mut harness, "Run on these 3 rows", Action::Job(JobAction::Steer(Steer::Restart)));
}
