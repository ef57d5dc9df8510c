//! Flights of the camera from pose to pose.
//!
//! A flight takes as long as the [`Tempo`](parallax_state::Tempo) says, whatever its length, slows
//! down toward its end, and takes the shorter way around. A drag ends it where it is. With reduced
//! motion there are no flights.

use std::{f32::consts::TAU, time::Duration};

use bevy::{prelude::*, window::RequestRedraw};
use bevy_panorbit_camera::PanOrbitCamera;
use parallax_session::Pose;
use parallax_state::{FrameSystems, eased};

use crate::{Control, FollowSystems};

/// The current flight of a camera, if any.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    leg: Option<Leg>,
    /// Whether the camera goes where an action has sent it, or is there, so that where it ends is no
    /// action.
    pub(crate) is_followed: bool,
}

#[derive(Debug)]
struct Leg {
    from: Pose,
    to: Pose,
    timer: Timer,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fly.in_set(FrameSystems::Follow).after(FollowSystems));
}

impl Flight {
    /// Starts a flight from the camera's current pose that takes this long.
    pub(crate) fn start(&mut self, camera: &PanOrbitCamera, to: &Pose, takes: Duration) {
        let from = Pose {
            focus: camera.focus.into(),
            yaw: camera.yaw.unwrap_or(to.yaw),
            pitch: camera.pitch.unwrap_or(to.pitch),
            radius: camera.radius.unwrap_or(to.radius),
        };
        self.leg = Some(Leg { from, to: *to, timer: Timer::new(takes, TimerMode::Once) });
        self.is_followed = false;
    }

    /// Ends the flight where it is.
    pub(crate) fn stop(&mut self) {
        (self.leg, self.is_followed) = (None, false);
    }

    /// Returns the pose where the flight ends.
    pub(crate) fn goal(&self) -> Option<&Pose> {
        self.leg.as_ref().map(|leg| &leg.to)
    }
}

fn fly(
    time: Res<Time<Virtual>>,
    mut cameras: Query<(&mut PanOrbitCamera, &mut Control)>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    for (mut camera, mut control) in &mut cameras {
        let Some(leg) = &mut control.flight.leg else { continue };
        leg.timer.tick(time.delta());
        let pose = leg.at(leg.timer.fraction());
        let over = leg.timer.is_finished();
        put(&mut camera, &pose);
        if over {
            control.flight.leg = None;
        }
        redraw.write(RequestRedraw);
    }
}

impl Leg {
    /// Returns the pose after this share of the time.
    fn at(&self, share: f32) -> Pose {
        let (from, to) = (&self.from, &self.to);
        if share >= 1.0 {
            return *to;
        }
        let way = eased(share, self.timer.duration());
        let focus = Vec3::from(from.focus).lerp(to.focus.into(), way);
        Pose {
            focus: focus.into(),
            yaw: from.yaw + turned(from.yaw, to.yaw) * way,
            pitch: from.pitch + (to.pitch - from.pitch) * way,
            // By equal factors, as the wheel zooms.
            radius: from.radius * (to.radius / from.radius).powf(way),
        }
    }
}

/// Returns the signed angle of the shorter way from one yaw to another.
pub(crate) fn turned(from: f32, to: f32) -> f32 {
    (to - from + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0
}

/// Puts the camera at `pose`.
pub(crate) fn put(camera: &mut PanOrbitCamera, pose: &Pose) {
    camera.target_yaw = pose.yaw;
    camera.target_pitch = pose.pitch;
    camera.target_radius = pose.radius;
    camera.target_focus = pose.focus.into();
    camera.yaw = Some(pose.yaw);
    camera.pitch = Some(pose.pitch);
    camera.radius = Some(pose.radius);
    camera.focus = pose.focus.into();
    camera.initialized = true;
    camera.force_update = true;
}

#[cfg(test)]
mod tests {
    use parallax_state::MORPH;

    use super::*;

    fn leg() -> Leg {
        let pose = |x: f32, yaw: f32, radius: f32| Pose { focus: [x, 0.0, 0.0], yaw, pitch: 0.0, radius };
        Leg { from: pose(0.0, 3.0, 4.0), to: pose(1.0, -3.0, 1.0), timer: Timer::new(MORPH, TimerMode::Once) }
    }

    #[test]
    fn flight_takes_the_shorter_way_from_start_to_end() {
        let leg = leg();
        assert_eq!((leg.at(0.0), leg.at(1.0)), (leg.from, leg.to));
        let yaws: Vec<f32> = (0..10_u8).map(|i| leg.at(f32::from(i) / 10.0).yaw).collect();
        assert!(yaws.is_sorted() && yaws[9] < TAU - 3.0, "past the half turn: {yaws:?}");
        let radii: Vec<f32> = (0..10_u8).map(|i| leg.at(f32::from(i) / 10.0).radius).collect();
        assert!(radii.iter().rev().is_sorted(), "{radii:?}");
        assert!((leg.at(1.0 - 0.5_f32.cbrt()).radius - 2.0).abs() < 1e-4, "half the way is half as far, twice");
    }

    #[test]
    fn flight_lasts_its_duration_and_stops() {
        let mut app = App::new();
        app.init_resource::<Time<Virtual>>().add_message::<RequestRedraw>();
        app.add_systems(Update, fly);
        let Leg { from, to, .. } = leg();
        let mut flying = PanOrbitCamera::default();
        put(&mut flying, &from);
        let mut control = Control::default();
        control.flight.start(&flying, &to, MORPH);
        let [camera, other] =
            [control, Control::default()].map(|control| app.world_mut().spawn((flying, control)).id());
        let mut frames = 0;
        while app.world().get::<Control>(camera).unwrap().flight.goal().is_some() {
            app.world_mut().resource_mut::<Time<Virtual>>().advance_by(Duration::from_millis(50));
            app.update();
            frames += 1;
        }
        assert_eq!(frames, 12, "of 50 ms");
        let at = |camera| app.world().get::<PanOrbitCamera>(camera).map(|at| (at.yaw, at.radius, at.focus)).unwrap();
        assert_eq!(at(camera), (Some(to.yaw), Some(to.radius), Vec3::X));
        assert_eq!(at(other), (Some(from.yaw), Some(from.radius), Vec3::ZERO), "it does not fly");
    }
}
