//! The runtime as a whole: the stage, and the one instance that a program can have at a time.

use crate::actions::Actions;
use crate::script::{self, System};
use crate::session::{Session, check_views};
use crate::stage::Stage;
use crate::vulkan::Graphics;
use openxr_sys::{self as sys, Handle};
use serde_json::json;
use std::collections::VecDeque;

pub(crate) type Outcome<T> = Result<T, Fault>;

/// Why a call fails.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The program has done something wrong.
    Misuse(sys::Result, String),
    /// The script wants it.
    Scripted(sys::Result),
    /// The runtime does not have what the program or the loader asks for, as it may.
    Missing,
}

pub(crate) fn misuse<T>(result: sys::Result, message: impl Into<String>) -> Outcome<T> {
    Err(Fault::Misuse(result, message.into()))
}

pub(crate) struct Mock {
    pub(crate) stage: Stage,
    pub(crate) instance: Option<Instance>,
}

pub(crate) struct Instance {
    pub(crate) handle: sys::Instance,
    pub(crate) with_vulkan: bool,
    /// Whether the program has asked for the requirements of Vulkan, as it must before it goes on.
    pub(crate) asked: bool,
    pub(crate) graphics: Option<Graphics>,
    pub(crate) paths: Paths,
    pub(crate) actions: Actions,
    pub(crate) session: Option<Session>,
    pub(crate) events: VecDeque<Event>,
    lost: bool,
}

/// What the program is told when it polls events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    State(sys::Session, sys::SessionState, sys::Time),
    Profile(sys::Session),
    InstanceLoss(sys::Time),
}

/// A session and what it works with.
pub(crate) struct Scene<'a> {
    pub(crate) stage: &'a mut Stage,
    pub(crate) paths: &'a mut Paths,
    pub(crate) actions: &'a mut Actions,
    pub(crate) events: &'a mut VecDeque<Event>,
    pub(crate) session: &'a mut Session,
}

impl Mock {
    pub(crate) fn create(&mut self, application: &str, with_vulkan: bool) -> Outcome<sys::Instance> {
        if self.instance.is_some() {
            return misuse(sys::Result::ERROR_LIMIT_REACHED, "there is an instance already");
        }
        let handle = sys::Instance::from_raw(self.stage.handle());
        self.stage.report("instance", json!({"application": application}));
        self.instance = Some(Instance {
            handle,
            with_vulkan,
            asked: false,
            graphics: None,
            paths: Paths::default(),
            actions: Actions::default(),
            session: None,
            events: VecDeque::new(),
            lost: false,
        });
        Ok(handle)
    }

    pub(crate) fn destroy(&mut self, handle: sys::Instance) -> Outcome<()> {
        match self.instance.take_if(|instance| instance.handle == handle) {
            Some(_) => self.stage.report("destroyed", json!({"object": "instance"})),
            None => return misuse(sys::Result::ERROR_HANDLE_INVALID, "no such instance"),
        }
        Ok(())
    }

    pub(crate) fn instance(&mut self, handle: sys::Instance) -> Outcome<(&mut Stage, &mut Instance)> {
        match &mut self.instance {
            Some(instance) if instance.lost => Err(Fault::Scripted(sys::Result::ERROR_INSTANCE_LOST)),
            Some(instance) if instance.handle == handle => Ok((&mut self.stage, instance)),
            _ => misuse(sys::Result::ERROR_HANDLE_INVALID, "no such instance"),
        }
    }

    pub(crate) fn system(
        &mut self,
        handle: sys::Instance,
        system: sys::SystemId,
    ) -> Outcome<(&mut Stage, &mut Instance)> {
        let found = self.instance(handle)?;
        if system == the_system() { Ok(found) } else { misuse(sys::Result::ERROR_SYSTEM_INVALID, "no such system") }
    }

    /// Returns the instance that there is, even if it is lost.
    pub(crate) fn any_instance(&mut self) -> Outcome<(&mut Stage, &mut Instance)> {
        match &mut self.instance {
            Some(instance) => Ok((&mut self.stage, instance)),
            None => misuse(sys::Result::ERROR_HANDLE_INVALID, "there is no instance"),
        }
    }

