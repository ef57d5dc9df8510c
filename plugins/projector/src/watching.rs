//! Watches what is open: lists it again when it changes on disk, says what has appeared, and follows
//! the newest step.
//!
//! A thread looks at the files ([`Watch`]). When it tells a change, a task lists the source again and,
//! if its newest step is followed, reads that too. The view changes only once all of it is there: what
//! is half written is waited for, and no error is shown.

mod news;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task},
    window::RequestRedraw,
};
use parallax_embedding::Progress;
use parallax_formats::{Change, FormatError, Listing, Loaded, Moves, News, Problem, Source, Stamp, Unfinished, Watch};
use parallax_session::Origin;
use parallax_state::{CurrentView, Opened, Settled, Topic};

use crate::{
    Wake,
    job::Jobs,
    loading::{Known, Loading, Shared, list, load_at, name, numbered_beside},
};

/// If present, files that are open are watched. In pictures and movies they are not: they show what
/// there is when they are made.
#[derive(Resource, Debug, Clone, PartialEq, Eq)]
pub struct WatchFiles {
    /// How often what is open was listed again because files have changed, while it stayed as it is.
    pub listings: u64,
    /// After this time, it is said that something is not complete yet.
    pub patience: Duration,
}

impl Default for WatchFiles {
    fn default() -> Self {
        Self { listings: 0, patience: Duration::from_mins(2) }
    }
}

/// What has appeared and was written to less than this time ago is not complete yet. A change is told
/// after it has rested for longer, unless there are changes all the time.
const REST: Duration = Duration::from_millis(400);

/// What is watched, and what is being done about a change.
#[derive(Resource, Default)]
pub(crate) struct Watching {
    /// The listing that is watched.
    of: Option<(Origin, Arc<Source>)>,
    /// `None` if there is no thread for it.
    watch: Option<Watch>,
    job: Option<Job>,
    /// Whether it has to be listed though no change was told.
    again: bool,
    /// Whether the newest step was followed in the last frame.
    followed: bool,
    /// What could not be read from the beginning, or has not become complete in time.
    ignored: Option<BTreeSet<Unfinished>>,
    /// Since when something is waited for.
    waits_since: Option<Instant>,
    /// What is noted about that.
    note: Option<Problem>,
}

/// A listing under way. Dropping it cancels it.
struct Job {
    progress: Progress,
    /// What was found, which is there before the program is woken: at rest it looks once.
    found: Arc<Mutex<Option<Found>>>,
    _task: Task<()>,
}

/// What is listed again, as it was when that began.
struct Request {
    known: Known,
    /// What is open, and its files.
    place: (usize, usize),
    epoch: u64,
    files: Vec<Stamp>,
    shared: Option<Shared>,
    follow: bool,
    /// Whether that was chosen just now.
    begins: bool,
    ignored: Option<BTreeSet<Unfinished>>,
}

/// What was found.
struct Found {
    request: Request,
    listed: Result<Listed, FormatError>,
    took: Duration,
    /// What is waited for.
    unfinished: BTreeSet<Unfinished>,
    /// The newest step, if it is to be shown, or why it cannot be read.
    newest: Option<((usize, usize), Result<Loaded, String>)>,
}

/// A listing, and what is different from the one before.
struct Listed {
    /// It keeps what is open.
    known: Known,
    /// Where that is in it.
    place: (usize, usize),
    news: Vec<News>,
    moves: Moves,
    /// See [`Moves::renamed`].
    renamed: Vec<(Option<String>, String)>,
}

