//! Files that h5py and anndata wrote, and what Python read in them.

use std::path::{Path, PathBuf};

use parallax_embedding::Progress;
use serde_json::Value;

use crate::{FormatError, Loaded, OpenOptions, Severity, Source, open};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn opened(path: &Path) -> Result<Source, FormatError> {
    open(path, &OpenOptions::default())
}

fn load(source: &Source, name: &str) -> Loaded {
    let (run, embedding) = source.choose(None, Some(name)).unwrap();
    source.load(run, embedding, &Progress::default()).unwrap()
}

/// Compares all files of a folder with its `expected.json`; archives of them are in `files`.
fn check_folder(name: &str, files: &Path) {
    let expected = std::fs::read(folder(name).join("expected.json")).unwrap();
    let (expected, folder): (Value, _) = (serde_json::from_slice(&expected).unwrap(), files);
    for (file, expected) in expected.as_object().unwrap() {
        let source = opened(&folder.join(file)).unwrap();
        let errors = source.problems.iter().filter(|problem| problem.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{file}: {:?}", source.problems);
        let embeddings = expected["embeddings"].as_object().unwrap();
        let mut names: Vec<&str> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, embeddings.keys().collect::<Vec<_>>(), "{file}");
        for (name, expected_values) in embeddings {
            let embedding = load(&source, name).embedding;
            let vectors = &embedding.vectors;
            assert_eq!(vectors.dtype().to_string(), expected_values["dtype"].as_str().unwrap(), "{file} {name}");
            let rows: Vec<Vec<f64>> = serde_json::from_value(expected_values["values"].clone()).unwrap();
            let mut buffer = Vec::<f64>::new();
            let read: Vec<Vec<f64>> = vectors.each_row(0..vectors.rows(), &mut buffer).map(<[f64]>::to_vec).collect();
            assert_eq!(read, rows, "{file} {name}");
            for (column, cells) in expected["columns"].as_object().unwrap() {
                let cells: Vec<Option<String>> = serde_json::from_value(cells.clone()).unwrap();
                let found = embedding.metadata.column(column);
                let found = found.unwrap_or_else(|| panic!("{file} {name} has no {column}"));
                let read: Vec<_> = (0..cells.len()).map(|row| found.text(row).map(str::to_owned)).collect();
                assert_eq!(read, cells, "{file} {name} {column}");
            }
        }
    }
}

#[test]
#[cfg(feature = "hdf5")]
fn hdf5_files_read_as_python_reads_them() {
    check_folder("hdf5", &folder("hdf5"));
}

/// The Zarr folders, from their archives.
fn zarr_folders() -> tempfile::TempDir {
    let unpacked = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder("zarr")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "zip") {
            let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
            archive.extract(unpacked.path()).unwrap();
        }
    }
    unpacked
}

#[test]
fn zarr_folders_read_as_python_reads_them() {
    let unpacked = zarr_folders();
    check_folder("zarr", unpacked.path());
}

/// Blocks of Blosc that are one stream for each byte of a value, and a smaller one at the end.
#[test]
fn split_blocks_are_joined() {
    let unpacked = zarr_folders();
    let source = opened(&unpacked.path().join("blocks.zarr")).unwrap();
    for name in ["blosclz", "lz4"] {
        let vectors = load(&source, name).embedding.vectors;
        assert_eq!((vectors.rows(), vectors.dims()), (70_000, 2));
        let mut buffer = Vec::<f32>::new();
        let read = vectors.each_row(0..vectors.rows(), &mut buffer).flatten().copied();
        assert!(read.eq((0..140_000).map(|at| (at / 99) as f32)), "{name}");
    }
}

