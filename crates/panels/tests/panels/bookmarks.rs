//! The Bookmarks card as the user meets it: found by accessibility names, clicked, dragged and
//! typed into.

use egui::{Key, Modifiers, accesskit::Toggled};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use parallax_panels::Decision;
use parallax_session::{
    Action, Edit, Exported, ExportedRows, JobAction, OpenOptions, Origin, Panel, Present, ShellAction, Step, TourAction,
};
use parallax_tour::OpenTour;

use crate::tours::{World, bookmark, press};

const NONE: Modifiers = Modifiers::NONE;

/// Returns the actions after a click on the control called `name`.
#[track_caller]
fn click(harness: &mut Harness<'_, World>, name: &str) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.get_by_label(name).click();
    harness.run();
    harness.state().actions.clone()
}

/// Returns the action of a dialog for a path, once a path is entered.
#[track_caller]
fn answer(harness: &mut Harness<'_, World>, path: &str) -> Vec<Action> {
    harness.get_by_label("Path").type_text(path);
    harness.run();
    press(harness, egui::Modifiers::NONE, egui::Key::Enter)
}

fn saved(path: &str, places: Option<Vec<usize>>) -> Action {
    Action::Job(JobAction::SaveTour { path: path.into(), places })
}

/// The bookmarks of a tour, by name.
fn names(world: &World) -> Vec<&str> {
    world.tour.tour().bookmarks.iter().map(|bookmark| &*bookmark.name).collect()
}

fn did(action: TourAction) -> Vec<Action> {
    vec![Action::Tour(action)]
}

/// The accessible name of a bookmark's row.
fn row(place: usize, name: &str) -> String {
    format!("{place}. {name}, t-SNE · 3D · 1,000 points")
}

/// Returns the actions of an entry in the menu that `opener` opens.
#[track_caller]
fn choose(harness: &mut Harness<'_, World>, opener: &str, entry: &str) -> Vec<Action> {
    click(harness, opener);
    click(harness, entry)
}

#[test]
fn view_is_saved_and_shown_again() {
    let mut harness = World::new(&[]).open();
    assert!(harness.query_by_label_contains("Saves what you see").is_some(), "an empty card says what it is for");
    assert!(harness.get_by_label("Present").accesskit_node().is_disabled());
    assert_eq!(click(&mut harness, "Save this view"), did(TourAction::Add(String::new())));
    assert_eq!(press(&mut harness, Modifiers::COMMAND, Key::B), did(TourAction::Add(String::new())));
    assert!(harness.query_by_label_contains("Saves what you see").is_none());
    assert_eq!(click(&mut harness, &row(1, "Bookmark 1")), did(TourAction::Show(0)));
    assert_eq!(click(&mut harness, "Next bookmark"), did(TourAction::Step(Step::Next)));
    assert_eq!(press(&mut harness, Modifiers::COMMAND, Key::ArrowLeft), did(TourAction::Step(Step::Previous)));
    let is_shown = |harness: &Harness<'_, World>, name: &str| {
        harness.get_by_label(name).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(is_shown(&harness, &row(1, "Bookmark 1")) && !is_shown(&harness, &row(2, "Bookmark 2")));
    harness.state_mut().method = None;
    harness.run();
    assert!(harness.get_by_label("Save this view").accesskit_node().is_disabled(), "there is nothing to see");
}

#[test]
fn name_is_edited_in_place() {
    let mut harness = World::new(&["a", "b"]).open();
    harness.get_by_label(&row(1, "a")).focus();
    harness.run();
    let write = |harness: &mut Harness<'_, World>, text: &str, end: Key| {
        press(harness, NONE, Key::F2);
        harness.get_by_label("Name of the bookmark").type_text(text);
        harness.run();
        press(harness, NONE, end)
    };
    assert_eq!(write(&mut harness, "words", Key::Enter), did(TourAction::Rename(0, "words".into())));
    assert_eq!(write(&mut harness, "else", Key::Escape), [], "Esc leaves the name as it was");
    assert_eq!(write(&mut harness, " ", Key::Enter), [], "a name is not empty");
    assert_eq!(names(harness.state()), ["words", "b"]);
    choose(&mut harness, "More of b", "Rename");
    harness.get_by_label("Name of the bookmark").type_text("second");
    harness.run();
    let renamed = Action::Tour(TourAction::Rename(1, "second".into()));
    assert!(click(&mut harness, &row(1, "words")).contains(&renamed), "a click elsewhere takes what is written");
    assert!(harness.query_by_label("Name of the bookmark").is_none());
}

