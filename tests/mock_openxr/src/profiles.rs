//! What is on the controllers of the interaction profiles of OpenXR 1.0.

use openxr_sys::ActionType;

/// The profile that programs suggest for whatever they do not know.
pub(crate) const SIMPLE: &str = "/interaction_profiles/khr/simple_controller";

/// A hand, by the path that all of its sources begin with.
pub(crate) const HANDS: [&str; 2] = ["/user/hand/left", "/user/hand/right"];

struct Profile {
    path: &'static str,
    /// What only the left and only the right controller has, and what both have.
    left: &'static [&'static str],
    right: &'static [&'static str],
    both: &'static [&'static str],
}

const PROFILES: [Profile; 5] = [
    Profile { path: SIMPLE, left: &[], right: &[], both: &["input/select/click", "input/menu/click"] },
    Profile {
        path: "/interaction_profiles/oculus/touch_controller",
        left: &["input/x/click", "input/x/touch", "input/y/click", "input/y/touch", "input/menu/click"],
        right: &["input/a/click", "input/a/touch", "input/b/click", "input/b/touch", "input/system/click"],
        both: &[
            "input/squeeze/value",
            "input/trigger/value",
            "input/trigger/touch",
            "input/thumbstick",
            "input/thumbstick/x",
            "input/thumbstick/y",
            "input/thumbstick/click",
            "input/thumbstick/touch",
            "input/thumbrest/touch",
        ],
    },
    Profile {
        path: "/interaction_profiles/valve/index_controller",
        left: &[],
        right: &[],
        both: &[
            "input/system/click",
            "input/system/touch",
            "input/a/click",
            "input/a/touch",
            "input/b/click",
            "input/b/touch",
            "input/squeeze/value",
            "input/squeeze/force",
            "input/trigger/click",
            "input/trigger/value",
            "input/trigger/touch",
            "input/thumbstick",
            "input/thumbstick/x",
            "input/thumbstick/y",
            "input/thumbstick/click",
            "input/thumbstick/touch",
            "input/trackpad",
            "input/trackpad/x",
            "input/trackpad/y",
            "input/trackpad/force",
            "input/trackpad/touch",
        ],
    },
    Profile {
        path: "/interaction_profiles/htc/vive_controller",
        left: &[],
        right: &[],
        both: &[
            "input/system/click",
            "input/squeeze/click",
            "input/menu/click",
            "input/trigger/click",
            "input/trigger/value",
            "input/trackpad",
            "input/trackpad/x",
            "input/trackpad/y",
            "input/trackpad/click",
            "input/trackpad/touch",
        ],
    },
    Profile {
        path: "/interaction_profiles/microsoft/motion_controller",
        left: &[],
        right: &[],
        both: &[
            "input/menu/click",
            "input/squeeze/click",
            "input/trigger/value",
            "input/thumbstick",
            "input/thumbstick/x",
            "input/thumbstick/y",
            "input/thumbstick/click",
            "input/trackpad",
            "input/trackpad/x",
            "input/trackpad/y",
            "input/trackpad/click",
            "input/trackpad/touch",
        ],
    },
];

/// What every controller has.
const ALWAYS: [&str; 3] = ["input/grip/pose", "input/aim/pose", "output/haptic"];

impl Profile {
    fn has(&self, path: &str) -> bool {
        HANDS.iter().zip([self.left, self.right]).any(|(hand, own)| {
            let rest = path.strip_prefix(hand).and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| [own, self.both, &ALWAYS].iter().any(|list| list.contains(&rest)))
        })
    }
}

pub(crate) fn is_profile(path: &str) -> bool {
    PROFILES.iter().any(|profile| profile.path == path)
}

/// Returns whether a script can give `path` a value.
pub(crate) fn is_source(path: &str) -> bool {
    PROFILES.iter().any(|profile| profile.has(path))
}

/// Returns 0 for a path of the left hand, 1 for one of the right hand.
pub(crate) fn hand(path: &str) -> Option<usize> {
    HANDS.iter().position(|hand| path.strip_prefix(hand).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Returns the source that an action of this type gets if it is bound to `path`, which may leave
/// out the last part (`.../trigger` is `.../trigger/value`).
pub(crate) fn source(profile: &str, path: &str, action: ActionType) -> Option<String> {
    let profile = PROFILES.iter().find(|known| known.path == profile)?;
    let ends: &[&str] = match action {
        ActionType::BOOLEAN_INPUT => &["/click", "/value", "/touch", "/force", "/x", "/y"],
        ActionType::FLOAT_INPUT => &["/value", "/click", "/force", "/touch", "/x", "/y"],
        ActionType::VECTOR2F_INPUT => &["/thumbstick", "/trackpad"],
        ActionType::POSE_INPUT => &["/pose"],
        ActionType::VIBRATION_OUTPUT => &["/haptic"],
        _ => &[],
    };
    if profile.has(path) && ends.iter().any(|end| path.ends_with(end)) {
        return Some(path.to_string());
    }
    ends.iter().map(|end| format!("{path}{end}")).find(|path| profile.has(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_what_the_controller_has() {
        const TOUCH: &str = "/interaction_profiles/oculus/touch_controller";
        for (path, action, expected) in [
            (
                "/user/hand/left/input/trigger/value",
                ActionType::FLOAT_INPUT,
                Some("/user/hand/left/input/trigger/value"),
            ),
            ("/user/hand/left/input/trigger", ActionType::BOOLEAN_INPUT, Some("/user/hand/left/input/trigger/value")),
            ("/user/hand/right/input/aim", ActionType::POSE_INPUT, Some("/user/hand/right/input/aim/pose")),
            (
                "/user/hand/right/input/thumbstick",
                ActionType::VECTOR2F_INPUT,
                Some("/user/hand/right/input/thumbstick"),
            ),
            (
                "/user/hand/right/input/thumbstick/x",
                ActionType::FLOAT_INPUT,
                Some("/user/hand/right/input/thumbstick/x"),
            ),
            ("/user/hand/right/input/thumbstick", ActionType::POSE_INPUT, None),
            ("/user/hand/right/input/x/click", ActionType::BOOLEAN_INPUT, None),
            ("/user/hand/rightmost/input/a/click", ActionType::BOOLEAN_INPUT, None),
            ("/user/hand/right/output/haptic", ActionType::VIBRATION_OUTPUT, Some("/user/hand/right/output/haptic")),
        ] {
            assert_eq!(source(TOUCH, path, action).as_deref(), expected, "{path}");
        }
        assert_eq!(
            source("/interaction_profiles/of/nobody", "/user/hand/left/input/aim", ActionType::POSE_INPUT),
            None
        );
    }
}
