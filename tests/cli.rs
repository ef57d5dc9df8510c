//! The program as scripts use it: output, files, and exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::pipe,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use assert_cmd::Command;
use parallax::{
    embedding::{Progress, Vectors},
    formats::{Demo, OpenOptions, RawLayout, open},
    session::{Bookmark, Subject, Tour, View, read_tour, write_tour},
};
use serde_json::{Value, json};

const IRIS: [&str; 5] = ["iris/iris_tensors.bytes", "--raw-dims", "4", "--metadata", "iris/iris_labels.tsv"];

/// The result of a command.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// Returns the JSON document of a command that succeeded without a warning.
    #[track_caller]
    fn json(self) -> Value {
        assert_eq!(self.err, "");
        self.json_beside_warnings()
    }

    /// Returns the JSON document of a command that succeeded.
    #[track_caller]
    fn json_beside_warnings(self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Runs the program in the folder of test data.
fn parallax(args: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_parallax")).current_dir(data()).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Returns the dimensions and the bits of all values of the first embedding in `path`.
fn bits(path: &Path, raw_dims: Option<usize>) -> (usize, Vec<u32>) {
    let raw = raw_dims.map(|dims| RawLayout { dims, dtype: "f32".into(), offset: 0 });
    let source = open(path, &OpenOptions { raw, ..OpenOptions::default() }).unwrap();
    let (run, embedding) = source.choose(None, None).unwrap();
    let vectors = source.load(run, embedding, &Progress::default()).unwrap().embedding.vectors;
    (vectors.dims(), values(&vectors).iter().map(|value| value.to_bits()).collect())
}

fn values(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).to_vec()
}

fn numbers<const N: usize>(path: impl AsRef<Path>, read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    fs::read(data().join(path)).unwrap().as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect()
}

fn iris() -> Vec<f64> {
    numbers(IRIS[0], |bytes| f64::from(f32::from_le_bytes(bytes)))
}

#[test]
fn inspect_json_keeps_its_form() {
    let embedding = |name: &str, [rows, dims]: [usize; 2], metadata: Value, sprite: Value| {
        json!({
            "name": name, "rows": rows, "dims": dims, "dtype": "f32", "not_finite": 0, "not_finite_rows": [],
            "source": "m.ckpt-1.data-00000-of-00001",
            "metadata": metadata, "sprite": sprite
        })
    };
    let column = json!({ "name": "label", "kind": "text", "distinct": 30, "missing": 0, "not_finite": 0 });
    let metadata = json!({ "path": "meta_b.tsv", "rows": 30, "columns": [column] });
    let sprite = json!({ "path": "sprite.png", "width": 80, "height": 80, "thumbnail": [10, 10] });
    let a = embedding("a", [50, 8], Value::Null, sprite);
    let b = embedding("b", [30, 5], metadata, Value::Null);
    let run = |name: &str| json!({ "name": name, "checkpoint": "m.ckpt-1", "checkpoints": ["m.ckpt-1"], "embeddings": [a, b] });
    let problem = |run: &str| {
        json!({
            "severity": "note", "file": format!("fixtures/runs/{run}/m.ckpt-1"), "position": "1 tensor",
            "message": "left out because it is not a matrix of numbers: save_counter int64 []", "way_out": null
        })
    };
    let expected = json!({
        "format": "tensorboard-logdir", "runs": [run("eval"), run("train")],
        "problems": [problem("eval"), problem("train")]
    });
    assert_eq!(parallax(&["inspect", "fixtures/runs", "--json"]).json(), expected);
    let one = parallax(&["inspect", "fixtures/runs", "--json", "--run", "train", "--embedding", "b"]).json();
    assert_eq!((&one["runs"][0]["name"], &one["runs"][0]["embeddings"]), (&json!("train"), &json!([b])));
    let page = parallax(&["inspect", "fixtures/runs"]).out;
    assert!(page.starts_with("fixtures/runs: tensorboard-logdir, 4 embeddings in 2 runs\n"), "{page}");
}

/// The format; then name, rows, dims, type, and number of columns of the first embedding; then the
/// number of embeddings.
#[test]
fn inspect_detects_formats() {
    for (path, expected) in [
        ("fixtures/torch_add_embedding", json!(["tensorboard-logdir", "digits:00000", 200, 64, "f32", 3, 4])),
        ("fixtures/tf_v2_float16", json!(["tensorboard-logdir", "word_embedding", 100, 20, "f16", 3, 2])),
        ("fixtures/tf_v1/model.ckpt-100", json!(["checkpoint", "word_embedding", 100, 20, "f32", 3, 2])),
        ("numpy/stored.npz", json!(["npz", "vectors", 2, 3, "f32", 6, 2])),
        ("numpy/little_f8.npy", json!(["npy", "little_f8", 2, 3, "f64", null, 1])),
    ] {
        let listing = parallax(&["inspect", path, "--json"]).json();
        let embeddings = &listing["runs"][0]["embeddings"];
        let first = &embeddings[0];
        let columns = first["metadata"]["columns"].as_array().map(Vec::len);
        let found = json!([
            listing["format"],
            first["name"],
            first["rows"],
            first["dims"],
            first["dtype"],
            columns,
            embeddings.as_array().map(Vec::len)
        ]);
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn convert_keeps_all_bits() {
    let folder = tempfile::tempdir().unwrap();
    for (path, run, embedding, expected) in [
        ("tf_v1", ".", "word_embedding", "expected_word_embedding.npy"),
        ("tf_v1_partitioned", ".", "word_embedding", "expected_word_embedding.npy"),
        ("tf_v2", ".", "dense/kernel", "expected_dense_kernel.npy"),
        ("tf_v2_partitioned", ".", "word_embedding", "expected_word_embedding.npy"),
        ("tf_v2_float16", ".", "word_embedding", "expected_word_embedding.npy"),
        ("tf_v2_float64", ".", "word_embedding", "expected_word_embedding.npy"),
        ("tf2_object", ".", "embedding", "expected.npy"),
        ("runs", "eval", "b", "eval/expected_b.npy"),
    ] {
        let path = format!("fixtures/{path}");
        let expected = bits(&data().join(&path).join(expected), None);
        for ending in ["npy", "csv", "tsv", "bytes"] {
            let out = folder.path().join("out").with_extension(ending);
            let args = ["convert", &path, "--run", run, "--embedding", embedding, "--out", out.to_str().unwrap()];
            let ended = parallax(&args);
            assert_eq!(ended.code, 0, "{args:?}: {}", ended.err);
            let is_rounded = ending == "bytes" && path.ends_with("float64");
            let mut warnings = ended.err.lines().filter(|line| !line.contains(": left out because"));
            assert_eq!(warnings.next().is_some_and(|line| line.contains("numbers are rounded")), is_rounded);
            assert_eq!(warnings.next(), None);
            let written = bits(&out, (ending == "bytes").then_some(expected.0));
            assert!(written == expected, "{path} {embedding} as {ending}");
        }
    }
}

/// Returns all rows by the textbook distance, nearest first.
fn ranked(metric: &str, vectors: &[f64], row: usize) -> Vec<(usize, f64)> {
    let rows: Vec<&[f64]> = vectors.chunks(4).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let distance = |other: &[f64]| {
        let cosine = dot(rows[row], other) / (dot(rows[row], rows[row]) * dot(other, other)).sqrt();
        match metric {
            "cosine" => 1.0 - cosine,
            "angle" => cosine.min(1.0).acos().to_degrees(),
            _ => rows[row].iter().zip(other).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt(),
        }
    };
    let mut ranked: Vec<_> =
        (0..rows.len()).filter(|&other| other != row).map(|other| (other, distance(rows[other]))).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    ranked
}

#[test]
fn neighbors_match_a_brute_force_search() {
    let labels = fs::read_to_string(data().join(IRIS[4])).unwrap();
    let label = |row: usize| labels.lines().nth(row + 1).and_then(|line| line.split('\t').nth(4)).unwrap();
    let vectors = iris();
    for (metric, tolerance) in [("cosine", 1e-7), ("angle", 1e-5), ("euclidean", 1e-6)] {
        let query = ["--row", "17", "-k", "12", "--metric", metric, "--json"];
        let answer = parallax(&[&["neighbors"], &IRIS[..], &query].concat()).json();
        let head = [&answer["row"], &answer["label"], &answer["metric"], &answer["k"]];
        assert_eq!(json!(head), json!([17, "Iris-setosa", metric, 12]));
        assert!(answer["seconds"].is_number());
        let found = answer["neighbors"].as_array().unwrap();
        let expected = ranked(metric, &vectors, 17);
        assert_eq!(found.len(), 12);
        for (entry, (_, nearest)) in found.iter().zip(&expected) {
            // Rows whose distances differ only by rounding may swap places.
            let row = entry["row"].as_u64().unwrap() as usize;
            let own = expected.iter().find(|(other, _)| *other == row).unwrap().1;
            let distance = entry["distance"].as_f64().unwrap();
            assert!((distance - own).abs() < tolerance && (distance - nearest).abs() < tolerance, "{metric} {entry}");
            assert_eq!(entry["label"], label(row));
        }
    }
}

#[test]
fn neighbors_label_finds_the_row() {
    let ask = |label: &str, options: &[&str]| {
        parallax(&[&["neighbors"], &IRIS[..], &["--label", label, "-k", "3"], options].concat())
    };
    for label in ["Iris-virginica", "iris-VIRGINICA"] {
        assert_eq!(ask(label, &["--json"]).json_beside_warnings()["row"], 100, "{label}");
    }
    let ended = ask("Iris-virginica", &[]);
    let note = "50 rows labeled \"Iris-virginica\": the first, row 100, is used.";
    assert!(!ended.out.contains(note) && ended.err.contains(note), "{}{}", ended.out, ended.err);
    let ended = ask("Iris", &[]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("no row is labeled \"Iris\" in column \"class\""), "{}", ended.err);
}

#[test]
fn search_lists_matching_rows() {
    let search = |options: &[&str]| parallax(&[&["search"], &IRIS[..], options].concat());
    let answer = search(&["VIRGINICA", "--json"]).json();
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!((&answer["column"], rows.len()), (&json!("class"), 50));
    assert_eq!(rows[0], json!({ "row": 100, "label": "Iris-virginica", "value": "Iris-virginica" }));
    let count = |options: &[&str]| search(&[options, &["--json"]].concat()).json()["rows"].as_array().map(Vec::len);
    assert_eq!(count(&["^iris-v", "--regex"]), Some(100));
    assert_eq!(count(&["5.1", "--whole", "--column", "sepal-length"]), Some(9));
    let page = search(&["setosa"]).out;
    let start =
        "50 rows of iris/iris_tensors.bytes with \"setosa\" in column \"class\".\n\nROW  LABEL\n  0  Iris-setosa\n";
    assert!(page.starts_with(start), "{page}");
    let ended = search(&["Iris", "--whole"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("no row matches \"Iris\" in column \"class\""), "{}", ended.err);
}

#[test]
fn export_writes_some_or_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let export = |what: &str, out: &str, options: &[&str]| {
        let ended = parallax(&[&["export"], &IRIS[..], &["--what", what, "--out", out], options].concat());
        let notes: &[&str] = match what {
            "labels" => &["is not written: a TSV file of one column has no header"],
            "vectors" => &["--rows names rows twice or out of order; each is written once"],
            _ => &[],
        };
        assert_eq!((ended.code, ended.err.lines().count()), (0, notes.len()), "{}", ended.err);
        assert!(notes.iter().all(|note| ended.err.contains(note)), "{}", ended.err);
        ended.out
    };
    let (labels, vectors, published) = (path("labels.tsv"), path("vectors.npy"), path("published"));
    let said = export("labels", &labels, &["--search", "virginica"]);
    assert!(said.starts_with("Wrote 50 rows of iris/iris_tensors.bytes to "), "{said}");
    assert_eq!(fs::read_to_string(labels).unwrap(), "Iris-virginica\n".repeat(50));
    export("vectors", &vectors, &["--rows", "149,0-1"]);
    let all: Vec<u32> = iris().iter().map(|&value| (value as f32).to_bits()).collect();
    assert_eq!(bits(Path::new(&vectors), None), (4, [&all[..8], &all[149 * 4..]].concat()));
    let said = export("folder", &published, &[]);
    assert!(said.contains("Wrote 150 rows of iris/iris_tensors.bytes to 4 files in "), "{said}");
    assert_eq!(bits(Path::new(&published), None), (4, all));
}

/// The components of two of the three species. Rows of the third have no place.
#[test]
fn project_takes_some_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [some, alone, out] = ["some.npy", "alone.bytes", "alone.npy"].map(|name| folder.path().join(name));
    let project = |input: &[&str], out: &Path, rows: &[&str]| {
        let options = ["--method", "pca", "--dims", "2", "--json", "--out", out.to_str().unwrap()];
        parallax(&[&["project"], input, &options, rows].concat()).json()
    };
    let report = project(&IRIS, &some, &["--search", "virginica|setosa", "--regex"]);
    assert_eq!((&report["rows"], &report["unplaced"]), (&json!(150), &json!(50)));
    let bytes = fs::read(data().join(IRIS[0])).unwrap();
    fs::write(&alone, [&bytes[..50 * 16], &bytes[100 * 16..]].concat()).unwrap();
    project(&[alone.to_str().unwrap(), "--raw-dims", "4"], &out, &[]);
    let (found, expected) = (bits(&some, None).1, bits(&out, None).1);
    let close = |(a, b): (&u32, &u32)| (f32::from_bits(*a) - f32::from_bits(*b)).abs() < 1e-5;
    assert!(found[..100].iter().chain(&found[200..]).zip(&expected).all(close));
    assert!(found[100..200].iter().all(|bits| f32::from_bits(*bits).is_nan()));
}

/// The expected values are from scikit-learn; a README beside the file describes them.
#[test]
fn project_pca_matches_scikit_learn() {
    let (rows, dims, count) = (150, 4, 4);
    let reference = numbers("../../crates/projection/tests/data/iris.pca.bin", f64::from_le_bytes);
    let (_, rest) = reference.split_at(dims + dims * count + count);
    let (ratios, coordinates) = rest.split_at(count);
    let largest = coordinates.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy");
    for wanted in ["2", "3", "4"] {
        let options = ["--method", "pca", "--dims", wanted, "--out", out.to_str().unwrap(), "--json"];
        let report = parallax(&[&["project"], &IRIS[..], &options, &["--threads", "1"]].concat()).json();
        let wanted = wanted.parse().unwrap();
        let (columns, found) = bits(&out, None);
        assert_eq!((columns, found.len()), (wanted, rows * wanted));
        for (row, expected) in found.chunks(wanted).zip(coordinates.chunks(count)) {
            for (x, expected) in row.iter().zip(expected) {
                assert!((f64::from(f32::from_bits(*x)) - expected).abs() < 1e-4 * largest);
            }
        }
        check_report(&report, wanted, ratios);
    }
}

/// The expected values in two dimensions are from scikit-learn 1.9: `trustworthiness(x, y,
/// n_neighbors=15)`, and the same with x and y swapped. Rows at equal distances may be ranked in
/// either order.
#[track_caller]
fn check_quality(quality: &Value, dims: usize) {
    let figures = ["trustworthiness", "continuity"].map(|key| quality[key].as_f64().unwrap());
    assert_eq!(quality["sample"], 150);
    for (found, plane) in figures.into_iter().zip([0.986_177, 0.992_794]) {
        assert!(if dims == 2 { (found - plane).abs() < 1e-4 } else { found > plane }, "{quality}");
    }
}

/// Checks the layouts and reports of t-SNE and UMAP, and that they are the same for one thread.
#[test]
fn project_tsne_and_umap_keep_neighbors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy");
    for (method, settings, iterations) in [
        ("tsne", &["--perplexity", "20", "--iterations", "300"][..], 300),
        ("umap", &["--neighbors", "10", "--iterations", "100", "--metric", "cosine"], 100),
    ] {
        let options = ["--method", method, "--dims", "2", "--out", out.to_str().unwrap(), "--json"];
        let report = parallax(&[&["project"], &IRIS[..], &options, settings].concat()).json();
        let (columns, found) = bits(&out, None);
        assert_eq!((columns, found.len(), &report["iterations"]), (2, 300, &json!(iterations)));
        assert!(found.iter().all(|&bits| f32::from_bits(bits).is_finite()), "{method}");
        assert!(report["quality"]["trustworthiness"].as_f64().unwrap() > 0.95, "{method}: {report}");
        assert_eq!(report["kl"].is_null(), method == "umap");
        let again = folder.path().join("again.npy");
        let options = ["--method", method, "--dims", "2", "--out", again.to_str().unwrap(), "--threads", "1", "--json"];
        parallax(&[&["project"], &IRIS[..], &options, settings].concat()).json();
        assert!(std::fs::read(&out).unwrap() == std::fs::read(&again).unwrap(), "{method}: other bits on one thread");
    }
}

#[test]
fn project_explains_bad_settings() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy");
    for (options, message) in [
        (&["--method", "tsne", "--perplexity", "60"][..], "largest possible is 49.6"),
        (&["--method", "tsne", "--dims", "4"], "2 or 3 coordinates"),
        (&["--method", "umap", "--min-dist", "2"], "the min_dist cannot be 2. Choose a number from 0 to spread"),
        (&["--method", "custom"], "the left end of x is empty"),
        (&["--method", "custom", "--between", "setosa", "oak"], "no row matches the right end of x"),
        (&["--method", "tsne", "--supervise-by", "color"], "there is no column \"color\""),
    ] {
        let ended = parallax(&[&["project"], &IRIS[..], options, &["--out", out.to_str().unwrap()]].concat());
        assert!(ended.code == 2 && ended.err.contains(message), "{options:?}: {}", ended.err);
        assert!(!out.exists());
    }
}

