//! Pictures and movies.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, value_parser};
use parallax_projection::{Alignment, Method};
use parallax_session::{Dims, Look, Naming, Pick, PointStyle, Projection, Switch, Theme, View};

use super::{
    Input, InputArgs, StereoArgs, ViewArgs,
    projection::{SettingsArgs, methods},
    values::{
        BasisOf, StepsAsked, align, basis, dims, picture_size, png, points, positive, seconds, size, steps_asked,
        switch, theme,
    },
};
use crate::cli::CliError;

/// `parallax render`
#[derive(Debug, Args)]
pub(in crate::cli) struct RenderArgs {
    /// A log directory, a checkpoint, a file of vectors, or a tour [default: the digits demo]
    pub(in crate::cli) path: Option<PathBuf>,
    /// The PNG file to write
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) out: PathBuf,
    /// Width and height of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "1600x1000", value_parser = picture_size)]
    pub(in crate::cli) size: [u32; 2],
    /// For a tour: the number of the bookmark to draw [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, requires = "path", value_parser = positive)]
    pub(in crate::cli) bookmark: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(in crate::cli) data: DrawnArgs,
    /// Draw the panels too, as in the window
    #[arg(long)]
    pub(in crate::cli) panels: bool,
    /// Turn the camera once around in N frames and measure their times
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = positive)]
    pub(in crate::cli) frames: Option<NonZeroUsize>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) change: ViewArgs,
    #[command(flatten)]
    pub(in crate::cli) stereo: StereoArgs,
}

/// What is drawn of data.
#[derive(Debug, Args)]
pub(in crate::cli) struct DrawnArgs {
    /// The method [default: pca; for layouts of 2 or 3 dimensions in files of AnnData, identity]
    #[arg(long, value_name = methods())]
    method: Option<Method>,
    /// The number of dimensions [default: 3; for vectors of 2 numbers, 2]
    #[arg(long, value_name = "2|3", allow_negative_numbers = true, value_parser = dims)]
    dims: Option<Dims>,
    /// The column of the metadata to color by [default: the first column of categories]
    #[arg(long, value_name = "COLUMN")]
    color_by: Option<String>,
    /// The column of the metadata to label points with
    #[arg(long, value_name = "COLUMN")]
    label_by: Option<String>,
    /// Find the clusters of the layout and draw their names, from COLUMN or the one that suits best
    #[arg(long, value_name = "COLUMN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    names: Option<String>,
    /// The background [default: dark]
    #[arg(long, value_name = "dark|light", value_parser = theme)]
    theme: Option<Theme>,
    /// How to draw points; density: pixels are the brighter the more points they have [default: spheres]
    #[arg(long, value_name = "spheres|sprites|labels|density", value_parser = points)]
    points: Option<PointStyle>,
    /// Whether points are darker where others are nearer to the eye: eye-dome lighting [default: auto, from
    /// 50,000 spheres on]
    #[arg(long, value_name = "on|off|auto", value_parser = switch)]
    edl: Option<Switch>,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingsArgs,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
}

impl DrawnArgs {
    /// Refuses settings of other methods than the chosen one.
    pub(in crate::cli) fn check(&self) -> Result<(), CliError> {
        self.settings.check(self.method())
    }

    /// Returns the method, or that of most data.
    pub(in crate::cli) fn method(&self) -> Method {
        self.method.unwrap_or(Method::Pca)
    }

    /// Returns the view of `input`.
    pub(in crate::cli) fn view(&self, input: Input, seed: u64) -> View {
        let [color_by, label_by, by] = self.picks();
        View {
            origin: input.origin,
            run: input.run,
            embedding: input.embedding,
            projection: self.settings.clone().projection(self.method, self.dims, seed),
            // A column of labels is named to see them.
            labels: label_by != Pick::Auto,
            color_by,
            label_by,
            naming: Naming { shown: self.names.is_some(), by, ..Naming::default() },
            points: self.points.unwrap_or_default(),
            theme: self.theme.unwrap_or_default(),
            look: Look { edl: self.edl.unwrap_or_default(), ..Look::default() },
            ..View::default()
        }
    }

