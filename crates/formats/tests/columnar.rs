//! Parquet and Arrow files that pyarrow, pandas, Polars, and `datasets` have written; damaged ones;
//! and options.

#![cfg(all(feature = "parquet", feature = "zstd"))]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use half::{bf16, f16};
use ndarray::array;
use parallax_embedding::{Column, ColumnBuilder, ColumnKind, Dtype, Metadata, Progress, RowSet, Vectors};
use parallax_formats::{
    AtHand, ExportJob, FormatError, Loaded, OpenOptions, OutputFormat, Severity, Source, combine, export, open,
    write_vectors,
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/columnar")
}

fn listed(path: &Path) -> Source {
    open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn loaded(source: &Source, embedding: usize) -> Loaded {
    source.load(0, embedding, &Progress::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn rows(loaded: &Loaded) -> Vec<Vec<Option<f64>>> {
    let (vectors, mut buffer) = (&loaded.embedding.vectors, Vec::new());
    let value = |value: &f64| Some(*value).filter(|value| !value.is_nan());
    (0..vectors.rows()).map(|row| vectors.row_as(row, &mut buffer).iter().map(value).collect()).collect()
}

fn texts(column: &Column) -> Vec<Option<&str>> {
    (0..column.len()).map(|row| column.text(row)).collect()
}

#[test]
fn files_of_other_programs_read_as_those_programs_say() {
    let expected: Value = serde_json::from_slice(&fs::read(fixtures().join("expected.json")).unwrap()).unwrap();
    for (path, expected) in expected.as_object().unwrap() {
        let source = listed(&fixtures().join(path));
        let embeddings = expected["embeddings"].as_object().unwrap();
        let infos = &source.runs[0].embeddings;
        let names: Vec<&str> = infos.iter().map(|info| info.name.as_str()).collect();
        for name in embeddings.keys() {
            assert!(names.contains(&name.as_str()) || names.len() == 1, "{path}: {names:?}");
        }
        assert_eq!(infos.len(), embeddings.len(), "{path}: {names:?}");
        for (at, info) in infos.iter().enumerate() {
            let expected_one = embeddings.get(&info.name).unwrap_or_else(|| embeddings.values().next().unwrap());
            let loaded = loaded(&source, at);
            assert_eq!(loaded.embedding.vectors.dtype().to_string(), expected_one["dtype"].as_str().unwrap(), "{path}");
            let wanted: Vec<Vec<Option<String>>> = serde_json::from_value(expected_one["rows"].clone()).unwrap();
            let parsed = |text: &String| text.parse().unwrap();
            let parsed = |row: &Vec<Option<String>>| row.iter().map(|text| text.as_ref().map(parsed)).collect();
            let wanted: Vec<Vec<Option<f64>>> = wanted.iter().map(parsed).collect();
            assert_eq!(rows(&loaded), wanted, "{path}");
            assert_eq!((info.rows, info.dims), (wanted.len(), wanted[0].len()), "{path}");
            let metadata: Vec<(&str, Value)> = loaded
                .embedding
                .metadata
                .columns()
                .iter()
                .map(|column| (column.name(), serde_json::to_value(texts(column)).unwrap()))
                .collect();
            let names: Vec<&str> = metadata.iter().map(|(name, _)| *name).collect();
            let wanted = expected["metadata"].as_object().unwrap();
            assert_eq!(metadata.len(), wanted.len(), "{path}: {names:?}");
            for (name, found) in metadata {
                assert_eq!(found, wanted[name], "{path}: {name}");
            }
        }
    }
}

#[test]
fn categories_keep_the_order_of_the_file() {
    for file in ["pandas.parquet", "pandas.feather", "polars.parquet", "polars.arrow"] {
        let loaded = loaded(&listed(&fixtures().join(file)), 0);
        let values: Vec<&str> = loaded.embedding.metadata.column("size").unwrap().values().iter().collect();
        assert_eq!(values, ["small", "medium", "large"], "{file}");
    }
    let loaded = loaded(&listed(&fixtures().join("saved")), 0);
    assert_eq!(loaded.embedding.metadata.column("label").unwrap().values().iter().collect::<Vec<_>>(), ["cat", "dog"]);
}

#[test]
fn what_is_chosen_and_left_out_is_said() {
    #[track_caller]
    fn check(file: &str, expected: &[&str]) {
        let source = listed(&fixtures().join(file));
        let loaded = loaded(&source, 0);
        let said: Vec<String> = source.problems.iter().chain(&loaded.problems).map(ToString::to_string).collect();
        for part in expected {
            assert!(said.iter().any(|said| said.contains(part)), "{file}: {part}: {said:#?}");
        }
    }
    check(
        "types.parquet",
        &[
            "4 columns are left out: \"record\" (records), \"tags\" (lists of text), \"bytes\" (bytes), \"map\" (maps)",
            "the times of \"berlin\" are of Europe/Berlin, and are shown in UTC",
        ],
    );
    check("two.parquet", &["each of these is an embedding: title, body", "\"tokens\" (lists of i16)"]);
    check("holes.parquet", &["1 row has no vector, and NaN instead of its numbers"]);
    check("pandas.parquet", &["vectors: columns x0 to x3 (4 numbers); metadata: size, when, count, good, index"]);
    check("hub/data/train-00000-of-00002.parquet", &["this is one of 2 files. Open the folder to see all rows"]);
}

#[test]
fn splits_are_runs() {
    for folder in ["splits", "hub"] {
        let source = listed(&fixtures().join(folder));
        let runs: Vec<(&str, usize)> = source.runs.iter().map(|run| (&*run.name, run.embeddings[0].rows)).collect();
        assert_eq!(runs, [("train", 8), ("test", 4)], "{folder}");
    }
}

#[test]
fn columns_are_chosen() {
    #[track_caller]
    fn check(file: &str, choice: &str, expected: Result<(usize, &str), &str>) {
        let options = OpenOptions { vectors: Some(choice.to_owned()), ..OpenOptions::default() };
        let source = open(&fixtures().join(file), &options);
        let read = source.and_then(|source| source.load(0, 0, &Progress::default()));
        match (read, expected) {
            (Ok(loaded), Ok((dims, dtype))) => {
                let vectors = &loaded.embedding.vectors;
                assert_eq!((vectors.dims(), &*vectors.dtype().to_string()), (dims, dtype), "{file}: {choice}");
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (Ok(loaded), Err(_)) => panic!("{:?}", loaded.embedding),
            (Err(error), Ok(_)) => panic!("{error}"),
        }
    }
    check("two.parquet", "title", Ok((4, "f32")));
    check("two.parquet", "title..body", Ok((8, "f64")));
    check("two.parquet", "tokens", Ok((4, "i16")));
    check("two.parquet", "word", Err("\"word\" holds no numbers"));
    check("two.parquet", "x", Err("there is no column \"x\". There are: title, body, tokens"));
    check("pandas.parquet", "x0,x2..x3", Ok((3, "f64")));
    check("pandas.parquet", "x1", Ok((1, "f32")));
    check(
        "ragged.parquet",
        "vector",
        Err("column \"vector\", row 9: the vector has 3 numbers, and the first one has 4"),
    );
}

#[test]
fn files_without_vectors_say_why() {
    #[track_caller]
    fn check(name: &str, bytes: &[u8], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let error = open(&file, &OpenOptions::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let read = |name: &str| fs::read(fixtures().join(name)).unwrap();
    check("a.parquet", &read("ragged.parquet"), "\"vector\" holds lists of 4, 3, and other lengths");
    check("a.feather", b"FEA1....", "this is version 1 of Feather");
    check("a.parquet", b"id,x\n1,2\n", "the content is neither Parquet nor Arrow");
    check("a.parquet", b"", "the content is neither Parquet nor Arrow");
    check("a.arrow", &read("tensor.arrow")[..500], "the end of the file, where its index is, is missing");
    check("a.parquet", &read("f32_v2.parquet")[..500], "the file is damaged");
}

#[test]
fn any_table_may_be_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = folder.path().join("vectors.tsv");
    fs::write(&vectors, "0\t1\n".repeat(10)).unwrap();
    for file in ["types.parquet", "types.feather"] {
        let options = OpenOptions { metadata: Some(fixtures().join(file)), ..OpenOptions::default() };
        let source = open(&vectors, &options).unwrap();
        let loaded = loaded(&source, 0);
        assert_eq!(loaded.embedding.metadata.columns().len(), 18, "{file}");
        let said: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains("12 rows of metadata for 10 rows of vectors")), "{said:?}");
        assert!(said.iter().any(|said| said.contains("5 columns left out: they hold no single values")), "{said:?}");
    }
}

#[test]
fn dropped_tables_are_vectors_or_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = folder.path().join("vectors.tsv");
    fs::write(&vectors, "0\t1\n".repeat(50)).unwrap();
    let options = OpenOptions::default();
    let at_hand = Some(AtHand { path: Some(&vectors), options: &options, rows: 50 });
    let dropped = |file: &str| combine(&[fixtures().join(file)], at_hand).unwrap();
    let two = fixtures().join("f32_bare.parquet");
    assert_eq!(dropped("two.parquet").0, fixtures().join("two.parquet"));
    assert_eq!(combine(std::slice::from_ref(&two), None).unwrap().0, two);
    // A table without vectors.
    let (path, options) = dropped("ragged.parquet");
    assert_eq!((path, options.metadata), (vectors.clone(), Some(fixtures().join("ragged.parquet"))));
}

/// Opens and reads everything that `bytes` hold.
fn read_all(folder: &Path, name: &str, bytes: &[u8]) {
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    let Ok(source) = open(&file, &OpenOptions::default()) else { return };
    for embedding in 0..source.runs[0].embeddings.len() {
        if let Ok(loaded) = source.load(0, embedding, &Progress::default()) {
            assert!(loaded.embedding.rows() <= 1 << 20);
        }
    }
}

/// Damaged copies of each file.
const FLIPS: usize = 150;

/// Files of each kind: pages of both versions, dictionaries, compressions, streams.
const DAMAGED: [&str; 7] = [
    "types.parquet",
    "f64_zstd.parquet",
    "f32_v2.parquet",
    "f16_gzip.parquet",
    "types.feather",
    "f64_lz4.feather",
    "replaced.arrows",
];

#[test]
fn files_that_are_cut_short_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in DAMAGED {
        let bytes = fs::read(fixtures().join(name)).unwrap();
        for length in (0..bytes.len()).step_by(if bytes.len() > 4000 { 97 } else { 7 }) {
            read_all(folder.path(), name, &bytes[..length]);
        }
    }
}

#[test]
fn flipped_bits_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for name in DAMAGED {
        let bytes = fs::read(fixtures().join(name)).unwrap();
        for _ in 0..FLIPS {
            let mut damaged = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                damaged[at] = if random(2) == 0 { damaged[at] ^ (1 << random(8)) } else { random(256) as u8 };
            }
            read_all(folder.path(), name, &damaged);
        }
    }
}

