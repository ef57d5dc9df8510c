//! Inputs as users have them: each opens, gives the right values, and reports what was chosen.
//!
//! The inputs are in `tests/data/trials`, one situation each; NumPy and scikit-learn computed the
//! expected values in f64. To add one, put its file there and a line into the table that fits.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

/// 65 rows, and a sheet of 8 x 9 thumbnails.
const SIXTY_FIVE: [&str; 7] =
    ["t04_sixtyfive.npy", "--metadata", "t04_sixtyfive.tsv", "--sprite", "t04_sprite_8x9.png", "--thumbnail", "12x12"];

fn trials() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trials")
}

/// Runs the program in the folder of trials. Warnings may appear on standard error.
#[track_caller]
fn parallax(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_parallax")).current_dir(trials()).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn inspect(args: &[&str]) -> Value {
    serde_json::from_str(&parallax(&[&["inspect", "--json"], args].concat())).unwrap()
}

/// The vectors, converted to text and read back.
fn converted(args: &[&str]) -> Vec<Vec<f64>> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("v.csv");
    parallax(&[&["convert"], args, &["--out", out.to_str().unwrap()]].concat());
    let text = std::fs::read_to_string(out).unwrap();
    let numbers = |line: &str| line.split(',').rev().map_while(|cell| cell.parse().ok()).collect::<Vec<f64>>();
    let rows = text.lines().map(numbers).filter(|row: &Vec<f64>| !row.is_empty());
    rows.map(|row| row.into_iter().rev().collect()).collect()
}

/// Rows, dimensions, the names of the metadata's columns, and a part of the messages.
#[test]
fn trials_have_their_shape_and_say_what_was_chosen() {
    #[track_caller]
    fn check(args: &[&str], shape: [u64; 2], columns: &[&str], said: &[&str]) {
        let listed = inspect(args);
        let info = &listed["runs"][0]["embeddings"][0];
        assert_eq!([info["rows"].as_u64(), info["dims"].as_u64()], shape.map(Some), "{args:?}: {listed}");
        let names: Vec<&str> = info["metadata"]["columns"]
            .as_array()
            .map_or(Vec::new(), |columns| columns.iter().filter_map(|column| column["name"].as_str()).collect());
        assert_eq!(names, columns, "{args:?}");
        let problems = listed["problems"].to_string();
        said.iter().for_each(|part| assert!(problems.contains(part), "{args:?}: no {part:?} in {problems}"));
    }
    let vectors = "vectors: column embedding (5 numbers); metadata: id, text";
    check(&["t07_embedding_as_text.csv"], [10, 5], &["id", "text"], &[vectors]);
    check(&["t12_glove_space.txt"], [10, 5], &["word"], &["vectors: the last 5 numbers of each line"]);
    let counts = "line 1 is read as the number of rows and of dimensions";
    check(&["t12_word2vec_header.txt"], [6, 5], &["word"], &[counts]);
    let moved = "the longest end of the path that exists";
    check(&["t13_moved_abs"], [8, 3], &["label"], &[moved, "/output/run7/metadata.tsv"]);
    check(&["t13_moved_win"], [8, 3], &["label"], &[moved, "with backslashes as separators"]);
    let quoted = "quotes are read as in CSV (RFC 4180)";
    check(&["t15_v.npy", "--metadata", "t19_pandas_quoted.tsv"], [10, 4], &["text", "n"], &[quoted]);
    check(&["t15_v.npy", "--metadata", "t15_unicode_line_breaks.tsv"], [10, 4], &["label"], &[]);
    check(&SIXTY_FIVE, [65, 5], &["id", "group"], &[]);
}

#[test]
fn missing_and_infinite_numbers_are_counted() {
    let listed = inspect(&["t06_vectors.npy", "--metadata", "t06_numbers_with_missing.tsv"]);
    let columns = listed["runs"][0]["embeddings"][0]["metadata"]["columns"].clone();
    for name in ["numpy_nan", "pandas_na", "py_none", "dash", "minus_inf"] {
        let column = columns.as_array().unwrap().iter().find(|column| column["name"] == name).unwrap();
        let (missing, infinite) = if name == "minus_inf" { (0, 10) } else { (10, 0) };
        assert_eq!([&column["missing"], &column["not_finite"]], [&json!(missing), &json!(infinite)], "{name}");
        assert_eq!(column["kind"], "number", "{name}");
    }
    let kind =
        |name: &str| columns.as_array().unwrap().iter().find(|column| column["name"] == name).unwrap()["kind"].clone();
    assert_eq!([kind("thousands"), kind("percent"), kind("euro"), kind("iso")], ["number", "number", "number", "date"]);
    let problems = listed["problems"].to_string();
    for part in
        ["commas as thousands separators", "percent signs", "decimal commas", "minus_inf\\\" (10)", "\\\"None\\\""]
    {
        assert!(problems.contains(part), "no {part:?} in {problems}");
    }
}

#[test]
fn first_rows_are_those_of_the_file() {
    #[track_caller]
    fn check(path: &str, row: usize, expected: &[f64]) {
        let found = converted(&[path]).swap_remove(row);
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-5;
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{path}: {found:?}");
    }
    check("t07_embedding_as_text.csv", 0, &[0.3306, -0.0935, 2.8244, -0.7086, 1.3842]);
    check("t07_embedding_as_text.csv", 9, &[-0.6031, 0.6224, 0.1824, -2.5856, -0.7561]);
    check("t12_glove_space.txt", 4, &[0.8530, 1.4168, 0.5069, -0.6609, 0.2672]);
    check("t12_glove_space.txt", 9, &[-0.7961, -0.2135, 1.2448, 0.7840, 1.3871]);
    check("t12_word2vec_header.txt", 0, &[1.4462, -0.8287, 0.4854, 1.4580, 2.2190]);
}

