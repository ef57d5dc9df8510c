//! Drags and the wheel. The left button orbits, the right button or Shift with the left one pans,
//! and the wheel and a pinch zoom to the pointer. While a selection tool uses the left button, the
//! right button orbits and the middle button pans. Of two cameras, the one moves in whose picture a drag
//! begins, the wheel turns, or a finger is put down.
//!
//! Drags follow the cursor's position in the window and not the device's raw motion, because
//! tablets, remote desktops and virtual machines report positions only. While a button is down,
//! most platforms also report positions outside of the window, so that a drag continues there.

use std::f32::consts::{PI, TAU};

use bevy::{
    camera::ScalingMode,
    ecs::system::SystemParam,
    input::{
        ButtonState,
        gestures::PinchGesture,
        mouse::{MouseScrollUnit, MouseWheel},
    },
    prelude::*,
    window::{PrimaryWindow, RequestRedraw, WindowEvent},
};
use bevy_egui::{EguiContext, PrimaryEguiContext, capture_pointer_input_system, egui, input::EguiWantsInput};
use bevy_panorbit_camera::{ActiveCameraData, PanOrbitCamera, PanOrbitCameraSystemSet};
use parallax_cloud::{CloudCamera, Sight, SightItem};
use parallax_session::{Dims, Edit, Eye, Half, Tool};
use parallax_state::{CurrentView, Do, PointedHalf, Presenting, ScreenArea};

use crate::Control;

/// The factor by which one notch of the wheel changes the distance.
const NOTCH: f32 = 0.85;

/// The number of trackpad pixels that count as one notch.
const NOTCH_PIXELS: f32 = 40.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Drag>().add_systems(
        PostUpdate,
        (point, touch, drag, zoom).chain().after(capture_pointer_input_system).before(PanOrbitCameraSystemSet),
    );
}

