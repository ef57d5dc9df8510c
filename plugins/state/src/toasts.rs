//! Short messages over the cloud.

use std::time::Duration;

use bevy::{prelude::*, window::RequestRedraw};
use parallax_formats::{Problem, Severity};
use parallax_session::Action;

/// The messages on the screen, oldest first.
#[derive(Resource, Debug, Default)]
pub struct Toasts {
    next: u64,
    list: Vec<Toast>,
}

/// One message.
#[derive(Debug, Clone)]
pub struct Toast {
    /// Its number, for [`Action::Dismiss`].
    pub id: u64,
    /// How bad it is; nothing: something was done.
    pub severity: Option<Severity>,
    /// What it says.
    pub text: String,
    /// What can be done about it at once.
    pub action: Option<ToastAction>,
    left: Duration,
}

/// A button on a message.
#[derive(Debug, Clone)]
pub struct ToastAction {
    /// Its caption.
    pub caption: String,
    /// What it does.
    pub action: Action,
}

/// Warnings go by themselves after so long; errors stay until they are read.
const WARNING_SECONDS: u64 = 10;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Toasts>().add_systems(Last, expire);
}

impl Toasts {
    /// The messages, oldest first.
    #[must_use]
    pub fn list(&self) -> &[Toast] {
        &self.list
    }

    /// Says that something was done.
    pub fn done(&mut self, text: impl Into<String>) {
        self.push(None, text.into(), None);
    }

    /// Shows an error.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(Some(Severity::Error), text.into(), None);
    }

    /// Shows an error, and what can be done about it at once.
    pub fn failed(&mut self, text: impl Into<String>, action: Option<ToastAction>) {
        self.push(Some(Severity::Error), text.into(), action);
    }

    /// Shows a problem with a file, and what can be done about it at once.
    pub fn problem(&mut self, problem: &Problem, action: Option<ToastAction>) {
        self.push(Some(problem.severity), problem.to_string(), action);
    }

    /// Takes a message off.
    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|toast| toast.id != id);
    }

    fn push(&mut self, severity: Option<Severity>, text: String, action: Option<ToastAction>) {
        // What is said again stays on screen once.
        self.list.retain(|toast| toast.text != text);
        self.list.push(Toast { id: self.next, severity, text, action, left: Duration::from_secs(WARNING_SECONDS) });
        self.next += 1;
    }
}

fn expire(time: Res<Time<Real>>, mut toasts: ResMut<Toasts>, mut redraw: MessageWriter<RequestRedraw>) {
    let waits = |toast: &Toast| toast.severity == Some(Severity::Error) || toast.action.is_some();
    if toasts.list.iter().all(waits) {
        return;
    }
    let before = toasts.list.len();
    toasts.list.retain_mut(|toast| {
        toast.left = toast.left.saturating_sub(time.delta());
        waits(toast) || !toast.left.is_zero()
    });
    if toasts.list.len() != before {
        redraw.write(RequestRedraw);
    }
}
