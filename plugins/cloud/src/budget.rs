//! How many points a frame draws, so that it takes about the time that it should.
//!
//! What a frame took is known from frames that follow each other without a pause, and only with a
//! lag: the device works on a frame while the next ones are prepared. The number is therefore changed
//! after a few frames have agreed, by a factor, and not at all if it is about right, so that what is
//! drawn does not flicker. What a frame takes without any points is measured right after all are
//! drawn, by some frames that draw none.

use std::time::Duration;

/// The time of a frame while something moves, and of one that adds points at rest, in seconds.
const MOVING: f64 = 0.040;
const RESTING: f64 = 0.066;

/// While something moves, points take at least this time of a frame, however long the rest takes.
const LEAST_TIME: f64 = 0.016;
/// The least number of points of a frame, however slow the device is.
const LEAST: f64 = 30_000.0;

/// The number of points of the first frame, when nothing is known about the device, and what the rest
/// of a frame is assumed to take.
const FIRST: f64 = 60_000.0;
const FIRST_FRAME: f64 = 0.010;

/// The number of frames after a pause or a change whose time says nothing yet.
const LAG: u8 = 2;
/// The number of frames that have to agree, with points and without.
const AGREEING: usize = 3;
const AGREEING_EMPTY: usize = 2;
/// A frame that takes so many times the time it should is answered sooner.
const MUCH: f64 = 3.0;
/// What a point is thought to take is kept if what is found is within these shares of it.
const KEPT: [f64; 2] = [0.8, 1.25];
/// The smallest and the greatest factor of a change.
const FACTORS: [f64; 2] = [0.25, 4.0];
/// For so many frames a number that was too large is not tried again, nor one as close to it as this.
/// Frames that wait for the screen take steps of time, and there may be no number between two.
const REMEMBERED: u16 = 600;
const BELOW: f64 = 0.9;

/// The number of frames without points, right after one with points, that tell what the rest of a
/// frame takes.
pub(crate) const EMPTY_FRAMES: u8 = LAG + AGREEING_EMPTY as u8;

/// The number of points that fit the time of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Budget {
    /// The seconds that a point takes, and those of a frame without points.
    point: f64,
    frame: f64,
    /// The frames whose time is not looked at.
    skipped: u8,
    /// Whether the last frame drew no points.
    was_empty: bool,
    /// What points, or frames without, took lately.
    found: Vec<f64>,
    /// A number of points that was too large, and for how many frames that is remembered.
    too_many: (f64, u16),
}

impl Default for Budget {
    fn default() -> Self {
        let point = (MOVING - FIRST_FRAME) / FIRST;
        Self { point, frame: FIRST_FRAME, skipped: LAG, was_empty: true, found: Vec::new(), too_many: (0.0, 0) }
    }
}

impl Budget {
    /// Returns the number of points that the next frame may draw, `at_rest` in addition to those that
    /// are there.
    pub(crate) fn points(&self, at_rest: bool) -> usize {
        // At rest, fewer points would only take longer until all are there.
        let time = if at_rest { (RESTING - self.frame).max(self.frame) } else { self.time() };
        (time / self.point).max(LEAST) as usize
    }

    /// The time that points have in a frame while something moves.
    fn time(&self) -> f64 {
        (MOVING - self.frame).max(LEAST_TIME)
    }

