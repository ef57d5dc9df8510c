//! Loads the embedding that the view names.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use bevy::{prelude::*, window::RequestRedraw};
use parallax_embedding::{Embedding, Metadata, Progress, SpriteSheet};
use parallax_formats::{
    EmbeddingInfo, FormatError, Loaded, Moves, Problem, ProblemKind, Severity, Siblings, Source, demo, siblings,
};
use parallax_projection::Method;
use parallax_session::{Action, Dims, Edit, JobKind, OpenOptions, Origin, ToastAction, View, count, file_name, plural};
use parallax_state::{CurrentView, Do, Opened, Reload, Routed, Settled, Toasts, Topic};
use parallax_tour::is_tour;

use crate::{
    Wake,
    job::{Jobs, Slot, whole},
    remembered::Remembered,
    touring::Touring,
    training::unread_step,
};

pub(super) fn plugin(app: &mut App) {
    let mut loading = Loading::default();
    if let Some(view) = app.world().get_resource::<CurrentView>() {
        // Files are read while the engine starts its device.
        loading.want(view, &Opened::default(), &Wake::default());
    }
    app.insert_resource(loading).init_resource::<Failed>();
}

/// Why what the view names could not be loaded or projected the last time, for those who cannot see
/// the message.
#[derive(Resource, Debug, Default)]
pub struct Failed(pub Option<Problem>);

/// What to load.
#[derive(Debug, Clone, PartialEq)]
struct Request {
    origin: Origin,
    run: Option<String>,
    embedding: Option<String>,
}

/// A listing of what an origin holds.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) origin: Origin,
    pub(crate) source: Arc<Source>,
    /// When it was listed.
    pub(crate) at: SystemTime,
    /// The files that are numbered like the one that is open.
    pub(crate) siblings: Option<Siblings>,
}

/// What a path holds.
enum Arrival {
    Data(Box<Arrived>),
    Bookmarks(PathBuf),
}

struct Arrived {
    known: Known,
    place: (usize, usize),
    /// Without the problems of the listing.
    loaded: Loaded,
    /// Whether it was still in memory, so that its problems were said.
    is_recalled: bool,
}

/// The job that loads, and its last result.
#[derive(Resource, Default)]
pub(crate) struct Loading {
    slot: Slot<Request, Result<Arrival, FormatError>>,
    /// The last listing, so that choosing another embedding of it does not list it again.
    known: Option<Known>,
    /// Where what was listed before is in it.
    moves: Moves,
    /// A step that cannot be read, and why, until that is marked.
    pub(crate) unread: Option<((usize, usize), String)>,
    /// The request of what is open.
    shown: Option<Request>,
    /// The steps that are still in memory.
    pub(crate) remembered: Remembered,
    /// What was still in memory.
    recalled: Option<(Request, Box<Arrived>)>,
    /// Whether the job reloads what is open.
    again: bool,
    /// The origin that could not be loaded, in the frame of the failure.
    pub(crate) failed: Option<Origin>,
}

/// Opens `origin`: lists it, chooses an embedding by name, and loads it. Its problems include those
/// of the rest of the source.
///
/// # Errors
/// Returns the errors of [`parallax_formats::open`], [`Source::choose`], and [`Source::load`]. An
/// array in memory cannot be opened.
pub fn load(
    origin: &Origin,
    run: Option<&str>,
    embedding: Option<&str>,
    progress: &Progress,
) -> Result<(Source, (usize, usize), Loaded), FormatError> {
    let source = list(origin, progress)?;
    let (place, loaded) = load_from(&source, run, embedding, progress)?;
    Ok((source, place, loaded))
}

pub(crate) fn load_from(
    source: &Source,
    run: Option<&str>,
    embedding: Option<&str>,
    progress: &Progress,
) -> Result<((usize, usize), Loaded), FormatError> {
    let place = source.choose(run, embedding)?;
    let mut loaded = load_at(source, place, progress)?;
    loaded.problems.splice(0..0, source.problems.iter().cloned());
    Ok((place, loaded))
}

