use std::{fs, sync::Arc};

use ndarray::array;
use parallax_embedding::{ColumnBuilder, Dtype, SpriteSheet};
use proptest::prelude::*;

use super::*;
use crate::{OpenOptions, Severity, metadata::Table, npy, open, tensorboard::ProjectorConfig};

fn column(name: &str, cells: &[&str]) -> Column {
    let mut builder = ColumnBuilder::new(name);
    cells.iter().for_each(|cell| builder.push(Some(cell)));
    builder.finish()
}

fn rows(rows: &[u32]) -> RowSet {
    rows.to_vec().into()
}

/// The file that `job` makes, and its notes.
fn exported(job: &ExportJob<'_>, name: &str) -> (Vec<u8>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let written = export(job, &path, &Progress::default()).unwrap();
    assert_eq!(written.files, [path.as_path()]);
    let notes = written.notes.iter().map(|note| note.to_string().replace(&*folder.path().to_string_lossy(), ""));
    (fs::read(path).unwrap(), notes.collect())
}

#[track_caller]
fn check(job: &ExportJob<'_>, name: &str, expected: &str) {
    let (bytes, notes) = exported(job, name);
    assert_eq!((String::from_utf8(bytes).unwrap().as_str(), notes), (expected, vec![]), "{name}");
}

#[track_caller]
fn check_note(job: &ExportJob<'_>, name: &str, text: &str, note: &str) {
    let (bytes, notes) = exported(job, name);
    assert_eq!((String::from_utf8(bytes).unwrap().as_str(), notes), (text, vec![note.to_owned()]), "{name}");
}

#[test]
fn exported_coordinates_have_rows_and_labels() {
    let labels = column("word", &["a,b", "b", "", "d"]);
    let layout = array![[0.5, 1.0], [f32::NAN, f32::NAN], [-2.0, 1e-7], [3.0, 4.0]];
    let some = rows(&[0, 1, 2, 9]);
    let job = ExportJob::Coordinates { layout: layout.view(), labels: Some(&labels), rows: &some };
    check(&job, "c.tsv", "row\tword\tx\ty\n0\ta,b\t0.5\t1\n1\tb\tNaN\tNaN\n2\t\t-2\t1e-7\n");
    check(&job, "c.CSV", "row,word,x,y\n0,\"a,b\",0.5,1\n1,b,NaN,NaN\n2,,-2,1e-7\n");
    let wide = array![[0.5, 1.0, 0.0, 0.0], [-2.0, 1e-7, 3.0, 4.0]];
    let job = ExportJob::Coordinates { layout: wide.view(), labels: None, rows: &rows(&[1]) };
    check(&job, "no ending", "row\tc0\tc1\tc2\tc3\n1\t-2\t1e-7\t3\t4\n");
    let (bytes, _) =
        exported(&ExportJob::Coordinates { layout: layout.view(), labels: None, rows: &rows(&[0, 3]) }, "c.npy");
    let read = npy::vectors(Arc::new(bytes), Path::new("c.npy"), &Progress::default()).unwrap();
    assert_eq!((read.rows(), read.dims(), read.as_f32().unwrap()), (2, 2, &[0.5, 1.0, 3.0, 4.0][..]));
}

#[test]
fn vectors_keep_their_type_as_an_array_and_are_numbers_as_text() {
    let vectors = Vectors::from_bytes(3, 2, Dtype::U8, Arc::new(vec![1, 2, 3, 4, 255, 6]), 0).unwrap();
    let metadata = Metadata::new(vec![column("name", &["x", "y", "z \"3\""])]).unwrap();
    let some = rows(&[0, 2, 3]);
    let job = ExportJob::Vectors { vectors: &vectors, metadata: &metadata, rows: &some };
    check(&job, "v.tsv", "1\t2\n255\t6\n");
    check(&job, "v.csv", "name,d0,d1\nx,1,2\n\"z \"\"3\"\"\",255,6\n");
    let (bytes, _) = exported(&job, "v.npy");
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00\x76\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }"));
    assert_eq!(bytes[128..], [1, 2, 255, 6]);
    let bf16 = Vectors::from_bytes(1, 1, Dtype::Bf16, Arc::new(vec![0x80, 0x3F]), 0).unwrap();
    let (bytes, _) = exported(&ExportJob::Vectors { vectors: &bf16, metadata: &metadata, rows: &rows(&[0]) }, "v.npy");
    assert_eq!(bytes[128..], 1.0_f32.to_le_bytes());
}

