//! What a person does in the headset that follows a script, and what goes wrong meanwhile.

use super::*;

/// What the cloud is seen by: from afar enough that a point has some pixels.
const SMALL: &str = r#"{"system": {"size": [256, 256]}}"#;

/// Both hands hold the cloud, turn by a quarter to the left and go apart by half.
const TWO_HANDS: &str = r#"
{"after": 0, "left": {"position": [-0.2, 1.3, -0.6], "toward": [-0.2, 1.3, -9]}}
{"after": 0, "right": {"position": [0.2, 1.3, -0.6], "toward": [0.2, 1.3, -9]}}
{"after": 3, "input": {"/user/hand/left/input/squeeze/value": 1.0, "/user/hand/right/input/squeeze/value": 1.0}}
{"after": 3, "over": 12, "left": {"position": [-0.2121, 1.3, -0.3879]}, "right": {"position": [0.2121, 1.3, -0.8121]}}
{"after": 14, "over": 12, "left": {"position": [0, 1.3, -0.3]}, "right": {"position": [0, 1.3, -0.9]}}
{"after": 16, "input": {"/user/hand/left/input/squeeze/value": 0.0, "/user/hand/right/input/squeeze/value": 0.0}}
"#;

impl Immersed {
    /// Waits until both eyes see a point at a place of the room.
    #[track_caller]
    fn sees(&self, what: &str, place: [f64; 3]) {
        wait_for(what, || self.picture().iter().all(|seen| seen.shows_point(seen.pixel(place))).then_some(()));
    }

    fn push_stick(&self, x: f64) {
        let script = format!(
            "{{\"after\": 0, \"input\": {{\"/user/hand/right/input/thumbstick\": [{x}, 0]}}}}\n\
             {{\"after\": 8, \"input\": {{\"/user/hand/right/input/thumbstick\": [0, 0]}}}}"
        );
        self.headset.tell(&script).unwrap();
    }
}

/// The yaw from which the cloud is seen at first.
const YAW: f64 = 0.55;

/// The right one of three points in a row is 0.75 m from the middle, to the right and, seen from this
/// yaw, nearer. With the hands, whose middle is at (0, 1.3, -0.6), it turns by a quarter to the left
/// (what was to the right is then farther away, what was near to the right), and is half as far
/// again from there.
#[test]
fn two_hands_turn_and_scale_the_cloud() {
    let mut immersed = Immersed::start(SMALL, &[]);
    immersed.wait_for("focus", is_focused);
    immersed.sees("the cloud", MIDDLE);
    immersed.headset.tell(TWO_HANDS).unwrap();
    immersed.wait_for_action("the camera", |action| matches!(action, Action::Edit(Edit::MoveCamera(_))));
    let [right, up, nearer] = [0.75 * YAW.cos(), 0.15, -0.8 + 0.75 * YAW.sin()];
    immersed.sees("the right point", [1.5 * nearer, 1.3 + 1.5 * up, -0.6 - 1.5 * right]);
    for seen in immersed.picture() {
        assert!(!seen.shows_point(seen.pixel(MIDDLE)));
    }
    immersed.goes_on();
}

/// A stick turns the person by 30 degrees for each push, however long: to the right, and twice to the
/// left.
#[test]
fn stick_turns_the_person_in_steps() {
    let immersed = Immersed::start(SMALL, &[]);
    immersed.wait_for("focus", is_focused);
    immersed.sees("the cloud", MIDDLE);
    let (sin, cos) = 30_f64.to_radians().sin_cos();
    let turned = |side: f64| [side * MIDDLE[2] * sin, MIDDLE[1], MIDDLE[2] * cos];
    for (push, place) in [(1.0, turned(1.0)), (-1.0, MIDDLE), (-1.0, turned(-1.0))] {
        immersed.push_stick(push);
        immersed.sees("the cloud aside", place);
    }
    let turns = actions(&immersed.log);
    let turns = turns.iter().filter(|action| matches!(action, Action::Edit(Edit::MoveCamera(_)))).count();
    assert_eq!(turns, 3, "one for each push");
}

/// Returns how many pixels are neither black nor white nor gray, as the stage, the floor, and the
/// hands are.
fn colored(picture: &image::RgbImage) -> usize {
    picture.pixels().filter(|pixel| pixel.0.iter().max().unwrap() - pixel.0.iter().min().unwrap() > 50).count()
}

