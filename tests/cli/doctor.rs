//! `parallax doctor`.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use super::{Ended, IRIS, data, parallax};

fn doctor(options: &[&str]) -> Ended {
    parallax(&[&["doctor"], &IRIS[..], options].concat())
}

/// Iris with the labels of three setosa made wrong: they are far from the other species.
#[test]
fn wrong_labels_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let (labels, out) = (folder.path().join("labels.tsv"), folder.path().join("suspects.tsv"));
    let table = fs::read_to_string(data().join(IRIS[4])).unwrap();
    let wrong = [3, 17, 30];
    let lines = table.lines().enumerate().map(|(line, text)| match line.checked_sub(1) {
        Some(row) if wrong.contains(&row) => text.replace("Iris-setosa", "Iris-virginica") + "\n",
        _ => text.to_owned() + "\n",
    });
    fs::write(&labels, lines.collect::<String>()).unwrap();
    let (labels, path) = (labels.to_str().unwrap(), out.to_str().unwrap());
    let input = ["doctor", IRIS[0], IRIS[1], IRIS[2], "--metadata", labels, "--metric", "euclidean"];
    let report = parallax(&[&input[..], &["--column", "class", "--json", "--out", path]].concat()).json();
    assert_eq!((&report["k"], &report["checked"], &report["recall"]), (&10.into(), &150.into(), &().into()));
    let suspects = report["suspects"].as_array().unwrap();
    let mut first: Vec<u64> = suspects[..3].iter().map(|entry| entry["row"].as_u64().unwrap()).collect();
    first.sort_unstable();
    assert_eq!(first, wrong.map(|row| row as u64));
    for entry in &suspects[..3] {
        assert_eq!((&entry["label"], &entry["proposal"]), (&"Iris-virginica".into(), &"Iris-setosa".into()));
        assert!(entry["share"].as_f64().unwrap() >= 0.9, "{entry}");
    }
    let written = fs::read_to_string(out).unwrap();
    let mut lines = written.lines();
    assert_eq!(lines.next().unwrap(), "row\tlabel\tproposal\tshare\town_share\tneighbors\ttwin");
    assert_eq!(lines.count(), suspects.len());
    let page = parallax(&[&input[..], &["-k", "5"]].concat());
    assert!(page.out.contains(
        "of the 5 nearest by euclidean distance, at least half agree on another class, and fewer have the row's own."
    ));
    assert!(page.out.contains("The labels are those of column \"class\"; --column chooses another."), "{}", page.out);
    assert!(page.out.contains("5 of 5") && page.out.contains("Iris-setosa"), "{}", page.out);
}

/// Labels by the toss of a coin: about half of the neighbors of any row have the other.
#[test]
fn labels_by_chance_are_told_from_wrong_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.csv");
    let random =
        |at: u64| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40;
    let row = |row: u64| {
        format!(
            "{},{},{}",
            random(3 * row),
            random(3 * row + 1),
            ["heads", "tails"][(random(3 * row + 2) >> 9) as usize % 2]
        )
    };
    let rows: Vec<String> = (0..200).map(row).collect();
    fs::write(&path, format!("x,y,coin\n{}\n", rows.join("\n"))).unwrap();
    let doctor =
        |json: &[&str]| parallax(&[&["doctor", path.to_str().unwrap(), "--metric", "euclidean"], json].concat());
    let said = "neighbors say nothing about “coin”: they share it ";
    let page = doctor(&[]);
    assert!(page.code == 0 && page.err.contains(said), "{}", page.err);
    let report = doctor(&["--json"]).json_beside_warnings();
    assert!(report["agreement"]["p"].as_f64().unwrap() > 0.05, "{}", report["agreement"]);
    let irises = super::parallax(&[&["doctor"], &IRIS[..], &["--json"]].concat()).json_beside_warnings();
    assert!(irises["agreement"]["p"].as_f64().unwrap() < 0.01, "{}", irises["agreement"]);
}

