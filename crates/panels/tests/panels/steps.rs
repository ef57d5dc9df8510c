//! The row of the steps of a training.

use parallax_session::{
    Alignment, Movement, MovementOf, Since, StepBasis, StepKind, StepMark, StepRow, StepSpeed, Training,
};

use super::*;

fn mark(number: u64, kind: StepKind) -> StepMark {
    StepMark { number, kind }
}

/// Steps 0, 100, 300 (of other rows), and 500, of which 100 is open: 200 is missing, and 400 cannot be
/// read.
pub(super) fn steps() -> StepRow {
    let there = |number: u64| {
        let (is_alike, is_laid_out) = (number != 300, number < 500);
        mark(
            number,
            StepKind::There { name: format!("emb:{number}"), is_alike, is_laid_out, is_gone: false, is_empty: false },
        )
    };
    let marks = vec![
        there(0),
        there(100),
        mark(200, StepKind::Missing { count: 1, last: 200 }),
        there(300),
        mark(400, StepKind::Unreadable("it is cut short".into())),
        there(500),
    ];
    StepRow { marks, open: 1, on_screen: None, said: "components of all steps".into() }
}

fn world() -> World {
    let mut world = World::new(100, 64);
    world.step_row = Some(steps());
    world
}

#[test]
fn step_is_chosen_by_click_drag_and_keys() {
    let go = |name: &str| Action::Edit(Edit::GoToStep(name.into()));
    let pass = |name: &str| Action::Edit(Edit::PassStep(name.into()));
    let mut harness = world().open();
    assert!(harness.query_by_label("Step 100").is_some() && harness.query_by_label("2 of 4").is_some());
    assert!(harness.query_by_label("components of all steps").is_some());
    let rail = harness.get_by_label("Step").rect();
    let at = |place: usize| rail.left_center() + egui::vec2(8.0 + (rail.width() - 16.0) / 5.0 * place as f32, 0.0);
    let press_at = |harness: &mut Harness<'_, World>, place: usize| {
        harness.state_mut().actions.clear();
        harness.state_mut().view.embedding = None;
        harness.event(egui::Event::PointerMoved(at(place)));
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            harness.event(egui::Event::PointerButton {
                pos: at(place),
                button,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
            harness.run();
        }
        harness.state().actions.clone()
    };
    assert_eq!(press_at(&mut harness, 0), [go("emb:0")]);
    assert_eq!(press_at(&mut harness, 1), [], "it is there");
    assert_eq!(press_at(&mut harness, 2), [], "the nearest step is the open one");
    assert_eq!(
        press_at(&mut harness, 3),
        [Action::Edit(Edit::ChooseEmbedding("emb:300".into()))],
        "its rows are others"
    );
    assert_eq!(press_at(&mut harness, 5), [go("emb:500")]);
    harness.state_mut().view.embedding = None;
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::PageUp), [pass("emb:0")]);
    harness.state_mut().view.embedding = None;
    harness.state_mut().step_row = Some(StepRow { open: 5, ..steps() });
    harness.run();
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::PageDown), [], "it is the last");
    // While it is dragged, steps do not go on by themselves.
    let playing = Training { playing: true, ..Training::default() };
    harness.state_mut().view.training = playing;
    harness.state_mut().actions.clear();
    harness.event(egui::Event::PointerMoved(at(5)));
    let button = egui::PointerButton::Primary;
    harness.event(egui::Event::PointerButton { pos: at(5), button, pressed: true, modifiers: egui::Modifiers::NONE });
    harness.run();
    for place in [3, 1, 0] {
        harness.event(egui::Event::PointerMoved(at(place)));
        // A tooltip follows.
        harness.run_steps(3);
    }
    let done = &harness.state().actions;
    assert!(done.contains(&Action::Edit(Edit::SetTraining(Training { playing: false, ..playing }))), "{done:?}");
    assert_eq!(done.last(), Some(&pass("emb:0")));
}

