//! The cameras of the two eyes.

use bevy::{
    camera::{CameraProjection, ManualTextureViewHandle, RenderTarget, SubCameraView},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    math::Vec3A,
    prelude::*,
};
use parallax_cloud::InRoom;

use crate::Room;

/// A camera that is an eye: 0 for the left one, 1 for the right one.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct EyeCamera(pub usize);

/// What an eye sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eye {
    /// Where it is in the room.
    pub pose: Isometry3d,
    /// The tangents of the angles to the left, the right, down and up edges of its view.
    pub tangents: [f32; 4],
}

/// The distance in meters from which on things are seen.
const NEAR: f32 = 0.05;

/// The projection of an eye: nothing is too far, and the edges are at different angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EyeProjection {
    /// The tangents of the angles to the left, the right, down and up edges.
    tangents: [f32; 4],
    /// In world units.
    near: f32,
}

impl Default for EyeProjection {
    fn default() -> Self {
        Self { tangents: [-1.0, 1.0, -1.0, 1.0], near: NEAR }
    }
}

/// Returns where an eye is drawn, or what comes after the eyes.
pub(crate) fn target(place: usize) -> ManualTextureViewHandle {
    // Any number that nothing else in the program uses.
    ManualTextureViewHandle(0x7072_6C78 + place as u32)
}

/// Returns the camera of an eye, 0 for the left one, which draws to `target`.
pub fn eye_camera(eye: usize, target: RenderTarget) -> impl Bundle {
    (
        EyeCamera(eye),
        InRoom,
        Camera3d::default(),
        // Before the camera of the window, which remains the last.
        Camera { clear_color: ClearColorConfig::Custom(Color::BLACK), order: -3 + eye as isize, ..default() },
        target,
        Projection::custom(EyeProjection::default()),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
    )
}

/// Puts the camera of an eye where the eye is.
pub fn put_eye(room: &Room, eye: &Eye, transform: &mut Transform, projection: &mut Projection) {
    let pose = room.pose(&eye.pose);
    *transform = Transform::from_isometry(pose);
    if let Projection::Custom(custom) = projection
        && let Some(projection) = custom.get_mut::<EyeProjection>()
    {
        *projection = EyeProjection { tangents: eye.tangents, near: NEAR * room.scale() };
    }
}

impl CameraProjection for EyeProjection {
    fn get_clip_from_view(&self) -> Mat4 {
        let [left, right, down, up] = self.tangents;
        let (width, height) = (right - left, up - down);
        // Depths are reversed: 1 at the nearest, 0 at infinity.
        Mat4::from_cols_array(
            &[
                [2.0 / width, 0.0, 0.0, 0.0],
                [0.0, 2.0 / height, 0.0, 0.0],
                [(right + left) / width, (up + down) / height, 0.0, -1.0],
                [0.0, 0.0, self.near, 0.0],
            ]
            .concat()
            .try_into()
            .unwrap_or_default(),
        )
    }

    fn get_clip_from_view_for_sub(&self, _: &SubCameraView) -> Mat4 {
        self.get_clip_from_view()
    }

    fn update(&mut self, _: f32, _: f32) {}

    fn far(&self) -> f32 {
        f32::MAX
    }

    fn get_frustum_corners(&self, z_near: f32, z_far: f32) -> [Vec3A; 8] {
        let [left, right, down, up] = self.tangents;
        let corner = |z: f32, x: f32, y: f32| Vec3A::new(x * z.abs(), y * z.abs(), z);
        let around = |z| [corner(z, right, down), corner(z, right, up), corner(z, left, up), corner(z, left, down)];
        let ([a, b, c, d], [e, f, g, h]) = (around(z_near), around(z_far));
        [a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The directions of the edges are at the edges of the picture; depth goes from 1 to 0.
    #[test]
    fn projection_shows_the_field_of_view_to_its_edges() {
        let projection = EyeProjection { tangents: [-1.2, 0.8, -1.1, 0.9], near: 0.1 };
        let at =
            |x: f32, y: f32, depth: f32| projection.get_clip_from_view().project_point3(Vec3::new(x, y, -1.0) * depth);
        for depth in [0.1, 1.0, 30.0] {
            let [low, high] = [at(-1.2, -1.1, depth), at(0.8, 0.9, depth)];
            assert!(low.xy().distance(Vec2::NEG_ONE) < 1e-5 && high.xy().distance(Vec2::ONE) < 1e-5, "{low} {high}");
            assert!((low.z - 0.1 / depth).abs() < 1e-6);
        }
    }

    /// A symmetric field of view is the engine's own projection.
    #[test]
    fn symmetric_projection_is_that_of_the_engine() {
        let tangent = 0.5_f32.tan();
        let ours = EyeProjection { tangents: [-2.0 * tangent, 2.0 * tangent, -tangent, tangent], near: 0.05 };
        let engine = PerspectiveProjection { fov: 1.0, aspect_ratio: 2.0, near: 0.05, ..default() };
        assert!(ours.get_clip_from_view().abs_diff_eq(engine.get_clip_from_view(), 1e-5));
        let corners = ours.get_frustum_corners(-0.05, -10.0);
        let expected = engine.get_frustum_corners(-0.05, -10.0);
        assert!(corners.iter().zip(expected).all(|(a, b)| a.distance(b) < 1e-4), "{corners:?} {expected:?}");
    }
}
