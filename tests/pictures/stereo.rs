//! Stereo pictures, measured against the formula for two parallel eyes.

use parallax::session::{Eye, Stereo, StereoMode};

use super::*;

const RADIUS: f32 = 3.0;
const APART: f32 = 0.2;
const CONVERGENCE: f32 = 2.8;
/// The field of view in radians, which spans the shorter side of an eye's picture.
const FIELD_OF_VIEW: f32 = 0.7;

/// Points before, at, and behind the screen, and far from each other in any picture.
const ROWS: [[f32; 3]; 5] = [[-0.9, -0.5, 0.4], [0.9, -0.4, -0.4], [0.0, 0.1, 0.9], [0.1, 0.9, -0.9], [-0.6, 0.8, 0.2]];

fn stereo(mode: StereoMode) -> Stereo {
    Stereo { on: true, mode, eye_distance: Some(APART), convergence: Some(CONVERGENCE) }
}

/// Returns an app that shows [`ROWS`] from the front.
fn in_front(stereo: Stereo) -> Headless {
    let pose = Some(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: RADIUS });
    let look = Look { axes: false, fog: 0.0, size: 1.5, ..Look::default() };
    let view = View { pose, look, stereo, color_by: Pick::Nothing, ..view(Dims::Three) };
    let mut headless = headless(&ROWS, &["a", "b", "c", "d", "e"], view, false, None);
    headless.settle();
    headless
}

/// Where the picture of an eye begins, and its size.
fn half(mode: StereoMode, eye: Eye) -> [Vec2; 2] {
    let [w, h] = SIZE.map(|side| side as f32);
    let second = match mode {
        StereoMode::CrossEyed => eye == Eye::Left,
        _ => eye == Eye::Right,
    };
    match mode {
        StereoMode::Anaglyph => [Vec2::ZERO, Vec2::new(w, h)],
        StereoMode::TopBottom => [Vec2::new(0.0, if second { h / 2.0 } else { 0.0 }), Vec2::new(w, h / 2.0)],
        _ => [Vec2::new(if second { w / 2.0 } else { 0.0 }, 0.0), Vec2::new(w / 2.0, h)],
    }
}

/// Where an eye sees each row, in pixels of the whole picture, by similar triangles.
fn expected(headless: &Headless, mode: StereoMode, eye: Eye) -> Vec<Vec2> {
    let [corner, size] = half(mode, eye);
    let unit = size.min_element() / 2.0 / (FIELD_OF_VIEW / 2.0).tan();
    let cloud = headless.world().resource::<Cloud>();
    let at = |row| {
        let place = cloud.place(row).unwrap();
        let depth = RADIUS - place.z;
        let eye = eye.side() * APART / 2.0;
        let x = (place.x - eye) / depth + eye / CONVERGENCE;
        corner + size / 2.0 + unit * Vec2::new(x, -place.y / depth)
    };
    (0..cloud.len() as u32).map(at).collect()
}

/// Returns the center of what differs from the stage near a place, weighted by how much it does in
/// these channels.
fn blob(picture: &Picture, near: Vec2, channels: &[usize]) -> Vec2 {
    let stage = palette::stage(Theme::Dark)[0];
    let (mut sum, mut all) = (Vec2::ZERO, 0.0);
    for (x, y) in (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y))) {
        let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
        let color = picture.at(x, y);
        let weight: f32 = channels.iter().map(|&i| f32::from(color[i]) - f32::from(stage[i])).sum();
        if at.distance(near) < 22.0 && weight > 24.0 * channels.len() as f32 {
            sum += at;
            all += 1.0;
        }
    }
    assert!(all > 10.0, "nothing is seen at {near}");
    sum / all
}

#[test]
fn each_eye_sees_each_point_where_the_formula_says() {
    for mode in [StereoMode::SideBySide, StereoMode::TopBottom, StereoMode::CrossEyed] {
        let mut headless = in_front(stereo(mode));
        let picture = Picture::of(&mut headless);
        let [left, right] = Eye::BOTH.map(|eye| {
            let places = expected(&headless, mode, eye);
            places.iter().map(|&at| (at, blob(&picture, at, &[0, 1, 2]))).collect::<Vec<_>>()
        });
        for (row, (left, right)) in left.iter().zip(&right).enumerate() {
            for (eye, (at, found)) in [left, right].into_iter().enumerate() {
                assert!(found.distance(*at) < 1.0, "{mode}: eye {eye} sees {row} at {found}, not {at}");
            }
            // The height is the same, and the parallax right within half a pixel for each eye.
            let corners = [half(mode, Eye::Left)[0], half(mode, Eye::Right)[0]];
            let apart = |left: Vec2, right: Vec2| (right - corners[1]) - (left - corners[0]);
            let (found, wanted) = (apart(left.1, right.1), apart(left.0, right.0));
            assert!(found.distance(wanted) < 1.0, "{mode}: {row} has a parallax of {found}, not {wanted}");
        }
        let apart = |row: usize| (right[row].1 - left[row].1 - half(mode, Eye::Right)[0] + half(mode, Eye::Left)[0]).x;
        assert!(apart(2) < -4.0 && apart(3) > 2.0, "{mode}: the near one crosses: {} {}", apart(2), apart(3));
    }
}