/// By the header rule of TensorBoard: several columns have names, one has none.
#[test]
fn tables_have_headers_where_readers_expect_them() {
    let (label, digit) = (column("label", &["a", "b", "c"]), column("digit", &["3", "", "007"]));
    let (all, metadata) = (RowSet::all(3), Metadata::new(vec![label.clone(), digit.clone()]).unwrap());
    let job = ExportJob::Metadata { metadata: &metadata, rows: &all };
    check(&job, "m.tsv", "label\tdigit\na\t3\nb\t\nc\t007\n");
    check(&ExportJob::Labels { labels: &label, rows: &rows(&[2]) }, "l.tsv", "c\n");
    check(&ExportJob::Labels { labels: &digit, rows: &all }, "l.csv", "digit\n3\n\"\"\n007\n");
    let job = ExportJob::Labels { labels: &digit, rows: &rows(&[0]) };
    let note = "/l.tsv: the column's name, \"digit\", is not written: a TSV file of one column has no header. Write .csv to keep it.";
    check_note(&job, "l.tsv", "3\n", note);
}

#[test]
fn exports_warn_of_what_text_cannot_hold() {
    let label = column("label", &["a\tb\r\n", "c \"d\"", ""]);
    let note = "/l.tsv: tabs and line breaks in 1 cell are written as spaces: TSV has no place for them. Write .csv to keep them.";
    check_note(&ExportJob::Labels { labels: &label, rows: &rows(&[0, 1]) }, "l.tsv", "a b  \nc \"d\"\n", note);
    check(
        &ExportJob::Labels { labels: &label, rows: &rows(&[0, 1]) },
        "l.csv",
        "label\n\"a\tb\r\n\"\n\"c \"\"d\"\"\"\n",
    );
    let note = "/l.tsv: 1 row without a value; TensorBoard leaves such lines out and moves up what is below. Give each row a \
                value, or write another column beside.";
    check_note(&ExportJob::Labels { labels: &label, rows: &rows(&[1, 2]) }, "l.tsv", "c \"d\"\n\n", note);
    let empty = ExportJob::Metadata { metadata: &Metadata::default(), rows: &rows(&[0]) };
    let error = export(&empty, Path::new("m.tsv"), &Progress::default()).unwrap_err();
    assert_eq!(error.to_string(), "m.tsv: there is no metadata to write. Open some, or tag rows.");
    let error =
        export(&ExportJob::Labels { labels: &label, rows: &rows(&[0]) }, Path::new("l.npy"), &Progress::default());
    let error = error.unwrap_err().to_string();
    let expected = "l.npy: an array of numbers has no place for text. End the name in .npz, .tsv";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn neighbors_are_ranked() {
    let labels = column("word", &["a", "b", "c"]);
    let job = ExportJob::Neighbors { neighbors: &[(2, 0.25), (0, 0.5)], labels: Some(&labels) };
    check(&job, "n.csv", "rank,row,word,distance\n1,2,c,0.25\n2,0,a,0.5\n");
    check(&ExportJob::Neighbors { neighbors: &[(7, 1.0)], labels: None }, "n.tsv", "rank\trow\tdistance\n1\t7\t1\n");
}

#[test]
fn cancelled_exports_leave_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.tsv");
    fs::write(&path, "old").unwrap();
    let progress = Progress::default();
    progress.cancel();
    let (labels, all) = (column("label", &["a"]), RowSet::all(1));
    let result = export(&ExportJob::Labels { labels: &labels, rows: &all }, &path, &progress);
    assert!(matches!(result, Err(FormatError::Cancelled)));
    assert_eq!((fs::read(&path).unwrap(), fs::read_dir(folder.path()).unwrap().count()), (b"old".to_vec(), 1));
}

