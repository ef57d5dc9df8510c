//! The only writers of the view, and the router of actions.
//!
//! Whatever asks for an action writes [`Do`]. The router logs it if a person asked, and passes it on
//! by kind: edits change [`CurrentView`], bookmarks [`CurrentTour`], the presentation
//! [`Presenting`]. What other plugins do becomes a [`Routed`] message that one system reads in the
//! same frame; further requests wait for the next frame. The result (data that have arrived, a
//! bookmark that is restored) is [`Settled`], which changes the view in the same frame.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use bevy::{ecs::system::SystemParam, prelude::*, window::RequestRedraw};
use parallax_embedding::RowSet;
use parallax_projection::Method;
use parallax_session::{
    Action, Dims, Edit, Export, Half, History, JobAction, JobKind, Present, ShellAction, Steer, Tag, TourAction, View,
    log::LoggedAction,
};

use crate::{
    CurrentLayout, CurrentTour, FrameSystems, KeptLayouts, MovedCameras, Opened, Presenting, Toasts, Topic,
    tour::capture,
};

/// A request for an action, served in [`FrameSystems::Act`].
#[derive(Message, Debug, Clone)]
pub struct Do {
    /// What is asked for.
    pub action: Action,
    /// Who asks.
    pub by: Requester,
}

/// Who asks for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requester {
    /// A person, or a log or a client that stands for one. The action is logged.
    Person,
    /// The program: the action follows from something else, and would follow again in a replay. It
    /// is not logged.
    Program,
}

/// An action that opens other data and does not come from the panels, as that of a dropped file.
/// They ask about what would be lost, and then request it.
#[derive(Message, Debug, Clone)]
pub struct Propose(pub Action);

/// A path that the user has chosen to open. As with a dropped file, it may be data, bookmarks, or
/// metadata and pictures of the open data.
#[derive(Message, Debug, Clone)]
pub struct Chosen(pub PathBuf);

/// Work that an action asks for, for the one system that does it.
#[derive(Message, Debug, Clone)]
pub struct Routed<T: Send + Sync + 'static>(pub T);

/// The open data are read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// They may have changed: what was done to them stays if it fits.
    Again,
    /// They are opened as if for the first time.
    Fresh,
}

/// A file of bookmarks to read or to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TourFile {
    /// Reads these, in this order.
    Open(Vec<PathBuf>),
    /// Reads the work that was left behind in this file.
    TakeUp(PathBuf),
    /// Removes this file of work that was left behind.
    Discard(PathBuf),
    /// Writes the bookmarks at these places, or all.
    Save(PathBuf, Option<Vec<usize>>),
}

/// The camera of a picture moves to show these rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlyTo(pub Half, pub RowSet);

/// The cloud is shown in the headset again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnterHeadset;

/// Draft a tour of what is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftTour;

/// The camera of a picture moves to show everything. A movement that is in progress ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitAll(pub Half);

/// The clusters are looked for in the layouts of this many seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureStability(pub usize);

/// Cancels the job of this kind, or all jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel(pub Option<JobKind>);

/// Does the job of this kind again that was canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry(pub JobKind);

impl Cancel {
    /// Returns whether it cancels jobs of this kind.
    #[must_use]
    pub fn ends(self, kind: JobKind) -> bool {
        self.0.is_none_or(|only| only == kind)
    }
}

/// The result of an action, for the view. Applied in [`FrameSystems::Settle`].
#[derive(Message, Debug, Clone)]
pub enum Settled {
    /// What was chosen is loaded: the choice can no longer be taken back.
    Arrived,
    /// What was chosen cannot be loaded: the view returns to what is open.
    Stayed,
    /// What is open is called by these names of a run and of an embedding.
    Named(Option<String>, Option<String>),
    /// Data have arrived that this method and these dimensions fit, unless others were chosen.
    Fits(Method, Dims),
    /// The step that was chosen cannot be shown: the view returns to the embedding of this name, which is
    /// open.
    StayedAt {
        /// The name.
        embedding: Option<String>,
        /// Whether steps go on if they are played, since that one is not tried again.
        goes_on: bool,
    },
    /// Embeddings of the run have other names now. `None` is the usual one of the run.
    Renamed(Vec<(Option<String>, String)>),
    /// A bookmark is shown. If the view is of the same data, this can be undone.
    Restored(Box<View>),
}

