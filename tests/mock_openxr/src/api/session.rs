//! Functions of a session and of spaces.

use super::frame::BEGUN;
use super::memory::{answer, answer_chained, chained, input, list, put, structures};
use super::{enter, enter_for};
use crate::instance::{Outcome, Scene, misuse};
use crate::pose::Pose;
use crate::profiles;
use crate::script::Tracking;
use crate::session::{Origin, Session, check_views, configuration};
use glam::Vec3;
use openxr_sys::{self as sys, Handle, SpaceLocationFlags};
use serde_json::json;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// Half the distance of the eyes, in meters.
const HALF_EYE_DISTANCE: f32 = 0.032;

/// Angles of a view in radians: toward the nose, away from it, up, and down.
const FOV: [f32; 4] = [0.7, 0.9, 0.8, 0.8];

const REFERENCE_SPACES: [sys::ReferenceSpaceType; 3] =
    [sys::ReferenceSpaceType::VIEW, sys::ReferenceSpaceType::LOCAL, sys::ReferenceSpaceType::STAGE];

pub(super) extern "system" fn create(
    instance: sys::Instance,
    info: Option<&sys::SessionCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Session>>,
) -> sys::Result {
    enter("xrCreateSession", |mock| {
        let info = input(info)?;
        let (stage, instance) = mock.system(instance, info.system_id)?;
        put(out, Session::create(stage, instance, chained(info.next))?)
    })
}

pub(super) extern "system" fn destroy(session: sys::Session) -> sys::Result {
    enter("xrDestroySession", |mock| {
        // It can be destroyed after it is lost.
        let found = mock.instance.as_mut().map(|instance| &mut instance.session);
        match found.and_then(|found| found.take_if(|found| found.handle == session)) {
            Some(_) => mock.stage.report("destroyed", json!({"object": "session"})),
            None => return misuse(sys::Result::ERROR_HANDLE_INVALID, "no such session"),
        }
        Ok(())
    })
}

pub(super) extern "system" fn begin(session: sys::Session, info: Option<&sys::SessionBeginInfo>) -> sys::Result {
    enter("xrBeginSession", |mock| mock.session(session)?.begin(input(info)?.primary_view_configuration_type))
}

pub(super) extern "system" fn end(session: sys::Session) -> sys::Result {
    let result = enter("xrEndSession", |mock| mock.session(session)?.end());
    BEGUN.notify_all();
    result
}

pub(super) extern "system" fn request_exit(session: sys::Session) -> sys::Result {
    enter("xrRequestExitSession", |mock| mock.session(session)?.request_exit())
}

pub(super) extern "system" fn enumerate_reference_spaces(
    session: sys::Session,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::ReferenceSpaceType,
) -> sys::Result {
    enter("xrEnumerateReferenceSpaces", |mock| {
        mock.session(session)?;
        list(capacity, count, places, &REFERENCE_SPACES)
    })
}

pub(super) extern "system" fn create_reference_space(
    session: sys::Session,
    info: Option<&sys::ReferenceSpaceCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Space>>,
) -> sys::Result {
    enter("xrCreateReferenceSpace", |mock| {
        let info = input(info)?;
        let kind = check_reference(info.reference_space_type)?;
        let offset = info.pose_in_reference_space;
        put(out, mock.session(session)?.create_space(Origin::Reference(kind), offset)?)
    })
}

pub(super) extern "system" fn create_action_space(
    session: sys::Session,
    info: Option<&sys::ActionSpaceCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Space>>,
) -> sys::Result {
    enter("xrCreateActionSpace", |mock| {
        let info = input(info)?;
        let mut scene = mock.session(session)?;
        let hand = scene.hand(info.subaction_path)?;
        scene.check_kind(info.action, sys::ActionType::POSE_INPUT, hand)?;
        put(out, scene.create_space(Origin::Action(info.action.into_raw(), hand), info.pose_in_action_space)?)
    })
}

pub(super) extern "system" fn destroy_space(space: sys::Space) -> sys::Result {
    enter("xrDestroySpace", |mock| mock.remains()?.destroy_space(space))
}

pub(super) extern "system" fn locate_space(
    space: sys::Space,
    base: sys::Space,
    time: sys::Time,
    mut out: Option<&mut MaybeUninit<sys::SpaceLocation>>,
) -> sys::Result {
    enter("xrLocateSpace", |mock| {
        check_time(time)?;
        let (pose, tracking) = mock.scene()?.locate(space, base, time)?;
        let velocity = sys::SpaceVelocity {
            ty: sys::SpaceVelocity::TYPE,
            next: null_mut(),
            velocity_flags: sys::SpaceVelocityFlags::EMPTY,
            linear_velocity: sys::Vector3f::default(),
            angular_velocity: sys::Vector3f::default(),
        };
        answer_chained(out.as_deref_mut(), velocity);
        let location = sys::SpaceLocation {
            ty: sys::SpaceLocation::TYPE,
            next: null_mut(),
            location_flags: flags(tracking),
            pose: shown(pose, tracking),
        };
        answer(out, location)
    })
}

