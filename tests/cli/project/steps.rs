//! `parallax project --steps`. The steps of `digits` that PyTorch wrote are the same digits times 1, 2,
//! and 3.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::{Value, json};

use super::super::{Ended, bits, parallax};

const DIGITS: &str = "fixtures/torch_add_embedding";

fn project(out: &Path, options: &[&str]) -> Ended {
    parallax(&[&["project", DIGITS, "--out", out.to_str().unwrap()], options].concat())
}

fn coordinates(path: &Path) -> Vec<f32> {
    bits(path, None).1.into_iter().map(f32::from_bits).collect()
}

#[track_caller]
fn assert_near(a: &[f32], b: &[f32]) {
    assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "{:?} {:?}", &a[..4], &b[..4]);
}

fn each<'a>(report: &'a Value, field: &str) -> Vec<&'a Value> {
    report["steps"].as_array().unwrap().iter().map(|step| &step[field]).collect()
}

#[test]
fn steps_that_differ_in_scale_are_aligned_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let steps = |out: &Path, align: &str| {
        let options =
            ["--method", "pca", "--dims", "2", "--steps", "all", "--basis", "each", "--align", align, "--json"];
        project(out, &options).json()
    };
    let scaled = folder.path().join("scaled");
    let report = steps(&scaled, "scale");
    assert_eq!(each(&report, "number"), [0, 100, 200]);
    assert_eq!(
        (&report["tensor"], &report["basis"], &report["align"]),
        (&json!("digits"), &json!("each"), &json!("scale"))
    );
    let files = ["step_00000.npy", "step_00100.npy", "step_00200.npy"].map(|name| coordinates(&scaled.join(name)));
    assert_near(&files[1], &files[0]);
    assert_near(&files[2], &files[0]);
    for (step, scale) in [(1, 0.5), (2, 1.0 / 3.0)] {
        let aligned = &report["steps"][step]["aligned"];
        assert!(
            (aligned["scale"].as_f64().unwrap() - scale).abs() < 1e-5 && aligned["residual"].as_f64().unwrap() < 1e-8
        );
        assert_eq!((&aligned["rows"], &aligned["to"]), (&json!(200), &json!(100 * (step - 1))));
    }
    // What is left is the square of the difference, of 2 from 1 and of 3 from 2, in that of the larger.
    let report = steps(&folder.path().join("turned"), "rotation");
    for (step, residual) in [(1, 0.25), (2, 1.0 / 9.0)] {
        assert!((report["steps"][step]["aligned"]["residual"].as_f64().unwrap() - residual).abs() < 1e-5);
    }
    // The folder of the layouts is itself a series.
    let listing = parallax(&["steps", scaled.to_str().unwrap(), "--json"]).json_beside_warnings();
    assert_eq!(listing["series"][0]["tensor"], "step_*.npy");
    assert_eq!(each(&listing["series"][0], "number"), [0, 100, 200]);
}

#[test]
fn the_basis_of_one_step_is_the_same_as_without_steps() {
    let folder = tempfile::tempdir().unwrap();
    let (out, alone) = (folder.path().join("out"), folder.path().join("alone.npy"));
    let report = project(&out, &["--method", "pca", "--steps", "200,100", "--basis", "100", "--json"]).json();
    assert_eq!(each(&report, "number"), [100, 200]);
    assert_eq!((&report["basis"], &report["align"], &report["dims"]), (&json!("100"), &json!("none"), &json!(3)));
    let whole = project(&alone, &["--method", "pca", "--embedding", "digits:00100", "--json"]);
    assert_eq!(whole.code, 0);
    let (first, second) = (coordinates(&out.join("step_00100.npy")), coordinates(&out.join("step_00200.npy")));
    assert_near(&first, &coordinates(&alone));
    // Three halves of each place, and of the mean, which is no longer that of the rows.
    let apart = |values: &[f32], row: usize| values[3 * row] - values[0];
    assert!((1..200).all(|row| (apart(&second, row) - 1.5 * apart(&first, row)).abs() < 1e-3));
}

#[test]
fn methods_with_steps_follow_the_step_before() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let options = ["--method", "tsne", "--dims", "2", "--iterations", "300", "--perplexity", "10", "--steps", "all"];
    let report = project(&out, &[&options[..], &["--json"]].concat()).json();
    assert_eq!(each(&report, "iterations"), [300, 60, 60]);
    assert_eq!(each(&report, "after"), [&Value::Null, &json!(0), &json!(100)]);
    assert_eq!((&report["basis"], &report["align"]), (&Value::Null, &json!("rotation")));
    assert!(each(&report, "kl").iter().all(|kl| kl.as_f64().unwrap() < 2.0));
    let page = project(&out, &options).out;
    assert!(page.contains("Each step begins at the layout of the one before it. Each is aligned"), "{page}");
    let again = folder.path().join("again");
    project(&again, &[&options[..], &["--threads", "1"]].concat());
    let [first, second] = [&out, &again].map(|folder| fs::read(folder.join("step_00200.npy")).unwrap());
    assert!(first == second, "the same bits for any number of threads");
}

