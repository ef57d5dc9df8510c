//! Shows an array in memory: a trefoil knot as a tube of points, colored by the position along it.
//!
//! `cargo run --example cloud_from_array [OUT.png]` opens a window, or draws to the file.

use std::{error::Error, f32::consts::TAU, path::Path, sync::Arc};

use bevy::prelude::*;
use ndarray::Array2;
use parallax::{
    app::{Headless, WindowOptions, window_app},
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, Vectors},
    formats::write_picture,
    projection::Method,
    session::{Origin, Pick, Projection, View},
    state::Opened,
};

const ALONG: usize = 600;
const AROUND: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let embedding = knot()?;
    let view = View {
        origin: Origin::Memory,
        projection: Projection { method: Method::Identity, ..Projection::default() },
        color_by: Pick::Column("along".into()),
        ..View::default()
    };
    if let Some(out) = std::env::args_os().nth(1) {
        let size = [1200, 800];
        let mut headless = Headless::new(view, size, false)?;
        headless.put_embedding(embedding);
        headless.settle();
        write_picture(Path::new(&out), size, &headless.picture()?)?;
    } else {
        let mut app = window_app(WindowOptions { view, ..WindowOptions::default() });
        app.world_mut().resource_mut::<Opened>().put(embedding, Vec::new());
        app.run();
    }
    Ok(())
}

/// Returns points on a tube around a trefoil knot, with their positions along it.
fn knot() -> Result<Embedding, Box<dyn Error>> {
    let mut places = Vec::with_capacity(ALONG * AROUND);
    let mut along = ColumnBuilder::new("along");
    for step in 0..ALONG {
        let t = step as f32 / ALONG as f32 * TAU;
        let at = |t: f32| vec3((t).sin() + 2.0 * (2.0 * t).sin(), t.cos() - 2.0 * (2.0 * t).cos(), -(3.0 * t).sin());
        let (middle, ahead) = (at(t), at(t + 1e-3) - at(t));
        let (across, up) = ahead.normalize().any_orthonormal_pair();
        for side in 0..AROUND {
            let angle = side as f32 / AROUND as f32 * TAU;
            places.push((middle + 0.35 * (across * angle.cos() + up * angle.sin())).to_array());
            along.push(Some(&format!("{:.4}", t / TAU)));
        }
    }
    let vectors = Vectors::from_array(Array2::from(places));
    let mut embedding = Embedding::new("trefoil knot", vectors, &Progress::default())?;
    embedding.metadata = Arc::new(Metadata::new(vec![along.finish()])?);
    Ok(embedding)
}
