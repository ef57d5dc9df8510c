//! Pictures drawn without a window, checked by where each color is and how much of it there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "pictures/cameras.rs"]
mod cameras;
#[path = "pictures/command.rs"]
mod command;
#[path = "pictures/compared.rs"]
mod compared;
#[path = "pictures/lost.rs"]
mod lost;
#[path = "pictures/room.rs"]
mod room;
#[path = "pictures/scale.rs"]
mod scale;
#[path = "pictures/stereo.rs"]
mod stereo;

use std::sync::Arc;

use bevy::{
    camera::RenderTarget,
    input::{
        ButtonState,
        keyboard::{Key, KeyboardInput},
    },
    picking::pointer::{Location, PointerAction, PointerButton, PointerId, PointerInput},
    prelude::{Camera, Entity, GlobalTransform, KeyCode, Vec2, Vec3, With},
};
use parallax::{
    app::Headless,
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, RowSet, SpriteSheet, Vectors},
    neighbors::Metric,
    projection::Method,
    session::{
        Action, ColorScale, Dims, Edit, JobAction, LabelSide, Legend, Lens, Look, NeighborQuery, Origin, Pick,
        PointStyle, Pose, Projection, Rgb, ScaleKind, ShellAction, Theme, Tool, TourAction, View,
    },
    state::{CurrentTour, CurrentView, Hovered, Neighborhood, Region},
    tour::write_tour,
};
use parallax_cloud::{Cloud, CloudCamera, CloudLabels, CurrentLegend, optics::Optics, palette};

const SIZE: [u32; 2] = [600, 450];

/// RGBA pixels from the top left.
struct Picture(Vec<u8>);

impl Picture {
    fn of(headless: &mut Headless) -> Self {
        headless.settle();
        Self(headless.picture().unwrap())
    }

    fn at(&self, x: u32, y: u32) -> Rgb {
        let start = (y * SIZE[0] + x) as usize * 4;
        [self.0[start], self.0[start + 1], self.0[start + 2]]
    }

    /// Returns the pixels that are nearer to `color`, in whatever light, than to any other of
    /// `colors`.
    fn of_color(&self, color: Rgb, colors: &[(String, Rgb)]) -> Vec<[f64; 2]> {
        let is = |pixel: Rgb| {
            let away = distance(pixel, color);
            away < 60.0 && colors.iter().all(|&(_, other)| away <= distance(pixel, other))
        };
        let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
        all.filter(|&(x, y)| is(self.at(x, y))).map(|(x, y)| [f64::from(x), f64::from(y)]).collect()
    }
}

fn distance(a: Rgb, b: Rgb) -> f64 {
    a.iter().zip(b).map(|(&a, b)| (f64::from(a) - f64::from(b)).powi(2)).sum::<f64>().sqrt()
}

fn center(pixels: &[[f64; 2]]) -> [f64; 2] {
    assert!(!pixels.is_empty());
    [0, 1].map(|axis| pixels.iter().map(|pixel| pixel[axis]).sum::<f64>() / pixels.len() as f64)
}

