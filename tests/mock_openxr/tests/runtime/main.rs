//! The runtime, driven through the OpenXR loader by a program that clears the images of the eyes.
//!
//! The loader reads the environment, and a process has one runtime: each test starts this binary
//! again, for the part of the program.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

use mock_openxr::Headset;
use openxr as xr;
use program::{COLORS, Program, instance, load};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Returns the part of the program `name`, to be started.
fn part(name: &str, headset: &Headset) -> Command {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "--ignored", "--nocapture", &format!("part::{name}")]).envs(headset.environment());
    program
}

/// Runs the part of the program `name` with a headset that follows `script`, and returns the report.
fn run(name: &str, script: &str) -> (tempfile::TempDir, Headset, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let headset = Headset::new(folder.path(), script).unwrap();
    let output = part(name, &headset).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{:?}", headset.report());
    let report = headset.report().unwrap();
    (folder, headset, report)
}

fn of<'a>(report: &'a [Value], what: &str) -> Vec<&'a Value> {
    report.iter().filter(|line| line["what"] == what).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// A quarter turn to the left, while it goes 2 m along x, from frame 5 to frame 9.
const WALK: &str = r#"
{"frame": 0, "head": {"position": [0, 1.5, 0]}}
{"frame": 5, "over": 4, "head": {"position": [2, 1.5, 0], "toward": [-1, 1.5, 0]}}
{"frame": 8, "picture": "eight"}
"#;

#[test]
fn eyes_follow_the_head() {
    check_walk("red_first");
}

#[test]
fn pictures_have_the_colors_of_every_format() {
    check_walk("blue_first");
}

fn check_walk(part: &str) {
    let (_folder, headset, report) = run(part, WALK);
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
    let frames = of(&report, "end");
    assert_eq!(frames.len(), 10);
    // Nothing is drawn before the session is visible.
    let drawn = frames.iter().map(|frame| frame["layers"].as_array().unwrap().len());
    assert_eq!(drawn.collect::<Vec<_>>(), [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    let head = numbers(&frames[6]["head"]["position"]);
    assert!((head[0] - 1.0).abs() < 1e-6, "halfway in frame 7: {head:?}");
    for (eye, color) in ["left", "right"].iter().zip(COLORS) {
        let file = std::io::BufReader::new(std::fs::File::open(headset.picture("eight", eye)).unwrap());
        let mut picture = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; picture.output_buffer_size().unwrap()];
        let info = picture.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (512, 512));
        assert!(pixels.chunks_exact(4).all(|pixel| pixel == color), "{eye}");
    }
    let pictures = of(&report, "picture");
    assert_eq!(pictures.iter().map(|line| line["frame"].as_u64()).collect::<Vec<_>>(), [Some(8); 2]);
}

const CLICK: &str = r#"
{"system": {"size": [64, 32]}}
{"frame": 0, "right": {"position": [0.5, 1, 0], "toward": [0.5, 1, -9]}, "left": {"tracking": "none"}}
{"frame": 6, "input": {"/user/hand/right/input/trigger/value": 0.75, "/user/hand/right/input/a/click": true}}
{"frame": 7, "input": {"/user/hand/right/input/thumbstick": [0.25, -1], "/user/hand/right/input/a/click": false}}
{"frame": 8, "right": {"connected": false}}
{"frame": 9, "right": {"connected": true}}
"#;

#[test]
fn buttons_are_pressed_in_their_frames() {
    let (_folder, _, report) = run("buttons", CLICK);
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
    let haptic = of(&report, "haptic");
    assert_eq!(haptic.len(), 1);
    assert_eq!((&haptic[0]["hand"], &haptic[0]["frame"]), (&"/user/hand/right".into(), &5.into()));
    assert_eq!((&haptic[0]["amplitude"], &haptic[0]["seconds"]), (&0.5.into(), &0.25.into()));
}

