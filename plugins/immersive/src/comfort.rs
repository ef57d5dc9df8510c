//! What keeps people well: turns in steps, and a fade between standpoints instead of a flight.

use std::time::Duration;

use crate::Room;

/// How far a turn goes, in radians: 30 degrees.
pub(crate) const STEP: f32 = std::f32::consts::PI / 6.0;

/// How far the stick is pushed for a turn, and how far back before the next one.
const PUSHED: f32 = 0.7;
const BACK: f32 = 0.4;

/// How long each half of a fade takes.
pub(crate) const HALF: Duration = Duration::from_millis(200);

/// Turns in steps by a stick: one for each push.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct SnapTurn {
    is_pushed: bool,
}

impl SnapTurn {
    /// Returns the angle by which the person turns if the stick is at `x` now: to the left if it is
    /// positive.
    pub fn follow(&mut self, x: f32) -> Option<f32> {
        let before = self.is_pushed;
        self.is_pushed = x.abs() > if before { BACK } else { PUSHED };
        (self.is_pushed && !before).then(|| -x.signum() * STEP)
    }
}

/// A fade to another standpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fade {
    /// Where it goes. `None` once it is there.
    goal: Option<Room>,
    /// The time since it began; after its second half it is over.
    since: Duration,
}

impl Fade {
    /// Begins a fade to `goal`.
    #[must_use]
    pub fn to(goal: Room) -> Self {
        Self { goal: Some(goal), since: Duration::ZERO }
    }

    /// Goes to `goal` instead, without a jump in brightness.
    pub fn redirect(&mut self, goal: Room) {
        if self.goal.replace(goal).is_none() {
            self.since = (2 * HALF).saturating_sub(self.since);
        }
    }

    /// Goes on for `passed` more time. In the middle of the fade, when nothing is seen, `room`
    /// becomes the goal.
    pub fn follow(&mut self, room: &mut Room, passed: Duration) {
        self.since += passed;
        if self.since >= HALF
            && let Some(goal) = self.goal.take()
        {
            *room = goal;
            // The first frame at the new standpoint shows nothing, however long the last one took.
            self.since = HALF;
        }
    }

    /// Returns how far the cloud has faded, from 0 to 1.
    #[must_use]
    pub fn faded(&self) -> f32 {
        let share = self.since.as_secs_f32() / HALF.as_secs_f32();
        (1.0 - (share - 1.0).abs()).max(0.0)
    }

    /// Returns `true` if the cloud is there again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.since >= 2 * HALF
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::tests::Numbers;

    #[test]
    fn stick_turns_once_for_each_push() {
        let mut turn = SnapTurn::default();
        let turned = |turn: &mut SnapTurn, xs: &[f32]| -> Vec<Option<f32>> {
            xs.iter().map(|x| turn.follow(*x).map(|angle| (angle / STEP).round())).collect()
        };
        let (right, left) = (Some(-1.0), Some(1.0));
        assert_eq!(
            turned(&mut turn, &[0.0, 0.5, 0.8, 1.0, 0.5, 0.6, 0.9]),
            [None, None, right, None, None, None, None]
        );
        assert_eq!(turned(&mut turn, &[0.3, 0.9, 0.0, -0.71, -0.9]), [None, right, None, left, None]);
        assert_eq!(turned(&mut turn, &[0.0, f32::NAN, -1.0]), [None, None, left]);
    }

    #[test]
    fn room_changes_only_while_nothing_is_seen() {
        let mut numbers = Numbers(4);
        for millis in [1, 16, 90, 199, 350, 5000] {
            let (from, goal) = (numbers.room(), numbers.room());
            let (mut room, mut fade, mut faded_at_change) = (from, Fade::to(goal), None);
            for _ in 0..1000 {
                let before = room;
                fade.follow(&mut room, Duration::from_millis(millis));
                assert!((0.0..=1.0).contains(&fade.faded()) && [from, goal].contains(&room));
                if room != before {
                    faded_at_change = Some(fade.faded());
                }
                if fade.is_over() {
                    break;
                }
            }
            let end = (room, fade.is_over(), fade.faded(), faded_at_change);
            assert_eq!(end, (goal, true, 0.0, Some(1.0)), "frames of {millis} ms");
        }
    }

    #[test]
    fn fade_that_is_sent_elsewhere_goes_there_without_a_flash() {
        let mut numbers = Numbers(5);
        let step = Duration::from_millis(10);
        for when in [0, 5, 15, 25, 39] {
            let (mut room, [first, second]) = (numbers.room(), [(); 2].map(|()| numbers.room()));
            let mut fade = Fade::to(first);
            (0..when).for_each(|_| fade.follow(&mut room, step));
            let mut faded = fade.faded();
            fade.redirect(second);
            while !fade.is_over() {
                fade.follow(&mut room, step);
                let next = fade.faded();
                assert!((next - faded).abs() < 0.051, "from {faded} to {next}");
                faded = next;
            }
            assert_eq!(room, second);
        }
    }
}