/// Returns the center of the only point of `color`: of all that is not background around the median
/// of the pixels of that color, since light changes some of them to other colors.
fn place_of(picture: &Picture, color: Rgb, colors: &[(String, Rgb)]) -> [f64; 2] {
    let pixels = picture.of_color(color, colors);
    let median = [0, 1].map(|axis| {
        let mut values: Vec<f64> = pixels.iter().map(|pixel| pixel[axis]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    });
    let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
    let near = |x: u32, y: u32| (f64::from(x) - median[0]).hypot(f64::from(y) - median[1]) < 20.0;
    let is = |&(x, y): &(u32, u32)| near(x, y) && distance(picture.at(x, y), [0x10, 0x13, 0x19]) > 30.0;
    center(&all.filter(is).map(|(x, y)| [f64::from(x), f64::from(y)]).collect::<Vec<_>>())
}

fn view(dims: Dims) -> View {
    let projection = Projection { method: Method::Identity, dims, ..Projection::default() };
    let look = Look { axes: false, ..Look::default() };
    View { origin: Origin::Memory, projection, color_by: Pick::Column("class".into()), look, ..View::default() }
}

/// Returns an app that shows `rows` as they are, colored by class.
fn headless(rows: &[[f32; 3]], classes: &[&str], view: View, panels: bool, sprite: Option<SpriteSheet>) -> Headless {
    let vectors = Vectors::from_f32(rows.len(), 3, rows.concat()).unwrap();
    let mut embedding = Embedding::new("rows", vectors, &Progress::default()).unwrap();
    if !classes.is_empty() {
        let mut column = ColumnBuilder::new("class");
        classes.iter().for_each(|class| column.push(Some(class)));
        embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    }
    embedding.sprite = sprite.map(Arc::new);
    let mut headless = Headless::new(view, SIZE, panels).unwrap();
    headless.put_embedding(embedding);
    headless
}

/// Returns the colors of the categories in the legend, by name.
fn colors(headless: &Headless) -> Vec<(String, Rgb)> {
    match &headless.world().resource::<CurrentLegend>().0 {
        Legend::Categories { entries, .. } => entries.iter().map(|entry| (entry.name.clone(), entry.color)).collect(),
        other => panic!("{other:?}"),
    }
}

fn color_of(headless: &Headless, class: &str) -> Rgb {
    colors(headless).into_iter().find(|(name, _)| name == class).unwrap().1
}

#[test]
fn background_follows_the_theme() {
    let mut headless = headless(&[[f32::NAN; 3]], &[], view(Dims::Three), false, None);
    let themes =
        [(Theme::Dark, [0x12, 0x16, 0x1D], [0x0B, 0x0E, 0x12]), (Theme::Light, [0xFF, 0xFF, 0xFF], [0xEE, 0xF1, 0xF5])];
    for (theme, middle, edge) in themes {
        headless.act(Action::Edit(Edit::SetTheme(theme)));
        let picture = Picture::of(&mut headless);
        assert!(distance(picture.at(300, 225), middle) < 4.0, "{theme:?}: {:?}", picture.at(300, 225));
        for corner in [(0, 0), (599, 0), (0, 449), (599, 449)] {
            assert!(distance(picture.at(corner.0, corner.1), edge) < 4.0, "{theme:?}");
        }
    }
}

#[test]
fn categories_cover_their_share_of_pixels() {
    let rows: Vec<[f32; 3]> = (0..300).map(|i| [(i % 20) as f32, (i / 20) as f32, 0.0]).collect();
    let classes: Vec<&str> = (0..300).map(|i| ["a", "a", "a", "b", "b", "c"][i * 7 % 6]).collect();
    let mut headless = headless(&rows, &classes, view(Dims::Two), false, None);
    let picture = Picture::of(&mut headless);
    let known = colors(&headless);
    let areas: Vec<(String, f64)> =
        known.iter().map(|(name, color)| (name.clone(), picture.of_color(*color, &known).len() as f64)).collect();
    let all: f64 = areas.iter().map(|(_, area)| area).sum();
    assert!(all > 300.0 * 4.0, "{areas:?}");
    for (name, area) in &areas {
        let share = classes.iter().filter(|class| *class == name).count() as f64 / 300.0;
        assert!((area / all - share).abs() < 0.1 * share, "{name} covers {area} of {all}, not {share}");
    }
}

/// Three points determine the map from the layout to the picture, which flips y and has one scale.
/// The others must follow it.
#[test]
fn points_are_drawn_at_their_coordinates() {
    let rows = [[-2.0, -1.0, 0.0], [2.0, -1.0, 0.0], [0.0, 1.5, 0.0], [1.0, 0.25, 0.0], [-0.5, -0.4, 0.0]];
    let names = ["a", "b", "c", "d", "e"];
    let mut headless = headless(&rows, &names, view(Dims::Two), false, None);
    let picture = Picture::of(&mut headless);
    let known = colors(&headless);
    let seen = names.map(|name| place_of(&picture, color_of(&headless, name), &known));
    let scale = (seen[1][0] - seen[0][0]) / 4.0;
    assert!(scale > 30.0, "{seen:?}");
    for (row, seen_at) in rows.iter().zip(&seen) {
        let expected =
            [seen[0][0] + scale * f64::from(row[0] - rows[0][0]), seen[0][1] - scale * f64::from(row[1] - rows[0][1])];
        let off = (expected[0] - seen_at[0]).hypot(expected[1] - seen_at[1]);
        assert!(off < 1.5, "{row:?} is seen at {seen_at:?}, not {expected:?}");
    }
}

#[test]
fn nearer_points_hide_farther_ones() {
    let pose = Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 3.0 };
    for (order, front) in [(["near", "far"], "near"), (["far", "near"], "near")] {
        let place = |name: &str| [0.0, 0.0, if name == "near" { 1.0 } else { -1.0 }];
        let rows = order.map(place);
        let mut headless = headless(&rows, &order, View { pose: Some(pose), ..view(Dims::Three) }, false, None);
        let picture = Picture::of(&mut headless);
        let (near, far) = (color_of(&headless, front), color_of(&headless, "far"));
        let middle = picture.at(300, 225);
        assert!(distance(middle, near) < distance(middle, far), "{order:?}: {middle:?}");
    }
}

