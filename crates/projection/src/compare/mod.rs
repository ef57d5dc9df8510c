//! Two embeddings of the same rows: how alike they are, as a whole and row by row.
//!
//! [`Procrustes`] brings one onto the other and leaves distances, [`Overlap`] says how many of each
//! row's nearest are the same, [`DistanceAgreement`] whether what is far stays far, and [`linear_cka`] compares what the vectors say about which rows are
//! alike, whatever their dimensions. Only rows with a partner take part.

mod distances;
mod moments;
mod overlap;
mod procrustes;
mod rounding;
#[cfg(test)]
mod tests;

use parallax_embedding::{Partners, Progress, RowSet, Vectors, quantile, wording::count};
use parallax_neighbors::{Metric, zero_rows};

use self::moments::{Centered, Moments, products, similarities, sum_of_squares};
pub(crate) use self::rounding::rounding;
pub use self::{
    distances::DistanceAgreement,
    overlap::Overlap,
    procrustes::{Alignment, Freedom, Procrustes},
};
use crate::ProjectionError;

/// How alike two embeddings are, as a whole and row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Resemblance {
    /// The rows that took part: those with a partner, where both have values, and a direction if the
    /// metric needs one.
    pub partners: Partners,
    /// The numbers of dimensions of each.
    pub dims: [usize; 2],
    /// How many of each row's nearest are the same.
    pub overlap: Overlap,
    /// Whether all rows of each are the same. Then neither its distances nor directions say anything.
    pub all_same: [bool; 2],
    /// Whether distances are in the same order. `None` if all of either are equal.
    pub distances: Option<DistanceAgreement>,
    /// See [`linear_cka`].
    pub cka: Option<f64>,
    /// What brings the first onto the second, and the distance that is left for each pair. `None` if
    /// they are not [alignable](are_alignable), or all rows of either are the same: those are nearest in
    /// any direction, and at any scale.
    pub moved: Option<(Procrustes, Vec<f32>)>,
}

/// How two embeddings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResemblanceSettings {
    /// The number of neighbors of a row that are compared.
    pub k: usize,
    /// The distance by which rows are neighbors.
    pub metric: Metric,
    /// How the first is brought onto the second.
    pub align: Alignment,
    /// The seed of the approximate neighbors of many rows.
    pub seed: u64,
}

impl Resemblance {
    /// Compares the rows that have a partner. `non_finite` has those of each embedding that are not
    /// finite.
    ///
    /// # Errors
    /// Returns an error if fewer than two pairs can be compared; [`ProjectionError::Cancelled`] if
    /// `progress` was canceled.
    ///
    /// # Panics
    /// If a partner is not a row.
    pub fn measure(
        vectors: [&Vectors; 2],
        non_finite: [&RowSet; 2],
        partners: &Partners,
        settings: ResemblanceSettings,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let ResemblanceSettings { k, metric, align, seed } = settings;
        let partners = directed_pairs(vectors, finite_pairs(partners, non_finite)?, metric, progress)?;
        let overlap = Overlap::measure(vectors, &partners, k, metric, seed, progress)?;
        let all_same = [0, 1].map(|side| are_same(vectors[side], partners.rows()[side]));
        // Rounding makes directions of none.
        let is_defined = !all_same.contains(&true);
        let distances =
            if is_defined { DistanceAgreement::measure(vectors, &partners, metric, progress)? } else { None };
        let dims = vectors.map(Vectors::dims);
        progress.begin("Comparing similarities");
        let (cka, moved) = match () {
            () if !is_defined => (None, None),
            () if are_wide(dims) => (wide_cka(vectors, &partners, progress)?, None),
            () => {
                let moments = Moments::of(vectors, &partners, progress)?;
                let moved = are_alignable(dims).then(|| moved(&moments, (vectors, &partners), align, progress));
                (cka(&moments, progress)?, moved.transpose()?)
            }
        };
        Ok(Self { partners, dims, overlap, all_same, distances, cka, moved })
    }

    /// The same of these vectors, the first brought onto the second in another way.
    ///
    /// # Errors
    /// [`ProjectionError::Cancelled`] if `progress` was canceled; an error if singular values do not
    /// converge.
    ///
    /// # Panics
    /// If the vectors are not those that were compared.
    pub fn aligned(
        self,
        vectors: [&Vectors; 2],
        align: Alignment,
        progress: &Progress,
    ) -> Result<Self, ProjectionError> {
        let moved = match &self.moved {
            Some(_) => {
                let moments = Moments::of(vectors, &self.partners, progress)?;
                Some(moved(&moments, (vectors, &self.partners), align, progress)?)
            }
            None => None,
        };
        Ok(Self { moved, ..self })
    }

