//! What the projections of one embedding share, computed once: sphereized vectors, principal
//! components, neighbor graphs, and what layouts are measured against.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parallax_embedding::{Damaged, Progress, RowSet, Vectors};
use parallax_neighbors::{Metric, NeighborGraph};

use crate::{Layout, Pca, PcaConfig, ProjectionError, QUALITY_NEIGHBORS, Reference, sphereize};

/// The vectors of an embedding, and what was computed from them.
///
/// The first caller that asks for a result computes it; others wait for it.
#[derive(Debug)]
pub struct Space {
    vectors: Vectors,
    left_out: RowSet,
    /// The space of all rows, if this one is of some.
    whole: Option<Arc<Space>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    sphereized: Option<Vectors>,
    components: Vec<(bool, Arc<Components>)>,
    graphs: Vec<((bool, Metric), Arc<NeighborGraph>)>,
    references: Vec<((bool, Metric), Arc<Reference>)>,
}

/// The rows along the principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// The coordinates, in descending order of variance.
    pub layout: Arc<Layout>,
    /// What they were multiplied by: see [`Vectors::relative`].
    pub scale: f64,
    /// The variance of each coordinate.
    pub explained_variance: Vec<f64>,
    /// Each as a share of the variance of the vectors.
    pub explained_variance_ratio: Vec<f64>,
    /// The directions: components x dimensions of the vectors, each of length 1.
    pub directions: Vec<f64>,
}

impl Space {
    /// Creates the space of `vectors`, of which the rows of `left_out` take no part: it must hold
    /// those of [`Vectors::non_finite_rows`].
    #[must_use]
    pub fn new(vectors: Vectors, left_out: RowSet) -> Self {
        Self { vectors, left_out, whole: None, known: Mutex::default() }
    }

    /// Creates the space of `rows` alone. The vectors are treated as with all rows of `whole`: if
    /// they are sphereized, the mean is that of all.
    #[must_use]
    pub fn within(whole: &Arc<Self>, rows: &RowSet) -> Self {
        let left_out = rows.complement(whole.vectors.rows()).union(&whole.left_out);
        Self { whole: Some(whole.clone()), ..Self::new(whole.vectors.clone(), left_out) }
    }

    /// The rows that take no part because their vectors are not finite.
    #[must_use]
    pub fn non_finite(&self) -> &RowSet {
        self.whole.as_ref().map_or(&self.left_out, |whole| whole.non_finite())
    }

