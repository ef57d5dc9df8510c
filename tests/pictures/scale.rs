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

/// The outline around a mass surrounds each pixel of it at its distance, and nothing else: it is found
/// here once more by looking at all pixels around each. So it is in a density.
#[test]
fn outline_of_a_mass_surrounds_its_pixels() {
    let [width, height] = SIZE.map(|side| side as i32);
    let classes: Vec<&str> = (0..ROWS).map(|row| CLASSES[row * 2 / ROWS]).collect();
    let side = |row: usize| if row < ROWS / 2 { -4.0 } else { 4.0 };
    let points: Vec<[f32; 3]> = ball().iter().enumerate().map(|(row, [x, y, _])| [x + side(row), *y, 0.0]).collect();
    for style in [PointStyle::Spheres, PointStyle::Density] {
        let look = Look { axes: false, size: 1.0, ..Look::default() };
        let mut headless = headless(&points, &classes, View { points: style, look, ..view(Dims::Two) }, false, None);
        headless.settle();
        let before = Picture::of(&mut headless);
        let is_covered = |[x, y]: [i32; 2]| {
            let is_inside = (0..width / 2).contains(&x) && (0..height).contains(&y);
            is_inside && before.at(x as u32, y as u32).iter().max() > Some(&40)
        };
        headless.act(Action::Edit(Edit::Select((0..ROWS as u32 / 2).collect::<RowSet>())));
        headless.settle();
        let (after, line) = (Picture::of(&mut headless), palette::selection(Theme::Dark));
        let mut outlined = 0;
        for [x, y] in (0..height).flat_map(|y| (0..width).map(move |x| [x, y])) {
            let around = (-8..=8).flat_map(|dy| (-8..=8).map(move |dx| [dx, dy]));
            let covered = around.filter(|[dx, dy]| is_covered([x + dx, y + dy]));
            let nearest =
                covered.map(|[dx, dy]: [i32; 2]| f64::from(dx * dx + dy * dy).sqrt()).fold(f64::MAX, f64::min);
            let is_line = distance(after.at(x as u32, y as u32), line) < 8.0;
            match nearest {
                3.6..=4.9 => assert!(is_line, "{style:?}: no line at {x}, {y}, {nearest} away"),
                ..3.4 | 6.1.. => assert!(!is_line, "{style:?}: a line at {x}, {y}, {nearest} away"),
                _ => {}
            }
            outlined += usize::from(is_line);
        }
        assert!(outlined > 500, "{outlined} pixels of a line");
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
        let DrawnPoints { drawn, fitting, all, .. } = drawn(&headless);
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
    let of = |row: usize| parallax_embedding::random::at(row as u64) as usize % 4;
    let points: Vec<[f32; 3]> = (0..count).map(|row| heaps[of(row)]).collect();
    let classes: Vec<&str> = (0..count).map(|row| CLASSES[of(row)]).collect();
    let look = Look { axes: false, edl: Switch::Off, size: 4.0, ..Look::default() };
    let mut headless = headless(&points, &classes, View { look, ..view(Dims::Two) }, false, None);
    headless.settle();
    let check = |headless: &mut Headless, step: &str| {
        let (picture, known, seen) = (Picture::of(headless), colors(headless), seen(headless));
        for (place, class) in CLASSES.iter().enumerate() {
            let heap = seen[(0..count).find(|&row| of(row) == place).unwrap()];
            let color = color_of(headless, class);
            let pixels = picture.of_color(color, &known).len();
            let away = Vec2::from(place_of(&picture, color, &known).map(|x| x as f32)).distance(heap);
            assert!(pixels > 20 && away < 3.0, "{class}: {pixels} pixels, {away} away, {step}");
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

fn density(dims: Dims, look: Look, theme: Theme) -> Headless {
    let classes: Vec<&str> = (0..ROWS).map(|row| CLASSES[row * CLASSES.len() / ROWS]).collect();
    let look = Look { axes: false, ..look };
    headless(&ball(), &classes, View { points: PointStyle::Density, look, theme, ..view(dims) }, false, None)
}

/// A color as light (IEC 61966-2-1), and back.
fn light(color: Rgb) -> [f64; 3] {
    color.map(|c| f64::from(c) / 255.0).map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) })
}

fn color(light: [f64; 3]) -> Rgb {
    let encoded = |c: f64| if c <= 0.003_130_8 { c * 12.92 } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
    light.map(|c| (encoded(c) * 255.0).round() as u8)
}

/// The points of each pixel are counted here once more, and each has the color and the brightness that
/// the legend promises: in the plane and in space, dark and light, and with points of several pixels.
#[test]
fn density_is_the_number_of_points_in_each_pixel() {
    let [width, height] = SIZE.map(|side| side as i32);
    for (dims, size, theme) in
        [(Dims::Two, 1.0, Theme::Dark), (Dims::Three, 1.0, Theme::Light), (Dims::Three, 3.0, Theme::Dark)]
    {
        let stage = Picture::of(&mut headless(&[[f32::NAN; 3]], &[], View { theme, ..view(dims) }, false, None));
        let mut headless = density(dims, Look { size, ..Look::default() }, theme);
        let picture = Picture::of(&mut headless);
        let full = drawn(&headless).full.unwrap();
        assert_eq!(full.side, 1);
        let colors = CLASSES.map(|class| light(color_of(&headless, class)));
        let mut cameras = headless.world_mut().query_filtered::<(&Camera, &GlobalTransform), With<CloudCamera>>();
        let (camera, transform) = cameras.single(headless.world()).unwrap();
        let optics = Optics::of(camera, transform, 0.0).unwrap();
        let cloud = headless.world().resource::<Cloud>();
        let mut cells = vec![(0, [0.0; 3], true); (width * height) as usize];
        let reach = (size as i32 - 1) / 2;
        for row in 0..ROWS {
            let at = optics.project(cloud.place(row as u32).unwrap()).unwrap().center;
            // Where rounding decides, both pixels are unsure.
            let is_sure = (at - at.round()).abs().min_element() > 0.002;
            let reach = if is_sure { reach } else { reach + 1 };
            for x in at.x as i32 - reach..=at.x as i32 + reach {
                for y in at.y as i32 - reach..=at.y as i32 + reach {
                    if (0..width).contains(&x) && (0..height).contains(&y) {
                        let (count, sum, sure) = &mut cells[(y * width + x) as usize];
                        *count += 1;
                        *sure &= is_sure;
                        (0..3).for_each(|c| sum[c] += colors[row * CLASSES.len() / ROWS][c]);
                    }
                }
            }
        }
        let (mut compared, mut brightest) = (0, 0);
        for (place, &(count, sum, is_sure)) in cells.iter().enumerate().filter(|(_, cell)| cell.2) {
            let (x, y) = (place as u32 % SIZE[0], place as u32 / SIZE[0]);
            let (seen, behind) = (picture.at(x, y), stage.at(x, y));
            if count == 0 {
                assert_eq!(seen, behind, "{x}, {y}");
                continue;
            }
            assert!(is_sure);
            let brightness = (8.0 * f64::from(count)).ln_1p() / (8.0 * f64::from(full.points)).ln_1p();
            let behind = light(behind);
            let mix = |c: usize| {
                let [from, to] = [behind[c], sum[c] / f64::from(count)].map(f64::sqrt);
                (from + (to - from) * brightness.min(1.0)).powi(2)
            };
            let expected = color([0, 1, 2].map(mix));
            let off = seen.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(4), "{count} points at {x}, {y} are {seen:?}, not {expected:?} ({dims:?}, {full:?})");
            compared += 1;
            brightest += usize::from(brightness >= 1.0);
        }
        assert!(compared > 10_000, "{compared}");
        assert!(brightest < compared / 20, "{brightest} of {compared} are fully bright: {full:?}");
    }
}

