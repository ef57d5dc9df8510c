//! Rows as JSON: an object (or an array of numbers) on each line, as in JSON Lines.
//!
//! One pass over all lines finds the fields and what they hold. A field whose values are arrays of
//! equally many numbers holds vectors; without such a field, numbers do, chosen as in a table
//! ([`Layout`]). Texts, numbers, and booleans are metadata, with numbers as they are written; `null`
//! and fields that a line does not have are missing values. Other arrays and objects are left out and
//! listed. `NaN` and `Infinity`, which Python writes, are numbers.

mod object;
mod scan;

use std::{collections::HashMap, ops::Range, path::Path};

use csv::StringRecord;
use parallax_embedding::Cancelled;
use rayon::prelude::*;

use super::{
    Block, Fault, FaultKind, Text,
    layout::{Layout, Role, SAMPLE_LINES},
    names,
};
use crate::{FormatError, Problem, error::counted};
pub(crate) use object::lines_of_object;
use scan::{Failed, Value, numbers, row};
pub(crate) use scan::{is_array, is_rows, lines_of_array};

/// How the lines are read.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) dims: usize,
    /// The names of the columns of metadata.
    pub(super) labels: Vec<String>,
    places: HashMap<String, Place>,
    pub(super) notes: Vec<Problem>,
}

/// Where the values of a field go.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// This column of metadata.
    Label(usize),
    /// This dimension.
    Number(usize),
    /// All dimensions.
    Vector,
}

/// What a field holds.
#[derive(Debug, Default, Clone)]
struct Held {
    numbers: usize,
    /// Texts and booleans.
    others: usize,
    /// The lengths of its arrays of numbers, and how many have each.
    arrays: HashMap<usize, usize>,
    nested: usize,
}

impl Held {
    fn add(&mut self, value: &Value<'_>) {
        match value {
            Value::Null => {}
            Value::Number(_) => self.numbers += 1,
            Value::Bool(_) | Value::Text(_) => self.others += 1,
            Value::Array(_, Some(length @ 1..)) => *self.arrays.entry(*length).or_default() += 1,
            Value::Array(..) | Value::Object => self.nested += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.numbers += other.numbers;
        self.others += other.others;
        self.nested += other.nested;
        other.arrays.into_iter().for_each(|(length, count)| *self.arrays.entry(length).or_default() += count);
    }

    /// The dimensions, if it holds vectors. A few arrays of another length are faults.
    fn dims(&self) -> Option<usize> {
        let (&length, &count) = self.arrays.iter().max_by_key(|&(&length, &count)| (count, length))?;
        let all = self.numbers + self.others + self.nested + self.arrays.values().sum::<usize>();
        (10 * count >= 9 * all).then_some(length)
    }

    fn is_nested(&self) -> bool {
        self.nested > 0 || !self.arrays.is_empty()
    }
}

/// The fields by name, in order of first appearance.
#[derive(Debug, Default)]
struct Found {
    names: Vec<String>,
    held: Vec<Held>,
    places: HashMap<String, usize>,
    rows: usize,
    /// How many fields are left out, since their cells would be more than the file justifies.
    cut: usize,
}

/// Cells per byte of the file: fields that few lines have are normal.
const CELLS_A_BYTE: usize = 16;

impl Found {
    /// The fields of all lines.
    fn of(text: &Text<'_>) -> Result<Self, FormatError> {
        let of_block = |range: Range<usize>| {
            let mut found = Self::default();
            for (at, line) in lines(text, range) {
                let read = row(line, &mut |name, value| found.get(name).add(&value));
                read.map_err(|failed| fault(at, line, failed))?;
                found.rows += 1;
            }
            Ok(found)
        };
        let blocks: Vec<Result<Self, Fault>> = text.blocks().into_par_iter().map(of_block).collect();
        let mut all = Self::default();
        for block in blocks {
            let block = block.map_err(|fault| text.problem(&fault, 0))?;
            all.rows += block.rows;
            block.names.iter().zip(block.held).for_each(|(name, held)| all.get(name).merge(held));
        }
        let limit = (text.bytes.len().saturating_mul(CELLS_A_BYTE) / all.rows.max(1)).max(1);
        all.cut = all.names.len().saturating_sub(limit);
        all.names.truncate(limit);
        all.held.truncate(limit);
        all.places.retain(|_, place| *place < limit);
        Ok(all)
    }

