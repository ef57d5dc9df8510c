//! Paths of every kind, opened and loaded: files that other programs wrote, compared with the
//! arrays that they were written from.

mod asked;
mod texts;

use std::{fs, path::Path};

use parallax_embedding::{Column, ColumnKind, Dtype, Embedding, Progress, Vectors};

use super::*;
use crate::{
    ColumnInfo, Loaded, RawLayout, npy,
    source::{Read, VectorsReader},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixture(name: &str) -> PathBuf {
    repository().join("tests/data/fixtures").join(name)
}

fn load(path: &Path, run: Option<&str>, name: Option<&str>) -> Loaded {
    let source = open(path, &OpenOptions::default()).unwrap();
    let (run, embedding) = source.choose(run, name).unwrap();
    source.load(run, embedding, &Progress::default()).unwrap()
}

#[test]
fn rows_that_are_all_equal_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    for (rows, is_said) in [("1,2\n1,2\n1,2", true), ("1,2\n1,2\n1,3", false), ("1,2\nnan,3\n1,2", true)] {
        fs::write(&path, format!("a,b\n{rows}\n")).unwrap();
        let problems = load(&path, None, None).problems;
        assert_eq!(problems.iter().any(|problem| problem.message.contains("all rows are equal")), is_said, "{rows}");
    }
}

fn values(vectors: &Vectors) -> Vec<f32> {
    let mut buffer = Vec::new();
    vectors.block(0..vectors.rows(), &mut buffer).iter().copied().collect()
}

fn array(path: &Path) -> Vectors {
    let bytes: Vec<u8> = fs::read(path).unwrap();
    npy::vectors(std::sync::Arc::new(bytes), path, &Progress::default()).unwrap()
}

#[track_caller]
fn assert_equal(embedding: &Embedding, expected: &Path) {
    let expected = array(expected);
    assert_eq!((embedding.vectors.rows(), embedding.vectors.dims()), (expected.rows(), expected.dims()));
    let bits = |vectors: &Vectors| values(vectors).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&embedding.vectors), bits(&expected));
}

fn column(name: &str, kind: ColumnKind, distinct: usize) -> ColumnInfo {
    ColumnInfo { name: name.to_owned(), kind, distinct, missing: 0, not_finite: 0 }
}

#[test]
fn checkpoints_of_tensorflow_load_with_their_metadata() {
    #[track_caller]
    fn check(folder: &str, dtype: Dtype, file: &str) {
        let folder = fixture(folder);
        let source = open(&folder, &OpenOptions::default()).unwrap();
        assert_eq!((source.format, source.runs.len()), ("tensorboard-logdir", 1));
        let run = &source.runs[0];
        assert_eq!((run.name.as_str(), run.checkpoint.as_deref()), (".", Some("model.ckpt-100")));
        assert_eq!(run.checkpoints, ["model.ckpt-100"]);
        let shown: Vec<_> = run.embeddings.iter().map(|info| (info.name.as_str(), info.configured)).collect();
        assert_eq!(shown, [("word_embedding", true), ("dense/kernel", false)]);
        let words = &run.embeddings[0];
        assert_eq!((words.dtype, words.source.as_str()), (dtype, file));
        let metadata = words.metadata.clone().unwrap();
        assert_eq!((metadata.path.as_str(), metadata.rows), ("metadata.tsv", words.rows));
        let names: Vec<_> = metadata.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        assert_eq!(names, [("word", ColumnKind::Text), ("count", ColumnKind::Number), ("class", ColumnKind::Category)]);

        assert_eq!(source.choose(None, None).unwrap(), (0, 0));
        let loaded = load(&folder, None, None);
        assert_equal(&loaded.embedding, &folder.join("expected_word_embedding.npy"));
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.embedding.metadata.column("word").unwrap().text(1).unwrap(), "word1");
        let kernel = load(&folder, None, Some("dense/kernel:0")).embedding;
        assert_equal(&kernel, &folder.join("expected_dense_kernel.npy"));
        assert!(kernel.metadata.columns().is_empty());
    }
    let data = "model.ckpt-100.data-00000-of-00001";
    check("tf_v1", Dtype::F32, "model.ckpt-100");
    check("tf_v1_partitioned", Dtype::F32, "model.ckpt-100");
    check("tf_v2", Dtype::F32, data);
    check("tf_v2_partitioned", Dtype::F32, data);
    check("tf_v2_float16", Dtype::F16, data);
    check("tf_v2_float64", Dtype::F64, data);
}

