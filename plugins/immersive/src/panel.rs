//! The panel beside the left hand: where it is, and where a ray meets it.

use bevy::prelude::*;
use bevy_egui::{egui, input::EguiInputEvent};
use parallax_overlay::HandPanel;
use parallax_state::FrameSystems;

use crate::{Hands, Person, act::PersonSystems};

/// The size of the panel in meters; its shape is that of its picture.
pub(crate) const SIZE: Vec2 = Vec2::new(0.36, 0.48);

/// Where the middle of the panel is, from the hand: to the right and up, as the person sees it.
const BESIDE: Vec2 = Vec2::new(0.24, 0.1);

/// How many points a stick scrolls in a second.
const SCROLL: f32 = 900.0;

/// The pointer of the panel: the ray of the right hand, since the left one holds the panel.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Pointer {
    /// Where it is on the panel, in points. What is pressed keeps its last place: a slider is held
    /// beyond the edge.
    at: Option<Vec2>,
    is_pressed: bool,
    is_trigger_pulled: bool,
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

impl Pointer {
    /// Follows the ray, which is at a place on the panel or beside it, and its trigger. Returns what
    /// to tell the panel.
    fn follow(&mut self, on_panel: Option<Vec2>, is_trigger_pulled: bool) -> Vec<egui::Event> {
        let before = std::mem::replace(&mut self.is_trigger_pulled, is_trigger_pulled);
        let pos = |at: Vec2| egui::pos2(at.x, at.y);
        let button = |at: Vec2, pressed| egui::Event::PointerButton {
            pos: pos(at),
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        let mut events = Vec::new();
        // Where it was held last: the finger moves the hand, and frames may be far apart.
        if let Some(at) = self.at.filter(|_| self.is_pressed && !is_trigger_pulled) {
            self.is_pressed = false;
            events.push(button(at, false));
        }
        if let Some(at) = on_panel
            && self.at.replace(at) != Some(at)
        {
            events.push(egui::Event::PointerMoved(pos(at)));
        }
        if let Some(at) = on_panel.filter(|_| is_trigger_pulled && !before) {
            self.is_pressed = true;
            events.push(button(at, true));
        }
        if on_panel.is_none() && !self.is_pressed && self.at.take().is_some() {
            events.push(egui::Event::PointerGone);
        }
        events
    }
}

/// Sends the panel what the right hand does.
fn touch(
    time: Res<Time<Real>>,
    (hands, person): (Res<Hands>, Res<Person>),
    mut contexts: Query<(Entity, &mut bevy_egui::EguiContext), With<HandPanel>>,
    mut pointer: Local<Pointer>,
    mut events: MessageWriter<EguiInputEvent>,
) {
    let Ok((context, mut egui)) = contexts.single_mut() else {
        *pointer = Pointer::default();
        return;
    };
    let size = egui.get_mut().content_rect().size();
    let [_, hand] = &hands.hands;
    let at = person.panel_hit().map(|(share, _)| share * Vec2::new(size.x, size.y));
    let told = pointer.follow(at, hand.trigger);
    events.write_batch(told.into_iter().map(|event| EguiInputEvent { context, event }));
    if at.is_some() && hand.stick.y.abs() > 0.2 {
        let event = egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, hand.stick.y * SCROLL * time.delta_secs()),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
        };
        events.write(EguiInputEvent { context, event });
    }
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

    /// A slider that is pressed, left at the edge, and released beside the panel is released where it
    /// was held last; then the pointer is gone.
    #[test]
    fn what_is_pressed_is_released_beside_the_panel() {
        let at = |x: f32| Some(Vec2::new(x, 20.0));
        let mut pointer = Pointer::default();
        let mut follow = |on_panel: Option<Vec2>, is_trigger_pulled: bool| -> Vec<String> {
            let name = |event: egui::Event| match event {
                egui::Event::PointerMoved(pos) => format!("to {}", pos.x),
                egui::Event::PointerButton { pos, pressed, .. } => {
                    format!("{} at {}", if pressed { "press" } else { "release" }, pos.x)
                }
                egui::Event::PointerGone => "gone".into(),
                other => format!("{other:?}"),
            };
            pointer.follow(on_panel, is_trigger_pulled).into_iter().map(name).collect()
        };
        assert_eq!(follow(at(10.0), false), ["to 10"]);
        assert_eq!(follow(at(10.0), true), ["press at 10"]);
        assert_eq!(follow(at(90.0), true), ["to 90"]);
        (0..3).for_each(|_| assert_eq!(follow(None, true), [""; 0], "it is still held"));
        assert_eq!(follow(None, false), ["release at 90", "gone"]);
        assert_eq!(follow(None, false), [""; 0]);
        // A trigger that was pulled elsewhere does not press.
        assert_eq!(follow(None, true), [""; 0]);
        assert_eq!(follow(at(30.0), true), ["to 30"]);
        assert_eq!(follow(at(30.0), false), [""; 0]);
        assert_eq!(follow(None, false), ["gone"]);
        assert_eq!(follow(at(40.0), true), ["to 40", "press at 40"]);
        assert_eq!(follow(at(50.0), false), ["release at 40", "to 50"]);
    }
}
