//! Where the room around the person lies in the world of the cloud.
//!
//! Places in the room are in meters, as the runtime reports them. The cloud stays where it is, with
//! a radius of 1 around the origin; what a person does with it moves the room instead. Points,
//! buffers and everything that is computed for them are therefore the same with a headset and
//! without.

use bevy::math::{Isometry3d, Quat, Vec3};
use parallax_camera::{fit, frame, framed_sphere};
use parallax_session::{Dims, Pose};
use parallax_state::ScreenArea;

/// How large the cloud is when it appears, and how far its middle is from the head, in meters.
pub(crate) const SIZE: f32 = 1.5;
pub(crate) const DISTANCE: f32 = 1.4;

/// How far the middle of the cloud is below the eyes, in meters: most people look down a little.
const BELOW_EYES: f32 = 0.15;

/// The least and the greatest number of world units in a meter. The cloud is between a hand and a
/// hall wide.
const SCALES: [f32; 2] = [0.02, 20.0];

/// The least distance in meters between two hands that turn and scale.
const LEAST_APART: f32 = 0.02;

/// Where the room lies in the world of the cloud: it is scaled, turned, and then moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    origin: Vec3,
    rotation: Quat,
    /// World units in a meter.
    scale: f32,
}

/// From where the cloud is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standpoint {
    /// The place that is in front of the person.
    pub focus: Vec3,
    /// The direction from which it is seen, as the yaw of the camera in the window.
    pub yaw: f32,
    /// The radius around it that becomes a meter and a half across.
    pub reach: f32,
}

impl Default for Room {
    fn default() -> Self {
        Self { origin: Vec3::ZERO, rotation: Quat::IDENTITY, scale: 2.0 / SIZE }
    }
}

impl Standpoint {
    /// Returns the standpoint that shows the whole cloud.
    #[must_use]
    pub fn whole(dims: Dims) -> Self {
        Self { focus: Vec3::ZERO, yaw: fit(dims, &ScreenArea::default()).yaw, reach: 1.0 }
    }

    /// Returns the standpoint from which a camera at `pose` sees the cloud, between the panels of
    /// the window. It is level: the floor stays where it is. A plane is seen from its front.
    #[must_use]
    pub fn of(pose: &Pose, dims: Dims, area: &ScreenArea) -> Self {
        let (focus, reach) = framed_sphere(dims, area, pose);
        Self { focus, yaw: if dims == Dims::Two { 0.0 } else { pose.yaw }, reach }
    }

    /// Returns the pose of a camera in the window that sees the cloud from this standpoint, between
    /// the panels. In 2D it sees the plane from its front, since it cannot turn.
    #[must_use]
    pub fn pose(&self, dims: Dims, area: &ScreenArea) -> Pose {
        let (focus, yaw) = if dims == Dims::Two { (self.focus.with_z(0.0), 0.0) } else { (self.focus, self.yaw) };
        frame(dims, area, (focus, self.reach), (yaw, 0.0))
    }
}

impl Room {
    /// Returns the room in which the head sees the cloud from `standpoint`.
    #[must_use]
    pub fn seen_from(standpoint: &Standpoint, head: &Isometry3d) -> Self {
        let scale = (2.0 * standpoint.reach / SIZE).clamp(SCALES[0], SCALES[1]);
        let rotation = Quat::from_rotation_y(standpoint.yaw - yaw(head));
        let origin = standpoint.focus - rotation * (scale * in_front_of(head));
        Self { origin, rotation, scale }
    }

    /// Returns the standpoint from which the head sees the cloud.
    #[must_use]
    pub fn standpoint(&self, head: &Isometry3d) -> Standpoint {
        let ahead = self.rotation * (Quat::from_rotation_y(yaw(head)) * Vec3::NEG_Z);
        Standpoint {
            focus: self.world(in_front_of(head)),
            yaw: f32::atan2(-ahead.x, -ahead.z),
            reach: self.scale * SIZE / 2.0,
        }
    }

    /// Returns the number of world units in a meter.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Returns where a place of the room is in the world.
    #[must_use]
    pub fn world(&self, place: Vec3) -> Vec3 {
        self.origin + self.rotation * (self.scale * place)
    }

    /// Returns where a place of the world is in the room.
    #[must_use]
    pub fn local(&self, place: Vec3) -> Vec3 {
        self.rotation.inverse() * (place - self.origin) / self.scale
    }

    /// Returns a direction of the room in the world.
    #[must_use]
    pub fn direction(&self, direction: Vec3) -> Vec3 {
        self.rotation * direction
    }