#[test]
fn object_checkpoints_load_by_either_name() {
    let folder = fixture("tf2_object");
    for name in ["embedding", "embedding/.ATTRIBUTES/VARIABLE_VALUE", "embedding:0"] {
        let loaded = load(&folder, None, Some(name));
        assert_equal(&loaded.embedding, &folder.join("expected.npy"));
        assert_eq!(loaded.embedding.metadata.column("label").unwrap().text(2).unwrap(), "word2");
    }
}

#[test]
fn log_directories_list_two_runs() {
    let source = open(&fixture("runs"), &OpenOptions::default()).unwrap();
    assert_eq!(source.runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["eval", "train"]);
    for run in ["eval", "train"] {
        let a = load(&fixture("runs"), Some(run), None).embedding;
        assert_equal(&a, &fixture("runs").join(run).join("expected_a.npy"));
        let sheet = a.sprite.clone().unwrap();
        assert_eq!((sheet.thumbnail(), a.metadata.columns().len()), ([10, 10], 0));
        let b = load(&fixture("runs"), Some(run), Some("b")).embedding;
        assert_equal(&b, &fixture("runs").join(run).join("expected_b.npy"));
        assert_eq!((b.metadata.column("label").unwrap().text(1).unwrap(), b.sprite.is_none()), ("b1", true));
    }
    let refused = |run, name| source.choose(run, name).unwrap_err().to_string();
    assert!(refused(Some("test"), None).ends_with("there is no run \"test\". There are: \"eval\", \"train\"."));
    assert!(refused(Some("eval"), Some("c")).ends_with("there is no embedding \"c\". There are: \"a\", \"b\"."));
}

/// Rows of decimal text, as the fixture's writers made them, read independently of the crate's own
/// reader.
fn text_rows(path: &Path) -> Vec<Vec<f32>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split('\t').map(|cell| cell.parse().unwrap()).collect()).collect()
}

#[test]
fn files_of_pytorch_and_tensorboardx_load() {
    for writer in ["torch_add_embedding", "tensorboardx_add_embedding"] {
        let folder = fixture(writer);
        let source = open(&folder, &OpenOptions::default()).unwrap();
        assert_eq!(source.problems, []);
        let names: Vec<_> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
        assert_eq!(names, ["digits:00000", "digits:00100", "digits:00200", "plain:00000"]);
        for (place, info) in source.runs[0].embeddings.iter().enumerate() {
            let (tag, step) = info.name.split_once(':').unwrap();
            let loaded = source.load(0, place, &Progress::default()).unwrap();
            assert_eq!(loaded.problems, []);
            let expected = text_rows(&folder.join(step).join(tag).join("tensors.tsv"));
            assert_eq!(info.source, format!("{step}/{tag}/tensors.tsv"));
            assert_eq!((info.rows, info.dims, info.configured), (expected.len(), expected[0].len(), true));
            assert_eq!(values(&loaded.embedding.vectors), expected.concat());
            assert_eq!(loaded.embedding.metadata.rows(), expected.len());
            assert_eq!(
                loaded.embedding.sprite.as_ref().map(|sheet| sheet.thumbnail()),
                (tag == "digits").then_some([8, 8])
            );
            let sprite = info.sprite.as_ref().map(|sprite| sprite.path.clone());
            assert_eq!(sprite, (tag == "digits").then(|| format!("{step}/{tag}/sprite.png")));
        }
    }
}

#[test]
fn checkpoints_open_by_any_of_their_names() {
    for name in ["model.ckpt-100", "model.ckpt-100.index", "model.ckpt-100.data-00000-of-00001"] {
        let path = fixture("tf_v2").join(name);
        let source = open(&path, &OpenOptions::default()).unwrap();
        assert_eq!((source.format, source.runs[0].checkpoint.as_deref()), ("checkpoint", Some("model.ckpt-100")));
        let loaded = load(&path, None, None);
        assert_equal(&loaded.embedding, &fixture("tf_v2/expected_word_embedding.npy"));
        assert_eq!(
            loaded.embedding.metadata.column("word").unwrap().text(0).unwrap(),
            "word0",
            "a configuration beside it is heeded"
        );
    }
    assert_equal(
        &load(&fixture("tf_v1/model.ckpt-100"), None, None).embedding,
        &fixture("tf_v1/expected_word_embedding.npy"),
    );
    let config = fixture("torch_add_embedding/projector_config.pbtxt");
    assert_eq!(open(&config, &OpenOptions::default()).unwrap().runs[0].embeddings.len(), 4);
}

