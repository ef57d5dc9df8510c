use proptest::prelude::*;

use super::*;

fn read(text: &[u8], file: &str) -> Result<Delimited, String> {
    vectors(text, Path::new(file), &Progress::default()).map_err(|error| error.to_string())
}

fn all(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).to_vec()
}

/// Checks rows of numbers, each label column as `name: cell cell`, and a part of each note.
#[track_caller]
fn check(text: &str, file: &str, rows: &[&[f32]], labels: &[&str], notes: &[&str]) {
    let read = read(text.as_bytes(), file).unwrap();
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(all(&read.vectors)), bits(rows.concat()), "{:?}", all(&read.vectors));
    assert_eq!(read.vectors.rows(), rows.len());
    let columns = read.metadata.as_ref().map(Metadata::columns).unwrap_or_default();
    let columns = columns.iter().map(|column| {
        let cells: Vec<&str> = (0..column.len()).map(|row| column.text(row).unwrap_or("-")).collect();
        format!("{}: {}", column.name(), cells.join(" "))
    });
    assert_eq!(columns.collect::<Vec<_>>(), labels);
    let found: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), notes.len(), "{found:?}");
    found.iter().zip(notes).for_each(|(found, note)| assert!(found.contains(note), "{found}"));
    let shape = (rows.len(), read.vectors.dims(), read.vectors.dtype());
    assert_eq!(probe(text.as_bytes(), Path::new(file)).unwrap(), shape);
}

#[track_caller]
fn refused(text: &[u8], file: &str, expected: &str) {
    assert_eq!(read(text, file).unwrap_err(), format!("{file}: {expected}."));
}

const HEADER: &str = "line 1: the first line is taken as a header";

#[test]
fn lines_are_rows() {
    let rows: &[&[f32]] = &[&[1.0, 2.5], &[-3.0, 4e5]];
    check("1\t2.5\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5", "v.tsv", rows, &[], &[]);
    check("\u{FEFF}1\t2.5\r\n\r\n  \n-3\t4e5\r\n\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1,2.5\n-3,4e5\n", "v.csv", rows, &[], &[]);
    check("\"1\",2.5\n\n\"-3\",4e5\n", "v.csv", rows, &[], &[]);
    check("1\t2.5\r-3\t4e5\r", "v.tsv", rows, &[], &[]);
    check("7\n\n8\n", "v.tsv", &[&[7.0], &[8.0]], &[], &[]);
    check(
        "nan\tinf\n1_000\t -Infinity \n",
        "v.tsv",
        &[&[f32::NAN, f32::INFINITY], &[1000.0, f32::NEG_INFINITY]],
        &[],
        &[],
    );
}

/// Numbers far from zero are `f64` with all of their digits; the same numbers around zero are `f32`.
#[test]
fn numbers_far_from_zero_are_read_as_f64() {
    let f64s = |text: &str| {
        let read = read(text.as_bytes(), "v.csv").unwrap();
        let values = read.vectors.block_as::<f64>(0..read.vectors.rows(), &mut Vec::new()).to_vec();
        (read.vectors.dtype(), values)
    };
    let seconds = f64s("1700000000.25,0.5\n1700000001,0.25\n,1\n");
    assert_eq!(seconds.0, Dtype::F64);
    assert_eq!(seconds.1[..4], [1_700_000_000.25, 0.5, 1_700_000_001.0, 0.25]);
    assert!(seconds.1[4].is_nan());
    assert_eq!(f64s("0.123456789012345,1\n0.2,-1\n").0, Dtype::F32);
    // Only a line far below the first needs it.
    let late = f64s(&format!("{}20000000.1,1\n", (0..3000).map(|_| "20000000,1\n").collect::<String>()));
    assert_eq!((late.0, late.1.last_chunk::<2>()), (Dtype::F64, Some(&[20_000_000.1, 1.0])));
}

