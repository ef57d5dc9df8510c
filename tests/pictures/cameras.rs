//! Two embeddings side by side, each with a camera of its own.

use bevy::{
    input::mouse::{MouseButton, MouseButtonInput},
    math::Rect,
    window::{CursorMoved, WindowEvent},
};
use parallax::{
    session::{Alignment, Compared, OpenOptions, OwnCamera, Switch},
    state::SecondPose,
};
use parallax_camera::CameraRests;
use parallax_cloud::{Drawn, FrameBudget};

use super::*;

/// Width and height of both pictures together. Each is wider than it is high, so that the field of view
/// spans its height, as in a picture of its own.
const BOTH: [u32; 2] = [1000, 400];
const HALF: [u32; 2] = [BOTH[0] / 2, BOTH[1]];

const POSES: [Pose; 3] = [
    Pose { focus: [0.0; 3], yaw: 0.3, pitch: 0.2, radius: 3.4 },
    Pose { focus: [0.1, -0.2, 0.1], yaw: -1.9, pitch: 0.7, radius: 2.6 },
    Pose { focus: [-0.1, 0.1, 0.0], yaw: 2.4, pitch: -0.4, radius: 3.0 },
];

/// Rows of the first: six at a distance of 1, and others at random between them, so that units of the
/// cloud are those of the file.
fn places(rows: usize) -> Vec<[f32; 3]> {
    let number = |row: usize, axis: usize| parallax_embedding::random::unit((row * 3 + axis) as u64) * 1.1 - 0.55;
    let end = |row: usize| {
        let mut at = [0.0; 3];
        at[row / 2] = if row.is_multiple_of(2) { 1.0 } else { -1.0 };
        at
    };
    (0..rows).map(|row| if row < 6 { end(row) } else { [0, 1, 2].map(|axis| number(row, axis)) }).collect()
}

/// The same places, each of another row.
fn other_places(rows: usize) -> Vec<[f32; 3]> {
    let mut places = places(rows);
    places.rotate_left(rows / 3);
    places
}

fn classes(rows: usize) -> Vec<&'static str> {
    (0..rows).map(|row| ["a", "b", "c", "d"][row % 4]).collect()
}

/// Returns an app that shows `rows`, without anything over them.
fn alone(rows: &[[f32; 3]], view: View, size: [u32; 2]) -> Headless {
    let vectors = Vectors::from_f32(rows.len(), 3, rows.concat()).unwrap();
    let mut embedding = Embedding::new("rows", vectors, &Progress::default()).unwrap();
    let mut column = ColumnBuilder::new("class");
    classes(rows.len()).iter().for_each(|class| column.push(Some(class)));
    embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    let mut headless = Headless::new(view, size, false).unwrap();
    headless.put_embedding(embedding);
    headless.settle();
    headless
}

/// Returns an app that shows as many rows with the first pose, and beside them other places of theirs.
fn pair_with(folder: &std::path::Path, second: &[[f32; 3]], camera: Option<OwnCamera>) -> Headless {
    let (rows, path) = (second.len(), folder.join("second.npy"));
    let values: Vec<u8> = second.concat().iter().flat_map(|value| value.to_le_bytes()).collect();
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 3), }}");
    let header = format!("{header:<117}\n");
    let file = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &values].concat();
    std::fs::write(&path, file).unwrap();
    let second = Compared::with(Origin::Path { path, options: OpenOptions::default() }, None, None);
    let matched = parallax::session::MatchBy::Order;
    let second = Compared { matched, align: Alignment::Nothing, camera, ..second };
    alone(&places(rows), View { pose: Some(POSES[0]), compared: Some(second), ..view(Dims::Three) }, BOTH)
}

fn pair(folder: &std::path::Path, rows: usize, camera: Option<OwnCamera>) -> Headless {
    pair_with(folder, &other_places(rows), camera)
}

fn own(pose: Pose) -> OwnCamera {
    OwnCamera { pose: Some(pose) }
}

