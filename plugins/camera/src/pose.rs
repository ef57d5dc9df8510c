//! Where the camera stands: following the view, and telling it.

use std::f32::consts::TAU;

use bevy::{prelude::*, window::RequestRedraw};
use bevy_panorbit_camera::PanOrbitCamera;
use parallax_session::{Action, Dims, Pose};
use parallax_state::{CurrentView, Do, FrameSystems, Motion, Opened, ScreenArea};

use crate::{CloudCamera, FIELD_OF_VIEW, perspective, plane};

/// From where a cloud is first seen, in radians.
const YAW: f32 = 0.55;
const PITCH: f32 = 0.32;

/// Room left around the cloud.
const MARGIN: f32 = 1.08;

/// One turn takes so many seconds.
const TURN_SECONDS: f32 = 40.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (follow, turn, report, keep_awake).chain().in_set(FrameSystems::Follow));
}

/// The pose from which the whole cloud is seen in the free part of the window.
#[must_use]
pub fn fit(dims: Dims, area: &ScreenArea) -> Pose {
    let (window, free) = (area.window, area.free);
    let known = window.min_element() > 0.0 && free.size().min_element() > 0.0;
    // The cloud has radius 1; this is the share of the window's height that it may take.
    let share = if known { (free.size().min_element() / window.y).min(1.0) } else { 1.0 };
    let off = if known { (free.center() - window / 2.0) / window.y } else { Vec2::ZERO };
    match dims {
        Dims::Two => {
            let radius = MARGIN / share;
            let focus = [-off.x * 2.0 * radius, off.y * 2.0 * radius, 0.0];
            Pose { focus, yaw: 0.0, pitch: 0.0, radius }
        }
        Dims::Three => {
            let half = (FIELD_OF_VIEW / 2.0).tan() * share;
            let radius = MARGIN / half.atan().sin();
            let height = 2.0 * radius * (FIELD_OF_VIEW / 2.0).tan();
            let rotation = Quat::from_rotation_y(YAW) * Quat::from_rotation_x(-PITCH);
            let focus = rotation * Vec3::new(-off.x * height, off.y * height, 0.0);
            Pose { focus: focus.into(), yaw: YAW, pitch: PITCH, radius }
        }
    }
}

/// Flies to the view's pose when it is another one, and to the fitting one when there is none.
fn follow(
    view: Res<CurrentView>,
    (area, opened, motion): (Res<ScreenArea>, Res<Opened>, Res<Motion>),
    mut last: Local<Option<(Option<Pose>, Dims, ScreenArea, u64)>>,
    mut cameras: Query<(&mut PanOrbitCamera, &mut Projection), With<CloudCamera>>,
) {
    let dims = view.projection.dims;
    let key = (view.pose, dims, *area, opened.epoch);
    let (pose_changed, dims_changed, first) = match &*last {
        Some((pose, before, ..)) => (*pose != view.pose, *before != dims, false),
        None => (true, true, true),
    };
    let refit = view.pose.is_none() && last.as_ref() != Some(&key);
    if !(pose_changed || dims_changed || refit) {
        return;
    }
    *last = Some(key);
    let pose = view.pose.unwrap_or_else(|| fit(dims, &area));
    for (mut control, mut projection) in &mut cameras {
        if dims_changed {
            *projection = if dims == Dims::Two { plane() } else { perspective() };
        }
        if view.pose.is_some() && is_at(&control, &pose) && !dims_changed {
            continue;
        }
        // From plane to space there is no way between: the yaw would spin.
        aim(&mut control, &pose, first || dims_changed || *motion == Motion::Reduced);
    }
}

