//! Measures the drawing of large clouds, device included: a frame while the camera orbits, how many
//! points it draws, and the time until all are there once the camera rests; and frames of ten thousand
//! spheres and thumbnails. Prints one JSON line for each measurement.
//!
//! Give numbers of points to measure other clouds than that of a million: `bench_scale 10000000`.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use parallax::{
    app::Headless,
    embedding::{Embedding, Progress, SpriteSheet, Vectors, random},
    projection::Method,
    session::{Action, Edit, Origin, PointStyle, Pose, Projection, View},
};
use parallax_cloud::{Drawn, FrameBudget};

/// The size of the projector's canvas.
const SIZE: [u32; 2] = [826, 775];

/// The number of frames in which the number of points of a frame is found, and of those measured.
const FINDING: usize = 40;
const FRAMES: usize = 41;

/// The number of points of small clouds.
const FEW: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut counts: Vec<usize> = std::env::args().skip(1).map(|count| count.parse()).collect::<Result<_, _>>()?;
    if counts.is_empty() {
        counts.push(1_000_000);
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
