//! Computes where and how large a point is on screen, exactly as the vertex shader does. Picking
//! and labels use it.

use bevy::prelude::*;

use parallax_session::{PointStyle, View};
use parallax_state::Opened;

use crate::Style;

/// The side of the cells of level 0 of the thinning, in world units.
pub(crate) const COARSEST: f32 = 1.0;

/// Projects points to logical pixels.
#[derive(Debug, Clone, Copy)]
pub struct Optics {
    clip_from_world: Mat4,
    /// Half the viewport's size.
    half: Vec2,
    /// Pixels that one world unit takes at a clip w of 1.
    pixels_per_unit: f32,
    radius: f32,
    least: f32,
    /// The position of the eye; a direction if w is 0.
    eye: Vec4,
    /// By how much clip x is greater for the right eye, as a row of a matrix; 0 without stereo.
    beside: Vec4,
}

/// A point on screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnScreen {
    /// The center, in logical pixels from the upper left corner of the viewport.
    pub center: Vec2,
    /// The radius in logical pixels.
    pub radius: f32,
    /// Reverse depth: greater is nearer.
    pub depth: f32,
}

/// The smallest radius of a point in physical pixels.
pub const LEAST_RADIUS: f32 = 1.1;

/// Points up to this radius in physical pixels are squares of the same area as the disc, which counts
/// for picking.
#[cfg(test)]
pub(crate) const SQUARE: f32 = 1.5;

/// The largest radius of a point as a share of the viewport's height, so that a near point does not
/// fill the screen.
pub const GREATEST_SHARE: f32 = 0.2;

/// The factor by which a point with a ring is larger. Its radius is at least [`MARKED_RADIUS`].
pub const MARKED_SCALE: f32 = 1.35;

/// The smallest radius of a point with a ring, in logical pixels.
pub const MARKED_RADIUS: f32 = 3.0;

/// Which kinds of marked points have a ring around each point.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rings {
    /// Whether selected points have rings. If not, one outline surrounds all of them.
    pub selected: bool,
    /// Whether related points (neighbors and matches) have rings.
    pub related: bool,
}

impl Rings {
    /// Returns `true` if a point with these flags (those of its [`Style`]) has a ring.
    #[must_use]
    pub fn has(self, flags: u8) -> bool {
        (self.selected && flags & Style::SELECTED != 0) || (self.related && flags & Style::RELATED != 0)
    }
}

/// Half the longer side of a thumbnail, as a multiple of its radius.
pub const SPRITE_SCALE: f32 = 2.0;

/// The smallest and largest radius of a thumbnail in logical pixels. Far thumbnails stay
/// recognizable, and near ones do not fill the screen.
pub const THUMBNAIL_RADII: Vec2 = Vec2::new(7.0, 24.0);

/// Returns half the size of a thumbnail as multiples of its radius, given its size in pixels.
#[must_use]
pub fn thumbnail_shape(pixels: [u32; 2]) -> Vec2 {
    let size = Vec2::from(pixels.map(|side| side as f32));
    size / size.max_element() * SPRITE_SCALE
}

/// How points are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawing {
    /// Which points have rings.
    pub rings: Rings,
    /// Half the size of a thumbnail as multiples of its radius. `None` if points are spheres.
    pub thumbnails: Option<Vec2>,
}

impl Drawing {
    /// Returns the radius of a point with these flags in a room, where points have a radius of `radius`
    /// world units: that of a sphere, or of the disc that just covers the longer side of
    /// a thumbnail.
    #[must_use]
    #[inline]
    pub fn radius_in_room(&self, radius: f32, flags: u8) -> f32 {
        let sphere = if self.rings.has(flags) { radius * MARKED_SCALE } else { radius };
        if self.is_thumbnail_in_room(radius, flags) { sphere * SPRITE_SCALE } else { sphere }
    }

