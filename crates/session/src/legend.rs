//! What the colors of the points mean.

use crate::Ramp;

/// An sRGB color.
pub type Rgb = [u8; 3];

/// What the colors mean.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Legend {
    /// There is nothing to color.
    #[default]
    Empty,
    /// All points have one color.
    Plain(Rgb),
    /// A color for each value. If there are more values than colors, one entry stands for all
    /// others. Rows without a value are counted last.
    Categories {
        /// The column.
        column: String,
        /// Values with their colors and counts.
        entries: Vec<LegendEntry>,
    },
    /// A ramp over numbers or dates.
    Ramp {
        /// The column.
        column: String,
        /// Which ramp.
        ramp: Ramp,
        /// The number at its lower end. Smaller numbers have the same color.
        low: f64,
        /// The number at its upper end. Larger numbers have the same color.
        high: f64,
        /// The minimum and maximum of the numbers.
        data: [f64; 2],
        /// Whether the numbers are moments, as seconds since 1970.
        of_dates: bool,
        /// Colors at equal steps.
        stops: Vec<Rgb>,
        /// How many rows have a number in each of equal parts of `data`, from the least number to
        /// the greatest.
        histogram: Vec<usize>,
        /// Rows without a number, and their color.
        missing: Option<LegendEntry>,
        /// The number of rows with an infinite number, which has the color of the nearer end.
        infinite: usize,
    },
    /// Two errors of each row: false neighbors along one side of a square, missing ones along the
    /// other.
    Square {
        /// Colors at equal steps of [`error_place`]: those of the least missing neighbors first, and
        /// among them the least false ones first. Their number is a square.
        colors: Vec<Rgb>,
        /// The mean errors of all rows: false, missing. NaN if none is measured.
        means: [f64; 2],
        /// Rows that are not measured, and their color.
        missing: Option<LegendEntry>,
    },
}

/// The error of places that are drawn at random, at which colors no longer change.
const BY_CHANCE: f64 = 0.5;

/// Returns where an error is between none (0) and that of chance (1). Most errors are small, so
/// that roots tell more of them apart.
#[must_use]
pub fn error_place(error: f64) -> f64 {
    (error / BY_CHANCE).clamp(0.0, 1.0).sqrt()
}

/// One line of a legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    /// The text of the entry.
    pub name: String,
    /// The value of the rows.
    pub value: LegendValue,
    /// Its color.
    pub color: Rgb,
    /// How many rows have it.
    pub count: usize,
}

/// The value of the rows of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegendValue {
    /// This value.
    Value(String),
    /// No value.
    Missing,
    /// One of this many values that are not listed.
    Others(usize),
}

impl LegendEntry {
    /// Returns the value in a filter, or `None` for several values.
    #[must_use]
    pub fn listed(&self) -> Option<Option<String>> {
        match &self.value {
            LegendValue::Value(value) => Some(Some(value.clone())),
            LegendValue::Missing => Some(None),
            LegendValue::Others(_) => None,
        }
    }
}
