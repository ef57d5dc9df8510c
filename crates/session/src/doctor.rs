//! The label doctor: rows whose neighbors disagree with their label, and what a person decides about
//! them.

use std::sync::Arc;

use parallax_embedding::{Metadata, RowSet};
use parallax_meaning::{Suspect, Suspects};
use parallax_neighbors::{Metric, NeighborGraph};
use parallax_projection::Shared;
use serde::{Deserialize, Serialize};

use crate::{Pick, Tag, View, percent};

/// Which labels are checked, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Doctor {
    /// The column that is checked, if one was chosen.
    pub column: Option<String>,
    /// What was decided, by column.
    pub checks: Vec<LabelCheck>,
}

/// What was decided about the labels of a column. Changed labels are tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LabelCheck {
    /// The column.
    pub column: String,
    /// The column of tags that has all its labels, with the changes.
    pub into: String,
    /// The rows whose label was kept.
    pub kept: RowSet,
    /// The rows that were skipped.
    pub skipped: RowSet,
}

/// A decision about the label of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The column that is checked.
    pub column: String,
    /// The column for changed labels, if none was changed yet.
    pub into: String,
    /// The row.
    pub row: u32,
    /// What is decided.
    pub verdict: LabelVerdict,
    /// The row that is selected then. `None` leaves the selection.
    pub next: Option<u32>,
    /// Whether the points are colored by the column that is checked, so that a change has to show in
    /// their colors.
    pub recolors: bool,
}

/// What is decided about a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelVerdict {
    /// It is right.
    Keep,
    /// It becomes this one.
    Change(String),
    /// It is looked at later.
    Skip,
}

/// The suspects of the column that is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedLabels {
    /// The column.
    pub column: String,
    /// The suspects among all rows.
    pub suspects: Arc<Suspects>,
    /// The neighbors.
    pub graph: Arc<NeighborGraph>,
    /// The distance by which they are the nearest.
    pub metric: Metric,
    /// The suspects that are shown, most suspicious first.
    pub queue: Queue,
    /// How often neighbors share a label, if that was compared with labels dealt out at random.
    pub shared: Option<Shared>,
}

/// From this chance on, neighbors may well know nothing about labels.
const BY_CHANCE: f64 = 0.05;

/// Says that neighbors tell nothing about the labels of a column, if they share one no more often than
/// by chance: then none of them is more suspicious than another. `labels` is what they are called:
/// the column in quotes. Returns a sentence that begins in lower case, without a full stop.
#[must_use]
pub fn says_nothing(labels: &str, shared: Option<&Shared>) -> Option<String> {
    let Shared { share, chance, p, .. } = shared.filter(|shared| shared.p > BY_CHANCE)?;
    Some(format!(
        "neighbors say nothing about {labels}: they share it {} of the time, by chance {} (p = {p:.2})",
        percent(*share),
        percent(*chance)
    ))
}

/// Suspects in their order, to be looked at one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// Their places in the list of all suspects.
    list: Vec<u32>,
    /// Their rows, in order, with the place of each in `list`.
    rows: Vec<(u32, u32)>,
}

impl Queue {
    /// Returns the suspects of these rows. `None` is all rows.
    #[must_use]
    pub fn new(suspects: &Suspects, rows: Option<&RowSet>) -> Self {
        let list = suspects.among(rows);
        let row = |place: u32| suspects.list[place as usize].row;
        let mut rows: Vec<(u32, u32)> = (0..).zip(&list).map(|(at, &place)| (row(place), at)).collect();
        rows.sort_unstable();
        Self { list, rows }
    }

    /// Returns the number of suspects in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns `true` if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the place in the queue of `row`.
    fn place(&self, row: u32) -> Option<usize> {
        let at = self.rows.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(self.rows[at].1 as usize)
    }
}

impl LabelCheck {
    /// Returns it without the rows that were kept or skipped.
    pub(crate) fn without_rows(&self) -> Self {
        Self { kept: RowSet::EMPTY, skipped: RowSet::EMPTY, ..self.clone() }
    }
}

impl Doctor {
    /// Returns what was decided about the labels of `column`.
    #[must_use]
    pub fn check(&self, column: &str) -> Option<&LabelCheck> {
        self.checks.iter().find(|check| check.column == column)
    }

    /// Returns the column whose labels `column` has with the changes.
    #[must_use]
    pub fn source_of(&self, column: &str) -> Option<&str> {
        self.checks.iter().find(|check| check.into == column).map(|check| check.column.as_str())
    }

    /// Returns the name of the column for changed labels of `column`: "label (checked)", with a number
    /// if there is such a column already.
    #[must_use]
    pub fn column_for(&self, column: &str, metadata: &Metadata) -> String {
        if let Some(check) = self.check(column) {
            return check.into.clone();
        }
        let is_free = |name: &String| metadata.column(name).is_none() && self.source_of(name).is_none();
        let numbered = (2..).map(|number| format!("{column} (checked {number})"));
        std::iter::once(format!("{column} (checked)")).chain(numbered).find(is_free).unwrap_or_default()
    }
}

