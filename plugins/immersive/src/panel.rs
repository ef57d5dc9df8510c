//! The panel beside the left hand: where it is, and where a ray meets it.

use bevy::prelude::*;
use bevy_egui::{egui, input::EguiInputEvent};
use parallax_overlay::HandPanel;
use parallax_state::FrameSystems;

use crate::{
    Hands,
    act::{Person, PersonSystems},
};

/// The size of the panel in meters; its shape is that of its picture.
pub(crate) const SIZE: Vec2 = Vec2::new(0.36, 0.48);

/// Where the middle of the panel is, from the hand: to the right and up, as the person sees it.
const BESIDE: Vec2 = Vec2::new(0.24, 0.1);

/// How many points a stick scrolls in a second.
const SCROLL: f32 = 900.0;

/// What the pointer of the panel did in the last frame.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Pointer {
    at: Option<Vec2>,
    is_pressed: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, touch.after(PersonSystems::Act).before(FrameSystems::Act));
}

/// Returns where the panel is if the hand is at `grip`: it faces the head.
pub(crate) fn beside(grip: &Isometry3d, head: &Isometry3d) -> Isometry3d {
    let (hand, eyes) = (Vec3::from(grip.translation), Vec3::from(head.translation));
    let middle = hand + facing(hand, eyes) * BESIDE.extend(0.0);
    Isometry3d::new(middle, facing(middle, eyes))
}

/// Returns the rotation of something level at `place` whose z points at the eyes.
pub(crate) fn facing(place: Vec3, eyes: Vec3) -> Quat {
    let toward = eyes - place;
    let yaw = f32::atan2(toward.x, toward.z);
    let pitch = f32::atan2(toward.y, toward.xz().length());
    Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch)
}

/// Returns where a ray meets the panel, as shares of its width from the left and its height from
/// the top, and the distance. The back of the panel is not met.
pub(crate) fn met_by(ray: Ray3d, panel: &Isometry3d) -> Option<(Vec2, f32)> {
    let into = panel.inverse();
    let origin = into * ray.origin;
    let direction = into.rotation * *ray.direction;
    let distance = -origin.z / direction.z;
    if origin.z <= 0.0 || direction.z >= 0.0 || !distance.is_finite() {
        return None;
    }
    let at = (origin + direction * distance).xy() / SIZE;
    let share = Vec2::new(0.5 + at.x, 0.5 - at.y);
    (share.cmpge(Vec2::ZERO).all() && share.cmple(Vec2::ONE).all()).then_some((share, distance))
}

/// Sends the panel what the hand that points does.
fn touch(
    time: Res<Time<Real>>,
    (hands, person): (Res<Hands>, Res<Person>),
    mut contexts: Query<(Entity, &mut bevy_egui::EguiContext), With<HandPanel>>,
    mut before: Local<Pointer>,
    mut events: MessageWriter<EguiInputEvent>,
) {
    let Ok((context, mut egui)) = contexts.single_mut() else {
        *before = Pointer::default();
        return;
    };
    let size = egui.get_mut().content_rect().size();
    let hand = person.pointing_hand(&hands);
    let at = person.panel_hit().map(|(share, _)| share * Vec2::new(size.x, size.y));
    let now = Pointer { at, is_pressed: hand.trigger };
    let pos = |at: Vec2| egui::pos2(at.x, at.y);
    let mut send = |event| {
        events.write(EguiInputEvent { context, event });
    };
    match (before.at, now.at) {
        (_, Some(to)) if before.at != now.at => send(egui::Event::PointerMoved(pos(to))),
        (Some(_), None) if !before.is_pressed => send(egui::Event::PointerGone),
        _ => {}
    }
    if before.is_pressed != now.is_pressed
        && let Some(at) = now.at.or(before.at)
    {
        let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
        send(egui::Event::PointerButton { pos: pos(at), button, pressed: now.is_pressed, modifiers });
    }
    if now.at.is_some() && hand.stick.y.abs() > 0.2 {
        send(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, hand.stick.y * SCROLL * time.delta_secs()),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
        });
    }
    *before = now;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panel_faces_the_head_beside_the_hand() {
        let head = Isometry3d::from_translation(Vec3::new(0.1, 1.6, 0.2));
        for hand in [Vec3::new(-0.3, 1.2, -0.2), Vec3::new(-0.1, 1.5, -0.4), Vec3::new(0.2, 1.0, 0.6)] {
            let panel = beside(&Isometry3d::from_translation(hand), &head);
            let middle = Vec3::from(panel.translation);
            let toward = (Vec3::from(head.translation) - middle).normalize();
            assert!((panel.rotation * Vec3::Z).distance(toward) < 1e-5, "{hand}");
            assert!((panel.rotation * Vec3::X).y.abs() < 1e-6, "it is level");
            assert!((middle.distance(hand) - BESIDE.length()).abs() < 1e-5);
            let to_the_right = panel.rotation * Vec3::X;
            assert!((middle - hand).dot(to_the_right) > 0.1, "to the right of the hand");
        }
    }

    #[test]
    fn ray_meets_the_panel_where_it_points() {
        let turn = Quat::from_rotation_y(0.4) * Quat::from_rotation_x(-0.3);
        let panel = Isometry3d::new(Vec3::new(0.1, 1.3, -0.5), turn);
        let place = |right: f32, up: f32| panel * Vec3::new(right, up, 0.0);
        let from = Vec3::new(0.3, 1.2, 0.1);
        let met = |target: Vec3| met_by(Ray3d::new(from, Dir3::new(target - from).unwrap()), &panel);
        for (right, up, expected) in [
            (0.0, 0.0, [0.5, 0.5]),
            (-0.17, 0.23, [0.5 - 0.17 / 0.36, 0.5 - 0.23 / 0.48]),
            (0.17, -0.23, [0.5 + 0.17 / 0.36, 0.5 + 0.23 / 0.48]),
        ] {
            let (share, distance) = met(place(right, up)).unwrap();
            assert!(share.distance(expected.into()) < 1e-4, "{share}");
            assert!((distance - from.distance(place(right, up))).abs() < 1e-4);
        }
        assert_eq!(met(place(0.19, 0.0)), None, "beside it");
        assert_eq!(met(place(0.0, 0.25)), None, "above it");
        let behind = panel * Vec3::NEG_Z;
        let back = Ray3d::new(behind, Dir3::new(place(0.0, 0.0) - behind).unwrap());
        assert_eq!(met_by(back, &panel), None, "the back");
        let away = Ray3d::new(from, Dir3::new(from - place(0.0, 0.0)).unwrap());
        assert_eq!(met_by(away, &panel), None, "the other way");
    }
}
