//! Measures [`PlaceTree`], which finds the 15 nearest of each of many places, beside the crate
//! `kdtree`, and beside a pass over all places, which answers one question. Prints one JSON line per
//! number of places. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, hint::black_box, time::Instant};

use kdtree::KdTree;
use parallax_embedding::random;
use parallax_neighbors::{Place, PlaceTree, square};
use rayon::prelude::*;

const NEIGHBORS: usize = 15;
const RUNS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    for points in [1_000, 10_000, 50_000, 200_000, 1_000_000] {
        measure(points)?;
    }
    Ok(())
}

fn measure(points: usize) -> Result<(), Box<dyn Error>> {
    let places = clusters(points);
    let (build_ms, tree) = timed(|| PlaceTree::new(&places));
    let (all_ms, _) = timed(|| tree.nearest_of_all(NEIGHBORS));
    let (kdtree_build_ms, kdtree) = timed(|| {
        let mut tree = KdTree::new(3);
        places.iter().zip(0..).try_for_each(|(&place, point)| tree.add(place, point)).map(|()| tree)
    });
    let kdtree: KdTree<f32, u32, Place<3>> = kdtree?;
    let nearest = |place: &Place<3>| kdtree.nearest(place, NEIGHBORS + 1, &between).map(|found| found.len());
    let (kdtree_all_ms, found) = timed(|| places.par_iter().map(nearest).sum::<Result<usize, _>>());
    found?;
    let pass = |place: &Place<3>| {
        let mut squares: Vec<f32> = places.par_iter().map(|&other| square(*place, other)).collect();
        *squares.select_nth_unstable_by(NEIGHBORS, f32::total_cmp).1
    };
    let mut times: Vec<f64> = places.iter().take(RUNS).map(|place| timed(|| black_box(pass(place))).0).collect();
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "points": points, "build_ms": build_ms, "all_ms": all_ms, "kdtree_build_ms": kdtree_build_ms,
        "kdtree_all_ms": kdtree_all_ms, "pass_ms": times[times.len() / 2], "threads": rayon::current_num_threads(),
    });
    println!("{line}");
    Ok(())
}

fn between(a: &[f32], b: &[f32]) -> f32 {
    square([a[0], a[1], a[2]], [b[0], b[1], b[2]])
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64() * 1e3, result)
}

/// Points around 50 centers, as a layout has them. Numbers are hashes of their places.
fn clusters(points: usize) -> Vec<Place<3>> {
    let unit = |place: usize| random::unit(place as u64) - 0.5;
    let near = |point: usize, axis: usize| {
        let spread: f32 = (0..4).map(|term| unit(12 * point + 4 * axis + term)).sum();
        20.0 * unit(usize::MAX / 2 + 3 * (point % 50) + axis) + spread
    };
    (0..points).into_par_iter().map(|point| [0, 1, 2].map(|axis| near(point, axis))).collect()
}
