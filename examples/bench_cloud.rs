//! Measures a cloud of a million points: what spawning takes, a point's bytes in the ECS, and what the main thread does in
//! a frame that orbits, that moves every point, and that changes nothing. Prints one JSON line a measurement.
//!
//! What the driver and the device do is left out: on a software driver it would be all there is to see. The time of a frame
//! is that of the main schedule (views, jobs, points, camera, picking, panels) and of extraction (the upload).

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::error::Error;

use bevy::{prelude::*, window::RequestRedraw};
use parallax::{
    app::Headless,
    embedding::{Embedding, Progress, Vectors},
    projection::{How, Method, Projected, Space, project},
    session::{Action, Origin, Pose, Projection, View},
    state::{Do, Opened, StatePlugin},
};
use parallax_cloud::{Cloud, CloudPlugin, CloudRevisions};

const ROWS: usize = 1_000_000;
const FRAMES: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let embedding = ball()?;
    spawning(embedding.clone());
    let projected = project(
        &How::Identity.into(),
        &Space::new(embedding.vectors.clone(), embedding.non_finite.clone()),
        &Progress::default(),
    )?;
    frames(embedding, projected)?;
    Ok(())
}

/// Without renderer: the frame in which a million points appear and get their colors, and what they take.
fn spawning(embedding: Embedding) {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, StatePlugin, CloudPlugin)).add_message::<RequestRedraw>();
    app.update();
    let before = resident_bytes();
    app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
    let started = std::time::Instant::now();
    app.update();
    print("cloud_spawn_ms", started.elapsed().as_secs_f64() * 1e3, "ms");
    let points = app.world().resource::<Cloud>().len();
    print("cloud_bytes_per_point", resident_bytes().saturating_sub(before) as f64 / points as f64, "bytes");
}

fn frames(embedding: Embedding, projected: Projected) -> Result<(), Box<dyn Error>> {
    let view = View {
        origin: Origin::Memory,
        projection: Projection { method: Method::Identity, ..Projection::default() },
        ..View::default()
    };
    let mut headless = Headless::new(view, [826, 775], true)?;
    headless.put_embedding(embedding, projected, Method::Identity);
    headless.settle();
    let mut pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.3, radius: 4.0 };
    print(
        "cloud_orbit_cpu_ms",
        median(&mut headless, |_| {
            pose.yaw += 0.05;
            Action::MoveCamera(pose)
        }),
        "ms",
    );
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1]];
    print("cloud_moving_cpu_ms", median(&mut headless, |frame| Action::SetComponents(orders[frame % 3])), "ms");

    headless.settle();
    let revisions = *headless.world().resource::<CloudRevisions>();
    headless.world_mut().resource_mut::<Messages<RequestRedraw>>().clear();
    let mut redraws = 0;
    for _ in 0..FRAMES {
        headless.frame();
        redraws += headless.world_mut().resource_mut::<Messages<RequestRedraw>>().drain().count();
    }
    // Columns go up when their revision moves: 12 bytes for a position, 4 for a style.
    let after = *headless.world().resource::<CloudRevisions>();
    let (moved, restyled) = (after.positions != revisions.positions, after.styles != revisions.styles);
    let uploaded = ROWS * (usize::from(moved) * 12 + usize::from(restyled) * 4);
    print("cloud_still_uploaded_bytes", uploaded as f64, "bytes");
    print("cloud_still_draws", redraws as f64, "frames asked for");
    Ok(())
}

/// The median of the milliseconds that the main thread takes for a frame after each action.
fn median(headless: &mut Headless, action: impl FnMut(usize) -> Action) -> f64 {
    let mut times: Vec<f64> = (0..FRAMES)
        .map(action)
        .map(|action| {
            headless.world_mut().write_message(Do(action));
            headless.frame().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A ball of points, evenly spread along a spiral.
fn ball() -> Result<Embedding, Box<dyn Error>> {
    let point = |row: usize| {
        let share = (row as f32 + 0.5) / ROWS as f32;
        let (height, angle) = (1.0 - 2.0 * share, row as f32 * 2.399_963);
        let (across, radius) = ((1.0 - height * height).sqrt(), ((row * 7919 % ROWS) as f32 / ROWS as f32).cbrt());
        [radius * across * angle.cos(), radius * height, radius * across * angle.sin()]
    };
    let vectors = Vectors::from_f32(ROWS, 3, (0..ROWS).flat_map(point).collect())?;
    Ok(Embedding::new("ball", vectors, &Progress::default())?)
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

fn print(name: &str, value: f64, unit: &str) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "unit": unit }));
}
