//! Charts of columns: which bars they have, and which bar each row is in.
//!
//! Bars are chosen once for a table. Counting then looks at one byte for each row, so that a
//! million rows are counted while a range is dragged.

use parallax_embedding::{Cancelled, Column, Metadata, Progress};

use crate::axis::{are_days, number_edges, time_edges};

/// The most bars of a histogram.
const MOST_BARS: usize = 48;

/// The most values that have a bar each, with the one for all others.
const MOST_VALUES: usize = 12;

/// The most numbers that are values with a bar each, such as classes. More are in a histogram.
const MOST_NUMBERS: usize = 10;

/// The charts of a table.
#[derive(Debug, Clone, Default)]
pub struct Charts {
    /// The charts, in the order of their columns.
    pub charts: Vec<Chart>,
    /// The columns without a chart, and why.
    pub left_out: Vec<(String, LeftOut)>,
}

/// The bars of a column.
#[derive(Debug, Clone)]
pub struct Chart {
    /// The column.
    pub column: String,
    /// The bars.
    pub bars: Bars,
    /// For each row its slot.
    slots: Vec<u8>,
}

/// What the bars of a chart are.
#[derive(Debug, Clone, PartialEq)]
pub enum Bars {
    /// Ranges of numbers, or of seconds since 1970. Each has its lower end, and not its upper one.
    Ranges {
        /// The ends of the bars, one more than there are bars.
        edges: Vec<f64>,
        /// Whether they are moments.
        of_dates: bool,
    },
    /// A bar for each of these values: numbers by size, yes before no, others by frequency.
    Values {
        /// The values.
        values: Vec<String>,
        /// The number of other values, which share a bar.
        others: usize,
    },
}

/// Why a column has no chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// No row has a value.
    Empty,
    /// All rows have the same value.
    Constant,
    /// Texts that hardly repeat, such as names.
    Unique,
    /// Whole numbers without a gap, each of which one row has.
    Numbering,
}

/// How many rows are in each slot: a bar, the rows that are in none of them (other values, or
/// infinite numbers), and those without a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts(Vec<u32>);

impl Counts {
    /// The rows of each bar.
    #[must_use]
    pub fn bars(&self) -> &[u32] {
        &self.0[..self.0.len().saturating_sub(2)]
    }

    /// The rows with other values, or with infinite numbers.
    #[must_use]
    pub fn others(&self) -> u32 {
        self.0.len().checked_sub(2).map_or(0, |slot| self.0[slot])
    }

    /// The rows without a value.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }

    /// All rows.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }
}

/// The number of groups that [`Chart::count`] tells apart.
pub const GROUPS: usize = 8;

impl Charts {
    /// Chooses the bars for the columns of a table of `rows` rows.
    ///
    /// # Errors
    /// Returns an error if `progress` was canceled.
    pub fn of(metadata: &Metadata, rows: usize, progress: &Progress) -> Result<Self, Cancelled> {
        let mut all = Self::default();
        for column in metadata.columns() {
            progress.check()?;
            match bars(column) {
                Ok((bars, of_values)) => all.charts.push(Chart::new(column, rows, bars, &of_values)),
                Err(why) => all.left_out.push((column.name().to_owned(), why)),
            }
        }
        Ok(all)
    }
}

impl Chart {
    fn new(column: &Column, rows: usize, bars: Bars, of_values: &[u8]) -> Self {
        let missing = bars.len() as u8 + 1;
        let slot = |row| column.code(row).map_or(missing, |code| of_values[code as usize]);
        Self { column: column.name().to_owned(), bars, slots: (0..rows).map(slot).collect() }
    }

    /// Counts the rows of each group in each slot. `group` returns the group of a row, below
    /// [`GROUPS`].
    #[must_use]
    pub fn count(&self, group: impl Fn(usize) -> u8) -> [Counts; GROUPS] {
        let mut counts = vec![0_u32; 256 * GROUPS];
        for (row, &slot) in self.slots.iter().enumerate() {
            counts[usize::from(slot) * GROUPS + usize::from(group(row)) % GROUPS] += 1;
        }
        let slots = self.bars.len() + 2;
        std::array::from_fn(|group| Counts((0..slots).map(|slot| counts[slot * GROUPS + group]).collect()))
    }
}

