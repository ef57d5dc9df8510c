//! The rules of a slot: which request has its turn.

use std::mem;

/// The request that has its turn, and the job `J` that works for it.
#[derive(Debug, Default)]
pub(crate) enum Turn<R, J> {
    #[default]
    Idle,
    Busy(R, J),
    /// The last request has ended, whether it failed or not. It is not tried again.
    Done(R),
}

impl<R: PartialEq, J> Turn<R, J> {
    /// Starts a job for `request` unless one is running or done, and drops a job for another
    /// request.
    pub(crate) fn want(&mut self, request: R, start: impl FnOnce() -> J) {
        if let Self::Busy(known, _) | Self::Done(known) = self
            && *known == request
        {
            return;
        }
        // The old job ends before the new one starts.
        *self = Self::Idle;
        *self = Self::Busy(request, start());
    }

    /// Returns the request of the running job.
    pub(crate) fn busy(&self) -> Option<&R> {
        match self {
            Self::Busy(request, _) => Some(request),
            Self::Idle | Self::Done(_) => None,
        }
    }

    /// Drops the running job. Its request counts as done.
    pub(crate) fn cancel(&mut self) {
        *self = match mem::replace(self, Self::Idle) {
            Self::Busy(request, _) => Self::Done(request),
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::*;

    /// A turn whose jobs count how many of them are alive.
    type Counted = Turn<u8, Rc<()>>;

    #[test]
    fn request_starts_one_job_until_another_is_wanted() {
        let mut turn = Turn::Idle;
        let mut started = Vec::new();
        for request in [1, 1, 2, 2, 1] {
            turn.want(request, || started.push(request));
            assert_eq!(turn.busy(), Some(&request));
        }
        assert_eq!(started, [1, 2, 1]);
    }

    #[test]
    fn old_job_is_dropped_before_the_next_starts() {
        let alive = Rc::new(());
        let mut turn = Counted::Busy(1, alive.clone());
        turn.want(2, || {
            assert_eq!(Rc::strong_count(&alive), 1, "only the test holds it");
            alive.clone()
        });
        assert_eq!((turn.busy(), Rc::strong_count(&alive)), (Some(&2), 2));
    }

    #[test]
    fn canceled_request_is_not_tried_again_until_another_was_wanted() {
        let mut turn = Turn::Busy(1, "first");
        turn.cancel();
        assert_eq!(turn.busy(), None);
        turn.want(1, || unreachable!("it was canceled"));
        turn.want(2, || "second");
        turn.want(1, || "third");
        assert!(matches!(turn, Turn::Busy(1, "third")));
    }

    #[test]
    fn canceling_without_a_job_forgets_nothing() {
        let mut turn: Turn<u8, ()> = Turn::Done(1);
        turn.cancel();
        assert!(matches!(turn, Turn::Done(1)));
        turn = Turn::Idle;
        turn.cancel();
        assert!(matches!(turn, Turn::Idle));
    }

    #[derive(Debug, Clone)]
    enum Call {
        Want(u8),
        Cancel,
        End,
        Clear,
    }

    fn call() -> impl Strategy<Value = Call> {
        prop_oneof![(0..3_u8).prop_map(Call::Want), Just(Call::Cancel), Just(Call::End), Just(Call::Clear)]
    }

    proptest! {
        /// At any time at most one job is alive: that of the last request that was wanted.
        #[test]
        fn calls_in_any_order_leave_at_most_the_job_that_was_wanted_last(
            calls in prop::collection::vec(call(), 0..40)
        ) {
            let alive = Rc::new(());
            let mut turn = Counted::default();
            let mut last = None;
            for call in calls {
                match call {
                    Call::Want(request) => {
                        turn.want(request, || alive.clone());
                        last = Some(request);
                    }
                    Call::Cancel => turn.cancel(),
                    Call::End => {
                        if let Turn::Busy(request, _) = turn {
                            turn = Turn::Done(request);
                        }
                    }
                    Call::Clear => turn = Turn::Idle,
                }
                prop_assert_eq!(Rc::strong_count(&alive), 1 + usize::from(turn.busy().is_some()));
                prop_assert!(turn.busy().is_none_or(|request| Some(*request) == last));
            }
        }
    }
}
