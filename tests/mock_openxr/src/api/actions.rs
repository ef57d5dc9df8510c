//! Functions of actions.

use super::memory::{answer, downcast, fixed, input, list, put, slice, string};
use super::{enter, enter_for};
use crate::actions::State;
use crate::instance::{Mock, Outcome, misuse};
use crate::profiles::HANDS;
use openxr_sys::{self as sys, ActionType, Handle};
use serde_json::json;
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

pub(super) extern "system" fn create_set(
    instance: sys::Instance,
    info: Option<&sys::ActionSetCreateInfo>,
    out: Option<&mut MaybeUninit<sys::ActionSet>>,
) -> sys::Result {
    enter("xrCreateActionSet", |mock| {
        let info = input(info)?;
        let (stage, instance) = mock.instance(instance)?;
        let (name, localized) = (fixed(&info.action_set_name)?, fixed(&info.localized_action_set_name)?);
        put(out, instance.actions.create_set(stage.handle(), name, localized)?)
    })
}

pub(super) extern "system" fn destroy_set(set: sys::ActionSet) -> sys::Result {
    enter("xrDestroyActionSet", |mock| mock.any_instance()?.1.actions.destroy_set(set))
}

pub(super) extern "system" fn create(
    set: sys::ActionSet,
    info: Option<&sys::ActionCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Action>>,
) -> sys::Result {
    enter("xrCreateAction", |mock| {
        let info = input(info)?;
        let (stage, instance) = mock.any_instance()?;
        let mut hands = Vec::new();
        for &path in slice(info.subaction_paths, info.count_subaction_paths)? {
            let path = instance.paths.text(path)?;
            match HANDS.iter().position(|hand| *hand == path) {
                Some(hand) => hands.push(hand),
                None => return misuse(sys::Result::ERROR_PATH_UNSUPPORTED, format!("{path} is not a hand")),
            }
        }
        let (name, localized) = (fixed(&info.action_name)?, fixed(&info.localized_action_name)?);
        let action = instance.actions.create(stage.handle(), set, name, localized, info.action_type, hands)?;
        put(out, action)
    })
}

pub(super) extern "system" fn destroy(action: sys::Action) -> sys::Result {
    enter("xrDestroyAction", |mock| mock.any_instance()?.1.actions.destroy(action))
}

pub(super) extern "system" fn suggest(
    instance: sys::Instance,
    info: Option<&sys::InteractionProfileSuggestedBinding>,
) -> sys::Result {
    enter("xrSuggestInteractionProfileBindings", |mock| {
        let info = input(info)?;
        let (_, instance) = mock.instance(instance)?;
        let profile = instance.paths.text(info.interaction_profile)?.to_string();
        let bindings = slice(info.suggested_bindings, info.count_suggested_bindings)?;
        let bindings = bindings.iter().map(|bound| Ok((bound.action, instance.paths.text(bound.binding)?.to_string())));
        instance.actions.suggest(&profile, &bindings.collect::<Outcome<Vec<_>>>()?)
    })
}

pub(super) extern "system" fn attach(
    session: sys::Session,
    info: Option<&sys::SessionActionSetsAttachInfo>,
) -> sys::Result {
    enter("xrAttachSessionActionSets", |mock| {
        let info = input(info)?;
        mock.session(session)?.attach(slice(info.action_sets, info.count_action_sets)?)
    })
}

pub(super) extern "system" fn current_profile(
    session: sys::Session,
    path: sys::Path,
    out: Option<&mut MaybeUninit<sys::InteractionProfileState>>,
) -> sys::Result {
    enter("xrGetCurrentInteractionProfile", |mock| {
        let scene = mock.session(session)?;
        let Some(hand) = scene.hand(path)? else {
            return misuse(sys::Result::ERROR_PATH_INVALID, "a path is null");
        };
        let profile = scene.profile(hand)?.map(str::to_string);
        let interaction_profile = match profile {
            Some(profile) => scene.paths.path(&profile)?,
            None => sys::Path::NULL,
        };
        let ty = sys::InteractionProfileState::TYPE;
        answer(out, sys::InteractionProfileState { ty, next: null_mut(), interaction_profile })
    })
}

pub(super) extern "system" fn sync(session: sys::Session, info: Option<&sys::ActionsSyncInfo>) -> sys::Result {
    enter_for("xrSyncActions", |mock| {
        let info = input(info)?;
        let sets = slice(info.active_action_sets, info.count_active_action_sets)?;
        let focused = mock.session(session)?.sync(sets)?;
        Ok(if focused { sys::Result::SUCCESS } else { sys::Result::SESSION_NOT_FOCUSED })
    })
}

pub(super) extern "system" fn state_boolean(
    session: sys::Session,
    info: Option<&sys::ActionStateGetInfo>,
    out: Option<&mut MaybeUninit<sys::ActionStateBoolean>>,
) -> sys::Result {
    enter("xrGetActionStateBoolean", |mock| {
        let state = mock.state(session, info, ActionType::BOOLEAN_INPUT)?;
        let state = sys::ActionStateBoolean {
            ty: sys::ActionStateBoolean::TYPE,
            next: null_mut(),
            current_state: (state.value[0] > 0.5).into(),
            changed_since_last_sync: state.changed.into(),
            last_change_time: state.since,
            is_active: state.active.into(),
        };
        answer(out, state)
    })
}

