//! A run of a projection with steps. The newest layout is published after each step.

use std::{
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bevy::tasks::futures_lite::future::yield_now;
use parallax_embedding::Progress;
use parallax_projection::{Layout, ProjectionError, Recipe, Run, Space, Steering};
use parallax_session::Steps;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{
    Wake,
    quality::{MEASURED_ROWS, Measured},
};

/// A run that a job and the main thread share. It outlives its job, so that another job can
/// continue it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// The layout that it starts from. `None` for the principal components.
    pub(crate) from: Option<Arc<Layout>>,
    run: Mutex<Option<Run>>,
    /// The divergence after each step, if the method has one.
    divergences: Mutex<Vec<f32>>,
    latest: Mutex<Option<Latest>>,
    steering: Mutex<Steering>,
}

/// The result of the last step.
#[derive(Debug)]
pub(crate) struct Latest {
    pub(crate) layout: Layout,
    pub(crate) steps: Steps,
    /// The duration of the step.
    pub(crate) took: Duration,
    /// The quality, if it was measured since the last result was taken.
    pub(crate) quality: Option<Measured>,
}

/// The share of the time that is spent on measuring.
const MEASURING: f64 = 0.05;

impl Live {
    /// Creates a run that has not started.
    pub(crate) fn new(from: Option<Arc<Layout>>) -> Self {
        Self { from, ..Self::default() }
    }

    /// Takes the newest result, if there is a new one.
    pub(crate) fn take(&self) -> Option<Latest> {
        lock(&self.latest).take()
    }

    /// Adds to what the next step takes into account.
    pub(crate) fn tell(&self, news: Steering) {
        let mut steering = lock(&self.steering);
        let before = std::mem::take(&mut *steering);
        *steering = Steering {
            learning_rate: news.learning_rate.or(before.learning_rate),
            supervision: news.supervision.or(before.supervision),
            perturb: news.perturb || before.perturb,
            extend: news.extend || before.extend,
        };
    }

    /// Starts, or continues, until all steps are done.
    pub(crate) async fn go(
        self: Arc<Self>,
        recipe: Arc<Recipe>,
        space: Arc<Space>,
        (wake, measures): (Wake, bool),
        progress: Progress,
    ) -> Result<(), ProjectionError> {
        if lock(&self.run).is_none()
            && let Some(run) = recipe.begin(&space, self.from.as_deref(), &progress)?
        {
            self.publish(&run, Duration::ZERO, None);
            *lock(&self.run) = Some(run);
            wake.call();
        }
        let mut watch = measures.then(|| Watch::new(&recipe, &space, &wake));
        loop {
            yield_now().await;
            progress.check()?;
            let mut run = lock(&self.run);
            let Some(run) = run.as_mut() else { return Ok(()) };
            run.steer(&std::mem::take(&mut *lock(&self.steering)))?;
            if run.is_finished() {
                return Ok(());
            }
            progress.set(run.iteration() as f32 / run.iterations().max(1) as f32);
            let started = Instant::now();
            wake.beside(|| run.step())?;
            lock(&self.divergences).extend(run.kl().map(|kl| kl as f32));
            let took = started.elapsed();
            let quality = match &mut watch {
                Some(watch) => watch.look(run, took, &progress)?,
                None => None,
            };
            self.publish(run, took, quality);
            wake.call();
        }
    }

    fn publish(&self, run: &Run, took: Duration, quality: Option<Measured>) {
        let steps = Steps {
            iteration: run.iteration(),
            iterations: run.iterations(),
            kl: lock(&self.divergences).as_slice().into(),
            running: !run.is_finished(),
            outdated: false,
        };
        let mut latest = lock(&self.latest);
        let quality = quality.or_else(|| latest.take().and_then(|before| before.quality));
        *latest = Some(Latest { layout: run.layout(), steps, took, quality });
    }
}

/// Measures the layout so rarely that it hardly slows the steps down.
struct Watch<'a> {
    recipe: &'a Recipe,
    space: &'a Space,
    wake: &'a Wake,
    stepping: Duration,
    measuring: Duration,
}

impl<'a> Watch<'a> {
    fn new(recipe: &'a Recipe, space: &'a Space, wake: &'a Wake) -> Self {
        Self { recipe, space, wake, stepping: Duration::ZERO, measuring: Duration::ZERO }
    }

    fn look(&mut self, run: &Run, took: Duration, progress: &Progress) -> Result<Option<Measured>, ProjectionError> {
        self.stepping += took;
        // The first measurement also finds the neighbors of the vectors, so it waits until there is
        // something to see.
        let early = self.measuring.is_zero() && self.stepping < Duration::from_secs(2);
        let busy = self.measuring.as_secs_f64() > MEASURING * self.stepping.as_secs_f64();
        if early || busy || run.graph().len() > MEASURED_ROWS {
            return Ok(None);
        }
        let started = Instant::now();
        let near = self.recipe.near;
        let measured = self.wake.beside(|| Measured::new(&run.layout(), near, self.space, progress));
        self.measuring += started.elapsed();
        match measured {
            Ok(measured) => Ok(Some(measured)),
            Err(ProjectionError::Cancelled(cancelled)) => Err(cancelled.into()),
            // A layout of too few points to measure goes on.
            Err(_) => Ok(None),
        }
    }
}

impl Wake {
    /// Works on all cores, except for one if there is a window.
    fn beside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if self.0.is_some() { POOL.install(work) } else { work() }
    }
}

/// Threads for all cores but one, which is left to the window.
static POOL: LazyLock<ThreadPool> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pool = ThreadPoolBuilder::new().num_threads((cores - 1).max(1)).thread_name(|i| format!("projection {i}"));
    pool.build().expect("threads for projections")
});

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use parallax_projection::{Categories, LearningRate};

    use super::*;

    #[test]
    fn next_step_hears_all_that_was_asked_for_and_the_newest_of_each() {
        let rate = |rate| Some(LearningRate(Some(rate)));
        let labels = |weight| Some((Categories::from([Some(1)]), weight));
        let live = Live::default();
        for news in [
            Steering { learning_rate: rate(10.0), extend: true, ..Steering::default() },
            Steering { learning_rate: rate(20.0), supervision: labels(0.5), ..Steering::default() },
            Steering { perturb: true, ..Steering::default() },
            Steering::default(),
        ] {
            live.tell(news);
        }
        let expected = Steering { learning_rate: rate(20.0), supervision: labels(0.5), perturb: true, extend: true };
        assert_eq!(*lock(&live.steering), expected);
    }
}
