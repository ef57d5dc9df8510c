//! Drags and the wheel. The left button orbits, the right button or Shift with the left one pans,
//! and the wheel and a pinch zoom to the pointer. While a selection tool uses the left button, the
//! right button orbits and the middle button pans.
//!
//! Drags follow the cursor's position in the window and not the device's raw motion, because
//! tablets, remote desktops and virtual machines report positions only. While a button is down,
//! most platforms also report positions outside of the window, so that a drag continues there.

use std::f32::consts::{PI, TAU};

use bevy::{
    camera::ScalingMode,
    input::{
        ButtonState,
        gestures::PinchGesture,
        mouse::{MouseScrollUnit, MouseWheel},
    },
    prelude::*,
    window::{PrimaryWindow, RequestRedraw, WindowEvent},
};
use bevy_egui::{EguiContext, PrimaryEguiContext, capture_pointer_input_system, egui, input::EguiWantsInput};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};
use parallax_cloud::{Sight, SightItem};
use parallax_session::{Dims, Edit, Tool};
use parallax_state::{CurrentView, Do, Presenting};

use crate::{CloudCamera, flight::Flight};

/// The factor by which one notch of the wheel changes the distance.
const NOTCH: f32 = 0.85;

/// The number of trackpad pixels that count as one notch.
const NOTCH_PIXELS: f32 = 40.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Drag>().add_systems(
        PostUpdate,
        (drag, zoom).chain().after(capture_pointer_input_system).before(PanOrbitCameraSystemSet),
    );
}

/// The current drag, if any, and the last position of the cursor.
#[derive(Resource, Debug, Default)]
struct Drag {
    held: Option<(MouseButton, Turn)>,
    cursor: Option<Vec2>,
}

/// What a drag does to the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Orbit,
    Pan,
}

/// How far the cursor moved during drags, in logical pixels.
#[derive(Debug, Default, PartialEq)]
struct Moved {
    orbit: Vec2,
    pan: Vec2,
    /// Whether a drag began.
    started: bool,
}

impl Drag {
    /// Processes the events of a frame in `window` in order. `meaning` returns what a drag with a
    /// button does if it begins here.
    ///
    /// The meaning of a drag is fixed when it begins. Neither a panel under the cursor nor a key
    /// changes it.
    fn follow<'a>(
        &mut self,
        window: Entity,
        events: impl IntoIterator<Item = &'a WindowEvent>,
        meaning: impl Fn(MouseButton, Option<Vec2>) -> Option<Turn>,
    ) -> Moved {
        let mut moved = Moved::default();
        for event in events {
            match event {
                WindowEvent::CursorMoved(event) if event.window == window => {
                    let by = self.cursor.replace(event.position).map_or(Vec2::ZERO, |before| event.position - before);
                    match self.held {
                        Some((_, Turn::Orbit)) => moved.orbit += by,
                        Some((_, Turn::Pan)) => moved.pan += by,
                        None => {}
                    }
                }
                // The button may be released over another window.
                WindowEvent::MouseButtonInput(event) if event.state == ButtonState::Released => {
                    self.held = self.held.filter(|(button, _)| *button != event.button);
                }
                WindowEvent::MouseButtonInput(event) if event.window == window && self.held.is_none() => {
                    self.held = meaning(event.button, self.cursor).map(|turn| (event.button, turn));
                    moved.started |= self.held.is_some();
                }
                // Another window gets the release of the button.
                WindowEvent::WindowFocused(event) if event.window == window && !event.focused => self.held = None,
                _ => {}
            }
        }
        moved
    }
}

/// Returns what a drag with `button` does.
fn meaning(tool: Tool, plane: bool, shift: bool, button: MouseButton) -> Option<Turn> {
    let turns = match (tool, button) {
        (Tool::Pointer, MouseButton::Left) => !shift,
        (Tool::Pointer, MouseButton::Right) | (_, MouseButton::Middle) => false,
        (_, MouseButton::Right) => true,
        _ => return None,
    };
    Some(if turns && !plane { Turn::Orbit } else { Turn::Pan })
}