/// Loads the embedding at a place. Its problems are those that were not found when the source was
/// listed.
pub(crate) fn load_at(source: &Source, place: (usize, usize), progress: &Progress) -> Result<Loaded, FormatError> {
    let mut loaded = source.load(place.0, place.1, progress)?;
    loaded.problems.retain(|problem| !source.problems.contains(problem));
    Ok(loaded)
}

/// Returns the method and the dimensions by which an embedding is shown unless a person chooses
/// others. Vectors of two numbers are a plane, which is seen from above.
fn fitting(info: Option<&EmbeddingInfo>) -> (Method, Dims) {
    let method = if info.is_some_and(|info| info.is_layout) { Method::Identity } else { Method::Pca };
    (method, if info.is_some_and(|info| info.dims <= 2) { Dims::Two } else { Dims::Three })
}

pub(crate) fn list(origin: &Origin, progress: &Progress) -> Result<Source, FormatError> {
    progress.begin("Looking for embeddings");
    match origin {
        Origin::Demo(which) => Ok(demo::demo(*which)),
        Origin::Path { path, options } => parallax_formats::open_with(path, options, progress),
        Origin::Memory | Origin::Kept => Err(Problem::error("memory", "an array in memory cannot be reloaded").into()),
    }
}

pub(crate) fn load_data(
    view: Res<CurrentView>,
    (mut loading, mut touring): (ResMut<Loading>, ResMut<Touring>),
    (mut opened, mut failed): (ResMut<Opened>, ResMut<Failed>),
    mut jobs: Jobs,
    mut reloads: MessageReader<Routed<Reload>>,
    mut settled: MessageWriter<Settled>,
    mut commands: Commands,
) {
    let loading = &mut *loading;
    loading.failed = None;
    reloads.read().for_each(|Routed(reload)| loading.reload(*reload));
    let canceled = jobs.take_cancels().include(JobKind::Load) && loading.cancel();
    if !loading.want(&view, &opened, &jobs.wake) {
        return;
    }
    let recalled = loading.recalled.take().map(|(request, arrived)| (request, Ok(Arrival::Data(arrived))));
    let arrived = recalled.or_else(|| loading.slot.poll(&mut jobs));
    let comes_to_nothing = canceled || matches!(arrived, Some((_, Err(_) | Ok(Arrival::Bookmarks(_)))));
    let again = arrived.is_some() && std::mem::take(&mut loading.again);
    if matches!(arrived, Some((_, Ok(Arrival::Data(_)) | Err(_)))) {
        jobs.toasts.end(Topic::Opening);
    }
    if matches!(arrived, Some((_, Ok(Arrival::Data(_))))) {
        jobs.toasts.end(Topic::Data);
        jobs.toasts.end(Topic::Stability);
        jobs.toasts.end(Topic::News);
    }
    match arrived {
        // The open data stay open, because bookmarks name their own data.
        Some((_, Ok(Arrival::Bookmarks(path)))) => {
            touring.open(path);
            commands.write_message(RequestRedraw);
        }
        Some((request, Ok(Arrival::Data(arrived)))) => {
            let info = arrived.known.source.at(arrived.place).map(|(_, info)| info);
            info.and_then(|info| info.bookmarks.as_deref()).into_iter().for_each(|path| touring.bring(path));
            loading.known = Some(arrived.known.clone());
            failed.0 = None;
            loading.remembered.keep(&arrived.known.source, arrived.place, &arrived.loaded);
            let is_step = is_step(&opened, &arrived);
            if !is_step {
                let (method, dims) = fitting(info);
                settled.write(Settled::Fits(method, dims));
            }
            let goes_on = if again {
                loading.take_again(&view, &opened, (&request, &arrived), &mut jobs.toasts, &mut commands)
            } else {
                is_step || loading.take_other(&view, &opened, (&request, &arrived), &mut jobs.toasts, &mut commands)
            };
            if goes_on {
                loading.shown = Some(request.clone());
                // What is wrong with the rest of a listing is said once, and not with each step of it.
                let is_said = is_listed(&opened, &arrived);
                let of_listing = arrived.known.source.problems.iter().filter(|_| !is_said);
                let of_step = arrived.loaded.problems.iter().filter(|_| !arrived.is_recalled);
                let said: Vec<&Problem> = of_listing.chain(of_step).collect();
                jobs.toasts.about(Topic::Data, |toasts| say(toasts, &said));
                publish(&mut opened, *arrived, is_step && !again);
            } else if !again {
                loading.stay(&view, &mut settled);
            }
        }
        Some((_, Err(FormatError::Cancelled))) | None => {}
        Some((request, Err(error))) => {
            let step = loading.step_of(&request, &opened);
            loading.failed = Some(request.origin);
            failed.0 = error.into_problem();
            match (&failed.0, step) {
                (Some(problem), Some((place, number))) => {
                    let why = problem.to_string();
                    jobs.toasts.warning(unread_step(number, &why), None);
                    loading.unread = Some((place, why));
                }
                (Some(problem), None) => {
                    jobs.toasts.about(Topic::Opening, |toasts| toasts.problem(problem, None));
                }
                (None, _) => {}
            }
        }
    }
    loading.settle(comes_to_nothing, &view, &mut settled);
}