/// The figures are what the TensorBoard projector was seen to make of the same text, where that was right.
#[test]
fn headers_and_labels_are_recognised() {
    check("x\ty\tz\n1\t2\t3\n4\t5\t6\n", "v.tsv", &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]], &[], &[HEADER]);
    let label = "1 of 3 columns are taken as metadata and not as numbers of the vectors: \"label\"";
    check("foo\t0.2\t0.5\nbar\t0.1\t5.0\n", "v.tsv", &[&[0.2, 0.5], &[0.1, 5.0]], &["label: foo bar"], &[label]);
    check("1\t0.2\t0.5\n2\t0.1\t5.0\n", "v.tsv", &[&[1.0, 0.2, 0.5], &[2.0, 0.1, 5.0]], &[], &[]);
    let two = "2 of 3 columns";
    check("a\t1\tx\nb\t2\ty\n", "v.tsv", &[&[1.0], &[2.0]], &["column 1: a b", "column 3: x y"], &[two]);
    check(
        "w,x,y\n\"a,b\",1,2\nc,3,4\n",
        "v.csv",
        &[&[1.0, 2.0], &[3.0, 4.0]],
        &["w: a,b c"],
        &[HEADER, "1 of 3 columns"],
    );
    // Most labels are words; one that looks like a number is a label all the same.
    check("the\t1\n1984\t2\nof\t3\n", "v.tsv", &[&[1.0], &[2.0], &[3.0]], &["label: the 1984 of"], &["1 of 2"]);
}

#[test]
fn names_that_count_mark_the_numbers() {
    check(
        "id,n,d0,d1\n7,1,2,3\n8,1,4,5\n",
        "v.csv",
        &[&[2.0, 3.0], &[4.0, 5.0]],
        &["id: 7 8", "n: 1 1"],
        &[HEADER, "2 of 4"],
    );
    check("label,pixel1,pixel2\n5,0,255\n", "v.csv", &[&[0.0, 255.0]], &["label: 5"], &[HEADER, "1 of 3"]);
    check("x1,x2,y1,y2\n1,2,3,4\n", "v.csv", &[&[1.0, 2.0, 3.0, 4.0]], &[], &[HEADER]);
    check("d0,d1\n1,2\n", "v.csv", &[&[1.0, 2.0]], &[], &[HEADER]);
    check(
        ",0,1,2\na,.5,.5,1\nb,1,2,3\n",
        "v.csv",
        &[&[0.5, 0.5, 1.0], &[1.0, 2.0, 3.0]],
        &["column 1: a b"],
        &[HEADER, "1 of 4"],
    );
    check("0,1,2\n.5,1,2\n", "v.csv", &[&[0.5, 1.0, 2.0]], &[], &[HEADER]);
    check("0,1,2\n3,4,5\n", "v.csv", &[&[0.0, 1.0, 2.0], &[3.0, 4.0, 5.0]], &[], &[]);
}

#[test]
fn empty_cells_are_missing_and_not_zero() {
    let missing = "line 1, column 2: 1 cells are empty; their values are missing (NaN), not 0";
    check("1\t\t3\n", "v.tsv", &[&[1.0, f32::NAN, 3.0]], &[], &[missing]);
    let large = "line 3, column 1: 1 numbers are beyond what 32-bit floats hold";
    check("1\t2\n\n1e39\t2\n", "v.tsv", &[&[1.0, 2.0], &[f32::INFINITY, 2.0]], &[], &[large]);
}

#[test]
fn faults_name_line_and_column() {
    refused(b"1\t2\n\n1\t2\t3\n", "v.tsv", "line 3: 3 cells where the first line has 2. Give each row as many cells");
    refused(b"1\t2\r\n\r\n1\r\n", "v.tsv", "line 3: 1 cells where the first line has 2. Give each row as many cells");
    let way_out = "Correct the cell, or leave it empty where the value is missing";
    refused(b"1\t2\n3\tx\n5\t6\n", "v.tsv", &format!("line 2, column 2: \"x\" is not a number. {way_out}"));
    refused(b"\"1\",2\n\n\n3,x\n5,6\n", "v.csv", &format!("line 4, column 2: \"x\" is not a number. {way_out}"));
    let utf8 = "this is not UTF-8 text. Save the file as UTF-8; a file of raw numbers opens with --raw-dims";
    refused(b"1\t2\n\x003\t\xFF\n", "v.tsv", &format!("byte 7: {utf8}"));
    refused(b"\xEF\xBB\xBFM\xFC\t2\n", "v.tsv", &format!("byte 4: {utf8}"));
    refused(b"", "v.tsv", "the file is empty. Write one row a line, its numbers separated by tabs");
    refused(b"x,y\n", "v.csv", "there is no row of numbers. Write one row a line, its numbers separated by commas");
    refused(b"1,2\n3,4\n", "v.tsv", "the numbers are separated by commas, not by tabs. Separate the numbers by tabs");
    refused(
        b"1 2\n3 4\n",
        "v.csv",
        "the numbers are separated by spaces, not by commas. Separate the numbers by commas",
    );
    refused(b"a\tb\nc\td\n", "v.tsv", "no column holds numbers. Separate the numbers by tabs");
}