/// Lengths that no memory has.
#[test]
fn lengths_are_checked_before_memory_is_allocated() {
    #[track_caller]
    fn check(name: &str, from: &[u8], to: &[u8], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        let mut bytes = fs::read(fixtures().join(name)).unwrap();
        let at = bytes.windows(from.len()).rposition(|own| own == from).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to);
        fs::write(&file, bytes).unwrap();
        let read = open(&file, &OpenOptions::default()).and_then(|source| source.load(0, 0, &Progress::default()));
        let error = read.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let bomb = (1_u64 << 60).to_le_bytes();
    check("f64_lz4.feather", &384_u64.to_le_bytes(), &bomb, "bytes says that it holds 1152921504606846976");
    check("f64_zstd.feather", &384_u64.to_le_bytes(), &bomb, "bytes says that it holds 1152921504606846976");
    check("stream.arrows", &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], &[0xff; 8], "the file is cut short");
}

#[test]
fn any_bytes_are_a_value_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = prop::collection::vec(any::<u8>(), 0..300);
    let ends = prop::sample::select(vec![
        (&b"PAR1"[..], &b"PAR1"[..]),
        (b"ARROW1\0\0", b"ARROW1"),
        (b"\xff\xff\xff\xff", b""),
        (b"\xff\xff\xff\xff\x10\0\0\0", b""),
    ]);
    let length = prop::option::of(0..310_u32);
    let runner = &mut TestRunner::new(ProptestConfig::with_cases(500));
    let read = |(bytes, (head, tail), length): (Vec<u8>, (&[u8], &[u8]), Option<u32>)| {
        // A length that fits gets further.
        let length = length.map(u32::to_le_bytes).unwrap_or_default();
        read_all(folder.path(), "x.arrow", &[head, &bytes, &length, tail].concat());
        Ok(())
    };
    runner.run(&(bytes, ends, length), read).unwrap();
}

