mod cells;
mod columns;
mod numbers;
mod words;

use proptest::prelude::*;

use super::*;

fn hints(choice: Option<&str>) -> Hints {
    Hints { vectors: choice.map(str::to_owned), ..Hints::default() }
}

fn vectors(text: &[u8], file: &Path, choice: Option<&str>, progress: &Progress) -> Result<Delimited, FormatError> {
    super::vectors(text, file, &hints(choice), progress)
}

fn list(text: &[u8], file: &Path, choice: Option<&str>) -> Result<Listing, FormatError> {
    super::list(text, file, &hints(choice))
}

fn read(text: &[u8], file: &str) -> Result<Delimited, String> {
    vectors(text, Path::new(file), None, &Progress::default()).map_err(|error| error.to_string())
}

fn shape(text: &[u8], file: &str) -> Result<(usize, usize), FormatError> {
    list(text, Path::new(file), None).map(|listed| (listed.rows, listed.dims))
}

fn all(vectors: &Vectors) -> Vec<f32> {
    vectors.block(0..vectors.rows(), &mut Vec::new()).iter().copied().collect()
}

/// Checks rows of numbers, each label column as `name: cell cell`, and a part of each note.
#[track_caller]
fn check(text: &str, file: &str, rows: &[&[f32]], labels: &[&str], notes: &[&str]) {
    check_read(text.as_bytes(), file, None, rows, labels, notes);
}

/// The same for text of any bytes, and columns that the user names.
#[track_caller]
fn check_read(text: &[u8], file: &str, choice: Option<&str>, rows: &[&[f32]], labels: &[&str], notes: &[&str]) {
    let read = vectors(text, Path::new(file), choice, &Progress::default()).unwrap();
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
    let listed = list(text, Path::new(file), choice).unwrap();
    assert_eq!((listed.rows, listed.dims, listed.has_labels), (rows.len(), read.vectors.dims(), !labels.is_empty()));
}

#[track_caller]
fn refused(text: &[u8], file: &str, expected: &str) {
    assert_eq!(read(text, file).unwrap_err(), format!("{file}: {expected}."));
}

const HEADER: &str = "line 1: the first line is read as a header";

/// Over more than one block, with line ends in quotes everywhere, quotes that are doubled, and some
/// that begin no cell.
#[test]
fn line_ends_in_quotes_do_not_end_rows() {
    let name = |row: usize| match row % 4 {
        0 => format!("\n{row},\r\n\n"),
        1 => format!("\"{row}\n\""),
        2 => format!("{row}\""),
        _ => row.to_string(),
    };
    let cell = |row: usize| {
        let name = name(row);
        if row % 4 == 2 { name } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    };
    let rows = 120_000;
    let lines = (0..rows).map(|row| format!("{},{row},0.5\n", cell(row)));
    let text: String = std::iter::once("name,x0,x1\n".to_owned()).chain(lines).collect();
    assert!(text.len() > 2 * BLOCK);
    let read = read(text.as_bytes(), "v.csv").unwrap();
    assert_eq!((read.vectors.rows(), read.vectors.dims()), (rows, 2));
    let metadata = read.metadata.unwrap();
    for row in 0..rows {
        assert_eq!(metadata.columns()[0].text(row), Some(&*name(row)));
    }
    assert_eq!(all(&read.vectors), (0..rows).flat_map(|row| [row as f32, 0.5]).collect::<Vec<_>>());
    assert_eq!(shape(text.as_bytes(), "v.csv").unwrap(), (rows, 2));
}

#[test]
fn text_lines_are_rows() {
    let rows: &[&[f32]] = &[&[1.0, 2.5], &[-3.0, 4e5]];
    check("1\t2.5\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5", "v.tsv", rows, &[], &[]);
    check("\u{FEFF}1\t2.5\r\n\r\n  \n-3\t4e5\r\n\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\n-3\t4e5\t\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\t\n-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1\t2.5\r-3\t4e5\n", "v.tsv", rows, &[], &[]);
    check("1,2.5\n-3,4e5\n", "v.csv", rows, &[], &[]);
    check("\"1\",2.5\n\n\"-3\",4e5\n", "v.csv", rows, &[], &[]);
    check("7\n\n8\n", "v.tsv", &[&[7.0], &[8.0]], &[], &[]);
    check(
        "nan\tinf\n1000\t -Infinity \n",
        "v.tsv",
        &[&[f32::NAN, f32::INFINITY], &[1000.0, f32::NEG_INFINITY]],
        &[],
        &[],
    );
}

