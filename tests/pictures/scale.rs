//! Clouds that are drawn part by part, and eye-dome lighting.

use parallax_cloud::{Drawn, DrawnPoints, FrameBudget};
use parallax_session::{Stereo, Switch};

use super::*;

const ROWS: usize = 60_000;
const CLASSES: [&str; 4] = ["a", "b", "c", "d"];

/// Points at random in a ball, sorted by class. Some are in the same places.
fn ball() -> Vec<[f32; 3]> {
    let number = |row: usize, axis: usize| parallax_embedding::random::unit((row * 3 + axis) as u64) * 2.0 - 1.0;
    (0..ROWS).map(|row| [0, 1, 2].map(|axis| number(row % 59_000, axis) * 3.0)).collect()
}

fn cloud(dims: Dims, edl: Switch) -> Headless {
    let look = Look { axes: false, edl, ..Look::default() };
    let classes: Vec<&str> = (0..ROWS).map(|row| CLASSES[row * CLASSES.len() / ROWS]).collect();
    headless(&ball(), &classes, View { look, ..view(dims) }, false, None)
}

fn drawn(headless: &Headless) -> DrawnPoints {
    headless.world().resource::<Drawn>().points()
}

/// Draws frames until all points are there. Returns how many points each frame had.
fn until_all_are_drawn(headless: &mut Headless) -> Vec<usize> {
    let mut counts = Vec::new();
    while counts.last() != Some(&ROWS) {
        headless.frame();
        counts.push(drawn(headless).drawn);
        assert!(counts.len() < 200, "{counts:?}");
    }
    counts
}

/// At rest, a cloud that was drawn part by part is the picture of all points, pixel for pixel: in three
/// dimensions and in two, where all points have the same depth; with rings, with an outline, and with
/// more marked points than are drawn over a sample; with the hovered point; for two eyes; and with
/// eye-dome lighting.
#[test]
fn parts_make_the_picture_of_all_points() {
    let every = |step: u32| RowSet::from((0..ROWS as u32).step_by(step as usize).collect::<Vec<_>>());
    for (dims, selected, hovered, edl, stereo) in [
        (Dims::Three, RowSet::EMPTY, None, Switch::Off, false),
        (Dims::Two, RowSet::EMPTY, Some(30_001), Switch::Off, false),
        (Dims::Three, every(10_000), Some(20_000), Switch::Off, false),
        (Dims::Two, every(10_000), None, Switch::Off, false),
        (Dims::Three, every(100), Some(7), Switch::Off, false),
        (Dims::Three, every(2), None, Switch::Off, false),
        (Dims::Three, every(10_000), None, Switch::Off, true),
        (Dims::Three, RowSet::EMPTY, None, Switch::On, false),
    ] {
        let [whole, parts] = [FrameBudget::Unlimited, FrameBudget::Points(9_000)].map(|budget| {
            let mut headless = cloud(dims, edl);
            headless.world_mut().insert_resource(budget);
            headless.act(Action::Edit(Edit::SetStereo(Stereo { on: stereo, ..Stereo::default() })));
            headless.act(Action::Edit(Edit::Select(selected.clone())));
            headless.settle();
            headless.world_mut().resource_mut::<Hovered>().0 = hovered;
            headless.act(Action::Edit(Edit::SetTheme(Theme::Light)));
            let counts = until_all_are_drawn(&mut headless);
            assert_eq!(counts.len() > 1, budget != FrameBudget::Unlimited, "{counts:?}");
            headless.picture().unwrap()
        });
        let other = whole.chunks(4).zip(parts.chunks(4)).filter(|(a, b)| a != b).count();
        assert_eq!(other, 0, "{dims:?}, {} selected, {hovered:?} hovered", selected.len());
    }
}

/// A turn begins with a sample, in which each class has its share.
#[test]
fn sample_is_drawn_while_the_camera_moves() {
    let mut headless = cloud(Dims::Three, Switch::Off);
    headless.world_mut().insert_resource(FrameBudget::Points(9_000));
    headless.settle();
    until_all_are_drawn(&mut headless);
    let mut pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.3, radius: 4.0 };
    for _ in 0..3 {
        pose.yaw += 0.1;
        headless.act(Action::Edit(Edit::MoveCamera(pose)));
        headless.frame();
        let DrawnPoints { drawn, fitting, all } = drawn(&headless);
        assert!((8_000..=9_000).contains(&drawn) && [fitting, all] == [ROWS; 2], "{drawn}");
    }
    let counts = until_all_are_drawn(&mut headless);
    assert!(counts.windows(2).all(|pair| pair[0] < pair[1]), "{counts:?}");
}

