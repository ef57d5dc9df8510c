//! `.npz`: the vectors as an array, and each column of metadata as an array of one dimension, as
//! `numpy.savez` writes them.
//!
//! The vectors are stored as they are, so that they can be mapped. Columns are deflated: texts of
//! NumPy are all as long as the longest.

use std::{
    collections::HashSet,
    io::{self, Seek, Write},
};

use parallax_embedding::{Column, Dtype, Progress};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Moments, OutputFormat, Table, TextRoom, Typed, are_f64, npy, npy_header_of};
use crate::{
    dates::{day, moment},
    disk::{Out, Stop},
};

pub(super) static OUTPUT: OutputFormat = OutputFormat {
    ending: "npz",
    text: TextRoom::Beside,
    stored_as: |dtype| Some(if dtype == Dtype::Bf16 { Dtype::F32 } else { dtype }),
    is_exported: true,
    delimiter: None,
    says,
    write,
};

/// The name of the vectors.
const VECTORS: &str = "vectors";

/// An array of texts of more bytes is refused: NumPy would need as much memory to read it.
const MAX_BYTES: usize = 4 << 30;

fn write(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let mut archive = ZipWriter::new(out);
    let mut taken = HashSet::new();
    if table.vectors.is_some() {
        begin(&mut archive, VECTORS, CompressionMethod::Stored)?;
        npy(&mut archive, table, progress)?;
        taken.insert(VECTORS.to_owned());
    }
    for column in &table.columns {
        progress.check()?;
        let mut name = column.name().to_owned();
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        begin(&mut archive, &name, CompressionMethod::Deflated)?;
        let rows: Vec<usize> = match table.rows {
            Some(rows) => rows.iter().map(|row| row as usize).collect(),
            None => (0..column.len()).collect(),
        };
        write_column(&mut archive, column, &rows, progress)?;
    }
    archive.finish().map_err(io::Error::other)?;
    Ok(0)
}

fn begin<W: Write + Seek>(archive: &mut ZipWriter<W>, name: &str, method: CompressionMethod) -> Result<(), Stop> {
    // The same data give the same file, whenever it is written.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default())
        .large_file(true);
    archive.start_file(format!("{name}.npy"), options).map_err(io::Error::other)?;
    Ok(())
}

/// Says which columns are texts only because NumPy has no type for what they hold.
fn says(table: &Table<'_>) -> Vec<String> {
    let has_missing = |column: &Column| column.missing() > 0;
    let why = |column: &&Column| match Typed::of(column) {
        Typed::Bool if has_missing(column) => Some("truth values of which some are missing"),
        Typed::Signed | Typed::Unsigned if has_missing(column) => {
            Some("whole numbers beyond 2^53 of which some are missing")
        }
        Typed::Moments(_) => Some("times with a time zone"),
        Typed::Text if !column.values().is_empty() && column.values().iter().all(|text| moment(text).is_some()) => {
            Some("times with a time zone")
        }
        _ => None,
    };
    let texts = table.columns.iter().filter(|column| matches!(Cells::of(column), Cells::Texts(_)));
    let said = texts.filter_map(|column| {
        let what = why(column)?;
        Some(format!("column {:?} is text in the file: NumPy has no type for {what}", column.name()))
    });
    said.collect()
}

/// How the cells of a column are written.
enum Cells {
    Bools,
    Integers,
    Unsigned,
    /// A missing number is NaN.
    Numbers,
    /// A missing date is `NaT`.
    Days,
    /// Dates with times; a missing one is `NaT`.
    Moments(Moments),
    /// Texts of at most this many characters. A missing one is empty.
    Texts(usize),
}

impl Cells {
    /// The type that keeps all that `column` says.
    fn of(column: &Column) -> Self {
        let is_whole = column.missing() == 0 && column.spellings().is_empty();
        match Typed::of(column) {
            Typed::Bool if is_whole => Self::Bools,
            Typed::Signed if is_whole => Self::Integers,
            Typed::Unsigned if is_whole => Self::Unsigned,
            Typed::Days => Self::Days,
            Typed::Moments(moments) if !moments.are_in_utc => Self::Moments(moments),
            _ if are_f64(column) => Self::Numbers,
            _ => {
                let texts = column.values().iter().chain(column.spellings().iter());
                Self::Texts(texts.map(|text| text.chars().count()).max().unwrap_or(0).max(1))
            }
        }
    }

