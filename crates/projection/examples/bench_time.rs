//! Measures what belongs to steps and comparisons: the t-SNE layouts in space of ten steps of MNIST,
//! 10,000 x 784, one after the other, beside one layout from nothing; and the comparison of two
//! embeddings of 100,000 x 128 with 15 neighbors, beside the two neighbor graphs that it needs. Prints
//! a JSON line for each. The steps are the digits under noise that falls to none, so that their groups
//! form as in a training.
//!
//! Usage: `bench_time MNIST.npz [tsne|compare]`. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the
//! threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use ndarray::Array2;
use parallax_embedding::{Partners, Progress, RowSet, Vectors, random};
use parallax_formats::npy::npz;
use parallax_neighbors::Metric;
use parallax_projection::{
    Alignment, How, Layout, Nearness, ProjectionError, Recipe, Resemblance, ResemblanceSettings, Space, StepsOf,
    Together, TsneConfig, measure, project, series,
};

/// The number of steps.
const STEPS: usize = 10;

/// How often the comparison is measured.
const ROUNDS: usize = 3;

/// The width of the noise on the first step, in the range of a pixel.
const NOISE: f32 = 0.8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: bench_time MNIST.npz [tsne|compare]")?;
    let only = arguments.next();
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_asked("tsne") {
        layouts(&digits(Path::new(&path))?)?;
    }
    if is_asked("compare") {
        comparison()?;
    }
    Ok(())
}

fn digits(path: &Path) -> Result<Array2<f32>, Box<dyn Error>> {
    let digits = npz::vectors(Arc::new(std::fs::read(path)?), path, "vectors", &Progress::default())?;
    let mut buffer = Vec::new();
    let values = digits.block(0..digits.rows(), &mut buffer).iter().map(|pixel| pixel / 255.0).collect();
    Ok(Array2::from_shape_vec((digits.rows(), digits.dims()), values)?)
}

fn step(digits: &Array2<f32>, step: usize) -> Arc<Space> {
    let width = NOISE * (1.0 - step as f32 / (STEPS - 1) as f32);
    let place = |at: usize| (step * digits.len() + at) as u64;
    let values = digits.iter().enumerate().map(|(at, pixel)| pixel + width * (random::unit(place(at)) - 0.5));
    let vectors = Vectors::from_f32(digits.nrows(), digits.ncols(), values.collect());
    Arc::new(Space::new(vectors.unwrap_or_else(|error| panic!("as many values as digits: {error}")), RowSet::EMPTY))
}

fn layouts(digits: &Array2<f32>) -> Result<(), Box<dyn Error>> {
    let recipe: Recipe = How::Tsne { config: TsneConfig::recommended(), labels: None }.into();
    let last = step(digits, STEPS - 1);
    let started = Instant::now();
    let alone = project(&recipe, &last, &Progress::default())?;
    let one = started.elapsed().as_secs_f64();
    print("time_tsne_one_s", one);
    let of = StepsOf { count: STEPS, rows: digits.nrows(), dims: digits.ncols(), shown: 3 };
    let (mut making, mut newest) = (0.0, None);
    let started = Instant::now();
    series(
        &recipe,
        Together::of(recipe.method()),
        of,
        |place, _| {
            let since = Instant::now();
            let space = step(digits, place);
            making += since.elapsed().as_secs_f64();
            Ok::<_, ProjectionError>(Some(space))
        },
        |place, _, layout| {
            let layout = layout?;
            if let Some(aligned) = layout.aligned {
                print(&format!("time_tsne_residual_{place}"), aligned.residual);
            }
            newest = Some(layout.projected);
            Ok(())
        },
        &Progress::default(),
    )?;
    let all = started.elapsed().as_secs_f64() - making;
    print("time_tsne_ten_s", all);
    print("time_tsne_ratio", all / one);
    let newest = newest.ok_or("there is no layout")?;
    for (name, projected) in [("one", alone), ("ten", newest)] {
        print(&format!("time_tsne_{name}_kl"), projected.kl.unwrap_or(f64::NAN));
        quality(name, &projected.layout, &last)?;
    }
    Ok(())
}

fn quality(name: &str, layout: &Layout, space: &Space) -> Result<(), Box<dyn Error>> {
    let (_, quality) = measure(layout, Nearness::default(), space, &Progress::default())?;
    print(&format!("time_tsne_{name}_recall"), quality.recall);
    print(&format!("time_tsne_{name}_trustworthiness"), quality.trustworthiness);
    Ok(())
}

/// Rows around a hundred centers, and the same moved a little.
fn comparison() -> Result<(), Box<dyn Error>> {
    const SHAPE: (usize, usize) = (100_000, 128);
    let unit = |place: usize| random::unit(place as u64) - 0.5;
    let first = Array2::from_shape_fn(SHAPE, |(row, dim)| {
        4.0 * unit(usize::MAX / 2 + row % 100 * SHAPE.1 + dim) + unit(row * SHAPE.1 + dim)
    });
    let second = Array2::from_shape_fn(SHAPE, |(row, dim)| {
        first[[row, (dim + 1) % SHAPE.1]] + 0.3 * unit(usize::MAX / 4 + row * SHAPE.1 + dim)
    });
    let vectors = [first, second].map(Vectors::from_array);
    let (progress, k) = (Progress::default(), 15);
    let settings = ResemblanceSettings { k, metric: Metric::Cosine, align: Alignment::Scale, seed: 42 };
    let partners = Partners::by_order([SHAPE.0; 2]);
    let none = [&RowSet::EMPTY; 2];
    // In turn, so that what else the machine does slows both down.
    let (mut graphs, mut comparisons, mut ratios) = ([0.0; ROUNDS], [0.0; ROUNDS], [0.0; ROUNDS]);
    for round in 0..ROUNDS {
        let started = Instant::now();
        for vectors in &vectors {
            Space::new(vectors.clone(), RowSet::EMPTY).graph(false, Metric::Cosine, k, &progress)?;
        }
        graphs[round] = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let found = Resemblance::measure([&vectors[0], &vectors[1]], none, &partners, settings, &progress)?;
        comparisons[round] = started.elapsed().as_secs_f64();
        ratios[round] = comparisons[round] / graphs[round];
        if round == 0 {
            print("time_compare_residual", found.moved.map_or(f64::NAN, |(moved, _)| moved.residual()));
        }
    }
    print("time_graphs_s", median(graphs));
    print("time_compare_s", median(comparisons));
    print("time_compare_ratio", median(ratios));
    Ok(())
}

fn median(mut values: [f64; ROUNDS]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[ROUNDS / 2]
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value }));
}
