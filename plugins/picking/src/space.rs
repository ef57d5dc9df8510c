//! Points in space: along a ray, as a hand points, and within a sphere.
//!
//! A hand points somewhere else in each frame. Once the points rest, a tree of their places is built
//! in the background ([`keep_tree`]); until it is there, all points are looked at.

use std::time::Duration;

use bevy::{
    ecs::system::SystemParam,
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, TaskPool, futures::check_ready},
};
use parallax_cloud::{
    Cloud, CloudRevisions, Side, Style,
    optics::{MARKED_SCALE, Rings, SPRITE_SCALE, drawing},
};
use parallax_embedding::RowSet;
use parallax_neighbors::PlaceTree;
use parallax_state::{CurrentView, Opened, Shown};

use crate::outline::gather;

/// The tangent of the angle between a ray and the edge of a point up to which the point is hit if
/// there is none on the ray. A hand is not held still more precisely.
const SLACK: f32 = 0.012;

/// What a hand points at, which is hovered in place of what is under the pointer, where that was left.
/// `None` if no hand points.
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct HandPointed(pub Option<Option<u32>>);

/// How long points rest before their tree is built.
const REST: Duration = Duration::from_millis(300);

/// The tree of the points that rest.
#[derive(Resource, Default)]
pub struct PointTree {
    /// What the points are, and since when.
    now: (Version, Duration),
    built: Option<(Version, RestingPoints)>,
    building: Option<(Version, Task<RestingPoints>)>,
}

/// The revisions of the points: their number, where they are, and which are shown.
type Version = [u64; 3];

/// The rows of points, and the tree of their places.
struct RestingPoints {
    rows: Vec<u32>,
    tree: PlaceTree<3>,
}

/// The points, to be found in space. Without a tree, a search among a million points takes some
/// milliseconds.
#[derive(SystemParam)]
pub struct PointsInSpace<'w> {
    tree: Res<'w, PointTree>,
    revisions: Res<'w, CloudRevisions>,
    shown: Res<'w, Shown>,
    cloud: Res<'w, Cloud>,
    rings: Res<'w, Rings>,
    view: Res<'w, CurrentView>,
    opened: Res<'w, Opened>,
}

/// A point that was hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row.
    pub row: u32,
    /// Where it is, in world units.
    pub position: Vec3,
}

impl std::fmt::Debug for PointsInSpace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PointsInSpace").field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PointTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PointTree").field("now", &self.now).finish_non_exhaustive()
    }
}

impl RestingPoints {
    fn new(points: Vec<(u32, Vec3)>) -> Self {
        let places: Vec<[f32; 3]> = points.iter().map(|(_, place)| place.to_array()).collect();
        Self { rows: points.into_iter().map(|(row, _)| row).collect(), tree: PlaceTree::new(&places) }
    }

    /// Returns the first point on the ray, or the one nearest to it by the angle. `radius` returns
    /// that of the point of a row, at most `largest`.
    fn along(&self, ray: Ray3d, radius: impl Fn(u32) -> f32, largest: f32) -> Option<Hit> {
        let key = |point: u32, place: [f32; 3]| {
            passes(ray, place.into(), largest).filter(|(miss, _)| *miss <= SLACK)?;
            let row = self.rows[point as usize];
            let (miss, depth) = passes(ray, place.into(), radius(row))?;
            (miss <= SLACK).then_some((miss, depth, row, place))
        };
        let least = |low: [f32; 3], high: [f32; 3]| {
            let (low, high) = (Vec3::from(low), Vec3::from(high));
            let (miss, depth) = passes_least(ray, (low + high) / 2.0, low.distance(high) / 2.0, largest)?;
            (miss <= SLACK).then_some((miss, depth, 0, [f32::NEG_INFINITY; 3]))
        };
        let (_, (.., row, place)) = self.tree.first(key, least)?;
        Some(Hit { row, position: place.into() })
    }
}

/// Builds the tree of the points once they rest. Runs only if hands point at them.
pub fn keep_tree(
    (time, revisions, shown): (Res<Time<Real>>, Res<CloudRevisions>, Res<Shown>),
    cloud: Res<Cloud>,
    mut tree: ResMut<PointTree>,
) {
    let tree = &mut *tree;
    let version = version(&revisions, &shown);
    if tree.now.0 != version || cloud.morph() < 1.0 {
        tree.now = (version, time.elapsed());
    }
    if let Some((of, task)) = &mut tree.building
        && let Some(built) = check_ready(task)
    {
        tree.built = Some((*of, built));
        tree.building = None;
    }
    let of = |built: Option<Version>| built == Some(version);
    let is_known = of(tree.built.as_ref().map(|(of, _)| *of)) || tree.building.is_some();
    if !is_known && time.elapsed() >= tree.now.1 + REST {
        let points = gather(cloud.styles(), &cloud.seen(Side::First), |row, place, _| Some((row, place)));
        let build = async move { RestingPoints::new(points) };
        tree.building = Some((version, AsyncComputeTaskPool::get_or_init(TaskPool::default).spawn(build)));
    }
}

