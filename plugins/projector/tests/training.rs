//! The steps of a training as the window shows them: the rows stay, and the layouts belong together.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

mod common;

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_projection::Layout;
use parallax_projector::ProjectorPlugin;
use parallax_session::{
    Edit, HistoryAction, JobAction, JobKind, Method, Metric, Movement, MovementOf, NeighborQuery, OpenOptions, Origin,
    Past, Pick, Projection, Since, Steer, StepBasis, StepKind, StepRow, StepSpeed, TourAction, Training, TsneConfig,
    View,
};
use parallax_state::{
    CurrentLayout, CurrentMovement, CurrentSteps, CurrentTour, CurrentView, Opened, Running, StatePlugin, StepLayouts,
    Toasts,
};
use tempfile::TempDir;

use common::{act, until};

const ROWS: usize = 40;

/// Step `number` of a training: points in space that grow by it, and turn by it about the third axis.
fn write_step(folder: &Path, number: u32, rows: usize) {
    let (sin, cos) = (f64::from(number) / 100.0).sin_cos();
    let grown = 1.0 + f64::from(number) / 100.0;
    let line = |row: usize| {
        // No two distances are equal.
        let [x, y, z] = [(1.618, 11.0), (0.4142, 13.0), (0.732, 3.0)].map(|(a, b)| (row as f64 * a).fract() * b);
        let place = [3.0 * x * cos - y * sin, 3.0 * x * sin + y * cos, z].map(|x| (x * grown).to_string());
        place.join("\t") + "\n"
    };
    fs::write(folder.join(format!("emb_{number:03}.tsv")), (0..rows).map(line).collect::<String>()).unwrap();
}

/// An app that has opened a folder with the steps 0, 100, 200, and 400, of which the first is shown.
fn app(projection: Projection) -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    [0, 100, 200, 400].into_iter().for_each(|number| write_step(folder.path(), number, ROWS));
    let app = opened(folder.path(), projection);
    (app, folder)
}

fn opened(folder: &Path, projection: Projection) -> App {
    opened_at(folder, projection, None)
}

fn opened_at(folder: &Path, projection: Projection, embedding: Option<&str>) -> App {
    let embedding = embedding.map(str::to_owned);
    let origin = Origin::Path { path: folder.to_path_buf(), options: OpenOptions::default() };
    let mut app = App::new();
    app.insert_resource(CurrentView::new(View { origin, embedding, projection, ..View::default() }))
        .add_plugins((MinimalPlugins, StatePlugin, ProjectorPlugin))
        .add_message::<RequestRedraw>();
    until(&mut app, "the first layout", |world| is_laid_out(world) && !is_busy(world));
    app
}

fn is_busy(world: &World) -> bool {
    world.resource::<Running>().0.iter().any(|job| matches!(job.kind, JobKind::Project | JobKind::Training))
}

fn is_laid_out(world: &World) -> bool {
    world.resource::<CurrentLayout>().of(world.resource::<Opened>()).is_some()
}

fn layout(world: &World) -> Arc<Layout> {
    world.resource::<CurrentLayout>().of(world.resource::<Opened>()).unwrap().clone()
}

fn row(world: &World) -> &StepRow {
    world.resource::<CurrentSteps>().0.as_ref().unwrap()
}

/// The number of the open step.
fn open(world: &World) -> u64 {
    row(world).marks[row(world).open].number
}

/// The name of the embedding of a step.
fn name_of(world: &World, number: u64) -> String {
    let mut marks = row(world).marks.iter().filter(|mark| mark.number == number);
    marks
        .find_map(|mark| if let StepKind::There { name, .. } = &mark.kind { Some(name.clone()) } else { None })
        .unwrap()
}

/// Goes to a step, and waits until its layout is there with those of all others.
fn go_to(app: &mut App, number: u64) {
    let name = name_of(app.world(), number);
    act(app, Edit::GoToStep(name));
    until(app, "the step", |world| {
        let is_together = world.resource::<CurrentLayout>().past == Past::Training;
        open(world) == number && is_laid_out(world) && is_together && !is_busy(world)
    });
}

