//! Points in batches that are near each other, so that few of many are looked at for what is under the
//! pointer.
//!
//! The batches are cut from the points in Morton order, and each has the box around its points. They
//! are made in a task when the pointer is over points that rest, and found again when the points have
//! moved. They hold row numbers and boxes: where a point is, and whether it is seen, is asked as in a
//! pass over all points, so that the answer is the same.

use std::time::Duration;

use bevy::prelude::*;
use parallax_cloud::{
    Cloud, CloudRevisions, Phase, SeenPlaces, Side, Style,
    optics::{Drawing, Optics, tier},
};
use parallax_state::{MANY, Pending, Wake};
use rayon::prelude::*;

/// The number of points of a batch.
const BATCH: usize = 512;

/// How long points rest before their batches are made.
const REST: Duration = Duration::from_millis(200);

/// The batches of the points that rest, by the places that a picture shows.
#[derive(Resource, Default)]
pub(crate) struct Resting([OfSide; 3]);

#[derive(Default)]
struct OfSide {
    /// What the points are, and since when.
    now: Option<(Version, Duration)>,
    made: Option<(Version, Batches)>,
    making: Pending<(Version, Batches)>,
}

/// What batches depend on: the points, their places, and how far these are on their way.
type Version = ([u64; 3], Phase);

/// Whether few points have to be looked at.
pub(crate) enum Few<'a> {
    /// All, because there are not many.
    All,
    /// Those of the batches that a pointer may touch.
    Batches(&'a Batches),
    /// It is not known yet which. Unless the batches are being made, another frame has to ask for them.
    NotYet { are_made: bool },
}

impl Resting {
    /// Returns the batches of the points in a picture of these places, or has them made.
    pub(crate) fn of(
        &mut self,
        (cloud, revisions): (&Cloud, &CloudRevisions),
        side: Side,
        (now, wake): (Duration, &Wake),
    ) -> Few<'_> {
        if cloud.len() < MANY {
            return Few::All;
        }
        let of = &mut self.0[side as usize];
        let version = ([revisions.points, revisions.positions, revisions.second], cloud.phase());
        let since = match of.now {
            Some((known, since)) if known == version => since,
            _ => {
                of.now = Some((version, now));
                now
            }
        };
        if let Some(made) = of.making.take() {
            of.made = Some(made);
        }
        let is_made = |made: &Option<(Version, Batches)>| made.as_ref().is_some_and(|(of, _)| *of == version);
        if !is_made(&of.made) && !of.making.is_busy() && cloud.is_at_rest() && now >= since + REST {
            of.made = None;
            let (places, rows) = (cloud.seen(side), cloud.len());
            of.making.begin_behind(rows, wake, move || (version, Batches::of(&places, rows)));
        }
        match &of.made {
            Some((of, batches)) if *of == version => Few::Batches(batches),
            _ => Few::NotYet { are_made: of.making.is_busy() },
        }
    }
}

/// Rows in batches of points that are near each other.
#[derive(Debug)]
pub(crate) struct Batches {
    rows: Vec<u32>,
    /// The least and the greatest coordinates of each batch.
    boxes: Vec<[Vec3; 2]>,
}

impl Batches {
    /// Makes the batches of those of so many rows that have a place.
    pub(crate) fn of(places: &SeenPlaces, rows: usize) -> Self {
        let key = |row: usize| Some(u64::from(morton(places.at(row)?)) << 32 | row as u64);
        let mut keys: Vec<u64> = (0..rows).into_par_iter().filter_map(key).collect();
        keys.par_sort_unstable();
        let rows: Vec<u32> = keys.into_par_iter().map(|key| key as u32).collect();
        let around = |rows: &[u32]| {
            let none = [Vec3::INFINITY, Vec3::NEG_INFINITY];
            let places = rows.iter().filter_map(|&row| places.at(row as usize));
            places.fold(none, |[low, high], place| [low.min(place), high.max(place)])
        };
        let boxes = rows.par_chunks(BATCH).map(around).collect();
        Self { rows, boxes }
    }

    /// Returns the rows of batches with a point that may be within `slack` pixels of a pointer, if it is
    /// `scale` times as large. Each has a depth that none of its points is in front of, and those in
    /// front come first.
    pub(crate) fn near(
        &self,
        (optics, at, scale, slack): (&Optics, Vec2, f32, f32),
        (styles, drawing): (&[Style], &Drawing),
    ) -> Vec<(f32, &[u32])> {
        let batches = self.boxes.iter().zip(self.rows.chunks(BATCH));
        let near = batches.filter(|(within, _)| optics.may_touch_within(**within, at, scale, slack));
        let foremost = |(within, rows): (&[Vec3; 2], &'_ [u32])| {
            let styles = rows.iter().filter_map(|&row| styles.get(row as usize));
            let marks = styles.fold(0, |marks, style| marks | style.flags());
            let depth = foremost(optics, *within);
            // Thumbnails are in front of dots.
            tier(if drawing.thumbnails.is_some() { 0.5 + 0.5 * depth } else { depth }, marks)
        };
        let mut near: Vec<(f32, &[u32])> = near.map(|(within, rows)| (foremost((within, rows)), rows)).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        near
    }
}

/// Returns a depth that no point in the box is in front of.
fn foremost(optics: &Optics, [low, high]: [Vec3; 2]) -> f32 {
    let corner = |corner: u8| {
        let at = Vec3::select(BVec3::new(corner & 1 > 0, corner & 2 > 0, corner & 4 > 0), high, low);
        let clip = optics.clip_from_world() * at.extend(1.0);
        // Behind the eye there is no depth, and before it the greatest is 1.
        if clip.w > 0.0 { clip.z / clip.w } else { 1.0 }
    };
    // The depths of points are rounded, and those of a box without end are no numbers.
    let depths = (0..8).map(corner).map(|depth| if depth.is_finite() { depth * 1.000_1 } else { 1.0 });
    depths.fold(0.0, f32::max).min(1.0)
}

/// Returns the place on the Morton curve through the cube of the cloud, which has 1024 cells along each
/// side. What is outside of it is at its sides.
fn morton(place: Vec3) -> u32 {
    let spread = |x: f32| {
        let x = ((x + 1.0) * 512.0).clamp(0.0, 1023.0) as u32;
        let x = (x | x << 16) & 0x0300_00FF;
        let x = (x | x << 8) & 0x0300_F00F;
        let x = (x | x << 4) & 0x030C_30C3;
        (x | x << 2) & 0x0924_9249
    };
    spread(place.x) | spread(place.y) << 1 | spread(place.z) << 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit.
    #[test]
    fn morton_order_takes_the_bits_in_turn() {
        for [x, y, z] in [[0, 0, 0], [1023, 0, 0], [0, 1023, 5], [341, 682, 1023], [1, 2, 4]] {
            let cell = |cell: u32| (cell as f32 + 0.5) / 512.0 - 1.0;
            let expected = (0..10).fold(0, |key, bit| {
                let of = |cell: u32| cell >> bit & 1;
                key | of(x) << (3 * bit) | of(y) << (3 * bit + 1) | of(z) << (3 * bit + 2)
            });
            assert_eq!(morton(Vec3::new(cell(x), cell(y), cell(z))), expected, "{x} {y} {z}");
        }
        assert_eq!(morton(Vec3::splat(1e30)), (1 << 30) - 1);
        assert_eq!(morton(Vec3::splat(-1e30)), 0);
    }
}
