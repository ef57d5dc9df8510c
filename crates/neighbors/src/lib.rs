//! Nearest neighbors among the rows of an embedding, and the neighbor graph.
//!
//! [`nearest`] compares one row with all others under a [`Metric`]; [`nearest_to`] does so for any
//! vector. A query is one pass over the vectors; there is no index. [`NeighborGraph`] holds the
//! neighbors of all rows, and [`PlaceTree`] those of all points of a layout. The vectors are used as
//! they are: nothing is centered or normalized beyond what the metric itself does. Results are exact
//! and the same for any number of threads; only the graph of very many rows is approximate, and then
//! it reports its measured recall.
//!
//! ```
//! use ndarray::array;
//! use parallax_embedding::{Progress, Vectors};
//! use parallax_neighbors::{Metric, nearest};
//!
//! let vectors = Vectors::from_array(array![[0.0_f32, 0.0], [3.0, 4.0], [0.0, 1.0]]);
//! let progress = Progress::default();
//! let non_finite = vectors.non_finite_rows(&progress)?;
//! let near = nearest(&vectors, 0, 2, Metric::Euclidean, &non_finite, &progress)?;
//! let found: Vec<_> = near.iter().map(|neighbor| (neighbor.row, neighbor.distance)).collect();
//! assert_eq!(found, [(2, 1.0), (1, 5.0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod direction;
mod graph;
mod metric;
mod places;
mod rank;
mod search;

pub use direction::zero_rows;
pub use graph::{GraphSearch, NeighborGraph};
pub use metric::{Metric, UnknownMetric, norm};
pub use places::{Place, PlaceNode, PlaceTree, square};
pub use search::{Neighbor, NeighborsError, nearest, nearest_to};
