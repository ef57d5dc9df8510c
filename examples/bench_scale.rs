//! Measures the drawing of large clouds, device included: a frame while the camera orbits, how many
//! points it draws, and the time until all are there once the camera rests; and frames of ten thousand
//! spheres and thumbnails. Of a NumPy file with as many rows of 32 numbers it measures, in a process of
//! its own, the time from the start to the first picture of the principal components, and until all
//! points are drawn, and the peak of the memory beside the mapped file (on Linux).
//! Prints one JSON line for each measurement.
//!
//! Give numbers of points to measure other clouds than that of a million: `bench_scale 10000000`. Give
//! files to measure only how they are opened: `bench_scale vectors.npy`.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use parallax::{
    app::Headless,
    embedding::{Embedding, Progress, SpriteSheet, Vectors, random},
    projection::Method,
    session::{Action, Edit, JobKind, OpenOptions, Origin, PointStyle, Pose, Projection, View},
    state::Took,
};
use parallax_cloud::{Cloud, Drawn, FrameBudget};

/// The size of the projector's canvas.
const SIZE: [u32; 2] = [826, 775];

/// The number of frames in which the number of points of a frame is found, and of those measured.
const FINDING: usize = 40;
const FRAMES: usize = 41;

/// The number of points of small clouds.
const FEW: usize = 10_000;

/// The numbers of a row of a file.
const DIMS: usize = 32;

/// Says that this process opens one file, or none.
const OPEN: &str = "--open";

/// The frames that a window without data is drawn for.
const BARE_FRAMES: usize = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, path @ ..] = &arguments[..]
        && first == OPEN
    {
        return open(path.first().map(PathBuf::from), started);
    }
    let files: Vec<&String> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
    for path in &files {
        measure_opening(Some(Path::new(path)))?;
    }
    let mut counts: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if !files.is_empty() && counts.is_empty() {
        return Ok(());
    }
    if counts.is_empty() {
        counts.push(1_000_000);
    }
    measure_opening(None)?;
    for &count in &counts {
        let path = std::env::temp_dir().join(format!("bench_scale_{}_{count}.npy", std::process::id()));
        let measured = write_file(&path, count).and_then(|()| measure_opening(Some(&path)));
        std::fs::remove_file(&path).and(Ok(()))?;
        measured?;
    }
    for points in [PointStyle::Spheres, PointStyle::Sprites] {
        let name = if points == PointStyle::Spheres { "spheres" } else { "thumbnails" };
        let mut headless = cloud(FEW, points, FrameBudget::Unlimited)?;
        let mut times = orbit(&mut headless, FINDING + FRAMES).split_off(FINDING);
        print(&format!("scale_10k_{name}_fps"), median(&mut times).as_secs_f64().recip(), "frames a second");
    }
    for count in counts {
        let name = |what: &str| format!("scale_{count}_{what}");
        let started = Instant::now();
        let mut headless = cloud(count, PointStyle::Spheres, FrameBudget::Time)?;
        print(&name("open_ms"), ms(started.elapsed()), "ms");
        let mut times = orbit(&mut headless, FINDING + FRAMES).split_off(FINDING);
        print(&name("orbit_ms"), ms(median(&mut times)), "ms");
        print(&name("orbit_points"), drawn(&headless) as f64, "points");
        let started = Instant::now();
        while drawn(&headless) < count {
            headless.frame();
        }
        print(&name("rest_ms"), ms(started.elapsed()), "ms");
        print(&name("peak_memory_bytes"), parallax::peak_memory_bytes() as f64, "bytes");
    }
    Ok(())
}

/// Returns an app that shows points in a ball as they are.
fn cloud(rows: usize, points: PointStyle, budget: FrameBudget) -> Result<Headless, Box<dyn Error>> {
    let projection = Projection { method: Method::Identity, ..Projection::default() };
    let view = View { origin: Origin::Memory, projection, points, ..View::default() };
    let mut headless = Headless::with(view, SIZE, false, |app| _ = app.insert_resource(budget))?;
    headless.put_embedding(ball(rows, points == PointStyle::Sprites)?);
    headless.settle();
    Ok(headless)
}

/// Measures how a file is opened, or a window without data, in a process of its own.
fn measure_opening(path: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let status = Command::new(std::env::current_exe()?).arg(OPEN).args(path).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the process that opens {path:?} has ended with {status}").into())
    }
}

