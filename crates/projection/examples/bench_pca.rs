//! Measures PCA(10) of the digits of MNIST, 10,000 x 784, as `u8` and as `f32` from 0 to 1. Prints
//! one JSON line each.
//!
//! Usage: `bench_pca MNIST.npz [RUNS]`. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the
//! threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_formats::npy::npz;
use parallax_projection::{Pca, PcaConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_pca MNIST.npz [RUNS]")?;
    let runs: usize = arguments.next().map_or(Ok(9), |runs| runs.parse())?;
    let bytes = Arc::new(std::fs::read(&path)?);
    let digits = npz::vectors(bytes, Path::new(&path), "vectors", &Progress::default())?;
    measure("pca_mnist_u8", &digits, runs)?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    measure("pca_mnist_f32", &Vectors::from_f32(digits.rows(), digits.dims(), values)?, runs)
}

fn measure(name: &str, vectors: &Vectors, runs: usize) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let mut pca = Pca::new(vectors.clone(), &RowSet::EMPTY, PcaConfig::recommended())?;
        pca.run(&Progress::default())?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "name": name, "median_ms": times[times.len() / 2], "min_ms": times[0], "runs": times.len(),
        "threads": rayon::current_num_threads(),
    });
    println!("{line}");
    Ok(())
}
