//! A file that another program cuts short while the window is open.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    thread,
    time::Duration,
};

use crate::{actions, display_in, start, wait_for, xdotool};
use parallax::session::{Action, JobAction};

const ROWS: usize = 300;
const DIMS: usize = 1 << 18;

/// Writes a `.npy` file of 300 MiB, of which only the first numbers of each row are on disk.
fn write_sparse(path: &Path) {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {DIMS}), }}");
    header.extend(std::iter::repeat_n(' ', 117 - header.len()));
    let mut file = File::create(path).unwrap();
    file.write_all(&[b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), b"\n"].concat()).unwrap();
    file.set_len((128 + ROWS * DIMS * 4) as u64).unwrap();
    for row in 0..ROWS {
        use std::os::unix::fs::FileExt as _;
        let numbers: Vec<u8> = (1..9).flat_map(|at| ((row * at * 7919 % 101) as f32).to_le_bytes()).collect();
        file.write_all_at(&numbers, (128 + row * DIMS * 4) as u64).unwrap();
    }
}

/// The window says so by itself, and goes on: what is asked of the rows that are lost fails, and the
/// file can be opened again.
#[test]
fn file_that_is_cut_short_is_reported_and_the_window_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log, screen) =
        (folder.path().join("large.npy"), folder.path().join("log.jsonl"), folder.path().join("screen"));
    write_sparse(&data);
    fs::create_dir(&screen).unwrap();
    let (_server, display) = display_in(Some(&screen));
    let mut program = start(&display, folder.path(), &data, &[], &log);
    let window = wait_for("the window", || xdotool(&display, &["search", "--name", "large"]));
    let window = window.lines().next().unwrap().to_owned();
    let pixels = || fs::read(screen.join("Xvfb_screen0")).unwrap();
    // The picture rests when the layout is there.
    let mut before = Vec::new();
    wait_for("a picture that rests", || {
        thread::sleep(Duration::from_secs(4));
        let now = pixels();
        let rests = now == before;
        before = now;
        rests.then_some(())
    });
    File::options().write(true).open(&data).unwrap().set_len(100_000).unwrap();
    // Nobody moves the pointer or the focus.
    wait_for("the message", || (pixels() != before).then_some(()));
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
    // Reloading fails while the file is short; the data stay.
    xdotool(&display, &["windowfocus", &window]);
    let reloads = || actions(&log).iter().filter(|action| **action == Action::Job(JobAction::Reload)).count();
    wait_for("a reload", || {
        xdotool(&display, &["key", "--window", &window, "ctrl+r"]);
        thread::sleep(Duration::from_secs(2));
        (reloads() > 0).then_some(())
    });
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
    write_sparse(&data);
    let known = reloads();
    xdotool(&display, &["key", "--window", &window, "ctrl+r"]);
    wait_for("another reload", || (reloads() > known).then_some(()));
    thread::sleep(Duration::from_secs(2));
    assert!(program.0.try_wait().unwrap().is_none(), "the program runs on");
}