    /// The number of rows of the vectors.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vectors.rows()
    }

    /// The number of dimensions of the vectors.
    pub(crate) fn dims(&self) -> usize {
        self.vectors.dims()
    }

    /// The rows that take no part.
    #[must_use]
    pub fn left_out(&self) -> &RowSet {
        &self.left_out
    }

    /// The vectors as they are, or [sphereized](sphereize()).
    ///
    /// # Errors
    /// [`ProjectionError::Damaged`] if rows are lost, [`ProjectionError::Cancelled`] if `progress` was
    /// canceled.
    pub fn vectors(&self, sphereized: bool, progress: &Progress) -> Result<Vectors, ProjectionError> {
        if !sphereized {
            return Ok(self.vectors.clone());
        }
        if let Some(whole) = &self.whole {
            return whole.vectors(sphereized, progress);
        }
        let mut known = self.known();
        if let Some(vectors) = &known.sphereized {
            return Ok(vectors.clone());
        }
        let vectors = sphereize(&self.vectors.relative(), &self.left_out, progress)?;
        self.check()?;
        known.sphereized = Some(vectors.clone());
        Ok(vectors)
    }

    /// The principal components.
    ///
    /// # Errors
    /// See [`Pca::new`] and [`Pca::run`].
    pub fn components(&self, sphereized: bool, progress: &Progress) -> Result<Arc<Components>, ProjectionError> {
        let vectors = self.vectors(sphereized, progress)?;
        let mut known = self.known();
        if let Some((_, components)) = known.components.iter().find(|(key, _)| *key == sphereized) {
            return Ok(components.clone());
        }
        let vectors = vectors.relative();
        let scale = vectors.scale();
        let mut pca = Pca::new(vectors, &self.left_out, PcaConfig::recommended())?;
        pca.run(progress)?;
        self.check()?;
        let components = Arc::new(Components {
            explained_variance: pca.explained_variance().to_vec(),
            explained_variance_ratio: pca.explained_variance_ratio().to_vec(),
            directions: pca.components().to_vec(),
            scale,
            layout: pca.into_layout().into(),
        });
        known.components.push((sphereized, components.clone()));
        Ok(components)
    }

    /// The graph of the `k` nearest neighbors, or of more: a known graph is also used for smaller
    /// `k`.
    ///
    /// # Errors
    /// [`ProjectionError::Damaged`] if rows are lost, [`ProjectionError::Cancelled`] if `progress` was
    /// canceled.
    pub fn graph(
        &self,
        sphereized: bool,
        metric: Metric,
        k: usize,
        progress: &Progress,
    ) -> Result<Arc<NeighborGraph>, ProjectionError> {
        let vectors = self.vectors(sphereized, progress)?;
        let mut known = self.known();
        let key = (sphereized, metric);
        let serves = |graph: &NeighborGraph| graph.k() >= k.min(graph.len().saturating_sub(1));
        if let Some((_, graph)) = known.graphs.iter().find(|(of, graph)| *of == key && serves(graph)) {
            return Ok(graph.clone());
        }
        let rows = u32::try_from(vectors.rows()).unwrap_or(u32::MAX);
        let all: RowSet = (0..rows).collect();
        let graph = NeighborGraph::build(&vectors, &all, &self.left_out, k, metric, SEED, progress)?;
        self.check()?;
        let graph = Arc::new(graph);
        known.graphs.retain(|(of, _)| *of != key);
        known.graphs.push((key, graph.clone()));
        Ok(graph)
    }

    /// What layouts are measured against.
    ///
    /// # Errors
    /// See [`Reference::new`].
    pub fn reference(
        &self,
        sphereized: bool,
        metric: Metric,
        progress: &Progress,
    ) -> Result<(Arc<NeighborGraph>, Arc<Reference>), ProjectionError> {
        let vectors = self.vectors(sphereized, progress)?;
        let graph = self.graph(sphereized, metric, QUALITY_NEIGHBORS, progress)?;
        let mut known = self.known();
        let key = (sphereized, metric);
        if let Some((_, reference)) = known.references.iter().find(|(of, _)| *of == key) {
            return Ok((graph, reference.clone()));
        }
        let reference = Arc::new(Reference::new(&graph, &vectors, metric, progress)?);
        self.check()?;
        known.references.push((key, reference.clone()));
        Ok((graph, reference))
    }

    /// Checks that what was computed from the vectors is right: see [`Vectors::check`].
    pub(crate) fn check(&self) -> Result<(), Damaged> {
        self.vectors.check()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seed of the search for an approximate graph. A graph is shared by layouts of all seeds.
const SEED: u64 = 42;

#[cfg(test)]
mod tests {
    use parallax_embedding::Dtype;

    use super::*;
    use crate::{Nearness, identity, measure};

    /// 40 rows of 3 integers below 101, each `far` from zero.
    fn integers(far: i64) -> (Vectors, Vec<f64>) {
        let value = |at: i64| (at * at * 7919 + at * 104_729) % 101;
        let bytes: Vec<u8> = (0..120).flat_map(|at| (far + value(at)).to_le_bytes()).collect();
        let vectors = Vectors::from_bytes(40, 3, Dtype::I64, Arc::new(bytes), 0).unwrap();
        (vectors, (0..120).map(|at| value(at) as f64).collect())
    }

    /// Principal components, spheres and neighbors do not change if all rows are moved.
    #[test]
    fn long_integers_are_projected_as_if_near_zero() {
        let (near, values) = integers(0);
        let (far, _) = integers((1 << 57) + 3);
        let progress = Progress::default();
        let spaces = [near, far.clone()].map(|vectors| Space::new(vectors, RowSet::EMPTY));
        for sphereized in [false, true] {
            let [expected, found] = spaces.each_ref().map(|space| space.components(sphereized, &progress).unwrap());
            let differ = found.layout.values().iter().zip(expected.layout.values());
            assert!(differ.clone().all(|(a, b)| (a - b).abs() < 1e-4), "{sphereized}");
            let ratios = found.explained_variance_ratio.iter().zip(&expected.explained_variance_ratio);
            assert!(ratios.clone().all(|(a, b)| (a - b).abs() < 1e-6));
        }
        let nearness = Nearness { metric: Metric::Euclidean, ..Nearness::default() };
        let layout = spaces[0].components(false, &progress).unwrap().layout.clone();
        let of = |space| measure(&layout, nearness, space, &progress).unwrap().1;
        assert_eq!(of(&spaces[1]), of(&spaces[0]));
        let (layout, crate::Frame { origin, .. }) = identity(&far, &RowSet::EMPTY, &progress).unwrap();
        let first = &layout.values()[..3];
        let differences = layout.places().flat_map(|row| row.iter().zip(first).map(|(a, b)| a - b));
        let expected = values.chunks_exact(3).flat_map(|row| row.iter().zip(&values).map(|(a, b)| (a - b) as f32));
        assert_eq!(differences.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert!(origin.iter().all(|origin| (origin.value() - 2_f64.powi(57)).abs() < 256.0), "{origin:?}");
    }
}