#[test]
fn sprites_show_the_thumbnail_of_their_row() {
    // Two thumbnails side by side: one red, one blue.
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    let pixels: Vec<u8> = (0..8).flat_map(|_| (0..16).flat_map(|x| if x < 8 { red } else { blue })).collect();
    let sheet = SpriteSheet::new([16, 8], [8, 8], pixels).unwrap();
    let rows = [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]];
    let view = View { color_by: Pick::Nothing, points: PointStyle::Sprites, ..view(Dims::Two) };
    let mut headless = headless(&rows, &[], view, false, Some(sheet));
    let picture = Picture::of(&mut headless);
    let only = |channel: usize| -> Vec<[f64; 2]> {
        let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
        let is = |&(x, y): &(u32, u32)| {
            let color = picture.at(x, y);
            color[channel] > 80 && color.iter().enumerate().all(|(i, &c)| i == channel || c < 40)
        };
        all.filter(is).map(|(x, y)| [f64::from(x), f64::from(y)]).collect()
    };
    let (red, blue) = (only(0), only(2));
    assert!(center(&red)[0] < 300.0 && center(&blue)[0] > 300.0);
    assert!(red.len() > 50 && (red.len() as f64 / blue.len() as f64 - 1.0).abs() < 0.1, "{} {}", red.len(), blue.len());
}

/// What nothing colors has the colors of its picture; a column's colors tint it.
#[test]
fn thumbnails_keep_their_colors_until_a_column_colors_them() {
    let sheet = || SpriteSheet::new([16, 8], [8, 8], vec![255; 16 * 8 * 4]).unwrap();
    let rows = [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]];
    let white = |color_by: Pick| {
        let view = View { color_by, points: PointStyle::Sprites, ..view(Dims::Two) };
        let picture = Picture::of(&mut headless(&rows, &["a", "b"], view, false, Some(sheet())));
        let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
        all.filter(|&(x, y)| distance(picture.at(x, y), [255; 3]) < 8.0).count()
    };
    let own = white(Pick::Nothing);
    assert!(own > 100, "{own} pixels are white");
    assert_eq!(white(Pick::Column("class".into())), 0);
}

#[test]
fn hidden_panels_are_not_drawn() {
    let mut headless = headless(&[[0.0; 3]], &["a"], view(Dims::Three), true, None);
    let card = |picture: &Picture| -> usize {
        let all = (20..200).flat_map(|y| (20..300).map(move |x| (x, y)));
        all.filter(|&(x, y)| distance(picture.at(x, y), [0x16, 0x1B, 0x22]) < 3.0).count()
    };
    let shown = card(&Picture::of(&mut headless));
    headless.act(Action::Edit(Edit::ShowPanels(false)));
    let hidden = card(&Picture::of(&mut headless));
    assert!(shown > 280 * 180 / 4, "{shown}"); // the rest is text and choosers
    assert!(hidden < shown / 10, "{hidden} of {shown} pixels still have the card's color");
}

/// Returns the pixels that differ between two pictures.
fn changed(a: &Picture, b: &Picture) -> Vec<(u32, u32)> {
    let all = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)));
    all.filter(|&(x, y)| distance(a.at(x, y), b.at(x, y)) > 8.0).collect()
}

#[test]
fn axes_and_grid_are_behind_points() {
    for dims in [Dims::Two, Dims::Three] {
        let rows: Vec<[f32; 3]> = (0..27).map(|i| [i % 3, i / 3 % 3, i / 9].map(|x| x as f32)).collect();
        let mut headless = headless(&rows, &[], view(dims), false, None);
        let mut before = Picture::of(&mut headless);
        for look in [Look { axes: true, ..Look::default() }, Look { axes: true, grid: true, ..Look::default() }] {
            headless.act(Action::Edit(Edit::SetLook(look)));
            let picture = Picture::of(&mut headless);
            let changed = changed(&before, &picture).len();
            assert!(changed > 400, "{dims:?} {look:?}: {changed} pixels");
            for at in seen(&mut headless) {
                let (x, y) = (at.x as u32, at.y as u32);
                assert!(distance(before.at(x, y), picture.at(x, y)) < 8.0, "{dims:?} {look:?}: over the point at {at}");
            }
            before = picture;
        }
    }
}