/// Between two standpoints nothing of the cloud is seen.
#[test]
fn bookmarks_fade() {
    let immersed = Immersed::with_tour();
    wait_for("the first bookmark", || {
        immersed.headset.tell(NEXT).unwrap();
        thread::sleep(Duration::from_millis(900));
        let is_cloud = immersed.picture().iter().all(|seen| colored(&seen.picture) > 50);
        (is_cloud && actions(&immersed.log).contains(&Action::Tour(TourAction::Step(Step::Next)))).then_some(())
    });
    let steps = |log: &Path| actions(log).iter().filter(|action| matches!(action, Action::Tour(_))).count();
    let before = steps(&immersed.log);
    let line = |frame: u32| {
        let input = format!("\"/user/hand/right/input/b/click\": {}", frame < 3);
        format!("{{\"after\": 1, \"picture\": \"fade{frame}\", \"input\": {{{input}}}}}\n")
    };
    immersed.headset.tell(&(0..40).map(line).collect::<String>()).unwrap();
    immersed.wait_for("the last frame", |line| {
        line["path"].as_str().is_some_and(|path| path.ends_with("fade39-right.png"))
    });
    assert!(steps(&immersed.log) > before);
    let of = |frame: u32| image::open(immersed.headset.picture(&format!("fade{frame}"), "left")).unwrap().to_rgb8();
    let seen: Vec<usize> = (0..40).map(|frame| colored(&of(frame))).collect();
    assert!(seen.contains(&0) && seen[39] > 50, "colored pixels of each frame: {seen:?}");
}

/// Rows of numbers that look random, in the format that the program opens.
fn rows(count: u64) -> String {
    let number = |place: u64| place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    (0..count)
        .map(|row| (0..6).map(|dim| number(row * 6 + dim).to_string()).collect::<Vec<_>>().join("\t") + "\n")
        .collect()
}

/// t-SNE is chosen on the panel, and goes on step by step in the headset.
#[test]
fn projection_is_computed_and_moves_in_the_headset() {
    let folder = tempfile::tempdir().unwrap();
    let (data, replay) = (folder.path().join("three.tsv"), folder.path().join("replay.jsonl"));
    fs::write(&data, rows(4000)).unwrap();
    let project = parallax::session::log::LoggedAction {
        seconds: 2.0,
        action: Action::Edit(Edit::Project(parallax::session::Method::Tsne)),
    };
    fs::write(&replay, serde_json::to_string(&project).unwrap() + "\n").unwrap();
    let arguments = [data.to_str().unwrap(), "--replay", replay.to_str().unwrap()];
    let mut immersed = Immersed::start(r#"{"system": {"size": [128, 128]}}"#, &arguments);
    immersed.wait_for("focus", is_focused);
    immersed.wait_for_action("t-SNE", |action| matches!(action, Action::Edit(Edit::Project(_))));
    // The head is still, so that only what is computed moves: on a busy machine little in a frame.
    let (mut moved, mut before) = (0, immersed.picture());
    wait_for("movement", || {
        let after = immersed.picture();
        let pairs = before[0].picture.pixels().zip(after[0].picture.pixels());
        if pairs.filter(|(a, b)| (0..3).any(|i| a.0[i].abs_diff(b.0[i]) > 30)).count() > 100 {
            (moved, before) = (moved + 1, after);
        }
        (moved > 2).then_some(())
    });
    immersed.goes_on();
}

/// Nobody knows where the head is at first, a controller is lost while it draws a sphere, and both
/// come back.
#[test]
fn poses_and_controllers_that_are_lost_come_back() {
    let script = r#"{"system": {"size": [256, 256]}}
{"frame": 0, "head": {"tracking": "none"}, "left": {"connected": false}, "right": {"tracking": "none"}}"#;
    let mut immersed = Immersed::start(script, &[]);
    immersed.wait_for("focus", is_focused);
    immersed.wait_for("frames", |line| line["what"] == "end" && line["frame"].as_u64() > Some(20));
    let back =
        r#"{"after": 0, "head": {"tracking": "full"}, "left": {"connected": true}, "right": {"tracking": "full"}}"#;
    immersed.headset.tell(back).unwrap();
    immersed.sees("the cloud", MIDDLE);
    let lost = r#"
{"after": 0, "right": {"position": [0, 1.45, -1.4], "toward": [0, 1.45, -9]}}
{"after": 3, "input": {"/user/hand/right/input/a/click": true}}
{"after": 3, "over": 5, "right": {"position": [0, 2.75, -1.4], "toward": [0, 2.75, -9]}}
{"after": 9, "right": {"connected": false}}
"#;
    immersed.headset.tell(lost).unwrap();
    // The button of a controller that is gone counts as released.
    let is_all = |action: &Action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [0, 1, 2]);
    immersed.wait_for_action("the selection in the sphere", is_all);
    let found = r#"
{"after": 9, "right": {"connected": true}, "input": {"/user/hand/right/input/a/click": false}}
"#;
    immersed.headset.tell(found).unwrap();
    immersed.headset.tell(CLICK).unwrap();
    let is_one = |action: &Action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [1]);
    immersed.wait_for_action("the selection by the ray", is_one);
    immersed.goes_on();
}

