//! Writes vectors, labels, and a configuration that TensorBoard's projector and Parallax load.
//!
//! ```sh
//! cargo run --example write_config -- circles
//! cargo run -- circles
//! ```

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::{error::Error, fmt::Write as _, fs, path::PathBuf};

use parallax_formats::tensorboard::{EmbeddingConfig, ProjectorConfig, visualize_embeddings};

/// Points on each of the three circles.
const POINTS: u16 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let logdir: PathBuf = std::env::args_os().nth(1).ok_or("give a folder to write to")?.into();
    fs::create_dir_all(&logdir)?;

    let (mut vectors, mut labels) = (String::new(), String::from("circle\tangle\n"));
    for (axis, name) in ["xy", "yz", "zx"].into_iter().enumerate() {
        for point in 0..POINTS {
            let angle = f32::from(point) / f32::from(POINTS) * std::f32::consts::TAU;
            let mut position = [0.0; 3];
            position[axis] = angle.cos();
            position[(axis + 1) % 3] = angle.sin();
            writeln!(vectors, "{}\t{}\t{}", position[0], position[1], position[2])?;
            writeln!(labels, "{name}\t{:.0}", angle.to_degrees())?;
        }
    }
    fs::write(logdir.join("circles.tsv"), vectors)?;
    fs::write(logdir.join("labels.tsv"), labels)?;

    // Paths are relative to the configuration's folder.
    let embedding = EmbeddingConfig {
        tensor_name: "circles".into(),
        tensor_path: "circles.tsv".into(),
        metadata_path: "labels.tsv".into(),
        ..EmbeddingConfig::default()
    };
    let config = ProjectorConfig { embeddings: vec![embedding], ..ProjectorConfig::default() };
    let file = visualize_embeddings(&logdir, &config)?;
    println!("{}", file.display());
    Ok(())
}