    fn descr(&self) -> String {
        match self {
            Self::Bools => "|b1".to_owned(),
            Self::Integers => "<i8".to_owned(),
            Self::Unsigned => "<u8".to_owned(),
            Self::Numbers => "<f8".to_owned(),
            Self::Days => "<M8[D]".to_owned(),
            Self::Moments(moments) => format!("<M8[{}]", if moments.are_nanoseconds { "ns" } else { "us" }),
            Self::Texts(chars) => format!("<U{chars}"),
        }
    }

    fn push(&self, column: &Column, row: usize, out: &mut Vec<u8>) {
        /// NumPy's missing date, `NaT`.
        const NO_TIME: i64 = i64::MIN;
        let text = column.text(row).unwrap_or_default();
        match self {
            Self::Bools => out.push(u8::from(text == "True")),
            Self::Integers => out.extend(text.parse().unwrap_or(0_i64).to_le_bytes()),
            Self::Unsigned => out.extend(text.parse().unwrap_or(0_u64).to_le_bytes()),
            Self::Numbers => out.extend(column.number(row).unwrap_or(f64::NAN).to_le_bytes()),
            Self::Days => out.extend(day(text).map_or(NO_TIME, i64::from).to_le_bytes()),
            Self::Moments(moments) => out.extend(moments.count(text).unwrap_or(NO_TIME).to_le_bytes()),
            Self::Texts(chars) => {
                let end = out.len() + chars * 4;
                text.chars().for_each(|char| out.extend(u32::from(char).to_le_bytes()));
                out.resize(end, 0);
            }
        }
    }
}