#[test]
fn points_have_the_size_of_the_view() {
    let mut headless = headless(&[[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], &["a", "b"], view(Dims::Two), false, None);
    headless.settle();
    let known = colors(&headless);
    let mut area = |size: f32| {
        headless.act(Action::Edit(Edit::SetLook(Look { size, axes: false, ..Look::default() })));
        Picture::of(&mut headless).of_color(known_color(&known, "a"), &known).len() as f64
    };
    let (one, two) = (area(1.0), area(2.0));
    assert!((two / one - 4.0).abs() < 0.6, "{one} and {two} pixels");
}

fn known_color(known: &[(String, Rgb)], name: &str) -> Rgb {
    known.iter().find(|(known, _)| known == name).unwrap().1
}

/// In perspective the nearer of two points is larger. In the orthographic lens both are equal, and
/// the focus stays in place.
#[test]
fn lenses_differ_only_in_depth() {
    let rows = [[-1.0, 0.0, 1.0], [1.0, 0.0, -1.0], [0.0, 0.4, 0.0]];
    let pose = Some(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 3.0 });
    let look = Look { axes: false, fog: 0.0, size: 2.0, ..Look::default() };
    let mut headless =
        headless(&rows, &["near", "far", "focus"], View { pose, look, ..view(Dims::Three) }, false, None);
    headless.settle();
    let known = colors(&headless);
    let mut look_through = |lens: Lens| {
        headless.act(Action::Edit(Edit::SetLook(Look { lens, ..look })));
        let picture = Picture::of(&mut headless);
        let area = |name: &str| picture.of_color(known_color(&known, name), &known).len() as f64;
        (area("near") / area("far"), seen(&mut headless)[2])
    };
    let (perspective, focus) = look_through(Lens::Perspective);
    let (orthographic, still) = look_through(Lens::Orthographic);
    assert!(perspective > 2.0 && (orthographic - 1.0).abs() < 0.15, "{perspective} {orthographic}");
    assert!((focus - still).length() < 1.0, "{focus} {still}");
    headless.act(Action::Edit(Edit::FitView));
    headless.settle();
    assert!(seen(&mut headless).iter().all(|at| at.cmpgt(Vec2::ZERO).all() && at.cmplt(Vec2::new(600.0, 450.0)).all()));
}

#[test]
fn camera_flies_to_rows() {
    let rows: Vec<[f32; 3]> = (0..27).map(|i| [i % 3, i / 3 % 3, i / 9].map(|x| x as f32)).collect();
    for dims in [Dims::Two, Dims::Three] {
        let mut headless = headless(&rows, &[], view(dims), false, None);
        headless.settle();
        headless.act(Action::Shell(ShellAction::FlyTo(vec![5].into())));
        headless.settle();
        let seen = seen(&mut headless);
        assert!((seen[5] - Vec2::new(300.0, 225.0)).length() < 2.0, "{dims:?}: {}", seen[5]);
        assert!((seen[3] - seen[5]).length() > 400.0, "from near");
        assert!(headless.world().resource::<CurrentView>().pose.is_some(), "the view knows");
        headless.act(Action::Shell(ShellAction::FlyTo(RowSet::EMPTY)));
        headless.settle();
        assert_eq!(self::seen(&mut headless), seen, "to nothing it does not go");
    }
}

