//! Clusters of a layout: HDBSCAN with Euclidean distance.
//!
//! R. J. G. B. Campello, D. Moulavi, J. Sander, "Density-based clustering based on hierarchical
//! density estimates", PAKDD 2013; L. McInnes, J. Healy, "Accelerated hierarchical density based
//! clustering", ICDMW 2017. Exact: no neighbor is left out. As in scikit-learn, a row counts among
//! its own `min_samples`, and the whole is never a cluster.
//!
//! [`Linkage`] is what takes time and depends on `min_samples` only; [`Linkage::clusters`] then cuts
//! it for any least size.

mod condensed;
mod dendrogram;
mod groups;
mod spanning;
mod stability;

use std::ops::Range;

use ndarray::ArrayView2;
use parallax_embedding::{
    Cancelled, Progress, RowSet,
    wording::{count, plural},
};
use parallax_neighbors::{Place, PlaceTree};

use condensed::Condensed;
use dendrogram::Dendrogram;
use spanning::{Edge, spanning_tree};
pub use stability::Stability;

/// Sizes for [`cluster`]. `None` for what is chosen by the number of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The least rows of a cluster, at least 2; see [`Linkage::clusters`].
    pub min_size: Option<usize>,
    /// How many rows, itself among them, a row must have near to be dense: the distance to the last
    /// of them is its core distance. By default [`MIN_SAMPLES`].
    pub min_samples: Option<usize>,
}

/// The samples unless a number is given, or all rows if there are fewer.
pub const MIN_SAMPLES: usize = 5;

/// The most clusters if the least size is chosen by itself.
pub const MOST_CLUSTERS: usize = 60;

/// Why there are no clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ClusterError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("clusters are found in 2 or 3 dimensions, and the layout has {dims}")]
    Dims { dims: usize },
    #[error("the least size of a cluster is 2 rows, not {min_size}")]
    MinSize { min_size: usize },
    #[error("the number of samples must be from 1 to the {} with a place, not {min_samples}", plural(*points, "row"))]
    MinSamples { min_samples: usize, points: usize },
}

/// Finds the clusters of a layout of rows x 2 or 3 coordinates. Rows with a coordinate that is not
/// finite have no place, and are left out and counted.
///
/// The result is the same for any number of threads. Memory is linear in the rows.
///
/// ```
/// use ndarray::Array2;
/// use parallax_embedding::Progress;
/// use parallax_meaning::{ClusterSettings, cluster};
///
/// // Two grids of 5 x 5, and a row that is farther from both than they are from each other.
/// let grid = |row: usize| [(row % 5) as f32 + if row < 25 { 0.0 } else { 90.0 }, (row / 5 % 5) as f32];
/// let layout = Array2::from_shape_fn((51, 2), |(row, axis)| if row < 50 { grid(row)[axis] } else { 400.0 });
/// let settings = ClusterSettings { min_size: Some(5), min_samples: Some(3) };
/// let clusters = cluster(layout.view(), &settings, &Progress::default())?;
/// assert_eq!((clusters.len(), clusters.noise()), (2, 1));
/// assert_eq!((clusters.label(0), clusters.label(49), clusters.label(50)), (Some(0), Some(1), None));
/// # Ok::<(), parallax_meaning::ClusterError>(())
/// ```
///
/// # Errors
/// Returns an error if the layout has not 2 or 3 dimensions, a size of `settings` is out of range, or
/// `progress` was canceled.
pub fn cluster(
    layout: ArrayView2<'_, f32>,
    settings: &ClusterSettings,
    progress: &Progress,
) -> Result<Clusters, ClusterError> {
    Linkage::new(layout, settings.min_samples, progress)?.clusters(settings.min_size, progress)
}

/// How the places of a layout join as the distance grows, under mutual reachability.
#[derive(Debug)]
pub struct Linkage {
    /// The rows of the layout.
    rows: usize,
    /// The rows with a place, ascending.
    placed: Vec<u32>,
    /// Their places, multiplied by `scale`, a power of two, so that no square is infinite.
    places: Vec<Place<3>>,
    scale: f64,
    /// The squares of their core distances.
    core: Vec<f32>,
    dendrogram: Dendrogram,
    min_samples: usize,
}

/// The clusters of a layout, the largest first, and the tree that they are cut from.
#[derive(Debug, Clone)]
pub struct Clusters {
    /// For each row its cluster, [`NOISE`], or [`NO_PLACE`].
    labels: Vec<u32>,
    probabilities: Vec<f32>,
    branches: Vec<Branch>,
    /// The branches that are clusters.
    chosen: Vec<u32>,
    /// The rows with a place; those of a branch are together.
    order: Vec<u32>,
    noise: usize,
    /// The least rows of a cluster.
    pub min_size: usize,
    /// The samples of the core distance.
    pub min_samples: usize,
}

