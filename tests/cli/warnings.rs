//! What is said beside a result.

use std::fs;

use serde_json::json;

use super::{IRIS, parallax};

/// The expected rows are those of `~np.isfinite(x).all(axis=1)` and `(x == 0).all(axis=1)` in
/// NumPy.
#[test]
fn rows_without_a_place_are_counted_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy").to_str().unwrap().to_owned();
    for (file, rows) in [
        ("rows/float16_overflow.npy", json!([2, 3, 5, 8, 14, 18, 29, 34])),
        ("rows/inf_rows.npy", json!([3, 9, 11])),
        ("rows/zero_vectors.npy", json!([])),
    ] {
        let count = rows.as_array().map(Vec::len);
        let listing = parallax(&["inspect", file, "--json"]).json();
        let embedding = &listing["runs"][0]["embeddings"][0];
        assert_eq!((&embedding["not_finite"], &embedding["not_finite_rows"]), (&json!(count), &rows), "{file}");
        let report = parallax(&["project", file, "--method", "pca", "--out", &out, "--json"]).json_beside_warnings();
        assert_eq!(report["without_place"], json!({ "not_finite": count, "zero": 0 }), "{file}");
    }
    let page = parallax(&["inspect", "rows/float16_overflow.npy"]).out;
    assert!(page.contains("with NaN, infinity, or a number beyond 3.4e38: 2, 3, 5, 8, 14, 18, 29, 34.\n"), "{page}");
    let zero = "rows/zero_vectors.npy";
    for metric in ["cosine", "angle"] {
        let project = ["project", zero, "--method", "umap", "--metric", metric, "--iterations", "20", "--out", &out];
        let ended = parallax(&project);
        assert!(ended.out.contains(", 2 without a place (2 of zeros, which have no direction)"), "{}", ended.out);
        assert!(ended.err.contains("2 of 30 rows are all zeros, the first of them row 4"), "{}", ended.err);
        let report = parallax(&[&project[..], &["--json"]].concat()).json_beside_warnings();
        assert_eq!(report["without_place"], json!({ "not_finite": 0, "zero": 2 }));
    }
    let nearest = ["neighbors", zero, "--row", "5", "-k", "3", "--json"];
    let answer = parallax(&nearest).json_beside_warnings();
    assert_eq!(answer["without_place"], json!({ "not_finite": 0, "zero": 2 }));
    let found = answer["neighbors"].as_array().unwrap();
    for (found, (row, distance)) in found.iter().zip([(20, 0.0), (21, 0.0), (7, 0.167_807)]) {
        assert_eq!(found["row"], row);
        assert!((found["distance"].as_f64().unwrap() - distance).abs() < 1e-6, "{found}");
    }
    let answer = parallax(&[&nearest[..], &["--metric", "euclidean"]].concat()).json_beside_warnings();
    assert_eq!(answer["without_place"]["zero"], 0);
}

#[test]
fn warnings_do_not_depend_on_progress() {
    let folder = tempfile::tempdir().unwrap();
    let [table, out] = ["ten.tsv", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    fs::write(&table, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n").unwrap();
    let convert = ["convert", IRIS[0], "--raw-dims", "4", "--metadata", &table, "--out", &out];
    for progress in ["auto", "never"] {
        let ended = parallax(&[&convert[..], &["--progress", progress]].concat());
        assert_eq!(ended.code, 0);
        assert!(ended.err.starts_with(&format!("warning: {table}: ")), "{}", ended.err);
        assert!(ended.err.contains("10") && ended.err.contains("150"), "{}", ended.err);
        assert!(ended.err.lines().count() == 1 && !ended.out.contains("warning"), "{}{}", ended.out, ended.err);
    }
}

/// Of two runs with a note each, the opened one's is shown and the other's counted. The command that
/// is named lists it.
#[test]
fn warnings_of_other_runs_are_counted() {
    let ended = parallax(&["neighbors", "fixtures/runs", "--run", "train", "--row", "0", "-k", "2"]);
    let lines: Vec<&str> = ended.err.lines().collect();
    assert!(lines[0].starts_with("note: fixtures/runs/train/m.ckpt-1: 1 tensor: left out"), "{}", ended.err);
    assert_eq!(lines[1..], ["other runs and embeddings have 1 note: parallax inspect fixtures/runs --check lists it"]);
    let listed = parallax(&["inspect", "fixtures/runs", "--check"]).out;
    assert!(listed.contains("note: fixtures/runs/eval/m.ckpt-1"), "{listed}");
    let listed = parallax(&["inspect", "fixtures/runs", "--run", "train", "--check"]).out;
    assert!(listed.contains("runs/train/m.ckpt-1: ") && !listed.contains("runs/eval/m.ckpt-1: "), "{listed}");
}

/// Warnings come before the error.
#[test]
fn warnings_are_shown_if_nothing_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("ten.tsv").to_str().unwrap().to_owned();
    fs::write(&table, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n").unwrap();
    let input = [IRIS[0], "--raw-dims", "4", "--metadata", &table];
    for (command, options) in [("search", &["zzz"][..]), ("neighbors", &["--label", "zzz"])] {
        let ended = parallax(&[&[command], &input[..], options].concat());
        let lines: Vec<&str> = ended.err.lines().collect();
        assert_eq!((ended.code, lines.len()), (1, 2), "{}", ended.err);
        assert!(lines[0].starts_with(&format!("warning: {table}: ")), "{}", ended.err);
        assert!(lines[1].starts_with(&format!("error: {}: no row ", IRIS[0])), "{}", ended.err);
    }
}

/// Only the chosen rows count.
#[test]
fn zero_rows_are_counted_among_the_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy").to_str().unwrap().to_owned();
    let options = ["--rows", "0-9", "--method", "umap", "--metric", "cosine", "--iterations", "20", "--out", &out];
    let ended = parallax(&[&["project", "rows/zero_vectors.npy"], &options[..]].concat());
    assert!(ended.err.contains("1 of 10 rows is all zeros, row 4; it has no direction"), "{}", ended.err);
    assert!(ended.out.contains("\n10 of 30 rows, 1 without a place"), "{}", ended.out);
}