#[test]
fn doctor_refuses_what_it_cannot_do() {
    let check = |ended: Ended, said: &str| {
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{said}");
        assert!(ended.err.contains(said), "{said}: {}", ended.err);
    };
    check(doctor(&["--column", "nothing"]), "there is no column \"nothing\"");
    check(doctor(&["--out", "x.npy"]), "an array of numbers has no place for labels");
    let plain = ["doctor", IRIS[0], "--raw-dims", "4"];
    check(parallax(&plain), "there are no labels to check. Give some with --metadata");
    let folder = tempfile::tempdir().unwrap();
    let metadata = folder.path().join("m.tsv");
    let cell = |row: usize| format!("{row}\tsame\t2024-01-{:02}\t\n", 1 + row % 9);
    let cells: String = (0..150).map(cell).collect();
    fs::write(&metadata, format!("id\tone\tday\tnone\n{cells}")).unwrap();
    for (column, said) in [
        ("id", "column \"id\" has 150 values for 150 rows, and labels repeat: these are names, numbers, or ids"),
        ("one", "all rows have the same value in column \"one\", \"same\". Choose another --column"),
        ("day", "column \"day\" holds dates, and not labels"),
        ("none", "no row has a value in column \"none\""),
    ] {
        let metadata = ["--metadata", metadata.to_str().unwrap(), "--column", column];
        check(parallax(&[&plain[..], &metadata].concat()), said);
    }
    let metadata = ["--metadata", metadata.to_str().unwrap()];
    check(parallax(&[&plain[..], &metadata].concat()), "no column holds labels that repeat");
}

/// Runs the command without a path, in a bare environment: no display, no settings, no driver.
fn machine(options: &[&str], home: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parallax"))
        .arg("doctor")
        .args(options)
        .env_clear()
        .envs([("HOME", home.to_str().unwrap()), ("VK_DRIVER_FILES", "/none.json"), ("SECRET", "hidden")])
        .output()
        .unwrap()
}

/// A machine that cannot draw is described all the same, with what it lacks.
#[test]
fn machine_without_a_driver_is_described() {
    let home = tempfile::tempdir().unwrap();
    let settings = home.path().join(".config/parallax/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "{").unwrap();
    let output = machine(&["--json"], home.path());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["features"]["hdf5"], cfg!(feature = "hdf5"));
    assert_eq!((&report["graphics"], &report["displays"]), (&Value::Null, &Value::Array(Vec::new())));
    assert!(report["no_graphics"].as_str().unwrap().contains("mesa-vulkan-drivers"), "{report}");
    assert_eq!(report["environment"]["VK_DRIVER_FILES"], "/none.json");
    assert!(!report.to_string().contains("hidden"));
    let lacks = report["missing"].as_array().unwrap();
    assert!(!lacks.iter().any(|lack| lack["name"] == "a Vulkan driver"), "no package changes the variable: {report}");
    assert_eq!(report["settings"]["path"], "~/.config/parallax/settings.json");
    assert!(report["settings"]["state"].as_str().unwrap().starts_with("cannot be read"), "{report}");
    assert_eq!(fs::read_to_string(settings).unwrap(), "{", "it only looks");

    let page = String::from_utf8(machine(&[], home.path()).stdout).unwrap();
    for part in
        ["Parallax  ", "Drawing   ", "impossible: no Vulkan device", "no window can open", "VK_DRIVER_FILES says which"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
}

/// The one that draws the pictures of the tests.
#[test]
fn device_that_draws_is_named_with_its_limits() {
    // A driver may warn that the session has no folder.
    let report = parallax(&["doctor", "--json"]).json_beside_warnings();
    let graphics = &report["graphics"];
    assert!(graphics["all"].as_array().unwrap().contains(&graphics["used"]), "{report}");
    // What each device of the engine has at least.
    assert!(graphics["most_pixels"].as_u64().unwrap() >= 8192, "{report}");
    assert!(graphics["buffer_bytes"].as_u64().unwrap() >= 1 << 27, "{report}");
}

#[test]
fn options_about_labels_need_a_path() {
    for options in [["--column", "c"], ["-k", "3"], ["--metric", "angle"], ["--out", "o.tsv"], ["--metadata", "m.tsv"]]
    {
        let ended = parallax(&[&["doctor"], &options[..]].concat());
        assert!(ended.code == 2 && ended.err.contains("PATH"), "{options:?}: {}", ended.err);
    }
}