    /// Returns `true` if a point is drawn as a thumbnail in a room, where that does not depend on the
    /// distance.
    pub(crate) fn is_thumbnail_in_room(&self, radius: f32, flags: u8) -> bool {
        let cell = COARSEST * (-f32::from(flags >> Style::LEVEL_SHIFT)).exp2();
        let stands_out = flags & (Style::SELECTED | Style::RELATED) != 0;
        self.thumbnails.is_some_and(|size| stands_out || cell >= 2.0 * size.max_element() * radius)
    }
}

/// Returns how the points are drawn in this view.
#[must_use]
pub fn drawing(view: &View, opened: &Opened, rings: Rings) -> Drawing {
    let sheet = opened.embedding.as_ref().and_then(|embedding| embedding.sprite.as_ref());
    let thumbnails =
        sheet.filter(|_| view.points == PointStyle::Sprites).map(|sheet| thumbnail_shape(sheet.thumbnail()));
    Drawing { rings, thumbnails }
}

/// Returns the depth of a point with these flags. Marked points are in front of all others.
#[must_use]
#[inline]
pub fn tier(depth: f32, flags: u8) -> f32 {
    match flags {
        _ if flags & Style::SELECTED != 0 => 0.75 + 0.24 * depth,
        _ if flags & Style::RELATED != 0 => 0.5 + 0.2 * depth,
        _ => 0.5 * depth,
    }
}

