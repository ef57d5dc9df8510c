//! What is known about the rows: typed columns with missing values.
//!
//! A cell keeps the exact text of the file: `007` stays `007`. What a column means (a number, a
//! category or free text) is stored beside the text. In a column of numbers, cells like `NaN` and
//! `NA` are missing: they keep their text, but have no value. Cells are dictionary-encoded: a label
//! shared by a million rows is stored once.

use std::sync::Arc;

use crate::{
    Doubt, Notation, RowSet, Values, dates,
    notation::{self, Reading},
    values::Gathering,
    wording::plural,
};

/// Columns in file order. Names are unique.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    rows: usize,
    columns: Vec<Column>,
    /// The indices of [`Metadata::default_label`] and [`Metadata::default_color`]; tags do not
    /// change them.
    label: Option<usize>,
    color: Option<usize>,
}

/// One column: a text for each row, or none. Cloning is cheap: the cells are shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    kind: ColumnKind,
    values: Values,
    /// For each row an index in `values`, or [`MISSING`], or `MISSING - 1 - i` for the text `i` of
    /// `spellings`.
    codes: Arc<Vec<u32>>,
    /// For each of `values` its number, or its moment.
    measures: Option<Arc<[f64]>>,
    /// Whether `measures` are moments.
    is_of_dates: bool,
    /// In a column of numbers or dates, the texts that stand for a missing one, such as `NaN`.
    spellings: Values,
    notation: Notation,
    doubt: Option<Doubt>,
    missing: usize,
    is_declared: bool,
}

/// What a column's cells are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Free text: names, sentences, identifiers.
    Text,
    /// Measurements.
    Number,
    /// A few values that repeat, numeric or not.
    Category,
    /// Dates, with or without times, however few they are.
    Date,
}

/// Columns that do not make up a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MetadataError {
    #[error("column {name:?} has {} where the first column has {expected}", plural(*rows, "row"))]
    Ragged { name: String, rows: usize, expected: usize },
    #[error("there are two columns named {name:?}")]
    Duplicate { name: String },
}

/// Collects a column's cells, from the first row to the last.
#[derive(Debug, Clone, Default)]
pub struct ColumnBuilder {
    name: String,
    values: Gathering,
    codes: Vec<u32>,
    is_declared: bool,
}

const MISSING: u32 = u32::MAX;

/// With at most this many distinct values that repeat, a column is a category: as many as the
/// TensorBoard projector colors.
const MAX_CATEGORIES: usize = 50;

