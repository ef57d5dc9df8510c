//! What is open and changes on disk: a process goes on writing, and no error is shown.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_projector::{ProjectorPlugin, WatchFiles};
use parallax_session::{
    Action, Edit, HistoryAction, Method, OpenOptions, Origin, StepKind, StepMark, ToastAction, Training, View,
};
use parallax_state::{CurrentSteps, CurrentView, Do, Opened, StatePlugin, StepLayouts, Toasts};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures").join(name)
}

/// Writes a file in two parts, with time between them.
fn write_slowly(path: &Path, bytes: &[u8], pause: Duration) {
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    thread::sleep(pause);
    fs::write(path, bytes).unwrap();
}

/// Saves a checkpoint in the order of TensorFlow's `Saver`: data, index, and the list of those that are
/// kept, which are the newest ones.
fn save(folder: &Path, step: u64, keep: u64, pause: Duration) {
    for ending in ["data-00000-of-00001", "index"] {
        let bytes = fs::read(fixture("tf_v2").join(format!("model.ckpt-100.{ending}"))).unwrap();
        write_slowly(&folder.join(format!("m-{step}.{ending}")), &bytes, pause);
    }
    let kept = step.saturating_sub(keep - 1).max(1)..=step;
    let all: Vec<String> = kept.clone().map(|step| format!("all_model_checkpoint_paths: \"m-{step}\"\n")).collect();
    let all = all.concat();
    fs::write(folder.join("checkpoint"), format!("model_checkpoint_path: \"m-{step}\"\n{all}")).unwrap();
    for old in 1..*kept.start() {
        for ending in ["data-00000-of-00001", "index"] {
            fs::remove_file(folder.join(format!("m-{old}.{ending}"))).ok();
        }
    }
}

/// Adds a step of `rows` rows in the order of PyTorch's `add_embedding`: vectors, labels, and the
/// configuration, which names all steps so far.
fn add(folder: &Path, step: u64, rows: usize, pause: Duration) {
    let below = folder.join(format!("{step:05}/default"));
    fs::create_dir_all(&below).unwrap();
    let lines: Vec<String> = (0..rows).map(|row| format!("{row}\t{}\t{step}\n", row * row % 7)).collect();
    write_slowly(&below.join("tensors.tsv"), lines.concat().as_bytes(), pause);
    let labels: Vec<String> = (0..rows).map(|row| format!("r{row}\n")).collect();
    write_slowly(&below.join("metadata.tsv"), labels.concat().as_bytes(), pause);
    let path = folder.join("projector_config.pbtxt");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let (name, below) = (format!("default:{step:05}"), format!("{step:05}/default"));
    let entry = format!(
        "embeddings {{\n  tensor_name: \"{name}\"\n  tensor_path: \"{below}/tensors.tsv\"\n  metadata_path: \"{below}/metadata.tsv\"\n}}\n"
    );
    fs::write(path, before + &entry).unwrap();
}

/// An app that has opened `path`, and watches it.
fn app(path: &Path, embedding: Option<&str>, follow: bool) -> App {
    let origin = Origin::Path { path: path.to_owned(), options: OpenOptions::default() };
    let embedding = embedding.map(str::to_owned);
    let mut app = App::new();
    app.insert_resource(CurrentView::new(View { origin, embedding, follow, ..View::default() }))
        .add_plugins((MinimalPlugins, StatePlugin, ProjectorPlugin))
        .init_resource::<WatchFiles>()
        .add_message::<RequestRedraw>();
    until(&mut app, |world| world.resource::<Opened>().epoch == 1);
    app
}

/// Goes on until something has come about. Whenever something is said, it is no error, and no warning.
#[track_caller]
fn until(app: &mut App, done: impl Fn(&World) -> bool) {
    let started = Instant::now();
    while !done(app.world()) {
        assert!(started.elapsed() < Duration::from_mins(1), "it does not come about: {:?}", shown(app.world()));
        app.update();
        let faults = app.world().resource::<Toasts>().log().iter().filter(|said| said.severity.is_some());
        let faults: Vec<&str> = faults.map(|said| said.text.as_str()).collect();
        assert_eq!(faults, Vec::<&str>::new());
        thread::sleep(Duration::from_millis(2));
    }
}

fn act(app: &mut App, action: impl Into<Action>) {
    app.world_mut().write_message(Do::person(action));
    app.update();
}

/// The names of what is shown in the listing and in the view.
fn shown(world: &World) -> (String, Option<String>) {
    let opened = world.resource::<Opened>();
    let name = opened.source.as_ref().and_then(|source| Some(source.at(opened.place)?.1.name.clone()));
    (name.unwrap_or_default(), world.resource::<CurrentView>().embedding.clone())
}