#[test]
fn double_click_renames() {
    let mut harness = World::new(&["a"]).open();
    let at = harness.get_by_label(&row(1, "a")).rect().center();
    for pressed in [true, false, true, false] {
        let button = egui::PointerButton::Primary;
        harness.event(egui::Event::PointerMoved(at));
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: NONE });
    }
    harness.run();
    assert!(harness.query_by_label("Name of the bookmark").is_some());
}

#[test]
fn row_menu_does_what_it_says() {
    let mut harness = World::new(&["a", "b", "c"]).open();
    assert_eq!(choose(&mut harness, "More of b", "Update to current view"), did(TourAction::Update(1)));
    assert_eq!(choose(&mut harness, "More of b", "Duplicate"), did(TourAction::Duplicate(1)));
    assert_eq!(names(harness.state()), ["a", "b", "b (copy)", "c"]);
    assert_eq!(choose(&mut harness, "More of c", "Move up"), did(TourAction::Move { from: 3, to: 2 }));
    assert_eq!(choose(&mut harness, "More of a", "Move down"), did(TourAction::Move { from: 0, to: 1 }));
    assert_eq!(choose(&mut harness, "More of b (copy)", "Delete"), did(TourAction::Remove(3)));
    assert!(harness.query_by_label("“b (copy)” was deleted").is_some());
    assert_eq!(click(&mut harness, "Put back"), did(TourAction::PutBack));
    assert_eq!(names(harness.state()), ["b", "a", "c", "b (copy)"]);
    assert!(harness.query_by_label("Put back").is_none());
    harness.get_by_label(&row(3, "c")).click_secondary();
    harness.run();
    assert_eq!(click(&mut harness, "Delete"), did(TourAction::Remove(2)), "the same menu is behind the other button");
}

#[test]
fn notes_are_edited_below_their_row() {
    let mut harness = World::new(&["a", "b"]).open();
    choose(&mut harness, "More of a", "Notes");
    harness.get_by_label("Notes of the bookmark").type_text("Look at the left.");
    harness.run();
    assert_eq!(harness.state().actions, did(TourAction::Note(0, "Look at the left.".into())));
    assert!(harness.query_by_label(&format!("{}, with notes", row(1, "a"))).is_some());
    let [note, next] = ["Notes of the bookmark", &row(2, "b")].map(|name| harness.get_by_label(name).rect());
    assert!(note.max.y <= next.min.y, "{note:?} {next:?}");
    click(&mut harness, "Notes of a");
    assert!(harness.query_by_label("Notes of the bookmark").is_none(), "the sign closes it again");
    click(&mut harness, "Notes of a");
    assert!(harness.get_by_label("Notes of the bookmark").accesskit_node().is_focused());
}

#[test]
fn durations_are_set() {
    let mut harness = World::new(&["a", "b"]).open();
    let set = |harness: &mut Harness<'_, World>, opener: &str, field: &str, text: &str| {
        click(harness, opener);
        click(harness, field);
        harness.get_by_label(field).type_text(text);
        harness.run();
        let did = press(harness, NONE, Key::Enter);
        press(harness, NONE, Key::Escape);
        did
    };
    assert_eq!(set(&mut harness, "More of b", "Duration", "2.5"), did(TourAction::Stay(1, Some(2.5))));
    assert_eq!(set(&mut harness, "More bookmark commands", "Seconds per bookmark", "9"), did(TourAction::Pace(9.0)));
    assert_eq!(choose(&mut harness, "More of b", "Duration of the others: 9 s"), did(TourAction::Stay(1, None)));
    click(&mut harness, "More bookmark commands");
    assert_eq!(click(&mut harness, "Loop"), did(TourAction::Loop(true)));
}

/// Drags one row to the middle of the upper or the lower half of another.
fn drag(harness: &mut Harness<'_, World>, from: &str, to: (&str, f32), gives_up: bool) -> Vec<Action> {
    harness.state_mut().actions.clear();
    let from = harness.get_by_label(from).rect().center();
    let rect = harness.get_by_label(to.0).rect();
    let to = egui::pos2(from.x, egui::lerp(rect.y_range(), to.1));
    harness.drag_at(from);
    harness.run();
    for share in [0.5, 1.0] {
        harness.hover_at(from.lerp(to, share));
        harness.step();
    }
    if gives_up {
        harness.key_press(Key::Escape);
        harness.run();
    }
    harness.drop_at(to);
    harness.run();
    harness.state().actions.clone()
}