impl Metadata {
    /// A table of `columns`.
    ///
    /// # Errors
    /// Returns an error if their lengths differ or two share a name.
    pub fn new(columns: Vec<Column>) -> Result<Self, MetadataError> {
        let rows = columns.first().map_or(0, Column::len);
        for (index, column) in columns.iter().enumerate() {
            let name = column.name.clone();
            if column.len() != rows {
                return Err(MetadataError::Ragged { name, rows: column.len(), expected: rows });
            }
            if columns[..index].iter().any(|earlier| earlier.name == name) {
                return Err(MetadataError::Duplicate { name });
            }
        }
        let is_text = |column: &Column| !column.is_numeric() && !column.is_of_dates();
        let label = columns.iter().position(is_text).or((!columns.is_empty()).then_some(0));
        let first = |is_meant: fn(&Column) -> bool| columns.iter().position(is_meant);
        let color = first(|column| column.kind == ColumnKind::Category && column.values.len() <= MAX_CATEGORIES)
            .or_else(|| first(|column| column.kind == ColumnKind::Category));
        Ok(Self { rows, columns, label, color })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in file order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The table with `value` for `rows` in the column of this name, for a table of `all` rows. The
    /// empty value is a missing one. If there is no such column, it is added. The other columns are
    /// shared.
    #[must_use]
    pub fn with_value(&self, name: &str, value: &str, rows: &RowSet, all: usize) -> Self {
        let mut columns = self.columns.clone();
        let place = columns.iter().position(|column| column.name == name);
        let known = place.map_or_else(|| ColumnBuilder::new(name).finish(), |place| columns[place].clone());
        let tagged = known.with_value(value, rows, self.rows.max(all));
        match place {
            Some(place) => columns[place] = tagged,
            None => columns.push(tagged),
        }
        let rows = self.rows.max(all);
        columns.iter_mut().for_each(|column| column.lengthen(rows));
        Self { rows, columns, ..*self }
    }

    /// The table with a copy of the column `name`, called `copy`. Returns `None` if there is no such
    /// column, or one of that name already. All cells are shared.
    #[must_use]
    pub fn with_copy(&self, name: &str, copy: &str) -> Option<Self> {
        if self.column(copy).is_some() {
            return None;
        }
        let column = Column { name: copy.to_owned(), ..self.column(name)?.clone() };
        let columns = self.columns.iter().cloned().chain([column]).collect();
        Some(Self { columns, ..*self })
    }

    /// The column that labels the rows unless another is chosen: the first that holds neither numbers
    /// nor dates, or else the first. Tags do not change which one it is.
    #[must_use]
    pub fn default_label(&self) -> Option<&Column> {
        self.columns.get(self.label?)
    }

    /// The column that colors the rows unless another is chosen: the first category, if possible one
    /// of not too many values. Tags do not change which one it is.
    #[must_use]
    pub fn default_color(&self) -> Option<&Column> {
        self.columns.get(self.color?)
    }
}

impl Column {
    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its cells are read as.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The cell's text as in the file. Returns `None` if the cell is empty or beyond the last row.
    ///
    /// A missing number that the file spells out, such as `NaN`, has a text but no [`Column::code`]
    /// and no [`Column::number`].
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        let code = self.codes.get(row).copied().filter(|&code| code != MISSING)? as usize;
        let spelled = || &self.spellings[(MISSING - 1) as usize - code];
        Some(if code < self.values.len() { &self.values[code] } else { spelled() })
    }

    /// The cell's number, in a column of numbers.
    #[must_use]
    pub fn number(&self, row: usize) -> Option<f64> {
        self.measure(row).filter(|_| !self.is_of_dates)
    }

    /// The place of the cell's value on a line, as in [`Column::measures`].
    #[must_use]
    #[inline]
    pub fn measure(&self, row: usize) -> Option<f64> {
        self.measures.as_ref().zip(self.code(row)).map(|(measures, code)| measures[code as usize])
    }

