//! Regions on screen and in space, and the points in them.

use bevy::{
    prelude::*,
    tasks::{ComputeTaskPool, TaskPool},
};
use parallax_cloud::{SeenPlaces, Style};
use parallax_state::MANY;
use rayon::prelude::*;

/// A closed outline on screen, prepared for many queries.
///
/// A point is inside if the winding number is not zero, so that a lasso that overlaps itself has no
/// hole. The area is divided into cells. Cells that no edge touches are entirely inside or outside.
/// In the others a point is compared with the edges at its height.
#[derive(Debug)]
pub(crate) struct Outline {
    bounds: Rect,
    /// The edges at the height of each row of cells.
    bands: Vec<Vec<[Vec2; 2]>>,
    columns: usize,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Outside,
    Inside,
    Edge,
}

/// The side of a cell, in pixels.
const CELL: f32 = 8.0;
/// An edge also marks cells within this distance, in case of rounding.
const NEAR: f32 = 0.05;

impl Outline {
    /// Creates the closed outline through `corners`.
    pub(crate) fn new(corners: &[Vec2]) -> Self {
        let bounds = corners.iter().fold(Rect::EMPTY, |bounds, &corner| bounds.union_point(corner));
        let size = if bounds.is_empty() { Vec2::ZERO } else { bounds.size() / CELL + 1.0 };
        let (columns, count) = (size.x as usize, size.y as usize);
        let mut outline =
            Self { bounds, bands: vec![Vec::new(); count], columns, cells: vec![Cell::Outside; columns * count] };
        let ends = corners.iter().skip(1).chain(corners.first());
        if count > 0 {
            corners.iter().zip(ends).for_each(|(&a, &b)| outline.add([a, b]));
        }
        for place in 0..outline.cells.len() {
            let middle = Vec2::new((place % columns) as f32 + 0.5, (place / columns) as f32 + 0.5) * CELL;
            if outline.cells[place] != Cell::Edge && outline.winds_around(bounds.min + middle) {
                outline.cells[place] = Cell::Inside;
            }
        }
        outline
    }

    /// Adds an edge to the bands at its height, and marks the cells that it touches.
    fn add(&mut self, [a, b]: [Vec2; 2]) {
        let last = Vec2::new(self.columns as f32 - 1.0, self.bands.len() as f32 - 1.0);
        let cell = |at: Vec2| ((at - self.bounds.min) / CELL).floor().clamp(Vec2::ZERO, last);
        for band in cell(a.min(b) - NEAR).y as usize..=cell(a.max(b) + NEAR).y as usize {
            if a.y != b.y {
                self.bands[band].push([a, b]);
            }
            let top = self.bounds.min.y + band as f32 * CELL;
            let at_height = |y: f32| if a.y == b.y { a } else { a.lerp(b, ((y - a.y) / (b.y - a.y)).clamp(0.0, 1.0)) };
            let ends = if a.y == b.y { [a, b] } else { [at_height(top - NEAR), at_height(top + CELL + NEAR)] };
            let [low, high] = [ends[0].min(ends[1]) - NEAR, ends[0].max(ends[1]) + NEAR].map(|at| cell(at).x as usize);
            self.cells[band * self.columns..][low..=high].fill(Cell::Edge);
        }
    }

    /// Creates the outline of the box between two corners.
    pub(crate) fn rect(a: Vec2, b: Vec2) -> Self {
        Self::new(&rect_corners(a, b))
    }

    /// Returns the bounding box of the outline.
    pub(crate) fn bounds(&self) -> Rect {
        self.bounds
    }

    /// Returns `true` if `at` is inside.
    #[inline]
    pub(crate) fn contains(&self, at: Vec2) -> bool {
        if !self.bounds.contains(at) {
            return false;
        }
        let cell = ((at - self.bounds.min) / CELL).as_uvec2();
        match self.cells.get(cell.y as usize * self.columns + cell.x as usize) {
            None | Some(Cell::Outside) => false,
            Some(Cell::Inside) => true,
            Some(Cell::Edge) => self.winds_around(at),
        }
    }

    /// Returns `true` if the outline winds around `at` (Sunday, "Inclusion of a point in a
    /// polygon", 2001).
    fn winds_around(&self, at: Vec2) -> bool {
        let Some(band) = self.bands.get(((at.y - self.bounds.min.y) / CELL) as usize) else { return false };
        let mut winding = 0;
        for &[a, b] in band {
            let left = (b - a).perp_dot(at - a);
            if a.y <= at.y && b.y > at.y && left > 0.0 {
                winding += 1;
            } else if a.y > at.y && b.y <= at.y && left < 0.0 {
                winding -= 1;
            }
        }
        winding != 0
    }
}

/// Returns the corners of the box between two opposite corners.
pub(crate) fn rect_corners(a: Vec2, b: Vec2) -> [Vec2; 4] {
    [a, Vec2::new(b.x, a.y), b, Vec2::new(a.x, b.y)]
}