/// The rows of pixels below the name of the embedding, which is over the top of a picture.
const BELOW: usize = 44;

/// Returns the left and the right half of a picture.
fn halves(picture: &[u8]) -> [Vec<u8>; 2] {
    let width = HALF[0] as usize * 4;
    let lines = || picture.chunks(2 * width).skip(BELOW);
    [
        lines().flat_map(|line| &line[..width]).copied().collect(),
        lines().flat_map(|line| &line[width..]).copied().collect(),
    ]
}

fn picture(headless: &mut Headless) -> [Vec<u8>; 2] {
    headless.settle();
    halves(&headless.picture().unwrap())
}

fn below(headless: &mut Headless, pose: Pose) -> Vec<u8> {
    headless.act(Action::Edit(Edit::MoveCamera(pose)));
    headless.settle();
    headless.picture().unwrap().split_off(HALF[0] as usize * 4 * BELOW)
}

/// Returns the number of pixels that differ by more than rounding.
fn differing(a: &[u8], b: &[u8]) -> usize {
    assert_eq!(a.len(), b.len());
    a.chunks(4).zip(b.chunks(4)).filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 2)).count()
}

fn second_pose(headless: &Headless) -> Option<Pose> {
    headless.world().resource::<CurrentView>().pose_of(parallax::session::Half::Second)
}

/// Each half is the picture that its embedding has alone with that pose: through both lenses, in the plane,
/// and with eye-dome lighting.
#[test]
fn each_half_is_the_picture_of_its_own_camera() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 60;
    let mut pair = pair(folder.path(), rows, Some(own(POSES[1])));
    let mut alone = [places(rows), other_places(rows)].map(|rows| alone(&rows, view(Dims::Three), HALF));
    let usual = Look { axes: false, ..Look::default() };
    for (dims, look) in [
        (Dims::Three, usual),
        (Dims::Three, Look { lens: Lens::Orthographic, ..usual }),
        (Dims::Three, Look { edl: Switch::On, ..usual }),
        (Dims::Two, usual),
    ] {
        for headless in alone.iter_mut().chain([&mut pair]) {
            headless.act(Action::Edit(Edit::SetLook(look)));
            headless.act(Action::Edit(Edit::SetDims(dims)));
            headless.settle();
        }
        let flat = |pose: Pose| if dims == Dims::Two { Pose { yaw: 0.0, pitch: 0.0, ..pose } } else { pose };
        let [first, second, third] = POSES.map(flat);
        pair.act(Action::Edit(Edit::MoveCamera(first)));
        pair.act(Action::Edit(Edit::MoveSecondCamera(second)));
        let [left, right] = picture(&mut pair);
        assert_eq!(differing(&left, &below(&mut alone[0], first)), 0, "{dims:?} {look:?}");
        assert_eq!(differing(&right, &below(&mut alone[1], second)), 0, "{dims:?} {look:?}");
        assert!(differing(&left, &right) > 1000, "they are other pictures");
        pair.act(Action::Edit(Edit::MoveSecondCamera(third)));
        let [still, moved] = picture(&mut pair);
        assert_eq!(differing(&still, &left), 0, "the first has not moved");
        assert_eq!(differing(&moved, &below(&mut alone[1], third)), 0, "{dims:?} {look:?}");
    }
}

#[test]
fn second_camera_begins_where_the_one_is_and_the_one_goes_on_from_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let mut pair = pair(folder.path(), 60, None);
    let one = picture(&mut pair);
    let compare = |pair: &mut Headless, camera: Option<OwnCamera>| {
        let compared = pair.world().resource::<CurrentView>().compared.clone().unwrap();
        pair.act(Action::Edit(Edit::CompareWith(Some(Box::new(Compared { camera, ..compared })))));
    };
    compare(&mut pair, Some(own(POSES[0])));
    assert!(picture(&mut pair) == one, "nothing jumps");
    pair.act(Action::Edit(Edit::MoveSecondCamera(POSES[1])));
    let two = picture(&mut pair);
    assert!(two[0] == one[0] && two[1] != one[1]);
    pair.act(Action::Edit(Edit::MoveCamera(POSES[1])));
    compare(&mut pair, None);
    let back = picture(&mut pair);
    assert_eq!(differing(&back[1], &two[1]), 0, "what was used last does not jump");
    assert!(differing(&back[0], &two[0]) > 0, "the first goes on from there");
    assert_eq!(second_pose(&pair), None);
}

