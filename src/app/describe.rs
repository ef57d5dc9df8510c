//! The text chunks of a picture.

use super::StereoReport;
use bevy::prelude::World;
use parallax_embedding::Column;
use parallax_projection::Coordinates;
use parallax_session::{Origin, Pose, Projection};
use parallax_state::{CameraPose, CurrentTour, CurrentView, Opened, SecondPose};
use serde::Serialize;
use serde_json::{Map, Value};

/// What was drawn, and how: enough to draw it again.
#[derive(Debug, Serialize)]
struct Comment<'a> {
    path: Option<String>,
    run: Option<&'a str>,
    embedding: Option<&'a str>,
    rows: usize,
    method: &'static str,
    /// The settings of the method; null if it has none.
    settings: Value,
    sphereize: bool,
    dims: usize,
    seed: u64,
    color_by: Option<&'a str>,
    label_by: Option<&'a str>,
    camera: Pose,
    /// That which the picture of the second of two embeddings has for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_camera: Option<Pose>,
    /// The mode, the distance between the eyes, and that of what appears at the screen.
    stereo: Option<(&'static str, f32, f32)>,
    size: [u32; 2],
}

/// Returns keywords and texts that describe the picture, as image viewers know them. "Comment"
/// holds the settings as JSON.
pub(super) fn describe(world: &World, size: [u32; 2], stereo: Option<StereoReport>) -> Vec<(&'static str, String)> {
    let (view, opened) = (world.resource::<CurrentView>(), world.resource::<Opened>());
    let embedding = opened.embedding.as_deref();
    let metadata = embedding.map(|embedding| &*embedding.metadata);
    let run = opened.source.as_ref().and_then(|source| source.runs.get(opened.place.0));
    let projection = &view.projection;
    let path = match &view.origin {
        Origin::Path { path, .. } => Some(path.display().to_string()),
        Origin::Demo(demo) => Some(format!("the {demo} demo")),
        Origin::Memory | Origin::Kept => None,
    };
    let settings = Comment {
        path,
        run: run.map(|run| run.name.as_str()).filter(|name| !name.is_empty()),
        embedding: embedding.map(|embedding| embedding.name.as_str()),
        rows: opened.rows(),
        method: projection.method.name(),
        settings: of_method(projection),
        sphereize: projection.sphereize,
        dims: projection.dims.count(),
        seed: projection.seed,
        color_by: metadata.and_then(|of| view.color_column(of)).map(Column::name),
        label_by: metadata.and_then(|of| view.label_column(of)).map(Column::name),
        camera: world.resource::<CameraPose>().0,
        second_camera: world.resource::<SecondPose>().0,
        stereo: stereo.map(|eyes| (eyes.mode.name(), eyes.eye_distance, eyes.convergence)),
        size,
    };
    let tour = world.resource::<CurrentTour>();
    let bookmark = tour.at().and_then(|place| tour.tour().bookmarks.get(place)).map(|bookmark| bookmark.name.clone());
    let title = bookmark.or_else(|| embedding.map(|embedding| embedding.name.clone())).unwrap_or_default();
    let comment = serde_json::to_string(&settings).unwrap_or_default();
    vec![("Title", title), ("Software", concat!("Parallax ", env!("CARGO_PKG_VERSION")).into()), ("Comment", comment)]
}

/// Returns the settings that the method uses. Those of its own have its name.
fn of_method(projection: &Projection) -> Value {
    let about = projection.method.about();
    let used = [
        ("metric", about.by_neighbors),
        ("whiten", about.switch("whiten").is_some()),
        ("components", about.coordinates == Coordinates::Components),
        ("axes", about.coordinates == Coordinates::Axes),
        (about.name, true),
    ];
    let Ok(Value::Object(mut all)) = serde_json::to_value(projection) else { return Value::Null };
    let used = used.into_iter().filter(|(_, is_used)| *is_used);
    let used: Map<String, Value> = used.filter_map(|(name, _)| all.remove_entry(name)).collect();
    if used.is_empty() { Value::Null } else { Value::Object(used) }
}
