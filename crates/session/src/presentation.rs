//! Showing a tour to others.

use serde::{Deserialize, Serialize};

/// How a tour is being shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that are independent of each other, each with its key")]
pub struct Presentation {
    /// Whether it is: full screen, panels away, the caption in large type.
    pub on: bool,
    /// Whether the screen is blank, so that people look at the speaker.
    pub blank: bool,
    /// Whether bookmarks follow each other by themselves.
    pub automatic: bool,
    /// Whether a spot of light follows the pointer.
    pub spot: bool,
    /// Whether the presenter's view is open: the next bookmark, the note, the clock.
    pub presenter: bool,
}

/// What a person does while they present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Present {
    /// Begins, or ends.
    On(bool),
    /// Blanks the screen, or shows it again.
    Blank(bool),
    /// Lets bookmarks follow each other by themselves, or not.
    Automatic(bool),
    /// Lets a spot follow the pointer, or not.
    Spot(bool),
    /// Opens the presenter's view, or closes it.
    Presenter(bool),
}

impl Presentation {
    /// Does `action`. A presentation that ends leaves nothing on; a step shows the screen again.
    pub fn apply(&mut self, action: Present) {
        match action {
            Present::On(on) => *self = Self { on, presenter: on && self.presenter, ..Self::default() },
            Present::Blank(blank) => self.blank = blank && self.on,
            Present::Automatic(automatic) => self.automatic = automatic && self.on,
            Present::Spot(spot) => self.spot = spot && self.on,
            Present::Presenter(presenter) => self.presenter = presenter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presentation_that_ends_leaves_nothing_on() {
        let mut presentation = Presentation::default();
        presentation.apply(Present::Blank(true));
        assert_eq!(presentation, Presentation::default(), "there is nothing to blank");
        for action in [Present::On(true), Present::Blank(true), Present::Spot(true), Present::Automatic(true)] {
            presentation.apply(action);
        }
        assert!(presentation.on && presentation.blank && presentation.spot && presentation.automatic);
        presentation.apply(Present::On(false));
        assert_eq!(presentation, Presentation::default());
    }
}