#[test]
fn steps_are_played_and_laid_out_as_chosen() {
    let mut harness = world().open();
    let set = |training: Training| Action::Edit(Edit::SetTraining(training));
    let mut training = Training { playing: true, ..Training::default() };
    click(&mut harness, "Play the steps", set(training));
    training.playing = false;
    click(&mut harness, "Pause the steps", set(training));
    harness.get_by_label("How steps are shown").click();
    harness.run();
    training.speed = StepSpeed::Four;
    click(&mut harness, "4", set(training));
    training.looping = true;
    click(&mut harness, "Loop", set(training));
    assert!(harness.query_by_label("All steps").is_none(), "layouts are not together");
    let motion = "Axes are those of each step: how points move is the method, too";
    assert!(harness.query_by_label(motion).is_some());
    training.together = Some(true);
    click(&mut harness, "Together", set(training));
    training.fills = true;
    click(&mut harness, "Each fills the view", set(training));
    training.basis = Some(StepBasis::Step(100));
    harness.state_mut().actions.clear();
    let segment = harness.get_all_by_role_and_label(Role::RadioButton, "Step 100").next().unwrap();
    segment.click();
    harness.run();
    assert_eq!(harness.state().actions, [set(training)]);
    assert!(harness.query_by_label("With scale").is_none(), "axes of all steps are the same");
    training.basis = Some(StepBasis::Each);
    click(&mut harness, "Each step", set(training));
    training.align = Some(Alignment::Scale);
    click(&mut harness, "With scale", set(training));
}

#[test]
fn row_says_what_is_being_laid_out_and_what_is_still_shown() {
    let mut world = world();
    world.laying_out = Some(running(JobKind::Training, "Laying out 4 steps", "Step 2 of 4"));
    let mut harness = world.open();
    let both = "components of all steps · Laying out 4 steps: Step 2 of 4";
    assert!(harness.query_by_label(both).is_some(), "what is shown, and what comes");
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(Some(JobKind::Training))));
    harness.state_mut().laying_out = None;
    harness.state_mut().step_row = Some(StepRow { on_screen: Some(0), ..steps() });
    harness.run();
    assert!(harness.query_by_label("the picture still shows step 0").is_some());
    harness.state_mut().laying_out = Some(running(JobKind::Training, "Laying out 4 steps", "Step 2 of 4"));
    harness.run();
    let both = "the picture still shows step 0 · Laying out 4 steps: Step 2 of 4";
    assert!(harness.query_by_label(both).is_some());
}

/// What the row has below the steps does not make it higher: the line of status is just below.
#[test]
fn row_is_as_high_while_steps_are_laid_out() {
    for size in [[660.0, 480.0], [800.0, 600.0], [1280.0, 800.0]] {
        let mut harness = world().open_at(size);
        let places = |harness: &Harness<'_, World>| {
            ["Step", "Play the steps", "How steps are shown"].map(|name| harness.get_by_label(name).rect())
        };
        let before = places(&harness);
        harness.state_mut().laying_out = Some(running(JobKind::Training, "Laying out 4 steps", "Step 2 of 4"));
        harness.run();
        assert!(harness.query_by_label("Cancel").is_some());
        assert_eq!(places(&harness), before, "{size:?}");
    }
}

/// A step whose vectors are no numbers is passed by keys. It can be chosen, and says why it has no picture.
#[test]
fn step_without_a_finite_vector_is_marked_and_passed() {
    let mut steps = steps();
    if let StepKind::There { is_empty, .. } = &mut steps.marks[5].kind {
        *is_empty = true;
    }
    let mut world = world();
    world.step_row = Some(steps);
    world.view.training.together = Some(true);
    let mut harness = world.open();
    let rail = harness.get_by_label("Step").rect();
    harness.hover_at(rail.right_center() - egui::vec2(8.0, 0.0));
    harness.run_steps(60);
    let said = "Step 500, 4 of 4\nNone of its vectors is finite: it has no picture, and is passed\nemb:500";
    assert!(harness.query_by_label(said).is_some());
    let toast = Toast { id: 7, severity: None, text: "Said".into(), actions: Vec::new() };
    harness.state_mut().toasts.push(toast);
    harness.run_steps(60);
    assert!(harness.query_by_label(said).is_none() && harness.query_by_label("Step 500, 4 of 4").is_some());
    harness.state_mut().view.embedding = Some("emb:300".into());
    let mut row = harness.state().step_row.clone().unwrap();
    row.open = 3;
    harness.state_mut().step_row = Some(row);
    harness.run();
    assert_eq!(press(&mut harness, egui::Modifiers::NONE, egui::Key::PageDown), [], "there is none after it");
}