impl Loading {
    /// Loads what the view names unless it is loaded. Returns whether it names something.
    fn want(&mut self, view: &View, opened: &Opened, wake: &Wake) -> bool {
        if matches!(view.origin, Origin::Memory | Origin::Kept) {
            self.slot.clear();
            return false;
        }
        let request = Request { origin: view.origin.clone(), run: view.run.clone(), embedding: view.embedding.clone() };
        let known = self.known.clone().filter(|known| known.origin == request.origin);
        if !self.slot.is_for(&request)
            && let Some(known) = &known
            && let Ok(place) = known.source.choose(request.run.as_deref(), request.embedding.as_deref())
            && let Some(loaded) = self.remembered.recall(&known.source, place)
        {
            self.slot.assume(request.clone());
            let arrived = Arrived { known: known.clone(), place, loaded, is_recalled: true };
            self.recalled = Some((request, Box::new(arrived)));
            return true;
        }
        let wanted = request.clone();
        let shared = Shared::of(opened);
        self.slot.want(request, (JobKind::Load, format!("Loading {}", name(&view.origin))), wake, || {
            whole(move |progress| {
                let mut arrival = arrive(&wanted, known, progress)?;
                if let (Arrival::Data(arrived), Some(shared)) = (&mut arrival, &shared) {
                    shared.put(&mut arrived.loaded.embedding);
                }
                Ok(arrival)
            })
        });
        true
    }

    /// Returns whether data are being loaded.
    pub(crate) fn is_busy(&self) -> bool {
        self.slot.busy().is_some()
    }

    /// Allows what the view names to be loaded again after a failure.
    pub(crate) fn retry(&mut self) {
        if !self.is_busy() {
            self.slot.clear();
        }
    }

    /// Reads what is open again, because it may have changed, or another step of it.
    fn reload(&mut self, reload: Reload) {
        self.slot.clear();
        self.known = None;
        self.remembered.clear();
        self.again = reload == Reload::Again;
    }

    /// Returns the last listing.
    pub(crate) fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// Takes another listing of what is open, in which embeddings may be at other places.
    pub(crate) fn list_again(&mut self, known: Known, moves: Moves) {
        self.remembered.relist(&known.source, &moves);
        (self.known, self.moves) = (Some(known), moves);
    }

    /// Returns where what was listed before is in the last listing.
    pub(crate) fn moves(&self) -> &Moves {
        &self.moves
    }

