//! Measures the exact graph of the digits of MNIST, 10,000 x 784 from 0 to 1, with 90 neighbors,
//! and the approximate and the exact one of a Gaussian mixture of 100,000 x 50. Prints one JSON
//! line per measurement.
//!
//! Usage: `bench_graph MNIST.npz [RUNS]`. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the
//! threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors, random};
use parallax_formats::npy::npz;
use parallax_neighbors::{GraphSearch, Metric, NeighborGraph, NeighborsError};
use rayon::prelude::*;

const NEIGHBORS: usize = 90;
const ROWS: usize = 100_000;
const DIMS: usize = 50;
const CLUSTERS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_graph MNIST.npz [RUNS]")?;
    let runs: usize = arguments.next().map_or(Ok(5), |runs| runs.parse())?;
    let bytes = Arc::new(std::fs::read(&path)?);
    let digits = npz::vectors(bytes, Path::new(&path), "vectors", &Progress::default())?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    let digits = Vectors::from_f32(digits.rows(), digits.dims(), values)?;
    for metric in [Metric::Euclidean, Metric::Cosine] {
        let build = || exact(&digits, NEIGHBORS, metric);
        measure(&format!("graph_mnist_exact_k{NEIGHBORS}_{metric}"), runs, build)?;
    }
    let mixture = Vectors::from_f32(ROWS, DIMS, mixture())?;
    for k in [15, NEIGHBORS] {
        let build = || {
            NeighborGraph::approximate(
                &mixture,
                &all(&mixture),
                &RowSet::EMPTY,
                k,
                Metric::Euclidean,
                42,
                &Progress::default(),
            )
        };
        measure(&format!("graph_mixture_approximate_k{k}_euclidean"), runs, build)?;
    }
    measure(&format!("graph_mixture_exact_k{NEIGHBORS}_euclidean"), 1, || exact(&mixture, NEIGHBORS, Metric::Euclidean))
}

fn exact(vectors: &Vectors, k: usize, metric: Metric) -> Result<NeighborGraph, NeighborsError> {
    NeighborGraph::exact(vectors, &all(vectors), &RowSet::EMPTY, k, metric, &Progress::default())
}

fn all(vectors: &Vectors) -> RowSet {
    (0..vectors.rows() as u32).collect()
}

fn measure(
    name: &str,
    runs: usize,
    build: impl Fn() -> Result<NeighborGraph, NeighborsError>,
) -> Result<(), Box<dyn Error>> {
    let (mut times, mut recall) = (Vec::new(), 1.0);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let graph = build()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if let GraphSearch::Approximate { recall: measured, .. } = graph.search() {
            recall = measured;
        }
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "name": name, "median_ms": times[times.len() / 2], "min_ms": times[0], "runs": times.len(), "recall": recall,
        "threads": rayon::current_num_threads(),
    });
    println!("{line}");
    Ok(())
}

/// Standard normal points around [`CLUSTERS`] centers, which are three times as far apart.
fn mixture() -> Vec<f32> {
    let value = |place: usize| {
        let center = (1 << 40) + place / DIMS % CLUSTERS * DIMS + place % DIMS;
        normal(place) + 3.0 * normal(center)
    };
    (0..ROWS * DIMS).into_par_iter().map(value).collect()
}

/// A normally distributed number that depends on `place` alone (G. E. P. Box and M. E. Muller, "A
/// Note on the Generation of Random Normal Deviates", 1958).
fn normal(place: usize) -> f32 {
    let radius = (-2.0 * (1.0 - uniform(2 * place)).ln()).sqrt();
    radius * (std::f32::consts::TAU * uniform(2 * place + 1)).cos()
}

/// A number from 0 to 1, a hash of its place.
fn uniform(place: usize) -> f32 {
    random::unit(place as u64)
}
