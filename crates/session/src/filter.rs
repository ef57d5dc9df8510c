//! The filter: rows that are hidden by their values in columns.

use std::{collections::HashSet, fmt};

use parallax_embedding::{Column, Metadata, RowSet};
use rayon::prelude::*;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, value::MapAccessDeserializer},
};

/// The least number of rows of one task.
const ROWS_A_TASK: usize = 1 << 14;

/// Hides rows by their values: a row is shown if each brush shows it. There is at most one brush
/// for a column.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Filter(Vec<Brush>);

/// Hides rows by their value in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Brush {
    /// The column.
    pub column: String,
    /// What it shows.
    pub shows: Shows,
}

/// The values that a brush shows. `None` is a missing cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Shows {
    /// These values.
    Only(Vec<Option<String>>),
    /// All values but these.
    AllBut(Vec<Option<String>>),
    /// Numbers from the one to below the other, or dates as seconds since 1970. In a column of
    /// texts it shows all.
    Range {
        /// The least number that is shown.
        from: f64,
        /// The least number above them that is not shown.
        to: f64,
        /// Whether missing cells are shown.
        missing: bool,
    },
}

/// What a row means to a filter, as [`Filter::verdicts`] finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict(u16);

impl Verdict {
    /// Every brush shows the row.
    pub const SHOWN: Self = Self(0);
    /// Several brushes hide the row.
    pub const HIDDEN: Self = Self(u16::MAX);

    /// Only the brush at this place hides the row.
    #[must_use]
    pub fn hidden_by(place: usize) -> Self {
        Self(u16::try_from(place + 1).unwrap_or(u16::MAX))
    }
}

/// A brush as files have it: `only` tells values that are shown from values that are hidden, unless
/// there is a range.
#[derive(Serialize, Deserialize)]
struct Stored {
    column: String,
    #[serde(default)]
    values: Vec<Option<String>>,
    #[serde(default)]
    only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<[f64; 2]>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    missing: bool,
}

impl Filter {
    /// Returns the brushes, the latest last.
    #[must_use]
    pub fn brushes(&self) -> &[Brush] {
        &self.0
    }

    /// Returns `true` if it hides nothing, whatever the data.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the brush of a column.
    #[must_use]
    pub fn of(&self, column: &str) -> Option<&Brush> {
        self.0.iter().find(|brush| brush.column == column)
    }

    /// Returns the filter with this brush in place of the one of its column.
    #[must_use]
    pub fn with(&self, brush: Brush) -> Self {
        let others = self.0.iter().filter(|other| other.column != brush.column).cloned();
        Self(others.chain(Some(brush.clone()).filter(|brush| !brush.is_idle())).collect())
    }

    /// Returns the filter without the brush of this column.
    #[must_use]
    pub fn without(&self, column: &str) -> Self {
        self.kept(|brush| brush.column != column)
    }

    /// Returns the filter with those brushes that `keep` returns `true` for.
    #[must_use]
    pub fn kept(&self, keep: impl FnMut(&&Brush) -> bool) -> Self {
        Self(self.0.iter().filter(keep).cloned().collect())
    }

    /// Returns the filter without brushes that hide nothing, or are no range.
    #[must_use]
    pub(crate) fn tidy(&self) -> Self {
        self.kept(|brush| !brush.is_idle())
    }

    /// Returns those of `rows` that are shown. Brushes of columns that do not exist hide nothing.
    #[must_use]
    pub fn rows(&self, metadata: &Metadata, rows: &RowSet) -> RowSet {
        let tests = self.tests(metadata);
        let is_shown = |row: &u32| tests.iter().all(|(_, test)| test.shows(*row as usize));
        rows.as_slice().par_iter().copied().with_min_len(ROWS_A_TASK).filter(is_shown).collect::<Vec<u32>>().into()
    }

