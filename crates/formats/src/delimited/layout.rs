//! Which line is a header and which columns are vectors, judging by the first lines.
//!
//! * The first line is a **header** if no cell of it is a number; or if its numbers count 0, 1, 2
//!   and so on while the line below holds fractions, or a number below a name (data frames number
//!   their columns so), or if they are years or the like. R writes no name above the names of rows.
//! * `content` tells what each column holds, and in which notation its numbers are written. In a
//!   column of numbers, a cell that is not one is a fault of the file.
//! * The vectors are, if nobody names columns: the column of vectors (of several, one with
//!   fractions, or else the widest) if it is wider than the columns of numbers together; else the
//!   columns whose names count (`d0`, `d1`, ...); else all columns of numbers but those that
//!   identify, count, date, or classify rows (`aside`). These have to be as many as the columns of
//!   text, and under a header two at least; otherwise it is not clear what the vectors are, and the
//!   text is refused with the names of its columns.

use std::ops::Range;
#[cfg(feature = "parquet")]
use std::path::Path;

use csv::StringRecord;
use parallax_embedding::{Notation, is_missing, is_number};

use super::{
    Fault, FaultKind, Text,
    aside::{self, Aside},
    cell::{self, Look},
    content::{Content, Sample},
    cut::UNNAMED,
    names,
};
use crate::{FormatError, Problem, error::counted};

/// How the cells of a row are read.
#[derive(Debug)]
pub(super) struct Layout {
    /// The names in the first line if it is a header.
    pub(super) header: Option<Vec<String>>,
    /// The number of cells in a row.
    pub(super) width: usize,
    /// The kind of each cell of a row.
    pub(super) roles: Vec<Role>,
    /// The columns of vectors of which each is an embedding, if there are several.
    pub(super) embeddings: Vec<String>,
    /// What was chosen, in sentences.
    pub(super) notes: Vec<Problem>,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Metadata.
    Label,
    /// A number of the vector.
    Number(Notation),
    /// This many numbers of the vector.
    Vector(usize),
    /// The vector of another embedding.
    Other,
}

impl Role {
    fn dims(&self) -> usize {
        match self {
            Self::Label | Self::Other => 0,
            Self::Number(_) => 1,
            Self::Vector(dims) => *dims,
        }
    }
}

/// The number of lines that are examined.
pub(super) const SAMPLE_LINES: usize = 1000;
/// The number of bytes of them that are examined, but at least two lines.
pub(super) const SAMPLE_BYTES: usize = 1 << 22;

impl Layout {
    /// How the rows are read, with the columns that `choice` names as vectors, and with a `header` if
    /// that is known.
    pub(super) fn guess(text: &Text<'_>, choice: Option<&str>, header: Option<bool>) -> Result<Self, FormatError> {
        let rows = sample(text).map_err(|fault| text.problem(&fault, 0))?;
        let Some((first, below)) = rows.split_first() else { return Err(no_rows(text).into()) };
        let width = width(first, below);
        let has_header = header.unwrap_or_else(|| is_header(first, below, width));
        let rows = if has_header { below } else { &rows[..] };
        if rows.is_empty() {
            return Err(no_rows(text).into());
        }
        let header = has_header.then(|| {
            // R writes no name above the names of rows.
            let unnamed = width.saturating_sub(first.len());
            let names = first.iter().take(width).map(|name| name.trim().to_owned());
            std::iter::repeat_n(String::new(), unnamed).chain(names).collect::<Vec<_>>()
        });
        let table = Sample { rows };
        let contents = table.contents(width, has_header);
        let asides = aside::find(table, &contents, header.as_deref());
        let names = names::all(header.as_deref(), width);
        let columns = Columns { text, table, header: header.as_deref(), names, contents: &contents, asides: &asides };
        let mut roles = match choice {
            Some(choice) => columns.chosen(choice)?,
            None => columns.guessed()?,
        };
        let others = columns.others(&roles);
        others.iter().for_each(|&column| roles[column] = Role::Other);
        let is_one = |column: &usize| matches!(roles[*column], Role::Vector(_) | Role::Other);
        let embeddings = (0..width).filter(|column| !others.is_empty() && is_one(column));
        let embeddings = embeddings.map(|column| columns.names[column].clone()).collect();
        let mut notes = Vec::new();
        if has_header {
            let at = format!("line {}", text.line(0));
            let first_line = if text.lines_before == 0 { "the first line" } else { "this line" };
            notes.push(Problem::note(text.file, format!("{first_line} is read as a header")).at(at.clone()));
            notes.extend((first.len() < width).then(|| Problem::note(text.file, UNNAMED).at(at)));
        }
        notes.extend(columns.notations(&roles));
        notes.extend(choice.is_none().then(|| columns.reasons(&roles)).into_iter().flatten());
        notes.extend(columns.summary(&roles, choice));
        Ok(Self { header, width, roles, embeddings, notes })
    }