/// The current view. Only actions and their results change it.
#[derive(Resource, Debug, Default)]
pub struct CurrentView {
    view: View,
    history: History,
}

/// Writes each action of a person as a JSON line, in a thread of its own: the line of one that selects
/// ten million rows is as long as that.
#[derive(Resource)]
pub struct ActionLog {
    /// `None` once it is closed.
    actions: Option<Sender<LoggedAction>>,
    errors: Mutex<Receiver<io::Error>>,
    writer: Option<JoinHandle<()>>,
}

/// Requests that are still to be served, in their order.
#[derive(Resource, Debug, Default)]
pub struct Requests(VecDeque<Do>);

/// Logged actions that are still to be requested, each at its time.
#[derive(Resource, Debug, Default)]
pub struct Replay(VecDeque<LoggedAction>);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Do>()
        .add_message::<Propose>()
        .add_message::<Chosen>()
        .add_message::<Settled>()
        .add_message::<Routed<Steer>>()
        .add_message::<Routed<Export>>()
        .add_message::<Routed<Reload>>()
        .add_message::<Routed<TourFile>>()
        .add_message::<Routed<MeasureStability>>()
        .add_message::<Routed<DraftTour>>()
        .add_message::<Routed<FlyTo>>()
        .add_message::<Routed<EnterHeadset>>()
        .add_message::<Routed<FitAll>>()
        .add_message::<Routed<Cancel>>()
        .add_message::<Routed<Retry>>()
        .add_message::<Routed<Tag>>()
        .init_resource::<CurrentView>()
        .init_resource::<Requests>()
        .add_systems(Update, (replay.run_if(resource_exists::<Replay>), route).chain().in_set(FrameSystems::Act))
        .add_systems(Update, settle.in_set(FrameSystems::Settle));
}

impl Do {
    /// A person asks for `action`.
    pub fn person(action: impl Into<Action>) -> Self {
        Self { action: action.into(), by: Requester::Person }
    }

    /// The program asks for `action`, because it follows from something else.
    pub fn program(action: impl Into<Action>) -> Self {
        Self { action: action.into(), by: Requester::Program }
    }
}

impl CurrentView {
    /// Creates the resource from a view.
    pub fn new(view: View) -> Self {
        Self { view, history: History::default() }
    }

    fn change(&mut self, change: impl FnOnce(&mut History, &mut View)) {
        change(&mut self.history, &mut self.view);
    }

    /// Returns the history of the current data, for undo and redo.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }
}

impl std::ops::Deref for CurrentView {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl ActionLog {
    /// Logs to `sink`, one flushed line for each action, so that a crash loses none that was written. What
    /// is not written yet is written when the log is dropped.
    pub fn new(mut sink: impl Write + Send + 'static) -> Self {
        let (actions, asked) = mpsc::channel::<LoggedAction>();
        let (failed, errors) = mpsc::channel();
        let writer = thread::spawn(move || {
            let mut write = |action: &LoggedAction| {
                sink.write_all(action.to_line()?.as_bytes())?;
                sink.flush()
            };
            for action in asked {
                if let Err(error) = write(&action) {
                    // After the end nobody is told.
                    failed.send(error).ok();
                }
            }
        });
        Self { actions: Some(actions), errors: Mutex::new(errors), writer: Some(writer) }
    }

    fn append(&self, seconds: f64, action: Action) {
        // The thread ends after this.
        if let Some(actions) = &self.actions {
            actions.send(LoggedAction { seconds, action }).unwrap_or_default();
        }
    }

