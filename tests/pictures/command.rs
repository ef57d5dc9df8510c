//! The command that draws what is on screen draws the same bits.

use std::ffi::OsString;

use parallax::{
    app::Headless,
    embedding::RowSet,
    projection::Method,
    session::{
        Brush, CommandError, Demo, Dims, Edit, LaidOut, OnScreen, Origin, Past, Pick, PointStyle, Pose, Projection,
        Tag, Theme, View, render_command,
    },
    state::{CurrentLayout, CurrentView},
};

use super::SIZE;

fn command(headless: &Headless) -> Result<Vec<String>, CommandError> {
    let (view, layout) = (headless.world().resource::<CurrentView>(), headless.world().resource::<CurrentLayout>());
    let layout = LaidOut { by: &layout.made_by, steps: layout.steps.as_ref(), past: layout.past };
    render_command(&OnScreen { view, layout, bookmark: None, size: SIZE })
}

fn digits() -> View {
    View { origin: Origin::Demo(Demo::Digits), ..View::default() }
}

fn tsne() -> Projection {
    let chosen = Projection { is_automatic: false, are_dims_automatic: false, ..Projection::default() };
    Projection { method: Method::Tsne, ..chosen }
}

/// What a picture can show of the digits, but for labels: which of them have room depends on what was
/// there before.
fn views() -> Vec<View> {
    let rows = |from: u32, to: u32| (from..to).collect::<RowSet>();
    let mut tsne = Projection { dims: Dims::Two, seed: 7, ..tsne() };
    tsne.tsne.iterations = 25;
    tsne.tsne.perplexity = Some(12.5);
    let pose = Pose { focus: [0.1, -0.2, 0.05], yaw: 0.3, pitch: -0.4, radius: 1.7 };
    let tag = Tag { column: "my tag".into(), value: "it's".into(), rows: rows(0, 400) };
    let mut marked = View { selection: rows(20, 90), pose: Some(pose), tags: vec![tag], ..digits() };
    marked.color_by = Pick::Column("my tag".into());
    marked.filter = Brush::only("label", vec![Some("1".into()), Some("4".into()), Some("8".into())]).into();
    (marked.look.size, marked.look.fog, marked.look.grid) = (1.7, 0.9, true);
    let mut alone = View { theme: Theme::Contrast, points: PointStyle::Sprites, projection: tsne, ..digits() };
    alone.isolation = vec![(0..1200).filter(|row| row % 3 > 0).collect()];
    let mut torn = View { color_by: Pick::Reliability, theme: Theme::Light, ..digits() };
    torn.projection.components = [2, 0, 4];
    vec![digits(), marked, alone, torn]
}

#[test]
fn command_draws_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("picture.png");
    for view in views() {
        let mut headless = Headless::new(view, SIZE, false).unwrap();
        headless.settle();
        let drawn = headless.picture().unwrap();
        let words = command(&headless).unwrap();
        drop(headless);
        let word = |word: &String| if word == "picture.png" { out.clone().into() } else { OsString::from(word) };
        parallax::cli::run(words.iter().map(word)).unwrap();
        let again = image::open(&out).unwrap().to_rgba8().into_raw();
        let rgb = |pixels: &[u8]| pixels.as_chunks::<4>().0.iter().map(|&[r, g, b, _]| [r, g, b]).collect::<Vec<_>>();
        let different = rgb(&drawn).iter().zip(rgb(&again)).filter(|(a, b)| *a != b).count();
        assert_eq!(different, 0, "{words:?}");
    }
}

/// A layout that was shaken has more behind it than its settings.
#[test]
fn perturbed_layout_has_no_command() {
    let mut projection = tsne();
    projection.tsne.iterations = 5;
    let mut headless = Headless::new(View { projection, ..digits() }, SIZE, false).unwrap();
    headless.settle();
    assert!(command(&headless).is_ok());
    headless.act(parallax::session::JobAction::Steer(parallax::session::Steer::Perturb));
    headless.settle();
    assert_eq!(command(&headless), Err(CommandError::Layout(Past::Perturbed)));
    headless.act(parallax::session::JobAction::Steer(parallax::session::Steer::Restart));
    headless.settle();
    assert!(command(&headless).is_ok());
    // A method without steps is computed anew.
    headless.act(Edit::Project(Method::Pca));
    headless.settle();
    assert!(command(&headless).is_ok());
}