fn write_column(out: &mut impl Write, column: &Column, rows: &[usize], progress: &Progress) -> Result<(), Stop> {
    /// The rows that are written at a time.
    const PART: usize = 1 << 12;
    let cells = Cells::of(column);
    if let Cells::Texts(chars) = cells
        && chars.saturating_mul(4).saturating_mul(rows.len()) > MAX_BYTES
    {
        let what = format!(
            "column {:?} has a text of {chars} characters, and an array of NumPy takes as many for each row; write .csv instead",
            column.name()
        );
        return Err(io::Error::other(what).into());
    }
    out.write_all(&npy_header_of(&cells.descr(), &format!("({},)", rows.len())))?;
    let mut bytes = Vec::new();
    for (part, rows_of) in rows.chunks(PART).enumerate() {
        progress.advance(part * PART, rows.len())?;
        bytes.clear();
        rows_of.iter().for_each(|&row| cells.push(column, row, &mut bytes));
        out.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{path::Path, process::Command};

    use parallax_embedding::{ColumnBuilder, Metadata, Vectors};

    use super::*;
    use crate::{OpenOptions, open, write_vectors};

    fn column(name: &str, cells: &[&str]) -> Column {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        builder.finish()
    }

    const CELLS: [(&str, [&str; 3]); 14] = [
        ("name", ["Zürich", "", "a, b"]),
        ("code", ["007", "08", "9"]),
        ("count", ["7", "-1", "9007199254740993"]),
        ("score", ["0.30000000000000004", "", "-2.25"]),
        ("flag", ["True", "False", "True"]),
        ("price", ["1.50", "2", "3"]),
        ("id", ["12345678901234567", "", "7"]),
        ("vectors", ["x", "y", "z"]),
        ("a/b", ["1", "2", "3"]),
        ("huge", ["18446744073709551615", "0", "7"]),
        ("day", ["2024-02-29", "", "0001-01-01"]),
        ("time", ["1969-12-31T23:59:59.250", "2024-02-29T12:30:00", ""]),
        ("fine", ["2024-02-29T12:30:00.000000001", "1970-01-01T00:00:00", ""]),
        ("zoned", ["2024-02-29T12:30:00Z", "1970-01-01T00:00:00+02:00", ""]),
    ];

    fn written(folder: &Path) -> std::path::PathBuf {
        let vectors = Vectors::from_f64(3, 2, vec![0.1, 1.0, 2.0, 3.0, 4.0, -5.5]).unwrap();
        let columns = CELLS.iter().map(|(name, cells)| column(name, cells)).collect();
        let path = folder.join("out.npz");
        let metadata = Metadata::new(columns).unwrap();
        write_vectors(&path, &OUTPUT, &vectors, Some(&metadata), &Progress::default()).unwrap();
        path
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let source = open(&written(folder.path()), &OpenOptions::default()).unwrap();
        let embedding = source.load(0, 0, &Progress::default()).unwrap().embedding;
        assert_eq!((&*embedding.name, embedding.vectors.dtype()), ("vectors", Dtype::F64));
        assert_eq!(embedding.vectors.row_as::<f64>(2, &mut Vec::new()), [4.0, -5.5]);
        for (name, cells) in CELLS {
            let name = if name == "vectors" { "vectors_" } else { name };
            let column = embedding.metadata.column(name).unwrap();
            let read: Vec<&str> = (0..3).map(|row| column.text(row).unwrap_or_default()).collect();
            // The text of a number is not kept, its value is.
            let is_same = |(a, b): (&&str, &&str)| a == b || a.parse::<f64>().is_ok() && a.parse() == b.parse::<f64>();
            assert!(read.iter().zip(&cells).all(is_same), "{name}: {read:?}");
        }
    }

    #[test]
    fn columns_that_stay_text_are_said() {
        let columns = [
            column("good", &["True", "", "False"]),
            column("code", &["9007199254740993", "", "7"]),
            column("when", &["2024-02-29T12:30:00Z", "", "1970-01-01T00:00:00Z"]),
            column("day", &["2024-02-29", "", ""]),
            column("name", &["a", "b", "a"]),
        ];
        let table = Table { columns: columns.iter().collect(), names: Vec::new(), vectors: None, rows: None };
        let said = says(&table);
        let expected = ["truth values of which some", "whole numbers beyond 2^53", "times with a time zone"];
        assert_eq!(said.len(), expected.len(), "{said:?}");
        assert!(said.iter().zip(expected).all(|(said, what)| said.contains(what)), "{said:?}");
    }

    #[test]
    fn numpy_reads_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let script = "import sys, numpy
file = numpy.load(sys.argv[1])
texts = lambda array: array.astype(str) if array.dtype.kind == 'M' else array
print({name: (array.dtype.str, texts(array).tolist()) for name, array in file.items()})";
        let python = std::env::var("PARALLAX_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let has_numpy = Command::new(&python).args(["-c", "import numpy"]).output();
        if !has_numpy.is_ok_and(|output| output.status.success()) {
            return println!("skipped: {python} has no NumPy");
        }
        let output = Command::new(&python).args(["-c", script]).arg(&path).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap().trim(),
            "{'vectors': ('<f8', [[0.1, 1.0], [2.0, 3.0], [4.0, -5.5]]), 'name': ('<U6', ['Zürich', '', 'a, b']), \
             'code': ('<U3', ['007', '08', '9']), 'count': ('<i8', [7, -1, 9007199254740993]), \
             'score': ('<f8', [0.30000000000000004, nan, -2.25]), 'flag': ('|b1', [True, False, True]), \
             'price': ('<f8', [1.5, 2.0, 3.0]), 'id': ('<U17', ['12345678901234567', '', '7']), 'vectors_': ('<U1', ['x', 'y', 'z']), 'a/b': ('<i8', [1, 2, 3]), \
             'huge': ('<u8', [18446744073709551615, 0, 7]), \
             'day': ('<M8[D]', ['2024-02-29', 'NaT', '0001-01-01']), \
             'time': ('<M8[us]', ['1969-12-31T23:59:59.250000', '2024-02-29T12:30:00.000000', 'NaT']), \
             'fine': ('<M8[ns]', ['2024-02-29T12:30:00.000000001', '1970-01-01T00:00:00.000000000', 'NaT']), \
             'zoned': ('<U25', ['2024-02-29T12:30:00Z', '1970-01-01T00:00:00+02:00', ''])}"
        );
    }

    #[test]
    fn texts_that_no_array_holds_are_refused() {
        let long = "x".repeat(1 << 16);
        let mut builder = ColumnBuilder::new("long");
        builder.push(Some(&long));
        (0..1 << 14).for_each(|_| builder.push(Some("y")));
        let column = builder.finish();
        let rows: Vec<usize> = (0..column.len()).collect();
        let refused = write_column(&mut Vec::new(), &column, &rows, &Progress::default()).unwrap_err();
        assert!(matches!(refused, Stop::Io(error) if error.to_string().contains("a text of 65536 characters")));
    }
}
