//! Lines from the inspected point, or the spot of a sum, to its neighbors, and between the two places of
//! a row where both are in one picture.

use bevy::prelude::*;
use parallax_session::{Eye, Lines, Rgb, Spot, Subject, Theme};
use parallax_state::{CurrentView, FrameSystems, Hovered, Neighborhood, Seen, Shown, Torn};

use crate::{Cloud, CloudRevisions, Phase, Side, lines::Line, order::StyleSystems, palette};

/// The largest number of lines, nearest neighbors first. More would not be readable.
const MOST_LINKS: usize = 200;

/// The largest number of rows whose two places are joined without being selected or hovered, and of
/// those that are. More would hide the points.
const MOST_JOINED: usize = 300;
const MOST_MARKED_JOINED: usize = 1000;

/// A flag in a line's style: the line is drawn in front of all points except the two that it
/// connects.
pub(crate) const LINK: u32 = 1 << 24;

/// The current lines.
#[derive(Resource, Debug, Default)]
pub(crate) struct Links {
    pub(crate) lines: Vec<Line>,
    /// Those of the second places, which have a picture of their own.
    pub(crate) second: Vec<Line>,
    /// Those between the two places of rows, where both are in one picture.
    pub(crate) over: Vec<Line>,
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
    (shown, hovered): (Res<Shown>, Res<Hovered>),
    mut seen: Local<Seen<(CloudRevisions, Phase, Theme, usize, Option<Spot>, Torn, Lines, Option<u32>)>>,
    mut links: ResMut<Links>,
) {
    let hovered = hovered.0.filter(|_| cloud.is_over());
    let found = neighborhood.found();
    let spot = neighborhood.summed.as_ref().and_then(|summed| summed.spot.clone());
    let inputs = (view.theme, found.len(), spot.clone(), torn.clone(), view.look.lines, hovered);
    let (theme, count, of, torn_rows, which, under) = inputs;
    if !seen.changed((*revisions, cloud.phase(), theme, count, of, torn_rows, which, under)) {
        return;
    }
    let place = |side: Side, row: u32| {
        cloud.shown(row)?;
        cloud.seen_at(side, row as usize)
    };
    let from_row = match neighborhood.of {
        Some((Subject::Row(row), ..)) => Some(row),
        _ => None,
    };
    // A sum has a place in the layout alone.
    let spot = spot.and_then(|spot| cloud.spot(&spot));
    let from = |side: Side| match from_row {
        Some(row) => place(side, row),
        None => spot.filter(|_| side == Side::First),
    };
    let color = |[r, g, b]: Rgb| u32::from_le_bytes([r, g, b, 0]) | LINK;
    let colors = [palette::links(view.theme), palette::torn(view.theme)].map(color);
    let is_torn = |row: u32| from_row.is_some() && torn.of == from_row && torn.rows.contains(row);
    let is_drawn = |row: u32| match view.look.lines {
        Lines::All => true,
        Lines::Torn => is_torn(row),
        Lines::Nothing => false,
    };
    let rows = || found.iter().map(|neighbor| neighbor.row).filter(|&row| is_drawn(row)).take(MOST_LINKS);
    let lines = |side: Side| -> Vec<Line> {
        let Some(from) = from(side) else { return Vec::new() };
        let line = |row: u32| {
            let ends = [from, place(side, row)?].map(Into::into);
            Some(Line { ends, color: colors[usize::from(is_torn(row))] })
        };
        rows().filter_map(line).collect()
    };
    let second = if cloud.is_pair() { lines(Side::Second) } else { Vec::new() };
    let lines = lines(cloud.side(Eye::Middle));
    let over = if cloud.is_over() {
        let all: Vec<u32> = match &shown.rows {
            Some(rows) if rows.len() <= MOST_JOINED => rows.iter().collect(),
            None if cloud.len() <= MOST_JOINED => (0..u32::try_from(cloud.len()).unwrap_or(u32::MAX)).collect(),
            _ => Vec::new(),
        };
        let is_marked = |row: u32| view.selection.contains(row) || Some(row) == hovered;
        let own = |row: u32| cloud.style(row).map(|style| color(style.color()));
        let join = |row: u32, color: u32| {
            let ends = [place(Side::First, row)?, place(Side::Second, row)?].map(Into::into);
            Some(Line { ends, color })
        };
        let plain = colors[0] & !LINK;
        let all = all.into_iter().filter(|row| !is_marked(*row)).filter_map(|row| join(row, plain));
        let marked = view.selection.iter().take(MOST_MARKED_JOINED).chain(hovered);
        all.chain(marked.filter_map(|row| join(row, own(row)?))).collect()
    } else {
        Vec::new()
    };
    if lines != links.lines || second != links.second || over != links.over {
        *links = Links { lines, second, over, revision: links.revision + 1 };
    }
}
