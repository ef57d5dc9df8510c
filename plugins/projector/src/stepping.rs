//! Takes the steps of a run. The newest layout is published after each.

use std::time::{Duration, Instant};

use bevy::tasks::futures_lite::future::yield_now;
use parallax_embedding::Progress;
use parallax_projection::{ProjectionError, QUALITY_ROWS, Recipe, Run, Space};
use parallax_state::Wake;

use crate::{live::Live, quality::Measured};

/// Starts or continues a run, until all its steps are done.
pub(crate) async fn run(
    live: &Live,
    recipe: &Recipe,
    space: &Space,
    (wake, measures): (Wake, bool),
    progress: Progress,
) -> Result<(), ProjectionError> {
    let is_new = live.run().is_none();
    if is_new && let Some(run) = recipe.begin(space, live.from.as_deref(), &progress)? {
        live.publish(&run, Duration::ZERO, None);
        *live.run() = Some(run);
        wake.call();
    }
    let mut watch = measures.then(|| Watch::new(recipe, space, &wake));
    loop {
        yield_now().await;
        progress.check()?;
        let mut run = live.run();
        let Some(run) = run.as_mut() else { return Ok(()) };
        run.steer(&live.take_steering())?;
        if run.is_finished() {
            return Ok(());
        }
        progress.set(run.iteration() as f32 / run.iterations().max(1) as f32);
        let started = Instant::now();
        wake.beside(|| run.step())?;
        live.add_divergence(run);
        let took = started.elapsed();
        let quality = match &mut watch {
            Some(watch) => watch.look(run, took, &progress)?,
            None => None,
        };
        live.publish(run, took, quality);
        wake.call();
    }
}

/// The share of the time that is spent on measuring.
const MEASURING: f64 = 0.05;

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
        if early || busy || run.graph().len() > QUALITY_ROWS {
            return Ok(None);
        }
        let started = Instant::now();
        let (near, step) = (self.recipe.near, Some(run.iteration()));
        let measured = self.wake.beside(|| Measured::new(&run.layout(), step, (near, self.space), progress));
        self.measuring += started.elapsed();
        match measured {
            Ok(measured) => Ok(Some(measured)),
            Err(ProjectionError::Cancelled(canceled)) => Err(canceled.into()),
            // A layout of too few points to measure goes on.
            Err(_) => Ok(None),
        }
    }
}
