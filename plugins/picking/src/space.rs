//! Points in space: along a ray, as a hand points, and within a sphere.

use bevy::{ecs::system::SystemParam, prelude::*};
use parallax_cloud::{
    Cloud,
    optics::{MARKED_SCALE, Rings, SPRITE_SCALE, drawing},
};
use parallax_embedding::RowSet;
use parallax_state::{CurrentView, Opened};

use crate::outline::{Points, gather};

/// The tangent of the angle between a ray and the edge of a point up to which the point is hit if
/// there is none on the ray. A hand is not held still more precisely.
const SLACK: f32 = 0.012;

/// The row that a hand points at, which is hovered like the one under the pointer.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct HandPointed(pub Option<u32>);

/// The points, to be found in space. A search among a million points takes some milliseconds.
#[derive(SystemParam)]
pub struct PointsInSpace<'w, 's> {
    cloud: Res<'w, Cloud>,
    rings: Res<'w, Rings>,
    view: Res<'w, CurrentView>,
    opened: Res<'w, Opened>,
    points: Points<'w, 's>,
}

/// A point that was hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row.
    pub row: u32,
    /// Where it is, in world units.
    pub position: Vec3,
}

impl std::fmt::Debug for PointsInSpace<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PointsInSpace").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl PointsInSpace<'_, '_> {
    /// Returns the number of points.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cloud.len()
    }

    /// Returns the first point on the ray. If there is none, returns the one nearest to it by the
    /// angle, if that is small.
    #[must_use]
    pub fn along(&self, ray: Ray3d) -> Option<Hit> {
        let drawing = drawing(&self.view, &self.opened, *self.rings);
        let usual = self.cloud.radius * if drawing.thumbnails.is_some() { SPRITE_SCALE } else { 1.0 };
        let hits = gather(&self.points, &self.cloud, |row, position, flags| {
            let radius = if drawing.rings.has(flags) { usual * MARKED_SCALE } else { usual };
            let (miss, depth) = passes(ray, position, radius)?;
            (miss <= SLACK).then_some((miss, depth, Hit { row, position }))
        });
        let better = |a: &(f32, f32, Hit), b: &(f32, f32, Hit)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        hits.into_iter().min_by(better).map(|(.., hit)| hit)
    }

    /// Returns the rows whose points have their centers in a sphere.
    #[must_use]
    pub fn within(&self, center: Vec3, radius: f32) -> RowSet {
        let reach = radius * radius;
        let inside = |row, place: Vec3, _| (place.distance_squared(center) <= reach).then_some(row);
        gather(&self.points, &self.cloud, inside).into()
    }
}

/// Returns how far a ray passes from a sphere, as the tangent of the angle at its origin (0 if it
/// hits), and the distance along the ray. Returns `None` if the sphere is behind the origin.
fn passes(ray: Ray3d, center: Vec3, radius: f32) -> Option<(f32, f32)> {
    let way = center - ray.origin;
    let depth = way.dot(*ray.direction);
    let off = (way - *ray.direction * depth).length();
    (depth > 0.0).then(|| ((off - radius).max(0.0) / depth, depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The square of the distance between a ray and a center, solved from the quadratic equation
    /// whose solutions are where the ray enters and leaves the sphere.
    fn enters(ray: Ray3d, center: Vec3, radius: f32) -> bool {
        let from = ray.origin - center;
        let half = from.dot(*ray.direction);
        half * half - (from.length_squared() - radius * radius) >= 0.0 && half < 0.0
    }

    #[test]
    fn ray_hits_the_spheres_that_it_enters() {
        let mut seed = 0;
        let mut number = || {
            seed += 1;
            parallax_embedding::random::unit(seed) * 2.0 - 1.0
        };
        let mut hits = 0;
        for _ in 0..2000 {
            let mut place = || Vec3::new(number(), number(), number());
            let (origin, toward, center) = (place() * 2.0, place() * 0.5, place() * 0.5);
            let ray = Ray3d::new(origin, Dir3::new(toward - origin).unwrap());
            let radius = 0.05 + 0.2 * number().abs();
            let passed = passes(ray, center, radius);
            let hit = passed.is_some_and(|(miss, _)| miss == 0.0);
            assert_eq!(hit, enters(ray, center, radius), "{ray:?} {center} {radius}");
            hits += usize::from(hit);
        }
        assert!(hits > 100 && hits < 1900, "{hits} of 2000");
    }

    /// At a distance of 10, a sphere whose edge is 1 away from the ray is missed by a tangent of 0.1.
    #[test]
    fn miss_is_the_tangent_of_an_angle() {
        let ray = Ray3d::new(Vec3::ZERO, Dir3::NEG_Z);
        let (miss, depth) = passes(ray, Vec3::new(0.0, 1.5, -10.0), 0.5).unwrap();
        assert!((miss - 0.1).abs() < 1e-6 && depth == 10.0);
        assert_eq!(passes(ray, Vec3::Z, 0.5), None, "behind");
    }
}
