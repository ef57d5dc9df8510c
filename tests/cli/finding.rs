//! `parallax neighbors` and `search`.

use std::fs;

use parallax::{
    embedding::{Progress, Vectors},
    formats::{OutputFormat, write_vectors},
};
use serde_json::json;

use super::{IRIS, data, few_rows, iris, parallax};

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
    let note = "50 rows labeled \"Iris-virginica\": the first, row 100, is used.";
    for label in ["Iris-virginica", "iris-VIRGINICA"] {
        let ended = ask(label, &[]);
        assert!(!ended.out.contains(note) && ended.err.contains(note), "{}{}", ended.out, ended.err);
    }
    let ended = ask("Iris", &[]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(ended.err.contains("no row is labeled \"Iris\" in column \"class\""), "{}", ended.err);
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

/// Distances far below what `f32` holds, which has no number between 0 and 1e-45.
#[test]
fn neighbors_have_distances_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.npy");
    let vectors = Vectors::from_f64(4, 1, vec![0.0, 3e-200, 1e-200, 7e-200]).unwrap();
    write_vectors(&path, OutputFormat::NPY, &vectors, None, &Progress::default()).unwrap();
    let args = ["neighbors", path.to_str().unwrap(), "--row", "0", "-k", "3", "--metric", "euclidean"];
    let answer = parallax(&[&args[..], &["--json"]].concat()).json();
    for (found, (row, distance)) in
        answer["neighbors"].as_array().unwrap().iter().zip([(2, 1e-200), (1, 3e-200), (3, 7e-200)])
    {
        assert_eq!(found["row"], row);
        assert!((found["distance"].as_f64().unwrap() / distance - 1.0).abs() < 1e-7, "{found}");
    }
    let page = parallax(&args).out;
    assert!(page.contains("3.000000e-200"), "{page}");
}

/// Rows and distances of NumPy: `q = v[3] - v[70] + 0.5 * v[120]`; then `q = 2 * v[0] - v[50:100].mean(0)`.
/// Rows that are terms are left out.
#[test]
fn neighbors_query_adds_and_subtracts_rows() {
    let ask = |query: &str, metric: &str, k: &str| {
        let args = ["--query", query, "--metric", metric, "-k", k, "--json"];
        parallax(&[&["neighbors"], &IRIS[..], &args].concat())
    };
    let check = |query: &str, metric: &str, expected: &[(u32, f64)]| {
        let answer = ask(query, metric, &expected.len().to_string()).json_beside_warnings();
        let found = answer["queries"][0]["neighbors"].as_array().unwrap();
        assert_eq!(found.len(), expected.len());
        for (entry, &(row, distance)) in found.iter().zip(expected) {
            let away = (entry["distance"].as_f64().unwrap() - distance).abs();
            assert!(entry["row"] == row && away < 1e-6, "{query} {metric}: {entry}, expected {row} at {distance}");
        }
        answer["queries"][0].clone()
    };
    let sum = "#3 - #70 + 0.5 #120";
    let nearest = [(13, 3.094_754_065), (41, 3.128_498_298), (38, 3.285_955_300), (8, 3.296_589_543)];
    let found = check(sum, "euclidean", &nearest);
    assert_eq!((&found["query"], &found["left_out"]), (&json!("#3 - #70 + 0.5 * #120"), &json!([3, 70, 120])));
    let nearest = [(14, 0.075_071_201), (22, 0.077_903_314), (36, 0.085_898_855), (13, 0.086_453_449)];
    check(sum, "cosine", &nearest);
    let nearest = [(22, 2.798_083_678), (13, 3.020_011_961), (35, 3.153_739_448), (42, 3.156_718_521)];
    let found = check("2 #0 - iris-VERSICOLOR", "euclidean", &nearest);
    assert_eq!(found["terms"][1], json!({ "weight": -1.0, "label": "Iris-versicolor", "rows": 50 }));
    // The rows of a mean are listed.
    check("Iris-versicolor", "euclidean", &[(96, 0.277_258_225), (99, 0.287_875_149)]);
    let said = ask("2 #0 - Iris-versicolor", "euclidean", "1").err;
    assert!(said.contains("50 rows labeled \"Iris-versicolor\": their mean is used"), "{said}");
    let ended = ask("Iris-setosa - Iris-versicolour", "cosine", "1");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("\"Iris-versicolour\"") && ended.err.contains("Spelled like it: Iris-versicolor"));
    let ended = ask("#1 - #1", "cosine", "1");
    assert!(ended.code == 2 && ended.err.contains("vector of zeros"), "{}", ended.err);
    let ended = ask("#1 -", "cosine", "1");
    assert!(ended.code == 2 && ended.err.contains("a label is missing") && ended.err.contains("character 5"));
}