const NOISE: u32 = u32::MAX;
const NO_PLACE: u32 = u32::MAX - 1;

/// A part of the layout that stays together over a range of distances. The first is the whole;
/// parents come before children, and what is below a branch follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The index of the branch that it separates from.
    pub parent: Option<u32>,
    /// How many branches lie above it.
    pub depth: u32,
    /// Its number if it is one of the clusters.
    pub cluster: Option<u32>,
    /// Whether no branch is below it.
    pub is_leaf: bool,
    /// The distance, in units of the layout, at which it separates from its parent; infinite for
    /// the whole.
    pub birth: f64,
    /// The distance at which it falls apart.
    pub death: f64,
    /// Its excess of mass: the sum over its rows of how much denser than at its birth they stay in
    /// it. In inverse distances.
    pub stability: f64,
    /// Its densest row: the one with the least core distance.
    pub peak: u32,
    /// The mean of its places; z is 0 in two dimensions.
    pub center: [f32; 3],
    /// The root of the mean square of the distances from the center.
    pub radius: f32,
    rows: Range<usize>,
}

impl Branch {
    /// The number of its rows.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rows.len()
    }
}

impl Linkage {
    /// Joins the places of `layout`, rows x 2 or 3 coordinates.
    ///
    /// # Errors
    /// Returns an error if the layout has not 2 or 3 dimensions, there are fewer rows with a place
    /// than `min_samples`, or `progress` was canceled.
    pub fn new(
        layout: ArrayView2<'_, f32>,
        min_samples: Option<usize>,
        progress: &Progress,
    ) -> Result<Self, ClusterError> {
        let (rows, dims) = layout.dim();
        if !(2..=3).contains(&dims) {
            return Err(ClusterError::Dims { dims });
        }
        let is_placed = |row: &u32| layout.row(*row as usize).iter().all(|x| x.is_finite());
        let placed: Vec<u32> = (0..u32::try_from(rows).unwrap_or(u32::MAX)).filter(is_placed).collect();
        let points = placed.len();
        let min_samples = match min_samples {
            None => MIN_SAMPLES.min(points).max(1),
            Some(samples) if (1..=points.max(1)).contains(&samples) => samples,
            Some(min_samples) => return Err(ClusterError::MinSamples { min_samples, points }),
        };
        let coordinates = placed.iter().flat_map(|&row| layout.row(row as usize).into_iter().copied());
        let scale = scale(coordinates.fold(0.0, |greatest: f32, x| greatest.max(x.abs())));
        let scaled = |row: u32, axis: usize| (f64::from(layout[[row as usize, axis]]) * scale) as f32;
        let in_space = |row: &u32| std::array::from_fn(|axis| if axis < dims { scaled(*row, axis) } else { 0.0 });
        let places: Vec<Place<3>> = placed.iter().map(in_space).collect();
        let (core, edges) = if dims == 2 {
            let flat: Vec<Place<2>> = places.iter().map(|&[x, y, _]| [x, y]).collect();
            joined(&flat, min_samples, progress)?
        } else {
            joined(&places, min_samples, progress)?
        };
        let dendrogram = Dendrogram::new(points, edges);
        Ok(Self { rows, placed, places, scale, core, dendrogram, min_samples })
    }

    /// Cuts the clusters of at least `min_size` rows.
    ///
    /// Without a size, it is half the square root of the number of rows, but at least 5, and half as
    /// large again until there are at most [`MOST_CLUSTERS`]. A cluster of more than half of the
    /// rows then gives way to those within it, if these have most of its rows.
    ///
    /// # Errors
    /// Returns an error if `min_size` is less than 2, or `progress` was canceled.
    pub fn clusters(&self, min_size: Option<usize>, progress: &Progress) -> Result<Clusters, ClusterError> {
        progress.begin("Cutting clusters");
        if let Some(min_size @ (0 | 1)) = min_size {
            return Err(ClusterError::MinSize { min_size });
        }
        let points = self.placed.len();
        let most = if min_size.is_some() { points } else { points / 2 };
        let mut size = min_size.unwrap_or(5.max(((points as f64).sqrt() / 2.0).round() as usize));
        loop {
            progress.check()?;
            let tree = Condensed::new(&self.dendrogram, size, self.floor());
            let chosen = tree.chosen(most);
            let count = chosen.iter().filter(|is_chosen| **is_chosen).count();
            if min_size.is_some() || count <= MOST_CLUSTERS {
                return Ok(self.labeled(&tree, &chosen, size));
            }
            size += size.div_ceil(2);
        }
    }

    /// What coordinates do not resolve.
    fn floor(&self) -> f64 {
        let coordinates = self.places.iter().flatten();
        let greatest = coordinates.fold(0.0, |greatest: f32, x| greatest.max(x.abs()));
        f64::from((greatest * f32::EPSILON).max(f32::MIN_POSITIVE))
    }