impl Optics {
    /// Creates the projection of a camera with the given matrices, a viewport of `size` logical
    /// pixels, and points of `radius` world units.
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
            beside: Vec4::ZERO,
        }
    }

    /// Creates the projection of `camera` at `transform` for points of `radius` world units.
    /// Returns `None` if the camera has no viewport.
    #[must_use]
    pub fn of(camera: &Camera, transform: &GlobalTransform, radius: f32) -> Option<Self> {
        let size = camera.logical_viewport_size()?;
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        Some(Self::new(camera.clip_from_view(), transform.to_matrix().inverse(), size, scale, radius))
    }

    /// Returns this projection, which is the middle's, with the parallax of the right eye.
    #[must_use]
    pub fn beside(self, right: &Self) -> Self {
        Self { beside: right.clip_from_world.row(0) - self.clip_from_world.row(0), ..self }
    }

    /// Returns how many pixels farther right than the middle the right eye sees a point, which must
    /// be in front of the eye. The left eye sees it as many farther left.
    #[must_use]
    pub fn parallax(&self, position: Vec3) -> f32 {
        let position = position.extend(1.0);
        self.beside.dot(position) / self.clip_from_world.row(3).dot(position).max(1e-6) * self.half.x
    }

    /// Returns what the parallax depends on besides the matrix.
    #[must_use]
    pub(crate) fn lean(&self) -> Vec4 {
        self.beside
    }

    /// Returns the ray from the eye through a place in the viewport, in logical pixels. Returns
    /// `None` if the projection cannot be inverted.
    #[must_use]
    pub fn ray(&self, at: Vec2) -> Option<Ray3d> {
        let ndc = (at / self.half - 1.0) * Vec2::new(1.0, -1.0);
        let world_from_clip = self.clip_from_world.inverse();
        let [near, far] = [1.0, f32::EPSILON].map(|depth| world_from_clip.project_point3(ndc.extend(depth)));
        let direction = Dir3::new(far - near).ok()?;
        near.is_finite().then_some(Ray3d { origin: near, direction })
    }

    /// Returns the matrix from world space to clip space.
    #[must_use]
    pub fn clip_from_world(&self) -> Mat4 {
        self.clip_from_world
    }

    /// Returns the viewport's size in logical pixels.
    #[must_use]
    pub fn viewport(&self) -> Vec2 {
        self.half * 2.0
    }

    /// Returns `true` if the eye is farther along a world axis than `place`.
    #[must_use]
    pub fn is_beyond(&self, axis: usize, place: Vec3) -> bool {
        self.eye[axis] > place[axis] * self.eye.w
    }

    /// Returns how far `position` is from the eye, or with parallel rays from a plane across them.
    #[must_use]
    pub fn away(&self, position: Vec3) -> f32 {
        if self.eye.w == 0.0 {
            return -self.eye.xyz().normalize_or_zero().dot(position);
        }
        position.distance(self.eye.xyz() / self.eye.w)
    }

    /// Returns the number of pixels per world unit at `position`, which must be in front of the
    /// eye.
    #[must_use]
    pub fn unit(&self, position: Vec3) -> f32 {
        self.pixels_per_unit / self.clip_from_world.row(3).dot(position.extend(1.0)).max(1e-6)
    }

    /// Returns `true` if a point at `position`, `scale` times as large, may be within `slack`
    /// pixels of `at`. This quick test rejects most points without a division.
    #[must_use]
    #[inline]
    pub fn may_touch(&self, position: Vec3, at: Vec2, scale: f32, slack: f32) -> bool {
        let clip = self.clip_from_world * position.extend(1.0);
        let away = Vec2::new(clip.x, -clip.y) * self.half - (at - self.half) * clip.w;
        let greatest = self.half.y * 2.0 * GREATEST_SHARE;
        let radius = (self.radius * self.pixels_per_unit).max(self.least * clip.w).min(greatest * clip.w);
        away.abs().max_element() <= radius * scale + slack * clip.w
    }

    /// Returns `false` only if [`Optics::may_touch`] does for all positions from `low` to `high`, with as
    /// large a `scale` and as much `slack` or less. An end that is not finite rejects nothing.
    #[must_use]
    pub fn may_touch_within(&self, [low, high]: [Vec3; 2], at: Vec2, scale: f32, slack: f32) -> bool {
        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
        // The least value of a linear function of the position in the box, less what rounding may add.
        let least = |function: Vec4| {
            let (slope, at_middle) = (function.xyz(), function.xyz().dot(middle) + function.w);
            let spread = slope.abs().dot(half);
            let rounding = slope.abs().dot(middle.abs()) + spread + function.w.abs();
            at_middle - spread - 1e-5 * rounding
        };
        let [x, y, w] = [0, 1, 3].map(|row| self.clip_from_world.row(row));
        let away = [x * self.half.x - w * (at.x - self.half.x), -y * self.half.y - w * (at.y - self.half.y)];
        // A radius is that of the sphere, or the least one if that is greater.
        let sphere = w * slack + Vec4::W * (self.radius * self.pixels_per_unit * scale);
        let smallest = w * (slack + self.least * scale);
        let is_beyond = |away: Vec4| least(away - sphere) > 0.0 && least(away - smallest) > 0.0;
        !away.iter().any(|&away| is_beyond(away) || is_beyond(-away))
    }

    /// Returns the center of a point at `position` on screen, as [`Optics::project`] does.
    #[must_use]
    #[inline]
    pub fn center(&self, position: Vec3) -> Option<Vec2> {
        let clip = self.clip_from_world * position.extend(1.0);
        let before = clip.w > 0.0 && clip.z <= clip.w;
        before.then(|| self.half + Vec2::new(clip.x, -clip.y) / clip.w * self.half)
    }

    /// Returns a sphere at `position` as it appears on screen. Returns `None` if it is behind the
    /// camera.
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

impl Optics {
    /// Returns a point at `position` as it is drawn with these flags, and half its size as multiples of
    /// its radius (zero for a disc). Returns `None` if it is behind the camera.
    #[must_use]
    #[inline]
    pub fn draw(&self, position: Vec3, flags: u8, drawing: &Drawing) -> Option<(OnScreen, Vec2)> {
        let mut seen = self.project(position)?;
        let mut shape = Vec2::ZERO;
        if let Some(size) = drawing.thumbnails {
            let radius = seen.radius.clamp(THUMBNAIL_RADII.x, THUMBNAIL_RADII.y);
            let cell = COARSEST * (-f32::from(flags >> Style::LEVEL_SHIFT)).exp2() * self.unit(position);
            let stands_out = flags & (Style::SELECTED | Style::RELATED) != 0;
            if stands_out || cell >= 2.0 * size.max_element() * radius {
                (seen.radius, seen.depth, shape) = (radius, 0.5 + 0.5 * seen.depth, size);
            } else {
                seen.depth *= 0.5;
            }
        }
        if drawing.rings.has(flags) {
            seen.radius = (seen.radius * MARKED_SCALE).max(MARKED_RADIUS);
        }
        seen.depth = tier(seen.depth, flags);
        Some((seen, shape))
    }
}