/// Where a camera sees places, in pixels of its half: by the definition of the pose.
fn projected(pose: &Pose, places: &[[f32; 3]]) -> Vec<Vec2> {
    let [sin_yaw, cos_yaw, sin_pitch, cos_pitch] = [pose.yaw.sin(), pose.yaw.cos(), pose.pitch.sin(), pose.pitch.cos()];
    let back = Vec3::new(sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch);
    let right = Vec3::new(cos_yaw, 0.0, -sin_yaw);
    let up = back.cross(right);
    let [width, height] = HALF.map(|side| side as f32);
    let scale = height / 2.0 / (Pose::FIELD_OF_VIEW / 2.0).tan();
    let seen = |place: &[f32; 3]| {
        let from = Vec3::from(*place) - Vec3::from(pose.focus) - back * pose.radius;
        Vec2::new(
            width / 2.0 + from.dot(right) / -from.dot(back) * scale,
            height / 2.0 - from.dot(up) / -from.dot(back) * scale,
        )
    };
    places.iter().map(seen).collect()
}

/// Each half is picked, surrounded, and labeled by its own camera.
#[test]
fn what_is_under_the_pointer_is_what_its_camera_sees_there() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 40;
    let mut pair = pair(folder.path(), rows, Some(own(POSES[1])));
    let mut hands = Hands(&mut pair);
    let seen = [projected(&POSES[0], &places(rows)), projected(&POSES[1], &other_places(rows))];
    let corner = |half: usize| Vec2::new((half as u32 * HALF[0]) as f32, 0.0);
    let is_inside =
        |at: Vec2| at.x > 30.0 && at.x < HALF[0] as f32 - 30.0 && at.y > 60.0 && at.y < HALF[1] as f32 - 30.0;
    for (half, seen) in seen.iter().enumerate() {
        let mut found = 0;
        for (row, &at) in seen.iter().enumerate() {
            let is_alone = seen.iter().enumerate().all(|(other, place)| other == row || place.distance(at) > 30.0);
            if !is_inside(at) || !is_alone {
                continue;
            }
            hands.mouse(corner(half) + at, PointerAction::Move { delta: Vec2::ZERO });
            hands.0.frame();
            assert_eq!(hands.0.world().resource::<Hovered>().0, Some(row as u32), "half {half} at {at}");
            found += 1;
        }
        assert!(found >= 5, "{found} of half {half}");
    }
    for tool in [Tool::Box, Tool::Lasso] {
        hands.0.act(Action::Edit(Edit::Take(tool)));
        hands.0.settle();
        for (half, seen) in seen.iter().enumerate() {
            let [low, high] = [Vec2::new(140.0, 90.0), Vec2::new(330.0, 250.0)];
            let expected: Vec<u32> = (0..rows as u32)
                .filter(|row| seen[*row as usize].cmpgt(low).all() && seen[*row as usize].cmplt(high).all())
                .collect();
            assert!(expected.len() > 3 && expected.len() < rows - 3, "{expected:?}");
            let way: &[Vec2] = match tool {
                Tool::Box => &[low, high],
                _ => &[low, Vec2::new(high.x, low.y), high, Vec2::new(low.x, high.y)],
            };
            let way: Vec<Vec2> = way.iter().map(|at| corner(half) + *at).collect();
            hands.drag(&way);
            assert_eq!(hands.selected(), expected, "{tool:?} in half {half}");
        }
    }
    let is_labeled = |at: Vec2| is_inside(at) && at.x < HALF[0] as f32 - 120.0;
    let row = (0..rows).find(|&row| seen.iter().all(|seen| is_labeled(seen[row]))).unwrap();
    pair.act(Action::Edit(Edit::Select(vec![row as u32].into())));
    pair.settle();
    let world = pair.world();
    let labels = [&world.resource::<CloudLabels>().0, &world.resource::<parallax_cloud::SecondLabels>().0];
    for (labels, seen) in labels.into_iter().zip(&seen) {
        let label = labels.iter().find(|label| label.row == row as u32).unwrap();
        let middle = (Vec2::from(label.area[0]) + Vec2::from(label.area[1])) / 2.0;
        assert!(middle.distance(seen[row]) < 80.0, "{middle} {}", seen[row]);
    }
}

