//! The row of steps in the window.

use std::{fs, thread, time::Duration};

use crate::{actions, display, start, wait_for, xdotool};
use parallax::session::{Action, Edit};

/// Three steps of a training: a key goes to the second, a click on the left end of the
/// row to the first, and a drag over the row through all.
#[test]
fn steps_are_gone_through_by_key_click_and_drag() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("training"), folder.path().join("log.jsonl"));
    fs::create_dir(&data).unwrap();
    for step in [1, 2, 3] {
        let line = |row: usize| format!("{}\t{}\t{}\n", row * 7 % 11 * step, row * 5 % 13, row % 3 + step);
        fs::write(data.join(format!("emb_{step}.tsv")), (0..40).map(line).collect::<String>()).unwrap();
    }
    let (_server, display) = display();
    let mut program = start(&display, folder.path(), &data, &[], &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "training"]));
    let window = window.lines().next().unwrap().to_owned();
    let geometry = xdotool(&display, &["getwindowgeometry", "--shell", &window]).unwrap();
    let side = |name: &str| -> i32 { geometry.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap() };
    let (width, height) = (side("WIDTH="), side("HEIGHT="));
    xdotool(&display, &["windowfocus", &window]);
    let went_to = |name: &str| {
        let is_there = |action: &Action| matches!(action, Action::Edit(Edit::GoToStep(step) | Edit::PassStep(step)) if step.contains(name));
        actions(&log).iter().filter(|action| is_there(action)).count()
    };
    wait_for("the next step", || {
        xdotool(&display, &["key", "--window", &window, "Next"]);
        thread::sleep(Duration::from_millis(900));
        (went_to("emb_2") > 0).then_some(())
    });
    // The row is 620 wide, in the middle, and its rail begins right of the button.
    let (left, right) = (width / 2 - 310 + 6 + 28 + 8 + 8, width / 2 + 310 - 6 - 28 - 92 - 3 * 8);
    let y = (height - 66).to_string();
    wait_for("the first step", || {
        xdotool(&display, &["mousemove", "--window", &window, &left.to_string(), &y]);
        thread::sleep(Duration::from_millis(600));
        xdotool(&display, &["mousedown", "1"]);
        thread::sleep(Duration::from_millis(300));
        xdotool(&display, &["mouseup", "1"]);
        thread::sleep(Duration::from_millis(900));
        (went_to("emb_1") > 0).then_some(())
    });
    let before = went_to("emb_2");
    wait_for("the others", || {
        xdotool(&display, &["mousemove", "--window", &window, &left.to_string(), &y, "mousedown", "1"]);
        for share in 1..=10 {
            thread::sleep(Duration::from_millis(200));
            let x = left + (right - left) * share / 10;
            xdotool(&display, &["mousemove", "--window", &window, &x.to_string(), &y]);
        }
        thread::sleep(Duration::from_millis(300));
        xdotool(&display, &["mouseup", "1"]);
        thread::sleep(Duration::from_millis(900));
        (went_to("emb_2") > before && went_to("emb_3") > 0).then_some(())
    });
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}
