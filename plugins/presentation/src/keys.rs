//! Keys and clicks while a tour is presented.
//!
//! The keys are those that presenters send and that other presentation programs have. A click goes
//! to the next bookmark. A drag turns the cloud.

use std::time::Duration;

use bevy::{prelude::*, window::PrimaryWindow};
use bevy_egui::input::EguiWantsInput;
use parallax_session::{Action, Edit, Present, Presentation, ShellAction, Step, Stereo, TourAction};
use parallax_state::{CurrentTour, CurrentView, Do, FrameSystems, Presenting};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum KeyAct {
    Go(Step),
    Blank,
    Spot,
    Automatic,
    Presenter,
    Stereo,
    End,
    Digit(usize),
}

/// All keys that do something.
const KEYS: [(KeyCode, KeyAct); 40] = {
    use KeyAct::{Automatic, Blank, Digit, End, Go, Presenter, Spot, Stereo};
    [
        (KeyCode::ArrowRight, Go(Step::Next)),
        (KeyCode::ArrowDown, Go(Step::Next)),
        (KeyCode::Space, Go(Step::Next)),
        (KeyCode::Enter, Go(Step::Next)),
        (KeyCode::PageDown, Go(Step::Next)),
        (KeyCode::KeyN, Go(Step::Next)),
        (KeyCode::ArrowLeft, Go(Step::Previous)),
        (KeyCode::ArrowUp, Go(Step::Previous)),
        (KeyCode::Backspace, Go(Step::Previous)),
        (KeyCode::PageUp, Go(Step::Previous)),
        (KeyCode::KeyP, Go(Step::Previous)),
        (KeyCode::Home, Go(Step::First)),
        (KeyCode::End, Go(Step::Last)),
        (KeyCode::KeyB, Blank),
        (KeyCode::Period, Blank),
        (KeyCode::KeyS, Spot),
        (KeyCode::KeyA, Automatic),
        (KeyCode::KeyV, Presenter),
        (KeyCode::KeyD, Stereo),
        (KeyCode::Escape, End),
        (KeyCode::Digit0, Digit(0)),
        (KeyCode::Digit1, Digit(1)),
        (KeyCode::Digit2, Digit(2)),
        (KeyCode::Digit3, Digit(3)),
        (KeyCode::Digit4, Digit(4)),
        (KeyCode::Digit5, Digit(5)),
        (KeyCode::Digit6, Digit(6)),
        (KeyCode::Digit7, Digit(7)),
        (KeyCode::Digit8, Digit(8)),
        (KeyCode::Digit9, Digit(9)),
        (KeyCode::Numpad0, Digit(0)),
        (KeyCode::Numpad1, Digit(1)),
        (KeyCode::Numpad2, Digit(2)),
        (KeyCode::Numpad3, Digit(3)),
        (KeyCode::Numpad4, Digit(4)),
        (KeyCode::Numpad5, Digit(5)),
        (KeyCode::Numpad6, Digit(6)),
        (KeyCode::Numpad7, Digit(7)),
        (KeyCode::Numpad8, Digit(8)),
        (KeyCode::Numpad9, Digit(9)),
    ]
};

/// Modifiers with which a key is another command.
const HELD: [KeyCode; 6] = [
    KeyCode::ControlLeft,
    KeyCode::ControlRight,
    KeyCode::AltLeft,
    KeyCode::AltRight,
    KeyCode::SuperLeft,
    KeyCode::SuperRight,
];

/// The greatest time between two digits of a number.
const TOGETHER: Duration = Duration::from_millis(900);

/// The greatest distance between press and release of a click, in logical pixels. More is a drag.
const CLICK_SLACK: f32 = 4.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (press, click).run_if(is_on).before(FrameSystems::Act));
}

fn is_on(presenting: Res<Presenting>) -> bool {
    presenting.0.on
}

/// The number that is being typed, and when its last digit was.
#[derive(Debug, Default)]
struct Typed(Option<(usize, Duration)>);

impl Typed {
    /// Returns the number that a digit makes with the one before it.
    fn digit(&mut self, digit: usize, now: Duration) -> Option<usize> {
        let tens = self.0.filter(|(number, at)| *number < 10 && now.saturating_sub(*at) <= TOGETHER);
        let number = tens.map_or(0, |(number, _)| number) * 10 + digit;
        self.0 = (number > 0).then_some((number, now));
        self.0.map(|(number, _)| number)
    }
}

