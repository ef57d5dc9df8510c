//! The cloud in a headset that follows a script: see `mock_openxr`.

mod acts;

use std::{
    cell::Cell,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use mock_openxr::Headset;
use parallax::session::{Action, Dims, Edit, ShellAction, Step, TourAction};
use serde_json::Value;

use crate::{PATIENCE, Running, actions, display, hide_panels, wait_for, xdotool};

/// Where the middle of the cloud appears in the room if the head is at its usual place.
const MIDDLE: [f64; 3] = [0.0, 1.45, -1.4];

/// The right hand points at the middle of the cloud, and the trigger is pulled.
const CLICK: &str = r#"
{"after": 0, "right": {"position": [0.25, 1.2, -0.3], "toward": [0, 1.45, -1.4]}}
{"after": 4, "input": {"/user/hand/right/input/trigger/value": 1.0}}
{"after": 4, "input": {"/user/hand/right/input/trigger/value": 0.0}}
"#;

/// The right hand draws a sphere from the middle of the cloud that is larger than the cloud.
const SPHERE: &str = r#"
{"after": 0, "right": {"position": [0, 1.45, -1.4], "toward": [0, 1.45, -9]}}
{"after": 3, "input": {"/user/hand/right/input/a/click": true}}
{"after": 3, "over": 5, "right": {"position": [0, 2.75, -1.4], "toward": [0, 2.75, -9]}}
{"after": 9, "input": {"/user/hand/right/input/a/click": false}}
"#;

/// Poses that are not known, and a controller that is gone while it holds the cloud.
const LOST: &str = r#"
{"after": 0, "input": {"/user/hand/left/input/squeeze/value": 1.0}}
{"after": 3, "head": {"tracking": "none"}, "left": {"connected": false}, "right": {"tracking": "orientation"}}
{"after": 9, "head": {"tracking": "full"}, "left": {"connected": true}, "right": {"tracking": "full"}}
{"after": 3, "input": {"/user/hand/left/input/squeeze/value": 0.0}}
"#;

/// Where the button that closes a dialog of the window is on the panel.
const CLOSE: [f64; 2] = [0.5, 0.205];

/// Where the search field is on the panel.
const SEARCH: [f64; 2] = [0.4, 0.13];

/// A program with a headset, on a display of its own.
struct Immersed {
    program: Running,
    headset: Headset,
    display: String,
    log: std::path::PathBuf,
    said: std::path::PathBuf,
    pictures: Cell<u32>,
    _server: Running,
    _folder: tempfile::TempDir,
}

impl Immersed {
    /// The program with the tour of the demo, in small pictures.
    fn with_tour() -> Self {
        let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tour.ron");
        let immersed = Self::start(r#"{"system": {"size": [128, 128]}}"#, &[tour.to_str().unwrap()]);
        immersed.wait_for("focus", is_focused);
        immersed
    }

    /// Starts the program with three points in a row.
    fn start(script: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let (data, log, said) = (place("three.tsv"), place("log.jsonl"), place("said.txt"));
        fs::write(&data, "-1\t0\t0\n0\t0\t0\n1\t0\t0\n").unwrap();
        let headset = Headset::new(folder.path(), script).unwrap();
        let (server, display) = display();
        let program = Command::new(assert_cmd::cargo::cargo_bin("parallax"))
            .env("DISPLAY", &display)
            .env_remove("WAYLAND_DISPLAY")
            .env("XDG_CONFIG_HOME", folder.path())
            .envs(headset.environment())
            .args(["--xr", "--log-actions"])
            .arg(&log)
            .args(arguments)
            .args(arguments.is_empty().then_some(&data))
            .stderr(Stdio::from(fs::File::create(&said).unwrap()))
            .spawn()
            .unwrap();
        let pictures = Cell::default();
        Self { program: Running(program), headset, display, log, said, pictures, _server: server, _folder: folder }
    }

    /// Waits for a line of the runtime's report.
    #[track_caller]
    fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let line = self.headset.wait_for(PATIENCE, wanted);
        line.unwrap_or_else(|error| panic!("{what}: {error}; {}", fs::read_to_string(&self.said).unwrap()))
    }

    /// Waits for an action.
    fn wait_for_action(&self, what: &str, wanted: impl Fn(&Action) -> bool) {
        wait_for(what, || actions(&self.log).iter().any(&wanted).then_some(()));
    }

    /// Takes a picture, and returns what each eye sees and where it is.
    fn picture(&self) -> [Seen; 2] {
        let name = &format!("picture{}", self.pictures.replace(self.pictures.get() + 1));
        self.headset.tell(&format!(r#"{{"after": 2, "picture": "{name}"}}"#)).unwrap();
        let ending = format!("{name}-right.png");
        let is_it = |line: &Value| line["what"] == "picture" && line["path"].as_str().unwrap().ends_with(&ending);
        let frame = self.wait_for(name, is_it)["frame"].clone();
        let end = self.wait_for(name, |line| line["what"] == "end" && line["frame"] == frame);
        ["left", "right"].map(|eye| {
            let view = end["layers"][0]["views"][usize::from(eye == "right")].clone();
            Seen { picture: image::open(self.headset.picture(name, eye)).unwrap().to_rgb8(), view }
        })
    }

    /// Clicks a place on the panel with the right hand, given as shares of its width and height from
    /// the upper left corner. What is pressed for long is not clicked, and frames may be slow.
    fn click_panel(&self, [right, down]: [f64; 2]) {
        let report = self.headset.report().unwrap();
        let is_panel = |layer: &&Value| layer["type"] == "quad" && layer["size"][1].as_f64().unwrap() > 0.4;
        let layers = report.iter().rev().filter_map(|line| line["layers"].as_array());
        let panel = layers.flatten().find(is_panel).expect("the panel is shown");
        let (at, turn) = (numbers(&panel["pose"]["position"]), numbers(&panel["pose"]["orientation"]));
        let size = numbers(&panel["size"]);
        let off = turned(&turn, [(right - 0.5) * size[0], (0.5 - down) * size[1], 0.0]);
        let place = [0, 1, 2].map(|i| at[i] + off[i]);
        let script = format!(
            "{{\"after\": 0, \"right\": {{\"position\": [0.2, 1.3, -0.1], \"toward\": {place:?}}}}}\n\
             {{\"after\": 4, \"input\": {{\"/user/hand/right/input/trigger/value\": 1.0}}}}\n\
             {{\"after\": 1, \"input\": {{\"/user/hand/right/input/trigger/value\": 0.0}}}}"
        );
        self.headset.tell(&script).unwrap();
    }

    /// Returns the window, which gets the keyboard.
    fn window(&self) -> String {
        let window = wait_for("the window", || xdotool(&self.display, &["search", "--name", "three"]));
        let window = window.lines().next().unwrap().to_owned();
        xdotool(&self.display, &["windowfocus", &window]);
        window
    }

    /// The program runs, has done nothing wrong, and still serves the window.
    fn goes_on(&mut self) {
        let window = self.window();
        hide_panels(&self.display, &window, &self.log);
        let said = fs::read_to_string(&self.said).unwrap();
        assert!(self.program.0.try_wait().unwrap().is_none() && !said.contains("panicked"), "{said}");
        let report = self.headset.report().unwrap();
        let faults: Vec<&Value> = report.iter().filter(|line| line["what"] == "misuse").collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// What an eye sees.
struct Seen {
    picture: image::RgbImage,
    view: Value,
}

impl Seen {
    /// Returns the pixel where the eye sees a place of the room, by its pose and field of view as
    /// the program has told the runtime.
    fn pixel(&self, place: [f64; 3]) -> [f64; 2] {
        let (at, turn) = (numbers(&self.view["pose"]["position"]), numbers(&self.view["pose"]["orientation"]));
        let back = [-turn[0], -turn[1], -turn[2], turn[3]];
        let [x, y, z] = turned(&back, [0, 1, 2].map(|i| place[i] - at[i]));
        let [left, right, up, down] = [0, 1, 2, 3].map(|i| numbers(&self.view["fov"])[i].tan());
        let share = |value: f64, low: f64, high: f64| (value / -z - low) / (high - low);
        let (width, height) = self.picture.dimensions();
        [share(x, left, right) * f64::from(width), (1.0 - share(y, down, up)) * f64::from(height)]
    }

    /// Returns whether a point is drawn at this pixel: a color that the stage does not have.
    fn shows_point(&self, [x, y]: [f64; 2]) -> bool {
        let (width, height) = self.picture.dimensions();
        let corner = self.picture.get_pixel(width / 2, 2).0;
        let inside = x >= 0.0 && y >= 0.0 && x < f64::from(width) && y < f64::from(height);
        inside && {
            let pixel = self.picture.get_pixel(x as u32, y as u32).0;
            (0..3).any(|i| pixel[i].abs_diff(corner[i]) > 70)
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Returns `v` turned by the quaternion `q`: v + 2 u x (u x v + w v), where q is (u, w).
fn turned(q: &[f64], v: [f64; 3]) -> [f64; 3] {
    let u = [q[0], q[1], q[2]];
    let cross =
        |a: [f64; 3], b: [f64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let inner = cross(u, v);
    let outer = cross(u, [0, 1, 2].map(|i| inner[i] + q[3] * v[i]));
    [0, 1, 2].map(|i| v[i] + 2.0 * outer[i])
}

fn is_focused(line: &Value) -> bool {
    line["state"] == "FOCUSED"
}

#[test]
fn cloud_is_seen_by_both_eyes_followed_and_selected() {
    let mut immersed = Immersed::start(r#"{"system": {"size": [256, 256]}}"#, &[]);
    immersed.wait_for("focus", is_focused);
    // The point in the middle of three is in the middle of the cloud.
    wait_for("the cloud", || immersed.picture().iter().all(|seen| seen.shows_point(seen.pixel(MIDDLE))).then_some(()));
    let straight = immersed.picture();
    let [left, right] = straight.each_ref().map(|seen| seen.pixel(MIDDLE));
    assert!(left[0] > right[0] + 2.0, "what is near is farther right for the left eye: {left:?} {right:?}");
    // The head goes aside, and looks down to the right.
    let aside = r#"{"after": 1, "head": {"position": [0.3, 1.8, 0.2], "toward": [0.5, 1.0, -2]}}"#;
    immersed.headset.tell(aside).unwrap();
    for (seen, before) in immersed.picture().iter().zip(&straight) {
        let [now, then] = [seen.pixel(MIDDLE), before.pixel(MIDDLE)];
        assert!((now[0] - then[0]).hypot(now[1] - then[1]) > 10.0, "{then:?} {now:?}");
        assert!(seen.shows_point(now) && !seen.shows_point(then), "{then:?} {now:?}");
    }
    immersed.headset.tell(CLICK).unwrap();
    immersed.wait_for_action(
        "the selection",
        |action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [1]),
    );
    immersed.headset.tell(SPHERE).unwrap();
    immersed.wait_for_action(
        "the selection in a sphere",
        |action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [0, 1, 2]),
    );
    immersed.goes_on();
}

/// Held by the right hand, the middle of the cloud goes where the hand goes.
#[test]
fn hand_moves_the_cloud_and_the_window_follows() {
    let mut immersed = Immersed::start(r#"{"system": {"size": [256, 256]}}"#, &[]);
    immersed.wait_for("focus", is_focused);
    wait_for("the cloud", || immersed.picture().iter().all(|seen| seen.shows_point(seen.pixel(MIDDLE))).then_some(()));
    let grab = r#"
{"after": 0, "right": {"position": [0.2, 1.3, -0.3], "toward": [0.2, 1.3, -9]}}
{"after": 3, "input": {"/user/hand/right/input/squeeze/value": 1.0}}
{"after": 3, "over": 10, "right": {"position": [0.4, 1.5, -0.2], "toward": [0.4, 1.5, -9]}}
{"after": 14, "input": {"/user/hand/right/input/squeeze/value": 0.0}}
"#;
    immersed.headset.tell(grab).unwrap();
    immersed.wait_for_action("the camera", |action| matches!(action, Action::Edit(Edit::MoveCamera(_))));
    let moved = [MIDDLE[0] + 0.2, MIDDLE[1] + 0.2, MIDDLE[2] + 0.1];
    for seen in immersed.picture() {
        assert!(seen.shows_point(seen.pixel(moved)) && !seen.shows_point(seen.pixel(MIDDLE)));
    }
    immersed.goes_on();
}

/// The second tab is the projection's, and the first choice below its methods that of two
/// dimensions.
#[test]
fn panel_beside_the_left_hand_is_clicked() {
    let mut immersed = Immersed::start(r#"{"system": {"size": [64, 64]}}"#, &[]);
    immersed.wait_for("focus", is_focused);
    wait_for("two dimensions", || {
        immersed.click_panel([0.38, 0.054]);
        thread::sleep(Duration::from_millis(900));
        immersed.click_panel([0.074, 0.204]);
        thread::sleep(Duration::from_millis(900));
        let chosen = Action::Edit(Edit::SetDims(Dims::Two));
        actions(&immersed.log).contains(&chosen).then_some(())
    });
    immersed.goes_on();
}

#[test]
fn window_goes_on_when_the_headset_is_taken_off_and_lost() {
    let mut immersed = Immersed::start(r#"{"system": {"size": [64, 64]}}"#, &[]);
    immersed.wait_for("focus", is_focused);
    // First nobody knows where the head and the hands are.
    immersed.headset.tell(LOST).unwrap();
    immersed.picture();
    immersed.headset.tell("{\"after\": 2, \"event\": \"stopping\"}\n{\"after\": 20, \"event\": \"ready\"}").unwrap();
    let since = immersed.headset.report().unwrap().len();
    wait_for("focus again", || immersed.headset.report().unwrap()[since..].iter().any(is_focused).then_some(()));
    for event in ["session_lost", "instance_lost"] {
        immersed.headset.tell(&format!("{{\"after\": 5, \"event\": \"{event}\"}}")).unwrap();
    }
    immersed.wait_for("the loss", |line| line["what"] == "refused");
    immersed.goes_on();
}

/// A press of the button that goes to the next bookmark.
const NEXT: &str = r#"
{"after": 0, "input": {"/user/hand/right/input/b/click": true}}
{"after": 3, "input": {"/user/hand/right/input/b/click": false}}
"#;

#[test]
fn tour_is_played_in_the_headset() {
    let immersed = Immersed::with_tour();
    wait_for("the next bookmark", || {
        immersed.headset.tell(NEXT).unwrap();
        thread::sleep(Duration::from_millis(900));
        actions(&immersed.log).contains(&Action::Tour(TourAction::Step(Step::Next))).then_some(())
    });
    // The fade ends, and the cloud is there again.
    wait_for("the cloud", || {
        let colors = |seen: &Seen| seen.picture.pixels().collect::<std::collections::HashSet<_>>().len();
        immersed.picture().iter().all(|seen| colors(seen) > 100).then_some(())
    });
}

/// One sentence says why there is no headset, and the window opens.
#[test]
fn missing_headset_is_explained_and_the_window_opens() {
    let (_server, display) = display();
    let check = |script: Option<&str>, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (data, said) = (folder.path().join("three.tsv"), folder.path().join("said.txt"));
        fs::write(&data, "-1\t0\t0\n0\t0\t0\n1\t0\t0\n").unwrap();
        let headset = script.map(|script| Headset::new(folder.path(), script).unwrap());
        let program = Command::new(assert_cmd::cargo::cargo_bin("parallax"))
            .env("DISPLAY", &display)
            .env_remove("WAYLAND_DISPLAY")
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XR_RUNTIME_JSON", "/nonexistent.json")
            .envs(headset.iter().flat_map(Headset::environment))
            .arg("--xr")
            .arg(&data)
            .stderr(Stdio::from(fs::File::create(&said).unwrap()))
            .spawn()
            .unwrap();
        let mut program = Running(program);
        wait_for("the window", || {
            let ended = program.0.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?} {script:?}: {}", fs::read_to_string(&said).unwrap());
            xdotool(&display, &["search", "--name", "three"])
        });
        let said = fs::read_to_string(&said).unwrap();
        let is_reason = |line: &&str| line.starts_with("warning: There is no headset: ");
        let reasons: Vec<&str> = said.lines().filter(is_reason).collect();
        assert!(reasons.len() == 1 && reasons[0].contains(expected) && !said.contains("panicked"), "{said}");
        assert!(!said.contains("OpenXR-Loader"), "the loader prints what we say: {said}");
    };
    check(None, "XR_RUNTIME_JSON names /nonexistent.json, but it cannot be read: No such file");
    check(Some(r#"{"system": {"refuse": "version"}}"#), "version");
    check(Some(r#"{"system": {"refuse": "headset"}}"#), "switch it on");
    check(Some(r#"{"system": {"views": 1}}"#), "one view");
    check(Some(r#"{"system": {"refuse": "session"}}"#), "Restart the OpenXR runtime");
}
