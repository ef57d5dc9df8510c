//! Functions of swapchains and of frames.

use super::memory::{answer, downcast, input, kind, list, put, slice, structures};
use super::{enter, enter_for, lock, report};
use crate::frame::{Frame, Layer, Wait};
use crate::instance::{Outcome, Scene, misuse};
use crate::vulkan::FORMATS;
use ash::vk::Handle as _;
use openxr_sys::{self as sys, Handle};
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::{Condvar, PoisonError};
use std::time::{Duration, Instant};

/// Is notified when a frame is begun, or never will be.
pub(super) static BEGUN: Condvar = Condvar::new();

/// How long a frame waits for the one before to be begun, before it is a mistake of the program.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) extern "system" fn enumerate_formats(
    session: sys::Session,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut i64,
) -> sys::Result {
    enter("xrEnumerateSwapchainFormats", |mock| {
        mock.session(session)?;
        list(capacity, count, places, &FORMATS.map(|format| i64::from(format.as_raw())))
    })
}

pub(super) extern "system" fn create_swapchain(
    session: sys::Session,
    info: Option<&sys::SwapchainCreateInfo>,
    out: Option<&mut MaybeUninit<sys::Swapchain>>,
) -> sys::Result {
    enter("xrCreateSwapchain", |mock| put(out, mock.session(session)?.create_swapchain(input(info)?)?))
}

pub(super) extern "system" fn destroy_swapchain(swapchain: sys::Swapchain) -> sys::Result {
    enter("xrDestroySwapchain", |mock| {
        let scene = mock.remains()?;
        scene.session.swapchain(swapchain)?;
        scene.session.swapchains.remove(&swapchain.into_raw());
        Ok(())
    })
}

pub(super) extern "system" fn enumerate_images(
    swapchain: sys::Swapchain,
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut sys::SwapchainImageVulkanKHR,
) -> sys::Result {
    enter("xrEnumerateSwapchainImages", |mock| {
        let scene = mock.scene()?;
        let images = &scene.session.swapchain(swapchain)?.images;
        let described = images.iter().map(|image| sys::SwapchainImageVulkanKHR {
            ty: sys::SwapchainImageVulkanKHR::TYPE,
            next: null_mut(),
            image: image.as_raw(),
        });
        structures(capacity, count, places, &described.collect::<Vec<_>>())
    })
}

pub(super) extern "system" fn acquire_image(
    swapchain: sys::Swapchain,
    _info: *const sys::SwapchainImageAcquireInfo,
    out: Option<&mut MaybeUninit<u32>>,
) -> sys::Result {
    enter("xrAcquireSwapchainImage", |mock| put(out, mock.scene()?.session.swapchain(swapchain)?.acquire()?))
}

pub(super) extern "system" fn wait_image(
    swapchain: sys::Swapchain,
    info: Option<&sys::SwapchainImageWaitInfo>,
) -> sys::Result {
    enter("xrWaitSwapchainImage", |mock| {
        input(info)?;
        mock.scene()?.session.swapchain(swapchain)?.wait()
    })
}

pub(super) extern "system" fn release_image(
    swapchain: sys::Swapchain,
    _info: *const sys::SwapchainImageReleaseInfo,
) -> sys::Result {
    enter("xrReleaseSwapchainImage", |mock| mock.scene()?.session.swapchain(swapchain)?.release())
}

pub(super) extern "system" fn wait(
    session: sys::Session,
    _info: *const sys::FrameWaitInfo,
    out: Option<&mut MaybeUninit<sys::FrameState>>,
) -> sys::Result {
    const CALL: &str = "xrWaitFrame";
    let since = Instant::now();
    let mut mock = lock();
    let outcome = loop {
        match mock.wait_frame(session) {
            Ok(Wait::Done(frame)) => break answer(out, state(frame)),
            Ok(Wait::TooEarly(left)) => {
                drop(mock);
                std::thread::sleep(left);
                mock = lock();
            }
            Ok(Wait::Blocked) if since.elapsed() < PATIENCE => {
                let waited = BEGUN.wait_timeout(mock, PATIENCE);
                mock = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            Ok(Wait::Blocked) => {
                break misuse(sys::Result::ERROR_CALL_ORDER_INVALID, "the frame before has not been begun");
            }
            Err(fault) => break Err(fault),
        }
    };
    report(&mut mock.stage, CALL, outcome.map(|()| sys::Result::SUCCESS))
}

fn state(frame: Frame) -> sys::FrameState {
    sys::FrameState {
        ty: sys::FrameState::TYPE,
        next: null_mut(),
        predicted_display_time: frame.time,
        predicted_display_period: frame.period,
        should_render: frame.should_render.into(),
    }
}

pub(super) extern "system" fn begin(session: sys::Session, _info: *const sys::FrameBeginInfo) -> sys::Result {
    let result = enter_for("xrBeginFrame", |mock| {
        let discarded = mock.session(session)?.begin_frame()?;
        Ok(if discarded { sys::Result::FRAME_DISCARDED } else { sys::Result::SUCCESS })
    });
    BEGUN.notify_all();
    result
}

pub(super) extern "system" fn end(session: sys::Session, info: Option<&sys::FrameEndInfo>) -> sys::Result {
    enter("xrEndFrame", |mock| {
        let info = input(info)?;
        let mut scene: Scene = mock.session(session)?;
        let layers = slice(info.layers, info.layer_count)?;
        let layers = layers.iter().map(|&header| layer(header)).collect::<Outcome<Vec<_>>>()?;
        scene.end_frame(info.display_time, info.environment_blend_mode, &layers)
    })
}

fn layer(header: *const sys::CompositionLayerBaseHeader) -> Outcome<Layer> {
    if let Some(layer) = downcast::<sys::CompositionLayerProjection, _>(header) {
        let views = slice(layer.views, layer.view_count)?;
        views.iter().try_for_each(|view| input(Some(view)).map(|_| ()))?;
        return Ok(Layer::Projection(layer.space, views.to_vec()));
    }
    match downcast::<sys::CompositionLayerQuad, _>(header) {
        Some(quad) => Ok(Layer::Quad(*quad)),
        None => misuse(sys::Result::ERROR_LAYER_INVALID, format!("a layer is {:?}", kind(header))),
    }
}
