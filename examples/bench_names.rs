//! Measures the placing of the names of 10,000 clusters, all of them in the picture: at rest, and
//! while the camera orbits. Prints a JSON line for each: the mean of a frame. Run it with
//! `--release`.

#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::time::{Duration, Instant};

use bevy::math::{Mat4, Quat, Rect, Vec2, Vec3};
use parallax_cloud::{
    names::arrange::{Anchor, Pace, Presence, SIZES, arrange},
    optics::Optics,
};

const CLUSTERS: u32 = 10_000;
const FRAMES: u32 = 300;
const WINDOW: Vec2 = Vec2::new(1440.0, 900.0);

fn main() {
    let anchors: Vec<Anchor> = (0..CLUSTERS).map(anchor).collect();
    for (name, turn) in [("meaning_labels_rest_ms", 0.0), ("meaning_labels_orbit_ms", 0.01)] {
        let mut presence = Presence::default();
        let mut seen = 0;
        let start = Instant::now();
        for frame in 0..FRAMES {
            let now = Duration::from_millis(16) * frame;
            let optics = optics(turn * frame as f32);
            seen +=
                arrange(&anchors, &optics, Rect::from_corners(Vec2::ZERO, WINDOW), &mut presence, Pace::Fading(now))
                    .len();
        }
        let value = start.elapsed().as_secs_f64() * 1e3 / f64::from(FRAMES);
        println!(r#"{{"name":"{name}","value":{value},"names":{}}}"#, seen / FRAMES as usize);
    }
}

fn anchor(part: u32) -> Anchor {
    let number = |step: u32| (part.wrapping_mul(step) % 10_007) as f32 / 5003.5 - 1.0;
    Anchor {
        part,
        place: 0.7 * Vec3::new(number(383), number(647), number(7177)),
        radius: 0.02 + 0.02 * number(29).abs(),
        share: 1.0 / CLUSTERS as f32,
        width: 6.0 + (part % 9) as f32,
        size: SIZES[0],
        is_part: false,
        has_parts: false,
    }
}

fn optics(yaw: f32) -> Optics {
    let eye = Quat::from_rotation_y(yaw) * Vec3::new(0.0, 0.6, 2.6);
    let view = Mat4::look_at_rh(eye, Vec3::ZERO, Vec3::Y);
    Optics::new(Mat4::perspective_infinite_reverse_rh(0.8, WINDOW.x / WINDOW.y, 0.01), view, WINDOW, 1.0, 0.01)
}