#[track_caller]
fn check_report(report: &Value, dims: usize, ratios: &[f64]) {
    let fixed = ["method", "rows", "dims", "seed", "threads", "iterations", "kl"].map(|key| &report[key]);
    assert_eq!(json!(fixed), json!(["pca", 150, dims, 42, 1, null, null]));
    check_quality(&report["quality"], dims);
    let seconds =
        ["load", "neighbors", "projection", "quality", "total"].map(|key| report["seconds"][key].as_f64().unwrap());
    assert!(seconds[1] == 0.0 && seconds[4] >= seconds[0] + seconds[2] + seconds[3], "{seconds:?}");
    assert!(report["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    let explained = report["explained_variance"].as_array().unwrap();
    assert_eq!(explained.len(), ratios.len());
    for (found, expected) in explained.iter().zip(ratios) {
        assert!((found.as_f64().unwrap() - expected).abs() < 1e-6);
    }
}

#[test]
fn project_identity_writes_the_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.bytes");
    let run = |dims: &[&str]| {
        let options = ["--method", "identity", "--out", out.to_str().unwrap(), "--json"];
        parallax(&[&["project"], &IRIS[..], &options, dims].concat()).json()
    };
    assert_eq!(run(&[])["dims"], 4);
    assert_eq!(fs::read(&out).unwrap(), fs::read(data().join(IRIS[0])).unwrap());
    assert_eq!(run(&["--dims", "2"])["explained_variance"], Value::Null);
    let expected: Vec<f32> = iris().chunks(4).flat_map(|row| [row[0] as f32, row[1] as f32]).collect();
    assert_eq!(bits(&out, Some(2)).1, expected.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
}

#[test]
fn project_writes_nan_for_rows_without_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let [path, out] = ["in.tsv", "out.bytes"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    fs::write(&path, "1\t2\nnan\t0\n3\t5\n4\tinf\n0\t7\n").unwrap();
    let args = ["project", &path, "--method", "pca", "--dims", "2", "--out", &out];
    let page = parallax(&args).out;
    assert!(page.contains("5 rows, 2 without a place (2 with NaN, infinity, or a number beyond 3.4e38)"), "{page}");
    let report = parallax(&[&args[..], &["--json"]].concat()).json_beside_warnings();
    assert_eq!((&report["rows"], &report["unplaced"]), (&json!(5), &json!(2)));
    assert_eq!(report["without_place"], json!({ "not_finite": 2, "zero": 0 }));
    let placed: Vec<bool> =
        bits(&PathBuf::from(&out), Some(2)).1.iter().map(|x| f32::from_bits(*x).is_finite()).collect();
    assert_eq!(placed, [true, true, false, false, true, true, false, false, true, true]);
}

/// Writes `rows` different rows of 4 raw f32.
fn few_rows(rows: usize, path: &Path) {
    let value = |at: usize| ((at * 37 + at / 4 * 11) % 101) as f32;
    fs::write(path, (0..rows * 4).flat_map(|at| value(at).to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}

/// Rows, method, then the perplexity, neighbors, and dimensions in the report, and the note.
#[test]
fn project_adapts_defaults_to_few_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [path, out] = ["few.bytes", "out.npy"].map(|name| folder.path().join(name));
    let project = |rows: usize, options: &[&str]| {
        few_rows(rows, &path);
        let paths = [path.to_str().unwrap(), "--raw-dims", "4", "--json", "--out", out.to_str().unwrap()];
        parallax(&[&["project"], &paths[..], options].concat())
    };
    let quick = ["--iterations", "20"];
    for (rows, method, used, note) in [
        (30, "tsne", json!([9.0, null, 3]), "perplexity 30 needs 91 rows; 9 is used for 30 rows"),
        (91, "tsne", json!([30.0, null, 3]), ""),
        (2, "tsne", json!([1.0, null, 3]), "perplexity 30 needs 91 rows; 1 is used for 2 rows"),
        (1, "umap", json!([null, 1, 3]), "15 neighbors need 15 rows; 1 is used for 1 row"),
        (8, "umap", json!([null, 8, 3]), "15 neighbors need 15 rows; 8 are used for 8 rows"),
        (15, "umap", json!([null, 15, 3]), ""),
        (2, "pca", json!([null, null, 1]), "3 components need 4 rows; 1 is used for 2 rows"),
        (4, "pca", json!([null, null, 3]), ""),
    ] {
        let options: &[&str] = if method == "pca" { &[] } else { &quick };
        let ended = project(rows, &[&["--method", method], options].concat());
        let is_noted = ended.err.contains(&format!(": {note}.\n"));
        assert!(note.is_empty() || is_noted && ended.err.starts_with("note: "), "{}", ended.err);
        let report = ended.json_beside_warnings();
        assert_eq!(json!([report["perplexity"], report["neighbors"], report["dims"]]), used, "{method} {rows}");
        let adapted = report["adapted"].as_array().unwrap().contains(&json!(note));
        assert_eq!(adapted, !note.is_empty(), "{report}");
        assert_eq!(report["unplaced"], 0);
    }
    for (rows, options, message) in [
        (30, &["--method", "tsne", "--perplexity", "30"][..], "the largest possible is 9.6"),
        (8, &["--method", "umap", "--neighbors", "15"], "the largest possible is 8"),
        (2, &["--method", "pca", "--dims", "2"], "Ask for --dims 1 or fewer"),
        (0, &["--method", "pca"], "no row"),
    ] {
        let ended = project(rows, options);
        assert!(ended.code == 2 && ended.err.contains(message), "{options:?}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    }
    let quality = project(10, &["--method", "pca"]).json_beside_warnings();
    assert_eq!(quality["quality"]["k"], 4);
    let note = "the quality compares 4 instead of 15 neighbors, which need 31 rows; there are 10";
    assert_eq!(quality["adapted"], json!([note]));
}

/// Fewer than the default is a note; fewer than `-k` is refused.
#[test]
fn neighbors_lists_all_of_few_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.bytes");
    few_rows(5, &path);
    let neighbors = |options: &[&str]| {
        let all = [&["neighbors", path.to_str().unwrap(), "--raw-dims", "4", "--row", "0", "--json"], options].concat();
        let ended = parallax(&all);
        let err = ended.err.clone();
        (ended.json_beside_warnings()["neighbors"].as_array().unwrap().len(), err)
    };
    for (options, start) in [(&[][..], "note: "), (&["-k", "4"], "")] {
        let (found, err) = neighbors(options);
        assert_eq!(found, 4);
        assert!(err.starts_with(start) && err.is_empty() == start.is_empty(), "{options:?}: {err}");
    }
    let ended = parallax(&["neighbors", path.to_str().unwrap(), "--raw-dims", "4", "--row", "0", "-k", "5"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    let said = "-k cannot be 5: only 4 other rows have a distance. Ask for -k 4 or fewer.";
    assert!(ended.err.ends_with(&format!("{said}\n")), "{}", ended.err);
}

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

#[test]
fn config_write_is_read_by_inspect() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["checkpoint", "m.ckpt-1.index", "m.ckpt-1.data-00000-of-00001", "meta_b.tsv", "sprite.png"] {
        fs::copy(data().join("fixtures/runs/train").join(name), folder.path().join(name)).unwrap();
    }
    let logdir = folder.path().to_str().unwrap();
    let write = ["config", "write", logdir, "--metadata", "meta_b.tsv", "--tensor"];
    let ended = parallax(&[&write[..], &["b", "--sprite", "sprite.png", "--thumbnail", "10x10"]].concat());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.contains("projector_config.pbtxt"), "{}", ended.out);
    let listing = parallax(&["inspect", logdir, "--json", "--embedding", "b"]).json();
    let found = &listing["runs"][0]["embeddings"][0];
    assert_eq!((&found["metadata"]["rows"], &found["sprite"]["thumbnail"]), (&json!(30), &json!([10, 10])));
    let errors = listing["problems"].as_array().unwrap().iter().filter(|problem| problem["severity"] == "error");
    assert_eq!(errors.count(), 0);
}

/// Arguments, exit code, and parts of the sentence.
#[test]
fn errors_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let [cut, out] = ["cut.npy", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let whole = fs::read(data().join("numpy/little_f4.npy")).unwrap();
    fs::write(&cut, &whole[..whole.len() - 5]).unwrap();
    let [iris, dims, four, ..] = IRIS;
    let bookmarks = "fixtures/word2vec_full_bookmarks.txt";
    let packed = folder.path().join("a.parallax").to_str().unwrap().to_owned();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["inspect", "nowhere.npy"], 2, &["error: nowhere.npy: cannot read: there is no such file"]),
        (&["nowhere.npy"], 2, &["error: nowhere.npy: cannot read: there is no such file"]),
        (&["convert", &cut, "--out", &out], 2, &[&cut, "cut short", "Copy or save the file again"]),
        (&["convert", "numpy/little_f4.npy", "--out", "x.xyz"], 2, &["x.xyz", "End the name in .npy"]),
        (&["convert", "numpy/little_f4.npy", "--out", "no/where/x.npy"], 2, &["no/where/x.npy: cannot write"]),
        (&["convert", "numpy/little_f4.npy"], 2, &["--out <FILE>", "See parallax convert --help"]),
        (&["inspect", "fixtures/runs", "--run", "test"], 2, &["\"test\"", "There are: \"eval\", \"train\""]),
        (&["inspect", "fixtures/runs", "--embedding", "c"], 2, &["no embedding \"c\"", "\"a\", \"b\""]),
        (&["inspect", iris], 2, &["--raw-dims"]),
        (&["inspect", iris, "--raw-dtype", "f16"], 2, &["--raw-dims <D>"]),
        (&["inspect", iris, dims, "0"], 2, &["--raw-dims <D>", "a whole number of at least 1"]),
        (&["neighbors", iris, dims, four, "--row", "150"], 2, &[iris, "no row 150", "150 rows"]),
        (&["neighbors", iris, dims, four], 2, &["--row <N>|--label <TEXT>"]),
        (&["neighbors", iris, dims, four, "--row", "0", "--label", "a"], 2, &["cannot be used with"]),
        (&["neighbors", iris, dims, four, "--label", "a"], 1, &["no labels", "--metadata"]),
        (&["neighbors", iris, dims, four, "--row", "0", "--metric", "l2"], 2, &["choose cosine, angle or euclidean"]),
        (&["search", iris, dims, four, "a"], 2, &["no column \"label\"", "--metadata"]),
        (
            &["search", iris, dims, four, "--metadata", IRIS[4], "(", "--regex"],
            2,
            &["\"(\" is not a regular expression"],
        ),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--rows", "150"], 2, &[iris, "no row 150"]),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--rows", "3-1"], 2, &["as in 0,7,20-29"]),
        (&["export", iris, dims, four, "--what", "vectors", "--out", &out, "--regex"], 2, &["--search <TEXT>"]),
        (&["export", iris, dims, four, "--what", "metadata", "--out", "x.tsv"], 2, &["no metadata to write"]),
        (&["project", iris, dims, four, "--method", "pca", "--dims", "5", "--out", &out], 2, &["--dims 4 or fewer"]),
        (&["project", iris, dims, "30", "--method", "identity", "--out", &out], 2, &[iris, "Choose pca"]),
        (&["render", "--out", "x.jpg"], 2, &["x.jpg", "End the name in .png"]),
        (&["render", "--out", &out, "--color-by", "colour"], 2, &["PNG"]),
        (&["render", "--out", "x.png", "--color-by", "colour"], 2, &["no column \"colour\"", "There are: \"label\""]),
        (&["render", "--out", "x.png", "--size", "99999x1"], 2, &["at most 8192 pixels"]),
        (&["render", "--out", "x.png", "--run", "a"], 2, &["<PATH>"]),
        (&["config", "write", "iris", "--tensor", "a", "--metadata", "no.tsv"], 2, &["no.tsv", "no such file"]),
        (&["config"], 2, &["requires a subcommand"]),
        (&["tour"], 2, &["requires a subcommand"]),
        (&["tour", "show", "iris/iris_labels.tsv"], 2, &["iris_labels.tsv", "these are no bookmarks"]),
        (&["tour", "export", bookmarks, "--out", "x.ron"], 2, &["end the name in .txt or .json"]),
        (&["tour", "pack", bookmarks, "--out", &packed], 2, &[bookmarks, "its vectors are not known"]),
        (&["inspect", bookmarks], 2, &["a file of bookmarks", "parallax tour show"]),
        (&["demo", "faces"], 2, &["There are: digits, words"]),
        (&["demo", "--replay", "iris/iris_labels.tsv"], 2, &["iris_labels.tsv: line 1, column"]),
        (&["inspect", "iris", "--jsno"], 2, &["'--jsno'", "'--json'"]),
    ];
    for (args, code, parts) in cases {
        let ended = parallax(args);
        assert_eq!((ended.code, ended.out.as_str()), (*code, ""), "{args:?}: {}", ended.err);
        assert!(ended.err.starts_with("error: ") && ended.err.ends_with(".\n"), "{args:?}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{args:?}: {}", ended.err);
        for part in *parts {
            assert!(ended.err.contains(part), "{args:?}: {} lacks {part}", ended.err);
        }
    }
    assert!(!Path::new(&out).exists(), "a failed command writes nothing");
}