    /// Returns the system, if it has views of this kind.
    pub(crate) fn has_views(
        &mut self,
        handle: sys::Instance,
        system: sys::SystemId,
        kind: sys::ViewConfigurationType,
    ) -> Outcome<&System> {
        let (stage, _) = self.system(handle, system)?;
        check_views(stage, kind)?;
        Ok(&stage.system)
    }

    pub(crate) fn session(&mut self, handle: sys::Session) -> Outcome<Scene<'_>> {
        let scene = self.scene()?;
        if scene.session.handle == handle {
            Ok(scene)
        } else {
            misuse(sys::Result::ERROR_HANDLE_INVALID, "no such session")
        }
    }

    /// Returns the session that there is.
    pub(crate) fn scene(&mut self) -> Outcome<Scene<'_>> {
        if self.instance.as_ref().is_some_and(|instance| instance.lost) {
            return Err(Fault::Scripted(sys::Result::ERROR_INSTANCE_LOST));
        }
        let scene = self.remains()?;
        if scene.session.lost { Err(Fault::Scripted(sys::Result::ERROR_SESSION_LOST)) } else { Ok(scene) }
    }

    /// Returns the session, of which the program can destroy things even if it is lost.
    pub(crate) fn remains(&mut self) -> Outcome<Scene<'_>> {
        let Some(Instance { paths, actions, events, session: Some(session), .. }) = &mut self.instance else {
            return misuse(sys::Result::ERROR_HANDLE_INVALID, "there is no session");
        };
        Ok(Scene { stage: &mut self.stage, paths, actions, events, session })
    }

    /// Goes on to the next frame.
    pub(crate) fn tick(&mut self) {
        let cues = self.stage.tick();
        for cue in cues {
            match (cue, &mut self.instance) {
                (script::Event::InstanceLost, Some(instance)) => instance.lost = true,
                (script::Event::InstanceLossPending, Some(instance)) => {
                    instance.events.push_back(Event::InstanceLoss(self.stage.time(self.stage.frame)));
                }
                _ => {}
            }
            if let Ok(mut scene) = self.scene() {
                scene.follow(cue);
            }
        }
        if let Ok(mut scene) = self.scene() {
            scene.approach();
        }
    }

    /// Returns the next event. While no session runs, time passes here.
    pub(crate) fn poll(&mut self, handle: sys::Instance) -> Outcome<Option<Event>> {
        let (stage, instance) = self.instance(handle)?;
        let running = instance.session.as_ref().is_some_and(|session| session.running);
        if !running && stage.until_next().is_some_and(|left| left.is_zero()) {
            self.tick();
        }
        let (_, instance) = self.instance(handle)?;
        Ok(instance.events.pop_front())
    }
}

/// The one system.
pub(crate) fn the_system() -> sys::SystemId {
    sys::SystemId::from_raw(1)
}

/// The strings that the program has made paths of.
#[derive(Debug, Default)]
pub(crate) struct Paths(Vec<String>);

impl Paths {
    pub(crate) fn path(&mut self, text: &str) -> Outcome<sys::Path> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let part = |part: &str| !part.is_empty() && part.chars().all(known) && part.chars().any(|c| c != '.');
        if !text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(part)) {
            return misuse(sys::Result::ERROR_PATH_FORMAT_INVALID, format!("{text:?} is not a path"));
        }
        let index = self.0.iter().position(|known| known == text).unwrap_or_else(|| {
            self.0.push(text.into());
            self.0.len() - 1
        });
        Ok(sys::Path::from_raw(index as u64 + 1))
    }

    pub(crate) fn text(&self, path: sys::Path) -> Outcome<&str> {
        let text = path.into_raw().checked_sub(1).and_then(|index| self.0.get(index as usize));
        match text {
            Some(text) => Ok(text),
            None => misuse(sys::Result::ERROR_PATH_INVALID, "no such path"),
        }
    }
}