/// The step that is shown.
fn step(world: &World) -> Option<u64> {
    let opened = world.resource::<Opened>();
    opened.source.as_ref()?.at(opened.place)?.1.step.as_ref().map(|step| step.number)
}

fn offers(world: &World) -> Vec<(String, Option<ToastAction>)> {
    world.resource::<Toasts>().list().iter().map(|toast| (toast.text.clone(), toast.actions.first().cloned())).collect()
}

const PAUSE: Duration = Duration::from_millis(150);

#[test]
fn checkpoints_that_tensorflow_goes_on_saving_are_followed_without_a_fault() {
    let root = tempfile::tempdir().unwrap();
    save(root.path(), 1, 3, Duration::ZERO);
    let mut app = app(root.path(), Some("word_embedding"), true);
    act(&mut app, Edit::Select(RowSet::from(vec![3])));
    let folder = root.path().to_owned();
    let writer = thread::spawn(move || (2..=6).for_each(|step| save(&folder, step, 3, PAUSE)));
    until(&mut app, |world| step(world) == Some(6));
    writer.join().unwrap();
    let view = app.world().resource::<CurrentView>();
    assert_eq!((view.selection.as_slice(), view.follow), (&[3][..], true));
    assert_eq!(app.world().resource::<Opened>().rows(), 100);
    // A step that a person chooses ends it.
    act(&mut app, Edit::GoToStep("word_embedding:5".into()));
    until(&mut app, |world| step(world) == Some(5));
    save(root.path(), 7, 3, PAUSE);
    until(&mut app, |world| offers(world).iter().any(|(text, _)| text == "Step 7 of word_embedding has appeared."));
    assert_eq!(step(app.world()), Some(5));
    assert_eq!(app.world().resource::<CurrentView>().selection.as_slice(), [3]);
}

#[test]
fn view_stays_on_its_step_though_its_name_means_a_newer_one() {
    let root = tempfile::tempdir().unwrap();
    save(root.path(), 1, 9, Duration::ZERO);
    let mut app = app(root.path(), Some("word_embedding"), false);
    act(&mut app, Edit::Select(RowSet::from(vec![3])));
    save(root.path(), 2, 9, PAUSE);
    let named = |name: &str| (name.to_owned(), Some(name.to_owned()));
    until(&mut app, |world| shown(world) == named("word_embedding:1"));
    assert_eq!(app.world().resource::<Opened>().epoch, 1, "nothing is loaded");
    let (text, action) = offers(app.world()).remove(0);
    assert_eq!(text, "Step 2 of word_embedding has appeared.");
    act(&mut app, action.unwrap().action);
    until(&mut app, |world| shown(world) == named("word_embedding") && world.resource::<Opened>().epoch == 2);
    let view = app.world().resource::<CurrentView>();
    assert_eq!((view.selection.as_slice(), offers(app.world()).len()), (&[3][..], 0));
}

#[test]
fn steps_that_torch_goes_on_adding_are_followed_without_a_fault() {
    let root = tempfile::tempdir().unwrap();
    add(root.path(), 0, 40, Duration::ZERO);
    let mut app = app(root.path(), None, true);
    act(&mut app, Edit::Select(RowSet::from(vec![5, 9])));
    let folder = root.path().to_owned();
    let writer = thread::spawn(move || (1..=5).for_each(|step| add(&folder, step * 100, 40, PAUSE)));
    until(&mut app, |world| shown(world).0 == "default:00500");
    writer.join().unwrap();
    let world = app.world();
    assert_eq!(world.resource::<CurrentView>().selection.as_slice(), [5, 9]);
    let embedding = world.resource::<Opened>().embedding.clone().unwrap();
    assert_eq!((embedding.rows(), embedding.vectors.row(3, &mut Vec::new())), (40, &[3.0, 2.0, 500.0][..]));
    assert_eq!(embedding.metadata.columns()[0].text(39), Some("r39"));
}

#[test]
fn steps_that_torch_adds_are_said_in_place_of_those_before() {
    let root = tempfile::tempdir().unwrap();
    (0..2).for_each(|step| add(root.path(), step * 100, 40, Duration::ZERO));
    let mut app = app(root.path(), Some("default:00100"), false);
    for step in [200, 300] {
        add(root.path(), step, 40, PAUSE);
        let expected = format!("Step {step} of default has appeared.");
        until(&mut app, |world| offers(world).first().is_some_and(|(text, _)| *text == expected));
        assert_eq!(offers(app.world()).len(), 1);
        assert_eq!(shown(app.world()), ("default:00100".into(), Some("default:00100".into())));
    }
    let (_, action) = offers(app.world()).remove(0);
    assert_eq!(action.unwrap().action, Action::Edit(Edit::GoToStep("default:00300".into())));
}