/// The same points make the same bits, in parts as at once: alone, with marked points over them, with more
/// than are drawn over them, and for two eyes.
#[test]
fn parts_make_the_density_of_all_points() {
    let every = |step: u32| RowSet::from((0..ROWS as u32).step_by(step as usize).collect::<Vec<_>>());
    for (dims, selected, hovered, stereo) in [
        (Dims::Two, RowSet::EMPTY, None, false),
        (Dims::Three, every(10_000), Some(7), false),
        (Dims::Three, every(2), None, false),
        (Dims::Three, RowSet::EMPTY, None, true),
    ] {
        let budgets = [FrameBudget::Unlimited, FrameBudget::Points(9_000), FrameBudget::Points(9_000)];
        let [whole, parts, again] = budgets.map(|budget| {
            let mut headless = density(dims, Look::default(), Theme::Light);
            headless.world_mut().insert_resource(budget);
            headless.act(Action::Edit(Edit::SetStereo(Stereo { on: stereo, ..Stereo::default() })));
            headless.act(Action::Edit(Edit::Select(selected.clone())));
            headless.settle();
            headless.world_mut().resource_mut::<Hovered>().0 = hovered;
            headless.act(Action::Edit(Edit::SetTheme(Theme::Dark)));
            until_all_are_drawn(&mut headless);
            headless.picture().unwrap()
        });
        assert!(whole == parts && parts == again, "{dims:?}, {} selected", selected.len());
    }
}

/// A sample stands for all points: it is about as bright.
#[test]
fn density_of_a_sample_is_that_of_all() {
    let mut headless = density(Dims::Two, Look { size: 8.0, ..Look::default() }, Theme::Dark);
    headless.world_mut().insert_resource(FrameBudget::Points(9_000));
    headless.settle();
    until_all_are_drawn(&mut headless);
    let light = |picture: &[u8]| picture.iter().map(|&c| f64::from(c)).sum::<f64>();
    let all = light(&headless.picture().unwrap());
    headless.act(Action::Edit(Edit::ShowPointsAs(PointStyle::Spheres)));
    headless.frame();
    headless.act(Action::Edit(Edit::ShowPointsAs(PointStyle::Density)));
    headless.frame();
    let DrawnPoints { drawn, full, .. } = drawn(&headless);
    assert!(drawn < ROWS / 5 && full.is_some(), "{drawn}");
    let sample = light(&headless.picture().unwrap());
    assert!((sample / all - 1.0).abs() < 0.1, "{}", sample / all);
}