    /// Returns an option that is given. A bookmark decides itself what is drawn.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let settings = self.settings.clone().projection(None, None, 0);
        let given = [
            (self.method.is_some(), "--method"),
            (self.dims.is_some(), "--dims"),
            (self.color_by.is_some(), "--color-by"),
            (self.label_by.is_some(), "--label-by"),
            (self.names.is_some(), "--names"),
            (self.theme.is_some(), "--theme"),
            (self.points.is_some(), "--points"),
            (self.edl.is_some(), "--edl"),
            (settings != Projection { seed: 0, ..Projection::default() }, "a setting of the projection"),
            (self.input != InputArgs::default(), "an option of the input"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }

    /// Returns the columns of colors, labels, and names.
    pub(in crate::cli) fn picks(&self) -> [Pick; 3] {
        // Without a column the name is empty.
        let names = self.names.clone().filter(|name| !name.is_empty());
        [self.color_by.clone(), self.label_by.clone(), names].map(|name| name.map_or(Pick::Auto, Pick::Column))
    }
}

/// `parallax record`
#[derive(Debug, Args)]
pub(in crate::cli) struct RecordArgs {
    /// A tour, or bookmarks saved by the TensorBoard projector; with --steps, a log directory, a
    /// checkpoint, or a folder of numbered files
    pub(in crate::cli) path: PathBuf,
    /// The GIF to write, or a folder for the frames as PNG files
    #[arg(long, value_name = "FOLDER|FILE.gif")]
    pub(in crate::cli) out: PathBuf,
    /// Width and height of the picture in pixels
    #[arg(long, value_name = "WxH", default_value = "960x540", value_parser = picture_size)]
    pub(in crate::cli) size: [u32; 2],
    /// Frames per second [default: 30; for a GIF, 20]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u8).range(1..=60))]
    pub(in crate::cli) fps: Option<u8>,
    /// The duration of each bookmark or step in seconds [default: that of the tour; for steps, 0.8]
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = seconds)]
    pub(in crate::cli) seconds: Option<f32>,
    /// Record the steps of a training, whose layouts belong together, instead of a tour: all, or their
    /// numbers
    #[arg(long, value_name = "all|A,B,C", value_parser = steps_asked)]
    pub(in crate::cli) steps: Option<StepsAsked>,
    /// With --steps, for pca: the rows whose principal components are the axes, those of all steps, of
    /// each step, or of one, by its number [default: all]
    #[arg(long, value_name = "all|each|STEP", requires = "steps", value_parser = basis)]
    pub(in crate::cli) basis: Option<BasisOf>,
    /// With --steps: what brings each layout onto the one before it; scale: also one factor [default:
    /// rotation for tsne, umap, and --basis each; none for others]
    #[arg(long, value_name = "rotation|scale|none", requires = "steps", value_parser = align)]
    pub(in crate::cli) align: Option<Alignment>,
    #[command(flatten)]
    pub(in crate::cli) data: DrawnArgs,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) change: ViewArgs,
    #[command(flatten)]
    pub(in crate::cli) stereo: StereoArgs,
}

/// `parallax sprite`
#[derive(Debug, Args)]
pub(in crate::cli) struct SpriteArgs {
    /// A folder of PNG or JPEG pictures, or of folders of them
    pub(in crate::cli) folder: PathBuf,
    /// The PNG file to write
    #[arg(long, value_name = "FILE.png", value_parser = png)]
    pub(in crate::cli) out: PathBuf,
    /// Width and height of a thumbnail in pixels [default: those of the pictures, up to 64x64]
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(in crate::cli) thumbnail: Option<[u32; 2]>,
    /// A file to write the names of the pictures to, in their order: metadata for TensorBoard
    #[arg(long, value_name = "FILE.tsv")]
    pub(in crate::cli) names: Option<PathBuf>,
}
