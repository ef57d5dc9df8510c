//! What a command is: data, and pure functions of the view model.

use std::borrow::Cow;

use egui::{Key, Modifiers};
use parallax_look::icons::Icon;
use parallax_session::{Action, Edit, Method};

use crate::{ask::Ask, model::ViewModel};

/// A group of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    File,
    Edit,
    Select,
    Rows,
    Labels,
    Bookmarks,
    Tools,
    Camera,
    Look,
    Projection,
    Steps,
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
    /// Copies the command that draws what is on screen.
    CopyCommand,
    /// Asks for a path.
    Ask(Ask),
    /// Focuses the search field.
    Search,
    /// Focuses it, and makes the search a sum of rows, or one for text again.
    Sum,
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
    /// Lets the user type another label of the row that is looked at.
    OtherLabel,
    /// Reduces motion, or stops reducing it.
    Motion(bool),
}

pub(super) type Said = fn(&ViewModel<'_>) -> Cow<'static, str>;
pub(super) type Why = Result<(), &'static str>;

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
    pub(super) const fn new(
        id: &'static str,
        group: Group,
        name: &'static str,
        act: fn(&ViewModel<'_>) -> Act,
    ) -> Self {
        Self::that(id, group, name, Does::This(act))
    }

    const fn that(id: &'static str, group: Group, name: &'static str, act: Does) -> Self {
        Self { id, group, name, said: None, keys: &[], icon: None, can: None, on: None, act }
    }

    /// Chooses a method of projection.
    pub(super) fn of_method(method: Method, name: &'static str) -> Self {
        Self::that(method.name(), Group::Projection, name, Does::Project(method))
    }

    pub(super) const fn keys(self, keys: &'static [Keys]) -> Self {
        Self { keys, ..self }
    }

    pub(super) const fn icon(self, icon: fn(&ViewModel<'_>) -> Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    pub(super) const fn can(self, can: fn(&ViewModel<'_>) -> Why) -> Self {
        Self { can: Some(can), ..self }
    }

    pub(super) const fn on(self, on: fn(&ViewModel<'_>) -> bool) -> Self {
        Self { on: Some(on), ..self }
    }

    /// Gives it a name that depends on the model.
    pub(super) const fn said(self, said: Said) -> Self {
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
            Key::PageUp => "Page Up",
            Key::PageDown => "Page Down",
            Key::Questionmark => "?",
            Key::Slash => "/",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            Key::Period => ".",
            Key::Comma => ",",
            Key::Minus => "−",
            Key::Equals => "=",
            Key::Plus => "+",
            Key::Escape => "Esc",
            key => key.name(),
        };
        held + key
    }
}

impl Group {
    pub(crate) const ALL: [Self; 12] = [
        Self::File,
        Self::Edit,
        Self::Select,
        Self::Rows,
        Self::Labels,
        Self::Bookmarks,
        Self::Tools,
        Self::Camera,
        Self::Look,
        Self::Projection,
        Self::Steps,
        Self::Window,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "Files",
            Self::Edit => "Edit",
            Self::Select => "Selection",
            Self::Rows => "Shown points",
            Self::Labels => "Labels",
            Self::Bookmarks => "Bookmarks",
            Self::Tools => "Tools",
            Self::Camera => "Camera",
            Self::Look => "Look",
            Self::Projection => "Projection",
            Self::Steps => "Steps of a training",
            Self::Window => "Window",
        }
    }
}