/// Waits until playing has ended. Returns the numbers of the steps that were open.
fn played(app: &mut App) -> Vec<u64> {
    let (mut seen, started) = (Vec::new(), Instant::now());
    while app.world().resource::<CurrentView>().training.playing {
        assert!(started.elapsed() < Duration::from_mins(1), "it does not end: {seen:?}");
        app.update();
        if seen.last() != Some(&open(app.world())) {
            seen.push(open(app.world()));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    seen
}

fn said(world: &World) -> Vec<String> {
    world.resource::<Toasts>().list().iter().map(|toast| toast.text.clone()).collect()
}

#[test]
fn row_of_steps_shows_what_is_missing() {
    let (app, _folder) = app(Projection::default());
    let marks: Vec<(u64, bool)> =
        row(app.world()).marks.iter().map(|mark| (mark.number, matches!(mark.kind, StepKind::There { .. }))).collect();
    assert_eq!(marks, [(0, true), (100, true), (200, true), (300, false), (400, true)]);
    assert_eq!((open(app.world()), row(app.world()).on_screen), (0, None));
    let training = &app.world().resource::<CurrentView>().training;
    assert_eq!(training.together, None, "nothing is laid out before a person asks");
}

#[test]
fn another_step_keeps_rows_and_what_was_done_to_them() {
    let (mut app, _folder) = app(Projection::default());
    let epochs = |world: &World| [world.resource::<Opened>().epoch, world.resource::<Opened>().rows_epoch];
    assert_eq!(epochs(app.world()), [1, 1]);
    act(&mut app, Edit::Select(RowSet::from(vec![3, 4])));
    act(&mut app, Edit::Tag { column: "kind".into(), value: "odd".into() });
    let tag = |world: &World| {
        let metadata = &world.resource::<Opened>().embedding.as_ref().unwrap().metadata;
        metadata.column("kind").and_then(|kind| kind.text(3)).map(str::to_owned)
    };
    until(&mut app, "the tag", |world| tag(world).is_some());
    act(&mut app, Edit::Isolate((0..20).collect()));
    let revision = app.world().resource::<Opened>().metadata_revision;
    go_to(&mut app, 100);
    assert_eq!(epochs(app.world()), [2, 1]);
    let (view, opened) = (app.world().resource::<CurrentView>(), app.world().resource::<Opened>());
    assert_eq!((view.selection.as_slice(), view.isolated().map(RowSet::len)), (&[3, 4][..], Some(20)));
    assert_eq!((tag(app.world()).as_deref(), opened.metadata_revision), (Some("odd"), revision));
    assert!(view.history().undoes().is_some(), "it can still be undone");
    assert!(!app.world().resource::<CurrentLayout>().of_more, "isolated rows have layouts together");
}

/// With one basis for all steps, rows that grow and turn do so on screen: distances between rows are
/// those of the vectors, and so are those between the steps of a row.
#[test]
fn layouts_of_all_steps_have_one_basis() {
    let (mut app, _folder) = app(Projection::default());
    let mut layouts = Vec::new();
    for number in [0, 100, 200] {
        go_to(&mut app, number);
        assert_eq!(app.world().resource::<CurrentLayout>().past, Past::Training);
        layouts.push(layout(app.world()));
    }
    let there = |mark: &StepKind| matches!(mark, StepKind::There { is_laid_out: true, .. });
    assert_eq!(row(app.world()).marks.iter().filter(|mark| there(&mark.kind)).count(), 4);
    assert_eq!(row(app.world()).said, "components of all steps");
    assert_eq!(app.world().resource::<CurrentLayout>().scaled_with.len(), 4, "they have one scale");
    let folder = &app.world().resource::<Opened>().source.as_ref().unwrap().path;
    let vectors = [0, 100, 200].map(|number| {
        let text = fs::read_to_string(folder.join(format!("emb_{number:03}.tsv"))).unwrap();
        let numbers = |line: &str| line.split('\t').map(|x| x.parse().unwrap()).collect::<Vec<f64>>();
        text.lines().map(numbers).collect::<Vec<_>>()
    });
    let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let place =
        |step: usize, row: usize| layouts[step].row(row).unwrap().iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    for (a, b) in [((0, 1), (0, 7)), ((0, 1), (2, 1)), ((1, 3), (2, 9)), ((2, 0), (0, 39))] {
        let true_one = square(&vectors[a.0][a.1], &vectors[b.0][b.1]).sqrt();
        let seen = square(&place(a.0, a.1), &place(b.0, b.1)).sqrt();
        assert!((true_one - seen).abs() < 1e-4 * (1.0 + true_one), "{a:?} {b:?}: {true_one} {seen}");
    }
}

/// t-SNE of a step begins at that of the step before, so that a row stays near its place. Turned copies
/// of other sizes have the same neighbors.
#[test]
fn tsne_of_a_step_continues_that_of_the_step_before() {
    let tsne = TsneConfig { perplexity: Some(5.0), iterations: 120, ..TsneConfig::recommended() };
    let (mut app, _folder) =
        app(Projection { method: Method::Tsne, is_automatic: false, tsne, ..Projection::default() });
    let mut layouts = Vec::new();
    for number in [100, 200] {
        go_to(&mut app, number);
        layouts.push(layout(app.world()));
    }
    assert!(
        row(app.world()).said.starts_with("each begins at the one before · rotated onto it"),
        "{:?}",
        row(app.world())
    );
    let away = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
    let rows = || 0..ROWS;
    let moved: f32 = rows().map(|row| away(layouts[0].row(row).unwrap(), layouts[1].row(row).unwrap())).sum();
    let apart: f32 =
        rows().map(|row| away(layouts[0].row(row).unwrap(), layouts[0].row((row + 20) % ROWS).unwrap())).sum();
    assert!(moved < 0.3 * apart, "{moved} of {apart}");
    // A single layout of the chain cannot be steered, and is restarted with all others.
    act(&mut app, JobAction::Steer(Steer::Perturb));
    app.update();
    assert!(said(app.world()).iter().any(|text| text.contains("belong together")), "{:?}", said(app.world()));
    act(&mut app, Edit::SetTraining(Training { together: Some(false), ..Training::default() }));
    until(&mut app, "the layout of the step alone", |world| {
        world.resource::<CurrentLayout>().past == Past::Settings && !is_busy(world)
    });
    assert!(row(app.world()).said.starts_with("each step has a layout of its own"), "{:?}", row(app.world()).said);
}

/// What was seen before is there in the frame of the request.
#[test]
fn step_that_was_seen_is_shown_at_once() {
    let (mut app, folder) = app(Projection::default());
    go_to(&mut app, 0);
    go_to(&mut app, 200);
    // It is not read again.
    fs::remove_file(folder.path().join("emb_000.tsv")).unwrap();
    let name = name_of(app.world(), 0);
    act(&mut app, Edit::GoToStep(name));
    assert_eq!(open(app.world()), 0);
    assert!(is_laid_out(app.world()));
    assert_eq!(app.world().resource::<CurrentLayout>().past, Past::Training);
}

#[test]
fn step_that_is_gone_leaves_the_one_before() {
    let (mut app, folder) = app(Projection::default());
    fs::remove_file(folder.path().join("emb_200.tsv")).unwrap();
    let name = name_of(app.world(), 200);
    act(&mut app, Edit::GoToStep(name));
    until(&mut app, "the message", |world| !said(world).is_empty());
    (0..5).for_each(|_| app.update());
    assert_eq!(open(app.world()), 0);
    assert_eq!(app.world().resource::<CurrentView>().history().undoes(), None, "nothing came of it");
    let embedding = app.world().resource::<CurrentView>().embedding.clone();
    assert!(embedding.is_none_or(|name| name == name_of(app.world(), 0)));
    // The others are laid out without it.
    go_to(&mut app, 100);
    let laid_out: Vec<u64> = row(app.world())
        .marks
        .iter()
        .filter(|mark| matches!(mark.kind, StepKind::There { is_laid_out: true, .. }))
        .map(|mark| mark.number)
        .collect();
    assert_eq!(laid_out, [0, 100, 400]);
}

/// It is a mark, said once, whether it was gone to or found while all are laid out, and steps go on past
/// it by keys and by themselves.
#[test]
fn step_that_cannot_be_read_is_passed() {
    for together in [true, false] {
        let (mut app, folder) = app(Projection::default());
        let training = Training { together: Some(together), ..Training::default() };
        act(&mut app, Edit::SetTraining(training));
        until(&mut app, "the layouts", |world| is_laid_out(world) && !is_busy(world));
        if together {
            // What is computed is dropped, and all are read again.
            act(&mut app, Edit::SetTraining(Training { together: Some(false), ..training }));
        }
        fs::remove_file(folder.path().join("emb_200.tsv")).unwrap();
        let playing = Training { playing: true, speed: StepSpeed::Four, basis: Some(StepBasis::Each), ..training };
        act(&mut app, Edit::SetTraining(playing));
        let seen = played(&mut app);
        assert_eq!(seen, [0, 100, 400], "together: {together}");
        let marks = &row(app.world()).marks;
        let unreadable = marks.iter().filter(|mark| matches!(&mark.kind, StepKind::Unreadable(why) if !why.is_empty()));
        assert_eq!(unreadable.map(|mark| mark.number).collect::<Vec<_>>(), [200]);
        let log = app.world().resource::<Toasts>().log();
        let said: Vec<&str> = log.iter().map(|said| said.text.as_str()).filter(|text| text.contains("200")).collect();
        assert!(said.len() == 1 && said[0].starts_with("Step 200 cannot be read: "), "{said:?}");
        let back = row(app.world()).beside(false).and_then(|place| row(app.world()).step(place)).unwrap().0.to_owned();
        act(&mut app, Edit::PassStep(back));
        until(&mut app, "the step before", |world| open(world) == 100);
    }
}

/// Step `number` as an array of 40 vectors, whose numbers are all this one, if it is given.
fn write_array(folder: &Path, number: u32, all: Option<f32>) {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }\n";
    let value = |at: u32| all.unwrap_or((at * at * 31 % 97) as f32 + (at * number % 13) as f32);
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let start = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes()].concat();
    let bytes = start.into_iter().chain((0..120).flat_map(|at| value(at).to_le_bytes()));
    fs::write(folder.join(format!("emb_{number:03}.npy")), bytes.collect::<Vec<u8>>()).unwrap();
}

