//! The projections: their names, what there is to say about each, and how each is computed.
//!
//! A method is a module here: the computation, its settings, and its [`About`]. Everything else that
//! depends on the method reads its description.
//!
//! To add one, write its module, and list it in [`Method`] and [`Method::ALL`], and in [`How`] with
//! the settings that it uses. The compiler then names each `match` here that lacks it. If the
//! settings are new, they are also a field of [`Settings`], which `session::Projection` keeps.

mod about;
mod custom;
mod identity;
mod pca;
mod tsne;
mod umap;

use std::{fmt, str::FromStr};

use parallax_embedding::Progress;
use serde::{Deserialize, Serialize};

pub(crate) use self::pca::whitened;
pub use self::{
    about::{About, Coordinates, Flag, Setting, Switch},
    custom::{Along, Axis, custom},
    identity::identity,
    tsne::{Affinities, Tsne, TsneConfig, exact_kl, largest_perplexity, neighbors_for},
    umap::{Supervision, Umap, UmapConfig},
};
use crate::{
    Categories, Lowered, Projected, ProjectionError, Space, Steering,
    run::{Beginning, Run},
};

/// A way from vectors to coordinates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The directions of greatest variance: [`Pca`](crate::Pca).
    #[default]
    Pca,
    /// Keeps neighbors together: [`Tsne`].
    Tsne,
    /// Keeps neighbors together, by a fuzzy graph: [`Umap`].
    Umap,
    /// Along axes of one's own choice: [`custom`](custom()).
    Custom,
    /// The vectors as they are, if they have few dimensions: [`identity`](identity()).
    Identity,
}

/// A method and its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// Principal components, each scaled to variance 1 if `whiten` is set.
    Pca {
        /// Whether all components spread equally.
        whiten: bool,
    },
    /// The vectors as they are.
    Identity,
    /// Along axes of one's own choice.
    Custom {
        /// The axes x, y, and z.
        axes: Vec<Along>,
    },
    /// t-SNE.
    Tsne {
        /// The settings.
        config: TsneConfig,
        /// The labels that supervise, if any.
        labels: Option<Categories>,
    },
    /// UMAP.
    Umap {
        /// The settings.
        config: UmapConfig,
        /// The labels that supervise, if any, and their weight, from 0 to 1.
        labels: Option<(Categories, f64)>,
    },
}

/// The settings of all methods, so that each keeps its own while another is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Whether principal components are scaled to equal variance.
    pub whiten: bool,
    /// Those of t-SNE.
    pub tsne: TsneConfig,
    /// Those of UMAP.
    pub umap: UmapConfig,
}

/// All that a person has chosen. A method takes what it uses.
#[derive(Debug)]
pub struct Choices {
    /// The number of coordinates: 2 or 3.
    pub dims: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The settings of all methods.
    pub settings: Settings,
    /// The axes, for a method of [`Coordinates::Axes`].
    pub axes: Vec<Along>,
    /// The labels that supervise, if any.
    pub labels: Option<Categories>,
    /// How strongly labels count, from 0 to 1.
    pub supervision: f32,
}

/// The text does not name a [`Method`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection {0:?}; choose {all}", all = Method::listed())]
pub struct UnknownMethod(String);

impl Method {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Pca, Self::Tsne, Self::Umap, Self::Custom, Self::Identity];

    /// What there is to say about it.
    #[must_use]
    pub fn about(self) -> &'static About {
        match self {
            Self::Pca => &pca::ABOUT,
            Self::Tsne => &tsne::ABOUT,
            Self::Umap => &umap::ABOUT,
            Self::Custom => &custom::ABOUT,
            Self::Identity => &identity::ABOUT,
        }
    }

    /// The method's name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// Returns the names of the methods of which `is_one` holds, in order.
    #[must_use]
    pub fn names(is_one: impl Fn(&About) -> bool) -> Vec<&'static str> {
        Self::ALL.into_iter().map(Self::about).filter(|about| is_one(about)).map(|about| about.name).collect()
    }

    /// Returns the names of all methods, as in `a, b or c`.
    fn listed() -> String {
        let names = Self::names(|_| true).join(", ");
        names.rsplit_once(", ").map_or(names.clone(), |(others, last)| format!("{others} or {last}"))
    }
}

/// What the start of a method returns.
pub(crate) enum Started {
    /// The layout.
    Whole(Projected),
    /// A run whose steps give layouts.
    Steps(Run),
}

