//! The presenter's view, found by what it says.

use std::time::Duration;

use egui::Rect;
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use parallax_panels::{PresenterMemory, PresenterModel, show_presenter};
use parallax_session::{Action, Present, Presentation, ShellAction, Step, Theme, TourAction};
use parallax_tour::OpenTour;

use crate::tours::tour;

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
