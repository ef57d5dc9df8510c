//! Layouts: the methods and their settings.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{ArgAction, Args, value_parser};
use parallax_neighbors::Metric;
use parallax_projection::{MAX_COMPONENTS, Method, TsneConfig, UmapConfig};
use parallax_session::{CustomAxis, Dims, Projection, Search, Side};

use super::{InputArgs, RowsArgs};

/// `parallax project`
#[derive(Debug, Args)]
pub(in crate::cli) struct ProjectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// How the vectors become coordinates; identity: the vectors as they are, where they have few dimensions
    #[arg(long, value_name = "pca|tsne|umap|custom|identity")]
    pub(in crate::cli) method: Method,
    /// How many coordinates a row gets: 2 or 3, of pca up to 10 [default: 3, of identity all]
    #[arg(long, value_name = "D", value_parser = value_parser!(u8).range(1..=MAX_COMPONENTS as i64))]
    pub(in crate::cli) dims: Option<u8>,
    /// The file to write; its ending is the format: .npy .csv .tsv .bytes
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Measures how far to trust the layout however many rows there are; up to 20,000 rows, and of tsne and umap, it is done unasked
    #[arg(long)]
    pub(in crate::cli) quality: bool,
    /// Prints JSON
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
    /// By which distance neighbors are neighbors, for tsne, umap, and the quality
    #[arg(long, value_name = "euclidean|cosine|angle", default_value_t = Metric::Euclidean)]
    metric: Metric,
    /// Takes the mean from the vectors and scales each to unit length before
    #[arg(long)]
    sphereize: bool,
    /// Of pca: scales all components to equal variance
    #[arg(long)]
    whiten: bool,
    /// Of tsne: how many neighbors count for a row
    #[arg(long, value_name = "P")]
    perplexity: Option<f32>,
    /// Of tsne and umap: how many steps [default: 1000 of tsne; 500 of umap, or 200 beyond 10,000 rows]
    #[arg(long, value_name = "N")]
    iterations: Option<NonZeroUsize>,
    /// Of tsne: the length of a step [default: automatic]
    #[arg(long, value_name = "R")]
    learning_rate: Option<f32>,
    /// Of umap: how many rows are the neighborhood of each
    #[arg(long, value_name = "K")]
    neighbors: Option<NonZeroUsize>,
    /// Of umap: how near rows may come to each other
    #[arg(long, value_name = "D")]
    min_dist: Option<f64>,
    /// Of umap: the scale of the layout
    #[arg(long, value_name = "S")]
    spread: Option<f64>,
    /// Of tsne and umap: keeps rows together that are equal in this column
    #[arg(long, value_name = "COLUMN")]
    supervise_by: Option<String>,
    /// By how much, from 0 to 1
    #[arg(long, value_name = "S", default_value_t = 0.5, requires = "supervise_by")]
    supervision: f32,
    /// Of custom: an axis from the rows whose label matches LEFT to those that match RIGHT (regular expressions); once for x, again for y
    /// and z, which else are the first principal components
    #[arg(long, value_names = ["LEFT", "RIGHT"], num_args = 2, action = ArgAction::Append)]
    between: Vec<String>,
}

impl SettingsArgs {
    /// The projection that they describe.
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

    /// The column that supervises.
    pub(in crate::cli) fn supervisor(&self) -> Option<&String> {
        self.supervise_by.as_ref()
    }
}