impl LabelVerdict {
    /// Returns what it does in two words.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Keep => "keep label",
            Self::Change(_) => "change label",
            Self::Skip => "skip label",
        }
    }
}

impl LabelCheck {
    /// Returns the label that `row` was given in place of its own.
    #[must_use]
    pub fn changed<'a>(&self, row: u32, tags: &'a [Tag]) -> Option<&'a str> {
        let tag = tags.iter().rfind(|tag| tag.column == self.into && tag.rows.contains(row))?;
        Some(&tag.value)
    }

    /// Returns how many labels were changed.
    #[must_use]
    pub fn changes(&self, tags: &[Tag]) -> usize {
        tags.iter().filter(|tag| tag.column == self.into).map(|tag| tag.rows.len()).sum()
    }

    /// Returns whether the label of `row` was kept or changed.
    #[must_use]
    pub fn is_decided(&self, row: u32, tags: &[Tag]) -> bool {
        self.kept.contains(row) || self.changed(row, tags).is_some()
    }
}

impl CheckedLabels {
    /// Returns the suspect at `place` of the queue.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&Suspect> {
        self.suspects.list.get(*self.queue.list.get(place)? as usize)
    }

    /// Returns the place in the queue of `row`.
    #[must_use]
    pub fn place(&self, row: u32) -> Option<usize> {
        self.queue.place(row)
    }

    /// Returns the place that is next after `place`, or the first one: of those that are neither
    /// decided nor skipped, or else of those that were skipped. Returns `None` if there is no other.
    #[must_use]
    pub fn next(&self, place: Option<usize>, check: Option<&LabelCheck>, tags: &[Tag]) -> Option<usize> {
        let first = place.map_or(0, |place| place + 1);
        let order = || (first..self.queue.len()).chain(0..place.unwrap_or(0));
        let row = |place: usize| self.at(place).map(|suspect| suspect.row);
        let is_open =
            |place: usize| row(place).is_some_and(|row| check.is_none_or(|check| !check.is_decided(row, tags)));
        let is_new = |place: &usize| {
            is_open(*place) && row(*place).is_some_and(|row| check.is_none_or(|check| !check.skipped.contains(row)))
        };
        order().find(is_new).or_else(|| order().find(|place| is_open(*place)))
    }
}

impl View {
    /// Shows the card for the labels of `column` in place of the table and the charts, or hides it.
    pub(crate) fn check_labels(&mut self, column: Option<&str>) {
        self.panels.doctor = column.is_some();
        self.panels.charts &= column.is_none();
        self.table.shown &= column.is_none();
        if let Some(column) = column {
            self.doctor.column = Some(column.to_owned());
        }
    }

    /// Makes a decision about a label.
    pub(crate) fn judge(&mut self, ruling: &Ruling) {
        let Ruling { column, into, row, verdict, next, recolors } = ruling;
        if !self.doctor.checks.iter().any(|check| check.column == *column) {
            let check = LabelCheck { column: column.clone(), into: into.clone(), ..LabelCheck::default() };
            self.doctor.checks.push(check);
        }
        let Some(check) = self.doctor.checks.iter_mut().find(|check| check.column == *column) else { return };
        let one = RowSet::from(vec![*row]);
        check.kept = check.kept.difference(&one);
        check.skipped = check.skipped.difference(&one);
        let into = check.into.clone();
        match verdict {
            LabelVerdict::Keep => check.kept = check.kept.union(&one),
            LabelVerdict::Skip => check.skipped = check.skipped.union(&one),
            LabelVerdict::Change(_) => {}
        }
        // One tag for each label, however many rows have it: tags are applied one after the other.
        let is_ours = |tag: &&mut Tag| tag.column == into;
        if !matches!(verdict, LabelVerdict::Skip) {
            self.tags.iter_mut().filter(is_ours).for_each(|tag| tag.rows = tag.rows.difference(&one));
            self.tags.retain(|tag| tag.column != into || !tag.rows.is_empty());
        }
        if let LabelVerdict::Change(value) = verdict {
            match self.tags.iter_mut().filter(is_ours).find(|tag| tag.value == *value) {
                Some(tag) => tag.rows = tag.rows.union(&one),
                None => self.tags.push(Tag { column: into.clone(), value: value.clone(), rows: one }),
            }
        }
        let is_changed = self.tags.iter().any(|tag| tag.column == into);
        if is_changed && *recolors {
            self.color_by = Pick::Column(into);
        } else if !is_changed && self.color_by == Pick::Column(into) {
            // The column is gone with its last change.
            self.color_by = Pick::Column(column.clone());
        }
        next.iter().for_each(|next| self.select(&RowSet::from(vec![*next])));
    }
}

#[cfg(test)]
mod tests;
