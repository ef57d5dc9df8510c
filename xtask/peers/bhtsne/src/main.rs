//! Times t-SNE in space by the crate `bhtsne`: perplexity 30, theta 0.5, 1000 steps, learning rate
//! n/12, with which it converges.
//!
//! Usage: `bhtsne_peer ROWS.f32 DIMS LAYOUT.npy`; the rows are raw little-endian numbers. Prints
//! one JSON line, in seconds, from the vectors on.

use std::{env, error::Error, fs, time::Instant};

const PERPLEXITY: f32 = 30.0;
const THETA: f32 = 0.5;
const STEPS: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [rows, dims, layout] = arguments.as_slice() else { return Err("ROWS.f32 DIMS LAYOUT.npy".into()) };
    let bytes = fs::read(rows)?;
    let values: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let samples: Vec<&[f32]> = values.chunks_exact(dims.parse()?).collect();
    let distance = |a: &&[f32], b: &&[f32]| a.iter().zip(*b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    let started = Instant::now();
    let mut tsne = bhtsne::tSNE::<f32, &[f32], 3>::new(&samples);
    tsne.perplexity(PERPLEXITY).epochs(STEPS).learning_rate(samples.len() as f32 / 12.0);
    let places = tsne.barnes_hut(THETA, distance).embedding();
    println!("{{\"name\":\"bhtsne_3d_s\",\"value\":{}}}", started.elapsed().as_secs_f64());
    fs::write(layout, npy(&places, samples.len()))?;
    Ok(())
}

/// Version 1.0 of NumPy's format.
fn npy(places: &[f32], rows: usize) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 3), }}");
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{text:<width$}\n", width = length - 1).bytes());
    bytes.extend(places.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}
