//! Projections: the methods and their settings.

use std::{num::NonZeroUsize, path::PathBuf, str::FromStr as _, sync::LazyLock};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use parallax_neighbors::Metric;
use parallax_projection::{About, Alignment, Coordinates, Flag, MAX_COMPONENTS, Method};
use parallax_session::{CustomAxis, Dims, Projection, Search, Side};

use super::{
    InputArgs, RowsArgs,
    values::{BasisOf, StepsAsked, align, basis, dims, out_help, positive, steps_asked, table_help},
};
use crate::cli::CliError;

/// `parallax project`
#[derive(Debug, Args)]
pub(in crate::cli) struct ProjectArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The method; identity: the vectors as they are, if they have at most 10 dimensions
    #[arg(long, value_name = methods())]
    pub(in crate::cli) method: Method,
    /// The number of coordinates: 2 or 3; for pca, up to 10 [default: 3; for identity, all]
    #[arg(long, value_name = "D", allow_negative_numbers = true, value_parser = value_parser!(u8).range(1..=MAX_COMPONENTS as i64))]
    pub(in crate::cli) dims: Option<u8>,
    #[arg(long, value_name = "FILE", help = format!("{}; with --steps, the folder", out_help()))]
    pub(in crate::cli) out: PathBuf,
    /// Lay out the steps of a training so that they belong together, and write each to a file of the
    /// folder --out: all, or their numbers
    #[arg(
        long,
        value_name = "all|A,B,C",
        value_parser = steps_asked,
        conflicts_with_all = ["quality", "quality_out", "label"]
    )]
    pub(in crate::cli) steps: Option<StepsAsked>,
    /// With --steps, for pca: the rows whose principal components are the axes, those of all steps, of
    /// each step, or of one, by its number [default: all]
    #[arg(long, value_name = "all|each|STEP", requires = "steps", value_parser = basis)]
    pub(in crate::cli) basis: Option<BasisOf>,
    /// With --steps: what brings each layout onto the one before it; scale: also one factor [default:
    /// rotation for tsne, umap, and --basis each; none for others]
    #[arg(long, value_name = "rotation|scale|none", requires = "steps", value_parser = align)]
    pub(in crate::cli) align: Option<Alignment>,
    #[arg(
        long,
        help = format!(
            "Measure the quality of the layout however many rows there are; for {}, and up to 20,000 rows this is the default",
            Method::names(|about| about.by_neighbors).join(", ")
        )
    )]
    pub(in crate::cli) quality: bool,
    #[arg(
        long,
        value_name = "FILE",
        help = table_help("the share of neighbors kept, the false neighbors, and the missing neighbors")
    )]
    pub(in crate::cli) quality_out: Option<PathBuf>,
    /// Say how often neighbors share the value of this column, and how often they would by chance
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) label: Option<String>,
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

/// `parallax clusters`
#[derive(Debug, Args)]
pub(in crate::cli) struct ClustersArgs {
    /// A log directory, a checkpoint, or a file of vectors
    pub(in crate::cli) path: PathBuf,
    /// The method of the layout that is searched for clusters [default: identity for vectors of at
    /// most 3 dimensions, umap for others]
    #[arg(long, value_name = methods())]
    pub(in crate::cli) method: Option<Method>,
    /// The dimensions of the layout
    #[arg(long, value_name = "2|3", allow_negative_numbers = true, value_parser = dims, default_value = "3")]
    pub(in crate::cli) dims: Dims,
    /// The column that clusters are named after [default: the longest texts, else the first
    /// categories, else the labels]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) name_by: Option<String>,
    /// The least rows of a cluster, from 2 [default: half the square root of the number of rows, from 5; more if there
    /// would be over 60 clusters]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = positive)]
    pub(in crate::cli) min_size: Option<NonZeroUsize>,
    /// How many rows, itself among them, a row must have near to be dense: the more, the more rows are noise
    /// [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = positive)]
    pub(in crate::cli) min_samples: Option<NonZeroUsize>,
    /// For tsne and umap: lay the rows out with N seeds, from --seed on, and say how often two rows of each cluster
    /// of the first stay together in the others; from 2
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u8).range(2..=100))]
    pub(in crate::cli) seeds: Option<u8>,
    #[arg(long, value_name = "FILE", help = table_help("the cluster, its name, the probability, and with --seeds the stability"))]
    pub(in crate::cli) out: Option<PathBuf>,
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
    #[arg(
        long,
        value_name = "euclidean|cosine|angle",
        default_value_t = Metric::Euclidean,
        help = format!("The distance between neighbors, for {}, and the quality", Method::names(|about| about.by_neighbors).join(", "))
    )]
    metric: Metric,
    /// Subtract the mean from the vectors and scale each to unit length first
    #[arg(long)]
    sphereize: bool,
    #[command(flatten)]
    switches: Switches,
    #[command(flatten)]
    numbers: Numbers,
    #[arg(long, value_name = "COLUMN", help = of(|about| about.is_supervised, "keep rows together that have the same value in this column"))]
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
    /// Returns the projection that they describe, by `method` and `dims`, or else those that fit the
    /// data.
    pub(in crate::cli) fn projection(self, method: Option<Method>, dims: Option<Dims>, seed: u64) -> Projection {
        let plain = Projection::default();
        let side = |text: &String| Side::Search(Search { text: text.clone(), regex: true, ..Search::default() });
        let mut axes = plain.axes.clone();
        for (axis, ends) in axes.iter_mut().zip(self.between.chunks_exact(2)) {
            *axis = CustomAxis::Between { left: side(&ends[0]), right: side(&ends[1]) };
        }
        let mut projection = Projection {
            method: method.unwrap_or(plain.method),
            is_automatic: method.is_none(),
            dims: dims.unwrap_or_default(),
            are_dims_automatic: dims.is_none(),
            seed,
            metric: self.metric,
            sphereize: self.sphereize,
            supervision: if self.supervise_by.is_some() { self.supervision } else { 0.0 },
            supervisor: self.supervise_by,
            axes,
            ..plain
        };
        for about in Method::ALL.map(Method::about) {
            for (name, value) in &self.numbers.0 {
                about.setting(name).into_iter().for_each(|setting| projection.set(setting, Some(*value)));
            }
            for name in &self.switches.0 {
                about.switch(name).into_iter().for_each(|switch| projection.turn(switch, true));
            }
        }
        projection
    }

    /// Refuses settings that `method` does not have.
    pub(in crate::cli) fn check(&self, method: Method) -> Result<(), CliError> {
        let switches = self.switches.0.iter().map(|name| (*name, true, switched_by(name)));
        let numbers = self.numbers.0.iter().map(|(name, _)| (*name, true, having(name)));
        let others = [
            ("supervise-by", self.supervise_by.is_some(), Method::names(|about| about.is_supervised)),
            ("between", !self.between.is_empty(), Method::names(|about| about.coordinates == Coordinates::Axes)),
        ];
        let mut given = switches.chain(numbers).chain(others).filter(|(_, is_given, _)| *is_given);
        match given.find(|(.., methods)| !methods.contains(&method.name())) {
            Some((option, _, methods)) => {
                let (all, any) = (methods.join(" and "), methods.join(" or "));
                let message = format!("--{option} is a setting of {all}, not of {method}");
                Err(CliError::Usage(format!("{message}. Leave it out, or choose --method {any}")))
            }
            None => Ok(()),
        }
    }
}

