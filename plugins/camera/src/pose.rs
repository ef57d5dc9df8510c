//! The pose of the camera: it follows the view and is reported to it.

use std::f32::consts::TAU;

use bevy::{prelude::*, window::RequestRedraw};
use bevy_panorbit_camera::PanOrbitCamera;
use parallax_cloud::{Cloud, Side, StyleSystems};
use parallax_embedding::{RowSet, random};
use parallax_session::{Dims, Edit, Half, Lens, Pose, View};
use parallax_state::{
    CameraPose, CurrentView, Do, FitAll, FlyTo, FrameSystems, Motion, MovedCamera, MovedCameras, Opened, Requester,
    Routed, ScreenArea, SecondPose, Seen, Tempo,
};

use crate::{
    Control, FIELD_OF_VIEW, FollowSystems,
    flight::{Flight, put, turned},
    framing, projection, second,
};

/// The initial yaw and pitch in radians.
const YAW: f32 = Pose::DIRECTION[0];
const PITCH: f32 = Pose::DIRECTION[1];

/// The margin around what is framed.
const MARGIN: f32 = 1.08;

/// Beyond this number of points a fair sample is framed.
const MOST_FRAMED: usize = 20_000;

/// The duration of one turn in seconds.
const TURN_SECONDS: f32 = 40.0;

/// Whether all cameras are at rest: they neither fly nor slow down after a drag. Auto-rotation
/// counts as rest.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CameraRests(pub bool);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CameraRests>()
        .insert_resource(CameraPose(fit(Dims::Three, &ScreenArea::default())))
        .add_systems(
            Update,
            (second::open_or_close, framing::keep, follow_view, fly_to, turn, (report, publish), keep_awake)
                .chain()
                .in_set(FrameSystems::Follow)
                .in_set(FollowSystems)
                .after(StyleSystems),
        )
        // What a person does in the next frame is done to what the input of this one moves.
        .add_systems(Last, look_at_moved);
}

/// Returns the pose that shows the whole cloud in the free part of the window.
#[must_use]
pub fn fit(dims: Dims, area: &ScreenArea) -> Pose {
    // The cloud has radius 1.
    fit_sphere(dims, area, (Vec3::ZERO, 1.0))
}

/// Returns the pose that shows all places of a picture in the free part of the window.
#[must_use]
pub fn fit_half(half: Half, dims: Dims, area: &ScreenArea, cloud: &Cloud) -> Pose {
    match (half, cloud.second_sphere()) {
        (Half::Second, Some(sphere)) => fit_sphere(dims, area, sphere),
        _ => fit(dims, area),
    }
}

fn fit_sphere(dims: Dims, area: &ScreenArea, sphere: (Vec3, f32)) -> Pose {
    let angles = if dims == Dims::Two { (0.0, 0.0) } else { (YAW, PITCH) };
    frame(dims, area, sphere, angles)
}

/// Returns the pose that shows a sphere in the free part of the window.
#[must_use]
pub fn frame(dims: Dims, area: &ScreenArea, (center, reach): (Vec3, f32), (yaw, pitch): (f32, f32)) -> Pose {
    let (share, off) = free_part(area);
    let radius = reach / framed_by(dims, share);
    let height = height_at_focus(dims, radius);
    let focus = center + turned_by(yaw, pitch) * Vec3::new(-off.x * height, off.y * height, 0.0);
    Pose { focus: focus.into(), yaw, pitch, radius }
}

/// Returns the center and the radius of the sphere that [`frame`] shows with `pose`.
#[must_use]
pub fn framed_sphere(dims: Dims, area: &ScreenArea, pose: &Pose) -> (Vec3, f32) {
    let (share, off) = free_part(area);
    let height = height_at_focus(dims, pose.radius);
    let center = Vec3::from(pose.focus) + turned_by(pose.yaw, pose.pitch) * Vec3::new(off.x, -off.y, 0.0) * height;
    (center, pose.radius * framed_by(dims, share))
}