#[test]
fn labels_belong_to_visible_points() {
    let rows: Vec<[f32; 3]> = (0..27).map(|i| [i % 3, i / 3 % 3, i / 9].map(|x| x as f32)).collect();
    let names: Vec<String> = (0..27).map(|i| format!("n{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut headless = headless(&rows, &names, view(Dims::Three), false, None);
    let mut labeled = |actions: &[Action]| {
        actions.iter().for_each(|action| headless.act(action.clone()));
        headless.settle();
        let labels = &headless.world().resource::<CloudLabels>().0;
        let mut rows: Vec<u32> = labels.iter().map(|label| label.row).collect();
        rows.sort_unstable();
        (rows, labels.iter().all(|label| label.side == LabelSide::Middle))
    };
    assert_eq!(labeled(&[]).0, [0_u32; 0]);
    assert_eq!(labeled(&[Action::Edit(Edit::Select(vec![3, 17].into()))]).0, [3, 17], "what is selected has its name");
    assert_eq!(labeled(&[Action::Edit(Edit::Select(RowSet::EMPTY)), Action::Edit(Edit::ShowLabels(true))]).0.len(), 27);
    let few = RowSet::from(vec![3, 5, 8]);
    assert_eq!(
        labeled(&[Action::Edit(Edit::Isolate(few)), Action::Edit(Edit::Select(vec![3, 17].into()))]).0,
        [3, 5, 8]
    );
    assert_eq!(
        labeled(&[Action::Edit(Edit::ShowLabels(false)), Action::Edit(Edit::ShowPointsAs(PointStyle::Labels))]),
        (vec![3, 5, 8], true)
    );
}

/// A mouse over the picture, and a keyboard.
struct Hands<'a>(&'a mut Headless);

impl Hands<'_> {
    fn mouse(&mut self, at: Vec2, action: PointerAction) {
        let world = self.0.world_mut();
        let target =
            world.query_filtered::<&RenderTarget, With<CloudCamera>>().single(world).unwrap().normalize(None).unwrap();
        let location = Location { target, position: at };
        world.write_message(PointerInput::new(PointerId::Mouse, location, action));
        self.0.frame();
    }

    fn key(&mut self, key_code: KeyCode, state: ButtonState) {
        self.0.world_mut().write_message(KeyboardInput {
            key_code,
            logical_key: Key::Unidentified(bevy::input::keyboard::NativeKey::Unidentified),
            state,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        });
        self.0.frame();
    }

    /// Presses at the first place, moves through all of them, and releases at the last.
    fn drag(&mut self, way: &[Vec2]) {
        self.press(way);
        self.mouse(way[way.len() - 1], PointerAction::Release(PointerButton::Primary));
        self.0.frame();
    }

    fn press(&mut self, way: &[Vec2]) {
        let go = PointerAction::Move { delta: Vec2::ZERO };
        self.mouse(way[0], go);
        self.mouse(way[0], PointerAction::Press(PointerButton::Primary));
        way.iter().for_each(|&at| self.mouse(at, go));
    }

    fn selected(&self) -> Vec<u32> {
        self.0.world().resource::<CurrentView>().selection.as_slice().to_vec()
    }
}

/// Returns where the point of each row is on screen; a point behind the camera is far outside.
fn seen(headless: &mut Headless) -> Vec<Vec2> {
    let world = headless.world_mut();
    let radius = world.resource::<Cloud>().radius;
    let (camera, transform) = world.query::<(&Camera, &GlobalTransform)>().single(world).unwrap();
    let optics = Optics::of(camera, transform, radius).unwrap();
    let cloud = world.resource::<Cloud>();
    let center = |row| optics.project(cloud.place(row).unwrap_or_default()).map_or(Vec2::INFINITY, |seen| seen.center);
    (0..cloud.len() as u32).map(center).collect()
}

/// Rows 0 to 24 as a grid of five by five in two dimensions.
fn square(tool: Tool) -> (Headless, Vec<Vec2>) {
    let rows: Vec<[f32; 3]> = (0..25).map(|i| [(i % 5) as f32, -((i / 5) as f32), 0.0]).collect();
    let mut headless = headless(&rows, &[], View { tool, ..view(Dims::Two) }, false, None);
    headless.settle();
    let seen = seen(&mut headless);
    (headless, seen)
}

#[test]
fn box_selects_its_points_and_keys_combine() {
    let (mut headless, seen) = square(Tool::Box);
    let (step, mut hands) = ((seen[1].x - seen[0].x) / 2.0, Hands(&mut headless));
    let (around, before) = (Vec2::splat(step), Vec2::new(-step, -step));
    hands.drag(&[seen[0] + before, seen[6] + around]);
    assert_eq!(hands.selected(), [0, 1, 5, 6]);
    hands.key(KeyCode::ShiftLeft, ButtonState::Pressed);
    hands.drag(&[seen[8] + around, seen[7] + before]);
    assert_eq!(hands.selected(), [0, 1, 5, 6, 7, 8]);
    hands.key(KeyCode::AltLeft, ButtonState::Pressed);
    hands.drag(&[seen[6] + before, seen[24] + around]);
    assert_eq!(hands.selected(), [6, 7, 8]);
    hands.key(KeyCode::ShiftLeft, ButtonState::Released);
    hands.drag(&[seen[7] + before, seen[7] + around]);
    assert_eq!(hands.selected(), [6, 8]);
}