fn version(revisions: &CloudRevisions, shown: &Shown) -> Version {
    [revisions.points, revisions.positions, shown.revision]
}

impl PointsInSpace<'_> {
    /// Returns the number of points.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cloud.len()
    }

    /// Returns whether a search looks at few of the points.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.resting().is_some()
    }

    /// Returns the tree of the points as they are now.
    fn resting(&self) -> Option<&RestingPoints> {
        let (of, built) = self.tree.built.as_ref()?;
        (*of == version(&self.revisions, &self.shown) && self.cloud.morph() >= 1.0).then_some(built)
    }

    /// Returns the first point on the ray. If there is none, returns the one nearest to it by the
    /// angle, if that is small.
    #[must_use]
    pub fn along(&self, ray: Ray3d) -> Option<Hit> {
        let drawing = drawing(&self.view, &self.opened, *self.rings);
        let radius = |flags: u8| drawing.radius_in_room(self.cloud.radius, flags);
        if let Some(resting) = self.resting() {
            let flags = |row: u32| self.cloud.style(row).map_or(0, Style::flags);
            let largest = self.cloud.radius * MARKED_SCALE * SPRITE_SCALE;
            return resting.along(ray, |row| radius(flags(row)), largest);
        }
        let hits = gather(self.cloud.styles(), &self.cloud.seen(Side::First), |row, position, flags| {
            let (miss, depth) = passes(ray, position, radius(flags))?;
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
        gather(self.cloud.styles(), &self.cloud.seen(Side::First), inside).into()
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

/// Returns numbers that those of [`passes`] are not below for any sphere of `radius` whose center is
/// within `reach` of `middle`.
fn passes_least(ray: Ray3d, middle: Vec3, reach: f32, radius: f32) -> Option<(f32, f32)> {
    let way = middle - ray.origin;
    let depth = way.dot(*ray.direction);
    let off = (way - *ray.direction * depth).length();
    // The numbers are rounded.
    let reach = reach + 1e-5 * (1.0 + way.length());
    (depth + reach > 0.0).then(|| ((off - reach - radius).max(0.0) / (depth + reach), (depth - reach).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a cloud with a dense core, some of whose points are larger, and among points of which many
    /// are in one place.
    #[test]
    fn tree_finds_the_point_that_a_pass_finds() {
        let mut seed = 0;
        let mut number = || {
            seed += 1;
            parallax_embedding::random::unit(seed) * 2.0 - 1.0
        };
        let (usual, largest) = (0.01, 0.02);
        let radius = |row: u32| if row.is_multiple_of(7) { largest } else { usual };
        let mut found = [0; 3];
        for count in [0, 1, 300, 5000] {
            let mut place = |row: u32| {
                let at = Vec3::new(number(), number(), number());
                if row.is_multiple_of(5) { Vec3::splat(0.25) } else { at * at.length() }
            };
            let points: Vec<(u32, Vec3)> = (0..count).map(|row| (row * 3, place(row))).collect();
            let resting = RestingPoints::new(points.clone());
            for _ in 0..300 {
                let mut place = || Vec3::new(number(), number(), number());
                let (origin, toward) = (place() * 2.0, place() * 0.5);
                let ray = Ray3d::new(origin, Dir3::new(toward - origin).unwrap());
                let of = |&(row, position): &(u32, Vec3)| {
                    let (miss, depth) = passes(ray, position, radius(row))?;
                    (miss <= SLACK).then_some((miss, depth, row, position))
                };
                let all = points.iter().filter_map(of);
                let first = all.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
                let expected = first.map(|(.., row, position)| Hit { row, position });
                assert_eq!(resting.along(ray, radius, largest), expected, "{count} points, {ray:?}");
                found[first.map_or(0, |(miss, ..)| if miss > 0.0 { 1 } else { 2 })] += 1;
            }
        }
        assert!(found.iter().all(|count| *count > 20), "none, beside, on the ray: {found:?}");
    }

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
