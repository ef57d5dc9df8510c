//! Two embeddings side by side, and one on the way to the other.

use std::fs;

use parallax::session::{Alignment, Arrangement, Compared, OpenOptions};

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
