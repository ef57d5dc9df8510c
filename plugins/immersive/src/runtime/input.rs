//! What the hands do, asked by actions that the runtime binds to the controllers at hand.

use bevy::math::{Isometry3d, Quat, Vec2, Vec3};
use openxr as xr;

use crate::hands::{Hand, is_pressed};

/// What a control of a controller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Trigger,
    Squeeze,
    Sphere,
    Next,
    Stick,
}

/// The controllers that are known, and their controls in the left and the right hand. Others are
/// bound by their runtimes as if they were one of these.
const PROFILES: [(&str, &[(Control, [&str; 2])]); 5] = {
    use Control::{Next, Sphere, Squeeze, Stick, Trigger};
    [
        ("khr/simple_controller", &[(Trigger, ["select/click"; 2]), (Squeeze, ["menu/click"; 2])]),
        (
            "oculus/touch_controller",
            &[
                (Trigger, ["trigger/value"; 2]),
                (Squeeze, ["squeeze/value"; 2]),
                (Sphere, ["x/click", "a/click"]),
                (Next, ["y/click", "b/click"]),
                (Stick, ["thumbstick"; 2]),
            ],
        ),
        (
            "valve/index_controller",
            &[
                (Trigger, ["trigger/value"; 2]),
                (Squeeze, ["squeeze/value"; 2]),
                (Sphere, ["a/click"; 2]),
                (Next, ["b/click"; 2]),
                (Stick, ["thumbstick"; 2]),
            ],
        ),
        (
            "htc/vive_controller",
            &[
                (Trigger, ["trigger/value"; 2]),
                (Squeeze, ["squeeze/click"; 2]),
                (Sphere, ["menu/click"; 2]),
                (Stick, ["trackpad"; 2]),
            ],
        ),
        (
            "microsoft/motion_controller",
            &[
                (Trigger, ["trigger/value"; 2]),
                (Squeeze, ["squeeze/click"; 2]),
                (Sphere, ["trackpad/click"; 2]),
                (Next, ["menu/click"; 2]),
                (Stick, ["thumbstick"; 2]),
            ],
        ),
    ]
};

const SIDES: [&str; 2] = ["/user/hand/left", "/user/hand/right"];

/// The actions, and the spaces of the hands.
pub(super) struct Input {
    set: xr::ActionSet,
    sides: [xr::Path; 2],
    trigger: xr::Action<f32>,
    squeeze: xr::Action<f32>,
    sphere: xr::Action<bool>,
    next: xr::Action<bool>,
    stick: xr::Action<xr::Vector2f>,
    /// Of each hand, where it is and where it points.
    spaces: [[xr::Space; 2]; 2],
    before: [Hand; 2],
}

impl Input {
    /// Creates the actions and attaches them to the session.
    pub(super) fn attach(session: &xr::Session<xr::Vulkan>) -> xr::Result<Self> {
        let instance = session.instance();
        let set = instance.create_action_set("explore", "Explore", 0)?;
        let sides = [instance.string_to_path(SIDES[0])?, instance.string_to_path(SIDES[1])?];
        let grip = set.create_action::<xr::Posef>("hand", "Hand", &sides)?;
        let aim = set.create_action::<xr::Posef>("pointer", "Pointer", &sides)?;
        let trigger = set.create_action::<f32>("click", "Click", &sides)?;
        let squeeze = set.create_action::<f32>("grab", "Grab", &sides)?;
        let sphere = set.create_action::<bool>("sphere", "Select in a sphere", &sides)?;
        let next = set.create_action::<bool>("next", "Next bookmark", &sides)?;
        let stick = set.create_action::<xr::Vector2f>("turn", "Turn", &sides)?;
        for (profile, controls) in PROFILES {
            let mut bindings = Vec::new();
            for (side, hand) in SIDES.into_iter().enumerate() {
                let path = |control: &str| instance.string_to_path(&format!("{hand}/input/{control}"));
                bindings.push(xr::Binding::new(&grip, path("grip/pose")?));
                bindings.push(xr::Binding::new(&aim, path("aim/pose")?));
                for (control, names) in controls {
                    let path = path(names[side])?;
                    bindings.push(match control {
                        Control::Trigger => xr::Binding::new(&trigger, path),
                        Control::Squeeze => xr::Binding::new(&squeeze, path),
                        Control::Sphere => xr::Binding::new(&sphere, path),
                        Control::Next => xr::Binding::new(&next, path),
                        Control::Stick => xr::Binding::new(&stick, path),
                    });
                }
            }
            let profile = instance.string_to_path(&format!("/interaction_profiles/{profile}"))?;
            match instance.suggest_interaction_profile_bindings(profile, &bindings) {
                // A runtime need not know every controller.
                Ok(()) | Err(xr::sys::Result::ERROR_PATH_UNSUPPORTED) => {}
                Err(error) => return Err(error),
            }
        }
        session.attach_action_sets(&[&set])?;
        let space = |action: &xr::Action<xr::Posef>, side| action.create_space(session, side, xr::Posef::IDENTITY);
        let of = |side| -> xr::Result<[xr::Space; 2]> { Ok([space(&grip, side)?, space(&aim, side)?]) };
        let spaces = [of(sides[0])?, of(sides[1])?];
        let before = [Hand::default(); 2];
        Ok(Self { set, sides, trigger, squeeze, sphere, next, stick, spaces, before })
    }