#[test]
fn rows_are_reordered_by_dragging() {
    let mut harness = World::new(&["a", "b", "c"]).open();
    let moved = |from, to| did(TourAction::Move { from, to });
    assert_eq!(drag(&mut harness, &row(1, "a"), (&row(3, "c"), 0.8), false), moved(0, 2));
    assert_eq!(drag(&mut harness, &row(3, "a"), (&row(2, "c"), 0.2), false), moved(2, 1));
    assert_eq!(names(harness.state()), ["b", "a", "c"]);
    assert_eq!(drag(&mut harness, &row(2, "a"), (&row(1, "b"), 0.2), true), [], "Esc gives it up");
    assert_eq!(drag(&mut harness, &row(2, "a"), (&row(1, "b"), 0.8), false), [], "it is there already");
}

#[test]
fn rows_are_reordered_by_keys() {
    let mut harness = World::new(&["a", "b", "c"]).open();
    harness.get_by_label(&row(1, "a")).focus();
    harness.run();
    assert_eq!(press(&mut harness, Modifiers::ALT, Key::ArrowUp), [], "it is the first");
    assert_eq!(press(&mut harness, Modifiers::ALT, Key::ArrowDown), did(TourAction::Move { from: 0, to: 1 }));
    assert_eq!(press(&mut harness, Modifiers::ALT, Key::ArrowDown), did(TourAction::Move { from: 1, to: 2 }));
    assert_eq!(press(&mut harness, NONE, Key::ArrowUp), []);
    assert!(harness.get_by_label(&row(2, "c")).accesskit_node().is_focused());
    assert_eq!(press(&mut harness, NONE, Key::Enter), did(TourAction::Show(1)));
    assert_eq!(press(&mut harness, NONE, Key::Delete), did(TourAction::Remove(1)));
    assert_eq!(names(harness.state()), ["b", "a"]);
}

#[test]
fn bookmarks_are_opened_and_saved() {
    let mut harness = World::new(&["a", "b", "c"]).open();
    press(&mut harness, Modifiers::COMMAND, Key::B);
    assert!(harness.query_by_label_contains("4 • not saved").is_none(), "the note of a card is painted");
    assert_eq!(choose(&mut harness, "More bookmark commands", "Save bookmarks"), [saved("/talks/walk.ron", None)]);
    assert_eq!(press(&mut harness, Modifiers::COMMAND, Key::S), [saved("/talks/walk.ron", None)]);
    choose(&mut harness, "More bookmark commands", "Save bookmarks as…");
    assert_eq!(press(&mut harness, NONE, Key::Enter), [saved("/talks/walk.ron", None)]);
    choose(&mut harness, "More bookmark commands", "Save for TensorBoard…");
    assert_eq!(press(&mut harness, NONE, Key::Enter), [saved("/talks/bookmarks.txt", None)]);
    choose(&mut harness, "More bookmark commands", "Save some bookmarks…");
    assert!(harness.get_by_label("Save 0 bookmarks…").accesskit_node().is_disabled());
    for (place, name) in [(1, "a"), (3, "c"), (2, "b"), (2, "b")] {
        assert_eq!(click(&mut harness, &row(place, name)), [], "it is chosen, not shown");
    }
    click(&mut harness, "Save 2 bookmarks…");
    assert_eq!(press(&mut harness, NONE, Key::Enter), [saved("/talks/bookmarks.ron", Some(vec![0, 2]))]);
    assert!(harness.query_by_label("Save this view").is_some(), "choosing is over");
    choose(&mut harness, "More bookmark commands", "Open bookmarks…");
    assert_eq!(
        answer(&mut harness, "/talks/other.ron"),
        [Action::Job(JobAction::OpenTour(vec!["/talks/other.ron".into()]))]
    );
}

