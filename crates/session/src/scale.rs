//! How the values of a column become colors.

use serde::{Deserialize, Serialize};

/// How the values of a column become colors. `None` chooses what fits the values best.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColorScale {
    /// Whether values are categories or numbers. `None` uses the kind of the column.
    pub kind: Option<ScaleKind>,
    /// The ramp. `None` chooses a diverging one for numbers on both sides of 0, or else a
    /// sequential one.
    pub ramp: Option<Ramp>,
    /// The numbers at the ends of the ramp. `None` is the minimum and maximum, symmetric about 0
    /// for a diverging ramp.
    pub range: Option<[f64; 2]>,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleKind {
    /// Categories: a color for each value.
    Categories,
    /// Numbers: colors along a ramp.
    Numbers,
}

/// A ramp of colors for numbers. Equal steps of a number look like equal steps of color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ramp {
    /// Violet, green, yellow.
    Viridis,
    /// Blue to yellow; looks the same with red-green color blindness.
    Cividis,
    /// Violet, red, yellow.
    Inferno,
    /// Blue through gray to red: for numbers on both sides of 0.
    Coolwarm,
    /// Cyclic: for angles and hours.
    Twilight,
}

impl Ramp {
    /// All ramps.
    pub const ALL: [Self; 5] = [Self::Viridis, Self::Cividis, Self::Inferno, Self::Coolwarm, Self::Twilight];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Inferno => "inferno",
            Self::Coolwarm => "coolwarm",
            Self::Twilight => "twilight",
        }
    }

    /// Returns `true` if its middle is 0.
    #[must_use]
    pub fn diverges(self) -> bool {
        self == Self::Coolwarm
    }
}

impl ColorScale {
    /// Returns the ramp for numbers from `low` to `high`.
    #[must_use]
    pub fn ramp_for(&self, [low, high]: [f64; 2]) -> Ramp {
        self.ramp.unwrap_or(if low < 0.0 && high > 0.0 { Ramp::Coolwarm } else { Ramp::Viridis })
    }

    /// Returns the numbers at the ends of the ramp for numbers from `low` to `high`.
    #[must_use]
    pub fn range_for(&self, [low, high]: [f64; 2]) -> [f64; 2] {
        match self.range {
            Some(range) => range,
            None if self.ramp_for([low, high]).diverges() => {
                let far = low.abs().max(high.abs());
                [-far, far]
            }
            None => [low, high],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_diverge_around_zero() {
        let auto = ColorScale::default();
        assert_eq!((auto.ramp_for([-1.0, 4.0]), auto.range_for([-1.0, 4.0])), (Ramp::Coolwarm, [-4.0, 4.0]));
        assert_eq!((auto.ramp_for([0.0, 4.0]), auto.range_for([0.0, 4.0])), (Ramp::Viridis, [0.0, 4.0]));
        let chosen = ColorScale { ramp: Some(Ramp::Inferno), ..auto };
        assert_eq!(chosen.range_for([-1.0, 4.0]), [-1.0, 4.0]);
        assert_eq!(ColorScale { range: Some([1.0, 2.0]), ..auto }.range_for([-1.0, 4.0]), [1.0, 2.0]);
    }
}