    /// The number of values in a row.
    pub(super) fn dims(&self) -> usize {
        self.roles.iter().map(Role::dims).sum()
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
}

/// The columns of a typed table that are vectors, with those that `choice` names, and what was
/// chosen. `rows` are the first rows; of these the numbers count, in plain notation.
///
/// # Errors
/// Returns an error if it is not clear what the vectors are.
#[cfg(feature = "parquet")]
pub(crate) fn choose(
    file: &Path,
    names: &[String],
    contents: &[Content],
    rows: &[StringRecord],
    choice: Option<&str>,
) -> Result<(Vec<usize>, Vec<Problem>), FormatError> {
    let (text, table) = (Text::of(&[], file), Sample { rows });
    let asides = aside::find(table, contents, Some(names));
    let columns = Columns { text: &text, table, header: Some(names), names: names.to_vec(), contents, asides: &asides };
    let roles = match choice {
        Some(choice) => columns.chosen(choice)?,
        None => columns.guessed()?,
    };
    let mut notes = if choice.is_none() { columns.reasons(&roles) } else { Vec::new() };
    notes.extend(columns.summary(&roles, choice));
    Ok(((0..roles.len()).filter(|&column| roles[column] != Role::Label).collect(), notes))
}

/// Whether a cell of the first line is a value and not a name. `25%` above `0.5` is a name.
fn is_value(cell: &str, below: &str) -> bool {
    let fits = |notation: &Notation| notation.reads(cell);
    let is_alike = |notation: Notation| notation.parse(below).is_some() && Notation::PLAIN.parse(below).is_none();
    cell::look(cell) != Look::Other
        || [Notation::PLAIN, Notation { decimal: ',', ..Notation::PLAIN }].iter().any(fits)
        || Notation::all().filter(fits).any(is_alike)
}

/// Whether the numbers of a line are at least four with equal differences, as years, wavelengths,
/// and the numbers that data frames give to columns are.
fn counts_evenly<'a>(cells: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) -> bool {
    let numbers: Vec<f64> = cells.into_iter().filter_map(|cell| cell.as_ref().trim().parse().ok()).collect();
    let steps: Vec<f64> = numbers.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.len() > 2 && steps[0] != 0.0 && steps.iter().all(|step| (step - steps[0]).abs() <= 1e-9 * steps[0].abs())
}