#[test]
fn misuse_is_an_error_and_reported() {
    let (_folder, _, report) = run("misuse", "");
    let found = of(&report, "misuse");
    let found: Vec<_> =
        found.iter().map(|line| (line["call"].as_str().unwrap(), line["result"].as_str().unwrap())).collect();
    assert_eq!(
        found,
        [
            ("xrWaitFrame", "ERROR_SESSION_NOT_RUNNING"),
            ("xrEndSession", "ERROR_SESSION_NOT_RUNNING"),
            ("xrReleaseSwapchainImage", "ERROR_CALL_ORDER_INVALID"),
            ("xrWaitSwapchainImage", "ERROR_CALL_ORDER_INVALID"),
            ("xrBeginFrame", "ERROR_CALL_ORDER_INVALID"),
            ("xrEndFrame", "ERROR_CALL_ORDER_INVALID"),
            ("xrEndFrame", "ERROR_LAYER_INVALID"),
            ("xrEndFrame", "ERROR_POSE_INVALID"),
            ("xrEndFrame", "ERROR_SWAPCHAIN_RECT_INVALID"),
            ("xrSuggestInteractionProfileBindings", "ERROR_PATH_UNSUPPORTED"),
            ("xrSyncActions", "ERROR_ACTIONSET_NOT_ATTACHED"),
            ("xrStringToPath", "ERROR_PATH_FORMAT_INVALID"),
        ]
    );
}

#[test]
fn session_is_lost_and_another_begins() {
    let (_folder, _, report) =
        run("lost", "{\"frame\": 6, \"event\": \"session_loss_pending\"}\n{\"frame\": 9, \"event\": \"session_lost\"}");
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
    assert_eq!(of(&report, "session").len(), 2);
    assert_eq!(of(&report, "refused").last().unwrap()["result"], "ERROR_SESSION_LOST");
}

const UP: [&str; 4] = ["READY", "SYNCHRONIZED", "VISIBLE", "FOCUSED"];
const DOWN: [&str; 4] = ["VISIBLE", "SYNCHRONIZED", "STOPPING", "IDLE"];

#[test]
fn headset_is_taken_off_and_put_on_again() {
    let script = "{\"frame\": 6, \"event\": \"stopping\"}\n{\"after\": 3, \"event\": \"ready\"}\n{\"after\": 8, \"event\": \"exit\"}";
    let (_folder, _, report) = run("until_exit", script);
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
    let states = of(&report, "state");
    let states: Vec<_> = states.iter().filter_map(|line| line["state"].as_str()).collect();
    assert_eq!(states, [&["IDLE"][..], &UP, &DOWN, &UP, &DOWN, &["EXITING"]].concat());
}

