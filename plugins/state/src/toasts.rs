//! Short messages over the cloud, and their log.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_formats::{FormatError, Problem, Severity};
use parallax_session::{Exported, Said, Toast, ToastAction};

/// The messages on the screen, oldest first.
#[derive(Resource, Debug, Default)]
pub struct Toasts {
    next: u64,
    list: Vec<Posted>,
    log: VecDeque<Said>,
    dropped: usize,
    /// What messages shown now are about.
    about: Option<Topic>,
}

/// What messages are about. They end together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Data that could not be opened.
    Opening,
    /// The open data.
    Data,
    /// Bookmarks that could not be read.
    Reading,
    /// What has appeared on disk.
    News,
    /// Bookmarks that could not be saved.
    Saving,
    /// Bookmarks that could not be presented.
    Presenting,
    /// An export that failed.
    Export(Exported),
    /// The command that makes the picture.
    Command,
    /// A drafted tour.
    Draft,
    /// How stable clusters are.
    Stability,
}

/// A message and how long it stays.
#[derive(Debug)]
struct Posted {
    toast: Toast,
    /// The file that it says was saved, if any. The next message about it replaces this one.
    saved: Option<PathBuf>,
    /// What it is about, if it ends with that.
    about: Option<Topic>,
    /// Whether it has been posted in this frame. The time of the frame is that since the last one, which
    /// a window at rest has drawn long ago.
    is_new: bool,
    left: Duration,
}

/// The seconds after which warnings disappear. Errors stay until they are dismissed.
const WARNING_SECONDS: u64 = 10;

/// The number of messages that the log keeps.
const KEPT: usize = 1000;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Toasts>().add_systems(Last, expire);
}

impl Toasts {
    /// Returns the messages, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<&Toast> {
        self.list.iter().map(|posted| &posted.toast).collect()
    }

    /// Returns all past messages, oldest first.
    #[must_use]
    pub fn log(&self) -> &VecDeque<Said> {
        &self.log
    }

    /// Returns how many old messages were dropped from the log.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Shows that something was done.
    pub fn done(&mut self, text: impl Into<String>) {
        self.push(None, text.into(), None);
    }

    /// Shows that `what` was saved to a file, in place of an earlier message about the same file.
    pub fn saved(&mut self, what: &str, path: &Path) {
        self.list.retain(|posted| posted.saved.as_deref() != Some(path));
        self.done(format!("Saved {what} to {}.", path.display()));
        self.list.iter_mut().last().into_iter().for_each(|posted| posted.saved = Some(path.to_owned()));
    }

    /// Shows that something was done, and what can be done next. It disappears like other messages.
    /// Returns the message's number.
    pub fn offer(&mut self, text: impl Into<String>, action: Option<ToastAction>) -> u64 {
        self.push(None, text.into(), action);
        self.next - 1
    }

    /// Shows an error.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(Some(Severity::Error), text.into(), None);
    }

    /// Shows an error, with a button for each thing that can be done about it. Returns the message's number.
    pub fn failed(&mut self, text: impl Into<String>, actions: impl IntoIterator<Item = ToastAction>) -> u64 {
        self.push(Some(Severity::Error), text.into(), actions);
        self.next - 1
    }

    /// Shows a warning, with a button for what can be done about it. Returns the message's number.
    pub fn warning(&mut self, text: impl Into<String>, action: Option<ToastAction>) -> u64 {
        self.push(Some(Severity::Warning), text.into(), action);
        self.next - 1
    }

    /// Shows a problem with a file, with a button for what can be done about it.
    pub fn problem(&mut self, problem: &Problem, action: Option<ToastAction>) {
        self.push(Some(problem.severity), problem.to_string(), action);
    }

    /// Shows why a file could not be read or written. Shows nothing if the user canceled.
    pub fn refused(&mut self, error: FormatError) {
        error.into_problem().iter().for_each(|problem| self.problem(problem, None));
    }

    /// Shows messages about `topic`.
    pub fn about(&mut self, topic: Topic, say: impl FnOnce(&mut Self)) {
        self.about = Some(topic);
        say(self);
        self.about = None;
    }

    /// Shows messages about `topic` in place of earlier ones.
    pub fn replace(&mut self, topic: Topic, say: impl FnOnce(&mut Self)) {
        self.end(topic);
        self.about(topic, say);
    }

    /// Ends the messages about `topic`, which no longer hold.
    pub fn end(&mut self, topic: Topic) {
        self.list.retain(|posted| posted.about != Some(topic));
    }

    /// Removes a message.
    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|posted| posted.toast.id != id);
    }

    fn push(&mut self, severity: Option<Severity>, text: String, actions: impl IntoIterator<Item = ToastAction>) {
        self.log.push_back(Said { severity, text: text.clone(), at: Instant::now() });
        if self.log.len() > KEPT {
            self.log.pop_front();
            self.dropped += 1;
        }
        // A repeated message is on screen only once.
        self.list.retain(|posted| posted.toast.text != text);
        let (id, about, left) = (self.next, self.about, Duration::from_secs(WARNING_SECONDS));
        let toast = Toast { id, severity, text, actions: actions.into_iter().collect() };
        self.list.push(Posted { toast, saved: None, about, is_new: true, left });
        self.next += 1;
    }
}

