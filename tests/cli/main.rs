//! The program as scripts use it: output, files, and exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apart;
mod clusters;
mod compare;
mod doctor;
mod finding;
mod inspect;
mod project;
mod steps;
mod tours;
mod usage;
mod warnings;
mod writing;

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use parallax::{
    embedding::{Progress, Vectors},
    formats::{OpenOptions, RawLayout, open},
};
use serde_json::Value;

const IRIS: [&str; 5] = ["iris/iris_tensors.bytes", "--raw-dims", "4", "--metadata", "iris/iris_labels.tsv"];

/// The result of a command.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// Returns the JSON document of a command that succeeded without a warning.
    #[track_caller]
    fn json(self) -> Value {
        assert_eq!(self.err, "");
        self.json_beside_warnings()
    }

    /// Returns the JSON document of a command that succeeded.
    #[track_caller]
    fn json_beside_warnings(self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Runs the program in the folder of test data. The last line of what it writes ends.
#[track_caller]
fn parallax(args: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_parallax")).current_dir(data()).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    for written in [&ended.out, &ended.err] {
        assert!(written.is_empty() || written.ends_with('\n'), "{args:?}: {written}");
    }
    ended
}

/// Returns the dimensions and the bits of all values of the first embedding in `path`.
fn bits(path: &Path, raw_dims: Option<usize>) -> (usize, Vec<u32>) {
    let raw = raw_dims.map(|dims| RawLayout { dims, dtype: "f32".into(), offset: 0 });
    let source = open(path, &OpenOptions { raw, ..OpenOptions::default() }).unwrap();
    let (run, embedding) = source.choose(None, None).unwrap();
    let vectors = source.load(run, embedding, &Progress::default()).unwrap().embedding.vectors;
    (vectors.dims(), values(&vectors).iter().map(|value| value.to_bits()).collect())
}

fn values(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
}

fn numbers<const N: usize>(path: impl AsRef<Path>, read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    fs::read(data().join(path)).unwrap().as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect()
}

fn iris() -> Vec<f64> {
    numbers(IRIS[0], |bytes| f64::from(f32::from_le_bytes(bytes)))
}

/// Writes `rows` different rows of 4 raw f32.
fn few_rows(rows: usize, path: &Path) {
    let value = |at: usize| ((at * 37 + at / 4 * 11) % 101) as f32;
    fs::write(path, (0..rows * 4).flat_map(|at| value(at).to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}