#[test]
fn step_with_other_rows_is_said_and_followed_without_what_refers_to_rows() {
    let root = tempfile::tempdir().unwrap();
    add(root.path(), 0, 40, Duration::ZERO);
    let mut app = app(root.path(), None, true);
    act(&mut app, Edit::Select(RowSet::from(vec![5])));
    add(root.path(), 100, 30, Duration::ZERO);
    let started = Instant::now();
    while app.world().resource::<Opened>().rows() != 30 {
        assert!(started.elapsed() < Duration::from_mins(1));
        app.update();
        thread::sleep(Duration::from_millis(2));
    }
    (0..20).for_each(|_| app.update());
    let view = app.world().resource::<CurrentView>();
    assert_eq!((view.selection.len(), view.follow), (0, true));
    let expected = "default:00100 has 30 rows instead of 40. Selection, isolation, and filter were cleared.";
    assert_eq!(offers(app.world())[0].0, expected);
    assert_eq!(app.world().resource::<Opened>().epoch, 2, "it is loaded once");
}

/// Rows of three numbers, which depend on the step.
fn table(folder: &Path, step: u64, rows: u64) {
    let line = |row: u64| format!("{},{},{}\n", row * row % 7 * step, row * step % 5, row);
    let text = "x,y,z\n".to_owned() + &(0..rows).map(line).collect::<String>();
    fs::write(folder.join(format!("e{step}.csv")), text).unwrap();
}

fn log(world: &World) -> Vec<String> {
    world.resource::<Toasts>().log().iter().map(|said| said.text.clone()).collect()
}

/// Goes on until something has come about, whatever is said.
#[track_caller]
fn until_in_spite_of_warnings(app: &mut App, done: impl Fn(&World) -> bool) {
    let started = Instant::now();
    while !done(app.world()) {
        assert!(started.elapsed() < Duration::from_mins(1), "it does not come about: {:?}", log(app.world()));
        app.update();
        thread::sleep(Duration::from_millis(2));
    }
}

/// What is followed does not go back to a step that was there before: it stays, marked and said once,
/// until another one appears.
#[test]
fn newest_step_that_vanishes_stays_until_another_one_appears() {
    let root = tempfile::tempdir().unwrap();
    (1..=3).for_each(|step| table(root.path(), step, 20));
    let mut app = app(root.path(), Some("e3.csv"), true);
    act(&mut app, Edit::Select(RowSet::from(vec![5])));
    // Following begins with a listing.
    until(&mut app, |world| world.resource::<WatchFiles>().listings > 0);
    fs::remove_file(root.path().join("e3.csv")).unwrap();
    let gone = "Step 3 of e*.csv is gone from disk. It stays while it is open.";
    until(&mut app, |world| offers(world).iter().any(|(text, _)| text == gone));
    // Another change, which is no newer step.
    table(root.path(), 1, 20);
    let listings = |world: &World| world.resource::<WatchFiles>().listings;
    let before = listings(app.world());
    until(&mut app, |world| listings(world) > before);
    assert_eq!((step(app.world()), log(app.world()).iter().filter(|text| *text == gone).count()), (Some(3), 1));
    let row = app.world().resource::<CurrentSteps>().0.clone().unwrap();
    let is_gone = |mark: &StepMark| matches!(mark.kind, StepKind::There { is_gone: true, .. });
    let marked: Vec<u64> = row.marks.iter().filter(|mark| is_gone(mark)).map(|mark| mark.number).collect();
    assert_eq!((marked, row.marks[row.open].number), (vec![3], 3));
    // With other rows, what refers to rows is dropped, which is said once.
    table(root.path(), 4, 30);
    until_in_spite_of_warnings(&mut app, |world| step(world) == Some(4));
    table(root.path(), 5, 30);
    until_in_spite_of_warnings(&mut app, |world| step(world) == Some(5));
    let cleared = log(app.world()).iter().filter(|text| text.contains("were cleared")).count();
    assert_eq!((cleared, app.world().resource::<CurrentView>().follow), (1, true), "{:?}", log(app.world()));
}

