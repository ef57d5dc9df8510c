//! What tells two sets of rows apart: the columns that differ, and the direction of the vectors that
//! separates them best, checked on rows that were left out of the fit.
//!
//! The direction is that of a linear discriminant (R. A. Fisher, 1936) with a regularized covariance:
//! each dimension is divided by its standard deviation within the sets (or by 0.3 of that of all
//! rows, if that is greater), and the covariance that is left is shrunk toward the identity by as
//! much as Ledoit and Wolf suggest ("A well-conditioned estimator for large-dimensional covariance
//! matrices", 2004), so that it can be inverted however many dimensions there are. It is fitted on a
//! half of each set, drawn by a seed. The other half lies on one side or the other of the middle
//! between the means, and says how far to believe it.

mod check;
mod fit;

use parallax_embedding::{Cancelled, Damaged, Metadata, Progress, RowSet, Vectors, random};

pub use check::{Check, Single};

use crate::{Difference, differences};

/// The fewest rows of a set of which one half can be fitted and the other checked. Between two sets of
/// fewer than 14, [`Check::is_clear`] is never true.
pub const LEAST_ROWS: usize = 10;

/// The most rows of a set that are fitted.
const FITTED: usize = 10_000;

/// The most numbers of the rows that are fitted, 128 MiB as `f64`.
const NUMBERS: usize = 1 << 24;

/// The most rows of a set that are checked.
const CHECKED: usize = 50_000;

/// The rows of which the spread of all is estimated.
const SAMPLE: usize = 2000;

/// The numbers of dimensions that are listed.
const LISTED: usize = 5;
const ALONE: usize = 3;

/// What tells two sets of rows apart. Pairs are of the first set, then of the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// The number of rows of each that count: those that are not in the other too.
    pub rows: [usize; 2],
    /// The number of rows that are in both, and count in neither.
    pub shared: usize,
    /// The columns that differ more than by chance, those first that differ most.
    pub columns: Vec<Difference>,
    /// The direction, or why there is none.
    pub direction: Result<Separation, Unseparated>,
}

/// The direction of the vectors that separates two sets best, and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct Separation {
    /// How many rows of each set it was fitted on.
    pub fitted: [usize; 2],
    /// The number of dimensions of the vectors, and of those that are not the same number in all rows.
    pub dims: [usize; 2],
    /// How far the covariance was shrunk, from 0 to 1.
    pub shrinkage: f64,
    /// The direction toward the first set, of length 1.
    pub unit: Vec<f32>,
    /// How it does on rows that were left out.
    pub check: Check,
    /// The dimensions that weigh most, with their weights in units of the standard deviations within
    /// the sets. Their squares add up to 1 over all dimensions; a positive one is toward the first
    /// set.
    pub weights: Vec<(usize, f64)>,
    /// The dimensions that alone separate best among the fitted rows, checked as the direction is.
    pub alone: Vec<Single>,
    /// The checked rows that lie on the side of the other set, the farthest there first.
    pub mistaken: Vec<u32>,
}

/// Why there is no direction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unseparated {
    /// A set is too small.
    #[error("too few rows to check: {} and {} have a finite vector, and {LEAST_ROWS} of each are needed", .0[0], .0[1])]
    TooFew([usize; 2]),
    /// There is nothing to separate by.
    #[error("the vectors of both have the same mean, so that no direction leads from one to the other")]
    SameMean,
}

/// Why two sets cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApartError {
    /// A set has no rows of its own.
    #[error("{}", if *.shared == 0 { "there are no rows to compare with" } else { "all rows of one are among those of the other" })]
    Empty {
        /// The number of rows that are in both.
        shared: usize,
    },
    /// The file of the vectors was cut short.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// It was canceled.
    #[error("canceled")]
    Cancelled,
}