    /// What the field of this name holds. It is added if there is none.
    fn get(&mut self, name: &str) -> &mut Held {
        let place = self.places.get(name).copied().unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.held.push(Held::default());
            self.places.insert(name.to_owned(), self.held.len() - 1);
            self.held.len() - 1
        });
        &mut self.held[place]
    }

    fn held(&self, name: &str) -> Option<&Held> {
        self.places.get(name).map(|&place| &self.held[place])
    }

    fn names_of(&self, wanted: impl Fn(&Held) -> bool) -> Vec<&str> {
        let fields = self.names.iter().zip(&self.held);
        fields.filter(|(_, held)| wanted(held)).map(|(name, _)| name.as_str()).collect()
    }
}

/// The names of the fields that hold vectors in the first lines.
pub(super) fn vector_fields(bytes: &[u8], file: &Path) -> Result<Vec<String>, FormatError> {
    let text = Text { delimiter: b' ', ..Text::of(bytes, file) };
    let first = text.blocks().into_iter().next().unwrap_or_default();
    let found = Found::of(&Text { bytes: &text.bytes[first], ..text })?;
    Ok(found.names_of(|held| held.dims().is_some()).into_iter().map(str::to_owned).collect())
}

impl Fields {
    /// How the lines are read, with the fields that `choice` names as vectors.
    pub(super) fn guess(text: &Text<'_>, choice: Option<&str>) -> Result<Self, FormatError> {
        let found = Found::of(text)?;
        if found.names.is_empty() {
            return Err(super::layout::no_rows(text).into());
        }
        let are_scalars =
            found.held.iter().any(|held| held.numbers > 0) && found.held.iter().all(|held| held.arrays.is_empty());
        if found.rows == 1 && object::is_named(text.file) && are_scalars {
            let what = "the file holds one object, and no array of numbers in it: no rows of vectors";
            let way_out = "Write an object for each row, as pandas does with orient=\"records\"";
            return Err(Problem::error(text.file, what).way_out(way_out).into());
        }
        let vectors = match choice {
            Some(choice) if found.held(choice).is_some() => vec![choice.to_owned()],
            Some(choice) => chosen(text, &found, choice)?,
            None => match found.names_of(|held| held.dims().is_some()).first() {
                Some(name) => vec![(*name).to_owned()],
                None => features(text, &found)?,
            },
        };
        let first = vectors.first().and_then(|name| found.held(name)?.dims());
        let dims = match (&vectors[..], first) {
            ([_], Some(dims)) => dims,
            (names, _) => {
                let is_number = |name: &&String| found.held(name).is_some_and(|held| held.numbers > 0);
                if let Some(other) = names.iter().find(|name| !is_number(name)) {
                    let problem = Problem::error(text.file, format!("{other:?} holds no numbers beside other fields"));
                    return Err(problem.way_out("Name one field of arrays, or several of numbers").into());
                }
                names.len()
            }
        };
        if found.rows.saturating_mul(dims) > text.bytes.len().saturating_mul(CELLS_A_BYTE) {
            let what = format!("few of the {} lines have the {} of a vector", found.rows, counted(dims, "number"));
            return Err(Problem::error(text.file, what).way_out("Leave out the lines without a vector").into());
        }
        let mut fields = Self::table(text, &found, &vectors);
        for (place, name) in vectors.iter().enumerate() {
            fields.places.insert(name.clone(), if first.is_some() { Place::Vector } else { Place::Number(place) });
        }
        let what = match &vectors[..] {
            [name] => format!("vectors: the field {name:?}"),
            [name, .., last] => format!("vectors: the {} from {name:?} to {last:?}", counted(vectors.len(), "field")),
            [] => String::new(),
        };
        let is_reordered = choice.is_some_and(|choice| names::is_reordered(choice, &found.names));
        let order = if is_reordered { names::REORDERED } else { "" };
        fields.notes.insert(0, Problem::note(text.file, format!("{what}{order}")));
        Ok(Self { dims, ..fields })
    }