/// Five rows of three dimensions, with words and thumbnails of one pixel whose red is the row's
/// number.
fn embedding(words: &[&str]) -> Embedding {
    let vectors = Vectors::from_f32(5, 3, (0..15).map(|value| value as f32 / 7.0).collect()).unwrap();
    let pixels: Vec<u8> = (0..5).flat_map(|row| [row, 0, 9, 255]).collect();
    Embedding {
        metadata: Arc::new(Metadata::new(vec![column("word", words)]).unwrap()),
        sprite: Some(Arc::new(SpriteSheet::new([5, 1], [1, 1], pixels).unwrap())),
        ..Embedding::new("my \"words\"", vectors, &Progress::default()).unwrap()
    }
}

#[test]
fn published_folders_open_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to/publish");
    let (embedding, some) = (embedding(&["a", "b", "c", "d", "e"]), rows(&[0, 2, 3, 4]));
    let job = ExportJob::Folder { embedding: &embedding, rows: &some };
    let written = export(&job, &path, &Progress::default()).unwrap();
    assert_eq!((written.rows, written.notes), (4, vec![]));
    let names = |files: &[PathBuf]| files.iter().map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    let expected = ["tensors.bytes", "metadata.tsv", "sprite.png", "projector_config.json", "projector_config.pbtxt"];
    assert_eq!(names(&written.files), expected);
    let values: Vec<u8> = [0, 1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14]
        .iter()
        .flat_map(|&value| (value as f32 / 7.0).to_le_bytes())
        .collect();
    assert_eq!(fs::read(path.join("tensors.bytes")).unwrap(), values);
    assert_eq!(fs::read_to_string(path.join("metadata.tsv")).unwrap(), "a\nc\nd\ne\n");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join("projector_config.json")).unwrap()).unwrap();
    let expected = serde_json::json!({ "embeddings": [{
        "tensorName": "my \"words\"", "tensorShape": [4, 3], "tensorPath": "tensors.bytes", "metadataPath": "metadata.tsv",
        "sprite": { "imagePath": "sprite.png", "singleImageDim": [1, 1] },
    }] });
    assert_eq!(json, expected);
    for target in [path.clone(), path.join("projector_config.json")] {
        let source = open(&target, &OpenOptions::default()).unwrap();
        let loaded = source.load(0, 0, &Progress::default()).unwrap();
        assert_eq!((&source.problems, &loaded.problems), (&vec![], &vec![]), "{}", target.display());
        let read = loaded.embedding;
        assert_eq!((read.rows(), read.vectors.dims(), read.name.as_str()), (4, 3, "my \"words\""));
        assert_eq!(read.metadata.columns()[0].values().iter().collect::<Vec<_>>(), ["a", "c", "d", "e"]);
        let sheet = read.sprite.unwrap();
        assert_eq!(
            (sheet.grid(), sheet.image(1), sheet.image(3)),
            ([2, 2], Some(vec![2, 0, 9, 255]), Some(vec![4, 0, 9, 255]))
        );
    }
    export(&job, &path, &Progress::default()).unwrap(); // over itself
}

/// TensorBoard skips blank lines: row numbers in front keep the labels in their rows.
#[test]
fn rows_without_a_value_keep_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let embedding = embedding(&["a", " ", "", "d", "e"]);
    let job = ExportJob::Folder { embedding: &embedding, rows: &RowSet::all(5) };
    assert_eq!(export(&job, folder.path(), &Progress::default()).unwrap().notes, vec![]);
    let metadata = fs::read_to_string(folder.path().join("metadata.tsv")).unwrap();
    assert_eq!(metadata, "row\tword\n0\ta\n1\t \n2\t\n3\td\n4\te\n");
}

/// The plugin reads a file as text if its bytes are text: 2.0 is three zeros and an `@`.
#[test]
fn numbers_that_look_like_text_are_written_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = Vectors::from_f32(2, 2, vec![0.5, 2.0, 0.0, 2.0]).unwrap();
    let embedding = Embedding::new("", vectors, &Progress::default()).unwrap();
    let job = ExportJob::Folder { embedding: &embedding, rows: &RowSet::all(2) };
    export(&job, folder.path(), &Progress::default()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("tensors.tsv")).unwrap(), "0.5\t2\n0\t2\n");
    let (config, _) = ProjectorConfig::read(&folder.path().join("projector_config.pbtxt")).unwrap();
    assert_eq!((&*config.embeddings[0].tensor_path, &*config.embeddings[0].tensor_name), ("tensors.tsv", "vectors"));
}

