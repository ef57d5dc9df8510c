//! `parallax convert` and `export`.

use std::{fs, path::Path};

use super::{IRIS, bits, data, iris, parallax};

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

#[test]
fn sprites_are_written_with_names_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = data().join("../../crates/formats/tests/fixtures/images/classes");
    let [sheet, names] = ["sheet.png", "names.tsv"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let pictures = pictures.to_str().unwrap();
    let ended = parallax(&["sprite", pictures, "--out", &sheet, "--thumbnail", "8x8", "--names", &names]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let expected =
        format!("Wrote 7 thumbnails of 8x8 pixels to {sheet}, a sheet of 24x24.\nWrote their names to {names}.\n");
    assert_eq!(ended.out, expected);
    assert_eq!(image::image_dimensions(&sheet).unwrap(), (24, 24));
    let ended = parallax(&["sprite", pictures, "--out", "sheet.jpg"]);
    assert!(ended.code == 2 && ended.err.contains("end the name in .png"), "{}", ended.err);
    let ended = parallax(&["sprite", "fixtures", "--out", &sheet]);
    assert!(ended.code == 2 && ended.err.contains("there is no picture in this folder"), "{}", ended.err);
    let ended = parallax(&["inspect", pictures]);
    assert!(ended.code == 2 && ended.err.contains("holds 7 pictures and no vectors"), "{}", ended.err);
}
