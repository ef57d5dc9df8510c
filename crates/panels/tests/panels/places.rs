//! Where cards and the toolbar are, in windows of any size.

use super::*;

#[test]
fn folded_card_hides_its_content() {
    let mut harness = World::new(100, 64).open();
    assert!(harness.query_by_label("seven: 1,234").is_some());
    click(&mut harness, "Data", Action::Edit(Edit::Fold(Panel::Data, true)));
    assert!(harness.query_by_label("seven: 1,234").is_none());
    click(&mut harness, "Data", Action::Edit(Edit::Fold(Panel::Data, false)));
    assert!(harness.query_by_label("seven: 1,234").is_some());
}

/// Empty and nearly empty data, and numbers that are not finite, in a window too small and one of
/// the usual size.
#[test]
fn degenerate_models_are_drawn() {
    let nan = f32::NAN;
    for size in [[1.0, 1.0], [900.0, 600.0]] {
        for (rows, dims) in [(0, 0), (0, 5), (1, 1), (2, 3)] {
            let mut world = World::new(rows, dims);
            world.variance = vec![f64::NAN, f64::INFINITY, -1.0];
            world.layout_dims = 1;
            world.view.projection.components = [usize::MAX, 0, 0];
            world.view.selection = RowSet::from(vec![u32::MAX]);
            world.neighbors = NeighborhoodState::Ready(vec![Neighbor { row: u32::MAX, distance: f64::INFINITY }]);
            world.hovered = Some(Marked { row: u32::MAX, at: egui::pos2(nan, nan), parallax: nan, radius: nan });
            let label = |area, side| {
                let rank = LabelRank::Selected;
                PlacedLabel { row: 1, area, parallax: nan, side, rank, size: nan, strength: nan }
            };
            let tick = |at, text: &str| SeenTick { at, parallax: nan, text: text.into() };
            let axis = |end: f32| SeenAxis {
                ends: [[500.0, end], [500.0, 300.0]],
                parallax: [nan, 1.0],
                names: ["left".into(), String::new()],
                ticks: vec![tick([nan, 5.0], "1"), tick([500.0, 300.0], "2")],
                outward: [nan, 1.0],
            };
            world.axes = vec![axis(nan), axis(300.0), axis(200.0)];
            world.labels = vec![
                label([[5.0, 5.0], [45.0, 17.0]], LabelSide::Middle),
                label([[5.0, 5.0], [45.0, 17.0]], LabelSide::Left),
                label([[nan, nan], [nan, nan]], LabelSide::Left),
            ];
            world.projecting = Some(JobStatus { fraction: nan, ..running(JobKind::Project, "", "") });
            world.legend = Legend::Ramp {
                column: "c".into(),
                ramp: Ramp::Viridis,
                low: f64::NAN,
                high: f64::INFINITY,
                data: [f64::NAN; 2],
                of_dates: false,
                stops: vec![],
                histogram: vec![0, 3],
                missing: None,
                infinite: 0,
            };
            world.found = Found::Rows(RowSet::from(vec![0, u32::MAX]));
            world.open_at(size);
        }
        let mut nothing = World::new(0, 0);
        nothing.embedding = None;
        nothing.legend = Legend::Empty;
        assert!(nothing.open_at(size).query_by_label("parallax PATH").is_some());
    }
}

/// Cards do not overlap in a low window either, whatever they hold.
#[test]
fn cards_do_not_overlap() {
    for size in [[1100.0, 600.0], [1440.0, 900.0]] {
        let mut world = World::new(100, 64);
        world.runs = vec!["train", "eval"];
        let name = |i: usize| format!("a name of a category that is much longer than a card is wide, number {i}");
        let entries = (0..60)
            .map(|i| LegendEntry { name: name(i), value: LegendValue::Value(name(i)), color: [i as u8; 3], count: i })
            .collect();
        world.legend = Legend::Categories { column: "digit".into(), entries };
        let harness = world.open_at(size);
        let header = |name: &str| harness.get_by_label(name).rect();
        let path = harness.get_by_label("logs").rect();
        assert!(path.max.y < header("Projection").min.y, "{size:?}");
        let axis = harness.get_by_label("Component of x").rect();
        assert!(axis.max.y <= size[1] - 12.0, "{axis:?} in {size:?}");
        let tools = ["Pointer", "More"].map(|name| harness.get_by_label(name).rect());
        assert!(header("Data").max.x < tools[0].min.x && tools[1].max.x < header("Inspector").min.x, "{size:?}");
        let free = free_area(egui::Rect::from_min_size(egui::Pos2::ZERO, size.into()), &Panels::default());
        assert!(header("Data").max.x < free.min.x && free.max.x < header("Inspector").min.x);
    }
}