/// Other colors come without a picture of few points between. What is selected and hovered is seen at
/// once.
#[test]
fn recolored_cloud_is_never_sparse() {
    let mut headless = cloud(Dims::Three, Switch::Off);
    headless.world_mut().insert_resource(FrameBudget::Points(9_000));
    headless.settle();
    until_all_are_drawn(&mut headless);
    let covered = |picture: &[u8]| picture.chunks(4).filter(|pixel| pixel[..3].iter().max() > Some(&60)).count();
    let before = covered(&headless.picture().unwrap());
    // One change after the other, as of the selection and of its neighbors.
    let colors = [Pick::Nothing, Pick::Column("class".into())];
    let change = |headless: &mut Headless, times: usize| {
        for time in 0..times {
            headless.act(Action::Edit(Edit::ColorBy(colors[time % 2].clone())));
            headless.frame();
            assert!(drawn(headless).drawn < ROWS, "they are drawn anew");
        }
    };
    change(&mut headless, 2);
    let between = covered(&headless.picture().unwrap());
    assert!(between * 10 > before * 9, "{between} of {before} pixels");
    until_all_are_drawn(&mut headless);
    let after = covered(&headless.picture().unwrap());
    assert!(after * 10 > before * 9, "{after} of {before} pixels");
    // Changes in each frame are seen at once, by a sample.
    change(&mut headless, 6);
    let sample = covered(&headless.picture().unwrap());
    assert!(sample * 10 < before * 9, "{sample} of {before} pixels");
}

/// Eye-dome lighting makes points darker, never lighter, and leaves the stage as it is. What is flat
/// has none.
#[test]
fn dome_lighting_darkens_points_behind_others() {
    let picture = |dims, edl| {
        let mut headless = cloud(dims, edl);
        headless.settle();
        headless.picture().unwrap()
    };
    assert_eq!(picture(Dims::Two, Switch::On), picture(Dims::Two, Switch::Off));
    let [lit, plain, by_itself] = [Switch::On, Switch::Off, Switch::Auto].map(|edl| picture(Dims::Three, edl));
    assert_eq!(lit, by_itself, "from 50,000 points on");
    let [mut darker, mut same] = [0, 0];
    for (lit, plain) in lit.chunks(4).zip(plain.chunks(4)) {
        assert!(lit.iter().zip(plain).all(|(lit, plain)| lit <= plain), "{lit:?} {plain:?}");
        if lit == plain { same += 1 } else { darker += 1 }
    }
    assert!(darker > 10_000 && same > 50_000, "{darker} darker, {same} the same");
}

/// What is made of many points in tasks belongs to the same points, and comes in any order: each of four
/// heaps is where its rows are, in their color.
#[test]
fn columns_of_many_points_are_of_the_same_points() {
    let heaps = [[-1.0, -0.5, 0.0], [1.0, -0.5, 0.0], [1.0, 0.5, 0.0], [-1.0, 0.5, 0.0]];
    let count = parallax_state::MANY + 1234;
    let points: Vec<[f32; 3]> = (0..count).map(|row| heaps[row % 4]).collect();
    let classes: Vec<&str> = (0..count).map(|row| CLASSES[row % 4]).collect();
    let look = Look { axes: false, edl: Switch::Off, size: 8.0, ..Look::default() };
    let mut headless = headless(&points, &classes, View { look, ..view(Dims::Two) }, false, None);
    headless.settle();
    let check = |headless: &mut Headless, step: &str| {
        let (picture, known, seen) = (Picture::of(headless), colors(headless), seen(headless));
        for (class, heap) in CLASSES.iter().zip(&seen) {
            let pixels = picture.of_color(color_of(headless, class), &known);
            assert!(pixels.len() > 50, "{} pixels of {class}, {step}", pixels.len());
            let [x, y] = center(&pixels);
            assert!((x - f64::from(heap.x)).hypot(y - f64::from(heap.y)) < 3.0, "{class} at {x} {y}, {step}");
        }
        seen[0]
    };
    let first = check(&mut headless, "at first");
    headless.act(Action::Edit(Edit::SetComponents([1, 0, 2])));
    headless.settle();
    let turned = check(&mut headless, "turned");
    assert!(first.distance(turned) > 20.0, "{first} {turned}");
    headless.act(Action::Edit(Edit::SetTheme(Theme::Light)));
    headless.settle();
    check(&mut headless, "in other colors");
    headless.act(Action::Edit(Edit::SetComponents([0, 1, 2])));
    headless.act(Action::Edit(Edit::SetTheme(Theme::Dark)));
    headless.settle();
    assert_eq!(check(&mut headless, "as before"), first);
}