#[test]
fn steps_without_a_layout_are_left_out_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    fs::create_dir(&data).unwrap();
    let text = |rows: usize, bad: Option<usize>| {
        let cell = |row: usize| if bad == Some(row) { "nan".to_owned() } else { (row * row % 7).to_string() };
        let lines = (0..rows).map(|row| format!("{}\t{}\t{row}\n", cell(row), row % 3));
        lines.collect::<String>()
    };
    for (name, rows, bad) in [("1", 20, None), ("2", 19, None), ("3", 20, Some(4)), ("4", 20, None)] {
        fs::write(data.join(format!("emb_{name}.tsv")), text(rows, bad)).unwrap();
    }
    let words = "--steps all --method pca --dims 2 --json --out";
    let words: Vec<&str> = words.split(' ').chain([out.to_str().unwrap()]).collect();
    // What most steps are is the rule, whichever names the tensor.
    for named in [&[][..], &["--embedding", "emb_2.tsv"]] {
        let ended = parallax(&[&["project", data.to_str().unwrap()], &words[..], named].concat());
        let said = &ended.err;
        assert!(said.contains("step 2: it has no layout: it has 19 rows, and the other steps have 20"), "{said}");
        assert!(!said.contains("shown first"), "all are shown: {said}");
        let report = ended.json_beside_warnings();
        assert_eq!((&report["rows"], &report["dims"]), (&json!(20), &json!(2)));
        assert_eq!(each(&report, "number"), [1, 3, 4]);
        assert_eq!(each(&report, "unplaced"), [0, 1, 0]);
        assert_eq!(report["left_out"][0]["number"], 2);
    }
    assert!(coordinates(&out.join("step_00003.npy"))[8..10].iter().all(|x| x.is_nan()));
    assert!(!out.join("step_00002.npy").exists());
}

/// Text and JSON say the same: which steps have a layout, and why the others have none.
#[test]
fn all_steps_have_a_layout_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    fs::create_dir(&data).unwrap();
    let array = |dims: usize, value: &dyn Fn(usize) -> f32| {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': (20, {dims}), }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let values = (0..20 * dims).flat_map(|at| value(at).to_le_bytes()).collect::<Vec<u8>>();
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &values].concat()
    };
    let some = |at: usize| (at * at % 17) as f32;
    for (number, dims) in [(1, 4), (2, 4), (3, 3), (4, 4), (5, 4), (6, 4)] {
        let value: &dyn Fn(usize) -> f32 = if number == 2 { &|_| f32::NAN } else { &some };
        let mut bytes = array(dims, value);
        bytes.truncate(bytes.len() - if number == 5 { 4 } else { 0 });
        fs::write(data.join(format!("emb_{number}.npy")), bytes).unwrap();
    }
    let run = |options: &str| {
        fs::remove_dir_all(&out).ok();
        let head = ["project", data.to_str().unwrap(), "--steps", "all", "--out", out.to_str().unwrap(), "--dims", "2"];
        parallax(&[&head[..], &options.split(' ').collect::<Vec<_>>()].concat())
    };
    for (options, made) in [("--method pca", vec![1, 4, 6]), ("--method pca --basis each", vec![1, 3, 4, 6])] {
        let page = run(options);
        let report = run(&format!("{options} --json")).json_beside_warnings();
        assert_eq!(each(&report, "number"), made, "{options}");
        let left_out = report["left_out"].as_array().unwrap();
        let numbers: Vec<u64> = left_out.iter().map(|step| step["number"].as_u64().unwrap()).collect();
        let expected = [2, 3, 5].into_iter().filter(|step| !made.contains(step));
        assert_eq!(numbers, expected.collect::<Vec<u64>>(), "{options}");
        assert!(page.out.contains(&format!("; {} left out.", left_out.len())), "{}", page.out);
        for step in left_out {
            let [number, reason] = [&step["number"], &step["reason"]];
            let reason = reason.as_str().unwrap().trim_end_matches('.');
            let line = format!("step {number}: it has no layout: {reason}");
            assert_eq!(page.err.matches(&line).count(), 1, "{line}\n{}", page.err);
        }
        let of = |number: u64| left_out.iter().find(|step| step["number"] == number).unwrap()["reason"].to_string();
        assert!(of(2).contains("no row is finite: each of 20"), "{}", of(2));
        if !made.contains(&3) {
            assert!(
                of(3).contains("so that they share no components. Give each step its own by --basis each"),
                "{}",
                of(3)
            );
        }
    }
    let ended = run("--method pca --basis 2");
    assert!(ended.code == 2 && ended.err.contains("--basis names step 2: no row is finite"), "{}", ended.err);
}

