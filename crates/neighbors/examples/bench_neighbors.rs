//! Measures the search for the 100 nearest neighbors of one row among 1,000,000 x 128 `f32`, under
//! each metric. Prints one JSON line per measurement. Run it with `--release`;
//! `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, time::Instant};

use parallax_embedding::{Progress, RowSet, Vectors, random};
use parallax_neighbors::{Metric, nearest};
use rayon::prelude::*;

const ROWS: usize = 1_000_000;
const DIMS: usize = 128;
const NEIGHBORS: usize = 100;
const RUNS: u32 = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let vectors = Vectors::from_f32(ROWS, DIMS, uniform(ROWS * DIMS))?;
    for metric in Metric::ALL {
        measure(&format!("neighbors_1m_x_128_f32_{metric}"), &vectors, metric)?;
    }
    Ok(())
}

fn measure(name: &str, vectors: &Vectors, metric: Metric) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for run in 0..RUNS {
        let start = Instant::now();
        let found = nearest(vectors, run * 65_537, NEIGHBORS, metric, &RowSet::EMPTY, &Progress::default())?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if found.len() != NEIGHBORS {
            return Err("fewer neighbors than asked for".into());
        }
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "name": name, "median_ms": times[times.len() / 2], "min_ms": times[0], "runs": RUNS,
        "threads": rayon::current_num_threads(),
    });
    println!("{line}");
    Ok(())
}

/// Values between -0.5 and 0.5, each a hash of its place.
fn uniform(length: usize) -> Vec<f32> {
    (0..length as u64).into_par_iter().map(|place| random::unit(place) - 0.5).collect()
}
