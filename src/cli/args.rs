//! What can be typed: clap's definitions, and how they turn into ready values.
//!
//! Everything that can be refused without a look at the data is refused here.

use std::{num::NonZeroUsize, path::PathBuf, str::FromStr};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, value_parser};
use parallax_embedding::RowSet;
use parallax_formats::{
    OpenOptions, RawLayout,
    demo::{Demo, UnknownDemo},
};
use parallax_neighbors::Metric;
use parallax_projection::{MAX_COMPONENTS, Method, TsneConfig, UmapConfig};
use parallax_session::{CustomAxis, Dims, Origin, Pick, PointStyle, Projection, Search, Side, Theme, View};

/// Explores embeddings: opens the vectors that models make, lays them out in space, finds neighbors.
///
/// Without a command a window opens, on PATH or on the demo. Give a PATH that is named as a command is with its folder: ./inspect.
#[derive(Debug, Parser)]
#[command(name = "parallax", version)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) window: WindowArgs,
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What holds for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Globals {
    /// How many threads compute [default: as many as there are cores]
    #[arg(long, global = true, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// What every random choice follows from
    #[arg(long, global = true, value_name = "N", default_value_t = 42)]
    pub(super) seed: u64,
    /// Whether progress and warnings are shown on standard error; auto: where that is a terminal
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ShowProgress::Auto)]
    pub(super) progress: ShowProgress,
}

/// When progress and warnings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(super) enum ShowProgress {
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Says what a path holds: runs, embeddings, metadata, and what is wrong with them
    Inspect(InspectArgs),
    /// Writes the vectors of an embedding in another format
    Convert(ConvertArgs),
    /// Lays the vectors out in a few dimensions and writes the coordinates
    Project(ProjectArgs),
    /// Lists the rows nearest to a row
    Neighbors(NeighborsArgs),
    /// Lists the rows whose metadata hold a text or match a pattern
    Search(SearchArgs),
    /// Writes vectors, metadata, labels, or a folder to publish, of some rows or all
    Export(ExportArgs),
    /// Draws a picture without a window
    Render(RenderArgs),
    /// Draws a walk through a tour as a movie
    Record(RecordArgs),
    /// Writes the configurations of log directories
    #[command(arg_required_else_help = false)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Says what is in files of bookmarks, and makes others of them
    #[command(arg_required_else_help = false)]
    Tour {
        #[command(subcommand)]
        command: TourCommand,
    },
    /// Opens the window on built-in data
    Demo(DemoArgs),
}

/// The path, and which of the embeddings in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) origin: Origin,
    pub(super) run: Option<String>,
    pub(super) embedding: Option<String>,
}

/// What may be said about a PATH.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// The run [default: the first]
    #[arg(long, value_name = "NAME", requires = "path")]
    run: Option<String>,
    /// The embedding [default: the first that the configuration names, else the largest]
    #[arg(long, value_name = "NAME", requires = "path")]
    embedding: Option<String>,
    /// A table with a row for each vector, in the place of the one found
    #[arg(long, value_name = "FILE", requires = "path")]
    metadata: Option<PathBuf>,
    /// For a table of text: the columns that are the vectors, by name; x1..x50 for those from one to another [default: those that are
    /// convincing]
    #[arg(long, value_name = "COLUMN[,COLUMN...]", requires = "path")]
    vectors: Option<String>,
    /// A picture with a thumbnail for each vector, in the place of the one found
    #[arg(long, value_name = "FILE", requires = "path")]
    sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels
    #[arg(long, value_name = "WxH", requires = "path", value_parser = size)]
    thumbnail: Option<[u32; 2]>,
    /// For raw numbers: how many of them make up a vector
    #[arg(long, value_name = "D", requires = "path", value_parser = positive)]
    raw_dims: Option<NonZeroUsize>,
    /// For raw numbers: their type [default: f32]
    #[arg(long, value_name = "TYPE", requires = "raw_dims", value_parser = ["f32", "f16", "f64", "u8"])]
    raw_dtype: Option<String>,
    /// For raw numbers: how many bytes come before the first [default: 0]
    #[arg(long, value_name = "BYTES", requires = "raw_dims")]
    raw_offset: Option<u64>,
    /// Lets a configuration name files outside of its folder
    #[arg(long, requires = "path")]
    allow_outside: bool,
}

