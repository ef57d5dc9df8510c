//! Measures t-SNE of the digits of MNIST, 10,000 x 784 from 0 to 1, at perplexity 30: in the plane for 750 steps and in space
//! for 1,000. Prints one JSON line each.
//!
//! Usage: `bench_tsne MNIST.npz`. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the threads. `kl` is exact; `recall_15` is the
//! share of each row's 15 nearest others that are among its 15 nearest in the layout, over all rows.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_formats::npy::npz;
use parallax_neighbors::{Metric, NeighborGraph};
use parallax_projection::{Affinities, Pca, PcaConfig, Tsne, TsneConfig, exact_kl, neighbors_for};
use rayon::prelude::*;

/// Neighbors whose recall is measured.
const RECALLED: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: bench_tsne MNIST.npz")?;
    let bytes = Arc::new(std::fs::read(&path)?);
    let digits = npz::vectors(bytes, Path::new(&path), "vectors", &Progress::default())?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    let vectors = Vectors::from_f32(digits.rows(), digits.dims(), values)?;
    let (rows, k) = (vectors.rows(), neighbors_for(TsneConfig::recommended().perplexity, vectors.rows()));
    let all: RowSet = (0..rows as u32).collect();
    let graph = NeighborGraph::exact(&vectors, &all, &RowSet::EMPTY, k, Metric::Euclidean, &Progress::default())?;
    for (name, dims, iterations) in [("tsne_2d_mnist", 2, 750), ("tsne_3d_mnist", 3, 1000)] {
        measure(name, &vectors, &graph, TsneConfig { dims, iterations, ..TsneConfig::recommended() })?;
    }
    Ok(())
}

fn measure(name: &str, vectors: &Vectors, graph: &NeighborGraph, config: TsneConfig) -> Result<(), Box<dyn Error>> {
    let mut pca = Pca::new(vectors.clone(), &RowSet::EMPTY, PcaConfig { components: config.dims })?;
    pca.run(&Progress::default())?;
    let started = Instant::now();
    Affinities::new(graph, config.perplexity)?;
    let affinities_s = started.elapsed().as_secs_f64();
    let dims = config.dims;
    let mut tsne = Tsne::new(graph, &pca.into_layout(), config)?;
    let mut times = Vec::new();
    while !tsne.is_finished() {
        let started = Instant::now();
        tsne.step()?;
        times.push(started.elapsed().as_secs_f64());
    }
    let steps_s: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "name": name, "affinities_s": affinities_s, "steps": times.len(), "steps_s": steps_s,
        "median_ms": times[times.len() / 2] * 1e3, "steps_per_s": times.len() as f64 / steps_s,
        "kl": exact_kl(tsne.affinities(), tsne.layout(), dims), "recall_15": recall(graph, tsne.layout(), dims),
        "peak_mib": peak_mib(), "threads": rayon::current_num_threads(),
    });
    println!("{line}");
    Ok(())
}

/// The share of the graph's first [`RECALLED`] neighbors of each point that are as near in the layout.
fn recall(graph: &NeighborGraph, layout: &[f32], dims: usize) -> f64 {
    let place = |point: usize| &layout[point * dims..(point + 1) * dims];
    let found: usize = (0..graph.len())
        .into_par_iter()
        .map(|point| {
            let distance =
                |other: usize| place(point).iter().zip(place(other)).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let mut others: Vec<(f32, u32)> =
                (0..graph.len()).filter(|&other| other != point).map(|other| (distance(other), other as u32)).collect();
            others.select_nth_unstable_by(RECALLED - 1, |a, b| a.0.total_cmp(&b.0));
            let truth = &graph.neighbors(point).0[..RECALLED];
            others[..RECALLED].iter().filter(|(_, other)| truth.contains(other)).count()
        })
        .sum();
    found as f64 / (graph.len() * RECALLED) as f64
}

/// The most memory that the process has held, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
