//! Which line is a header and which columns are vectors, judging by the first lines.
//!
//! * The first line is a **header** if no cell of it is a number; or if its numbers count 0, 1, 2
//!   and so on while the line below holds fractions, or a number below a name (data frames number
//!   their columns so).
//! * A column holds **vectors** if each cell of it is one, as `[0.1, 0.2]`; **numbers** if half of
//!   the cells that are not missing are numbers; and **text** otherwise. In a column of numbers, a
//!   cell that is not one is a fault of the file.
//! * The vectors are, if nobody names columns: the column of vectors, the widest of several; else
//!   the columns whose names count (`d0`, `d1`, ...); else all columns of numbers but those that
//!   tell rows apart or describe them by their names (`id`, `label`, `year`), and those that count
//!   the rows. These have to be as many as the columns of text, and under a header two at least;
//!   otherwise nothing is surely a vector, and the text is refused with the names of its columns.

use std::ops::Range;

use csv::StringRecord;
use parallax_embedding::is_missing;

use super::{
    Fault, FaultKind, Text,
    cell::{self, Look},
    names,
    number::{self, Decimal},
};
use crate::{FormatError, Problem};

/// How the cells of a row are read.
#[derive(Debug)]
pub(super) struct Layout {
    /// The names in the first line if it is a header.
    pub(super) header: Option<Vec<String>>,
    /// The number of cells in a row.
    pub(super) width: usize,
    /// The kind of each cell of a row.
    pub(super) roles: Vec<Role>,
    /// Whether numbers have a decimal comma.
    pub(super) decimal_comma: bool,
    /// What was chosen, in sentences.
    pub(super) notes: Vec<Problem>,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Metadata.
    Label,
    /// A number of the vector.
    Number,
    /// This many numbers of the vector.
    Vector(usize),
}

/// What the cells of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// All are missing.
    Empty,
    Text,
    Numbers,
    Vectors(usize),
    /// Vectors with an ellipsis in the middle.
    CutShort,
}

/// The number of lines that are examined.
const SAMPLE_LINES: usize = 1000;
/// The number of bytes of them that are examined, but at least two lines.
const SAMPLE_BYTES: usize = 1 << 22;

impl Layout {
    /// How the rows are read, with the columns that `choice` names as vectors.
    pub(super) fn guess(text: &Text<'_>, choice: Option<&str>) -> Result<Self, FormatError> {
        let sample = sample(text).map_err(|fault| text.problem(&fault, 0))?;
        let Some((first, below)) = sample.split_first() else { return Err(no_rows(text).into()) };
        let width = width(first, below);
        let decimal_comma = has_decimal_commas(&sample);
        let table = Sample { rows: &sample, decimal_comma };
        let has_header = table.is_header(first, below, width);
        let table = Sample { rows: if has_header { below } else { &sample[..] }, ..table };
        if table.rows.is_empty() {
            return Err(no_rows(text).into());
        }
        let header =
            has_header.then(|| first.iter().take(width).map(|name| name.trim().to_owned()).collect::<Vec<_>>());
        let contents: Vec<Content> = (0..width).map(|column| table.content(column, has_header)).collect();
        let columns = Columns { text, table, header: header.as_deref(), contents: &contents };
        let roles = match choice {
            Some(choice) => columns.chosen(choice)?,
            None => columns.guessed()?,
        };
        let mut layout = Self { header, width, roles, decimal_comma, notes: Vec::new() };
        layout.notes = layout.describe(text, choice.is_some());
        Ok(layout)
    }

    /// The number of values in a row.
    pub(super) fn dims(&self) -> usize {
        let numbers = |role: &Role| match role {
            Role::Label => 0,
            Role::Number => 1,
            Role::Vector(dims) => *dims,
        };
        self.roles.iter().map(numbers).sum()
    }

    /// The names of the columns of metadata, made unique.
    pub(super) fn label_names(&self) -> Vec<String> {
        let labels = self.places(|role| role == Role::Label);
        if self.header.is_none() && labels.len() == 1 {
            return vec!["label".to_owned()];
        }
        let names = names::all(self.header.as_deref(), self.width);
        labels.into_iter().map(|column| names[column].clone()).collect()
    }