/// Letter by letter, as the user types: the name that is proposed is selected at first.
#[test]
fn absolute_path_is_typed_over_the_proposed_name() {
    let mut harness = World::new(&["a"]).open();
    press(&mut harness, egui::Modifiers { shift: true, ..Modifiers::COMMAND }, Key::S);
    for letter in "/tmp/tour".chars() {
        harness.event(egui::Event::Text(letter.into()));
        harness.run();
    }
    assert_eq!(press(&mut harness, NONE, Key::Enter), [saved("/tmp/tour.ron", None)]);
}

/// A file is not overwritten unasked, even if the user is faster than the disk.
#[test]
fn file_is_not_overwritten_without_a_question() {
    for (files, is_saved_at_once) in [(vec![], true), (vec!["walk.ron"], false)] {
        let mut world = World::new(&["a"]);
        world.files = None;
        let mut harness = world.open();
        choose(&mut harness, "More bookmark commands", "Save bookmarks as…");
        assert_eq!(press(&mut harness, NONE, Key::Enter), [], "what the folder holds is not known yet");
        assert_eq!(click(&mut harness, "Save"), []);
        harness.state_mut().files = Some(files);
        harness.run_steps(2);
        let save = saved("/talks/walk.ron", None);
        if is_saved_at_once {
            assert_eq!(harness.state().actions, [save]);
            continue;
        }
        assert_eq!(harness.state().actions, []);
        assert!(harness.query_by_label("There is a walk.ron already; it will be replaced.").is_some());
        press(&mut harness, NONE, Key::ArrowDown);
        assert_eq!(press(&mut harness, NONE, Key::Enter), [], "what is chosen in the list is named first");
        assert_eq!(click(&mut harness, "Replace"), [save]);
    }
}

#[test]
fn unsaved_bookmarks_are_not_closed_without_a_question() {
    const MENU: &str = "More bookmark commands";
    let close = did(TourAction::Close);
    let mut harness = World::new(&["a"]).open();
    assert_eq!(choose(&mut harness, MENU, "Close bookmarks"), close);
    press(&mut harness, Modifiers::COMMAND, Key::B);
    for (answer, expected) in [("Cancel", vec![]), ("Don't save", close.clone())] {
        assert_eq!(choose(&mut harness, MENU, "Close bookmarks"), []);
        assert!(harness.query_by_label("1 bookmark is not saved.").is_some());
        assert_eq!(click(&mut harness, answer), expected, "{answer}");
    }
    // For bookmarks without a file the user is asked for one, then they are closed.
    press(&mut harness, Modifiers::COMMAND, Key::B);
    choose(&mut harness, MENU, "Close bookmarks");
    assert_eq!(click(&mut harness, "Save"), []);
    assert_eq!(answer(&mut harness, "/talks/a"), [saved("/talks/a.ron", None), close[0].clone()]);
}

#[test]
fn closing_names_only_what_is_unsaved() {
    let check = |keys: &[(Modifiers, Key)], tags: usize, expected: &[&str]| {
        let mut harness = World::new(&["a", "b"]).open();
        harness.get_by_label(&row(1, "a")).focus();
        harness.run();
        keys.iter().for_each(|&(modifiers, key)| drop(press(&mut harness, modifiers, key)));
        harness.state_mut().unsaved_tags = tags;
        harness.state_mut().leaves = true;
        harness.run();
        let nodes = harness.query_all_by_label_contains(" not saved");
        let said: Vec<String> = nodes.filter_map(|node| node.accesskit_node().value()).collect();
        assert_eq!(said, expected, "{keys:?}");
        press(&mut harness, NONE, Key::Escape);
        assert_eq!(harness.state().decision, Some(Decision::Stay));
    };
    let (move_down, delete) = ((Modifiers::ALT, Key::ArrowDown), (NONE, Key::Delete));
    check(&[(Modifiers::COMMAND, Key::B)], 0, &["1 bookmark is not saved in walk.ron."]);
    check(&[move_down], 0, &["The order of the bookmarks is not saved in walk.ron."]);
    check(&[], 1, &["1 change of tags is not saved to a metadata file."]);
    check(&[move_down, delete], 2, &["2 changes of tags are not saved to a metadata file."]);
}

