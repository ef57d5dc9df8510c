//! How far the layout can be trusted: figures, diagrams, and colors.

use super::*;

#[test]
fn points_are_colored_by_false_and_missing_neighbors_and_again_as_before() {
    let mut world = World::new(100, 64);
    world.quality = Some(QualityFigures { trustworthiness: 0.968, continuity: 0.8, ..QUALITY });
    world.view.color_by = Pick::Column("writer".into());
    let mut harness = world.open();
    assert!(harness.query_by_label("False 3.2 %, missing 20 %").is_some());
    click(&mut harness, "Color by these", Action::Edit(Edit::ColorBy(Pick::FalseAndMissing)));
    assert!(harness.query_by_label("Color by this").is_some(), "the other coloring stays offered");
    harness.state_mut().legend = Legend::Square {
        colors: vec![[1; 3]; 16],
        means: [0.032, 0.2],
        missing: Some(LegendEntry {
            name: "not measured".into(),
            value: LegendValue::Missing,
            color: [9; 3],
            count: 12,
        }),
    };
    harness.run();
    assert!(harness.query_by_label("False neighbors 3.2 %, missing neighbors 20 %").is_some());
    assert!(harness.query_by_label("not measured: 12").is_some());
    assert!(harness.query_by_label("Click to hide, double-click to show alone").is_none(), "it is no column");
    assert_eq!(harness.get_all_by_label("Color by writer").count(), 2, "in the legend and on the card");
    harness.state_mut().actions.clear();
    harness.get_all_by_label("Color by writer").next().unwrap().click();
    harness.run();
    assert_eq!(harness.state().actions, [Action::Edit(Edit::ColorBy(Pick::Column("writer".into())))]);
    choose(&mut harness, "Color by", "False and missing", Action::Edit(Edit::ColorBy(Pick::FalseAndMissing)));
}

fn shepard() -> Shepard {
    let counts = (0..SHEPARD_BINS * SHEPARD_BINS).map(|at| (at % 7) as u32).collect();
    Shepard { pairs: 100_000, is_whole: false, spearman: Some(-0.25), greatest: [12.5, 3.0], counts }
}

#[test]
fn shepard_diagram_opens_and_closes_with_escape() {
    let mut world = World::new(100, 64);
    world.quality = Some(QUALITY);
    world.shepard = Some(Ok(shepard()));
    world.view.selection = RowSet::from(vec![1, 2]);
    let mut harness = world.open();
    assert!(harness.query_by_label("Distances: Spearman’s ρ −0.250").is_some());
    let said = "Shepard diagram: Spearman’s rho −0.250, 100,000 pairs drawn at random";
    assert!(harness.query_by_label(said).is_none());
    harness.get_by_label("Shepard diagram").click();
    harness.run();
    assert!(harness.query_by_label(said).is_some());
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert!(harness.query_by_label(said).is_none());
    assert_eq!(harness.state().view.selection.len(), 2, "Esc closes the diagram and nothing else");
    harness.state_mut().shepard = Some(Ok(Shepard { spearman: None, is_whole: true, pairs: 3, ..shepard() }));
    harness.run();
    assert!(harness.query_by_label("Distances: Spearman’s ρ undefined").is_some());
    harness.state_mut().shepard = Some(Err("rows 3 to 9 are lost"));
    harness.run();
    assert!(harness.query_by_label("The distances are not compared: rows 3 to 9 are lost.").is_some());
}

#[test]
fn neighbors_that_share_a_label_are_compared_with_chance() {
    let shared = |share, p, z| Shared { share, chance: 0.1, deviation: 0.01, z, p };
    let mut world = World::new(100, 64);
    world.quality = Some(QUALITY);
    let layout = shared(0.94, 1.0 / 201.0, Some(84.0));
    world.agreement =
        Some(("digit", Ok(Agreement { k: 15, rows: 98, left_out: 2, vectors: shared(0.95, 0.5, None), layout })));
    let mut harness = world.open();
    let text = "Neighbors share “digit” 94 % of the time, by their vectors 95 %; by chance 10 % (p < 0.005)";
    assert!(harness.query_by_label(text).is_some());
    harness.state_mut().agreement.as_mut().unwrap().1.as_mut().unwrap().layout = shared(0.1, 0.52, Some(0.0));
    harness.run();
    let text = "Neighbors share “digit” 10 % of the time, by their vectors 95 %; by chance 10 % (p = 0.52)";
    assert!(harness.query_by_label(text).is_some());
    harness.state_mut().agreement = Some(("digit", Err("it was canceled")));
    harness.run();
    assert!(harness.query_by_label("Neighbors are not compared by “digit”: it was canceled.").is_some());
}

#[test]
fn inspected_row_says_how_many_neighbors_are_strangers() {
    let said = |strangers, errors| {
        let mut world = World::new(100, 64);
        world.view.selection = RowSet::from(vec![4]);
        world.row_quality = Some(RowQuality { k: 15, strangers, errors });
        world.open()
    };
    let text = "4 of its 15 nearest here are strangers, 4 true neighbors are missing: false 2.0 %, missing 12 %.";
    assert!(said(4, [0.02, 0.12]).query_by_label(text).is_some());
    let text = "1 of its 15 nearest here is a stranger, 1 true neighbor is missing: false 0.1 %, missing 0.1 %.";
    assert!(said(1, [0.001, 0.001]).query_by_label(text).is_some());
    assert!(said(0, [0.0; 2]).query_by_label("Its 15 nearest here are its 15 true neighbors.").is_some());
}

#[test]
fn figures_of_an_earlier_step_say_so() {
    let mut world = World::new(100, 64);
    world.quality = Some(QualityFigures { trustworthiness: 0.968, continuity: 0.8, step: Some(1240), ..QUALITY });
    world.view.selection = RowSet::from(vec![4]);
    world.row_quality = Some(RowQuality { k: 15, strangers: 0, errors: [0.0; 2] });
    world.steps = Some((1260, 2000, true));
    let mut harness = world.open();
    assert!(harness.query_by_label("Neighbors kept 45.3 % at 1,240").is_some());
    assert!(harness.query_by_label("Its 15 nearest here are its 15 true neighbors. At iteration 1,240.").is_some());
    harness.state_mut().steps = Some((1240, 2000, false));
    harness.run();
    assert!(harness.query_by_label("Neighbors kept 45.3 %").is_some(), "the run rests");
}
