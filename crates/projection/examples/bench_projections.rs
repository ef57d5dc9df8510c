//! Measures the projections of the digits of MNIST, 10,000 x 784 from 0 to 1: the neighbor graph,
//! t-SNE in the plane and in space, UMAP in space, and the quality of a layout. Prints one JSON
//! line per measurement.
//!
//! Usage: `bench_projections MNIST.npz`, or with `judge LAYOUT.npy...` added: then the layouts of
//! others, rows x dims, are measured as ours are. Run it with `--release`; `RAYON_NUM_THREADS=2`
//! bounds the threads. The divergence is exact, of the affinities at perplexity 30 of exact
//! neighbors, over all pairs, under the kernel of one degree of freedom, or of two where the name
//! says so (`wide`, and scikit-learn's in space); recall is over all rows.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors};
use parallax_formats::{OpenOptions, npy::npz, open};
use parallax_neighbors::Metric;
use parallax_projection::{
    Affinities, How, Layout, Nearness, Recipe, Space, TsneConfig, UmapConfig, exact_kl, measure, neighbors_for,
};

const PERPLEXITY: f32 = 30.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_projections MNIST.npz [judge LAYOUT.npy...]")?;
    let vectors = digits(Path::new(&path))?;
    if arguments.next().as_deref() == Some("judge") {
        let space = Space::new(vectors, RowSet::EMPTY);
        return arguments.try_for_each(|layout| judge(&space, Path::new(&layout)));
    }
    graph(&vectors)?;
    let flat = tsne("tsne_2d", &vectors, TsneConfig { dims: 2, iterations: 750, ..TsneConfig::recommended() })?;
    let deep = tsne("tsne_3d", &vectors, TsneConfig::recommended())?;
    tsne("tsne_3d_wide", &vectors, TsneConfig { freedom: 2.0, ..TsneConfig::recommended() })?;
    print("projections_tsne_step_ratio", flat.steps_per_s / deep.steps_per_s);
    print("projections_first_step_s", deep.before_s + 1.0 / deep.steps_per_s);
    print("projections_quality_s", deep.quality_s);
    umap(&vectors)
}

fn digits(path: &Path) -> Result<Vectors, Box<dyn Error>> {
    let digits = npz::vectors(Arc::new(std::fs::read(path)?), path, "vectors", &Progress::default())?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    Ok(Vectors::from_f32(digits.rows(), digits.dims(), values)?)
}

fn graph(vectors: &Vectors) -> Result<(), Box<dyn Error>> {
    let mut seconds = Vec::new();
    for _ in 0..5 {
        let space = Space::new(vectors.clone(), RowSet::EMPTY);
        let started = Instant::now();
        space.graph(false, Metric::Euclidean, 90, &Progress::default())?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    print("projections_graph_s", seconds[2]);
    Ok(())
}

fn tsne(name: &str, vectors: &Vectors, config: TsneConfig) -> Result<Ran, Box<dyn Error>> {
    let config = TsneConfig { perplexity: Some(PERPLEXITY), ..config };
    let (dims, freedom) = (config.dims, f64::from(config.freedom));
    let ran = run(&format!("projections_{name}"), vectors, How::Tsne { config, labels: None })?;
    let space = Space::new(vectors.clone(), RowSet::EMPTY);
    print(&format!("projections_{name}_kl"), divergence(&space, &ran.points, dims, freedom)?);
    Ok(ran)
}

fn umap(vectors: &Vectors) -> Result<(), Box<dyn Error>> {
    run("projections_umap_3d", vectors, How::Umap { config: UmapConfig::recommended(), labels: None })?;
    Ok(())
}

/// What a run was like.
struct Ran {
    points: Vec<f32>,
    before_s: f64,
    steps_per_s: f64,
    quality_s: f64,
}

/// Runs a method with steps from the vectors on, as after opening them; and measures its layout.
fn run(name: &str, vectors: &Vectors, how: How) -> Result<Ran, Box<dyn Error>> {
    let (space, recipe, progress) =
        (Space::new(vectors.clone(), RowSet::EMPTY), Recipe::from(how), Progress::default());
    let started = Instant::now();
    let mut run = recipe.begin(&space, None, &progress)?.ok_or("the method has no steps")?;
    let before_s = started.elapsed().as_secs_f64();
    let stepping = Instant::now();
    run.finish(&progress)?;
    let steps_per_s = run.iteration() as f64 / stepping.elapsed().as_secs_f64();
    print(&format!("{name}_steps_per_s"), steps_per_s);
    print(&format!("{name}_s"), started.elapsed().as_secs_f64());
    let started = Instant::now();
    let (_, quality) = measure(&run.layout(), recipe.near, &space, &progress)?;
    let quality_s = started.elapsed().as_secs_f64();
    print(&format!("{name}_recall"), quality.recall);
    print(&format!("{name}_trustworthiness"), quality.trustworthiness);
    Ok(Ran { points: run.points().to_vec(), before_s, steps_per_s, quality_s })
}

/// Measures a layout that another program has made.
fn judge(space: &Space, path: &Path) -> Result<(), Box<dyn Error>> {
    let progress = Progress::default();
    let source = open(path, &OpenOptions::default())?;
    let layout = source.load(0, 0, &progress)?.embedding.vectors;
    let layout = Layout::from(layout.block(0..layout.rows(), &mut Vec::new()).to_owned());
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    // scikit-learn's kernel has one degree less than the layout has dimensions.
    let freedom = if name.starts_with("sklearn") { layout.dims() as f64 - 1.0 } else { 1.0 };
    print(&format!("{name}_kl"), divergence(space, layout.values(), layout.dims(), freedom)?);
    let (_, quality) = measure(&layout, Nearness::default(), space, &progress)?;
    print(&format!("{name}_recall"), quality.recall);
    print(&format!("{name}_trustworthiness"), quality.trustworthiness);
    Ok(())
}

fn divergence(space: &Space, points: &[f32], dims: usize, freedom: f64) -> Result<f64, Box<dyn Error>> {
    let k = neighbors_for(PERPLEXITY, points.len() / dims);
    let graph = space.graph(false, Metric::Euclidean, k, &Progress::default())?;
    Ok(exact_kl(&Affinities::new(&graph, PERPLEXITY)?, points, dims, freedom))
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value }));
}
