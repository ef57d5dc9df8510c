//! The session: poses come from the runtime, and pictures go to it.
//!
//! A frame begins with [`Session::begin`], which waits until it is time for the next one, and ends
//! with [`Session::end`] once everything is drawn. Both eyes are layers of one image.

use bevy::math::{Isometry3d, UVec2, Vec2, Vec3};
use openxr as xr;
use parallax_overlay::HAND_PANEL_PIXELS;
use wgpu::{TextureFormat, TextureView};

use super::{
    Posture, Runtime,
    input::{Input, pose},
    screen::Screen,
};
use crate::{End, Eye, Unavailable, hands::Hand};

const STEREO: xr::ViewConfigurationType = xr::ViewConfigurationType::PRIMARY_STEREO;

/// The connection to a runtime. Its fields are dropped in this order: what is inside first.
pub(crate) struct Session {
    device: wgpu::Device,
    input: Input,
    room: xr::Space,
    eyes: Screen,
    panel: Screen,
    stream: xr::FrameStream<xr::Vulkan>,
    waiter: xr::FrameWaiter,
    connection: xr::Session<xr::Vulkan>,
    /// Whether the runtime knows where the floor is.
    knows_floor: bool,
    blend: xr::EnvironmentBlendMode,
    is_running: bool,
    frame: Option<Frame>,
    /// The last views that were valid.
    views: Option<[xr::View; 2]>,
    /// Where the panel is, if it is shown.
    quad: Option<Quad>,
}

/// A flat part of the room with a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quad {
    /// Where its middle is in the room. It faces along z.
    pub(crate) at: Isometry3d,
    /// In meters.
    pub(crate) size: Vec2,
}

/// A frame that has begun.
struct Frame {
    time: xr::Time,
    is_shown: bool,
}

/// What is known in a frame.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) head: Option<Isometry3d>,
    pub(crate) eyes: Option<[Eye; 2]>,
    pub(crate) hands: [Hand; 2],
    /// Where the eyes and the panel are drawn. `None` if the runtime shows nothing in this frame.
    pub(crate) targets: Option<[TextureView; 3]>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("size", &self.eyes.size).finish_non_exhaustive()
    }
}

impl Session {
    /// Creates the session on the device of the runtime.
    pub(super) fn create(runtime: &Runtime, system: xr::SystemId) -> Result<Self, Unavailable> {
        let Runtime { instance, handles, device, vulkan, posture } = runtime;
        // The session uses the device until it is destroyed.
        let guard = Box::new((device.clone(), vulkan.clone()));
        #[expect(unsafe_code, reason = "the runtime gets handles of Vulkan")]
        // SAFETY: the handles are those of the device that the runtime has created, and live as
        // long as the session.
        let created = unsafe { instance.create_session_with_guard::<xr::Vulkan>(system, &handles.of_session(), guard) };
        let (session, waiter, stream) = created.map_err(Unavailable::of)?;
        let views = instance.enumerate_view_configuration_views(system, STEREO).map_err(Unavailable::of)?;
        let [view, _] = &*views else { return Err(Unavailable::OneEye) };
        let size = UVec2::new(view.recommended_image_rect_width, view.recommended_image_rect_height);
        let eyes = Screen::create(&session, device, size, 2)?;
        let panel = Screen::create(&session, device, HAND_PANEL_PIXELS.into(), 1)?;
        let blends = instance.enumerate_environment_blend_modes(system, STEREO).map_err(Unavailable::of)?;
        let opaque = xr::EnvironmentBlendMode::OPAQUE;
        let blend = blends.iter().copied().find(|blend| *blend == opaque).or(blends.first().copied());
        let spaces = session.enumerate_reference_spaces().map_err(Unavailable::of)?;
        let knows_floor = *posture == Posture::Standing && spaces.contains(&xr::ReferenceSpaceType::STAGE);
        let space = if knows_floor { xr::ReferenceSpaceType::STAGE } else { xr::ReferenceSpaceType::LOCAL };
        let room = session.create_reference_space(space, xr::Posef::IDENTITY).map_err(Unavailable::of)?;
        let input = Input::attach(&session).map_err(Unavailable::of)?;
        Ok(Self {
            device: device.clone(),
            input,
            room,
            eyes,
            panel,
            stream,
            waiter,
            connection: session,
            knows_floor,
            blend: blend.unwrap_or(opaque),
            is_running: false,
            frame: None,
            views: None,
            quad: None,
        })
    }