/// Lists, joins, and exports the bookmark of the TensorBoard projector's demo.
#[test]
fn tour_commands_list_join_and_export_bookmarks() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let bookmarks = "fixtures/word2vec_full_bookmarks.txt";
    let shown = |file: &str| parallax(&["tour", "show", file, "--json"]).json();
    let listing = shown(bookmarks);
    let first = json!({
        "number": 1, "name": "Politics: \"Bad\" to \"Good\"", "note": "", "seconds": null, "method": "custom", "dims": 2,
        "shown": 101, "rows": 7032, "selected": 1,
        "layouts": [{ "method": "pca", "dims": 3, "placed": 101 }, { "method": "custom", "dims": 2, "placed": 101 }],
        "data": "coordinates alone", "embedding": "", "vector_dims": 200, "has_picture": false
    });
    assert_eq!(listing["bookmarks"], json!([first]));
    let ended = parallax(&["tour", "import", bookmarks, bookmarks, "--out", &at("two.ron")]);
    assert_eq!((ended.code, ended.out), (0, format!("Wrote 2 bookmarks to {}.\n", at("two.ron"))));
    let two = shown(&at("two.ron"));
    assert_eq!((two["bookmarks"].as_array().map(Vec::len), &two["problems"]), (Some(2), &json!([])));
    assert_eq!(two["bookmarks"][1]["layouts"], listing["bookmarks"][0]["layouts"]);
    let ended = parallax(&["tour", "export", &at("two.ron"), "--out", &at("two.txt")]);
    assert_eq!((ended.code, ended.out), (0, format!("Wrote 2 bookmarks to {}.\n", at("two.txt"))));
    let states: Value = serde_json::from_str(&fs::read_to_string(at("two.txt")).unwrap()).unwrap();
    assert_eq!(
        (states[1]["dataSetDimensions"].clone(), states[1]["selectedProjection"].clone()),
        (json!([101, 200]), json!("custom"))
    );
    let page = parallax(&["tour", "show", bookmarks]).out;
    assert!(page.starts_with("fixtures/word2vec_full_bookmarks.txt: 1 bookmark\n"), "{page}");
    assert!(page.contains("custom 2D") && page.contains("coordinates alone"), "{page}");
}

