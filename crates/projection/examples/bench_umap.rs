//! Measures UMAP in 3D of the digits of MNIST, 10,000 x 784 from 0 to 1, with 15 neighbors, and the quality of its layout.
//! Prints one JSON line a measurement.
//!
//! Usage: `bench_umap MNIST.npz [GRAPH]`. The neighbor graph is read from the file GRAPH where there is one, else written to it.
//! Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, fs, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_formats::npy::npz;
use parallax_neighbors::{Metric, NeighborGraph};
use parallax_projection::{Pca, PcaConfig, QUALITY_NEIGHBORS, Reference, Umap, UmapConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_umap MNIST.npz [GRAPH]")?;
    let bytes = Arc::new(fs::read(&path)?);
    let digits = npz::vectors(bytes, Path::new(&path), "vectors", &Progress::default())?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    let vectors = Vectors::from_f32(digits.rows(), digits.dims(), values)?;

    let start = Instant::now();
    let graph = neighbor_graph(&vectors, arguments.next().as_deref())?;
    let graph_seconds = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let mut pca = Pca::new(vectors.clone(), &RowSet::EMPTY, PcaConfig { components: 3 })?;
    pca.run(&Progress::default())?;
    let mut umap = Umap::new(&graph, &pca.layout().coordinates, UmapConfig::recommended())?;
    while !umap.is_finished() {
        umap.step()?;
    }
    let seconds = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let reference = Reference::new(&graph, &vectors, Metric::Euclidean, &Progress::default())?;
    let reference_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let quality = reference.measure(umap.layout(), 3)?;
    let measure_seconds = start.elapsed().as_secs_f64();

    let threads = rayon::current_num_threads();
    let line = serde_json::json!({
        "name": "umap_3d_mnist", "seconds": seconds, "graph_seconds": graph_seconds, "epochs": umap.epochs(),
        "trustworthiness": quality.trustworthiness, "continuity": quality.continuity, "recall": quality.recall,
        "k": quality.k, "viewers": quality.viewers, "peak_mib": peak_mib(), "threads": threads,
    });
    println!("{line}");
    let line = serde_json::json!({
        "name": "quality_mnist", "reference_seconds": reference_seconds, "measure_seconds": measure_seconds,
        "threads": threads,
    });
    println!("{line}");
    Ok(())
}

/// The graph from `cache` where there is that file, as numbers and distances, each little-endian in four bytes.
fn neighbor_graph(vectors: &Vectors, cache: Option<&str>) -> Result<NeighborGraph, Box<dyn Error>> {
    let rows: Vec<u32> = (0..vectors.rows() as u32).collect();
    if let Some(bytes) = cache.and_then(|cache| fs::read(cache).ok()) {
        let words = bytes.as_chunks::<4>().0;
        let (indices, distances) = words.split_at(words.len() / 2);
        let indices = indices.iter().map(|&word| u32::from_le_bytes(word)).collect();
        let distances = distances.iter().map(|&word| f32::from_le_bytes(word)).collect();
        return Ok(NeighborGraph::from_lists(rows, QUALITY_NEIGHBORS, indices, distances));
    }
    let among = rows.into_iter().collect();
    let progress = Progress::default();
    let graph = NeighborGraph::exact(vectors, &among, &RowSet::EMPTY, QUALITY_NEIGHBORS, Metric::Euclidean, &progress)?;
    if let Some(cache) = cache {
        let lists = || (0..graph.len()).map(|point| graph.neighbors(point));
        let indices = lists().flat_map(|(indices, _)| indices.iter().flat_map(|index| index.to_le_bytes()));
        let distances = lists().flat_map(|(_, distances)| distances.iter().flat_map(|distance| distance.to_le_bytes()));
        fs::write(cache, indices.chain(distances).collect::<Vec<u8>>())?;
    }
    Ok(graph)
}

/// The most memory that this process has held, where the system says.
fn peak_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