#[test]
fn exports_keep_configurations_of_other_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("projector_config.pbtxt");
    let embedding = embedding(&["a"; 5]);
    let job = ExportJob::Folder { embedding: &embedding, rows: &RowSet::all(5) };
    for theirs in ["model_checkpoint_path: \"m\"", "embeddings { tensor_name: \"w\" }", "no configuration {"] {
        fs::write(&file, theirs).unwrap();
        let error = export(&job, folder.path(), &Progress::default()).unwrap_err().to_string();
        assert!(
            error
                .ends_with("the folder has a configuration of other data, which would be lost. Choose another folder.")
        );
        assert_eq!(
            (fs::read_to_string(&file).unwrap().as_str(), fs::read_dir(folder.path()).unwrap().count()),
            (theirs, 1)
        );
    }
}

#[test]
fn exports_warn_of_what_tensorboard_hides() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = Vectors::from_f32(2, 1, vec![1.0, 3.0]).unwrap();
    let sheet = SpriteSheet::new([9000, 1], [4500, 1], vec![7; 36_000]).unwrap();
    let embedding =
        Embedding { sprite: Some(Arc::new(sheet)), ..Embedding::new("v", vectors, &Progress::default()).unwrap() };
    let written = export(
        &ExportJob::Folder { embedding: &embedding, rows: &RowSet::all(2) },
        folder.path(),
        &Progress::default(),
    );
    let notes: Vec<String> = written.unwrap().notes.into_iter().map(|note| note.message).collect();
    assert!(
        notes[0].starts_with("TensorBoard hides vectors of fewer than 2 rows or dimensions, as these 2 x 1"),
        "{notes:?}"
    );
    assert!(notes[1].starts_with("the thumbnails are left out: a sheet for 2 rows has 9000x2 pixels"), "{notes:?}");
    assert!(!folder.path().join("sprite.png").exists());
}

fn cells() -> impl Strategy<Value = Vec<String>> {
    let cell =
        prop::collection::vec(prop::sample::select(&['a', '7', ' ', '"', ',', '\t', '\n', '\r', '\'', '\u{e9}']), 0..5);
    prop::collection::vec(cell.prop_map(String::from_iter), 6)
}

proptest! {
    // Each case syncs files to the disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// CSV keeps whatever a cell holds; TSV all but tabs and line breaks.
    #[test]
    fn tables_read_back(columns in prop::collection::vec(cells(), 1..4), some in prop::collection::btree_set(0_u32..6, 1..6)) {
        let columns: Vec<Column> = columns
            .iter()
            .enumerate()
            .map(|(place, cells)| column(&format!("c\"{place}, "), &cells.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let (metadata, rows) = (Metadata::new(columns).unwrap(), some.into_iter().collect::<RowSet>());
        let job = ExportJob::Metadata { metadata: &metadata, rows: &rows };
        for name in ["m.csv", "m.tsv"] {
            let (bytes, _) = exported(&job, name);
            // A single column in quotes looks as if a program had quoted it.
            let cells: Vec<&str> = rows.iter().filter_map(|row| metadata.columns()[0].text(row as usize)).collect();
            if name == "m.tsv" && metadata.columns().len() == 1 && crate::delimited::is_wrapped(cells.into_iter()) {
                continue;
            }
            let (read, mut problems) = Table::parse(&bytes, Path::new(name)).reconcile(rows.len());
            problems.retain(|problem| problem.severity > Severity::Note);
            prop_assert!(problems.is_empty(), "{name}: {problems:?} in {:?}", String::from_utf8_lossy(&bytes));
            for (column, read) in metadata.columns().iter().zip(read.columns()) {
                for (place, row) in rows.iter().enumerate() {
                    let kept = column.text(row as usize).map(|text| if name == "m.csv" { text.to_owned() } else { text.replace(['\t', '\n', '\r'], " ") });
                    // A line of spaces is a row without values.
                    let is_blank = metadata.columns().iter().all(|column| column.text(row as usize).is_none_or(|text| text.trim().is_empty()));
                    let expected = kept.filter(|_| name == "m.csv" || !is_blank);
                    prop_assert_eq!(read.text(place), expected.as_deref(), "{}", name);
                }
            }
        }
    }
}
