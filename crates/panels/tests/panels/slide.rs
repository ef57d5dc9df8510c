//! The slide, found by what it says.

use egui::Rect;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parallax_embedding::RowSet;
use parallax_panels::{free_of_caption, free_of_legend};
use parallax_session::{
    Action, Edit, Eye, Legend, LegendEntry, LegendValue, Present, Presentation, Ramp, ShellAction, StepKind, StepMark,
    StepRow, Theme, TourAction,
};

use crate::tours::{Drawn, World, press};

/// A world that presents its second bookmark, which has a note.
fn presenting(names: &[&str]) -> World {
    let mut world = World::new(names);
    world.presentation.on = true;
    for action in [TourAction::Show(1), TourAction::Note(1, "Look at the left.".into())] {
        world.tour.apply(&action, || None);
    }
    world
}

fn categories(names: impl IntoIterator<Item = String>) -> Legend {
    let entry =
        |name: String| LegendEntry { value: LegendValue::Value(name.clone()), name, color: [200, 100, 50], count: 10 };
    Legend::Categories { column: "digit".into(), entries: names.into_iter().map(entry).collect() }
}

#[test]
fn slide_is_caption_legend_and_place() {
    let mut world = presenting(&["a", "All digits", "c"]);
    world.legend = categories((0..10).map(|digit| digit.to_string()));
    let harness = world.open();
    let caption = harness.get_by_label("All digits. Look at the left.").rect();
    let place = harness.get_by_label("2 / 3").rect();
    let legend = harness.get_by_label("digit: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9").rect();
    assert!(caption.max.x < place.min.x && caption.max.y <= 900.0 && caption.min.x > 0.0, "{caption:?}");
    assert!(!legend.intersects(caption) && !legend.intersects(place) && legend.max.x <= 1440.0, "{legend:?}");
    for gone in ["Inspector", "Data", "Bookmarks", "Fit to view", "Save this view"] {
        assert!(harness.query_by_label(gone).is_none(), "{gone}");
    }
}

/// A movie of a training has no bookmark: the plate says where the points are, and what is left out
/// between two steps. It stays where it is.
#[test]
fn slide_without_a_bookmark_is_the_step() {
    let there = |number: u64| {
        let kind = StepKind::There {
            name: format!("emb:{number}"),
            is_alike: true,
            is_laid_out: true,
            is_gone: false,
            is_empty: false,
        };
        StepMark { number, kind }
    };
    let missing = StepMark { number: 1300, kind: StepKind::Missing { count: 2, last: 1400 } };
    let unread = StepMark { number: 1500, kind: StepKind::Unreadable("it is cut short".into()) };
    let marks = vec![there(1100), there(1200), missing, unread, there(1600)];
    let row =
        |open: usize| StepRow { marks: marks.clone(), open, said: "components of all steps".into(), on_screen: None };
    let mut world = World::new(&[]);
    world.presentation.on = true;
    world.steps = Some((row(0), 1.0));
    let mut harness = world.open();
    let first = harness.get_by_label("Step 1,100. components of all steps").rect();
    assert!(
        first.max.y < 900.0
            && first.min.y > free_of_caption(Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1440.0, 900.0))).max.y
    );
    for (open, arrived, says) in [
        (1, 0.3, "Step 1,100 → 1,200. components of all steps"),
        (1, 1.0, "Step 1,200. components of all steps"),
        (4, 1.0, "Step 1,600. 2 steps are missing, 1,300 to 1,400 · step 1,500 cannot be read"),
    ] {
        harness.state_mut().steps = Some((row(open), arrived));
        harness.run();
        assert_eq!(harness.get_by_label(says).rect(), first, "{says}");
    }
    // In half of a small movie, only what is left out is said.
    harness.set_size(egui::vec2(320.0, 360.0));
    for (open, says) in
        [(1, "Step 1,200"), (4, "Step 1,600. 2 steps are missing, 1,300 to 1,400 · step 1,500 cannot be read")]
    {
        harness.state_mut().steps = Some((row(open), 1.0));
        harness.run();
        assert!(harness.query_by_label(says).is_some(), "{says}");
    }
}

/// Keys belong to the presentation: the overlay takes none.
#[test]
fn slide_leaves_keys_alone() {
    let mut harness = presenting(&["a", "b"]).open();
    for key in [egui::Key::Tab, egui::Key::B, egui::Key::Escape, egui::Key::Space, egui::Key::F5] {
        assert_eq!(press(&mut harness, egui::Modifiers::NONE, key), []);
    }
    harness.state_mut().presentation = Presentation::default();
    harness.run();
    assert_eq!(
        press(&mut harness, egui::Modifiers::NONE, egui::Key::F5),
        [Action::Shell(ShellAction::Present(Present::On(true)))]
    );
}

