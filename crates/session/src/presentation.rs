//! The presentation of a tour.

use serde::{Deserialize, Serialize};

/// The state of a presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that are independent of each other, each with its key")]
pub struct Presentation {
    /// Whether it is on: full screen, no panels, large captions.
    pub on: bool,
    /// Whether the screen is blank.
    pub blank: bool,
    /// Whether bookmarks advance automatically.
    pub automatic: bool,
    /// Whether a spotlight follows the pointer.
    pub spot: bool,
    /// Whether the presenter's view is open: the next bookmark, the note, the clock.
    pub presenter: bool,
}

/// An action while presenting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Present {
    /// Starts or ends it.
    On(bool),
    /// Blanks or shows the screen.
    Blank(bool),
    /// Starts or stops automatic advance.
    Automatic(bool),
    /// Shows or hides the spotlight at the pointer.
    Spot(bool),
    /// Opens or closes the presenter's view.
    Presenter(bool),
}

impl Presentation {
    /// Applies `action`. Ending the presentation turns everything off; a step shows a blank screen
    /// again.
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
    fn presentation_end_turns_everything_off() {
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