    /// Returns why the log could not be written since the last call.
    fn error(&self) -> Option<io::Error> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).try_iter().last()
    }
}

impl Drop for ActionLog {
    fn drop(&mut self) {
        self.actions = None;
        // A thread that has panicked has said so.
        self.writer.take().into_iter().for_each(|writer| writer.join().unwrap_or_default());
    }
}

impl fmt::Debug for ActionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActionLog")
    }
}

impl Requests {
    /// Returns whether all requests have been served.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Replay {
    /// Creates a replay of `actions` at their times.
    pub fn new(mut actions: Vec<LoggedAction>) -> Self {
        actions.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Self(actions.into())
    }

    /// Returns whether all actions were requested.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.0.is_empty()
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
        requests.write(Do::person(next.action));
    }
    if !replay.is_done() {
        redraw.write(RequestRedraw);
    }
}

/// What the router changes, and what it passes on.
#[derive(SystemParam)]
struct Router<'w> {
    view: ResMut<'w, CurrentView>,
    tour: ResMut<'w, CurrentTour>,
    presenting: ResMut<'w, Presenting>,
    toasts: ResMut<'w, Toasts>,
    opened: Res<'w, Opened>,
    layout: Res<'w, CurrentLayout>,
    kept: Res<'w, KeptLayouts>,
    routes: Routes<'w>,
}

/// Where the router passes work on.
#[derive(SystemParam)]
struct Routes<'w> {
    steers: MessageWriter<'w, Routed<Steer>>,
    exports: MessageWriter<'w, Routed<Export>>,
    reloads: MessageWriter<'w, Routed<Reload>>,
    stabilities: MessageWriter<'w, Routed<MeasureStability>>,
    tours: MessageWriter<'w, Routed<TourFile>>,
    drafts: MessageWriter<'w, Routed<DraftTour>>,
    flights: MessageWriter<'w, Routed<FlyTo>>,
    headsets: MessageWriter<'w, Routed<EnterHeadset>>,
    fits: MessageWriter<'w, Routed<FitAll>>,
    cancels: MessageWriter<'w, Routed<Cancel>>,
    retries: MessageWriter<'w, Routed<Retry>>,
    tags: MessageWriter<'w, Routed<Tag>>,
}

/// Serves requests in their order. One that other systems serve is the last of its frame, so that
/// they see the view and the tour as they are at the request, and not as a later one leaves them.
fn route(
    time: Res<Time<Real>>,
    mut asked: MessageReader<Do>,
    (mut requests, mut moved): (ResMut<Requests>, ResMut<MovedCameras>),
    mut router: Router,
    log: Option<Res<ActionLog>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if let Some(error) = log.as_ref().and_then(|log| log.error()) {
        router.toasts.error(format!("The log of actions cannot be written: {error}."));
    }
    let served = requests.0.len();
    requests.0.extend(asked.read().cloned());
    if requests.0.iter().any(|request| keeps_poses(&request.action)) {
        for (half, moved) in Half::BOTH.into_iter().zip(std::mem::take(&mut moved.0)) {
            let move_camera = |to| Edit::move_camera(half, to).into();
            // The camera was moved before this frame's requests.
            let moved = moved.map(|moved| Do { action: move_camera(moved.to), by: moved.by });
            moved.into_iter().for_each(|moved| requests.0.insert(served, moved));
        }
    }
    while let Some(Do { action, by }) = requests.0.pop_front() {
        debug!("{by:?}: {action:?}");
        if let Some(log) = log.as_ref().filter(|_| by == Requester::Person) {
            log.append(time.elapsed_secs_f64(), action.clone());
        }
        redraw.write(RequestRedraw);
        if router.serve(&action) {
            break;
        }
    }
}