/// It is marked when that is known, whether it was opened or read to lay all out, and stays so. Keys and
/// playing pass it, and movement is measured from the step before it.
#[test]
fn step_without_a_finite_vector_is_marked_and_passed() {
    let empty = |world: &World| {
        let marks = row(world).marks.iter();
        let empty = marks.filter(|mark| matches!(mark.kind, StepKind::There { is_empty: true, .. }));
        empty.map(|mark| mark.number).collect::<Vec<_>>()
    };
    for is_opened in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        for (number, all) in [(0, None), (100, None), (200, Some(f32::NAN)), (300, None)] {
            write_array(folder.path(), number, all);
        }
        let mut app = opened(folder.path(), Projection::default());
        assert!(empty(app.world()).is_empty(), "nobody has read it");
        if is_opened {
            act(&mut app, Edit::SetTraining(Training { together: Some(false), ..Training::default() }));
            act(&mut app, Edit::GoToStep("emb_200.npy".into()));
            until(&mut app, "the step", |world| open(world) == 200 && !empty(world).is_empty());
            act(&mut app, Edit::GoToStep("emb_000.npy".into()));
            until(&mut app, "the first step", |world| open(world) == 0 && is_laid_out(world) && !is_busy(world));
        } else {
            act(&mut app, Edit::SetTraining(Training { together: Some(true), ..Training::default() }));
            until(&mut app, "the layouts", |world| is_laid_out(world) && !is_busy(world) && !empty(world).is_empty());
            let log = app.world().resource::<Toasts>().log();
            let said: Vec<&str> = log.iter().map(|said| said.text.as_str()).collect();
            let expected = "Step 200 has no picture: none of its vectors is finite. The others go on.";
            assert_eq!(said.iter().filter(|text| **text == expected).count(), 1, "{said:?}");
        }
        assert_eq!(empty(app.world()), [200], "opened: {is_opened}");
        let next = |world: &World, from: u64| {
            let row = row(world);
            let open = row.marks.iter().position(|mark| mark.number == from).unwrap();
            StepRow { open, ..row.clone() }.beside(true).map(|place| row.marks[place].number)
        };
        assert_eq!((next(app.world(), 100), next(app.world(), 200)), (Some(300), Some(300)));
        let playing =
            Training { playing: true, speed: StepSpeed::Four, together: Some(!is_opened), ..Training::default() };
        act(&mut app, Edit::SetTraining(playing));
        let seen = played(&mut app);
        assert_eq!(seen, [0, 100, 300], "opened: {is_opened}");
        act(&mut app, Edit::ColorBy(Pick::MovedInVectors(Since::Before)));
        let movement = |world: &World| world.resource::<CurrentMovement>().movement.clone();
        until(&mut app, "the movement", |world| movement(world).is_some());
        assert_eq!(movement(app.world()).map(|movement| (movement.since, movement.unmeasured)), Some((100, 0)));
    }
}

