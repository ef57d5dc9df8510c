//! Pictures made without a window, checked by structure: where is what color, and how much of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use parallax::{
    app::Headless,
    embedding::{ColumnBuilder, Embedding, Metadata, Progress, SpriteSheet, Vectors},
    projection::{How, Method, Space, project},
    session::{Action, Dims, Legend, Origin, Pick, PointStyle, Pose, Projection, Rgb, Theme, View},
};
use parallax_cloud::CurrentLegend;

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

    /// The pixels of `color`, up to how it is lit: those that none of the `colors` is nearer to.
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

/// The middle of the one point of `color`: of all that is not stage about the median of the pixels of that color, since the light
/// takes some of them to other colors.
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
    View { origin: Origin::Memory, projection, color_by: Pick::Column("class".into()), ..View::default() }
}

/// An app that shows `rows` as they are, colored by class.
fn headless(rows: &[[f32; 3]], classes: &[&str], view: View, panels: bool, sprite: Option<SpriteSheet>) -> Headless {
    let vectors = Vectors::from_f32(rows.len(), 3, rows.concat()).unwrap();
    let mut embedding = Embedding::new("rows", vectors, &Progress::default()).unwrap();
    if !classes.is_empty() {
        let mut column = ColumnBuilder::new("class");
        classes.iter().for_each(|class| column.push(Some(class)));
        embedding.metadata = Arc::new(Metadata::new(vec![column.finish()]).unwrap());
    }
    embedding.sprite = sprite.map(Arc::new);
    let projected = project(
        &How::Identity.into(),
        &Space::new(embedding.vectors.clone(), embedding.non_finite.clone()),
        &Progress::default(),
    )
    .unwrap();
    let mut headless = Headless::new(view, SIZE, panels).unwrap();
    headless.put_embedding(embedding, projected, Method::Identity);
    headless
}

/// The colors of the legend's categories, by name.
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
fn the_stage_has_the_themes_colors() {
    let mut headless = headless(&[[f32::NAN; 3]], &[], view(Dims::Three), false, None);
    let themes =
        [(Theme::Dark, [0x12, 0x16, 0x1D], [0x0B, 0x0E, 0x12]), (Theme::Light, [0xFF, 0xFF, 0xFF], [0xEE, 0xF1, 0xF5])];
    for (theme, middle, edge) in themes {
        headless.act(Action::SetTheme(theme));
        let picture = Picture::of(&mut headless);
        assert!(distance(picture.at(300, 225), middle) < 4.0, "{theme:?}: {:?}", picture.at(300, 225));
        for corner in [(0, 0), (599, 0), (0, 449), (599, 449)] {
            assert!(distance(picture.at(corner.0, corner.1), edge) < 4.0, "{theme:?}");
        }
    }
}

#[test]
fn each_class_covers_its_share() {
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

/// Three points give the map from the layout to the picture, which turns y over and has one scale; the rest must obey it.
#[test]
fn points_lie_where_the_layout_says() {
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
fn what_is_nearer_hides_what_is_behind_it() {
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
fn thumbnails_stand_for_their_rows() {
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

#[test]
fn a_hidden_panel_hides() {
    let mut headless = headless(&[[0.0; 3]], &["a"], view(Dims::Three), true, None);
    let card = |picture: &Picture| -> usize {
        let all = (20..200).flat_map(|y| (20..300).map(move |x| (x, y)));
        all.filter(|&(x, y)| distance(picture.at(x, y), [0x16, 0x1B, 0x22]) < 3.0).count()
    };
    let shown = card(&Picture::of(&mut headless));
    headless.act(Action::ShowPanels(false));
    let hidden = card(&Picture::of(&mut headless));
    assert!(shown > 280 * 180 / 4, "{shown}"); // the rest is text and choosers
    assert!(hidden < shown / 10, "{hidden} of {shown} pixels still have the card's color");
}