impl How {
    /// The method with what it uses of `choices`.
    #[must_use]
    pub fn new(method: Method, choices: Choices) -> Self {
        let Choices { dims, seed, settings, axes, labels, supervision } = choices;
        match method {
            Method::Pca => Self::Pca { whiten: settings.whiten },
            Method::Identity => Self::Identity,
            Method::Custom => Self::Custom { axes },
            Method::Tsne => {
                Self::Tsne { config: TsneConfig { dims, seed, supervise: supervision, ..settings.tsne }, labels }
            }
            Method::Umap => Self::Umap {
                config: UmapConfig { dims, seed, ..settings.umap },
                labels: labels.map(|labels| (labels, f64::from(supervision))),
            },
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        match self {
            Self::Pca { .. } => Method::Pca,
            Self::Identity => Method::Identity,
            Self::Custom { .. } => Method::Custom,
            Self::Tsne { .. } => Method::Tsne,
            Self::Umap { .. } => Method::Umap,
        }
    }

    /// The same with another seed. Methods without randomness have none.
    pub(crate) fn with_seed(&self, seed: u64) -> Self {
        let mut how = self.clone();
        match &mut how {
            Self::Tsne { config, .. } => config.seed = seed,
            Self::Umap { config, .. } => config.seed = seed,
            Self::Pca { .. } | Self::Identity | Self::Custom { .. } => {}
        }
        how
    }

    /// Computes the layout, or prepares a run if the method has steps.
    pub(crate) fn start(&self, with: &Beginning<'_>) -> Result<Started, ProjectionError> {
        match self {
            Self::Pca { whiten } => pca::whole(with, *whiten).map(Started::Whole),
            Self::Identity => identity::whole(with).map(Started::Whole),
            Self::Custom { axes } => custom::whole(with, axes).map(Started::Whole),
            Self::Tsne { config, labels } => tsne::run(with, config, labels.as_ref()).map(Started::Steps),
            Self::Umap { config, labels } => umap::run(with, config, labels.as_ref()).map(Started::Steps),
        }
    }

    /// Returns what each dimension of the vectors adds to each coordinate, before those are scaled as
    /// their frame says. `None` if coordinates are not linear in the vectors.
    pub(crate) fn directions(
        &self,
        space: &Space,
        progress: &Progress,
    ) -> Result<Option<Vec<Vec<f64>>>, ProjectionError> {
        match self {
            Self::Pca { whiten } => pca::directions(space, *whiten, progress).map(Some),
            Self::Identity => Ok(Some(identity::directions(space))),
            Self::Custom { axes } => custom::directions(space, axes, progress).map(Some),
            Self::Tsne { .. } | Self::Umap { .. } => Ok(None),
        }
    }

    /// Returns the lowered default if the method has one that is too large for `points` of vectors
    /// of `dims`.
    pub(crate) fn lowered(&self, points: usize, dims: usize) -> Option<Lowered> {
        match self {
            Self::Pca { .. } => Lowered::components(points, dims),
            Self::Identity | Self::Custom { .. } => None,
            Self::Tsne { config, .. } => config.lowered(points),
            Self::Umap { config, .. } => config.lowered(points),
        }
    }

    /// Returns whether they are equal, apart from settings that can change during a run.
    pub(crate) fn starts_like(&self, other: &Self) -> bool {
        match self {
            Self::Tsne { config, .. } => {
                matches!(other, Self::Tsne { config: other, .. } if config.starts_like(other))
            }
            Self::Pca { .. } | Self::Identity | Self::Custom { .. } | Self::Umap { .. } => self == other,
        }
    }

    /// Takes over the settings of `wanted` that can change during a run. Returns the changes, for
    /// the run.
    pub fn adjust(&mut self, wanted: &Self) -> Steering {
        match self {
            Self::Tsne { config, labels } => match wanted {
                Self::Tsne { config: new, labels: new_labels } => tsne::adjust((config, labels), (new, new_labels)),
                _ => Steering::default(),
            },
            Self::Pca { .. } | Self::Identity | Self::Custom { .. } | Self::Umap { .. } => Steering::default(),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.name() == text).ok_or_else(|| UnknownMethod(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_names_round_trip() {
        for method in Method::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
            assert_eq!(serde_json::to_string(&method).unwrap(), format!("\"{method}\""));
        }
        let error = "tsnee".parse::<Method>().unwrap_err();
        assert_eq!(error.to_string(), "there is no projection \"tsnee\"; choose pca, tsne, umap, custom or identity");
    }

    #[test]
    fn numbers_that_are_set_are_read_and_no_other_changes() {
        const POINTS: usize = 10_000;
        for about in Method::ALL.map(Method::about) {
            for setting in about.settings {
                let plain =
                    Settings { whiten: false, tsne: TsneConfig::recommended(), umap: UmapConfig::recommended() };
                let value = |settings: &Settings, name| (about.setting(name).unwrap().get)(settings, POINTS);
                let mut settings = plain.clone();
                let most = (setting.most)(POINTS) as f64 / setting.parts as f64;
                for x in [most / 2.0, most] {
                    (setting.set)(&mut settings, x);
                    assert_eq!(value(&settings, setting.name), Some(x), "{} {}", about.name, setting.name);
                }
                for other in about.settings.iter().filter(|other| other.name != setting.name) {
                    assert_eq!(value(&settings, other.name), value(&plain, other.name), "{}", other.name);
                }
                if let Some(automatic) = setting.automatic {
                    automatic(&mut settings);
                    assert_eq!((value(&settings, setting.name), settings), (None, plain));
                }
            }
        }
    }
}