impl Bars {
    /// The number of bars. One for other values is not among them.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Ranges { edges, .. } => edges.len() - 1,
            Self::Values { values, .. } => values.len(),
        }
    }

    /// Whether there are no bars. No chart is without.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::ops::AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(sum, count)| *sum += count);
    }
}

/// The bars of a column, and for each of its values the slot.
fn bars(column: &Column) -> Result<(Bars, Vec<u8>), LeftOut> {
    let (distinct, known) = (column.values().len(), column.len() - column.missing());
    match (distinct, column.measures()) {
        (0, _) => Err(LeftOut::Empty),
        (1, _) if column.missing() == 0 => Err(LeftOut::Constant),
        (_, Some(measures)) if column.is_of_dates() || distinct > MOST_NUMBERS || distinct == known => {
            if !column.is_of_dates() && is_numbering(measures, known) {
                return Err(LeftOut::Numbering);
            }
            column.range().map(|range| ranges(column, measures, range)).ok_or(LeftOut::Empty)
        }
        (_, None) if distinct > MOST_VALUES && distinct * 2 > known || distinct > 2 && distinct == known => {
            Err(LeftOut::Unique)
        }
        _ => Ok(values(column)),
    }
}

/// Whether `known` rows have whole numbers without a gap, each of them once.
fn is_numbering(measures: &[f64], known: usize) -> bool {
    let [low, high] =
        measures.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)]);
    let is_whole = measures.iter().all(|number| number.fract() == 0.0);
    measures.len() == known && known > MOST_NUMBERS && is_whole && high - low + 1.0 == known as f64
}

fn ranges(column: &Column, measures: &[f64], (low, high): (f64, f64)) -> (Bars, Vec<u8>) {
    let finite = || measures.iter().filter(|measure| measure.is_finite());
    let edges = if column.is_of_dates() {
        let are_days = are_days(finite());
        time_edges([low, high], are_days, MOST_BARS)
    } else {
        let are_whole = finite().all(|number| number.fract() == 0.0);
        number_edges([low, high], are_whole, MOST_BARS)
    };
    let bars = edges.len() - 1;
    let slot = |measure: &f64| {
        let within = measure.is_finite().then(|| edges.partition_point(|edge| edge <= measure));
        within.map_or(bars, |above| above.saturating_sub(1).min(bars - 1)) as u8
    };
    let of_values = measures.iter().map(slot).collect();
    (Bars::Ranges { edges, of_dates: column.is_of_dates() }, of_values)
}

fn values(column: &Column) -> (Bars, Vec<u8>) {
    let (all, counts) = (column.values(), column.counts());
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&code| std::cmp::Reverse(counts[code]));
    let shown = if all.len() <= MOST_VALUES { all.len() } else { MOST_VALUES - 1 };
    let others = order.split_off(shown);
    if let Some(numbers) = column.numbers() {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    } else if column.is_boolean() {
        order.sort_by_key(|&code| all[code].starts_with(['f', 'F', 'n', 'N']));
    }
    let mut of_values = vec![shown as u8; all.len()];
    order.iter().enumerate().for_each(|(slot, &code)| of_values[code] = slot as u8);
    let values = order.iter().map(|&code| all[code].to_owned()).collect();
    (Bars::Values { values, others: others.len() }, of_values)
}

#[cfg(test)]
mod tests {
    use parallax_embedding::ColumnBuilder;

    use super::*;