pub(crate) fn watch_open(
    view: Res<CurrentView>,
    (mut opened, mut loading): (ResMut<Opened>, ResMut<Loading>),
    (mut watching, mut files): (ResMut<Watching>, ResMut<WatchFiles>),
    mut jobs: Jobs,
    mut settled: MessageWriter<Settled>,
    mut commands: Commands,
) {
    let watching = &mut *watching;
    let known = loading.known().filter(|known| matches!(known.origin, Origin::Path { .. }));
    let Some(known) = known.filter(|known| known.origin == view.origin && opened.embedding.is_some()) else {
        *watching = Watching::default();
        return;
    };
    watching.keep_up(known, &jobs.wake);
    // What was chosen comes first.
    if loading.is_busy() || view.history().can_stay() {
        return;
    }
    let begins_to_follow = !std::mem::replace(&mut watching.followed, view.follow) && view.follow;
    if watching.job.is_none() && (watching.is_told() | begins_to_follow) {
        let request = Request {
            known: known.clone(),
            place: opened.place,
            epoch: opened.epoch,
            files: opened.files.clone(),
            shared: Shared::of(&opened),
            follow: view.follow,
            begins: begins_to_follow,
            ignored: watching.ignored.clone(),
        };
        watching.job = Some(Job::spawn(request, jobs.wake.clone()));
    }
    let Some(found) = watching.job.as_ref().and_then(Job::take) else { return };
    watching.job = None;
    let Found { request, listed, took, unfinished, newest } = found;
    // Something else may have been opened since, or Follow have been switched.
    if request.epoch != opened.epoch || request.follow != view.follow {
        watching.again = true;
        return;
    }
    watching.ignored = request.ignored;
    let Listed { known, place, news, moves, renamed } = match listed {
        Ok(listed) => listed,
        Err(error) => {
            watching.listed(Listing { source: None, took, is_whole: false });
            let what = format!("it has changed, and cannot be listed: {error}");
            watching.wait(Some(what), BTreeSet::new(), files.patience, &mut opened);
            return;
        }
    };
    let failed = newest.as_ref().and_then(|(place, newest)| Some((*place, newest.as_ref().err()?.clone())));
    let source = Arc::clone(&known.source);
    let why = failed.as_ref().map(|(_, why)| why.clone()).or_else(|| news::waits(&source, &unfinished));
    watching.listed(Listing { source: Some(Arc::clone(&source)), took, is_whole: why.is_none() });
    watching.of = Some((known.origin.clone(), Arc::clone(&source)));
    if let Some(why) = watching.wait(why, unfinished, files.patience, &mut opened) {
        jobs.toasts.warning(format!("{}: {why}.", name(&known.origin)), None);
        loading.unread = failed;
    }
    relist_problems(&mut opened.problems, &request.known.source, &source);
    opened.source = Some(Arc::clone(&source));
    opened.place = place;
    let (origin, siblings) = (known.origin.clone(), known.siblings.clone());
    let before = request.known;
    loading.list_again(known, moves);
    settled.write(Settled::Renamed(renamed));
    // A name may mean a newer step now.
    if source.choose(view.run.as_deref(), view.embedding.as_deref()).ok() != Some(place)
        && let Some((run, info)) = source.at(place)
    {
        let run = if source.runs.len() > 1 { Some(run.name.clone()) } else { view.run.clone() };
        loading.call((run, Some(info.name.clone())), &origin, &mut settled);
    }
    if let Some((newest, Ok(loaded))) = newest {
        loading.follow(&view, (&mut opened, &mut jobs.toasts), (newest, loaded), &mut settled, &mut commands);
    } else {
        files.listings += 1;
        let said = news::said(&source, &news, place);
        let said = said.or_else(|| news::beside(&origin, before.siblings.as_ref(), siblings.as_ref()));
        let gone = news::gone((&before.source, request.place), (&source, place));
        if let Some((text, action)) = news::both(said, gone) {
            jobs.toasts.end(Topic::News);
            jobs.toasts.about(Topic::News, |toasts| _ = toasts.offer(text, action));
        }
    }
    commands.write_message(RequestRedraw);
}

impl Watching {
    /// Watches what is open, if it is not watched yet.
    fn keep_up(&mut self, known: &Known, wake: &Wake) {
        match &self.of {
            Some((origin, source)) if *origin == known.origin => {
                if Arc::ptr_eq(source, &known.source) {
                    return;
                }
                // It was reloaded.
                self.listed(Listing { source: Some(Arc::clone(&known.source)), took: Duration::ZERO, is_whole: true });
                (self.job, self.ignored) = (None, None);
            }
            _ => {
                let Origin::Path { path, options } = &known.origin else { return };
                let (wake, path) = (wake.clone(), path.display().to_string());
                let note = move |what: &str| info!("{path}: {what}");
                let of = (Arc::clone(&known.source), options.clone());
                let watch = Watch::start(of, known.at, move || wake.call(), note);
                *self = Self { watch, followed: false, ..Self::default() };
            }
        }
        self.of = Some((known.origin.clone(), Arc::clone(&known.source)));
    }

    /// Returns whether there is a change that was not looked at.
    fn is_told(&mut self) -> bool {
        self.watch.as_ref().is_some_and(Watch::take) | std::mem::take(&mut self.again)
    }

    fn listed(&self, listing: Listing) {
        self.watch.iter().for_each(|watch| watch.listed(listing.clone()));
    }

    /// Notes what has been waited for for too long, and waits no more for what is `unfinished`. Returns
    /// what is noted if that is new.
    fn wait(
        &mut self,
        why: Option<String>,
        unfinished: BTreeSet<Unfinished>,
        patience: Duration,
        opened: &mut Opened,
    ) -> Option<String> {
        let Some(why) = why else {
            self.waits_since = None;
            self.put_note(None, opened);
            return None;
        };
        if self.waits_since.get_or_insert_with(Instant::now).elapsed() < patience {
            return None;
        }
        self.ignored.get_or_insert_default().extend(unfinished);
        let path = opened.source.as_ref().map(|source| source.path.clone()).unwrap_or_default();
        let note = Problem::note(path, why.clone());
        let is_new = self.note.as_ref() != Some(&note);
        self.put_note(Some(note), opened);
        is_new.then_some(why)
    }

