//! Short messages to the user.

use std::time::Instant;

use parallax_formats::Severity;

use crate::Action;

/// A message on the screen.
#[derive(Debug, Clone)]
pub struct Toast {
    /// The number for [`ShellAction::Dismiss`](crate::ShellAction::Dismiss).
    pub id: u64,
    /// The severity. `None` if it confirms that something was done.
    pub severity: Option<Severity>,
    /// The text.
    pub text: String,
    /// Buttons, each with an action.
    pub actions: Vec<ToastAction>,
}

/// A button on a message.
#[derive(Debug, Clone)]
pub struct ToastAction {
    /// The caption.
    pub caption: String,
    /// The action.
    pub action: Action,
}

/// A message of the past.
#[derive(Debug, Clone)]
pub struct Said {
    /// The severity. `None` if it confirms that something was done.
    pub severity: Option<Severity>,
    /// The text.
    pub text: String,
    /// When it was shown.
    pub at: Instant,
}