fn is_header(first: &StringRecord, below: &[StringRecord], width: usize) -> bool {
    // The cells of R's header are above those that follow the first.
    let shift = width.saturating_sub(first.len());
    let below_of = |column: usize| below.first().and_then(|next| next.get(column + shift)).unwrap_or_default();
    let cells = || first.iter().take(width);
    if !cells().enumerate().any(|(column, cell)| is_value(cell, below_of(column))) {
        return true;
    }
    let names: Vec<String> = cells().map(|name| name.trim().to_owned()).collect();
    if counts_evenly(&names) && !below.iter().take(5).any(|row| counts_evenly(row.iter())) {
        let is_named = names.iter().any(|name| name.is_empty() || (!is_number(name) && !is_missing(name)));
        let has_fractions = below.iter().take(5).any(|row| row.iter().any(|cell| cell.contains('.')));
        if is_named || has_fractions || names[0] == "0" {
            return true;
        }
    }
    let run = names::counted(&names, &vec![true; names.len()]);
    let others_are_names =
        |run: &Range<usize>| names.iter().enumerate().all(|(at, name)| run.contains(&at) || !is_number(name));
    let counts = run.is_some_and(|run| run.len() > 2 && names[run.start] == "0" && others_are_names(&run))
        || (width > 2 && names.iter().enumerate().all(|(index, name)| *name == index.to_string()));
    let Some(next) = below.first().filter(|_| counts) else { return false };
    let is_fraction = |cell: &str| is_number(cell) && cell.contains(['.', ',', 'e', 'E']);
    let is_name = |(name, cell): (&String, &str)| !name.is_empty() && !is_number(name) && is_number(cell);
    next.iter().any(is_fraction) || names.iter().zip(next).any(is_name)
}

/// The columns of a table, of which some are the vectors.
struct Columns<'a> {
    text: &'a Text<'a>,
    table: Sample<'a>,
    header: Option<&'a [String]>,
    /// The names of the header, made unique, or `column 1` and so on.
    names: Vec<String>,
    contents: &'a [Content],
    asides: &'a [Option<Aside>],
}

