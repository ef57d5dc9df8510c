//! Bookmarks as the window shows them: on their data, on others, and on none.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

mod common;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_projection::Layout;
use parallax_projector::ProjectorPlugin;
use parallax_session::{
    Action, Dims, Edit, Export, Exported, ExportedRows, HistoryAction, JobAction, JobKind, Method, OpenOptions, Origin,
    Pick, PointStyle, Projection, Steer, Theme, TourAction, TsneConfig, View, log::LoggedAction,
};
use parallax_state::{
    CurrentLayout, CurrentTour, CurrentView, Do, KeptLayouts, Opened, Replay, Running, StatePlugin, Toasts,
};
use parallax_tour::read_tour;

use common::{act, until};

const ROWS: usize = 40;

/// A table of vectors in three groups, whose values are turned by `turn`, and beside it a table of
/// their words.
fn write_data(folder: &Path, name: &str, words: impl Iterator<Item = String>, turn: usize) -> PathBuf {
    let words: Vec<String> = words.collect();
    let value = |row: usize, dim: usize| (row * 7 + dim * 13 + turn) % 11 + if row % 3 == dim { 50 } else { 0 };
    let line = |row| (0..5).map(|dim| value(row, dim).to_string()).collect::<Vec<_>>().join("\t") + "\n";
    let path = folder.join(format!("{name}.tsv"));
    std::fs::write(&path, (0..words.len()).map(line).collect::<String>()).unwrap();
    let table = words
        .iter()
        .enumerate()
        .fold("word\tgroup\n".to_owned(), |table, (row, word)| table + word + "\t" + &(row % 3).to_string() + "\n");
    std::fs::write(folder.join(format!("{name}.words.tsv")), table).unwrap();
    path
}

fn words(rows: usize) -> impl Iterator<Item = String> {
    (0..rows).map(|row| format!("w{row}"))
}

fn of(path: &Path) -> Origin {
    let metadata = path.with_extension("words.tsv");
    Origin::Path { path: path.into(), options: OpenOptions { metadata: Some(metadata), ..OpenOptions::default() } }
}

fn app(origin: Origin) -> App {
    let mut app = App::new();
    let tsne = TsneConfig { perplexity: Some(5.0), iterations: 30, ..TsneConfig::recommended() };
    let projection = Projection { tsne, ..Projection::default() };
    app.insert_resource(CurrentView::new(View { origin, projection, ..View::default() }))
        .add_plugins((MinimalPlugins, StatePlugin, ProjectorPlugin))
        .add_message::<RequestRedraw>();
    app
}

fn tour(app: &mut App, action: TourAction) {
    act(app, Action::Tour(action));
}

/// Updates until there is a layout by the view's method and nothing is under way.
#[track_caller]
fn settle(app: &mut App) {
    app.update();
    app.update();
    until(app, "rest", |world| {
        let (view, layout) = (world.resource::<CurrentView>(), world.resource::<CurrentLayout>());
        let opened = world.resource::<Opened>();
        world.resource::<Running>().0.is_empty()
            && layout.of(opened).is_some()
            && layout.method == Some(view.projection.method)
    });
}

fn layout(app: &App) -> Arc<Layout> {
    app.world().resource::<CurrentLayout>().layout.clone().unwrap()
}

fn view(app: &App) -> View {
    View::clone(app.world().resource::<CurrentView>())
}

fn said(app: &App) -> Vec<String> {
    app.world().resource::<Toasts>().log().iter().map(|said| said.text.clone()).collect()
}

/// Two bookmarks: all rows by their components, and some of them alone by t-SNE, in other colors.
fn make(app: &mut App) {
    settle(app);
    act(app, Action::Edit(Edit::Select(RowSet::from(vec![1, 2]))));
    tour(app, TourAction::Add("all".into()));
    act(app, Action::Edit(Edit::Isolate((0..30).collect::<Vec<u32>>().into())));
    for action in [
        Action::Edit(Edit::Project(Method::Tsne)),
        Action::Edit(Edit::SetDims(Dims::Two)),
        Action::Edit(Edit::ColorBy(Pick::Column("group".into()))),
        Action::Edit(Edit::ShowPointsAs(PointStyle::Labels)),
        Action::Edit(Edit::SetTheme(Theme::Light)),
    ] {
        act(app, action);
    }
    settle(app);
    until(app, "the last step", |world| {
        world.resource::<CurrentLayout>().steps.as_ref().is_some_and(|steps| steps.iteration == 30 && !steps.running)
    });
    app.update();
    tour(app, TourAction::Add("some".into()));
    let bookmarks = &app.world().resource::<CurrentTour>().tour().bookmarks;
    let kept: Vec<_> = bookmarks.iter().map(|bookmark| bookmark.layouts.len()).collect();
    assert!(kept[0] >= 1 && kept[1] >= 2, "{kept:?}");
}

