//! A background computation.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use bevy::{
    ecs::system::SystemParam,
    prelude::*,
    tasks::{AsyncComputeTaskPool, BoxedFuture, IoTaskPool, Task, TaskPool, TaskPoolBuilder, futures::check_ready},
};
use parallax_embedding::Progress;
use parallax_session::{JobKind, JobStatus};
use parallax_state::{Cancel, Retry, Routed, Running, Toasts, Took};

use crate::{Wake, slot::SlotState};

/// What jobs share: the list of those that run, how long they took, their messages, how they wake
/// the program, and requests to cancel them.
#[derive(SystemParam)]
pub(crate) struct Jobs<'w, 's> {
    running: ResMut<'w, Running>,
    took: ResMut<'w, Took>,
    pub(crate) toasts: ResMut<'w, Toasts>,
    pub(crate) wake: Res<'w, Wake>,
    cancels: MessageReader<'w, 's, Routed<Cancel>>,
    retries: MessageReader<'w, 's, Routed<Retry>>,
}

impl Jobs<'_, '_> {
    /// Takes the requests to cancel jobs.
    pub(crate) fn take_cancels(&mut self) -> Cancels {
        Cancels(self.cancels.read().map(|Routed(cancel)| *cancel).collect())
    }

    /// Takes the requests to do jobs again. Returns whether the job of this kind is.
    pub(crate) fn take_retries(&mut self, kind: JobKind) -> bool {
        self.retries.read().filter(|Routed(retry)| retry.0 == kind).count() > 0
    }
}

/// Requests to cancel jobs.
pub(crate) struct Cancels(Vec<Cancel>);

impl Cancels {
    /// Returns whether the job of this kind is canceled.
    pub(crate) fn include(&self, kind: JobKind) -> bool {
        self.0.iter().any(|cancel| cancel.ends(kind))
    }

    /// Returns whether all jobs are canceled.
    pub(crate) fn include_all(&self) -> bool {
        self.0.iter().any(|cancel| cancel.0.is_none())
    }
}

/// A slot for one job at a time: a computation of `T` for the request `R`.
pub(crate) struct Slot<R, T>(SlotState<R, Job<T>>);

impl<R, T> Default for Slot<R, T> {
    fn default() -> Self {
        Self(SlotState::Idle)
    }
}

impl<R: PartialEq + Clone, T: Send + 'static> Slot<R, T> {
    /// Starts `work` for `request` unless it is running or done, and cancels a job for another
    /// request.
    pub(crate) fn want(
        &mut self,
        request: R,
        (kind, name): (JobKind, String),
        wake: &Wake,
        work: impl FnOnce() -> Work<T>,
    ) {
        self.0.want(request, || Job::spawn((kind, name), wake.clone(), work()));
    }

    /// As [`Slot::want`] and [`Slot::poll`], but a job for a request that is `near` is finished
    /// before the next one starts: results keep coming while the request changes in each frame.
    pub(crate) fn follow(
        &mut self,
        request: R,
        near: impl FnOnce(&R) -> bool,
        (kind, name): (JobKind, String),
        jobs: &mut Jobs,
        work: impl FnOnce(R) -> Work<T>,
    ) -> Option<(R, T)> {
        let is_near = self.busy().is_some_and(|busy| *busy != request && near(busy));
        let before = if is_near { Some(self.poll(jobs)?) } else { None };
        self.want(request.clone(), (kind, name), &jobs.wake, || work(request));
        self.poll(jobs).or(before)
    }

    /// Returns the request of the running job.
    pub(crate) fn busy(&self) -> Option<&R> {
        self.0.busy()
    }

    /// Returns whether `request` is running or done.
    pub(crate) fn is_for(&self, request: &R) -> bool {
        self.0.is_for(request)
    }

    /// Counts `request` as done, because its result was provided in another way.
    pub(crate) fn assume(&mut self, request: R) {
        self.0 = SlotState::Done(request);
    }

    /// Cancels the running job, and forgets it and the last request.
    pub(crate) fn clear(&mut self) {
        self.0 = SlotState::Idle;
    }

    /// Cancels the running job. It is not tried again until there was another request.
    pub(crate) fn cancel(&mut self) {
        self.0.cancel();
    }

    /// Returns the result once it is ready. Until then, the job is listed.
    pub(crate) fn poll(&mut self, jobs: &mut Jobs) -> Option<(R, T)> {
        let SlotState::Busy(request, job) = &mut self.0 else { return None };
        let Some((result, took)) = check_ready(&mut job.task) else {
            jobs.running.0.push(JobStatus {
                kind: job.kind,
                name: job.name.clone(),
                message: job.progress.message(),
                fraction: job.progress.fraction(),
            });
            return None;
        };
        jobs.took.0.insert(job.kind, took);
        let request = request.clone();
        self.0 = SlotState::Done(request.clone());
        Some((request, result))
    }
}

/// A computation that has not started. It yields where other jobs may run.
pub(crate) type Work<T> = Box<dyn FnOnce(Progress) -> BoxedFuture<'static, T> + Send>;

/// Returns a computation that does not yield.
pub(crate) fn whole<T: 'static>(work: impl FnOnce(&Progress) -> T + Send + 'static) -> Work<T> {
    Box::new(move |progress| Box::pin(async move { work(&progress) }))
}

/// A computation of `T` that is under way. Dropping it cancels it.
struct Job<T> {
    kind: JobKind,
    name: String,
    progress: Progress,
    task: Task<(T, Duration)>,
}

impl<T: Send + 'static> Job<T> {
    fn spawn((kind, name): (JobKind, String), wake: Wake, work: Work<T>) -> Self {
        let progress = Progress::default();
        let working = work(progress.clone());
        let whole = async move {
            let started = Instant::now();
            let result = working.await;
            wake.call();
            (result, started.elapsed())
        };
        // Work that the user waits for while typing or clicking must not queue behind minutes of
        // other work.
        let task = match kind {
            JobKind::Search | JobKind::Show | JobKind::Sort | JobKind::Chart | JobKind::Tag | JobKind::Neighbors => {
                IoTaskPool::get().spawn(whole)
            }
            JobKind::Project
            | JobKind::Measure
            | JobKind::Name
            | JobKind::Stability
            | JobKind::Apart
            | JobKind::Check
            | JobKind::Compare
            | JobKind::Draft
            | JobKind::Export
            | JobKind::Fonts => AsyncComputeTaskPool::get().spawn(whole),
            // These do not yield. Who goes through the steps of a training waits neither for the layouts of
            // all of them, nor for the figures of the one that was on screen.
            JobKind::Training => LAYING_OUT.spawn(whole),
            JobKind::Load => LOADING.spawn(whole),
        };
        debug!("{name}");
        Self { kind, name, progress, task }
    }
}

/// A thread for the layouts of steps.
static LAYING_OUT: LazyLock<TaskPool> = LazyLock::new(|| thread("steps"));

/// A thread for reading data.
static LOADING: LazyLock<TaskPool> = LazyLock::new(|| thread("loading"));

fn thread(name: &str) -> TaskPool {
    TaskPoolBuilder::new().num_threads(1).thread_name(name.to_owned()).build()
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}
