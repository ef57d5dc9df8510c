//! Keys on their way from the engine to egui.

use bevy::{
    input::keyboard::{KeyboardFocusLost, KeyboardInput},
    prelude::*,
};
use bevy_egui::EguiInput;

/// Takes out the report of the modifier keys that comes with every frame, unless they have changed: egui asks for another
/// frame after each event, and the window would never rest.
pub(crate) fn rest(mut inputs: Query<&mut EguiInput>, mut last: Local<egui::Modifiers>) {
    for mut input in &mut inputs {
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(modifiers) => std::mem::replace(&mut *last, *modifiers) != *modifiers,
            _ => true,
        });
    }
}

/// Keys that are pressed together and let go within one frame are pressed together: their events come with the modifiers that are
/// still held at the frame's end.
pub(crate) fn chords(
    mut inputs: Query<&mut EguiInput>,
    (mut keys, mut left): (MessageReader<KeyboardInput>, MessageReader<KeyboardFocusLost>),
    mut held: Local<egui::Modifiers>,
) {
    if left.read().next().is_some() {
        *held = egui::Modifiers::NONE;
    }
    // Held when the frame began, or pressed in it.
    let mut together = *held;
    for key in keys.read() {
        let down = key.state.is_pressed();
        let modifier = match key.key_code {
            KeyCode::ControlLeft | KeyCode::ControlRight if cfg!(target_os = "macos") => egui::Modifiers::CTRL,
            KeyCode::ControlLeft | KeyCode::ControlRight => egui::Modifiers::CTRL | egui::Modifiers::COMMAND,
            KeyCode::ShiftLeft | KeyCode::ShiftRight => egui::Modifiers::SHIFT,
            KeyCode::AltLeft => egui::Modifiers::ALT,
            _ => continue,
        };
        *held = if down { *held | modifier } else { without(*held, modifier) };
        together |= if down { modifier } else { egui::Modifiers::NONE };
    }
    if together == *held {
        return;
    }
    for mut input in &mut inputs {
        for event in &mut input.events {
            if let egui::Event::Key { modifiers, pressed: true, .. } = event {
                *modifiers |= together;
            }
        }
        input.events.retain(|event| !(together.ctrl || together.alt) || !matches!(event, egui::Event::Text(_)));
    }
}

fn without(all: egui::Modifiers, some: egui::Modifiers) -> egui::Modifiers {
    egui::Modifiers {
        alt: all.alt && !some.alt,
        ctrl: all.ctrl && !some.ctrl,
        shift: all.shift && !some.shift,
        command: all.command && !some.command,
        ..all
    }
}
