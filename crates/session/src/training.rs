//! The steps of a training as a person goes through them.

use std::{sync::Arc, time::Duration};

use parallax_projection::{Alignment, Basis, Method, Together};
use serde::{Deserialize, Serialize};

use crate::Metric;

/// How the steps of a training are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "choices that are independent of each other")]
pub struct Training {
    /// Whether they are shown one after the other.
    pub playing: bool,
    /// How fast.
    pub speed: StepSpeed,
    /// Whether the first one follows the last.
    pub looping: bool,
    /// Whether the ways of selected rows through the steps are drawn.
    pub trails: bool,
    /// Whether the layout of each step fills the view, rather than all having one scale.
    pub fills: bool,
    /// Whether their layouts are computed together. `None` until a person goes to another step, or
    /// chooses.
    pub together: Option<bool>,
    /// Whose components PCA shows. `None` for what suits it: those of all.
    pub basis: Option<StepBasis>,
    /// What brings a layout onto that of the step before. `None` for what suits the method and the
    /// basis: rotation unless axes have a meaning.
    pub align: Option<Alignment>,
}

/// How fast steps follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepSpeed {
    /// One in two seconds.
    Half,
    /// One a second.
    #[default]
    One,
    /// Two a second.
    Two,
    /// Four a second.
    Four,
}

/// The components that PCA shows of each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepBasis {
    /// Those of the rows of all steps.
    All,
    /// Those of its own rows.
    Each,
    /// Those of the step with this number.
    Step(u64),
}

/// The most selected rows whose ways through the steps are drawn.
pub const MOST_TRAILS: usize = 50;

/// The step that movement is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The one before.
    Before,
    /// The first.
    First,
}

/// What is measured of a row that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementOf {
    /// The distance between its places in both layouts.
    Layout,
    /// The distance between its vectors, after those of the other step are rotated onto these.
    Vectors,
    /// The share of its nearest that are others.
    Neighbors {
        /// How many nearest are compared.
        nearest: usize,
        /// The distance by which they are near: that of the Inspector's list.
        metric: Metric,
    },
}

/// How far rows have moved since another step.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// What is measured.
    pub of: MovementOf,
    /// The number of the other step.
    pub since: u64,
    /// What is left of the spread of the vectors when those of the other step are rotated onto them, if
    /// they are.
    pub residual: Option<f64>,
    /// For each row, NaN if it lacks a place in one of the two.
    pub values: Arc<[f32]>,
    /// The values that are no NaN, in ascending order.
    pub sorted: Arc<[f32]>,
    /// The rows that moved most, those first.
    pub most: Arc<[u32]>,
    /// The number of rows without a value.
    pub unmeasured: usize,
}

/// The steps of the open tensor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepRow {
    /// The steps, and those that are missing, in ascending order.
    pub marks: Vec<StepMark>,
    /// The place among the marks of the step whose data are open.
    pub open: usize,
    /// The place of the step whose layout is on screen, if it is another one.
    pub on_screen: Option<usize>,
    /// What the layout on screen is to the others. Empty if there is nothing to say.
    pub said: String,
}

/// A step in a row of them, or a place where one is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepMark {
    /// Its number.
    pub number: u64,
    /// What is there.
    pub kind: StepKind,
}

/// What is at a place in a row of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A step.
    There {
        /// The name of its embedding.
        name: String,
        /// Whether it has as many rows as the open one.
        is_alike: bool,
        /// Whether its layout is there, together with those of the others.
        is_laid_out: bool,
        /// Whether it is no longer on disk: it stays while it is open.
        is_gone: bool,
        /// Whether none of its vectors is finite, as far as that is known: it has no picture.
        is_empty: bool,
    },
    /// As many are missing as this says, from the number of the mark to this one.
    Missing {
        /// How many.
        count: u64,
        /// The last one.
        last: u64,
    },
    /// It cannot be read, for this reason.
    Unreadable(String),
}

impl MovementOf {
    /// Returns what it is called, as in "Moved since step 100".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Layout => "Moved",
            Self::Vectors => "Moved in the vectors",
            Self::Neighbors { .. } => "New neighbors",
        }
    }
}

impl StepSpeed {
    /// All, from slow to fast.
    pub const ALL: [Self; 4] = [Self::Half, Self::One, Self::Two, Self::Four];

    /// Returns how long a step is shown.
    #[must_use]
    pub fn stay(self) -> Duration {
        Duration::from_millis(match self {
            Self::Half => 2000,
            Self::One => 1000,
            Self::Two => 500,
            Self::Four => 250,
        })
    }

    /// Returns how many there are in a second, as text.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Half => "0.5",
            Self::One => "1",
            Self::Two => "2",
            Self::Four => "4",
        }
    }
}

impl Default for Training {
    fn default() -> Self {
        let speed = StepSpeed::default();
        Self {
            playing: false,
            speed,
            looping: false,
            trails: true,
            fills: false,
            together: None,
            basis: None,
            align: None,
        }
    }
}

