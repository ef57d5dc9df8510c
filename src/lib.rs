//! Parallax: an explorer of embeddings.
//!
//! This crate assembles the plugins into [`ParallaxPlugins`], which the program, examples and tests
//! all start, and holds the [command line](cli). The crates that do not depend on the engine are
//! re-exported by their short names.

pub mod app;
pub mod cli;
mod memory;

use bevy::{
    app::PluginGroupBuilder,
    log::LogPlugin,
    prelude::*,
    render::{RenderPlugin, pipelined_rendering::PipelinedRenderingPlugin},
    window::{ExitCondition, WindowResizeConstraints, WindowResolution},
    winit::WinitPlugin,
};
use bevy_egui::EguiPlugin;
pub use memory::{own_memory_bytes, peak_memory_bytes};
pub use parallax_embedding as embedding;
pub use parallax_formats as formats;
pub use parallax_neighbors as neighbors;
pub use parallax_projection as projection;
pub use parallax_session as session;
pub use parallax_state as state;
pub use parallax_tour as tour;

use parallax_camera::CameraPlugin;
use parallax_cloud::CloudPlugin;
use parallax_overlay::OverlayPlugin;
use parallax_picking::PointPickingPlugin;
use parallax_presentation::PresentationPlugin;
use parallax_projector::ProjectorPlugin;
use parallax_state::StatePlugin;

/// The engine and all plugins of the explorer, with a window or without.
///
/// The first view is a [`CurrentView`](parallax_state::CurrentView) inserted before; without one,
/// it is the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParallaxPlugins {
    /// With a window.
    Window,
    /// Without a window: draws into images, driven by the owner of the app.
    Headless,
}

impl PluginGroup for ParallaxPlugins {
    fn build(self) -> PluginGroupBuilder {
        let window = (self == Self::Window).then(|| Window {
            title: "Parallax".into(),
            name: Some("parallax".into()),
            resolution: WindowResolution::new(1440, 900),
            resize_constraints: WindowResizeConstraints { min_width: 640.0, min_height: 400.0, ..default() },
            ..default()
        });
        let exit_condition = if window.is_some() { ExitCondition::OnPrimaryClosed } else { ExitCondition::DontExit };
        let engine = DefaultPlugins
            // The window asks before it closes if something is not saved (`app::window`).
            .set(WindowPlugin { primary_window: window, exit_condition, close_when_requested: false, ..default() })
            // The first frame is complete: it waits for the shaders.
            .set(RenderPlugin { synchronous_pipeline_compilation: true, render_creation: app::device(), ..default() })
            .set(LogPlugin { filter: "error,parallax=warn".into(), ..default() })
            // The frame that computes also draws, so that hover responds within a frame.
            .disable::<PipelinedRenderingPlugin>();
        let engine = if self == Self::Window { engine } else { engine.disable::<WinitPlugin>() };
        engine
            .add(EguiPlugin::default())
            .add(app::RecoveryPlugin)
            .add(StatePlugin)
            .add(ProjectorPlugin)
            .add(CloudPlugin)
            .add(CameraPlugin)
            .add(PointPickingPlugin)
            .add(OverlayPlugin)
            .add(PresentationPlugin)
    }
}
