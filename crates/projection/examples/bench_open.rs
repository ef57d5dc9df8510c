//! Times the way from a file of vectors to the first principal components of all rows. Prints a JSON
//! line with the seconds.
//!
//! Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{env, error::Error, hint::black_box, path::Path, time::Instant};

use parallax_embedding::Progress;
use parallax_formats::{OpenOptions, open};
use parallax_projection::{How, Nearness, Recipe, Space, project};

const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("the folder of the files is missing")?;
    let mut seconds = [0.0; RUNS];
    for seconds in &mut seconds {
        let start = Instant::now();
        black_box(components(&Path::new(&folder).join("rows.npy"))?);
        *seconds = start.elapsed().as_secs_f64();
    }
    seconds.sort_by(f64::total_cmp);
    println!("{{\"name\":\"formats_npy_pca_s\",\"value\":{}}}", seconds[RUNS / 2]);
    Ok(())
}

fn components(path: &Path) -> Result<usize, Box<dyn Error>> {
    let progress = Progress::default();
    let embedding = open(path, &OpenOptions::default())?.load(0, 0, &progress)?.embedding;
    let space = Space::new(embedding.vectors, embedding.non_finite);
    let recipe = Recipe { near: Nearness::default(), how: How::Pca { whiten: false } };
    Ok(project(&recipe, &space, &progress)?.layout.rows())
}