    /// Returns what the hands do, in the space `room`, at `time`.
    pub(super) fn hands(
        &mut self,
        session: &xr::Session<xr::Vulkan>,
        room: &xr::Space,
        time: xr::Time,
    ) -> xr::Result<[Hand; 2]> {
        session.sync_actions(&[xr::ActiveActionSet::new(&self.set)])?;
        let mut hands = [Hand::default(); 2];
        for (side, hand) in hands.iter_mut().enumerate() {
            let path = self.sides[side];
            let pulled = |action: &xr::Action<f32>| action.state(session, path).map(|state| state.current_state);
            let pressed = |action: &xr::Action<bool>| action.state(session, path).map(|state| state.current_state);
            let stick = self.stick.state(session, path)?.current_state;
            let [grip, aim] = &self.spaces[side];
            *hand = Hand {
                grip: located(grip, room, time)?,
                aim: located(aim, room, time)?,
                trigger: is_pressed(pulled(&self.trigger)?, self.before[side].trigger),
                squeeze: is_pressed(pulled(&self.squeeze)?, self.before[side].squeeze),
                sphere: pressed(&self.sphere)?,
                next: pressed(&self.next)?,
                stick: Vec2::new(stick.x, stick.y),
            };
        }
        self.before = hands;
        Ok(hands)
    }
}

/// Returns where a space is, or `None` if that is not known.
fn located(space: &xr::Space, room: &xr::Space, time: xr::Time) -> xr::Result<Option<Isometry3d>> {
    let found = space.locate(room, time)?;
    let known = xr::SpaceLocationFlags::POSITION_VALID | xr::SpaceLocationFlags::ORIENTATION_VALID;
    Ok(found.location_flags.contains(known).then(|| pose(found.pose)).flatten())
}

/// Returns a pose of the runtime, or `None` if it is none: a runtime may report zeros.
pub(super) fn pose(pose: xr::Posef) -> Option<Isometry3d> {
    let (at, turn) = (pose.position, pose.orientation);
    let rotation = Quat::from_xyzw(turn.x, turn.y, turn.z, turn.w);
    let place = Vec3::new(at.x, at.y, at.z);
    let length = rotation.length();
    let is_pose = place.is_finite() && length.is_finite() && (0.5..2.0).contains(&length);
    is_pose.then(|| Isometry3d::new(place, rotation.normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_of_a_runtime_is_no_pose() {
        let of = |[x, y, z]: [f32; 3], [a, b, c, d]: [f32; 4]| xr::Posef {
            position: xr::Vector3f { x, y, z },
            orientation: xr::Quaternionf { x: a, y: b, z: c, w: d },
        };
        let turn = [0.6, 0.0, 0.8, 0.0];
        let good = pose(of([1.0, 2.0, 3.0], turn)).unwrap();
        assert_eq!((Vec3::from(good.translation), good.rotation), (Vec3::new(1.0, 2.0, 3.0), Quat::from_array(turn)));
        for bad in [
            of([0.0; 3], [0.0; 4]),
            of([f32::NAN, 0.0, 0.0], turn),
            of([0.0; 3], [f32::NAN; 4]),
            of([f32::INFINITY; 3], turn),
            of([0.0; 3], [1e20; 4]),
        ] {
            assert_eq!(pose(bad), None);
        }
    }

    /// Paths that a runtime refuses would cost all bindings of a controller.
    #[test]
    fn each_control_of_a_controller_is_bound_once() {
        for (profile, controls) in PROFILES {
            for side in 0..2 {
                let mut names: Vec<&str> = controls.iter().map(|(_, names)| names[side]).collect();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), controls.len(), "{profile}");
            }
            let click = |(control, _): &&(Control, _)| *control == Control::Trigger;
            assert!(controls.iter().any(|row| click(&row)), "{profile} can click");
        }
    }
}