fn press(
    keys: Option<Res<ButtonInput<KeyCode>>>,
    (tour, presenting, view): (Res<CurrentTour>, Res<Presenting>, Res<CurrentView>),
    time: Res<Time<Real>>,
    mut typed: Local<Typed>,
    mut requests: MessageWriter<Do>,
) {
    let Some(keys) = keys.filter(|keys| keys.get_just_pressed().len() > 0 && !keys.any_pressed(HELD)) else { return };
    let presentation = presenting.0;
    for (_, key) in KEYS.iter().filter(|(code, _)| keys.just_pressed(*code)) {
        let number = match key {
            KeyAct::Digit(digit) => typed.digit(*digit, time.elapsed()),
            _ => None,
        };
        let place = number.map(|number| number - 1).filter(|place| *place < tour.tour().bookmarks.len());
        requests.write_batch(action(*key, place, (presentation, view.stereo)).map(Do::person));
    }
}

/// Returns what a key does. Digits go to the bookmark at `place`.
fn action(key: KeyAct, place: Option<usize>, (now, stereo): (Presentation, Stereo)) -> Option<Action> {
    Some(match key {
        KeyAct::Go(step) => Action::Tour(TourAction::Step(step)),
        KeyAct::Blank => Action::Shell(ShellAction::Present(Present::Blank(!now.blank))),
        KeyAct::Spot => Action::Shell(ShellAction::Present(Present::Spot(!now.spot))),
        KeyAct::Automatic => Action::Shell(ShellAction::Present(Present::Automatic(!now.automatic))),
        KeyAct::Presenter => Action::Shell(ShellAction::Present(Present::Presenter(!now.presenter))),
        KeyAct::Stereo => Action::Edit(Edit::SetStereo(Stereo { on: !stereo.on, ..stereo })),
        KeyAct::End => Action::Shell(ShellAction::Present(Present::On(false))),
        KeyAct::Digit(_) => Action::Tour(TourAction::Show(place?)),
    })
}

/// Goes to the next bookmark by a click on the picture.
fn click(
    buttons: Option<Res<ButtonInput<MouseButton>>>,
    egui: Option<Res<EguiWantsInput>>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut pressed: Local<Option<Vec2>>,
    mut requests: MessageWriter<Do>,
) {
    let Some(buttons) = buttons else { return };
    let at = windows.iter().next().and_then(Window::cursor_position);
    if buttons.just_pressed(MouseButton::Left) {
        *pressed = at.filter(|_| !egui.is_some_and(|egui| egui.wants_any_pointer_input()));
    }
    if buttons.just_released(MouseButton::Left) {
        let still = pressed.take().zip(at).is_some_and(|(from, to)| from.distance(to) <= CLICK_SLACK);
        if still {
            requests.write(Do::person(TourAction::Step(Step::Next)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_meaning_each() {
        let mut codes: Vec<String> = KEYS.iter().map(|(code, _)| format!("{code:?}")).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), KEYS.len());
    }

    #[test]
    fn digits_typed_quickly_are_one_number() {
        let at = Duration::from_millis;
        let type_all = |digits: &[(usize, u64)]| {
            let mut typed = Typed::default();
            digits.iter().map(|&(digit, millis)| typed.digit(digit, at(millis))).collect::<Vec<_>>()
        };
        assert_eq!(type_all(&[(1, 0), (2, 500)]), [Some(1), Some(12)]);
        assert_eq!(type_all(&[(1, 0), (2, 1500)]), [Some(1), Some(2)]);
        assert_eq!(type_all(&[(9, 0), (9, 100), (9, 200)]), [Some(9), Some(99), Some(9)]);
        assert_eq!(type_all(&[(0, 0), (7, 100)]), [None, Some(7)]);
    }

    #[test]
    fn toggles_go_off_again() {
        let mut now = Presentation { on: true, ..Presentation::default() };
        for key in [KeyAct::Blank, KeyAct::Spot, KeyAct::Automatic, KeyAct::Presenter] {
            let before = now;
            for expected_off in [false, true] {
                let Some(Action::Shell(ShellAction::Present(present))) = action(key, None, (now, Stereo::default()))
                else {
                    panic!("{key:?}")
                };
                now.apply(present);
                assert_eq!(now == before, expected_off, "{key:?}");
            }
        }
        let off = (now, Stereo::default());
        assert_eq!(action(KeyAct::Digit(3), None, off), None, "there is no such bookmark");
        assert_eq!(action(KeyAct::Digit(3), Some(2), off), Some(Action::Tour(TourAction::Show(2))));
    }
}