    /// Returns whether the floor is at the height 0 of the room.
    pub(crate) fn knows_floor(&self) -> bool {
        self.knows_floor
    }

    /// Returns the sizes of the images of the eyes and the panel, and their formats.
    pub(crate) fn pictures(&self) -> [(UVec2, TextureFormat); 3] {
        let of = |screen: &Screen| (screen.size, screen.format);
        [of(&self.eyes), of(&self.eyes), of(&self.panel)]
    }

    /// Says where the panel is in the room.
    pub(crate) fn put_panel(&mut self, quad: Option<Quad>) {
        self.quad = quad;
    }

    /// Hears what the runtime wants. Returns whether frames are to be drawn.
    ///
    /// # Errors
    /// Returns why the session has ended.
    pub(crate) fn hear(&mut self) -> Result<bool, End> {
        let instance = self.connection.instance().clone();
        let mut buffer = xr::EventDataBuffer::default();
        while let Some(event) = instance.poll_event(&mut buffer).map_err(End::of)? {
            match event {
                xr::Event::SessionStateChanged(change) => match change.state() {
                    xr::SessionState::READY if !self.is_running => {
                        self.connection.begin(STEREO).map_err(End::of)?;
                        self.is_running = true;
                    }
                    xr::SessionState::STOPPING if self.is_running => {
                        self.is_running = false;
                        self.frame = None;
                        self.release().map_err(End::of)?;
                        self.connection.end().map_err(End::of)?;
                    }
                    xr::SessionState::EXITING => return Err(End::Left),
                    xr::SessionState::LOSS_PENDING => return Err(End::Lost),
                    _ => {}
                },
                xr::Event::InstanceLossPending(_) => return Err(End::Gone),
                _ => {}
            }
        }
        Ok(self.is_running)
    }

    /// Waits until it is time for the next frame and begins it.
    ///
    /// # Errors
    /// Returns why the session has ended.
    pub(crate) fn begin(&mut self) -> Result<Seen, End> {
        // A frame in which the engine did not draw shows nothing.
        self.frame.iter_mut().for_each(|frame| frame.is_shown = false);
        self.end()?;
        self.try_begin().map_err(End::of)
    }

    fn try_begin(&mut self) -> xr::Result<Seen> {
        let state = self.waiter.wait()?;
        self.stream.begin()?;
        let time = state.predicted_display_time;
        self.frame = Some(Frame { time, is_shown: false });
        let (flags, views) = self.connection.locate_views(STEREO, time, &self.room)?;
        let known = xr::ViewStateFlags::ORIENTATION_VALID | xr::ViewStateFlags::POSITION_VALID;
        if let [left, right] = *views
            && flags.contains(known)
            && [left, right].iter().all(|view| pose(view.pose).is_some() && tangents(view.fov).is_some())
        {
            self.views = Some([left, right]);
        }
        let hands = self.input.hands(&self.connection, &self.room, time)?;
        let eyes = self.views.and_then(|[left, right]| Some([eye(&left)?, eye(&right)?]));
        let targets = if state.should_render && eyes.is_some() { self.acquire()? } else { None };
        Ok(Seen { head: eyes.map(|eyes| head(&eyes)), eyes, hands, targets })
    }

    /// Gets the next images from the runtime.
    fn acquire(&mut self) -> xr::Result<Option<[TextureView; 3]>> {
        let (eyes, panel) = (self.eyes.acquire::<2>()?, self.panel.acquire::<1>()?);
        self.frame.iter_mut().for_each(|frame| frame.is_shown = true);
        Ok(eyes.zip(panel).map(|([left, right], [panel])| [left, right, panel]))
    }

    /// Gives the images back. Returns whether there are some to show.
    fn release(&mut self) -> xr::Result<bool> {
        Ok(self.eyes.release()? & self.panel.release()?)
    }

    /// Ends the frame, and shows what was drawn in it.
    ///
    /// # Errors
    /// Returns why the session has ended.
    pub(crate) fn end(&mut self) -> Result<(), End> {
        let Some(frame) = self.frame.take() else { return Ok(()) };
        self.try_end(&frame).map_err(End::of)
    }

