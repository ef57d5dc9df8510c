//! Why there is no layout.

use parallax_embedding::{Cancelled, Damaged, Progress, Vectors, VectorsError, wording::plural};
use parallax_neighbors::NeighborsError;

/// Why vectors cannot be projected. Its text says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ProjectionError {
    #[error("there is no row to project. Open vectors that have rows")]
    NoRows,
    #[error("no step whose components are asked for can be read. Choose another one")]
    UnreadBasis,
    #[error("no row is finite: each of {rows} holds NaN, infinity, or a number beyond 3.4e38. Correct the values")]
    NoFiniteRows { rows: usize },
    #[error(
        "none of the rows to be laid out is finite: they hold NaN, infinity, or a number beyond 3.4e38, or are not \
         among the data. Isolate others"
    )]
    NoRowLeft,
    #[error("all rows are zeros, which have no direction to compare. Choose the metric euclidean")]
    NoDirections,
    #[error("the vectors have no dimensions. Open a tensor with columns")]
    NoDimensions,
    #[error("no component was asked for. Ask for 1 or more")]
    NoComponents,
    #[error(
        "PCA of {rows} rows and {dims} dimensions needs a matrix of {smaller} x {smaller} numbers, {gibibytes:.1} GiB, \
         and the limit is {limit} x {limit}. Leave out rows or columns until one of the two is at most {limit}",
        gibibytes = (*smaller as f64).powi(2) * 8.0 / (1_u64 << 30) as f64
    )]
    TooLarge { rows: usize, dims: usize, smaller: usize, limit: usize },
    #[error("row {row} holds NaN or infinity that is not among the rows left out. Leave it out")]
    NonFinite { row: usize },
    #[error("vectors of {dims} dimensions cannot be shown as they are; at most {limit} can. Choose pca")]
    TooManyDimensions { dims: usize, limit: usize },
    #[error("the eigenvalues of the {size} x {size} covariance did not converge. Look for values of extreme size")]
    NoConvergence { size: usize },
    #[error(
        "a perplexity of {perplexity} is too large for {points} {rows}; the largest possible is {largest:.1}. \
         Choose {largest:.1} or less", rows = if *points == 1 { "row" } else { "rows" }
    )]
    PerplexityTooLarge { perplexity: String, points: usize, largest: f32 },
    #[error(
        "the perplexity needs {needed} neighbors per row, and the graph has {k}. Make a graph of {needed} neighbors"
    )]
    TooFewNeighbors { needed: usize, k: usize },
    #[error("the {name} cannot be {value}. Choose {choice}")]
    Setting { name: &'static str, value: String, choice: &'static str },
    #[error("there are {found} {what} for {}. Give one for each point", plural(*points, "point"))]
    WrongCount { what: &'static str, found: usize, points: usize },
    #[error(
        "{what} needs at least {}, and {points} {have} a place. Include more rows", plural(*least, "point"),
        have = if *points == 1 { "has" } else { "have" }
    )]
    TooFewPoints { points: usize, least: usize, what: &'static str },
    #[error("the coordinates of point {point} are not all finite. Give each point a place")]
    NonFinitePlace { point: usize },
    #[error(
        "{neighbors} neighbors, the row itself included, are too many for {points} {rows}; {choice}",
        rows = if *points == 1 { "row" } else { "rows" },
        choice = match largest {
            0 | 1 => "they need at least 2 rows. Include more rows, or give no number".to_owned(),
            largest => format!("the largest possible is {largest}. Choose {largest} or fewer"),
        }
    )]
    TooManyNeighbors { neighbors: usize, points: usize, largest: usize },
    #[error("no row with finite values is on the {side} side of axis {axis}. Choose rows for it")]
    EmptySide { axis: usize, side: &'static str },
    #[error(
        "both sides of axis {axis} have the same centroid, so there is no direction between them. Choose other rows"
    )]
    EqualCentroids { axis: usize },
    #[error(
        "the direction of axis {axis} has {}, and the vectors have {}. Give one value for each",
        plural(*found, "value"), plural(*expected, "dimension")
    )]
    DirectionLength { axis: usize, found: usize, expected: usize },
    #[error("there is no component {component}: the vectors have {components}. Choose one of them")]
    NoSuchComponent { component: usize, components: usize },
    #[error("the direction of axis {axis} is zero or not finite. Give one that points somewhere")]
    NoDirection { axis: usize },
    #[error(
        "the vectors have {first} and {second} dimensions, which no rotation makes one. Compare layouts of as many"
    )]
    OtherDimensions { first: usize, second: usize },
    #[error(
        "vectors of {dims} dimensions are too large to be rotated onto others; the limit is {limit}. Compare layouts"
    )]
    TooWide { dims: usize, limit: usize },
    #[error("it has {}, and the other steps have {expected}. Steps are of the same rows: leave it out", plural(*rows, "row"))]
    StepRows { rows: usize, expected: usize },
    #[error(
        "it has {}, and the other steps have {expected}, so that they share no components. {OWN_COMPONENTS}",
        plural(*dims, "dimension")
    )]
    StepDimensions { dims: usize, expected: usize },
    #[error("{}. Match them by another column, or by their order", no_partners(*unclear))]
    NoPartners { unclear: [usize; 2] },
    /// `none` says of which of the two no row is finite.
    #[error("{}", no_finite(*none, THE_TWO))]
    NoFinitePairs { none: [bool; 2] },
    /// `none` says of which of the two no row has a direction.
    #[error("{}", no_direction(*none, THE_TWO))]
    NoDirectedPairs { none: [bool; 2] },
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    #[error("{0}")]
    Neighbors(NeighborsError),
    #[error(transparent)]
    Damaged(#[from] Damaged),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The way out of [`ProjectionError::StepDimensions`].
pub const OWN_COMPONENTS: &str = "Give each step its own";

/// What two embeddings are called that have no names.
const THE_TWO: [&str; 2] = ["the first", "the second"];

fn no_finite(none: [bool; 2], names: [&str; 2]) -> String {
    format!("of the rows that belong together, {}. Correct the values", no_rows(none, names, "is finite"))
}

fn no_direction(none: [bool; 2], names: [&str; 2]) -> String {
    let what = no_rows(none, names, "has a direction");
    format!("of the rows that belong together, {what}, as zeros have none. Choose the metric euclidean")
}

/// Says of which of two embeddings no row is as it should be, or that there is no pair of such rows.
fn no_rows(none: [bool; 2], [first, second]: [&str; 2], verb: &str) -> String {
    match none {
        [true, true] => format!("none of {first} {verb}, and none of {second}"),
        [true, false] => format!("none of {first} {verb}"),
        [false, true] => format!("none of {second} {verb}"),
        [false, false] => format!("in no pair that of {first} {verb} and that of {second} {verb}"),
    }
}

/// Says that no row has a partner, of which so many have several.
fn no_partners(unclear: [usize; 2]) -> String {
    match unclear {
        [0, 0] => "no row of one has a partner in the other".to_owned(),
        [first, second] => format!(
            "no row has one partner: keys are not unique, and {} of one could belong to {second} of the other",
            plural(first, "row")
        ),
    }
}

impl From<NeighborsError> for ProjectionError {
    fn from(error: NeighborsError) -> Self {
        match error {
            NeighborsError::Cancelled(canceled) => Self::Cancelled(canceled),
            NeighborsError::Damaged(damaged) => Self::Damaged(damaged),
            error => Self::Neighbors(error),
        }
    }
}

impl ProjectionError {
    /// Returns which of two embeddings is at fault, if that is known of the error.
    #[must_use]
    pub fn at_fault(&self) -> Option<[bool; 2]> {
        match self {
            Self::NoFinitePairs { none } | Self::NoDirectedPairs { none } => Some(*none),
            _ => None,
        }
    }

    /// Returns what is wrong with two embeddings that have these names, and what to do.
    #[must_use]
    pub fn of_pair(&self, names: [&str; 2]) -> String {
        match self {
            Self::NoFinitePairs { none } => no_finite(*none, names),
            Self::NoDirectedPairs { none } => no_direction(*none, names),
            other => other.to_string(),
        }
    }

    /// Why no row is left: all of `vectors` are not finite, or others were left out too.
    pub(crate) fn no_row(vectors: &Vectors) -> Self {
        let rows = vectors.rows();
        match vectors.non_finite_rows(&Progress::default()) {
            Ok(found) if found.len() < rows => Self::NoRowLeft,
            _ => Self::NoFiniteRows { rows },
        }
    }

    /// Returns the name of the setting that is too large, and the largest possible whole number.
    #[must_use]
    pub fn largest_possible(&self) -> Option<(&'static str, usize)> {
        match self {
            Self::PerplexityTooLarge { largest, .. } => Some(("perplexity", *largest as usize)),
            Self::TooManyNeighbors { largest, .. } => Some(("neighbors", *largest)),
            _ => None,
        }
    }

    pub(crate) fn setting(name: &'static str, value: impl ToString, choice: &'static str) -> Self {
        Self::Setting { name, value: value.to_string(), choice }
    }
}
