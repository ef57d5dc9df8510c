//! The program in a window on a virtual display. Tests click and read the log of actions.
//!
//! Needs Xvfb, xdotool, and a Vulkan driver; `cargo xtask test` installs them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(unix)]
mod cut;
#[cfg(all(feature = "xr", target_os = "linux"))]
mod headset;
mod steps;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use parallax::{
    embedding::RowSet,
    session::{Action, Dims, Edit, Naming, Shows, log},
};

const PATIENCE: Duration = Duration::from_mins(2);

/// A process that is killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts a virtual display. Returns it and its name.
fn display() -> (Running, String) {
    display_in(None)
}

/// The same with a folder for a file of its pixels, `Xvfb_screen0`.
fn display_in(folder: Option<&Path>) -> (Running, String) {
    let mut server = Command::new("Xvfb")
        // Without a client, as between two questions of xdotool, a server starts over, and for a moment
        // does not answer.
        .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"])
        .args(folder.into_iter().flat_map(|folder| [Path::new("-fbdir"), folder]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is needed; `cargo xtask test` installs it");
    let mut number = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Running(server), format!(":{}", number.trim()))
}

/// Starts the program with `data` on a display. What is done is logged, and `home` keeps settings:
/// tests must not read those of the user who runs them.
fn start(display: &str, home: &Path, data: &Path, options: &[&str], log: &Path) -> Running {
    let program = Command::new(assert_cmd::cargo::cargo_bin("parallax"))
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_CONFIG_HOME", home)
        .arg(data)
        .args(options)
        .arg("--log-actions")
        .arg(log)
        .spawn();
    Running(program.unwrap())
}

fn xdotool(display: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new("xdotool").env("DISPLAY", display).args(arguments).stderr(Stdio::null()).output();
    let output = output.expect("xdotool is needed; `cargo xtask test` installs it");
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Calls `ask` until it returns an answer.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(answer) = ask() {
            return answer;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} did not come within {PATIENCE:?}");
}

fn actions(log: &Path) -> Vec<Action> {
    let text = fs::read_to_string(log).unwrap_or_default();
    log::parse(&text).unwrap_or_default().into_iter().map(|logged| logged.action).collect()
}

/// Hides the panels. Keys may come before the first frame, so they are repeated; one that is served late
/// shows the panels again.
fn hide_panels(display: &str, window: &str, log: &Path) {
    let are_hidden = || {
        let shown =
            |action: &Action| if let Action::Edit(Edit::ShowPanels(shown)) = action { Some(*shown) } else { None };
        actions(log).iter().rev().find_map(shown) == Some(false)
    };
    wait_for("hidden panels", || {
        if !are_hidden() {
            xdotool(display, &["key", "--window", window, "F4"]);
            thread::sleep(Duration::from_millis(900));
        }
        are_hidden().then_some(())
    });
}

/// The middle one of three points is at the center of the layout, which is the center of the window
/// if the panels are hidden, and of each half of it with stereo.
#[test]
fn click_selects_the_point() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("three.tsv"), folder.path().join("log.jsonl"));
    fs::write(&data, "-1\t0\t0\n0\t0\t0\n1\t0\t0\n").unwrap();
    let (_server, display) = display();
    let mut program = start(&display, folder.path(), &data, &[], &log);
    // The title is the name of the file once it is loaded.
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "three"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let side = |name: &str| -> u32 {
        geometry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok()).unwrap()
    };
    assert!(side("WIDTH") < 1440 && side("HEIGHT") < 900, "there is room for the title bar: {geometry}");
    let (middle_x, middle_y) = ((side("WIDTH") / 2).to_string(), (side("HEIGHT") / 2).to_string());

    let done = |expected: fn(&Action) -> bool| move |log: &Path| actions(log).iter().any(expected).then_some(());
    xdotool(&display, &["windowfocus", &window]);
    hide_panels(&display, &window, &log);
    let selected = done(|action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [1]));
    wait_for("the selection", || {
        xdotool(&display, &["mousemove", "--window", &window, &middle_x, &middle_y]);
        thread::sleep(Duration::from_millis(900));
        xdotool(&display, &["click", "1"]);
        thread::sleep(Duration::from_millis(900));
        selected(&log)
    });
    let both = done(|action| matches!(action, Action::Edit(Edit::SetStereo(stereo)) if stereo.on));
    xdotool(&display, &["key", "--window", &window, "d"]);
    wait_for("stereo", || both(&log));
    let selections = |log: &Path| {
        let is_middle = |action: &Action| matches!(action, Action::Edit(Edit::Select(rows)) if rows.as_slice() == [1]);
        actions(log).iter().filter(|action| is_middle(action)).count()
    };
    let before = selections(&log);
    let in_right = (side("WIDTH") * 3 / 4).to_string();
    wait_for("the selection in the right half", || {
        xdotool(&display, &["key", "--window", &window, "ctrl+d"]);
        thread::sleep(Duration::from_millis(900));
        xdotool(&display, &["mousemove", "--window", &window, &in_right, &middle_y]);
        thread::sleep(Duration::from_millis(900));
        xdotool(&display, &["click", "1"]);
        thread::sleep(Duration::from_millis(900));
        (selections(&log) > before).then_some(())
    });
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
    assert!(!actions(&log).contains(&Action::Edit(Edit::SetDims(Dims::Two))), "nothing else was done");
}

