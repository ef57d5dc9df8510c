//! Whole checkpoints that TensorFlow wrote, against the arrays that NumPy wrote beside them.

mod damage;
mod writer;

use std::{
    fs,
    path::{Path, PathBuf},
};

use parallax_embedding::Dtype;

use super::*;

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path)
}

/// The shape and values of an `.npy` of float32.
fn npy(path: &Path) -> (usize, usize, Vec<u32>) {
    let bytes = fs::read(path).unwrap();
    let values = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..values]).unwrap();
    assert!(header.contains("'descr': '<f4', 'fortran_order': False"), "{header}");
    let shape = header.split(['(', ')']).nth(1).unwrap();
    let sizes: Vec<usize> = shape.split(", ").map(|size| size.parse().unwrap()).collect();
    let values = bytes[values..].as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    (sizes[0], sizes[1], values)
}

fn bits(vectors: &Vectors) -> (usize, usize, Vec<u32>) {
    let mut buffer = Vec::new();
    let values = vectors.block(0..vectors.rows(), &mut buffer).iter().map(|value| value.to_bits()).collect();
    (vectors.rows(), vectors.dims(), values)
}

fn read(prefix: &Path, name: &str) -> Result<Vectors, FormatError> {
    Checkpoint::open(prefix)?.read(name, &Progress::default())
}

#[track_caller]
fn check(prefix: &str, name: &str, dtype: Dtype, file: &str, expected: &str) {
    let prefix = data(prefix);
    let checkpoint = Checkpoint::open(&prefix).unwrap();
    let progress = Progress::default();
    let vectors = checkpoint.read(name, &progress).unwrap();
    assert_eq!(vectors.dtype(), dtype);
    assert!(bits(&vectors) == npy(&prefix.with_file_name(expected)), "{} {name}", prefix.display());
    assert_eq!(checkpoint.data_file(name).unwrap(), file);
    assert_eq!(progress.fraction(), 1.0);
}

#[test]
fn every_checkpoint_reads_to_its_expected_arrays() {
    const V1: &str = "model.ckpt-100";
    const V2: &str = "model.ckpt-100.data-00000-of-00001";
    for (folder, dtype, file) in [
        ("tf_v1", Dtype::F32, V1),
        ("tf_v1_partitioned", Dtype::F32, V1),
        ("tf_v2", Dtype::F32, V2),
        ("tf_v2_partitioned", Dtype::F32, V2),
        ("tf_v2_float16", Dtype::F16, V2),
        ("tf_v2_float64", Dtype::F64, V2),
    ] {
        let prefix = format!("fixtures/{folder}/model.ckpt-100");
        check(&prefix, "word_embedding", dtype, file, "expected_word_embedding.npy");
        check(&prefix, "dense/kernel", Dtype::F32, file, "expected_dense_kernel.npy");
    }
    let variable = |name: &str| format!("{name}/.ATTRIBUTES/VARIABLE_VALUE");
    let file = "embedding.ckpt-1.data-00000-of-00001";
    check("fixtures/tf2_object/embedding.ckpt-1", &variable("embedding"), Dtype::F32, file, "expected.npy");
    for run in ["train", "eval"] {
        let (prefix, file) = (format!("fixtures/runs/{run}/m.ckpt-1"), "m.ckpt-1.data-00000-of-00001");
        check(&prefix, &variable("a"), Dtype::F32, file, "expected_a.npy");
        check(&prefix, &variable("b"), Dtype::F32, file, "expected_b.npy");
    }
}

#[test]
fn every_number_type_reads_in_both_versions() {
    let (v1, v2) = ("fixtures_tf_extra/v1_dtypes/m.ckpt-1", "fixtures_tf_extra/v2_dtypes/m.ckpt-1");
    let (v1_file, v2_file) = ("m.ckpt-1", "m.ckpt-1.data-00000-of-00001");
    for (name, dtype) in [
        ("float16", Dtype::F16),
        ("float32", Dtype::F32),
        ("float64", Dtype::F64),
        ("int8", Dtype::I8),
        ("uint8", Dtype::U8),
        ("int16", Dtype::I16),
        ("uint16", Dtype::U16),
        ("int32", Dtype::I32),
        ("int64", Dtype::I64),
        ("bool", Dtype::Bool),
    ] {
        check(v1, name, dtype, v1_file, &format!("expected_{name}.npy"));
        check(v2, name, dtype, v2_file, &format!("expected_{name}.npy"));
    }
    for (name, dtype) in [("bfloat16", Dtype::Bf16), ("uint32", Dtype::U32), ("uint64", Dtype::U64)] {
        check(v2, name, dtype, v2_file, &format!("expected_{name}.npy"));
    }
}

