//! What numbers are read as, and what that loses.

use super::*;

/// Numbers far from zero are `f64` with all of their digits; the same numbers around zero are
/// `f32`.
#[test]
fn numbers_far_from_zero_are_read_as_f64() {
    let f64s = |text: &str, file: &str| {
        let read = read(text.as_bytes(), file).unwrap();
        let listed = list(text.as_bytes(), Path::new(file), None).unwrap();
        let values: Vec<f64> =
            read.vectors.block_as::<f64>(0..read.vectors.rows(), &mut Vec::new()).iter().copied().collect();
        (read.vectors.dtype(), listed.dtype, values)
    };
    let seconds = f64s("1700000000.25\t0.5\n1700000001\t0.25\n\t1\n", "v.tsv");
    assert_eq!((seconds.0, seconds.1), (Dtype::F64, Dtype::F64));
    assert_eq!(seconds.2[..4], [1_700_000_000.25, 0.5, 1_700_000_001.0, 0.25]);
    assert!(seconds.2[4].is_nan());
    for (text, file) in [
        ("a [10000000.1,1]\nb [10000000.2,1]\n".replace(' ', "\t"), "v.tsv"),
        ("a 10000000.1 1\nb 10000000.2 1\n".to_owned(), "v.txt"),
        ("10000000,1;1\n10000000,2;1\n".to_owned(), "v.csv"),
    ] {
        let read = f64s(&text, file);
        assert_eq!((read.0, read.2), (Dtype::F64, vec![10_000_000.1, 1.0, 10_000_000.2, 1.0]), "{text}");
    }
    assert_eq!(f64s("0.123456789012345\t1\n0.2\t-1\n", "v.tsv").0, Dtype::F32);
    // Only a line in the second block needs it.
    let late = format!("{}20000000.1\t1\n", "20000000\t1\n".repeat(200_000));
    let late = f64s(&late, "v.tsv");
    assert_eq!((late.0, late.1, late.2.last_chunk::<2>()), (Dtype::F64, Dtype::F32, Some(&[20_000_000.1, 1.0])));
}

#[test]
fn empty_cells_are_missing_and_not_zero() {
    let missing = "line 1, column 2: 1 cell is empty or spelled as missing; read as NaN, not as 0";
    check("1\t\t3\n", "v.tsv", &[&[1.0, f32::NAN, 3.0]], &[], &[missing]);
    let spelled = "line 1, column 2: 2 cells are empty or spelled";
    check(
        "1\tNA\n2\t-\n3\t4\n5\tnan\n",
        "v.tsv",
        &[&[1.0, NAN], &[2.0, NAN], &[3.0, 4.0], &[5.0, NAN]],
        &[],
        &[spelled],
    );
}

/// Numbers that no `f64` holds are infinite or rounded; those beyond `f32` make the vectors `f64`.
#[test]
fn numbers_that_lose_digits_are_told() {
    let said = |text: &str| {
        let read = read(text.as_bytes(), "v.tsv").unwrap();
        (read.vectors.dtype(), read.notes.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let infinite = "v.tsv: line 3, column 1: 1 number is beyond what 64-bit floats hold, so read as infinite.";
    assert_eq!(said("1\t2\n\n1e400\t2\n"), (Dtype::F32, vec![infinite.to_owned()]));
    assert_eq!(said("1\t2\n\n1e39\t2\n"), (Dtype::F64, vec![]));
    let rounded = "v.tsv: line 1, column 1: 2 whole numbers are beyond 2^53 and rounded, since text is read as floats.";
    assert_eq!(said("9007199254740993\t2\n9007199254740995\t3\n9007199254740996\t3\n").1, [rounded]);
    let long = "v.tsv: line 2, column 2: numbers have more digits than 32-bit floats hold and are rounded";
    let (dtype, notes) = said("0.1\t0.3\n0.2\t0.1234567890123\n");
    assert!(dtype == Dtype::F32 && notes.len() == 1 && notes[0].starts_with(long), "{notes:?}");
    // Long, and exact.
    assert_eq!(said("0.5000000000000\t1.00000000000e+00\n0.2\t3\n").1, Vec::<String>::new());
}

#[test]
fn losses_within_a_vector_in_a_cell_are_told() {
    let notes = |cell: &str| {
        let text = format!("id\tv\n1\t[0.5, 2]\n2\t{cell}\n");
        read(text.as_bytes(), "v.tsv").unwrap().notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
    };
    assert!(notes("[null, 2]").contains("line 3, column 2: 1 cell is empty or spelled as missing"));
    assert!(notes("[1e400, 2]").contains("line 3, column 2: 1 number is beyond what 64-bit floats hold"));
    assert!(notes("[9007199254740993, 2]").contains("line 3, column 2: 1 whole number is beyond 2^53"));
}

/// Each column has a notation of its own; two decimal separators in one table are worth a warning.
#[test]
fn notations_of_vectors_are_those_of_their_columns() {
    let said = |text: &str, file: &str| {
        let read = vectors(text.as_bytes(), Path::new(file), None, &Progress::default()).unwrap();
        let said = read.notes.iter().filter(|note| note.message.contains("read with"));
        (all(&read.vectors), said.map(|note| (note.severity, note.message.clone())).collect::<Vec<_>>())
    };
    let note = |what: &str| vec![(crate::Severity::Note, what.to_owned())];
    let version = "name;x;y;version\na;0,01;1,02;1.0\nb;0,11;1,12;1.1\n";
    let warning = ["x, y are read with decimal commas", "version is read with decimal points"];
    let warning = warning.map(|what| (crate::Severity::Warning, what.to_owned())).to_vec();
    assert_eq!(said(version, "v.csv"), (vec![0.01, 1.02, 1.0, 0.11, 1.12, 1.1], warning));
    for (text, values, what) in [
        ("1.234,5\t2\n-7,25\t3\n", [1234.5, 2.0, -7.25, 3.0], "points as thousands separators and decimal commas"),
        ("1,234,567\t2\n89\t3\n", [1_234_567.0, 2.0, 89.0, 3.0], "commas as thousands separators"),
        ("12.5%\t2\n3%\t3\n", [12.5, 2.0, 3.0, 3.0], "percent signs"),
        ("0,5\t1,234\n2,5\t2,345\n", [0.5, 1.234, 2.5, 2.345], "decimal commas"),
    ] {
        let found = said(text, "v.tsv");
        assert_eq!(found, (values.to_vec(), note(&format!("numbers are read with {what}"))), "{text}");
    }
    assert_eq!(said("\u{2212}0.5\t2\n1\t3\n", "v.tsv"), (vec![-0.5, 2.0, 1.0, 3.0], vec![]));
    // A point before three digits may be a thousands separator beside decimal commas.
    refused(
        b"0,5;1.234\n0,25;2.345\n",
        "v.csv",
        "line 1: \"column 2\": \"1.234\" can be read in two ways. \
         Write the numbers with decimal points and no thousands separators",
    );
}