#[test]
fn lasso_that_ends_at_its_start_is_not_a_click() {
    let (mut headless, seen) = square(Tool::Lasso);
    let mut hands = Hands(&mut headless);
    let around = |i: u16| seen[12] + Vec2::from_angle(f32::from(i) / 4.0) * (seen[1].x - seen[0].x) * 1.2;
    let way: Vec<Vec2> = (0..=25).map(around).collect();
    hands.press(&way);
    let drawn = hands.0.world().resource::<Region>().drawn.clone().unwrap();
    assert_eq!(drawn.count, 5);
    hands.drag(&way);
    assert_eq!(hands.selected(), [7, 11, 12, 13, 17]);
    assert_eq!(hands.0.world().resource::<Region>().drawn, None);
}

#[test]
fn sphere_grows_from_a_point_or_a_place_until_escape() {
    let (mut headless, seen) = square(Tool::Sphere);
    let mut hands = Hands(&mut headless);
    let way = [seen[6], seen[6] + (seen[7] - seen[6]) * 1.1];
    hands.press(&way);
    hands.key(KeyCode::Escape, ButtonState::Pressed);
    hands.mouse(way[1], PointerAction::Release(PointerButton::Primary));
    assert_eq!(hands.selected(), [0_u32; 0]);
    hands.key(KeyCode::Escape, ButtonState::Released);
    hands.drag(&way);
    assert_eq!(hands.selected(), [1, 5, 6, 7, 11]);
    // Between points its middle is at their distance from the eye.
    let between = (seen[0] + seen[6]) / 2.0;
    hands.drag(&[between, between + (seen[6] - seen[0]) * 0.6]);
    assert_eq!(hands.selected(), [0, 1, 5, 6]);
    hands.drag(&[seen[18], seen[18]]);
    assert_eq!(hands.selected(), [18], "a click");
}

/// After a click the Inspector shows the point, so the card at the pointer would be in the way.
#[test]
fn hovered_point_is_none_after_a_click_until_the_pointer_leaves_it() {
    let (mut headless, seen) = square(Tool::Pointer);
    let mut hands = Hands(&mut headless);
    let hovered = |hands: &Hands| hands.0.world().resource::<Hovered>().0;
    let go = PointerAction::Move { delta: Vec2::ZERO };
    hands.mouse(seen[7], go);
    hands.0.frame();
    assert_eq!(hovered(&hands), Some(7));
    hands.drag(&[seen[7], seen[7]]);
    hands.mouse(seen[7] + 1.0, go);
    hands.0.frame();
    assert_eq!((hands.selected(), hovered(&hands)), (vec![7], None));
    for row in [8, 7] {
        hands.mouse(seen[row], go);
        hands.0.frame();
        assert_eq!(hovered(&hands), Some(row as u32));
    }
}

/// The share of directions in which from `least` to `most` pixels away from `at` there are at least
/// `rings` stretches of the selection's color, more or less.
fn ring(picture: &Picture, at: Vec2, [least, most]: [f32; 2], rings: usize, theme: Theme) -> f64 {
    let selection = palette::selection(theme);
    let near = 0.6 * distance(selection, palette::stage(theme)[0]);
    let is = |way: Vec2, away: f32| {
        let at = (at + way * away).as_uvec2();
        distance(picture.at(at.x, at.y), selection) < near
    };
    let steps = || (0_u8..).map(|step| least + f32::from(step) * 0.5).take_while(|away| *away <= most);
    let found = (0..48_u8).filter(|&i| {
        let way = Vec2::from_angle(f32::from(i) * std::f32::consts::TAU / 48.0);
        let along: Vec<bool> = steps().map(|away| is(way, away)).collect();
        let begins = along.iter().enumerate().filter(|&(place, &is)| is && (place == 0 || !along[place - 1]));
        begins.count() >= rings
    });
    found.count() as f64 / 48.0
}

/// White on dark, black on light.
#[test]
fn neighbors_have_rings_and_lines_to_the_inspected_point() {
    for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
        let (mut headless, seen) = square(Tool::Pointer);
        headless.act(Action::Edit(Edit::SetTheme(theme)));
        let before = Picture::of(&mut headless);
        headless.act(Action::Edit(Edit::SetNeighbors(NeighborQuery {
            metric: Metric::Euclidean,
            k: 3,
            ..NeighborQuery::default()
        })));
        headless.act(Action::Edit(Edit::Select(vec![0].into())));
        let picture = Picture::of(&mut headless);
        let neighbors: Vec<usize> =
            headless.world().resource::<Neighborhood>().found().iter().map(|neighbor| neighbor.row as usize).collect();
        assert_eq!(neighbors.len(), 3);
        for (row, &at) in seen.iter().enumerate() {
            let found = ring(&picture, at, [9.0, 16.0], 1, theme);
            let marked = row == 0 || neighbors.contains(&row);
            assert!(if marked { found > 0.9 } else { found < 0.5 }, "{theme:?}: {found} of a ring around {row}");
            let both = ring(&picture, at, [9.0, 24.0], 2, theme);
            assert!(if row == 0 { both > 0.9 } else { both < 0.5 }, "{theme:?}: {both} of a second ring around {row}");
        }
        let middle = (seen[0] + seen[neighbors[0]]) / 2.0;
        // A line a pixel wide lies between two pixels more often than on one.
        let near = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (middle + Vec2::new(x as f32, y as f32)).as_uvec2()));
        let change = |at: bevy::math::UVec2| distance(picture.at(at.x, at.y), before.at(at.x, at.y));
        let most = near.map(change).fold(0.0, f64::max);
        assert!(most > 40.0, "{theme:?}: {most}");
    }
}

