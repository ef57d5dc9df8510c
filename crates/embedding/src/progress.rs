//! Progress and cancellation of a long computation.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

/// A handle that a computation writes its progress to, and its owner reads and cancels.
///
/// Clones share one state. Use `Progress::default()` if nobody watches.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    fraction: AtomicU32,
    cancelled: AtomicBool,
    message: Mutex<String>,
}

/// The computation was canceled by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("canceled")]
pub struct Cancelled;

impl Progress {
    /// Reports `fraction` of the work as done, from 0 to 1.
    pub fn set(&self, fraction: f32) {
        self.0.fraction.store(fraction.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    /// Reports `done` of `total` units, and returns an error if the owner has canceled.
    ///
    /// # Errors
    /// [`Cancelled`] after [`Progress::cancel`].
    pub fn advance(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        self.set(if total == 0 { 1.0 } else { done as f32 / total as f32 });
        self.check()
    }

    /// Begins a stage: its name is shown next to the bar, which starts again at 0.
    pub fn begin(&self, stage: impl Into<String>) {
        self.set(0.0);
        *self.0.message.lock().unwrap_or_else(PoisonError::into_inner) = stage.into();
    }

    /// Asks the computation to stop at its next check.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the owner has asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`Cancelled`] after [`Progress::cancel`].
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The reported fraction, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        f32::from_bits(self.0.fraction.load(Ordering::Relaxed))
    }

    /// The stage's name.
    #[must_use]
    pub fn message(&self) -> String {
        self.0.message.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_fraction_stage_and_cancellation() {
        let worker = Progress::default();
        let owner = worker.clone();
        worker.begin("Reading");
        worker.advance(1, 4).unwrap();
        assert_eq!((owner.fraction(), owner.message().as_str()), (0.25, "Reading"));
        owner.cancel();
        assert_eq!(worker.advance(2, 4), Err(Cancelled));
    }
}
