//! Times reading vectors in text: tab-separated numbers, and word vectors as `GloVe` writes them.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{fmt::Write as _, path::Path, time::Instant};

use parallax_embedding::Progress;
use parallax_formats::delimited;

const ROWS: usize = 80_000;
const DIMS: usize = 300;

fn main() {
    let rows: usize = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    time("numbers.tsv", rows, |_| String::new(), '\t');
    time("words.txt", rows, |row| format!("word{row}"), ' ');
}

/// Reads `rows` rows that each begin with a word, thrice.
fn time(name: &str, rows: usize, word: impl Fn(usize) -> String, separator: char) {
    let mut text = String::new();
    let mut state = 1_u32;
    for row in 0..rows {
        text.push_str(&word(row));
        for column in 0..DIMS {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if column > 0 || !text.ends_with('\n') && !text.is_empty() {
                text.push(separator);
            }
            write!(text, "{:.6}", f64::from(state) / f64::from(u32::MAX) - 0.5).ok();
        }
        text.push('\n');
    }
    for _ in 0..3 {
        let started = Instant::now();
        let read =
            delimited::vectors(text.as_bytes(), Path::new(name), &delimited::Hints::default(), &Progress::default());
        let shape = read.map(|read| (read.vectors.rows(), read.vectors.dims()));
        let seconds = started.elapsed().as_secs_f64();
        println!("{name}: {shape:?}, {} MB in {seconds:.2} s", text.len() / 1_000_000);
    }
}