const NAN: f32 = f32::NAN;

#[test]
fn separators_are_those_that_cut_the_lines_into_numbers() {
    let rows: &[&[f32]] = &[&[1.0, 2.5], &[-3.0, 4e5]];
    let by = |separator: &str| format!("cells are separated by {separator}");
    check("1,2.5\n-3,4e5\n", "v.tsv", rows, &[], &[&by("commas")]);
    check("1;2.5\n-3;4e5\n", "v.csv", rows, &[], &[&by("semicolons")]);
    check("1\t2.5\n-3\t4e5\n", "v.csv", rows, &[], &[&by("tabs")]);
    check("1, 2.5\n-3, 4e5\n", "v.txt", rows, &[], &[&by("commas")]);
    let spaces = "vectors: the last 2 numbers of each line";
    check("1 2.5\n-3 4e5\n", "v.csv", rows, &[], &[spaces]);
    // What NumPy's `savetxt` writes, with a header and without, and with a width.
    check("# x y\n1.0e+00 2.5e+00\n-3.0e+00 4.0e+05\n", "v.txt", rows, &[], &["line 1 is read as a header", spaces]);
    check("   1.000      2.500\n  -3.000 400000.000\n", "v.txt", rows, &[], &[spaces]);
    check("x y\n1 2.5\n-3 4e5\n", "v.txt", rows, &[], &["line 1 is read as a header", spaces]);
    let comma = "numbers are read with decimal commas";
    check("1;2,5\n-3;400000,0\n", "v.csv", rows, &[], &[&by("semicolons"), comma]);
    check("1\t2,5\n-3\t400000,0\n", "v.tsv", rows, &[], &[comma]);
    let vectors = "vectors: columns x, y (2 numbers); metadata: w";
    check("w;x;y\na;1;2,5\nb;-3;400000,0\n", "v.csv", rows, &["w: a b"], &[&by("semicolons"), HEADER, comma, vectors]);
    check("sep=;\r\n1;2.5\r\n-3;4e5\r\n", "v.csv", rows, &[], &[&by("semicolons")]);
    check("sep=,\n1,2.5\n-3,4e5\n", "v.csv", rows, &[], &[]);
    refused(b"sep=;\n1;2\n3;4;5\n", "v.csv", "line 3: 3 cells where the first line has 2. Give each row as many cells");
    check("1\t2.5\r-3\t4e5\r", "v.tsv", rows, &[], &[CR_ALONE]);
    check("1,2.5\r-3,4e5\r", "v.csv", rows, &[], &[CR_ALONE]);
    check("1 2.5\r-3 4e5\r", "v.txt", rows, &[], &[spaces]);
    refused(
        b"1\t2\rx\t3\r4\t5\r",
        "v.tsv",
        "line 2, column 1: \"x\" is not a number. Correct the cell, leave it empty where the value is missing, or \
         choose other columns with --vectors",
    );
}

#[test]
fn quoted_cells_of_tab_separated_text_are_read_if_that_fits() {
    let rows: &[&[f32]] = &[&[1.0, 2.0], &[3.0, 4.0]];
    let said = "vectors: columns x, y (2 numbers); metadata: w";
    let check = |text: &str, words: &str, notes: &[&str]| check(text, "v.tsv", rows, &[words], notes);
    check("w\tx\ty\n\"a\tb\"\t1\t2\n\"c\nd\"\t3\t4\n", "w: a\tb c\nd", &[QUOTED, HEADER, said]);
    check("w\tx\ty\n\"a \"\"b\"\"\t\"\t1\t2\nc\t3\t4\n", "w: a \"b\"\t c", &[QUOTED, HEADER, said]);
    // Plain text that fits keeps its quotes.
    check("w\tx\ty\n\"a\"\t1\t2\nc\"\t3\t4\n", "w: \"a\" c\"", &[HEADER, said]);
    check("w\tx\ty\n\"a\t1\t2\nc\t3\t4\n", "w: \"a c", &[HEADER, said]);
}

