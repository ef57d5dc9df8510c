//! Two embeddings side by side, over each other, and one on the way to the other.

use std::fs;

use parallax::session::{Alignment, Arrangement, Compared, OpenOptions, PlacedLabel};
use parallax_cloud::SecondLabels;

use super::*;

const FIRST: [[f32; 3]; 4] = [[-1.0, -0.8, 0.0], [1.0, -0.8, 0.0], [0.0, 1.0, 0.0], [0.4, 0.1, 0.0]];
/// Rows 0 and 1 have changed places, and row 3 has no partner.
const SECOND: &str = "1\t-0.8\t0\n-1\t-0.8\t0\n0\t0.4\t0\n";

/// Returns an app that shows both from above.
fn compared(folder: &std::path::Path, arrangement: Arrangement) -> Headless {
    let path = folder.join("second.tsv");
    fs::write(&path, SECOND).unwrap();
    let second = Compared::with(Origin::Path { path, options: OpenOptions::default() }, None, None);
    let matched = parallax::session::MatchBy::Order;
    let second = Compared { matched, align: Alignment::Nothing, arrangement, ..second };
    let pose = Some(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 1.4 });
    let view = View { pose, compared: Some(second), ..view(Dims::Two) };
    let mut headless = headless(&FIRST, &["a", "b", "c", "d"], view, false, None);
    headless.settle();
    headless
}

/// The centers of the points of each class in a part of the picture. `None` if there are no pixels.
fn centers(headless: &mut Headless, from: f64, to: f64) -> [Option<[f64; 2]>; 4] {
    let picture = Picture::of(headless);
    let known = colors(headless);
    ["a", "b", "c", "d"].map(|class| {
        let mut pixels = picture.of_color(color_of(headless, class), &known);
        pixels.retain(|pixel| (from..to).contains(&pixel[0]));
        (pixels.len() > 8).then(|| center(&pixels))
    })
}

fn near(found: Option<[f64; 2]>, expected: [f64; 2]) -> bool {
    found.is_some_and(|found| (found[0] - expected[0]).hypot(found[1] - expected[1]) < 2.0)
}

#[test]
fn each_picture_shows_its_own_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut headless = compared(folder.path(), Arrangement::SideBySide);
    let [width, height] = SIZE.map(f64::from);
    let left = centers(&mut headless, 0.0, width / 2.0);
    let right = centers(&mut headless, width / 2.0, width);
    assert!(left.iter().all(Option::is_some), "{left:?}");
    assert!(right[3].is_none(), "it has no partner: {right:?}");
    let [a, b, c] = [0, 1, 2].map(|row| left[row].unwrap());
    let moved = |at: [f64; 2]| [at[0] + width / 2.0, at[1]];
    assert!(near(right[0], moved(b)) && near(right[1], moved(a)), "{left:?} {right:?}");
    // Row 2 is a third of the height of the triangle lower.
    let lower = (a[1] - c[1]) / 3.0;
    assert!(lower > height / 20.0 && near(right[2], moved([c[0], c[1] + lower])), "{left:?} {right:?}");
}

#[test]
fn points_go_from_one_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut begin = compared(folder.path(), Arrangement::Between(0.0));
    let [width, _] = SIZE.map(f64::from);
    let first = centers(&mut begin, 0.0, width);
    assert!(first.iter().all(Option::is_some), "{first:?}");
    drop(begin);
    let mut between = compared(folder.path(), Arrangement::Between(0.25));
    let found = centers(&mut between, 0.0, width);
    let [a, b] = [0, 1].map(|row| first[row].unwrap());
    let mixed = |share: f64| [a[0] + share * (b[0] - a[0]), a[1]];
    assert!(near(found[0], mixed(0.25)) && near(found[1], mixed(0.75)), "{first:?} {found:?}");
    assert!(found[3].is_none(), "{found:?}");
}