    /// Returns for each of `rows` rows which brushes hide it: none, one, or several.
    #[must_use]
    pub fn verdicts(&self, metadata: &Metadata, rows: usize) -> Vec<Verdict> {
        let mut verdicts = vec![Verdict::SHOWN; rows];
        for (place, test) in self.tests(metadata) {
            let alone = Verdict::hidden_by(place);
            let each = verdicts.par_iter_mut().enumerate().with_min_len(ROWS_A_TASK);
            each.filter(|(row, _)| !test.shows(*row)).for_each(|(_, verdict)| {
                *verdict = if *verdict == Verdict::SHOWN { alone } else { Verdict::HIDDEN };
            });
        }
        verdicts
    }

    /// Returns the brushes of columns that exist, with their places.
    fn tests<'a>(&self, metadata: &'a Metadata) -> Vec<(usize, Test<'a>)> {
        let brushes = self.0.iter().enumerate();
        brushes.filter_map(|(place, brush)| Some((place, Test::of(brush, metadata.column(&brush.column)?)))).collect()
    }
}

impl From<Brush> for Filter {
    fn from(brush: Brush) -> Self {
        Self::default().with(brush)
    }
}

impl Brush {
    /// Returns a brush that shows only rows with one of `values` in `column`.
    #[must_use]
    pub fn only(column: impl Into<String>, values: Vec<Option<String>>) -> Self {
        Self { column: column.into(), shows: Shows::Only(values) }
    }

    /// Returns a brush that hides rows with one of `values` in `column`.
    #[must_use]
    pub fn all_but(column: impl Into<String>, values: Vec<Option<String>>) -> Self {
        Self { column: column.into(), shows: Shows::AllBut(values) }
    }

    /// Returns a brush that shows only rows with a number or a moment from `from` to below `to`.
    #[must_use]
    pub fn range(column: impl Into<String>, [from, to]: [f64; 2]) -> Self {
        Self { column: column.into(), shows: Shows::Range { from, to, missing: false } }
    }

    /// Returns `true` if it hides nothing, whatever the data, or if it is a range without numbers.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        match &self.shows {
            Shows::Only(_) => false,
            Shows::AllBut(values) => values.is_empty(),
            Shows::Range { from, to, .. } => !(from.is_finite() && to.is_finite() && from < to),
        }
    }

    /// Returns `true` if rows with this value in `column` are shown.
    #[must_use]
    pub fn shows(&self, column: &Column, value: Option<&str>) -> bool {
        match &self.shows {
            Shows::Only(values) => values.iter().any(|listed| listed.as_deref() == value),
            Shows::AllBut(values) => !values.iter().any(|listed| listed.as_deref() == value),
            Shows::Range { from, to, missing } => match (column.measures(), value) {
                (None, _) => true,
                (Some(_), None) => *missing,
                (Some(_), Some(value)) => {
                    column.measure_of(value).is_some_and(|measure| *from <= measure && measure < *to)
                }
            },
        }
    }

    /// Returns the brush that hides `value` of `column` if it is shown, or else shows it. A range
    /// becomes the values in it.
    #[must_use]
    pub fn toggled(self, column: &Column, value: &Option<String>) -> Self {
        let toggle = |mut values: Vec<Option<String>>| {
            match values.iter().position(|listed| listed == value) {
                Some(place) => drop(values.remove(place)),
                None => values.push(value.clone()),
            }
            values
        };
        let shows = match self.shows {
            Shows::Only(values) => Shows::Only(toggle(values)),
            Shows::AllBut(values) => Shows::AllBut(toggle(values)),
            Shows::Range { .. } => {
                let all = column.values().iter().map(Some).chain([None]);
                let shown = all.filter(|value| self.shows(column, *value));
                Shows::Only(toggle(shown.map(|value| value.map(str::to_owned)).collect()))
            }
        };
        Self { column: self.column, shows }
    }
}

/// A brush and its column, ready for many rows.
struct Test<'a> {
    column: &'a Column,
    /// For each value of the column, whether it is shown.
    values: Vec<bool>,
    missing: bool,
}

