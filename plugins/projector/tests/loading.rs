//! Reloading data, and what happens to the user's work.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

mod common;

use std::{fs, path::Path, time::Duration};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_projector::ProjectorPlugin;
use parallax_session::{
    Action, Edit, Export, Exported, ExportedRows, HistoryAction, JobAction, OpenOptions, Origin, View,
};
use parallax_state::{CurrentView, Opened, Settled, StatePlugin, Toasts};
use tempfile::TempDir;

use common::{act, until};

/// Vectors of this many rows, and metadata that name them with this letter.
fn write(folder: &Path, rows: usize, letter: char) {
    let lines = |line: &dyn Fn(usize) -> String| (0..rows).map(line).collect::<String>();
    fs::write(folder.join("v.tsv"), lines(&|row| format!("{row}\t{}\n", row * row % 7))).unwrap();
    fs::write(folder.join("m.tsv"), lines(&|row| format!("{letter}{row}\n"))).unwrap();
}

/// An app that has opened ten rows named a0 to a9.
fn app() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 10, 'a');
    let options = OpenOptions { metadata: Some(folder.path().join("m.tsv")), ..OpenOptions::default() };
    let origin = Origin::Path { path: folder.path().join("v.tsv"), options };
    let mut app = App::new();
    app.insert_resource(CurrentView::new(View { origin, ..View::default() }))
        .add_plugins((MinimalPlugins, StatePlugin, ProjectorPlugin))
        .add_message::<RequestRedraw>();
    until(&mut app, "it", |world| epoch(world) == 1);
    (app, folder)
}

fn epoch(world: &World) -> u64 {
    world.resource::<Opened>().epoch
}

fn names(world: &World) -> Vec<String> {
    let opened = world.resource::<Opened>();
    let names = &opened.loaded_metadata.columns()[0];
    (0..2).filter_map(|row| names.text(row)).map(str::to_owned).collect()
}

fn said(world: &World) -> Vec<String> {
    world.resource::<Toasts>().list().iter().map(|toast| toast.text.clone()).collect()
}

