//! What can be typed: clap's definitions, a module a kind of command.
//!
//! What can be refused without a look at the data is refused here.

mod data;
mod input;
mod picture;
mod projection;
mod rows;
mod tour;
mod values;
mod window;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

pub(super) use data::{ConvertArgs, ExportArgs, Exported, InspectArgs, NeighborsArgs, QueryArgs, SearchArgs};
pub(super) use input::{Input, InputArgs};
pub(super) use picture::{RecordArgs, RenderArgs};
pub(super) use projection::ProjectArgs;
pub(super) use rows::RowsArgs;
pub(super) use tour::{
    ConfigCommand, ConfigWriteArgs, TourCommand, TourExportArgs, TourImportArgs, TourPackArgs, TourShowArgs,
};
pub(super) use window::{ActionArgs, DemoArgs, DemoChoice, WindowArgs};

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
    /// Whether progress is shown on standard error; auto: if that is a terminal. Warnings always are
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ShowProgress::Auto)]
    pub(super) progress: ShowProgress,
}

/// When progress is shown.
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
