//! `parallax project`.

mod steps;

use std::{
    fs,
    path::{Path, PathBuf},
};

use parallax::{
    embedding::{Progress, Vectors},
    formats::{OutputFormat, write_vectors},
};
use serde_json::{Value, json};

use super::{IRIS, bits, data, few_rows, iris, numbers, parallax};

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

/// The rows' figures have the means of the report. Figures of SciPy's `spearmanr` for the distances, and of
/// scikit-learn's `NearestNeighbors` for how often two neighbors are of one species; by chance they are as
/// often as two of 150 rows that are drawn, 49 of 149.
#[test]
fn labels_that_no_neighbors_can_share_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let cell = |row: usize| format!("n{row}\t\n");
    let cells: String = (0..150).map(cell).collect();
    fs::write(at("m.tsv"), format!("name\tempty\n{cells}")).unwrap();
    for (column, said) in [
        ("name", "each of 150 rows has a value of its own in column \"name\", so that no two neighbors can share one"),
        ("empty", "column \"empty\" is empty, so that there are no labels to compare"),
    ] {
        let options = ["--metadata", &at("m.tsv"), "--method", "pca", "--out", &at("o.npy"), "--label", column];
        let ended = parallax(&[&["project"], &IRIS[..3], &options].concat());
        assert!(ended.code == 0 && ended.err.contains(said), "{said}: {}", ended.err);
    }
}

#[test]
fn project_writes_the_quality_of_rows_and_compares_labels() {
    let folder = tempfile::tempdir().unwrap();
    let [out, rows] = ["out.npy", "rows.tsv"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let options = ["--method", "pca", "--dims", "2", "--out", &out, "--quality-out", &rows, "--label", "class"];
    let project = [&["project"], &IRIS[..], &options].concat();
    let report = parallax(&[&project[..], &["--json"]].concat()).json();
    let quality = &report["quality"];
    let table = fs::read_to_string(&rows).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("neighbors_kept\tfalse_neighbors\tmissing_neighbors"));
    let cells: Vec<Vec<f64>> = lines.map(|line| line.split('\t').map(|cell| cell.parse().unwrap()).collect()).collect();
    assert_eq!(cells.len(), 150);
    for (of, figure) in ["recall_at_15", "false_neighbors", "missing_neighbors"].into_iter().enumerate() {
        let mean = cells.iter().map(|row| row[of]).sum::<f64>() / 150.0;
        assert!((mean - quality[figure].as_f64().unwrap()).abs() < 1e-6, "{figure}: {mean}, {quality}");
    }
    assert!((quality["spearman"].as_f64().unwrap() - 0.995_821_699_5).abs() < 1e-5, "{quality}");
    assert_eq!(quality["pairs"], 150 * 149 / 2);
    let agreement = &quality["agreement"];
    assert_eq!((&agreement["rows"], &agreement["left_out"]), (&json!(150), &json!(0)));
    for (space, share) in [("vectors", 0.930_222), ("layout", 0.924)] {
        let of = |figure: &str| agreement[space][figure].as_f64().unwrap();
        assert!((of("share") - share).abs() < 0.002, "{agreement}");
        assert!((of("chance") - 49.0 / 149.0).abs() < 0.01 && of("p") == 1.0 / 201.0 && of("z") > 20.0, "{agreement}");
    }
    let text = parallax(&project).out;
    assert!(
        text.contains("from all 11,175 pairs") && text.contains("Neighbors share \"class\": in the layout"),
        "{text}"
    );
    let none = [&["project"], &IRIS[..], &["--method", "pca", "--out", &out, "--label", "clas"]].concat();
    assert!(parallax(&none).err.contains("class"));
    let array = [&["project"], &IRIS[..], &["--method", "pca", "--out", &out, "--quality-out", "q.npy"]].concat();
    assert!(parallax(&array).err.contains("an array of numbers has no place for the names of columns"));
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

/// The vectors themselves and all of their components keep all distances, and so all neighbors; three
/// of the components do not.
#[test]
fn project_measures_all_written_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let [vectors, out] = ["v.bytes", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let value = |i: u32| ((i * i * 7919 + i * 104_729) % 10_007) as f32;
    fs::write(&vectors, (1..=500).flat_map(|i| value(i).to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let recall = |options: &[&str]| {
        let project = ["project", &vectors, "--raw-dims", "5", "--out", &out, "--json"];
        let report = parallax(&[&project[..], options].concat()).json();
        report["quality"]["recall_at_15"].as_f64().unwrap()
    };
    assert!(recall(&["--method", "identity"]) > 0.999);
    assert!(recall(&["--method", "pca", "--dims", "5"]) > 0.99);
    assert!(recall(&["--method", "pca", "--dims", "3"]) < 0.9);
    assert!(recall(&["--method", "identity", "--dims", "3"]) < 0.9);
}

/// Only what is written has an offset that is named.
#[test]
fn project_names_the_offsets_of_written_axes() {
    let folder = tempfile::tempdir().unwrap();
    let [vectors, out] = ["v.npy", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let far = |i: u32| 1e9 + f64::from(i.wrapping_mul(2_654_435_761) >> 24);
    let values = Vectors::from_f64(40, 4, (0..160).map(far).collect()).unwrap();
    write_vectors(vectors.as_ref(), OutputFormat::NPY, &values, None, &Progress::default()).unwrap();
    for (options, axes) in [(&[][..], 4), (&["--dims", "2"], 2)] {
        let ended = parallax(&[&["project", &vectors, "--method", "identity", "--out", &out], options].concat());
        assert_eq!(ended.err.matches(" on axis ").count(), axes, "{}", ended.err);
        assert!(ended.err.contains(&format!(" on axis {axes}, since")), "{}", ended.err);
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
        (&["--method", "tsne", "--perplexity", "-3"], "perplexity cannot be -3"),
        (&["--method", "pca", "--perplexity", "5"], "--perplexity is a setting of tsne, not of pca"),
        (&["--method", "umap", "--whiten"], "--whiten is a setting of pca, not of umap"),
        (&["--method", "identity", "--iterations", "9"], "choose --method tsne or umap"),
        (&["--method", "tsne", "--between", "a", "b"], "choose --method custom"),
        (&["--method", "custom"], "the left end of x is empty"),
        (&["--method", "custom", "--between", "setosa", "oak"], "no row matches the right end of x"),
        (&["--method", "tsne", "--supervise-by", "color"], "there is no column \"color\""),
    ] {
        let ended = parallax(&[&["project"], &IRIS[..], options, &["--out", out.to_str().unwrap()]].concat());
        assert!(ended.code == 2 && ended.err.contains(message), "{options:?}: {}", ended.err);
        assert!(!out.exists());
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

/// Cosine compares directions, which zeros do not have.
#[test]
fn project_explains_why_no_row_has_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let [path, out] = ["zeros.bytes", "out.npy"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    fs::write(&path, [0; 64]).unwrap();
    for method in ["tsne", "umap"] {
        let ended =
            parallax(&["project", &path, "--raw-dims", "4", "--method", method, "--metric", "cosine", "--out", &out]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("all rows are zeros, which have no direction"), "{}", ended.err);
    }
}