impl InputArgs {
    /// What is to be read from `path`.
    pub(super) fn of(self, path: PathBuf) -> Input {
        let dtype = self.raw_dtype.unwrap_or_else(|| "f32".to_owned());
        let offset = self.raw_offset.unwrap_or_default();
        let options = OpenOptions {
            metadata: self.metadata,
            sprite: self.sprite,
            thumbnail: self.thumbnail,
            raw: self.raw_dims.map(|dims| RawLayout { dims: dims.get(), dtype, offset }),
            vectors: self.vectors,
            allow_outside: self.allow_outside,
        };
        Input { origin: Origin::Path { path, options }, run: self.run, embedding: self.embedding }
    }

    /// What is to be read from `path`; without one, the digits demo.
    pub(super) fn of_any(self, path: Option<PathBuf>) -> Input {
        match path {
            Some(path) => self.of(path),
            None => Input { origin: Origin::Demo(Demo::Digits), run: None, embedding: None },
        }
    }
}

/// `parallax [PATH]`
#[derive(Debug, Default, PartialEq, Args)]
pub(super) struct WindowArgs {
    /// A log directory, a checkpoint, a file of vectors (.npy .npz .tsv .csv .bytes), or bookmarks [default: the digits demo]
    pub(super) path: Option<PathBuf>,
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Opens files of bookmarks too, joined in this order; on PATH, where one is given, and on their own data otherwise
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Window")]
    pub(super) bookmarks: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) actions: ActionArgs,
}

/// The log of what is done in the window.
#[derive(Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Window")]
pub(super) struct ActionArgs {
    /// Writes all that is done in the window to FILE, one JSON line each
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) log_actions: Option<PathBuf>,
    /// Does what such a file says, each thing at its time
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) replay: Option<PathBuf>,
}

/// `parallax demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// digits: handwritten digits with their pictures; words: common English words; tour: six bookmarks on the words
    #[arg(value_name = "digits|words|tour", default_value = "digits")]
    pub(super) demo: DemoChoice,
    #[command(flatten)]
    pub(super) actions: ActionArgs,
}

/// What is built in: data, or a tour of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum DemoChoice {
    Data(Demo),
    Tour,
}

impl FromStr for DemoChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "tour" {
            return Ok(Self::Tour);
        }
        name.parse().map(Self::Data).map_err(|unknown: UnknownDemo| format!("{unknown}, tour"))
    }
}

/// `parallax inspect`
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// `parallax convert`
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    /// The file to write; its ending is the format: .npy .csv .tsv .bytes
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// `parallax project`
#[derive(Debug, Args)]
pub(super) struct ProjectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    /// How the vectors become coordinates; identity: the vectors as they are, where they have few dimensions
    #[arg(long, value_name = "pca|tsne|umap|custom|identity")]
    pub(super) method: Method,
    /// How many coordinates a row gets: 2 or 3, of pca up to 10 [default: 3, of identity all]
    #[arg(long, value_name = "D", value_parser = value_parser!(u8).range(1..=MAX_COMPONENTS as i64))]
    pub(super) dims: Option<u8>,
    /// The file to write; its ending is the format: .npy .csv .tsv .bytes
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Measures how far to trust the layout however many rows there are; up to 20,000 rows, and of tsne and umap, it is done unasked
    #[arg(long)]
    pub(super) quality: bool,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
    #[command(flatten)]
    pub(super) rows: RowsArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// The settings of the methods.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Projection")]
pub(super) struct SettingsArgs {
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
    pub(super) fn projection(self, method: Method, dims: Dims, seed: u64) -> Projection {
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
                perplexity: self.perplexity.unwrap_or(tsne.perplexity),
                iterations: iterations.unwrap_or(tsne.iterations),
                learning_rate: self.learning_rate.or(tsne.learning_rate),
                ..tsne
            },
            umap: UmapConfig {
                epochs: iterations.or(umap.epochs),
                neighbors: self.neighbors.map_or(umap.neighbors, usize::from),
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
    pub(super) fn supervisor(&self) -> Option<&String> {
        self.supervise_by.as_ref()
    }
}

/// `parallax neighbors`
#[derive(Debug, Args)]
pub(super) struct NeighborsArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) query: QueryArgs,
    /// How many neighbors
    #[arg(short, value_name = "K", default_value = "10", value_parser = positive)]
    pub(super) k: NonZeroUsize,
    /// What their distance is; angle: in degrees
    #[arg(long, value_name = "cosine|angle|euclidean", default_value_t = Metric::Cosine)]
    pub(super) metric: Metric,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// The row whose neighbors are asked for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct QueryArgs {
    /// The row, counted from 0
    #[arg(long, value_name = "N")]
    pub(super) row: Option<u32>,
    /// The row with this label; where none has it, in whatever case
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) label: Option<String>,
}