/// Returns whether an action keeps where the cameras are, or goes on from there.
fn keeps_poses(action: &Action) -> bool {
    matches!(
        action,
        Action::Tour(TourAction::Add(_) | TourAction::Update(_))
            | Action::Job(JobAction::DraftTour)
            | Action::Edit(Edit::CompareWith(_))
    )
}

impl Router<'_> {
    /// Serves `action`. Returns whether other systems go on with it later in the frame.
    fn serve(&mut self, action: &Action) -> bool {
        match action {
            Action::Edit(edit) => self.edit(edit),
            Action::History(way) => {
                self.view.change(|history, view| history.go(view, *way));
                false
            }
            Action::Job(action) => {
                self.routes.pass(action);
                true
            }
            Action::Tour(action) => self.change_tour(action),
            Action::Shell(action) => self.shell(action),
        }
    }

    fn edit(&mut self, edit: &Edit) -> bool {
        let tags = self.view.tags.len();
        self.view.change(|history, view| history.apply(view, edit));
        match edit {
            Edit::Open(_) => drop(self.routes.reloads.write(Routed(Reload::Fresh))),
            Edit::FitView => drop(self.routes.fits.write(Routed(FitAll(Half::First)))),
            Edit::FitSecondView => drop(self.routes.fits.write(Routed(FitAll(Half::Second)))),
            // Without a selection there is no tag.
            Edit::Tag { .. } => match self.view.tags.get(tags) {
                Some(tag) => drop(self.routes.tags.write(Routed(tag.clone()))),
                None => return false,
            },
            Edit::TagAll(added) => match added.last() {
                // The message is about all of them.
                Some(tag) => {
                    let rows = added.iter().flat_map(|tag| tag.rows.iter()).collect();
                    self.routes.tags.write(Routed(Tag { rows, ..tag.clone() }));
                }
                None => return false,
            },
            _ => return false,
        }
        true
    }

    fn change_tour(&mut self, action: &TourAction) -> bool {
        self.tour.apply(action, || capture(&self.view, &self.opened, &self.layout, &self.kept));
        // A step ends a blank screen.
        if matches!(action, TourAction::Show(_) | TourAction::Step(_)) && self.presenting.0.blank {
            self.presenting.0.apply(Present::Blank(false));
        }
        self.tour.wanted.is_some()
    }

    fn shell(&mut self, action: &ShellAction) -> bool {
        match action {
            ShellAction::Present(Present::On(true)) if self.tour.tour().bookmarks.is_empty() => {
                let what = "There are no bookmarks to present: choose “Save this view” first.";
                self.toasts.about(Topic::Presenting, |toasts| toasts.error(what));
            }
            ShellAction::Present(action) => {
                self.toasts.end(Topic::Presenting);
                self.presenting.0.apply(*action);
            }
            ShellAction::Dismiss(id) => self.toasts.dismiss(*id),
            ShellAction::FlyTo(rows) => {
                self.routes.flights.write(Routed(FlyTo(Half::First, rows.clone())));
                return true;
            }
            ShellAction::FlySecondTo(rows) => {
                self.routes.flights.write(Routed(FlyTo(Half::Second, rows.clone())));
                return true;
            }
            ShellAction::EnterHeadset => {
                self.routes.headsets.write(Routed(EnterHeadset));
                return true;
            }
        }
        false
    }
}