/// Returns the pixels of each class that are near a place.
fn around(headless: &mut Headless, at: Vec2, reach: f64) -> [usize; 4] {
    let picture = Picture::of(headless);
    let known = colors(headless);
    ["a", "b", "c", "d"].map(|class| {
        let pixels = picture.of_color(color_of(headless, class), &known);
        let is_near = |pixel: &&[f64; 2]| (pixel[0] - f64::from(at.x)).hypot(pixel[1] - f64::from(at.y)) < reach;
        pixels.iter().filter(is_near).count()
    })
}

/// Where each row is in the first, and row 2 in the second: a third of the height of the triangle lower.
fn over(folder: &std::path::Path) -> (Headless, Vec<Vec2>, Vec2) {
    let mut headless = compared(folder, Arrangement::Over);
    headless.act(Action::Edit(Edit::SetLook(Look { axes: false, size: 3.0, ..Look::default() })));
    headless.settle();
    let first = seen(&mut headless);
    let second = Vec2::new(first[2].x, first[2].y + (first[0].y - first[2].y) / 3.0);
    (headless, first, second)
}

#[test]
fn second_places_are_rings_over_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let (mut headless, first, second) = over(folder.path());
    let [solid, ring] = [first[2], second].map(|at| around(&mut headless, at, 16.0)[2]);
    assert!(ring > 60 && ring * 3 < solid * 2, "{ring} pixels of a ring, {solid} of a disc");
    let holes = [first[2], second].map(|at| around(&mut headless, at, 6.0)[2]);
    assert!(holes[0] > 60 && holes[1] == 0, "{holes:?}");
    // Rows 0 and 1 have changed places: the one is around the other.
    for (at, inner, outer) in [(first[0], 0, 1), (first[1], 1, 0)] {
        let [near, all] = [6.0, 16.0].map(|reach| around(&mut headless, at, reach));
        assert!(near[inner] > 60 && near[outer] == 0 && all[outer] > 60, "{near:?} {all:?}");
    }
    let picture = Picture::of(&mut headless);
    let between = (first[2] + second) / 2.0;
    let line = (-1..=1)
        .any(|x| distance(picture.at((between.x as i32 + x) as u32, between.y as u32), [0x12, 0x16, 0x1D]) > 60.0);
    assert!(line, "a line joins both places");
}

#[test]
fn both_places_are_hit_surrounded_and_labeled() {
    let folder = tempfile::tempdir().unwrap();
    let (mut headless, first, second) = over(folder.path());
    let mut hands = Hands(&mut headless);
    for (at, row) in [(second, 2), (first[2], 2), (first[3], 3)] {
        hands.mouse(at, PointerAction::Move { delta: Vec2::ZERO });
        hands.0.frame();
        assert_eq!(hands.0.world().resource::<Hovered>().0, Some(row), "{at}");
    }
    hands.0.act(Action::Edit(Edit::Take(Tool::Box)));
    hands.0.settle();
    let square = |at: Vec2| [at - 20.0, at + 20.0];
    for (at, rows) in [(second, vec![2]), (first[0], vec![0, 1]), (first[1], vec![0, 1]), (first[3], vec![3])] {
        hands.drag(&square(at));
        assert_eq!(hands.selected(), rows, "{at}");
    }
    hands.drag(&square(second));
    headless.settle();
    let labels = |labels: &[PlacedLabel]| -> Vec<Vec2> {
        let of_row = labels.iter().filter(|label| label.row == 2);
        of_row.map(|label| (Vec2::from(label.area[0]) + Vec2::from(label.area[1])) / 2.0).collect()
    };
    let world = headless.world();
    let [own, other] = [labels(&world.resource::<CloudLabels>().0), labels(&world.resource::<SecondLabels>().0)];
    assert!(own.len() == 1 && own[0].distance(first[2]) < 60.0, "{own:?} {first:?}");
    assert!(other.len() == 1 && other[0].distance(second) < 60.0, "{other:?} {second}");
}
