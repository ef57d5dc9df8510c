//! The mathematics of stereo: where two eyes are, and what each of them sees.
//!
//! Both eyes look straight ahead, to the left and to the right of the camera in the middle. Their
//! projections are off-axis, so that the plane at the convergence has the same place in both
//! pictures: it appears at the screen, nearer points before it and farther ones behind it. Nothing
//! is turned inward, which would shift points vertically.
//!
//! Seen from the middle, an eye sees that plane unchanged and everything else sheared along x. The
//! shear has the eye's place in it ([`EyeLens`]), so that an eye has the transform of the middle,
//! and depth, size, and height of a point are the same for both.

use bevy::{
    camera::{CameraProjection, SubCameraView},
    math::Vec3A,
    prelude::*,
};
use parallax_session::{Eye, Stereo};

use crate::FIELD_OF_VIEW;

/// The automatic distance in the picture between the parallaxes of the nearest and the farthest
/// part of the cloud, as a share of the picture's shorter side.
///
/// Half of it is behind the screen: on a projection screen 3 m high that is 6 cm, less than the
/// distance of human eyes, so that no eyes must diverge. On a monitor it is half a degree.
const RANGE: f32 = 0.04;

/// The greatest automatic distance between the eyes, as a share of the convergence. From farther
/// apart, eyes see a small cloud from its sides.
const MOST_APART: f32 = 0.1;

/// How the cloud lies before the camera, in the units of the cloud, which has radius 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// The distance of the focus.
    pub focus: f32,
    /// The distance of the cloud's middle along the line of sight. Negative if it is behind.
    pub middle: f32,
    /// Whether lines of sight are parallel: through an orthographic lens all of the cloud is seen,
    /// however near.
    pub is_parallel: bool,
}

/// Two eyes, in the units of the cloud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rig {
    /// The distance between them.
    pub apart: f32,
    /// The distance from them of what appears at the screen.
    pub convergence: f32,
}

impl Rig {
    /// Returns the eyes that see the cloud in comfortable depth: the parallaxes of its nearest and
    /// farthest part are opposite, and together 4 % of the picture's shorter side.
    ///
    /// In perspective, what is nearer than half the distance of the focus does not count: inside the
    /// cloud the nearest points would leave no depth for the others.
    #[must_use]
    pub fn automatic(ahead: Ahead) -> Self {
        // What a unit at a distance of 1 takes of the shorter side.
        let unit = 0.5 / (FIELD_OF_VIEW / 2.0).tan();
        let nearest = (ahead.focus / 2.0).max(Stereo::CONVERGENCE[0]);
        let (apart, convergence) = if ahead.is_parallel {
            let convergence = ahead.middle.max(nearest);
            // Parallax grows evenly with depth; from -1 to 1 around the middle it is twice that of 1.
            (RANGE * convergence * convergence / (2.0 * unit), convergence)
        } else {
            let near = (ahead.middle - 1.0).max(nearest);
            // Behind the camera there is nothing to see, but the eyes must be somewhere.
            let far = (ahead.middle + 1.0).max(near * 1.01);
            (RANGE / (unit * (near.recip() - far.recip())), 2.0 / (near.recip() + far.recip()))
        };
        Self { apart: apart.min(convergence * MOST_APART).min(Stereo::MOST_APART), convergence }
    }

    /// Returns the eyes that `stereo` asks for; what it leaves open is automatic. They are never
    /// farther apart than the convergence is away.
    #[must_use]
    pub fn of(stereo: &Stereo, ahead: Ahead) -> Self {
        let automatic = Self::automatic(ahead);
        let convergence = stereo.converges_at().unwrap_or(automatic.convergence);
        Self { apart: stereo.apart().unwrap_or(automatic.apart).min(convergence), convergence }
    }
}

/// The projection of an eye.
///
/// The field of view of the projection in the middle spans the shorter side of the picture, not
/// its height, so that half a window shows as much of the cloud's middle as a whole one.
#[derive(Debug, Clone)]
pub struct EyeLens {
    /// The projection of the camera in the middle: perspective or orthographic.
    middle: Projection,
    side: f32,
    rig: Rig,
    /// The distance of the focus, and how much farther than that the camera is. An orthographic
    /// camera is far away; its zoom stands for the distance of its focus.
    focus: [f32; 2],
    /// The picture's width, as a multiple of its height, and at most 1.
    narrow: f32,
}

