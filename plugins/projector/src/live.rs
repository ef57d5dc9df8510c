//! A run of a projection with steps, as a job and the main thread share it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parallax_projection::{Layout, Run, Steering};
use parallax_session::Steps;

use crate::quality::Measured;

/// A run. It outlives its job, so that another job can continue it.
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

    /// Takes what the next step takes into account.
    pub(crate) fn take_steering(&self) -> Steering {
        std::mem::take(&mut lock(&self.steering))
    }

    /// Returns the run. `None` until it has started.
    pub(crate) fn run(&self) -> MutexGuard<'_, Option<Run>> {
        lock(&self.run)
    }

    /// Adds the divergence before the last step, if the method has one.
    pub(crate) fn add_divergence(&self, run: &Run) {
        lock(&self.divergences).extend(run.kl().map(|kl| kl as f32));
    }

    /// Publishes the layout after a step that took this long.
    pub(crate) fn publish(&self, run: &Run, took: Duration, quality: Option<Measured>) {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use parallax_projection::{Categories, LearningRate};

    use super::*;

    #[test]
    fn next_step_gets_everything_that_was_told_since_the_last() {
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
        assert_eq!(live.take_steering(), expected);
    }
}
