//! The slide and the presenter's view, found by what they say.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

mod common;

use std::time::Duration;

use common::{World, press, tour};
use egui::Rect;
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use parallax_embedding::RowSet;
use parallax_panels::{PresenterMemory, PresenterModel, free_of_caption, show_presenter};
use parallax_session::{
    Action, Edit, Legend, LegendEntry, LegendValue, Present, Presentation, Ramp, ShellAction, Step, Theme, TourAction,
};
use parallax_tour::OpenTour;

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
        stops: vec![[0; 3], [255; 3]],
        histogram: Vec::new(),
        missing: None,
        infinite: 0,
    };
    harness.run();
    assert!(harness.query_by_label("score: −1.5 to 20").is_some());
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

/// Blank, spot, without bookmarks, without a shown one: all are drawn.
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
        }
    }
}

/// What the presenter's view shows, and what was done there.
struct Presenter {
    tour: OpenTour,
    presentation: Presentation,
    theme: Theme,
    memory: PresenterMemory,
    actions: Vec<Action>,
}

impl Presenter {
    fn of(tour: OpenTour) -> Self {
        let presentation = Presentation { on: true, presenter: true, ..Presentation::default() };
        Self { tour, presentation, theme: Theme::Dark, memory: PresenterMemory::default(), actions: Vec::new() }
    }

    fn frame(&mut self, ctx: &egui::Context) {
        let model = PresenterModel {
            tour: self.tour.tour(),
            at: self.tour.at(),
            elapsed: Duration::from_secs(754),
            on_this: Duration::from_secs(45),
            clock: "21:30",
            theme: self.theme,
            presentation: self.presentation,
        };
        let before = self.actions.len();
        show_presenter(ctx, &model, &mut self.memory, &mut self.actions);
        for action in &self.actions[before..] {
            match action {
                Action::Tour(action) => {
                    self.tour.apply(action, || None);
                }
                Action::Shell(ShellAction::Present(action)) => self.presentation.apply(*action),
                _ => {}
            }
        }
    }

    fn open_at(self, size: [f32; 2]) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .build_ui_state(|ui, presenter: &mut Self| presenter.frame(&ui.ctx().clone()), self);
        harness.run();
        harness
    }
}

#[track_caller]
fn click(harness: &mut Harness<'_, Presenter>, name: &str) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.get_by_label(name).click();
    harness.run();
    harness.state().actions.clone()
}

#[test]
fn presenter_shows_current_and_next_bookmark() {
    let mut harness = Presenter::of(tour(&["a", "b", "c"])).open_at([1280.0, 800.0]);
    for said in
        ["3 bookmarks", "No bookmark is shown yet.", "Next: a", "21:30", "12:34 since the start", "0:45 on this"]
    {
        assert!(harness.query_by_label(said).is_some(), "{said}");
    }
    let step = |step| vec![Action::Tour(TourAction::Step(step))];
    assert_eq!(click(&mut harness, "Next"), step(Step::Next));
    assert_eq!(click(&mut harness, "Next"), step(Step::Next));
    assert!(harness.query_by_label("2 of 3").is_some() && harness.query_by_label("b").is_some());
    assert!(harness.query_by_label("Next: c").is_some() && harness.query_by_label("No notes").is_some());
    assert_eq!(click(&mut harness, "Previous"), step(Step::Previous));
    let present = |present| vec![Action::Shell(ShellAction::Present(present))];
    assert_eq!(click(&mut harness, "Blank"), present(Present::Blank(true)));
    assert!(harness.query_by_label("The screen is blank").is_some());
    assert_eq!(click(&mut harness, "Blank"), present(Present::Blank(false)));
    assert_eq!(click(&mut harness, "Automatic"), present(Present::Automatic(true)));
    assert_eq!(click(&mut harness, "Spot"), present(Present::Spot(true)));
    assert_eq!(click(&mut harness, "End"), present(Present::On(false)));
    assert!(harness.get_by_label("Blank").accesskit_node().is_disabled(), "nothing is presented");
    assert_eq!(click(&mut harness, "Present"), present(Present::On(true)));
}

#[test]
fn presenter_presents_by_the_key_of_the_main_window() {
    let mut harness = Presenter::of(tour(&["a", "b"])).open_at([1280.0, 800.0]);
    harness.key_press(egui::Key::F5);
    harness.run();
    assert_eq!(harness.state().actions, [], "it is presented already");
    harness.state_mut().presentation.on = false;
    harness.key_press(egui::Key::F5);
    harness.run();
    assert_eq!(harness.state().actions, [Action::Shell(ShellAction::Present(Present::On(true)))]);
}

#[test]
fn presenter_shows_the_first_after_the_last_in_a_loop() {
    let mut open = tour(&["a", "b"]);
    open.apply(&TourAction::Show(1), || None);
    let mut harness = Presenter::of(open).open_at([1280.0, 800.0]);
    assert!(harness.query_by_label("This is the last bookmark").is_some());
    harness.state_mut().tour.apply(&TourAction::Loop(true), || None);
    harness.run();
    assert!(harness.query_by_label("Next: a").is_some());
}

#[test]
fn presenter_draws_any_tour_in_any_window() {
    for size in [[480.0, 320.0], [1920.0, 1080.0], [3840.0, 2160.0]] {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let long = "a long name ".repeat(100);
            for names in [&[][..], &["a"], &[long.as_str(), long.as_str()]] {
                let mut open = tour(names);
                for place in 0..names.len() {
                    open.apply(&TourAction::Note(place, "what is to be said ".repeat(2000)), || None);
                }
                open.apply(&TourAction::Show(0), || None);
                let harness = Presenter { theme, ..Presenter::of(open) }.open_at(size);
                let window = Rect::from_min_size(egui::Pos2::ZERO, size.into());
                for name in ["Previous", "End"] {
                    assert!(window.contains_rect(harness.get_by_label(name).rect()), "{name} in {size:?}");
                }
            }
        }
    }
}