/// Faults far behind the first block have their line, the earliest is the one that is told, and blocks keep their order.
#[test]
fn blocks_are_one_file() {
    let line = |row: usize| format!("w{row}\t{row}\t0.5\n");
    let mut text: String = (0..300_000).map(line).collect();
    assert!(text.len() > 3 * BLOCK);
    let whole = read(text.as_bytes(), "v.tsv").unwrap();
    assert_eq!(whole.vectors.rows(), 300_000);
    let expected: Vec<f32> = (0..300_000).flat_map(|row| [row as f32, 0.5]).collect();
    assert_eq!(all(&whole.vectors), expected);
    let labels = whole.metadata.unwrap();
    assert_eq!(labels.columns()[0].text(299_999), Some("w299999"));
    text.push_str("bad\tx\t1\nworse\t1\n");
    let error = read(text.as_bytes(), "v.tsv").unwrap_err();
    assert!(error.starts_with("v.tsv: line 300001, column 2: \"x\" is not a number"), "{error}");
    let early = format!("a\t1\n{text}");
    assert!(
        read(early.as_bytes(), "v.tsv").unwrap_err().starts_with("v.tsv: line 2: 3 cells where the first line has 2")
    );
}

#[test]
fn a_cancelled_reading_stops() {
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(vectors(b"1\t2\n", Path::new("v.tsv"), &progress), Err(FormatError::Cancelled)));
}

/// `SummaryWriter.add_embedding` of PyTorch: shapes as the picture sheet and the labels beside them have it.
#[test]
fn files_of_other_programs() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/tensorboardx_add_embedding/00000");
    let digits = std::fs::read(folder.join("digits/tensors.tsv")).unwrap();
    let labels = std::fs::read_to_string(folder.join("digits/metadata.tsv")).unwrap();
    let read = read(&digits, "tensors.tsv").unwrap();
    assert_eq!((read.vectors.rows(), read.notes, read.metadata), (labels.lines().count() - 1, vec![], None));
    let text = std::str::from_utf8(&digits).unwrap();
    let expected: Vec<f32> = text.split_whitespace().map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(all(&read.vectors), expected);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[01.a\t\n\r,\" e_-]{0,60}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            for file in ["v.tsv", "v.csv"] {
                let probed = probe(bytes, Path::new(file));
                if let Ok(read) = read(bytes, file) {
                    prop_assert!(read.vectors.rows() * read.vectors.dims() <= bytes.len());
                    let shape = (read.vectors.rows(), read.vectors.dims());
                    prop_assert_eq!(probed.map(|(rows, dims, _)| (rows, dims)).unwrap(), shape);
                }
            }
        }
    }

    /// What the writer writes comes back bit for bit, labels and all.
    #[test]
    fn what_is_written_comes_back(
        (dims, bits) in (2_usize..6).prop_flat_map(|dims| (Just(dims), prop::collection::vec(prop::collection::vec(any::<u32>(), dims), 1..20))),
        cells in prop::collection::vec("[a-z\", \n7]{0,6}", 20)
    ) {
        let rows = bits.len();
        let values: Vec<f32> = bits.concat().into_iter().map(f32::from_bits).map(|v| if v.is_nan() { f32::NAN } else { v }).collect();
        let source = Vectors::from_f32(rows, dims, values.clone()).unwrap();
        let mut builder = ColumnBuilder::new("na\"me");
        cells.iter().take(rows).for_each(|cell| builder.push(Some(cell)));
        let metadata = Metadata::new(vec![builder.finish()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, format) in [("v.tsv", crate::OutputFormat::Tsv), ("v.csv", crate::OutputFormat::Csv)] {
            let path = folder.path().join(name);
            crate::write_vectors(&path, format, &source, Some(&metadata), &Progress::default()).unwrap();
            let read = read(&std::fs::read(&path).unwrap(), name).unwrap();
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&all(&read.vectors)), bits(&values));
            if name == "v.csv" {
                prop_assert_eq!(read.metadata.as_ref(), Some(&metadata));
            }
        }
    }
}
