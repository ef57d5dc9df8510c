//! NN-descent: a neighbor's neighbor is likely a neighbor (W. Dong, M. Charikar and K. Li,
//! "Efficient K-Nearest Neighbor Graph Construction for Generic Similarity Measures", WWW 2011).
//!
//! In each round, every place looks at those that are two steps away along the nearest edges, in
//! either direction, if at least one of the steps is new since the last round. A place changes only
//! its own list, by the edges as they were when the round began, so the result does not depend on
//! the number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use parallax_embedding::{Cancelled, Progress};
use rayon::prelude::*;

use super::{
    known::{Entry, Known, NONE, SEEN, entry, merge, place, reach},
    space::Space,
};

/// The number of lists that a thread takes at a time.
const CHUNK: usize = 128;

/// Runs one round, and returns how many entries are new. `edges` is the number of a place's nearest
/// that are followed, and the number of edges to it that are followed.
pub(super) fn round(space: &Space, known: &mut Known, edges: usize, progress: &Progress) -> Result<usize, Cancelled> {
    let steps = Steps::new(known, edges);
    let (width, added) = (known.width, AtomicUsize::new(0));
    let new = || Work { stamps: vec![0; space.len()], ..Work::default() };
    known.entries.par_chunks_mut(CHUNK * width).enumerate().try_for_each_init(new, |work, (chunk, lists)| {
        progress.check()?;
        for (from, list) in ((chunk * CHUNK) as u32..).zip(lists.chunks_exact_mut(width)) {
            let count = pulp::Arch::new().dispatch(Look { space, steps: &steps, from, list, work });
            added.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    })?;
    Ok(added.into_inner())
}

/// The edges that a round follows, as the lower halves of [`Entry`].
#[derive(Debug)]
struct Steps {
    edges: usize,
    /// Row-major, places x twice `edges`: the nearest, then those that this place is among the
    /// nearest of.
    steps: Vec<u32>,
}

impl Steps {
    /// Those of `known`, which is marked as seen.
    fn new(known: &mut Known, edges: usize) -> Self {
        let width = known.width;
        let edges = edges.min(width);
        let back = Back::new(known, edges);
        let places = known.entries.len() / width;
        let mut steps = vec![NONE as u32; places * 2 * edges];
        let lists = known.entries.par_chunks_mut(width);
        lists.zip(steps.par_chunks_mut(2 * edges)).enumerate().for_each_init(
            Vec::new,
            |scratch: &mut Vec<Entry>, (to, (list, steps))| {
                scratch.clear();
                scratch.extend(back.of(to));
                if scratch.len() > edges {
                    scratch.select_nth_unstable(edges - 1);
                }
                steps.iter_mut().zip(followed(list, edges)).for_each(|(step, entry)| *step = entry as u32);
                steps[edges..].iter_mut().zip(&*scratch).for_each(|(step, &entry)| *step = entry as u32);
                list.iter_mut().take(edges).filter(|entry| **entry != NONE).for_each(|entry| *entry |= SEEN);
            },
        );
        Self { edges, steps }
    }

    /// The places that are one step away, and whether the step is new.
    #[inline(always)]
    fn from(&self, place: u32) -> impl Iterator<Item = (u32, bool)> + Clone {
        let steps = &self.steps[place as usize * 2 * self.edges..][..2 * self.edges];
        steps.iter().filter(|&&step| step != NONE as u32).map(|&step| (step >> 1, step & 1 == 0))
    }
}

/// The edges, grouped by their targets.
#[derive(Debug)]
struct Back {
    starts: Vec<usize>,
    entries: Vec<Entry>,
}

impl Back {
    /// Of the `edges` first of each list.
    fn new(known: &Known, edges: usize) -> Self {
        let lists = || known.entries.chunks_exact(known.width);
        let mut starts = vec![0; lists().len() + 2];
        for list in lists() {
            followed(list, edges).for_each(|entry| starts[place(entry) as usize + 2] += 1);
        }
        for place in 2..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut entries = vec![NONE; starts.last().copied().unwrap_or(0)];
        for (from, list) in (0_u32..).zip(lists()) {
            for entry in followed(list, edges) {
                let at = &mut starts[place(entry) as usize + 1];
                entries[*at] = entry >> 32 << 32 | Entry::from(from << 1) | entry & SEEN;
                *at += 1;
            }
        }
        Self { starts, entries }
    }

    fn of(&self, place: usize) -> &[Entry] {
        &self.entries[self.starts[place]..self.starts[place + 1]]
    }
}

/// The first entries of a list.
fn followed(list: &[Entry], edges: usize) -> impl Iterator<Item = Entry> {
    list.iter().take(edges).copied().filter(|&entry| entry != NONE)
}

/// Room for the candidates of one place.
#[derive(Debug, Default)]
struct Work {
    /// For each place, one more than the last place that met it.
    stamps: Vec<u32>,
    near: Vec<Entry>,
    merged: Vec<Entry>,
}

/// What a place does in a round: adds the places one or two steps away to its list. Returns how
/// many were added.
struct Look<'a> {
    space: &'a Space,
    steps: &'a Steps,
    from: u32,
    list: &'a mut [Entry],
    work: &'a mut Work,
}

impl pulp::WithSimd for Look<'_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
        let Self { space, steps, from, list, work: Work { stamps, near, merged } } = self;
        let stamp = from + 1;
        stamps[from as usize] = stamp;
        for &entry in list.iter().filter(|&&entry| entry != NONE) {
            stamps[place(entry) as usize] = stamp;
        }
        let reach = reach(list);
        near.clear();
        for (middle, is_new) in steps.from(from) {
            for (to, is_next_new) in std::iter::once((middle, true)).chain(steps.from(middle)) {
                if (is_new || is_next_new) && stamps[to as usize] != stamp {
                    stamps[to as usize] = stamp;
                    if space.square(from as usize, to as usize) <= reach {
                        near.push(entry(space, from, to));
                    }
                }
            }
        }
        near.sort_unstable();
        merge(list, near, merged)
    }
}