    /// Returns a pose of the room in the world.
    #[must_use]
    pub fn pose(&self, pose: &Isometry3d) -> Isometry3d {
        Isometry3d::new(self.world(pose.translation.into()), self.rotation * pose.rotation)
    }

    /// Turns the person by `angle` radians around the head; a positive one turns to the left.
    #[must_use]
    pub fn turned(&self, head: Vec3, angle: f32) -> Self {
        let rotation = self.rotation * Quat::from_rotation_y(angle);
        Self { origin: self.world(head) - rotation * (self.scale * head), rotation, ..*self }
    }

    /// Moves the room so that a hand at `hand` is at the place `held` of the world.
    #[must_use]
    pub fn with_hand_at(&self, held: Vec3, hand: Vec3) -> Self {
        Self { origin: self.origin + held - self.world(hand), ..*self }
    }

    /// Moves, turns and scales the room so that both hands are at the places `held` of the world.
    /// It turns no more than it has to. If that would make the cloud too small or too large, or the
    /// hands are in one place, only the middle between the hands is where it should be.
    #[must_use]
    pub fn with_hands_at(&self, held: [Vec3; 2], hands: [Vec3; 2]) -> Self {
        let (way, goal) = (hands[1] - hands[0], held[1] - held[0]);
        let [middle, goal_middle] = [(hands[0] + hands[1]) / 2.0, (held[0] + held[1]) / 2.0];
        if way.length() < LEAST_APART || goal.length() <= f32::EPSILON {
            return self.with_hand_at(goal_middle, middle);
        }
        let turn = Quat::from_rotation_arc((self.rotation * way).normalize(), goal.normalize());
        let rotation = (turn * self.rotation).normalize();
        let scale = (goal.length() / way.length()).clamp(SCALES[0], SCALES[1]);
        Self { origin: goal_middle - rotation * (scale * middle), rotation, scale }
    }
}

/// Returns the direction of the head around the vertical. Whoever looks straight up or down faces
/// where the top of the head or the chin does.
fn yaw(head: &Isometry3d) -> f32 {
    let ahead = head.rotation * Vec3::NEG_Z;
    let top = head.rotation * Vec3::Y;
    let level = if ahead.y.abs() < 0.99 { ahead } else { top * -ahead.y.signum() };
    f32::atan2(-level.x, -level.z)
}

/// Returns the place where the middle of the cloud appears.
fn in_front_of(head: &Isometry3d) -> Vec3 {
    let ahead = Quat::from_rotation_y(yaw(head)) * Vec3::NEG_Z;
    Vec3::from(head.translation) + ahead * DISTANCE - Vec3::Y * BELOW_EYES
}

#[cfg(test)]
pub(crate) mod tests {
    use std::f32::consts::{FRAC_PI_2, TAU};

    use bevy::math::{Rect, Vec2};
    use parallax_embedding::random::unit;

    use super::*;

    /// Random numbers between -1 and 1, one after the other.
    pub(crate) struct Numbers(pub(crate) u64);

    impl Numbers {
        pub(crate) fn next(&mut self) -> f32 {
            self.0 += 1;
            unit(self.0) * 2.0 - 1.0
        }

        pub(crate) fn place(&mut self) -> Vec3 {
            Vec3::from([(); 3].map(|()| self.next()))
        }

        pub(crate) fn turn(&mut self) -> Quat {
            Quat::from_axis_angle(self.place().normalize(), self.next() * 3.0)
        }

        pub(crate) fn room(&mut self) -> Room {
            Room { origin: self.place(), rotation: self.turn(), scale: 1.2 + self.next() }
        }
    }

    #[track_caller]
    pub(crate) fn assert_near(a: Vec3, b: Vec3) {
        assert!(a.distance(b) < 2e-4, "{a} and {b}");
    }

    #[test]
    fn cloud_is_a_meter_and_a_half_across_in_front_of_the_head() {
        let mut numbers = Numbers(1);
        for _ in 0..50 {
            let turn = Quat::from_rotation_y(numbers.next() * 3.0);
            let tilt = Quat::from_rotation_x(numbers.next());
            let head = Isometry3d::new(numbers.place() + Vec3::Y * 1.6, turn * tilt);
            let yaw = numbers.next() * 3.0;
            let room = Room::seen_from(&Standpoint { focus: Vec3::ZERO, yaw, reach: 1.0 }, &head);
            // In the room, the cloud's middle is level with the gaze and a little below the eyes.
            let eye = room.world(head.translation.into());
            let meter = room.scale();
            assert!((2.0 / meter - 1.5).abs() < 1e-5, "its diameter of 2 units in meters");
            let down = Vec3::Y * BELOW_EYES * meter;
            assert!(((eye - down).length() / meter - DISTANCE).abs() < 1e-4);
            assert!((eye.y / meter - BELOW_EYES).abs() < 1e-4, "the world is level");
            // It is seen from the side that the camera in the window has.
            let from = (eye - down).normalize();
            assert_near(from, Quat::from_rotation_y(yaw) * Vec3::Z);
            let ahead = turn * Vec3::NEG_Z;
            assert_near(room.direction(ahead), -from);
        }
    }

