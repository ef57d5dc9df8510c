//! The rules of a slot for one job at a time.

use std::mem;

/// The request `R` that a slot serves, and the job `J` that works for it.
#[derive(Debug, Default)]
pub(crate) enum SlotState<R, J> {
    #[default]
    Idle,
    Busy(R, J),
    /// The last request has ended, whether it failed or not. It is not tried again.
    Done(R),
}

impl<R: PartialEq, J> SlotState<R, J> {
    /// Starts a job for `request` unless one is running or done, and drops a job for another
    /// request.
    pub(crate) fn want(&mut self, request: R, start: impl FnOnce() -> J) {
        if self.is_for(&request) {
            return;
        }
        // The old job ends before the new one starts.
        *self = Self::Idle;
        *self = Self::Busy(request, start());
    }

    /// Returns whether `request` is running or done.
    pub(crate) fn is_for(&self, request: &R) -> bool {
        matches!(self, Self::Busy(known, _) | Self::Done(known) if known == request)
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

    /// A slot whose jobs count how many of them are alive.
    type Counted = SlotState<u8, Rc<()>>;

    #[test]
    fn request_starts_one_job_until_another_is_wanted() {
        let mut slot = SlotState::Idle;
        let mut started = Vec::new();
        for request in [1, 1, 2, 2, 1] {
            slot.want(request, || started.push(request));
            assert_eq!(slot.busy(), Some(&request));
        }
        assert_eq!(started, [1, 2, 1]);
    }

    #[test]
    fn old_job_is_dropped_before_the_next_starts() {
        let alive = Rc::new(());
        let mut slot = Counted::Busy(1, alive.clone());
        slot.want(2, || {
            assert_eq!(Rc::strong_count(&alive), 1, "only the test holds it");
            alive.clone()
        });
        assert_eq!((slot.busy(), Rc::strong_count(&alive)), (Some(&2), 2));
    }

    #[test]
    fn canceled_request_is_not_tried_again_until_another_was_wanted() {
        let mut slot = SlotState::Busy(1, "first");
        slot.cancel();
        assert_eq!(slot.busy(), None);
        slot.want(1, || unreachable!("it was canceled"));
        slot.want(2, || "second");
        slot.want(1, || "third");
        assert!(matches!(slot, SlotState::Busy(1, "third")));
    }

    #[test]
    fn canceling_without_a_job_forgets_nothing() {
        let mut slot: SlotState<u8, ()> = SlotState::Done(1);
        slot.cancel();
        assert!(matches!(slot, SlotState::Done(1)));
        slot = SlotState::Idle;
        slot.cancel();
        assert!(matches!(slot, SlotState::Idle));
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
            let mut slot = Counted::default();
            let mut last = None;
            for call in calls {
                match call {
                    Call::Want(request) => {
                        slot.want(request, || alive.clone());
                        last = Some(request);
                    }
                    Call::Cancel => slot.cancel(),
                    Call::End => {
                        if let SlotState::Busy(request, _) = slot {
                            slot = SlotState::Done(request);
                        }
                    }
                    Call::Clear => slot = SlotState::Idle,
                }
                prop_assert_eq!(Rc::strong_count(&alive), 1 + usize::from(slot.busy().is_some()));
                prop_assert!(slot.busy().is_none_or(|request| Some(*request) == last));
            }
        }
    }
}