#[cfg(test)]
mod shader;

#[cfg(test)]
mod tests {
    use super::*;

    /// A perspective camera of 90 degrees, one unit away: one unit is half the viewport's height.
    #[test]
    fn projection_matches_the_field_of_view() {
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

    /// A ray meets what is seen where it begins.
    #[test]
    fn ray_goes_through_what_is_seen_there() {
        let view_from_world = Mat4::from_translation(Vec3::new(0.0, 0.0, -3.0)) * Mat4::from_rotation_y(0.4);
        let perspective = Mat4::perspective_infinite_reverse_rh(1.0, 2.0, 0.01);
        let orthographic = Mat4::orthographic_rh(-2.0, 2.0, -1.0, 1.0, 20.0, 0.0);
        for lens in [perspective, orthographic] {
            let optics = Optics::new(lens, view_from_world, Vec2::new(800.0, 400.0), 1.0, 0.01);
            for place in [Vec3::ZERO, Vec3::new(0.5, -0.3, 0.6), Vec3::new(-0.4, 0.2, -0.9)] {
                let ray = optics.ray(optics.project(place).unwrap().center).unwrap();
                let away = (place - ray.origin).cross(*ray.direction).length();
                assert!(away < 1e-3, "{place} is {away} away");
            }
        }
    }

    #[test]
    fn may_touch_passes_near_points_and_few_others() {
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

    /// Marked points hide unmarked ones at any distance. Among points of one kind the nearer hides
    /// the farther.
    #[test]
    fn marked_points_are_in_front_and_larger() {
        let kinds = [Style::FADED, Style::RELATED, Style::SELECTED | Style::RELATED];
        for (behind, front) in [(kinds[0], kinds[1]), (kinds[1], kinds[2]), (kinds[0], kinds[2])] {
            assert!(tier(1.0, behind) <= tier(0.0, front));
        }
        assert!(kinds.iter().all(|&flags| tier(0.3, flags) < tier(0.31, flags)));
        let rings = Rings { selected: false, related: true };
        let drawing = Drawing { rings, thumbnails: None };
        let optics = |radius| {
            let clip_from_view = Mat4::perspective_infinite_reverse_rh(90_f32.to_radians(), 2.0, 0.01);
            let view_from_world = Mat4::from_translation(Vec3::new(0.0, 0.0, -1.0));
            Optics::new(clip_from_view, view_from_world, Vec2::new(800.0, 400.0), 1.0, radius)
        };
        let radius = |of: f32, flags: u8| optics(of).draw(Vec3::ZERO, flags, &drawing).unwrap().0.radius;
        assert_eq!(radius(0.005, Style::RELATED), MARKED_RADIUS);
        assert!((radius(0.05, Style::RELATED) - 10.0 * MARKED_SCALE).abs() < 1e-3);
        assert!((radius(0.01, Style::SELECTED) - 2.0).abs() < 1e-3, "an outline goes around all of them");
        // A unit is 200 pixels here: cells of level 2 are 50 pixels, of level 3 25, and thumbnails
        // are 28 pixels wide.
        let thumbnails = Drawing { thumbnails: Some(Vec2::splat(SPRITE_SCALE)), ..drawing };
        let is_thumbnail = |flags: u8| optics(0.005).draw(Vec3::ZERO, flags, &thumbnails).unwrap().1 != Vec2::ZERO;
        assert_eq!([2, 3].map(|level: u8| is_thumbnail(level << Style::LEVEL_SHIFT)), [true, false]);
        assert!(is_thumbnail(3 << Style::LEVEL_SHIFT | Style::SELECTED), "what stands out always is");
    }
}