#[test]
fn paths_in_a_saved_folder_stay_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dataset_info.json"), "{}").unwrap();
    fs::write(folder.path().join("state.json"), r#"{"_data_files": [{"filename": "../x.arrow"}]}"#).unwrap();
    let error = open(folder.path(), &OpenOptions::default()).unwrap_err().to_string();
    assert!(error.contains("\"../x.arrow\" is outside of the folder"), "{error}");
}

#[test]
fn files_of_a_folder_that_differ_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in
        [("f32_v2.parquet", "a.parquet"), ("f64_zstd.parquet", "b.parquet"), ("holes.parquet", "c.parquet")]
    {
        fs::copy(fixtures().join(from), folder.path().join(to)).unwrap();
    }
    let source = listed(folder.path());
    let info = &source.runs[0].embeddings[0];
    assert_eq!((info.rows, info.dtype), (36, Dtype::F64));
    let said = |severity: Severity| -> Vec<String> {
        source.problems.iter().filter(|problem| problem.severity == severity).map(ToString::to_string).collect()
    };
    let (notes, warnings) = (said(Severity::Note), said(Severity::Warning));
    let differs = "column \"vector\" differs: lists of f64 here, lists of f32 in a.parquet";
    assert!(notes.iter().any(|note| note.contains(differs)), "{notes:#?}");
    assert!(warnings[0].contains("column \"key\" is missing: i64 in a.parquet"), "{warnings:#?}");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
}

#[test]
fn files_of_a_split_that_are_not_there_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["00000", "00002"] {
        fs::copy(fixtures().join("f32_v2.parquet"), folder.path().join(format!("train-{part}-of-00003.parquet")))
            .unwrap();
    }
    let said: Vec<String> = listed(folder.path()).problems.iter().map(|problem| problem.message.clone()).collect();
    assert!(said.contains(&"1 of the 3 files of \"train\" is not there".to_owned()), "{said:?}");
}