/// `parallax search`
#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    /// What is searched for
    #[arg(id = "search", value_name = "TEXT")]
    pub(super) text: String,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) matching: MatchArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// What counts as a match.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub(super) struct MatchArgs {
    /// Takes the text for a regular expression
    #[arg(long, requires = "search")]
    regex: bool,
    /// Matches whole cells alone
    #[arg(long, requires = "search")]
    whole: bool,
    /// Tells upper from lower case
    #[arg(long, requires = "search")]
    case_sensitive: bool,
    /// The column that is searched [default: the one that names the rows]
    #[arg(long, value_name = "COLUMN", requires = "search")]
    column: Option<String>,
}

impl MatchArgs {
    /// The search for `text`.
    pub(super) fn search(&self, text: String) -> Search {
        let Self { regex, whole, case_sensitive, .. } = *self;
        Search { text, regex, case_sensitive, whole, column: self.column.clone() }
    }
}

/// `parallax export`
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(super) path: PathBuf,
    /// What is written; folder: vectors, metadata, thumbnails and a configuration, which TensorBoard's projector reads
    #[arg(long, value_name = "vectors|metadata|labels|folder", value_enum, hide_possible_values = true)]
    pub(super) what: Exported,
    /// The file to write, or the folder; the ending of a file is its format: .npy (vectors alone), .csv, else TSV
    #[arg(long, value_name = "FILE|FOLDER")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) rows: RowsArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// Which rows are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct RowsArgs {
    /// The rows, counted from 0, as in 0,7,20-29 [default: all]
    #[arg(long, value_name = "LIST", value_parser = rows, conflicts_with = "search")]
    pub(super) rows: Option<RowSet>,
    /// The rows that hold this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) search: Option<String>,
    #[command(flatten)]
    pub(super) matching: MatchArgs,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(super) enum Exported {
    Vectors,
    Metadata,
    Labels,
    Folder,
}

/// `parallax render`
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    /// A log directory, a checkpoint, a file of vectors, or a tour [default: the digits demo]
    pub(super) path: Option<PathBuf>,
    /// The PNG file to write
    #[arg(long, value_name = "FILE.png")]
    pub(super) out: PathBuf,
    /// Width and height of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "1600x1000", value_parser = picture_size)]
    pub(super) size: [u32; 2],
    /// Of a tour: the bookmark to draw, as it is in the window [default: 1]
    #[arg(long, value_name = "N", requires = "path", value_parser = positive)]
    pub(super) bookmark: Option<NonZeroUsize>,
    /// How the vectors become coordinates [default: pca]
    #[arg(long, value_name = "pca|tsne|umap|custom|identity")]
    method: Option<Method>,
    /// A plane or a space [default: 3]
    #[arg(long, value_name = "2|3", value_parser = dims)]
    dims: Option<Dims>,
    /// The column of the metadata that colors [default: the first category]
    #[arg(long, value_name = "COLUMN")]
    color_by: Option<String>,
    /// The column of the metadata whose cells are written beside the points
    #[arg(long, value_name = "COLUMN")]
    label_by: Option<String>,
    /// The background [default: dark]
    #[arg(long, value_name = "dark|light", value_parser = theme)]
    theme: Option<Theme>,
    /// What stands for a point [default: spheres]
    #[arg(long, value_name = "spheres|sprites|labels", value_parser = points)]
    points: Option<PointStyle>,
    /// Draws the panels too, as the window shows them
    #[arg(long)]
    pub(super) panels: bool,
    /// Turns the camera once around in N frames and measures them
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) frames: Option<NonZeroUsize>,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
    #[command(flatten)]
    pub(super) input: InputArgs,
}