#[test]
fn bookmark_restores_view_and_layout_and_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let (some, tsne) = (view(&app), layout(&app));
    tour(&mut app, TourAction::Show(0));
    assert_eq!(view(&app).selection.as_slice(), [1, 2]);
    assert_eq!(
        (view(&app).theme, view(&app).isolation.len(), view(&app).projection.method),
        (Theme::Dark, 0, Method::Pca)
    );
    settle(&mut app);
    assert_eq!(layout(&app).rows(), ROWS);
    tour(&mut app, TourAction::Step(parallax_session::Step::Next));
    assert_eq!(view(&app), some);
    app.update();
    assert!(Arc::ptr_eq(&layout(&app), &tsne), "nothing is computed again");
    let computing = |world: &World| world.resource::<Running>().0.iter().any(|job| job.kind == JobKind::Project);
    assert!(!computing(app.world()));
    act(&mut app, Action::History(HistoryAction::Undo));
    assert_eq!(view(&app).isolation.len(), 0);
}

/// A new start: only files are left.
#[test]
fn saved_tour_opens_with_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = write_data(folder.path(), "a", words(ROWS), 0);
    let file = folder.path().join("t.ron");
    let mut first = app(of(&data));
    make(&mut first);
    let (some, tsne) = (view(&first), layout(&first));
    act(&mut first, JobAction::SaveTour { path: file.clone(), places: None });
    until(&mut first, "the file", |world| world.resource::<CurrentTour>().is_saved());

    let mut second = app(Origin::Memory);
    act(&mut second, JobAction::OpenTour(vec![file]));
    until(&mut second, "the data", |world| world.resource::<Opened>().embedding.is_some());
    settle(&mut second);
    assert_eq!(view(&second).selection.as_slice(), [1, 2]);
    tour(&mut second, TourAction::Show(1));
    second.update();
    let found = layout(&second);
    let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    assert!(found.values().iter().zip(tsne.values()).all(same), "bit for bit");
    let View { origin: _, theme, points, color_by, ref isolation, .. } = view(&second);
    assert_eq!((theme, points, color_by, isolation), (some.theme, some.points, some.color_by, &some.isolation));
    assert_eq!(said(&second), Vec::<String>::new());
    // The user may go on from it.
    act(&mut second, Action::Job(JobAction::Steer(Steer::Restart)));
    until(&mut second, "a run", |world| {
        let steps = world.resource::<CurrentLayout>().steps.clone();
        steps.is_some_and(|steps| steps.iteration == 30 && !steps.running) && world.resource::<Running>().0.is_empty()
    });
    assert!(!Arc::ptr_eq(&layout(&second), &found));
}

#[test]
fn bookmark_on_other_data_finds_rows_by_label_and_reports_differences() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let there = layout(&app);
    // The same words from the last to the first, and three more in front.
    let others = (0..3).map(|more| format!("x{more}")).chain(words(ROWS).collect::<Vec<_>>().into_iter().rev());
    let other = write_data(folder.path(), "b", others, 5);
    act(&mut app, Action::Edit(Edit::Open(of(&other))));
    until(&mut app, "the other data", |world| world.resource::<Opened>().rows() == ROWS + 3);
    settle(&mut app);
    tour(&mut app, TourAction::UseDataAtHand(true));
    tour(&mut app, TourAction::Show(1));
    until(&mut app, "the rows", |world| world.resource::<CurrentView>().isolation.len() == 1);
    settle(&mut app);
    let place = |row: usize| ROWS + 2 - row;
    let here = layout(&app);
    for row in 0..30 {
        assert_eq!(here.row(place(row)), there.row(row));
    }
    assert!(here.row(0).is_none_or(|row| row[0].is_nan()), "the new words have no place");
    let said = said(&app);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("40 x 5 there, 43 x 5 here"), "{said:?}");
}

#[test]
fn bookmark_without_its_data_is_rebuilt_from_its_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let data = write_data(folder.path(), "a", words(ROWS), 0);
    let file = folder.path().join("t.ron");
    let mut first = app(of(&data));
    make(&mut first);
    let tsne = layout(&first);
    act(&mut first, JobAction::SaveTour { path: file.clone(), places: Some(vec![1]) });
    until(&mut first, "the file", |_| file.exists());
    until(&mut first, "the end of writing", |world| world.resource::<Running>().0.is_empty());
    std::fs::remove_file(data).unwrap();

    let mut second = app(Origin::Memory);
    act(&mut second, JobAction::OpenTour(vec![file]));
    until(&mut second, "the picture", |world| world.resource::<Opened>().embedding.is_some());
    second.update();
    second.update();
    let here = layout(&second);
    for row in 0..30 {
        assert_eq!(here.row(row), tsne.row(row));
    }
    let opened = second.world().resource::<Opened>();
    let embedding = opened.embedding.as_ref().unwrap();
    assert_eq!((embedding.metadata.column("word").unwrap().text(7).unwrap(), view(&second).isolation.len()), ("w7", 1));
    let said = said(&second);
    assert!(said.iter().any(|text| text.contains("could not be opened")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("no such file")), "{said:?}");
}