/// Six rows of two numbers of a type.
fn vectors(dtype: Dtype) -> Vectors {
    let numbers = (0..12_u8).map(f64::from);
    let bytes: Vec<u8> = match dtype {
        Dtype::F16 => numbers.flat_map(|x| f16::from_f64(x).to_le_bytes()).collect(),
        Dtype::Bf16 => numbers.flat_map(|x| bf16::from_f64(x).to_le_bytes()).collect(),
        Dtype::F32 => numbers.flat_map(|x| (x as f32).to_le_bytes()).collect(),
        Dtype::F64 => numbers.flat_map(f64::to_le_bytes).collect(),
        Dtype::Bool => (0..12).map(|x| x % 2).collect(),
        _ => numbers.flat_map(|x| (x as u64).to_le_bytes()[..dtype.size()].to_vec()).collect(),
    };
    Vectors::from_bytes(6, 2, dtype, Arc::new(bytes), 0).unwrap()
}

const COLUMNS: [(&str, [&str; 6]); 7] = [
    ("whole", ["1", "-2", "3", "", "5", "6"]),
    ("real", ["0.5", "1e-7", "NaN", "2.0", "", "-3.25"]),
    ("code", ["007", "008", "009", "010", "011", "012"]),
    ("flag", ["True", "False", "True", "", "False", "True"]),
    ("class", ["b", "a", "b", "", "a", "b"]),
    ("name", ["n1", "n2", "n\u{e9}3", "", "n5", "n6"]),
    ("huge", ["18446744073709551615", "1", "2", "3", "4", "5"]),
];

fn metadata() -> Metadata {
    let column = |(name, cells): (&str, [&str; 6])| {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        builder.finish()
    };
    Metadata::new(COLUMNS.map(column).into()).unwrap()
}

#[test]
fn what_is_written_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    for dtype in [Dtype::F16, Dtype::Bf16, Dtype::F32, Dtype::F64, Dtype::I8, Dtype::U16, Dtype::I64, Dtype::Bool] {
        let vectors = vectors(dtype);
        let format = OutputFormat::from_path(&file).unwrap();
        write_vectors(&file, format, &vectors, Some(&metadata()), &Progress::default()).unwrap();
        let read = loaded(&listed(&file), 0);
        assert_eq!(Some(read.embedding.vectors.dtype()), (format.stored_as)(dtype));
        let (mut own, mut others) = (Vec::<f64>::new(), Vec::<f64>::new());
        let same = vectors.block_as(0..6, &mut own) == read.embedding.vectors.block_as(0..6, &mut others);
        assert!(same, "{dtype}");
        for (name, cells) in COLUMNS {
            // A missing number may be spelled in many ways, of which null is one.
            let expected = cells.map(|cell| Some(cell).filter(|cell| !["", "NaN"].contains(cell)));
            assert_eq!(texts(read.embedding.metadata.column(name).unwrap()), expected, "{name}");
        }
    }
}

#[test]
fn coordinates_and_neighbors_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (layout, labels) = (array![[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.5]], metadata());
    let labels = labels.column("name");
    let rows: RowSet = [0, 2].into_iter().collect();
    let neighbors = [(1, 0.25), (0, 1e300)];
    let jobs = [
        (ExportJob::Coordinates { layout: layout.view(), labels, rows: &rows }, "f32", vec![1.0, 2.0, 5.0, 6.5]),
        (ExportJob::Neighbors { neighbors: &neighbors, labels }, "f64", vec![0.25, 1e300]),
    ];
    for (job, dtype, numbers) in jobs {
        let file = folder.path().join("out.parquet");
        export(&job, &file, &Progress::default()).unwrap();
        let columns = if dtype == "f32" { "x,y" } else { "distance" };
        let options = OpenOptions { vectors: Some(columns.to_owned()), ..OpenOptions::default() };
        let read = loaded(&open(&file, &options).unwrap(), 0);
        let (vectors, metadata) = (&read.embedding.vectors, &read.embedding.metadata);
        assert_eq!(vectors.dtype().to_string(), dtype);
        assert_eq!(rows_of(vectors).concat(), numbers);
        let row = if dtype == "f32" { "0" } else { "1" };
        assert_eq!(metadata.column("row").unwrap().text(0), Some(row));
        assert_eq!(metadata.column("name").unwrap().text(0), Some(if dtype == "f32" { "n1" } else { "n2" }));
    }
}

fn rows_of(vectors: &Vectors) -> Vec<Vec<f64>> {
    let mut buffer = Vec::new();
    (0..vectors.rows()).map(|row| vectors.row_as(row, &mut buffer).to_vec()).collect()
}

#[test]
fn reading_stops_when_canceled() {
    let source = listed(&fixtures().join("types.parquet"));
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(source.load(0, 0, &progress), Err(FormatError::Cancelled)));
}

