//! What is written is read back by the programs that it is for: NumPy, pandas, Pillow, and Protocol
//! Buffers. Each test needs a Python with the module (`PARALLAX_PYTHON`, or else `python3`), and says
//! so where it is skipped.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::{env, fs, path::Path, process::Command, sync::Arc};

use half::{bf16, f16};
use parallax_embedding::{ColumnBuilder, Dtype, Embedding, Metadata, Progress, RowSet, SpriteSheet, Vectors};
use parallax_formats::{
    ExportJob, OutputFormat, export,
    tensorboard::{EmbeddingConfig, ProjectorConfig, SpriteConfig, visualize_embeddings},
    write_sprite, write_vectors,
};
use serde_json::{Value, json};

/// What a script prints, as JSON. Returns `None` if there is no Python with these modules.
#[expect(clippy::print_stdout, reason = "skipped tests say so")]
fn python(modules: &str, script: &str, args: &[&Path]) -> Option<Value> {
    let python = env::var("PARALLAX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_modules = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if !has_modules.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no {modules}");
        return None;
    }
    let output = Command::new(&python).args(["-c", script]).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

const DTYPES: [(Dtype, &str); 13] = [
    (Dtype::F16, "<f2"),
    (Dtype::Bf16, "<f4"),
    (Dtype::F32, "<f4"),
    (Dtype::F64, "<f8"),
    (Dtype::I8, "|i1"),
    (Dtype::U8, "|u1"),
    (Dtype::I16, "<i2"),
    (Dtype::U16, "<u2"),
    (Dtype::I32, "<i4"),
    (Dtype::U32, "<u4"),
    (Dtype::I64, "<i8"),
    (Dtype::U64, "<u8"),
    (Dtype::Bool, "|b1"),
];

/// Three rows of two numbers of a type, with the greatest that it holds.
fn vectors(dtype: Dtype) -> Vectors {
    let numbers = [0.0, 1.0, 0.5, -2.0, 1.0 / 3.0, 1e4];
    let whole = [0, 1, 2, 3, 1 << 40, u64::MAX];
    let bytes: Vec<u8> = match dtype {
        Dtype::F16 => numbers.iter().flat_map(|&x| f16::from_f64(x).to_le_bytes()).collect(),
        Dtype::Bf16 => numbers.iter().flat_map(|&x| bf16::from_f64(x).to_le_bytes()).collect(),
        Dtype::F32 => numbers.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect(),
        Dtype::F64 => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Dtype::Bool => vec![0, 1, 1, 0, 1, 0],
        _ => whole.iter().flat_map(|x| x.to_le_bytes()[..dtype.size()].to_vec()).collect(),
    };
    Vectors::from_bytes(3, 2, dtype, Arc::new(bytes), 0).unwrap()
}

/// The numbers as Python prints them. All digits of 64 bits count.
fn printed(vectors: &Vectors) -> Vec<String> {
    let raw = vectors.raw(0..vectors.rows());
    let mut wide = Vec::new();
    let floats: Vec<f64> = vectors.block_as::<f64>(0..vectors.rows(), &mut wide).iter().copied().collect();
    let values = raw.chunks_exact(vectors.dtype().size()).zip(floats);
    let text = |(bytes, float): (&[u8], f64)| match vectors.dtype() {
        Dtype::U64 => u64::from_le_bytes(bytes.try_into().unwrap()).to_string(),
        Dtype::I64 => i64::from_le_bytes(bytes.try_into().unwrap()).to_string(),
        Dtype::Bool => (if float == 0.0 { "False" } else { "True" }).to_owned(),
        dtype if dtype.is_float() => format!("{float:?}"),
        _ => format!("{float}"),
    };
    values.map(text).collect()
}

#[test]
fn numpy_reads_arrays_of_each_type() {
    let folder = tempfile::tempdir().unwrap();
    for (dtype, _) in DTYPES {
        let path = folder.path().join(format!("{dtype}.npy"));
        write_vectors(&path, OutputFormat::NPY, &vectors(dtype), None, &Progress::default()).unwrap();
    }
    let script = "
import json, pathlib, sys, numpy
arrays = {path.stem: numpy.load(path) for path in pathlib.Path(sys.argv[1]).iterdir()}
say = lambda array: [array.dtype.str, list(array.shape), [repr(value) for value in array.ravel().tolist()]]
print(json.dumps({name: say(array) for name, array in arrays.items()}))";
    let Some(read) = python("numpy", script, &[folder.path()]) else { return };
    for (dtype, name) in DTYPES {
        assert_eq!(read[dtype.to_string()], json!([name, [3, 2], printed(&vectors(dtype))]), "{dtype}");
    }
}