/// The toolbar does not overlap cards in any window from 640 pixels on, and commands without room
/// are in the menu.
#[test]
fn toolbar_does_not_overlap_the_cards() {
    for width in (640..1500).step_by(20) {
        let mut harness = World::new(100, 64).open_at([width as f32, 700.0]);
        let rect = |name: &str| harness.get_by_label(name).rect();
        let (first, more) = (rect("Pointer"), rect("More"));
        let others: &[&str] = if width < 1100 { &["Show Inspector", "Show Bookmarks"] } else { &["Inspector"] };
        for name in others.iter().chain(&["Data"]) {
            let other = rect(name);
            assert!(!other.intersects(first.union(more)), "{width}: {name} {other:?}, {first:?}, {more:?}");
        }
        assert!(first.min.x >= 0.0 && more.max.x <= width as f32, "{width}");
        harness.get_by_label("More").click();
        harness.run();
        assert!(harness.query_by_label("Hide panels").is_some(), "{width}");
    }
}

#[test]
fn cards_are_made_wider_by_their_inner_edge() {
    let mut harness = World::new(100, 64).open();
    let path = harness.get_by_label("logs").rect().width();
    let edge = harness.get_by_label("Width of the left cards").rect().center();
    harness.drag_at(edge);
    harness.run();
    harness.hover_at(edge + egui::vec2(60.0, 0.0));
    harness.run();
    harness.drop_at(edge + egui::vec2(60.0, 0.0));
    harness.run();
    assert_eq!(harness.state().view.panels.widths, [368, 308]);
    assert_eq!(harness.get_by_label("Data").rect().width(), 368.0);
    assert_eq!(harness.get_by_label("logs").rect().width(), path + 60.0, "the content follows");
    harness.get_by_label("Width of the right cards").focus();
    harness.run();
    let widened = press(&mut harness, egui::Modifiers::NONE, egui::Key::ArrowLeft);
    assert_eq!(widened, [Action::Edit(Edit::Widen([368, 324]))]);
    assert_eq!(harness.get_by_label("Inspector").rect().width(), 324.0);
}

#[test]
fn narrow_window_shows_one_column() {
    let mut harness = World::new(100, 64).open_at([1099.0, 700.0]);
    assert!(harness.query_by_label("Data").is_some() && harness.query_by_label("Inspector").is_none());
    click(&mut harness, "Show Bookmarks", Action::Edit(Edit::Fold(Panel::Bookmarks, false)));
    assert!(harness.query_by_label("Data").is_none() && harness.query_by_label("Inspector").is_some());
    click(&mut harness, "Show Data", Action::Edit(Edit::Fold(Panel::Data, false)));
    let to_inspector = press(&mut harness, egui::Modifiers::COMMAND, egui::Key::F);
    assert_eq!(
        to_inspector,
        [Action::Edit(Edit::Fold(Panel::Inspector, false))],
        "the search field is in the other column"
    );
    harness.set_size(egui::vec2(1100.0, 700.0));
    harness.run();
    assert!(harness.query_by_label("Data").is_some() && harness.query_by_label("Inspector").is_some());
}

/// Wide cards give way if the window has no room for them.
#[test]
fn wide_cards_do_not_overlap() {
    for width in (1100..1400).step_by(60) {
        let mut world = World::new(100, 64);
        world.view.panels.widths = [560, 560];
        let harness = world.open_at([width as f32, 700.0]);
        let [data, inspector] = ["Data", "Inspector"].map(|name| harness.get_by_label(name).rect());
        assert!(data.max.x < inspector.min.x && inspector.max.x <= width as f32, "{width}: {data:?} {inspector:?}");
    }
}