    fn labeled(&self, tree: &Condensed, is_chosen: &[bool], min_size: usize) -> Clusters {
        let (mut branches, order) = self.branches(tree);
        let mut chosen: Vec<u32> = (0..branches.len() as u32).filter(|&branch| is_chosen[branch as usize]).collect();
        let first = |branch: &Branch| order[branch.rows.clone()].iter().min().copied();
        chosen.sort_by_cached_key(|&branch| {
            let branch = &branches[branch as usize];
            (std::cmp::Reverse(branch.size()), first(branch))
        });
        chosen.iter().zip(0..).for_each(|(&branch, cluster)| branches[branch as usize].cluster = Some(cluster));
        // For each branch the branch that is its cluster.
        let mut within: Vec<Option<u32>> = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let above = branch.parent.and_then(|parent| within[parent as usize]);
            within.push(if branch.cluster.is_some() { Some(index as u32) } else { above });
        }
        let mut clusters = Clusters {
            labels: vec![NO_PLACE; self.rows],
            probabilities: vec![0.0; self.rows],
            branches,
            chosen,
            order,
            noise: 0,
            min_size,
            min_samples: self.min_samples,
        };
        for (point, &row) in self.placed.iter().enumerate() {
            let row = row as usize;
            let Some(branch) = within[tree.owner[point] as usize] else {
                clusters.labels[row] = NOISE;
                clusters.noise += 1;
                continue;
            };
            let densest = tree.branches[branch as usize].densest;
            clusters.labels[row] = clusters.branches[branch as usize].cluster.unwrap_or(NOISE);
            clusters.probabilities[row] = (tree.density(tree.left[point]) / densest).min(1.0) as f32;
        }
        clusters
    }

    /// Returns the branches, and the rows in their order.
    fn branches(&self, tree: &Condensed) -> (Vec<Branch>, Vec<u32>) {
        let count = tree.branches.len();
        let mut sums = vec![Sums::default(); count];
        for (point, &owner) in tree.owner.iter().enumerate() {
            sums[owner as usize].add(self.places[point], self.core[point], point as u32);
        }
        let own: Vec<usize> = sums.iter().map(|sums| sums.count).collect();
        for branch in (1..count).rev() {
            let below = sums[branch];
            sums[tree.branches[branch].parent.unwrap_or_default() as usize].join(&below);
        }
        let distance = |square: f32| f64::from(square).sqrt() / self.scale;
        let (mut branches, mut starts): (Vec<Branch>, Vec<usize>) = (Vec::with_capacity(count), Vec::new());
        let mut start = 0;
        for (index, (raw, sums)) in tree.branches.iter().zip(&sums).enumerate() {
            let (center, radius) = sums.middle();
            let depth = raw.parent.map_or(0, |parent| branches[parent as usize].depth + 1);
            branches.push(Branch {
                parent: raw.parent,
                depth,
                cluster: None,
                is_leaf: tree.branches.get(index + 1).is_none_or(|next| next.parent != Some(index as u32)),
                birth: distance(raw.birth),
                death: distance(raw.death),
                stability: raw.stability * self.scale,
                peak: self.placed[sums.peak as usize],
                center: center.map(|x| (x / self.scale) as f32),
                radius: (radius / self.scale) as f32,
                rows: start..start + raw.size as usize,
            });
            starts.push(start);
            start += own[index];
        }
        let mut order = vec![0; self.placed.len()];
        for (&owner, &row) in tree.owner.iter().zip(&self.placed) {
            let place = &mut starts[owner as usize];
            order[*place] = row;
            *place += 1;
        }
        (branches, order)
    }
}

impl Clusters {
    /// The number of clusters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether there is no cluster.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Why there is no cluster, as a sentence without a full stop. Returns `None` if there is one.
    #[must_use]
    pub fn why_none(&self) -> Option<String> {
        let (placed, size) = (self.placed(), self.min_size);
        let is_one_place = self.branches.first().is_some_and(|whole| whole.death == 0.0);
        Some(match placed {
            _ if !self.is_empty() => return None,
            0 => "no row has a place".to_owned(),
            _ if placed > 1 && is_one_place => "all rows are at one place".to_owned(),
            _ if placed < 2 * size => {
                let have = if placed == 1 { "has" } else { "have" };
                let need = plural(2 * size, "row");
                format!(
                    "two clusters of at least {} need {need}, and {} {have} a place",
                    plural(size, "row"),
                    count(placed)
                )
            }
            _ => {
                format!(
                    "the layout has no two parts of at least {} that are denser than what is between them",
                    plural(size, "row")
                )
            }
        })
    }