impl RenderArgs {
    /// What is seen, of what `input` names.
    pub(super) fn view(&self, input: Input, seed: u64) -> View {
        let [color_by, label_by] = self.picks();
        let method = self.method.unwrap_or(Method::Pca);
        View {
            origin: input.origin,
            run: input.run,
            embedding: input.embedding,
            projection: self.settings.clone().projection(method, self.dims.unwrap_or(Dims::Three), seed),
            // Who names the column of the labels wants to see them.
            labels: label_by != Pick::Auto,
            color_by,
            label_by,
            points: self.points.unwrap_or_default(),
            theme: self.theme.unwrap_or_default(),
            ..View::default()
        }
    }

    /// An option that says what a bookmark says itself.
    pub(super) fn beside_bookmark(&self) -> Option<&'static str> {
        let settings = self.settings.clone().projection(Method::Pca, Dims::Three, 0);
        let given = [
            (self.method.is_some(), "--method"),
            (self.dims.is_some(), "--dims"),
            (self.color_by.is_some(), "--color-by"),
            (self.label_by.is_some(), "--label-by"),
            (self.theme.is_some(), "--theme"),
            (self.points.is_some(), "--points"),
            (settings != Projection { seed: 0, ..Projection::default() }, "settings of a projection"),
            (self.input != InputArgs::default(), "options of the input"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }

    /// The columns that color and name.
    pub(super) fn picks(&self) -> [Pick; 2] {
        [&self.color_by, &self.label_by].map(|name| name.clone().map_or(Pick::Auto, Pick::Column))
    }
}

/// `parallax record`
#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// A tour, or bookmarks that the TensorBoard projector has saved
    pub(super) tour: PathBuf,
    /// A GIF to write, or a folder for the frames as PNG files
    #[arg(long, value_name = "FOLDER|FILE.gif")]
    pub(super) out: PathBuf,
    /// Width and height of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "960x540", value_parser = picture_size)]
    pub(super) size: [u32; 2],
    /// Frames a second [default: 30, of a GIF 20]
    #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(1..=60))]
    pub(super) fps: Option<u8>,
    /// How long each bookmark stays, in seconds [default: as long as the tour says]
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(super) seconds: Option<f32>,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// `parallax config`
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Names the metadata of a tensor in the configuration that TensorBoard reads
    Write(ConfigWriteArgs),
}

/// `parallax config write`
#[derive(Debug, Args)]
pub(super) struct ConfigWriteArgs {
    /// The folder with the checkpoint, into which the configuration is written
    pub(super) logdir: PathBuf,
    /// The tensor's name in the checkpoint
    #[arg(long, value_name = "NAME")]
    pub(super) tensor: String,
    /// A table below LOGDIR with a row for each vector
    #[arg(long, value_name = "FILE")]
    pub(super) metadata: PathBuf,
    /// A picture below LOGDIR with a thumbnail for each vector
    #[arg(long, value_name = "FILE", requires = "thumbnail")]
    pub(super) sprite: Option<PathBuf>,
    /// Width and height of a thumbnail in pixels
    #[arg(long, value_name = "WxH", requires = "sprite", value_parser = size)]
    pub(super) thumbnail: Option<[u32; 2]>,
}

/// `parallax tour`
#[derive(Debug, Subcommand)]
pub(super) enum TourCommand {
    /// Lists the bookmarks of a file: a tour (.ron), a packed one (.parallax), or bookmarks of TensorBoard
    Show(TourShowArgs),
    /// Writes bookmarks as the Embedding Projector of TensorBoard loads them
    Export(TourExportArgs),
    /// Makes one tour of files of bookmarks, in this order
    Import(TourImportArgs),
    /// Puts a tour and the data that it shows into one file
    Pack(TourPackArgs),
}

