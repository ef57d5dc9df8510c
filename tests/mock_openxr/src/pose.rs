//! Poses, and how a tracked thing moves from one to the next.

use crate::script::{Move, Tracking};
use glam::{Mat3, Quat, Vec3};
use openxr_sys as sys;

/// A position and an orientation; -z is forward, y is up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    pub(crate) position: Vec3,
    pub(crate) orientation: Quat,
}

impl Pose {
    pub(crate) const IDENTITY: Self = Self::at(Vec3::ZERO);

    pub(crate) const fn at(position: Vec3) -> Self {
        Self { position, orientation: Quat::IDENTITY }
    }

    /// Returns `None` if the quaternion does not have the length 1.
    pub(crate) fn from_xr(pose: sys::Posef) -> Option<Self> {
        let (p, q) = (pose.position, pose.orientation);
        let pose = Self { position: Vec3::new(p.x, p.y, p.z), orientation: Quat::from_xyzw(q.x, q.y, q.z, q.w) };
        let valid = pose.position.is_finite() && (pose.orientation.length() - 1.0).abs() < 0.01;
        valid.then_some(pose)
    }

    pub(crate) fn to_xr(self) -> sys::Posef {
        let (p, q) = (self.position, self.orientation);
        sys::Posef {
            position: sys::Vector3f { x: p.x, y: p.y, z: p.z },
            orientation: sys::Quaternionf { x: q.x, y: q.y, z: q.z, w: q.w },
        }
    }

    /// Returns what `inner`, a pose in the space of this pose, is outside of it.
    pub(crate) fn of(self, inner: Self) -> Self {
        Self {
            position: self.position + self.orientation * inner.position,
            orientation: (self.orientation * inner.orientation).normalize(),
        }
    }

    pub(crate) fn inverse(self) -> Self {
        let orientation = self.orientation.inverse();
        Self { position: orientation * -self.position, orientation }
    }

    fn between(self, other: Self, part: f32) -> Self {
        Self {
            position: self.position.lerp(other.position, part),
            orientation: self.orientation.slerp(other.orientation, part).normalize(),
        }
    }
}

/// The way of the head or of a hand.
#[derive(Debug)]
pub(crate) struct Track {
    keys: Vec<Key>,
}

/// From `frame` on, for `over` frames, toward `pose`.
#[derive(Clone, Copy, Debug)]
struct Key {
    frame: u64,
    over: u64,
    pose: Pose,
    tracking: Tracking,
}

impl Track {
    pub(crate) fn new(start: Vec3) -> Self {
        Self { keys: vec![Key { frame: 0, over: 0, pose: Pose::at(start), tracking: Tracking::Full }] }
    }

    /// Adds a movement that begins at `frame`, which is not before the last one.
    pub(crate) fn push(&mut self, frame: u64, over: u64, step: &Move) {
        let last = self.keys[self.keys.len() - 1];
        let position = step.position.map_or(last.pose.position, Vec3::from);
        let orientation = match (step.toward, step.orientation) {
            (Some(point), _) => looking(Vec3::from(point) - position),
            (None, Some(quaternion)) => Quat::from_array(quaternion).normalize(),
            (None, None) => last.pose.orientation,
        };
        let tracking = step.tracking.unwrap_or(last.tracking);
        self.keys.push(Key { frame, over, pose: Pose { position, orientation }, tracking });
    }

    pub(crate) fn at(&self, frame: f64) -> (Pose, Tracking) {
        let mut key = self.keys[0];
        let mut from = key.pose;
        for &next in self.keys[1..].iter().take_while(|next| next.frame as f64 <= frame) {
            from = key.reached(from, next.frame as f64);
            key = next;
        }
        (key.reached(from, frame), key.tracking)
    }
}

impl Key {
    fn reached(&self, from: Pose, frame: f64) -> Pose {
        let passed = frame - self.frame as f64;
        if passed >= self.over as f64 { self.pose } else { from.between(self.pose, (passed / self.over as f64) as f32) }
    }
}

/// Returns the orientation whose -z points along `direction`, with y as far up as possible.
fn looking(direction: Vec3) -> Quat {
    let back = -direction.normalize_or(Vec3::NEG_Z);
    let right = Vec3::Y.cross(back).normalize_or(Vec3::X);
    Quat::from_mat3(&Mat3::from_cols(right, back.cross(right), back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn track_moves_and_holds() {
        let mut track = Track::new(Vec3::ZERO);
        track.push(10, 4, &Move { position: Some([4.0, 0.0, 0.0]), ..Move::default() });
        for (frame, x) in [(0.0, 0.0), (10.0, 0.0), (11.0, 1.0), (12.5, 2.5), (14.0, 4.0), (99.0, 4.0)] {
            assert!((track.at(frame).0.position.x - x).abs() < 1e-6, "frame {frame}");
        }
        // A movement that is cut short goes on from where it was.
        track.push(12, 0, &Move { tracking: Some(Tracking::None), ..Move::default() });
        track.push(20, 2, &Move { position: Some([0.0, 0.0, 0.0]), ..Move::default() });
        assert_eq!(track.at(12.0).1, Tracking::None);
        assert!((track.at(21.0).0.position.x - 2.0).abs() < 1e-6);
    }

    #[test]
    fn toward_points_forward_at_the_point() {
        for point in [[0.3, 1.0, -2.0], [1.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, -5.0, 0.0], [0.0, 0.0, 3.0]] {
            let orientation = looking(Vec3::from(point));
            let forward = orientation * Vec3::NEG_Z;
            assert!(forward.dot(Vec3::from(point).normalize()) > 0.99999, "{point:?}: {forward}");
            assert!((orientation * Vec3::Y).y >= -1e-6);
        }
    }

    #[test]
    fn inverse_undoes_a_pose() {
        let pose = Pose { position: Vec3::new(1.0, 2.0, 3.0), orientation: looking(Vec3::new(1.0, 0.5, 0.2)) };
        let same = pose.inverse().of(pose);
        assert!(same.position.length() < 1e-6 && same.orientation.angle_between(Quat::IDENTITY) < 1e-3);
    }
}