    fn places(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.width).filter(|&column| wanted(self.roles[column])).collect()
    }

    fn describe(&self, text: &Text<'_>, is_chosen: bool) -> Vec<Problem> {
        let mut notes = Vec::new();
        if self.header.is_some() {
            notes.push(Problem::note(text.file, "the first line is taken as a header").at("line 1"));
        }
        if self.decimal_comma {
            notes.push(Problem::note(text.file, "numbers are read with decimal commas"));
        }
        let labels = self.places(|role| role == Role::Label);
        // Without names of columns, there is nothing to tell that the shape does not.
        if self.header.is_none() && labels.is_empty() && self.roles.iter().all(|role| *role == Role::Number) {
            return notes;
        }
        let names = names::all(self.header.as_deref(), self.width);
        let vectors = self.places(|role| role != Role::Label);
        let columns = match (&self.header, vectors.len()) {
            (None, _) => "",
            (Some(_), 1) => "column ",
            (Some(_), _) => "columns ",
        };
        let metadata = if labels.is_empty() { "none".to_owned() } else { names::shown(&labels, &names) };
        let what = format!(
            "vectors: {columns}{} ({} numbers); metadata: {metadata}",
            names::shown(&vectors, &names),
            self.dims()
        );
        let note = Problem::note(text.file, what);
        notes.push(if is_chosen { note } else { note.way_out("Choose other columns with --vectors") });
        notes
    }
}

/// The first lines of a table.
#[derive(Clone, Copy)]
struct Sample<'a> {
    rows: &'a [StringRecord],
    decimal_comma: bool,
}

impl<'a> Sample<'a> {
    fn number(&self, cell: &str) -> Option<f64> {
        if self.decimal_comma { number::parse_with_comma(cell) } else { number::parse(cell) }
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    fn is_header(&self, first: &StringRecord, below: &[StringRecord], width: usize) -> bool {
        let cells = || first.iter().take(width);
        if !cells().any(|cell| self.number(cell).is_some() || cell::look(cell) != Look::Other) {
            return true;
        }
        let names: Vec<String> = cells().map(|name| name.trim().to_owned()).collect();
        let run = names::counted(&names, &vec![true; names.len()]);
        let is_number = |cell: &str| self.number(cell).is_some();
        let others_are_names =
            |run: &Range<usize>| names.iter().enumerate().all(|(at, name)| run.contains(&at) || !is_number(name));
        let counts = run.is_some_and(|run| run.len() > 2 && names[run.start] == "0" && others_are_names(&run))
            || (width > 2 && names.iter().enumerate().all(|(index, name)| *name == index.to_string()));
        let is_fraction = |cell: &str| self.number(cell).is_some_and(|value| value.fract() != 0.0);
        let Some(next) = below.first().filter(|_| counts) else { return false };
        let is_name = |(name, cell): (&String, &str)| !name.is_empty() && !is_number(name) && is_number(cell);
        next.iter().any(is_fraction) || names.iter().zip(next).any(is_name)
    }

    fn content(&self, column: usize, has_header: bool) -> Content {
        let (mut filled, mut numbers, mut vectors, mut cut_short, mut dims) = (0, 0, 0, 0, None);
        for cell in self.cells(column) {
            let is_number = self.number(cell).is_some();
            if !is_number && is_missing(cell) {
                continue;
            }
            filled += 1;
            if is_number {
                numbers += 1;
                continue;
            }
            match cell::look(cell) {
                Look::Vector(count) => vectors += usize::from(*dims.get_or_insert(count) == count),
                Look::CutShort => cut_short += 1,
                Look::Other => {}
            }
        }
        match dims {
            // Missing cells do not count; under a header they are a column that nobody filled.
            _ if filled == 0 && !has_header => Content::Numbers,
            _ if filled == 0 => Content::Empty,
            _ if 2 * numbers >= filled => Content::Numbers,
            Some(dims) if 10 * (vectors + cut_short) >= 9 * filled => Content::Vectors(dims),
            _ if 2 * cut_short > filled => Content::CutShort,
            _ => Content::Text,
        }
    }

    /// Whether the vectors of a column are in brackets.
    fn has_brackets(&self, column: usize) -> bool {
        self.cells(column).any(|cell| cell.trim_end().ends_with([']', ')', '}']))
    }

    fn has_fractions(&self, column: usize) -> bool {
        self.cells(column).any(|cell| self.number(cell).is_some_and(|value| value.fract() != 0.0))
    }

    /// The whole numbers of a column. Returns `None` if there are too few of them to decide, or if
    /// there are other values.
    fn whole_numbers(&self, column: usize) -> Option<Vec<i64>> {
        let numbers: Option<Vec<i64>> = self.cells(column).map(|cell| cell.trim().parse().ok()).collect();
        numbers.filter(|numbers| numbers.len() > 2)
    }

    /// Whether a column counts the rows, starting at 0 or 1.
    fn counts_rows(&self, column: usize) -> bool {
        let counts = |numbers: &[i64]| numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        self.whole_numbers(column).is_some_and(|numbers| matches!(numbers[0], 0 | 1) && counts(&numbers))
    }

    fn ascends(&self, column: usize) -> bool {
        self.whole_numbers(column).is_some_and(|numbers| numbers.windows(2).all(|pair| pair[0] < pair[1]))
    }
}

/// Whether numbers have a decimal comma: at least one does, none has a point, and not all commas
/// can be thousands separators.
fn has_decimal_commas(sample: &[StringRecord]) -> bool {
    let (mut commas, mut clear) = (0, 0);
    for says in sample.iter().flat_map(StringRecord::iter).filter_map(number::decimal) {
        match says {
            Decimal::Point => return false,
            Decimal::Comma => clear += 1,
            Decimal::Either => commas += 1,
        }
    }
    // A single one among many unclear ones could be a slip.
    clear > 0 && 10 * clear >= commas
}

/// The columns of a table, of which some are the vectors.
struct Columns<'a> {
    text: &'a Text<'a>,
    table: Sample<'a>,
    header: Option<&'a [String]>,
    contents: &'a [Content],
}

