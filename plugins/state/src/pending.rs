//! Work whose time grows with the number of points.

use std::sync::LazyLock;

use bevy::tasks::{Task, TaskPool, TaskPoolBuilder, futures::check_ready};

/// From this many points on, what grows with their number is made in a task: the frame goes on, and
/// shows it once it is there. For fewer it is made at once, within a frame.
pub const MANY: usize = 1 << 18;

/// Work that is done at once for a few points, and in a task for [`MANY`].
#[derive(Debug, Default)]
pub enum Pending<T> {
    /// Nothing was asked for, or the result was taken.
    #[default]
    Nothing,
    /// It is being made.
    Busy(Task<T>),
    /// It is there.
    Done(T),
}

impl<T: Send + 'static> Pending<T> {
    /// Begins work on so many points. What was begun before is dropped.
    pub fn begin(&mut self, points: usize, work: impl FnOnce() -> T + Send + 'static) {
        *self = if points < MANY { Self::Done(work()) } else { Self::Busy(MAKING.spawn(async move { work() })) };
    }

    /// Returns whether the result has not been taken yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Takes the result if it is there.
    pub fn take(&mut self) -> Option<T> {
        if let Self::Busy(task) = self {
            *self = Self::Done(check_ready(task)?);
        }
        match std::mem::take(self) {
            Self::Done(result) => Some(result),
            _ => None,
        }
    }
}

/// Threads that wait for what is made on all cores. People wait for it, too, so that it must not queue
/// behind minutes of other work, nor one behind the other.
static MAKING: LazyLock<TaskPool> =
    LazyLock::new(|| TaskPoolBuilder::new().num_threads(4).thread_name("points".to_owned()).build());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_are_done_at_once_and_many_later() {
        let mut pending = Pending::default();
        assert_eq!((pending.is_busy(), pending.take()), (false, None));
        pending.begin(MANY - 1, || 1);
        assert_eq!((pending.is_busy(), pending.take(), pending.is_busy()), (true, Some(1), false));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        pending.begin(MANY, move || {
            wait.recv().unwrap();
            2
        });
        assert_eq!((pending.take(), pending.is_busy()), (None, true), "it waits");
        go.send(()).unwrap();
        let taken = std::iter::repeat_with(|| pending.take()).find_map(|taken| taken);
        assert_eq!((taken, pending.is_busy()), (Some(2), false));
    }
}
