//! Corrections of key events between the engine and egui.

use bevy::{
    input::keyboard::{Key, KeyboardFocusLost, KeyboardInput},
    prelude::*,
    window::{WindowCloseRequested, WindowFocused},
};
use bevy_egui::{
    EguiInput,
    helpers::{bevy_to_egui_key, bevy_to_egui_physical_key},
};

/// Removes the event for the modifier keys that comes with every frame, unless they have changed:
/// egui requests another frame after each event, and the window would be drawn all the time.
pub(crate) fn rest(mut inputs: Query<&mut EguiInput>, mut last: Local<egui::Modifiers>) {
    for mut input in &mut inputs {
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(modifiers) => std::mem::replace(&mut *last, *modifiers) != *modifiers,
            _ => true,
        });
    }
}

/// Gives each key the modifiers that were held when it was pressed, rather than those at the end of
/// the frame: a chord may be pressed and released within one frame, and text may be typed in the
/// same frame.
pub(crate) fn chords(
    mut inputs: Query<&mut EguiInput>,
    (mut keys, mut left): (MessageReader<KeyboardInput>, MessageReader<KeyboardFocusLost>),
    mut held: Local<egui::Modifiers>,
) {
    if left.read().next().is_some() {
        *held = egui::Modifiers::NONE;
    }
    let mut presses = Vec::new();
    let mut changed = false;
    for key in keys.read() {
        let down = key.state.is_pressed();
        if let Some(modifier) = modifier(key.key_code) {
            *held = if down { *held | modifier } else { without(*held, modifier) };
            changed = true;
        } else if down {
            presses.push(Press::of(key, *held));
        }
    }
    if !changed || presses.is_empty() {
        return;
    }
    for mut input in &mut inputs {
        correct(&mut input.events, &presses);
    }
}

/// Forgets the keys that are held when the window is asked to close and when it loses or gets the
/// focus: the release may go to the window manager, as that of Alt+F4 does. The engine forgets them
/// only if the focus is lost for longer than a frame.
pub(crate) fn forget(
    (mut closes, mut focus): (MessageReader<WindowCloseRequested>, MessageReader<WindowFocused>),
    mut lost: MessageWriter<KeyboardFocusLost>,
) {
    if closes.read().count() + focus.read().count() > 0 {
        lost.write(KeyboardFocusLost);
    }
}

fn modifier(key: KeyCode) -> Option<egui::Modifiers> {
    match key {
        KeyCode::ControlLeft | KeyCode::ControlRight if cfg!(target_os = "macos") => Some(egui::Modifiers::CTRL),
        KeyCode::ControlLeft | KeyCode::ControlRight => Some(egui::Modifiers::CTRL | egui::Modifiers::COMMAND),
        KeyCode::ShiftLeft | KeyCode::ShiftRight => Some(egui::Modifiers::SHIFT),
        KeyCode::AltLeft => Some(egui::Modifiers::ALT),
        _ => None,
    }
}

/// A key that was pressed, and how egui represents it.
#[derive(Debug, Clone, PartialEq)]
struct Press {
    text: Option<String>,
    key: Option<egui::Key>,
    modifiers: egui::Modifiers,
}

impl Press {
    fn of(event: &KeyboardInput, modifiers: egui::Modifiers) -> Self {
        let text = match &event.logical_key {
            Key::Character(text) if !text.chars().any(char::is_control) => Some(text.to_string()),
            Key::Space => Some(" ".to_owned()),
            _ => None,
        };
        let key = bevy_to_egui_key(&event.logical_key).or(bevy_to_egui_physical_key(&event.key_code));
        Self { text, key, modifiers }
    }
}

/// Corrects `events` by `presses`, which are in the same order. What was pressed with Ctrl or Alt
/// is no text.
fn correct(events: &mut Vec<egui::Event>, presses: &[Press]) {
    let (mut texts, mut keys) = (presses.iter(), presses.iter());
    events.retain_mut(|event| match event {
        egui::Event::Text(text) => {
            let press = texts.find(|press| press.text.as_ref() == Some(text));
            press.is_none_or(|press| !press.modifiers.command && !press.modifiers.alt)
        }
        egui::Event::Key { key, pressed: true, modifiers, .. } => {
            if let Some(press) = keys.find(|press| press.key == Some(*key)) {
                *modifiers = press.modifiers;
            }
            true
        }
        _ => true,
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Ctrl+A and then "ab" are typed in one frame, at whose end no key is held.
    #[test]
    fn chord_and_text_in_one_frame_are_told_apart() {
        let ctrl = egui::Modifiers::CTRL | egui::Modifiers::COMMAND;
        let none = egui::Modifiers::NONE;
        let press = |text: &str, key, modifiers| Press { text: Some(text.into()), key: Some(key), modifiers };
        let presses = [press("a", egui::Key::A, ctrl), press("a", egui::Key::A, none), press("b", egui::Key::B, none)];
        let key =
            |key, modifiers| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let text = |text: &str| egui::Event::Text(text.into());
        let mut events = Vec::new();
        for (name, code) in [("a", egui::Key::A), ("a", egui::Key::A), ("b", egui::Key::B)] {
            events.extend([text(name), key(code, none)]);
        }
        correct(&mut events, &presses);
        let expected =
            [key(egui::Key::A, ctrl), text("a"), key(egui::Key::A, none), text("b"), key(egui::Key::B, none)];
        assert_eq!(events, expected);
    }

    /// The window manager takes the release of Alt after Alt+F4.
    #[test]
    fn held_keys_are_forgotten_when_the_window_is_asked_to_close() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::input::InputPlugin, bevy::window::WindowPlugin::default()));
        app.add_systems(First, forget);
        let held = |app: &App| app.world().resource::<ButtonInput<KeyCode>>().pressed(KeyCode::AltLeft);
        let window = Entity::PLACEHOLDER;
        let press = |app: &mut App| {
            app.world_mut().write_message(KeyboardInput {
                key_code: KeyCode::AltLeft,
                logical_key: Key::Alt,
                state: bevy::input::ButtonState::Pressed,
                text: None,
                repeat: false,
                window,
            });
            app.update();
        };
        press(&mut app);
        assert!(held(&app));
        app.world_mut().write_message(WindowCloseRequested { window });
        app.update();
        assert!(!held(&app));
        press(&mut app);
        // Lost and regained within a frame.
        for focused in [false, true] {
            app.world_mut().write_message(WindowFocused { window, focused });
        }
        app.update();
        assert!(!held(&app));
    }
}