    /// The index of the cell's value in [`Column::values`]. Returns `None` if the cell is missing.
    #[must_use]
    #[inline]
    pub fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row).copied().filter(|&code| (code as usize) < self.values.len())
    }

    /// The index of each cell's value in [`Column::values`]. Those of missing cells are beyond its end.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The distinct values in order of first appearance, or in the order of the file if the column
    /// is [declared](Column::is_declared); those of later tags come last.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// For each of [`Column::values`] its number, in a column of numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f64]> {
        self.measures().filter(|_| !self.is_of_dates)
    }

    /// For each of [`Column::values`] its place on a line: the number, or in a column of dates the
    /// seconds since 1970 began (exact to a microsecond for 200 years before and after).
    #[must_use]
    pub fn measures(&self) -> Option<&[f64]> {
        self.measures.as_deref()
    }

    /// The place on the line of [`Column::measures`] that a cell of this text has.
    #[must_use]
    pub fn measure_of(&self, text: &str) -> Option<f64> {
        self.measures.as_ref()?;
        let measure = if self.is_of_dates { dates::moment(text) } else { self.notation.parse(text) };
        measure.filter(|measure| !measure.is_nan())
    }

    /// Returns the codes of the values that `text` means: in a column of numbers or dates all that are
    /// equal to it, as `0` and `0.0` are, and else the value itself.
    #[must_use]
    pub fn codes_of(&self, text: &str) -> Vec<u32> {
        let measure = self.measure_of(text);
        let all = (0..).zip(self.values.iter()).enumerate();
        let measure_at = |place: usize| self.measures().and_then(|measures| measures.get(place)).copied();
        let is_meant = |place: usize, value: &str| value == text || measure.is_some() && measure_at(place) == measure;
        all.filter(|&(place, (_, value))| is_meant(place, value)).map(|(_, (code, _))| code).collect()
    }

    /// Whether every cell that is not missing holds a number.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.measures.is_some() && !self.is_of_dates
    }

    /// Whether every cell that is not missing holds a date.
    #[must_use]
    pub fn is_of_dates(&self) -> bool {
        self.is_of_dates
    }

    /// Whether the values are yes and no, or true and false.
    #[must_use]
    pub fn is_boolean(&self) -> bool {
        let all =
            |pair: [&str; 2]| self.values.iter().all(|value| pair.iter().any(|word| value.eq_ignore_ascii_case(word)));
        (1..=2).contains(&self.values.len()) && (all(["true", "false"]) || all(["yes", "no"]))
    }

    /// The least and the greatest finite number, in a column of numbers or of dates.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        let mut finite = self.measures.as_ref()?.iter().copied().filter(|number| number.is_finite());
        let first = finite.next()?;
        Some(finite.fold((first, first), |(low, high), number| (low.min(number), high.max(number))))
    }

    /// How many rows hold each of [`Column::values`].
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.values.len()];
        for code in (0..self.len()).filter_map(|row| self.code(row)) {
            counts[code as usize] += 1;
        }
        counts
    }

    /// How many cells are missing: empty, or in a column of numbers or dates one of the spellings
    /// of a missing value.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The texts that stand for a missing number or date in this column, such as `NaN`, in order of
    /// first appearance.
    #[must_use]
    pub fn spellings(&self) -> &Values {
        &self.spellings
    }

    /// How many cells hold an infinite number.
    #[must_use]
    pub fn not_finite(&self) -> usize {
        let numbers = self.numbers().unwrap_or_default();
        if numbers.iter().all(|number| number.is_finite()) {
            return 0;
        }
        let codes = (0..self.len()).filter_map(|row| self.code(row));
        codes.filter(|&code| !numbers[code as usize].is_finite()).count()
    }

    /// How the numbers are written.
    #[must_use]
    pub fn notation(&self) -> Notation {
        self.notation
    }

    /// Whether the file declares the column to be a category, and lists its values in an order that
    /// they keep. The names of such values are not read as numbers.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        self.is_declared
    }

    /// The column called `name` whose cells are those of `rows` of this one. `None` is a missing cell.
    #[must_use]
    pub fn picked(&self, name: &str, rows: &[Option<usize>]) -> Self {
        let mut builder = ColumnBuilder::new(name);
        if self.is_declared {
            let mut is_used = vec![false; self.values.len()];
            let codes = rows.iter().filter_map(|row| self.code((*row)?));
            codes.for_each(|code| is_used[code as usize] = true);
            let used = self.values.iter().zip(is_used).filter(|(_, is_used)| *is_used);
            builder.declare(used.map(|(value, _)| value));
        }
        rows.iter().for_each(|row| builder.push(row.and_then(|row| self.text(row))));
        builder.finish()
    }

    /// Why the column is text although it looks like numbers.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }
}