/// A drag moves the camera of the half where it begins, and flights and "fit" that which they name.
#[test]
fn each_half_is_moved_alone() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 40;
    let mut pair = pair(folder.path(), rows, Some(own(POSES[1])));
    let poses = |pair: &Headless| [pair.world().resource::<CurrentView>().pose, second_pose(pair)].map(Option::unwrap);
    let before = poses(&pair);
    drag(&mut pair, [750.0, 200.0], [700.0, 230.0]);
    let [first, second] = poses(&pair);
    assert_eq!((first, second.radius, second.focus), (before[0], before[1].radius, before[1].focus));
    let turned = before[1].yaw + 50.0 / HALF[0] as f32 * std::f32::consts::TAU;
    assert!((second.yaw - turned).abs() < 1e-3, "{} {turned}", second.yaw);
    drag(&mut pair, [300.0, 200.0], [900.0, 200.0]);
    let turned = poses(&pair);
    assert!(turned[0].yaw != before[0].yaw && turned[1] == second, "{turned:?}");
    // The second places of these rows are around a place that the first are not.
    let some: RowSet = [10, 11, 12].into_iter().collect();
    pair.act(Action::Shell(ShellAction::FlySecondTo(some)));
    pair.settle();
    let flown = poses(&pair);
    let seen = projected(&flown[1], &other_places(rows)[10..13]);
    let shown = Vec2::from(HALF.map(|side| side as f32));
    assert!(seen.iter().all(|at| at.cmpgt(Vec2::ZERO).all() && at.cmplt(shown).all()), "{seen:?}");
    assert!(flown[1] != turned[1] && flown[0] == turned[0], "{flown:?}");
    pair.act(Action::Edit(Edit::FitSecondView));
    let [_, right] = picture(&mut pair);
    assert_eq!((second_pose(&pair), pair.world().resource::<CurrentView>().pose), (None, Some(turned[0])));
    pair.act(Action::Edit(Edit::FitView));
    let [left, still] = picture(&mut pair);
    assert!(right == still && left != right);
    // Auto-rotation turns both.
    pair.act(Action::Edit(Edit::Turn(true)));
    (0..5).for_each(|_| _ = pair.frame());
    let now = halves(&pair.picture().unwrap());
    assert!(now[0] != left && now[1] != right);
}

/// "Fit" shows what is in the half, wherever it lies: here around another place, and twice as far.
#[test]
fn second_camera_fits_the_second_places() {
    let folder = tempfile::tempdir().unwrap();
    let second: Vec<[f32; 3]> = places(40).iter().map(|[x, y, z]| [x * 2.0 + 3.0, y * 2.0, z * 2.0 - 1.0]).collect();
    let mut pair = pair_with(folder.path(), &second, Some(OwnCamera::default()));
    for edit in [Edit::MoveSecondCamera(POSES[1]), Edit::FitSecondView] {
        pair.act(Action::Edit(edit));
        pair.settle();
    }
    assert_eq!(second_pose(&pair), None);
    let stands = pair.world().resource::<SecondPose>().0.unwrap();
    let seen = projected(&stands, &second);
    let bounds = seen.iter().fold(Rect::EMPTY, |bounds, at| bounds.union_point(*at));
    let [width, height] = HALF.map(|side| side as f32);
    assert!(bounds.min.cmpgt(Vec2::ZERO).all() && bounds.max.cmplt(Vec2::new(width, height)).all(), "{bounds:?}");
    assert!(bounds.size().max_element() > height / 2.0, "{bounds:?}");
    assert_eq!(pair.world().resource::<CurrentView>().pose, Some(POSES[0]));
}