/// What is half written is not announced. If it stays so, that is said once.
#[test]
fn file_is_announced_once_it_is_whole() {
    let root = tempfile::tempdir().unwrap();
    let bytes = fs::read(fixture("tf_v2/expected_word_embedding.npy")).unwrap();
    let write = |step: u64, length: usize| fs::write(root.path().join(format!("e{step}.npy")), &bytes[..length]);
    let whole = bytes.len();
    [1, 2].into_iter().for_each(|step| write(step, whole).unwrap());
    let mut app = app(root.path(), Some("e1.npy"), false);
    write(3, whole - 4).unwrap();
    let begun = Instant::now();
    until(&mut app, |_| begun.elapsed() > Duration::from_secs(3));
    assert!(offers(app.world()).is_empty(), "{:?}", offers(app.world()));
    write(3, whole).unwrap();
    until(&mut app, |world| offers(world).first().is_some_and(|(text, _)| text == "Step 3 of e*.npy has appeared."));
    app.world_mut().resource_mut::<WatchFiles>().patience = Duration::from_millis(1);
    write(4, whole - 4).unwrap();
    let said =
        |world: &World| log(world).into_iter().filter(|text| text.contains("step 4 of e*.npy")).collect::<Vec<_>>();
    until_in_spite_of_warnings(&mut app, |world| !said(world).is_empty());
    let text = &said(app.world())[0];
    assert!(text.contains("has not become complete yet: the array is cut short"), "{text}");
    let begun = Instant::now();
    until_in_spite_of_warnings(&mut app, |_| begun.elapsed() > Duration::from_secs(3));
    assert_eq!(said(app.world()).len(), 1);
    write(4, whole).unwrap();
    let appeared = "Step 4 of e*.npy has appeared.";
    until_in_spite_of_warnings(&mut app, |world| offers(world).iter().any(|(text, _)| text == appeared));
}

/// The Data card goes on saying what is wrong with the folder, as long as it is.
#[test]
fn what_is_wrong_with_other_steps_stays_on_the_card_until_it_is_mended() {
    let root = tempfile::tempdir().unwrap();
    let bytes = fs::read(fixture("tf_v2/expected_word_embedding.npy")).unwrap();
    let path = |step: u64| root.path().join(format!("e{step}.npy"));
    [1, 3].into_iter().for_each(|step| fs::write(path(step), &bytes).unwrap());
    fs::write(path(2), &bytes[..bytes.len() - 4]).unwrap();
    let mut app = app(root.path(), Some("e3.npy"), true);
    let on_card = |world: &World| {
        let problems = &world.resource::<Opened>().problems;
        problems.iter().filter(|problem| problem.file.ends_with("e2.npy")).count()
    };
    assert_eq!(on_card(app.world()), 1);
    fs::write(path(4), &bytes).unwrap();
    until(&mut app, |world| step(world) == Some(4));
    assert_eq!(on_card(app.world()), 1, "{:?}", app.world().resource::<Opened>().problems);
    // A copy that is moved there keeps its time.
    let (whole, old) = (root.path().join(".whole"), std::time::SystemTime::now() - Duration::from_hours(1));
    fs::write(&whole, &bytes).unwrap();
    fs::File::options().append(true).open(&whole).unwrap().set_modified(old).unwrap();
    fs::rename(&whole, path(2)).unwrap();
    until(&mut app, |world| on_card(world) == 0);
    let row = app.world().resource::<CurrentSteps>().0.clone().unwrap();
    assert!(row.marks.iter().all(|mark| matches!(mark.kind, StepKind::There { .. })), "{row:?}");
}

/// A step whose files are gone is a mark, and no more is said of it: it is not half written, and nobody
/// has asked for it.
#[test]
fn step_that_vanishes_behind_the_open_one_is_a_mark() {
    let root = tempfile::tempdir().unwrap();
    [0, 100, 200].into_iter().for_each(|step| add(root.path(), step, 20, Duration::ZERO));
    let mut app = app(root.path(), Some("default:00200"), false);
    app.world_mut().resource_mut::<WatchFiles>().patience = Duration::ZERO;
    fs::remove_dir_all(root.path().join("00100")).unwrap();
    let is_marked = |world: &World| {
        let row = world.resource::<CurrentSteps>().0.as_ref();
        row.is_some_and(|row| row.marks.iter().any(|mark| matches!(mark.kind, StepKind::Unreadable(_))))
    };
    until(&mut app, is_marked);
    let begun = Instant::now();
    until(&mut app, |_| begun.elapsed() > Duration::from_secs(2));
    // Going to another step says nothing of it, either.
    act(&mut app, Edit::GoToStep("default:00000".into()));
    until(&mut app, |world| step(world) == Some(0));
    assert!(log(app.world()).is_empty(), "{:?}", log(app.world()));
}