impl Columns<'_> {
    fn columns_that(&self, wanted: impl Fn(Content) -> bool) -> Vec<usize> {
        (0..self.contents.len()).filter(|&column| wanted(self.contents[column])).collect()
    }

    fn roles(&self, vectors: &[usize]) -> Vec<Role> {
        let role = |column: usize| match self.contents[column] {
            Content::Vectors(dims) => Role::Vector(dims),
            content => Role::Number(content.notation()),
        };
        let mut roles = vec![Role::Label; self.contents.len()];
        vectors.iter().for_each(|&column| roles[column] = role(column));
        roles
    }

    /// The columns that the user names.
    fn chosen(&self, choice: &str) -> Result<Vec<Role>, FormatError> {
        let names = &self.names;
        let places = names::chosen(choice, names).map_err(|unknown| {
            let all: Vec<usize> = (0..names.len()).collect();
            let problem = Problem::error(self.text.file, format!("there is no column {unknown:?}"));
            FormatError::NotFound(Box::new(problem.way_out(format!("There are: {}", names::shown(&all, names)))))
        })?;
        for &column in &places {
            match self.contents[column] {
                Content::Text => {
                    let problem = Problem::error(self.text.file, format!("{:?} holds no numbers", names[column]));
                    return Err(problem.way_out(self.way_out()).into());
                }
                _ => self.refuse(column)?,
            }
        }
        Ok(self.roles(&places))
    }

    /// The other columns of vectors, if the vectors are those of one column. Beside fractions, whole
    /// numbers may be tokens.
    fn others(&self, roles: &[Role]) -> Vec<usize> {
        let chosen: Vec<usize> = (0..roles.len()).filter(|&column| roles[column] != Role::Label).collect();
        let [chosen] = chosen[..] else { return Vec::new() };
        if !matches!(roles[chosen], Role::Vector(_)) {
            return Vec::new();
        }
        let has_fractions = self.has_fractional_vectors(chosen);
        let mut others = self.columns_that(|content| matches!(content, Content::Vectors(_)));
        others.retain(|&other| other != chosen && (!has_fractions || self.has_fractional_vectors(other)));
        others
    }

    fn guessed(&self) -> Result<Vec<Role>, FormatError> {
        let dims = |column: &usize| match self.contents[*column] {
            Content::Vectors(dims) => dims,
            _ => 0,
        };
        let vectors = self.columns_that(|content| matches!(content, Content::Vectors(_)));
        let is_numeric: Vec<bool> = self.contents.iter().map(|content| content.is_numeric()).collect();
        let run = self.header.and_then(|names| names::counted(names, &is_numeric));
        let numbers = self.columns_that(Content::is_numbers);
        let features = self.features(&numbers);
        // Lists of whole numbers may be tokens.
        let rank = |column: &&usize| (self.has_fractional_vectors(**column), dims(column));
        if let Some(&widest) = vectors.iter().rev().max_by_key(rank) {
            let others = features.len().max(run.as_ref().map_or(0, Range::len));
            // A pair beside other numbers may be a place or a size.
            let is_pair = dims(&widest) <= 3 && others > 0 && !self.has_brackets(widest);
            let is_narrow = others > 2 * dims(&widest);
            if !is_narrow && (is_pair || others >= dims(&widest)) {
                return Err(self.unsure(
                    &self.columns_that(|content| content.is_numbers() || matches!(content, Content::Vectors(_))),
                ));
            }
            if !is_narrow {
                return Ok(self.roles(&[widest]));
            }
        }
        if let Some(run) = run {
            run.clone().try_for_each(|column| self.refuse(column))?;
            return Ok(self.roles(&run.collect::<Vec<_>>()));
        }
        let texts = self.columns_that(|content| content == Content::Text).len();
        let is_whole = features.len() == self.contents.len();
        let least = if self.header.is_some() && !is_whole { 2 } else { 1 };
        let is_clear = features.len() >= texts.max(least);
        let unread = |content| matches!(content, Content::Ambiguous(_) | Content::Unclear(_) | Content::Ragged { .. });
        // Vectors of different lengths are more than the columns of numbers beside them.
        let is_wider = |content| matches!(content, Content::Ragged { dims, .. } if dims > features.len());
        let doubtful = self
            .columns_that(|content| content == Content::CutShort || is_wider(content) || !is_clear && unread(content));
        let doubled = self.columns_that(|content| matches!(content, Content::Ambiguous(_)));
        if doubled.len() >= features.len().max(1) {
            self.refuse(doubled[0])?;
        }
        doubtful.first().map_or(Ok(()), |&column| self.refuse(column))?;
        if numbers.is_empty() {
            return Err(self.no_numbers().into());
        }
        if !is_clear {
            return Err(self.unsure(&numbers));
        }
        Ok(self.roles(&features))
    }

    /// Whether the vectors of a column are in brackets.
    fn has_brackets(&self, column: usize) -> bool {
        self.table.cells(column).any(|cell| cell.trim_end().ends_with([']', ')', '}']))
    }

    /// Whether the vectors of a column hold fractions.
    fn has_fractional_vectors(&self, column: usize) -> bool {
        self.table.cells(column).any(|cell| cell.contains('.'))
    }

    /// The columns of numbers that are part of a vector.
    fn features(&self, numbers: &[usize]) -> Vec<usize> {
        numbers.iter().copied().filter(|&column| !self.is_aside(column)).collect()
    }

    /// Whether the rows are numbers alone, as TensorBoard writes them: TSV without a header.
    fn are_bare(&self) -> bool {
        self.header.is_none() && !self.text.is_csv()
    }

    /// Whether a column of numbers is metadata. Of bare rows, classes are part of the vector.
    fn is_aside(&self, column: usize) -> bool {
        self.asides[column].is_some_and(|aside| match aside {
            Aside::Classes { is_clear, .. } => is_clear && !self.are_bare(),
            _ => true,
        })
    }

    /// Whether a column of the vectors looks like classes, so that it is worth a warning. Pixels
    /// without a header look so as well.
    fn looks_like_classes(&self, column: usize) -> bool {
        matches!(self.asides[column], Some(Aside::Classes { is_clear, .. }) if is_clear || !self.are_bare())
    }

    /// The error of a column that cannot be part of a vector.
    fn refuse(&self, column: usize) -> Result<(), Problem> {
        let name = &self.names[column];
        let at = |row: usize| self.table.rows.get(row).and_then(StringRecord::position);
        let cell = |row: usize| self.table.cell(row, column);
        let refused =
            |row: usize, what: String| Err(Problem::error(self.text.file, what).at(self.line(row).unwrap_or_default()));
        match self.contents[column] {
            Content::Ambiguous(row) | Content::Unclear(row) => {
                let what = format!("{name:?}: {:?} can be read in two ways", cell(row));
                let way_out = "Write the numbers with decimal points and no thousands separators";
                refused(row, what).map_err(|problem| problem.way_out(way_out))
            }
            Content::Ragged { dims, other, row } => {
                let what = format!("{name:?}: this vector has {other} numbers, and the first one has {dims}");
                refused(row, what).map_err(|problem| problem.way_out("Give each row as many numbers"))
            }
            Content::CutShort => {
                let row = (0..self.table.rows.len()).find(|&row| cell::look(cell(row)) == Look::CutShort);
                let byte = row.and_then(at).map_or(0, csv::Position::byte);
                let byte = usize::try_from(byte).unwrap_or(0);
                Err(self.text.problem(&Fault { byte, kind: FaultKind::CutShort { column: column + 1 } }, 0))
            }
            Content::Empty | Content::Text | Content::Numbers(_) | Content::Mixed(_) | Content::Vectors(_) => Ok(()),
        }
    }

    fn unsure(&self, numbers: &[usize]) -> FormatError {
        let names = &self.names;
        let others: Vec<usize> = (0..names.len()).filter(|column| numbers.binary_search(column).is_err()).collect();
        let texts = match &others[..] {
            [] => String::new(),
            [one] => format!("; {} does not", names[*one]),
            _ => format!("; {} do not", names::shown(&others, names)),
        };
        let verb = if numbers.len() == 1 { "holds" } else { "hold" };
        let numbers = names::shown(numbers, names);
        let asides = self.asides.iter().zip(names).filter_map(|(aside, name)| Some((name, (*aside)?.reason()?)));
        let asides: Vec<String> = asides.map(|(name, reason)| format!("; {name} {reason}")).collect();
        let asides = asides.concat();
        let message = format!("it is not clear which columns are the vectors: {numbers} {verb} numbers{texts}{asides}");
        Problem::error(self.text.file, message).way_out(self.way_out()).into()
    }

    fn way_out(&self) -> String {
        let numbers = self.columns_that(|content| content.is_numbers() || matches!(content, Content::Vectors(_)));
        let shown: Vec<&str> = numbers.iter().take(3).map(|&column| &*self.names[column]).collect();
        match &shown[..] {
            [] => "Choose columns of numbers with --vectors".to_owned(),
            shown => format!("Choose with --vectors, as in --vectors {:?}", shown.join(",")),
        }
    }

    fn no_numbers(&self) -> Problem {
        let mixed = self.columns_that(|content| matches!(content, Content::Mixed(_)));
        let Some(&column) = mixed.first() else {
            return Problem::error(self.text.file, "no column holds numbers").way_out(separate(self.text));
        };
        let names = &self.names;
        let row = self.odd_row(column);
        let cell = row.map_or("", |row| self.table.cell(row, column));
        let what = format!("{:?} holds numbers and other values, such as {cell:?}", names[column]);
        let problem = Problem::error(self.text.file, what);
        let problem = match row.and_then(|row| self.line(row)) {
            Some(line) => problem.at(line),
            None => problem,
        };
        problem.way_out("Correct the cells, or leave them empty where the value is missing")
    }

    /// The first cell of a column that is not a number.
    fn odd(&self, column: usize) -> &str {
        self.odd_row(column).map_or("", |row| self.table.cell(row, column))
    }

    fn odd_row(&self, column: usize) -> Option<usize> {
        let notation = self.contents[column].notation();
        let is_odd = |cell: &str| notation.parse(cell).is_none() && !is_missing(cell);
        (0..self.table.rows.len()).find(|&row| is_odd(self.table.cell(row, column)))
    }

    /// The position of a row, if it is one of a text.
    fn line(&self, row: usize) -> Option<String> {
        let byte = self.table.rows.get(row)?.position()?.byte();
        Some(format!("line {}", self.text.line(usize::try_from(byte).unwrap_or(0))))
    }

    /// Notes on the notations of the numbers in vectors, if not all are plain.
    fn notations(&self, roles: &[Role]) -> Vec<Problem> {
        let mut groups: Vec<(Notation, Vec<usize>)> = Vec::new();
        for (column, role) in roles.iter().enumerate() {
            let Role::Number(notation) = role else { continue };
            match groups.iter_mut().find(|(own, _)| own == notation) {
                Some((_, columns)) => columns.push(column),
                None => groups.push((*notation, vec![column])),
            }
        }
        let names = &self.names;
        // Whole numbers are the same in all notations.
        let has_points = |column: &usize| self.table.cells(*column).any(|cell| cell.contains('.'));
        for (notation, columns) in &mut groups {
            columns.retain(|column| *notation != Notation::PLAIN || has_points(column));
        }
        groups.retain(|(_, columns)| !columns.is_empty());
        let has_both = [',', '.'].iter().all(|decimal| groups.iter().any(|(own, _)| own.decimal == *decimal));
        let is_only = groups.len() == 1;
        let read = groups.into_iter().filter(|(notation, _)| *notation != Notation::PLAIN || has_both);
        let read = read.map(|(notation, columns)| {
            let what = if is_only { "numbers are".to_owned() } else { are(&columns, names) };
            let how = if notation == Notation::PLAIN { "decimal points".to_owned() } else { notation.to_string() };
            let what = format!("{what} read with {how}");
            if has_both { Problem::warning(self.text.file, what) } else { Problem::note(self.text.file, what) }
        });
        read.collect()
    }

    /// Notes on columns that are metadata although they hold numbers, and the other way round.
    fn reasons(&self, roles: &[Role]) -> Vec<Problem> {
        let names = &self.names;
        // If the names of columns count, or a column holds vectors, no column was judged.
        let is_judged = *roles == self.roles(&self.features(&self.columns_that(Content::is_numbers)));
        let mut notes = Vec::new();
        for (column, role) in roles.iter().enumerate() {
            let name = &names[column];
            match (role, self.contents[column], self.asides[column].and_then(Aside::reason)) {
                (Role::Label, Content::Numbers(_), Some(reason)) if is_judged => {
                    let what = format!("{name:?} {reason}, so it is metadata");
                    notes.push(Problem::note(self.text.file, what));
                }
                (Role::Number(_), _, Some(reason)) if self.looks_like_classes(column) => {
                    let what = format!("{name:?} {reason}, and is part of the vectors");
                    let is_other = |other: &usize| *other != column && roles[*other] != Role::Label;
                    let others: Vec<usize> = (0..roles.len()).filter(is_other).collect();
                    let way_out = format!("Leave it out with --vectors {:?}", names::choice(&others, names));
                    notes.push(Problem::warning(self.text.file, what).way_out(way_out));
                }
                (Role::Label, Content::Ambiguous(row) | Content::Unclear(row), _) => {
                    let cell = self.table.cell(row, column);
                    let what = format!("{name:?}: {cell:?} can be read in two ways, so the column is metadata");
                    notes.push(Problem::warning(self.text.file, what));
                }
                (Role::Label, Content::Ragged { dims, other, .. }, _) => {
                    let what =
                        format!("{name:?} holds vectors of {dims}, {other}, and other lengths, so it is metadata");
                    notes.push(Problem::note(self.text.file, what));
                }
                (Role::Label, Content::Mixed(_), _) => {
                    let what = format!(
                        "{name:?} holds numbers and other values, such as {:?}, so it is metadata",
                        self.odd(column)
                    );
                    notes.push(Problem::warning(self.text.file, what));
                }
                _ => {}
            }
        }
        notes
    }

    /// A note on which columns are the vectors and which are metadata. Returns `None` if there is
    /// nothing to tell that the shape does not: without names, and without metadata.
    fn summary(&self, roles: &[Role], choice: Option<&str>) -> Option<Problem> {
        let columns_of = |is_meant: fn(&Role) -> bool| -> Vec<usize> {
            (0..roles.len()).filter(|&column| is_meant(&roles[column])).collect()
        };
        let labels = columns_of(|role| *role == Role::Label);
        let others = columns_of(|role| *role == Role::Other);
        let vectors = columns_of(|role| matches!(role, Role::Number(_) | Role::Vector(_)));
        if self.header.is_none() && labels.is_empty() && !roles.iter().any(|role| matches!(role, Role::Vector(_))) {
            return None;
        }
        let names = &self.names;
        let columns = match (self.header, vectors.len()) {
            (None, _) => "",
            (Some(_), 1) => "column ",
            (Some(_), _) => "columns ",
        };
        let metadata = if labels.is_empty() { "none".to_owned() } else { names::shown(&labels, names) };
        let dims: usize = roles.iter().map(Role::dims).sum();
        let numbers = counted(dims, "number");
        let vectors = names::shown(&vectors, names);
        let order = if choice.is_some_and(|choice| names::is_reordered(choice, names)) { names::REORDERED } else { "" };
        let others = match &others[..] {
            [] => String::new(),
            others => format!("; other embeddings: {}", names::shown(others, names)),
        };
        let what = format!("vectors: {columns}{vectors} ({numbers}); metadata: {metadata}{others}{order}");
        let note = Problem::note(self.text.file, what);
        Some(if choice.is_some() { note } else { note.way_out("Choose other columns with --vectors") })
    }
}

