//! Measures writing and reading a tour of 100,000 points in three layouts with their names. Prints
//! one JSON line per measurement.
//!
//! Coordinates and names are made up, and no two are the same, so nothing deflates well. Run it
//! with `--release`; `RAYON_NUM_THREADS=2` bounds the threads.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{error::Error, fs, sync::Arc, time::Instant};

use ndarray::Array2;
use parallax_embedding::{ColumnBuilder, RowSet, random::at as hash};
use parallax_session::{Dims, Method, Projection, View};
use parallax_tour::{Bookmark, KeptLayout, Subject, Tour, read_tour, write_tour};

const ROWS: usize = 100_000;
const RUNS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let tour = tour();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tour.ron");
    measure("tours_write_ms", || write_tour(&tour, None, &path).map(drop))?;
    measure("tours_read_ms", || read_tour(&path).map(drop))?;
    print("tours_bytes", fs::metadata(&path)?.len() as f64);
    let path = folder.path().join("tour.txt");
    measure("tours_tensorboard_write_ms", || write_tour(&tour, None, &path).map(drop))?;
    measure("tours_tensorboard_read_ms", || read_tour(&path).map(drop))?;
    Ok(())
}

/// Three bookmarks that share three layouts; one of them has half of the rows selected.
fn tour() -> Tour {
    let mut labels = ColumnBuilder::new("label");
    (0..ROWS as u64).for_each(|row| labels.push(Some(&format!("{:x}", hash(row)))));
    let subject = Subject {
        embedding: "made up".into(),
        rows: ROWS,
        dims: 300,
        fingerprint: Some(1),
        labels: Some(labels.finish()),
    };
    let subject = Arc::new(subject);
    let methods = [Method::Pca, Method::Tsne, Method::Umap];
    let layouts: Vec<_> = (0..).zip(methods).map(|(seed, method)| Arc::new(layout(seed, method))).collect();
    let bookmark = |method: Method| Bookmark {
        name: method.name().into(),
        note: "What is to be said about it.".into(),
        seconds: None,
        subject: Arc::clone(&subject),
        view: View {
            projection: Projection { method, ..Projection::default() },
            selection: if method == Method::Tsne { some_rows() } else { RowSet::EMPTY },
            ..View::default()
        },
        layouts: layouts.clone(),
        thumbnail: None,
    };
    Tour { bookmarks: methods.map(bookmark).into(), looping: false, seconds: Tour::SECONDS }
}

fn some_rows() -> RowSet {
    (0..ROWS as u32).filter(|row| hash(u64::from(*row)).is_multiple_of(2)).collect()
}

fn layout(seed: u64, method: Method) -> KeptLayout {
    let number = |at: u64| (hash(at + (seed << 32)) as f64 / u64::MAX as f64 - 0.5) as f32 * 40.0;
    KeptLayout {
        method,
        dims: Dims::Three,
        rows: None,
        of_more: false,
        projection: Arc::new(Projection { method, ..Projection::default() }),
        layout: Arc::new(Array2::from_shape_fn((ROWS, 3), |(row, dim)| number((row * 3 + dim) as u64)).into()),
        explained_variance: Arc::default(),
        steps: None,
    }
}

/// Prints the median of some runs, in milliseconds.
fn measure<E: Error + 'static>(name: &str, mut work: impl FnMut() -> Result<(), E>) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    print(name, times[RUNS / 2]);
    Ok(())
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "threads": rayon::current_num_threads() }));
}