fn is_over_panel(context: &egui::Context, at: Vec2) -> bool {
    context.layer_id_at(egui::pos2(at.x, at.y)).is_some_and(|layer| layer.order != egui::Order::Background)
}

/// Orbits and pans if a drag began over the cloud.
fn drag(
    mut events: MessageReader<WindowEvent>,
    (view, presenting): (Res<CurrentView>, Res<Presenting>),
    (buttons, keys): (Option<Res<ButtonInput<MouseButton>>>, Option<Res<ButtonInput<KeyCode>>>),
    (egui, mut contexts): (Option<Res<EguiWantsInput>>, Query<&mut EguiContext, With<PrimaryEguiContext>>),
    windows: Query<Entity, With<PrimaryWindow>>,
    (mut requests, mut redraw): (MessageWriter<Do>, MessageWriter<RequestRedraw>),
    (mut drag, mut flight): (ResMut<Drag>, ResMut<Flight>),
    mut cameras: Query<(Sight, &Transform, &Projection, &mut PanOrbitCamera), With<CloudCamera>>,
) {
    let captured = egui.as_ref().is_some_and(|egui| egui.is_pointer_over_area() || egui.wants_any_pointer_input());
    // Where the pointer was in the frame before may not be where the button is pressed.
    let context = contexts.iter_mut().next().map(|mut context| context.get_mut().clone());
    let in_use = egui.is_some_and(|egui| egui.is_using_pointer() || egui.is_popup_open());
    let is_free = |at: Option<Vec2>| match (&context, at) {
        (Some(context), Some(at)) => !in_use && !is_over_panel(context, at),
        _ => !captured,
    };
    let plane = view.projection.dims == Dims::Two;
    let shift = keys.is_some_and(|keys| keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]));
    let tool = if presenting.0.on { Tool::Pointer } else { view.tool };
    let window = windows.iter().next().unwrap_or(Entity::PLACEHOLDER);
    let moved =
        drag.follow(window, events.read(), |button, at| meaning(tool, plane, shift, button).filter(|_| is_free(at)));
    if moved.started {
        flight.stop();
        if view.turning {
            requests.write(Do::person(Edit::Turn(false)));
        }
    }
    let touchable = buttons.is_none_or(|buttons| buttons.get_pressed().len() == 0);
    for (sight, transform, projection, mut control) in &mut cameras {
        // The control itself handles touches only, unless they begin on a panel.
        if touchable && control.enabled == captured {
            control.enabled = !captured;
        }
        let Some(size) = sight.size() else { continue };
        if moved.orbit != Vec2::ZERO {
            control.target_yaw -= moved.orbit.x / size.x * TAU;
            control.target_pitch = (control.target_pitch + moved.orbit.y / size.y * PI).clamp(-PI / 2.0, PI / 2.0);
        }
        if moved.pan != Vec2::ZERO {
            let across = unit(projection, control.target_radius, &sight) * moved.pan;
            control.target_focus += transform.up() * across.y - transform.right() * across.x;
        }
        if moved.orbit != Vec2::ZERO || moved.pan != Vec2::ZERO {
            redraw.write(RequestRedraw);
        }
    }
}

