//! What is seen in the room besides the cloud: the floor, the hands, the ray, and the sphere.

use std::f32::consts::TAU;

use bevy::prelude::*;
use parallax_cloud::{RoomLook, StagePalette};
use parallax_session::Rgb;

use crate::{
    Hands, Immersion, Person, Room,
    act::PersonSystems,
    labels::{Arranged, arrange},
    person::Ball,
};

/// Half the side of the floor and the distance of its lines, in meters.
const FLOOR: f32 = 3.0;
const SPACING: f32 = 0.5;

/// How far below the head the floor is if the runtime does not know: that of a person on a chair.
const CHAIR: f32 = 1.2;

/// The length of a ray that hits nothing, and the size of a hand, in meters.
const RAY: f32 = 3.0;
const HAND: f32 = 0.03;

/// The number of lines of a circle.
const SEGMENTS: u32 = 48;

type Lines = Vec<([Vec3; 2], Rgb)>;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, draw.after(PersonSystems::Go).after(arrange));
}

fn draw(
    (hands, person, immersion): (Res<Hands>, Res<Person>, Res<Immersion>),
    (palette, arranged): (Res<StagePalette>, Res<Arranged>),
    mut look: ResMut<RoomLook>,
    mut floor: Local<Option<f32>>,
) {
    let (Some(room), Some(head)) = (person.room().filter(|_| immersion.is_shown), hands.head) else {
        if !look.lines.is_empty() {
            (look.lines, look.fade) = (Vec::new(), 0.0);
        }
        // Another person may put on the headset.
        *floor = floor.filter(|_| person.room().is_some());
        return;
    };
    let height = *floor.get_or_insert(if immersion.knows_floor { 0.0 } else { head.translation.y - CHAIR });
    let [strong, weak] = [0.8, 0.25].map(|share| mixed(palette.stage[0], palette.selection, share));
    let mut lines: Lines = grid(height).map(|ends| (ends.map(|end| room.world(end)), weak)).collect();
    for grip in hands.hands.iter().filter_map(|hand| hand.grip) {
        lines.extend(cross(room, &grip).map(|ends| (ends, strong)));
    }
    if let Some(ball) = person.ball() {
        lines.extend(circles(ball).map(|ends| (ends, strong)));
    } else if let Some((ray, hit)) = person.ray(&hands) {
        let free = hit.map_or(RAY * room.scale(), |hit| ray.origin.distance(hit.position));
        let length = person.panel_hit().map_or(free, |(_, meters)| meters * room.scale());
        lines.push(([ray.origin, ray.get_point(length)], strong));
    }
    let faded = person.faded();
    // Axes and grid belong to the cloud.
    let stepping_back = |&(ends, color): &([Vec3; 2], Rgb)| (ends, mixed(color, palette.stage[0], faded));
    lines.extend(arranged.lines.iter().filter(|_| faded < 1.0).map(stepping_back));
    (look.lines, look.fade) = (lines, faded);
}

/// Returns the lines of the floor, in the room.
fn grid(height: f32) -> impl Iterator<Item = [Vec3; 2]> {
    let count = (FLOOR / SPACING).round() as i32;
    (-count..=count).flat_map(move |line| {
        let at = line as f32 * SPACING;
        [
            [Vec3::new(at, height, -FLOOR), Vec3::new(at, height, FLOOR)],
            [Vec3::new(-FLOOR, height, at), Vec3::new(FLOOR, height, at)],
        ]
    })
}

/// Returns three short lines through a hand, in the world.
fn cross(room: &Room, grip: &Isometry3d) -> [[Vec3; 2]; 3] {
    let middle = Vec3::from(grip.translation);
    [Vec3::X, Vec3::Y, Vec3::Z].map(|axis| {
        let way = grip.rotation * axis * HAND;
        [room.world(middle - way), room.world(middle + way)]
    })
}

/// Returns three circles around a sphere, in the world.
fn circles(ball: &Ball) -> impl Iterator<Item = [Vec3; 2]> {
    let (center, radius) = (ball.center, ball.radius);
    let axes = [(Vec3::X, Vec3::Y), (Vec3::Y, Vec3::Z), (Vec3::Z, Vec3::X)];
    axes.into_iter().flat_map(move |(a, b)| {
        let at = move |step: u32| {
            let (sin, cos) = (step as f32 / SEGMENTS as f32 * TAU).sin_cos();
            center + (a * cos + b * sin) * radius
        };
        (0..SEGMENTS).map(move |step| [at(step), at(step + 1)])
    })
}

fn mixed(a: Rgb, b: Rgb, share: f32) -> Rgb {
    [0, 1, 2].map(|i: usize| (f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_is_level_and_has_lines_both_ways() {
        let lines: Vec<_> = grid(-0.3).collect();
        assert_eq!(lines.len(), 2 * 13);
        assert!(lines.iter().flatten().all(|end| end.y == -0.3 && end.abs().max_element() <= FLOOR));
        assert!(lines.iter().all(|[a, b]| (a.distance(*b) - 2.0 * FLOOR).abs() < 1e-5));
    }
}