/// The question comes before the open data are replaced. Bookmarks stay, and are not named.
#[test]
fn opening_other_data_asks_about_tags() {
    let open =
        |path: &str| Action::Edit(Edit::Open(Origin::Path { path: path.into(), options: OpenOptions::default() }));
    let ask = |tags: usize| {
        let mut harness = World::new(&["a"]).open();
        press(&mut harness, Modifiers::COMMAND, Key::B);
        harness.state_mut().unsaved_tags = tags;
        press(&mut harness, Modifiers::COMMAND, Key::O);
        let done = answer(&mut harness, "/data/x.npy");
        (harness, done)
    };
    assert_eq!(ask(0).1, [open("/data/x.npy")]);
    let (mut harness, done) = ask(2);
    assert_eq!(done, []);
    assert!(harness.query_by_label("2 changes of tags are not saved to a metadata file.").is_some());
    assert!(harness.query_by_label_contains("1 bookmark").is_none());
    assert_eq!(click(&mut harness, "Cancel"), []);
    let (mut harness, _) = ask(2);
    assert_eq!(click(&mut harness, "Don't save"), [open("/data/x.npy")]);
    let (mut harness, _) = ask(2);
    assert_eq!(click(&mut harness, "Save"), []);
    let [Action::Job(JobAction::Export(export)), then] = &answer(&mut harness, "/talks/tags.tsv")[..] else {
        panic!("no export")
    };
    assert_eq!((export.what, then), (Exported::Metadata, &open("/data/x.npy")));
}

/// "Save" saves all that was named, one file after the other, and then the window closes.
#[test]
fn saving_before_closing_saves_what_was_named() {
    let mut harness = World::new(&["a"]).open();
    press(&mut harness, Modifiers::COMMAND, Key::B);
    (harness.state_mut().unsaved_tags, harness.state_mut().leaves) = (2, true);
    harness.run();
    assert_eq!(press(&mut harness, NONE, Key::Enter), [saved("/talks/walk.ron", None)]);
    assert_eq!(harness.state().decision, None);
    let [Action::Job(JobAction::Export(export))] = &answer(&mut harness, "/talks/tags.tsv")[..] else {
        panic!("no export")
    };
    assert_eq!((export.what, export.rows), (Exported::Metadata, ExportedRows::All));
    assert_eq!(harness.state().decision, Some(Decision::Close));
}

/// The file may be written after the question was asked.
#[test]
fn window_closes_once_nothing_is_left_to_save() {
    let mut harness = World::new(&["a"]).open();
    press(&mut harness, Modifiers::COMMAND, Key::B);
    harness.state_mut().leaves = true;
    harness.run();
    assert!(harness.query_by_label("Save before closing the window?").is_some());
    assert_eq!(harness.state().decision, None);
    harness.state_mut().tour.set_saved("/talks/walk.ron".into());
    harness.run();
    assert!(harness.query_by_label("Save before closing the window?").is_none());
    assert_eq!(harness.state().decision, Some(Decision::Close));
}

#[test]
fn window_stays_open_when_saving_is_canceled() {
    let mut world = World::new(&[]);
    world.tour = OpenTour::default();
    let mut harness = world.open();
    press(&mut harness, Modifiers::COMMAND, Key::B);
    harness.state_mut().leaves = true;
    harness.run();
    assert_eq!(click(&mut harness, "Save"), []);
    assert_eq!(click(&mut harness, "Cancel"), []);
    assert_eq!(harness.state().decision, Some(Decision::Stay));
}

/// A user who saves view after view does not move the pointer, and clicks nothing else.
#[test]
fn save_button_stays_in_its_place() {
    let mut harness = World::new(&[]).open();
    let rect = harness.get_by_label("Save this view").rect();
    for _ in 0..12 {
        assert_eq!(click(&mut harness, "Save this view"), did(TourAction::Add(String::new())));
        assert_eq!(harness.get_by_label("Save this view").rect(), rect);
    }
    choose(&mut harness, "More of Bookmark 12", "Delete");
    assert_eq!(harness.get_by_label("Save this view").rect(), rect);
}

/// The second click of a double click does not hit what the first has uncovered.
#[test]
fn second_click_hits_nothing_else() {
    let mut harness = World::new(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]).open();
    choose(&mut harness, "More of a", "Delete");
    let at = harness.get_by_label("Put back").rect().center();
    let mut click_at = |wait: usize| {
        harness.state_mut().actions.clear();
        harness.run_steps(wait);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            harness.event(egui::Event::PointerMoved(at));
            harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: NONE });
        }
        harness.run_steps(2);
        harness.state().actions.clone()
    };
    assert_eq!(click_at(0), did(TourAction::PutBack));
    assert_eq!(click_at(2), []);
    assert!(matches!(click_at(60)[..], [Action::Tour(TourAction::Show(_))]), "only for a moment");
}