/// What the left eye sees is red, what the right one sees is green and blue.
#[test]
fn anaglyph_has_a_red_and_a_cyan_picture() {
    let mut headless = in_front(stereo(StereoMode::Anaglyph));
    let picture = Picture::of(&mut headless);
    for (eye, channels) in [(Eye::Left, &[0][..]), (Eye::Right, &[1, 2])] {
        for (row, at) in expected(&headless, StereoMode::Anaglyph, eye).into_iter().enumerate() {
            let found = blob(&picture, at, channels);
            assert!(found.distance(at) < 1.0, "{eye:?} sees {row} at {found}, not {at}");
        }
    }
    let near = Eye::BOTH.map(|eye| expected(&headless, StereoMode::Anaglyph, eye)[2]);
    assert!(near[0].x - near[1].x > 6.0, "{near:?}");
}

/// Without depth both eyes see the same: a plane, or eyes in one place. What the left eye sees is
/// what the right one sees, pixel by pixel.
#[test]
fn halves_are_equal_without_depth() {
    let flat = Stereo { eye_distance: Some(0.0), ..stereo(StereoMode::SideBySide) };
    let mut space = in_front(flat);
    let look = Look { axes: false, ..Look::default() };
    let view = View { look, stereo: stereo(StereoMode::SideBySide), ..view(Dims::Two) };
    let mut plane = headless(&ROWS, &["a", "b", "c", "d", "e"], view, false, None);
    for headless in [&mut space, &mut plane] {
        let picture = Picture::of(headless);
        let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0] / 2).map(move |x| (x, y)));
        assert!(all.clone().all(|(x, y)| picture.at(x, y) == picture.at(x + SIZE[0] / 2, y)));
        let [stage, edge] = palette::stage(Theme::Dark);
        let is_point = |&(x, y): &(u32, u32)| {
            let color = picture.at(x, y);
            distance(color, stage) > 40.0 && distance(color, edge) > 40.0
        };
        assert!(all.filter(is_point).count() > 100, "there are points");
    }
}

/// In its half, a point is hit where it is seen there, and not where the other eye sees it.
#[test]
fn pointer_hits_what_the_eye_of_its_half_sees() {
    for mode in [StereoMode::SideBySide, StereoMode::CrossEyed, StereoMode::TopBottom] {
        let mut headless = in_front(Stereo { eye_distance: Some(0.6), ..stereo(mode) });
        let world = headless.world_mut();
        let radius = world.resource::<Cloud>().radius;
        let mut sights = world.query_filtered::<parallax_cloud::Sight, With<CloudCamera>>();
        let cloud = world.resource::<Cloud>();
        let places: Vec<(u32, Vec3)> = (0..cloud.len() as u32).map(|row| (row, cloud.place(row).unwrap())).collect();
        let sight = sights.single(world).unwrap();
        let corner = |eye| half(mode, eye)[0];
        let seen: Vec<(u32, [Vec2; 2])> = places
            .into_iter()
            .map(|(row, place)| {
                let at = |eye| corner(eye) + sight.optics(eye, radius).unwrap().project(place).unwrap().center;
                (row, Eye::BOTH.map(at))
            })
            .collect();
        let mut hands = Hands(&mut headless);
        let go = PointerAction::Move { delta: Vec2::ZERO };
        let mut hit = |at: Vec2| {
            hands.mouse(at, go);
            hands.0.frame();
            hands.0.world().resource::<Hovered>().0
        };
        for (row, at) in &seen {
            assert_eq!(at.map(&mut hit), [Some(*row); 2], "{mode}");
        }
        let (row, [left, right]) = seen[2];
        let other = corner(Eye::Left) + (right - corner(Eye::Right));
        assert!(other.distance(left) > 14.0, "{mode}: {other} {left}");
        assert_ne!(hit(other), Some(row), "{mode}");
    }
}

/// A label is beside its point in both pictures, and as far from it.
#[test]
fn labels_are_at_their_points_for_each_eye() {
    let mode = StereoMode::SideBySide;
    let mut headless = in_front(stereo(mode));
    let before = Picture::of(&mut headless);
    headless.act(Action::Edit(Edit::ShowLabels(true)));
    let picture = Picture::of(&mut headless);
    let letters = changed(&before, &picture);
    let [left, right] = Eye::BOTH.map(|eye| expected(&headless, mode, eye));
    for row in 0..ROWS.len() {
        // The middle of the letter near the point, seen from the point.
        let letter = |at: Vec2| {
            let near: Vec<Vec2> = letters
                .iter()
                .map(|&(x, y)| Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - at)
                .filter(|away| away.length() < 30.0)
                .collect();
            assert!(near.len() > 8, "{row}: no letter at {at}");
            near.iter().copied().sum::<Vec2>() / near.len() as f32
        };
        let (left, right) = (letter(left[row]), letter(right[row]));
        assert!(left.distance(right) < 1.5, "{row}: {left} and {right} from its point");
    }
}

/// Nothing of stereo is left when it is off again, and a bookmark does not switch it.
#[test]
fn stereo_goes_without_a_trace_and_stays_with_bookmarks() {
    let mut headless = in_front(Stereo::default());
    let before = Picture::of(&mut headless);
    headless.act(Action::Tour(TourAction::Add("one eye".into())));
    headless.act(Action::Edit(Edit::SetStereo(stereo(StereoMode::TopBottom))));
    let both = Picture::of(&mut headless);
    assert!(changed(&before, &both).len() > 200, "{}", changed(&before, &both).len());
    headless.act(Action::Tour(TourAction::Show(0)));
    headless.frame();
    assert_eq!(changed(&both, &Picture::of(&mut headless)).len(), 0, "a bookmark leaves the eyes alone");
    headless.act(Action::Edit(Edit::SetStereo(Stereo::default())));
    headless.settle();
    assert_eq!(changed(&before, &Picture::of(&mut headless)).len(), 0);
}
