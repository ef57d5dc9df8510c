//! Files that NumPy, PyTorch and safetensors wrote, and damaged ones.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use parallax_embedding::Dtype;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::{Loaded, OpenOptions, open, source::Part};

fn folder(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format)
}

fn opened(path: &Path) -> Result<Source, String> {
    open(path, &OpenOptions::default()).map_err(|error| error.to_string().replace(&*path.to_string_lossy(), "X"))
}

fn fixture(format: &str, name: &str) -> Source {
    opened(&folder(format).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn load(source: &Source, name: &str) -> Loaded {
    let (run, embedding) = source.choose(None, Some(name)).unwrap();
    source.load(run, embedding, &Progress::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn said(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| &*problem.message).collect()
}

fn names(source: &Source) -> Vec<&str> {
    source.runs[0].embeddings.iter().map(|info| &*info.name).collect()
}

fn first(source: &Source) -> &str {
    let (run, embedding) = source.choose(None, None).unwrap();
    &source.runs[run].embeddings[embedding].name
}

fn cells<'a>(loaded: &'a Loaded, column: &str) -> Vec<Option<&'a str>> {
    let column = loaded.embedding.metadata.column(column).unwrap();
    (0..column.len()).map(|row| column.text(row)).collect()
}

fn number(value: &Json) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Row number r holds r, r + 0.25, and r + 0.5.
#[test]
fn tensors_of_one_dimension_in_dictionaries_and_lists_are_rows() {
    let check = |file: &str, name: &str, column: Option<(&str, [&str; 6])>| {
        let source = fixture("torch_rows", file);
        assert_eq!((names(&source), &source.problems[..]), (vec![name], &[][..]), "{file}");
        let loaded = load(&source, name);
        let vectors = &loaded.embedding.vectors;
        assert_eq!((vectors.rows(), vectors.dims()), (6, 3), "{file}");
        for row in 0..6 {
            let first = row as f32;
            assert_eq!(vectors.row_as::<f32>(row, &mut Vec::new()), [first, first + 0.25, first + 0.5], "{file}");
        }
        let columns: Vec<&str> = loaded.embedding.metadata.columns().iter().map(Column::name).collect();
        assert_eq!(columns, column.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{file}");
        if let Some((name, expected)) = column {
            assert_eq!(cells(&loaded, name), expected.map(Some), "{file}");
        }
    };
    check("ids.pt", "ids", Some(("label", ["0", "10", "20", "30", "40", "50"])));
    check("list.pt", "list", None);
    check("lists.pt", "model.0.vectors", Some(("word", ["a", "b", "c", "d", "e", "f"])));
}

/// What the scripts beside the files say that they hold, to the last bit.
#[test]
fn files_hold_what_was_written() {
    for format in ["torch", "safetensors", "pickle"] {
        let folder = folder(format);
        let expected: Json = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        for (file, tensors) in expected.as_object().unwrap() {
            let tensors = tensors.as_object().unwrap();
            if tensors.is_empty() {
                assert!(opened(&folder.join(file)).is_err(), "{file}");
                continue;
            }
            let source = fixture(format, file);
            let mut found = names(&source);
            found.sort_unstable();
            let mut wanted: Vec<&str> = tensors.keys().map(|name| &**name).collect();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{file}");
            for name in wanted {
                let vectors = load(&source, name).embedding.vectors;
                let shape: Vec<u64> =
                    tensors[name]["shape"].as_array().unwrap().iter().map(|side| side.as_u64().unwrap()).collect();
                assert_eq!([vectors.rows() as u64, vectors.dims() as u64][..], shape[..], "{file} {name}");
                let mut buffer = Vec::new();
                let values = vectors.block_as::<f64>(0..vectors.rows(), &mut buffer);
                let wanted = tensors[name]["values"].as_array().unwrap();
                assert_eq!(values.len(), wanted.len());
                for (&value, wanted) in values.iter().zip(wanted) {
                    let wanted = number(wanted);
                    assert!(value == wanted || value.is_nan() && wanted.is_nan(), "{file} {name}: {value} {wanted}");
                }
            }
        }
    }
}

#[test]
fn vectors_keep_their_type() {
    let types = [
        ("float64", Dtype::F64),
        ("float32", Dtype::F32),
        ("float16", Dtype::F16),
        ("bfloat16", Dtype::Bf16),
        ("int8", Dtype::I8),
        ("int64", Dtype::I64),
        ("uint16", Dtype::U16),
        ("bool", Dtype::Bool),
        ("float8_e4m3fn", Dtype::F16),
    ];
    for (format, file) in [("torch", "dtypes.pt"), ("safetensors", "dtypes.safetensors")] {
        let source = fixture(format, file);
        for (name, dtype) in types {
            let info = source.runs[0].embeddings.iter().find(|info| info.name == name).unwrap();
            assert_eq!((info.dtype, load(&source, name).embedding.vectors.dtype()), (dtype, dtype), "{file} {name}");
        }
        let notes = load(&source, "float8_e5m2").problems;
        assert_eq!(said(&notes), ["the numbers are f8_e5m2 and are read as f16, which holds all of them exactly"]);
        assert!(
            said(&source.problems).iter().any(|said| said.contains("left out") && said.contains("complex")),
            "{:?}",
            source.problems
        );
    }
}

#[test]
fn what_is_beside_vectors_is_metadata() {
    let loaded = load(&fixture("safetensors", "labels.safetensors"), "vectors");
    assert_eq!(cells(&loaded, "digits"), [Some("7"), Some("-1"), Some("1152921504606846976"), Some("0")]);
    assert_eq!(cells(&loaded, "flags"), [Some("True"), Some("False"), Some("True"), Some("True")]);
    assert_eq!(cells(&loaded, "scores"), [Some("0.5"), Some("1.0"), None, Some("2.0")]);
    let source = fixture("safetensors", "labels.safetensors");
    assert_eq!(
        said(&source.problems),
        [
            "1 tensor with 0 dimensions is left out, \"number\"",
            "1 tensor with 1 dimension is left out, \"five\"",
            "1 tensor with 3 dimensions is left out, \"cube\"",
        ]
    );

    let source = fixture("torch", "nested.pt");
    let loaded = load(&source, "state_dict.vectors");
    assert_eq!(cells(&loaded, "words"), [Some("Zürich"), Some("x"), None, Some("007")]);
    assert_eq!(cells(&loaded, "digits"), [Some("7"), Some("-1"), Some("1152921504606846976"), Some("0")]);
    assert!(loaded.embedding.metadata.column("scores").is_none(), "there are other matrices");

    for name in ["dict_2.pkl", "dict_5.pkl"] {
        let source = fixture("pickle", name);
        let loaded = load(&source, "f4");
        assert_eq!(cells(&loaded, "words"), [Some("Zürich"), Some("x"), None, Some("007")]);
        assert_eq!(cells(&loaded, "names"), [Some("a"), Some("b"), Some("ü"), None]);
        assert_eq!(cells(&loaded, "codes"), [Some("1"), Some("2"), Some("3"), Some("4")]);
        assert_eq!(cells(&loaded, "objects"), [Some("a"), Some("b"), Some("c"), Some("1")]);
    }
    let loaded = load(&fixture("pickle", "words.pkl"), "words");
    assert_eq!(cells(&loaded, "label"), [Some("Zürich"), Some("x"), Some("007"), None]);
    let loaded = load(&fixture("torch", "numpy.pt"), "array");
    assert_eq!(cells(&loaded, "names"), [Some("a"), Some("b"), Some("c"), Some("d")]);
}

/// The texts of lists as they are cells, and what of a dictionary is not.
#[test]
fn lists_of_single_values_are_columns() {
    for name in ["cells_2.pkl", "cells_5.pkl"] {
        let source = fixture("pickle", name);
        let loaded = load(&source, "vectors");
        let check = |column: &str, expected: [&str; 4]| {
            let expected = expected.map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
            assert_eq!(cells(&loaded, column), expected, "{name}: {column}");
        };
        check("scalars", ["0.1", "", "-2.0", "4611686018427387904"]);
        check("flags", ["True", "False", "True", ""]);
        check("texts", ["ü", "long", "plain", ""]);
        check("bytes", ["a", "b", "ü", ""]);
        check("day", ["2024-02-29", "", "1969-12-31", "0001-01-01"]);
        check("time", ["2024-02-29T12:30:00", "", "1970-01-01T00:00:25", "1969-01-01T00:00:00"]);
        check("moment", ["2024-02-29T12:30:00.250", "", "", "2001-01-01"]);
        check("span", ["PT1.5S", "", "-PT0.001S", "P0D"]);
        assert_eq!(loaded.embedding.metadata.columns().len(), 8);
        let said = said(&source.problems);
        for expected in [
            "\"long\" is left out: a list with integers of more than 64 bits",
            "2 values, the first of them \"set\", are left out: a set, which has no order",
            "2 values, the first of them \"dates\", are left out: a list of other values than texts and numbers",
            "\"queue\" is left out: an object of collections.deque",
        ] {
            assert!(said.contains(&expected), "{name}: {expected}: {said:#?}");
        }
    }
}

/// A file as PyTorch wrote them before version 1.6, with one storage of six `f32`.
fn legacy(objects: &[u8]) -> Vec<u8> {
    let numbers: Vec<u8> = (0..6_u8).flat_map(|number| f32::from(number).to_le_bytes()).collect();
    let pickle = |body: &[u8]| [&b"\x80\x02"[..], body, b"."].concat();
    [
        crate::torch::LEGACY.to_vec(),
        pickle(b"M\xe9\x03"),
        pickle(b"}X\x0d\0\0\0little_endian\x88s"),
        pickle(objects),
        pickle(b"]X\x01\0\0\0ka"),
        6_u64.to_le_bytes().to_vec(),
        numbers,
    ]
    .concat()
}

/// The instructions for a tensor of `length` numbers from `offset` on.
fn tensor_of(offset: u8, length: u8, view: &[u8], flags: &[u8]) -> Vec<u8> {
    let storage =
        [&b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpuK\x06"[..], view, b"tQ"].concat();
    [
        &b"ctorch._utils\n_rebuild_tensor_v2\n("[..],
        &storage,
        &[b'K', offset, b'(', b'K', length, b't', b'(', b'K', 1, b't', 0x89, b'}'],
        flags,
        b"tR",
    ]
    .concat()
}

fn in_memory(bytes: Vec<u8>) -> Result<Source, String> {
    let content = Content::Part(Arc::new(Memory(Arc::new(bytes))));
    (crate::torch::FORMAT.list)(&content, &OpenOptions::default()).map_err(|error| error.to_string())
}

#[test]
fn tensors_of_one_dimension_in_a_dictionary_are_rows() {
    let dictionary = |items: &[(&[u8], Vec<u8>)]| {
        let items: Vec<u8> = items.iter().flat_map(|(key, value)| [&b"X\x02\0\0\0"[..], key, value].concat()).collect();
        [&b"}("[..], &items, b"u"].concat()
    };
    let plain = |offset, length| tensor_of(offset, length, b"N", b"");
    let source =
        in_memory(legacy(&dictionary(&[(b"ab", plain(3, 2)), (b"cd", plain(0, 2)), (b"ef", plain(4, 2))]))).unwrap();
    let loaded = load(&source, "x");
    let vectors = &loaded.embedding.vectors;
    assert_eq!((vectors.rows(), vectors.dims(), vectors.dtype()), (3, 2, Dtype::F32));
    assert_eq!(vectors.as_f32().unwrap(), [3.0, 4.0, 0.0, 1.0, 4.0, 5.0]);
    assert_eq!(cells(&loaded, "label"), [Some("ab"), Some("cd"), Some("ef")]);

    let error = in_memory(legacy(&dictionary(&[(b"ab", plain(3, 2)), (b"cd", plain(0, 3))]))).unwrap_err();
    assert!(error.contains("no tensor in it has rows and columns of numbers; the first of 2"), "{error}");
    // The tensors of a module.
    let module = [&b"}X\x0b\0\0\0_parameters"[..], &dictionary(&[(b"ab", plain(3, 2)), (b"cd", plain(0, 2))]), b"s"];
    assert!(in_memory(legacy(&module.concat())).unwrap_err().contains("the first of 2"));
}

#[test]
fn views_that_change_their_numbers_are_refused() {
    let refused = |view: &[u8], flags: &[u8], expected: &str| {
        let error = in_memory(legacy(&tensor_of(0, 2, view, flags))).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    refused(b"N", b"}X\x03\0\0\0neg\x88s", "\"x\" is left out: negated when it is read; .resolve_neg()");
    refused(b"(X\x01\0\0\0vK\x00K\x02t", b"", "\"x\" is left out: a view of a storage");
    refused(b"N", b"}X\x03\0\0\0neg\x89s", "no tensor in it has rows and columns of numbers");
}

/// Strides beyond a storage would lead to numbers of others.
#[test]
fn tensors_end_in_their_place() {
    let path = folder("torch").join("views.pt");
    let content = Content::Part(Arc::new(Memory(Arc::new(fs::read(&path).unwrap()))));
    let listing = crate::torch::list(&content).unwrap();
    let whole = listing.tensors.iter().find(|tensor| tensor.name == "whole").unwrap();
    let read = |strides: [usize; 2]| {
        let tensor = Tensor { strides: Some(strides.to_vec()), ..whole.clone() };
        tensor.read_vectors(&Progress::default()).map(|read| read.vectors.rows()).map_err(|error| error.to_string())
    };
    assert_eq!(read([5, 1]), Ok(8));
    let error = read([6, 1]).unwrap_err();
    assert!(error.contains("its numbers need 188 bytes, and 160 are there"), "{error}");
}

#[test]
fn tensors_that_share_bytes_are_refused() {
    let header = r#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]},"c":{"dtype":"F32","shape":[1,3],"data_offsets":[20,32]},"d":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}}"#;
    let mut file = tempfile::Builder::new().suffix(".safetensors").tempfile().unwrap();
    file.write_all(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 32]].concat()).unwrap();
    let source = opened(file.path()).unwrap();
    assert_eq!(names(&source), ["c", "d"]);
    let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("tensor \"b\": its bytes are also those of tensor \"a\". Copy"), "{said:?}");
}

#[test]
fn first_is_the_table_of_embeddings_or_the_longest() {
    let model = fixture("safetensors", "model.safetensors");
    assert_eq!(first(&model), "embeddings.word_embeddings.weight");
    assert_eq!(said(&model.problems)[1], "it is shown first, since its name is that of a table of embeddings");
    assert_eq!(model.problems[1].position.as_deref(), Some("tensor \"embeddings.word_embeddings.weight\""));
    let plain = fixture("safetensors", "no_names.safetensors");
    assert_eq!((first(&plain), said(&plain.problems)), ("a", vec!["it is shown first, since it has the most rows"]));
    assert_eq!(first(&fixture("torch", "state_dict.pt")), "embed.weight");
}

#[test]
fn what_is_not_read_is_said() {
    let has = |source: &Source, text: &str| {
        assert!(said(&source.problems).iter().any(|said| said.contains(text)), "{:?}", source.problems);
    };
    has(&fixture("torch", "sparse.pt"), "\"sparse\" is left out: sparse; .to_dense() makes them whole");
    has(&fixture("torch", "sharded"), "shown first");
    has(&fixture("pickle", "runs.pkl"), "the file asks to run __builtin__.exec; nothing in it is run");
    let refused = |format: &str, name: &str, text: &str| {
        let error = opened(&folder(format).join(name)).unwrap_err();
        assert!(error.contains(text), "{error}");
    };
    refused("torch", "numbers.pt", "X: it holds no tensors. Save");
    refused("safetensors", "empty.safetensors", "X: it holds no tensors. Save");
    refused("pickle", "number.pkl", "it holds no tensors");
    let runs = "the file asks to run builtins.exec; nothing in it is run, and it holds no tensors or arrays";
    refused("pickle", "runs_only.pkl", runs);
    has(&fixture("torch", "views.pt"), "\"expanded\" is left out: a view that repeats its numbers");
}

#[test]
fn numbers_in_rows_are_lent() {
    let path = folder("torch").join("views.pt");
    let bytes: parallax_embedding::SharedBytes = Arc::new(fs::read(&path).unwrap());
    let content = Content::Part(Arc::new(Memory(Arc::clone(&bytes))));
    let listing = crate::torch::list(&content).unwrap();
    for (name, is_lent) in [("whole", true), ("rows", true), ("row", true), ("transposed", false), ("columns", false)] {
        let tensor = listing.tensors.iter().find(|tensor| tensor.name == name).unwrap();
        let vectors = tensor.read_vectors(&Progress::default()).unwrap().vectors;
        let here = (*bytes).as_ref().as_ptr_range().contains(&vectors.raw(0..vectors.rows()).as_ptr());
        assert_eq!(here, is_lent, "{name}");
    }
}

#[test]
fn shards_are_beside_their_index() {
    let temporary = tempfile::tempdir().unwrap();
    let index = temporary.path().join("model.safetensors.index.json");
    for name in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
        fs::copy(folder("safetensors").join("sharded").join(name), temporary.path().join(name)).unwrap();
    }
    let check = |map: &str, expected: &str| {
        fs::write(&index, format!("{{\"weight_map\": {{{map}}}}}")).unwrap();
        match opened(temporary.path()) {
            Ok(source) => {
                assert!(said(&source.problems).iter().any(|said| said.contains(expected)), "{:?}", source.problems);
            }
            Err(error) => assert!(error.contains(expected), "{error}"),
        }
        assert_eq!(opened(&index).is_ok(), opened(temporary.path()).is_ok());
    };
    let good = "\"wte.weight\": \"model-00001-of-00002.safetensors\"";
    check("\"a\": \"../b.safetensors\"", "\"weight_map\" names \"../b.safetensors\", which is not a file beside it");
    check(&format!("{good}, \"a\": \"/etc/passwd\""), "names \"/etc/passwd\", which is not a file beside it");
    check(&format!("{good}, \"a\": \"gone.safetensors\""), "there is no such file");
    check(
        &format!("{good}, \"b\": \"model-00001-of-00002.safetensors\""),
        "it does not have 1 tensor of the index, the first of them",
    );
    check("1", "this is not an index of tensors");
    fs::write(&index, format!("{{\"weight_map\": {{{good}}}}}")).unwrap();
    let source = opened(temporary.path()).unwrap();
    assert_eq!((names(&source), source.format), (vec!["wte.weight"], "safetensors-sharded"));
    assert_eq!(source.runs[0].embeddings[0].origin.files.len(), 2, "the shard and the index");
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    let check = |header: &str, expected: &str| {
        let mut file = tempfile::Builder::new().suffix(".safetensors").tempfile().unwrap();
        file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
        file.write_all(header.as_bytes()).unwrap();
        file.write_all(&[0; 64]).unwrap();
        let error = opened(file.path()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    let tensor = |shape: &str, offsets: &str| {
        format!("{{\"x\": {{\"dtype\": \"F32\", \"shape\": {shape}, \"data_offsets\": {offsets}}}}}")
    };
    check(&tensor("[1152921504606846976, 4]", "[0, 64]"), "1152921504606846976 x 4 values of F32 do not take 64 bytes");
    check(&tensor("[2, 2]", "[0, 65]"), "the file is cut short: the tensor ends at byte");
    check(&tensor("[2, 2]", "[16, 0]"), "it ends at byte 0, before byte 16");
    check(&tensor("[2, 2]", "[0, 18446744073709551615]"), "it ends at byte");
    check(&tensor("[2, -2]", "[0, 16]"), "X: byte 8: the header is not as it should be: invalid value: integer `-2`");
    check("[1]", "the header is not as it should be");
    check(&"[".repeat(9999), "the header is not as it should be");
    check(
        &tensor("[16]", "[0, 64]"),
        "no tensor in it has rows and columns of numbers; the first of 1, \"x\", has 16 of f32",
    );
}

/// Values in values, lists that contain themselves, and references to references.
#[test]
fn nested_pickles_end() {
    let list = |depth: usize| [b"]".repeat(depth), b"a".repeat(depth - 1), b".".to_vec()].concat();
    // Each list has the one before it twice.
    let doubled: Vec<u8> =
        (0..200_u8).flat_map(|place| [b']', b'q', place + 1, b'h', place, b'a', b'h', place, b'a']).collect();
    // Each call is given the one before it.
    let nest = [b"N".to_vec(), b"\x85R".repeat(1000), b".".to_vec()].concat();
    let pickles = [
        list(100_000),
        b"]q\x00h\x00a.".to_vec(),
        b"}q\x00X\x01\x00\x00\x00kh\x00s.".to_vec(),
        [b"]q\x00", &doubled[..], b"."].concat(),
        [b"ctorch._utils\n_rebuild_parameter\nq\x000".to_vec(), b"h\x00".repeat(1000), nest.clone()].concat(),
        [b"cx\ny\n".repeat(1000), nest].concat(),
        [b"(".repeat(100_000), b".".to_vec()].concat(),
    ];
    for pickle in pickles {
        try_all([b"\x80\x02", &pickle[..]].concat());
    }
}

/// Bytes as a part of a file.
struct Memory(parallax_embedding::SharedBytes);

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Part for Memory {
    fn file(&self) -> &Path {
        Path::new("x.bin")
    }

    fn path(&self) -> &Path {
        Path::new("x.bin")
    }

    fn bytes(&self, _progress: &Progress) -> Result<parallax_embedding::SharedBytes, FormatError> {
        Ok(Arc::clone(&self.0))
    }
}

/// Reads all that bytes may hold, as each format.
fn try_all(bytes: Vec<u8>) {
    let size = bytes.len();
    let content = Content::Part(Arc::new(Memory(Arc::new(bytes))));
    for format in [&crate::torch::FORMAT, &crate::safetensors::FORMAT, &crate::pickle::FORMAT] {
        let Ok(source) = (format.list)(&content, &OpenOptions::default()) else { continue };
        for embedding in 0..source.runs[0].embeddings.len() {
            if let Ok(loaded) = source.load(0, embedding, &Progress::default()) {
                let vectors = &loaded.embedding.vectors;
                assert!(vectors.raw(0..vectors.rows()).len() <= 2000 * size);
            }
        }
    }
}

/// The blocks of a data frame hold its columns as rows.
#[test]
fn data_frames_of_pandas_are_refused() {
    let said = opened(&folder("pickle").join("frame.pandas")).unwrap_err();
    assert!(said.contains("a data frame of pandas") && said.contains("df.to_parquet"), "{said}");
}

fn fixtures() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for format in ["torch", "safetensors", "pickle"] {
        for entry in fs::read_dir(folder(format)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && path.extension().is_some_and(|ending| ending != "py" && ending != "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn files_cut_anywhere_are_read_or_refused() {
    for file in fixtures() {
        for length in (0..file.len()).step_by(7) {
            try_all(file[..length].to_vec());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn damaged_files_are_read_or_refused(pick in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = pick.get(&fixtures()).clone();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
        }
        try_all(bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100), text in "[\\[\\]{}\":, 0-9a-zF]{0,60}") {
        try_all([&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &bytes].concat());
        try_all([b"PK\x03\x04", &bytes[..]].concat());
        try_all(bytes);
    }
}