const COLUMNS: [(&str, [&str; 3]); 7] = [
    ("na,me \"x\"", ["a,b", "\"quoted\"", "two\nlines"]),
    ("code", ["007", "08", "9"]),
    ("count", ["1", "-2", "9007199254740993"]),
    ("score", ["0.1", "", "1e-7"]),
    ("flag", ["True", "False", "True"]),
    ("day", ["2024-02-29", "1969-12-31", "0001-01-01"]),
    ("word", ["Z\u{fc}rich", "\u{4e00}", " x "]),
];

fn metadata() -> Metadata {
    let column = |(name, cells): (&str, [&str; 3])| {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        builder.finish()
    };
    Metadata::new(COLUMNS.map(column).into()).unwrap()
}

#[test]
fn pandas_reads_tables_of_text() {
    let folder = tempfile::tempdir().unwrap();
    let [csv, tsv, columns] = ["v.csv", "v.tsv", "m.tsv"].map(|name| folder.path().join(name));
    for dtype in [Dtype::F32, Dtype::F64, Dtype::I64, Dtype::U64] {
        let (vectors, metadata) = (vectors(dtype), metadata());
        write_vectors(&csv, OutputFormat::CSV, &vectors, Some(&metadata), &Progress::default()).unwrap();
        write_vectors(&tsv, OutputFormat::TSV, &vectors, None, &Progress::default()).unwrap();
        // TSV has no place for line breaks.
        let plain = Metadata::new(metadata.columns()[1..].to_vec()).unwrap();
        export(&ExportJob::Metadata { metadata: &plain, rows: &RowSet::all(3) }, &columns, &Progress::default())
            .unwrap();
        let script = "
import json, sys, pandas
numbers = dict(float_precision='round_trip')
csv = pandas.read_csv(sys.argv[1], **numbers)
text = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
tsv = pandas.read_csv(sys.argv[2], sep='\\t', header=None, **numbers)
columns = pandas.read_csv(sys.argv[3], sep='\\t', dtype=str, keep_default_na=False, quoting=3)
def say(frame):
    values = [value for row in zip(*(frame[name].tolist() for name in frame)) for value in row]
    return [repr(float(value) if any(isinstance(other, float) for other in values) else value) for value in values]
print(json.dumps({
    'csv': say(csv[['d0', 'd1']]), 'tsv': say(tsv), 'types': {name: str(csv[name].dtype) for name in ['count', 'score', 'flag']},
    'text': {name: text[name].tolist() for name in text.columns[:-2]},
    'columns': {name: columns[name].tolist() for name in columns.columns}}))";
        let Some(read) = python("pandas", script, &[&csv, &tsv, &columns]) else { return };
        let wide = match dtype {
            // The shortest text of an `f32` is that of another `f64`.
            Dtype::F32 => ["0.0", "1.0", "0.5", "-2.0", "0.33333334", "10000.0"].map(str::to_owned).to_vec(),
            _ => printed(&vectors),
        };
        assert_eq!([&read["csv"], &read["tsv"]], [&json!(wide); 2], "{dtype}");
        assert_eq!(read["types"], json!({"count": "int64", "score": "float64", "flag": "bool"}));
        for (at, (name, cells)) in COLUMNS.iter().enumerate() {
            assert_eq!(read["text"][name], json!(cells), "{name}");
            assert!(at == 0 || read["columns"][name] == json!(cells), "{name}: {}", read["columns"]);
        }
    }
}

#[test]
fn numpy_reads_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bytes");
    write_vectors(&path, OutputFormat::BYTES, &vectors(Dtype::F32), None, &Progress::default()).unwrap();
    let script = "
import json, sys, numpy
print(json.dumps(numpy.fromfile(sys.argv[1], '<f4').reshape(3, 2).astype(float).tolist()))";
    let Some(read) = python("numpy", script, &[&path]) else { return };
    let third = f64::from(1.0_f32 / 3.0);
    assert_eq!(read, json!([[0.0, 1.0], [0.5, -2.0], [third, 1e4]]));
}