    /// Shows a note on the Data card, in place of the one before.
    fn put_note(&mut self, note: Option<Problem>, opened: &mut Opened) {
        let before = std::mem::replace(&mut self.note, note);
        opened.problems.retain(|problem| Some(problem) != before.as_ref());
        opened.problems.extend(self.note.clone());
    }
}

impl Job {
    fn spawn(request: Request, wake: Wake) -> Self {
        let progress = Progress::default();
        let found = Arc::new(Mutex::new(None));
        let (cancel, put) = (progress.clone(), Arc::clone(&found));
        let task = AsyncComputeTaskPool::get().spawn(async move {
            let found = look(request, &cancel);
            if let Ok(mut put) = put.lock() {
                *put = Some(found);
            }
            wake.call();
        });
        Self { progress, found, _task: task }
    }

    /// Takes what was found, once it is there.
    fn take(&self) -> Option<Found> {
        self.found.lock().ok()?.take()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// Puts what is wrong with the rest of the listing `now` in the place of what was wrong with that `before`.
/// What cannot be read since then may be half written: that is waited for.
fn relist_problems(problems: &mut Vec<Problem>, before: &Source, now: &Source) {
    let is_of_step = |problem: &Problem| {
        let mut unread = now.runs.iter().flat_map(|run| &run.unread);
        unread.any(|step| step.problem.is_like(problem))
    };
    let listed = now.problems.iter().filter(|problem| problems.contains(problem) || !is_of_step(problem));
    let listed: Vec<Problem> = listed.cloned().collect();
    problems.retain(|problem| !before.problems.contains(problem) && !listed.contains(problem));
    problems.splice(0..0, listed);
}

/// Lists the source again, and reads its newest step if that is followed.
fn look(mut request: Request, progress: &Progress) -> Found {
    let (at, begun) = (SystemTime::now(), Instant::now());
    let (before, place) = (Arc::clone(&request.known.source), request.place);
    let ignored = request.ignored.get_or_insert_with(|| before.unfinished());
    ignored.extend(before.vanished());
    let ignored = ignored.clone();
    let origin = request.known.origin.clone();
    let siblings = numbered_beside(&origin);
    let listed = list(&origin, progress);
    let took = begun.elapsed();
    let nothing = |request, error| {
        let unfinished = BTreeSet::new();
        Found { request, listed: Err(error), took, unfinished, newest: None }
    };
    let mut source = match listed {
        Ok(source) => source,
        Err(error) => return nothing(request, error),
    };
    let young = source.postpone(&before, REST);
    let (news, unfinished) = (source.news(&before), &(&source.unfinished() | &young) - &ignored);
    let here = source.find(&before, place);
    // If what is open is gone, one that was there before is no news.
    let is_news = |newest: (usize, usize)| here.is_some() || news.iter().any(|news| news.place == newest);
    let is_wanted = |newest: (usize, usize)| {
        request.follow && is_due(newest, here, &request) && (request.begins || is_news(newest))
    };
    let newest = source.newest_of(&before, place).filter(|newest| is_wanted(*newest));
    let newest = newest.map(|newest| {
        let mut loaded = read(&source, newest, progress);
        if let (Ok(loaded), Some(shared)) = (&mut loaded, &request.shared) {
            shared.put(&mut loaded.embedding);
        }
        (newest, loaded)
    });
    let Some(here) = source.keep(&before, place) else {
        let error = Problem::error(&source.path, "what is open is not listed any more").into();
        return nothing(request, error);
    };
    let moves = Moves::of(&before, request.known.at, &source);
    let renamed = moves.renamed(&before, &source, place.0);
    let known = Known { origin, source: Arc::new(source), at, siblings };
    Found { request, listed: Ok(Listed { known, place: here, news, moves, renamed }), took, unfinished, newest }
}

/// Whether the newest step is to be read: it is not the one that is open, or that was written again.
fn is_due(newest: (usize, usize), here: Option<(usize, usize)>, request: &Request) -> bool {
    let is_other = |file: &Stamp| file.change(&Stamp::now(file.path())) == Some(Change::Other);
    here != Some(newest) || request.files.iter().any(is_other)
}

/// Reads an embedding, unless it is written to meanwhile.
fn read(source: &Source, place: (usize, usize), progress: &Progress) -> Result<Loaded, String> {
    let loaded = load_at(source, place, progress).map_err(|error| error.to_string())?;
    let changes = |file: &Stamp| file.change(&Stamp::now(file.path())).is_some();
    match loaded.files.iter().find(|file| changes(file)) {
        Some(file) => Err(format!("{} is still being written", file.path().display())),
        None => Ok(loaded),
    }
}