impl Columns<'_> {
    fn names(&self) -> Vec<String> {
        names::all(self.header, self.contents.len())
    }

    fn are(&self, wanted: impl Fn(Content) -> bool) -> Vec<usize> {
        (0..self.contents.len()).filter(|&column| wanted(self.contents[column])).collect()
    }

    fn roles(&self, vectors: &[usize]) -> Vec<Role> {
        let role = |column: usize| match self.contents[column] {
            Content::Vectors(dims) => Role::Vector(dims),
            _ => Role::Number,
        };
        let of = |column: usize| if vectors.contains(&column) { role(column) } else { Role::Label };
        (0..self.contents.len()).map(of).collect()
    }

    /// The columns that the user names.
    fn chosen(&self, choice: &str) -> Result<Vec<Role>, FormatError> {
        let names = self.names();
        let places = names::chosen(choice, &names).map_err(|unknown| {
            let all: Vec<usize> = (0..names.len()).collect();
            let problem = Problem::error(self.text.file, format!("there is no column {unknown:?}"));
            FormatError::NotFound(Box::new(problem.way_out(format!("There are: {}", names::shown(&all, &names)))))
        })?;
        for &column in &places {
            match self.contents[column] {
                Content::CutShort => return Err(self.cut_short(column).into()),
                Content::Text => {
                    let problem =
                        Problem::error(self.text.file, format!("the column {:?} holds no numbers", names[column]));
                    return Err(problem.way_out(self.way_out(&names)).into());
                }
                Content::Empty | Content::Numbers | Content::Vectors(_) => {}
            }
        }
        Ok(self.roles(&places))
    }

    fn guessed(&self) -> Result<Vec<Role>, FormatError> {
        let dims = |column: &usize| match self.contents[*column] {
            Content::Vectors(dims) => dims,
            _ => 0,
        };
        let vectors = self.are(|content| matches!(content, Content::Vectors(_)));
        let is_numeric: Vec<bool> =
            self.contents.iter().map(|content| matches!(content, Content::Numbers | Content::Empty)).collect();
        let run = self.header.and_then(|names| names::counted(names, &is_numeric));
        let numbers = self.are(|content| content == Content::Numbers);
        let features = self.features(&numbers);
        if let Some(&widest) = vectors.iter().rev().max_by_key(|column| dims(column)) {
            let others = features.len().max(run.as_ref().map_or(0, Range::len));
            // A pair beside other numbers may be a place or a size.
            let is_pair = dims(&widest) <= 3 && others > 0 && !self.table.has_brackets(widest);
            if is_pair || others >= dims(&widest) {
                return Err(self.unsure(&self.are(|content| matches!(content, Content::Numbers | Content::Vectors(_)))));
            }
            return Ok(self.roles(&[widest]));
        }
        let unread = self.other_notation();
        if let Some(&column) = unread.first().filter(|_| unread.len() >= run.as_ref().map_or(0, Range::len)) {
            return Err(self.two_notations(column).into());
        }
        if let Some(run) = run {
            return Ok(self.roles(&run.collect::<Vec<_>>()));
        }
        if let Some(&column) = self.are(|content| content == Content::CutShort).first() {
            return Err(self.cut_short(column).into());
        }
        if numbers.is_empty() {
            return Err(no_numbers(self.text, self.table.rows).into());
        }
        let texts = self.are(|content| content == Content::Text).len();
        let is_whole = features.len() == self.contents.len();
        let least = if self.header.is_some() && !is_whole { 2 } else { 1 };
        if features.len() < texts.max(least) {
            return Err(self.unsure(&numbers));
        }
        Ok(self.roles(&features))
    }

    /// The columns of text whose cells are numbers with the other decimal separator, if there are
    /// columns of numbers.
    fn other_notation(&self) -> Vec<usize> {
        let is_other = |cell: &str| match number::decimal(cell) {
            Some(Decimal::Point) => self.table.decimal_comma,
            Some(Decimal::Comma) => !self.table.decimal_comma,
            Some(Decimal::Either) | None => false,
        };
        let mostly = |column: &usize| {
            let filled = || self.table.cells(*column).filter(|cell| !is_missing(cell));
            let others = filled().filter(|cell| is_other(cell)).count();
            others > 0 && 2 * others >= filled().count()
        };
        let has_numbers = self.contents.contains(&Content::Numbers);
        self.are(|content| content == Content::Text)
            .into_iter()
            .filter(|column| has_numbers && mostly(column))
            .collect()
    }

    fn two_notations(&self, column: usize) -> Problem {
        let names = self.names();
        let [here, elsewhere] = if self.table.decimal_comma { ["points", "commas"] } else { ["commas", "points"] };
        let what = format!(
            "the numbers of column {:?} have decimal {here}, and other columns have {elsewhere}",
            names[column]
        );
        Problem::error(self.text.file, what)
            .way_out(format!("Write all numbers with one decimal separator, or {}", lower_first(&self.way_out(&names))))
    }

    /// The columns of numbers except for those that identify or describe rows.
    fn features(&self, numbers: &[usize]) -> Vec<usize> {
        let is_measured = |column: usize| {
            let fractions = || numbers.iter().any(|&other| other != column && self.table.has_fractions(other));
            match self.header {
                Some(names) => {
                    let counts =
                        self.table.ascends(column) && fractions() || column == 0 && self.table.counts_rows(column);
                    names.get(column).is_some_and(|name| !names::is_descriptive(name)) && !(counts && numbers.len() > 1)
                }
                None => column > 0 || !(self.table.counts_rows(column) && fractions()),
            }
        };
        numbers.iter().copied().filter(|&column| is_measured(column)).collect()
    }

    fn unsure(&self, numbers: &[usize]) -> FormatError {
        let names = self.names();
        let others: Vec<usize> = (0..names.len()).filter(|column| !numbers.contains(column)).collect();
        let texts =
            if others.is_empty() { String::new() } else { format!(", others in {}", names::shown(&others, &names)) };
        let message =
            format!("no column is surely a vector: there are numbers in {}{texts}", names::shown(numbers, &names));
        Problem::error(self.text.file, message).way_out(self.way_out(&names)).into()
    }

    fn way_out(&self, names: &[String]) -> String {
        let numbers = self.are(|content| matches!(content, Content::Numbers | Content::Vectors(_)));
        let shown: Vec<&str> = numbers.iter().take(3).map(|&column| &*names[column]).collect();
        match &shown[..] {
            [] => "Choose columns of numbers with --vectors".to_owned(),
            shown => format!("Choose with --vectors, as in --vectors {:?}", shown.join(",")),
        }
    }

    fn cut_short(&self, column: usize) -> Problem {
        let row =
            self.table.rows.iter().find(|row| row.get(column).is_some_and(|cell| cell::look(cell) == Look::CutShort));
        let byte = row.and_then(|row| row.position()).map_or(0, csv::Position::byte);
        let fault =
            Fault { byte: usize::try_from(byte).unwrap_or(0), kind: FaultKind::CutShort { column: column + 1 } };
        self.text.problem(&fault, 0)
    }
}

fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The records of the first lines.
pub(super) fn sample(text: &Text<'_>) -> Result<Vec<StringRecord>, Fault> {
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
                return Err(Fault { byte, kind: FaultKind::NotUtf8 });
            }
        }
    }
    Ok(records)
}

/// The number of cells in a row. An empty cell after the last delimiter of the first line does not
/// count if no other line has a value there.
pub(super) fn width(first: &StringRecord, below: &[StringRecord]) -> usize {
    let cells = first.len();
    let is_empty = |record: &StringRecord| record.get(cells - 1).is_none_or(|cell| cell.trim().is_empty());
    if cells > 1 && is_empty(first) && below.iter().all(is_empty) { cells - 1 } else { cells }
}

pub(super) fn no_rows(text: &Text<'_>) -> Problem {
    let what = if text.bytes.is_empty() { "the file is empty" } else { "there is no row of numbers" };
    Problem::error(text.file, what)
        .way_out(format!("Write one row a line, its numbers separated by {}", text.separator()))
}

fn no_numbers(text: &Text<'_>, rows: &[StringRecord]) -> Problem {
    let either = rows.iter().flat_map(StringRecord::iter).find(|cell| number::decimal(cell) == Some(Decimal::Either));
    if let Some(cell) = either {
        let message =
            format!("no column holds numbers: the comma in {cell:?} may be a decimal one or stand between thousands");
        return Problem::error(text.file, message)
            .way_out("Write the numbers with decimal points and nothing between thousands");
    }
    Problem::error(text.file, "no column holds numbers")
        .way_out(format!("Separate the numbers by {}", text.separator()))
}