#[test]
fn reload_with_as_many_rows_keeps_selection_and_tags() {
    let (mut app, folder) = app();
    assert_eq!(app.world().resource::<Opened>().files.len(), 2);
    act(&mut app, Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    act(&mut app, Action::Edit(Edit::Tag { column: "kind".into(), value: "odd".into() }));
    write(folder.path(), 10, 'b');
    act(&mut app, Action::Job(JobAction::Reload));
    until(&mut app, "it", |world| epoch(world) == 2);
    assert_eq!(names(app.world()), ["b0", "b1"]);
    assert_eq!(app.world().resource::<CurrentView>().selection.as_slice(), [3]);
    until(&mut app, "it", |world| {
        let opened = world.resource::<Opened>();
        opened.embedding.as_ref().unwrap().metadata.column("kind").is_some_and(|kind| kind.text(3) == Some("odd"))
    });
    assert!(said(app.world()).contains(&"v.tsv was reloaded.".to_owned()));
}

#[test]
fn reload_with_other_rows_clears_the_selection() {
    let (mut app, folder) = app();
    act(&mut app, Action::Edit(Edit::Select(RowSet::from(vec![9]))));
    write(folder.path(), 5, 'b');
    act(&mut app, Action::Job(JobAction::Reload));
    until(&mut app, "it", |world| epoch(world) == 2);
    (0..50).for_each(|_| {
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    });
    assert_eq!((epoch(app.world()), app.world().resource::<Opened>().rows()), (2, 5));
    assert!(app.world().resource::<CurrentView>().selection.is_empty());
    assert!(said(app.world())[0].contains("now has 5 rows instead of 10"), "{:?}", said(app.world()));
}

#[test]
fn reload_with_other_rows_asks_before_tags_are_lost() {
    let (mut app, folder) = app();
    act(&mut app, Action::Edit(Edit::Select(RowSet::from(vec![9]))));
    act(&mut app, Action::Edit(Edit::Tag { column: "kind".into(), value: "odd".into() }));
    write(folder.path(), 5, 'b');
    act(&mut app, Action::Job(JobAction::Reload));
    until(&mut app, "it", |world| said(world).iter().any(|text| text.contains("would not fit")));
    assert_eq!((epoch(app.world()), app.world().resource::<Opened>().rows()), (1, 10));
    assert_eq!(app.world().resource::<CurrentView>().tags.len(), 1);
    let toasts = app.world().resource::<Toasts>();
    let mut offers = toasts.list().into_iter().filter_map(|toast| toast.actions.first().cloned());
    let open = offers.find(|offer| offer.caption == "Open without them").unwrap();
    act(&mut app, open.action);
    until(&mut app, "it", |world| epoch(world) == 2);
    assert_eq!(names(app.world()), ["b0", "b1"]);
    assert!(app.world().resource::<CurrentView>().tags.is_empty());
}

#[test]
fn reload_of_a_deleted_file_keeps_the_data() {
    let (mut app, folder) = app();
    fs::remove_file(folder.path().join("v.tsv")).unwrap();
    act(&mut app, Action::Job(JobAction::Reload));
    until(&mut app, "it", |world| !said(world).is_empty());
    assert!(said(app.world())[0].contains("there is no such file"), "{:?}", said(app.world()));
    assert_eq!((epoch(app.world()), app.world().resource::<Opened>().rows()), (1, 10));
}

/// The open data stay, with all changes to them.
#[test]
fn open_that_fails_keeps_data_and_changes() {
    let (mut app, folder) = app();
    act(&mut app, Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    act(&mut app, Action::Edit(Edit::Tag { column: "kind".into(), value: "odd".into() }));
    let before = View::clone(app.world().resource::<CurrentView>());
    for name in ["gone.npy", "gone too.npy"] {
        let origin = Origin::Path { path: folder.path().join(name), options: OpenOptions::default() };
        act(&mut app, Action::Edit(Edit::Open(origin)));
        until(&mut app, "it", |world| said(world).iter().any(|text| text.contains(name)));
        app.update();
        let view = app.world().resource::<CurrentView>();
        assert_eq!((View::clone(view), view.history().undoes()), (before.clone(), Some("tag")));
    }
    (0..20).for_each(|_| app.update());
    assert_eq!(epoch(app.world()), 1, "nothing is read again");
    let failures = said(app.world()).iter().filter(|text| text.contains("gone")).count();
    assert_eq!(failures, 1, "the message about the first file ended with the second");
    act(&mut app, Action::History(HistoryAction::Undo));
    assert!(app.world().resource::<CurrentView>().tags.is_empty());
    // What can be opened is: there is no way back from it.
    let origin = Origin::Path { path: folder.path().join("v.tsv"), options: OpenOptions::default() };
    act(&mut app, Action::Edit(Edit::Open(origin.clone())));
    until(&mut app, "it", |world| epoch(world) == 2);
    app.world_mut().write_message(Settled::Stayed);
    (0..2).for_each(|_| app.update());
    assert_eq!(app.world().resource::<CurrentView>().origin, origin);
}

#[test]
fn offer_to_color_by_a_tag_ends_with_the_tag() {
    let (mut app, _folder) = app();
    let before = app.world().resource::<CurrentView>().color_by.clone();
    act(&mut app, Action::Edit(Edit::Select(RowSet::from(vec![3]))));
    act(&mut app, Action::Edit(Edit::Tag { column: "kind".into(), value: "odd".into() }));
    until(&mut app, "it", |world| said(world).contains(&"1 point tagged.".to_owned()));
    let offer = app.world().resource::<Toasts>().list().last().unwrap().actions.first().cloned().unwrap();
    act(&mut app, offer.action);
    act(&mut app, Action::History(HistoryAction::Undo));
    app.update();
    assert!(said(app.world()).contains(&"1 point tagged.".to_owned()), "only the color was undone");
    act(&mut app, Action::History(HistoryAction::Undo));
    app.update();
    assert_eq!(said(app.world()), [""; 0]);
    let view = app.world().resource::<CurrentView>();
    assert_eq!((&view.color_by, view.tags.len()), (&before, 0));
}

#[test]
fn messages_about_a_projection_end_when_other_data_are_open() {
    let (mut app, folder) = app();
    let open = |app: &mut App, name: &str| {
        let origin = Origin::Path { path: folder.path().join(name), options: OpenOptions::default() };
        act(app, Action::Edit(Edit::Open(origin)));
    };
    let is_said = |world: &World| said(world).iter().any(|text| text.starts_with("PCA: "));
    fs::write(folder.path().join("nan.tsv"), "nan\t1\n2\tnan\nnan\t3\n").unwrap();
    open(&mut app, "nan.tsv");
    until(&mut app, "it", is_said);
    open(&mut app, "gone.npy");
    until(&mut app, "it", |world| said(world).iter().any(|text| text.contains("gone.npy")));
    assert!(is_said(app.world()), "the data are still open");
    open(&mut app, "v.tsv");
    until(&mut app, "it", |world| epoch(world) == 3);
    assert!(!is_said(app.world()), "{:?}", said(app.world()));
}

#[test]
fn message_about_a_failed_export_ends_when_one_of_the_same_kind_succeeds() {
    let (mut app, folder) = app();
    let export = |app: &mut App, what, path: &str| {
        let path = folder.path().join(path);
        act(app, Action::Job(JobAction::Export(Export { what, rows: ExportedRows::All, path })));
    };
    let fails = |world: &World| said(world).iter().filter(|text| text.contains("none/")).count();
    export(&mut app, Exported::Vectors, "none/a.npy");
    until(&mut app, "it", |world| fails(world) == 1);
    export(&mut app, Exported::Metadata, "a.tsv");
    until(&mut app, "it", |world| said(world).iter().any(|text| text.contains("Saved") && text.contains("a.tsv")));
    assert_eq!(fails(app.world()), 1, "the vectors are still not saved");
    export(&mut app, Exported::Vectors, "a.npy");
    until(&mut app, "it", |world| said(world).iter().any(|text| text.contains("Saved") && text.contains("a.npy")));
    assert_eq!(fails(app.world()), 0);
}