/// Rows that lie in the same directions, at other distances: their neighbors are those that the Inspector
/// would list, by its metric, whatever the layout is made by.
#[test]
fn new_neighbors_are_by_the_metric_of_the_list_of_neighbors() {
    let folder = tempfile::tempdir().unwrap();
    for number in [0_u32, 100] {
        let line = |row: u32| {
            // No two are equally far apart.
            let (sin, cos) = (f64::from(row) / 10.0 + f64::from(row * row % 7) / 130.0).sin_cos();
            let length = if number == 0 { 1.0 } else { f64::from(1 + row * 17 % ROWS as u32) };
            format!("{}\t{}\t0\n", cos * length, sin * length)
        };
        let path = folder.path().join(format!("emb_{number:03}.tsv"));
        fs::write(path, (0..ROWS as u32).map(line).collect::<String>()).unwrap();
    }
    let mut app = opened(folder.path(), Projection { metric: Metric::Euclidean, ..Projection::default() });
    go_to(&mut app, 100);
    act(&mut app, Edit::ColorBy(Pick::Changed(Since::First)));
    for (metric, changes) in [(Metric::Cosine, false), (Metric::Euclidean, true)] {
        let neighbors = app.world().resource::<CurrentView>().neighbors;
        act(&mut app, Edit::SetNeighbors(NeighborQuery { metric, ..neighbors }));
        let movement = |world: &World| world.resource::<CurrentMovement>().movement.clone();
        let is_by =
            |movement: Movement| matches!(movement.of, MovementOf::Neighbors { metric: by, .. } if by == metric);
        until(&mut app, "the changes", |world| movement(world).is_some_and(is_by));
        let changed = movement(app.world()).unwrap().values.iter().sum::<f32>();
        assert_eq!(changed > 1.0, changes, "{metric}: {changed}");
    }
}