/// Two embeddings of three rows side by side: in the second, rows 1 and 2 have changed places. The middle
/// of each half is the point of another row, and a click there selects it.
#[test]
fn click_in_each_of_two_pictures_selects_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let [data, second, log] = ["three.tsv", "second.tsv", "log.jsonl"].map(|name| folder.path().join(name));
    fs::write(&data, "-1\t0\t0\n0\t0\t0\n1\t0\t0\n").unwrap();
    fs::write(&second, "-1\t0\t0\n1\t0\t0\n0\t0\t0\n").unwrap();
    let (_server, display) = display();
    let not_aligned = r#"{"compared":{"align":"nothing"}}"#;
    let options = ["--compare", second.to_str().unwrap(), "--view", not_aligned];
    let mut program = start(&display, folder.path(), &data, &options, &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "three"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let side = |name: &str| -> u32 { geometry.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap() };
    let (width, y) = (side("WIDTH="), (side("HEIGHT=") / 2 + 15).to_string());
    xdotool(&display, &["windowfocus", &window]);
    hide_panels(&display, &window, &log);
    for (quarter, row) in [(1, 1), (3, 2), (1, 1)] {
        let x = (width * quarter / 4).to_string();
        wait_for("the selection", || {
            xdotool(&display, &["mousemove", "--window", &window, &x, &y]);
            thread::sleep(Duration::from_millis(900));
            xdotool(&display, &["click", "1"]);
            thread::sleep(Duration::from_millis(900));
            (actions(&log).last() == Some(&Action::Edit(Edit::Select(vec![row].into())))).then_some(())
        });
    }
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}

/// Two embeddings side by side, each with a camera: a drag in the right half moves that of the second, and
/// then a key, one in the left half that of the first.
#[test]
fn drag_in_each_of_two_pictures_moves_its_camera() {
    let folder = tempfile::tempdir().unwrap();
    let [data, second, log] = ["three.tsv", "second.tsv", "log.jsonl"].map(|name| folder.path().join(name));
    fs::write(&data, "-1\t0\t0\n0\t0\t0\n1\t0\t0\n").unwrap();
    fs::write(&second, "-1\t0\t0\n1\t0\t0\n0\t0\t0\n").unwrap();
    let (_server, display) = display();
    let options = ["--compare", second.to_str().unwrap(), "--cameras", "two"];
    let mut program = start(&display, folder.path(), &data, &options, &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "three"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let side = |name: &str| -> u32 { geometry.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap() };
    let (width, height) = (side("WIDTH="), side("HEIGHT="));
    xdotool(&display, &["windowfocus", &window]);
    hide_panels(&display, &window, &log);
    let moves = |log: &Path| {
        let actions = actions(log);
        let count = |is: fn(&Edit) -> bool| {
            actions.iter().filter(|action| matches!(action, Action::Edit(edit) if is(edit))).count()
        };
        [
            count(|edit| matches!(edit, Edit::MoveCamera(_))),
            count(|edit| matches!(edit, Edit::MoveSecondCamera(_))),
            count(|edit| matches!(edit, Edit::FitView)),
            count(|edit| matches!(edit, Edit::FitSecondView)),
        ]
    };
    let drag = |quarter: u32| {
        let (x, y) = (width * quarter / 4, height * 2 / 3);
        let go = |x: u32, y: u32| {
            xdotool(&display, &["mousemove", "--window", &window, &x.to_string(), &y.to_string()]);
            thread::sleep(Duration::from_millis(300));
        };
        go(x, y);
        xdotool(&display, &["mousedown", "1"]);
        thread::sleep(Duration::from_millis(300));
        (1..4).for_each(|step| go(x + 15 * step, y + 5 * step));
        xdotool(&display, &["mouseup", "1"]);
        thread::sleep(Duration::from_millis(900));
    };
    wait_for("the second camera", || {
        drag(3);
        (moves(&log)[1] > 0).then_some(())
    });
    assert_eq!(moves(&log)[0], 0, "the first has not moved");
    wait_for("the fitted second camera", || {
        xdotool(&display, &["key", "--window", &window, "f"]);
        thread::sleep(Duration::from_millis(900));
        (moves(&log)[3] > 0).then_some(())
    });
    let before = moves(&log);
    assert_eq!([before[0], before[2]], [0, 0], "the first has not moved");
    wait_for("the first camera", || {
        drag(1);
        (moves(&log)[0] > 0).then_some(())
    });
    assert_eq!(moves(&log)[1], before[1], "the second has not moved");
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}

/// A range is dragged over the first chart; then all points that the cloud shows are selected.
#[test]
fn brushed_range_hides_points() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("sizes.csv"), folder.path().join("log.jsonl"));
    let lines = (0..40).map(|row| format!("{}.25,{}.5,{row}.75\n", row * 7 % 11, row % 5));
    fs::write(&data, "x,y,size\n".to_owned() + &lines.collect::<String>()).unwrap();
    let (_server, display) = display();
    let mut program = start(&display, folder.path(), &data, &["--vectors", "x,y"], &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "sizes"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let height: u32 = geometry.lines().find_map(|line| line.strip_prefix("HEIGHT=")?.parse().ok()).unwrap();
    xdotool(&display, &["windowfocus", &window]);
    let is_open = |log: &Path| actions(log).contains(&Action::Edit(Edit::ShowCharts(true))).then_some(());
    wait_for("the charts", || {
        xdotool(&display, &["key", "--window", &window, "ctrl+5"]);
        thread::sleep(Duration::from_millis(900));
        is_open(&log)
    });
    let brushed = |log: &Path| {
        let last = actions(log).into_iter().rev().find_map(|action| match action {
            Action::Edit(Edit::Filter(filter)) => Some(filter),
            _ => None,
        })?;
        match last.of("size")?.shows {
            Shows::Range { from, to, .. } => Some([from, to]),
            _ => None,
        }
    };
    let y = (height - 220).to_string();
    wait_for("the range", || {
        xdotool(&display, &["mousemove", "--window", &window, "400", &y, "mousedown", "1"]);
        for x in ["420", "440", "460"] {
            thread::sleep(Duration::from_millis(300));
            xdotool(&display, &["mousemove", "--window", &window, x, &y]);
        }
        thread::sleep(Duration::from_millis(300));
        xdotool(&display, &["mouseup", "1"]);
        thread::sleep(Duration::from_millis(900));
        brushed(&log)
    });
    let [from, to] = brushed(&log).unwrap();
    let expected: RowSet = (0..40).filter(|row| (from..to).contains(&(f64::from(*row) + 0.75))).collect();
    assert!((3..37).contains(&expected.len()), "{from} to {to}");
    wait_for("the selection of what is shown", || {
        xdotool(&display, &["key", "--window", &window, "ctrl+a"]);
        thread::sleep(Duration::from_millis(900));
        actions(&log).contains(&Action::Edit(Edit::Select(expected.clone()))).then_some(())
    });
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}