pub(super) extern "system" fn state_float(
    session: sys::Session,
    info: Option<&sys::ActionStateGetInfo>,
    out: Option<&mut MaybeUninit<sys::ActionStateFloat>>,
) -> sys::Result {
    enter("xrGetActionStateFloat", |mock| {
        let state = mock.state(session, info, ActionType::FLOAT_INPUT)?;
        let state = sys::ActionStateFloat {
            ty: sys::ActionStateFloat::TYPE,
            next: null_mut(),
            current_state: state.value[0],
            changed_since_last_sync: state.changed.into(),
            last_change_time: state.since,
            is_active: state.active.into(),
        };
        answer(out, state)
    })
}

pub(super) extern "system" fn state_vector(
    session: sys::Session,
    info: Option<&sys::ActionStateGetInfo>,
    out: Option<&mut MaybeUninit<sys::ActionStateVector2f>>,
) -> sys::Result {
    enter("xrGetActionStateVector2f", |mock| {
        let state = mock.state(session, info, ActionType::VECTOR2F_INPUT)?;
        let [x, y] = state.value;
        let state = sys::ActionStateVector2f {
            ty: sys::ActionStateVector2f::TYPE,
            next: null_mut(),
            current_state: sys::Vector2f { x, y },
            changed_since_last_sync: state.changed.into(),
            last_change_time: state.since,
            is_active: state.active.into(),
        };
        answer(out, state)
    })
}

pub(super) extern "system" fn state_pose(
    session: sys::Session,
    info: Option<&sys::ActionStateGetInfo>,
    out: Option<&mut MaybeUninit<sys::ActionStatePose>>,
) -> sys::Result {
    enter("xrGetActionStatePose", |mock| {
        let is_active = mock.state(session, info, ActionType::POSE_INPUT)?.active.into();
        answer(out, sys::ActionStatePose { ty: sys::ActionStatePose::TYPE, next: null_mut(), is_active })
    })
}

pub(super) extern "system" fn bound_sources(
    session: sys::Session,
    info: Option<&sys::BoundSourcesForActionEnumerateInfo>,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::Path,
) -> sys::Result {
    enter("xrEnumerateBoundSourcesForAction", |mock| {
        let action = input(info)?.action;
        let scene = mock.session(session)?;
        scene.check_attached(action)?;
        let sources: Vec<String> = scene.sources(action.into_raw(), None).map(String::from).collect();
        let paths = sources.iter().map(|source| scene.paths.path(source)).collect::<Outcome<Vec<_>>>()?;
        list(capacity, count, places, &paths)
    })
}

pub(super) extern "system" fn localized_name(
    session: sys::Session,
    info: Option<&sys::InputSourceLocalizedNameGetInfo>,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut c_char,
) -> sys::Result {
    enter("xrGetInputSourceLocalizedName", |mock| {
        let path = input(info)?.source_path;
        let scene = mock.session(session)?;
        // The path is a name as good as any for a controller that nobody holds.
        string(capacity, count, places, scene.paths.text(path)?)
    })
}

pub(super) extern "system" fn apply_haptic(
    session: sys::Session,
    info: Option<&sys::HapticActionInfo>,
    feedback: *const sys::HapticBaseHeader,
) -> sys::Result {
    enter_for("xrApplyHapticFeedback", |mock| {
        let info = input(info)?;
        let scene = mock.session(session)?;
        let hand = scene.hand(info.subaction_path)?;
        let hands = scene.haptic(info.action, hand)?;
        let Some(feedback) = downcast::<sys::HapticVibration, _>(feedback) else {
            return misuse(sys::Result::ERROR_VALIDATION_FAILURE, "haptic feedback that is not a vibration");
        };
        if scene.session.state != sys::SessionState::FOCUSED {
            return Ok(sys::Result::SESSION_NOT_FOCUSED);
        }
        for hand in hands.into_iter().filter(|&hand| scene.stage.connected[hand]).collect::<Vec<_>>() {
            let seconds = feedback.duration.as_nanos() as f64 / 1e9;
            let fields = json!({"hand": HANDS[hand], "amplitude": feedback.amplitude, "seconds": seconds});
            scene.stage.report("haptic", fields);
        }
        Ok(sys::Result::SUCCESS)
    })
}

pub(super) extern "system" fn stop_haptic(session: sys::Session, info: Option<&sys::HapticActionInfo>) -> sys::Result {
    enter("xrStopHapticFeedback", |mock| {
        let info = input(info)?;
        let scene = mock.session(session)?;
        let hand = scene.hand(info.subaction_path)?;
        scene.haptic(info.action, hand).map(|_| ())
    })
}

impl Mock {
    fn state(
        &mut self,
        session: sys::Session,
        info: Option<&sys::ActionStateGetInfo>,
        kind: ActionType,
    ) -> Outcome<State> {
        let info = input(info)?;
        let scene = self.session(session)?;
        let hand = scene.hand(info.subaction_path)?;
        scene.state(info.action, kind, hand)
    }
}
