//! Watches the files of a source: a thread that tells when something has changed.
//!
//! Events of the system say when to look (`notify`), and what is looked at says whether there is a
//! change: names, sizes, and times, of the files and folders that the source is read from. Without
//! events, as from another machine on a network's disk, it is looked at from time to time. A change
//! is told once it has come to rest, and no oftener than listings allow.

mod look;
mod pace;

use std::{
    cell::Cell,
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use self::{look::Watched, pace::Pace};
use crate::{OpenOptions, Source};

/// Watches the files of a source until it is dropped.
pub struct Watch {
    signals: mpsc::Sender<Signal>,
    changed: Arc<AtomicBool>,
}

/// What the thread waits for.
enum Signal {
    /// Something that matters has changed on disk.
    Event,
    /// The source was listed again.
    Listed(Listing),
    Stop,
}

/// How the source was listed again.
#[derive(Debug, Clone)]
pub struct Listing {
    /// What was found. `None` if it could not be listed.
    pub source: Option<Arc<Source>>,
    /// How long that took. The next change is told after several times as long.
    pub took: Duration,
    /// Whether nothing seems to be half written. If something does, a change is told again after a
    /// pause, which grows.
    pub is_whole: bool,
}

impl Watch {
    /// Starts to watch the files of `source`, which was listed at the time `since`. When they change,
    /// `wake` is called. `note` is called with what is not watched, and why. Returns `None` if there is
    /// no thread for it.
    pub fn start(
        (source, options): (Arc<Source>, OpenOptions),
        since: SystemTime,
        wake: impl Fn() + Send + 'static,
        note: impl Fn(&str) + Send + 'static,
    ) -> Option<Self> {
        let (signals, received) = mpsc::channel();
        let changed = Arc::new(AtomicBool::new(false));
        let (sender, flag) = (signals.clone(), Arc::clone(&changed));
        let tell = move || {
            flag.store(true, Ordering::Release);
            wake();
        };
        let work = move || run((source, &options), since, (&sender, &received), tell, note);
        thread::Builder::new().name("watch files".to_owned()).spawn(work).ok()?;
        Some(Self { signals, changed })
    }

    /// Returns whether the files have changed since the last call.
    #[must_use]
    pub fn take(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Says that the source was listed again.
    pub fn listed(&self, listing: Listing) {
        // If the thread has ended, nobody is told any more.
        self.signals.send(Signal::Listed(listing)).ok();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.signals.send(Signal::Stop).ok();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("changed", &self.changed).finish_non_exhaustive()
    }
}

fn run(
    (source, options): (Arc<Source>, &OpenOptions),
    since: SystemTime,
    (sender, received): (&mpsc::Sender<Signal>, &mpsc::Receiver<Signal>),
    tell: impl Fn(),
    note: impl Fn(&str),
) {
    // What was written to since then may not have been listed.
    let told = Cell::new(since);
    let tell = || {
        told.set(SystemTime::now() - TICK);
        tell();
    };
    let mut watched = Watched::of(&source, options);
    drop(source);
    let first = watched.look();
    if first.is_cut {
        note("so many files and folders are below it that only the first are watched");
    }
    let mut events = Events::of(&watched, first.is_cut, sender, &note);
    let mut pace = Pace::new(first.hash, events.is_some(), Instant::now());
    if first.newest.is_some_and(|newest| newest >= since) {
        // It may have changed between the listing and this look.
        tell();
    }
    loop {
        match received.recv_timeout(pace.next().saturating_duration_since(Instant::now())) {
            Ok(Signal::Event) => pace.event(Instant::now()),
            Ok(Signal::Listed(Listing { source, took, is_whole })) => {
                let now_watched = source.map(|source| Watched::of(&source, options));
                if let Some(other) = now_watched.filter(|other| *other != watched) {
                    watched = other;
                    let look = watched.look();
                    events = Events::of(&watched, look.is_cut, sender, &note);
                    pace.accept(look.hash, events.is_some());
                    if look.newest.is_some_and(|newest| newest >= told.get()) {
                        tell();
                    }
                }
                pace.listed(took, is_whole, Instant::now());
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let begun = Instant::now();
                let look = watched.look();
                if pace.seen(look.hash, begun.elapsed(), Instant::now()) {
                    tell();
                }
            }
            Ok(Signal::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The system's events. They end when this is dropped.
struct Events(#[expect(dead_code, reason = "it only has to live")] RecommendedWatcher);

impl Events {
    /// Asks for events of what is watched. Returns `None` if there are none, or too many folders.
    fn of(watched: &Watched, is_cut: bool, sender: &mpsc::Sender<Signal>, note: &impl Fn(&str)) -> Option<Self> {
        if is_cut {
            return None;
        }
        let (signals, of) = (sender.clone(), watched.clone());
        let send = move |event: notify::Result<Event>| {
            let matters = |event: Event| {
                !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| of.matters(path))
            };
            // An error may stand for events that were lost.
            if event.map_or(true, matters) {
                signals.send(Signal::Event).ok();
            }
        };
        let refused = |error: notify::Error| note(&format!("there are no events of it ({error}); it is looked at"));
        let mut watcher = notify::recommended_watcher(send).map_err(refused).ok()?;
        let folders = watched.folders().iter().map(|folder| (folder.clone(), RecursiveMode::Recursive));
        let parents = watched.parents().into_iter().map(|folder| (folder, RecursiveMode::NonRecursive));
        let places: Vec<(PathBuf, RecursiveMode)> = folders.chain(parents).collect();
        for (place, mode) in places {
            watcher.watch(&place, mode).map_err(refused).ok()?;
        }
        Some(Self(watcher))
    }
}

/// How much the times of files may be behind the clock.
const TICK: Duration = Duration::from_millis(20);

/// Whether a file changes all the time, and what is read does not depend on it.
fn is_noise(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains("tfevents") || name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::open;

    /// Waits until the watch tells a change. Returns whether it has within this time.
    fn is_told(watch: &Watch, within: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < within {
            if watch.take() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn watch(path: &Path) -> (Watch, Arc<Source>) {
        let source = Arc::new(open(path, &OpenOptions::default()).unwrap());
        // Files that were written a moment ago are not taken for new ones.
        let since = SystemTime::now() + Duration::from_secs(1);
        (Watch::start((Arc::clone(&source), OpenOptions::default()), since, || {}, |_| {}).unwrap(), source)
    }

    const SOON: Duration = Duration::from_secs(20);
    const NOT: Duration = Duration::from_millis(1500);

    #[test]
    fn file_that_is_written_again_is_told_and_others_beside_it_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "x,y\n1,2\n3,4\n").unwrap();
        let (watch, _) = watch(&path);
        assert!(!is_told(&watch, NOT), "nothing has changed");
        fs::write(folder.path().join("b.txt"), "x").unwrap();
        assert!(!is_told(&watch, NOT), "it is another file");
        fs::write(&path, "x,y\n1,2\n3,4\n5,6\n").unwrap();
        assert!(is_told(&watch, SOON));
        assert!(!is_told(&watch, NOT), "it is told once");
    }

    #[test]
    fn files_in_new_folders_are_told_and_events_of_tensorflow_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.csv"), "x,y\n1,2\n3,4\n").unwrap();
        let (watch, source) = watch(folder.path());
        fs::write(folder.path().join("events.out.tfevents.1"), "x").unwrap();
        assert!(!is_told(&watch, NOT));
        fs::create_dir_all(folder.path().join("deep/er")).unwrap();
        assert!(is_told(&watch, SOON));
        watch.listed(Listing { source: Some(source), took: Duration::ZERO, is_whole: true });
        fs::write(folder.path().join("deep/er/b.csv"), "x,y\n1,2\n").unwrap();
        assert!(is_told(&watch, SOON));
        // Written after it was listed, and before the watch knows of the listing.
        let listed = Arc::new(open(folder.path(), &OpenOptions::default()).unwrap());
        fs::write(folder.path().join("deep/er/c.csv"), "x,y\n1,2\n").unwrap();
        watch.listed(Listing { source: Some(listed), took: Duration::ZERO, is_whole: true });
        assert!(is_told(&watch, SOON));
    }

    #[test]
    fn what_is_half_written_is_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "x,y\n1,2\n3,4\n").unwrap();
        let (watch, _) = watch(&path);
        watch.listed(Listing { source: None, took: Duration::ZERO, is_whole: false });
        assert!(is_told(&watch, SOON), "after a pause");
        assert!(!is_told(&watch, NOT), "only if it is said again");
    }

    #[test]
    fn change_between_the_listing_and_the_first_look_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "x,y\n1,2\n3,4\n").unwrap();
        let source = Arc::new(open(&path, &OpenOptions::default()).unwrap());
        let since = SystemTime::now() - Duration::from_secs(5);
        let watch = Watch::start((source, OpenOptions::default()), since, || {}, |_| {}).unwrap();
        assert!(is_told(&watch, SOON));
    }
}