    /// All fields but `vectors` as metadata.
    fn table(text: &Text<'_>, found: &Found, vectors: &[String]) -> Self {
        let is_label = |held: &Held| !held.is_nested() || held.numbers + held.others > 0;
        let mut labels = found.names_of(is_label);
        labels.retain(|name| !vectors.iter().any(|vector| vector == name));
        let left_out = found.names_of(|held| held.is_nested() && held.dims().is_none()).into_iter().map(str::to_owned);
        let left_out: Vec<String> = left_out.filter(|name| !vectors.contains(name)).collect();
        let mut notes = Vec::new();
        if !left_out.is_empty() {
            let listed = names::shown(&(0..left_out.len()).collect::<Vec<_>>(), &left_out);
            let what = format!("arrays and objects in {} are left out: {listed}", counted(left_out.len(), "field"));
            notes.push(Problem::note(text.file, what));
        }
        if found.cut > 0 {
            let all = found.names.len() + found.cut;
            let what = format!("the first {} of {all} fields are read: most lines have fewer", found.names.len());
            notes.push(Problem::warning(text.file, what).way_out("Give each line the same fields"));
        }
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        let places = labels.iter().enumerate().map(|(place, name)| (name.clone(), Place::Label(place))).collect();
        let (labels, _) = crate::metadata::unique_names(labels);
        Self { dims: 0, labels, places, notes }
    }

    /// All fields as metadata.
    pub(super) fn all(text: &Text<'_>) -> Result<Self, FormatError> {
        Ok(Self::table(text, &Found::of(text)?, &[]))
    }

    /// Reads the lines in `range` of the text.
    pub(super) fn read(
        &self,
        text: &Text<'_>,
        range: Range<usize>,
        tick: &impl Fn(usize) -> Result<(), Cancelled>,
    ) -> Result<Result<Block, Fault>, Cancelled> {
        let (mut block, size) = (Block::default(), range.len());
        for (at, line) in lines(text, range) {
            if let Err(fault) = self.push(line, at, &mut block) {
                return Ok(Err(fault));
            }
        }
        tick(size)?;
        Ok(Ok(block))
    }

    fn push(&self, line: &[u8], at: usize, block: &mut Block) -> Result<(), Fault> {
        let start = block.values.len();
        block.values.resize(start + self.dims, f64::NAN);
        let (mut cells, mut kind) = (vec![String::new(); self.labels.len()], None);
        let (mut filled, mut place_of) = (0, 0);
        let read = row(line, &mut |name, value| {
            place_of += 1;
            match (self.places.get(name), value) {
                (Some(&Place::Label(place)), value) => cells[place] = value.into_text(),
                (Some(&Place::Number(place)), Value::Number(number)) => {
                    filled += 1;
                    let value = number_of(number);
                    block.values[start + place] = value;
                    block.note_loss(value, number, '.', (at, place_of));
                }
                (Some(Place::Vector), Value::Array(array, length)) if length == Some(self.dims) => {
                    for (place, number) in numbers(array).enumerate() {
                        let value = number_of(number);
                        filled += usize::from(!value.is_nan());
                        block.values[start + place] = value;
                        block.note_loss(value, number, '.', (at, place_of));
                    }
                }
                (Some(Place::Number(_) | Place::Vector), Value::Null) | (None, _) => {}
                (Some(Place::Number(_)), _) => kind = Some(format!("{name:?} is not a number")),
                (Some(Place::Vector), _) => {
                    kind = Some(format!("{name:?} is not an array of {}", counted(self.dims, "number")));
                }
            }
        });
        read.map_err(|failed| fault(at, line, failed))?;
        if let Some(what) = kind {
            return Err(Fault { byte: at, kind: FaultKind::Json { column: None, what } });
        }
        if filled < self.dims {
            block.missing.add(at, 1);
        }
        cells.iter().for_each(|cell| block.labels.push_field(cell));
        Ok(())
    }
}

