//! Projections: the methods and their settings.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{ArgAction, Args, value_parser};
use parallax_neighbors::Metric;
use parallax_projection::{MAX_COMPONENTS, Method, TsneConfig, UmapConfig};
use parallax_session::{CustomAxis, Dims, Projection, Search, Side};

use super::{
    InputArgs, RowsArgs,
    values::{out_help, positive},
};
use crate::cli::CliError;

/// `parallax project`
#[derive(Debug, Args)]
pub(in crate::cli) struct ProjectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The method; identity: the vectors as they are, if they have at most 10 dimensions
    #[arg(long, value_name = "pca|tsne|umap|custom|identity")]
    pub(in crate::cli) method: Method,
    /// The number of coordinates: 2 or 3; for pca, up to 10 [default: 3; for identity, all]
    #[arg(long, value_name = "D", allow_negative_numbers = true, value_parser = value_parser!(u8).range(1..=MAX_COMPONENTS as i64))]
    pub(in crate::cli) dims: Option<u8>,
    #[arg(long, value_name = "FILE", help = out_help())]
    pub(in crate::cli) out: PathBuf,
    /// Measure the quality of the layout however many rows there are; for tsne, umap, and up to
    /// 20,000 rows this is the default
    #[arg(long)]
    pub(in crate::cli) quality: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingsArgs,
    #[command(flatten)]
    pub(in crate::cli) rows: RowsArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// The settings of the methods.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Projection")]
pub(in crate::cli) struct SettingsArgs {
    /// The distance between neighbors, for tsne, umap, and the quality
    #[arg(long, value_name = "euclidean|cosine|angle", default_value_t = Metric::Euclidean)]
    metric: Metric,
    /// Subtract the mean from the vectors and scale each to unit length first
    #[arg(long)]
    sphereize: bool,
    /// For pca: scale all components to equal variance
    #[arg(long)]
    whiten: bool,
    /// For tsne: the effective number of neighbors of a row [default: 30, or fewer for fewer than
    /// 91 rows]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    perplexity: Option<f32>,
    /// For tsne and umap: the number of steps [default: 1000 for tsne; 500 for umap, or 200 for
    /// more than 10,000 rows]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = positive)]
    iterations: Option<NonZeroUsize>,
    /// For tsne: the learning rate [default: automatic]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    learning_rate: Option<f32>,
    /// For umap: the number of neighbors of a row, itself included [default: 15, or all rows if
    /// there are fewer]
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = positive)]
    neighbors: Option<NonZeroUsize>,
    /// For umap: the minimum distance between rows in the layout [default: 0.1]
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    min_dist: Option<f64>,
    /// For umap: the scale of the layout [default: 1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    spread: Option<f64>,
    /// For tsne and umap: keep rows together that have the same value in this column
    #[arg(long, value_name = "COLUMN")]
    supervise_by: Option<String>,
    /// How strongly, from 0 to 1
    #[arg(long, value_name = "S", allow_negative_numbers = true, default_value_t = 0.5, requires = "supervise_by")]
    supervision: f32,
    /// For custom: an axis from the rows whose labels match LEFT to those that match RIGHT (regular
    /// expressions); once for x, again for y, and again for z [default for y and z: the first
    /// principal components]
    #[arg(long, value_names = ["LEFT", "RIGHT"], num_args = 2, action = ArgAction::Append)]
    between: Vec<String>,
}

impl SettingsArgs {
    /// Returns the projection that they describe.
    pub(in crate::cli) fn projection(self, method: Method, dims: Dims, seed: u64) -> Projection {
        let plain = Projection::default();
        let (tsne, umap) = (plain.tsne.clone(), plain.umap.clone());
        let iterations = self.iterations.map(usize::from);
        let side = |text: &String| Side::Search(Search { text: text.clone(), regex: true, ..Search::default() });
        let mut axes = plain.axes.clone();
        for (axis, ends) in axes.iter_mut().zip(self.between.chunks_exact(2)) {
            *axis = CustomAxis::Between { left: side(&ends[0]), right: side(&ends[1]) };
        }
        Projection {
            method,
            dims,
            seed,
            metric: self.metric,
            sphereize: self.sphereize,
            whiten: self.whiten,
            tsne: TsneConfig {
                perplexity: self.perplexity,
                iterations: iterations.unwrap_or(tsne.iterations),
                learning_rate: self.learning_rate.or(tsne.learning_rate),
                ..tsne
            },
            umap: UmapConfig {
                epochs: iterations.or(umap.epochs),
                neighbors: self.neighbors.map(usize::from),
                min_dist: self.min_dist.unwrap_or(umap.min_dist),
                spread: self.spread.unwrap_or(umap.spread),
                ..umap
            },
            supervision: if self.supervise_by.is_some() { self.supervision } else { 0.0 },
            supervisor: self.supervise_by,
            axes,
            ..plain
        }
    }

    /// Refuses settings that `method` does not have.
    pub(in crate::cli) fn check(&self, method: Method) -> Result<(), CliError> {
        use Method::{Custom, Pca, Tsne, Umap};
        let given: [(&str, bool, &[Method]); 9] = [
            ("--whiten", self.whiten, &[Pca]),
            ("--perplexity", self.perplexity.is_some(), &[Tsne]),
            ("--iterations", self.iterations.is_some(), &[Tsne, Umap]),
            ("--learning-rate", self.learning_rate.is_some(), &[Tsne]),
            ("--neighbors", self.neighbors.is_some(), &[Umap]),
            ("--min-dist", self.min_dist.is_some(), &[Umap]),
            ("--spread", self.spread.is_some(), &[Umap]),
            ("--supervise-by", self.supervise_by.is_some(), &[Tsne, Umap]),
            ("--between", !self.between.is_empty(), &[Custom]),
        ];
        match given.into_iter().find(|(_, is_given, methods)| *is_given && !methods.contains(&method)) {
            Some((option, _, methods)) => {
                let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
                let (all, any) = (names.join(" and "), names.join(" or "));
                let message = format!("{option} is a setting of {all}, not of {method}");
                Err(CliError::Usage(format!("{message}. Leave it out, or choose --method {any}")))
            }
            None => Ok(()),
        }
    }

    /// Returns the name of the column that supervises.
    pub(in crate::cli) fn supervisor(&self) -> Option<&String> {
        self.supervise_by.as_ref()
    }
}