#[test]
fn escape_closes_the_notes() {
    let mut harness = World::new(&["a"]).open();
    choose(&mut harness, "More of a", "Notes");
    assert!(harness.query_by_label("Notes of the bookmark").is_some());
    press(&mut harness, NONE, Key::Escape);
    assert!(harness.query_by_label("Notes of the bookmark").is_none());
    assert!(harness.get_by_label(&row(1, "a")).accesskit_node().is_focused());
}

#[test]
fn presenting_says_why_it_cannot_begin() {
    let mut harness = World::new(&[]).open();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    assert_eq!(press(&mut harness, NONE, Key::F5), []);
    assert_eq!(harness.state_mut().memory.take_note().as_deref(), Some("There are no bookmarks."));
    press(&mut harness, NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::B);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    assert_eq!(press(&mut harness, NONE, Key::F5), [Action::Shell(ShellAction::Present(Present::On(true)))]);
}

#[test]
fn tour_is_presented() {
    let mut harness = World::new(&["a"]).open();
    click(&mut harness, "More bookmark commands");
    assert_eq!(
        click(&mut harness, "Presenter's view"),
        [Action::Shell(ShellAction::Present(Present::Presenter(true)))]
    );
    assert_eq!(
        choose(&mut harness, "More bookmark commands", "Apply to the open data"),
        did(TourAction::UseDataAtHand(true))
    );
    assert_eq!(click(&mut harness, "Present"), [Action::Shell(ShellAction::Present(Present::On(true)))]);
}

/// The two cards share the column, whatever they hold, and the card does not grow with its list.
#[test]
fn bookmarks_card_leaves_room_for_the_inspector() {
    let mut heights = Vec::new();
    for count in [0, 1, 6, 5000] {
        for size in [[1100.0, 600.0], [1280.0, 720.0], [1440.0, 900.0]] {
            let names: Vec<String> = (0..count).map(|place| format!("{place} ").repeat(60)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let harness = World::new(&names).open_at(size);
            let [inspector, kept] = ["Inspector", "Bookmarks"].map(|name| harness.get_by_label(name).rect());
            assert!(inspector.max.y < kept.min.y && kept.min.y >= 0.5 * size[1] - 12.0, "{count} in {size:?}");
            let rows = harness.query_all_by_label_contains("t-SNE · 3D").count();
            assert!(rows <= 10 && (count == 0 || rows > 0), "{rows} of {count} in {size:?}");
            if size[1] == 900.0 {
                heights.push(size[1] - kept.min.y);
            }
        }
    }
    assert!(heights[1..].is_sorted() && heights[0] < 150.0 && heights[1] < 150.0 && heights[3] > 300.0, "{heights:?}");
}

/// A million bookmarks cost what is in sight.
#[test]
fn very_long_list_lays_out_rows_in_sight() {
    let mut world = World::new(&[]);
    let bookmarks = vec![bookmark("x"); 1_000_000];
    world.tour.join("long.ron".into(), parallax_tour::Tour { bookmarks, ..Default::default() });
    let mut harness = world.open();
    assert_eq!(press(&mut harness, Modifiers::COMMAND, Key::ArrowLeft), did(TourAction::Step(Step::Previous)));
    let last = "1000000. x, t-SNE · 3D · 1,000 points";
    let rect = harness.get_by_label(last).rect();
    assert!(rect.max.y <= 888.0 && rect.height() == 46.0, "the last is in sight: {rect:?}");
    assert!(harness.query_all_by_label_contains("t-SNE · 3D").count() < 12);
}

#[test]
fn folded_card_unfolds_to_choose_bookmarks() {
    let mut world = World::new(&["a"]);
    world.view.panels.folded = vec![Panel::Bookmarks];
    let mut harness = world.open();
    assert!(harness.query_by_label("Save this view").is_none());
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.get_by_label("Command").type_text("save some");
    harness.run();
    assert_eq!(press(&mut harness, NONE, Key::Enter), [Action::Edit(Edit::Fold(Panel::Bookmarks, false))]);
    assert!(harness.query_by_label("Save 0 bookmarks…").is_some());
}
