//! Writers that are killed, and disks that are full or can only be read: there is the old or the
//! new file, never half of one, and a message if there is somebody to read it.
//!
//! `PARALLAX_KILLS` says how often each writer is killed.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod writers;

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use parallax_embedding::random;
use writers::{Tree, WRITERS, Whole, Writer, tree};

/// The number of the signal.
const SIGKILL: i32 = 9;

const WRITER: &str = "PARALLAX_TEST_WRITER";
const FOLDER: &str = "PARALLAX_TEST_FOLDER";
const TIMES: &str = "PARALLAX_TEST_TIMES";

/// A command that runs one test of this program.
fn this(test: &str, wrapper: &[&str]) -> Command {
    let program = env::current_exe().unwrap();
    let arguments = [test, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    match wrapper {
        [] => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program).args(arguments);
            command
        }
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}

/// Both versions of what a writer writes.
fn versions(writer: &Writer) -> [Tree; 2] {
    [0, 1].map(|version| {
        let folder = tempfile::tempdir().unwrap();
        (writer.write)(folder.path(), version).unwrap();
        let (tree, unfinished) = tree(folder.path());
        assert_eq!(unfinished, 0, "{}", writer.name);
        tree
    })
}

/// The process that is killed.
#[test]
#[ignore = "is run by the others"]
fn write_until_killed() {
    let (Some(name), Some(folder)) = (variable(WRITER), variable(FOLDER)) else { return };
    let writer = WRITERS.iter().find(|writer| name == Path::new(writer.name)).unwrap();
    let times = env::var(TIMES).map_or(usize::MAX, |times| times.parse().unwrap());
    println!("begins");
    for version in (0..times).map(|time| (time + 1) % 2) {
        (writer.write)(&folder, version).unwrap();
    }
}

#[test]
fn killed_writers_leave_the_old_or_the_new_file() {
    let kills = env::var("PARALLAX_KILLS").map_or(3, |kills| kills.parse().unwrap());
    for (number, writer) in WRITERS.iter().enumerate() {
        let (versions, folder) = (versions(writer), tempfile::tempdir().unwrap());
        (writer.write)(folder.path(), 0).unwrap();
        let (mut within, mut changed) = (0, 0);
        for kill in 0..kills {
            let mut command = this("write_until_killed", &[]);
            command.env(WRITER, writer.name).env(FOLDER, folder.path()).stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line.contains("begins")), "{}", writer.name);
            let moment = random::unit((number * 1000 + kill) as u64);
            thread::sleep(Duration::from_secs_f32(moment * 0.04));
            child.kill().unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(SIGKILL), "{}: it has ended by itself", writer.name);
            let (tree, unfinished) = tree(folder.path());
            writer.check(&tree, &versions);
            within += usize::from(unfinished > 0);
            changed += usize::from(tree != versions[0]);
        }
        println!(
            "{}: killed {kills} times, {within} while a file was unfinished; {changed} times it was not the old one",
            writer.name
        );
        let once = this("write_until_killed", &[])
            .env(WRITER, writer.name)
            .env(FOLDER, folder.path())
            .env(TIMES, "1")
            .output()
            .unwrap();
        assert!(once.status.success(), "{}", String::from_utf8_lossy(&once.stdout));
        assert!(tree(folder.path()) == (versions[1].clone(), 0), "{}: what was left over is removed", writer.name);
    }
}

fn mount(arguments: &[&str], folder: &Path) {
    assert!(Command::new("mount").args(arguments).arg(folder).status().unwrap().success());
}

/// Fills what is left of a disk.
fn fill(file: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::create(file).unwrap();
    while file.write_all(&[7; 1024]).is_ok() {}
}

/// Writes on a disk of its own, which is full, and then can only be read.
#[test]
#[ignore = "is run by the other, with mounts of its own"]
fn write_on_bad_disks() {
    let Some(folder) = variable(FOLDER) else { return };
    mount(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"], &folder);
    for writer in WRITERS {
        let versions = versions(writer);
        let (here, filler) = (folder.join(writer.name), folder.join("filler"));
        fs::create_dir(&here).unwrap();
        (writer.write)(&here, 0).unwrap();
        fill(&filler);
        let full = (writer.write)(&here, 1);
        let (tree_then, unfinished) = tree(&here);
        // A recording removes the old frames first, which makes room.
        if writer.whole == Whole::Each {
            writer.check(&tree_then, &versions);
        } else {
            let message = full.expect_err(writer.name);
            assert!(message.contains("full") || message.contains("No space"), "{}: {message}", writer.name);
            assert!(tree_then == versions[0], "{}: a full disk changes nothing", writer.name);
        }
        assert_eq!(unfinished, 0, "{}: what was begun takes no room", writer.name);
        fs::remove_file(&filler).unwrap();
        (writer.write)(&here, 0).unwrap();
        mount(&["-o", "remount,ro"], &folder);
        let message = (writer.write)(&here, 1).expect_err(writer.name);
        assert!(message.contains("only be read") || message.contains("Read-only"), "{}: {message}", writer.name);
        assert!(tree(&here) == (versions[0].clone(), 0), "{}: nothing is written", writer.name);
        mount(&["-o", "remount,rw"], &folder);
        fs::remove_dir_all(&here).unwrap();
    }
    println!("done");
}

#[test]
fn writers_on_bad_disks_say_so_and_keep_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let namespaces = ["unshare", "--map-root-user", "--mount"];
    if !Command::new(namespaces[0]).args(&namespaces[1..]).arg("true").output().is_ok_and(|made| made.status.success())
    {
        println!("skipped: this system makes no file systems for tests");
        return;
    }
    let output = this("write_on_bad_disks", &namespaces).env(FOLDER, folder.path()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success() && said.contains("done"), "{said}");
}