/// Opens a file as a window does, and measures until its points are drawn.
fn open(path: Option<PathBuf>, started: Instant) -> Result<(), Box<dyn Error>> {
    let peak = watch_memory();
    let is_bare = path.is_none();
    let origin = path.map_or(Origin::Memory, |path| Origin::Path { path, options: OpenOptions::default() });
    let view = View { origin, ..View::default() };
    let mut headless = Headless::with(view, SIZE, true, |app| _ = app.insert_resource(FrameBudget::Time))?;
    if is_bare {
        (0..BARE_FRAMES).for_each(|_| _ = headless.frame());
        print("scale_bare_memory_bytes", peak.load(Ordering::Relaxed) as f64, "bytes");
        return Ok(());
    }
    let mut slowest = Duration::ZERO;
    let mut frame = |headless: &mut Headless| {
        // Jobs need the cores more than pictures of a window without points.
        thread::sleep(Duration::from_millis(2));
        slowest = slowest.max(headless.frame());
    };
    let has_picture = |headless: &Headless| {
        let cloud = headless.world().resource::<Cloud>();
        cloud.placed > 0 && !cloud.is_being_made() && drawn(headless) > 0
    };
    while !has_picture(&headless) {
        frame(&mut headless);
    }
    let (first, rows) = (started.elapsed(), headless.world().resource::<Cloud>().len());
    while drawn(&headless) < rows {
        frame(&mut headless);
    }
    let name = |what: &str| format!("scale_file_{rows}_{what}");
    for (what, kind) in [("load_ms", JobKind::Load), ("project_ms", JobKind::Project)] {
        let took = headless.world().resource::<Took>().0.get(&kind).copied().unwrap_or_default();
        print(&name(what), ms(took), "ms");
    }
    print(&name("first_picture_ms"), ms(first), "ms");
    print(&name("all_drawn_ms"), ms(started.elapsed()), "ms");
    print(&name("slowest_frame_ms"), ms(slowest), "ms");
    print(&name("peak_memory_bytes"), peak.load(Ordering::Relaxed) as f64, "bytes beside the file");
    Ok(())
}

/// Watches the memory of the process that is not that of files. Returns its peak so far.
fn watch_memory() -> Arc<AtomicU64> {
    let peak = Arc::new(AtomicU64::new(0));
    let watched = peak.clone();
    thread::spawn(move || {
        loop {
            watched.fetch_max(parallax::own_memory_bytes(), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(2));
        }
    });
    peak
}

/// Writes a NumPy file of so many rows of random numbers, whose columns vary less and less.
fn write_file(path: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {DIMS}), }}");
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(length - 1 - header.len()));
    header.push('\n');
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&u16::try_from(length)?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for value in 0..rows * DIMS {
        let number = (random::unit(value as u64) - 0.5) / (1 + value % DIMS) as f32;
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

/// Turns the camera. Returns the time of each frame.
fn orbit(headless: &mut Headless, frames: usize) -> Vec<Duration> {
    let mut pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.3, radius: 4.0 };
    let frame = |_| {
        pose.yaw += 0.05;
        headless.act(Action::Edit(Edit::MoveCamera(pose)));
        let started = Instant::now();
        headless.frame();
        started.elapsed()
    };
    (0..frames).map(frame).collect()
}

/// Returns points at random in a ball, with thumbnails of one color each or without.
fn ball(rows: usize, pictured: bool) -> Result<Embedding, Box<dyn Error>> {
    let number = |row: usize, axis: usize| random::unit((row * 3 + axis) as u64);
    let point = |row: usize| {
        let height = number(row, 0) * 2.0 - 1.0;
        let (across, angle) = ((1.0 - height * height).sqrt(), number(row, 1) * std::f32::consts::TAU);
        let radius = number(row, 2).cbrt();
        [radius * across * angle.cos(), radius * height, radius * across * angle.sin()]
    };
    let vectors = Vectors::from_f32(rows, 3, (0..rows).flat_map(point).collect())?;
    let mut embedding = Embedding::new("ball", vectors, &Progress::default())?;
    if pictured {
        let (columns, side) = (rows.isqrt().max(1), 28);
        let lines = rows.div_ceil(columns);
        let size = [columns * side, lines * side].map(|side| side as u32);
        let pixel = |at: usize| {
            let number = at / (columns * side) / side * columns + at % (columns * side) / side;
            let [.., red, green, blue, _] = random::at(number as u64).to_le_bytes();
            [red, green, blue, 255]
        };
        let pixels: Vec<u8> = (0..columns * lines * side * side).flat_map(pixel).collect();
        embedding.sprite = Some(SpriteSheet::new(size, [side as u32; 2], pixels)?.into());
    }
    Ok(embedding)
}

fn drawn(headless: &Headless) -> usize {
    headless.world().resource::<Drawn>().points().drawn
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn print(name: &str, value: f64, unit: &str) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "unit": unit }));
}