impl Routes<'_> {
    fn pass(&mut self, action: &JobAction) {
        match action {
            JobAction::Reload => drop(self.reloads.write(Routed(Reload::Again))),
            JobAction::Steer(steer) => drop(self.steers.write(Routed(*steer))),
            JobAction::MeasureStability(seeds) => drop(self.stabilities.write(Routed(MeasureStability(*seeds)))),
            JobAction::Export(export) => drop(self.exports.write(Routed(export.clone()))),
            JobAction::OpenTour(paths) => drop(self.tours.write(Routed(TourFile::Open(paths.clone())))),
            JobAction::TakeUp(path) => drop(self.tours.write(Routed(TourFile::TakeUp(path.clone())))),
            JobAction::Discard(path) => drop(self.tours.write(Routed(TourFile::Discard(path.clone())))),
            JobAction::SaveTour { path, places } => {
                self.tours.write(Routed(TourFile::Save(path.clone(), places.clone())));
            }
            JobAction::DraftTour => drop(self.drafts.write(Routed(DraftTour))),
            JobAction::Cancel(kind) => drop(self.cancels.write(Routed(Cancel(*kind)))),
            JobAction::Retry(kind) => drop(self.retries.write(Routed(Retry(*kind)))),
        }
    }
}

/// Applies the results of actions.
fn settle(mut settled: MessageReader<Settled>, mut view: ResMut<CurrentView>) {
    for outcome in settled.read() {
        match outcome {
            // Nothing that is drawn follows from it.
            Settled::Arrived => view.bypass_change_detection().history.arrived(),
            Settled::Fits(method, dims) => fit(&mut view, *method, *dims),
            Settled::Stayed => view.change(History::stay),
            Settled::StayedAt { embedding, goes_on } => view.change(|history, view| {
                view.embedding.clone_from(embedding);
                view.training.playing &= goes_on;
                history.drop_vain(view);
            }),
            Settled::Renamed(names) => {
                let CurrentView { view: shown, history } = view.bypass_change_detection();
                let before = shown.compared.clone();
                history.rename(names);
                history.rename_compared(shown, names);
                if shown.compared != before {
                    view.set_changed();
                }
            }
            Settled::Named(run, embedding) => view.change(|history, view| {
                // What is followed is not a step that undo would go back from.
                let names = embedding.clone().map(|now| (view.embedding.clone(), now));
                history.rename(names.as_slice());
                (view.run, view.embedding) = (run.clone(), embedding.clone());
            }),
            Settled::Restored(restored) => view.change(|history, view| history.restore(view, View::clone(restored))),
        }
    }
}