/// Parquet has no list of categories: its dictionaries are in the order of rows.
#[test]
fn categories_that_lose_their_order_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    let said = |cells: [&str; 6]| {
        let mut column = ColumnBuilder::new("size");
        column.declare(["1", "2", "3"]);
        cells.iter().for_each(|cell| column.push(Some(cell)));
        let metadata = Metadata::new(vec![column.finish()]).unwrap();
        let format = OutputFormat::from_path(&file).unwrap();
        let notes = write_vectors(&file, format, &vectors(Dtype::F32), Some(&metadata), &Progress::default()).unwrap();
        let read = loaded(&listed(&file), 0).embedding.metadata;
        let column = read.column("size").unwrap();
        assert_eq!(
            (column.kind(), column.is_numeric(), texts(column)),
            (ColumnKind::Category, false, cells.map(Some).into())
        );
        (column.values().iter().map(str::to_owned).collect::<Vec<_>>(), notes)
    };
    let (values, notes) = said(["1", "1", "2", "1", "3", "2"]);
    assert_eq!((values, notes), (vec!["1".to_owned(), "2".to_owned(), "3".to_owned()], vec![]));
    let (_, notes) = said(["1", "3", "2", "1", "3", "2"]);
    assert!(notes[0].message.ends_with("in the order of the rows, not in theirs: 1, 2, 3"), "{notes:?}");
}

/// Prints what pyarrow, pandas, and Polars read from a file, as JSON.
const PROGRAM: &str = "
import json, sys
import pyarrow.parquet as pq, pandas as pd, polars as pl
table = pq.read_table(sys.argv[1])
frame = pd.read_parquet(sys.argv[1])
polars = pl.read_parquet(sys.argv[1])
assert [list(row) for row in frame['vector']] == table['vector'].to_pylist() == polars['vector'].to_list()
assert frame['class'].cat.categories.tolist() == ['b', 'a']
assert polars['flag'].to_list() == table['flag'].to_pylist()
print(json.dumps({'types': {field.name: str(field.type) for field in table.schema}, 'columns': table.to_pydict()}))
";

