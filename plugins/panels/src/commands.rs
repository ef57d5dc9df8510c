//! All commands in one table, from which the toolbar, the shortcuts, the palette and the sheet of
//! shortcuts are made.
//!
//! A command is data and pure functions of the view model: its current name, whether it can be
//! done, whether it is on, and what it does. The last is called only when the command is done, so
//! that a selection of a million rows is not made before.

mod table;

use std::borrow::Cow;

use egui::{Key, Modifiers};
use parallax_embedding::RowSet;
use parallax_session::{Action, Edit, JobAction, Method, Search, Tool};
pub(crate) use table::{COMMANDS, hides_points};

use crate::{Ask, icons::Icon, model::ViewModel};

/// A group of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    File,
    Edit,
    Select,
    Rows,
    Bookmarks,
    Tools,
    Camera,
    Look,
    Projection,
    Window,
}

/// Keys that are pressed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) modifiers: Modifiers,
    pub(crate) key: Key,
}

/// What a command does.
pub(crate) enum Act {
    /// An action.
    Do(Action),
    /// Actions, one after the other.
    All(Vec<Action>),
    /// Asks for a path.
    Ask(Ask),
    /// Focuses the search field.
    Search,
    /// Focuses the first control.
    Controls,
    /// Opens the palette.
    Palette,
    /// Opens the sheet of shortcuts.
    Help,
    /// All messages.
    Messages,
    /// Lets the user choose bookmarks.
    ChooseBookmarks,
    /// Asks before bookmarks are closed that are not saved.
    CloseTour,
    /// Reduces motion, or stops reducing it.
    Motion(bool),
}

type Said = fn(&ViewModel<'_>) -> Cow<'static, str>;
type Why = Result<(), &'static str>;

/// A command.
#[derive(Clone, Copy)]
pub(crate) struct Command {
    /// Its identifier, by which the toolbar finds it.
    pub(crate) id: &'static str,
    pub(crate) group: Group,
    name: &'static str,
    said: Option<Said>,
    /// Each of these does it. The first is shown.
    pub(crate) keys: &'static [Keys],
    icon: Option<fn(&ViewModel<'_>) -> Icon>,
    can: Option<fn(&ViewModel<'_>) -> Why>,
    on: Option<fn(&ViewModel<'_>) -> bool>,
    act: Does,
}

#[derive(Clone, Copy)]
enum Does {
    This(fn(&ViewModel<'_>) -> Act),
    /// Chooses a method of projection.
    Project(Method),
}

impl Command {
    const fn new(id: &'static str, group: Group, name: &'static str, act: fn(&ViewModel<'_>) -> Act) -> Self {
        Self::that(id, group, name, Does::This(act))
    }

    const fn that(id: &'static str, group: Group, name: &'static str, act: Does) -> Self {
        Self { id, group, name, said: None, keys: &[], icon: None, can: None, on: None, act }
    }

    /// Chooses a method of projection.
    fn of_method(method: Method, name: &'static str) -> Self {
        Self::that(method.name(), Group::Projection, name, Does::Project(method))
    }

    const fn keys(self, keys: &'static [Keys]) -> Self {
        Self { keys, ..self }
    }

    const fn icon(self, icon: fn(&ViewModel<'_>) -> Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    const fn can(self, can: fn(&ViewModel<'_>) -> Why) -> Self {
        Self { can: Some(can), ..self }
    }

    const fn on(self, on: fn(&ViewModel<'_>) -> bool) -> Self {
        Self { on: Some(on), ..self }
    }

    /// Gives it a name that depends on the model.
    const fn said(self, said: Said) -> Self {
        Self { said: Some(said), ..self }
    }

    /// Its current name.
    pub(crate) fn name(&self, model: &ViewModel<'_>) -> Cow<'static, str> {
        self.said.map_or(Cow::Borrowed(self.name), |said| said(model))
    }

    /// Its name in lists of shortcuts.
    pub(crate) fn plain_name(&self) -> &'static str {
        self.name
    }

    /// Returns why it cannot be done now, as an error.
    pub(crate) fn can_be_done(&self, model: &ViewModel<'_>) -> Why {
        self.can.map_or(Ok(()), |can| can(model))
    }

    /// Whether the setting that it toggles is on.
    pub(crate) fn is_on(&self, model: &ViewModel<'_>) -> bool {
        match self.act {
            Does::Project(method) => model.view.projection.method == method,
            Does::This(_) => self.on.is_some_and(|on| on(model)),
        }
    }

    pub(crate) fn picture(&self, model: &ViewModel<'_>) -> Option<Icon> {
        self.icon.map(|icon| icon(model))
    }

    /// What it does.
    pub(crate) fn act(&self, model: &ViewModel<'_>) -> Act {
        match self.act {
            Does::Project(method) => Act::Do(Edit::Project(method).into()),
            Does::This(act) => act(model),
        }
    }

    /// The first of its keys, as text.
    pub(crate) fn shortcut(&self) -> Option<String> {
        self.keys.first().copied().map(Keys::text)
    }
}

impl Keys {
    /// As in `Ctrl+Shift+Z`.
    pub(crate) fn text(self) -> String {
        let mac = cfg!(target_os = "macos");
        let parts = [
            (self.modifiers.command, if mac { "⌘" } else { "Ctrl+" }),
            (self.modifiers.alt, if mac { "⌥" } else { "Alt+" }),
            (self.modifiers.shift, if mac { "⇧" } else { "Shift+" }),
        ];
        let held: String = parts.iter().filter(|(held, _)| *held).map(|(_, name)| *name).collect();
        let key = match self.key {
            Key::ArrowLeft => "Left",
            Key::ArrowRight => "Right",
            Key::Questionmark => "?",
            Key::Slash => "/",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            Key::Escape => "Esc",
            key => key.name(),
        };
        held + key
    }
}

impl Group {
    pub(crate) const ALL: [Self; 10] = [
        Self::File,
        Self::Edit,
        Self::Select,
        Self::Rows,
        Self::Bookmarks,
        Self::Tools,
        Self::Camera,
        Self::Look,
        Self::Projection,
        Self::Window,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "Files",
            Self::Edit => "Edit",
            Self::Select => "Selection",
            Self::Rows => "Shown points",
            Self::Bookmarks => "Bookmarks",
            Self::Tools => "Tools",
            Self::Camera => "Camera",
            Self::Look => "Look",
            Self::Projection => "Projection",
            Self::Window => "Window",
        }
    }
}

/// Returns the command with this identifier.
pub(crate) fn command(id: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.id == id)
}

/// Returns what Esc ends: running jobs, else a search, else the tool, else the selection.
pub(crate) fn escape(model: &ViewModel<'_>) -> Option<Action> {
    let view = model.view;
    if is_busy(model) {
        Some(Action::Job(JobAction::Cancel(None)))
    } else if !view.search.text.is_empty() {
        Some(Action::Edit(Edit::Search(Search { text: String::new(), ..view.search.clone() })))
    } else if view.tool != Tool::Pointer {
        Some(Action::Edit(Edit::Take(Tool::Pointer)))
    } else if !view.selection.is_empty() {
        Some(Action::Edit(Edit::Select(RowSet::EMPTY)))
    } else {
        None
    }
}

fn is_busy(model: &ViewModel<'_>) -> bool {
    model.loading.is_some() || model.projecting.is_some() || !model.jobs.is_empty()
}

#[cfg(test)]
mod tests {
    use parallax_session::View;

    use super::*;

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
