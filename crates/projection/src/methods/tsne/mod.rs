//! t-SNE: points that are neighbors in the vectors' space are neighbors in the plane or in space.
//!
//! L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", JMLR 9 (2008). A gradient
//! descent: affinities pull ([`Affinities`], from the neighbor graph), all points push each other
//! apart (exactly for up to 2,000 points, else by Barnes-Hut), and the Kullback-Leibler divergence
//! falls. At first attraction is exaggerated, so that clusters form. If a person wants near neighbors
//! gathered, it is evened among the nearest at last. All points take part, in two dimensions and in
//! three, and every step's layout can be shown.
//!
//! Same graph, start, settings, and calls give the same bits for any number of threads.

#![expect(clippy::needless_range_loop, clippy::doc_markdown, reason = "formulas are written as in their papers")]

mod affinities;
mod attraction;
mod config;
mod descent;
mod kl;
mod lanes;
mod method;
mod repulsion;
mod start;
mod tail;
#[cfg(test)]
mod tests;
mod tree;

use parallax_neighbors::NeighborGraph;

pub(super) use self::method::{ABOUT, adjust, run};
pub use self::{
    affinities::Affinities,
    config::{TsneConfig, largest_perplexity, neighbors_for},
    kl::exact_kl,
};
use self::{
    descent::{Descent, Pace},
    start::Scale,
};
use crate::{Layout, ProjectionError, random::Random};

/// A run of t-SNE, step by step.
#[derive(Debug)]
pub struct Tsne {
    config: TsneConfig,
    pulls: Pulls,
    /// The affinities with supervision, if there are labels and they count.
    supervised: Option<Pulls>,
    /// The sum of p ln p of the affinities in use.
    negative_entropy: f64,
    descent: InDims,
    iteration: usize,
    perturbations: u64,
    kl: Option<f64>,
}

/// The affinities that attract.
#[derive(Debug)]
struct Pulls {
    affinities: Affinities,
    /// In the last steps; the same if none.
    evened: Option<Affinities>,
}

impl Pulls {
    fn new(graph: &NeighborGraph, config: &TsneConfig) -> Result<Self, ProjectionError> {
        let (perplexity, evenness) = (config.perplexity_for(graph.len()), config.final_evenness);
        let affinities = Affinities::new(graph, perplexity)?;
        let evened = (evenness > 0.0).then(|| affinities.evened(graph, perplexity, evenness));
        Ok(Self { affinities, evened })
    }

    fn supervised(&self, labels: &[Option<u32>], strength: f32) -> Self {
        let supervised = |affinities: &Affinities| affinities.supervised(labels, strength);
        Self { affinities: supervised(&self.affinities), evened: self.evened.as_ref().map(supervised) }
    }
}

#[derive(Debug)]
enum InDims {
    Two(Descent<2>),
    Three(Descent<3>),
}

/// The stream of random numbers of the start. Those of perturbations follow.
const START: u64 = 0;

impl Tsne {
    /// Prepares a run on the points of `graph`, which must have [`neighbors_for`] the perplexity
    /// neighbors per point.
    ///
    /// `start` has a row per point (not per row of the vectors), for example of PCA or of a layout
    /// on screen. It is scaled down, and missing axes (all of them if it is empty) are random.
    ///
    /// # Errors
    /// If there is no point, a setting is out of its range, the perplexity is too
    /// large for the number of points, the graph holds too few neighbors, or the start has another
    /// number of points.
    pub fn new(graph: &NeighborGraph, start: &Layout, config: TsneConfig) -> Result<Self, ProjectionError> {
        Self::prepared(graph, start, Scale::Small, config)
    }

    /// Prepares a run that goes on from `start`, a finished layout of similar points, whose scale is
    /// kept.
    ///
    /// # Errors
    /// See [`Tsne::new`].
    pub fn after(graph: &NeighborGraph, start: &Layout, config: TsneConfig) -> Result<Self, ProjectionError> {
        Self::prepared(graph, start, Scale::Kept, config)
    }

    fn prepared(
        graph: &NeighborGraph,
        start: &Layout,
        scale: Scale,
        config: TsneConfig,
    ) -> Result<Self, ProjectionError> {
        let points = graph.len();
        if points == 0 {
            return Err(ProjectionError::NoRows);
        }
        config.validate(points)?;
        if !start.values().is_empty() && start.rows() != points {
            return Err(ProjectionError::WrongCount { what: "places to start from", found: start.rows(), points });
        }
        let pulls = Pulls::new(graph, &config)?;
        let random = Random::new(config.seed, START);
        let descent = if config.dims == 2 {
            InDims::Two(Descent::new(start::start(start, points, scale, random), config.theta, config.freedom))
        } else {
            InDims::Three(Descent::new(start::start(start, points, scale, random), config.theta, config.freedom))
        };
        Ok(Self {
            negative_entropy: pulls.affinities.negative_entropy(),
            config,
            pulls,
            supervised: None,
            descent,
            iteration: 0,
            perturbations: 0,
            kl: None,
        })
    }