#[test]
fn other_programs_read_what_is_written() {
    let python = env::var("PARALLAX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let check = Command::new(&python).args(["-c", "import pyarrow, pandas, polars"]).output();
    if !check.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no pyarrow, pandas, and Polars");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    for (dtype, name) in [(Dtype::F32, "float"), (Dtype::F64, "double"), (Dtype::I16, "int16")] {
        let format = OutputFormat::from_path(&file).unwrap();
        write_vectors(&file, format, &vectors(dtype), Some(&metadata()), &Progress::default()).unwrap();
        let output = Command::new(&python).args(["-c", PROGRAM]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        let types = [
            ("whole", "int64"),
            ("real", "double"),
            ("code", "string"),
            ("flag", "bool"),
            ("class", "dictionary<values=string, indices=int32, ordered=0>"),
            ("name", "string"),
            ("huge", "uint64"),
        ];
        for (column, expected) in types {
            assert_eq!(read["types"][column], expected, "{column}");
        }
        assert_eq!(read["types"]["vector"], format!("fixed_size_list<element: {name}>[2]"));
        let rows: Vec<Vec<f64>> = serde_json::from_value(read["columns"]["vector"].clone()).unwrap();
        assert_eq!(rows.concat(), (0..12).map(f64::from).collect::<Vec<_>>());
        assert_eq!(read["columns"]["huge"][0], serde_json::json!(18_446_744_073_709_551_615_u64));
        assert_eq!(read["columns"]["class"], serde_json::json!(["b", "a", "b", null, "a", "b"]));
    }
}

/// A file of a folder: a value says how each column is, and in which order.
#[derive(Debug, Clone)]
struct Spec {
    folder: &'static str,
    rows: usize,
    /// For `x`, `y`, `v`, and `word` how it is: 0 if it is not there, or else its type.
    kinds: [usize; 4],
    order: Vec<usize>,
    holes: bool,
}

const NAMES: [&str; 4] = ["x", "y", "v", "word"];

fn specs() -> impl Strategy<Value = Vec<Spec>> {
    let spec = (
        prop::sample::select(vec!["", "j=c", "k=a", "k=b"]),
        1_usize..4,
        prop::array::uniform4(0_usize..5),
        Just(vec![0, 1, 2, 3]).prop_shuffle(),
        any::<bool>(),
    );
    let spec = spec.prop_map(|(folder, rows, kinds, order, holes)| Spec { folder, rows, kinds, order, holes });
    prop::collection::vec(spec, 1..5).prop_map(|mut specs| {
        // Files of the folder come first, then those of its folders in their order.
        specs.sort_by_key(|spec| spec.folder);
        // The first file says which columns there are.
        specs[0].kinds.iter_mut().for_each(|kind| *kind = (*kind).max(1));
        specs
    })
}

/// The value of a column in a row, which every type holds.
fn value_of(file: usize, row: usize, column: usize) -> i8 {
    (file * 20 + row * 5 + column) as i8
}

impl Spec {
    fn is_missing(&self, row: usize, column: usize) -> bool {
        self.kinds[column] == 0 || self.holes && (row + column).is_multiple_of(3)
    }

    fn array(&self, file: usize, column: usize) -> arrow_array::ArrayRef {
        use arrow_array::{
            FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int64Array, LargeListArray, LargeStringArray,
            ListArray, StringArray, types,
        };
        let values = |width: usize| -> Vec<Option<i8>> {
            let of_row = |row: usize| (0..width).map(move |dim| (row, dim));
            let value =
                |(row, dim): (usize, usize)| (!self.is_missing(row, column)).then(|| value_of(file, row, column + dim));
            (0..self.rows).flat_map(of_row).map(value).collect()
        };
        let rows = |values: Vec<Option<i8>>| -> Vec<Option<Vec<Option<i8>>>> {
            values.chunks(2).map(|row| row[0].map(|_| row.to_vec())).collect()
        };
        match (column, self.kinds[column]) {
            (0 | 1, 1) => Arc::new(values(1).into_iter().map(|x| x.map(f32::from)).collect::<Float32Array>()),
            (0 | 1, 2) => Arc::new(values(1).into_iter().map(|x| x.map(f64::from)).collect::<Float64Array>()),
            (0 | 1, 3) => Arc::new(values(1).into_iter().map(|x| x.map(i64::from)).collect::<Int64Array>()),
            (0 | 1, _) => Arc::new(Int8Array::from(values(1))),
            (2, 1) => Arc::new(ListArray::from_iter_primitive::<types::Float32Type, _, _>(
                rows(values(2))
                    .into_iter()
                    .map(|row| row.map(|row| row.into_iter().map(|x| x.map(f32::from)).collect::<Vec<_>>())),
            )),
            (2, 2) => Arc::new(LargeListArray::from_iter_primitive::<types::Float64Type, _, _>(
                rows(values(2))
                    .into_iter()
                    .map(|row| row.map(|row| row.into_iter().map(|x| x.map(f64::from)).collect::<Vec<_>>())),
            )),
            (2, 3) => Arc::new(FixedSizeListArray::from_iter_primitive::<types::Int64Type, _, _>(
                rows(values(2))
                    .into_iter()
                    .map(|row| row.map(|row| row.into_iter().map(|x| x.map(i64::from)).collect::<Vec<_>>())),
                2,
            )),
            (2, _) => Arc::new(FixedSizeListArray::from_iter_primitive::<types::Int8Type, _, _>(rows(values(2)), 2)),
            (_, 1) => Arc::new(values(1).into_iter().map(|x| x.map(i64::from)).collect::<Int64Array>()),
            (_, 2) => Arc::new(values(1).into_iter().map(|x| x.map(|x| x.to_string())).collect::<LargeStringArray>()),
            _ => Arc::new(values(1).into_iter().map(|x| x.map(|x| x.to_string())).collect::<StringArray>()),
        }
    }

    fn write(&self, path: &Path, file: usize) {
        let there: Vec<usize> = self.order.iter().copied().filter(|&column| self.kinds[column] > 0).collect();
        let Some(batch) = arrow_array::RecordBatch::try_from_iter_with_nullable(
            there.iter().map(|&column| (NAMES[column], self.array(file, column), true)),
        )
        .ok()
        .filter(|_| !there.is_empty()) else {
            return;
        };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let out = fs::File::create(path).unwrap();
        if path.extension().is_some_and(|ending| ending == "parquet") {
            let mut writer = parquet::arrow::ArrowWriter::try_new(out, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        } else {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(out, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
    }
}

/// Files of one folder may lack columns, and have them in another order and of another type: each
/// value is where its name says, and what is not there is missing.
#[test]
fn files_of_a_folder_may_differ() {
    let runner = &mut TestRunner::new(ProptestConfig::with_cases(200));
    let check = |(specs, ending): (Vec<Spec>, &str)| {
        let folder = tempfile::tempdir().unwrap();
        let specs: Vec<Spec> = specs.into_iter().filter(|spec| spec.kinds != [0; 4]).collect();
        for (file, spec) in specs.iter().enumerate() {
            spec.write(&folder.path().join(spec.folder).join(format!("{file}.{ending}")), file);
        }
        for (choice, columns) in [("x,y", vec![(0, 0), (1, 0)]), ("v", vec![(2, 0), (2, 1)])] {
            let options = OpenOptions { vectors: Some(choice.to_owned()), ..OpenOptions::default() };
            let source = open(folder.path(), &options).unwrap();
            let loaded = loaded(&source, 0);
            let mut columns = columns.clone();
            // Columns come in the order of the first file.
            columns.sort_by_key(|(column, dim)| (specs[0].order.iter().position(|own| own == column), *dim));
            let of_row = |(file, spec): (usize, &Spec), row: usize| -> Vec<Option<f64>> {
                let value = |&(column, dim): &(usize, usize)| {
                    (!spec.is_missing(row, column)).then(|| f64::from(value_of(file, row, column + dim)))
                };
                columns.iter().map(value).collect()
            };
            let all = || specs.iter().enumerate().flat_map(|own| (0..own.1.rows).map(move |row| (own, row)));
            let expected: Vec<Vec<Option<f64>>> = all().map(|(own, row)| of_row(own, row)).collect();
            prop_assert_eq!(rows(&loaded), expected);
            let (info, vectors) = (&source.runs[0].embeddings[0], &loaded.embedding.vectors);
            prop_assert!(
                info.dtype == vectors.dtype() || specs.iter().any(|spec| spec.holes),
                "{} {}",
                info.dtype,
                vectors.dtype()
            );
            let word: Vec<Option<String>> = all()
                .map(|((file, spec), row)| (!spec.is_missing(row, 3)).then(|| value_of(file, row, 3).to_string()))
                .collect();
            let metadata = &loaded.embedding.metadata;
            let found = texts(metadata.column("word").unwrap());
            prop_assert_eq!(found, word.iter().map(Option::as_deref).collect::<Vec<_>>());
            for key in ["j", "k"] {
                let value = |spec: &Spec| spec.folder.strip_prefix(key).map(|value| value[1..].to_owned());
                let expected: Vec<Option<String>> = all().map(|((_, spec), _)| value(spec)).collect();
                let found = metadata.column(key).map(texts);
                let expected = expected
                    .iter()
                    .any(Option::is_some)
                    .then(|| expected.iter().map(Option::as_deref).collect::<Vec<_>>());
                prop_assert_eq!(found, expected);
            }
        }
        Ok(())
    };
    runner.run(&(specs(), prop::sample::select(vec!["parquet", "arrow"])), check).unwrap();
}

#[test]
fn integers_that_are_rounded_are_counted() {
    use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let write = |values: [Option<i64>; 3]| {
        let array: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
        let batch = RecordBatch::try_from_iter([("a", Arc::clone(&array)), ("b", array)]).unwrap();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    };
    write([Some((1 << 53) + 1), None, Some(1 << 60)]);
    let options = OpenOptions { vectors: Some("a,b".to_owned()), ..OpenOptions::default() };
    let read = loaded(&open(&path, &options).unwrap(), 0);
    assert_eq!(read.embedding.vectors.dtype(), Dtype::F64);
    let said: Vec<&str> = read.problems.iter().map(|problem| &*problem.message).collect();
    assert!(said.iter().any(|said| said.starts_with("2 integers are rounded")), "{said:?}");
    write([Some((1 << 53) + 1), Some(0), Some(1)]);
    let read = loaded(&open(&path, &options).unwrap(), 0);
    assert_eq!((read.embedding.vectors.dtype(), read.problems.len()), (Dtype::I64, 0));
}

/// Dates and truth values keep their type, unless they would come back as another text.
#[test]
fn dates_and_truth_values_read_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.parquet");
    let columns = [
        ("date32[day]", ["2024-02-29", "", "1969-12-31"]),
        ("timestamp[us]", ["2024-02-29T12:30:00", "", "1900-01-01T00:00:00.250"]),
        ("timestamp[us, tz=UTC]", ["2024-02-29T12:30:00Z", "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"]),
        ("timestamp[ns]", ["2024-02-29T12:30:00.000000001", "", "1969-12-31T23:59:59"]),
        ("bool", ["True", "", "False"]),
        ("string", ["true", "", "false"]),
        ("string 2", ["2024-02-29 12:30:00", "2024-02-29 12:30:01", ""]),
        ("string 3", ["2024-02-29T12:30:00", "2024-02-29T12:30:00Z", ""]),
        ("string 4", ["2024-02-29T12:30:00+02:00", "2024-02-30", ""]),
        ("string 5", ["0001-01-01T00:00:00.000000001", "2024-02-29T00:00:00", ""]),
        ("string 6", ["2024-02-29", "2024-02-29T00:00:00", ""]),
    ];
    let column = |(name, cells): (&str, [&str; 3])| {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        builder.finish()
    };
    let metadata = Metadata::new(columns.map(column).into()).unwrap();
    let vectors = Vectors::from_f32(3, 1, vec![0.5, 1.5, 2.5]).unwrap();
    let format = OutputFormat::from_path(&file).unwrap();
    write_vectors(&file, format, &vectors, Some(&metadata), &Progress::default()).unwrap();
    let read = loaded(&listed(&file), 0);
    for (name, cells) in columns {
        let expected = cells.map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
        assert_eq!(texts(read.embedding.metadata.column(name).unwrap()), expected, "{name}");
    }
    let python = env::var("PARALLAX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = "
import json, sys, pyarrow.parquet as pq, pandas, polars
frame, table = pandas.read_parquet(sys.argv[1]), pq.read_table(sys.argv[1])
lazy = polars.read_parquet(sys.argv[1])
assert str(lazy['timestamp[us, tz=UTC]'].dtype) == \"Datetime(time_unit='us', time_zone='UTC')\", lazy.schema
assert str(frame['timestamp[us]'][0]) == '2024-02-29 12:30:00', frame
print(json.dumps({field.name: str(field.type) for field in table.schema}))";
    let output = Command::new(&python).args(["-c", script]).arg(&file).output();
    let has = Command::new(&python).args(["-c", "import pyarrow, pandas, polars"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no pyarrow, pandas, and Polars");
        return;
    }
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let types: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, _) in columns {
        let expected = if name.starts_with("string") { "string" } else { name };
        assert_eq!(types[name], expected, "{name}");
    }
}

/// Rows without values take no bytes in a file.
#[test]
fn metadata_are_bounded_by_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (vectors, table) = (folder.path().join("vectors.tsv"), folder.path().join("nulls.arrow"));
    fs::write(&vectors, "0\t1\n".repeat(10)).unwrap();
    let nulls: arrow_array::ArrayRef = Arc::new(arrow_array::NullArray::new(1 << 28));
    let batch = arrow_array::RecordBatch::try_from_iter_with_nullable([("a", nulls, true)]).unwrap();
    let out = fs::File::create(&table).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(out, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let options = OpenOptions { metadata: Some(table), ..OpenOptions::default() };
    let error = open(&vectors, &options).unwrap_err().to_string();
    assert!(error.contains("268435456 rows of 1 column are far more than a file of"), "{error}");
}

/// Beside vectors of another format, a table is their metadata, or another choice.
#[test]
fn tables_do_not_hide_other_vectors_of_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: usize, dims: usize, metadata: Option<&Metadata>| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let vectors = Vectors::from_f32(rows, dims, vec![0.5; rows * dims]).unwrap();
        write_vectors(&file, OutputFormat::from_path(&file).unwrap(), &vectors, metadata, &Progress::default())
            .unwrap();
    };
    let mut names = ColumnBuilder::new("name");
    ["a", "b", "c"].iter().for_each(|name| names.push(Some(name)));
    let metadata = Metadata::new(vec![names.finish()]).unwrap();
    let shown = || {
        let source = listed(folder.path());
        let infos = source.runs.iter().flat_map(|run| &run.embeddings);
        infos.map(|info| (info.name.clone(), info.dims, info.metadata.is_some())).collect::<Vec<_>>()
    };
    let expected = |name: &str, dims: usize, described: bool| (name.to_owned(), dims, described);
    write("embeddings.npy", 3, 4, None);
    write("data/train-00000-of-00001.parquet", 5, 2, None);
    assert_eq!(shown(), [expected("embeddings.npy", 4, false), expected("data", 2, false)]);
    fs::remove_dir_all(folder.path().join("data")).unwrap();
    write("metadata.parquet", 3, 2, Some(&metadata));
    assert_eq!(shown(), [expected("embeddings.npy", 4, true)]);
    assert!(listed(folder.path()).problems.iter().any(|problem| problem.message.contains("as the metadata of")));
    write("metadata.parquet", 5, 2, None);
    assert_eq!(shown(), [expected("embeddings.npy", 4, false), expected("metadata.parquet", 2, false)]);
}

/// The same table under several names: steps if their names or numbers say so, or else parts.
#[test]
fn numbered_tables_of_a_folder_are_steps_or_parts() {
    #[track_caller]
    fn check(table: &str, names: &[&str], expected: Option<(&str, &[u64])>) {
        let root = tempfile::tempdir().unwrap();
        for name in names {
            fs::copy(fixtures().join(table), root.path().join(name)).unwrap();
        }
        let (source, one) = (listed(root.path()), listed(&fixtures().join(table)));
        let series = source.series();
        let found = series.first().map(|series| {
            let numbers: Vec<u64> = series.steps.iter().map(|step| step.number).collect();
            (series.tensor.as_str(), numbers)
        });
        assert_eq!(found, expected.map(|(tensor, numbers)| (tensor, numbers.to_vec())), "{names:?}");
        let is_said = source.problems.iter().any(|problem| problem.to_string().contains("taken as steps"));
        assert_eq!(is_said, expected.is_some(), "{names:?}");
        let rows = one.runs[0].embeddings[0].rows * if expected.is_some() { 1 } else { names.len() };
        assert_eq!(source.runs[0].embeddings[0].rows, rows, "{names:?}");
    }
    check("pandas.parquet", &["step_1.parquet", "step_2.parquet"], Some(("step_*.parquet", &[1, 2])));
    check("pandas.feather", &["Epoch-01.feather", "Epoch-02.feather"], Some(("Epoch-*.feather", &[1, 2])));
    check("pandas.feather", &["e100.arrow", "e200.arrow", "e400.arrow"], Some(("e*.arrow", &[100, 200, 400])));
    check("pandas.parquet", &["part-00000.parquet", "part-00001.parquet"], None);
    check("pandas.parquet", &["emb_0.parquet", "emb_1.parquet"], None);
    check("pandas.parquet", &["2021.parquet", "2022.parquet"], None);
    check("pandas.parquet", &["a.parquet", "b.parquet"], None);
}