    /// Why the distances of the two, which have these names, cannot be compared. `None` if they are.
    #[must_use]
    pub fn why_no_distances(&self, names: [&str; 2]) -> Option<String> {
        let equal = || "all distances in one of the two are equal".to_owned();
        self.distances.is_none().then(|| self.which_same(names).unwrap_or_else(equal))
    }

    /// Why there is no CKA of the two, which have these names. `None` if there is.
    #[must_use]
    pub fn why_no_cka(&self, names: [&str; 2]) -> Option<String> {
        let few = || match self.partners.len() {
            pairs @ ..4 => format!("it takes four pairs of rows, and there are {pairs}"),
            MOST_WIDE.. if are_wide(self.dims) => {
                too_wide(self.dims, &format!(" of {} rows or more", count(MOST_WIDE)))
            }
            _ => "in one of the two, all rows but one are equally alike".to_owned(),
        };
        self.cka.is_none().then(|| self.which_same(names).unwrap_or_else(few))
    }

    /// Why distances moved are not known of the two, which have these names. `None` if they are.
    #[must_use]
    pub fn why_not_moved(&self, names: [&str; 2]) -> Option<String> {
        let dims = || match self.dims {
            [first, second] if first == second => too_wide(self.dims, ""),
            _ => "they have other dimensions, so that one cannot be brought onto the other".to_owned(),
        };
        self.moved.is_none().then(|| self.which_same(names).unwrap_or_else(dims))
    }

    /// Why no row is less alike than others in the two, which have these names, by the `nearest` that were
    /// compared: "15 nearest by cosine". `None` if some are.
    #[must_use]
    pub fn why_none_differ(&self, names: [&str; 2], nearest: &str) -> Option<String> {
        if let Some(same) = self.which_same(names) {
            return Some(format!("{same}, so which of them are nearest is arbitrary"));
        }
        let moved = if self.are_equal() { ", and none has moved but for rounding" } else { "" };
        self.agree().then(|| format!("all rows agree: each has the same {nearest} in both{moved}"))
    }

    /// Whether each row has the same nearest in both.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.overlap.common().iter().all(|&common| common as usize == self.overlap.k())
    }

    /// Whether no row has moved once one is brought onto the other, but for rounding.
    #[must_use]
    pub fn are_equal(&self) -> bool {
        self.moved.as_ref().is_some_and(|(_, distances)| distances.iter().all(|&distance| distance == 0.0))
    }

    /// Says of which all rows are the same, of the two, which have these names. `None` if of neither.
    #[must_use]
    pub fn which_same(&self, [first, second]: [&str; 2]) -> Option<String> {
        match self.all_same {
            [false, false] => None,
            [true, false] => Some(format!("all rows of {first} are the same")),
            [false, true] => Some(format!("all rows of {second} are the same")),
            [true, true] => Some("all rows of either are the same".to_owned()),
        }
    }

    /// The pairs that have moved, from the one that moved most on. Empty if that is not known.
    #[must_use]
    pub fn most_moved(&self) -> Vec<usize> {
        let Some((_, distances)) = &self.moved else { return Vec::new() };
        let mut pairs: Vec<usize> = (0..distances.len()).filter(|&pair| distances[pair] > 0.0).collect();
        pairs.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
        pairs
    }

    /// The pairs that do not have all nearest in common, from the least alike on: by the neighbors in
    /// common, then by the distance moved. Empty if all rows of either are the same, whose nearest are
    /// arbitrary.
    #[must_use]
    pub fn least_alike(&self) -> Vec<usize> {
        if self.all_same.contains(&true) {
            return Vec::new();
        }
        let moved = |pair: usize| self.moved.as_ref().map_or(0.0, |(_, distances)| distances[pair]);
        let common = |pair: usize| self.overlap.common()[pair];
        let mut pairs: Vec<usize> =
            (0..self.partners.len()).filter(|&pair| (common(pair) as usize) < self.overlap.k()).collect();
        pairs.sort_by(|&a, &b| common(a).cmp(&common(b)).then_with(|| moved(b).total_cmp(&moved(a))));
        pairs
    }

    /// The median distance moved, and the one that 9 in 10 do not exceed (see [`quantile`]). `None` if that
    /// is not known.
    #[must_use]
    pub fn usually_moved(&self) -> Option<[f32; 2]> {
        let (_, distances) = self.moved.as_ref().filter(|(_, distances)| !distances.is_empty())?;
        let mut sorted = distances.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |share: f64| quantile(sorted.len(), share, |rank| f64::from(sorted[rank]));
        Some([at(0.5)? as f32, at(0.9)? as f32])
    }
}

