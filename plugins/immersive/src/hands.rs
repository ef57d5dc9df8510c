//! What the head and the hands do in this frame, whoever reports it.

use bevy::prelude::*;

/// The head and the hands. Poses are in the room, in meters.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq)]
pub struct Hands {
    /// The middle between the eyes. `None` until it is known.
    pub head: Option<Isometry3d>,
    /// The left and the right hand.
    pub hands: [Hand; 2],
}

/// A hand with its controller.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "what is pressed, independent of each other")]
pub struct Hand {
    /// Where the hand is. `None` if that is not known.
    pub grip: Option<Isometry3d>,
    /// Where the controller points: along -z. `None` if that is not known.
    pub aim: Option<Isometry3d>,
    /// Clicks.
    pub trigger: bool,
    /// Grabs.
    pub squeeze: bool,
    /// Draws a sphere.
    pub sphere: bool,
    /// Shows the next bookmark.
    pub next: bool,
    /// The stick, to the right and up.
    pub stick: Vec2,
}

impl Hand {
    /// Returns the place of the hand if it is closed and known.
    #[must_use]
    pub fn holding_at(&self) -> Option<Vec3> {
        self.grip.filter(|_| self.squeeze).map(|grip| grip.translation.into())
    }
}

/// How far a trigger is pulled when it counts as pressed, and how far it goes back before it counts
/// as released.
const PRESSED: f32 = 0.6;
const RELEASED: f32 = 0.4;

/// Returns whether a trigger that is pulled this far is pressed.
#[must_use]
pub(crate) fn is_pressed(pulled: f32, before: bool) -> bool {
    pulled > if before { RELEASED } else { PRESSED }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finger that trembles at the point of pressure presses once.
    #[test]
    fn trigger_is_pressed_once_while_it_trembles() {
        let mut pressed = false;
        let mut presses = 0;
        for pulled in [0.0, 0.3, 0.59, 0.61, 0.58, 0.62, 0.5, 0.7, 0.41, 0.39, 0.5, 0.55] {
            let before = pressed;
            pressed = is_pressed(pulled, before);
            presses += u32::from(pressed && !before);
        }
        assert_eq!((presses, pressed), (1, false));
        assert!(!is_pressed(f32::NAN, true), "a trigger that reports nonsense is not pressed");
    }
}
