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
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Fade {
    goal: Option<Room>,
    /// The time since it began; after its second half it is over.
    since: Option<Duration>,
}

impl Fade {
    /// Begins a fade to `goal`. One that is under way goes there instead, without a jump in
    /// brightness.
    pub fn start(&mut self, goal: Room) {
        let (since, over) = (self.since.unwrap_or_default(), 2 * HALF);
        let mirrored = if self.goal.is_none() { over.saturating_sub(since) } else { since };
        self.since = Some(if self.since.is_some() { mirrored } else { Duration::ZERO });
        self.goal = Some(goal);
    }

    /// Returns how far the cloud has faded, from 0 to 1, after `passed` more time. In the middle of
    /// the fade, when nothing is seen, `room` becomes the goal.
    pub fn follow(&mut self, room: &mut Room, passed: Duration) -> f32 {
        let Some(since) = &mut self.since else { return 0.0 };
        *since += passed;
        if *since >= HALF
            && let Some(goal) = self.goal.take()
        {
            *room = goal;
            // The first frame at the new standpoint shows nothing, however long the last one took.
            *since = HALF;
        }
        let share = since.as_secs_f32() / HALF.as_secs_f32();
        if share >= 2.0 {
            self.since = None;
            return 0.0;
        }
        1.0 - (share - 1.0).abs()
    }

    /// Returns `true` if a fade is under way.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.since.is_some()
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
            let (mut room, goal, mut fade) = (numbers.room(), numbers.room(), Fade::default());
            let from = room;
            fade.start(goal);
            let mut brightest_change = None;
            for _ in 0..1000 {
                let before = room;
                let faded = fade.follow(&mut room, Duration::from_millis(millis));
                assert!((0.0..=1.0).contains(&faded) && [from, goal].contains(&room));
                if room != before {
                    brightest_change = Some(faded);
                }
                if !fade.is_on() {
                    break;
                }
            }
            assert_eq!((room, fade.is_on(), brightest_change), (goal, false, Some(1.0)), "frames of {millis} ms");
        }
    }

    #[test]
    fn fade_that_is_sent_elsewhere_goes_there_without_a_flash() {
        let mut numbers = Numbers(5);
        let step = Duration::from_millis(10);
        for when in [0, 5, 15, 25, 39] {
            let (mut room, mut fade) = (numbers.room(), Fade::default());
            let [first, second] = [(); 2].map(|()| numbers.room());
            fade.start(first);
            let mut faded = 0.0;
            (0..when).for_each(|_| faded = fade.follow(&mut room, step));
            fade.start(second);
            while fade.is_on() {
                let next = fade.follow(&mut room, step);
                assert!((next - faded).abs() < 0.051, "from {faded} to {next}");
                faded = next;
            }
            assert_eq!(room, second);
        }
    }
}
