//! How long jobs have been running, and how long they will take.

use std::time::Duration;

use parallax_session::{JobKind, JobStatus};

/// Shorter jobs are not shown.
const TELLING: Duration = Duration::from_millis(500);

/// There is no estimate from less time or from less work.
const LEAST_TIME: Duration = Duration::from_secs(1);
const LEAST_SHARE: f32 = 0.03;

/// The jobs that run and when they were first seen.
#[derive(Debug, Default)]
pub(crate) struct Watch(Vec<(JobKind, String, Duration)>);

impl Watch {
    /// Updates the jobs that run at the time `now`, which counts from any beginning.
    pub(crate) fn look(&mut self, running: &[JobStatus], now: Duration) {
        let is = |job: &JobStatus, kind: JobKind, name: &str| job.kind == kind && job.name == name;
        self.0.retain(|(kind, name, _)| running.iter().any(|job| is(job, *kind, name)));
        for job in running {
            if !self.0.iter().any(|(kind, name, _)| is(job, *kind, name)) {
                self.0.push((job.kind, job.name.clone(), now));
            }
        }
    }

    /// How long the job has been running.
    fn elapsed(&self, job: &JobStatus, now: Duration) -> Duration {
        let begun = self.0.iter().find(|(kind, name, _)| job.kind == *kind && job.name == *name);
        begun.map_or(Duration::ZERO, |(.., begun)| now.saturating_sub(*begun))
    }

    /// Whether the job has been running for long enough to be shown.
    pub(crate) fn tells(&self, job: &JobStatus, now: Duration) -> bool {
        self.elapsed(job, now) >= TELLING
    }

    /// How long the job will take at its speed so far.
    pub(crate) fn left(&self, job: &JobStatus, now: Duration) -> Option<Duration> {
        let elapsed = self.elapsed(job, now);
        let share = job.fraction;
        let known = elapsed >= LEAST_TIME && (LEAST_SHARE..1.0).contains(&share);
        known.then(|| elapsed.mul_f32((1.0 - share) / share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, fraction: f32) -> JobStatus {
        JobStatus { kind: JobKind::Export, name: name.into(), message: String::new(), fraction }
    }

    #[test]
    fn estimate_follows_from_progress() {
        let seconds = Duration::from_secs;
        let mut watch = Watch::default();
        watch.look(&[job("a", 0.0)], seconds(10));
        assert!(!watch.tells(&job("a", 0.0), seconds(10)));
        watch.look(&[job("a", 0.25), job("b", 0.5)], seconds(20));
        assert!(watch.tells(&job("a", 0.25), seconds(20)) && !watch.tells(&job("b", 0.5), seconds(20)));
        assert_eq!(watch.left(&job("a", 0.25), seconds(20)), Some(seconds(30)));
        assert_eq!(watch.left(&job("b", 0.5), seconds(20)), None, "it has only begun");
        for share in [0.0, 1.0, f32::NAN, -1.0] {
            assert_eq!(watch.left(&job("a", share), seconds(20)), None, "{share}");
        }
        // A job that ends and begins again is a new one.
        watch.look(&[], seconds(21));
        watch.look(&[job("a", 0.5)], seconds(22));
        assert!(!watch.tells(&job("a", 0.5), seconds(22)));
    }
}