/// Of two cameras, each half of the picture of a bookmark is seen by its own.
#[test]
fn bookmark_picture_has_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    let far = Pose { radius: 3.0 * POSES[0].radius, ..POSES[0] };
    let mut pair = pair_with(folder.path(), &other_places(200), Some(OwnCamera { pose: Some(far) }));
    pair.act(Action::Tour(TourAction::Add(String::new())));
    let png = (0..200).find_map(|_| {
        pair.frame();
        pair.world().resource::<CurrentTour>().tour().bookmarks.first()?.thumbnail.clone()
    });
    let picture = image::load_from_memory_with_format(&png.unwrap(), image::ImageFormat::Png).unwrap().into_rgb8();
    let [left, right] = [0, 160].map(|begin| {
        let bright = picture
            .enumerate_pixels()
            .filter(|(x, _, pixel)| (begin..begin + 160).contains(x) && pixel.0.iter().any(|value| *value > 90));
        let columns: Vec<f32> = bright.map(|(x, ..)| (x - begin) as f32).collect();
        let [least, most] = [f32::min, f32::max].map(|of| columns.iter().copied().reduce(of).unwrap());
        assert!((f32::midpoint(least, most) - 79.5).abs() < 15.0, "in the middle of its half: {least} to {most}");
        most - least
    });
    assert!(left > 2.0 * right && right > 10.0, "{left} {right}");
}

/// Presses, moves, and releases the mouse of a window.
fn drag(headless: &mut Headless, from: [f32; 2], to: [f32; 2]) {
    let window = Entity::PLACEHOLDER;
    let go = |at: [f32; 2]| WindowEvent::CursorMoved(CursorMoved { window, position: at.into(), delta: None });
    let button = |state| {
        let button = MouseButton::Left;
        WindowEvent::MouseButtonInput(MouseButtonInput { button, state, window })
    };
    for event in [go(from), button(ButtonState::Pressed), go(to), button(ButtonState::Released)] {
        headless.world_mut().write_message(event);
        headless.frame();
    }
    // It slows down.
    let rests = |headless: &Headless| headless.world().resource::<CameraRests>().0;
    for frame in 0.. {
        headless.frame();
        if frame > 2 && rests(headless) {
            break;
        }
        assert!(frame < 1000, "the camera never rests");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    headless.settle();
}

/// While one camera moves, the canvas of the other half stays complete, and all of the budget is for the
/// half that moves.
#[test]
fn still_half_is_not_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 25_000;
    let mut pair = pair(folder.path(), rows, Some(own(POSES[1])));
    pair.world_mut().insert_resource(FrameBudget::Points(6_000));
    let drawn = |pair: &Headless| pair.world().resource::<Drawn>().points().drawn;
    let all = |pair: &mut Headless| {
        for _ in 0..200 {
            pair.frame();
            if drawn(pair) == rows {
                return halves(&pair.picture().unwrap());
            }
        }
        panic!("{} of {rows}", drawn(pair));
    };
    pair.act(Action::Edit(Edit::MoveCamera(POSES[2])));
    pair.settle();
    let whole = all(&mut pair);
    let mut pose = POSES[1];
    for _ in 0..3 {
        pose.yaw += 0.1;
        pair.act(Action::Edit(Edit::MoveSecondCamera(pose)));
        pair.frame();
        assert!((5_500..=6_000).contains(&drawn(&pair)), "{}", drawn(&pair));
    }
    let [left, right] = halves(&pair.picture().unwrap());
    assert!(left == whole[0], "it is as it was");
    assert!(right != whole[1]);
    let again = all(&mut pair);
    assert!(again[0] == whole[0] && again[1] != whole[1]);
}
