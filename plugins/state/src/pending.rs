//! Work whose time grows with the number of points.

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use bevy::{
    prelude::*,
    tasks::{Task, TaskPool, TaskPoolBuilder, futures::check_ready},
};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// From this many points on, what grows with their number is made in a task: the frame goes on, and
/// shows it once it is there. For fewer it is made at once, within a frame.
pub const MANY: usize = 1 << 18;

/// Wakes the main loop from another thread while it waits for events. `None` if it does not wait:
/// without a window there is also no reason to leave it a core.
#[derive(Resource, Clone, Default)]
pub struct Wake(pub Option<Arc<dyn Fn() + Send + Sync>>);

/// Work that is done at once for a few points, and in a task for [`MANY`].
#[derive(Debug, Default)]
pub enum Pending<T> {
    /// Nothing was asked for, or the result was taken.
    #[default]
    Nothing,
    /// It is being made. The task puts the result beside it, and then wakes the main loop.
    Busy(Task<()>, Arc<Mutex<Option<T>>>),
    /// It is there.
    Done(T),
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Wake>();
}

impl Wake {
    /// Wakes it.
    pub fn call(&self) {
        self.0.iter().for_each(|wake| wake());
    }

    /// Works on all cores, except for one if there is a window.
    pub fn beside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if self.0.is_some() { BESIDE.install(work) } else { work() }
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wake")
    }
}

impl<T: Send + 'static> Pending<T> {
    /// Begins work on so many points, on all cores but one, which is left to the window. What was begun
    /// before is dropped.
    pub fn begin(&mut self, points: usize, wake: &Wake, work: impl FnOnce() -> T + Send + 'static) {
        self.begin_on(if wake.0.is_some() { &QUICK } else { &QUICKEST }, points, wake, work);
    }

    /// Does the same on all cores: there is no picture yet.
    pub fn begin_first(&mut self, points: usize, wake: &Wake, work: impl FnOnce() -> T + Send + 'static) {
        self.begin_on(&QUICKEST, points, wake, work);
    }

    /// Does the same on threads of its own: it takes seconds, and what people wait for must not queue behind it.
    pub fn begin_behind(&mut self, points: usize, wake: &Wake, work: impl FnOnce() -> T + Send + 'static) {
        self.begin_on(&BEHIND, points, wake, work);
    }

    fn begin_on(
        &mut self,
        threads: &'static LazyLock<ThreadPool>,
        points: usize,
        wake: &Wake,
        work: impl FnOnce() -> T + Send + 'static,
    ) {
        if points < MANY {
            *self = Self::Done(work());
            return;
        }
        let (place, wake) = (Arc::new(Mutex::new(None)), wake.clone());
        let result = place.clone();
        let task = MAKING.spawn(async move {
            let made = threads.install(work);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
            wake.call();
        });
        *self = Self::Busy(task, result);
    }

    /// Returns whether the result has not been taken yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Takes the result if it is there.
    pub fn take(&mut self) -> Option<T> {
        let result = match self {
            Self::Nothing => None,
            Self::Done(_) => match std::mem::take(self) {
                Self::Done(result) => Some(result),
                _ => None,
            },
            Self::Busy(task, result) => {
                let made = result.lock().unwrap_or_else(PoisonError::into_inner).take();
                if made.is_none() {
                    // A task that has panicked says so here.
                    check_ready(task)?;
                }
                made
            }
        };
        if result.is_some() {
            *self = Self::Nothing;
        }
        result
    }
}

/// Threads that wait for what is made on all cores: as many as there are kinds of it. People wait for it, too,
/// so that it must not queue behind minutes of other work, nor one behind the other.
static MAKING: LazyLock<TaskPool> =
    LazyLock::new(|| TaskPoolBuilder::new().num_threads(8).thread_name("points".to_owned()).build());

/// Threads for all cores but one, which is left to the window.
static BESIDE: LazyLock<ThreadPool> = LazyLock::new(|| threads("beside", 1));

/// Threads of their own for what people wait for, which must not queue behind long work: for all cores but
/// one, and for all.
static QUICK: LazyLock<ThreadPool> = LazyLock::new(|| threads("quick", 1));
static QUICKEST: LazyLock<ThreadPool> = LazyLock::new(|| threads("quickest", 0));

/// Threads for what takes long and nobody waits for at once, for all cores but one.
static BEHIND: LazyLock<ThreadPool> = LazyLock::new(|| threads("behind", 1));

/// Returns threads for all cores but so many.
fn threads(name: &'static str, left: usize) -> ThreadPool {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pool = ThreadPoolBuilder::new().num_threads((cores - left).max(1)).thread_name(move |i| format!("{name} {i}"));
    pool.build().expect("threads")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn few_points_are_done_at_once_and_many_later() {
        let (wakes, woken) = mpsc::channel();
        let wake = Wake(Some(Arc::new(move || wakes.send(()).unwrap())));
        let mut pending = Pending::default();
        assert_eq!((pending.is_busy(), pending.take()), (false, None));
        pending.begin(MANY - 1, &wake, || 1);
        assert_eq!((pending.is_busy(), pending.take(), pending.is_busy()), (true, Some(1), false));
        assert!(woken.try_recv().is_err(), "nobody waits");
        let (go, wait) = mpsc::channel::<()>();
        pending.begin(MANY, &wake, move || {
            wait.recv().unwrap();
            2
        });
        assert_eq!((pending.take(), pending.is_busy()), (None, true), "it waits");
        go.send(()).unwrap();
        woken.recv().unwrap();
        assert_eq!((pending.take(), pending.is_busy()), (Some(2), false), "it is there when the loop is woken");
    }
}