/// The left half of twenty by twenty: an outline around all of it, and none between its points.
#[test]
fn many_selected_points_have_one_outline() {
    for theme in [Theme::Dark, Theme::Light] {
        let rows: Vec<[f32; 3]> = (0..400).map(|i| [(i % 20) as f32, -((i / 20) as f32), 0.0]).collect();
        let look = Look { axes: false, size: 2.0, ..Look::default() };
        let mut headless = headless(&rows, &[], View { look, theme, ..view(Dims::Two) }, false, None);
        headless.act(Action::Edit(Edit::Select((0..400).filter(|row| row % 20 < 10).collect())));
        let picture = Picture::of(&mut headless);
        let seen = seen(&mut headless);
        let step = seen[1].x - seen[0].x;
        let selection = palette::selection(theme);
        let is_line = |at: Vec2| distance(picture.at(at.x as u32, at.y as u32), selection) < 60.0;
        let among = seen[101].distance(seen[108]) as u16;
        let inside =
            (0..among).map(|away| seen[101] + Vec2::new(f32::from(away), step / 2.0)).filter(|&at| is_line(at));
        assert_eq!(inside.count(), 0, "{theme:?}");
        // From one of the last selected to the right, and from the first of all to the left, the
        // outline is crossed.
        let crossed = |from: Vec2, way: f32| (0..160_u8).any(|i| is_line(from + Vec2::X * way * f32::from(i) * 0.25));
        assert!(crossed(seen[109], 1.0) && crossed(seen[209], 1.0) && crossed(seen[100], -1.0), "{theme:?}");
        assert!(!crossed(seen[112], 1.0), "{theme:?}: beside what is selected");
    }
}

#[test]
fn forty_categories_are_drawn_in_forty_colors() {
    for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
        let rows: Vec<[f32; 3]> = (0..40).map(|i| [(i % 8) as f32, (i / 8) as f32, 0.0]).collect();
        let names: Vec<String> = (0..40).map(|i| format!("c{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut headless = headless(&rows, &names, View { theme, ..view(Dims::Two) }, false, None);
        let picture = Picture::of(&mut headless);
        let (known, seen) = (colors(&headless), seen(&mut headless));
        assert_eq!(known.len(), 40);
        // Light changes all of them alike, and the others' by more than this.
        let found: Vec<Rgb> = seen.iter().map(|at| picture.at(at.x as u32, at.y as u32)).collect();
        for (row, &color) in found.iter().enumerate() {
            let own = distance(color, known[row].1);
            assert!(own < 60.0, "{theme:?} {row}: {color:?} for {:?}", known[row]);
            assert!(found[..row].iter().all(|&other| distance(color, other) > 12.0), "{theme:?} {row}: {color:?}");
        }
    }
}

/// The color of a point that a ramp colors is a number: it is the same near and far.
#[test]
fn ramp_colors_do_not_fade_with_depth() {
    let rows = [[-0.5, 0.0, 1.0], [0.5, 0.0, -1.0], [0.0, 0.8, 0.0]];
    let pose = Some(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 3.0 });
    let scale = ColorScale { kind: Some(ScaleKind::Numbers), ..ColorScale::default() };
    for (scale, same) in [(scale, true), (ColorScale { kind: Some(ScaleKind::Categories), ..scale }, false)] {
        let look = Look { axes: false, fog: 1.0, ..Look::default() };
        let view = View { pose, scale, look, ..view(Dims::Three) };
        let mut headless = headless(&rows, &["2.5", "2.5", "7.5"], view, false, None);
        let picture = Picture::of(&mut headless);
        let seen = seen(&mut headless);
        let [near, far] = [seen[0], seen[1]].map(|at| picture.at(at.x as u32, at.y as u32));
        assert_eq!(distance(near, far) < 12.0, same, "{near:?} {far:?}");
    }
}

