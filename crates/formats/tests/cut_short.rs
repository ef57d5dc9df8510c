//! Files that are mapped since they are large, and are cut short while they are open.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_formats::{ExportJob, Loaded, OpenOptions, OutputFormat, export, open, write_vectors};

const ROWS: usize = 75_000;
const DIMS: usize = 1024;
/// Where the header of a `.npy` file ends.
const START: usize = 128;

/// Writes a file of 75,000 x 1,024 `f32`, all zeros, which takes no room on disk.
fn write_sparse(path: &Path) {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {DIMS}), }}");
    header.extend(std::iter::repeat_n(' ', START - 10 - 1 - header.len()));
    let mut file = File::create(path).unwrap();
    file.write_all(&[b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), b"\n"].concat()).unwrap();
    file.set_len((START + ROWS * DIMS * 4) as u64).unwrap();
}

/// Cuts the file after this many rows.
fn cut(path: &Path, rows: usize) {
    File::options().write(true).open(path).unwrap().set_len((START + rows * DIMS * 4) as u64).unwrap();
}

fn load(path: &Path) -> Loaded {
    open(path, &OpenOptions::default()).unwrap().load(0, 0, &Progress::default()).unwrap()
}

fn sum(vectors: &Vectors) -> f64 {
    let mut buffer = Vec::<f32>::new();
    vectors.each_row(0..vectors.rows(), &mut buffer).flatten().map(|&x| f64::from(x)).sum()
}

#[test]
fn rows_that_are_cut_off_are_known_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npy");
    write_sparse(&path);
    let embedding = load(&path).embedding;
    let vectors = &embedding.vectors;
    assert_eq!(vectors.mapped_from(), Some(&*path));
    assert_eq!((vectors.check(), vectors.is_rewritten()), (Ok(()), false));
    cut(&path, 74_000);
    assert_eq!(sum(vectors), 0.0, "the program goes on");
    let damaged = vectors.check().unwrap_err();
    assert_eq!((&damaged.file, damaged.rows), (&path, Some(1000)));

    let (out, progress) = (folder.path().join("out.npy"), Progress::default());
    fs::write(&out, "before").unwrap();
    let refused = |result: Result<(), String>| {
        let error = result.unwrap_err();
        assert!(error.contains("large.npy: it was cut short to") && error.contains("1000 rows are lost"), "{error}");
        assert_eq!(fs::read(&out).unwrap(), b"before");
    };
    let few = RowSet::from(vec![1, 2]);
    let text = |error: parallax_formats::FormatError| error.to_string();
    refused(write_vectors(&out, OutputFormat::BYTES, vectors, None, &progress).map(|_| ()).map_err(text));
    for job in [
        ExportJob::Vectors { vectors, metadata: &embedding.metadata, rows: &few },
        ExportJob::Folder { embedding: &embedding, rows: &few },
    ] {
        let target = if matches!(job, ExportJob::Folder { .. }) { folder.path().join("folder") } else { out.clone() };
        refused(export(&job, &target, &progress).map(|_| ()).map_err(text));
    }
    assert!(!folder.path().join("folder/projector_config.pbtxt").exists());

    // It is as long as before, and what was lost stays so until it is opened again.
    write_sparse(&path);
    assert!(vectors.check().is_err());
    assert_eq!(load(&path).embedding.vectors.check(), Ok(()));
}

/// It is cut while it is read, over and over: each time it is read whole, or that is an error.
#[test]
fn loading_a_file_that_is_cut_meanwhile_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npy");
    for delay in [0, 1, 5, 20, 60] {
        write_sparse(&path);
        let source = open(&path, &OpenOptions::default()).unwrap();
        let loaded = std::thread::scope(|scope| {
            let cutter = scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(delay));
                cut(&path, 10);
            });
            let loaded = source.load(0, 0, &Progress::default());
            cutter.join().unwrap();
            loaded
        });
        match loaded {
            Ok(loaded) => assert_eq!(loaded.embedding.vectors.check().unwrap_err().rows, Some(ROWS - 10)),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("cut short to") || error.contains("are there"), "{error}");
            }
        }
    }
}

/// A file that is written to in place keeps its shape; that its values may be mixed is said.
#[test]
fn files_that_are_written_to_in_place_are_known() {
    use std::os::unix::fs::FileExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npy");
    write_sparse(&path);
    let loaded = load(&path);
    assert!(loaded.problems.iter().all(|problem| !problem.message.contains("written to")), "{:?}", loaded.problems);
    let vectors = loaded.embedding.vectors;
    std::thread::sleep(std::time::Duration::from_millis(50)); // times of files are coarse
    File::options().write(true).open(&path).unwrap().write_all_at(&2_f32.to_le_bytes(), START as u64).unwrap();
    assert_eq!((sum(&vectors), vectors.check()), (2.0, Ok(())));
    let said = parallax_formats::Problem::rewritten(&vectors).unwrap().to_string();
    assert!(said.contains("large.npy: it was written to while it was used"), "{said}");
}
