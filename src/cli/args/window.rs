//! The window: what it opens, and the log of actions.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, ValueEnum};
use parallax_formats::{
    demo::{Demo, UnknownDemo},
    endings_read,
};

use super::{InputArgs, StereoArgs, ViewArgs};

/// `parallax [PATH]`
#[derive(Debug, Default, PartialEq, Args)]
pub(in crate::cli) struct WindowArgs {
    #[arg(help = path_help())]
    pub(in crate::cli) path: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
    /// Files of bookmarks to open too, joined in this order; they show PATH, or their own data
    /// without PATH
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Window")]
    pub(in crate::cli) bookmarks: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArgs,
}

/// How the window shows what it opens.
#[derive(Debug, Default, PartialEq, Args)]
pub(in crate::cli) struct ShownArgs {
    /// Show the cloud in a headset too, by OpenXR; seated: for people who do not walk about
    /// [needs a build with the feature xr]
    #[arg(
        long, value_name = "POSTURE", value_enum, num_args = 0..=1, require_equals = true,
        default_missing_value = "standing", help_heading = "Window"
    )]
    pub(in crate::cli) xr: Option<Posture>,
    #[command(flatten)]
    pub(in crate::cli) change: ViewArgs,
    #[command(flatten)]
    pub(in crate::cli) stereo: StereoArgs,
    #[command(flatten)]
    pub(in crate::cli) actions: ActionArgs,
}

/// How a person with a headset is in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(in crate::cli) enum Posture {
    Standing,
    Seated,
}

fn path_help() -> String {
    let endings = endings_read();
    format!("A log directory, a checkpoint, a file of vectors ({endings}), or bookmarks [default: the digits demo]")
}

/// The log of the actions in the window.
#[derive(Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Window")]
pub(in crate::cli) struct ActionArgs {
    /// Write each action in the window to FILE, as a line of JSON
    #[arg(long, value_name = "FILE.jsonl")]
    pub(in crate::cli) log_actions: Option<PathBuf>,
    /// Replay the actions in such a file, each at its time
    #[arg(long, value_name = "FILE.jsonl")]
    pub(in crate::cli) replay: Option<PathBuf>,
}

/// `parallax demo`
#[derive(Debug, Args)]
pub(in crate::cli) struct DemoArgs {
    /// digits: handwritten digits with pictures; words: common English words; tour: six bookmarks
    /// of the words
    #[arg(value_name = "digits|words|tour", default_value = "digits")]
    pub(in crate::cli) demo: DemoChoice,
    #[command(flatten)]
    pub(in crate::cli) shown: ShownArgs,
}

/// Built-in data, or a tour of them.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum DemoChoice {
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
