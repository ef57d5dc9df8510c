use parallax_embedding::ColumnKind;
use proptest::prelude::*;

use super::*;

fn read(text: &[u8], file: &str, rows: Option<usize>) -> (Metadata, Vec<String>) {
    let file = Path::new(file);
    let table = Table::parse(text, file);
    let (metadata, problems) = rows.map_or_else(|| table.read(), |rows| table.reconcile(rows));
    (metadata, problems.iter().map(ToString::to_string).collect())
}

fn cells(metadata: &Metadata) -> Vec<(&str, Vec<Option<&str>>)> {
    metadata
        .columns()
        .iter()
        .map(|column| (column.name(), (0..column.len()).map(|row| column.text(row)).collect()))
        .collect()
}

/// Checks the table as one line: `name: cell cell; name: cell cell`, `-` for a missing cell.
#[track_caller]
fn check(text: &str, file: &str, rows: Option<usize>, expected: &str, problems: &[&str]) {
    let (metadata, found) = read(text.as_bytes(), file, rows);
    let columns = cells(&metadata).into_iter().map(|(name, cells)| {
        let cells: Vec<&str> = cells.into_iter().map(|cell| cell.unwrap_or("-")).collect();
        format!("{name}: {}", cells.join(" "))
    });
    assert_eq!(columns.collect::<Vec<_>>().join("; "), expected);
    assert_eq!(found.len(), problems.len(), "{found:?}");
    for (found, problem) in found.iter().zip(problems) {
        assert!(found.contains(problem), "{found}");
    }
}

#[test]
fn tsv_headers_have_a_tab() {
    check("a\nb\nc", "m.tsv", None, "label: a b c", &[]);
    check("w\tn\na\t1\nb\t2\n", "m.tsv", None, "w: a b; n: 1 2", &[]);
    check("w\tn\r\na\t1\r\nb\t2\r\n", "m.tsv", None, "w: a b; n: 1 2", &[]);
    check("\u{FEFF}w\tn\na\t1\n", "m.tsv", None, "w: a; n: 1", &[]);
    check("w\tn\t\na\t1\t\n", "m.tsv", None, "w: a; n: 1", &[]);
    check("\tn\na\t1\n", "m.tsv", None, "column 1: a; n: 1", &[]);
    check("\n \nw\tn\na\t1\n", "m.tsv", Some(1), "w: a; n: 1", &[]);
    check("", "m.tsv", Some(0), "", &[]);
    check("\n\n", "m.tsv", None, "", &[]);
    check("a\t1\n", "m.tsv", Some(0), "a: ; 1: ", &[]);
}

#[test]
fn semicolons_separate_cells_with_decimal_commas() {
    let text = "name;a;b\nn0;0,5;1,25\nn1;1,5;7\n";
    check(text, "m.csv", None, "name: n0 n1; a: 0,5 1,5; b: 1,25 7", &["decimal commas"]);
    check("sep=;\na;b\n1;x,y\n", "m.csv", Some(1), "a: 1; b: x,y", &["cells are separated by semicolons"]);
    check("a,b\n1,\"x;y\"\n", "m.csv", None, "a: 1; b: x;y", &[]);
}

/// What `write.table` of R writes, with and without quotes, and `csv.QUOTE_ALL` of Python.
#[test]
fn names_of_rows_and_quoted_cells_are_read() {
    let unnamed = "the first column has no name";
    check("w\tn\n1\ta\t5\n2\tb\t6\n", "m.tsv", Some(2), "column 1: 1 2; w: a b; n: 5 6", &[unnamed]);
    check("w\n1\ta\n2\tb\n", "m.tsv", Some(2), "column 1: 1 2; w: a b", &[unnamed]);
    check(
        "\"w\"\t\"n\"\n\"1\"\t\"a\"\t5\n\"2\"\t\"b\"\t6\n",
        "m.tsv",
        Some(2),
        "column 1: 1 2; w: a b; n: 5 6",
        &["those around cells are removed", unnamed],
    );
    check("\"w\"\t\"n\"\n\"a\"\t\"1\"\n", "m.tsv", Some(1), "w: a; n: 1", &["those around cells are removed"]);
    check("\"w\"\tn\n\"a\"\t5\nNA\t6\n", "m.tsv", Some(2), "w: a NA; n: 5 6", &["those around cells are removed"]);
    check("w\tn\n\"a \"b\" c\"\t5\n\"d\"\t6\n", "m.tsv", Some(2), "w: \"a \"b\" c\" \"d\"; n: 5 6", &[]);
    let semicolons = ["decimal commas", "cells are separated by semicolons", unnamed];
    check("x;y\nn0;0,5;1,05\nn1;1,5;2\n", "m.csv", Some(2), "column 1: n0 n1; x: 0,5 1,5; y: 1,05 2", &semicolons);
    // A comma in a text of CSV is one cell more, and not a name of a row.
    let more = "2 rows have more cells than the 1 of line 1";
    check("text\nHello 0, world\nHi, all\n", "m.csv", Some(2), "text: Hello 0 Hi", &[more]);
    // A cell more in some rows only, or empty ones.
    check("w\tn\na\t5\t\nb\t6\t\n", "m.tsv", Some(2), "w: a b; n: 5 6", &[]);
    let more = "1 row has more cells than the 2 of line 1";
    check("w\tn\na\t5\nb\t6\t7\n", "m.tsv", Some(2), "w: a b; n: 5 6", &[more]);
}

