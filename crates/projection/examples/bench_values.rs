//! Measures what the number type of vectors costs: the digits of MNIST, 10,000 x 784 from 0 to 1,
//! as `u8`, `f16`, `f32`, and `f64`. For each type it times the check of the values when they are
//! loaded, PCA(10), 100 neighbors of a row, and the graph of 90 neighbors of all rows; then it
//! prints `f64` as a multiple of `f32`. Prints one JSON line per measurement.
//!
//! Usage: `bench_values MNIST.npz [RUNS]`. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds
//! the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use half::f16;
use parallax_embedding::{Dtype, Embedding, Progress, RowSet, Vectors};
use parallax_formats::npy::npz;
use parallax_neighbors::{Metric, NeighborGraph, nearest};
use parallax_projection::{Pca, PcaConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_values MNIST.npz [RUNS]")?;
    let runs: usize = arguments.next().map_or(Ok(5), |runs| runs.parse())?;
    let digits = npz::vectors(Arc::new(std::fs::read(&path)?), Path::new(&path), "vectors", &Progress::default())?;
    let (rows, dims, mut buffer) = (digits.rows(), digits.dims(), Vec::new());
    let pixels = digits.block(0..rows, &mut buffer);
    let wide: Vec<u8> = pixels.iter().flat_map(|pixel| (f64::from(*pixel) / 255.0).to_le_bytes()).collect();
    let narrow: Vec<f32> = pixels.iter().map(|pixel| pixel / 255.0).collect();
    let halves = narrow.iter().map(|&pixel| f16::from_f32(pixel)).collect();
    measure("u8", &digits, runs)?;
    measure("f16", &Vectors::from_f16(rows, dims, halves)?, runs)?;
    let f32 = measure("f32", &Vectors::from_f32(rows, dims, narrow)?, runs)?;
    let f64 = measure("f64", &Vectors::from_bytes(rows, dims, Dtype::F64, Arc::new(wide), 0)?, runs)?;
    for ((part, narrow), (_, wide)) in f32.iter().zip(f64) {
        print(&format!("values_f64_{part}_ratio"), wide / narrow);
    }
    Ok(())
}

/// Times each part of the work; returns their names and the milliseconds that they took.
fn measure(of: &str, vectors: &Vectors, runs: usize) -> Result<[(&'static str, f64); 4], Box<dyn Error>> {
    let (all, none, progress) = ((0..vectors.rows() as u32).collect::<RowSet>(), RowSet::EMPTY, Progress::default());
    let mut query = 0;
    let parts = [
        (
            "check",
            milliseconds(3 * runs, || {
                Embedding::new("digits", vectors.clone(), &progress)?;
                Ok(())
            })?,
        ),
        (
            "pca",
            milliseconds(runs, || Ok(Pca::new(vectors.clone(), &none, PcaConfig::recommended())?.run(&progress)?))?,
        ),
        (
            "nearest",
            milliseconds(3 * runs, || {
                query += 97;
                nearest(vectors, query, 100, Metric::Euclidean, &none, &progress)?;
                Ok(())
            })?,
        ),
        (
            "graph",
            milliseconds(runs, || {
                NeighborGraph::exact(vectors, &all, &none, 90, Metric::Euclidean, &progress)?;
                Ok(())
            })?,
        ),
    ];
    parts.iter().for_each(|(part, milliseconds)| print(&format!("values_{of}_{part}_ms"), *milliseconds));
    Ok(parts)
}

/// The median time of some runs.
fn milliseconds(runs: usize, mut work: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..runs.max(1) {
        let started = Instant::now();
        work()?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value }));
}
