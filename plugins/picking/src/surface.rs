//! Finds the points that are not covered by nearer ones.
//!
//! The points in a part of the screen are drawn into a small picture of numbers with one cell for each
//! logical pixel, as the GPU draws them: discs or thumbnails, the nearest in front. A point whose
//! number, its place in the order of drawing, is in no cell is covered.

use bevy::{
    prelude::*,
    tasks::{ComputeTaskPool, TaskPool},
};
use parallax_cloud::{
    SeenPlaces, Style,
    optics::{Drawing, OnScreen, Optics},
};

use crate::outline::gather;

/// Returns those of the ascending `rows` that are visible within `area`.
pub(crate) fn visible(
    rows: Vec<u32>,
    area: Rect,
    (styles, places, optics): (&[Style], &SeenPlaces, &Optics),
    drawing: &Drawing,
) -> Vec<u32> {
    let discs = gather(styles, places, |row, place, flags| {
        let (seen, shape) = optics.draw(place, flags, drawing)?;
        let reach = if shape == Vec2::ZERO { Vec2::splat(seen.radius) } else { shape * seen.radius };
        let touches = !area.intersect(Rect::from_center_half_size(seen.center, reach + 1.0)).is_empty();
        touches.then_some(Disc { slot: places.slot(row) as u32, seen, shape })
    });
    let front = front(&discs, area);
    rows.into_iter().filter(|&row| front.binary_search(&(places.slot(row) as u32)).is_ok()).collect()
}

/// A point on screen. Half its size is `shape` times its radius; it is a disc if `shape` is zero.
#[derive(Debug, Clone, Copy)]
struct Disc {
    slot: u32,
    seen: OnScreen,
    shape: Vec2,
}

/// Returns the slots of the points that are in front anywhere in `area`, ascending.
fn front(discs: &[Disc], area: Rect) -> Vec<u32> {
    let (width, height) = (area.width().ceil() as usize + 1, area.height().ceil() as usize + 1);
    let pool = ComputeTaskPool::get_or_init(TaskPool::default);
    let lines = height.div_ceil(pool.thread_num().max(1)).max(1);
    let mut cells = vec![0_u64; width * height];
    pool.scope(|scope| {
        for (band, cells) in cells.chunks_mut(lines * width).enumerate() {
            let corner = area.min + Vec2::new(0.0, (band * lines) as f32);
            scope.spawn(async move { discs.iter().for_each(|disc| draw(disc, cells, width, corner)) });
        }
    });
    let mut slots: Vec<u32> = cells.into_iter().filter(|&cell| cell != 0).map(|cell| cell as u32).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// Draws a point into `cells`, rows of `width` cells whose first has its corner at `corner`. It
/// takes the cells whose centers it covers, and always the cell of its own center.
fn draw(&Disc { slot, seen, shape }: &Disc, cells: &mut [u64], width: usize, corner: Vec2) {
    // Depths are not negative, so their bits sort as they do. Of two points at the same depth the
    // GPU shows the later.
    let cell = u64::from(seen.depth.max(f32::MIN_POSITIVE).to_bits()) << 32 | u64::from(slot);
    let middle = seen.center - corner;
    let height = cells.len() / width;
    let disc = shape == Vec2::ZERO;
    let reach = if disc { Vec2::splat(seen.radius) } else { shape * seen.radius };
    let mut put = |x: usize, y: usize| {
        let known = &mut cells[y * width + x];
        *known = cell.max(*known);
    };
    let own = middle.floor();
    if own.cmpge(Vec2::ZERO).all() && (own.x as usize) < width && (own.y as usize) < height {
        put(own.x as usize, own.y as usize);
    }
    let (from, to) = ((middle - reach - 0.5).ceil().max(Vec2::ZERO), (middle + reach - 0.5).floor());
    if to.cmplt(from).any() {
        return;
    }
    for y in from.y as usize..=(to.y as usize).min(height.saturating_sub(1)) {
        for x in from.x as usize..=(to.x as usize).min(width - 1) {
            let away = Vec2::new(x as f32, y as f32) + 0.5 - middle;
            if !disc || away.length_squared() <= reach.x * reach.x {
                put(x, y);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disc(slot: u32, x: f32, y: f32, radius: f32, depth: f32) -> Disc {
        Disc { slot, seen: OnScreen { center: Vec2::new(x, y), radius, depth }, shape: Vec2::ZERO }
    }

    const AREA: Rect = Rect { min: Vec2::new(10.0, 20.0), max: Vec2::new(110.0, 90.0) };

    #[test]
    fn front_omits_covered_points() {
        let (near, behind, beside) =
            (disc(7, 50.0, 50.0, 10.0, 0.5), disc(3, 52.0, 50.0, 6.0, 0.4), disc(9, 62.0, 50.0, 6.0, 0.1));
        assert_eq!(front(&[near, behind, beside], AREA), [7, 9]);
        assert_eq!(front(&[behind, beside], AREA), [3, 9]);
        let outside = disc(1, 9.0, 10.0, 4.0, 0.9);
        assert_eq!(front(&[outside, behind], AREA), [3]);
        let specks = [disc(0, 30.2, 30.7, 0.1, 0.2), disc(1, 33.0, 30.0, 0.1, 0.2), disc(2, 30.4, 30.6, 0.1, 0.3)];
        assert_eq!(front(&specks, AREA), [1, 2], "the smallest takes a cell");
        let corner = disc(4, 58.0, 58.0, 1.0, 0.3);
        assert_eq!(front(&[near, corner], AREA), [4, 7], "beside the disc");
        assert_eq!(
            front(&[near, corner].map(|disc| Disc { shape: Vec2::ONE, ..disc }), AREA),
            [7],
            "behind the square"
        );
    }

    /// Compared with the nearest point that covers the center of each cell.
    #[test]
    fn front_agrees_with_brute_force() {
        let number = |i: u32, step: u32| f32::from((i * step % 997) as u16) / 997.0;
        let discs: Vec<_> = (0..400)
            .map(|i| disc(i, number(i, 71) * 130.0, number(i, 353) * 100.0, 1.0 + number(i, 29) * 9.0, number(i, 613)))
            .collect();
        let mut expected = std::collections::BTreeSet::new();
        for (x, y) in (10..111).flat_map(|x| (20..91).map(move |y| (x as f32 + 0.5, y as f32 + 0.5))) {
            let covers = |Disc { seen, .. }: &&Disc| {
                let away = Vec2::new(x, y) - seen.center;
                away.length() <= seen.radius || (away.abs().max_element() < 0.5)
            };
            let nearest = discs
                .iter()
                .filter(covers)
                .max_by(|a, b| a.seen.depth.total_cmp(&b.seen.depth).then(a.slot.cmp(&b.slot)));
            expected.extend(nearest.map(|disc| disc.slot));
        }
        let seen = front(&discs, AREA);
        assert_eq!(seen, expected.into_iter().collect::<Vec<_>>());
        assert!(seen.len() < 300, "{} of 400 are seen: some must be covered", seen.len());
    }
}
