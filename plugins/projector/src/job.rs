//! A background computation.

use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, BoxedFuture, IoTaskPool, Task, futures::check_ready},
};
use parallax_embedding::Progress;
use parallax_state::{JobKind, JobStatus, Running};

use crate::Wake;

/// A computation of `T` for the request `R`. Dropping it cancels it.
pub(crate) struct Job<R, T> {
    /// The request that it was started for.
    pub(crate) request: R,
    kind: JobKind,
    name: String,
    progress: Progress,
    task: Task<T>,
}

/// A computation that has not started. It yields where other jobs may run.
pub(crate) type Work<T> = Box<dyn FnOnce(Progress) -> BoxedFuture<'static, T> + Send>;

/// Returns a computation that does not yield.
pub(crate) fn whole<T: 'static>(work: impl FnOnce(&Progress) -> T + Send + 'static) -> Work<T> {
    Box::new(move |progress| Box::pin(async move { work(&progress) }))
}

/// A slot for one job at a time.
pub(crate) struct Slot<R, T> {
    job: Option<Job<R, T>>,
    /// The last request that ended, whether it failed or not. It is not tried again.
    done: Option<R>,
}

impl<R, T> Default for Slot<R, T> {
    fn default() -> Self {
        Self { job: None, done: None }
    }
}

impl<R: PartialEq + Clone + Send + 'static, T: Send + 'static> Slot<R, T> {
    /// Starts `work` for `request` unless it is running or done, and cancels a job for another
    /// request.
    pub(crate) fn want(
        &mut self,
        request: R,
        (kind, name): (JobKind, String),
        wake: &Wake,
        work: impl FnOnce() -> Work<T>,
    ) {
        let current = self.job.as_ref().map(|job| &job.request).or(self.done.as_ref());
        if current == Some(&request) {
            return;
        }
        self.done = None;
        self.job = Some(Job::spawn(request, (kind, name), wake.clone(), work()));
    }

    /// Returns the request of the running job.
    pub(crate) fn busy(&self) -> Option<&R> {
        self.job.as_ref().map(|job| &job.request)
    }

    /// Counts `request` as done, because its result was provided in another way.
    pub(crate) fn assume(&mut self, request: R) {
        self.job = None;
        self.done = Some(request);
    }

    /// Cancels the running job, and forgets it and the last request.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Cancels the running job. It is not tried again until there was another request.
    pub(crate) fn cancel(&mut self) {
        if let Some(job) = self.job.take() {
            self.done = Some(job.request.clone());
        }
    }

    /// Returns the result once it is ready. Until then, adds the job to `running`.
    pub(crate) fn poll(&mut self, running: &mut Running) -> Option<(R, T)> {
        let job = self.job.as_mut()?;
        let Some(result) = check_ready(&mut job.task) else {
            running.0.push(JobStatus {
                kind: job.kind,
                name: job.name.clone(),
                message: job.progress.message(),
                fraction: job.progress.fraction(),
            });
            return None;
        };
        let request = job.request.clone();
        self.job = None;
        self.done = Some(request.clone());
        Some((request, result))
    }
}

impl<R, T: Send + 'static> Job<R, T> {
    fn spawn(request: R, (kind, name): (JobKind, String), wake: Wake, work: Work<T>) -> Self {
        let progress = Progress::default();
        let working = work(progress.clone());
        let whole = async move {
            let result = working.await;
            (wake.0)();
            result
        };
        // Work that the user waits for while typing or clicking must not queue behind minutes of
        // other work.
        let task = match kind {
            JobKind::Search | JobKind::Show | JobKind::Sort | JobKind::Tag | JobKind::Neighbors => {
                IoTaskPool::get().spawn(whole)
            }
            JobKind::Load | JobKind::Project | JobKind::Measure | JobKind::Export | JobKind::Fonts => {
                AsyncComputeTaskPool::get().spawn(whole)
            }
        };
        debug!("{name}");
        Self { request, kind, name, progress, task }
    }
}

impl<R, T> Drop for Job<R, T> {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}