    fn try_end(&mut self, frame: &Frame) -> xr::Result<()> {
        let is_drawn = self.release()?;
        let Some(views) = self.views.filter(|_| frame.is_shown && is_drawn) else {
            return self.stream.end(frame.time, self.blend, &[]);
        };
        let eye = |view: &xr::View, layer| {
            let part = self.eyes.whole(layer);
            xr::CompositionLayerProjectionView::new().pose(view.pose).fov(view.fov).sub_image(part)
        };
        let eyes = [eye(&views[0], 0), eye(&views[1], 1)];
        let cloud = xr::CompositionLayerProjection::new().space(&self.room).views(&eyes);
        let quad = |quad: &Quad| {
            xr::CompositionLayerQuad::new()
                .space(&self.room)
                .eye_visibility(xr::EyeVisibility::BOTH)
                .sub_image(self.panel.whole(0))
                .pose(posef(&quad.at))
                .size(xr::Extent2Df { width: quad.size.x, height: quad.size.y })
        };
        let panel = self.quad.as_ref().map(quad);
        let mut layers: Vec<&xr::CompositionLayerBase<'_, xr::Vulkan>> = vec![&cloud];
        layers.extend(panel.iter().map(|quad| &**quad));
        self.stream.end(frame.time, self.blend, &layers)
    }
}

/// What has been drawn may still be on its way to the images, which go with the session.
impl Drop for Session {
    fn drop(&mut self) {
        self.device.poll(wgpu::PollType::wait_indefinitely()).ok();
    }
}

fn posef(at: &Isometry3d) -> xr::Posef {
    let ([x, y, z], turn) = (Vec3::from(at.translation).to_array(), at.rotation);
    xr::Posef {
        position: xr::Vector3f { x, y, z },
        orientation: xr::Quaternionf { x: turn.x, y: turn.y, z: turn.z, w: turn.w },
    }
}

fn eye(view: &xr::View) -> Option<Eye> {
    Some(Eye { pose: pose(view.pose)?, tangents: tangents(view.fov)? })
}

/// Returns the tangents of a field of view, or `None` if it has no area.
fn tangents(fov: xr::Fovf) -> Option<[f32; 4]> {
    let tangents = [fov.angle_left, fov.angle_right, fov.angle_down, fov.angle_up].map(f32::tan);
    let [left, right, down, up] = tangents;
    (left < right && down < up && tangents.iter().all(|tangent| tangent.is_finite())).then_some(tangents)
}

/// Returns the pose of the head between its eyes.
fn head(eyes: &[Eye; 2]) -> Isometry3d {
    let [left, right] = eyes.map(|eye| eye.pose);
    let middle = (Vec3::from(left.translation) + Vec3::from(right.translation)) / 2.0;
    Isometry3d::new(middle, left.rotation.slerp(right.rotation, 0.5))
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_4;

    use bevy::math::Quat;

    use super::*;

    #[test]
    fn field_of_view_without_an_area_is_none() {
        let fov =
            |angle_left, angle_right, angle_down, angle_up| xr::Fovf { angle_left, angle_right, angle_up, angle_down };
        let some = tangents(fov(-FRAC_PI_4, FRAC_PI_4, -FRAC_PI_4, 0.0)).unwrap();
        assert!(some.iter().zip([-1.0, 1.0, -1.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{some:?}");
        for bad in [fov(0.0, 0.0, 0.0, 0.0), fov(0.5, -0.5, -0.5, 0.5), fov(f32::NAN, 1.0, -1.0, 1.0)] {
            assert_eq!(tangents(bad), None);
        }
    }

    /// The displays of some headsets are turned outward by the same angle.
    #[test]
    fn head_is_in_the_middle_of_eyes_that_are_turned_outward() {
        let eye = |x: f32, turn: f32| Eye {
            pose: Isometry3d::new(Vec3::new(x, 1.6, 0.0), Quat::from_rotation_y(turn)),
            tangents: [-1.0, 1.0, -1.0, 1.0],
        };
        let head = head(&[eye(-0.03, 0.1), eye(0.03, -0.1)]);
        assert!(Vec3::from(head.translation).distance(Vec3::Y * 1.6) < 1e-6);
        assert!(head.rotation.angle_between(Quat::IDENTITY) < 1e-3);
    }
}