#[test]
fn undo_returns_to_the_step_before() {
    let (mut app, _folder) = app(Projection::default());
    go_to(&mut app, 100);
    go_to(&mut app, 400);
    act(&mut app, Edit::Select(RowSet::from(vec![3])));
    for (number, selected) in [(400, 0), (100, 0), (0, 0)] {
        act(&mut app, HistoryAction::Undo);
        until(&mut app, "the step before", |world| open(world) == number && is_laid_out(world));
        assert_eq!(app.world().resource::<CurrentView>().selection.len(), selected);
    }
    act(&mut app, HistoryAction::Redo);
    until(&mut app, "the step after", |world| open(world) == 100);
}

/// The row says what is on screen: which layout, of which method, and from where.
#[test]
fn row_of_steps_says_which_layout_is_shown() {
    let tsne = TsneConfig { perplexity: Some(5.0), iterations: 120, ..TsneConfig::recommended() };
    let (mut app, _folder) = app(Projection { tsne, ..Projection::default() });
    go_to(&mut app, 100);
    assert_eq!(row(app.world()).said, "components of all steps");
    act(&mut app, Edit::Project(Method::Tsne));
    assert_eq!(row(app.world()).said, "still by PCA");
    let by = |world: &World| world.resource::<CurrentLayout>().method;
    until(&mut app, "its layout", |world| by(world) == Some(Method::Tsne) && !is_busy(world));
    assert!(row(app.world()).said.starts_with("each begins at the one before"), "{:?}", row(app.world()));
    act(&mut app, Edit::ColorBy(Pick::Moved(Since::Before)));
    until(&mut app, "the movement", |world| world.resource::<CurrentMovement>().movement.is_some());
    act(&mut app, TourAction::Add("by t-SNE".into()));
    act(&mut app, Edit::Project(Method::Pca));
    until(&mut app, "components", |world| by(world) == Some(Method::Pca) && !is_busy(world));
    assert_eq!(row(app.world()).said, "components of all steps");
    act(&mut app, TourAction::Show(0));
    until(&mut app, "the bookmark", |world| world.resource::<CurrentTour>().wanted.is_none() && !is_busy(world));
    until(&mut app, "its layout", |world| by(world) == Some(Method::Tsne));
    app.update();
    // It was made of the layouts that are still there.
    assert!(row(app.world()).said.starts_with("each begins at the one before"), "{:?}", row(app.world()));
    assert!(app.world().resource::<CurrentMovement>().movement.is_some());
}