/// Two bookmarks show some rows each. The packed tour has only these rows, and opens without other
/// files.
#[test]
fn tour_pack_keeps_the_rows_of_bookmarks() {
    let folder = tempfile::tempdir().unwrap();
    let (tour, out) = (folder.path().join("a.ron"), folder.path().join("a.parallax"));
    let digits = parallax::formats::demo(Demo::Digits).load(0, 0, &Progress::default()).unwrap().embedding;
    let subject = Arc::new(Subject::of(&digits, digits.metadata.default_label()));
    let bookmark = |rows: [u32; 3]| Bookmark {
        name: "some".into(),
        note: String::new(),
        seconds: None,
        subject: Arc::clone(&subject),
        view: View {
            isolation: vec![rows.into_iter().collect()],
            selection: [rows[1]].into_iter().collect(),
            ..View::default()
        },
        layouts: Vec::new(),
        thumbnail: None,
    };
    let bookmarks = vec![bookmark([5, 6, 9]), bookmark([9, 11, 1796])];
    write_tour(&Tour { bookmarks, ..Tour::default() }, None, &tour).unwrap();
    let [tour, out] = [&tour, &out].map(|path| path.to_str().unwrap());
    let ended = parallax(&["tour", "pack", tour, "--out", out]);
    assert_eq!((ended.code, &*ended.err), (0, ""), "{}", ended.out);
    let listing = parallax(&["inspect", out, "--json"]).json();
    let info = &listing["runs"][0]["embeddings"][0];
    assert_eq!(
        (&listing["format"], &info["rows"], &info["dims"], &info["dtype"]),
        (&json!("parallax"), &json!(5), &json!(64), &json!("u8"))
    );
    let read = read_tour(Path::new(out)).unwrap();
    assert_eq!(read.problems, []);
    let source = open(Path::new(out), &OpenOptions::default()).unwrap();
    let packed = source.load(0, 0, &Progress::default()).unwrap().embedding;
    let last = &read.tour.bookmarks[1];
    assert!(last.subject.is(&packed));
    assert_eq!((last.view.isolated().unwrap().as_slice(), last.view.selection.as_slice()), (&[2, 3, 4][..], &[3][..]));
    assert_eq!(values(&packed.vectors)[4 * 64..], values(&digits.vectors)[1796 * 64..]);
    assert_eq!(packed.sprite.unwrap().image(4), digits.sprite.unwrap().image(1796));
}

#[test]
fn help_names_every_command() {
    let help = parallax(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for command in
        ["inspect", "convert", "project", "neighbors", "search", "export", "render", "config", "tour", "demo"]
    {
        assert!(help.out.contains(&format!("  {command} ")), "{}", help.out);
    }
}

#[test]
fn closed_pipe_is_success() {
    let args = [&["neighbors"], &IRIS[..], &["--row", "0", "-k", "149"]].concat();
    for args in [&args[..], &["--help"], &["inspect", "fixtures/runs", "--json"]] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_parallax"));
        let program = program.current_dir(data()).args(args).stdout(writer).stderr(Stdio::piped());
        let output = program.output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{args:?}");
    }
}
