//! Measures what a headset costs with a million points: our work on the CPU in a frame, for both
//! eyes, the panel, and the labels, and the search for the point that a hand points at. Prints one
//! JSON line for each measurement. A headset with 90 frames a second leaves 11.1 ms for a frame.
//!
//! There is no runtime: the poses of head and hands are made up, and the eyes draw into images. The
//! driver and the device are not measured, and do nothing in the frames that are: a frame is the
//! main schedule, extraction, and what the renderer prepares up to the commands for the device.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::{
    error::Error,
    f32::consts::TAU,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bevy::{
    camera::{CameraUpdateSystems, Projection as Lens, RenderTarget},
    ecs::system::SystemState,
    prelude::*,
    render::{Render, RenderApp, RenderSystems},
};
use parallax::{
    app::Headless,
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, RowSet, Vectors},
    projection::Method,
    session::{Action, Edit, Origin, Pick, Projection, View},
};
use parallax_camera::picture_target;
use parallax_immersive::{Eye, EyeCamera, Hand, Hands, HandsPlugin, Immersion, Person, eye_camera, put_eye};
use parallax_overlay::{HAND_PANEL_PIXELS, hand_panel};
use parallax_picking::PointsInSpace;

const ROWS: usize = 1_000_000;

/// The size of the picture of an eye: a software driver draws few pixels fast, and the CPU's work
/// does not depend on their number.
const EYE: [u32; 2] = [64, 64];

/// The number of frames of a measurement, and of searches along rays.
const FRAMES: usize = 90;
const RAYS: usize = 1000;

/// How many frames, and how far apart, the points rest until their tree is there.
const RESTING: (usize, Duration) = (40, Duration::from_millis(100));

/// Where the renderer is in its frame, how long it has prepared, and whether the device rests.
#[derive(Resource, Clone, Default)]
struct Prepared(Arc<Mutex<(Option<Instant>, Duration, bool)>>);

fn main() -> Result<(), Box<dyn Error>> {
    let prepared = Prepared::default();
    let view = View {
        origin: Origin::Memory,
        projection: Projection { method: Method::Identity, ..Projection::default() },
        color_by: Pick::Column("digit".into()),
        ..View::default()
    };
    let mut headless = Headless::with(view, [826, 775], true, |app| add(app, prepared.clone()))?;
    headless.put_embedding(ball()?);
    headless.settle();
    frames("xr_window_cpu", &mut headless, &prepared, |_| Hands::default());
    enter(&mut headless);
    let still = |_| hands(0.0, 0.0);
    step(&mut headless, &prepared, &still(0));
    lock(&prepared.0).2 = true;
    for _ in 0..RESTING.0 {
        step(&mut headless, &prepared, &still(0));
        std::thread::sleep(RESTING.1);
    }
    lock(&prepared.0).2 = false;
    headless.act(Action::Edit(Edit::Select(RowSet::from(vec![7]))));
    headless.settle();
    frames("xr_rest_cpu", &mut headless, &prepared, still);
    let turn = |frame: usize| frame as f32 / FRAMES as f32 * TAU;
    frames("xr_head_cpu", &mut headless, &prepared, |frame| hands(turn(frame).sin(), 0.0));
    frames("xr_hand_cpu", &mut headless, &prepared, |frame| hands(0.2 * turn(frame).sin(), turn(frame).cos()));
    point(&mut headless)
}

/// Adds the hands, and what measures the renderer.
fn add(app: &mut App, prepared: Prepared) {
    app.add_plugins(HandsPlugin)
        .add_systems(PostUpdate, place_eyes.before(TransformSystems::Propagate).before(CameraUpdateSystems));
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    let begin = |prepared: Res<Prepared>| lock(&prepared.0).0 = Some(Instant::now());
    let end = |prepared: Res<Prepared>| {
        let mut prepared = lock(&prepared.0);
        prepared.1 = prepared.0.take().map(|begun| begun.elapsed()).unwrap_or_default();
    };
    render
        .insert_resource(prepared)
        .add_systems(Render, begin.before(RenderSystems::ExtractCommands))
        .add_systems(Render, end.after(RenderSystems::Prepare).before(RenderSystems::Render))
        .configure_sets(Render, RenderSystems::Render.run_if(|prepared: Res<Prepared>| !lock(&prepared.0).2));
}

/// Adds what a headset shows: two eyes and the panel.
fn enter(headless: &mut Headless) {
    let world = headless.world_mut();
    world.insert_resource(Immersion { is_shown: true, knows_floor: true });
    let mut target = |size: [u32; 2]| {
        let image = world.resource_mut::<Assets<Image>>().add(picture_target(size));
        RenderTarget::Image(image.into())
    };
    let [left, right] = [target(EYE), target(EYE)];
    let panel = target(HAND_PANEL_PIXELS);
    world.spawn(eye_camera(0, left));
    world.spawn(eye_camera(1, right));
    world.spawn(hand_panel(panel));
}