/// A bookmark shows the layout that it was made of. Who comes back to the method of the steps sees what
/// was there before: the same layout, at the same scale, with trails.
#[test]
fn layouts_of_the_steps_are_there_after_a_bookmark_by_another_method() {
    let tsne = TsneConfig { perplexity: Some(5.0), iterations: 120, ..TsneConfig::recommended() };
    let (mut app, _folder) = app(Projection { tsne, ..Projection::default() });
    let by = |world: &World| world.resource::<CurrentLayout>().method;
    act(&mut app, Edit::Project(Method::Tsne));
    until(&mut app, "its own layout", |world| by(world) == Some(Method::Tsne) && !is_busy(world));
    act(&mut app, TourAction::Add("by t-SNE".into()));
    act(&mut app, Edit::Project(Method::Pca));
    go_to(&mut app, 100);
    act(&mut app, Edit::ColorBy(Pick::Moved(Since::First)));
    go_to(&mut app, 0);
    let picture = |world: &World| {
        let (current, trails) = (world.resource::<CurrentLayout>(), world.resource::<StepLayouts>());
        (layout(world), current.scaled_with.clone(), current.past, trails.layouts.len(), trails.open)
    };
    let before = picture(app.world());
    assert_eq!((before.1.len(), before.3, before.4), (4, 4, Some(0)));
    act(&mut app, TourAction::Show(0));
    until(&mut app, "the bookmark", |world| world.resource::<CurrentTour>().wanted.is_none() && !is_busy(world));
    until(&mut app, "its layout", |world| by(world) == Some(Method::Tsne));
    (0..3).for_each(|_| app.update());
    until(&mut app, "rest", |world| !is_busy(world));
    assert_eq!(row(app.world()).said, "its own layout");
    act(&mut app, Edit::ColorBy(Pick::Moved(Since::First)));
    // A distance to a layout by another method would be one between methods.
    let movement = app.world().resource::<CurrentMovement>();
    assert!(movement.movement.is_none(), "{}", movement.why_not);
    act(&mut app, Edit::Project(Method::Pca));
    until(&mut app, "components", |world| by(world) == Some(Method::Pca) && !is_busy(world));
    app.update();
    let after = picture(app.world());
    assert!(Arc::ptr_eq(&before.0, &after.0) && Arc::ptr_eq(&before.1, &after.1));
    assert_eq!((before.2, before.3, before.4), (after.2, after.3, after.4));
    assert_eq!(row(app.world()).said, "components of all steps");
}

/// What most steps are is the rule, also if the odd one is opened first.
#[test]
fn odd_step_has_a_layout_of_its_own_and_the_others_theirs() {
    let check = |write: fn(&Path), odd_says: &str, others_say: &str| {
        let folder = tempfile::tempdir().unwrap();
        [0, 100, 200].into_iter().for_each(|number| write_step(folder.path(), number, ROWS));
        write(folder.path());
        let mut app = opened_at(folder.path(), Projection::default(), Some("emb_300.tsv"));
        act(&mut app, Edit::SetTraining(Training { together: Some(true), ..Training::default() }));
        until(&mut app, "the others", |world| row(world).said.contains(odd_says) && !is_busy(world));
        assert!(!row(app.world()).said.contains("step 300"), "{}", row(app.world()).said);
        let mut layouts = Vec::new();
        for round in 0..2 {
            for number in [0, 200] {
                go_to(&mut app, number);
                assert_eq!(row(app.world()).said, others_say);
                assert_eq!(app.world().resource::<StepLayouts>().layouts.len(), 3);
                layouts.push(layout(app.world()));
            }
            if round == 0 {
                let name = name_of(app.world(), 300);
                act(&mut app, Edit::ChooseEmbedding(name));
                until(&mut app, "the odd one", |world| open(world) == 300 && is_laid_out(world) && !is_busy(world));
                until(&mut app, "why", |world| row(world).said.contains(odd_says));
            }
        }
        assert!(Arc::ptr_eq(&layouts[0], &layouts[2]) && Arc::ptr_eq(&layouts[1], &layouts[3]));
    };
    let other_rows = |folder: &Path| write_step(folder, 300, 30);
    check(
        other_rows,
        "its own layout: it has 30 rows, and the other steps have 40",
        "components of all steps · step 300 has other rows",
    );
    let other_dims = |folder: &Path| {
        let lines: Vec<String> = (0..ROWS).map(|row| format!("{}\t{row}\n", row * row % 7)).collect();
        let lines = lines.concat();
        fs::write(folder.join("emb_300.tsv"), lines).unwrap();
    };
    check(other_dims, "its own layout: it has 2 dimensions, and the other steps have 3", "components of all steps");
}

/// Who looks at another method meanwhile finds the layouts as they were.
#[test]
fn layouts_of_another_method_stay() {
    let tsne = TsneConfig { perplexity: Some(5.0), iterations: 120, ..TsneConfig::recommended() };
    let (mut app, _folder) = app(Projection { tsne, ..Projection::default() });
    go_to(&mut app, 100);
    let by = |world: &World| world.resource::<CurrentLayout>().method;
    let mut seen: Vec<(Method, Arc<Layout>)> = vec![(Method::Pca, layout(app.world()))];
    for method in [Method::Tsne, Method::Pca, Method::Tsne, Method::Pca] {
        act(&mut app, Edit::Project(method));
        if let Some((_, known)) = seen.iter().find(|(of, _)| *of == method) {
            assert!(Arc::ptr_eq(known, &layout(app.world())) && !is_busy(app.world()), "{method}");
        }
        until(&mut app, "its layout", |world| by(world) == Some(method) && !is_busy(world));
        seen.push((method, layout(app.world())));
    }
}