/// Returns the pairs of which both rows have a direction, or all if the metric needs none.
///
/// # Errors
/// Returns [`ProjectionError::NoDirectedPairs`] if there are none; [`ProjectionError::Cancelled`] if
/// `progress` was canceled.
///
/// # Panics
/// If a partner is not a row.
pub fn directed_pairs(
    vectors: [&Vectors; 2],
    partners: Partners,
    metric: Metric,
    progress: &Progress,
) -> Result<Partners, ProjectionError> {
    if !metric.is_directional() {
        return Ok(partners);
    }
    let zeros = |side: usize| {
        let among: RowSet = partners.rows()[side].iter().copied().collect();
        zero_rows(vectors[side], &among, progress)
    };
    let zeros = [zeros(0)?, zeros(1)?];
    let directed = partners.without([&zeros[0], &zeros[1]]);
    if directed.is_empty() {
        let none = [0, 1].map(|side| all_in(partners.rows()[side], &zeros[side]));
        return Err(ProjectionError::NoDirectedPairs { none });
    }
    Ok(directed)
}

/// The linear centered kernel alignment of two embeddings, without bias: 1 if they are the same but
/// for a rotation and a factor, about 0 if no direction of one goes with any of the other, whatever
/// the number of dimensions. Returns `None` if there are fewer than four pairs, or if the estimate for
/// either with itself is 0: all rows are equal, or all but one, or each is as far from all others.
///
/// See S. Kornblith, M. Norouzi, H. Lee, and G. Hinton, "Similarity of Neural Network
/// Representations Revisited", ICML 2019, with the estimator of L. Song et al., "Feature Selection
/// via Dependence Maximization", JMLR 13, 2012 (their HSIC1): the plain one is 0.8 for 200 unrelated
/// rows of 768 dimensions.
///
/// ```
/// use ndarray::array;
/// use parallax_embedding::{Partners, Progress, Vectors};
/// use parallax_projection::linear_cka;
///
/// let one = Vectors::from_array(array![[0.0_f32, 0.0], [3.0, 0.0], [0.0, 1.0], [4.0, 1.0], [7.0, 5.0]]);
/// // Turned, twice as large, and with a column that says nothing.
/// let other =
///     Vectors::from_array(array![[0.0_f32, 0.0, 7.0], [0.0, 6.0, 7.0], [2.0, 0.0, 7.0], [2.0, 8.0, 7.0], [10.0, 14.0, 7.0]]);
/// let alike = linear_cka([&one, &other], &Partners::by_order([5, 5]), &Progress::default())?;
/// assert!((alike.unwrap() - 1.0).abs() < 1e-12);
/// # Ok::<(), parallax_projection::ProjectionError>(())
/// ```
///
/// # Errors
/// [`ProjectionError::Cancelled`] if `progress` was canceled.
///
/// # Panics
/// If a partner is not a row.
pub fn linear_cka(
    vectors: [&Vectors; 2],
    partners: &Partners,
    progress: &Progress,
) -> Result<Option<f64>, ProjectionError> {
    progress.begin("Comparing similarities");
    if are_wide(vectors.map(Vectors::dims)) {
        wide_cka(vectors, partners, progress)
    } else {
        cka(&Moments::of(vectors, partners, progress)?, progress)
    }
}

/// The most dimensions of vectors that are brought onto others: a rotation, and the factors that it is
/// found by, are matrices of so many rows and columns.
pub const MOST_ALIGNED: usize = 4096;

/// From so many rows on, those of more dimensions have too many similarities.
const MOST_WIDE: usize = 20_000;

/// Whether products of columns of these dimensions are too many.
fn are_wide(dims: [usize; 2]) -> bool {
    dims.iter().any(|&dims| dims > MOST_ALIGNED)
}

/// Returns whether vectors of these dimensions are brought onto each other: of as many, and of at most
/// [`MOST_ALIGNED`].
#[must_use]
pub fn are_alignable(dims: [usize; 2]) -> bool {
    dims[0] == dims[1] && !are_wide(dims)
}

