//! A session: its states, its spaces, and its swapchains.

use crate::actions::Input;
use crate::frame::Frames;
use crate::instance::{Event, Fault, Instance, Outcome, Scene, misuse};
use crate::pose::Pose;
use crate::script::{self, Refuse, Tracking};
use crate::stage::Stage;
use crate::vulkan::{FORMATS, Gpu};
use ash::vk;
use openxr_sys::{self as sys, Handle, SessionState};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

pub(crate) struct Session {
    pub(crate) handle: sys::Session,
    pub(crate) state: SessionState,
    /// Whether the program has begun the session and not ended it.
    pub(crate) running: bool,
    pub(crate) lost: bool,
    pub(crate) frames: Frames,
    pub(crate) input: Input,
    pub(crate) gpu: Gpu,
    pub(crate) swapchains: BTreeMap<u64, Swapchain>,
    spaces: BTreeMap<u64, Space>,
    /// The state that a running session approaches.
    target: SessionState,
    /// Whether the session is over once the program has ended it.
    leaving: bool,
}

impl Session {
    pub(crate) fn create(
        stage: &mut Stage,
        instance: &mut Instance,
        binding: Option<&sys::GraphicsBindingVulkanKHR>,
    ) -> Outcome<sys::Session> {
        if !instance.asked {
            let message = "xrGetVulkanGraphicsRequirements2KHR has not been called";
            return misuse(sys::Result::ERROR_GRAPHICS_REQUIREMENTS_CALL_MISSING, message);
        }
        if instance.session.is_some() {
            return misuse(sys::Result::ERROR_LIMIT_REACHED, "there is a session already");
        }
        if stage.refuses(Refuse::Session) {
            return Err(Fault::Scripted(sys::Result::ERROR_RUNTIME_FAILURE));
        }
        let gpu = binding.and_then(|binding| instance.graphics.as_ref()?.bind(binding));
        let Some(gpu) = gpu else {
            let message = "the graphics binding is not the device that the runtime has created";
            return misuse(sys::Result::ERROR_GRAPHICS_DEVICE_INVALID, message);
        };
        let handle = sys::Session::from_raw(stage.handle());
        stage.report("session", json!({}));
        instance.session = Some(Self {
            handle,
            state: SessionState::UNKNOWN,
            running: false,
            lost: false,
            frames: Frames::default(),
            input: Input::default(),
            gpu,
            swapchains: BTreeMap::new(),
            spaces: BTreeMap::new(),
            target: SessionState::FOCUSED,
            leaving: false,
        });
        if let Some(session) = &mut instance.session {
            for state in [SessionState::IDLE, SessionState::READY] {
                session.enter(state, stage, &mut instance.events);
            }
        }
        Ok(handle)
    }

    pub(crate) fn is_visible(&self) -> bool {
        [SessionState::VISIBLE, SessionState::FOCUSED].contains(&self.state)
    }

    fn is_synchronized(&self) -> bool {
        self.state == SessionState::SYNCHRONIZED || self.is_visible()
    }

    fn enter(&mut self, state: SessionState, stage: &mut Stage, events: &mut VecDeque<Event>) {
        self.state = state;
        stage.report("state", json!({"state": format!("{state:?}")}));
        events.push_back(Event::State(self.handle, state, stage.time(stage.frame)));
    }

    pub(crate) fn swapchain(&mut self, handle: sys::Swapchain) -> Outcome<&mut Swapchain> {
        match self.swapchains.get_mut(&handle.into_raw()) {
            Some(swapchain) => Ok(swapchain),
            None => misuse(sys::Result::ERROR_HANDLE_INVALID, "no such swapchain"),
        }
    }

    pub(crate) fn space(&self, handle: sys::Space) -> Outcome<&Space> {
        match self.spaces.get(&handle.into_raw()) {
            Some(space) => Ok(space),
            None => misuse(sys::Result::ERROR_HANDLE_INVALID, "no such space"),
        }
    }
}