/// Changes what nobody has chosen. A pose is that of a picture with these dimensions, so it keeps them.
fn fit(view: &mut ResMut<CurrentView>, method: Method, dims: Dims) {
    let shown = &view.projection;
    let has_pose = Half::BOTH.into_iter().any(|half| view.pose_of(half).is_some());
    let changes_method = shown.is_automatic && shown.method != method;
    let changes_dims = shown.are_dims_automatic && shown.dims != dims && !has_pose;
    if changes_method {
        view.view.projection.method = method;
    }
    if changes_dims {
        view.view.projection.dims = dims;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use parallax_session::{Compared, Exported, ExportedRows, OwnCamera, Pose, Theme, log};

    use super::*;
    use crate::{MovedCamera, StatePlugin};

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

    /// What an export would see.
    #[derive(Resource, Default)]
    struct Exports(Vec<Vec<u32>>);

    fn export(mut exports: MessageReader<Routed<Export>>, view: Res<CurrentView>, mut seen: ResMut<Exports>) {
        seen.0.extend(exports.read().map(|_| view.selection.as_slice().to_vec()));
    }

    #[test]
    fn requests_of_one_frame_are_served_in_order() {
        let mut app = app();
        app.init_resource::<Exports>().add_systems(Update, export.in_set(FrameSystems::Compute));
        let export = || {
            let (what, rows) = (Exported::Vectors, ExportedRows::Selected);
            Action::Job(JobAction::Export(Export { what, rows, path: "a.tsv".into() }))
        };
        let select = |row: u32| Action::Edit(Edit::Select(vec![row].into()));
        for action in [select(1), select(2), export(), select(3), export(), export(), select(4)] {
            app.world_mut().write_message(Do::person(action));
        }
        app.update();
        assert!(!app.world().resource::<Requests>().is_empty());
        (0..3).for_each(|_| app.update());
        assert!(app.world().resource::<Requests>().is_empty());
        assert_eq!(app.world().resource::<Exports>().0, [[2], [3], [3]]);
        assert_eq!(app.world().resource::<CurrentView>().inspected(), Some(4));
    }

    /// The view hears of a moved camera once it rests, but what is kept meanwhile has it, and so has the
    /// log, before it.
    #[test]
    fn what_keeps_the_view_has_the_cameras_as_they_were_moved() {
        let sink = Shared::default();
        let mut app = app();
        app.insert_resource(ActionLog::new(sink.clone()));
        let moved = |radius: f32, by: Requester| {
            Some(MovedCamera { to: Pose { focus: [0.0; 3], yaw: 0.1, pitch: 0.2, radius }, by })
        };
        let compared = Compared::with(View::default().origin, None, Some("b".into()));
        let compared = Compared { camera: Some(OwnCamera { pose: None }), ..compared };
        app.world_mut().write_message(Do::person(Edit::CompareWith(Some(Box::new(compared)))));
        app.update();
        let poses = [moved(1.0, Requester::Person), moved(2.0, Requester::Program)];
        let ask = |app: &mut App, action: Action| {
            app.insert_resource(MovedCameras(poses));
            app.world_mut().write_message(Do::person(action));
            app.update();
            let view = app.world().resource::<CurrentView>();
            Half::BOTH.map(|half| view.pose_of(half).map(|pose| pose.radius))
        };
        assert_eq!(ask(&mut app, Edit::Select(vec![1].into()).into()), [None, None], "it does not look at them");
        assert_eq!(ask(&mut app, TourAction::Add(String::new()).into()), [Some(1.0), Some(2.0)]);
        assert_eq!(app.world().resource::<MovedCameras>().0, [None, None]);
        assert!(app.world_mut().remove_resource::<ActionLog>().is_some(), "what is left is written");
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let logged: Vec<Action> = log::parse(&text).unwrap().into_iter().map(|logged| logged.action).collect();
        let first = Edit::MoveCamera(poses[0].unwrap().to).into();
        assert_eq!(logged[2..], [first, TourAction::Add(String::new()).into()], "what follows is not logged");
    }

    #[test]
    fn tag_is_passed_on_only_if_there_is_one() {
        let mut app = app();
        let tag = || Action::Edit(Edit::Tag { column: "mine".into(), value: "x".into() });
        let mut passed_on = |action: Action| {
            app.world_mut().write_message(Do::person(action));
            app.update();
            app.world_mut().resource_mut::<Messages<Routed<Tag>>>().drain().count()
        };
        assert_eq!(passed_on(Edit::Select(vec![1].into()).into()), 0);
        assert_eq!(passed_on(tag()), 1);
        assert_eq!(passed_on(Edit::Select(RowSet::EMPTY).into()), 0);
        assert_eq!(passed_on(tag()), 0, "nothing is selected");
    }

    #[test]
    fn replay_of_a_log_gives_the_same_view() {
        let sink = Shared::default();
        let mut first = app();
        first.insert_resource(ActionLog::new(sink.clone()));
        for action in [
            Action::Edit(Edit::SetTheme(Theme::Light)),
            Action::Edit(Edit::ShowLabels(true)),
            Action::Edit(Edit::Select(vec![4].into())),
        ] {
            first.world_mut().write_message(Do::person(action));
        }
        first.update();
        assert!(first.world_mut().remove_resource::<ActionLog>().is_some(), "what is left is written");
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let mut second = app();
        second.insert_resource(Replay::new(log::parse(&text).unwrap()));
        while !second.world().resource::<Replay>().is_done() {
            second.update();
        }
        second.update();
        let (first, second) = (first.world().resource::<CurrentView>(), second.world().resource::<CurrentView>());
        assert_eq!(first.view, second.view);
        assert_eq!((first.theme, first.labels, first.inspected()), (Theme::Light, true, Some(4)));
    }
}