/// The rows of a step that is gone are no longer in the components of all.
#[test]
fn components_of_all_steps_are_those_of_the_steps_that_are_there() {
    let root = tempfile::tempdir().unwrap();
    (1..=4).for_each(|step| table(root.path(), step, 20));
    let layouts = |world: &World| world.resource::<StepLayouts>().layouts.clone();
    let together = |app: &mut App, count: usize| {
        let training = Training { together: Some(true), ..app.world().resource::<CurrentView>().training };
        act(app, Edit::SetTraining(training));
        until(app, |world| layouts(world).len() == count);
        layouts(app.world())
    };
    let mut app = app(root.path(), Some("e1.csv"), false);
    let before = together(&mut app, 4);
    fs::remove_file(root.path().join("e4.csv")).unwrap();
    until(&mut app, |world| layouts(world).len() == 3 && !Arc::ptr_eq(&layouts(world)[0], &before[0]));
    let after = layouts(app.world());
    let mut fresh = self::app(root.path(), Some("e1.csv"), false);
    let expected = together(&mut fresh, 3);
    assert_eq!(after, expected);
    assert_ne!(after[0], before[0]);
}

/// Undo goes back to the same step, whatever it is called by now.
#[test]
fn undo_goes_back_to_a_step_that_has_another_name() {
    let root = tempfile::tempdir().unwrap();
    (1..=2).for_each(|step| save(root.path(), step, 9, Duration::ZERO));
    let mut app = app(root.path(), Some("word_embedding"), false);
    act(&mut app, Edit::GoToStep("word_embedding:1".into()));
    until(&mut app, |world| step(world) == Some(1));
    save(root.path(), 3, 9, PAUSE);
    until(&mut app, |world| !offers(world).is_empty());
    act(&mut app, HistoryAction::Undo);
    until(&mut app, |world| step(world) == Some(2));
    assert_eq!(shown(app.world()).1.as_deref(), Some("word_embedding:2"));
}

/// Layouts that belong together stay when steps come after them; components of all steps are computed
/// anew. Later steps are listed before the layouts of a run are complete, and move what is open there.
#[test]
fn layouts_of_the_steps_stay_when_another_step_appears() {
    for (method, stay) in [(Method::Umap, true), (Method::Pca, false)] {
        let root = tempfile::tempdir().unwrap();
        (1..=2).for_each(|step| save(root.path(), step, 9, Duration::ZERO));
        let mut app = app(root.path(), Some("word_embedding:1"), false);
        act(&mut app, Edit::Project(method));
        let training = Training { together: Some(true), ..app.world().resource::<CurrentView>().training };
        act(&mut app, Edit::SetTraining(training));
        let layouts = |world: &World| world.resource::<StepLayouts>().layouts.clone();
        until(&mut app, |world| layouts(world).len() == 2);
        let before = layouts(app.world());
        save(root.path(), 3, 9, PAUSE);
        until(&mut app, |world| layouts(world).len() == 3);
        let after = layouts(app.world());
        let same: Vec<bool> = before.iter().zip(after.iter()).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(same, [stay; 2], "{method:?}");
        assert_eq!(app.world().resource::<StepLayouts>().open, Some(0));
        assert_eq!(step(app.world()), Some(1));
    }
}

/// The index of a checkpoint is written after its data; if the data come late, it is waited for.
#[test]
fn checkpoint_whose_data_come_late_is_waited_for() {
    let root = tempfile::tempdir().unwrap();
    save(root.path(), 1, 9, Duration::ZERO);
    let mut app = app(root.path(), Some("word_embedding"), true);
    save(root.path(), 2, 9, Duration::ZERO);
    let data = root.path().join("m-2.data-00000-of-00001");
    let bytes = fs::read(&data).unwrap();
    fs::remove_file(&data).unwrap();
    let begun = Instant::now();
    until(&mut app, |_| begun.elapsed() > Duration::from_secs(3));
    assert_eq!(app.world().resource::<Opened>().epoch, 1);
    fs::write(&data, &bytes).unwrap();
    until(&mut app, |world| step(world) == Some(2) && world.resource::<Opened>().epoch == 2);
}

#[test]
fn file_beside_the_open_one_that_is_numbered_like_it_is_said() {
    let root = tempfile::tempdir().unwrap();
    let write = |step: u64| fs::write(root.path().join(format!("e{step}.csv")), "x,y\n1,2\n3,4\n").unwrap();
    write(1);
    let mut app = app(&root.path().join("e1.csv"), None, false);
    write(2);
    until(&mut app, |world| !offers(world).is_empty());
    let (text, action) = offers(app.world()).remove(0);
    assert_eq!(text, "Step 2 of e*.csv has appeared beside it.");
    act(&mut app, action.unwrap().action);
    until(&mut app, |world| world.resource::<Opened>().source.as_ref().unwrap().path == root.path());
}
