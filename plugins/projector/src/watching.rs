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
use parallax_embedding::{Metadata, Progress, SpriteSheet};
use parallax_formats::{
    Change, FormatError, Listing, Loaded, News, Problem, Siblings, Source, Stamp, Unfinished, Watch,
};
use parallax_session::Origin;
use parallax_state::{CurrentView, Opened, Settled, Topic};

use crate::{
    Wake,
    job::Jobs,
    loading::{Known, Loading, list, numbered_beside, share},
};

/// If present, files that are open are watched. In pictures and movies they are not: they show what
/// there is when they are made.
#[derive(Resource, Debug, Default, Clone, PartialEq, Eq)]
pub struct WatchFiles {
    /// How often what is open was listed again because files have changed, while it stayed as it is.
    pub listings: u64,
}

/// After this time, that something is not complete yet is noted.
const PATIENCE: Duration = Duration::from_mins(2);

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
    /// Its metadata as they were loaded, and its pictures, which other steps share.
    like: (Arc<Metadata>, Option<Arc<SpriteSheet>>),
    follow: bool,
    ignored: Option<BTreeSet<Unfinished>>,
}

/// What was found.
struct Found {
    request: Request,
    /// The listing, which keeps what is open, and where that is in it.
    listed: Result<(Known, (usize, usize)), FormatError>,
    took: Duration,
    news: Vec<News>,
    /// What of it has files that were written to since it was listed before.
    rewritten: BTreeSet<(usize, usize)>,
    siblings: Option<Siblings>,
    /// What is waited for.
    unfinished: BTreeSet<Unfinished>,
    /// The newest step, if it is to be shown, or why it cannot be read.
    newest: Option<Result<((usize, usize), Loaded), String>>,
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
            like: (opened.loaded_metadata.clone(), opened.embedding.as_ref().and_then(|open| open.sprite.clone())),
            follow: view.follow,
            ignored: watching.ignored.clone(),
        };
        watching.job = Some(Job::spawn(request, jobs.wake.clone()));
    }
    let Some(found) = watching.job.as_ref().and_then(Job::take) else { return };
    watching.job = None;
    let Found { request, listed, took, news, rewritten, siblings, unfinished, newest } = found;
    // Something else may have been opened since, or Follow have been switched.
    if request.epoch != opened.epoch || request.follow != view.follow {
        watching.again = true;
        return;
    }
    watching.ignored = request.ignored;
    let (known, place) = match listed {
        Ok(listed) => listed,
        Err(error) => {
            watching.listed(Listing { source: None, took, is_whole: false });
            let what = format!("it has changed, and cannot be listed: {error}");
            watching.wait(Some(what), BTreeSet::new(), &mut opened);
            return;
        }
    };
    let failed = newest.as_ref().and_then(|newest| newest.as_ref().err());
    let why = failed.cloned().or_else(|| news::waits(&unfinished));
    let is_whole = why.is_none();
    let source = Arc::clone(&known.source);
    watching.listed(Listing { source: Some(Arc::clone(&source)), took, is_whole });
    watching.of = Some((known.origin.clone(), Arc::clone(&source)));
    watching.wait(why, unfinished, &mut opened);
    opened.source = Some(Arc::clone(&source));
    opened.place = place;
    let origin = known.origin.clone();
    let before = request.known;
    loading.list_again(known, rewritten);
    // A name may mean a newer step now.
    if source.choose(view.run.as_deref(), view.embedding.as_deref()).ok() != Some(place)
        && let Some((run, info)) = source.at(place)
    {
        let run = if source.runs.len() > 1 { Some(run.name.clone()) } else { view.run.clone() };
        loading.call((run, Some(info.name.clone())), &origin, &mut settled);
    }
    if let Some(Ok(newest)) = newest {
        loading.follow(&view, (&mut opened, &mut jobs.toasts), newest, &mut settled, &mut commands);
    } else {
        files.listings += 1;
        let said = news::said(&source, &news, place);
        if let Some((text, action)) =
            said.or_else(|| news::beside(&origin, before.siblings.as_ref(), siblings.as_ref()))
        {
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

    /// Notes what has been waited for for too long, and waits no more for what is `unfinished`.
    fn wait(&mut self, why: Option<String>, unfinished: BTreeSet<Unfinished>, opened: &mut Opened) {
        let Some(why) = why else {
            self.waits_since = None;
            self.put_note(None, opened);
            return;
        };
        if self.waits_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
            return;
        }
        self.ignored.get_or_insert_default().extend(unfinished);
        let path = opened.source.as_ref().map(|source| source.path.clone()).unwrap_or_default();
        self.put_note(Some(Problem::note(path, why)), opened);
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

/// Lists the source again, and reads its newest step if that is followed.
fn look(mut request: Request, progress: &Progress) -> Found {
    let (at, begun) = (SystemTime::now(), Instant::now());
    let (before, place) = (Arc::clone(&request.known.source), request.place);
    let ignored = request.ignored.get_or_insert_with(|| before.unfinished()).clone();
    let origin = request.known.origin.clone();
    let siblings = numbered_beside(&origin);
    let listed = list(&origin, progress);
    let took = begun.elapsed();
    let nothing = |request, error, siblings| Found {
        request,
        listed: Err(error),
        took,
        news: Vec::new(),
        rewritten: BTreeSet::new(),
        siblings,
        unfinished: BTreeSet::new(),
        newest: None,
    };
    let mut source = match listed {
        Ok(source) => source,
        Err(error) => return nothing(request, error, siblings),
    };
    let (news, unfinished) = (source.news(&before), &source.unfinished() - &ignored);
    let here = source.find(&before, place);
    let newest = source.newest_of(&before, place).filter(|newest| request.follow && is_due(*newest, here, &request));
    let newest = newest.map(|newest| {
        let mut loaded = read(&source, newest, progress)?;
        share(&mut loaded.embedding, &request.like.0, request.like.1.as_ref());
        Ok((newest, loaded))
    });
    let Some(here) = source.keep(&before, place) else {
        let error = Problem::error(&source.path, "what is open is not listed any more").into();
        return nothing(request, error, siblings);
    };
    let rewritten = source.rewritten(&before, request.known.at);
    let known = Known { origin, source: Arc::new(source), at, siblings: siblings.clone() };
    Found { request, listed: Ok((known, here)), took, news, rewritten, siblings, unfinished, newest }
}

/// Whether the newest step is to be read: it is not the one that is open, or that was written again.
fn is_due(newest: (usize, usize), here: Option<(usize, usize)>, request: &Request) -> bool {
    let is_other = |file: &Stamp| file.change(&Stamp::now(file.path())) == Some(Change::Other);
    here != Some(newest) || request.files.iter().any(is_other)
}

/// Reads an embedding, unless it is written to meanwhile.
fn read(source: &Source, (run, embedding): (usize, usize), progress: &Progress) -> Result<Loaded, String> {
    let loaded = source.load(run, embedding, progress).map_err(|error| error.to_string())?;
    let changes = |file: &Stamp| file.change(&Stamp::now(file.path())).is_some();
    match loaded.files.iter().find(|file| changes(file)) {
        Some(file) => Err(format!("{} is still being written", file.path().display())),
        None => Ok(loaded),
    }
}