/// What is not read is named, with a way out.
#[test]
fn other_codecs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |codec: &str| {
        let text = format!(
            "{{\"zarr_format\": 2, \"shape\": [2, 2], \"chunks\": [2, 2], \"dtype\": \"<f4\", \"fill_value\": 0, \
             \"compressor\": {{\"id\": \"{codec}\"}}, \"filters\": null, \"order\": \"C\"}}"
        );
        std::fs::write(folder.path().join(".zarray"), text).unwrap();
        opened(folder.path()).unwrap_err().to_string()
    };
    let error = refused("lzma");
    assert!(error.contains("packed with lzma; gzip, zlib, zstd, and Blosc are read"), "{error}");
    assert!(error.contains("zarr_write_format = 3"), "{error}");
}

/// Checksums are compared, what is not stored has the value that fills it, and shards are named.
#[test]
fn chunks_that_are_changed_missing_or_in_shards_are_known() {
    let unpacked = zarr_folders();
    let path = unpacked.path().join("more.zarr");
    let source = opened(&path).unwrap();
    let names: Vec<&str> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("its shards are in shards, or packed as a whole, which is not read"), "{said:?}");
    let filled = load(&source, "b").embedding.vectors;
    assert!(filled.row_as::<f32>(6, &mut Vec::new()) == [1.5; 3]);
    load(&source, "a");
    let chunk = path.join("a/c/0/0");
    let mut bytes = std::fs::read(&chunk).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&chunk, bytes).unwrap();
    let error = opened(&path).unwrap().load(0, 0, &Progress::default()).unwrap_err().to_string();
    assert!(error.contains("c/0/0: its checksum does not fit"), "{error}");
    // The index of a shard is at its end.
    let (path, shard) = (unpacked.path().join("shards.zarr"), unpacked.path().join("shards.zarr/whole/c/0/0"));
    let whole = std::fs::read(&shard).unwrap();
    let load_damaged = |bytes: &[u8]| {
        std::fs::write(&shard, bytes).unwrap();
        let source = opened(&path).unwrap();
        let (run, embedding) = source.choose(None, Some("whole")).unwrap();
        source.load(run, embedding, &Progress::default()).unwrap_err().to_string()
    };
    let mut flipped = whole.clone();
    flipped[whole.len() - 20] ^= 1;
    assert!(load_damaged(&flipped).contains("c/0/0: the checksum of its index does not fit"));
    assert!(load_damaged(&whole[whole.len() - 20..]).contains("it is shorter than its index says"));
}

/// Types are named as in NumPy, and a fill value must be one of the type.
#[test]
fn types_and_fill_values_of_version_2_have_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let described = |dtype: &str, fill: &str| {
        let text = format!(
            "{{\"zarr_format\": 2, \"shape\": [2, 2], \"chunks\": [2, 2], \"dtype\": \"{dtype}\", \"fill_value\": {fill}, \
             \"compressor\": null, \"filters\": null, \"order\": \"C\"}}"
        );
        std::fs::write(folder.path().join(".zarray"), text).unwrap();
        let source = opened(folder.path())?;
        source.load(0, 0, &Progress::default())
    };
    for (dtype, fill, expected) in
        [("float32", "1", 1.0), ("<u8", "18446744073709551615", u64::MAX as f64), ("<f4", "null", 0.0)]
    {
        let vectors = described(dtype, fill).unwrap().embedding.vectors;
        assert_eq!(vectors.row_as::<f64>(1, &mut Vec::new()), [expected; 2], "{dtype} {fill}");
    }
    let error = described("|u1", "-1").unwrap_err().to_string();
    assert!(error.contains("its fill value -1 is not read"), "{error}");
    assert!(described("V0", "1").is_err() && described("float", "1").is_err());
}

/// A sparse matrix that would be too large is left out, and the rest is shown.
#[test]
fn sparse_matrices_have_limits() {
    let unpacked = zarr_folders();
    let cells = unpacked.path().join("cells.zarr");
    let described = cells.join("X/zarr.json");
    let mut value: Value = serde_json::from_slice(&std::fs::read(&described).unwrap()).unwrap();
    value["attributes"]["shape"] = serde_json::json!([7, 6_000_000_000_u64]);
    std::fs::write(&described, value.to_string()).unwrap();
    let source = opened(&cells).unwrap();
    let said = source.problems[0].to_string();
    let expected = "\"X\": this sparse matrix of 7 x 6000000000 is left out: dense it would take 156.5 GiB";
    assert!(said.contains(expected) && said.ends_with("Save a PCA with it, as by scanpy.pp.pca(adata)."), "{said}");
    assert_eq!(load(&source, "X_pca").embedding.vectors.dims(), 5);
    std::fs::remove_dir_all(cells.join("obsm")).unwrap();
    assert!(opened(&cells).unwrap_err().to_string().contains("dense it would take"));
}

