//! Progress and cancellation of a long computation.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// A handle that a computation writes its progress to, and its owner reads and cancels.
///
/// Clones share one state. Use `Progress::default()` if nobody watches.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    state: Arc<State>,
    /// The part of the bar that belongs to this handle. `None` is all of it.
    part: Option<Range<f32>>,
}

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
        let fraction = fraction.clamp(0.0, 1.0);
        let fraction = match &self.part {
            Some(part) => part.start + fraction * (part.end - part.start),
            None => fraction,
        };
        self.state.fraction.store(fraction.to_bits(), Ordering::Relaxed);
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
        if self.part.is_none() {
            *self.state.message.lock().unwrap_or_else(PoisonError::into_inner) = stage.into();
        }
    }

    /// Returns a handle for a computation that is a part of this one: what it reports moves the bar
    /// within `part`, from 0 to 1, and the name of the stage stays.
    #[must_use]
    pub fn within(&self, part: Range<f32>) -> Self {
        Self { state: self.state.clone(), part: Some(part) }
    }

    /// Asks the computation to stop at its next check.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the owner has asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state.cancelled.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`Cancelled`] after [`Progress::cancel`].
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The reported fraction, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        f32::from_bits(self.state.fraction.load(Ordering::Relaxed))
    }

    /// The stage's name.
    #[must_use]
    pub fn message(&self) -> String {
        self.state.message.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    #[test]
    fn part_moves_the_bar_within_its_range() {
        let owner = Progress::default();
        owner.begin("Layout 2 of 3");
        let part = owner.within(0.5..0.75);
        part.begin("Finding neighbors");
        assert_eq!((owner.fraction(), owner.message().as_str()), (0.5, "Layout 2 of 3"));
        part.set(1.0);
        assert_eq!(owner.fraction(), 0.75);
        owner.cancel();
        assert!(part.is_cancelled());
    }
}
