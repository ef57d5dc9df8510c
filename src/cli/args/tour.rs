//! Configurations of the TensorBoard projector, and tours.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use parallax_projection::Method;
use parallax_session::Dims;

use super::{
    InputArgs,
    projection::{SettingsArgs, methods},
    values::{dims, ending, size},
};

/// `parallax config`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Add a tensor and its metadata to the configuration that TensorBoard reads
    Write(ConfigWriteArgs),
}

/// `parallax config write`
#[derive(Debug, Args)]
pub(in crate::cli) struct ConfigWriteArgs {
    /// The folder of the checkpoint and the configuration
    pub(in crate::cli) logdir: PathBuf,
    /// The name of the tensor in the checkpoint
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) tensor: String,
    /// A table in LOGDIR with a row for each vector
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) metadata: PathBuf,
    /// A picture in LOGDIR with a thumbnail for each vector
    #[arg(long, value_name = "FILE", requires = "thumbnail")]
    pub(in crate::cli) sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels
    #[arg(long, value_name = "WxH", requires = "sprite", value_parser = size)]
    pub(in crate::cli) thumbnail: Option<[u32; 2]>,
}

/// `parallax tour`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TourCommand {
    /// List the bookmarks in a file: a tour (.ron), a packed tour (.parallax), or bookmarks of
    /// TensorBoard
    Show(TourShowArgs),
    /// Write bookmarks for TensorBoard's Embedding Projector
    Export(TourExportArgs),
    /// Join files of bookmarks into one tour, in this order
    Import(TourImportArgs),
    /// Write a tour and the data that it shows to one file
    Pack(TourPackArgs),
    /// Draft a tour: the whole, the main clusters, rows that stand apart, borders, and where the
    /// layout tears, with notes
    Draft(Box<TourDraftArgs>),
}

/// `parallax tour show`
#[derive(Debug, Args)]
pub(in crate::cli) struct TourShowArgs {
    /// A file of bookmarks
    pub(in crate::cli) file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// `parallax tour export`
#[derive(Debug, Args)]
pub(in crate::cli) struct TourExportArgs {
    /// A file of bookmarks
    pub(in crate::cli) file: PathBuf,
    /// The file to write, .txt or .json
    #[arg(long, value_name = "FILE", value_parser = of_tensorboard)]
    pub(in crate::cli) out: PathBuf,
}

/// `parallax tour import`
#[derive(Debug, Args)]
pub(in crate::cli) struct TourImportArgs {
    /// Files of bookmarks
    #[arg(required = true, value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// The file to write, .ron
    #[arg(long, value_name = "FILE.ron", value_parser = of_ours)]
    pub(in crate::cli) out: PathBuf,
}

/// `parallax tour pack`
#[derive(Debug, Args)]
pub(in crate::cli) struct TourPackArgs {
    /// A file of bookmarks
    pub(in crate::cli) file: PathBuf,
    /// The file to write, .parallax
    #[arg(long, value_name = "FILE.parallax", value_parser = of_pack)]
    pub(in crate::cli) out: PathBuf,
}

/// `parallax tour draft`
#[derive(Debug, Args)]
pub(in crate::cli) struct TourDraftArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The file to write: a tour (.ron), or a tour with its data (.parallax)
    #[arg(long, value_name = "FILE.ron|FILE.parallax", value_parser = of_ours_or_pack)]
    pub(in crate::cli) out: PathBuf,
    /// The method of the layout [default: identity for vectors of at most 3 dimensions, umap for
    /// others]
    #[arg(long, value_name = methods())]
    pub(in crate::cli) method: Option<Method>,
    /// The dimensions of the layout
    #[arg(long, value_name = "2|3", allow_negative_numbers = true, value_parser = dims, default_value = "3")]
    pub(in crate::cli) dims: Dims,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingsArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

fn of_tensorboard(text: &str) -> Result<PathBuf, String> {
    ending(text, &["txt", "json"])
}

fn of_ours(text: &str) -> Result<PathBuf, String> {
    ending(text, &["ron"])
}

fn of_ours_or_pack(text: &str) -> Result<PathBuf, String> {
    ending(text, &["ron", "parallax"])
}

fn of_pack(text: &str) -> Result<PathBuf, String> {
    ending(text, &["parallax"])
}