/// Returns a head that has turned and hands that have moved; both go from -1 to 1.
fn hands(turned: f32, moved: f32) -> Hands {
    let head = Isometry3d::new(Vec3::new(0.1 * turned, 1.6, 0.0), Quat::from_rotation_y(0.3 * turned));
    let at = Vec3::new(0.25, 1.2, -0.3);
    let aim = Transform::from_translation(at).looking_at(Vec3::new(0.6 * moved, 1.45 + 0.3 * moved, -1.4), Vec3::Y);
    let pose = |place: Vec3, rotation: Quat| Some(Isometry3d::new(place, rotation));
    let left = Hand { grip: pose(Vec3::new(-0.25, 1.2 + 0.05 * moved, -0.3), Quat::IDENTITY), ..Hand::default() };
    let right = Hand { grip: pose(at, aim.rotation), aim: pose(at, aim.rotation), ..Hand::default() };
    Hands { head: Some(head), hands: [left, right] }
}

/// Puts the eyes where the head is.
fn place_eyes((hands, person): (Res<Hands>, Res<Person>), mut cameras: Query<(&EyeCamera, &mut Transform, &mut Lens)>) {
    let (Some(head), Some(room)) = (hands.head, person.room()) else { return };
    for (EyeCamera(eye), mut transform, mut projection) in &mut cameras {
        let side = Vec3::X * if *eye == 0 { -0.032 } else { 0.032 };
        let pose = Isometry3d::new(head * side, head.rotation);
        put_eye(room, &Eye { pose, tangents: [-1.0, 1.0, -1.0, 1.0] }, &mut transform, &mut projection);
    }
}

/// Draws a frame. Returns the milliseconds of our work.
fn step(headless: &mut Headless, prepared: &Prepared, hands: &Hands) -> f64 {
    headless.world_mut().insert_resource(*hands);
    let main = headless.frame();
    (main + lock(&prepared.0).1).as_secs_f64() * 1e3
}

/// Draws frames, and prints the median of their times and the 90th percentile.
fn frames(name: &str, headless: &mut Headless, prepared: &Prepared, hands: impl Fn(usize) -> Hands) {
    // One frame is drawn, so that what follows is not that of the frames before.
    step(headless, prepared, &hands(0));
    lock(&prepared.0).2 = true;
    let times = sorted((0..FRAMES).map(|frame| step(headless, prepared, &hands(frame))).collect());
    lock(&prepared.0).2 = false;
    print(&format!("{name}_ms"), at(&times, 0.5));
    print(&format!("{name}_p90_ms"), at(&times, 0.9));
}

/// Points at the cloud from around it.
fn point(headless: &mut Headless) -> Result<(), Box<dyn Error>> {
    let world = headless.world_mut();
    let mut state = SystemState::<PointsInSpace>::new(world);
    let points = state.get(world)?;
    if !points.is_quick() {
        return Err("the tree of the points has not been built".into());
    }
    let mut hits = 0;
    let times = (0..RAYS as u64).map(|ray| {
        let number = |of: u64| parallax::embedding::random::unit(ray * 6 + of) * 2.0 - 1.0;
        let place = |of: u64| Vec3::new(number(of), number(of + 1), number(of + 2));
        let (origin, toward) = (place(0).normalize_or(Vec3::X) * 1.8, place(3));
        let ray = Ray3d::new(origin, Dir3::new(toward - origin).unwrap_or(Dir3::Z));
        let begun = Instant::now();
        hits += usize::from(points.along(ray).is_some());
        begun.elapsed().as_secs_f64() * 1e3
    });
    let times = sorted(times.collect());
    print("xr_point_mean_ms", times.iter().sum::<f64>() / times.len() as f64);
    print("xr_point_p90_ms", at(&times, 0.9));
    print("xr_point_max_ms", at(&times, 1.0));
    print("xr_point_hits", hits as f64 / RAYS as f64);
    Ok(())
}

/// Returns a ball of points, evenly spread along a spiral, in ten categories.
fn ball() -> Result<Embedding, Box<dyn Error>> {
    let point = |row: usize| {
        let share = (row as f32 + 0.5) / ROWS as f32;
        let (height, angle) = (1.0 - 2.0 * share, row as f32 * 2.399_963);
        let (across, radius) = ((1.0 - height * height).sqrt(), ((row * 7919 % ROWS) as f32 / ROWS as f32).cbrt());
        [radius * across * angle.cos(), radius * height, radius * across * angle.sin()]
    };
    let vectors = Vectors::from_f32(ROWS, 3, (0..ROWS).flat_map(point).collect())?;
    let mut embedding = Embedding::new("ball", vectors, &Progress::default())?;
    let mut digits = ColumnBuilder::new("digit");
    (0..ROWS).for_each(|row| digits.push(Some(&(row * 7919 % 10).to_string())));
    embedding.metadata = Metadata::new(vec![digits.finish()])?.into();
    Ok(embedding)
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn print(name: &str, value: f64) {
    println!("{}", serde_json::json!({ "name": name, "value": value, "unit": "ms" }));
}