impl<'a> Test<'a> {
    fn of(brush: &Brush, column: &'a Column) -> Self {
        let listed = |values: &[Option<String>], only: bool| {
            let texts: HashSet<&str> = values.iter().flatten().map(String::as_str).collect();
            let shown = column.values().iter().map(|value| texts.contains(value) == only).collect();
            (shown, values.contains(&None) == only)
        };
        let (values, missing) = match &brush.shows {
            Shows::Only(values) => listed(values, true),
            Shows::AllBut(values) => listed(values, false),
            Shows::Range { from, to, missing } => match column.measures() {
                Some(measures) => (measures.iter().map(|measure| from <= measure && measure < to).collect(), *missing),
                None => (vec![true; column.values().len()], true),
            },
        };
        Self { column, values, missing }
    }

    #[inline]
    fn shows(&self, row: usize) -> bool {
        self.column.code(row).map_or(self.missing, |code| self.values[code as usize])
    }
}

impl From<Stored> for Brush {
    fn from(Stored { column, values, only, range, missing }: Stored) -> Self {
        let shows = match range {
            Some([from, to]) => Shows::Range { from, to, missing },
            None if only => Shows::Only(values),
            None => Shows::AllBut(values),
        };
        Self { column, shows }
    }
}

impl From<Brush> for Stored {
    fn from(Brush { column, shows }: Brush) -> Self {
        let (mut values, mut only, mut range, mut missing) = (Vec::new(), false, None, false);
        match shows {
            Shows::Only(listed) => (values, only) = (listed, true),
            Shows::AllBut(listed) => values = listed,
            Shows::Range { from, to, missing: shown } => (range, missing) = (Some([from, to]), shown),
        }
        Self { column, values, only, range, missing }
    }
}