    /// Returns the place and the number of the step that was asked for, if it is another one of the open
    /// tensor.
    fn step_of(&self, request: &Request, opened: &Opened) -> Option<((usize, usize), u64)> {
        let known = self.known.as_ref().filter(|known| known.origin == request.origin)?;
        let source = opened.source.as_ref().filter(|source| Arc::ptr_eq(source, &known.source))?;
        let place = source.choose(request.run.as_deref(), request.embedding.as_deref()).ok()?;
        let series = source.series_of(opened.place.0, opened.place.1)?;
        let at = series.place_of(place.1).filter(|_| place.0 == opened.place.0 && place != opened.place)?;
        Some((place, series.steps[at].number))
    }

    /// Gives what is open these names of a run and of an embedding. It is not loaded again.
    pub(crate) fn call(
        &mut self,
        (run, embedding): (Option<String>, Option<String>),
        origin: &Origin,
        settled: &mut MessageWriter<Settled>,
    ) {
        let request = Request { origin: origin.clone(), run: run.clone(), embedding: embedding.clone() };
        self.slot.assume(request.clone());
        self.shown = Some(request);
        settled.write(Settled::Named(run, embedding));
    }

    /// Shows the newest step, which was loaded without being asked for.
    pub(crate) fn follow(
        &mut self,
        view: &CurrentView,
        (opened, toasts): (&mut Opened, &mut Toasts),
        (place, loaded): ((usize, usize), Loaded),
        settled: &mut MessageWriter<Settled>,
        commands: &mut Commands,
    ) {
        let (Some(known), Some(shown)) = (self.known.clone(), self.shown.clone()) else { return };
        let arrived = Arrived { known, place, loaded, is_recalled: false };
        let is_step = is_step(opened, &arrived);
        let name = arrived.loaded.embedding.name.clone();
        match fits(view, opened, &arrived) {
            RowsFit::Same => {}
            RowsFit::Other(text) => {
                toasts.warning(text, None);
                // This drops what refers to rows.
                commands.write_message(Do::program(Edit::ChooseEmbedding(name.clone())));
                commands.write_message(Do::program(Edit::Follow(true)));
            }
            RowsFit::Not(text) => {
                let anew = Action::Edit(Edit::ChooseEmbedding(name));
                let action = ToastAction { caption: "Open without them".into(), action: anew };
                toasts.end(Topic::News);
                toasts.about(Topic::News, |toasts| _ = toasts.warning(text, Some(action)));
                return;
            }
        }
        self.call((shown.run, Some(name)), &shown.origin, settled);
        toasts.end(Topic::Data);
        toasts.end(Topic::News);
        publish(opened, arrived, is_step);
    }

    /// Cancels what is being loaded. Returns whether there was something.
    fn cancel(&mut self) -> bool {
        let is_busy = self.is_busy();
        self.slot.cancel();
        is_busy
    }

    /// Returns the view to the open data, with all changes to it, if what was chosen was not
    /// loaded.
    fn settle(&mut self, comes_to_nothing: bool, view: &CurrentView, settled: &mut MessageWriter<Settled>) {
        if !view.history().can_stay() {
            if comes_to_nothing {
                self.stay(view, settled);
            }
            return;
        }
        if let Some(shown) = self.shown.as_ref().filter(|_| comes_to_nothing) {
            self.slot.assume(shown.clone());
            settled.write(Settled::Stayed);
        } else if !self.is_busy() {
            settled.write(Settled::Arrived);
        }
    }

    /// Returns the view to the step that is open, if another one was chosen.
    fn stay(&mut self, view: &View, settled: &mut MessageWriter<Settled>) {
        if let Some(shown) = self.shown.clone()
            && (&shown.origin, &shown.run) == (&view.origin, &view.run)
        {
            let goes_on = self.unread.is_some();
            settled.write(Settled::StayedAt { embedding: shown.embedding.clone(), goes_on });
            self.slot.assume(shown);
        }
    }

