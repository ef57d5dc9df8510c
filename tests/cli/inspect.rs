//! `parallax inspect` and `config write`.

use std::fs;

use serde_json::{Value, json};

use super::{data, parallax};

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
        "format": "tensorboard-logdir", "recognized": "by what is in the folder", "runs": [run("eval"), run("train")],
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

    let config = fs::read(folder.path().join("projector_config.pbtxt")).unwrap();
    let ended = parallax(&[&write[..], &["nothing"]].concat());
    assert!(ended.code == 2 && ended.err.contains("There are: \"a\", \"b\""), "{}", ended.err);
    assert_eq!(fs::read(folder.path().join("projector_config.pbtxt")).unwrap(), config, "it is as it was");
    let ended = parallax(&[&write[..], &["a"]].concat());
    assert!(ended.code == 0 && ended.err.contains("30 rows of metadata for 50 rows of vectors"), "{}", ended.err);
}

/// The listing is printed as far as it goes, and standard error says what cannot be read.
#[test]
fn inspect_fails_if_vectors_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.npy");
    let whole = fs::read(data().join("numpy/little_f4.npy")).unwrap();
    fs::write(&cut, &whole[..whole.len() - 5]).unwrap();
    let cut = cut.to_str().unwrap();
    for options in [&[][..], &["--check"], &["--json"]] {
        let ended = parallax(&[&["inspect", cut], options].concat());
        assert_eq!(ended.code, 2, "{options:?}");
        assert!(ended.err.starts_with(&format!("error: {cut}: the array is cut short")), "{}", ended.err);
        // Said once to people; JSON is complete by itself.
        assert_eq!(ended.out.contains("cut short"), options == ["--json"], "{}", ended.out);
        assert!(ended.out.contains("cut.npy"), "{}", ended.out);
        assert!(!ended.out.contains("were not read"), "{}", ended.out);
    }
}

/// The number in the last row has more digits than `f32` holds; all before it do not.
#[test]
fn inspect_shows_the_type_that_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("late.tsv");
    let rows = "10000000\t1\n10000009\t2\n".repeat(100_000);
    fs::write(&path, rows + "10000000.25\t0.5\n").unwrap();
    let listing = parallax(&["inspect", path.to_str().unwrap(), "--json"]).json_beside_warnings();
    let embedding = &listing["runs"][0]["embeddings"][0];
    assert_eq!(json!([embedding["rows"], embedding["dtype"]]), json!([200_001, "f64"]));
}