impl Column {
    /// The column of `length` rows in which `rows` have `value`. Values that no row has anymore are
    /// left out. Whatever does not change is shared or copied in one piece, so that a million
    /// distinct values are tagged in milliseconds.
    fn with_value(&self, value: &str, rows: &RowSet, length: usize) -> Self {
        let rows = rows.below(length);
        let (all, mut codes) = self.unfolded(length);
        let known = all.position(value);
        let mut kept = without(all.len(), &rows, &mut codes);
        let added = (known.is_none() && !value.is_empty() && !rows.is_empty()).then_some(value);
        if let Some(known) = known.filter(|_| !rows.is_empty()) {
            kept[known] = true;
        }
        let is_whole = kept.iter().all(|kept| *kept);
        let values = if is_whole && added.is_none() { all.clone() } else { all.edited(&kept, added) };
        let reading = if self.is_declared { Reading::Text(None) } else { self.reading_of(&values, &kept, added) };
        let mut place = known.unwrap_or(all.len());
        if !is_whole {
            let places = places(&kept);
            codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = places[*code as usize]);
            place = places[place] as usize;
        }
        let code = if value.is_empty() { MISSING } else { place as u32 };
        rows.iter().for_each(|row| codes[row as usize] = code);
        Self::new(self.name.clone(), values, codes, reading, self.is_declared)
    }

    /// All texts, and for each of `length` rows its index among them: spellings of missing numbers
    /// count as values again.
    fn unfolded(&self, length: usize) -> (Values, Vec<u32>) {
        let mut codes = Vec::with_capacity(length);
        codes.extend_from_slice(&self.codes);
        codes.resize(length, MISSING);
        if self.spellings.is_empty() {
            return (self.values.clone(), codes);
        }
        let first = self.values.len() as u32;
        let spelled = codes.iter_mut().filter(|code| **code >= first && **code != MISSING);
        spelled.for_each(|code| *code = first + (MISSING - 1 - *code));
        (self.values.followed_by(&self.spellings), codes)
    }

    /// What values are read as: those `kept` of this column and the one `added`. In a column of
    /// plain numbers only the latter is read.
    fn reading_of(&self, values: &Values, kept: &[bool], added: Option<&str>) -> Reading {
        let is_plain = self.notation == Notation::PLAIN && self.spellings.is_empty();
        let numbers = self.numbers().filter(|_| is_plain).and_then(|numbers| {
            let stay = numbers.iter().zip(kept).filter(|(_, kept)| **kept).map(|(number, _)| Some(*number));
            stay.chain(added.map(notation::plain)).collect::<Option<Vec<f64>>>().filter(|left| !left.is_empty())
        });
        numbers.map_or_else(|| notation::read(values.iter()), |numbers| Reading::Numbers(numbers, Notation::PLAIN))
    }

    fn lengthen(&mut self, rows: usize) {
        if self.codes.len() < rows {
            self.missing += rows - self.codes.len();
            let mut codes = self.codes.to_vec();
            codes.resize(rows, MISSING);
            self.codes = codes.into();
        }
    }

    /// A column of `values`, each of which some row has, with this reading.
    fn new(name: String, mut values: Values, mut codes: Vec<u32>, reading: Reading, is_declared: bool) -> Self {
        let (read, notation, doubt, is_of_dates) = match reading {
            Reading::Text(doubt) => (None, Notation::PLAIN, doubt, false),
            Reading::Numbers(read, notation) => (Some(read), notation, None, false),
            Reading::Dates(read) => (Some(read), Notation::PLAIN, None, true),
        };
        let mut spellings = Values::default();
        let measures = read.map(|read| {
            let is_number: Vec<bool> = read.iter().map(|number| !number.is_nan()).collect();
            if is_number.contains(&false) {
                fold(&is_number, &mut codes);
                let is_spelling: Vec<bool> = is_number.iter().map(|number| !number).collect();
                spellings = values.edited(&is_spelling, None);
                values = values.edited(&is_number, None);
            }
            read.into_iter().filter(|number| !number.is_nan()).collect()
        });
        let missing = codes.iter().filter(|&&code| code as usize >= values.len()).count();
        let few = (is_declared || values.len() <= MAX_CATEGORIES) && values.len() < codes.len() - missing;
        let kind = match (&measures, few) {
            _ if is_of_dates => ColumnKind::Date,
            (_, true) => ColumnKind::Category,
            (Some(_), false) => ColumnKind::Number,
            (None, false) => ColumnKind::Text,
        };
        let codes = codes.into();
        Self { name, kind, values, codes, measures, is_of_dates, spellings, notation, doubt, missing, is_declared }
    }
}

/// Removes the values of `rows` from `codes`, and returns which of `count` values are still used.
fn without(count: usize, rows: &RowSet, codes: &mut [u32]) -> Vec<bool> {
    let mut kept = vec![true; count];
    for row in rows.iter() {
        let code = std::mem::replace(&mut codes[row as usize], MISSING);
        if let Some(kept) = kept.get_mut(code as usize) {
            *kept = false;
        }
    }
    if kept.contains(&false) {
        codes.iter().filter(|&&code| code != MISSING).for_each(|&code| kept[code as usize] = true);
    }
    kept
}