/// Sends the camera to `pose`, by the shorter way around; or puts it there.
fn aim(control: &mut PanOrbitCamera, pose: &Pose, at_once: bool) {
    let from = control.yaw.unwrap_or(pose.yaw);
    let way = (pose.yaw - from + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    control.target_yaw = from + way;
    control.target_pitch = pose.pitch;
    control.target_radius = pose.radius;
    control.target_focus = pose.focus.into();
    if at_once {
        control.target_yaw = pose.yaw;
        control.yaw = Some(pose.yaw);
        control.pitch = Some(pose.pitch);
        control.radius = Some(pose.radius);
        control.focus = pose.focus.into();
        control.initialized = true;
        control.force_update = true;
    }
}

/// Lets the camera go around.
fn turn(view: Res<CurrentView>, time: Res<Time<Virtual>>, mut cameras: Query<&mut PanOrbitCamera, With<CloudCamera>>) {
    if view.turning {
        for mut control in &mut cameras {
            control.target_yaw += time.delta_secs() * TAU / TURN_SECONDS;
        }
    }
}

/// Tells the view where a person has moved the camera, once it is at rest.
fn report(
    view: Res<CurrentView>,
    area: Res<ScreenArea>,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    cameras: Query<&PanOrbitCamera, With<CloudCamera>>,
    mut requests: MessageWriter<Do>,
) {
    let dragging = buttons.is_some_and(|buttons| buttons.get_pressed().len() > 0);
    let Some(control) = cameras.iter().next().filter(|_| !view.turning && !dragging) else { return };
    let expected = view.pose.unwrap_or_else(|| fit(view.projection.dims, &area));
    if control.initialized && is_still(control) && !is_at(control, &expected) {
        requests.write(Do(Action::MoveCamera(Pose {
            focus: control.target_focus.into(),
            yaw: control.target_yaw,
            pitch: control.target_pitch,
            radius: control.target_radius,
        })));
    }
}

/// Keeps the frames coming while the camera moves.
fn keep_awake(
    view: Res<CurrentView>,
    cameras: Query<&PanOrbitCamera, With<CloudCamera>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if view.turning || cameras.iter().any(|control| !is_still(control)) {
        redraw.write(RequestRedraw);
    }
}

fn is_still(control: &PanOrbitCamera) -> bool {
    control.yaw == Some(control.target_yaw)
        && control.pitch == Some(control.target_pitch)
        && control.radius == Some(control.target_radius)
        && control.focus == control.target_focus
}

/// Whether the camera stands at `pose` or is on its way there.
fn is_at(control: &PanOrbitCamera, pose: &Pose) -> bool {
    let close = |a: f32, b: f32| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    let turned = (control.target_yaw - pose.yaw + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    turned.abs() < 1e-4
        && close(control.target_pitch, pose.pitch)
        && close(control.target_radius, pose.radius)
        && control.target_focus.abs_diff_eq(pose.focus.into(), 1e-4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the fitting pose, the sphere of radius 1 is tangent to a cone within the free area.
    #[test]
    fn the_whole_cloud_is_seen_between_the_panels() {
        let window = Vec2::new(1440.0, 900.0);
        let area = ScreenArea { window, free: Rect::new(332.0, 60.0, 1108.0, 860.0) };
        let pose = fit(Dims::Three, &area);
        let seen = (1.0 / pose.radius).asin().tan() / (FIELD_OF_VIEW / 2.0).tan() * window.y / 2.0;
        assert!(seen < 776.0 / 2.0 && seen > 776.0 / 2.0 * 0.85, "radius of {seen} pixels");
        let plane = fit(Dims::Two, &area);
        assert!(window.y / 2.0 / plane.radius <= 776.0 / 2.0);
    }

    #[test]
    fn flights_take_the_shorter_way_around() {
        let mut control = PanOrbitCamera { yaw: Some(3.0), ..PanOrbitCamera::default() };
        aim(&mut control, &Pose { focus: [0.0; 3], yaw: -3.0, pitch: 0.0, radius: 2.0 }, false);
        assert!((control.target_yaw - (TAU - 3.0)).abs() < 1e-5);
        assert!(is_at(&control, &Pose { focus: [0.0; 3], yaw: -3.0, pitch: 0.0, radius: 2.0 }));
    }
}
