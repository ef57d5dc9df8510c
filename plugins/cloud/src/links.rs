//! Lines from the inspected point, or the spot of a sum, to its neighbors.

use bevy::prelude::*;
use parallax_session::{Lines, Rgb, Spot, Subject, Theme};
use parallax_state::{CurrentView, FrameSystems, Neighborhood, Seen, Torn};

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
    (cloud, revisions): (Res<Cloud>, Res<CloudRevisions>),
    (neighborhood, torn): (Res<Neighborhood>, Res<Torn>),
    view: Res<CurrentView>,
    mut seen: Local<Seen<(CloudRevisions, f32, Theme, usize, Option<Spot>, Torn, Lines)>>,
    mut links: ResMut<Links>,
    points: Query<(&Position, &PointFlags)>,
) {
    let found = neighborhood.found();
    let spot = neighborhood.summed.as_ref().and_then(|summed| summed.spot.clone());
    if !seen.changed((*revisions, cloud.morph(), view.theme, found.len(), spot.clone(), torn.clone(), view.look.lines))
    {
        return;
    }
    let place = |row: u32| {
        let (position, flags) = points.get(cloud.entity(row)?).ok()?;
        (flags.0 & PointFlags::HIDDEN == 0).then(|| cloud.seen_at(row as usize, position.0))
    };
    let from_row = match neighborhood.of {
        Some((Subject::Row(row), ..)) => Some(row),
        _ => None,
    };
    let from = from_row.map_or_else(|| spot.and_then(|spot| cloud.spot(&spot)), place);
    let color = |[r, g, b]: Rgb| u32::from_le_bytes([r, g, b, 0]) | LINK;
    let colors = [palette::links(view.theme), palette::torn(view.theme)].map(color);
    let is_torn = |row: u32| from_row.is_some() && torn.of == from_row && torn.rows.contains(row);
    let is_drawn = |row: u32| match view.look.lines {
        Lines::All => true,
        Lines::Torn => is_torn(row),
        Lines::Nothing => false,
    };
    let rows = found.iter().map(|neighbor| neighbor.row).filter(|&row| is_drawn(row)).take(MOST_LINKS);
    let line = |row: u32| {
        let ends = [from?, place(row)?].map(Into::into);
        Some(Line { ends, color: colors[usize::from(is_torn(row))] })
    };
    let lines: Vec<Line> = rows.filter_map(line).collect();
    if lines != links.lines {
        *links = Links { lines, revision: links.revision + 1 };
    }
}
