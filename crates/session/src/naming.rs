//! Names of clusters: what a person chooses about them.

use ndarray::ArrayView2;
use parallax_embedding::{Cancelled, Column, Progress, RowSet};
use parallax_meaning::{ClusterSettings, Way};
use parallax_projection::agreement_around;
use serde::{Deserialize, Serialize};

use crate::{Pick, says_nothing};

/// Whether clusters have names in the cloud, and which.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Naming {
    /// Whether they are found and shown.
    pub shown: bool,
    /// The column that names are from: a chosen one, or the one that suits best.
    pub by: Pick,
    /// The least rows of a cluster, or `None` for what suits the number of rows.
    pub min_size: Option<usize>,
    /// How many rows must be near for a row to be dense, or `None` for the default.
    pub min_samples: Option<usize>,
    /// Names given by hand.
    pub given: Vec<GivenName>,
}

/// A name that was given by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenName {
    /// The rows of the cluster. It is found again by most of them.
    pub rows: RowSet,
    /// The name. An empty one hides the name of the cluster.
    pub name: String,
}

/// Says that a layout knows nothing about the values of a column that its clusters are named from: the
/// nearest of a row in the layout share its value no more often than by chance. Returns `None` for names
/// that are no values.
///
/// # Errors
/// Returns an error if `progress` was canceled.
pub fn named_by_chance(
    column: &Column,
    way: Way,
    layout: ArrayView2<'_, f32>,
    progress: &Progress,
) -> Result<Option<String>, Cancelled> {
    if way != Way::Values {
        return Ok(None);
    }
    let shared = agreement_around(|row| column.code(row as usize), layout, progress)?;
    Ok(says_nothing(&format!("“{}”", column.name()), shared.as_ref()))
}

impl Naming {
    /// Returns the sizes of the clusters of a layout. One row is no cluster, and another program may
    /// have written the numbers.
    #[must_use]
    pub fn cluster_settings(&self, rows: usize) -> ClusterSettings {
        ClusterSettings {
            min_size: self.min_size.map(|size| size.max(2)),
            min_samples: self.min_samples.map(|samples| samples.clamp(1, rows.max(1))),
        }
    }

    /// Gives the cluster of `rows` a name, or with `None` the one that it would have.
    pub(crate) fn give(&mut self, rows: &RowSet, name: Option<&str>) {
        self.given.retain(|given| given.rows != *rows);
        self.given.extend(name.map(|name| GivenName { rows: rows.clone(), name: name.trim().to_owned() }));
    }
}