/// Each file of a Zarr folder is damaged in turn: described wrongly, cut short, or missing.
#[test]
fn damaged_zarr_folders_are_read_or_refused() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }
    let unpacked = zarr_folders();
    for name in ["cells.zarr", "plain2.zarr", "plain3.zarr", "alone.zarr", "blosc2.zarr", "shards.zarr"] {
        let (folder, mut found) = (unpacked.path().join(name), Vec::new());
        files(&folder, &mut found);
        for file in found {
            let bytes = std::fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let (tall, large) = (text.replace('7', "70000000000000"), text.replace('3', "4611686018427387904"));
            let middle = bytes.len() / 2;
            let mut flipped = bytes.clone();
            flipped.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 0x55);
            for damaged in [tall.as_bytes(), large.as_bytes(), &bytes[..middle], &flipped, b"", b"{}"] {
                std::fs::write(&file, damaged).unwrap();
                read_all(&folder);
            }
            std::fs::remove_file(&file).unwrap();
            read_all(&folder);
            std::fs::write(&file, bytes).unwrap();
        }
    }
}

/// The order of categories, what is opened first, and what is said about the rest.
#[test]
#[cfg(feature = "hdf5")]
fn cells_open_as_scanpy_takes_them() {
    let source = opened(&folder("hdf5").join("rows.h5ad")).unwrap();
    assert_eq!(source.format, "h5ad");
    let (run, chosen) = source.choose(None, None).unwrap();
    assert_eq!(source.runs[run].embeddings[chosen].name, "X_pca");
    let said: Vec<String> = source.problems.iter().map(|problem| problem.message.clone()).collect();
    let expected = [
        "this dataframe is left out: it is not a matrix of numbers",
        "X_pca is opened of 5 embeddings, since X has 60 columns, and scanpy takes it as it is up to 50",
        "its 2 columns are taken for a layout and shown as they are",
    ];
    assert_eq!(said, expected);
    let metadata = load(&source, "X_pca").embedding.metadata;
    assert_eq!(metadata.default_label().map(parallax_embedding::Column::name), Some("obs_names"));
    let values = |name: &str| metadata.column(name).unwrap().values().iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(values("cluster"), ["z", "b", "a"], "in the order of the categories, without those that no row has");
    assert_eq!(values("level"), ["3", "1"]);
}

#[test]
#[cfg(feature = "hdf5")]
fn other_arrays_are_said_and_left_out() {
    let source = opened(&folder("hdf5").join("earliest.h5")).unwrap();
    let said: Vec<String> = source.problems.iter().map(ToString::to_string).collect();
    assert!(said.len() == 2 && said[1].contains("shown first of 11 embeddings"), "{said:?}");
    for part in
        ["3 arrays are left out", "other_length (i64 of [5])", "solid (f64 of [2, 2, 2])", "texts (texts of [1, 2])"]
    {
        assert!(said[0].contains(part), "{}", said[0]);
    }
    let inner = load(&source, "deep/er/u16").embedding.metadata;
    assert!(inner.column("inner").is_some() && inner.column("color").is_some());
    assert!(load(&source, "f32").embedding.metadata.column("inner").is_some());
    let keras = opened(&folder("hdf5").join("keras.weights.h5")).unwrap();
    assert!(load(&keras, "layers/embedding/vars/0").embedding.metadata.columns().is_empty());
}

