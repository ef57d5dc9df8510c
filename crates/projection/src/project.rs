//! Any method by its name, from vectors to a layout in one call.

use parallax_embedding::{Progress, RowSet, Vectors};

use crate::{Layout, MAX_COMPONENTS, Method, Pca, PcaConfig, ProjectionError, identity};

/// A layout and what its method knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    /// The coordinates.
    pub layout: Layout,
    /// For each component its share of the variance; empty where the method has no components.
    pub explained_variance_ratio: Vec<f64>,
}

/// Projects `vectors` by `method` with its recommended settings. Rows of `left_out` get no place.
///
/// # Errors
/// As the method has it; see [`Pca::new`] and [`identity`].
pub fn project(
    method: Method,
    vectors: &Vectors,
    left_out: &RowSet,
    progress: &Progress,
) -> Result<Projected, ProjectionError> {
    match method {
        Method::Pca => {
            let mut pca = Pca::new(vectors.clone(), left_out, PcaConfig { components: MAX_COMPONENTS })?;
            pca.run(progress)?;
            let explained_variance_ratio = pca.explained_variance_ratio().to_vec();
            Ok(Projected { layout: pca.into_layout(), explained_variance_ratio })
        }
        Method::Identity => {
            let layout = identity(vectors, left_out, progress)?;
            Ok(Projected { layout, explained_variance_ratio: Vec::new() })
        }
    }
}
