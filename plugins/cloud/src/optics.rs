//! How large a point is on screen: the CPU's mirror of the vertex shader, for picking and labels.

use bevy::prelude::*;

use crate::PointFlags;

/// What the camera does to a point, in logical pixels.
#[derive(Debug, Clone, Copy)]
pub struct Optics {
    clip_from_world: Mat4,
    /// Half the viewport's size.
    half: Vec2,
    /// Pixels that one world unit takes at a clip w of 1.
    pixels_per_unit: f32,
    radius: f32,
    least: f32,
    /// Where the eye is; with a w of 0, in which direction.
    eye: Vec4,
}

/// A point on screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnScreen {
    /// Its middle, in logical pixels from the viewport's left upper corner.
    pub center: Vec2,
    /// Its radius (of a sphere; half the longer side of a sprite), in logical pixels.
    pub radius: f32,
    /// Reverse depth: greater is nearer.
    pub depth: f32,
}

/// A point is never drawn smaller than this radius, in physical pixels, lest it vanish.
pub const LEAST_RADIUS: f32 = 1.1;

/// A point is never drawn larger than this share of the viewport's height: flying through one would fill the screen.
pub const GREATEST_SHARE: f32 = 0.2;

/// A point with a ring is so much larger, and no smaller than this radius in logical pixels, lest it vanish among the others.
pub const MARKED_SCALE: f32 = 1.35;

/// See [`MARKED_SCALE`].
pub const MARKED_RADIUS: f32 = 3.0;

/// Which of the points that stand out have a ring each.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rings {
    /// Those that are selected; if they have none, an outline goes around all of them.
    pub selected: bool,
    /// Those that are related: neighbors and matches.
    pub related: bool,
}

impl Rings {
    /// Whether a point with these [`PointFlags`] has a ring.
    #[must_use]
    pub fn has(self, flags: u8) -> bool {
        (self.selected && flags & PointFlags::SELECTED != 0) || (self.related && flags & PointFlags::RELATED != 0)
    }
}

/// The depth of a point with these [`PointFlags`]: what stands out is in front of all others.
#[must_use]
#[inline]
pub fn tier(depth: f32, flags: u8) -> f32 {
    match flags {
        _ if flags & PointFlags::SELECTED != 0 => 0.75 + 0.24 * depth,
        _ if flags & PointFlags::RELATED != 0 => 0.5 + 0.2 * depth,
        _ => 0.5 * depth,
    }
}

impl OnScreen {
    /// The same point as it is drawn with these [`PointFlags`].
    #[must_use]
    #[inline]
    pub fn marked(self, flags: u8, rings: Rings) -> Self {
        let radius = if rings.has(flags) { (self.radius * MARKED_SCALE).max(MARKED_RADIUS) } else { self.radius };
        Self { radius, depth: tier(self.depth, flags), ..self }
    }
}

impl Optics {
    /// For a camera whose clip space is `clip_from_world = clip_from_view * view_from_world` and whose viewport has `size`
    /// logical pixels of `scale_factor` physical ones, and points of `radius` world units.
    #[must_use]
    pub fn new(clip_from_view: Mat4, view_from_world: Mat4, size: Vec2, scale_factor: f32, radius: f32) -> Self {
        let orthographic = clip_from_view.w_axis.w == 1.0;
        let world_from_view = view_from_world.inverse();
        Self {
            eye: if orthographic { world_from_view.z_axis } else { world_from_view.w_axis },
            clip_from_world: clip_from_view * view_from_world,
            half: size / 2.0,
            pixels_per_unit: clip_from_view.y_axis.y * size.y / 2.0,
            radius,
            least: LEAST_RADIUS / scale_factor.max(0.1),
        }
    }

    /// For what `camera`, which stands at `transform`, sees of points of `radius` world units; nothing where it has no viewport.
    #[must_use]
    pub fn of(camera: &Camera, transform: &GlobalTransform, radius: f32) -> Option<Self> {
        let size = camera.logical_viewport_size()?;
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        Some(Self::new(camera.clip_from_view(), transform.to_matrix().inverse(), size, scale, radius))
    }

    /// World space to clip space.
    #[must_use]
    pub fn clip_from_world(&self) -> Mat4 {
        self.clip_from_world
    }

    /// The viewport's size in logical pixels.
    #[must_use]
    pub fn viewport(&self) -> Vec2 {
        self.half * 2.0
    }

    /// Whether the eye is farther along an axis of the world than `place` is.
    #[must_use]
    pub fn is_beyond(&self, axis: usize, place: Vec3) -> bool {
        self.eye[axis] > place[axis] * self.eye.w
    }

    /// How many pixels a unit of the world takes on screen at `position`, which is before the eye.
    #[must_use]
    pub fn unit(&self, position: Vec3) -> f32 {
        self.pixels_per_unit / self.clip_from_world.row(3).dot(position.extend(1.0)).max(1e-6)
    }

    /// Whether a point at `position`, `scale` times as large, may come within `slack` pixels of `at`: a quick test that most points of a cloud
    /// fail, without a division.
    #[must_use]
    #[inline]
    pub fn may_touch(&self, position: Vec3, at: Vec2, scale: f32, slack: f32) -> bool {
        let clip = self.clip_from_world * position.extend(1.0);
        let away = Vec2::new(clip.x, -clip.y) * self.half - (at - self.half) * clip.w;
        let greatest = self.half.y * 2.0 * GREATEST_SHARE;
        let radius = (self.radius * self.pixels_per_unit).max(self.least * clip.w).min(greatest * clip.w);
        away.abs().max_element() <= radius * scale + slack * clip.w
    }