/// `parallax tour show`
#[derive(Debug, Args)]
pub(super) struct TourShowArgs {
    /// A file of bookmarks
    pub(super) file: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// `parallax tour export`
#[derive(Debug, Args)]
pub(super) struct TourExportArgs {
    /// A file of bookmarks
    pub(super) file: PathBuf,
    /// The file to write, .txt or .json
    #[arg(long, value_name = "FILE", value_parser = of_tensorboard)]
    pub(super) out: PathBuf,
}

/// `parallax tour import`
#[derive(Debug, Args)]
pub(super) struct TourImportArgs {
    /// Files of bookmarks
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The file to write, .ron
    #[arg(long, value_name = "FILE.ron", value_parser = of_ours)]
    pub(super) out: PathBuf,
}

/// `parallax tour pack`
#[derive(Debug, Args)]
pub(super) struct TourPackArgs {
    /// A file of bookmarks
    pub(super) file: PathBuf,
    /// The file to write, .parallax
    #[arg(long, value_name = "FILE.parallax", value_parser = of_pack)]
    pub(super) out: PathBuf,
}

fn of_tensorboard(text: &str) -> Result<PathBuf, String> {
    ending(text, &["txt", "json"])
}

fn of_ours(text: &str) -> Result<PathBuf, String> {
    ending(text, &["ron"])
}

fn of_pack(text: &str) -> Result<PathBuf, String> {
    ending(text, &["parallax"])
}

/// A path with one of these endings.
fn ending(text: &str, endings: &[&str]) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_one = path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)));
    let names = || endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ");
    if is_one { Ok(path) } else { Err(format!("end the name in {}", names())) }
}

fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_error| "give a whole number from 1 on".to_owned())
}

/// Numbers of rows and ranges of them, as in 0,7,20-29.
fn rows(text: &str) -> Result<RowSet, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        number(first).zip(number(last)).filter(|(first, last)| first <= last)
    };
    let ranges: Option<Vec<(u32, u32)>> = text.split(',').map(range).collect();
    let ranges = ranges.ok_or("give numbers and ranges of rows, as in 0,7,20-29")?;
    // A table of that many rows there is none, and a list of them would fill the memory.
    if ranges.iter().map(|(first, last)| u64::from(last - first)).sum::<u64>() > MAX_LISTED {
        return Err(format!("at most {MAX_LISTED} rows can be listed"));
    }
    Ok(ranges.into_iter().flat_map(|(first, last)| first..=last).collect())
}

const MAX_LISTED: u64 = 100_000_000;

/// Width and height, as in 28x28.
fn size(text: &str) -> Result<[u32; 2], String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides.filter(|sides| !sides.contains(&0)).ok_or_else(|| "give width and height in pixels, as in 28x28".to_owned())
}

/// The longest side of a picture that every device draws.
const MAX_SIDE: u32 = 8192;

fn picture_size(text: &str) -> Result<[u32; 2], String> {
    let sides = size(text)?;
    if sides.iter().any(|&side| side > MAX_SIDE) {
        return Err(format!("a side has at most {MAX_SIDE} pixels"));
    }
    Ok(sides)
}

/// The longest that a bookmark stays in a movie.
const MAX_SECONDS: f32 = 3600.0;

fn seconds(text: &str) -> Result<f32, String> {
    let seconds = text.parse::<f32>().ok().filter(|seconds| (0.01..=MAX_SECONDS).contains(seconds));
    seconds.ok_or_else(|| format!("give a number of seconds from 0.01 to {MAX_SECONDS}"))
}

fn dims(text: &str) -> Result<Dims, String> {
    one_of([("2", Dims::Two), ("3", Dims::Three)], text)
}

fn theme(text: &str) -> Result<Theme, String> {
    one_of([("dark", Theme::Dark), ("light", Theme::Light)], text)
}

fn points(text: &str) -> Result<PointStyle, String> {
    let styles = [("spheres", PointStyle::Spheres), ("sprites", PointStyle::Sprites), ("labels", PointStyle::Labels)];
    one_of(styles, text)
}

fn one_of<T: Copy, const N: usize>(choices: [(&str, T); N], text: &str) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| format!("choose one of {}", choices.map(|(name, _)| name).join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn rows_are_listed_by_number_and_range() {
        assert_eq!(rows("7,0,3-5, 4").map(|rows| rows.as_slice().to_vec()), Ok(vec![0, 3, 4, 5, 7]));
        for text in ["", "5-3", "-1", "1,,2", "a", "0-4294967295"] {
            assert!(rows(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_two_sides() {
        assert_eq!(size("28x14"), Ok([28, 14]));
        for text in ["28", "x", "0x4", "4x-1", "4x4x4", ""] {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(picture_size("8192x1").is_ok() && picture_size("1x8193").is_err());
    }
}