#[test]
fn shards_slices_blocks_and_empty_matrices_read() {
    #[track_caller]
    fn check_one(folder: &str, name: &str, file: &str) {
        let prefix = format!("fixtures_tf_extra/{folder}/m.ckpt-1");
        check(&prefix, name, Dtype::F32, file, &format!("expected_{name}.npy"));
    }
    const DATA: &str = "m.ckpt-1.data-00000-of-00001";
    check_one("v2_sharded", "left", "m.ckpt-1.data-00000-of-00002");
    check_one("v2_sharded", "right", "m.ckpt-1.data-00001-of-00002");
    check_one("v1_sharded", "left", "m.ckpt-1-00000-of-00002");
    check_one("v1_sharded", "right", "m.ckpt-1-00001-of-00002");
    check_one("v1_columns", "wide", "m.ckpt-1");
    check_one("v2_columns", "wide", DATA);
    check_one("v2_many_parts", "many", DATA);
    check_one("v1_two_blocks", "after", "m.ckpt-1");
    check_one("v2_empty", "no_rows", DATA);
    check_one("v2_empty", "one_row", DATA);
    check_one("v2_empty", "one_column", DATA);
    let zeros = read(&data("fixtures_tf_extra/v1_two_blocks/m.ckpt-1"), "zeros").unwrap();
    assert_eq!(bits(&zeros), (660, 100, vec![0; 66_000]));
}

#[test]
fn tensors_are_listed_by_name_with_shape_and_type() {
    #[track_caller]
    fn check(prefix: &str, expected: &[(&str, &[u64], Option<Dtype>, &str)]) {
        let checkpoint = Checkpoint::open(&data(prefix)).unwrap();
        let listed: Vec<_> = checkpoint
            .tensors()
            .iter()
            .map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice(), tensor.dtype, tensor.type_name))
            .collect();
        assert_eq!(listed, expected);
    }
    let model: [(&str, &[u64], Option<Dtype>, &str); 5] = [
        ("bias", &[20], Some(Dtype::F32), "float32"),
        ("conv", &[3, 3, 2, 4], Some(Dtype::F32), "float32"),
        ("dense/kernel", &[20, 7], Some(Dtype::F32), "float32"),
        ("global_step", &[], Some(Dtype::I64), "int64"),
        ("word_embedding", &[100, 20], Some(Dtype::F32), "float32"),
    ];
    for folder in ["tf_v1", "tf_v1_partitioned", "tf_v2", "tf_v2_partitioned"] {
        check(&format!("fixtures/{folder}/model.ckpt-100"), &model);
    }
    check(
        "fixtures/tf2_object/embedding.ckpt-1",
        &[
            ("_CHECKPOINTABLE_OBJECT_GRAPH", &[], None, "string"),
            ("embedding/.ATTRIBUTES/VARIABLE_VALUE", &[100, 20], Some(Dtype::F32), "float32"),
            ("save_counter/.ATTRIBUTES/VARIABLE_VALUE", &[], Some(Dtype::I64), "int64"),
        ],
    );
}