/// A folder of files; a name that ends in a slash is a folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    root
}

#[test]
fn files_open_by_ending_or_content() {
    let npy = fs::read(fixture("tf_v2/expected_dense_kernel.npy")).unwrap();
    let floats: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let root = folder(&[
        ("a.npy", &npy),
        ("unnamed", &npy),
        ("b.tsv", b"1\t2\n3\t4\n"),
        ("c.csv", b"name,x,y\none,1,2\ntwo,3,4\n"),
        ("d.vec", b"1\t2\n3\t4\n"),
        ("e.bytes", &floats),
        ("e.weird", &floats),
    ]);
    let raw =
        |dims| OpenOptions { raw: Some(RawLayout { dims, dtype: "f32".into(), offset: 0 }), ..OpenOptions::default() };
    let check = |name: &str, options: &OpenOptions, format: &str, shape: (usize, usize)| {
        let source = open(&root.path().join(name), options).unwrap();
        let info = &source.runs[0].embeddings[0];
        assert_eq!(
            (source.format, source.runs[0].name.as_str(), (info.rows, info.dims)),
            (format, ".", shape),
            "{name}"
        );
        assert_eq!(info.source, name);
        let loaded = source.load(0, 0, &Progress::default()).unwrap();
        assert_eq!((loaded.embedding.vectors.rows(), loaded.embedding.vectors.dims()), shape);
        (info.clone(), loaded.embedding)
    };
    let default = OpenOptions::default();
    let kernel = array(&fixture("tf_v2/expected_dense_kernel.npy"));
    check("a.npy", &default, "npy", (kernel.rows(), kernel.dims()));
    check("unnamed", &default, "npy", (kernel.rows(), kernel.dims()));
    check("b.tsv", &default, "tsv", (2, 2));
    check("d.vec", &default, "tsv", (2, 2));
    check("e.bytes", &raw(3), "raw", (2, 3));
    check("e.weird", &raw(2), "raw", (3, 2));
    let (info, embedding) = check("c.csv", &default, "csv", (2, 2));
    assert_eq!(info.metadata.unwrap().columns, [column("name", ColumnKind::Text, 2)]);
    assert_eq!(embedding.metadata.column("name").unwrap().text(1).unwrap(), "two");

    let said = |name: &str| open(&root.path().join(name), &default).unwrap_err().to_string();
    assert!(said("e.bytes").contains("Give --raw-dims D"), "{}", said("e.bytes"));
    assert!(said("e.weird").contains(" a TensorBoard log directory, "), "{}", said("e.weird"));
    assert!(said("none.npy").ends_with("none.npy: cannot read: there is no such file or folder. Check the path."));
}

#[test]
fn options_replace_metadata_and_sprites() {
    let root = folder(&[("v.tsv", b"1\t2\n3\t4\n"), ("m.tsv", b"x\ny\n"), ("long.tsv", b"x\ny\nz\n")]);
    let sheet = png(4, 2);
    fs::write(root.path().join("s.png"), sheet).unwrap();
    let path = |name: &str| Some(root.path().join(name));
    let options = |metadata, sprite, thumbnail| OpenOptions { metadata, sprite, thumbnail, ..OpenOptions::default() };
    let source = |options: &OpenOptions| open(&root.path().join("v.tsv"), options);

    let both = source(&options(path("m.tsv"), path("s.png"), Some([2, 2]))).unwrap();
    assert_eq!(both.problems, []);
    assert_eq!(both.runs[0].embeddings[0].sprite.as_ref().map(|sprite| sprite.thumbnail), Some([2, 2]));
    let loaded = both.load(0, 0, &Progress::default()).unwrap();
    assert_eq!(
        (loaded.embedding.metadata.column("label").unwrap().text(1).unwrap(), loaded.embedding.sprite.is_some()),
        ("y", true)
    );

    let long = source(&options(path("long.tsv"), None, None)).unwrap();
    assert!(
        long.problems[0].message.contains('2') && long.problems[0].file.ends_with("long.tsv"),
        "{:?}",
        long.problems
    );
    assert_eq!(long.load(0, 0, &Progress::default()).unwrap().problems, long.problems);

    let said = |options: OpenOptions| source(&options).unwrap_err().to_string();
    assert!(said(options(path("gone.tsv"), None, None)).contains("gone.tsv: cannot read: there is no such file"));
    assert!(
        said(options(None, path("gone.png"), Some([2, 2]))).contains("gone.png: cannot read: there is no such file")
    );
    assert!(said(options(None, path("s.png"), None)).contains("Give --thumbnail WxH"));
    assert!(said(options(None, path("s.png"), Some([5, 2]))).contains("does not fit"));
    assert!(said(options(None, path("m.tsv"), Some([2, 2]))).contains("neither a PNG nor a JPEG"));
}

