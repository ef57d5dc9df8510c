//! Filters: rows that are hidden by their value in a column.

use parallax_embedding::{Column, RowSet};
use serde::{Deserialize, Serialize};

/// Hides rows by their value in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// The values that are hidden or shown. `None` is a missing cell.
    pub values: Vec<Option<String>>,
    /// Whether only rows with `values` are shown. Otherwise only these are hidden.
    pub only: bool,
}

impl Filter {
    /// Returns a filter that shows only rows with one of `values` in `column`.
    #[must_use]
    pub fn only(column: impl Into<String>, values: Vec<Option<String>>) -> Self {
        Self { column: column.into(), values, only: true }
    }

    /// Returns `true` if rows with this value are shown.
    #[must_use]
    pub fn shows(&self, value: Option<&str>) -> bool {
        self.values.iter().any(|listed| listed.as_deref() == value) == self.only
    }

    /// Returns the filter that hides `values` if all are shown, or else shows them.
    #[must_use]
    pub fn toggled(mut self, values: &[Option<String>]) -> Self {
        let shown = values.iter().all(|value| self.shows(value.as_deref()));
        if shown == self.only {
            self.values.retain(|listed| !values.contains(listed));
        } else {
            let new = values.iter().filter(|value| !self.values.contains(value)).cloned().collect::<Vec<_>>();
            self.values.extend(new);
        }
        self
    }

    /// Returns `true` if it hides nothing, whatever the data.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.only && self.values.is_empty()
    }

    /// Returns those of `rows` that are shown, by their value in `column`.
    #[must_use]
    pub fn rows(&self, column: &Column, rows: &RowSet) -> RowSet {
        let listed: std::collections::HashSet<&str> = self.values.iter().flatten().map(String::as_str).collect();
        let shows: Vec<bool> = column.values().iter().map(|value| listed.contains(value) == self.only).collect();
        let missing = self.shows(None);
        let shown = |&row: &u32| column.code(row as usize).map_or(missing, |code| shows[code as usize]);
        rows.iter().filter(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    fn column() -> Column {
        let mut builder = ColumnBuilder::new("digit");
        [Some("3"), Some("1"), None, Some("3"), Some("7")].into_iter().for_each(|cell| builder.push(cell));
        builder.finish()
    }

    #[track_caller]
    fn check(filter: &Filter, expected: &[u32]) {
        let rows = filter.rows(&column(), &RowSet::all(6));
        assert_eq!(rows.as_slice(), expected, "{filter:?}");
        for row in 0..6 {
            assert_eq!(filter.shows(column().text(row as usize)), rows.contains(row), "{filter:?}, row {row}");
        }
    }

    /// Row 5 is beyond the column and counts as missing.
    #[test]
    fn filter_hides_values_or_shows_only_them() {
        let three = [Some("3".to_owned())];
        let hidden = Filter { column: "digit".into(), values: Vec::new(), only: false };
        assert!(hidden.is_idle());
        check(&hidden, &[0, 1, 2, 3, 4, 5]);
        let hidden = hidden.toggled(&three);
        check(&hidden, &[1, 2, 4, 5]);
        check(&hidden.clone().toggled(&[None]), &[1, 4]);
        assert!(hidden.toggled(&three).is_idle());
        let only = Filter::only("digit", three.to_vec());
        check(&only, &[0, 3]);
        check(&only.clone().toggled(&[None, Some("1".into())]), &[0, 1, 2, 3, 5]);
        check(&only.toggled(&three), &[]);
    }
}
