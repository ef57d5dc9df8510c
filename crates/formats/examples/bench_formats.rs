//! Times listing the files in a folder, and opening them, from the path to vectors and metadata in
//! memory, checked for NaN and infinities. Prints one JSON line per measurement: seconds, and the most memory that was
//! used meanwhile as a multiple of the file's size.
//!
//! Run it with `--release`; `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{env, error::Error, fs, hint::black_box, path::Path, time::Instant};

use parallax_embedding::Progress;
use parallax_formats::{FormatError, Loaded, OpenOptions, open};

const FILES: [(&str, &str); 6] = [
    ("lists.parquet", "formats_parquet"),
    ("columns.parquet", "formats_parquet_columns"),
    ("rows.npy", "formats_npy"),
    ("rows.safetensors", "formats_safetensors"),
    ("rows.csv", "formats_csv"),
    ("words.txt", "formats_words"),
];
const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("the folder of the files is missing")?;
    for (file, name) in FILES {
        let path = &Path::new(&folder).join(file);
        let Ok(file) = fs::metadata(path) else { continue };
        // The greatest size is counted from here on; only Linux can do so.
        fs::write("/proc/self/clear_refs", "5").ok();
        let listed = seconds(|| open(path, &OpenOptions::default()))?;
        println!("{{\"name\":\"{name}_list_s\",\"value\":{listed}}}");
        println!("{{\"name\":\"{name}_s\",\"value\":{}}}", seconds(|| read(path))?);
        if let Some(peak) = peak_bytes() {
            println!("{{\"name\":\"{name}_peak_ratio\",\"value\":{}}}", peak / file.len() as f64);
        }
    }
    Ok(())
}

/// The median of some runs.
fn seconds<T>(run: impl Fn() -> Result<T, FormatError>) -> Result<f64, FormatError> {
    let mut seconds = [0.0; RUNS];
    for seconds in &mut seconds {
        let start = Instant::now();
        black_box(run()?);
        *seconds = start.elapsed().as_secs_f64();
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[RUNS / 2])
}

fn read(path: &Path) -> Result<Loaded, FormatError> {
    open(path, &OpenOptions::default())?.load(0, 0, &Progress::default())
}

/// The greatest resident size of this process, mapped files included.
fn peak_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024.0 * line.split_whitespace().next()?.parse::<f64>().ok()?)
}