#[test]
#[cfg(feature = "hdf5")]
fn groups_that_are_in_themselves_are_listed_once() {
    let source = opened(&folder("hdf5").join("loop.h5")).unwrap();
    let names: Vec<&str> = source.runs[0].embeddings.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["other/a"]);
    let said: Vec<String> = source.problems.iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(said, ["3 groups are listed by another name alone, the first of them \"other/back/inner\""]);
}

#[test]
#[cfg(feature = "hdf5")]
fn files_that_cannot_be_read_say_why() {
    let newest = opened(&folder("hdf5").join("newest.h5")).and_then(|source| source.load(0, 0, &Progress::default()));
    let error = newest.unwrap_err().to_string();
    assert!(
        error.contains("newest.h5: \"a\": cannot be read: ") && error.contains("without libver=\"latest\""),
        "{error}"
    );
    // The stack must be enough for a type of 5,000 levels.
    let nested = opened(&folder("hdf5").join("nested.h5")).unwrap();
    assert!(nested.problems[0].message.contains("b (lists of [2, 2])"), "{:?}", nested.problems);
    let text = tempfile::NamedTempFile::with_suffix(".h5ad").unwrap();
    std::fs::write(text.path(), "no HDF5").unwrap();
    let error = opened(text.path()).unwrap_err().to_string();
    assert!(error.ends_with("Check that it is an HDF5 file."), "{error}");
}

/// Lists and reads all of the file at `path`; whatever is wrong with it becomes an error.
fn read_all(path: &Path) {
    let Ok(source) = opened(path) else { return };
    for (run, embedding) in source
        .runs
        .iter()
        .enumerate()
        .flat_map(|(at, run)| (0..run.embeddings.len()).map(move |embedding| (at, embedding)))
    {
        let _: Result<_, _> = source.load(run, embedding, &Progress::default());
    }
}

#[cfg(feature = "hdf5")]
const FIXTURES: [&str; 7] =
    ["rows.h5ad", "columns.h5ad", "old.h5ad", "oldest.h5ad", "earliest.h5", "latest.h5", "userblock.h5"];

#[test]
#[cfg(feature = "hdf5")]
fn files_that_are_cut_short_are_read_or_refused() {
    let folder_of_cuts = tempfile::tempdir().unwrap();
    for name in FIXTURES {
        let bytes = std::fs::read(folder("hdf5").join(name)).unwrap();
        for length in (0..bytes.len()).step_by(bytes.len() / 60) {
            let path = folder_of_cuts.path().join("cut.h5");
            std::fs::write(&path, &bytes[..length]).unwrap();
            read_all(&path);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// Bytes of the descriptions of a Zarr folder are replaced.
    #[test]
    fn damaged_descriptions_are_read_or_refused(place in proptest::prelude::any::<proptest::sample::Index>(), flips in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), "[-0-9a-z{}\\[\\]\"]"), 1..4)) {
        let unpacked = tempfile::tempdir().unwrap();
        let archive = std::fs::File::open(folder("zarr").join("plain3.zarr.zip")).unwrap();
        zip::ZipArchive::new(archive).unwrap().extract(unpacked.path()).unwrap();
        let path = unpacked.path().join("plain3.zarr");
        let arrays = ["n0", "n1", "n2", "n3", "deep/er/filled", "number", "words"];
        let described = path.join(arrays[place.index(arrays.len())]).join("zarr.json");
        let mut bytes = std::fs::read(&described).unwrap();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte.as_bytes()[0];
        }
        std::fs::write(&described, bytes).unwrap();
        read_all(&path);
    }
}

#[cfg(feature = "hdf5")]
proptest::proptest! {
    #[test]
    fn damaged_files_are_read_or_refused(file in 0..FIXTURES.len(), flips in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..8)) {
        let mut bytes = std::fs::read(folder("hdf5").join(FIXTURES[file])).unwrap();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let damaged = tempfile::NamedTempFile::with_suffix(".h5").unwrap();
        std::fs::write(damaged.path(), &bytes).unwrap();
        read_all(damaged.path());
    }
}