impl Training {
    /// Returns how layouts of the method belong together, for steps with these numbers. With one basis
    /// for all steps their axes are the same, and nothing is aligned.
    #[must_use]
    pub fn together(&self, method: Method, numbers: &[u64]) -> Together {
        let suiting = Together::of(method);
        let basis = match self.basis.filter(|_| method == Method::Pca) {
            None => suiting.basis,
            Some(StepBasis::All) => Basis::All,
            Some(StepBasis::Each) => Basis::Each,
            // One that is gone is no basis.
            Some(StepBasis::Step(number)) => {
                numbers.iter().position(|&other| other == number).map_or(suiting.basis, Basis::Step)
            }
        };
        let align = self.align.filter(|_| basis == Basis::Each);
        Together { basis, align: align.unwrap_or(Alignment::suiting(method, basis == Basis::Each)) }
    }
}

impl StepRow {
    /// Returns the places of the marks that are steps.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let is_there = |&place: &usize| matches!(self.marks[place].kind, StepKind::There { .. });
        (0..self.marks.len()).filter(is_there)
    }

    /// Returns the places of the steps that have as many rows as the open one.
    pub fn alike(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.steps().filter(|&place| self.step(place).is_some_and(|(_, is_alike)| is_alike))
    }

    /// Returns the name of the step at `place`, and whether it has as many rows as the open one.
    #[must_use]
    pub fn step(&self, place: usize) -> Option<(&str, bool)> {
        match &self.marks.get(place)?.kind {
            StepKind::There { name, is_alike, .. } => Some((name, *is_alike)),
            _ => None,
        }
    }

    /// Returns the place of the next or the previous step that has a picture, if there is one.
    #[must_use]
    pub fn beside(&self, is_next: bool) -> Option<usize> {
        let mut steps = self.steps().filter(|&place| !self.is_empty(place));
        if is_next { steps.find(|&place| place > self.open) } else { steps.rev().find(|&place| place < self.open) }
    }

    /// Whether the step at `place` has no picture, as far as that is known.
    #[must_use]
    pub fn is_empty(&self, place: usize) -> bool {
        matches!(self.marks.get(place).map(|mark| &mark.kind), Some(StepKind::There { is_empty: true, .. }))
    }

    /// Returns the place of the step nearest to `place`.
    #[must_use]
    pub fn nearest(&self, place: usize) -> Option<usize> {
        self.steps().min_by_key(|step| step.abs_diff(place))
    }

    /// Returns the place among the steps of the one at `place`, from 1, and how many steps there are.
    #[must_use]
    pub fn of(&self, place: usize) -> (usize, usize) {
        (self.steps().filter(|&step| step <= place).count(), self.steps().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kinds: &str, open: usize) -> StepRow {
        let kind = |letter| match letter {
            'm' => StepKind::Missing { count: 1, last: 0 },
            'x' => StepKind::Unreadable(String::new()),
            _ => StepKind::There {
                name: letter.to_string(),
                is_alike: true,
                is_laid_out: false,
                is_gone: false,
                is_empty: letter == 'e',
            },
        };
        let marks = kinds.chars().enumerate().map(|(at, letter)| StepMark { number: at as u64, kind: kind(letter) });
        StepRow { marks: marks.collect(), open, ..StepRow::default() }
    }

    #[test]
    fn steps_beside_skip_what_is_not_there() {
        for (kinds, open, before, next) in [
            ("amxb", 0, None, Some(3)),
            ("amxb", 3, Some(0), None),
            ("abc", 1, Some(0), Some(2)),
            ("a", 0, None, None),
            ("aeb", 0, None, Some(2)),
            ("aeb", 1, Some(0), Some(2)),
        ] {
            let row = row(kinds, open);
            assert_eq!((row.beside(false), row.beside(true)), (before, next), "{kinds}");
        }
        assert_eq!(row("amxb", 0).nearest(2), Some(3));
        assert_eq!(row("amxb", 3).of(3), (2, 2));
        assert_eq!(row("mx", 0).nearest(0), None);
        assert_eq!((row("aeb", 0).nearest(1), row("aeb", 0).of(2)), (Some(1), (3, 3)), "it can be chosen");
    }

    #[test]
    fn what_is_not_chosen_suits_the_method() {
        let mut training = Training::default();
        for method in Method::ALL {
            assert_eq!(training.together(method, &[0, 100]), Together::of(method));
        }
        training.basis = Some(StepBasis::Step(100));
        assert_eq!(training.together(Method::Tsne, &[0, 100]), Together::of(Method::Tsne));
        training.align = Some(Alignment::Scale);
        let at_step = Together { basis: Basis::Step(1), align: Alignment::Nothing };
        assert_eq!(training.together(Method::Pca, &[0, 100]), at_step, "their axes are the same");
        assert_eq!(training.together(Method::Pca, &[0]).basis, Basis::All, "it is gone");
        training.basis = Some(StepBasis::Each);
        assert_eq!(training.together(Method::Pca, &[0]).align, Alignment::Scale);
        training.align = None;
        assert_eq!(training.together(Method::Pca, &[0]), Together { basis: Basis::Each, align: Alignment::Rotation });
    }

    #[test]
    fn speeds_are_what_their_texts_say() {
        for speed in StepSpeed::ALL {
            let steps: f64 = speed.text().parse().unwrap();
            assert_eq!(Duration::from_secs_f64(1.0 / steps), speed.stay());
        }
    }
}
