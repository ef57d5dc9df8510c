//! Drags and the wheel: left orbits, right or shift-left pans, the wheel zooms to the pointer. While a selection tool has the left button, right
//! orbits and the middle one pans.

use bevy::{
    camera::ScalingMode,
    input::mouse::{MouseScrollUnit, MouseWheel},
    prelude::*,
    window::{PrimaryWindow, RequestRedraw},
};
use bevy_egui::input::EguiWantsInput;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};
use parallax_session::{Action, Dims, Tool};
use parallax_state::{CurrentView, Do, Presenting};

use crate::{CloudCamera, flight::Flight};

/// One notch of the wheel changes the distance by this factor.
const NOTCH: f32 = 0.85;

/// So many pixels of a trackpad are a notch.
const NOTCH_PIXELS: f32 = 40.0;

/// Stands for "no button": no mouse has it.
const NO_BUTTON: MouseButton = MouseButton::Other(u16::MAX);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, (gate, zoom).chain().before(PanOrbitCameraSystemSet));
}

/// Gives the drag that begins to the panels or to the camera, and its buttons their meaning.
///
/// What a drag is stays so until it ends: a panel that it passes over does not catch it, nor does Shift change it.
fn gate(
    (view, presenting): (Res<CurrentView>, Res<Presenting>),
    (buttons, keys): (Option<Res<ButtonInput<MouseButton>>>, Option<Res<ButtonInput<KeyCode>>>),
    egui: Option<Res<EguiWantsInput>>,
    mut requests: MessageWriter<Do>,
    mut flight: ResMut<Flight>,
    mut cameras: Query<&mut PanOrbitCamera, With<CloudCamera>>,
) {
    let (Some(buttons), Some(keys)) = (buttons, keys) else { return };
    let started = buttons.get_just_pressed().len() > 0;
    let dragging = buttons.get_pressed().len() > 0 && !started;
    if dragging {
        return;
    }
    let captured = egui.is_some_and(|egui| egui.is_pointer_over_area() || egui.wants_any_pointer_input());
    let plane = view.projection.dims == Dims::Two;
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let (orbit, pan) = meaning(if presenting.0.on { Tool::Pointer } else { view.tool }, plane, shift, &buttons);
    for mut control in &mut cameras {
        let enabled = !captured;
        if (control.enabled, control.button_orbit, control.button_pan) != (enabled, orbit, pan) {
            control.enabled = enabled;
            control.button_orbit = orbit;
            control.button_pan = pan;
        }
    }
    if started && !captured {
        flight.stop();
        if view.turning {
            requests.write(Do(Action::Turn(false)));
        }
    }
}

/// The button that orbits and the one that pans.
fn meaning(tool: Tool, plane: bool, shift: bool, buttons: &ButtonInput<MouseButton>) -> (MouseButton, MouseButton) {
    let free = tool == Tool::Pointer;
    let left_pans = free && (plane || shift);
    let orbit = match (free, plane) {
        (true, false) if !left_pans => MouseButton::Left,
        (false, false) => MouseButton::Right,
        _ => NO_BUTTON,
    };
    let pan = match orbit {
        _ if left_pans && buttons.pressed(MouseButton::Left) => MouseButton::Left,
        _ if buttons.pressed(MouseButton::Middle) || orbit == MouseButton::Right => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    (orbit, pan)
}

/// Moves toward what is under the pointer: its place on the plane through the focus stays where it is on screen.
fn zoom(
    mut wheel: MessageReader<MouseWheel>,
    egui: Option<Res<EguiWantsInput>>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut cameras: Query<(&Camera, &Transform, &Projection, &mut PanOrbitCamera), With<CloudCamera>>,
    mut flight: ResMut<Flight>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let notches: f32 = wheel
        .read()
        .map(|wheel| match wheel.unit {
            MouseScrollUnit::Line => wheel.y,
            MouseScrollUnit::Pixel => wheel.y / NOTCH_PIXELS,
        })
        .sum();
    if notches == 0.0 || egui.is_some_and(|egui| egui.is_pointer_over_area()) {
        return;
    }
    flight.stop();
    let pointer = windows.iter().next().and_then(Window::cursor_position);
    for (camera, transform, projection, mut control) in &mut cameras {
        let limit = |radius: f32| radius.clamp(control.zoom_lower_limit, control.zoom_upper_limit.unwrap_or(f32::MAX));
        let before = control.target_radius;
        let after = limit(before * NOTCH.powf(notches));
        control.target_radius = after;
        if let Some((pointer, size)) = pointer.zip(camera.logical_viewport_size()) {
            let ndc = (pointer / size * 2.0 - 1.0) * Vec2::new(1.0, -1.0);
            let across = half_size(projection, before, size) * ndc;
            let toward = transform.right() * across.x + transform.up() * across.y;
            control.target_focus += toward * (1.0 - after / before);
        }
        redraw.write(RequestRedraw);
    }
}

/// Half the size of what is seen of the plane through the focus, in world units, from `radius` away.
fn half_size(projection: &Projection, radius: f32, size: Vec2) -> Vec2 {
    let height = match projection {
        Projection::Orthographic(OrthographicProjection {
            scaling_mode: ScalingMode::FixedVertical { viewport_height },
            ..
        }) => radius * viewport_height / 2.0,
        Projection::Perspective(lens) => radius * (lens.fov / 2.0).tan(),
        _ => radius,
    };
    Vec2::new(height * size.x / size.y, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_takes_the_left_button_and_leaves_the_others() {
        use MouseButton::{Left, Middle, Right};
        let check = |tool, plane, shift, pressed, expected: (MouseButton, MouseButton)| {
            let mut buttons = ButtonInput::default();
            buttons.press(pressed);
            assert_eq!(meaning(tool, plane, shift, &buttons), expected, "{tool:?} {plane} {shift} {pressed:?}");
        };
        check(Tool::Pointer, false, false, Left, (Left, Right));
        check(Tool::Pointer, false, true, Left, (NO_BUTTON, Left));
        check(Tool::Pointer, true, false, Left, (NO_BUTTON, Left));
        check(Tool::Pointer, true, false, Right, (NO_BUTTON, Right));
        check(Tool::Pointer, false, false, Middle, (Left, Middle));
        for tool in [Tool::Sphere, Tool::Box, Tool::Lasso] {
            check(tool, false, false, Left, (Right, Middle));
            check(tool, false, true, Right, (Right, Middle));
            check(tool, true, false, Left, (NO_BUTTON, Right));
            check(tool, true, true, Middle, (NO_BUTTON, Middle));
        }
    }
}
