//! The palette, dialogs for paths, and other sheets.

use super::*;

#[test]
fn palette_finds_commands_by_their_letters() {
    let mut world = World::new(100, 64);
    world.view.saved_selections = vec![SavedSelection { name: "odd ones".into(), rows: RowSet::from(vec![1, 3]) }];
    world.recent = vec![recent("/data/of late.npy")];
    let mut harness = world.open();
    for (typed, expected) in [
        ("add and subtract", Action::Edit(Edit::Search(Search { sum: true, ..Search::default() }))),
        ("fit", Action::Edit(Edit::FitView)),
        ("color score", Action::Edit(Edit::ColorBy(Pick::Column("score".into())))),
        ("label by writer", Action::Edit(Edit::LabelBy(Pick::Column("writer".into())))),
        ("umap", Action::Edit(Edit::Project(Method::Umap))),
        ("odd ones", Action::Edit(Edit::Select(RowSet::from(vec![1, 3])))),
        ("fly", Action::Shell(ShellAction::FlyTo(RowSet::from(vec![1, 3])))),
        ("high contrast", Action::Edit(Edit::SetTheme(Theme::Contrast))),
        ("tensor words", Action::Edit(Edit::ChooseEmbedding("words".into()))),
    ] {
        assert_eq!(command(&mut harness, typed), [expected], "{typed}");
        assert!(harness.query_by_label("Command").is_none(), "{typed}: the palette closes");
    }
    let opened = command(&mut harness, "late");
    assert!(
        matches!(&opened[..], [Action::Edit(Edit::Open(Origin::Path { path, .. }))] if path.ends_with("of late.npy"))
    );
}

#[test]
fn palette_follows_arrows_and_closes_on_escape() {
    use egui::{Key, Modifiers};
    let mut harness = World::new(100, 64).open();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command").type_text("project with");
    harness.run();
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), [Action::Edit(Edit::Project(Method::Tsne))]);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command").type_text("qqqq");
    harness.run();
    assert!(harness.query_by_label("No command has these letters.").is_some());
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), []);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Escape), [], "it closes and does nothing else");
    assert!(harness.query_by_label("Command").is_none());
}

#[test]
fn palette_lists_unavailable_commands() {
    let mut harness = World::new(100, 64).open();
    assert_eq!(command(&mut harness, "isolate the"), []);
    assert!(harness.get_by_label("Isolate the selection").accesskit_node().is_disabled());
}

#[test]
fn help_sheet_lists_the_shortcuts() {
    let mut harness = World::new(100, 64).open();
    press(&mut harness, egui::Modifiers::NONE, egui::Key::F1);
    for entry in ["Fit to view: F or Home", "Undo: Ctrl+Z", "Commands…: Ctrl+K or Ctrl+Shift+P"] {
        assert!(harness.query_by_label(entry).is_some(), "{entry}");
    }
    harness.get_by_label("Close").click();
    harness.run();
    assert!(harness.query_by_label("Undo: Ctrl+Z").is_none());
}

/// A recent file, with the metadata that was opened with it.
fn recent(path: &str) -> RecentFile {
    let options = OpenOptions { metadata: Some("/data/m.tsv".into()), ..OpenOptions::default() };
    RecentFile { path: path.into(), options }
}

/// A folder as the dialog gets it.
fn folder(path: &str, entries: &[(&str, bool)]) -> Listing {
    let entry = |&(name, is_folder): &(&str, bool)| Entry { name: name.into(), is_folder, bytes: 2000 };
    Listing { folder: path.into(), entries: Ok(entries.iter().map(entry).collect()) }
}

#[test]
fn dialog_opens_the_chosen_file() {
    use egui::{Key, Modifiers};
    let mut world = World::new(100, 64);
    world.memory.start_in("/data".into());
    let mut harness = world.open();
    press(&mut harness, Modifiers::COMMAND, Key::O);
    let wanted = harness.state().memory.wanted_folder();
    assert_eq!(wanted.as_deref(), Some(Path::new("/data/")));
    harness.state_mut().memory.put_folder(folder("/data/", &[("runs", true), ("a.npy", false), (".hidden", false)]));
    harness.run();
    assert!(harness.state().memory.wanted_folder().is_none());
    assert!(harness.query_by_label(".hidden").is_none());
    harness.get_by_label("Folder runs").click();
    harness.run();
    assert_eq!(harness.state().memory.wanted_folder().as_deref(), Some(Path::new("/data/runs/")));
    harness.state_mut().memory.put_folder(folder("/data/runs/", &[("b.npy", false), ("c.npy", false)]));
    harness.run();
    harness.get_by_label("Path").type_text("c");
    harness.run();
    assert!(harness.query_by_label("b.npy").is_none(), "the list follows what is written");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Enter), []);
    let chosen = harness.state_mut().memory.take_chosen();
    assert_eq!(chosen.as_deref(), Some(Path::new("/data/runs/c.npy")), "what it is is not known yet");
    assert!(harness.query_by_label("Path").is_none());
}

#[test]
fn dialog_writes_to_the_typed_path() {
    let mut world = World::new(100, 64);
    world.memory.start_in("/data".into());
    world.memory.ask_path(Ask::export(Exported::Labels, ExportedRows::All, "labels.tsv"));
    let mut harness = world.open();
    assert!(harness.query_by_label("Export labels of all rows").is_some());
    harness.state_mut().memory.put_folder(folder("/data/", &[("labels.tsv", false)]));
    harness.run();
    assert!(harness.query_by_label("There is a labels.tsv already; it will be replaced.").is_some());
    let export = Export { what: Exported::Labels, rows: ExportedRows::All, path: "/data/labels.tsv".into() };
    click(&mut harness, "Replace", Action::Job(JobAction::Export(export)));
}

#[test]
fn dialog_reports_folders_that_cannot_be_listed() {
    let mut world = World::new(100, 64);
    world.memory.start_in("/none".into());
    world.memory.ask_path(Ask::open());
    let mut harness = world.open();
    let listing = Listing { folder: "/none/".into(), entries: Err("There is no folder /none.".into()) };
    harness.state_mut().memory.put_folder(listing);
    harness.run();
    assert!(harness.query_by_label("There is no folder /none.").is_some());
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(harness.query_by_label("Path").is_none() && harness.state().actions.is_empty());
}

#[test]
fn recent_files_are_offered_if_nothing_is_open() {
    let mut world = World::new(0, 0);
    world.embedding = None;
    world.recent = vec![recent("/data/words.npy")];
    let mut harness = world.open();
    let opened = acted(&mut harness, "words.npy");
    assert_eq!(opened, Action::Edit(Edit::Open(recent("/data/words.npy").origin())), "with what stood beside it");
    harness.get_by_label("Open…").click();
    harness.run();
    assert!(harness.query_by_label("Path").is_some());
}