/// The configuration by TensorBoard's own description of it, or the same description where there is
/// no TensorBoard.
const CONFIG: &str = "
import json, sys
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, text_format
def described():
    file = descriptor_pb2.FileDescriptorProto(name='projector_config.proto', package='tensorboard', syntax='proto3')
    def message(name, *fields):
        made = file.message_type.add(name=name)
        for number, (name, kind, repeated) in enumerate(fields, 1):
            label = 3 if repeated else 1
            if kind[0].isupper():
                made.field.add(name=name, number=number, label=label, type=11, type_name='.tensorboard.' + kind)
            else:
                made.field.add(name=name, number=number, label=label, type={'string': 9, 'uint32': 13}[kind])
    message('SpriteMetadata', ('image_path', 'string', False), ('single_image_dim', 'uint32', True))
    message('EmbeddingInfo', ('tensor_name', 'string', False), ('metadata_path', 'string', False),
            ('bookmarks_path', 'string', False), ('tensor_shape', 'uint32', True), ('sprite', 'SpriteMetadata', False),
            ('tensor_path', 'string', False))
    message('ProjectorConfig', ('model_checkpoint_path', 'string', False), ('embeddings', 'EmbeddingInfo', True),
            ('model_checkpoint_dir', 'string', False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName('tensorboard.ProjectorConfig'))
try:
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
except ImportError:
    ProjectorConfig = described()
text, as_json = [open(path, encoding='utf8').read() for path in sys.argv[1:]]
config = text_format.Parse(text, ProjectorConfig())
assert as_json == '' or json_format.Parse(as_json, ProjectorConfig()) == config
print(json.dumps(json_format.MessageToDict(config, preserving_proto_field_name=True)))";

#[test]
fn protocol_buffers_read_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let first = EmbeddingConfig {
        tensor_name: "a \"b\" \\ \u{fc}\n\t'".into(),
        metadata_path: "m\u{e9}ta.tsv".into(),
        bookmarks_path: "b.txt".into(),
        tensor_shape: vec![4_294_967_295, 3],
        sprite: Some(SpriteConfig { image_path: "s.png".into(), single_image_dim: vec![10, 20] }),
        tensor_path: "t.bytes".into(),
    };
    let config = ProjectorConfig {
        model_checkpoint_path: "model.ckpt-7".into(),
        embeddings: vec![first, EmbeddingConfig { tensor_name: "second".into(), ..EmbeddingConfig::default() }],
        ..ProjectorConfig::default()
    };
    let [text, as_json] = ["c.pbtxt", "c.json"].map(|name| folder.path().join(name));
    fs::write(&text, config.to_pbtxt()).unwrap();
    fs::write(&as_json, config.to_json()).unwrap();
    let Some(read) = python("google.protobuf", CONFIG, &[&text, &as_json]) else { return };
    let expected = json!({
        "model_checkpoint_path": "model.ckpt-7",
        "embeddings": [
            {
                "tensor_name": "a \"b\" \\ \u{fc}\n\t'", "metadata_path": "m\u{e9}ta.tsv", "bookmarks_path": "b.txt",
                "tensor_shape": [4_294_967_295_u32, 3], "tensor_path": "t.bytes",
                "sprite": {"image_path": "s.png", "single_image_dim": [10, 20]},
            },
            {"tensor_name": "second"},
        ],
    });
    assert_eq!(read, expected);
    let written = visualize_embeddings(folder.path(), &config).unwrap();
    fs::write(&as_json, "").unwrap();
    assert_eq!(python("google.protobuf", CONFIG, &[&written, &as_json]), Some(expected));
}

/// The pixels of a sheet by Pillow.
const PIXELS: &str = "
import json, sys
from PIL import Image
image = Image.open(sys.argv[1])
image.load()
print(json.dumps([image.format, image.mode, list(image.size), list(image.convert('RGBA').tobytes())]))";

#[test]
fn pillow_reads_sprites() {
    let folder = tempfile::tempdir().unwrap();
    // Five thumbnails of 2x1 pixels in three columns.
    let pixels: Vec<u8> = (0..6 * 2 * 4).map(|at| (at * 5) as u8).collect();
    let sheet = SpriteSheet::new([6, 2], [2, 1], pixels).unwrap();
    let numbers = Vectors::from_f32(5, 2, vec![0.1; 10]).unwrap();
    let embedding = Embedding {
        sprite: Some(Arc::new(sheet.clone())),
        ..Embedding::new("v", numbers, &Progress::default()).unwrap()
    };
    let rows = RowSet::from(vec![0, 2, 4]);
    export(&ExportJob::Folder { embedding: &embedding, rows: &rows }, folder.path(), &Progress::default()).unwrap();
    let Some(read) = python("PIL.Image", PIXELS, &[&folder.path().join("sprite.png")]) else { return };
    assert_eq!([&read[0], &read[2]], [&json!("PNG"), &json!([4, 2])]);
    let found: Vec<u8> = serde_json::from_value(read[3].clone()).unwrap();
    let [first, second, third] = [0, 2, 4].map(|row| sheet.image(row).unwrap());
    assert_eq!(found, [first, second, third, vec![0; 8]].concat());

    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images/classes");
    let out = folder.path().join("made.png");
    let written = write_sprite(&pictures, &out, Some([4, 4]), None, &Progress::default()).unwrap();
    let read = python("PIL.Image", PIXELS, &[&out]).unwrap();
    assert_eq!((read[0].as_str(), &read[2]), (Some("PNG"), &json!(written.size)));
    let found: Vec<u8> = serde_json::from_value(read[3].clone()).unwrap();
    let opaque = found.chunks_exact(4).filter(|pixel| pixel[3] > 0).count();
    assert!(opaque > written.count * 4, "{opaque}");
}