#[test]
fn selection_can_skip_covered_points() {
    let rows = [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.9, 0.0, 0.0], [-0.9, 0.0, 0.0]];
    let pose = Some(Pose { focus: [0.0; 3], yaw: 0.0, pitch: 0.0, radius: 3.0 });
    for (visible_only, expected) in [(false, &[0_u32, 1, 2, 3][..]), (true, &[0, 2, 3])] {
        let view = View { tool: Tool::Box, visible_only, pose, ..view(Dims::Three) };
        let mut headless = headless(&rows, &[], view, false, None);
        headless.settle();
        let mut hands = Hands(&mut headless);
        hands.drag(&[Vec2::new(20.0, 20.0), Vec2::new(580.0, 430.0)]);
        assert_eq!(hands.selected(), expected);
        hands.0.act(Action::Edit(Edit::Isolate(vec![1, 2].into())));
        hands.0.settle();
        hands.drag(&[Vec2::new(20.0, 20.0), Vec2::new(580.0, 430.0)]);
        assert_eq!(hands.selected(), [1, 2], "what is hidden is neither selected nor covers anything");
    }
}

/// Two hundred points of three classes in a cube.
fn scattered() -> (Vec<[f32; 3]>, Vec<&'static str>) {
    let rows = (0..200_u32).map(|i| [i * 37 % 101, i * 53 % 97, i * 71 % 89].map(|x| x as f32)).collect();
    (rows, (0..200).map(|i| ["a", "b", "c"][i % 3]).collect())
}

/// Adds two bookmarks that differ in all that a bookmark keeps. Returns their pictures.
fn bookmarked(headless: &mut Headless) -> [Picture; 2] {
    let pose = Pose { focus: [0.1, -0.05, 0.2], yaw: 2.0, pitch: 0.6, radius: 2.2 };
    let look = Look { size: 1.6, fog: 0.3, grid: true, lens: Lens::Orthographic, ..Look::default() };
    for action in [
        Action::Edit(Edit::Isolate((20..150).collect())),
        Action::Edit(Edit::Select((30..40).collect())),
        Action::Edit(Edit::SetLook(look)),
        Action::Edit(Edit::ShowLabels(true)),
        Action::Edit(Edit::MoveCamera(pose)),
    ] {
        headless.act(action);
    }
    headless.settle();
    headless.act(Action::Tour(TourAction::Add("some in space".into())));
    headless.frame();
    let first = Picture::of(headless);
    for action in [
        Action::Edit(Edit::ShowLevel(0)),
        Action::Edit(Edit::Project(Method::Pca)),
        Action::Edit(Edit::SetDims(Dims::Two)),
        Action::Edit(Edit::ColorBy(Pick::Nothing)),
        Action::Edit(Edit::SetTheme(Theme::Light)),
        Action::Edit(Edit::Select(RowSet::EMPTY)),
        Action::Edit(Edit::SetLook(Look::default())),
        Action::Edit(Edit::ShowLabels(false)),
    ] {
        headless.act(action);
    }
    headless.settle();
    headless.act(Action::Tour(TourAction::Add("all in the plane".into())));
    headless.frame();
    [first, Picture::of(headless)]
}

#[track_caller]
fn check_shows(headless: &mut Headless, place: usize, picture: &Picture) {
    headless.act(Action::Tour(TourAction::Show(place)));
    headless.frame();
    let found = Picture::of(headless);
    assert_eq!(changed(&found, picture).len(), 0, "pixels of bookmark {place} are others");
}

#[test]
fn bookmark_restores_the_picture_exactly() {
    let (rows, classes) = scattered();
    let mut first = headless(&rows, &classes, view(Dims::Three), false, None);
    first.settle();
    let pictures = bookmarked(&mut first);
    assert!(changed(&pictures[0], &pictures[1]).len() > 10_000);
    for place in [0, 1, 0] {
        check_shows(&mut first, place, &pictures[place]);
    }
    // The same in a new app, from a file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.ron");
    write_tour(first.world().resource::<CurrentTour>().tour(), None, &file).unwrap();
    let mut second = headless(&rows, &classes, view(Dims::Three), false, None);
    second.settle();
    second.act(Action::Job(JobAction::OpenTour(vec![file])));
    second.frame();
    second.settle();
    for place in [1, 0] {
        check_shows(&mut second, place, &pictures[place]);
    }
}
