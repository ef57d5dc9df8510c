//! The camera: orbits the cloud, fits it into the free part of the window, and flies to poses.
//!
//! `bevy_panorbit_camera` handles touches and smooths all motion. This crate turns drags that do
//! not begin on a panel into motion, zooms to the pointer, switches between 2D and 3D and between
//! lenses, follows [`View::pose`](parallax_session::View) when it changes by other means (fit,
//! replay, bookmark), and reports where the user has moved the camera as an action. With stereo, the
//! camera is the middle between two [eyes](rig). Of two embeddings side by side, the second may have a
//! camera of its own (`second`): each has a `Control`, with a flight of its own.

mod eyes;
mod flight;
mod framing;
mod input;
mod pose;
pub mod rig;
mod second;

use bevy::{
    asset::RenderAssetUsages,
    camera::{RenderTarget, ScalingMode},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat, TextureUsages},
};
use bevy_egui::PrimaryEguiContext;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraPlugin};
use parallax_session::{Dims, Half, Lens, Pose};

pub use parallax_cloud::CloudCamera;
pub use pose::{CameraRests, fit, fit_half, frame, framed, framed_sphere};

/// Adds the control of the camera. Spawn the camera itself from [`cloud_camera`].
#[derive(Debug, Default)]
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((PanOrbitCameraPlugin, input::plugin, pose::plugin, flight::plugin, eyes::plugin));
        // After a pause the first frame must not skip a whole flight.
        app.world_mut().get_resource_or_init::<Time<Virtual>>().set_max_delta(std::time::Duration::from_millis(50));
    }
}

/// Moves a camera: the cloud's, or that which the picture of the second embedding has for itself.
#[derive(Component, Debug, Default)]
struct Control {
    half: Half,
    flight: flight::Flight,
}

/// The camera follows the view.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct FollowSystems;

const FIELD_OF_VIEW: f32 = Pose::FIELD_OF_VIEW;

/// Stands for "no button": no mouse has it.
const NO_BUTTON: MouseButton = MouseButton::Other(u16::MAX);

/// Returns the cloud's camera, which draws to `target`. The panels are drawn over it.
///
/// Colors are drawn unchanged: no tone mapping, no dithering, no multisampling (the shader softens
/// edges).
#[must_use]
pub fn cloud_camera(target: RenderTarget) -> impl Bundle {
    let control = PanOrbitCamera {
        radius: Some(4.0),
        zoom_lower_limit: 1e-3,
        zoom_upper_limit: Some(100.0),
        // `input` zooms to the pointer, which the control cannot do.
        zoom_sensitivity: 0.0,
        // `input` handles drags: the control uses raw motion, which absolute pointers do not
        // report.
        button_orbit: NO_BUTTON,
        button_pan: NO_BUTTON,
        trackpad_pinch_to_zoom_enabled: false,
        orbit_smoothness: 0.12,
        pan_smoothness: 0.12,
        zoom_smoothness: 0.12,
        ..PanOrbitCamera::default()
    };
    (
        (CloudCamera, PrimaryEguiContext, Control::default()),
        Camera3d::default(),
        Camera { clear_color: ClearColorConfig::Custom(Color::BLACK), ..default() },
        target,
        projection(Dims::Three, Lens::Perspective),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
        control,
    )
}

/// Returns a fixed camera at `pose` that draws to `target`.
#[must_use]
pub fn still_camera(target: RenderTarget, (dims, lens): (Dims, Lens), pose: &Pose) -> impl Bundle {
    let mut projection = projection(dims, lens);
    let mut distance = pose.radius;
    if let Projection::Orthographic(lens) = &mut projection {
        lens.scale = pose.radius;
        distance = f32::midpoint(lens.near, lens.far);
    }
    let rotation = Quat::from_rotation_y(pose.yaw) * Quat::from_rotation_x(-pose.pitch);
    let translation = Vec3::from(pose.focus) + rotation * Vec3::Z * distance;
    let clear_color = ClearColorConfig::Custom(Color::BLACK);
    (
        Camera3d::default(),
        // Before the window's camera, which remains the last.
        Camera { clear_color, order: -1, ..default() },
        target,
        projection,
        Transform { translation, rotation, ..default() },
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

/// Returns an image of this width and height that a camera can draw into and that can be read back.
#[must_use]
pub fn picture_target([width, height]: [u32; 2]) -> Image {
    let size = Extent3d { width, height, depth_or_array_layers: 1 };
    let format = TextureFormat::Rgba8UnormSrgb;
    let mut image = Image::new_uninit(size, TextureDimension::D2, format, RenderAssetUsages::RENDER_WORLD);
    image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    image
}

/// Returns the projection for 2D, or for 3D with either lens.
fn projection(dims: Dims, lens: Lens) -> Projection {
    match (dims, lens) {
        (Dims::Three, Lens::Perspective) => {
            Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW, near: 0.005, ..default() })
        }
        // At the distance of the focus both lenses see the same area, so switching between them
        // moves nothing there.
        (Dims::Three, Lens::Orthographic) => orthographic(2.0 * (FIELD_OF_VIEW / 2.0).tan()),
        (Dims::Two, _) => orthographic(2.0),
    }
}

/// Returns a projection with this height at a distance of 1, and proportionally at others.
fn orthographic(viewport_height: f32) -> Projection {
    Projection::Orthographic(OrthographicProjection {
        near: 0.0,
        far: 20.0,
        scaling_mode: ScalingMode::FixedVertical { viewport_height },
        ..OrthographicProjection::default_3d()
    })
}