fn are(columns: &[usize], names: &[String]) -> String {
    let verb = if columns.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names::shown(columns, names))
}

/// The number of bytes of which quotes may make one record.
const QUOTED_BYTES: usize = 1 << 26;

/// The records of the first lines.
pub(super) fn sample(text: &Text<'_>) -> Result<Vec<StringRecord>, Fault> {
    // A quote that nothing closes makes one record of the rest of the file.
    let bytes = if text.quoted { text.bytes.get(..QUOTED_BYTES).unwrap_or(text.bytes) } else { text.bytes };
    let mut reader = text.records(bytes);
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
                let rest = bytes.get(at..).unwrap_or_default();
                let byte = at + std::str::from_utf8(rest).err().map_or(0, |error| error.valid_up_to());
                return Err(Fault { byte, kind: FaultKind::NotUtf8 });
            }
        }
    }
    Ok(records)
}

/// The number of cells in a row. An empty cell after the last delimiter of the first line does not
/// count if no other line has a value there. A header may have one cell less than all rows: R
/// writes no name above the names of rows.
pub(super) fn width(first: &StringRecord, below: &[StringRecord]) -> usize {
    let cells = first.len();
    let is_longer = |record: &StringRecord| record.len() == cells + 1;
    if cells > 1
        && !below.is_empty()
        && below.iter().all(is_longer)
        && !first.iter().any(is_number)
        && below.iter().any(|record| record.get(cells).is_some_and(|cell| !cell.trim().is_empty()))
    {
        return cells + 1;
    }
    let is_empty = |record: &StringRecord| record.get(cells - 1).is_none_or(|cell| cell.trim().is_empty());
    if cells > 1 && is_empty(first) && below.iter().all(is_empty) { cells - 1 } else { cells }
}

pub(super) fn no_rows(text: &Text<'_>) -> Problem {
    let what = if text.bytes.is_empty() { "the file is empty" } else { "there is no row of numbers" };
    let separate = separate(text);
    let separate = separate
        .strip_prefix("Separate the numbers by ")
        .map_or_else(|| separate.clone(), |by| format!("Write one row per line, its numbers separated by {by}"));
    Problem::error(text.file, what).way_out(separate)
}

/// How numbers that cannot be told apart are to be separated.
fn separate(text: &Text<'_>) -> String {
    format!("Separate the numbers by {}", text.separator())
}