/// Labels as the first row's neighbors have them: all rows are listed.
#[test]
fn labels_are_those_of_the_rows() {
    #[track_caller]
    fn check(args: &[&str], expected: &[(usize, &str)]) {
        let listing: Value = serde_json::from_str(&parallax(&[&["inspect"], args, &["--json"]].concat())).unwrap();
        let others = (listing["runs"][0]["embeddings"][0]["rows"].as_u64().unwrap() - 1).to_string();
        let options = ["--row", "0", "-k", &others, "--metric", "euclidean", "--json"];
        let found = parallax(&[&["neighbors"], args, &options].concat());
        let found: Value = serde_json::from_str(&found).unwrap();
        let label_of = |row: usize| {
            if row == 0 {
                return found["label"].clone();
            }
            let entries = found["neighbors"].as_array().unwrap();
            entries.iter().find(|entry| entry["row"] == row).unwrap_or_else(|| panic!("{row}: {found}"))["label"]
                .clone()
        };
        expected.iter().for_each(|(row, label)| assert_eq!(label_of(*row), *label, "{args:?}: row {row}"));
    }
    let quoted = ["t15_v.npy", "--metadata", "t19_pandas_quoted.tsv"];
    let labels = [(0, "plain"), (1, "with\ttab"), (2, "two\nlines"), (3, "say \"hi\""), (4, "comma, here")];
    check(&quoted, &labels);
    let unicode = ["t15_v.npy", "--metadata", "t15_unicode_line_breaks.tsv"];
    let labels = [(1, "be\u{2028}ta"), (2, "ga\u{85}mma"), (6, "\"eta"), (7, "th\"eta\""), (9, "\u{FEFF}kappa")];
    check(&unicode, &labels);
    let words = [(0, "the"), (1, ","), (2, "\""), (4, ". . ."), (7, "\u{A0}"), (8, "#"), (9, "NA")];
    check(&["t12_glove_space.txt"], &words);
    check(&["t12_word2vec_header.txt"], &[(0, "w0"), (5, "w5")]);
    check(&["t13_moved_abs"], &[(0, "lab0"), (7, "lab7")]);
    check(&["t13_moved_win"], &[(0, "lab0"), (7, "lab7")]);
    check(&["t07_embedding_as_text.csv"], &[(0, "row 0, some text"), (9, "row 9, some text")]);
}

#[test]
fn tags_with_slashes_and_steps_are_nine_embeddings() {
    let listed = inspect(&["t03_tags_with_slash_and_steps"]);
    let embeddings = listed["runs"][0]["embeddings"].as_array().unwrap();
    let names: Vec<&str> = embeddings.iter().filter_map(|info| info["name"].as_str()).collect();
    let steps = ["00001", "00002", "00003"];
    let tags = |step: &str| ["enc/sin", "enc/cos", "dec\\out"].map(|tag| format!("{tag}:{step}"));
    assert_eq!(names, steps.map(tags).concat());
    let shapes: Vec<_> =
        embeddings.iter().map(|info| (&info["rows"], &info["dims"], &info["metadata"]["rows"])).collect();
    let expected: Vec<_> =
        [11, 12, 13].into_iter().flat_map(|rows| vec![(json!(rows), json!(4), json!(rows)); 3]).collect();
    assert!(shapes.iter().zip(&expected).all(|(a, b)| (a.0, a.1, a.2) == (&b.0, &b.1, &b.2)), "{shapes:?}");
    // The writer appended to the configuration: it names one tensor twice.
    let problems = listed["problems"].as_array().unwrap();
    assert!(problems.len() == 1 && problems[0]["message"] == "it is named 2 times; the last counts", "{problems:?}");
}

#[test]
fn sprites_of_a_sheet_that_is_not_square_fit() {
    let listed = inspect(&SIXTY_FIVE);
    let sprite = &listed["runs"][0]["embeddings"][0]["sprite"];
    assert_eq!(
        [&sprite["width"], &sprite["height"], &sprite["thumbnail"]],
        [&json!(96), &json!(108), &json!([12, 12])]
    );
    assert_eq!(listed["problems"], json!([]));
}

/// Rows without a place are NaN in the file of coordinates.
#[test]
fn rows_that_are_not_finite_have_no_place() {
    #[track_caller]
    fn check(path: &str, expected: &[usize]) {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("c.csv");
        parallax(&["project", path, "--method", "pca", "--dims", "2", "--out", out.to_str().unwrap()]);
        let text = std::fs::read_to_string(out).unwrap();
        let lines = text.lines().filter(|line| line.split(',').any(|cell| cell.parse::<f64>().is_ok()));
        let bad = lines.enumerate().filter(|(_, line)| line.to_lowercase().contains("nan")).map(|(row, _)| row);
        assert_eq!(bad.collect::<Vec<_>>(), expected, "{path}");
    }
    check("t09_float16_overflow.npy", &[2, 3, 5, 8, 14, 18, 29, 34]);
    check("t09_inf_rows.npy", &[3, 9, 11]);
}

#[test]
fn columns_are_chosen_by_name() {
    let listed = inspect(&["t07_embedding_as_text.csv", "--vectors", "id"]);
    assert_eq!(listed["runs"][0]["embeddings"][0]["dims"], 1);
    let output = Command::new(env!("CARGO_BIN_EXE_parallax"))
        .current_dir(trials())
        .args(["inspect", "t07_embedding_as_text.csv", "--vectors", "nothing"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("there is no column \"nothing\". There are: id, text, embedding."), "{said}");
}