impl EyeLens {
    /// Creates the projection of `eye` beside a camera with the projection `middle` that is `away`
    /// from its focus.
    #[must_use]
    pub fn new(eye: Eye, middle: &Projection, rig: Rig, ahead: Ahead, away: f32) -> Self {
        let focus = [ahead.focus, if middle.is_perspective() { 0.0 } else { away - ahead.focus }];
        Self { middle: middle.clone(), side: eye.side(), rig, focus, narrow: 1.0 }
    }

    /// Returns the projection for a picture of this size.
    #[must_use]
    pub fn within(mut self, size: Vec2) -> Self {
        self.update(size.x, size.y);
        self
    }

    /// Returns by how much clip x grows with depth, and the depth at which it stays.
    ///
    /// In perspective, `apart / 2 / convergence` is the slope of the line of sight from the eye to
    /// the middle of the screen. An orthographic lens gives points around the screen the same
    /// parallax.
    fn shear(&self, scale: f32) -> (f32, f32) {
        let (half, at, [focus, farther]) = (self.rig.apart / 2.0, self.rig.convergence, self.focus);
        if self.middle.is_perspective() {
            (scale * half / at, at)
        } else {
            (scale * focus * half / (at * at), at + farther)
        }
    }
}

impl CameraProjection for EyeLens {
    fn get_clip_from_view(&self) -> Mat4 {
        let mut clip_from_view = self.middle.get_clip_from_view();
        clip_from_view.x_axis.x *= self.narrow;
        clip_from_view.y_axis.y *= self.narrow;
        let (slope, at) = self.shear(clip_from_view.x_axis.x);
        clip_from_view.z_axis.x -= self.side * slope;
        clip_from_view.w_axis.x -= self.side * slope * at;
        clip_from_view
    }

    /// Returns the whole view: pictures of eyes are not divided further.
    fn get_clip_from_view_for_sub(&self, _: &SubCameraView) -> Mat4 {
        self.get_clip_from_view()
    }

    fn update(&mut self, width: f32, height: f32) {
        self.middle.update(width, height);
        self.narrow = (width / height.max(1.0)).clamp(1e-3, 1.0);
    }

    fn far(&self) -> f32 {
        self.middle.far()
    }