/// The row does not cover the cards, in a window of any width, and is not there for a single step.
#[test]
fn row_has_room_in_any_window() {
    for width in [660.0, 800.0, 1100.0, 1440.0, 2560.0] {
        let harness = world().open_at([width, 600.0]);
        let rail = harness.get_by_label("Step").rect();
        let button = harness.get_by_label("How steps are shown").rect();
        let free = free_area(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, 600.0)), &Panels::default());
        assert!(rail.width() > 60.0 && rail.right() < button.left(), "{width}: {rail}");
        assert!(free.x_range().contains(rail.left()) && free.x_range().contains(button.right()), "{width}: {button}");
        assert!(rail.bottom() < free.bottom() - 20.0, "the status line stays free");
    }
    let mut single = world();
    single.step_row = Some(StepRow { marks: vec![steps().marks[0].clone()], open: 0, ..steps() });
    assert!(single.open().query_by_label("Step").is_none());
    assert!(World::new(100, 64).open().query_by_label("Step").is_none());
}

#[test]
fn rows_that_moved_most_are_listed_and_selected() {
    let mut world = world();
    world.view.color_by = Pick::Moved(Since::Before);
    let values: Vec<f32> = (0..100).map(|row| if row == 7 { f32::NAN } else { (row * 37 % 100) as f32 }).collect();
    let most: Vec<u32> = vec![27, 54, 81];
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let movement = Movement {
        of: MovementOf::Layout,
        since: 100,
        residual: None,
        values: values.into(),
        sorted: sorted.into(),
        most: most.clone().into(),
        unmeasured: 1,
    };
    world.movement = Some(movement.clone());
    let mut harness = world.open();
    assert!(harness.query_by_label("Moved since step 100").is_some());
    assert!(harness.query_by_label("1 row without a place in one of the two").is_some());
    click(&mut harness, "writer 27, row 27, 99", Action::Edit(Edit::Select(vec![27].into())));
    assert!(harness.query_by_label("Moved since step 100: 99, more than 99 % of the rows").is_some());
    harness.state_mut().view.selection = RowSet::EMPTY;
    harness.run();
    click(&mut harness, "Select 3", Action::Edit(Edit::Select(most.into())));
    harness.state_mut().view.selection = vec![7].into();
    let of = MovementOf::Neighbors { nearest: 15, metric: Metric::Cosine };
    harness.state_mut().movement = Some(Movement { of, ..movement.clone() });
    harness.run();
    assert!(harness.query_by_label("New neighbors since step 100: without finite values in one of the two").is_some());
    harness.state_mut().view.selection = RowSet::EMPTY;
    harness.run();
    assert!(harness.query_by_label("Of the 15 nearest by cosine, as chosen in the list of neighbors").is_some());
    let none = Movement {
        of,
        most: Arc::default(),
        values: vec![0.0; 100].into(),
        sorted: vec![0.0; 100].into(),
        ..movement.clone()
    };
    harness.state_mut().movement = Some(none);
    harness.run();
    assert!(harness.query_by_label("No row has any").is_some() && harness.query_by_label("Select 0").is_none());
    harness.state_mut().movement = Some(Movement { of: MovementOf::Vectors, residual: Some(0.125), ..movement });
    harness.run();
    assert!(harness.query_by_label("Moved in the vectors since step 100").is_some());
    let left = "Step 100, rotated onto this one, leaves 12.5 % of the spread";
    assert!(harness.query_by_label(left).is_some());
}