/// Zooms to the pointer: the place under the pointer, on the plane through the focus, stays where
/// it is on screen.
fn zoom(
    (mut wheel, mut pinches): (MessageReader<MouseWheel>, MessageReader<PinchGesture>),
    egui: Option<Res<EguiWantsInput>>,
    windows: Query<(Entity, &Window), With<PrimaryWindow>>,
    mut cameras: Query<(Sight, &Transform, &Projection, &mut PanOrbitCamera), With<CloudCamera>>,
    mut flight: ResMut<Flight>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let pointer = windows.iter().next().and_then(|(_, window)| window.cursor_position());
    let notches: f32 = wheel
        .read()
        .filter(|wheel| windows.contains(wheel.window))
        .map(|wheel| match wheel.unit {
            MouseScrollUnit::Line => wheel.y,
            MouseScrollUnit::Pixel => wheel.y / NOTCH_PIXELS,
        })
        .sum();
    // A pinch reports the relative growth of the picture, but not its window.
    let pinch: f32 = pinches.read().map(|pinch| pinch.0).filter(|_| pointer.is_some()).sum();
    if (notches == 0.0 && pinch == 0.0) || egui.is_some_and(|egui| egui.is_pointer_over_area()) {
        return;
    }
    flight.stop();
    for (sight, transform, projection, mut control) in &mut cameras {
        let limit = |radius: f32| radius.clamp(control.zoom_lower_limit, control.zoom_upper_limit.unwrap_or(f32::MAX));
        let before = control.target_radius;
        let after = limit(before * NOTCH.powf(notches) * (-pinch).exp());
        control.target_radius = after;
        let place = pointer.and_then(|pointer| sight.at(pointer));
        if let Some(((_, place), size)) = place.zip(sight.size()) {
            let across = unit(projection, before, &sight) * (place - size / 2.0) * Vec2::new(1.0, -1.0);
            let toward = transform.right() * across.x + transform.up() * across.y;
            control.target_focus += toward * (1.0 - after / before);
        }
        redraw.write(RequestRedraw);
    }
}