    /// Reports what happens to the user's work when a step has other rows than the one before. Returns
    /// whether it replaces the open data.
    fn take_other(
        &mut self,
        view: &CurrentView,
        opened: &Opened,
        (request, arrived): (&Request, &Arrived),
        toasts: &mut Toasts,
        commands: &mut Commands,
    ) -> bool {
        let is_other_step = !view.history().can_stay()
            && self.shown.as_ref().is_some_and(|shown| {
                (&shown.origin, &shown.run) == (&request.origin, &request.run) && shown.embedding != request.embedding
            });
        if !is_other_step || opened.embedding.is_none() {
            return true;
        }
        let embedding = request.embedding.clone().unwrap_or_else(|| arrived.loaded.embedding.name.clone());
        let (before, now) = (opened.rows(), arrived.loaded.embedding.rows());
        let said = format!("“{embedding}” has {} instead of {}", plural(now, "row"), count(before));
        let choose = Edit::ChooseEmbedding(embedding.clone());
        if view.tags.is_empty() && view.saved_selections.is_empty() {
            toasts.warning(format!("{said}, so it is shown as another embedding."), None);
            // It is loaded already.
            self.slot.assume(Request { embedding: Some(embedding), ..request.clone() });
            commands.write_message(Do::program(choose));
            return true;
        }
        let text = format!("{said}. Tags and saved selections would not fit, so the step before stays.");
        toasts
            .warning(text, Some(ToastAction { caption: "Open it without them".into(), action: Action::Edit(choose) }));
        false
    }

    /// Reports what happens to the user's work when data are reloaded. Returns whether they replace
    /// the open data.
    fn take_again(
        &mut self,
        view: &CurrentView,
        opened: &Opened,
        (request, arrived): (&Request, &Arrived),
        toasts: &mut Toasts,
        commands: &mut Commands,
    ) -> bool {
        match fits(view, opened, arrived) {
            RowsFit::Same => toasts.done(format!("{} was reloaded.", name(&request.origin))),
            RowsFit::Other(text) => {
                toasts.warning(text, None);
                // Choosing the embedding drops what refers to rows. It is loaded already.
                let embedding = arrived.loaded.embedding.name.clone();
                let chosen = Request { embedding: Some(embedding.clone()), ..request.clone() };
                self.slot.assume(chosen.clone());
                self.shown = Some(chosen);
                commands.write_message(Do::program(Edit::ChooseEmbedding(embedding)));
            }
            RowsFit::Not(text) => {
                let anew = Action::Edit(Edit::Open(request.origin.clone()));
                toasts.warning(text, Some(ToastAction { caption: "Open without them".into(), action: anew }));
                return false;
            }
        }
        true
    }
}

/// What happens to the user's work when data are reloaded.
enum RowsFit {
    /// The number of rows is the same, so everything stays.
    Same,
    /// The rows are others, so selections are dropped, as this message says.
    Other(String),
    /// The rows are others, and work would be lost, as this message says.
    Not(String),
}

fn fits(view: &CurrentView, opened: &Opened, arrived: &Arrived) -> RowsFit {
    let (before, now) = (opened.rows(), arrived.loaded.embedding.rows());
    if before == now || opened.embedding.is_none() {
        return RowsFit::Same;
    }
    let embedding = &arrived.loaded.embedding.name;
    let is_other = opened.embedding.as_ref().is_some_and(|open| open.name != *embedding);
    let what = if is_other { embedding.clone() } else { format!("{} now", name(&view.origin)) };
    let rows = format!("{what} has {} instead of {}", plural(now, "row"), count(before));
    if view.tags.is_empty() && view.saved_selections.is_empty() {
        return RowsFit::Other(format!("{rows}. Selection, isolation, and filter were cleared."));
    }
    RowsFit::Not(format!(
        "{rows}. Tags and saved selections would not fit. Save the metadata first, or open it without them."
    ))
}

fn arrive(request: &Request, known: Option<Known>, progress: &Progress) -> Result<Arrival, FormatError> {
    let at = SystemTime::now();
    let known = match (known, &request.origin) {
        (Some(known), _) => known,
        (None, origin) => match (list(origin, progress), origin) {
            (Err(_), Origin::Path { path, .. }) if is_tour(path) => return Ok(Arrival::Bookmarks(path.clone())),
            (listed, _) => {
                Known { origin: origin.clone(), source: Arc::new(listed?), at, siblings: numbered_beside(origin) }
            }
        },
    };
    let place = known.source.choose(request.run.as_deref(), request.embedding.as_deref())?;
    let loaded = load_at(&known.source, place, progress)?;
    Ok(Arrival::Data(Box::new(Arrived { known, place, loaded, is_recalled: false })))
}

