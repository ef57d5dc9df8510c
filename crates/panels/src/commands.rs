//! All commands in one table, from which the toolbar, the shortcuts, the palette and the sheet of
//! shortcuts are made.
//!
//! A command is data and pure functions of the view model: its current name, whether it can be
//! done, whether it is on, and what it does. The last is called only when the command is done, so
//! that a selection of a million rows is not made before.

mod command;
mod shortcuts;
mod table;

pub(crate) use self::{
    command::{Act, Command, Group, Keys},
    shortcuts::{drop_escape, hover_text, perform, shortcuts},
    table::{COMMANDS, command, hides_points},
};

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};
    use parallax_embedding::RowSet;
    use parallax_session::{Edit, View};

    use super::*;
    use crate::model::ViewModel;

    #[test]
    fn commands_have_unique_keys_and_names() {
        let mut keys: Vec<Keys> = Vec::new();
        let view = View::default();
        let model = ViewModel::empty(&view);
        for command in COMMANDS.iter() {
            for key in command.keys {
                assert!(!keys.contains(key), "{} of {}", key.text(), command.id);
                keys.push(*key);
            }
            let namesakes = COMMANDS.iter().filter(|other| other.name(&model) == command.name(&model)).count();
            assert_eq!(namesakes, 1, "{}", command.name(&model));
            assert_eq!(COMMANDS.iter().filter(|other| other.id == command.id).count(), 1, "{}", command.id);
        }
    }

    /// If nothing is open, commands that need data say so, and the others can be done.
    #[test]
    fn commands_say_when_they_cannot_be_done() {
        let view = View::default();
        let model = ViewModel::empty(&view);
        for id in ["select all", "isolate", "undo", "fit", "images", "save", "back", "level", "unfilter", "restart"] {
            assert!(command(id).unwrap().can_be_done(&model).is_err(), "{id}");
        }
        for id in ["open", "palette", "help", "theme", "panels", "messages"] {
            assert!(command(id).unwrap().can_be_done(&model).is_ok(), "{id}");
        }
    }

    /// A level of isolation without effect would only be one more to leave.
    #[test]
    fn isolating_all_points_says_that_it_hides_none() {
        let vectors = parallax_embedding::Vectors::from_u8(4, 1, vec![1; 4]).unwrap();
        let progress = parallax_embedding::Progress::default();
        let embedding = parallax_embedding::Embedding::new("x", vectors, &progress).unwrap();
        let rows = |rows: &[u32]| RowSet::from(rows.to_vec());
        let check = |isolated: &[u32], selected: &[u32], expected: bool| {
            let mut view = View::default();
            view.apply(&Edit::Isolate(rows(isolated)));
            view.apply(&Edit::Select(rows(selected)));
            let model = ViewModel { embedding: Some(&embedding), ..ViewModel::empty(&view) };
            let can = command("isolate").unwrap().can_be_done(&model);
            assert_eq!(can.is_ok(), expected, "{selected:?} of {isolated:?}");
        };
        check(&[], &[0, 1, 2], true);
        check(&[], &[0, 1, 2, 3], false);
        check(&[0, 1], &[0], true);
        check(&[0, 1], &[0, 1, 2], false);
    }

    #[test]
    fn keys_are_formatted_as_usual() {
        let check = |keys: Keys, expected: &str| assert_eq!(keys.text(), expected);
        if cfg!(not(target_os = "macos")) {
            let all = Modifiers { shift: true, ..Modifiers::COMMAND };
            check(Keys { modifiers: all, key: Key::Z }, "Ctrl+Shift+Z");
            check(Keys { modifiers: Modifiers::ALT, key: Key::ArrowLeft }, "Alt+Left");
            check(Keys { modifiers: Modifiers::NONE, key: Key::Questionmark }, "?");
        }
    }
}