/// Row 17 as numbers, and in a file: the nearest is the row itself.
#[test]
fn neighbors_query_takes_vectors_as_numbers_and_files() {
    let vectors = iris();
    let row = &vectors[17 * 4..][..4];
    let ask = |query: &str| parallax(&[&["neighbors"], &IRIS[..], &["--query", query, "-k", "1", "--json"]].concat());
    let numbers: Vec<String> = row.iter().map(f64::to_string).collect();
    for text in [numbers.join(", "), format!("[{}]", numbers.join(" "))] {
        let answer = ask(&text).json();
        assert_eq!(answer["queries"][0]["neighbors"][0]["row"], 17, "{text}");
        assert_eq!(answer["queries"][0]["left_out"], json!([]));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queries.csv");
    fs::write(&path, format!("label,a,b,c,d\nmine,{}\nother,7,3,5,2\n", numbers.join(","))).unwrap();
    let answer = ask(path.to_str().unwrap()).json_beside_warnings();
    let queries = answer["queries"].as_array().unwrap();
    assert_eq!((queries.len(), &queries[0]["query"], &queries[1]["row"]), (2, &json!("mine"), &json!(1)));
    assert_eq!(queries[0]["neighbors"][0]["row"], 17);
    let ended = ask("1, 2, 3");
    assert!(ended.code == 2 && ended.err.contains("3 numbers") && ended.err.contains("4 dimensions"), "{}", ended.err);
    fs::write(&path, "a,b\n1,2\n3,4\n").unwrap();
    let ended = ask(path.to_str().unwrap());
    assert!(ended.code == 2 && ended.err.contains("2 dimensions"), "{}", ended.err);
}

#[test]
fn neighbors_take_labels_from_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rows: Vec<String> = (0..20_usize).map(|row| format!("{row},{},n{row},k{}", row * row % 7, row / 2)).collect();
    fs::write(at("v.csv"), format!("x,y,name,kind\n{}\n", rows.join("\n"))).unwrap();
    let neighbors = |options: &[&str]| {
        let usual = ["neighbors", &at("v.csv"), "--vectors", "x,y", "-k", "1", "--metric", "euclidean"];
        parallax(&[&usual[..], options].concat())
    };
    let answer = neighbors(&["--label", "k3", "--column", "kind", "--json"]).json_beside_warnings();
    assert_eq!((&answer["row"], &answer["label"]), (&6.into(), &"k3".into()));
    let sum = neighbors(&["--query", "k3 - k4 + k5", "--column", "kind", "--json"]).json_beside_warnings();
    let terms = sum["queries"][0]["terms"].as_array().unwrap();
    assert!(terms.len() == 3 && terms.iter().all(|term| term["rows"] == 2), "{terms:?}");
    let check = |options: &[&str], said: &str| {
        let ended = neighbors(options);
        assert!(ended.code != 0 && ended.err.contains(said), "{said}: {}", ended.err);
    };
    check(&["--label", "k3", "--column", "nowhere"], "there is no column \"nowhere\". There are: ");
    check(&["--query", "none.npy"], "none.npy: there is no such file, and no label or sum of labels that reads so.");
    check(&["--query", "some/where"], "some/where: there is no such file");
    check(&["--query", "nobody"], "no row is labeled \"nobody\" in column ");
    let list = at("list.npy");
    let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }");
    let bytes = [b"\x93NUMPY\x01\x00\x76\x00".as_slice(), header.as_bytes(), &[0; 8]].concat();
    fs::write(&list, bytes).unwrap();
    check(&["--query", &list], "the array is one-dimensional: 2 numbers");
    check(&["--query", &list], "or array.reshape(1, -1) for one row");
}