    fn get_frustum_corners(&self, z_near: f32, z_far: f32) -> [Vec3A; 8] {
        let view_from_clip = self.get_clip_from_view().inverse();
        let corner = |z: f32, x: f32, y: f32| {
            let depth = self.get_clip_from_view() * Vec4::new(0.0, 0.0, z, 1.0);
            Vec3A::from(view_from_clip.project_point3(Vec3::new(x, y, depth.z / depth.w)))
        };
        let side = |z: f32| [(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(x, y)| corner(z, x, y));
        let [a, b, c, d] = side(z_near);
        let [e, f, g, h] = side(z_far);
        [a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use parallax_session::{Dims, Lens};

    use super::*;
    use crate::projection;

    const SIZE: Vec2 = Vec2::new(720.0, 450.0);
    const AHEAD: Ahead = Ahead { focus: 3.2, middle: 3.0, is_parallel: false };
    const RIG: Rig = Rig { apart: 0.2, convergence: 2.5 };

    fn lens(eye: Eye, lens: Lens, rig: Rig) -> EyeLens {
        let mut middle = projection(Dims::Three, lens);
        if let Projection::Orthographic(lens) = &mut middle {
            lens.scale = AHEAD.focus;
        }
        let away = if lens == Lens::Perspective { AHEAD.focus } else { 10.0 };
        EyeLens::new(eye, &middle, rig, AHEAD, away).within(SIZE)
    }

    /// Where an eye sees a place of the view space, from -1 to 1.
    fn seen(lens: &EyeLens, place: Vec3) -> Vec3 {
        lens.get_clip_from_view().project_point3(place)
    }

    /// By the definition: rays from the eye to the point, cut by the plane at the convergence.
    #[test]
    fn eye_sees_a_point_where_its_ray_meets_the_screen() {
        let middle = lens(Eye::Middle, Lens::Perspective, RIG);
        for eye in Eye::BOTH {
            let lens = lens(eye, Lens::Perspective, RIG);
            let at = Vec3::X * eye.side() * RIG.apart / 2.0;
            for place in [Vec3::new(0.3, -0.2, -1.7), Vec3::new(-0.5, 0.4, -2.5), Vec3::new(0.1, 0.0, -9.0)] {
                let on_screen = at + (place - at) * (RIG.convergence / -place.z);
                let (found, expected) = (seen(&lens, place), seen(&middle, on_screen));
                assert!((found.xy() - expected.xy()).length() < 1e-5, "{eye:?} {place}: {found} {expected}");
            }
        }
    }

    #[test]
    fn eyes_are_mirror_images() {
        for kind in [Lens::Perspective, Lens::Orthographic] {
            let [left, right] = Eye::BOTH.map(|eye| lens(eye, kind, RIG).get_clip_from_view());
            let mirror = Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0));
            assert!((mirror * left * mirror).abs_diff_eq(right, 1e-6), "{kind:?}: {left} {right}");
            let middle = lens(Eye::Middle, kind, RIG).get_clip_from_view();
            assert!(((left + right) * 0.5).abs_diff_eq(middle, 1e-6), "{kind:?}");
        }
    }

    /// Height and depth are the same for both eyes. Nearer points cross: the left eye sees them
    /// farther right.
    #[test]
    fn parallax_is_horizontal_zero_at_the_screen_and_crossed_before_it() {
        for kind in [Lens::Perspective, Lens::Orthographic] {
            let [left, right] = Eye::BOTH.map(|eye| lens(eye, kind, RIG));
            // The orthographic camera is 10 from its focus, which stands for 3.2.
            let farther = if kind == Lens::Perspective { 0.0 } else { 6.8 };
            let parallax = |depth: f32| {
                let place = Vec3::new(0.2, 0.3, -depth - farther);
                let (left, right) = (seen(&left, place), seen(&right, place));
                assert!((left.yz() - right.yz()).length() < 1e-6, "{kind:?} at {depth}: {left} {right}");
                right.x - left.x
            };
            assert!(parallax(RIG.convergence).abs() < 1e-5, "{kind:?}: {}", parallax(RIG.convergence));
            assert!(parallax(2.0) < -1e-3 && parallax(3.5) > 1e-3, "{kind:?}");
            // Both lenses agree about what is near the screen.
            let slope = (parallax(2.51) - parallax(2.49)) / 0.02;
            let unit = 1.0 / ((FIELD_OF_VIEW / 2.0).tan() * SIZE.x / SIZE.y);
            let expected = unit * RIG.apart / (RIG.convergence * RIG.convergence);
            assert!((slope / expected - 1.0).abs() < 0.02, "{kind:?}: {slope} {expected}");
        }
    }

    #[test]
    fn eyes_without_distance_see_the_middle() {
        let rig = Rig { apart: 0.0, ..RIG };
        for kind in [Lens::Perspective, Lens::Orthographic] {
            let [left, right] = Eye::BOTH.map(|eye| lens(eye, kind, rig).get_clip_from_view());
            assert_eq!(left, right, "{kind:?}");
        }
    }

    /// A narrow picture shows as much to its sides as a wide one shows above and below.
    #[test]
    fn field_of_view_spans_the_shorter_side() {
        let middle = projection(Dims::Three, Lens::Perspective);
        let through = |size| EyeLens::new(Eye::Middle, &middle, RIG, AHEAD, AHEAD.focus).within(size);
        let (wide, tall) = (through(Vec2::new(800.0, 400.0)), through(Vec2::new(400.0, 800.0)));
        let edge = AHEAD.focus * (FIELD_OF_VIEW / 2.0).tan();
        let at = |lens: &EyeLens, x: f32, y: f32| seen(lens, Vec3::new(x * edge, y * edge, -AHEAD.focus));
        assert!((at(&wide, 0.0, 1.0).y - 1.0).abs() < 1e-5 && (at(&tall, 1.0, 0.0).x - 1.0).abs() < 1e-5);
        assert!((at(&tall, 0.0, 1.0).y - 0.5).abs() < 1e-5 && (at(&wide, 1.0, 0.0).x - 0.5).abs() < 1e-5);
    }

    /// The numbers of the documentation, measured in the pictures.
    #[test]
    fn automatic_parallax_of_the_cloud_is_within_its_range() {
        for middle in [2.2_f32, 3.0, 4.0, 8.0, 60.0, 0.5, -3.0] {
            let ahead = Ahead { focus: middle.abs(), middle, is_parallel: false };
            let rig = Rig::automatic(ahead);
            assert!(rig.apart > 0.0 && rig.convergence > 0.0 && rig.convergence.is_finite(), "{ahead:?} {rig:?}");
            assert!(rig.apart <= 0.1 * rig.convergence + 1e-6, "{ahead:?} {rig:?}");
            let camera = projection(Dims::Three, Lens::Perspective);
            let [left, right] = Eye::BOTH.map(|eye| EyeLens::new(eye, &camera, rig, ahead, ahead.focus).within(SIZE));
            // In pixels, as a share of the height, which is the shorter side.
            let parallax = |depth: f32| {
                let place = Vec3::NEG_Z * depth;
                (seen(&right, place).x - seen(&left, place).x) / 2.0 * SIZE.x / SIZE.y
            };
            if middle > 2.0 {
                let (near, far) = (parallax(middle - 1.0), parallax(middle + 1.0));
                assert!((near + far).abs() < 1e-4 && near < 0.0, "{ahead:?}: {near} {far}");
                assert!(far - near < RANGE + 1e-4, "{ahead:?}: {near} {far}");
                assert!(middle > 5.0 || far - near > RANGE - 1e-4, "{ahead:?}: {near} {far}");
            }
        }
    }

    /// The nearest and the farthest part of the cloud through an orthographic lens, from any
    /// distance.
    #[test]
    fn automatic_parallax_is_even_through_an_orthographic_lens() {
        for middle in [0.4_f32, 1.0, 2.7, 3.0, 5.0] {
            let ahead = Ahead { focus: middle, middle, is_parallel: true };
            let rig = Rig::automatic(ahead);
            let mut camera = projection(Dims::Three, Lens::Orthographic);
            if let Projection::Orthographic(lens) = &mut camera {
                lens.scale = middle;
            }
            let [left, right] = Eye::BOTH.map(|eye| EyeLens::new(eye, &camera, rig, ahead, 10.0).within(SIZE));
            let parallax = |depth: f32| {
                let place = Vec3::NEG_Z * (10.0 + depth);
                (seen(&right, place).x - seen(&left, place).x) / 2.0 * SIZE.x / SIZE.y
            };
            let (near, at, far) = (parallax(-1.0), parallax(0.0), parallax(1.0));
            assert!(at.abs() < 1e-5 && (near + far).abs() < 1e-5, "{middle}: {near} {at} {far}");
            assert!((far - near - RANGE).abs() < 1e-4, "{middle}: {near} {far}");
        }
    }

    /// Whatever a log asks for.
    #[test]
    fn rig_is_usable_for_any_request() {
        let values = [None, Some(-1.0), Some(0.0), Some(f32::NAN), Some(f32::INFINITY), Some(1e30), Some(0.3)];
        for (eye_distance, convergence) in values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b))) {
            let stereo = Stereo { eye_distance, convergence, ..Stereo::default() };
            let rig = Rig::of(&stereo, AHEAD);
            assert!(rig.apart >= 0.0 && rig.apart <= rig.convergence, "{stereo:?}: {rig:?}");
            assert!(rig.convergence >= Stereo::CONVERGENCE[0] && rig.convergence.is_finite(), "{stereo:?}: {rig:?}");
        }
        let stereo = Stereo { eye_distance: Some(0.3), convergence: Some(2.0), ..Stereo::default() };
        assert_eq!(Rig::of(&stereo, AHEAD), Rig { apart: 0.3, convergence: 2.0 });
    }
}