    /// The cluster of `row`. Returns `None` for noise and for rows without a place.
    #[must_use]
    pub fn label(&self, row: usize) -> Option<u32> {
        self.labels.get(row).copied().filter(|&label| label < NO_PLACE)
    }

    /// How firmly `row` belongs to its cluster: the density at which it leaves it, as a share of the
    /// greatest. From 0 to 1, and 0 for rows without a cluster.
    #[must_use]
    pub fn probability(&self, row: usize) -> f32 {
        self.probabilities.get(row).copied().unwrap_or_default()
    }

    /// How many rows have a place but no cluster.
    #[must_use]
    pub fn noise(&self) -> usize {
        self.noise
    }

    /// The number of rows with a place.
    #[must_use]
    pub fn placed(&self) -> usize {
        self.order.len()
    }

    /// The number of rows, with a place or without.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// All branches of the tree, from the whole to the finest.
    #[must_use]
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The branches that are clusters, in the order of their numbers: the largest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Branch> {
        self.chosen.iter().map(|&branch| &self.branches[branch as usize])
    }

    /// The rows of a branch, in no particular order.
    #[must_use]
    pub fn rows_of(&self, branch: &Branch) -> &[u32] {
        self.order.get(branch.rows.clone()).unwrap_or_default()
    }

    /// The rows of a branch as a set.
    #[must_use]
    pub fn row_set(&self, branch: &Branch) -> RowSet {
        self.rows_of(branch).iter().copied().collect()
    }

    /// For each branch, how many of its rows are among `rows`.
    pub(crate) fn shared(&self, rows: &RowSet) -> Vec<usize> {
        let mut before = vec![0_usize];
        before.extend(self.order.iter().scan(0, |count, &row| {
            *count += usize::from(rows.contains(row));
            Some(*count)
        }));
        let within = |branch: &Branch| before[branch.rows.end] - before[branch.rows.start];
        self.branches.iter().map(within).collect()
    }

    /// The indices of the branches that exist at a distance, in units of the layout: the whole for
    /// an infinite one, and finer ones as it shrinks. Those with nothing below them stay.
    pub fn at_distance(&self, distance: f64) -> impl Iterator<Item = usize> {
        let is_there = move |branch: &Branch| distance <= branch.birth && (distance > branch.death || branch.is_leaf);
        self.branches.iter().enumerate().filter(move |(_, branch)| is_there(branch)).map(|(index, _)| index)
    }
}

/// Returns the core distance of each place and the edges of the spanning tree.
fn joined<const N: usize>(
    places: &[Place<N>],
    min_samples: usize,
    progress: &Progress,
) -> Result<(Vec<f32>, Vec<Edge>), Cancelled> {
    if places.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    progress.begin("Measuring density");
    let tree = PlaceTree::new(places);
    let core = tree.squares_to_nearest(min_samples - 1, progress)?;
    progress.begin("Joining rows");
    let mut edges = spanning_tree(&tree, &core, progress)?;
    let order = tree.order();
    edges.iter_mut().for_each(|edge| edge.ends = edge.ends.map(|end| order[end as usize]));
    let mut of_places = vec![0.0; places.len()];
    order.iter().zip(core).for_each(|(&point, core)| of_places[point as usize] = core);
    Ok((of_places, edges))
}

/// Returns a power of two that takes `greatest` to between 1/2 and 1.
fn scale(greatest: f32) -> f64 {
    if greatest > 0.0 { f64::from(greatest).log2().ceil().exp2().recip() } else { 1.0 }
}

/// Sums over places.
#[derive(Debug, Clone, Copy)]
struct Sums {
    count: usize,
    sum: [f64; 3],
    squares: f64,
    least_core: f32,
    peak: u32,
}

impl Default for Sums {
    fn default() -> Self {
        Self { count: 0, sum: [0.0; 3], squares: 0.0, least_core: f32::INFINITY, peak: u32::MAX }
    }
}

impl Sums {
    fn add(&mut self, place: Place<3>, core: f32, point: u32) {
        let place = place.map(f64::from);
        let squares = place.iter().map(|x| x * x).sum();
        self.join(&Self { count: 1, sum: place, squares, least_core: core, peak: point });
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.iter_mut().zip(other.sum).for_each(|(sum, x)| *sum += x);
        self.squares += other.squares;
        if (other.least_core, other.peak) < (self.least_core, self.peak) {
            (self.least_core, self.peak) = (other.least_core, other.peak);
        }
    }

    /// Returns the mean, and the root of the mean square of the distances from it.
    fn middle(&self) -> ([f64; 3], f64) {
        let mean = self.sum.map(|sum| sum / self.count as f64);
        let square = self.squares / self.count as f64 - mean.iter().map(|x| x * x).sum::<f64>();
        (mean, square.max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests;
