//! When to look next, and when what was seen is told.

use std::time::{Duration, Instant};

/// How long nothing may change before a change is told.
const QUIET: Duration = Duration::from_millis(500);
/// A change is told after this time even if there are others all the time.
const MOST_CHANGING: Duration = Duration::from_secs(3);
/// How often it is looked without events, and with them: they do not come from other machines.
const EVERY: Duration = Duration::from_secs(2);
const EVERY_WITH_EVENTS: Duration = Duration::from_secs(10);
/// Looks take at most this part of the time, and so do listings.
const LOOKS: u32 = 50;
const LISTINGS: u32 = 10;
/// The first and the longest pause before what is half written is told again.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
const MOST_PAUSE: Duration = Duration::from_secs(30);

/// When to look next, and when what was seen is told.
#[derive(Debug)]
pub(super) struct Pace {
    /// What was told, and what was seen last.
    told: u64,
    last: u64,
    has_events: bool,
    /// When the change began that has not come to rest.
    changing_since: Option<Instant>,
    next: Instant,
    /// Until then nothing is told.
    rests_until: Instant,
    /// When the last is told again, because something is half written, and the next pause.
    again: Option<Instant>,
    pause: Duration,
}

impl Pace {
    /// Begins at the time `now` with what is seen then.
    pub(super) fn new(seen: u64, has_events: bool, now: Instant) -> Self {
        let mut pace = Self {
            told: seen,
            last: seen,
            has_events,
            changing_since: None,
            next: now,
            rests_until: now,
            again: None,
            pause: LEAST_PAUSE,
        };
        pace.next = now + pace.every();
        pace
    }

    /// When to look.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Something happens: it is looked once that has ended.
    pub(super) fn event(&mut self, now: Instant) {
        let since = *self.changing_since.get_or_insert(now);
        self.next = (now + QUIET).min(since + MOST_CHANGING).max(now);
    }

    /// Takes what is seen now, which took the time `took`. Returns whether it is to be told.
    pub(super) fn seen(&mut self, seen: u64, took: Duration, now: Instant) -> bool {
        if std::mem::replace(&mut self.last, seen) != seen {
            let since = *self.changing_since.get_or_insert(now);
            if now < since + MOST_CHANGING {
                self.next = now + QUIET;
                return false;
            }
        }
        self.changing_since = None;
        let is_new = seen != self.told;
        let is_due = self.again.is_some_and(|again| again <= now);
        if (is_new || is_due) && now < self.rests_until {
            self.next = self.rests_until;
            return false;
        }
        if is_new {
            self.pause = LEAST_PAUSE;
        }
        if is_new || is_due {
            (self.told, self.again) = (seen, None);
        }
        let usual = now + self.every().max(took * LOOKS);
        self.next = self.again.map_or(usual, |again| usual.min(again));
        is_new || is_due
    }

    /// What is watched is other files now, and this is seen of them.
    pub(super) fn accept(&mut self, seen: u64, has_events: bool) {
        (self.told, self.last, self.has_events) = (seen, seen, has_events);
    }

    /// The files were listed. If something seems to be half written, the same is told again.
    pub(super) fn listed(&mut self, took: Duration, is_whole: bool, now: Instant) {
        self.rests_until = now + took * LISTINGS;
        if is_whole {
            (self.again, self.pause) = (None, LEAST_PAUSE);
        } else {
            let again = now + self.pause;
            self.again = Some(again);
            self.next = self.next.min(again);
            self.pause = (self.pause * 2).min(MOST_PAUSE);
        }
    }

    fn every(&self) -> Duration {
        if self.has_events { EVERY_WITH_EVENTS } else { EVERY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets the time pass until a change is told, in at most this many seconds. Returns when that was.
    fn until_told(pace: &mut Pace, begin: Instant, seen: impl Fn(f64) -> u64, most: f64) -> Option<f64> {
        while pace.next() <= begin + Duration::from_secs_f64(most) {
            let now = pace.next();
            let seconds = (now - begin).as_secs_f64();
            if pace.seen(seen(seconds), Duration::from_millis(1), now) {
                return Some(seconds);
            }
        }
        None
    }

    #[test]
    fn change_is_told_half_a_second_after_the_last_event() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let mut pace = Pace::new(0, true, begin);
        for event in [1.0, 1.2, 1.4] {
            pace.event(at(event));
        }
        // What is seen then is new, and half a second later it is the same.
        assert_eq!(until_told(&mut pace, begin, |_| 1, 60.0), Some(2.4));
        assert_eq!(until_told(&mut pace, begin, |_| 1, 60.0), None, "it is told once");
    }

    #[test]
    fn change_without_end_is_told_every_few_seconds() {
        let begin = Instant::now();
        let mut pace = Pace::new(0, true, begin);
        pace.event(begin);
        let grows = |seconds: f64| 1 + (seconds * 10.0) as u64;
        let told = until_told(&mut pace, begin, grows, 60.0).unwrap();
        assert!((2.9..4.1).contains(&told), "{told}");
    }

    #[test]
    fn without_events_it_is_looked_every_two_seconds_and_with_them_every_ten() {
        for (has_events, expected) in [(false, 2.5), (true, 10.5)] {
            let begin = Instant::now();
            let mut pace = Pace::new(0, has_events, begin);
            assert_eq!(until_told(&mut pace, begin, |_| 1, 60.0), Some(expected));
        }
    }

    #[test]
    fn pauses_grow_to_half_a_minute_until_all_is_whole() {
        let begin = Instant::now();
        let mut pace = Pace::new(0, true, begin);
        let (mut now, mut pauses) = (0.0, Vec::new());
        for _ in 0..7 {
            pace.listed(Duration::ZERO, false, begin + Duration::from_secs_f64(now));
            let told = until_told(&mut pace, begin, |_| 0, 1000.0).unwrap();
            pauses.push(told - now);
            now = told;
        }
        assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        pace.listed(Duration::ZERO, true, begin + Duration::from_secs_f64(now));
        assert_eq!(until_told(&mut pace, begin, |_| 0, 1000.0), None);
    }

    #[test]
    fn long_listings_make_it_wait() {
        let begin = Instant::now();
        let mut pace = Pace::new(0, true, begin);
        pace.listed(Duration::from_secs(3), true, begin);
        pace.event(begin);
        assert_eq!(until_told(&mut pace, begin, |_| 1, 100.0), Some(30.0));
    }
}