/// Returns the share of what the field of view spans that is free of panels, and where the middle of
/// the free part is from that of the window, as shares as well.
fn free_part(area: &ScreenArea) -> (f32, Vec2) {
    let (window, free) = (area.window, area.free);
    if window.min_element() <= 0.0 || free.size().min_element() <= 0.0 {
        return (1.0, Vec2::ZERO);
    }
    ((free.size().min_element() / area.spanned()).min(1.0), (free.center() - window / 2.0) / area.spanned())
}

/// Returns the radius of the sphere that is framed from a distance of 1 in this share of the picture.
fn framed_by(dims: Dims, share: f32) -> f32 {
    match dims {
        Dims::Two => share / MARGIN,
        Dims::Three => ((FIELD_OF_VIEW / 2.0).tan() * share).atan().sin() / MARGIN,
    }
}

/// Returns the pose with which a picture of this aspect ratio (width to height) shows, centered,
/// all that `pose` shows in the free part of the window.
#[must_use]
pub fn framed(pose: &Pose, dims: Dims, area: &ScreenArea, aspect: f32) -> Pose {
    let (window, free) = (area.window, area.free);
    if window.min_element() <= 0.0 || free.size().min_element() <= 0.0 {
        return *pose;
    }
    let height = height_at_focus(dims, pose.radius);
    let off = (free.center() - window / 2.0) / area.spanned() * height;
    let focus = Vec3::from(pose.focus) + turned_by(pose.yaw, pose.pitch) * Vec3::new(off.x, -off.y, 0.0);
    let share = free.height().max(free.width() / aspect) / area.spanned();
    Pose { focus: focus.into(), radius: pose.radius * share, ..*pose }
}

/// Returns what the field of view spans at the focus, `radius` away, in world units.
fn height_at_focus(dims: Dims, radius: f32) -> f32 {
    match dims {
        Dims::Two => 2.0 * radius,
        Dims::Three => 2.0 * radius * (FIELD_OF_VIEW / 2.0).tan(),
    }
}

fn turned_by(yaw: f32, pitch: f32) -> Quat {
    Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch)
}

/// What the cameras follow.
#[derive(PartialEq)]
struct Followed {
    poses: [Option<Pose>; 2],
    dims: Dims,
    lens: Lens,
    area: ScreenArea,
    rows_epoch: u64,
    /// The second places.
    second: Option<(Vec3, f32)>,
}

/// Flies to the view's poses when they change, or to the fitting pose if the view has none or the
/// user asks for it. The view may not know yet that the user has moved a camera away.
fn follow_view(
    (view, cloud): (Res<CurrentView>, Res<Cloud>),
    mut fits: MessageReader<Routed<FitAll>>,
    (area, opened, motion, tempo): (Res<ScreenArea>, Res<Opened>, Res<Motion>, Res<Tempo>),
    mut seen: Local<Seen<Followed>>,
    mut cameras: Query<(&mut PanOrbitCamera, &mut Control, &mut Projection)>,
) {
    let (dims, lens) = (view.projection.dims, view.look.lens);
    let before = seen.replaced(Followed {
        poses: Half::BOTH.map(|half| view.pose_of(half)),
        dims,
        lens,
        area: *area,
        rows_epoch: opened.rows_epoch,
        second: cloud.second_sphere(),
    });
    let fits: Vec<Half> = fits.read().map(|Routed(FitAll(half))| *half).collect();
    for (mut camera, mut control, mut projected) in &mut cameras {
        let half = control.half;
        let wanted = view.pose_of(half);
        let (pose_changed, dims_changed, lens_changed, first) = match &before {
            Some(Some(before)) => {
                (before.poses[half as usize] != wanted, before.dims != dims, before.lens != lens, false)
            }
            Some(None) => (true, true, true, true),
            None => (false, false, false, false),
        };
        let refit = wanted.is_none() && (fits.contains(&half) || before.is_some());
        if !(pose_changed || dims_changed || lens_changed || refit || control.is_added()) {
            continue;
        }
        let pose = wanted.unwrap_or_else(|| fit_half(half, dims, &area, &cloud));
        if dims_changed || lens_changed {
            *projected = projection(dims, lens);
            camera.force_update = true;
        }
        let goal = control.flight.goal().copied();
        if !dims_changed && !first && goal.map_or_else(|| are_near(&target(&camera), &pose), |goal| goal == pose) {
            continue;
        }
        // There is no flight between 2D and 3D: the yaw would spin.
        if first || dims_changed || *motion == Motion::Reduced {
            control.flight.stop();
            put(&mut camera, &pose);
        } else {
            control.flight.start(&camera, &pose, tempo.0);
        }
    }
}