/// Whether it is cut short, which the listing tells, or only found to be broken when it is read.
#[test]
fn steps_that_cannot_be_read_say_which_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let fixtures = Path::new("tests/data/fixtures/tf_v2");
    let [arrays, checkpoints] = ["arrays", "checkpoints"].map(|name| folder.path().join(name));
    [&arrays, &checkpoints].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let mut list = String::new();
    for number in [0, 100, 300, 400] {
        let cut = |mut bytes: Vec<u8>, missing: usize| {
            bytes.truncate(bytes.len() - if number == 300 { missing } else { 0 });
            bytes
        };
        let array = fs::read(fixtures.join("expected_word_embedding.npy")).unwrap();
        fs::write(arrays.join(format!("m-{number}.npy")), cut(array, 4)).unwrap();
        for ending in ["index", "data-00000-of-00001"] {
            let mut bytes = fs::read(fixtures.join(format!("model.ckpt-100.{ending}"))).unwrap();
            if number == 300 && ending != "index" {
                let half = bytes.len() / 2;
                bytes[half..].iter_mut().for_each(|byte| *byte ^= 1);
            }
            fs::write(checkpoints.join(format!("m-{number}.{ending}")), bytes).unwrap();
        }
        writeln!(list, "all_model_checkpoint_paths: \"m-{number}\"").unwrap();
    }
    fs::write(checkpoints.join("checkpoint"), format!("model_checkpoint_path: \"m-400\"\n{list}")).unwrap();
    for data in [arrays, checkpoints] {
        let said = |options: &str| {
            let head = ["project", data.to_str().unwrap(), "--method", "pca", "--out", out.to_str().unwrap()];
            let ended = parallax(&[&head[..], &options.split(' ').collect::<Vec<_>>()].concat());
            assert_eq!(ended.code, 2, "{options}: {}", ended.err);
            ended.err
        };
        for options in ["--steps 300", "--steps 0,300 --basis 300"] {
            let said = said(options);
            assert!(said.contains("m-300.") && !said.contains("no row to project"), "{options}: {said}");
        }
        let said = said("--steps 0,100 --basis 400");
        assert!(said.contains("step 400, which --steps leaves out. There are: 0, 100"), "{said}");
    }
}

#[test]
fn what_makes_no_sense_with_steps_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (out, full, file) = (folder.path().join("out"), folder.path().join("full"), folder.path().join("file"));
    fs::create_dir(&full).unwrap();
    fs::write(full.join("step_00050.npy"), b"").unwrap();
    fs::write(&file, b"").unwrap();
    for (out, options, expected) in [
        (&out, "--method pca --basis all", "--steps"),
        (&out, "--method tsne --steps all --basis all", "--basis chooses the components of pca, and tsne has none"),
        (&out, "--method pca --steps all --align rotation", "with one basis for all steps their axes are the same"),
        (&out, "--method pca --steps 0,300", "--steps names step 300, which is not there. There are: 0, 100, 200"),
        (
            &out,
            "--method pca --steps 0,100 --basis 200",
            "--basis names step 200, which --steps leaves out. There are: 0, 100",
        ),
        (&out, "--method pca --steps 0,x", "give all, or the numbers of steps, as in 0,100,200"),
        (&out, "--method pca --steps all --basis last", "give all, each, or the number of a step"),
        (&out, "--method pca --steps all --basis each --align turn", "give rotation, scale, or none"),
        (&out, "--method pca --steps all --quality", "cannot be used with"),
        (&out, "--method pca --steps all --embedding plain:00000", "this embedding has no steps"),
        (&out, "--method pca --steps all --perplexity 5", "--perplexity is a setting of tsne, not of pca"),
        (&full, "--method pca --steps all", "holds the layout of another step"),
        (&file, "--method pca --steps all", "is a file. With --steps it is the folder of the layouts"),
    ] {
        let ended = project(out, &options.split(' ').collect::<Vec<_>>());
        assert!(ended.code == 2 && ended.err.contains(expected), "{options}: {}", ended.err);
    }
    assert!(!out.exists(), "nothing was written");
}