/// Another plugin takes the key and ends the presentation in the same frame.
#[test]
fn escape_that_ends_a_presentation_ends_nothing_else() {
    let mut world = presenting(&["a", "b"]);
    world.view.selection = vec![3].into();
    let mut harness = world.open();
    let escape = |pressed| egui::Event::Key {
        key: egui::Key::Escape,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    harness.state_mut().presentation.on = false;
    // It is held, so that it comes again.
    for _ in 0..3 {
        harness.event(escape(true));
        harness.step();
    }
    harness.event(escape(false));
    harness.run();
    assert_eq!(harness.state().actions, []);
    assert_eq!(
        press(&mut harness, egui::Modifiers::NONE, egui::Key::Escape),
        [Action::Edit(Edit::Select(RowSet::EMPTY))]
    );
}

#[test]
fn slide_legend_names_what_fits() {
    let mut world = presenting(&["a", "b"]);
    world.legend = categories((0..10).map(|digit| digit.to_string()));
    world.shown = Some(RowSet::from(vec![3, 13, 27, 99]));
    let mut harness = world.open();
    assert!(harness.query_by_label("digit: 3, 7, 9").is_some(), "of the rows that are shown");
    harness.state_mut().shown = Some(RowSet::from(vec![4]));
    harness.run();
    assert!(harness.query_by_label("digit: 4").is_some());
    harness.state_mut().shown = None;
    harness.state_mut().legend = categories((0..1000).map(|value| format!("a value with a long name, {value}")));
    harness.run();
    let legend = harness.get_by_label_contains("digit: a value with a long name, 0");
    let rect = legend.rect();
    assert!(rect.min.y > 0.0 && rect.max.y <= 900.0 && rect.min.x > 1000.0, "{rect:?}");
    let said = legend.accesskit_node().value().unwrap();
    let (_, rest) = said.rsplit_once("and ").unwrap();
    let rest: usize = rest.trim_end_matches(" more").parse().unwrap();
    assert_eq!(said.matches("a value").count() + rest, 1000, "{said}");
    harness.state_mut().legend = Legend::Ramp {
        column: "score".into(),
        ramp: Ramp::ALL[0],
        low: -1.5,
        high: 20.0,
        data: [-1.5, 20.0],
        of_dates: false,
        stops: vec![[0; 3], [255; 3]],
        histogram: Vec::new(),
        missing: None,
        infinite: 0,
    };
    harness.run();
    assert!(harness.query_by_label("score: −1.5 to 20").is_some());
    harness.state_mut().legend = Legend::Square { colors: vec![[1; 3]; 16], means: [0.1, 0.2], missing: None };
    harness.run();
    assert!(harness.query_by_label("False and missing neighbors").is_some());
}

/// However long texts are and however small the window, all lies within it and apart.
#[test]
fn slide_texts_stay_in_the_window() {
    for size in [[640.0, 480.0], [1280.0, 720.0], [3840.0, 2160.0]] {
        let long = "a long name ".repeat(100);
        let mut world = presenting(&["a", &long]);
        world.tour.apply(&TourAction::Note(1, "a long note ".repeat(500)), || None);
        world.presentation.automatic = true;
        let harness = world.open_at(size);
        let caption = harness.get_by_label_contains("a long note").rect();
        let place = harness.get_by_label("▶ 2 / 2").rect();
        let window = Rect::from_min_size(egui::Pos2::ZERO, size.into());
        assert!(window.contains_rect(caption) && window.contains_rect(place), "{caption:?} {place:?} in {size:?}");
        assert!(caption.max.x < place.min.x && caption.width() <= 0.7 * size[0], "{caption:?} in {size:?}");
        assert!(window.contains_rect(free_of_caption(window)));
    }
}

/// Of two embeddings side by side, all of it is there once, the legend beside both pictures, and the step in
/// that of the first.
#[test]
fn slide_of_two_is_there_once() {
    let drawn = |drawn: Drawn, names: &[&str]| {
        let mut world = if names.is_empty() { World::new(&[]) } else { presenting(names) };
        world.presentation.on = true;
        let there = |number: u64| {
            let kind = StepKind::There {
                name: format!("emb:{number}"),
                is_alike: true,
                is_laid_out: true,
                is_gone: false,
                is_empty: false,
            };
            StepMark { number, kind }
        };
        let marks = vec![there(100), there(200)];
        world.steps = Some((StepRow { marks, open: 0, said: String::new(), on_screen: None }, 1.0));
        world.legend = categories((0..10).map(|digit| digit.to_string()));
        world.drawn = drawn;
        world.open_at([1280.0, 800.0])
    };
    let window = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 800.0));
    let legend = "digit: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9";
    let both = drawn(Drawn::OverBoth, &["a", "All digits"]);
    assert!(both.query_by_label("All digits. Look at the left.").is_some() && both.query_by_label("2 / 2").is_some());
    let pictures = free_of_legend(window, &both.state().legend);
    assert!(pictures.max.x <= both.get_by_label(legend).rect().min.x && pictures.width() > 1000.0, "{pictures}");
    assert_eq!(free_of_legend(window, &Legend::Empty), window);
    for eye in [Eye::Left, Eye::Right] {
        let half = drawn(Drawn::Half(eye), &["a", "All digits"]);
        for once in [legend, "All digits. Look at the left.", "2 / 2"] {
            assert!(half.query_by_label(once).is_none(), "{once} for {eye:?}");
        }
        let steps = drawn(Drawn::Half(eye), &[]);
        assert_eq!(steps.query_by_label("Step 100").is_some(), eye == Eye::Left);
    }
    let both = drawn(Drawn::OverBoth, &[]);
    assert!(both.query_by_label("Step 100").is_none() && both.query_by_label(legend).is_some());
}

/// Blank, spot, without bookmarks, without a name: what there is to say is said.
#[test]
fn slide_draws_degenerate_models() {
    for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
        for names in [&[][..], &["", "  "], &["a"]] {
            let mut world = World::new(names);
            world.view.theme = theme;
            world.presentation = Presentation { on: true, blank: true, spot: true, ..Presentation::default() };
            world.tour.apply(&TourAction::Show(0), || None);
            let mut harness = world.open();
            harness.hover_at(egui::pos2(300.0, 300.0));
            harness.run();
            let place = format!("1 / {}", names.len());
            let place = harness.query_by_label(&place);
            assert_eq!(place.is_some(), !names.is_empty(), "{names:?}");
            assert_eq!(harness.query_by_label("a").is_some(), names == ["a"], "{names:?}");
        }
    }
}