fn expire(time: Res<Time<Real>>, mut toasts: ResMut<Toasts>, mut redraw: MessageWriter<RequestRedraw>) {
    let waits = |posted: &Posted| match posted.toast.severity {
        Some(Severity::Error) => true,
        Some(Severity::Warning) => !posted.toast.actions.is_empty(),
        None | Some(Severity::Note) => false,
    };
    if toasts.list.iter().all(waits) {
        return;
    }
    let before = toasts.list.len();
    toasts.list.retain_mut(|posted| {
        if !std::mem::take(&mut posted.is_new) {
            posted.left = posted.left.saturating_sub(time.delta());
        }
        waits(posted) || !posted.left.is_zero()
    });
    if toasts.list.len() != before {
        redraw.write(RequestRedraw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_said_twice_is_shown_once_and_logged_twice() {
        let mut toasts = Toasts::default();
        toasts.done("Saved a.tsv.");
        toasts.error("The disk is full.");
        toasts.done("Saved a.tsv.");
        let texts: Vec<&str> = toasts.list().iter().map(|toast| &*toast.text).collect();
        assert_eq!(texts, ["The disk is full.", "Saved a.tsv."]);
        assert_eq!(toasts.log().len(), 3);
        let first = toasts.list()[0].id;
        toasts.dismiss(first);
        assert_eq!((toasts.list().len(), toasts.log().len()), (1, 3));
        assert_eq!(toasts.log()[1].severity, Some(Severity::Error));
    }

    #[test]
    fn file_saved_again_has_one_message() {
        let mut toasts = Toasts::default();
        for (what, path) in [("3 bookmarks", "a.ron"), ("2 rows", "b.tsv"), ("4 bookmarks", "a.ron")] {
            toasts.saved(what, Path::new(path));
        }
        let texts: Vec<&str> = toasts.list().iter().map(|toast| &*toast.text).collect();
        assert_eq!((texts, toasts.log().len()), (vec!["Saved 2 rows to b.tsv.", "Saved 4 bookmarks to a.ron."], 3));
    }

    #[test]
    fn messages_end_with_their_topic_and_stay_in_the_log() {
        let mut toasts = Toasts::default();
        toasts.error("The settings cannot be written.");
        toasts.about(Topic::Data, |toasts| toasts.error("PCA: each row holds a NaN."));
        toasts.about(Topic::Export(Exported::Labels), |toasts| toasts.error("a.tsv cannot be written."));
        toasts.end(Topic::Export(Exported::Vectors));
        assert_eq!(toasts.list().len(), 3);
        toasts.end(Topic::Export(Exported::Labels));
        toasts.end(Topic::Data);
        let texts: Vec<&str> = toasts.list().iter().map(|toast| &*toast.text).collect();
        assert_eq!((texts, toasts.log().len()), (vec!["The settings cannot be written."], 3));
    }

    #[test]
    fn news_of_a_topic_takes_the_place_of_what_was_said_before() {
        let mut toasts = Toasts::default();
        let command = Topic::Command;
        toasts.replace(command, |toasts| _ = toasts.warning("No command makes this picture.", None));
        toasts.replace(Topic::Draft, |toasts| toasts.error("No tour was drafted."));
        toasts.replace(command, |toasts| _ = toasts.offer("Copied the command.", None));
        let texts: Vec<&str> = toasts.list().iter().map(|toast| &*toast.text).collect();
        assert_eq!((texts, toasts.log().len()), (vec!["No tour was drafted.", "Copied the command."], 3));
    }

    #[test]
    fn message_after_a_long_rest_stays_for_its_time() {
        let mut app = App::new();
        app.add_message::<RequestRedraw>().init_resource::<Time<Real>>().add_plugins(plugin);
        let mut frame = |seconds: u64, text: Option<&str>| {
            app.world_mut().resource_mut::<Time<Real>>().advance_by(Duration::from_secs(seconds));
            text.into_iter().for_each(|text| app.world_mut().resource_mut::<Toasts>().done(text));
            app.update();
            app.world().resource::<Toasts>().list().len()
        };
        assert_eq!(frame(3600, Some("Step 300 has appeared.")), 1);
        assert_eq!(frame(WARNING_SECONDS - 1, None), 1);
        assert_eq!(frame(1, None), 0);
    }

    #[test]
    fn log_counts_dropped_messages() {
        let mut toasts = Toasts::default();
        (0..KEPT + 5).for_each(|number| toasts.done(number.to_string()));
        assert_eq!((toasts.log().len(), toasts.dropped(), &*toasts.log()[0].text), (KEPT, 5, "5"));
    }
}