impl Scene<'_> {
    fn enter(&mut self, state: SessionState) {
        self.session.enter(state, self.stage, self.events);
    }

    /// Does what the script says.
    pub(crate) fn follow(&mut self, cue: script::Event) {
        match cue {
            script::Event::Focused => self.session.target = SessionState::FOCUSED,
            script::Event::Visible => self.session.target = SessionState::VISIBLE,
            script::Event::Synchronized => self.session.target = SessionState::SYNCHRONIZED,
            script::Event::Stopping => self.stop(false),
            script::Event::Exit => self.stop(true),
            script::Event::Ready if self.session.state == SessionState::IDLE => self.enter(SessionState::READY),
            script::Event::SessionLossPending => self.enter(SessionState::LOSS_PENDING),
            script::Event::SessionLost => self.session.lost = true,
            script::Event::Ready | script::Event::InstanceLossPending | script::Event::InstanceLost => {}
        }
    }

    /// Goes one state up, or as many down as the script wants.
    pub(crate) fn approach(&mut self) {
        let raw = |state: SessionState| state.into_raw();
        let begun = self.session.running && self.session.state == SessionState::READY;
        if (begun || self.session.is_synchronized()) && raw(self.session.state) < raw(self.session.target) {
            self.enter(SessionState::from_raw(raw(self.session.state) + 1));
        }
        while self.session.is_synchronized() && raw(self.session.state) > raw(self.session.target) {
            self.enter(SessionState::from_raw(raw(self.session.state) - 1));
        }
    }

    fn stop(&mut self, leaving: bool) {
        self.session.leaving = leaving;
        if self.session.running {
            self.session.target = SessionState::SYNCHRONIZED;
            self.approach();
            self.session.target = SessionState::FOCUSED;
            self.enter(SessionState::STOPPING);
        } else if leaving {
            self.enter(SessionState::EXITING);
        }
    }

    pub(crate) fn begin(&mut self, views: sys::ViewConfigurationType) -> Outcome<()> {
        if self.session.running {
            return misuse(sys::Result::ERROR_SESSION_RUNNING, "the session has begun already");
        }
        if self.session.state != SessionState::READY {
            let message = format!("the session is {:?}", self.session.state);
            return misuse(sys::Result::ERROR_SESSION_NOT_READY, message);
        }
        check_views(self.stage, views)?;
        self.session.running = true;
        self.stage.start();
        Ok(())
    }

    pub(crate) fn end(&mut self) -> Outcome<()> {
        if !self.session.running {
            return misuse(sys::Result::ERROR_SESSION_NOT_RUNNING, "the session has not begun");
        }
        if self.session.state != SessionState::STOPPING {
            let message = format!("the session is {:?}", self.session.state);
            return misuse(sys::Result::ERROR_SESSION_NOT_STOPPING, message);
        }
        self.session.running = false;
        self.session.frames = Frames::default();
        self.enter(SessionState::IDLE);
        if self.session.leaving {
            self.enter(SessionState::EXITING);
        }
        Ok(())
    }

    pub(crate) fn request_exit(&mut self) -> Outcome<()> {
        if !self.session.running {
            return misuse(sys::Result::ERROR_SESSION_NOT_RUNNING, "the session has not begun");
        }
        self.stop(true);
        Ok(())
    }

    pub(crate) fn create_space(&mut self, origin: Origin, offset: sys::Posef) -> Outcome<sys::Space> {
        let Some(offset) = Pose::from_xr(offset) else {
            return misuse(sys::Result::ERROR_POSE_INVALID, "the quaternion does not have the length 1");
        };
        let handle = self.stage.handle();
        self.session.spaces.insert(handle, Space { origin, offset });
        Ok(sys::Space::from_raw(handle))
    }

    pub(crate) fn destroy_space(&mut self, space: sys::Space) -> Outcome<()> {
        self.session.space(space)?;
        self.session.spaces.remove(&space.into_raw());
        Ok(())
    }

    /// Returns where `space` is in `base`.
    pub(crate) fn locate(&self, space: sys::Space, base: sys::Space, time: sys::Time) -> Outcome<(Pose, Tracking)> {
        let (pose, tracking) = self.in_stage(self.session.space(space)?, time);
        let (base, base_tracking) = self.in_stage(self.session.space(base)?, time);
        Ok((base.inverse().of(pose), tracking.max(base_tracking)))
    }

    /// Returns where the head is in `base`.
    pub(crate) fn head(&self, base: sys::Space, time: sys::Time) -> Outcome<(Pose, Tracking)> {
        let (pose, tracking) = self.stage.head(time);
        let (base, base_tracking) = self.in_stage(self.session.space(base)?, time);
        Ok((base.inverse().of(pose), tracking.max(base_tracking)))
    }

    fn in_stage(&self, space: &Space, time: sys::Time) -> (Pose, Tracking) {
        let (pose, tracking) = match space.origin {
            Origin::Reference(space) => self.stage.reference(space, time),
            Origin::Action(action, hand) => match self.bound_hand(action, hand) {
                Some(hand) => self.stage.hand(hand, time),
                None => (Pose::IDENTITY, Tracking::None),
            },
        };
        (pose.of(space.offset), tracking)
    }

    pub(crate) fn create_swapchain(&mut self, info: &sys::SwapchainCreateInfo) -> Outcome<sys::Swapchain> {
        let Some(&format) = FORMATS.iter().find(|format| i64::from(format.as_raw()) == info.format) else {
            return misuse(sys::Result::ERROR_SWAPCHAIN_FORMAT_UNSUPPORTED, format!("format {}", info.format));
        };
        if info.sample_count != 1 || info.face_count != 1 || info.mip_count != 1 || !info.create_flags.is_empty() {
            return misuse(sys::Result::ERROR_FEATURE_UNSUPPORTED, "more than one sample, face, or mip");
        }
        let (size, layers) = ([info.width, info.height], info.array_size);
        if size.iter().any(|side| !(1..=MAX_SIZE).contains(side)) || !(1..=2).contains(&layers) {
            return misuse(sys::Result::ERROR_VALIDATION_FAILURE, format!("{layers} layers of {size:?}"));
        }
        let images: Result<Vec<_>, _> = (0..3).map(|_| self.session.gpu.image(format, size, layers)).collect();
        let images = match images {
            Ok(images) => images,
            Err(error) => return misuse(sys::Result::ERROR_RUNTIME_FAILURE, format!("Vulkan: {error}")),
        };
        let handle = self.stage.handle();
        self.stage.report("swapchain", json!({"size": size, "layers": layers, "format": format!("{format:?}")}));
        let (acquired, waited, released) = (VecDeque::new(), false, None);
        self.session
            .swapchains
            .insert(handle, Swapchain { format, size, layers, images, next: 0, acquired, waited, released });
        Ok(sys::Swapchain::from_raw(handle))
    }
}

