//! The ways of selected rows through the steps of a training.

use bevy::prelude::*;
use parallax_session::{MOST_TRAILS, Rgb, Theme};
use parallax_state::{CurrentView, FrameSystems, Opened, Seen, StepLayouts};

use crate::{Cloud, CloudRevisions, lines::Line, links::LINK, order::StyleSystems, palette};

/// The current lines.
#[derive(Resource, Debug, Default)]
pub(crate) struct Trails {
    pub(crate) lines: Vec<Line>,
    /// Increases when the lines change.
    pub(crate) revision: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Trails>().add_systems(Update, draw_trails.in_set(FrameSystems::Follow).after(StyleSystems));
}

/// Draws the ways when the selection, the layouts, or the places change. The way behind has the color of
/// the point, and the way ahead is gray.
fn draw_trails(
    (cloud, revisions): (Res<Cloud>, Res<CloudRevisions>),
    (view, opened, steps): (Res<CurrentView>, Res<Opened>, Res<StepLayouts>),
    mut seen: Local<Seen<(CloudRevisions, u64, Theme, bool, u64)>>,
    mut trails: ResMut<Trails>,
) {
    if !seen.changed((*revisions, steps.revision, view.theme, view.training.trails, opened.epoch)) {
        return;
    }
    let rows = view.selection.as_slice();
    let is_drawn = view.training.trails && rows.len() <= MOST_TRAILS && steps.of == Some(opened.rows_epoch);
    let of = |[r, g, b]: Rgb| u32::from_le_bytes([r, g, b, 0]) | LINK;
    let ahead = of(palette::links(view.theme));
    let mut lines = Vec::new();
    for &row in rows.iter().filter(|_| is_drawn) {
        let Some(style) = cloud.shown(row) else { continue };
        let behind = of(style.color());
        let place = |at: usize| cloud.at(steps.layouts[at].row(row as usize)?);
        for at in 1..steps.layouts.len() {
            if let Some((from, to)) = place(at - 1).zip(place(at)) {
                let color = if steps.open.is_some_and(|open| at <= open) { behind } else { ahead };
                lines.push(Line { ends: [from.into(), to.into()], color });
            }
        }
    }
    if lines != trails.lines {
        *trails = Trails { lines, revision: trails.revision + 1 };
    }
}