impl From<Cancelled> for ApartError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Finds what tells two sets of rows apart. Rows of `non_finite` count for columns only.
///
/// ```
/// use ndarray::Array2;
/// use parallax_embedding::{Metadata, Progress, RowSet, Vectors};
/// use parallax_meaning::apart;
///
/// // The second dimension says to which half a row belongs; the first says nothing.
/// let number = |(row, dim): (usize, usize)| if dim == 0 { (row % 7) as f32 } else { (row / 40 * 3 + row % 3) as f32 };
/// let vectors = Vectors::from_array(Array2::from_shape_fn((80, 2), number));
/// let sets = [&(0..40).collect(), &(40..80).collect()];
/// let found = apart(&vectors, &Metadata::default(), &RowSet::EMPTY, sets, 42, &Progress::default())?;
/// let separation = found.direction?;
/// assert!(separation.unit[1] < -0.9 && separation.check.is_clear());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns an error if a set has no rows of its own, if rows of a mapped file were lost, or if `progress` was canceled.
pub fn apart(
    vectors: &Vectors,
    metadata: &Metadata,
    non_finite: &RowSet,
    sets: [&RowSet; 2],
    seed: u64,
    progress: &Progress,
) -> Result<Apart, ApartError> {
    let sets = sets.map(|rows| rows.below(vectors.rows()));
    let own = [sets[0].difference(&sets[1]), sets[1].difference(&sets[0])];
    let shared = sets[0].len() - own[0].len();
    if own.iter().any(RowSet::is_empty) {
        return Err(ApartError::Empty { shared });
    }
    let mut columns = differences(metadata, &own[0], &own[1], progress)?;
    columns.retain(Difference::is_clear);
    let rows = own.each_ref().map(RowSet::len);
    let direction = separate(vectors, own.map(|rows| rows.difference(non_finite)), non_finite, seed, progress)?;
    vectors.check()?;
    Ok(Apart { rows, shared, columns, direction })
}

fn separate(
    vectors: &Vectors,
    sets: [RowSet; 2],
    non_finite: &RowSet,
    seed: u64,
    progress: &Progress,
) -> Result<Result<Separation, Unseparated>, Cancelled> {
    let counts = sets.each_ref().map(RowSet::len);
    if counts.iter().any(|&count| count < LEAST_ROWS) {
        return Ok(Err(Unseparated::TooFew(counts)));
    }
    let vectors = &vectors.relative();
    let fitted = fitted(counts, vectors.dims());
    let halves: Vec<[Vec<u32>; 2]> = sets.iter().zip(fitted).map(|(rows, fitted)| halves(rows, fitted, seed)).collect();
    let [fitting, checking] = [0, 1].map(|half| [0, 1].map(|set| halves[set][half].as_slice()));
    let sample = sample(vectors, non_finite, seed);
    let Some((fit, alone)) = fit::fit(vectors, fitting, &sample, progress)? else {
        return Ok(Err(Unseparated::SameMean));
    };
    let checked = check::check(vectors, checking, &fit, &alone, progress)?;
    let length = fit.weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
    Ok(Ok(Separation {
        fitted,
        dims: [vectors.dims(), fit.used],
        shrinkage: fit.shrinkage,
        unit: fit.weights.iter().map(|weight| (weight / length) as f32).collect(),
        check: checked.check,
        weights: fit.heaviest,
        alone: checked.alone,
        mistaken: checked.mistaken,
    }))
}

/// Returns how many rows of each set are fitted: half of them, unless that is too many.
fn fitted(counts: [usize; 2], dims: usize) -> [usize; 2] {
    let room = (NUMBERS / dims.max(1)).max(LEAST_ROWS);
    let half = counts.map(|count| (count / 2).min(FITTED));
    [0, 1].map(|set| half[set].min((room / 2).max(room.saturating_sub(half[1 - set]))))
}

/// Draws some of all finite rows.
fn sample(vectors: &Vectors, non_finite: &RowSet, seed: u64) -> Vec<u32> {
    let (rows, most) = (vectors.rows(), SAMPLE.min((NUMBERS / vectors.dims().max(1)).max(LEAST_ROWS)));
    let start = random::mix(seed);
    let draw = |place: usize| (random::at(start.wrapping_add(place as u64)) % rows as u64) as usize;
    let drawn = (0..rows.min(most)).map(|place| if rows <= most { place } else { draw(place) } as u32);
    drawn.filter(|&row| !non_finite.contains(row)).collect()
}

/// Draws `fitted` rows to be fitted, and from the other half the rows to be checked.
fn halves(rows: &RowSet, fitted: usize, seed: u64) -> [Vec<u32>; 2] {
    let start = random::mix(seed);
    let mut drawn: Vec<(u64, u32)> =
        rows.iter().map(|row| (random::at(start.wrapping_add(u64::from(row))), row)).collect();
    drawn.sort_unstable();
    let in_order = |part: &[(u64, u32)]| {
        let mut rows: Vec<u32> = part.iter().map(|&(_, row)| row).collect();
        rows.sort_unstable();
        rows
    };
    let (first, second) = drawn.split_at(drawn.len() / 2);
    [in_order(&first[..fitted]), in_order(&second[..second.len().min(CHECKED)])]
}

#[cfg(test)]
mod tests;
