//! t-SNE as one of the methods.

use parallax_neighbors::NeighborGraph;

use super::{Tsne, TsneConfig, largest_perplexity, neighbors_for};
use crate::{
    Categories, LearningRate, ProjectionError, Steering,
    methods::about::{About, Flag, MOST_NEIGHBORS, MOST_STEPS, Setting, Switch},
    run::{Beginning, Engine, Run, of_points},
};

pub(in crate::methods) const ABOUT: About = About {
    command: Some("Project with t-SNE"),
    has_steps: true,
    goes_on: true,
    is_random: true,
    by_neighbors: true,
    is_supervised: true,
    settings: &[
        Setting {
            flag: Some(Flag {
                value: "P",
                is_whole: false,
                help: "the effective number of neighbors of a row",
                default: "30, or fewer for fewer than 91 rows",
            }),
            most: |points| (largest_perplexity(points) as usize).clamp(1, MOST_NEIGHBORS),
            get: |settings, points| Some(f64::from(settings.tsne.perplexity_for(points))),
            set: |settings, x| settings.tsne.perplexity = Some(x as f32),
            lowered: |settings, points| settings.tsne.lowered(points),
            ..Setting::new(
                "perplexity",
                "Perplexity",
                "The effective number of neighbors of a point. Few show local detail, many the global structure",
            )
        },
        Setting {
            is_further: true,
            most: |_| 50,
            get: |settings, _| Some(f64::from(settings.tsne.early_exaggeration)),
            set: |settings, x| settings.tsne.early_exaggeration = x as f32,
            ..Setting::new(
                "exaggeration",
                "Exaggeration",
                "The factor by which neighbors attract each other in the first steps, so that groups form",
            )
        },
        Setting {
            flag: Some(Flag { value: "N", is_whole: true, help: "the number of steps", default: "1000" }),
            is_count: true,
            is_further: true,
            most: |_| MOST_STEPS,
            get: |settings, _| Some(settings.tsne.iterations as f64),
            set: |settings, x| settings.tsne.iterations = x as usize,
            ..Setting::new("iterations", "Steps", "The number of steps")
        },
        Setting {
            flag: Some(Flag { value: "R", is_whole: false, help: "the learning rate", default: "automatic" }),
            most: |_| 10_000,
            get: |settings, _| settings.tsne.learning_rate.map(|rate| f64::from(rate.trunc())),
            set: |settings, x| settings.tsne.learning_rate = Some(x as f32),
            automatic: Some(|settings| settings.tsne.learning_rate = None),
            ..Setting::new(
                "learning-rate",
                "Learning rate",
                "The size of a step. It can be changed at any time. The left end of the slider is automatic",
            )
        },
        Setting {
            flag: Some(Flag {
                value: "V",
                is_whole: false,
                help: "the degrees of freedom of the similarities, in halves from 0.5 to 10; 2 in 3D is scikit-learn's",
                default: "1",
            }),
            is_further: true,
            parts: 2,
            most: |_| (2.0 * TsneConfig::FREEDOM.1) as usize,
            get: |settings, _| Some(f64::from(settings.tsne.freedom)),
            set: |settings, x| settings.tsne.freedom = x as f32,
            ..Setting::new(
                "degrees-of-freedom",
                "Freedom",
                "The degrees of freedom of the kernel. 1 is t-SNE as it was published, 2 is what scikit-learn takes in 3D; \
                 fewer separate finer groups",
            )
        },
    ],
    switches: &[Switch {
        name: "gather",
        caption: "Gather near neighbors",
        hint: "In the last tenth of the steps near neighbors attract each other alike. More of the nearest 15 stay \
               together, and the divergence rises",
        help: "gather near neighbors in the last tenth of the steps",
        get: |settings| settings.tsne.final_evenness > 0.0,
        set: |settings, on| settings.tsne.final_evenness = if on { TsneConfig::GATHERED } else { 0.0 },
    }],
    ..About::new("tsne", "t-SNE", "Keeps neighbors together. Distances between groups mean little")
};

/// How far points move when a person perturbs them, as a share of the extent of the layout.
const PERTURBATION: f32 = 0.05;

/// Prepares a run. `labels` supervise by as much as the settings say.
pub(in crate::methods) fn run(
    with: &Beginning<'_>,
    config: &TsneConfig,
    labels: Option<&Categories>,
) -> Result<Run, ProjectionError> {
    let (space, near) = (with.space, with.near);
    let points = space.vectors(near.sphereize, with.progress)?.rows();
    let points = points - space.left_out().below(points).len();
    let k = neighbors_for(config.perplexity_for(points), points);
    let is_after = with.start.is_after();
    Run::new(with, k, config.dims, ABOUT.title, |graph, start| {
        let mut tsne = if is_after {
            Tsne::after(graph, start, config.after())?
        } else {
            Tsne::new(graph, start, config.clone())?
        };
        if let Some(labels) = labels {
            tsne.supervise(&of_points(labels, graph), config.supervise)?;
        }
        Ok(Box::new(tsne))
    })
}

/// Takes over the learning rate and the supervision that are `wanted`. Returns what has changed.
pub(in crate::methods) fn adjust(
    (config, labels): (&mut TsneConfig, &mut Option<Categories>),
    (wanted, wanted_labels): (&TsneConfig, &Option<Categories>),
) -> Steering {
    let is_other = config.learning_rate != wanted.learning_rate;
    let learning_rate = is_other.then_some(LearningRate(wanted.learning_rate));
    let is_other = labels != wanted_labels || config.supervise != wanted.supervise;
    let new_labels = || wanted_labels.clone().unwrap_or_else(|| Categories::from([]));
    let supervision = is_other.then(|| (new_labels(), wanted.supervise));
    (config.learning_rate, config.supervise) = (wanted.learning_rate, wanted.supervise);
    labels.clone_from(wanted_labels);
    Steering { learning_rate, supervision, ..Steering::default() }
}

impl TsneConfig {
    /// Returns whether the settings are equal, apart from those that can change during a run.
    pub(in crate::methods) fn starts_like(&self, other: &Self) -> bool {
        *self == Self { learning_rate: self.learning_rate, supervise: self.supervise, ..other.clone() }
    }
}

impl Engine for Tsne {
    fn step(&mut self) -> Result<(), ProjectionError> {
        self.step()
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }

    fn iteration(&self) -> usize {
        self.iteration()
    }

    fn iterations(&self) -> usize {
        self.config().iterations
    }

    fn kl(&self) -> Option<f64> {
        self.kl()
    }

    fn layout(&self) -> &[f32] {
        self.layout()
    }

    fn steer(&mut self, steering: &Steering, graph: &NeighborGraph) -> Result<(), ProjectionError> {
        if let Some(LearningRate(rate)) = steering.learning_rate {
            self.set_learning_rate(rate)?;
        }
        if let Some((labels, strength)) = &steering.supervision {
            self.supervise(&of_points(labels, graph), *strength)?;
        }
        if steering.perturb {
            self.perturb(PERTURBATION)?;
        }
        if steering.extend {
            self.extend(self.config().iterations);
        }
        Ok(())
    }
}
