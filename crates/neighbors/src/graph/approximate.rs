//! The approximate graph, for data whose exact graph would take long: random trees, then rounds of
//! NN-descent.
//!
//! The trees find most neighbors, the rounds find the rest. Distances are measured as in the exact
//! graph, so only *which* neighbors are found is approximate. The part of them that is right is
//! measured on a sample.

use parallax_embedding::{Cancelled, Progress};
use rayon::prelude::*;

use super::{
    Lists, descent, exact,
    forest::{add_tree, random},
    known::{Known, NONE, place},
    points::{Points, Scratch},
    shortlist::Search,
    space::Space,
};

/// The search ends when this part of the neighbors of a sample is found, ...
const ENOUGH: f32 = 0.96;

/// ... or after this many trees and then this many rounds, ...
const TREES: usize = 12;
const ROUNDS: usize = 8;

/// ... or after a round that adds less than one entry in this many.
const ADDED_ONE_IN: usize = 500;

/// The least number of entries in a list: with fewer, the descent has too few paths.
const WIDTH: usize = 30;

/// Edges of a place that a round follows, each way.
const EDGES: usize = 12;

/// The number of places by which the search decides when to end.
const GUIDES: usize = 100;

/// The number of places by which the recall is measured. They are drawn independently of those that
/// guide the search, so the figure is not biased by them.
const SAMPLE: usize = 300;

/// The lists of about the `k` nearest places of each place, the part of a sample's neighbors that
/// is found there, and the size of the sample.
pub(super) fn lists(
    points: &Points<'_>,
    k: usize,
    seed: u64,
    progress: &Progress,
) -> Result<(Lists, f32, usize), Cancelled> {
    let space = &Space::new(points, progress)?;
    let search = Search { points, space, k };
    let known = find(search, seed, progress)?;
    let lists = measure(points, &known, k, progress)?;
    progress.begin("Measuring the recall");
    let (recall, sample) = recall(search, &lists, seed, progress)?;
    Ok((lists, recall, sample))
}

/// Grows trees, then makes rounds, until enough is known.
fn find(search: Search<'_>, seed: u64, progress: &Progress) -> Result<Known, Cancelled> {
    let Search { space, k, .. } = search;
    let guides = sample(space.len(), GUIDES, seed);
    let exact = exact::lists_of(search, &guides, progress)?;
    let mut known = Known::new(space.len(), k.max(WIDTH).min(space.len() - 1));
    let is_enough = |known: &Known| {
        let is_found = |i: usize, neighbor: u32| known.list(guides[i]).iter().any(|&entry| place(entry) == neighbor);
        let found = |i: usize| exact.row(i).0.iter().filter(|&&neighbor| is_found(i, neighbor)).count();
        (0..guides.len()).map(found).sum::<usize>() as f32 >= ENOUGH * (guides.len() * k) as f32
    };
    for tree in 0..TREES {
        progress.advance(tree, TREES + ROUNDS)?;
        add_tree(space, &mut known, random(seed, tree as u64), progress)?;
        if is_enough(&known) {
            return Ok(known);
        }
    }
    for round in 0..ROUNDS {
        progress.advance(TREES + round, TREES + ROUNDS)?;
        let added = descent::round(space, &mut known, EDGES, progress)?;
        if added * ADDED_ONE_IN < known.entries.len() || is_enough(&known) {
            break;
        }
    }
    Ok(known)
}

/// The `k` nearest of each list, measured by the metric.
fn measure(points: &Points<'_>, known: &Known, k: usize, progress: &Progress) -> Result<Lists, Cancelled> {
    const CHUNK: usize = 64;
    let mut lists = Lists::new(points.places(), k);
    lists.par_chunks_mut(CHUNK).zip(known.entries.par_chunks(CHUNK * known.width)).enumerate().try_for_each_init(
        Scratch::default,
        |scratch, (chunk, (lists, entries))| {
            progress.check()?;
            let lists = lists.rows().zip(entries.chunks_exact(known.width));
            for (from, ((indices, distances), entries)) in ((chunk * CHUNK) as u32..).zip(lists) {
                let met = entries.iter().filter(|&&entry| entry != NONE).map(|&entry| place(entry));
                points.measure(from, met, scratch);
                for ((index, distance), &(to, other)) in indices.iter_mut().zip(distances).zip(&scratch.measured) {
                    (*index, *distance) = (other, to);
                }
            }
            Ok(())
        },
    )?;
    Ok(lists)
}

/// The part of the neighbors in the lists of a random sample that are as near as the exact ones,
/// and the sample's size.
fn recall(search: Search<'_>, lists: &Lists, seed: u64, progress: &Progress) -> Result<(f32, usize), Cancelled> {
    let sample = sample(search.space.len(), SAMPLE, !seed);
    let exact = exact::lists_of(search, &sample, progress)?;
    let found = |(i, &place): (usize, &u32)| {
        let farthest = exact.row(i).1.last().copied().unwrap_or(0.0);
        lists.row(place as usize).1.iter().filter(|&&distance| distance <= farthest).count()
    };
    let found: usize = sample.iter().enumerate().map(found).sum();
    Ok((found as f32 / (sample.len() * search.k) as f32, sample.len()))
}

/// Returns `count` random places, or all; `seed` decides which.
fn sample(places: usize, count: usize, seed: u64) -> Vec<u32> {
    if places <= count {
        return (0..places as u32).collect();
    }
    // One from each of equal parts, so that no place is drawn twice.
    let part = |i: usize| i * places / count..(i + 1) * places / count;
    (0..count).map(|i| (part(i).start + random(seed, i as u64) as usize % part(i).len()) as u32).collect()
}