#[test]
fn text_faults_name_line_and_column() {
    refused(
        b"1\t2\n\n1\t2\t3\n4\t5\n",
        "v.tsv",
        "line 3: 3 cells where the first line has 2. Give each row as many cells",
    );
    refused(b"1\t2\r\n\r\n1\r\n", "v.tsv", "line 3: 1 cell where the first line has 2. Give each row as many cells");
    let way_out = "Correct the cell, leave it empty where the value is missing, or choose other columns with --vectors";
    refused(b"1\t2\n3\tx\n5\t6\n", "v.tsv", &format!("line 2, column 2: \"x\" is not a number. {way_out}"));
    refused(b"\"1\",2\n\n\n3,x\n5,6\n", "v.csv", &format!("line 4, column 2: \"x\" is not a number. {way_out}"));
    let close = "Close it, or write it twice if it is part of the cell";
    let unclosed = format!("line 3: a quote is not closed, and the rest of the text would be one cell. {close}");
    refused(
        b"x,y,w\n1,2,\"a \"\"b\"\nc\"\n3,4,\"d\n5,6,e\n".as_slice(),
        "v.csv",
        &unclosed.replace("line 3", "line 4"),
    );
    refused(b"x,y,w\n1,2,5\" disk\n3,4,\"d\n5,6,e\n", "v.csv", &unclosed);
    let utf8 = "this is not UTF-8 text. Save the file as UTF-8; a file of raw numbers opens with --raw-dims";
    refused(b"1\t2\n\x003\t\xFF\n", "v.tsv", &format!("byte 7: {utf8}"));
    refused(b"\xEF\xBB\xBFM\xFC\t2\n", "v.tsv", &format!("byte 4: {utf8}"));
    refused(b"", "v.tsv", "the file is empty. Write one row per line, its numbers separated by tabs");
    refused(b"x,y\n", "v.csv", "there is no row of numbers. Write one row per line, its numbers separated by commas");
    refused(b"a\tb\nc\td\n", "v.tsv", "no column holds numbers. Separate the numbers by tabs");
}

/// A fault far after the first block has its line number, the earliest fault is reported, and
/// blocks keep their order.
#[test]
fn text_blocks_keep_order_and_line_numbers() {
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
fn reading_text_stops_when_cancelled() {
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(vectors(b"1\t2\n", Path::new("v.tsv"), None, &progress), Err(FormatError::Cancelled)));
}

/// A decimal comma is not where a line is cut, if semicolons cut it too.
#[test]
fn semicolons_beat_decimal_commas() {
    let read = |text: &str| {
        let read = vectors(text.as_bytes(), Path::new("v.csv"), Some("x"), &Progress::default()).unwrap();
        all(&read.vectors)
    };
    assert_eq!(read("name;x\nn0;0,25\nn1;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("name;city;x\nn0;a;0,25\nn1;b;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("a;b;c;n;m;x\np;q;r;1;2;0,25\np;q;r;2;3;1,5\n"), [0.25, 1.5]);
    assert_eq!(read("x\n0,25\n1,5\n"), [0.25, 1.5]);
}

/// `SummaryWriter.add_embedding` of PyTorch: shapes that fit the sprite sheet and the labels beside
/// them.
#[test]
fn tables_of_other_programs_are_read() {
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
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[01.a\t\n\r,;\" e_\\[\\]-]{0,60}", lines in prop::collection::vec("(a|1|[.] [.]|-) ([01][.]5 ?){2,3}", 0..6)) {
        let lines = lines.join("\n");
        for bytes in [&bytes[..], text.as_bytes(), lines.as_bytes()] {
            for file in ["v.tsv", "v.csv"] {
                let probed = shape(bytes, file);
                if let Ok(read) = read(bytes, file) {
                    prop_assert!(read.vectors.rows() * read.vectors.dims() <= bytes.len());
                    prop_assert_eq!(probed.unwrap(), (read.vectors.rows(), read.vectors.dims()));
                }
            }
        }
    }

    /// What the writer writes comes back bit for bit, labels and all.
    #[test]
    fn written_text_reads_back(
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
        for (name, format) in [("v.tsv", crate::OutputFormat::TSV), ("v.csv", crate::OutputFormat::CSV)] {
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