    /// Where the middle of a point at `position` is seen, as [`Optics::project`] says.
    #[must_use]
    #[inline]
    pub fn center(&self, position: Vec3) -> Option<Vec2> {
        let clip = self.clip_from_world * position.extend(1.0);
        let before = clip.w > 0.0 && clip.z <= clip.w;
        before.then(|| self.half + Vec2::new(clip.x, -clip.y) / clip.w * self.half)
    }

    /// Where `position` is seen; nothing where it is behind the camera.
    #[must_use]
    #[inline]
    pub fn project(&self, position: Vec3) -> Option<OnScreen> {
        let clip = self.clip_from_world * position.extend(1.0);
        if clip.w <= 0.0 || clip.z > clip.w {
            return None;
        }
        let ndc = clip.xyz() / clip.w;
        let greatest = self.half.y * 2.0 * GREATEST_SHARE;
        Some(OnScreen {
            center: self.half + Vec2::new(ndc.x, -ndc.y) * self.half,
            radius: (self.radius * self.pixels_per_unit / clip.w).clamp(self.least, greatest),
            depth: ndc.z,
        })
    }
}

/// The radius of a point among `count`, in world units: about constant cover of the cloud, which has radius 1.
#[must_use]
pub fn point_radius(count: usize) -> f32 {
    (0.25 / (count.max(1) as f32).cbrt()).min(0.03)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A perspective camera of 90 degrees, one unit away: one unit is half the viewport's height.
    #[test]
    fn sizes_follow_from_the_field_of_view() {
        let clip_from_view = Mat4::perspective_infinite_reverse_rh(90_f32.to_radians(), 2.0, 0.01);
        let view_from_world = Mat4::from_translation(Vec3::new(0.0, 0.0, -1.0));
        let optics = Optics::new(clip_from_view, view_from_world, Vec2::new(800.0, 400.0), 1.0, 0.1);
        let seen = optics.project(Vec3::ZERO).unwrap();
        assert!((seen.center - Vec2::new(400.0, 200.0)).length() < 1e-3);
        assert!((seen.radius - 20.0).abs() < 1e-3, "0.1 of the 200 pixels that a unit takes");
        assert!((optics.project(Vec3::new(0.5, 0.5, 0.0)).unwrap().center - Vec2::new(500.0, 100.0)).length() < 1e-3);
        assert!(optics.project(Vec3::new(0.0, 0.0, 0.5)).unwrap().depth > seen.depth, "nearer is greater");
        assert_eq!(optics.project(Vec3::new(0.0, 0.0, 2.0)), None, "behind the camera");
        assert!((optics.unit(Vec3::new(0.0, 0.0, -1.0)) - 100.0).abs() < 1e-3, "twice as far, half of 200");
        let beyond = [(2, 0.9), (2, 1.1)].map(|(axis, at)| optics.is_beyond(axis, Vec3::splat(at)));
        assert_eq!(beyond, [true, false]);
    }

    #[test]
    fn the_quick_test_passes_what_is_near_and_little_else() {
        let clip_from_view = Mat4::perspective_infinite_reverse_rh(90_f32.to_radians(), 2.0, 0.01);
        let view_from_world = Mat4::from_translation(Vec3::new(0.0, 0.0, -1.0));
        let optics = Optics::new(clip_from_view, view_from_world, Vec2::new(800.0, 400.0), 1.0, 0.05);
        let number = |i: u16, step: u16| f32::from(i.wrapping_mul(step) % 1009) / 504.5 - 1.0;
        let mut passed = 0;
        for i in 0..5000_u16 {
            let position = Vec3::new(number(i, 383), number(i, 647), number(i, 71));
            let at = Vec2::new(number(i, 29), number(i, 877)) * 200.0 + Vec2::new(400.0, 200.0);
            let seen = optics.project(position);
            let off = seen.map_or(f32::MAX, |seen| (seen.center - at).abs().max_element() - 2.0 * seen.radius);
            let may = optics.may_touch(position, at, 2.0, 3.0);
            assert!(may || off > 3.0 - 1e-3, "{position} at {at}: {off}");
            assert!(!may || seen.is_none() || off < 3.0 + 1e-2, "{position} at {at}: {off}");
            passed += u32::from(may);
            let center = optics.center(position);
            assert!(center.zip(seen).map_or(center.is_none() && seen.is_none(), |(a, b)| a.distance(b.center) < 0.1));
        }
        assert!(passed > 20 && passed < 1000, "{passed} of 5000");
    }

    /// What stands out hides what does not, wherever both are; among its own kind the nearer hides the farther.
    #[test]
    fn marked_points_are_in_front_and_larger() {
        let kinds = [PointFlags::FADED, PointFlags::RELATED, PointFlags::SELECTED | PointFlags::RELATED];
        for (behind, front) in [(kinds[0], kinds[1]), (kinds[1], kinds[2]), (kinds[0], kinds[2])] {
            assert!(tier(1.0, behind) <= tier(0.0, front));
        }
        assert!(kinds.iter().all(|&flags| tier(0.3, flags) < tier(0.31, flags)));
        let rings = Rings { selected: false, related: true };
        let seen = OnScreen { center: Vec2::ZERO, radius: 1.0, depth: 0.5 };
        assert_eq!(seen.marked(PointFlags::RELATED, rings).radius, MARKED_RADIUS);
        assert_eq!(OnScreen { radius: 10.0, ..seen }.marked(PointFlags::RELATED, rings).radius, 10.0 * MARKED_SCALE);
        assert_eq!(seen.marked(PointFlags::SELECTED, rings).radius, 1.0, "an outline goes around all of them");
    }

    #[test]
    fn more_points_are_smaller_points() {
        assert!(point_radius(1) <= 0.03 && point_radius(1_000_000) < point_radius(10_000));
    }
}