    /// Tells that a frame drew `points` of a cloud of `all`, and the time until the frame after it,
    /// which is `None` if there was a pause between them.
    pub(crate) fn drew(&mut self, points: usize, all: usize, took: Option<Duration>) {
        let is_empty = points == 0;
        if took.is_none() || std::mem::replace(&mut self.was_empty, is_empty) != is_empty {
            (self.skipped, self.found) = (LAG, Vec::new());
        }
        let Some(took) = took else { return };
        self.too_many.1 = self.too_many.1.saturating_sub(1);
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let took = took.as_secs_f64().max(1e-3);
        if is_empty {
            self.found.push(took);
            if self.found.len() == AGREEING_EMPTY {
                self.frame = std::mem::take(&mut self.found).into_iter().fold(f64::INFINITY, f64::min);
            }
            return;
        }
        // A frame with the last few points says little about the time of a point.
        if points < self.points(false) / 2 && took < 2.0 * MOVING + self.frame {
            return;
        }
        self.found.push((took - self.frame).max(0.25 * took) / points as f64);
        let is_much = |found: &f64| *found > MUCH * self.point;
        let enough = self.found.len() >= AGREEING || self.found.len() >= 2 && self.found.iter().all(is_much);
        if !enough {
            return;
        }
        let mut found = std::mem::take(&mut self.found);
        found.sort_by(f64::total_cmp);
        let factor = found[found.len() / 2] / self.point;
        if (KEPT[0]..=KEPT[1]).contains(&factor) {
            return;
        }
        let mut point = self.point * factor.clamp(FACTORS[0], FACTORS[1]);
        if factor > 1.0 {
            self.too_many = (self.time() / self.point, REMEMBERED);
        } else if self.too_many.1 > 0 {
            point = point.max(self.time() / (BELOW * self.too_many.0)).min(self.point);
        }
        // A small cloud says little about how many points would fit.
        self.point = point.max(self.time() / (2 * all.max(1)) as f64).min(self.time() / LEAST);
        self.skipped = LAG;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use parallax_embedding::random::unit;

    use super::*;

    /// A made-up device, whose frames take so many seconds whatever they draw, and for a point.
    #[derive(Clone, Copy)]
    struct Device {
        frame: f64,
        point: f64,
        /// Frames begin with a refresh of the screen, if there is a time between them.
        refresh: f64,
        /// The share by which times differ at random.
        noise: f64,
    }

    const SOFTWARE: Device = Device { frame: 0.012, point: 0.85e-6, refresh: 0.0, noise: 0.1 };
    const CARD: Device = Device { frame: 0.002, point: 0.3e-9, refresh: 1.0 / 60.0, noise: 0.1 };
    const LAPTOP: Device = Device { frame: 0.006, point: 1.5e-8, refresh: 1.0 / 60.0, noise: 0.2 };

    /// Returns the points and the seconds of each of `frames` frames that turn a cloud of `all`
    /// points. The time of a frame is seen two frames later.
    fn turn(budget: &mut Budget, device: Device, all: usize, frames: usize) -> Vec<(usize, f64)> {
        let mut waiting = VecDeque::from([0.0; 2]);
        budget.drew(0, all, None);
        (0..frames)
            .map(|frame| {
                let points = budget.points(false).min(all);
                let noise = 1.0 + device.noise * f64::from(2.0 * unit(frame as u64) - 1.0);
                let took = (device.frame + device.point * points as f64) * noise;
                let took = if device.refresh > 0.0 { (took / device.refresh).ceil() * device.refresh } else { took };
                waiting.push_back(took);
                let seen = waiting.pop_front().unwrap();
                budget.drew(points, all, Some(Duration::from_secs_f64(seen)));
                (points, took)
            })
            .collect()
    }

    /// Draws frames without points, as when all are drawn.
    fn rest(budget: &mut Budget, device: Device, all: usize) {
        let took = device.frame.max(device.refresh);
        // The device still works on frames with points when the first are seen.
        let seen = [0.2, 0.2, took, took];
        seen.into_iter().for_each(|seen| budget.drew(0, all, Some(Duration::from_secs_f64(seen))));
    }

    #[test]
    fn frames_come_to_take_their_time_and_stay_there() {
        for (device, all) in [
            (SOFTWARE, 1_000_000),
            (SOFTWARE, 10_000_000),
            (LAPTOP, 10_000_000),
            (Device { frame: 0.025, ..SOFTWARE }, 1_000_000),
            (Device { point: 1e-7, refresh: 1.0 / 30.0, ..CARD }, 10_000_000),
        ] {
            let mut budget = Budget::default();
            turn(&mut budget, device, all, 60);
            rest(&mut budget, device, all);
            let frames = turn(&mut budget, device, all, 300);
            let late = &frames[30..];
            let average = late.iter().map(|(_, took)| took).sum::<f64>() / late.len() as f64;
            assert!((0.6 * MOVING..1.4 * MOVING).contains(&average), "{average}");
            let changes = late.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
            assert!(changes <= 2, "{changes} changes");
        }
    }

    /// Where a frame takes its whole time without points, there still are as many as can be seen.
    #[test]
    fn slow_frames_have_points() {
        let (device, mut budget) = (Device { frame: 0.080, ..SOFTWARE }, Budget::default());
        turn(&mut budget, device, 1_000_000, 60);
        rest(&mut budget, device, 1_000_000);
        let frames = turn(&mut budget, device, 1_000_000, 60);
        assert!(frames.iter().all(|&(points, _)| points as f64 >= LEAST));
        assert!(frames[30..].iter().all(|&(_, took)| took < 0.13), "{:?}", frames[30]);
        let slow = Device { point: 1e-4, ..SOFTWARE };
        assert_eq!(turn(&mut budget, slow, 1_000_000, 60)[59].0 as f64, LEAST);
    }

    #[test]
    fn fast_card_draws_all_points_soon_and_from_then_on() {
        let frames = turn(&mut Budget::default(), CARD, 10_000_000, 100);
        let first = frames.iter().position(|&(points, _)| points == 10_000_000).unwrap();
        assert!(first <= 25, "{first}");
        assert!(frames[first..].iter().all(|&(points, _)| points == 10_000_000));
    }

    /// Points become five times as large, as the camera comes near, and small again.
    #[test]
    fn numbers_follow_the_cost_of_a_point() {
        let mut budget = Budget::default();
        turn(&mut budget, LAPTOP, 10_000_000, 60);
        for point in [LAPTOP.point * 5.0, LAPTOP.point] {
            let frames = turn(&mut budget, Device { point, ..LAPTOP }, 10_000_000, 60);
            let late = &frames[30..];
            assert!(late.iter().all(|&(_, took)| took > 0.4 * MOVING && took < 1.7 * MOVING), "{:?}", late[0]);
        }
    }

    /// One frame of many takes long, because another program works.
    #[test]
    fn a_single_slow_frame_changes_nothing() {
        let mut budget = Budget::default();
        turn(&mut budget, SOFTWARE, 1_000_000, 60);
        rest(&mut budget, SOFTWARE, 1_000_000);
        turn(&mut budget, SOFTWARE, 1_000_000, 60);
        let before = budget.points(false);
        budget.drew(before, 1_000_000, Some(Duration::from_millis(400)));
        (0..4).for_each(|_| budget.drew(before, 1_000_000, Some(Duration::from_millis(40))));
        assert_eq!(budget.points(false), before);
    }

    /// The last portion of a cloud is small, and takes as long as the frame does without points.
    #[test]
    fn small_portions_and_pauses_change_nothing() {
        let mut budget = Budget::default();
        turn(&mut budget, SOFTWARE, 1_000_000, 60);
        let before = budget.points(false);
        for _ in 0..20 {
            budget.drew(2_000, 1_000_000, Some(Duration::from_millis(20)));
            budget.drew(budget.points(true), 1_000_000, None);
        }
        assert_eq!(budget.points(false), before);
    }

    #[test]
    fn small_clouds_do_not_make_large_numbers() {
        let mut budget = Budget::default();
        turn(&mut budget, CARD, 100_000, 100);
        assert!(budget.points(false) <= 200_000);
    }
}
