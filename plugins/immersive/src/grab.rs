//! Grabbing the cloud: with one hand it is moved, with two also turned and scaled.

use bevy::math::Vec3;

use crate::Room;

/// What the hands hold.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Grab {
    /// The place of the world that each hand holds.
    held: [Option<Vec3>; 2],
}

impl Grab {
    /// Returns `true` if a hand holds the cloud.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.held.iter().any(Option::is_some)
    }

    /// Moves the room so that the hands hold what they have grabbed. A hand is given by its place
    /// in the room if it is closed and its place is known.
    ///
    /// If a hand is opened, closed, lost, or found again, what both hold is taken anew: the cloud
    /// never jumps.
    pub fn follow(&mut self, room: &mut Room, hands: [Option<Vec3>; 2]) {
        if hands.map(|hand| hand.is_some()) != self.held.map(|held| held.is_some()) {
            self.held = hands.map(|hand| hand.map(|hand| room.world(hand)));
            return;
        }
        let pair = |side: usize| self.held[side].zip(hands[side]);
        *room = match [pair(0), pair(1)] {
            [Some((a, at_a)), Some((b, at_b))] => room.with_hands_at([a, b], [at_a, at_b]),
            [Some((held, at)), None] | [None, Some((held, at))] => room.with_hand_at(held, at),
            [None, None] => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::tests::{Numbers, assert_near};

    #[test]
    fn one_hand_keeps_what_it_has_grabbed_and_only_moves() {
        let mut numbers = Numbers(1);
        for _ in 0..50 {
            let (mut room, mut grab) = (numbers.room(), Grab::default());
            let (before, first) = (room, numbers.place());
            grab.follow(&mut room, [None, Some(first)]);
            assert_eq!(room, before, "nothing moves when a hand closes");
            let grabbed = room.world(first);
            for _ in 0..10 {
                let hand = numbers.place();
                grab.follow(&mut room, [None, Some(hand)]);
                assert_near(room.world(hand), grabbed);
            }
            assert_eq!((room.scale(), room.direction(Vec3::X)), (before.scale(), before.direction(Vec3::X)));
        }
    }

    #[test]
    fn two_hands_keep_what_each_has_grabbed() {
        let mut numbers = Numbers(2);
        for _ in 0..50 {
            let (mut room, mut grab) = (numbers.room(), Grab::default());
            let first = [numbers.place(), numbers.place()];
            grab.follow(&mut room, first.map(Some));
            let grabbed = first.map(|hand| room.world(hand));
            for _ in 0..10 {
                // Apart by no less and no more than what keeps the size within its limits.
                let a = numbers.place();
                let way = numbers.turn() * (first[1] - first[0]) * (1.3 + 0.7 * numbers.next());
                let hands = [a, a + way];
                grab.follow(&mut room, hands.map(Some));
                assert_near(room.world(hands[0]), grabbed[0]);
                assert_near(room.world(hands[1]), grabbed[1]);
            }
        }
    }

    /// Two hands twice as far apart make the cloud twice as large; turned by a quarter around the
    /// vertical, they turn it by a quarter.
    #[test]
    fn two_hands_scale_by_their_distance_and_turn_as_they_do() {
        let (mut room, mut grab) = (Room::default(), Grab::default());
        let before = room;
        grab.follow(&mut room, [Some(Vec3::NEG_X), Some(Vec3::X)]);
        grab.follow(&mut room, [Some(Vec3::NEG_X * 2.0), Some(Vec3::X * 2.0)]);
        assert!((room.scale() / before.scale() - 0.5).abs() < 1e-5, "half as many units in a meter");
        grab.follow(&mut room, [Some(Vec3::Z * 2.0), Some(Vec3::NEG_Z * 2.0)]);
        // The hands have turned by a quarter to the left, and the cloud with them.
        assert_near(room.direction(Vec3::NEG_Z), before.direction(Vec3::X));
        assert_near(room.direction(Vec3::Y), before.direction(Vec3::Y));
    }

    #[test]
    fn cloud_does_not_jump_when_a_hand_is_lost_and_found() {
        let mut numbers = Numbers(9);
        let (mut room, mut grab) = (numbers.room(), Grab::default());
        let mut hands = [numbers.place(), numbers.place()];
        let states: [[bool; 2]; 7] =
            [[false, true], [true, true], [true, false], [false, false], [true, true], [false, true], [false, false]];
        for state in states {
            // Where a lost hand comes back is somewhere else.
            hands = [numbers.place(), hands[1]];
            let given = [0, 1].map(|side: usize| state[side].then_some(hands[side]));
            let before = room;
            grab.follow(&mut room, given);
            assert_eq!(room, before, "{state:?}");
            assert_eq!(grab.is_on(), state[0] || state[1]);
        }
    }

    /// Hands that touch, or are pulled apart without end, do not lose the cloud.
    #[test]
    fn size_stays_within_its_limits() {
        for apart in [0.0, 1e-9, 1e-3, 1e3, 1e7] {
            let (mut room, mut grab) = (Room::default(), Grab::default());
            grab.follow(&mut room, [Some(Vec3::ZERO), Some(Vec3::X * 0.3)]);
            let middle = room.world(Vec3::X * 0.15);
            grab.follow(&mut room, [Some(Vec3::NEG_Y * apart), Some(Vec3::Y * apart)]);
            assert!(room.scale() >= 0.01 && room.scale() <= 40.0, "{apart}: {room:?}");
            assert_near(room.world(Vec3::ZERO), middle);
        }
    }
}
