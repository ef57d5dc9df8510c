//! Bookmarks and tours without a window: their pictures, and what is made of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use bevy::{
    ecs::message::Messages,
    prelude::{Assets, Camera, Entity, Image},
    window::RequestRedraw,
};
use parallax::{
    app::Headless,
    embedding::{Embedding, Progress, Vectors},
    projection::{How, Method, Space, project},
    session::{Action, Dims, Look, Origin, Pose, Projection, TourAction, View},
    state::CurrentTour,
};

const SIZE: [u32; 2] = [640, 480];

/// A picture has come, or does not, after so many frames.
const FRAMES: usize = 200;

/// An app with four points at the corners of a square, and panels.
fn headless(dims: Dims) -> Headless {
    let rows = [[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [1.0_f32, 1.0, 0.0]];
    let vectors = Vectors::from_f32(4, 3, rows.concat()).unwrap();
    let embedding = Embedding::new("rows", vectors, &Progress::default()).unwrap();
    let space = Space::new(embedding.vectors.clone(), embedding.non_finite.clone());
    let projected = project(&How::Identity.into(), &space, &Progress::default()).unwrap();
    let projection = Projection { method: Method::Identity, dims, ..Projection::default() };
    let look = Look { axes: false, size: 4.0, ..Look::default() };
    let view = View { origin: Origin::Memory, projection, look, ..View::default() };
    let mut headless = Headless::new(view, SIZE, true).unwrap();
    headless.put_embedding(embedding, projected, Method::Identity);
    headless.settle();
    headless
}

fn thumbnail(headless: &Headless, place: usize) -> Option<Arc<[u8]>> {
    headless.world().resource::<CurrentTour>().tour().bookmarks.get(place)?.thumbnail.clone()
}

/// Cameras and images.
fn count(headless: &mut Headless) -> (usize, usize) {
    let world = headless.world_mut();
    let cameras = world.query_filtered::<Entity, bevy::prelude::With<Camera>>().iter(world).count();
    (cameras, world.resource::<Assets<Image>>().len())
}

/// The picture of a new bookmark, and the pixels of it that are brighter than the stage.
fn picture_of_new(headless: &mut Headless, place: usize) -> (image::RgbImage, Vec<[f64; 2]>) {
    headless.act(Action::Tour(TourAction::Add(String::new())));
    let png = (0..FRAMES).find_map(|_| {
        headless.frame();
        thumbnail(headless, place)
    });
    let picture = image::load_from_memory_with_format(&png.unwrap(), image::ImageFormat::Png).unwrap().into_rgb8();
    let bright = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0.iter().any(|value| *value > 90));
    let places = bright.map(|(x, y, _)| [f64::from(x), f64::from(y)]).collect();
    (picture, places)
}

/// Left, top, right and bottom.
fn bounds(places: &[[f64; 2]]) -> [f64; 4] {
    let [least, most] =
        [f64::min, f64::max].map(|of| [0, 1].map(|axis| places.iter().map(|at| at[axis]).reduce(of).unwrap()));
    [least[0], least[1], most[0], most[1]]
}

#[test]
fn a_new_bookmark_gets_a_picture_of_the_cloud_alone() {
    for dims in [Dims::Two, Dims::Three] {
        let mut headless = headless(dims);
        let before = count(&mut headless);
        let (picture, bright) = picture_of_new(&mut headless, 0);
        assert_eq!(picture.dimensions(), (320, 180));
        assert!(bright.len() > 100, "{dims:?}: {} pixels of points", bright.len());
        // Were panels in it, they would reach to the edges.
        let [left, top, right, bottom] = bounds(&bright);
        assert!(left > 60.0 && right < 260.0 && bottom - top > 90.0, "{dims:?}: {:?}", bounds(&bright));
        assert!(((left + right) / 2.0 - 159.5).abs() < 12.0 && ((top + bottom) / 2.0 - 89.5).abs() < 12.0);
        headless.frame();
        assert_eq!(count(&mut headless), before, "camera and image are gone");
    }
}

/// A camera that a person has moved shows its focus in the middle of the window, which panels cover in part.
#[test]
fn a_picture_shows_what_lay_between_the_panels() {
    let mut headless = headless(Dims::Two);
    headless.act(Action::FitView);
    headless.settle();
    let (_, fitted) = picture_of_new(&mut headless, 0);
    let pose = headless.world().resource::<parallax::state::CameraPose>().0;
    headless.act(Action::MoveCamera(Pose { radius: pose.radius * 1.01, ..pose }));
    headless.settle();
    let (_, moved) = picture_of_new(&mut headless, 1);
    let [a, b] = [bounds(&fitted), bounds(&moved)].map(|[left, _, right, _]| (left + right) / 2.0);
    assert!((a - b).abs() < 3.0, "the same place: {a} {b}");
}

/// A still picture is not drawn again, once the thumbnail is there.
#[test]
fn after_a_picture_the_window_rests() {
    let mut headless = headless(Dims::Two);
    picture_of_new(&mut headless, 0);
    for _ in 0..8 {
        headless.frame();
    }
    let world = headless.world_mut();
    world.resource_mut::<Messages<RequestRedraw>>().clear();
    headless.frame();
    headless.frame();
    let asked = headless.world_mut().resource_mut::<Messages<RequestRedraw>>().drain().count();
    assert_eq!(asked, 0);
}
