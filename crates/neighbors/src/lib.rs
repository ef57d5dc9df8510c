//! Exact nearest neighbors among the rows of an embedding.
//!
//! [`nearest`] compares one row with all others under a [`Metric`]; [`nearest_to`] does so for a vector from elsewhere.
//! The vectors are taken as they are: nothing is centered or normalized beyond what the metric itself says. The
//! answer is exact, and the same for any number of threads. There is no index and no approximation here: one pass
//! over the vectors is the cost of a query.

mod metric;
mod rank;
mod search;

pub use metric::{Metric, UnknownMetric};
pub use search::{Neighbor, NeighborsError, nearest, nearest_to};
