//! What there is to say about a method: menus, the settings card, the command line, axes, and files
//! read it from here.

use std::fmt;

use super::Settings;
use crate::{Lowered, MAX_COMPONENTS};

/// A description of a method.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub struct About {
    /// The name in files and on the command line, as in `tsne`.
    pub name: &'static str,
    /// The name on a button, as in `Custom`.
    pub caption: &'static str,
    /// The name beside others, as in `custom axes`.
    pub title: &'static str,
    /// What is computed, as in `the vectors as they are`.
    pub noun: &'static str,
    /// What it does, in a sentence.
    pub sentence: &'static str,
    /// The name of the command that chooses it. `None` if there is no command.
    pub command: Option<&'static str>,
    /// What its coordinates are.
    pub coordinates: Coordinates,
    /// Whether it runs in steps, whose layouts are shown.
    pub has_steps: bool,
    /// Whether its run can be perturbed, and continued after its last step.
    pub goes_on: bool,
    /// Whether the layout depends on the seed.
    pub is_random: bool,
    /// Whether the layout depends on the distance between neighbors.
    pub by_neighbors: bool,
    /// Whether rows of a label can be kept together.
    pub is_supervised: bool,
    /// Its numbers, in the order in which they are shown.
    pub settings: &'static [Setting],
    /// What can be switched on, in the order in which it is shown.
    pub switches: &'static [Switch],
}

/// What the coordinates of a layout are, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinates {
    /// Two or three that mean nothing by themselves.
    Places,
    /// Two or three along axes that a person has chosen.
    Axes,
    /// Components, the most important first, of which a layout shows any two or three.
    Components,
    /// The dimensions of the vectors, of which a layout shows any two or three.
    Dimensions,
}

/// A number that a person can set.
///
/// Its slider is logarithmic, from 1 to [`most`](Self::most) [`parts`](Self::parts).
#[derive(Debug)]
pub struct Setting {
    /// The name in messages and, with a [`Flag`], on the command line.
    pub name: &'static str,
    /// Whether the value is a number of what the setting is named after, as in `15 neighbors`.
    pub is_count: bool,
    /// The name beside its slider.
    pub caption: &'static str,
    /// What it does, in a sentence.
    pub hint: &'static str,
    /// How it is set on the command line, if it can be.
    pub flag: Option<Flag>,
    /// Whether it is rarely needed.
    pub is_further: bool,
    /// How many parts of the slider are 1: 100 if it sets hundredths.
    pub parts: usize,
    /// The right end of the slider, in parts, for a number of points.
    pub most: fn(usize) -> usize,
    /// Returns the value for a number of points. `None` is automatic.
    pub get: fn(&Settings, usize) -> Option<f64>,
    /// Sets the value.
    pub set: fn(&mut Settings, f64),
    /// Makes the value automatic, which the left end of the slider then stands for.
    pub automatic: Option<fn(&mut Settings)>,
    /// Returns the value nearest to this one that goes with the other settings.
    pub nearest: fn(&Settings, f64) -> f64,
    /// Returns how the default is lowered for a number of points.
    pub lowered: fn(&Settings, usize) -> Option<Lowered>,
}

/// Something that is off unless a person switches it on.
#[derive(Debug)]
pub struct Switch {
    /// The name in messages and on the command line.
    pub name: &'static str,
    /// The name on its button.
    pub caption: &'static str,
    /// What it does, in a sentence.
    pub hint: &'static str,
    /// What it does, in the help of the command line.
    pub help: &'static str,
    /// Returns `true` if it is on.
    pub get: fn(&Settings) -> bool,
    /// Switches it on or off.
    pub set: fn(&mut Settings, bool),
}

/// How a number is set on the command line. Methods with a setting of the same name share the flag.
#[derive(Debug)]
pub struct Flag {
    /// What stands for the value, as in `P`.
    pub value: &'static str,
    /// Whether the value is a whole number of at least 1.
    pub is_whole: bool,
    /// What it is.
    pub help: &'static str,
    /// Its default; after a comma, what it is otherwise.
    pub default: &'static str,
}

/// The most neighbors on a slider. More are rarely useful and slow.
pub(super) const MOST_NEIGHBORS: usize = 200;
/// The most steps on a slider.
pub(super) const MOST_STEPS: usize = 10_000;

impl About {
    /// A method whose coordinates mean nothing, without steps and settings, and whose names are the
    /// same everywhere.
    pub(super) const fn new(name: &'static str, title: &'static str, sentence: &'static str) -> Self {
        Self {
            name,
            caption: title,
            title,
            noun: title,
            sentence,
            command: None,
            coordinates: Coordinates::Places,
            has_steps: false,
            goes_on: false,
            is_random: false,
            by_neighbors: false,
            is_supervised: false,
            settings: &[],
            switches: &[],
        }
    }

    /// Returns the setting of this name.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Returns the switch of this name.
    #[must_use]
    pub fn switch(&self, name: &str) -> Option<&'static Switch> {
        self.switches.iter().find(|switch| switch.name == name)
    }

    /// Returns `true` if there is something to set.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        self.is_random || self.coordinates == Coordinates::Axes || !self.settings.is_empty()
    }

    /// Returns `true` if the method can show vectors of `dims`.
    #[must_use]
    pub fn can_show(&self, dims: usize) -> bool {
        self.coordinates != Coordinates::Dimensions || dims <= MAX_COMPONENTS
    }
}

impl Coordinates {
    /// Returns `true` if a layout has more of them than it shows at a time.
    #[must_use]
    pub fn can_be_chosen(self) -> bool {
        self.noun().is_some()
    }

    /// Returns what one of many is called, as in `Component`.
    #[must_use]
    pub fn noun(self) -> Option<&'static str> {
        match self {
            Self::Components => Some("Component"),
            Self::Dimensions => Some("Dimension"),
            Self::Places | Self::Axes => None,
        }
    }
}

impl Setting {
    /// A setting of whole numbers that has no value yet.
    pub(super) const fn new(name: &'static str, caption: &'static str, hint: &'static str) -> Self {
        Self {
            name,
            is_count: false,
            caption,
            hint,
            flag: None,
            is_further: false,
            parts: 1,
            most: |_| 1,
            get: |_, _| None,
            set: |_, _| {},
            automatic: None,
            nearest: |_, x| x,
            lowered: |_, _| None,
        }
    }

    /// Returns `value` with the name of the setting, as in `15 neighbors` or `a perplexity of 30`.
    #[must_use]
    pub fn amount(&self, value: impl fmt::Display) -> String {
        if self.is_count { format!("{value} {}", self.name) } else { format!("a {} of {value}", self.name) }
    }
}
