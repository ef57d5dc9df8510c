//! Charts of columns: how the rows that are shown and selected are spread over their bars.

use std::sync::Arc;

use parallax_embedding::{Cancelled, Metadata, Progress, RowSet};
use parallax_meaning::{Bars, Charts, Counts, Difference, difference};

use crate::{Filter, Verdict};

/// The charts with the counts of their bars.
#[derive(Debug, Clone, Default)]
pub struct CountedCharts {
    /// The charts.
    pub charts: Arc<Charts>,
    /// The counts of each.
    pub counts: Vec<ChartCounts>,
}

/// The counts of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChartCounts {
    /// All rows, or all isolated rows.
    pub all: Counts,
    /// Those of them that the brushes of other columns show.
    pub shown: Counts,
    /// Those of all that are selected.
    pub selected: Counts,
}

/// How the selected rows differ from the others, by chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// The number of selected rows, and of others.
    pub rows: [usize; 2],
    /// The difference in each chart, by its place. `None` if one side has no values.
    pub differences: Vec<Option<Difference>>,
}

/// Counts the rows of each bar.
#[must_use]
pub fn count_charts(
    charts: &Arc<Charts>,
    filter: &Filter,
    metadata: &Metadata,
    rows: usize,
    (isolated, selection): (Option<&RowSet>, &RowSet),
) -> CountedCharts {
    let verdicts = filter.verdicts(metadata, rows);
    let mut groups = vec![if isolated.is_none() { IN } else { 0 }; rows];
    let mut mark = |set: &RowSet, bit: u8| {
        set.below(rows).iter().for_each(|row| groups[row as usize] |= bit);
    };
    isolated.into_iter().for_each(|isolated| mark(isolated, IN));
    mark(selection, SELECTED);
    let counts = charts.charts.iter().map(|chart| {
        let own = filter.brushes().iter().position(|brush| brush.column == chart.column);
        let own = own.map_or(Verdict::SHOWN, Verdict::hidden_by);
        let counts = chart.count(|row| {
            let shown = verdicts[row] == Verdict::SHOWN || verdicts[row] == own;
            groups[row] | if shown { SHOWN } else { 0 }
        });
        let sum = |bits: u8| {
            let mut sum = Counts::default();
            let having = (0_u8..).zip(&counts).filter(|(group, _)| group & bits == bits);
            having.for_each(|(_, counts)| sum += counts);
            sum
        };
        ChartCounts { all: sum(IN), shown: sum(IN | SHOWN), selected: sum(IN | SELECTED) }
    });
    CountedCharts { counts: counts.collect(), charts: Arc::clone(charts) }
}

/// The bits of the group of a row.
const IN: u8 = 1;
const SHOWN: u8 = 2;
const SELECTED: u8 = 4;

/// Compares the selected rows with the others, of all or of those that are isolated.
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn compare(
    charts: &Charts,
    metadata: &Metadata,
    rows: usize,
    (isolated, selection): (Option<&RowSet>, &RowSet),
    progress: &Progress,
) -> Result<Comparison, Cancelled> {
    let all = isolated.map_or_else(|| RowSet::all(rows), |isolated| isolated.below(rows));
    let (selected, others) = (all.intersection(selection), all.difference(selection));
    let mut differences = Vec::with_capacity(charts.charts.len());
    for (place, chart) in charts.charts.iter().enumerate() {
        progress.check()?;
        let column = metadata.column(&chart.column);
        let as_categories = matches!(chart.bars, Bars::Values { .. });
        differences.push(column.and_then(|column| difference((place, column), [&selected, &others], as_categories)));
    }
    Ok(Comparison { rows: [selected.len(), others.len()], differences })
}

impl Comparison {
    /// The least number of selected rows, and of others, from which a comparison is shown.
    pub const LEAST: usize = 5;

    /// Returns the places of charts, those that differ most first. What may be chance is last.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.differences.len()).collect();
        let key = |place: &usize| {
            let difference = self.differences[*place].as_ref();
            difference.map_or((false, -1.0), |difference| (difference.is_clear(), difference.effect))
        };
        order.sort_by(|a, b| {
            let ((a_clear, a), (b_clear, b)) = (key(a), key(b));
            b_clear.cmp(&a_clear).then(b.total_cmp(&a))
        });
        order
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::{Column, ColumnBuilder};
    use parallax_meaning::Measure;

    use super::*;
    use crate::Brush;

    fn column(name: &str, rows: usize, cell: impl Fn(usize) -> String) -> Column {
        let mut builder = ColumnBuilder::new(name);
        (0..rows).for_each(|row| builder.push(Some(&cell(row))));
        builder.finish()
    }

    /// Each chart follows the brushes of the others, and not its own.
    #[test]
    fn charts_follow_the_brushes_of_other_columns() {
        let metadata = Metadata::new(vec![
            column("class", 100, |row| format!("class {}", row % 4)),
            column("size", 100, |row| (row * 3 % 100).to_string() + ".5"),
            column("even", 100, |row| (row % 2 == 0).to_string()),
        ])
        .unwrap();
        let charts = Arc::new(Charts::of(&metadata, 100, &Progress::default()).unwrap());
        let filter = Filter::from(Brush::only("class", vec![Some("class 1".into()), Some("class 2".into())]))
            .with(Brush::range("size", [20.0, 60.0]));
        let isolated: RowSet = (0..90).collect();
        let selection: RowSet = (50..95).collect();
        let counted = count_charts(&charts, &filter, &metadata, 100, (Some(&isolated), &selection));
        let class = |row: usize| [1, 2].contains(&(row % 4));
        let size = |row: usize| (20.0..60.0).contains(&((row * 3 % 100) as f64 + 0.5));
        let rows = |test: &dyn Fn(usize) -> bool| (0..90).filter(|row| test(*row)).count() as u32;
        for (counts, others) in
            counted.counts.iter().zip([&size as &dyn Fn(usize) -> bool, &class, &|row| class(row) && size(row)])
        {
            assert_eq!(counts.all.total(), 90);
            assert_eq!(counts.shown.total(), rows(others));
            assert_eq!(counts.selected.total(), rows(&|row| row >= 50));
        }
        let expected: Vec<u32> = (0..4).map(|class| rows(&|row| row % 4 == class && size(row))).collect();
        assert_eq!(counted.counts[0].shown.bars(), expected);
    }

    #[test]
    fn columns_that_differ_most_come_first() {
        let metadata = Metadata::new(vec![
            column("same", 200, |row| format!("{}", row % 3)),
            column("half", 200, |row| if row < 100 && row % 2 == 0 { "x".into() } else { "y".into() }),
            column("size", 200, |row| format!("{row}.5")),
        ])
        .unwrap();
        let charts = Charts::of(&metadata, 200, &Progress::default()).unwrap();
        let found = compare(&charts, &metadata, 200, (None, &RowSet::all(100)), &Progress::default()).unwrap();
        assert_eq!((found.order(), found.rows), (vec![2, 1, 0], [100, 100]));
        let Some(Difference { measure: Measure::Categories { values, .. }, .. }) = &found.differences[1] else {
            panic!("{found:?}")
        };
        assert_eq!((values[0].value.as_str(), values[0].counts), ("x", [50, 0]));
    }
}
