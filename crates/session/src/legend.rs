//! What the colors of the points mean.

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
    /// A color a value, then what stands for several ("other (31 values)") and for none ("missing").
    Categories {
        /// The column.
        column: String,
        /// Values with their colors and counts.
        entries: Vec<LegendEntry>,
    },
    /// A ramp over numbers.
    Ramp {
        /// The column.
        column: String,
        /// The least number.
        low: f64,
        /// The greatest number.
        high: f64,
        /// Colors at equal steps.
        stops: Vec<Rgb>,
        /// Rows without a number, and their color.
        missing: Option<LegendEntry>,
    },
}

/// One line of a legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    /// What it is called.
    pub name: String,
    /// What it stands for.
    pub value: LegendValue,
    /// Its color.
    pub color: Rgb,
    /// How many rows have it.
    pub count: usize,
}

/// What a line of a legend stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegendValue {
    /// A value.
    Value(String),
    /// Cells that are missing.
    Missing,
    /// So many values that have no color of their own.
    Others(usize),
}

impl LegendEntry {
    /// The one value that it stands for, as a filter has it.
    #[must_use]
    pub fn listed(&self) -> Option<Option<String>> {
        match &self.value {
            LegendValue::Value(value) => Some(Some(value.clone())),
            LegendValue::Missing => Some(None),
            LegendValue::Others(_) => None,
        }
    }
}
