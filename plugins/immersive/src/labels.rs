//! Labels in the room: the names of what is pointed at, of what is selected, and of its neighbors.
//!
//! They stand above their points, face the person, and look equally large at any distance.

use bevy::prelude::*;
use parallax_cloud::{Cloud, Position};
use parallax_overlay::{ROOM_LABEL_PIXELS, RoomLabels};
use parallax_session::row_name;
use parallax_state::{CurrentView, FrameSystems, Hovered, Neighborhood, Opened};

use crate::{
    Hands, Immersion, Person,
    panel::facing,
    runtime::{Quad, Sheet},
};

/// The height of a label as a share of its distance, and how far its middle is above the point.
const HEIGHT: f32 = 0.028;
const ABOVE: f32 = 0.022;

/// The labels as they are in the room in this frame.
#[derive(Resource, Debug, Default)]
pub(crate) struct PlacedLabels(pub(crate) Vec<Quad>);

/// Labels are placed, in [`Last`].
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LabelSystems;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlacedLabels>()
        .add_systems(Update, choose.after(FrameSystems::Follow))
        .add_systems(Last, place.in_set(LabelSystems));
}

/// Chooses the rows that have a label.
fn choose(
    (immersion, hovered, neighborhood): (Res<Immersion>, Res<Hovered>, Res<Neighborhood>),
    (view, opened): (Res<CurrentView>, Res<Opened>),
    mut labels: ResMut<RoomLabels>,
) {
    let Some(embedding) = opened.embedding.as_ref().filter(|_| immersion.is_shown) else { return };
    let column = view.label_column(&embedding.metadata);
    let text = |row: u32| {
        let named = column.and_then(|column| column.text(row as usize)).map(Into::into);
        (row, named.unwrap_or_else(|| row_name(row)))
    };
    let near = neighborhood.found().iter().map(|neighbor| neighbor.row);
    let rows = first(hovered.0.into_iter().chain(view.selection.iter()).chain(near), RoomLabels::MOST);
    let texts: Vec<(u32, String)> = rows.into_iter().map(text).collect();
    if labels.texts != texts {
        labels.texts = texts;
    }
}

/// Returns the first rows, each once, at most so many.
fn first(rows: impl Iterator<Item = u32>, most: usize) -> Vec<u32> {
    let mut chosen = Vec::new();
    for row in rows {
        if chosen.len() == most {
            break;
        }
        if !chosen.contains(&row) {
            chosen.push(row);
        }
    }
    chosen
}

/// Places the labels above their points.
fn place(
    (hands, person, cloud): (Res<Hands>, Res<Person>, Res<Cloud>),
    (points, labels): (Query<&Position>, Res<RoomLabels>),
    mut placed: ResMut<PlacedLabels>,
) {
    placed.0.clear();
    let (Some(head), Some(room)) = (hands.head, person.room()) else { return };
    if person.faded() > 0.0 {
        return;
    }
    let eyes = Vec3::from(head.translation);
    let quad = |(line, (row, width)): (usize, &(u32, u32))| {
        let position = points.get(cloud.entity(*row)?).ok()?;
        let at = room.local(cloud.seen_at(*row as usize, position.0));
        let top = at + Vec3::Y * cloud.radius / room.scale();
        Some(standing_above(top, eyes, line as u32, *width))
    };
    placed.0.extend(labels.drawn.iter().enumerate().filter_map(quad));
}

/// Returns a label above a place of the room: the one on this line of the sheet, of this width.
fn standing_above(place: Vec3, eyes: Vec3, line: u32, width: u32) -> Quad {
    let [widest, height] = ROOM_LABEL_PIXELS;
    let corner = UVec2::new(0, line * height);
    let part = URect::from_corners(corner, corner + UVec2::new(width.min(widest), height));
    let distance = place.distance(eyes);
    let meters = distance * HEIGHT;
    let size = Vec2::new(part.width() as f32 / part.height() as f32, 1.0) * meters;
    let rotation = facing(place, eyes);
    let at = place + rotation * Vec3::Y * (distance * ABOVE);
    Quad { sheet: Sheet::Labels, part, at: Isometry3d::new(at, rotation), size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_rows_are_taken_once_each() {
        assert_eq!(first([7, 3, 7, 1, 3, 9].into_iter(), 3), [7, 3, 1]);
        assert_eq!(first([7, 7].into_iter(), 8), [7]);
        assert!(first(0..1_000_000, 0).is_empty());
    }

    #[test]
    fn label_faces_the_person_and_is_as_large_at_any_distance() {
        let eyes = Vec3::new(0.2, 1.6, 0.1);
        for away in [0.3, 1.0, 4.0] {
            let place = eyes + Vec3::new(0.3, -0.2, -1.0).normalize() * away;
            let label = standing_above(place, eyes, 2, 120);
            let toward = (eyes - place).normalize();
            assert!((label.at.rotation * Vec3::Z).distance(toward) < 1e-4);
            assert!((label.size.y / away - HEIGHT).abs() < 1e-5, "by the angle");
            assert!((label.size.x / label.size.y - 120.0 / ROOM_LABEL_PIXELS[1] as f32).abs() < 1e-4);
            assert!(label.at.translation.y > place.y);
            assert_eq!(label.part.min.y, 2 * ROOM_LABEL_PIXELS[1]);
        }
    }
}