/// Flies to the requested rows.
fn fly_to(
    (view, area, cloud): (Res<CurrentView>, Res<ScreenArea>, Res<Cloud>),
    (motion, tempo): (Res<Motion>, Res<Tempo>),
    mut flights: MessageReader<Routed<FlyTo>>,
    mut cameras: Query<(&mut PanOrbitCamera, &mut Control)>,
) {
    for Routed(FlyTo(half, rows)) in flights.read() {
        let Some((mut camera, mut control)) = cameras.iter_mut().find(|(_, control)| control.half == *half) else {
            continue;
        };
        let Some(sphere) = around(rows, *half, &cloud) else { continue };
        let angles = (camera.target_yaw, camera.target_pitch);
        let pose = frame(view.projection.dims, &area, sphere, angles);
        if *motion == Motion::Reduced {
            control.flight.stop();
            put(&mut camera, &pose);
        } else {
            control.flight.start(&camera, &pose, tempo.0);
        }
        // The pose where it ends follows from this, and would follow again.
        control.flight.is_followed = true;
    }
}

/// How far from the middle of the cloud, whose radius is 1, points are flown to.
const FARTHEST: f32 = 1e6;

/// Returns the center of the visible points of `rows` in a picture, and their distance from it.
fn around(rows: &RowSet, half: Half, cloud: &Cloud) -> Option<(Vec3, f32)> {
    let place = |row: u32| {
        cloud.shown(row)?;
        match half {
            Half::First => cloud.place(row),
            Half::Second => cloud.seen_at(Side::Second, row as usize),
        }
    };
    // What is far outside of the cloud is not flown to.
    let is_near = |place: &Vec3| place.abs().max_element() < FARTHEST;
    let of = rows.as_slice();
    let framed = random::sample(of.len(), MOST_FRAMED).map(|at| of[at]);
    let places: Vec<Vec3> = framed.filter_map(place).filter(is_near).collect();
    let low = places.iter().copied().reduce(Vec3::min)?;
    let high = places.iter().copied().reduce(Vec3::max)?;
    let middle = (low + high) / 2.0;
    let reach = places.iter().map(|place| place.distance(middle)).fold(0.0, f32::max) + cloud.radius;
    Some((middle, reach.max(Pose::LEAST_REACH)))
}

/// Rotates the cameras while auto-rotation is on.
fn turn(view: Res<CurrentView>, time: Res<Time<Virtual>>, mut cameras: Query<&mut PanOrbitCamera, With<Control>>) {
    if view.turning {
        for mut camera in &mut cameras {
            camera.target_yaw += time.delta_secs() * TAU / TURN_SECONDS;
        }
    }
}

/// Reports poses to the view once a camera rests after the user has moved it.
fn report(
    (view, cloud): (Res<CurrentView>, Res<Cloud>),
    area: Res<ScreenArea>,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    cameras: Query<(&PanOrbitCamera, &Control)>,
    mut requests: MessageWriter<Do>,
) {
    let dragging = buttons.is_some_and(|buttons| buttons.get_pressed().len() > 0);
    if view.turning || dragging {
        return;
    }
    let resting = cameras.iter().filter(|(camera, control)| control.flight.goal().is_none() && is_still(camera));
    for (camera, control) in resting {
        if let Some(MovedCamera { to, by }) = moved(camera, control, &view, &area, &cloud) {
            requests.write(Do { action: Edit::move_camera(control.half, to).into(), by });
        }
    }
}

