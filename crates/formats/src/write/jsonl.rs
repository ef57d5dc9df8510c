//! Vectors to lines of JSON: an object for each row, with the columns as fields and the vector as an
//! array in the field `vector`; numbers that have names of their own are fields.
//!
//! Cells of columns of numbers are numbers if JSON has their notation, and those of columns of `True`
//! and `False` are `true` and `false`; others are texts, and missing ones `null`. So is NaN in a vector, which JSON does not have; an infinite number is `1e999`.

use std::{collections::HashSet, io, io::Write as _};

use parallax_embedding::{Column, Notation, Progress, RowSet};

use super::{OutputFormat, Table, TextRoom, write_blocks, write_parts, write_stored};
use crate::disk::{Out, Stop};

impl OutputFormat {
    /// Lines of JSON.
    pub const JSONL: &'static Self = &Self {
        ending: "jsonl",
        text: TextRoom::Beside,
        stored_as: |_| None,
        is_exported: true,
        delimiter: None,
        says: |_| Vec::new(),
        write,
    };
}

fn write(out: &mut Out<'_>, table: &Table<'_>, progress: &Progress) -> Result<usize, Stop> {
    let lines = Lines::of(table);
    if let Some(vectors) = table.vectors {
        let size = vectors.dtype().size();
        write_blocks(out, vectors, table.rows, progress, |rows, out| {
            for row in rows {
                let values = vectors.raw(row..row + 1).chunks_exact(size);
                lines.line(row, out, |out| {
                    values.enumerate().try_for_each(|(dim, value)| {
                        lines.before(dim, out);
                        number(out, |text| write_stored(vectors.dtype(), value, text))
                    })
                })?;
            }
            Ok(())
        })?;
    } else {
        let rows = table.rows.map(RowSet::as_slice).unwrap_or_default();
        let fill = |span: std::ops::Range<usize>| {
            let mut out = Vec::new();
            for &row in &rows[span] {
                // Memory does not fail.
                let _ = lines.line(row as usize, &mut out, |_| Ok(()));
            }
            out
        };
        write_parts(out, rows.len(), progress, fill, |_| ())?;
    }
    Ok(0)
}

/// The number that `write` writes, or what JSON has instead of it.
fn number(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let start = out.len();
    write(out)?;
    let is_negative = out.get(start) == Some(&b'-');
    let instead: &[u8] = match out[start..].to_ascii_lowercase().trim_ascii_start() {
        [b'n', ..] => b"null",
        [b'i', ..] | [b'-' | b'+', b'i', ..] => {
            if is_negative {
                b"-1e999"
            } else {
                b"1e999"
            }
        }
        _ => return Ok(()),
    };
    out.truncate(start);
    out.extend_from_slice(instead);
    Ok(())
}

struct Lines<'a> {
    /// The columns with their names and a colon, and what their cells are.
    columns: Vec<(Vec<u8>, &'a Column, Cells)>,
    /// What comes before each number: the beginning of an array, commas, or names.
    before: Vec<Vec<u8>>,
    is_array: bool,
}

impl<'a> Lines<'a> {
    fn of(table: &Table<'a>) -> Self {
        let is_array = table.names.first().is_some_and(|name| name == "d0");
        let key = |name: &str| [text(name), b":".to_vec()].concat();
        let columns: Vec<_> =
            table.columns.iter().map(|column| (key(column.name()), *column, Cells::of(column))).collect();
        let taken: HashSet<&str> = table.columns.iter().map(|column| column.name()).collect();
        let free = (1..).map(|number| if number == 1 { "vector".to_owned() } else { format!("vector {number}") });
        let name = free.into_iter().find(|name| !taken.contains(name.as_str())).unwrap_or_default();
        let comma = if columns.is_empty() { "" } else { "," };
        let before = |(dim, own): (usize, &String)| match (is_array, dim) {
            (true, 0) => [comma.as_bytes(), &key(&name), b"["].concat(),
            (true, _) => b",".to_vec(),
            (false, 0) => [comma.as_bytes(), &key(own)].concat(),
            (false, _) => [b",", &key(own)[..]].concat(),
        };
        let before =
            if table.vectors.is_some() { table.names.iter().enumerate().map(before).collect() } else { Vec::new() };
        Self { columns, before, is_array }
    }

    fn before(&self, dim: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.before.get(dim).map(Vec::as_slice).unwrap_or_default());
    }

    fn line(
        &self,
        row: usize,
        out: &mut Vec<u8>,
        numbers: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        out.push(b'{');
        for (at, (name, column, cells)) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.write_all(name)?;
            out.extend(cells.cell(column, row));
        }
        numbers(out)?;
        out.extend_from_slice(if self.is_array && !self.before.is_empty() { b"]}\n" } else { b"}\n" });
        Ok(())
    }
}