/// Gives numbers the first codes, and spellings of missing numbers codes that count down from
/// [`MISSING`].
fn fold(is_number: &[bool], codes: &mut [u32]) {
    let (mut numbers, mut spellings) = (0, 0);
    let places: Vec<u32> = is_number
        .iter()
        .map(|&is_number| {
            let counter = if is_number { &mut numbers } else { &mut spellings };
            *counter += 1;
            if is_number { numbers - 1 } else { MISSING - spellings }
        })
        .collect();
    codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = places[*code as usize]);
}

/// For each value its index among those that are kept, then their number.
fn places(kept: &[bool]) -> Vec<u32> {
    let mut used = 0;
    let place = |kept: bool| {
        let place = used;
        used += u32::from(kept);
        place
    };
    kept.iter().copied().chain([false]).map(place).collect()
}

impl ColumnKind {
    /// The kind's name in files and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Category => "category",
            Self::Date => "date",
        }
    }
}

impl ColumnBuilder {
    /// Begins a column.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Makes the column a category with these values in this order, as a file declares it. Each of
    /// them some row must come to have.
    pub fn declare<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        self.is_declared = true;
        values.into_iter().filter(|value| !value.is_empty()).for_each(|value| _ = self.values.code(value));
    }

    /// Adds the next row's cell. `None` and the empty text are missing values.
    pub fn push(&mut self, cell: Option<&str>) {
        let code = cell.filter(|text| !text.is_empty()).map_or(MISSING, |text| self.values.code(text));
        self.codes.push(code);
    }

    /// Builds the column; its kind follows from its cells, unless it was declared.
    #[must_use]
    pub fn finish(self) -> Column {
        let values = self.values.finish();
        let known = self.codes.iter().filter(|code| **code != MISSING).count();
        // Some programs encode all texts so.
        let is_declared = self.is_declared && values.len() < known;
        let reading = if is_declared { Reading::Text(None) } else { notation::read(values.iter()) };
        Column::new(self.name, values, self.codes, reading, is_declared)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(cells: &[&str]) -> Column {
        let mut builder = ColumnBuilder::new("c");
        for cell in cells {
            builder.push(Some(cell));
        }
        builder.finish()
    }

    #[test]
    fn numbers_are_found_by_their_size_and_texts_as_they_are() {
        let check = |cells: &[&str], text: &str, expected: &[&str]| {
            let column = column(cells);
            let found: Vec<&str> = column.codes_of(text).iter().map(|&code| &column.values()[code as usize]).collect();
            assert_eq!(found, expected, "{text} in {cells:?}");
        };
        check(&["0.0", "1.0", "0", "0e5", "-0"], "0", &["0.0", "0", "0e5", "-0"]);
        check(&["1.5", "2"], "2.00", &["2"]);
        check(&["1.5", "2"], "3", &[]);
        check(&["1.5", "2"], "x", &[]);
        check(&["1", "1.0", "x"], "1", &["1"]);
        check(&["2020-01-01", "2020-01-02"], "2020-01-01T00:00:00Z", &["2020-01-01"]);
    }

    #[test]
    fn kinds_are_read_off_the_cells() {
        #[track_caller]
        fn check(cells: &[&str], kind: ColumnKind, numeric: bool) {
            let column = column(cells);
            assert_eq!((column.kind(), column.is_numeric()), (kind, numeric), "{cells:?}");
        }
        check(&[], ColumnKind::Text, false);
        check(&["", ""], ColumnKind::Text, false);
        check(&["a", "b", "c"], ColumnKind::Text, false);
        check(&["a", "b", "a"], ColumnKind::Category, false);
        check(&["1", "2", "", "1"], ColumnKind::Category, true);
        check(&["1.5", "2e3", "-7"], ColumnKind::Number, true);
        check(&["1", "2", "x"], ColumnKind::Text, false);
        check(&["1", "NaN", "3"], ColumnKind::Number, true);
        check(&["1", "inf", "3"], ColumnKind::Number, true);
        check(&["NaN", "1", "NaN", "3"], ColumnKind::Number, true);
        check(&["NaN", "1", "None", "1"], ColumnKind::Category, true);
        check(&["NaN", "None", "x"], ColumnKind::Text, false);
        check(&["NaN", "NaN"], ColumnKind::Category, false);
        let many: Vec<String> = (0..102).map(|i| (i % 51).to_string()).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), ColumnKind::Number, true);
    }

    #[test]
    fn copied_column_has_all_cells_and_a_name_of_its_own() {
        let table = Metadata::new(vec![column(&["1", "NaN", "1", ""])]).unwrap();
        let copied = table.with_copy("c", "d").unwrap();
        let texts = |table: &Metadata, name: &str| -> Vec<Option<String>> {
            (0..4).map(|row| table.column(name).unwrap().text(row).map(str::to_owned)).collect()
        };
        assert_eq!(texts(&copied, "d"), texts(&table, "c"));
        let changed = copied.with_value("d", "2", &RowSet::from(vec![2]), 4);
        assert_eq!((texts(&changed, "c"), texts(&changed, "d")[2].as_deref()), (texts(&table, "c"), Some("2")));
        assert_eq!((copied.with_copy("c", "d"), table.with_copy("e", "f")), (None, None));
        assert_eq!(copied.default_color().map(Column::name), table.default_color().map(Column::name));
    }

    /// Cells of 60 numeric names, which nobody declares, are numbers.
    #[test]
    fn declared_categories_keep_their_kind_and_order() {
        let names: Vec<String> = (0..60).rev().map(|name| name.to_string()).collect();
        let mut builder = ColumnBuilder::new("c");
        builder.declare(names.iter().map(String::as_str));
        (0..120).for_each(|row| builder.push(Some(&names[row * 7 % 60])));
        let column = builder.finish();
        let values = |column: &Column| column.values().iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((column.kind(), column.is_numeric(), column.is_declared()), (ColumnKind::Category, false, true));
        assert_eq!(values(&column), names);
        let picked = column.picked("d", &[Some(1), None, Some(61), Some(0)]);
        assert_eq!(
            (picked.kind(), picked.missing(), values(&picked)),
            (ColumnKind::Category, 1, vec!["59".to_owned(), "52".to_owned()])
        );
        let tagged = column.with_value("7", &RowSet::from(vec![0, 60]), 120);
        assert_eq!((tagged.kind(), tagged.is_declared(), tagged.values().len()), (ColumnKind::Category, true, 59));
    }

    /// Texts that a JavaScript reader alters or loses: leading zeros, names of object members.
    #[test]
    fn cells_keep_their_text_to_the_letter() {
        let cells = ["007", "7", "abc", "1e3", "constructor", "__proto__", "", " x "];
        let column = column(&cells);
        let read: Vec<Option<&str>> = (0..9).map(|row| column.text(row)).collect();
        let expected = [Some("007"), Some("7"), Some("abc"), Some("1e3"), Some("constructor"), Some("__proto__"), None];
        assert_eq!(read[..7], expected);
        assert_eq!(read[7..], [Some(" x "), None]);
        assert_eq!((column.values().len(), column.missing()), (7, 1));
    }

    #[test]
    fn counts_and_range_leave_missing_cells_out() {
        let column = column(&["2", "1", "", "2", "-3.5"]);
        assert_eq!(column.counts(), [2, 1, 1]);
        assert_eq!(column.range(), Some((-3.5, 2.0)));
        assert_eq!((column.number(0), column.number(2)), (Some(2.0), None));
    }

    #[test]
    fn missing_numbers_keep_their_text_and_have_no_value() {
        let column = column(&["NaN", "2", "", "-inf", "None", "2", "NaN", "1e400"]);
        let read: Vec<_> = (0..9).map(|row| (column.text(row), column.number(row), column.code(row))).collect();
        let infinity = f64::INFINITY;
        let expected = [
            (Some("NaN"), None, None),
            (Some("2"), Some(2.0), Some(0)),
            (None, None, None),
            (Some("-inf"), Some(-infinity), Some(1)),
            (Some("None"), None, None),
            (Some("2"), Some(2.0), Some(0)),
            (Some("NaN"), None, None),
            (Some("1e400"), Some(infinity), Some(2)),
            (None, None, None),
        ];
        assert_eq!(read, expected);
        assert_eq!(column.values().iter().collect::<Vec<_>>(), ["2", "-inf", "1e400"]);
        assert_eq!(column.spellings().iter().collect::<Vec<_>>(), ["NaN", "None"]);
        assert_eq!((column.missing(), column.not_finite(), column.range()), (4, 2, Some((2.0, 2.0))));
        assert_eq!(column.counts(), [2, 1, 1]);
        // A tag that is no number makes them texts like others.
        let text = column.with_value("x", &RowSet::from(vec![2]), 8);
        assert_eq!((text.is_numeric(), text.missing(), text.values().len()), (false, 0, 6));
        assert_eq!((text.text(0), text.text(4)), (Some("NaN"), Some("None")));
        let numbers = text.with_value("7", &RowSet::from(vec![2]), 8);
        assert_eq!((numbers.is_numeric(), numbers.missing(), numbers.number(2)), (true, 3, Some(7.0)));
    }

    /// Missing and partial dates are among them; one text makes texts of all.
    #[test]
    fn columns_of_dates_have_moments() {
        let dates = column(&["2024-01-02", "NaT", "2023-12", "", "2024-01-02"]);
        assert_eq!((dates.kind(), dates.is_of_dates(), dates.is_numeric()), (ColumnKind::Date, true, false));
        assert_eq!((dates.measures(), dates.numbers()), (Some(&[1_704_153_600.0, 1_701_388_800.0][..]), None));
        assert_eq!((dates.measure(2), dates.number(2), dates.measure(1)), (Some(1_701_388_800.0), None, None));
        assert_eq!((dates.missing(), dates.text(1), dates.code(1)), (2, Some("NaT"), None));
        assert_eq!(dates.range(), Some((1_701_388_800.0, 1_704_153_600.0)));
        let mixed = dates.with_value("soon", &RowSet::from(vec![3]), 5);
        assert_eq!((mixed.kind(), mixed.measures(), mixed.missing()), (ColumnKind::Category, None, 0));
        assert!(mixed.with_value("2024-02-01", &RowSet::from(vec![3]), 5).is_of_dates());
        assert!(column(&["2001", "2002"]).is_numeric(), "years alone are numbers");
    }

    #[test]
    fn booleans_are_recognized() {
        for cells in [&["true", "false", ""][..], &["True", "TRUE"], &["No"]] {
            assert!(column(cells).is_boolean(), "{cells:?}");
        }
        for cells in [&["true", "no"][..], &["true", "false", "x"], &["1", "0"], &[""]] {
            assert!(!column(cells).is_boolean(), "{cells:?}");
        }
    }

    #[test]
    fn range_of_infinities_alone_is_none() {
        assert_eq!(column(&["inf", "-inf", "inf"]).range(), None);
    }

    #[test]
    fn tags_change_cells_and_add_columns() {
        let mut builder = ColumnBuilder::new("digit");
        ["3", "1", "3", "7"].iter().for_each(|cell| builder.push(Some(cell)));
        let table = Metadata::new(vec![builder.finish()]).unwrap();
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let tagged = table
            .with_value("digit", "1", &rows(&[3]), 5)
            .with_value("mine", "odd one", &rows(&[0, 4, 9]), 5)
            .with_value("digit", "", &rows(&[0]), 5);
        let cells = |table: &Metadata, name: &str| {
            let column = table.column(name).unwrap();
            (0..5).map(|row| column.text(row).unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cells(&tagged, "digit"), ["-", "1", "3", "1", "-"]);
        assert_eq!(cells(&tagged, "mine"), ["odd one", "-", "-", "-", "odd one"]);
        assert_eq!(cells(&table, "digit"), ["3", "1", "3", "7", "-"], "the first table is what it was");
        let digit = tagged.column("digit").unwrap();
        assert_eq!((digit.values().len(), digit.counts(), digit.missing()), (2, vec![1, 2], 2));
        assert_eq!((digit.kind(), digit.number(1)), (ColumnKind::Category, Some(1.0)));
        let text = tagged.with_value("digit", "one", &rows(&[1]), 5);
        assert!(!text.column("digit").unwrap().is_numeric());
    }

    /// A tag may turn numbers into text and text into a category, and it may add the first column.
    #[test]
    fn tags_leave_the_default_columns_alone() {
        let mut numbers = column(&["1.5", "2.5", "3.5"]);
        numbers.name = "n".into();
        let mut text = column(&["x", "y", "z"]);
        text.name = "t".into();
        let all = RowSet::all(3);
        for (columns, label) in [(vec![], None), (vec![numbers.clone()], Some("n")), (vec![numbers, text], Some("t"))] {
            let mut table = Metadata::new(columns).unwrap();
            for (name, value) in [("n", "a"), ("mine", "b"), ("t", "c")] {
                assert_eq!((table.default_label().map(Column::name), table.default_color()), (label, None));
                table = table.with_value(name, value, &all, 3);
            }
            assert_eq!((table.default_label().map(Column::name), table.default_color()), (label, None));
        }
    }

    proptest! {
        /// A tagged column equals one that was read with those cells, except for the order of its
        /// values.
        #[test]
        fn tagged_columns_equal_columns_read_so(cells in prop::collection::vec("[12a]{0,2}|NA|-|1,5|2001-0[12]", 1..20), tags in prop::collection::vec((0_u32..24, 0_u32..24, "[12a]{0,2}|NA|1,5|2001-03"), 0..6)) {
            let mut cells = cells;
            let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
            let mut tagged = column(&texts);
            let length = cells.len() + 2;
            for (from, to, value) in tags {
                cells.resize(length, String::new());
                let rows: RowSet = (from..to).collect();
                tagged = tagged.with_value(&value, &rows, length);
                rows.iter().filter(|&row| (row as usize) < length).for_each(|row| cells[row as usize].clone_from(&value));
            }
            let expected = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            let rows = 0..length;
            for row in rows {
                prop_assert_eq!(tagged.text(row), expected.text(row));
                prop_assert_eq!(tagged.number(row), expected.number(row));
                prop_assert_eq!(tagged.measure(row), tagged.text(row).and_then(|text| tagged.measure_of(text)));
            }
            let sorted = |column: &Column| { let mut values: Vec<String> = column.values().iter().map(str::to_owned).collect(); values.sort(); values };
            prop_assert_eq!(sorted(&tagged), sorted(&expected));
            prop_assert_eq!((tagged.notation(), tagged.counts().iter().sum::<usize>()), (expected.notation(), expected.counts().iter().sum::<usize>()));
            prop_assert_eq!((tagged.kind(), tagged.is_numeric(), tagged.missing()), (expected.kind(), expected.is_numeric(), expected.missing()));
        }
    }

    #[test]
    fn tables_refuse_ragged_columns_and_equal_names() {
        let named = |name: &str, rows: usize| {
            let mut builder = ColumnBuilder::new(name);
            (0..rows).for_each(|_| builder.push(Some("x")));
            builder.finish()
        };
        assert!(matches!(Metadata::new(vec![named("a", 2), named("b", 3)]), Err(MetadataError::Ragged { .. })));
        assert!(matches!(Metadata::new(vec![named("a", 2), named("a", 2)]), Err(MetadataError::Duplicate { .. })));
        assert_eq!(Metadata::new(vec![named("a", 2), named("b", 2)]).unwrap().rows(), 2);
    }

    #[test]
    fn default_label_is_the_first_column_of_text() {
        let number = column(&["1", "2", "3"]);
        let mut text = column(&["x", "y", "z"]);
        text.name = "t".into();
        let table = Metadata::new(vec![number.clone(), text]).unwrap();
        assert_eq!(table.default_label().map(Column::name), Some("t"));
        let mut dates = column(&["2020-01-01", "2020-01-02", "2021-05-06"]);
        dates.name = "when".into();
        let table = Metadata::new(vec![number, dates]).unwrap();
        assert_eq!(table.default_label().map(Column::name), Some("c"), "a date names nothing");
    }
}
