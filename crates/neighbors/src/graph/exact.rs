//! The exact graph: all pairs of places, tile by tile, each tile once.
//!
//! A tile is the product of the coordinates of some places with those of others. It bounds all
//! their distances at once, for the rows and for the columns; distances that the bounds cannot
//! order are measured. The lists equal those of brute force in whatever order the tiles are done.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use parallax_embedding::{Cancelled, Progress};
use rayon::prelude::*;

use super::{
    Lists,
    points::Points,
    shortlist::{Search, Shortlists},
    space::{Space, products},
};

/// The most values on a side of a tile, ...
const SIDE_VALUES: usize = 1 << 20;

/// ... and the most places: a tile of products stays in a core's own cache.
const SIDE_PLACES: usize = 256;

/// The lists of the `k` nearest places of each place, of which there are more than `k`.
pub(super) fn lists(points: &Points<'_>, k: usize, progress: &Progress) -> Result<Lists, Cancelled> {
    if k == 0 {
        return Ok(Lists::new(points.places(), 0));
    }
    let space = &Space::new(points, progress)?;
    let search = Search { points, space, k };
    let sides = sides(space);
    let new = |side: &Range<usize>| Mutex::new(Shortlists::new(search, (side.start as u32..side.end as u32).collect()));
    let shortlists: Vec<Mutex<Shortlists<'_>>> = sides.iter().map(new).collect();
    let tiles: Vec<(u32, u32)> =
        (0..sides.len() as u32).flat_map(|i| (i..sides.len() as u32).map(move |j| (i, j))).collect();
    let done = AtomicUsize::new(0);
    tiles.par_iter().try_for_each_init(Vec::new, |tile, &(i, j)| {
        let (i, j) = (i as usize, j as usize);
        progress.advance(done.fetch_add(1, Ordering::Relaxed), tiles.len())?;
        let tile = fill(space, space.coordinates(sides[i].clone()), &sides[j], tile);
        // The smaller side first, here and everywhere, so that no two threads wait for each other.
        let mut rows = lock(&shortlists[i]);
        if i == j {
            rows.offer(tile, sides[j].start, None);
        } else {
            rows.offer(tile, sides[j].start, Some(&mut lock(&shortlists[j])));
        }
        Ok(())
    })?;
    let mut lists = Lists::new(space.len(), k);
    let side = sides.first().map_or(1, Range::len);
    lists.par_chunks_mut(side).zip(shortlists).try_for_each(|(lists, shortlists)| {
        progress.check()?;
        shortlists.into_inner().unwrap_or_else(PoisonError::into_inner).finish(lists);
        Ok(())
    })?;
    Ok(lists)
}

/// The lists of the `k` nearest places of some places. `k` is not 0 and less than the number of
/// places.
pub(super) fn lists_of(search: Search<'_>, owners: &[u32], progress: &Progress) -> Result<Lists, Cancelled> {
    const OWNERS: usize = 32;
    let (space, sides) = (search.space, sides(search.space));
    let (done, total) = (AtomicUsize::new(0), owners.len().div_ceil(OWNERS) * sides.len());
    let mut lists = Lists::new(owners.len(), search.k);
    lists.par_chunks_mut(OWNERS).zip(owners.par_chunks(OWNERS)).try_for_each_init(
        Vec::new,
        |tile, (lists, owners)| {
            let coordinates: Vec<f32> = owners
                .iter()
                .flat_map(|&place| space.coordinates(place as usize..place as usize + 1))
                .copied()
                .collect();
            let mut shortlists = Shortlists::new(search, owners.to_vec());
            for side in &sides {
                progress.advance(done.fetch_add(1, Ordering::Relaxed), total)?;
                shortlists.offer(fill(space, &coordinates, side, tile), side.start, None);
            }
            shortlists.finish(lists);
            Ok(())
        },
    )?;
    Ok(lists)
}

/// Ranges that together cover all places.
fn sides(space: &Space) -> Vec<Range<usize>> {
    let side = (SIDE_VALUES / space.stride()).clamp(1, SIDE_PLACES);
    (0..space.len()).step_by(side).map(|start| start..(start + side).min(space.len())).collect()
}

/// The products of the coordinates `a` with those of the places of a side.
fn fill<'a>(space: &Space, a: &[f32], side: &Range<usize>, tile: &'a mut Vec<f32>) -> &'a [f32] {
    tile.resize(a.len() / space.stride() * side.len(), 0.0);
    products(a, space.coordinates(side.clone()), space.stride(), tile);
    tile
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
