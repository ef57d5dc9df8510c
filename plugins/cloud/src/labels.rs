//! Which points carry their name: as many as find room, without overlap.
//!
//! Candidates are ranked (selected, then related, then the nearest to the camera) and placed first come, first served on a grid
//! of the screen. Widths are estimated from the number of characters; the painter clips nothing.

use bevy::{camera::CameraUpdateSystems, prelude::*};
use parallax_session::PointStyle;
use parallax_state::{CurrentView, Opened};

use crate::{
    Cloud, CloudRevisions, PointFlags, PointIndex, Position,
    optics::{OnScreen, Optics},
};

/// The labels to be painted.
#[derive(Resource, Debug, Default)]
pub struct CloudLabels(pub Vec<PlacedLabel>);

/// A label beside a point.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLabel {
    /// The point's row.
    pub row: u32,
    /// The left middle of the text, in logical pixels.
    pub at: Vec2,
    /// How strongly it is painted, from 0 to 1: near ones more.
    pub strength: f32,
}

/// At most so many labels are painted, and so many points looked at for them.
const MOST_LABELS: usize = 250;
const MOST_CANDIDATES: usize = 20_000;

/// Estimated size of a label in logical pixels.
const LINE_HEIGHT: f32 = 15.0;
const CHARACTER_WIDTH: f32 = 6.4;

/// Longer labels are cut by the painter.
pub const LONGEST_LABEL: usize = 32;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CloudLabels>().add_systems(
        PostUpdate,
        place.in_set(LabelSystems).after(CameraUpdateSystems).after(TransformSystems::Propagate),
    );
}

/// Labels find their places, in [`PostUpdate`]; what paints them comes after.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LabelSystems;

#[derive(PartialEq, Clone)]
struct Key {
    revisions: CloudRevisions,
    clip_from_world: Mat4,
    morph: f32,
    metadata: u64,
    label: parallax_session::Pick,
    shown: bool,
}

fn place(
    mut labels: ResMut<CloudLabels>,
    mut last: Local<Option<Key>>,
    (cloud, revisions): (Res<Cloud>, Res<CloudRevisions>),
    (view, opened): (Res<CurrentView>, Res<Opened>),
    points: Query<(&PointIndex, &Position, &PointFlags)>,
    cameras: Query<(&Camera, &GlobalTransform)>,
) {
    let shown = view.labels || view.points == PointStyle::Labels;
    let Some((camera, transform)) = cameras.iter().find(|(camera, _)| camera.is_active) else { return };
    let Some(optics) = Optics::of(camera, transform, cloud.radius) else { return };
    let size = optics.viewport();
    let key = Key {
        revisions: *revisions,
        clip_from_world: optics.clip_from_world(),
        morph: cloud.morph(),
        metadata: opened.metadata_revision,
        label: view.label_by.clone(),
        shown,
    };
    if last.as_ref() == Some(&key) {
        return;
    }
    *last = Some(key);
    labels.0.clear();
    let Some(embedding) = opened.embedding.as_ref().filter(|_| shown) else { return };
    let column = view.label_column(&embedding.metadata);
    let step = cloud.len().div_ceil(MOST_CANDIDATES).max(1);
    let mut candidates: Vec<(u8, OnScreen, u32)> = points
        .iter()
        .filter(|(index, _, flags)| {
            flags.0 & PointFlags::HIDDEN == 0
                && ((index.0 as usize).is_multiple_of(step)
                    || flags.0 & (PointFlags::SELECTED | PointFlags::RELATED) != 0)
        })
        .filter_map(|(index, position, flags)| {
            let seen = optics.project(cloud.seen_at(index.0 as usize, position.0))?;
            let inside = seen.center.cmpge(Vec2::ZERO).all() && seen.center.cmple(size).all();
            inside.then_some((rank(flags.0), seen, index.0))
        })
        .collect();
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.depth.total_cmp(&a.1.depth)).then(a.2.cmp(&b.2)));
    let (near, far) = candidates
        .iter()
        .fold((f32::MIN, f32::MAX), |(near, far), (_, seen, _)| (near.max(seen.depth), far.min(seen.depth)));

    let mut grid = Grid::new(size);
    for (rank, seen, row) in candidates {
        if labels.0.len() == MOST_LABELS {
            break;
        }
        let text = column.and_then(|column| column.text(row as usize));
        let characters = text.map_or(8, |text| text.chars().count().min(LONGEST_LABEL));
        let at = seen.center + Vec2::new(seen.radius + 4.0, 0.0);
        let half = Vec2::new(0.0, LINE_HEIGHT / 2.0);
        let area = Rect::from_corners(at - half, at + half + Vec2::new(characters as f32 * CHARACTER_WIDTH, 0.0));
        if grid.take(area) {
            let depth = (seen.depth - far) / (near - far).max(1e-9);
            let strength = if rank < 2 { 1.0 } else { 0.35 + 0.65 * depth.sqrt() };
            labels.0.push(PlacedLabel { row, at, strength });
        }
    }
}

/// Selected before related before others before those that step back.
fn rank(flags: u8) -> u8 {
    match flags {
        _ if flags & PointFlags::SELECTED != 0 => 0,
        _ if flags & PointFlags::RELATED != 0 => 1,
        _ if flags & PointFlags::FADED == 0 => 2,
        _ => 3,
    }
}

/// Areas of the screen that are taken, by cells.
struct Grid {
    cell: Vec2,
    columns: usize,
    taken: Vec<bool>,
}

impl Grid {
    fn new(size: Vec2) -> Self {
        let cell = Vec2::new(16.0, LINE_HEIGHT);
        let columns = (size.x / cell.x).ceil().max(1.0) as usize;
        let lines = (size.y / cell.y).ceil().max(1.0) as usize;
        Self { cell, columns, taken: vec![false; columns * lines] }
    }

    /// Takes `area` where it is free and wholly on screen.
    fn take(&mut self, area: Rect) -> bool {
        let low = (area.min / self.cell).floor();
        let high = (area.max / self.cell).floor();
        let lines = self.taken.len() / self.columns;
        if low.cmplt(Vec2::ZERO).any() || high.x as usize >= self.columns || high.y as usize >= lines {
            return false;
        }
        let columns = self.columns;
        let cells = |y: usize| y * columns + low.x as usize..=y * columns + high.x as usize;
        let lines = low.y as usize..=high.y as usize;
        if lines.clone().any(|y| self.taken[cells(y)].contains(&true)) {
            return false;
        }
        lines.for_each(|y| self.taken[cells(y)].fill(true));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_taken_once_and_never_off_screen() {
        let mut grid = Grid::new(Vec2::new(160.0, 90.0));
        let area = |x: f32, y: f32| Rect::new(x, y, x + 30.0, y + 10.0);
        assert!(grid.take(area(10.0, 10.0)));
        assert!(!grid.take(area(25.0, 12.0)), "overlaps");
        assert!(grid.take(area(70.0, 10.0)));
        assert!(!grid.take(area(150.0, 10.0)), "reaches over the edge");
        assert!(!grid.take(area(-5.0, 10.0)));
    }
}
