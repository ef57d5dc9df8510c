//! Which line is a header and which columns are labels, from the first lines.
//!
//! * The first line is a **header** where no cell of it is a number; or where its numbers count 0, 1, 2 and so on while the
//!   line below holds fractions (data frames number their columns so).
//! * A **column is labels** where more than half of the sampled cells with something in them are not numbers. Elsewhere, a
//!   cell that is not a number is a fault of the file.
//! * Where a header's last names count (`d0`, `d1`, ...), the columns before them are labels, numbers or not.

use csv::StringRecord;

use super::{Fault, FaultKind, Text, digits::Digits, number};
use crate::{FormatError, Problem, metadata::unique_names};

/// How the cells of a row are taken.
#[derive(Debug)]
pub(super) struct Layout {
    /// The names in the first line, where it is a header.
    pub(super) header: Option<Vec<String>>,
    /// Cells in a row.
    pub(super) width: usize,
    /// For each cell of a row whether it is a label.
    pub(super) is_label: Vec<bool>,
    /// Whether the numbers are read as `f64`.
    pub(super) is_wide: bool,
    /// What was guessed, in sentences.
    pub(super) notes: Vec<Problem>,
}

/// Lines that are looked at.
const SAMPLE_LINES: usize = 1000;
/// Bytes of them, two lines at least.
const SAMPLE_BYTES: usize = 1 << 22;

impl Layout {
    pub(super) fn guess(text: &Text<'_>) -> Result<Self, FormatError> {
        let sample = sample(text)?;
        let Some((first, below)) = sample.split_first() else { return Err(no_rows(text).into()) };
        let width = width(first, below);
        let has_header = is_header(first, below, width);
        let rows = if has_header { below } else { &sample[..] };
        if rows.is_empty() {
            return Err(no_rows(text).into());
        }
        let header =
            has_header.then(|| first.iter().take(width).map(|name| name.trim().to_owned()).collect::<Vec<_>>());
        let mut is_label: Vec<bool> = (0..width).map(|column| holds_labels(rows, column)).collect();
        let counted = header.as_deref().and_then(counted_names);
        if let Some(start) = counted {
            is_label[..start].fill(true);
        }
        if is_label.iter().all(|&label| label) {
            return Err(no_numbers(text, rows).into());
        }
        let is_wide = needs_f64(rows, &is_label);
        let mut layout = Self { header, width, is_label, is_wide, notes: Vec::new() };
        layout.notes = layout.describe(text);
        Ok(layout)
    }

    /// Numbers in a row.
    pub(super) fn dims(&self) -> usize {
        self.is_label.iter().filter(|&&label| !label).count()
    }

    /// The names of the label columns, each of its own.
    pub(super) fn label_names(&self) -> Vec<String> {
        let labels: Vec<usize> = (0..self.width).filter(|&column| self.is_label[column]).collect();
        let name = |&column: &usize| match &self.header {
            Some(names) => names.get(column).filter(|name| !name.is_empty()).cloned(),
            None if labels.len() == 1 => Some("label".to_owned()),
            None => None,
        };
        let named = labels.iter().map(|column| name(column).unwrap_or_else(|| format!("column {}", column + 1)));
        unique_names(named.collect()).0
    }

    fn describe(&self, text: &Text<'_>) -> Vec<Problem> {
        let mut notes = Vec::new();
        if self.header.is_some() {
            notes.push(Problem::warning(text.file, "the first line is taken as a header").at("line 1"));
        }
        let names = self.label_names();
        if !names.is_empty() {
            let shown: Vec<String> = names.iter().take(5).map(|name| format!("{name:?}")).collect();
            let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
            let what = format!(
                "{} of {} columns are taken as metadata and not as numbers of the vectors: {}{more}",
                names.len(),
                self.width,
                shown.join(", ")
            );
            notes.push(Problem::warning(text.file, what));
        }
        notes
    }
}

fn sample(text: &Text<'_>) -> Result<Vec<StringRecord>, FormatError> {
    let mut reader = text.records(text.bytes);
    let (mut records, mut size) = (Vec::new(), 0);
    while records.len() < 2 || (records.len() < SAMPLE_LINES && size < SAMPLE_BYTES) {
        let at = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let mut record = StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) if text.is_blank(record.as_byte_record(), 0) => {}
            Ok(true) => {
                size += record.as_slice().len();
                records.push(record);
            }
            Ok(false) => break,
            Err(_) => {
                let rest = text.bytes.get(at..).unwrap_or_default();
                let byte = at + std::str::from_utf8(rest).err().map_or(0, |error| error.valid_up_to());
                return Err(text.problem(&Fault { byte, kind: FaultKind::NotUtf8 }, 0).into());
            }
        }
    }
    Ok(records)
}

