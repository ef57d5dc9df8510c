//! Why there is no layout.

use parallax_embedding::Cancelled;

/// Why vectors cannot be projected. Its text says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ProjectionError {
    #[error("there is no row to project. Open vectors that have rows")]
    NoRows,
    #[error("each of the {rows} rows holds a NaN or an infinity, so that there is none to project. Mend the values")]
    NoFiniteRows { rows: usize },
    #[error("the vectors have no dimensions. Open a tensor with columns")]
    NoDimensions,
    #[error("no component was asked for. Ask for 1 or more")]
    NoComponents,
    #[error(
        "PCA of {rows} rows and {dims} dimensions needs a matrix of {smaller} x {smaller} numbers, {gibibytes:.1} GiB, \
         where the limit is {limit} x {limit}. Leave out rows or columns until one of the two is at most {limit}",
        gibibytes = (*smaller as f64).powi(2) * 8.0 / (1_u64 << 30) as f64
    )]
    TooLarge { rows: usize, dims: usize, smaller: usize, limit: usize },
    #[error("row {row} holds a NaN or an infinity that is not among the rows left out. Leave it out")]
    NonFinite { row: usize },
    #[error("vectors of {dims} dimensions cannot be shown as they are; at most {limit} can. Choose pca")]
    TooManyDimensions { dims: usize, limit: usize },
    #[error("the eigenvalues of the {size} x {size} covariance did not converge. Look for values of extreme size")]
    NoConvergence { size: usize },
    #[error(
        "a perplexity of {perplexity} is too large for {points} rows, where the largest possible is {largest}. \
         Choose {largest} or less"
    )]
    PerplexityTooLarge { perplexity: String, points: usize, largest: String },
    #[error(
        "the perplexity needs {needed} neighbors a row, where the graph holds {k}. Make a graph of {needed} neighbors"
    )]
    TooFewNeighbors { needed: usize, k: usize },
    #[error("the {name} cannot be {value}. Choose {choice}")]
    Setting { name: &'static str, value: String, choice: &'static str },
    #[error("there are {found} {what} for {points} points. Give one for each point")]
    WrongCount { what: &'static str, found: usize, points: usize },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ProjectionError {
    pub(crate) fn setting(name: &'static str, value: impl ToString, choice: &'static str) -> Self {
        Self::Setting { name, value: value.to_string(), choice }
    }
}