/// The largest width and height of an image.
pub(crate) const MAX_SIZE: u32 = 4096;

/// Returns the kind of views that the headset has.
pub(crate) fn configuration(stage: &Stage) -> sys::ViewConfigurationType {
    if stage.system.views == 1 {
        sys::ViewConfigurationType::PRIMARY_MONO
    } else {
        sys::ViewConfigurationType::PRIMARY_STEREO
    }
}

pub(crate) fn check_views(stage: &Stage, views: sys::ViewConfigurationType) -> Outcome<()> {
    if views == configuration(stage) {
        return Ok(());
    }
    misuse(sys::Result::ERROR_VIEW_CONFIGURATION_TYPE_UNSUPPORTED, format!("the headset has no {views:?}"))
}

pub(crate) struct Space {
    pub(crate) origin: Origin,
    offset: Pose,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Reference(sys::ReferenceSpaceType),
    /// A pose action, of one hand or of whichever is bound.
    Action(u64, Option<usize>),
}

/// Images that the program draws into in turn.
pub(crate) struct Swapchain {
    pub(crate) format: vk::Format,
    pub(crate) size: [u32; 2],
    pub(crate) layers: u32,
    pub(crate) images: Vec<vk::Image>,
    next: u32,
    acquired: VecDeque<u32>,
    /// Whether the oldest acquired image has been waited for.
    waited: bool,
    released: Option<u32>,
}

impl Swapchain {
    pub(crate) fn acquire(&mut self) -> Outcome<u32> {
        if self.acquired.len() == self.images.len() {
            return misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "all images are acquired");
        }
        let index = self.next;
        self.next = (index + 1) % self.images.len() as u32;
        self.acquired.push_back(index);
        Ok(index)
    }

    pub(crate) fn wait(&mut self) -> Outcome<()> {
        if self.acquired.is_empty() || self.waited {
            return misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "no image is acquired and not yet waited for");
        }
        self.waited = true;
        Ok(())
    }

    pub(crate) fn release(&mut self) -> Outcome<()> {
        if !self.waited {
            return misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "no image is acquired and waited for");
        }
        self.waited = false;
        self.released = self.acquired.pop_front();
        Ok(())
    }

    /// Returns the image that was released last.
    pub(crate) fn shown(&self) -> Option<vk::Image> {
        self.released.map(|index| self.images[index as usize])
    }
}