/// Cells in a row. An empty one behind the last delimiter of the first line is none, where no other line has a value there.
fn width(first: &StringRecord, below: &[StringRecord]) -> usize {
    let cells = first.len();
    let is_empty = |record: &StringRecord| record.get(cells - 1).is_none_or(|cell| cell.trim().is_empty());
    if cells > 1 && is_empty(first) && below.iter().all(is_empty) { cells - 1 } else { cells }
}

fn is_header(first: &StringRecord, below: &[StringRecord], width: usize) -> bool {
    let cells = || first.iter().take(width);
    if !cells().any(|cell| number::parse(cell).is_some()) {
        return true;
    }
    let names: Vec<String> = cells().map(|name| name.trim().to_owned()).collect();
    let counts = counted_names(&names).is_some_and(|start| width - start > 2 && names[start] == "0")
        || (width > 2 && names.iter().enumerate().all(|(index, name)| *name == index.to_string()));
    let is_fraction = |cell: &str| number::parse(cell).is_some_and(|value| value.fract() != 0.0);
    counts && below.first().is_some_and(|row| row.iter().any(is_fraction))
}

fn holds_labels(rows: &[StringRecord], column: usize) -> bool {
    let filled = || rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.trim().is_empty());
    let words = filled().filter(|cell| number::parse(cell).is_none()).count();
    2 * words > filled().count()
}

/// Whether the numbers of some rows need `f64`.
fn needs_f64(rows: &[StringRecord], is_label: &[bool]) -> bool {
    let mut digits = Digits::new(is_label.len());
    let cells = rows.iter().flat_map(|row| row.iter().take(is_label.len()).enumerate());
    for (column, cell) in cells.filter(|(column, _)| !is_label[*column]) {
        if let Some(value) = number::parse(cell) {
            digits.add(column, value, number::nearest_f32(value, cell));
        }
    }
    digits.need_f64()
}

/// Where the names begin that end a header and count from 0 or 1: `d0`, `d1`, ... Nothing where they are all of it, or
/// where the names before them look like numbers of the vectors too (`x1`, `x2`, `y1`, `y2`).
fn counted_names(names: &[String]) -> Option<usize> {
    let split = |name: &str| -> Option<(String, usize)> {
        let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, digits) = name.split_at(name.len() - digits);
        Some((prefix.to_owned(), digits.parse().ok()?))
    };
    let (prefix, last) = split(names.last()?)?;
    let continues = |(back, name): &(usize, &String)| {
        split(name).is_some_and(|(its, number)| its == prefix && number.checked_add(*back) == Some(last))
    };
    let count = names.iter().rev().enumerate().take_while(continues).count();
    let (start, first) = (names.len() - count, (last + 1).checked_sub(count)?);
    let ours = prefix == "d" && first == 0;
    let plain = count > 1 && first <= 1 && start <= count && names[..start].iter().all(|name| split(name).is_none());
    (start > 0 && (ours || plain)).then_some(start)
}

pub(super) fn no_rows(text: &Text<'_>) -> Problem {
    let what = if text.bytes.is_empty() { "the file is empty" } else { "there is no row of numbers" };
    Problem::error(text.file, what)
        .way_out(format!("Write one row a line, its numbers separated by {}", delimiter(text)))
}

fn no_numbers(text: &Text<'_>, rows: &[StringRecord]) -> Problem {
    let cells = || rows.iter().flat_map(StringRecord::iter);
    let splits = |separator: fn(char) -> bool| {
        cells().any(|cell| cell.split(separator).filter(|part| number::parse(part).is_some()).count() > 1)
    };
    let found: [(&str, fn(char) -> bool); 4] =
        [("tabs", |c| c == '\t'), ("semicolons", |c| c == ';'), ("commas", |c| c == ','), ("spaces", |c| c == ' ')];
    let what = match found.into_iter().find(|(_, separator)| splits(*separator)) {
        Some((name, _)) => format!("the numbers are separated by {name}, not by {}", delimiter(text)),
        None => "no column holds numbers".to_owned(),
    };
    Problem::error(text.file, what).way_out(format!("Separate the numbers by {}", delimiter(text)))
}

fn delimiter(text: &Text<'_>) -> &'static str {
    if text.delimiter == b',' { "commas" } else { "tabs" }
}