/// `TENSORBOARD` faults: numbers altered, CR kept, names of object members lost.
#[test]
fn metadata_text_is_kept_exactly() {
    check(
        "007\nabc\n1e3\nconstructor\n__proto__\n \"x\"\n",
        "m.tsv",
        None,
        "label: 007 abc 1e3 constructor __proto__  \"x\"",
        &[],
    );
}

#[test]
fn blank_labels_keep_rows_in_place() {
    check("a\n\nc\n", "m.tsv", Some(3), "label: a - c", &[]);
    check("\nb\n", "m.tsv", Some(2), "label: - b", &[]);
    check("\nb\n", "m.tsv", Some(1), "label: b", &["1 blank line is left out"]);
    check("a\nb\n\n\n", "m.tsv", Some(2), "label: a b", &[]);
    check("a\nb\n\n\n", "m.tsv", Some(3), "label: a b -", &[]);
    check("a\n\nc\n", "m.tsv", Some(2), "label: a c", &["1 blank line is left out, so that both have 2 rows"]);
    check("w\tn\na\t1\n\nb\t2\n", "m.tsv", Some(2), "w: a b; n: 1 2", &["1 blank line is left out"]);
    check("w\tn\na\t1\n\nb\t2\n", "m.tsv", Some(3), "w: a - b; n: 1 - 2", &[]);
    check("w\tn\na\t1\n\t\nb\t2\n", "m.tsv", Some(3), "w: a - b; n: 1 - 2", &[]);
}

#[test]
fn header_rule_yields_to_the_number_of_vectors() {
    check("name\na\nb\n", "m.tsv", Some(2), "name: a b", &["line 1 is read as the column's name"]);
    check(
        "a\t1\nb\t2\n",
        "m.tsv",
        Some(2),
        "column 1: a b; column 2: 1 2",
        &["line 1 is read as a row and not as a header"],
    );
    check("a\nb\n", "m.csv", Some(2), "column 1: a b", &["line 1 is read as a row"]);
    check("name\n\na\n\nb\n", "m.tsv", Some(2), "name: a b", &["line 1 is read as the column's name", "2 blank lines"]);
    check(
        "a\nb\n",
        "m.tsv",
        Some(5),
        "label: a b",
        &["2 rows of metadata for 5 rows of vectors; the vectors from row 2 on have none"],
    );
    check(
        "a\nb\nc\n",
        "m.tsv",
        Some(1),
        "label: a b c",
        &["3 rows of metadata for 1 row of vectors; the last 2 are left out"],
    );
    check("", "m.tsv", Some(4), "", &["0 rows of metadata for 4 rows"]);
}

#[test]
fn ragged_rows_and_repeated_names_are_counted() {
    let few = "m.tsv: line 3: 2 rows have fewer cells than the 2 of line 1; those missing are empty.";
    let many = "m.tsv: line 2: 1 row has more cells than the 2 of line 1; those beyond are ignored.";
    check("w\tn\na\t1\tx\nb\nc\n", "m.tsv", Some(3), "w: a b c; n: 1 - -", &[few, many]);
    check("w\tn\na\t1\t\n", "m.tsv", Some(1), "w: a; n: 1", &[]);
    let shared = "line 1: 2 columns share a name with another, as \"a\" does";
    check("a\ta\ta (2)\ta\n1\t2\t3\t4\n", "m.tsv", None, "a: 1; a (3): 2; a (2): 3; a (4): 4", &[shared]);
}

#[test]
fn text_that_is_not_utf8_is_replaced_and_located() {
    let (metadata, problems) = read(b"ok\nM\xFCnchen\nK\xF6ln\n", "m.tsv", Some(3));
    assert_eq!(metadata.columns()[0].text(1), Some("M\u{FFFD}nchen"));
    assert!(problems[0].starts_with("m.tsv: byte 4: 2 cells are not UTF-8 text"), "{problems:?}");
}