pub(super) extern "system" fn bounds(
    session: sys::Session,
    kind: sys::ReferenceSpaceType,
    out: Option<&mut MaybeUninit<sys::Extent2Df>>,
) -> sys::Result {
    enter_for("xrGetReferenceSpaceBoundsRect", |mock| {
        mock.session(session)?;
        check_reference(kind)?;
        put(out, sys::Extent2Df { width: 0.0, height: 0.0 })?;
        Ok(sys::Result::SPACE_BOUNDS_UNAVAILABLE)
    })
}

pub(super) extern "system" fn locate_views(
    session: sys::Session,
    info: Option<&sys::ViewLocateInfo>,
    state: Option<&mut MaybeUninit<sys::ViewState>>,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::View,
) -> sys::Result {
    enter("xrLocateViews", |mock| {
        let info = input(info)?;
        check_time(info.display_time)?;
        let scene = mock.session(session)?;
        check_views(scene.stage, info.view_configuration_type)?;
        let (head, tracking) = scene.head(info.space, info.display_time)?;
        let view_state_flags = sys::ViewStateFlags::from_raw(flags(tracking).into_raw());
        answer(state, sys::ViewState { ty: sys::ViewState::TYPE, next: null_mut(), view_state_flags })?;
        let [inner, outer, up, down] = FOV;
        let view = |side: f32, left: f32, right: f32| sys::View {
            ty: sys::View::TYPE,
            next: null_mut(),
            pose: shown(head.of(Pose::at(Vec3::X * side)), tracking),
            fov: sys::Fovf { angle_left: -left, angle_right: right, angle_up: up, angle_down: -down },
        };
        let stereo = [view(-HALF_EYE_DISTANCE, outer, inner), view(HALF_EYE_DISTANCE, inner, outer)];
        let mono = [view(0.0, inner, inner)];
        let is_mono = configuration(scene.stage) == sys::ViewConfigurationType::PRIMARY_MONO;
        structures(capacity, count, places, if is_mono { &mono } else { &stereo })
    })
}

impl Scene<'_> {
    /// Returns the hand that a subaction path means, or `None` for all of them.
    pub(super) fn hand(&self, path: sys::Path) -> Outcome<Option<usize>> {
        if path == sys::Path::NULL {
            return Ok(None);
        }
        let path = self.paths.text(path)?;
        match profiles::HANDS.iter().position(|hand| *hand == path) {
            Some(hand) => Ok(Some(hand)),
            None => misuse(sys::Result::ERROR_PATH_UNSUPPORTED, format!("{path} is not a hand")),
        }
    }
}

fn check_reference(kind: sys::ReferenceSpaceType) -> Outcome<sys::ReferenceSpaceType> {
    if REFERENCE_SPACES.contains(&kind) {
        return Ok(kind);
    }
    misuse(sys::Result::ERROR_REFERENCE_SPACE_UNSUPPORTED, format!("{kind:?}"))
}

fn check_time(time: sys::Time) -> Outcome<()> {
    if time.as_nanos() > 0 { Ok(()) } else { misuse(sys::Result::ERROR_TIME_INVALID, "a time is not greater than 0") }
}

fn flags(tracking: Tracking) -> SpaceLocationFlags {
    use SpaceLocationFlags as Flags;
    match tracking {
        Tracking::Full => flags(Tracking::Inferred) | Flags::ORIENTATION_TRACKED | Flags::POSITION_TRACKED,
        Tracking::Inferred => Flags::ORIENTATION_VALID | Flags::POSITION_VALID,
        Tracking::Orientation => Flags::ORIENTATION_VALID | Flags::ORIENTATION_TRACKED,
        Tracking::None => Flags::EMPTY,
    }
}

/// Returns a pose in which what is not valid is not a number, so that using it does not go
/// unnoticed.
fn shown(pose: Pose, tracking: Tracking) -> sys::Posef {
    let (mut pose, flags) = (pose.to_xr(), flags(tracking));
    if !flags.contains(SpaceLocationFlags::POSITION_VALID) {
        pose.position = sys::Vector3f { x: f32::NAN, y: f32::NAN, z: f32::NAN };
    }
    if !flags.contains(SpaceLocationFlags::ORIENTATION_VALID) {
        pose.orientation = sys::Quaternionf { x: f32::NAN, y: f32::NAN, z: f32::NAN, w: f32::NAN };
    }
    pose
}