    #[test]
    fn standpoint_of_a_room_is_the_one_it_was_made_for() {
        let mut numbers = Numbers(7);
        for _ in 0..50 {
            let head = Isometry3d::new(numbers.place(), Quat::from_rotation_y(numbers.next() * 3.0));
            let standpoint = Standpoint { focus: numbers.place(), yaw: numbers.next() * 3.0, reach: 0.7 };
            let again = Room::seen_from(&standpoint, &head).standpoint(&head);
            assert_near(again.focus, standpoint.focus);
            let turned = (again.yaw - standpoint.yaw + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
            assert!(turned.abs() < 1e-4 && (again.reach - 0.7).abs() < 1e-5);
        }
    }

    /// Whatever panels the window has, what fills its free part fills the room, and the other way
    /// round. A camera in 2D cannot turn.
    #[test]
    fn standpoint_is_a_pose_of_the_window_and_back() {
        let free = Rect::new(332.0, 60.0, 1108.0, 860.0);
        let areas = [
            ScreenArea::default(),
            ScreenArea { window: Vec2::new(1440.0, 900.0), free, pictures: None, compares: false },
        ];
        let mut numbers = Numbers(8);
        for (dims, area) in areas.iter().flat_map(|area| [(Dims::Two, area), (Dims::Three, area)]) {
            let fitting = Standpoint::of(&fit(dims, area), dims, area);
            assert_near(fitting.focus, Vec3::ZERO);
            assert!((fitting.reach - 1.0).abs() < 1e-5, "{dims:?}: {fitting:?}");
            let standpoint = Standpoint { focus: numbers.place(), yaw: numbers.next() * 3.0, reach: 0.7 };
            let pose = standpoint.pose(dims, area);
            let again = Standpoint::of(&pose, dims, area);
            assert!((again.reach - 0.7).abs() < 1e-5 && again.yaw == pose.yaw, "{again:?}");
            match dims {
                Dims::Two => {
                    assert_near(again.focus, standpoint.focus.with_z(0.0));
                    assert_eq!((pose.yaw, pose.pitch, pose.focus[2]), (0.0, 0.0, 0.0));
                }
                Dims::Three => {
                    assert_near(again.focus, standpoint.focus);
                    assert_eq!((again.yaw, pose.pitch), (standpoint.yaw, 0.0));
                }
            }
        }
    }

    /// Whoever looks at the floor or the ceiling still has a front.
    #[test]
    fn head_that_looks_up_or_down_faces_where_its_body_does() {
        for (pitch, toward) in [(FRAC_PI_2, 0.4), (-FRAC_PI_2, 0.4), (1.5, -2.0), (-1.5, 2.0), (0.0, 1.0)] {
            let head = Isometry3d::from_rotation(Quat::from_rotation_y(toward) * Quat::from_rotation_x(pitch));
            assert!((yaw(&head) - toward).abs() < 1e-3, "{pitch} {toward}: {}", yaw(&head));
        }
    }

    #[test]
    fn places_go_to_the_world_and_back() {
        let mut numbers = Numbers(11);
        for _ in 0..50 {
            let (room, place) = (numbers.room(), numbers.place());
            assert_near(room.local(room.world(place)) * room.scale(), place * room.scale());
        }
    }

    #[test]
    fn turn_leaves_the_head_where_it_is() {
        let mut numbers = Numbers(3);
        for _ in 0..50 {
            let (room, head, angle) = (numbers.room(), numbers.place(), numbers.next() * 3.0);
            let turned = room.turned(head, angle);
            assert_near(turned.world(head), room.world(head));
            // What was ahead to the left by the angle is now straight ahead.
            let ahead = turned.direction(Vec3::NEG_Z);
            assert_near(ahead, room.direction(Quat::from_rotation_y(angle) * Vec3::NEG_Z));
            assert_eq!(turned.scale(), room.scale());
        }
    }
}