/// Three heaps of points, of which the middle one is at the center of the window: the name of its
/// cluster lies over its points, and a click on it selects all of them.
#[test]
fn click_on_a_name_selects_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("heaps.csv"), folder.path().join("log.jsonl"));
    let line = |row: i32| {
        let (heap, place) = (row / 25, row % 25);
        let kind = ["left", "middle", "right"][heap as usize];
        format!("{}.0,{}.0,{kind}\n", 30 * (heap - 1) + place % 5 - 2, place / 5 - 2)
    };
    fs::write(&data, "x,y,kind\n".to_owned() + &(0..75).map(line).collect::<String>()).unwrap();
    let (_server, display) = display();
    let mut program = start(&display, folder.path(), &data, &["--vectors", "x,y"], &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "heaps"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let middle = |name: &str| {
        let side = geometry.lines().find_map(|line| line.strip_prefix(name)?.parse::<u32>().ok());
        (side.unwrap() / 2).to_string()
    };
    let (x, y) = (middle("WIDTH="), middle("HEIGHT="));
    xdotool(&display, &["windowfocus", &window]);
    for (key, expected) in
        [("F4", Edit::ShowPanels(false)), ("n", Edit::SetNaming(Naming { shown: true, ..Naming::default() }))]
    {
        wait_for(key, || {
            xdotool(&display, &["key", "--window", &window, key]);
            thread::sleep(Duration::from_millis(900));
            (actions(&log).last() == Some(&Action::Edit(expected.clone()))).then_some(())
        });
    }
    let heap: RowSet = (25..50).collect();
    wait_for("the rows of the name", || {
        xdotool(&display, &["mousemove", "--window", &window, &x, &y]);
        thread::sleep(Duration::from_millis(900));
        // A button that a person presses is down for some frames.
        xdotool(&display, &["mousedown", "1"]);
        thread::sleep(Duration::from_millis(300));
        xdotool(&display, &["mouseup", "1"]);
        thread::sleep(Duration::from_millis(900));
        actions(&log).contains(&Action::Edit(Edit::Select(heap.clone()))).then_some(())
    });
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}

/// A build without headsets says so, and how to make one with them.
#[cfg(not(feature = "xr"))]
#[test]
fn headset_needs_a_feature_of_the_build() {
    let output = Command::new(assert_cmd::cargo::cargo_bin("parallax")).arg("--xr").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("error: ") && said.contains("--features xr"), "{said}");
}

#[test]
fn missing_display_or_device_is_explained() {
    let parallax = || Command::new(assert_cmd::cargo::cargo_bin("parallax"));
    let no_display = parallax().env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let no_device = parallax()
        .env("VK_DRIVER_FILES", "/nonexistent.json")
        .env("VK_ICD_FILENAMES", "/nonexistent.json")
        .args(["render", "--out"])
        .arg(folder.path().join("a.png"))
        .output()
        .unwrap();
    for (output, expected) in [(no_display, "DISPLAY"), (no_device, "mesa-vulkan-drivers")] {
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: ") && said.contains(expected), "{said}");
    }
}