    fn column(name: &str, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Column {
        let mut builder = ColumnBuilder::new(name);
        cells.into_iter().for_each(|cell| builder.push(Some(cell.as_ref())));
        builder.finish()
    }

    fn charts(columns: Vec<Column>, rows: usize) -> Charts {
        Charts::of(&Metadata::new(columns).unwrap(), rows, &Progress::default()).unwrap()
    }

    fn only(column: Column) -> Chart {
        let rows = column.len();
        let mut charts = charts(vec![column], rows);
        assert!(charts.left_out.is_empty(), "{:?}", charts.left_out);
        charts.charts.remove(0)
    }

    #[track_caller]
    fn values(cells: &[&str], expected: &[(&str, u32)], rest: [u32; 2]) {
        let chart = only(column("c", cells));
        let Bars::Values { values, .. } = &chart.bars else { panic!("{:?}", chart.bars) };
        let [counts, ..] = chart.count(|_| 0);
        let found: Vec<(&str, u32)> = values.iter().map(String::as_str).zip(counts.bars().iter().copied()).collect();
        assert_eq!((&found[..], [counts.others(), counts.missing()]), (expected, rest), "{cells:?}");
    }

    #[test]
    fn values_have_a_bar_each() {
        values(&["b", "a", "b", "", "b"], &[("b", 3), ("a", 1)], [0, 1]);
        values(&["10", "9", "10", "NA"], &[("9", 1), ("10", 2)], [0, 1]);
        values(&["no", "yes", "no", "no"], &[("yes", 1), ("no", 3)], [0, 0]);
        values(&["False", "True"], &[("True", 1), ("False", 1)], [0, 0]);
        let many: Vec<String> = (0..20).flat_map(|value| vec![format!("v{value}"); 22 - value]).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let expected: Vec<(String, u32)> = (0..11).map(|value| (format!("v{value}"), 22 - value)).collect();
        let expected: Vec<(&str, u32)> = expected.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        values(&many, &expected, [(11..20).map(|value| 22 - value).sum(), 0]);
    }

    /// Brute force: each bar has the numbers from its lower end to below its upper one.
    #[test]
    fn ranges_count_the_numbers_between_their_ends() {
        let numbers: Vec<f64> = (0..3000).map(|i| f64::from(i * i % 3771) * 0.05 - 40.0).collect();
        let cells = numbers.iter().map(ToString::to_string).chain(["inf".into(), String::new(), "NaN".into()]);
        let chart = only(column("c", cells));
        let Bars::Ranges { edges, of_dates: false } = &chart.bars else { panic!("{:?}", chart.bars) };
        let counts = chart.count(|row| u8::from(row % 2 == 1));
        for (bar, ends) in edges.windows(2).enumerate() {
            for group in [0, 1] {
                let rows = numbers.iter().skip(group).step_by(2);
                let within = rows.filter(|&&number| ends[0] <= number && number < ends[1]).count();
                assert_eq!(counts[group].bars()[bar] as usize, within, "{ends:?}");
            }
        }
        assert_eq!(counts.each_ref().map(Counts::total), [1502, 1501, 0, 0, 0, 0, 0, 0]);
        assert_eq!((counts[0].others(), counts[0].missing(), counts[1].missing()), (1, 1, 1));
    }

    #[test]
    fn dates_are_in_months() {
        let cells = (0..900).map(|day| parallax_embedding::dates::civil(19_000 + day));
        let chart = only(column("c", cells.map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"))));
        let Bars::Ranges { edges, of_dates: true } = &chart.bars else { panic!("{:?}", chart.bars) };
        let [counts, ..] = chart.count(|_| 0);
        // From 2022-01-08 on.
        assert_eq!((edges[0], counts.bars()[..3].to_vec()), (18_993.0 * 86_400.0, vec![24, 28, 31]));
    }

    #[test]
    fn columns_that_say_nothing_have_no_chart() {
        let columns = vec![
            column("empty", vec![""; 100]),
            column("same", vec!["x"; 100]),
            column("name", (0..100).map(|row| format!("row {row}"))),
            column("id", (0..100).map(|row| (1000 - row).to_string())),
            column("size", (0..100).map(|row| (row * row).to_string())),
            column("few", (0..100).map(|row| format!("kind {}", row % 40))),
            column("ten", (0..100).map(|row| (row % 10).to_string())),
            column("eleven", (0..100).map(|row| (row % 11).to_string())),
        ];
        let charts = charts(columns, 120);
        let names: Vec<&str> = charts.charts.iter().map(|chart| chart.column.as_str()).collect();
        assert_eq!(names, ["size", "few", "ten", "eleven"]);
        let of_values = charts.charts.iter().map(|chart| matches!(chart.bars, Bars::Values { .. }));
        assert_eq!(of_values.collect::<Vec<_>>(), [false, true, true, false]);
        let left_out: Vec<LeftOut> = charts.left_out.iter().map(|(_, why)| *why).collect();
        assert_eq!(left_out, [LeftOut::Empty, LeftOut::Constant, LeftOut::Unique, LeftOut::Numbering]);
        // Rows beyond the table are without a value.
        assert_eq!(charts.charts[0].count(|_| 0)[0].missing(), 20);
    }
}