/// A log without time between its actions: each sees what those before it have left.
#[test]
fn actions_at_one_time_are_served_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let [file, table] = ["t.ron", "rows.tsv"].map(|name| folder.path().join(name));
    let export = Export { what: Exported::Labels, rows: ExportedRows::Selected, path: table.clone() };
    let actions: [Action; 6] = [
        Edit::Select(vec![3, 4].into()).into(),
        JobAction::Export(export).into(),
        Edit::Select(vec![5].into()).into(),
        TourAction::Rename(0, "the first".into()).into(),
        JobAction::SaveTour { path: file.clone(), places: None }.into(),
        TourAction::Close.into(),
    ];
    let logged = actions.into_iter().map(|action| LoggedAction { seconds: 0.0, action });
    app.insert_resource(Replay::new(logged.collect()));
    until(&mut app, "the files", |world| file.exists() && table.exists() && world.resource::<Running>().0.is_empty());
    assert!(app.world().resource::<CurrentTour>().tour().bookmarks.is_empty(), "it is closed");
    let names: Vec<String> =
        read_tour(&file).unwrap().tour.bookmarks.iter().map(|bookmark| bookmark.name.clone()).collect();
    assert_eq!(names, ["the first", "some"]);
    let labels = std::fs::read_to_string(&table).unwrap();
    assert!(labels.contains("w3") && labels.contains("w4") && !labels.contains("w5"), "{labels:?}");
    assert_eq!(view(&app).selection.as_slice(), [5]);
}

#[test]
fn canceling_a_file_that_is_read_leaves_those_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let files = ["a.ron", "b.ron", "c.ron"].map(|name| folder.path().join(name));
    for path in files.clone() {
        app.world_mut().write_message(Do::person(JobAction::SaveTour { path, places: None }));
    }
    app.world_mut().write_message(Do::person(JobAction::Cancel(Some(JobKind::Load))));
    until(&mut app, "the files", |_| files.iter().all(|file| file.exists()));
    until(&mut app, "three messages", |world| world.resource::<Toasts>().log().len() == 3);
    assert!(said(&app).iter().all(|text| text.starts_with("Saved 2 bookmarks")), "{:?}", said(&app));
}

/// The file in place of data, as from the dialog or the command line.
#[test]
fn opening_a_file_of_bookmarks_as_data_opens_the_bookmarks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.ron");
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let origin = view(&app).origin;
    act(&mut app, JobAction::SaveTour { path: file.clone(), places: None });
    until(&mut app, "the file", |world| world.resource::<CurrentTour>().is_saved());
    tour(&mut app, TourAction::Close);
    app.init_resource::<Asked>().add_systems(Last, |mut requests: MessageReader<Do>, mut asked: ResMut<Asked>| {
        let opens = |Do { action, .. }: &&Do| matches!(action, Action::Job(JobAction::OpenTour(_)));
        asked.0 += requests.read().filter(opens).count();
    });
    act(&mut app, Action::Edit(Edit::Open(Origin::Path { path: file, options: OpenOptions::default() })));
    until(&mut app, "the bookmarks", |world| world.resource::<CurrentTour>().tour().bookmarks.len() == 2);
    settle(&mut app);
    assert_eq!((view(&app).origin, view(&app).selection.as_slice()), (origin, &[1, 2][..]));
    assert_eq!(app.world().resource::<Asked>().0, 0, "a log that has both actions would open the file twice");
}

/// How often bookmarks were to be opened by an action.
#[derive(Resource, Default)]
struct Asked(usize);

#[test]
fn kept_layouts_are_of_all_rows_and_of_isolated_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = app(of(&write_data(folder.path(), "a", words(ROWS), 0)));
    make(&mut app);
    let kept = app.world().resource::<KeptLayouts>();
    let of = |kept: &parallax_tour::KeptLayout| (kept.method, kept.dims, kept.rows.as_ref().map(RowSet::len));
    let list: Vec<_> = kept.0.iter().map(|kept| of(kept)).collect();
    assert!(list.contains(&(Method::Pca, Dims::Three, None)), "{list:?}");
    assert!(list.contains(&(Method::Tsne, Dims::Two, Some(30))), "{list:?}");
}