/// A gray PNG of that size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(width, height).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn rows_that_are_not_finite_are_counted_and_said() {
    let root = folder(&[("v.tsv", b"1\t2\nnan\t4\n5\tinf\n7\t8\n")]);
    let loaded = load(&root.path().join("v.tsv"), None, None);
    assert_eq!(loaded.embedding.non_finite.as_slice(), [1, 2]);
    let said = loaded.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("2 of 4 rows hold a NaN or an infinity, the first of them row 1"), "{said}");
}

#[test]
fn tiny_and_degenerate_arrays_load() {
    let header = |shape: &str| {
        let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat()
    };
    let check = |shape: &str, numbers: &[f32], expected: (usize, usize)| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let root = folder(&[("x.npy", &[header(shape), bytes].concat())]);
        let loaded = load(&root.path().join("x.npy"), None, None);
        assert_eq!(
            (loaded.embedding.rows(), loaded.embedding.vectors.dims(), loaded.problems.len()),
            (expected.0, expected.1, 0)
        );
    };
    check("(0, 3)", &[], (0, 3));
    check("(1, 3)", &[1.0, 2.0, 3.0], (1, 3));
    check("(3, 1)", &[1.0, 2.0, 3.0], (3, 1));
    check("(2, 2)", &[5.0, 5.0, 5.0, 6.0], (2, 2));
}

#[test]
fn damaged_files_are_refused_by_name() {
    let npy = fs::read(fixture("tf_v2/expected_dense_kernel.npy")).unwrap();
    let root = folder(&[
        ("cut.npy", &npy[..npy.len() - 1]),
        ("cut_header.npy", &npy[..20]),
        ("ragged.tsv", b"1\t2\n3\t4\t5\n"),
        ("latin.tsv", b"1\t2\n\xE9\t4\n"),
        ("empty.tsv", b""),
        ("empty.npy", b""),
        ("empty.npz", b""),
        ("empty.unknown", b""),
    ]);
    let check = |name: &str, part: &str| {
        let path = root.path().join(name);
        let opened = open(&path, &OpenOptions::default());
        let error = opened.and_then(|source| source.load(0, 0, &Progress::default())).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: ", path.display())) && error.contains(part), "{name}: {error}");
    };
    check("cut.npy", "cut short");
    check("cut_header.npy", "header");
    check("ragged.tsv", "line 2");
    check("latin.tsv", "UTF-8");
    check("empty.tsv", ".");
    check("empty.npy", ".");
    check("empty.npz", ".");
    check("empty.unknown", "What is read");
}

