//! A device that is lost: the picture on the new one is the same.

use bevy::render::renderer::RenderDevice;
use parallax::{
    session::{Arrangement, Compared, OpenOptions, Stereo},
    state::Toasts,
};
use parallax_cloud::{Drawn, FrameBudget};

use super::*;

/// Rows whose columns are made in a task.
const MANY: usize = 262_144;

/// Points at random in a ball.
fn ball(rows: usize) -> Vec<[f32; 3]> {
    let number = |row: usize, axis: usize| parallax_embedding::random::unit((row * 3 + axis) as u64) * 2.0 - 1.0;
    (0..rows).map(|row| [0, 1, 2].map(|axis| number(row, axis))).collect()
}

/// Returns an app that shows as many points, with all that `change` asks for.
fn cloud(rows: usize, panels: bool, change: impl FnOnce(&mut View)) -> Headless {
    let classes: Vec<&str> = (0..rows).map(|row| ["a", "b", "c"][row % 3]).collect();
    let mut view = view(Dims::Three);
    change(&mut view);
    let sheet = (view.points == PointStyle::Sprites).then(|| {
        let pixels: Vec<u8> =
            (0..96 * 96).flat_map(|pixel| [(pixel % 256) as u8, (pixel / 40) as u8, 90, 255]).collect();
        SpriteSheet::new([96, 96], [4, 4], pixels).unwrap()
    });
    headless(&ball(rows), &classes, view, panels, sheet)
}

/// Draws until all points are there.
fn rest(headless: &mut Headless) -> Vec<u8> {
    headless.settle();
    for _ in 0..200 {
        let drawn = headless.world().resource::<Drawn>().points();
        if drawn.drawn == drawn.all {
            break;
        }
        headless.frame();
    }
    headless.picture().unwrap()
}

/// Loses the device, as a card that is reset does.
fn lose(headless: &mut Headless) {
    headless.world().resource::<RenderDevice>().wgpu_device().destroy();
    // One to notice it, one to start another device, and one for what it has.
    (0..4).for_each(|_| _ = headless.frame());
    let mut toasts = headless.world_mut().resource_mut::<Toasts>();
    assert!(toasts.log().iter().any(|said| said.text.contains("was lost")), "{:?}", toasts.log());
    let ids: Vec<u64> = toasts.list().iter().map(|toast| toast.id).collect();
    ids.into_iter().for_each(|id| toasts.dismiss(id));
}

#[test]
fn picture_on_a_new_device_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("second.tsv");
    let lines: Vec<String> = ball(500).iter().map(|[x, y, z]| format!("{y}\t{x}\t{z}\n")).collect();
    std::fs::write(&path, lines.concat()).unwrap();
    let second = Compared {
        arrangement: Arrangement::SideBySide,
        ..Compared::with(Origin::Path { path, options: OpenOptions::default() }, None, None)
    };
    let cases: [(&str, Headless, FrameBudget); 6] = [
        (
            "panels and labels",
            cloud(500, true, |view| view.selection = RowSet::from(vec![3, 7])),
            FrameBudget::Unlimited,
        ),
        ("thumbnails", cloud(500, false, |view| view.points = PointStyle::Sprites), FrameBudget::Unlimited),
        (
            "a pair of eyes",
            cloud(500, false, |view| view.stereo = Stereo { on: true, ..Stereo::default() }),
            FrameBudget::Unlimited,
        ),
        ("two embeddings", cloud(500, false, |view| view.compared = Some(second)), FrameBudget::Unlimited),
        ("a canvas", cloud(60_000, false, |_| {}), FrameBudget::Points(20_000)),
        ("columns made in tasks", cloud(MANY, false, |_| {}), FrameBudget::Points(100_000)),
    ];
    for (what, mut headless, budget) in cases {
        headless.world_mut().insert_resource(budget);
        let before = rest(&mut headless);
        lose(&mut headless);
        let after = rest(&mut headless);
        let other = before.chunks(4).zip(after.chunks(4)).filter(|(a, b)| a != b).count();
        assert_eq!(other, 0, "{what}");
        assert!(before.chunks(4).any(|pixel| pixel != &before[..4]), "{what}: there is something to see");
    }
}

/// A column that a task makes while the device is lost is made again for the next one.
#[test]
fn device_may_be_lost_while_columns_are_made() {
    let plain = |headless: &mut Headless| headless.act(Action::Edit(Edit::ColorBy(Pick::Nothing)));
    let [expected, found] = [false, true].map(|is_lost| {
        let mut headless = cloud(MANY, false, |_| {});
        headless.world_mut().insert_resource(FrameBudget::Points(100_000));
        rest(&mut headless);
        plain(&mut headless);
        if is_lost {
            // The task begins on the old device.
            headless.world_mut().run_schedule(bevy::app::Update);
            lose(&mut headless);
        }
        rest(&mut headless)
    });
    let other = expected.chunks(4).zip(found.chunks(4)).filter(|(a, b)| a != b).count();
    assert_eq!(other, 0);
}