/// The pairs of which both rows are finite. `non_finite` has the rows of each that are not.
///
/// # Errors
/// Returns an error if there is none.
pub fn finite_pairs(partners: &Partners, non_finite: [&RowSet; 2]) -> Result<Partners, ProjectionError> {
    if partners.is_empty() {
        return Err(ProjectionError::NoPartners { unclear: partners.unclear() });
    }
    let finite = partners.without(non_finite);
    if finite.is_empty() {
        let none = [0, 1].map(|side| all_in(partners.rows()[side], non_finite[side]));
        return Err(ProjectionError::NoFinitePairs { none });
    }
    Ok(finite)
}

fn all_in(rows: &[u32], set: &RowSet) -> bool {
    rows.iter().all(|row| set.contains(*row))
}

fn too_wide(dims: [usize; 2], rows: &str) -> String {
    let dims = dims[0].max(dims[1]);
    format!("vectors of {} dimensions{rows} are too large for it; the limit is {}", count(dims), count(MOST_ALIGNED))
}

/// Brings the first onto the second. Returns what does so, and the distance that is left for each pair.
fn moved(
    moments: &Moments<'_>,
    (vectors, partners): ([&Vectors; 2], &Partners),
    align: Alignment,
    progress: &Progress,
) -> Result<(Procrustes, Vec<f32>), ProjectionError> {
    progress.begin("Aligning");
    let found = match align.freedom() {
        Some(freedom) => Procrustes::of(moments, freedom)?,
        None => Procrustes::none(vectors, partners, progress)?,
    };
    let distances = found.distances(vectors, partners, progress)?;
    Ok((found, distances))
}

/// Whether `rows` of the vectors are the same.
fn are_same(vectors: &Vectors, rows: &[u32]) -> bool {
    let (mut buffer, mut other) = (Vec::new(), Vec::new());
    let Some((&first, rest)) = rows.split_first() else { return false };
    let first = vectors.row_as::<f64>(first as usize, &mut buffer);
    rest.iter().all(|&row| vectors.row_as::<f64>(row as usize, &mut other) == first)
}

/// The share of a sum of squares below which a difference of such sums is 0.
const EQUAL_SUMS: f64 = 1e-11;

/// [`linear_cka`] of vectors that have more dimensions than memory has for their products.
fn wide_cka(vectors: [&Vectors; 2], partners: &Partners, progress: &Progress) -> Result<Option<f64>, ProjectionError> {
    if partners.len() >= MOST_WIDE {
        return Ok(None);
    }
    let [rows, others] = partners.rows();
    let sides = [Centered::new(vectors[0], rows, progress)?, Centered::new(vectors[1], others, progress)?];
    let squares = [sides[0].squares(progress)?, sides[1].squares(progress)?];
    let [first, second, both] = similarities(&sides, progress)?;
    Ok(estimate([first, second], both, &squares))
}

fn cka(moments: &Moments<'_>, progress: &Progress) -> Result<Option<f64>, ProjectionError> {
    let Moments { sides, squares, products: both } = moments;
    let own = |side: usize| {
        Ok::<_, ProjectionError>(sum_of_squares(products(&sides[side], &sides[side], progress)?.as_ref()))
    };
    Ok(estimate([own(0)?, own(1)?], sum_of_squares(both.as_ref()), squares))
}

/// The estimate from the sums of the products of similarities: of each with itself, and of both.
fn estimate(own: [f64; 2], both: f64, squares: &[Vec<f64>; 2]) -> Option<f64> {
    let corrected = |side: usize| {
        let own_corrected = without_bias(own[side], [&squares[side]; 2]);
        // What is left of equal sums is rounding.
        (own_corrected > own[side] * EQUAL_SUMS).then_some(own_corrected)
    };
    let both = without_bias(both, [&squares[0], &squares[1]]);
    let own = corrected(0).zip(corrected(1)).filter(|_| squares[0].len() > 3);
    own.map(|(first, second)| both / (first * second).sqrt())
}

/// The sum of products of similarities without those of rows with themselves, from that with them
/// and the squared lengths of rows about their mean.
fn without_bias(whole: f64, [lengths, others]: [&Vec<f64>; 2]) -> f64 {
    let n = lengths.len() as f64;
    let of_rows: f64 = lengths.iter().zip(others).map(|(a, b)| a * b).sum();
    let of_all = lengths.iter().sum::<f64>() * others.iter().sum::<f64>();
    whole - n / (n - 2.0) * of_rows + of_all / ((n - 1.0) * (n - 2.0))
}