#[test]
fn script_goes_on_while_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let headset = Headset::new(folder.path(), "").unwrap();
    let mut program = part("until_exit", &headset).stdout(Stdio::null()).spawn().unwrap();
    let wait = |wanted: &dyn Fn(&Value) -> bool| headset.wait_for(Duration::from_mins(1), wanted).unwrap();
    wait(&|line| line["state"] == "FOCUSED");
    headset.tell(r#"{"head": {"position": [1, 2, 3]}, "picture": "later"}"#).unwrap();
    let picture = wait(&|line| line["what"] == "picture" && line["eye"] == "right");
    assert_eq!(picture["path"].as_str(), headset.picture("later", "right").to_str());
    let drawn = wait(&|line| line["what"] == "end" && line["frame"] == picture["frame"]);
    assert_eq!(numbers(&drawn["head"]["position"]), [1.0, 2.0, 3.0]);
    headset.tell(r#"{"event": "exit"}"#).unwrap();
    assert!(program.wait().unwrap().success());
}

#[test]
fn frame_waits_until_the_one_before_is_begun() {
    let (_folder, _, report) = run("pipelined", "");
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
}

#[test]
fn tracking_can_be_partial_or_lost() {
    let script = r#"
{"frame": 4, "head": {"tracking": "orientation"}}
{"frame": 5, "head": {"tracking": "none"}}
{"frame": 6, "head": {"tracking": "inferred"}}
{"frame": 7, "head": {"tracking": "full"}}
"#;
    let (_folder, _, report) = run("tracking", script);
    assert!(of(&report, "misuse").is_empty(), "{report:?}");
}

#[test]
fn faults_are_those_of_the_script() {
    for (part, script) in [
        ("no_loader", r#"{"system": {"refuse": "loader"}}"#),
        ("no_version", r#"{"system": {"refuse": "version"}}"#),
        ("no_headset", r#"{"system": {"refuse": "headset"}}"#),
        ("no_session", r#"{"system": {"refuse": "session"}}"#),
        ("one_view", r#"{"system": {"views": 1}}"#),
        ("instance_lost", r#"{"frame": 5, "event": "instance_lost"}"#),
    ] {
        run(part, script);
    }
    let (_folder, _, report) = run("bad_script", r#"{"haed": 1}"#);
    assert!(of(&report, "script")[0]["message"].as_str().unwrap().contains("unknown field `haed`"));
}

/// What the program does in these tests.
mod part {
    use super::*;
    use xr::sys::Result as Code;

    #[test]
    #[ignore = "is started by a test"]
    fn red_first() {
        ten_frames(0);
    }

    #[test]
    #[ignore = "is started by a test"]
    fn blue_first() {
        ten_frames(1);
    }

    fn ten_frames(format: usize) {
        let mut program = Program::start_in(format).unwrap();
        program.focus().unwrap();
        for number in 4..=10 {
            let frame = program.frame().unwrap();
            let along = ((number as f32 - 5.0) / 4.0).clamp(0.0, 1.0);
            let [left, right] = [0, 1].map(|eye: usize| frame.views[eye].pose);
            let (dx, dz) = (right.position.x - left.position.x, right.position.z - left.position.z);
            assert!((dx.hypot(dz) - 0.064).abs() < 1e-5);
            // The axis through the eyes turns from +x to -z.
            let turned = along * std::f32::consts::FRAC_PI_2;
            assert!((dx / 0.064 - turned.cos()).abs() < 1e-3 && (dz / 0.064 + turned.sin()).abs() < 1e-3);
            let middle = f32::midpoint(left.position.x, right.position.x);
            assert!((middle - 2.0 * along).abs() < 1e-5 && (left.position.y - 1.5).abs() < 1e-6);
            assert_eq!(frame.views[0].fov.angle_left, -frame.views[1].fov.angle_right);
        }
    }

    #[test]
    #[ignore = "is started by a test"]
    fn buttons() {
        let mut program = Program::start().unwrap();
        let hand = |side: &str| program.xr.string_to_path(&format!("/user/hand/{side}")).unwrap();
        let (left, right) = (hand("left"), hand("right"));
        let set = program.xr.create_action_set("set", "A set", 0).unwrap();
        let pull = set.create_action::<f32>("pull", "Pull", &[left, right]).unwrap();
        let click = set.create_action::<bool>("click", "Click", &[]).unwrap();
        let turn = set.create_action::<xr::Vector2f>("turn", "Turn", &[]).unwrap();
        let aim = set.create_action::<xr::Posef>("aim", "Aim", &[left, right]).unwrap();
        let buzz = set.create_action::<xr::Haptic>("buzz", "Buzz", &[]).unwrap();
        let path = |path: &str| program.xr.string_to_path(path).unwrap();
        let bindings = [
            xr::Binding::new(&pull, path("/user/hand/left/input/trigger/value")),
            xr::Binding::new(&pull, path("/user/hand/right/input/trigger/value")),
            xr::Binding::new(&click, path("/user/hand/right/input/a/click")),
            xr::Binding::new(&turn, path("/user/hand/right/input/thumbstick")),
            xr::Binding::new(&aim, path("/user/hand/left/input/aim/pose")),
            xr::Binding::new(&aim, path("/user/hand/right/input/aim/pose")),
            xr::Binding::new(&buzz, path("/user/hand/right/output/haptic")),
        ];
        let touch = path("/interaction_profiles/oculus/touch_controller");
        program.xr.suggest_interaction_profile_bindings(touch, &bindings).unwrap();
        program.session.attach_action_sets(&[&set]).unwrap();
        let rays = [left, right].map(|hand| aim.create_space(&program.session, hand, xr::Posef::IDENTITY).unwrap());
        program.focus().unwrap();
        for number in 4..=10 {
            let time = program.frame().unwrap().state.predicted_display_time;
            program.session.sync_actions(&[(&set).into()]).unwrap();
            let connected = number != 8;
            let profile = program.session.current_interaction_profile(right).unwrap();
            assert_eq!(profile, if connected { touch } else { xr::Path::NULL });
            let state = pull.state(&program.session, right).unwrap();
            assert_eq!(
                (state.is_active, state.current_state),
                (connected, if number < 6 || !connected { 0.0 } else { 0.75 })
            );
            assert_eq!(pull.state(&program.session, left).unwrap().current_state, 0.0);
            let state = click.state(&program.session, xr::Path::NULL).unwrap();
            assert_eq!((state.current_state, state.changed_since_last_sync), (number == 6, number == 6 || number == 7));
            let state = turn.state(&program.session, xr::Path::NULL).unwrap().current_state;
            assert_eq!([state.x, state.y], if number < 7 || !connected { [0.0; 2] } else { [0.25, -1.0] });
            let [lost, found] = [0, 1].map(|hand: usize| rays[hand].locate(&program.space, time).unwrap());
            assert_eq!(lost.location_flags, xr::SpaceLocationFlags::EMPTY);
            assert_eq!(aim.is_active(&program.session, right).unwrap(), connected);
            if connected {
                assert_eq!((found.pose.position.x, found.pose.orientation.w), (0.5, 1.0));
            } else {
                assert_eq!(found.location_flags, xr::SpaceLocationFlags::EMPTY);
            }
            if number == 5 {
                let vibration =
                    xr::HapticVibration::new().amplitude(0.5).duration(xr::Duration::from_nanos(250_000_000));
                buzz.apply_feedback(&program.session, xr::Path::NULL, &vibration).unwrap();
            }
        }
    }

    #[test]
    #[ignore = "is started by a test"]
    fn misuse() {
        let mut program = Program::start().unwrap();
        assert_eq!(program.waiter.wait().unwrap_err(), Code::ERROR_SESSION_NOT_RUNNING);
        assert_eq!(program.session.end().unwrap_err(), Code::ERROR_SESSION_NOT_RUNNING);
        program.misuse_swapchain();
        assert_eq!(program.frames.begin().unwrap_err(), Code::ERROR_CALL_ORDER_INVALID);
        let (time, opaque) = (xr::Time::from_nanos(1), xr::EnvironmentBlendMode::OPAQUE);
        assert_eq!(program.frames.end(time, opaque, &[]).unwrap_err(), Code::ERROR_CALL_ORDER_INVALID);
        program.states().unwrap();
        program.session.begin(xr::ViewConfigurationType::PRIMARY_STEREO).unwrap();
        let identity = xr::Posef::IDENTITY;
        assert_eq!(program.submit(identity, program.size), Code::ERROR_LAYER_INVALID);
        program.frame().unwrap();
        assert_eq!(program.submit(xr::Posef::default(), program.size), Code::ERROR_POSE_INVALID);
        let [width, height] = program.size;
        assert_eq!(program.submit(identity, [width + 1, height]), Code::ERROR_SWAPCHAIN_RECT_INVALID);
        let set = program.xr.create_action_set("set", "A set", 0).unwrap();
        let click = set.create_action::<bool>("click", "Click", &[]).unwrap();
        let path = |path: &str| program.xr.string_to_path(path);
        let simple = path("/interaction_profiles/khr/simple_controller").unwrap();
        let missing = [xr::Binding::new(&click, path("/user/hand/left/input/trigger/value").unwrap())];
        let suggested = program.xr.suggest_interaction_profile_bindings(simple, &missing);
        assert_eq!(suggested.unwrap_err(), Code::ERROR_PATH_UNSUPPORTED);
        assert_eq!(program.session.sync_actions(&[(&set).into()]).unwrap_err(), Code::ERROR_ACTIONSET_NOT_ATTACHED);
        assert_eq!(path("/Not A/Path").unwrap_err(), Code::ERROR_PATH_FORMAT_INVALID);
    }

    #[test]
    #[ignore = "is started by a test"]
    fn lost() {
        let mut program = Program::start().unwrap();
        program.focus().unwrap();
        let lost = loop {
            match program.frame() {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(lost, Code::ERROR_SESSION_LOST);
        assert_eq!(program.states().unwrap(), [xr::SessionState::LOSS_PENDING]);
        drop(program);
        let mut program = Program::start().unwrap();
        program.focus().unwrap();
    }

    #[test]
    #[ignore = "is started by a test"]
    fn until_exit() {
        let mut program = Program::start().unwrap();
        let mut running = false;
        loop {
            for state in program.states().unwrap() {
                match state {
                    xr::SessionState::READY => {
                        program.session.begin(xr::ViewConfigurationType::PRIMARY_STEREO).unwrap();
                        running = true;
                    }
                    xr::SessionState::STOPPING => {
                        program.session.end().unwrap();
                        running = false;
                    }
                    xr::SessionState::EXITING => return,
                    _ => {}
                }
            }
            if running {
                program.frame().unwrap();
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    #[test]
    #[ignore = "is started by a test"]
    fn pipelined() {
        const PAUSE: Duration = Duration::from_millis(200);
        let Program { xr, session, mut waiter, mut frames, .. } = Program::start().unwrap();
        let mut buffer = xr::EventDataBuffer::new();
        while xr.poll_event(&mut buffer).unwrap().is_some() {}
        session.begin(xr::ViewConfigurationType::PRIMARY_STEREO).unwrap();
        let first = waiter.wait().unwrap().predicted_display_time;
        let waited = Instant::now();
        let (end, waits) = std::sync::mpsc::channel();
        let drawing = std::thread::spawn(move || {
            std::thread::sleep(PAUSE);
            frames.begin().unwrap();
            waits.recv().unwrap();
            frames.end(first, xr::EnvironmentBlendMode::OPAQUE, &[]).unwrap();
            frames
        });
        let second = waiter.wait().unwrap().predicted_display_time;
        // The second frame needs the first to be begun, not to be ended.
        assert!(waited.elapsed() >= PAUSE);
        end.send(()).unwrap();
        assert!(second.as_nanos() > first.as_nanos());
        let mut frames = drawing.join().unwrap();
        frames.begin().unwrap();
        frames.end(second, xr::EnvironmentBlendMode::OPAQUE, &[]).unwrap();
    }

    #[test]
    #[ignore = "is started by a test"]
    fn tracking() {
        use xr::ViewStateFlags as Flags;
        let mut program = Program::start().unwrap();
        program.focus().unwrap();
        let oriented = Flags::ORIENTATION_VALID | Flags::ORIENTATION_TRACKED;
        let inferred = Flags::ORIENTATION_VALID | Flags::POSITION_VALID;
        let full = oriented | inferred | Flags::POSITION_TRACKED;
        for expected in [oriented, Flags::EMPTY, inferred, full] {
            assert_eq!(program.frame().unwrap().flags, expected);
        }
    }

    #[test]
    #[ignore = "is started by a test"]
    fn no_loader() {
        assert!(load().enumerate_extensions().is_err());
    }

    #[test]
    #[ignore = "is started by a test"]
    fn no_version() {
        assert_eq!(instance().err(), Some(Code::ERROR_API_VERSION_UNSUPPORTED));
    }

    #[test]
    #[ignore = "is started by a test"]
    fn no_headset() {
        let system = instance().unwrap().system(xr::FormFactor::HEAD_MOUNTED_DISPLAY);
        assert_eq!(system.unwrap_err(), Code::ERROR_FORM_FACTOR_UNAVAILABLE);
    }

    #[test]
    #[ignore = "is started by a test"]
    fn no_session() {
        assert_eq!(Program::start().err(), Some(Code::ERROR_RUNTIME_FAILURE));
    }

    #[test]
    #[ignore = "is started by a test"]
    fn one_view() {
        let instance = instance().unwrap();
        let system = instance.system(xr::FormFactor::HEAD_MOUNTED_DISPLAY).unwrap();
        let mono = xr::ViewConfigurationType::PRIMARY_MONO;
        assert_eq!(instance.enumerate_view_configurations(system).unwrap(), [mono]);
        assert_eq!(instance.enumerate_view_configuration_views(system, mono).unwrap().len(), 1);
    }

    #[test]
    #[ignore = "is started by a test"]
    fn instance_lost() {
        let mut program = Program::start().unwrap();
        program.focus().unwrap();
        program.frame().unwrap();
        assert_eq!(program.frame().err(), Some(Code::ERROR_INSTANCE_LOST));
        assert_eq!(program.states().err(), Some(Code::ERROR_INSTANCE_LOST));
    }

    #[test]
    #[ignore = "is started by a test"]
    fn bad_script() {
        assert_eq!(instance().err(), Some(Code::ERROR_RUNTIME_FAILURE));
    }
}
