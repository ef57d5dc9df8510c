//! The cloud as an eye in the room sees it, without a headset.

use bevy::{
    camera::RenderTarget,
    prelude::{Assets, Handle, Image, On, ResMut, Resource, Vec3},
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
};
use parallax::{
    app::Headless,
    embedding::RowSet,
    session::{Action, Dims, Edit, Lens, Look, Pose, View},
};
use parallax_camera::{picture_target, still_camera};
use parallax_cloud::{InRoom, RoomLook};

use super::{Picture, SIZE, color_of, distance, headless, view};

/// Where the eye and the camera of the window are.
const POSE: Pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 3.0 };

/// What an eye has seen.
#[derive(Resource, Default)]
struct Seen(Option<Vec<u8>>);

/// Adds an eye, which draws into an image.
fn open_eye(headless: &mut Headless) -> Handle<Image> {
    let world = headless.world_mut();
    let image = world.resource_mut::<Assets<Image>>().add(picture_target(SIZE));
    let target = RenderTarget::Image(image.clone().into());
    world.spawn((still_camera(target, (Dims::Three, Lens::Perspective), &POSE), InRoom));
    image
}

/// Returns what an eye sees.
fn seen_by(eye: &Handle<Image>, headless: &mut Headless) -> Picture {
    headless.settle();
    let world = headless.world_mut();
    world.insert_resource(Seen::default());
    world.spawn(Screenshot::image(eye.clone())).observe(|capture: On<ScreenshotCaptured>, mut seen: ResMut<Seen>| {
        seen.0.clone_from(&capture.image.data);
    });
    for _ in 0..100 {
        headless.frame();
        if let Some(pixels) = headless.world_mut().resource_mut::<Seen>().0.take() {
            return Picture(pixels);
        }
    }
    panic!("the eye sees nothing");
}

/// Returns how many pixels differ from the stage, whose color has noise of half a step.
fn drawn(picture: &Picture) -> usize {
    let stage = picture.at(0, 0);
    let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
    all.filter(|&(x, y)| distance(picture.at(x, y), stage) > 4.0).count()
}

/// Nothing: not the shine of spheres, nor rings, lines to neighbors, the outline of many, axes, or
/// the grid. The floor and the hands stay.
#[test]
fn faded_cloud_leaves_nothing_in_the_room() {
    let rows: Vec<[f32; 3]> = (0..400).map(|i| [(i % 20) as f32, (i / 20) as f32, (i % 7) as f32]).collect();
    let look = Look { axes: true, grid: true, ..Look::default() };
    let mut headless = headless(&rows, &[], View { look, ..view(Dims::Three) }, false, None);
    let eye = open_eye(&mut headless);
    for selected in [RowSet::from(vec![210]), (100..200).collect()] {
        headless.act(Action::Edit(Edit::Select(selected)));
        let mut shown = |look: RoomLook| {
            headless.world_mut().insert_resource(look);
            drawn(&seen_by(&eye, &mut headless))
        };
        let seen = shown(RoomLook::default());
        assert!(seen > 4000, "{seen} pixels");
        assert_eq!(shown(RoomLook { fade: 1.0, ..RoomLook::default() }), 0);
        let lines = vec![([Vec3::NEG_X, Vec3::X], [255, 255, 255])];
        let floor = shown(RoomLook { lines, fade: 1.0, ..RoomLook::default() });
        assert!(floor > 100 && floor < 2000, "{floor} pixels of a line");
    }
}

/// In the window what is selected is in front. In the room it is where it is: to see it behind what
/// is nearer, and in front of it, would hurt.
#[test]
fn selected_point_is_hidden_by_a_nearer_one_in_the_room() {
    let rows = [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [-1.0, -1.0, 0.0], [1.0, 1.0, 0.0]];
    let look = Look { axes: false, size: 4.0, fog: 0.0, ..Look::default() };
    let shown = View { look, pose: Some(POSE), ..view(Dims::Three) };
    let mut headless = headless(&rows, &["front", "back", "others", "others"], shown, false, None);
    headless.act(Action::Edit(Edit::Select(vec![1].into())));
    let in_window = Picture::of(&mut headless);
    let [front, back] = ["front", "back"].map(|class| color_of(&headless, class));
    let shows_front = |picture: &Picture| {
        let seen = picture.at(SIZE[0] / 2, SIZE[1] / 2);
        // What is not selected steps back toward the stage.
        let hue = |color: [u8; 3]| color.map(|part| f64::from(part) / color.iter().map(|x| f64::from(*x)).sum::<f64>());
        let away = |color| hue(color).iter().zip(hue(seen)).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        away(front) < away(back)
    };
    assert!(!shows_front(&in_window), "in the window the selected point is in front");
    let eye = open_eye(&mut headless);
    assert!(shows_front(&seen_by(&eye, &mut headless)), "in the room it is behind");
}
