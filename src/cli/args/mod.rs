//! The arguments, as clap parses them: one module for each kind of command.
//!
//! What can be refused without reading the data is refused here.

mod data;
mod input;
mod picture;
mod projection;
mod rows;
mod stereo;
mod tour;
mod values;
mod view;
mod window;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

pub(super) use data::{
    ApartArgs, CompareArgs, ConvertArgs, DoctorArgs, ExportArgs, Exported, InspectArgs, NeighborsArgs, QueryArgs,
    SearchArgs, StepsArgs,
};
pub(super) use input::{Input, InputArgs};
pub(super) use picture::{RecordArgs, RenderArgs, SpriteArgs};
pub(super) use projection::{ClustersArgs, ProjectArgs};
pub(super) use rows::RowsArgs;
pub(super) use stereo::StereoArgs;
pub(super) use tour::{
    ConfigCommand, ConfigWriteArgs, TourCommand, TourDraftArgs, TourExportArgs, TourImportArgs, TourPackArgs,
    TourShowArgs,
};
pub(super) use values::{BasisOf, RowsOf, StepsAsked};
pub(super) use view::ViewArgs;
pub(super) use window::{DemoArgs, DemoChoice, Posture, ShownArgs, WindowArgs};

/// Explore embeddings: open vectors, project them to two or three dimensions, find neighbors.
///
/// Without a command, a window opens with PATH or, without PATH, a demo. If PATH has the name of a
/// command, write it with its folder: ./inspect.
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

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// The number of threads that compute [default: the number of cores]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// The seed of everything random
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, default_value_t = 42, value_parser = values::whole)]
    pub(super) seed: u64,
    /// When to show progress on standard error; auto: if it is a terminal. Warnings are always
    /// shown
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ShowProgress::Auto)]
    pub(super) progress: ShowProgress,
}