/// What the cells of a column are.
#[derive(Clone, Copy)]
enum Cells {
    /// Those that JSON has as numbers are numbers.
    Numbers,
    /// `True` and `False`, as truth values are read.
    Bools,
    Texts,
}

impl Cells {
    fn of(column: &Column) -> Self {
        let is_truth = |text: &str| matches!(text, "True" | "False");
        if column.is_numeric() && column.notation() == Notation::PLAIN {
            Self::Numbers
        } else if !column.values().is_empty() && column.values().iter().all(is_truth) {
            Self::Bools
        } else {
            Self::Texts
        }
    }

    fn cell(self, column: &Column, row: usize) -> Vec<u8> {
        match (self, column.text(row)) {
            (_, None) => b"null".to_vec(),
            (Self::Numbers, Some(cell)) if serde_json::from_str::<f64>(cell).is_ok() => cell.as_bytes().to_vec(),
            (Self::Bools, Some(cell)) => cell.to_ascii_lowercase().into_bytes(),
            (_, Some(cell)) => text(cell),
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use parallax_embedding::{ColumnBuilder, Metadata, Vectors};

    use crate::{OpenOptions, open, write_vectors};

    use super::*;

    fn column(name: &str, cells: &[&str]) -> Column {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(Some(cell)));
        builder.finish()
    }

    #[test]
    fn lines_hold_columns_and_the_vector() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.jsonl");
        let vectors = Vectors::from_f32(3, 2, vec![1.0, 0.5, f32::NAN, -1e20, 3.0, f32::NEG_INFINITY]).unwrap();
        let columns = vec![
            column("vector", &["a \"b\"", "", "007"]),
            column("n", &["1.50", "8", "NaN"]),
            column("ok", &["True", "", "False"]),
            column("no", &["true", "True", "False"]),
        ];
        let metadata = Metadata::new(columns).unwrap();
        write_vectors(&path, OutputFormat::JSONL, &vectors, Some(&metadata), &Progress::default()).unwrap();
        let expected = "{\"vector\":\"a \\\"b\\\"\",\"n\":1.50,\"ok\":true,\"no\":\"true\",\"vector 2\":[1,0.5]}\n\
                        {\"vector\":null,\"n\":8,\"ok\":null,\"no\":\"True\",\"vector 2\":[null,-1e20]}\n\
                        {\"vector\":\"007\",\"n\":\"NaN\",\"ok\":false,\"no\":\"False\",\"vector 2\":[3,-1e999]}\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        let loaded = open(&path, &OpenOptions::default()).unwrap().load(0, 0, &Progress::default()).unwrap().embedding;
        let bits =
            |vectors: &Vectors| vectors.block(0..3, &mut Vec::new()).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&loaded.vectors)[3..], bits(&vectors)[3..]);
        for own in metadata.columns() {
            let read = loaded.metadata.column(own.name()).unwrap();
            assert!((0..3).all(|row| read.text(row) == own.text(row)), "{}", own.name());
        }
        write_vectors(&path, OutputFormat::JSONL, &vectors, None, &Progress::default()).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("{\"vector\":[1,0.5]}\n"));
    }

    /// Python reads what is written, where there is one.
    #[test]
    fn python_reads_the_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.jsonl");
        let values: Vec<f64> = (0..60).map(|at| f64::from(at) / 7.0 - 3.0).collect();
        let vectors = Vectors::from_f64(20, 3, values.clone()).unwrap();
        let words: Vec<String> = (0..20).map(|row| format!("wörd\t{row}\u{2028}\"")).collect();
        let words = column("word", &words.iter().map(String::as_str).collect::<Vec<_>>());
        let metadata = Metadata::new(vec![words]).unwrap();
        write_vectors(&path, OutputFormat::JSONL, &vectors, Some(&metadata), &Progress::default()).unwrap();
        let script = "import json,sys\nrows=[json.loads(l) for l in open(sys.argv[1],encoding='utf8') if l]\n\
                      print(json.dumps([r['vector'] for r in rows]));print(rows[3]['word'].encode('utf8').hex())";
        let python = std::env::var_os("PARALLAX_PYTHON").unwrap_or_else(|| "python3".into());
        let Ok(output) = std::process::Command::new(python).args(["-c", script]).arg(Path::new(&path)).output() else {
            return println!("skipped: there is no Python");
        };
        let said = String::from_utf8(output.stdout).unwrap();
        let (numbers, word) = said.split_once('\n').unwrap();
        let read: Vec<Vec<f64>> = serde_json::from_str(numbers).unwrap();
        assert_eq!(read.concat(), values);
        assert_eq!(word.trim(), "77c3b672640933e280a822");
    }
}