/// A field of the panel is focused by the ray, and the keyboard types into it.
#[test]
fn keyboard_types_into_the_panel() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("three.tsv");
    fs::write(&data, "word1\t-1\t0\t0\nword2\t0\t0\t0\nword3\t1\t0\t0\n").unwrap();
    let immersed = Immersed::start(r#"{"system": {"size": [64, 64]}}"#, &[data.to_str().unwrap()]);
    immersed.wait_for("focus", is_focused);
    let window = immersed.window();
    wait_for("the search", || {
        immersed.click_panel(SEARCH);
        thread::sleep(Duration::from_millis(900));
        xdotool(&immersed.display, &["key", "--window", &window, "2"]);
        thread::sleep(Duration::from_millis(900));
        let is_search =
            |action: &Action| matches!(action, Action::Edit(Edit::Search(search)) if search.text.contains('2'));
        actions(&immersed.log).iter().any(is_search).then_some(())
    });
    // In the window the key is one for two dimensions.
    let dims =
        || actions(&immersed.log).iter().filter(|action| matches!(action, Action::Edit(Edit::SetDims(_)))).count();
    let before = dims();
    xdotool(&immersed.display, &["key", "--window", &window, "2"]);
    let is_longer =
        |action: &Action| matches!(action, Action::Edit(Edit::Search(search)) if search.text.contains("22"));
    immersed.wait_for_action("the longer search", is_longer);
    assert_eq!(dims(), before);
}

/// A dialog is in the window, where a person in a headset does not see it. The panel closes it.
#[test]
fn dialog_in_the_window_is_closed_on_the_panel() {
    let immersed = Immersed::start(r#"{"system": {"size": [64, 64]}}"#, &[]);
    immersed.wait_for("focus", is_focused);
    let window = immersed.window();
    let press = |key: &str| {
        xdotool(&immersed.display, &["key", "--window", &window, key]);
        thread::sleep(Duration::from_millis(1200));
    };
    let has = |dims: Dims| actions(&immersed.log).contains(&Action::Edit(Edit::SetDims(dims)));
    wait_for("two dimensions", || {
        press("2");
        has(Dims::Two).then_some(())
    });
    press("ctrl+o");
    press("3");
    assert!(!has(Dims::Three), "the key is typed into the dialog");
    wait_for("three dimensions", || {
        immersed.click_panel(CLOSE);
        thread::sleep(Duration::from_millis(900));
        press("3");
        has(Dims::Three).then_some(())
    });
}

/// After the session is lost, the command of the window begins another one on the same device.
#[test]
fn lost_session_is_connected_again() {
    let mut immersed = Immersed::start(SMALL, &[]);
    immersed.wait_for("focus", is_focused);
    immersed.sees("the cloud", MIDDLE);
    let window = immersed.window();
    for round in 1..=2 {
        let since = immersed.headset.report().unwrap().len();
        let event = ["session_lost", "session_loss_pending"][round - 1];
        immersed.headset.tell(&format!("{{\"after\": 1, \"event\": \"{event}\"}}")).unwrap();
        let is_new = |wanted: &dyn Fn(&Value) -> bool| immersed.headset.report().unwrap()[since..].iter().any(wanted);
        wait_for("the loss", || is_new(&|line| line["object"] == "session").then_some(()));
        wait_for("a line on standard error", || {
            let said = fs::read_to_string(&immersed.said).unwrap();
            (said.matches("warning: The connection to the headset is lost").count() == round).then_some(())
        });
        wait_for("another session", || {
            for keys in [&["key", "ctrl+k"][..], &["type", "connect again"], &["key", "Return"]] {
                xdotool(&immersed.display, &[&[keys[0], "--window", &window], &keys[1..]].concat());
                thread::sleep(Duration::from_millis(700));
            }
            let entered = actions(&immersed.log);
            let entered = entered.iter().filter(|action| matches!(action, Action::Shell(ShellAction::EnterHeadset)));
            (entered.count() >= round).then_some(())
        });
        wait_for("focus again", || is_new(&is_focused).then_some(()));
        immersed.sees("the cloud again", MIDDLE);
    }
    immersed.goes_on();
}
