//! Actions, the sources that they are bound to, and their values.

use crate::instance::{Event, Outcome, Scene, misuse};
use crate::profiles::{self, HANDS, SIMPLE};
use openxr_sys::{self as sys, ActionType, Handle, SessionState};
use serde_json::json;
use std::collections::BTreeMap;

/// The action sets of an instance, and what is suggested for them.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    sets: BTreeMap<u64, Set>,
    made: BTreeMap<u64, Action>,
    /// For each interaction profile, actions and their sources.
    suggested: BTreeMap<String, Vec<(u64, String)>>,
}

#[derive(Debug)]
struct Set {
    name: String,
    localized: String,
    attached: bool,
}

#[derive(Debug)]
struct Action {
    set: u64,
    name: String,
    localized: String,
    kind: ActionType,
    /// The hands that the program tells apart.
    hands: Vec<usize>,
}

/// What a session gets of the actions.
#[derive(Debug, Default)]
pub(crate) struct Input {
    attached: Option<Vec<u64>>,
    profile: Option<String>,
    /// The profiles of the hands that the program knows of.
    known: [Option<String>; 2],
    states: BTreeMap<(u64, Option<usize>), State>,
}

/// The state of an action, of one hand or of both together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) value: [f32; 2],
    pub(crate) active: bool,
    pub(crate) changed: bool,
    pub(crate) since: sys::Time,
}

impl Default for State {
    fn default() -> Self {
        Self { value: [0.0; 2], active: false, changed: false, since: sys::Time::from_nanos(0) }
    }
}

impl Actions {
    pub(crate) fn create_set(&mut self, handle: u64, name: String, localized: String) -> Outcome<sys::ActionSet> {
        check_names(&name, &localized, self.sets.values().map(|set| (&*set.name, &*set.localized)))?;
        self.sets.insert(handle, Set { name, localized, attached: false });
        Ok(sys::ActionSet::from_raw(handle))
    }

    pub(crate) fn destroy_set(&mut self, set: sys::ActionSet) -> Outcome<()> {
        self.set(set.into_raw())?;
        self.sets.remove(&set.into_raw());
        self.made.retain(|_, action| action.set != set.into_raw());
        Ok(())
    }

    pub(crate) fn create(
        &mut self,
        handle: u64,
        set: sys::ActionSet,
        name: String,
        localized: String,
        kind: ActionType,
        hands: Vec<usize>,
    ) -> Outcome<sys::Action> {
        let set = set.into_raw();
        if self.set(set)?.attached {
            return misuse(sys::Result::ERROR_ACTIONSETS_ALREADY_ATTACHED, "the action set is attached already");
        }
        let others = self.made.values().filter(|action| action.set == set);
        check_names(&name, &localized, others.map(|action| (&*action.name, &*action.localized)))?;
        self.made.insert(handle, Action { set, name, localized, kind, hands });
        Ok(sys::Action::from_raw(handle))
    }

    pub(crate) fn destroy(&mut self, action: sys::Action) -> Outcome<()> {
        self.action(action)?;
        self.made.remove(&action.into_raw());
        Ok(())
    }

    pub(crate) fn suggest(&mut self, profile: &str, bindings: &[(sys::Action, String)]) -> Outcome<()> {
        if !profiles::is_profile(profile) {
            return misuse(sys::Result::ERROR_PATH_UNSUPPORTED, format!("no interaction profile {profile}"));
        }
        let mut suggested = Vec::new();
        for (handle, path) in bindings {
            let action = self.action(*handle)?;
            if self.set(action.set)?.attached {
                let message = format!("the action set of {} is attached already", action.name);
                return misuse(sys::Result::ERROR_ACTIONSETS_ALREADY_ATTACHED, message);
            }
            let Some(source) = profiles::source(profile, path, action.kind) else {
                let message = format!("{} ({:?}): {profile} has no such {path}", action.name, action.kind);
                return misuse(sys::Result::ERROR_PATH_UNSUPPORTED, message);
            };
            suggested.push((handle.into_raw(), source));
        }
        self.suggested.insert(profile.into(), suggested);
        Ok(())
    }