    /// Runs one step. Does nothing once finished.
    ///
    /// # Errors
    /// None so far: a step always gives a finite layout.
    pub fn step(&mut self) -> Result<(), ProjectionError> {
        if self.is_finished() {
            return Ok(());
        }
        let (pace, evened) = (self.pace(), self.config.is_evened_at(self.iteration));
        self.iteration += 1;
        if self.points() < 2 {
            return Ok(());
        }
        let Pulls { affinities, evened: last } = self.supervised.as_ref().unwrap_or(&self.pulls);
        let pulling = last.as_ref().filter(|_| evened).unwrap_or(affinities);
        let cost = match &mut self.descent {
            InDims::Two(descent) => descent.step(affinities, pulling, pace),
            InDims::Three(descent) => descent.step(affinities, pulling, pace),
        };
        self.kl = Some(self.negative_entropy + cost);
        Ok(())
    }

    fn pace(&self) -> Pace {
        let config = &self.config;
        let early = self.iteration < config.exaggerated_iterations;
        let exaggeration = if early { config.early_exaggeration } else { 1.0 };
        Pace {
            exaggeration,
            learning_rate: config.learning_rate_at(exaggeration, self.points()),
            momentum: if early { config.early_momentum } else { config.momentum },
        }
    }

    /// The coordinates of all points, interleaved: points x dims. Always finite.
    #[must_use]
    pub fn layout(&self) -> &[f32] {
        match &self.descent {
            InDims::Two(descent) => descent.layout.as_flattened(),
            InDims::Three(descent) => descent.layout.as_flattened(),
        }
    }

    /// The number of points.
    #[must_use]
    pub fn points(&self) -> usize {
        self.pulls.affinities.points()
    }

    /// The settings as they are now.
    #[must_use]
    pub fn config(&self) -> &TsneConfig {
        &self.config
    }

    /// The number of steps done.
    #[must_use]
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// Whether all steps are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.iteration >= self.config.iterations
    }

    /// The Kullback-Leibler divergence of the layout from which the last step went, from the
    /// affinities in use, without exaggeration or evenness; none before the first step. Its Z is
    /// that of the repulsion: exact for up to 2,000 points, an estimate beyond, which at a theta of
    /// 0.5 was 0.2 to 0.4 % off. [`exact_kl`] is the truth.
    #[must_use]
    pub fn kl(&self) -> Option<f64> {
        self.kl
    }

    /// The affinities of the graph, without supervision.
    #[must_use]
    pub fn affinities(&self) -> &Affinities {
        &self.pulls.affinities
    }

    /// Adds `iterations` steps. The last tenth of all steps is then evened, if any is.
    pub fn extend(&mut self, iterations: usize) {
        self.config.iterations = self.config.iterations.saturating_add(iterations);
    }

    /// Changes the learning rate from the next step on; `None` is automatic.
    ///
    /// # Errors
    /// # Errors
    /// If it is not a finite number above 0.
    pub fn set_learning_rate(&mut self, rate: Option<f32>) -> Result<(), ProjectionError> {
        config::validate_learning_rate(rate)?;
        self.config.learning_rate = rate;
        Ok(())
    }

    /// Moves each point at random, by `amount` times the layout's radius: 0.05 is a nudge that a
    /// layout recovers from.
    ///
    /// # Errors
    /// # Errors
    /// If the amount is not from 0 to 10.
    pub fn perturb(&mut self, amount: f32) -> Result<(), ProjectionError> {
        config::check("amount of perturbation", amount, 0.0..=10.0, "a number from 0 to 10")?;
        self.perturbations += 1;
        let random = Random::new(self.config.seed, START + self.perturbations);
        match &mut self.descent {
            InDims::Two(descent) => descent.perturb(amount, random),
            InDims::Three(descent) => descent.perturb(amount, random),
        }
        Ok(())
    }

    /// Lets labels count, one for each point or none, with a `strength` from 0 (not at all) to 1:
    /// affinities within a label are raised, those across are lowered, from the next step on.
    ///
    /// # Errors
    /// # Errors
    /// If the strength is out of range, or the number of labels is not that of the
    /// points.
    pub fn supervise(&mut self, labels: &[Option<u32>], strength: f32) -> Result<(), ProjectionError> {
        config::validate_supervision(strength)?;
        let (found, points) = (labels.len(), self.points());
        if found != points {
            return Err(ProjectionError::WrongCount { what: "labels", found, points });
        }
        self.config.supervise = strength;
        self.supervised = (strength > 0.0).then(|| self.pulls.supervised(labels, strength));
        self.negative_entropy = self.supervised.as_ref().unwrap_or(&self.pulls).affinities.negative_entropy();
        Ok(())
    }
}
