//! What a layout means: its clusters, and names for them from what their rows have in common.
//!
//! [`cluster`] finds clusters and the tree of branches that they are cut from, coarse to fine, and
//! [`Stability`] says how far they are found again in other layouts.
//! [`name_groups`] names clusters, branches, or any sets of rows from a
//! [`Column`](parallax_embedding::Column), and [`choose_column`] says which one suits.
//! [`Levels`] has clusters and what lies within them, for names that become finer as one goes
//! nearer. [`differences`] compares two sets of rows in all columns, and [`Charts`] counts the rows
//! of columns in bars. [`apart()`] says what tells two sets of rows apart. [`Query`] adds and
//! subtracts rows. [`suspects`] finds rows whose neighbors disagree with their label. This crate
//! opens no file and prints nothing.

mod apart;
mod arithmetic;
pub mod axis;
mod chance;
mod charts;
mod cluster;
mod difference;
mod levels;
mod names;
mod suspects;

pub use apart::{Apart, ApartError, Check, LEAST_ROWS, Separation, Single, Unseparated, apart};
pub use arithmetic::{
    Malformed, Meant, Operand, ParseError, Query, QueryError, Resolved, Term as QueryTerm, Unknown, mean,
};
pub use charts::{Bars, Chart, Charts, Counts, GROUPS, LeftOut};
pub use cluster::{
    Branch, ClusterError, ClusterSettings, Clusters, Linkage, MIN_SAMPLES, MOST_CLUSTERS, Stability, cluster,
};
pub use difference::{Difference, Measure, Share, difference, differences};
pub use levels::{Levels, MOST_PARTS, NamedLevels, Part};
pub use names::{ChosenColumn, MOST_WORDS, Name, Names, Term, Way, choose_column, name_groups, single_rows};
pub use suspects::{NoLabels, Suspect, Suspects, VOTERS, are_labels, choose_labels, suspects};