/// Returns the radius of the sphere around `center` that touches a ray from `origin` along the unit
/// vector `direction`.
pub(crate) fn touching_radius(center: Vec3, origin: Vec3, direction: Vec3) -> f32 {
    (center - origin).cross(direction).length()
}

/// The number of points of one task.
const POINTS_A_TASK: usize = 1 << 15;

/// Calls `look` for every point that is visible in a picture of these places, in parallel, and returns
/// its results in row order. `look` gets the row, the current place, and the flags.
///
/// Many points are looked at on the threads of long work: those of the frame are for the frame.
pub(crate) fn gather<T: Send + 'static>(
    styles: &[Style],
    places: &SeenPlaces,
    look: impl Fn(u32, Vec3, u8) -> Option<T> + Sync,
) -> Vec<T> {
    let look = &look;
    let task = move |(task, styles): (usize, &[Style])| -> Vec<T> { places.find(task * POINTS_A_TASK, styles, look) };
    let found: Vec<Vec<T>> = if styles.len() < MANY {
        ComputeTaskPool::get_or_init(TaskPool::default).scope(|scope| {
            for chunk in styles.chunks(POINTS_A_TASK).enumerate() {
                scope.spawn(async move { task(chunk) });
            }
        })
    } else {
        styles.par_chunks(POINTS_A_TASK).enumerate().map(task).collect()
    };
    let mut all = Vec::with_capacity(found.iter().map(Vec::len).sum());
    found.into_iter().for_each(|some| all.extend(some));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1, by a linear congruential generator (Knuth, MMIX).
    fn numbers(mut seed: u64) -> impl Iterator<Item = f32> {
        std::iter::from_fn(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((seed >> 40) as f32 / (1_u64 << 24) as f32)
        })
    }

    /// Uses the sum of the angles between the corners: a multiple of a full turn, 0 outside.
    fn winds_around(corners: &[Vec2], at: Vec2) -> bool {
        let next = |i: usize| corners[(i + 1) % corners.len()];
        let turn: f64 = (0..corners.len())
            .map(|i| {
                let (a, b) = ((corners[i] - at).as_dvec2(), (next(i) - at).as_dvec2());
                a.perp_dot(b).atan2(a.dot(b))
            })
            .sum();
        (turn / std::f64::consts::TAU).round() != 0.0
    }

    #[test]
    fn outline_contains_what_it_winds_around() {
        for (seed, count) in [(1, 3), (2, 4), (3, 7), (4, 40), (5, 300)] {
            let mut numbers = numbers(seed);
            let mut point = || Vec2::new(numbers.next().unwrap() * 300.0 - 50.0, numbers.next().unwrap() * 200.0);
            let corners: Vec<Vec2> = (0..count).map(|_| point()).collect();
            let outline = Outline::new(&corners);
            let mut inside = 0;
            for _ in 0..500 {
                let at = point();
                assert_eq!(outline.contains(at), winds_around(&corners, at), "{at} in {corners:?}");
                inside += usize::from(outline.contains(at));
            }
            assert!(inside > 0 && inside < 500, "{inside} of 500 inside of {count} corners");
        }
    }

    #[test]
    fn outline_has_no_hole_where_it_overlaps_itself() {
        let turn = |i: u16| Vec2::from_angle(f32::from(i) * 0.1) * 50.0 + Vec2::splat(100.0);
        let twice: Vec<Vec2> = (0..126).map(turn).collect();
        assert!(Outline::new(&twice).contains(Vec2::splat(100.0)));
    }

    #[test]
    fn outline_without_area_is_empty() {
        let at = Vec2::new(3.0, 4.0);
        for corners in [&[][..], &[at], &[at, at], &[at, Vec2::new(9.0, 4.0)], &[at, Vec2::new(3.0, 9.0), at]] {
            let outline = Outline::new(corners);
            assert!(![at, at + 0.5, Vec2::new(5.0, 4.0)].into_iter().any(|at| outline.contains(at)), "{corners:?}");
        }
        let outline = Outline::rect(Vec2::new(9.0, 2.0), Vec2::new(1.0, 8.0));
        assert!(outline.contains(Vec2::new(2.0, 3.0)) && !outline.contains(Vec2::new(0.9, 3.0)), "drawn to the left");
    }

    #[test]
    fn touching_radius_reaches_the_ray() {
        let (center, origin) = (Vec3::new(0.0, 0.0, -4.0), Vec3::ZERO);
        let direction = Vec3::new(3.0, 0.0, -4.0) / 5.0;
        assert!((touching_radius(center, origin, direction) - 2.4).abs() < 1e-6, "3 · 4 / 5");
        assert_eq!(touching_radius(center, origin, Vec3::NEG_Z), 0.0);
    }
}