#[test]
fn csv_has_quotes_and_a_header() {
    check("w,n\n\"a, \"\"b\"\"\nc\",1\nd,\"\"\n", "m.csv", Some(2), "w: a, \"b\"\nc d; n: 1 -", &[]);
    check("name\r\na\r\n\r\nb\r\n\r\n", "m.CSV", Some(3), "name: a - b", &[]);
    check("name\na\n\"\"\n", "m.csv", Some(2), "name: a -", &[]);
    check("name\n", "m.csv", Some(0), "name: ", &[]);
    let few = "m.csv: line 4: 1 row has fewer cells";
    check("w,n\r\na,1\r\n\r\nd\r\n", "m.csv", Some(3), "w: a - d; n: 1 - -", &[few]);
    let few = "m.csv: line 5: 1 row has fewer cells";
    check("w,n\n\"a\nb\",1\n\nd\n", "m.csv", Some(3), "w: a\nb - d; n: 1 - -", &[few]);
}

/// What PyTorch wrote for 100 digits, and TensorFlow for its run. The tensors beside them give the
/// expected number of rows.
#[test]
fn tables_of_other_programs_are_read() {
    #[track_caller]
    fn check(file: &str, rows: usize, kinds: &[(&str, ColumnKind)]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(file);
        let Ok(bytes) = std::fs::read(&path) else { return println!("skipped: there is no {}", path.display()) };
        let (metadata, problems) = Table::parse(&bytes, &path).reconcile(rows);
        assert_eq!((metadata.rows(), problems), (rows, vec![]), "{file}");
        let found: Vec<_> = metadata.columns().iter().map(|column| (column.name(), column.kind())).collect();
        assert_eq!(found, kinds, "{file}");
    }
    check("data/words_10000.tsv", 10_000, &[("label", ColumnKind::Text)]);
    let number = |name| (name, ColumnKind::Category);
    let iris = ["sepal-length", "sepal-width", "petal-length", "petal-width", "class"];
    check("data/iris_labels.tsv", 150, &iris.map(number));
}

/// A header as wide as the file is long, over rows of one letter: no table of that width is
/// allocated.
#[test]
fn memory_is_bounded_by_the_size_of_the_file() {
    let text = format!("w{}\n{}", "\t".repeat(50_000), "a\n".repeat(50_000));
    let (metadata, problems) = read(text.as_bytes(), "m.tsv", Some(50_000));
    assert!(metadata.columns().len() * metadata.rows() <= 16 * text.len());
    assert!(problems[0].contains("of 50001 columns are read"), "{problems:?}");
}

proptest! {
    #[test]
    fn any_bytes_are_a_table(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[ab\t\n\r,\" ]{0,60}", rows in 0_usize..20) {
        for bytes in [&bytes[..], text.as_bytes()] {
            for file in ["m.tsv", "m.csv"] {
                let table = Table::parse(bytes, Path::new(file));
                let (read, _) = table.read();
                if !read.columns().is_empty() {
                    prop_assert_eq!(read.rows(), table.rows());
                }
                let (reconciled, problems) = table.reconcile(rows);
                let misfit = problems.iter().any(|problem| problem.kind == Some(crate::ProblemKind::RowCounts));
                prop_assert!(misfit || reconciled.columns().is_empty() || reconciled.rows() == rows);
            }
        }
    }

    /// Tables that a writer would write are read cell by cell as they were.
    #[test]
    fn written_tables_read_back(table in (1..4_usize).prop_flat_map(|columns| prop::collection::vec(prop::collection::vec("[a-z0-9 .,\"é]{1,6}", columns), 0..12))) {
        let columns = table.first().map_or(1, Vec::len);
        let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
        let tsv: String = std::iter::once(&names).chain(&table).map(|row| row.join("\t") + "\n").collect();
        let mut csv = csv::Writer::from_writer(Vec::new());
        std::iter::once(&names).chain(&table).for_each(|row| csv.write_record(row).unwrap());
        for (text, file) in [(tsv.into_bytes(), "m.tsv"), (csv.into_inner().unwrap(), "m.csv")] {
            let blank = file == "m.tsv" && table.iter().any(|row| row.iter().all(|cell| cell.trim().is_empty()));
            if blank {
                continue;
            }
            let (metadata, _) = Table::parse(&text, Path::new(file)).reconcile(table.len());
            prop_assert_eq!(metadata.rows(), table.len());
            for (row, cells) in table.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    prop_assert_eq!(metadata.columns()[column].text(row), Some(&cell[..]));
                }
            }
        }
    }
}

#[test]
fn utf16_and_packed_text_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.tsv");
    let encode =
        |bytes: fn(u16) -> [u8; 2]| "\u{feff}a\tb\r\n1\t2\r\n".encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for text in [encode(u16::to_le_bytes), encode(u16::to_be_bytes)] {
        std::fs::write(&path, text).unwrap();
        let (metadata, problems) = open(&path, 1).unwrap();
        assert_eq!((metadata.column("a").unwrap().text(0), metadata.columns().len()), (Some("1"), 2));
        assert_eq!(problems, []);
    }
}