impl<'de> Deserialize<'de> for Filter {
    /// Reads a list of brushes, or what older versions wrote: one brush or none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> de::Visitor<'de> for Reading {
    type Value = Filter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("brushes, as in [{\"column\":…}]")
    }

    fn visit_unit<E>(self) -> Result<Filter, E> {
        Ok(Filter::default())
    }

    fn visit_none<E>(self) -> Result<Filter, E> {
        Ok(Filter::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Filter, D::Error> {
        Brush::deserialize(deserializer).map(Filter::from)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Filter, A::Error> {
        Brush::deserialize(MapAccessDeserializer::new(map)).map(Filter::from)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Filter, A::Error> {
        let mut filter = Filter::default();
        while let Some(brush) = list.next_element::<Brush>()? {
            filter = filter.with(brush);
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;
    use proptest::prelude::*;

    use super::*;

    fn column(name: &str, cells: &[Option<&str>]) -> Column {
        let mut builder = ColumnBuilder::new(name);
        cells.iter().for_each(|cell| builder.push(*cell));
        builder.finish()
    }

    fn digits() -> Column {
        column("digit", &[Some("3"), Some("1"), None, Some("3"), Some("7")])
    }

    /// Row 5 is beyond the column and counts as missing.
    #[track_caller]
    fn check(brush: &Brush, expected: &[u32]) {
        let (digits, filter) = (digits(), Filter(vec![brush.clone()]));
        let metadata = Metadata::new(vec![digits.clone()]).unwrap();
        let rows = filter.rows(&metadata, &RowSet::all(6));
        assert_eq!(rows.as_slice(), expected, "{brush:?}");
        for row in 0..6 {
            assert_eq!(brush.shows(&digits, digits.text(row as usize)), rows.contains(row), "{brush:?}, row {row}");
        }
    }

    #[test]
    fn brush_hides_values_or_shows_only_them() {
        let (digits, three) = (digits(), Some("3".to_owned()));
        let hidden = Brush::all_but("digit", Vec::new());
        assert!(hidden.is_idle());
        check(&hidden, &[0, 1, 2, 3, 4, 5]);
        let hidden = hidden.toggled(&digits, &three);
        check(&hidden, &[1, 2, 4, 5]);
        check(&hidden.clone().toggled(&digits, &None), &[1, 4]);
        assert!(hidden.toggled(&digits, &three).is_idle());
        let only = Brush::only("digit", vec![three.clone()]);
        check(&only, &[0, 3]);
        check(&only.clone().toggled(&digits, &None), &[0, 2, 3, 5]);
        check(&only.toggled(&digits, &three), &[]);
    }

    #[test]
    fn brush_shows_a_range() {
        let range = Brush::range("digit", [1.0, 7.0]);
        check(&range, &[0, 1, 3]);
        check(&range.clone().toggled(&digits(), &Some("1".into())), &[0, 3]);
        check(&Brush { shows: Shows::Range { from: 3.0, to: 8.0, missing: true }, ..range }, &[0, 2, 3, 4, 5]);
        for ends in [[7.0, 1.0], [1.0, 1.0], [f64::NAN, 1.0], [0.0, f64::INFINITY]] {
            assert!(Brush::range("digit", ends).is_idle(), "{ends:?}");
        }
        let words = column("digit", &[Some("a"), None]);
        let metadata = Metadata::new(vec![words]).unwrap();
        let all = RowSet::all(2);
        assert_eq!(Filter::from(Brush::range("digit", [0.0, 1.0])).rows(&metadata, &all), all, "texts are in no range");
    }

    /// As older versions wrote them, in the log and in tours, and as they are written now.
    #[test]
    fn filters_of_older_versions_are_read() {
        let three = Filter::from(Brush::only("digit", vec![Some("3".into()), None]));
        let read = |text: &str| serde_json::from_str::<Filter>(text).unwrap();
        assert_eq!(read("null"), Filter::default());
        assert_eq!(read(r#"{"column":"digit","values":["3",null],"only":true}"#), three);
        let both = three.with(Brush::range("age", [20.0, 30.0]));
        let text = r#"[{"column":"digit","values":["3",null],"only":true},{"column":"age","values":[],"only":false,"range":[20.0,30.0]}]"#;
        assert_eq!(serde_json::to_string(&both).unwrap(), text);
        assert_eq!(read(text), both);
    }

    proptest! {
        /// Against each brush by itself.
        #[test]
        fn brushes_combine(
            cells in prop::collection::vec(prop::collection::vec(0_u8..5, 30), 3),
            brushes in prop::collection::vec((0_usize..4, 0_u8..3, 0_u8..5, 1_u8..4), 0..5),
        ) {
            let columns = cells.iter().enumerate().map(|(name, cells)| {
                let texts: Vec<String> = cells.iter().map(|cell| if *cell == 0 { String::new() } else { cell.to_string() }).collect();
                column(&name.to_string(), &texts.iter().map(|text| Some(text.as_str())).collect::<Vec<_>>())
            });
            let metadata = Metadata::new(columns.collect()).unwrap();
            let mut filter = Filter::default();
            for (name, kind, value, wide) in brushes {
                let values = vec![(value > 0).then(|| value.to_string())];
                let (name, value) = (name.to_string(), f64::from(value));
                filter = filter.with(match kind {
                    0 => Brush::only(name, values),
                    1 => Brush::all_but(name, values),
                    _ => Brush::range(name, [value, value + f64::from(wide)]),
                });
            }
            let hiding = |row: u32| -> Vec<usize> {
                let hides = |(_, brush): &(usize, &Brush)| {
                    metadata.column(&brush.column).is_some_and(|column| !brush.shows(column, column.text(row as usize)))
                };
                filter.brushes().iter().enumerate().filter(hides).map(|(place, _)| place).collect()
            };
            let all = RowSet::all(30);
            let expected: RowSet = all.iter().filter(|&row| hiding(row).is_empty()).collect();
            prop_assert_eq!(filter.rows(&metadata, &all), expected);
            for (row, verdict) in (0..).zip(filter.verdicts(&metadata, 30)) {
                let expected = match hiding(row)[..] {
                    [] => Verdict::SHOWN,
                    [place] => Verdict::hidden_by(place),
                    _ => Verdict::HIDDEN,
                };
                prop_assert_eq!(verdict, expected);
            }
        }
    }
}