/// Returns how many world units a logical pixel is on the plane through the focus, from `radius`
/// away.
fn unit(projection: &Projection, radius: f32, sight: &SightItem<'_, '_>) -> f32 {
    let half = match projection {
        Projection::Orthographic(OrthographicProjection {
            scaling_mode: ScalingMode::FixedVertical { viewport_height },
            ..
        }) => radius * viewport_height / 2.0,
        Projection::Perspective(lens) => radius * (lens.fov / 2.0).tan(),
        _ => radius,
    };
    half * 2.0 / sight.spanned().unwrap_or(1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaning_of_a_button_depends_on_tool_dims_and_shift() {
        use MouseButton::{Left, Middle, Right};
        let check = |tool, plane, shift, expected: [Option<Turn>; 3]| {
            let found = [Left, Middle, Right].map(|button| meaning(tool, plane, shift, button));
            assert_eq!(found, expected, "{tool:?} {plane} {shift}");
        };
        let (orbit, pan) = (Some(Turn::Orbit), Some(Turn::Pan));
        check(Tool::Pointer, false, false, [orbit, pan, pan]);
        check(Tool::Pointer, false, true, [pan, pan, pan]);
        check(Tool::Pointer, true, false, [pan, pan, pan]);
        for tool in [Tool::Sphere, Tool::Box, Tool::Lasso] {
            for shift in [false, true] {
                check(tool, false, shift, [None, pan, orbit]);
                check(tool, true, shift, [None, pan, pan]);
            }
        }
        assert_eq!(meaning(Tool::Pointer, false, false, MouseButton::Back), None);
    }

    fn to(x: f32, y: f32) -> WindowEvent {
        let position = Vec2::new(x, y);
        WindowEvent::CursorMoved(bevy::window::CursorMoved { window: Entity::PLACEHOLDER, position, delta: None })
    }

    fn button(button: MouseButton, state: ButtonState) -> WindowEvent {
        let window = Entity::PLACEHOLDER;
        WindowEvent::MouseButtonInput(bevy::input::mouse::MouseButtonInput { button, state, window })
    }

    /// A remote desktop may send press, jump and release in one frame.
    #[test]
    fn drag_follows_absolute_positions_in_the_order_of_events() {
        use ButtonState::{Pressed, Released};
        let orbit = |pressed, _| (pressed == MouseButton::Left).then_some(Turn::Orbit);
        let mut drag = Drag::default();
        let events = [
            to(10.0, 10.0),
            to(50.0, 20.0),
            button(MouseButton::Left, Pressed),
            to(250.0, 120.0),
            button(MouseButton::Left, Released),
            to(0.0, 0.0),
        ];
        let expected = Moved { orbit: Vec2::new(200.0, 100.0), pan: Vec2::ZERO, started: true };
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &events, orbit), expected);
        // Over several frames, out of the window, and with another button pressed in between.
        assert!(drag.follow(Entity::PLACEHOLDER, &[button(MouseButton::Left, Pressed)], orbit).started);
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &[to(-300.0, 40.0)], |_, _| None).orbit, Vec2::new(-300.0, 40.0));
        let second = [button(MouseButton::Right, Pressed), button(MouseButton::Right, Released), to(-310.0, 40.0)];
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &second, |_, _| Some(Turn::Pan)).orbit, Vec2::new(-10.0, 0.0));
        assert_eq!(
            drag.follow(Entity::PLACEHOLDER, &[button(MouseButton::Left, Released), to(9.0, 9.0)], orbit),
            Moved::default()
        );
    }

    #[test]
    fn press_on_a_panel_begins_no_drag() {
        let mut drag = Drag::default();
        let events = [to(5.0, 5.0), button(MouseButton::Left, ButtonState::Pressed), to(90.0, 5.0)];
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &events, |_, _| None), Moved::default());
    }

    /// The view of the presenter is a second window.
    #[test]
    fn drag_in_another_window_is_not_followed() {
        let orbit = |_, _| Some(Turn::Orbit);
        let other = Entity::from_raw_u32(7).unwrap();
        let mut drag = Drag::default();
        let pressed = ButtonState::Pressed;
        let there = [to(5.0, 5.0), button(MouseButton::Left, pressed), to(90.0, 5.0)];
        assert_eq!(drag.follow(other, &there, orbit), Moved::default());
        // The cursor's last place there is none here.
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &there, orbit).orbit, Vec2::new(85.0, 0.0));
    }

    #[test]
    fn wheel_zooms_over_the_primary_window_only() {
        let mut app = App::new();
        app.add_message::<MouseWheel>().add_message::<PinchGesture>().add_message::<RequestRedraw>();
        app.init_resource::<Flight>().add_systems(Update, zoom);
        let [primary, other] = [app.world_mut().spawn((Window::default(), PrimaryWindow)).id(), Entity::PLACEHOLDER];
        let control = PanOrbitCamera { target_radius: 8.0, ..default() };
        let camera = app.world_mut().spawn((Camera3d::default(), control, CloudCamera)).id();
        for (window, expected) in [(other, 8.0), (primary, 8.0 * NOTCH)] {
            let unit = MouseScrollUnit::Line;
            let phase = bevy::input::touch::TouchPhase::Moved;
            app.world_mut().write_message(MouseWheel { unit, x: 0.0, y: 1.0, window, phase });
            app.update();
            let radius = app.world().get::<PanOrbitCamera>(camera).unwrap().target_radius;
            assert!((radius - expected).abs() < 1e-5, "{radius} instead of {expected}");
        }
    }

    #[test]
    fn drag_begins_where_the_button_is_pressed() {
        let free = |_, at: Option<Vec2>| at.filter(|at| at.y > 50.0).map(|_| Turn::Orbit);
        let press = button(MouseButton::Left, ButtonState::Pressed);
        let mut drag = Drag::default();
        drag.follow(Entity::PLACEHOLDER, &[to(5.0, 5.0)], free);
        assert!(drag.follow(Entity::PLACEHOLDER, &[to(90.0, 90.0), press.clone()], free).started);
        let mut drag = Drag::default();
        drag.follow(Entity::PLACEHOLDER, &[to(90.0, 90.0)], free);
        assert!(!drag.follow(Entity::PLACEHOLDER, &[to(5.0, 5.0), press, to(90.0, 90.0)], free).started);
    }
}