/// Publishes where cameras go that the view does not know yet.
fn look_at_moved(
    (view, cloud, area): (Res<CurrentView>, Res<Cloud>, Res<ScreenArea>),
    cameras: Query<(&PanOrbitCamera, &Control)>,
    mut published: ResMut<MovedCameras>,
) {
    let of = |half: Half| {
        let (camera, control) = cameras.iter().find(|(_, control)| control.half == half)?;
        moved(camera, control, &view, &area, &cloud)
    };
    published.set_if_neq(MovedCameras(Half::BOTH.map(of)));
}

/// Returns where a camera goes, or is, if that is not where the view says.
fn moved(
    camera: &PanOrbitCamera,
    control: &Control,
    view: &View,
    area: &ScreenArea,
    cloud: &Cloud,
) -> Option<MovedCamera> {
    let expected =
        view.pose_of(control.half).unwrap_or_else(|| fit_half(control.half, view.projection.dims, area, cloud));
    let by = if control.flight.is_followed { Requester::Program } else { Requester::Person };
    let moved = MovedCamera { to: goal(camera, &control.flight), by };
    (camera.initialized && !are_near(&moved.to, &expected)).then_some(moved)
}

/// Publishes the poses of the cameras and whether they rest.
fn publish(
    view: Res<CurrentView>,
    cameras: Query<(&PanOrbitCamera, &Control)>,
    (mut pose, mut second, mut rests): (ResMut<CameraPose>, ResMut<SecondPose>, ResMut<CameraRests>),
) {
    let ready = || cameras.iter().filter(|(camera, _)| camera.initialized);
    let of = |half: Half| ready().find(|(_, control)| control.half == half);
    let stands = |(camera, control): (&PanOrbitCamera, &Control)| goal(camera, &control.flight);
    second.set_if_neq(SecondPose(of(Half::Second).map(stands)));
    if let Some(first) = of(Half::First) {
        pose.set_if_neq(CameraPose(stands(first)));
        let is_flying = ready().any(|(_, control)| control.flight.goal().is_some());
        let are_still = view.turning || ready().all(|(camera, _)| is_still(camera));
        rests.set_if_neq(CameraRests(!is_flying && are_still));
    }
}

/// Returns the pose where the camera is or will come to rest, unless it flies.
fn target(camera: &PanOrbitCamera) -> Pose {
    Pose {
        focus: camera.target_focus.into(),
        yaw: camera.target_yaw,
        pitch: camera.target_pitch,
        radius: camera.target_radius,
    }
}

/// Returns the pose where the camera is, or will be.
pub(crate) fn goal(camera: &PanOrbitCamera, flight: &Flight) -> Pose {
    flight.goal().copied().unwrap_or_else(|| target(camera))
}

/// Requests frames while a camera moves.
fn keep_awake(
    view: Res<CurrentView>,
    cameras: Query<&PanOrbitCamera, With<Control>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if view.turning || cameras.iter().any(|camera| !is_still(camera)) {
        redraw.write(RequestRedraw);
    }
}

fn is_still(camera: &PanOrbitCamera) -> bool {
    // Of the focus, the first coordinate alone snaps to its end; the others may stop beside it by rounding.
    camera.yaw == Some(camera.target_yaw)
        && camera.pitch == Some(camera.target_pitch)
        && camera.radius == Some(camera.target_radius)
        && camera.focus.abs_diff_eq(camera.target_focus, 1e-5 * (1.0 + camera.target_focus.length()))
}

