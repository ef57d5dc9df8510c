//! Measures clusters of layouts of 100,000 and 1,000,000 points, and names from 1,000,000 short
//! texts. Prints a JSON line for each. With a file of raw `f32` as an argument, it writes the smaller
//! layout there, points x 3, for other programs. Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the
//! threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{env, error::Error, fs, time::Instant};

use ndarray::Array2;
use parallax_embedding::{Column, ColumnBuilder, Progress, random};
use parallax_meaning::{ClusterSettings, Clusters, cluster, name_groups};

/// The sizes that the peer uses too.
const SETTINGS: ClusterSettings = ClusterSettings { min_size: Some(100), min_samples: Some(10) };

fn main() -> Result<(), Box<dyn Error>> {
    let small = layout(100_000);
    if let Some(file) = env::args_os().nth(1) {
        let bytes: Vec<u8> = small.iter().flat_map(|x| x.to_le_bytes()).collect();
        return Ok(fs::write(file, bytes)?);
    }
    measure("meaning_clusters_100k_s", &small)?;
    let large = layout(1_000_000);
    let clusters = measure("meaning_clusters_1m_s", &large)?;
    let (titles, groups) =
        (titles(1_000_000), clusters.iter().map(|branch| clusters.rows_of(branch)).collect::<Vec<_>>());
    let start = Instant::now();
    let names = name_groups(&titles, &groups, large.view(), &Progress::default())?;
    print("meaning_names_1m_s", start, names.names.len());
    Ok(())
}

fn measure(name: &str, layout: &Array2<f32>) -> Result<Clusters, Box<dyn Error>> {
    let start = Instant::now();
    let clusters = cluster(layout.view(), &SETTINGS, &Progress::default())?;
    print(name, start, clusters.len());
    Ok(clusters)
}

fn print(name: &str, start: Instant, clusters: usize) {
    let line = serde_json::json!({ "name": name, "value": start.elapsed().as_secs_f64(), "clusters": clusters });
    println!("{line}");
}

/// Points around 50 centers of different spread, and a twentieth anywhere. Numbers are hashes of their
/// places.
fn layout(points: usize) -> Array2<f32> {
    let unit = |place: usize| random::unit(place as u64) - 0.5;
    Array2::from_shape_fn((points, 3), |(point, axis)| {
        let place = 12 * point + 4 * axis;
        if point % 20 == 0 {
            return 24.0 * unit(place);
        }
        let center = point % 50;
        let spread: f32 = (0..4).map(|term| unit(place + term)).sum();
        20.0 * unit(usize::MAX / 2 + 3 * center + axis) + spread * (0.2 + 0.02 * center as f32)
    })
}

/// Texts of eight words, of which some are more frequent around one center.
fn titles(count: usize) -> Column {
    let (starts, ends) =
        (["br", "cl", "dr", "gr", "pl", "st", "tr", "v"], ["ane", "ell", "ink", "oom", "ust", "ape", "ire", "old"]);
    let word = |number: usize| {
        let parts = [starts[number % 8], ends[number / 8 % 8], starts[number / 64 % 8], ends[number / 512 % 8]];
        if number < 64 { parts[..2].concat() } else { parts.concat() }
    };
    let mut column = ColumnBuilder::new("title");
    for row in 0..count {
        let words = (0..8).map(|place| {
            let chance = random::unit((8 * row + place) as u64 ^ 0x5eed);
            // The third word is one of the topic; others are the rarer the greater their number is.
            word(if place == 2 {
                64 + row % 50 * 8 + (chance * 8.0) as usize
            } else {
                (4096.0 * chance.powi(3)) as usize
            })
        });
        column.push(Some(&words.collect::<Vec<_>>().join(" ")));
    }
    column.finish()
}
