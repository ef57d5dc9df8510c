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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_places_all_rows_but_those_left_out() {
        let vectors = Vectors::from_f32(4, 2, vec![0.0, 0.0, f32::NAN, 1.0, 4.0, 0.0, 2.0, 0.0]).unwrap();
        for (method, expected, ratios) in
            [(Method::Pca, [-2.0, 2.0, 0.0], &[1.0, 0.0][..]), (Method::Identity, [0.0, 4.0, 2.0], &[])]
        {
            let projected = project(method, &vectors, &RowSet::from(vec![1]), &Progress::default()).unwrap();
            let first = projected.layout.coordinates.chunks_exact(2).map(|row| row[0]);
            assert_eq!(first.filter(|x| !x.is_nan()).collect::<Vec<_>>(), expected, "{method}");
            assert!(projected.layout.row(1).unwrap().iter().all(|x| x.is_nan()), "{method}");
            assert_eq!(projected.explained_variance_ratio, ratios, "{method}");
        }
    }

    #[test]
    fn a_cancelled_projection_is_none() {
        let (vectors, progress) = (Vectors::from_u8(3, 2, vec![0; 6]).unwrap(), Progress::default());
        progress.cancel();
        for method in Method::ALL {
            let result = project(method, &vectors, &RowSet::EMPTY, &progress);
            assert!(matches!(result, Err(ProjectionError::Cancelled(_))), "{method}");
        }
    }
}