#[test]
fn json_is_a_configuration_or_rows() {
    let damaged = br#"{"embeddings": [{"tensorName": "a", ]}"#;
    let root = folder(&[
        ("list.json", b"[[0.5, 1.5],\n [2.5, 3.5]]"),
        ("object.json", br#"[{"id": 1, "embedding": [0.5, 1.5], "a": {}}, {"embedding": [2.5, 3.5], "id": 7}]"#),
        ("answer.json", br#"{"model": "m", "tags": {}}"#),
        ("empty.json", b""),
        ("damaged.json", damaged),
        ("config.json", br#"{"dim": 3}"#),
        ("leads_nowhere.json", br#"{"embeddings": [{"tensorPath": "gone.tsv"}]}"#),
    ]);
    for name in ["list.json", "object.json"] {
        let loaded = load(&root.path().join(name), None, None);
        assert_eq!(values(&loaded.embedding.vectors), [0.5, 1.5, 2.5, 3.5], "{name}");
        assert_eq!(format!("{}.json", loaded.embedding.name), name);
    }
    let said = |name: &str| open(&root.path().join(name), &OpenOptions::default()).unwrap_err().to_string();
    assert!(said("answer.json").contains("no field holds numbers"), "{}", said("answer.json"));
    assert!(said("config.json").contains("the file holds one object"), "{}", said("config.json"));
    assert!(said("empty.json").contains("the file is empty"), "{}", said("empty.json"));
    assert!(said("damaged.json").contains("line 1, column 37: "), "{}", said("damaged.json"));
    assert!(said("leads_nowhere.json").contains("gone.tsv"), "{}", said("leads_nowhere.json"));
    assert!(said("gone.json").contains("there is no such file"), "{}", said("gone.json"));
}

/// Metadata that a person names must be read; those that a configuration names may be missing.
#[test]
fn metadata_of_the_options_must_be_readable() {
    let damaged = b"\x1F\x8B\x08 not gzip";
    let config = b"embeddings { tensor_name: 'a' tensor_path: 'v.tsv' metadata_path: 'm.tsv' }\n\
                   embeddings { tensor_name: 'b' tensor_path: 'v.tsv' }\n";
    let root = folder(&[
        ("v.tsv", b"1\t2\n3\t4\n"),
        ("m.tsv", damaged),
        ("log/v.tsv", b"1\t2\n3\t4\n"),
        ("log/m.tsv", damaged),
    ]);
    fs::write(root.path().join("log/projector_config.pbtxt"), config).unwrap();
    let options = OpenOptions { metadata: Some(root.path().join("m.tsv")), ..OpenOptions::default() };
    for path in ["v.tsv", "log"] {
        let said = open(&root.path().join(path), &options).unwrap_err().to_string();
        assert!(said.contains("m.tsv: byte ") && said.contains("gzip"), "{said}");
    }
    let named = open(&root.path().join("log"), &OpenOptions::default()).unwrap();
    assert!(named.problems.iter().any(|problem| problem.message.contains("gzip")), "{:?}", named.problems);
}

/// Three embeddings, each with a fault of its own, and one that is not there.
#[test]
fn problems_of_other_embeddings_are_split_off() {
    let config: String = ["gone", "a", "b", "c"]
        .map(|name| {
            format!("embeddings {{ tensor_name: '{name}' tensor_path: '{name}.tsv' metadata_path: 'no_{name}.tsv' }}\n")
        })
        .concat();
    let values = &b"1\t2\n3\t4\n"[..];
    let root = folder(&[("a.tsv", values), ("b.tsv", b"1\t2\nnan\t4\n"), ("c.tsv", values)]);
    fs::write(root.path().join("projector_config.pbtxt"), config).unwrap();
    let source = open(root.path(), &OpenOptions::default()).unwrap();
    for (embedding, name) in ["a", "b", "c"].into_iter().enumerate() {
        let loaded = source.load(0, embedding, &Progress::default()).unwrap();
        let problems = [source.problems.clone(), loaded.problems].concat();
        let (named, _) = source.split(problems.clone(), (0, embedding), true);
        assert!(!named.iter().any(|problem| problem.message.contains("gone.tsv")), "{named:?}");
        let (here, elsewhere) = source.split(problems, (0, embedding), false);
        let said = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (here, elsewhere) = (said(&here), said(&elsewhere));
        assert!(here[0].contains(&format!("no_{name}.tsv")) && here.last().unwrap().contains("gone.tsv"), "{here:?}");
        let others = ["a", "b", "c"].into_iter().filter(|other| *other != name);
        for other in others {
            let about = format!("no_{other}.tsv");
            assert!(elsewhere.iter().any(|said| said.contains(&about)), "{elsewhere:?}");
            assert!(!here.iter().any(|said| said.contains(&about)), "{here:?}");
        }
    }
}

/// Arrays of one column are metadata beside an array of more columns, and vectors otherwise. The
/// values are those in `generate.py` beside the file.
#[test]
fn npz_arrays_of_one_column_are_metadata() {
    let path = repository().join("tests/data/numpy/single_columns.npz");
    let source = open(&path, &OpenOptions::default()).unwrap();
    let infos = &source.runs[0].embeddings;
    let found: Vec<_> = infos.iter().map(|info| (info.name.as_str(), info.rows, info.dims)).collect();
    assert_eq!(found, [("vectors", 2, 3), ("alone", 3, 1)]);
    let metadata = load(&path, None, Some("vectors")).embedding.metadata;
    let texts = |name: &str| [0, 1].map(|row| metadata.column(name).unwrap().text(row).unwrap().to_owned());
    assert_eq!((texts("name"), texts("digit")), (["Zürich", "x"].map(String::from), ["7", "-12"].map(String::from)));
    let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    assert!(said.len() == 3 && said[0].contains("array \"unused\": texts "), "{said:?}");
    assert!(said[1].contains("array \"digit\": its only column is metadata"), "{said:?}");
    assert!(infos[1].metadata.is_none());
}

#[test]
fn loading_stops_when_cancelled() {
    let source = open(&fixture("tf_v2"), &OpenOptions::default()).unwrap();
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(source.load(0, 0, &progress), Err(FormatError::Cancelled)));
}

/// The largest embedding, if none is configured; an archive's labels are its metadata.
#[test]
fn npz_reads_mnist() {
    let path = repository().join("../shared/data/mnist_10000x784_u8.npz");
    if !path.exists() {
        return println!("skipped: there is no {}", path.display());
    }
    let source = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!((source.format, source.problems.len()), ("npz", 0));
    let info = &source.runs[0].embeddings[0];
    assert_eq!((info.name.as_str(), info.rows, info.dims, info.dtype), ("vectors", 10_000, 784, Dtype::U8));
    let columns = &info.metadata.as_ref().unwrap().columns;
    assert_eq!(columns[..], [column("labels", ColumnKind::Category, 10)]);
    let loaded = source.load(0, 0, &Progress::default()).unwrap();
    assert_eq!(
        (loaded.embedding.metadata.column("labels").unwrap().text(0).unwrap(), loaded.problems.len()),
        ("7", 0),
        "the first digit is a 7"
    );
}

/// Files that pandas, NumPy and gensim wrote of the same 12 x 20 numbers, which `expected.npy`
/// holds.
#[test]
fn files_of_other_writers_hold_the_same_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/trials/writers");
    let load = |name: &str| {
        let source =
            open(&folder.join(name), &OpenOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let loaded = source.load(0, 0, &Progress::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (loaded.embedding, source)
    };
    let values = |embedding: &Embedding| -> Vec<f32> {
        let vectors = &embedding.vectors;
        vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
    };
    let expected = values(&load("expected.npy").0);
    #[rustfmt::skip]
    let table: &[(&str, &[&str])] = &[
        ("pandas_lists.csv", &["id", "text"]),
        ("pandas_arrays.csv", &["id", "text"]),
        ("pandas_arrays.tsv", &["id", "text"]),
        ("pandas_float32_lists.csv", &["column 1", "id", "text"]),
        ("pandas_joined.tsv", &["id", "text"]),
        ("pandas_wide.csv", &["column 1", "id", "text"]),
        ("pandas_wide.tsv", &["id", "text"]),
        ("pandas_european.csv", &["id", "text"]),
        ("pandas_index.csv", &["column 1"]),
        ("pandas_target.csv", &["target"]),
        ("pandas_words.csv", &["label"]),
        ("numpy_savetxt.txt", &[]),
        ("numpy_savetxt_header.txt", &[]),
        ("numpy_savetxt_commas.txt", &[]),
        ("numpy_savetxt_width.dat", &[]),
        ("gensim_word2vec.txt", &["word"]),
        ("gensim_glove.vec", &["word"]),
    ];
    for (name, columns) in table {
        let (embedding, source) = load(name);
        assert_eq!((embedding.rows(), embedding.vectors.dims()), (12, 20), "{name}");
        assert!(values(&embedding) == expected, "{name}: {:?}", &values(&embedding)[..20]);
        let found: Vec<&str> = embedding.metadata.columns().iter().map(Column::name).collect();
        assert_eq!(found, *columns, "{name}");
        let worst = source.problems.iter().map(|problem| problem.severity).max();
        assert!(worst.is_none_or(|worst| worst == Severity::Note), "{name}: {:?}", source.problems);
        assert_eq!(worst.is_some(), !columns.is_empty() || name.starts_with("numpy"), "{name}");
        if let Some(text) = embedding.metadata.column("text") {
            assert_eq!([text.text(0), text.text(1)], [Some("row 0, with a comma"), Some("row 1\t\"tab\"")], "{name}");
        }
        if let Some(words) = embedding.metadata.column("word") {
            let words: Vec<_> = (0..12).filter_map(|row| words.text(row)).collect();
            let expected = ["the", "of", "1984", "naïve", "</s>", "NA", "nan", "-", "don't", "\"", "a_b", "#"];
            assert_eq!(words, expected, "{name}");
        }
    }
    let (embedding, source) = load("gensim_word2vec.bin");
    assert_eq!((source.format, source.recognized.as_str()), ("word2vec", "by its first bytes"));
    assert!(values(&embedding) == expected && source.problems.is_empty(), "{:?}", source.problems);
    assert_eq!(embedding.metadata.column("word").unwrap().text(3), Some("naïve"));
    let metadata = Some(folder.join("pandas_metadata.tsv"));
    let options = OpenOptions { metadata, ..OpenOptions::default() };
    let source = open(&folder.join("expected.npy"), &options).unwrap();
    let metadata = source.runs[0].embeddings[0].metadata.clone().unwrap();
    let counts: Vec<_> =
        metadata.columns.iter().map(|column| (column.kind, column.missing, column.not_finite)).collect();
    let (number, text) = (ColumnKind::Number, ColumnKind::Text);
    assert_eq!((metadata.rows, counts), (12, vec![(number, 3, 0), (text, 0, 0), (number, 0, 1)]));
}

#[test]
fn rows_without_a_place_and_coarse_dimensions_are_said() {
    #[track_caller]
    fn check(vectors: &Vectors, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.npy");
        crate::write_vectors(&path, crate::OutputFormat::NPY, vectors, None, &Progress::default()).unwrap();
        let loaded = load(&path, None, None);
        assert_eq!(loaded.embedding.vectors.dtype(), vectors.dtype());
        let found: Vec<&str> = loaded.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(found, expected);
    }
    let values = vec![1.0, f64::NAN, -1e300, f64::INFINITY, 1e38, 1e300];
    check(
        &Vectors::from_f64(6, 1, values).unwrap(),
        &[
            "2 of 6 rows hold a NaN or an infinity, the first of them row 1; they have no place in a layout",
            "2 of 6 rows hold a number beyond 3.4e38, the greatest coordinate that there is, the first of them row 2; they have no place in a layout",
        ],
    );
    let far: Vec<f64> = (0..100).map(|row| 1e7 + f64::from(row) / 7.0).collect();
    let rounded = far.iter().map(|&x| x as f32).collect();
    check(&Vectors::from_f64(100, 1, far).unwrap(), &[]);
    check(
        &Vectors::from_f32(100, 1, rounded).unwrap(),
        &[
            "1 of 1 dimension is too far from zero for f32, the first of them d0: few f32 lie between 10000000 and 10000014, and rows that differed may be equal",
        ],
    );
}

/// Two formats with one ending, or one that another claims first, would never be asked.
#[test]
fn files_are_of_the_format_with_their_ending() {
    for (place, format) in FORMATS.iter().enumerate() {
        for ending in format.endings.iter().chain(format.other_endings) {
            let found = named(&ending.to_uppercase());
            assert!(found.is_some_and(|found| std::ptr::eq(found, FORMATS[place])), "{ending}");
        }
    }
    let endings = endings_read();
    assert!(
        endings.starts_with(".npy .npz ") && endings.ends_with(" .jsonl .ndjson .tsv .csv .txt .bytes"),
        "{endings}"
    );
}

/// An embedding whose labels and pictures come with its vectors.
#[derive(Debug)]
struct Whole;

impl VectorsReader for Whole {
    fn read_vectors(&self, _progress: &Progress) -> Result<Read, FormatError> {
        let mut labels = parallax_embedding::ColumnBuilder::new("word");
        labels.push(Some("a"));
        let labels = parallax_embedding::Metadata::new(vec![labels.finish()]).ok();
        let sprite = parallax_embedding::SpriteSheet::new([1, 1], [1, 1], vec![7; 4]).ok();
        let vectors =
            Vectors::from_f32(1, 2, vec![0.5, 1.0]).map_err(|error| Problem::error("x", error.to_string()))?;
        Ok(Read { labels, sprite, ..Read::from(vectors) })
    }
}

#[test]
fn labels_and_pictures_of_the_vectors_reader_are_loaded() {
    let content = Content::Embedded { name: "x", bytes: b"" };
    let info = EmbeddingInfo::new("x".into(), ((1, 2, Dtype::F32), std::sync::Arc::new(Whole)), &content);
    let loaded = Source::of(&content, "x", vec![info], Vec::new()).load(0, 0, &Progress::default()).unwrap();
    assert_eq!(loaded.embedding.metadata.columns()[0].text(0), Some("a"));
    assert_eq!(loaded.embedding.sprite.unwrap().image(0), Some(vec![7; 4]));
}