/// The current drag, if any, and the last position of the cursor.
#[derive(Resource, Debug, Default)]
struct Drag {
    held: Option<(MouseButton, Turn, Half)>,
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
    /// button does if it begins here, and in which picture. Returns how the cursor moved in drags that
    /// began in each.
    ///
    /// The meaning of a drag is fixed when it begins. Neither a panel under the cursor nor a key nor
    /// another picture changes it.
    fn follow<'a>(
        &mut self,
        window: Entity,
        events: impl IntoIterator<Item = &'a WindowEvent>,
        meaning: impl Fn(MouseButton, Option<Vec2>) -> Option<(Turn, Half)>,
    ) -> [Moved; 2] {
        let mut moved = [Moved::default(), Moved::default()];
        for event in events {
            match event {
                WindowEvent::CursorMoved(event) if event.window == window => {
                    let by = self.cursor.replace(event.position).map_or(Vec2::ZERO, |before| event.position - before);
                    match self.held {
                        Some((_, Turn::Orbit, half)) => moved[half as usize].orbit += by,
                        Some((_, Turn::Pan, half)) => moved[half as usize].pan += by,
                        None => {}
                    }
                }
                // The button may be released over another window.
                WindowEvent::MouseButtonInput(event) if event.state == ButtonState::Released => {
                    self.held = self.held.filter(|(button, ..)| *button != event.button);
                }
                WindowEvent::MouseButtonInput(event) if event.window == window && self.held.is_none() => {
                    self.held = meaning(event.button, self.cursor).map(|(turn, half)| (event.button, turn, half));
                    if let Some((.., half)) = self.held {
                        moved[half as usize].started = true;
                    }
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

/// The pictures, and where each is.
#[derive(SystemParam)]
struct Pictures<'w, 's> {
    view: Res<'w, CurrentView>,
    area: Res<'w, ScreenArea>,
    sights: Query<'w, 's, Sight, With<CloudCamera>>,
}

impl Pictures<'_, '_> {
    fn have_two_cameras(&self) -> bool {
        self.area.compares && self.view.has_two_cameras()
    }

    /// Returns the picture at a place in the window whose camera moves, or `None` if no picture is there.
    fn at(&self, place: Vec2) -> Option<Half> {
        let (eye, _) = self.sights.iter().next()?.at(place)?;
        Some(if eye == Eye::Right && self.have_two_cameras() { Half::Second } else { Half::First })
    }

    /// Returns the picture at a place, or else the one in which the pointer was last.
    fn near(&self, place: Option<Vec2>, last: PointedHalf) -> Half {
        place.and_then(|place| self.at(place)).unwrap_or(last.0)
    }
}

/// Finds the picture whose camera keys move.
fn point(
    pictures: Pictures,
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    egui: Option<Res<EguiWantsInput>>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut pointed: ResMut<PointedHalf>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let held = buttons.is_some_and(|held| held.get_pressed().len() > 0 && held.get_just_pressed().len() == 0);
    let captured = egui.is_some_and(|egui| egui.is_pointer_over_area() || egui.wants_any_pointer_input());
    let pointer = windows.iter().next().and_then(Window::cursor_position).filter(|_| !held && !captured);
    let found = if pictures.have_two_cameras() { pictures.near(pointer, *pointed) } else { Half::First };
    if pointed.set_if_neq(PointedHalf(found)) {
        redraw.write(RequestRedraw);
    }
}

/// Says which camera touches move if there are two: the control itself looks for a camera that fills
/// the window.
fn touch(
    pictures: Pictures,
    touches: Option<Res<Touches>>,
    active: Option<ResMut<ActiveCameraData>>,
    controls: Query<(Entity, &Control)>,
) {
    let (Some(touches), Some(mut active)) = (touches, active) else { return };
    let are_two = pictures.have_two_cameras();
    if active.manual != are_two {
        active.manual = are_two;
    }
    let mut pressed = touches.iter_just_pressed();
    let Some(first) = pressed.next().filter(|_| are_two && pressed.count() + 1 == touches.iter().count()) else {
        return;
    };
    let half = pictures.at(first.position());
    let size = pictures.sights.iter().next().and_then(|sight| sight.size());
    active.entity = controls.iter().find(|(_, control)| Some(control.half) == half).map(|(entity, _)| entity);
    (active.viewport_size, active.window_size) = (size, size);
}

/// Orbits and pans if a drag began over the cloud.
fn drag(
    mut events: MessageReader<WindowEvent>,
    (pictures, pointed, presenting): (Pictures, Res<PointedHalf>, Res<Presenting>),
    (buttons, keys): (Option<Res<ButtonInput<MouseButton>>>, Option<Res<ButtonInput<KeyCode>>>),
    (egui, mut contexts): (Option<Res<EguiWantsInput>>, Query<&mut EguiContext, With<PrimaryEguiContext>>),
    windows: Query<Entity, With<PrimaryWindow>>,
    (mut requests, mut redraw): (MessageWriter<Do>, MessageWriter<RequestRedraw>),
    mut drag: ResMut<Drag>,
    mut cameras: Query<(&mut Control, &Transform, &Projection, &mut PanOrbitCamera)>,
) {
    let view = &pictures.view;
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
    let moved = drag.follow(window, events.read(), |button, at| {
        meaning(tool, plane, shift, button).filter(|_| is_free(at)).map(|turn| (turn, pictures.near(at, *pointed)))
    });
    if view.turning && moved.iter().any(|moved| moved.started) {
        requests.write(Do::person(Edit::Turn(false)));
    }
    let touchable = buttons.is_none_or(|buttons| buttons.get_pressed().len() == 0);
    let sight = pictures.sights.iter().next();
    for (mut control, transform, projection, mut camera) in &mut cameras {
        let moved = &moved[control.half as usize];
        if moved.started {
            control.flight.stop();
        }
        // The control itself handles touches only, unless they begin on a panel.
        if touchable && camera.enabled == captured {
            camera.enabled = !captured;
        }
        let Some((sight, size)) = sight.as_ref().and_then(|sight| Some((sight, sight.size()?))) else { continue };
        if moved.orbit != Vec2::ZERO {
            camera.target_yaw -= moved.orbit.x / size.x * TAU;
            camera.target_pitch = (camera.target_pitch + moved.orbit.y / size.y * PI).clamp(-PI / 2.0, PI / 2.0);
        }
        if moved.pan != Vec2::ZERO {
            let across = unit(projection, camera.target_radius, sight) * moved.pan;
            camera.target_focus += transform.up() * across.y - transform.right() * across.x;
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
    (pictures, pointed): (Pictures, Res<PointedHalf>),
    mut cameras: Query<(&mut Control, &Transform, &Projection, &mut PanOrbitCamera)>,
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
    let half = pictures.near(pointer, *pointed);
    let sight = pictures.sights.iter().next();
    for (mut control, transform, projection, mut camera) in &mut cameras {
        if control.half != half {
            continue;
        }
        control.flight.stop();
        let limit = |radius: f32| radius.clamp(camera.zoom_lower_limit, camera.zoom_upper_limit.unwrap_or(f32::MAX));
        let before = camera.target_radius;
        let after = limit(before * NOTCH.powf(notches) * (-pinch).exp());
        camera.target_radius = after;
        let place = sight.as_ref().and_then(|sight| Some((sight, sight.at(pointer?)?.1, sight.size()?)));
        if let Some((sight, place, size)) = place {
            let across = unit(projection, before, sight) * (place - size / 2.0) * Vec2::new(1.0, -1.0);
            let toward = transform.right() * across.x + transform.up() * across.y;
            camera.target_focus += toward * (1.0 - after / before);
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
        let orbit = |pressed, _| (pressed == MouseButton::Left).then_some((Turn::Orbit, Half::First));
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
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &events, orbit), [expected, Moved::default()]);
        // Over several frames, out of the window, and with another button pressed in between.
        assert!(drag.follow(Entity::PLACEHOLDER, &[button(MouseButton::Left, Pressed)], orbit)[0].started);
        assert_eq!(
            drag.follow(Entity::PLACEHOLDER, &[to(-300.0, 40.0)], |_, _| None)[0].orbit,
            Vec2::new(-300.0, 40.0)
        );
        let second = [button(MouseButton::Right, Pressed), button(MouseButton::Right, Released), to(-310.0, 40.0)];
        let pan = |_, _| Some((Turn::Pan, Half::Second));
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &second, pan)[0].orbit, Vec2::new(-10.0, 0.0));
        assert_eq!(
            drag.follow(Entity::PLACEHOLDER, &[button(MouseButton::Left, Released), to(9.0, 9.0)], orbit),
            [Moved::default(), Moved::default()]
        );
    }

    /// A drag goes on beyond the picture in which it began.
    #[test]
    fn drag_moves_the_camera_of_the_picture_where_it_began() {
        let meaning = |_, at: Option<Vec2>| {
            Some((Turn::Pan, if at.is_some_and(|at| at.x > 100.0) { Half::Second } else { Half::First }))
        };
        let [press, release] =
            [ButtonState::Pressed, ButtonState::Released].map(|state| button(MouseButton::Left, state));
        let events = [
            to(90.0, 0.0),
            press.clone(),
            to(150.0, 5.0),
            release.clone(),
            to(140.0, 5.0),
            press,
            to(20.0, 5.0),
            release,
        ];
        let [first, second] = Drag::default().follow(Entity::PLACEHOLDER, &events, meaning);
        assert_eq!((first.pan, second.pan), (Vec2::new(60.0, 5.0), Vec2::new(-120.0, 0.0)));
    }

    #[test]
    fn press_on_a_panel_begins_no_drag() {
        let mut drag = Drag::default();
        let events = [to(5.0, 5.0), button(MouseButton::Left, ButtonState::Pressed), to(90.0, 5.0)];
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &events, |_, _| None), [Moved::default(), Moved::default()]);
    }

    /// The view of the presenter is a second window.
    #[test]
    fn drag_in_another_window_is_not_followed() {
        let orbit = |_, _| Some((Turn::Orbit, Half::First));
        let other = Entity::from_raw_u32(7).unwrap();
        let mut drag = Drag::default();
        let pressed = ButtonState::Pressed;
        let there = [to(5.0, 5.0), button(MouseButton::Left, pressed), to(90.0, 5.0)];
        assert_eq!(drag.follow(other, &there, orbit), [Moved::default(), Moved::default()]);
        // The cursor's last place there is none here.
        assert_eq!(drag.follow(Entity::PLACEHOLDER, &there, orbit)[0].orbit, Vec2::new(85.0, 0.0));
    }

    #[test]
    fn wheel_zooms_over_the_primary_window_only() {
        let mut app = App::new();
        app.add_message::<MouseWheel>().add_message::<PinchGesture>().add_message::<RequestRedraw>();
        app.init_resource::<CurrentView>().init_resource::<ScreenArea>().init_resource::<PointedHalf>();
        app.add_systems(Update, zoom);
        let [primary, other] = [app.world_mut().spawn((Window::default(), PrimaryWindow)).id(), Entity::PLACEHOLDER];
        let at = PanOrbitCamera { target_radius: 8.0, ..default() };
        let camera = app.world_mut().spawn((Camera3d::default(), at, Control::default(), CloudCamera)).id();
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
        let free = |_, at: Option<Vec2>| at.filter(|at| at.y > 50.0).map(|_| (Turn::Orbit, Half::First));
        let press = button(MouseButton::Left, ButtonState::Pressed);
        let mut drag = Drag::default();
        drag.follow(Entity::PLACEHOLDER, &[to(5.0, 5.0)], free);
        assert!(drag.follow(Entity::PLACEHOLDER, &[to(90.0, 90.0), press.clone()], free)[0].started);
        let mut drag = Drag::default();
        drag.follow(Entity::PLACEHOLDER, &[to(90.0, 90.0)], free);
        assert!(!drag.follow(Entity::PLACEHOLDER, &[to(5.0, 5.0), press, to(90.0, 90.0)], free)[0].started);
    }
}