    pub(crate) fn name(&self, action: u64) -> String {
        self.made.get(&action).map_or_else(String::new, |action| action.name.clone())
    }

    fn set(&self, set: u64) -> Outcome<&Set> {
        match self.sets.get(&set) {
            Some(set) => Ok(set),
            None => misuse(sys::Result::ERROR_HANDLE_INVALID, "no such action set"),
        }
    }

    fn action(&self, action: sys::Action) -> Outcome<&Action> {
        match self.made.get(&action.into_raw()) {
            Some(action) => Ok(action),
            None => misuse(sys::Result::ERROR_HANDLE_INVALID, "no such action"),
        }
    }
}

impl Scene<'_> {
    pub(crate) fn attach(&mut self, sets: &[sys::ActionSet]) -> Outcome<()> {
        if self.session.input.attached.is_some() {
            return misuse(sys::Result::ERROR_ACTIONSETS_ALREADY_ATTACHED, "the session has its action sets already");
        }
        for set in sets {
            self.actions.set(set.into_raw())?;
        }
        let sets: Vec<u64> = sets.iter().map(|set| set.into_raw()).collect();
        sets.iter().filter_map(|set| self.actions.sets.get_mut(set).map(|set| set.attached = true)).for_each(drop);
        self.session.input.attached = Some(sets);
        let wanted = [&*self.stage.system.profile, SIMPLE];
        let profile = wanted.into_iter().find(|profile| self.actions.suggested.contains_key(*profile));
        self.session.input.profile = profile.map(String::from);
        Ok(())
    }

    /// Returns whether the session is focused, without which all actions are inactive.
    pub(crate) fn sync(&mut self, sets: &[sys::ActiveActionSet]) -> Outcome<bool> {
        for set in sets {
            self.attached(set.action_set.into_raw())?;
        }
        self.announce();
        let focused = self.session.state == SessionState::FOCUSED;
        let now = self.stage.time(self.stage.frame);
        for (&handle, action) in &self.actions.made {
            let synced = sets.iter().any(|set| set.action_set.into_raw() == action.set);
            for hand in std::iter::once(None).chain(action.hands.iter().copied().map(Some)) {
                let value = if focused && synced { self.value(handle, action.kind, hand) } else { None };
                let old = self.session.input.states.get(&(handle, hand)).copied().unwrap_or_default();
                let changed = old.active && value.is_some_and(|value| value != old.value);
                let state = State {
                    value: value.unwrap_or_default(),
                    active: value.is_some(),
                    changed,
                    since: if changed { now } else { old.since },
                };
                self.session.input.states.insert((handle, hand), state);
            }
        }
        Ok(focused)
    }

    /// Tells the program which interaction profile is in use, if that has changed.
    fn announce(&mut self) {
        let profile = &self.session.input.profile;
        let current = self.stage.connected.map(|connected| profile.clone().filter(|_| connected));
        if current == self.session.input.known {
            return;
        }
        for ((hand, new), old) in HANDS.iter().zip(&current).zip(&self.session.input.known) {
            if new != old {
                self.stage.report("profile", json!({"hand": hand, "profile": new}));
            }
        }
        self.session.input.known = current;
        self.events.push_back(Event::Profile(self.session.handle));
    }

    pub(crate) fn state(&self, action: sys::Action, kind: ActionType, hand: Option<usize>) -> Outcome<State> {
        self.check(action, kind, hand)?;
        Ok(self.session.input.states.get(&(action.into_raw(), hand)).copied().unwrap_or_default())
    }

    /// Returns the hands that a haptic action reaches.
    pub(crate) fn haptic(&self, action: sys::Action, hand: Option<usize>) -> Outcome<Vec<usize>> {
        self.check(action, ActionType::VIBRATION_OUTPUT, hand)?;
        Ok(self.sources(action.into_raw(), hand).filter_map(profiles::hand).collect())
    }

    /// Checks an action of which the program wants something.
    fn check(&self, action: sys::Action, kind: ActionType, hand: Option<usize>) -> Outcome<()> {
        self.check_attached(action)?;
        self.check_kind(action, kind, hand)
    }

    pub(crate) fn check_attached(&self, action: sys::Action) -> Outcome<()> {
        self.attached(self.actions.action(action)?.set)
    }

    pub(crate) fn check_kind(&self, action: sys::Action, kind: ActionType, hand: Option<usize>) -> Outcome<()> {
        let action = self.actions.action(action)?;
        if action.kind != kind {
            let message = format!("{} is {:?}, not {kind:?}", action.name, action.kind);
            return misuse(sys::Result::ERROR_ACTION_TYPE_MISMATCH, message);
        }
        if hand.is_some_and(|hand| !action.hands.contains(&hand)) {
            let message = format!("{} has been created without this subaction path", action.name);
            return misuse(sys::Result::ERROR_PATH_UNSUPPORTED, message);
        }
        Ok(())
    }

    fn attached(&self, set: u64) -> Outcome<()> {
        if self.session.input.attached.as_ref().is_some_and(|attached| attached.contains(&set)) {
            return Ok(());
        }
        misuse(sys::Result::ERROR_ACTIONSET_NOT_ATTACHED, "the action set is not attached to the session")
    }

    /// Returns the interaction profile of a hand that the program knows of.
    pub(crate) fn profile(&self, hand: usize) -> Outcome<Option<&str>> {
        if self.session.input.attached.is_none() {
            return misuse(sys::Result::ERROR_ACTIONSET_NOT_ATTACHED, "no action sets are attached");
        }
        Ok(self.session.input.known[hand].as_deref())
    }

    pub(crate) fn sources(&self, action: u64, hand: Option<usize>) -> impl Iterator<Item = &str> {
        let suggested = self.session.input.profile.as_ref().and_then(|profile| self.actions.suggested.get(profile));
        let of_action = suggested.into_iter().flatten().filter(move |(bound, _)| *bound == action);
        let paths = of_action.map(|(_, source)| source.as_str());
        paths.filter(move |source| hand.is_none() || profiles::hand(source) == hand)
    }

    /// Returns the hand whose pose an action has.
    pub(crate) fn bound_hand(&self, action: u64, hand: Option<usize>) -> Option<usize> {
        let mut hands = self.sources(action, hand).filter_map(profiles::hand);
        hands.find(|&hand| self.stage.connected[hand])
    }

    /// Returns the largest value of the sources of an action, or `None` if it has none now.
    fn value(&self, action: u64, kind: ActionType, hand: Option<usize>) -> Option<[f32; 2]> {
        let length = |[x, y]: [f32; 2]| x.hypot(y);
        let values = self.sources(action, hand).filter_map(|source| self.stage.input(source));
        let value = values.max_by(|&a, &b| length(a).total_cmp(&length(b)))?;
        Some(if kind == ActionType::BOOLEAN_INPUT { [f32::from(u8::from(value[0] > 0.5)), 0.0] } else { value })
    }
}

fn check_names<'a>(name: &str, localized: &str, others: impl Iterator<Item = (&'a str, &'a str)>) -> Outcome<()> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(known) {
        return misuse(sys::Result::ERROR_PATH_FORMAT_INVALID, format!("{name:?} is not a name"));
    }
    if localized.is_empty() {
        return misuse(sys::Result::ERROR_LOCALIZED_NAME_INVALID, format!("{name} has no localized name"));
    }
    for (other, other_localized) in others {
        if other == name {
            return misuse(sys::Result::ERROR_NAME_DUPLICATED, format!("a second {name}"));
        }
        if other_localized == localized {
            return misuse(sys::Result::ERROR_LOCALIZED_NAME_DUPLICATED, format!("a second {localized:?}"));
        }
    }
    Ok(())
}