#[test]
fn step_of_other_rows_is_another_embedding() {
    let folder = tempfile::tempdir().unwrap();
    [0, 100, 200].into_iter().for_each(|number| write_step(folder.path(), number, ROWS));
    write_step(folder.path(), 300, 30);
    let mut app = opened(folder.path(), Projection::default());
    go_to(&mut app, 100);
    act(&mut app, Edit::Select(RowSet::from(vec![39])));
    let name = name_of(app.world(), 300);
    act(&mut app, Edit::GoToStep(name));
    until(&mut app, "the other embedding", |world| world.resource::<Opened>().rows() == 30);
    until(&mut app, "its layout", is_laid_out);
    until(&mut app, "no selection", |world| world.resource::<CurrentView>().selection.is_empty());
    assert!(said(app.world())[0].contains("has 30 rows instead of 40"), "{:?}", said(app.world()));
    let opened = app.world().resource::<Opened>();
    assert_eq!(opened.epoch, opened.rows_epoch);
}

#[test]
fn isolated_rows_stay_isolated_at_other_steps() {
    let (mut app, _folder) = app(Projection::default());
    let rows: RowSet = (3..23).collect();
    go_to(&mut app, 100);
    act(&mut app, Edit::Isolate(rows.clone()));
    until(&mut app, "their layout", |world| is_laid_out(world) && !is_busy(world));
    for number in [200, 400, 0] {
        go_to(&mut app, number);
        let world = app.world();
        assert_eq!(world.resource::<CurrentView>().isolated(), Some(&rows));
        assert!(!world.resource::<CurrentLayout>().of_more, "they have layouts of their own");
        let places = layout(world);
        let has_place = |row: usize| places.row(row).unwrap().iter().all(|x| x.is_finite());
        assert!((0..ROWS).all(|row| has_place(row) == rows.contains(row as u32)), "{number}");
    }
    // Each its own: that of the isolated rows alone.
    act(&mut app, Edit::SetTraining(Training { together: Some(false), ..Training::default() }));
    until(&mut app, "their own layout", |world| {
        world.resource::<CurrentLayout>().past == Past::Settings && is_laid_out(world)
    });
    assert_eq!(app.world().resource::<CurrentView>().isolated(), Some(&rows));
}

/// A method that runs in steps shows isolated rows where they are until it is restarted for them. The
/// layouts of all rows are there again once all are shown.
#[test]
fn isolated_rows_are_laid_out_together_when_a_person_restarts() {
    let tsne = TsneConfig { perplexity: Some(4.0), iterations: 120, ..TsneConfig::recommended() };
    let (mut app, _folder) =
        app(Projection { method: Method::Tsne, is_automatic: false, tsne, ..Projection::default() });
    go_to(&mut app, 100);
    let whole = layout(app.world());
    act(&mut app, Edit::Isolate((3..23).collect()));
    until(&mut app, "the layout of all", |world| world.resource::<CurrentLayout>().of_more && !is_busy(world));
    assert!(Arc::ptr_eq(&layout(app.world()), &whole));
    assert!(row(app.world()).said.ends_with("of all rows"), "{:?}", row(app.world()));
    act(&mut app, JobAction::Steer(Steer::Restart));
    until(&mut app, "their layouts", |world| {
        is_laid_out(world) && !world.resource::<CurrentLayout>().of_more && !is_busy(world)
    });
    let own = layout(app.world());
    assert!(own.row(0).unwrap()[0].is_nan() && own.row(3).unwrap()[0].is_finite());
    go_to(&mut app, 200);
    assert!(!app.world().resource::<CurrentLayout>().of_more);
    act(&mut app, Edit::ShowLevel(0));
    go_to(&mut app, 100);
    assert!(Arc::ptr_eq(&layout(app.world()), &whole), "they are not computed again");
}

