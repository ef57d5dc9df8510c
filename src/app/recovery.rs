//! A device that is lost while the program runs is made anew: after a reset of the graphics card, an
//! update of its driver, or when its memory is used up.
//!
//! Data, view, and panels live in the main memory, so nothing is lost with it. The engine makes its
//! own resources anew in [`RenderStartup`], and so does the cloud; those of the panels' renderer are
//! reset here.

use std::{
    num::NonZeroU8,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use bevy::{
    app::AppExit,
    prelude::*,
    render::{
        GpuResourceAppExt, RenderApp,
        error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy},
        render_resource::SpecializedRenderPipelines,
        renderer::initialize_renderer,
        settings::{Backends, RenderCreation, RenderResources, WgpuSettings},
    },
    tasks::block_on,
    window::{PrimaryWindow, RawHandleWrapperHolder, RequestRedraw},
};
use bevy_egui::render::{
    EguiPipeline,
    systems::{EguiRenderData, EguiTransforms},
};
use parallax_state::Toasts;

/// A device that is lost more often than this in [`WHILE`] will not stay.
const MOST: usize = 3;
const WHILE: Duration = Duration::from_mins(1);

/// How the program ends if there is no device that stays.
pub(crate) const LOST: AppExit = AppExit::Error(NonZeroU8::MAX);

/// The frames until the new device has drawn everything.
const FRAMES_ANEW: u8 = 8;

/// Makes a lost device anew.
pub(crate) struct RecoveryPlugin;

/// When devices were lost, and how many frames are still to be drawn on a new one.
#[derive(Resource, Default)]
struct Losses {
    at: Vec<Instant>,
    frames: u8,
}

impl Plugin for RecoveryPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Losses>().insert_resource(RenderErrorHandler(recover)).add_systems(Last, draw_anew);
    }

    fn finish(&self, app: &mut App) {
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app
                .init_gpu_resource::<EguiPipeline>()
                .init_gpu_resource::<SpecializedRenderPipelines<EguiPipeline>>()
                .init_gpu_resource::<EguiTransforms>()
                .init_gpu_resource::<EguiRenderData>();
        }
    }
}

/// The system's own interface (Vulkan, Metal, Direct3D 12). OpenGL is not needed, and searching for
/// it logs warnings.
pub(crate) fn device() -> RenderCreation {
    settings().into()
}

/// What a device is asked for.
pub(super) fn settings() -> WgpuSettings {
    WgpuSettings { backends: Some(Backends::PRIMARY), ..default() }
}

/// Makes the device anew, or ends the program if there is none, or if it is lost again and again.
fn recover(error: &RenderError, world: &mut World, _: &mut World) -> RenderErrorPolicy {
    let now = Instant::now();
    let mut losses = world.get_resource_or_init::<Losses>();
    losses.at.retain(|at| now.duration_since(*at) < WHILE);
    losses.at.push(now);
    let made = if losses.at.len() > MOST { None } else { made_anew(world) };
    let Some(resources) = made else {
        world.write_message(LOST);
        return RenderErrorPolicy::StopRendering;
    };
    world.resource_mut::<Losses>().frames = FRAMES_ANEW;
    let why = match error.ty {
        ErrorType::OutOfMemory => "ran out of memory",
        ErrorType::DeviceLost => "was lost",
        _ => "refused what was drawn",
    };
    let said = format!("The graphics device {why} and was started again. Nothing that is open was lost.");
    world.resource_mut::<Toasts>().warning(said, None);
    RenderErrorPolicy::Recover(RenderCreation::Manual(resources))
}

/// Ends the program, whose device is not its own: a headset has its own device.
#[cfg(feature = "xr")]
pub(crate) fn end(_: &RenderError, world: &mut World, _: &mut World) -> RenderErrorPolicy {
    world.write_message(LOST);
    RenderErrorPolicy::StopRendering
}

/// Returns a new device for the window, if any. `None` if there is no device to be had, for which the
/// engine panics.
fn made_anew(world: &mut World) -> Option<RenderResources> {
    let mut windows = world.query_filtered::<&RawHandleWrapperHolder, With<PrimaryWindow>>();
    let window = windows.single(world).ok().cloned();
    catch_unwind(AssertUnwindSafe(|| block_on(initialize_renderer(Backends::PRIMARY, window, &settings())))).ok()
}

/// Asks for frames until the new device has drawn everything.
fn draw_anew(mut losses: ResMut<Losses>, mut redraw: MessageWriter<RequestRedraw>) {
    if losses.frames > 0 {
        losses.frames -= 1;
        redraw.write(RequestRedraw);
    }
}