/// What other steps may have in common with the one that is open: its metadata as they were loaded, and
/// its pictures.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Metadata>, Option<Arc<SpriteSheet>>);

impl Shared {
    /// Returns that of what is open, if something is.
    pub(crate) fn of(opened: &Opened) -> Option<Self> {
        let embedding = opened.embedding.as_ref()?;
        Some(Self(opened.loaded_metadata.clone(), embedding.sprite.clone()))
    }

    /// Lets an embedding share what is the same.
    pub(crate) fn put(&self, embedding: &mut Embedding) {
        let Self(metadata, sprite) = self;
        if embedding.metadata == *metadata {
            embedding.metadata = metadata.clone();
        }
        if embedding.sprite == *sprite {
            embedding.sprite.clone_from(sprite);
        }
    }
}

/// Returns whether what has arrived is of the listing that is open.
fn is_listed(opened: &Opened, arrived: &Arrived) -> bool {
    opened.source.as_ref().is_some_and(|source| Arc::ptr_eq(source, &arrived.known.source))
}

/// Returns whether what has arrived is a step of the same tensor as what is open, with as many rows.
fn is_step(opened: &Opened, arrived: &Arrived) -> bool {
    let Some(source) = &opened.source else { return false };
    is_listed(opened, arrived)
        && opened.place.0 == arrived.place.0
        && opened.rows() == arrived.loaded.embedding.rows()
        && source
            .series_of(arrived.place.0, opened.place.1)
            .is_some_and(|series| series.place_of(arrived.place.1).is_some())
}

/// Returns the files that are numbered like that of `origin`.
pub(crate) fn numbered_beside(origin: &Origin) -> Option<Siblings> {
    let Origin::Path { path, .. } = origin else { return None };
    // Who cannot list the folder is told nothing about it.
    siblings(path).ok().flatten()
}

/// Shows the problems of what was loaded.
fn say(toasts: &mut Toasts, problems: &[&Problem]) {
    let outside = problems.iter().find(|problem| lies_outside(problem));
    if let Some(problem) = outside {
        let allow = ToastAction { caption: "Read it".into(), action: Action::Edit(Edit::AllowOutside) };
        toasts.problem(problem, Some(allow));
    }
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Error && !lies_outside(problem)) {
        toasts.problem(problem, None);
    }
}

/// Publishes what was loaded.
fn publish(opened: &mut Opened, arrived: Arrived, is_step: bool) {
    let is_shown = is_listed(opened, &arrived);
    let Arrived { known: Known { origin, source, .. }, place, loaded, .. } = arrived;
    let Loaded { embedding, problems, files } = loaded;
    // What is half written is no problem of its listing until it was waited for.
    let listed = source.problems.iter().filter(|problem| !is_shown || opened.problems.contains(problem));
    let problems = listed.cloned().chain(problems).collect();
    opened.options = match origin {
        Origin::Path { options, .. } => options,
        _ => OpenOptions::default(),
    };
    opened.source = Some(source);
    opened.place = place;
    opened.files = files;
    if is_step {
        opened.put_step(embedding, problems);
    } else {
        opened.put(embedding, problems);
    }
}

/// Returns whether the problem is a file outside the folder of its configuration, which the user
/// may allow.
fn lies_outside(problem: &Problem) -> bool {
    problem.kind == Some(ProblemKind::OutsideFolder)
}

/// Returns the name of what is being loaded.
pub(crate) fn name(origin: &Origin) -> String {
    match origin {
        Origin::Demo(which) => format!("the {which} demo"),
        Origin::Path { path, .. } => file_name(path),
        Origin::Memory => "an array".into(),
        Origin::Kept => "a bookmark".into(),
    }
}