/// When to show progress.
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
    /// List what a path holds: runs, embeddings, metadata, and problems
    Inspect(InspectArgs),
    /// List the steps of a training: checkpoints, tags, or numbered files
    Steps(StepsArgs),
    /// Write the vectors of an embedding in another format
    Convert(ConvertArgs),
    /// Project the vectors to a few dimensions and write the coordinates
    Project(ProjectArgs),
    /// Find clusters in a layout of the vectors, and name them
    Clusters(ClustersArgs),
    /// List rows whose neighbors disagree with their label; without PATH, describe this machine
    ///
    /// With PATH, the most suspicious rows come first. Without, the program says what it finds here: the
    /// devices that draw, the display, fonts, settings, and what is missing and which package brings it.
    /// That is what a report of a fault needs.
    Doctor(DoctorArgs),
    /// List the nearest neighbors of a row
    Neighbors(NeighborsArgs),
    /// Say what tells some rows apart from others
    Apart(ApartArgs),
    /// Compare two embeddings of the same rows
    Compare(CompareArgs),
    /// List the rows whose metadata contain a text or match a pattern
    Search(SearchArgs),
    /// Write vectors, metadata, labels, or a folder to publish, for some or all rows
    Export(ExportArgs),
    /// Draw a picture without a window
    Render(RenderArgs),
    /// Record a tour, or the steps of a training, as a movie
    Record(RecordArgs),
    /// Make one sheet of thumbnails of a folder of pictures
    Sprite(SpriteArgs),
    /// Write the configuration of a log directory
    #[command(arg_required_else_help = false)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// List, convert, join, pack, and draft bookmarks
    #[command(arg_required_else_help = false)]
    Tour {
        #[command(subcommand)]
        command: TourCommand,
    },
    /// Open the window with built-in data
    Demo(DemoArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definitions_pass_the_checks_of_clap() {
        Cli::command().debug_assert();
    }

    /// What refuses `-3` where a number is expected is the range of the option.
    #[test]
    fn options_with_a_number_take_negative_numbers() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                let is_number = |name: &clap::builder::Str| {
                    ["N", "K", "P", "R", "D", "S", "V", "BYTES", "2|3"].contains(&name.as_str())
                };
                let names = arg.get_value_names().unwrap_or_default();
                assert!(!names.iter().any(is_number) || arg.is_allow_negative_numbers_set(), "{arg}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    /// It has an example of each.
    #[test]
    fn commands_are_in_the_readme() {
        let readme = include_str!("../../../README.md");
        let (mut left, mut missing) = (vec![(String::from("parallax"), Cli::command())], Vec::new());
        while let Some((name, command)) = left.pop() {
            let below = command.get_subcommands().filter(|below| below.get_name() != "help");
            left.extend(below.map(|below| (format!("{name} {}", below.get_name()), below.clone())));
            let is_shown = readme.lines().any(|line| line.starts_with(&format!("{name} ")));
            missing.extend((command.get_subcommands().count() == 0 && !is_shown).then_some(name));
        }
        assert_eq!(missing, [""; 0]);
    }

    const INPUT: &str = "--run a --embedding b --metadata m.tsv --join k=c --delimiter bar --header no --vectors x,y --sprite s.png --thumbnail 8x8 --raw-dims 4 \
                         --raw-dtype f16 --raw-offset 8 --allow-outside";
    const SETTINGS: &str = "--metric cosine --sphereize --whiten --gather --perplexity 9 --iterations 10 --learning-rate 2 \
                            --degrees-of-freedom 2 --neighbors 5 \
                            --min-dist 0.1 --spread 2 --supervise-by c --supervision 0.3 --between a b";
    const STEREO: &str = "--stereo cross-eyed --eye-distance 0.2 --convergence 3";
    const OTHER: &str =
        "--other-run a --other-embedding b --other-metadata m --key c=d --arrange side-by-side --cameras two";
    const MATCH: &str = "--regex --whole --case-sensitive --column c";

    /// The commands and, for each, options that can stand together.
    fn lines() -> Vec<(&'static str, String)> {
        vec![
            ("", "--xr p".to_owned()),
            (
                "",
                format!(
                    "p --xr=seated --bookmarks b.ron --log-actions l.jsonl --replay r.jsonl --view {{}} --compare q {OTHER} {STEREO} {INPUT}"
                ),
            ),
            ("inspect", format!("p --check --json {INPUT}")),
            ("steps", format!("p --json {INPUT}")),
            ("convert", format!("p --out o.npy {INPUT}")),
            (
                "project",
                format!(
                    "p --method pca --dims 2 --out o.npy --quality --quality-out q.tsv --label c --json {SETTINGS} --rows 1,3-5 {INPUT}"
                ),
            ),
            ("project", format!("p --method pca --out o.npy --search t {MATCH}")),
            ("project", "p --method pca --out o --steps 1,2 --basis 2 --align none".to_owned()),
            (
                "clusters",
                format!(
                    "p --method umap --dims 2 --name-by c --min-size 9 --min-samples 4 --seeds 3 --out o.tsv --json {SETTINGS} --rows 1 {INPUT}"
                ),
            ),
            ("clusters", format!("p --search t {MATCH}")),
            ("doctor", format!("p --column c -k 5 --metric angle --out o.tsv --json {INPUT}")),
            ("doctor", "--json".to_owned()),
            ("neighbors", format!("p --row 1 -k 3 --metric angle --json {INPUT}")),
            ("neighbors", "p --label -t --column c".to_owned()),
            ("neighbors", "p --query a".to_owned()),
            ("apart", format!("p --rows 1,3-5 --against c=d --json {INPUT}")),
            ("apart", format!("p --search t --against rest {MATCH}")),
            (
                "compare",
                format!(
                    "p q --other-run a --other-embedding b --other-metadata m --key c=d -k 3 --metric angle --align none --out o.tsv \
                     --json {INPUT}"
                ),
            ),
            ("compare", "p q --by-order --picture o.png".to_owned()),
            ("search", format!("p t --json {MATCH} {INPUT}")),
            ("export", format!("p --what labels --out o.tsv --rows 1 {INPUT}")),
            ("export", format!("p --what folder --out o --search t {MATCH}")),
            (
                "render",
                format!(
                    "p --out o.png --size 8x8 --bookmark 2 --method umap --dims 3 --color-by c --label-by d --names --theme light \
                     --points labels --edl on --panels --frames 4 --json --view {{\"theme\":\"light\"}} --compare q {OTHER} {STEREO} {SETTINGS} {INPUT}"
                ),
            ),
            (
                "record",
                format!(
                    "t --out o.gif --size 8x8 --fps 20 --seconds 2 --json --view {{}} --compare q {OTHER} {STEREO}"
                ),
            ),
            (
                "record",
                format!(
                    "p --out o.gif --steps 1,2 --basis each --align scale --method umap --dims 3 --color-by c --label-by d --names \
                     --theme light --points labels --edl off {SETTINGS} {INPUT}"
                ),
            ),
            ("", "p --compare q --by-order".to_owned()),
            ("render", "p --out o.png --compare q --by-order".to_owned()),
            ("record", "t --out o.gif --compare q --by-order".to_owned()),
            ("demo", "words --compare q --by-order".to_owned()),
            ("sprite", "f --out o.png --thumbnail 8x8 --names n.tsv".to_owned()),
            ("config write", "d --tensor t --metadata m.tsv --sprite s.png --thumbnail 8x8".to_owned()),
            ("tour show", "t --json".to_owned()),
            ("tour export", "t --out o.txt".to_owned()),
            ("tour import", "t u --out o.ron".to_owned()),
            ("tour pack", "t --out o.parallax".to_owned()),
            ("tour draft", format!("p --out o.ron --method umap --dims 2 {SETTINGS} {INPUT}")),
            ("demo", format!("tour --xr --log-actions l --replay r --view {{}} --compare q {OTHER} {STEREO}")),
        ]
    }

    /// Every option of every command is in one of the lines, and all lines are accepted.
    #[test]
    fn options_are_parsed() {
        let globals = ["--threads 2 --seed 7 --progress never", ""];
        for (command, options) in lines() {
            for globals in globals {
                let line = format!("parallax {command} {options} {globals}");
                assert!(Cli::try_parse_from(line.split_whitespace()).is_ok(), "{line}");
            }
        }
        check_options(&Cli::command(), "");
    }

    #[track_caller]
    fn check_options(command: &clap::Command, name: &str) {
        let lines: Vec<String> =
            lines().into_iter().filter(|(of, _)| *of == name).map(|(_, line)| line + " ").collect();
        let own = command
            .get_arguments()
            .filter(|option| !option.is_global_set() && command.get_subcommands().count() == 0 || name.is_empty());
        for option in own
            .filter_map(clap::Arg::get_long)
            .filter(|long| !["help", "version", "threads", "seed", "progress"].contains(long))
        {
            assert!(lines.iter().any(|line| line.contains(&format!("--{option} "))), "{name} --{option}");
        }
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            check_options(sub, format!("{name} {}", sub.get_name()).trim());
        }
    }
}