#[test]
fn steps_play_to_the_last_one() {
    let (mut app, _folder) = app(Projection::default());
    let training = Training { playing: true, speed: StepSpeed::Four, ..Training::default() };
    go_to(&mut app, 400);
    act(&mut app, Edit::SetTraining(Training { together: Some(true), ..training }));
    let mut seen = Vec::new();
    let started = Instant::now();
    while app.world().resource::<CurrentView>().training.playing {
        assert!(started.elapsed() < Duration::from_mins(1), "it does not end: {seen:?}");
        app.update();
        if is_laid_out(app.world()) && seen.last() != Some(&open(app.world())) {
            seen.push(open(app.world()));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(seen, [0, 100, 200, 400], "from the last it goes to the first");
}

/// Bookmarks of several steps keep their rows, so that a tour through them moves points.
#[test]
fn bookmarks_of_steps_keep_the_rows() {
    let (mut app, _folder) = app(Projection::default());
    let mut kept = Vec::new();
    for number in [0, 200] {
        go_to(&mut app, number);
        act(&mut app, TourAction::Add(format!("step {number}")));
        kept.push(layout(app.world()));
    }
    let opened = |world: &World| world.resource::<Opened>().rows_epoch;
    let rows = opened(app.world());
    for (place, number) in [(0, 0), (1, 200), (0, 0)] {
        act(&mut app, TourAction::Show(place));
        until(&mut app, "the bookmark", |world| {
            world.resource::<CurrentTour>().wanted.is_none() && open(world) == number && is_laid_out(world)
        });
        assert_eq!(opened(app.world()), rows);
        assert_eq!(layout(app.world()), kept[place]);
    }
    assert!(said(app.world()).is_empty(), "{:?}", said(app.world()));
}

/// A row moves by the distance between its places in both layouts, and grown copies have the same
/// neighbors.
#[test]
fn movement_is_that_between_the_layouts() {
    let (mut app, _folder) = app(Projection::default());
    go_to(&mut app, 100);
    let before = layout(app.world());
    act(&mut app, Edit::ColorBy(Pick::Moved(Since::Before)));
    go_to(&mut app, 200);
    let movement = |world: &World| world.resource::<CurrentMovement>().movement.clone();
    until(&mut app, "the movement", |world| movement(world).is_some_and(|movement| movement.since == 100));
    let (found, now) = (movement(app.world()).unwrap(), layout(app.world()));
    for row in 0..ROWS {
        let pairs = before.row(row).unwrap().iter().zip(now.row(row).unwrap());
        let expected = pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        assert!((found.values[row] - expected).abs() < 1e-4 * (1.0 + expected));
    }
    assert!(found.most.windows(2).all(|two| found.values[two[0] as usize] >= found.values[two[1] as usize]));
    // All turn and grow about the first row.
    assert_eq!((found.values[0], found.most.len(), found.unmeasured), (0.0, ROWS - 1, 0));
    act(&mut app, Edit::ColorBy(Pick::Changed(Since::First)));
    until(&mut app, "the changes", |world| {
        movement(world).is_some_and(|movement| matches!(movement.of, MovementOf::Neighbors { .. }))
    });
    let changed = movement(app.world()).unwrap();
    // By the angle, as in the Inspector's list: the first row, at the origin, has none.
    assert_eq!((changed.since, changed.values[1..].iter().sum::<f32>(), changed.unmeasured), (0, 0.0, 1));
    assert!(changed.values[0].is_nan());
    // In the vectors the turn counts for nothing: rows are three times as far from the mean.
    act(&mut app, Edit::ColorBy(Pick::MovedInVectors(Since::First)));
    until(&mut app, "the vectors", |world| movement(world).is_some_and(|movement| movement.of == MovementOf::Vectors));
    let moved = movement(app.world()).unwrap();
    assert!((moved.residual.unwrap() - 4.0 / 9.0).abs() < 1e-6, "{:?}", moved.residual);
    let vectors = &app.world().resource::<Opened>().embedding.as_ref().unwrap().vectors;
    let values: Vec<Vec<f32>> = (0..ROWS).map(|row| vectors.row(row, &mut Vec::new()).to_vec()).collect();
    let mean = [0, 1, 2].map(|dim| values.iter().map(|row| row[dim]).sum::<f32>() / ROWS as f32);
    for (row, found) in values.iter().zip(&*moved.values) {
        let from_mean = row.iter().zip(mean).map(|(x, mean)| (x - mean).powi(2)).sum::<f32>().sqrt();
        assert!((found - from_mean * 2.0 / 3.0).abs() < 1e-4 * (1.0 + from_mean), "{found} and {from_mean}");
    }
    // The first step has none before it.
    go_to(&mut app, 0);
    assert!(movement(app.world()).is_none());
    let layouts = app.world().resource::<StepLayouts>();
    assert_eq!((layouts.layouts.len(), layouts.open), (4, Some(0)));
}
