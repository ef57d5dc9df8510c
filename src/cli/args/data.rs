//! Commands that read an embedding and list or write something of it.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, ValueEnum};
use parallax_formats::Join;
use parallax_neighbors::Metric;
use parallax_projection::Alignment;
use parallax_session::MatchBy;

use super::{
    InputArgs, RowsArgs,
    rows::MatchArgs,
    values::{RowsOf, align, exported_help, join, match_by, out_help, positive, rows_of, suspects_help},
};

/// `parallax inspect`
#[derive(Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// Read all values to count the rows that are not finite, however large the vectors are
    /// [default: up to 64 MiB]
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax steps`
#[derive(Debug, Args)]
pub(in crate::cli) struct StepsArgs {
    /// A log directory, or a folder of numbered files
    pub(in crate::cli) path: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax convert`
#[derive(Debug, Args)]
pub(in crate::cli) struct ConvertArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    #[arg(long, value_name = "FILE", help = out_help())]
    pub(in crate::cli) out: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax doctor`
#[derive(Debug, Args)]
pub(in crate::cli) struct DoctorArgs {
    /// A log directory, a checkpoint, or a file of vectors [default: none, this machine is described]
    pub(in crate::cli) path: Option<PathBuf>,
    /// The column of labels [default: the first whose texts repeat, else the first whose numbers do]
    #[arg(long, value_name = "COLUMN", requires = "path")]
    pub(in crate::cli) column: Option<String>,
    /// The number of neighbors [default: 10]
    #[arg(short, value_name = "K", requires = "path", allow_negative_numbers = true, value_parser = positive)]
    pub(in crate::cli) k: Option<NonZeroUsize>,
    /// The distance; angle: in degrees
    #[arg(long, value_name = "cosine|angle|euclidean", requires = "path", default_value_t = Metric::Cosine)]
    pub(in crate::cli) metric: Metric,
    #[arg(long, value_name = "FILE", requires = "path", help = suspects_help())]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax neighbors`
#[derive(Debug, Args)]
pub(in crate::cli) struct NeighborsArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) query: QueryArgs,
    /// The column of labels: of those that --label and --query name, and of those that are listed
    /// [default: the one that labels points in the window]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) column: Option<String>,
    /// The number of neighbors [default: 10, or all other rows if there are fewer]
    #[arg(short, value_name = "K", allow_negative_numbers = true, value_parser = positive)]
    pub(in crate::cli) k: Option<NonZeroUsize>,
    /// The distance; angle: in degrees
    #[arg(long, value_name = "cosine|angle|euclidean", default_value_t = Metric::Cosine)]
    pub(in crate::cli) metric: Metric,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// The row whose neighbors are listed.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct QueryArgs {
    /// The number of the row, from 0
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(in crate::cli) row: Option<u32>,
    /// The label of the row; if no label matches exactly, case is ignored
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(in crate::cli) label: Option<String>,
    /// A sum of rows: labels with + and -, as in "king - man + woman", in quotes if they have signs in
    /// them, numbers before them as weights, #7 for row 7. Or a vector as numbers; or a file of vectors,
    /// each of which is a query
    #[arg(long, value_name = "SUM|NUMBERS|FILE", allow_hyphen_values = true)]
    pub(in crate::cli) query: Option<String>,
}

/// `parallax apart`
#[derive(Debug, Args)]
pub(in crate::cli) struct ApartArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The rows: their numbers, from 0, as in 0,7,20-29, or those with a value in a column, as in
    /// label=4
    #[arg(
        long,
        value_name = "LIST|COLUMN=VALUE",
        value_parser = rows_of,
        conflicts_with = "search",
        required_unless_present = "search"
    )]
    pub(in crate::cli) rows: Option<RowsOf>,
    /// The rows that contain this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(in crate::cli) search: Option<String>,
    /// The rows that they are told apart from, as for --rows; rest: all others [default: rest]
    #[arg(long, value_name = "LIST|COLUMN=VALUE|rest", value_parser = rows_of)]
    pub(in crate::cli) against: Option<RowsOf>,
    /// Print JSON, in which dimensions are counted from 1
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) matching: MatchArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax compare`
#[derive(Debug, Args)]
pub(in crate::cli) struct CompareArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// Another one with the same rows [default: PATH, if --other-embedding or --other-run names
    /// another in it]
    pub(in crate::cli) other: Option<PathBuf>,
    /// The run of OTHER [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) other_run: Option<String>,
    /// The embedding of OTHER [default: with --other-run, the one that --embedding names; else the first in
    /// the configuration, or the largest]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) other_embedding: Option<String>,
    /// A table with a row for each vector of OTHER, instead of the one that is found
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) other_metadata: Option<PathBuf>,
    /// Match rows by equal values of this column; that of OTHER has the same name, or COLUMN [default:
    /// chosen: by order if that fits, else by labels]
    #[arg(long, value_name = "KEY[=COLUMN]", value_parser = join, conflicts_with = "by_order")]
    key: Option<Join>,
    /// Match rows by their order
    #[arg(long)]
    by_order: bool,
    /// The number of neighbors of a row that are compared
    #[arg(short, value_name = "K", allow_negative_numbers = true, value_parser = positive, default_value = "15")]
    pub(in crate::cli) k: NonZeroUsize,
    /// The distance by which rows are neighbors; angle: in degrees
    #[arg(long, value_name = "cosine|angle|euclidean", default_value_t = Metric::Cosine)]
    pub(in crate::cli) metric: Metric,
    /// What brings the first onto the second, as in the window: rotation; scale: also one factor, so that
    /// only the shape counts; or none
    #[arg(long, value_name = "rotation|scale|none", value_parser = align, default_value = "scale")]
    pub(in crate::cli) align: Alignment,
    /// Write for each row its partner and how alike they are, as a table
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Draw both side by side with the figures, colored by neighbors shared, of the 15 nearest
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) picture: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

impl CompareArgs {
    /// Returns how rows are matched.
    pub(in crate::cli) fn matched(&self) -> MatchBy {
        match_by(self.key.as_ref(), self.by_order)
    }
}

/// `parallax search`
#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The text to search for
    #[arg(id = "search", value_name = "TEXT")]
    pub(in crate::cli) text: String,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) matching: MatchArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// `parallax export`
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// What to write; folder: vectors, metadata, thumbnails, and a configuration that TensorBoard's
    /// projector reads
    #[arg(long, value_name = "vectors|metadata|labels|folder", value_enum, hide_possible_values = true)]
    pub(in crate::cli) what: Exported,
    #[arg(long, value_name = "FILE|FOLDER", help = exported_help())]
    pub(in crate::cli) out: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) rows: RowsArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(in crate::cli) enum Exported {
    Vectors,
    Metadata,
    Labels,
    Folder,
}
