//! Lines from the inspected point to its neighbors.

use bevy::prelude::*;
use parallax_session::Theme;
use parallax_state::{CurrentView, FrameSystems, Neighborhood, Seen};

use crate::{Cloud, CloudRevisions, PointFlags, Position, lines::Line, order::StyleSystems, palette};

/// The largest number of lines, nearest neighbors first. More would not be readable.
const MOST_LINKS: usize = 200;

/// A flag in a line's style: the line is drawn in front of all points except the two that it
/// connects.
const LINK: u32 = 1 << 24;

/// The current lines.
#[derive(Resource, Debug, Default)]
pub(crate) struct Links {
    pub(crate) lines: Vec<Line>,
    /// Increases when the lines change.
    pub(crate) revision: u64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Links>().add_systems(Update, link_neighbors.in_set(FrameSystems::Follow).after(StyleSystems));
}

/// Updates the lines when points, neighbors or colors change, and while points move.
fn link_neighbors(
    (cloud, revisions, neighborhood): (Res<Cloud>, Res<CloudRevisions>, Res<Neighborhood>),
    view: Res<CurrentView>,
    mut seen: Local<Seen<(CloudRevisions, f32, Theme, usize)>>,
    mut links: ResMut<Links>,
    points: Query<(&Position, &PointFlags)>,
) {
    let found = neighborhood.found();
    if !seen.changed((*revisions, cloud.morph(), view.theme, found.len())) {
        return;
    }
    let place = |row: u32| {
        let (position, flags) = points.get(cloud.entity(row)?).ok()?;
        (flags.0 & PointFlags::HIDDEN == 0).then(|| cloud.seen_at(row as usize, position.0))
    };
    let from = neighborhood.of.as_ref().and_then(|(row, ..)| place(*row));
    let [r, g, b] = palette::links(view.theme);
    let color = u32::from_le_bytes([r, g, b, 0]) | LINK;
    let ends = found.iter().take(MOST_LINKS).filter_map(|neighbor| Some([from?, place(neighbor.row)?]));
    let lines: Vec<Line> = ends.map(|ends| Line { ends: ends.map(Into::into), color }).collect();
    if lines != links.lines {
        *links = Links { lines, revision: links.revision + 1 };
    }
}