/// Returns `true` if two poses give the same picture.
pub(crate) fn are_near(a: &Pose, b: &Pose) -> bool {
    let close = |a: f32, b: f32| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
    turned(a.yaw, b.yaw).abs() < 1e-4
        && close(a.pitch, b.pitch)
        && close(a.radius, b.radius)
        && Vec3::from(a.focus).abs_diff_eq(b.focus.into(), 1e-4)
}

#[cfg(test)]
mod tests {
    use parallax_session::TourAction;

    use super::*;

    /// From the fitting pose, the sphere of radius 1 is tangent to a cone within the free area.
    #[test]
    fn fit_shows_the_whole_cloud_between_the_panels() {
        let window = Vec2::new(1440.0, 900.0);
        let area = ScreenArea { window, free: Rect::new(332.0, 60.0, 1108.0, 860.0), pictures: None, compares: false };
        let pose = fit(Dims::Three, &area);
        let seen = (1.0 / pose.radius).asin().tan() / (FIELD_OF_VIEW / 2.0).tan() * window.y / 2.0;
        assert!(seen < 776.0 / 2.0 && seen > 776.0 / 2.0 * 0.85, "radius of {seen} pixels");
        let plane = fit(Dims::Two, &area);
        assert!(window.y / 2.0 / plane.radius <= 776.0 / 2.0);
    }

    /// Any sphere is framed as the cloud is.
    #[test]
    fn frame_fills_the_free_area() {
        let window = Vec2::new(1000.0, 800.0);
        let area = ScreenArea { window, free: Rect::new(300.0, 0.0, 1000.0, 800.0), pictures: None, compares: false };
        let center = Vec3::new(0.3, -0.2, 0.5);
        for dims in [Dims::Two, Dims::Three] {
            let pose = frame(dims, &area, (center, 0.1), (0.4, 0.2));
            let (again, reach) = framed_sphere(dims, &area, &pose);
            assert!(again.distance(center) < 1e-5 && (reach - 0.1).abs() < 1e-6, "{again} {reach}");
            let all = frame(dims, &area, (Vec3::ZERO, 1.0), (0.4, 0.2));
            assert!((pose.radius / all.radius - 0.1).abs() < 1e-5, "{dims:?}: a tenth as large, a tenth as far");
            // The middle of the free area is 150 pixels right of the window's.
            let rotation = Quat::from_rotation_y(0.4) * Quat::from_rotation_x(-0.2);
            let off = rotation.inverse() * (center - Vec3::from(pose.focus));
            let height = if dims == Dims::Two { 2.0 } else { 2.0 * (FIELD_OF_VIEW / 2.0).tan() } * pose.radius;
            assert!((off.x / height * window.y - 150.0).abs() < 1e-2 && off.y.abs() < 1e-5, "{off}");
        }
    }

    /// The corners of the free area, seen by both cameras at the distance of the focus.
    #[test]
    fn framed_shows_what_the_free_area_shows() {
        let free = Rect::new(330.0, 60.0, 1200.0, 840.0);
        let area = ScreenArea { window: Vec2::new(1440.0, 900.0), free, pictures: None, compares: false };
        let pose = Pose { focus: [0.3, -0.2, 0.5], yaw: 0.4, pitch: -0.3, radius: 2.0 };
        let rotation = turned_by(pose.yaw, pose.pitch);
        for (dims, aspect) in [(Dims::Two, 16.0 / 9.0), (Dims::Three, 16.0 / 9.0), (Dims::Three, 0.5)] {
            let seen = framed(&pose, dims, &area, aspect);
            let place = |at: Vec2, pose: &Pose| {
                let off = (at - area.window / 2.0) / area.window.y * height_at_focus(dims, pose.radius);
                Vec3::from(pose.focus) + rotation * Vec3::new(off.x, -off.y, 0.0)
            };
            let ndc = [area.free.min, area.free.center(), area.free.max].map(|at| {
                let off = rotation.inverse() * (place(at, &pose) - Vec3::from(seen.focus));
                off.truncate() / (height_at_focus(dims, seen.radius) / 2.0) / Vec2::new(aspect, 1.0)
            });
            assert!(ndc[1].length() < 1e-5, "in the middle: {ndc:?}");
            let most = ndc[0].abs().max(ndc[2].abs()).max_element();
            assert!((most - 1.0).abs() < 1e-5, "all of it, and no more than that needs: {ndc:?}");
        }
    }