#[test]
fn latest_checkpoint_equals_that_of_tensorflow() {
    #[track_caller]
    fn check(folder: &str, latest_name: &str, all: &[&str]) {
        let folder = data(folder);
        let list = latest(&folder).unwrap().unwrap();
        assert_eq!(list.latest, Some(folder.join(latest_name)));
        assert_eq!(list.all, all.iter().map(|name| folder.join(name)).collect::<Vec<_>>());
        assert_eq!(list.problems, []);
        assert!(Checkpoint::open(&list.latest.unwrap()).is_ok());
    }
    check("fixtures/tf_v1", "model.ckpt-100", &["model.ckpt-100"]);
    check("fixtures/tf2_object", "embedding.ckpt-1", &["embedding.ckpt-1"]);
    check("fixtures_tf_extra/v2_sharded", "m.ckpt-2", &["m.ckpt-1", "m.ckpt-2"]);
    check("fixtures_tf_extra/v1_sharded", "m.ckpt-1-?????-of-00002", &["m.ckpt-1-?????-of-00002"]);
    assert!(exists(&data("fixtures/tf_v1/model.ckpt-100")) && exists(&data("fixtures/tf_v2/model.ckpt-100")));
    assert!(!exists(&data("fixtures/tf_v2/model.ckpt-10")) && !exists(&data("no such folder/m")));
}

#[test]
fn names_lose_what_tensorflow_added() {
    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(display_name(name), expected);
    }
    check("embedding/.ATTRIBUTES/VARIABLE_VALUE", "embedding");
    check("a/b/.ATTRIBUTES/VARIABLE_VALUE:0", "a/b");
    check("w:0", "w");
    check("w:1", "w:1");
    check("dense/kernel", "dense/kernel");
}

#[test]
fn many_values_in_one_piece_are_lent_from_the_file() {
    let whole: SharedBytes = Arc::new(vec![7_u8; 30]);
    let matrix = Matrix { name: "w", rows: 2, dims: 3, dtype: Dtype::F32 };
    let bytes = &(*whole).as_ref()[5..29];
    let read = |most| {
        let piece = Piece { area: [0..2, 0..3], bytes: Cow::Borrowed(bytes) };
        vectors(&matrix, vec![piece], [&whole].into_iter(), most).unwrap()
    };
    let (lent, copied) = (read(23), read(24));
    assert!(std::ptr::eq(lent.raw(0..2), bytes));
    assert!(!std::ptr::eq(copied.raw(0..2), bytes) && copied.raw(0..2) == bytes);
}

#[test]
fn unreadable_files_say_why_and_what_to_do() {
    #[track_caller]
    fn check(prefix: &str, name: &str, expected: &str) {
        let prefix = data(prefix);
        let error = read(&prefix, name).unwrap_err().to_string();
        let folder = format!("{}/", prefix.parent().unwrap().display());
        assert_eq!(error.strip_prefix(&folder), Some(expected));
    }
    let choose = "Choose a tensor with two dimensions of numbers.";
    let model = "fixtures/tf_v2/model.ckpt-100";
    let conv = "its shape is 3 x 3 x 2 x 4; an embedding has two dimensions";
    check(model, "conv", &format!("model.ckpt-100.index: tensor \"conv\": {conv}. {choose}"));
    let step = "its shape is a single value; an embedding has two dimensions";
    check(model, "global_step", &format!("model.ckpt-100.index: tensor \"global_step\": {step}. {choose}"));
    let words = "its values are of type string, not numbers";
    check(
        "fixtures_tf_extra/v2_dtypes/m.ckpt-1",
        "words",
        &format!("m.ckpt-1.index: tensor \"words\": {words}. {choose}"),
    );
    check(
        "fixtures/tf_v1/model.ckpt-100",
        "w",
        "model.ckpt-100: there is no tensor \"w\" in this checkpoint. \
         It has \"bias\", \"conv\", \"dense/kernel\", \"global_step\", \"word_embedding\".",
    );
    check(
        "fixtures/tf_v2/model.ckpt-7",
        "w",
        "model.ckpt-7: there is no checkpoint of this name, neither a file .index nor a file of this very name. \
         Check the name; it has no extension such as .index or .meta.",
    );
    check(
        "fixtures/tf_v2/metadata.tsv",
        "w",
        "metadata.tsv: byte 1360: there is no footer of a TensorFlow table: the file is cut off or is not a checkpoint. \
         Copy the checkpoint again from where it was written, or save it again.",
    );
    let cancelled = Progress::default();
    cancelled.cancel();
    for prefix in ["fixtures/tf_v1/model.ckpt-100", model] {
        let error = Checkpoint::open(&data(prefix)).unwrap().read("word_embedding", &cancelled).unwrap_err();
        assert!(matches!(error, FormatError::Cancelled), "{error}");
    }
}