/// The numbers that are given, with the names of the settings.
#[derive(Debug, Clone)]
struct Numbers(Vec<(&'static str, f64)>);

impl FromArgMatches for Numbers {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |(name, _): (&'static str, _)| Some((name, *matches.get_one::<f64>(name)?));
        Ok(Self(flags().into_iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Numbers {
    /// Adds an option for each setting with a flag.
    fn augment_args(command: Command) -> Command {
        let option = |(name, flag): (&'static str, &Flag)| {
            let option = Arg::new(name).long(name).value_name(flag.value).allow_negative_numbers(true);
            let option = option.help(of(|about| about.setting(name).is_some(), &described(name, flag)));
            if flag.is_whole {
                option.value_parser(|text: &str| positive(text).map(|number| number.get() as f64))
            } else {
                option.value_parser(value_parser!(f64))
            }
        };
        command.args(flags().into_iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The names of what is switched on.
#[derive(Debug, Clone)]
struct Switches(Vec<&'static str>);

impl FromArgMatches for Switches {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let all = Method::ALL.into_iter().flat_map(|method| method.about().switches);
        Ok(Self(all.map(|switch| switch.name).filter(|name| matches.get_flag(name)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Switches {
    /// Adds an option for each switch.
    fn augment_args(command: Command) -> Command {
        let all = Method::ALL.into_iter().flat_map(|method| method.about().switches);
        command.args(all.map(|switch| {
            let help = of(|about| about.switch(switch.name).is_some(), switch.help);
            Arg::new(switch.name).long(switch.name).action(ArgAction::SetTrue).help(help)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Returns the flags of all methods, each once, with the names of their settings.
fn flags() -> Vec<(&'static str, &'static Flag)> {
    let all = Method::ALL.into_iter().flat_map(|method| method.about().settings);
    let mut flags: Vec<(&str, &Flag)> = Vec::new();
    for (name, flag) in all.filter_map(|setting| Some((setting.name, setting.flag.as_ref()?))) {
        if flags.iter().all(|(known, _)| *known != name) {
            flags.push((name, flag));
        }
    }
    flags
}

/// Returns the names of the methods that have a setting of this name.
fn having(name: &str) -> Vec<&'static str> {
    Method::names(|about| about.setting(name).is_some())
}

/// Returns the names of the methods that have a switch of this name.
fn switched_by(name: &str) -> Vec<&'static str> {
    Method::names(|about| about.switch(name).is_some())
}

/// Describes a flag, with its default for each method that has it.
fn described(name: &str, flag: &Flag) -> String {
    let methods = having(name);
    let default = |method: &&str| {
        let default = Method::from_str(method).ok()?.about().setting(name)?.flag.as_ref()?.default;
        let (usually, otherwise) = default
            .split_once(',')
            .map_or((default, String::new()), |(usually, otherwise)| (usually, format!(",{otherwise}")));
        Some(format!("{usually} for {method}{otherwise}"))
    };
    let defaults: Vec<String> = methods.iter().filter_map(default).collect();
    let default = if methods.len() > 1 { defaults.join("; ") } else { flag.default.to_owned() };
    format!("{} [default: {default}]", flag.help)
}

/// Returns the help of an option of some methods.
fn of(is_one: impl Fn(&About) -> bool, help: &str) -> String {
    format!("For {}: {help}", Method::names(is_one).join(" and "))
}

/// Returns the names of all methods, as values of an option.
pub(super) fn methods() -> &'static str {
    static NAMES: LazyLock<String> = LazyLock::new(|| Method::names(|_| true).join("|"));
    &NAMES
}
