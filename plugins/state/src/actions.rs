//! The system that applies actions.

use std::{collections::VecDeque, fmt, io::Write, path::PathBuf};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_session::{Action, History, View, log::LoggedAction};

use crate::{CurrentLayout, CurrentTour, FrameSystems, KeptLayouts, Opened, Presenting, Toasts, tour::capture};

/// A request to apply an action, in [`FrameSystems::Act`].
#[derive(Message, Debug, Clone)]
pub struct Do(pub Action);

/// An action that opens other data and does not come from the panels, as that of a dropped file.
/// They ask about what would be lost, and then request it.
#[derive(Message, Debug, Clone)]
pub struct Propose(pub Action);

/// A path that the user has chosen to open. As with a dropped file, it may be data, bookmarks, or
/// metadata and pictures of the open data.
#[derive(Message, Debug, Clone)]
pub struct Chosen(pub PathBuf);

/// The current view. Only actions change it.
#[derive(Resource, Debug, Default)]
pub struct CurrentView {
    view: View,
    history: History,
}

/// Writes each applied action as a JSON line.
#[derive(Resource)]
pub struct ActionLog {
    sink: Box<dyn Write + Send + Sync>,
}

/// Logged actions that are still to be applied, each at its time.
#[derive(Resource, Debug, Default)]
pub struct Replay(VecDeque<LoggedAction>);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Do>().add_message::<Propose>().add_message::<Chosen>().init_resource::<CurrentView>();
    app.add_systems(Update, (replay.run_if(resource_exists::<Replay>), apply).chain().in_set(FrameSystems::Act));
}

impl CurrentView {
    /// Creates the resource from a view.
    pub fn new(view: View) -> Self {
        Self { view, history: History::default() }
    }

    /// Replaces the view, as a bookmark does. If the new view is of the same data, this can be
    /// undone.
    pub fn restore(&mut self, view: View) {
        self.history.restore(&mut self.view, view);
    }

    /// Returns the history of the current data, for undo and redo.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Marks the current choice as loaded. If the next choice fails, this is the one to return to.
    pub fn arrived(&mut self) {
        self.history.arrived();
    }
}

impl std::ops::Deref for CurrentView {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl ActionLog {
    /// Logs to `sink`, one flushed line for each action, so that a crash loses none.
    pub fn new(sink: impl Write + Send + Sync + 'static) -> Self {
        Self { sink: Box::new(sink) }
    }
}

impl fmt::Debug for ActionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActionLog")
    }
}

impl Replay {
    /// Creates a replay of `actions` at their times.
    pub fn new(mut actions: Vec<LoggedAction>) -> Self {
        actions.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Self(actions.into())
    }
}

/// Requests the actions that are due, and frames until none is left.
fn replay(
    time: Res<Time<Real>>,
    mut replay: ResMut<Replay>,
    mut requests: MessageWriter<Do>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let now = time.elapsed_secs_f64();
    while let Some(next) = replay.0.pop_front_if(|next| next.seconds <= now) {
        requests.write(Do(next.action));
    }
    if !replay.0.is_empty() {
        redraw.write(RequestRedraw);
    }
}

fn apply(
    time: Res<Time<Real>>,
    mut requests: MessageReader<Do>,
    mut view: ResMut<CurrentView>,
    mut log: Option<ResMut<ActionLog>>,
    mut toasts: ResMut<Toasts>,
    mut redraw: MessageWriter<RequestRedraw>,
    (mut tour, mut presenting): (ResMut<CurrentTour>, ResMut<Presenting>),
    (opened, layout, kept): (Res<Opened>, Res<CurrentLayout>, Res<KeptLayouts>),
) {
    for Do(action) in requests.read() {
        debug!("{action:?}");
        if let Some(log) = &mut log
            && let Err(error) = log.append(time.elapsed_secs_f64(), action)
        {
            toasts.error(format!("The log of actions cannot be written: {error}."));
        }
        if let Action::Dismiss(id) = action {
            toasts.dismiss(*id);
        }
        match action {
            Action::Tour(_) => tour.apply(action, || capture(&view, &opened, &layout, &kept)),
            Action::Present(action) => presenting.0.apply(*action),
            _ => {}
        }
        let current = &mut *view;
        current.history.apply(&mut current.view, action);
        redraw.write(RequestRedraw);
    }
}

impl ActionLog {
    fn append(&mut self, seconds: f64, action: &Action) -> std::io::Result<()> {
        let line = LoggedAction { seconds, action: action.clone() }.to_line()?;
        self.sink.write_all(line.as_bytes())?;
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use parallax_session::{Theme, log};

    use super::*;
    use crate::StatePlugin;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatePlugin)).add_message::<RequestRedraw>();
        app
    }

    #[test]
    fn replay_of_a_log_gives_the_same_view() {
        let sink = Shared::default();
        let mut first = app();
        first.insert_resource(ActionLog::new(sink.clone()));
        for action in [Action::SetTheme(Theme::Light), Action::ShowLabels(true), Action::Select(vec![4].into())] {
            first.world_mut().write_message(Do(action));
        }
        first.update();

        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let mut second = app();
        second.insert_resource(Replay::new(log::parse(&text).unwrap()));
        while !second.world().resource::<Replay>().0.is_empty() {
            second.update();
        }
        second.update();
        let (first, second) = (first.world().resource::<CurrentView>(), second.world().resource::<CurrentView>());
        assert_eq!(first.view, second.view);
        assert_eq!((first.theme, first.labels, first.inspected()), (Theme::Light, true, Some(4)));
    }
}
