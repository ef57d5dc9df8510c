//! Opens a file or folder with the library, lists its embeddings, and finds the neighbors of the
//! first row, without the engine.
//!
//! `cargo run --example open_file -- PATH`

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::{error::Error, path::PathBuf};

use parallax::{
    embedding::Progress,
    formats::{OpenOptions, open},
    neighbors::{Metric, nearest},
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("give a path to open")?;
    // A clone of this can show progress and cancel.
    let progress = Progress::default();

    // Listing is cheap: no vectors are read yet.
    let source = open(&path, &OpenOptions::default())?;
    for run in &source.runs {
        for info in &run.embeddings {
            println!("run {}: {}, {} x {} {}", run.name, info.name, info.rows, info.dims, info.dtype);
        }
    }

    // By name, or by default the first in the configuration, or else the largest.
    let (run, embedding) = source.choose(None, None)?;
    let loaded = source.load(run, embedding, &progress)?;
    for problem in source.problems.iter().chain(&loaded.problems) {
        println!("{problem}");
    }

    let embedding = loaded.embedding;
    let labels = embedding.metadata.default_label();
    let label = |row: u32| labels.and_then(|column| column.text(row as usize)).unwrap_or("-");
    let neighbors = nearest(&embedding.vectors, 0, 10, Metric::Cosine, &embedding.non_finite, &progress)?;
    println!("nearest to {} in {}:", label(0), embedding.name);
    for neighbor in neighbors {
        println!("{:10.6}  {}", neighbor.distance, label(neighbor.row));
    }
    Ok(())
}