    #[test]
    fn lenses_see_the_same_area_at_the_focus() {
        let pose = Pose { focus: [0.1, 0.0, 0.2], yaw: 0.7, pitch: 0.2, radius: 3.0 };
        let seen = [Lens::Perspective, Lens::Orthographic].map(|lens| {
            let half = match projection(Dims::Three, lens) {
                Projection::Perspective(lens) => (lens.fov / 2.0).tan(),
                Projection::Orthographic(OrthographicProjection {
                    scaling_mode: bevy::camera::ScalingMode::FixedVertical { viewport_height },
                    ..
                }) => viewport_height / 2.0,
                other => panic!("{other:?}"),
            };
            half * pose.radius
        });
        assert!((seen[0] - seen[1]).abs() < 1e-6);
    }

    /// A camera that nothing moves by itself, and its app.
    fn app() -> (App, Entity) {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, parallax_state::StatePlugin, plugin, crate::flight::plugin))
            .insert_resource(Motion::Reduced)
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(std::time::Duration::from_millis(16)))
            .init_resource::<Cloud>()
            .add_message::<RequestRedraw>();
        let control = PanOrbitCamera::default();
        let lens = projection(Dims::Three, Lens::Perspective);
        let camera = app.world_mut().spawn((Control::default(), control, lens)).id();
        app.update();
        (app, camera)
    }

    fn control(app: &mut App, camera: Entity, change: fn(&mut PanOrbitCamera)) -> Pose {
        let mut control = app.world_mut().get_mut::<PanOrbitCamera>(camera).unwrap();
        change(&mut control);
        target(&control)
    }

    /// The view does not know yet that the wheel has moved the camera away.
    #[test]
    fn fit_ends_a_zoom_that_is_not_over() {
        let (mut app, camera) = app();
        let expected = fit(Dims::Three, &ScreenArea::default());
        assert_eq!(control(&mut app, camera, |_| ()), expected);
        control(&mut app, camera, |control| control.target_radius *= 0.5);
        app.world_mut().write_message(Do::person(Edit::FitView));
        app.update();
        // The camera comes to rest.
        control(&mut app, camera, |control| control.radius = Some(control.target_radius));
        (0..2).for_each(|_| app.update());
        assert_eq!(control(&mut app, camera, |_| ()), expected);
        assert_eq!(app.world().resource::<CurrentView>().pose, None, "nothing was reported");
    }

    /// A bookmark has where the zoom goes, and the camera still goes there.
    #[test]
    fn a_bookmark_ends_no_zoom_and_has_where_it_goes() {
        let (mut app, camera) = app();
        let before = control(&mut app, camera, |_| ());
        for turning in [false, true] {
            app.world_mut().write_message(Do::person(Edit::Turn(turning)));
            control(&mut app, camera, |control| control.target_radius *= 0.5);
            app.update();
            assert!(app.world().resource::<MovedCameras>().0[0].is_some(), "it is on its way");
            app.world_mut().write_message(Do::person(TourAction::Add(String::new())));
            app.update();
            let goes = control(&mut app, camera, |_| ());
            let kept = app.world().resource::<CurrentView>().pose.unwrap();
            assert!(kept.radius < 0.6 * before.radius && (kept.radius - goes.radius).abs() < 1e-6, "{kept:?}");
            assert_eq!(turning, (kept.yaw - goes.yaw).abs() > 1e-6, "only what turns has gone on");
            assert_ne!(app.world().get::<PanOrbitCamera>(camera).unwrap().radius, Some(goes.radius), "it slows down");
        }
    }
}