fn number_of(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The fields that `choice` names, as in a table.
fn chosen(text: &Text<'_>, found: &Found, choice: &str) -> Result<Vec<String>, FormatError> {
    let places = names::chosen(choice, &found.names).map_err(|unknown| {
        let all: Vec<usize> = (0..found.names.len()).collect();
        let problem = Problem::error(text.file, format!("there is no field {unknown:?}"));
        FormatError::NotFound(Box::new(problem.way_out(format!("There are: {}", names::shown(&all, &found.names)))))
    })?;
    Ok(places.into_iter().map(|place| found.names[place].clone()).collect())
}

/// The fields of numbers that are the vectors, chosen from the first lines as from a table.
fn features(text: &Text<'_>, found: &Found) -> Result<Vec<String>, FormatError> {
    let names = found.names_of(|held| !held.is_nested());
    if found.names_of(|held| held.numbers > 0).is_empty() {
        let problem = Problem::error(text.file, "no field holds numbers, or arrays of equally many numbers");
        return Err(problem.way_out("Write an object for each row, as pandas does with orient=\"records\"").into());
    }
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    let mut table = csv::WriterBuilder::new().delimiter(b'\t').from_writer(Vec::new());
    let mut write =
        |record: &StringRecord| table.write_record(record).map_err(|error| no_table(text, &error.to_string()));
    write(&StringRecord::from(names.clone()))?;
    for (_, line) in lines(text, 0..text.bytes.len()).take(SAMPLE_LINES) {
        let mut cells = vec![String::new(); names.len()];
        let add = &mut |name: &str, value: Value<'_>| {
            if let Some(&place) = places.get(name) {
                cells[place] = value.into_text();
            }
        };
        if row(line, add).is_ok() {
            write(&StringRecord::from(cells))?;
        }
    }
    let table = table.into_inner().map_err(|error| no_table(text, &error.to_string()))?;
    let table = Text { quoted: true, delimiter: b'\t', ..Text::of(&table, text.file) };
    let layout = Layout::guess(&table, None, Some(true))?;
    let is_number = |(name, role): &(&str, Role)| {
        matches!(role, Role::Number(_)) && found.held(name).is_some_and(|held| held.numbers > 0)
    };
    let features: Vec<String> =
        names.into_iter().zip(layout.roles).filter(is_number).map(|(name, _)| name.to_owned()).collect();
    if features.is_empty() {
        let problem = Problem::error(text.file, "no field of numbers is part of a vector");
        return Err(problem.way_out("Write each vector as an array of numbers in a field of its own").into());
    }
    Ok(features)
}

fn no_table(text: &Text<'_>, error: &str) -> FormatError {
    Problem::error(text.file, error).into()
}

/// The lines in `range` that are not blank, and where they begin.
fn lines<'a>(text: &Text<'a>, range: Range<usize>) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
    let (mut next, end) = (range.start, text.line_end);
    let bytes = text.bytes.get(range).unwrap_or_default();
    let begin = move |line: &'a [u8]| {
        let at = next;
        next += line.len() + 1;
        (at, line)
    };
    bytes.split(move |&byte| byte == end).map(begin).filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
}

fn fault(byte: usize, line: &[u8], (at, what): Failed) -> Fault {
    let before = String::from_utf8_lossy(line.get(..at).unwrap_or(line));
    Fault { byte, kind: FaultKind::Json { column: Some(before.chars().count() + 1), what: what.to_owned() } }
}

/// Whether the name of a file says that it is JSON.
pub(super) fn is_named(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ENDINGS.iter().chain(&["json"]).any(|own| ending.eq_ignore_ascii_case(own)))
}

pub(super) const ENDINGS: [&str; 2] = ["jsonl", "ndjson"];
